//! Tests of local recoding through the public API.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::PathBuf,
};

use incog::{
    ErrorKind,
    kanon::{
        Anonymizer, AnonymizerBuilder, Hierarchy, Metric, Outcome, Search,
        model::{
            AlphaK, AverageRisk, BetaLikeness, Class, Ground, KAnonymity, KMap, LDiversity, PrivacyModel,
            SampleUniques, TCloseness,
        },
    },
    table::{Column, Table},
};
use proptest::prelude::*;

/// Two quasi-identifiers that become coarser in two and three steps, a sensitive value, and another column.
type Row = (u8, u8, u8, u8);

fn table(rows: &[Row]) -> Table {
    let text = |f: fn(&Row) -> String| Column::from_values(rows.iter().map(f)).unwrap();
    Table::new([
        ("a", text(|r| format!("{:02}", r.0))),
        ("b", text(|r| format!("{:02}", r.1))),
        ("s", text(|r| format!("s{}", r.2))),
        ("other", text(|r| format!("o{}", r.3))),
    ])
    .unwrap()
}

fn label_a(v: u8) -> [String; 3] {
    [format!("{v:02}"), format!("{}*", v / 10), "*".into()]
}

fn label_b(v: u8) -> [String; 4] {
    let of = |w: u8| format!("[{}, {})", v / w * w, v / w * w + w);
    [format!("{v:02}"), of(5), of(10), "*".into()]
}

fn request(k: u64) -> AnonymizerBuilder {
    Anonymizer::builder()
        .quasi_identifier("a", Hierarchy::prefix(&[2, 1, 0]).unwrap())
        .quasi_identifier("b", Hierarchy::intervals(&[5.0, 10.0], 0.0).unwrap())
        .sensitive("s")
        .insensitive("other")
        .model(KAnonymity::new(k).unwrap())
        .search(Search::Local)
}

fn rows_of(table: &Table) -> Vec<Vec<String>> {
    let cells = |row| table.iter().map(|(_, c)| c.cell(row).unwrap_or_default().to_owned()).collect();
    (0..table.rows()).map(cells).collect()
}

/// Released rows with the input rows that they come from.
fn released(outcome: &Outcome, rows: &[Row]) -> Vec<(Row, Vec<String>)> {
    let table = outcome.table().unwrap();
    outcome.kept_rows().iter().map(|&r| rows[r]).zip(rows_of(&table)).collect()
}

/// The loss by its definition, cell by cell; suppressed rows lose everything.
fn loss(released: &[(Row, Vec<String>)], rows: &[Row]) -> f64 {
    let n = rows.len() as f64;
    let mut sum = 0.0;
    for column in 0..2 {
        let value = |r: &Row| if column == 0 { r.0 } else { r.1 };
        let domain: BTreeSet<u8> = rows.iter().map(value).collect();
        let card = domain.len() as f64;
        if card < 2.0 {
            continue;
        }
        let labels = |v: u8| if column == 0 { label_a(v).to_vec() } else { label_b(v).to_vec() };
        let leaves = |label: &String| domain.iter().filter(|&&v| labels(v).contains(label)).count() as f64;
        let kept: f64 = released.iter().map(|(_, cells)| leaves(&cells[column]) / card).sum();
        let suppressed = n - released.len() as f64;
        sum += ((kept + suppressed - n / card) / (n - n / card)).max(0.0);
    }
    sum / 2.0
}

/// What every outcome owes: recounted here.
fn check(outcome: &Outcome, rows: &[Row], k: u64, l: u64, allowed: u64) {
    let released = released(outcome, rows);
    let report = outcome.report();
    let mut classes: BTreeMap<[&str; 2], Vec<u8>> = BTreeMap::new();
    for (row, cells) in &released {
        assert!(label_a(row.0).contains(&cells[0]), "'{}' is above {}", cells[0], row.0);
        assert!(label_b(row.1).contains(&cells[1]), "'{}' is above {}", cells[1], row.1);
        assert_eq!(cells[2..], [format!("s{}", row.2), format!("o{}", row.3)], "the rest is untouched");
        classes.entry([&cells[0], &cells[1]]).or_default().push(row.2);
    }
    for values in classes.values() {
        assert!(values.len() as u64 >= k);
        assert!(values.iter().collect::<BTreeSet<_>>().len() as u64 >= l);
    }
    assert_eq!(classes.len() as u64, report.classes);
    assert_eq!(report.rows, released.len() as u64 + report.suppressed_rows);
    assert!(report.suppressed_rows <= allowed);
    assert_eq!(report.min_class, classes.values().map(|v| v.len() as u64).min().unwrap_or(0));
    let found = loss(&released, rows);
    assert!(
        (report.quality.loss - found).abs() < 1e-9,
        "{} where the cells say {found}",
        report.quality.loss
    );
    let bound = report.lower_bound.unwrap();
    assert!(bound <= found + 1e-9, "the bound {bound} is above {found}");
    assert!(!report.optimal && report.levels.is_empty());
}

