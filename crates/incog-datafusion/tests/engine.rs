//! The engine of the pipeline, held against the reader of this process on the same files.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::panic,
    clippy::float_cmp,
    reason = "numbers are small, and whole"
)]

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

use datafusion::{
    arrow::{
        array::{
            ArrayRef, Date32Array, DictionaryArray, Float32Array, Float64Array, Int32Array, ListBuilder,
            RecordBatch, StringArray, StringBuilder, StructArray, TimestampMillisecondArray,
        },
        datatypes::Int8Type,
    },
    parquet::{
        arrow::ArrowWriter,
        file::{
            metadata::{ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter},
            properties::WriterProperties,
        },
    },
};
use incog::{
    Error, ErrorKind,
    dp::{
        Budget, Condition, ContributionBounds, Epsilon, PrivacyUnit, Query, QueryBuilder, Session,
        ledger::MemoryLedger,
    },
    pipeline::Engine,
    table::{Rows, Table},
};
use incog_arrow::{parquet::read_path, table::Nulls};
use incog_datafusion::QueryEngine;

use crate::dp::Silence;

/// A folder that is removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("incog-engine-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// A file of `batch` with many row groups. Its name has what means something in a pattern or a URL.
    fn write(&self, batch: &RecordBatch) -> PathBuf {
        let path = self.0.join("people [1] 50%?*.parquet");
        let groups = WriterProperties::builder().set_max_row_group_row_count(Some(64)).build();
        let mut writer =
            ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(groups)).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Cells of all kinds: nulls and empty texts, both zeros and no number, dates, instants, dictionaries, lists.
