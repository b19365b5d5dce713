//! Group keys that are found in the data: those that enough persons have.
//!
//! Counting the persons of each key, adding noise and keeping the keys above a threshold: \[KKMN09\] Korolova,
//! Kenthapadi, Mishra, Ntoulas, *Releasing Search Queries and Clicks Privately*, WWW 2009.

use std::collections::BTreeSet;

use crate::{
    dp::{
        ContributionBounds, Delta, Epsilon, Neighbors,
        aggregate::{Kept, NO_GROUP},
        noise::{DiscreteLaplace, Scale},
    },
    error::Result,
    num,
    rng::SecureRng,
};

/// How keys are selected, from public parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::dp) struct Selection {
    /// By how much the counts of persons move, all keys together.
    pub(in crate::dp) l1: u64,
    /// How many keys one person can have.
    pub(in crate::dp) keys: u64,
    pub(in crate::dp) scale: Scale,
    /// The least noisy count of a key that is kept.
    pub(in crate::dp) threshold: i64,
}

impl Selection {
    /// # Guarantee
    /// For all tables, the keys that are kept are (ε, δ)-differentially private. Counts of keys that both of two
    /// neighbors have move by at most `l1`. A key that only one of them has, has one person there, and is kept with
    /// probability at most δ by the number of such keys: `P(1 + noise >= threshold)`, where
    /// `P(noise >= m) = p^m / (1 + p)` with `p = exp(-1 / scale)`. Rounded up.
    ///
    /// # Errors
    /// `Parameter` if the noise scale is out of range.
    pub(in crate::dp) fn new(
        neighbors: Neighbors,
        bounds: ContributionBounds,
        epsilon: Epsilon,
        delta: Delta,
    ) -> Result<Self> {
        let keys = u64::from(bounds.groups_per_person().min(bounds.rows_per_person()));
        let l1 = if neighbors == Neighbors::ReplaceOne { 2 * keys } else { keys };
        let scale = Scale::for_sensitivity(l1, epsilon)?;
        let b = num::to_f64(scale.numerator()) / num::to_f64(scale.denominator());
        let ratio = (-1.0 / b).exp();
        let each = delta.to_f64() / num::to_f64(keys);
        let beyond = (b * -(each * (1.0 + ratio)).ln() * (1.0 + 1e-12) + 1e-9).ceil().clamp(0.0, 4e18);
        let threshold = format!("{beyond:.0}").parse::<i64>().unwrap_or(i64::MAX - 1) + 1;
        Ok(Selection { l1, keys, scale, threshold })
    }

    /// The keys that are kept, of `keys` with these numbers of persons. Keys without anybody are not looked at.
    pub(in crate::dp) fn draw(
        &self,
        keys: &[String],
        persons: &[u64],
        rng: &mut SecureRng,
    ) -> Result<Vec<String>> {
        let noise = DiscreteLaplace::new(self.scale);
        let mut kept = Vec::new();
        for (key, &persons) in keys.iter().zip(persons).filter(|(_, persons)| **persons > 0) {
            let mut noisy = [i128::from(persons)];
            noise.add_to_wide(rng, &mut noisy)?;
            if noisy[0] >= i128::from(self.threshold) {
                kept.push(key.clone());
            }
        }
        Ok(kept)
    }
}

/// How many persons have rows that count in each of `groups` groups.
pub(in crate::dp) fn persons_by_group(codes: &[u32], places: &[u32], kept: &Kept, groups: usize) -> Vec<u64> {
    let mut pairs = Vec::new();
    kept.for_each_in(0..codes.len(), |row| pairs.push((places[row], codes[row])));
    pairs.sort_unstable();
    pairs.dedup();
    let mut persons = vec![0u64; groups];
    for (place, _) in pairs.into_iter().filter(|(place, _)| *place != NO_GROUP) {
        persons[num::index(place)] += 1;
    }
    persons
}

/// The place of each text among all of them in order, each once; and these.
pub(in crate::dp) fn in_order(texts: &[Option<String>]) -> (Vec<u32>, Vec<String>) {
    let sorted: Vec<String> = texts.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let place = |text: &Option<String>| {
        let found = text.as_ref().and_then(|text| sorted.binary_search(text).ok());
        found.and_then(|place| u32::try_from(place).ok()).unwrap_or(NO_GROUP)
    };
    (texts.iter().map(place).collect(), sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_one_person_is_kept_with_at_most_the_delta_and_the_threshold_is_the_least() {
        for (epsilon, delta, keys) in
            [("1", "1e-6", 1), ("0.1", "1e-9", 3), ("8", "0.01", 2), ("1", "0.9", 1)]
        {
            let bounds = ContributionBounds::new(9, keys).unwrap();
            let (epsilon, delta) = (Epsilon::parse(epsilon).unwrap(), Delta::parse(delta).unwrap());
            let selection = Selection::new(Neighbors::AddOrRemoveOne, bounds, epsilon, delta).unwrap();
            let p = (-epsilon.to_f64() / f64::from(keys)).exp();
            let kept = |threshold: i64| {
                let m = i32::try_from(threshold - 1).unwrap();
                if m > 0 { p.powi(m) / (1.0 + p) } else { 1.0 - p.powi(1 - m) / (1.0 + p) }
            };
            let each = delta.to_f64() / f64::from(keys);
            assert!(kept(selection.threshold) <= each * (1.0 + 1e-9), "{selection:?}");
            assert!(
                selection.threshold == 1 || kept(selection.threshold - 1) > each * (1.0 - 1e-9),
                "{selection:?}"
            );
        }
    }

    #[test]
    fn persons_are_counted_once_a_key_and_keys_are_in_order() {
        let texts = [Some("b"), None, Some("a"), Some("b")].map(|text| text.map(str::to_owned));
        let (places, keys) = in_order(&texts);
        assert_eq!((places, keys), (vec![1, NO_GROUP, 0, 1], vec!["a".to_owned(), "b".to_owned()]));
        let kept = Kept::of(6, |row| row != 5);
        let persons = persons_by_group(&[7, 7, 8, 8, 9, 9], &[0, 0, 0, 1, 1, 0], &kept, 2);
        assert_eq!(persons, [2, 2]);
    }
}
