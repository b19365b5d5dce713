//! What each column of a table is, as far as its name and its cells tell, and which columns single rows out together.
//!
//! Two votes that know nothing of each other, both shown: the *name*, read as whole words, and the *content*,
//! by the share of cells and not by a single hit. Cells are examined whatever their type, and a column in which
//! nothing could be examined is [`ColumnKind::Unknown`], never fine.
//!
//! Each rule answers a fault that column taggers have: a year code becomes a card verification value, context
//! words match inside words, numeric columns are not scanned, success is reported with nothing examined, and
//! nobody can say why a column was tagged.
//!
//! One pass, in memory that does not grow with the number of rows: beyond 20,000 distinct values of a column, or 16,000
//! combinations of a set of columns, counts come from samples, and say so ([`distinct`]).

mod content;
mod distinct;
mod names;
mod sets;
mod vote;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

pub(super) use content::{decimal, value_kind};
pub(super) use names::{is_birth, is_postal, numbers_persons};

use self::{
    content::Content,
    distinct::{Values, hash},
    sets::Sets,
};
use super::threads;
use crate::{
    error::{Error, Result},
    num,
    pii::Scanner,
    table::{Column, Rows, Table},
};

/// What the columns of a table seem to be, and which of them single rows out. Holds values of the table, which neither
/// `Debug` nor `Serialize` show.
///
/// # Examples
/// ```
/// use incog::{pii::Scanner, pipeline, table::{Column, Table}};
/// # let table = Table::new([
/// #     ("mail", Column::from_values(["ada@example.org", "bob@example.org", "cy@example.org"])?),
/// #     ("born", Column::from_values(["1961-03-12", "1961-03-12", "1970-01-31"])?),
/// #     ("sex", Column::from_values(["f", "m", "m"])?),
/// # ])?;
/// let profile = pipeline::profile(&table, &Scanner::new())?;
/// for column in &profile.columns {
///     println!("{}: {}, since {}", column.name, column.kind.word(), column.why.join("; "));
/// }
/// assert_eq!((profile.rows, profile.columns.len()), (3, 3));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// Rows of the table.
    pub rows: u64,
    /// Each column, in the order of the table.
    pub columns: Vec<ColumnProfile>,
    /// The smallest sets of columns that single out at least a twentieth of the rows.
    pub sets: Vec<ColumnSet>,
    /// All columns together that were combined in sets.
    pub together: Option<ColumnSet>,
    /// What should be known about the sets.
    pub notes: Vec<String>,
    /// Values of each column: all, or a sample.
    #[serde(skip)]
    values: Vec<Column>,
}

/// Columns, and how many rows they single out.
///
/// # Examples
/// ```
/// use incog::{pii::Scanner, pipeline, table::{Column, Table}};
/// # let table = Table::new([
/// #     ("mail", Column::from_values(["ada@example.org", "bob@example.org", "cy@example.org"])?),
/// #     ("born", Column::from_values(["1961-03-12", "1961-03-12", "1970-01-31"])?),
/// #     ("sex", Column::from_values(["f", "m", "m"])?),
/// # ])?;
/// let profile = pipeline::profile(&table, &Scanner::new())?;
/// let together = profile.together.expect("two columns that others may know");
/// assert_eq!((together.columns, together.singled_out), (vec!["born".to_owned(), "sex".to_owned()], 1.0));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnSet {
    /// Their names.
    pub columns: Vec<String>,
    /// The share of rows whose combination of values no other row has. A missing cell is a value here.
    pub singled_out: f64,
    /// Whether there were too many combinations to count them exactly; the share is then about 1 % off.
    pub estimated: bool,
}

