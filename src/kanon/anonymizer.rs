//! The paved path: from a table and a request to a generalized table and its report.

use std::{fmt, sync::Arc};

use crate::{
    claim::{Check, Claim, Statement},
    error::{Error, Result},
    kanon::{
        FrozenRecoding,
        class::{Batch, Codes, Counter, Histogram, KeyIndex, Layout, PackedKey, Steps, Wide, pack},
        hierarchy::{Hierarchy, Levels},
        lattice::Lattice,
        model::{Guarantee, PrivacyModel},
        quality::{Costs, Metric, Sums},
        report::{self, ClassSizes, Report},
        search::{self, CountedColumn, Problem, Search},
        sensitive::Coding,
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
    pub(super) columns: Vec<(String, Hierarchy)>,
    pub(super) sensitive: Vec<String>,
    pub(super) insensitive: Vec<String>,
    pub(super) person: Option<String>,
    pub(super) models: Vec<Box<dyn PrivacyModel>>,
    pub(super) max_suppressed: f64,
    pub(super) metric: Metric,
    pub(super) search: Search,
    pub(super) max_steps: Option<u64>,
}

/// Collects what [`Anonymizer`] needs; `build` checks it.
#[derive(Debug, Default)]
pub struct AnonymizerBuilder {
    columns: Vec<(String, Hierarchy)>,
    sensitive: Vec<String>,
    insensitive: Vec<String>,
    person: Option<String>,
    models: Vec<Box<dyn PrivacyModel>>,
    max_suppressed: Option<f64>,
    metric: Option<Metric>,
    search: Option<Search>,
    max_steps: Option<u64>,
}

/// A generalized table, and what is known about it.
pub struct Outcome {
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) kept_rows: Vec<usize>,
    /// The classes, if each has levels of its own.
    pub(super) frozen: Option<FrozenRecoding>,
    pub(super) report: Report,
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
    /// meets the models within the allowed suppression: the message names the cheapest change that would;
    /// `Value` if a value is outside its hierarchy; `Policy` if levels do not nest;
    /// `Unsupported` if the request is larger than this version takes on.
    pub fn run(&self, table: &Table) -> Result<Outcome> {
        let mut levels = Vec::with_capacity(self.columns.len());
        let flat = Hierarchy::flat();
        for (name, hierarchy) in &self.columns {
            let hierarchy = if self.search == Search::CellSuppression { &flat } else { hierarchy };
            levels.push(hierarchy.levels(name, table.column(name)?)?);
        }
        for name in self.sensitive.iter().chain(&self.insensitive).chain(&self.person) {
            table.column(name)?;
        }
        if self.search.is_by_class() {
            return self.run_by_class(table, &levels);
        }
        let codes: Vec<usize> = levels.iter().map(|l| l.level(0).labels().len()).collect();
        let layout = Layout::new(&codes);
        match layout.words() {
            0 | 1 => self.run_with::<u64>(table, &levels, layout, &codes),
            2 => self.run_with::<u128>(table, &levels, layout, &codes),
            3 | 4 => self.run_with::<Wide<4>>(table, &levels, layout, &codes),
            5..=16 => self.run_with::<Wide<16>>(table, &levels, layout, &codes),
            words => Err(Error::key_too_wide(words * 64)),
        }
    }

    fn run_with<K: PackedKey>(
        &self,
        table: &Table,
        levels: &[Levels],
        layout: Layout,
        sizes: &[usize],
    ) -> Result<Outcome> {
        let quasi: Vec<&Column> = self.columns.iter().map(|(n, _)| table.column(n)).collect::<Result<_>>()?;
        let rows = num::count(table.rows());
        if u32::try_from(rows).is_err() {
            return Err(Error::too_many_rows(rows));
        }

        let person = self.repeating_person(table)?;
        let mut counted_names: Vec<&str> = self.models.iter().filter_map(|m| m.column()).collect();
        counted_names.sort_unstable();
        counted_names.dedup();
        let counted: Vec<&Column> = counted_names.iter().map(|n| table.column(n)).collect::<Result<_>>()?;
        let packing = packing::<K>(levels, &layout, &vec![0; levels.len()]);
        let codings: Vec<Coding> = counted.iter().map(|column| Coding::new(column, None)).collect();
        let codes = codings.iter().map(|coding| coding.codes().to_vec()).collect();
        let mut counter = Counter::new(packing.clone(), codes, person.is_some());
        counter.add(&Batch {
            quasi: quasi.iter().map(|c| Codes::U32(c.codes())).collect(),
            counted: counted.iter().map(|c| Codes::U32(c.codes())).collect(),
            person: person.map(|p| Codes::U32(p.codes())),
        });
        let base = counter.finish();
        let counted = codings
            .iter()
            .zip(&base.counts.counted)
            .map(|(coding, lists)| {
                let mut rows = vec![0u64; coding.codes().len()];
                for class in 0..base.len() {
                    lists.for_each(class, |value, n| rows[num::index(value)] += u64::from(n));
                }
                CountedColumn { whole: coding.whole(rows), value_of_pair: None }
            })
            .collect();
        let rows_of_code = marginals(&base, &layout, sizes);
        let fine_rows = quasi.iter().zip(levels).map(|(column, levels)| {
            (levels.level(0).labels().len() < column.dictionary_len()).then(|| {
                let mut rows = vec![0u64; column.dictionary_len()];
                column.codes().iter().for_each(|&code| rows[num::index(code)] += 1);
                rows
            })
        });
        let columns: Vec<(&Levels, f64)> = levels.iter().map(|l| (l, 1.0)).collect();
        let costs = Costs::new(&columns, &rows_of_code, &fine_rows.collect::<Vec<_>>());
        let ranges: Vec<_> = levels.iter().map(|l| 0..=l.height()).collect();
        let lattice = Lattice::new(&ranges, search::MAX_NODES);
        if lattice.len().is_none() {
            return Err(Error::lattice_too_large(lattice.size()));
        }
        let problem = Problem {
            lattice,
            base: Arc::new(base),
            costs,
            metric: self.metric,
            max_suppressed_rows: allowed_rows(rows, self.max_suppressed),
            layout,
            steps: Steps::new(levels),
            models: &self.models,
            counted,
            counted_by_model: self
                .models
                .iter()
                .map(|m| m.column().and_then(|c| counted_names.iter().position(|n| *n == c)))
                .collect(),
        };
        self.refuse_impossible_k(table, person, rows)?;
        let Some(found) = search::optimal(&problem) else { return Err(self.infeasible(&problem)) };

        let histogram = problem.classes(&found.node);
        let judged = problem.judge(&histogram, &found.node, rows);
        let holds = judged.map(|j| j.holds).unwrap_or_default();
        let kept = problem.costs.kept(&found.node, &problem.layout, &histogram, &holds, Sums::All);
        let kept_rows =
            kept_rows(&quasi, levels, &problem.layout, &found.node, &histogram.keys.to_vec(), &holds);
        let sizes = histogram.counts.rows.iter().zip(&holds).filter(|(_, h)| **h).map(|(&r, _)| u64::from(r));
        let mut outcome = Outcome {
            names: Vec::new(),
            columns: Vec::new(),
            kept_rows,
            frozen: None,
            report: Report {
                levels: self.columns.iter().map(|(n, _)| n.clone()).zip(found.node.iter().copied()).collect(),
                search: self.search,
                optimal: self.search == Search::Optimal,
                nodes_checked: found.nodes_checked,
                lattice_nodes: u64::try_from(problem.lattice.size()).unwrap_or(u64::MAX),
                rows,
                suppressed_rows: kept.suppressed_rows,
                classes: kept.classes,
                min_class: sizes.clone().min().unwrap_or(0),
                max_class: sizes.clone().max().unwrap_or(0),
                class_sizes: ClassSizes::of(sizes),
                k_with_insensitive: 0,
                lower_bound: None,
                gap: None,
                quality: problem.costs.quality(&found.node, &kept),
                models: self.models.iter().map(|m| m.name()).collect(),
            },
        };
        self.fill(&mut outcome, table, levels, &found.node)?;
        outcome.report.k_with_insensitive =
            self.k_with_insensitive(table, &outcome)?.unwrap_or(outcome.report.min_class);
        Ok(outcome)
    }

    /// The released columns, in the order of the table.
    fn fill(&self, outcome: &mut Outcome, table: &Table, levels: &[Levels], node: &[usize]) -> Result<()> {
        for (name, column) in table.iter() {
            if let Some(i) = self.columns.iter().position(|(n, _)| n == name) {
                let level = levels[i].level(node[i]);
                let codes =
                    outcome.kept_rows.iter().map(|&r| level.codes()[num::index(column.codes()[r])]).collect();
                outcome.columns.push(Column::from_codes(codes, level.labels())?);
            } else if self.sensitive.iter().chain(&self.insensitive).any(|n| n == name) {
                outcome.columns.push(column.select(&outcome.kept_rows));
            } else {
                continue;
            }
            outcome.names.push(name.to_owned());
        }
        Ok(())
    }

    /// The smallest class when the insensitive columns count as well; none without insensitive columns.
    pub(super) fn k_with_insensitive(&self, table: &Table, outcome: &Outcome) -> Result<Option<u64>> {
        if self.insensitive.is_empty() {
            return Ok(None);
        }
        let released = outcome.table()?;
        let names = self.columns.iter().map(|(n, _)| n).chain(&self.insensitive);
        let columns: Vec<&Column> = names.map(|n| released.column(n)).collect::<Result<_>>()?;
        let class_of_row = report::classes(&columns, released.rows());
        let persons = self.repeating_person(table)?.map(|person| person.select(&outcome.kept_rows));
        Ok(report::smallest(&class_of_row, persons.as_ref()))
    }

    /// The column that names the person, if some person has several rows.
    pub(super) fn repeating_person<'t>(&self, table: &'t Table) -> Result<Option<&'t Column>> {
        let Some(name) = &self.person else { return Ok(None) };
        let column = table.column(name)?;
        if column.dictionary_len() == column.len() {
            return Ok(None);
        }
        if self.models.iter().any(|m| m.column().is_some()) {
            return Err(Error::diversity_of_repeated_persons(name));
        }
        Ok(Some(column))
    }

    pub(super) fn refuse_impossible_k(
        &self,
        table: &Table,
        person: Option<&Column>,
        rows: u64,
    ) -> Result<()> {
        let (size, counted) = match person {
            Some(column) => (num::count(column.dictionary_len()), "persons"),
            None => (rows, "rows"),
        };
        for model in &self.models {
            if let Some(Guarantee::KAnonymity { k }) = model.guarantee()
                && k > size
            {
                return Err(Error::k_exceeds_table(k, counted, size));
            }
            if let Some(Guarantee::DistinctLDiversity { l, column }) = model.guarantee() {
                let sensitive = table.column(column)?;
                let missing = u64::from(sensitive.missing_code().is_some());
                let distinct = num::count(sensitive.dictionary_len()) - missing;
                if l > distinct {
                    return Err(Error::l_exceeds_column(l, column, distinct));
                }
            }
        }
        Ok(())
    }

    fn infeasible<K: PackedKey>(&self, problem: &Problem<'_, K>) -> Error {
        self.infeasible_rows(problem.base.total(), problem.max_suppressed_rows, suppressed_at_top(problem))
    }

    /// The refusal when the best leaves out `best` rows, and at most `allowed` of `rows` may be.
    pub(super) fn infeasible_rows(&self, rows: u64, allowed: u64, best: u64) -> Error {
        // Rounded up to 1e-6, then on until the share allows that many rows.
        let mut millionths = (best * 1_000_000).div_ceil(rows.max(1));
        while allowed_rows(rows, num::to_f64(millionths) / 1e6) < best {
            millionths += 1;
        }
        let names: Vec<String> = self.models.iter().map(|m| m.name()).collect();
        Error::infeasible(
            &names.join(", "),
            allowed,
            rows,
            best,
            &format!("max_suppressed = {}", num::to_f64(millionths) / 1e6),
        )
    }
}

