//! Sentences about budget ledgers.

use std::fmt;

use super::{Error, ErrorKind, Shortfall, dp::short};

/// Ledgers.
impl Error {
    pub(crate) fn budget_exceeded(
        asked: impl fmt::Display,
        left: impl fmt::Display,
        number: usize,
        limit: &crate::dp::ledger::Limit,
    ) -> Self {
        // The first limit is that of the whole ledger for ever: nothing has to be said of it.
        let (of, remedy) = match (number, limit.period()) {
            (0, _) => (String::new(), "ask for less or create a new ledger".to_owned()),
            (_, None) => (format!(" of the budget for {}", limit.scope()), "ask for less".to_owned()),
            (_, Some(period)) => {
                let of = format!(" of the budget for {}, {period}", limit.scope());
                (of, "ask for less, or wait until it renews".to_owned())
            }
        };
        let message = format!("budget exceeded: asked {asked}, left {left}{of}");
        let mut error = Error::new(ErrorKind::BudgetExceeded, message).with_remedy(remedy);
        error.0.shortfall = Some(Shortfall { asked: asked.to_string(), left: left.to_string() });
        error
    }

    pub(crate) fn other_unit(unit: &str) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "the ledger's amounts are per '{unit}', the request's are not; use a ledger of that unit"
            ),
        )
    }

    pub(crate) fn clock_step(seconds: u64, limit: u64) -> Self {
        let days = |seconds: u64| seconds / 86_400;
        Error::new(
            ErrorKind::Refused,
            format!(
                "the clock is {seconds} seconds ({} days) after the ledger's latest entry, and budgets renew by \
                 themselves after at most {limit} ({} days); if the clock is right, accept it with 'incog ledger \
                 accept-clock'",
                days(seconds),
                days(limit)
            ),
        )
    }

    pub(crate) fn bounds_nothing() -> Self {
        Error::parameter("the ledger would bound nothing; give it a budget for its lifetime or a limit")
    }

    pub(crate) fn too_many_limits(limit: usize) -> Self {
        Error::parameter(format!(
            "a ledger has at most {limit} limits; use those for each analyst or data set"
        ))
    }

    pub(crate) fn period_range(got: u64, limit: u64) -> Self {
        Error::parameter(format!("a period must be in 1 to {limit} seconds, got {got}"))
    }

    pub(crate) fn too_many_events(limit: usize) -> Self {
        Error::parameter(format!(
            "the events of a request must be at most {limit} bytes of text; give equal ones a count"
        ))
    }

    pub(crate) fn unopened_answer() -> Self {
        Error::new(
            ErrorKind::Data,
            "the stored answer cannot be opened: it was sealed with another key, such as one before a rotation, or changed; give that key",
        )
    }

    pub(crate) fn ledger_key_missing() -> Self {
        Error::new(
            ErrorKind::Key,
            "the ledger was created with a key; give it, or its history cannot be checked",
        )
    }

    pub(crate) fn ledger_key_other(id: &str) -> Self {
        Error::new(ErrorKind::Key, format!("the ledger was created with another key, that has the id {id}"))
    }

    pub(crate) fn malformed_anchor() -> Self {
        Error::parameter(
            "an anchor is COUNT:HASH with 64 hexadecimal digits, as 'incog ledger verify' prints it",
        )
    }

    pub(crate) fn damaged_terms() -> Self {
        Error::new(
            ErrorKind::Data,
            "the terms of the ledger cannot be read; it is damaged or from another version",
        )
    }

    pub(crate) fn damaged_record() -> Self {
        Error::new(
            ErrorKind::Data,
            "a record of the ledger cannot be read; it is damaged or from another version",
        )
    }

    pub(crate) fn damaged_meters() -> Self {
        Error::new(
            ErrorKind::Data,
            "what the ledger says is spent was changed or lost; it spends no more, restore the ledger",
        )
    }

    pub(crate) fn ledger_differs(record: u64, what: &str) -> Self {
        Error::new(ErrorKind::Verification, format!("record {record} of the ledger was changed: {what}"))
    }

    pub(crate) fn ledger_state_differs(what: &str) -> Self {
        Error::new(ErrorKind::Verification, format!("the ledger was changed: {what}"))
    }

    pub(crate) fn rolled_back(kept: u64, count: u64) -> Self {
        Error::new(
            ErrorKind::Verification,
            format!(
                "the ledger was rolled back: it has {count} records, and had {kept} when the anchor was taken; \
                 restore the newer one"
            ),
        )
    }

    pub(crate) fn other_history(record: u64) -> Self {
        Error::new(
            ErrorKind::Verification,
            format!(
                "the ledger is not the one that the anchor was taken of: its record {record} is another one"
            ),
        )
    }

    pub(crate) fn wrong_currency(currency: &str, other: &str, amount: impl fmt::Display) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "an amount in currency {other} ({amount}) cannot be counted in currency {currency}; price the \
                 events in '{currency}'"
            ),
        )
    }

    pub(crate) fn unknown_currency(got: &str) -> Self {
        let known = super::list(crate::dp::Currency::ALL.iter().map(|currency| currency.word()));
        Error::new(ErrorKind::Unsupported, format!("currency '{}' is not known; use {known}", short(got)))
    }

    pub(crate) fn malformed_request(what: &str, limit: usize) -> Self {
        Error::parameter(format!(
            "the {what} of a request must be 1 to {limit} bytes without control characters"
        ))
    }

    pub(crate) fn request_mismatch(what: &str) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!("this request id was used before with another {what}; use a new id"),
        )
    }

    pub(crate) fn answer_lost(id: &str) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "request '{id}' is spent, answer lost: it is charged and never drawn again; use a new id"
            ),
        )
    }

    pub(crate) fn not_reserved() -> Self {
        Error::new(ErrorKind::Refused, "the reservation is not open in this ledger; nothing was changed")
    }

    pub(crate) fn entry_without_events(number: u64) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!("record {number} of the ledger holds no events, so no accountant can price it again"),
        )
    }

    pub(crate) fn poisoned_ledger() -> Self {
        Error::new(
            ErrorKind::Io,
            "the ledger failed while writing, so this handle spends no more; open the ledger again",
        )
    }
}

