//! SafePub: rows of a hidden sample, generalized by levels that are chosen privately, with differential privacy.
//!
//! ```text
//!   table ──one row per person──┬──> levels, drawn ──────────────────┐
//!                               │    exponential mechanism, s        v
//!                               └──> sample (hidden) ──────────> classes of k rows or more ──> released rows
//!                                    each with beta    e, delta  all others left out
//! ```
//!
//! An own kind of release, not one more model: what is guaranteed is (epsilon, delta)-differential privacy per person, that
//! a draw was made is attested and not recomputable, and each draw costs budget. All released columns are
//! quasi-identifying, since whatever leaves as it is would say something about single persons.
//!
//! Sources: \[LQS12\] Li, Qardaji, Su, *On sampling, anonymization, and differential privacy: or, k-anonymization meets
//! differential privacy*, ASIACCS 2012, theorem 1 (sampling, levels that do not depend on the data, k-anonymity);
//! \[BKP18\] Bild, Kuhn, Prasser, *SafePub: a truthful data anonymization algorithm with strong privacy guarantees*, PoPETs
//! 2018(1) (a private search for the levels); \[MT07\] McSherry, Talwar, *Mechanism design via differential privacy*, FOCS 2007
//! (exponential mechanism). Unlike theirs, the search here sees the whole table and not the sample that is released, so
//! that the two compose; the proof is in `docs/proofs/safe_pub.md`.

mod draw;
mod price;

use std::{collections::BTreeMap, fmt};

use draw::{MOST_NODES, common_height, height};
use price::Price;

use super::{Anonymizer, QuasiColumn, anonymizer::Outside, model::KAnonymity};
use crate::{
    error::{Error, Result},
    kanon::Hierarchy,
    rng::SecureRng,
    table::Table,
};

/// Releases generalized rows of a table with differential privacy.
///
/// # Guarantee
/// For all tables T and T' of which one has one person more than the other, and all sets O of outputs of
/// [`draw`](Self::draw): Pr\[draw(T) in O\] <= e^epsilon Pr\[draw(T') in O\] + delta, and the other way round, if the number of
/// columns, their hierarchies and all parameters were chosen without looking at the table, and each person has one value of
/// the person column (each row is a person if none is named).
///
/// # Examples
/// ```
/// use incog::{kanon::{Hierarchy, SafePub}, table::{Column, Table}};
/// let ages = (0..4000).map(|i| (20 + i % 60).to_string());
/// let table = Table::new([("age", Column::from_values(ages)?)])?;
/// let safe_pub = SafePub::builder()
///     .quasi_identifier("age", Hierarchy::intervals(&[10.0, 20.0, 40.0], 0.0)?)
///     .epsilon(1.0)
///     .delta(1e-6)
///     .build()?;
/// let drawn = safe_pub.draw(&table)?;
/// assert!(drawn.table().rows() < 4000 && drawn.smallest_class().is_none_or(|rows| rows >= safe_pub.k()));
///
/// let error = SafePub::builder().epsilon(1.0).delta(1e-6).build().unwrap_err().to_string();
/// assert!(error.contains("at least one quasi-identifying column"), "{error}");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct SafePub {
    anonymizer: Anonymizer,
    person: Option<String>,
    price: Price,
}

/// Collects what [`SafePub`] needs; `build` checks it.
///
/// # Examples
/// What cannot hold is refused before a row is seen, and before the budget is charged:
/// ```
/// use incog::kanon::{Hierarchy, SafePub};
/// let request = |hierarchy| SafePub::builder().quasi_identifier("age", hierarchy).person("id").epsilon(1.0).delta(1e-6);
/// assert!(request(Hierarchy::intervals(&[10.0], 0.0)?).build()?.sampling() < 1.0);
/// let error = request(Hierarchy::automatic(2)?).build().unwrap_err();
/// assert_eq!(error.kind(), incog::ErrorKind::Parameter, "such a hierarchy is made of the data");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct SafePubBuilder {
    columns: Vec<QuasiColumn>,
    person: Option<String>,
    epsilon: Option<f64>,
    delta: Option<f64>,
    sampling: Option<f64>,
}

/// Rows that may leave, in the order of the input: shuffle them before.
///
/// # Examples
/// ```
/// use incog::{kanon::{Hierarchy, SafePub}, table::{Column, Table}};
/// # let ages = (0..4000).map(|i| (20 + i % 60).to_string());
/// # let table = Table::new([("age", Column::from_values(ages)?)])?;
/// # let safe_pub = SafePub::builder()
/// #     .quasi_identifier("age", Hierarchy::intervals(&[10.0, 20.0, 40.0], 0.0)?)
/// #     .epsilon(1.0)
/// #     .delta(1e-6)
/// #     .build()?;
/// let drawn = safe_pub.draw(&table)?;
/// println!("{} rows, age at level {}", drawn.table().rows(), drawn.levels()["age"]);
/// assert!(!drawn.is_insecure(), "the system's entropy, and no seed");
/// # Ok::<(), incog::Error>(())
/// ```
pub struct SafePublication {
    table: Table,
    levels: BTreeMap<String, usize>,
    smallest_class: Option<u64>,
    insecure: bool,
}

