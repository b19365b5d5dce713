//! Quotes as RFC 4180 has them, and no others.
//!
//! The parser behind this reader is lenient: it takes `"x` to be open until the next quote, wherever that is,
//! and so joins two rows without a word. Cells then stand in the wrong columns. Here such text is a fault with
//! its line, before the parser can make anything of it.
//!
//! ```text
//!            delimiter, line end
//!          ┌──────────────────────┐
//!          ▼        other         │  (a quote here is a fault)
//!    ─> Start ─────────────────> Bare
//!        │  ▲
//!      " │  │ delimiter, line end (anything else is a fault)
//!        ▼  │    "
//!      Quoted <─────> Closed
//! ```

use std::io::{self, Read};

/// What is wrong, and the line (from 1) where it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A quote inside a cell that did not start with one, or text after a cell's closing quote.
    Stray(u64),
    /// The end of the text inside quotes.
    Unclosed(u64),
}

/// Passes bytes on and checks their quotes; the first fault ends the stream with an error.
pub(super) struct Quoting<R> {
    inner: R,
    delimiter: u8,
    state: State,
    line: u64,
    opened: u64,
    fault: Option<Fault>,
    before: u8,
    crlf: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Bare,
    Quoted,
    Closed,
}

impl<R> Quoting<R> {
    pub(super) fn new(inner: R, delimiter: u8) -> Self {
        Quoting {
            inner,
            delimiter,
            state: State::Start,
            line: 1,
            opened: 1,
            fault: None,
            before: 0,
            crlf: false,
        }
    }

    /// Why the stream ended with an error, if it was for its quotes.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Whether the first line feed stood behind a carriage return.
    pub(super) fn first_line_ends_in_crlf(&self) -> bool {
        self.crlf
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        for &byte in bytes {
            let ends_cell = byte == self.delimiter || byte == b'\n' || byte == b'\r';
            self.state = match (self.state, byte) {
                (State::Quoted, b'"') => State::Closed,
                (State::Quoted, _) => State::Quoted,
                (State::Start | State::Closed, b'"') => {
                    if self.state == State::Start {
                        self.opened = self.line;
                    }
                    State::Quoted
                }
                _ if ends_cell => State::Start,
                (State::Closed, _) | (State::Bare, b'"') => return Err(Fault::Stray(self.line)),
                _ => State::Bare,
            };
            if byte == b'\n' {
                self.crlf = if self.line == 1 { self.before == b'\r' } else { self.crlf };
                self.line += 1;
            }
            self.before = byte;
        }
        Ok(())
    }
}

impl<R: Read> Read for Quoting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let checked = if n == 0 && !buffer.is_empty() && self.state == State::Quoted {
            Err(Fault::Unclosed(self.opened))
        } else {
            self.check(&buffer[..n])
        };
        checked.map(|()| n).map_err(|fault| {
            self.fault = Some(fault);
            io::Error::other("quotes")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_outside_of_rfc_4180_are_faults_with_their_line() {
        let cases: [(&str, Option<Fault>); 9] = [
            ("a,b\n\"x\ny\",\"\"\"z\"\"\"\n", None),
            ("\"a\",\"\"\r\n\"b\",c", None),
            ("a,b\n5\" pipe,2\n", Some(Fault::Stray(2))),
            ("a\n\"x\" y\n", Some(Fault::Stray(2))),
            ("a\n\"x\n\"y\n", Some(Fault::Stray(3))),
            ("a\n\"x\ny\n", Some(Fault::Unclosed(2))),
            ("\"", Some(Fault::Unclosed(1))),
            ("a,\"b\"\"", Some(Fault::Unclosed(1))),
            ("", None),
        ];
        for (text, fault) in cases {
            let mut reader = Quoting::new(text.as_bytes(), b',');
            let read = io::copy(&mut reader, &mut io::sink());
            assert_eq!(reader.fault(), fault, "{text:?}");
            assert_eq!(read.is_err(), fault.is_some(), "{text:?}");
        }
    }
}
