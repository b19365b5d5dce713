//! How do I redact JSON logs that arrive in pieces, and keep what correlates?
//!
//! `cargo run --example redact_json_as_it_streams`
//!
//! Nothing is held back but the line that is not complete, so a value that is cut in two is found all the same.

use incog::pii::{Entity, JsonRedactor, Redactor, Scanner};

const LINES: &str = r#"{"at":"2026-11-24T10:00:00Z","id":"8edd824a-d1da-40c6-9cf1-c1b7e054bf14","msg":"mail to ada@example.org"}
{"at":"2026-11-24T10:00:01Z","card":4111111111111111,"order":100200300400,"build":{"ip":"198.51.100.7"}}
{"at":"2026-11-24T10:00:02Z","note":"call \u002b44 20 7946 0958","password":"hunter2"}
not JSON at all, from bob@example.net
"#;

fn main() -> incog::Result<()> {
    let redactor = Redactor::builder(Scanner::new()).build();
    let counts = redactor.counts().clone();
    let json = JsonRedactor::builder(redactor)
        .always("**.password", Entity::new("PASSWORD")?) // whatever is in it
        .keep("build.ip") // an address of ours, nobody's
        .build()?;

    // As a socket hands it out: seven bytes at a time, also in the middle of a character.
    let (mut stream, mut out) = (json.stream_lines_lossy(), Vec::new());
    for piece in LINES.as_bytes().chunks(7) {
        stream.push(piece, &mut out)?;
    }
    let bad_lines = stream.finish(&mut out)?;
    let out = String::from_utf8_lossy(&out);
    print!("{out}");
    println!("{bad_lines} line was no JSON: what it was stays out");
    println!("{}", counts.snapshot());

    // The pieces make no difference, the ids are there, the values are not.
    assert_eq!(out, json.redact_lines_lossy(LINES).0);
    assert!(out.contains("8edd824a-d1da-40c6-9cf1-c1b7e054bf14") && out.contains("100200300400"));
    for value in ["ada@", "bob@", "4111", "7946", "hunter2"] {
        assert!(!out.contains(value), "something leaked");
    }
    Ok(())
}
