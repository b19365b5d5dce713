//! Discrete Laplace noise, exactly.

use std::sync::LazyLock;

use crate::{
    dp::noise::{
        Scale,
        batch::{self, Symmetric},
        real::Real,
        table::{Law, Table},
    },
    error::Result,
    rng::{SecureRng, Source, Spare, Words},
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
/// Gaussian for Differential Privacy*, arXiv 2004.00010, section 5. Running time depends on the noise drawn.
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

    /// One draw. One beyond 64 bits is set to the end of the range; at scales below 2^56 its probability is
    /// below `exp(-127)`.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn sample(&self, rng: &mut SecureRng) -> Result<i64> {
        let mut draw = [0];
        self.sample_into(rng, &mut draw)?;
        Ok(draw[0])
    }

    /// Overwrites `draws` with independent draws, as [`sample`](Self::sample).
    ///
    /// # Errors
    /// `Io` if the system has no entropy; `draws` then hold no meaning.
    pub fn sample_into(&self, rng: &mut SecureRng, draws: &mut [i64]) -> Result<()> {
        batch::sample_into(self, rng, draws)
    }

    /// Adds an independent draw to each of `values`: the exact sum, or the end of the range where that does
    /// not fit (post-processing: it depends on the exact sum alone).
    ///
    /// # Errors
    /// As [`sample_into`](Self::sample_into); `values` then hold no meaning.
    pub fn add_to(&self, rng: &mut SecureRng, values: &mut [i64]) -> Result<()> {
        batch::add_to_i64(self, rng, values)
    }

    /// The same on numbers of 128 bits, which hold the exact sums of long columns.
    ///
    /// # Errors
    /// As [`sample_into`](Self::sample_into).
    pub fn add_to_wide(&self, rng: &mut SecureRng, values: &mut [i128]) -> Result<()> {
        batch::add_to(self, rng, values)
    }
}

impl Symmetric for DiscreteLaplace {
    #[inline(always)]
    fn draw(&self, spare: &mut Spare, words: &mut Words<'_>) -> Result<(bool, u128)> {
        EXPONENTIAL.draw_laplace(self.scale, spare, words)
    }

    /// A table of the sizes, where the scale is small enough for one and the batch is worth it.
    fn table_of_sizes(&self, draws: usize) -> Option<Table> {
        let (numerator, denominator) = (self.scale.numerator(), self.scale.denominator());
        let ceiling = numerator.div_ceil(denominator);
        if ceiling > 4 || denominator / numerator > 8 {
            return None;
        }
        // At least 63 scales: what is beyond has a probability of exp(-63).
        let columns_log2 = 6 + ceiling.next_power_of_two().ilog2();
        let law = Law::LaplaceSize { numerator, denominator };
        (draws >> columns_log2 >= batch::DRAWS_PER_COLUMN).then(|| Table::new(law, columns_log2, u64::BITS))
    }
}

/// An exponential number with mean 1, in cells of `2^-per_unit_log2`.
struct Exponential {
    /// The cell, or `cells` for all that lie beyond.
    table: Table,
    cells: u64,
    per_unit_log2: u32,
}

impl Exponential {
    fn new(per_unit_log2: u32, columns_log2: u32, bits: u32) -> Self {
        // One column for what lies beyond, one for the residual.
        let cells = (1 << columns_log2) - 2;
        let law = Law::Exponential { per_unit: 1 << per_unit_log2, cells };
        Exponential {
            table: Table::new(law, columns_log2, bits),
            cells: crate::num::count(cells),
            per_unit_log2,
        }
    }

    /// Sign and size of a discrete Laplace draw.
    #[inline(always)]
    fn draw_laplace<S: Source>(
        &self,
        scale: Scale,
        spare: &mut Spare,
        source: &mut S,
    ) -> Result<(bool, u128)> {
        loop {
            let magnitude = self.draw_geometric(scale, spare, source)?;
            let negative = spare.take(1, source)? == 1;
            // Zero has two signs. Keep one, so that its probability is not doubled.
            if !(negative && magnitude == 0) {
                return Ok((negative, magnitude));
            }
        }
    }

