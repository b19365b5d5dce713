//! Group keys that are found in the data: those that enough persons have.

use std::collections::BTreeSet;

use crate::{
    dp::{
        ContributionBounds, Delta, Epsilon, Event, Neighbors,
        aggregate::{Kept, NO_GROUP},
        partition::{TruncatedGeometric, keys_moved},
    },
    error::Result,
    num,
    rng::SecureRng,
};

/// How keys are selected, from public parameters.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp) struct Selection {
    /// By how much the numbers of persons move, all keys together.
    pub(in crate::dp) moved: u64,
    /// How many keys one person can have.
    pub(in crate::dp) keys: u64,
    rule: TruncatedGeometric,
}

impl Selection {
    /// By the rule that keeps the most of what an ε and a δ for each key allow: the numbers of persons themselves are not
    /// released, so noise on them would keep less.
    ///
    /// # Errors
    /// As [`TruncatedGeometric::new`].
    pub(in crate::dp) fn new(
        neighbors: Neighbors,
        bounds: ContributionBounds,
        epsilon: Epsilon,
        delta: Delta,
    ) -> Result<Self> {
        let keys = bounds.groups_per_person().min(bounds.rows_per_person());
        let rule = TruncatedGeometric::new(neighbors, keys, epsilon, delta)?;
        let moved = keys_moved(neighbors, keys);
        Ok(Selection { moved: moved.into(), keys: keys.into(), rule })
    }

    /// The keys that are kept, of `keys` with these numbers of persons. Keys without anybody are not looked at.
    pub(in crate::dp) fn draw(
        &self,
        keys: &[String],
        persons: &[u64],
        rng: &mut SecureRng,
    ) -> Result<Vec<String>> {
        let mut kept = Vec::new();
        for (key, &persons) in keys.iter().zip(persons).filter(|(_, persons)| **persons > 0) {
            if self.rule.keeps(persons, rng)? {
                kept.push(key.clone());
            }
        }
        Ok(kept)
    }

    /// What one selection is to an accountant.
    pub(in crate::dp) fn event(&self) -> Event {
        self.rule.event()
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
    fn a_person_moves_as_many_keys_as_the_bounds_and_the_relation_allow() {
        let (epsilon, delta) = (Epsilon::parse("1").unwrap(), Delta::parse("1e-6").unwrap());
        // (relation, rows, groups, keys of one person, keys that move)
        for (relation, rows, groups, keys, moved) in [
            (Neighbors::AddOrRemoveOne, 9, 3, 3, 3),
            (Neighbors::ZeroOut, 2, 3, 2, 2),
            (Neighbors::ReplaceOne, 9, 3, 3, 6),
        ] {
            let bounds = ContributionBounds::new(rows, groups).unwrap();
            let selection = Selection::new(relation, bounds, epsilon, delta).unwrap();
            assert_eq!((selection.keys, selection.moved), (keys, moved));
            assert_eq!(selection.event().to_string(), "approximate epsilon=1 delta=0.000001 count=1");
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
