//! Kernels against what the core makes of each cell, over all types of text, sliced and with nulls.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int64Array, LargeStringArray, PrimitiveArray, StringArray,
    StringViewArray, UInt64Array,
    cast::AsArray,
    types::{Int8Type, Int32Type, UInt16Type, UInt32Type},
};
use arrow_cast::cast;
use arrow_schema::DataType;
use incog::{
    ErrorKind,
    kanon::Hierarchy,
    pii::{Redactor, Scanner},
    pseudonym::{Format, FormatPreserving, Key, Tokenizer},
    table::Column,
};
use incog_arrow::kernel;
use proptest::prelude::*;

/// The same cells in all types of text; the dictionaries have entries that no row uses, and one entry twice.
fn arrays(cells: &[Option<String>]) -> Vec<ArrayRef> {
    let short: StringArray = cells.iter().map(Option::as_deref).collect();
    let long: LargeStringArray = cells.iter().map(Option::as_deref).collect();
    let view: StringViewArray = cells.iter().map(Option::as_deref).collect();
    let entries: Vec<Option<&str>> =
        [Some("+1 CANARY unused"), None].into_iter().chain(cells.iter().map(Option::as_deref)).collect();
    let key = |row: usize| u16::try_from(row + 2).unwrap();
    let keys: PrimitiveArray<UInt16Type> = (0..cells.len())
        .map(|row| cells[row].is_some().then(|| key(row)).or_else(|| (row % 2 == 0).then_some(1)))
        .collect();
    let wide = DictionaryArray::new(keys.clone(), Arc::new(StringArray::from(entries.clone())));
    let views = DictionaryArray::new(keys, Arc::new(StringViewArray::from(entries)));
    let narrow: DictionaryArray<Int8Type> = short.iter().collect();
    vec![Arc::new(short), Arc::new(long), Arc::new(view), Arc::new(wide), Arc::new(views), Arc::new(narrow)]
}

fn texts(array: &dyn Array) -> Vec<Option<String>> {
    let array = cast(array, &DataType::LargeUtf8).unwrap();
    array.as_string::<i64>().iter().map(|cell| cell.map(str::to_owned)).collect()
}

/// Each kernel beside the core, on a whole array and on a slice.
fn same(
    cells: &[Option<String>],
    kernel: impl Fn(&dyn Array) -> incog::Result<ArrayRef>,
    scalar: impl Fn(&str) -> String,
) {
    let expected: Vec<Option<String>> = cells.iter().map(|cell| cell.as_deref().map(&scalar)).collect();
    for array in arrays(cells) {
        let made = kernel(&array).unwrap();
        assert_eq!(made.data_type(), array.data_type());
        assert_eq!(texts(&made), expected, "{}", array.data_type());
        made.to_data().validate_full().unwrap();
        let (from, rows) = (cells.len() / 3, cells.len() / 2);
        let part = kernel(&array.slice(from, rows)).unwrap();
        assert_eq!(texts(&part), expected[from..from + rows], "a slice of {}", array.data_type());
        holds_nothing_else(&part, &expected[from..from + rows]);
    }
}

/// A dictionary has each cell that there is once, in the order of rows.
fn holds_nothing_else(array: &dyn Array, cells: &[Option<String>]) {
    let Some(dictionary) = array.as_any_dictionary_opt() else { return };
    let mut distinct: Vec<Option<String>> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.is_some()) {
        if !distinct.contains(cell) {
            distinct.push(cell.clone());
        }
    }
    assert_eq!(texts(dictionary.values()), distinct);
}

