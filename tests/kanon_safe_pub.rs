//! SafePub: what it draws, and what a neighboring table may change.

use std::collections::BTreeMap;

use incog::{
    kanon::{Hierarchy, QuasiColumn, SafePub},
    table::{Column, Table},
};

fn flat(rows: u32) -> Table {
    let cells = (0..rows).map(|_| "x");
    Table::new([("a", Column::from_values(cells).unwrap())]).unwrap()
}

fn request(epsilon: f64, delta: f64) -> SafePub {
    SafePub::builder().quasi_identifier("a", Hierarchy::flat()).epsilon(epsilon).delta(delta).build().unwrap()
}

/// One row more: no event becomes more likely by more than e^epsilon and delta.
///
/// 12,000 draws of each table, of seeds of their own. All events "at this level, at least so many rows" and "at most" are tried,
/// about 100; each frequency is within 0.0253 of its probability with probability 1 - 4e-7 (Hoeffding), so the test fails by
/// chance with probability below 2e-4, and notices an event that is beyond the promise by 0.14.
#[test]
fn one_person_more_changes_no_event_by_more_than_stated() {
    let (epsilon, delta) = (0.5, 0.05);
    let safe_pub = request(epsilon, delta);
    // The size at which the class is about as often released as not.
    let n = (safe_pub.k() as f64 / safe_pub.sampling()).round() as u32;
    let draws = 12_000u32;
    let seen = |rows: u32, from: u32| {
        let table = flat(rows);
        let mut seen: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for seed in from..from + draws {
            let drawn = safe_pub.draw_insecure_seeded(&table, u64::from(seed)).unwrap();
            assert!(drawn.is_insecure());
            assert!(drawn.smallest_class().is_none_or(|s| s >= safe_pub.k()));
            *seen.entry((drawn.levels()["a"], drawn.table().rows())).or_default() += 1.0 / f64::from(draws);
        }
        seen
    };
    let (less, more) = (seen(n, 0), seen(n + 1, draws));
    let slack = 0.0253 * (1.0 + epsilon.exp());
    for level in 0..=1 {
        for rows in 0..=n as usize + 1 {
            for at_least in [true, false] {
                let event = |seen: &BTreeMap<(usize, usize), f64>| -> f64 {
                    let inside = |r: usize| if at_least { r >= rows } else { r <= rows };
                    seen.iter().filter(|((l, r), _)| *l == level && inside(*r)).map(|(_, p)| p).sum()
                };
                let (p, q) = (event(&less), event(&more));
                assert!(p <= epsilon.exp() * q + delta + slack, "level {level}, {rows} rows: {p} and {q}");
                assert!(q <= epsilon.exp() * p + delta + slack, "level {level}, {rows} rows: {q} and {p}");
            }
        }
    }
}

/// The levels are drawn with the chances of the exponential mechanism: one column, a class of n rows, two levels, of which
/// the second keeps nothing of worth. 6,000 draws; off by more than 5 standard deviations with probability 6e-7.
#[test]
fn levels_are_drawn_as_the_exponential_mechanism_draws_them() {
    let safe_pub = request(8.0, 1e-3);
    let n = (3.0 * safe_pub.k() as f64 / safe_pub.sampling()).round() as u32;
    let table = flat(n);
    let draws = 6_000u32;
    let mut kept = 0.0;
    let mut coarse = 0.0;
    for seed in 0..draws {
        let drawn = safe_pub.draw_insecure_seeded(&table, 77_000 + u64::from(seed)).unwrap();
        coarse += f64::from(u8::from(drawn.levels()["a"] == 1));
        kept += drawn.table().rows() as f64 / f64::from(draws);
    }
    let mean = f64::from(n) * safe_pub.sampling();
    assert!((kept - mean).abs() < 5.0 * mean.sqrt(), "{kept} rows where {mean} are sampled");
    // All rows are in one class, which is large enough at both levels: u is n, or nothing.
    let least = (safe_pub.k() as f64 / safe_pub.sampling()).ceil();
    let expected = 1.0 / (1.0 + (safe_pub.search_epsilon() * f64::from(n) / least).exp());
    let sigma = (expected * (1.0 - expected) / f64::from(draws)).sqrt();
    let found = coarse / f64::from(draws);
    assert!((found - expected).abs() < 5.0 * sigma, "{found} where {expected} is expected, {sigma}");
}

