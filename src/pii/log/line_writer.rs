//! A writer of lines, for loggers that take one.

use std::{
    fmt,
    io::{self, Write},
};

use super::lines::Lines;
use crate::pii::{Counts, JsonRedactor, Redactor, StreamRedactor};

/// Redacts what is written to it line by line and writes that on: for every logger that can be given a writer.
///
/// A line that is a JSON document is redacted as one, so it stays one; any other line as text, and so is every line of
/// more than 64 KB, which is not held whole.
///
/// # Guarantee
/// For all ways in which lines are cut into writes, what is written on holds nothing that the redactor finds in the
/// whole line. [`flush`](Write::flush) does not force out a line that has not ended; a line that has not ended when the
/// writer is dropped without [`finish`](Self::finish) is lost. A line whose redaction panics, as an operator of your own
/// may, is replaced by `[line withheld: redaction failed]` and counted.
///
/// # Examples
/// ```
/// use std::io::Write;
/// use incog::pii::{RedactedLineWriter, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let mut lines = RedactedLineWriter::new(redactor, Vec::new());
/// write!(lines, "login of ada@example")?;
/// writeln!(lines, ".org")?;
/// writeln!(lines, "{{\"path\":\"C:\\\\\",\"ip\":\"198.51.100.7\"}}")?;
/// assert_eq!(lines.counts().snapshot().texts, 2);
/// assert_eq!(lines.finish()?, b"login of [EMAIL_ADDRESS]\n{\"path\":\"C:\\\\\",\"ip\":\"[IP_ADDRESS]\"}\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RedactedLineWriter<W> {
    lines: Lines,
    inner: W,
    line: Vec<u8>,
    /// What is too long to be held.
    long: Option<StreamRedactor>,
}

impl<W: Write> RedactedLineWriter<W> {
    /// A writer in front of `inner`.
    pub fn new(redactor: Redactor, inner: W) -> Self {
        RedactedLineWriter { lines: Lines::new(redactor), inner, line: Vec::new(), long: None }
    }

    /// Lines that are JSON documents are redacted by `json`, with its rules, such as `always("**.password", ..)`, and for
    /// what its own redactor finds. Then they are searched as any other line. So `keep` and `only` hold for what the
    /// redactor of the lines does not look for, and for nothing else.
    #[must_use]
    pub fn json(self, json: JsonRedactor) -> Self {
        RedactedLineWriter { lines: self.lines.json(json), ..self }
    }

    /// What was replaced, for those who watch.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        self.lines.redactor().counts()
    }

    /// Writes a last line without an end, if there is one; gives back the writer.
    ///
    /// # Errors
    /// Those of the inner writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.end()?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    /// The line that was held has ended.
    fn end(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let written = match self.long.take() {
            Some(mut long) => {
                let mut out = Vec::new();
                long.push(&line, &mut out);
                long.finish(&mut out);
                self.inner.write_all(&out)
            }
            None if line.is_empty() => Ok(()),
            None => self.inner.write_all(&self.lines.redact(&line)),
        };
        // The buffer serves the next line.
        self.line = line;
        self.line.clear();
        written
    }
}

impl<W: Write> Write for RedactedLineWriter<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let now = part.len().min(MOST);
        let now = memchr::memchr(b'\n', &part[..now]).map_or(now, |end| end + 1);
        self.line.extend_from_slice(&part[..now]);
        if self.line.len() > MOST {
            let long = self.long.get_or_insert_with(|| StreamRedactor::new(self.lines.redactor()));
            let mut out = Vec::new();
            long.push(&self.line, &mut out);
            self.line.clear();
            self.inner.write_all(&out)?;
        }
        if part[..now].ends_with(b"\n") {
            self.end()?;
        }
        Ok(now)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W> fmt::Debug for RedactedLineWriter<W> {
    /// Without what is held back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedLineWriter").field("held_back", &self.line.len()).finish_non_exhaustive()
    }
}

/// The longest line that is held whole.
const MOST: usize = 64 << 10;
