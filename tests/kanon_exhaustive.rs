//! Searches against enumeration: every privacy model, every measure and every limit, on small random tables. The twin knows
//! the models by their definitions and shares no code with the library.

use incog::{
    ErrorKind,
    kanon::{
        Anonymizer, AnonymizerBuilder, Hierarchy, Metric, Outcome, Search, SensitiveColumn,
        hierarchy::Tree,
        model::{
            AlphaK, AverageRisk, BetaLikeness, DeltaDisclosure, DeltaPresence, Ground, KAnonymity, KMap,
            LDiversity, NTCloseness, PersonK, Reference, SampleUniques, TCloseness,
        },
    },
    table::{ColumnBuilder, Table},
};
use proptest::prelude::*;

use crate::kanon_twin::{Class, MISSING, Row, Rule, equal, hierarchical, kept, ordered, score, share, total};

fn table(rows: &[Row]) -> Table {
    let column = |cell: &dyn Fn(&Row) -> Option<String>| {
        let mut builder = ColumnBuilder::default();
        for row in rows {
            match cell(row) {
                Some(cell) => builder.push(&cell).unwrap(),
                None => builder.push_missing().unwrap(),
            }
        }
        builder.finish()
    };
    Table::new([
        ("a", column(&|r| Some(format!("{:02}", r.a)))),
        ("b", column(&|r| Some(format!("{:02}", r.b)))),
        ("s", column(&|r| (r.s != MISSING).then(|| r.s.to_string()))),
        ("person", column(&|r| Some(format!("p{}", r.person)))),
    ])
    .unwrap()
}

/// A model, by the library and by the twin.
struct Case {
    name: &'static str,
    add: fn(AnonymizerBuilder) -> AnonymizerBuilder,
    rule: Rule,
}

fn case(name: &'static str, add: fn(AnonymizerBuilder) -> AnonymizerBuilder, rule: Rule) -> Case {
    Case { name, add, rule }
}

const SLACK: f64 = 1e-9;

fn t(b: AnonymizerBuilder, t: f64, ground: Ground, reference: Reference) -> AnonymizerBuilder {
    b.model(TCloseness::new("s", t, ground).unwrap().compared_with(reference))
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    vec![
        case("k-anonymity", |b| b.model(KAnonymity::new(3).unwrap()), Rule::Class(|c, _| c.rows.len() >= 3)),
        case("person-k", |b| b.person("person").model(PersonK::new(2).unwrap()), Rule::Class(|c, _| c.persons >= 2)),
        case("k-map", |b| b.model(KMap::new(4).unwrap()), Rule::Class(|c, _| c.population >= 4)),
        case("distinct l", |b| b.model(LDiversity::distinct("s", 2).unwrap()), Rule::Class(|c, _| c.known().len() >= 2)),
        case("entropy l", |b| b.model(LDiversity::entropy("s", 1.8).unwrap()), Rule::Class(|c, _| {
            let known = c.known();
            let n: f64 = known.iter().sum();
            !known.is_empty() && known.iter().map(|k| -k / n * (k / n).ln()).sum::<f64>() >= 1.8f64.ln() - SLACK
        })),
        case("recursive l", |b| b.model(LDiversity::recursive("s", 1.5, 2).unwrap()), Rule::Class(|c, _| {
            let known = c.known();
            known.len() >= 2 && known[0] < 1.5 * known[1..].iter().sum::<f64>()
        })),
        case("t equal", |b| t(b, 0.3, Ground::Equal, Reference::Input), Rule::Class(|c, p| equal(&c.values, p) <= 0.3 + SLACK)),
        case("t ordered", |b| t(b, 0.15, Ground::Ordered, Reference::Input),
            Rule::Class(|c, p| ordered(&c.values, p) <= 0.15 + SLACK)),
        case("t hierarchical", |b| t(b, 0.25, Ground::Hierarchical, Reference::Input),
            Rule::Class(|c, p| hierarchical(&c.values, p) <= 0.25 + SLACK)),
        case("t of the released", |b| t(b, 0.3, Ground::Equal, Reference::Released),
            Rule::Released(|c, p| equal(&c.values, p) <= 0.3 + SLACK)),
        case("t ordered of the released", |b| t(b, 0.15, Ground::Ordered, Reference::Released),
            Rule::Released(|c, p| ordered(&c.values, p) <= 0.15 + SLACK)),
        case("(n, t)", |b| b.model(NTCloseness::new("s", 6, 0.25).unwrap()),
            Rule::Around(|c, p| total(p) >= 6.0 && equal(&c.values, p) <= 0.25 + SLACK)),
        case("basic beta", |b| b.model(BetaLikeness::basic("s", 0.7).unwrap()),
            Rule::Class(|c, p| c.values.keys().all(|&v| share(&c.values, v) / share(p, v) - 1.0 <= 0.7 + SLACK))),
        case("enhanced beta", |b| b.model(BetaLikeness::enhanced("s", 1.0).unwrap()), Rule::Class(|c, p| {
            c.values.keys().all(|&v| share(&c.values, v) / share(p, v) - 1.0 <= f64::min(1.0, -share(p, v).ln()) + SLACK)
        })),
        case("beta of the released", |b| b.model(BetaLikeness::basic("s", 0.7).unwrap().compared_with(Reference::Released)),
            Rule::Released(|c, p| c.values.keys().all(|&v| share(&c.values, v) / share(p, v) - 1.0 <= 0.7 + SLACK))),
        case("delta-disclosure", |b| b.model(DeltaDisclosure::new("s", 0.8).unwrap()), Rule::Class(|c, p| {
            c.values.keys().all(|&v| (share(&c.values, v) / share(p, v)).log2().abs() <= 0.8 + SLACK)
        })),
        case("delta-disclosure of the released",
            |b| b.model(DeltaDisclosure::new("s", 0.8).unwrap().compared_with(Reference::Released)), Rule::Released(|c, p| {
            c.values.keys().all(|&v| (share(&c.values, v) / share(p, v)).log2().abs() <= 0.8 + SLACK)
        })),
        case("(alpha, k)", |b| b.model(AlphaK::new("s", 0.6).unwrap()), Rule::Class(|c, _| {
            let known = c.known();
            !known.is_empty() && known[0] / known.iter().sum::<f64>() <= 0.6 + SLACK
        })),
        case("delta-presence", |b| b.model(DeltaPresence::new(0.0, 0.6).unwrap()),
            Rule::Class(|c, _| c.rows.len() as f64 / c.population as f64 <= 0.6 + SLACK)),
        case("average risk", |b| b.model(AverageRisk::new(0.25).unwrap()),
            Rule::Release(|sizes| sizes.len() as f64 <= 0.25 * sizes.iter().sum::<usize>() as f64 + SLACK)),
        case("sample uniques", |b| b.model(SampleUniques::new(0.1).unwrap()), Rule::Release(|sizes| {
            sizes.iter().filter(|s| **s == 1).count() as f64 <= 0.1 * sizes.iter().sum::<usize>() as f64 + SLACK
        })),
    ]
}

