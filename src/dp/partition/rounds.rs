//! Adaptive weights: persons do not waste weight on keys that are found already.

use crate::{
    dp::{
        Delta, Event, Neighbors, Rho,
        noise::DiscreteGaussian,
        partition::{
            KeySets, check_delta, check_keys, event, gaussian_margin, keys_moved, lower_share,
            threshold::{upper, whole},
        },
        price::scale_at_least,
    },
    error::{Error, Result},
    num::{self, round},
    rng::SecureRng,
};

/// Finds keys in rounds. In each, a person spreads a weight of L2 norm 1 evenly over those of their keys that were
/// not found before; keys whose weight with Gaussian noise passes a threshold are found.
///
/// A first round finds the frequent keys for little of the budget. What persons would have given to them goes to
/// their rare keys in the rounds after it. Each round gets three times the budget of the one before.
///
/// This is the second of the two ideas of MAD2R (\[CCEZ25\] Chen, Cohen-Addad, Epasto, Zadimoghaddam, *Scalable
/// Private Partition Selection via Adaptive Weighting*, ICML 2025, arXiv 2502.08878: weights of one round are biased
/// by what the round before it released), in the form of \[SDH23\] Swanberg, Desfontaines, Haney, *DP-SIPS*, PoPETs
/// 2023(4). Its first idea, rerouting weight within a round, is not here.
///
/// # Guarantee
/// For all sets of at most `g` keys a person and neighbors of the relation, the keys that are found are ρ-zCDP but
/// for an event of probability δ. In each round, given what the rounds before it found, the weights of a person
/// depend on that person alone and have an L2 norm of at most 1, so they move by at most 1, or sqrt(2) for persons
/// that are replaced; noise is added to whole multiples of 2^-20, and a round that gives a share ρ' has a σ of at
/// least `1 / sqrt(2 ρ')`, or sqrt(2) of that. A person whose `d` keys nobody else has gives each of them `1 /
/// sqrt(d)`, and the threshold lets one of them through with probability δ' at most, for every `d` up to `g`. Shares
/// add up to ρ and δ.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Delta, Neighbors, Rho, partition::{AdaptiveRounds, KeySets}}};
/// let rule = AdaptiveRounds::new(Neighbors::AddOrRemoveOne, 10, 2, Rho::parse("0.5")?, Delta::parse("1e-6")?)?;
/// let mut rng = SecureRng::from_os()?;
/// // Everybody has "the", and one of ten words of 100 persons each.
/// let pairs = (0..1000).flat_map(|person| [(person, "the".to_owned()), (person, format!("word {}", person % 10))]);
/// let found = rule.select(&KeySets::bounded(pairs, 10, &mut rng)?, &mut rng)?.len();
/// assert_eq!(found, 11);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AdaptiveRounds {
    keys_per_person: u32,
    rho: Rho,
    delta: Delta,
    rounds: Vec<Round>,
}

#[derive(Clone, Debug)]
struct Round {
    /// On multiples of 2^-20.
    noise: DiscreteGaussian,
    threshold: i64,
}

impl AdaptiveRounds {
    /// The rule for `keys_per_person` keys of a person.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ keys_per_person ≤ 2^20`, `1 ≤ rounds ≤ 8`, δ is above zero and ρ at least 1e-6.
    pub fn new(
        neighbors: Neighbors,
        keys_per_person: u32,
        rounds: u32,
        rho: Rho,
        delta: Delta,
    ) -> Result<Self> {
        check_keys(keys_per_person)?;
        check_delta(delta)?;
        if !(1..=ROUNDS_MAX).contains(&rounds) {
            return Err(Error::rounds_range(ROUNDS_MAX, rounds));
        }
        let too_small = || Error::partition_too_small(rho, delta);
        if rho.to_f64() < 1e-6 {
            return Err(too_small());
        }
        // 1, 3, 9, ... of (3^rounds - 1) / 2 parts. No round gets more than its share of either: rounded down.
        let parts = (3u64.pow(rounds) - 1) / 2;
        // The square of how far the weights move: of one person, or of two, whose weights are no less than zero.
        let moved = f64::from(keys_moved(neighbors, 1));
        let round = |i: u32| {
            let share = round::down(
                round::down(rho.to_f64()) * (num::to_f64(3u64.pow(i)) / num::to_f64(parts)) * (1.0 - 1e-15),
            );
            let sigma = scale_at_least(num::to_f64(UNIT) * (moved / (2.0 * share)).sqrt() * (1.0 + 1e-14))?;
            let delta = round::down(lower_share(delta, parts) * num::to_f64(3u64.pow(i)));
            // Of d keys that nobody else has, each gets 1 / sqrt(d).
            let worst = degrees(keys_per_person)
                .map(|(least, most)| {
                    let chance = round::down(delta / f64::from(most));
                    num::to_f64(weight(least)) + gaussian_margin(upper(sigma), chance)
                })
                .fold(0.0, f64::max);
            let threshold = whole(worst).ok_or_else(too_small)?;
            Ok(Round { noise: DiscreteGaussian::new(sigma), threshold })
        };
        let rounds = (0..rounds).map(round).collect::<Result<_>>()?;
        Ok(AdaptiveRounds { keys_per_person, rho, delta, rounds })
    }

    /// What one selection is to an accountant.
    ///
    /// # Errors
    /// Never: the parameters are in the range of an event.
    pub fn event(&self) -> Result<Event> {
        event(round::up(self.rho.to_f64()), self.delta)
    }

