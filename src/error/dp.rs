//! Sentences about differential privacy and ledgers.

use std::fmt;

use super::{Error, ErrorKind, Shortfall};

/// Parameters.
impl Error {
    pub(crate) fn epsilon_range(got: &str) -> Self {
        Error::parameter(format!("epsilon must be in 0 < ε ≤ 64, got {}", short(got)))
    }

    pub(crate) fn rho_range(got: &str) -> Self {
        Error::parameter(format!("rho must be in 0 < ρ ≤ 64, got {}", short(got)))
    }

    pub(crate) fn gaussian_without_rho() -> Self {
        Error::parameter(
            "Gaussian noise has no epsilon of its own; give the query a rho, or an epsilon and a delta by 'approximate'",
        )
    }

    pub(crate) fn approximate_too_small(epsilon: impl fmt::Display, delta: impl fmt::Display) -> Self {
        Error::parameter(format!(
            "no Gaussian noise is so large that an epsilon of {epsilon} and a delta of {delta} hold; give more of either"
        ))
    }

    pub(crate) fn total_epsilon_range(got: &str) -> Self {
        Error::parameter(format!("a total epsilon must be in 0 ≤ ε ≤ 1000000, got {}", short(got)))
    }

    pub(crate) fn delta_range(got: &str) -> Self {
        Error::parameter(format!("delta must be in 0 ≤ δ < 1, got {}", short(got)))
    }

    pub(crate) fn too_many_decimals(name: &str, got: &str, decimals: u32) -> Self {
        Error::parameter(format!("{name} has at most {decimals} decimals, got {}", short(got)))
    }

    pub(crate) fn epsilon_not_divisible(parts: u64) -> Self {
        Error::parameter(format!(
            "the query divides its epsilon into {parts} parts of at least 0.000000000001 each; give it more"
        ))
    }

    pub(crate) fn amount_range(name: &str, got: &str) -> Self {
        Error::parameter(format!("a total of {name} must be in 0 to 1000000, got {}", short(got)))
    }

    pub(crate) fn malformed_amount(currency: &str) -> Self {
        let example = match currency {
            "pure" => "pure epsilon=1",
            "approximate" => "approximate epsilon=1 delta=0.000001",
            "zcdp" => "zcdp rho=0.5",
            "gdp" => "gdp mu_squared=1",
            _ => "rdp 8=2 16=4",
        };
        Error::parameter(format!("an amount in currency {currency} is written as '{example}'"))
    }

    pub(crate) fn unknown_order(got: &str) -> Self {
        let orders: Vec<String> = crate::dp::RDP_ORDERS.iter().map(f64::to_string).collect();
        Error::parameter(format!(
            "order '{}' is not one of the currency rdp, or not in its place; use, in this order: {}",
            short(got),
            orders.join(", ")
        ))
    }

    pub(crate) fn split_range(shares: u32, amount: impl fmt::Display) -> Self {
        Error::parameter(format!(
            "an amount of {amount} cannot be split into {shares} shares; each needs at least 0.000000000001"
        ))
    }

    pub(crate) fn scale_range(got: impl fmt::Display) -> Self {
        Error::parameter(format!(
            "a noise scale must be in 1/64000000000000 to 2^61, got {got}; change epsilon or the bounds"
        ))
    }

    pub(crate) fn bounds_range(name: &str, got: u32, limit: u32) -> Self {
        Error::parameter(format!("{name} must be in 1..={limit}, got {got}"))
    }

    pub(crate) fn unnamed_person() -> Self {
        Error::parameter("the privacy unit needs the name of the column that names the person")
    }

    pub(crate) fn unknown_neighbors(got: &str) -> Self {
        Error::parameter(format!(
            "neighbors '{}' is not known; use 'add_or_remove_one', 'replace_one', 'zero_out'",
            short(got)
        ))
    }

    pub(crate) fn confidence_range(got: f64) -> Self {
        Error::parameter(format!("a confidence must be in 0.5 ≤ c ≤ 0.999999, got {got}"))
    }

    fn parameter(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Parameter, message)
    }
}

/// Queries and sessions.
impl Error {
    pub(crate) fn query_without_epsilon() -> Self {
        Error::parameter("the query has no epsilon and no rho; say what it may cost, in one of the two")
    }

    pub(crate) fn clamped_count() -> Self {
        Error::parameter("counts and histograms have no clamp bounds; leave them out")
    }

    pub(crate) fn unreadable_count() -> Self {
        Error::parameter("a count reads no numbers, so none is unreadable; leave the rule for them out")
    }

    pub(crate) fn clamped_twice(kind: &str, column: &str) -> Self {
        Error::parameter(format!(
            "the clamp bounds of the {kind} of '{column}' are given and to be found as well; leave one out"
        ))
    }

    pub(crate) fn unreadable_value(column: &str, lower: f64, upper: f64, got: f64) -> Self {
        Error::parameter(format!(
            "unreadable cells of '{column}' must count as a number within the clamp bounds {lower:e} and {upper:e}, got {got:e}"
        ))
    }

    pub(crate) fn bin_count(got: u32, limit: u32) -> Self {
        Error::parameter(format!("a histogram has 1 to {limit} bins, got {got}"))
    }

