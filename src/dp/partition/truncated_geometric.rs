//! The rule that keeps the most.

use crate::{
    dp::{
        Delta, Epsilon, Event, Neighbors,
        noise::Chance,
        partition::{KeySets, check_delta, check_keys, keys_moved},
    },
    error::{Error, Result},
    rng::{SecureRng, Source},
};

/// Keeps a key of `n` persons with the largest probability that (ε, δ)-differential privacy allows, for every `n`, if
/// a person has one key.
///
/// With several keys a person, or persons that are replaced, each key that can move gets its share of ε and δ; then a
/// [threshold](crate::dp::partition::GaussianThreshold) can keep more.
///
/// # Guarantee
/// For all sets of keys and neighbors of the relation, the keys that are kept are (ε, δ)-differentially private: the
/// probabilities `p(n)` are multiples of 2^-64 that satisfy `p(n+1) ≤ e^ε p(n) + δ` and `1 - p(n) ≤ e^ε (1 - p(n+1)) +
/// δ` exactly, with ε and δ over the number of keys a person, twice that many for persons that are replaced; and a
/// key that nobody has is never kept. \[DVGM21\] Desfontaines, Voss, Gipson, Mandayam, *Differentially Private
/// Partition Selection*, PoPETs 2022(1), arXiv 2006.03684, theorem 1.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Delta, Epsilon, Neighbors, partition::{KeySets, TruncatedGeometric}}};
/// let rule = TruncatedGeometric::new(Neighbors::AddOrRemoveOne, 1, Epsilon::parse("1")?, Delta::parse("1e-6")?)?;
/// assert_eq!(rule.event().to_string(), "approximate epsilon=1 delta=0.000001 count=1"); // charge this first
/// let mut rng = SecureRng::from_os()?;
/// let pairs = (0..500).map(|person| (person, if person == 0 { "rare" } else { "common" }));
/// let sets = KeySets::bounded(pairs, 1, &mut rng)?;
/// assert_eq!(rule.select(&sets, &mut rng)?, [&"common"]); // "rare" is kept once in 10^6 runs
/// assert_eq!(
///     TruncatedGeometric::new(Neighbors::AddOrRemoveOne, 1, Epsilon::parse("1")?, Delta::default()).unwrap_err().to_string(),
///     "keys from the data need a delta above 0; without one no key may ever be released",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TruncatedGeometric {
    keys_per_person: u32,
    epsilon: Epsilon,
    delta: Delta,
    /// `p(1), p(2), ...` in units of 2^-64, as long as they are below 1.
    chances: Vec<u64>,
}

impl TruncatedGeometric {
    /// The rule for `keys_per_person` keys of a person.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ keys_per_person ≤ 2^20`, δ is above zero and at least 2^-63 for each key, and ε for
    /// each key is so large that a million persons are enough to keep a key for certain.
    pub fn new(neighbors: Neighbors, keys_per_person: u32, epsilon: Epsilon, delta: Delta) -> Result<Self> {
        check_keys(keys_per_person)?;
        check_delta(delta)?;
        let too_small = || Error::partition_too_small(epsilon, delta);
        let moved = keys_moved(neighbors, keys_per_person);
        let units = epsilon.units() / u64::from(moved);
        let share = Epsilon::from_units(units).ok_or_else(too_small)?;
        let delta_units = binary_share(delta, moved);
        if delta_units == 0 {
            return Err(too_small());
        }
        // exp(-ε), rounded up: both rules allow less for it.
        let decay = Chance::of_exponential(1, 0, share).ok_or_else(too_small)?.units();
        let mut chances = Vec::new();
        let mut chance = 0;
        while let Some(next) = next_chance(chance, decay, delta_units) {
            if chances.len() == PERSONS_MAX {
                return Err(too_small());
            }
            chances.push(next);
            chance = next;
        }
        Ok(TruncatedGeometric { keys_per_person, epsilon, delta, chances })
    }

    /// What one selection is to an accountant.
    #[must_use]
    pub fn event(&self) -> Event {
        Event::approximate(self.epsilon, self.delta)
    }

