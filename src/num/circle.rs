//! Points on the unit circle whose angle is a fraction of a turn: exact reduction, no multiples of π to lose.

use super::round::UNIT;

/// The absolute error of each coordinate of [`turn`], as a share of the radius 1.
#[cfg(test)]
pub(crate) const TURN_ERROR: f64 = 2.0 * UNIT;
/// The error of a point of [`Turns`], as a distance.
pub(crate) const TURNS_ERROR: f64 = 9.0 * UNIT;

/// `(cos, sin)` of `2π part / whole`, each within two units.
///
/// The turn is cut into eight by whole numbers; what remains is an angle of at most π/4, where the Taylor
/// series to the 17th power leave less than 1e-17.
pub(crate) fn turn(part: u64, whole: u64) -> (f64, f64) {
    let eighths = u128::from(part % whole) * 8;
    let octant = eighths / u128::from(whole);
    let rest = eighths % u128::from(whole);
    // Odd octants run backwards from the next axis.
    let rest = if octant % 2 == 0 { rest } else { u128::from(whole) - rest };
    let angle = wide_to_f64(rest) / super::to_f64(whole) * std::f64::consts::FRAC_PI_4;
    let square = angle * angle;
    let sine = angle + angle * square * SINE.iter().rev().fold(0.0, |sum, c| sum * square + c);
    let cosine = 1.0 + square * COSINE.iter().rev().fold(0.0, |sum, c| sum * square + c);
    match octant {
        0 => (cosine, sine),
        1 => (sine, cosine),
        2 => (-sine, cosine),
        3 => (-cosine, sine),
        4 => (-cosine, -sine),
        5 => (-sine, -cosine),
        6 => (sine, -cosine),
        _ => (cosine, -sine),
    }
}

/// `(cos, sin)` of `2π step i / whole` for `i` in `0..count`: products of two tables, each within
/// [`TURNS_ERROR`].
pub(crate) struct Turns {
    fine: Vec<(f64, f64)>,
    coarse: Vec<(f64, f64)>,
}

impl Turns {
    /// `step * count` has to fit 64 bits.
    pub(crate) fn new(step: u64, whole: u64, count: usize) -> Self {
        let table = |step: u64, len: usize| {
            (0..len).map(|i| turn(step.wrapping_mul(super::count(i)), whole)).collect::<Vec<_>>()
        };
        let step = step % whole;
        Turns { fine: table(step, FINE), coarse: table(step * super::count(FINE), count.div_ceil(FINE)) }
    }

    #[inline]
    pub(crate) fn point(&self, i: usize) -> (f64, f64) {
        let ((a, b), (c, d)) = (self.fine[i % FINE], self.coarse[i / FINE]);
        (a * c - b * d, a * d + b * c)
    }
}

#[allow(clippy::cast_precision_loss, reason = "one rounding, counted in the error bound")]
fn wide_to_f64(x: u128) -> f64 {
    x as f64
}

const FINE: usize = 64;
const SINE: [f64; 8] = [
    -1.0 / 6.0,
    1.0 / 120.0,
    -1.0 / 5_040.0,
    1.0 / 362_880.0,
    -1.0 / 39_916_800.0,
    1.0 / 6_227_020_800.0,
    -1.0 / 1_307_674_368_000.0,
    1.0 / 355_687_428_096_000.0,
];
const COSINE: [f64; 8] = [
    -1.0 / 2.0,
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40_320.0,
    -1.0 / 3_628_800.0,
    1.0 / 479_001_600.0,
    -1.0 / 87_178_291_200.0,
    1.0 / 20_922_789_888_000.0,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::double::Double;

    /// Both coordinates by their Taylor series, with twice the precision.
    fn slow_turn(part: u64, whole: u64) -> (Double, Double) {
        let eighth = |x: u64| Double::from(crate::num::to_f64(x)) / Double::from(crate::num::to_f64(whole));
        let angle = (Double::PI + Double::PI) * eighth(part);
        let (mut cosine, mut sine, mut term) = (Double::from(1.0), Double::from(0.0), Double::from(1.0));
        for n in 1..60u32 {
            term = term * angle / Double::from(f64::from(n));
            match n % 4 {
                0 => cosine = cosine + term,
                1 => sine = sine + term,
                2 => cosine = cosine - term,
                _ => sine = sine - term,
            }
        }
        (cosine, sine)
    }

    #[test]
    fn points_of_the_circle_keep_their_error_bound() {
        for whole in [1u64, 2, 3, 8, 12, 1_000, 4_096, (1 << 40) + 1] {
            for i in 0..400u64 {
                let part = i.wrapping_mul(0x9e37_79b9_7f4a_7c15) % whole;
                let ((c, s), (exact_c, exact_s)) = (turn(part, whole), slow_turn(part, whole));
                let off = |x: f64, exact: Double| (Double::from(x) - exact).to_f64().abs();
                assert!(off(c, exact_c) <= TURN_ERROR && off(s, exact_s) <= TURN_ERROR, "{part}/{whole}");
            }
        }
    }

    #[test]
    fn tables_of_points_keep_their_error_bound() {
        let whole = 1 << 33;
        for step in [1, 12_345_678_901 % whole, whole - 1] {
            let turns = Turns::new(step, whole, 1_000);
            for i in 0..1_000u64 {
                let ((c, s), (exact_c, exact_s)) =
                    (turns.point(usize::try_from(i).unwrap()), slow_turn(step * i % whole, whole));
                let (x, y) = ((Double::from(c) - exact_c).to_f64(), (Double::from(s) - exact_s).to_f64());
                assert!(x.hypot(y) <= TURNS_ERROR, "{step} {i}");
            }
        }
    }
}