    pub(crate) fn bin_edges(got: usize, most: u32) -> Self {
        Error::parameter(format!(
            "the edges of bins must be 2 to {} finite numbers in ascending order, at most 1e100 in size, got {got}",
            u64::from(most) + 1
        ))
    }

    pub(crate) fn quantile_range(got: f64) -> Self {
        Error::parameter(format!("a quantile must be in 0 ≤ q ≤ 1 with at most six decimals, got {got}"))
    }

    pub(crate) fn quantile_count(column: &str, got: usize, limit: usize) -> Self {
        Error::parameter(format!("the quantiles of '{column}' are 1 to {limit} probabilities, got {got}"))
    }

    pub(crate) fn repeated_quantile(column: &str) -> Self {
        Error::parameter(format!("the quantiles of '{column}' name a probability twice; name each once"))
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn clip_norm_range(got: f64) -> Self {
        Error::parameter(format!("a clip norm must be in 1e-60 to 1e60, got {got:e}"))
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn noise_multiplier_range(got: f64) -> Self {
        Error::parameter(format!("a noise multiplier must be in 1e-6 to 1e6, got {got}"))
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn empty_population() -> Self {
        Error::parameter("a sampler needs at least 1 record, got 0")
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn gradient_count(got: usize, records: usize) -> Self {
        Error::parameter(format!(
            "a step needs one gradient for each record of the batch, {records}, got {got}"
        ))
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn old_batch() -> Self {
        Error::new(
            ErrorKind::Refused,
            "the batch is not the last one that this training drew; take a step with that",
        )
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn vectors_and_persons(vectors: usize, persons: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!("there are {vectors} vectors and {persons} persons; give the person of each"),
        )
    }

    #[cfg(feature = "audit")]
    pub(crate) fn other_steps(what: &str) -> Self {
        Error::new(
            ErrorKind::Verification,
            format!(
                "two tables led to other steps: {what} differ; what a query does must not depend on the data"
            ),
        )
    }

    #[cfg(feature = "audit")]
    pub(crate) fn moved_too_far(what: &str) -> Self {
        Error::new(
            ErrorKind::Verification,
            format!(
                "{what} moved by more than declared; if the tables are neighbors, the sensitivity is too small"
            ),
        )
    }

    pub(crate) fn condition_range(column: &str, lower: f64, upper: f64) -> Self {
        Error::parameter(format!(
            "a range of '{column}' must be two numbers, the first at most the second, got {lower} and {upper}"
        ))
    }

    pub(crate) fn column_of_numbers(column: &str) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "column '{column}' holds numbers, and persons, groups and texts are codes; give it as codes or as a column"
            ),
        )
    }

    pub(crate) fn missing_clamp(kind: &str, column: &str) -> Self {
        Error::parameter(format!(
            "the {kind} of '{column}' has no clamp bounds; give the least and the largest value that may count"
        ))
    }

    pub(crate) fn clamp_range(column: &str, lower: f64, upper: f64) -> Self {
        Error::parameter(format!(
            "the clamp bounds of '{column}' must be finite and ascending, the larger in size within \
             1e-100..=1e100, and at least one part in 10^9 of it apart, got {lower:e} and {upper:e}"
        ))
    }

    pub(crate) fn key_count(column: &str, got: usize, limit: usize) -> Self {
        Error::parameter(format!("groups by '{column}' need 1 to {limit} public keys, got {got}"))
    }

    pub(crate) fn selection_without_delta(column: &str) -> Self {
        Error::parameter(format!(
            "selecting keys of '{column}' needs a delta above 0: a key of one person is released with that probability; \
             give a delta, or public keys"
        ))
    }

    pub(crate) fn repeated_key(column: &str) -> Self {
        Error::parameter(format!("groups by '{column}' name a key twice; each key is one group"))
    }

    pub(crate) fn incomplete_session(what: &str) -> Self {
        Error::parameter(format!("the session has no {what}; set it before build()"))
    }

    pub(crate) fn error_unknown(label: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the error of the {label} depends on the data; give public clamp bounds and, for a mean or a variance, at \
                 least how many rows there are (at_least, more than the error of their count), or read it off the release"
            ),
        )
    }

    pub(crate) fn unreachable_error(half_width: f64) -> Self {
        Error::parameter(format!(
            "an error of at most {half_width} needs an epsilon above 64; allow a larger error or tighter bounds"
        ))
    }

    pub(crate) fn totals_unsupported(label: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the query '{label}' needs rows, not totals: only counts, sums, means and variances within given clamp bounds are made from totals"
            ),
        )
    }

    pub(crate) fn totals_of_another_shape(label: &str, parts: usize, grouped: bool) -> Self {
        let groups =
            if grouped { "each group under its key" } else { "the group `None`, as it has no groups" };
        Error::parameter(format!(
            "the totals are not those of '{label}': give {groups}, with {parts} totals, one for each of its summands"
        ))
    }

    pub(crate) fn unreadable_answer() -> Self {
        Error::new(
            ErrorKind::Data,
            "the stored answer cannot be read; the ledger is damaged or from another version",
        )
    }
}

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

/// At most 40 characters of a parameter.
fn short(text: &str) -> String {
    let text: String = text.chars().take(40).collect();
    if text.is_empty() { "nothing".to_owned() } else { text }
}
