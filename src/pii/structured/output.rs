//! A text with some spans replaced.

use std::{borrow::Cow, ops::Range};

use crate::pii::{Entity, Replacement};

/// What is written of a text: itself, until something in it is replaced.
pub(super) struct Output<'t> {
    text: &'t str,
    pen: Pen,
    /// The text up to here is written.
    done: usize,
    /// Spans count from here.
    base: usize,
}

/// Writes, and remembers what stands for something.
#[derive(Default)]
pub(super) struct Pen {
    written: String,
    /// Where, as what it was.
    places: Vec<(Range<usize>, Entity)>,
}

/// How far an output was.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    written: usize,
    done: usize,
    places: usize,
}

impl<'t> Output<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Output { text, pen: Pen::default(), done: 0, base: 0 }
    }

    /// Spans count from `length` bytes further on.
    pub(super) fn advance(&mut self, length: usize) {
        self.base += length;
    }

    /// What `write` writes stands in the place of `span`, which lies behind the spans before.
    pub(super) fn replace(&mut self, span: Range<usize>, write: impl FnOnce(&mut Pen)) {
        if self.done == 0 {
            self.pen.written.reserve(self.text.len());
        }
        self.pen.written.push_str(&self.text[self.done..self.base + span.start]);
        self.done = self.base + span.end;
        write(&mut self.pen);
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { written: self.pen.written.len(), done: self.done, places: self.pen.places.len() }
    }

    /// Forgets what was replaced since `mark`.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.pen.written.truncate(mark.written);
        self.done = mark.done;
        self.pen.places.truncate(mark.places);
    }

    /// What was replaced since `mark`.
    pub(super) fn since(&self, mark: Mark) -> impl Iterator<Item = &Entity> {
        self.pen.places[mark.places..].iter().map(|(_, entity)| entity)
    }

    pub(super) fn finish(self) -> Cow<'t, str> {
        self.finish_with_places().0
    }

    /// Appends what is written of the text up to `end`.
    pub(super) fn finish_at(mut self, end: usize, out: &mut Vec<u8>) {
        self.pen.written.push_str(&self.text[self.done..end]);
        out.extend_from_slice(self.pen.written.as_bytes());
    }

    /// Also what was replaced, by its places in what is written.
    pub(super) fn finish_with_places(mut self) -> (Cow<'t, str>, Vec<Replacement>) {
        if self.done == 0 && self.pen.written.is_empty() {
            return (Cow::Borrowed(self.text), Vec::new());
        }
        self.pen.written.push_str(&self.text[self.done..]);
        let places = self.pen.places.into_iter();
        let places =
            places.map(|(place, entity)| Replacement { original: place.clone(), output: place, entity });
        (Cow::Owned(self.pen.written), places.collect())
    }
}

impl Pen {
    /// What `write` writes stands for `entity`.
    pub(super) fn place(&mut self, entity: &Entity, write: impl FnOnce(&mut String)) {
        let start = self.written.len();
        write(&mut self.written);
        self.places.push((start..self.written.len(), entity.clone()));
    }

    /// Writes what another output has written, with its places.
    pub(super) fn push(&mut self, written: &str, places: &[Replacement]) {
        let start = self.written.len();
        self.written.push_str(written);
        let moved = |place: &Replacement| {
            (start + place.output.start..start + place.output.end, place.entity.clone())
        };
        self.places.extend(places.iter().map(moved));
    }
}
