//! One reading of an input: everything that needs its rows gets them, a stretch at a time.
//!
//! ```text
//!   file ──> rows ──> too old? ──> columns that models and statistics need      held, 4 bytes a cell
//!                                  releases that are made row by row            never held
//!                                  a sample for the schema lock                 at most 10,000 rows
//! ```
//!
//! The next stretch is read while one is worked on (feature `rayon`). Memory is that of the held columns (4 bytes a cell
//! and each distinct value once) and otherwise bounded, whatever the size of the file: two stretches of about 1 MiB and
//! what is made of them, the longest row, 16 MiB of sample, and for all releases that are made row by row together
//! [`MEMORY`] and 16 MiB of buffers each.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use jiff::civil::Date;

use super::{
    Progress,
    engine::{Remote, Seen},
    policy::{Decimal, InputPolicy, Policy, Undated, Undeclared},
    sample::Sample,
    source::{Source, of_file},
    stream::{Collected, Stream},
    threads,
    write::Written,
};
use crate::{
    error::{Error, Result},
    num,
    table::{ColumnBuilder, Rows, Table},
};

/// An input that is open, its header read.
pub(super) struct Pass<'p> {
    input: &'p InputPolicy,
    source: Origin<'p>,
}

/// Where the rows come from.
enum Origin<'p> {
    File(Box<Source<'p>>),
    Engine(Remote<'p>),
}

/// What a reading left.
pub(super) struct Passed {
    pub(super) input: Input,
    /// What each stream made.
    pub(super) collected: Vec<Collected>,
}

/// An input that was read: what is held of it, and what names it.
pub(super) struct Input {
    /// All its columns.
    pub(super) names: Vec<String>,
    /// The columns that models and statistics need.
    pub(super) table: Table,
    /// Rows from all over it, with all columns.
    pub(super) sample: Table,
    /// How what is released of it is written down.
    pub(super) written: Written,
    pub(super) sha256: String,
    /// The oldest day that rows may have.
    oldest: Option<Date>,
    /// Rows that are used.
    pub(super) rows: u64,
    /// Rows that were too old, or had no date.
    pub(super) dropped: u64,
    /// The file that an engine read, and may be asked about again.
    pub(super) seen: Option<Seen>,
}

/// Where rows go that are made one by one.
#[derive(Clone, Copy)]
pub(super) enum Keep<'f> {
    /// In memory as long as it does; beyond, they are made only to see whether they can be.
    InMemory,
    /// Into files below this folder, when memory does not do.
    In(&'f Path),
}

impl Input {
    /// Names the rows that are used: the same file on another day may have fewer that are not too old.
    pub(super) fn version(&self) -> String {
        self.oldest.map_or_else(|| self.sha256.clone(), |oldest| format!("{}/{oldest}", self.sha256))
    }
}

impl<'p> Pass<'p> {
    /// Opens the file of `input`, or asks the engine of `policy` about it.
    pub(super) fn open(policy: &'p Policy, input: &'p InputPolicy) -> Result<Self> {
        let source = match policy.engine.0.as_deref() {
            None => Origin::File(Box::new(Source::open(input, &policy.parquet)?)),
            Some(engine) => Origin::Engine(Remote::open(engine, input)?),
        };
        Ok(Pass { input, source })
    }

    /// The names of the columns, as far as they are known before the rows are read.
    pub(super) fn names(&self) -> &[String] {
        match &self.source {
            Origin::File(source) => source.names(),
            Origin::Engine(remote) => &remote.shape.columns,
        }
    }

    /// What the columns of the file and of the policy have against each other, as far as that is known.
    pub(super) fn faults(&self) -> Vec<Error> {
        // The fields of JSON Lines are known at their end.
        match &self.source {
            Origin::File(source) if source.grows() => Vec::new(),
            Origin::File(source) => faults(self.input, source.names(), |column| source.has(column)),
            Origin::Engine(Remote { shape, .. }) => {
                faults(self.input, &shape.columns, |column| shape.columns.iter().any(|c| c == column))
            }
        }
    }

    /// Reads all rows. `coded` columns are held. A fault of the columns of JSON Lines is only known at the end.
    ///
    /// # Errors
    /// Those of reading, and the first of what a stream cannot make.
    pub(super) fn run(
        self,
        coded: &BTreeSet<&str>,
        streams: &[Stream<'_>],
        keep: Keep<'_>,
        progress: Progress<'_>,
    ) -> Result<(Passed, Vec<Error>)> {
        let budget = MEMORY / streams.len().max(1);
        let folder: Option<PathBuf> = match keep {
            Keep::InMemory => None,
            Keep::In(folder) => Some(folder.join(&self.input.name)),
        };
        let collected = || streams.iter().map(|s| s.collected(folder.as_deref(), budget)).collect();
        let input = self.input;
        match self.source {
            Origin::File(source) => {
                let work = Work::new(input, coded, (streams, collected()), source.names())?;
                from_file(*source, work, progress)
            }
            Origin::Engine(remote) if streams.is_empty() => grouped(&remote, coded, progress)
                .map(|input| (Passed { input, collected: Vec::new() }, Vec::new())),
            Origin::Engine(remote) => {
                let work = Work::new(input, coded, (streams, collected()), &remote.shape.columns)?;
                one_by_one(&remote, work, progress).map(|passed| (passed, Vec::new()))
            }
        }
    }
}

/// Reads a file to its end.
fn from_file(
    mut source: Source<'_>,
    mut work: Work<'_>,
    progress: Progress<'_>,
) -> Result<(Passed, Vec<Error>)> {
    let input = work.input;
    let (mut rows, mut next) = (Rows::default(), Rows::default());
    let next_rows =
        |source: &mut Source<'_>, rows: &mut Rows| source.next_rows(rows).map_err(|e| of_file(e, input));
    let mut more = next_rows(&mut source, &mut rows)?;
    while more {
        let (read, worked) = threads::both(|| next_rows(&mut source, &mut next), || work.take(&rows));
        // What is wrong with earlier rows comes first.
        worked?;
        more = read?;
        std::mem::swap(&mut rows, &mut next);
        let (done, total) = source.progress();
        progress("reading", done, total);
    }
    let names = source.names().to_vec();
    let late_faults = if source.grows() { late_faults(input, &source) } else { Vec::new() };
    let written = source.written();
    Ok((work.finish(names, written, source.sha256(), None)?, late_faults))
}

fn late_faults(input: &InputPolicy, source: &Source<'_>) -> Vec<Error> {
    let names = source.names();
    let mut faults = faults(input, names, |_| true);
    let absent = names.iter().filter(|n| !source.has(n));
    faults.extend(absent.map(|n| Error::column_not_in_input(n)));
    faults
}

/// All rows, as an engine gives them.
fn one_by_one(remote: &Remote<'_>, mut work: Work<'_>, progress: Progress<'_>) -> Result<Passed> {
    let seen = remote.seen(progress)?;
    let mut failed = None;
    let mut take = |rows: &Rows| {
        progress("reading", rows.first().saturating_sub(1), remote.shape.rows);
        work.take(rows).map_err(|e| {
            // Not about the file, so it is not told as if it were.
            failed = Some(e);
            Error::input_changed(&remote.input.path)
        })
    };
    let read = remote.rows(None, &mut take);
    if let Some(failed) = failed {
        return Err(failed);
    }
    read.map_err(|e| of_file(e, remote.input))?;
    if work.rows + work.dropped != remote.shape.rows {
        return Err(Error::input_changed(&remote.input.path));
    }
    seen.check()?;
    work.finish(remote.shape.columns.clone(), remote.written(), seen.sha256.clone(), Some(seen))
}

/// The columns that are held, as an engine groups them, and a sample of rows.
fn grouped(remote: &Remote<'_>, coded: &BTreeSet<&str>, progress: Progress<'_>) -> Result<Input> {
    let Remote { engine, input, shape } = remote;
    let of_engine = |e: Error| of_file(e, input);
    let seen = remote.seen(progress)?;
    let retained = input.retention.as_ref().map(|r| r.column.as_str());
    let is_asked = |name: &&String| coded.contains(name.as_str()) || retained == Some(name.as_str());
    let asked: Vec<&str> = shape.columns.iter().filter(is_asked).map(String::as_str).collect();
    progress("reading", 0, shape.rows);
    // Without a column the rows of a table cannot be counted.
    let read =
        (!asked.is_empty()).then(|| engine.table(&input.path, &asked).map_err(of_engine)).transpose()?;
    if read.as_ref().is_some_and(|table| num::count(table.rows()) != shape.rows) {
        return Err(Error::input_changed(&input.path));
    }
    let (table, numbers, dropped) = match read {
        None => (Table::new(Vec::<(String, _)>::new())?, None, 0),
        Some(table) if retained.is_none() && input.decimal == Decimal::Point => (table, None, 0),
        Some(table) => {
            let names: Vec<String> = asked.iter().map(|&name| name.to_owned()).collect();
            let mut work = Work::new(input, coded, (&[], Vec::new()), &names)?;
            work.numbers = Some(Vec::new());
            let mut rows = Rows::default();
            while rows.follow(&table) {
                work.take(&rows)?;
            }
            (work.coded()?, work.numbers.take(), work.dropped)
        }
    };
    let rows = numbers.as_ref().map_or(shape.rows, |numbers| num::count(numbers.len()));
    let wanted = Sample::places(rows).filter_map(|place| match &numbers {
        None => Some(place + 1),
        Some(numbers) => numbers.get(usize::try_from(place).ok()?).copied(),
    });
    let mut sample = Sample::default();
    let mut take = |rows: &Rows| {
        sample.take(rows, &(0..rows.len()).collect::<Vec<_>>());
        Ok(())
    };
    remote.rows(Some(&wanted.collect::<Vec<u64>>()), &mut take).map_err(of_engine)?;
    seen.check()?;
    progress("reading", shape.rows, shape.rows);
    Ok(Input {
        table,
        sample: sample.table(&shape.columns)?,
        names: shape.columns.clone(),
        written: remote.written(),
        sha256: seen.sha256.clone(),
        oldest: input.retention.as_ref().map(|r| r.oldest),
        rows,
        dropped,
        seen: Some(seen),
    })
}

/// A column that is held.
struct Coded {
    name: String,
    source: usize,
    values: ColumnBuilder,
    /// Whether it holds numbers with a decimal comma, and if so, whether others are refused.
    commas: Option<bool>,
}

/// What gets the rows.
struct Work<'w> {
    input: &'w InputPolicy,
    coded: Vec<Coded>,
    retained: Option<usize>,
    sample: Sample,
    /// In place of a sample: the numbers of rows that are kept.
    numbers: Option<Vec<u64>>,
    streams: &'w [Stream<'w>],
    collected: Vec<Collected>,
    rows: u64,
    dropped: u64,
}

