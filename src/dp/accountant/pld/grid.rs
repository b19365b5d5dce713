//! The cells of a composition, cut fine enough for a target.

use crate::{
    dp::accountant::pld::{
        cells::{Cells, Part, reach},
        composition::SMALL,
        measure::{Direction, Measure},
        pair::Pair,
        tilt::{Plan, Target, Term, of_weights},
    },
    num::{count, exponential::exp, to_f64},
};

/// The cells of the pairs of a composition, on one lattice.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    cells: Vec<Cells>,
    unit: f64,
    /// The widest cells to start with, in nats.
    wide: f64,
    /// No cell is narrower, in nats.
    narrowest: f64,
}

/// What the widths of one pair's cells add to ε: half of `1 + θ` times the variance that dividing their masses adds,
/// under the tilt θ, for the upper measure and as much again for the lower one.
struct Cost {
    direction: Direction,
    tilt: f64,
    count: f64,
    /// ln of the pair's moment-generating function at the tilt.
    value: f64,
}

impl Grid {
    pub(super) fn new(pairs: &[(Pair, u64)]) -> Self {
        let tail = outside(pairs);
        let longest =
            pairs.iter().map(|(pair, _)| reach(pair, tail)).map(|(low, high)| high - low).fold(0.0, f64::max);
        let wide = (longest / ROOTS).min(WIDEST).max(longest / ROOTS_MAX).max(f64::MIN_POSITIVE);
        let mut grid = Grid { cells: Vec::new(), unit: unit(pairs, tail), wide, narrowest: 0.0 };
        grid.start(pairs, 0.0);
        grid
    }

    /// Starts again with cells of at least `narrowest` nats, so that the lattice stays small.
    pub(super) fn start(&mut self, pairs: &[(Pair, u64)], narrowest: f64) {
        let tail = outside(pairs);
        self.narrowest = narrowest;
        self.cells =
            pairs.iter().map(|(pair, _)| Cells::new(pair, self.unit, self.wide, narrowest, tail)).collect();
    }

    /// Cuts cells until what they add to ε is below `goal (1 + ε)`, or there are too many.
    pub(super) fn refine(
        &mut self,
        pairs: &[(Pair, u64)],
        gaussian: f64,
        direction: Direction,
        target: Target,
        goal: f64,
    ) -> (Plan, Vec<Term>) {
        let (mut rounds, mut gap_before, mut fineness_before) = (0, f64::INFINITY, 0);
        loop {
            let terms = self.terms(pairs, direction, false);
            let plan = Plan::new(&terms, gaussian, target);
            let costs: Vec<Cost> = terms
                .iter()
                .map(|term| Cost {
                    direction,
                    tilt: plan.saddle,
                    count: to_f64(term.count),
                    value: of_weights(
                        &term.measure.edges,
                        &term.measure.upper,
                        term.measure.unit,
                        plan.saddle,
                    )
                    .value,
                })
                .collect();
            let number: usize = self.cells.iter().map(|cells| cells.parts().len()).sum();
            let fineness: usize = self.cells.iter().map(Cells::fineness).sum();
            rounds += 1;
            let goal = goal * (SMALL + plan.epsilon.min(1e6));
            let cost: f64 = self.cells.iter().zip(&costs).flat_map(|(cells, cost)| cost.of_all(cells)).sum();
            let mut gap = cost;
            let last = rounds > ROUNDS || number > CELLS_MAX || fineness == fineness_before;
            if cost <= COARSE_COST * goal || last {
                // The lower measure costs most of the time, so it waits until the cells are about fine enough.
                let terms = self.terms(pairs, direction, true);
                gap = self::gap(&terms, plan.saddle);
                // More cells that do not help are enough.
                if gap <= goal || gap > 0.9 * gap_before || last {
                    return (plan, terms);
                }
                gap_before = gap;
            }
            fineness_before = fineness;
            // In a few steps, because the tilt is not known well before. The cost of cells falls with the threshold to
            // the power of 2/3; it is less than the gap where cells are still wider than what they hold.
            let next = (0.02 * gap).max(0.5 * goal);
            let threshold = (next / gap.max(cost)).powf(1.5) * cost / to_f64(count(number));
            let narrowest = self.narrowest(&costs, threshold, plan.window, gaussian);
            let complete = self.complete(plan.window, gaussian);
            for ((cells, cost), (pair, _)) in self.cells.iter_mut().zip(&costs).zip(pairs) {
                let narrowest = if cells.is_continuous() { narrowest } else { complete };
                let narrowest = narrowest.max(self.narrowest);
                cells.refine(pair, |part, place, width| cost.of(part, place, width), threshold, narrowest);
            }
        }
    }

