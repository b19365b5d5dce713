//! Private keys that stand right behind something else: their header counts, whatever has run into it.

use incog::pii::{Entity, Redactor, Scanner};

/// The first bytes of the DER of every RSA key of 2,048 bits, in base64, and bytes that say nothing.
fn body(lines: usize) -> String {
    format!("MIIEpAIBAAKCAQEA{}", "ab12".repeat(16 * lines))
}

#[test]
fn a_key_is_found_right_behind_whatever_goes_up_to_its_header() {
    // (what stands before): a token that nothing is found inside of, an address, a token of a service, prose.
    let cases = [
        "ab12ab12ab12ab12ab12536-90-4399",
        "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY0NTY3ODkw",
        "https://example.org/keys/of?user=7&key=",
        "https://example.org/a",
        "user@example.org",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "key",
        "4111 1111 1111 1111",
        "-",
    ];
    let redactor = Redactor::builder(Scanner::new()).build();
    for before in cases {
        for footer in ["\n-----END RSA PRIVATE KEY-----", ""] {
            let text = format!("{before}-----BEGIN RSA PRIVATE KEY-----\n{}{footer}, and more", body(12));
            let header = before.len();
            let found = redactor.scanner().scan(text.as_bytes());
            let is_key = |f: &incog::pii::Finding| {
                *f.entity() == Entity::SECRET_PRIVATE_KEY && f.start() <= header + 1 && f.end() > header + 40
            };
            assert!(found.iter().any(is_key), "{before}{footer}: {found:?}");
            let redacted = redactor.redact_mapped(&text);
            assert!(!redacted.text().contains("MIIE"), "{before}{footer}: {}", redacted.text());
            assert!(redacted.text().ends_with(", and more"), "{before}{footer}: {}", redacted.text());
        }
    }
}

/// A line of 70 keys without footers is cut into units inside of keys: what is around a unit then begins in the middle of
/// a key, whose end is a token that goes up to the next header.
#[test]
fn every_key_of_a_long_line_is_replaced() {
    for full_width in ["", "４１１１"] {
        let key = format!("-----BEGIN RSA PRIVATE KEY-----{}{full_width}{}536-90-4399", body(0), body(17));
        let text = key.repeat(70);
        let redacted = Redactor::builder(Scanner::new()).build().redact_mapped(&text);
        assert!(!redacted.text().contains("MIIE"), "{} bytes are left", redacted.text().len());
        assert!(!redacted.text().contains("PRIVATE KEY-----"));
    }
}
