//! Equal values have equal tokens, others others; a detokenizer leads back to what was a candidate, and to nothing else.

use incog::{
    pseudonym::{Canonical, Detokenizer, Key, Keyring, Tokenizer},
    table::Column,
};

pub fn holds(input: ([u8; 32], Vec<String>, String, u8)) {
    let (bytes, values, text, form) = input;
    let mut ring = Keyring::from(Key::from_bytes(bytes));
    let old = Tokenizer::new(ring.current(), "d", "MRN").expect("a kind");
    ring.add(Key::from_bytes(bytes.map(|b| b.wrapping_add(1)))).ok();
    let new = Tokenizer::new(ring.current(), "d", "X_1").expect("a kind");
    let other = Tokenizer::new(ring.current(), "e", "X_1").expect("a kind");
    let back = Detokenizer::new(&ring, "d", &values).expect("a domain");

    let mut all = String::new();
    for value in &values {
        for tokenizer in [&old, &new] {
            let token = tokenizer.token(value);
            assert_eq!(back.value(&token), Some(value.as_str()));
            assert_eq!(back.value(&token.to_uppercase()), Some(value.as_str()));
            all.push_str(&token);
            all.push('\n');
        }
        assert_eq!(back.value(&other.token(value)), None);
    }
    let (resolved, counts) = back.text(&all);
    assert_eq!(counts.resolved, 2 * values.len() as u64);
    assert_eq!(resolved, values.iter().map(|v| format!("{v}\n{v}\n")).collect::<String>());
    let _ = back.text(&text);
    let _ = back.value(&text);

    let column = Column::from_values(&values).expect("few values");
    let tokens = new.column("c", &column).expect("80 bits do not collide");
    for (row, value) in values.iter().enumerate() {
        assert_eq!(tokens.cell(row), Some(new.token(value).as_str()));
    }

    let forms = ["email", "telephone:49", "identifier", "date", "date:dmy", "date:mdy"];
    let form = Canonical::parse(forms[usize::from(form) % forms.len()]).expect("a name");
    if let Ok(canonical) = form.canonical(&text) {
        assert_eq!(form.canonical(&canonical).expect("its own form"), canonical);
        let tokenizer = Tokenizer::new(ring.current(), "d", "F").expect("a kind").canonical(form);
        assert_eq!(
            tokenizer.token(&text).expect("of the form"),
            tokenizer.token(&canonical).expect("of the form")
        );
    }
}