    /// The plan for the cells as they are.
    pub(super) fn plan(
        &self,
        pairs: &[(Pair, u64)],
        gaussian: f64,
        direction: Direction,
        target: Target,
    ) -> Plan {
        Plan::new(&self.terms(pairs, direction, false), gaussian, target)
    }

    /// No cell need be narrower: a complete lattice of the window stays small, and if cells should be narrower than
    /// that, a good part of the mass is in the narrowest, so that high frequencies vanish.
    fn narrowest(&self, costs: &[Cost], threshold: f64, window: f64, gaussian: f64) -> f64 {
        let complete = self.complete(window, gaussian);
        let mut masses: Vec<(f64, f64)> = Vec::new();
        for (cells, cost) in self.cells.iter().zip(costs).filter(|(cells, _)| cells.is_continuous()) {
            for (i, part) in cells.parts().iter().enumerate() {
                let (place, width) = (cells.place(i), cells.width(i));
                let wanted = width * (threshold / cost.of(part, place, width)).cbrt().min(1.0);
                if wanted < complete {
                    // Mass at one edge of its cell cancels no frequency.
                    let spread = 4.0 * part.share * (1.0 - part.share);
                    masses.push((wanted, spread * cost.mass(part, place, width)));
                }
            }
        }
        let steps: f64 = costs.iter().map(|cost| cost.count).sum();
        masses.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        let enough = masses.iter().find(|(_, mass)| {
            sum += mass;
            sum >= (SHARE_OF_NARROW * steps).max(STEPS_OF_NARROW)
        });
        // Halving goes down to twice this at most.
        enough.map_or(complete, |(wanted, _)| 0.7 * wanted)
    }

    /// Below this width of its steps, a complete lattice of the window has too many. None is needed beside Gaussian
    /// noise, which has few frequencies.
    fn complete(&self, window: f64, gaussian: f64) -> f64 {
        if gaussian.sqrt() > window * LITTLE_NOISE {
            return 0.0;
        }
        window / (COMPLETE_OF_ONE / to_f64(count(self.cells.len()))).max(COMPLETE)
    }

    fn terms(&self, pairs: &[(Pair, u64)], direction: Direction, lower: bool) -> Vec<Term> {
        let of = |((pair, count), cells): (&(Pair, u64), &Cells)| {
            let errors = cells.errors(pair);
            let measure = Measure::new(cells, direction, lower);
            Term { measure, count: *count, mass_error: errors.mass, loss_error: errors.loss }
        };
        pairs.iter().zip(&self.cells).map(of).collect()
    }
}

impl Cost {
    fn of(&self, part: &Part, place: f64, width: f64) -> f64 {
        if part.share <= 0.0 || part.share >= 1.0 {
            return 0.0;
        }
        self.mass(part, place, width) * (1.0 + self.tilt) * part.share * (1.0 - part.share) * width * width
    }

    fn of_all(&self, cells: &Cells) -> impl Iterator<Item = f64> {
        cells.parts().iter().enumerate().map(|(i, part)| self.of(part, cells.place(i), cells.width(i)))
    }

    /// Tilted mass, divided among the edges, of all repetitions.
    fn mass(&self, part: &Part, place: f64, width: f64) -> f64 {
        let at = |mass: f64, loss: f64| {
            if mass > 0.0 { mass * exp((self.tilt * loss - self.value).min(700.0)) } else { 0.0 }
        };
        let (low, high) = match self.direction {
            Direction::Forward => (part.first * (1.0 - part.share), part.first * part.share),
            // Close enough: seen from second, shares are a little other.
            Direction::Reverse => (part.second * (1.0 - part.share), part.second * part.share),
        };
        let sign = if self.direction == Direction::Forward { 1.0 } else { -1.0 };
        self.count * (at(low, sign * place) + at(high, sign * (place + width)))
    }
}

