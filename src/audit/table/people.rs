//! The original rows of members, and how many persons some cells fit.

use std::{cell::RefCell, collections::HashMap, ops::Range, rc::Rc};

use super::{
    cell::{Cell, Set, Value},
    released::{Lists, Original},
};
use crate::{num, table::Table};

/// The original rows of members, found by their values.
pub(super) struct People<'a, 't> {
    originals: &'a [Original<'t>],
    rows: &'a [usize],
    indexes: Vec<Index<'t>>,
    /// Who a row belongs to; each to somebody else if nobody is named.
    person_of_row: Option<&'t [u32]>,
    /// For a column and the code of a released cell, the values that the cell stands for, as far as there is room.
    known: RefCell<Known>,
}

/// A cell, and its code in the released column if it is one of its cells.
pub(super) type Told<'c, 't> = (Option<u32>, &'c Cell<'t>);

/// Codes that were looked for.
#[derive(Default)]
struct Known {
    codes: HashMap<(usize, u32), Rc<[u32]>>,
    held: usize,
}

/// The values of one column in several orders.
struct Index<'t> {
    by_text: HashMap<&'t str, u32>,
    missing: Option<u32>,
    texts: Vec<u32>,
    numbers: Vec<(f64, u32)>,
    /// Places in `rows` that have each code.
    places: Lists,
}

impl<'a, 't> People<'a, 't> {
    pub(super) fn new(
        originals: &'a [Original<'t>],
        rows: &'a [usize],
        person: Option<&str>,
        table: &'t Table,
    ) -> Self {
        let indexes = originals.iter().map(|original| Index::new(original, rows)).collect();
        let person_of_row = person.and_then(|name| table.get(name)).map(|column| column.codes());
        People { originals, rows, indexes, person_of_row, known: RefCell::default() }
    }

    /// Whether `cells`, one for each column, fit the rows of exactly one person.
    pub(super) fn isolated_by(&self, cells: &[Told<'_, 't>]) -> bool {
        let mut found = Found::default();
        self.each_fitting(cells, |row| found.add(self.person(row)));
        matches!(found, Found::One(_))
    }

    /// Hands out the rows that fit `cells`, one for each column, until `found` says that it is enough.
    pub(super) fn each_fitting(&self, cells: &[Told<'_, 't>], mut found: impl FnMut(usize) -> bool) {
        let told: Vec<usize> = (0..cells.len()).filter(|&i| !cells[i].1.is_everything()).collect();
        let codes: Vec<(usize, Rc<[u32]>)> = told.iter().map(|&i| (i, self.codes_in(i, cells[i]))).collect();
        let work = |(i, codes): &(usize, Rc<[u32]>)| -> usize {
            codes.iter().map(|&code| self.indexes[*i].places.of(num::index(code)).len()).sum()
        };
        match codes.iter().min_by_key(|c| work(c)) {
            None => self.rows.iter().any(|&row| found(row)),
            Some((rarest, codes)) => {
                let places = codes.iter().flat_map(|&c| self.indexes[*rarest].places.of(num::index(c)));
                places.map(|&place| self.rows[num::index(place)]).any(|row| {
                    let fits = |&i: &usize| i == *rarest || cells[i].1.holds(self.originals[i].value(row));
                    told.iter().all(fits) && found(row)
                })
            }
        };
    }

    /// How many values of column `i` the released cell with this code stands for.
    pub(super) fn spread(&self, i: usize, code: u32, cell: &Cell<'t>) -> usize {
        self.codes_in(i, (Some(code), cell)).len()
    }

    /// How many persons have these values in these columns, counted up to `most`.
    pub(super) fn fitting(&self, told: &[(usize, Value<'_>)], most: usize) -> usize {
        let places = |(i, value): &(usize, Value<'_>)| -> &[u32] {
            let index = &self.indexes[*i];
            let code = value.text.map_or(index.missing, |text| index.by_text.get(text).copied());
            code.map_or(&[], |code| index.places.of(num::index(code)))
        };
        let Some(rarest) = told.iter().map(places).min_by_key(|p| p.len()) else { return 0 };
        let mut persons: Vec<usize> = Vec::new();
        for &place in rarest {
            let row = self.rows[num::index(place)];
            let person = self.person(row);
            let fits = told.iter().all(|(i, value)| self.originals[*i].value(row).text == value.text);
            if fits && !persons.contains(&person) {
                persons.push(person);
                if persons.len() == most {
                    break;
                }
            }
        }
        persons.len()
    }

    /// The codes of the values in column `i` that a cell stands for.
    fn codes_in(&self, i: usize, (code, cell): Told<'_, 't>) -> Rc<[u32]> {
        let found = || self.indexes[i].codes_in(cell, self.originals, i).into();
        let Some(code) = code else { return found() };
        let mut known = self.known.borrow_mut();
        if let Some(codes) = known.codes.get(&(i, code)) {
            return codes.clone();
        }
        let codes: Rc<[u32]> = found();
        if known.held + codes.len() <= ROOM {
            known.held += codes.len();
            known.codes.insert((i, code), codes.clone());
        }
        codes
    }

    fn person(&self, row: usize) -> usize {
        self.person_of_row.map_or(row, |codes| num::index(codes[row]))
    }
}

/// How many persons were found, up to two.
#[derive(Default)]
enum Found {
    #[default]
    None,
    One(usize),
    Several,
}

impl Found {
    /// Adds one; says whether there are several now.
    fn add(&mut self, person: usize) -> bool {
        *self = match self {
            Found::None => Found::One(person),
            Found::One(first) if *first == person => Found::One(person),
            _ => Found::Several,
        };
        matches!(self, Found::Several)
    }
}

impl<'t> Index<'t> {
    fn new(original: &Original<'t>, rows: &[usize]) -> Self {
        let codes_of_rows: Vec<u32> = rows.iter().map(|&row| original.column.codes()[row]).collect();
        let coded = || (0u32..).zip(&original.values);
        let mut texts: Vec<u32> = coded().filter(|(_, v)| v.text.is_some()).map(|(code, _)| code).collect();
        texts.sort_by_key(|&code| original.values[num::index(code)].text);
        let mut numbers: Vec<(f64, u32)> =
            coded().filter_map(|(code, v)| v.number.map(|x| (x, code))).collect();
        numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
        Index {
            by_text: coded().filter_map(|(code, v)| v.text.map(|text| (text, code))).collect(),
            missing: original.column.missing_code(),
            texts,
            numbers,
            places: Lists::new(original.values.len(), &codes_of_rows),
        }
    }

    /// The codes of the values that `cell` holds.
    fn codes_in(&self, cell: &Cell<'t>, originals: &[Original<'t>], column: usize) -> Vec<u32> {
        let values = &originals[column].values;
        let mut codes: Vec<u32> = match cell.label {
            Some(label) => self.by_text.get(label).copied().into_iter().collect(),
            None => self.missing.into_iter().collect(),
        };
        let text = |code: &u32| values[num::index(*code)].text.unwrap_or_default();
        let between = |low: &str, high: &str| -> Range<usize> {
            let start = self.texts.partition_point(|code| text(code) < low);
            start..self.texts.partition_point(|code| text(code) <= high).max(start)
        };
        let numbers = |low: f64, high: f64| {
            let start = self.numbers.partition_point(|(x, _)| *x < low);
            let end = self.numbers.partition_point(|(x, _)| *x <= high).max(start);
            self.numbers[start..end].iter().map(|(_, code)| *code)
        };
        // Each of these holds all that the cell does; some hold more.
        match &cell.set {
            Set::Own => return codes,
            Set::Any | Set::Network { .. } => codes.extend((0u32..).take(values.len())),
            Set::Numbers { low, high, .. } => codes.extend(numbers(*low, *high)),
            Set::Days { first, last } => codes.extend(&self.texts[between(first, last)]),
            Set::Years { low, high, first, last } => {
                codes.extend(numbers(*low, *high));
                codes.extend(&self.texts[between(first, last)]);
            }
            Set::Texts { low, high } => codes.extend(&self.texts[between(low, high)]),
            Set::Prefix { stem, .. } => {
                let start = self.texts.partition_point(|code| text(code) < *stem);
                codes.extend(self.texts[start..].iter().take_while(|code| text(code).starts_with(stem)));
            }
            Set::Group(group) => {
                codes.extend(group.iter().filter_map(|value| self.by_text.get(value.as_str())));
                codes.extend(self.missing);
            }
        }
        codes.sort_unstable();
        codes.dedup();
        codes.retain(|&code| cell.holds(&values[num::index(code)]));
        codes
    }
}

