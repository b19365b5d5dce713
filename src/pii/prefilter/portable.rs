//! Classes and literals without vector instructions.
//!
//! One look-up per byte gives its class as a bit in one of eight columns; eight bytes, shifted by a bit each, fill the
//! columns. A second look-up gives the groups of literals that allow the byte, by position.
//!
//! ```text
//! byte  class column 0 (digit)  column 1 (letter)  column 2 (separator) ...
//! 'a'          .......0         .......1           .......0
//! '7'          ......1.         ......0.           ......0.
//! ' '          .....0..         .....0..           .....1..
//! ```

use super::{
    chunk::{BLOCK, Chunk, LOOK_AHEAD, Words, classify_with, windows},
    literals::{Literals, PREFIX},
};

/// The groups of literals that allow a byte: bits 0 to 7 as first, 8 to 15 as second, 16 to 23 as third.
pub(super) type Groups = [u32; 256];

pub(super) const fn groups_by_byte(literals: &Literals) -> Groups {
    let mut groups = [0; 256];
    let mut byte = 0;
    loop {
        let mut position = 0;
        while position < PREFIX {
            groups[byte as usize] |= (literals.allowing(position, byte) as u32) << (8 * position);
            position += 1;
        }
        if byte == u8::MAX {
            return groups;
        }
        byte += 1;
    }
}

/// [`classify`](super::classify) for machines of any kind.
pub(super) fn classify(haystack: &[u8], from: usize, literals: &Literals, chunk: &mut Chunk) {
    let fill = |bytes: &[u8], first, chunk: &mut Chunk| {
        for (block, window) in (first..).zip(windows(bytes)) {
            chunk.set(block, &words(window, &literals.groups));
        }
    };
    classify_with(fill, haystack, from, chunk);
}

fn words(window: &[u8; BLOCK + LOOK_AHEAD], groups: &Groups) -> Words {
    let allowing = |at: usize| groups[usize::from(window[at])];
    let (mut here, mut next) = (allowing(0), allowing(1));
    let mut words = [0; COLUMNS];
    for eight in 0..BLOCK / 8 {
        let mut columns = 0;
        for row in 0..8 {
            let at = 8 * eight + row;
            let third = allowing(at + 2);
            let literal = here & next >> 8 & third >> 16 & 0xff != 0;
            columns |= CLASSES[usize::from(window[at])] << row | u64::from(literal) << (8 * LITERAL + row);
            (here, next) = (next, third);
        }
        for (word, column) in words.iter_mut().zip(0..) {
            *word = *word >> 8 | columns >> (8 * column) << 56;
        }
    }
    let [digit, letter, separator, at, colon, high, capital, literal] = words;
    Words { digit, letter, capital, separator, at, colon, high, literal }
}

/// By byte, the first bit of the columns of its classes.
static CLASSES: [u64; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    loop {
        classes[byte as usize] = match byte {
            b'0'..=b'9' => 1,
            b'A'..=b'Z' => 1 << 8 | 1 << 48,
            b'a'..=b'z' => 1 << 8,
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' => 1 << 16,
            b'@' => 1 << 24,
            b':' => 1 << 32,
            0xC2 | 0xE2 | 0xE3 | 0xEF => 1 << 40,
            _ => 0,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

/// The column of literals, behind those of the classes.
const LITERAL: usize = 7;
const COLUMNS: usize = LITERAL + 1;
