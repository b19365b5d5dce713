//! Free text: what the scanner finds, and what the row itself says about its person, is replaced.

use std::{borrow::Cow, collections::BTreeMap};

use super::{policy::TextOperator, scanners::Scanners};
use crate::pii::{Finding, Label, Mask, Redactor, RowDictionary, RowValue, Scanner};

/// How the cells of one column are scrubbed.
pub(super) struct Scrub {
    column: String,
    redactor: Redactor,
    /// The policy's scanner, and after it those that a verifier will use.
    scanners: Vec<Scanner>,
    /// Columns whose values are looked for: their names, what their values look like, where they are.
    row: Vec<(String, RowValue, usize)>,
}

impl Scrub {
    /// For the column `name`, with the columns `row` as the dictionary of each row.
    pub(super) fn new(
        name: &str,
        scanners: &Scanners,
        row: Vec<(&str, usize)>,
        operator: TextOperator,
    ) -> Self {
        let builder = Redactor::builder(scanners.policy().clone());
        let redactor = match operator {
            TextOperator::Label => builder.otherwise(Label::new()),
            TextOperator::Mask => builder.otherwise(Mask::new()),
        };
        Scrub {
            column: name.to_owned(),
            redactor: redactor.build(),
            scanners: scanners.all(),
            row: row.into_iter().map(|(n, at)| (n.to_owned(), kind_of_row_value(n), at)).collect(),
        }
    }

    /// Appends the scrubbed `text` to `out` and counts what was found; `cell` is the row's cell in a column. Says whether
    /// it is clean.
    ///
    /// # Guarantee
    /// For all texts for which it says so, a scan of the result by any of the scanners finds nothing.
    pub(super) fn scrub<'r>(
        &self,
        text: &str,
        cell: impl Fn(usize) -> Option<&'r str>,
        out: &mut String,
        found: &mut BTreeMap<String, u64>,
    ) -> bool {
        let mut dictionary = RowDictionary::builder();
        for (label, kind, column) in &self.row {
            if let Some(value) = cell(*column) {
                dictionary = dictionary.value(label, *kind, value);
            }
        }
        let dictionary = dictionary.build();
        let mut findings = Vec::new();
        self.redactor.scanner().scan_into(text.as_bytes(), &mut findings);
        dictionary.find_into(text, &mut findings);
        for finding in &findings {
            match found.get_mut(finding.entity().as_str()) {
                Some(n) => *n += 1,
                None => drop(found.insert(finding.entity().as_str().to_owned(), 1)),
            }
        }
        let mut clean = match findings.as_slice() {
            [] => Cow::Borrowed(text),
            _ => self.redactor.redact_row(text, &dictionary),
        };
        // A verifier scans cells with the name of their column beside them, which can tell it more.
        for _ in 0..PASSES {
            let findings = self.left(&clean);
            if findings.is_empty() {
                out.push_str(&clean);
                return true;
            }
            clean = Cow::Owned(self.redactor.redact_findings(&clean, &findings));
        }
        out.push_str(&clean);
        self.left(&clean).is_empty()
    }

    /// What any of the scanners finds in a cell of the column.
    fn left(&self, cell: &str) -> Vec<Finding> {
        self.scanners.iter().flat_map(|s| s.scan_labelled(&self.column, cell.as_bytes())).collect()
    }
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