/// Every way to divide the rows into classes of at least `k`, and which costs least: the slow twin.
fn least_loss(rows: &[Row], k: usize) -> f64 {
    fn join(labels: impl Iterator<Item = Vec<String>> + Clone) -> String {
        let depth = labels.clone().next().unwrap().len();
        let at = |l: usize| labels.clone().map(|x| x[l].clone()).collect::<BTreeSet<_>>();
        (0..depth).map(at).find(|x| x.len() == 1).unwrap().pop_first().unwrap()
    }
    fn divide(rows: &[Row], k: usize, at: usize, classes: &mut Vec<Vec<usize>>, best: &mut f64) {
        if at == rows.len() {
            if classes.iter().all(|c| c.len() >= k) {
                let mut released = Vec::new();
                for class in classes.iter() {
                    let a = join(class.iter().map(|&i| label_a(rows[i].0).to_vec()));
                    let b = join(class.iter().map(|&i| label_b(rows[i].1).to_vec()));
                    released.extend(class.iter().map(|&i| (rows[i], vec![a.clone(), b.clone()])));
                }
                *best = best.min(loss(&released, rows));
            }
            return;
        }
        for i in 0..classes.len() {
            classes[i].push(at);
            divide(rows, k, at + 1, classes, best);
            classes[i].pop();
        }
        classes.push(vec![at]);
        divide(rows, k, at + 1, classes, best);
        classes.pop();
    }
    let mut best = f64::INFINITY;
    divide(rows, k, 0, &mut Vec::new(), &mut best);
    best
}

