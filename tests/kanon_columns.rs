//! Tests of what works on columns: microaggregation, sets, single cells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use incog::{
    ErrorKind,
    kanon::{Anonymizer, Hierarchy, Microaggregation, Search, SetValued, hierarchy::Tree, model::KAnonymity},
    table::{Column, Table},
};
use proptest::prelude::*;

fn numbers(values: &[f64]) -> Column {
    Column::from_values(values.iter().map(|v| v.to_string())).unwrap()
}

/// MDAV by its definition, on one block: the slow twin, with sorted lists instead of selections.
fn mdav(points: &[Vec<f64>], k: usize) -> Vec<BTreeSet<usize>> {
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
    let mean = |of: &[usize]| -> Vec<f64> {
        (0..points[0].len())
            .map(|c| of.iter().map(|&i| points[i][c]).sum::<f64>() / of.len() as f64)
            .collect()
    };
    let mut left: Vec<usize> = (0..points.len()).collect();
    let mut groups = Vec::new();
    let farthest = |from: &[f64], left: &[usize]| {
        *left
            .iter()
            .max_by(|a, b| {
                distance(from, &points[**a]).total_cmp(&distance(from, &points[**b])).then(b.cmp(a))
            })
            .unwrap()
    };
    let take = |center: usize, left: &mut Vec<usize>, groups: &mut Vec<BTreeSet<usize>>| {
        let mut sorted = left.clone();
        sorted.sort_by(|a, b| {
            distance(&points[center], &points[*a])
                .total_cmp(&distance(&points[center], &points[*b]))
                .then(a.cmp(b))
        });
        let group: BTreeSet<usize> = sorted.into_iter().take(k).collect();
        left.retain(|i| !group.contains(i));
        groups.push(group);
    };
    while left.len() >= 3 * k {
        let first = farthest(&mean(&left), &left);
        take(first, &mut left, &mut groups);
        let second = farthest(&points[first], &left);
        take(second, &mut left, &mut groups);
    }
    if left.len() >= 2 * k {
        let first = farthest(&mean(&left), &left);
        take(first, &mut left, &mut groups);
    }
    groups.push(left.into_iter().collect());
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_mean_stands_in_at_least_k_rows(
        rows in prop::collection::vec((-100i32..100, 0i32..1000), 2..200),
        k in 2u64..7,
    ) {
        let column = |f: fn(&(i32, i32)) -> i32| Column::from_values(rows.iter().map(|r| f(r).to_string())).unwrap();
        let (a, b) = (column(|r| r.0), column(|r| r.1));
        match Microaggregation::new(&[("a", &a), ("b", &b)], k, 2) {
            Ok(grouped) => {
                let mut classes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
                let cell = |c: usize, r: usize| grouped.columns()[c].1.cell(r).unwrap();
                (0..rows.len()).for_each(|r| *classes.entry((cell(0, r), cell(1, r))).or_default() += 1);
                prop_assert!(classes.values().all(|&n| n >= k));
                prop_assert!((0.0..=1.0 + 1e-9).contains(&grouped.loss()));
                prop_assert!(grouped.groups() >= rows.len() as u64 / (2 * k).max(1) / 2);
            }
            Err(e) => {
                prop_assert_eq!(e.kind(), ErrorKind::Refused);
                prop_assert!((rows.len() as u64) < k);
            }
        }
    }

    #[test]
    fn groups_are_those_of_the_slow_twin(values in prop::collection::btree_set(-1000i32..1000, 4..60), k in 2usize..5) {
        prop_assume!(values.len() >= k);
        // Distinct values, so that no tie is decided; sorted, so that numbers of points agree.
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let points: Vec<Vec<f64>> = values.iter().map(|v| vec![(v - mean) / deviation]).collect();
        let grouped = Microaggregation::new(&[("a", &numbers(&values))], k as u64, 3).unwrap();
        let mut found: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
        for (row, &group) in grouped.group_of_row().iter().enumerate() {
            found.entry(group).or_default().insert(row);
        }
        let found: BTreeSet<BTreeSet<usize>> = found.into_values().collect();
        prop_assert_eq!(found, mdav(&points, k).into_iter().filter(|g| !g.is_empty()).collect::<BTreeSet<_>>());
    }

    #[test]
    fn any_m_items_of_a_released_set_stand_in_k_rows(
        rows in prop::collection::vec(prop::collection::btree_set(0u8..12, 0..5), 4..40),
        k in 2u64..4,
        m in 1usize..4,
    ) {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
        let group = |range: std::ops::Range<usize>| Tree::Leaves(range.map(|i| names[i].to_owned()).collect());
        let tree = Tree::Groups(vec![
            ("left".into(), Tree::Groups(vec![("ll".into(), group(0..3)), ("lr".into(), group(3..6))])),
            ("right".into(), Tree::Groups(vec![("rl".into(), group(6..8)), ("rr".into(), group(8..12))])),
        ]);
        let text = |set: &BTreeSet<u8>| set.iter().map(|&i| names[usize::from(i)]).collect::<Vec<_>>().join(";");
        let column = Column::from_values(rows.iter().map(text)).unwrap();
        let released = SetValued::new("items", &column, ';', &Hierarchy::tree(&tree).unwrap(), k, m).unwrap();
        let sets: Vec<BTreeSet<String>> = (0..rows.len())
            .map(|r| released.column().cell(r).unwrap_or_default().split(';').filter(|i| !i.is_empty()).map(str::to_owned).collect())
            .collect();
        // Every subset of at most m items, counted anew.
        for set in &sets {
            let items: Vec<&String> = set.iter().collect();
            for mask in 1u32..1 << items.len() {
                if mask.count_ones() as usize > m {
                    continue;
                }
                let chosen: Vec<&String> = (0..items.len()).filter(|i| mask >> i & 1 == 1).map(|i| items[i]).collect();
                let supporting = sets.iter().filter(|s| chosen.iter().all(|c| s.contains(*c))).count() as u64;
                prop_assert!(supporting >= k, "{chosen:?} in {supporting}");
            }
        }
        // A generalized item stands for an item of its row.
        let ancestors: HashMap<&str, Vec<&str>> = names.iter().enumerate().map(|(i, &n)| {
            let (half, quarter) = match i { 0..3 => ("left", "ll"), 3..6 => ("left", "lr"), 6..8 => ("right", "rl"), _ => ("right", "rr") };
            (n, vec![n, quarter, half, "*"])
        }).collect();
        for (set, row) in sets.iter().zip(&rows) {
            for item in set {
                prop_assert!(row.iter().any(|&i| ancestors[names[usize::from(i)]].contains(&item.as_str())));
            }
        }
        prop_assert!((0.0..=1.0).contains(&released.loss()));
    }

    #[test]
    fn cells_are_kept_or_suppressed_and_nothing_in_between(
        rows in prop::collection::vec((0u8..6, 0u8..6, 0u8..6), 4..60),
        k in 2u64..4,
    ) {
        let text = |f: fn(&(u8, u8, u8)) -> u8| Column::from_values(rows.iter().map(|r| f(r).to_string())).unwrap();
        let table = Table::new([("a", text(|r| r.0)), ("b", text(|r| r.1)), ("c", text(|r| r.2))]).unwrap();
        let mut builder = Anonymizer::builder().model(KAnonymity::new(k).unwrap()).search(Search::CellSuppression);
        for name in ["a", "b", "c"] {
            // Not used: with it, 3 would not be a value.
            builder = builder.quasi_identifier(name, Hierarchy::intervals(&[2.0], 0.0).unwrap());
        }
        let outcome = builder.build().unwrap().run(&table).unwrap();
        let released = outcome.table().unwrap();
        let mut classes: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for (r, row) in rows.iter().enumerate() {
            let cells: Vec<String> = released.iter().map(|(_, c)| c.cell(r).unwrap().to_owned()).collect();
            for (cell, value) in cells.iter().zip([row.0, row.1, row.2]) {
                prop_assert!(cell == "*" || *cell == value.to_string());
            }
            *classes.entry(cells).or_default() += 1;
        }
        prop_assert!(classes.values().all(|&n| n >= k));
    }
}

#[test]
fn a_large_table_is_microaggregated_in_blocks() {
    let values: Vec<f64> = (0..20_000).map(|i| f64::from(i * 7919 % 100_003)).collect();
    let grouped = Microaggregation::new(&[("a", &numbers(&values))], 5, 0).unwrap();
    let mut sizes: HashMap<u32, u32> = HashMap::new();
    grouped.group_of_row().iter().for_each(|&g| *sizes.entry(g).or_default() += 1);
    assert!(sizes.values().all(|&n| (5..10).contains(&n)));
    assert!(grouped.loss() < 1e-5, "{}", grouped.loss());
}