fn people() -> RecordBatch {
    let rows = 0..1000i32;
    let wards: DictionaryArray<Int8Type> =
        rows.clone().map(|i| (i % 7 > 0).then(|| ["A1", "B1", "", "C 2"][(i % 4) as usize])).collect();
    let floats = [0.0, -0.0, 1.5, f64::NAN, 1e21, f64::INFINITY];
    let mut words = ListBuilder::new(StringBuilder::new());
    rows.clone().for_each(|i| {
        words.values().append_value(format!("w{}", i % 3));
        words.append(i % 5 > 0);
    });
    let columns: [(&str, ArrayRef); 8] = [
        ("id", Arc::new(StringArray::from_iter_values(rows.clone().map(|i| format!("p{}", i * 7 % 311))))),
        (
            "Age",
            Arc::new(rows.clone().map(|i| (i % 50 > 0).then_some(20 + i * 13 % 60)).collect::<Int32Array>()),
        ),
        ("born on", Arc::new(rows.clone().map(|i| Some(i * 31 % 9000)).collect::<Date32Array>())),
        ("ward", Arc::new(wards)),
        (
            "number",
            Arc::new(
                rows.clone()
                    .map(|i| (i % 11 > 0).then(|| floats[(i % 6) as usize]))
                    .collect::<Float64Array>(),
            ),
        ),
        (
            "seen",
            Arc::new(
                rows.clone()
                    .map(|i| Some(i64::from(i % 90) * 86_400_500))
                    .collect::<TimestampMillisecondArray>()
                    .with_timezone("+02:00"),
            ),
        ),
        ("words", Arc::new(words.finish())),
        ("a.b \"c\"", Arc::new(StringArray::from_iter_values(rows.map(|i| (i / 9).to_string())))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn assert_same(found: &Table, expected: &Table) {
    assert_eq!(found.names(), expected.names());
    for ((name, found), (_, expected)) in found.iter().zip(expected.iter()) {
        assert_eq!(found.codes(), expected.codes(), "{name}");
        assert!(found.dictionary().eq(expected.dictionary()), "{name}");
        assert_eq!(found.missing_code(), expected.missing_code(), "{name}");
    }
}

#[test]
fn tables_are_those_of_a_reader_code_for_code() {
    let folder = Folder::new();
    let path = folder.write(&people());
    let engine = QueryEngine::embedded().unwrap();
    let expected = read_path(&path, Nulls::Missing).unwrap();
    let shape = engine.shape(&path).unwrap();
    assert_eq!((shape.columns.as_slice(), shape.rows), (expected.names(), 1000));
    let all: Vec<&str> = shape.columns.iter().map(String::as_str).collect();
    for columns in [&all[..], &all[..1], &all[3..5], &["number"], &["ward", "Age"]] {
        let of = |name: &&str| ((*name).to_owned(), expected.column(name).unwrap().clone());
        let expected = Table::new(columns.iter().map(of).collect::<Vec<_>>()).unwrap();
        assert_same(&engine.table(&path, columns).unwrap(), &expected);
    }
}

#[test]
fn rows_come_in_their_order_with_their_numbers() {
    let folder = Folder::new();
    let path = folder.write(&people());
    let engine = QueryEngine::embedded().unwrap();
    let expected = read_path(&path, Nulls::Missing).unwrap();
    let mut seen = 0;
    let mut take = |rows: &Rows| {
        assert_eq!(rows.first(), seen + 1);
        for row in 0..rows.len() {
            for (column, (_, cells)) in expected.iter().enumerate() {
                assert_eq!(rows.cell(row, column), cells.cell(seen as usize + row));
            }
        }
        seen += rows.len() as u64;
        Ok(())
    };
    engine.rows(&path, &|_| true, None, &mut take).unwrap();
    assert_eq!(seen, 1000);

    let wanted: Vec<u64> = (1..=1000).step_by(16).chain([1000]).collect();
    let mut found = Vec::new();
    let mut take = |rows: &Rows| {
        found.extend((0..rows.len()).map(|row| rows.cell(row, 0).map(str::to_owned)));
        Ok(())
    };
    engine.rows(&path, &|_| true, Some(&wanted), &mut take).unwrap();
    let ids = expected.column("id").unwrap();
    assert_eq!(
        found,
        wanted.iter().map(|&n| ids.cell(n as usize - 1).map(str::to_owned)).collect::<Vec<_>>()
    );

    let mut stop = |_: &Rows| Err(Error::new(ErrorKind::Value, "enough"));
    assert_eq!(engine.rows(&path, &|_| true, None, &mut stop).unwrap_err().to_string(), "enough");
}

fn budgeted(bounds: ContributionBounds) -> Session {
    Session::builder(PrivacyUnit::person("id").unwrap(), bounds)
        .ledger(MemoryLedger::new(Budget::parse("8", "0").unwrap()))
        .data_version("v1")
        .noise_backend(Silence)
        .build()
        .unwrap()
}

fn count(change: impl Fn(QueryBuilder) -> QueryBuilder) -> Query {
    change(Query::count()).epsilon(Epsilon::parse("1").unwrap()).build().unwrap()
}

#[test]
fn totals_are_exact_and_bounded_by_person() {
    let folder = Folder::new();
    let path = folder.write(&people());
    let engine = QueryEngine::embedded().unwrap();
    let unit = PrivacyUnit::person("id").unwrap();
    let of = |rows, query: &Query| {
        let bounds = ContributionBounds::new(rows, rows).unwrap();
        engine.totals(&path, &unit, bounds, query, "r")
    };
    let answer = |rows, query: Query| {
        let mut session = budgeted(ContributionBounds::new(rows, rows).unwrap());
        let release = session.release_totals(&query, &of(rows, &query).unwrap(), "r").unwrap();
        release.values().iter().map(|value| value.value).collect::<Vec<f64>>()
    };
    // 1000 rows of 311 persons, each with three or four.
    assert_eq!(answer(100, count(|q| q)), [1000.0]);
    assert_eq!(answer(1, count(|q| q)), [311.0]);
    let in_ward: f64 = 1000.0 / 7.0 * 6.0 / 4.0;
    let by_ward = answer(100, count(|q| q.by("ward", ["A1", "none"])));
    assert!((by_ward[0] - in_ward).abs() < 2.0 && by_ward[1] == 0.0, "{by_ward:?}");

    let by_instant = of(1, &count(|q| q.by("seen", ["x"]))).unwrap_err();
    assert!(by_instant.to_string().starts_with("column 'seen': its type is Timestamp"), "{by_instant}");
}

#[test]
fn a_number_that_is_none_is_a_missing_cell_for_the_engine_and_in_memory() {
    let folder = Folder::new();
    let numbers: Vec<Option<f64>> = (0..120)
        .map(|i| match i % 4 {
            0 => Some(f64::NAN),
            1 => None,
            _ => Some(f64::from(i % 3)),
        })
        .collect();
    let text = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..120).map(of)))
    };
    let columns: [(&str, ArrayRef); 4] = [
        ("id", text(&|i| format!("p{i}"))),
        ("n", Arc::new(Float64Array::from(numbers.clone()))),
        ("small", Arc::new(numbers.iter().map(|n| n.map(|n| n as f32)).collect::<Float32Array>())),
        // A text is what it says, in both.
        ("said", text(&|i| if i % 4 == 0 { "NaN".to_owned() } else { String::new() })),
    ];
    let path = folder.write(&RecordBatch::try_from_iter(columns).unwrap());
    let (engine, memory) = (QueryEngine::embedded().unwrap(), read_path(&path, Nulls::Missing).unwrap());
    assert_same(&engine.table(&path, &["id", "n", "small", "said"]).unwrap(), &memory);
    for (name, missing) in [("n", 60), ("small", 60), ("said", 90)] {
        let column = memory.column(name).unwrap();
        assert_eq!((0..120).filter(|&row| column.cell(row).is_none()).count(), missing, "{name}");
        let query = count(|q| q.only(Condition::missing(name)));
        let bounds = ContributionBounds::new(1, 1).unwrap();
        let unit = PrivacyUnit::person("id").unwrap();
        let totals = engine.totals(&path, &unit, bounds, &query, "r");
        let answers = [
            budgeted(bounds).release(&query, &memory, "r").unwrap(),
            match totals {
                Ok(totals) => budgeted(bounds).release_totals(&query, &totals, "r").unwrap(),
                Err(e) => panic!("{name}: {e}"),
            },
        ];
        for answer in answers {
            assert_eq!(answer.values()[0].value, missing as f64, "{name}");
        }
    }
    let rows = |of: &QueryEngine| {
        let mut seen = Vec::new();
        let mut take = |rows: &Rows| {
            seen.extend((0..rows.len()).map(|row| rows.cell(row, 1).map(str::to_owned)));
            Ok(())
        };
        of.rows(&path, &|_| true, None, &mut take).unwrap();
        seen
    };
    let column = memory.column("n").unwrap();
    assert!(rows(&engine).iter().map(Option::as_deref).eq((0..120).map(|row| column.cell(row))));
}

