//! What names of groups stand for.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{error::Result, table::Table};

/// The values that names in released cells stand for, where their text does not say: groups of a tree, the more general
/// values of a hierarchy file, marks for missing ones. An attacker has them: they are public with the release, or plain
/// from their words.
///
/// # Examples
/// ```
/// use incog::audit::table::Meaning;
/// let meaning = Meaning::default().group("surgical", ["B1", "B2"]);
/// assert!(meaning.contains("surgical", "B2") && !meaning.contains("surgical", "A1"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Meaning {
    groups: HashMap<String, HashSet<String>>,
    /// The next finer names, or values, of each name.
    finer: HashMap<String, BTreeSet<String>>,
}

impl Meaning {
    /// The same with `values` in the group `name`, beside those that it has. The empty text is a missing cell.
    #[must_use]
    pub fn group<V: Into<String>>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.groups.entry(name.into()).or_default().extend(values.into_iter().map(Into::into));
        self
    }

    /// The same with a line of a hierarchy: `value` is in each of `groups`, of which each holds all of the one before it.
    #[must_use]
    pub fn line<'g>(self, value: &str, groups: impl IntoIterator<Item = &'g str>) -> Self {
        let groups: Vec<&str> = groups.into_iter().collect();
        let with_steps = self.steps([value].iter().chain(&groups).copied());
        groups.into_iter().fold(with_steps, |meaning, name| meaning.group(name, [value]))
    }

    /// Which names are the next finer ones of others: the same value, more and more general. What the names stand for is not
    /// told by it.
    pub(crate) fn steps<'g>(mut self, labels: impl IntoIterator<Item = &'g str>) -> Self {
        let mut finer: Option<&str> = None;
        for label in labels {
            if let Some(finer) = finer.filter(|finer| *finer != label) {
                match self.finer.get_mut(label) {
                    Some(all) if all.len() > MANY || all.contains(finer) => {}
                    Some(all) => drop(all.insert(finer.to_owned())),
                    None => drop(self.finer.insert(label.to_owned(), BTreeSet::from([finer.to_owned()]))),
                }
            }
            finer = Some(label);
        }
        self
    }

    /// Of a hierarchy file that was read as a table: its first column is the value, the others are the groups that it is in.
    ///
    /// # Errors
    /// `Data` if the table has no column.
    pub fn of_lines(lines: &Table) -> Result<Self> {
        let mut meaning = Meaning::default();
        let mut columns = lines.iter().map(|(_, column)| column);
        let Some(values) = columns.next() else { return Ok(meaning) };
        let groups: Vec<_> = columns.collect();
        for row in 0..lines.rows() {
            let names = groups.iter().filter_map(|groups| groups.cell(row));
            meaning = meaning.line(values.cell(row).unwrap_or_default(), names);
        }
        Ok(meaning)
    }

    /// Whether `value` is in the group `name`.
    #[must_use]
    pub fn contains(&self, name: &str, value: &str) -> bool {
        self.values(name).is_some_and(|values| values.contains(value))
    }

    /// The next finer names of `name`, or more than [`MANY`] of them.
    pub(super) fn finer(&self, name: &str) -> Option<&BTreeSet<String>> {
        self.finer.get(name)
    }

    pub(super) fn values(&self, name: &str) -> Option<&HashSet<String>> {
        self.groups.get(name)
    }
}

/// Of names with more finer ones than this, it is not asked which.
const MANY: usize = 2;
