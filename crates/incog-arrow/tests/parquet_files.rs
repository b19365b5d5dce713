//! Parquet files: what comes back, what is not in them, what is refused.

use std::{io, sync::Arc};

use ::parquet::{
    arrow::ArrowWriter,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        reader::{FileReader as _, SerializedFileReader},
    },
};
use arrow_array::{
    Array as _, ArrayRef, Date64Array, DictionaryArray, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray, TimestampSecondArray,
    builder::{ListBuilder, StringBuilder},
    new_null_array,
    types::Int32Type,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use incog::{
    ErrorKind,
    pii::{Redactor, Scanner},
    pseudonym::{Key, Tokenizer},
    table::{Rows, Table, csv},
};
use incog_arrow::{
    kernel,
    parquet::{self, Bytes, Compression, Provenance, Reader, Writer},
    table::{Nulls, batch_of, table_of, text_schema},
};
use proptest::prelude::*;

use crate::tables::{all_types, draws};

fn written(batches: &[RecordBatch], compression: Compression) -> Vec<u8> {
    let schema = batches[0].schema();
    let provenance = Provenance::of_policy(&"ab".repeat(32));
    let mut writer = Writer::packed(Vec::new(), &schema, &provenance, compression).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap()
}

fn read(file: &[u8]) -> incog::Result<Table> {
    parquet::read(Bytes::copy_from_slice(file), Nulls::Missing)
}

fn cells(table: &Table) -> Vec<Vec<Option<&str>>> {
    table.iter().map(|(_, column)| (0..table.rows()).map(|row| column.cell(row)).collect()).collect()
}

/// Where `needle` stands in `file`.
fn holds(file: &[u8], needle: &str) -> bool {
    file.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// A file as other programs write it: with statistics, their own metadata and the schema of Arrow.
fn foreign(batch: &RecordBatch) -> Vec<u8> {
    let note = KeyValue::new("pandas".to_owned(), "{\"CANARY-METADATA\": 1}".to_owned());
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![note]))
        .set_bloom_filter_enabled(true)
        .set_max_row_group_row_count(Some(7))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tables_come_back_from_files_of_every_type_in_one_group_or_many(draws in draws()) {
        let batch = all_types(&draws);
        let expected = table_of(&batch, Nulls::Missing).unwrap();
        for compression in [Compression::None, Compression::Snappy, Compression::Zstd] {
            let file = written(std::slice::from_ref(&batch), compression);
            let table = read(&file).unwrap();
            prop_assert_eq!(expected.names(), table.names());
            prop_assert_eq!(cells(&expected), cells(&table));
        }
        let table = read(&foreign(&batch)).unwrap();
        prop_assert_eq!(cells(&expected), cells(&table));
    }

    /// # Guarantee
    /// No value of a column that was redacted or replaced stands anywhere in the bytes of the file.
    #[test]
    fn no_raw_value_stands_anywhere_in_a_file_whose_columns_were_redacted(
        numbers in prop::collection::vec(100_000u32..1_000_000, 1..40), packed in any::<bool>(),
    ) {
        let emails: Vec<String> = numbers.iter().map(|n| format!("canary{n}@example.org")).collect();
        let ids: Vec<String> = numbers.iter().map(|n| format!("CANARY-{n}")).collect();
        let mut metadata = std::collections::HashMap::new();
        metadata.insert("of the first row".to_owned(), emails[0].clone());
        let email = Field::new("email", DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)), true)
            .with_metadata(metadata.clone());
        let id = Field::new("id", DataType::Utf8, true).with_metadata(metadata.clone());
        let schema = Arc::new(Schema::new_with_metadata(vec![email, id], metadata));
        let coded: DictionaryArray<Int32Type> = emails.iter().map(|e| Some(e.as_str())).collect();
        let raw = RecordBatch::try_new(schema, vec![Arc::new(coded), Arc::new(StringArray::from(ids.clone()))]).unwrap();
        // In as others write it, out as we do.
        let mut reader = Reader::new(Bytes::from(foreign(&raw)), Nulls::Missing).unwrap();
        let redactor = Redactor::builder(Scanner::new()).build();
        let tokenizer = Tokenizer::new(&Key::from_bytes([7; 32]), "d", "ID").unwrap();
        let mut batches = Vec::new();
        while let Some(batch) = reader.next_batch().unwrap() {
            for schema in [reader.schema(), &batch.schema()] {
                prop_assert!(!format!("{schema:?}").contains("of the first row"), "{schema:?}");
            }
            let email = kernel::redact("email", batch.column(0), &redactor).unwrap();
            let id = kernel::token("id", batch.column(1), &tokenizer).unwrap();
            batches.push(RecordBatch::try_new(batch.schema(), vec![email, id]).unwrap());
        }
        let compression = if packed { Compression::Snappy } else { Compression::None };
        let file = written(&batches, compression);
        for raw in emails.iter().chain(&ids) {
            prop_assert!(!holds(&file, raw));
        }
        for part in ["canary", "CANARY", "pandas", "ARROW:schema", "of the first row"] {
            prop_assert!(!holds(&file, part), "{part}");
        }
        prop_assert!(holds(&file, "incog.policy"));
        prop_assert_eq!(read(&file).unwrap().rows(), numbers.len());
    }

    #[test]
    fn a_file_with_a_changed_byte_is_read_or_refused_in_a_sentence_without_its_values(
        place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let texts: StringArray = (0..200).map(|i| Some(format!("CANARY{}", i % 50))).collect();
        let batch = RecordBatch::try_from_iter([("c", Arc::new(texts) as ArrayRef)]).unwrap();
        let mut file = foreign(&batch);
        let place = place.index(file.len());
        if cut { file.truncate(place) } else { file[place] = byte }
        if let Err(error) = read(&file) {
            prop_assert!(matches!(error.kind(), ErrorKind::Data | ErrorKind::Unsupported | ErrorKind::Value | ErrorKind::Io));
            prop_assert!(!error.to_string().contains("CANARY"), "{}", error);
        }
    }
}

