//! Values of a released table that stand in the texts of another release.
//!
//! Releases of one folder are of the same persons, and whoever has one has the other. A text says "ward 7"; the table has
//! a row of ward 7, or two: text and row belong together, whatever was done to the names in both. So every value of the
//! table is looked for in every text, as a recipient would: whole words, upper and lower case alike.
//!
//! ```text
//!   text ──> words ──> those that start a value ──> values in it ──> rows of the table with one of them in each column
//! ```
//!
//! Tokens are values like others. Where two releases have domains of their own, none of the one stands in the other; where
//! they share a domain, or a text keeps what a column shows, this finds it.
//!
//! Looked for is what is written. That an age of 34 in a text goes with the cell `[30, 35)` of a row is not seen, and a value
//! may stand in a text by chance: the figures say what is there, not that it is right.

use std::{collections::HashMap, fmt};

use super::released::Lists;
use crate::{num, table::Table};

/// Looks for the values of a table in texts, some at a time.
///
/// # Examples
/// ```
/// use incog::{audit::table::LinkSearch, table::{Column, Table}};
/// let table = Table::new([
///     ("ward", Column::from_values(["A1", "A1", "A1", "B7"])?),
///     ("sex", Column::from_values(["female", "male", "male", "male"])?),
/// ])?;
/// let mut search = LinkSearch::new(&table, ["note"]).few(2);
/// search.text_row([Some("Moved to ward b7 at noon.")]);
/// search.text_row([Some("A female patient of A1.")]);
/// search.text_row([Some("Ward A1, no news.")]);
/// let links = search.finish();
/// assert_eq!((links.text_rows, links.rows_to_one, links.rows_to_few), (3, 2, 2));
/// assert_eq!((links.columns[0].values, links.columns[0].values_few), (2, 1), "A1 and B7; B7 is one row's");
/// # Ok::<(), incog::Error>(())
/// ```
pub struct LinkSearch<'t> {
    table: &'t Table,
    few: u32,
    texts: Vec<String>,
    values: Values,
    /// For each column of the table the rows of each code.
    rows: Vec<Lists>,
    /// For each column of the table and each of the texts.
    seen: Vec<Vec<Seen>>,
    /// Rows that fit what was found before.
    fits: HashMap<Vec<(u32, u32)>, u32>,
    /// How many places `fits` may hold yet, each set of them counted as `SET` more.
    room: usize,
    text_rows: u64,
    to_one: u64,
    to_few: u64,
}

/// What was found.
///
/// # Examples
/// ```
/// # use incog::{audit::table::LinkSearch, table::{Column, Table}};
/// # let table = Table::new([("ward", Column::from_values(["A1", "A1", "A1", "B7"])?)])?;
/// let mut search = LinkSearch::new(&table, ["note"]).few(2); // four rows, one of them of ward B7
/// for note in ["Slept well.", "Ward A1, no news.", "Moved to B7."] {
///     search.text_row([Some(note)]);
/// }
/// let links = search.finish();
/// assert_eq!((links.text_rows, links.columns.len()), (3, 1));
/// assert_eq!(links.rows_to_one, 1, "whoever has both releases knows whose note the last one is");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Links {
    /// Rows of the texts.
    pub text_rows: u64,
    /// A value is near-unique if fewer rows of the table than this have it.
    pub few: u64,
    /// Each column of the table with values that stand in a column of texts.
    pub columns: Vec<LinkedColumn>,
    /// Rows of texts whose values, together, exactly one row of the table has.
    pub rows_to_one: u64,
    /// The same with at least one row and fewer than `few`.
    pub rows_to_few: u64,
}

/// Values of one column that stand in texts.
///
/// # Examples
/// ```
/// # use incog::{audit::table::LinkSearch, table::{Column, Table}};
/// # let table = Table::new([
/// #     ("token", Column::from_values(["k-81f3", "k-20aa", "k-9c04"])?),
/// #     ("sex", Column::from_values(["female", "female", "male"])?),
/// # ])?;
/// // A table of tokens, and a text in which one of them was left.
/// let mut search = LinkSearch::new(&table, ["letter"]).few(2);
/// search.text_row([Some("Dear k-20aa, your results are in.")]);
/// let found = &search.finish().columns[0];
/// assert_eq!((found.column.as_str(), found.found_in.as_str()), ("token", "letter"));
/// assert_eq!((found.values_few, found.texts_few), (1, 1), "a token of its own domain would not be there");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LinkedColumn {
    /// The column of the table.
    pub column: String,
    /// The column of texts.
    pub found_in: String,
    /// Its values that stand in a text.
    pub values: u64,
    /// Those of them that are near-unique in the table.
    pub values_few: u64,
    /// Texts with a value.
    pub texts: u64,
    /// Texts with a near-unique one.
    pub texts_few: u64,
}

