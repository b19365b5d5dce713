//! Readers and writers that redact: what they count, what they pass on, and what they try again.

use std::io::{self, Read, Write};

use incog::pii::{Entity, RedactingReader, RedactingWriter, Redactor, Scanner, StreamRedactor};

fn redactor() -> Redactor {
    Redactor::builder(Scanner::new()).build()
}

/// Lines of 16 bytes, more than a stream holds back.
const LINES: usize = 4_000;

#[test]
fn a_stream_says_how_much_came_in_and_what_was_replaced_so_far() {
    let mut stream = StreamRedactor::new(&redactor());
    let mut out = Vec::new();
    assert_eq!((stream.bytes(), stream.counts().len()), (0, 0));
    for line in 1..=LINES {
        stream.push(b"ada@example.org\n", &mut out);
        assert_eq!(stream.bytes(), 16 * line as u64);
    }
    // What is written is what was counted.
    let replaced = stream.counts()[&Entity::EMAIL_ADDRESS];
    let written = out.iter().filter(|&&byte| byte == b'\n').count() as u64;
    assert!(replaced > 0 && replaced == written && replaced < LINES as u64, "{replaced} {written}");
    let counts = stream.finish(&mut out);
    assert_eq!((counts.len(), counts[&Entity::EMAIL_ADDRESS]), (1, LINES as u64));
}

/// Counts what is flushed.
#[derive(Default)]
struct Flushed {
    written: Vec<u8>,
    times: u32,
}

impl Write for Flushed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.times += 1;
        Ok(())
    }
}

#[test]
fn a_flush_is_passed_on_and_gives_nothing_out_that_is_not_decided() {
    let mut writer = RedactingWriter::new(&redactor(), Flushed::default());
    writer.write_all(b"from ada@example").unwrap();
    writer.flush().unwrap();
    writer.flush().unwrap();
    writer.write_all(b".org").unwrap();
    let (inner, _) = writer.finish().unwrap();
    assert_eq!((inner.written.as_slice(), inner.times), (&b"from [EMAIL_ADDRESS]"[..], 3));
}

/// Gives an error before each part.
struct Failing {
    parts: Vec<&'static [u8]>,
    kind: io::ErrorKind,
    failed: bool,
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.failed = !self.failed;
        if self.failed {
            return Err(self.kind.into());
        }
        let part = if self.parts.is_empty() { &[][..] } else { self.parts.remove(0) };
        buffer[..part.len()].copy_from_slice(part);
        Ok(part.len())
    }
}

#[test]
fn a_read_that_was_interrupted_is_tried_again_and_another_error_is_given_on() {
    let inner = |kind| Failing { parts: vec![b"from ada@exa", b"mple.org\n"], kind, failed: false };
    let mut reader = RedactingReader::new(&redactor(), inner(io::ErrorKind::Interrupted));
    let mut buffer = [0; 100];
    let read = reader.read(&mut buffer).unwrap();
    assert_eq!(&buffer[..read], b"from [EMAIL_ADDRESS]\n");
    let mut reader = RedactingReader::new(&redactor(), inner(io::ErrorKind::TimedOut));
    assert_eq!(reader.read(&mut buffer).unwrap_err().kind(), io::ErrorKind::TimedOut);
}