impl AnonymizerBuilder {
    /// The values of `column` may become coarser by `hierarchy`.
    #[must_use]
    pub fn quasi_identifier(mut self, column: impl Into<String>, hierarchy: Hierarchy) -> Self {
        self.columns.push((column.into(), hierarchy));
        self
    }

    /// `column` is released as it is, and models may count its values.
    #[must_use]
    pub fn sensitive(mut self, column: impl Into<String>) -> Self {
        self.sensitive.push(column.into());
        self
    }

    /// `column` is released as it is. The report says what the smallest class is when it counts as well.
    #[must_use]
    pub fn insensitive(mut self, column: impl Into<String>) -> Self {
        self.insensitive.push(column.into());
        self
    }

    /// `column` names the person, so that classes count persons and not rows. It is not released.
    #[must_use]
    pub fn person(mut self, column: impl Into<String>) -> Self {
        self.person = Some(column.into());
        self
    }

    /// Each class must meet `model`. Several models must all hold.
    #[must_use]
    pub fn model(mut self, model: impl PrivacyModel + 'static) -> Self {
        self.models.push(Box::new(model));
        self
    }

    /// The share of rows that may be left out. The default is none.
    #[must_use]
    pub fn max_suppressed(mut self, share: f64) -> Self {
        self.max_suppressed = Some(share);
        self
    }

