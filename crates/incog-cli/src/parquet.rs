//! Tables of Parquet for commands that read or write one. What a build without them says stands at the end.

#[cfg(feature = "parquet")]
pub(crate) use with::{reader, redact, with_column, without_cells};
#[cfg(not(feature = "parquet"))]
pub(crate) use without::{reader, redact, with_column, without_cells};

#[cfg(feature = "parquet")]
mod with {
    use std::{collections::BTreeSet, fs::File, io::Write, sync::Arc};

    use arrow_array::{ArrayRef, RecordBatch};
    use arrow_schema::{DataType, Field, Schema, SchemaRef};
    use incog::{
        Error, ErrorKind,
        pii::{CsvRedactor, Scanner},
        table::{
            Column, Table, csv,
            parquet::{Parquet as _, ParquetReader},
        },
    };
    use incog_arrow::{
        parquet::{Files, Provenance, Reader, Writer},
        table::{Nulls, batch_of, column_of, table_of},
    };

    use crate::failure::Failure;

    /// Rows of the table at `path`.
    pub(crate) fn reader(
        path: &str,
        needed: &dyn Fn(&str) -> bool,
    ) -> Result<Box<dyn ParquetReader>, Failure> {
        Ok(Files.reader(open(path)?, needed).map_err(|e| reading(path, e))?)
    }

    /// The columns that have no text for each row, and their types.
    pub(crate) fn without_cells(path: &str) -> Result<Vec<(String, String)>, Failure> {
        Ok(Files::without_cells(&open(path)?).map_err(|e| reading(path, e))?)
    }

    /// Writes the table at `path` to `sink`, with `column` in the place of its own of that name. All others are as they were.
    pub(crate) fn with_column(
        path: &str,
        name: &str,
        column: &Column,
        sink: &mut (dyn Write + Send),
    ) -> Result<(), Failure> {
        let mut reader = whole(path)?;
        let schema = as_text(reader.schema(), &BTreeSet::from([name]));
        let changed = || Failure::unreadable_form(format!("'{path}' changed while it was read"));
        let at = schema.index_of(name).map_err(|_| changed())?;
        let mut writer = Writer::new(sink, &schema, &Provenance::default())?;
        let mut before = 0;
        while let Some(batch) = reader.next_batch().map_err(|e| reading(path, e))? {
            let rows: Vec<usize> = (before..before + batch.num_rows()).collect();
            if rows.last().is_some_and(|&row| row >= column.len()) {
                return Err(changed());
            }
            before += rows.len();
            let text = batch_of(&Table::new([(name, column.select(&rows))])?, &schema_of(&schema, at))?;
            let mut columns = batch.columns().to_vec();
            columns[at] = Arc::clone(text.column(0));
            writer.write(&batch_with(&schema, columns)?)?;
        }
        writer.finish().map(drop).map_err(Failure::from)
    }

    /// Writes the table at `path` to `sink`, redacted cell by cell as if it were delimited text. A column of another type in
    /// which nothing is replaced keeps its type; all others become text.
    pub(crate) fn redact(
        path: &str,
        redactor: &CsvRedactor,
        scanner: &Scanner,
        (kept, replaced): (&[String], &[String]),
        sink: &mut (dyn Write + Send),
    ) -> Result<u64, Failure> {
        let bytes = open(path)?.metadata().map_or(0, |found| found.len());
        let mut reader = whole(path)?;
        let mut texts = found_in(path, scanner, kept)?;
        texts.extend(replaced.iter().cloned());
        let texts: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
        let schema = as_text(reader.schema(), &texts);
        let mut writer = None;
        let mut sink = Some(sink);
        loop {
            let batch = reader.next_batch().map_err(|e| reading(path, e))?;
            let is_last = batch.is_none();
            let batch = batch.unwrap_or_else(|| RecordBatch::new_empty(Arc::clone(reader.schema())));
            if is_last && writer.is_some() {
                break;
            }
            let before = table_of(&batch, Nulls::Missing)?;
            let text = quoted(&before);
            let redacted = redactor.redact(&text).map_err(|e| reading(path, e))?;
            let after = csv::read(redacted.as_bytes(), csv::Dialect::default())?;
            let mut columns = Vec::with_capacity(batch.num_columns());
            let mut fields = Vec::with_capacity(batch.num_columns());
            for (i, (field, (name, column))) in schema.fields().iter().zip(after.iter()).enumerate() {
                let array = if is_text(field.data_type()) {
                    let one = Table::new([(field.name().as_str(), column.clone())])?;
                    Arc::clone(batch_of(&one, &schema_of(&schema, i))?.column(0))
                } else {
                    same_cells(field.name(), before.column(field.name())?, column)?;
                    Arc::clone(batch.column(i))
                };
                columns.push(array);
                // A name in which something is found is redacted as well.
                fields.push(Field::clone(field).with_name(name));
            }
            let named: SchemaRef = Arc::new(Schema::new(fields));
            let writer = match &mut writer {
                Some(writer) => writer,
                none => {
                    let Some(sink) = sink.take() else { break };
                    none.insert(Writer::new(sink, &named, &Provenance::default())?)
                }
            };
            writer.write(&batch_with(&named, columns)?)?;
            if is_last {
                break;
            }
        }
        if let Some(writer) = writer {
            writer.finish()?;
        }
        Ok(bytes)
    }

