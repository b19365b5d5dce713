//! What the cells of a column look like.

use std::collections::BTreeMap;

use super::{
    ColumnKind, ValueKind,
    distinct::Values,
    vote::{UNSURE, Vote},
};
use crate::{
    num,
    pii::{Confidence, Scanner},
    table::Column,
};

/// How the cells of a column are written.
pub(in crate::pipeline) fn value_kind(column: &Column) -> ValueKind {
    let mut content = Content::default();
    for row in 0..column.len() {
        if let Some(value) = column.cell(row).map(str::trim).filter(|value| !value.is_empty()) {
            content.examined += 1;
            content.shape(value, 1);
        }
    }
    content.value_kind()
}

/// What the cells of a column look like; all counts are rows, unless they say otherwise.
#[derive(Default)]
pub(super) struct Content {
    rows: u64,
    missing: u64,
    pub(super) examined: u64,
    pub(super) distinct: u64,
    /// Distinct values that were examined.
    pub(super) sampled: u64,
    pub(super) findings: BTreeMap<String, u64>,
    /// Cells that are one finding from end to end, by entity: all, and those that are very likely.
    whole: BTreeMap<String, (u64, u64)>,
    with_finding: u64,
    integers: u64,
    numbers: u64,
    dates: u64,
    other_dates: u64,
    codes: u64,
    characters: u64,
    words: u64,
    shortest: u64,
    longest: u64,
    least: f64,
    greatest: f64,
}

impl Content {
    /// Of a column called `name` with this many rows, and missing cells, and these values.
    pub(super) fn examine(
        name: &str,
        (rows, missing): (u64, u64),
        values: &Values,
        scanner: &Scanner,
    ) -> Self {
        let mut content = Content {
            rows,
            missing,
            distinct: values.distinct(),
            shortest: u64::MAX,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            ..Content::default()
        };
        for (value, rows) in values.kept() {
            content.sampled += 1;
            content.examined += rows;
            content.shape(value, rows);
            content.scan(name, value, rows, scanner);
        }
        content
    }

    fn shape(&mut self, value: &str, rows: u64) {
        let length = num::count(value.chars().count());
        self.characters += rows * length;
        self.words += rows * num::count(value.split_whitespace().count());
        self.shortest = self.shortest.min(length);
        self.longest = self.longest.max(length);
        if let Some(number) = decimal(value) {
            self.least = self.least.min(number);
            self.greatest = self.greatest.max(number);
            let count = if value.contains('.') { &mut self.numbers } else { &mut self.integers };
            *count += rows;
        } else if is_date(value) {
            self.dates += rows;
        } else if looks_like_date(value) {
            self.other_dates += rows;
        } else if !value.contains(char::is_whitespace) && value.contains(|c: char| c.is_ascii_digit()) {
            self.codes += rows;
        }
    }

    fn scan(&mut self, name: &str, value: &str, rows: u64, scanner: &Scanner) {
        let mut entities: BTreeMap<String, u64> = BTreeMap::new();
        for finding in scanner.scan_labelled(name, value.as_bytes()) {
            let entity = finding.entity().as_str();
            entities.insert(entity.to_owned(), rows);
            if finding.start() == 0 && finding.end() == value.len() {
                let (all, likely) = self.whole.entry(entity.to_owned()).or_default();
                *all += rows;
                *likely += if finding.confidence() >= Confidence::VERY_LIKELY { rows } else { 0 };
            }
        }
        self.with_finding += if entities.is_empty() { 0 } else { rows };
        for (entity, rows) in entities {
            *self.findings.entry(entity).or_default() += rows;
        }
    }

    fn share(&self, rows: u64) -> f64 {
        num::to_f64(rows) / num::to_f64(self.examined.max(1))
    }

    pub(super) fn value_kind(&self) -> ValueKind {
        let kinds = [
            (self.integers, ValueKind::Integer),
            (self.integers + self.numbers, ValueKind::Number),
            (self.dates, ValueKind::Date),
            (self.dates + self.other_dates, ValueKind::OtherDate),
            (self.codes + self.integers, ValueKind::Code),
        ];
        match kinds.into_iter().find(|(rows, _)| self.share(*rows) >= NEARLY_ALL) {
            _ if self.examined == 0 => ValueKind::Empty,
            Some((_, kind)) => kind,
            None => ValueKind::Text,
        }
    }

    pub(super) fn vote(&self, innocent: bool) -> Option<Vote> {
        if self.examined == 0 {
            return None;
        }
        self.vote_of_findings(innocent)
            .or_else(|| self.vote_of_text())
            .or_else(|| self.vote_of_uniqueness())
            .or_else(|| if innocent { None } else { self.vote_of_spread() })
    }

