//! Releases under privacy models: classes are searched over the whole table.

use super::{
    keys::Keys,
    later,
    plan::{PlannedRows, PlannedTable},
    policy::{ModelSpec, Policy, Rule, TableRelease},
    record,
    shown::Shown,
    summary::ReleaseSummary,
};
use crate::{
    claim::{Claim, ComparedWith, GroundDistance, Statement},
    error::{Error, Result},
    evidence::Utility,
    kanon::{Anonymizer, AnonymizerBuilder, Hierarchy, Outcome, Report, Role},
    num,
    table::{Column, Table, csv::defused},
};

impl Policy {
    /// The request of a release, with `models` in place of its own.
    pub(super) fn anonymizer(
        &self,
        release: &TableRelease,
        models: &[ModelSpec],
    ) -> Result<AnonymizerBuilder> {
        let input = &self.inputs[&release.input];
        let mut builder = Anonymizer::builder()
            .max_suppressed(release.max_suppressed)
            .metric(release.metric)
            .search(release.search.unwrap_or_default());
        if let Some(steps) = release.max_steps {
            builder = builder.max_steps(steps);
        }
        if let Some(limit) = release.time_limit {
            builder = builder.time_limit(limit);
        }
        for column in &release.compare {
            builder = builder.compare_groups(column);
        }
        for column in &release.columns {
            let declared = input.column(column)?;
            builder = match (declared.quasi(column), declared.sensitive(column)) {
                (Some(quasi), _) => builder.quasi_identifier_with(quasi),
                (None, Some(sensitive)) => builder.sensitive(sensitive),
                (None, None) => builder.insensitive(column),
            };
        }
        // The person is counted, not released.
        if let Some(person) = &input.person {
            builder = builder.person(person);
        }
        for model in models {
            builder = model.add_to(builder)?;
        }
        Ok(builder)
    }
}

/// What became of the rows of a release.
pub(super) struct Generalized {
    pub(super) anonymizer: Anonymizer,
    pub(super) outcome: Outcome,
    /// The released rows, in the order of the input.
    pub(super) table: Table,
    /// The columns whose values were written by whoever wrote the policy.
    pub(super) verbatim: Vec<String>,
}

/// Searches classes among the rows `raw`.
pub(super) fn run(policy: &Policy, release: &TableRelease, raw: &Table) -> Result<Generalized> {
    let anonymizer = policy.anonymizer(release, &release.models)?.build()?;
    let outcome = match &release.frozen {
        Some(path) => {
            let recoding = later::read_frozen(policy, path)?;
            anonymizer.run_frozen(&recoding, raw, release.too_few)?
        }
        None => match population(policy, release)? {
            Some(population) => anonymizer.run_within(raw, &population)?,
            None => anonymizer.run(raw)?,
        },
    };
    let mut released: Vec<(String, Column)> = outcome.table()?.into_columns().collect();
    released.sort_by_key(|(name, _)| release.columns.iter().position(|c| c == name));
    let is_declared = |c: &&&str| {
        policy.inputs[&release.input].columns[**c].hierarchy.as_ref().is_some_and(Hierarchy::is_declared)
    };
    let verbatim = quasi(policy, release).iter().filter(is_declared).map(|c| (*c).to_owned()).collect();
    Ok(Generalized { anonymizer, outcome, table: Table::new(released)?, verbatim })
}

/// The quasi-identifying columns of `release`.
fn quasi<'r>(policy: &Policy, release: &'r TableRelease) -> Vec<&'r str> {
    let columns = &policy.inputs[&release.input].columns;
    let is_quasi = |c: &&String| columns[*c].role == Role::Quasi;
    release.columns.iter().filter(is_quasi).map(String::as_str).collect()
}

