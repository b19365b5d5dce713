//! Intervals that certainly hold the number that is meant.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{
    exponential::{self, EXP_ERROR, EXP_M1_ERROR, LN_ERROR},
    round::{add_down, add_up, div_down, div_up, down, mul_down, mul_up, up},
};

/// A closed interval `[lower, upper]` around a real number that is not known better.
///
/// Every operation returns an interval that holds all results for all members of its operands (R. E. Moore,
/// *Interval Analysis*, 1966). Ends may be infinite; what is not a number becomes the whole line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Enclosure {
    lower: f64,
    upper: f64,
}

impl Enclosure {
    pub(crate) const ZERO: Self = Enclosure { lower: 0.0, upper: 0.0 };
    pub(crate) const ONE: Self = Enclosure { lower: 1.0, upper: 1.0 };
    pub(crate) const WHOLE: Self = Enclosure { lower: f64::NEG_INFINITY, upper: f64::INFINITY };

    /// The number `x` itself.
    pub(crate) fn exact(x: f64) -> Self {
        Enclosure::new(x, x)
    }

    pub(crate) fn new(lower: f64, upper: f64) -> Self {
        if lower <= upper { Enclosure { lower, upper } } else { Enclosure::WHOLE }
    }

    /// A number of which `x` is an approximation with this relative error, below 1e-3, or of this size and
    /// subnormal.
    pub(crate) fn around(x: f64, relative_error: f64) -> Self {
        let slack = up(x.abs() * relative_error * (1.0 + 2e-3)) + f64::MIN_POSITIVE * 4.0 * f64::EPSILON;
        if x.is_infinite() {
            // Overflow: beyond the largest number.
            return if x > 0.0 { Enclosure::new(f64::MAX, x) } else { Enclosure::new(x, f64::MIN) };
        }
        Enclosure::new(down(x - slack), up(x + slack))
    }

    /// A whole number.
    pub(crate) fn count(count: u64) -> Self {
        let nearest = super::to_f64(count);
        if count <= 1 << 53 { Enclosure::exact(nearest) } else { Enclosure::new(down(nearest), up(nearest)) }
    }

    pub(crate) fn lower(self) -> f64 {
        self.lower
    }

    pub(crate) fn upper(self) -> f64 {
        self.upper
    }

    pub(crate) fn middle(self) -> f64 {
        0.5 * self.lower + 0.5 * self.upper
    }

    /// The smallest interval that holds both.
    pub(crate) fn hull(self, other: Self) -> Self {
        Enclosure::new(self.lower.min(other.lower), self.upper.max(other.upper))
    }

    /// The larger of two numbers.
    pub(crate) fn max(self, other: Self) -> Self {
        Enclosure::new(self.lower.max(other.lower), self.upper.max(other.upper))
    }

    /// The smaller of two numbers.
    pub(crate) fn min(self, other: Self) -> Self {
        Enclosure::new(self.lower.min(other.lower), self.upper.min(other.upper))
    }

    /// The interval of an increasing function that is known at both ends.
    pub(crate) fn increasing(self, f: impl Fn(f64) -> Self) -> Self {
        Enclosure::new(f(self.lower).lower, f(self.upper).upper)
    }

    /// The interval of a decreasing function that is known at both ends.
    pub(crate) fn decreasing(self, f: impl Fn(f64) -> Self) -> Self {
        Enclosure::new(f(self.upper).lower, f(self.lower).upper)
    }

    pub(crate) fn exp(self) -> Self {
        let ends = self.increasing(|x| Enclosure::around(exponential::exp(x), 4.0 * EXP_ERROR));
        Enclosure::new(ends.lower.max(0.0), ends.upper)
    }

    pub(crate) fn exp_m1(self) -> Self {
        let ends = self.increasing(|x| Enclosure::around(exponential::exp_m1(x), 4.0 * EXP_M1_ERROR));
        Enclosure::new(ends.lower.max(-1.0), ends.upper)
    }

    /// The logarithm of a number that is certainly not negative.
    pub(crate) fn ln(self) -> Self {
        self.increasing(|x| Self::of_logarithm(exponential::ln(x)))
    }

    /// `ln(1 + x)` of a number that is certainly not below -1.
    pub(crate) fn ln_1p(self) -> Self {
        self.increasing(|x| Self::of_logarithm(exponential::ln_1p(x)))
    }

    /// The square root of a number that is not negative; what rounding made negative counts as zero.
    pub(crate) fn sqrt(self) -> Self {
        Enclosure::new(down(self.lower.max(0.0).sqrt()).max(0.0), up(self.upper.sqrt()))
    }

    pub(crate) fn square(self) -> Self {
        let magnitude = if self.lower > 0.0 {
            self
        } else if self.upper < 0.0 {
            -self
        } else {
            Enclosure::new(0.0, self.upper.max(-self.lower))
        };
        Enclosure::new(
            mul_down(magnitude.lower, magnitude.lower).max(0.0),
            mul_up(magnitude.upper, magnitude.upper),
        )
    }

    /// Unlike other results near the ends of the range, infinite logarithms are exact.
    fn of_logarithm(x: f64) -> Self {
        if x.is_infinite() { Enclosure::exact(x) } else { Enclosure::around(x, LN_ERROR) }
    }
}

impl From<f64> for Enclosure {
    fn from(x: f64) -> Self {
        Enclosure::exact(x)
    }
}

impl Neg for Enclosure {
    type Output = Self;

    fn neg(self) -> Self {
        Enclosure { lower: -self.upper, upper: -self.lower }
    }
}

impl<T: Into<Enclosure>> Add<T> for Enclosure {
    type Output = Self;

