//! Tests of the room `kanon` through its public API.

use std::collections::{BTreeMap, BTreeSet};

use incog::{
    ErrorKind,
    claim::{ComparedWith, GroundDistance, Statement},
    kanon::{
        Anonymizer, Hierarchy, Metric, Outcome, Search, SensitiveColumn,
        hierarchy::{DateLevel, Tree},
        model::{Class, Ground, KAnonymity, LDiversity, Monotonicity, PrivacyModel, Reference, TCloseness},
        risk,
    },
    table::{Column, ColumnBuilder, Table},
};
use proptest::prelude::*;

fn column(values: &[&str]) -> Column {
    Column::from_values(values).unwrap()
}

/// Two-digit codes that become coarser digit by digit: a small lattice with real structure.
fn small_table(rows: &[(u8, u8, u8)]) -> Table {
    let text = |f: fn(&(u8, u8, u8)) -> String| Column::from_values(rows.iter().map(f)).unwrap();
    Table::new([
        ("a", text(|r| format!("{:02}", r.0))),
        ("b", text(|r| format!("{:02}", r.1))),
        ("s", text(|r| format!("s{}", r.2))),
    ])
    .unwrap()
}

fn levels() -> [Hierarchy; 2] {
    [Hierarchy::prefix(&[2, 1, 0]).unwrap(), Hierarchy::intervals(&[5.0, 10.0], 0.0).unwrap()]
}

fn request(k: u64, l: Option<u64>, share: f64, metric: Metric) -> Anonymizer {
    let [a, b] = levels();
    let mut builder = Anonymizer::builder()
        .quasi_identifier("a", a)
        .quasi_identifier("b", b)
        .sensitive("s")
        .model(KAnonymity::new(k).unwrap())
        .max_suppressed(share)
        .metric(metric);
    if let Some(l) = l {
        builder = builder.model(LDiversity::distinct("s", l).unwrap());
    }
    builder.build().unwrap()
}

pub(crate) fn score(outcome: &Outcome, metric: Metric) -> f64 {
    let q = outcome.report().quality;
    match metric {
        Metric::Loss => q.loss,
        Metric::LossGeometric => q.loss_geometric,
        Metric::Discernibility => q.discernibility,
        Metric::AverageClassSize => q.average_class_size,
        Metric::Precision => q.precision,
        Metric::Entropy => q.entropy,
        other => panic!("no score for {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_order_of_rows_changes_no_figure(
        rows in prop::collection::vec((0u8..30, 0u8..30, 0u8..4), 5..40),
        turn in 0usize..40,
    ) {
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        let run = |rows: &[(u8, u8, u8)]| request(2, None, 0.3, Metric::Loss).run(&small_table(rows)).unwrap();
        let (one, other) = (run(&rows), run(&turned));
        prop_assert_eq!(one.report(), other.report());
    }

    #[test]
    fn monotone_models_hold_for_merged_classes(
        a in prop::collection::btree_map(0u32..6, 1u32..5, 0..5),
        b in prop::collection::btree_map(0u32..6, 1u32..5, 0..5),
    ) {
        let merged = b.iter().fold(a.clone(), |mut m, (&v, &n)| { *m.entry(v).or_default() += n; m });
        let models: [Box<dyn PrivacyModel>; 2] =
            [Box::new(KAnonymity::new(4).unwrap()), Box::new(LDiversity::distinct("s", 3).unwrap())];
        for model in models {
            let holds = |m: &BTreeMap<u32, u32>| {
                let values: Vec<(u32, u32)> = m.iter().map(|(&v, &n)| (v, n)).collect();
                let rows = values.iter().map(|v| u64::from(v.1)).sum();
                model.holds(&Class::new(rows, rows, &values))
            };
            prop_assert_eq!(model.monotonicity(), Monotonicity::Upward);
            prop_assert!(!holds(&a) || holds(&merged));
        }
    }
}

#[test]
fn classes_count_persons_and_not_rows_when_a_column_names_the_person() {
    let table = Table::new([
        ("person", column(&["p1", "p1", "p1", "p2", "p3", "p4"])),
        ("zip", column(&["11", "11", "11", "12", "21", "22"])),
    ])
    .unwrap();
    let request = |person: bool| {
        let builder = Anonymizer::builder()
            .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0]).unwrap())
            .model(KAnonymity::new(3).unwrap())
            .max_suppressed(0.5);
        if person { builder.person("person") } else { builder }.build().unwrap()
    };
    let rows = request(false).run(&table).unwrap();
    assert_eq!(rows.report().levels["zip"], 0, "three rows of one person make a class of three rows");
    let persons = request(true).run(&table).unwrap();
    assert_eq!(persons.report().levels["zip"], 2, "they do not make a class of three persons");
    // Of a larger table: as many persons in its dictionary as there are rows, three of whom have none here.
    let larger = Table::new([
        ("person", column(&["p0", "p1", "p1", "p1", "p2", "p3", "p4", "p5"])),
        ("zip", column(&["11", "11", "11", "11", "12", "21", "21", "21"])),
    ])
    .unwrap();
    let selected = larger.select(&[1, 2, 3, 4, 5, 5]);
    for search in [Search::Optimal, Search::Local, Search::Mondrian] {
        let request = Anonymizer::builder()
            .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0]).unwrap())
            .person("person")
            .model(KAnonymity::new(3).unwrap())
            .search(search)
            .build()
            .unwrap();
        let released = request.run(&selected).unwrap().table().unwrap();
        let cells: BTreeSet<_> = (0..6).map(|row| released.column("zip").unwrap().cell(row)).collect();
        assert_eq!(cells, BTreeSet::from([Some("*")]), "{search:?}");
    }
}

