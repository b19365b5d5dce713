//! From Rényi divergences to ε and δ, by the best known conversion.
//!
//! For one order α with moment X = exp((α - 1) D_α) the best bound is that of two likelihood ratios t < u (\[ACCEKS21\] Asoodeh,
//! Liao, Calmon, Kosut, Sankar, *Three Variants of Differential Privacy: Lossless Conversion and Applications*, IEEE J. Sel.
//! Areas Inf. Theory 2, 2021). With A = u^(α-1) and B = t^(α-1) it is
//!
//! ```text
//!   αδ (A - B) = X - αB + (α - 1) B t,      e^ε = (1 - 1/α) (A u - B t) / (A - B)
//! ```
//!
//! for any t in [0, 1], because λ(x^α - α t^(α-1) x + (α - 1) t^α), which touches 0 at t, is above x - e^ε, which it touches
//! at u (proof: `docs/proofs/renyi_conversion.md`). At t = 0 it is the conversion of Canonne, Kamath, Steinke
//! (arXiv 2004.00010, proposition 12) and of Balle et al. (AISTATS 2020, theorem 21):
//! ε = D_α + ln(1 - 1/α) - ln(αδ)/(α - 1). Where the moment is large a t above 0 gains nothing.
//!
//! The order is chosen among all real numbers above 1: (α - 1) D_α is convex in α, so that ε is quasi-convex in it at t = 0.

use crate::num::{
    Enclosure,
    exponential::{exp, ln, ln_1p},
};

/// Not below the smallest ε for `delta`, and the order less 1 that shows it. `log_moment` is (α - 1) D_α as a function of
/// α - 1.
///
/// # Guarantee
/// For all distributions P and Q of neighbors with `(α - 1) D_α(P ‖ Q) ≤ log_moment(α - 1)`, P is (ε, δ)-indistinguishable
/// from Q.
pub(in crate::dp) fn epsilon(log_moment: impl Fn(f64) -> f64, delta: f64) -> (f64, f64) {
    if delta <= 0.0 {
        return (f64::INFINITY, 1.0);
    }
    let log_inverse = -ln(delta);
    let simple = |excess: f64| {
        let order = excess + 1.0;
        (log_moment(excess) + log_inverse - ln(order)) / excess - ln_1p(1.0 / excess)
    };
    let (excess, _) = least(simple, START);
    let moment = log_moment(excess);
    let (mut best, mut at) = (epsilon_at(excess, moment, 0.0, delta), excess);
    if moment < SMALL_MOMENT {
        // Both the order and the lower ratio matter.
        let along = |excess: f64| {
            let moment = log_moment(excess);
            least_in_unit(|b| epsilon_at(excess, moment, ratio(b, excess), delta)).1
        };
        let (other, value) = least(along, excess);
        if value < best {
            (best, at) = (value, other);
        }
    }
    (best.max(0.0), at)
}

/// Not below the smallest δ for `epsilon`.
///
/// # Guarantee
/// As that of [`epsilon`].
pub(super) fn delta(log_moment: impl Fn(f64) -> f64, epsilon: f64) -> f64 {
    // ln δ = K - (α - 1) ε + (α - 1) ln(α - 1) - α ln α, which is convex in α.
    let simple = |excess: f64| {
        let order = excess + 1.0;
        log_moment(excess) - excess * (epsilon + ln_1p(1.0 / excess)) - ln(order)
    };
    let (excess, _) = least(simple, START);
    let moment = log_moment(excess);
    let s = Enclosure::exact(excess);
    let order = s + 1.0;
    let log_delta = (-(s * epsilon)) + moment - s * (Enclosure::ONE / s).ln_1p() - order.ln();
    let mut best = log_delta.exp().upper();
    if moment < SMALL_MOMENT {
        let along = |excess: f64| {
            let moment = log_moment(excess);
            least_in_unit(|b| delta_at(excess, moment, ratio(b, excess), epsilon)).1
        };
        best = best.min(least(along, excess).1);
    }
    best.clamp(0.0, 1.0)
}

/// ε for one order and one lower ratio, rounded up.
fn epsilon_at(excess: f64, log_moment: f64, t: f64, delta: f64) -> f64 {
    let s = Enclosure::exact(excess);
    let order = s + 1.0;
    if t <= 0.0 {
        let log_inverse = -Enclosure::exact(delta).ln();
        return ((log_inverse + log_moment - order.ln()) / s - (Enclosure::ONE / s).ln_1p()).upper();
    }
    let (b, lower) = (power(t, s), Enclosure::exact(t));
    let difference = (Enclosure::exact(log_moment).exp() - order * b + s * b * lower) / (order * delta);
    let a = b + difference;
    if difference.lower() <= 0.0 || a.upper().is_infinite() {
        return f64::INFINITY;
    }
    let upper = (a.ln() / s).exp();
    (s / order * (a * upper - b * lower) / difference).ln().upper()
}

