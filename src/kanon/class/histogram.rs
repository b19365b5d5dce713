//! The histogram of distinct tuples, and its roll-up to coarser nodes.

use std::sync::Arc;

use super::{Counted, Field, KeyIndex, Layout, Mapping, Order, PackedKey, Persons};
use crate::num;

/// The classes at one node of the lattice.
#[derive(Clone, Debug)]
pub(crate) struct Histogram<K> {
    pub(crate) keys: Keys<K>,
    pub(crate) counts: Counts,
}

/// What is counted of each class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Rows of each class; none if only the population has rows there.
    pub(crate) rows: Vec<u32>,
    /// Rows of the population in each class; empty if there is no population.
    pub(crate) population: Vec<u32>,
    /// The values of each counted column in each class.
    pub(crate) counted: Vec<Counted>,
    /// Persons of each class; none if they are the rows.
    pub(crate) persons: Option<Persons>,
}

/// The keys of the classes. Few of a search's nodes are asked for theirs, so they are made from places when needed.
#[derive(Clone, Debug)]
pub(crate) enum Keys<K> {
    Made(Vec<K>),
    Places(Vec<u32>, Arc<Mapping>),
}

/// Memory that roll-ups use one after the other.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// Rows at each place; all zero between two uses.
    at_place: Vec<u32>,
    /// A bit for each place that is taken; all zero between two uses.
    taken: Vec<u64>,
    /// The place of each source class.
    places: Vec<u32>,
    /// Number of taken places before each word of bits.
    before: Vec<u32>,
}

impl<K: PackedKey> Histogram<K> {
    /// Number of classes.
    pub(crate) fn len(&self) -> usize {
        self.counts.rows.len()
    }

    /// Classes and everything listed for them: what a roll-up has to visit.
    pub(crate) fn entries(&self) -> usize {
        self.len()
            + self.counts.counted.iter().map(Counted::entries).sum::<usize>()
            + self.counts.persons.as_ref().map_or(0, Persons::entries)
    }

    /// Takes out the classes of which `is_out` says so; how many rows they had.
    pub(crate) fn remove(&mut self, is_out: impl Fn(K) -> bool) -> u64 {
        let keys = self.keys.to_vec();
        let (out, kept): (Vec<usize>, Vec<usize>) = (0..keys.len()).partition(|&class| is_out(keys[class]));
        let rows = out.iter().map(|&class| u64::from(self.counts.rows[class])).sum();
        if !out.is_empty() {
            self.keys = Keys::Made(kept.iter().map(|&class| keys[class]).collect());
            self.counts = self.counts.select(&kept);
        }
        rows
    }

    /// The classes that are left when `column` is the same in all of them.
    pub(crate) fn without(&self, fields: &[Field], column: usize) -> Self {
        let mut index = KeyIndex::with_capacity(self.len());
        let others = |key: K| {
            let others = fields.iter().enumerate().filter(|(c, _)| *c != column);
            others.fold(K::ZERO, |made, (_, &field)| made.or(K::of(field, key.get(field))))
        };
        let becomes: Vec<u32> = self.keys.to_vec().into_iter().map(|key| index.insert(others(key))).collect();
        let keys = index.into_keys();
        Histogram { counts: self.counts.merged(&becomes, keys.len()), keys: Keys::Made(keys) }
    }

    /// The same classes with the rows of `population`, whose keys have the same layout. Both are ascending.
    pub(crate) fn with_population(self, population: &Histogram<K>) -> Histogram<K> {
        let (keys, others) = (self.keys.to_vec(), population.keys.to_vec());
        let mut joined = Vec::with_capacity(keys.len().max(others.len()));
        let mut counts = Counts::default();
        let mut becomes = vec![0u32; keys.len()];
        let (mut i, mut j) = (0, 0);
        while i < keys.len() || j < others.len() {
            let key = match (keys.get(i), others.get(j)) {
                (Some(a), Some(b)) => *a.min(b),
                (Some(a), None) => *a,
                (None, b) => *b.expect("one of the two is not at its end"),
            };
            let here = keys.get(i) == Some(&key);
            let there = others.get(j) == Some(&key);
            if here {
                becomes[i] = class_number(joined.len());
            }
            joined.push(key);
            counts.rows.push(if here { self.counts.rows[i] } else { 0 });
            counts.population.push(if there { population.counts.rows[j] } else { 0 });
            i += usize::from(here);
            j += usize::from(there);
        }
        let order = Order::new(&becomes, joined.len());
        counts.counted = self.counts.counted.iter().map(|c| c.merge(&becomes, &order)).collect();
        counts.persons = self.counts.persons.map(|p| p.merge(&order));
        Histogram { keys: Keys::Made(joined), counts }
    }