    /// From how many persons on a key is always kept.
    #[must_use]
    pub fn certain_from(&self) -> u64 {
        crate::num::count(self.chances.len()) + 1
    }

    /// Whether a key that `persons` hold is kept. Once for each key and each charge.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn keeps(&self, persons: u64, rng: &mut SecureRng) -> Result<bool> {
        self.kept(persons, &mut rng.words()?)
    }

    /// The keys that are kept, in their order. Once for each charge.
    ///
    /// # Errors
    /// `Parameter` if the sets are bounded less strictly than the rule expects; `Io` if the system has no entropy.
    pub fn select<'k, K: Ord>(&self, sets: &'k KeySets<K>, rng: &mut SecureRng) -> Result<Vec<&'k K>> {
        if sets.keys_per_person() > self.keys_per_person {
            return Err(Error::looser_sets(self.keys_per_person, sets.keys_per_person()));
        }
        let mut words = rng.words()?;
        let mut kept = Vec::new();
        for (key, persons) in sets.keys.iter().zip(sets.persons()) {
            if self.kept(persons, &mut words)? {
                kept.push(key);
            }
        }
        Ok(kept)
    }

    fn kept(&self, persons: u64, source: &mut impl Source) -> Result<bool> {
        let Some(before) = persons.checked_sub(1) else { return Ok(false) };
        let draw = source.digit()?;
        let place = usize::try_from(before).unwrap_or(usize::MAX);
        Ok(self.chances.get(place).is_none_or(|&chance| draw < chance))
    }
}

/// The largest probability that both rules allow after `chance`, rounded down; none if that is 1.
///
/// With `D ≥ exp(-ε)`: `(next - δ) D ≤ chance`, and `1 - next ≥ (1 - chance - δ) D`. All in units of 2^-64.
fn next_chance(chance: u64, decay: u64, delta: u64) -> Option<u64> {
    let (chance, decay, delta) = (u128::from(chance), u128::from(decay), u128::from(delta));
    let one = 1u128 << 64;
    let by_ratio = delta + (chance << 64) / decay;
    let left = one.saturating_sub(chance + delta);
    let by_complement = one - (left * decay).div_ceil(one);
    u64::try_from(by_ratio.min(by_complement)).ok()
}

/// `delta / parts` in units of 2^-64, rounded down: by long division.
fn binary_share(delta: Delta, parts: u32) -> u64 {
    // δ in units of 1e-24 is below 2^80, and so is the divisor times 2^20.
    let divisor = DELTA_ONE * u128::from(parts);
    let mut rest = delta.units();
    (0..64).fold(0, |quotient: u64, _| {
        rest *= 2;
        let bit = rest >= divisor;
        rest -= if bit { divisor } else { 0 };
        quotient << 1 | u64::from(bit)
    })
}

