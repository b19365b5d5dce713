//! Whether each byte of a file of Parquet is one that a release writes.
//!
//! ```text
//!   PAR1 | header, page | header, page | .. | FileMetaData | its length | PAR1
//! ```
//!
//! Headers and FileMetaData are structures of parquet.thrift in the compact protocol of Thrift. They are read here once more,
//! because a reader of the format passes over what it does not know or need, and that is where something can be hidden.

use std::fs::File;

use ::parquet::file::reader::{ChunkReader as _, Length as _};

/// Goes through the end of `file` and the headers of its pages.
///
/// # Errors
/// What the file holds that a release does not write. Never what is in it.
pub(super) fn check(file: &File) -> Result<(), String> {
    let end = file.len().checked_sub(8).ok_or_else(unwritten)?;
    let length: [u8; 4] = bytes(file, end, 4)?[..].try_into().map_err(|_| unwritten())?;
    let start = end.checked_sub(u64::from(u32::from_le_bytes(length))).ok_or_else(unwritten)?;
    let whole = bytes(file, start, end - start)?;
    let mut thrift = Thrift(&whole);
    let found = thrift.structure(0).ok_or_else(unwritten)?;
    if !thrift.0.is_empty() {
        return Err(OTHER_BYTES.to_owned());
    }
    let found = Fields::of(&found, "the file", &[1, 2, 3, 4, 5, 6, 7])?;
    if found.number(1)? != 1 || !is_writer(found.text(6)?) {
        return Err("its end names a version or a writer that is none of incog".to_owned());
    }
    let names = schema(found.list(2)?)?;
    for entry in found.list(5)? {
        Fields::of(entry, "a metadata entry", &[1, 2])?;
    }
    for order in found.list(7)? {
        // By type: a structure without fields.
        Fields::of(Fields::of(order, "a column order", &[1])?.field(1)?, "a column order", &[])?;
    }
    let mut at = u64::from(MARK);
    for group in found.list(4)? {
        let group = Fields::of(group, "a row group", &[1, 2, 3, 5, 6, 7])?;
        let chunks = group.list(1)?;
        if chunks.len() != names.len() {
            return Err(unwritten());
        }
        for (chunk, name) in chunks.iter().zip(&names) {
            let chunk = Fields::of(chunk, "a column chunk", &[2, 3])?;
            let of_column = &[1, 2, 3, 4, 5, 6, 7, 9, 11, 13];
            let chunk = Fields::of(chunk.field(3)?, "a column chunk's metadata", of_column)?;
            if !matches!(chunk.list(3)?, [Value::Text(path)] if path == name) {
                return Err("a column chunk has another name than its column".to_owned());
            }
            for count in chunk.list(13)? {
                Fields::of(count, "a count of pages", &[1, 2, 3])?;
            }
            at = pages(file, at..start, chunk.number(7)?)?;
        }
    }
    if at == start { Ok(()) } else { Err(OTHER_BYTES.to_owned()) }
}

