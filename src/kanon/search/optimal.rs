//! Exact search: best-first branch and bound with predictive tagging.
//!
//! Nodes are taken in the order of what they cost at least: by the measures of columns, the cost without suppression, which
//! grows towards coarser nodes; by those of class sizes, from fine to coarse. What rules nodes out:
//!
//! * *Too much is lost* (predictive tagging): if a node loses more rows for certain than may be suppressed, so does every
//!   finer one. Rows lost for certain are all rows of failing classes when the models are monotone, else what no division of
//!   the classes can keep ([`PrivacyModel::lost_rows`](crate::kanon::model::PrivacyModel::lost_rows)).
//! * *It costs too much with what is lost*: a node suppresses at least what any coarser one loses for certain, and that
//!   many rows cost at least as much as the cheapest ones ([`Costs::lower_bound`](crate::kanon::quality::Costs)).
//! * *It costs too much for what it merges*, by the measures of class sizes: a class of a coarser node is a union of classes
//!   of the finer one ([`merged_bound`]).
//!
//! From the node at hand a path is climbed, and the coarsest node on it that rules the first one out is found by bisection:
//! that one rules out most others as well. Several such searches go on at the same time, on as many threads as there are;
//! what they saw is taken in in the order of the nodes, so that nothing depends on the threads.
//!
//! Sources: \[KPE+12\] Kohlmayer, Prasser, Eckert, Kemper, Kuhn, *Flash: efficient, stable and optimal
//! k-anonymity*, PASSAT 2012 (paths, predictive tagging); Land, Doig, Econometrica 28, 1960 (branch and bound).
//! The twin in the tests looks at every node.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    Found, Problem,
    holds::Judged,
    packed::{Packed, Packing},
    snapshots::Snapshots,
};
use crate::{
    kanon::{
        class::{Histogram, PackedKey, Workspace, parallel},
        quality::{Costs, Metric, Sums},
    },
    num,
};

/// The node with the least score of all that suppress at most the allowed rows; of equal scores the one
/// with the smallest number. None if no node is feasible.
pub(crate) fn optimal<K: PackedKey>(problem: &Problem<'_, K>) -> Option<Found> {
    let mut state = State::new(problem);
    let mut frontier = Frontier::new(problem);
    let at_once = if problem.base.entries() < WORTH_THREADS { 1 } else { AT_ONCE };
    loop {
        let mut searches = Vec::with_capacity(at_once);
        while searches.len() < at_once
            && let Some((bound, node)) = frontier.next(|bound| state.may_improve(bound))
            && state.may_improve(bound)
        {
            searches.extend(state.open(node));
        }
        if searches.is_empty() {
            break;
        }
        state.settle(searches);
    }
    let (score, node) = state.best?;
    Some(Found {
        node: problem.lattice.levels(node),
        nodes_checked: state.checked,
        lower_bound: state.least.min(score),
        is_optimal: true,
    })
}

struct State<'a, 'p, K> {
    problem: &'a Problem<'p, K>,
    snapshots: Snapshots<K>,
    /// Those that no thread uses: there are as many as threads that looked at the same time.
    workspaces: Mutex<Vec<Workspace>>,
    packing: Packing,
    /// What each column costs at each level.
    path_costs: Vec<Vec<f64>>,
    tags: Vec<u8>,
    /// By the measures of class sizes: what each node costs at least, as far as is known.
    merged: Vec<f64>,
    /// Nodes that were looked at and lose few enough rows, most rows first.
    losing: Vec<(u64, Packed)>,
    best: Option<(f64, usize)>,
    /// What no node that was scored costs less than ([`Problem::least_score`]).
    least: f64,
    checked: u64,
}

/// The search on a path for the coarsest node that rules the first one out: all below `low` do, all from `high` on do not.
struct Bisection {
    path: Vec<usize>,
    /// The levels of the first.
    levels: Vec<usize>,
    low: usize,
    high: usize,
}

/// Rows that a node loses for certain.
enum Known {
    Nothing,
    TooMany,
    Lost(u64),
}

/// What is seen of a node.
struct Seen<K> {
    node: usize,
    levels: Vec<usize>,
    /// Its classes, if they are worth to be kept.
    histogram: Option<Histogram<K>>,
    /// By the measures of class sizes, what it costs at least.
    merged: f64,
    /// Rows that it loses for certain; none if they are too many.
    lost_rows: Option<u64>,
    /// Its score, and what it costs at least; none if it is not feasible, or surely not the best.
    score: Option<(f64, f64)>,
}

