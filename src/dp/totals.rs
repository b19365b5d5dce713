//! Exact totals by group, as a query engine returns them.

use std::{collections::BTreeMap, fmt};

/// What the rows that count add up to in each group: for [`Session::release_totals`](crate::dp::Session::release_totals).
/// Never released, so it shows nothing of itself.
///
/// # Examples
/// ```
/// use incog::dp::Totals;
/// let mut totals = Totals::new();
/// totals.add(Some("A1"), 40, &[52]);
/// totals.add(Some("A1"), 0, &[1]); // the same group, from elsewhere
/// assert_eq!(format!("{totals:?}"), "Totals(..)");
/// ```
#[derive(Clone, Default)]
pub struct Totals {
    groups: BTreeMap<Option<String>, (u64, Vec<i128>)>,
    /// Whether parts of one group had different numbers of totals.
    is_uneven: bool,
}

impl Totals {
    /// No rows.
    #[must_use]
    pub fn new() -> Self {
        Totals::default()
    }

    /// Adds what some rows of the group `key` add up to, for each of [`Query::summands`](crate::dp::Query::summands). A query
    /// without groups has the group `None`. `persons` are those who have rows among them, and no rows in another part of this
    /// group; only queries whose keys are to be selected look at them.
    pub fn add(&mut self, key: Option<&str>, persons: u64, totals: &[i128]) {
        let (all, sums) =
            self.groups.entry(key.map(str::to_owned)).or_insert_with(|| (0, vec![0; totals.len()]));
        self.is_uneven |= sums.len() != totals.len();
        *all = all.saturating_add(persons);
        sums.iter_mut().zip(totals).for_each(|(sum, total)| *sum = sum.saturating_add(*total));
    }

    /// Whether each group has `parts` totals, and a key if and only if there are groups.
    pub(super) fn fit(&self, grouped: bool, parts: usize) -> bool {
        let fits = |(key, (_, sums)): (&Option<String>, &(u64, Vec<i128>))| {
            key.is_some() == grouped && sums.len() == parts
        };
        !self.is_uneven && self.groups.iter().all(fits)
    }

    /// The keys of groups, ascending.
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.groups.keys().flatten()
    }

    pub(super) fn persons(&self, key: &str) -> u64 {
        self.groups.get(&Some(key.to_owned())).map_or(0, |group| group.0)
    }

    /// The total of the `part`-th summand in a group; nothing where nothing was added.
    pub(super) fn of(&self, key: Option<&str>, part: usize) -> i128 {
        let group = self.groups.get(&key.map(str::to_owned));
        group.and_then(|(_, totals)| totals.get(part).copied()).unwrap_or(0)
    }
}

impl fmt::Debug for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totals(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_was_ever_uneven_never_fits() {
        let mut totals = Totals::new();
        totals.add(None, 1, &[1, 2]);
        assert!(totals.fit(false, 2) && !totals.fit(true, 2) && !totals.fit(false, 1));
        for _ in 0..3 {
            totals.add(None, 1, &[1]);
            assert!(!totals.fit(false, 2) && !totals.fit(false, 1));
        }
    }
}
