//! Sentences about arrays: which column, which type, the way out. Never a value.

use arrow_schema::DataType;
use incog::{Error, ErrorKind, Position};

pub(crate) fn of_column(name: &str, kind: ErrorKind, what: String) -> Error {
    Error::new(kind, format!("column '{name}': {what}")).at(Position::column(name))
}

/// A kernel over text got something else.
pub(crate) fn not_text(name: &str, found: &DataType) -> Error {
    let what =
        format!("its type is {found}, and this works on Utf8, LargeUtf8, Utf8View and dictionaries of them");
    of_column(name, ErrorKind::Unsupported, what).with_remedy("cast it to text")
}

/// Offsets of 32 bits do not reach.
pub(crate) fn too_much_text(name: &str) -> Error {
    let what = "its texts together are longer than the offsets of Utf8 reach, 2 GiB".to_owned();
    of_column(name, ErrorKind::Unsupported, what).with_remedy("use smaller batches, or LargeUtf8")
}

/// A dictionary has more entries than its keys can name.
pub(crate) fn too_many_entries(name: &str, keys: &DataType) -> Error {
    let what = format!("its dictionary has more entries than keys of type {keys} can name");
    of_column(name, ErrorKind::Unsupported, what).with_remedy("use wider keys")
}

/// Levels that the rows of the batch decide are others in each batch.
pub(crate) fn level_of_data(name: &str) -> Error {
    let what =
        "an automatic hierarchy depends on the whole column, and batches are made one by one".to_owned();
    of_column(name, ErrorKind::Policy, what).with_remedy("write the hierarchy down")
}

pub(crate) fn unknown_level(name: &str, level: usize, height: usize) -> Error {
    of_column(name, ErrorKind::Parameter, format!("level {level} where its hierarchy has 0 to {height}"))
}

pub(crate) fn too_many_findings(name: &str) -> Error {
    let what = "more findings than the offsets of a list count, 2147483647".to_owned();
    of_column(name, ErrorKind::Unsupported, what).with_remedy("use smaller batches")
}

/// Cells of this type are no text, and have no one way to be written as text.
pub(crate) fn not_a_cell(name: &str, found: &DataType) -> Error {
    let what = format!(
        "its type is {found}; a table holds text, numbers, booleans, dates, times, timestamps, and lists and dictionaries \
         of text"
    );
    of_column(name, ErrorKind::Unsupported, what).with_remedy("convert it, or leave the column out")
}

#[cfg(feature = "parquet")]
pub(crate) fn named_twice(name: &str) -> Error {
    Error::new(ErrorKind::Data, format!("column '{name}' occurs twice; column names must be unique"))
}

pub(crate) fn null_refused(name: &str, row: u64) -> Error {
    of_row(name, row, ErrorKind::Value, "it is null, and nulls are refused here".to_owned())
}

/// A date or time beyond what is counted.
pub(crate) fn unprintable(name: &str, row: u64, kind: &DataType) -> Error {
    of_row(name, row, ErrorKind::Value, format!("a value of type {kind} that is out of range"))
}

/// A time that has no place in the type of a file.
#[cfg(feature = "parquet")]
pub(crate) fn beyond(name: &str, kind: &DataType, stored: &DataType) -> Error {
    of_column(
        name,
        ErrorKind::Value,
        format!("a value of type {kind} is beyond {stored}, which is in the file"),
    )
}

/// A cell that is not of the type that the column is to have.
pub(crate) fn not_of_type(name: &str, row: u64, kind: &DataType) -> Error {
    of_row(name, row, ErrorKind::Value, format!("the cell is no {kind}"))
        .with_remedy("write the column as text")
}

pub(crate) fn other_columns(what: &str) -> Error {
    Error::new(ErrorKind::Data, format!("the columns of {what} are not those of the batches before"))
}

fn of_row(name: &str, row: u64, kind: ErrorKind, what: String) -> Error {
    Error::new(kind, format!("column '{name}', row {row}: {what}")).at(Position::column(name).with_row(row))
}