/// Six rows of two postal codes, of a larger table; the last of them is left out, and has a stage of its own.
fn selected() -> Table {
    let table = Table::new([
        ("zip", column(&["31", "11", "11", "11", "12", "12", "21"])),
        ("stage", column(&["9", "1", "2", "1", "2", "1", "8"])),
        ("note", column(&["a", "b", "c", "d", "e", "f", "g"])),
    ]);
    table.unwrap().select(&[1, 2, 3, 4, 5, 6])
}

fn of_stages(reference: Reference, search: Search) -> Anonymizer {
    let tree = Tree::Groups(vec![
        ("early".into(), Tree::Leaves(vec!["1".into(), "2".into()])),
        ("late".into(), Tree::Leaves(vec!["8".into(), "9".into()])),
    ]);
    let builder = Anonymizer::builder()
        .quasi_identifier("zip", Hierarchy::prefix(&[2, 1]).unwrap())
        .sensitive(SensitiveColumn::new("stage").hierarchy(Hierarchy::tree(&tree).unwrap()))
        .insensitive("note")
        .model(KAnonymity::new(2).unwrap())
        .max_suppressed(0.2)
        .search(search);
    // Everywhere at most 1: what is on the card is asked for, not what is released.
    let with = |ground| TCloseness::new("stage", 1.0, ground).unwrap().compared_with(reference);
    builder.model(with(Ground::Ordered)).model(with(Ground::Hierarchical)).build().unwrap()
}

#[test]
fn dictionaries_of_a_released_table_hold_released_values_only() {
    for search in [Search::Optimal, Search::Local, Search::Mondrian] {
        let reference = if search.is_by_class() { Reference::Input } else { Reference::Released };
        let outcome = of_stages(reference, search).run(&selected()).unwrap();
        // Mondrian keeps all of them.
        assert!(search == Search::Mondrian || outcome.kept_rows() == [0, 1, 2, 3, 4], "{search:?}");
        let released = outcome.table().unwrap();
        for (name, column) in released.iter() {
            let cells: BTreeSet<&str> = (0..released.rows()).filter_map(|row| column.cell(row)).collect();
            assert_eq!(column.dictionary().collect::<BTreeSet<_>>(), cells, "{search:?}: {name}");
            assert_eq!(column.dictionary_len(), cells.len(), "{search:?}: {name}");
        }
    }
}

