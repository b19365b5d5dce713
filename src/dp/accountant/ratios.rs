//! ε and δ of one order and two likelihood ratios, estimated.
//!
//! Searches look at thousands of ratios. In plain numbers that is a hundred times as fast as with certain bounds, and a
//! place that was found by an estimate is as good as any: what is printed is computed for it with certain bounds
//! (`convert`). Rounding errors are added on the side of more ε or δ, so that places where all digits cancel do not look
//! good. Powers are kept less 1: near order 1 all of them are near 1, and what counts is the difference.

use crate::num::{
    exponential::{exp, exp_m1, ln, ln_1p},
    round::UNIT,
};

/// An order and its moment.
pub(super) struct Order {
    /// α - 1.
    pub(super) excess: f64,
    /// (α - 1) D_α.
    pub(super) log_moment: f64,
    order: f64,
    /// The moment less 1.
    rest: f64,
}

impl Order {
    pub(super) fn new(excess: f64, log_moment: f64) -> Self {
        Order { excess, log_moment, order: excess + 1.0, rest: exp_m1(log_moment) }
    }

    /// The least ε for `delta` and the lower ratio `t`.
    pub(super) fn epsilon(&self, t: f64, delta: f64) -> f64 {
        let (s, order) = (self.excess, self.order);
        if t <= 0.0 {
            return (self.log_moment - ln(delta) - ln(order)) / s - ln_1p(1.0 / s);
        }
        let below = exp_m1(s * ln(t));
        let difference = self.numerator(below, t) / (order * delta);
        let above = below + difference;
        if difference <= 0.0 || above.is_infinite() {
            return f64::INFINITY;
        }
        let upper = exp(ln_1p(above) / s);
        let (a, b) = (1.0 + above, 1.0 + below);
        let error = ERROR * (a * upper + b * t);
        ln(s / order * (a * upper - b * t + error) / difference)
    }

    /// The least δ for `epsilon` and the lower ratio `t`.
    pub(super) fn delta(&self, t: f64, epsilon: f64) -> f64 {
        let (s, order) = (self.excess, self.order);
        if t <= 0.0 {
            return exp(self.log_moment - s * (epsilon + ln_1p(1.0 / s)) - ln(order));
        }
        // The upper ratio u solves u = K - (t/u)^s (K - t) with K = e^ε α/(α-1). The right side less u is concave, and K lies
        // to the right of its largest zero, so that Newton's steps fall to it.
        let (most, log_t) = (exp(epsilon) * order / s, ln(t));
        let mut upper = most;
        for _ in 0..STEPS {
            let lost = exp_m1(s * (log_t - ln(upper)));
            let value = t * (1.0 + lost) - most * lost - upper;
            let slope = s * (most - t) * (1.0 + lost) / upper - 1.0;
            let next = upper - value / slope;
            let smaller = next < upper * (1.0 - 2.0 * UNIT);
            if !smaller || slope >= 0.0 {
                break;
            }
            upper = next;
        }
        let (above, below) = (exp_m1(s * ln(upper)), exp_m1(s * log_t));
        let gap = above - below - ERROR * (above.abs() + below.abs());
        let delta = self.numerator(below, t) / (order * gap);
        if gap > 0.0 && delta >= 0.0 { delta } else { f64::INFINITY }
    }

    /// X - αB + (α - 1) B t for B = 1 + `below`, rather too large.
    fn numerator(&self, below: f64, t: f64) -> f64 {
        let lost = self.excess * (1.0 + below) * (1.0 - t);
        self.rest - below - lost + ERROR * (self.rest - below + lost)
    }
}

/// What a few operations may be off, relative to the largest of their terms.
const ERROR: f64 = 16.0 * UNIT;
/// Each step about doubles the digits.
const STEPS: u32 = 60;
