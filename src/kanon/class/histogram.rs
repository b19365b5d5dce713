//! The histogram of distinct tuples, and its roll-up to coarser nodes.

use super::{Counted, Mapping, Order, PackedKey, Persons, counter::random_odd, parallel};
use crate::num;

/// The classes at one node of the lattice.
#[derive(Clone, Debug)]
pub(crate) struct Histogram<K> {
    pub(crate) keys: Vec<K>,
    /// Rows of each class; none if only the population has rows there.
    pub(crate) rows: Vec<u32>,
    /// Rows of the population in each class; empty if there is no population.
    pub(crate) population: Vec<u32>,
    /// The values of each counted column in each class.
    pub(crate) counted: Vec<Counted>,
    /// Persons of each class; none if they are the rows.
    pub(crate) persons: Option<Persons>,
}

impl<K: PackedKey> Histogram<K> {
    /// Number of classes.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Classes and everything listed for them: what a roll-up has to visit.
    pub(crate) fn entries(&self) -> usize {
        self.len()
            + self.counted.iter().map(Counted::entries).sum::<usize>()
            + self.persons.as_ref().map_or(0, Persons::entries)
    }

    /// Number of rows.
    pub(crate) fn total(&self) -> u64 {
        self.rows.iter().map(|&r| u64::from(r)).sum()
    }

    /// The same classes with the rows of `population`, whose keys have the same layout.
    #[cfg_attr(not(test), expect(dead_code, reason = "for models with a population, which follow"))]
    pub(crate) fn with_population(self, population: &Histogram<K>) -> Histogram<K> {
        let mut joined = Histogram {
            keys: Vec::with_capacity(self.len().max(population.len())),
            rows: Vec::new(),
            population: Vec::new(),
            counted: self.counted.iter().map(|c| Counted::with_capacity(self.len(), c.entries())).collect(),
            persons: None,
        };
        let mut becomes = vec![0u32; self.len()];
        let (mut i, mut j) = (0, 0);
        while i < self.len() || j < population.len() {
            let key = match (self.keys.get(i), population.keys.get(j)) {
                (Some(a), Some(b)) => *a.min(b),
                (Some(a), None) => *a,
                (None, b) => *b.expect("one of the two is not at its end"),
            };
            let here = self.keys.get(i) == Some(&key);
            let there = population.keys.get(j) == Some(&key);
            if here {
                becomes[i] = class_number(joined.keys.len());
            }
            joined.keys.push(key);
            joined.rows.push(if here { self.rows[i] } else { 0 });
            joined.population.push(if there { population.rows[j] } else { 0 });
            i += usize::from(here);
            j += usize::from(there);
        }
        let order = Order::new(&becomes, joined.keys.len());
        joined.counted = self.counted.iter().map(|c| c.merge(&order)).collect();
        joined.persons = self.persons.map(|p| p.merge(&order));
        joined
    }

    /// The classes at the node that `mapping` leads to, and what each of these classes becomes.
    ///
    /// Classes are numbered by their place, or else by first occurrence: by the histogram alone.
    pub(crate) fn roll_up(&self, mapping: &Mapping) -> (Self, Vec<u32>) {
        let (keys, becomes) = match mapping.places(self.len() * PLACES_PER_CLASS + LEAST_PLACES) {
            Some(places) => self.by_place(mapping, places),
            None => self.by_key(mapping),
        };
        let add = |of: &[u32]| {
            let mut sums = vec![0u32; if of.is_empty() { 0 } else { keys.len() }];
            for (&class, &n) in becomes.iter().zip(of) {
                sums[num::index(class)] += n;
            }
            sums
        };
        let (rows, population) = (add(&self.rows), add(&self.population));
        let (mut counted, mut persons) = (Vec::new(), None);
        if !self.counted.is_empty() || self.persons.is_some() {
            let order = Order::new(&becomes, keys.len());
            counted = parallel::map(self.counted.iter().collect(), |c: &Counted| c.merge(&order));
            persons = self.persons.as_ref().map(|p| p.merge(&order));
        }
        (Histogram { keys, rows, population, counted, persons }, becomes)
    }

