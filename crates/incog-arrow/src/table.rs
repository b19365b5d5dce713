//! Record batches as tables of the core, and back.
//!
//! Dictionaries stay dictionaries: of a column of type `Dictionary` the keys become codes, renumbered by first use, and the
//! text of each entry is looked at once for a batch. How cells of other types are written as text stands in [`table_of`].

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, RecordBatch, RecordBatchOptions, builder::LargeListBuilder, builder::LargeStringBuilder,
    new_null_array,
};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use incog::{
    Error, ErrorKind, Result,
    table::{Column, ColumnBuilder, Rows, Table},
};

use crate::{
    cells::{self, Cells},
    error, text,
};

/// What a null is in a table, and a NaN of a column of numbers.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::StringArray;
/// use incog_arrow::table::{Nulls, column_of};
/// let ward = Arc::new(StringArray::from(vec![Some("A1"), Some(""), None])) as _;
/// let column = |nulls| column_of("ward", &ward, nulls);
/// assert_eq!((column(Nulls::Missing)?.cell(1), column(Nulls::Missing)?.cell(2)), (None, None));
/// assert_eq!((column(Nulls::Apart)?.cell(1), column(Nulls::Apart)?.cell(2)), (Some(""), None));
/// assert_eq!(column(Nulls::Refuse).unwrap_err().kind(), incog::ErrorKind::Value);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nulls {
    /// A missing cell, and so is an empty text, as in every file that is read by `incog`.
    #[default]
    Missing,
    /// A missing cell; an empty text is a value of its own.
    Apart,
    /// An error with column and row; an empty text is a missing cell.
    Refuse,
}

/// The rows of `batch` as a table.
///
/// Text is taken as it is, and numbers, booleans and dates as they are usually written down: `7`, `1.5`, `true`,
/// `2026-01-31`, `23:59:59`, `2026-01-31T23:59:59`; a NaN is no number, and counts as a null. Timestamps with a zone are instants, and are written in UTC with a `Z`.
/// A list of texts is a JSON array of them.
///
/// # Errors
/// `Unsupported` with column and type if a column is of another type; `Value` with column and row for a null that `nulls`
/// refuses, and for a date or time that no calendar has; `Data` if two columns have one name.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Date32Array, DictionaryArray, RecordBatch, types::Int8Type};
/// use incog_arrow::table::{Nulls, batch_of, table_of};
/// let ward: DictionaryArray<Int8Type> = vec![Some("A1"), None, Some("A1")].into_iter().collect();
/// let born = Date32Array::from(vec![0, 1, 365]);
/// let batch = RecordBatch::try_from_iter([("ward", Arc::new(ward) as _), ("born", Arc::new(born) as _)])?;
/// let table = table_of(&batch, Nulls::Missing)?;
/// assert_eq!((table.column("ward")?.cell(1), table.column("born")?.cell(2)), (None, Some("1971-01-01")));
/// assert_eq!(batch_of(&table, &batch.schema())?, batch);
///
/// let error = table_of(&batch, Nulls::Refuse).unwrap_err();
/// assert_eq!(error.to_string(), "column 'ward', row 2: it is null, and nulls are refused here");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn table_of(batch: &RecordBatch, nulls: Nulls) -> Result<Table> {
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        columns.push((field.name().clone(), column_of(field.name(), array, nulls)?));
    }
    Table::new(columns)
}

