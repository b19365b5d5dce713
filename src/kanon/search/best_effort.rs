//! Search with a limit, in a lattice of any size: a good node, and how far it may be from the best.
//!
//! Two searches take turns and share what they learn.
//!
//! * *From below*, best first, for the bound. A node that is ruled out by a coarser one z is left by jumps: every node
//!   above it that is not ruled out as well is coarser than z in some column, so one successor for each column is
//!   enough, however large the lattice is (conflicts as cuts: implicit hitting sets, Chandrasekaran, Karp,
//!   Moreno-Centeno, Vempala, SODA 2011). The smallest bound still open is below every score.
//! * *Around the best node*, for the score: one level finer or coarser in one column, then finer in one and coarser in
//!   another, as long as something improves.
//!
//! Given a number of looks, the result depends on nothing else. When nothing is open before, the node is the optimum.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    time::{Duration, Instant},
};

use super::{
    Found, Problem,
    optimal::{Ordered, merged_bound},
    packed::{Packed, Packing},
    snapshots::Snapshots,
};
use crate::kanon::{
    class::{PackedKey, Workspace},
    quality::{Costs, Metric, Sums},
};

/// The best node found within `max_steps` looks and `time_limit`; none if no node was feasible.
pub(crate) fn best_effort<K: PackedKey>(
    problem: &Problem<'_, K>,
    max_steps: Option<u64>,
    time_limit: Option<Duration>,
) -> Option<Found> {
    let mut search = BestEffort::new(problem, max_steps, time_limit);
    search.start();
    // Each gets half of the looks.
    let mut below = 0;
    while !search.is_out_of_time() && !search.open.is_empty() {
        let before = search.checked;
        if below <= search.checked / 2 {
            search.step_from_below();
            below += search.checked - before;
        } else {
            search.improve();
            if search.checked == before {
                search.step_from_below();
                below += search.checked - before;
            }
        }
    }
    let (score, node) = search.best.clone()?;
    let lower_bound = search.lower_bound().min(search.least).min(score);
    Some(Found {
        node,
        nodes_checked: search.checked,
        lower_bound,
        is_optimal: search.is_complete && !search.may_improve(search.lower_bound()),
    })
}

struct BestEffort<'a, 'p, K> {
    problem: &'a Problem<'p, K>,
    snapshots: Snapshots<K>,
    workspace: Workspace,
    packing: Packing,
    additive: Vec<Vec<f64>>,
    path_costs: Vec<Vec<f64>>,
    /// What was learnt of nodes that were looked at.
    known: HashMap<Packed, Looked>,
    /// Nodes that lose too much, and so do all finer ones; none of them below another.
    infeasible: Vec<Packed>,
    /// Nodes that lose few enough rows, most rows first.
    losing: Vec<(u64, Packed)>,
    /// Nodes above which an optimum may still be, by what they cost at least.
    open: BinaryHeap<Reverse<(Ordered, Packed)>>,
    seen: HashSet<Packed>,
    /// Neighbors of the best node that were tried.
    tried: HashSet<Packed>,
    best: Option<(f64, Vec<usize>)>,
    /// What no node that was scored costs less than ([`Problem::least_score`]).
    least: f64,
    checked: u64,
    steps: u64,
    deadline: Option<Instant>,
    /// Whether nothing had to be forgotten.
    is_complete: bool,
    /// The least bound of what was forgotten.
    forgotten: f64,
}

/// What is known of a node.
#[derive(Clone, Copy)]
struct Looked {
    /// Rows that it and every finer one lose; none if they are too many.
    lost: Option<u64>,
    /// By the measures of class sizes: what it and every coarser one cost at least.
    merged: f64,
}

impl<'a, 'p, K: PackedKey> BestEffort<'a, 'p, K> {
    fn new(problem: &'a Problem<'p, K>, max_steps: Option<u64>, time_limit: Option<Duration>) -> Self {
        BestEffort {
            problem,
            snapshots: Snapshots::new(problem, problem.base.clone()),
            workspace: Workspace::default(),
            packing: Packing::new(problem.lattice.coarsest()),
            additive: problem.costs.additive(problem.metric),
            path_costs: problem.costs.additive(Metric::Loss),
            known: HashMap::new(),
            infeasible: Vec::new(),
            losing: Vec::new(),
            open: BinaryHeap::new(),
            seen: HashSet::new(),
            tried: HashSet::new(),
            best: None,
            least: f64::INFINITY,
            checked: 0,
            steps: max_steps.unwrap_or(u64::MAX),
            deadline: time_limit.map(|limit| Instant::now() + limit),
            is_complete: true,
            forgotten: f64::INFINITY,
        }
    }

    /// The finest node, and a first feasible one: the coarsest, and the finest on the cheapest path to it.
    fn start(&mut self) {
        let finest = self.problem.lattice.finest().to_vec();
        let coarsest = self.problem.lattice.coarsest().to_vec();
        self.push(&finest, 0.0);
        self.look(&coarsest);
        self.bisect(&finest);
    }