    fn add(self, other: T) -> Self {
        let other = other.into();
        Enclosure::new(add_down(self.lower, other.lower), add_up(self.upper, other.upper))
    }
}

impl<T: Into<Enclosure>> Sub<T> for Enclosure {
    type Output = Self;

    fn sub(self, other: T) -> Self {
        self + -other.into()
    }
}

impl<T: Into<Enclosure>> Mul<T> for Enclosure {
    type Output = Self;

    fn mul(self, other: T) -> Self {
        let other = other.into();
        // Zero times infinity is zero: an end that is infinite stands for numbers without bound.
        let product = |multiply: fn(f64, f64) -> f64, a: f64, b: f64| {
            if a.abs() > 0.0 && b.abs() > 0.0 { multiply(a, b) } else { 0.0 }
        };
        let ends = [
            (self.lower, other.lower),
            (self.lower, other.upper),
            (self.upper, other.lower),
            (self.upper, other.upper),
        ];
        let lower = ends.iter().map(|(a, b)| product(mul_down, *a, *b)).fold(f64::INFINITY, f64::min);
        let upper = ends.iter().map(|(a, b)| product(mul_up, *a, *b)).fold(f64::NEG_INFINITY, f64::max);
        Enclosure::new(lower, upper)
    }
}

impl<T: Into<Enclosure>> Div<T> for Enclosure {
    type Output = Self;

    /// The whole line if the divisor may be zero.
    fn div(self, other: T) -> Self {
        let other = other.into();
        if other.lower <= 0.0 && other.upper >= 0.0 {
            return Enclosure::WHOLE;
        }
        let ends = [
            (self.lower, other.lower),
            (self.lower, other.upper),
            (self.upper, other.lower),
            (self.upper, other.upper),
        ];
        let quotient = |divide: fn(f64, f64) -> f64, a: f64, b: f64| {
            // Of two infinite ends, any quotient of that sign is possible; the other ends decide.
            if a.is_infinite() && b.is_infinite() { f64::NAN } else { divide(a, b) }
        };
        let lower = ends.iter().map(|(a, b)| quotient(div_down, *a, *b)).fold(f64::INFINITY, f64::min);
        let upper = ends.iter().map(|(a, b)| quotient(div_up, *a, *b)).fold(f64::NEG_INFINITY, f64::max);
        Enclosure::new(lower, upper)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "limits and zeros are exact")]
mod tests {
    use super::*;
    use crate::num::double::Double;
    use proptest::prelude::*;

    fn holds(interval: Enclosure, exact: Double) -> bool {
        Double::from(interval.lower) <= exact && exact <= Double::from(interval.upper)
    }

    proptest! {
        #[test]
        fn operations_hold_the_exact_result_for_all_members(
            (a, b) in (-1e6f64..1e6, 0.0f64..10.0),
            (c, d) in (-1e6f64..1e6, 0.0f64..10.0),
            (s, t) in (0.0f64..1.0, 0.0f64..1.0),
        ) {
            let (x, y) = (Enclosure::new(a, a + b), Enclosure::new(c, c + d));
            let (p, q) = ((a + s * b).min(a + b), (c + t * d).min(c + d));
            prop_assert!(holds(x + y, Double::sum(p, q)));
            prop_assert!(holds(x - y, Double::sum(p, -q)));
            prop_assert!(holds(x * y, Double::product(p, q)));
            prop_assert!(holds(x.square(), Double::product(p, p)));
            prop_assert!(holds(x / y, Double::from(p) / Double::from(q)));
            prop_assert!(holds(x.max(y), Double::from(p.max(q))) && holds(x.min(y), Double::from(p.min(q))));
        }

        #[test]
        fn functions_hold_the_exact_result_for_all_members(a in -300f64..300.0, b in 0.0f64..3.0, s in 0.0f64..1.0) {
            let (x, p) = (Enclosure::new(a, a + b), (a + s * b).min(a + b));
            prop_assert!(holds(x.exp(), Double::from(p).exp()));
            prop_assert!(holds(x.exp_m1(), Double::from(p).exp() - Double::from(1.0)));
            let (x, p) = (Enclosure::new(a.abs(), a.abs() + b), (a.abs() + s * b).min(a.abs() + b));
            prop_assume!(p > 1e-3);
            prop_assert!(holds(x.ln(), Double::from(p).ln()));
            prop_assert!(holds(x.sqrt(), Double::from(p).sqrt()));
            prop_assert!(holds(x.ln_1p(), Double::sum(1.0, p).ln()));
        }
    }

    #[test]
    fn ends_of_the_range_widen_and_never_narrow() {
        let infinite = Enclosure::exact(f64::INFINITY);
        assert_eq!((infinite - infinite).lower(), f64::NEG_INFINITY);
        assert_eq!(Enclosure::ZERO * infinite, Enclosure::ZERO);
        assert_eq!(Enclosure::ONE / Enclosure::new(-1.0, 1.0), Enclosure::WHOLE);
        assert_eq!(Enclosure::exact(f64::NAN), Enclosure::WHOLE);
        assert_eq!(Enclosure::exact(1e9).exp(), Enclosure::new(f64::MAX, f64::INFINITY));
        assert_eq!(Enclosure::exact(-1e9).exp().lower(), 0.0);
        assert_eq!(Enclosure::ZERO.ln().lower(), f64::NEG_INFINITY);
        assert!(Enclosure::count(u64::MAX).lower() <= 18_446_744_073_709_551_615.0);
        assert!(Enclosure::count(u64::MAX).upper() > 18_446_744_073_709_551_615.0);
    }
}
