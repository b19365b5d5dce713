//! The ε at which a falling δ meets its target.

use crate::num::exponential::ln;

/// An ε with `delta_of(ε) <= delta`, the least but for a relative 1e-13; infinite if none is found.
///
/// `near` is a guess and `slope` about the rate at which `ln δ` falls there.
pub(super) fn upper(delta_of: impl Fn(f64) -> f64, delta: f64, near: f64, slope: f64) -> f64 {
    let (_, high) = bracket(delta_of, delta, near, slope);
    high.unwrap_or(f64::INFINITY)
}

/// An ε with `delta_of(ε) >= delta`, the largest but for a relative 1e-13; zero if none is found.
pub(super) fn lower(delta_of: impl Fn(f64) -> f64, delta: f64, near: f64, slope: f64) -> f64 {
    let (low, _) = bracket(delta_of, delta, near, slope);
    low.unwrap_or(0.0)
}

/// Two ε with δ above the target at the first, and not above it at the second.
///
/// The search starts near the answer and looks for the ends around it, because far away δ may be lost in its
/// error. Between them it takes the secant of `ln δ`, and halves the interval when two steps did not (after
/// J. C. P. Bus, T. J. Dekker, *Two efficient algorithms with guaranteed convergence for finding a zero of a
/// function*, ACM TOMS 1, 1975).
fn bracket(delta_of: impl Fn(f64) -> f64, delta: f64, near: f64, slope: f64) -> (Option<f64>, Option<f64>) {
    let excess = |epsilon: f64| ln(delta_of(epsilon).max(f64::MIN_POSITIVE)) - ln(delta);
    let mut low: Option<(f64, f64)> = None;
    let mut high: Option<(f64, f64)> = None;
    let mut x = near.max(0.0);
    let mut step = 0.02 / slope;
    for _ in 0..STEPS {
        let value = excess(x);
        if value > 0.0 {
            low = Some((x, value));
            // Beyond the guess of the secant, so that the other end is met soon.
            x += (1.05 * value / slope).clamp(step, 8.0 * step / 0.02) + step;
        } else {
            high = Some((x, value));
            if x <= 0.0 {
                break;
            }
            let back =
                if value.is_finite() { (-1.05 * value / slope).clamp(step, 8.0 * step / 0.02) } else { step };
            x = (x - back - step).max(0.0);
        }
        if low.is_some() && high.is_some() {
            break;
        }
        step *= 2.0;
    }
    let (Some((mut a, mut f_a)), Some((mut b, mut f_b))) = (low, high) else {
        return (low.map(|l| l.0), high.map(|h| h.0));
    };
    let (mut last, mut before_last) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..STEPS {
        let width = b - a;
        if width <= 1e-13 * b {
            break;
        }
        let secant = a + width * (f_a / (f_a - f_b));
        let next = if width > 0.5 * before_last || !secant.is_finite() {
            a + 0.5 * width
        } else {
            // A little towards the farther end, so that both ends move.
            let nudge = (1e-3 * (secant - a).min(b - secant)).max(2e-14 * b);
            if secant - a < 0.5 * width { secant + nudge } else { secant - nudge }
        };
        if next <= a || next >= b {
            break;
        }
        let value = excess(next);
        if value > 0.0 {
            (a, f_a) = (next, value)
        } else {
            (b, f_b) = (next, value)
        }
        (last, before_last) = (width, last);
    }
    (Some(a), Some(b))
}

const STEPS: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_lie_on_their_sides_of_the_target_and_close_together() {
        let falls: [fn(f64) -> f64; 4] = [
            |e| (-7.0 * e).exp(),
            |e| (0.5 - 0.1 * e).max(0.0),
            |e| if e < 1.25 { 0.3 } else { 1e-9 },
            |e| 1e-4 / (1.0 + e * e * e),
        ];
        for fall in falls {
            for delta in [1e-5, 1e-7] {
                for near in [0.0, 1.0, 30.0] {
                    let (low, high) = (lower(fall, delta, near, 5.0), upper(fall, delta, near, 5.0));
                    assert!(fall(low) >= delta && fall(high) <= delta, "{low} {high}");
                    assert!(high - low <= 1e-12 * high, "{low} {high}");
                }
            }
        }
        assert!(upper(|_| 0.5, 0.1, 1.0, 1.0).is_infinite());
        assert!(lower(|_| 0.0, 0.1, 1.0, 1.0) <= 0.0);
    }
}
