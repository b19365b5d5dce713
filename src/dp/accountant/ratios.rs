//! ε and δ of one order and two likelihood ratios, estimated.
//!
//! Searches look at thousands of ratios. In plain numbers that is a hundred times as fast as with certain bounds, and a
//! place that was found by an estimate is as good as any: what is printed is computed for it with certain bounds
//! (`convert`). Rounding errors are added on the side of more ε or δ, so that places where all digits cancel do not look
//! good.

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
        let b = exp(s * ln(t));
        let difference = self.numerator(b, t) / (order * delta);
        let a = b + difference;
        if difference <= 0.0 || a.is_infinite() {
            return f64::INFINITY;
        }
        let upper = exp(ln(a) / s);
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
            let share = exp(s * (log_t - ln(upper)));
            let value = most - share * (most - t) - upper;
            let slope = s * (most - t) * share / upper - 1.0;
            let next = upper - value / slope;
            let smaller = next < upper * (1.0 - 2.0 * UNIT);
            if !smaller || slope >= 0.0 {
                break;
            }
            upper = next;
        }
        let (a, b) = (exp(s * ln(upper)), exp(s * log_t));
        let gap = a - b - ERROR * (a + b);
        let delta = self.numerator(b, t) / (order * gap);
        if gap > 0.0 && delta >= 0.0 { delta } else { f64::INFINITY }
    }

    /// X - αB + (α - 1) B t, rather too large.
    fn numerator(&self, b: f64, t: f64) -> f64 {
        let (gained, lost) = (self.excess * b * t, self.order * b);
        self.rest + (1.0 - lost + gained) + ERROR * (1.0 + self.rest + lost + gained)
    }
}

/// What a few operations may be off, relative to the largest of their terms.
const ERROR: f64 = 16.0 * UNIT;
/// Each step about doubles the digits.
const STEPS: u32 = 60;
