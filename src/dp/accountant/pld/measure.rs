//! Two measures on the lattice that enclose a pair: one dominates it, the other is dominated by it.
//!
//! With `x = e^l`, the hockey-stick divergence `D(x)` is convex in `x`. The upper measure is its chord between the
//! edges (connect the dots: \[DGK22\] Doroshenko, Ghazi, Kamath, Kumar, Manurangsi, *Connect the dots*, arXiv
//! 2207.04380). The lower one lies below `D` everywhere and has its kinks at edges, too. Proof:
//! `docs/proofs/pld.md`, sections 2 and 3.

use crate::{
    dp::accountant::pld::cells::{Cells, Part, index_to_f64},
    num::{
        self,
        exponential::{exp, exp_m1},
        round::UNIT,
        to_f64,
    },
};

/// Which member of the pair the outputs come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// First, with losses as they are.
    Forward,
    /// Second, with losses of the opposite sign.
    Reverse,
}

/// Masses of the member the outputs come from, at edges of the lattice.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub(super) unit: f64,
    pub(super) offset: f64,
    /// Increasing.
    pub(super) edges: Vec<i64>,
    pub(super) upper: Vec<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) infinite_upper: f64,
    pub(super) infinite_lower: f64,
}

impl Measure {
    /// Of the cells; the lower masses only if `with_lower`.
    pub(super) fn new(cells: &Cells, direction: Direction, with_lower: bool) -> Self {
        let unit = cells.unit();
        let (outside, infinite) = (cells.outside(), cells.infinite());
        let (edges, parts, offset, outside, infinite): (Vec<i64>, Vec<Side>, _, _, _) = match direction {
            Direction::Forward => {
                let parts = cells.parts().iter().map(Side::forward).collect();
                (cells.edges().to_vec(), parts, cells.offset(), outside.first, infinite.first)
            }
            Direction::Reverse => {
                let width = |i: usize| cells.width(i);
                let parts = cells
                    .parts()
                    .iter()
                    .enumerate()
                    .rev()
                    .map(|(i, part)| Side::reverse(part, width(i)))
                    .collect();
                let edges = cells.edges().iter().rev().map(|k| -k).collect();
                (edges, parts, -cells.offset(), outside.second, infinite.second)
            }
        };
        let widths: Vec<f64> = edges.windows(2).map(|pair| unit * index_to_f64(pair[1] - pair[0])).collect();
        let mut points = vec![0.0; edges.len()];
        for (edge, masses) in cells.points() {
            let (edge, mass) = match direction {
                Direction::Forward => (*edge, masses.first),
                Direction::Reverse => (-edge, masses.second),
            };
            if let Ok(at) = edges.binary_search(&edge) {
                points[at] += mass;
            }
        }
        let upper = upper(&parts, &points);
        // Whatever is missing, for whatever reason, counts as an infinite loss.
        let missing = 1.0 - upper.iter().sum::<f64>() - infinite - outside;
        Measure {
            unit,
            offset,
            lower: if with_lower { lower(&parts, &widths, &points) } else { Vec::new() },
            upper,
            edges,
            infinite_upper: infinite + outside + if missing > MISSING { missing } else { 0.0 },
            infinite_lower: infinite,
        }
    }

    /// The largest power of two of units that divides all edges with mass.
    pub(super) fn common_shift(&self) -> u32 {
        let with_mass =
            self.edges.iter().zip(&self.upper).zip(&self.lower).filter(|((_, u), l)| **u > 0.0 || **l > 0.0);
        with_mass.fold(0, |bits, ((k, _), _)| bits | k).trailing_zeros().min(62)
    }
}

/// More than the rounding of what cells ask for.
const MARGIN: f64 = 32.0 * UNIT;
/// Sums of masses are 1 up to rounding.
const MISSING: f64 = 1e-9;

/// A cell as seen from the member the outputs come from.
#[derive(Clone, Copy, Debug)]
struct Side {
    mass: f64,
    /// Bounds of the share that goes to the upper edge.
    least_share: f64,
    largest_share: f64,
}

impl Side {
    fn forward(part: &Part) -> Self {
        Side::new(part.first, part.share, part.doubt)
    }

