//! Tables from JSON Lines: an object a line, its fields the columns (feature `pipeline`).
//!
//! A field holds a single value: a text, a number (taken as it is written, `1.50` stays `1.50`), `true` or `false`. A
//! field that is not there, `null` and an empty text are missing cells. Objects and lists are refused with the name of
//! their field, because there is no column for what is in them. A line that is no object, or that has a field twice, is
//! refused: two readers would read it differently.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

use std::{borrow::Cow, collections::HashMap, fmt, io::Read};

use memchr::memchr;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::csv::Encoding;
use crate::{
    error::{Error, Result},
    num,
    table::{
        ColumnBuilder, Rows, Table,
        rows::{AT_A_TIME, STRETCH},
        window::Window,
    },
};

/// Reads objects some lines at a time.
///
/// # Guarantee
/// For all texts, every field of every line is a cell of the column of its name, or the text is refused with the line of
/// the first fault. Memory does not grow with the number of lines.
///
/// # Examples
/// ```
/// use incog::table::{Rows, csv::Encoding, json_lines::Reader};
/// let text = "{\"age\": 34, \"ward\": \"A1\"}\n{\"ward\": null, \"dose\": 1.50}\n{\"ward\": [1]}\n";
/// let mut reader = Reader::new(text.as_bytes(), Encoding::Utf8, ["ward"])?;
/// let error = reader.next_rows(&mut Rows::default()).unwrap_err();
/// assert!(error.to_string().starts_with("line 3: field 'ward' holds an object or a list"), "{error}");
///
/// let mut reader = Reader::new(&text.as_bytes()[..55], Encoding::Utf8, ["ward"])?;
/// let mut rows = Rows::default();
/// assert!(reader.next_rows(&mut rows)?);
/// assert_eq!(reader.names(), ["ward", "age", "dose"]);
/// let cells: Vec<_> = (0..2).map(|row| [0, 1, 2].map(|column| rows.cell(row, column))).collect();
/// assert_eq!(cells, [[Some("A1"), Some("34"), None], [None, None, Some("1.50")]]);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Reader<'a> {
    window: Window<'a>,
    names: Vec<String>,
    index: HashMap<String, usize>,
    /// Which of them some line had.
    met: Vec<bool>,
    line: u64,
    rows: u64,
}

impl<'a> Reader<'a> {
    /// Reads objects of `input`; the first columns are `names`, whether they occur or not.
    ///
    /// # Errors
    /// `Data` if the text is not in the declared encoding; `Io` if `input` fails.
    pub fn new<N: Into<String>>(
        input: impl Read + Send + 'a,
        encoding: Encoding,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let index = names.iter().cloned().zip(0..).collect();
        let met = vec![false; names.len()];
        Ok(Reader { window: Window::new(encoding.decode(input)?), names, index, met, line: 0, rows: 0 })
    }

