//! Sentences about sessions and the files that they are sealed to.

use std::{io, ops::RangeInclusive, path::Path};

use super::{Error, ErrorKind};

impl Error {
    pub(crate) fn session_full(most: usize) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "a session holds at most {most} values, and the text has a new one; begin another session"
            ),
        )
    }

    pub(crate) fn known_value_length(signs: usize, limits: &RangeInclusive<usize>) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!(
                "a known value has {} to {} letters and digits, got {signs}; a shorter one would be found everywhere",
                limits.start(),
                limits.end()
            ),
        )
    }

    pub(crate) fn vault_too_large(path: &Path, got: usize, most: usize) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!("{}: it holds at most {most} bytes, got {got}; begin another session", vault(path)),
        )
    }

    pub(crate) fn vault_instead(path: &Path) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "the file '{}' exists and is no vault, and only a vault is replaced; choose another path",
                path.display()
            ),
        )
    }

    pub(crate) fn vault_without_name(path: &Path) -> Self {
        Error::new(ErrorKind::Parameter, format!("{}: the path names no file; add a name", vault(path)))
    }

    pub(crate) fn vault_unwritable(path: &Path, cause: io::Error) -> Self {
        Error::io(format!("writing the {}", vault(path)), cause)
    }

    pub(crate) fn vault_unreadable(path: &Path, cause: io::Error) -> Self {
        Error::io(format!("reading the {}", vault(path)), cause)
    }

    pub(crate) fn vault_unknown(path: &Path) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "the file '{}' is no vault: it does not start with 'incogvlt'; name the file that was sealed",
                path.display()
            ),
        )
    }

    pub(crate) fn vault_version(path: &Path, got: u16, known: u16) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "{}: it is of version {got}, and this build reads version {known}; use a later one",
                vault(path)
            ),
        )
    }

    pub(crate) fn vault_cut(path: &Path, got: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "{}: it is not whole: no vault has {got} bytes; take a copy that was not cut",
                vault(path)
            ),
        )
    }

    pub(crate) fn vault_of_another_key(path: &Path, given: &str) -> Self {
        Error::new(
            ErrorKind::Key,
            format!(
                "{}: it was sealed with another key than '{given}'; give the key that sealed it",
                vault(path)
            ),
        )
    }

    pub(crate) fn vault_changed(path: &Path) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "{}: it was changed after it was sealed, or the key only has the same id, or it holds something else; \
                 take a copy that was not changed",
                vault(path)
            ),
        )
    }

    pub(crate) fn vault_contents(path: &Path) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "{}: its contents are not as this version writes them; use the version that sealed it",
                vault(path)
            ),
        )
    }
}

fn vault(path: &Path) -> String {
    format!("vault '{}'", path.display())
}
