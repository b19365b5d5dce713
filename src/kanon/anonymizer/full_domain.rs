//! One level for a whole column: counting, searching, rewriting.

use std::{collections::HashMap, sync::Arc};

use super::{
    Anonymizer, Outcome, Solution, allowed_rows,
    solution::{Classes, Keep, numbers},
};
use crate::{
    error::{Error, Result},
    kanon::{
        class::{Codes, Histogram, KeyIndex, PackedKey, Steps},
        hierarchy::Levels,
        lattice::Lattice,
        model::{Counts, Ground, Guarantee, PrivacyModel},
        quality::{Costs, Sums},
        report::{ClassSizes, Report},
        search::{self, Found, Problem, Search},
        sensitive::Coding,
        tuples::{AnyHistogram, TupleCounter, Tuples, Wanted, marginals, packing},
    },
    num,
    table::{Column, ColumnBuilder, Table},
};

impl Anonymizer {
    /// A counter for rows whose columns have the dictionaries of `domains`; its rows are not counted. For tables that are
    /// not in memory, or not in this form.
    ///
    /// # Errors
    /// `Refused` if a column is not in `domains`; `Value` if a value is outside its hierarchy; `Policy` if levels do not
    /// nest or bounds of levels do not exist; `Unsupported` if the columns have too many distinct values together.
    ///
    /// # Examples
    /// ```
    /// use incog::{kanon::{Anonymizer, Hierarchy, class::Codes, model::KAnonymity}, table::{Column, Table}};
    /// let domains = Table::new([("zip", Column::from_values(["11", "12", "21"])?)])?;
    /// let request = Anonymizer::builder()
    ///     .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0])?)
    ///     .model(KAnonymity::new(2)?)
    ///     .max_suppressed(0.25)
    ///     .build()?;
    /// let mut counter = request.counter(&domains)?;
    /// let batches: [&[u8]; 2] = [&[0, 1, 1], &[2]];
    /// for codes in batches {
    ///     counter.add(&[Codes::U8(codes)])?;
    /// }
    /// let solution = request.search(&counter.finish())?;
    /// assert_eq!(solution.report().levels["zip"], 1);
    /// assert_eq!(solution.keeps(&[Codes::U8(&[0, 2])]), [true, false]);
    /// assert_eq!(solution.level(0).labels()[0], "1*");
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn counter(&self, domains: &Table) -> Result<TupleCounter> {
        self.counter_of(&Domains::of(domains), self.person.is_some())
    }

