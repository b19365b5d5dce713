//! What a choice among candidates is made by.

use crate::{
    dp::{Epsilon, noise::Decay},
    error::{Error, Result},
};

/// Candidates with a score each, and how far one person can move a score.
///
/// A score is a whole number, the higher the better. Scores that are no whole numbers are rounded to a lattice first
/// (see [`Lattice`](crate::dp::mechanism::Lattice)), which adds one step to their sensitivity.
///
/// # Examples
/// ```
/// use incog::dp::mechanism::Scores;
/// // How many persons chose each of 40 products, where a person chooses each at most once.
/// let votes = Scores::new(40, 1)?.monotonic();
/// assert_eq!(
///     Scores::new(0, 1).unwrap_err().to_string(),
///     "a choice needs 1 to 2147483648 candidates, got 0",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scores {
    candidates: usize,
    sensitivity: u64,
    monotonic: bool,
}

impl Scores {
    /// `candidates` of whom each has a score that can move by at most `sensitivity` between neighbors, some up and
    /// others down.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ candidates ≤ 2^31` and `1 ≤ sensitivity`.
    pub fn new(candidates: usize, sensitivity: u64) -> Result<Self> {
        if !(1..=CANDIDATES_MAX).contains(&candidates) {
            return Err(Error::candidates_range(CANDIDATES_MAX, candidates));
        }
        if sensitivity == 0 {
            return Err(Error::score_sensitivity());
        }
        Ok(Scores { candidates, sensitivity, monotonic: false })
    }

    /// The same, where between two neighbors no score goes up while another goes down, as when a person is added to
    /// counts. Half of the noise does then. Replacing a person is not monotonic.
    #[must_use]
    pub fn monotonic(mut self) -> Self {
        self.monotonic = true;
        self
    }

    /// How many candidates there are.
    #[must_use]
    pub fn candidates(&self) -> usize {
        self.candidates
    }

    /// By how much a score can move between neighbors.
    #[must_use]
    pub fn sensitivity(&self) -> u64 {
        self.sensitivity
    }

    /// Whether all scores move the same way.
    #[must_use]
    pub fn is_monotonic(&self) -> bool {
        self.monotonic
    }

    /// `exp(-d ε / 2Δ)`, or `exp(-d ε / Δ)` for monotonic scores, of the distance `d` to the best score: exactly, as
    /// ε is a multiple of 1e-12.
    pub(super) fn decay(&self, epsilon: Epsilon) -> Decay {
        let sides = if self.monotonic { 1 } else { 2 };
        Decay::new(epsilon.units(), UNITS_PER_ONE * sides * u128::from(self.sensitivity))
    }

    /// # Errors
    /// `Parameter` if there is another number of scores than of candidates, which is public.
    pub(super) fn check(&self, scores: &[i64]) -> Result<()> {
        if scores.len() == self.candidates {
            Ok(())
        } else {
            Err(Error::score_count(self.candidates, scores.len()))
        }
    }
}

/// How far a score lies below the best one.
#[inline]
pub(super) fn distance(best: i64, score: i64) -> u64 {
    best.abs_diff(score)
}

const CANDIDATES_MAX: usize = 1 << 31;
/// ε is held in units of 1e-12.
const UNITS_PER_ONE: u128 = 1_000_000_000_000;
