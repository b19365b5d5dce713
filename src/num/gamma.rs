//! Logarithms of factorials and binomial coefficients.

use super::{exponential::ln, round::UNIT};

/// `ln Γ(x)` for `x > 0`, off by at most [`ln_gamma_error`].
///
/// Stirling's series from 16 on, where seven terms leave less than 1e-18; below, `Γ(x) = Γ(x + n) / (x .. (x + n - 1))`.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let (mut shifted, mut product) = (x, 1.0);
    while shifted < 16.0 {
        product *= shifted;
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = STIRLING.iter().rev().fold(0.0, |sum, c| sum * square + c) * inverse;
    let value = (shifted - 0.5) * ln(shifted) - shifted + (HALF_LN_2_PI + series);
    if shifted > x { value - ln(product) } else { value }
}

/// The absolute error of [`ln_gamma`] at `x`: 16 units of the largest of its parts.
pub(crate) fn ln_gamma_error(x: f64) -> f64 {
    let shifted = x.max(17.0);
    16.0 * UNIT * shifted * (ln(shifted) + 1.0) + 16.0 * UNIT * ln(x.min(1.0)).abs()
}

/// `B_2k / (2k (2k - 1))` for `k` from 1 (Whittaker, Watson, *A Course of Modern Analysis*, section 12.33).
const STIRLING: [f64; 7] =
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{double::Double, sample::logarithmic};

    #[test]
    fn logarithms_of_factorials_keep_their_error_bound() {
        let mut exact = Double::from(0.0);
        for n in 1..3_000u32 {
            exact = exact + Double::from(f64::from(n)).ln();
            let x = f64::from(n) + 1.0;
            let error = (exact - Double::from(ln_gamma(x))).to_f64().abs();
            assert!(error <= ln_gamma_error(x) / 2.0, "{n}: {error:e} of {:e}", ln_gamma_error(x));
        }
    }

    #[test]
    fn the_functional_equation_and_the_reflection_hold() {
        for x in logarithmic(1e-9, 1e9, 2_000, 1) {
            let step = ln_gamma(x + 1.0) - ln_gamma(x) - ln(x);
            // x + 1 rounds: the slope of ln gamma is about ln x.
            let allowed = ln_gamma_error(x + 1.0) + ln_gamma_error(x) + x * UNIT * ln(x + 2.0);
            assert!(step.abs() <= allowed, "{x}: {step:e} of {allowed:e}");
        }
        assert!((ln_gamma(0.5) - 0.572_364_942_924_700_1).abs() <= ln_gamma_error(0.5));
    }
}
