//! Curves added up, and what follows from them.

use crate::{
    dp::{
        Delta, Neighbors,
        accountant::{
            convert,
            renyi::{Curve, leaf},
        },
        event::{Flat, Leaf, Mechanism},
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
    failure: Enclosure,
    /// The sum of all δ in units of 1e-24, where each is stated and not the result of sampling.
    stated: Option<u128>,
}

impl Composition {
    pub(in crate::dp) fn new(way: &Flat, neighbors: Neighbors) -> Result<Self> {
        let (mut curves, mut log_success, mut total) = (Vec::new(), Enclosure::ZERO, Some(0));
        for part in way.leaves() {
            if let Some(bounded) = leaf::curve(part, neighbors)? {
                let count = Enclosure::count(part.event().count());
                log_success = log_success + (-bounded.failure).ln_1p() * count;
                curves.push((bounded.curve, count));
            }
            total = total.and_then(|total: u128| total.checked_add(stated(part)?));
        }
        Ok(Composition { curves, failure: (-log_success.exp_m1()).max(Enclosure::ZERO), stated: total })
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
        self.failure
    }

    /// Not below the smallest ε for `delta`, and the order less 1 where it was found.
    pub(in crate::dp) fn epsilon(&self, delta: Delta) -> (f64, f64) {
        if self.curves.is_empty() {
            return (0.0, 1.0);
        }
        // Exact decimals first: what was stated with δ = 1e-8 holds for δ = 1e-8.
        let target = Enclosure::from(delta);
        let covered =
            self.failure.upper() <= target.lower() || self.stated.is_some_and(|sum| sum <= delta.units());
        if !covered {
            return (f64::INFINITY, 1.0);
        }
        // δ = f + (1 - f) δ', where δ' is for when the curves hold.
        let rest = ((target - self.failure) / (Enclosure::ONE - self.failure)).lower();
        let (epsilon, excess) = convert::epsilon(|excess| self.log_moment(excess), rest);
        (epsilon.min(self.max_divergence()), excess)
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
        (self.failure + (Enclosure::ONE - self.failure) * rest).upper().min(1.0)
    }
}

/// The δ of all times a mechanism, in units of 1e-24.
fn stated(leaf: &Leaf) -> Option<u128> {
    match leaf.event().mechanism() {
        Mechanism::Approximate { delta, .. } if leaf.event().sampling().is_none() => {
            delta.units().checked_mul(u128::from(leaf.event().count()))
        }
        Mechanism::Approximate { .. } => None,
        _ => Some(0),
    }
}