    fn is_out_of_time(&self) -> bool {
        self.checked >= self.steps || self.deadline.is_some_and(|d| Instant::now() >= d)
    }

    fn may_improve(&self, bound: f64) -> bool {
        self.best.as_ref().is_none_or(|(score, _)| bound - bound.abs() * 1e-12 < *score)
    }

    /// What no node scores below.
    fn lower_bound(&self) -> f64 {
        let open = self.open.peek().map_or(f64::INFINITY, |Reverse((bound, _))| bound.0);
        open.min(self.forgotten)
    }

    /// Takes the open node with the least bound, and replaces it by what is left above it.
    fn step_from_below(&mut self) {
        let Some(Reverse((bound, packed))) = self.open.pop() else { return };
        if !self.may_improve(bound.0) {
            // So it is for all others.
            self.open.clear();
            return;
        }
        let node = self.packing.unpack(&packed);
        let ruled_out_by = self.ruled_out_by(&node, &packed).or_else(|| self.bisect(&node));
        let bound = self.known.get(&packed).map_or(bound.0, |looked| bound.0.max(looked.merged));
        match ruled_out_by {
            Some(coarser) => {
                // Coarser than that in some column.
                for column in 0..node.len() {
                    if coarser[column] < self.problem.lattice.coarsest()[column] {
                        let mut next = node.clone();
                        next[column] = coarser[column] + 1;
                        self.push(&next, bound);
                    }
                }
            }
            // It was looked at, and may be released; coarser ones may suppress less.
            None => {
                for column in 0..node.len() {
                    if node[column] < self.problem.lattice.coarsest()[column] {
                        let mut next = node.clone();
                        next[column] += 1;
                        self.push(&next, bound);
                    }
                }
            }
        }
    }

    /// Opens `node`, which costs at least `bound`.
    fn push(&mut self, node: &[usize], bound: f64) {
        let packed = self.packing.pack(node);
        let bound = self.static_bound(node).max(bound);
        if !self.may_improve(bound) || !self.seen.insert(packed.clone()) {
            return;
        }
        if self.open.len() >= MAX_OPEN {
            self.is_complete = false;
            self.forgotten = self.forgotten.min(bound);
            return;
        }
        self.open.push(Reverse((Ordered(bound), packed)));
    }

    fn static_bound(&self, node: &[usize]) -> f64 {
        if self.problem.metric.is_of_class_sizes() {
            return 0.0;
        }
        let sum = self.additive.iter().zip(node).map(|(costs, &level)| costs[level]).sum();
        Costs::of_sum(self.problem.metric, sum)
    }

    /// A node that rules out `node` and all between them, as far as is known.
    fn ruled_out_by(&self, node: &[usize], packed: &Packed) -> Option<Vec<usize>> {
        if let Some(coarser) = self.infeasible.iter().find(|z| self.packing.is_below(packed, z)) {
            return Some(self.packing.unpack(coarser));
        }
        let mut losing = self.losing.iter().filter(|(_, z)| self.packing.is_below(packed, z));
        let too_much = losing.find(|(lost, _)| !self.may_improve(self.bound(node, *lost)));
        too_much.map(|(_, z)| self.packing.unpack(z))
    }

    fn bound(&self, node: &[usize], lost: u64) -> f64 {
        match self.problem.metric {
            metric if metric.is_of_class_sizes() => 0.0,
            metric => self.problem.costs.lower_bound(metric, node, lost),
        }
    }

    /// Climbs from `node` to the coarsest node on the path that rules it out, by bisection; none if it may be released.
    fn bisect(&mut self, node: &[usize]) -> Option<Vec<usize>> {
        let path = self.path(node);
        let (mut low, mut high) = (0, path.len());
        while low < high {
            if self.is_out_of_time() {
                // Not settled: it stays open.
                self.forgotten = self.forgotten.min(self.static_bound(node));
                break;
            }
            let middle = low.midpoint(high);
            let looked = self.look(&path[middle]);
            let rules_out = looked.lost.is_none_or(|lost| !self.may_improve(self.bound(node, lost)));
            if rules_out { low = middle + 1 } else { high = middle }
        }
        low.checked_sub(1).map(|last| path[last].clone())
    }

    fn path(&self, node: &[usize]) -> Vec<Vec<usize>> {
        let (costs, coarsest) = (&self.path_costs, self.problem.lattice.coarsest());
        let mut path = vec![node.to_vec()];
        let mut levels = node.to_vec();
        loop {
            let next = (0..levels.len())
                .filter(|&c| levels[c] < coarsest[c])
                .map(|c| (c, costs[c][levels[c] + 1] - costs[c][levels[c]]))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let Some((column, _)) = next else { return path };
            levels[column] += 1;
            path.push(levels.clone());
        }
    }

