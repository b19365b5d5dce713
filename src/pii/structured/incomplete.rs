//! The end of a text that comes in chunks, from where on it is not decided.

use crate::{Error, Result};

/// Holds what came, until what reads it says how much of that is decided.
#[derive(Default)]
pub(super) struct Incomplete {
    /// What is not written yet.
    held: Vec<u8>,
    /// Bytes before what is held.
    gone: usize,
    /// From how many held bytes on another try is worth its while.
    wait: usize,
    failed: bool,
}

impl Incomplete {
    /// Takes `chunk`. `decide` gets what is held and how much was before that; it says how much it decided.
    pub(super) fn push(
        &mut self,
        chunk: &[u8],
        mut decide: impl FnMut(&[u8], usize) -> Result<usize>,
    ) -> Result<()> {
        // In parts, so that a large chunk is not held as a whole.
        for part in chunk.chunks(PART) {
            self.held.extend_from_slice(part);
            if self.held.len() >= self.wait {
                self.decide(&mut decide)?;
            }
        }
        Ok(())
    }

    /// As [`push`](Self::push), without more.
    pub(super) fn decide(&mut self, decide: impl FnOnce(&[u8], usize) -> Result<usize>) -> Result<()> {
        if self.failed {
            return Err(Error::stream_failed());
        }
        // Until all went well.
        self.failed = true;
        let done = decide(&self.held, self.gone)?;
        self.failed = false;
        self.held.drain(..done);
        self.gone += done;
        // What is not complete is read again: twice as much has to be there, or its time would be square.
        self.wait = (2 * self.held.len()).min(LIMIT + 1);
        Ok(())
    }

    /// How many bytes are held.
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }
}

/// All of `held` that is text, but for a character at its end that is not complete.
pub(super) fn utf8(held: &[u8], gone: usize, last: bool) -> Result<&str> {
    match std::str::from_utf8(held) {
        Ok(text) => Ok(text),
        Err(error) => {
            let valid = error.valid_up_to();
            match error.error_len() {
                None if !last => Ok(std::str::from_utf8(&held[..valid]).unwrap_or_default()),
                _ => Err(Error::not_utf8_at(gone + valid)),
            }
        }
    }
}

/// What is read at a time.
const PART: usize = 64 << 10;

/// The most of one token, line or row that is held.
pub(super) const LIMIT: usize = 16 << 20;
