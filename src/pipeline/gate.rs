//! The gate: attacks on a table before it leaves, against persons who were held back from it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    Progress,
    keys::Keys,
    policy::{ColumnPolicy, Form, Gate, InputPolicy, Policy, Release, TableRelease},
    write::Written,
};
use crate::{
    audit::table::{AttackReport, Attacker, ControlSplit, LinkSearch, Links, Meaning, Minimality},
    claim::{Check, Claim, Statement},
    error::{Error, Result},
    kanon::{Hierarchy, Role},
    num,
    table::{Column, Rows, Table},
};

/// Attacks on the tables of a release, as the internal folder keeps them. They say more about the raw data than the release
/// does.
///
/// # Examples
/// ```
/// use incog::pipeline::{AttackOptions, Policy, Replace, SILENT};
/// # let here = std::env::temp_dir().join(format!("incog-doc-attacks-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n52\n55\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// let policy = || Policy::parse(policy, &here);
/// let applied = policy()?.plan(SILENT)?.apply(&here.join("release"), Replace::No, SILENT)?;
/// let attacks = policy()?.attack(applied.folder(), AttackOptions::new(), SILENT)?;
/// let report = &attacks.releases["table"];
/// for attack in &report.attacks {
///     println!("{attack}");
/// }
/// assert_eq!((report.rows, report.control), (5, 0), "without a gate nobody was held back");
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Attacks {
    /// The largest upper limit at which a release leaves; none without a gate.
    pub max_excess_risk: Option<f64>,
    /// For each release under models what was tried.
    pub releases: BTreeMap<String, AttackReport>,
    /// Of a release folder: the values of each released table that stand in the texts of another release there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<ReleaseLinks>,
}

/// What the texts of one release tell about the rows of another.
///
/// # Examples
/// A note names a ward that two rows have:
/// ```
/// use incog::pipeline::{AttackOptions, Policy, Replace, SILENT};
/// # let here = std::env::temp_dir().join(format!("incog-doc-links-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "ward,note\nA1,no news\nA1,no news\nB7,moved to ward b7\nB7,no news\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "documentation"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # ward = { role = "quasi" }
/// # note = { role = "text", action = "scrub" }
/// # [release.table]
/// # columns = ["ward"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # [release.notes]
/// # columns = ["note"]
/// # "#;
/// # let policy = || Policy::parse(policy, &here);
/// # let applied = policy()?.plan(SILENT)?.apply(&here.join("release"), Replace::No, SILENT)?;
/// let attacks = policy()?.attack(applied.folder(), AttackOptions::new(), SILENT)?;
/// let found = &attacks.links[0];
/// assert_eq!((found.table.as_str(), found.texts.as_str()), ("table", "notes"));
/// assert_eq!((found.links.text_rows, found.links.rows_to_few), (4, 1));
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReleaseLinks {
    /// The release whose values were looked for.
    pub table: String,
    /// The release with texts.
    pub texts: String,
    /// What was found.
    #[serde(flatten)]
    pub links: Links,
}

/// What is tried otherwise than the gate says.
///
/// # Examples
/// Two rows are few, or not:
/// ```
/// use incog::pipeline::{AttackOptions, Policy, Replace, SILENT};
/// # let here = std::env::temp_dir().join(format!("incog-doc-attack-options-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "ward,note\nA1,no news\nA1,no news\nB7,moved to ward b7\nB7,no news\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "documentation"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # ward = { role = "quasi" }
/// # note = { role = "text", action = "scrub" }
/// # [release.table]
/// # columns = ["ward"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # [release.notes]
/// # columns = ["note"]
/// # "#;
/// # let policy = || Policy::parse(policy, &here);
/// # let applied = policy()?.plan(SILENT)?.apply(&here.join("release"), Replace::No, SILENT)?;
/// let to_few = |options| policy()?.attack(applied.folder(), options, SILENT).map(|attacks| attacks.links[0].links.rows_to_few);
/// assert_eq!(to_few(AttackOptions::new().few(3))?, 1);
/// assert_eq!(to_few(AttackOptions::new().few(2))?, 0);
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct AttackOptions<'t> {
    auxiliary: Option<&'t Table>,
    samples: Option<usize>,
    few: Option<u32>,
}

impl<'t> AttackOptions<'t> {
    /// Nothing is.
    pub fn new() -> Self {
        Self::default()
    }

    /// A register of persons in place of the gate's.
    pub fn auxiliary(mut self, register: &'t Table) -> Self {
        self.auxiliary = Some(register);
        self
    }

    /// Another number of attempts.
    pub fn samples(mut self, samples: usize) -> Self {
        self.samples = Some(samples);
        self
    }

    /// Values that fewer rows than this have are near-unique, in place of 5.
    pub fn few(mut self, few: u32) -> Self {
        self.few = Some(few);
        self
    }
}