/// The names of the columns, each of which is a text at the top.
fn schema<'v>(elements: &'v [Value<'_>]) -> Result<Vec<&'v [u8]>, String> {
    let (root, columns) = elements.split_first().ok_or_else(unwritten)?;
    if Fields::of(root, "the schema", &[4, 5])?.text(4)? != ROOT {
        return Err("its schema has another name than a release gives it".to_owned());
    }
    let mut names = Vec::with_capacity(columns.len());
    for column in columns {
        let column = Fields::of(column, "a column", &[1, 3, 4, 6, 10])?;
        let logical = Fields::of(column.field(10)?, "a column's type", &[1])?;
        Fields::of(logical.field(1)?, "a column's type", &[])?;
        names.push(column.text(4)?);
    }
    Ok(names)
}

/// Goes through the pages of a chunk of `size` bytes at the start of `within`; where the next one begins.
fn pages(file: &File, within: std::ops::Range<u64>, size: u64) -> Result<u64, String> {
    let end = within.start.checked_add(size).filter(|&end| end <= within.end);
    let end = end.ok_or_else(|| OTHER_BYTES.to_owned())?;
    let mut at = within.start;
    while at < end {
        let head = bytes(file, at, HEADER.min(end - at))?;
        let mut thrift = Thrift(&head);
        let header =
            thrift.structure(0).ok_or("the header of a page is not written as a release writes it")?;
        let length = head.len() - thrift.0.len();
        let header = Fields::of(&header, "a page's header", &[1, 2, 3, 5, 7])?;
        match header.number(1)? {
            DATA => Fields::of(header.field(5)?, "a data page's header", &[1, 2, 3, 4])?,
            DICTIONARY => Fields::of(header.field(7)?, "a dictionary page's header", &[1, 2, 3])?,
            _ => return Err("it holds a page of a kind that a release does not write".to_owned()),
        };
        if header.0.len() != 4 {
            return Err(unwritten());
        }
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        at = at.saturating_add(length).saturating_add(header.number(3)?);
    }
    if at == end { Ok(end) } else { Err(OTHER_BYTES.to_owned()) }
}

/// Whether it is `incog` and a version of three numbers.
fn is_writer(name: &[u8]) -> bool {
    let parts: Option<Vec<&str>> = std::str::from_utf8(name)
        .ok()
        .and_then(|name| name.strip_prefix("incog "))
        .map(|version| version.split('.').collect());
    let is_number = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    parts.is_some_and(|parts| parts.len() == 3 && parts.iter().all(is_number))
}

fn bytes(file: &File, at: u64, length: u64) -> Result<::bytes::Bytes, String> {
    let length = usize::try_from(length).map_err(|_| unwritten())?;
    file.get_bytes(at, length).map_err(|_| "it cannot be read to its end".to_owned())
}

fn unwritten() -> String {
    "its metadata is not written as a release writes it".to_owned()
}

/// A value of Thrift, of the kinds that a release writes.
enum Value<'b> {
    Number(u64),
    Text(&'b [u8]),
    List(Vec<Value<'b>>),
    Struct(Vec<(u64, Value<'b>)>),
}

/// The fields of a structure.
struct Fields<'v, 'b>(&'v [(u64, Value<'b>)]);

impl<'v, 'b> Fields<'v, 'b> {
    /// Those of `value`, all of which are `allowed`.
    fn of(value: &'v Value<'b>, what: &str, allowed: &[u64]) -> Result<Self, String> {
        let Value::Struct(fields) = value else { return Err(unwritten()) };
        match fields.iter().find(|(id, _)| !allowed.contains(id)) {
            Some((id, _)) => {
                Err(format!("it holds more than a release writes: field {id} of the structure of {what}"))
            }
            None => Ok(Fields(fields)),
        }
    }

    fn field(&self, id: u64) -> Result<&'v Value<'b>, String> {
        self.0.iter().find(|(found, _)| *found == id).map(|(_, value)| value).ok_or_else(unwritten)
    }

    fn number(&self, id: u64) -> Result<u64, String> {
        if let Value::Number(number) = self.field(id)? { Ok(*number) } else { Err(unwritten()) }
    }

    fn text(&self, id: u64) -> Result<&'v [u8], String> {
        if let Value::Text(text) = self.field(id)? { Ok(text) } else { Err(unwritten()) }
    }

    fn list(&self, id: u64) -> Result<&'v [Value<'b>], String> {
        if let Value::List(values) = self.field(id)? { Ok(values) } else { Err(unwritten()) }
    }
}

/// The bytes that are still to be read. Each value in its shortest form, so that there is one way to write it.
struct Thrift<'b>(&'b [u8]);

