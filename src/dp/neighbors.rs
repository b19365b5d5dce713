//! The relation between neighboring tables, and the sensitivities that follow from it.

use std::{fmt, str::FromStr};

use crate::{
    dp::unit::ContributionBounds,
    error::{Error, Result},
};

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

    /// By how much the sums of all groups together can move, in lattice steps, when every row adds a
    /// number in `lower..=upper`. A count adds 1 per row: `lower == upper == 1`.
    ///
    /// The only place where a sensitivity is derived.
    ///
    /// # Guarantee
    /// For all neighboring tables after contribution bounding, the sum over the groups of the absolute
    /// difference of their exact sums is at most the result. With `r` rows per person and
    /// `m = max(|lower|, |upper|)`: adding, removing or zeroing moves it by at most `r m`. Replacing moves one
    /// group from within `r [min(lower, 0), max(upper, 0)]` to within the same, and several groups by at
    /// most `2 r m`, where one person leaves one group and the other enters another.
    pub(super) fn l1_sensitivity(
        self,
        bounds: ContributionBounds,
        lower: i64,
        upper: i64,
        grouped: bool,
    ) -> u64 {
        let largest = lower.unsigned_abs().max(upper.unsigned_abs());
        let per_row = match (self, grouped) {
            (Neighbors::AddOrRemoveOne | Neighbors::ZeroOut, _) => largest,
            (Neighbors::ReplaceOne, false) => upper.max(0).unsigned_abs() + lower.min(0).unsigned_abs(),
            (Neighbors::ReplaceOne, true) => 2 * largest,
        };
        // Below 2^62: at most 2^20 rows per person and 2^41 steps per row, by their constructors.
        u64::from(bounds.rows_per_person()) * per_row
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitivities_follow_the_relation() {
        use Neighbors::{AddOrRemoveOne, ReplaceOne, ZeroOut};
        let bounds = ContributionBounds::new(3, 2).unwrap();
        // (relation, lower, upper, grouped, steps), by hand.
        let cases = [
            (AddOrRemoveOne, 1, 1, false, 3),
            (AddOrRemoveOne, 1, 1, true, 3),
            (ReplaceOne, 1, 1, false, 3),
            (ReplaceOne, 1, 1, true, 6),
            (AddOrRemoveOne, -5, 2, false, 15),
            (ZeroOut, -5, 2, false, 15),
            (ZeroOut, 1, 1, true, 3),
            (ReplaceOne, -5, 2, false, 21),
            (ReplaceOne, 5, 7, false, 21),
            (ReplaceOne, -5, 2, true, 30),
        ];
        for (relation, lower, upper, grouped, steps) in cases {
            assert_eq!(relation.l1_sensitivity(bounds, lower, upper, grouped), steps, "{relation} {lower}");
        }
    }
}
