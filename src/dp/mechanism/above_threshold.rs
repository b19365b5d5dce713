//! The sparse vector technique: many questions, of which only the few with a large answer cost anything.

use std::fmt;

use crate::{
    dp::{
        Epsilon, Event,
        noise::{DiscreteLaplace, Scale},
    },
    error::{Error, Result},
    rng::SecureRng,
};

/// Tells of each of a stream of whole numbers whether it lies above a public threshold, until it has said so `positives`
/// times.
///
/// The questions may depend on earlier answers, and there may be any number of them. All of ε is charged on opening,
/// whatever is asked afterwards.
///
/// The noise is that of the corrected version. Variants that are in print as well draw the noise of a question once for
/// all, scale it by the wrong number of positives, or release the noisy value; they are not differentially
/// private (\[LSL17\], section 3).
///
/// # Guarantee
/// For all streams of questions, chosen adaptively, whose true answers each differ by at most `sensitivity` between
/// neighbors (all in one direction, if they were declared monotonic), all answers together are ε-differentially
/// private: with `ε = ε1 + ε2` and `c` positives, the threshold has noise of scale `Δ/ε1`, drawn once, and each
/// question fresh noise of scale `2cΔ/ε2`, or `cΔ/ε2` for monotonic ones. \[LSL17\] Lyu, Su, Li, *Understanding the
/// Sparse Vector Technique for Differential Privacy*, PVLDB 10(6), 2017, section 4 (their proof holds for noise on
/// whole numbers as it stands: it moves the noise by whole numbers). Exact, as [`DiscreteLaplace`].
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, mechanism::{AboveThreshold, Answer}}};
/// let watch = AboveThreshold::new(1000, 1, 1, Epsilon::parse("1")?)?;
/// assert_eq!(watch.event().to_string(), "pure epsilon=1 count=1"); // charge this first
/// let mut rng = SecureRng::from_os()?;
/// let mut open = watch.open(&mut rng)?;
/// assert_eq!(open.ask(100, &mut rng)?, Answer::Below); // wrong once in 10^70 runs
/// assert_eq!(open.ask(1900, &mut rng)?, Answer::Above);
/// assert_eq!(open.ask(1900, &mut rng)?, Answer::Exhausted);
/// assert_eq!(
///     AboveThreshold::new(0, 0, 1, Epsilon::parse("1")?).unwrap_err().to_string(),
///     "the sensitivity of a question must be at least 1, got 0",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AboveThreshold {
    threshold: i64,
    sensitivity: u64,
    positives: u32,
    epsilon: Epsilon,
    threshold_noise: Scale,
    question_noise: Scale,
}

/// An opened [`AboveThreshold`]: a threshold with noise, and what is left of the positives.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, mechanism::{AboveThreshold, Answer}}};
/// let mut rng = SecureRng::from_os()?;
/// let mut open = AboveThreshold::monotonic(1000, 1, 2, Epsilon::parse("2")?)?.open(&mut rng)?;
/// for errors in [3, 12, 2000, 5] {
///     if open.ask(errors, &mut rng)? == Answer::Above {
///         println!("{errors} errors or so, and {} more alarms", open.left());
///     }
/// }
/// assert_eq!(open.left(), 1); // fails once in 10^200 runs
/// # Ok::<(), incog::Error>(())
/// ```
pub struct OpenThreshold {
    threshold: i128,
    noise: DiscreteLaplace,
    left: u32,
}

/// What an [`OpenThreshold`] answers.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, mechanism::{AboveThreshold, Answer}}};
/// let mut rng = SecureRng::from_os()?;
/// let mut open = AboveThreshold::new(1000, 1, 1, Epsilon::parse("1")?)?.open(&mut rng)?;
/// let (mut days, mut alarm) = (0, None);
/// loop {
///     match open.ask(if days < 5 { 20 } else { 5000 }, &mut rng)? {
///         Answer::Above => alarm = Some(days),
///         Answer::Below => {}
///         _ => break, // Exhausted: charge, and open another one
///     }
///     days += 1;
/// }
/// assert_eq!(alarm, Some(5)); // fails once in 10^70 runs
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// At or above the threshold, with the noise of both.
    Above,
    /// Below it.
    Below,
    /// All positives were given: the question was not looked at.
    Exhausted,
}

