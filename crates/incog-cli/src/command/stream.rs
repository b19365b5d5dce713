//! Redaction of an input of any length, bit by bit.

use std::io::{ErrorKind, Read, Write};

use incog::{
    Error, Result as Outcome,
    pii::{CsvRedactor, CsvStream, JsonRedactor, JsonStream, Redactor, StreamRedactor},
};

use crate::failure::Failure;

/// What redacts an input of some form.
pub(crate) enum Form {
    Text(Redactor),
    Json(JsonRedactor),
    /// Lines of JSON; with true, those that are none are replaced.
    Lines(JsonRedactor, bool),
    Csv(CsvRedactor),
}

/// What came of it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Copied {
    pub(crate) bytes: u64,
    /// Lines that were no JSON, and were replaced.
    pub(crate) bad_lines: u64,
}

impl Form {
    /// Reads `source`, called `path` in messages, and writes it redacted. Of an input that may turn out unreadable, nothing
    /// is written before [`HELD`] bytes of output are there, so a small one leaves nothing behind.
    pub(crate) fn copy(
        &self,
        source: &mut dyn Read,
        path: &str,
        sink: &mut impl Write,
    ) -> Result<Copied, Failure> {
        let wrong = |e: Error| Failure::from(e.context(format!("reading '{path}'")));
        let mut stream = self.stream();
        let (mut chunk, mut out, mut bytes) = (vec![0; 64 << 10], Vec::new(), 0);
        let mut held = !matches!(self, Form::Text(_) | Form::Lines(_, true));
        loop {
            let read = match source.read(&mut chunk) {
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                read => read.map_err(|e| Failure::unreadable(&format!("'{path}'"), &e))?,
            };
            if read == 0 {
                let bad_lines = stream.finish(&mut out).map_err(wrong)?;
                sink.write_all(&out).and_then(|()| sink.flush())?;
                return Ok(Copied { bytes, bad_lines });
            }
            bytes += read as u64;
            let pushed = stream.push(&chunk[..read], &mut out).map_err(wrong);
            held = held && out.len() < HELD;
            if !held {
                // Also what was decided before a fault.
                sink.write_all(&out)?;
                out.clear();
            }
            pushed?;
        }
    }

    fn stream(&self) -> Stream<'_> {
        match self {
            Form::Text(redactor) => Stream::Text(Box::new(StreamRedactor::new(redactor))),
            Form::Json(json) => Stream::Json(json.stream()),
            Form::Lines(json, false) => Stream::Json(json.stream_lines()),
            Form::Lines(json, true) => Stream::Json(json.stream_lines_lossy()),
            Form::Csv(csv) => Stream::Csv(csv.stream()),
        }
    }
}

/// Output that is kept back until it is clear that the input is readable, or that there is more.
const HELD: usize = 8 << 20;

enum Stream<'f> {
    Text(Box<StreamRedactor>),
    Json(JsonStream<'f>),
    Csv(CsvStream<'f>),
}

impl Stream<'_> {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Outcome<()> {
        match self {
            Stream::Text(stream) => {
                stream.push(chunk, out);
                Ok(())
            }
            Stream::Json(stream) => stream.push(chunk, out),
            Stream::Csv(stream) => stream.push(chunk, out),
        }
    }

    fn finish(self, out: &mut Vec<u8>) -> Outcome<u64> {
        match self {
            Stream::Text(stream) => {
                stream.finish(out);
                Ok(0)
            }
            Stream::Json(stream) => stream.finish(out),
            Stream::Csv(stream) => stream.finish(out).map(|()| 0),
        }
    }
}