/// The node was looked at.
const CHECKED: u8 = 1;
/// It loses too many rows, and so does every finer node.
const INFEASIBLE: u8 = 2;

impl<'a, 'p, K: PackedKey> State<'a, 'p, K> {
    fn new(problem: &'a Problem<'p, K>) -> Self {
        let nodes = problem.lattice.len().expect("the lattice is numbered");
        State {
            problem,
            snapshots: Snapshots::new(problem, problem.base.clone()),
            workspaces: Mutex::default(),
            packing: Packing::new(problem.lattice.coarsest()),
            path_costs: problem.costs.additive(PATH_METRIC),
            tags: vec![0; nodes],
            merged: vec![0.0; if problem.metric.is_of_class_sizes() { nodes } else { 0 }],
            losing: Vec::new(),
            best: None,
            least: f64::INFINITY,
            checked: 0,
        }
    }

    /// The margin keeps a bound that was rounded up from hiding an optimum; it costs a few checks.
    fn may_improve(&self, bound: f64) -> bool {
        self.best.is_none_or(|(score, _)| bound - bound.abs() * 1e-12 <= score)
    }

    /// The search for what rules `node` out; none if that is known.
    fn open(&mut self, node: usize) -> Option<Bisection> {
        if !self.merged.is_empty() {
            let finer = self.problem.lattice.finer(node).map(|n| self.merged[n]);
            self.merged[node] = finer.fold(self.merged[node], f64::max);
        }
        if self.tags[node] != 0 {
            return None;
        }
        let levels = self.problem.lattice.levels(node);
        if !self.may_improve(self.bound(node, &levels, self.known_loss(&levels))) {
            return None;
        }
        let path = self.path(node, &levels);
        Some(Bisection { low: 0, high: path.len(), path, levels })
    }

    /// Looks at nodes until each search has found that its first node is ruled out, or what that scores.
    ///
    /// The next node of every search is looked at at once, then all that was seen is taken in, in their order.
    fn settle(&mut self, mut searches: Vec<Bisection>) {
        loop {
            let mut nodes: Vec<usize> = searches.iter_mut().filter_map(|s| self.next_look(s)).collect();
            nodes.sort_unstable();
            nodes.dedup();
            if nodes.is_empty() {
                break;
            }
            let seen = parallel::map(nodes, |node| self.look(node));
            seen.into_iter().for_each(|seen| self.take_in(seen));
        }
    }

    /// Goes on with `search` as far as it is known what nodes lose; the node that is to be looked at next.
    fn next_look(&self, search: &mut Bisection) -> Option<usize> {
        let first = search.path[0];
        while search.low < search.high {
            let middle = search.low.midpoint(search.high);
            let node = search.path[middle];
            let rules_out = match self.lost_rows(node) {
                Known::TooMany => true,
                Known::Lost(lost) => !self.may_improve(self.bound(first, &search.levels, lost)),
                Known::Nothing => {
                    // What rules the first one out is looked for in vain if another search has ruled it out.
                    let lost = self.known_loss(&search.levels);
                    let is_open =
                        self.tags[first] == 0 && self.may_improve(self.bound(first, &search.levels, lost));
                    return (search.low > 0 || is_open).then_some(node);
                }
            };
            if rules_out { search.low = middle + 1 } else { search.high = middle }
        }
        None
    }

    /// Coarser and coarser nodes from `node` on, by the column that costs least to generalize.
    fn path(&self, node: usize, levels: &[usize]) -> Vec<usize> {
        let (lattice, costs) = (&self.problem.lattice, &self.path_costs);
        let mut levels = levels.to_vec();
        let mut path = vec![node];
        loop {
            let next = (0..levels.len())
                .filter(|&c| levels[c] < lattice.coarsest()[c])
                .map(|c| (c, costs[c][levels[c] + 1] - costs[c][levels[c]]))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let Some((column, _)) = next else { return path };
            levels[column] += 1;
            path.push(path[path.len() - 1] + lattice.stride(column));
        }
    }