impl SafePubBuilder {
    /// The values of `column` become coarser by `hierarchy`.
    #[must_use]
    pub fn quasi_identifier(self, column: impl Into<String>, hierarchy: Hierarchy) -> Self {
        self.quasi_identifier_with(QuasiColumn::new(column, hierarchy))
    }

    /// The values of a column become coarser, between bounds of levels or with marks of missing values. A weight has no
    /// effect: what columns keep counts alike.
    #[must_use]
    pub fn quasi_identifier_with(mut self, column: QuasiColumn) -> Self {
        self.columns.push(column);
        self
    }

    /// `column` names the person; it is not released. Of a person with several rows one is drawn, rows without a person
    /// are left out. Without, each row is a person.
    #[must_use]
    pub fn person(mut self, column: impl Into<String>) -> Self {
        self.person = Some(column.into());
        self
    }

    /// What a draw costs.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = Some(epsilon);
        self
    }

    /// The probability that may be outside of epsilon.
    #[must_use]
    pub fn delta(mut self, delta: f64) -> Self {
        self.delta = Some(delta);
        self
    }

    /// The probability with which a person is in the sample. A smaller sample allows smaller classes; the default is that of
    /// the authors of the method, 1 - e^-epsilon of the rows' part of epsilon, but at most 0.8.
    #[must_use]
    pub fn sampling(mut self, probability: f64) -> Self {
        self.sampling = Some(probability);
        self
    }

    /// The checked request.
    ///
    /// # Errors
    /// `Policy` if bounds of levels do not exist; `Unsupported` beyond 65,536 choices of levels, or if
    /// the least common multiple of the numbers of levels above the values is beyond 2^24; `Parameter` without a column,
    /// for an automatic hierarchy, which depends on the data, or unless
    /// 0.01 <= epsilon <= 64, 1e-100 <= delta < 1, and sampling is between 0.001 and 1 - e^-epsilon.
    pub fn build(self) -> Result<SafePub> {
        // All that can fail is public and fails here, not after the budget was charged.
        let mut nodes = 1u128;
        let mut heights = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let levels =
                column.hierarchy.height().ok_or_else(|| Error::hierarchy_of_the_data(&column.name))?;
            let range = column.range(levels)?;
            nodes = nodes.saturating_mul(u128::from(crate::num::count(range.end() - range.start() + 1)));
            heights.push(height(levels));
        }
        common_height(heights.into_iter())?;
        if nodes > u128::from(crate::num::count(MOST_NODES)) {
            return Err(Error::too_many_nodes(nodes, MOST_NODES));
        }
        let (epsilon, delta) = (self.epsilon.unwrap_or(f64::NAN), self.delta.unwrap_or(f64::NAN));
        let price = Price::new(epsilon, delta, self.sampling)?;
        let mut builder = Anonymizer::builder().model(KAnonymity::new(price.k())?).max_suppressed(1.0);
        for column in self.columns {
            // A value outside of its hierarchy is no error: an error would tell of the row.
            builder = builder.quasi_identifier_with(column.outside(Outside::Suppress));
        }
        Ok(SafePub { anonymizer: builder.build()?, person: self.person, price })
    }
}

impl SafePub {
    /// Starts a request.
    #[must_use]
    pub fn builder() -> SafePubBuilder {
        SafePubBuilder::default()
    }

    /// The least number of sampled rows of a class that is released: what epsilon and delta ask for.
    #[must_use]
    pub fn k(&self) -> u64 {
        self.price.k()
    }

    /// The probability with which a person is in the sample.
    #[must_use]
    pub fn sampling(&self) -> f64 {
        self.price.sampling()
    }

    /// The part of epsilon that choosing the levels costs.
    #[must_use]
    pub fn search_epsilon(&self) -> f64 {
        self.price.search_epsilon()
    }

    /// Draws a sample and levels, and generalizes: charge the budget before. Each call is a release of its own.
    ///
    /// What does not fit a hierarchy is left out, whatever it is: no content of a cell is an error.
    ///
    /// # Errors
    /// `Refused` if a column is not in the table; `Unsupported` if there are more than 2^32 - 1 rows; `Io` if the system has no
    /// entropy.
    pub fn draw(&self, table: &Table) -> Result<SafePublication> {
        self.draw_with(table, &mut SecureRng::from_os()?)
    }

    /// The same from a seed: for tests, since it has no privacy.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    #[cfg(feature = "insecure-seeded")]
    pub fn draw_insecure_seeded(&self, table: &Table, seed: u64) -> Result<SafePublication> {
        self.draw_with(table, &mut SecureRng::insecure_seeded(seed))
    }
}

impl SafePublication {
    /// The released rows.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The level of each column, which is public with the rows.
    #[must_use]
    pub fn levels(&self) -> &BTreeMap<String, usize> {
        &self.levels
    }

    /// Rows of the smallest class; none if nothing is released.
    #[must_use]
    pub fn smallest_class(&self) -> Option<u64> {
        self.smallest_class
    }

    /// Whether it was drawn from a seed, so that it has no privacy.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }
}

impl fmt::Debug for SafePublication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SafePublication").field("levels", &self.levels).finish_non_exhaustive()
    }
}
