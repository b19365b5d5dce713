//! What the pipeline and the verifiers of the core read and write Parquet with.

use std::{fs::File, io::Write, sync::Arc};

use ::parquet::{arrow::arrow_reader::ArrowReaderMetadata, file::metadata::KeyValue};
use arrow_array::{ArrayRef, RecordBatch, builder::StringBuilder};
use arrow_schema::{DataType, Schema, SchemaRef};
use incog::{
    Error, ErrorKind, Result,
    table::{
        Rows,
        parquet::{Parquet, ParquetReader, ParquetWriter},
    },
};

use super::{
    Provenance, Reader, Writer, layout,
    reader::{metadata, plainly},
};
use crate::{
    cells, error,
    table::{self, Nulls, text_schema},
};

/// Files of Parquet for policies and verifiers of the core; a null is a missing cell, and so is an empty text.
///
/// # Examples
/// ```
/// use std::{fs::File, sync::Arc};
/// use incog::table::{Rows, parquet::Parquet};
/// use incog_arrow::parquet::Files;
/// # let path = std::env::temp_dir().join(format!("incog-doc-files-{}.parquet", std::process::id()));
/// let files: Arc<dyn Parquet> = Arc::new(Files);
/// let (mut rows, mut file) = (Rows::default(), File::create(&path)?);
/// rows.fill(1, 2, 1, |_, column, out| { out.push_str(["34", ""][column]); Ok(()) })?;
/// let mut writer = files.writer(&mut file, &["age".into(), "ward".into()], &"a".repeat(64))?;
/// writer.write(&rows)?;
/// writer.finish()?;
///
/// let mut reader = files.reader(File::open(&path)?, &|_| true)?;
/// assert!(reader.next_rows(&mut rows)? && reader.names() == ["age", "ward"]);
/// assert_eq!((rows.cell(0, 0), rows.cell(0, 1)), (Some("34"), None));
/// assert_eq!(reader.foreign(&"a".repeat(64)), None);
/// assert_eq!(reader.foreign(&"b".repeat(64)).unwrap(), "its metadata is not the digest of the card's policy alone");
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "it has nothing in it")]
pub struct Files;

impl Files {
    /// The columns of `file` without a cell of text for each row, whose cells are all missing where they are not needed, and what
    /// their types are called.
    ///
    /// # Errors
    /// `Data` if it is no whole file of Parquet.
    pub fn without_cells(file: &File) -> Result<Vec<(String, String)>> {
        let metadata = metadata(file).map_err(of_input)?;
        let fields = metadata.schema().fields().iter();
        let without = fields.filter(|field| !cells::is_cell(field.data_type()));
        Ok(without.map(|field| (field.name().clone(), plainly(field.data_type()).to_string())).collect())
    }
}

impl Parquet for Files {
    fn reader(&self, file: File, needed: &dyn Fn(&str) -> bool) -> Result<Box<dyn ParquetReader>> {
        Ok(Box::new(FileReader::new(file, needed).map_err(of_input)?))
    }

    fn writer<'w>(
        &self,
        to: &'w mut (dyn Write + Send),
        columns: &[String],
        policy_sha256: &str,
    ) -> Result<Box<dyn ParquetWriter + 'w>> {
        let schema = text_schema(columns);
        let inner = Writer::new(to, &schema, &Provenance::of_policy(policy_sha256))?;
        Ok(Box::new(FileWriter { inner, schema }))
    }
}

struct FileReader {
    inner: Reader,
    names: Vec<String>,
    /// Where each column is in what is read; nowhere if it has no cells.
    places: Vec<Option<usize>>,
    metadata: ArrowReaderMetadata,
    /// The same file again.
    file: File,
    read: u64,
}

