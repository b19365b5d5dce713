//! Exact search: best-first branch and bound with predictive tagging.
//!
//! Every node's score is at least its own score without suppression, and that bound grows towards coarser
//! nodes. So nodes are taken in order of their bound, until the bound reaches the best score found. When
//! the models are monotone, a node that must suppress too much rules out every finer one: from the node at
//! hand a path is climbed greedily to the last node whose bound is still worth it, and the feasible border on
//! that path is found by bisection, which rules out many nodes per check.
//!
//! Sources: \[KPE+12\] Kohlmayer, Prasser, Eckert, Kemper, Kuhn, *Flash: efficient, stable and optimal
//! k-anonymity*, PASSAT 2012 (paths, predictive tagging); Land, Doig, Econometrica 28, 1960 (branch and bound).
//! The twin in the tests looks at every node.

use crate::kanon::{
    class::{Histogram, PackedKey},
    search::{Found, Problem},
};

/// The node with the least score of all that suppress at most the allowed rows; of equal scores the one
/// found first, which depends on nothing but the problem. None if no node is feasible.
pub(crate) fn optimal<K: PackedKey>(problem: &Problem<'_, K>) -> Option<Found> {
    let bounds: Vec<f64> = (0..problem.lattice.len())
        .map(|n| problem.costs.lower_bound(problem.metric, &problem.lattice.levels(n)))
        .collect();
    let mut order: Vec<usize> = (0..problem.lattice.len()).collect();
    // Coarser nodes have larger numbers, so equal bounds (class-size metrics) go from fine to coarse.
    order.sort_by(|&a, &b| bounds[a].total_cmp(&bounds[b]).then(a.cmp(&b)));

    let mut state = State {
        problem,
        bounds,
        tags: vec![0; order.len()],
        best: None,
        snapshots: Snapshots::new(problem),
        checked: 0,
    };
    let monotone = problem.is_monotone();
    for node in order {
        if !state.worth(node) {
            // Bounds only grow from here on; for class-size metrics they are all zero and tags decide.
            continue;
        }
        if monotone {
            state.bisect(node)
        } else {
            state.check(node);
        }
    }
    let (node, _) = state.best?;
    Some(Found { node: problem.lattice.levels(node), nodes_checked: state.checked })
}

struct State<'a, 'p, K> {
    problem: &'a Problem<'p, K>,
    bounds: Vec<f64>,
    tags: Vec<u8>,
    best: Option<(usize, f64)>,
    snapshots: Snapshots<K>,
    checked: u64,
}

/// The node was looked at.
const CHECKED: u8 = 1;
/// It suppresses too much, and so does every finer node.
const INFEASIBLE: u8 = 2;
/// It scores no better than the best, and neither does any coarser node.
const HOPELESS: u8 = 4;

impl<K: PackedKey> State<'_, '_, K> {
    /// Whether `node` may still be the optimum, for all that is known.
    fn worth(&self, node: usize) -> bool {
        self.tags[node] == 0 && self.may_improve(self.bounds[node])
    }

    /// The margin keeps a bound that was rounded up from hiding an optimum; it costs a few checks.
    fn may_improve(&self, bound: f64) -> bool {
        self.best.is_none_or(|(_, score)| bound - bound.abs() * 1e-12 < score)
    }

    /// Settles `node` and, on the way, the feasible border of a path above it.
    fn bisect(&mut self, node: usize) {
        let mut path = vec![node];
        let mut last = node;
        loop {
            let next = self
                .problem
                .lattice
                .successors(last)
                .filter(|&s| self.may_improve(self.bounds[s]) && self.tags[s] & HOPELESS == 0)
                .min_by(|&a, &b| self.bounds[a].total_cmp(&self.bounds[b]).then(a.cmp(&b)));
            match next {
                Some(next) => path.push(next),
                None => break,
            }
            last = path[path.len() - 1];
        }
        let (mut low, mut high) = (0, path.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.is_feasible(path[middle]) { high = middle } else { low = middle + 1 }
        }
    }

    fn is_feasible(&mut self, node: usize) -> bool {
        if self.tags[node] & INFEASIBLE != 0 {
            return false;
        }
        if self.tags[node] & CHECKED != 0 {
            return true;
        }
        self.check(node)
    }

    /// Looks at `node`: whether it is feasible, and whether it is the best so far.
    fn check(&mut self, node: usize) -> bool {
        self.checked += 1;
        self.tags[node] |= CHECKED;
        let levels = self.problem.lattice.levels(node);
        let histogram = self.snapshots.classes(self.problem, &levels);
        let (kept, judged) = self.problem.kept(&histogram, &levels);
        let of_classes = self.problem.costs.lower_bound_of_classes(self.problem.metric, &histogram.rows);
        self.snapshots.offer(levels.clone(), histogram);

        let feasible = judged.is_allowed && kept.suppressed_rows <= self.problem.max_suppressed_rows;
        if feasible {
            let score = self.problem.costs.score(self.problem.metric, &levels, &kept);
            if self.best.is_none_or(|(_, best)| score < best) {
                self.best = Some((node, score));
            }
        }
        if judged.lost_rows > self.problem.max_suppressed_rows {
            self.tag(node, INFEASIBLE, |lattice, n| lattice.predecessors(n).collect());
        }
        if of_classes.is_some_and(|bound| !self.may_improve(bound)) {
            self.tag(node, HOPELESS, |lattice, n| lattice.successors(n).collect());
        }
        feasible
    }

    /// Tags `node` and everything beyond it. A tagged node's own beyond is tagged already.
    fn tag(
        &mut self,
        node: usize,
        tag: u8,
        beyond: impl Fn(&crate::kanon::lattice::Lattice, usize) -> Vec<usize>,
    ) {
        let mut open = vec![node];
        self.tags[node] |= tag;
        while let Some(node) = open.pop() {
            for next in beyond(&self.problem.lattice, node) {
                if self.tags[next] & tag == 0 {
                    self.tags[next] |= tag;
                    open.push(next);
                }
            }
        }
    }
}

/// Classes of nodes already seen, to start the next roll-up from the smallest that is fine enough.
struct Snapshots<K> {
    kept: Vec<(Vec<usize>, Histogram<K>)>,
    entries_left: usize,
}

impl<K: PackedKey> Snapshots<K> {
    fn new(problem: &Problem<'_, K>) -> Self {
        Snapshots { kept: vec![(problem.bottom(), problem.base.clone())], entries_left: MAX_SNAPSHOT_ENTRIES }
    }

    fn source(&self, node: &[usize]) -> &(Vec<usize>, Histogram<K>) {
        self.kept
            .iter()
            .filter(|(levels, _)| levels.iter().zip(node).all(|(a, b)| a <= b))
            .min_by_key(|(_, histogram)| histogram.entries())
            .expect("the finest node comes first and is fine enough for all")
    }

    fn classes(&self, problem: &Problem<'_, K>, node: &[usize]) -> Histogram<K> {
        let (levels, histogram) = self.source(node);
        problem.roll_up(histogram, levels, node).0
    }

    /// Keeps `histogram` if it is much smaller than what the node would be made from otherwise.
    fn offer(&mut self, node: Vec<usize>, histogram: Histogram<K>) {
        let entries = histogram.entries();
        if entries <= self.entries_left && entries * 3 <= self.source(&node).1.entries() * 2 {
            self.entries_left -= entries;
            self.kept.push((node, histogram));
        }
    }
}

/// Snapshots take at most this many classes and counts together: about 200 MiB.
const MAX_SNAPSHOT_ENTRIES: usize = 1 << 23;
