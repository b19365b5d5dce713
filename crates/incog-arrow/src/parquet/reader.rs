//! Parquet files to batches, rows and tables.

use std::{
    collections::HashMap,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

/// A file in memory, for [`Reader::new`].
pub use ::bytes::Bytes;
use ::parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
            ParquetRecordBatchReaderBuilder,
        },
    },
    errors::ParquetError,
    file::reader::ChunkReader,
};
use arrow_array::{
    ArrayRef, GenericListArray, OffsetSizeTrait, RecordBatch, RecordBatchOptions, cast::AsArray,
};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use incog::{
    Error, ErrorKind, Result,
    table::{Rows, Table},
};

use crate::{
    cells, error,
    table::{self, Nulls, TableBuilder},
};

/// Reads a file, some thousands of rows at a time.
///
/// # Guarantee
/// For all files as programs write them, it holds at a time one batch of at most 8,192 rows, and of each column one page and
/// one dictionary, as large as the file has them. Of all files' metadata no schema and no batch of it holds any.
///
/// It is no bound for a file that somebody made to do harm: a few bytes may say that a page unpacks to gigabytes, or that the end of
/// the file lists millions of columns, and a process that has no memory left is ended by the system, not by an error. Read
/// such files in a process of its own with a limit on its memory.
///
/// # Examples
/// ```
/// use incog_arrow::{parquet::{Bytes, Reader}, table::Nulls};
/// # use incog::table::{Column, Table};
/// # use incog_arrow::{parquet::{Provenance, Writer}, table::{batch_of, text_schema}};
/// # let table = Table::new([("age", Column::from_values(["34", "35"])?), ("name", Column::from_values(["Ada", "Bob"])?)])?;
/// # let schema = text_schema(table.names());
/// # let mut writer = Writer::new(Vec::new(), &schema, &Provenance::default())?;
/// # writer.write(&batch_of(&table, &schema)?)?;
/// # let file = writer.finish()?;
/// let mut reader = Reader::of_columns(Bytes::from(file), Nulls::Missing, |name| name == "age")?;
/// assert_eq!((reader.names(), reader.rows()), (&["age".to_owned()][..], 2));
/// while let Some(batch) = reader.next_batch()? {
///     assert_eq!((batch.num_columns(), batch.num_rows()), (1, 2));
/// }
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Reader {
    inner: ParquetRecordBatchReader,
    schema: SchemaRef,
    names: Vec<String>,
    nulls: Nulls,
    rows: u64,
    read: u64,
}

impl Reader {
    /// Reads all columns of `file`.
    ///
    /// # Errors
    /// `Data` if it is no whole Parquet file; `Unsupported` if it uses what is not read here, or, with column and type, has a
    /// column that a table cannot hold.
    pub fn new(file: impl ChunkReader + 'static, nulls: Nulls) -> Result<Self> {
        Self::of_columns(file, nulls, |_| true)
    }

