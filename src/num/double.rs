//! Numbers of twice the precision, for the tests: the slow twin of the functions in this module.
//!
//! A `Double` is the unevaluated sum of two `f64`, about 106 bits (T. J. Dekker, *A floating-point technique
//! for extending the available precision*, Numerische Mathematik 18, 1971; D. E. Knuth, *The Art of Computer
//! Programming 2*, section 4.2.2).

use std::{
    cmp::Ordering,
    ops::{Add, Div, Mul, Neg, Sub},
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Double {
    high: f64,
    low: f64,
}

impl Double {
    pub(crate) const PI: Self = Double { high: std::f64::consts::PI, low: 1.224_646_799_147_353_2e-16 };

    /// `a + b`, exactly.
    pub(crate) fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let of_b = high - a;
        Double { high, low: (a - (high - of_b)) + (b - of_b) }
    }

    /// `a * b`, exactly.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Double { high, low: a.mul_add(b, -high) }
    }

    pub(crate) fn to_f64(self) -> f64 {
        self.high + self.low
    }

    /// `|approximation - self| / |self|`.
    pub(crate) fn relative_error(self, approximation: f64) -> f64 {
        ((Double::from(approximation) - self) / self).to_f64().abs()
    }

    /// By the Taylor series of `self / 2^k`, squared `k` times.
    pub(crate) fn exp(self) -> Self {
        if self.high < -0.5 {
            return Double::from(1.0) / (-self).exp();
        }
        let halvings = (self.high.abs().log2().ceil() + 8.0).max(0.0);
        let x = self.scaled(2f64.powf(-halvings));
        // exp(x) - 1, whose squaring (1 + y)^2 - 1 = y (2 + y) loses nothing near 1.
        let (mut term, mut sum) = (x, x);
        for n in 2..16u32 {
            term = term * x / Double::from(f64::from(n));
            sum = sum + term;
        }
        let mut left = halvings;
        while left > 0.0 {
            sum = sum * (sum + Double::from(2.0));
            left -= 1.0;
        }
        sum + Double::from(1.0)
    }

    /// By two steps of Newton's method from the standard library's.
    pub(crate) fn ln(self) -> Self {
        let mut y = Double::from(self.high.ln());
        for _ in 0..2 {
            y = y + self * (-y).exp() - Double::from(1.0);
        }
        y
    }

    /// By one step of Newton's method.
    pub(crate) fn sqrt(self) -> Self {
        let y = Double::from(self.high.sqrt());
        (y + self / y).scaled(0.5)
    }

    /// `factor` is a power of two.
    fn scaled(self, factor: f64) -> Self {
        Double { high: self.high * factor, low: self.low * factor }
    }
}

impl From<f64> for Double {
    fn from(x: f64) -> Self {
        Double { high: x, low: 0.0 }
    }
}

impl PartialOrd for Double {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let difference = *self - *other;
        difference.to_f64().partial_cmp(&0.0)
    }
}

impl Neg for Double {
    type Output = Self;

    fn neg(self) -> Self {
        Double { high: -self.high, low: -self.low }
    }
}

impl Add for Double {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = Double::sum(self.high, other.high);
        let low = Double::sum(self.low, other.low);
        let first = Double::sum(sum.high, sum.low + low.high);
        Double::sum(first.high, first.low + low.low)
    }
}

impl Sub for Double {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Double::product(self.high, other.high);
        Double::sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for Double {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Double::from(first);
        let second = rest.high / other.high;
        let rest = rest - other * Double::from(second);
        Double::sum(first, second) + Double::from(rest.high / other.high)
    }
}
