//! A released table as a verifier reads it again, whichever of its two forms it is in: docs/CARD.md sections 4.2 and 4.6.

use std::{fs::File, path::Path};

use super::{
    Output,
    rows::{self, Row},
};
use crate::{
    claim::Claim,
    table::{
        self,
        parquet::{Parquet, ParquetReader},
    },
};

/// How a released table is written down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Csv(u8),
    Parquet,
}

impl Form {
    /// That of `output`; none if it is no table.
    pub(super) fn of(output: &Output) -> Result<Option<Self>, String> {
        let is_parquet = output.file.ends_with(PARQUET);
        if is_parquet && output.delimiter.is_some() {
            return Err("is Parquet by its name, which has no delimiter".into());
        }
        let parts =
            [output.delimiter.is_some() || is_parquet, output.rows.is_some(), !output.columns.is_empty()];
        match (parts.contains(&true), parts.contains(&false)) {
            (false, _) => return Ok(None),
            (true, true) => {
                return Err("is half a table: delimiter, rows and columns belong together".into());
            }
            (true, false) => {}
        }
        match output.delimiter.map(u8::try_from) {
            None => Ok(Some(Form::Parquet)),
            Some(Ok(byte)) if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => {
                Ok(Some(Form::Csv(byte)))
            }
            Some(_) => Err("the delimiter is not one byte other than a quote or a line end".into()),
        }
    }
}

/// Rows of a released table, one after another.
pub(super) enum Reader {
    Csv { rows: rows::Rows<File>, row: Row, names: Vec<String> },
    Parquet { reader: Box<dyn ParquetReader>, rows: table::Rows, at: usize, sha256: String },
}

impl Reader {
    /// Opens the table at `path`. One of Parquet must hold its cells, their columns and the digest of `policy_sha256`, and nothing else.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub(super) fn open(
        path: &Path,
        form: Form,
        parquet: Option<&dyn Parquet>,
        policy_sha256: &str,
    ) -> Result<Self, String> {
        let open = || File::open(path).map_err(|e| format!("it cannot be read: {e}"));
        let delimiter = match form {
            Form::Csv(delimiter) => delimiter,
            Form::Parquet => {
                let sha256 = rows::digest(open()?)?;
                let parquet = parquet.ok_or(UNREAD)?;
                let reader = parquet.reader(open()?, &|_| true).map_err(|e| e.to_string())?;
                if let Some(why) = reader.foreign(policy_sha256) {
                    return Err(why);
                }
                names_are_sound(reader.names())?;
                return Ok(Reader::Parquet { reader, rows: table::Rows::default(), at: 0, sha256 });
            }
        };
        let (mut rows, mut row) = (rows::Rows::new(open()?, delimiter), Row::default());
        if !rows.next(&mut row)? {
            return Err("it has no header".into());
        }
        let names = row.cells().map(|cell| Ok(cell.ok_or("the header is not UTF-8")?.to_owned()));
        let names: Vec<String> = names.collect::<Result<_, String>>()?;
        names_are_sound(&names)?;
        Ok(Reader::Csv { rows, row, names })
    }

    pub(super) fn names(&self) -> &[String] {
        match self {
            Reader::Csv { names, .. } => names,
            Reader::Parquet { reader, .. } => reader.names(),
        }
    }

    /// Goes to the next row; says whether there is one.
    pub(super) fn next(&mut self) -> Result<bool, String> {
        match self {
            Reader::Csv { rows, row, .. } => rows.next(row),
            Reader::Parquet { reader, rows, at, .. } => {
                *at += 1;
                if *at < rows.len() {
                    return Ok(true);
                }
                *at = 0;
                reader.next_rows(rows).map_err(|e| e.to_string())
            }
        }
    }

    /// How many cells the row has.
    pub(super) fn cells(&self) -> usize {
        match self {
            Reader::Csv { row, .. } => row.len(),
            Reader::Parquet { rows, .. } => rows.columns(),
        }
    }

    /// The cell in `column` as text, the empty one if it is missing; none if it is not UTF-8.
    ///
    /// # Panics
    /// If the row has no such cell.
    pub(super) fn cell(&self, column: usize) -> Option<&str> {
        match self {
            Reader::Csv { row, .. } => row.cell(column),
            Reader::Parquet { rows, at, .. } => Some(rows.cell(*at, column).unwrap_or_default()),
        }
    }

    /// SHA-256 of the whole file, once all rows are read.
    pub(super) fn finish(self) -> Result<String, String> {
        match self {
            Reader::Csv { rows, .. } => rows.finish(),
            Reader::Parquet { sha256, .. } => Ok(sha256),
        }
    }
}

fn names_are_sound(names: &[String]) -> Result<(), String> {
    for (i, name) in names.iter().enumerate() {
        if name.trim().is_empty() || name.starts_with('\u{feff}') {
            return Err("a column has no name".into());
        }
        if names[..i].contains(name) {
            return Err(format!("two columns are named '{name}'"));
        }
    }
    Ok(())
}

/// The release whose table the file of this name is.
pub(super) fn release_of(file: &str) -> Option<&str> {
    file.strip_suffix(".csv").or_else(|| file.strip_suffix(PARQUET))
}

pub(super) fn is_of(claim: &Claim, output: &Output) -> bool {
    release_of(&output.file) == Some(&claim.release)
}

const PARQUET: &str = ".parquet";

/// Of a table whose bytes are those of the card.
pub(super) const UNREAD: &str =
    "it is Parquet, which is not read here: neither its rows nor what is claimed of them was checked";
