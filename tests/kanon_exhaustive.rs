//! Searches against enumeration: every privacy model, every measure and every limit, on small random tables. The twin knows
//! the models by their definitions and shares no code with the library.

use std::collections::{BTreeMap, BTreeSet};

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

/// Two quasi-identifying values, a sensitive one (0 to 3, or 4 for missing), and a person.
#[derive(Clone, Copy, Debug)]
struct Row {
    a: u8,
    b: u8,
    s: u8,
    person: u8,
}

const MISSING: u8 = 4;

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

fn label_a(v: u8, level: usize) -> String {
    match level {
        0 => format!("{v:02}"),
        1 => format!("{v:02}")[..1].to_owned(),
        _ => "*".into(),
    }
}

fn label_b(v: u8, level: usize) -> String {
    match level {
        0 => format!("{v:02}"),
        1 => format!("5:{}", v / 5),
        2 => format!("10:{}", v / 10),
        _ => "*".into(),
    }
}

type Counts = BTreeMap<u8, f64>;

fn counts(rows: &[Row], of: impl IntoIterator<Item = usize>) -> Counts {
    let mut counts = Counts::new();
    for row in of {
        *counts.entry(rows[row].s).or_default() += 1.0;
    }
    counts
}

fn total(counts: &Counts) -> f64 {
    counts.values().sum()
}

fn share(counts: &Counts, value: u8) -> f64 {
    counts.get(&value).copied().unwrap_or(0.0) / total(counts)
}

/// A class as the twin sees it.
struct Class {
    rows: Vec<usize>,
    values: Counts,
    persons: usize,
    population: usize,
}

impl Class {
    fn known(&self) -> Vec<f64> {
        let mut known: Vec<f64> =
            self.values.iter().filter(|(v, _)| **v != MISSING).map(|(_, &n)| n).collect();
        known.sort_by(|a, b| b.total_cmp(a));
        known
    }
}

/// Half the sum of absolute differences.
fn equal(q: &Counts, p: &Counts) -> f64 {
    (0..=MISSING).map(|v| (share(q, v) - share(p, v)).abs()).sum::<f64>() / 2.0
}

/// Steps between the values that are compared with, the missing one last.
fn ordered(q: &Counts, p: &Counts) -> f64 {
    let (mut so_far, mut moved) = (0.0, 0.0f64);
    for &v in p.keys() {
        so_far += share(q, v) - share(p, v);
        moved += f64::abs(so_far);
    }
    moved / (p.len().max(2) - 1) as f64
}

/// In the tree {0, 1}, {2, 3}, {missing} of two levels; by hand.
fn hierarchical(q: &Counts, p: &Counts) -> f64 {
    let excess = |v| share(q, v) - share(p, v);
    let pair = |a, b| {
        if excess(a) * excess(b) < 0.0 { f64::min(f64::abs(excess(a)), f64::abs(excess(b))) } else { 0.0 }
    };
    let groups = [excess(0) + excess(1), excess(2) + excess(3), excess(MISSING)];
    let across: f64 = groups.iter().filter(|x| **x > 0.0).sum();
    (pair(0, 1) + pair(2, 3)) / 2.0 + across
}

