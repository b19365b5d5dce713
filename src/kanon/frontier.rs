//! k against what it costs and what it protects from, for several k in one go.
//!
//! | figure | what it is |
//! |---|---|
//! | loss, suppressed | what the rows lose; the share of them that is left out |
//! | prosecutor | chance to pick the row of a person in the smallest class: 1 / its size |
//! | marketer | share of rows that are picked right on average: classes / rows |
//! | inferred | share of rows whose sensitive value is guessed right by the most frequent one of their class |
//! | guessed | the same by the most frequent one of all rows: what the release adds is the difference |
//!
//! The attacker is given every quasi-identifying value of everyone (El Emam, *Guide to the De-Identification of
//! Personal Health Information*, 2013, chapters 15 to 17, for the first two).

use std::collections::{BTreeMap, HashMap};

use crate::{
    ErrorKind,
    error::Result,
    kanon::{Anonymizer, Outcome, class::class_numbers},
    num,
    table::{Column, Table},
};

/// One k of a frontier.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, frontier, model::KAnonymity}, table::{Column, Table}};
/// # let table = Table::new([("zip", Column::from_values(["11", "12", "21", "22"])?)])?;
/// # let request = |k| {
/// #     Anonymizer::builder().quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?).model(KAnonymity::new(k)?).build()
/// # };
/// let points = frontier(&table, &[2, 3, 5], request)?;
/// let largest = points.iter().filter(|point| point.refusal.is_none()).map(|point| point.k).max();
/// assert_eq!(largest, Some(3), "the table has four rows");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FrontierPoint {
    /// The least size of a class.
    pub k: u64,
    /// Why there is no release with this k; the figures are absent then.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub refusal: Option<String>,
    /// What the release costs and protects from.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub figures: Option<FrontierFigures>,
}

/// What a release costs and protects from.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, frontier, model::KAnonymity}, table::{Column, Table}};
/// # let table = Table::new([("zip", Column::from_values(["11", "12", "21", "22"])?)])?;
/// # let request = |k| {
/// #     Anonymizer::builder().quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?).model(KAnonymity::new(k)?).build()
/// # };
/// for point in frontier(&table, &[2, 3], request)? {
///     let figures = point.figures.expect("neither is refused");
///     println!("k = {}: {:.2} lost, a row is picked with {:.0} %", point.k, figures.loss, 100.0 * figures.prosecutor);
///     assert!(figures.marketer <= figures.prosecutor);
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FrontierFigures {
    /// Information loss, from 0 to 1.
    pub loss: f64,
    /// What no such generalization goes below, if known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub lower_bound: Option<f64>,
    /// The share of rows left out.
    pub suppressed: f64,
    /// Released classes.
    pub classes: u64,
    /// The largest chance to pick a person's row.
    pub prosecutor: f64,
    /// The share of rows picked right on average.
    pub marketer: f64,
    /// For each sensitive column, the share of rows whose value is guessed right with the release, and without.
    pub inferred: BTreeMap<String, Inferred>,
}

/// How often a sensitive value is guessed right.
///
/// # Examples
/// Two classes of one diagnosis each give away all of it, whatever k is:
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, frontier, model::KAnonymity}, table::{Column, Table}};
/// let table = Table::new([
///     ("zip", Column::from_values(["11", "12", "21", "22"])?),
///     ("diagnosis", Column::from_values(["flu", "flu", "angina", "angina"])?),
/// ])?;
/// let points = frontier(&table, &[2], |k| {
///     let request = Anonymizer::builder().quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?);
///     request.sensitive("diagnosis").model(KAnonymity::new(k)?).build()
/// })?;
/// let of_diagnosis = points[0].figures.as_ref().map(|figures| figures.inferred["diagnosis"]);
/// assert_eq!(of_diagnosis.map(|i| (i.inferred, i.guessed)), Some((1.0, 0.5)));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Inferred {
    /// By the most frequent value of the class.
    pub inferred: f64,
    /// By the most frequent value of all rows.
    pub guessed: f64,
}

/// The frontier over `ks`; `request` says what is asked for with each.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, Search, frontier, model::KAnonymity}, table::{Column, Table}};
/// let zip = Column::from_values((0..40).map(|i| format!("{:02}", i * 7 % 50)))?;
/// let table = Table::new([("zip", zip)])?;
/// let points = frontier(&table, &[2, 4, 50], |k| {
///     Anonymizer::builder()
///         .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
///         .model(KAnonymity::new(k)?)
///         .search(Search::Local)
///         .build()
/// })?;
/// let loss = |i: usize| points[i].figures.as_ref().map(|f| f.loss);
/// assert!(loss(0) <= loss(1), "more protection costs more");
/// assert_eq!(points[2].refusal.as_deref(), Some("k = 50 is more than the table's 40 rows; the cheapest change: k_anonymity = 40"));
/// # Ok::<(), incog::Error>(())
/// ```
///
/// # Errors
/// Those of `request` and of [`Anonymizer::run`], but for refusals, which become a part of the point.
pub fn frontier(
    table: &Table,
    ks: &[u64],
    request: impl Fn(u64) -> Result<Anonymizer>,
) -> Result<Vec<FrontierPoint>> {
    let point = |&k: &u64| {
        let anonymizer = request(k)?;
        match anonymizer.run(table) {
            Ok(outcome) => {
                let figures = Some(figures(&anonymizer, table, &outcome)?);
                Ok(FrontierPoint { k, refusal: None, figures })
            }
            Err(e) if e.kind() == ErrorKind::Refused => {
                Ok(FrontierPoint { k, refusal: Some(e.to_string()), figures: None })
            }
            Err(e) => Err(e),
        }
    };
    ks.iter().map(point).collect()
}

fn figures(anonymizer: &Anonymizer, table: &Table, outcome: &Outcome) -> Result<FrontierFigures> {
    let report = outcome.report();
    let released = outcome.table()?;
    let quasi: Vec<&Column> =
        anonymizer.columns.iter().map(|c| released.column(&c.name)).collect::<Result<_>>()?;
    let class_of_row = class_numbers(&quasi, released.rows());
    let rows = num::to_f64(num::count(released.rows()).max(1));
    let mut inferred = BTreeMap::new();
    for name in anonymizer.sensitive.iter().map(|c| &c.name) {
        let share = |right: u64, of: f64| num::to_f64(right) / of;
        let whole = table.column(name)?;
        let one_class = vec![0; whole.len()];
        let all = num::to_f64(num::count(whole.len()).max(1));
        inferred.insert(
            name.clone(),
            Inferred {
                inferred: share(most_frequent(&class_of_row, released.column(name)?), rows),
                guessed: share(most_frequent(&one_class, whole), all),
            },
        );
    }
    let suppressed = num::to_f64(report.suppressed_rows) / num::to_f64(report.rows.max(1));
    Ok(FrontierFigures {
        loss: report.quality.loss,
        lower_bound: report.lower_bound,
        suppressed,
        classes: report.classes,
        prosecutor: if report.min_class == 0 { 0.0 } else { 1.0 / num::to_f64(report.min_class) },
        marketer: num::to_f64(report.classes) / rows,
        inferred,
    })
}

/// Rows that hold the most frequent value of their class, over all classes.
fn most_frequent(class_of_row: &[u32], column: &Column) -> u64 {
    let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
    for (&class, &value) in class_of_row.iter().zip(column.codes()) {
        *counts.entry((class, value)).or_default() += 1;
    }
    let mut most: HashMap<u32, u64> = HashMap::new();
    for ((class, _), rows) in counts {
        let slot = most.entry(class).or_default();
        *slot = rows.max(*slot);
    }
    most.into_values().sum()
}
