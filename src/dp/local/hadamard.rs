//! Hadamard response: one number that shares a parity with the answer more often than not.

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

/// Reports a number below `K`, the least power of two above `k`: one from the half that belongs to the answer with
/// probability `e^ε / (e^ε + 1)`, else one from the other half.
///
/// The half of category `x` holds the `y` for which `y` and `x + 1` have an even number of ones in common: the ones
/// of a row of a Hadamard matrix. Any two categories share exactly half of their halves, which is what makes the
/// collector quick: a fast Walsh-Hadamard transform. It is near the best possible for ε up to about 1; from there on
/// the other oracles have less error.
///
/// # Guarantee
/// For all pairs of answers, the reports are within ε in max divergence: the chance of the other half is rounded up
/// to a multiple of 2^-64, and drawn exactly. \[ASZ19\] Acharya, Sun, Zhang, *Hadamard Response: Estimating
/// Distributions Privately, Efficiently, and with Little Communication*, AISTATS 2019.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{HadamardCollector, HadamardResponse}}};
/// let oracle = HadamardResponse::new(1000, Epsilon::parse("1")?)?;
/// let mut rng = SecureRng::from_os()?;
/// let mut collector = HadamardCollector::new(oracle);
/// for _ in 0..1000 {
///     collector.add(oracle.report(42, &mut rng)?)?;
/// }
/// let estimates = collector.estimates();
/// assert!((estimates[42].count - 1000.0).abs() < 8.0 * estimates[42].deviation); // fails once in 10^15 runs
/// assert!(collector.add(1024).is_err()); // K = 1024
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HadamardResponse {
    categories: Categories,
    epsilon: Epsilon,
    flip: Chance,
}

/// Counts the reports of a [`HadamardResponse`].
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, local::{HadamardCollector, HadamardResponse}}};
/// let oracle = HadamardResponse::new(5, Epsilon::parse("1")?)?;
/// let (mut north, mut south) = (HadamardCollector::new(oracle), HadamardCollector::new(oracle));
/// let mut rng = SecureRng::from_os()?;
/// let mut all = HadamardCollector::new(oracle);
/// for collector in [&mut north, &mut south] {
///     let report = oracle.report(3, &mut rng)?;
///     collector.add(report)?;
///     all.add(report)?;
/// }
/// // Servers count by themselves, and are added up.
/// north.merge(&south)?;
/// assert_eq!(north, all);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HadamardCollector {
    oracle: HadamardResponse,
    counts: Vec<u64>,
}

impl HadamardResponse {
    /// For answers among `categories`, each report ε-differentially private.
    ///
    /// # Errors
    /// `Parameter` unless `2 ≤ categories ≤ 2^30`.
    pub fn new(categories: u32, epsilon: Epsilon) -> Result<Self> {
        Ok(HadamardResponse {
            categories: Categories::new(categories)?,
            epsilon,
            flip: chance(1, 1, epsilon)?,
        })
    }

    /// What one report is to an accountant, under replacing.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::pure(self.epsilon)
    }

    /// The report of one answer; a number that is no category counts as the last one.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn report(&self, answer: u32, rng: &mut SecureRng) -> Result<u32> {
        let mut words = rng.words()?;
        let row = self.categories.of(answer) + 1;
        // Uniform below K <= 2^31, a power of two.
        let bits = self.size().ilog2();
        let number = u32::try_from(words.digit()? >> (64 - bits)).unwrap_or(0);
        let flip = words.digit()? < self.flip.units();
        let wanted = u32::from(flip);
        // Flipping a bit that the row has leads from one half to the other, one to one.
        Ok(if (number & row).count_ones() % 2 == wanted {
            number
        } else {
            number ^ (row & row.wrapping_neg())
        })
    }

    /// `K`.
    fn size(&self) -> u32 {
        (self.categories.count() + 1).next_power_of_two()
    }
}

impl HadamardCollector {
    /// A collector without reports.
    #[must_use]
    pub fn new(oracle: HadamardResponse) -> Self {
        HadamardCollector { oracle, counts: vec![0; num::index(oracle.size())] }
    }

    /// Adds a report.
    ///
    /// # Errors
    /// `Data` if no client of the oracle makes such a report; nothing is added then.
    pub fn add(&mut self, report: u32) -> Result<()> {
        let count = self.counts.get_mut(num::index(report));
        *count.ok_or_else(|| Error::report_range(self.oracle.size().into()))? += 1;
        Ok(())
    }

    /// Adds the reports of another collector.
    ///
    /// # Errors
    /// `Parameter` if it is of another oracle.
    pub fn merge(&mut self, other: &HadamardCollector) -> Result<()> {
        if self.oracle != other.oracle {
            return Err(Error::other_oracle());
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        Ok(())
    }

    /// How many persons hold each category.
    #[must_use]
    pub fn estimates(&self) -> Vec<Frequency> {
        let reports: u64 = self.counts.iter().sum();
        // Row x of the transform is the number of reports in the half of category x - 1 less those outside.
        let mut signed: Vec<i64> =
            self.counts.iter().map(|&count| i64::try_from(count).unwrap_or(i64::MAX)).collect();
        walsh_hadamard(&mut signed);
        let flip = probability(self.oracle.flip);
        let support = Support { held: 1.0 - flip, other: 0.5 };
        let inside = |&difference: &i64| reports.saturating_add_signed(difference) / 2;
        let rows = signed.iter().skip(1).take(num::index(self.oracle.categories.count()));
        rows.map(|difference| support.estimate(inside(difference), reports)).collect()
    }
}

/// The sums of all entries, each with the sign of its parity with the row, in place. A power of two of them.
fn walsh_hadamard(entries: &mut [i64]) {
    let mut half = 1;
    while half < entries.len() {
        for block in entries.chunks_mut(2 * half) {
            let (front, back) = block.split_at_mut(half);
            for (a, b) in front.iter_mut().zip(back) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}
