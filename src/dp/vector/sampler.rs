//! Poisson sampling, as a type.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{
    dp::event::{Probability, Sampling},
    error::{Error, Result},
    rng::{SecureRng, Source},
};

/// Draws batches in which each record is by itself, with one probability.
///
/// Amplification by sampling holds for how a batch was *drawn*. Batches of this sampler have a type of their own, which
/// nothing else makes, and a [`PrivateSgd`](crate::dp::vector::PrivateSgd) takes no others: a loader that shuffles
/// cannot be accounted as Poisson.
///
/// ```compile_fail,E0308
/// # use incog::dp::vector::{PoissonSampler, PrivateSgd};
/// # fn main() -> incog::Result<()> {
/// let mut training = PrivateSgd::new(PoissonSampler::new(60_000, 0.01)?, 1.0, 1.1)?;
/// let shuffled: Vec<usize> = (0..600).collect();
/// training.step(shuffled, ndarray::Array2::zeros((600, 10)).view())?;
/// # Ok(())
/// # }
/// ```
///
/// # Guarantee
/// For all records and batches, a record is in a batch with probability exactly `rate` (a binary fraction), independently
/// of all other records and batches, given that the stream's words are uniform and independent.
///
/// # Examples
/// ```
/// use incog::dp::vector::{PoissonSampler, PrivateSgd};
/// let sampler = PoissonSampler::new(60_000, 0.01)?;
/// assert_eq!((sampler.population(), sampler.expected_batch()), (60_000, 600.0));
/// let mut training = PrivateSgd::new(sampler, 1.0, 1.1)?;
/// let batch = training.next_batch()?;
/// assert!((300..900).contains(&batch.len())); // fails once in 10^30 runs
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct PoissonSampler {
    population: usize,
    rate: Probability,
    /// `rate * 2^128`; none for a rate of 1.
    threshold: Option<(u64, u64)>,
    rng: SecureRng,
    /// No other sampler of this process has it.
    id: u64,
}

/// The numbers of the records in one batch, ascending. Made by a [`PoissonSampler`] only.
///
/// # Examples
/// ```
/// use incog::dp::vector::{PoissonSampler, PrivateSgd};
/// use ndarray::{Array2, Axis};
/// let features = Array2::from_shape_fn((1000, 4), |(record, i)| (record * i) as f64);
/// let mut training = PrivateSgd::new(PoissonSampler::new(1000, 0.05)?, 1.0, 1.1)?;
/// let batch = training.next_batch()?;
/// // The rows of the batch, to compute gradients of: one each.
/// let rows = features.select(Axis(0), batch.records());
/// assert_eq!(rows.nrows(), batch.len());
/// training.step(batch, rows.view())?;
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct PoissonBatch {
    records: Vec<usize>,
    sampler: u64,
    pub(super) number: u64,
}

impl PoissonSampler {
    /// Batches of `population` records, each in with probability `rate`.
    ///
    /// # Errors
    /// `Parameter` unless `1e-15 ≤ rate ≤ 1`, or if there are no records; `Io` if the system has no entropy.
    pub fn new(population: usize, rate: f64) -> Result<Self> {
        PoissonSampler::with(population, rate, SecureRng::from_os()?)
    }

    /// The same from a seed, for tests.
    ///
    /// # Errors
    /// `Parameter` as [`new`](Self::new).
    #[cfg(feature = "insecure-seeded")]
    pub fn insecure_seeded(population: usize, rate: f64, seed: u64) -> Result<Self> {
        PoissonSampler::with(population, rate, SecureRng::insecure_seeded(seed))
    }

    fn with(population: usize, rate: f64, rng: SecureRng) -> Result<Self> {
        if population == 0 {
            return Err(Error::empty_population());
        }
        let rate = Probability::new("a sampling rate", rate)?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(PoissonSampler { population, rate, threshold: threshold(rate.value()), rng, id })
    }

    /// How many records there are.
    #[must_use]
    pub fn population(&self) -> usize {
        self.population
    }

    /// The size of a batch, on average.
    #[must_use]
    pub fn expected_batch(&self) -> f64 {
        self.rate.value() * crate::num::to_f64(crate::num::count(self.population))
    }

    /// What accountants need to know.
    pub(super) fn sampling(&self) -> Result<Sampling> {
        Sampling::poisson(self.rate.value())
    }

    /// Whether `batch` was drawn here.
    pub(super) fn drew(&self, batch: &PoissonBatch) -> bool {
        batch.sampler == self.id
    }

    pub(super) fn draw(&mut self, number: u64) -> Result<PoissonBatch> {
        let mut records = Vec::new();
        let mut words = self.rng.words()?;
        for record in 0..self.population {
            let inside = match self.threshold {
                None => true,
                Some((high, low)) => {
                    let word = words.digit()?;
                    word < high || word == high && words.digit()? < low
                }
            };
            if inside {
                records.push(record);
            }
        }
        Ok(PoissonBatch { records, sampler: self.id, number })
    }
}

impl PoissonBatch {
    /// The numbers of the records, ascending.
    #[must_use]
    pub fn records(&self) -> &[usize] {
        &self.records
    }

    /// How many there are. None is a batch like any other.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// Numbers for samplers, so that no batch is taken for one of another.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// `rate * 2^128`, exactly, as two words: a rate of at least 1e-15 has its last digit at 2^-102 at most.
fn threshold(rate: f64) -> Option<(u64, u64)> {
    let biased = u32::try_from((rate.to_bits() >> 52) & 0x7ff).unwrap_or(0);
    let mantissa = u128::from(rate.to_bits() & ((1 << 52) - 1) | 1 << 52);
    // rate = mantissa * 2^(biased - 1075), so times 2^128 it is shifted by biased - 947.
    let shift = biased.checked_sub(947).filter(|_| biased < 1023)?;
    let product = mantissa << shift;
    let word = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    Some((word(product >> 64), word(product)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_the_rate_exactly() {
        assert_eq!(threshold(0.5), Some((1 << 63, 0)));
        assert_eq!(threshold(0.75), Some((3 << 62, 0)));
        assert_eq!(threshold(1.0), None);
        assert_eq!(threshold(2f64.powi(-49)), Some((1 << 15, 0)));
        // 2^-49 and one unit in its last place, 2^-101.
        assert_eq!(threshold(f64::from_bits(2f64.powi(-49).to_bits() + 1)), Some((1 << 15, 1 << 27)));
    }

    #[test]
    fn every_record_is_drawn_as_often_as_the_rate_says() {
        // 400 batches of 1,000 records at 0.1: 40,000 in all, standard deviation 190; each record 40, deviation 6.
        let mut sampler = PoissonSampler::new(1000, 0.1).unwrap();
        let mut seen = vec![0u32; 1000];
        for number in 0..400 {
            sampler.draw(number).unwrap().records().iter().for_each(|&record| seen[record] += 1);
        }
        // 7 standard deviations: false alarm below 1e-8.
        let total: u32 = seen.iter().sum();
        assert!(total.abs_diff(40_000) < 1330, "{total}");
        assert!(seen.iter().all(|n| n.abs_diff(40) < 46));
        assert!(PoissonSampler::new(5, 1.0).unwrap().draw(0).unwrap().len() == 5);
        for rate in [0.0, -0.1, 1.1, f64::NAN] {
            assert!(PoissonSampler::new(5, rate).is_err());
        }
    }
}
