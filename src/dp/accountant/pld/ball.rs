//! Complex numbers that are known up to a distance, and their powers.

use crate::num::{exponential::exp, round::UNIT, to_f64};

/// Complex numbers, each with a bound of its relative error.
#[derive(Clone, Debug, Default)]
pub(super) struct Ball {
    pub(super) re: Vec<f64>,
    pub(super) im: Vec<f64>,
    /// `|true - stored| <= (e^radius - 1) |stored| + TINY`
    pub(super) radius: Vec<f64>,
}

/// Numbers `1 + x + iy` near 1 or not, where `x + iy` is known up to an error.
#[derive(Clone, Debug, Default)]
pub(super) struct Deviations {
    pub(super) re: Vec<f64>,
    pub(super) im: Vec<f64>,
    pub(super) error: Vec<f64>,
}

impl Ball {
    pub(super) fn ones(len: usize) -> Self {
        Ball { re: vec![1.0; len], im: vec![0.0; len], radius: vec![0.0; len] }
    }

    /// Multiplies by the `count`-th powers.
    pub(super) fn multiply(&mut self, factors: &Deviations, count: u64) {
        let times = to_f64(count);
        let logarithm = f64::from(count.max(1).ilog2());
        for j in 0..self.re.len() {
            let (mut x, mut y, error) = (factors.re[j], factors.im[j], factors.error[j]);
            let mut size = ((1.0 + x) * (1.0 + x) + y * y).sqrt();
            if size <= error {
                // Nothing is known but that it is at most twice the error.
                (x, y, size) = (error - 1.0, 0.0, error);
                self.radius[j] += times;
            }
            let deviation = times * (x * x + y * y).sqrt();
            self.radius[j] += times * error / size + UNIT * (8.0 + (10.0 * logarithm + 30.0) * deviation);
            let (re, im) = power(x, y, count);
            (self.re[j], self.im[j]) = (self.re[j] * re - self.im[j] * im, self.re[j] * im + self.im[j] * re);
        }
    }

    /// A bound of the magnitude of number `j`.
    fn magnitude(&self, j: usize) -> f64 {
        let stored = (self.re[j] * self.re[j] + self.im[j] * self.im[j]).sqrt();
        (stored * (1.0 + 4.0 * UNIT) + TINY) * exp(self.radius[j].min(700.0))
    }

    /// The last number that is larger than `least`.
    pub(super) fn last_above(&self, least: f64) -> Option<usize> {
        (0..self.re.len()).rev().find(|j| self.magnitude(*j) >= least)
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.re.truncate(len);
        self.im.truncate(len);
        self.radius.truncate(len);
    }
}

/// `(1 + x + iy)^n`.
///
/// By squaring. As long as the power is near 1, only its deviation `z` is kept, of which the square of `1 + z` has
/// `z (2 + z)`: so the error is in proportion to `n |x + iy|`, and not to `n`. With a relative error of three units
/// in each step, of `|z_k| <= 2^k |z|` while `|z_k| < 1/4`, that is `12 n |z| log2 n` units at most; later squarings
/// multiply at most `8 n |z|` factors near 1, with 2.24 units each (Brent, Percival, Zimmermann 2007).
fn power(x: f64, y: f64, n: u64) -> (f64, f64) {
    let (mut a, mut b, mut left) = (x, y, n);
    let (mut re, mut im) = (0.0, 0.0);
    while a * a + b * b < 1.0 / 16.0 {
        if left & 1 == 1 {
            (re, im) = (re + a + (re * a - im * b), im + b + (re * b + im * a));
        }
        left >>= 1;
        if left == 0 {
            return (1.0 + re, im);
        }
        (a, b) = (a * (2.0 + a) - b * b, 2.0 * b * (1.0 + a));
    }
    (a, re) = (1.0 + a, 1.0 + re);
    loop {
        if left & 1 == 1 {
            (re, im) = (re * a - im * b, re * b + im * a);
        }
        left >>= 1;
        if left == 0 {
            return (re, im);
        }
        (a, b) = (a * a - b * b, 2.0 * a * b);
        if a * a + b * b < 1e-280 {
            return (0.0, 0.0);
        }
    }
}

/// Powers that are smaller may be stored as zero.
pub(super) const TINY: f64 = 1e-130;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{double::Double, sample::uniform};

    /// By `n` multiplications, with twice the precision.
    fn slow_power(x: f64, y: f64, n: u64) -> (Double, Double) {
        let (a, b) = (Double::sum(1.0, x), Double::from(y));
        let (mut re, mut im) = (Double::from(1.0), Double::from(0.0));
        for _ in 0..n {
            (re, im) = (re * a - im * b, re * b + im * a);
        }
        (re, im)
    }

    #[test]
    fn powers_stay_within_their_radius() {
        let points: Vec<f64> = uniform(-1.0, 1.0, 400, 1).collect();
        for (i, pair) in points.chunks(2).enumerate() {
            for scale in [1e-9, 1e-5, 1e-2, 0.7] {
                let (x, y) = (scale * pair[0], scale * pair[1]);
                let count = [1, 2, 3, 17, 1_000, 4_097][i % 6];
                // Characteristic functions stay in the unit circle.
                if (1.0 + x).hypot(y) > 1.0 {
                    continue;
                }
                let mut ball = Ball::ones(1);
                ball.multiply(&Deviations { re: vec![x], im: vec![y], error: vec![0.0] }, count);
                let (re, im) = slow_power(x, y, count);
                let off =
                    (Double::from(ball.re[0]) - re).to_f64().hypot((Double::from(ball.im[0]) - im).to_f64());
                let size = re.to_f64().hypot(im.to_f64());
                assert!(
                    off <= size * (exp(ball.radius[0]) - 1.0) + TINY,
                    "{x} {y} {count}: {off:e} of {size:e}"
                );
                // The bound is not idle: for few factors it is a few units.
                assert!(ball.radius[0] < 1e-9);
            }
        }
    }
}
