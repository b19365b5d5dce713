//! Counting rows: from columns of codes to the histogram of distinct tuples.
//!
//! ```text
//!   columns of codes ──pack──> keys of 2,048 rows ──scatter by hash──> 64 parts ──count──> a hash table per part
//!                                                                                                   │ sort
//!                                                                        histogram, ascending keys <┘
//! ```
//!
//! A part's table stays in the cache while the rows of a batch are added to it (radix partitioning: Boncz, Manegold,
//! Kersten, VLDB 1999). Rows are read once; what stays is proportional to the distinct tuples. The histogram is
//! sorted, so neither the order of the rows nor the number of threads can be seen in it.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use super::{
    Codes, Counted, Histogram, PackedKey, Persons,
    counted::Lists,
    histogram::{Counts, Keys},
    parallel,
};
use crate::num;

/// Counts rows batch by batch.
pub(crate) struct Counter<K> {
    /// For each column, the bits of a key by code of its dictionary.
    packing: Vec<Vec<K>>,
    tables: Tables<K>,
    counted: Vec<CountedColumn<K>>,
    persons: Option<Tables<K>>,
}

/// A column whose values are counted in each class.
struct CountedColumn<K> {
    /// What each code of the dictionary is counted as.
    codes: Vec<u32>,
    tables: Tables<K>,
}

/// The columns of a batch of rows.
pub(crate) struct Batch<'a> {
    /// The quasi-identifying columns, in the order of the packing.
    pub(crate) quasi: Vec<Codes<'a>>,
    /// The counted columns.
    pub(crate) counted: Vec<Codes<'a>>,
    /// The column that names the person, if persons are counted.
    pub(crate) person: Option<Codes<'a>>,
}

impl<K: PackedKey> Counter<K> {
    /// For quasi-identifying columns with these packings, and counted columns whose codes are counted as these.
    pub(crate) fn new(packing: Vec<Vec<K>>, counted: Vec<Vec<u32>>, persons: bool) -> Self {
        Counter {
            packing,
            tables: Tables::new(),
            counted: counted
                .into_iter()
                .map(|codes| CountedColumn { codes, tables: Tables::new() })
                .collect(),
            persons: persons.then(Tables::new),
        }
    }

    /// Adds the rows of `batch`, whose columns have one length and codes below those of their dictionaries.
    pub(crate) fn add(&mut self, batch: &Batch<'_>) {
        let rows = batch.quasi.first().map_or(0, Codes::len);
        let step = ROWS_OF_A_PART * parallel::threads().next_power_of_two();
        let mut start = 0;
        while start < rows {
            let end = rows.min(start + step);
            let parts: Vec<_> =
                (start..end).step_by(ROWS_OF_A_PART).map(|s| s..end.min(s + ROWS_OF_A_PART)).collect();
            let scatter = |pair: Option<(&Codes<'_>, &[u32])>| {
                parallel::map(parts.clone(), |rows| Scattered::of(&self.packing, &batch.quasi, pair, rows))
            };
            // Rows by tuple follow from the first list of values.
            if self.counted.is_empty() {
                let scattered = scatter(None);
                self.tables.add(&scattered);
            }
            for (i, codes) in batch.counted.iter().enumerate() {
                let scattered = scatter(Some((codes, &self.counted[i].codes)));
                self.counted[i].tables.add(&scattered);
            }
            if let Some(codes) = &batch.person {
                let scattered = scatter(Some((codes, &[])));
                if let Some(tables) = &mut self.persons {
                    tables.add(&scattered);
                }
            }
            start = end;
        }
    }

    /// The same for tuples that were counted before: each row of `batch` stands for so many.
    pub(crate) fn add_counted(&mut self, batch: &Batch<'_>, rows: &[u32]) {
        let mut keys = [K::ZERO; BLOCK];
        for start in (0..rows.len()).step_by(BLOCK) {
            let rows = &rows[start..rows.len().min(start + BLOCK)];
            let keys = &mut keys[..rows.len()];
            pack(&self.packing, &batch.quasi, start, keys);
            // A slot without rows is a free one.
            let tuples = || (start..).zip(keys.iter().zip(rows)).filter(|(_, (_, rows))| **rows > 0);
            if self.counted.is_empty() {
                tuples().for_each(|(_, (&key, &rows))| self.tables.0[part(key)].add(key, 0, rows));
            }
            for (codes, column) in batch.counted.iter().zip(&mut self.counted) {
                for (row, (&key, &rows)) in tuples() {
                    let value = codes.get(row);
                    let value = column.codes.get(num::index(value)).copied().unwrap_or(value);
                    column.tables.0[part(key)].add(key, value, rows);
                }
            }
        }
    }