/// The release `name` of the rows `raw`, and what should be known about it.
pub(super) fn plan(
    policy: &Policy,
    (name, release): (&str, &TableRelease),
    keys: &Keys,
    raw: &Table,
) -> Result<(PlannedTable, Vec<String>)> {
    let search = release.search.unwrap_or_default();
    let Generalized { anonymizer, outcome, table, verbatim } = run(policy, release, raw)?;
    let quasi = quasi(policy, release);
    let mut inside = Vec::new();
    if release.frozen.is_none() {
        inside.extend(later::freeze(name, &outcome)?);
    }
    if let Some(spec) = &release.membership {
        let k = release.models.iter().filter_map(ModelSpec::k).max();
        let person = policy.inputs[&release.input].person.as_deref();
        let who = (person, quasi.as_slice());
        let key = (keys.get(&spec.key)?, k);
        inside.push(later::check(policy, spec, name, key, raw, &outcome, who)?);
    }
    let report = outcome.report();
    let mut warnings = Vec::new();
    if report.classes > 0 {
        warnings.extend(check_insensitive(policy, name, release, report.k_with_insensitive)?);
    } else {
        warnings.push(format!("release '{name}' holds no rows: all of them are left out"));
    }
    if report.rows > 0 && report.suppressed_rows * 10 > report.rows {
        warnings.push(format!("release '{name}' leaves out more than a tenth of the rows"));
    }
    warnings.extend(known(name, release, report));
    let claims = anonymizer
        .claims(name, raw, &outcome)?
        .into_iter()
        .map(|claim| as_written(claim, &mut warnings))
        .collect();
    let order = order(policy, keys, name, &table);
    let planned = PlannedTable {
        claims,
        utility: Some(Utility::new(
            report.levels.clone(),
            search.word().to_owned(),
            report.optimal,
            (report.quality.loss * 1e4).round() / 1e4,
        )),
        shown: Some(Shown::of(raw, &table, &outcome, &quasi)?),
        detections: std::collections::BTreeMap::new(),
        summary: ReleaseSummary::Generalized(Box::new(report.clone())),
        rows: PlannedRows::Held { table, kept: outcome.kept_rows().to_vec(), order, verbatim },
        inside,
    };
    Ok((planned, warnings))
}

/// The population that the models of `release` count, if they do: delimited text like the input, or Parquet.
fn population(policy: &Policy, release: &TableRelease) -> Result<Option<Table>> {
    let Some(path) = release.models.iter().find_map(ModelSpec::population) else { return Ok(None) };
    policy.parquet.table(&policy.folder.join(path), policy.dialect_of(&release.input)).map(Some)
}

/// What should be known of a release under models, beside what it guarantees.
fn known(name: &str, release: &TableRelease, report: &Report) -> Vec<String> {
    let mut warnings = Vec::new();
    let findings = &report.findings;
    if report.levels.is_empty() {
        warnings.push(format!(
            "release '{name}': each class has levels of its own, no coarser than they must be, so part of them can be \
             undone by reasoning about the search (downcoding applies)"
        ));
    } else {
        warnings.push(format!(
            "release '{name}': the levels are no coarser than they must be, so part of them may be undone by reasoning \
             about the search (downcoding)"
        ));
    }
    if findings.just_valid_classes > 0 {
        warnings.push(format!(
            "release '{name}': {} of {} classes would break a model with one row less, which tells who knows the search \
             why they were made (minimality)",
            findings.just_valid_classes, report.classes
        ));
    }
    for (column, rows) in findings.homogeneous_rows.iter().filter(|(_, rows)| **rows > 0) {
        warnings.push(format!(
            "release '{name}': {rows} rows are in classes that share one value of '{column}' (homogeneity); \
             l-diversity or t-closeness would rule that out"
        ));
    }
    for (column, loss) in report.column_loss.iter().filter(|(_, loss)| **loss >= NEXT_TO_NOTHING) {
        warnings.push(format!(
            "release '{name}': next to nothing is left of column '{column}' (loss {loss:.2}); give it a hierarchy with levels \
             between its values and '*', or leave it out of columns, and others keep more"
        ));
    }
    if !findings.binding_models.is_empty() && release.models.len() > 1 {
        warnings.push(format!(
            "release '{name}': less would be lost without {}",
            findings.binding_models.join(", or without ")
        ));
    }
    warnings
}

