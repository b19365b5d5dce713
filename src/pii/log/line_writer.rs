//! A writer of lines, for loggers that take one.

use std::{
    fmt,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::lines::{Lines, WITHHELD};
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
/// may, is replaced by `[line withheld: redaction failed]` and counted; of a line of more than 64 KB, what does not
/// stand in the units before.
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
    long: Option<Long>,
}

/// The rest of a long line.
enum Long {
    Goes(Box<StreamRedactor>),
    /// Its redaction failed; what comes of it is not written.
    Withheld,
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
        if self.long.is_some() {
            return self.go_on(true);
        }
        let line = std::mem::take(&mut self.line);
        let written = match line.is_empty() {
            true => Ok(()),
            false => self.inner.write_all(&self.lines.redact(&line)),
        };
        // The buffer serves the next line.
        self.line = line;
        self.line.clear();
        written
    }

    /// What is held belongs to a long line; `last`: it ends with that.
    fn go_on(&mut self, last: bool) -> io::Result<()> {
        let redactor = self.lines.redactor();
        let long = self.long.take().unwrap_or_else(|| Long::Goes(Box::new(StreamRedactor::new(redactor))));
        let mut out = Vec::new();
        let rest = match long {
            Long::Withheld => Some(Long::Withheld),
            Long::Goes(mut stream) => {
                let pushed = catch_unwind(AssertUnwindSafe(|| {
                    stream.push(&self.line, &mut out);
                    match last {
                        true => {
                            stream.finish(&mut out);
                            None
                        }
                        false => Some(Long::Goes(stream)),
                    }
                }));
                // What is in `out` already are whole units, and the same ones however the line is cut.
                pushed.unwrap_or_else(|_| {
                    redactor.counts().withheld();
                    out.extend_from_slice(WITHHELD);
                    Some(Long::Withheld)
                })
            }
        };
        self.long = rest.filter(|_| !last);
        self.line.clear();
        self.inner.write_all(&out)
    }
}

impl<W: Write> Write for RedactedLineWriter<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let now = part.len().min(MOST);
        let now = memchr::memchr(b'\n', &part[..now]).map_or(now, |end| end + 1);
        self.line.extend_from_slice(&part[..now]);
        if self.line.len() > MOST {
            self.go_on(false)?;
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