/// One array as a column; `name` is for messages. As [`table_of`].
///
/// # Errors
/// As [`table_of`].
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::{BooleanArray, Float64Array};
/// use incog_arrow::table::{Nulls, column_of};
/// let risk = column_of("risk", &(Arc::new(Float64Array::from(vec![1.5, f64::NAN])) as _), Nulls::Missing)?;
/// assert_eq!((risk.cell(0), risk.cell(1)), (Some("1.5"), None), "a NaN is no number");
/// let smoker = column_of("smoker", &(Arc::new(BooleanArray::from(vec![true])) as _), Nulls::Missing)?;
/// assert_eq!(smoker.cell(0), Some("true"));
/// # Ok::<(), incog::Error>(())
/// ```
pub fn column_of(name: &str, array: &ArrayRef, nulls: Nulls) -> Result<Column> {
    if text::is_text(array.data_type()) {
        if nulls == Nulls::Refuse
            && let Some(row) = array.logical_nulls().and_then(|nulls| nulls.iter().position(|valid| !valid))
        {
            return Err(error::null_refused(name, number(row)));
        }
        return match nulls {
            Nulls::Apart => text::coded(name, array),
            _ => text::coded_by(name, array, |cell| cell.filter(|text| !text.is_empty())),
        };
    }
    let mut builder = ColumnBuilder::default();
    push(name, array, nulls, 0, &mut builder)?;
    Ok(builder.finish())
}

/// Adds the cells of `array`, the first of which is that of row `before + 1`.
fn push(name: &str, array: &ArrayRef, nulls: Nulls, before: u64, builder: &mut ColumnBuilder) -> Result<()> {
    let plain = cells::plain(name, array)?;
    let cells = Cells::new(name, &plain)?;
    let mut cell = String::new();
    for row in 0..array.len() {
        let is_null = cells.is_null(row);
        cell.clear();
        write(name, &cells, row, nulls, before, &mut cell)?;
        if is_null || (cell.is_empty() && nulls != Nulls::Apart) {
            builder.push_missing()?;
        } else {
            builder.push(&cell)?;
        }
    }
    Ok(())
}

/// Appends the text of a cell; nothing of a null.
fn write(
    name: &str,
    cells: &Cells<'_>,
    row: usize,
    nulls: Nulls,
    before: u64,
    out: &mut String,
) -> Result<()> {
    let number = || before.saturating_add(u64::try_from(row).unwrap_or(u64::MAX)).saturating_add(1);
    if cells.is_null(row) {
        return if nulls == Nulls::Refuse { Err(error::null_refused(name, number())) } else { Ok(()) };
    }
    if cells.write(row, out) { Ok(()) } else { Err(error::unprintable(name, number(), cells.data_type())) }
}

/// The rows of `batch` as rows that a pass of the core reads, the first of them number `first`. An empty text is missing
/// there.
///
/// # Errors
/// As [`table_of`].
///
/// # Examples
/// A table that comes in batches, profiled without being held:
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int32Array, RecordBatch};
/// use incog::table::Rows;
/// use incog_arrow::table::{Nulls, rows_of};
/// let batch = |ages: Vec<i32>| RecordBatch::try_from_iter([("age", Arc::new(Int32Array::from(ages)) as _)]);
/// let (mut rows, mut read) = (Rows::default(), 0);
/// for batch in [batch(vec![34, 35])?, batch(vec![36])?] {
///     rows_of(&batch, Nulls::Missing, read + 1, &mut rows)?;
///     read += u64::try_from(rows.len())?;
/// }
/// assert_eq!((rows.first(), rows.cell(0, 0), read), (3, Some("36"), 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rows_of(batch: &RecordBatch, nulls: Nulls, first: u64, rows: &mut Rows) -> Result<()> {
    let places: Vec<Option<usize>> = (0..batch.num_columns()).map(Some).collect();
    rows_of_places(batch, &places, nulls, first, rows)
}

/// The same with the columns of `batch` in these places; what has none is missing.
pub(crate) fn rows_of_places(
    batch: &RecordBatch,
    places: &[Option<usize>],
    nulls: Nulls,
    first: u64,
    rows: &mut Rows,
) -> Result<()> {
    let schema = batch.schema();
    let plain =
        schema.fields().iter().zip(batch.columns()).map(|(field, array)| cells::plain(field.name(), array));
    let plain: Vec<ArrayRef> = plain.collect::<Result<_>>()?;
    let cells = schema.fields().iter().zip(&plain).map(|(field, array)| Cells::new(field.name(), array));
    let cells: Vec<Cells<'_>> = cells.collect::<Result<_>>()?;
    rows.fill(batch.num_rows(), places.len(), first, |row, column, out| {
        let Some(column) = places[column] else { return Ok(()) };
        write(schema.field(column).name(), &cells[column], row, nulls, first - 1, out)
    })
}

