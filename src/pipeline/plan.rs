//! The plan: everything that a policy would do to its inputs, worked out, and nothing released.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
};

use super::{
    Progress,
    folder::{Replace, Staging, refuse_existing},
    gate, generalized,
    keys::Keys,
    later::InsideFile,
    lock,
    pass::{Input, Keep, Pass, Passed},
    policy::{Action, InputPolicy, Policy, Release, Rule, TableRelease},
    sampled,
    scanners::Scanners,
    shown::Shown,
    shuffle::Shuffle,
    statistics,
    stream::{Collected, Stream},
    summary::{ReleaseSummary, Summary},
};
use crate::{
    audit::table::AttackReport,
    claim::{Check, Claim, Statement},
    error::{Error, Result},
    evidence::{SigningKey, Utility},
    kanon::Role,
    table::Table,
};

/// What a policy would do: made by [`Policy::plan`], carried out by [`apply`](Plan::apply).
///
/// # Examples
/// What stands against a policy is known before anything is written:
/// ```
/// use incog::pipeline::{Policy, Replace, SILENT};
/// # let here = std::env::temp_dir().join(format!("incog-doc-plan-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n").unwrap();
/// let policy = r#"
/// version = 1
/// purpose = "ward planning"
/// [input]
/// path = "stays.csv"
/// [columns]
/// age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// [release.table]
/// columns = ["age"]
/// models = [{ k_anonymity = 10 }]
/// search = "optimal"
/// "#;
/// let plan = Policy::parse(policy, &here)?.plan(SILENT)?;
/// let refusal = "k = 10 is more than the table's 3 rows; the cheapest change: k_anonymity = 3";
/// assert!(plan.refusals()[0].to_string().ends_with(refusal));
/// assert!(plan.apply(&here.join("release"), Replace::No, SILENT).is_err());
/// assert!(!here.join("release").exists());
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Plan {
    pub(super) policy: Policy,
    pub(super) keys: Keys,
    pub(super) worked: Worked,
    /// Where the rows of the plan are kept, if they are.
    pub(super) staging: Option<Staging>,
    /// What signs the card.
    pub(super) signer: Option<SigningKey>,
}

/// What came out of working out a policy.
#[derive(Default)]
pub(super) struct Worked {
    /// The columns of each input.
    names: BTreeMap<String, Vec<String>>,
    /// Inputs that were read.
    pub(super) inputs: BTreeMap<String, Input>,
    pub(super) tables: BTreeMap<String, PlannedTable>,
    pub(super) statistics: BTreeMap<String, ReleaseSummary>,
    pub(super) sampled: BTreeMap<String, ReleaseSummary>,
    /// What the gate tried, whether the release may leave or not.
    pub(super) attacks: BTreeMap<String, AttackReport>,
    pub(super) refusals: Vec<Error>,
    pub(super) warnings: Vec<String>,
}

/// One table, ready to be written.
pub(super) struct PlannedTable {
    pub(super) rows: PlannedRows,
    /// Files of the internal folder, for later releases.
    pub(super) inside: Vec<InsideFile>,
    pub(super) claims: Vec<Claim>,
    pub(super) utility: Option<Utility>,
    pub(super) shown: Option<Shown>,
    pub(super) detections: BTreeMap<String, u64>,
    pub(super) summary: ReleaseSummary,
}

/// The rows of a table.
pub(super) enum PlannedRows {
    /// Under models: held, with the raw row of each, the order in which they leave and the columns whose values were written by
    /// whoever wrote the policy.
    Held { table: Table, kept: Vec<usize>, order: Vec<usize>, verbatim: Vec<String> },
    /// Made one by one; without any if there was no room for them.
    Streamed(Option<Shuffle>),
}

impl Policy {
    /// Reads the inputs, loads the keys, from where the policy says or from its [provider](Self::keys), and works out every release. Nothing is written.
    ///
    /// What the data makes impossible becomes a refusal of the plan, so that all of them are seen at once.
    ///
    /// # Errors
    /// `Data` if an input cannot be read; `Key` if a key is missing, malformed or readable by others;
    /// `Value` if a value does not fit what the policy declares for its column.
    pub fn plan(self, progress: Progress<'_>) -> Result<Plan> {
        work_out(self, None, progress)
    }

    /// The same for a release that is to go to `folder`: rows that memory has no room for are kept in a hidden folder
    /// beside it, so that [`apply`](Plan::apply) need not make them again. If the plan is dropped, so are they.
    ///
    /// # Errors
    /// As [`plan`](Self::plan); `Refused` if `folder` exists and `replace` does not allow it, or another run is writing
    /// it; `Io` if it cannot be written.
    pub fn plan_into(self, folder: &Path, replace: Replace, progress: Progress<'_>) -> Result<Plan> {
        let staging = Staging::create(folder)?;
        refuse_existing(folder, replace)?;
        work_out(self, Some(staging), progress)
    }
}

