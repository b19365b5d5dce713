//! Searches of cells.

use std::sync::{Arc, LazyLock};

use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, ListArray, StructArray, UInt32Array, UInt64Array,
    builder::{BooleanBuilder, NullBufferBuilder, StringBuilder},
    cast::AsArray,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Fields};
use arrow_select::take::take;
use incog::{
    Result,
    pii::{Finding, Scanner},
};

use crate::{error, text};

/// Whether something is found in each cell; null of a null.
///
/// # Errors
/// `Unsupported` if it is no array of text.
///
/// # Examples
/// ```
/// use arrow_array::{BooleanArray, StringArray};
/// use incog::pii::Scanner;
/// let notes = StringArray::from(vec![Some("to ada@example.org"), Some("paid in cash"), None]);
/// let found = incog_arrow::kernel::contains("note", &notes, &Scanner::new())?;
/// assert_eq!(found, BooleanArray::from(vec![Some(true), Some(false), None]));
/// # Ok::<(), incog::Error>(())
/// ```
pub fn contains(name: &str, array: &dyn Array, scanner: &Scanner) -> Result<BooleanArray> {
    let mut findings = Vec::new();
    contained(name, array, &mut |text| {
        findings.clear();
        scanner.scan_into(text.as_bytes(), &mut findings);
        !findings.is_empty()
    })
}

/// As [`contains`], with `name` as the label under which cells stand.
///
/// # Errors
/// As [`contains`].
///
/// # Examples
/// ```
/// use arrow_array::{BooleanArray, StringArray};
/// use incog::pii::Scanner;
/// use incog_arrow::kernel::{contains, contains_labelled};
/// let born = StringArray::from(vec!["1990-12-31"]);
/// assert_eq!(contains_labelled("birth_date", &born, &Scanner::new())?, BooleanArray::from(vec![true]));
/// assert_eq!(contains("birth_date", &born, &Scanner::new())?, BooleanArray::from(vec![false]));
/// # Ok::<(), incog::Error>(())
/// ```
pub fn contains_labelled(name: &str, array: &dyn Array, scanner: &Scanner) -> Result<BooleanArray> {
    contained(name, array, &mut |text| !scanner.scan_labelled(name, text.as_bytes()).is_empty())
}

fn contained(name: &str, array: &dyn Array, found: &mut dyn FnMut(&str) -> bool) -> Result<BooleanArray> {
    if text::is_dictionary(array) {
        let column = text::coded(name, array)?;
        let missing = column.missing_code();
        let entries = (0u32..)
            .zip(column.dictionary())
            .map(|(code, text)| (Some(code) != missing).then(|| found(text)));
        let entries: BooleanArray = entries.collect();
        return Ok(taken(name, &entries, column.codes())?.as_boolean().clone());
    }
    let mut builder = BooleanBuilder::with_capacity(array.len());
    text::each(name, array, |cell| {
        builder.append_option(cell.map(&mut *found));
        Ok(())
    })?;
    Ok(builder.finish())
}

/// What is found in each cell: a list of [`findings_type`], empty if it is nothing, null of a null. Offsets are in bytes,
/// the end excluded; no text of the cell is in it.
///
/// # Errors
/// `Unsupported` if it is no array of text.
///
/// # Examples
/// ```
/// use arrow_array::{Array, StringArray, cast::AsArray, types::UInt64Type};
/// use incog::pii::Scanner;
/// let notes = StringArray::from(vec!["to ada@example.org", "paid in cash"]);
/// let found = incog_arrow::kernel::scan("note", &notes, &Scanner::new())?;
/// assert_eq!((found.value(0).len(), found.value(1).len()), (1, 0));
/// let first = found.value(0);
/// let first = first.as_struct();
/// assert_eq!(first.column_by_name("start").unwrap().as_primitive::<UInt64Type>().value(0), 3);
/// assert_eq!(first.column_by_name("entity").unwrap().as_string::<i32>().value(0), "EMAIL_ADDRESS");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn scan(name: &str, array: &dyn Array, scanner: &Scanner) -> Result<ListArray> {
    scanned(name, array, &mut |text, findings| scanner.scan_into(text.as_bytes(), findings))
}