    /// The classes at the node that `mapping` leads to.
    ///
    /// Classes are numbered by their place, or else by first occurrence: by the histogram alone.
    pub(crate) fn roll_up(&self, mapping: &Arc<Mapping>, workspace: &mut Workspace) -> Self {
        let Keys::Made(keys) = &self.keys else {
            let made = Histogram { keys: Keys::Made(self.keys.to_vec()), counts: self.counts.clone() };
            return made.roll_up(mapping, workspace);
        };
        let only_rows = self.counts.population.is_empty()
            && self.counts.counted.is_empty()
            && self.counts.persons.is_none();
        match mapping.places((keys.len() * PLACES_PER_CLASS).clamp(LEAST_PLACES, MOST_PLACES)) {
            Some(places) if only_rows => {
                let (places, rows) = workspace.add_up(keys, &self.counts.rows, mapping, places);
                let counts = Counts { rows, ..Counts::default() };
                Histogram { keys: Keys::Places(places, mapping.clone()), counts }
            }
            Some(places) => {
                let (places, becomes) = workspace.number(keys, mapping, places);
                let counts = self.counts.merged(&becomes, places.len());
                Histogram { keys: Keys::Places(places, mapping.clone()), counts }
            }
            None => {
                let mut index = KeyIndex::with_capacity(keys.len() / 2);
                let becomes: Vec<u32> = keys.iter().map(|&key| index.insert(mapping.key(key))).collect();
                let keys = index.into_keys();
                let counts = self.counts.merged(&becomes, keys.len());
                Histogram { keys: Keys::Made(keys), counts }
            }
        }
    }
}

impl Counts {
    fn select(&self, classes: &[usize]) -> Counts {
        let of = |numbers: &[u32]| {
            if numbers.is_empty() { Vec::new() } else { classes.iter().map(|&c| numbers[c]).collect() }
        };
        Counts {
            rows: of(&self.rows),
            population: of(&self.population),
            counted: self.counted.iter().map(|c| c.select(classes)).collect(),
            persons: self.persons.as_ref().map(|p| p.select(classes)),
        }
    }

    /// The counts of the `classes` classes that these become.
    fn merged(&self, becomes: &[u32], classes: usize) -> Counts {
        let add = |of: &[u32]| {
            let mut sums = vec![0u32; if of.is_empty() { 0 } else { classes }];
            for (&class, &n) in becomes.iter().zip(of) {
                sums[num::index(class)] += n;
            }
            sums
        };
        let (rows, population) = (add(&self.rows), add(&self.population));
        let (mut counted, mut persons) = (Vec::new(), None);
        if !self.counted.is_empty() || self.persons.is_some() {
            let order = Order::new(becomes, classes);
            counted = self.counted.iter().map(|c| c.merge(becomes, &order)).collect();
            persons = self.persons.as_ref().map(|p| p.merge(&order));
        }
        Counts { rows, population, counted, persons }
    }
}

impl<K: PackedKey> Keys<K> {
    /// The key of `class`.
    pub(crate) fn of(&self, class: usize) -> K {
        match self {
            Keys::Made(keys) => keys[class],
            Keys::Places(places, mapping) => mapping.key_at(places[class]),
        }
    }

    /// All keys, by class.
    pub(crate) fn to_vec(&self) -> Vec<K> {
        match self {
            Keys::Made(keys) => keys.clone(),
            Keys::Places(places, mapping) => places.iter().map(|&place| mapping.key_at(place)).collect(),
        }
    }

    /// The keys, made once and for all.
    pub(crate) fn made(self) -> Self {
        match self {
            Keys::Made(_) => self,
            Keys::Places(..) => Keys::Made(self.to_vec()),
        }
    }

    /// Calls `f` with each chunk and its content in the key of `class`.
    pub(crate) fn for_each_content(&self, class: usize, layout: &Layout, mut f: impl FnMut(usize, u32)) {
        match self {
            Keys::Made(keys) => {
                for (i, chunk) in layout.chunks().iter().enumerate() {
                    f(i, keys[class].get(chunk.field));
                }
            }
            Keys::Places(places, mapping) => mapping.for_each_content_at(places[class], f),
        }
    }
}

impl Workspace {
    /// The places that are taken, ascending, and the rows at each.
    fn add_up<K: PackedKey>(
        &mut self,
        keys: &[K],
        rows: &[u32],
        mapping: &Mapping,
        places: usize,
    ) -> (Vec<u32>, Vec<u32>) {
        self.make_room(places);
        let (at_place, taken) = (&mut self.at_place[..places], &mut self.taken[..places.div_ceil(64)]);
        mapping.for_each_place(keys, |i, place| {
            at_place[place] += rows[i];
            taken[place / 64] |= 1 << (place % 64);
        });
        let mut found = Vec::with_capacity(keys.len());
        let mut sums = Vec::with_capacity(keys.len());
        for_each_bit(taken, |place| {
            found.push(class_number(place));
            sums.push(std::mem::take(&mut at_place[place]));
        });
        (found, sums)
    }

