//! Whom a release protects, and how much of a table one person may influence.

use crate::error::{Error, Result};

/// The privacy unit: the person whom a column names.
///
/// All rows with one value of the column belong to one person. Rows whose cell is missing belong to nobody
/// and are left out of every answer.
///
/// # Examples
/// ```
/// use incog::dp::PrivacyUnit;
/// assert_eq!(PrivacyUnit::person("mrn")?.column(), "mrn");
/// assert!(PrivacyUnit::person("").is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PrivacyUnit {
    column: String,
}

impl PrivacyUnit {
    /// The person whom `column` names.
    ///
    /// # Errors
    /// `Parameter` if the name is empty.
    pub fn person(column: impl Into<String>) -> Result<Self> {
        let column = column.into();
        if column.is_empty() {
            return Err(Error::unnamed_person());
        }
        Ok(PrivacyUnit { column })
    }

    /// Name of the column.
    #[must_use]
    pub fn column(&self) -> &str {
        &self.column
    }
}

/// How many rows of one person count, in all and in one group, and in how many groups.
///
/// A person with more has a uniform sample of them counted, drawn anew for each release.
///
/// # Examples
/// ```
/// use incog::dp::ContributionBounds;
/// let bounds = ContributionBounds::new(3, 2)?;
/// assert_eq!((bounds.rows_per_person(), bounds.groups_per_person()), (3, 2));
/// assert_eq!(bounds.per_group(1)?.rows_per_group(), Some(1));
/// assert_eq!(
///     ContributionBounds::new(0, 1).unwrap_err().to_string(),
///     "rows_per_person must be in 1..=1048576, got 0",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContributionBounds {
    rows_per_person: u32,
    groups_per_person: u32,
    rows_per_group: Option<u32>,
}

impl ContributionBounds {
    /// At most `rows_per_person` rows of one person, in at most `groups_per_person` groups.
    ///
    /// # Errors
    /// `Parameter` unless both are in `1..=1048576`.
    pub fn new(rows_per_person: u32, groups_per_person: u32) -> Result<Self> {
        check("rows_per_person", rows_per_person)?;
        check("groups_per_person", groups_per_person)?;
        Ok(ContributionBounds { rows_per_person, groups_per_person, rows_per_group: None })
    }

    /// The same, with at most `rows` rows of one person in one group. Gaussian noise can be less for it: what one
    /// person adds is then spread.
    ///
    /// # Errors
    /// `Parameter` unless it is in `1..=1048576`.
    pub fn per_group(self, rows: u32) -> Result<Self> {
        check("rows_per_group", rows)?;
        Ok(ContributionBounds { rows_per_group: Some(rows), ..self })
    }

    /// The most rows of one person that count, over all groups together.
    #[must_use]
    pub fn rows_per_person(self) -> u32 {
        self.rows_per_person
    }

    /// The most groups in which rows of one person count.
    #[must_use]
    pub fn groups_per_person(self) -> u32 {
        self.groups_per_person
    }

    /// The most rows of one person that count in one group, if that is bounded by itself.
    #[must_use]
    pub fn rows_per_group(self) -> Option<u32> {
        self.rows_per_group
    }
}

impl ContributionBounds {
    /// The assumption of a claim that rests on them.
    pub(super) fn sentence(self) -> String {
        let each = self.rows_per_group.map_or_else(String::new, |rows| format!(", at most {rows} in each"));
        format!(
            "at most {} rows of one person in at most {} groups{each} were counted, sampled by the toolkit",
            self.rows_per_person, self.groups_per_person
        )
    }
}

fn check(name: &str, value: u32) -> Result<()> {
    if value == 0 || value > LARGEST { Err(Error::bounds_range(name, value, LARGEST)) } else { Ok(()) }
}

/// 2^20: with 2^41 lattice steps per row, a sensitivity stays below 2^62.
const LARGEST: u32 = 1 << 20;
