//! Batches to Parquet files.

use std::{fmt, io::Write, sync::Arc};

use ::parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic,
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
    },
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use incog::{Error, ErrorKind, Result};

use crate::error;

/// Where a file comes from, as its metadata says: `incog.policy`, the SHA-256 of the policy, and `incog.card`, that of the
/// card.
///
/// A card that holds the digest of a file cannot be named in that file by its own digest: a file in a release folder names
/// the policy, and its card names the file. Name the card in files that are made from a release.
///
/// # Examples
/// ```
/// use incog::ErrorKind;
/// use incog_arrow::{parquet::{Provenance, Writer}, table::text_schema};
/// let (policy, card) = ("a".repeat(64), "b".repeat(64));
/// let file = |of: &Provenance| Writer::new(Vec::new(), &text_schema(["age"]), of)?.finish();
/// let bytes = file(&Provenance::of_policy(&policy).card(&card))?;
/// assert!(bytes.windows(64).any(|part| part == card.as_bytes()), "it stands in the metadata");
/// let error = file(&Provenance::of_policy("policy.toml")).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Parameter, "a digest, and no name");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    policy: Option<String>,
    card: Option<String>,
}

impl Provenance {
    /// Made under the policy with this digest.
    #[must_use]
    pub fn of_policy(sha256: &str) -> Self {
        Provenance { policy: Some(sha256.to_owned()), card: None }
    }

    /// Made from the release whose card has this digest.
    #[must_use]
    pub fn card(mut self, sha256: &str) -> Self {
        self.card = Some(sha256.to_owned());
        self
    }

    fn metadata(&self) -> Result<Option<Vec<KeyValue>>> {
        let digest =
            |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut entries = Vec::new();
        for (key, value) in [("incog.policy", &self.policy), ("incog.card", &self.card)] {
            let Some(value) = value else { continue };
            if !digest(value) {
                return Err(Error::new(
                    ErrorKind::Parameter,
                    format!("{key} is a digest of 64 hexadecimal digits"),
                ));
            }
            entries.push(KeyValue::new(key.to_owned(), value.clone()));
        }
        Ok(Some(entries).filter(|entries| !entries.is_empty()))
    }
}

/// How the pages of a file are packed.
///
/// # Examples
/// ```
/// use incog::table::{Column, Table};
/// use incog_arrow::{parquet::{Compression, Provenance, Writer}, table::{batch_of, text_schema}};
/// let table = Table::new([("n", Column::from_values((0..5000).map(|n| format!("{n:08}")))?)])?;
/// let schema = text_schema(table.names());
/// let size = |compression| {
///     let mut writer = Writer::packed(Vec::new(), &schema, &Provenance::default(), compression)?;
///     writer.write(&batch_of(&table, &schema)?)?;
///     writer.finish().map(|file| file.len())
/// };
/// assert!(size(Compression::Zstd)? < size(Compression::None)?);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// Snappy, which everything reads.
    #[default]
    Snappy,
    /// Zstandard.
    Zstd,
}

/// Writes batches to a file.
///
/// # Guarantee
/// For all batches: what the file holds of them are the cells, the names of the columns and their types. No statistics, page
/// index or bloom filter, no metadata of schema or fields, no entry of a dictionary that no row uses, nothing under a null.
///
/// It holds at a time one row group of at most 131,072 rows and about 64 MiB.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch};
/// use incog_arrow::{parquet::{self, Bytes, Provenance, Writer}, table::Nulls};
/// let ages = Arc::new(Int64Array::from(vec![Some(34), None])) as _;
/// let batch = RecordBatch::try_from_iter_with_nullable([("age", ages, true)])?;
/// let mut writer = Writer::new(Vec::new(), &batch.schema(), &Provenance::default())?;
/// writer.write(&batch)?;
/// let file = writer.finish()?;
/// let back = parquet::read(Bytes::from(file), Nulls::Missing)?;
/// assert_eq!((back.column("age")?.cell(0), back.column("age")?.cell(1)), (Some("34"), None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Writer<W: Write + Send> {
    inner: ArrowWriter<W>,
    schema: SchemaRef,
}

