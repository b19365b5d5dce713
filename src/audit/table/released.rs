//! The released rows, and which of them fit what is known of somebody.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use super::cell::{Cells, Value};
use crate::{num, table::Column};

/// Released rows in classes of equal cells on the known columns.
///
/// ```text
///   column 0   cell ──> classes that have it        cells[0][class]
///   column 1   cell ──> classes that have it        cells[1][class]
///   class ──> its rows
///
///   value of a column ──> cells that hold it ──> classes: a list, and where they are many also a bit for each class
/// ```
///
/// What fits several values is the meeting of their classes: bits word by word where all are many, else the shortest list, whose
/// classes are looked up in the others.
pub(super) struct Released<'t> {
    pub(super) columns: Vec<Cells<'t>>,
    cells: Vec<Vec<u32>>,
    classes_with: Vec<Lists>,
    pub(super) rows_of: Lists,
    pub(super) rows: usize,
    /// For a column and the code of an original value, what holds it.
    known: RefCell<HashMap<(usize, u32), Rc<Held>>>,
    /// Words of bits that there is room for.
    room: Cell<usize>,
}

/// The cells of a column that come into question, and the classes that have one.
pub(super) struct Held {
    codes: Rc<[u32]>,
    /// How many classes have one of the codes.
    classes: usize,
    bits: Option<Box<[u64]>>,
}

/// Classes that fit some columns, to be narrowed by others.
pub(super) struct Narrowed {
    classes: Vec<u32>,
    bits: Option<Box<[u64]>>,
}

/// Lists of numbers, end to end.
#[derive(Debug)]
pub(super) struct Lists {
    ends: Vec<usize>,
    items: Vec<u32>,
}

/// What comes into question, for one column.
pub(super) type Wanted = (usize, Rc<Held>);

impl<'t> Released<'t> {
    pub(super) fn new(columns: Vec<Cells<'t>>, rows: usize) -> Self {
        let class_of_row = classes(&columns.iter().map(|c| c.column).collect::<Vec<_>>(), rows);
        let count = class_of_row.iter().max().map_or(0, |&last| num::index(last) + 1);
        let rows_of = Lists::new(count, &class_of_row);
        let cells: Vec<Vec<u32>> = columns
            .iter()
            .map(|c| (0..count).map(|class| c.column.codes()[num::index(rows_of.of(class)[0])]).collect())
            .collect();
        let classes_with =
            cells.iter().zip(&columns).map(|(cells, column)| Lists::new(column.cells.len(), cells)).collect();
        let known = RefCell::default();
        Released { columns, cells, classes_with, rows_of, rows, known, room: Cell::new(ROOM) }
    }

    pub(super) fn classes(&self) -> usize {
        self.rows_of.len()
    }

    /// The code of the cell that the rows of `class` have in column `i`.
    pub(super) fn cell(&self, class: u32, i: usize) -> u32 {
        self.cells[i][num::index(class)]
    }