    /// What to minimize. The default is [`Metric::Loss`].
    #[must_use]
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metric = Some(metric);
        self
    }

    /// How to search. The default is [`Search::Optimal`].
    #[must_use]
    pub fn search(mut self, search: Search) -> Self {
        self.search = Some(search);
        self
    }

    /// At most this many looks at a class, for [`Search::Local`]. Without, it ends when little is gained. The
    /// result does not depend on time, so a limit in steps can be repeated.
    #[must_use]
    pub fn max_steps(mut self, steps: u64) -> Self {
        self.max_steps = Some(steps);
        self
    }

    /// The checked request.
    ///
    /// # Errors
    /// `Parameter` without a quasi-identifying column or a model, if a column has two roles, if a model
    /// counts a column that is not sensitive, or if the share is outside 0 to 1.
    pub fn build(self) -> Result<Anonymizer> {
        let max_suppressed = self.max_suppressed.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&max_suppressed) {
            return Err(Error::suppression_limit(max_suppressed));
        }
        if self.columns.is_empty() {
            return Err(Error::no_quasi_identifier());
        }
        if self.models.is_empty() {
            return Err(Error::no_model());
        }
        let (search, metric) = (self.search.unwrap_or_default(), self.metric.unwrap_or_default());
        if search.is_by_class() && matches!(metric, Metric::Discernibility | Metric::AverageClassSize) {
            return Err(Error::metric_of_classes());
        }
        let mut names: Vec<&String> = self
            .columns
            .iter()
            .map(|(n, _)| n)
            .chain(&self.sensitive)
            .chain(&self.insensitive)
            .chain(&self.person)
            .collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|w| w[0] == w[1]) {
            return Err(Error::repeated_role(twice[0]));
        }
        for model in &self.models {
            if let Some(column) = model.column().filter(|c| !self.sensitive.iter().any(|s| s == c)) {
                return Err(Error::model_column_not_sensitive(&model.name(), column));
            }
        }
        Ok(Anonymizer {
            columns: self.columns,
            sensitive: self.sensitive,
            insensitive: self.insensitive,
            person: self.person,
            models: self.models,
            max_suppressed,
            metric: self.metric.unwrap_or_default(),
            search: self.search.unwrap_or_default(),
            max_steps: self.max_steps,
        })
    }
}

