//! Findings are sorted, apart and in range; redacted text is clean and stays as it is.

use std::sync::LazyLock;

use incog::pii::{Redactor, Scanner};

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::builder(Scanner::new()).build());

pub fn holds(bytes: &[u8]) {
    let findings = REDACTOR.scanner().scan(bytes);
    assert!(findings.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
    assert!(findings.iter().all(|f| f.start() < f.end() && f.end() <= bytes.len()));

    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert!(findings.iter().all(|f| text.get(f.range()).is_some()));
    let once = REDACTOR.redact(text);
    assert!(REDACTOR.scanner().scan(once.as_bytes()).is_empty());
    assert_eq!(REDACTOR.redact(&once), once);
}