    /// Reads the columns of `file` that are `wanted` by their names, in the order of the file. Of the others not even the
    /// types are looked at.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_columns(
        file: impl ChunkReader + 'static,
        nulls: Nulls,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let metadata = metadata(&file)?;
        Self::of_metadata(file, metadata, nulls, wanted)
    }

    /// The same of a file whose end was read.
    pub(super) fn of_metadata(
        file: impl ChunkReader + 'static,
        metadata: ArrowReaderMetadata,
        nulls: Nulls,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let fields = builder.schema().fields();
        let wanted: Vec<usize> = (0..fields.len()).filter(|&i| wanted(fields[i].name())).collect();
        for (i, field) in wanted.iter().map(|&i| &fields[i]).enumerate() {
            if wanted[..i].iter().any(|&before| fields[before].name() == field.name()) {
                return Err(error::named_twice(field.name()));
            }
        }
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
        let inner = guarded(|| builder.with_projection(mask).with_batch_size(AT_A_TIME).build())
            .map_err(|e| unreadable(e, None))?;
        let schema = bare(&arrow_array::RecordBatchReader::schema(&inner));
        if let Some(field) = schema.fields().iter().find(|field| !cells::is_cell(field.data_type())) {
            return Err(error::not_a_cell(field.name(), &plainly(field.data_type())));
        }
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Reader { inner, schema, names, nulls, rows, read: 0 })
    }

    /// Names of the columns that are read.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns that are read, with their types.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many rows the file says that it has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next rows, at most 8,192; none at the end.
    ///
    /// # Errors
    /// `Data` with the row behind which the file cannot be read, or if it holds other rows than it says.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let next = guarded(|| match self.inner.next() {
            Some(batch) => Ok(Some(stripped(&batch?, &self.schema)?)),
            None => Ok(None),
        });
        match next.map_err(|e| unreadable(e, Some(self.read)))? {
            Some(batch) => {
                self.read += u64::try_from(batch.num_rows()).unwrap_or(0);
                Ok(Some(batch))
            }
            None if self.read != self.rows => Err(Error::new(
                ErrorKind::Data,
                format!("the file holds {} rows where it says that it holds {}", self.read, self.rows),
            )),
            None => Ok(None),
        }
    }

    /// Puts the next rows into `rows`; says whether there were any.
    ///
    /// # Errors
    /// As [`next_batch`](Self::next_batch) and [`table_of`](crate::table::table_of).
    pub fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        let first = self.read + 1;
        match self.next_batch()? {
            Some(batch) => table::rows_of(&batch, self.nulls, first, rows).map(|()| true),
            None => rows.fill(0, self.names.len(), first, |_, _, _| Ok(())).map(|()| false),
        }
    }

    /// All rows that are left, as a table.
    ///
    /// # Errors
    /// As [`next_rows`](Self::next_rows).
    pub fn table(mut self) -> Result<Table> {
        let mut table = TableBuilder::new(self.schema.clone(), self.nulls)?;
        while let Some(batch) = self.next_batch()? {
            table.push(&batch)?;
        }
        table.finish()
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("names", &self.names).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Reads a whole table.
///
/// # Errors
/// As [`Reader::new`] and [`Reader::table`].
///
/// # Examples
/// ```
/// use incog_arrow::{parquet::{self, Bytes}, table::Nulls};
/// # use incog::table::{Column, Table};
/// # use incog_arrow::{parquet::{Provenance, Writer}, table::{batch_of, text_schema}};
/// # let table = Table::new([("age", Column::from_values(["34", "35"])?)])?;
/// # let schema = text_schema(table.names());
/// # let mut writer = Writer::new(Vec::new(), &schema, &Provenance::default())?;
/// # writer.write(&batch_of(&table, &schema)?)?;
/// # let file = writer.finish()?;
/// let table = parquet::read(Bytes::from(file), Nulls::Missing)?;
/// assert_eq!((table.rows(), table.column("age")?.cell(0)), (2, Some("34")));
/// let error = parquet::read(Bytes::from("age\n34\n"), Nulls::Missing).unwrap_err();
/// assert_eq!(error.kind(), incog::ErrorKind::Data);
/// # Ok::<(), incog::Error>(())
/// ```
pub fn read(file: impl ChunkReader + 'static, nulls: Nulls) -> Result<Table> {
    Reader::new(file, nulls)?.table()
}

/// Reads the table in the file at `path`.
///
/// # Errors
/// As [`read`], with the path in front; `Data` if it cannot be opened.
///
/// # Examples
/// ```
/// use incog_arrow::{parquet::read_path, table::Nulls};
/// # use incog::table::{Column, Table};
/// # use incog_arrow::{parquet::{Provenance, Writer}, table::{batch_of, text_schema}};
/// # let path = std::env::temp_dir().join(format!("incog-doc-read-path-{}.parquet", std::process::id()));
/// # let table = Table::new([("age", Column::from_values(["34", "35"])?)])?;
/// # let schema = text_schema(table.names());
/// # let mut writer = Writer::new(std::fs::File::create(&path).unwrap(), &schema, &Provenance::default())?;
/// # writer.write(&batch_of(&table, &schema)?)?;
/// # drop(writer.finish()?);
/// let table = read_path(&path, Nulls::Missing)?;
/// assert_eq!(table.names(), ["age"]);
/// # std::fs::remove_file(&path).unwrap();
/// let error = read_path("no such file.parquet".as_ref(), Nulls::Missing).unwrap_err();
/// assert!(error.to_string().contains("no such file.parquet"), "{error}");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn read_path(path: &Path, nulls: Nulls) -> Result<Table> {
    let reading = |e: Error| e.context(format!("reading '{}'", path.display()));
    let file = File::open(path).map_err(|e| Error::new(ErrorKind::Data, e.to_string())).map_err(reading)?;
    read(file, nulls).map_err(reading)
}

