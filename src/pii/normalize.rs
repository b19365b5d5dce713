//! Text without its disguises, with the way back to the original offsets.
//!
//! ```text
//! original    ４ １ １ <zero width> 1 – 2      bytes EF BC 94 ..
//! plain       4  1  1               1 - 2      one byte each
//! shifts      (0,0) (1,3) (2,6) (3,9) (3,12) .. where plain and original offsets move apart
//! ```

use std::ops::Range;

/// A copy in which full-width forms, unusual spaces and dashes are plain and invisible characters are gone.
pub(super) struct Plain {
    pub(super) bytes: Vec<u8>,
    /// From this offset of the copy on, the original goes on at that one. In order, each once.
    shifts: Vec<(usize, usize)>,
}

impl Plain {
    /// A copy of `haystack`.
    pub(super) fn of(haystack: &[u8]) -> Plain {
        let mut plain = Plain { bytes: Vec::with_capacity(haystack.len()), shifts: vec![(0, 0)] };
        let mut from = 0;
        while let Some((at, length, byte)) = disguise(haystack, from) {
            plain.bytes.extend_from_slice(&haystack[from..at]);
            if let Some(byte) = byte {
                plain.goes_on(at);
                plain.bytes.push(byte);
            }
            from = at + length;
            plain.goes_on(from);
        }
        plain.bytes.extend_from_slice(&haystack[from..]);
        plain
    }

    /// What the copy gets next stands at `original`.
    fn goes_on(&mut self, original: usize) {
        let at = self.bytes.len();
        match self.shifts.last_mut() {
            // Memory and not the search would take the time of a text of full-width digits.
            Some(last) if last.0 == at => last.1 = original,
            _ => self.shifts.push((at, original)),
        }
    }

    /// Where a range of the copy stands in the original. An invisible character behind it stays outside.
    pub(super) fn original(&self, range: Range<usize>, haystack: &[u8]) -> Range<usize> {
        let start = self.offset(range.start);
        let last = self.offset(range.end.saturating_sub(1));
        let length = haystack.get(last..).and_then(undo).map_or(1, |(length, _)| length);
        start..(last + length).min(haystack.len())
    }

    fn offset(&self, at: usize) -> usize {
        let place = self.shifts.partition_point(|shift| shift.0 <= at);
        let (plain, original) = self.shifts[place.saturating_sub(1)];
        original + (at - plain)
    }
}

/// The first disguised character from `from` on: where, how long, what it stands for.
fn disguise(haystack: &[u8], from: usize) -> Option<(usize, usize, Option<u8>)> {
    let mut at = from;
    while at < haystack.len() {
        // A long step over plain ASCII, short ones over the rest.
        let step = if haystack[at..haystack.len().min(at + STEP)].is_ascii() { STEP } else { 16 };
        let block = &haystack[at..haystack.len().min(at + step)];
        if step < STEP && !block.is_ascii() {
            for (i, &byte) in block.iter().enumerate() {
                if matches!(byte, 0xC2 | 0xE2 | 0xE3 | 0xEF)
                    && let Some((length, plain)) = undo(&haystack[at + i..])
                {
                    return Some((at + i, length, plain));
                }
            }
        }
        at += block.len();
    }
    None
}

/// The length of the character at the start and what it stands for, if it is a disguise.
///
/// Source: Unicode, blocks General Punctuation and Halfwidth and Fullwidth Forms.
pub(super) fn undo(bytes: &[u8]) -> Option<(usize, Option<u8>)> {
    match *bytes {
        // no-break space, soft hyphen
        [0xC2, 0xA0, ..] => Some((2, Some(b' '))),
        [0xC2, 0xAD, ..] => Some((2, None)),
        // en quad to hair space, narrow no-break space, ideographic space
        [0xE2, 0x80, 0x80..=0x8A | 0xAF, ..] | [0xE3, 0x80, 0x80, ..] => Some((3, Some(b' '))),
        // zero-width space, joiners, marks of direction, word joiner, byte order mark
        [0xE2, 0x80, 0x8B..=0x8F | 0xAA..=0xAE, ..]
        | [0xE2, 0x81, 0xA0..=0xA4, ..]
        | [0xEF, 0xBB, 0xBF, ..] => Some((3, None)),
        // hyphen to en dash, minus sign. An em dash sets clauses apart.
        [0xE2, 0x80, 0x90..=0x93, ..] | [0xE2, 0x88, 0x92, ..] => Some((3, Some(b'-'))),
        // full-width forms of ! to ~
        [0xEF, 0xBC, low @ 0x81..=0xBF, ..] => Some((3, Some(low - 0x60))),
        [0xEF, 0xBD, low @ 0x80..=0x9E, ..] => Some((3, Some(low - 0x20))),
        _ => None,
    }
}

/// How many bytes of ASCII are passed at once.
const STEP: usize = 512;