    /// The keys that are found, in their order. Once for each charge.
    ///
    /// # Errors
    /// `Parameter` if the sets are bounded less strictly than the rule expects; `Io` if the system has no entropy.
    pub fn select<'k, K: Ord>(&self, sets: &'k KeySets<K>, rng: &mut SecureRng) -> Result<Vec<&'k K>> {
        if sets.keys_per_person() > self.keys_per_person {
            return Err(Error::looser_sets(self.keys_per_person, sets.keys_per_person()));
        }
        let mut found = vec![false; sets.keys.len()];
        let weights: Vec<u64> = (0..=sets.keys_per_person()).map(|d| weight(d.max(1))).collect();
        for round in &self.rounds {
            let mut totals = vec![0i64; sets.keys.len()];
            for own in &sets.sets {
                let degree = own.iter().filter(|&&key| !found[key]).count();
                for &key in own {
                    if !found[key] {
                        // At most 2^32 persons of 2^20.
                        totals[key] = totals[key].saturating_add_unsigned(weights[degree]);
                    }
                }
            }
            // A key that nobody gives weight to, because all who had it were sampled away from it, is not there.
            let present: Vec<usize> = (0..totals.len()).filter(|&key| totals[key] > 0).collect();
            let mut noisy: Vec<i64> = present.iter().map(|&key| totals[key]).collect();
            round.noise.add_to(rng, &mut noisy)?;
            for (key, noisy) in present.into_iter().zip(noisy) {
                found[key] |= noisy >= round.threshold;
            }
        }
        Ok(sets.keys.iter().zip(found).filter(|(_, found)| *found).map(|(key, _)| key).collect())
    }
}

/// `1 / sqrt(degree)` in units of 2^-20, rounded down: the squares of `degree` of them add up to at most 1.
fn weight(degree: u32) -> u64 {
    (UNIT * UNIT / u64::from(degree)).isqrt()
}

/// Ranges that cover all degrees up to `most`, each no wider than a tenth: few to look at, and nearly as good as each.
fn degrees(most: u32) -> impl Iterator<Item = (u32, u32)> {
    let mut next = 1;
    std::iter::from_fn(move || {
        let least = next;
        let last = (least + least / 10).min(most);
        next = last + 1;
        (least <= most).then_some((least, last))
    })
}

const ROUNDS_MAX: u32 = 8;
/// Weights are whole multiples of `1 / UNIT`.
const UNIT: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_a_person_have_norm_one_at_most_and_degrees_are_covered() {
        for degree in (1..3000).chain([1 << 16, 1 << 20]) {
            let norm = u64::from(degree) * weight(degree) * weight(degree);
            assert!(norm <= UNIT * UNIT && norm * 100 > UNIT * UNIT * 99, "{degree}");
        }
        for most in [1, 2, 10, 11, 12, 999, 1 << 20] {
            let mut next = 1;
            for (least, last) in degrees(most) {
                assert!(least == next && last >= least && last <= most);
                next = last + 1;
            }
            assert_eq!(next, most + 1);
        }
    }

    /// For every number of keys that one person alone has, the chance that one of them passes, with the exact tail of
    /// the noise, stays within the round's share of δ; and what the noise of all rounds costs, of weights that move by 1,
    /// or by sqrt(2) where two persons' are exchanged, is ρ.
    #[test]
    fn keys_of_one_person_pass_with_probability_delta_at_most() {
        let (rho, delta) = (Rho::parse("0.3").unwrap(), Delta::parse("1e-5").unwrap());
        for (neighbors, squared) in
            [(Neighbors::AddOrRemoveOne, 1.0), (Neighbors::ZeroOut, 1.0), (Neighbors::ReplaceOne, 2.0)]
        {
            let rule = AdaptiveRounds::new(neighbors, 100, 2, rho, delta).unwrap();
            let mut sum = 0.0;
            let mut shares = 0.0;
            for round in &rule.rounds {
                let sigma = upper(round.noise.sigma());
                // Wide noise on a fine lattice: the tail of the normal distribution to 1e-10.
                let mut worst: f64 = 0.0;
                for degree in 1..=100u32 {
                    let margin = num::to_f64(round.threshold.unsigned_abs()) - num::to_f64(weight(degree));
                    worst =
                        worst.max(f64::from(degree) * crate::num::normal::upper_tail((margin - 1.0) / sigma));
                }
                sum += worst;
                shares += squared * num::to_f64(UNIT * UNIT) / (2.0 * sigma * sigma);
            }
            assert!(sum <= delta.to_f64() && sum > 0.8 * delta.to_f64(), "{neighbors}: {sum}");
            assert!(shares <= rho.to_f64() && shares > (1.0 - 1e-9) * rho.to_f64(), "{neighbors}: {shares}");
        }
    }

    /// One round of the whole budget: σ is that of the definition, and never below it.
    #[test]
    fn the_noise_of_a_round_is_not_less_than_its_share_needs() {
        for rho in ["0.000001", "0.3", "0.5", "1", "63.9"] {
            let rho = Rho::parse(rho).unwrap();
            let rule =
                AdaptiveRounds::new(Neighbors::AddOrRemoveOne, 1, 1, rho, Delta::new(1e-6).unwrap()).unwrap();
            let sigma = upper(rule.rounds[0].noise.sigma());
            let least = num::to_f64(UNIT) / (2.0 * rho.to_f64()).sqrt();
            assert!(sigma >= least && sigma < least * (1.0 + 1e-9), "{rho}: {sigma} {least}");
        }
    }
}
