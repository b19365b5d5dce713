//! Counts for those who watch: whatever redacts, what it replaces is seen, and that it replaces nothing any more.

use std::io::{Read, Write};

use incog::pii::{
    Confidence, Counts, Entity, Finding, JsonRedactor, Reason, RedactingReader, RedactingWriter, Redactor,
    RowDictionary, RowValue, Scanner, StreamRedactor,
};

fn redactor() -> Redactor {
    Redactor::builder(Scanner::new()).build()
}

#[test]
fn all_ways_to_redact_count_at_their_redactor() {
    let redactor = redactor();
    let counts = redactor.counts().clone();
    let text = "to ada@example.org from 198.51.100.7";
    let _ = redactor.redact(text);
    let _ = redactor.clone().redact_labelled("note", text);
    let _ = redactor.redact_mapped(text);
    let row = RowDictionary::builder().value("name", RowValue::Name, "Ada Lovelace").build();
    let _ = redactor.redact_row("Ms. Lovelace, bob@example.org, 198.51.100.7", &row);
    let finding = |range| Finding::new(range, Entity::IP_ADDRESS, Confidence::CERTAIN, Reason::shape("list"));
    let _ = redactor.redact_findings("a b", &[finding(0..1)]);

    let mut stream = StreamRedactor::new(&redactor);
    let mut out = Vec::new();
    text.bytes().for_each(|byte| stream.push(&[byte], &mut out));
    let of_stream = stream.finish(&mut out);
    assert_eq!(of_stream.values().sum::<u64>(), 2);
    let mut writer = RedactingWriter::new(&redactor, Vec::new());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap();
    RedactingReader::new(&redactor, text.as_bytes()).read_to_end(&mut out).unwrap();

    let secret = Entity::new("PASSWORD").unwrap();
    let json = JsonRedactor::builder(redactor.clone()).always("password", secret.clone()).build().unwrap();
    let _ = json.redact(r#"{"to":"ada@example.org","ip":"198.51.100.7","password":true}"#).unwrap();
    let _ = json.redact_lines("{\"to\":\"ada@example.org\"}\n\n{\"password\":1}\n").unwrap();
    let (_, errors) = json.redact_lines_lossy("{\"to\":\"ada@example.org\"");
    assert_eq!(errors.len(), 1);

    let now = counts.snapshot();
    // Five calls, three streams, one document, three lines.
    assert_eq!((now.texts, now.withheld, now.quiet), (12, 0, 1));
    let count = |entity: &Entity| now.replaced.get(entity).copied();
    assert_eq!(count(&Entity::EMAIL_ADDRESS), Some(4 + 3 + 2));
    assert_eq!(count(&Entity::IP_ADDRESS), Some(4 + 1 + 3 + 1));
    assert_eq!((count(&Entity::PERSON), count(&secret)), (Some(1), Some(2)));
}

#[cfg(feature = "csv")]
#[test]
fn rows_of_a_table_are_texts() {
    let redactor = redactor();
    let table = incog::pii::CsvRedactor::builder(redactor.clone()).build();
    let _ = table.redact("id,to\n1,ada@example.org\n2,\n3,\n").unwrap();
    assert_eq!(redactor.counts().snapshot().to_string(), "texts 4, withheld 0, quiet 2, EMAIL_ADDRESS 1");
}

#[cfg(feature = "pseudonym")]
#[test]
fn a_session_counts_what_it_replaces() {
    let session = incog::pii::ReversibleSession::new(Scanner::new()).unwrap();
    let _ = session.redact("ada@example.org, ada@example.org").unwrap();
    let _ = session.redact("nothing").unwrap();
    assert_eq!(session.counts().snapshot().to_string(), "texts 2, withheld 0, quiet 1, EMAIL_ADDRESS 2");
}

#[test]
fn a_filter_that_stops_firing_shows() {
    let redactor = redactor();
    assert_eq!(redactor.counts().snapshot(), Counts::new().snapshot());
    for i in 0..1_000 {
        let _ = redactor.redact(if i % 10 == 0 { "from ada@example.org" } else { "-" });
        assert!(redactor.counts().snapshot().quiet < 10);
    }
    // From here on the format is one that nothing is found in.
    (0..500).for_each(|_| _ = redactor.redact("from <redacted>"));
    assert_eq!(redactor.counts().snapshot().quiet, 509);
}

#[test]
fn several_redactors_and_threads_share_counts() {
    let counts = Counts::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let redactor = Redactor::builder(Scanner::new()).counts(&counts).build();
            scope.spawn(move || (0..500).for_each(|_| _ = redactor.redact("from ada@example.org")));
        }
    });
    assert_eq!(counts.snapshot().to_string(), "texts 2000, withheld 0, quiet 0, EMAIL_ADDRESS 2000");
    assert_eq!(format!("{counts:?}"), format!("{:?}", counts.snapshot()));
}
