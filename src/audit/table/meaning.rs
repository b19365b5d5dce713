//! What names of groups stand for.

use std::collections::{HashMap, HashSet};

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

    /// Of a hierarchy file that was read as a table: its first column is the value, the others are the groups that it is in.
    ///
    /// # Errors
    /// `Data` if the table has no column.
    pub fn of_lines(lines: &Table) -> Result<Self> {
        let mut meaning = Meaning::default();
        let mut columns = lines.iter().map(|(_, column)| column);
        let Some(values) = columns.next() else { return Ok(meaning) };
        for groups in columns {
            for row in 0..lines.rows() {
                if let Some(name) = groups.cell(row) {
                    meaning = meaning.group(name, [values.cell(row).unwrap_or_default()]);
                }
            }
        }
        Ok(meaning)
    }

    /// Whether `value` is in the group `name`.
    #[must_use]
    pub fn contains(&self, name: &str, value: &str) -> bool {
        self.values(name).is_some_and(|values| values.contains(value))
    }

    pub(super) fn values(&self, name: &str) -> Option<&HashSet<String>> {
        self.groups.get(name)
    }
}
