//! How do I talk to a model without telling it who is who, and still read its answer with names and numbers?

use incog::{
    pii::{Entity, Recognizer, ReversibleSession, Scanner},
    pseudonym::Key,
};

fn main() -> Result<(), incog::Error> {
    let names = Recognizer::words(Entity::PERSON, ["Ada", "Lovelace", "Byron"])?.joined();
    let scanner = Scanner::builder().recognizer(names).build()?;
    let session = ReversibleSession::new(scanner.clone())?;

    let first = "Ada Lovelace (ada@example.org) paid with 4111 1111 1111 1111. Write her a receipt.";
    println!("you      {first}");
    let (prompt, answer) = (session.redact(first)?, ask(&session, first)?);
    println!("model    {prompt}\nanswer   {answer}\n");
    for value in ["Ada", "Lovelace", "example.org", "4111"] {
        assert!(!prompt.contains(value));
    }
    assert_eq!(answer, "**Ada Lovelace**, \"ada@example.org\", `4111 1111 1111 1111`: paid. IBAN_BB0000?");
    assert_eq!(session.unknown(), 1, "the model made up an account");

    // Between two turns the session is an encrypted file, for the owner of the key.
    let key = Key::generate()?;
    let path = std::env::temp_dir().join(format!("incog-chat-{}.vault", std::process::id()));
    session.seal(&key, &path)?;
    let session = ReversibleSession::open(&key, &path, scanner)?;
    std::fs::remove_file(&path).map_err(|e| incog::Error::io("removing the vault", e))?;

    // The history as its reader sees it: equal values have the placeholders of the turn before.
    let second = format!("{first}\n{answer}\nWhat was the address? Send a copy to byron@example.org");
    assert!(session.redact(&second)?.starts_with(&prompt));
    println!(
        "you      {second}\nmodel    {}\nanswer   {}",
        session.redact(&second)?,
        ask(&session, &second)?
    );
    Ok(())
}

/// Sends a prompt without its values, and puts the values back while the answer arrives.
fn ask(session: &ReversibleSession, prompt: &str) -> Result<String, incog::Error> {
    let mut restorer = session.restorer();
    let mut answer = String::new();
    for chunk in fake_model(&session.redact(prompt)?) {
        answer.push_str(&restorer.push(&chunk));
    }
    Ok(answer + &restorer.finish())
}

/// Answers with the first three placeholders, in other cases and spellings, five characters at a time.
fn fake_model(prompt: &str) -> Vec<String> {
    let words: Vec<&str> = prompt.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let mut known = words.into_iter().filter(|word| word.contains('_'));
    let mut next = || known.next().unwrap_or("nobody");
    let (name, mail, card) = (next().to_lowercase(), next().replace('_', "\\_"), next());
    let answer = format!("**{name}**, \"{mail}\", `{card}`: paid. IBAN_BB0000?");
    answer.as_bytes().chunks(5).map(|chunk| String::from_utf8_lossy(chunk).into_owned()).collect()
}
