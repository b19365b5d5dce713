//! The paved path of searches that give each class a generalization of its own.

use crate::{
    error::{Error, Result},
    kanon::{
        Metric,
        anonymizer::{Anonymizer, Outcome, allowed_rows},
        code,
        frozen::FrozenRecoding,
        hierarchy::{Hierarchy, Levels, TOP},
        local::{self, CountedColumn, Ground, Space},
        model::{Class, Counts, Guarantee, PrivacyModel, Reference, Scope, Whole},
        mondrian::{self, Axis, Extent},
        recoded::{Cell, Recoded, RecodedColumn},
        report::{ClassSizes, Findings, Report},
        search::Search,
        sensitive::Coding,
    },
    num,
    table::{Column, Table},
};

/// What a search found.
pub(super) struct Found {
    pub(super) recoded: Recoded,
    pub(super) steps: u64,
    pub(super) least: Option<f64>,
}

impl Anonymizer {
    /// Local recoding of `table`, or cuts after Mondrian.
    pub(super) fn run_by_class(&self, table: &Table, levels: &[Levels]) -> Result<Outcome> {
        let quasi: Vec<&Column> =
            self.columns.iter().map(|c| table.column(&c.name)).collect::<Result<_>>()?;
        let rows = num::count(table.rows());
        if u32::try_from(rows).is_err() {
            return Err(Error::too_many_rows(rows));
        }
        let pairs: Vec<(&Column, &Levels)> = quasi.iter().copied().zip(levels).collect();
        let rows_of_node = rows_of_nodes(&pairs);
        let n = num::to_f64(rows.max(2));
        let cost = |column: usize, level: usize, general: u32| -> f64 {
            let levels = &levels[column];
            match self.metric {
                Metric::Precision => {
                    num::to_f64(num::count(level)) / num::to_f64(num::count(levels.height().max(1)))
                }
                Metric::Entropy => {
                    num::to_f64(rows_of_node[column][level][num::index(general)].max(1)).log2() / n.log2()
                }
                _ if levels.domain() <= 1 => 0.0,
                _ => {
                    let leaves = levels.level(level).leaves()[num::index(general)];
                    num::to_f64(leaves.saturating_sub(1)) / num::to_f64(levels.domain() - 1)
                }
            }
        };
        let space = Space::new(&pairs, &cost);
        let person = self.repeating_person(table)?;
        if let (Some(_), Some(name), true) =
            (person, &self.person, self.models.iter().any(|m| m.column().is_some()))
        {
            return Err(Error::diversity_of_repeated_persons(name));
        }
        self.refuse_impossible_k(table, person, rows)?;
        self.refuse_unsupported_locally()?;
        let (counted, counted_by_model) = self.counted(table, person)?;
        let persons = person.map(|_| counted.len() - 1);
        let wholes: Vec<Option<Whole>> = counted.iter().map(|c| c.whole.clone()).collect();
        let ground = Ground::new(&space, &quasi, &counted, table.rows());
        let others: Vec<&Column> = table.iter().filter(|(n, _)| self.is_kept(n)).map(|(_, c)| c).collect();
        let allowed = allowed_rows(rows, self.max_suppressed);
        // Classes compared with the released rows are compared with all of them: what is left out would move the others.
        let of_released = |m: &dyn PrivacyModel| m.reference() == Reference::Released && m.column().is_some();
        let may_leave_out = if self.models.iter().any(|m| of_released(m.as_ref())) { 0 } else { allowed };
        let mut request = local::Request {
            space: &space,
            ground: &ground,
            models: &self.models,
            wholes: &wholes,
            counted_by_model: &counted_by_model,
            least_rows: 1,
            persons,
            max_suppressed_rows: may_leave_out,
            max_steps: self.max_steps,
        };
        let axes: Vec<Axis> =
            self.columns.iter().zip(levels).map(|(c, levels)| axis(&c.hierarchy, levels)).collect();
        // Models of the release as a whole are met by larger classes: by a quarter more each time.
        let found = loop {
            let refused = |best| self.infeasible_rows(rows, allowed, best);
            let (columns, shares, steps, least) =
                if matches!(self.search, Search::Local | Search::CellSuppression) {
                    let found = local::recode(&request).map_err(refused)?;
                    let columns = (0..levels.len())
                        .map(|i| {
                            let nodes: Vec<Extent> =
                                found.places.iter().map(|p| Extent::Node(p[i])).collect();
                            recoded_column(&space, i, &levels[i], &rows_of_node[i], &axes[i], &nodes)
                        })
                        .collect();
                    (columns, found.shares, found.steps, Some(found.least_cells))
                } else {
                    let strict = self.search == Search::Mondrian;
                    let parts = local::cut(&request, &axes, strict).ok_or_else(|| refused(rows))?;
                    let (extents, shares) = mondrian::classes(&space, &ground, &axes, &parts);
                    let columns = (0..levels.len())
                        .map(|i| {
                            let of_class: Vec<Extent> = extents.iter().map(|e| e[i]).collect();
                            recoded_column(&space, i, &levels[i], &rows_of_node[i], &axes[i], &of_class)
                        })
                        .collect();
                    (columns, shares, num::count(parts.len()), None)
                };
            let class_of_row = local::class_of_rows(&ground, &shares, &others);
            let recoded = Recoded { columns, class_of_row }.merged();
            let sizes = ClassSizes::of(recoded.sizes().into_iter().filter(|&s| s > 0));
            if self.models.iter().all(|m| m.admits(&sizes)) || u64::from(request.least_rows) >= rows {
                let cells = num::to_f64(rows) * num::to_f64(num::count(levels.len()));
                let least = least.and_then(|least| match self.metric {
                    Metric::Loss | Metric::Precision => Some(least / cells),
                    Metric::Entropy => {
                        Some(least * n.log2() - quasi.iter().map(|c| fine_entropy(c)).sum::<f64>())
                    }
                    _ => None,
                });
                break Found { recoded, steps, least };
            }
            request.least_rows += request.least_rows.div_ceil(4);
        };
        self.outcome(table, &pairs, found, allowed)
    }