/// What a column seems to be, and why. A proposal for a person to check; holds no value of the column.
///
/// # Examples
/// ```
/// use incog::{pii::Scanner, pipeline, table::{Column, Table}};
/// # let table = Table::new([
/// #     ("mail", Column::from_values(["ada@example.org", "bob@example.org", "cy@example.org"])?),
/// #     ("born", Column::from_values(["1961-03-12", "1961-03-12", "1970-01-31"])?),
/// #     ("sex", Column::from_values(["f", "m", "m"])?),
/// # ])?;
/// let profile = pipeline::profile(&table, &Scanner::new())?;
/// let mail = &profile.columns[0];
/// assert_eq!((mail.examined, mail.distinct, mail.singled_out), (3, 3, 1.0));
/// assert_eq!(mail.findings["EMAIL_ADDRESS"], 3);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ColumnProfile {
    /// Name of the column.
    pub name: String,
    /// What it seems to be.
    pub kind: ColumnKind,
    /// How far name and content support that, from 0 to 1. A rank, not a probability.
    pub confidence: f64,
    /// What speaks for it, each a sentence without cell content. Never empty.
    pub why: Vec<String>,
    /// Rows of the table.
    pub rows: u64,
    /// Rows whose cell was examined: of all distinct values, or of a sample of them that `why` tells of.
    pub examined: u64,
    /// Rows whose cell is missing or blank.
    pub missing: u64,
    /// Distinct values, missing and blank ones not counted; about, if `estimated`.
    pub distinct: u64,
    /// The share of rows whose value no other row has; about, if `estimated`.
    pub singled_out: f64,
    /// Whether there were too many values to count them exactly.
    pub estimated: bool,
    /// How nearly all examined cells are written.
    pub value_kind: ValueKind,
    /// Examined rows with a finding, by entity.
    pub findings: BTreeMap<String, u64>,
}

/// What a column is to someone who wants to know whose row it is.
///
/// # Examples
/// What was not examined is not harmless:
/// ```
/// use incog::{pii::Scanner, pipeline::{self, ColumnKind}, table::{Column, Table}};
/// let table = Table::new([
///     ("ACADEMIC_YEAR_CODE", Column::from_values(["1999", "2000"])?),
///     ("fax", Column::from_values(["", ""])?),
/// ])?;
/// let kinds = pipeline::profile(&table, &Scanner::new())?.columns.into_iter().map(|column| column.kind);
/// let may_leave = kinds.map(|kind| (kind.word(), matches!(kind, ColumnKind::Other)));
/// assert!(may_leave.eq([("other", true), ("unknown", false)]));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ColumnKind {
    /// It names a person or a row.
    Identifying,
    /// With others it can single out a person, and someone may know it.
    QuasiIdentifying,
    /// What nobody should learn about a person.
    Sensitive,
    /// Sentences, which may hold anything.
    FreeText,
    /// Neither name nor content says that it is about a person.
    Other,
    /// Nothing was examined.
    Unknown,
}

/// How cells are written.
///
/// # Examples
/// ```
/// use incog::{pii::Scanner, pipeline::{self, ValueKind}, table::{Column, Table}};
/// let table = Table::new([("a", Column::from_values(["31.12.1999"])?), ("b", Column::from_values(["1999-12-31"])?)])?;
/// let kinds = pipeline::profile(&table, &Scanner::new())?.columns.into_iter().map(|column| column.value_kind);
/// assert!(kinds.eq([ValueKind::OtherDate, ValueKind::Date]), "the second is what a hierarchy of dates takes");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ValueKind {
    /// Digits, perhaps with a sign.
    Integer,
    /// Digits with a decimal point, at least some of them.
    Number,
    /// `YYYY-MM-DD`.
    Date,
    /// Dates written in another way, or with a time of day.
    OtherDate,
    /// One word with digits in it.
    Code,
    /// Words, or a mixture.
    Text,
    /// Nothing was examined.
    Empty,
}

/// Profiles `table`.
///
/// # Errors
/// `Data` if the table has no columns.
///
/// # Examples
/// ```
/// use incog::{pii::Scanner, pipeline::{self, ColumnKind}, table::{Column, Table}};
/// let table = Table::new([
///     ("contact", Column::from_values(["ada@example.org", "bob@example.org"])?),
///     ("ACADEMIC_YEAR_CODE", Column::from_values(["1999", "2000"])?),
///     ("fax", Column::from_values(["", ""])?),
/// ])?;
/// let profile = pipeline::profile(&table, &Scanner::new())?;
/// let kinds: Vec<_> = profile.columns.iter().map(|p| p.kind).collect();
/// assert_eq!(kinds, [ColumnKind::Identifying, ColumnKind::Other, ColumnKind::Unknown]);
/// assert_eq!((profile.sets[0].columns[0].as_str(), profile.sets[0].singled_out), ("ACADEMIC_YEAR_CODE", 1.0));
///
/// let nothing = Table::new::<&str>([])?;
/// let error = pipeline::profile(&nothing, &Scanner::new()).unwrap_err();
/// assert_eq!(error.to_string(), "the file is empty; a table starts with a line of column names");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn profile(table: &Table, scanner: &Scanner) -> Result<Profile> {
    let mut profiler = Profiler::new(scanner.clone());
    let mut rows = Rows::default();
    while rows.follow(table) {
        profiler.take(table.names(), &rows);
    }
    profiler.finish(table.names())
}