impl Policy {
    /// Attacks the tables under models in the release folder `folder`, which this policy made, as its gate says: with the
    /// same persons held back. Without a gate nobody was, so nothing but the attacks themselves is measured.
    ///
    /// Then the values of each table in the folder are looked for in the texts of the others, which have their columns with
    /// role `text`.
    ///
    /// # Errors
    /// As [`plan`](Self::plan) where it reads the input and the keys; `Data` if a released table cannot be read; `Policy` if
    /// the policy has no release under models.
    pub fn attack(
        &self,
        folder: &Path,
        options: AttackOptions<'_>,
        progress: Progress<'_>,
    ) -> Result<Attacks> {
        let keys = Keys::load(self)?;
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
            let released = self.released(folder, name, release)?;
            let held_back = match &self.gate {
                Some(gate) => split(gate, &self.inputs[&release.input], &keys, original)?,
                None => ControlSplit::of_rows((0..original.rows()).collect(), Vec::new()),
            };
            let attempt =
                Attempt { policy: self, release, key: key(&keys, "attack")?, options, origins: None };
            releases.insert(name.clone(), attempt.run(&released, original, &held_back, progress)?);
        }
        if releases.is_empty() {
            return Err(Error::gate_without_table());
        }
        let links = self.links(folder, options.few, progress)?;
        Ok(Attacks { max_excess_risk: self.gate.as_ref().map(|g| g.max_excess_risk), releases, links })
    }

    /// What the texts in `folder` tell about the rows there. Tables are held, texts are read a stretch at a time.
    fn links(&self, folder: &Path, few: Option<u32>, progress: Progress<'_>) -> Result<Vec<ReleaseLinks>> {
        let tables = || {
            self.releases.iter().filter_map(|(name, release)| match release {
                Release::Table(table) => Some((name, table)),
                _ => None,
            })
        };
        let has_text = |of: &TableRelease| {
            let columns = &self.inputs[&of.input];
            of.columns.iter().any(|name| columns.column(name).is_ok_and(|c| c.role == Role::Text))
        };
        let mut found = Vec::new();
        let texts: Vec<(&String, &TableRelease)> = tables().filter(|(_, of)| has_text(of)).collect();
        for (name, of) in tables().filter(|(_, of)| !texts.is_empty() && !has_text(of)) {
            let table = self.released(folder, name, of)?;
            for (texts, of) in &texts {
                let path = self.released_path(folder, texts, of);
                let reading = |e: Error| e.context(format!("reading '{}'", path.display()));
                let mut reader = self.parquet.stretches(&path, self.dialect_of(&of.input))?;
                let mut search = LinkSearch::new(&table, reader.names());
                if let Some(few) = few {
                    search = search.few(few);
                }
                let mut rows = Rows::default();
                while reader.next_rows(&mut rows).map_err(reading)? {
                    for row in 0..rows.len() {
                        search.text_row((0..rows.columns()).map(|column| rows.cell(row, column)));
                    }
                    progress("links to texts", rows.first() + num::count(rows.len()), 0);
                }
                let links = search.finish();
                found.push(ReleaseLinks { table: name.clone(), texts: (*texts).clone(), links });
            }
        }
        Ok(found)
    }

    /// Where the table of the release `name` is in `folder`: what comes of Parquet is Parquet.
    fn released_path(&self, folder: &Path, name: &str, release: &TableRelease) -> PathBuf {
        let written = match self.inputs[&release.input].form {
            Form::Parquet => Written::Parquet,
            _ => Written::Csv(self.dialect_of(&release.input)),
        };
        folder.join(written.file(name))
    }

    fn released(&self, folder: &Path, name: &str, release: &TableRelease) -> Result<Table> {
        self.parquet.table(&self.released_path(folder, name, release), self.dialect_of(&release.input))
    }
}

/// The persons who are held back from the tables of an input: those that a key of the policy draws.
pub(super) fn split(gate: &Gate, input: &InputPolicy, keys: &Keys, table: &Table) -> Result<ControlSplit> {
    ControlSplit::keyed(&key(keys, "control")?, gate.control, table, input.person.as_deref())
}

/// Tries on `released` what the gate says. `kept` names the row of the members that each of its rows was made from.
pub(super) fn attack(
    policy: &Policy,
    release: &TableRelease,
    keys: &Keys,
    (released, original, split): (&Table, &Table, &ControlSplit),
    kept: &[usize],
    progress: Progress<'_>,
) -> Result<AttackReport> {
    let origins: Vec<usize> = kept.iter().map(|&row| split.members()[row]).collect();
    let origins = Some(origins.as_slice());
    let attempt =
        Attempt { policy, release, key: key(keys, "attack")?, options: AttackOptions::new(), origins };
    attempt.run(released, original, split, progress)
}

/// Whether the release may leave.
pub(super) fn decide(gate: &Gate, report: &AttackReport) -> Result<()> {
    let worst = report.worst().ok_or_else(Error::nothing_tried)?;
    if worst.excess.upper <= gate.max_excess_risk {
        return Ok(());
    }
    let others = report.exceeding(gate.max_excess_risk).count() - 1;
    Err(Error::excess_risk(worst, others, gate.max_excess_risk))
}

