//! Counters, histograms and a gauge for those who run a service, through the facade [`metrics`](https://docs.rs/metrics).
//!
//! With the feature `metrics` the rooms record what they do; where it goes is decided by the recorder that the program
//! installs, such as an exporter for Prometheus. Without a recorder nothing is kept; without the feature nothing is compiled.
//!
//! | name | kind | labels | counts |
//! |---|---|---|---|
//! | [`incog_scanned_bytes_total`](SCANNED_BYTES) | counter | | bytes that scanners went over; what is searched again, to check what was written, counts again |
//! | [`incog_findings_total`](FINDINGS) | counter | `entity` | findings of these searches |
//! | [`incog_redacted_texts_total`](REDACTED_TEXTS) | counter | | texts that redactors took: calls, streams, documents, rows, log lines |
//! | [`incog_redactions_total`](REDACTIONS) | counter | `entity` | findings that were replaced |
//! | [`incog_withheld_lines_total`](WITHHELD_LINES) | counter | | log lines that were not written, or not whole, because their redaction failed |
//! | [`incog_ledger_requests_total`](LEDGER_REQUESTS) | counter | `outcome` | charges that sessions and policies asked a ledger for |
//! | [`incog_ledger_seconds`](LEDGER_SECONDS) | histogram | | how long the ledger took for that, durably |
//! | [`incog_ledger_left_ratio`](LEDGER_LEFT) | gauge | | what is left of the budget for the lifetime, from 0 to 1, when a session last read its balance |
//! | [`incog_pipeline_runs_total`](PIPELINE_RUNS) | counter | `outcome` | plans that were to be applied |
//! | [`incog_pipeline_seconds`](PIPELINE_SECONDS) | histogram | | how long that took |
//!
//! Labels are from lists that do not grow with the data. `entity` is one of the catalog
//! ([`known_entities`](crate::pii::known_entities)), `PERSON`, or [`OWN`] for all of your own. `outcome` of a ledger is
//! `charged`, `repeated` (the stored answer, without a charge), `answer_lost`, `budget_exceeded`, `refused` or `failed`; of a
//! pipeline `applied`, `refused` or `failed`.
//!
//! How long an *answer* of a session takes is not recorded: it depends on the noise that was drawn. The seconds of a pipeline
//! are of a whole run, its statistics included: keep them where the raw data may be. A ledger that is used without a session is not seen, and of several ledgers in one process the gauge has the one that was read last.
//!
//! # Guarantee
//! For all texts, tables and queries, a name, a label or a description of a metric is one of those above. What is counted is
//! exact, and of raw data: how many findings there were says something about the texts. Keep these numbers where the raw data
//! may be, and out of a release.
//!
//! # Examples
//! A filter that stops firing is a filter that stopped working: alarm on `rate(incog_redactions_total[1h]) == 0`; on
//! `incog_ledger_left_ratio < 0.1`; and on any increase of `incog_withheld_lines_total`.
//! ```
//! use incog::pii::{Redactor, Scanner};
//! // In a service: install an exporter, then say once what the names mean.
//! incog::metrics::describe();
//! let redactor = Redactor::builder(Scanner::new()).build();
//! // incog_scanned_bytes_total, incog_redacted_texts_total, incog_redactions_total{entity="EMAIL_ADDRESS"}
//! assert_eq!(redactor.redact("to ada@example.org"), "to [EMAIL_ADDRESS]");
//! ```

