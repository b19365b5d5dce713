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
        let within = |largest: f64| {
            let moment = |excess| if excess <= largest { self.log_moment(excess) } else { f64::INFINITY };
            convert::epsilon(moment, rest.lower())
        };
        let mut best = within(f64::INFINITY);
        // Beyond, curves of samples fall back to what holds without sampling, and a search may come to rest there.
        if best.1 > LARGEST_EXCESS {
            let below = within(LARGEST_EXCESS);
            best = if below.0 < best.0 { below } else { best };
        }
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
            convert::delta(|excess| self.log_moment(excess), epsilon)
        };
        self.failure.with(Enclosure::exact(rest)).upper()
    }
}
