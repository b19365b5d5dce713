//! Making a table of a release again, for those who hold its internal folder, the raw data and the keys.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;

use super::{
    Engine, Progress, gate,
    generalized::{self, Generalized},
    keys::Keys,
    pass::Input,
    plan::PlannedRows,
    policy::{Policy, Release},
    write::{self, AsWritten},
};
use crate::{
    error::{Error, ErrorKind, Result},
    evidence::Remade,
    kanon::{Role, code},
    num,
    pseudonym::KeyProvider,
    table::{Column, csv::defused, parquet::Parquet},
};

/// The policy of a release, as its internal folder has it.
///
/// It makes the tables under models again, and says whose their rows are, so that claims that count persons can be counted
/// again: [`Verifier::replay`](crate::evidence::Verifier::replay). No ledger is charged, no attack is tried, and nothing is
/// written.
///
/// # Examples
/// ```
/// # fn main() -> incog::Result<()> {
/// # let here = std::env::temp_dir().join(format!("incog-doc-replay-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// use incog::{evidence::{Outcome, Verifier}, pipeline::{Policy, Replace, Replay, SILENT}};
/// let rows = "id,age\np1,30s\np1,30s\np2,30s\n";
/// # std::fs::write(here.join("people.csv"), rows).unwrap();
/// let policy = r#"
/// version = 1
/// purpose = "documentation"
/// person = "id"
/// [input]
/// path = "people.csv"
/// [columns]
/// id = { role = "identifying", action = "drop" }
/// age = { role = "quasi" }
/// [release.table]
/// columns = ["age"]
/// models = [{ k_anonymity = 2 }]
/// search = "optimal"
/// "#;
/// let plan = Policy::parse(policy, &here)?.plan(SILENT)?;
/// let applied = plan.apply(&here.join("out"), Replace::No, SILENT)?;
///
/// let replay = Replay::open(applied.internal_folder())?;
/// let remake = |release: &str| replay.table(release, SILENT);
/// let no_text = |_: &[String], _: u16, _: &str, _: &str| Ok(0);
/// let verification = Verifier::new(&no_text).replay(&remake).verify(applied.folder())?;
/// let persons = verification.checks.iter().find(|c| c.subject == "internal/claims/1").unwrap();
/// assert_eq!((persons.outcome, persons.detail.as_str()), (Outcome::Holds, "counted in persons: k = 2 persons"));
/// let error = replay.table("notes", SILENT).unwrap_err();
/// assert_eq!(error.to_string(), "the policy has no release 'notes' under models; only such tables are made again");
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok(())
/// # }
/// ```
pub struct Replay {
    policy: Policy,
}

/// What of `input.json` is needed.
#[derive(Deserialize)]
struct Inputs {
    policy_folder: PathBuf,
    inputs: BTreeMap<String, OneInput>,
}

#[derive(Deserialize)]
struct OneInput {
    dropped: Option<Dropped>,
}

#[derive(Deserialize)]
struct Dropped {
    as_of: String,
}

impl Replay {
    /// Of the release whose internal folder is `internal`, with keys from where the policy says.
    ///
    /// # Errors
    /// As [`Policy::of_internal`].
    pub fn open(internal: &Path) -> Result<Self> {
        Policy::of_internal(internal).map(|policy| Replay { policy })
    }

    /// The same with keys from `provider`; as [`Policy::keys`].
    #[must_use]
    pub fn keys(mut self, provider: Arc<dyn KeyProvider>) -> Self {
        self.policy = self.policy.keys(provider);
        self
    }

    /// The same with what reads and writes tables of Parquet; as [`Policy::parquet`].
    #[must_use]
    pub fn parquet(mut self, files: Arc<dyn Parquet>) -> Self {
        self.policy = self.policy.parquet(files);
        self
    }

    /// The same with the input read by `engine`.
    #[must_use]
    pub fn engine(mut self, engine: Arc<dyn Engine>) -> Self {
        self.policy = self.policy.engine(engine);
        self
    }

