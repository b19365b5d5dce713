//! Discrete Gaussian noise, exactly.

use std::{array, fmt, sync::LazyLock};

use crate::{
    dp::noise::{
        Scale,
        batch::{self, Symmetric},
        table::{Law, Table},
    },
    error::Result,
    num,
    rng::{SecureRng, Source, Spare, Words},
};

/// The discrete Gaussian distribution: `P(x)` proportional to `exp(-x^2 / (2 sigma^2))` on the integers.
///
/// A raw sampler: it charges nothing.
///
/// # Guarantee
/// For all `sigma` and all integers `x`, a draw equals `x` with probability exactly
/// `exp(-x^2 / (2 sigma^2)) / sum over y of exp(-y^2 / (2 sigma^2))`, given that the stream's words are
/// uniform and independent. Hence for all vectors at L2 distance `d`, adding a draw to each entry gives
/// `d^2 / (2 sigma^2)`-concentrated differential privacy (\[CKS20\] Canonne, Kamath, Steinke, *The Discrete
/// Gaussian for Differential Privacy*, arXiv 2004.00010, section 2). Exact: no floating point between entropy
/// and result. Proof in `docs/proofs/discrete_gaussian.md`, after \[Kar16\] Karney, *Sampling Exactly from
/// the Normal Distribution*, ACM TOMS 42(1), 2016 (arXiv 1303.6257). Running time depends on the
/// noise drawn.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::noise::{DiscreteGaussian, Scale}};
/// let noise = DiscreteGaussian::new(Scale::new(10, 3)?);
/// let mut draws = [0; 1000];
/// noise.sample_into(&mut SecureRng::from_os()?, &mut draws)?;
/// assert!(draws.iter().all(|x| x.abs() < 50)); // fails once in 10^46 runs
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone)]
pub struct DiscreteGaussian {
    cells: Cells,
    /// Half-normal cells, as many a unit as `cells` has.
    table: &'static Table,
}

impl DiscreteGaussian {
    /// The distribution with this parameter `sigma`. Its standard deviation is at most that, and equal to
    /// it within one part in 10^6 from `sigma = 1` on.
    #[must_use]
    pub fn new(sigma: Scale) -> Self {
        // More cells a unit mean fewer draws turned down; fewer keep several integers in each.
        let (per_unit_log2, table) = match sigma.numerator() / sigma.denominator() {
            32.. => (3, &HALF_NORMAL[3]),
            8.. => (2, &HALF_NORMAL[2]),
            2.. => (1, &HALF_NORMAL[1]),
            _ => (0, &HALF_NORMAL[0]),
        };
        DiscreteGaussian { cells: Cells::new(sigma, per_unit_log2), table }
    }

    /// The parameter.
    #[must_use]
    pub fn sigma(&self) -> Scale {
        self.cells.sigma
    }

    /// One draw. One beyond 64 bits is set to the end of the range; at `sigma` below 2^59 its probability is
    /// below `exp(-512)`.
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

impl fmt::Debug for DiscreteGaussian {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiscreteGaussian").field("sigma", &self.sigma()).finish_non_exhaustive()
    }
}

impl Symmetric for DiscreteGaussian {
    #[inline(always)]
    fn draw(&self, spare: &mut Spare, words: &mut Words<'_>) -> Result<(bool, u128)> {
        self.cells.draw(self.table, spare, words)
    }

    /// A table of the sizes, where `sigma` is small enough for one and the batch is worth it.
    fn table_of_sizes(&self, draws: usize) -> Option<Table> {
        let (numerator, denominator) = (self.sigma().numerator(), self.sigma().denominator());
        let ceiling = numerator.div_ceil(denominator);
        if ceiling > 12 || denominator / numerator > 3 {
            return None;
        }
        // At least 10.5 sigma: what is beyond has a probability of exp(-55).
        let columns_log2 = 4 + (ceiling + ceiling / 3).next_power_of_two().ilog2();
        let law = Law::GaussianSize { numerator, denominator };
        (draws >> columns_log2 >= batch::DRAWS_PER_COLUMN).then(|| Table::new(law, columns_log2, u64::BITS))
    }
}