/// The least score, and the least when ties are broken in the worst way; none if nothing is feasible.
fn by_enumeration(
    rows: &[Row],
    extra: &[(u8, u8)],
    case: &Case,
    k: usize,
    allowed: usize,
    metric: Metric,
) -> Option<(f64, f64)> {
    let mut best: Option<(f64, f64)> = None;
    for node in (0..3).flat_map(|a| (0..4).map(move |b| (a, b))) {
        // Where a column names the person, k-anonymity counts persons as well.
        let large = |c: &Class| k <= if case.name == "person-k" { c.persons } else { c.rows.len() };
        let choices = kept(rows, extra, node, &case.rule, large);
        let beyond = if counts_population(case) { extra } else { &[] };
        let scores: Vec<f64> = choices
            .iter()
            .filter(|kept| rows.len() - kept.len() <= allowed)
            .map(|kept| score(rows, beyond, node, kept, metric))
            .collect();
        if scores.is_empty() {
            continue;
        }
        let (low, high) =
            scores.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &s| (a.min(s), b.max(s)));
        best = Some(best.map_or((low, high), |(a, b)| (a.min(low), b.min(high))));
    }
    best
}

fn request(case: &Case, k: Option<u64>, share: f64, metric: Metric, search: Search) -> Anonymizer {
    let tree = Tree::Groups(vec![
        ("low".into(), Tree::Leaves(vec!["0".into(), "1".into()])),
        ("high".into(), Tree::Leaves(vec!["2".into(), "3".into()])),
        ("none".into(), Tree::Leaves(vec![String::new()])),
    ]);
    let mut builder = Anonymizer::builder()
        .quasi_identifier("a", Hierarchy::prefix(&[2, 1, 0]).unwrap())
        .quasi_identifier("b", Hierarchy::intervals(&[5.0, 10.0], 0.0).unwrap())
        .sensitive(SensitiveColumn::new("s").hierarchy(Hierarchy::tree(&tree).unwrap()))
        .max_suppressed(share)
        .metric(metric)
        .search(search);
    if let Some(k) = k {
        builder = builder.model(KAnonymity::new(k).unwrap());
    }
    if search == Search::BestEffort {
        builder = builder.max_steps(1000);
    }
    (case.add)(builder).build().unwrap()
}

fn counts_population(case: &Case) -> bool {
    matches!(case.name, "k-map" | "delta-presence")
}

/// The population is the table and `extra` rows.
fn run(request: &Anonymizer, rows: &[Row], extra: &[(u8, u8)], case: &Case) -> incog::Result<Outcome> {
    if !counts_population(case) {
        return request.run(&table(rows));
    }
    let more = extra.iter().map(|&(a, b)| Row { a, b, s: 0, person: 0 });
    let population: Vec<Row> = rows.iter().copied().chain(more).collect();
    request.run_within(&table(rows), &table(&population))
}