fn any_row() -> impl Strategy<Value = Row> {
    (0u8..40, 0u8..30, 0u8..4, 0u8..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// The guarantee of `Anonymizer`, for local recoding.
    #[test]
    fn every_class_of_a_local_recoding_holds_and_contains_its_rows(
        rows in prop::collection::vec(any_row(), 1..80),
        k in 2u64..6,
        l in prop::option::of(2u64..4),
        share in prop::sample::select(vec![0.0, 0.1, 0.5]),
    ) {
        let mut builder = request(k).max_suppressed(share);
        if let Some(l) = l {
            builder = builder.model(LDiversity::distinct("s", l).unwrap());
        }
        let allowed = (rows.len() as f64 * share).floor() as u64;
        match builder.build().unwrap().run(&table(&rows)) {
            Ok(outcome) => check(&outcome, &rows, k, l.unwrap_or(1), allowed),
            Err(e) => {
                // Only what no class at all could meet.
                let values = rows.iter().map(|r| r.2).collect::<BTreeSet<_>>().len() as u64;
                prop_assert_eq!(e.kind(), ErrorKind::Refused);
                prop_assert!((rows.len() as u64) < k || values < l.unwrap_or(0));
            }
        }
    }

    #[test]
    fn the_bound_is_below_the_optimum_and_the_result_is_near_it(
        rows in prop::collection::vec(any_row(), 4..8),
        k in 2u64..4,
    ) {
        let outcome = request(k).build().unwrap().run(&table(&rows)).unwrap();
        let (found, least) = (outcome.report().quality.loss, least_loss(&rows, k as usize));
        prop_assert!(outcome.report().lower_bound.unwrap() <= least + 1e-9);
        prop_assert!(least <= found + 1e-9, "enumeration misses a division");
        // Of tables this small hardly any is missed by more; see the test below for the mean.
        prop_assert!(found <= least * 1.5 + 1e-9, "{found} where {least} is possible");
    }

    #[test]
    fn improving_never_loses_more_than_the_start(rows in prop::collection::vec(any_row(), 10..80), k in 2u64..6) {
        let run = |steps| request(k).max_steps(steps).build().unwrap().run(&table(&rows)).unwrap();
        let losses: Vec<f64> = [0, 1, 5, u64::MAX].map(|s| run(s).report().quality.loss).to_vec();
        prop_assert!(losses.windows(2).all(|w| w[1] <= w[0] + 1e-12), "{losses:?}");
    }

    #[test]
    fn the_order_of_rows_changes_no_released_row(
        rows in prop::collection::vec(any_row(), 5..60),
        l in prop::option::of(2u64..3),
        seed in any::<u64>(),
    ) {
        let mut turned = rows.clone();
        // Fisher-Yates by a small generator.
        let mut state = seed | 1;
        for i in (1..turned.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            turned.swap(i, (state >> 33) as usize % (i + 1));
        }
        let run = |rows: &[Row]| {
            let builder = request(3).max_suppressed(0.1);
            let builder = if let Some(l) = l { builder.model(LDiversity::distinct("s", l).unwrap()) } else { builder };
            builder.build().unwrap().run(&table(rows)).map_err(|e| e.to_string())
        };
        match (run(&rows), run(&turned)) {
            (Ok(one), Ok(other)) => {
                let sorted = |o: &Outcome| { let mut r = rows_of(&o.table().unwrap()); r.sort(); r };
                prop_assert_eq!(sorted(&one), sorted(&other));
                prop_assert_eq!(one.report(), other.report());
            }
            (one, other) => prop_assert_eq!(one.err(), other.err()),
        }
    }
}

/// Tables of which a search lost more than 1.5 times the least, with k = 2: rows go from two classes into a third.
#[test]
fn rows_of_two_classes_make_a_third() {
    let rows = [(30, 21, 0, 0), (10, 15, 0, 0), (0, 15, 0, 0), (0, 10, 0, 0), (20, 20, 0, 0), (20, 20, 0, 0)];
    let outcome = request(2).build().unwrap().run(&table(&rows)).unwrap();
    let (found, least) = (outcome.report().quality.loss, least_loss(&rows, 2));
    assert!((found - least).abs() < 1e-9, "{found} where {least} is possible");
}

/// The mean over 300 tables that a linear congruential generator draws from a fixed seed.
#[test]
fn small_tables_lose_on_average_hardly_more_than_the_optimum() {
    let mut state = 20_240_607u64;
    let mut draw = |n: u8| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8 % n
    };
    let (mut found, mut least) = (0.0, 0.0);
    for _ in 0..300 {
        let rows: Vec<Row> = (0..8).map(|_| (draw(40), draw(30), draw(4), draw(3))).collect();
        found += request(2).build().unwrap().run(&table(&rows)).unwrap().report().quality.loss;
        least += least_loss(&rows, 2);
    }
    assert!(found <= least * 1.06, "{found} where {least} is possible");
}

#[test]
fn classes_of_a_local_recoding_count_persons_when_a_column_names_them() {
    let persons: Vec<String> = (0..60).map(|i| format!("p{}", i / 3)).collect();
    let zips: Vec<String> = (0..60).map(|i| format!("{:02}", (i / 3) * 4 % 50)).collect();
    let table = Table::new([
        ("person", Column::from_values(&persons).unwrap()),
        ("zip", Column::from_values(&zips).unwrap()),
    ])
    .unwrap();
    let request = |person: bool| {
        let builder = Anonymizer::builder()
            .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0]).unwrap())
            .model(KAnonymity::new(3).unwrap())
            .search(Search::Local);
        if person { builder.person("person") } else { builder }.build().unwrap()
    };
    assert!(request(false).run(&table).unwrap().report().quality.loss < 1e-12, "three rows of one person");
    let outcome = request(true).run(&table).unwrap();
    let released = outcome.table().unwrap();
    let mut classes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (row, &input) in outcome.kept_rows().iter().enumerate() {
        let zip = released.column("zip").unwrap().cell(row).unwrap();
        classes.entry(zip).or_default().insert(&persons[input]);
    }
    assert!(classes.values().all(|persons| persons.len() >= 3), "{classes:?}");
}

/// A user's own model that is not monotone: no value may be more than half of its class.
#[derive(Debug)]
struct HalfAtMost;

