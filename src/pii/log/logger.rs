//! A logger of the `log` crate that owns its output.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    io::Write,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use log::{
    LevelFilter, Log, Metadata, Record,
    kv::{self, Key, Value, VisitSource, VisitValue},
};

use super::lines::Lines;
use crate::{
    Error, Result,
    pii::{Counts, JsonRedactor, Redactor, structured::push_escaped},
};

/// How [`RedactedLog`] writes a record.
///
/// # Examples
/// ```
/// use incog::pii::{LineFormat, RedactedLog, Redactor, Scanner};
/// use log::{Log, Record};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let line = |format| {
///     let logger = RedactedLog::new(redactor.clone(), Vec::new()).format(format);
///     logger.log(&Record::builder().target("shop").args(format_args!("to ada@example.org")).build());
///     String::from_utf8(logger.into_inner()).expect("lines are text")
/// };
/// assert!(line(LineFormat::Text).ends_with("Z INFO shop: to [EMAIL_ADDRESS]\n"));
/// assert!(line(LineFormat::Json).contains(r#""target":"shop","message":"to [EMAIL_ADDRESS]""#));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineFormat {
    /// `2026-05-01T10:00:00.000000Z INFO shop: paid order=17`; further lines of a message are indented.
    #[default]
    Text,
    /// `{"timestamp":"2026-05-01T10:00:00.000000Z","level":"INFO","target":"shop","message":"paid","order":17}`
    Json,
}

/// Writes the records of `log` as lines without what a [`Redactor`] finds in them. It formats them itself and owns what
/// it writes to, so nothing of a record gets past it.
///
/// # Guarantee
/// For all records, what is written holds nothing that the redactor finds in the formatted line, whatever of it came from
/// the message, the key-values or the target; the line is written at once. A line whose redaction panics, as an operator of
/// your own may, is replaced by `[line withheld: redaction failed]` and counted. In the place of a message or value whose
/// own formatting fails stands `[withheld: formatting failed]`.
///
/// # Examples
/// ```
/// use incog::pii::{LineFormat, RedactedLog, Redactor, Scanner};
/// use log::{Log, Record};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let logger = RedactedLog::new(redactor, Vec::new()).format(LineFormat::Json);
/// let fields = [("email", "ada@example.org")];
/// let record =
///     Record::builder().target("shop").args(format_args!("call +1 201 555 0123")).key_values(&fields).build();
/// logger.log(&record);
/// let counts = logger.counts().snapshot();
/// let line = String::from_utf8(logger.into_inner()).expect("lines are text");
/// assert!(line.ends_with(
///     "\"level\":\"INFO\",\"target\":\"shop\",\"message\":\"call [PHONE_NUMBER]\",\"email\":\"[EMAIL_ADDRESS]\"}\n"
/// ));
/// assert_eq!(counts.replaced.len(), 2);
/// ```
pub struct RedactedLog<W> {
    lines: Lines,
    level: LevelFilter,
    format: LineFormat,
    out: Mutex<W>,
}

impl<W: Write + Send> RedactedLog<W> {
    /// A logger of the level `Info` that writes to `out`, such as `std::io::stdout()` or a file.
    pub fn new(redactor: Redactor, out: W) -> Self {
        let (level, format) = (LevelFilter::Info, LineFormat::Text);
        RedactedLog { lines: Lines::new(redactor), level, format, out: Mutex::new(out) }
    }

    /// Records above this level are not written.
    #[must_use]
    pub fn level(self, level: LevelFilter) -> Self {
        RedactedLog { level, ..self }
    }

    /// How records are written; as text by default.
    #[must_use]
    pub fn format(self, format: LineFormat) -> Self {
        RedactedLog { format, ..self }
    }

    /// Lines that are JSON documents are redacted by `json`, with its rules, such as `always("**.password", ..)`, and for
    /// what its own redactor finds. Then they are searched as any other line. So `keep` and `only` hold for what the
    /// redactor of the lines does not look for, and for nothing else.
    #[must_use]
    pub fn json(self, json: JsonRedactor) -> Self {
        RedactedLog { lines: self.lines.json(json), ..self }
    }

    /// What was replaced, for those who watch.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        self.lines.redactor().counts()
    }

    /// Makes this the logger of the process, and gives its counts.
    ///
    /// # Errors
    /// `Refused` if there is one already.
    pub fn install(self) -> Result<Counts>
    where
        W: 'static,
    {
        let (level, counts) = (self.level, self.counts().clone());
        log::set_boxed_logger(Box::new(self)).map_err(|_| Error::logger_installed())?;
        log::set_max_level(level);
        Ok(counts)
    }

    /// What it wrote to.
    pub fn into_inner(self) -> W {
        self.out.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write + Send> Log for RedactedLog<W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.level
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = match self.format {
            LineFormat::Text => text(record, SystemTime::now()),
            LineFormat::Json => json(record, SystemTime::now()),
        };
        let line = self.lines.redact(line.as_bytes());
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // As other loggers do: there is nobody to tell.
        let _ = out.write_all(&line);
    }

    fn flush(&self) {
        let _ = self.out.lock().unwrap_or_else(PoisonError::into_inner).flush();
    }
}

impl<W> fmt::Debug for RedactedLog<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedLog")
            .field("level", &self.level)
            .field("format", &self.format)
            .field("counts", self.lines.redactor().counts())
            .finish_non_exhaustive()
    }
}