    /// The whole part of `scale * E` where `E` is exponential with mean 1: at least `k` with probability
    /// exactly `exp(-k / scale)`.
    #[inline(always)]
    fn draw_geometric<S: Source>(&self, scale: Scale, spare: &mut Spare, source: &mut S) -> Result<u128> {
        let (numerator, denominator) = (scale.numerator(), scale.denominator());
        let cell = self.draw_cell(source)?;
        let part = self.draw_part(numerator, spare, source)?;
        // floor((c + v) n / (64 d)) = floor(floor((c + v) n) / (64 d)) for whole 64 d.
        if let Some(steps) = numerator.checked_mul(cell).and_then(|steps| steps.checked_add(part)) {
            let steps = steps >> self.per_unit_log2;
            return Ok(u128::from(if denominator == 1 { steps } else { steps / denominator }));
        }
        let steps = u128::from(numerator) * u128::from(cell) + u128::from(part);
        Ok((steps >> self.per_unit_log2) / u128::from(denominator))
    }

    /// The cell of `E`. What lies beyond the last one begins anew there: `E` has no memory.
    #[inline]
    fn draw_cell<S: Source>(&self, source: &mut S) -> Result<u64> {
        let mut cell = 0;
        loop {
            let outcome = self.table.draw(source)?;
            cell += outcome;
            if outcome < self.cells {
                return Ok(cell);
            }
        }
    }

    /// `floor(v factor)` for the place `v` of `E` within its cell, in [0, 1) with density proportional to
    /// `exp(-v / 64)`.
    ///
    /// A uniform `v` is kept with probability `exp(-v / 64)`: with `N` the first `i` at which an event of
    /// probability `(v / 64) / i` fails to happen, that `N` is odd (\[CKS20\], algorithm 1).
    #[inline]
    fn draw_part<S: Source>(&self, factor: u64, spare: &mut Spare, source: &mut S) -> Result<u64> {
        loop {
            let first = source.digit()?;
            // Six bits of the first event, all zero for it to happen; here it already failed.
            if spare.take(self.per_unit_log2, source)? > 0 {
                return Real::floor_of_multiple_of(first, factor, source);
            }
            let mut place = Real::new(first);
            if self.outlives(&mut place, spare, source)? {
                return place.floor_of_multiple(factor, source);
            }
        }
    }

    /// Whether `N` is odd, given that the six bits of the first event were zero.
    #[cold]
    fn outlives<S: Source>(&self, place: &mut Real, spare: &mut Spare, source: &mut S) -> Result<bool> {
        let mut step = 1;
        while Real::new(source.digit()?).is_below(place, source)? {
            step += 1;
            if source.below(step)? > 0 || spare.take(self.per_unit_log2, source)? > 0 {
                break;
            }
        }
        Ok(step % 2 == 1)
    }
}

/// 64 cells a unit, so that one place in 64 needs a comparison; 1,022 of them in 16 KB.
static EXPONENTIAL: LazyLock<Exponential> = LazyLock::new(|| Exponential::new(6, 10, u64::BITS));

#[cfg(test)]
#[allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
mod tests {
    use super::*;
    use crate::rng::given::{Given, enumerate};

    /// Every stream of up to 6 digits of 4 bits: the probability of each outcome lies between that of the
    /// streams that gave it and that plus the streams that were too short. These are exact bounds on what
    /// the code does.
    #[test]
    fn places_within_a_cell_fall_off_exponentially() {
        let exponential = Exponential::new(1, 4, 4);
        for factor in 1..=4u64 {
            let (outcomes, unfinished) =
                enumerate::<4, _>(6, |source| exponential.draw_part(factor, &mut Spare::default(), source));
            let unit = 2f64.powi(-24);
            assert!(unfinished as f64 * unit < 0.13, "{factor}: {}", unfinished as f64 * unit);
            let beyond = |part: u64| (-0.5 * part as f64 / factor as f64).exp();
            for part in 0..factor {
                let exact = (beyond(part) - beyond(part + 1)) / (1.0 - beyond(factor));
                let least = outcomes[&part] as f64 * unit;
                let most = least + unfinished as f64 * unit;
                assert!(least <= exact && exact <= most, "{factor} {part}: {least} {exact} {most}");
            }
        }
    }

