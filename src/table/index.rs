//! From values to their codes: a hash table of codes, whose values stand in the dictionary.
//!
//! The map of the standard library would hold every value a second time.

use std::hash::{BuildHasher, RandomState};

use crate::num;

/// Codes by the hash of their value; the caller compares values.
#[derive(Default)]
pub(super) struct Index {
    /// A power of two of them, or none; at most two thirds are used.
    slots: Vec<Slot>,
    used: usize,
    /// Drawn for each table: nobody can prepare values that share a place.
    state: RandomState,
}

/// The upper half of a hash, whose first bits are the place, and a code.
#[derive(Clone, Copy)]
struct Slot {
    hash: u32,
    code: u32,
}

impl Index {
    /// The code of a value, of which `is` tells whether it is that of a code, or else none, and the value gets `new`.
    pub(super) fn code_or_insert(&mut self, value: &str, is: impl Fn(u32) -> bool, new: u32) -> Option<u32> {
        if self.used * 3 >= self.slots.len() * 2 {
            self.grow();
        }
        let hash = u32::try_from(self.state.hash_one(value) >> 32).expect("half of its bits");
        let mut at = self.place(hash);
        loop {
            let slot = self.slots[at];
            if slot.code == EMPTY {
                self.slots[at] = Slot { hash, code: new };
                self.used += 1;
                return None;
            }
            if slot.hash == hash && is(slot.code) {
                return Some(slot.code);
            }
            at = self.next(at);
        }
    }

    fn grow(&mut self) {
        let larger = vec![Slot { hash: 0, code: EMPTY }; (2 * self.slots.len()).max(16)];
        let slots = std::mem::replace(&mut self.slots, larger);
        for slot in slots.into_iter().filter(|slot| slot.code != EMPTY) {
            let mut at = self.place(slot.hash);
            while self.slots[at].code != EMPTY {
                at = self.next(at);
            }
            self.slots[at] = slot;
        }
    }

    fn place(&self, hash: u32) -> usize {
        let bits = self.slots.len().trailing_zeros().min(32);
        num::index(hash.checked_shr(32 - bits).unwrap_or(0))
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }
}

/// No value has this code: there are at most 2^32 - 1.
const EMPTY: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_codes_while_it_grows() {
        let values: Vec<String> = (0..5000).map(|i| format!("value {}", i * 7919 % 2000)).collect();
        let mut index = Index::default();
        let mut known: Vec<&str> = Vec::new();
        for value in &values {
            let expected = known.iter().position(|k| k == value).map(|i| u32::try_from(i).unwrap());
            let new = u32::try_from(known.len()).unwrap();
            let code = index.code_or_insert(value, |code| known[num::index(code)] == value, new);
            assert_eq!(code, expected, "{value}");
            if code.is_none() {
                known.push(value);
            }
        }
        assert_eq!(known.len(), 2000);
    }
}
