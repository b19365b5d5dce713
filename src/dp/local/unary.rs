//! Optimized unary encoding: a bit for each category, each one flipped now and then.

use crate::{
    dp::{
        Epsilon, Event,
        local::{
            Categories, Frequency, chance,
            frequency::{Support, probability},
        },
        noise::Chance,
    },
    error::{Error, Result},
    num,
    rng::{SecureRng, Source},
};

/// Reports a bit for each of `k` categories: that of the answer is one with probability 1/2, each other one with
/// probability `q = 1 / (e^ε + 1)`, independently.
///
/// # Guarantee
/// For all pairs of answers, the reports are within ε in max divergence: two answers differ in two bits, whose
/// likelihoods together are within `(1 - q) / q`, and `q` is rounded up to a multiple of 2^-64 and drawn exactly.
/// \[WBLJ17\] Wang, Blocki, Li, Jha, *Locally Differentially Private Protocols for Frequency Estimation*, USENIX
/// Security 2017, section 4.3 (OUE).
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{UnaryCollector, UnaryEncoding}}};
/// let oracle = UnaryEncoding::new(100, Epsilon::parse("1")?)?;
/// let mut rng = SecureRng::from_os()?;
/// let mut collector = UnaryCollector::new(oracle);
/// for _ in 0..1000 {
///     collector.add(&oracle.report(42, &mut rng)?)?;
/// }
/// let estimates = collector.estimates();
/// assert!((estimates[42].count - 1000.0).abs() < 8.0 * estimates[42].deviation); // fails once in 10^15 runs
/// assert!(collector.add(&[0]).is_err()); // a report has 2 words
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnaryEncoding {
    categories: Categories,
    epsilon: Epsilon,
    other: Chance,
}

/// Counts the bits of the reports of a [`UnaryEncoding`].
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{UnaryCollector, UnaryEncoding}}};
/// let oracle = UnaryEncoding::new(3, Epsilon::parse("1")?)?;
/// let (mut collector, mut rng) = (UnaryCollector::new(oracle), SecureRng::from_os()?);
/// for answer in [0, 2, 2] {
///     collector.add(&oracle.report(answer, &mut rng)?)?;
/// }
/// assert_eq!(collector.estimates().len(), 3);
/// // A bit that stands for no category is no report of this oracle.
/// assert!(collector.add(&[0b1000]).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnaryCollector {
    oracle: UnaryEncoding,
    reports: u64,
    counts: Vec<u64>,
}

impl UnaryEncoding {
    /// For answers among `categories`, each report ε-differentially private.
    ///
    /// # Errors
    /// `Parameter` unless `2 ≤ categories ≤ 2^30`.
    pub fn new(categories: u32, epsilon: Epsilon) -> Result<Self> {
        Ok(UnaryEncoding { categories: Categories::new(categories)?, epsilon, other: chance(1, 1, epsilon)? })
    }

    /// What one report is to an accountant, under replacing.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::pure(self.epsilon)
    }

    /// The report of one answer, 64 categories a word; a number that is no category counts as the last one.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn report(&self, answer: u32, rng: &mut SecureRng) -> Result<Vec<u64>> {
        let mut words = rng.words()?;
        let mut report = Vec::with_capacity(self.words());
        for _ in 0..self.words() {
            report.push(self.other.coins(&mut words)?);
        }
        let answer = num::index(self.categories.of(answer));
        let held = words.digit()? & 1;
        if let Some(word) = report.get_mut(answer / 64) {
            *word = (*word & !(1 << (answer % 64))) | held << (answer % 64);
        }
        if let Some(last) = report.last_mut() {
            *last &= self.used_in_last();
        }
        Ok(report)
    }

    fn words(&self) -> usize {
        num::index(self.categories.count()).div_ceil(64)
    }

    /// The bits of the last word that stand for a category.
    fn used_in_last(&self) -> u64 {
        u64::MAX >> ((64 - self.categories.count() % 64) % 64)
    }

    fn support(&self) -> Support {
        Support { held: 0.5, other: probability(self.other) }
    }
}

impl UnaryCollector {
    /// A collector without reports.
    #[must_use]
    pub fn new(oracle: UnaryEncoding) -> Self {
        UnaryCollector { oracle, reports: 0, counts: vec![0; num::index(oracle.categories.count())] }
    }

    /// Adds a report.
    ///
    /// # Errors
    /// `Data` if no client of the oracle makes such a report; nothing is added then.
    pub fn add(&mut self, report: &[u64]) -> Result<()> {
        if report.len() != self.oracle.words() {
            return Err(Error::report_length(self.oracle.words(), report.len()));
        }
        if report.last().is_some_and(|last| last & !self.oracle.used_in_last() != 0) {
            return Err(Error::report_range(self.oracle.categories.count().into()));
        }
        self.reports += 1;
        for (block, &word) in self.counts.chunks_mut(64).zip(report) {
            for (bit, count) in block.iter_mut().enumerate() {
                *count += word >> bit & 1;
            }
        }
        Ok(())
    }

    /// Adds the reports of another collector.
    ///
    /// # Errors
    /// `Parameter` if it is of another oracle.
    pub fn merge(&mut self, other: &UnaryCollector) -> Result<()> {
        if self.oracle != other.oracle {
            return Err(Error::other_oracle());
        }
        self.reports += other.reports;
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        Ok(())
    }

    /// How many persons hold each category.
    #[must_use]
    pub fn estimates(&self) -> Vec<Frequency> {
        let support = self.oracle.support();
        self.counts.iter().map(|&count| support.estimate(count, self.reports)).collect()
    }
}
