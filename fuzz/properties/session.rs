//! What was redacted is restored, whole and for ways to cut it; so is redacted text that is redacted again.

use std::sync::LazyLock;

use incog::pii::{Entity, Recognizer, ReversibleSession, Scanner};

/// The catalog; and with recognizers that find inside of words, at digits, and what placeholders are made of.
static SCANNERS: LazyLock<[Scanner; 2]> = LazyLock::new(|| {
    let own = [("ICD_10", "[a-e][0-9]"), ("MY_EMAIL_ADDRESS", "(?i)q{1,9}"), ("A", "_?[0-9]{3}")];
    let own = own.map(|(entity, pattern)| {
        Recognizer::pattern(Entity::new(entity).expect("a name"), pattern).expect("a pattern")
    });
    let builder = own.into_iter().fold(Scanner::builder(), |builder, own| builder.recognizer(own));
    [Scanner::new(), builder.build().expect("few patterns")]
});

pub fn holds(text: &str) {
    for scanner in &*SCANNERS {
        let session = ReversibleSession::new(scanner.clone()).expect("entropy");
        let mut original = text.to_owned();
        for _ in 0..2 {
            let redacted = session.redact(&original).expect("less than a million values");
            assert_eq!(session.restore(&redacted), original);
            assert_eq!(session.redact(&original).expect("no new value"), redacted);
            for longest in [1, 2, 5, 1 + text.len() % 31] {
                assert_eq!(in_chunks(&session, &redacted, longest), original);
            }
            // Also of an answer that is no redacted text.
            let answer = redacted.replace(['.', ' '], "").to_lowercase();
            assert_eq!(in_chunks(&session, &answer, 3), session.restore(&answer));
            original = redacted;
        }
    }
}

/// Restored from chunks of at most `longest` characters.
fn in_chunks(session: &ReversibleSession, text: &str, longest: usize) -> String {
    let (mut restorer, mut out, mut chunk) = (session.restorer(), String::new(), String::new());
    for (place, character) in text.chars().enumerate() {
        chunk.push(character);
        if place % longest == 0 {
            out.push_str(&restorer.push(&chunk));
            chunk.clear();
        }
    }
    out.push_str(&restorer.push(&chunk));
    out + &restorer.finish()
}