/// The integers from zero on, in cells of width `sigma / m`: cell `k` holds the `i` with
/// `k ≤ i m / sigma < k + 1`.
///
/// ```text
///   sigma = 10, m = 2    cell 0: 0 1 2 3 4    cell 1: 5 6 7 8 9    cell 2: 10 ...
///   sigma = 3,  m = 2    cell 0: 0 1          cell 1: 2            cell 2: 3 4      cell 3: 5
/// ```
#[derive(Clone, Debug)]
struct Cells {
    sigma: Scale,
    /// `m`, as a power of two.
    per_unit_log2: u32,
    /// `m d`: the step from one `i` to the next, where the width of a cell is `n`, for `sigma = n/d`.
    step: u64,
    /// The most integers in a cell, `ceil(sigma / m)`.
    most: u64,
    firsts: [First; FIRSTS],
}

/// The first integer of a cell, and how far it lies behind the cell's start, in units of `1/n` of a cell.
#[derive(Clone, Copy, Debug)]
struct First {
    integer: u128,
    offset: u64,
}

impl Cells {
    fn new(sigma: Scale, per_unit_log2: u32) -> Self {
        let step = sigma.denominator() << per_unit_log2;
        let first = |cell: usize| First::of(num::count(cell), sigma, step);
        let most = sigma.numerator().div_ceil(step);
        Cells { sigma, per_unit_log2, step, most, firsts: array::from_fn(first) }
    }

    /// Sign and size of a draw. `table` draws half-normal cells.
    #[inline]
    fn draw<S: Source>(&self, table: &Table, spare: &mut Spare, source: &mut S) -> Result<(bool, u128)> {
        loop {
            let cell = table.draw(source)?;
            let number = if self.most == 1 { 0 } else { source.below(self.most)? };
            let first = match self.firsts.get(usize::try_from(cell).unwrap_or(usize::MAX)) {
                Some(first) => *first,
                None => First::of(cell, self.sigma, self.step),
            };
            // Below n + 2 m d, so below 2^63.
            let offset = first.offset + number * self.step;
            if offset >= self.sigma.numerator() || !self.outlives(cell, offset, spare, source)? {
                continue;
            }
            let negative = spare.take(1, source)? == 1;
            let magnitude = first.integer + u128::from(number);
            // Zero has two signs. Keep one, so that its probability is not doubled.
            if !(negative && magnitude == 0) {
                return Ok((negative, magnitude));
            }
        }
    }

