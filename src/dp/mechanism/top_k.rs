//! Several candidates, the best first.

use crate::{
    dp::{
        Epsilon, Event,
        mechanism::{Scores, exponential},
        noise::Decay,
    },
    error::{Error, Result},
    rng::{SecureRng, Spare},
};

/// Chooses `k` candidates, one after the other, each by the exponential mechanism among those that are left.
///
/// The same as adding Gumbel noise to all scores once and taking the `k` largest, in their order (\[DR19\], lemma 4.2).
/// Scores are not released.
///
/// # Guarantee
/// For all score vectors that differ by at most the sensitivity in each entry (all in one direction, if they were
/// declared monotonic), the `k` choices together are ε-differentially private; each is ε/k-bounded-range, which an
/// accountant composes to less. Exact, as the [exponential mechanism](crate::dp::mechanism::ExponentialMechanism).
/// \[DR19\] Durfee, Rogers, *Practical Differentially Private Top-k Selection with Pay-what-you-get Composition*, NeurIPS
/// 2019. Running time depends on the scores and on what is drawn.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, mechanism::{NoisyTopK, Scores}}};
/// let choice = NoisyTopK::new(Scores::new(4, 1)?.monotonic(), 2, Epsilon::parse("1")?)?;
/// assert_eq!(choice.event()?.to_string(), "exponential epsilon=0.5 count=2"); // charge this first
/// let chosen = choice.select(&[10, 900, 20, 500], &mut SecureRng::from_os()?)?;
/// assert_eq!(chosen, [1, 3]); // fails once in 10^86 runs
/// assert_eq!(
///     NoisyTopK::new(Scores::new(4, 1)?, 5, Epsilon::parse("1")?).unwrap_err().to_string(),
///     "a choice of the best must be of 1..=4 candidates, got 5",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NoisyTopK {
    scores: Scores,
    k: usize,
    /// Of one choice.
    epsilon: Epsilon,
    decay: Decay,
}

impl NoisyTopK {
    /// `k` choices among `scores` that cost `epsilon` together; each a `k`-th of it, rounded down to 1e-12.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ k ≤` the number of candidates, and if a `k`-th of `epsilon` is below 1e-12.
    pub fn new(scores: Scores, k: usize, epsilon: Epsilon) -> Result<Self> {
        if !(1..=scores.candidates()).contains(&k) {
            return Err(Error::top_k_range(scores.candidates(), k));
        }
        let units = epsilon.units() / u64::try_from(k).unwrap_or(u64::MAX);
        let epsilon = Epsilon::from_units(units).ok_or_else(|| Error::epsilon_range("0"))?;
        Ok(NoisyTopK { scores, k, epsilon, decay: scores.decay(epsilon) })
    }

    /// What all choices together are to an accountant.
    ///
    /// # Errors
    /// Never: at most 2^31 choices fit an event.
    pub fn event(&self) -> Result<Event> {
        Event::exponential(self.epsilon).times(crate::num::count(self.k))
    }

    /// The places of the chosen candidates, in the order of their choice. Call it once for each charge.
    ///
    /// # Errors
    /// `Parameter` if there is another number of scores than was declared; `Io` if the system has no entropy.
    pub fn select(&self, scores: &[i64], rng: &mut SecureRng) -> Result<Vec<usize>> {
        self.scores.check(scores)?;
        let (mut words, mut spare) = (rng.words()?, Spare::default());
        let mut places: Vec<usize> = (0..scores.len()).collect();
        let mut left = scores.to_vec();
        (0..self.k)
            .map(|_| {
                let chosen = exponential::select(&left, &self.decay, &mut spare, &mut words)?;
                left.swap_remove(chosen);
                Ok(places.swap_remove(chosen))
            })
            .collect()
    }
}