    /// Seen from second, the masses at the edges are `e^-l` times those seen from first. Relative to its own
    /// lower edge, the share is `(1 - s) / (1 - s (1 - e^-w))`.
    fn reverse(part: &Part, width: f64) -> Self {
        Side::new(part.second, (1.0 - part.share) / (1.0 + part.share * exp_m1(-width)), part.doubt)
    }

    fn new(mass: f64, share: f64, doubt: f64) -> Self {
        Side { mass, least_share: (share - doubt).max(0.0), largest_share: (share + doubt).min(1.0) }
    }
}

/// Each cell's mass divided among its edges, so that the mass of either member is kept.
fn upper(parts: &[Side], points: &[f64]) -> Vec<f64> {
    let mut masses = points.to_vec();
    for (i, part) in parts.iter().enumerate() {
        masses[i] += part.mass * (1.0 - part.largest_share);
        masses[i + 1] += part.mass * part.largest_share;
    }
    masses
}

/// A measure with masses at the edges whose divergence is nowhere above that of the cells.
///
/// `D` is lowered by `g_i` at edge `i`, just enough that the chords between the lowered values run below `D`: a cell
/// of which `a` and `b` would go to its lower and upper edge asks for `a g_i + b e^-w g_(i+1) >= a b (1 - e^-w)`. Where the
/// lowered function is not convex, its greatest convex minorant is taken.
fn lower(parts: &[Side], widths: &[f64], points: &[f64]) -> Vec<f64> {
    let empty =
        parts.iter().zip(&points[1..]).rev().take_while(|(part, point)| part.mass <= 0.0 && **point <= 0.0);
    let (mut dropped, mut more) = (empty.count(), 1);
    loop {
        // If rounding leaves a negative value, more is moved down to the last edge.
        let count = parts.len() - dropped;
        let moved = parts[count..]
            .iter()
            .zip(&points[count + 1..])
            .fold(0.0, |sum, (part, point)| sum + part.mass + point);
        let moved = moved * (1.0 - 4.0 * to_f64(num::count(dropped)) * UNIT);
        let mut masses = lowered(&parts[..count], &widths[..count], &points[..=count], moved);
        if convex_minorant(&mut masses, &widths[..count]) || count == 0 {
            masses.resize(points.len(), 0.0);
            return masses;
        }
        dropped = (dropped + more).min(parts.len());
        more *= 2;
    }
}

/// The second difference of the lowered values, as masses. Rounding is subtracted.
fn lowered(parts: &[Side], widths: &[f64], points: &[f64], above: f64) -> Vec<f64> {
    let count = parts.len();
    let split =
        |i: usize| (parts[i].mass * (1.0 - parts[i].least_share), parts[i].mass * parts[i].least_share);
    let lowering = lowering(parts, widths, points, above);
    let mut masses = points.to_vec();
    for i in 0..count {
        let (a, b) = split(i);
        masses[i] += a;
        masses[i + 1] += b;
    }
    masses[count] += above;
    for i in 0..=count {
        let (mut change, mut size) = (0.0, masses[i]);
        if i < count {
            let rise = exp_m1(widths[i]);
            change -= (lowering[i + 1] - lowering[i]) / rise;
            size += (lowering[i + 1] + lowering[i]) / rise;
        }
        if i > 0 {
            let fall = -exp_m1(-widths[i - 1]);
            change += (lowering[i] - lowering[i - 1]) / fall;
            size += (lowering[i] + lowering[i - 1]) / fall;
        }
        masses[i] += change - 24.0 * UNIT * size;
    }
    if count > 0 && points[count] + above <= 0.0 {
        // Without mass on the last edge, the value below it is lowered to zero, and the function ends there.
        masses[count] = 0.0;
    }
    masses
}

