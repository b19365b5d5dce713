//! The normal distribution: density, tails and masses of intervals, each with a relative error bound.
//!
//! Tails are a density times Mills' ratio `R(x) = P(Z > x) / φ(x)`, so that they keep their relative precision
//! as far out as numbers reach. `R` and its slope are Chebyshev series in `(x - c) / (x + c)`, which maps all
//! `x >= 0` to one interval (M. M. Shepherd, J. G. Laframboise, *Chebyshev approximation of
//! (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞*, Mathematics of Computation 36, 1981; the coefficients here are our
//! own, at another `c`, computed with 60 digits).

use super::{
    exponential::{exp, ln, ln_1p},
    round::UNIT,
};

/// The relative error of [`density`], where it is a normal number (`|x| < 37.6`).
pub(crate) const DENSITY_ERROR: f64 = 12.0 * UNIT;
/// The relative error of [`mills`].
pub(crate) const MILLS_ERROR: f64 = 16.0 * UNIT;
/// The relative error of [`mills_slope`].
pub(crate) const MILLS_SLOPE_ERROR: f64 = 24.0 * UNIT;
/// The relative error of [`upper_tail`], where it is a normal number.
pub(crate) const UPPER_TAIL_ERROR: f64 = 32.0 * UNIT;
/// The relative error of [`ln_upper_tail`].
pub(crate) const LN_UPPER_TAIL_ERROR: f64 = 24.0 * UNIT;
/// The relative error of [`mass`], where the mass and the density beside it are normal numbers.
pub(crate) const MASS_ERROR: f64 = 96.0 * UNIT;

/// The density `φ(x)`, within [`DENSITY_ERROR`].
///
/// `x² = h² + (x - h)(x + h)` for the upper half `h` of `x`, whose square is exact; so the exponent loses
/// nothing, however large it is.
pub(crate) fn density(x: f64) -> f64 {
    let h = f64::from_bits(x.to_bits() & UPPER_HALF);
    let rest = 0.5 * (x - h) * (x + h);
    // rest < 2^-26 x²/2 < 2e-5 where the result is not zero.
    let correction = 1.0 - rest * (1.0 - rest * (0.5 - rest * (1.0 / 6.0)));
    if x.abs() < 40.0 { exp(-0.5 * h * h) * correction * INV_SQRT_2_PI } else { 0.0 }
}

/// Mills' ratio `P(Z > x) / φ(x)` for `x >= 0`, within [`MILLS_ERROR`].
pub(crate) fn mills(x: f64) -> f64 {
    let x = x * std::f64::consts::FRAC_1_SQRT_2;
    SQRT_HALF_PI * chebyshev(&SCALED_MILLS, x) / (1.0 + 2.0 * x)
}

/// `1 - x R(x) = -R'(x)` for Mills' ratio `R` and `x >= 0`, within [`MILLS_SLOPE_ERROR`].
pub(crate) fn mills_slope(x: f64) -> f64 {
    let x = x * std::f64::consts::FRAC_1_SQRT_2;
    chebyshev(&SCALED_SLOPE, x) / (1.0 + 2.0 * x * (1.0 + x))
}

/// `P(Z > x)`, within [`UPPER_TAIL_ERROR`].
pub(crate) fn upper_tail(x: f64) -> f64 {
    if x >= 0.0 { if x < 40.0 { mills(x) * density(x) } else { 0.0 } } else { 1.0 - upper_tail(-x) }
}

/// `ln P(Z > x)`, within [`LN_UPPER_TAIL_ERROR`]; beyond the range of [`upper_tail`], too.
pub(crate) fn ln_upper_tail(x: f64) -> f64 {
    if x > 1.0 {
        // Two negative numbers for x > 1: R(1) < 0.66, and sqrt(2 pi) R < 1.65 < e^(1/2).
        ln(mills(x) * INV_SQRT_2_PI) - 0.5 * x * x
    } else if x >= 0.0 {
        ln(upper_tail(x))
    } else {
        ln_1p(-upper_tail(-x))
    }
}

/// `P(low < Z < high)`, within [`MASS_ERROR`] if `low` and `high` are exact, and `width` is `high - low` but for a few
/// units.
///
/// The width is given, too, because the width of a short interval far out is not the difference of two rounded numbers:
/// then an error of the ends shifts the interval and does not stretch it.
pub(crate) fn mass(low: f64, high: f64, width: f64) -> f64 {
    let middle = 0.5 * low + 0.5 * high;
    if width <= 0.25 && middle.abs() * width <= 1.0 {
        let half = 0.5 * width;
        return density(middle) * width * series(middle.abs() * half, half * half);
    }
    if low >= 0.0 {
        upper_tail(low) - upper_tail(high)
    } else if high <= 0.0 {
        upper_tail(-high) - upper_tail(-low)
    } else {
        1.0 - upper_tail(-low) - upper_tail(high)
    }
}

