//! Arrays of text, read and written cell by cell without a `String` for each.
//!
//! ```text
//!   Utf8, LargeUtf8      ends   0 2 2 5          text  a b x y z          one buffer, appended to in place
//!   Utf8View             views  (len, 12 bytes, or a buffer and where)    short cells in the view itself
//!   Dictionary<K, ..>    keys   0 0 1            values: one of the above, each worked on once
//! ```
//!
//! What is written holds the cells and nothing else: no entry that no row uses, no two entries that are equal, no text
//! under a null, and entries in the order in which rows first use them. An entry or an order would tell of other rows,
//! and two codes for one generalized value would tell apart what the value does not.

use std::{collections::HashMap, sync::Arc};

use arrow_array::{
    Array, ArrayRef, DictionaryArray, GenericStringArray, OffsetSizeTrait, PrimitiveArray, StringArrayType,
    builder::StringViewBuilder,
    cast::AsArray,
    downcast_integer,
    types::{ArrowDictionaryKeyType, ArrowPrimitiveType},
};
use arrow_buffer::{ArrowNativeType, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;
use incog::{
    Result,
    table::{Column, ColumnBuilder},
};

use crate::error;

/// Whether cells of this type are text.
pub(crate) fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values) && !matches!(**values, DataType::Dictionary(..)),
        _ => false,
    }
}

pub(crate) fn is_dictionary(array: &dyn Array) -> bool {
    matches!(array.data_type(), DataType::Dictionary(..))
}

/// The array, of the same type, with what `write` appends for each cell; a null stays null. `write` is called once for
/// each cell, or of a dictionary once for each entry that a row uses.
pub(crate) fn mapped(
    name: &str,
    array: &dyn Array,
    mut write: impl FnMut(&str, &mut String) -> Result<()>,
) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Utf8 => flat(name, array.as_string::<i32>(), Ends::<i32>::new(array.len()), write),
        DataType::LargeUtf8 => flat(name, array.as_string::<i64>(), Ends::<i64>::new(array.len()), write),
        DataType::Utf8View => flat(name, array.as_string_view(), Views::new(array.len()), write),
        kind @ DataType::Dictionary(..) if is_text(kind) => {
            let column = coded(name, array)?.map_values(|_, value| {
                let mut text = String::new();
                write(value, &mut text)?;
                Ok(text)
            })?;
            array_of(name, &column, kind)
        }
        other => Err(error::not_text(name, other)),
    }
}

/// Calls `read` with each cell, in order.
pub(crate) fn each<'a>(
    name: &str,
    array: &'a dyn Array,
    read: impl FnMut(Option<&'a str>) -> Result<()>,
) -> Result<()> {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().try_for_each(read),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().try_for_each(read),
        DataType::Utf8View => array.as_string_view().iter().try_for_each(read),
        other => Err(error::not_text(name, other)),
    }
}

/// The cells as a column, made at once: what a kernel of the core works on.
pub(crate) fn listed(name: &str, array: &dyn Array) -> Result<Column> {
    let mut values = Vec::with_capacity(array.len());
    each(name, array, |cell| {
        values.push(cell);
        Ok(())
    })?;
    let mut next = 0u32;
    let nulls = u32::try_from(array.len() - array.null_count()).map_err(|_| error::too_much_text(name))?;
    let codes = values.iter().map(|cell| match cell {
        Some(_) => {
            next += 1;
            next - 1
        }
        None => nulls,
    });
    Column::from_codes_with_missing(
        codes.collect(),
        values.iter().flatten().copied().chain([""]),
        Some(nulls),
    )
}

/// The cells as a column with each distinct cell once.
pub(crate) fn coded(name: &str, array: &dyn Array) -> Result<Column> {
    coded_by(name, array, |cell| cell)
}