/// A column of the table, and the code of a value in it.
type Place = (u32, u32);

/// Values as they stand in texts.
#[derive(Default)]
struct Values {
    /// For the first word of a value, how many words values that start so have, ascending.
    starts: HashMap<String, Vec<usize>>,
    /// The columns and codes of each.
    places: HashMap<String, Vec<(u32, u32)>>,
}

struct Seen {
    codes: Vec<bool>,
    texts: u64,
    texts_few: u64,
}

impl<'t> LinkSearch<'t> {
    /// For the values of `table`, in texts of columns with these names.
    #[must_use]
    pub fn new<N: Into<String>>(table: &'t Table, texts: impl IntoIterator<Item = N>) -> Self {
        let texts: Vec<String> = texts.into_iter().map(Into::into).collect();
        let seen = |values: usize| {
            let none = || Seen { codes: vec![false; values], texts: 0, texts_few: 0 };
            texts.iter().map(|_| none()).collect()
        };
        LinkSearch {
            table,
            few: FEW,
            values: Values::of(table),
            rows: table.iter().map(|(_, c)| Lists::new(c.dictionary_len(), c.codes())).collect(),
            seen: table.iter().map(|(_, c)| seen(c.dictionary_len())).collect(),
            texts,
            fits: HashMap::new(),
            room: KEPT,
            text_rows: 0,
            to_one: 0,
            to_few: 0,
        }
    }

    /// Values that fewer rows than this have are near-unique, 5 if not called.
    #[must_use]
    pub fn few(mut self, few: u32) -> Self {
        self.few = few.max(2);
        self
    }

    /// Looks through the texts of one row, one for each column of texts.
    pub fn text_row<'c>(&mut self, cells: impl IntoIterator<Item = Option<&'c str>>) {
        let mut found: Vec<(u32, u32)> = Vec::new();
        for (i, cell) in cells.into_iter().enumerate().take(self.texts.len()) {
            let mut in_cell = cell.map(|cell| self.values.of_text(cell)).unwrap_or_default();
            in_cell.sort_unstable();
            in_cell.dedup();
            for values in in_cell.chunk_by(|a, b| a.0 == b.0) {
                let column = num::index(values[0].0);
                let rare = |(_, code): &(u32, u32)| {
                    self.rows[column].of(num::index(*code)).len() < num::index(self.few)
                };
                let any_rare = values.iter().any(rare);
                let seen = &mut self.seen[column][i];
                seen.texts += 1;
                seen.texts_few += u64::from(any_rare);
                values.iter().for_each(|&(_, code)| seen.codes[num::index(code)] = true);
            }
            found.extend(in_cell);
        }
        found.sort_unstable();
        found.dedup();
        self.text_rows += 1;
        if found.is_empty() {
            return;
        }
        let rows = match self.fits.get(&found) {
            Some(&rows) => rows,
            None => {
                let rows = self.fitting(&found);
                if let Some(room) = self.room.checked_sub(found.len() + SET) {
                    self.room = room;
                    self.fits.insert(found, rows);
                }
                rows
            }
        };
        self.to_one += u64::from(rows == 1);
        self.to_few += u64::from((1..self.few).contains(&rows));
    }

    /// What was found in all texts so far.
    #[must_use]
    pub fn finish(self) -> Links {
        let mut columns = Vec::new();
        for ((name, rows), seen) in self.table.names().iter().zip(&self.rows).zip(&self.seen) {
            for (text, seen) in self.texts.iter().zip(seen).filter(|(_, seen)| seen.texts > 0) {
                let found = || (0..seen.codes.len()).filter(|&code| seen.codes[code]);
                let few = found().filter(|&code| rows.of(code).len() < num::index(self.few));
                columns.push(LinkedColumn {
                    column: name.clone(),
                    found_in: text.clone(),
                    values: num::count(found().count()),
                    values_few: num::count(few.count()),
                    texts: seen.texts,
                    texts_few: seen.texts_few,
                });
            }
        }
        Links {
            text_rows: self.text_rows,
            few: u64::from(self.few),
            columns,
            rows_to_one: self.to_one,
            rows_to_few: self.to_few,
        }
    }

    /// How many rows have, in each column of `found`, one of its codes there; counted up to `few`.
    fn fitting(&self, found: &[(u32, u32)]) -> u32 {
        let columns: Vec<&[(u32, u32)]> = found.chunk_by(|a, b| a.0 == b.0).collect();
        let of = |(column, code): &(u32, u32)| self.rows[num::index(*column)].of(num::index(*code));
        let rows_of = |codes: &&[(u32, u32)]| codes.iter().map(|value| of(value).len()).sum::<usize>();
        let Some(&rarest) = columns.iter().min_by_key(|codes| rows_of(codes)) else { return 0 };
        let others: Vec<(&[u32], &[Place])> = columns
            .into_iter()
            .filter(|codes| codes[0].0 != rarest[0].0)
            .filter_map(|codes| {
                Some((self.table.get(&self.table.names()[num::index(codes[0].0)])?.codes(), codes))
            })
            .collect();
        let fits = |row: &&u32| {
            others.iter().all(|(column, codes)| {
                let code = column[num::index(**row)];
                codes.binary_search(&(codes[0].0, code)).is_ok()
            })
        };
        let rows = rarest.iter().flat_map(of).filter(fits).take(num::index(self.few));
        (0..).zip(rows).last().map_or(0, |(last, _): (u32, _)| last + 1)
    }
}