#[test]
fn a_file_holds_no_statistics_index_or_filter() {
    let batch =
        RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![4711, 12])) as ArrayRef)]).unwrap();
    let file = written(std::slice::from_ref(&batch), Compression::None);
    // (file, whether it tells of its values)
    for (file, tells) in [(file, false), (foreign(&batch), true)] {
        let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
        let metadata = reader.metadata();
        let column = metadata.row_group(0).column(0);
        assert_eq!(column.statistics().is_some(), tells);
        assert_eq!(column.column_index_offset().is_some(), tells);
        assert_eq!(column.offset_index_offset().is_some(), tells);
        assert_eq!(column.bloom_filter_offset().is_some(), tells);
        let keys: Vec<&str> = metadata
            .file_metadata()
            .key_value_metadata()
            .map(|entries| entries.iter().map(|entry| entry.key.as_str()).collect())
            .unwrap_or_default();
        assert_eq!(keys == ["incog.policy"], !tells);
    }
}

#[test]
fn the_same_table_as_csv_in_memory_and_as_parquet_has_the_same_cells_and_rows() {
    let text = "age,ward,note\n34,A1,\"to ada@example.org, soon\"\n35,,\n34,B1,\"a\nb\"\n";
    let (as_csv, _) = csv::read_with_dialect(text.as_bytes(), csv::Dialect::default()).unwrap();
    let schema = text_schema(as_csv.names());
    let file = written(&[batch_of(&as_csv, &schema).unwrap()], Compression::Snappy);
    let as_parquet = read(&file).unwrap();
    assert_eq!(cells(&as_csv), cells(&as_parquet));
    for ((_, one), (_, other)) in as_csv.iter().zip(as_parquet.iter()) {
        assert_eq!(one.codes(), other.codes());
        assert_eq!(one.missing_code(), other.missing_code());
    }
    let mut reader = Reader::new(Bytes::from(file), Nulls::Missing).unwrap();
    let mut rows = Rows::default();
    let mut csv_reader = csv::Reader::new(text.as_bytes(), csv::Dialect::default()).unwrap();
    let mut csv_rows = Rows::default();
    assert!(reader.next_rows(&mut rows).unwrap() && csv_reader.next_rows(&mut csv_rows).unwrap());
    assert_eq!(
        (rows.first(), rows.len(), rows.columns()),
        (csv_rows.first(), csv_rows.len(), csv_rows.columns())
    );
    for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
        assert_eq!(rows.cell(row, column), csv_rows.cell(row, column));
    }
    assert!(!reader.next_rows(&mut rows).unwrap() && rows.is_empty());
}

