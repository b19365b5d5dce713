//! Counts with noise, and a threshold below which a key is not released.

use crate::{
    dp::{
        Delta, Epsilon, Event, Neighbors, Rho,
        noise::{DiscreteGaussian, DiscreteLaplace, Scale},
        partition::{KeySets, check_delta, check_keys, event, gaussian_margin, keys_moved, lower_share},
        price::gaussian_scale,
    },
    error::{Error, Result},
    num::{self, Enclosure, round},
    rng::SecureRng,
};

/// Releases a key, with its number of persons and discrete Laplace noise, if that passes a threshold.
///
/// # Guarantee
/// For all sets of at most `g` keys a person and neighbors of the relation, the keys with their noisy counts are (ε,
/// δ)-differentially private: the counts move by at most `m` in L1, where `m` is `g`, or `2g` for persons that are
/// replaced; the scale is at least `m/ε`, and the chance that any of the at most `g` keys that only one side has
/// passes the threshold, with a count of 1, is at most δ (`docs/proofs/partition_selection.md`). \[KKMN09\] Korolova,
/// Kenthapadi, Mishra, Ntoulas, *Releasing Search Queries and Clicks Privately*, WWW 2009.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Delta, Epsilon, Neighbors, partition::{KeySets, LaplaceThreshold}}};
/// let rule = LaplaceThreshold::new(Neighbors::AddOrRemoveOne, 1, Epsilon::parse("1")?, Delta::parse("1e-6")?)?;
/// assert_eq!(rule.threshold(), 15);
/// let mut rng = SecureRng::from_os()?;
/// let pairs = (0..500).map(|person| (person, if person == 0 { "rare" } else { "common" }));
/// let sets = KeySets::bounded(pairs, 1, &mut rng)?;
/// let kept = rule.select(&sets, &mut rng)?; // "rare" is kept once in 10^6 runs
/// assert_eq!(kept.len(), 1);
/// assert!(kept[0].0 == &"common" && (kept[0].1 - 499).abs() < 60);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LaplaceThreshold {
    keys_per_person: u32,
    epsilon: Epsilon,
    delta: Delta,
    noise: DiscreteLaplace,
    threshold: i64,
}

/// Releases a key, with its number of persons and discrete Gaussian noise, if that passes a threshold.
///
/// # Guarantee
/// For all sets of at most `g` keys a person and neighbors of the relation, the keys with their noisy counts are
/// ρ-zCDP but for an event of probability δ (δ-approximate ρ-zCDP): the counts move by at most `sqrt(m)` in L2, where
/// `m` is `g`, or `2g` for persons that are replaced; σ is at least `sqrt(m / 2ρ)`, and the chance that any of the at
/// most `g` keys that only one side has passes the threshold, with a count of 1, is at most δ. \[BS16\] Bun, Steinke,
/// *Concentrated Differential Privacy*, TCC 2016, section 8.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Delta, Neighbors, Rho, partition::{GaussianThreshold, KeySets}}};
/// let rule = GaussianThreshold::new(Neighbors::AddOrRemoveOne, 20, Rho::parse("0.1")?, Delta::parse("1e-6")?)?;
/// let mut rng = SecureRng::from_os()?;
/// let pairs = (0..500).map(|person| (person, if person == 0 { "rare" } else { "common" }));
/// let sets = KeySets::bounded(pairs, 20, &mut rng)?;
/// let kept = rule.select(&sets, &mut rng)?; // "rare" is kept once in 10^6 runs
/// assert_eq!(kept.len(), 1);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianThreshold {
    keys_per_person: u32,
    rho: Rho,
    delta: Delta,
    noise: DiscreteGaussian,
    threshold: i64,
}

impl LaplaceThreshold {
    /// The rule for `keys_per_person` keys of a person.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ keys_per_person ≤ 2^20`, δ is above zero, and the scale of the noise is in range.
    pub fn new(neighbors: Neighbors, keys_per_person: u32, epsilon: Epsilon, delta: Delta) -> Result<Self> {
        check_keys(keys_per_person)?;
        check_delta(delta)?;
        let scale = Scale::for_sensitivity(keys_moved(neighbors, keys_per_person).into(), epsilon)?;
        let margin = laplace_margin(scale, lower_share(delta, keys_per_person.into()));
        // A key of one person passes if its noise is at least the margin.
        let threshold = whole(margin + 1.0).ok_or_else(|| Error::partition_too_small(epsilon, delta))?;
        Ok(LaplaceThreshold {
            keys_per_person,
            epsilon,
            delta,
            noise: DiscreteLaplace::new(scale),
            threshold,
        })
    }

