//! Codes stand for values: no two codes of a column have one value, however the column was made. What counts persons,
//! classes or distinct values by codes relies on it.

use incog::table::{Column, ColumnBuilder};
use proptest::prelude::*;

fn cells(column: &Column) -> Vec<Option<String>> {
    (0..column.len()).map(|row| column.cell(row).map(str::to_owned)).collect()
}

/// Two codes are one exactly if their cells are.
fn codes_are_values(column: &Column) -> bool {
    let (codes, cells) = (column.codes(), cells(column));
    (0..codes.len()).all(|i| (0..i).all(|j| (codes[i] == codes[j]) == (cells[i] == cells[j])))
}

proptest! {
    #[test]
    fn columns_of_codes_hold_each_value_once(
        values in prop::collection::vec("[ab]{0,2}", 1..8),
        rows in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        with_missing in any::<bool>(),
    ) {
        let codes: Vec<u32> = rows.iter().map(|row| row.index(values.len()) as u32).collect();
        let missing = values.iter().position(String::is_empty).filter(|_| with_missing).map(|at| at as u32);
        let column = Column::from_codes_with_missing(codes.clone(), &values, missing).unwrap();
        let expected: Vec<Option<String>> =
            codes.iter().map(|&code| (Some(code) != missing).then(|| values[code as usize].clone())).collect();
        prop_assert_eq!(cells(&column), expected);
        prop_assert!(codes_are_values(&column));
        let mut distinct: Vec<&str> = column.dictionary().collect();
        distinct.sort_unstable();
        // The missing entry reads as the empty string, which may be a value as well.
        prop_assert!(distinct.windows(2).all(|pair| pair[0] != pair[1] || pair[0].is_empty() && missing.is_some()));
    }

    #[test]
    fn values_that_become_equal_have_one_code(
        cells_before in prop::collection::vec(prop::option::of("[aAbB]{0,2}"), 0..20),
    ) {
        let mut builder = ColumnBuilder::default();
        cells_before.iter().try_for_each(|cell| builder.push_cell(cell.as_deref())).unwrap();
        let column = builder.finish().map_values(|_, value| Ok(value.to_lowercase())).unwrap();
        let expected: Vec<_> = cells_before.iter().map(|cell| cell.as_ref().map(|c| c.to_lowercase())).collect();
        prop_assert_eq!(cells(&column), expected);
        prop_assert!(codes_are_values(&column));
    }
}

/// One person, whose identifier was written in two ways and then cleaned, has one row within bounds of one.
#[cfg(feature = "dp")]
#[test]
fn a_person_whose_identifier_was_cleaned_is_one_person() {
    use incog::{
        dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger},
        table::Table,
    };
    let cleaned =
        Column::from_values(["p1", "P1"]).unwrap().map_values(|_, id| Ok(id.to_lowercase())).unwrap();
    let table = Table::new([("person", cleaned)]).unwrap();
    let bounds = ContributionBounds::new(1, 1).unwrap();
    let mut session = Session::builder(PrivacyUnit::person("person").unwrap(), bounds)
        .ledger(MemoryLedger::new(Budget::parse("64", "0").unwrap()))
        .data_version("v")
        .build()
        .unwrap();
    // With an epsilon of 64 the noise is not 0 once in e^63.
    let query = Query::count().epsilon(Epsilon::parse("64").unwrap()).build().unwrap();
    let release = session.release(&query, &table, "a").unwrap();
    assert!((release.values()[0].value - 1.0).abs() < 0.5);
}

/// Rows that read the same are one value for a model that counts values, and one person for one that counts persons.
#[cfg(feature = "kanon")]
#[test]
fn models_count_values_and_persons_of_cleaned_columns() {
    use incog::{
        ErrorKind,
        kanon::{
            Anonymizer, Hierarchy,
            model::{KAnonymity, LDiversity},
        },
        table::Table,
    };
    let lower = |values: [&str; 2]| {
        Column::from_values(values).unwrap().map_values(|_, value| Ok(value.to_lowercase())).unwrap()
    };
    let table = Table::new([
        ("age", Column::from_values(["30", "30"]).unwrap()),
        ("person", lower(["p1", "P1"])),
        ("ill", lower(["flu", "Flu"])),
    ])
    .unwrap();
    let request = || Anonymizer::builder().quasi_identifier("age", Hierarchy::prefix(&[2, 0]).unwrap());
    let by_person = request().person("person").model(KAnonymity::new(2).unwrap()).build().unwrap();
    assert_eq!(by_person.run(&table).unwrap_err().kind(), ErrorKind::Refused, "one person is not two");
    let diverse = request().sensitive("ill").model(LDiversity::distinct("ill", 2).unwrap()).build().unwrap();
    assert_eq!(diverse.run(&table).unwrap_err().kind(), ErrorKind::Refused, "one value is not two");
}
