//! A pair cut into cells: intervals of the loss between points of a lattice, with their masses.
//!
//! ```text
//!   edges      k0        k1    k2  k3  k4        k5     (multiples of a unit, plus an offset)
//!               |---------|-----|---|---|---------|
//!   parts            0       1    2   3      4          masses of first and second, share
//! ```
//!
//! Cells are halved where it pays: the cost of a cell is what its width adds to the answer. Neighbors differ by at
//! most a factor of two, because the lower measure suffers where widths jump.

use crate::{
    dp::accountant::pld::pair::{Atom, Atoms, Errors, Lattice, Masses, Pair},
    num::exponential::{exp, exp_m1},
};

/// The cells of a pair.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    /// The loss of edge `k` is `offset + k unit`.
    unit: f64,
    offset: f64,
    edges: Vec<i64>,
    coordinates: Vec<f64>,
    parts: Vec<Part>,
    /// Mass on edges.
    points: Vec<(i64, Masses)>,
    /// Mass with finite losses beyond the edges.
    outside: Masses,
    infinite: Masses,
    /// By how much losses are off that were moved to the lattice.
    moved: f64,
    kind: Kind,
}

/// What happens when cells are refined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// They are halved. Losses with mass of their own are on edges, or parts of cells like others.
    Continuous { points_apart: bool },
    /// Atoms that are no multiples of `2^level` units are divided among those.
    Atoms { level: u32 },
}

/// What lies between two edges.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Part {
    pub(super) first: f64,
    pub(super) second: f64,
    /// Where the mean of `second / first` lies: the share of first's mass that goes to the upper edge when both
    /// masses are divided among the edges.
    pub(super) share: f64,
    /// How far off the share may be: 0, or for masses near the end of the range of numbers 1/2.
    pub(super) doubt: f64,
}

impl Cells {
    /// The cells of a pair, of about `wide` nats but none below `narrowest`, on multiples of `unit`, that leave at most `tail`
    /// outside. Losses that carry mass of their own are on edges if their distances are multiples of the unit, and
    /// not too narrow.
    pub(super) fn new(pair: &Pair, unit: f64, wide: f64, narrowest: f64, tail: f64) -> Self {
        let (wide, least_width) = (power_of_two_steps(wide, unit), power_of_two_steps(narrowest, unit));
        if let Pair::Atoms(atoms) = pair {
            return Cells::of_atoms(atoms, unit, wide, least_width);
        }
        let (low, high) = reach(pair, tail);
        // Losses with mass of their own: on edges if all can be.
        let lattice = match pair.lattice() {
            Some(lattice) => ratio(lattice, unit).map(|ratio| (lattice, ratio)),
            // All at zero.
            None => Some((Lattice { origin: 0.0, spacing: unit }, 1 << 62)),
        };
        // If they are far from even numbers of the unit, edges on all of them would be too many.
        let least_step = least_width.max(f64_to_index((high - low) / unit / ALIGNED_MAX));
        let lattice = lattice.filter(|(_, ratio)| 1 << ratio.trailing_zeros() >= least_step);
        let offset = lattice.map_or(0.0, |(lattice, _)| lattice.origin);
        // Points have to be edges.
        let width = wide.max(least_width).min(1 << lattice.map_or(62, |(_, ratio)| ratio.trailing_zeros()));
        // The last edge is above the largest loss, which may have mass of its own.
        let (from, to) = (down((low - offset) / unit, width), down((high - offset) / unit, width) + width);
        let edges: Vec<i64> = (0..).map(|i| from + i * width).take_while(|k| *k < to).chain([to]).collect();
        let mut cells = Cells {
            unit,
            offset,
            coordinates: edges.iter().map(|k| pair.coordinate(offset + unit * index_to_f64(*k))).collect(),
            edges,
            parts: Vec::new(),
            points: Vec::new(),
            outside: Masses::default(),
            infinite: pair.infinite(),
            moved: 0.0,
            kind: Kind::Continuous { points_apart: lattice.is_some() },
        };
        if let Some((lattice, ratio)) = lattice {
            for (loss, masses) in pair.point_losses() {
                // Zero times a ratio that stands for all.
                let place = ((loss - lattice.origin) / lattice.spacing).round();
                cells.moved = cells.moved.max(1e-13 * loss.abs());
                cells.points.push((f64_to_index(place).saturating_mul(ratio), masses));
            }
        }
        // What lies at the least and the largest loss is inside, however these are rounded.
        let (least, largest) = pair.range();
        let last = cells.coordinates.len() - 1;
        if low <= least {
            cells.coordinates[0] = f64::NEG_INFINITY;
        }
        if high >= largest {
            cells.coordinates[last] = f64::INFINITY;
        }
        cells.parts = (0..cells.edges.len() - 1).map(|i| cells.part(pair, i)).collect();
        let ends = (cells.coordinates[0], cells.coordinates[cells.coordinates.len() - 1]);
        cells.outside = Masses {
            first: pair.smooth(ends.1, f64::INFINITY).first,
            second: pair.smooth(f64::NEG_INFINITY, ends.0).second,
        };
        cells
    }

