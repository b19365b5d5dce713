//! Counting the classes of a released table again, by definition: slow and obvious on purpose.
//!
//! Formulas: \[MGKV07\] Machanavajjhala, Kifer, Gehrke, Venkitasubramaniam, *l-diversity*, TKDD 1(1), 2007; \[LLV07\] Li,
//! Li, Venkatasubramanian, *t-closeness*, ICDE 2007, section 4, and *Closeness*, TKDE 22(7), 2010; \[CK12\] Cao, Karras,
//! PVLDB 5(11), 2012; \[BS08\] Brickell, Shmatikov, KDD 2008; \[WLFW06\] Wong et al., KDD 2006.

use std::collections::BTreeMap;

use super::classes::{ClassValues, Counted, Counts, is_known};
use crate::{
    claim::{ComparedWith, GroundDistance, Statement, Values},
    num,
    table::Table,
};

/// Why a claim holds, or why it does not.
pub(super) type Recount = Result<String, String>;

/// Counts again what `statement` says of `table`; none if that is nothing that can be counted.
pub(super) fn recount(statement: &Statement, table: &Table) -> Option<Recount> {
    of_rows(statement, Counted::rows(table))
}

/// The same of persons, where it is known whose the rows are: `persons` has a number for the person of each row.
pub(super) fn recount_persons(statement: &Statement, table: &Table, persons: &[u32]) -> Option<Recount> {
    let counted = Counted { table, persons: Some(persons) };
    Some(match statement {
        Statement::PersonKAnonymity { columns, .. }
            if table.rows() == 0 && columns.iter().all(|c| table.get(c).is_some()) =>
        {
            Ok("no rows, so every k holds".to_owned())
        }
        Statement::PersonKAnonymity { k, columns, .. } => {
            counted.smallest_class(columns).and_then(|(found, row)| {
                if found < *k {
                    return Err(format!("the class of row {row} has {found} persons, the claim is {k}"));
                }
                Ok(format!("k = {found} persons"))
            })
        }
        Statement::EntropyLDiversity { .. }
        | Statement::RecursiveLDiversity { .. }
        | Statement::AlphaK { .. }
        | Statement::TCloseness { .. }
        | Statement::BetaLikeness { .. }
        | Statement::DeltaDisclosure { .. } => return of_rows(statement, counted),
        _ => return None,
    })
}

