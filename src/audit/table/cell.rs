//! Released cells as sets of values, read from their text.
//!
//! | text | stands for |
//! |---|---|
//! | `*` | everything |
//! | `[30, 35)`, `[30, 34]` | numbers, dates or texts between; ends may be such cells themselves |
//! | `941**` | texts of this length that begin so |
//! | `1964-02`, `1964-Q1`, `1964`, `1960-1964` | dates (`YYYY-MM-DD`) in it; two whole numbers also stand for those between |
//! | `192.0.2.0/24`, `2001:db8::/48` | addresses in the network |
//! | the name of a group | the values that a [`Meaning`] gives it |
//! | anything else | itself |
//!
//! Every text also stands for itself; a missing cell stands for a missing value, and so does nothing else but `*` and a
//! group with the empty text.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    net::IpAddr,
    rc::Rc,
};

use super::meaning::Meaning;
use crate::{num, table::Column};

/// One cell.
#[derive(Clone)]
pub(super) struct Cell<'t> {
    /// None: missing.
    pub(super) label: Option<&'t str>,
    pub(super) set: Set<'t>,
}

/// What a cell stands for beside its own text.
#[derive(Clone)]
pub(super) enum Set<'t> {
    Any,
    /// Nothing else.
    Own,
    Numbers {
        low: f64,
        high: f64,
        closed: bool,
    },
    Days {
        first: String,
        last: String,
    },
    /// `1960-1964`: whole numbers, or days of these years.
    Years {
        low: f64,
        high: f64,
        first: String,
        last: String,
    },
    Texts {
        low: &'t str,
        high: &'t str,
    },
    Prefix {
        stem: &'t str,
        length: usize,
    },
    Network {
        bits: u128,
        length: u32,
        width: u32,
    },
    Group(&'t HashSet<String>),
}

/// A value that may be in cells.
#[derive(Clone, Copy, Default)]
pub(super) struct Value<'t> {
    /// None: missing.
    pub(super) text: Option<&'t str>,
    pub(super) number: Option<f64>,
    pub(super) is_date: bool,
}

impl<'t> Value<'t> {
    pub(super) fn new(text: Option<&'t str>) -> Self {
        Value { text, number: text.and_then(number), is_date: text.is_some_and(is_date) }
    }
}

impl<'t> Cell<'t> {
    pub(super) fn new(label: Option<&'t str>, meaning: Option<&'t Meaning>) -> Self {
        let Some(text) = label else { return Cell::own(None) };
        // Cells that a spreadsheet would run are released with an apostrophe in front.
        let text = match text.strip_prefix('\'') {
            Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
            _ => text,
        };
        let set = if text == "*" {
            Set::Any
        } else if let Some(values) = meaning.and_then(|m| m.values(text)) {
            Set::Group(values)
        } else {
            range(text)
                .or_else(|| years(text))
                .or_else(|| days(text).map(|(first, last)| Set::Days { first, last }))
                .or_else(|| prefix(text))
                .or_else(|| network(text))
                .unwrap_or(Set::Own)
        };
        Cell { label: Some(text), set }
    }

    /// The value itself.
    pub(super) fn own(label: Option<&'t str>) -> Self {
        Cell { label, set: Set::Own }
    }

    pub(super) fn holds(&self, value: &Value<'_>) -> bool {
        let Some(text) = value.text else {
            return match &self.set {
                Set::Any => true,
                Set::Group(values) => values.contains(""),
                _ => self.label.is_none(),
            };
        };
        if self.label == Some(text) {
            return true;
        }
        let in_days = |first: &str, last: &str| value.is_date && (first..=last).contains(&text);
        match &self.set {
            Set::Any => true,
            Set::Own => false,
            Set::Numbers { low, high, closed } => {
                value.number.is_some_and(|x| *low <= x && (x < *high || *closed && x <= *high))
            }
            Set::Days { first, last } => in_days(first, last),
            Set::Years { low, high, first, last } => {
                in_days(first, last) || value.number.is_some_and(|x| *low <= x && x <= *high)
            }
            Set::Texts { low, high } => (*low..=*high).contains(&text),
            Set::Prefix { stem, length } => text.starts_with(stem) && text.chars().count() == *length,
            Set::Network { bits, length, width } => address(text)
                .is_some_and(|(other, of)| of == *width && same_network(*bits, other, *length, of)),
            Set::Group(values) => values.contains(text),
        }
    }

    /// Whether it stands for more than its text.
    pub(super) fn is_general(&self) -> bool {
        !matches!(self.set, Set::Own)
    }

    pub(super) fn is_everything(&self) -> bool {
        matches!(self.set, Set::Any)
    }
}

/// The cells of one released column, by code.
pub(super) struct Cells<'t> {
    pub(super) column: &'t Column,
    pub(super) cells: Vec<Cell<'t>>,
    /// Codes by their text.
    by_text: HashMap<&'t str, Vec<u32>>,
    /// Codes of cells that stand for more than their text.
    general: Vec<u32>,
    missing: Option<u32>,
    /// Rows with each code.
    pub(super) rows: Vec<u64>,
    /// Codes that hold a value of the original, by its code.
    known: RefCell<HashMap<u32, Rc<[u32]>>>,
}

