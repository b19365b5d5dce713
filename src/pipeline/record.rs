//! A row of a release as bytes: each cell as its length in 8 bytes, little-endian, then its text.

use std::borrow::Cow;

use crate::{num, table::csv::defused};

/// Appends `cell` to `record`.
pub(super) fn push(record: &mut Vec<u8>, cell: &str) {
    record.extend_from_slice(&num::count(cell.len()).to_le_bytes());
    record.extend_from_slice(cell.as_bytes());
}

/// The cells of `record`.
pub(super) fn cells(record: &[u8]) -> impl Iterator<Item = &str> {
    let mut rest = record;
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (cell, after) = after.split_at_checked(length)?;
        rest = after;
        str::from_utf8(cell).ok()
    })
}

/// The record with every formula defused but in the columns where `verbatim` says not to; as it is if there is none.
pub(super) fn as_written(record: &[u8], verbatim: impl Fn(usize) -> bool) -> Cow<'_, [u8]> {
    let mut written: Option<Vec<u8>> = None;
    let mut done = 0;
    for (i, cell) in cells(record).enumerate() {
        let start = done;
        done += 8 + cell.len();
        let safe = if verbatim(i) { Cow::Borrowed(cell) } else { defused(cell) };
        if let (None, Cow::Owned(_)) = (&written, &safe) {
            written = Some(record[..start].to_vec());
        }
        if let Some(written) = &mut written {
            push(written, &safe);
        }
    }
    written.map_or(Cow::Borrowed(record), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_and_formulas_are_defused_where_they_may_be() {
        let row = ["", "=1", "ü\n", "@x", "plain"];
        let mut record = Vec::new();
        row.iter().for_each(|cell| push(&mut record, cell));
        assert_eq!(cells(&record).collect::<Vec<_>>(), row);
        let written = as_written(&record, |i| i == 3);
        assert_eq!(cells(&written).collect::<Vec<_>>(), ["", "'=1", "ü\n", "@x", "plain"]);
        assert!(matches!(as_written(&record, |_| true), Cow::Borrowed(_)));
    }
}