/// What decides whether a class is released.
enum Rule {
    /// The class, and the distribution of all rows.
    Class(fn(&Class, &Counts) -> bool),
    /// The class, and the distribution of the released rows.
    Released(fn(&Class, &Counts) -> bool),
    /// The class, and the distribution of sets of released rows around it.
    Around(fn(&Class, &Counts) -> bool),
    /// Sizes of the released classes.
    Release(fn(&[usize]) -> bool),
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

/// The rows that a choice of levels keeps: several choices, where classes of one size may stand in for each other.
fn kept(
    rows: &[Row],
    extra: &[(u8, u8)],
    (la, lb): (usize, usize),
    case: &Case,
    k: usize,
) -> Vec<BTreeSet<usize>> {
    let label = |a: u8, b: u8| [label_a(a, la), label_b(b, lb)];
    let mut of_label: BTreeMap<[String; 2], Vec<usize>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        of_label.entry(label(row.a, row.b)).or_default().push(i);
    }
    let class = |(name, rows_of): (&[String; 2], &Vec<usize>)| Class {
        values: counts(rows, rows_of.iter().copied()),
        persons: rows_of.iter().map(|&r| rows[r].person).collect::<BTreeSet<_>>().len(),
        population: rows_of.len() + extra.iter().filter(|(a, b)| label(*a, *b) == *name).count(),
        rows: rows_of.clone(),
    };
    let all = counts(rows, 0..rows.len());
    // Where a column names the person, k-anonymity counts persons as well.
    let large = |c: &Class| k <= if case.name == "person-k" { c.persons } else { c.rows.len() };
    let mut classes: Vec<Class> = of_label.iter().map(class).filter(large).collect();
    let released = |classes: &[Class]| counts(rows, classes.iter().flat_map(|c| c.rows.iter().copied()));
    match case.rule {
        Rule::Class(holds) => classes.retain(|c| holds(c, &all)),
        Rule::Released(holds) => loop {
            let (before, whole) = (classes.len(), released(&classes));
            classes.retain(|c| holds(c, &whole));
            if classes.len() == before {
                break;
            }
        },
        Rule::Around(holds) => loop {
            let before = classes.len();
            let first = |row: usize, n: usize| label(rows[row].a, rows[row].b)[..n].to_vec();
            let around = |c: &Class, n: usize| {
                let near = |row: &usize| first(*row, n) == first(c.rows[0], n);
                counts(rows, classes.iter().flat_map(|c| c.rows.iter().copied()).filter(near))
            };
            let holds: Vec<bool> = classes.iter().map(|c| (0..=2).any(|n| holds(c, &around(c, n)))).collect();
            let mut holds = holds.into_iter();
            classes.retain(|_| holds.next().unwrap());
            if classes.len() == before {
                break;
            }
        },
        Rule::Release(admits) => {
            classes.sort_by_key(|c| c.rows.len());
            let sizes: Vec<usize> = classes.iter().map(|c| c.rows.len()).collect();
            let out = (0..=sizes.len()).find(|&i| i == sizes.len() || admits(&sizes[i..])).unwrap();
            if out == 0 || out == sizes.len() || sizes[out - 1] != sizes[out] {
                classes.drain(..out);
            } else {
                // Any of the classes of this size may be left out instead.
                let (start, end) =
                    (sizes.partition_point(|s| *s < sizes[out]), sizes.partition_point(|s| *s <= sizes[out]));
                let ties = end - start;
                if ties > 12 {
                    classes.drain(..out);
                } else {
                    let subsets = (0..1u32 << ties).filter(|m| m.count_ones() as usize == out - start);
                    return subsets
                        .map(|m| {
                            let stays = |i: usize| i >= end || i >= start && m >> (i - start) & 1 == 0;
                            let staying = classes.iter().enumerate().filter(|(i, _)| stays(*i));
                            staying.flat_map(|(_, c)| c.rows.iter().copied()).collect()
                        })
                        .collect();
                }
            }
        }
    }
    vec![classes.iter().flat_map(|c| c.rows.iter().copied()).collect()]
}

/// The measure by its formula, when the rows `kept` stay. Values that only the population has belong to the domain.
fn score(
    rows: &[Row],
    beyond: &[(u8, u8)],
    (la, lb): (usize, usize),
    kept: &BTreeSet<usize>,
    metric: Metric,
) -> f64 {
    let n = rows.len() as f64;
    let s = n - kept.len() as f64;
    let general: Vec<[String; 2]> = rows.iter().map(|r| [label_a(r.a, la), label_b(r.b, lb)]).collect();
    let mut classes: BTreeMap<&[String; 2], f64> = BTreeMap::new();
    for &row in kept {
        *classes.entry(&general[row]).or_default() += 1.0;
    }
    let (mut losses, mut entropy) = (Vec::new(), 0.0);
    for i in 0..2 {
        let value = |r: &Row| if i == 0 { r.a } else { r.b };
        let label = |v: u8| if i == 0 { label_a(v, la) } else { label_b(v, lb) };
        let more = beyond.iter().map(|x| if i == 0 { x.0 } else { x.1 });
        let distinct: BTreeSet<u8> = rows.iter().map(value).chain(more).collect();
        let card = distinct.len() as f64;
        let leaves = |g: &String| distinct.iter().filter(|&&v| label(v) == *g).count() as f64;
        let shares: f64 = kept.iter().map(|&r| leaves(&general[r][i]) / card).sum();
        losses.push(if card > 1.0 { ((shares + s - n / card) / (n - n / card)).max(0.0) } else { 0.0 });
        for (r, row) in rows.iter().enumerate() {
            let fine = rows.iter().filter(|other| value(other) == value(row)).count() as f64;
            let coarse = general.iter().filter(|g| g[i] == general[r][i]).count() as f64;
            entropy -= (fine / if kept.contains(&r) { coarse } else { n }).log2();
        }
    }
    match metric {
        Metric::Loss => losses.iter().sum::<f64>() / 2.0,
        Metric::LossGeometric => losses.iter().map(|x| x + 1.0).product::<f64>().sqrt() - 1.0,
        Metric::Discernibility => classes.values().map(|c| c * c).sum::<f64>() + n * s,
        Metric::AverageClassSize => n / (classes.len() + usize::from(s > 0.0)) as f64,
        Metric::Precision => {
            let p = |l: usize, h: f64| ((n - s) * l as f64 / h + s) / n;
            (p(la, 2.0) + p(lb, 3.0)) / 2.0
        }
        Metric::Entropy => entropy,
        other => panic!("no twin for {other:?}"),
    }
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
        let choices = kept(rows, extra, node, case, k);
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