use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Counter: bytes that scanners went over.
///
/// # Examples
/// ```
/// let per_second = format!("rate({}[5m])", incog::metrics::SCANNED_BYTES);
/// assert_eq!(per_second, "rate(incog_scanned_bytes_total[5m])");
/// ```
pub const SCANNED_BYTES: &str = "incog_scanned_bytes_total";
/// Counter by `entity`: what scanners found.
///
/// # Examples
/// ```
/// let kinds_today = format!("sum by (entity) (increase({}[1d]))", incog::metrics::FINDINGS);
/// assert_eq!(kinds_today, "sum by (entity) (increase(incog_findings_total[1d]))");
/// ```
pub const FINDINGS: &str = "incog_findings_total";
/// Counter: texts that redactors took.
///
/// # Examples
/// ```
/// use incog::metrics::{REDACTED_TEXTS, REDACTIONS};
/// let per_text = format!("sum(rate({REDACTIONS}[1h])) / sum(rate({REDACTED_TEXTS}[1h]))");
/// assert_eq!(per_text, "sum(rate(incog_redactions_total[1h])) / sum(rate(incog_redacted_texts_total[1h]))");
/// ```
pub const REDACTED_TEXTS: &str = "incog_redacted_texts_total";
/// Counter by `entity`: what redactors replaced.
///
/// # Examples
/// ```
/// let alarm = format!("sum(rate({}[1h])) == 0", incog::metrics::REDACTIONS);
/// assert_eq!(alarm, "sum(rate(incog_redactions_total[1h])) == 0");
/// ```
pub const REDACTIONS: &str = "incog_redactions_total";
/// Counter: log lines whose redaction failed, so that they were not written, or not whole.
///
/// # Examples
/// ```
/// let alarm = format!("increase({}[10m]) > 0", incog::metrics::WITHHELD_LINES);
/// assert_eq!(alarm, "increase(incog_withheld_lines_total[10m]) > 0");
/// ```
pub const WITHHELD_LINES: &str = "incog_withheld_lines_total";
/// Counter by `outcome`: charges that a ledger was asked for.
///
/// # Examples
/// ```
/// let refused = format!("increase({}{{outcome=\"budget_exceeded\"}}[1d])", incog::metrics::LEDGER_REQUESTS);
/// assert_eq!(refused, "increase(incog_ledger_requests_total{outcome=\"budget_exceeded\"}[1d])");
/// ```
pub const LEDGER_REQUESTS: &str = "incog_ledger_requests_total";
/// Histogram, in seconds: how long a ledger took to decide and to write.
///
/// # Examples
/// ```
/// // Of an exporter that keeps buckets of it.
/// let slow = format!("histogram_quantile(0.99, rate({}_bucket[5m])) > 0.1", incog::metrics::LEDGER_SECONDS);
/// assert_eq!(slow, "histogram_quantile(0.99, rate(incog_ledger_seconds_bucket[5m])) > 0.1");
/// ```
pub const LEDGER_SECONDS: &str = "incog_ledger_seconds";
/// Gauge, from 0 to 1: the share of the budget for the lifetime that is left. Where that has two parts, of the part with less.
///
/// # Examples
/// ```
/// let alarm = format!("min({}) < 0.1", incog::metrics::LEDGER_LEFT);
/// assert_eq!(alarm, "min(incog_ledger_left_ratio) < 0.1");
/// ```
pub const LEDGER_LEFT: &str = "incog_ledger_left_ratio";
/// Counter by `outcome`: plans that were to be applied.
///
/// # Examples
/// ```
/// let alarm = format!("increase({}{{outcome!=\"applied\"}}[1d]) > 0", incog::metrics::PIPELINE_RUNS);
/// assert_eq!(alarm, "increase(incog_pipeline_runs_total{outcome!=\"applied\"}[1d]) > 0");
/// ```
pub const PIPELINE_RUNS: &str = "incog_pipeline_runs_total";
/// Histogram, in seconds: how long applying a plan took.
///
/// # Examples
/// ```
/// use incog::metrics::PIPELINE_SECONDS;
/// let mean = format!("increase({PIPELINE_SECONDS}_sum[7d]) / increase({PIPELINE_SECONDS}_count[7d])");
/// assert_eq!(mean, "increase(incog_pipeline_seconds_sum[7d]) / increase(incog_pipeline_seconds_count[7d])");
/// ```
pub const PIPELINE_SECONDS: &str = "incog_pipeline_seconds";

/// The label of entities that are not in the catalog, all of them together: their number is up to the program.
///
/// # Examples
/// ```
/// use incog::metrics::{OWN, REDACTIONS};
/// let of_own_recognizers = format!("rate({REDACTIONS}{{entity=\"{OWN}\"}}[1h])");
/// assert_eq!(of_own_recognizers, "rate(incog_redactions_total{entity=\"OWN\"}[1h])");
/// ```
pub const OWN: &str = "OWN";

/// Tells the recorder what each name means, and its unit. Call it once, after the recorder is installed.
///
/// # Examples
/// ```
/// // Without a recorder nothing is told to anybody, and nothing fails.
/// incog::metrics::describe();
/// ```
pub fn describe() {
    describe_counter!(SCANNED_BYTES, Unit::Bytes, "bytes that scanners went over");
    describe_counter!(FINDINGS, Unit::Count, "findings, by entity");
    describe_counter!(REDACTED_TEXTS, Unit::Count, "texts that redactors took");
    describe_counter!(REDACTIONS, Unit::Count, "findings that were replaced, by entity");
    describe_counter!(
        WITHHELD_LINES,
        Unit::Count,
        "log lines that could not be redacted and were not written whole"
    );
    describe_counter!(
        LEDGER_REQUESTS,
        Unit::Count,
        "charges that a privacy ledger was asked for, by outcome"
    );
    describe_histogram!(LEDGER_SECONDS, Unit::Seconds, "time that a privacy ledger took for a charge");
    describe_gauge!(LEDGER_LEFT, "share of the privacy budget that was left when it was last read");
    describe_counter!(PIPELINE_RUNS, Unit::Count, "release plans that were to be applied, by outcome");
    describe_histogram!(PIPELINE_SECONDS, Unit::Seconds, "time that applying a release plan took");
}
