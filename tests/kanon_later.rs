//! Tests of what spans several requests or releases: frontiers, frozen recodings, intersections.

use std::collections::{BTreeMap, BTreeSet};

use incog::{
    ErrorKind,
    kanon::{
        Anonymizer, FrozenRecoding, Hierarchy, Membership, Search, TooFew,
        class::Codes,
        frontier,
        model::{KAnonymity, LDiversity},
        smallest_candidate_set,
    },
    table::{Column, Table},
};
use proptest::prelude::*;

fn table(rows: &[(u8, u8, u8)]) -> Table {
    let text = |f: fn(&(u8, u8, u8)) -> String| Column::from_values(rows.iter().map(f)).unwrap();
    Table::new([
        ("a", text(|r| format!("{:02}", r.0))),
        ("b", text(|r| format!("{:02}", r.1))),
        ("s", text(|r| format!("s{}", r.2))),
    ])
    .unwrap()
}

fn request(k: u64, search: Search) -> Anonymizer {
    Anonymizer::builder()
        .quasi_identifier("a", Hierarchy::prefix(&[2, 1, 0]).unwrap())
        .quasi_identifier("b", Hierarchy::intervals(&[5.0, 10.0], 0.0).unwrap())
        .sensitive("s")
        .model(KAnonymity::new(k).unwrap())
        .search(search)
        .build()
        .unwrap()
}

/// Candidates by the definition: for each name, who is in a class with it in every release that holds it.
fn smallest_by_definition(earlier: &[&[(String, u32)]], current: &[(String, u32)]) -> Option<u64> {
    let classes = |release: &[(String, u32)], name: &str| -> BTreeSet<u32> {
        release.iter().filter(|r| r.0 == name).map(|r| r.1).collect()
    };
    let names: BTreeSet<&String> = current.iter().map(|r| &r.0).collect();
    names
        .into_iter()
        .map(|name| {
            let mine = classes(current, name);
            let rows = current.iter().filter(|(other, class)| {
                mine.contains(class)
                    && earlier.iter().all(|release| {
                        let then = classes(release, name);
                        then.is_empty() || !then.is_disjoint(&classes(release, other))
                    })
            });
            rows.count() as u64
        })
        .min()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn candidates_are_those_of_the_definition(
        releases in prop::collection::vec(prop::collection::vec((0u8..12, 0u32..4), 0..25), 1..4),
    ) {
        let named: Vec<Vec<(String, u32)>> =
            releases.iter().map(|r| r.iter().map(|&(n, c)| (format!("n{n}"), c)).collect()).collect();
        let (current, earlier) = named.split_last().unwrap();
        let memberships: Vec<Membership> = earlier.iter().map(|r| Membership::new(r.iter().cloned())).collect();
        let found = smallest_candidate_set(
            &memberships.iter().collect::<Vec<_>>(),
            &Membership::new(current.iter().cloned()),
        );
        let expected = smallest_by_definition(&earlier.iter().map(Vec::as_slice).collect::<Vec<_>>(), current);
        prop_assert_eq!(found, expected);
    }

    /// The guarantee of `run_frozen`.
    #[test]
    fn batches_of_a_frozen_recoding_have_its_classes_and_meet_the_models(
        first in prop::collection::vec((0u8..40, 0u8..30, 0u8..4), 8..60),
        second in prop::collection::vec((0u8..40, 0u8..30, 0u8..4), 1..60),
        k in 2u64..4,
    ) {
        let anonymizer = request(k, Search::Local);
        let learned = anonymizer.run(&table(&first)).unwrap();
        let recoding = learned.freeze().unwrap();
        let classes_of = |table: &Table| -> BTreeMap<(String, String), u64> {
            let mut classes = BTreeMap::new();
            for r in 0..table.rows() {
                let cell = |c: &str| table.column(c).unwrap().cell(r).unwrap().to_owned();
                *classes.entry((cell("a"), cell("b"))).or_default() += 1;
            }
            classes
        };
        let known = classes_of(&learned.table().unwrap());
        let outcome = anonymizer.run_frozen(&recoding, &table(&second), TooFew::Hold).unwrap();
        for (class, rows) in classes_of(&outcome.table().unwrap()) {
            prop_assert!(known.contains_key(&class));
            prop_assert!(rows >= k);
        }
        prop_assert_eq!(outcome.kept_rows().len() as u64 + outcome.report().suppressed_rows, second.len() as u64);
        if outcome.report().suppressed_rows > 0 {
            let refused = anonymizer.run_frozen(&recoding, &table(&second), TooFew::Refuse).unwrap_err();
            prop_assert_eq!(refused.kind(), ErrorKind::Refused);
        }
        // The table that it was learned from: every row has room, and no class is smaller than it was allowed to be.
        let again = anonymizer.run_frozen(&recoding, &table(&first), TooFew::Hold).unwrap();
        prop_assert!(again.report().min_class >= k || again.kept_rows().is_empty());
    }
}

