//! A generalization that was found, for whoever rewrites the rows.

use std::fmt;

use crate::{
    kanon::{
        Report,
        class::{Codes, KeyIndex, PackedKey, Wide, pack},
        hierarchy::Level,
    },
    num,
};

/// One level for each column, and which classes are left out: from [`Anonymizer::search`](super::Anonymizer::search).
///
/// # Examples
/// What a batch of rows becomes:
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, class::Codes, model::KAnonymity}, table::{Column, Table}};
/// # let domains = Table::new([("zip", Column::from_values(["11", "12", "21"])?)])?;
/// # let request = Anonymizer::builder()
/// #     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
/// #     .model(KAnonymity::new(2)?)
/// #     .max_suppressed(0.25)
/// #     .build()?;
/// let zips: [u8; 4] = [0, 2, 1, 1];
/// let batch = [Codes::U8(&zips)];
/// # let mut counter = request.counter(&domains)?;
/// # counter.add(&batch)?;
/// let solution = request.search(&counter.finish())?;
/// assert_eq!(solution.columns(), ["zip"]);
/// assert_eq!(solution.keeps(&batch), [true, false, true, true]);
/// let level = solution.level(0);
/// assert_eq!((level.codes(), level.labels()), (&[0, 0, 1][..], &["1*".to_owned(), "2*".to_owned()][..]));
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Solution {
    pub(super) names: Vec<String>,
    /// Of each quasi-identifying column, at the level that was found.
    pub(super) levels: Vec<Level>,
    /// For each column and generalized code, the share of the domain that it stands for.
    pub(super) shares: Vec<Vec<f64>>,
    pub(super) keep: Keep,
    pub(super) report: Report,
}

/// Which rows stay.
pub(super) enum Keep {
    All,
    One(Classes<u64>),
    Two(Classes<u128>),
    Four(Classes<Wide<4>>),
    Sixteen(Classes<Wide<16>>),
}

/// The classes that stay.
pub(super) struct Classes<K> {
    pub(super) kept: KeyIndex<K>,
    /// For each column, the bits of a key by code of its dictionary.
    pub(super) packing: Vec<Vec<K>>,
}

impl Solution {
    /// What was found, and what it costs. [`Report::k_with_insensitive`] is that of the quasi-identifying columns alone,
    /// since nothing else was counted.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The quasi-identifying columns, in the order in which [`keeps`](Self::keeps) takes them.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// What the values of the `column`-th column become: a generalized code for each code of its dictionary, and a label
    /// for each of those.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn level(&self, column: usize) -> &Level {
        &self.levels[column]
    }

    /// For each row whether it is released: `codes` are those of the quasi-identifying columns, of one length and below
    /// those of their dictionaries.
    ///
    /// # Panics
    /// If a column is missing, or a code is outside its dictionary.
    #[must_use]
    pub fn keeps(&self, codes: &[Codes<'_>]) -> Vec<bool> {
        assert_eq!(codes.len(), self.names.len(), "a column of codes for each quasi-identifying column");
        match &self.keep {
            Keep::All => vec![true; codes.first().map_or(0, Codes::len)],
            Keep::One(classes) => classes.keeps(codes),
            Keep::Two(classes) => classes.keeps(codes),
            Keep::Four(classes) => classes.keeps(codes),
            Keep::Sixteen(classes) => classes.keeps(codes),
        }
    }
}

impl<K: PackedKey> Classes<K> {
    fn keeps(&self, codes: &[Codes<'_>]) -> Vec<bool> {
        let rows = codes.first().map_or(0, Codes::len);
        let mut keeps = Vec::with_capacity(rows);
        let mut keys = [K::ZERO; BLOCK];
        for start in (0..rows).step_by(BLOCK) {
            let keys = &mut keys[..(rows - start).min(BLOCK)];
            pack(&self.packing, codes, start, keys);
            keeps.extend(keys.iter().map(|&key| self.kept.number(key).is_some()));
        }
        keeps
    }
}

impl fmt::Debug for Solution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Solution").field("report", &self.report).finish_non_exhaustive()
    }
}

/// Rows whose keys are made at a time.
const BLOCK: usize = 2048;

/// The numbers of the rows that stay.
pub(super) fn numbers(keeps: &[bool]) -> Vec<usize> {
    let kept = keeps.iter().filter(|&&k| k).count();
    let mut numbers = Vec::with_capacity(kept);
    numbers.extend(keeps.iter().enumerate().filter(|(_, keep)| **keep).map(|(row, _)| row));
    debug_assert_eq!(num::count(numbers.len()), num::count(kept));
    numbers
}
