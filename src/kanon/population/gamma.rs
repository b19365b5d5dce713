//! The logarithm of the gamma function and its first two derivatives, for positive arguments.
//!
//! Shifted to at least [`SHIFT`] by the recurrence, then by Stirling's series and its derivatives (Abramowitz, Stegun,
//! 6.1.41, 6.3.18, 6.4.12). The first term left out is below 1e-15 there.

/// ln Gamma(x).
pub(super) fn ln_gamma(mut x: f64) -> f64 {
    let mut shifted = 0.0;
    while x < SHIFT {
        shifted -= x.ln();
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0)))) / x;
    shifted + (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
}

/// The derivative of ln Gamma.
pub(super) fn digamma(mut x: f64) -> f64 {
    let mut shifted = 0.0;
    while x < SHIFT {
        shifted -= 1.0 / x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    shifted + x.ln() - 0.5 / x - r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r / 240.0)))
}

/// The second derivative of ln Gamma.
pub(super) fn trigamma(mut x: f64) -> f64 {
    let mut shifted = 0.0;
    while x < SHIFT {
        shifted += 1.0 / (x * x);
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    shifted + (1.0 + 0.5 / x + r * (1.0 / 6.0 - r * (1.0 / 30.0 - r * (1.0 / 42.0 - r / 30.0)))) / x
}

/// From here on the series has the precision of `f64`.
const SHIFT: f64 = 16.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from Abramowitz, Stegun, tables 6.1 and 6.2, and the closed forms at 1/2 and 1.
    #[test]
    fn known_values() {
        let euler = 0.577_215_664_901_532_9;
        let pi = std::f64::consts::PI;
        let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-13 * b.abs().max(1.0), "{a} {b}");
        close(ln_gamma(1.0), 0.0);
        close(ln_gamma(0.5), 0.5 * pi.ln());
        close(ln_gamma(11.0), 3_628_800f64.ln());
        close(digamma(1.0), -euler);
        close(digamma(0.5), -euler - 2.0 * 2f64.ln());
        close(digamma(101.0), (1..=100).map(|i| 1.0 / f64::from(i)).sum::<f64>() - euler);
        close(trigamma(1.0), pi * pi / 6.0);
        close(trigamma(0.5), pi * pi / 2.0);
    }
}