/// The mean of `φ(x) / φ(m)` over `|x - m| <= h`, from `mh` and `h²`.
///
/// `φ(m + y) = φ(m) sum He_n(m) (-y)^n / n!`. The terms `He_n(m) h^n / n!` follow from the recurrence of the
/// Hermite polynomials. For `mh <= 1/2` and `h <= 1/8` the term of order 16 is below 1e-17 and the sum between
/// 0.99 and 1.05.
#[inline]
fn series(mh: f64, h2: f64) -> f64 {
    let (mut before, mut term) = (1.0, mh);
    let mut sum = 1.0;
    for (n, share) in RECIPROCALS {
        (before, term) = (term, (mh * term - h2 * before) * n);
        sum += term * share;
        let n = n / (1.0 + n);
        (before, term) = (term, (mh * term - h2 * before) * n);
    }
    sum
}

/// `1/n` and `1/(n + 1)` for even `n`.
const RECIPROCALS: [(f64, f64); 7] = [
    (1.0 / 2.0, 1.0 / 3.0),
    (1.0 / 4.0, 1.0 / 5.0),
    (1.0 / 6.0, 1.0 / 7.0),
    (1.0 / 8.0, 1.0 / 9.0),
    (1.0 / 10.0, 1.0 / 11.0),
    (1.0 / 12.0, 1.0 / 13.0),
    (1.0 / 14.0, 1.0 / 15.0),
];

/// Clenshaw's sum of a Chebyshev series in `(x - c) / (x + c)`.
#[inline]
fn chebyshev(coefficients: &[f64; 28], x: f64) -> f64 {
    // For infinite x the quotient is 1.
    let t = if x < 1e300 { (x - CENTER) / (x + CENTER) } else { 1.0 };
    let (mut next, mut after) = (0.0, 0.0);
    for c in coefficients[1..].iter().rev() {
        (next, after) = (c + 2.0 * t * next - after, next);
    }
    coefficients[0] + t * next - after
}

const UPPER_HALF: u64 = !((1 << 27) - 1);
const INV_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;
const SQRT_HALF_PI: f64 = 1.253_314_137_315_500_3;
/// The `c` of both series: of the multiples of a quarter, the one whose coefficients fall fastest.
const CENTER: f64 = 3.5;

/// `(1 + 2x) exp(x²) erfc(x)`; the terms left out sum to less than 2e-19.
const SCALED_MILLS: [f64; 28] = [
    1.177632731636124,
    -0.001630177283414629,
    -0.08733682573463146,
    0.05800974837029327,
    -0.024340115396182225,
    0.007529483715635749,
    -0.0017438817577112521,
    0.00028269829816555584,
    -2.31849116112635e-05,
    -2.111766698133041e-06,
    8.765760156892822e-07,
    -6.105702635086118e-08,
    -1.7116664716341917e-08,
    3.391360268611259e-09,
    2.54661619366046e-10,
    -1.2482784079516295e-10,
    -2.2122757753433792e-12,
    4.4272603638230294e-12,
    -3.367266128031013e-14,
    -1.6519256000923578e-13,
    1.9024103044538835e-15,
    6.601187937172832e-15,
    2.880282449409004e-17,
    -2.7791709635743296e-16,
    -1.0764465740332641e-17,
    1.1885144203998814e-17,
    1.0933660522821855e-18,
    -4.888175126555364e-19,
];
/// `(1 + 2x + 2x²) (1 - sqrt(pi) x exp(x²) erfc(x))`; the terms left out sum to less than 4e-18.
const SCALED_SLOPE: [f64; 28] = [
    1.0980339146844962,
    -0.037433112101363374,
    -0.09948083931008699,
    0.04569048118020816,
    -0.0032780936260754863,
    -0.006655678956258205,
    0.004374175966179356,
    -0.001561215613386299,
    0.00035295081285126827,
    -4.2090834403872614e-05,
    -1.940501769629403e-06,
    1.6499170990089738e-06,
    -1.7733535989717632e-07,
    -3.4019222736074834e-08,
    9.68721916977747e-09,
    4.2380594104075354e-10,
    -3.9235685187919394e-10,
    4.057592267877785e-12,
    1.5523607548092232e-11,
    -5.612205648025236e-13,
    -6.485097944517561e-13,
    2.5649611162591964e-14,
    2.9049328950244713e-14,
    -6.227453485749697e-16,
    -1.3698634365944353e-15,
    -2.1689804367019938e-17,
    6.551556360796421e-17,
    4.6443850105610026e-18,
];

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "limits and zeros are exact")]
mod tests {
    use super::*;
    use crate::num::{
        double::Double,
        sample::{logarithmic, uniform},
    };

    /// `P(0 < Z < x) / φ(x) = x + x³/3 + x⁵/15 + ..`: all terms are positive.
    fn ratio_of_the_body(x: Double) -> Double {
        let (mut term, mut sum) = (x, x);
        for n in 1..400 {
            term = term * x * x / Double::from(f64::from(2 * n + 1));
            sum = sum + term;
        }
        sum
    }

    fn slow_density(x: Double) -> Double {
        (-x * x / Double::from(2.0)).exp() / (Double::PI + Double::PI).sqrt()
    }

