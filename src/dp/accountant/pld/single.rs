//! A pair used once: δ in closed form, without a lattice.

use crate::{
    dp::accountant::{
        gaussian,
        pld::{
            measure::Direction,
            pair::{Masses, Pair, Sampled, inner_loss},
            weights::Bounds,
        },
    },
    num::{
        Enclosure,
        exponential::{exp, exp_m1, ln},
        round::UNIT,
    },
};

/// δ at `epsilon >= 0` of a pair used once.
pub(super) fn delta(pair: &Pair, direction: Direction, epsilon: f64) -> Bounds {
    match pair {
        Pair::Gaussian(pair) => {
            let delta = gaussian::delta(pair.distance(), Enclosure::exact(epsilon));
            Bounds { lower: delta.lower(), upper: delta.upper() }
        }
        Pair::Laplace(pair) => {
            // Half of the mass lies at the largest loss, the rest below with density e^((l - largest)/2) / 4.
            let value = -exp_m1(0.5 * (epsilon - pair.epsilon()).min(0.0));
            Bounds::around(value, 0.0, 2.0 * UNIT * (epsilon + pair.epsilon()) + 8.0 * UNIT * value)
        }
        Pair::Atoms(atoms) => {
            let (order, infinite, beyond) = match direction {
                Direction::Forward => (1.0, atoms.infinite().first, atoms.beyond().first),
                Direction::Reverse => (-1.0, atoms.infinite().second, atoms.beyond().second),
            };
            let errors = pair.errors(0.0, 0.0);
            let sum = |epsilon: f64| {
                atoms.atoms().iter().fold(0.0, |sum, atom| {
                    let (loss, mass) =
                        if order > 0.0 { (atom.loss, atom.first) } else { (-atom.loss, atom.second) };
                    if loss > epsilon { sum - mass * exp_m1(epsilon - loss) } else { sum }
                })
            };
            let slack = 1.0
                + errors.mass
                + 64.0 * UNIT
                + 2.0 * UNIT * crate::num::to_f64(crate::num::count(atoms.atoms().len()));
            Bounds {
                lower: (sum(epsilon + errors.loss) + infinite) / slack,
                upper: (sum(epsilon - errors.loss) + infinite + beyond) * slack,
            }
        }
        Pair::Sampled(sampled) => sampled_once(sampled, direction, epsilon),
        Pair::Glued(glued) => sampled_once(glued.mixture(), Direction::Forward, epsilon),
        Pair::Thinned(thinned) => {
            let inner = delta(thinned.inner(), direction, epsilon);
            let (rate, slack) = (thinned.rate(), 1.0 + 4.0 * UNIT);
            Bounds { lower: inner.lower * rate / slack, upper: inner.upper * rate * slack }
        }
        Pair::BoundedRange(_) | Pair::Integers(_) | Pair::Replaced(_) => by_tails(pair, epsilon),
    }
}

/// With `e^l = (e^ε - 1 + q) / q`, the removal of a record has `q δ(l)`; with `e^l = (e^-ε - 1 + q) / q`, its addition has
/// `e^ε q e^l δ(-l)`, for the δ of the mechanism on the sample.
fn sampled_once(sampled: &Sampled, direction: Direction, epsilon: f64) -> Bounds {
    let rate = sampled.rate();
    let (loss, factor) = match direction {
        Direction::Forward => (inner_loss(epsilon, rate), rate),
        Direction::Reverse => {
            let loss = inner_loss(-epsilon, rate);
            (-loss, exp(epsilon) * rate * exp(loss))
        }
    };
    if loss.is_infinite() {
        return Bounds { lower: 0.0, upper: 0.0 };
    }
    // How far off the inner loss is: by some units of the quotient's numerator, whose size is at most that of its
    // two parts; and by units of itself.
    let parts = match direction {
        Direction::Forward => 1.0,
        Direction::Reverse => 1.0 + exp(-epsilon) / (rate * exp(-loss)),
    };
    let slack = (32.0 * parts + 16.0 * loss.abs() + 4.0 * epsilon + 4.0 * ln(rate).abs()) * UNIT;
    let above = delta(sampled.inner(), direction, (loss - slack).max(0.0));
    let below = delta(sampled.inner(), direction, loss + slack);
    let relative = 1.0 + 32.0 * parts * UNIT;
    Bounds { lower: below.lower * factor / relative, upper: above.upper * factor * relative }
}

/// `first - e^ε second` above ε.
fn by_tails(pair: &Pair, epsilon: f64) -> Bounds {
    let Masses { first, second } = pair.above(epsilon);
    let coordinate = pair.coordinate(epsilon);
    let errors = pair.errors(coordinate.min(0.0), coordinate.max(0.0));
    let second = exp(epsilon) * second;
    let error = (errors.mass + errors.loss + 16.0 * UNIT) * (first + second);
    Bounds::around(first - second, 0.0, error)
}
