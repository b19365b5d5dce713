//! What a reversible session keeps: values that it knows again wherever they stand, and vaults.

use std::{collections::BTreeSet, fs};

use incog::{
    ErrorKind,
    pii::{Entity, ReversibleSession, Scanner},
    pseudonym::Key,
};

use crate::{
    session::{VALUES, placeholders, session},
    temporary::{Temporary, names},
};

#[test]
fn known_values_are_replaced_where_a_search_passes_them_by() {
    let session = session();
    session.know(Entity::PERSON, "Ada Lovelace").unwrap();
    session.know(Entity::new("TICKET").unwrap(), "7F-331").unwrap();
    let first = session.redact("Her SSN: 536-90-4399, card 4111 1111 1111 1111, +1 (201) 555-0123.").unwrap();
    assert_eq!(placeholders(&first).len(), 3);

    // In other words, in another case, without a label, with other separators.
    let text = "ada lovelace, ADA\nLOVELACE; ticket 7f-331; 536904399 or 536 90 4399, \"4111111111111111\", 12015550123";
    assert!(Scanner::new().scan(b"536904399").is_empty());
    let second = session.redact(text).unwrap();
    for value in ["ada", "LOVELACE", "7f", "536904399", "536 90", "90 4399", "41111", "12015"] {
        assert!(!second.contains(value), "{value} in {second}");
    }
    assert_eq!(session.restore(&second), text);
    // Each spelling leads back to itself, so each has its own; equal ones share theirs.
    let names: BTreeSet<&str> = placeholders(&second).into_iter().collect();
    assert_eq!(names.len(), 7, "{second}");
    assert_eq!(
        placeholders(&session.redact("Ada Lovelace").unwrap()),
        [session.redact("Ada Lovelace").unwrap()]
    );

    // What is a part of a word, or of a longer number, is another value.
    for text in ["Ada, Lovelacey", "x7F-331", "15369043990", "lovelace"] {
        assert_eq!(session.redact(text).unwrap(), text);
    }
}

#[test]
fn a_text_of_many_values_takes_no_longer_per_value() {
    let seconds = |count: usize| {
        let session = session();
        let text: String = (0..count).map(|i| format!("user{i}@example.org\n")).collect();
        crate::cpu::seconds(|| {
            let redacted = session.redact(&text).unwrap();
            assert_eq!(session.values(), count);
            assert!(session.restore(&redacted) == text && session.restore(&text) == text);
        })
    };
    // Other work on the machine may disturb one measurement. Linear ones have a ratio of 8, quadratic ones of 64.
    assert!((0..10).any(|_| seconds(16_000) / seconds(2_000) < 8.0 * 8.0_f64.sqrt()));
}

#[test]
fn a_value_found_by_its_label_is_found_again_in_the_same_text() {
    let session = session();
    let text = "Is 536904399 hers? The SSN is 536-90-4399, yes, 536904399.";
    let redacted = session.redact(text).unwrap();
    assert!(!redacted.contains("53690") && !redacted.contains("536-90"), "{redacted}");
    assert_eq!(placeholders(&redacted).len(), 3);
    assert_eq!(session.restore(&redacted), text);
}

#[test]
fn known_values_stay_known_when_a_session_is_opened_again() {
    let folder = Temporary::new();
    let path = folder.join("chat.vault");
    let key = Key::generate().unwrap();
    let first = session();
    first.know(Entity::PERSON, "Ada Lovelace").unwrap();
    first.seal(&key, &path).unwrap();

    let mut ring = incog::pseudonym::Keyring::from(key);
    ring.rotate().unwrap();
    let again = ReversibleSession::open_with_keyring(&ring, &path, Scanner::new()).unwrap();
    assert_eq!(again.redact("ada lovelace").unwrap()[..7], *"PERSON_");
    let other = incog::pseudonym::Keyring::from(Key::generate().unwrap());
    let error = ReversibleSession::open_with_keyring(&other, &path, Scanner::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Key);
    assert!(error.to_string().starts_with("no key has the id"), "{error}");
    fs::write(&path, "no vault").unwrap();
    assert_eq!(
        ReversibleSession::open_with_keyring(&ring, &path, Scanner::new()).unwrap_err().kind(),
        ErrorKind::Data
    );
}

