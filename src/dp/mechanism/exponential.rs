//! The exponential mechanism, exactly.

use crate::{
    dp::{
        Epsilon, Event,
        mechanism::{Scores, scores::distance},
        noise::Decay,
    },
    error::Result,
    rng::{SecureRng, Source, Spare},
};

/// Chooses a candidate with probability proportional to `exp(score ε / 2Δ)`, or `exp(score ε / Δ)` if the scores are
/// monotonic.
///
/// # Guarantee
/// For all score vectors that differ by at most the sensitivity in each entry (all in one direction, if they were
/// declared monotonic), the choice is ε-differentially private, and the logarithm of the likelihood ratio
/// stays within a range of ε over the candidates (ε-bounded range). Exact: each candidate is chosen with the probability
/// that the formula names, given that the stream's words are uniform and independent
/// (`docs/proofs/exponential_mechanism.md`). \[MT07\] McSherry, Talwar, *Mechanism Design via Differential Privacy*, FOCS
/// 2007; bounded range: \[DR19\] Durfee, Rogers, *Practical Differentially Private Top-k Selection with Pay-what-you-get
/// Composition*, NeurIPS 2019. Running time depends on the scores and on what is drawn.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, mechanism::{ExponentialMechanism, Scores}}};
/// let choice = ExponentialMechanism::new(Scores::new(3, 1)?, Epsilon::parse("1")?);
/// assert_eq!(choice.event().to_string(), "exponential epsilon=1 count=1"); // charge this first
/// let chosen = choice.select(&[10, 500, 20], &mut SecureRng::from_os()?)?;
/// assert_eq!(chosen, 1); // fails once in 10^104 runs
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExponentialMechanism {
    scores: Scores,
    epsilon: Epsilon,
    decay: Decay,
}

impl ExponentialMechanism {
    /// A choice among `scores` that costs `epsilon`.
    #[must_use]
    pub fn new(scores: Scores, epsilon: Epsilon) -> Self {
        ExponentialMechanism { scores, epsilon, decay: scores.decay(epsilon) }
    }

    /// What one choice is to an accountant.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::exponential(self.epsilon)
    }

    /// The place of the chosen candidate. Call it once for each charge.
    ///
    /// # Errors
    /// `Parameter` if there is another number of scores than was declared; `Io` if the system has no entropy.
    pub fn select(&self, scores: &[i64], rng: &mut SecureRng) -> Result<usize> {
        self.scores.check(scores)?;
        select(scores, &self.decay, &mut Spare::default(), &mut rng.words()?)
    }
}

/// A place in `scores`, which are not empty, with probability proportional to the weight of its distance to the best.
///
/// Places are proposed with the upper bounds of their weights, whole numbers, and kept with what the weight is of
/// that: more than 99.99 % at once, the others after a look at the weight itself.
pub(super) fn select<S: Source>(
    scores: &[i64],
    decay: &Decay,
    spare: &mut Spare,
    source: &mut S,
) -> Result<usize> {
    let best = scores.iter().copied().max().unwrap_or(0);
    let upper = |score: i64| decay.upper(distance(best, score));
    // At most 2^31 candidates of at most 2^32 + 4.
    let sums: Vec<u64> =
        scores.chunks(BLOCK).map(|block| block.iter().map(|&score| upper(score)).sum()).collect();
    let total = sums.iter().sum();
    loop {
        let mut place = source.below(total)?;
        let mut chosen = 0;
        for sum in &sums {
            if place < *sum {
                break;
            }
            place -= sum;
            chosen += BLOCK;
        }
        for &score in scores.get(chosen..).unwrap_or_default() {
            let upper = upper(score);
            if place < upper {
                if decay.keeps(distance(best, score), spare, source)? {
                    return Ok(chosen);
                }
                break;
            }
            place -= upper;
            chosen += 1;
        }
    }
}

/// Candidates whose weights are summed up, so that the chosen one is found without going through all of them again.
const BLOCK: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dp::mechanism::Scores, rng::given::Given};

    /// Two candidates alike: the first half of all words proposes the first, the second half the second. The bits after
    /// that, all zero, keep it.
    #[test]
    fn a_place_is_proposed_by_as_many_words_as_its_weight_says() {
        let decay = Scores::new(2, 1).unwrap().decay(Epsilon::parse("1").unwrap());
        for (word, chosen) in [(1, 0), ((1 << 63) - 1, 0), ((1 << 63) + 1, 1), (u64::MAX - 1, 1)] {
            let words = [word, 0];
            let mut source = Given::<64>::new(&words);
            let place = select(&[5, 5], &decay, &mut Spare::default(), &mut source).unwrap();
            assert_eq!(place, chosen, "{word}");
        }
    }
}