fn measured(outcome: &Outcome, metric: Metric) -> f64 {
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

const METRICS: [Metric; 6] = [
    Metric::Loss,
    Metric::LossGeometric,
    Metric::Discernibility,
    Metric::AverageClassSize,
    Metric::Precision,
    Metric::Entropy,
];

fn any_row() -> impl Strategy<Value = Row> {
    (0u8..30, 0u8..30, 0u8..=MISSING, 0u8..8).prop_map(|(a, b, s, person)| Row { a, b, s, person })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The guarantee of `Anonymizer`: for each model, alone and with k-anonymity beside it, by each measure.
    #[test]
    fn searches_find_what_enumeration_finds(
        rows in prop::collection::vec(any_row(), 1..32),
        extra in prop::collection::vec((0u8..30, 0u8..30), 0..24),
        k in prop::option::of(2u64..4),
        share in prop::sample::select(vec![0.0, 0.1, 0.34, 0.5, 1.0]),
        metric in prop::sample::select(METRICS.to_vec()),
    ) {
        let allowed = (rows.len() as f64 * share).floor() as usize;
        for case in cases() {
            let least = k.unwrap_or(1) as usize;
            let expected = by_enumeration(&rows, &extra, &case, least, allowed, metric);
            for search in [Search::Optimal, Search::BestEffort] {
                let what = format!("{} with k = {k:?}, {metric:?}, {search:?}", case.name);
                match run(&request(&case, k, share, metric, search), &rows, &extra, &case) {
                    Ok(outcome) => {
                        let Some((low, high)) = expected else { panic!("{what}: enumeration finds nothing") };
                        let found = measured(&outcome, metric);
                        let slack = 1e-9 * low.abs().max(1.0);
                        prop_assert!(found >= low - slack, "{what}: {found}, less than possible: {low}");
                        prop_assert!(found <= high + slack, "{what}: {found} where enumeration finds {low} to {high}");
                        let report = outcome.report();
                        prop_assert!(report.suppressed_rows as usize <= allowed, "{what}");
                        prop_assert!(report.optimal, "{what}: a small lattice is searched to its end");
                        prop_assert!(report.lower_bound.is_some_and(|bound| bound <= low + slack), "{what}");
                    }
                    Err(e) => {
                        prop_assert_eq!(e.kind(), ErrorKind::Refused, "{}", what);
                        // A table smaller than k, or without l values, is refused even when all rows may go.
                        let impossible = e.to_string().contains("is more than the");
                        prop_assert!(expected.is_none() || impossible, "{what}: {e}, enumeration finds {expected:?}");
                    }
                }
            }
        }
    }

    /// A best-effort search that is cut short keeps its promise: its bound is below every score, its result is feasible.
    #[test]
    fn a_search_that_is_cut_short_knows_how_much_is_left(
        rows in prop::collection::vec(any_row(), 4..32),
        steps in 1u64..8,
        share in prop::sample::select(vec![0.0, 0.34]),
        metric in prop::sample::select(METRICS.to_vec()),
    ) {
        let allowed = (rows.len() as f64 * share).floor() as usize;
        let case = case("k-anonymity", |b| b.model(KAnonymity::new(3).unwrap()), Rule::Class(|c, _| c.rows.len() >= 3));
        let Some((least, _)) = by_enumeration(&rows, &[], &case, 1, allowed, metric) else { return Ok(()) };
        let request = |steps| {
            Anonymizer::builder()
                .quasi_identifier("a", Hierarchy::prefix(&[2, 1, 0]).unwrap())
                .quasi_identifier("b", Hierarchy::intervals(&[5.0, 10.0], 0.0).unwrap())
                .model(KAnonymity::new(3).unwrap())
                .max_suppressed(share)
                .metric(metric)
                .search(Search::BestEffort)
                .max_steps(steps)
                .build()
                .unwrap()
        };
        if let Ok(outcome) = request(steps).run(&table(&rows)) {
            let (report, found) = (outcome.report(), measured(&outcome, metric));
            let slack = 1e-9 * least.abs().max(1.0);
            prop_assert!(report.lower_bound.unwrap() <= least + slack, "{} above {least}", report.lower_bound.unwrap());
            prop_assert!(found >= least - slack && report.suppressed_rows as usize <= allowed);
            prop_assert!(!report.optimal || found <= least + slack);
            let again = request(steps).run(&table(&rows)).unwrap();
            prop_assert_eq!(report, again.report());
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_figure_of_any_model(
        rows in prop::collection::vec(any_row(), 5..32),
        turn in 1usize..31,
        metric in prop::sample::select(METRICS.to_vec()),
    ) {
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        turned.reverse();
        for case in cases() {
            let request = request(&case, None, 0.5, metric, Search::Optimal);
            match (run(&request, &rows, &[], &case), run(&request, &turned, &[], &case)) {
                (Ok(one), Ok(other)) => prop_assert_eq!(one.report(), other.report(), "{}", case.name),
                (one, other) => prop_assert_eq!(one.is_err(), other.is_err(), "{}", case.name),
            }
        }
    }
}
