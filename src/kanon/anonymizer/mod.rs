//! The paved path: from a table and a request to a generalized table and its report.

mod builder;
mod claims;
mod column;
mod full_domain;
mod outcome;
mod refusal;
mod solution;

use std::time::Duration;

pub use builder::AnonymizerBuilder;
pub use column::{Outside, QuasiColumn, SensitiveColumn};
pub use outcome::Outcome;
pub use solution::Solution;

use crate::{
    error::{Error, Result},
    kanon::{
        Metric, Search,
        class::class_numbers,
        hierarchy::Hierarchy,
        model::{Counts, PrivacyModel},
        report::{self, Group},
    },
    num,
    table::{Column, Table},
};

/// Generalizes the quasi-identifying columns of tables so that privacy models hold.
///
/// # Guarantee
/// For all tables, the rows of the [`Outcome`] fall into classes of equal quasi-identifying values, and
/// each class meets every model; at most the allowed share of rows is left out; and with
/// [`Search::Optimal`] no choice of levels that does so has a lower score.
///
/// # Examples
/// ```
/// use incog::{kanon::{Anonymizer, Hierarchy, model::KAnonymity}, table::{Column, Table}};
/// let table = Table::new([
///     ("zip", Column::from_values(["13053", "13068", "13053", "14850"])?),
///     ("diagnosis", Column::from_values(["flu", "angina", "flu", "flu"])?),
/// ])?;
/// let outcome = Anonymizer::builder()
///     .quasi_identifier("zip", Hierarchy::prefix(&[5, 3, 0])?)
///     .sensitive("diagnosis")
///     .model(KAnonymity::new(3)?)
///     .max_suppressed(0.25)
///     .build()?
///     .run(&table)?;
/// assert_eq!(outcome.table()?.column("zip")?.cell(0), Some("130**"));
/// assert_eq!((outcome.report().min_class, outcome.report().suppressed_rows), (3, 1));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct Anonymizer {
    pub(super) columns: Vec<QuasiColumn>,
    pub(super) sensitive: Vec<SensitiveColumn>,
    pub(super) insensitive: Vec<String>,
    pub(super) person: Option<String>,
    pub(super) models: Vec<Box<dyn PrivacyModel>>,
    pub(super) max_suppressed: f64,
    pub(super) metric: Metric,
    pub(super) search: Search,
    pub(super) max_steps: Option<u64>,
    pub(super) time_limit: Option<Duration>,
    pub(super) compared: Vec<String>,
}

impl Anonymizer {
    /// Starts a request.
    #[must_use]
    pub fn builder() -> AnonymizerBuilder {
        AnonymizerBuilder::default()
    }

    /// Searches, and generalizes `table`. Nothing but the columns named in the request is used.
    ///
    /// # Errors
    /// `Refused` if a column is not in the table, if the table is smaller than `k`, or if no generalization
    /// meets the models within the allowed suppression: the message names changes that would;
    /// `Value` if a value is outside its hierarchy; `Policy` if levels do not nest; `Parameter` if a model counts a
    /// population; `Unsupported` if the request is larger than this version takes on.
    pub fn run(&self, table: &Table) -> Result<Outcome> {
        let mut models = self.models.iter().filter(|_| !self.search.is_by_class());
        if let Some(model) = models.find(|m| matches!(m.counts(), Counts::Population { .. })) {
            return Err(Error::model_without_population(&model.name()));
        }
        self.run_in(table, None)
    }

    /// The same, for models that count a `population` which `table` is a part of: every row of the table is a row of it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Examples
    /// ```
    /// use incog::{kanon::{Anonymizer, Hierarchy, model::KMap}, table::{Column, Table}};
    /// let zips = |values: &[&str]| Table::new([("zip", Column::from_values(values)?)]);
    /// let request = Anonymizer::builder()
    ///     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
    ///     .model(KMap::new(3)?)
    ///     .build()?;
    /// let outcome = request.run_within(&zips(&["11", "23"])?, &zips(&["11", "11", "11", "23", "24", "25"])?)?;
    /// assert_eq!(outcome.report().levels["zip"], 1, "one row of class 2*, and three persons who may be it");
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn run_within(&self, table: &Table, population: &Table) -> Result<Outcome> {
        self.run_in(table, Some(population))
    }

