//! Curves added up, and what follows from them.

use super::mixture::LARGEST_EXCESS;
use crate::{
    dp::{
        Delta, Neighbors,
        accountant::{
            convert,
            renyi::{Curve, Of, leaf},
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

    /// About that, to look for an order with.
    fn estimate(&self, excess: f64, of: Of) -> f64 {
        self.curves.iter().map(|(curve, count)| curve.estimate(excess, of) * count.upper()).sum()
    }

    /// What is to be searched: the smaller of two curves may have two places where it is least.
    fn searched(&self) -> &'static [Of] {
        let two = self.curves.iter().any(|(curve, _)| curve.is_of_two());
        if two { &[Of::Smaller, Of::First, Of::Second] } else { &[Of::Smaller] }
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
        let within = |largest: f64, of: Of| {
            let up_to = |excess, moment: f64| if excess <= largest { moment } else { f64::INFINITY };
            let estimate = |excess| up_to(excess, self.estimate(excess, of));
            convert::epsilon(estimate, |excess| up_to(excess, self.log_moment(excess)), rest.lower())
        };
        let better = |a: (f64, f64), b: (f64, f64)| if b.0 < a.0 { b } else { a };
        let mut best = (f64::INFINITY, 1.0);
        for &of in self.searched() {
            let found = within(f64::INFINITY, of);
            best = better(best, found);
            // Beyond, curves of samples fall back to what holds without sampling, and a search may come to rest there.
            if found.1 > LARGEST_EXCESS {
                best = better(best, within(LARGEST_EXCESS, of));
            }
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
            let found = |of| {
                convert::delta(|excess| self.estimate(excess, of), |excess| self.log_moment(excess), epsilon)
            };
            self.searched().iter().map(|&of| found(of)).fold(1.0, f64::min)
        };
        self.failure.with(Enclosure::exact(rest)).upper()
    }
}
