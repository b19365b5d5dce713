//! What the anonymizer reports.

use std::collections::{BTreeMap, HashSet};

use crate::{
    kanon::{quality::Quality, search::Search},
    num,
    table::Column,
};

/// What was done to a table, and what it cost. Exact counts of the raw table: internal, not for release,
/// except for what can be counted in the released table again.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, model::KAnonymity}, table::{Column, Table}};
/// # let table = Table::new([("zip", Column::from_values(["11", "12", "21", "22", "31"])?)])?;
/// # let request = Anonymizer::builder()
/// #     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
/// #     .model(KAnonymity::new(2)?)
/// #     .max_suppressed(0.2)
/// #     .build()?;
/// let outcome = request.run(&table)?;
/// let report = outcome.report();
/// println!("zip at level {}, {} of {} rows left out", report.levels["zip"], report.suppressed_rows, report.rows);
/// assert_eq!((report.classes, report.min_class, report.suppressed_rows), (2, 2, 1));
/// assert!(report.optimal, "no other level loses less");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Report {
    /// The level of each quasi-identifying column; empty if each class has levels of its own.
    pub levels: BTreeMap<String, usize>,
    /// How the levels were found.
    pub search: Search,
    /// Whether no choice of levels scores lower.
    pub optimal: bool,
    /// Choices of levels that were looked at; looks at a class, if each has levels of its own.
    pub nodes_checked: u64,
    /// Choices of levels that there are.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub lattice_nodes: u64,
    /// Rows of the input.
    pub rows: u64,
    /// Rows left out.
    pub suppressed_rows: u64,
    /// Released classes.
    pub classes: u64,
    /// Rows of the smallest released class; 0 if nothing is released.
    pub min_class: u64,
    /// Rows of the largest released class.
    pub max_class: u64,
    /// How many classes there are of each size.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub class_sizes: ClassSizes,
    /// The smallest class when the insensitive columns count as well: `min_class` if there are none.
    pub k_with_insensitive: u64,
    /// No generalization of the kind that was searched scores less, by the metric that was minimized; none if
    /// no bound is known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub lower_bound: Option<f64>,
    /// How much of the score may be above the least possible: (score - bound) / score.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub gap: Option<f64>,
    /// The six measures of information loss.
    pub quality: Quality,
    /// The models that hold.
    pub models: Vec<String>,
    /// The loss of each quasi-identifying column; see [`Metric::Loss`](super::Metric::Loss).
    pub column_loss: BTreeMap<String, f64>,
    /// What should be known of the release.
    pub findings: Findings,
    /// For columns that the request compares, what becomes of the rows of each value, the most frequent first.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "BTreeMap::is_empty"))]
    pub groups: BTreeMap<String, Vec<Group>>,
}

/// What should be known of a release, beside what it guarantees.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, model::KAnonymity}, table::{Column, Table}};
/// let table = Table::new([
///     ("zip", Column::from_values(["11", "12", "21", "22"])?),
///     ("diagnosis", Column::from_values(["flu", "flu", "flu", "angina"])?),
/// ])?;
/// # let request = Anonymizer::builder()
/// #     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
/// #     .sensitive("diagnosis")
/// #     .model(KAnonymity::new(2)?)
/// #     .build()?;
/// let outcome = request.run(&table)?;
/// let findings = &outcome.report().findings;
/// assert_eq!(findings.homogeneous_rows["diagnosis"], 2, "whoever is found in class 1* has the flu");
/// assert_eq!(findings.just_valid_classes, 2, "of two rows each, as 2-anonymity asks for");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Findings {
    /// Models without any one of which a finer generalization would do: they decide what is lost. Not known where each class has
    /// levels of its own.
    pub binding_models: Vec<String>,
    /// For each model, rows of classes that break it at the levels found; a row may break several. Not known where each class has
    /// levels of its own.
    pub rows_breaking: BTreeMap<String, u64>,
    /// For each sensitive column, released rows of classes in which all known values are the same (homogeneity:
    /// Machanavajjhala et al., TKDD 1(1), 2007).
    pub homogeneous_rows: BTreeMap<String, u64>,
    /// Released classes that would break a model with one row less: who knows how the search works can reason from
    /// them (minimality: Wong, Fu, Wang, Pei, VLDB 2007).
    pub just_valid_classes: u64,
}

