//! Literals as tables of nibbles, eight groups of literals at once.
//!
//! A literal may begin at `i` if one group allows the bytes at `i`, `i + 1` and `i + 2`; a group allows a byte if it
//! allows both its nibbles. Eight groups are the eight bits of a table's entry, so a look-up per nibble and position
//! answers for all of them, and 16 entries fit a vector register. ("Teddy", Geoffrey Langdale, in Hyperscan; also
//! `packed` in the crate `aho-corasick`.)
//!
//! ```text
//! group 3: ghp_ gho_ ghu_      position     0         1         2
//!                              low nibble   7         8         0 5 f
//!                              high nibble  6         6         6 7
//! ```
//!
//! That group also lets `gh` with an `o`-like `` ` `` pass, but no literal is missed.

use super::portable::{Groups, groups_by_byte};

/// A text that a search looks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::pii) struct Literal<'a> {
    bytes: &'a [u8],
    any_case: bool,
}

impl<'a> Literal<'a> {
    /// These bytes and no others.
    pub(in crate::pii) const fn exact(bytes: &'a [u8]) -> Self {
        Literal { bytes, any_case: false }
    }

    /// These bytes, letters of ASCII in both cases.
    pub(in crate::pii) const fn any_case(bytes: &'a [u8]) -> Self {
        Literal { bytes, any_case: true }
    }

    #[cfg(test)]
    pub(super) fn begins(&self, text: &[u8]) -> bool {
        let prefix = &self.bytes[..self.bytes.len().min(PREFIX)];
        text.get(..prefix.len()).is_some_and(|text| {
            if self.any_case { text.eq_ignore_ascii_case(prefix) } else { text == prefix }
        })
    }
}

/// The beginnings of a set of literals.
///
/// Only the first [`PREFIX`] bytes of a literal count; where a literal is shorter, any byte may follow. Two dozen
/// literals give few false candidates, and more than a hundred too many to be of use.
#[derive(Clone, Debug)]
pub(in crate::pii) struct Literals {
    /// By position and low nibble, a bit per group. Twice, as a vector of 32 bytes is two of 16.
    pub(super) low: [[u8; 32]; PREFIX],
    /// By position and high nibble.
    pub(super) high: [[u8; 32]; PREFIX],
    /// The same by byte, for machines without a look-up of 16 nibbles at once.
    pub(super) groups: Groups,
}

impl Literals {
    /// Tables for `literals`.
    ///
    /// # Guarantee
    /// For all haystacks, every place where a literal begins is a candidate.
    pub(in crate::pii) const fn new(literals: &[Literal<'_>]) -> Self {
        let mut groups = [Group::EMPTY; MOST + 1];
        let mut count = 0;
        let mut next = 0;
        while next < literals.len() {
            groups[count] = Group::of(&literals[next]);
            count = if allows_last(&groups, count) { count } else { count + 1 };
            if count > MOST {
                count = merge_nearest(&mut groups, count);
            }
            next += 1;
        }
        while count > GROUPS {
            count = merge_nearest(&mut groups, count);
        }
        let mut tables = Literals { low: [[0; 32]; PREFIX], high: [[0; 32]; PREFIX], groups: [0; 256] };
        let mut group = 0;
        while group < count {
            let mut cell = 0;
            while cell < PREFIX * 32 {
                let (position, entry) = (cell / 32, cell % 32);
                let nibble = entry % 16;
                tables.low[position][entry] |= ((groups[group].low[position] >> nibble & 1) as u8) << group;
                tables.high[position][entry] |= ((groups[group].high[position] >> nibble & 1) as u8) << group;
                cell += 1;
            }
            group += 1;
        }
        tables.groups = groups_by_byte(&tables);
        tables
    }

    /// The groups that allow `byte` at `position`.
    pub(super) const fn allowing(&self, position: usize, byte: u8) -> u8 {
        self.low[position][(byte & 15) as usize] & self.high[position][(byte >> 4) as usize]
    }
}

/// Literals that share their bits: the nibbles that any of them has, a bit each.
#[derive(Clone, Copy)]
struct Group {
    low: [u16; PREFIX],
    high: [u16; PREFIX],
}

impl Group {
    const EMPTY: Self = Group { low: [0; PREFIX], high: [0; PREFIX] };