/// The same pages under an end that says that there are four billion rows: in the first group, or in all groups together.
fn with_rows(path: &Path, in_group: bool) -> Vec<u8> {
    let file = fs::read(path).unwrap();
    if !in_group {
        // Field 3 of the end, 1000, and the list behind it, in Thrift's compact protocol.
        let said: &[u8] = &[0x16, 0xd0, 0x0f, 0x19];
        let at = file.windows(4).rposition(|window| window == said).unwrap();
        let more: &[u8] = &[0x16, 0x80, 0xa0, 0xd9, 0xe6, 0x1d, 0x19];
        let length = u32::from_le_bytes(file[file.len() - 8..file.len() - 4].try_into().unwrap()) + 3;
        return [&file[..at], more, &file[at + 4..file.len() - 8], &length.to_le_bytes(), b"PAR1"].concat();
    }
    let found = ParquetMetaDataReader::new().parse_and_finish(&File::open(path).unwrap()).unwrap();
    let mut groups = found.row_groups().to_vec();
    let first = groups[0].clone();
    let said = 4_000_000_000 - found.file_metadata().num_rows() + first.num_rows();
    groups[0] = first.into_builder().set_num_rows(said).build().unwrap();
    let length = u32::from_le_bytes(file[file.len() - 8..file.len() - 4].try_into().unwrap()) as usize;
    let mut forged = file[..file.len() - 8 - length].to_vec();
    let changed = ParquetMetaData::new(found.file_metadata().clone(), groups);
    ParquetMetaDataWriter::new(&mut forged, &changed).finish().unwrap();
    forged
}

