//! What should be known of a node that was found, beside what it costs.

use std::sync::Arc;

use super::Problem;
use crate::{
    kanon::{
        class::{Histogram, Mapping, PackedKey, Workspace},
        model::{Guarantee, Scope},
        report::Findings,
    },
    num,
};

/// The findings about the classes `histogram` of `node`, of which `holds` says which are released.
pub(crate) fn findings<K: PackedKey>(
    problem: &Problem<'_, K>,
    histogram: &Histogram<K>,
    node: &[usize],
    holds: &[bool],
) -> Findings {
    let breaking = rows_breaking(problem, histogram);
    let names = problem.models.iter().map(|m| m.name());
    Findings {
        binding_models: binding(problem, node),
        rows_breaking: names.zip(breaking.alone).collect(),
        just_valid_classes: just_valid(problem, histogram, holds),
        ..Findings::default()
    }
}

impl<K: PackedKey> Problem<'_, K> {
    /// Rows that the coarsest node suppresses: the fewest of all when the models are monotone.
    pub(crate) fn least_suppressed(&self) -> u64 {
        let top = self.lattice.coarsest();
        self.judge(&self.classes(top), top, u64::MAX).map_or(0, |judged| judged.suppressed_rows)
    }
}

/// Rows of classes that break models.
struct Breaking {
    /// Each model.
    alone: Vec<u64>,
    /// Any model but this one.
    others: Vec<u64>,
    any: u64,
}

/// By the models that look at a class alone; the others break nothing here.
fn rows_breaking<K: PackedKey>(problem: &Problem<'_, K>, histogram: &Histogram<K>) -> Breaking {
    let models = problem.models.len();
    let mut breaking = Breaking { alone: vec![0; models], others: vec![0; models], any: 0 };
    let mut room = Vec::new();
    for (class, &rows) in histogram.counts.rows.iter().enumerate().filter(|(_, rows)| **rows > 0) {
        let fails: Vec<usize> = (0..models)
            .filter(|&m| {
                problem.is_settled(m) && !problem.model_holds(&histogram.counts, class, m, None, &mut room)
            })
            .collect();
        let rows = u64::from(rows);
        breaking.any += if fails.is_empty() { 0 } else { rows };
        for m in 0..models {
            breaking.alone[m] += if fails.contains(&m) { rows } else { 0 };
            breaking.others[m] += if fails.iter().any(|&f| f != m) { rows } else { 0 };
        }
    }
    breaking
}

/// Models without which some node that is one level finer in one column would suppress few enough rows.
fn binding<K: PackedKey>(problem: &Problem<'_, K>, node: &[usize]) -> Vec<String> {
    let limit = problem.max_suppressed_rows;
    let mut binds = vec![false; problem.models.len()];
    let mut workspace = Workspace::default();
    for column in (0..node.len()).filter(|&c| node[c] > problem.lattice.finest()[c]) {
        let mut finer = node.to_vec();
        finer[column] -= 1;
        let mapping = Mapping::new(&problem.layout, &problem.steps, &vec![0; node.len()], &finer);
        let histogram = problem.base.roll_up(&Arc::new(mapping), &mut workspace);
        let breaking = rows_breaking(problem, &histogram);
        let suppressed = problem.judge(&histogram, &finer, u64::MAX).map_or(u64::MAX, |j| j.suppressed_rows);
        if suppressed <= limit {
            continue;
        }
        for (m, binds) in binds.iter_mut().enumerate() {
            let of_release = matches!(problem.models[m].scope(), Scope::Release { .. });
            *binds |= if of_release { breaking.any <= limit } else { breaking.others[m] <= limit };
        }
    }
    problem.models.iter().zip(binds).filter(|(_, binds)| *binds).map(|(m, _)| m.name()).collect()
}

/// Released classes that have exactly as much as some model asks for.
fn just_valid<K: PackedKey>(problem: &Problem<'_, K>, histogram: &Histogram<K>, holds: &[bool]) -> u64 {
    let counts = &histogram.counts;
    let mut room = Vec::new();
    let mut is_just_valid = |class: usize| {
        let rows = u64::from(counts.rows[class]);
        let persons = counts.persons.as_ref().map_or(rows, |p| p.of(class));
        problem.models.iter().enumerate().any(|(m, model)| match model.guarantee() {
            Some(Guarantee::KAnonymity { k } | Guarantee::PersonK { k }) => persons == k,
            Some(Guarantee::KMap { k }) => counts.population.get(class).is_some_and(|&p| u64::from(p) == k),
            Some(Guarantee::DistinctLDiversity { l, .. }) => {
                problem.known_values(counts, class, m, &mut room) == l
            }
            _ => false,
        })
    };
    num::count((0..holds.len()).filter(|&class| holds[class] && is_just_valid(class)).count())
}
