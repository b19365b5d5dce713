//! What the anonymizer reports.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    kanon::{quality::Quality, search::Search},
    num,
    table::Column,
};

/// What was done to a table, and what it cost. Exact counts of the raw table: internal, not for release,
/// except for what can be counted in the released table again.
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
}

/// How many classes there are of each size.
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

/// The class of each row: rows that are equal on all `columns`, numbered by first occurrence.
pub(crate) fn classes(columns: &[&Column], rows: usize) -> Vec<u32> {
    let mut classes = vec![0u32; rows];
    for column in columns {
        let mut index: HashMap<(u32, u32), u32> = HashMap::new();
        for (class, &code) in classes.iter_mut().zip(column.codes()) {
            let next =
                u32::try_from(index.len()).expect("at most as many classes as rows, which are checked");
            *class = *index.entry((*class, code)).or_insert(next);
        }
    }
    classes
}

/// The size of the smallest class, in persons if a column names them; none without rows.
pub(crate) fn smallest(class_of_row: &[u32], persons: Option<&Column>) -> Option<u64> {
    let mut sizes: HashMap<u32, u64> = HashMap::new();
    let mut seen = HashSet::new();
    for (row, &class) in class_of_row.iter().enumerate() {
        if persons.is_none_or(|p| seen.insert((class, p.codes()[row]))) {
            *sizes.entry(class).or_default() += 1;
        }
    }
    sizes.into_values().min()
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
