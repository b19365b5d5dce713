//! Text without its disguises, with the way back to the original offsets.
//!
//! ```text
//! original    ４ １ １ <zero width> 1 – 2      bytes EF BC 94 ..
//! plain       4  1  1               1 - 2      one byte each
//! origin      0  3  6               12 ..      offset of each plain byte
//! ```

use std::ops::Range;

/// A copy in which full-width forms, unusual spaces and dashes are plain and invisible characters are gone.
pub(super) struct Plain {
    pub(super) bytes: Vec<u8>,
    origin: Vec<usize>,
    end: usize,
}

impl Plain {
    /// A copy of `haystack`, or `None` when there is nothing to undo.
    pub(super) fn of(haystack: &[u8]) -> Option<Plain> {
        let first = disguise(haystack)?;
        let mut plain = Plain {
            bytes: Vec::with_capacity(haystack.len()),
            origin: Vec::with_capacity(haystack.len()),
            end: haystack.len(),
        };
        plain.bytes.extend_from_slice(&haystack[..first]);
        plain.origin.extend(0..first);
        let mut at = first;
        while at < haystack.len() {
            match undo(&haystack[at..]) {
                Some((length, Some(byte))) => {
                    plain.bytes.push(byte);
                    plain.origin.push(at);
                    at += length;
                }
                Some((length, None)) => at += length,
                None => {
                    plain.bytes.push(haystack[at]);
                    plain.origin.push(at);
                    at += 1;
                }
            }
        }
        Some(plain)
    }

    /// Where a range of the copy stands in the original. An invisible character behind it stays outside.
    pub(super) fn original(&self, range: Range<usize>, haystack: &[u8]) -> Range<usize> {
        let start = self.origin.get(range.start).copied().unwrap_or(self.end);
        let last = self.origin.get(range.end.saturating_sub(1)).copied().unwrap_or(self.end);
        let length = haystack.get(last..).and_then(undo).map_or(1, |(length, _)| length);
        start..(last + length).min(self.end)
    }
}

/// Where the first disguised character stands.
fn disguise(haystack: &[u8]) -> Option<usize> {
    if haystack.is_ascii() {
        return None;
    }
    (0..haystack.len()).find(|&i| haystack[i] >= 0x80 && undo(&haystack[i..]).is_some())
}

/// The length of the character at the start and what it stands for, if it is a disguise.
///
/// Source: Unicode, blocks General Punctuation and Halfwidth and Fullwidth Forms.
fn undo(bytes: &[u8]) -> Option<(usize, Option<u8>)> {
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