    fn vote_of_findings(&self, innocent: bool) -> Option<Vote> {
        let count = |(all, likely): &(u64, u64)| if innocent { *likely } else { *all };
        let (entity, _) = self.whole.iter().max_by_key(|(_, counts)| count(counts))?;
        let share = self.share(self.whole.values().map(count).sum());
        let kind = match entity.as_str() {
            "DATE_OF_BIRTH" | "GPS_COORDINATES" => ColumnKind::QuasiIdentifying,
            _ => ColumnKind::Identifying,
        };
        let why = format!("{} of examined cells are wholly a finding, mostly {entity}", percent(share));
        if share < SOME {
            None
        } else if share < MOST || entity == "URL" {
            // Too few to tell, or as likely a product's page as a person's: someone has to look.
            Vote::new(kind, UNSURE, why)
        } else {
            Vote::new(kind, if share < NEARLY_ALL { 0.9 } else { 0.95 }, why)
        }
    }

    fn vote_of_text(&self) -> Option<Vote> {
        let words = self.share(self.words);
        let inside = self.share(self.with_finding);
        let prose = words >= 4.0 && self.share(self.characters) >= 20.0;
        let repeats = self.distinct <= FEW && num::to_f64(self.distinct) <= 0.1 * num::to_f64(self.examined);
        if words >= 2.0 && inside >= 0.01 {
            let why = format!("{} of examined cells have a finding between other words", percent(inside));
            return Vote::new(ColumnKind::FreeText, if prose { 0.95 } else { 0.7 }, why);
        }
        if prose && !repeats {
            return Vote::new(ColumnKind::FreeText, 0.75, format!("{words:.0} words a cell on average"));
        }
        None
    }

    /// Rows that all differ: it does not take a name to single one out.
    fn vote_of_uniqueness(&self) -> Option<Vote> {
        let present = self.rows - self.missing;
        let share = (num::to_f64(self.distinct) / num::to_f64(present)).min(1.0);
        if present < ENOUGH_ROWS || share < NEARLY_ALL {
            return None;
        }
        let numbered = match self.value_kind() {
            // Measurements differ from row to row too; numbers of one length or without gaps are given out.
            ValueKind::Integer => {
                let gapless = self.greatest - self.least <= 2.0 * num::to_f64(self.distinct);
                gapless || (self.shortest == self.longest && self.shortest >= 5)
            }
            ValueKind::Code | ValueKind::Text => true,
            _ => false,
        };
        if !numbered {
            return None;
        }
        let why = format!("{} of rows have a value of their own, so it singles out rows", percent(share));
        Vote::new(ColumnKind::Identifying, 0.7, why)
    }

    fn vote_of_spread(&self) -> Option<Vote> {
        let distinct = self.distinct;
        let quasi = |confidence, why: String| Vote::new(ColumnKind::QuasiIdentifying, confidence, why);
        match self.value_kind() {
            ValueKind::Date | ValueKind::OtherDate => {
                quasi(0.7, format!("{distinct} distinct dates; dates of events can be known to others"))
            }
            ValueKind::Integer | ValueKind::Number if distinct > 20 => {
                quasi(0.6, format!("{distinct} distinct numbers; exact numbers single out rows"))
            }
            ValueKind::Code | ValueKind::Text if distinct > FEW => {
                quasi(0.5, format!("{distinct} distinct values; rare ones single out rows"))
            }
            _ => None,
        }
    }
}

/// The number that `value` is, written with digits, at most one sign and at most one point.
pub(in crate::pipeline) fn decimal(value: &str) -> Option<f64> {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if all_digits(whole) && all_digits(fraction) { value.parse().ok() } else { None }
}

fn is_date(value: &str) -> bool {
    value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok()
}

/// `31.12.1999`, `12/31/99`, or a date and a time of day.
fn looks_like_date(value: &str) -> bool {
    if value.get(..10).is_some_and(is_date) {
        return value[10..].starts_with(['T', ' ']);
    }
    let parts: Vec<&str> = value.split(['.', '/', '-']).collect();
    let digits =
        |s: &str, lengths: &[usize]| lengths.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    match parts[..] {
        [a, b, c] => {
            let short = |s: &str| digits(s, &[1, 2]) && s.parse().is_ok_and(|n: u8| (1..=31).contains(&n));
            (short(a) && short(b) && digits(c, &[4]))
                || (digits(a, &[4]) && short(b) && short(c))
                || (value.contains('/') && short(a) && short(b) && digits(c, &[2]))
        }
        _ => false,
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
/// Below this share of cells a finding is chance. From there to [`MOST`] a person has to look: of random digits
/// of a card's length, one in ten passes Luhn.
const SOME: f64 = 0.05;
const MOST: f64 = 0.5;
const NEARLY_ALL: f64 = 0.95;
/// Values that differ in fewer rows than this differ by chance.
const ENOUGH_ROWS: u64 = 50;
/// So many values are a list of categories.
const FEW: u64 = 50;