    /// Below 3 from the body, above by Laplace's continued fraction 1/(x + 1/(x + 2/(x + ..))).
    fn slow_mills(x: Double) -> Double {
        if x < Double::from(3.0) {
            return Double::from(0.5) / slow_density(x) - ratio_of_the_body(x);
        }
        let mut fraction = x;
        for n in (1..600).rev() {
            fraction = x + Double::from(f64::from(n)) / fraction;
        }
        Double::from(1.0) / fraction
    }

    fn slow_tail(x: Double) -> Double {
        if x < Double::from(0.0) {
            Double::from(1.0) - slow_tail(-x)
        } else {
            slow_mills(x) * slow_density(x)
        }
    }

    fn within(what: &str, x: f64, exact: Double, got: f64, bound: f64) {
        let error = exact.relative_error(got);
        assert!(error <= bound / 2.0, "{what}({x:e}) is off by {:.2} units", error / UNIT);
    }

    #[test]
    fn densities_and_tails_keep_their_error_bounds() {
        for x in uniform(0.0, 37.0, 3_000, 1)
            .chain(uniform(0.0, 4.0, 2_000, 2))
            .chain(logarithmic(1e-9, 1.0, 500, 3))
        {
            let exact = Double::from(x);
            within("density", x, slow_density(exact), density(x), DENSITY_ERROR);
            let ratio = slow_mills(exact);
            within("mills", x, ratio, mills(x), MILLS_ERROR);
            within("upper_tail", x, slow_tail(exact), upper_tail(x), UPPER_TAIL_ERROR);
            within("upper_tail", -x, slow_tail(-exact), upper_tail(-x), UPPER_TAIL_ERROR);
            within("mills_slope", x, Double::from(1.0) - exact * ratio, mills_slope(x), MILLS_SLOPE_ERROR);
            within("ln_upper_tail", x, slow_tail(exact).ln(), ln_upper_tail(x), LN_UPPER_TAIL_ERROR);
            let below = slow_tail(exact);
            if x < 8.0 {
                // ln(1 - y) of the twin needs digits of 1 - y.
                // ln(1 - y) = -(y + y²/2 + ..): the twin of the logarithm would lose the digits of y.
                let (mut power, mut series) = (below, below);
                for n in 2..8 {
                    power = power * below;
                    series = series + power / Double::from(f64::from(n));
                }
                let exact = if x < 3.0 { (Double::from(1.0) - below).ln() } else { -series };
                within("ln_upper_tail", -x, exact, ln_upper_tail(-x), LN_UPPER_TAIL_ERROR);
            }
        }
        // Far out, R = 1/x - 1/x³ + 3/x⁵ and 1 - x R = 1/x² - 3/x⁴.
        for x in [1e6, 1e8, 1e100] {
            let (one, three) = (Double::from(1.0), Double::from(3.0));
            let inverse = one / Double::from(x);
            let square = inverse * inverse;
            within("mills", x, inverse * (one - square + three * square * square), mills(x), MILLS_ERROR);
            within("mills_slope", x, square * (one - three * square), mills_slope(x), MILLS_SLOPE_ERROR);
        }
        assert!((mills(1e300) * 1e300 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn masses_of_intervals_keep_their_error_bound() {
        let middles = uniform(-9.0, 9.0, 3_000, 4).chain(uniform(-30.0, 30.0, 1_000, 5));
        let widths = logarithmic(1e-9, 6.0, 4_000, 6);
        for (middle, width) in middles.zip(widths) {
            let (low, high) = (middle - 0.5 * width, middle + 0.5 * width);
            if middle.abs() + width / 2.0 > 36.0 {
                continue;
            }
            let width = Double::sum(high, -low);
            // Where the twin's difference of tails would cancel, the midpoint rule does better.
            let exact = if width.to_f64() < 1e-5 {
                let m = Double::sum(low, high) / Double::from(2.0);
                let bend = (m * m - Double::from(1.0)) * width * width / Double::from(24.0);
                slow_density(m) * width * (Double::from(1.0) + bend)
            } else if low > 0.0 {
                slow_tail(Double::from(low)) - slow_tail(Double::from(high))
            } else {
                slow_tail(Double::from(-high)) - slow_tail(Double::from(-low))
            };
            within("mass", middle, exact, mass(low, high, width.to_f64()), MASS_ERROR);
        }
        assert_eq!(mass(-f64::INFINITY, f64::INFINITY, f64::INFINITY), 1.0);
        assert_eq!(mass(1e6, 2e6, 1e6), 0.0);
        // Ends far apart do not touch each other.
        assert!((mass(1e-7, 1e9, 1e9) - upper_tail(1e-7)).abs() < 1e-16);
    }

    #[test]
    fn known_values_are_met() {
        // mpmath 1.4.1, 50 digits.
        for (x, tail) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457_05),
            (5.0, 2.866_515_718_791_939_4e-7),
            (20.0, 2.753_624_118_606_233_7e-89),
            (37.0, 5.725_571_222_524_576_7e-300),
        ] {
            assert!((upper_tail(x) / tail - 1.0).abs() <= UPPER_TAIL_ERROR, "{x}");
        }
        assert!((ln_upper_tail(100.0) + 5_005.524_208_694_205).abs() < 1e-11);
    }
}