#[test]
fn a_person_has_one_row_and_what_fits_no_hierarchy_is_no_error() {
    // 300 persons with up to 40 rows each, some without a person, some ages that are none.
    let rows: Vec<(Option<String>, String)> = (0..6000u32)
        .map(|i| {
            let person = (i % 17 != 0).then(|| format!("p{}", i * i % 300));
            let age = if i % 11 == 0 { "unknown".to_owned() } else { (20 + i % 8).to_string() };
            (person, age)
        })
        .collect();
    let mut persons = incog::table::ColumnBuilder::default();
    for (person, _) in &rows {
        match person {
            Some(person) => persons.push(person).unwrap(),
            None => persons.push_missing().unwrap(),
        }
    }
    let table = Table::new([
        ("person", persons.finish()),
        ("age", Column::from_values(rows.iter().map(|r| r.1.clone())).unwrap()),
    ])
    .unwrap();
    let ages = Hierarchy::intervals(&[5.0, 10.0, 50.0], 0.0).unwrap();
    let safe_pub = SafePub::builder()
        .quasi_identifier("age", ages)
        .person("person")
        .epsilon(4.0)
        .delta(1e-3)
        .build()
        .unwrap();
    let distinct = rows.iter().filter_map(|r| r.0.as_ref()).collect::<std::collections::BTreeSet<_>>().len();
    for seed in 0..20 {
        let drawn = safe_pub.draw_insecure_seeded(&table, seed).unwrap();
        assert!(drawn.table().rows() <= distinct, "{} rows of {distinct} persons", drawn.table().rows());
        assert_eq!(drawn.table().names(), ["age"]);
        // What was not drawn, or left out with its class, is in no dictionary.
        let column = drawn.table().column("age").unwrap();
        let held: std::collections::BTreeSet<u32> = column.codes().iter().copied().collect();
        assert_eq!(held.len(), column.dictionary_len());
    }
    for rows in [0, 1] {
        assert_eq!(request(1.0, 1e-6).draw(&flat(rows)).unwrap().table().rows(), 0);
    }
}

#[test]
fn parameters_that_cannot_be_promised_are_refused() {
    let sentence = |builder: incog::kanon::SafePubBuilder| builder.build().unwrap_err().to_string();
    let with = |hierarchy| SafePub::builder().quasi_identifier("a", hierarchy);
    assert!(sentence(with(Hierarchy::flat()).delta(1e-6)).starts_with("epsilon must be in 0.01"));
    assert!(sentence(with(Hierarchy::flat()).epsilon(1.0)).starts_with("delta must be in"));
    let automatic = Hierarchy::automatic(2).unwrap();
    assert!(sentence(with(automatic).epsilon(1.0).delta(1e-6)).contains("depends on the data"));
    // Few choices, but heights with nothing in common: refused before a ledger could be charged.
    let tall = |name: &str, height: usize| {
        let hierarchy = Hierarchy::prefix(&(0..=height).rev().collect::<Vec<_>>()).unwrap();
        QuasiColumn::new(name, hierarchy).coarsest(1)
    };
    let mut builder = SafePub::builder().epsilon(1.0).delta(1e-6);
    for (name, height) in [("a", 251), ("b", 241), ("c", 239)] {
        builder = builder.quasi_identifier_with(tall(name, height));
    }
    assert!(sentence(builder.quasi_identifier_with(tall("d", 2))).contains("least common multiple"));
    let sampling = with(Hierarchy::flat()).epsilon(1.0).delta(1e-6).sampling(0.9);
    assert!(sentence(sampling).starts_with("sampling must be in 0.001"));
}
