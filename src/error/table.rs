//! Sentences about tables and files.

use super::{Error, ErrorKind, Position, list};

impl Error {
    pub(crate) fn unknown_column(name: &str, known: &[String]) -> Self {
        Error::new(ErrorKind::Refused, format!("column '{name}' is not in the table; it has {}", list(known)))
            .at(Position::column(name))
    }

    pub(crate) fn duplicate_column(name: &str) -> Self {
        Error::new(ErrorKind::Data, format!("column '{name}' occurs twice; column names must be unique"))
            .at(Position::column(name))
    }

    pub(crate) fn unequal_columns(name: &str, rows: usize, expected: usize) -> Self {
        Error::new(ErrorKind::Data, format!("column '{name}' has {rows} rows, the others have {expected}"))
            .at(Position::column(name))
    }

    pub(crate) fn code_outside_dictionary(row: usize, values: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!("row {}: code outside the dictionary of {values} values", row + 1),
        )
    }

    pub(crate) fn missing_entry(values: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "the code of missing cells is that of an empty entry of the dictionary of {values} values"
            ),
        )
    }

    pub(crate) fn too_many_values() -> Self {
        Error::new(ErrorKind::Data, "a column holds at most 4294967295 distinct values")
    }
}

#[cfg(feature = "csv")]
impl Error {
    /// The file cannot be opened or read. Input trouble, so `Data`, and the cause in the sentence.
    pub(crate) fn unreadable(path: &std::path::Path, cause: std::io::Error) -> Self {
        let mut error = Error::io(format!("reading '{}'", path.display()), cause);
        error.0.kind = ErrorKind::Data;
        error
    }

    pub(crate) fn ragged_row(line: u64, cells: usize, columns: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "line {line}: {cells} cells where the header has {columns} columns; \
                 check the delimiter and the quotes of that line"
            ),
        )
        .at(Position::line(line))
    }

    pub(crate) fn not_utf8(line: u64) -> Self {
        Error::new(ErrorKind::Data, format!("line {line}: not UTF-8"))
            .at(Position::line(line))
            .with_remedy("declare the encoding, such as encoding = \"latin-1\", or convert the file")
    }

    pub(crate) fn no_text(what: &str) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "the file is {what}; tables are read from CSV, gzip of it, and JSON Lines: export it as one of them"
            ),
        )
    }

    pub(crate) fn other_encoding(is: &str, word: &str) -> Self {
        Error::new(ErrorKind::Data, format!("the file starts with the byte order mark of {is}"))
            .with_remedy(format!("declare encoding = \"{word}\", or convert the file"))
    }

    pub(crate) fn utf16_without_mark() -> Self {
        Error::new(ErrorKind::Data, "the file is declared as UTF-16 and has no byte order mark")
            .with_remedy("correct the declaration, or convert the file to UTF-8")
    }

    pub(crate) fn unknown_encoding(got: &str) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("encoding '{got}' is not known; use 'utf-8', 'utf-16', 'latin-1'"),
        )
    }

    pub(crate) fn empty_table() -> Self {
        Error::new(ErrorKind::Data, "the file is empty; a table starts with a line of column names")
    }

    pub(crate) fn unnamed_column(position: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!("column {position} of the header has no readable name; correct the first line"),
        )
    }

    pub(crate) fn stray_quote(line: u64) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "line {line}: a quote inside a cell; put the whole cell in quotes and double the quotes in it, \
                 or check where a quote on an earlier line was opened"
            ),
        )
        .at(Position::line(line))
    }

    pub(crate) fn unclosed_quote(line: u64) -> Self {
        Error::new(ErrorKind::Data, format!("line {line}: a quote that opens there is never closed"))
            .at(Position::line(line))
    }

    pub(crate) fn bad_delimiter() -> Self {
        Error::new(ErrorKind::Parameter, "a delimiter is one ASCII character other than the quote, CR or LF")
    }
}

/// JSON Lines.
#[cfg(feature = "pipeline")]
impl Error {
    fn of_line(line: u64, what: &str) -> Self {
        Error::new(ErrorKind::Data, format!("line {line}: {what}")).at(Position::line(line))
    }

    pub(crate) fn no_json_object(line: u64, column: usize) -> Self {
        Error::of_line(
            line,
            &format!("not a JSON object, as far as column {column}; each line is one, as in {{\"age\": 34}}"),
        )
    }

    pub(crate) fn nested_field(line: u64, name: &str) -> Self {
        Error::of_line(
            line,
            &format!("field '{name}' holds an object or a list, and a column holds single values"),
        )
        .with_remedy("flatten it before, or leave it out of the file")
    }

    pub(crate) fn repeated_field(line: u64, name: &str) -> Self {
        Error::of_line(line, &format!("field '{name}' occurs twice"))
    }

    pub(crate) fn unnamed_field(line: u64) -> Self {
        Error::of_line(line, "a field has no readable name")
    }

    pub(crate) fn too_many_fields(line: u64, most: usize) -> Self {
        Error::of_line(
            line,
            &format!("more than {most} different fields so far; names of fields must not be data"),
        )
    }
}
