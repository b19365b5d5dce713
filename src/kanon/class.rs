//! The grouping kernel: classes of equal quasi-identifier tuples, and their roll-up.
//!
//! Everything in this room runs on the histogram of distinct tuples, not on rows: rows are touched once to
//! count and once to rewrite. A tuple is packed into one integer, a field per column:
//!
//! ```text
//!            bits 63 ........ 11 | 10 .. 4 | 3 .. 0
//!   key         education        |   age   |  sex      code of each column at the node's levels
//!
//!   class      0     1     2
//!   keys     [ k0    k1    k2 ]
//!   rows     [ 12    3     7  ]
//!   counted  value  0 0 0 1 1 2      sorted by value; one list per sensitive column, and one for persons
//!            class  0 1 2 0 2 1
//!            rows   9 1 7 3 .. ..
//! ```
//!
//! A coarser node is made from any finer one: fields are looked up in a step table, equal keys are merged.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use crate::num;

/// An integer that holds one code per column.
pub(crate) trait PackedKey: Copy + Eq + Send + Sync {
    /// The key with all codes zero.
    const ZERO: Self;
    /// The code in `field`.
    fn get(self, field: Field) -> u32;
    /// The key with `code` in `field`, which must be zero before.
    fn with(self, field: Field, code: u32) -> Self;
    /// The key with `field` zero.
    fn without(self, field: Field) -> Self;
    /// 64 bits for hashing.
    fn fold(self) -> u64;
}

/// Where a column's code stands in a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    shift: u32,
    bits: u32,
}

impl Field {
    /// Fields side by side, each wide enough for codes below `codes[i]`; and the bits they take together.
    pub(crate) fn layout(codes: &[usize]) -> (Vec<Field>, u32) {
        let mut shift = 0;
        let fields = codes
            .iter()
            .map(|&n| {
                let bits = usize::BITS - n.saturating_sub(1).leading_zeros();
                let field = Field { shift, bits };
                shift += bits;
                field
            })
            .collect();
        (fields, shift)
    }
}

impl PackedKey for u64 {
    const ZERO: Self = 0;

    #[allow(clippy::cast_possible_truncation, reason = "masked to the field's bits, at most 32")]
    fn get(self, field: Field) -> u32 {
        // A field of no bits may stand at the very end, where the shift is the whole width.
        (self.checked_shr(field.shift).unwrap_or(0) & ((1 << field.bits) - 1)) as u32
    }

    fn with(self, field: Field, code: u32) -> Self {
        self | u64::from(code).checked_shl(field.shift).unwrap_or(0)
    }

    fn without(self, field: Field) -> Self {
        self & !(((1 << field.bits) - 1u64).checked_shl(field.shift).unwrap_or(0))
    }

    fn fold(self) -> u64 {
        self
    }
}

impl PackedKey for u128 {
    const ZERO: Self = 0;

    #[allow(clippy::cast_possible_truncation, reason = "masked to the field's bits, at most 32")]
    fn get(self, field: Field) -> u32 {
        (self.checked_shr(field.shift).unwrap_or(0) & ((1 << field.bits) - 1)) as u32
    }

    fn with(self, field: Field, code: u32) -> Self {
        self | u128::from(code).checked_shl(field.shift).unwrap_or(0)
    }

    fn without(self, field: Field) -> Self {
        self & !(((1 << field.bits) - 1u128).checked_shl(field.shift).unwrap_or(0))
    }

    #[allow(clippy::cast_possible_truncation, reason = "both halves are used")]
    fn fold(self) -> u64 {
        (self as u64) ^ ((self >> 64) as u64).rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// The classes at one node of the lattice.
#[derive(Clone, Debug)]
pub(crate) struct Histogram<K> {
    pub(crate) keys: Vec<K>,
    pub(crate) rows: Vec<u32>,
    pub(crate) counted: Vec<Counted>,
}

/// A column to count: a code per row, and whether each code of its dictionary counts at all.
pub(crate) struct ToCount<'a> {
    pub(crate) codes: &'a [u32],
    pub(crate) is_counted: Vec<bool>,
}

/// How often each value of one column occurs in each class, sorted by value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    pub(crate) value: Vec<u32>,
    pub(crate) class: Vec<u32>,
    pub(crate) rows: Vec<u32>,
}