/// As [`coded`], of what `read` makes of each cell: asked once for each entry of a dictionary.
pub(crate) fn coded_by(
    name: &str,
    array: &dyn Array,
    read: impl for<'a> Fn(Option<&'a str>) -> Option<&'a str>,
) -> Result<Column> {
    if !is_text(array.data_type()) {
        return Err(error::not_text(name, array.data_type()));
    }
    let mut builder = ColumnBuilder::default();
    let Some(dictionary) = array.as_any_dictionary_opt() else {
        each(name, array, |cell| builder.push_cell(read(cell)))?;
        return Ok(builder.finish());
    };
    let keys = dictionary.keys();
    if dictionary.values().is_empty() || keys.null_count() == keys.len() {
        (0..keys.len()).try_for_each(|_| builder.push_missing())?;
        return Ok(builder.finish());
    }
    let mut cells: Vec<Option<&str>> = Vec::with_capacity(dictionary.values().len());
    each(name, dictionary.values(), |cell| {
        cells.push(read(cell));
        Ok(())
    })?;
    // Entry -> code, looked up by text once for each entry that a row uses.
    let mut codes = vec![None; cells.len()];
    let (mut index, mut values) = (HashMap::new(), Vec::new());
    let mut missing = None;
    let mut next = |cell: Option<&'_ str>| -> u32 {
        values.push(cell.unwrap_or_default().to_owned());
        code_of(values.len() - 1)
    };
    let rows = dictionary.normalized_keys().into_iter().enumerate().map(|(row, key)| {
        let cell = if keys.is_null(row) { None } else { cells[key] };
        match cell {
            None => *missing.get_or_insert_with(|| next(None)),
            Some(text) => *codes[key].get_or_insert_with(|| *index.entry(text).or_insert_with(|| next(cell))),
        }
    });
    let rows: Vec<u32> = rows.collect();
    Column::from_codes_with_missing(rows, values, missing)
}

/// The cells of `column` as an array of this type; missing cells are null.
pub(crate) fn array_of(name: &str, column: &Column, data_type: &DataType) -> Result<ArrayRef> {
    match data_type {
        DataType::Utf8 => written(name, column, Ends::<i32>::new(column.len())),
        DataType::LargeUtf8 => written(name, column, Ends::<i64>::new(column.len())),
        DataType::Utf8View => written(name, column, Views::new(column.len())),
        DataType::Dictionary(keys, values) if is_text(data_type) => {
            let (codes, entries) = renumbered(column)?;
            let values = array_of(name, &entries, values)?;
            macro_rules! with_keys {
                ($key:ty) => {
                    dictionary::<$key>(name, codes, values)
                };
            }
            downcast_integer! {
                **keys => (with_keys),
                _ => Err(error::not_text(name, data_type)),
            }
        }
        other => Err(error::not_text(name, other)),
    }
}

/// The code of each row, none if it is missing, and the entries in the order in which rows first use them, each once.
fn renumbered(column: &Column) -> Result<(Vec<Option<u32>>, Column)> {
    let mut entries = ColumnBuilder::default();
    let mut index: HashMap<&str, u32> = HashMap::new();
    let mut new = vec![None; column.dictionary_len()];
    let mut codes = Vec::with_capacity(column.len());
    for &code in column.codes() {
        if Some(code) == column.missing_code() {
            codes.push(None);
            continue;
        }
        let slot = &mut new[at(code)];
        let code = match slot {
            Some(known) => *known,
            None => {
                let text = column.value(code);
                let next = code_of(entries.len());
                let known = *index.entry(text).or_insert(next);
                if known == next {
                    entries.push(text)?;
                }
                *slot.insert(known)
            }
        };
        codes.push(Some(code));
    }
    Ok((codes, entries.finish()))
}

