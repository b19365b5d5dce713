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
    policy::{Decimal, InputPolicy, Undated, Undeclared},
    sample::Sample,
    source::{ParquetFiles, Source, of_file},
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
    source: Source<'p>,
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
    pub(super) fn open(input: &'p InputPolicy, parquet: &ParquetFiles) -> Result<Self> {
        Ok(Pass { input, source: Source::open(input, parquet)? })
    }

    /// The names of the columns, as far as they are known before the rows are read.
    pub(super) fn names(&self) -> &[String] {
        self.source.names()
    }

    /// What the columns of the file and of the policy have against each other, as far as that is known.
    pub(super) fn faults(&self) -> Vec<Error> {
        // The fields of JSON Lines are known at their end.
        if self.source.grows() {
            return Vec::new();
        }
        faults(self.input, self.source.names(), |column| self.source.has(column))
    }

    /// Reads all rows. `coded` columns are held. A fault of the columns of JSON Lines is only known at the end.
    ///
    /// # Errors
    /// Those of reading, and the first of what a stream cannot make.
    pub(super) fn run(
        mut self,
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
        let mut work = Work {
            input: self.input,
            coded: coded_columns(self.input, coded, self.source.names())?,
            retained: self.retained()?,
            sample: Sample::default(),
            collected: streams.iter().map(|s| s.collected(folder.as_deref(), budget)).collect(),
            streams,
            rows: 0,
            dropped: 0,
        };
        let (mut rows, mut next) = (Rows::default(), Rows::default());
        let mut more = self.next_rows(&mut rows)?;
        while more {
            let (read, worked) = threads::both(|| self.next_rows(&mut next), || work.take(&rows));
            // What is wrong with earlier rows comes first.
            worked?;
            more = read?;
            std::mem::swap(&mut rows, &mut next);
            let (done, total) = self.source.progress();
            progress("reading", done, total);
        }
        let names = self.source.names().to_vec();
        let late_faults = if self.source.grows() { self.late_faults() } else { Vec::new() };
        let coded = work.coded.into_iter().map(|c| (c.name, c.values.finish()));
        let input = Input {
            table: Table::new(coded)?,
            sample: work.sample.table(&names)?,
            names,
            written: self.source.written(),
            sha256: self.source.sha256(),
            oldest: self.input.retention.as_ref().map(|r| r.oldest),
            rows: work.rows,
            dropped: work.dropped,
        };
        Ok((Passed { input, collected: work.collected }, late_faults))
    }

    fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        self.source.next_rows(rows).map_err(|e| of_file(e, self.input))
    }

    fn late_faults(&self) -> Vec<Error> {
        let names = self.source.names();
        let mut faults = faults(self.input, names, |_| true);
        let absent = names.iter().filter(|n| !self.source.has(n));
        faults.extend(absent.map(|n| Error::column_not_in_input(n)));
        faults
    }

    /// Where the date stands that rows are kept by.
    fn retained(&self) -> Result<Option<usize>> {
        let Some(retention) = &self.input.retention else { return Ok(None) };
        let at = self.source.names().iter().position(|n| *n == retention.column);
        at.map(Some).ok_or_else(|| Error::column_not_in_input(&retention.column))
    }
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
    streams: &'w [Stream<'w>],
    collected: Vec<Collected>,
    rows: u64,
    dropped: u64,
}

impl Work<'_> {
    fn take(&mut self, rows: &Rows) -> Result<()> {
        let kept = self.kept(rows)?;
        self.rows += num::count(kept.len());
        self.dropped += num::count(rows.len() - kept.len());
        self.sample.take(rows, &kept);
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
