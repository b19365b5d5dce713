//! Optimized local hashing: randomized response on a hash that each person draws.

use crate::{
    dp::{
        Epsilon, Event,
        local::{Categories, Frequency, RandomizedResponse, frequency::Support},
    },
    error::{Error, Result},
    num,
    rng::{SecureRng, Source},
};

/// Reports a random hash function and, by randomized response, the hash of the answer, one of `g` values with `g` near
/// `e^ε + 1`.
///
/// The function is `x -> floor(g ((a x + b) mod P) / P)` with `P = 2^61 - 1`: two categories have one value with a
/// probability within 2^-28 of `1/g` (they are two independent uniform numbers, but for being different).
///
/// # Guarantee
/// For all pairs of answers, the reports are within ε in max divergence: the function does not depend on the answer,
/// and its value is reported as [`RandomizedResponse`] does. \[WBLJ17\] Wang, Blocki, Li, Jha, *Locally
/// Differentially Private Protocols for Frequency Estimation*, USENIX Security 2017, section 4.4 (OLH); the hash
/// functions: \[CW79\] Carter, Wegman, *Universal Classes of Hash Functions*, JCSS 18(2), 1979.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{HashingCollector, LocalHashing}}};
/// let oracle = LocalHashing::new(1000, Epsilon::parse("1")?)?;
/// let mut rng = SecureRng::from_os()?;
/// let mut collector = HashingCollector::new(oracle);
/// for _ in 0..1000 {
///     collector.add(oracle.report(42, &mut rng)?)?;
/// }
/// let estimates = collector.estimates();
/// assert!((estimates[42].count - 1000.0).abs() < 8.0 * estimates[42].deviation); // fails once in 10^15 runs
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LocalHashing {
    categories: Categories,
    /// On `g` values.
    response: RandomizedResponse,
    values: u32,
}

/// A report of a [`LocalHashing`].
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{HashedReport, HashingCollector, LocalHashing}}};
/// let oracle = LocalHashing::new(1000, Epsilon::parse("1")?)?;
/// let report: HashedReport = oracle.report(42, &mut SecureRng::from_os()?)?;
/// assert!(report.value < oracle.values(), "one of few values, whatever the number of categories");
/// // Three numbers travel. What no client of this oracle sends is refused.
/// let mut collector = HashingCollector::new(oracle);
/// collector.add(report)?;
/// assert!(collector.add(HashedReport { value: oracle.values(), ..report }).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a report travels, so its form is fixed")]
pub struct HashedReport {
    /// The factor of the hash function, in `1..2^61 - 1`.
    pub factor: u64,
    /// Its summand, in `0..2^61 - 1`.
    pub summand: u64,
    /// The randomized value, below `g`.
    pub value: u32,
}

/// Counts, for each category, the reports of a [`LocalHashing`] whose function maps it to their value.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{HashingCollector, LocalHashing}}};
/// let oracle = LocalHashing::new(20, Epsilon::parse("2")?)?;
/// let (mut today, mut rng) = (HashingCollector::new(oracle), SecureRng::from_os()?);
/// for _ in 0..10 {
///     today.add(oracle.report(7, &mut rng)?)?;
/// }
/// let mut week = today.clone();
/// week.merge(&today)?; // of the same oracle; others are refused
/// assert_eq!(week.estimates()[7].count, 2.0 * today.estimates()[7].count);
/// assert!(week.merge(&HashingCollector::new(LocalHashing::new(21, Epsilon::parse("2")?)?)).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashingCollector {
    oracle: LocalHashing,
    reports: u64,
    counts: Vec<u64>,
}

impl LocalHashing {
    /// For answers among `categories`, each report ε-differentially private.
    ///
    /// # Errors
    /// `Parameter` unless `2 ≤ categories ≤ 2^30`, and if ε is so small that every answer would be random.
    pub fn new(categories: u32, epsilon: Epsilon) -> Result<Self> {
        let categories = Categories::new(categories)?;
        // More values than categories tell nothing more. e^ε is public, and any g is private: a binary fraction will do.
        let best = epsilon.to_f64().exp().round() + 1.0;
        let values =
            (2..=VALUES_MAX.min(categories.count())).rev().find(|&g| f64::from(g) <= best).unwrap_or(2);
        Ok(LocalHashing { categories, response: RandomizedResponse::new(values, epsilon)?, values })
    }

    /// What one report is to an accountant, under replacing.
    ///
    /// # Errors
    /// As [`RandomizedResponse::event`].
    pub fn event(&self) -> Result<Event> {
        self.response.event()
    }

    /// How many values a hash has.
    #[must_use]
    pub fn values(&self) -> u32 {
        self.values
    }

    /// The report of one answer; a number that is no category counts as the last one.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn report(&self, answer: u32, rng: &mut SecureRng) -> Result<HashedReport> {
        let mut words = rng.words()?;
        let (factor, summand) = (1 + words.below(PRIME - 1)?, words.below(PRIME)?);
        let answer = u64::from(self.categories.of(answer));
        let hash = self.value(residue(u128::from(factor) * u128::from(answer) + u128::from(summand)));
        Ok(HashedReport { factor, summand, value: self.response.report(hash, rng)? })
    }

    /// `floor(g residue / P)`, nearly: by the power of two above `P`.
    #[inline]
    fn value(&self, residue: u64) -> u32 {
        let (high, _) = num::wide_product(residue << 3, self.values.into());
        u32::try_from(high).unwrap_or(0)
    }
}

impl HashingCollector {
    /// A collector without reports.
    #[must_use]
    pub fn new(oracle: LocalHashing) -> Self {
        HashingCollector { oracle, reports: 0, counts: vec![0; num::index(oracle.categories.count())] }
    }

    /// Adds a report: a step for each category.
    ///
    /// # Errors
    /// `Data` if no client of the oracle makes such a report; nothing is added then.
    pub fn add(&mut self, report: HashedReport) -> Result<()> {
        let HashedReport { factor, summand, value } = report;
        if value >= self.oracle.values || !(1..PRIME).contains(&factor) || summand >= PRIME {
            return Err(Error::report_range(self.oracle.values.into()));
        }
        self.reports += 1;
        let mut place = summand;
        for count in &mut self.counts {
            *count += u64::from(self.oracle.value(place) == value);
            place += factor;
            place -= if place >= PRIME { PRIME } else { 0 };
        }
        Ok(())
    }

    /// Adds the reports of another collector.
    ///
    /// # Errors
    /// `Parameter` if it is of another oracle.
    pub fn merge(&mut self, other: &HashingCollector) -> Result<()> {
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
        let held = self.oracle.response.support().held;
        let support = Support { held, other: 1.0 / f64::from(self.oracle.values) };
        self.counts.iter().map(|&count| support.estimate(count, self.reports)).collect()
    }
}

/// A number below 2^93 modulo `2^61 - 1`.
fn residue(number: u128) -> u64 {
    u64::try_from(number % u128::from(PRIME)).unwrap_or(0)
}

/// A Mersenne prime above all categories.
const PRIME: u64 = (1 << 61) - 1;
/// Beyond, e^ε is so large that hardly any answer is random.
const VALUES_MAX: u32 = 1 << 16;