/// A table out of many batches, of which only the table is held.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::{RecordBatch, StringArray};
/// use incog_arrow::table::{Nulls, TableBuilder, text_schema};
/// let schema = text_schema(["ward"]);
/// let batch = |wards: Vec<&str>| RecordBatch::try_new(schema.clone(), vec![Arc::new(StringArray::from(wards))]);
/// let mut builder = TableBuilder::new(schema.clone(), Nulls::Missing)?;
/// builder.push(&batch(vec!["A1", "B2"])?)?;
/// builder.push(&batch(vec!["A1"])?)?;
/// let table = builder.finish()?;
/// assert_eq!((table.rows(), table.column("ward")?.dictionary_len()), (3, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TableBuilder {
    schema: SchemaRef,
    nulls: Nulls,
    columns: Vec<ColumnBuilder>,
    rows: u64,
}

impl TableBuilder {
    /// A table with the columns of `schema`.
    ///
    /// # Errors
    /// `Unsupported` with column and type if a table cannot hold it.
    pub fn new(schema: SchemaRef, nulls: Nulls) -> Result<Self> {
        check(&schema)?;
        let columns = schema.fields().iter().map(|_| ColumnBuilder::default()).collect();
        Ok(TableBuilder { schema, nulls, columns, rows: 0 })
    }

    /// Adds the rows of `batch`.
    ///
    /// # Errors
    /// As [`table_of`]; `Data` if its columns are others.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let names = |schema: &Schema| schema.fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
        if names(&batch.schema()) != names(&self.schema) {
            return Err(error::other_columns("a batch"));
        }
        for ((field, array), builder) in
            self.schema.fields().iter().zip(batch.columns()).zip(&mut self.columns)
        {
            push(field.name(), array, self.nulls, self.rows, builder)?;
        }
        self.rows += u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// The table.
    ///
    /// # Errors
    /// `Data` if two columns have one name.
    pub fn finish(self) -> Result<Table> {
        let names = self.schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
        Table::new(names.into_iter().zip(self.columns.into_iter().map(ColumnBuilder::finish)))
    }
}

/// Whether a table can hold the columns of `schema`.
///
/// # Errors
/// `Unsupported` with column and type if not.
///
/// # Examples
/// Before the first row is read:
/// ```
/// use arrow_schema::{DataType, Field, Schema};
/// use incog_arrow::table::check;
/// assert!(check(&Schema::new(vec![Field::new("born", DataType::Date32, true)])).is_ok());
/// let error = check(&Schema::new(vec![Field::new("scan", DataType::Binary, true)])).unwrap_err();
/// assert_eq!(error.kind(), incog::ErrorKind::Unsupported, "bytes are no text");
/// ```
pub fn check(schema: &Schema) -> Result<()> {
    match schema.fields().iter().find(|field| !cells::is_cell(field.data_type())) {
        Some(field) => Err(error::not_a_cell(field.name(), field.data_type())),
        None => Ok(()),
    }
}

/// The columns of `table` as text: `Utf8` that may be null.
///
/// # Examples
/// ```
/// use arrow_schema::DataType;
/// let schema = incog_arrow::table::text_schema(["age", "ward"]);
/// assert_eq!(schema.field(1).name(), "ward");
/// assert!(schema.fields().iter().all(|field| field.data_type() == &DataType::Utf8 && field.is_nullable()));
/// ```
#[must_use]
pub fn text_schema<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> SchemaRef {
    let field = |name: S| Field::new(name.as_ref(), DataType::Utf8, true);
    Arc::new(Schema::new(names.into_iter().map(field).collect::<Vec<_>>()))
}