fn dictionary<K: ArrowDictionaryKeyType>(
    name: &str,
    codes: Vec<Option<u32>>,
    values: ArrayRef,
) -> Result<ArrayRef> {
    let most = values.len().saturating_sub(1);
    if <K as ArrowPrimitiveType>::Native::from_usize(most).is_none_or(|key| key.as_usize() != most) {
        return Err(error::too_many_entries(name, &K::DATA_TYPE));
    }
    let nulls: NullBuffer = codes.iter().map(Option::is_some).collect();
    // Under a null there is the first key.
    let keys = codes.iter().map(|code| <K as ArrowPrimitiveType>::Native::usize_as(at(code.unwrap_or(0))));
    let keys =
        PrimitiveArray::<K>::new(ScalarBuffer::from_iter(keys), Some(nulls).filter(|n| n.null_count() > 0));
    Ok(Arc::new(DictionaryArray::<K>::new(keys, values)))
}

fn code_of(position: usize) -> u32 {
    u32::try_from(position).expect("no more entries than a column had")
}

fn at(code: u32) -> usize {
    usize::try_from(code).expect("codes are positions")
}

fn flat<'a, A: StringArrayType<'a>>(
    name: &str,
    array: A,
    mut sink: impl Sink,
    mut write: impl FnMut(&str, &mut String) -> Result<()>,
) -> Result<ArrayRef> {
    for cell in array.iter() {
        match cell {
            Some(text) => sink.cell(|out| write(text, out))?,
            None => sink.null(),
        }
    }
    sink.finish(name, array.nulls().cloned())
}

fn written(name: &str, column: &Column, mut sink: impl Sink) -> Result<ArrayRef> {
    let missing = column.missing_code();
    for &code in column.codes() {
        if Some(code) == missing {
            sink.null();
        } else {
            sink.cell(|out| {
                out.push_str(column.value(code));
                Ok(())
            })?;
        }
    }
    let nulls = missing
        .map(|missing| column.codes().iter().map(|&code| code != missing).collect::<NullBuffer>())
        .filter(|nulls| nulls.null_count() > 0);
    sink.finish(name, nulls)
}

/// Where cells are appended.
trait Sink {
    fn cell(&mut self, write: impl FnOnce(&mut String) -> Result<()>) -> Result<()>;
    fn null(&mut self);
    fn finish(self, name: &str, nulls: Option<NullBuffer>) -> Result<ArrayRef>;
}

/// One text with where each cell ends.
struct Ends<O> {
    text: String,
    ends: Vec<O>,
    /// Whether the offsets reach.
    fits: bool,
}

impl<O: OffsetSizeTrait> Ends<O> {
    fn new(rows: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(O::zero());
        Ends { text: String::new(), ends, fits: true }
    }

    fn end(&mut self) {
        let end = O::from_usize(self.text.len());
        self.fits &= end.is_some();
        self.ends.push(end.unwrap_or_default());
    }
}

impl<O: OffsetSizeTrait> Sink for Ends<O> {
    fn cell(&mut self, write: impl FnOnce(&mut String) -> Result<()>) -> Result<()> {
        write(&mut self.text)?;
        self.end();
        Ok(())
    }

    fn null(&mut self) {
        self.end();
    }

    fn finish(self, name: &str, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        if !self.fits {
            return Err(error::too_much_text(name));
        }
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        let text = Buffer::from_vec(self.text.into_bytes());
        Ok(Arc::new(GenericStringArray::<O>::new(offsets, text, nulls)))
    }
}

/// Views, written through one text that is used again for each cell.
struct Views {
    builder: StringViewBuilder,
    cell: String,
}

impl Views {
    fn new(rows: usize) -> Self {
        Views { builder: StringViewBuilder::with_capacity(rows), cell: String::new() }
    }
}

impl Sink for Views {
    fn cell(&mut self, write: impl FnOnce(&mut String) -> Result<()>) -> Result<()> {
        self.cell.clear();
        write(&mut self.cell)?;
        self.builder.append_value(&self.cell);
        Ok(())
    }

    fn null(&mut self) {
        self.builder.append_null();
    }

    fn finish(mut self, _: &str, _: Option<NullBuffer>) -> Result<ArrayRef> {
        Ok(Arc::new(self.builder.finish()))
    }
}
