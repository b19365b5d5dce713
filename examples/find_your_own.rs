//! How do I find what only my company has: staff numbers, project names, customers, and not our own address?

use incog::pii::{Confidence, Entity, Recognizer, Redactor, Scanner};

fn main() -> Result<(), incog::Error> {
    // A pattern with a check of its own: the last digit is the sum of the others, modulo 10.
    let staff = Recognizer::pattern(Entity::new("STAFF_ID")?, r"\bE-\d{6}\b")?
        .check("digit sum", |found| {
            let digits: Vec<u32> = found[2..].iter().map(|b| u32::from(b - b'0')).collect();
            digits[..5].iter().sum::<u32>() % 10 == digits[5]
        })
        .labels(["staff id", "employee"]);
    // Eight digits are a ticket only where a word says so.
    let ticket = Recognizer::pattern(Entity::new("TICKET")?, r"\b\d{8}\b")?.labels(["ticket"]).needs_label();
    // Names come from a list: it finds who is on it, and nobody else.
    let names = Recognizer::words(Entity::PERSON, ["Ada", "Lovelace", "Zoë", "Nuñez"])?
        .joined()
        .confidence(Confidence::new(0.7)?);
    let projects = Recognizer::words(Entity::new("PROJECT")?, ["Blue Heron", "Heron Two"])?.case_sensitive();

    let scanner = Scanner::builder()
        .recognizer(staff)
        .recognizer(ticket)
        .recognizer(names)
        .recognizer(projects)
        .allow(["office@example.org"])
        .threshold(Entity::PHONE_NUMBER, Confidence::VERY_LIKELY)
        .build()?;

    let text = "\
Ticket 20260417 by Ada Lovelace (employee E-481519, ada@example.org), copy to office@example.org:
order 20260418 of ZOË NUÑEZ waits for Blue Heron Two; E-481516 is no staff id. Nobody knows Byron.";
    let redactor = Redactor::builder(scanner).build();
    println!("before:\n{text}\n\nafter:\n{}\n\nwhy:", redactor.redact(text));
    for finding in redactor.scanner().scan(text.as_bytes()) {
        println!(
            "  {:13} {:.2}  {}",
            finding.entity().as_str(),
            finding.confidence().value(),
            finding.reason()
        );
    }
    Ok(())
}