impl Plan {
    /// The same plan, whose card will be signed with `key`; see [`Verifier::trust`](crate::evidence::Verifier::trust).
    #[must_use]
    pub fn signed_by(mut self, key: SigningKey) -> Self {
        self.signer = Some(key);
        self
    }

    /// What stands against the plan, each with the change that would mend it. Empty if it can be applied.
    #[must_use]
    pub fn refusals(&self) -> &[Error] {
        &self.worked.refusals
    }

    /// What is done all the same, and should be known.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.worked.warnings
    }

    /// What would be released, with exact figures about the raw table: internal.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let tables = self.worked.tables.iter().map(|(n, t)| (n, &t.summary));
        let statistics = self.worked.statistics.iter().chain(&self.worked.sampled);
        Summary {
            releases: tables.chain(statistics).map(|(n, s)| (n.clone(), s.clone())).collect(),
            refusals: self.worked.refusals.iter().map(ToString::to_string).collect(),
            warnings: self.worked.warnings.clone(),
            attacks: self.worked.attacks.clone(),
        }
    }

    /// What becomes of each column of the inputs: its name, with that of its input in front where there are several, and
    /// the words for it.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, String)> {
        let mut columns = Vec::new();
        for (input, names) in &self.worked.names {
            let policy = &self.policy.inputs[input];
            for name in names {
                let shown =
                    if self.worked.names.len() > 1 { format!("{input}.{name}") } else { name.clone() };
                columns.push((shown, self.becomes(policy, name)));
            }
        }
        columns
    }

    /// The releases of statistics that ask about a column.
    fn asked_about(&self, input: &InputPolicy, name: &str) -> Vec<String> {
        let asks = |release: &Release| match release {
            Release::Statistics(s) => {
                s.input == input.name && s.queries.iter().any(|q| q.columns.iter().any(|c| c == name))
            }
            _ => false,
        };
        self.policy.releases.iter().filter(|(_, r)| asks(r)).map(|(n, _)| format!("'{n}'")).collect()
    }

    fn becomes(&self, input: &InputPolicy, name: &str) -> String {
        let Some(column) = input.columns.get(name) else { return "not declared: does not leave".to_owned() };
        let released = self.policy.releases_column(&input.name, name);
        match (&column.action, column.role) {
            (Action::Drop, _) => "drop".to_owned(),
            _ if !released => match self.asked_about(input, name) {
                asked if asked.is_empty() => "not released".to_owned(),
                asked => format!("only in statistics: {}", asked.join(", ")),
            },
            (Action::Keep, Role::Quasi) => {
                let kind = column.hierarchy.as_ref().map_or("flat", |h| h.kind());
                let level = |(release, planned): (&String, &PlannedTable)| {
                    let of_input = self.policy.releases[release].input() == input.name;
                    let level = planned.utility.as_ref().filter(|_| of_input)?.levels.get(name)?;
                    Some(format!("level {level} in '{release}'"))
                };
                let levels: Vec<String> = self.worked.tables.iter().filter_map(level).collect();
                if levels.is_empty()
                    && self.worked.sampled.keys().any(|r| self.policy.releases[r].input() == input.name)
                {
                    format!("generalized ({kind}), by a draw")
                } else if levels.is_empty() {
                    format!("generalized ({kind}), class by class")
                } else {
                    format!("generalized ({kind}): {}", levels.join(", "))
                }
            }
            (Action::Keep, _) => "kept".to_owned(),
            (action, _) => action.word().to_owned(),
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field(
                "releases",
                &self
                    .worked
                    .tables
                    .keys()
                    .chain(self.worked.statistics.keys())
                    .chain(self.worked.sampled.keys())
                    .collect::<Vec<_>>(),
            )
            .field("refusals", &self.worked.refusals)
            .finish_non_exhaustive()
    }
}

fn work_out(policy: Policy, mut staging: Option<Staging>, progress: Progress<'_>) -> Result<Plan> {
    let keys = Keys::load(&policy)?;
    let scratch = staging.as_ref().map(Staging::scratch);
    let keep = scratch.as_deref().map_or(Keep::InMemory, Keep::In);
    let mut worked = Worked::default();
    if policy.purpose.trim_start().starts_with("TODO") {
        worked.warnings.push("the purpose is TODO, and the card would say so to everyone; write what the release may be used for".into());
    }
    worked.read(&policy, &keys, keep, progress)?;
    if worked.refusals.is_empty() {
        worked.work_out(&policy, &keys, progress)?;
    }
    if !worked.refusals.is_empty() {
        staging = None;
    }
    Ok(Plan { policy, keys, worked, staging, signer: None })
}