#[test]
fn two_releases_that_are_anonymous_alone_and_single_out_together_are_noticed() {
    // Two groupings of 25 persons into classes of five: rows and columns of a square.
    let release = |class: fn(u32) -> u32| Membership::new((0..25).map(move |i| (format!("p{i}"), class(i))));
    let (rows, columns) = (release(|i| i / 5), release(|i| i % 5));
    assert_eq!(smallest_candidate_set(&[], &rows), Some(5));
    assert_eq!(smallest_candidate_set(&[], &columns), Some(5));
    assert_eq!(smallest_candidate_set(&[&rows], &columns), Some(1));
    assert_eq!(smallest_candidate_set(&[&rows], &rows), Some(5));
    // Who was not in the earlier release is not narrowed down by it.
    let others = Membership::new((25..30).map(|i| (format!("p{i}"), 0)));
    assert_eq!(smallest_candidate_set(&[&rows], &others), Some(5));
}

#[test]
fn a_frozen_recoding_says_what_it_cannot_be_used_for() {
    let rows: Vec<(u8, u8, u8)> = (0..40).map(|i| (i, i % 30, i % 3)).collect();
    let ranges = request(3, Search::Mondrian).run(&table(&rows)).unwrap();
    assert!(ranges.freeze().unwrap_err().to_string().starts_with("only the classes of search = \"local\""));
    let recoding = request(3, Search::Local).run(&table(&rows)).unwrap().freeze().unwrap();
    let other = Anonymizer::builder()
        .quasi_identifier("b", Hierarchy::intervals(&[5.0, 10.0], 0.0).unwrap())
        .model(KAnonymity::new(3).unwrap())
        .build()
        .unwrap();
    let error = other.run_frozen(&recoding, &table(&rows), TooFew::Hold).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the frozen recoding is about 'a', 'b', in this order; the quasi-identifying columns must be the same"
    );
}

#[cfg(feature = "serde")]
#[test]
fn a_frozen_recoding_survives_being_written_and_refuses_another_schema() {
    let rows: Vec<(u8, u8, u8)> = (0..40).map(|i| (i, i % 30, i % 3)).collect();
    let anonymizer = request(3, Search::Local);
    let recoding = anonymizer.run(&table(&rows)).unwrap().freeze().unwrap();
    let text = serde_json::to_string(&recoding).unwrap();
    let read: FrozenRecoding = serde_json::from_str(&text).unwrap();
    assert_eq!(read, recoding);
    let other: FrozenRecoding =
        serde_json::from_str(&text.replace("incog-recoding/1", "incog-recoding/9")).unwrap();
    let error = anonymizer.run_frozen(&other, &table(&rows), TooFew::Hold).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the frozen recoding has another schema than incog-recoding/1; freeze it anew"
    );
}

