//! Where functions of an order or of a ratio are least.

use crate::num::exponential::{exp, ln};

/// Where a quasi-convex function of a positive number is least, and the value there: by parabolas and golden sections on the
/// logarithm, from a bracket around `start`. Every value is a valid answer, so it need not be the least one.
pub(super) fn least(f: impl Fn(f64) -> f64, start: f64) -> (f64, f64) {
    let at = |x: f64| {
        let value = f(exp(x));
        if value.is_nan() { f64::INFINITY } else { value }
    };
    // A bracket: a < b < c with f(b) least.
    let mut b = (ln(start), at(ln(start)));
    // Never beyond the range: two functions that fall up to its end are then compared at the same place.
    let beside = |x: f64| {
        let x = x.clamp(LEAST_LOG, LARGEST_LOG);
        (x, at(x))
    };
    let (mut a, mut c) = (beside(b.0 - STRIDE), beside(b.0 + STRIDE));
    let mut stride = STRIDE;
    while a.1 < b.1 && a.0 > LEAST_LOG {
        stride *= WIDER;
        (c, b) = (b, a);
        a = beside(b.0 - stride);
    }
    while c.1 < b.1 && c.0 < LARGEST_LOG {
        stride *= WIDER;
        (a, b) = (b, c);
        c = beside(b.0 + stride);
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

/// Where a function of a lower ratio t in [0, 1) is least among a few places, and the value there.
///
/// Of large orders only ratios near 1 matter, and t^(α-1) tells them apart: it is what is divided.
pub(super) fn least_in_unit(excess: f64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let ratio = |b: f64| if b > 0.0 { exp(ln(b) / excess.max(1.0)) } else { 0.0 };
    let at = |b: f64| {
        let value = f(ratio(b));
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut best = (0.0, at(0.0));
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..SECTIONS {
        let (left, right) = (low + GOLDEN * (high - low), high - GOLDEN * (high - low));
        let (x, y) = (at(left), at(right));
        for (b, value) in [(left, x), (right, y)] {
            if value < best.1 {
                best = (b, value);
            }
        }
        if x <= y { high = right } else { low = left }
    }
    (ratio(best.0), best.1)
}

/// The first step away from the start, in the logarithm; and how much longer each is.
const STRIDE: f64 = 0.5;
const WIDER: f64 = 1.6;
/// The range of α - 1, as a logarithm. Nearer to order 1 nothing is gained but in the sixth digit, and some curves lose theirs.
const LEAST_LOG: f64 = -12.0;
const LARGEST_LOG: f64 = 25.0;
/// At the least value a change of the order by this share changes ε by 1e-10 of it.
const TOLERANCE: f64 = 1e-5;
const ROUNDS: u32 = 60;
/// (3 - √5)/2.
const GOLDEN: f64 = 0.381_966_011_250_105;
/// Halvings of [0, 1), by the golden section.
const SECTIONS: u32 = 24;