#[test]
fn claims_name_no_value_beyond_what_classes_are_compared_with() {
    for (reference, named) in [(Reference::Released, &["1", "2"][..]), (Reference::Input, &["1", "2", "8"])] {
        let (request, table) = (of_stages(reference, Search::Optimal), selected());
        let outcome = request.run(&table).unwrap();
        let mut groups_of = None;
        for claim in request.claims("t", &table, &outcome).unwrap() {
            let Statement::TCloseness { ground, reference, .. } = claim.statement else { continue };
            if let ComparedWith::Input { values, others } = reference {
                assert_eq!(
                    (values.into_keys().collect::<Vec<_>>(), others),
                    (named.iter().map(|v| (*v).to_owned()).collect(), 0)
                );
            }
            if let GroundDistance::Hierarchical { groups } = ground {
                groups_of = Some(groups.into_keys().collect::<Vec<_>>());
            }
        }
        assert_eq!(groups_of.unwrap(), named, "{reference:?}");
    }
}

#[test]
fn missing_and_suppressed_values_add_nothing_to_diversity() {
    let mut s = ColumnBuilder::default();
    s.push("flu").unwrap();
    s.push("*").unwrap();
    s.push_missing().unwrap();
    s.push("angina").unwrap();
    let table = Table::new([("zip", column(&["1", "1", "1", "2"])), ("s", s.finish())]).unwrap();
    let outcome = Anonymizer::builder()
        .quasi_identifier("zip", Hierarchy::flat())
        .sensitive("s")
        .model(LDiversity::distinct("s", 2).unwrap())
        .build()
        .unwrap()
        .run(&table)
        .unwrap();
    assert_eq!(outcome.report().levels["zip"], 1, "the class of zip 1 holds one value, not three");
}

#[test]
fn missing_cells_are_a_category_of_their_own_until_the_top() {
    let mut zip = ColumnBuilder::default();
    zip.push("13053").unwrap();
    zip.push_missing().unwrap();
    let levels = Hierarchy::prefix(&[5, 0]).unwrap().levels("zip", &zip.finish()).unwrap();
    assert_eq!((levels.label(0, 1), levels.label(1, 1)), ("", "*"));
}