    /// The names of the columns so far: a later line may have more.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether some line so far had the field `name`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.index.get(name).is_some_and(|&column| self.met[column])
    }

    /// Puts the next rows into `rows`, some thousands or about a megabyte; says whether there were any.
    ///
    /// # Errors
    /// `Data` with the line number if a line is no object of single values; `Io` if the input fails.
    pub fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        let (mut text, mut ends) = rows.take();
        // Later rows of these may have columns that earlier ones have not, so they are put in order at the end.
        let mut found: Vec<Vec<(usize, String)>> = Vec::new();
        let mut size = 0;
        while size < STRETCH && found.len() < AT_A_TIME {
            let Some(line) = self.next_line()? else { break };
            let mut cells = self.cells(&line)?;
            if let Some(cells) = &mut cells {
                size += line.len();
                cells.sort_unstable_by_key(|(column, _)| *column);
            }
            found.extend(cells);
        }
        for cells in &found {
            let mut cells = cells.iter().peekable();
            for column in 0..self.names.len() {
                if let Some((_, cell)) = cells.next_if(|(c, _)| *c == column) {
                    text.push_str(cell);
                }
                ends.push(text.len());
            }
        }
        // Objects without any field are rows all the same, once any object has one.
        let read = if self.names.is_empty() { 0 } else { found.len() };
        rows.set(text, ends, self.names.len(), self.rows + 1);
        self.rows += num::count(read);
        Ok(read > 0)
    }

    /// The next line, without its end.
    fn next_line(&mut self) -> Result<Option<String>> {
        loop {
            let unread = self.window.unread();
            let end = memchr(b'\n', unread);
            if end.is_none() && !self.window.is_whole() {
                self.window.fill()?;
                continue;
            }
            if unread.is_empty() {
                return Ok(None);
            }
            self.line += 1;
            let length = end.unwrap_or(unread.len());
            let line = str::from_utf8(&unread[..length]).map_err(|_| Error::not_utf8(self.line))?.to_owned();
            self.window.consume(length + usize::from(end.is_some()));
            return Ok(Some(line));
        }
    }

    /// The cells of a line by their column; none for a line with nothing on it.
    fn cells(&mut self, line: &str) -> Result<Option<Vec<(usize, String)>>> {
        if line.trim().is_empty() {
            return Ok(None);
        }
        // What the parser says may quote the line; where it stopped does not.
        let object: Object<'_> =
            serde_json::from_str(line).map_err(|e| Error::no_json_object(self.line, e.column()))?;
        let mut cells: Vec<(usize, String)> = Vec::with_capacity(object.fields.len());
        let mut seen = vec![false; self.names.len()];
        for (name, value) in object.fields {
            let column = match self.index.get(&*name) {
                Some(&column) => column,
                None => self.add(&name)?,
            };
            self.met[column] = true;
            seen.resize(self.names.len(), false);
            if std::mem::replace(&mut seen[column], true) {
                return Err(Error::repeated_field(self.line, &name));
            }
            let cell = match value.get().as_bytes() {
                [b'"', ..] => serde_json::from_str::<String>(value.get())
                    .map_err(|e| Error::no_json_object(self.line, e.column()))?,
                [b'{' | b'[', ..] => return Err(Error::nested_field(self.line, &name)),
                b"null" => continue,
                _ => value.get().to_owned(),
            };
            cells.push((column, cell));
        }
        Ok(Some(cells))
    }

    fn add(&mut self, name: &str) -> Result<usize> {
        if name.trim().is_empty() || name.starts_with('\u{feff}') {
            return Err(Error::unnamed_field(self.line));
        }
        if self.names.len() == FIELDS {
            return Err(Error::too_many_fields(self.line, FIELDS));
        }
        let column = self.names.len();
        self.names.push(name.to_owned());
        self.met.push(true);
        self.index.insert(name.to_owned(), column);
        Ok(column)
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("names", &self.names).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Reads a whole table.
///
/// # Errors
/// As [`Reader::next_rows`]; `Data` if there is no field at all.
///
/// # Examples
/// ```
/// use incog::table::{csv::Encoding, json_lines};
/// let lines = "{\"age\": 34, \"ward\": \"A\"}\n{\"age\": 35}\n";
/// let table = json_lines::read(lines.as_bytes(), Encoding::Utf8)?;
/// assert_eq!(table.column("age")?.cell(1), Some("35"));
/// assert_eq!(table.column("ward")?.cell(1), None);
/// # Ok::<(), incog::Error>(())
/// ```
pub fn read(input: impl Read + Send, encoding: Encoding) -> Result<Table> {
    let mut reader = Reader::new(input, encoding, None::<String>)?;
    let (mut columns, mut rows, mut before) = (Vec::<ColumnBuilder>::new(), Rows::default(), 0u64);
    while reader.next_rows(&mut rows)? {
        while columns.len() < rows.columns() {
            let mut column = ColumnBuilder::default();
            (0..before).try_for_each(|_| column.push_missing())?;
            columns.push(column);
        }
        for (i, column) in columns.iter_mut().enumerate() {
            (0..rows.len()).try_for_each(|row| column.push_cell(rows.cell(row, i)))?;
        }
        before += num::count(rows.len());
    }
    if columns.is_empty() {
        return Err(Error::empty_table());
    }
    Table::new(reader.names().iter().cloned().zip(columns.into_iter().map(ColumnBuilder::finish)))
}

/// An object whose values are not looked at yet.
struct Object<'t> {
    fields: Vec<(Cow<'t, str>, &'t RawValue)>,
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    fields.push((name, value));
                }
                Ok(Object { fields })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// The name of a field, copied only if it is escaped.
#[derive(Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

/// More fields than this are no columns.
const FIELDS: usize = 1 << 12;
