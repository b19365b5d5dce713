//! Discrete Laplace noise, exactly.

use crate::{
    dp::noise::{Scale, real::Real},
    error::Result,
    rng::SecureRng,
};

/// The discrete Laplace distribution: `P(x)` proportional to `exp(-|x| / scale)` on the integers.
///
/// A raw sampler: it charges nothing. [`Session`](crate::dp::Session) draws from it after the charge.
///
/// # Guarantee
/// For all scales and all integers `x`, a draw equals `x` with probability exactly
/// `(1 - p) / (1 + p) * p^|x|` where `p = exp(-1/scale)`, given that the stream's words are uniform and
/// independent. Hence for all vectors at L1 distance `d`, adding a draw to each entry gives outputs
/// within `d / scale` in max divergence. Exact: no floating point between entropy and result.
/// Proof in `docs/proofs/discrete_laplace.md`, after \[CKS20\] Canonne, Kamath, Steinke, *The Discrete
/// Gaussian for Differential Privacy*, arXiv 2004.00010, section 5, and \[Neu51\] von Neumann, *Various
/// techniques used in connection with random digits*, 1951. Running time depends on the noise drawn.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::noise::{DiscreteLaplace, Scale}};
/// let noise = DiscreteLaplace::new(Scale::new(10, 3)?);
/// let mut draws = [0; 1000];
/// noise.sample_into(&mut SecureRng::from_os()?, &mut draws)?;
/// assert!(draws.iter().all(|x| x.abs() < 300)); // fails once in 10^35 runs
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DiscreteLaplace {
    scale: Scale,
}

impl DiscreteLaplace {
    /// The distribution with this scale.
    #[must_use]
    pub fn new(scale: Scale) -> Self {
        DiscreteLaplace { scale }
    }

    /// The scale.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Overwrites `draws` with independent draws. One beyond 64 bits is set to the end of the range;
    /// at scales below 2^56 its probability is below `exp(-127)`.
    ///
    /// # Errors
    /// `Io` if the system has no entropy; `draws` then hold no meaning.
    pub fn sample_into(&self, rng: &mut SecureRng, draws: &mut [i64]) -> Result<()> {
        let mut source = Source::new(|| rng.next_u64());
        for draw in draws {
            let (negative, magnitude) = source.draw(self.scale)?;
            let magnitude = i64::try_from(magnitude).unwrap_or(i64::MAX);
            *draw = if negative { -magnitude } else { magnitude };
        }
        Ok(())
    }

    /// Adds an independent draw to each of `values`, which are below 2^107 in size: the sum is exact.
    ///
    /// # Errors
    /// As [`sample_into`](Self::sample_into).
    pub(crate) fn add_to(&self, rng: &mut SecureRng, values: &mut [i128]) -> Result<()> {
        let mut source = Source::new(|| rng.next_u64());
        for value in values {
            let (negative, magnitude) = source.draw(self.scale)?;
            // Saturation would take a run of 2^64 rejections in `exponential`.
            let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
            *value = if negative { value.saturating_sub(magnitude) } else { value.saturating_add(magnitude) };
        }
        Ok(())
    }
}

/// A stream of random words, and what is left of the word that signs are taken from.
struct Source<F> {
    next: F,
    signs: u64,
    signs_left: u32,
}

impl<F: FnMut() -> Result<u64>> Source<F> {
    fn new(next: F) -> Self {
        Source { next, signs: 0, signs_left: 0 }
    }

    /// Sign and size of one draw.
    #[inline]
    fn draw(&mut self, scale: Scale) -> Result<(bool, u128)> {
        loop {
            let magnitude = self.geometric(scale)?;
            let negative = self.sign()?;
            // Zero has two signs. Keep one, so that its probability is not doubled.
            if !(negative && magnitude == 0) {
                return Ok((negative, magnitude));
            }
        }
    }

    /// The whole part of `scale * E` where `E` is exponential with mean 1: at least `k` with probability
    /// exactly `exp(-k / scale)`.
    #[inline]
    fn geometric(&mut self, scale: Scale) -> Result<u128> {
        let (numerator, denominator) = (scale.numerator(), scale.denominator());
        let (whole, mut fraction) = self.exponential()?;
        let part = fraction.floor_of_multiple(numerator, &mut self.next)?;
        // floor(E n / d) = floor(floor(E n) / d) for whole d.
        if let Some(steps) = numerator.checked_mul(whole).and_then(|steps| steps.checked_add(part)) {
            return Ok(u128::from(if denominator == 1 { steps } else { steps / denominator }));
        }
        Ok((u128::from(numerator) * u128::from(whole) + u128::from(part)) / u128::from(denominator))
    }

    /// An exponential number with mean 1, as whole part and fraction, after von Neumann.
    ///
    /// From `x` uniform, count how long `x > u1 > u2 > ...` keeps falling. The first number that does not
    /// fall has an odd place with probability `exp(-x)`: keep `x` as the fraction. Otherwise add one to the
    /// whole part and begin again.
    #[inline]
    fn exponential(&mut self) -> Result<(u64, Real)> {
        let mut whole = 0;
        loop {
            let mut fraction = Real::new((self.next)()?);
            let mut last = Real::new((self.next)()?);
            if !last.is_below(&mut fraction, &mut self.next)? {
                return Ok((whole, fraction));
            }
            let mut odd = false;
            loop {
                let mut fresh = Real::new((self.next)()?);
                if !fresh.is_below(&mut last, &mut self.next)? {
                    break;
                }
                last = fresh;
                odd = !odd;
            }
            if odd {
                return Ok((whole, fraction));
            }
            whole += 1;
        }
    }

    #[inline]
    fn sign(&mut self) -> Result<bool> {
        if self.signs_left == 0 {
            self.signs = (self.next)()?;
            self.signs_left = 64;
        }
        let negative = self.signs & 1 == 1;
        self.signs >>= 1;
        self.signs_left -= 1;
        Ok(negative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(words: &[u64]) -> Source<impl FnMut() -> Result<u64> + use<'_>> {
        let mut words = words.iter().copied();
        Source::new(move || Ok(words.next().expect("more words than the draw needs")))
    }

    #[test]
    fn given_words_lead_to_the_draw_that_the_definition_names() {
        let scale = |n, d| Scale::new(n, d).unwrap();
        let half = 1 << 63;
        // (words, scale, draw), followed by hand through `exponential`, `geometric` and `draw`.
        let cases: [(&[u64], Scale, (bool, u128)); 6] = [
            // 0.5 is not above u1: fraction 0.5, floor(0.5 * 10) = 5, sign +.
            (&[half, half + 1, 0], scale(10, 1), (false, 5)),
            (&[half, half + 1, 1], scale(10, 1), (true, 5)),
            // 0.5 > 0.25, then up: second place, even, so one whole; then 0.5 again.
            (&[half, half / 2, half, half, half + 1, 1], scale(10, 1), (true, 15)),
            // 0.5 > 0.25 > 0.125, then up: third place, odd.
            (&[half, half / 2, half / 4, half, 0], scale(10, 3), (false, 1)),
            // Negative zero is drawn again; the second sign comes from the same word.
            (&[1, half, 0b01, 1, half], scale(10, 1), (false, 0)),
            // u1 has the 64 digits of x: the digits after them decide (5 is not below 5.., 6 > 5).
            (&[half, half, 6, 5, 0], scale(4, 1), (false, 2)),
        ];
        for (words, scale, draw) in cases {
            assert_eq!(source(words).draw(scale).unwrap(), draw, "{words:?}");
        }
    }
}