#[test]
fn a_nested_column_is_refused_with_its_type_unless_it_is_not_read() {
    let item = Arc::new(Field::new("x", DataType::Int64, true));
    let nested = StructArray::from(vec![(item, Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]);
    let ages: ArrayRef = Arc::new(Int64Array::from(vec![34, 35]));
    let batch = RecordBatch::try_from_iter([("deep", Arc::new(nested) as ArrayRef), ("age", ages)]).unwrap();
    let file = Bytes::from(foreign(&batch));
    let error = Reader::new(file.clone(), Nulls::Missing).unwrap_err();
    assert!(error.to_string().starts_with("column 'deep': its type is Struct("), "{error}");
    // Names within are those of the program that wrote the file.
    let list = Field::new_list_field(batch.column_by_name("deep").unwrap().data_type().clone(), true);
    let empty = new_null_array(&DataType::List(Arc::new(list)), 2);
    let lists = foreign(&RecordBatch::try_from_iter([("lists", empty)]).unwrap());
    let within = Reader::new(Bytes::from(lists), Nulls::Missing).unwrap_err().to_string();
    assert!(within.starts_with("column 'lists': its type is List(Struct()"), "{within}");
    let reader = Reader::of_columns(file, Nulls::Missing, |name| name == "age").unwrap();
    assert_eq!((reader.names(), reader.rows()), (&["age".to_owned()][..], 2));
    assert_eq!(cells(&reader.table().unwrap()), [[Some("34"), Some("35")]]);
    let schema: SchemaRef = batch.schema();
    let error = Writer::new(Vec::new(), &schema, &Provenance::default()).unwrap_err();
    assert!(error.to_string().starts_with("column 'deep': its type is Struct("), "{error}");
}

#[test]
fn digests_that_are_none_other_columns_and_a_full_disk_are_errors() {
    let batch = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let other = RecordBatch::try_from_iter([("m", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let error = Writer::new(Vec::new(), &batch.schema(), &Provenance::of_policy("x")).unwrap_err();
    assert_eq!(error.to_string(), "incog.policy is a digest of 64 hexadecimal digits");
    let mut writer = Writer::new(Vec::new(), &batch.schema(), &Provenance::default()).unwrap();
    assert_eq!(writer.write(&other).unwrap_err().kind(), ErrorKind::Data);
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let result = Writer::new(Full, &batch.schema(), &Provenance::default()).and_then(|mut writer| {
        writer.write(&batch)?;
        writer.finish().map(drop)
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn types_that_parquet_has_not_are_written_as_their_next_and_a_time_beyond_it_is_refused() {
    let far: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX]));
    let batch = RecordBatch::try_from_iter([("seen", far)]).unwrap();
    let mut writer = Writer::new(Vec::new(), &batch.schema(), &Provenance::default()).unwrap();
    let error = writer.write(&batch).unwrap_err();
    assert!(
        error.to_string().starts_with("column 'seen': a value of type Timestamp(s) is beyond Timestamp(ms)"),
        "{error}"
    );
    let day: ArrayRef = Arc::new(Date64Array::from(vec![86_400_000]));
    let batch = RecordBatch::try_from_iter([("day", day)]).unwrap();
    let file = written(&[batch], Compression::None);
    let reader = Reader::new(Bytes::from(file), Nulls::Missing).unwrap();
    assert_eq!(reader.schema().field(0).data_type(), &DataType::Date32);
}

#[test]
fn metadata_of_a_field_comes_out_of_no_schema_also_not_of_items_of_lists() {
    let metadata: std::collections::HashMap<String, String> =
        [("first".to_owned(), "CANARY".to_owned())].into_iter().collect();
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append_value([Some("a"), None]);
    lists.append_null();
    let (item, offsets, values, nulls) = lists.finish().into_parts();
    let item = Arc::new(Field::clone(&item).with_metadata(metadata.clone()));
    let lists: ArrayRef = Arc::new(ListArray::new(item, offsets, values, nulls));
    let field = Field::new("tags", lists.data_type().clone(), true).with_metadata(metadata.clone());
    let schema = Arc::new(Schema::new_with_metadata(vec![field], metadata));
    let batch = RecordBatch::try_new(schema, vec![lists]).unwrap();
    let mut reader = Reader::new(Bytes::from(foreign(&batch)), Nulls::Missing).unwrap();
    let found = reader.next_batch().unwrap().unwrap();
    assert_eq!(&found.schema(), reader.schema());
    assert!(!format!("{found:?} {:?}", reader.schema()).contains("CANARY"), "{found:?}");
    assert_eq!(
        cells(&table_of(&found, Nulls::Missing).unwrap()),
        cells(&table_of(&batch, Nulls::Missing).unwrap())
    );
}