    /// Looks at `node`, unless it was looked at before.
    fn look(&mut self, node: &[usize]) -> Looked {
        let packed = self.packing.pack(node);
        if let Some(&looked) = self.known.get(&packed) {
            return looked;
        }
        if self.infeasible.iter().any(|z| self.packing.is_below(&packed, z)) {
            return Looked { lost: None, merged: 0.0 };
        }
        self.checked += 1;
        let problem = self.problem;
        let source = self.snapshots.source(node);
        let made_from = source.histogram.entries();
        let histogram = problem.roll_up(&source.histogram, &source.levels, node, &mut self.workspace);
        let judged = problem.judge(&histogram, node, problem.max_suppressed_rows);
        let merged = if problem.metric.is_of_class_sizes() { merged_bound(problem, &histogram) } else { 0.0 };
        let lost = judged.as_ref().map(|j| j.lost_rows);
        match &judged {
            None => {
                self.infeasible.retain(|z| !self.packing.is_below(z, &packed));
                self.infeasible.push(packed.clone());
            }
            Some(judged) => {
                let at = self.losing.partition_point(|(other, _)| *other >= judged.lost_rows);
                self.losing.insert(at, (judged.lost_rows, packed.clone()));
                let suppressed = judged.suppressed_rows;
                if judged.is_allowed
                    && suppressed <= problem.max_suppressed_rows
                    && self.may_improve(self.bound(node, suppressed))
                {
                    let sums = Sums::Of(problem.metric);
                    let kept = problem.costs.kept(node, &problem.layout, &histogram, &judged.holds, sums);
                    let score = problem.costs.score(problem.metric, node, &kept);
                    self.least = self.least.min(problem.least_score(node, suppressed, score));
                    if self.best.as_ref().is_none_or(|(best, _)| score < *best) {
                        self.best = Some((score, node.to_vec()));
                        self.tried.clear();
                    }
                }
            }
        }
        self.snapshots.offer(node, histogram, made_from);
        let looked = Looked { lost, merged };
        self.known.insert(packed, looked);
        looked
    }

    /// Looks at neighbors of the best node until one is better, or all were looked at.
    fn improve(&mut self) {
        let Some((_, center)) = self.best.clone() else { return };
        let lattice = &self.problem.lattice;
        let (finest, coarsest) = (lattice.finest().to_vec(), lattice.coarsest().to_vec());
        let step = |node: &[usize], column: usize, up: bool| {
            let mut next = node.to_vec();
            let level = next[column];
            match up {
                true if level < coarsest[column] => next[column] += 1,
                false if level > finest[column] => next[column] -= 1,
                _ => return None,
            }
            Some(next)
        };
        let columns = 0..center.len();
        let mut near: Vec<Vec<usize>> = columns
            .clone()
            .flat_map(|c| [step(&center, c, false), step(&center, c, true)])
            .flatten()
            .collect();
        self.sort_by_bound(&mut near);
        if self.try_all(near) {
            return;
        }
        let mut further: Vec<Vec<usize>> = columns
            .clone()
            .flat_map(|finer| columns.clone().map(move |coarser| (finer, coarser)))
            .filter(|(finer, coarser)| finer != coarser)
            .filter_map(|(finer, coarser)| step(&step(&center, finer, false)?, coarser, true))
            .collect();
        // Finer in one column and two levels coarser in another, or the other way round, comes last.
        let more: Vec<Vec<usize>> = further
            .iter()
            .flat_map(|node| columns.clone().map(move |c| (node.clone(), c)))
            .filter_map(|(node, c)| step(&node, c, false))
            .collect();
        self.sort_by_bound(&mut further);
        if self.try_all(further) {
            return;
        }
        let mut more = more;
        self.sort_by_bound(&mut more);
        self.try_all(more);
    }

    fn sort_by_bound(&self, nodes: &mut Vec<Vec<usize>>) {
        nodes.sort_by(|a, b| self.path_cost(b).total_cmp(&self.path_cost(a)).then_with(|| a.cmp(b)));
        nodes.dedup();
    }

    fn path_cost(&self, node: &[usize]) -> f64 {
        self.path_costs.iter().zip(node).map(|(costs, &level)| costs[level]).sum()
    }

    /// Looks at `nodes` in turn; whether one is better than the best.
    fn try_all(&mut self, nodes: Vec<Vec<usize>>) -> bool {
        for node in nodes {
            if self.is_out_of_time() {
                return true;
            }
            let packed = self.packing.pack(&node);
            if self.tried.contains(&packed)
                || self.known.contains_key(&packed)
                || self.ruled_out_by(&node, &packed).is_some()
                || !self.may_improve(self.static_bound(&node))
            {
                continue;
            }
            let before = self.best.as_ref().map(|b| b.0);
            self.look(&node);
            if self.best.as_ref().map(|b| b.0) != before {
                return true;
            }
            self.tried.insert(packed);
        }
        false
    }
}

/// Open nodes take at most some hundred megabytes.
const MAX_OPEN: usize = 1 << 21;