impl<K: PackedKey> Histogram<K> {
    /// The classes of `keys`, one per row, and the class of each row.
    pub(crate) fn of_rows(keys: &[K], counted: &[ToCount<'_>]) -> (Self, Vec<u32>) {
        let mut index = Index::with_capacity(1024);
        let mut class_of_row = Vec::with_capacity(keys.len());
        let mut rows: Vec<u32> = Vec::new();
        for &key in keys {
            let class = index.insert(key);
            if num::index(class) == rows.len() {
                rows.push(0);
            }
            rows[num::index(class)] += 1;
            class_of_row.push(class);
        }
        let classes = rows.len();
        let counted = counted.iter().map(|c| Counted::of_rows(c, &class_of_row, classes)).collect();
        (Histogram { keys: index.keys, rows, counted }, class_of_row)
    }

    /// The classes when each field becomes coarser by its step table (none: as it is), and what each of
    /// this histogram's classes becomes.
    pub(crate) fn roll_up(&self, steps: &[(Field, Option<&[u32]>)]) -> (Self, Vec<u32>) {
        let mut index = Index::with_capacity(self.keys.len());
        let mut becomes = Vec::with_capacity(self.keys.len());
        let mut rows: Vec<u32> = Vec::new();
        let changed: Vec<(Field, &[u32])> = steps.iter().filter_map(|(f, s)| s.map(|s| (*f, s))).collect();
        for (&fine, &count) in self.keys.iter().zip(&self.rows) {
            let mut key = fine;
            for (field, step) in &changed {
                key = key.without(*field).with(*field, step[num::index(fine.get(*field))]);
            }
            let class = index.insert(key);
            if num::index(class) == rows.len() {
                rows.push(0);
            }
            rows[num::index(class)] += count;
            becomes.push(class);
        }
        let counted = self.counted.iter().map(|c| c.roll_up(&becomes, rows.len())).collect();
        (Histogram { keys: index.keys, rows, counted }, becomes)
    }
}

impl Counted {
    fn of_rows(column: &ToCount<'_>, class_of_row: &[u32], classes: usize) -> Counted {
        let cells = column.codes.iter().copied().zip(class_of_row.iter().copied());
        let mut by_value: Vec<(u32, u32)> =
            cells.filter(|&(code, _)| column.is_counted[num::index(code)]).collect();
        by_value.sort_unstable();
        Counted::merge(by_value.into_iter().map(|(value, class)| (value, class, 1)), classes)
    }

    fn roll_up(&self, becomes: &[u32], classes: usize) -> Counted {
        let coarser = self.class.iter().map(|&c| becomes[num::index(c)]);
        Counted::merge(
            self.value
                .iter()
                .zip(coarser)
                .zip(&self.rows)
                .map(|((&value, class), &rows)| (value, class, rows)),
            classes,
        )
    }

    /// Adds up the rows of equal (value, class), for input sorted by value.
    fn merge(sorted: impl Iterator<Item = (u32, u32, u32)>, classes: usize) -> Counted {
        let mut out = Counted::default();
        // Where the class was last seen, and for which value: its entry is merged only within one value.
        let mut last = vec![usize::MAX; classes];
        for (value, class, rows) in sorted {
            let at = last[num::index(class)];
            if at != usize::MAX && out.value[at] == value {
                out.rows[at] += rows;
            } else {
                last[num::index(class)] = out.value.len();
                out.value.push(value);
                out.class.push(class);
                out.rows.push(rows);
            }
        }
        out
    }

    /// The number of distinct values of each class.
    pub(crate) fn distinct(&self, classes: usize) -> Vec<u32> {
        let mut distinct = vec![0; classes];
        for &class in &self.class {
            distinct[num::index(class)] += 1;
        }
        distinct
    }

    /// The same counts sorted by class: `entries[starts[c]..starts[c + 1]]` are the values of class `c`.
    pub(crate) fn by_class(&self, classes: usize) -> (Vec<usize>, Vec<(u32, u32)>) {
        let mut starts = vec![0usize; classes + 1];
        for &class in &self.class {
            starts[num::index(class) + 1] += 1;
        }
        for c in 0..classes {
            starts[c + 1] += starts[c];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0); self.class.len()];
        for ((&value, &class), &rows) in self.value.iter().zip(&self.class).zip(&self.rows) {
            entries[next[num::index(class)]] = (value, rows);
            next[num::index(class)] += 1;
        }
        (starts, entries)
    }
}

/// Keys numbered by first occurrence: open addressing with linear probing, at most half full.
///
/// Classes are numbered in input order whatever the hash, so the random multiplier, which keeps crafted
/// tables from colliding on purpose, changes no result.
struct Index<K> {
    slots: Vec<u32>,
    keys: Vec<K>,
    multiplier: u64,
    shift: u32,
}

impl<K: PackedKey> Index<K> {
    fn with_capacity(keys: usize) -> Self {
        let slots = (keys.max(4) * 2).next_power_of_two();
        Index {
            slots: vec![EMPTY; slots],
            keys: Vec::with_capacity(keys),
            multiplier: RandomState::new().build_hasher().finish() | 1,
            shift: 64 - slots.trailing_zeros(),
        }
    }

    fn insert(&mut self, key: K) -> u32 {
        let mut at = self.slot(key);
        loop {
            match self.slots[at] {
                EMPTY => break,
                class if self.keys[num::index(class)] == key => return class,
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
        let class =
            u32::try_from(self.keys.len()).expect("at most as many classes as rows, which are checked");
        self.keys.push(key);
        self.slots[at] = class;
        if self.keys.len() * 2 > self.slots.len() {
            self.grow();
        }
        class
    }

    fn grow(&mut self) {
        let slots = self.slots.len() * 2;
        self.slots = vec![EMPTY; slots];
        self.shift -= 1;
        for (class, &key) in (0u32..).zip(&self.keys) {
            let mut at = self.slot(key);
            while self.slots[at] != EMPTY {
                at = (at + 1) & (slots - 1);
            }
            self.slots[at] = class;
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "shifted down to the number of slots")]
    fn slot(&self, key: K) -> usize {
        let mixed = key.fold().wrapping_mul(self.multiplier);
        ((mixed ^ (mixed >> 32)).wrapping_mul(MIX) >> self.shift) as usize
    }
}

/// No class.
const EMPTY: u32 = u32::MAX;
/// An odd constant with well spread bits, from splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
const MIX: u64 = 0xbf58_476d_1ce4_e5b9;