impl Worked {
    /// Reads every input once, and makes the rows that are made one by one.
    fn read(&mut self, policy: &Policy, keys: &Keys, keep: Keep<'_>, progress: Progress<'_>) -> Result<()> {
        let scanners = Scanners::of(&policy.scanner)?;
        let mut passes = Vec::with_capacity(policy.inputs.len());
        for (name, input) in &policy.inputs {
            let pass = Pass::open(policy, input).map_err(|e| policy.of_input(e, name))?;
            self.refusals.extend(pass.faults().into_iter().map(|e| policy.of_input(e, name)));
            self.names.insert(name.clone(), pass.names().to_vec());
            passes.push((input, pass));
        }
        // All of them stand against the plan; reading the rows would not tell more.
        if !self.refusals.is_empty() {
            return Ok(());
        }
        for (input, pass) in passes {
            let streams = self.streams(policy, input, keys, &scanners, &pass)?;
            let read = pass.run(&held_columns(policy, input), &streams, keep, progress);
            let (passed, faults) = match read {
                Ok(read) => read,
                Err(e) => {
                    self.refuse(Err(policy.of_input(e, &input.name)))?;
                    continue;
                }
            };
            let Passed { input: read, collected } = passed;
            let faults = faults.into_iter().chain(lock::faults(policy, input, &read)?);
            self.refusals.extend(faults.map(|e| policy.of_input(e, &input.name)));
            if read.dropped > 0 {
                self.warnings.push(dropped(input, &read));
            }
            self.names.insert(input.name.clone(), read.names.clone());
            self.inputs.insert(input.name.clone(), read);
            for (stream, collected) in streams.iter().zip(collected) {
                let result = self.streamed(stream, collected, &scanners);
                self.refuse(result.map_err(|e| e.context(format!("release '{}'", stream.name))))?;
            }
        }
        Ok(())
    }

