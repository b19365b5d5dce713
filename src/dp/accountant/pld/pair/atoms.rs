//! Pairs with a few losses: randomized response, (ε, δ)-mechanisms, discrete noise point by point.

use crate::{
    dp::accountant::pld::pair::{Errors, Masses, sampled::outer_loss},
    num::{
        exponential::{exp, exp_m1, ln, ln_1p},
        round::UNIT,
        to_f64,
    },
};

/// Masses at finitely many losses.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Atoms {
    /// By increasing loss.
    atoms: Vec<Atom>,
    lattice: Option<Lattice>,
    infinite: Masses,
    /// What was left out: mass of first above the largest loss, of second below the least.
    beyond: Masses,
    errors: Errors,
}

/// Masses at one loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Atom {
    pub(in crate::dp::accountant::pld) loss: f64,
    pub(in crate::dp::accountant::pld) first: f64,
    pub(in crate::dp::accountant::pld) second: f64,
}

/// All losses are `origin` plus whole multiples of `spacing`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Lattice {
    pub(in crate::dp::accountant::pld) origin: f64,
    pub(in crate::dp::accountant::pld) spacing: f64,
}

impl Atoms {
    /// The pair of all (ε, δ)-mechanisms (P. Kairouz, S. Oh, P. Viswanath, *The composition theorem for differential
    /// privacy*, ICML 2015): infinite loss with probability δ, else randomized response with losses ±ε.
    pub(in crate::dp::accountant::pld) fn approximate(epsilon: f64, delta: f64) -> Self {
        let small = exp(-epsilon);
        let (large, small) = ((1.0 - delta) / (1.0 + small), (1.0 - delta) * small / (1.0 + small));
        Atoms::new(
            vec![
                Atom { loss: -epsilon, first: small, second: large },
                Atom { loss: epsilon, first: large, second: small },
            ],
            Some(Lattice { origin: epsilon, spacing: 2.0 * epsilon }),
            Masses { first: delta, second: delta },
            (16.0 + epsilon) * UNIT,
        )
    }

    /// A report of the true category, or with probability `p_random` a draw from all.
    pub(in crate::dp::accountant::pld) fn randomized_response(p_random: f64, categories: u64) -> Self {
        let other = p_random / to_f64(categories);
        let own = (1.0 - p_random) + other;
        // ln(own / other)
        let loss = ln_1p((1.0 - p_random) / other);
        let mut atoms =
            vec![Atom { loss: -loss, first: other, second: own }, Atom { loss, first: own, second: other }];
        let mut lattice = Lattice { origin: loss, spacing: 2.0 * loss };
        if categories > 2 {
            let rest = p_random * (to_f64(categories - 2) / to_f64(categories));
            atoms.insert(1, Atom { loss: 0.0, first: rest, second: rest });
            lattice = Lattice { origin: 0.0, spacing: loss };
        }
        Atoms::new(atoms, Some(lattice), Masses::default(), 16.0 * UNIT)
    }

    /// Discrete Laplace noise of scale `1 / decay`, shifted by `shift` steps: at `x` steps towards second the loss
    /// is `decay (shift - 2x)`; all `x <= 0` share the largest loss and all `x >= shift` the least.
    pub(in crate::dp::accountant::pld) fn discrete_laplace(decay: f64, shift: u64) -> Self {
        let p = exp(-decay);
        let end = to_f64(shift);
        let at = |x: f64| {
            if x > 0.0 && x < end {
                exp(-decay * x) * -exp_m1(-decay) / (1.0 + p)
            } else {
                exp(-decay * x) / (1.0 + p)
            }
        };
        let atoms = (0..=shift).rev().map(to_f64).map(|x| Atom {
            loss: decay * (end - 2.0 * x),
            first: at(x),
            second: at(end - x),
        });
        let lattice = Lattice { origin: decay * end, spacing: 2.0 * decay };
        Atoms::new(atoms.collect(), Some(lattice), Masses::default(), (24.0 + 4.0 * decay * end) * UNIT)
    }