    /// The same of whole draws, with a table of 16 columns whose residual comes up in a quarter of them. The
    /// bounds are wide: a draw that begins anew soon runs out of digits.
    #[test]
    fn every_short_stream_gives_discrete_laplace() {
        for (n, d) in [(1, 1), (2, 1), (3, 2)] {
            let scale = Scale::new(n, d).unwrap();
            let exponential = Exponential::new(1, 4, 4);
            let (outcomes, unfinished) = enumerate::<4, _>(5, |source| {
                let (negative, size) = exponential.draw_laplace(scale, &mut Spare::default(), source)?;
                let size = i128::try_from(size).unwrap();
                Ok(if negative { -size } else { size })
            });
            let unit = 2f64.powi(-20);
            let p = (-(d as f64) / n as f64).exp();
            assert!(unfinished as f64 * unit < 0.6, "{scale}: {}", unfinished as f64 * unit);
            for x in -20..=20i128 {
                let exact = (1.0 - p) / (1.0 + p) * p.powi(x.unsigned_abs() as i32);
                let least = outcomes.get(&x).copied().unwrap_or(0) as f64 * unit;
                let most = least + unfinished as f64 * unit;
                assert!(
                    least <= exact + 1e-14 && exact <= most + 1e-14,
                    "{scale} {x}: {least} {exact} {most}"
                );
                assert_eq!(outcomes.get(&x), outcomes.get(&-x), "{scale} {x}: both signs alike");
            }
        }
    }

    /// The place is 1/2 and the first event happened; `N` is the first that does not. Event `i` happens if the next digit is
    /// below the place, `below(i)` is zero and six bits are: then the place is kept for an odd `N`.
    #[test]
    fn a_place_is_kept_if_the_first_event_that_fails_is_odd() {
        let (below, above, zero, more) = (1u64, u64::MAX, 4, u64::MAX);
        let (bits, no_bits) = (1, 0);
        let cases: [(&[u64], bool); 6] = [
            (&[above], true),
            (&[below, more], false),
            (&[below, zero, bits], false),
            (&[below, zero, no_bits, above], false),
            (&[below, zero, no_bits, below, more], true),
            // The six bits of event 3 are the next of the same word.
            (&[below, zero, 1 << 6, below, zero], true),
        ];
        for (words, kept) in cases {
            let mut source = Given::<64>::new(words);
            let mut place = Real::new(1 << 63);
            let outlives = EXPONENTIAL.outlives(&mut place, &mut Spare::default(), &mut source);
            assert_eq!((outlives.ok(), source.used), (Some(kept), words.len()), "{words:?}");
        }
    }

    #[test]
    fn given_words_lead_to_the_draw_that_the_definition_names() {
        let scale = |n, d| Scale::new(n, d).unwrap();
        // Each column is shared by two cells: find a word that leads to a given one.
        let cell_at = |word: u64| EXPONENTIAL.table.draw(&mut Given::<64>::new(&[word])).ok();
        let ends = (0..1 << 10).flat_map(|column| [column << 54, (column << 54) | ((1 << 54) - 1)]);
        let to_cell = |cell: u64| ends.clone().find(|&word| cell_at(word) == Some(cell)).unwrap();
        let (half, zero, two, beyond) = (1 << 63, to_cell(0), to_cell(128), to_cell(1022));
        // The third word: six bits that keep the place (not all zero), then the sign.
        let (plus, minus) = (1, 1 | 1 << 6);
        let cases: [(&[u64], Scale, (bool, u128)); 7] = [
            // Cell 128 is E in [2, 2 + 1/64): the place is 1/128 behind 2.
            (&[two, half, plus], scale(10, 1), (false, 20)),
            (&[two, half, minus], scale(1280, 1), (true, 2570)),
            (&[two, half, minus], scale(1280, 3), (true, 856)),
            // 128 cells of 2^60 are more than a word holds.
            (&[two, half, plus], scale(1 << 60, 1), (false, (1 << 61) + (1 << 53))),
            // What lies beyond cell 1,021 begins anew at 1,022/64 = 15.97.
            (&[beyond, two, half, plus], scale(64, 1), (false, 1022 + 128)),
            // Negative zero is drawn again; bits go on from the same word.
            (&[zero, half, minus | (1 << 7), two, half], scale(1, 1), (false, 2)),
            // All six bits are zero, and the place's digits are reached by later ones (5 < 6): the first event
            // happens. The second does not (one of two is drawn), so the place goes and another comes.
            (&[two, half, 1 << 6, half, 5, 6, u64::MAX, half], scale(64, 1), (false, 128)),
        ];
        for (words, scale, draw) in cases {
            let mut source = Given::<64>::new(words);
            let drawn = EXPONENTIAL.draw_laplace(scale, &mut Spare::default(), &mut source);
            assert_eq!(drawn.ok(), Some(draw), "{words:?}");
        }
    }
}