/// The columns of `schema` out of `table`, in its types; a missing cell is null. Dictionaries hold what rows hold, in the
/// order of rows.
///
/// # Errors
/// `Refused` if the table has no such column; `Value` with column and row if a cell is not of the type, or is missing where
/// the schema has no nulls; `Unsupported` with column and type if it is one that [`table_of`] does not take.
///
/// # Examples
/// Released columns in the types of the source, as far as their cells still are of them:
/// ```
/// use std::sync::Arc;
/// use arrow_schema::{DataType, Field, Schema};
/// use incog::table::{Column, Table};
/// use incog_arrow::table::batch_of;
/// let of_type = |kind| Arc::new(Schema::new(vec![Field::new("age", kind, true)]));
/// let exact = Table::new([("age", Column::from_values(["34", "35"])?)])?;
/// assert_eq!(batch_of(&exact, &of_type(DataType::Int64))?.num_rows(), 2);
/// let general = Table::new([("age", Column::from_values(["30-39"])?)])?;
/// assert_eq!(batch_of(&general, &of_type(DataType::Int64)).unwrap_err().kind(), incog::ErrorKind::Value);
/// assert_eq!(batch_of(&general, &of_type(DataType::Utf8))?.num_rows(), 1);
/// # Ok::<(), incog::Error>(())
/// ```
pub fn batch_of(table: &Table, schema: &SchemaRef) -> Result<RecordBatch> {
    let mut arrays = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let (name, column) = (field.name(), table.column(field.name())?);
        let array = array_of(name, column, field.data_type())?;
        if !field.is_nullable() && array.logical_null_count() > 0 {
            let row =
                column.codes().iter().position(|&code| Some(code) == column.missing_code()).unwrap_or(0);
            return Err(error::null_refused(name, number(row)));
        }
        arrays.push(array);
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(table.rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &rows)
        .map_err(|_| Error::new(ErrorKind::Data, "the columns of the table do not make a batch"))
}

fn number(row: usize) -> u64 {
    u64::try_from(row).unwrap_or(u64::MAX).saturating_add(1)
}

fn array_of(name: &str, column: &Column, kind: &DataType) -> Result<ArrayRef> {
    if text::is_text(kind) {
        return text::array_of(name, column, kind);
    }
    if !cells::is_cell(kind) {
        return Err(error::not_a_cell(name, kind));
    }
    let texts = match kind {
        DataType::List(_) | DataType::LargeList(_) => lists(name, column, kind)?,
        DataType::Null => new_null_array(kind, column.len()),
        _ => text::array_of(name, column, &DataType::LargeUtf8)?,
    };
    let failed = || error::not_a_cell(name, kind);
    let array = match kind {
        // Through the values: what is parsed is no dictionary.
        DataType::Dictionary(_, values) => {
            cast(&array_of(name, column, values)?, kind).map_err(|_| failed())?
        }
        DataType::Date64 => cast(&array_of(name, column, &DataType::Date32)?, kind).map_err(|_| failed())?,
        // Whatever its zone is called, its cells are written in UTC.
        DataType::Timestamp(unit, Some(zone)) if &**zone != "+00:00" => {
            let utc = DataType::Timestamp(*unit, Some("+00:00".into()));
            cast(&array_of(name, column, &utc)?, kind).map_err(|_| failed())?
        }
        _ => cast(&texts, kind).map_err(|_| failed())?,
    };
    let lost = |row: &usize| array.is_null(*row) && column.cell(*row).is_some();
    match (0..array.len()).find(|row| !matches!(kind, DataType::Dictionary(..)) && lost(row)) {
        Some(row) => Err(error::not_of_type(name, number(row), kind)),
        None => Ok(array),
    }
}

fn lists(name: &str, column: &Column, kind: &DataType) -> Result<ArrayRef> {
    let mut builder = LargeListBuilder::new(LargeStringBuilder::new());
    for row in 0..column.len() {
        let Some(cell) = column.cell(row) else {
            builder.append_null();
            continue;
        };
        let texts: Vec<Option<String>> =
            serde_json::from_str(cell).map_err(|_| error::not_of_type(name, number(row), kind))?;
        builder.append_value(texts);
    }
    Ok(Arc::new(builder.finish()))
}
