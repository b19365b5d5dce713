//! The engine of the pipeline, held against the reader of this process on the same files.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
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
            ArrayRef, Date32Array, DictionaryArray, Float64Array, Int32Array, ListBuilder, RecordBatch,
            StringArray, StringBuilder, StructArray, TimestampMillisecondArray,
        },
        datatypes::Int8Type,
    },
    parquet::{arrow::ArrowWriter, file::properties::WriterProperties},
};
use incog::{
    Error, ErrorKind,
    dp::{
        Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, QueryBuilder, Session, ledger::MemoryLedger,
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
        assert_eq!(failed.kind(), ErrorKind::Unsupported);
        assert!(failed.to_string().starts_with("column 'address': its type is Struct"), "{failed}");
    }
}