/// The most memory that this process has held, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[cfg(target_os = "linux")]
#[test]
fn as_many_rows_as_a_file_says_are_not_held_before_they_are_there() {
    let folder = Folder::new();
    let path = folder.write(&people());
    let engine = QueryEngine::embedded().unwrap();
    engine.table(&path, &["id"]).unwrap();
    let forged = folder.0.join("forged.parquet");
    let unit = PrivacyUnit::person("id").unwrap();
    let bounds = ContributionBounds::new(1, 1).unwrap();
    let before = peak();
    for (in_group, sentence) in [
        (true, "the engine could not read it to its end: the file is damaged"),
        (false, "the engine gave 1000 rows where the file says that it holds 4000000000"),
    ] {
        fs::write(&forged, with_rows(&path, in_group)).unwrap();
        assert_eq!(engine.shape(&forged).unwrap().rows, 4_000_000_000);
        let tables = [&["id"][..], &["id", "number"]].map(|names| engine.table(&forged, names).unwrap_err());
        for failed in &tables {
            assert!(failed.to_string().starts_with(sentence), "{failed}");
        }
        let others = [
            engine.rows(&forged, &|_| true, None, &mut |_| Ok(())).unwrap_err(),
            engine.totals(&forged, &unit, bounds, &count(|q| q), "r").unwrap_err(),
            read_path(&forged, Nulls::Missing).unwrap_err(),
        ];
        for failed in tables.iter().chain(&others) {
            assert_eq!(failed.kind(), ErrorKind::Data, "{failed}");
        }
    }
    // Four bytes for each row that it says would be 15,259 MiB.
    assert!(peak() < before + 1024, "{before} MiB before, {} MiB after", peak());
}

#[test]
fn what_cannot_be_read_is_a_sentence_without_a_cell() {
    let folder = Folder::new();
    let path = folder.write(&people());
    let engine = QueryEngine::embedded().unwrap();
    let error = |path: &Path, columns: &[&str]| engine.table(path, columns).unwrap_err();

    let absent = error(&path, &["zip"]);
    assert!(
        absent.to_string().starts_with("column 'zip' is not in the table; it has 'id', 'Age'"),
        "{absent}"
    );

    // Bytes in the middle, where the pages are.
    let mut bytes = fs::read(&path).unwrap();
    let footer = bytes.len() - 8;
    let middle = u32::from_le_bytes(bytes[footer..footer + 4].try_into().unwrap()) as usize;
    let pages = 4..bytes.len() - 8 - middle;
    bytes[pages].iter_mut().step_by(3).for_each(|byte| *byte ^= 0x5a);
    let damaged = folder.0.join("damaged.parquet");
    fs::write(&damaged, &bytes).unwrap();
    let failed = error(&damaged, &["id", "Age"]);
    assert_eq!(failed.kind(), ErrorKind::Data);
    assert!(failed.to_string().starts_with("the engine could not read it to its end"), "{failed}");

    let cut = folder.0.join("cut.parquet");
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    assert!(error(&cut, &["id"]).to_string().contains("no whole Parquet file"));

    let text = folder.0.join("people.csv");
    fs::write(&text, "id\np1\n").unwrap();
    let failed = error(&text, &["id"]);
    assert_eq!(
        failed.to_string(),
        "it is no Parquet file, and the engine reads nothing else; convert it, or leave the engine out"
    );
    assert_eq!(error(&folder.0.join("none.parquet"), &["id"]).kind(), ErrorKind::Data);
}

#[test]
fn a_nested_column_is_named_if_it_is_asked_for_and_only_then() {
    let folder = Folder::new();
    let people = people();
    let id = people.column(0).clone();
    let field = Arc::new(datafusion::arrow::datatypes::Field::new("street", id.data_type().clone(), true));
    let address = StructArray::from(vec![(field, id.clone())]);
    let batch = RecordBatch::try_from_iter([("id", id), ("address", Arc::new(address) as _)]).unwrap();
    let path = folder.write(&batch);
    let engine = QueryEngine::embedded().unwrap();
    assert_eq!(engine.shape(&path).unwrap().columns, ["id", "address"]);
    assert_eq!(engine.table(&path, &["id"]).unwrap().rows(), 1000);
    let mut seen = 0;
    let mut take = |rows: &Rows| {
        assert_eq!((rows.columns(), rows.cell(0, 1)), (2, None));
        seen += rows.len();
        Ok(())
    };
    engine.rows(&path, &|name| name == "id", None, &mut take).unwrap();
    assert_eq!(seen, 1000);
    for failed in [
        engine.table(&path, &["id", "address"]).unwrap_err(),
        engine.rows(&path, &|_| true, None, &mut |_| Ok(())).unwrap_err(),
    ] {
        // As a reader in this process has it.
        assert_eq!(failed.kind(), ErrorKind::Data);
        assert!(failed.to_string().starts_with("column 'address': its type is Struct"), "{failed}");
    }
}