impl<'t> Cells<'t> {
    pub(super) fn new(column: &'t Column, meaning: Option<&'t Meaning>) -> Self {
        let mut rows = vec![0u64; column.dictionary_len()];
        column.codes().iter().for_each(|&code| rows[num::index(code)] += 1);
        let missing = column.missing_code();
        let mut by_text: HashMap<&str, Vec<u32>> = HashMap::new();
        let (mut cells, mut general) = (Vec::with_capacity(rows.len()), Vec::new());
        for (code, text) in (0u32..).zip(column.dictionary()) {
            let cell = Cell::new((Some(code) != missing).then_some(text), meaning);
            if rows[num::index(code)] > 0 {
                if let Some(label) = cell.label {
                    by_text.entry(label).or_default().push(code);
                }
                if !matches!(cell.set, Set::Own) {
                    general.push(code);
                }
            }
            cells.push(cell);
        }
        Cells { column, cells, by_text, general, missing, rows, known: RefCell::default() }
    }

    /// The codes of cells that hold `value`, ascending.
    pub(super) fn holding(&self, value: &Value<'_>) -> Vec<u32> {
        let mut codes = match value.text {
            Some(text) => self.by_text.get(text).cloned().unwrap_or_default(),
            None => self.missing.filter(|&code| self.rows[num::index(code)] > 0).into_iter().collect(),
        };
        codes.extend(self.general.iter().filter(|&&code| self.cells[num::index(code)].holds(value)));
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The same for the value of `code` in the original column, looked for once.
    pub(super) fn holding_code(&self, code: u32, value: &Value<'_>) -> Rc<[u32]> {
        let mut known = self.known.borrow_mut();
        known.entry(code).or_insert_with(|| self.holding(value).into()).clone()
    }

    /// Released rows whose cell in this column is a name that nobody explained: neither a value of `original` nor a set.
    pub(super) fn opaque_rows(&self, original: &Column) -> u64 {
        let values: HashSet<&str> = original.dictionary().collect();
        let is_opaque = |cell: &Cell<'_>| {
            matches!(cell.set, Set::Own) && cell.label.is_some_and(|label| !values.contains(label))
        };
        self.cells.iter().zip(&self.rows).filter(|(cell, _)| is_opaque(cell)).map(|(_, &rows)| rows).sum()
    }
}

fn number(text: &str) -> Option<f64> {
    let starts = text.trim().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    text.trim().parse().ok().filter(|x: &f64| starts && x.is_finite())
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(i, b)| if matches!(i, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() })
}

/// `[low, high)` or `[low, high]`.
fn range(text: &str) -> Option<Set<'_>> {
    let inner = text.strip_prefix('[')?;
    let (inner, closed) = match inner.strip_suffix(']') {
        Some(inner) => (inner, true),
        None => (inner.strip_suffix(')')?, false),
    };
    // Texts may hold the separator: the first place at which both sides make sense.
    for (at, separator) in inner.match_indices(", ") {
        let (low, high) = (&inner[..at], &inner[at + separator.len()..]);
        if let (Some((low, ..)), Some((_, high, open_end))) = (extent(low), extent(high)) {
            return Some(Set::Numbers { low, high, closed: closed && !open_end });
        }
        if let (Some((first, _)), Some((_, last))) = (days(low), days(high)) {
            return Some(Set::Days { first, last });
        }
    }
    let (low, high) = inner.split_once(", ").filter(|_| closed)?;
    Some(Set::Texts { low, high })
}

/// The ends of a number, or of a range of numbers, and whether the upper one is outside.
fn extent(text: &str) -> Option<(f64, f64, bool)> {
    if let Some(x) = number(text) {
        return Some((x, x, false));
    }
    match range(text)? {
        Set::Numbers { low, high, closed } => Some((low, high, !closed)),
        _ => None,
    }
}

/// `1960-1964`, `20-29`.
fn years(text: &str) -> Option<Set<'_>> {
    let (first, last) = text.split_once('-')?;
    let digits = |s: &str| !s.is_empty() && s.len() <= 9 && s.bytes().all(|b| b.is_ascii_digit());
    let (low, high) = (number(first)?, number(last)?);
    // `1964-02` is a month.
    let is_month = first.len() == 4 && last.len() == 2;
    let first_day = format!("{first:0>4}-00-00");
    (digits(first) && digits(last) && !is_month && low <= high).then(|| Set::Years {
        low,
        high,
        first: first_day,
        last: format!("{last:0>4}-99-99"),
    })
}

