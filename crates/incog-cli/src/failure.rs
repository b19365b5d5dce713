//! Why a command ends without its result: one sentence on stderr, and an exit code.

use std::{io, process::ExitCode};

use incog::{Error, ErrorKind};

/// A check or a verification failed.
pub(crate) const FAILED: u8 = 1;
/// Bad usage or configuration.
const USAGE: u8 = 2;
/// Refused by policy or budget.
pub(crate) const REFUSED: u8 = 3;
/// Input unreadable.
const UNREADABLE: u8 = 4;

/// A sentence and an exit code.
pub(crate) struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    /// The command was called in a way that makes no sense.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Failure { sentence: sentence.into(), code: USAGE }
    }

    /// An input that cannot be read.
    pub(crate) fn unreadable(what: &str, cause: &io::Error) -> Self {
        Failure { sentence: format!("reading {what}: {cause}"), code: UNREADABLE }
    }

    /// An input in a form that is not read.
    pub(crate) fn unreadable_form(sentence: impl Into<String>) -> Self {
        Failure { sentence: sentence.into(), code: UNREADABLE }
    }

    /// Stdout is gone. A reader that has seen enough is no failure of ours, but the command ends.
    pub(crate) fn output(cause: &io::Error) -> Self {
        let code = if cause.kind() == io::ErrorKind::BrokenPipe { 0 } else { UNREADABLE };
        Failure { sentence: format!("writing the output: {cause}"), code }
    }

    /// Prints the sentence.
    pub(crate) fn report(self) -> ExitCode {
        if self.code != 0 {
            eprintln!("incog: {}", self.sentence);
        }
        ExitCode::from(self.code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { sentence: error.to_string(), code: code(error.kind()) }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::output(&error)
    }
}

/// The exit code of an error.
pub(crate) fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Verification => FAILED,
        ErrorKind::BudgetExceeded | ErrorKind::Refused => REFUSED,
        ErrorKind::Data | ErrorKind::Io => UNREADABLE,
        _ => USAGE,
    }
}