    const fn of(literal: &Literal<'_>) -> Self {
        let mut group = Group { low: [u16::MAX; PREFIX], high: [u16::MAX; PREFIX] };
        let mut position = 0;
        while position < PREFIX && position < literal.bytes.len() {
            let byte = literal.bytes[position];
            // The two cases of a letter differ in bit 5, which is in the high nibble.
            let other = if literal.any_case && byte.is_ascii_alphabetic() { byte ^ 0x20 } else { byte };
            group.low[position] = 1 << (byte & 15);
            group.high[position] = 1 << (byte >> 4) | 1 << (other >> 4);
            position += 1;
        }
        group
    }

    const fn with(&self, other: &Self) -> Self {
        let mut both = *self;
        let mut position = 0;
        while position < PREFIX {
            both.low[position] |= other.low[position];
            both.high[position] |= other.high[position];
            position += 1;
        }
        both
    }

    /// How often this group is a candidate in text, in a unit without meaning.
    const fn width(&self) -> u64 {
        let mut width = 1;
        let mut position = 0;
        while position < PREFIX {
            let low = self.low[position];
            let (mut rows, mut bytes) = (self.high[position], 0);
            while rows != 0 {
                let common = low & COMMON[rows.trailing_zeros() as usize];
                bytes += low.count_ones() + COMMON_WEIGHT * common.count_ones();
                rows &= rows - 1;
            }
            width *= bytes as u64;
            position += 1;
        }
        width
    }
}

/// Group `count` is part of one before it.
const fn allows_last(groups: &[Group; MOST + 1], count: usize) -> bool {
    let mut group = 0;
    while group < count {
        if groups[group].with(&groups[count]).width() == groups[group].width() {
            return true;
        }
        group += 1;
    }
    false
}

/// Replaces the two groups whose union adds least by the union. Gives the new count.
const fn merge_nearest(groups: &mut [Group; MOST + 1], count: usize) -> usize {
    let mut widths = [0; MOST + 1];
    let mut group = 0;
    while group < count {
        widths[group] = groups[group].width();
        group += 1;
    }
    let (mut nearest, mut least) = ((0, 1), u64::MAX);
    let mut left = 0;
    while left < count {
        let mut right = left + 1;
        while right < count {
            let union = groups[left].with(&groups[right]).width();
            let added = union.saturating_sub(widths[left] + widths[right]);
            if added < least {
                (nearest, least) = ((left, right), added);
            }
            right += 1;
        }
        left += 1;
    }
    let (left, right) = nearest;
    groups[left] = groups[left].with(&groups[right]);
    groups[right] = groups[count - 1];
    count - 1
}

/// Bytes of a literal that are compared.
pub(super) const PREFIX: usize = 3;

/// Bits of a table's entry.
const GROUPS: usize = 8;

/// Literals before merging begins. What this bounds is the time of [`Literals::new`], not the number of literals.
const MOST: usize = 32;

/// By high nibble, the low nibbles of what text mostly consists of: space, `adehilmno`, `rstu`. To keep these out of
/// groups spares a third to four fifths of the candidates in prose, compared with taking all bytes for alike.
const COMMON: [u16; 16] = {
    let mut common = [0; 16];
    let letters = b" adehilmnorstu";
    let mut letter = 0;
    while letter < letters.len() {
        common[(letters[letter] >> 4) as usize] |= 1 << (letters[letter] & 15);
        letter += 1;
    }
    common
};

const COMMON_WEIGHT: u32 = 6;
