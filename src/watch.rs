//! What the rooms tell the module `metrics`. Without that feature these functions do nothing and take no time.
//!
//! Nothing here takes text, a number of the data or a name that is not one of a fixed list: labels are `&'static str`.

#[cfg(any(feature = "dp", feature = "pipeline"))]
use crate::error::ErrorKind;
#[cfg(feature = "metrics")]
use crate::metrics as names;

/// When something started.
#[cfg(any(feature = "dp", feature = "pipeline"))]
pub(crate) struct Stopwatch(#[cfg(feature = "metrics")] std::time::Instant);

#[cfg(any(feature = "dp", feature = "pipeline"))]
impl Stopwatch {
    pub(crate) fn start() -> Self {
        Stopwatch(
            #[cfg(feature = "metrics")]
            std::time::Instant::now(),
        )
    }
}

/// A scanner went over so many bytes, and found these.
#[cfg(feature = "pii")]
#[inline]
pub(crate) fn scanned(bytes: usize, found: impl Iterator<Item = &'static str>) {
    #[cfg(feature = "metrics")]
    {
        ::metrics::counter!(names::SCANNED_BYTES).increment(crate::num::count(bytes));
        found.for_each(|entity| ::metrics::counter!(names::FINDINGS, "entity" => entity).increment(1));
    }
    #[cfg(not(feature = "metrics"))]
    let _ = (bytes, found);
}

/// A redactor took a text.
#[cfg(feature = "pii")]
#[inline]
pub(crate) fn redacting() {
    #[cfg(feature = "metrics")]
    ::metrics::counter!(names::REDACTED_TEXTS).increment(1);
}

/// Something was replaced.
#[cfg(feature = "pii")]
#[inline]
pub(crate) fn replaced(entity: &'static str) {
    #[cfg(feature = "metrics")]
    ::metrics::counter!(names::REDACTIONS, "entity" => entity).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = entity;
}

/// A log line was not written, or not all of it.
#[cfg(feature = "pii")]
#[inline]
pub(crate) fn withheld() {
    #[cfg(feature = "metrics")]
    ::metrics::counter!(names::WITHHELD_LINES).increment(1);
}

/// A ledger was asked for a charge.
#[cfg(feature = "dp")]
pub(crate) fn reserved(since: Stopwatch, outcome: Result<&'static str, ErrorKind>) {
    #[cfg(feature = "metrics")]
    {
        let outcome = outcome.unwrap_or_else(|kind| match kind {
            ErrorKind::BudgetExceeded => "budget_exceeded",
            ErrorKind::Refused => "refused",
            _ => "failed",
        });
        ::metrics::counter!(names::LEDGER_REQUESTS, "outcome" => outcome).increment(1);
        ::metrics::histogram!(names::LEDGER_SECONDS).record(since.0.elapsed());
    }
    #[cfg(not(feature = "metrics"))]
    let _ = (since, outcome);
}

/// A balance was read: this share of it is spent; none if the budget has no end.
#[cfg(feature = "dp")]
pub(crate) fn balance(spent: impl FnOnce() -> Option<f64>) {
    #[cfg(feature = "metrics")]
    if let Some(spent) = spent() {
        ::metrics::gauge!(names::LEDGER_LEFT).set(1.0 - spent);
    }
    #[cfg(not(feature = "metrics"))]
    let _ = spent;
}

/// A plan was applied, or not.
#[cfg(feature = "pipeline")]
pub(crate) fn applied(since: Stopwatch, outcome: Result<(), ErrorKind>) {
    #[cfg(feature = "metrics")]
    {
        let outcome = match outcome {
            Ok(()) => "applied",
            Err(ErrorKind::BudgetExceeded | ErrorKind::Refused) => "refused",
            Err(_) => "failed",
        };
        ::metrics::counter!(names::PIPELINE_RUNS, "outcome" => outcome).increment(1);
        ::metrics::histogram!(names::PIPELINE_SECONDS).record(since.0.elapsed());
    }
    #[cfg(not(feature = "metrics"))]
    let _ = (since, outcome);
}