    /// What holds the value of each column in `of` for row `row` of the original.
    pub(super) fn wanted(&self, of: &[usize], originals: &[Original<'_>], row: usize) -> Vec<Wanted> {
        of.iter()
            .map(|&i| {
                let code = originals[i].column.codes()[row];
                if let Some(held) = self.known.borrow().get(&(i, code)) {
                    return (i, held.clone());
                }
                let value = &originals[i].values[num::index(code)];
                let held = self.held(i, self.columns[i].holding_code(code, value));
                self.known.borrow_mut().insert((i, code), held.clone());
                (i, held)
            })
            .collect()
    }

    /// The cells with these codes of column `i`, ascending.
    pub(super) fn held(&self, i: usize, codes: Rc<[u32]>) -> Rc<Held> {
        let lists = || codes.iter().map(|&code| self.classes_with[i].of(num::index(code)));
        let classes = lists().map(<[u32]>::len).sum();
        let words = self.classes().div_ceil(64);
        let is_dense = classes >= words && self.room.get() >= words;
        let bits = is_dense.then(|| {
            self.room.set(self.room.get() - words);
            bits_of(self.classes(), lists().flatten().copied())
        });
        Rc::new(Held { codes, classes, bits })
    }

    /// The classes whose cells are among the wanted ones in every column, ascending; all if nothing is wanted.
    pub(super) fn candidates(&self, wanted: &[Wanted]) -> Vec<u32> {
        let mut classes = Vec::new();
        self.each_candidate(wanted, None, &mut |class| classes.push(class));
        classes.sort_unstable();
        classes
    }

    /// The same, to be narrowed by other columns.
    pub(super) fn narrowed(&self, wanted: &[Wanted]) -> Narrowed {
        let classes = self.candidates(wanted);
        let is_dense = classes.len() >= self.classes().div_ceil(64);
        let bits = is_dense.then(|| bits_of(self.classes(), classes.iter().copied()));
        Narrowed { classes, bits }
    }

    /// How many rows have the classes among `narrowed` whose cells are among the wanted ones too.
    pub(super) fn rows_within(&self, narrowed: &Narrowed, wanted: &[Wanted]) -> usize {
        let mut rows = 0;
        self.each_candidate(wanted, Some(narrowed), &mut |class| {
            rows += self.rows_of.of(num::index(class)).len();
        });
        rows
    }

    /// How many rows the classes have together.
    pub(super) fn rows_in(&self, classes: &[u32]) -> usize {
        classes.iter().map(|&class| self.rows_of.of(num::index(class)).len()).sum()
    }

    fn each_candidate(&self, wanted: &[Wanted], within: Option<&Narrowed>, found: &mut dyn FnMut(u32)) {
        let all_bits: Option<Vec<&[u64]>> = wanted
            .iter()
            .map(|(_, held)| held.bits.as_deref())
            .chain(within.map(|narrowed| narrowed.bits.as_deref()))
            .collect();
        // Without anything wanted all classes are, and they are no list.
        match all_bits.as_deref() {
            Some([]) => (0..).take(self.classes()).for_each(found),
            Some([first, others @ ..]) => {
                for (word, &bits) in first.iter().enumerate() {
                    let mut bits = others.iter().fold(bits, |bits, other| bits & other[word]);
                    while bits != 0 {
                        found(code(64 * word) + bits.trailing_zeros());
                        bits &= bits - 1;
                    }
                }
            }
            None => self.each_listed(wanted, within, found),
        }
    }

    /// By the shortest list.
    fn each_listed(&self, wanted: &[Wanted], within: Option<&Narrowed>, found: &mut dyn FnMut(u32)) {
        let rarest = wanted.iter().min_by_key(|(_, held)| held.classes);
        let shorter =
            within.filter(|within| rarest.is_none_or(|(_, held)| within.classes.len() <= held.classes));
        let is_in = |class: u32, (column, held): &Wanted| match &held.bits {
            Some(bits) => has(bits, class),
            None => held.codes.binary_search(&self.cells[*column][num::index(class)]).is_ok(),
        };
        match (shorter, rarest) {
            (Some(within), _) => {
                let fits = |class: &&u32| wanted.iter().all(|w| is_in(**class, w));
                within.classes.iter().filter(fits).for_each(|&class| found(class));
            }
            (None, Some((column, held))) => {
                let is_within = |class: u32| match within {
                    None => true,
                    Some(Narrowed { bits: Some(bits), .. }) => has(bits, class),
                    Some(narrowed) => narrowed.classes.binary_search(&class).is_ok(),
                };
                let fits = |class: u32| wanted.iter().all(|w| w.0 == *column || is_in(class, w));
                let lists = held.codes.iter().map(|&code| self.classes_with[*column].of(num::index(code)));
                lists
                    .flatten()
                    .filter(|&&class| is_within(class) && fits(class))
                    .for_each(|&class| found(class));
            }
            (None, None) => {}
        }
    }
}

/// A bit for each of so many classes.
fn bits_of(classes: usize, set: impl Iterator<Item = u32>) -> Box<[u64]> {
    let mut bits = vec![0u64; classes.div_ceil(64)];
    set.for_each(|class| bits[num::index(class) / 64] |= 1 << (class % 64));
    bits.into()
}

fn has(bits: &[u64], class: u32) -> bool {
    bits[num::index(class) / 64] >> (class % 64) & 1 == 1
}

impl Lists {
    /// List `i` holds the places at which `list_of` is `i`.
    pub(super) fn new(lists: usize, list_of: &[u32]) -> Self {
        let mut ends = vec![0usize; lists];
        list_of.iter().for_each(|&list| ends[num::index(list)] += 1);
        let mut sum = 0;
        let mut next: Vec<usize> = Vec::with_capacity(lists);
        for end in &mut ends {
            next.push(sum);
            sum += *end;
            *end = sum;
        }
        let mut items = vec![0; list_of.len()];
        for (place, &list) in (0u32..).zip(list_of) {
            let at = &mut next[num::index(list)];
            items[*at] = place;
            *at += 1;
        }
        Lists { ends, items }
    }