impl<'w> Work<'w> {
    /// Of rows whose columns are `names`.
    fn new(
        input: &'w InputPolicy,
        coded: &BTreeSet<&str>,
        (streams, collected): (&'w [Stream<'w>], Vec<Collected>),
        names: &[String],
    ) -> Result<Self> {
        // Where the date stands that rows are kept by.
        let place = |column: &str| {
            let at = names.iter().position(|n| n == column);
            at.ok_or_else(|| Error::column_not_in_input(column))
        };
        Ok(Work {
            input,
            coded: coded_columns(input, coded, names)?,
            retained: input.retention.as_ref().map(|r| place(&r.column)).transpose()?,
            sample: Sample::default(),
            numbers: None,
            streams,
            collected,
            rows: 0,
            dropped: 0,
        })
    }

    /// The columns that are held.
    fn coded(&mut self) -> Result<Table> {
        Table::new(std::mem::take(&mut self.coded).into_iter().map(|c| (c.name, c.values.finish())))
    }

    /// All of it, as what is left of a reading of the columns `names`.
    fn finish(
        mut self,
        names: Vec<String>,
        written: Written,
        sha256: String,
        seen: Option<Seen>,
    ) -> Result<Passed> {
        let input = Input {
            table: self.coded()?,
            sample: self.sample.table(&names)?,
            names,
            written,
            sha256,
            oldest: self.input.retention.as_ref().map(|r| r.oldest),
            rows: self.rows,
            dropped: self.dropped,
            seen,
        };
        Ok(Passed { input, collected: self.collected })
    }

    fn take(&mut self, rows: &Rows) -> Result<()> {
        let kept = self.kept(rows)?;
        self.rows += num::count(kept.len());
        self.dropped += num::count(rows.len() - kept.len());
        match &mut self.numbers {
            Some(numbers) => numbers.extend(kept.iter().map(|&row| rows.first() + num::count(row))),
            None => self.sample.take(rows, &kept),
        }
        threads::try_each(&mut self.coded, |column| {
            kept.iter().try_for_each(|&row| {
                let cell = rows.cell(row, column.source);
                match column.commas {
                    None => column.values.push_cell(cell),
                    Some(strict) => {
                        let number = with_point(cell, strict).ok_or_else(|| {
                            Error::point_in_number(&column.name, rows.first() + num::count(row))
                        })?;
                        column.values.push_cell(number.as_deref())
                    }
                }
            })
        })?;
        for (stream, collected) in self.streams.iter().zip(&mut self.collected) {
            let of_release = |e: Error| e.context(format!("release '{}'", stream.name));
            for made in stream.make(rows, &kept).map_err(of_release)? {
                collected.add(made).map_err(of_release)?;
            }
        }
        Ok(())
    }

    /// The rows that are not too old.
    fn kept(&self, rows: &Rows) -> Result<Vec<usize>> {
        let (Some(retention), Some(column)) = (&self.input.retention, self.retained) else {
            return Ok((0..rows.len()).collect());
        };
        let mut kept = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            match (retention.keeps(rows.cell(row, column)), retention.undated) {
                (Some(true), _) => kept.push(row),
                (Some(false), _) | (None, Undated::Drop) => {}
                (None, Undated::Refuse) => {
                    return Err(Error::undated_row(&retention.column, rows.first() + num::count(row)));
                }
            }
        }
        Ok(kept)
    }
}