    /// The columns that models count, with the person at the end if it repeats, and which of them each model looks at.
    fn counted<'t>(
        &self,
        table: &'t Table,
        person: Option<&'t Column>,
    ) -> Result<(Vec<CountedColumn<'t>>, Vec<Option<usize>>)> {
        let mut names: Vec<&str> = self.models.iter().filter_map(|m| m.column()).collect();
        names.sort_unstable();
        names.dedup();
        let mut counted = Vec::with_capacity(names.len() + 1);
        for name in &names {
            let column = table.column(name)?;
            let coding = self.coding(name, column)?;
            let mut rows = vec![0u64; column.dictionary_len()];
            column.codes().iter().for_each(|&c| rows[num::index(coding.codes()[num::index(c)])] += 1);
            let whole = Some(coding.whole(rows));
            counted.push(CountedColumn { column, codes: coding.codes().to_vec(), whole });
        }
        // A missing person counts as one person.
        counted.extend(person.map(|column| {
            let codes = Coding::new(column, &[], None).codes().to_vec();
            CountedColumn { column, codes, whole: None }
        }));
        let by_model =
            self.models.iter().map(|m| m.column().and_then(|c| names.iter().position(|n| *n == c))).collect();
        Ok((counted, by_model))
    }

    /// Models that count what a class does not have when each has levels of its own.
    fn refuse_unsupported_locally(&self) -> Result<()> {
        let unsupported = |m: &&dyn PrivacyModel| {
            matches!(m.counts(), Counts::Population { .. }) || m.scope() == Scope::Surroundings
        };
        match self.models.iter().map(AsRef::as_ref).find(unsupported) {
            Some(model) => Err(Error::model_of_one_level_per_column(&model.name())),
            None => Ok(()),
        }
    }

    /// The outcome, with every class counted anew from the rows it has.
    pub(super) fn outcome(
        &self,
        table: &Table,
        pairs: &[(&Column, &Levels)],
        found: Found,
        allowed: u64,
    ) -> Result<Outcome> {
        let Found { mut recoded, steps, least } = found;
        let rows = num::count(table.rows());
        // A model that compares with what is released may fail when something is left out: until nothing changes.
        let just_valid_classes = loop {
            let (holds, just_valid) = self.classes_hold(table, &recoded)?;
            if holds.iter().zip(recoded.sizes()).all(|(holds, rows)| *holds || rows == 0) {
                break just_valid;
            }
            recoded.drop_classes(&holds);
        };
        let sizes = ClassSizes::of(recoded.sizes().into_iter().filter(|&s| s > 0));
        if !self.models.iter().all(|m| m.admits(&sizes)) {
            return Err(self.infeasible_rows(rows, allowed, rows));
        }
        let kept_rows: Vec<usize> =
            recoded.class_of_row.iter().enumerate().filter(|(_, c)| c.is_some()).map(|(r, _)| r).collect();
        let suppressed_rows = rows - num::count(kept_rows.len());
        if suppressed_rows > allowed {
            return Err(self.infeasible_rows(rows, allowed, suppressed_rows));
        }
        let fine: Vec<f64> = pairs.iter().map(|(column, _)| fine_entropy(column)).collect();
        let sizes: Vec<u64> = recoded.sizes().into_iter().filter(|&s| s > 0).collect();
        let quality = recoded.quality(&fine);
        let score = self.metric.of(&quality);
        let mut outcome = Outcome {
            names: Vec::new(),
            columns: Vec::new(),
            kept_rows,
            frozen: recoded.tuples().map(|tuples| {
                FrozenRecoding::new(self.columns.iter().map(|c| c.name.clone()).collect(), tuples)
            }),
            report: Report {
                levels: std::collections::BTreeMap::new(),
                search: self.search,
                optimal: false,
                nodes_checked: steps,
                lattice_nodes: 0,
                rows,
                suppressed_rows,
                classes: num::count(sizes.len()),
                min_class: sizes.iter().copied().min().unwrap_or(0),
                max_class: sizes.iter().copied().max().unwrap_or(0),
                class_sizes: ClassSizes::of(sizes.iter().copied()),
                k_with_insensitive: 0,
                lower_bound: least,
                gap: least.filter(|_| score > 0.0).map(|least| ((score - least) / score).max(0.0)),
                quality,
                models: self.models.iter().map(|m| m.name()).collect(),
                column_loss: self.columns.iter().map(|c| c.name.clone()).zip(recoded.losses()).collect(),
                findings: Findings { just_valid_classes, ..Findings::default() },
                groups: std::collections::BTreeMap::new(),
            },
            shares: recoded.shares(),
        };
        for (name, column) in table.iter() {
            let released = if let Some(i) = self.columns.iter().position(|c| c.name == *name) {
                recoded.column(i, &outcome.kept_rows)?
            } else if self.is_kept(name) {
                column.select(&outcome.kept_rows)
            } else {
                continue;
            };
            outcome.columns.push(released);
            outcome.names.push(name.to_owned());
        }
        self.complete(table, &mut outcome)?;
        Ok(outcome)
    }

    /// Which classes meet all models, counted from the rows; and how many have exactly as much as some model asks for.
    fn classes_hold(&self, table: &Table, recoded: &Recoded) -> Result<(Vec<bool>, u64)> {
        let person = self.repeating_person(table)?;
        let sizes = recoded.sizes();
        let persons = match person {
            Some(column) => {
                let codes: Vec<u32> = (0..code(column.dictionary_len())).collect();
                values_of_classes(column, &codes, recoded).iter().map(|v| num::count(v.len())).collect()
            }
            None => sizes.clone(),
        };
        let mut holds: Vec<bool> = sizes.iter().map(|&s| s > 0).collect();
        let mut just_valid = vec![false; holds.len()];
        let (counted, by_model) = self.counted(table, None)?;
        let values: Vec<Vec<Vec<(u32, u32)>>> =
            counted.iter().map(|c| values_of_classes(c.column, &c.codes, recoded)).collect();
        for (model, counted_column) in self.models.iter().zip(by_model) {
            let whole = counted_column.and_then(|c| match (model.reference(), &counted[c].whole) {
                (Reference::Released, Some(whole)) => {
                    let mut rows = vec![0u64; whole.rows().len()];
                    let released = values[c].iter().flatten();
                    released.for_each(|&(value, n)| rows[num::index(value)] += u64::from(n));
                    Some(whole.with_rows(rows))
                }
                (_, whole) => whole.clone(),
            });
            for (class, holds) in holds.iter_mut().enumerate().filter(|(_, h)| **h) {
                let entries = counted_column.map_or(&[][..], |c| &values[c][class]);
                let counts = Class::new(sizes[class], persons[class], entries);
                let counts = whole.as_ref().map_or(counts, |whole| counts.within(whole));
                *holds = model.holds(&counts);
                just_valid[class] |= match model.guarantee() {
                    Some(Guarantee::KAnonymity { k } | Guarantee::PersonK { k }) => persons[class] == k,
                    Some(Guarantee::DistinctLDiversity { l, .. }) => {
                        num::count(counts.known_values().len()) == l
                    }
                    _ => false,
                };
            }
        }
        let just_valid = holds.iter().zip(just_valid).filter(|(holds, just)| **holds && *just);
        let just_valid = num::count(just_valid.count());
        Ok((holds, just_valid))
    }
}

