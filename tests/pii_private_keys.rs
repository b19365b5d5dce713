//! Private keys that stand right behind something else: their header counts, whatever has run into it.

use incog::pii::{Entity, Redactor, Scanner};

/// The first bytes of the DER of every RSA key of 2,048 bits, in base64, and `words` times four that say nothing.
fn body(words: usize) -> String {
    format!("MIIEpAIBAAKCAQEA{}", "ab12".repeat(words))
}

#[test]
fn a_key_and_what_stands_before_it_are_both_found() {
    // The form of RFC 7519: three parts of base64; of any length.
    let jwt = |length: usize| {
        format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.{}", "dozjgNryP4".repeat(length))
    };
    let (short, long) = (jwt(4), jwt(60));
    // (what stands before, what it is, if anything): tokens that nothing is found inside of, values that end at no dash.
    let cases = [
        ("ab12ab12ab12ab12ab12536-90-4399", None),
        ("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY0NTY3ODkw", None),
        ("https://example.org/keys/of?user=7&key=", Some(Entity::URL)),
        ("https://example.org/a", Some(Entity::URL)),
        ("user@example.org", Some(Entity::EMAIL_ADDRESS)),
        (short.as_str(), Some(Entity::SECRET_JWT)),
        (long.as_str(), Some(Entity::SECRET_JWT)),
        ("key", None),
        ("4111 1111 1111 1111", Some(Entity::CREDIT_CARD)),
        ("-", None),
    ];
    let redactor = Redactor::builder(Scanner::new()).build();
    for (before, entity) in &cases {
        for (words, footer) in [
            (200, "\n-----END RSA PRIVATE KEY-----"),
            (200, ""),
            (20, "\n-----END RSA PRIVATE KEY-----"),
            (20, ""),
        ] {
            let text = format!("{before}-----BEGIN RSA PRIVATE KEY-----\n{}{footer}, and more", body(words));
            let found = redactor.scanner().scan(text.as_bytes());
            let range =
                |entity: &Entity| found.iter().find(|f| f.entity() == entity).map(incog::pii::Finding::range);
            let key = range(&Entity::SECRET_PRIVATE_KEY).unwrap_or_else(|| panic!("{before}: {found:?}"));
            assert_eq!(key, before.len()..text.len() - ", and more".len(), "{before}: {found:?}");
            // An address does not end at a dash, and is found once the key is a label.
            if let Some(entity) = entity.as_ref().filter(|&entity| *entity != Entity::EMAIL_ADDRESS) {
                assert_eq!(range(entity), Some(0..before.len()), "{before}: {found:?}");
            }
            let redacted = redactor.redact_mapped(&text);
            let left = if entity.is_none() { *before } else { "" };
            let replaced = entity.as_ref().map(|entity| format!("[{}]", entity.as_str())).unwrap_or_default();
            assert_eq!(redacted.text(), format!("{left}{replaced}[SECRET_PRIVATE_KEY], and more"));
        }
    }
}

/// A line of 70 keys without footers is cut into units inside of keys: what is around a unit then begins in the middle of
/// a key, whose end is a token that goes up to the next header.
#[test]
fn every_key_of_a_long_line_is_replaced() {
    for full_width in ["", "４１１１"] {
        let key = format!("-----BEGIN RSA PRIVATE KEY-----{}{full_width}{}536-90-4399", body(0), body(272));
        let text = key.repeat(70);
        let redacted = Redactor::builder(Scanner::new()).build().redact_mapped(&text);
        assert!(!redacted.text().contains("MIIE"), "{} bytes are left", redacted.text().len());
        assert!(!redacted.text().contains("PRIVATE KEY-----"));
    }
}