    /// With the dictionaries of `domains`; persons are counted if `has_person`.
    fn counter_of(&self, domains: &Domains<'_>, has_person: bool) -> Result<TupleCounter> {
        let counted = self.counted_names();
        let mut levels = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let of_table = column.levels(domains.table.column(&column.name)?)?;
            column.range(of_table.height())?;
            levels.push(match domains.joined.get(&column.name) {
                None => of_table,
                Some(joined) => column.levels(joined).map_err(|e| e.context("the population"))?,
            });
        }
        let mut codings = Vec::with_capacity(counted.len());
        for name in &counted {
            codings.push(self.coding(name, domains.column(name)?)?);
        }
        let person = self.person.iter().filter(|_| has_person);
        let columns: Vec<String> =
            self.columns.iter().map(|c| &c.name).chain(&counted).chain(person).cloned().collect();
        let values = columns.iter().map(|n| domains.column(n).map(Column::dictionary_len));
        TupleCounter::new(Wanted {
            values: values.collect::<Result<_>>()?,
            columns,
            levels,
            codings,
            has_person,
            has_population: self.models.iter().any(|m| matches!(m.counts(), Counts::Population { .. })),
        })
    }

    /// The sensitive columns whose values models count, each once.
    pub(in crate::kanon) fn counted_names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.models.iter().filter_map(|m| m.column()).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// How the values of the sensitive column `name` are numbered.
    pub(in crate::kanon) fn coding(&self, name: &str, column: &Column) -> Result<Coding> {
        let declared = self.sensitive.iter().find(|c| c.name == name);
        let unknown = declared.map_or(&[][..], |c| &c.unknown);
        let levels = match declared.and_then(|c| c.hierarchy.as_ref()) {
            Some(hierarchy) => Some(hierarchy.levels_with(name, column, unknown, false)?),
            None => None,
        };
        let coding = Coding::new(column, unknown, levels.as_ref());
        for model in self.models.iter().filter(|m| m.column() == Some(name)) {
            if let (Some(Guarantee::TCloseness { ground: Ground::Ordered, .. }), Some(code)) =
                (model.guarantee(), coding.no_number())
            {
                let row = column.first_row(code).map_or(0, |r| num::count(r) + 1);
                return Err(Error::not_ordered(&model.name(), name, row));
            }
        }
        Ok(coding)
    }

    /// Searches among the generalizations with one level per column.
    ///
    /// # Errors
    /// `Refused` if the table is smaller than k, or if no generalization meets the models within the allowed suppression:
    /// the message names changes that would; `Unsupported` if the request is larger than the search takes on, or if the
    /// search gives each class levels of its own.
    pub fn search(&self, tuples: &Tuples) -> Result<Solution> {
        if self.search.is_by_class() {
            return Err(Error::search_by_class(self.search.word()));
        }
        let of_population = |m: &&dyn PrivacyModel| matches!(m.counts(), Counts::Population { .. });
        let mut models = self.models.iter().map(AsRef::as_ref);
        if let Some(model) = models.find(of_population).filter(|_| tuples.population_rows == 0) {
            return Err(Error::model_without_population(&model.name()));
        }
        self.refuse_impossible(tuples)?;
        match &tuples.histogram {
            AnyHistogram::One(h) => self.search_in(tuples, h, Keep::One),
            AnyHistogram::Two(h) => self.search_in(tuples, h, Keep::Two),
            AnyHistogram::Four(h) => self.search_in(tuples, h, Keep::Four),
            AnyHistogram::Sixteen(h) => self.search_in(tuples, h, Keep::Sixteen),
        }
    }

    fn search_in<K: PackedKey>(
        &self,
        tuples: &Tuples,
        base: &Arc<Histogram<K>>,
        keep: impl Fn(Classes<K>) -> Keep,
    ) -> Result<Solution> {
        let problem = self.problem(tuples, base)?;
        let found = match self.search {
            Search::BestEffort => search::best_effort(&problem, self.max_steps, self.time_limit),
            _ if problem.lattice.len().is_none() => {
                return Err(Error::lattice_too_large(problem.lattice.size()));
            }
            _ => search::optimal(&problem),
        };
        let Some(found) = found else { return Err(self.infeasible(&problem, tuples)) };
        let histogram = problem.classes(&found.node);
        let judged = problem.judge(&histogram, &found.node, u64::MAX).unwrap_or_default();
        let report = self.report(&problem, tuples, &found, &histogram, &judged.holds);
        let keep = if report.suppressed_rows == 0 {
            Keep::All
        } else {
            let kept: Vec<K> =
                (0..histogram.len()).filter(|&c| judged.holds[c]).map(|c| histogram.keys.of(c)).collect();
            keep(Classes {
                kept: KeyIndex::of(kept.into_iter()),
                packing: packing(&tuples.levels, &tuples.layout, Some(&found.node)),
            })
        };
        let levels = tuples.levels.iter().zip(&found.node).map(|(l, &level)| l.level(level).clone());
        Ok(Solution {
            names: self.columns.iter().map(|c| c.name.clone()).collect(),
            shares: shares(&tuples.levels, &found.node),
            levels: levels.collect(),
            keep,
            report,
        })
    }

    pub(in crate::kanon) fn problem<'a, K: PackedKey>(
        &'a self,
        tuples: &'a Tuples,
        base: &Arc<Histogram<K>>,
    ) -> Result<Problem<'a, K>> {
        let levels = &tuples.levels;
        let weighted: Vec<(&Levels, f64)> =
            levels.iter().zip(&self.columns).map(|(l, c)| (l, c.weight)).collect();
        let rows_of_code = marginals(base, &tuples.layout, levels);
        let ranges =
            levels.iter().zip(&self.columns).map(|(l, c)| c.range(l.height())).collect::<Result<Vec<_>>>()?;
        let allowed = allowed_rows(tuples.rows, self.max_suppressed);
        let Some(max_suppressed_rows) = allowed.checked_sub(tuples.outside_rows) else {
            return Err(Error::too_many_outside(tuples.outside_rows, allowed));
        };
        let counted_names = self.counted_names();
        Ok(Problem {
            lattice: Lattice::new(&ranges, search::MAX_NODES),
            base: base.clone(),
            costs: Costs::new(&weighted, &rows_of_code, &tuples.fine_rows, tuples.outside_rows),
            metric: self.metric,
            max_suppressed_rows,
            layout: tuples.layout.clone(),
            steps: Steps::new(levels),
            models: &self.models,
            counted: tuples.counted.clone(),
            counted_by_model: self
                .models
                .iter()
                .map(|m| m.column().and_then(|c| counted_names.iter().position(|n| n == c)))
                .collect(),
        })
    }

    fn report<K: PackedKey>(
        &self,
        problem: &Problem<'_, K>,
        tuples: &Tuples,
        found: &Found,
        histogram: &Histogram<K>,
        holds: &[bool],
    ) -> Report {
        let node = &found.node;
        let kept = problem.costs.kept(node, &problem.layout, histogram, holds, Sums::All);
        let sizes = histogram.counts.rows.iter().zip(holds).filter(|(_, h)| **h).map(|(&r, _)| u64::from(r));
        let min_class = sizes.clone().min().unwrap_or(0);
        let quality = problem.costs.quality(node, &kept);
        let score = self.metric.of(&quality);
        let names = || self.columns.iter().map(|c| c.name.clone());
        Report {
            levels: names().zip(node.iter().copied()).collect(),
            search: self.search,
            optimal: found.is_optimal,
            nodes_checked: found.nodes_checked,
            lattice_nodes: u64::try_from(problem.lattice.size()).unwrap_or(u64::MAX),
            rows: tuples.rows,
            suppressed_rows: kept.suppressed_rows,
            classes: kept.classes,
            min_class,
            max_class: sizes.clone().max().unwrap_or(0),
            class_sizes: ClassSizes::of(sizes),
            k_with_insensitive: min_class,
            lower_bound: Some(found.lower_bound.min(score)),
            gap: (score > 0.0).then(|| ((score - found.lower_bound) / score).max(0.0)),
            quality,
            models: self.models.iter().map(|m| m.name()).collect(),
            column_loss: names().zip(problem.costs.losses(node, &kept)).collect(),
            findings: search::findings(problem, histogram, node, holds),
            groups: std::collections::BTreeMap::new(),
        }
    }

    /// The tuples of a table in memory.
    #[cfg(feature = "dp")]
    pub(in crate::kanon) fn tuples(&self, table: &Table) -> Result<Tuples> {
        let mut counter = self.counter_of(&Domains::of(table), false)?;
        counter.add(&codes(table, counter.columns())?)?;
        Ok(counter.finish())
    }

    /// Counts, searches and rewrites a table in memory.
    pub(super) fn run_with_levels(&self, table: &Table, population: Option<&Table>) -> Result<Outcome> {
        let has_person = self.repeating_person(table)?.is_some();
        let mut domains = Domains::of(table);
        let codes_of_population = match population {
            Some(population) => domains.join(population, self.columns.iter().map(|c| &c.name))?,
            None => Vec::new(),
        };
        let mut counter = self.counter_of(&domains, has_person)?;
        counter.add(&codes(table, counter.columns())?)?;
        if population.is_some() {
            counter.add_population(&codes_of_population.iter().map(|c| Codes::U32(c)).collect::<Vec<_>>())?;
        }
        let solution = self.search(&counter.finish())?;
        let kept_rows = numbers(&solution.keeps(&codes(table, solution.columns())?));
        let mut outcome = Outcome {
            names: Vec::new(),
            columns: Vec::new(),
            kept_rows,
            frozen: None,
            shares: solution.shares,
            report: solution.report,
        };
        for (name, column) in table.iter() {
            if let Some(i) = solution.names.iter().position(|n| n == name) {
                let level = &solution.levels[i];
                let general = |&row: &usize| level.codes()[num::index(column.codes()[row])];
                let codes = outcome.kept_rows.iter().map(general).collect();
                outcome.columns.push(Column::from_codes(codes, level.labels())?);
            } else if self.is_kept(name) {
                outcome.columns.push(column.select(&outcome.kept_rows));
            } else {
                continue;
            }
            outcome.names.push(name.to_owned());
        }
        self.complete(table, &mut outcome)?;
        Ok(outcome)
    }
}