#[test]
fn insensitive_columns_are_counted_beside_the_quasi_identifiers() {
    let table =
        Table::new([("zip", column(&["1", "1", "2", "2"])), ("bed", column(&["x", "y", "x", "x"]))]).unwrap();
    let request = Anonymizer::builder()
        .quasi_identifier("zip", Hierarchy::flat())
        .insensitive("bed")
        .model(KAnonymity::new(2).unwrap())
        .build()
        .unwrap();
    assert_eq!(request.run(&table).unwrap().report().k_with_insensitive, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_changes_that_a_refusal_names_are_those_that_help(
        rows in prop::collection::vec((0u8..6, 0u8..6, 0u8..3), 1..30),
        k in 2u64..8,
        share in prop::sample::select(&[0.0, 0.1, 0.4][..]),
    ) {
        let cells = |f: fn(&(u8, u8, u8)) -> u8| {
            Column::from_values(rows.iter().map(|r| f(r).to_string())).unwrap()
        };
        let table =
            Table::new([("a", cells(|r| r.0)), ("b", cells(|r| r.1)), ("c", cells(|r| r.2))]).unwrap();
        // Halves are as coarse as it gets; the last column is as it is.
        let halves = || Hierarchy::from_lines("0;l\n1;l\n2;l\n3;h\n4;h\n5;h\n".as_bytes(), ';').unwrap();
        let refused = |without: &str, k: u64, share: f64| {
            let columns = ["a", "b", "c"].into_iter().filter(|c| *c != without);
            let builder = columns.fold(Anonymizer::builder(), |builder, name| {
                let hierarchy = if name == "c" {
                    Hierarchy::from_lines("0\n1\n2\n".as_bytes(), ';').unwrap()
                } else {
                    halves()
                };
                builder.quasi_identifier(name, hierarchy)
            });
            let builder = builder.model(KAnonymity::new(k).unwrap()).max_suppressed(share);
            builder.build().unwrap().run(&table).err().map(|error| error.to_string())
        };
        let Some(refusal) = refused("", k, share) else { return Ok(()) };
        let Some((_, changes)) = refusal.split_once("the cheapest change: max_suppressed = ") else {
            return Ok(());
        };
        let mut changes = changes.split("; or ");
        let enough: f64 = changes.next().unwrap().parse().unwrap();
        prop_assert_eq!(refused("", k, enough), None);
        prop_assert!(refused("", k, enough - 2e-6).is_some());
        let changes: Vec<&str> = changes.collect();
        let smaller = (2..k).rev().find(|&k| refused("", k, share).is_none());
        let named = changes.iter().find_map(|change| change.strip_prefix("k_anonymity = "));
        prop_assert_eq!(named.map(|k| k.parse().unwrap()), smaller);
        for column in ["a", "b", "c"] {
            let named = changes.contains(&&*format!("column '{column}' dropped, or with a coarser level"));
            prop_assert_eq!(named, refused(column, k, share).is_none(), "{}: {}", column, refusal);
        }
    }
}

#[test]
fn refusals_name_the_column_the_limit_and_the_cheapest_change_but_no_value() {
    let table = small_table(&[(11, 3, 0), (12, 3, 0), (23, 9, 1)]);
    let bottom_only = |k, share| {
        Anonymizer::builder()
            .quasi_identifier("a", Hierarchy::from_lines("11;x\n12;x\n23;y\n".as_bytes(), ';').unwrap())
            .model(KAnonymity::new(k).unwrap())
            .max_suppressed(share)
            .build()
            .unwrap()
            .run(&table)
    };
    let cases = [
        (bottom_only(4, 0.0), "k = 4 is more than the table's 3 rows; the cheapest change: k_anonymity = 3"),
        (
            bottom_only(2, 0.0),
            "no generalization satisfies 2-anonymity with at most 0 of 3 rows suppressed; the best would suppress 1; \
             the cheapest change: max_suppressed = 0.333334; or column 'a' dropped, or with a coarser level",
        ),
        (
            request(2, Some(3), 1.0, Metric::Loss).run(&table),
            "l = 3 is more than the 2 distinct values of column 's'; the cheapest change: l_diversity = 2",
        ),
        (
            Anonymizer::builder()
                .quasi_identifier("zip", Hierarchy::flat())
                .model(KAnonymity::new(2).unwrap())
                .build()
                .unwrap()
                .run(&table),
            "column 'zip' is not in the table; it has 'a', 'b', 's'",
        ),
    ];
    for (outcome, expected) in cases {
        let error = outcome.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.kind(), ErrorKind::Refused);
    }
    assert!(bottom_only(2, 0.333334).is_ok(), "the change that the sentence names is enough");
}

#[test]
fn hierarchies_refuse_what_is_outside_and_what_does_not_nest() {
    let zip = column(&["11", "CANARY"]);
    let lines = |text: &str| Hierarchy::from_lines(text.as_bytes(), ';').map(|_| ());
    let cases = [
        (
            lines("11;1;*\n12;1;*\n13;2;*\n14;2;x\n"),
            ErrorKind::Policy,
            "line 4 of the hierarchy: levels 1 and 2 do not nest",
        ),
        (
            lines("11;1\n12\n"),
            ErrorKind::Policy,
            "line 2 of the hierarchy: 1 levels where the first line has 2",
        ),
        (
            lines("11;1\n11;1\n"),
            ErrorKind::Policy,
            "line 2 of the hierarchy: its value occurs on an earlier line",
        ),
        (lines(""), ErrorKind::Policy, "the hierarchy is empty"),
        (
            Hierarchy::from_lines("11;*\n".as_bytes(), ';').unwrap().levels("zip", &zip).map(|_| ()),
            ErrorKind::Value,
            "column 'zip', row 2: value not in the file hierarchy",
        ),
        (
            Hierarchy::intervals(&[5.0], 0.0).unwrap().levels("zip", &zip).map(|_| ()),
            ErrorKind::Value,
            "column 'zip', row 2: value not in the interval hierarchy",
        ),
        (
            Hierarchy::dates(&[DateLevel::Day]).unwrap().levels("zip", &zip).map(|_| ()),
            ErrorKind::Value,
            "column 'zip', row 1: value not in the date hierarchy",
        ),
        (
            Hierarchy::tree(&Tree::Leaves(vec!["a".into(), "a".into()])).map(|_| ()),
            ErrorKind::Policy,
            "the tree of a hierarchy holds 'a' twice",
        ),
        (Hierarchy::prefix(&[3, 5]).map(|_| ()), ErrorKind::Policy, "prefix lengths do not nest"),
        (
            Hierarchy::intervals(&[10.0, 15.0], 0.0).map(|_| ()),
            ErrorKind::Policy,
            "interval widths do not nest",
        ),
        (DateLevel::parse("decade").map(|_| ()), ErrorKind::Policy, "date level 'decade' is unknown"),
    ];
    for (result, kind, expected) in cases {
        let error = result.unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
        assert!(!error.to_string().contains("CANARY"), "{error}");
        assert_eq!(error.kind(), kind);
    }
}

