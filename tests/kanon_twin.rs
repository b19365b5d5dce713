//! The twin of searches: classes, models and measures by their definitions, on tables of two quasi-identifiers.

use std::collections::{BTreeMap, BTreeSet};

use incog::kanon::Metric;

/// Two quasi-identifying values, a sensitive one (0 to 3, or 4 for missing), and a person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) a: u8,
    pub(crate) b: u8,
    pub(crate) s: u8,
    pub(crate) person: u8,
}

pub(crate) const MISSING: u8 = 4;

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

pub(crate) type Counts = BTreeMap<u8, f64>;

fn counts(rows: &[Row], of: impl IntoIterator<Item = usize>) -> Counts {
    let mut counts = Counts::new();
    for row in of {
        *counts.entry(rows[row].s).or_default() += 1.0;
    }
    counts
}

pub(crate) fn total(counts: &Counts) -> f64 {
    counts.values().sum()
}

pub(crate) fn share(counts: &Counts, value: u8) -> f64 {
    counts.get(&value).copied().unwrap_or(0.0) / total(counts)
}

/// A class as the twin sees it.
pub(crate) struct Class {
    pub(crate) rows: Vec<usize>,
    pub(crate) values: Counts,
    pub(crate) persons: usize,
    pub(crate) population: usize,
}

impl Class {
    pub(crate) fn known(&self) -> Vec<f64> {
        let mut known: Vec<f64> =
            self.values.iter().filter(|(v, _)| **v != MISSING).map(|(_, &n)| n).collect();
        known.sort_by(|a, b| b.total_cmp(a));
        known
    }
}

/// Half the sum of absolute differences.
pub(crate) fn equal(q: &Counts, p: &Counts) -> f64 {
    (0..=MISSING).map(|v| (share(q, v) - share(p, v)).abs()).sum::<f64>() / 2.0
}

/// Steps between the values that are compared with, the missing one last.
pub(crate) fn ordered(q: &Counts, p: &Counts) -> f64 {
    let (mut so_far, mut moved) = (0.0, 0.0f64);
    for &v in p.keys() {
        so_far += share(q, v) - share(p, v);
        moved += f64::abs(so_far);
    }
    moved / (p.len().max(2) - 1) as f64
}

/// In the tree {0, 1}, {2, 3}, {missing} of two levels; by hand.
pub(crate) fn hierarchical(q: &Counts, p: &Counts) -> f64 {
    let excess = |v| share(q, v) - share(p, v);
    let pair = |a, b| {
        if excess(a) * excess(b) < 0.0 { f64::min(f64::abs(excess(a)), f64::abs(excess(b))) } else { 0.0 }
    };
    let groups = [excess(0) + excess(1), excess(2) + excess(3), excess(MISSING)];
    let across: f64 = groups.iter().filter(|x| **x > 0.0).sum();
    (pair(0, 1) + pair(2, 3)) / 2.0 + across
}

/// What decides whether a class is released.
pub(crate) enum Rule {
    /// The class, and the distribution of all rows.
    Class(fn(&Class, &Counts) -> bool),
    /// The class, and the distribution of the released rows.
    Released(fn(&Class, &Counts) -> bool),
    /// The class, and the distribution of sets of released rows around it.
    Around(fn(&Class, &Counts) -> bool),
    /// Sizes of the released classes.
    Release(fn(&[usize]) -> bool),
}

/// The rows that a choice of levels keeps, in classes that are `large`: several choices, where classes of one size may stand in for each other.
pub(crate) fn kept(
    rows: &[Row],
    extra: &[(u8, u8)],
    (la, lb): (usize, usize),
    rule: &Rule,
    large: impl Fn(&Class) -> bool,
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
    let mut classes: Vec<Class> = of_label.iter().map(class).filter(large).collect();
    let released = |classes: &[Class]| counts(rows, classes.iter().flat_map(|c| c.rows.iter().copied()));
    match *rule {
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
pub(crate) fn score(
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
