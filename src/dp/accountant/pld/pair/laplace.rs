//! Laplace noise, and all bounded-range mechanisms together: masses that are exponentials.

use crate::{
    dp::accountant::pld::pair::{Errors, Masses},
    num::{
        exponential::{EXP_ERROR, EXP_M1_ERROR, exp, exp_m1},
        round::UNIT,
    },
};

/// Laplace noise with a shift of `epsilon` scales: at `-x` scales from the mean of first, inside the shift,
/// the loss is `epsilon - 2x`. Half of first has loss `epsilon`, half of second `-epsilon`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct Laplace {
    epsilon: f64,
}

impl Laplace {
    pub(super) fn new(epsilon: f64) -> Self {
        Laplace { epsilon }
    }

    pub(in crate::dp::accountant::pld) fn epsilon(&self) -> f64 {
        self.epsilon
    }

    pub(super) fn range(&self) -> (f64, f64) {
        (-self.epsilon, self.epsilon)
    }

    /// Between the ends, the densities are `e^((l - epsilon)/2) / 4` and `e^(-(l + epsilon)/2) / 4`.
    pub(super) fn smooth(&self, low: f64, high: f64) -> Masses {
        let (from, to) = (low.clamp(-self.epsilon, self.epsilon), high.clamp(-self.epsilon, self.epsilon));
        let width = -0.5 * exp_m1(-0.5 * (to - from));
        Masses {
            first: width * exp(0.5 * (to - self.epsilon)),
            second: width * exp(-0.5 * (from + self.epsilon)),
        }
    }

    pub(super) fn points(&self) -> [(f64, Masses); 2] {
        let small = 0.5 * exp(-self.epsilon);
        [
            (-self.epsilon, Masses { first: small, second: 0.5 }),
            (self.epsilon, Masses { first: 0.5, second: small }),
        ]
    }

    pub(super) fn errors(&self) -> Errors {
        Errors::of(EXP_M1_ERROR + EXP_ERROR + (8.0 + 2.0 * self.epsilon) * UNIT, self.epsilon)
    }
}

/// The supremum over all ε-bounded-range mechanisms (Durfee, Rogers, *Practical differentially private top-k
/// selection*, NeurIPS 2019): those whose losses on two tables lie in an interval `[t - epsilon, t]`.
///
/// Of the mechanisms with the two losses `t` and `t - epsilon`, which are the extreme ones (\[DDR20\] Dong, Durfee,
/// Rogers, *Optimal differential privacy composition for exponential mechanisms*, ICML 2020), the hockey-stick
/// divergence at `e^l` is largest at `t = (l + epsilon) / 2`, and is then
/// `(1 - e^((l - epsilon)/2))² / (1 - e^(-epsilon))`. It is convex in `e^l`, so it belongs to a pair: first above
/// `l` is `(1 - e^((l - epsilon)/2)) / (1 - e^(-epsilon))`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp::accountant::pld) struct BoundedRange {
    epsilon: f64,
    /// `1 - e^(-epsilon)`.
    scale: f64,
}

impl BoundedRange {
    pub(super) fn new(epsilon: f64) -> Self {
        BoundedRange { epsilon, scale: -exp_m1(-epsilon) }
    }

    pub(super) fn range(&self) -> (f64, f64) {
        (-self.epsilon, self.epsilon)
    }

    pub(super) fn masses(&self, low: f64, high: f64) -> Masses {
        let (from, to) = (low.clamp(-self.epsilon, self.epsilon), high.clamp(-self.epsilon, self.epsilon));
        let width = -exp_m1(-0.5 * (to - from)) / self.scale;
        Masses {
            first: width * exp(0.5 * (to - self.epsilon)),
            second: width * exp(-0.5 * (from + self.epsilon)),
        }
    }

    pub(super) fn errors(&self) -> Errors {
        Errors::of(2.0 * EXP_M1_ERROR + EXP_ERROR + (8.0 + 2.0 * self.epsilon) * UNIT, self.epsilon)
    }
}