/// The values of a column in each class with their rows, ascending.
fn values_of_classes(column: &Column, codes: &[u32], recoded: &Recoded) -> Vec<Vec<(u32, u32)>> {
    let mut cells: Vec<(u32, u32)> = recoded
        .class_of_row
        .iter()
        .zip(column.codes())
        .filter_map(|(class, &value)| class.map(|c| (c, codes[num::index(value)])))
        .collect();
    cells.sort_unstable();
    let mut of_class = vec![Vec::new(); recoded.classes()];
    for run in cells.chunk_by(|a, b| a == b) {
        of_class[num::index(run[0].0)].push((run[0].1, code(run.len())));
    }
    of_class
}

/// Rows of the input under each generalized code, by column and level.
fn rows_of_nodes(pairs: &[(&Column, &Levels)]) -> Vec<Vec<Vec<u64>>> {
    pairs
        .iter()
        .map(|(column, levels)| {
            let mut of_value = vec![0u64; column.dictionary_len()];
            column.codes().iter().for_each(|&c| of_value[num::index(c)] += 1);
            (0..=levels.height())
                .map(|l| {
                    let level = levels.level(l);
                    let mut rows = vec![0; level.labels().len()];
                    for (&general, n) in level.codes().iter().zip(&of_value) {
                        rows[num::index(general)] += n;
                    }
                    rows
                })
                .collect()
        })
        .collect()
}