/// The first and the last text that dates of a day, a month, a quarter, a year or several can have.
fn days(text: &str) -> Option<(String, String)> {
    if is_date(text) {
        return Some((text.to_owned(), text.to_owned()));
    }
    let year = text.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit()))?;
    let both = |first: &str, last: &str| Some((format!("{year}-{first}"), format!("{year}-{last}")));
    match &text[4..] {
        "" => both("00-00", "99-99"),
        "-Q1" => both("01-00", "03-99"),
        "-Q2" => both("04-00", "06-99"),
        "-Q3" => both("07-00", "09-99"),
        "-Q4" => both("10-00", "12-99"),
        rest => {
            let later = rest.strip_prefix('-').filter(|l| l.bytes().all(|b| b.is_ascii_digit()))?;
            match later.len() {
                2 => both(&format!("{later}-00"), &format!("{later}-99")),
                4 => Some((format!("{year}-00-00"), format!("{later}-99-99"))),
                _ => None,
            }
        }
    }
}

fn prefix(text: &str) -> Option<Set<'_>> {
    let stem = text.trim_end_matches('*');
    let is_prefix = stem.len() < text.len() && !stem.is_empty() && !stem.contains('*');
    is_prefix.then(|| Set::Prefix { stem, length: text.chars().count() })
}

fn network(text: &str) -> Option<Set<'_>> {
    let (base, length) = text.split_once('/')?;
    let (bits, width) = address(base)?;
    let length: u32 = length.parse().ok().filter(|&length| length <= width)?;
    Some(Set::Network { bits, length, width })
}

fn address(text: &str) -> Option<(u128, u32)> {
    Some(match text.trim().parse().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    })
}

fn same_network(a: u128, b: u128, length: u32, width: u32) -> bool {
    (a ^ b).checked_shr(width - length).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_what_a_reader_takes_it_for() {
        let meaning = Meaning::default().group("north", ["A", "B"]).group("?", ["", "n/a"]);
        // (cell, values that it holds, values that it does not)
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("*", &["x", "5", ""], &[]),
            ("[30, 35)", &["30", "34.9", "[30, 35)"], &["35", "29", "x", ""]),
            ("[30, 35]", &["30", "35"], &["36"]),
            ("[-5, 5)", &["-5", "0"], &["5"]),
            ("[[20, 25), [30, 35))", &["20", "34"], &["35", "19"]),
            ("[[20, 25), [30, 35)]", &["20", "34"], &["35", "19"]),
            ("[apple, pear]", &["apple", "fig", "pear"], &["plum", "aa"]),
            ("[1964-02-01, 1964-03-31]", &["1964-02-29"], &["1964-04-01", "x"]),
            ("[1964-02, 1964-03]", &["1964-03-31"], &["1964-01-31", "1964-04-01"]),
            ("941**", &["94110", "941xx"], &["94210", "9411", "941101"]),
            ("1964-02", &["1964-02-29"], &["1964-03-01", "1964"]),
            ("1964-Q1", &["1964-03-31"], &["1964-04-01"]),
            ("1964", &["1964-12-31", "1964"], &["1965-01-01", "1965"]),
            ("1960-1964", &["1964-12-31", "1962"], &["1965-01-01", "1965"]),
            ("20-29", &["20", "29"], &["30", "19"]),
            ("192.0.2.0/24", &["192.0.2.77"], &["192.0.3.1", "x"]),
            ("0.0.0.0/0", &["192.0.2.77"], &["2001:db8::1"]),
            ("2001:db8::/32", &["2001:DB8::1"], &["2001:db9::1", "1.2.3.4"]),
            ("north", &["A", "B", "north"], &["C", ""]),
            ("?", &["", "n/a", "?"], &["A"]),
            ("'-5", &["-5"], &["5"]),
            ("x", &["x"], &["y", "", "X"]),
        ];
        for (label, inside, outside) in cases {
            let cell = Cell::new(Some(label), Some(&meaning));
            let holds = |v: &&str| cell.holds(&Value::new(Some(*v).filter(|v| !v.is_empty())));
            for value in *inside {
                assert!(holds(value), "{label} holds {value:?}");
            }
            for value in *outside {
                assert!(!holds(value), "{label} does not hold {value:?}");
            }
        }
        let missing = Cell::new(None, None);
        assert!(missing.holds(&Value::new(None)) && !missing.holds(&Value::new(Some("x"))));
    }

    #[test]
    fn cells_are_found_as_by_trying_each() {
        let labels = ["*", "[0, 5)", "[3, 9]", "3", "7", "x", "1*", "4"];
        let column = Column::from_values(labels).unwrap();
        let cells = Cells::new(&column, None);
        for text in ["3", "4", "7", "9", "12", "x", "y"] {
            let value = Value::new(Some(text));
            let each: Vec<u32> =
                (0u32..8).filter(|&code| cells.cells[num::index(code)].holds(&value)).collect();
            assert_eq!(cells.holding(&value), each, "{text}");
        }
        let original = Column::from_values(["3", "4", "7"]).unwrap();
        assert_eq!(cells.opaque_rows(&original), 1, "x");
    }
}
