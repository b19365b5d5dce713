//! Two releases of the same persons: who stands in the small overlap of two classes?
//!
//! ```text
//!   release 1      {Ann, Bob, Cyd, Dan, Eve}  {Fay, ...}        each class holds five
//!   release 2      {Ann, Fay, Gus, Hal, Ida}  {Bob, ...}
//!   Ann is in the first class of both: of the candidates only Ann is left
//! ```
//!
//! Whoever knows a person's quasi-identifiers finds the person's class in every release that holds the person, and only
//! who is in all of those classes comes into question. \[GKS08\] Ganta, Kasiviswanathan, Smith, *Composition
//! attacks and auxiliary information in data privacy*, KDD 2008.
//!
//! A [`Membership`] keeps who was in which class, under keyed names, so that a later release can be held against
//! it. It is internal: it tells who is in the data to whoever has the key.

use std::collections::{BTreeMap, BTreeSet};

/// Who is in which class of one release.
///
/// # Examples
/// ```
/// use incog::kanon::{Membership, smallest_candidate_set};
/// let release = |classes: &[&[&str]]| {
///     Membership::new((0u32..).zip(classes).flat_map(|(c, names)| names.iter().map(move |n| (n.to_string(), c))))
/// };
/// let first = release(&[&["Ann", "Bob", "Cyd"], &["Dan", "Eve", "Fay"]]);
/// let second = release(&[&["Ann", "Dan", "Eve"], &["Bob", "Cyd", "Fay"]]);
/// assert_eq!(smallest_candidate_set(&[&first], &second), Some(1), "of Ann's two classes only Ann is in both");
/// assert_eq!(smallest_candidate_set(&[&first], &first), Some(3));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Membership {
    /// For each name the classes with its number of rows.
    classes: BTreeMap<String, Vec<(u32, u64)>>,
}

impl Membership {
    /// Of names and their classes, one for each row. A name is what an attacker can tell apart: a person, or,
    /// where nobody is named, a combination of raw quasi-identifying values. Names should be keyed digests.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut classes: BTreeMap<String, Vec<(u32, u64)>> = BTreeMap::new();
        for (name, class) in rows {
            let of_name = classes.entry(name).or_default();
            match of_name.iter_mut().find(|c| c.0 == class) {
                Some(entry) => entry.1 += 1,
                None => of_name.push((class, 1)),
            }
        }
        classes.values_mut().for_each(|c| c.sort_unstable());
        Membership { classes }
    }

    /// Number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    fn of(&self, name: &str) -> impl Iterator<Item = u32> {
        self.classes.get(name).into_iter().flatten().map(|c| c.0)
    }
}

/// The smallest number of rows that come into question for a name of `current`, when its classes there and in the
/// `earlier` releases that hold it are intersected. None if `current` is empty.
///
/// # Guarantee
/// For all names of `current`, at least that many rows of `current` have names that stand with it in one class of
/// every one of the releases that hold it.
///
/// # Examples
/// ```
/// use incog::kanon::{Membership, smallest_candidate_set};
/// let release = |rows: &[(&str, u32)]| Membership::new(rows.iter().map(|&(name, class)| (name.to_owned(), class)));
/// let first = release(&[("Ann", 0), ("Bob", 0), ("Cyd", 1), ("Dan", 1)]);
/// let same = release(&[("Ann", 7), ("Bob", 7)]);
/// let crossing = release(&[("Ann", 0), ("Cyd", 0), ("Bob", 1), ("Dan", 1)]);
/// assert_eq!(smallest_candidate_set(&[&first], &same), Some(2));
/// assert_eq!(smallest_candidate_set(&[&first], &crossing), Some(1));
/// assert_eq!(smallest_candidate_set(&[&first], &Membership::default()), None);
/// ```
#[must_use]
pub fn smallest_candidate_set(earlier: &[&Membership], current: &Membership) -> Option<u64> {
    let mut members: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (name, classes) in &current.classes {
        classes.iter().for_each(|c| members.entry(c.0).or_default().push(name));
    }
    // Names with the same classes everywhere have the same candidates.
    let mut known: BTreeMap<Vec<Vec<u32>>, u64> = BTreeMap::new();
    let signature = |name: &str| -> Vec<Vec<u32>> {
        std::iter::once(current).chain(earlier.iter().copied()).map(|r| r.of(name).collect()).collect()
    };
    let mut smallest = None;
    for name in current.classes.keys() {
        let mine = signature(name);
        let rows = *known.entry(mine).or_insert_with_key(|mine| {
            let candidates: BTreeSet<&str> =
                mine[0].iter().filter_map(|class| members.get(class)).flatten().copied().collect();
            let is_candidate = |other: &&str| {
                let theirs = signature(other);
                mine.iter().zip(&theirs).all(|(m, t)| m.is_empty() || m.iter().any(|c| t.contains(c)))
            };
            candidates
                .into_iter()
                .filter(is_candidate)
                .map(|other| {
                    let rows = current.classes[other].iter().filter(|c| mine[0].contains(&c.0));
                    rows.map(|c| c.1).sum::<u64>()
                })
                .sum()
        });
        smallest = Some(smallest.map_or(rows, |s: u64| s.min(rows)));
    }
    smallest
}