fn text(record: &Record<'_>, now: SystemTime) -> String {
    let mut line = Indented(String::with_capacity(LINE));
    let _ = write!(line, "{} {} {}: ", timestamp(now), record.level(), record.target());
    let start = line.0.len();
    if write!(line, "{}", record.args()).is_err() {
        line.0.truncate(start);
        line.0.push_str(UNFORMATTED);
    }
    let _ = record.key_values().visit(&mut line);
    line.0.push('\n');
    line.0
}

/// Further lines are indented, so that no message can pretend to be a record.
struct Indented(String);

impl fmt::Write for Indented {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                self.0.push_str("\n    ");
            }
            self.0.push_str(line);
        }
        Ok(())
    }
}

impl<'kvs> VisitSource<'kvs> for Indented {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> std::result::Result<(), kv::Error> {
        let text = value.to_borrowed_str().map_or_else(|| formatted(&value), Cow::Borrowed);
        // Only quotes are escaped: behind the n of an escape, a number would not be one.
        let _ = match text.contains([' ', '"', '=', '\n']) {
            true => write!(self, " {key}=\"{}\"", text.replace('"', "\\\"")),
            false => write!(self, " {key}={text}"),
        };
        Ok(())
    }
}

fn json(record: &Record<'_>, now: SystemTime) -> String {
    let mut line = Fields(String::with_capacity(LINE));
    line.0.push_str("{\"timestamp\":\"");
    let _ = write!(line.0, "{}\",\"level\":\"{}\"", timestamp(now), record.level());
    line.key("target");
    line.text(record.target());
    line.key("message");
    match record.args().as_str() {
        Some(message) => line.text(message),
        None => line.text(&formatted(record.args())),
    }
    let _ = record.key_values().visit(&mut line);
    line.0.push_str("}\n");
    line.0
}

/// What a value writes of itself; all of it, or nothing: what stands before an error may be any part of it.
fn formatted(value: &dyn fmt::Display) -> Cow<'static, str> {
    let mut text = String::new();
    match write!(text, "{value}") {
        Ok(()) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(UNFORMATTED),
    }
}

/// The fields of an object.
struct Fields(String);

impl Fields {
    fn key(&mut self, key: &str) {
        self.0.push(',');
        self.text(key);
        self.0.push(':');
    }

    fn text(&mut self, text: &str) {
        self.0.push('"');
        push_escaped(text, &mut self.0);
        self.0.push('"');
    }

    fn plain(&mut self, value: impl fmt::Display) -> std::result::Result<(), kv::Error> {
        let _ = write!(self.0, "{value}");
        Ok(())
    }
}

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> std::result::Result<(), kv::Error> {
        self.key(key.as_str());
        value.visit(self)
    }
}

impl<'v> VisitValue<'v> for Fields {
    fn visit_any(&mut self, value: Value<'_>) -> std::result::Result<(), kv::Error> {
        self.text(&formatted(&value));
        Ok(())
    }

    fn visit_null(&mut self) -> std::result::Result<(), kv::Error> {
        self.plain("null")
    }

    fn visit_u64(&mut self, value: u64) -> std::result::Result<(), kv::Error> {
        self.plain(value)
    }

    fn visit_i64(&mut self, value: i64) -> std::result::Result<(), kv::Error> {
        self.plain(value)
    }

    fn visit_f64(&mut self, value: f64) -> std::result::Result<(), kv::Error> {
        // JSON has no other numbers.
        if value.is_finite() { self.plain(value) } else { self.plain("null") }
    }

    fn visit_bool(&mut self, value: bool) -> std::result::Result<(), kv::Error> {
        self.plain(value)
    }

    fn visit_str(&mut self, value: &str) -> std::result::Result<(), kv::Error> {
        self.text(value);
        Ok(())
    }
}

/// RFC 3339 in UTC, with microseconds. The date: Hinnant, *chrono-Compatible Low-Level Date Algorithms*, civil_from_days,
/// for days from 1970 on.
fn timestamp(now: SystemTime) -> String {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Days since the first of March 0000, in eras of 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:06}Z", since.subsec_micros())
}

/// What stands for a message or value whose own formatting fails.
const UNFORMATTED: &str = "[withheld: formatting failed]";

/// What a usual line has room in.
const LINE: usize = 256;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use log::Level;

    use super::*;

    #[test]
    fn timestamps_are_those_of_the_calendar() {
        // GNU date -u, for the seconds given.
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399, "2000-02-28T23:59:59.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (951_868_800, "2000-03-01T00:00:00.000000Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(timestamp(before), "1970-01-01T00:00:00.000000Z");
        assert!(timestamp(UNIX_EPOCH + Duration::from_micros(1_000_042)).ends_with("00:00:01.000042Z"));
    }

    #[test]
    fn no_message_looks_like_a_record_of_its_own() {
        let fields = [("a", "x y"), ("b", "1\n2026-01-01 INFO other: forged"), ("c", "plain")];
        let record = Record::builder()
            .level(Level::Warn)
            .target("shop")
            .args(format_args!("first\n2026-01-01 INFO other: forged"))
            .key_values(&fields)
            .build();
        let line = text(&record, UNIX_EPOCH);
        assert_eq!(
            line,
            "1970-01-01T00:00:00.000000Z WARN shop: first\n    2026-01-01 INFO other: forged a=\"x y\" \
             b=\"1\n    2026-01-01 INFO other: forged\" c=plain\n"
        );
        let line = json(&record, UNIX_EPOCH);
        assert_eq!(line.matches('\n').count(), 1);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["b"], "1\n2026-01-01 INFO other: forged");
        assert_eq!(read["message"], "first\n2026-01-01 INFO other: forged");
    }
}