/// The end of `file`, which says what is in it. Page index and statistics are not asked for.
pub(super) fn metadata(file: &impl ChunkReader) -> Result<ArrowReaderMetadata> {
    guarded(|| ArrowReaderMetadata::load(file, ArrowReaderOptions::new())).map_err(|e| unreadable(e, None))
}

/// The same without the metadata of schema and fields, where programs write down cells, pandas for one.
fn bare(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(bare_field).collect::<Vec<_>>()))
}

fn bare_field(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::List(item) => DataType::List(bare_field(item)),
        DataType::LargeList(item) => DataType::LargeList(bare_field(item)),
        other => other.clone(),
    };
    Arc::new(Field::clone(field).with_metadata(HashMap::new()).with_data_type(kind))
}

/// The columns of `batch` under `schema`, which is its own but bare.
fn stripped(batch: &RecordBatch, schema: &SchemaRef) -> std::result::Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|array| match array.data_type() {
        DataType::List(_) => with_bare_items::<i32>(array),
        DataType::LargeList(_) => with_bare_items::<i64>(array),
        _ => Ok(Arc::clone(array)),
    });
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns.collect::<std::result::Result<_, _>>()?,
        &rows,
    )
}

/// The type without names of fields and metadata within, which other programs fill as they like.
pub(super) fn plainly(kind: &DataType) -> DataType {
    let item = |field: &FieldRef| Arc::new(Field::new_list_field(plainly(field.data_type()), true));
    match kind {
        DataType::Struct(_) => DataType::Struct(Fields::empty()),
        DataType::Map(_, sorted) => {
            let entries = Field::new_list_field(DataType::Struct(Fields::empty()), true);
            DataType::Map(Arc::new(entries), *sorted)
        }
        DataType::List(of) => DataType::List(item(of)),
        DataType::LargeList(of) => DataType::LargeList(item(of)),
        DataType::FixedSizeList(of, length) => DataType::FixedSizeList(item(of), *length),
        DataType::ListView(of) => DataType::ListView(item(of)),
        DataType::LargeListView(of) => DataType::LargeListView(item(of)),
        DataType::Dictionary(keys, values) => DataType::Dictionary(keys.clone(), Box::new(plainly(values))),
        other => other.clone(),
    }
}

/// Lists have their items' metadata in their type.
fn with_bare_items<O: OffsetSizeTrait>(array: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
    let (item, offsets, values, nulls) = array.as_list::<O>().clone().into_parts();
    Ok(Arc::new(GenericListArray::<O>::try_new(bare_field(&item), offsets, values, nulls)?))
}

/// A damaged file is an error, also where the decoder takes it for impossible.
fn guarded<T>(
    read: impl FnOnce() -> std::result::Result<T, ParquetError>,
) -> std::result::Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(ParquetError::General(String::new())))
}

/// What the decoder says may quote the file, but for what this build does not read.
pub(super) fn unreadable(cause: ParquetError, behind: Option<u64>) -> Error {
    match (cause, behind) {
        (ParquetError::NYI(what), _) => {
            Error::new(ErrorKind::Unsupported, format!("the Parquet file uses what is not read here: {what}"))
        }
        (ParquetError::General(what), _) if what.starts_with("Disabled feature at compile time: ") => {
            let codec = what.rsplit(' ').next().unwrap_or_default();
            Error::new(ErrorKind::Unsupported, format!("the Parquet file is packed with {codec}"))
                .with_remedy("write it with snappy, gzip, lz4 or zstd")
        }
        (ParquetError::External(e), _) if e.is::<std::io::Error>() => {
            let cause = e.downcast::<std::io::Error>().map_or_else(std::io::Error::other, |io| *io);
            Error::io("reading the Parquet file", cause)
        }
        (_, None) => Error::new(
            ErrorKind::Data,
            "the file is no whole Parquet file; is it cut, or still being written?",
        ),
        (_, Some(row)) => {
            Error::new(ErrorKind::Data, format!("the Parquet file is damaged behind row {row}"))
                .with_remedy("write it again")
        }
    }
}

/// As many rows as other readers give at a time.
const AT_A_TIME: usize = 1 << 13;
