//! The gate: attacks on a table before it leaves, against persons who were held back from it.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use super::{
    Progress,
    keys::Keys,
    policy::{ColumnPolicy, Gate, InputPolicy, Policy, Release, TableRelease},
};
use crate::{
    audit::table::{AttackReport, Attacker, ControlSplit, Meaning},
    error::{Error, Result},
    kanon::{Hierarchy, Role},
    pseudonym::{KeyProvider, SystemKeys},
    table::{Column, Table, csv},
};

/// Attacks on the tables of a release, as the internal folder keeps them. They say more about the raw data than the release
/// does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Attacks {
    /// The largest upper limit at which a release leaves; none without a gate.
    pub max_excess_risk: Option<f64>,
    /// For each release under models what was tried.
    pub releases: BTreeMap<String, AttackReport>,
}

impl Policy {
    /// Attacks the tables under models in the release folder `folder`, which this policy made, as its gate says: with the
    /// same persons held back. Without a gate nobody was, so nothing but the attacks themselves is measured.
    ///
    /// `auxiliary` is a register in place of the gate's, `samples` another number of attempts.
    ///
    /// # Errors
    /// As [`plan`](Self::plan) where it reads the input and the keys; `Data` if a released table cannot be read; `Policy` if
    /// the policy has no release under models.
    pub fn attack(
        &self,
        folder: &Path,
        auxiliary: Option<&Table>,
        samples: Option<usize>,
        progress: Progress<'_>,
    ) -> Result<Attacks> {
        self.attack_with_keys(folder, (auxiliary, samples), &SystemKeys::new(&self.folder), progress)
    }

    /// The same with keys from `provider`.
    ///
    /// # Errors
    /// As [`attack`](Self::attack).
    pub fn attack_with_keys(
        &self,
        folder: &Path,
        (auxiliary, samples): (Option<&Table>, Option<usize>),
        provider: &dyn KeyProvider,
        progress: Progress<'_>,
    ) -> Result<Attacks> {
        let keys = Keys::load(self, provider)?;
        let mut releases = BTreeMap::new();
        let mut inputs: BTreeMap<&str, Table> = BTreeMap::new();
        for (name, release) in &self.releases {
            let Release::Table(release) = release else { continue };
            if release.models.is_empty() {
                continue;
            }
            if !inputs.contains_key(release.input.as_str()) {
                inputs.insert(&release.input, self.read_input(&release.input, progress)?.table);
            }
            let original = &inputs[release.input.as_str()];
            let path = folder.join(format!("{name}.csv"));
            let (released, _) = csv::read_path(&path, self.dialect_of(&release.input))?;
            let held_back = match &self.gate {
                Some(gate) => split(gate, &self.inputs[&release.input], &keys, original)?,
                None => ControlSplit::of_rows((0..original.rows()).collect(), Vec::new()),
            };
            let attempt = Attempt { policy: self, release, key: key(&keys, "attack")?, auxiliary, samples };
            releases.insert(name.clone(), attempt.run(&released, original, &held_back, progress)?);
        }
        if releases.is_empty() {
            return Err(Error::gate_without_table());
        }
        Ok(Attacks { max_excess_risk: self.gate.as_ref().map(|g| g.max_excess_risk), releases })
    }
}

/// The persons who are held back from the tables of an input: those that a key of the policy draws.
pub(super) fn split(gate: &Gate, input: &InputPolicy, keys: &Keys, table: &Table) -> Result<ControlSplit> {
    ControlSplit::keyed(&key(keys, "control")?, gate.control, table, input.person.as_deref())
}

/// Tries on `released` what the gate says.
pub(super) fn attack(
    policy: &Policy,
    release: &TableRelease,
    keys: &Keys,
    (released, original, split): (&Table, &Table, &ControlSplit),
    progress: Progress<'_>,
) -> Result<AttackReport> {
    let attempt = Attempt { policy, release, key: key(keys, "attack")?, auxiliary: None, samples: None };
    attempt.run(released, original, split, progress)
}

