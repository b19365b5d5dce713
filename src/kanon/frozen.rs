//! A recoding that was learned once, for tables that come later.
//!
//! A batch that is generalized anew has other classes, and two releases with other classes can be intersected. A
//! frozen recoding gives equal values the same class in every batch. What a batch has too few of is held back for
//! a later one, or the batch is refused.
//!
//! The file holds generalized values only: those of the release that it was learned from, which have left already.
//! Values that a hierarchy does not know are an error, as ever; values that no class has room for are held.

use std::collections::{BTreeSet, HashMap};

use crate::{
    error::{Error, Result},
    kanon::{
        Anonymizer, Outcome, code,
        hierarchy::Levels,
        recode::Found,
        recoded::{Cell, Recoded, RecodedColumn},
    },
    num,
    table::{Column, Table},
};

/// The classes of a release, to be used again: from [`Outcome::freeze`], for [`Anonymizer::run_frozen`].
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, Search, TooFew, model::KAnonymity}, table::{Column, Table}};
/// let request = Anonymizer::builder()
///     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
///     .model(KAnonymity::new(2)?)
///     .search(Search::Local)
///     .build()?;
/// let table = |zips: &[&str]| Table::new([("zip", Column::from_values(zips)?)]);
/// let recoding = request.run(&table(&["11", "12", "21", "21"])?)?.freeze()?;
/// let second = request.run_frozen(&recoding, &table(&["13", "14", "21", "33"])?, TooFew::Hold)?;
/// assert_eq!(second.table()?.column("zip")?.cell(0), Some("1*"));
/// assert_eq!(second.kept_rows(), [0, 1], "one row of class 21, and none has room for 33: held");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct FrozenRecoding {
    schema: String,
    columns: Vec<String>,
    /// For each class and column: level and label.
    classes: Vec<Vec<(usize, String)>>,
}

/// What happens to rows of a batch that no class can release.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, Search, TooFew, model::KAnonymity}, table::{Column, Table}};
/// # let request = Anonymizer::builder()
/// #     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
/// #     .model(KAnonymity::new(2)?)
/// #     .search(Search::Local)
/// #     .build()?;
/// # let table = |zips: &[&str]| Table::new([("zip", Column::from_values(zips)?)]);
/// let recoding = request.run(&table(&["11", "12", "21", "21"])?)?.freeze()?;
/// let batch = table(&["13", "14", "33"])?;
/// assert_eq!(request.run_frozen(&recoding, &batch, TooFew::Hold)?.kept_rows(), [0, 1]);
/// let error = request.run_frozen(&recoding, &batch, TooFew::Refuse).unwrap_err();
/// assert_eq!(error.kind(), incog::ErrorKind::Refused, "no class has room for 33");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TooFew {
    /// The batch is refused.
    Refuse,
    /// They are left out, to come with a later batch.
    Hold,
}

/// The schema that this version writes. Its meaning never changes.
const SCHEMA: &str = "incog-recoding/1";

impl FrozenRecoding {
    pub(super) fn new(columns: Vec<String>, classes: Vec<Vec<(usize, String)>>) -> Self {
        FrozenRecoding { schema: SCHEMA.to_owned(), columns, classes }
    }

    /// The columns that it generalizes.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes.len()
    }
}

impl Outcome {
    /// The classes, to be used for later tables.
    ///
    /// # Errors
    /// `Unsupported` if classes are ranges of numbers (Mondrian), which say nothing about values between them, or if
    /// levels were the same for all classes: name them as the only levels of the hierarchies instead.
    pub fn freeze(&self) -> Result<FrozenRecoding> {
        self.frozen.clone().ok_or_else(Error::not_freezable)
    }
}

impl Anonymizer {
    /// Generalizes `table` by `recoding`, without a search. Each class must meet the models in this table alone.
    ///
    /// Of the classes that a row fits into, it gets the one with the finest levels.
    ///
    /// # Guarantee
    /// For all tables, each class of the outcome is one of the recoding, and meets every model.
    ///
    /// # Errors
    /// `Policy` if the recoding was written by another version, or has other columns; `Refused` with
    /// [`TooFew::Refuse`] if some rows cannot be released; and those of [`run`](Self::run).
    pub fn run_frozen(&self, recoding: &FrozenRecoding, table: &Table, too_few: TooFew) -> Result<Outcome> {
        if recoding.schema != SCHEMA {
            return Err(Error::recoding_schema(SCHEMA));
        }
        let names: Vec<&String> = self.columns.iter().map(|c| &c.name).collect();
        if names != recoding.columns.iter().collect::<Vec<_>>() {
            return Err(Error::recoding_columns(&recoding.columns));
        }
        let levels: Vec<Levels> =
            self.columns.iter().map(|c| c.levels(table.column(&c.name)?)).collect::<Result<_>>()?;
        for name in self.kept_names().chain(&self.person) {
            table.column(name)?;
        }
        let quasi: Vec<&Column> = names.iter().map(|n| table.column(n)).collect::<Result<_>>()?;
        let (class_of_row, used) = fit(recoding, &quasi, &levels, table.rows());
        let columns = levels
            .iter()
            .zip(&quasi)
            .enumerate()
            .map(|(i, (levels, column))| cells(recoding, &used, i, levels, column))
            .collect();
        let pairs: Vec<(&Column, &Levels)> = quasi.iter().copied().zip(&levels).collect();
        let found = Found { recoded: Recoded { columns, class_of_row }, steps: 0, least: None };
        let outcome = self.outcome(table, &pairs, found, num::count(table.rows()))?;
        let held = outcome.report.suppressed_rows;
        match too_few {
            TooFew::Refuse if held > 0 => Err(Error::batch_below(held, outcome.report.rows)),
            _ => Ok(outcome),
        }
    }
}

