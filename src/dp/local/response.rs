//! Randomized response: the true category, or now and then any.

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
    num::{self, round},
    rng::{SecureRng, Source, Words},
};

/// Reports the true one of `k` categories, or with probability `p` a uniform draw over all of them, where
/// `p = k / (e^ε + k - 1)`.
///
/// # Guarantee
/// For all pairs of answers, the reports are within ε in max divergence: `p` is rounded up to a multiple of 2^-64,
/// and drawn exactly. \[War65\] Warner, *Randomized Response*, JASA 60(309), 1965; for more categories \[KBR16\]
/// Kairouz, Bonawitz, Ramage, *Discrete Distribution Estimation under Local Privacy*, ICML 2016.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{RandomizedResponse, ResponseCollector}}};
/// let oracle = RandomizedResponse::new(4, Epsilon::parse("1")?)?;
/// let mut rng = SecureRng::from_os()?;
/// let mut collector = ResponseCollector::new(oracle);
/// for person in 0..10_000 {
///     collector.add(oracle.report(person % 2, &mut rng)?)?; // half 0, half 1
/// }
/// let estimates = collector.estimates();
/// assert!((estimates[0].count - 5000.0).abs() < 8.0 * estimates[0].deviation); // fails once in 10^15 runs
/// assert!(estimates[3].count.abs() < 8.0 * estimates[3].deviation);
/// assert_eq!(
///     RandomizedResponse::new(1, Epsilon::parse("1")?).unwrap_err().to_string(),
///     "categories must be in 2..=1073741824, got 1",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RandomizedResponse {
    categories: Categories,
    epsilon: Epsilon,
    random: Chance,
}

/// Counts the reports of a [`RandomizedResponse`].
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{RandomizedResponse, ResponseCollector}}};
/// let oracle = RandomizedResponse::binary(Epsilon::parse("1")?)?;
/// let mut answers = vec![1; 2000]; // on the devices: everybody says yes
/// oracle.report_all(&mut answers, &mut SecureRng::from_os()?)?;
/// let mut collector = ResponseCollector::new(oracle);
/// for report in answers {
///     collector.add(report)?;
/// }
/// let yes = collector.estimates()[1];
/// assert!((yes.count - 2000.0).abs() < 8.0 * yes.deviation); // fails once in 10^14 runs
/// assert!(collector.add(2).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseCollector {
    oracle: RandomizedResponse,
    counts: Vec<u64>,
}

impl RandomizedResponse {
    /// For answers among `categories`, each report ε-differentially private.
    ///
    /// # Errors
    /// `Parameter` unless `2 ≤ categories ≤ 2^30`, and if ε is so small that every answer would be random.
    pub fn new(categories: u32, epsilon: Epsilon) -> Result<Self> {
        let categories = Categories::new(categories)?;
        let k = u64::from(categories.count());
        Ok(RandomizedResponse { categories, epsilon, random: chance(k, k - 1, epsilon)? })
    }

    /// For answers of yes or no.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn binary(epsilon: Epsilon) -> Result<Self> {
        RandomizedResponse::new(2, epsilon)
    }

    /// What one report is to an accountant, under replacing.
    ///
    /// # Errors
    /// `Parameter` if `p` is below 1e-15, at ε above 35.
    pub fn event(&self) -> Result<Event> {
        // A smaller chance of a random answer never costs less.
        Event::randomized_response(round::down(probability(self.random)), self.categories.count().into())
    }

    /// The report of one answer; a number that is no category counts as the last one.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn report(&self, answer: u32, rng: &mut SecureRng) -> Result<u32> {
        let mut words = rng.words()?;
        let random = words.digit()? < self.random.units();
        let k = u64::from(self.categories.count());
        if random { category(&mut words, k) } else { Ok(self.categories.of(answer)) }
    }

    /// Replaces each answer by its report.
    ///
    /// # Errors
    /// `Io` if the system has no entropy; some answers are then still in `answers`.
    pub fn report_all(&self, answers: &mut [u32], rng: &mut SecureRng) -> Result<()> {
        let mut words = rng.words()?;
        let k = u64::from(self.categories.count());
        for block in answers.chunks_mut(64) {
            let mut random = self.random.coins(&mut words)?;
            for answer in block.iter_mut() {
                *answer = self.categories.of(*answer);
            }
            while random != 0 {
                if let Some(answer) = block.get_mut(num::index(random.trailing_zeros())) {
                    *answer = category(&mut words, k)?;
                }
                random &= random - 1;
            }
        }
        Ok(())
    }

    /// Replaces each bit, a yes or no, by its report.
    ///
    /// # Errors
    /// `Parameter` unless there are two categories; `Io` if the system has no entropy.
    pub fn report_bits(&self, bits: &mut [u64], rng: &mut SecureRng) -> Result<()> {
        if self.categories.count() != 2 {
            return Err(Error::not_binary(self.categories.count().into()));
        }
        let mut words = rng.words()?;
        for bits in bits {
            let random = self.random.coins(&mut words)?;
            *bits = (*bits & !random) | (words.digit()? & random);
        }
        Ok(())
    }

    pub(super) fn support(&self) -> Support {
        let random = probability(self.random);
        let other = random / f64::from(self.categories.count());
        Support { held: 1.0 - random + other, other }
    }
}

impl ResponseCollector {
    /// A collector without reports.
    #[must_use]
    pub fn new(oracle: RandomizedResponse) -> Self {
        ResponseCollector { oracle, counts: vec![0; num::index(oracle.categories.count())] }
    }

    /// Adds a report.
    ///
    /// # Errors
    /// `Data` if no client of the oracle makes such a report; nothing is added then.
    pub fn add(&mut self, report: u32) -> Result<()> {
        let count = self.counts.get_mut(num::index(report));
        *count.ok_or_else(|| Error::report_range(self.oracle.categories.count().into()))? += 1;
        Ok(())
    }

    /// Adds the reports of another collector.
    ///
    /// # Errors
    /// `Parameter` if it is of another oracle.
    pub fn merge(&mut self, other: &ResponseCollector) -> Result<()> {
        if self.oracle != other.oracle {
            return Err(Error::other_oracle());
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        Ok(())
    }

    /// How many persons hold each category.
    #[must_use]
    pub fn estimates(&self) -> Vec<Frequency> {
        let reports = self.counts.iter().sum();
        let support = self.oracle.support();
        self.counts.iter().map(|&count| support.estimate(count, reports)).collect()
    }
}

fn category(words: &mut Words<'_>, categories: u64) -> Result<u32> {
    // Below 2^30.
    Ok(u32::try_from(words.below(categories)?).unwrap_or(0))
}
