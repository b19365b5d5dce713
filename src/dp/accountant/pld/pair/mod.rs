//! Dominating pairs: two distributions that are at least as far apart, at every ε, as the outputs on any two
//! neighboring tables.
//!
//! A pair is given by the masses that its two members, *first* and *second*, put on an interval of the privacy
//! loss `ln(first / second)`. Nothing else about it is ever needed. \[ZDW22\] Zhu, Dong, Wang, *Optimal accounting
//! of differential privacy via characteristic function*, arXiv 2106.08567.
//!
//! ```text
//!   loss      -∞ ............ low [##########) high ............ +∞
//!   first      below.first    |  masses.first |    above.first
//!   second     below.second   |  masses.second|    above.second
//! ```
//!
//! A loss is mapped once to a *coordinate*, in which masses are computed: the loss of the mechanism on the
//! sample, or the place of a Gaussian. The map is increasing.

mod atoms;
mod gaussian;
mod integers;
mod laplace;
mod sampled;
mod thinned;

pub(in crate::dp::accountant::pld) use atoms::{Atom, Atoms, Lattice};
use std::ops::Add;

use gaussian::{Gaussian, Replaced};
use integers::Integers;
use laplace::{BoundedRange, Laplace};
use sampled::Glued;
use sampled::outer_loss;
pub(in crate::dp::accountant::pld) use sampled::{Sampled, inner_loss};
pub(in crate::dp::accountant::pld) use thinned::Thinned;

use crate::num::round::UNIT;

/// A dominating pair.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pair {
    Gaussian(Gaussian),
    Laplace(Laplace),
    BoundedRange(BoundedRange),
    Integers(Integers),
    Atoms(Atoms),
    Sampled(Sampled),
    Glued(Glued),
    Replaced(Replaced),
    Thinned(Thinned),
}

/// Mass of the two members of a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Masses {
    pub(super) first: f64,
    pub(super) second: f64,
}

/// How far off the numbers of a pair may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Errors {
    /// The relative error of masses.
    pub(super) mass: f64,
    /// By how much a loss may be misplaced: the loss of an outcome that is counted to an interval and lies outside, or
    /// the mean loss of an interval.
    pub(super) loss: f64,
}

impl Pair {
    /// `N(shift, 1)` and `N(0, 1)`.
    pub(super) fn gaussian(shift: f64) -> Self {
        Pair::Gaussian(Gaussian::new(shift))
    }

    /// Laplace noise with a shift of `epsilon` scales.
    pub(super) fn laplace(epsilon: f64) -> Self {
        Pair::Laplace(Laplace::new(epsilon))
    }

    /// All ε-bounded-range mechanisms together.
    pub(super) fn bounded_range(epsilon: f64) -> Self {
        Pair::BoundedRange(BoundedRange::new(epsilon))
    }

    /// Discrete Laplace noise of scale `1 / decay`, shifted by `shift` steps.
    pub(super) fn discrete_laplace(decay: f64, shift: u64) -> Self {
        if shift <= ATOMS_MAX {
            Pair::Atoms(Atoms::discrete_laplace(decay, shift))
        } else {
            Pair::Integers(Integers::laplace(decay, shift))
        }
    }

    /// Discrete Gaussian noise, shifted by `shift` steps.
    pub(super) fn discrete_gaussian(sigma: f64, shift: u64) -> Self {
        if sigma <= SIGMA_OF_ATOMS {
            Pair::Atoms(Atoms::discrete_gaussian(sigma, shift))
        } else {
            Pair::Integers(Integers::gaussian(sigma, shift))
        }
    }

    /// The mechanism on a sample that each record joins by itself with probability `rate`; `self` compares the
    /// sample with a record to the sample without.
    ///
    /// \[ZDW22\], theorem 11: (1 - rate) second + rate first, against second, dominates the removal of a record; the
    /// addition is the reverse.
    pub(super) fn poisson(self, rate: f64) -> Self {
        match self {
            _ if rate >= 1.0 => self,
            Pair::Atoms(atoms) => Pair::Atoms(atoms.poisson(rate)),
            _ => Pair::Sampled(Sampled::new(self, rate)),
        }
    }