    /// What one selection is to an accountant.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::approximate(self.epsilon, self.delta)
    }

    /// The least noisy count that is released.
    #[must_use]
    pub fn threshold(&self) -> i64 {
        self.threshold
    }

    /// The noise of the counts.
    #[must_use]
    pub fn noise(&self) -> DiscreteLaplace {
        self.noise
    }

    /// The keys that pass, in their order, with their noisy counts. Once for each charge.
    ///
    /// # Errors
    /// `Parameter` if the sets are bounded less strictly than the rule expects; `Io` if the system has no entropy.
    pub fn select<'k, K: Ord>(&self, sets: &'k KeySets<K>, rng: &mut SecureRng) -> Result<Vec<(&'k K, i64)>> {
        select(sets, self.keys_per_person, self.threshold, |counts| self.noise.add_to(rng, counts))
    }
}

impl GaussianThreshold {
    /// The rule for `keys_per_person` keys of a person.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ keys_per_person ≤ 2^20` and δ is above zero.
    pub fn new(neighbors: Neighbors, keys_per_person: u32, rho: Rho, delta: Delta) -> Result<Self> {
        check_keys(keys_per_person)?;
        check_delta(delta)?;
        let sigma = gaussian_scale(keys_moved(neighbors, keys_per_person).into(), rho)?;
        let margin = gaussian_margin(upper(sigma), lower_share(delta, keys_per_person.into()));
        let threshold = whole(margin + 1.0).ok_or_else(|| Error::partition_too_small(rho, delta))?;
        Ok(GaussianThreshold { keys_per_person, rho, delta, noise: DiscreteGaussian::new(sigma), threshold })
    }

    /// What one selection is to an accountant.
    ///
    /// # Errors
    /// `Parameter` if ρ is below 1e-9.
    pub fn event(&self) -> Result<Event> {
        event(round::up(self.rho.to_f64()), self.delta)
    }

    /// The least noisy count that is released.
    #[must_use]
    pub fn threshold(&self) -> i64 {
        self.threshold
    }

    /// The noise of the counts.
    #[must_use]
    pub fn noise(&self) -> &DiscreteGaussian {
        &self.noise
    }

    /// The keys that pass, in their order, with their noisy counts. Once for each charge.
    ///
    /// # Errors
    /// `Parameter` if the sets are bounded less strictly than the rule expects; `Io` if the system has no entropy.
    pub fn select<'k, K: Ord>(&self, sets: &'k KeySets<K>, rng: &mut SecureRng) -> Result<Vec<(&'k K, i64)>> {
        select(sets, self.keys_per_person, self.threshold, |counts| self.noise.add_to(rng, counts))
    }
}

fn select<K: Ord>(
    sets: &KeySets<K>,
    keys_per_person: u32,
    threshold: i64,
    add_noise: impl FnOnce(&mut [i64]) -> Result<()>,
) -> Result<Vec<(&K, i64)>> {
    if sets.keys_per_person() > keys_per_person {
        return Err(Error::looser_sets(keys_per_person, sets.keys_per_person()));
    }
    let persons = sets.persons();
    let mut counts: Vec<i64> = persons.iter().map(|&n| i64::try_from(n).unwrap_or(i64::MAX)).collect();
    add_noise(&mut counts)?;
    let passes = |(_, count): &(&K, i64)| *count >= threshold;
    Ok(sets.keys.iter().zip(counts).filter(passes).collect())
}

/// The least whole number `m` found with `P(noise ≥ m) ≤ chance`: `P(noise ≥ m) = p^m / (1 + p)` for `p =
/// exp(-1/scale)`, `m ≥ 0`.
fn laplace_margin(scale: Scale, chance: f64) -> f64 {
    let rate = Enclosure::count(scale.denominator()) / Enclosure::count(scale.numerator());
    let ratio = (-rate).exp();
    let passes =
        |m: f64| ((-(rate * Enclosure::exact(m))).exp() / (Enclosure::ONE + ratio)).upper() <= chance;
    let about = (-(chance * (1.0 + ratio.lower())).ln() / rate.middle()).ceil() - 1.0;
    let mut margin = about.max(0.0);
    while !passes(margin) {
        // At scales beyond 2^53 a step of one is nothing.
        margin = (margin + 1.0).max(margin * (1.0 + 1e-15));
    }
    margin
}