    pub(super) fn of(&self, list: usize) -> &[u32] {
        let start = if list == 0 { 0 } else { self.ends[list - 1] };
        &self.items[start..self.ends[list]]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All lists, one after the other.
    pub(super) fn items(&self) -> &[u32] {
        &self.items
    }
}

/// A column of the original, its values read once.
pub(super) struct Original<'t> {
    pub(super) column: &'t Column,
    pub(super) values: Vec<Value<'t>>,
}

impl<'t> Original<'t> {
    pub(super) fn new(column: &'t Column) -> Self {
        let missing = column.missing_code();
        let values = (0u32..).zip(column.dictionary());
        let values = values.map(|(code, text)| Value::new((Some(code) != missing).then_some(text)));
        Original { column, values: values.collect() }
    }

    pub(super) fn value(&self, row: usize) -> &Value<'t> {
        &self.values[num::index(self.column.codes()[row])]
    }
}

/// A number for each row, the same for rows that are equal on `columns`; by first occurrence.
pub(super) fn classes(columns: &[&Column], rows: usize) -> Vec<u32> {
    let mut class_of_row = vec![0u32; rows];
    for column in columns {
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        for (class, &value) in class_of_row.iter_mut().zip(column.codes()) {
            let next = code(numbers.len());
            *class = *numbers.entry(u64::from(*class) << 32 | u64::from(value)).or_insert(next);
        }
    }
    class_of_row
}

/// Of something that there are at most as many of as rows, of which a table has fewer than 2^32.
pub(super) fn code(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than 2^32 rows")
}

/// 256 MiB of bits.
const ROOM: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_those_of_looking_at_every_row() {
        let ages = ["[20, 30)", "[20, 30)", "25", "*", "[30, 40)", "31", "25", "[20, 30)"];
        let zips = ["94*", "941", "941", "94*", "*", "941", "941", "94*"];
        let (a, z) = (Column::from_values(ages).unwrap(), Column::from_values(zips).unwrap());
        let released = Released::new(vec![Cells::new(&a, None), Cells::new(&z, None)], 8);
        assert_eq!(released.classes(), 6);
        for age in ["25", "31", "29", "50"] {
            for zip in ["941", "943", "100"] {
                let values = [Value::new(Some(age)), Value::new(Some(zip))];
                let wanted: Vec<Wanted> = (0..2)
                    .map(|i| (i, released.held(i, released.columns[i].holding(&values[i]).into())))
                    .collect();
                let mut rows: Vec<u32> = released
                    .candidates(&wanted)
                    .iter()
                    .flat_map(|&class| released.rows_of.of(num::index(class)).to_vec())
                    .collect();
                rows.sort_unstable();
                let holds = |row: &u32| {
                    (0..2).all(|i| {
                        let cells = &released.columns[i];
                        let code = cells.column.codes()[num::index(*row)];
                        cells.cells[num::index(code)].holds(&values[i])
                    })
                };
                assert_eq!(rows, (0u32..8).filter(holds).collect::<Vec<_>>(), "{age} {zip}");
                // In two steps, and by lists and bits in every mixture.
                let narrowed = released.narrowed(&wanted[..1]);
                assert_eq!(released.rows_within(&narrowed, &wanted[1..]), rows.len(), "{age} {zip}");
                let without = |i: usize| {
                    let held = &wanted[i].1;
                    (i, Rc::new(Held { codes: held.codes.clone(), classes: held.classes, bits: None }))
                };
                let narrow = Narrowed { classes: narrowed.classes.clone(), bits: None };
                for other in [&wanted[1], &without(1)] {
                    for within in [&narrowed, &narrow] {
                        assert_eq!(released.rows_within(within, std::slice::from_ref(other)), rows.len());
                    }
                    for one in [&wanted[0], &without(0)] {
                        let both = [one.clone(), other.clone()];
                        assert_eq!(released.rows_in(&released.candidates(&both)), rows.len());
                    }
                }
            }
        }
        assert_eq!(released.rows_in(&released.candidates(&[])), 8);
    }
}