    /// The mechanism on a sample of a fixed share of the records; `self` compares samples that differ in one.
    ///
    /// \[ZDW22\], theorem 11: at losses above 0 the mixture against the base, below the base against the mixture.
    pub(super) fn fixed_size(self, share: f64) -> Self {
        match self {
            _ if share >= 1.0 => self,
            Pair::Atoms(atoms) => Pair::Atoms(atoms.fixed_size(share)),
            _ => Pair::Glued(Glued::new(self, share)),
        }
    }

    /// Gaussian noise on a Poisson sample when a record is replaced: mixtures with shifts to opposite sides.
    pub(super) fn replaced(shift: f64, rate: f64) -> Self {
        if rate >= 1.0 { Pair::gaussian(2.0 * shift) } else { Pair::Replaced(Replaced::new(shift, rate)) }
    }

    /// The mechanism with probability `rate`, and nothing else: whether it ran is told.
    pub(super) fn thinned(self, rate: f64) -> Self {
        match self {
            _ if rate >= 1.0 => self,
            Pair::Atoms(atoms) => Pair::Atoms(atoms.thinned(rate)),
            _ => Pair::Thinned(Thinned::new(self, rate)),
        }
    }

    /// The coordinate of a loss. Increasing; -∞ and ∞ beyond the least and the largest loss.
    pub(super) fn coordinate(&self, loss: f64) -> f64 {
        match self {
            Pair::Sampled(pair) => pair.coordinate(loss),
            Pair::Glued(pair) => pair.coordinate(loss),
            Pair::Replaced(pair) => pair.coordinate(loss),
            _ => loss,
        }
    }

    /// The masses of outcomes with coordinates in `[low, high)`.
    pub(super) fn masses(&self, low: f64, high: f64) -> Masses {
        let points = self.points();
        let inside = points.iter().filter(|(coordinate, _)| low <= *coordinate && *coordinate < high);
        inside.fold(self.smooth(low, high), |sum, (_, masses)| sum + *masses)
    }

    /// The masses of outcomes with coordinates in `[low, high)`, without those of [`points`](Self::points).
    pub(super) fn smooth(&self, low: f64, high: f64) -> Masses {
        match self {
            Pair::Gaussian(pair) => pair.masses(low, high),
            Pair::Laplace(pair) => pair.smooth(low, high),
            Pair::BoundedRange(pair) => pair.masses(low, high),
            Pair::Integers(pair) => pair.smooth(low, high),
            Pair::Atoms(pair) => pair.masses(low, high),
            Pair::Sampled(pair) => pair.smooth(low, high),
            Pair::Glued(pair) => pair.smooth(low, high),
            Pair::Replaced(pair) => pair.masses(low, high),
            Pair::Thinned(pair) => pair.smooth(low, high),
        }
    }

    /// Coordinates with mass of their own, on [`lattice`](Self::lattice), but for [`Pair::Atoms`].
    pub(super) fn points(&self) -> Vec<(f64, Masses)> {
        match self {
            Pair::Laplace(pair) => pair.points().to_vec(),
            Pair::Integers(pair) => pair.points(),
            Pair::Sampled(pair) => pair.points(),
            Pair::Glued(pair) => pair.points(),
            Pair::Thinned(pair) => pair.points(),
            _ => Vec::new(),
        }
    }

    /// The losses of [`points`](Self::points).
    pub(super) fn point_losses(&self) -> Vec<(f64, Masses)> {
        let loss = |coordinate: f64| match self {
            Pair::Sampled(pair) => outer_loss(coordinate, pair.rate()),
            Pair::Glued(pair) if coordinate < 0.0 => -outer_loss(-coordinate, pair.mixture().rate()),
            Pair::Glued(pair) => outer_loss(coordinate, pair.mixture().rate()),
            _ => coordinate,
        };
        self.points().into_iter().map(|(coordinate, masses)| (loss(coordinate), masses)).collect()
    }