    /// The places that are taken, ascending, and the number among them of each source class's place.
    fn number<K: PackedKey>(&mut self, keys: &[K], mapping: &Mapping, places: usize) -> (Vec<u32>, Vec<u32>) {
        self.make_room(places);
        let taken = &mut self.taken[..places.div_ceil(64)];
        self.places.clear();
        let of_class = &mut self.places;
        mapping.for_each_place(keys, |_, place| {
            of_class.push(class_number(place));
            taken[place / 64] |= 1 << (place % 64);
        });
        self.before.clear();
        let mut before = 0;
        for word in &*taken {
            self.before.push(before);
            before += word.count_ones();
        }
        let before = &self.before;
        let becomes = of_class
            .iter()
            .map(|&place| {
                let place = num::index(place);
                let below = taken[place / 64] & ((1 << (place % 64)) - 1);
                before[place / 64] + below.count_ones()
            })
            .collect();
        let mut found = Vec::new();
        for_each_bit(taken, |place| found.push(class_number(place)));
        (found, becomes)
    }

    fn make_room(&mut self, places: usize) {
        if self.at_place.len() < places {
            self.at_place.resize(places, 0);
            self.taken.resize(places.div_ceil(64), 0);
        }
    }
}

/// Calls `f` with the number of each bit that is set, ascending, and clears it.
fn for_each_bit(bits: &mut [u64], mut f: impl FnMut(usize)) {
    for (i, word) in bits.iter_mut().enumerate() {
        let mut left = std::mem::take(word);
        while left != 0 {
            f(i * 64 + num::index(left.trailing_zeros()));
            left &= left - 1;
        }
    }
}

fn class_number(classes: usize) -> u32 {
    u32::try_from(classes).expect("at most as many classes as rows, and places are 32 bits")
}

/// A place costs a bit to clear and to read, a probe of a hash table some nanoseconds.
const PLACES_PER_CLASS: usize = 256;
/// So many places are always worth it.
const LEAST_PLACES: usize = 1 << 14;
/// More do not fit into a cache of some megabytes.
const MOST_PLACES: usize = 1 << 21;

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
            let counts = &histogram.counts;
            for class in 0..histogram.len() {
                let key = histogram.keys.of(class);
                let labels: Vec<String> = (0..3)
                    .map(|c| {
                        let code = key.get(layout.fields()[c]);
                        self.levels[c].level(node[c]).labels()[num::index(code)].clone()
                    })
                    .collect();
                let (rows, population, values, persons) = twin.remove(&labels).unwrap();
                assert_eq!((counts.rows[class], counts.population[class]), (rows, population));
                let mut room = Vec::new();
                assert_eq!(counts.counted[0].of(class, &mut room), values.into_iter().collect::<Vec<_>>());
                assert_eq!(counts.persons.as_ref().unwrap().of(class), num::count(persons.len()));
                histogram.keys.for_each_content(class, layout, |chunk, content| {
                    assert_eq!(key.get(layout.chunks()[chunk].field), content);
                });
            }
        }

        fn check<K: PackedKey>(&self, first: &[usize], second: &[usize]) {
            let codes: Vec<usize> = self.levels.iter().map(|l| l.level(0).labels().len()).collect();
            let layout = Layout::new(&codes);
            let steps = Steps::new(&self.levels);
            let base = self.histogram::<K>(&layout);
            assert!(base.keys.to_vec().is_sorted());
            self.compare(&base, &layout, &[0, 0, 0]);
            let mut workspace = Workspace::default();
            let mut rolled = |from: &Histogram<K>, a: &[usize], b: &[usize]| {
                from.roll_up(&Arc::new(Mapping::new(&layout, &steps, a, b)), &mut workspace)
            };
            let middle = rolled(&base, &[0, 0, 0], first);
            self.compare(&middle, &layout, first);
            self.compare(&rolled(&middle, first, second), &layout, second);
            // Rows alone take another way.
            let counts = Counts { rows: base.counts.rows.clone(), ..Counts::default() };
            let rows_alone = rolled(&Histogram { keys: base.keys.clone(), counts }, &[0, 0, 0], second);
            let sorted = |h: &Histogram<K>| {
                let of = |class| (h.keys.of(class), h.counts.rows[class]);
                let mut all: Vec<_> = (0..h.len()).map(of).filter(|c| c.1 > 0).collect();
                all.sort_unstable();
                all
            };
            let from_base = rolled(&base, &[0, 0, 0], second);
            assert_eq!(sorted(&rows_alone), sorted(&from_base));
            // And so does a node with too many places.
            let mapping = Mapping::new(&layout, &steps, &[0, 0, 0], second);
            let mut by_key: BTreeMap<K, u32> = BTreeMap::new();
            for class in 0..base.len() {
                *by_key.entry(mapping.key(base.keys.of(class))).or_default() += base.counts.rows[class];
            }
            by_key.retain(|_, rows| *rows > 0);
            assert_eq!(by_key.into_iter().collect::<Vec<_>>(), sorted(&from_base));
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
