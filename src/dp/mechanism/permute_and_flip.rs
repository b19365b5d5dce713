//! Permute-and-flip, exactly.

use crate::{
    dp::{
        Epsilon, Event,
        mechanism::{Scores, scores::distance},
        noise::Decay,
    },
    error::Result,
    rng::{SecureRng, Source, Spare},
};

/// Chooses a candidate by flipping a coin for each, in random order, until the first that lands on heads: with
/// probability `exp(-(best - score) ε / 2Δ)`, or `exp(-(best - score) ε / Δ)` if the scores are monotonic.
///
/// Its score is never worse than that of the [exponential mechanism](crate::dp::mechanism::ExponentialMechanism), on
/// average, at the same ε, and at best half as far from the best. It is not ε-bounded-range, so under zCDP the
/// exponential mechanism costs less.
///
/// # Guarantee
/// For all score vectors that differ by at most the sensitivity in each entry (all in one direction, if they were
/// declared monotonic), the choice is ε-differentially private. Exact: each candidate is chosen with the probability
/// that the procedure gives it, given that the stream's words are uniform and independent
/// (`docs/proofs/permute_and_flip.md`). \[MS20\] McKenna, Sheldon, *Permute-and-Flip: A New Mechanism for
/// Differentially Private Selection*, NeurIPS 2020; \[DKSSWXZ21\] Ding, Kifer, Saghaian, Steinke, Wang, Xiao, Zhang,
/// *The Permute-and-Flip Mechanism is Identical to Report-Noisy-Max with Exponential Noise*, arXiv 2105.07260.
/// Running time depends on the scores and on what is drawn.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, mechanism::{PermuteAndFlip, Scores}}};
/// let choice = PermuteAndFlip::new(Scores::new(3, 1)?, Epsilon::parse("1")?);
/// assert_eq!(choice.event().to_string(), "pure epsilon=1 count=1"); // charge this first
/// let chosen = choice.select(&[10, 500, 20], &mut SecureRng::from_os()?)?;
/// assert_eq!(chosen, 1); // fails once in 10^104 runs
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PermuteAndFlip {
    scores: Scores,
    epsilon: Epsilon,
    decay: Decay,
}

impl PermuteAndFlip {
    /// A choice among `scores` that costs `epsilon`.
    #[must_use]
    pub fn new(scores: Scores, epsilon: Epsilon) -> Self {
        PermuteAndFlip { scores, epsilon, decay: scores.decay(epsilon) }
    }

    /// What one choice is to an accountant.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::pure(self.epsilon)
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

/// A place in `scores`, which are not empty.
///
/// The order and the coins are independent, and each candidate has one coin. So the first on heads in random order is a
/// uniform choice among those on heads: all coins are flipped in the order of memory, and the place is drawn afterwards.
/// The best candidate is always on heads.
fn select<S: Source>(scores: &[i64], decay: &Decay, spare: &mut Spare, source: &mut S) -> Result<usize> {
    let best = scores.iter().copied().max().unwrap_or(0);
    let mut heads = Vec::with_capacity(scores.len().div_ceil(64));
    let mut count = 0;
    for block in scores.chunks(64) {
        let mut bits = 0u64;
        for (i, &score) in block.iter().enumerate() {
            bits |= u64::from(decay.coin(distance(best, score), spare, source)?) << i;
        }
        count += u64::from(bits.count_ones());
        heads.push(bits);
    }
    let mut left = source.below(count)?;
    for (block, mut bits) in heads.into_iter().enumerate() {
        if left < u64::from(bits.count_ones()) {
            for _ in 0..left {
                bits &= bits - 1;
            }
            return Ok(64 * block + crate::num::index(bits.trailing_zeros()));
        }
        left -= u64::from(bits.count_ones());
    }
    unreachable!("the number drawn is below the number of heads")
}
