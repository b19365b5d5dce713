//! Log lines of `tracing` without personal data.
//!
//! ```text
//! event, fields, spans, errors ──▶ fmt layer formats a line ──▶ RedactedLines ──▶ stdout, file
//! ```
//!
//! A layer cannot rewrite what another one prints, so this is no layer: it is where the formatted line goes. Nothing
//! of an event gets past it, however it came into the line.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use tracing_subscriber::fmt::MakeWriter;

use super::{Entity, JsonRedactor, Redactor};
use crate::Result;

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
/// let lines = RedactedLines::new(Redactor::builder(Scanner::new()).build(), std::io::stdout)?;
/// let counts = lines.counts();
/// let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(lines).finish();
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info!(email = "ada@example.org", "login");
/// });
/// assert_eq!(counts.snapshot().lines, 1);
/// assert_eq!(counts.snapshot().replaced.values().sum::<u64>(), 1);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct RedactedLines<M> {
    text: Redactor,
    json: JsonRedactor,
    inner: M,
    counts: LineCounts,
}

impl<M> RedactedLines<M> {
    /// Lines for `inner`, a writer's maker such as `std::io::stdout` or a `Mutex` of a file.
    ///
    /// # Errors
    /// As [`JsonRedactorBuilder::build`](super::JsonRedactorBuilder::build).
    pub fn new(redactor: Redactor, inner: M) -> Result<Self> {
        let json = JsonRedactor::builder(redactor.clone()).build()?;
        Ok(RedactedLines { text: redactor, json, inner, counts: LineCounts::default() })
    }

    /// What was replaced, for those who watch: a copy that goes on counting.
    #[must_use]
    pub fn counts(&self) -> LineCounts {
        self.counts.clone()
    }

    /// A formatted event without what is found in it.
    fn redacted(&self, event: &[u8]) -> Vec<u8> {
        let redact = || {
            let colored = String::from_utf8_lossy(event);
            let event = without_colors(&colored);
            let mut out = String::with_capacity(event.len());
            let mut replaced = BTreeMap::new();
            let found = self.text.redact_mapped(&event);
            super::unit::count(found.replacements(), &mut replaced);
            // In text without escapes a search of the whole line sees what one by value sees.
            let json = event.starts_with('{') && (!replaced.is_empty() || event.contains('\\'));
            match json.then(|| self.json.redact_lines(&event)) {
                // Searched as a line again: what stands in two values may be one together.
                Some(Ok(json)) => out.push_str(&self.text.redact(&json)),
                Some(Err(_)) | None if replaced.is_empty() => out.push_str(&colored),
                Some(Err(_)) | None => out.push_str(found.text()),
            }
            (out, replaced)
        };
        let redacted = catch_unwind(AssertUnwindSafe(redact));
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.lines += 1;
        match redacted {
            Ok((out, replaced)) => {
                for (entity, n) in replaced {
                    *counts.replaced.entry(entity).or_default() += n;
                }
                out.into_bytes()
            }
            Err(_) => {
                counts.withheld += 1;
                WITHHELD.to_vec()
            }
        }
    }
}

impl<M> fmt::Debug for RedactedLines<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedLines").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl<'m, M: MakeWriter<'m> + 'm> MakeWriter<'m> for RedactedLines<M> {
    type Writer = RedactedLine<'m, M>;

    fn make_writer(&'m self) -> Self::Writer {
        RedactedLine { lines: self, inner: self.inner.make_writer(), event: Vec::new() }
    }

    fn make_writer_for(&'m self, meta: &tracing_core::Metadata<'_>) -> Self::Writer {
        RedactedLine { lines: self, inner: self.inner.make_writer_for(meta), event: Vec::new() }
    }
}

/// One event on its way: it is redacted and written when it is complete, which is when this is dropped.
pub struct RedactedLine<'m, M: MakeWriter<'m>> {
    lines: &'m RedactedLines<M>,
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
            let line = self.lines.redacted(&self.event);
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

/// What [`RedactedLines`] replaced so far, for monitoring: a filter that stops firing shows here.
#[derive(Clone, Debug, Default)]
pub struct LineCounts(Arc<Mutex<LineCount>>);

/// Counts at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineCount {
    /// Events that were written.
    pub lines: u64,
    /// Events whose redaction failed, so that they were not written.
    pub withheld: u64,
    /// Findings that were replaced, by entity, as a search of the whole line counts them.
    pub replaced: BTreeMap<Entity, u64>,
}

impl LineCounts {
    /// The counts now.
    #[must_use]
    pub fn snapshot(&self) -> LineCount {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// `line` without the escape codes of colors and weights. Source: ECMA-48, 8.3.117 (SGR).
fn without_colors(line: &str) -> Cow<'_, str> {
    if !line.contains(CODE) {
        return Cow::Borrowed(line);
    }
    let mut plain = String::with_capacity(line.len());
    for (i, part) in line.split(CODE).enumerate() {
        let code =
            part.find(|c: char| !c.is_ascii_digit() && c != ';').filter(|&end| part[end..].starts_with('m'));
        plain.push_str(match code {
            Some(end) if i > 0 => &part[end + 1..],
            _ => part,
        });
    }
    Cow::Owned(plain)
}

const CODE: &str = "\u{1b}[";

const WITHHELD: &[u8] = b"[line withheld: redaction failed]\n";