fn of_rows(statement: &Statement, counted: Counted<'_>) -> Option<Recount> {
    let table = counted.table;
    // Every class of a table without rows holds whatever is claimed.
    let empty = table.rows() == 0;
    Some(match statement {
        Statement::KAnonymity { columns, .. } if empty && columns.iter().all(|c| table.get(c).is_some()) => {
            Ok("no rows, so every k holds".to_owned())
        }
        Statement::KAnonymity { k, columns, insensitive, with_insensitive } => {
            k_anonymity(counted, *k, columns, insensitive, *with_insensitive)
        }
        Statement::DistinctLDiversity { l, sensitive, columns, unknown } => {
            let of = Values::new(sensitive, columns.clone()).unknown(unknown.clone());
            each_class(counted, &of, |class| {
                let found = num::count(class.known.len());
                (found >= *l)
                    .then_some(found_of(found))
                    .ok_or(format!("{found} distinct values, the claim is {l}"))
            })
            .map(|least| format!("l = {}", least.fewest()))
        }
        Statement::EntropyLDiversity { l, of } => each_class(counted, of, |class| {
            let total = class.known_rows();
            let entropy: f64 = shares(&class.known, total).map(|q| -q * q.ln()).sum();
            within(l.ln() - entropy, 0.0, || format!("an entropy of log {:.6}", entropy.exp()))
                .and_then(|x| if total > 0.0 { Ok(x) } else { Err("no known value".to_owned()) })
        })
        .map(|_| "counted again".to_owned()),
        Statement::RecursiveLDiversity { c, l, of } => each_class(counted, of, |class| {
            let mut rows: Vec<f64> = class.known.values().map(|&n| num::to_f64(n)).collect();
            rows.sort_by(|a, b| b.total_cmp(a));
            let l = usize::try_from(*l).unwrap_or(usize::MAX);
            let rest: f64 = rows.iter().skip(l.saturating_sub(1)).sum();
            let first = rows.first().copied().unwrap_or(0.0);
            if rows.len() >= l && first < c * rest {
                Ok(Found(first / rest))
            } else {
                Err(format!("{} distinct values, the most frequent too frequent", rows.len()))
            }
        })
        .map(|_| "counted again".to_owned()),
        Statement::TCloseness { t, of, ground, reference } => {
            compared(counted, of, reference, |class, whole| {
                let distance = distance(class, whole, ground, of)?;
                within(distance, *t, || format!("a distance of {distance:.6}, the claim is {t}"))
            })
            .map(|most| format!("t = {:.6}", most.0))
        }
        Statement::NTCloseness { n, t, of } => surroundings(counted, *n, *t, of),
        Statement::BetaLikeness { beta, enhanced, of, reference } => {
            compared(counted, of, reference, |class, whole| {
                let mut most = f64::NEG_INFINITY;
                for (p, q) in frequencies(class, whole)? {
                    let limit = if *enhanced { beta.min(-p.ln()) } else { *beta };
                    within((q - p) / p, limit, || format!("a value that gains {:.6}", (q - p) / p))?;
                    most = most.max((q - p) / p);
                }
                Ok(Found(most))
            })
            .map(|most| format!("beta = {:.6}", most.0))
        }
        Statement::DeltaDisclosure { delta, of, reference } => {
            compared(counted, of, reference, |class, whole| {
                let mut most = 0.0f64;
                for (p, q) in frequencies(class, whole)? {
                    most = most.max((q / p).log2().abs());
                }
                within(most, *delta, || format!("a log ratio of {most:.6}, the claim is {delta}"))
            })
            .map(|most| format!("delta = {:.6}", most.0))
        }
        Statement::AlphaK { alpha, of } => each_class(counted, of, |class| {
            let total = class.known_rows();
            let most = shares(&class.known, total).fold(0.0, f64::max);
            if total <= 0.0 {
                return Err("no known value".to_owned());
            }
            within(most, *alpha, || format!("a value with a share of {most:.6}, the claim is {alpha}"))
        })
        .map(|most| format!("alpha = {:.6}", most.0)),
        Statement::AverageRisk { risk, columns } => counted.classes(columns).and_then(|classes| {
            let found = num::to_f64(num::count(classes.first.len())) / num::to_f64(num::count(table.rows()));
            within(found, *risk, || format!("classes over rows are {found:.6}, the claim is {risk}"))
                .map(|found| format!("{:.6}", found.0))
        }),
        Statement::SampleUniques { share, columns } => counted.classes(columns).and_then(|classes| {
            let alone = num::count(counted.sizes(&classes).into_iter().filter(|&rows| rows == 1).count());
            let found = num::to_f64(alone) / num::to_f64(num::count(table.rows()));
            within(found, *share, || format!("{alone} rows stand alone, the claim is a share of {share}"))
                .map(|_| format!("{alone} rows stand alone"))
        }),
        _ => return None,
    })
}

/// What has to be true of the rows of `table` if `statement` is true of persons who are not in it: docs/CARD.md, sections 5.3
/// and 5.8. Each person of a class has a row there, and each value of a class has a person.
pub(super) fn bounds(statement: &Statement, table: &Table) -> Result<(), String> {
    let empty = table.rows() == 0;
    let counted = Counted::rows(table);
    let distinct = |of: &Values, enough: &dyn Fn(u64) -> bool| {
        each_class(counted, of, |class| {
            let found = num::count(class.known.len());
            if enough(found) {
                Ok(found_of(found))
            } else {
                Err(format!("{found} distinct values are too few"))
            }
        })
        .map(drop)
    };
    let at_least_zero = |of: &Values, limit: f64| {
        each_class(counted, of, |_| within(0.0, limit, || format!("nothing is at most {limit}"))).map(drop)
    };
    match statement {
        Statement::PersonKAnonymity { .. } | Statement::SampledRows { .. } if empty => Ok(()),
        Statement::PersonKAnonymity { k, columns, .. } | Statement::SampledRows { k, columns, .. } => {
            k_anonymity(counted, *k, columns, &[], None).map(drop)
        }
        Statement::EntropyLDiversity { l, of } => distinct(of, &|m| num::to_f64(m) >= l - TOLERANCE),
        Statement::RecursiveLDiversity { c, l, of } => {
            distinct(of, &|m| m >= *l && 1.0 < c * num::to_f64(m + 1 - l))
        }
        Statement::AlphaK { alpha, of } => {
            distinct(of, &|m| m > 0 && 1.0 <= (alpha + TOLERANCE) * num::to_f64(m))
        }
        // Of closeness and gains the rows say nothing: the persons may be spread as evenly as can be.
        Statement::TCloseness { t, of, .. } | Statement::NTCloseness { t, of, .. } => at_least_zero(of, *t),
        Statement::BetaLikeness { beta, of, .. } => at_least_zero(of, *beta),
        Statement::DeltaDisclosure { delta, of, .. } => at_least_zero(of, *delta),
        _ => Ok(()),
    }
}