/// What the card says of a release that may leave: the limit, and not the figures, which say more about the raw data.
pub(super) fn claim(release: &str, gate: &Gate, report: &AttackReport, is_keyed: bool) -> Option<Claim> {
    let mut attacks: Vec<String> = Vec::new();
    for attack in report.attacks.iter().filter(|a| a.decides) {
        if !attacks.contains(&attack.name) {
            attacks.push(attack.name.clone());
        }
    }
    let wants = attacks.iter().any(|name| name == "inference");
    let statement = Statement::ExcessRisk {
        columns: report.known.clone(),
        sensitive: if wants { report.sensitive.clone() } else { Vec::new() },
        max_excess: gate.max_excess_risk,
        confidence: CONFIDENCE,
        control: gate.control,
        attacks,
    };
    let alike = if is_keyed {
        "members and persons held back are alike: who is held back is a keyed draw"
    } else {
        "members and persons held back are alike: the policy has no key, so who is held back is a draw that anyone can repeat who \
         knows their ids, or their rows where nobody is named"
    };
    (report.worst().is_some()).then(|| {
        Claim::new(release, Check::Measured, statement).assuming(alike).assuming(
            "the confidence is that of each attack; of several, one is outside of its interval more often",
        )
    })
}

struct Attempt<'p> {
    policy: &'p Policy,
    release: &'p TableRelease,
    key: [u8; 32],
    options: AttackOptions<'p>,
    /// The original row of each released one, before they are shuffled.
    origins: Option<&'p [usize]>,
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
        let own = match gate.and_then(|g| g.auxiliary.as_ref()).filter(|_| self.options.auxiliary.is_none()) {
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
            attacker = attacker.meaning(name, meaning(name, column, original.column(name)?));
        }
        if let Some(person) = &input.person {
            attacker = attacker.person(person);
        }
        if let Some(gate) = gate {
            attacker = attacker.attacks(gate.attacks.iter().copied());
        }
        if let Some(samples) = self.options.samples.or(gate.and_then(|g| g.samples)) {
            attacker = attacker.samples(samples);
        }
        if let Some(register) = self.options.auxiliary.or(own.as_ref()) {
            attacker = attacker.register(register);
        }
        if self.release.frozen.is_none() {
            let by_class = self.release.search.unwrap_or_default().is_by_class();
            attacker =
                attacker.minimality(if by_class { Minimality::EachClass } else { Minimality::WholeColumns });
        }
        if let Some(origins) = self.origins {
            attacker = attacker.origins(origins.iter().copied());
        }
        if let Some(few) = self.options.few {
            attacker = attacker.few(few);
        }
        Ok(attacker.build()?.run(progress))
    }

    /// The register at `path`: delimited text like the input, or Parquet.
    fn register(&self, path: &str) -> Result<Table> {
        let path = self.policy.folder.join(path);
        self.policy.parquet.table(&path, self.policy.dialect_of(&self.release.input))
    }
}

/// That of the intervals of [`Excess`](crate::audit::table::Excess).
const CONFIDENCE: f64 = 0.95;

/// A key of the policy for this purpose; without one a fixed number stands in, and who is held back can be worked out.
fn key(keys: &Keys, purpose: &str) -> Result<[u8; 32]> {
    let parts = ["incog", "gate", purpose];
    Ok(match keys.any() {
        Some(key) => key.derive(&parts).mac(b"gate"),
        None => crate::digest::sha256(parts.join(" ").as_bytes()),
    })
}

/// What the names of groups in a released column stand for, and which are next finer. Cells whose text says what they stand for
/// are read from their text, so that no fault of a hierarchy hides from the attacks.
fn meaning(name: &str, policy: &ColumnPolicy, column: &Column) -> Meaning {
    let mut meaning = Meaning::default();
    if let Some(mark) = policy.missing.first() {
        meaning = meaning.group(mark, policy.missing.iter().map(String::as_str).chain([""]));
    }
    let Some(hierarchy) = &policy.hierarchy else {
        return column.dictionary().fold(meaning, |meaning, value| meaning.steps([value, "*"]));
    };
    if hierarchy.levels(name, column).is_ok() {
        return with_lines(meaning, name, hierarchy, column);
    }
    // Values that the hierarchy has no place for leave no row, but may be a person's of the control.
    let each = column.dictionary().filter_map(|value| Column::from_values([value]).ok());
    each.fold(meaning, |meaning, one| with_lines(meaning, name, hierarchy, &one))
}

/// With a line for each value that the hierarchy has.
fn with_lines(meaning: Meaning, name: &str, hierarchy: &Hierarchy, column: &Column) -> Meaning {
    let Ok(levels) = hierarchy.levels(name, column) else { return meaning };
    (0u32..).zip(column.dictionary()).fold(meaning, |meaning, (code, value)| {
        let labels = (0..=levels.height()).map(|level| levels.label(level, code));
        if hierarchy.is_declared() { meaning.line(value, labels) } else { meaning.steps(labels) }
    })
}