impl AboveThreshold {
    /// Up to `positives` answers [`Above`](Answer::Above) to questions that move by at most `sensitivity`, for `epsilon`.
    ///
    /// ε is parted between threshold and questions as 1 to `(2 positives)^(2/3)`, which is best for comparing the two
    /// (\[LSL17\], section 4.2).
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ sensitivity`, `1 ≤ positives ≤ 2^20`, ε is at least 1e-11, and the scales of the noise
    /// are in range.
    pub fn new(threshold: i64, sensitivity: u64, positives: u32, epsilon: Epsilon) -> Result<Self> {
        AboveThreshold::with(threshold, sensitivity, positives, epsilon, 2)
    }

    /// The same for questions that all move in one direction between neighbors, as counts do when a person is added:
    /// half of the noise does. Replacing a person is not monotonic.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn monotonic(threshold: i64, sensitivity: u64, positives: u32, epsilon: Epsilon) -> Result<Self> {
        AboveThreshold::with(threshold, sensitivity, positives, epsilon, 1)
    }

    fn with(threshold: i64, sensitivity: u64, positives: u32, epsilon: Epsilon, sides: u64) -> Result<Self> {
        if sensitivity == 0 {
            return Err(Error::question_sensitivity());
        }
        if !(1..=POSITIVES_MAX).contains(&positives) {
            return Err(Error::positives_range(POSITIVES_MAX, positives));
        }
        let turns = sides * u64::from(positives);
        // ε1 = ε / (1 + turns^(2/3)), the root in thousandths.
        let root = cube_root(u128::from(turns).pow(2) * 1_000_000_000);
        let units = u128::from(epsilon.units());
        let first = u64::try_from(units * 1000 / (1000 + root)).unwrap_or(0);
        let part = |units: u64| Epsilon::from_units(units).ok_or_else(Error::threshold_epsilon);
        let (first, second) = (part(first)?, part(epsilon.units() - first)?);
        let moved = sensitivity
            .checked_mul(turns)
            .ok_or_else(|| Error::scale_range(format_args!("{sensitivity} * {turns}")))?;
        Ok(AboveThreshold {
            threshold,
            sensitivity,
            positives,
            epsilon,
            threshold_noise: Scale::for_sensitivity(sensitivity, first)?,
            question_noise: Scale::for_sensitivity(moved, second)?,
        })
    }

    /// What opening it, with everything that is asked then, is to an accountant.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::pure(self.epsilon)
    }

    /// By how much the true answer of a question may move between neighbors.
    #[must_use]
    pub fn sensitivity(&self) -> u64 {
        self.sensitivity
    }

    /// The scale of the noise on the threshold, and that of the noise on each question.
    #[must_use]
    pub fn scales(&self) -> (Scale, Scale) {
        (self.threshold_noise, self.question_noise)
    }

    /// Draws the noise of the threshold. Call it once for each charge.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn open(&self, rng: &mut SecureRng) -> Result<OpenThreshold> {
        let mut threshold = [i128::from(self.threshold)];
        DiscreteLaplace::new(self.threshold_noise).add_to_wide(rng, &mut threshold)?;
        Ok(OpenThreshold {
            threshold: threshold[0],
            noise: DiscreteLaplace::new(self.question_noise),
            left: self.positives,
        })
    }
}

impl OpenThreshold {
    /// Whether `value`, the true answer of the next question, lies above the threshold.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn ask(&mut self, value: i64, rng: &mut SecureRng) -> Result<Answer> {
        if self.left == 0 {
            return Ok(Answer::Exhausted);
        }
        let mut noisy = [i128::from(value)];
        self.noise.add_to_wide(rng, &mut noisy)?;
        if noisy[0] < self.threshold {
            return Ok(Answer::Below);
        }
        self.left -= 1;
        Ok(Answer::Above)
    }

    /// How many answers [`Above`](Answer::Above) are left.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.left
    }
}

/// The whole part of the cube root of a number below 2^120.
fn cube_root(number: u128) -> u128 {
    (0..=40).rev().fold(0, |root: u128, bit| {
        let next = root | 1 << bit;
        if next.pow(3) <= number { next } else { root }
    })
}

/// Shows neither the threshold with its noise nor the noise.
impl fmt::Debug for OpenThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenThreshold").field("left", &self.left).finish_non_exhaustive()
    }
}

const POSITIVES_MAX: u32 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cube_roots_are_rounded_down() {
        for root in (0..2000u128).chain([1 << 39, (1 << 40) - 1]) {
            let cube = root.pow(3);
            assert_eq!(cube_root(cube), root);
            assert_eq!(cube_root((root + 1).pow(3) - 1), root);
        }
    }
}
