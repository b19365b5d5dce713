//! What a generalization costs: six measures of information loss, all lower is better.
//!
//! With n rows, S of them suppressed, kept classes of sizes c; for column i of weight w_i at level l_i of h_i, a released
//! value v standing for leaves(v) of card_i values:
//!
//! | measure | formula |
//! |---|---|
//! | loss | mean over i of L_i = (sum over kept rows of leaves/card + S - n/card) / (n - n/card), at least 0 |
//! | geometric loss | (prod of (L_i + 1)^w_i)^(1 / sum of w) - 1 |
//! | discernibility | sum of c^2 + n S |
//! | average class size | n / (kept classes + [S > 0]) |
//! | precision | mean over i of ((n - S) l_i/h_i + S) / n |
//! | entropy | sum over i and rows of -log2(a / b): a rows hold the input value, b its generalization (n if suppressed) |
//!
//! Means and the sum are weighted; all weights are 1 unless a request says otherwise. The measures of class sizes have no
//! columns to weigh.
//!
//! Sources: \[Iye02\] Iyengar, *Transforming data to satisfy privacy constraints*, KDD 2002 (loss); \[BA05\] Bayardo,
//! Agrawal, *Data privacy through optimal k-anonymization*, ICDE 2005 (discernibility); \[LDR06\] LeFevre,
//! DeWitt, Ramakrishnan, *Mondrian*, ICDE 2006 (average class size); \[Swe02b\] Sweeney, IJUFKS 10(5), 2002
//! (precision); \[GT09\] Gionis, Tassa, *k-anonymization with minimal loss of information*, IEEE TKDE 21(2), 2009
//! (non-uniform entropy).

mod costs;
mod gap;

pub(crate) use costs::{Costs, Sums};

/// A measure of information loss that the search minimizes.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, Metric, model::KAnonymity}, table::{Column, Table}};
/// # let table = Table::new([("zip", Column::from_values(["11", "12", "21", "22"])?)])?;
/// let outcome = Anonymizer::builder()
///     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
///     .model(KAnonymity::new(2)?)
///     .metric(Metric::Discernibility)
///     .build()?
///     .run(&table)?;
/// let score = Metric::Discernibility.of(&outcome.report().quality);
/// assert_eq!(score, 8.0, "each of four rows looks like two");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Metric {
    /// Rows over classes.
    AverageClassSize,
    /// Rows that each row cannot be told from, summed.
    Discernibility,
    /// Non-uniform entropy, in bits.
    Entropy,
    /// Share of the domain that a released value stands for, averaged over rows and columns.
    #[default]
    Loss,
    /// The same, with the geometric mean over columns.
    LossGeometric,
    /// Share of the height that columns were generalized by.
    Precision,
}

impl Metric {
    /// Whether it sees how large classes are, and not what they were generalized to.
    pub(crate) fn is_of_class_sizes(self) -> bool {
        matches!(self, Metric::Discernibility | Metric::AverageClassSize)
    }

    /// The measure among all six.
    #[must_use]
    pub fn of(self, quality: &Quality) -> f64 {
        match self {
            Metric::AverageClassSize => quality.average_class_size,
            Metric::Discernibility => quality.discernibility,
            Metric::Entropy => quality.entropy,
            Metric::Loss => quality.loss,
            Metric::LossGeometric => quality.loss_geometric,
            Metric::Precision => quality.precision,
        }
    }
}

/// All six measures of one generalization; see the module's table.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, model::KAnonymity}, table::{Column, Table}};
/// # let table = Table::new([("zip", Column::from_values(["11", "12", "21", "22"])?)])?;
/// # let request = Anonymizer::builder().quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?).model(KAnonymity::new(2)?);
/// let quality = request.build()?.run(&table)?.report().quality;
/// assert_eq!(quality.precision, 0.5, "one of two levels");
/// assert_eq!(quality.average_class_size, 2.0);
/// assert_eq!(quality.entropy, 4.0, "one bit for each of four rows");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Quality {
    /// See [`Metric::Loss`].
    pub loss: f64,
    /// See [`Metric::LossGeometric`].
    pub loss_geometric: f64,
    /// See [`Metric::Discernibility`].
    pub discernibility: f64,
    /// See [`Metric::AverageClassSize`].
    pub average_class_size: f64,
    /// See [`Metric::Precision`].
    pub precision: f64,
    /// See [`Metric::Entropy`].
    pub entropy: f64,
}
