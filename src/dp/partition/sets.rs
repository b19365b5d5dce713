//! Who holds which keys, bounded.

use std::fmt;

use crate::{
    dp::partition::check_keys,
    error::Result,
    num,
    rng::{SecureRng, Source},
};

/// The distinct keys of each person, at most a public number of them.
///
/// Holds data: no rule has been applied yet.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::partition::KeySets};
/// let pairs = [("ann", "flu"), ("bob", "flu"), ("ann", "flu"), ("ann", "gout"), ("ann", "rash")];
/// let sets = KeySets::bounded(pairs, 2, &mut SecureRng::from_os()?)?;
/// assert_eq!(sets.keys_per_person(), 2); // two of Ann's three, by lot
/// # Ok::<(), incog::Error>(())
/// ```
pub struct KeySets<K> {
    /// Distinct, in order.
    pub(super) keys: Vec<K>,
    /// Of each person the places of their keys, in order.
    pub(super) sets: Vec<Vec<usize>>,
    keys_per_person: u32,
}

impl<K: Ord> KeySets<K> {
    /// The keys of each person in `pairs`; of a person with more than `keys_per_person`, a uniform sample of so many.
    ///
    /// # Guarantee
    /// For all pairs and all persons, which keys count depends on that person's keys and fresh randomness only.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ keys_per_person ≤ 2^20`; `Io` if the system has no entropy.
    pub fn bounded<P: Ord>(
        pairs: impl IntoIterator<Item = (P, K)>,
        keys_per_person: u32,
        rng: &mut SecureRng,
    ) -> Result<Self> {
        check_keys(keys_per_person)?;
        let mut pairs: Vec<(P, K)> = pairs.into_iter().collect();
        // By key first: their places are then known in order of the keys.
        pairs.sort_unstable_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        pairs.dedup();
        let mut keys: Vec<K> = Vec::new();
        let mut places: Vec<(P, usize)> = Vec::with_capacity(pairs.len());
        for (person, key) in pairs {
            if keys.last() != Some(&key) {
                keys.push(key);
            }
            places.push((person, keys.len() - 1));
        }
        places.sort_unstable();
        let mut words = rng.words()?;
        let limit = num::index(keys_per_person);
        let mut sets = Vec::new();
        for own in places.chunk_by(|a, b| a.0 == b.0) {
            let mut own: Vec<usize> = own.iter().map(|(_, place)| *place).collect();
            if own.len() > limit {
                words.to_front(&mut own, limit)?;
                own.truncate(limit);
                own.sort_unstable();
            }
            sets.push(own);
        }
        Ok(KeySets { keys, sets, keys_per_person })
    }

    /// How many keys of one person count at most.
    #[must_use]
    pub fn keys_per_person(&self) -> u32 {
        self.keys_per_person
    }

    /// How many persons hold each key.
    pub(super) fn persons(&self) -> Vec<u64> {
        let mut persons = vec![0; self.keys.len()];
        self.sets.iter().flatten().for_each(|&key| persons[key] += 1);
        persons
    }
}

/// Shows neither keys nor persons.
impl<K> fmt::Debug for KeySets<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySets").field("keys_per_person", &self.keys_per_person).finish_non_exhaustive()
    }
}