/// A binary number that is at least the scale.
pub(super) fn upper(scale: Scale) -> f64 {
    (Enclosure::count(scale.numerator()) / Enclosure::count(scale.denominator())).upper()
}

/// A whole number, if it is below 2^62.
pub(super) fn whole(number: f64) -> Option<i64> {
    num::whole(number).filter(|_| number < 4e18).and_then(|whole| i64::try_from(whole).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::normal;

    /// What is known of one key: the chances of each of its outcomes on both sides, the last of them "not kept".
    type Chances = Vec<(f64, f64)>;

    /// A key with counts `a` and `b`, none where a side does not have it at all; kept counts up to 20 above the
    /// threshold.
    fn key(scale: f64, threshold: i32, counts: [Option<u32>; 2]) -> Chances {
        let p = (-1.0 / scale).exp();
        let mass = |count: Option<u32>, x: i32| {
            count.map_or(0.0, |count| p.powf((f64::from(x) - f64::from(count)).abs()) * (1.0 - p) / (1.0 + p))
        };
        let mut chances: Chances =
            (threshold..threshold + 20).map(|x| (mass(counts[0], x), mass(counts[1], x))).collect();
        // What is kept further up goes to the last: together they are at most as telling.
        let tail = |count: Option<u32>| {
            count.map_or(0.0, |count| p.powf(f64::from(threshold + 20) - f64::from(count)) / (1.0 + p))
        };
        if let Some(last) = chances.last_mut() {
            *last = (last.0 + tail(counts[0]), last.1 + tail(counts[1]));
        }
        let kept = chances.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        chances.push((1.0 - kept.0, 1.0 - kept.1));
        chances
    }

    /// The δ at which outcomes of independent keys are (ε, δ)-close: the sum of what is above `e^ε` times the other,
    /// over all.
    fn delta_of(keys: &[Chances], epsilon: f64) -> f64 {
        fn sum(keys: &[Chances], p: f64, q: f64, ratio: f64) -> f64 {
            match keys.split_first() {
                None => (p - ratio * q).max(0.0),
                Some((first, rest)) => first.iter().map(|(x, y)| sum(rest, p * x, q * y, ratio)).sum(),
            }
        }
        sum(keys, 1.0, 1.0, epsilon.exp())
    }

    /// The claim of `docs/proofs/partition_selection.md`, by the exact chances of all outcomes, for all ways in which
    /// one person's keys, or two persons', are alone or shared; and it is nearly reached.
    #[test]
    fn partition_selection() {
        for (relation, epsilon, delta) in [
            (Neighbors::AddOrRemoveOne, 1.0, 0.05),
            (Neighbors::AddOrRemoveOne, 0.3, 0.5),
            (Neighbors::ReplaceOne, 1.0, 0.05),
            (Neighbors::ReplaceOne, 2.0, 0.6),
            (Neighbors::ReplaceOne, 0.1, 0.01),
        ] {
            for g in [1u32, 2] {
                let (e, d) = (Epsilon::new(epsilon).unwrap(), Delta::new(delta).unwrap());
                let rule = LaplaceThreshold::new(relation, g, e, d).unwrap();
                let scale = upper(rule.noise.scale());
                let threshold = i32::try_from(rule.threshold).unwrap();
                let key = |a, b| key(scale, threshold, [a, b]);
                let mut worst: f64 = 0.0;
                let gone = if relation == Neighbors::ReplaceOne { g } else { 0 };
                // Of A's person: alone and shared; of B's, if there is one.
                for (a, shared_a) in (0..=g).map(|a| (a, g - a)) {
                    for (b, shared_b) in (0..=gone).map(|b| (b, gone - b)) {
                        for others in [1, 2, 5] {
                            let mut keys: Vec<Chances> = Vec::new();
                            keys.extend((0..a).map(|_| key(Some(1), None)));
                            keys.extend((0..b).map(|_| key(None, Some(1))));
                            keys.extend((0..shared_a).map(|_| key(Some(others + 1), Some(others))));
                            keys.extend((0..shared_b).map(|_| key(Some(others), Some(others + 1))));
                            let turned: Vec<Chances> =
                                keys.iter().map(|key| key.iter().map(|&(p, q)| (q, p)).collect()).collect();
                            for keys in [keys, turned] {
                                let found = delta_of(&keys, epsilon);
                                assert!(
                                    found <= delta * (1.0 + 1e-9),
                                    "{relation} {epsilon} {delta}, {g}: {a} {b} alone: {found}"
                                );
                                worst = worst.max(found);
                            }
                        }
                    }
                }
                // Thresholds are whole.
                assert!(worst > 0.3 * delta, "{relation} {epsilon} {delta}, {g}: {worst}");
            }
        }
    }

    /// From their definitions, for each relation and number of keys: σ is what a move of `m` counts by one needs, and
    /// the chance that any of the keys that one person alone has passes, summed from the formula of the noise, is δ.
    #[test]
    fn noise_and_threshold_of_counts_are_those_that_the_relation_needs() {
        for (neighbors, keys, moved) in [
            (Neighbors::AddOrRemoveOne, 1u32, 1u32),
            (Neighbors::AddOrRemoveOne, 20, 20),
            (Neighbors::ZeroOut, 5, 5),
            (Neighbors::ReplaceOne, 1, 2),
            (Neighbors::ReplaceOne, 20, 40),
        ] {
            for (rho, delta) in [("0.5", 1e-6), ("0.02", 0.01), ("8", 1e-9)] {
                let what = format!("{neighbors} {keys} {rho} {delta}");
                let rho = Rho::parse(rho).unwrap();
                let rule = GaussianThreshold::new(neighbors, keys, rho, Delta::new(delta).unwrap()).unwrap();
                let sigma = upper(rule.noise.sigma());
                let least = (f64::from(moved) / (2.0 * rho.to_f64())).sqrt();
                assert!(sigma >= least && sigma < least * (1.0 + 1e-9), "{what}: {sigma} {least}");
                let density =
                    |x: i64| (-0.5 * (crate::dp::aggregate::to_f64(x.into()) / sigma).powi(2)).exp();
                let total: f64 = (-2000..=2000).map(density).sum();
                let pass = |threshold: i64| (threshold - 1..=2000).map(density).sum::<f64>() / total;
                let share = delta / f64::from(keys);
                assert!(pass(rule.threshold) <= share, "{what}: {}", pass(rule.threshold));
                // At most one above the least.
                assert!(pass(rule.threshold - 2) > share, "{what}: {}", pass(rule.threshold - 2));
            }
        }
    }

    /// A chance that a margin meets exactly, and the next below it: bounds of the tail are rounded up, and one unit in the
    /// last place is not given away.
    #[test]
    fn a_margin_is_taken_at_its_chance_and_not_below_it() {
        for (n, d, m) in [(10u32, 1u32, 20u32), (1, 1, 3), (7, 3, 40), (1, 64, 1)] {
            let scale = Scale::new(n.into(), d.into()).unwrap();
            let rate = Enclosure::count(d.into()) / Enclosure::count(n.into());
            let tail = (-(rate * Enclosure::count(m.into()))).exp() / (Enclosure::ONE + (-rate).exp());
            for (chance, margin) in [(tail.upper(), m), (tail.upper().next_down(), m + 1)] {
                let found = laplace_margin(scale, chance);
                assert!((found - f64::from(margin)).abs() < 0.5, "{n}/{d} {m}: {found}");
            }
        }
        for (sigma, deviations) in [(1.0, 5.0), (4.0, 3.25), (2.0, 0.5)] {
            let m = sigma * deviations + 1.0;
            let tail = normal::upper_tail(round::down(deviations)) * (1.0 + normal::UPPER_TAIL_ERROR);
            for (chance, margin) in [(round::up(tail), m), (tail, m + 1.0)] {
                let found = gaussian_margin(sigma, chance);
                assert!((found - margin).abs() < 0.5, "{sigma} {deviations}: {found}");
            }
        }
    }

    /// No margin is negative where any count may pass, nor zero where there is hardly any noise; and those of scales at
    /// which a step of one is nothing are found, too: `m = scale ln(1 / (2 chance))` there.
    #[test]
    fn margins_of_the_smallest_and_the_largest_noise() {
        for (n, d, chance, margin) in [(10, 1, 0.9, 0.0), (1, 64, 0.999, 1.0), (1, 64, 1e-6, 1.0)] {
            let found = laplace_margin(Scale::new(n, d).unwrap(), chance);
            assert!((found - margin).abs() < 0.5, "{n}/{d} {chance}: {found}");
        }
        for (sigma, chance) in [(0.01, 1e-6), (0.01, 1e-24), (0.125, 1e-9), (1e-6, 0.1)] {
            assert!((gaussian_margin(sigma, chance) - 2.0).abs() < 0.5, "{sigma} {chance}");
        }
        for power in [50, 54, 57, 60] {
            let scale = Scale::new(1 << power, 1).unwrap();
            for i in 1..100u32 {
                let chance = 0.3 / f64::from(i * i * i);
                let margin = laplace_margin(scale, chance) / num::to_f64(1 << power);
                let exact = -(2.0 * chance).ln();
                assert!(margin > exact - 1e-14 && margin < exact + 1e-13, "2^{power} {chance}: {margin}");
            }
        }
    }

    #[test]
    fn bounds_of_scales_and_shares_are_on_their_side() {
        // As whole numbers: a binary fraction is `mantissa 2^-places`.
        let parts = |x: f64| {
            let power = i32::try_from(x.to_bits() >> 52).unwrap() - 1075;
            (u128::from(x.to_bits() & ((1 << 52) - 1) | 1 << 52), power.unsigned_abs())
        };
        for (n, d) in [(1u64, 3u64), (2, 3), (1, 1), (10, 7), (5, 1 << 40), (1, 999_999)] {
            let above = upper(Scale::new(n, d).unwrap());
            let (mantissa, places) = parts(above);
            assert!(mantissa * u128::from(d) >= u128::from(n) << places, "{n}/{d}");
            assert!(above <= num::to_f64(n) / num::to_f64(d) * (1.0 + 1e-15), "{n}/{d}");
        }
        for delta in ["1e-6", "3e-7", "1e-9", "7e-10", "0.001", "0.3", "0.7"] {
            let delta = Delta::parse(delta).unwrap();
            for share in [1u64, 2, 3, 10, 20, 999] {
                // `mantissa 2^-places share <= units / 10^24`, where 10^24 = 2^24 5^24.
                let below = lower_share(delta, share);
                let (mantissa, places) = parts(below);
                let fives = 5u128.pow(24);
                let (left, right) = (mantissa * fives * u128::from(share), delta.units() << (places - 24));
                assert!(left <= right, "{delta} {share}");
                assert!(below >= delta.to_f64() / num::to_f64(share) * (1.0 - 1e-15), "{delta} {share}");
            }
        }
        let limit = 4e18f64;
        assert_eq!(whole(limit.next_down()), Some(3_999_999_999_999_999_488));
        for number in [limit, limit.next_up(), 1e19, f64::INFINITY, f64::NAN] {
            assert_eq!(whole(number), None, "{number}");
        }
    }

    /// By summing the formula itself: the margin keeps what it promises, and one less does not.
    #[test]
    fn margins_are_the_least_that_keep_the_chance() {
        for (n, d) in [(1u32, 1u32), (1, 3), (10, 1), (100, 7)] {
            let scale = Scale::new(n.into(), d.into()).unwrap();
            let p = (-f64::from(d) / f64::from(n)).exp();
            for chance in [0.1, 1e-3, 1e-6, 1e-12] {
                let margin = laplace_margin(scale, chance);
                let tail = |m: f64| p.powf(m) / (1.0 + p);
                assert!(tail(margin) <= chance * (1.0 + 1e-12), "{n}/{d} {chance}");
                assert!(margin < 0.5 || tail(margin - 1.0) > chance * (1.0 - 1e-12), "{n}/{d} {chance}");
            }
        }
        for sigma in [1.0f64, 3.5, 20.0] {
            let density = |x: i32| (-0.5 * (f64::from(x) / sigma).powi(2)).exp();
            let total: f64 = (-1000..=1000).map(density).sum();
            for chance in [0.1, 1e-3, 1e-6, 1e-12] {
                let margin = gaussian_margin(sigma, chance);
                let tail =
                    |m: f64| (-1000..=1000).filter(|&x| f64::from(x) >= m).map(density).sum::<f64>() / total;
                assert!(tail(margin) <= chance, "{sigma} {chance}");
                // At most one above the least.
                assert!(tail(margin - 2.0) > chance, "{sigma} {chance}");
            }
        }
    }
}
