//! Cells of any type as texts, numbers and packed tuples.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, Float64Array, StringViewArray},
        compute::{can_cast_types, cast},
        datatypes::{DataType, Float64Type},
        util::display::{ArrayFormatter, FormatOptions},
    },
    common::exec_err,
    error::Result,
};

/// Each cell as text: numbers and dates as they are written in SQL. A cell without text, such as a date that no calendar
/// has, is null: whether there is an error, and what it says, must not follow from a cell. A NaN is null as well, as where
/// `incog-arrow` reads it.
pub(crate) fn texts(array: &ArrayRef) -> Result<StringViewArray> {
    let cast = match cast(array, &DataType::Utf8View) {
        Err(_) if has_text(array.data_type()) => {
            // The words of the cast itself, which gives up at the first such cell.
            let options = FormatOptions::default();
            let cells = ArrayFormatter::try_new(array, &options)?;
            let nulls = array.logical_nulls();
            let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            let text = |row| cells.value(row).try_to_string().ok().filter(|_| !is_null(row));
            return Ok((0..array.len()).map(text).collect());
        }
        cast => cast?,
    };
    let texts = cast.as_string_view();
    if is_floating(array.data_type()) {
        return Ok(texts.iter().map(|text| text.filter(|&text| text != "NaN")).collect());
    }
    Ok(texts.clone())
}

/// Whether it holds numbers of which some are none.
pub(crate) fn is_floating(of: &DataType) -> bool {
    match of {
        DataType::Dictionary(_, values) => is_floating(values),
        of => of.is_floating(),
    }
}

/// Whether cells of this type have a text.
pub(crate) fn has_text(of: &DataType) -> bool {
    can_cast_types(of, &DataType::Utf8View)
}

/// Each cell as a number; null where it holds none. Text is read as the core reads a CSV file: spaces around it are nothing.
pub(crate) fn numbers(array: &ArrayRef) -> Result<Float64Array> {
    let is_number = |n: &f64| !n.is_nan();
    if is_text(array.data_type()) {
        let texts = texts(array)?;
        let number = |text: Option<&str>| text.and_then(|t| t.trim().parse().ok()).filter(is_number);
        return Ok(texts.iter().map(number).collect());
    }
    let numbers = cast(array, &DataType::Float64)?;
    Ok(numbers.as_primitive::<Float64Type>().iter().map(|n| n.filter(is_number)).collect())
}

/// Whether the kernels over text take it.
pub(crate) fn is_text(of: &DataType) -> bool {
    match of {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Whether there is a number in it, or a text that may be one.
pub(crate) fn may_be_number(of: &DataType) -> bool {
    is_text(of) || of.is_numeric() || of.is_null()
}

/// The cells of each row in one key: equal if and only if all cells are.
///
/// ```text
///   0              missing
///   1 length text  length in groups of 7 bits, the lowest first, all but the last with the high bit set (LEB128)
/// ```
pub(crate) fn packed(columns: &[ArrayRef]) -> Result<BinaryArray> {
    let columns: Vec<StringViewArray> = columns.iter().map(texts).collect::<Result<_>>()?;
    let rows = columns.first().map_or(0, Array::len);
    let mut keys = BinaryBuilder::with_capacity(rows, rows * columns.len() * 8);
    let mut key = Vec::new();
    for row in 0..rows {
        key.clear();
        for column in &columns {
            pack(column.is_valid(row).then(|| column.value(row)), &mut key);
        }
        keys.append_value(&key);
    }
    Ok(keys.finish())
}

/// Appends one cell.
pub(crate) fn pack(cell: Option<&str>, key: &mut Vec<u8>) {
    let Some(text) = cell else { return key.push(0) };
    key.push(1);
    let mut length = text.len();
    while length >= 0x80 {
        key.push(0x80 | u8::try_from(length & 0x7f).unwrap_or(0));
        length >>= 7;
    }
    key.push(u8::try_from(length).unwrap_or(0));
    key.extend_from_slice(text.as_bytes());
}

/// The cells of a key.
pub(crate) fn unpacked(mut key: &[u8], cells: usize) -> Result<Vec<Option<&str>>> {
    let mut unpack = || {
        let (&tag, rest) = key.split_first()?;
        key = rest;
        if tag == 0 {
            return Some(None);
        }
        let (mut length, mut shift) = (0usize, 0);
        loop {
            let (&byte, rest) = key.split_first()?;
            key = rest;
            length |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        let (text, rest) = key.split_at_checked(length)?;
        key = rest;
        std::str::from_utf8(text).ok().map(Some)
    };
    let found: Option<Vec<_>> = (0..cells).map(|_| unpack()).collect();
    match found {
        Some(cells) if key.is_empty() => Ok(cells),
        _ => {
            exec_err!("a key is not what qi_key makes of {cells} columns; ask all nodes for the same version")
        }
    }
}

/// An array behind a pointer.
pub(crate) fn shared(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        Date32Array, Int64Array, StringArray, StructArray, Time32SecondArray, TimestampSecondArray,
    };

    use super::*;

    #[test]
    fn keys_are_equal_if_and_only_if_all_cells_are() {
        let long = "x".repeat(40_000);
        let cells = [None, Some(""), Some("a"), Some("ab"), Some("b"), Some("\u{0}\u{1}"), Some(&*long)];
        let mut seen = std::collections::HashMap::new();
        for a in cells {
            for b in cells {
                let mut key = Vec::new();
                pack(a, &mut key);
                pack(b, &mut key);
                assert_eq!(unpacked(&key, 2).unwrap(), [a, b]);
                assert!(unpacked(&key, 1).is_err() && unpacked(&key, 3).is_err());
                assert_eq!(seen.insert(key, (a, b)), None);
            }
        }
    }

    #[test]
    fn numbers_are_those_that_the_core_reads() {
        let texts =
            shared(StringArray::from(vec![Some(" 1.5 "), None, Some("x"), Some("NaN"), Some("-2e3")]));
        assert_eq!(
            numbers(&texts).unwrap(),
            Float64Array::from(vec![Some(1.5), None, None, None, Some(-2e3)])
        );
        let whole = shared(Int64Array::from(vec![Some(7), None]));
        assert_eq!(numbers(&whole).unwrap(), Float64Array::from(vec![Some(7.0), None]));
        let dates = shared(Date32Array::from(vec![0]));
        assert_eq!(super::texts(&dates).unwrap().value(0), "1970-01-01");
    }

    #[test]
    fn a_cell_without_text_is_null_and_changes_no_other() {
        let none = |array: ArrayRef, expected: &[Option<&str>]| {
            let found = super::texts(&array).unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{}", array.data_type());
        };
        none(
            shared(Date32Array::from(vec![Some(i32::MAX), None, Some(1)])),
            &[None, None, Some("1970-01-02")],
        );
        none(shared(TimestampSecondArray::from(vec![i64::MAX, 0])), &[None, Some("1970-01-01T00:00:00")]);
        none(shared(Time32SecondArray::from(vec![-1, 60])), &[None, Some("00:01:00")]);
        none(shared(BinaryArray::from(vec![&b"\xff"[..], b"a"])), &[None, Some("a")]);
        let coded = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Date32));
        let coded = cast(&shared(Date32Array::from(vec![Some(i32::MAX), None, Some(1)])), &coded).unwrap();
        none(coded, &[None, None, Some("1970-01-02")]);
        // A type without text is another thing: that no cell decides.
        assert!(super::texts(&shared(StructArray::new_empty_fields(1, None))).is_err());
    }
}