/// What the columns of a file and of the policy have against each other: every fault, not the first.
fn faults(input: &InputPolicy, names: &[String], has: impl Fn(&str) -> bool) -> Vec<Error> {
    let undeclared = names.iter().filter(|n| !input.columns.contains_key(*n));
    let mut faults: Vec<Error> = match input.undeclared {
        Undeclared::Deny => undeclared.map(|n| Error::column_not_in_policy(n)).collect(),
        Undeclared::Drop => Vec::new(),
    };
    faults.extend(input.columns.keys().filter(|n| !has(n)).map(|n| Error::column_not_in_input(n)));
    faults
}

fn coded_columns(input: &InputPolicy, coded: &BTreeSet<&str>, names: &[String]) -> Result<Vec<Coded>> {
    let place =
        |name: &str| names.iter().position(|n| n == name).ok_or_else(|| Error::column_not_in_input(name));
    let mut columns: Vec<Coded> = coded
        .iter()
        .map(|&name| {
            let values = ColumnBuilder::default();
            let commas = input.numbers(name).filter(|_| input.decimal == Decimal::Comma);
            Ok(Coded { name: name.to_owned(), source: place(name)?, values, commas })
        })
        .collect::<Result<_>>()?;
    // In the order of the file.
    columns.sort_by_key(|c| c.source);
    Ok(columns)
}

/// The number in `cell`, its decimal comma as a point. What has a point already is another number to whoever wrote it: then
/// there is none if one is needed, and the cell reads as missing otherwise.
fn with_point(cell: Option<&str>, strict: bool) -> Option<Option<Cow<'_, str>>> {
    match cell {
        Some(cell) if cell.contains('.') => (!strict).then_some(None),
        Some(cell) if cell.contains(',') => Some(Some(cell.replace(',', ".").into())),
        cell => Some(cell.map(Cow::Borrowed)),
    }
}

/// What rows of releases that are made row by row, and digests of their tokens, take before they go to the disk.
const MEMORY: usize = 64 << 20;
