//! The relation between neighboring tables.

use std::{fmt, str::FromStr};

use crate::error::{Error, Result};

/// Which tables a release must not tell apart.
///
/// # Examples
/// ```
/// use incog::dp::Neighbors;
/// assert_eq!("replace_one".parse::<Neighbors>()?, Neighbors::ReplaceOne);
/// assert_eq!(
///     "add".parse::<Neighbors>().unwrap_err().to_string(),
///     "neighbors 'add' is not known; use 'add_or_remove_one', 'replace_one', 'zero_out'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Neighbors {
    /// One table has all rows of one person more than the other.
    #[default]
    AddOrRemoveOne,
    /// All rows of one person are replaced by any rows of another. The number of persons is public.
    ReplaceOne,
    /// All rows of one person count as nothing: they add zero to every sum and enter no group. The number of
    /// persons is public.
    ZeroOut,
}

impl Neighbors {
    /// The word for it in files and claims.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Neighbors::AddOrRemoveOne => "add_or_remove_one",
            Neighbors::ReplaceOne => "replace_one",
            Neighbors::ZeroOut => "zero_out",
        }
    }
}

impl fmt::Display for Neighbors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Neighbors {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne, Neighbors::ZeroOut]
            .into_iter()
            .find(|n| n.word() == word)
            .ok_or_else(|| Error::unknown_neighbors(word))
    }
}