fn cells(text: &'static str) -> impl Strategy<Value = Vec<Option<String>>> {
    prop::collection::vec(prop::option::weighted(0.8, text), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn redacted_arrays_hold_what_the_core_makes_of_each_cell(
        cells in cells("([a-z ]{0,12}|ada@example\\.org |born 1990-12-31 |[^\\x00]{0,6}|4111 1111 1111 1111)"),
    ) {
        let redactor = Redactor::builder(Scanner::new()).build();
        same(&cells, |a| kernel::redact("birth_date", a, &redactor), |t| redactor.redact(t).into_owned());
        same(
            &cells,
            |a| kernel::redact_labelled("birth_date", a, &redactor),
            |t| redactor.redact_labelled("birth_date", t).into_owned(),
        );
    }

    #[test]
    fn tokens_of_arrays_are_those_of_each_cell(cells in cells("[^\\x00]{0,4}|[ab]")) {
        let tokenizer = Tokenizer::new(&Key::from_bytes([7; 32]), "d", "MRN").unwrap();
        same(&cells, |a| kernel::token("mrn", a, &tokenizer), |t| tokenizer.token(t));
    }

    #[test]
    fn encrypted_arrays_are_those_of_each_cell_and_come_back(cells in cells("[0-9]{6}|\\+[0-9] [0-9]{3}-[0-9]{5,9}")) {
        let fpe = FormatPreserving::new(&Key::from_bytes([7; 32]), "d", Format::Digits).unwrap();
        same(&cells, |a| kernel::fpe_encrypt("phone", a, &fpe), |t| fpe.encrypt(t).unwrap());
        for array in arrays(&cells) {
            let back = kernel::fpe_decrypt("phone", &kernel::fpe_encrypt("phone", &array, &fpe).unwrap(), &fpe);
            prop_assert_eq!(texts(&back.unwrap()), cells.clone());
        }
    }

    #[test]
    fn generalized_arrays_hold_the_labels_of_the_core(cells in cells("[0-9]{5}|1305[0-9]"), level in 0usize..=3) {
        let hierarchy = Hierarchy::prefix(&[5, 3, 1, 0]).unwrap();
        let mut builder = incog::table::ColumnBuilder::default();
        cells.iter().for_each(|cell| builder.push_cell(cell.as_deref()).unwrap());
        let column = builder.finish();
        let levels = hierarchy.levels("zip", &column).unwrap();
        let label = |code: &u32| Some(levels.label(level, *code).to_owned()).filter(|label| !label.is_empty());
        let expected: Vec<Option<String>> = column.codes().iter().map(label).collect();
        for array in arrays(&cells) {
            let general = kernel::generalize("zip", &array, &hierarchy, level).unwrap();
            prop_assert_eq!(texts(&general), expected.clone());
            prop_assert_eq!(general.data_type(), array.data_type());
            holds_nothing_else(&general, &expected);
        }
    }

    #[test]
    fn searches_of_arrays_find_what_a_search_of_each_cell_finds(
        cells in cells("([a-z ]{0,12}|ada@example\\.org |1990-12-31|4111 1111 1111 1111)"),
    ) {
        let scanner = Scanner::new();
        for labelled in [false, true] {
            let search = |text: &str| match labelled {
                true => scanner.scan_labelled("birth_date", text.as_bytes()),
                false => scanner.scan(text.as_bytes()),
            };
            for array in arrays(&cells) {
                let (scan, contains) = match labelled {
                    true => (
                        kernel::scan_labelled("birth_date", &array, &scanner),
                        kernel::contains_labelled("birth_date", &array, &scanner),
                    ),
                    false => (kernel::scan("x", &array, &scanner), kernel::contains("x", &array, &scanner)),
                };
                let (scan, contains) = (scan.unwrap(), contains.unwrap());
                prop_assert_eq!(scan.data_type(), &kernel::findings_type());
                for (row, cell) in cells.iter().enumerate() {
                    prop_assert_eq!((scan.is_null(row), contains.is_null(row)), (cell.is_none(), cell.is_none()));
                    let Some(text) = cell else { continue };
                    let expected = search(text);
                    let found = scan.value(row);
                    let found = found.as_struct();
                    let place = |i: usize, column: &str| {
                        found.column_by_name(column).unwrap().as_any().downcast_ref::<UInt64Array>().unwrap().value(i)
                    };
                    prop_assert_eq!((found.len(), contains.value(row)), (expected.len(), !expected.is_empty()));
                    for (i, finding) in expected.iter().enumerate() {
                        prop_assert_eq!(place(i, "start"), finding.start() as u64);
                        prop_assert_eq!(place(i, "end"), finding.end() as u64);
                        let entity = found.column_by_name("entity").unwrap().as_string::<i32>().value(i);
                        prop_assert_eq!(entity, finding.entity().as_str());
                    }
                }
            }
        }
    }
}

#[test]
fn a_value_that_does_not_fit_is_named_by_column_and_row_and_not_by_what_it_is() {
    let fpe = FormatPreserving::new(&Key::from_bytes([7; 32]), "d", Format::Digits).unwrap();
    let cells: Vec<Option<String>> =
        [Some("123456"), None, Some("CANARY")].into_iter().map(|cell| cell.map(str::to_owned)).collect();
    for array in arrays(&cells) {
        let error = kernel::fpe_encrypt("phone", &array, &fpe).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value);
        assert!(error.to_string().starts_with("column 'phone', row 3: "), "{error}");
        assert!(!error.to_string().contains("CANARY"));
    }
}