/// Profiles a table that is read some rows at a time.
///
/// # Guarantee
/// For all tables, memory does not grow with the number of rows.
///
/// # Examples
/// ```
/// use incog::{pii::Scanner, pipeline::Profiler, table::{Rows, csv::{Dialect, Reader}}};
/// let mut reader = Reader::new("sex,age\nf,30\nm,31\nf,31\n".as_bytes(), Dialect::default())?;
/// let (mut profiler, mut rows) = (Profiler::new(Scanner::new()), Rows::default());
/// while reader.next_rows(&mut rows)? {
///     profiler.take(reader.names(), &rows);
/// }
/// let profile = profiler.finish(reader.names())?;
/// let set = profile.sets.iter().find(|set| set.columns == ["sex"]).expect("one row is the only man's");
/// assert_eq!((profile.rows, set.singled_out), (3, 0.3333));
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Profiler {
    scanner: Scanner,
    columns: Vec<Accumulated>,
    sets: Option<Sets>,
    rows: u64,
}

/// What is known of a column so far.
#[derive(Default)]
struct Accumulated {
    missing: u64,
    values: Values,
    /// Hashes of the cells of the rows at hand.
    hashes: Vec<u64>,
}

impl Profiler {
    /// Searches cells with `scanner`.
    #[must_use]
    pub fn new(scanner: Scanner) -> Self {
        Profiler { scanner, columns: Vec::new(), sets: None, rows: 0 }
    }

    /// Looks at `rows`, whose columns are `names`. Later rows may have more columns.
    pub fn take(&mut self, names: &[String], rows: &Rows) {
        while self.columns.len() < rows.columns() {
            self.columns.push(Accumulated { missing: self.rows, ..Accumulated::default() });
        }
        self.rows += num::count(rows.len());
        let mut columns: Vec<(usize, &mut Accumulated)> = self.columns.iter_mut().enumerate().collect();
        threads::each(&mut columns, |(at, column)| column.take(*at, rows));
        let mut sets = match self.sets.take() {
            Some(sets) => sets,
            None => Sets::new(&self.profiles(names)),
        };
        sets.take(&self.columns.iter().map(|c| &*c.hashes).collect::<Vec<_>>(), rows.len());
        self.sets = Some(sets);
    }

    /// The profile of all rows, whose columns are `names`.
    ///
    /// # Errors
    /// `Data` if there are no columns.
    pub fn finish(mut self, names: &[String]) -> Result<Profile> {
        if names.is_empty() {
            return Err(Error::empty_table());
        }
        self.columns
            .resize_with(names.len(), || Accumulated { missing: self.rows, ..Accumulated::default() });
        let columns = self.profiles(names);
        let values =
            self.columns.iter().map(|c| Column::from_values(c.values.kept().into_iter().map(|v| v.0)));
        let values = values.collect::<Result<_>>()?;
        let sets = self.sets.unwrap_or_else(|| Sets::new(&columns));
        let notes = notes(&columns, sets.columns());
        let (sets, together) = sets.finish(names);
        Ok(Profile { rows: self.rows, columns, sets, together, notes, values })
    }

    fn profiles(&self, names: &[String]) -> Vec<ColumnProfile> {
        let mut columns: Vec<_> = names.iter().zip(&self.columns).map(|(n, c)| (n, c, None)).collect();
        threads::each(&mut columns, |(name, column, profile)| {
            *profile = Some(column.profile(name, self.rows, &self.scanner));
        });
        columns.into_iter().filter_map(|(_, _, profile)| profile).collect()
    }
}

impl Accumulated {
    /// Takes the cells of column `at`.
    fn take(&mut self, at: usize, rows: &Rows) {
        self.hashes.clear();
        for row in 0..rows.len() {
            let cell = if at < rows.columns() { rows.cell(row, at) } else { None };
            let cell = cell.map(str::trim).filter(|cell| !cell.is_empty());
            let hash = hash(cell);
            self.hashes.push(hash);
            match cell {
                Some(cell) => self.values.add(hash, cell),
                None => self.missing += 1,
            }
        }
    }