    /// The columns that are no text, and in which something is found.
    fn found_in(path: &str, scanner: &Scanner, kept: &[String]) -> Result<BTreeSet<String>, Failure> {
        let schema = Arc::clone(whole(path)?.schema());
        let typed = |name: &str| schema.field_with_name(name).is_ok_and(|f| !is_text(f.data_type()));
        let wanted = |name: &str| typed(name) && !kept.iter().any(|k| k == name);
        let mut reader =
            Reader::of_columns(open(path)?, Nulls::Missing, wanted).map_err(|e| reading(path, e))?;
        let mut found = BTreeSet::new();
        while let Some(batch) = reader.next_batch().map_err(|e| reading(path, e))? {
            for (field, array) in reader.schema().fields().iter().zip(batch.columns()) {
                let name = field.name();
                if found.contains(name) {
                    continue;
                }
                let column = column_of(name, array, Nulls::Missing)?;
                if column.dictionary().any(|cell| !scanner.scan_labelled(name, cell.as_bytes()).is_empty()) {
                    found.insert(name.clone());
                }
            }
        }
        Ok(found)
    }

    /// The rows as delimited text, every cell as it is.
    fn quoted(table: &Table) -> String {
        let mut text = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            for (i, cell) in cells.enumerate() {
                text.push_str(if i > 0 { ",\"" } else { "\"" });
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            }
            text.push('\n');
        };
        line(&mut table.names().iter().map(String::as_str));
        for row in 0..table.rows() {
            line(&mut table.iter().map(|(_, column)| column.cell(row).unwrap_or_default()));
        }
        text
    }

    fn same_cells(name: &str, before: &Column, after: &Column) -> Result<(), Failure> {
        let same = (0..before.len()).all(|row| before.cell(row) == after.cell(row));
        if same {
            return Ok(());
        }
        let sentence =
            format!("column '{name}' is no text, and something is found in it that was not found before");
        Err(Error::new(ErrorKind::Unsupported, sentence).with_remedy("convert the column to text").into())
    }

    /// The same columns, those that are named as text.
    fn as_text(schema: &SchemaRef, names: &BTreeSet<&str>) -> SchemaRef {
        let field = |field: &Arc<Field>| match names.contains(field.name().as_str()) {
            true if !is_text(field.data_type()) => Field::new(field.name(), DataType::Utf8, true),
            _ => Field::clone(field).with_nullable(true),
        };
        Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
    }

    fn is_text(kind: &DataType) -> bool {
        match kind {
            DataType::Dictionary(_, values) => is_text(values),
            kind => matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
        }
    }

    fn schema_of(schema: &SchemaRef, column: usize) -> SchemaRef {
        Arc::new(Schema::new(vec![schema.field(column).clone()]))
    }

    fn batch_with(schema: &SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, Failure> {
        RecordBatch::try_new(Arc::clone(schema), columns)
            .map_err(|_| Error::new(ErrorKind::Data, "the columns of the table do not make a batch").into())
    }

    fn whole(path: &str) -> Result<Reader, Failure> {
        // Refuses a column without cells as an input of a policy is refused.
        drop(reader(path, &|_| true)?);
        Ok(Reader::new(open(path)?, Nulls::Missing).map_err(|e| reading(path, e))?)
    }

    fn open(path: &str) -> Result<File, Failure> {
        if path == "-" {
            return Err(Failure::usage(
                "the end of a Parquet file is read first, so it cannot come from stdin; name a file",
            ));
        }
        File::open(path).map_err(|e| Failure::unreadable(&format!("'{path}'"), &e))
    }

    fn reading(path: &str, error: Error) -> Error {
        error.context(format!("reading '{path}'"))
    }
}

#[cfg(not(feature = "parquet"))]
mod without {
    use std::io::Write;

    use incog::{
        pii::{CsvRedactor, Scanner},
        table::{Column, parquet::ParquetReader},
    };

    use crate::failure::Failure;

    pub(crate) fn reader(
        path: &str,
        _needed: &dyn Fn(&str) -> bool,
    ) -> Result<Box<dyn ParquetReader>, Failure> {
        Err(not_built(path))
    }

    pub(crate) fn without_cells(path: &str) -> Result<Vec<(String, String)>, Failure> {
        Err(not_built(path))
    }

    pub(crate) fn with_column(
        path: &str,
        _name: &str,
        _column: &Column,
        _sink: &mut (dyn Write + Send),
    ) -> Result<(), Failure> {
        Err(not_built(path))
    }

    pub(crate) fn redact(
        path: &str,
        _redactor: &CsvRedactor,
        _scanner: &Scanner,
        _rules: (&[String], &[String]),
        _sink: &mut (dyn Write + Send),
    ) -> Result<u64, Failure> {
        Err(not_built(path))
    }

    fn not_built(path: &str) -> Failure {
        Failure::usage(format!(
            "'{path}' is Parquet, which this build does not read; build incog-cli with the feature parquet, or convert the \
             file to CSV"
        ))
    }
}
