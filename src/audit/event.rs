//! The event that tells two distributions apart.

use crate::num::to_f64;

/// A set of outcomes, in cells of their order.
#[allow(missing_debug_implementations, reason = "it holds outcomes, and nobody can name it")]
#[derive(Clone)]
pub struct Event<T> {
    /// The last outcome of each cell but the last.
    ends: Vec<T>,
    inside: Vec<bool>,
    /// Whether it is the right side that has more of it.
    pub(super) right: bool,
    /// What it scores by the half of the runs that it was not found by.
    pub(super) score: f64,
    /// How much likelier each cell is on the right, as a logarithm.
    weights: Vec<f64>,
}

impl<T: Ord + Clone> Event<T> {
    /// The event, among unions of cells by their likelihood ratio, for which `score` of its shares is largest.
    ///
    /// Cells hold one outcome each where there are few, else as many runs each. Sorted by how much likelier they are
    /// on one side, each front part of them is a candidate (\[NP33\] Neyman, Pearson: for each size, none tells the
    /// sides apart better); and so is everything below and everything above each cell: where sides differ by little,
    /// ratios of cells are mostly chance, and a shift is seen by these.
    ///
    /// Cells are sorted by one half of the runs, and scored by the other: where each has few runs, the same half would
    /// find its own chance again in every front part.
    pub(super) fn choose(left: &[T], right: &[T], score: &dyn Fn(f64, f64) -> f64) -> Self {
        let mut pooled: Vec<&T> = left.iter().chain(right).collect();
        pooled.sort_unstable();
        let mut ends: Vec<T> = Vec::new();
        let distinct = pooled.windows(2).filter(|pair| pair[0] != pair[1]).count() + 1;
        let step = if distinct <= CELLS { 1 } else { pooled.len().div_ceil(CELLS) };
        for outcome in pooled.iter().step_by(step) {
            if ends.last() != Some(*outcome) {
                ends.push((*outcome).clone());
            }
        }
        let count = |outcomes: &[T]| {
            let mut counts = vec![0u64; ends.len() + 1];
            outcomes.iter().for_each(|outcome| counts[cell(&ends, outcome)] += 1);
            counts
        };
        let ((sort_left, score_left), (sort_right, score_right)) =
            (left.split_at(left.len() / 2), right.split_at(right.len() / 2));
        let sorting = [count(sort_left), count(sort_right)];
        let counts = [count(score_left), count(score_right)];
        let runs = [score_left.len(), score_right.len()].map(|runs| to_f64(crate::num::count(runs)));
        let mut best = (f64::NEG_INFINITY, false, Vec::new());
        for (more, less) in [(0, 1), (1, 0)] {
            let upward: Vec<usize> = (0..=ends.len()).collect();
            let downward: Vec<usize> = upward.iter().rev().copied().collect();
            // One run more on both sides, so that an empty cell is no proof.
            let ratio = |i: &usize| (to_f64(sorting[more][*i]) + 1.0) / (to_f64(sorting[less][*i]) + 1.0);
            let mut likeliest = upward.clone();
            likeliest.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)));
            for order in [likeliest, upward, downward] {
                let (mut p, mut q) = (0u64, 0u64);
                for (size, &i) in order.iter().enumerate() {
                    p += counts[more][i];
                    q += counts[less][i];
                    let score = score(to_f64(p) / runs[more], to_f64(q) / runs[less]);
                    if score > best.0 {
                        best = (score, more == 1, order[..=size].to_vec());
                    }
                }
            }
        }
        let mut inside = vec![false; ends.len() + 1];
        best.2.iter().for_each(|&i| inside[i] = true);
        let weights = weights(&sorting);
        Event { ends, inside, right: best.1, score: best.0, weights }
    }

    pub(super) fn contains(&self, outcome: &T) -> bool {
        self.inside[cell(&self.ends, outcome)]
    }

    /// How much likelier outcomes as this one are on the right, as a logarithm, by the half that sorted the cells.
    pub(super) fn weight(&self, outcome: &T) -> f64 {
        self.weights[cell(&self.ends, outcome)]
    }
}

/// Of each cell, together with its neighbors where there are many: in one cell alone chance says more than the sides do.
fn weights(counts: &[Vec<u64>; 2]) -> Vec<f64> {
    let [left, right] = counts;
    let together = left.len().div_ceil(GROUPS);
    let of = |cells: &[u64]| to_f64(cells.iter().sum::<u64>()) + 1.0;
    let groups = left.chunks(together).zip(right.chunks(together));
    let logarithms = groups.flat_map(|(l, r)| std::iter::repeat_n((of(r) / of(l)).ln(), l.len()));
    logarithms.collect()
}

fn cell<T: Ord>(ends: &[T], outcome: &T) -> usize {
    ends.partition_point(|end| end < outcome)
}

/// Enough that a tail of 1 in 1,000 has a cell of its own.
const CELLS: usize = 1024;

/// So many weights at most: of 1,000 runs a side, each is off by a third or less.
const GROUPS: usize = 64;