    fn by_place(&self, mapping: &Mapping, places: usize) -> (Vec<K>, Vec<u32>) {
        let mut becomes = vec![0u32; self.len()];
        let mut class_of_place = vec![NONE; places];
        mapping.for_each_place(&self.keys, |i, place| {
            becomes[i] = u32::try_from(place).expect("places are 32 bits");
            class_of_place[place] = 0;
        });
        let mut keys = Vec::new();
        mapping.for_each_key(places, |place, key| {
            if class_of_place[place] != NONE {
                class_of_place[place] = class_number(keys.len());
                keys.push(key);
            }
        });
        for class in &mut becomes {
            *class = class_of_place[num::index(*class)];
        }
        (keys, becomes)
    }

    fn by_key(&self, mapping: &Mapping) -> (Vec<K>, Vec<u32>) {
        let mut index = KeyIndex::with_capacity(self.len());
        let becomes = self.keys.iter().map(|&key| index.insert(mapping.key(key))).collect();
        (index.into_keys(), becomes)
    }
}

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
            slots: vec![NONE; slots],
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
                let number = class_number(self.keys.len());
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
                NONE => return Err(at),
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

fn class_number(classes: usize) -> u32 {
    u32::try_from(classes).expect("at most as many classes as rows, which are checked")
}