/// Whether the release may leave.
pub(super) fn decide(gate: &Gate, report: &AttackReport) -> Result<()> {
    let Some(worst) = report.worst().filter(|worst| worst.excess.upper > gate.max_excess_risk) else {
        return Ok(());
    };
    let others = report.exceeding(gate.max_excess_risk).count() - 1;
    Err(Error::excess_risk(worst, others, gate.max_excess_risk))
}

struct Attempt<'p> {
    policy: &'p Policy,
    release: &'p TableRelease,
    key: [u8; 32],
    auxiliary: Option<&'p Table>,
    samples: Option<usize>,
}

impl Attempt<'_> {
    fn run(
        &self,
        released: &Table,
        original: &Table,
        split: &ControlSplit,
        progress: Progress<'_>,
    ) -> Result<AttackReport> {
        let input = &self.policy.inputs[&self.release.input];
        let gate = self.policy.gate.as_ref();
        let own = match gate.and_then(|g| g.auxiliary.as_ref()).filter(|_| self.auxiliary.is_none()) {
            Some(path) => Some(self.register(path)?),
            None => None,
        };
        let mut attacker = Attacker::builder(released, original, split).key(self.key);
        for name in &self.release.columns {
            let column = input.column(name)?;
            attacker = match column.role {
                Role::Sensitive => attacker.sensitive([name]),
                _ => attacker.known([name]),
            };
            if let Some(meaning) = meaning(name, column, original.column(name)?) {
                attacker = attacker.meaning(name, meaning);
            }
        }
        if let Some(person) = &input.person {
            attacker = attacker.person(person);
        }
        if let Some(gate) = gate {
            attacker = attacker.attacks(gate.attacks.iter().copied());
        }
        if let Some(samples) = self.samples.or(gate.and_then(|g| g.samples)) {
            attacker = attacker.samples(samples);
        }
        if let Some(register) = self.auxiliary.or(own.as_ref()) {
            attacker = attacker.register(register);
        }
        Ok(attacker.build()?.run(progress))
    }

    /// The register at `path`, written like the input.
    fn register(&self, path: &str) -> Result<Table> {
        let path = self.policy.folder.join(path);
        let (table, _) = csv::read_path(&path, self.policy.dialect_of(&self.release.input))?;
        Ok(table)
    }
}

/// A key of the policy for this purpose; without one a fixed number stands in, and who is held back can be worked out.
fn key(keys: &Keys, purpose: &str) -> Result<[u8; 32]> {
    let parts = ["incog", "gate", purpose];
    Ok(match keys.any() {
        Some(key) => key.derive(&parts).mac(b"gate"),
        None => crate::digest::sha256(parts.join(" ").as_bytes()),
    })
}

/// What the names of groups in a released column stand for. Cells whose text says what they stand for are read from their
/// text, so that no fault of a hierarchy hides from the attacks.
fn meaning(name: &str, policy: &ColumnPolicy, column: &Column) -> Option<Meaning> {
    let mut meaning = Meaning::default();
    if let Some(mark) = policy.missing.first() {
        meaning = meaning.group(mark, policy.missing.iter().map(String::as_str).chain([""]));
    }
    let hierarchy = policy.hierarchy.as_ref().filter(|h| h.is_declared());
    let Some(hierarchy) = hierarchy else { return (!policy.missing.is_empty()).then_some(meaning) };
    // Values that the hierarchy has no place for leave no row, but may be a person's of the control.
    let each = |value: &str| Column::from_values([value]).ok().map(|one| groups(name, hierarchy, &one));
    let found = match hierarchy.levels(name, column) {
        Ok(_) => groups(name, hierarchy, column),
        Err(_) => column.dictionary().filter_map(each).flatten().collect(),
    };
    for (group, value) in found {
        meaning = meaning.group(group, [value]);
    }
    Some(meaning)
}

/// Each value with each group that it is in.
fn groups(name: &str, hierarchy: &Hierarchy, column: &Column) -> Vec<(String, String)> {
    let Ok(levels) = hierarchy.levels(name, column) else { return Vec::new() };
    let values = (0u32..).zip(column.dictionary());
    let in_levels = |(code, value): (u32, &str)| {
        (0..=levels.height())
            .map(|l| (levels.label(l, code).to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    };
    values.flat_map(in_levels).collect()
}
