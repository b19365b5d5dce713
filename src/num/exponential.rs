//! Exponential and logarithm with error bounds that hold on every platform.
//!
//! The standard library promises nothing about the precision of its functions, and they differ between
//! platforms. These use additions, multiplications and divisions only, so that a certified bound is the same
//! number everywhere. Each bound is the sum of the rounding errors of its steps, which a comment names, doubled;
//! the tests compare with arithmetic of twice the precision.

use super::round::UNIT;

/// The relative error of [`exp`], for results that are normal numbers.
pub(crate) const EXP_ERROR: f64 = 4.0 * UNIT;
/// The relative error of [`exp_m1`].
pub(crate) const EXP_M1_ERROR: f64 = 8.0 * UNIT;
/// The relative error of [`ln`] and [`ln_1p`].
pub(crate) const LN_ERROR: f64 = 6.0 * UNIT;

/// `e^x`, within [`EXP_ERROR`]; zero or subnormal below -708, infinite above 709.8.
pub(crate) fn exp(x: f64) -> f64 {
    if x.abs() <= 708.0 {
        let (r, scale) = reduce(x);
        return (1.0 + tail(r)) * scale;
    }
    if x.is_nan() {
        return x;
    }
    // Two factors, because 2^k alone may not be a normal number. Beyond ±1400 the limits are certain.
    let half = 0.5 * x.clamp(-1400.0, 1400.0);
    let (r, scale) = reduce(half);
    let root = (1.0 + tail(r)) * scale;
    // Squaring doubles the error: three ulps where only results near the ends of the range are concerned.
    root * root
}

/// `e^x - 1`, within [`EXP_M1_ERROR`].
pub(crate) fn exp_m1(x: f64) -> f64 {
    if x.abs() <= HALF_LN_2 {
        return tail(x);
    }
    if x.abs() <= 36.0 {
        // (scale - 1) is exact and tail(r) * scale does not cancel it: |sum| >= 0.29 for x < -0.34.
        let (r, scale) = reduce(x);
        return (scale - 1.0) + tail(r) * scale;
    }
    exp(x) - 1.0
}

/// The natural logarithm, within [`LN_ERROR`]; of zero -∞, of negative numbers not a number.
pub(crate) fn ln(x: f64) -> f64 {
    if !(f64::MIN_POSITIVE..f64::INFINITY).contains(&x) {
        return if x > 0.0 && x.is_finite() {
            // Subnormal.
            ln(x * TWO_54) - 54.0 * std::f64::consts::LN_2
        } else {
            x.ln()
        };
    }
    let (mantissa, exponent) = split(x);
    scaled_ln(mantissa - 1.0, exponent, 0.0)
}

/// `ln(1 + x)`, within [`LN_ERROR`].
pub(crate) fn ln_1p(x: f64) -> f64 {
    if !(-1.0..f64::INFINITY).contains(&x) || x <= -1.0 {
        return x.ln_1p();
    }
    if (-0.29..0.41).contains(&x) {
        return scaled_ln(x, 0.0, 0.0);
    }
    let sum = 1.0 + x;
    // What the addition lost, exactly (Dekker 1971).
    let lost = if x < 1.0 { x - (sum - 1.0) } else { 1.0 - (sum - x) };
    let (mantissa, exponent) = split(sum);
    scaled_ln(mantissa - 1.0, exponent, lost / sum)
}

/// `ln(e^a + e^b)`.
pub(crate) fn ln_add_exp(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if large.is_infinite() || small.is_infinite() { large } else { large + ln_1p(exp(small - large)) }
}

/// `e^r - 1` for `|r| <= ln(2) / 2`: the Taylor series up to `r^13`, whose rest is below 0.04 units.
///
/// Errors in units of the result: the series in parentheses 2 on a part that is at most 0.3 of the whole, its
/// product with `r^2` 1 more of the same, the sum 1.
#[inline]
fn tail(r: f64) -> f64 {
    let square = r * r;
    let fourth = square * square;
    let a = 1.0 / 2.0 + r * (1.0 / 6.0);
    let b = 1.0 / 24.0 + r * (1.0 / 120.0);
    let c = 1.0 / 720.0 + r * (1.0 / 5_040.0);
    let d = 1.0 / 40_320.0 + r * (1.0 / 362_880.0);
    let e = 1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0);
    let f = 1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0);
    let low = a + square * b;
    let middle = c + square * d;
    let high = e + square * f;
    r + square * (low + fourth * (middle + fourth * high))
}

/// `x = k ln 2 + r` and `2^k`, for `|x| <= 750`.
///
/// `k` times the upper half of `ln 2` is exact, because that half ends in 21 zero bits; so is its difference
/// from `x` (Sterbenz), and what remains is one rounding of `r`.
#[inline]
fn reduce(x: f64) -> (f64, f64) {
    let shifted = x * std::f64::consts::LOG2_E + TO_WHOLE;
    let k = shifted - TO_WHOLE;
    let r = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    // The low bits of `shifted` are `k` in two's complement; moved up they are added to the exponent of 1.
    (r, f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0f64.to_bits())))
}

/// `x = mantissa * 2^exponent` with the mantissa in `[sqrt(1/2), sqrt(2))`, for normal positive `x`.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "an exponent has eleven bits")]
fn split(x: f64) -> (f64, f64) {
    let above = x.to_bits().wrapping_sub(SQRT_HALF_BITS).cast_signed() >> 52;
    (f64::from_bits(x.to_bits().wrapping_sub((above << 52).cast_unsigned())), above as f64)
}