    /// What `node` costs at least if it loses `lost` rows.
    fn bound(&self, node: usize, levels: &[usize], lost: u64) -> f64 {
        let problem = self.problem;
        match problem.metric {
            Metric::Discernibility => {
                // A suppressed row is in a class that is too small, for which k a row were counted, and costs n.
                let more = if problem.is_of_rows_alone() {
                    problem.costs.rows().saturating_sub(problem.least_rows())
                } else {
                    0
                };
                self.merged[node] + num::to_f64(lost) * num::to_f64(more)
            }
            Metric::AverageClassSize => {
                let n = problem.costs.rows();
                let classes = (n - lost) / problem.least_rows() + u64::from(problem.max_suppressed_rows > 0);
                self.merged[node].max(num::to_f64(n) / num::to_f64(classes.max(1)))
            }
            metric => problem.costs.lower_bound(metric, levels, lost),
        }
    }

    /// Rows that the node of these levels loses for certain, as far as is known.
    fn known_loss(&self, levels: &[usize]) -> u64 {
        let node = self.packing.pack(levels);
        let coarser = self.losing.iter().find(|(_, other)| self.packing.is_below(&node, other));
        coarser.map_or(0, |(lost, _)| *lost)
    }

    /// Rows that `node` loses for certain, if it was looked at or tagged.
    fn lost_rows(&self, node: usize) -> Known {
        if self.tags[node] & INFEASIBLE != 0 {
            return Known::TooMany;
        }
        if self.tags[node] & CHECKED == 0 {
            return Known::Nothing;
        }
        let packed = self.packing.pack(&self.problem.lattice.levels(node));
        let lost = self.losing.iter().find(|(_, other)| *other == packed);
        lost.map_or(Known::TooMany, |(lost, _)| Known::Lost(*lost))
    }

    /// Looks at `node`: what it loses, and what it scores if that may be the best so far.
    fn look(&self, node: usize) -> Seen<K> {
        let problem = self.problem;
        let levels = problem.lattice.levels(node);
        let source = self.snapshots.source(&levels);
        let made_from = source.histogram.entries();
        let mut workspace = self.idle_workspaces().pop().unwrap_or_default();
        let histogram = problem.roll_up(&source.histogram, &source.levels, &levels, &mut workspace);
        self.idle_workspaces().push(workspace);
        let judged = problem.judge(&histogram, &levels, problem.max_suppressed_rows);
        let of_class_sizes = problem.metric.is_of_class_sizes();
        let merged = if of_class_sizes { merged_bound(problem, &histogram) } else { 0.0 };
        let may_be_best = |judged: &Judged| {
            judged.is_allowed
                && judged.suppressed_rows <= problem.max_suppressed_rows
                && self.may_improve(self.bound(node, &levels, judged.suppressed_rows).max(merged))
        };
        let score = judged.as_ref().filter(|judged| may_be_best(judged)).map(|judged| {
            let sums = Sums::Of(problem.metric);
            let kept = problem.costs.kept(&levels, &problem.layout, &histogram, &judged.holds, sums);
            let score = problem.costs.score(problem.metric, &levels, &kept);
            (score, problem.least_score(&levels, judged.suppressed_rows, score))
        });
        let lost_rows = judged.map(|judged| judged.lost_rows);
        let histogram = self.snapshots.worth_keeping(histogram, made_from);
        Seen { node, levels, histogram, merged, lost_rows, score }
    }

    fn idle_workspaces(&self) -> MutexGuard<'_, Vec<Workspace>> {
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was seen of a node.
    fn take_in(&mut self, seen: Seen<K>) {
        let Seen { node, levels, histogram, merged, lost_rows, score } = seen;
        self.checked += 1;
        self.tags[node] |= CHECKED;
        if let Some(known) = self.merged.get_mut(node) {
            *known = known.max(merged);
        }
        if let Some((score, least)) = score {
            self.least = self.least.min(least);
            let better = |(best, at): (f64, usize)| score.total_cmp(&best).then(node.cmp(&at)).is_lt();
            if self.best.is_none_or(better) {
                self.best = Some((score, node));
            }
        }
        match lost_rows {
            None => self.tag_finer(node),
            Some(lost) => {
                let at = self.losing.partition_point(|(other, _)| *other >= lost);
                self.losing.insert(at, (lost, self.packing.pack(&levels)));
            }
        }
        if let Some(histogram) = histogram {
            self.snapshots.keep(&levels, histogram);
        }
    }

