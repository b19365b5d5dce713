//! How far noise moves an answer, from public parameters.

use crate::{
    dp::noise::Scale,
    num::{self, normal},
};

/// The least whole number `h`, in lattice steps, with `P(|noise| > h) <= 1 - confidence` (rounded up by at
/// most one step and one part in 10^12).
///
/// With `p = exp(-1/scale)`: `P(|noise| > h) = 2 p^(h+1) / (1 + p)`.
pub(in crate::dp) fn half_width(scale: Scale, confidence: f64) -> f64 {
    let scale = num::to_f64(scale.numerator()) / num::to_f64(scale.denominator());
    let ratio = (-1.0 / scale).exp();
    let steps = scale * (2.0 / ((1.0 + ratio) * (1.0 - confidence))).ln() - 1.0;
    (steps * (1.0 + 1e-12) - 1e-9).ceil().max(0.0)
}

/// The same for discrete Gaussian noise with this σ: a whole number, at most one above the least.
///
/// `P(noise >= m) <= P(N(0, σ²) >= m - 1)`: \[CKS20\] Canonne, Kamath, Steinke, arXiv 2004.00010, proposition 25.
pub(in crate::dp) fn gaussian_half_width(sigma: Scale, confidence: f64) -> f64 {
    let sigma = num::to_f64(sigma.numerator()) / num::to_f64(sigma.denominator());
    let tail = (1.0 - confidence) / 2.0;
    // The tail falls: halve the range that holds the deviation. A confidence of 0.999999 needs less than 5.
    let (mut below, mut above) = (0.0, 16.0);
    for _ in 0..60 {
        let middle = (below + above) / 2.0;
        if normal::upper_tail(middle) > tail { below = middle } else { above = middle }
    }
    (above * sigma * (1.0 + 1e-12)).ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Confidences chosen so that `h` covers exactly, and one that it just does not: of the smallest excess that a
    /// binary fraction tells of, half a millionth of a step in millions.
    #[test]
    fn a_half_width_that_covers_exactly_is_not_rounded_up_and_one_that_just_does_not_is() {
        let half = |n: u32, beyond: f64| {
            let p = (-1.0 / f64::from(n)).exp();
            let tail = 2.0 * (-(beyond + 1.0) / f64::from(n)).exp() / (1.0 + p);
            half_width(Scale::new(n.into(), 1).unwrap(), 1.0 - tail)
        };
        for n in [1u32, 3, 10] {
            for h in (n..4 * n).map(f64::from) {
                assert!((half(n, h) - h).abs() < 0.5, "{n} {h}");
                assert!((half(n, h + 1e-6) - (h + 1.0)).abs() < 0.5, "{n} {h}");
            }
        }
        for h in [1e6, 2e6, 3e6] {
            assert!((half(1_000_000, h + 5e-7) - (h + 1.0)).abs() < 0.5, "{h}");
        }
    }

    /// Quantiles of the normal distribution to 15 digits (tables; R's `qnorm`), of many steps and few; for a σ of
    /// 10^12 steps, at most 6 parts in 10^12 more.
    #[test]
    fn the_half_width_of_gaussian_noise_is_that_of_the_normal_distribution() {
        for (confidence, deviations) in [
            (0.5, 0.674_489_750_196_082),
            (0.9, 1.644_853_626_951_472),
            (0.95, 1.959_963_984_540_054),
            (0.99, 2.575_829_303_548_901),
            (0.999, 3.290_526_731_491_895),
        ] {
            for sigma in [1u32, 7, 1000, 123_456] {
                let half = gaussian_half_width(Scale::new(sigma.into(), 1).unwrap(), confidence);
                let least = (deviations * f64::from(sigma)).ceil();
                assert!((half - least).abs() < 0.5, "{sigma} {confidence}: {half} {least}");
            }
            let half = gaussian_half_width(Scale::new(1_000_000_000_000, 1).unwrap(), confidence);
            let least = deviations * 1e12;
            assert!(half >= least && half <= least + 6.0 * deviations, "{confidence}: {half} {least}");
        }
    }

    #[test]
    fn the_half_width_is_the_least_that_covers() {
        for (n, d) in [(1, 3), (1, 1), (10, 1), (1000, 7), (1_000_000, 1)] {
            for confidence in [0.5, 0.9, 0.95, 0.99, 0.999] {
                let half = half_width(Scale::new(n, d).unwrap(), confidence);
                let p = (-num::to_f64(d) / num::to_f64(n)).exp();
                let tail = |h: f64| 2.0 * p.powf(h + 1.0) / (1.0 + p);
                assert!(tail(half) <= (1.0 - confidence) * (1.0 + 1e-9), "{n}/{d} {confidence}");
                assert!(
                    half < 0.5 || tail(half - 1.0) > (1.0 - confidence) * (1.0 - 1e-9),
                    "{n}/{d} {confidence}"
                );
            }
        }
    }
}