impl FileReader {
    fn new(file: File, needed: &dyn Fn(&str) -> bool) -> Result<Self> {
        let metadata = metadata(&file)?;
        let fields = metadata.schema().fields();
        let mut places = Vec::with_capacity(fields.len());
        let mut read = 0;
        for (i, field) in fields.iter().enumerate() {
            let name = field.name();
            if name.trim().is_empty() {
                let sentence = format!("column {} has no name; give every column a name of its own", i + 1);
                return Err(Error::new(ErrorKind::Data, sentence));
            }
            // Two with one name are refused by the reader, if one of them is read.
            if fields[..i].iter().any(|before| before.name() == name) {
                return Err(error::named_twice(name));
            }
            let is_cell = cells::is_cell(field.data_type());
            if !is_cell && needed(name) {
                return Err(error::not_a_cell(name, &plainly(field.data_type())));
            }
            places.push(is_cell.then_some(read));
            read += usize::from(is_cell);
        }
        let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let again = file.try_clone().map_err(|e| Error::io("reading the Parquet file", e))?;
        let place = |name: &str| names.iter().position(|n| n == name);
        let wanted = |name: &str| place(name).is_some_and(|i| places[i].is_some());
        let inner = Reader::of_metadata(file, metadata.clone(), Nulls::Missing, wanted)?;
        Ok(FileReader { inner, names, places, metadata, file: again, read: 0 })
    }
}

impl ParquetReader for FileReader {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn rows(&self) -> u64 {
        self.inner.rows()
    }

    fn next_rows(&mut self, rows: &mut Rows) -> Result<bool> {
        let first = self.read + 1;
        let Some(batch) = self.inner.next_batch().map_err(of_input)? else {
            return rows.fill(0, self.names.len(), first, |_, _, _| Ok(())).map(|()| false);
        };
        table::rows_of_places(&batch, &self.places, Nulls::Missing, first, rows)?;
        self.read += u64::try_from(batch.num_rows()).unwrap_or(0);
        Ok(true)
    }

    fn foreign(&self, policy_sha256: &str) -> Option<String> {
        let schema = self.metadata.schema();
        if let Some(at) = schema.fields().iter().position(|field| field.data_type() != &DataType::Utf8) {
            return Some(format!("column {} is not text", at + 1));
        }
        let metadata = self.metadata.metadata();
        let expected = [KeyValue::new("incog.policy".to_owned(), policy_sha256.to_owned())];
        if metadata.file_metadata().key_value_metadata().is_none_or(|found| found[..] != expected) {
            return Some("its metadata is not the digest of the card's policy alone".to_owned());
        }
        let mut chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
        let tells = chunks.any(|chunk| {
            chunk.statistics().is_some()
                || chunk.column_index_offset().is_some()
                || chunk.offset_index_offset().is_some()
                || chunk.bloom_filter_offset().is_some()
        });
        if tells {
            return Some("it holds statistics or an index of its cells".to_owned());
        }
        layout::check(&self.file).err()
    }
}

/// For a policy, a table of a type that is not read is data that cannot be read.
fn of_input(error: Error) -> Error {
    if error.kind() != ErrorKind::Unsupported {
        return error;
    }
    let as_data = Error::new(ErrorKind::Data, error.to_string());
    match error.position() {
        Some(position) => as_data.at(position.clone()),
        None => as_data,
    }
}

struct FileWriter<'w> {
    inner: Writer<&'w mut (dyn Write + Send)>,
    schema: SchemaRef,
}

impl ParquetWriter for FileWriter<'_> {
    fn write(&mut self, rows: &Rows) -> Result<()> {
        let columns = (0..self.schema.fields().len()).map(|column| -> ArrayRef {
            let cells = (0..rows.len()).map(|row| rows.cell(row, column));
            let bytes = cells.clone().flatten().map(str::len).sum();
            let mut builder = StringBuilder::with_capacity(rows.len(), bytes);
            builder.extend(cells);
            Arc::new(builder.finish())
        });
        let batch = RecordBatch::try_new(Arc::<Schema>::clone(&self.schema), columns.collect())
            .map_err(|_| error::other_columns("a stretch of rows"))?;
        self.inner.write(&batch)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.inner.finish().map(drop)
    }
}