/// δ for one order and one lower ratio, rounded up: the least δ whose ε is certainly small enough.
fn delta_at(excess: f64, log_moment: f64, t: f64, epsilon: f64) -> f64 {
    let holds = |log_delta: f64| epsilon_at(excess, log_moment, t, exp(log_delta)) <= epsilon;
    let (mut low, mut high) = (-LOG_DELTAS, 0.0);
    if !holds(high) {
        return 1.0;
    }
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if holds(middle) { high = middle } else { low = middle }
    }
    exp(high)
}

/// The lower ratio t of B = t^(α-1). Of large orders only ratios near 1 matter, and B tells them apart.
fn ratio(b: f64, excess: f64) -> f64 {
    if b > 0.0 { exp(ln(b) / excess.max(1.0)) } else { 0.0 }
}

/// t^s for 0 < t.
fn power(t: f64, s: Enclosure) -> Enclosure {
    (Enclosure::exact(t).ln() * s).exp()
}

/// Where a quasi-convex function of a positive number is least, and the value there: by parabolas and golden sections on the
/// logarithm, from a bracket around `start`. Every value is a valid answer, so it need not be the least one.
pub(super) fn least(f: impl Fn(f64) -> f64, start: f64) -> (f64, f64) {
    let at = |x: f64| {
        let value = f(exp(x));
        if value.is_nan() { f64::INFINITY } else { value }
    };
    // A bracket: a < b < c with f(b) least.
    let mut b = (ln(start), at(ln(start)));
    let (mut a, mut c) = ((b.0 - STRIDE, at(b.0 - STRIDE)), (b.0 + STRIDE, at(b.0 + STRIDE)));
    let mut stride = STRIDE;
    while a.1 < b.1 && a.0 > LEAST_LOG {
        stride *= WIDER;
        (c, b) = (b, a);
        a = (b.0 - stride, at(b.0 - stride));
    }
    while c.1 < b.1 && c.0 < LARGEST_LOG {
        stride *= WIDER;
        (a, b) = (b, c);
        c = (b.0 + stride, at(b.0 + stride));
    }
    if a.1 < b.1 {
        b = a;
    } else if c.1 < b.1 {
        b = c;
    }
    let mut widths = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        let width = c.0 - a.0;
        if width < TOLERANCE {
            break;
        }
        // Parabolas converge quickly or hardly at all: then a golden section, which always does.
        let x = if width < 0.5 * widths[0] { parabola(a, b, c) } else { None };
        let x = x.unwrap_or_else(|| golden(a, b, c));
        widths = [widths[1], width];
        let value = at(x);
        if value < b.1 {
            if x < b.0 {
                c = b
            } else {
                a = b
            }
            b = (x, value);
        } else if x < b.0 {
            a = (x, value);
        } else {
            c = (x, value);
        }
    }
    (exp(b.0), b.1)
}

/// The lowest point of the parabola through three points, if it lies inside; a little beside the middle one if it is there,
/// so that the bracket shrinks from both sides.
fn parabola(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> Option<f64> {
    let (left, right) = (b.0 - a.0, c.0 - b.0);
    let (p, q) = (left * (b.1 - c.1), right * (b.1 - a.1));
    let place = b.0 - 0.5 * (left * p - right * q) / (p + q);
    let aside = 0.2 * TOLERANCE;
    let place = if (place - b.0).abs() >= aside {
        place
    } else if left > right {
        b.0 - aside
    } else {
        b.0 + aside
    };
    (place > a.0 && place < c.0).then_some(place)
}

/// A golden section of the longer side.
fn golden(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> f64 {
    let (left, right) = (b.0 - a.0, c.0 - b.0);
    if left > right { b.0 - GOLDEN * left } else { b.0 + GOLDEN * right }
}

/// Where a function on [0, 1) is least among a few places, and the value there.
fn least_in_unit(f: impl Fn(f64) -> f64) -> (f64, f64) {
    let at = |t: f64| {
        let value = f(t);
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut best = (0.0, at(0.0));
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..SECTIONS {
        let (left, right) = (low + GOLDEN * (high - low), high - GOLDEN * (high - low));
        let (x, y) = (at(left), at(right));
        for (t, value) in [(left, x), (right, y)] {
            if value < best.1 {
                best = (t, value);
            }
        }
        if x <= y { high = right } else { low = left }
    }
    best
}

/// Orders of training runs lie around 9.
const START: f64 = 8.0;
/// The first step away from the start, in the logarithm; and how much longer each is.
const STRIDE: f64 = 0.5;
const WIDER: f64 = 1.6;
/// The range of α - 1, as a logarithm.
const LEAST_LOG: f64 = -20.0;
const LARGEST_LOG: f64 = 25.0;
/// At the least value a change of the order by this share changes ε by 1e-10 of it.
const TOLERANCE: f64 = 1e-5;
const ROUNDS: u32 = 60;
/// (3 - √5)/2.
const GOLDEN: f64 = 0.381_966_011_250_105;
/// Above exp(10), a lower ratio above 0 changes δ by less than 5e-5 of it.
const SMALL_MOMENT: f64 = 10.0;
const SECTIONS: u32 = 24;
/// δ is looked for above e^-80, which is below 1e-24 by far.
const LOG_DELTAS: f64 = 80.0;
const BISECTIONS: u32 = 50;