/// The dictionaries of a table, some of them joined with those of another.
struct Domains<'t> {
    table: &'t Table,
    joined: HashMap<String, Column>,
}

impl<'t> Domains<'t> {
    fn of(table: &'t Table) -> Self {
        Domains { table, joined: HashMap::new() }
    }

    fn column(&self, name: &str) -> Result<&Column> {
        self.joined.get(name).map_or_else(|| self.table.column(name), Ok)
    }

    /// Joins the dictionaries of `columns` with those of `other`: the codes of its rows in them.
    fn join<'n>(
        &mut self,
        other: &Table,
        columns: impl Iterator<Item = &'n String>,
    ) -> Result<Vec<Vec<u32>>> {
        let mut codes = Vec::new();
        for name in columns {
            let (here, there) = (self.table.column(name)?, other.column(name)?);
            // Each value once, those of the table first, so that its codes stay as they are.
            let mut builder = ColumnBuilder::default();
            let mut index: HashMap<Option<&str>, u32> = HashMap::new();
            let mut new_codes = Vec::new();
            for (column, is_other) in [(here, false), (there, true)] {
                for (code, value) in (0u32..).zip(column.dictionary()) {
                    let value = (Some(code) != column.missing_code()).then_some(value);
                    let next = u32::try_from(index.len()).map_err(|_| Error::too_many_values())?;
                    let number = *index.entry(value).or_insert(next);
                    if number == next {
                        match value {
                            None => builder.push_missing()?,
                            Some(value) => builder.push(value)?,
                        }
                    }
                    if is_other {
                        new_codes.push(number);
                    }
                }
            }
            codes.push(there.codes().iter().map(|&c| new_codes[num::index(c)]).collect());
            self.joined.insert(name.clone(), builder.finish());
        }
        Ok(codes)
    }
}

/// The codes of `columns` of `table`.
fn codes<'t>(table: &'t Table, columns: &[String]) -> Result<Vec<Codes<'t>>> {
    columns.iter().map(|name| Ok(Codes::U32(table.column(name)?.codes()))).collect()
}

/// For each column and generalized code, the share of the domain that it stands for.
fn shares(levels: &[Levels], node: &[usize]) -> Vec<Vec<f64>> {
    let share = |(levels, &level): (&Levels, &usize)| {
        let leaves = levels.level(level).leaves();
        leaves.iter().map(|&n| num::to_f64(n) / num::to_f64(levels.domain().max(1))).collect()
    };
    levels.iter().zip(node).map(share).collect()
}