    /// The masses of outcomes with a loss of at least `loss`, infinite losses included.
    pub(super) fn above(&self, loss: f64) -> Masses {
        let infinite = self.infinite();
        let finite = self.masses(self.coordinate(loss), f64::INFINITY);
        Masses { first: finite.first + infinite.first, second: finite.second }
    }

    /// The mass of first where second has none, and the other way round.
    pub(super) fn infinite(&self) -> Masses {
        match self {
            Pair::Atoms(pair) => pair.infinite(),
            Pair::Sampled(pair) => pair.infinite(),
            Pair::Glued(pair) => pair.infinite(),
            Pair::Thinned(pair) => pair.infinite(),
            _ => Masses::default(),
        }
    }

    /// Masses with finite losses that were left out: of first above all others, of second below.
    pub(super) fn beyond(&self) -> Masses {
        match self {
            Pair::Atoms(pair) => pair.beyond(),
            _ => Masses::default(),
        }
    }

    /// The least and the largest finite loss.
    pub(super) fn range(&self) -> (f64, f64) {
        match self {
            Pair::Gaussian(_) | Pair::Replaced(_) => (f64::NEG_INFINITY, f64::INFINITY),
            Pair::Laplace(pair) => pair.range(),
            Pair::BoundedRange(pair) => pair.range(),
            Pair::Integers(pair) => pair.range(),
            Pair::Atoms(pair) => pair.range(),
            Pair::Sampled(pair) => pair.range(),
            Pair::Glued(pair) => pair.range(),
            Pair::Thinned(pair) => pair.range(),
        }
    }

    /// The lattice of the losses that have mass by themselves, if there are any.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        match self {
            Pair::Atoms(pair) => pair.lattice(),
            Pair::Laplace(pair) => Some(Lattice { origin: pair.epsilon(), spacing: 2.0 * pair.epsilon() }),
            Pair::Integers(pair) => pair.lattice(),
            Pair::Sampled(pair) => pair.lattice(),
            Pair::Glued(pair) => pair.lattice(),
            Pair::Thinned(pair) => pair.lattice(),
            _ => None,
        }
    }

    /// How far off masses and losses are, where the finite boundaries have coordinates in `low..=high`.
    pub(super) fn errors(&self, low: f64, high: f64) -> Errors {
        match self {
            Pair::Gaussian(pair) => pair.errors(low, high),
            Pair::Laplace(pair) => pair.errors(),
            Pair::BoundedRange(pair) => pair.errors(),
            Pair::Integers(pair) => pair.errors(),
            Pair::Atoms(pair) => pair.errors(),
            Pair::Sampled(pair) => pair.errors(low, high),
            Pair::Glued(pair) => pair.errors(low, high),
            Pair::Replaced(pair) => pair.errors(low, high),
            Pair::Thinned(pair) => pair.errors(low, high),
        }
    }

    /// Whether first and second can be exchanged without any change of the masses by loss.
    pub(super) fn is_symmetric(&self) -> bool {
        match self {
            Pair::Atoms(pair) => pair.is_symmetric(),
            Pair::Sampled(_) => false,
            Pair::Thinned(pair) => pair.is_symmetric(),
            _ => true,
        }
    }
}

impl Add for Masses {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Masses { first: self.first + other.first, second: self.second + other.second }
    }
}

impl Errors {
    /// For masses within `mass`, and losses that are computed as a quotient of masses and a few roundings of
    /// numbers up to `largest`.
    fn of(mass: f64, largest: f64) -> Self {
        Errors { mass, loss: 2.5 * mass + (32.0 + 8.0 * largest.abs()) * UNIT }
    }
}

/// As many lattice points of discrete Laplace noise are listed one by one.
const ATOMS_MAX: u64 = 4096;
/// Discrete Gaussian noise up to here is listed point by point, some 40 σ to each side at most.
const SIGMA_OF_ATOMS: f64 = 400.0;