#[cfg(feature = "sqlite")]
impl Error {
    pub(crate) fn ledger_exists(path: &std::path::Path) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!("'{}' exists; a ledger is never overwritten, choose another path", path.display()),
        )
    }

    pub(crate) fn ledger_missing(path: &std::path::Path) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "there is no ledger '{}', and opening never creates one; check the path, or restore it, as only it knows what was \
                 spent; if there never was one: incog ledger create LEDGER --epsilon 1",
                path.display()
            ),
        )
    }

    pub(crate) fn not_a_ledger(path: &std::path::Path, why: &str) -> Self {
        Error::new(ErrorKind::Data, format!("'{}' is not a ledger that can be used: {why}", path.display()))
    }

    pub(crate) fn mark_missing(path: &std::path::Path) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "the ledger's mark '{}' is missing, so nobody can tell whether the ledger lost records; restore both \
                 files together",
                path.display()
            ),
        )
    }

    pub(crate) fn damaged_mark() -> Self {
        Error::new(
            ErrorKind::Data,
            "the ledger's mark was changed, so nobody can tell whether the ledger lost records; restore both files \
             together",
        )
    }

    pub(crate) fn other_mark() -> Self {
        Error::new(
            ErrorKind::Data,
            "the ledger's mark is that of another ledger or another history of it; restore both files together",
        )
    }

    pub(crate) fn lost_records(path: &std::path::Path, lost: u64) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "the ledger '{}' lost {lost} of the records that its mark says it had; restore it with its '-wal' \
                 and '-mark' files",
                path.display()
            ),
        )
    }

    pub(crate) fn ledger_moved(path: &std::path::Path) -> Self {
        Error::new(
            ErrorKind::Io,
            format!(
                "another file stands in the place of the ledger '{}'; open the ledger again",
                path.display()
            ),
        )
    }

    pub(crate) fn ledger_mounted(path: &std::path::Path) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "'{}' is mounted by itself, without the files beside it; mount its folder",
                path.display()
            ),
        )
    }

    pub(crate) fn ledger_on_network(path: &std::path::Path, kind: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "'{}' lies on a shared file system ({kind}), whose locks do not reach all who use it; use a local \
                 disk, or PostgreSQL for several hosts",
                path.display()
            ),
        )
    }

    pub(crate) fn ledger_busy(waited: std::time::Duration) -> Self {
        Error::new(
            ErrorKind::Io,
            format!("the ledger was locked by other handles for {} seconds; try again", waited.as_secs()),
        )
    }

    pub(crate) fn sqlite(what: &str, cause: &rusqlite::Error) -> Self {
        // Only words for the code: a full message could quote a statement.
        let why = match cause.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => "the disk is full".to_owned(),
            Some(rusqlite::ErrorCode::SystemIoFailure) => "the system failed to read or write".to_owned(),
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => "it is damaged".to_owned(),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                "others use it".to_owned()
            }
            Some(code) => format!("{code:?}"),
            None => "unexpected content".to_owned(),
        };
        Error::new(ErrorKind::Io, format!("the ledger could not be {what}: {why}"))
    }

    pub(crate) fn ledger_not_whole() -> Self {
        Error::new(ErrorKind::Io, "the ledger could not be created: the system did not write all of it")
    }
}