    fn run_in(&self, table: &Table, population: Option<&Table>) -> Result<Outcome> {
        let names = self.columns.iter().map(|c| &c.name).chain(self.kept_names());
        for name in names.chain(&self.person).chain(&self.compared) {
            table.column(name)?;
        }
        if !self.search.is_by_class() {
            return self.run_with_levels(table, population);
        }
        let flat = Hierarchy::flat();
        let mut levels = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let hierarchy = if self.search == Search::CellSuppression { &flat } else { &column.hierarchy };
            levels.push(column.levels_by(hierarchy, table.column(&column.name)?)?);
        }
        self.run_by_class(table, &levels)
    }

    /// The columns that are released as they are.
    pub(super) fn kept_names(&self) -> impl Iterator<Item = &String> {
        self.sensitive.iter().map(|c| &c.name).chain(&self.insensitive)
    }

    /// Whether the column `name` is released as it is.
    pub(super) fn is_kept(&self, name: &str) -> bool {
        self.kept_names().any(|n| n == name)
    }

    /// Adds to the report what only the rows tell.
    pub(super) fn complete(&self, table: &Table, outcome: &mut Outcome) -> Result<()> {
        if !self.insensitive.is_empty() {
            let quasi = self.columns.iter().map(|c| &c.name);
            let class_of_row = released_classes(outcome, quasi.chain(&self.insensitive));
            let persons = self.repeating_person(table)?.map(|person| person.select(&outcome.kept_rows));
            let smallest = report::smallest(&class_of_row, persons.as_ref());
            outcome.report.k_with_insensitive = smallest.unwrap_or(0);
        } else {
            outcome.report.k_with_insensitive = outcome.report.min_class;
        }
        if !self.sensitive.is_empty() {
            let class_of_row = released_classes(outcome, self.columns.iter().map(|c| &c.name));
            for column in &self.sensitive {
                let released = outcome.column(&column.name);
                let is_known = |code: u32| report::is_known(released, code, &column.unknown);
                let alike = report::homogeneous_rows(&class_of_row, released, is_known);
                outcome.report.findings.homogeneous_rows.insert(column.name.clone(), alike);
            }
        }
        for name in &self.compared {
            let groups = self.groups(table.column(name)?, outcome);
            outcome.report.groups.insert(name.clone(), groups);
        }
        Ok(())
    }

    /// What becomes of the rows of each value of `column`.
    fn groups(&self, column: &Column, outcome: &Outcome) -> Vec<Group> {
        let mut groups: Vec<Group> =
            (0u32..).zip(column.dictionary()).map(|(code, _)| Group::new(code)).collect();
        for &code in column.codes() {
            groups[num::index(code)].rows += 1;
        }
        // Of the rows that stay, what each cell loses; all of it for the others.
        let columns: Vec<(&Column, &Vec<f64>)> =
            self.columns.iter().map(|c| outcome.column(&c.name)).zip(&outcome.shares).collect();
        let cells = num::to_f64(num::count(columns.len().max(1)));
        let mut lost = vec![0.0; groups.len()];
        let mut kept = vec![0u64; groups.len()];
        for (released, &row) in outcome.kept_rows.iter().enumerate() {
            let group = num::index(column.codes()[row]);
            kept[group] += 1;
            let share = |(c, shares): &(&Column, &Vec<f64>)| shares[num::index(c.codes()[released])];
            lost[group] += columns.iter().map(share).sum::<f64>() / cells;
        }
        for ((group, lost), kept) in groups.iter_mut().zip(lost).zip(kept) {
            group.suppressed_rows = group.rows - kept;
            group.loss = (lost + num::to_f64(group.suppressed_rows)) / num::to_f64(group.rows.max(1));
        }
        groups.retain(|g| g.rows > 0);
        groups.sort_by(|a, b| b.rows.cmp(&a.rows).then(a.code.cmp(&b.code)));
        groups
    }

    /// The column that names the person, if some person has several rows.
    pub(super) fn repeating_person<'t>(&self, table: &'t Table) -> Result<Option<&'t Column>> {
        let Some(name) = &self.person else { return Ok(None) };
        let column = table.column(name)?;
        // By the codes that rows have: a dictionary may name persons who are in no row of the table.
        let mut seen = vec![false; column.dictionary_len()];
        let mut codes = column.codes().iter();
        Ok(codes.any(|&c| std::mem::replace(&mut seen[num::index(c)], true)).then_some(column))
    }
}

/// The class of each released row on the columns `names`.
fn released_classes<'n>(outcome: &Outcome, names: impl Iterator<Item = &'n String>) -> Vec<u32> {
    let columns: Vec<&Column> = names.map(|n| outcome.column(n)).collect();
    class_numbers(&columns, outcome.kept_rows.len())
}

/// The largest whole number of rows within the share. Rounds down: never one row too many.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= share * rows <= 2^32")]
pub(super) fn allowed_rows(rows: u64, share: f64) -> u64 {
    ((num::to_f64(rows) * share).floor() as u64).min(rows)
}