impl fmt::Debug for LinkSearch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names and numbers; values are cells.
        f.debug_struct("LinkSearch")
            .field("texts", &self.texts)
            .field("few", &self.few)
            .field("text_rows", &self.text_rows)
            .finish_non_exhaustive()
    }
}

impl Values {
    fn of(table: &Table) -> Self {
        let mut values = Values::default();
        for (column, (_, of)) in (0u32..).zip(table.iter()) {
            let mut used = vec![false; of.dictionary_len()];
            of.codes().iter().for_each(|&code| used[num::index(code)] = true);
            for (code, value) in (0u32..).zip(of.dictionary()) {
                if !used[num::index(code)] || of.missing_code() == Some(code) || !is_looked_for(value) {
                    continue;
                }
                let value = value.to_lowercase();
                let words = words(&value);
                let Some(first) = words.first().filter(|_| words.len() <= WORDS) else { continue };
                let lengths = values.starts.entry(value[first.clone()].to_owned()).or_default();
                if let Err(at) = lengths.binary_search(&words.len()) {
                    lengths.insert(at, words.len());
                }
                values.places.entry(value).or_default().push((column, code));
            }
        }
        values
    }

    /// The columns and codes of the values that stand in `text`.
    fn of_text(&self, text: &str) -> Vec<(u32, u32)> {
        let text = text.to_lowercase();
        let words = words(&text);
        let mut found = Vec::new();
        for (i, first) in words.iter().enumerate() {
            let Some(lengths) = self.starts.get(&text[first.clone()]) else { continue };
            for last in lengths.iter().map_while(|length| words.get(i + length - 1)) {
                found.extend(self.places.get(&text[first.start..last.end]).into_iter().flatten());
            }
        }
        found
    }
}

/// Cells that stand for sets, such as `*`, `941**` or `[30, 35)`, are in no text, and single characters in all of them.
fn is_looked_for(value: &str) -> bool {
    let ends = [value.chars().next(), value.chars().next_back()];
    ends.iter().all(|end| end.is_some_and(char::is_alphanumeric)) && value.chars().nth(1).is_some()
}

/// The runs of letters and digits in `text`.
fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