fn k_anonymity(
    counted: Counted<'_>,
    k: u64,
    columns: &[String],
    insensitive: &[String],
    with_insensitive: Option<u64>,
) -> Recount {
    let (found, row) = counted.smallest_class(columns)?;
    if found < k {
        return Err(format!("row {row} is in a class of {found}, the claim is {k}"));
    }
    let Some(claimed) = with_insensitive else { return Ok(format!("k = {found}")) };
    let all: Vec<String> = columns.iter().chain(insensitive).cloned().collect();
    let (with, _) = counted.smallest_class(&all)?;
    if with >= claimed {
        Ok(format!("k = {found}; with the insensitive columns {with}"))
    } else {
        Err(format!("with the insensitive columns k = {with}, the claim is {claimed}"))
    }
}

/// What was measured in a class.
#[derive(Clone, Copy)]
struct Found(f64);

impl Found {
    /// The fewest of what was found, as a whole number.
    fn fewest(self) -> String {
        format!("{:.0}", -self.0)
    }
}

/// A number of which the least is asked for.
fn found_of(count: u64) -> Found {
    Found(-num::to_f64(count))
}

/// `found` if it is at most `limit`, but for the last digits of a decimal.
fn within(found: f64, limit: f64, otherwise: impl Fn() -> String) -> Result<Found, String> {
    if found <= limit + TOLERANCE { Ok(Found(found)) } else { Err(otherwise()) }
}

impl ClassValues<'_> {
    fn known_rows(&self) -> f64 {
        num::to_f64(self.known.values().sum())
    }
}

fn shares<'v>(values: &'v Counts<'_>, total: f64) -> impl Iterator<Item = f64> + 'v {
    values.values().map(move |&n| num::to_f64(n) / total)
}

/// The largest measure of a class, or the first class that fails, by its first row.
fn each_class(
    counted: Counted<'_>,
    of: &Values,
    check: impl Fn(&ClassValues<'_>) -> Result<Found, String>,
) -> Result<Found, String> {
    let mut most = Found(f64::NEG_INFINITY);
    counted.values(of, |class| {
        let found = check(&class).map_err(|why| format!("the class of row {}: {why}", class.row))?;
        most = Found(most.0.max(found.0));
        Ok(())
    })?;
    Ok(most)
}

/// The same for a check that compares with the whole.
fn compared(
    counted: Counted<'_>,
    of: &Values,
    reference: &ComparedWith,
    check: impl Fn(&Counts<'_>, &Whole<'_>) -> Result<Found, String>,
) -> Result<Found, String> {
    let released = counted.all_values(of)?;
    let whole = match reference {
        ComparedWith::Released => Whole::new(released, 0),
        ComparedWith::Input { values, others } => {
            // What is released is a part of the input.
            let beyond = released.iter().any(|(value, n)| values.get(*value).is_none_or(|all| all < n));
            if beyond {
                return Err(
                    "the distribution of the input has fewer rows of some value than were released".into()
                );
            }
            Whole::new(values.iter().map(|(value, &n)| (value.as_str(), n)).collect(), *others)
        }
        ComparedWith::Withheld => return Err("the distribution of the input is not on the card".into()),
    };
    each_class(counted, of, |class| check(&class.all, &whole))
}

/// What classes are compared with.
struct Whole<'t> {
    values: Counts<'t>,
    others: u64,
    /// All of them.
    rows: f64,
}

impl<'t> Whole<'t> {
    fn new(values: Counts<'t>, others: u64) -> Self {
        let rows = values.values().fold(num::to_f64(others), |all, &n| all + num::to_f64(n));
        Whole { values, others, rows }
    }

    fn share(&self, value: &str) -> f64 {
        num::to_f64(self.values.get(value).copied().unwrap_or(0)) / self.rows
    }
}

/// For each value of a class, its frequency in the whole and in the class.
fn frequencies(class: &Counts<'_>, whole: &Whole<'_>) -> Result<Vec<(f64, f64)>, String> {
    let rows = num::to_f64(class.values().sum());
    let of = |(value, &n): (&&str, &u64)| {
        let p = whole.share(value);
        (p > 0.0)
            .then_some((p, num::to_f64(n) / rows))
            .ok_or("a value that the input does not have".to_owned())
    };
    class.iter().map(of).collect()
}