    /// Discrete Gaussian noise with pmf proportional to `e^(-x² / 2σ²)`, shifted by `shift` steps: at `x` steps
    /// towards second the loss is `(shift² - 2 shift x) / 2σ²`. Points with `e^(-x²/2σ²)` below 1e-64 at both
    /// members are left out.
    pub(in crate::dp::accountant::pld) fn discrete_gaussian(sigma: f64, shift: u64) -> Self {
        let reach = (WIDE * sigma).ceil().max(1.0);
        let end = to_f64(shift);
        let weight = |x: f64| exp(-0.5 * (x / sigma) * (x / sigma));
        let steps = |from: f64, to: f64| {
            let mut x = from - 1.0;
            std::iter::from_fn(move || {
                x += 1.0;
                (x <= to).then_some(x)
            })
        };
        let total = 1.0 + 2.0 * steps(1.0, reach).map(weight).sum::<f64>();
        // Where the shift is larger than the reach, what lies between has no mass.
        let places =
            steps(-reach, reach.min(end - reach - 1.0)).chain(steps((end - reach).max(-reach), end + reach));
        let mut atoms: Vec<Atom> = places
            .map(|x| Atom {
                loss: (0.5 * end - x) * (end / sigma) / sigma,
                first: weight(x) / total,
                second: weight(x - end) / total,
            })
            .collect();
        atoms.reverse();
        let spacing = end / sigma / sigma;
        let lattice = Lattice { origin: 0.5 * end * spacing, spacing };
        // Beyond the reach the weights fall by more than half at each step.
        let beyond = weight(reach) / total;
        let mass = (24.0 + 2.0 * WIDE * WIDE + 2.0 * reach.sqrt()) * UNIT;
        Atoms {
            beyond: Masses { first: beyond, second: beyond },
            ..Atoms::new(atoms, Some(lattice), Masses::default(), mass)
        }
    }

    /// On a Poisson sample; see [`Pair::poisson`](super::Pair::poisson).
    pub(super) fn poisson(&self, rate: f64) -> Self {
        let mixed = |first: f64, second: f64| (1.0 - rate) * second + rate * first;
        let mut atoms: Vec<Atom> = self
            .atoms
            .iter()
            .map(|a| Atom {
                loss: outer_loss(a.loss, rate),
                first: mixed(a.first, a.second),
                second: a.second,
            })
            .collect();
        // Where the inner first has nothing, only the record's absence is possible.
        let absent = self.infinite.second + self.beyond.second;
        if absent > 0.0 {
            atoms.insert(0, Atom { loss: ln_1p(-rate), first: mixed(0.0, absent), second: absent });
        }
        let infinite = Masses { first: rate * self.infinite.first, second: 0.0 };
        let mut sampled = Atoms::new(atoms, None, infinite, self.errors.mass + 6.0 * UNIT);
        sampled.beyond = Masses { first: rate * self.beyond.first, second: 0.0 };
        sampled.errors.loss += self.errors.loss + (64.0 + 16.0 * ln(rate).abs()) * UNIT;
        sampled.lattice = sampled.lattice_of_two();
        sampled
    }

    /// The lattice of the two heaviest atoms, if these are all but a little.
    fn lattice_of_two(&self) -> Option<Lattice> {
        let mut heavy: Vec<&Atom> = self.atoms.iter().collect();
        heavy.sort_by(|a, b| (b.first + b.second).total_cmp(&(a.first + a.second)));
        let [one, two, rest @ ..] = heavy.as_slice() else { return None };
        let light: f64 = rest.iter().map(|a| a.first + a.second).sum();
        let (low, high) = (one.loss.min(two.loss), one.loss.max(two.loss));
        (light < 1e-6 && high > low).then_some(Lattice { origin: high, spacing: high - low })
    }