/// As [`scan`], with `name` as the label under which cells stand.
///
/// # Errors
/// As [`scan`].
///
/// # Examples
/// ```
/// use arrow_array::{Array, StringArray, cast::AsArray};
/// use incog::pii::Scanner;
/// let born = StringArray::from(vec!["1990-12-31", "unknown"]);
/// let found = incog_arrow::kernel::scan_labelled("birth_date", &born, &Scanner::new())?;
/// assert_eq!((found.value(0).len(), found.value(1).len()), (1, 0));
/// let entity = found.value(0).as_struct().column_by_name("entity").unwrap().clone();
/// assert_eq!(entity.as_string::<i32>().value(0), "DATE_OF_BIRTH");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn scan_labelled(name: &str, array: &dyn Array, scanner: &Scanner) -> Result<ListArray> {
    scanned(name, array, &mut |text, findings| {
        findings.append(&mut scanner.scan_labelled(name, text.as_bytes()));
    })
}

/// The type of what [`scan`] gives: `List<Struct<start: UInt64, end: UInt64, entity: Utf8, confidence: Float64>>`.
///
/// # Examples
/// For an engine that asks for the type before there are rows:
/// ```
/// use arrow_array::{Array, StringArray};
/// use incog::pii::Scanner;
/// use incog_arrow::kernel::{findings_type, scan};
/// let found = scan("note", &StringArray::from(vec!["to ada@example.org"]), &Scanner::new())?;
/// assert_eq!(found.data_type(), &findings_type());
/// # Ok::<(), incog::Error>(())
/// ```
#[must_use]
pub fn findings_type() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Struct(FIELDS.clone()), false)))
}

fn scanned(
    name: &str,
    array: &dyn Array,
    search: &mut dyn FnMut(&str, &mut Vec<Finding>),
) -> Result<ListArray> {
    let mut lists = Lists::new(array.len());
    let mut findings = Vec::new();
    let mut add = |cell: Option<&str>| {
        findings.clear();
        if let Some(text) = cell {
            search(text, &mut findings);
        }
        lists.push(cell.is_some(), &findings);
    };
    if text::is_dictionary(array) {
        let column = text::coded(name, array)?;
        let missing = column.missing_code();
        (0u32..)
            .zip(column.dictionary())
            .for_each(|(code, text)| add((Some(code) != missing).then_some(text)));
        return Ok(taken(name, &lists.finish(name)?, column.codes())?.as_list().clone());
    }
    text::each(name, array, |cell| {
        add(cell);
        Ok(())
    })?;
    lists.finish(name)
}

/// What an entry has, for each row.
fn taken(name: &str, entries: &dyn Array, codes: &[u32]) -> Result<ArrayRef> {
    // The one way to fail is that lists together are longer than 32 bits count.
    take(entries, &UInt32Array::from(codes.to_vec()), None).map_err(|_| error::too_many_findings(name))
}

/// Lists of findings, end to end.
struct Lists {
    ends: Vec<i32>,
    present: NullBufferBuilder,
    start: Vec<u64>,
    end: Vec<u64>,
    entity: StringBuilder,
    confidence: Vec<f64>,
    fits: bool,
}

impl Lists {
    fn new(rows: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Lists {
            ends,
            present: NullBufferBuilder::new(rows),
            start: Vec::new(),
            end: Vec::new(),
            entity: StringBuilder::new(),
            confidence: Vec::new(),
            fits: true,
        }
    }

    fn push(&mut self, present: bool, findings: &[Finding]) {
        for finding in findings {
            // An offset is at most the length of a text in memory.
            self.start.push(finding.start().try_into().unwrap_or(u64::MAX));
            self.end.push(finding.end().try_into().unwrap_or(u64::MAX));
            self.entity.append_value(finding.entity().as_str());
            self.confidence.push(finding.confidence().value());
        }
        let end = i32::try_from(self.start.len());
        self.fits &= end.is_ok();
        self.ends.push(end.unwrap_or(i32::MAX));
        self.present.append(present);
    }

    fn finish(mut self, name: &str) -> Result<ListArray> {
        if !self.fits {
            return Err(error::too_many_findings(name));
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt64Array::from(self.start)),
            Arc::new(UInt64Array::from(self.end)),
            Arc::new(self.entity.finish()),
            Arc::new(Float64Array::from(self.confidence)),
        ];
        let findings = StructArray::new(FIELDS.clone(), columns, None);
        let field = Field::new_list_field(DataType::Struct(FIELDS.clone()), false);
        let ends = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        Ok(ListArray::new(Arc::new(field), ends, Arc::new(findings), self.present.finish()))
    }
}

static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
    Fields::from(vec![
        Field::new("start", DataType::UInt64, false),
        Field::new("end", DataType::UInt64, false),
        Field::new("entity", DataType::Utf8, false),
        Field::new("confidence", DataType::Float64, false),
    ])
});
