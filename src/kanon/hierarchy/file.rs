//! A hierarchy written out: a line per value.

use std::{collections::HashMap, io::Read};

use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub(super) struct File {
    rows: HashMap<String, Vec<String>>,
    depth: usize,
}

impl File {
    pub(super) fn read(input: impl Read, delimiter: char) -> Result<Self> {
        let delimiter = u8::try_from(delimiter).map_err(|_| Error::hierarchy_delimiter())?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(input);
        let mut rows: HashMap<String, Vec<String>> = HashMap::new();
        let mut depth = None;
        // For each level, what each value of it becomes at the next.
        let mut parents: Vec<HashMap<String, String>> = Vec::new();
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(unreadable)? {
            let line = record.position().map_or(0, csv::Position::line);
            let cells = record.iter().map(|c| str::from_utf8(c).map(str::to_owned));
            let row = cells
                .collect::<std::result::Result<Vec<_>, _>>()
                .map_err(|_| Error::hierarchy_not_utf8(line))?;
            let depth = *depth.get_or_insert(row.len());
            if row.len() != depth {
                return Err(Error::ragged_hierarchy(line, row.len(), depth));
            }
            parents.resize(depth - 1, HashMap::new());
            for (level, parent) in parents.iter_mut().enumerate() {
                let before = parent.insert(row[level].clone(), row[level + 1].clone());
                if before.is_some_and(|before| before != row[level + 1]) {
                    return Err(Error::unnested_hierarchy(line, level));
                }
            }
            if rows.insert(row[0].clone(), row).is_some() {
                return Err(Error::repeated_hierarchy_value(line));
            }
        }
        match depth {
            Some(depth) => Ok(File { rows, depth }),
            None => Err(Error::empty_hierarchy()),
        }
    }

    pub(super) fn rows(&self) -> &HashMap<String, Vec<String>> {
        &self.rows
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

fn unreadable(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => Error::io("reading the hierarchy", e),
        // The only other kinds need UTF-8 or equal lengths, which this module checks itself.
        _ => Error::empty_hierarchy(),
    }
}