    /// On a sample of fixed size; see [`Pair::fixed_size`](super::Pair::fixed_size).
    pub(super) fn fixed_size(&self, share: f64) -> Self {
        let mixture = self.poisson(share);
        let positive: Vec<Atom> = mixture.atoms.iter().copied().filter(|a| a.loss > 0.0).collect();
        let reversed =
            positive.iter().rev().map(|a| Atom { loss: -a.loss, first: a.second, second: a.first });
        let infinite = Masses { first: mixture.infinite.first, second: mixture.infinite.first };
        let taken =
            positive.iter().fold(infinite.first + mixture.beyond.first, |sum, a| sum + a.first + a.second);
        let middle = (1.0 - taken).max(0.0);
        let atoms = reversed
            .clone()
            .chain([Atom { loss: 0.0, first: middle, second: middle }])
            .chain(positive.iter().copied())
            .collect();
        let mass = mixture.errors.mass * (1.0 + 4.0 / middle.max(1e-3));
        let mut glued = Atoms::new(atoms, None, infinite, mass);
        glued.beyond = Masses { first: mixture.beyond.first, second: mixture.beyond.first };
        glued.errors.loss = mixture.errors.loss;
        if let [single] = positive.as_slice() {
            glued.lattice = Some(Lattice { origin: 0.0, spacing: single.loss });
        }
        glued
    }

    /// With probability `rate` these atoms, else loss 0.
    pub(super) fn thinned(&self, rate: f64) -> Self {
        let share = |masses: Masses| Masses { first: rate * masses.first, second: rate * masses.second };
        let of = |a: &Atom| Atom { loss: a.loss, first: rate * a.first, second: rate * a.second };
        let negative = self.atoms.iter().filter(|a| a.loss < 0.0).map(of);
        let zero = Atom { loss: 0.0, first: 1.0 - rate, second: 1.0 - rate };
        let atoms: Vec<Atom> =
            negative.chain([zero]).chain(self.atoms.iter().filter(|a| a.loss >= 0.0).map(of)).collect();
        // 0 is on the lattice, or in the middle between two of its points, or on none.
        let lattice = self.lattice.and_then(|lattice| {
            let halves = 2.0 * lattice.origin / lattice.spacing;
            let even = (0.5 * halves - (0.5 * halves).round()).abs() < 1e-12 * halves.abs().max(1.0);
            let whole = (halves - halves.round()).abs() < 1e-12 * halves.abs().max(1.0);
            let spacing = if even { lattice.spacing } else { 0.5 * lattice.spacing };
            whole.then_some(Lattice { origin: 0.0, spacing })
        });
        let mut thinned = Atoms::new(atoms, lattice, share(self.infinite), self.errors.mass + 2.0 * UNIT);
        thinned.beyond = share(self.beyond);
        thinned.errors.loss += self.errors.loss;
        thinned
    }

    pub(super) fn masses(&self, low: f64, high: f64) -> Masses {
        let from = self.atoms.partition_point(|a| a.loss < low);
        let to = self.atoms.partition_point(|a| a.loss < high);
        self.atoms[from..to.max(from)].iter().fold(Masses::default(), |sum, a| Masses {
            first: sum.first + a.first,
            second: sum.second + a.second,
        })
    }

    pub(in crate::dp::accountant::pld) fn atoms(&self) -> &[Atom] {
        &self.atoms
    }

    pub(in crate::dp::accountant::pld) fn lattice(&self) -> Option<Lattice> {
        self.lattice
    }

    pub(in crate::dp::accountant::pld) fn infinite(&self) -> Masses {
        self.infinite
    }

    pub(in crate::dp::accountant::pld) fn beyond(&self) -> Masses {
        self.beyond
    }

    pub(super) fn range(&self) -> (f64, f64) {
        let end = |atom: Option<&Atom>| atom.map_or(0.0, |a| a.loss);
        (end(self.atoms.first()), end(self.atoms.last()))
    }

    pub(super) fn errors(&self) -> Errors {
        self.errors
    }

    pub(super) fn is_symmetric(&self) -> bool {
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-15 * a.abs();
        close(self.infinite.first, self.infinite.second)
            && close(self.beyond.first, self.beyond.second)
            && self
                .atoms
                .iter()
                .zip(self.atoms.iter().rev())
                .all(|(a, b)| close(a.loss, -b.loss) && close(a.first, b.second) && close(a.second, b.first))
    }

    fn new(atoms: Vec<Atom>, lattice: Option<Lattice>, infinite: Masses, mass: f64) -> Self {
        let largest = atoms.iter().map(|a| a.loss.abs()).filter(|l| l.is_finite()).fold(0.0, f64::max);
        Atoms { atoms, lattice, infinite, beyond: Masses::default(), errors: Errors::of(mass, largest) }
    }
}

/// e^(-17.2² / 2) < 1e-64.
const WIDE: f64 = 17.2;
