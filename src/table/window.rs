//! A part of an input in memory, as long as whoever reads it needs it to be.

use std::io::{ErrorKind, Read};

use crate::error::{Error, Result};

/// The unread text at its start, and whether that is all.
pub(super) struct Window<'a> {
    input: Box<dyn Read + Send + 'a>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    ended: bool,
}

impl<'a> Window<'a> {
    pub(super) fn new(input: Box<dyn Read + Send + 'a>) -> Self {
        Window { input, buffer: vec![0; SIZE], at: 0, filled: 0, ended: false }
    }

    /// What is not read yet.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    /// Whether nothing follows behind what is not read yet.
    pub(super) fn is_whole(&self) -> bool {
        self.ended
    }

    /// The first `bytes` of the unread text are done with.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// More text behind what is not read yet: until the window is full, in a larger window if it was, or until the end.
    pub(super) fn fill(&mut self) -> Result<()> {
        self.buffer.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.filled == self.buffer.len() {
            self.buffer.resize(2 * self.filled, 0);
        }
        while self.filled < self.buffer.len() && !self.ended {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(n) => {
                    self.filled += n;
                    self.ended = n == 0;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io("reading the table", e)),
            }
        }
        Ok(())
    }
}

/// What is read at a time, unless a row is longer.
const SIZE: usize = 1 << 18;
