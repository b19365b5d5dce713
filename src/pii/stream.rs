//! Redaction of a text that comes in chunks.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Read, Write},
};

use super::{
    Entity, Redactor,
    unit::{CONTEXT, Flow, Given, NEEDED},
};

/// Redacts a text chunk by chunk: what may still belong to something is held back until it is decided.
///
/// # Guarantee
/// For all texts and all ways to cut them into chunks, also inside of characters, all that is written together equals
/// [`Redactor::redact`] of the whole text. Of the text at most 24 KB are held back, and with what is in work and its
/// replacements less than 64 KB are in use, however long the text and its lines are; operators may write more. Bytes
/// that are not UTF-8 go through, and are replaced where they are part of a finding.
///
/// A value longer than 20 KB without a gap, such as an endless URL, is replaced once, and its rest is not written.
///
/// # Examples
/// ```
/// use incog::pii::{Redactor, Scanner, StreamRedactor};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let mut stream = StreamRedactor::new(&redactor);
/// let mut out = Vec::new();
/// for chunk in ["mail to ada@exam", "ple.org or call +1 201 5", "55 0123\n"] {
///     stream.push(chunk.as_bytes(), &mut out);
/// }
/// stream.finish(&mut out);
/// assert_eq!(out, b"mail to [EMAIL_ADDRESS] or call [PHONE_NUMBER]\n");
/// ```
pub struct StreamRedactor {
    redactor: Redactor,
    flow: Flow,
    /// What was written already, as much as says what follows; then what is held back.
    raw: Vec<u8>,
    start: usize,
    counts: BTreeMap<Entity, u64>,
    read: u64,
}

impl StreamRedactor {
    /// A new stream. What it replaces is also counted by the [`counts`](Redactor::counts) of the redactor.
    #[must_use]
    pub fn new(redactor: &Redactor) -> Self {
        redactor.counts().text([]);
        StreamRedactor {
            redactor: redactor.clone(),
            flow: Flow::default(),
            raw: Vec::with_capacity(CONTEXT + NEEDED),
            start: 0,
            counts: BTreeMap::new(),
            read: 0,
        }
    }

    /// Takes the next chunk and appends to `out` what is decided.
    pub fn push(&mut self, mut chunk: &[u8], out: &mut Vec<u8>) {
        self.read += chunk.len() as u64;
        while !chunk.is_empty() {
            let free = (self.start + NEEDED).saturating_sub(self.raw.len());
            let (now, later) = chunk.split_at(free.min(chunk.len()));
            self.raw.extend_from_slice(now);
            chunk = later;
            // One byte more has to come, so that the last unit knows that it is the last.
            if self.raw.len() - self.start >= NEEDED && !chunk.is_empty() {
                self.unit(false, out);
            }
        }
    }

    /// Appends the rest to `out` and says what was replaced how often.
    pub fn finish(mut self, out: &mut Vec<u8>) -> BTreeMap<Entity, u64> {
        while self.start < self.raw.len() {
            self.unit(true, out);
        }
        self.counts
    }

    /// What was replaced so far, by entity: for those who watch whether a filter still works.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<Entity, u64> {
        &self.counts
    }

    /// How many bytes came in.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.read
    }

    fn unit(&mut self, last: bool, out: &mut Vec<u8>) {
        let unit = self.flow.next(&self.redactor, Given::default(), &self.raw, self.start, last);
        let end = self.start + unit.length;
        match unit.written {
            Some((written, replacements)) => {
                for place in &replacements {
                    *self.counts.entry(place.entity.clone()).or_default() += 1;
                }
                self.redactor.counts().more(replacements.iter().map(|place| &place.entity));
                out.extend_from_slice(&written);
            }
            None => out.extend_from_slice(&self.raw[self.start..end]),
        }
        let gone = end.saturating_sub(CONTEXT);
        self.raw.drain(..gone);
        self.start = end - gone;
    }
}

impl fmt::Debug for StreamRedactor {
    /// Without what is held back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamRedactor")
            .field("bytes", &self.read)
            .field("held_back", &(self.raw.len() - self.start))
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

/// Redacts what is written to it and writes that on.
///
/// [`flush`](Write::flush) does not force out what is held back: that would leak what is not decided. What is held back
/// when it is dropped without [`finish`](Self::finish) is lost, so nothing undecided gets out either.
///
/// # Examples
/// ```
/// use std::io::Write;
/// use incog::pii::{RedactingWriter, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let mut out = RedactingWriter::new(&redactor, Vec::new());
/// out.write_all(b"from ada@example")?;
/// out.write_all(b".org\n")?;
/// let (written, counts) = out.finish()?;
/// assert_eq!(written, b"from [EMAIL_ADDRESS]\n");
/// assert_eq!(counts.values().sum::<u64>(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct RedactingWriter<W> {
    stream: StreamRedactor,
    inner: W,
    out: Vec<u8>,
}

impl<W: Write> RedactingWriter<W> {
    /// A writer in front of `inner`.
    pub fn new(redactor: &Redactor, inner: W) -> Self {
        RedactingWriter { stream: StreamRedactor::new(redactor), inner, out: Vec::new() }
    }

    /// Writes the rest; gives back the writer, and what was replaced how often.
    ///
    /// # Errors
    /// Those of the inner writer.
    pub fn finish(mut self) -> io::Result<(W, BTreeMap<Entity, u64>)> {
        self.out.clear();
        let counts = self.stream.finish(&mut self.out);
        self.inner.write_all(&self.out)?;
        self.inner.flush()?;
        Ok((self.inner, counts))
    }

    /// The stream, for its counts.
    #[must_use]
    pub fn stream(&self) -> &StreamRedactor {
        &self.stream
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        // In parts, so that a large write does not become a large buffer.
        let part = &chunk[..chunk.len().min(NEEDED)];
        self.out.clear();
        self.stream.push(part, &mut self.out);
        self.inner.write_all(&self.out)?;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Redacts what is read through it.
///
/// # Examples
/// ```
/// use std::io::Read;
/// use incog::pii::{RedactingReader, Redactor, Scanner};
/// let redactor = Redactor::builder(Scanner::new()).build();
/// let mut text = String::new();
/// RedactingReader::new(&redactor, &b"from ada@example.org\n"[..]).read_to_string(&mut text)?;
/// assert_eq!(text, "from [EMAIL_ADDRESS]\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct RedactingReader<R> {
    stream: Option<StreamRedactor>,
    inner: R,
    out: Vec<u8>,
    given: usize,
    chunk: Box<[u8]>,
}

impl<R: Read> RedactingReader<R> {
    /// A reader behind `inner`.
    pub fn new(redactor: &Redactor, inner: R) -> Self {
        RedactingReader {
            stream: Some(StreamRedactor::new(redactor)),
            inner,
            out: Vec::new(),
            given: 0,
            chunk: vec![0; CONTEXT].into_boxed_slice(),
        }
    }
}

impl<R: Read> Read for RedactingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.given == self.out.len() {
            let Some(stream) = &mut self.stream else { return Ok(0) };
            let read = match self.inner.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            self.out.clear();
            self.given = 0;
            if read > 0 {
                stream.push(&self.chunk[..read], &mut self.out);
            } else if let Some(stream) = self.stream.take() {
                stream.finish(&mut self.out);
            }
        }
        let now = buffer.len().min(self.out.len() - self.given);
        buffer[..now].copy_from_slice(&self.out[self.given..self.given + now]);
        self.given += now;
        Ok(now)
    }
}
