//! A word list: its limits, its index, its occurrences.
//!
//! ```text
//! entry     New York City            text   in New York, NY
//! index     new             begins an entry     ^   ^
//!           new york        begins an entry     |   known: go on; an entry? remember
//!           new york city   is an entry         walk from each beginning of a word, word by word, until unknown
//! ```
//!
//! An automaton (Aho, Corasick, *Efficient String Matching*, CACM 18, 1975) would need a state per byte of the list: a
//! million names took `aho-corasick` 20 seconds and half a gigabyte, where words give a table of their hashes.

use std::{ops::Range, path::Path, sync::Arc};

use super::edge::edge;
use crate::{
    Error, Result,
    error::Position,
    num,
    pii::{Entity, normalize::Plain},
};

/// A word list, indexed.
pub(super) struct WordList {
    /// Open addressing by the hash of an entry, or of what an entry begins with up to the end of a word.
    table: Vec<Slot>,
    /// All entries, one behind the other.
    text: Vec<u8>,
    /// Which bytes entries start with.
    first: [bool; 256],
    /// Bytes of the longest entry.
    longest: usize,
    case_sensitive: bool,
    joined: bool,
}

#[derive(Clone, Copy)]
struct Slot {
    /// 0: free.
    hash: u64,
    /// Where the entry is in the text.
    start: u32,
    /// 0: no entry, but the beginning of one.
    length: u32,
}

/// What the index says on a stretch of text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    No,
    Beginning,
    Entry,
}

impl WordList {
    pub(super) fn new(words: &[String], case_sensitive: bool, joined: bool) -> Self {
        let mut list = WordList {
            table: Vec::new(),
            text: Vec::new(),
            first: [false; 256],
            longest: 0,
            case_sensitive,
            joined,
        };
        let mut slots = Vec::with_capacity(words.len());
        for word in words {
            list.add(word, &mut slots);
            if !case_sensitive && !word.is_ascii() {
                list.add(&word.to_lowercase(), &mut slots);
                list.add(&word.to_uppercase(), &mut slots);
            }
        }
        list.table = vec![FREE; (2 * slots.len()).next_power_of_two()];
        for slot in slots {
            list.insert(slot);
        }
        list
    }

    /// Notes an entry and what it begins with.
    fn add(&mut self, word: &str, slots: &mut Vec<Slot>) {
        let mut word = plain(word);
        word.iter_mut().for_each(|b| *b = self.fold(*b));
        self.first[usize::from(word[0])] = true;
        self.longest = self.longest.max(word.len());
        let mut hash = SEED;
        for (at, &byte) in (1..).zip(&word) {
            hash = step(hash, byte);
            if at < word.len() && edge(&word, at) {
                slots.push(Slot { hash: mixed(hash), start: 0, length: 0 });
            }
        }
        slots.push(Slot { hash: mixed(hash), start: small(self.text.len()), length: small(word.len()) });
        self.text.extend_from_slice(&word);
    }

    /// Entries of one hash stand in slots of their own; equal ones, and beginnings, share one.
    fn insert(&mut self, slot: Slot) {
        let mut place = self.place(slot.hash);
        loop {
            let other = self.table[place];
            let same = other.hash == slot.hash
                && (other.length == 0 || slot.length == 0 || self.entry(other) == self.entry(slot));
            if other.hash == 0 || same {
                if other.length == 0 {
                    self.table[place] = slot;
                }
                return;
            }
            place = (place + 1) & (self.table.len() - 1);
        }
    }

    /// The stretches that occurrences cover, in order, none touching another in a way that would join them.
    ///
    /// From each beginning of a word at most the bytes of the longest entry are read, of which there are at most
    /// [`LONGEST`]; usually, one word.
    pub(super) fn spans(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut spans: Vec<Range<usize>> = Vec::new();
        for (start, &byte) in bytes.iter().enumerate() {
            if self.first[usize::from(self.fold(byte))]
                && edge(bytes, start)
                && let Some(end) = self.longest_at(bytes, start)
            {
                self.cover(bytes, &mut spans, start..end);
            }
        }
        spans
    }

    /// The end of the longest entry that starts at `start` and is whole.
    fn longest_at(&self, bytes: &[u8], start: usize) -> Option<usize> {
        let stop = bytes.len().min(start + self.longest);
        let (mut hash, mut found) = (SEED, None);
        for at in start..stop {
            hash = step(hash, self.fold(bytes[at]));
            if edge(bytes, at + 1) {
                match self.known(mixed(hash), &bytes[start..=at]) {
                    // A longer entry would begin with this.
                    Known::No => break,
                    Known::Beginning => {}
                    Known::Entry => found = Some(at + 1),
                }
            }
        }
        found
    }

