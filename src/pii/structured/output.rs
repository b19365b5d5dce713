//! A text with some spans replaced.

use std::{borrow::Cow, ops::Range};

/// What is written of a text: itself, until something in it is replaced.
pub(super) struct Output<'t> {
    text: &'t str,
    written: String,
    /// The text up to here is written.
    done: usize,
    /// Spans count from here.
    base: usize,
}

impl<'t> Output<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Output { text, written: String::new(), done: 0, base: 0 }
    }

    /// Spans count from `length` bytes further on.
    pub(super) fn advance(&mut self, length: usize) {
        self.base += length;
    }

    /// What `write` writes stands in the place of `span`, which lies behind the spans before.
    pub(super) fn replace(&mut self, span: Range<usize>, write: impl FnOnce(&mut String)) {
        if self.done == 0 {
            self.written.reserve(self.text.len());
        }
        self.written.push_str(&self.text[self.done..self.base + span.start]);
        self.done = self.base + span.end;
        write(&mut self.written);
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        (self.written.len(), self.done)
    }

    /// Forgets what was replaced since `mark`.
    pub(super) fn back_to(&mut self, (written, done): (usize, usize)) {
        self.written.truncate(written);
        self.done = done;
    }

    pub(super) fn finish(mut self) -> Cow<'t, str> {
        if self.done == 0 && self.written.is_empty() {
            return Cow::Borrowed(self.text);
        }
        self.written.push_str(&self.text[self.done..]);
        Cow::Owned(self.written)
    }
}