/// The rows that share a value of a compared column.
///
/// # Examples
/// Who pays for the protection:
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, model::KAnonymity}, table::{Column, Table}};
/// let table = Table::new([
///     ("zip", Column::from_values(["11", "11", "11", "21"])?),
///     ("sex", Column::from_values(["m", "m", "f", "f"])?),
/// ])?;
/// let outcome = Anonymizer::builder()
///     .quasi_identifier("zip", Hierarchy::flat())
///     .model(KAnonymity::new(3)?)
///     .max_suppressed(0.25)
///     .compare_groups("sex")
///     .build()?
///     .run(&table)?;
/// let sex = table.column("sex")?;
/// let groups = outcome.report().groups["sex"].iter();
/// let left_out: Vec<_> = groups.map(|group| (sex.value(group.code), group.suppressed_rows, group.rows)).collect();
/// assert_eq!(left_out, [("m", 0, 2), ("f", 1, 2)]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Group {
    /// The code of the value in the dictionary of the column; the value itself stands in no report.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub code: u32,
    /// Rows of the input.
    pub rows: u64,
    /// Those of them that are left out.
    pub suppressed_rows: u64,
    /// The share of their domains that their cells stand for, on average; all of it for rows that are left out.
    pub loss: f64,
}

impl Group {
    pub(super) fn new(code: u32) -> Self {
        Group { code, rows: 0, suppressed_rows: 0, loss: 0.0 }
    }
}

/// How many classes there are of each size.
///
/// # Examples
/// ```
/// use incog::kanon::ClassSizes;
/// let sizes = ClassSizes::of([2, 5, 2]);
/// assert_eq!((sizes.classes(), sizes.rows(), sizes.of_size(2)), (3, 9, 2));
/// assert_eq!(sizes.iter().collect::<Vec<_>>(), [(2, 2), (5, 1)]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassSizes(BTreeMap<u64, u64>);

impl ClassSizes {
    /// Of the classes of these sizes.
    #[must_use]
    pub fn of(sizes: impl IntoIterator<Item = u64>) -> Self {
        let mut counts = BTreeMap::new();
        for size in sizes {
            *counts.entry(size).or_default() += 1;
        }
        ClassSizes(counts)
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> u64 {
        self.0.values().sum()
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.0.iter().map(|(size, classes)| size * classes).sum()
    }

    /// Number of classes of `size`.
    #[must_use]
    pub fn of_size(&self, size: u64) -> u64 {
        self.0.get(&size).copied().unwrap_or(0)
    }

    /// Sizes and the number of classes of that size, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().map(|(&size, &classes)| (size, classes))
    }
}

/// Whether the code is a value of `column` that says something.
pub(crate) fn is_known(column: &Column, code: u32, unknown: &[String]) -> bool {
    let value = column.value(code);
    Some(code) != column.missing_code()
        && value != super::hierarchy::TOP
        && !unknown.iter().any(|u| u == value)
}

/// Rows of classes in which all known values of `column` are the same, and some value is known.
pub(crate) fn homogeneous_rows(class_of_row: &[u32], column: &Column, is_known: impl Fn(u32) -> bool) -> u64 {
    let known: Vec<bool> = (0u32..).zip(column.dictionary()).map(|(code, _)| is_known(code)).collect();
    // Of each class: its rows, a known value, and whether there is another.
    let mut classes: Vec<(u64, Option<u32>, bool)> = Vec::new();
    for (&class, &code) in class_of_row.iter().zip(column.codes()) {
        let class = num::index(class);
        if class >= classes.len() {
            classes.resize(class + 1, (0, None, false));
        }
        let (rows, value, differ) = &mut classes[class];
        *rows += 1;
        if known[num::index(code)] {
            *differ |= value.is_some_and(|v| v != code);
            *value = Some(code);
        }
    }
    classes.into_iter().filter(|(_, value, differ)| value.is_some() && !differ).map(|c| c.0).sum()
}

/// The size of the smallest class, in persons if a column names them; none without rows.
pub(crate) fn smallest(class_of_row: &[u32], persons: Option<&Column>) -> Option<u64> {
    let Some(persons) = persons else { return sizes(class_of_row).into_iter().min() };
    let mut seen = HashSet::new();
    let first = class_of_row.iter().zip(persons.codes()).filter(|&(&class, &p)| seen.insert((class, p)));
    sizes(&first.map(|(&class, _)| class).collect::<Vec<_>>()).into_iter().min()
}

/// Sizes of the classes that `class_of_row` numbers.
pub(crate) fn sizes(class_of_row: &[u32]) -> Vec<u64> {
    let mut sizes = Vec::new();
    for &class in class_of_row {
        let class = num::index(class);
        if class >= sizes.len() {
            sizes.resize(class + 1, 0);
        }
        sizes[class] += 1;
    }
    sizes
}