impl PrivacyModel for HalfAtMost {
    fn name(&self) -> String {
        "half at most".into()
    }

    fn column(&self) -> Option<&str> {
        Some("s")
    }

    fn holds(&self, class: &Class<'_>) -> bool {
        class.values().iter().all(|&(_, rows)| 2 * u64::from(rows) <= class.rows())
    }
}

#[test]
fn a_model_of_ones_own_holds_in_every_class_of_a_local_recoding() {
    let mut state = 3u64;
    let mut draw = |n: u8| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8 % n
    };
    let rows: Vec<Row> = (0..400).map(|_| (draw(40), draw(30), draw(3).min(draw(3)), 0)).collect();
    let outcome =
        request(2).model(HalfAtMost).max_suppressed(0.3).build().unwrap().run(&table(&rows)).unwrap();
    check(&outcome, &rows, 2, 1, 120);
    let mut classes: BTreeMap<[String; 2], Vec<u8>> = BTreeMap::new();
    for (row, cells) in released(&outcome, &rows) {
        classes.entry([cells[0].clone(), cells[1].clone()]).or_default().push(row.2);
    }
    for values in classes.values() {
        assert!((0..4).all(|v| 2 * values.iter().filter(|&&x| x == v).count() <= values.len()));
    }
    assert!(outcome.report().quality.loss < 0.5, "{}", outcome.report().quality.loss);
}

/// Each model by its definition, from the released cells.
#[test]
fn models_of_the_family_hold_in_every_class_of_a_local_recoding() {
    let mut state = 5u64;
    let mut draw = |n: u8| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8 % n
    };
    let rows: Vec<Row> = (0..500).map(|_| (draw(40), draw(30), draw(6).min(draw(6)), 0)).collect();
    let share_of_all = |v: u8| rows.iter().filter(|r| r.2 == v).count() as f64 / rows.len() as f64;
    type Check<'a> = Box<dyn Fn(&[f64]) -> bool + 'a>;
    type Add = Box<dyn Fn(AnonymizerBuilder) -> AnonymizerBuilder>;
    let cases: Vec<(Add, Check<'_>)> = vec![
        (
            Box::new(|b| b.model(LDiversity::entropy("s", 3.0).unwrap())),
            Box::new(|p| {
                -p.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>() >= 3f64.ln() - 1e-9
            }),
        ),
        (
            Box::new(|b| b.model(LDiversity::recursive("s", 2.0, 2).unwrap())),
            Box::new(|p| {
                let mut p = p.to_vec();
                p.sort_by(|a, b| b.total_cmp(a));
                p[0] < 2.0 * p[1..].iter().sum::<f64>()
            }),
        ),
        (
            Box::new(|b| b.model(TCloseness::new("s", 0.25, Ground::Equal).unwrap())),
            Box::new(|p| {
                (0..6).map(|v| (p[v] - share_of_all(v as u8)).abs()).sum::<f64>() / 2.0 <= 0.25 + 1e-9
            }),
        ),
        (
            Box::new(|b| b.model(BetaLikeness::basic("s", 1.5).unwrap())),
            Box::new(|p| (0..6).all(|v| p[v] <= share_of_all(v as u8) * 2.5 + 1e-9)),
        ),
        (
            Box::new(|b| b.model(AlphaK::new("s", 0.5).unwrap())),
            Box::new(|p| p.iter().all(|&p| p <= 0.5 + 1e-9)),
        ),
    ];
    for (add, holds) in cases {
        let builder = add(request(3).max_suppressed(0.05));
        let outcome = builder.build().unwrap().run(&table(&rows)).unwrap();
        check(&outcome, &rows, 3, 1, 25);
        let mut classes: BTreeMap<[String; 2], Vec<u8>> = BTreeMap::new();
        for (row, cells) in released(&outcome, &rows) {
            classes.entry([cells[0].clone(), cells[1].clone()]).or_default().push(row.2);
        }
        for values in classes.values() {
            let share = |v: u8| values.iter().filter(|&&x| x == v).count() as f64 / values.len() as f64;
            assert!(holds(&(0..6).map(share).collect::<Vec<_>>()), "{:?}", outcome.report().models);
        }
        assert!(outcome.report().quality.loss < 0.7, "{:?}", outcome.report());
    }
}