impl<W: Write + Send> Writer<W> {
    /// A file of the columns of `schema` into `output`, packed with Snappy.
    ///
    /// # Errors
    /// `Unsupported` with column and type if a table cannot hold it; `Parameter` if a digest is none.
    pub fn new(output: W, schema: &SchemaRef, provenance: &Provenance) -> Result<Self> {
        Self::packed(output, schema, provenance, Compression::default())
    }

    /// The same, packed as `compression` says.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn packed(
        output: W,
        schema: &SchemaRef,
        provenance: &Provenance,
        compression: Compression,
    ) -> Result<Self> {
        crate::table::check(schema)?;
        let bare =
            schema.fields().iter().map(|f| Field::new(f.name(), stored(f.data_type()), f.is_nullable()));
        let schema = Arc::new(Schema::new(bare.collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_created_by(format!("incog {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(provenance.metadata()?)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_write_page_header_statistics(false)
            .set_bloom_filter_enabled(false)
            .set_offset_index_disabled(true)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_compression(match compression {
                Compression::None => basic::Compression::UNCOMPRESSED,
                Compression::Snappy => basic::Compression::SNAPPY,
                Compression::Zstd => basic::Compression::ZSTD(basic::ZstdLevel::default()),
            })
            .build();
        // The schema of Arrow would go along whole, with all metadata, in base64.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let inner =
            ArrowWriter::try_new_with_options(output, Arc::clone(&schema), options).map_err(failed)?;
        Ok(Writer { inner, schema })
    }

    /// Appends the rows of `batch`.
    ///
    /// # Errors
    /// `Data` if its columns are not those of the file; `Io` if the output fails.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let schema = batch.schema();
        let is = |f: &Field| (f.name().clone(), stored(f.data_type()));
        if !schema.fields().iter().map(|f| is(f)).eq(self.schema.fields().iter().map(|f| is(f))) {
            return Err(error::other_columns("a batch"));
        }
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        let columns = self.schema.fields().iter().zip(batch.columns()).map(|(field, array)| {
            let (name, kind) = (field.name(), field.data_type());
            if array.data_type() == kind {
                return Ok(Arc::clone(array));
            }
            cast_with_options(array, kind, &strict).map_err(|_| error::beyond(name, array.data_type(), kind))
        });
        let columns: Vec<ArrayRef> = columns.collect::<Result<_>>()?;
        // Metadata of the batch is not that of the file.
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let bare = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &rows)
            .map_err(|_| error::other_columns("a batch"))?;
        self.inner.write(&bare).map_err(failed)?;
        if self.inner.in_progress_size() > GROUP_BYTES {
            self.inner.flush().map_err(failed)?;
        }
        Ok(())
    }

    /// The output, complete.
    ///
    /// # Errors
    /// `Io` if the output fails.
    pub fn finish(self) -> Result<W> {
        let mut output = self.inner.into_inner().map_err(failed)?;
        output.flush().map_err(|e| Error::io("writing the Parquet file", e))?;
        Ok(output)
    }
}

impl<W: Write + Send> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("columns", &self.schema.fields().len()).finish_non_exhaustive()
    }
}

/// The type in which Parquet has such cells. It counts neither times in seconds nor dates in milliseconds: these would be
/// numbers to whoever reads the file without a schema of Arrow.
fn stored(kind: &DataType) -> DataType {
    match kind {
        DataType::Date64 => DataType::Date32,
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Dictionary(keys, values) if stored(values) != **values => {
            DataType::Dictionary(keys.clone(), Box::new(stored(values)))
        }
        other => other.clone(),
    }
}

/// What a writer says may quote what it writes, but for what the system says.
fn failed(cause: ParquetError) -> Error {
    let io = match cause {
        ParquetError::External(e) => {
            e.downcast::<std::io::Error>().map_or_else(std::io::Error::other, |io| *io)
        }
        _ => std::io::Error::other("the columns cannot be written"),
    };
    Error::io("writing the Parquet file", io)
}

const GROUP_ROWS: usize = 1 << 17;
const GROUP_BYTES: usize = 64 << 20;