impl Outcome {
    /// The released rows, in the order of the input: shuffle them before they leave.
    ///
    /// # Errors
    /// None in practice: the columns are of one length by construction.
    pub fn table(&self) -> Result<Table> {
        Table::new(self.names.iter().cloned().zip(self.columns.iter().cloned()))
    }

    /// The input's row numbers (from 0) that are released, in order.
    #[must_use]
    pub fn kept_rows(&self) -> &[usize] {
        &self.kept_rows
    }

    /// What was done, and what it cost.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl Anonymizer {
    /// What the outcome establishes about `release`, for the card.
    #[must_use]
    pub fn claims(&self, release: &str, report: &Report) -> Vec<Claim> {
        let columns: Vec<String> = self.columns.iter().map(|(n, _)| n.clone()).collect();
        let mut claims = Vec::new();
        for model in &self.models {
            match model.guarantee() {
                Some(Guarantee::KAnonymity { k }) => {
                    let statement = Statement::KAnonymity {
                        k,
                        columns: columns.clone(),
                        insensitive: self.insensitive.clone(),
                        with_insensitive: (!self.insensitive.is_empty()).then_some(report.k_with_insensitive),
                    };
                    claims
                        .push(Claim::new(release, Check::Recomputed, statement).assuming(
                            "an attacker knows at most the quasi-identifying columns about anyone",
                        ));
                    if let Some(person) = &self.person {
                        let statement = Statement::PersonKAnonymity {
                            k,
                            columns: columns.clone(),
                            person: person.clone(),
                        };
                        claims.push(Claim::new(release, Check::Replayable, statement));
                    }
                }
                Some(Guarantee::DistinctLDiversity { l, column }) => {
                    let statement = Statement::DistinctLDiversity {
                        l,
                        sensitive: column.to_owned(),
                        columns: columns.clone(),
                    };
                    claims.push(Claim::new(release, Check::Recomputed, statement));
                }
                _ => {}
            }
        }
        claims
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome").field("report", &self.report).finish_non_exhaustive()
    }
}

