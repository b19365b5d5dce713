//! Pairs composed, and questions about the result.

use crate::{
    dp::accountant::{
        gaussian,
        pld::{
            grid::{COMPLETE, Grid},
            measure::Direction,
            pair::Pair,
            root, single,
            spectrum::Spectrum,
            tilt::{Plan, Target},
            weights::{Answerer, Bounds},
        },
    },
    num::Enclosure,
};

/// Pairs, each repeated.
#[derive(Debug)]
pub(super) struct Composition {
    /// Without Gaussian noise on all rows.
    pairs: Vec<(Pair, u64)>,
    /// The variance of the loss of that: the sum of the squared shifts.
    gaussian: Enclosure,
    symmetric: bool,
    /// Coarse; each question cuts its own copy finer, so that answers do not depend on earlier questions.
    grid: Grid,
}

impl Composition {
    pub(super) fn new(pairs: impl IntoIterator<Item = (Pair, u64)>) -> Self {
        let mut merged: Vec<(Pair, u64)> = Vec::new();
        let (mut gaussian, mut symmetric) = (Enclosure::ZERO, true);
        for (pair, count) in pairs.into_iter().filter(|(_, count)| *count > 0) {
            match pair {
                Pair::Gaussian(pair) => {
                    gaussian = gaussian + Enclosure::count(count) * pair.distance().square()
                }
                pair => match merged.iter_mut().find(|(other, _)| *other == pair) {
                    Some((_, total)) => *total = total.saturating_add(count),
                    None => {
                        symmetric &= pair.is_symmetric();
                        merged.push((pair, count));
                    }
                },
            }
        }
        Composition { grid: Grid::new(&merged), pairs: merged, gaussian, symmetric }
    }

    /// Between which ε lies the smallest for which the composition is (ε, `delta`)-differentially private.
    pub(super) fn epsilon(&self, delta: Enclosure) -> Bounds {
        if delta.lower() >= 1.0 {
            return Bounds::ZERO;
        }
        if delta.upper() <= 0.0 {
            return self.largest_loss();
        }
        if self.pairs.is_empty() {
            let epsilon = gaussian::epsilon(self.gaussian.sqrt(), delta);
            return Bounds { lower: epsilon.lower(), upper: epsilon.upper() };
        }
        if let Some(delta_of) = self.closed_form() {
            let lower = if delta_of(f64::MAX).lower >= delta.upper() {
                f64::INFINITY
            } else {
                root::lower(|e| delta_of(e).lower, delta.upper(), 1.0, 1.0)
            };
            return Bounds { lower, upper: root::upper(|e| delta_of(e).upper, delta.lower(), 1.0, 1.0) };
        }
        let mut grid = self.grid.clone();
        self.directions()
            .iter()
            .fold(Bounds::ZERO, |known, direction| self.epsilon_of(*direction, delta, known, &mut grid))
    }

    /// Between which δ lies the smallest for which the composition is (`epsilon`, δ)-differentially private.
    pub(super) fn delta(&self, epsilon: Enclosure) -> Bounds {
        if self.pairs.is_empty() {
            let delta = gaussian::delta(self.gaussian.sqrt(), epsilon);
            return Bounds { lower: delta.lower(), upper: delta.upper() };
        }
        let (low, high) = (epsilon.lower().max(0.0), epsilon.upper());
        if let Some(delta_of) = self.closed_form() {
            return Bounds { lower: delta_of(high).lower, upper: delta_of(low).upper };
        }
        let mut grid = self.grid.clone();
        let of =
            |direction: &Direction| match self.answerer(*direction, Target::Epsilon(low), GOAL, &mut grid) {
                (_, Some(answerer)) => Bounds { lower: answerer.lower(high), upper: answerer.upper(low) },
                _ => Bounds { lower: 0.0, upper: 1.0 },
            };
        self.directions().iter().map(of).fold(Bounds::ZERO, Bounds::max)
    }

