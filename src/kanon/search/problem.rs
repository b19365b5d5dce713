//! One search problem: classes at any node, which of them hold, what it costs.

use crate::kanon::{
    class::{Histogram, Layout, Mapping, PackedKey, Steps},
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
    pub(crate) layout: Layout,
    pub(crate) steps: Steps,
    pub(crate) levels: Vec<&'a Levels>,
    pub(crate) models: &'a [Box<dyn PrivacyModel>],
    /// For each model, which list of [`Histogram::counted`] it looks at.
    pub(crate) counted_by_model: Vec<Option<usize>>,
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
        histogram.roll_up(&Mapping::new(&self.layout, &self.steps, from, to))
    }

    /// Which classes meet all models.
    pub(crate) fn holds(&self, histogram: &Histogram<K>) -> Vec<bool> {
        (0..histogram.len()).map(|class| self.class_holds(histogram, class)).collect()
    }

    /// Whether `class` meets all models.
    pub(crate) fn class_holds(&self, histogram: &Histogram<K>, class: usize) -> bool {
        let rows = u64::from(histogram.rows[class]);
        let persons = histogram.persons.as_ref().map_or(rows, |p| p.of(class));
        self.models.iter().zip(&self.counted_by_model).all(|(model, counted)| {
            let values = counted.map_or(&[][..], |c| histogram.counted[c].of(class));
            model.holds(&Class::new(rows, persons, values))
        })
    }

    /// The part of the classes at `node` that a score needs.
    pub(crate) fn kept(&self, histogram: &Histogram<K>, node: &[usize]) -> Kept {
        self.costs.kept(node, self.layout.fields(), histogram, &self.holds(histogram))
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
}
