//! Cells of columns of any type that a table can hold, as text.
//!
//! | type | text |
//! |---|---|
//! | text, dictionaries of it | itself |
//! | integers, floating point | decimal digits, the shortest that read back as the same number; a NaN is a missing cell |
//! | decimals | with as many digits behind the point as their type has |
//! | booleans | `true`, `false` |
//! | dates | `2026-01-31` |
//! | times | `23:59:59`, with a fraction if there is one |
//! | timestamps | `2026-01-31T23:59:59`; of an instant, in UTC: `2026-01-31T23:59:59Z` |
//! | lists of text | a JSON array: `["a","b"]` |
//! | dictionaries of any of these | as their values |

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, LargeListArray, LargeStringArray, StringArray, StringViewArray,
    cast::AsArray,
    types::{Float16Type, Float32Type, Float64Type},
};
use arrow_cast::{
    cast,
    display::{ArrayFormatter, FormatOptions},
};
use arrow_schema::{DataType, Field};
use incog::Result;

use crate::{error, text::is_text};

/// Whether cells of this type can be written as text.
pub(crate) fn is_cell(data_type: &DataType) -> bool {
    use DataType as D;
    match data_type {
        D::Dictionary(_, values) => !matches!(**values, D::Dictionary(..)) && is_cell(values),
        D::List(item) | D::LargeList(item) => is_text(item.data_type()),
        D::Null | D::Boolean | D::Date32 | D::Date64 | D::Time32(_) | D::Time64(_) | D::Timestamp(..) => true,
        other => is_text(other) || other.is_numeric(),
    }
}

/// The array in a type of which each row has a text: no dictionary but of text, instants in UTC, and null where a number is none.
pub(crate) fn plain(name: &str, array: &ArrayRef) -> Result<ArrayRef> {
    let kind = array.data_type();
    if !is_cell(kind) {
        return Err(error::not_a_cell(name, kind));
    }
    let target = match kind {
        DataType::Dictionary(..) if is_text(kind) => return Ok(Arc::clone(array)),
        DataType::Dictionary(_, values) => {
            let unpacked = cast(array, values).map_err(|_| error::not_a_cell(name, kind))?;
            return plain(name, &unpacked);
        }
        DataType::List(_) | DataType::LargeList(_) => {
            DataType::LargeList(Arc::new(Field::new_list_field(DataType::LargeUtf8, true)))
        }
        // Among numbers a NaN is a missing cell, for conditions of the core and for engines as well.
        DataType::Float16 => {
            return Ok(Arc::new(
                array
                    .as_primitive::<Float16Type>()
                    .unary_opt::<_, Float16Type>(|n| (!n.is_nan()).then_some(n)),
            ));
        }
        DataType::Float32 => {
            return Ok(Arc::new(
                array
                    .as_primitive::<Float32Type>()
                    .unary_opt::<_, Float32Type>(|n| (!n.is_nan()).then_some(n)),
            ));
        }
        DataType::Float64 => {
            return Ok(Arc::new(
                array
                    .as_primitive::<Float64Type>()
                    .unary_opt::<_, Float64Type>(|n| (!n.is_nan()).then_some(n)),
            ));
        }
        DataType::Date64 => DataType::Date32,
        // An instant is the same in every zone, and one zone needs no table of zones.
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        _ => return Ok(Arc::clone(array)),
    };
    cast(array, &target).map_err(|_| error::not_a_cell(name, kind))
}

/// Cells of one array of [`plain`].
pub(crate) struct Cells<'a> {
    array: &'a dyn Array,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Short(&'a StringArray),
    Long(&'a LargeStringArray),
    View(&'a StringViewArray),
    Coded(Vec<usize>, Box<Cells<'a>>),
    Texts(&'a LargeListArray),
    Printed(ArrayFormatter<'a>),
    Missing,
}

impl<'a> Cells<'a> {
    pub(crate) fn new(name: &str, array: &'a dyn Array) -> Result<Self> {
        let kind = match array.data_type() {
            DataType::Utf8 => Kind::Short(array.as_string()),
            DataType::LargeUtf8 => Kind::Long(array.as_string()),
            DataType::Utf8View => Kind::View(array.as_string_view()),
            DataType::Null => Kind::Missing,
            DataType::LargeList(_) => Kind::Texts(array.as_list()),
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                if dictionary.values().is_empty() {
                    Kind::Missing
                } else {
                    let values = Cells::new(name, dictionary.values())?;
                    Kind::Coded(dictionary.normalized_keys(), Box::new(values))
                }
            }
            other => {
                let formatter = ArrayFormatter::try_new(array, &OPTIONS);
                Kind::Printed(formatter.map_err(|_| error::not_a_cell(name, other))?)
            }
        };
        Ok(Cells { array, kind })
    }

    pub(crate) fn is_null(&self, row: usize) -> bool {
        match &self.kind {
            Kind::Missing => true,
            Kind::Coded(keys, values) => self.array.is_null(row) || values.is_null(keys[row]),
            _ => self.array.is_null(row),
        }
    }

    pub(crate) fn data_type(&self) -> &DataType {
        self.array.data_type()
    }

    /// Appends the text of a cell that is not null; says whether it has one.
    pub(crate) fn write(&self, row: usize, out: &mut String) -> bool {
        match &self.kind {
            Kind::Short(array) => out.push_str(array.value(row)),
            Kind::Long(array) => out.push_str(array.value(row)),
            Kind::View(array) => out.push_str(array.value(row)),
            Kind::Coded(keys, values) => return values.write(keys[row], out),
            Kind::Missing => {}
            Kind::Texts(lists) => {
                let list = lists.value(row);
                let texts: Vec<Option<&str>> = list.as_string::<i64>().iter().collect();
                // Texts and nulls always have a JSON form.
                let Ok(json) = serde_json::to_string(&texts) else { return false };
                out.push_str(&json);
            }
            Kind::Printed(formatter) => {
                let start = out.len();
                if formatter.value(row).write(out).is_err() {
                    out.truncate(start);
                    return false;
                }
                // UTC has one spelling here.
                if out[start..].ends_with("+00:00") {
                    out.truncate(out.len() - 6);
                    out.push('Z');
                }
            }
        }
        true
    }
}

/// An error is an error, and no text in its place.
const OPTIONS: FormatOptions<'_> = FormatOptions::new().with_display_error(false);