#[test]
fn values_that_would_be_found_everywhere_are_not_made_known() {
    let session = session();
    for value in ["", "a", " - ", "é", &"x".repeat(257)] {
        let error = session.know(Entity::PERSON, value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        assert!(error.to_string().contains("2 to 256 letters and digits"), "{error}");
    }
    assert_eq!(session.values(), 0);
}

#[test]
fn a_sealed_session_opens_with_the_same_placeholders() {
    let folder = Temporary::new();
    let (key, path) = (Key::generate().unwrap(), folder.join("chat.vault"));
    let session = session();
    let text = VALUES.join("\n");
    let redacted = session.redact(&text).unwrap();
    session.seal(&key, &path).unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap()) & 0o777, 0o600);
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(7).any(|w| w == b"example" || w == b"ADDRESS"));
    // Sealed again, nothing is the same but the header.
    session.seal(&key, &path).unwrap();
    let again = fs::read(&path).unwrap();
    assert_eq!(bytes[..14], again[..14]);
    assert_ne!(bytes[14..38], again[14..38]);
    assert_eq!(bytes.len(), again.len());
    assert_eq!(names(&folder), ["chat.vault"]);

    let opened = ReversibleSession::open(&key, &path, Scanner::new()).unwrap();
    assert_eq!(opened.values(), session.values());
    assert_eq!(opened.restore(&redacted), text);
    assert_eq!(opened.redact(&text).unwrap(), redacted);
    // New values do not get old codes.
    let more: String = (0..2000).map(|i| format!("user{i}@example.org\n")).collect();
    let redacted_more = opened.redact(&more).unwrap();
    assert_eq!(opened.restore(&redacted_more), more);
    assert_eq!(opened.restore(&redacted), text);
}

#[test]
fn what_cannot_be_opened_says_why_and_shows_nothing() {
    let folder = Temporary::new();
    let (key, path) = (Key::from_bytes([7; 32]), folder.join("chat.vault"));
    let session = session();
    let _ = session.redact("canary@example.org").unwrap();
    session.seal(&key, &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let open = |key: &Key, bytes: &[u8]| {
        let path = folder.join("changed.vault");
        fs::write(&path, bytes).unwrap();
        let error = ReversibleSession::open(key, &path, Scanner::new()).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
        (error.kind(), error.to_string().split_once("changed.vault'").unwrap().1.to_owned())
    };
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] = changed[at].wrapping_add(1);
        let (kind, sentence) = open(&key, &changed);
        let expected = match at {
            0..8 => (ErrorKind::Data, "is no vault"),
            8..10 => (ErrorKind::Unsupported, "and this build reads version 1"),
            10..14 => (ErrorKind::Key, "another key than 'zzgq'"),
            _ => (ErrorKind::Data, "it was changed after it was sealed"),
        };
        assert!(kind == expected.0 && sentence.contains(expected.1), "byte {at}: {sentence}");
    }
    assert!(open(&Key::from_bytes([8; 32]), &bytes).1.contains("it was sealed with another key"));
    for end in [9, 37, 38, 54, 1000, bytes.len() - 1] {
        assert!(open(&key, &bytes[..end]).1.contains("it is not whole"), "{end}");
    }
    assert!(open(&key, b"").1.contains("is no vault"));
    let missing = ReversibleSession::open(&key, folder.join("missing.vault"), Scanner::new()).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
}

#[test]
fn sealing_replaces_a_vault_and_nothing_else() {
    let folder = Temporary::new();
    let (key, session) = (Key::generate().unwrap(), session());
    let notes = folder.join("notes.txt");
    fs::write(&notes, "incogvl").unwrap();
    let error = session.seal(&key, &notes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().ends_with("only a vault is replaced; choose another path"), "{error}");
    assert_eq!(fs::read(&notes).unwrap(), b"incogvl");
    let error = session.seal(&key, folder.join("no/such/folder.vault")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(names(&folder), ["notes.txt"]);
}