/// What the two measures differ in: their distance in ε under the tilt.
fn gap(terms: &[Term], tilt: f64) -> f64 {
    let of = |term: &Term| {
        let m = &term.measure;
        let value = |masses: &[f64]| of_weights(&m.edges, masses, m.unit, tilt).value;
        to_f64(term.count) * (value(&m.upper) - value(&m.lower))
    };
    terms.iter().map(of).sum::<f64>() / tilt
}

/// What one step may leave beyond its cells.
fn outside(pairs: &[(Pair, u64)]) -> f64 {
    OUTSIDE / pairs.iter().map(|(_, count)| to_f64(*count)).sum::<f64>()
}

/// The unit of the lattice: a part of the greatest common divisor of the lattices of losses with mass of their own,
/// those that weigh most first; a power of two if there are none. So small that cells are never as narrow, so large
/// that all edges are whole numbers of it.
fn unit(pairs: &[(Pair, u64)], tail: f64) -> f64 {
    let ends = pairs.iter().map(|(pair, _)| reach(pair, tail)).map(|(low, high)| high.max(-low));
    let smallest = ends.fold(1.0, f64::max).log2().ceil().exp2() * SMALLEST;
    let mut lattices: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(|(pair, count)| {
            pair.lattice().map(|lattice| (to_f64(*count) * lattice.spacing, lattice.spacing))
        })
        .filter(|(_, spacing)| spacing.is_finite() && *spacing > smallest)
        .collect();
    lattices.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((_, first)) = lattices.first().copied() else { return smallest };
    let mut common = first;
    for (_, spacing) in lattices {
        let divisor = divisor(common, spacing);
        if divisor >= COARSE_DIVISOR * first {
            common = divisor;
        }
    }
    common / (common / smallest).log2().round().exp2()
}

/// The greatest common divisor of two lengths, up to rounding.
fn divisor(a: f64, b: f64) -> f64 {
    let (mut large, mut small) = (a.max(b), a.min(b));
    while small > 1e-9 * large.min(a) {
        let quotient = (large / small).round();
        (large, small) = (small, (large - quotient * small).abs());
    }
    large
}

/// Mass beyond the cells of all steps together; the smallest δ that can be asked for is 1e-24.
const OUTSIDE: f64 = 1e-36;
/// 2^-46, a unit of the lattice for the largest loss.
const SMALLEST: f64 = 1.0 / 70_368_744_177_664.0;
/// The pair with the largest losses starts with as many cells,
const ROOTS: f64 = 48.0;
/// with more if they would be wider than this many nats, but not with more than a few thousand.
const WIDEST: f64 = 4.0;
const ROOTS_MAX: f64 = 2048.0;
/// Lattices are brought together if their divisor is not much smaller than the first.
const COARSE_DIVISOR: f64 = 1.0 / 64.0;
/// Steps of a complete lattice in the window, of many different events and of one.
pub(super) const COMPLETE: f64 = 65_536.0;
const COMPLETE_OF_ONE: f64 = 262_144.0;
/// Cells that cost more than this many times the goal are cut further without a look at the lower measure.
const COARSE_COST: f64 = 2.0;
/// The deviation of Gaussian noise, as a share of the window, that leaves some ten thousand frequencies at most.
const LITTLE_NOISE: f64 = 1e-4;
/// See `spectrum::highest_frequency`: of this many steps, high frequencies vanish.
const STEPS_OF_NARROW: f64 = 80.0;
const SHARE_OF_NARROW: f64 = 0.3;
const ROUNDS: u32 = 12;
/// As many cells are as much as is worth while: about a second.
const CELLS_MAX: usize = 2_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_divisors_are_found_up_to_rounding() {
        for (a, b, expected) in
            [(0.5, 0.2, 0.1), (1.0 / 15.0, 1.0 / 50.0, 1.0 / 150.0), (0.3, 0.3, 0.3), (2.0, 0.5, 0.5)]
        {
            assert!((divisor(a, b) / expected - 1.0).abs() < 1e-9, "{a} {b}");
            assert!((divisor(b, a) / expected - 1.0).abs() < 1e-9, "{a} {b}");
        }
        assert!(divisor(1.0, std::f64::consts::FRAC_1_SQRT_2) < 1e-6);
    }
}
