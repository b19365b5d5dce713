//! Curves added up, and what follows from them.

use super::mixture::LARGEST_EXCESS;
use crate::{
    dp::{
        Delta, Neighbors,
        accountant::{
            convert,
            renyi::{Curve, leaf},
            simple::Failure,
        },
        event::Flat,
    },
    error::Result,
    num::{
        Enclosure,
        round::{add_up, mul_up},
    },
};

/// The mechanisms of one way to meet a record: their curves, and the probability with which these do not hold.
#[derive(Debug)]
pub(in crate::dp) struct Composition {
    curves: Vec<(Box<dyn Curve>, Enclosure)>,
    failure: Failure,
}

impl Composition {
    pub(in crate::dp) fn new(way: &Flat, neighbors: Neighbors) -> Result<Self> {
        let (mut curves, mut failure) = (Vec::new(), Failure::NONE);
        for part in way.leaves() {
            if let Some(bounded) = leaf::curve(part, neighbors)? {
                failure = failure.and(bounded.failure, bounded.stated, part.event().count());
                curves.push((bounded.curve, Enclosure::count(part.event().count())));
            }
        }
        Ok(Composition { curves, failure })
    }

    /// Not below (α - 1) D_α for α = 1 + `excess`.
    pub(in crate::dp) fn log_moment(&self, excess: f64) -> f64 {
        self.curves
            .iter()
            .fold(0.0, |sum, (curve, count)| add_up(sum, mul_up(curve.log_moment(excess), count.upper())))
    }

    /// About that, to look for an order with; where two curves of a mechanism are known, of the one that `choice` says.
    fn estimate(&self, excess: f64, choice: &[bool]) -> f64 {
        let of = |((curve, count), &first): (&(Box<dyn Curve>, Enclosure), &bool)| {
            curve.estimate(excess, first) * count.upper()
        };
        self.curves.iter().zip(choice).map(of).sum()
    }

    /// The best of a search for each choice among two curves of a mechanism that is the smaller one at some order: a value, and the
    /// order less 1. The smaller of two curves may be least at two places, and a sum of such ones at more; with one choice, at one.
    fn searched(&self, search: impl Fn(&[bool]) -> (f64, f64)) -> (f64, f64) {
        let at = |excess| self.curves.iter().map(|(curve, _)| curve.is_first(excess)).collect::<Vec<bool>>();
        let mut choices = Vec::new();
        let add = |choices: &mut Vec<_>, choice| {
            if !choices.contains(&choice) {
                choices.push(choice);
            }
        };
        let (mut excess, mut best, mut next) = (LEAST_EXCESS, (f64::INFINITY, 1.0), 0);
        while excess < LARGEST_EXCESS {
            add(&mut choices, at(excess));
            excess *= 2.0;
        }
        while let Some(choice) = choices.get(next) {
            let found = search(choice);
            // A choice that is a better one where the search came to rest, and lies between two of those above.
            add(&mut choices, at(found.1));
            best = if found.0 < best.0 { found } else { best };
            next += 1;
        }
        best
    }

    /// Not below the largest privacy loss.
    pub(in crate::dp) fn max_divergence(&self) -> f64 {
        self.curves
            .iter()
            .fold(0.0, |sum, (curve, count)| add_up(sum, mul_up(curve.max_divergence(), count.upper())))
    }

    /// The probability with which the curves do not hold: the δ of mechanisms that have one.
    pub(in crate::dp) fn failure(&self) -> Enclosure {
        self.failure.probability()
    }

    /// Not below the smallest ε for `delta`, and the order less 1 where it was found.
    pub(in crate::dp) fn epsilon(&self, delta: Delta) -> (f64, f64) {
        if self.curves.is_empty() {
            return (0.0, 1.0);
        }
        let Some(rest) = self.failure.rest(delta) else { return (f64::INFINITY, 1.0) };
        let within = |largest: f64, choice: &[bool]| {
            let up_to = |excess, moment: f64| if excess <= largest { moment } else { f64::INFINITY };
            let estimate = |excess| up_to(excess, self.estimate(excess, choice));
            convert::epsilon(estimate, |excess| up_to(excess, self.log_moment(excess)), rest.lower())
        };
        let best = self.searched(|choice| {
            let found = within(f64::INFINITY, choice);
            // Beyond, curves of samples fall back to what holds without sampling, and a search may come to rest there.
            if found.1 <= LARGEST_EXCESS {
                return found;
            }
            let below = within(LARGEST_EXCESS, choice);
            if below.0 < found.0 { below } else { found }
        });
        (best.0.min(self.max_divergence()), best.1)
    }

    /// Not below the smallest δ for `epsilon`.
    pub(in crate::dp) fn delta(&self, epsilon: f64) -> f64 {
        if self.curves.is_empty() {
            return 0.0;
        }
        let rest = if self.max_divergence() <= epsilon {
            0.0
        } else {
            let found = |choice: &[bool]| {
                convert::delta(
                    |excess| self.estimate(excess, choice),
                    |excess| self.log_moment(excess),
                    epsilon,
                )
            };
            self.searched(found).0.min(1.0)
        };
        self.failure.with(Enclosure::exact(rest)).upper()
    }
}

/// The least order less 1 at which choices are looked at; then at twice it, and so on.
const LEAST_EXCESS: f64 = 1.0 / 256.0;
