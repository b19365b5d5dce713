//! Tables of record batches, and back, for each type of column.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    DurationSecondArray, Float32Array, Float64Array, Int8Array, Int64Array, LargeListArray, LargeStringArray,
    ListArray, NullArray, RecordBatch, StringArray, StringViewArray, StructArray, Time32SecondArray,
    Time64NanosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray, TimestampSecondArray,
    UInt64Array,
    builder::{LargeListBuilder, ListBuilder, StringBuilder, StringViewBuilder},
    types::{Int8Type, Int32Type, UInt64Type},
};
use arrow_schema::{DataType, Field, Schema};
use incog::{ErrorKind, table::Rows};
use incog_arrow::table::{Nulls, TableBuilder, batch_of, rows_of, table_of};
use proptest::prelude::*;

/// A column of each type that a table holds, out of the same draws.
pub(crate) fn all_types(cells: &[Option<(i64, String)>]) -> RecordBatch {
    let texts = || cells.iter().map(|cell| cell.as_ref().map(|(_, text)| text.as_str()));
    let numbers = || cells.iter().map(|cell| cell.as_ref().map(|(number, _)| *number));
    let small = || numbers().map(|n| n.map(|n| i32::try_from(n % 100_000).unwrap()));
    let day = || numbers().map(|n| n.map(|n| n.rem_euclid(86_400)));
    let instant = || numbers().map(|n| n.map(|n| n % 4_000_000_000));
    let mut list = ListBuilder::new(StringBuilder::new());
    let mut long_list = LargeListBuilder::new(StringViewBuilder::new());
    for cell in cells {
        match cell {
            Some((n, text)) => {
                let items = [Some(text.as_str()), None, Some("\"x\",")];
                let items = &items[..usize::try_from(n.rem_euclid(4)).unwrap()];
                list.append_value(items.iter().copied());
                long_list.append_value(items.iter().copied());
            }
            None => {
                list.append_null();
                long_list.append_null();
            }
        }
    }
    let entries: Int64Array = [4711, 12].into_iter().map(Some).collect();
    let keys = numbers().map(|n| n.map(|n| i32::from(n % 2 == 0))).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("text", Arc::new(texts().collect::<StringArray>())),
        ("large", Arc::new(texts().collect::<LargeStringArray>())),
        ("view", Arc::new(texts().collect::<StringViewArray>())),
        ("coded", Arc::new(texts().collect::<DictionaryArray<Int32Type>>())),
        ("wide", Arc::new(texts().collect::<DictionaryArray<UInt64Type>>())),
        ("i8", Arc::new(numbers().map(|n| n.map(|n| i8::try_from(n % 128).unwrap())).collect::<Int8Array>())),
        ("i64", Arc::new(numbers().collect::<Int64Array>())),
        ("u64", Arc::new(numbers().map(|n| n.map(i64::unsigned_abs)).collect::<UInt64Array>())),
        ("f32", Arc::new(small().map(|n| n.map(|n| n as f32 / 7.0)).collect::<Float32Array>())),
        ("f64", Arc::new(numbers().map(|n| n.map(|n| n as f64 / 3.0)).collect::<Float64Array>())),
        (
            "decimal",
            Arc::new(
                numbers()
                    .map(|n| n.map(i128::from))
                    .collect::<Decimal128Array>()
                    .with_precision_and_scale(22, 2)
                    .unwrap(),
            ),
        ),
        ("bool", Arc::new(numbers().map(|n| n.map(|n| n % 2 == 0)).collect::<BooleanArray>())),
        ("date32", Arc::new(small().collect::<Date32Array>())),
        ("date64", Arc::new(small().map(|n| n.map(|n| i64::from(n) * 86_400_000)).collect::<Date64Array>())),
        (
            "time32",
            Arc::new(day().map(|n| n.map(|n| i32::try_from(n).unwrap())).collect::<Time32SecondArray>()),
        ),
        (
            "time64",
            Arc::new(
                day()
                    .map(|n| n.map(|n| n * 1_000_000_007 % 86_400_000_000_000))
                    .collect::<Time64NanosecondArray>(),
            ),
        ),
        ("local", Arc::new(instant().collect::<TimestampSecondArray>())),
        (
            "nanos",
            Arc::new(instant().map(|n| n.map(|n| n * 1_000_000_007)).collect::<TimestampNanosecondArray>()),
        ),
        (
            "utc",
            Arc::new(
                instant()
                    .map(|n| n.map(|n| n * 1_000_003))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
        ),
        ("zone", Arc::new(instant().collect::<TimestampSecondArray>().with_timezone("Europe/Berlin"))),
        ("list", Arc::new(list.finish())),
        ("long_list", Arc::new(long_list.finish())),
        ("coded_number", Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(entries)))),
        ("null", Arc::new(NullArray::new(cells.len()))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

pub(crate) fn draws() -> impl Strategy<Value = Vec<Option<(i64, String)>>> {
    prop::collection::vec(prop::option::weighted(0.8, (any::<i64>(), "[^\\x00]{1,4}|[ab]")), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_batch_of_every_type_comes_back_from_its_table(cells in draws()) {
        let batch = all_types(&cells);
        let table = table_of(&batch, Nulls::Missing).unwrap();
        let back = batch_of(&table, &batch.schema()).unwrap();
        for (field, (before, after)) in batch.schema().fields().iter().zip(batch.columns().iter().zip(back.columns())) {
            prop_assert_eq!(before.data_type(), after.data_type());
            // Dictionaries of numbers may number their entries anew.
            let plain = |array: &ArrayRef| match array.data_type() {
                DataType::Dictionary(_, values) => arrow_cast::cast(array, values).unwrap(),
                _ => Arc::clone(array),
            };
            prop_assert_eq!(&plain(before), &plain(after), "{}", field.name());
        }
    }

    #[test]
    fn slices_batches_and_rows_give_the_cells_of_the_whole_table(cells in draws(), cut in 0usize..30) {
        let batch = all_types(&cells);
        let cut = cut.min(cells.len());
        let whole = table_of(&batch, Nulls::Missing).unwrap();
        let mut builder = TableBuilder::new(batch.schema(), Nulls::Missing).unwrap();
        builder.push(&batch.slice(0, cut)).unwrap();
        builder.push(&batch.slice(cut, cells.len() - cut)).unwrap();
        let built = builder.finish().unwrap();
        let mut rows = Rows::default();
        rows_of(&batch.slice(cut, cells.len() - cut), Nulls::Missing, cut as u64 + 1, &mut rows).unwrap();
        prop_assert_eq!(rows.first(), cut as u64 + 1);
        for (place, (name, column)) in whole.iter().enumerate() {
            for row in 0..cells.len() {
                prop_assert_eq!(column.cell(row), built.column(name).unwrap().cell(row));
                if row >= cut {
                    prop_assert_eq!(rows.cell(row - cut, place), column.cell(row));
                }
            }
        }
    }
}

#[test]
fn cells_are_written_as_the_documentation_says() {
    let one = |array: ArrayRef| {
        let batch = RecordBatch::try_from_iter([("c", array)]).unwrap();
        let table = table_of(&batch, Nulls::Missing).unwrap();
        table.column("c").unwrap().cell(0).map(str::to_owned)
    };
    let cases: Vec<(ArrayRef, &str)> = vec![
        (Arc::new(Int64Array::from(vec![-7])), "-7"),
        (Arc::new(Float64Array::from(vec![1.5])), "1.5"),
        (Arc::new(Float64Array::from(vec![2.0])), "2.0"),
        (Arc::new(Decimal128Array::from(vec![1050]).with_precision_and_scale(10, 2).unwrap()), "10.50"),
        (Arc::new(BooleanArray::from(vec![true])), "true"),
        (Arc::new(Date32Array::from(vec![20_484])), "2026-01-31"),
        (Arc::new(Date64Array::from(vec![20_484 * 86_400_000])), "2026-01-31"),
        (Arc::new(Time32SecondArray::from(vec![86_399])), "23:59:59"),
        (Arc::new(TimestampSecondArray::from(vec![0])), "1970-01-01T00:00:00"),
        (Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("UTC")), "1970-01-01T00:00:00Z"),
        (Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("Asia/Tokyo")), "1970-01-01T00:00:00Z"),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![1_500_000]).with_timezone("+02:00")),
            "1970-01-01T00:00:01.500Z",
        ),
        (
            Arc::new(LargeListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>([Some(
                vec![],
            )])),
            "",
        ),
    ];
    for (array, expected) in cases.into_iter().filter(|(_, expected)| !expected.is_empty()) {
        let kind = array.data_type().clone();
        assert_eq!(one(array).as_deref(), Some(expected), "{kind}");
    }
}

