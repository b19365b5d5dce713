//! Log lines of `tracing`.

use std::{
    fmt,
    io::{self, Write},
};

use tracing_subscriber::fmt::MakeWriter;

use super::lines::Lines;
use crate::pii::{Counts, JsonRedactor, Redactor};

/// Writes log lines without what a [`Redactor`] finds in them: give it to `tracing_subscriber::fmt().with_writer(..)`.
///
/// A line that is a JSON document is redacted as one, so it stays one; any other line as text. Colors stand between a
/// name and its value, so a line is searched without them; a line in which something is found loses them.
///
/// # Guarantee
/// For all events, what is written holds nothing that the redactor finds in the formatted event, whatever of it came
/// from messages, fields, spans or errors. A line whose redaction panics, as an operator of your own may, is replaced by
/// `[line withheld: redaction failed]` and counted. Other layers and writers beside it are not touched: send all of
/// them through one.
///
/// # Examples
/// ```
/// use incog::pii::{RedactedLines, Redactor, Scanner};
/// let lines = RedactedLines::new(Redactor::builder(Scanner::new()).build(), std::io::stdout);
/// let counts = lines.counts().clone();
/// let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(lines).finish();
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info!(email = "ada@example.org", "login");
/// });
/// assert_eq!(counts.snapshot().to_string(), "texts 1, withheld 0, quiet 0, EMAIL_ADDRESS 1");
/// ```
pub struct RedactedLines<M> {
    lines: Lines,
    inner: M,
}

impl<M> RedactedLines<M> {
    /// Lines for `inner`, a writer's maker such as `std::io::stdout` or a `Mutex` of a file.
    pub fn new(redactor: Redactor, inner: M) -> Self {
        RedactedLines { lines: Lines::new(redactor), inner }
    }

    /// Lines that are JSON documents are redacted by `json`, with its rules, such as `always("**.password", ..)`, and for
    /// what its own redactor finds. Then they are searched as any other line. So `keep` and `only` hold for what the
    /// redactor of the lines does not look for, and for nothing else.
    #[must_use]
    pub fn json(self, json: JsonRedactor) -> Self {
        RedactedLines { lines: self.lines.json(json), ..self }
    }

    /// What was replaced, for those who watch.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        self.lines.redactor().counts()
    }
}

impl<M> fmt::Debug for RedactedLines<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedLines").field("counts", self.counts()).finish_non_exhaustive()
    }
}

impl<'m, M: MakeWriter<'m> + 'm> MakeWriter<'m> for RedactedLines<M> {
    type Writer = RedactedLine<'m, M>;

    fn make_writer(&'m self) -> Self::Writer {
        RedactedLine { lines: &self.lines, inner: self.inner.make_writer(), event: Vec::with_capacity(EVENT) }
    }

    fn make_writer_for(&'m self, meta: &tracing_core::Metadata<'_>) -> Self::Writer {
        RedactedLine {
            lines: &self.lines,
            inner: self.inner.make_writer_for(meta),
            event: Vec::with_capacity(EVENT),
        }
    }
}

/// One event on its way: it is redacted and written when it is complete, which is when this is dropped.
///
/// # Examples
/// For a writer that is none of `tracing`'s layers:
/// ```
/// use std::{io::Write, sync::Mutex};
/// use incog::pii::{RedactedLines, Redactor, Scanner};
/// use tracing_subscriber::fmt::MakeWriter;
/// let lines = RedactedLines::new(Redactor::builder(Scanner::new()).build(), Mutex::new(Vec::new()));
/// let mut event = lines.make_writer();
/// event.write_all(b"login of ada@")?;
/// event.write_all(b"example.org\n")?;
/// drop(event);
/// assert_eq!(lines.counts().snapshot().to_string(), "texts 1, withheld 0, quiet 0, EMAIL_ADDRESS 1");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RedactedLine<'m, M: MakeWriter<'m>> {
    lines: &'m Lines,
    inner: M::Writer,
    event: Vec<u8>,
}

impl<'m, M: MakeWriter<'m>> Write for RedactedLine<'m, M> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.event.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'m, M: MakeWriter<'m>> std::ops::Drop for RedactedLine<'m, M> {
    fn drop(&mut self) {
        if !self.event.is_empty() {
            let line = self.lines.redact(&self.event);
            // As the fmt layer does with its own: there is nobody to tell.
            let _ = self.inner.write_all(&line).and_then(|()| self.inner.flush());
        }
    }
}

impl<'m, M: MakeWriter<'m>> fmt::Debug for RedactedLine<'m, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedLine").field("bytes", &self.event.len()).finish_non_exhaustive()
    }
}

/// What a usual event has room in.
const EVENT: usize = 512;