    /// The table under models of `release`, made again, and whose its rows are. Without a person in the policy, each row is its
    /// own.
    ///
    /// # Errors
    /// `Refused` if the release is none under models; as [`Policy::plan`] where it loads the keys, reads the input and searches, but
    /// `Unsupported` in place of `Refused` where a clock ends the search.
    pub fn table(&self, release: &str, progress: Progress<'_>) -> Result<Remade> {
        let Replay { policy } = self;
        let keys = &Keys::load(policy)?;
        let of = match policy.releases.get(release) {
            Some(Release::Table(of)) if !of.models.is_empty() => of,
            _ => return Err(Error::not_under_models(release)),
        };
        let input = &policy.inputs[&of.input];
        let Input { table: all, written, sha256, .. } = policy.read_input(&of.input, progress)?;
        let raw = match &policy.gate {
            Some(gate) => all.select(gate::split(gate, input, keys, &all)?.members()),
            None => all,
        };
        progress("searching", 0, 0);
        let by_clock = of.time_limit.is_some();
        let Generalized { table, outcome, verbatim, .. } =
            generalized::run(policy, of, &raw).map_err(|e| match e.kind() {
                ErrorKind::Refused if by_clock => Error::search_ended_by_clock(&e),
                _ => e,
            })?;
        let order = generalized::order(policy, keys, release, &table);
        let persons = input.person.as_ref().map(|person| raw.column(person)).transpose()?;
        let person_of = |&row: &usize| {
            let row = outcome.kept_rows()[row];
            persons.map_or_else(|| code(row), |column| column.codes()[row])
        };
        let whose = order.iter().map(person_of).collect();
        let rows = PlannedRows::Held { table, kept: Vec::new(), order, verbatim };
        let as_written = AsWritten::of(policy, written);
        let mut remade = Remade::new(write::digest(release, &of.columns, &as_written, rows)?, whose);
        remade.person.clone_from(&input.person);
        remade.keyed_id = keys.input_id(&sha256);
        remade.by_clock = by_clock;
        for name in of.columns.iter().filter(|c| input.columns[*c].role == Role::Sensitive) {
            remade = remade.input(name, values_of_persons(raw.column(name)?, persons));
        }
        Ok(remade)
    }
}

impl Policy {
    /// The policy of a release, as its internal folder `internal` has it: its paths those of where it was, and its days those of
    /// when, so that a retention without a day of its own leaves the same rows as then.
    ///
    /// # Errors
    /// `Policy` if the folder lacks its policy or `input.json`, or if one of them is not what a release writes; as
    /// [`parse`](Self::parse).
    pub fn of_internal(internal: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = internal.join(name);
            fs::read_to_string(&path).map_err(|e| Error::file_of_release("file", &path, &e.to_string()))
        };
        let unreadable = |e: serde_json::Error| {
            Error::file_of_release("file", &internal.join("input.json"), &format!("line {}", e.line()))
        };
        let inputs: Inputs = serde_json::from_str(&read("input.json")?).map_err(unreadable)?;
        let mut policy = Self::parse(&read("policy.toml")?, &inputs.policy_folder)?;
        for (name, input) in inputs.inputs {
            if let (Some(dropped), Some(declared)) = (input.dropped, policy.inputs.get_mut(&name))
                && let Some(retention) = &mut declared.retention
            {
                retention.set_day(dropped.as_of)?;
            }
        }
        Ok(policy)
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// How many persons have each value, written as in a released file.
fn values_of_persons(column: &Column, persons: Option<&Column>) -> BTreeMap<String, u64> {
    let person_of = |row| persons.map_or_else(|| code(row), |persons| persons.codes()[row]);
    let mut pairs: Vec<(u32, u32)> =
        column.codes().iter().enumerate().map(|(row, &value)| (value, person_of(row))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut values: BTreeMap<String, u64> = BTreeMap::new();
    for equal in pairs.chunk_by(|a, b| a.0 == b.0) {
        *values.entry(defused(column.value(equal[0].0)).into_owned()).or_default() += num::count(equal.len());
    }
    values
}