/// The largest whole number of rows within the share. Rounds down: never one row too many.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= share * rows <= 2^32")]
pub(super) fn allowed_rows(rows: u64, share: f64) -> u64 {
    ((num::to_f64(rows) * share).floor() as u64).min(rows)
}

/// For each column, the bits of a key at `node` by code of its dictionary.
fn packing<K: PackedKey>(levels: &[Levels], layout: &Layout, node: &[usize]) -> Vec<Vec<K>> {
    let columns = levels.iter().zip(layout.fields()).zip(node);
    columns
        .map(|((l, &field), &level)| l.level(level).codes().iter().map(|&c| K::of(field, c)).collect())
        .collect()
}

/// The rows whose class at `node` holds.
fn kept_rows<K: PackedKey>(
    quasi: &[&Column],
    levels: &[Levels],
    layout: &Layout,
    node: &[usize],
    classes: &[K],
    holds: &[bool],
) -> Vec<usize> {
    let rows = quasi.first().map_or(0, |c| c.len());
    if holds.iter().all(|&h| h) {
        return (0..rows).collect();
    }
    let index = KeyIndex::of(classes.iter().copied());
    let packing = packing::<K>(levels, layout, node);
    let codes: Vec<Codes<'_>> = quasi.iter().map(|c| Codes::U32(c.codes())).collect();
    let mut kept = Vec::with_capacity(rows);
    let mut keys = [K::ZERO; 2048];
    for start in (0..rows).step_by(keys.len()) {
        let keys = &mut keys[..(rows - start).min(2048)];
        pack(&packing, &codes, start, keys);
        let holds = |key: K| index.number(key).is_some_and(|class| holds[num::index(class)]);
        kept.extend((start..).zip(&*keys).filter(|(_, key)| holds(**key)).map(|(row, _)| row));
    }
    kept
}

/// Rows of each code of each column.
fn marginals<K: PackedKey>(base: &Histogram<K>, layout: &Layout, codes: &[usize]) -> Vec<Vec<u64>> {
    let mut rows: Vec<Vec<u64>> = codes.iter().map(|&n| vec![0; n]).collect();
    for (class, &n) in base.counts.rows.iter().enumerate() {
        let key = base.keys.of(class);
        for (rows, &field) in rows.iter_mut().zip(layout.fields()) {
            rows[num::index(key.get(field))] += u64::from(n);
        }
    }
    rows
}

/// Rows suppressed at the coarsest node: the fewest of all nodes when the models are monotone.
fn suppressed_at_top<K: PackedKey>(problem: &Problem<'_, K>) -> u64 {
    let top = problem.lattice.coarsest();
    problem.judge(&problem.classes(top), top, u64::MAX).map_or(0, |judged| judged.suppressed_rows)
}
