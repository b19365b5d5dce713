//! Keys numbered by first occurrence.

use super::{PackedKey, counter::random_odd};
use crate::num;

/// Keys numbered by first occurrence: open addressing with linear probing, at most half full.
///
/// The random multiplier keeps crafted tables from colliding on purpose; numbers do not depend on it.
pub(crate) struct KeyIndex<K> {
    slots: Vec<u32>,
    keys: Vec<K>,
    multiplier: u64,
    shift: u32,
}

impl<K: PackedKey> KeyIndex<K> {
    pub(crate) fn with_capacity(keys: usize) -> Self {
        let slots = (keys.max(4) * 2).next_power_of_two();
        KeyIndex {
            slots: vec![EMPTY; slots],
            keys: Vec::with_capacity(keys),
            multiplier: random_odd(),
            shift: 64 - slots.trailing_zeros(),
        }
    }

    /// Of these keys, numbered in their order.
    pub(crate) fn of(keys: impl ExactSizeIterator<Item = K>) -> Self {
        let mut index = KeyIndex::with_capacity(keys.len());
        for key in keys {
            index.insert(key);
        }
        index
    }

    /// The number of `key`, which it gets now if it is new.
    pub(crate) fn insert(&mut self, key: K) -> u32 {
        match self.find(key) {
            Ok(number) => number,
            Err(slot) => {
                let number = number_of(self.keys.len());
                self.keys.push(key);
                self.slots[slot] = number;
                if self.keys.len() * 2 > self.slots.len() {
                    self.grow();
                }
                number
            }
        }
    }

    /// The number of `key`, if it has one.
    pub(crate) fn number(&self, key: K) -> Option<u32> {
        self.find(key).ok()
    }

    /// The keys by their number.
    pub(crate) fn into_keys(self) -> Vec<K> {
        self.keys
    }

    #[allow(clippy::cast_possible_truncation, reason = "shifted down to the number of slots")]
    fn find(&self, key: K) -> Result<u32, usize> {
        let mut at = (key.hash(self.multiplier) >> self.shift) as usize;
        loop {
            match self.slots[at] {
                EMPTY => return Err(at),
                number if self.keys[num::index(number)] == key => return Ok(number),
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }

    fn grow(&mut self) {
        let mut larger = KeyIndex::with_capacity(self.slots.len());
        for &key in &self.keys {
            larger.insert(key);
        }
        *self = larger;
    }
}

fn number_of(keys: usize) -> u32 {
    u32::try_from(keys).expect("at most as many classes as rows, which are checked")
}

/// No key.
const EMPTY: u32 = u32::MAX;