const PERSONS_MAX: usize = 1 << 20;
/// δ is held in units of 1e-24.
const DELTA_ONE: u128 = 1_000_000_000_000_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{num::Enclosure, rng::given::Given};

    /// Both inequalities for every `n`, in certain binary fractions and at the ends in whole numbers; and the closed
    /// form of the paper, to within what 2^-64 leaves: the rule is private, and nothing larger would be. With several
    /// keys that move, both hold for each with its share of ε and δ.
    #[test]
    fn truncated_geometric() {
        let relations = [
            (Neighbors::AddOrRemoveOne, 1, 1),
            (Neighbors::AddOrRemoveOne, 7, 7),
            (Neighbors::ZeroOut, 3, 3),
            (Neighbors::ReplaceOne, 1, 2),
            (Neighbors::ReplaceOne, 5, 10),
        ];
        for (neighbors, keys, moved) in relations {
            for (epsilon, delta) in [
                ("1", "1e-6"),
                ("0.1", "1e-5"),
                ("3", "1e-9"),
                ("0.01", "0.001"),
                ("64", "1e-12"),
                ("0.5", "0.3"),
            ] {
                let (e, d) = (Epsilon::parse(epsilon).unwrap(), Delta::parse(delta).unwrap());
                let rule = TruncatedGeometric::new(neighbors, keys, e, d).unwrap();
                let what = format!("{neighbors} {keys} {epsilon} {delta}");
                check(&rule, moved, e, d, &what);
            }
        }
    }

    /// `moved` keys share ε and δ.
    fn check(rule: &TruncatedGeometric, moved: u32, e: Epsilon, d: Delta, what: &str) {
        let number = |units: u128| {
            let high = u64::try_from(units >> 32).unwrap();
            let low = u64::try_from(units & 0xffff_ffff).unwrap();
            let unit = Enclosure::exact(1.0 / 4_294_967_296.0);
            (Enclosure::count(high) + Enclosure::count(low) * unit) * unit
        };
        let parts = Enclosure::count(moved.into());
        let ratio = (Enclosure::around(e.to_f64(), 2.3e-16) / parts).exp();
        let delta = Enclosure::around(d.to_f64(), 2.3e-16) / parts;
        let one = 1u128 << 64;
        let chances: Vec<u128> =
            [0].into_iter().chain(rule.chances.iter().copied().map(u128::from)).chain([one, one]).collect();
        for pair in chances.windows(2) {
            assert!(pair[0] <= pair[1]);
            // Slack of the enclosures themselves: 2^-52 of terms of at most 1 e^ε... relative to each side.
            let (p, next) = (number(pair[0]), number(pair[1]));
            assert!(next.lower() <= (ratio * p + delta).upper(), "{what} {pair:?}");
            let (q, rest) = (number(one - pair[0]), number(one - pair[1]));
            assert!(q.lower() <= (ratio * rest + delta).upper(), "{what} {pair:?}");
        }
        // p(n) = δ (e^(nε) - 1) / (e^ε - 1) up to the n at which the other rule takes over.
        let (e, d) = (e.to_f64() / f64::from(moved), d.to_f64() / f64::from(moved));
        for (n, &chance) in (1u32..).zip(&rule.chances) {
            let closed = d * (f64::from(n) * e).exp_m1() / e.exp_m1();
            if closed > 0.4 {
                break;
            }
            let ours = number(chance.into()).middle();
            // ε is parted in steps of 1e-12.
            let parted = 1e-12 * f64::from(n);
            assert!(
                (ours / closed - 1.0).abs() < 1e-7 + 4e-19 / d * f64::from(n) + parted,
                "{what} {n}: {ours} {closed}"
            );
        }
    }

    /// Of the 2^64 words that are drawn, as many keep a key as its chance has units.
    #[test]
    fn a_key_is_kept_by_as_many_words_as_its_chance_has_units() {
        let delta = Delta::parse("0.001").unwrap();
        let rule = TruncatedGeometric::new(Neighbors::AddOrRemoveOne, 1, Epsilon::parse("1").unwrap(), delta)
            .unwrap();
        let kept = |persons: usize, word: u64| {
            rule.kept(crate::num::count(persons), &mut Given::<64>::new(&[word])).unwrap()
        };
        for (before, &chance) in rule.chances.iter().enumerate() {
            assert!(kept(before + 1, 0) && kept(before + 1, chance - 1));
            assert!(!kept(before + 1, chance) && !kept(before + 1, u64::MAX));
        }
        assert!(!kept(0, 0) && kept(rule.chances.len() + 1, u64::MAX));
    }

    #[test]
    fn shares_of_delta_are_rounded_down() {
        assert_eq!(binary_share(Delta::parse("0.5").unwrap(), 1), 1 << 63);
        assert_eq!(binary_share(Delta::parse("0.5").unwrap(), 4), 1 << 61);
        // 1e-6 * 2^64 = 18446744073709.55...
        assert_eq!(binary_share(Delta::parse("1e-6").unwrap(), 1), 18_446_744_073_709);
        assert_eq!(binary_share(Delta::parse("1e-6").unwrap(), 1_000_000), 18_446_744);
        assert_eq!(binary_share(Delta::parse("1e-24").unwrap(), 1), 0);
    }
}