    fn of_atoms(atoms: &Atoms, unit: f64, wide: i64, least_width: i64) -> Self {
        let lattice = atoms.lattice().and_then(|lattice| ratio(lattice, unit).map(|ratio| (lattice, ratio)));
        // Without a lattice, at least the heaviest atom is on an edge; or 0, if all are near that.
        let heavy = |a: &&Atom, b: &&Atom| (a.first + a.second).total_cmp(&(b.first + b.second));
        let heaviest = atoms.atoms().iter().max_by(heavy).map_or(0.0, |a| a.loss);
        let level = match lattice {
            Some((_, ratio)) => wide.min(1 << ratio.trailing_zeros()).max(least_width),
            None => wide.max(least_width),
        };
        let level = level.trailing_zeros();
        let widest = atoms.atoms().iter().fold(0.0, |widest: f64, a| widest.max(a.loss.abs()));
        let heaviest = if widest > unit * index_to_f64(least_width) { heaviest } else { 0.0 };
        let mut cells = Cells {
            unit,
            offset: lattice.map_or(heaviest, |(lattice, _)| lattice.origin),
            edges: Vec::new(),
            coordinates: Vec::new(),
            parts: Vec::new(),
            points: Vec::new(),
            outside: atoms.beyond(),
            infinite: atoms.infinite(),
            moved: 0.0,
            kind: Kind::Atoms { level },
        };
        cells.divide_atoms(atoms, level);
        cells
    }

    /// Each atom on a multiple of `2^level` units, or between two.
    fn divide_atoms(&mut self, atoms: &Atoms, level: u32) {
        self.kind = Kind::Atoms { level };
        self.edges.clear();
        self.parts.clear();
        self.points.clear();
        let step = 1i64 << level;
        let width = self.unit * index_to_f64(step);
        for atom in atoms.atoms() {
            let masses = Masses { first: atom.first, second: atom.second };
            let place = (atom.loss - self.offset) / width;
            let nearest = place.round();
            let off = (place - nearest).abs() * width;
            let on_edge = off <= ON_EDGE * atom.loss.abs().max(self.offset.abs());
            let edge = f64_to_index(if on_edge { nearest } else { place.floor() }) * step;
            let before = self.edges.last().copied().unwrap_or(edge);
            if before < edge {
                // Nothing in between.
                self.parts.push(Part::default());
            }
            if before < edge || self.edges.is_empty() {
                self.edges.push(edge);
            }
            if on_edge {
                self.moved = self.moved.max(off + 4.0 * f64::EPSILON * atom.loss.abs());
                self.points.push((edge, masses));
                continue;
            }
            let share = exp_m1(width * (place.floor() - place)) / exp_m1(-width);
            let part =
                Part { first: atom.first, second: atom.second, share: share.clamp(0.0, 1.0), doubt: 0.0 };
            match self.parts.last_mut() {
                // A second atom in the same cell: shares are weighed by mass.
                Some(other) if before > edge => {
                    let first = other.first + part.first;
                    let share = (other.share * other.first + part.share * part.first) / first;
                    let second = other.second + part.second;
                    *other = Part { first, second, share: if first > 0.0 { share } else { 0.0 }, doubt: 0.0 };
                }
                _ => {
                    self.edges.push(edge + step);
                    self.parts.push(part);
                }
            }
        }
    }

    fn part(&self, pair: &Pair, i: usize) -> Part {
        self.part_between(pair, self.coordinates[i], self.coordinates[i + 1], self.loss(i), self.width(i))
    }

    fn part_between(&self, pair: &Pair, from: f64, to: f64, loss: f64, width: f64) -> Part {
        let apart = self.kind == Kind::Continuous { points_apart: true };
        let masses = if apart { pair.smooth(from, to) } else { pair.masses(from, to) };
        let (share, doubt) = if masses.first > SMALL && masses.second > SMALL && loss.abs() < 640.0 {
            let ratio = exp(loss) * masses.second / masses.first;
            (((1.0 - ratio) / -exp_m1(-width)).clamp(0.0, 1.0), 0.0)
        } else if masses.first > 0.0 || masses.second > 0.0 {
            (0.5, 0.5)
        } else {
            (0.0, 0.0)
        };
        Part { first: masses.first, second: masses.second, share, doubt }
    }