#[test]
fn a_frontier_costs_more_and_gives_less_away_with_larger_k() {
    let rows: Vec<(u8, u8, u8)> =
        (0..400u32).map(|i| ((i * 7 % 40) as u8, (i * 11 % 30) as u8, (i * i % 5) as u8)).collect();
    let points = frontier(&table(&rows), &[2, 5, 20, 1000], |k| {
        Anonymizer::builder()
            .quasi_identifier("a", Hierarchy::prefix(&[2, 1, 0])?)
            .quasi_identifier("b", Hierarchy::intervals(&[5.0, 10.0], 0.0)?)
            .sensitive("s")
            .model(KAnonymity::new(k)?)
            .model(LDiversity::distinct("s", 2)?)
            .search(Search::Local)
            .build()
    })
    .unwrap();
    let figures: Vec<_> = points.iter().filter_map(|p| p.figures.as_ref()).collect();
    assert_eq!(figures.len(), 3);
    assert!(
        figures.windows(2).all(|w| w[0].loss <= w[1].loss && w[0].marketer >= w[1].marketer),
        "{figures:?}"
    );
    for (point, figures) in points.iter().zip(&figures) {
        assert!(figures.prosecutor <= 1.0 / point.k as f64 + 1e-12);
        let guess = figures.inferred["s"];
        assert!(guess.inferred >= guess.guessed, "a class tells at least what all rows tell");
    }
    assert!(
        points[3]
            .refusal
            .as_deref()
            .is_some_and(|r| r.starts_with("k = 1000 is more than the table's 400 rows"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn tuples_that_were_counted_before_are_searched_as_their_rows_are(
        rows in prop::collection::vec((0u8..30, 0u8..30, 0u8..4), 4..80),
    ) {
        let table = table(&rows);
        let mut anonymizers = vec![request(2, Search::Optimal)];
        anonymizers.push(
            Anonymizer::builder()
                .quasi_identifier("a", Hierarchy::prefix(&[1, 0]).unwrap())
                .quasi_identifier("b", Hierarchy::prefix(&[2, 1, 0]).unwrap())
                .sensitive("s")
                .model(LDiversity::distinct("s", 2).unwrap())
                .max_suppressed(0.1)
                .build()
                .unwrap(),
        );
        for anonymizer in anonymizers {
            let mut by_row = anonymizer.counter(&table).unwrap();
            let codes = |c: &str| Codes::U32(table.column(c).unwrap().codes());
            let columns: Vec<Codes<'_>> = by_row.columns().iter().map(|c| codes(c)).collect();
            by_row.add(&columns).unwrap();
            // Each tuple once, in two parts.
            let mut counts: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            for row in 0..rows.len() {
                *counts.entry(columns.iter().map(|c| c.get(row)).collect()).or_default() += 1;
            }
            let mut by_tuple = anonymizer.counter(&table).unwrap();
            for half in [true, false] {
                let tuples: Vec<_> = counts.iter().enumerate().filter(|(i, _)| (i % 2 == 0) == half).collect();
                let of = |c: usize| tuples.iter().map(|(_, (tuple, _))| tuple[c]).collect::<Vec<u32>>();
                let columns: Vec<Vec<u32>> = (0..columns.len()).map(of).collect();
                let columns: Vec<Codes<'_>> = columns.iter().map(|c| Codes::U32(c)).collect();
                let rows: Vec<u64> = tuples.iter().map(|(_, (_, n))| **n).collect();
                by_tuple.add_counted(&columns, &rows).unwrap();
            }
            let results = [by_row, by_tuple].map(|c| anonymizer.search(&c.finish()));
            match results {
                [Ok(a), Ok(b)] => prop_assert_eq!(a.report(), b.report()),
                [Err(a), Err(b)] => prop_assert_eq!(a.to_string(), b.to_string()),
                _ => prop_assert!(false, "one of the two was refused"),
            }
        }
    }
}