#[test]
fn what_is_no_text_is_refused_with_its_type() {
    let array = Int64Array::from(vec![4711]);
    let tokenizer = Tokenizer::new(&Key::from_bytes([7; 32]), "d", "MRN").unwrap();
    let error = kernel::token("mrn", &array, &tokenizer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(
        error.to_string().starts_with("column 'mrn': its type is Int64, and this works on Utf8,"),
        "{error}"
    );
    let numbers: DictionaryArray<Int32Type> =
        DictionaryArray::new(vec![0].into(), Arc::new(Int64Array::from(vec![4711])));
    let error = kernel::contains("mrn", &numbers, &Scanner::new()).unwrap_err();
    assert!(error.to_string().contains("Dictionary(Int32, Int64)"), "{error}");
}

#[test]
fn levels_that_the_rows_decide_and_levels_that_are_not_there_are_refused() {
    let array = StringArray::from(vec!["1", "2"]);
    let automatic = Hierarchy::automatic(2).unwrap();
    let error = kernel::generalize("age", &array, &automatic, 1).unwrap_err();
    assert!(error.to_string().contains("batches are made one by one"), "{error}");
    let flat = kernel::generalize("age", &array, &Hierarchy::flat(), 2).unwrap_err();
    assert_eq!(flat.to_string(), "column 'age': level 2 where its hierarchy has 0 to 1");
}

#[test]
fn a_dictionary_that_is_full_keeps_its_narrow_keys() {
    let cells: Vec<Option<String>> = (0..200).map(|i| Some(format!("{}", i % 128))).collect();
    let short: StringArray = cells.iter().map(Option::as_deref).collect();
    let narrow: DictionaryArray<Int8Type> = short.iter().collect();
    let tokenizer = Tokenizer::new(&Key::from_bytes([7; 32]), "d", "MRN").unwrap();
    let tokens = kernel::token("mrn", &narrow, &tokenizer).unwrap();
    assert_eq!(tokens.as_dictionary::<Int8Type>().values().len(), 128);
}

#[test]
fn equal_cells_give_equal_buffers_whatever_else_the_input_holds() {
    let redactor = Redactor::builder(Scanner::new()).build();
    let make = |entries: Vec<&str>, keys: Vec<Option<u32>>| -> ArrayRef {
        let keys: PrimitiveArray<UInt32Type> = keys.into_iter().collect();
        let array = DictionaryArray::new(keys, Arc::new(StringArray::from(entries)));
        kernel::redact("note", &array, &redactor).unwrap()
    };
    let one =
        make(vec!["to ada@example.org", "cash", "to bob@example.org"], vec![Some(0), None, Some(2), Some(1)]);
    let other = make(vec!["zzz", "cash", "to eve@example.com"], vec![Some(2), None, Some(2), Some(1)]);
    assert_eq!(one.to_data(), other.to_data());
    assert_eq!(one.to_data().buffers(), other.to_data().buffers());
    let column = Column::from_values(["to [EMAIL_ADDRESS]", "cash"]).unwrap();
    assert_eq!(texts(one.as_any_dictionary().values()).len(), column.dictionary_len());
}