    /// True with probability `exp(-y)`, `y = x (2k + x) / (2 m^2)`, for the place `x = offset / n` in cell
    /// `k`: what is left of `exp(-(k + x)^2 / (2 m^2))` when the cell was drawn by `exp(-k^2 / (2 m^2))`.
    ///
    /// Several times `exp(-y / copies)`, so that each exponent is at most 1; each is that the first `i`
    /// at which an event of probability `y / copies / i` fails to happen is odd (\[CKS20\], algorithm 1).
    #[inline]
    fn outlives<S: Source>(&self, cell: u64, offset: u64, spare: &mut Spare, source: &mut S) -> Result<bool> {
        let copies = ((2 * cell) >> self.exponent_log2()) + 1;
        for _ in 0..copies {
            let mut step = 1;
            while self.happens(cell, offset, copies, spare, source)?
                && (step == 1 || source.below(step)? == 0)
            {
                step += 1;
            }
            if step % 2 == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// True with probability `x (2k + x) / (2 m^2 copies)`.
    #[inline]
    fn happens<S: Source>(
        &self,
        cell: u64,
        offset: u64,
        copies: u64,
        spare: &mut Spare,
        source: &mut S,
    ) -> Result<bool> {
        // Uniform below 2 m^2 copies: less than 2k + x?
        let mut draw = spare.take(self.exponent_log2(), source)?;
        if copies > 1 {
            draw += source.below(copies)? << self.exponent_log2();
        }
        if draw > 2 * cell {
            return Ok(false);
        }
        let mut in_place = || Ok::<_, crate::Error>(source.below(self.sigma.numerator())? < offset);
        Ok((draw < 2 * cell || in_place()?) && in_place()?)
    }

    /// `2 m^2`, as a power of two.
    fn exponent_log2(&self) -> u32 {
        2 * self.per_unit_log2 + 1
    }
}

impl First {
    fn of(cell: u64, sigma: Scale, step: u64) -> Self {
        // The start of the cell is k n / (m d); at most 2^64 · 2^62 here.
        let start = u128::from(cell) * u128::from(sigma.numerator());
        let integer = start.div_ceil(u128::from(step));
        let offset = integer * u128::from(step) - start;
        First { integer, offset: u64::try_from(offset).unwrap_or(u64::MAX) }
    }
}

/// Tables of half-normal cells: 1, 2, 4, 8 a unit, up to at least 8 units.
static HALF_NORMAL: LazyLock<[Table; 4]> = LazyLock::new(|| {
    [0, 1, 2, 3].map(|log2| Table::new(Law::HalfNormal { per_unit: 1 << log2 }, 4 + log2, u64::BITS))
});
/// Cells whose first integer is kept: 8 units at 8 cells each.
const FIRSTS: usize = 64;

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
    use crate::rng::given::enumerate;

    /// Every stream of up to 6 digits of 4 bits, as for discrete Laplace: the chance to keep an integer lies
    /// between that of the streams that kept it and that plus those that were too short.
    #[test]
    fn integers_are_kept_with_the_chance_that_the_cell_leaves_over() {
        // One copy, but for (1, ..) with one cell a unit: two.
        for (n, per_unit_log2, cell) in [(3, 0, 0), (5, 0, 0), (3, 0, 1), (7, 1, 1), (7, 1, 2), (7, 1, 3)] {
            let cells = Cells::new(Scale::new(n, 1).unwrap(), per_unit_log2);
            let m = f64::from(1 << per_unit_log2);
            for offset in [0, 1, n - 1] {
                let (outcomes, unfinished) = enumerate::<4, _>(6, |source| {
                    cells.outlives(cell, offset, &mut Spare::default(), source)
                });
                let unit = 2f64.powi(-24);
                let (k, x) = (cell as f64, offset as f64 / n as f64);
                let exact = (-x * (2.0 * k + x) / (2.0 * m * m)).exp();
                let least = outcomes.get(&true).copied().unwrap_or(0) as f64 * unit;
                let most = least + unfinished as f64 * unit;
                assert!(unfinished as f64 * unit < 0.4, "{n} {cell} {offset}: {}", most - least);
                assert!(
                    least <= exact + 1e-14 && exact <= most + 1e-14,
                    "{n} {cell} {offset}: {least} {exact} {most}"
                );
            }
        }
    }

    /// One event alone, whose chance is `x (2k + x) / (2 m^2 copies)`: every stream of up to 5 digits of 4 bits. Numbers
    /// below a power of two take one digit, so that all streams end; others leave a few open.
    #[test]
    fn an_event_happens_as_often_as_its_chance_says() {
        for (n, per_unit_log2, cells) in [(4u64, 0, 0..4u64), (4, 1, 0..8), (3, 0, 0..4), (5, 1, 0..4)] {
            let sigma = Scale::new(n, 1).unwrap();
            let by = Cells::new(sigma, per_unit_log2);
            for (cell, offset) in cells.flat_map(|cell| (0..n).map(move |offset| (cell, offset))) {
                let copies = ((2 * cell) >> by.exponent_log2()) + 1;
                let (outcomes, unfinished) = enumerate::<4, _>(5, |source| {
                    by.happens(cell, offset, copies, &mut Spare::default(), source)
                });
                let unit = 2f64.powi(-20);
                let (k, x, m) = (cell as f64, offset as f64 / n as f64, f64::from(1 << per_unit_log2));
                let exact = x * (2.0 * k + x) / (2.0 * m * m * copies as f64);
                let least = outcomes.get(&true).copied().unwrap_or(0) as f64 * unit;
                let most = least + unfinished as f64 * unit;
                assert!(most - least < 0.05, "{n} {cell} {offset}: {least} {most}");
                assert!(
                    least <= exact + 1e-14 && exact <= most + 1e-14,
                    "{n} {cell} {offset}: {least} {exact}"
                );
            }
        }
    }

    /// The same of whole draws, with wide bounds: a draw that begins anew soon runs out of digits.
    #[test]
    fn every_short_stream_gives_the_discrete_gaussian() {
        for (n, d, per_unit_log2) in [(1, 1, 0), (3, 2, 0), (1, 2, 0), (4, 1, 0), (5, 2, 1), (3, 1, 1)] {
            let sigma = Scale::new(n, d).unwrap();
            let cells = Cells::new(sigma, per_unit_log2);
            let table = Table::new(Law::HalfNormal { per_unit: 1 << per_unit_log2 }, 4, 4);
            let (outcomes, unfinished) = enumerate::<4, _>(5, |source| {
                let (negative, size) = cells.draw(&table, &mut Spare::default(), source)?;
                let size = i128::try_from(size).unwrap();
                Ok(if negative { -size } else { size })
            });
            let unit = 2f64.powi(-20);
            let ratio = |x: i32| (-0.5 * (f64::from(x) * d as f64 / n as f64).powi(2)).exp();
            let total: f64 = (-100..=100).map(ratio).sum();
            assert!(unfinished as f64 * unit < 0.6, "{sigma}: {}", unfinished as f64 * unit);
            for x in -12..=12 {
                let exact = ratio(x) / total;
                let least = outcomes.get(&i128::from(x)).copied().unwrap_or(0) as f64 * unit;
                let most = least + unfinished as f64 * unit;
                assert!(
                    least <= exact + 1e-14 && exact <= most + 1e-14,
                    "{sigma} {x}: {least} {exact} {most}"
                );
                assert_eq!(outcomes.get(&i128::from(x)), outcomes.get(&-i128::from(x)), "{sigma} {x}");
            }
        }
    }

    /// Each integer from zero on lies in one cell, at the place that the definition gives it.
    #[test]
    fn cells_part_the_integers() {
        for (n, d) in [(1, 3), (1, 1), (3, 1), (10, 3), (100, 7), (1 << 62, 2), (1 << 62, 63_999_999_999_999)]
        {
            let sigma = Scale::new(n, d).unwrap();
            for per_unit_log2 in 0..4 {
                let cells = Cells::new(sigma, per_unit_log2);
                let mut next = 0u128;
                for cell in 0..70u64 {
                    let first = First::of(cell, sigma, cells.step);
                    if let Some(kept) = cells.firsts.get(cell as usize) {
                        assert_eq!((kept.integer, kept.offset), (first.integer, first.offset));
                    }
                    // i m d - k n = offset, and the integer before lies before the cell.
                    let start = u128::from(cell) * u128::from(sigma.numerator());
                    assert_eq!(first.integer * u128::from(cells.step), start + u128::from(first.offset));
                    assert!(first.offset < cells.step);
                    // The cells before ended just before it.
                    assert_eq!(first.integer, next, "{sigma} {per_unit_log2} {cell}");
                    let inside = if first.offset >= sigma.numerator() {
                        0
                    } else {
                        (sigma.numerator() - 1 - first.offset) / cells.step + 1
                    };
                    assert!(inside <= cells.most, "{sigma} {per_unit_log2} {cell}");
                    next += u128::from(inside);
                }
            }
        }
    }
}
