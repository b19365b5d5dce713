//! One search problem: classes at any node, which of them hold, what it costs.

use crate::kanon::{
    class::{Histogram, Layout, Mapping, PackedKey, Steps},
    hierarchy::Levels,
    lattice::Lattice,
    model::{Counts, Monotonicity, PrivacyModel, Whole},
    quality::{Costs, Kept, Metric},
    search::holds::Judged,
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
    /// The columns of the lists of [`Histogram::counted`].
    pub(crate) counted: Vec<CountedColumn>,
    /// For each model, which of them it looks at.
    pub(crate) counted_by_model: Vec<Option<usize>>,
}

/// A column whose values are counted in each class.
pub(crate) struct CountedColumn {
    /// Its distribution in all rows.
    pub(crate) whole: Whole,
    /// Where a person has several rows, pairs of a value and a person are counted: the value of each pair.
    pub(crate) value_of_pair: Option<Vec<u32>>,
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

    /// Whether coarser nodes never suppress more rows.
    pub(crate) fn is_monotone(&self) -> bool {
        self.models.iter().all(|m| {
            m.monotonicity() == Monotonicity::Upward && m.counts() != Counts::Population { everywhere: true }
        })
    }

    /// What is kept of the classes of `node`, and what the models say of them.
    pub(crate) fn kept(&self, histogram: &Histogram<K>, node: &[usize]) -> (Kept, Judged) {
        let judged = self.judge(histogram, node);
        let kept = self.costs.kept(node, self.layout.fields(), histogram, &judged.holds);
        (kept, judged)
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
        self.kept(&histogram, &top).0.suppressed_rows
    }
}