#[test]
fn a_number_that_is_none_is_a_missing_cell_in_every_type_of_numbers() {
    let wide =
        Float64Array::from(vec![Some(f64::NAN), Some(-0.0), None, Some(-f64::NAN), Some(f64::INFINITY)]);
    let small =
        Float32Array::from(vec![Some(f32::NAN), Some(-0.0), None, Some(-f32::NAN), Some(f32::INFINITY)]);
    let kind = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Float64));
    let keys = Int8Array::from(vec![0, 1, 2, 3, 4]);
    let coded = DictionaryArray::new(keys, Arc::new(wide.clone()));
    assert_eq!(coded.data_type(), &kind);
    for array in [Arc::new(wide) as ArrayRef, Arc::new(small), Arc::new(coded)] {
        let kind = array.data_type().clone();
        let batch = RecordBatch::try_from_iter([("n", array)]).unwrap();
        let expected = [None, Some("-0.0"), None, None, Some("inf")];
        for nulls in [Nulls::Missing, Nulls::Apart] {
            let table = table_of(&batch, nulls).unwrap();
            let found: Vec<_> = (0..5).map(|row| table.column("n").unwrap().cell(row)).collect();
            assert_eq!(found, expected, "{kind}");
        }
        let mut rows = Rows::default();
        rows_of(&batch, Nulls::Missing, 1, &mut rows).unwrap();
        assert_eq!((0..5).map(|row| rows.cell(row, 0)).collect::<Vec<_>>(), expected, "{kind}");
        let error = table_of(&batch, Nulls::Refuse).unwrap_err().to_string();
        assert!(error.starts_with("column 'n', row 1: it is null"), "{kind}: {error}");
    }
    // A text is what it says.
    let text: ArrayRef = Arc::new(StringArray::from(vec!["NaN"]));
    let table = table_of(&RecordBatch::try_from_iter([("n", text)]).unwrap(), Nulls::Missing).unwrap();
    assert_eq!(table.column("n").unwrap().cell(0), Some("NaN"));
}