/// By how much `D` is lowered at each edge.
///
/// Both edges of a cell by `c = a b (1 - e^-w) / (a + b e^-w)`, and an edge by the larger of its two cells, where that is little
/// beside `D` and beside the divergence of the other direction, `D - P + x Q`. Where masses fall steeply towards an end
/// it is not: there an edge is lowered less, and its neighbor towards the middle more; at most by `b (1 - e^-w)` or
/// `a (e^w - 1)`, which are part of the two. So neither becomes negative, and the masses of both members are kept.
fn lowering(parts: &[Side], widths: &[f64], points: &[f64], above: f64) -> Vec<f64> {
    let count = parts.len();
    let split =
        |i: usize| (parts[i].mass * (1.0 - parts[i].least_share), parts[i].mass * parts[i].least_share);
    let even = |i: usize| {
        let (a, b) = split(i);
        if a > 0.0 && b > 0.0 { a * b * -exp_m1(-widths[i]) / (a + b * exp(-widths[i])) } else { 0.0 }
    };
    // Both divergences at the edges, and e^±l times the mass of the other member beyond and at an edge.
    let (mut upwards, mut downwards) = (vec![0.0; count + 1], vec![0.0; count + 1]);
    let mut other = above + points[count];
    for i in (0..count).rev() {
        let (a, b) = split(i);
        upwards[i] = upwards[i + 1] + (b + other) * -exp_m1(-widths[i]);
        other = exp(-widths[i]) * (other + b) + a + points[i];
    }
    let mut other = 0.0;
    for i in 0..count {
        let (a, b) = split(i);
        other += a + points[i];
        let growth =
            if other > 0.0 { (other * exp_m1(widths[i]), other * exp(widths[i])) } else { (0.0, 0.0) };
        downwards[i + 1] = downwards[i] + growth.0;
        other = growth.1 + b;
    }
    let mut lowering: Vec<f64> = (0..=count)
        .map(|i| {
            let below = if i > 0 { even(i - 1) } else { 0.0 };
            let wanted = if i < count { even(i).max(below) } else { below };
            wanted.min(0.25 * upwards[i]).min(0.25 * downwards[i]) * (1.0 + MARGIN)
        })
        .collect();
    // What each cell asks for, given the lowering of one of its edges, by the other one.
    let of_upper = |lowering: &[f64], i: usize| {
        let (a, b) = split(i);
        let asked = a * (exp_m1(widths[i]) - exp(widths[i]) * lowering[i] / b);
        // The value at the first edge is kept exactly.
        if a > 0.0 && b > 0.0 { asked * if i == 0 { 1.0 } else { 1.0 + MARGIN } } else { 0.0 }
    };
    let of_lower = |lowering: &[f64], i: usize| {
        let (a, b) = split(i);
        let asked = b * (-exp_m1(-widths[i]) - exp(-widths[i]) * lowering[i + 1] / a);
        // The value below an end without mass is zero, not less.
        if a > 0.0 && b > 0.0 { asked * if i + 1 == count { 1.0 } else { 1.0 + MARGIN } } else { 0.0 }
    };
    // From the ends towards the middle: up to there an edge may be lowered by what comes from below, from there on by
    // what comes from above. The cell in the middle asks that one of which it takes the smaller share.
    let middle = (0..count).find(|i| upwards[*i] < downwards[*i]).unwrap_or(count).saturating_sub(1);
    for i in 0..middle {
        lowering[i + 1] = lowering[i + 1].max(of_upper(&lowering, i));
    }
    for i in (middle + 1..count).rev() {
        lowering[i] = lowering[i].max(of_lower(&lowering, i));
    }
    if middle < count {
        let (upper, lower) = (of_upper(&lowering, middle), of_lower(&lowering, middle));
        if middle + 1 < count
            && upper * downwards[middle] < lower * upwards[middle + 1]
            && upper < 0.9 * upwards[middle + 1]
        {
            lowering[middle + 1] = lowering[middle + 1].max(upper);
        } else {
            lowering[middle] = lowering[middle].max(lower);
        }
    }
    lowering
}