/// The class of each row, as a number into the list of classes that are used.
fn fit(
    recoding: &FrozenRecoding,
    quasi: &[&Column],
    levels: &[Levels],
    rows: usize,
) -> (Vec<Option<u32>>, Vec<usize>) {
    // The finest classes first: by the sum of their levels, each as a share of the height.
    let height = |class: &[(usize, String)]| -> f64 {
        let share = |((level, _), levels): (&(usize, String), &Levels)| {
            num::to_f64(num::count(*level)) / num::to_f64(num::count(levels.height().max(1)))
        };
        class.iter().zip(levels).map(share).sum()
    };
    let mut order: Vec<usize> = (0..recoding.classes.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&recoding.classes[a], &recoding.classes[b]);
        height(a).total_cmp(&height(b)).then_with(|| a.cmp(b))
    });
    // Classes of equal levels are found by their labels at once.
    type ByLabels<'r> = HashMap<Vec<&'r str>, usize>;
    let mut by_levels: Vec<(Vec<usize>, ByLabels<'_>)> = Vec::new();
    for class in order {
        let tuple = &recoding.classes[class];
        let of_class: Vec<usize> = tuple.iter().map(|c| c.0).collect();
        let known = of_class.iter().zip(levels).all(|(&l, levels)| l <= levels.height());
        if !known || tuple.len() != levels.len() {
            continue;
        }
        let labels = tuple.iter().map(|c| c.1.as_str()).collect();
        match by_levels.iter_mut().find(|b| b.0 == of_class) {
            Some((_, classes)) => {
                classes.insert(labels, class);
            }
            None => by_levels.push((of_class, HashMap::from([(labels, class)]))),
        }
    }
    let find = |values: &[u32]| {
        by_levels.iter().find_map(|(of_class, classes)| {
            let label = |((levels, &l), &v): ((_, _), _)| Levels::label(levels, l, v);
            let labels: Vec<&str> = levels.iter().zip(of_class).zip(values).map(label).collect();
            classes.get(&labels).copied()
        })
    };
    let mut known: HashMap<Vec<u32>, Option<usize>> = HashMap::new();
    let found: Vec<Option<usize>> = (0..rows)
        .map(|r| {
            let values: Vec<u32> = quasi.iter().map(|c| c.codes()[r]).collect();
            *known.entry(values).or_insert_with_key(|values| find(values))
        })
        .collect();
    let used: Vec<usize> = found.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let number = |class: usize| code(used.partition_point(|&u| u < class));
    (found.into_iter().map(|class| class.map(number)).collect(), used)
}

/// The cells of one column in the classes that are used.
fn cells(
    recoding: &FrozenRecoding,
    used: &[usize],
    i: usize,
    levels: &Levels,
    column: &Column,
) -> RecodedColumn {
    let mut rows_of_value = vec![0u64; column.dictionary_len()];
    column.codes().iter().for_each(|&c| rows_of_value[num::index(c)] += 1);
    let cells = used.iter().map(|&class| {
        let (l, label) = &recoding.classes[class][i];
        let level = levels.level(*l);
        let general = level.labels().iter().position(|x| x == label);
        let below =
            level.codes().iter().zip(&rows_of_value).filter(|(c, _)| Some(num::index(**c)) == general);
        Cell {
            label: label.clone(),
            leaves: general.map_or(0, |g| level.leaves()[g]),
            height: num::to_f64(num::count(*l)) / num::to_f64(num::count(levels.height().max(1))),
            rows: below.map(|(_, n)| n).sum(),
            level: Some(*l),
        }
    });
    RecodedColumn {
        domain: levels.domain(),
        cells: cells.collect(),
        of_class: (0..code(used.len())).collect(),
    }
}
