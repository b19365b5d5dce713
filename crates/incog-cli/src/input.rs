//! Inputs as people name them: files, `-` for stdin, tables with or without a stated delimiter.

use std::{
    fs::File,
    io::{Cursor, Read, stdin},
    path::Path,
};

use incog::table::{
    Table,
    csv::{self, Dialect},
};

use crate::failure::Failure;

/// The bytes of the file at `path`, or of stdin for `-`.
pub(crate) fn bytes(path: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let unreadable = |e: std::io::Error| Failure::unreadable(&format!("'{path}'"), &e);
    if path == "-" {
        stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        File::open(path).and_then(|mut f| f.read_to_end(&mut bytes)).map_err(unreadable)?;
    }
    refuse_utf_16(path, &bytes)?;
    Ok(bytes)
}

/// The bytes of the file at `path`, or of stdin for `-`, as they come.
pub(crate) fn reader(path: &str) -> Result<Box<dyn Read>, Failure> {
    let unreadable = |e: std::io::Error| Failure::unreadable(&format!("'{path}'"), &e);
    let mut inner: Box<dyn Read> =
        if path == "-" { Box::new(stdin().lock()) } else { Box::new(File::open(path).map_err(unreadable)?) };
    let mut start = Vec::new();
    inner.by_ref().take(2).read_to_end(&mut start).map_err(unreadable)?;
    refuse_utf_16(path, &start)?;
    Ok(Box::new(Cursor::new(start).chain(inner)))
}

fn refuse_utf_16(path: &str, start: &[u8]) -> Result<(), Failure> {
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(Failure::unreadable_form(format!("'{path}' is UTF-16; convert it to UTF-8 first")));
    }
    Ok(())
}

/// The text of the file at `path`, or of stdin for `-`.
pub(crate) fn text(path: &str) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Failure::unreadable_form(format!("'{path}' is not UTF-8 at byte {at}; convert it to UTF-8 first"))
    })
}

/// The table at `path`, its delimiter as given or as the first line suggests.
pub(crate) fn table(path: &str, delimiter: Option<char>) -> Result<(Table, Dialect), Failure> {
    let bytes = bytes(path)?;
    let dialect = dialect(&bytes, delimiter)?;
    let table = csv::read(&bytes[..], dialect).map_err(|e| e.context(format!("reading '{path}'")))?;
    Ok((table, dialect))
}

/// The delimiter as given or as the first line suggests, and the line end.
pub(crate) fn dialect(bytes: &[u8], delimiter: Option<char>) -> Result<Dialect, Failure> {
    Ok(Dialect::new(delimiter.unwrap_or_else(|| guess(bytes)))?.with_line_end_of(bytes))
}

/// Whether the file's name says that it is a table.
pub(crate) fn looks_like_csv(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("csv") || e.eq_ignore_ascii_case("tsv"))
}

/// The delimiter that splits the first line into most cells; a comma if none does.
fn guess(bytes: &[u8]) -> char {
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|&&b| b == delimiter).count();
    // Of equal counts the first in the list; max_by_key takes the last, so the list is reversed.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|&d| count(d)).map_or(',', char::from)
}