/// As in [`AttackerBuilder::few`](super::AttackerBuilder::few).
const FEW: u32 = 5;
/// Longer values are texts themselves.
const WORDS: usize = 16;
/// Places in sets whose rows are remembered, of eight bytes: 32 MiB, and as much again for the table of the sets.
const KEPT: usize = 4 << 20;
/// What a set takes besides its places: its list, its rows and its part of the table, in places.
const SET: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    /// The twin looks for every value of every row in every text, by its neighbors.
    #[test]
    fn values_are_found_as_by_looking_for_each() {
        let wards = ["ward 7", "ward", "7", "B-2", "b-2 east", "*", "Żółw", "[30, 35)", "MRN_k7_abc", ""];
        let sexes = ["male", "female"];
        let n = 60;
        let ward = Column::from_values((0..n).map(|i| wards[i * i % 10])).unwrap();
        let sex = Column::from_values((0..n).map(|i| sexes[i / 9 % 2])).unwrap();
        let table = Table::new([("ward", ward), ("sex", sex)]).unwrap();
        let texts = [
            "a Female in Ward 7.",
            "ward 77, B-2",
            "b-2 EAST: male",
            "XMRN_k7_abc, MRN_k7_abcd",
            "(mrn_k7_abc)",
            "żółw female male",
            "",
            "[30, 35) * 7",
        ];
        let stands_in = |value: &str, text: &str| {
            let (value, text) = (value.to_lowercase(), text.to_lowercase());
            let looked_for = value.len() > 1 && !value.starts_with('[') && value != "*";
            looked_for
                && text.match_indices(&value).any(|(at, _)| {
                    let before = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
                    let after = text[at + value.len()..].chars().next().is_some_and(char::is_alphanumeric);
                    !before && !after
                })
        };
        for few in [2, 5, 100] {
            let mut search = LinkSearch::new(&table, ["t"]).few(few);
            texts.iter().for_each(|text| search.text_row([Some(*text)]));
            let links = search.finish();
            let cell = |name: &str, row: usize| table.column(name).unwrap().cell(row).unwrap_or_default();
            let (mut to_one, mut to_few) = (0, 0);
            for text in texts {
                let found: Vec<&str> = ["ward", "sex"]
                    .into_iter()
                    .filter(|name| (0..n).any(|row| stands_in(cell(name, row), text)))
                    .collect();
                let fits = |row: &usize| found.iter().all(|name| stands_in(cell(name, *row), text));
                let rows = if found.is_empty() { 0 } else { (0..n).filter(fits).count() };
                to_one += u64::from(rows == 1);
                to_few += u64::from(rows > 0 && rows < num::index(few));
            }
            assert_eq!((links.rows_to_one, links.rows_to_few, links.text_rows), (to_one, to_few, 8));
            for linked in &links.columns {
                let rows = |value: &str| (0..n).filter(|&row| cell(&linked.column, row) == value).count();
                let column = table.column(&linked.column).unwrap();
                let in_texts = |value: &&str| texts.iter().any(|text| stands_in(value, text));
                let found: Vec<&str> = column.dictionary().filter(in_texts).collect();
                let rare = found.iter().filter(|value| rows(value) < num::index(few));
                assert_eq!(linked.values, num::count(found.len()), "{linked:?} {found:?}");
                assert_eq!(linked.values_few, num::count(rare.count()), "{linked:?}");
            }
            assert_eq!(links.columns.len(), 2);
        }
    }

    #[test]
    fn a_search_holds_so_many_places_and_shows_no_cell() {
        let ward = Column::from_values((0..40).map(|i| format!("secret{i}"))).unwrap();
        let table = Table::new([("ward", ward)]).unwrap();
        let text = |i: usize| format!("secret{i} secret{} secret{}", (i + 1) % 40, (i + 2) % 40);
        let search = |room: usize| {
            let mut search = LinkSearch::new(&table, ["t"]).few(5);
            search.room = room;
            (0..80).for_each(|i| search.text_row([Some(text(i % 40).as_str())]));
            search
        };
        let (tight, wide) = (search(3 * (SET + 3) + 1), search(KEPT));
        assert_eq!((tight.fits.len(), tight.room, wide.fits.len()), (3, 1, 40));
        let debug = format!("{tight:?}");
        assert!(debug.contains("text_rows: 80") && !debug.contains("secret"), "{debug}");
        assert_eq!(tight.finish(), wide.finish());
    }
}
