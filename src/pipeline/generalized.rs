//! Releases under privacy models: classes are searched over the whole table.

use super::{
    keys::Keys,
    later,
    pass::Input,
    plan::{PlannedRows, PlannedTable},
    policy::{ModelSpec, Policy, Rule, TableRelease},
    record,
    summary::ReleaseSummary,
};
use crate::{
    error::{Error, Result},
    evidence::Utility,
    kanon::{Anonymizer, AnonymizerBuilder, Role},
    num,
    table::{Column, Table},
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
        for column in &release.columns {
            let declared = input.column(column)?;
            builder = match (&declared.hierarchy, declared.role) {
                (Some(hierarchy), _) => builder.quasi_identifier(column, hierarchy.clone()),
                (None, Role::Sensitive) => builder.sensitive(column),
                _ => builder.insensitive(column),
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

/// The release `name`, and what should be known about it.
pub(super) fn plan(
    policy: &Policy,
    (name, release): (&str, &TableRelease),
    keys: &Keys,
    input: &Input,
) -> Result<(PlannedTable, Vec<String>)> {
    let search = release.search.unwrap_or_default();
    let anonymizer = policy.anonymizer(release, &release.models)?.build()?;
    let columns = &policy.inputs[&release.input].columns;
    let hierarchy = |c: &&String| columns[*c].hierarchy.as_ref();
    let quasi: Vec<&str> =
        release.columns.iter().filter(|c| hierarchy(c).is_some()).map(String::as_str).collect();
    let verbatim = release
        .columns
        .iter()
        .filter(|c| hierarchy(c).is_some_and(crate::kanon::Hierarchy::is_declared))
        .cloned()
        .collect();
    let outcome = match &release.frozen {
        Some(path) => {
            let recoding = later::read_frozen(policy, path)?;
            anonymizer.run_frozen(&recoding, &input.table, release.too_few)?
        }
        None => anonymizer.run(&input.table)?,
    };
    let mut inside = Vec::new();
    if release.frozen.is_none() {
        inside.extend(later::freeze(name, &outcome)?);
    }
    if let Some(spec) = &release.membership {
        let k = release.models.iter().filter_map(ModelSpec::k).max();
        let person = policy.inputs[&release.input].person.as_deref();
        let who = (person, quasi.as_slice());
        let key = (keys.get(&spec.key)?, k);
        inside.push(later::check(policy, spec, name, key, &input.table, &outcome, who)?);
    }
    let report = outcome.report();
    let mut warnings = Vec::new();
    warnings.extend(check_insensitive(policy, name, release, report.k_with_insensitive)?);
    if report.rows > 0 && report.suppressed_rows * 10 > report.rows {
        warnings.push(format!("release '{name}' leaves out more than a tenth of the rows"));
    }
    if report.levels.is_empty() {
        warnings.push(format!(
            "release '{name}': each class has levels of its own, no coarser than they must be, so part of them can \
             be undone by reasoning about the search (downcoding applies)"
        ));
    }
    let released = outcome.table()?;
    let table = Table::new(
        release
            .columns
            .iter()
            .map(|c| Ok((c.clone(), released.column(c)?.clone())))
            .collect::<Result<Vec<_>>>()?,
    )?;
    let order = order(policy, keys, name, &table);
    let planned = PlannedTable {
        claims: anonymizer.claims(name, report),
        utility: Some(Utility::new(
            report.levels.clone(),
            search.word().to_owned(),
            report.optimal,
            (report.quality.loss * 1e4).round() / 1e4,
        )),
        class_sizes: Some(report.class_sizes.clone()),
        detections: std::collections::BTreeMap::new(),
        summary: ReleaseSummary::Generalized(Box::new(report.clone())),
        rows: PlannedRows::Held { table, order, verbatim },
        inside,
    };
    Ok((planned, warnings))
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
fn order(policy: &Policy, keys: &Keys, release: &str, table: &Table) -> Vec<usize> {
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