/// 64 MiB of codes.
const ROOM: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audit::table::Meaning, table::Column};

    #[test]
    fn persons_are_isolated_as_by_looking_at_every_row() {
        let ages = ["21", "22", "22", "35", "36", "x", "1964-02-03", "40"];
        let zips = ["941", "941", "943", "100", "100", "100", "192.0.2.1", "941"];
        let names = ["a", "b", "b", "c", "c", "d", "e", "f"];
        let table = Table::new([
            ("age", Column::from_values(ages).unwrap()),
            ("zip", Column::from_values(zips).unwrap()),
            ("name", Column::from_values(names).unwrap()),
        ])
        .unwrap();
        let meaning = Meaning::default().group("west", ["941", "943"]);
        let originals: Vec<Original<'_>> =
            ["age", "zip"].iter().map(|n| Original::new(table.column(n).unwrap())).collect();
        let rows: Vec<usize> = (0..7).collect();
        for person in [None, Some("name")] {
            let people = People::new(&originals, &rows, person, &table);
            for (a, age) in (0u32..)
                .zip(["*", "21", "22", "[20, 30)", "[35, 36]", "1964", "30-40", "x", "[a, z]", "nobody"])
            {
                for (z, zip) in (0u32..).zip(["*", "941", "94*", "west", "100", "192.0.2.0/24", "[100, 941]"])
                {
                    let cells = [Cell::new(Some(age), None), Cell::new(Some(zip), Some(&meaning))];
                    let mut fit: Vec<usize> = rows
                        .iter()
                        .filter(|&&r| (0..2).all(|i| cells[i].holds(originals[i].value(r))))
                        .map(|&r| person.map_or(r, |p| num::index(table.column(p).unwrap().codes()[r])))
                        .collect();
                    fit.dedup();
                    let known = [(Some(a), &cells[0]), (Some(z), &cells[1])];
                    for told in [[(None, &cells[0]), (None, &cells[1])], known, known] {
                        assert_eq!(people.isolated_by(&told), fit.len() == 1, "{age} {zip} {person:?}");
                    }
                }
            }
        }
    }
}
