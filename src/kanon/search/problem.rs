//! One search problem: classes at any node, which of them hold, what it costs.

use std::sync::Arc;

use crate::kanon::{
    class::{Histogram, Layout, Mapping, PackedKey, Steps, Workspace},
    lattice::Lattice,
    model::{Guarantee, PrivacyModel, Scope, Whole},
    quality::{Costs, Metric},
};

/// Everything a search needs to know.
pub(crate) struct Problem<'a, K> {
    pub(crate) lattice: Lattice,
    /// Classes at level 0 of all columns.
    pub(crate) base: Arc<Histogram<K>>,
    pub(crate) costs: Costs,
    pub(crate) metric: Metric,
    pub(crate) max_suppressed_rows: u64,
    pub(crate) layout: Layout,
    pub(crate) steps: Steps,
    pub(crate) models: &'a [Box<dyn PrivacyModel>],
    /// The columns of the lists of [`Counts::counted`](crate::kanon::class::Counts::counted).
    pub(crate) counted: Vec<Arc<CountedColumn>>,
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
    /// No node scores lower than this.
    pub(crate) lower_bound: f64,
    /// Whether the node is known to score least.
    pub(crate) is_optimal: bool,
}

impl<K: PackedKey> Problem<'_, K> {
    /// The classes at `to`, from the classes at `from`.
    pub(crate) fn roll_up(
        &self,
        histogram: &Histogram<K>,
        from: &[usize],
        to: &[usize],
        workspace: &mut Workspace,
    ) -> Histogram<K> {
        histogram.roll_up(&Arc::new(Mapping::new(&self.layout, &self.steps, from, to)), workspace)
    }

    /// The classes at `node`.
    pub(crate) fn classes(&self, node: &[usize]) -> Histogram<K> {
        self.roll_up(&self.base, &vec![0; node.len()], node, &mut Workspace::default())
    }

    /// Classes of fewer rows fail some model whatever else is in them, and stay too small however they are divided. 1 if
    /// no model asks for rows alone.
    pub(crate) fn least_rows(&self) -> u64 {
        let of_model = |model: &dyn PrivacyModel| match model.guarantee() {
            Some(Guarantee::KAnonymity { k } | Guarantee::PersonK { k }) => k,
            Some(Guarantee::DistinctLDiversity { l, .. }) => l,
            _ => 1,
        };
        // Persons are at most as many as rows.
        self.models.iter().map(|m| of_model(m.as_ref())).max().unwrap_or(1)
    }

    /// What a node costs at least that suppresses so many rows, where a model lets either of two classes of one size go and
    /// costs are no sums over rows: then the one that goes may not be the one without which the rest costs least. Otherwise what
    /// it scores.
    pub(crate) fn least_score(&self, node: &[usize], suppressed: u64, score: f64) -> f64 {
        let mut scopes = self.models.iter().map(|model| model.scope());
        if self.metric == Metric::LossGeometric && scopes.any(|scope| matches!(scope, Scope::Release { .. }))
        {
            self.costs.lower_bound(self.metric, node, suppressed).min(score)
        } else {
            score
        }
    }

    /// Whether rows decide everything: k-anonymity alone, and no persons.
    pub(crate) fn is_of_rows_alone(&self) -> bool {
        self.base.counts.persons.is_none()
            && self.models.iter().all(|m| matches!(m.guarantee(), Some(Guarantee::KAnonymity { .. })))
    }
}
