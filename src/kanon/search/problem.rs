//! One search problem: classes at any node, which of them hold, what it costs.

use crate::kanon::{
    class::{Field, Histogram, PackedKey},
    hierarchy::Levels,
    lattice::Lattice,
    model::{Class, Monotonicity, PrivacyModel},
    quality::{Costs, Kept, Metric},
};

/// Everything a search needs to know.
pub(crate) struct Problem<'a, K> {
    pub(crate) lattice: Lattice,
    pub(crate) base: Histogram<K>,
    pub(crate) costs: Costs,
    pub(crate) metric: Metric,
    pub(crate) max_suppressed_rows: u64,
    pub(crate) fields: Vec<Field>,
    pub(crate) levels: Vec<&'a Levels>,
    pub(crate) models: &'a [Box<dyn PrivacyModel>],
    /// For each model, which list of [`Histogram::counted`] it looks at.
    pub(crate) counted_by_model: Vec<Option<usize>>,
    /// Which list of [`Histogram::counted`] counts persons, if they are not the rows.
    pub(crate) persons: Option<usize>,
}

/// The result of a search.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) node: Vec<usize>,
    pub(crate) nodes_checked: u64,
}

impl<K: PackedKey> Problem<'_, K> {
    /// The classes at `to`, from the classes at `from`, and what each of those becomes.
    pub(crate) fn roll_up(
        &self,
        histogram: &Histogram<K>,
        from: &[usize],
        to: &[usize],
    ) -> (Histogram<K>, Vec<u32>) {
        let steps: Vec<Option<Vec<u32>>> = self
            .levels
            .iter()
            .zip(from.iter().zip(to))
            .map(|(l, (&a, &b))| (a != b).then(|| l.step(a, b)))
            .collect();
        let steps: Vec<_> = self.fields.iter().copied().zip(steps.iter().map(Option::as_deref)).collect();
        histogram.roll_up(&steps)
    }

    /// Which classes meet all models.
    pub(crate) fn holds(&self, histogram: &Histogram<K>) -> Vec<bool> {
        let classes = histogram.rows.len();
        let persons = self.persons.map(|p| histogram.counted[p].distinct(classes));
        let persons = persons.as_deref().unwrap_or(&histogram.rows);
        let mut holds = vec![true; classes];
        for (model, counted) in self.models.iter().zip(&self.counted_by_model) {
            let by_class = counted.map(|c| histogram.counted[c].by_class(classes));
            for (c, holds) in holds.iter_mut().enumerate().filter(|(_, h)| **h) {
                let values =
                    by_class.as_ref().map_or(&[][..], |(starts, entries)| &entries[starts[c]..starts[c + 1]]);
                let class = Class::new(u64::from(histogram.rows[c]), u64::from(persons[c]), values);
                *holds = model.holds(&class);
            }
        }
        holds
    }

    /// The part of the classes at `node` that a score needs.
    pub(crate) fn kept(&self, histogram: &Histogram<K>, node: &[usize]) -> Kept {
        self.costs.kept(node, &self.fields, histogram, &self.holds(histogram))
    }

    /// Whether coarser nodes never suppress more rows.
    pub(crate) fn is_monotone(&self) -> bool {
        self.models.iter().all(|m| m.monotonicity() == Monotonicity::Upward)
    }

    /// Levels of the finest node.
    pub(crate) fn bottom(&self) -> Vec<usize> {
        vec![0; self.levels.len()]
    }

    /// Levels of the coarsest node.
    pub(crate) fn top(&self) -> Vec<usize> {
        self.levels.iter().map(|l| l.height()).collect()
    }

    /// Rows suppressed at the coarsest node: the fewest of all nodes when the models are monotone.
    pub(crate) fn suppressed_at_top(&self) -> u64 {
        let top = self.top();
        let (histogram, _) = self.roll_up(&self.base, &self.bottom(), &top);
        self.kept(&histogram, &top).suppressed_rows
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> u64 {
        self.base.rows.iter().map(|&r| u64::from(r)).sum()
    }
}
