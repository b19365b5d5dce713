//! `e^x - 1 - x`, which is positive, with a relative error bound: what moments of privacy losses are sums of.

use super::{Enclosure, exponential::exp_m1, round::UNIT};

/// The relative error of [`exp_remainder`].
///
/// Of the series: its sums lie between 0.4 and 0.6 and are off by at most four units, the square and the product by one
/// each; what is left out is below a tenth of a unit. Beyond: `e^x - 1` is at most 4.4 times the result, and off by at
/// most eight units.
pub(crate) const REMAINDER_ERROR: f64 = 48.0 * UNIT;

/// `e^x - 1 - x`, within [`REMAINDER_ERROR`].
pub(crate) fn exp_remainder(x: f64) -> f64 {
    if x.abs() > 0.5 {
        return exp_m1(x) - x;
    }
    let square = x * x;
    let fourth = square * square;
    let low = (1.0 / 2.0 + x * (1.0 / 6.0)) + square * (1.0 / 24.0 + x * (1.0 / 120.0));
    let middle = (1.0 / 720.0 + x * (1.0 / 5_040.0)) + square * (1.0 / 40_320.0 + x * (1.0 / 362_880.0));
    let high = (1.0 / 3_628_800.0 + x * (1.0 / 39_916_800.0))
        + square * (1.0 / 479_001_600.0 + x * (1.0 / 6_227_020_800.0));
    let highest = 1.0 / 87_178_291_200.0 + x * (1.0 / 1_307_674_368_000.0);
    square * (low + fourth * (middle + fourth * (high + fourth * highest)))
}

/// `e^x - 1 - x` of an enclosure: it grows with the size of its argument.
pub(crate) fn enclosed_remainder(x: Enclosure) -> Enclosure {
    let at = |x: f64| Enclosure::around(exp_remainder(x), REMAINDER_ERROR);
    if x.lower() >= 0.0 {
        x.increasing(at)
    } else if x.upper() <= 0.0 {
        x.decreasing(at)
    } else {
        Enclosure::new(0.0, at(x.lower()).max(at(x.upper())).upper())
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "zero is exact")]
mod tests {
    use super::*;
    use crate::num::{
        double::Double,
        sample::{logarithmic, uniform},
    };

    #[test]
    fn the_remainder_keeps_its_error_bound() {
        let points = uniform(-700.0, 700.0, 5_000, 1)
            .chain(uniform(-1.0, 1.0, 20_000, 2))
            .chain(logarithmic(1e-100, 1.0, 5_000, 3).flat_map(|x| [x, -x]));
        for x in points {
            let exact = if x.abs() < 1.0 {
                // x²/2 + x³/6 + ..: the difference would lose the digits that count.
                let (x, mut term) = (Double::from(x), Double::from(x));
                let mut sum = Double::from(0.0);
                for n in 2..30 {
                    term = term * x / Double::from(f64::from(n));
                    sum = sum + term;
                }
                sum
            } else {
                Double::from(x).exp() - Double::sum(1.0, x)
            };
            let error = exact.relative_error(exp_remainder(x));
            assert!(error <= REMAINDER_ERROR / 2.0, "at {x:e} off by {:.2} units", error / UNIT);
        }
        assert_eq!((exp_remainder(0.0), exp_remainder(1e3)), (0.0, f64::INFINITY));
    }
}