/// The claim with the values that it holds as they are in the released file, where formulas are defused.
fn as_written(mut claim: Claim, warnings: &mut Vec<String>) -> Claim {
    let name = claim.release.clone();
    let mut warn = |column: &str| {
        warnings.push(format!(
            "release '{name}': the card holds the distribution of '{column}' in all rows of the input, which is public \
             then; reference = \"released\" compares with the released rows instead"
        ));
    };
    let written = |values: &mut Vec<String>| {
        for value in values {
            *value = defused(value).into_owned();
        }
    };
    match &mut claim.statement {
        Statement::DistinctLDiversity { unknown, .. } => written(unknown),
        Statement::EntropyLDiversity { of, .. }
        | Statement::RecursiveLDiversity { of, .. }
        | Statement::NTCloseness { of, .. }
        | Statement::AlphaK { of, .. } => written(&mut of.unknown),
        Statement::TCloseness { of, reference, .. }
        | Statement::BetaLikeness { of, reference, .. }
        | Statement::DeltaDisclosure { of, reference, .. } => {
            written(&mut of.unknown);
            if let ComparedWith::Input { values, .. } = reference {
                *values =
                    std::mem::take(values).into_iter().map(|(v, n)| (defused(&v).into_owned(), n)).collect();
                warn(&of.sensitive);
            }
        }
        _ => {}
    }
    if let Statement::TCloseness { ground: GroundDistance::Hierarchical { groups }, .. } =
        &mut claim.statement
    {
        *groups = std::mem::take(groups).into_iter().map(|(v, g)| (defused(&v).into_owned(), g)).collect();
    }
    claim
}

fn check_insensitive(
    policy: &Policy,
    name: &str,
    release: &TableRelease,
    got: u64,
) -> Result<Option<String>> {
    let target = release.models.iter().filter_map(ModelSpec::k).max();
    let Some(k) = target.filter(|&k| got < k) else { return Ok(None) };
    if !policy.overridden(Rule::KWithInsensitive, name)? {
        let columns = &policy.inputs[&release.input].columns;
        let insensitive = release.columns.iter().filter(|c| columns[*c].role == Role::Insensitive);
        return Err(Error::k_missed_with_insensitive(name, insensitive, k, got));
    }
    Ok(Some(format!("release '{name}': with the insensitive columns k = {got}, overridden by the policy")))
}

/// The rows in an order that depends on what leaves and on the key, not on the order of the input: by a keyed digest of
/// their cells. Without a key in the policy, the digest of the policy stands in, and the order is merely arbitrary.
pub(super) fn order(policy: &Policy, keys: &Keys, release: &str, table: &Table) -> Vec<usize> {
    let order = keys.row_order(policy, release);
    let columns: Vec<&Column> = table.iter().map(|(_, c)| c).collect();
    // Equal rows have equal places, so each distinct row is digested once.
    let class_of_row = crate::kanon::class_numbers(&columns, table.rows());
    let mut places: Vec<u128> = Vec::new();
    let mut cells = Vec::new();
    for (row, &class) in class_of_row.iter().enumerate() {
        if num::index(class) == places.len() {
            cells.clear();
            for column in &columns {
                record::push(&mut cells, column.cell(row).unwrap_or_default());
            }
            places.push(order.place(&cells));
        }
    }
    let mut rows: Vec<usize> = (0..table.rows()).collect();
    rows.sort_by_key(|&row| places[num::index(class_of_row[row])]);
    rows
}

/// A column that loses so much is worth a look: what remains of it, a few cells, costs the others precision.
const NEXT_TO_NOTHING: f64 = 0.95;