    /// The histogram of all rows so far, by ascending keys.
    pub(crate) fn finish(self) -> Histogram<K> {
        let (mut keys, mut counts) = (Vec::new(), Counts::default());
        if self.counted.is_empty() {
            for (key, _, rows) in self.tables.sorted() {
                keys.push(key);
                counts.rows.push(rows);
            }
        }
        for (i, CountedColumn { tables, .. }) in self.counted.into_iter().enumerate() {
            let sorted = tables.sorted();
            if i == 0 {
                for &(key, _, rows) in &sorted {
                    if keys.last() == Some(&key) {
                        if let Some(sum) = counts.rows.last_mut() {
                            *sum += rows;
                        }
                    } else {
                        keys.push(key);
                        counts.rows.push(rows);
                    }
                }
            }
            counts.counted.push(Counted::Lists(lists(&keys, &sorted)));
        }
        counts.persons = self.persons.map(|tables| Persons::new(&lists(&keys, &tables.sorted())));
        Histogram { keys: Keys::Made(keys), counts }
    }
}

/// The list of each key, from pairs sorted by key. Every key occurs in `keys`.
fn lists<K: PackedKey>(keys: &[K], sorted: &[(K, u32, u32)]) -> Lists {
    let mut counted = Lists::with_capacity(keys.len(), sorted.len());
    let mut at = 0;
    for &key in keys {
        while at < sorted.len() && sorted[at].0 == key {
            counted.push(sorted[at].1, sorted[at].2);
            at += 1;
        }
        counted.close();
    }
    counted
}

/// Keys of some rows, each with a value, divided by their hash.
struct Scattered<K> {
    keys: Vec<Vec<K>>,
    /// Empty when there are no values.
    values: Vec<Vec<u32>>,
}

