//! Sentences about ledgers on PostgreSQL. Never a statement, a URL or a row: only the server's word for what failed.

use incog::{Error, ErrorKind};
use tokio_postgres::error::SqlState;

/// A statement failed.
pub(crate) fn failed(what: &str, cause: &tokio_postgres::Error) -> Error {
    let why = match cause.code() {
        Some(&SqlState::INVALID_CATALOG_NAME) => "there is no such database".to_owned(),
        Some(&SqlState::INVALID_SCHEMA_NAME | &SqlState::UNDEFINED_TABLE | &SqlState::UNDEFINED_FUNCTION) => {
            "it holds no ledgers".to_owned()
        }
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            "the server does not let this user in".to_owned()
        }
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => "this user may not".to_owned(),
        Some(&SqlState::DISK_FULL) => "the server's disk is full".to_owned(),
        Some(&SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED) => "its tables are damaged".to_owned(),
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => "the server only reads".to_owned(),
        Some(code) => format!("the server says {}", code.code()),
        None if cause.is_closed() => "the connection is closed".to_owned(),
        None => "the server cannot be reached, or its certificate is not trusted".to_owned(),
    };
    Error::new(ErrorKind::Io, format!("the ledger could not be {what}: {why}"))
}

/// Whether the same statement may go through a little later.
pub(crate) fn is_passing(cause: &tokio_postgres::Error) -> bool {
    match cause.code() {
        Some(code) => {
            [
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
                SqlState::CANNOT_CONNECT_NOW,
                SqlState::TOO_MANY_CONNECTIONS,
                SqlState::LOCK_NOT_AVAILABLE,
            ]
            .contains(code)
                || code.code().starts_with("08")
        }
        None => true,
    }
}

pub(crate) fn missing(name: &str) -> Error {
    Error::new(
        ErrorKind::Refused,
        format!(
            "there is no ledger '{name}' in the database, and opening never creates one; check the name, or restore it, as only \
             it knows what was spent; if there never was one: incog ledger create LEDGER --epsilon 1"
        ),
    )
}

pub(crate) fn exists(name: &str) -> Error {
    Error::new(
        ErrorKind::Refused,
        format!(
            "the ledger '{name}' exists in the database; a ledger is never overwritten, choose another name"
        ),
    )
}

pub(crate) fn other_version(found: i32, known: i32) -> Error {
    let way =
        if found > known { "use a newer program" } else { "bring it up to date with 'incog ledger migrate'" };
    Error::new(
        ErrorKind::Refused,
        format!("the tables of the ledger have version {found}, this program knows version {known}; {way}"),
    )
}

pub(crate) fn forgetful(setting: &str) -> Error {
    Error::new(
        ErrorKind::Refused,
        format!("the server runs with {setting}, so that a crash could give budget back; turn that on"),
    )
}

pub(crate) fn unexpected() -> Error {
    Error::new(
        ErrorKind::Data,
        "the tables of the ledger hold what this program did not write; they are damaged",
    )
}

pub(crate) fn poisoned() -> Error {
    Error::new(
        ErrorKind::Io,
        "the ledger failed while writing, so this handle spends no more; open the ledger again",
    )
}

pub(crate) fn crowded() -> Error {
    Error::new(
        ErrorKind::Io,
        "other handles moved the ledger each time; try again, or take a lease for hot budgets",
    )
}