    /// The larger of what is `known` from the other direction and the ε of this one.
    fn epsilon_of(&self, direction: Direction, delta: Enclosure, known: Bounds, grid: &mut Grid) -> Bounds {
        let (less, more) = (delta.lower(), delta.upper());
        let (mut goal, mut target) = (GOAL, Target::Delta(less));
        let mut best = Bounds { lower: 0.0, upper: f64::INFINITY };
        if known.lower > 0.0 {
            let plan = grid.plan(&self.pairs, self.gaussian.middle(), direction, target);
            if self.chernoff(&plan, less) <= known.lower {
                // This direction stays below what the other one reaches.
                return known;
            }
        }
        let mut before = f64::INFINITY;
        loop {
            let (plan, answerer) = self.answerer(direction, target, goal, grid);
            if matches!(target, Target::Delta(_)) {
                best.upper = self.chernoff(&plan, less);
            }
            let Some(answerer) = answerer else { return known.max(best) };
            if answerer.spectrum().infinite_upper >= less {
                // Infinite losses alone may be as likely as δ.
                let lower = if answerer.spectrum().infinite_lower >= more { f64::INFINITY } else { 0.0 };
                return known.max(Bounds { lower, upper: f64::INFINITY });
            }
            let near =
                plan.epsilon - if matches!(target, Target::Delta(_)) { 0.5 / plan.saddle } else { 0.0 };
            best.lower = best.lower.max(root::lower(|e| answerer.lower(e), more, near, plan.saddle));
            best.upper = best.upper.min(root::upper(|e| answerer.upper(e), less, near, plan.saddle));
            let width = best.upper - best.lower;
            // Finer cells that do not help are enough.
            if width <= WIDTH * (SMALL + best.upper) || goal < GOAL_MIN || width > 0.7 * before {
                return known.max(best);
            }
            // Chernoff's bound may be far from ε, and its tilt then loses digits: first with what is known now.
            if matches!(target, Target::Both { .. }) {
                before = width;
                goal *= (0.3 * WIDTH * (SMALL + best.upper) / width).clamp(1e-2, 0.3);
            }
            target = Target::Both { epsilon: best.upper.min(best.lower + 1.0 / plan.saddle), delta: less };
        }
    }

    /// Chernoff's bound on the ε of the δ that was the plan's target; infinite if infinite losses alone may be as likely.
    fn chernoff(&self, plan: &Plan, delta: f64) -> f64 {
        if plan.infinite >= delta {
            return f64::INFINITY;
        }
        plan.epsilon + plan.slack + Spectrum::error_of_noise(self.gaussian)
    }

    /// The composition cut as finely as the goal asks, transformed; with wider cells if the lattice was too large.
    fn answerer(
        &self,
        direction: Direction,
        target: Target,
        goal: f64,
        grid: &mut Grid,
    ) -> (Plan, Option<Answerer>) {
        let refined = |grid: &mut Grid| {
            let (plan, terms) = grid.refine(&self.pairs, self.gaussian.middle(), direction, target, goal);
            (plan, Spectrum::new(&terms, self.gaussian, &plan).map(Answerer::new))
        };
        match refined(grid) {
            (plan, None) => {
                grid.start(&self.pairs, plan.window / COMPLETE);
                refined(grid)
            }
            found => found,
        }
    }

    /// δ as a function of ε, if no lattice is needed: of a single step.
    fn closed_form(&self) -> Option<Box<dyn Fn(f64) -> Bounds + '_>> {
        match self.pairs.as_slice() {
            [(pair, 1)] if self.gaussian.upper() <= 0.0 => Some(Box::new(move |epsilon| {
                let of = |direction: &Direction| single::delta(pair, *direction, epsilon);
                self.directions().iter().map(of).fold(Bounds::ZERO, Bounds::max)
            })),
            _ => None,
        }
    }

    /// The ε of δ = 0.
    fn largest_loss(&self) -> Bounds {
        if self.gaussian.upper() > 0.0 {
            return Bounds { lower: f64::INFINITY, upper: f64::INFINITY };
        }
        let of = |direction: &Direction| {
            self.pairs.iter().fold(Enclosure::ZERO, |sum, (pair, count)| {
                // Atoms that were left out had larger losses than all others.
                let ((least, largest), infinite) = (pair.range(), pair.infinite() + pair.beyond());
                let (end, infinite) = match direction {
                    Direction::Forward => (largest, infinite.first),
                    Direction::Reverse => (-least, infinite.second),
                };
                let end = if infinite > 0.0 { f64::INFINITY } else { end };
                sum + Enclosure::count(*count) * Enclosure::around(end, ENDS)
            })
        };
        let largest = self.directions().iter().map(of).fold(Enclosure::ZERO, Enclosure::max);
        if largest.upper().is_infinite() {
            return Bounds { lower: f64::INFINITY, upper: f64::INFINITY };
        }
        Bounds { lower: largest.lower().max(0.0), upper: largest.upper() }
    }

    fn directions(&self) -> &'static [Direction] {
        if self.symmetric { &[Direction::Forward] } else { &[Direction::Forward, Direction::Reverse] }
    }
}

impl Bounds {
    const ZERO: Self = Bounds { lower: 0.0, upper: 0.0 };
}

/// What widths of cells may add to ε, as a share of `SMALL + ε`; and how much less is tried if the interval is too wide.
const GOAL: f64 = 1e-5;
const GOAL_MIN: f64 = 2e-7;
/// An interval that is wider, as a share of `SMALL + ε`, is computed anew with finer cells.
const WIDTH: f64 = 4e-5;
/// An ε that is no more matters less.
pub(super) const SMALL: f64 = 0.02;
/// The relative error of the ends of a pair's losses.
const ENDS: f64 = 1e-14;
