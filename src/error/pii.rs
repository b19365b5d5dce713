//! Sentences about scanners and redaction.

use super::{Error, ErrorKind, list};

impl Error {
    pub(crate) fn malformed_entity() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "an entity is named by 1 to 64 characters of A-Z, 0-9 and _, starting with a letter, as in 'STAFF_ID'",
        )
    }

    pub(crate) fn unknown_entity<S: AsRef<str>>(name: &str, known: impl IntoIterator<Item = S>) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("no recognizer finds entity '{name}'; known are {}", list(known)),
        )
    }

    pub(crate) fn finding_confidence_range(got: f64) -> Self {
        Error::new(ErrorKind::Parameter, format!("a confidence must be in 0 ≤ c ≤ 1, got {got}"))
    }

    pub(crate) fn finding_confidence_permille(got: u16) -> Self {
        Error::new(ErrorKind::Parameter, format!("a confidence must be in 0 to 1000 thousandths, got {got}"))
    }
}