/// The earth mover's distance of a class from the whole.
fn distance(
    class: &Counts<'_>,
    whole: &Whole<'_>,
    ground: &GroundDistance,
    of: &Values,
) -> Result<f64, String> {
    let rows = num::to_f64(class.values().sum());
    let excess =
        |value: &str| num::to_f64(class.get(value).copied().unwrap_or(0)) / rows - whole.share(value);
    Ok(match ground {
        GroundDistance::Equal => {
            let apart: f64 = whole.values.keys().map(|v| excess(v).abs()).sum();
            (apart + num::to_f64(whole.others) / whole.rows) / 2.0
        }
        GroundDistance::Ordered => {
            let mut numbers: Vec<(f64, f64)> = Vec::new();
            let (mut unknown, mut has_unknown) = (0.0, false);
            for value in whole.values.keys() {
                if !is_known(value, of) {
                    unknown += excess(value);
                    has_unknown = true;
                    continue;
                }
                let number = value.trim().parse().ok().filter(|number: &f64| number.is_finite());
                let number = number.ok_or("a value that is no number".to_owned())?;
                // -0 and 0 are one number.
                numbers.push((number + 0.0, excess(value)));
            }
            numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
            let steps = numbers.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq());
            let mut excesses: Vec<f64> = steps.map(|step| step.iter().map(|s| s.1).sum()).collect();
            if has_unknown {
                excesses.push(unknown);
            }
            let mut so_far = 0.0;
            let mut moved = 0.0;
            for excess in &excesses {
                so_far += excess;
                moved += f64::abs(so_far);
            }
            moved / num::to_f64(num::count(excesses.len().max(2) - 1))
        }
        GroundDistance::Hierarchical { groups } => {
            let height = groups.values().map(Vec::len).max().unwrap_or(0);
            let mut cost = 0.0;
            // Of each group what its children have too much and too little of; a child of level 0 is a value.
            let mut children: BTreeMap<Vec<u32>, f64> = BTreeMap::new();
            for (i, value) in (0u32..).zip(whole.values.keys()) {
                let path = groups.get(*value).filter(|path| path.len() == height);
                let path = path.ok_or("a value that the hierarchy on the card does not have".to_owned())?;
                // From the top down, then the value: children of one group have one prefix.
                let mut from_top: Vec<u32> = path.iter().rev().copied().collect();
                from_top.push(i);
                children.insert(from_top, excess(value));
            }
            for level in 1..=height {
                let (mut more, mut less): (BTreeMap<_, f64>, BTreeMap<_, f64>) = Default::default();
                for (path, excess) in &children {
                    let parent = path[..path.len() - 1].to_vec();
                    *more.entry(parent.clone()).or_default() += excess.max(0.0);
                    *less.entry(parent).or_default() += (-excess).max(0.0);
                }
                let share = num::to_f64(num::count(level)) / num::to_f64(num::count(height));
                cost += more.iter().map(|(group, more)| more.min(less[group]) * share).sum::<f64>();
                children =
                    more.into_iter().map(|(group, more)| (group.clone(), more - less[&group])).collect();
            }
            cost + children.values().map(|excess| excess.max(0.0)).sum::<f64>()
        }
    })
}

/// Each class near the distribution of at least `n` rows that are equal to it on the first columns.
fn surroundings(counted: Counted<'_>, n: u64, t: f64, of: &Values) -> Recount {
    // By the number of columns: the group of each row, and the values of each group.
    let mut around = Vec::new();
    for first in 0..=of.columns.len() {
        let columns = of.columns[..first].to_vec();
        let groups = counted.classes(&columns)?.of_row;
        let mut wholes = Vec::new();
        counted.values(&Values::new(&of.sensitive, columns), |group| {
            wholes.push(Whole::new(group.all, 0));
            Ok(())
        })?;
        around.push((groups, wholes));
    }
    counted.values(of, |class| {
        let row = usize::try_from(class.row - 1).map_err(|_| "too many rows".to_owned())?;
        let near = around.iter().any(|(groups, wholes)| {
            let whole = &wholes[num::index(groups[row])];
            whole.rows >= num::to_f64(n)
                && distance(&class.all, whole, &GroundDistance::Equal, of).is_ok_and(|d| d <= t + TOLERANCE)
        });
        if near {
            Ok(())
        } else {
            Err(format!("the class of row {} is near no set of {n} rows around it", class.row))
        }
    })?;
    Ok("counted again".to_owned())
}

/// What a decimal's last digit, and the order of a sum, may differ by.
const TOLERANCE: f64 = 1e-9;