    /// Halves cells whose cost exceeds `threshold`, again and again, and cells more than twice as wide as a
    /// neighbor; none below `narrowest` nats.
    pub(super) fn refine(
        &mut self,
        pair: &Pair,
        cost: impl Fn(&Part, f64, f64) -> f64,
        threshold: f64,
        narrowest: f64,
    ) {
        let narrowest = f64_to_index((narrowest / self.unit).ceil()).max(1);
        match (self.kind, pair) {
            (Kind::Atoms { mut level }, Pair::Atoms(atoms)) => {
                let exceeds = |cells: &Cells| {
                    let parts = cells.parts.iter().enumerate();
                    let costs = parts.map(|(i, part)| cost(part, cells.place(i), cells.width(i)));
                    costs.sum::<f64>() > threshold * ATOM_COSTS
                };
                while exceeds(self) && level > 0 && (1i64 << (level - 1)) >= narrowest {
                    level -= 1;
                    self.divide_atoms(atoms, level);
                }
            }
            (Kind::Continuous { .. }, _) => {
                let mut wanting: Vec<bool> = (0..self.parts.len())
                    .map(|i| cost(&self.parts[i], self.place(i), self.width(i)) > threshold)
                    .collect();
                while self.parts.len() < CELLS_MAX
                    && self.halve(pair, &mut wanting, &cost, threshold, narrowest)
                {}
            }
            _ => {}
        }
    }