/// No class.
const NONE: u32 = u32::MAX;
/// A place costs about as much as a twentieth of a probe of a hash table, and has to be cleared and read.
const PLACES_PER_CLASS: usize = 8;
/// So many places are always worth it.
const LEAST_PLACES: usize = 1024;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::{
        kanon::{
            Hierarchy,
            class::{Batch, Codes, Counter, Layout, Steps, Wide},
            hierarchy::Levels,
        },
        table::Column,
    };

    /// What a class holds, by the labels of its tuple: rows, population, rows by value, persons.
    type Twin = BTreeMap<Vec<String>, (u32, u32, BTreeMap<u32, u32>, BTreeSet<u32>)>;

    struct Case {
        levels: Vec<Levels>,
        quasi: Vec<Column>,
        value: Vec<u8>,
        person: Vec<u32>,
        population: Vec<Vec<u32>>,
    }

    impl Case {
        fn new(rows: &[(u16, u16, u16, u8, u8)]) -> Case {
            let column = |f: fn(&(u16, u16, u16, u8, u8)) -> u16| {
                Column::from_values(rows.iter().map(|r| format!("{:03}", f(r)))).unwrap()
            };
            let quasi = vec![column(|r| r.0), column(|r| r.1), column(|r| r.2)];
            let hierarchy = Hierarchy::prefix(&[3, 2, 1, 0]).unwrap();
            Case {
                levels: quasi.iter().map(|c| hierarchy.levels("q", c).unwrap()).collect(),
                value: rows.iter().map(|r| r.3).collect(),
                person: rows.iter().map(|r| u32::from(r.4)).collect(),
                // Every other row, from another place in each column: tuples that the rows do not have.
                population: (0..3)
                    .map(|c: usize| {
                        let codes = quasi[c].codes();
                        (0..codes.len()).step_by(2).map(|i| codes[(i * (c + 1)) % codes.len()]).collect()
                    })
                    .collect(),
                quasi,
            }
        }

        fn histogram<K: PackedKey>(&self, layout: &Layout) -> Histogram<K> {
            let packing: Vec<Vec<K>> = self
                .levels
                .iter()
                .zip(layout.fields())
                .map(|(l, &field)| l.level(0).codes().iter().map(|&c| K::of(field, c)).collect())
                .collect();
            // Value 3 counts as 2.
            let codes = (0..256).map(|v| if v == 3 { 2 } else { v }).collect();
            let mut counter = Counter::new(packing.clone(), vec![codes], true);
            let half = self.value.len() / 2;
            for rows in [0..half, half..self.value.len()] {
                counter.add(&Batch {
                    quasi: self.quasi.iter().map(|c| Codes::U32(c.codes()).slice(rows.clone())).collect(),
                    counted: vec![Codes::U8(&self.value[rows.clone()])],
                    person: Some(Codes::U32(&self.person[rows])),
                });
            }
            let mut population = Counter::new(packing, Vec::new(), false);
            population.add(&Batch {
                quasi: self.population.iter().map(|c| Codes::U32(c)).collect(),
                counted: Vec::new(),
                person: None,
            });
            counter.finish().with_population(&population.finish())
        }

        fn twin(&self, node: &[usize]) -> Twin {
            let tuple = |codes: &dyn Fn(usize) -> u32| -> Vec<String> {
                (0..3).map(|c| self.levels[c].label(node[c], codes(c)).to_owned()).collect()
            };
            let mut twin = Twin::new();
            for row in 0..self.value.len() {
                let class = twin.entry(tuple(&|c| self.quasi[c].codes()[row])).or_default();
                class.0 += 1;
                let value = if self.value[row] == 3 { 2 } else { u32::from(self.value[row]) };
                *class.2.entry(value).or_default() += 1;
                class.3.insert(self.person[row]);
            }
            for row in 0..self.population[0].len() {
                twin.entry(tuple(&|c| self.population[c][row])).or_default().1 += 1;
            }
            twin
        }

        fn compare<K: PackedKey>(&self, histogram: &Histogram<K>, layout: &Layout, node: &[usize]) {
            let mut twin = self.twin(node);
            assert_eq!(histogram.len(), twin.len());
            for class in 0..histogram.len() {
                let labels: Vec<String> = (0..3)
                    .map(|c| {
                        let code = histogram.keys[class].get(layout.fields()[c]);
                        self.levels[c].level(node[c]).labels()[num::index(code)].clone()
                    })
                    .collect();
                let (rows, population, values, persons) = twin.remove(&labels).unwrap();
                assert_eq!((histogram.rows[class], histogram.population[class]), (rows, population));
                assert_eq!(histogram.counted[0].of(class), values.into_iter().collect::<Vec<_>>());
                assert_eq!(histogram.persons.as_ref().unwrap().of(class), num::count(persons.len()));
            }
        }

        fn check<K: PackedKey>(&self, first: &[usize], second: &[usize]) {
            let codes: Vec<usize> = self.levels.iter().map(|l| l.level(0).labels().len()).collect();
            let layout = Layout::new(&codes);
            let steps = Steps::new(&self.levels);
            let base = self.histogram::<K>(&layout);
            assert!(base.keys.is_sorted());
            self.compare(&base, &layout, &[0, 0, 0]);
            let (middle, _) = base.roll_up(&Mapping::new(&layout, &steps, &[0, 0, 0], first));
            self.compare(&middle, &layout, first);
            let (top, becomes) = middle.roll_up(&Mapping::new(&layout, &steps, first, second));
            self.compare(&top, &layout, second);
            let (by_key, becomes_by_key) = middle.by_key(&Mapping::new(&layout, &steps, first, second));
            for (class, other) in becomes.iter().zip(becomes_by_key) {
                assert_eq!(top.keys[num::index(*class)], by_key[num::index(other)]);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn classes_at_every_node_are_those_of_a_map_of_texts(
            rows in prop::collection::vec((0u16..999, 0u16..30, 0u16..300, 0u8..100, 0u8..40), 1..80),
            first in prop::array::uniform3(0usize..3),
            more in prop::array::uniform3(0usize..3),
        ) {
            let second: Vec<usize> = first.iter().zip(more).map(|(a, b)| (a + b).min(3)).collect();
            let case = Case::new(&rows);
            case.check::<u64>(&first, &second);
            case.check::<u128>(&first, &second);
            case.check::<Wide<4>>(&first, &second);
        }
    }
}