impl<K: PackedKey> Scattered<K> {
    fn of(
        packing: &[Vec<K>],
        quasi: &[Codes<'_>],
        pair: Option<(&Codes<'_>, &[u32])>,
        rows: std::ops::Range<usize>,
    ) -> Self {
        // Room for twice the mean; tables are skewed, and those parts grow.
        let room = (rows.len() / PARTS * 2).max(16);
        let mut scattered = Scattered {
            keys: (0..PARTS).map(|_| Vec::with_capacity(room)).collect(),
            values: (0..if pair.is_some() { PARTS } else { 0 }).map(|_| Vec::with_capacity(room)).collect(),
        };
        let mut keys = [K::ZERO; BLOCK];
        let mut start = rows.start;
        while start < rows.end {
            let end = rows.end.min(start + BLOCK);
            let keys = &mut keys[..end - start];
            pack(packing, quasi, start, keys);
            match pair {
                None => {
                    for &key in &*keys {
                        scattered.keys[part(key)].push(key);
                    }
                }
                Some((codes, counted_as)) => {
                    let mut row = 0;
                    codes.slice(start..end).for_each(|value| {
                        let part = part(keys[row]);
                        scattered.keys[part].push(keys[row]);
                        let counted_as = counted_as.get(num::index(value)).copied();
                        scattered.values[part].push(counted_as.unwrap_or(value));
                        row += 1;
                    });
                }
            }
            start = end;
        }
        scattered
    }
}

/// The keys of the rows from `start` on.
pub(crate) fn pack<K: PackedKey>(packing: &[Vec<K>], quasi: &[Codes<'_>], start: usize, keys: &mut [K]) {
    keys.fill(K::ZERO);
    let rows = start..start + keys.len();
    for (codes, packing) in quasi.iter().zip(packing) {
        match codes.slice(rows.clone()) {
            Codes::U8(codes) => {
                // A table of exactly 256 entries needs no bounds check per cell.
                let mut table = [K::ZERO; 256];
                let n = packing.len().min(256);
                table[..n].copy_from_slice(&packing[..n]);
                for (key, &code) in keys.iter_mut().zip(codes) {
                    *key = key.or(table[usize::from(code)]);
                }
            }
            Codes::U16(codes) => {
                for (key, &code) in keys.iter_mut().zip(codes) {
                    *key = key.or(packing[usize::from(code)]);
                }
            }
            Codes::U32(codes) => {
                for (key, &code) in keys.iter_mut().zip(codes) {
                    *key = key.or(packing[num::index(code)]);
                }
            }
        }
    }
}

/// The part that a key belongs to: the same in every run, so that tables may be numbered by it.
#[allow(clippy::cast_possible_truncation, reason = "shifted down to the number of parts")]
fn part<K: PackedKey>(key: K) -> usize {
    (key.hash(GOLDEN) >> (64 - PARTS.trailing_zeros())) as usize
}

/// Hash tables of pairs of a key and a value, one per part.
struct Tables<K>(Vec<Table<K>>);

impl<K: PackedKey> Tables<K> {
    fn new() -> Self {
        let multiplier = random_odd();
        Tables((0..PARTS).map(|_| Table::new(multiplier)).collect())
    }

    fn add(&mut self, scattered: &[Scattered<K>]) {
        let parts = self.0.drain(..).enumerate().collect();
        self.0 = parallel::map(parts, |(part, mut table): (usize, Table<K>)| {
            for rows in scattered {
                match rows.values.get(part) {
                    None => rows.keys[part].iter().for_each(|&key| table.add(key, 0, 1)),
                    Some(values) => {
                        rows.keys[part]
                            .iter()
                            .zip(values)
                            .for_each(|(&key, &value)| table.add(key, value, 1));
                    }
                }
            }
            table
        });
    }

    /// All pairs with their rows, ascending.
    fn sorted(self) -> Vec<(K, u32, u32)> {
        let mut all = Vec::with_capacity(self.0.iter().map(|t| t.len).sum());
        for table in self.0 {
            all.extend(table.slots.iter().filter(|s| s.rows != 0).map(|s| (s.key, s.value, s.rows)));
        }
        parallel::sort(&mut all);
        all
    }
}

/// Open addressing with linear probing. The random multiplier keeps crafted tables from colliding on purpose; what
/// comes out is sorted, so it changes no result.
struct Table<K> {
    slots: Vec<Slot<K>>,
    len: usize,
    multiplier: u64,
    shift: u32,
}

/// A pair and its rows; none if there are no rows.
#[derive(Clone, Copy)]
struct Slot<K> {
    key: K,
    value: u32,
    rows: u32,
}

impl<K: PackedKey> Table<K> {
    fn new(multiplier: u64) -> Self {
        Table::with_slots(multiplier, 64)
    }

    fn with_slots(multiplier: u64, slots: usize) -> Self {
        Table {
            slots: vec![Slot { key: K::ZERO, value: 0, rows: 0 }; slots],
            len: 0,
            multiplier,
            shift: 64 - slots.trailing_zeros(),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "shifted down to the number of slots")]
    fn add(&mut self, key: K, value: u32, rows: u32) {
        let hash = key.hash(self.multiplier).wrapping_add(u64::from(value).wrapping_mul(GOLDEN));
        let last = self.slots.len() - 1;
        let mut at = (hash >> self.shift) as usize;
        loop {
            let slot = &mut self.slots[at & last];
            if slot.rows == 0 {
                *slot = Slot { key, value, rows };
                break;
            }
            if slot.key == key && slot.value == value {
                slot.rows += rows;
                return;
            }
            at += 1;
        }
        self.len += 1;
        // At most 7 of 10 slots in use: short probes, and 16 to 32 bytes for a pair with a key of 8.
        if self.len * 10 > self.slots.len() * 7 {
            let mut larger = Table::with_slots(self.multiplier, self.slots.len() * 2);
            for slot in self.slots.iter().filter(|s| s.rows != 0) {
                larger.add(slot.key, slot.value, slot.rows);
            }
            *self = larger;
        }
    }
}

/// A random odd number, for hashing.
pub(crate) fn random_odd() -> u64 {
    RandomState::new().build_hasher().finish() | 1
}

/// Parts of a scattered batch. 64 tables of 10,000 tuples fit into the second-level cache one at a time.
const PARTS: usize = 64;
/// Rows that one thread scatters at a time: 8 bytes each in a cache of some megabytes.
const ROWS_OF_A_PART: usize = 1 << 18;
/// Rows whose keys are packed at a time: 16 KiB of keys of a word.
const BLOCK: usize = 2048;
/// 2^64 over the golden ratio, odd (Knuth, TAOCP 3, section 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