/// How Mondrian cuts a column.
fn axis(hierarchy: &Hierarchy, levels: &Levels) -> Axis {
    if !hierarchy.is_ordered() {
        return Axis::Tree;
    }
    // Level-0 nodes are numbered by their labels. Dates are in order as text, missing values first.
    let labels = sorted_labels(levels);
    let by_number: Option<Vec<f64>> = labels
        .iter()
        .map(|(label, _)| if label.is_empty() { Some(f64::NEG_INFINITY) } else { label.trim().parse().ok() })
        .collect();
    let mut order: Vec<u32> = (0..code(labels.len())).collect();
    if let Some(numbers) = &by_number {
        order.sort_by(|&a, &b| numbers[num::index(a)].total_cmp(&numbers[num::index(b)]).then(a.cmp(&b)));
    }
    let mut ranks = vec![0; labels.len()];
    for (rank, &node) in (0u32..).zip(&order) {
        ranks[num::index(node)] = rank;
    }
    let has_missing = labels.first().is_some_and(|(label, _)| label.is_empty());
    Axis::Ordered { domain: code(labels.len()), has_missing, ranks }
}

/// Labels of level 0 with their codes, in the order of the nodes of the space.
fn sorted_labels(levels: &Levels) -> Vec<(&str, usize)> {
    let labels = levels.level(0).labels().iter();
    let mut sorted: Vec<(&str, usize)> = labels.enumerate().map(|(i, l)| (l.as_str(), i)).collect();
    sorted.sort_unstable();
    sorted
}