impl<'b> Thrift<'b> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// Groups of seven bits, the lowest first, all but the last with the high bit set.
    fn whole(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0u64, 0u32);
        loop {
            let byte = self.byte()?;
            if (byte == 0 && shift > 0) || (shift == 63 && byte > 1) {
                return None;
            }
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }

    /// A whole number that is not negative, which has its sign in the lowest bit.
    fn number(&mut self) -> Option<u64> {
        self.whole().filter(|number| number % 2 == 0).map(|number| number / 2)
    }

    fn value(&mut self, kind: u8, depth: u32) -> Option<Value<'b>> {
        match kind {
            _ if depth > DEEPEST => None,
            TRUE => Some(Value::Number(1)),
            FALSE => Some(Value::Number(0)),
            I16 | I32 | I64 => self.number().map(Value::Number),
            BINARY => {
                let length = usize::try_from(self.whole()?).ok()?;
                let (text, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Some(Value::Text(text))
            }
            LIST => {
                let head = self.byte()?;
                let length = match head >> 4 {
                    15 => self.whole().filter(|&length| length >= 15)?,
                    length => u64::from(length),
                };
                let kind = head & 15;
                if matches!(kind, TRUE | FALSE) {
                    return None;
                }
                // Not by the length that it says: each value has a byte at least.
                (0..length).map(|_| self.value(kind, depth + 1)).collect::<Option<_>>().map(Value::List)
            }
            STRUCT => self.structure(depth),
            _ => None,
        }
    }

    /// Fields in ascending order, each named by its distance from the one before.
    fn structure(&mut self, depth: u32) -> Option<Value<'b>> {
        let (mut fields, mut id) = (Vec::new(), 0);
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(Value::Struct(fields));
            }
            let distance = u64::from(head >> 4);
            if distance == 0 {
                return None;
            }
            id += distance;
            fields.push((id, self.value(head & 15, depth + 1)?));
        }
    }
}

const OTHER_BYTES: &str = "it holds bytes that belong to no column";
/// What the library that writes a release calls the schema.
const ROOT: &[u8] = b"arrow_schema";
/// Bytes of `PAR1`.
const MARK: u8 = 4;
/// Bytes that the header of a page has at most: ten numbers of up to five bytes, and what names them.
const HEADER: u64 = 128;
/// Values within values. Those of a release: groups, one of them, chunks, one, its metadata, counts, one, a number of it.
const DEEPEST: u32 = 8;
/// Kinds of pages in parquet.thrift.
const DATA: u64 = 0;
const DICTIONARY: u64 = 2;
/// Kinds of values in the compact protocol of Thrift.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> bool {
        let mut thrift = Thrift(bytes);
        thrift.structure(0).is_some() && thrift.0.is_empty()
    }

    #[test]
    fn a_structure_has_one_way_to_be_written() {
        // Field 1, a number of 4 bytes: 1. Field 2, a list of two texts.
        assert!(read(&[0x15, 2, 0x19, 0x28, 1, b'a', 0, 0]));
        for (bytes, what) in [
            (&[0x15, 0x82, 0, 0][..], "a number with a group that is none"),
            (&[0x15, 3, 0], "a negative number"),
            (&[0x05, 2, 2, 0], "a field by its number"),
            (&[0x19, 0xf8, 2, 1, b'a', 0, 0], "a short list with a long length"),
            (&[0x19, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0], "a list that is longer than the file"),
            (&[0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0], "a number with a fraction"),
            (&[0x1b, 0, 0], "a map"),
            (&[0x15, 2], "no end"),
            (&[0x1c; 64], "structures too deep"),
            (&[0x19; 64], "lists too deep"),
            (&[0x18, 9, b'a', 0], "a text behind the end"),
        ] {
            assert!(!read(bytes), "{what}");
        }
    }

    #[test]
    fn a_writer_is_incog_and_a_version() {
        assert!(is_writer(format!("incog {}", env!("CARGO_PKG_VERSION")).as_bytes()));
        for name in
            ["incog", "incog ", "incog 1.2", "incog 1.2.3 x", "incog 1..3", "parquet-rs", "incog 1.2.12345"]
        {
            assert!(!is_writer(name.as_bytes()), "{name}");
        }
    }
}