/// `exponent ln 2 + ln(1 + f) + correction` for `1 + f` in `[sqrt(1/2), sqrt(2))` and a small correction.
///
/// With `s = f / (2 + f)`, `ln(1 + f) = 2 s + s R` and `R = 2/3 s^2 + 2/5 s^4 + ..`; and `2 s = f - s f`. So it
/// is `f` minus something of at most half its size, and small `f` keeps its relative precision. The series
/// ends at `s^20`, with a rest below 0.05 units, as `|s| < 0.172`.
#[inline]
fn scaled_ln(f: f64, exponent: f64, correction: f64) -> f64 {
    let s = f / (2.0 + f);
    let w = s * s;
    let w2 = w * w;
    let w4 = w2 * w2;
    let a = 2.0 / 3.0 + w * (2.0 / 5.0);
    let b = 2.0 / 7.0 + w * (2.0 / 9.0);
    let c = 2.0 / 11.0 + w * (2.0 / 13.0);
    let d = 2.0 / 15.0 + w * (2.0 / 17.0);
    let e = 2.0 / 19.0 + w * (2.0 / 21.0);
    let series = w * ((a + w2 * b) + w4 * ((c + w2 * d) + w4 * e));
    let half_square = 0.5 * f * f;
    exponent * LN_2_HIGH
        + (f - (half_square - (s * (half_square + series) + (exponent * LN_2_LOW + correction))))
}

const HALF_LN_2: f64 = 0.346_573_590_279_972_64;
/// The first 32 bits of ln 2.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
/// ln 2 less `LN_2_HIGH`.
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1.5 * 2^52: added and subtracted, rounds to a whole number.
const TO_WHOLE: f64 = 6_755_399_441_055_744.0;
const TWO_54: f64 = 18_014_398_509_481_984.0;
/// The bits of sqrt(1/2), so that a mantissa of sqrt(1/2) to sqrt(2) has exponent 0.
const SQRT_HALF_BITS: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "limits and zeros are exact")]
mod tests {
    use super::*;
    use crate::num::{
        double::Double,
        sample::{logarithmic, uniform},
    };

    #[test]
    fn the_exponential_keeps_its_error_bound() {
        let points = uniform(-707.0, 708.0, 20_000, 1)
            .chain(uniform(-1.0, 1.0, 20_000, 2))
            .chain(logarithmic(1e-18, 1.0, 4_000, 3).flat_map(|x| [x, -x]));
        for x in points {
            let error = Double::from(x).exp().relative_error(exp(x));
            assert!(error <= EXP_ERROR / 2.0, "exp({x:e}) is off by {:.2} units", error / UNIT);
            let error = if x.abs() < 1e-3 {
                // x + x²/2 + ..: the twin would lose the digits that count.
                let (x, mut term, mut sum) = (Double::from(x), Double::from(x), Double::from(x));
                for n in 2..12 {
                    term = term * x / Double::from(f64::from(n));
                    sum = sum + term;
                }
                sum.relative_error(exp_m1(x.to_f64()))
            } else {
                (Double::from(x).exp() - Double::from(1.0)).relative_error(exp_m1(x))
            };
            assert!(error <= EXP_M1_ERROR / 2.0, "exp_m1({x:e}) is off by {:.2} units", error / UNIT);
        }
    }

    #[test]
    fn the_logarithm_keeps_its_error_bound() {
        let points = logarithmic(1e-300, 1e300, 20_000, 4).chain(uniform(0.25, 4.0, 20_000, 5));
        for x in points {
            let error = Double::from(x).ln().relative_error(ln(x));
            assert!(error <= LN_ERROR / 2.0, "ln({x:e}) is off by {:.2} units", error / UNIT);
        }
        let points = logarithmic(1e-15, 1e15, 20_000, 6)
            .chain(uniform(-0.999, 3.0, 20_000, 7))
            .chain(logarithmic(1e-15, 1.0, 5_000, 8).map(|x| -x));
        for x in points.filter(|x| *x > -1.0) {
            let error = Double::sum(1.0, x).ln().relative_error(ln_1p(x));
            assert!(error <= LN_ERROR / 2.0, "ln_1p({x:e}) is off by {:.2} units", error / UNIT);
        }
    }

    #[test]
    fn the_ends_of_the_range_are_limits() {
        assert_eq!((exp(f64::NEG_INFINITY), exp(-1e300), exp(0.0)), (0.0, 0.0, 1.0));
        assert_eq!((exp(f64::INFINITY), exp(1e300)), (f64::INFINITY, f64::INFINITY));
        assert_eq!((exp_m1(f64::NEG_INFINITY), exp_m1(0.0), exp_m1(800.0)), (-1.0, 0.0, f64::INFINITY));
        assert_eq!((ln(0.0), ln(1.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, 0.0, f64::INFINITY));
        assert_eq!((ln_1p(-1.0), ln_1p(0.0)), (f64::NEG_INFINITY, 0.0));
        for not_a_number in [ln(-1.0), ln(f64::NAN), ln_1p(-2.0), ln_1p(f64::NAN), exp(f64::NAN)] {
            assert!(not_a_number.is_nan());
        }
        assert!((exp(-740.0).ln() + 740.0).abs() < 1e-2 && (exp(709.7).ln() - 709.7).abs() < 1e-12);
        assert!((ln(5e-324) + 744.440_071_921_381_2).abs() < 1e-12);
        assert_eq!(ln_add_exp(f64::NEG_INFINITY, -3.0), -3.0);
        assert!((ln_add_exp(-1000.0, -1000.0) + 1000.0 - std::f64::consts::LN_2).abs() < 1e-12);
    }
}