#[test]
fn nulls_and_empty_texts_are_what_the_rule_says() {
    let array: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some(""), None]));
    let coded: ArrayRef =
        Arc::new([Some("a"), Some(""), None].into_iter().collect::<DictionaryArray<Int8Type>>());
    let batch = RecordBatch::try_from_iter([("t", array), ("d", coded)]).unwrap();
    for name in ["t", "d"] {
        let cells = |nulls| {
            let table = table_of(&batch, nulls).unwrap();
            (0..3).map(|row| table.column(name).unwrap().cell(row).map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(cells(Nulls::Missing), [Some("a".to_owned()), None, None]);
        assert_eq!(cells(Nulls::Apart), [Some("a".to_owned()), Some(String::new()), None]);
    }
    let error = table_of(&batch, Nulls::Refuse).unwrap_err();
    assert_eq!(error.to_string(), "column 't', row 3: it is null, and nulls are refused here");
    let table = table_of(&batch, Nulls::Missing).unwrap();
    let strict = Arc::new(Schema::new(vec![Field::new("t", DataType::Utf8, false)]));
    let error = batch_of(&table, &strict).unwrap_err();
    assert_eq!(error.to_string(), "column 't', row 2: it is null, and nulls are refused here");
}

#[test]
fn what_a_table_cannot_hold_is_refused_with_column_and_type() {
    let item = Arc::new(Field::new("x", DataType::Int64, true));
    let nested: ArrayRef =
        Arc::new(StructArray::from(vec![(item, Arc::new(Int64Array::from(vec![1])) as ArrayRef)]));
    let numbers: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]));
    let cases: Vec<(ArrayRef, &str)> = vec![
        (nested, "Struct("),
        (numbers, "List("),
        (Arc::new(BinaryArray::from(vec![&b"CANARY"[..]])), "Binary"),
        (Arc::new(DurationSecondArray::from(vec![1])), "Duration("),
    ];
    for (array, kind) in cases {
        let batch = RecordBatch::try_from_iter([("c", array)]).unwrap();
        for error in [
            table_of(&batch, Nulls::Missing).unwrap_err(),
            TableBuilder::new(batch.schema(), Nulls::Missing).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().starts_with(&format!("column 'c': its type is {kind}")), "{error}");
        }
    }
}

#[test]
fn cells_that_are_not_of_the_type_are_named_by_their_row() {
    let batch =
        RecordBatch::try_from_iter([("n", Arc::new(StringArray::from(vec!["1", "CANARY"])) as ArrayRef)])
            .unwrap();
    let table = table_of(&batch, Nulls::Missing).unwrap();
    for kind in [DataType::Int64, DataType::Date32, DataType::new_list(DataType::Utf8, true)] {
        let schema = Arc::new(Schema::new(vec![Field::new("n", kind, true)]));
        let error = batch_of(&table, &schema).unwrap_err();
        assert!(error.to_string().starts_with("column 'n', row "), "{error}");
        assert!(!error.to_string().contains("CANARY"));
    }
    let far: ArrayRef = Arc::new(Date32Array::from(vec![0, i32::MAX]));
    let batch = RecordBatch::try_from_iter([("d", far)]).unwrap();
    let error = table_of(&batch, Nulls::Missing).unwrap_err();
    assert_eq!(error.to_string(), "column 'd', row 2: a value of type Date32 that is out of range");
}
