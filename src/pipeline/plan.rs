//! The plan: everything that a policy would do to its input, worked out, and nothing written.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use super::{
    Progress,
    input::Input,
    later::{self, InsideFile},
    policy::{Action, ModelSpec, Policy, Release, Rule, StatisticsRelease, TableRelease},
    statistics,
    summary::{ReleaseSummary, Summary},
    text,
};
use crate::{
    claim::{Check, Claim, ColumnTreatment, Statement},
    dp::ledger::LedgerKey,
    error::{Error, Result},
    evidence::{self, Utility},
    kanon::{Anonymizer, AnonymizerBuilder, ClassSizes, Role},
    num,
    pii::{self, Confidence, Entity, Scanner},
    pseudonym::{DateShift, FormatPreserving, Key, KeyProvider, KeySource, SystemKeys, Tokenizer},
    table::{Column, Table},
};

/// What a policy would do: made by [`Policy::plan`], carried out by [`apply`](Plan::apply).
pub struct Plan {
    pub(super) policy: Policy,
    pub(super) input: Input,
    pub(super) tables: BTreeMap<String, PlannedTable>,
    pub(super) statistics: Vec<String>,
    pub(super) refusals: Vec<Error>,
    pub(super) warnings: Vec<String>,
    pub(super) keys: Keys,
}

/// One table, ready to be written.
pub(super) struct PlannedTable {
    pub(super) table: Table,
    /// Its rows in the order in which they leave.
    pub(super) order: Vec<usize>,
    /// Columns whose values were written by whoever wrote the policy.
    pub(super) verbatim: Vec<String>,
    /// Files of the internal folder, for later releases.
    pub(super) inside: Vec<InsideFile>,
    pub(super) claims: Vec<Claim>,
    pub(super) utility: Option<Utility>,
    pub(super) class_sizes: Option<ClassSizes>,
    pub(super) detections: BTreeMap<String, u64>,
    pub(super) summary: ReleaseSummary,
}

/// The keys that a policy names, loaded.
pub(super) struct Keys(HashMap<KeySource, Arc<Key>>);

impl Policy {
    /// Reads the input, loads the keys from where the policy says, and works out every release.
    ///
    /// What the data makes impossible becomes a refusal of the plan, so that all of them are seen at once.
    ///
    /// # Errors
    /// `Data` if the input cannot be read; `Key` if a key is missing, malformed or readable by others;
    /// `Value` if a value does not fit what the policy declares for its column.
    pub fn plan(self, progress: Progress<'_>) -> Result<Plan> {
        let keys = SystemKeys::new(&self.folder);
        self.plan_with_keys(&keys, progress)
    }

    /// The same with keys from `provider`.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn plan_with_keys(self, provider: &dyn KeyProvider, progress: Progress<'_>) -> Result<Plan> {
        let keys = Keys::load(&self, provider)?;
        let input = Input::read(&self, progress)?;
        let mut plan = Plan {
            refusals: input.column_faults(&self),
            input,
            policy: self,
            tables: BTreeMap::new(),
            statistics: Vec::new(),
            warnings: Vec::new(),
            keys,
        };
        if plan.refusals.is_empty() {
            plan.work_out(progress)?;
        }
        Ok(plan)
    }
}

impl Policy {
    /// The request of a release, with `models` in place of its own.
    pub(super) fn anonymizer(
        &self,
        release: &TableRelease,
        models: &[ModelSpec],
    ) -> Result<AnonymizerBuilder> {
        let mut builder = Anonymizer::builder()
            .max_suppressed(release.max_suppressed)
            .metric(release.metric)
            .search(release.search.unwrap_or_default());
        if let Some(steps) = release.max_steps {
            builder = builder.max_steps(steps);
        }
        for column in &release.columns {
            let declared = self.column(column)?;
            builder = match (&declared.hierarchy, declared.role) {
                (Some(hierarchy), _) => builder.quasi_identifier(column, hierarchy.clone()),
                (None, Role::Sensitive) => builder.sensitive(column),
                _ => builder.insensitive(column),
            };
        }
        // The person is counted, not released.
        if let Some(person) = &self.person {
            builder = builder.person(person);
        }
        for model in models {
            builder = model.add_to(builder)?;
        }
        Ok(builder)
    }
}