/// Removes edges of negative mass, where the function would bend downwards: the chord between the neighbors
/// that remain divides the mass among them so that both members keep theirs. Returns whether all masses are
/// positive then; the last one is not if the function falls below zero before.
fn convex_minorant(masses: &mut [f64], widths: &[f64]) -> bool {
    // Edges that remain, with the distance to the one before.
    let mut kept: Vec<(usize, f64)> = Vec::with_capacity(masses.len());
    let mut distance = 0.0;
    for i in 0..masses.len() {
        kept.push((i, distance));
        loop {
            match kept[..] {
                [.., (before, _), (middle, left), (end, right)] if masses[middle] < 0.0 => {
                    let whole = -exp_m1(-left - right);
                    let to_before = exp(-left) * -exp_m1(-right) / whole;
                    let to_end = -exp_m1(-left) / whole;
                    let mass = masses[middle] * (1.0 + 32.0 * UNIT);
                    masses[before] += mass * to_before;
                    masses[end] += mass * to_end;
                    masses[middle] = 0.0;
                    kept.truncate(kept.len() - 2);
                    kept.push((end, left + right));
                }
                // Below the least edge the slope is given by the other member's mass, which is kept; the value falls.
                [(first, _), (next, width)] if masses[first] < 0.0 => {
                    masses[next] += masses[first] * exp(width) * (1.0 + 32.0 * UNIT);
                    masses[first] = 0.0;
                    kept.remove(0);
                }
                _ => break,
            }
        }
        distance = widths.get(i).copied().unwrap_or(0.0);
    }
    masses.last().is_none_or(|last| *last >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dp::accountant::pld::pair::{Atoms, Masses, Pair},
        num::sample::uniform,
    };

    /// The hockey-stick divergence, straight from the masses.
    fn exact(pair: &Pair, direction: Direction, epsilon: f64) -> f64 {
        let infinite = pair.infinite();
        let Masses { first, second } = match direction {
            Direction::Forward => pair.masses(pair.coordinate(epsilon), f64::INFINITY),
            Direction::Reverse => pair.masses(f64::NEG_INFINITY, pair.coordinate(-epsilon)),
        };
        match direction {
            Direction::Forward => first - exp(epsilon) * second + infinite.first,
            Direction::Reverse => second - exp(epsilon) * first + infinite.second,
        }
    }

    fn of_masses(measure: &Measure, masses: &[f64], infinite: f64, epsilon: f64) -> f64 {
        measure.edges.iter().zip(masses).fold(infinite, |sum, (edge, mass)| {
            let loss = measure.offset + measure.unit * index_to_f64(*edge);
            sum + mass * (1.0 - exp((epsilon - loss).min(0.0)))
        })
    }

    #[test]
    fn one_measure_lies_above_the_divergence_and_the_other_below() {
        let pairs = [
            Pair::gaussian(0.7).poisson(0.1),
            Pair::gaussian(2.0).poisson(0.001),
            Pair::gaussian(0.05).poisson(0.6),
            Pair::laplace(1.3),
            Pair::laplace(0.8).poisson(0.2),
            Pair::bounded_range(0.9),
            Pair::discrete_laplace(0.3, 3),
            Pair::discrete_gaussian(2.5, 2),
            Pair::discrete_gaussian(1.5, 1).poisson(0.05),
            Pair::Atoms(Atoms::randomized_response(0.3, 7)),
            Pair::Atoms(Atoms::approximate(0.4, 1e-4)),
            Pair::gaussian(1.0).fixed_size(0.2),
            Pair::laplace(0.5).fixed_size(0.1),
            Pair::replaced(0.5, 0.1),
            Pair::laplace(1.0).thinned(0.3),
        ];
        for (number, pair) in pairs.iter().enumerate() {
            for wide in [1.0, 0.1, 0.01] {
                let cells = Cells::new(pair, 1e-9, wide, 0.0, 1e-30);
                for direction in [Direction::Forward, Direction::Reverse] {
                    let measure = Measure::new(&cells, direction, true);
                    let errors = cells.errors(pair);
                    for epsilon in uniform(0.0, 3.0, 200, 1) {
                        let name = format!("{number} {wide} {direction:?} {epsilon}");
                        let exact = exact(pair, direction, epsilon);
                        // Differences of masses near 1 are off by some units of 1.
                        let slack = 1e-14;
                        let upper = of_masses(
                            &measure,
                            &measure.upper,
                            measure.infinite_upper,
                            epsilon - errors.loss,
                        );
                        let lower = of_masses(
                            &measure,
                            &measure.lower,
                            measure.infinite_lower,
                            epsilon + errors.loss,
                        );
                        assert!(exact <= upper * (1.0 + errors.mass) + slack, "{name}: {exact} {upper}");
                        assert!(lower * (1.0 - errors.mass) <= exact + slack, "{name}: {lower} {exact}");
                        assert!(upper - lower <= 2.0 * wide, "{name}: {lower} {upper}");
                    }
                    assert!(measure.lower.iter().chain(&measure.upper).all(|mass| *mass >= 0.0));
                }
            }
        }
    }
}