/// The cells of one column, from the extents of the classes.
fn recoded_column(
    space: &Space,
    column: usize,
    levels: &Levels,
    rows: &[Vec<u64>],
    axis: &Axis,
    of_class: &[Extent],
) -> RecodedColumn {
    let height = num::to_f64(num::count(levels.height().max(1)));
    let mut distinct = of_class.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let of_level_0 = sorted_labels(levels);
    let cell = |extent: &Extent| match (*extent, axis) {
        (Extent::Range(low, high), Axis::Ordered { ranks, domain, has_missing }) => {
            if *has_missing && low == 0 && high > 0 {
                return everything(levels, rows);
            }
            let inside: Vec<usize> = (0..ranks.len()).filter(|&n| (low..=high).contains(&ranks[n])).collect();
            let code_at =
                |rank: u32| ranks.iter().position(|&r| r == rank).map_or(0, |node| of_level_0[node].1);
            let (first, last) = (code_at(low), code_at(high));
            let label = |code: usize| levels.level(0).labels()[code].as_str();
            let width = num::to_f64(u64::from(high - low));
            Cell {
                label: range_label(label(first), label(last)),
                leaves: inside.iter().map(|&n| levels.level(0).leaves()[of_level_0[n].1]).sum(),
                height: width / num::to_f64(u64::from((*domain).max(2) - 1)),
                rows: inside.iter().map(|&n| rows[0][of_level_0[n].1]).sum(),
                level: None,
            }
        }
        (Extent::Node(node), _) => match space.origin(column, node) {
            Some((l, general)) => {
                let at = num::index(general);
                let level = levels.level(l);
                Cell {
                    label: level.labels()[at].clone(),
                    leaves: level.leaves()[at],
                    height: num::to_f64(num::count(l)) / height,
                    rows: rows[l][at],
                    level: Some(l),
                }
            }
            // Values that have nothing in common: no class of a local recoding, but Mondrian may have no cut.
            None => everything(levels, rows),
        },
        (Extent::Range(..), Axis::Tree) => everything(levels, rows),
    };
    let cells = distinct.iter().map(cell).collect();
    let of_class = of_class.iter().map(|e| code(distinct.partition_point(|d| d < e))).collect();
    RecodedColumn { domain: levels.domain(), cells, of_class }
}

/// The cell that says nothing.
fn everything(levels: &Levels, rows: &[Vec<u64>]) -> Cell {
    let rows = rows[0].iter().sum();
    Cell { label: TOP.to_owned(), leaves: levels.domain(), height: 1.0, rows, level: None }
}

/// From `first` to `last`, both inside.
fn range_label(first: &str, last: &str) -> String {
    if first == last { first.to_owned() } else { format!("[{first}, {last}]") }
}

/// The sum over rows of log2 of the rows that hold the same value.
fn fine_entropy(column: &Column) -> f64 {
    let mut rows = vec![0u64; column.dictionary_len()];
    column.codes().iter().for_each(|&c| rows[num::index(c)] += 1);
    // Sorted, so that the sum does not depend on the order of rows.
    rows.sort_unstable();
    rows.iter().filter(|&&n| n > 0).map(|&n| num::to_f64(n) * num::to_f64(n).log2()).sum()
}