    fn profile(&self, name: &str, rows: u64, scanner: &Scanner) -> ColumnProfile {
        let words = names::words(name);
        let name_vote = names::vote(&words);
        let innocent = name_vote.is_none() && words.iter().any(|w| names::holds(names::INNOCENT, w));
        let content = Content::examine(name, (rows, self.missing), &self.values, scanner);
        let content_vote = content.vote(innocent);

        let mut why = Vec::new();
        match &name_vote {
            Some(vote) => why.push(format!("name: {}", vote.why)),
            None if innocent => {
                why.push("name: a word for codes, years or versions, so weak signs do not count".to_owned());
            }
            None => why.push("name: no known word".to_owned()),
        }
        match &content_vote {
            Some(vote) => why.push(format!("content: {}", vote.why)),
            None if content.examined == 0 => {
                why.push("content: no cell was examined, so nothing is known".to_owned());
            }
            None => why.push(format!("content: {} distinct values, no sign of a person", content.distinct)),
        }
        if !self.values.is_exact() {
            why.push(format!(
                "{} of about {} distinct values were examined",
                content.sampled, content.distinct
            ));
        }
        let (kind, confidence) = if content.examined == 0 {
            (ColumnKind::Unknown, 0.0)
        } else {
            vote::decide(name_vote, content_vote, &mut why)
        };
        let single = num::to_f64(self.values.single()) / num::to_f64(rows.max(1));
        ColumnProfile {
            name: name.to_owned(),
            kind,
            confidence: (confidence * 1000.0).round() / 1000.0,
            why,
            rows,
            examined: content.examined,
            missing: self.missing,
            distinct: content.distinct,
            singled_out: (single.min(1.0) * 1e4).round() / 1e4,
            estimated: !self.values.is_exact(),
            value_kind: content.value_kind(),
            findings: content.findings,
        }
    }
}

/// What should be known about sets of the columns at `combined`.
fn notes(columns: &[ColumnProfile], combined: &[usize]) -> Vec<String> {
    let left_out = |test: &dyn Fn(&ColumnProfile) -> bool| -> Vec<&str> {
        let others = columns.iter().enumerate().filter(|(at, p)| !combined.contains(at) && test(p));
        others.map(|(_, p)| p.name.as_str()).collect()
    };
    let alone = |p: &ColumnProfile| {
        matches!(p.kind, ColumnKind::Identifying | ColumnKind::FreeText | ColumnKind::Unknown)
    };
    let mut notes = vec![format!(
        "sets of up to three columns are counted; one is listed if it singles out at least {:.0} % of the rows and no \
         smaller one in it does",
        100.0 * sets::SINGLED_OUT
    )];
    let names = left_out(&alone);
    if !names.is_empty() {
        notes.push(format!(
            "not in sets, because they identify by themselves, are text or empty: {}",
            names.join(", ")
        ));
    }
    let names = left_out(&|p| !alone(p));
    if !names.is_empty() {
        notes.push(format!("not in sets, which take {} columns: {}", sets::COLUMNS, names.join(", ")));
    }
    notes
}

impl Profile {
    /// Values of the column at this place: all, or a sample.
    pub(super) fn values(&self, at: usize) -> &Column {
        &self.values[at]
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("rows", &self.rows)
            .field("columns", &self.columns)
            .field("sets", &self.sets)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Profiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiler").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl ValueKind {
    /// The word for it in locks and profiles.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            ValueKind::Integer => "integer",
            ValueKind::Number => "number",
            ValueKind::Date => "date",
            ValueKind::OtherDate => "other_date",
            ValueKind::Code => "code",
            ValueKind::Text => "text",
            ValueKind::Empty => "empty",
        }
    }
}

impl ColumnKind {
    /// The word for it in profiles.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            ColumnKind::Identifying => "identifying",
            ColumnKind::QuasiIdentifying => "quasi-identifying",
            ColumnKind::Sensitive => "sensitive",
            ColumnKind::FreeText => "free text",
            ColumnKind::Other => "other",
            ColumnKind::Unknown => "unknown",
        }
    }
}