    /// Tags `node` and all finer ones as infeasible. A tagged node's finer ones are tagged already.
    fn tag_finer(&mut self, node: usize) {
        let mut open = vec![node];
        self.tags[node] |= INFEASIBLE;
        while let Some(node) = open.pop() {
            for next in self.problem.lattice.finer(node) {
                if self.tags[next] & INFEASIBLE == 0 {
                    self.tags[next] |= INFEASIBLE;
                    open.push(next);
                }
            }
        }
    }
}

/// What every node at or above that of `histogram` costs at least, by the measures of class sizes.
///
/// A kept class of it is a union of classes here. So a kept row shares its class with at least as many others as here,
/// and with k - 1 at least; and of the kept classes, those without a class of k rows or more here have at least k
/// of the other rows each.
pub(super) fn merged_bound<K: PackedKey>(problem: &Problem<'_, K>, histogram: &Histogram<K>) -> f64 {
    let k = problem.least_rows();
    let sizes = histogram.counts.rows.iter().map(|&r| u64::from(r)).filter(|&r| r > 0);
    if problem.metric == Metric::Discernibility {
        let cost: u128 = sizes.map(|c| u128::from(c) * u128::from(c.max(k))).sum();
        return crate::kanon::number::wide_to_f64(i128::try_from(cost).unwrap_or(i128::MAX));
    }
    let (mut large, mut rest) = (0, 0);
    for size in sizes {
        if size >= k { large += 1 } else { rest += size }
    }
    let classes = large + rest / k + u64::from(problem.max_suppressed_rows > 0);
    num::to_f64(problem.costs.rows()) / num::to_f64(classes.max(1))
}

/// Nodes in the order of what they cost at least without suppression, each once.
///
/// A node follows from the one that is finer in its last column that is not at its finest, so that no table of all nodes is
/// needed.
struct Frontier<'a, 'p, K> {
    problem: &'a Problem<'p, K>,
    /// What each column adds at each level.
    additive: Vec<Vec<f64>>,
    open: BinaryHeap<Reverse<(Ordered, usize, usize)>>,
}

impl<'a, 'p, K: PackedKey> Frontier<'a, 'p, K> {
    fn new(problem: &'a Problem<'p, K>) -> Self {
        let mut additive = problem.costs.additive(problem.metric);
        if problem.metric.is_of_class_sizes() {
            // From fine to coarse: the bound of a node follows from those of finer ones.
            for levels in &mut additive {
                (0u32..).zip(levels).for_each(|(level, cost)| *cost = f64::from(level));
            }
        }
        let bottom: f64 = additive.iter().zip(problem.lattice.finest()).map(|(c, &l)| c[l]).sum();
        Frontier { problem, additive, open: BinaryHeap::from([Reverse((Ordered(bottom), 0, 0))]) }
    }

    /// The next node, and what it costs at least, which is no less than before. Nodes that `may_improve` rules out by that
    /// are forgotten.
    fn next(&mut self, may_improve: impl Fn(f64) -> bool) -> Option<(f64, usize)> {
        let Reverse((Ordered(sum), node, column)) = self.open.pop()?;
        let lattice = &self.problem.lattice;
        for next_column in column..self.additive.len() {
            let level = lattice.level(node, next_column);
            if level == lattice.coarsest()[next_column] {
                continue;
            }
            let costs = &self.additive[next_column];
            let next = sum - costs[level] + costs[level + 1];
            if may_improve(self.bound(next)) {
                let node = node + lattice.stride(next_column);
                self.open.push(Reverse((Ordered(next), node, next_column)));
            }
        }
        Some((self.bound(sum), node))
    }

    fn bound(&self, sum: f64) -> f64 {
        let metric = self.problem.metric;
        // What the levels do not tell is below any score.
        if metric.is_of_class_sizes() { 0.0 } else { Costs::of_sum(metric, sum) }
    }
}

/// A number that is not NaN, in order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ordered(pub(super) f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// So many searches go on at the same time where that is worth it, whatever the number of threads. The more go on, the more
/// nodes are looked at that another search would have ruled out: on the Adult table 1 in 100, of few nodes up to 1 in 8.
const AT_ONCE: usize = 8;
/// With fewer classes and counts at the finest node, a look takes less than it takes to tell a thread of it.
const WORTH_THREADS: usize = 1 << 12;

/// What is climbed by: the column that costs least to generalize.
const PATH_METRIC: Metric = Metric::Loss;
