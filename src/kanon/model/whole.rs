//! What classes are compared with.

use crate::num;

/// The distribution of a sensitive column in the rows that classes are compared with.
///
/// Codes below [`known`](Self::known) are values in their order: of numbers, or of text. The others are missing or
/// suppressed values.
///
/// # Examples
/// ```
/// use incog::kanon::model::{Class, Ground, PrivacyModel, TCloseness, Whole};
/// // Half of all rows have value 0, half have value 1.
/// let whole = Whole::new(vec![50, 50]);
/// let model = TCloseness::new("ill", 0.2, Ground::Equal)?;
/// assert!(model.holds(&Class::new(10, 10, &[(0, 6), (1, 4)]).within(&whole)));
/// assert!(!model.holds(&Class::new(10, 10, &[(0, 8), (1, 2)]).within(&whole)));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Whole {
    rows: Vec<u64>,
    shares: Vec<f64>,
    total: u64,
    known: u32,
    /// For each known code its place among the distinct numbers; empty unless all known values are numbers.
    places: Vec<u32>,
    /// For each level above the values, the group of each code; empty without a hierarchy.
    groups: Vec<Vec<u32>>,
}

impl Whole {
    /// Of values with these numbers of rows, by their codes; all known, in no order.
    #[must_use]
    pub fn new(rows: Vec<u64>) -> Self {
        let known = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let empty = Whole {
            rows: Vec::new(),
            shares: Vec::new(),
            total: 0,
            known,
            places: Vec::new(),
            groups: Vec::new(),
        };
        empty.with_rows(rows)
    }

    /// The same, of which only the first `known` codes are values.
    #[must_use]
    pub fn with_known(mut self, known: u32) -> Self {
        self.known = known;
        self
    }

    /// The same with a place in an order for each known value; equal places are one step.
    #[must_use]
    pub fn with_places(mut self, places: Vec<u32>) -> Self {
        self.places = places;
        self
    }

    /// The same with groups of values: for each level from the finest on, the group of each code.
    #[must_use]
    pub fn with_groups(mut self, groups: Vec<Vec<u32>>) -> Self {
        self.groups = groups;
        self
    }

    /// The same columns, order and groups with other numbers of rows.
    #[must_use]
    pub(crate) fn with_rows(&self, rows: Vec<u64>) -> Self {
        let total: u64 = rows.iter().sum();
        let share = |&n: &u64| num::to_f64(n) / num::to_f64(total.max(1));
        Whole { shares: rows.iter().map(share).collect(), total, rows, ..self.clone() }
    }

    /// Number of rows of each code.
    #[must_use]
    pub fn rows(&self) -> &[u64] {
        &self.rows
    }

    /// Number of rows of `code`.
    #[must_use]
    pub fn rows_of(&self, code: u32) -> u64 {
        self.rows.get(num::index(code)).copied().unwrap_or(0)
    }

    /// The share of rows that hold `code`.
    #[must_use]
    pub fn share(&self, code: u32) -> f64 {
        self.shares.get(num::index(code)).copied().unwrap_or(0.0)
    }

    /// Number of rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Codes below this are values; the others are missing or suppressed ones.
    #[must_use]
    pub fn known(&self) -> u32 {
        self.known
    }

    /// For each known code its place in the order of numbers, if all values are numbers.
    #[must_use]
    pub fn places(&self) -> Option<&[u32]> {
        (!self.places.is_empty() || self.known == 0).then_some(&self.places[..])
    }

    /// For each level of the column's hierarchy above the values, the group of each code.
    #[must_use]
    pub fn groups(&self) -> &[Vec<u32>] {
        &self.groups
    }
}