    /// Halves the cells that are wanting, and their too wide neighbors.
    fn halve(
        &mut self,
        pair: &Pair,
        wanting: &mut Vec<bool>,
        cost: impl Fn(&Part, f64, f64) -> f64,
        threshold: f64,
        narrowest: i64,
    ) -> bool {
        let width = |i: usize| self.edges[i + 1] - self.edges[i];
        let divisible = |i: usize| width(i) >= 2 * narrowest && width(i) & 1 == 0;
        for (i, wants) in wanting.iter_mut().enumerate() {
            *wants &= divisible(i);
        }
        if !wanting.contains(&true) {
            return false;
        }
        // A neighbor of what will be half as wide as now may be as wide as that is now.
        let count = wanting.len();
        let after = |i: usize, wanting: &[bool]| if wanting[i] { width(i) / 2 } else { width(i) };
        for i in (1..count).chain((0..count.saturating_sub(1)).rev().map(|i| i + count)) {
            let (i, neighbor) = if i < count { (i, i - 1) } else { (i - count, i - count + 1) };
            if after(i, wanting) > 2 * after(neighbor, wanting) && divisible(i) {
                wanting[i] = true;
            }
        }
        let total = count + wanting.iter().filter(|w| **w).count();
        let mut edges = Vec::with_capacity(total + 1);
        let mut coordinates = Vec::with_capacity(total + 1);
        let mut parts = Vec::with_capacity(total);
        let mut next = Vec::with_capacity(total);
        for (i, wants) in wanting.iter().enumerate() {
            let (from, to) = (self.coordinates[i], self.coordinates[i + 1]);
            edges.push(self.edges[i]);
            coordinates.push(from);
            if !wants {
                parts.push(self.parts[i]);
                next.push(false);
                continue;
            }
            let middle = self.edges[i] + width(i) / 2;
            let loss = self.offset + self.unit * index_to_f64(middle);
            let coordinate = pair.coordinate(loss);
            let half = 0.5 * self.width(i);
            let low = self.part_between(pair, from, coordinate, self.loss(i), half);
            let high = self.part_between(pair, coordinate, to, loss, half);
            edges.push(middle);
            coordinates.push(coordinate);
            let place = self.place(i);
            next.push(cost(&low, place, half) > threshold);
            next.push(cost(&high, place + half, half) > threshold);
            parts.extend([low, high]);
        }
        edges.push(self.edges[count]);
        coordinates.push(self.coordinates[count]);
        (self.edges, self.coordinates, self.parts, *wanting) = (edges, coordinates, parts, next);
        true
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Edges with mass on them.
    pub(super) fn points(&self) -> &[(i64, Masses)] {
        &self.points
    }

    pub(super) fn edges(&self) -> &[i64] {
        &self.edges
    }

    pub(super) fn unit(&self) -> f64 {
        self.unit
    }

    pub(super) fn offset(&self) -> f64 {
        self.offset
    }

    pub(super) fn outside(&self) -> Masses {
        self.outside
    }

    pub(super) fn infinite(&self) -> Masses {
        self.infinite
    }

    /// The loss of an edge.
    fn loss(&self, i: usize) -> f64 {
        self.offset + self.place(i)
    }

    /// The loss of an edge without the offset.
    pub(super) fn place(&self, i: usize) -> f64 {
        self.unit * index_to_f64(self.edges[i])
    }

    /// The width of a cell, in nats.
    pub(super) fn width(&self, i: usize) -> f64 {
        self.unit * index_to_f64(self.edges[i + 1] - self.edges[i])
    }

    /// What grows when cells are cut.
    pub(super) fn fineness(&self) -> usize {
        match self.kind {
            Kind::Continuous { .. } => self.parts.len(),
            // A finer lattice need not have more cells with atoms.
            Kind::Atoms { level } => crate::num::index(64 - level),
        }
    }

    /// Whether cells are halved by themselves. Then many steps make high frequencies vanish.
    pub(super) fn is_continuous(&self) -> bool {
        matches!(self.kind, Kind::Continuous { .. })
    }

    /// How far off masses and losses are.
    pub(super) fn errors(&self, pair: &Pair) -> Errors {
        let finite = |c: &&f64| c.is_finite();
        let low = self.coordinates.iter().find(finite).copied().unwrap_or(0.0);
        let high = self.coordinates.iter().rev().find(finite).copied().unwrap_or(0.0);
        let errors = pair.errors(low, high);
        Errors { loss: errors.loss + self.moved, ..errors }
    }
}

/// How many units the spacing of a lattice is, if a whole number.
fn ratio(lattice: Lattice, unit: f64) -> Option<i64> {
    let ratio = (lattice.spacing / unit).round();
    let off = (lattice.spacing - ratio * unit).abs();
    (ratio >= 1.0 && off <= 1e-13 * lattice.spacing).then(|| f64_to_index(ratio))
}

/// Losses between which all but `tail` of first lies below the upper, and of second above the lower.
pub(super) fn reach(pair: &Pair, tail: f64) -> (f64, f64) {
    let (least, largest) = pair.range();
    if let Pair::Atoms(_) = pair {
        return (least, largest);
    }
    let bound = |end: f64, inside: &dyn Fn(f64) -> bool| {
        // Outwards until little enough lies beyond, then back by bisection.
        let mut far = 1e-9f64;
        while !inside(far) && far < end.abs() {
            far *= 4.0;
        }
        let mut near = 0.25 * far;
        for _ in 0..8 {
            let middle = 0.5 * near + 0.5 * far;
            if inside(middle) { far = middle } else { near = middle }
        }
        far.min(end.abs()).min(1e300)
    };
    let high = bound(largest, &|loss| pair.masses(pair.coordinate(loss), f64::INFINITY).first <= tail);
    let low = bound(least, &|loss| pair.masses(f64::NEG_INFINITY, pair.coordinate(-loss)).second <= tail);
    (-low, high)
}

/// The power of two of units that is at least `width`, at least one.
fn power_of_two_steps(width: f64, unit: f64) -> i64 {
    let steps = (width / unit).log2().ceil().clamp(0.0, 58.0);
    1i64 << f64_to_index(steps)
}

/// The multiple of `step` at or below `x`.
fn down(x: f64, step: i64) -> i64 {
    f64_to_index((x / index_to_f64(step)).floor()) * step
}

#[allow(clippy::cast_precision_loss, reason = "indices stay below 2^53")]
pub(super) fn index_to_f64(k: i64) -> f64 {
    k as f64
}

#[allow(clippy::cast_possible_truncation, reason = "whole numbers below 2^62")]
pub(super) fn f64_to_index(x: f64) -> i64 {
    x.clamp(-4e18, 4e18) as i64
}

/// Atoms off the lattice may cost as much as this many cells.
const ATOM_COSTS: f64 = 64.0;
/// As many cells are made to have losses with mass on edges.
const ALIGNED_MAX: f64 = 4096.0;
/// More cells of one pair are not cut.
const CELLS_MAX: usize = 262_144;
/// A loss is on an edge up to this much of itself.
const ON_EDGE: f64 = 1e-13;
/// Smaller masses are not divided by one another.
const SMALL: f64 = 1e-290;