impl Plan {
    /// What stands against the plan, each with the change that would mend it. Empty if it can be applied.
    #[must_use]
    pub fn refusals(&self) -> &[Error] {
        &self.refusals
    }

    /// What is done all the same, and should be known.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What would be released, with exact figures about the raw table: internal.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            releases: self.tables.iter().map(|(n, t)| (n.clone(), t.summary.clone())).collect(),
            refusals: self.refusals.iter().map(ToString::to_string).collect(),
            warnings: self.warnings.clone(),
        }
    }

    /// What becomes of each column of the input: its name, and the words for it.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, String)> {
        let become_ = |name: &String| match self.policy.columns.get(name) {
            None => "not declared: does not leave".to_owned(),
            Some(column) => match (&column.action, column.role) {
                (Action::Keep, Role::Quasi) => {
                    let kind = column.hierarchy.as_ref().map_or("flat", |h| h.kind());
                    let levels: Vec<String> = self
                        .tables
                        .iter()
                        .filter_map(|(release, t)| {
                            Some(format!("level {} in '{release}'", t.utility.as_ref()?.levels.get(name)?))
                        })
                        .collect();
                    if levels.is_empty() && self.policy.releases_column(name) {
                        format!("generalized ({kind}), class by class")
                    } else if levels.is_empty() {
                        "not released".to_owned()
                    } else {
                        format!("generalized ({kind}): {}", levels.join(", "))
                    }
                }
                (Action::Drop, _) => "drop".to_owned(),
                _ if !self.policy.releases_column(name) => "not released".to_owned(),
                (Action::Keep, _) => "kept".to_owned(),
                (action, _) => action.word().to_owned(),
            },
        };
        self.input.table.names().iter().map(|n| (n.clone(), become_(n))).collect()
    }

    fn work_out(&mut self, progress: Progress<'_>) -> Result<()> {
        let releases = std::mem::take(&mut self.policy.releases);
        let mut result = Ok(());
        for (name, release) in &releases {
            let planned = match release {
                Release::Table(release) if release.models.is_empty() => {
                    self.pseudonymised(name, release, progress).map(Some)
                }
                Release::Table(release) => {
                    progress("searching", 0, 0);
                    self.generalized(name, release).map(Some)
                }
                Release::Statistics(release) => {
                    let key = self.keys.of_ledger(release);
                    statistics::check(&self.policy, &self.input, release, key).map(|()| {
                        self.statistics.push(name.clone());
                        None
                    })
                }
            };
            match planned {
                Ok(Some(table)) => {
                    self.tables.insert(name.clone(), table);
                }
                Ok(None) => {}
                Err(e) if is_refusal(&e) => self.refusals.push(e.context(format!("release '{name}'"))),
                Err(e) => {
                    result = Err(e.context(format!("release '{name}'")));
                    break;
                }
            }
        }
        self.policy.releases = releases;
        result
    }

    fn generalized(&mut self, name: &str, release: &TableRelease) -> Result<PlannedTable> {
        let search = release.search.unwrap_or_default();
        let anonymizer = self.policy.anonymizer(release, &release.models)?.build()?;
        let hierarchy = |c: &&String| self.policy.columns[*c].hierarchy.as_ref();
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
                let recoding = later::read_frozen(&self.policy, path)?;
                anonymizer.run_frozen(&recoding, &self.input.table, release.too_few)?
            }
            None => anonymizer.run(&self.input.table)?,
        };
        let mut inside = Vec::new();
        if release.frozen.is_none() {
            inside.extend(later::freeze(name, &outcome)?);
        }
        if let Some(spec) = &release.membership {
            let k = release.models.iter().filter_map(ModelSpec::k).max();
            let key = (self.keys.get(&spec.key)?, k);
            inside.push(later::check(&self.policy, spec, name, key, &self.input.table, &outcome, &quasi)?);
        }
        let report = outcome.report();
        self.check_insensitive(name, release, report.k_with_insensitive)?;
        if report.rows > 0 && report.suppressed_rows * 10 > report.rows {
            self.warnings.push(format!("release '{name}' leaves out more than a tenth of the rows"));
        }
        if report.levels.is_empty() {
            self.warnings.push(format!(
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
        let order = self.order(name, &table);
        Ok(PlannedTable {
            claims: anonymizer.claims(name, report),
            utility: Some(Utility::new(
                report.levels.clone(),
                search.word().to_owned(),
                report.optimal,
                (report.quality.loss * 1e4).round() / 1e4,
            )),
            class_sizes: Some(report.class_sizes.clone()),
            detections: BTreeMap::new(),
            summary: ReleaseSummary::Generalized(Box::new(report.clone())),
            table,
            order,
            verbatim,
            inside,
        })
    }

    fn check_insensitive(&mut self, name: &str, release: &TableRelease, got: u64) -> Result<()> {
        let target = release.models.iter().filter_map(ModelSpec::k).max();
        if let Some(k) = target
            && got < k
        {
            if !self.policy.overridden(Rule::KWithInsensitive, name)? {
                let columns =
                    release.columns.iter().filter(|c| self.policy.columns[*c].role == Role::Insensitive);
                return Err(Error::k_missed_with_insensitive(name, columns, k, got));
            }
            self.warnings.push(format!(
                "release '{name}': with the insensitive columns k = {got}, overridden by the policy"
            ));
        }
        Ok(())
    }

    fn pseudonymised(
        &mut self,
        name: &str,
        release: &TableRelease,
        progress: Progress<'_>,
    ) -> Result<PlannedTable> {
        if release.columns.iter().any(|c| matches!(self.policy.columns[c].action, Action::Keep))
            && !self.policy.overridden(Rule::KeptColumns, name)?
        {
            // A policy without the override is refused when it is read.
            return Err(Error::kept_without_model(&release.columns[0], name));
        }
        let raw = &self.input.table;
        let mut columns = Vec::new();
        let mut treatments = Vec::new();
        let mut scrubbed = Vec::new();
        let mut detections = BTreeMap::new();
        let recomputable = Recomputable::of(&self.policy.scanner)?;
        let mut scanners = vec![self.policy.scanner.clone()];
        // A verifier's scanner is the policy's own, or one of several that look for a part of it.
        if recomputable.len() > 1 || !self.policy.scanner.own_entities().is_empty() {
            scanners.extend(recomputable.iter().map(|r| r.scanner.clone()));
        }
        for column_name in &release.columns {
            let policy = self.policy.column(column_name)?;
            let column = raw.column(column_name)?;
            let domain = |own: &Option<String>| {
                release.domain.clone().or_else(|| own.clone()).unwrap_or_else(|| column_name.clone())
            };
            let released = match &policy.action {
                Action::Keep | Action::Drop => column.clone(),
                Action::Token { key, domain: own } => {
                    Tokenizer::new(self.keys.get(key)?, &domain(own), &token_kind(column_name))?
                        .column(column_name, column)?
                }
                Action::Fpe { key, domain: own, format } => {
                    FormatPreserving::new(self.keys.get(key)?, &domain(own), *format)?
                        .encrypt_column(column_name, column)?
                }
                Action::DateShift { key, domain: own, per, days } => DateShift::new(
                    self.keys.get(key)?,
                    &domain(own),
                    *days,
                )?
                .column(column_name, column, raw.column(per)?)?,
                Action::Scrub { use_row, operator } => {
                    let result = text::scrub(column_name, raw, &scanners, (use_row, *operator), progress)?;
                    for (entity, n) in result.found {
                        *detections.entry(entity).or_default() += n;
                    }
                    scrubbed.push(column_name.clone());
                    result.column
                }
            };
            let treatment = if matches!(policy.action, Action::Keep) { "kept" } else { policy.action.word() };
            treatments.push(ColumnTreatment::new(column_name, treatment));
            columns.push((column_name.clone(), released));
        }
        let table = Table::new(columns)?;
        let order = self.order(name, &table);
        let mut claims =
            vec![Claim::new(name, Check::Attested, Statement::Pseudonymised { columns: treatments.clone() })];
        if !scrubbed.is_empty() {
            claims.extend(recomputable.into_iter().map(|r| r.claim(name, &scrubbed)));
            claims.extend(by_policy(name, scrubbed, &self.policy.scanner));
        }
        let summary = ReleaseSummary::Pseudonymised {
            rows: num::count(table.rows()),
            columns: treatments,
            findings: detections.clone(),
        };
        Ok(PlannedTable {
            table,
            order,
            verbatim: Vec::new(),
            inside: Vec::new(),
            claims,
            utility: None,
            class_sizes: None,
            detections,
            summary,
        })
    }

    /// The rows in an order that depends on what leaves and on the key, not on the order of the input: by a
    /// keyed digest of their cells. Without a key in the policy, the digest of the policy stands in, and the
    /// order is merely arbitrary.
    fn order(&self, release: &str, table: &Table) -> Vec<usize> {
        let key = self.keys.any().map_or_else(
            || {
                let digest = evidence::sha256_bytes(self.policy.text.as_bytes());
                Key::from_bytes(digest).derive(&["incog", "row order", release])
            },
            |key| key.derive(&["incog", "row order", release]),
        );
        let columns: Vec<&Column> = table.iter().map(|(_, c)| c).collect();
        // Equal rows have equal digests, so each distinct row is digested once.
        let class_of_row = crate::kanon::class_numbers(&columns, table.rows());
        let mut digests: Vec<[u8; 32]> = Vec::new();
        let mut cells = Vec::new();
        for (row, &class) in class_of_row.iter().enumerate() {
            if num::index(class) == digests.len() {
                cells.clear();
                for column in &columns {
                    let cell = column.cell(row).unwrap_or_default();
                    cells.extend_from_slice(&num::count(cell.len()).to_le_bytes());
                    cells.extend_from_slice(cell.as_bytes());
                }
                digests.push(key.mac(&cells));
            }
        }
        let mut order: Vec<usize> = (0..table.rows()).collect();
        order.sort_by_key(|&row| digests[num::index(class_of_row[row])]);
        order
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("releases", &self.tables.keys().chain(&self.statistics).collect::<Vec<_>>())
            .field("refusals", &self.refusals)
            .finish_non_exhaustive()
    }
}

impl Keys {
    /// Every key that an action of a released column names.
    pub(super) fn load(policy: &Policy, provider: &dyn KeyProvider) -> Result<Self> {
        let mut keys = HashMap::new();
        for (name, column) in &policy.columns {
            if let Some(source) = column.action.key().filter(|_| policy.releases_column(name))
                && !keys.contains_key(source)
            {
                let key = provider.key(source).map_err(|e| e.context(format!("column '{name}'")))?;
                keys.insert(source.clone(), key);
            }
        }
        for (name, release) in &policy.releases {
            let source = match release {
                Release::Statistics(StatisticsRelease { key: Some(source), .. }) => source,
                Release::Table(TableRelease { membership: Some(spec), .. }) => &spec.key,
                _ => continue,
            };
            if !keys.contains_key(source) {
                let key = provider.key(source).map_err(|e| e.context(format!("release '{name}'")))?;
                keys.insert(source.clone(), key);
            }
        }
        Ok(Keys(keys))
    }

    fn get(&self, source: &KeySource) -> Result<&Key> {
        self.0.get(source).map(|k| &**k).ok_or_else(|| Error::key_not_loaded(&source.to_string()))
    }

    /// The key of the ledger of `release`: its own, or else one of the policy's.
    pub(super) fn of_ledger(&self, release: &StatisticsRelease) -> Option<LedgerKey> {
        let key = match &release.key {
            Some(source) => self.0.get(source).map(|k| &**k),
            None => self.any(),
        };
        key.map(|key| LedgerKey::from_bytes(key.derive(&["ledger"]).mac(b"ledger")))
    }

    /// One of the keys: the one with the smallest id, so that the choice is the same in each run.
    pub(super) fn any(&self) -> Option<&Key> {
        self.0.values().map(|k| &**k).min_by_key(|k| k.id().to_string())
    }
}

/// Entities of the catalog that are scanned for at one confidence, so that anybody can scan for them again.
struct Recomputable {
    confidence: Confidence,
    entities: Vec<Entity>,
    scanner: Scanner,
}

impl Recomputable {
    /// What of a scanner can be repeated without the policy. With allowed values nothing can: they are found again.
    fn of(scanner: &Scanner) -> Result<Vec<Recomputable>> {
        if scanner.allowed() > 0 {
            return Ok(Vec::new());
        }
        let mut groups: BTreeMap<u16, Vec<Entity>> = BTreeMap::new();
        // Of an entity with recognizers of the policy's own, those of the catalog can be repeated.
        for entity in scanner.entities().into_iter().filter(|e| pii::known_entities().contains(e)) {
            groups.entry(scanner.threshold(&entity).permille()).or_default().push(entity);
        }
        let group = |(permille, entities): (u16, Vec<Entity>)| {
            let confidence = Confidence::from_permille(permille)?;
            let scanner = Scanner::builder().entities(entities.clone()).min_confidence(confidence).build()?;
            Ok(Recomputable { confidence, entities, scanner })
        };
        groups.into_iter().map(group).collect()
    }

    fn claim(self, release: &str, columns: &[String]) -> Claim {
        let statement = Statement::NothingFound {
            columns: columns.to_vec(),
            entities: self.entities.iter().map(|e| e.as_str().to_owned()).collect(),
            min_confidence_permille: self.confidence.permille(),
        };
        Claim::new(release, Check::Recomputed, statement).assuming(
            "the scan is repeated with the scanner that redacted the text; what it does not know, it does not find",
        )
    }
}

/// The claim on what only the policy's scanner finds, or leaves: names of entities, never words or patterns.
fn by_policy(release: &str, columns: Vec<String>, scanner: &Scanner) -> Option<Claim> {
    let own = scanner.own_entities();
    if own.is_empty() && scanner.allowed() == 0 {
        return None;
    }
    let statement = Statement::NothingFoundByPolicy {
        columns,
        entities: scanner
            .entities()
            .iter()
            .map(|e| (e.as_str().to_owned(), scanner.threshold(e).permille()))
            .collect(),
        own: own.iter().map(|e| e.as_str().to_owned()).collect(),
        allowed: num::count(scanner.allowed()),
    };
    let claim = Claim::new(release, Check::Replayable, statement);
    Some(claim.assuming("the policy's recognizers find what they are meant to find, and a list who is on it"))
}

/// `mrn` becomes `MRN`, `patient-id` becomes `PATIENT_ID`.
fn token_kind(column: &str) -> String {
    let kind: String = column
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    if kind.starts_with(|c: char| c.is_ascii_uppercase()) { kind } else { format!("T{kind}") }
}

fn is_refusal(error: &Error) -> bool {
    use crate::ErrorKind::{BudgetExceeded, Refused};
    matches!(error.kind(), Refused | BudgetExceeded)
}