    /// The releases from `input` whose rows are made one by one.
    fn streams<'p>(
        &mut self,
        policy: &'p Policy,
        input: &InputPolicy,
        keys: &Keys,
        scanners: &Scanners,
        pass: &Pass<'_>,
    ) -> Result<Vec<Stream<'p>>> {
        let mut streams = Vec::new();
        for (name, release) in row_by_row(policy, input) {
            let of_release = |e: Error| e.context(format!("release '{name}'"));
            let kept = release.columns.iter().find(|c| input.is_kept(c));
            if let Some(kept) = kept {
                match policy.overridden(Rule::KeptColumns, name) {
                    Ok(true) => {}
                    // A policy without the override is refused when it is read.
                    Ok(false) => self.refusals.push(of_release(Error::kept_without_model(kept, name))),
                    Err(e) => self.refuse(Err(of_release(e)))?,
                }
            }
            let stream = Stream::new(policy, (name, release), pass.names(), keys, scanners);
            streams.push(stream.map_err(of_release)?);
        }
        Ok(streams)
    }

    /// What is done to rows one by one is done; what is left is to look at all of it.
    fn streamed(&mut self, stream: &Stream<'_>, mut collected: Collected, scanners: &Scanners) -> Result<()> {
        let mut frequencies = BTreeMap::new();
        let spread = collected.check()?;
        if spread.values().any(Option::is_none) {
            self.warnings.push(format!(
                "release '{}' has more tokens than a plan compares in memory; apply compares them all",
                stream.name
            ));
        }
        for (column, shares) in spread {
            let Some(shares) = shares else { continue };
            let sentence = shares.warning();
            self.warnings
                .extend(sentence.map(|s| format!("release '{}', column '{column}': {s}", stream.name)));
            frequencies.insert(column, shares);
        }
        let treatments = stream.treatments();
        let pseudonymised = Statement::Pseudonymised { columns: treatments.clone() };
        let mut claims = vec![Claim::new(stream.name, Check::Attested, pseudonymised)];
        claims.extend(scanners.claims(stream.name, &stream.scrubbed()));
        let planned = PlannedTable {
            inside: Vec::new(),
            claims,
            utility: None,
            shown: None,
            summary: ReleaseSummary::Pseudonymised {
                rows: collected.rows,
                columns: treatments,
                findings: collected.found.clone(),
                frequencies,
            },
            detections: collected.found,
            rows: PlannedRows::Streamed(collected.shuffle.complete()),
        };
        self.tables.insert(stream.name.to_owned(), planned);
        Ok(())
    }

    /// The releases that need the whole of a table.
    fn work_out(&mut self, policy: &Policy, keys: &Keys, progress: Progress<'_>) -> Result<()> {
        let inputs = std::mem::take(&mut self.inputs);
        for (name, release) in &policy.releases {
            let Some(input) = inputs.get(release.input()) else { continue };
            let result = match release {
                Release::Table(release) if release.models.is_empty() => continue,
                Release::Table(release) => {
                    progress("searching", 0, 0);
                    self.generalize(policy, (name, release), keys, &input.table, progress)
                }
                Release::Statistics(release) => {
                    statistics::check(policy, input, release, keys.of_ledger(release.key.as_ref()))
                        .map(|summary| drop(self.statistics.insert(name.clone(), summary)))
                }
                Release::Sampled(release) => {
                    sampled::check(policy, release, keys.of_ledger(release.key.as_ref()))
                        .map(|summary| drop(self.sampled.insert(name.clone(), summary)))
                }
            };
            self.refuse(result.map_err(|e| e.context(format!("release '{name}'"))))?;
        }
        self.inputs = inputs;
        Ok(())
    }

    /// A release under models, of everyone but those whom the gate holds back, and what the gate says of it.
    fn generalize(
        &mut self,
        policy: &Policy,
        (name, release): (&str, &TableRelease),
        keys: &Keys,
        original: &Table,
        progress: Progress<'_>,
    ) -> Result<()> {
        let Some(gate) = &policy.gate else {
            let (planned, warnings) = generalized::plan(policy, (name, release), keys, original)?;
            self.warnings.extend(warnings);
            self.tables.insert(name.to_owned(), planned);
            return Ok(());
        };
        let split = gate::split(gate, &policy.inputs[&release.input], keys, original)?;
        let members = original.select(split.members());
        let (planned, warnings) = generalized::plan(policy, (name, release), keys, &members)?;
        self.warnings.extend(warnings);
        self.warnings.push(format!(
            "release '{name}' is made without {} of {} rows: their persons are the control of the gate",
            split.control().len(),
            original.rows()
        ));
        if keys.any().is_none() {
            self.warnings.push(format!(
                "release '{name}': the policy has no key, so whoever knows the ids of persons, or their rows where nobody is \
                 named, can work out whom the gate holds back; give a column an action with a key"
            ));
        }
        if let PlannedRows::Held { table, kept, .. } = &planned.rows {
            let report = gate::attack(policy, release, keys, (table, original, &split), kept, progress)?;
            let decision = gate::decide(gate, &report);
            self.attacks.insert(name.to_owned(), report);
            decision?;
        }
        self.tables.insert(name.to_owned(), planned);
        Ok(())
    }

    /// Notes a refusal; anything else ends the plan.
    fn refuse(&mut self, result: Result<()>) -> Result<()> {
        match result {
            Err(e) if is_refusal(&e) => self.refusals.push(e),
            other => other?,
        }
        Ok(())
    }
}

/// The releases from `input` whose rows are made one by one.
pub(super) fn row_by_row<'p>(
    policy: &'p Policy,
    input: &InputPolicy,
) -> impl Iterator<Item = (&'p str, &'p TableRelease)> {
    policy.releases.iter().filter_map(|(name, release)| match release {
        Release::Table(table) if table.models.is_empty() && table.input == input.name => {
            Some((name.as_str(), table))
        }
        _ => None,
    })
}

/// The columns of `input` that models and statistics look at as a whole.
pub(super) fn held_columns<'p>(policy: &'p Policy, input: &'p InputPolicy) -> BTreeSet<&'p str> {
    let mut columns = BTreeSet::new();
    for release in policy.releases.values().filter(|r| r.input() == input.name) {
        match release {
            Release::Table(table) if table.models.is_empty() => continue,
            Release::Table(table) => {
                columns.extend(table.columns.iter().chain(&table.compare).map(String::as_str));
            }
            // An engine makes totals of what queries ask about.
            Release::Statistics(_) if policy.engine.0.is_some() => continue,
            Release::Statistics(statistics) => {
                columns.extend(statistics.queries.iter().flat_map(|q| &q.columns).map(String::as_str));
            }
            Release::Sampled(sampled) => columns.extend(sampled.columns.iter().map(String::as_str)),
        }
        columns.extend(input.person.as_deref());
    }
    columns
}

fn dropped(input: &InputPolicy, read: &Input) -> String {
    let days = input.retention.as_ref().map_or(0, |r| r.days);
    let (dropped, all) = (read.dropped, read.rows + read.dropped);
    format!(
        "{dropped} of {all} rows of '{}' are left out: older than {days} days, or without a date",
        input.name
    )
}

fn is_refusal(error: &Error) -> bool {
    use crate::ErrorKind::{BudgetExceeded, Refused};
    matches!(error.kind(), Refused | BudgetExceeded)
}