#[test]
fn a_tree_of_uneven_depth_holds_its_leaves_until_the_others_have_come_up() {
    let leaves = |v: &[&str]| Tree::Leaves(v.iter().map(|s| (*s).to_owned()).collect());
    let tree = Tree::Groups(vec![
        (
            "medical".into(),
            Tree::Groups(vec![("inner".into(), leaves(&["A1"])), ("heart".into(), leaves(&["A2"]))]),
        ),
        ("surgical".into(), leaves(&["B1"])),
    ]);
    let wards = column(&["A1", "B1"]);
    let levels = Hierarchy::tree(&tree).unwrap().levels("ward", &wards).unwrap();
    let path = |code: u32| (0..=levels.height()).map(|l| levels.label(l, code)).collect::<Vec<_>>();
    assert_eq!(path(0), ["A1", "inner", "medical", "*"]);
    assert_eq!(path(1), ["B1", "B1", "surgical", "*"]);
    assert_eq!(levels.domain(), 3, "declared values count, present or not");
}

#[test]
fn keys_wider_than_a_machine_word_give_the_same_classes() {
    // 9 columns of 256 values: 72 bits.
    let rows = 512;
    let names: Vec<String> = (0..9).map(|i| format!("q{i}")).collect();
    let columns = names.iter().enumerate().map(|(i, n)| {
        let values = (0..rows).map(|r: usize| format!("{:03}", (r / 2 * (2 * i + 1)) % 256));
        (n.clone(), Column::from_values(values).unwrap())
    });
    let table = Table::new(columns).unwrap();
    let mut builder = Anonymizer::builder().model(KAnonymity::new(2).unwrap());
    for name in &names {
        builder = builder.quasi_identifier(name.clone(), Hierarchy::flat());
    }
    let outcome = builder.build().unwrap().run(&table).unwrap();
    assert_eq!((outcome.report().classes, outcome.report().min_class), (256, 2));
    assert!(outcome.report().quality.loss.abs() < 1e-12);
}

/// Sweeney 2002, table 2 and Machanavajjhala et al. 2007, figures 1 and 2, recounted by hand.
#[test]
fn risk_is_measured_by_definition() {
    let table = Table::new([
        ("zip", column(&["1", "1", "1", "2", "2", "2"])),
        ("s", column(&["1", "2", "2", "1", "3", "3"])),
    ])
    .unwrap();
    let report = risk::measure(&table, &["zip"], &["s"]).unwrap();
    let s = report.sensitive["s"];
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    assert_eq!((report.rows, report.classes, report.k, report.sample_uniques), (6, 2, 3, 0));
    close(report.risk.prosecutor, 1.0 / 3.0);
    close(report.risk.marketer, 1.0 / 3.0);
    assert_eq!(s.l_distinct, 2);
    close(s.l_entropy, (-(1.0 / 3.0 * (1f64 / 3.0).ln() + 2.0 / 3.0 * (2f64 / 3.0).ln())).exp());
    assert_eq!(s.l_recursive.1, 2);
    close(s.l_recursive.0, 2.0);
    close(s.alpha, 2.0 / 3.0);
    // Each class holds 2/3 of a value that has 1/3 of the whole.
    close(s.t_equal, 1.0 / 3.0);
    close(s.beta_basic, 1.0);
    close(s.beta_enhanced, 1.0);
    close(s.delta_disclosure, 1.0);
    // Values 1 < 2 < 3, shares 1/3 each; class 1 is (1/3, 2/3, 0): cumulated differences 0, 1/3, 0.
    close(s.t_ordered.unwrap(), 1.0 / 6.0);
}