    fn known(&self, hash: u64, bytes: &[u8]) -> Known {
        let mut known = Known::No;
        let mut place = self.place(hash);
        loop {
            let slot = self.table[place];
            if slot.hash == 0 {
                return known;
            }
            if slot.hash == hash {
                known = Known::Beginning;
                let entry = self.entry(slot);
                if entry.len() == bytes.len() && entry.iter().zip(bytes).all(|(e, b)| *e == self.fold(*b)) {
                    return Known::Entry;
                }
            }
            place = (place + 1) & (self.table.len() - 1);
        }
    }

    fn entry(&self, slot: Slot) -> &[u8] {
        let start = num::index(slot.start);
        &self.text[start..start + num::index(slot.length)]
    }

    #[allow(clippy::cast_possible_truncation, reason = "the low bits are wanted")]
    fn place(&self, hash: u64) -> usize {
        hash as usize & (self.table.len() - 1)
    }

    fn fold(&self, byte: u8) -> u8 {
        if self.case_sensitive { byte } else { byte.to_ascii_lowercase() }
    }

    /// Adds an occurrence that starts behind all others.
    fn cover(&self, bytes: &[u8], spans: &mut Vec<Range<usize>>, span: Range<usize>) {
        if let Some(last) = spans.last_mut() {
            let joins = || self.joined && matches!(&bytes[last.end..span.start], b" " | b"-" | b", ");
            if span.start < last.end || joins() {
                last.end = last.end.max(span.end);
                return;
            }
        }
        spans.push(span);
    }
}

/// The entries of a list, each within the limits.
///
/// # Errors
/// `Parameter` as [`Recognizer::words`](super::Recognizer::words) says.
pub(super) fn checked(entity: &Entity, words: impl Iterator<Item = String>) -> Result<Arc<[String]>> {
    let mut known = Vec::new();
    let mut bytes = 0;
    for (place, word) in (1..).zip(words) {
        let word = word.trim();
        if !usable(word) {
            return Err(Error::unusable_word(&format!("recognizer of {entity}: entry {place}"), LONGEST));
        }
        bytes += word.len();
        known.push(word.to_owned());
        if known.len() > MOST || bytes > BYTES {
            return Err(Error::list_too_large(entity.as_str()));
        }
    }
    if known.is_empty() {
        return Err(Error::empty_list(entity.as_str()));
    }
    Ok(known.into())
}

/// The entries of the file at `path`, which holds `bytes`.
///
/// # Errors
/// `Policy` if it is not UTF-8; `Parameter` as for [`checked`].
pub(super) fn of_file(entity: &Entity, path: &Path, bytes: &[u8]) -> Result<Arc<[String]>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut words = Vec::new();
    for (number, line) in (1u64..).zip(bytes.split(|&b| b == b'\n')) {
        let place = || format!("word list '{}', line {number}", path.display());
        let at = |error: Error| error.at(Position::line(number));
        let line = std::str::from_utf8(line).map_err(|_| at(Error::list_not_utf8(&place())))?.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !usable(line) {
            return Err(at(Error::unusable_word(&place(), LONGEST)));
        }
        words.push(line.to_owned());
    }
    checked(entity, words.into_iter())
}

/// A word of punctuation alone would be found between any two letters.
fn usable(word: &str) -> bool {
    word.len() <= LONGEST && word.chars().any(char::is_alphanumeric)
}

/// The bytes as a search sees them.
fn plain(word: &str) -> Vec<u8> {
    Plain::of(word.as_bytes()).bytes
}

/// FNV-1a, a byte at a time. Source: Fowler, Noll, Vo.
fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
}

/// With its high bits in the low ones, and never 0.
fn mixed(hash: u64) -> u64 {
    (hash ^ hash >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32) | 1 << 63
}

/// The text of a list is at most three times [`BYTES`].
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

const SEED: u64 = 0xCBF2_9CE4_8422_2325;

const FREE: Slot = Slot { hash: 0, start: 0, length: 0 };

/// Entries of a list, and of all lists of a scanner together.
pub(super) const MOST: usize = 1_000_000;

/// Bytes of a list, and of all lists of a scanner together.
pub(super) const BYTES: usize = 64 << 20;

/// Bytes of a file: a list, and as much again in comments.
pub(super) const FILE: u64 = 128 << 20;

/// Bytes of an entry. Bounds what is read from each beginning of a word.
const LONGEST: usize = 256;
