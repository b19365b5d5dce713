//! Free text: what the scanner finds, and what the row itself says about its person, is replaced.

use std::collections::BTreeMap;

use super::{Progress, policy::TextOperator};
use crate::{
    error::{Error, Result},
    num,
    pii::{Finding, Label, Mask, Redactor, RowDictionary, RowValue, Scanner},
    table::{Column, ColumnBuilder, Table},
};

/// A scrubbed column, and how often each kind was found in it.
pub(super) struct Scrubbed {
    pub(super) column: Column,
    pub(super) found: BTreeMap<String, u64>,
}

/// Replaces findings in the column `name` of `table`. `scanners` are the policy's, and after it those that a verifier
/// will use.
///
/// # Guarantee
/// For all tables, a scan of the result by any of the scanners finds nothing: a text in which something is
/// left after [`PASSES`] passes is refused, and with it the release.
pub(super) fn scrub(
    name: &str,
    table: &Table,
    scanners: &[Scanner],
    (use_row, operator): (&[String], TextOperator),
    progress: Progress<'_>,
) -> Result<Scrubbed> {
    let text = table.column(name)?;
    let builder = Redactor::builder(scanners.first().cloned().unwrap_or_default());
    let redactor = match operator {
        TextOperator::Label => builder.otherwise(Label::new()),
        TextOperator::Mask => builder.otherwise(Mask::new()),
    }
    .build();
    let row_columns: Vec<(&str, RowValue, &Column)> = use_row
        .iter()
        .map(|n| Ok((n.as_str(), kind_of_row_value(n), table.column(n)?)))
        .collect::<Result<_>>()?;

    let mut column = ColumnBuilder::default();
    let mut found = BTreeMap::new();
    let mut left_over = 0;
    let mut findings: Vec<Finding> = Vec::new();
    let rows = num::count(text.len());
    for row in 0..text.len() {
        if row % 1024 == 0 {
            progress("scrubbing text", num::count(row), rows);
        }
        let Some(cell) = text.cell(row) else {
            column.push_missing()?;
            continue;
        };
        let mut dictionary = RowDictionary::builder();
        for (label, kind, values) in &row_columns {
            if let Some(value) = values.cell(row) {
                dictionary = dictionary.value(label, *kind, value);
            }
        }
        let dictionary = dictionary.build();
        findings.clear();
        redactor.scanner().scan_into(cell.as_bytes(), &mut findings);
        dictionary.find_into(cell, &mut findings);
        for finding in &findings {
            *found.entry(finding.entity().as_str().to_owned()).or_default() += 1;
        }
        let mut clean = redactor.redact_row(cell, &dictionary).into_owned();
        // A verifier scans cells with the name of their column beside them, which can tell it more.
        for _ in 0..PASSES {
            let findings = left(scanners, name, &clean);
            if findings.is_empty() {
                break;
            }
            clean = redactor.redact_findings(&clean, &findings);
        }
        left_over += u64::from(!left(scanners, name, &clean).is_empty());
        column.push(&clean)?;
    }
    progress("scrubbing text", rows, rows);
    if left_over > 0 {
        return Err(Error::still_found(name, left_over));
    }
    Ok(Scrubbed { column: column.finish(), found })
}

/// What any of the scanners finds in a cell of the column `name`.
fn left(scanners: &[Scanner], name: &str, cell: &str) -> Vec<Finding> {
    scanners.iter().flat_map(|scanner| scanner.scan_labelled(name, cell.as_bytes())).collect()
}

/// What the values of an identifying column look like in text, by the words of its name. Whatever is not
/// recognized is looked for as it stands, like a record number.
fn kind_of_row_value(column: &str) -> RowValue {
    let lower = column.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let has = |known: &[&str]| words.iter().any(|w| known.contains(w));
    if has(&["phone", "telephone", "tel", "mobile", "fax", "cell", "telefon", "handy"]) {
        RowValue::Phone
    } else if has(&["email", "mail", "e"]) && !has(&["name"]) {
        RowValue::Email
    } else if has(&[
        "name",
        "surname",
        "firstname",
        "lastname",
        "forename",
        "nachname",
        "vorname",
        "nom",
        "nombre",
    ]) {
        RowValue::Name
    } else {
        RowValue::Record
    }
}

/// Replacing one finding can uncover another; one pass is usual.
const PASSES: usize = 4;
