//! The column that a value stands in: of delimited text, from its header, or of SQL, from the list before `VALUES`.

use super::Context;
use crate::pii::recognizer::Haystack;

impl<'h> Context<'h> {
    /// The name of the column that `at` stands in: of the CSV's header, or of the list before `VALUES`.
    pub(super) fn column(&self, at: usize) -> Option<&'h [u8]> {
        let hay = self.hay;
        let quote = usize::from(matches!(hay.before(at), b'"' | b'\''));
        let edge = at - quote;
        let space = usize::from(hay.before(edge) == b' ');
        let before = hay.before(edge - space);
        if !matches!(before, b',' | b';' | b'\t' | b'|' | b'(' | b'\n' | 0) {
            return None;
        }
        if memchr::memrchr(b'(', hay.slice(edge.saturating_sub(ROW), edge)).is_some()
            && self.has_sql()
            && let Some(found) = sql_column(hay, edge)
        {
            return Some(found);
        }
        self.csv_column(edge)
    }

    /// Whether `VALUES` stands anywhere: asked once, and only by what may be in a list.
    fn has_sql(&self) -> bool {
        if self.sql.get().is_none() {
            let bytes = self.hay.bytes;
            let values = |at: usize| self.hay.slice(at, at + 6).eq_ignore_ascii_case(b"values");
            let found = memchr::memchr2_iter(b'v', b'V', bytes).any(values);
            self.sql.set(Some(found));
        }
        self.sql.get() == Some(true)
    }

    fn csv_column(&self, at: usize) -> Option<&'h [u8]> {
        let hay = self.hay;
        let mut row = self.row.get();
        if at < row.seen || at - row.seen > ROW {
            let stop = at.saturating_sub(ROW);
            row = match (stop..at).rev().find(|&i| hay.bytes[i] == b'\n') {
                Some(end) => self.row_at(end + 1),
                // The first line, or one too long for a row: remembered, so that it is not looked through again.
                None => Row { line: stop, seen: at, ..Row::default() },
            };
        }
        let mut i = row.seen;
        while i < at {
            match hay.bytes[i] {
                b'\n' => {
                    row = self.row_at(i + 1);
                    i = row.seen;
                    continue;
                }
                b'"' => row.quoted = !row.quoted,
                b if row.header.is_some_and(|h| h.delimiter == b) && !row.quoted => row.field += 1,
                _ => {}
            }
            i += 1;
        }
        row.seen = at;
        self.row.set(row);
        let header = row.header.filter(|header| row.field <= header.columns && at - row.line <= ROW)?;
        nth(header.line, row.field, header.delimiter)
    }

    /// The row that starts at `line`, with its header: the first line, or else the line above.
    fn row_at(&self, line: usize) -> Row<'h> {
        let hay = self.hay;
        let first = match self.header.get() {
            Some(known) => known,
            None => {
                let known = match hay.header {
                    Some(line) => Header::read(line, 0),
                    None => Header::read(first_line(hay.bytes), first_line(hay.bytes).len()),
                };
                self.header.set(Some(known));
                known
            }
        };
        let above = || {
            let end = line.checked_sub(1)?;
            let from = (end.saturating_sub(ROW)..end).rev().find(|&i| hay.bytes[i] == b'\n');
            Header::read(hay.slice(from.map_or_else(|| end.saturating_sub(ROW), |i| i + 1), end), end)
        };
        let header = first.filter(|header| header.end < line).or_else(above);
        Row { line, seen: line, field: 0, quoted: false, header }
    }
}

/// How far a line of CSV was read: the candidates of one line come in order.
#[derive(Clone, Copy, Default)]
pub(super) struct Row<'h> {
    line: usize,
    seen: usize,
    field: usize,
    quoted: bool,
    header: Option<Header<'h>>,
}

impl Row<'_> {
    /// No row yet.
    pub(super) fn unread() -> Self {
        Row { seen: usize::MAX, ..Row::default() }
    }
}

/// A line that names columns.
#[derive(Clone, Copy)]
pub(super) struct Header<'h> {
    line: &'h [u8],
    /// Where it ends in the haystack; 0 if it stands before it.
    end: usize,
    delimiter: u8,
    /// How many delimiters it has.
    columns: usize,
}

impl<'h> Header<'h> {
    fn read(line: &'h [u8], end: usize) -> Option<Header<'h>> {
        let delimiter = [b',', b';', b'\t', b'|'].into_iter().find(|d| line.contains(d))?;
        let named = line.split(|&b| b == delimiter).all(|name| {
            name.len() <= 48 && !name.first().is_some_and(u8::is_ascii_digit) && !name.contains(&b'@')
        });
        let columns = line.iter().filter(|&&b| b == delimiter).count();
        named.then_some(Header { line, end, delimiter, columns })
    }
}

/// As much of the first line as may name columns.
pub(in crate::pii) fn first_line(text: &[u8]) -> &[u8] {
    let start = &text[..text.len().min(ROW)];
    start.split(|&b| b == b'\n').next().unwrap_or_default()
}

fn sql_column(hay: Haystack<'_>, at: usize) -> Option<&[u8]> {
    let stop = at.saturating_sub(ROW);
    let mut open = at;
    let mut quoted = false;
    let mut field = 0;
    while open > stop && (quoted || hay.before(open) != b'(') {
        match hay.before(open) {
            b'\'' => quoted = !quoted,
            b',' if !quoted => field += 1,
            b')' | b'\n' if !quoted => return None,
            _ => {}
        }
        open -= 1;
    }
    let stop = open.saturating_sub(ROW);
    let window = hay.slice(stop, open);
    let values = window.windows(6).rposition(|word| word.eq_ignore_ascii_case(b"values"))? + stop;
    let close = (stop..values).rev().find(|&i| hay.bytes[i] == b')')?;
    let list = (stop..close).rev().find(|&i| hay.bytes[i] == b'(')? + 1;
    nth(hay.slice(list, close), field, b',')
}

/// The `field`-th part of `line`.
fn nth(line: &[u8], field: usize, delimiter: u8) -> Option<&[u8]> {
    line.split(|&b| b == delimiter).nth(field)
}

/// The longest row of CSV or SQL whose header is looked up.
const ROW: usize = 512;