#[test]
fn models_of_the_release_are_met_by_larger_classes() {
    let rows: Vec<Row> = (0..300u16).map(|i| ((i * 7 % 40) as u8, (i * 11 % 30) as u8, 0, 0)).collect();
    let base = || {
        Anonymizer::builder()
            .quasi_identifier("a", Hierarchy::prefix(&[2, 1, 0]).unwrap())
            .quasi_identifier("b", Hierarchy::intervals(&[5.0, 10.0], 0.0).unwrap())
            .search(Search::Local)
    };
    let risk = base().model(AverageRisk::new(0.1).unwrap()).build().unwrap().run(&table(&rows)).unwrap();
    assert!(risk.report().classes * 10 <= 300, "{:?}", risk.report());
    let uniques = base().model(SampleUniques::new(0.0).unwrap()).build().unwrap().run(&table(&rows)).unwrap();
    assert!(uniques.report().min_class >= 2);
    let error = base().model(KMap::new(3).unwrap()).build().unwrap().run(&table(&rows)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_hierarchy_without_a_common_top_divides_the_classes() {
    let lines = "a1;a\na2;a\nb1;b\nb2;b\n";
    let table = Table::new([("x", Column::from_values(["a1", "a2", "b1", "b2", "a1"]).unwrap())]).unwrap();
    let run = |k, share| {
        Anonymizer::builder()
            .quasi_identifier("x", Hierarchy::from_lines(lines.as_bytes(), ';').unwrap())
            .model(KAnonymity::new(k).unwrap())
            .max_suppressed(share)
            .search(Search::Local)
            .build()
            .unwrap()
            .run(&table)
    };
    assert_eq!(run(2, 0.0).unwrap().report().classes, 2);
    assert_eq!(
        run(3, 0.0).unwrap_err().to_string(),
        "no generalization satisfies 3-anonymity with at most 0 of 5 rows suppressed; the best would suppress 2; \
         the cheapest change: max_suppressed = 0.4"
    );
    let outcome = run(3, 0.4).unwrap();
    assert_eq!((outcome.report().suppressed_rows, outcome.report().min_class), (2, 3));
}

#[test]
fn measures_of_classes_are_not_minimized_by_local_recoding() {
    let error = request(2).metric(Metric::Discernibility).build().unwrap_err();
    assert!(error.to_string().starts_with("local recoding minimizes what cells lose"), "{error}");
    for metric in [Metric::Precision, Metric::Entropy, Metric::LossGeometric] {
        let rows: Vec<Row> = (0..60u16).map(|i| ((i * 7 % 40) as u8, (i * 11 % 30) as u8, 0, 0)).collect();
        let outcome = request(3).metric(metric).build().unwrap().run(&table(&rows)).unwrap();
        let report = outcome.report();
        let score = metric.of(&report.quality);
        assert!(
            report.lower_bound.is_none_or(|bound| bound <= score + 1e-6 * score.abs()),
            "{metric:?}: {report:?}"
        );
    }
}

/// Goals of the issue: at most ten percent of the loss below ARX 3.9.2 (0.0350, 0.0671, 0.0937, 0.1733).
#[test]
fn local_recoding_of_the_adult_table_loses_less_than_the_peer() {
    let Some(shared) = std::env::var_os("INCOG_SHARED") else {
        println!("skipped: INCOG_SHARED is not set");
        return;
    };
    let folder = PathBuf::from(shared).join("data/adult");
    let dialect = incog::table::csv::Dialect::new(';').unwrap();
    let (table, _) = incog::table::csv::read_path(&folder.join("adult.csv"), dialect).unwrap();
    for (k, goal) in [(2, 0.0350), (5, 0.0671), (10, 0.0937), (50, 0.1733)] {
        let mut builder = Anonymizer::builder().model(KAnonymity::new(k).unwrap()).search(Search::Local);
        for name in table.names() {
            let file = File::open(folder.join(format!("adult_hierarchy_{name}.csv"))).unwrap();
            builder = builder.quasi_identifier(name, Hierarchy::from_lines(file, ';').unwrap());
        }
        let outcome = builder.build().unwrap().run(&table).unwrap();
        let report = outcome.report();
        assert!(report.min_class >= k && report.suppressed_rows == 0);
        assert!(report.quality.loss <= 0.9 * goal, "k = {k}: {} of {goal}", report.quality.loss);
    }
}
