//! The policy: what happens to every column, and what is released.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod check;
mod column;
mod document;
mod gate;
mod input;
mod model;
mod overrides;
mod release;
mod sampled;
mod statistics;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use column::{Action, ColumnPolicy, TextOperator};
pub(crate) use document::{Rule, Undeclared};
pub use gate::Gate;
pub(crate) use input::names_parquet;
pub use input::{Decimal, Form, InputPolicy, Retention, Undated};
pub use model::ModelSpec;
use overrides::Override;
pub use release::{MembershipSpec, Release, TableRelease};
pub use sampled::SampledRelease;
pub use statistics::{Price, QuerySpec, StatisticsRelease};

use crate::{
    error::{Error, Result},
    pii::{Scanner, ScannerBuilder},
    pipeline::{
        engine::Engines,
        keys::Provider,
        ledgers::{LedgerProvider, Ledgers},
        source::ParquetFiles,
    },
    pseudonym::KeyProvider,
    table::{csv::Dialect, parquet::Parquet},
};

/// The version of the format that this version of the library reads. Its meaning never changes; another meaning is another number.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::VERSION};
/// let later = format!("version = {}\npurpose = 'documentation'", VERSION + 1);
/// let error = Policy::parse(&later, Path::new(".")).unwrap_err();
/// assert_eq!(error.to_string(), "policy version 2 is unknown; this tool reads version 1");
/// ```
pub const VERSION: u32 = 1;

/// A policy whose names, roles, actions and parameters fit together. What depends on the data is checked
/// by [`Policy::plan`](crate::pipeline::Policy::plan).
///
/// It cannot be applied: only its plan can, once.
/// ```no_run
/// # use std::path::Path;
/// # use incog::pipeline::{Policy, Replace};
/// # fn apply(policy: Policy) -> incog::Result<()> {
/// policy.plan(&|_, _, _| ())?.apply(Path::new("release"), Replace::No, &|_, _, _| ())?;
/// # Ok(())
/// # }
/// ```
/// ```compile_fail,E0599
/// # use std::path::Path;
/// # use incog::pipeline::{Policy, Replace};
/// # fn apply(policy: Policy) -> incog::Result<()> {
/// policy.apply(Path::new("release"), Replace::No, &|_, _, _| ())?;
/// # Ok(())
/// # }
/// ```
/// ```compile_fail,E0382
/// # use std::path::Path;
/// # use incog::pipeline::{Policy, Replace};
/// # fn apply(policy: Policy) -> incog::Result<()> {
/// let plan = policy.plan(&|_, _, _| ())?;
/// plan.apply(Path::new("release"), Replace::No, &|_, _, _| ())?;
/// plan.apply(Path::new("again"), Replace::No, &|_, _, _| ())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Policy {
    pub(crate) purpose: String,
    pub(crate) tenant: Option<String>,
    pub(crate) inputs: BTreeMap<String, InputPolicy>,
    pub(crate) releases: BTreeMap<String, Release>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) gate: Option<Gate>,
    pub(crate) scanner: Scanner,
    pub(crate) folder: PathBuf,
    pub(crate) text: String,
    pub(super) keys: Provider,
    pub(super) ledgers: Ledgers,
    pub(super) parquet: ParquetFiles,
    pub(super) engine: Engines,
}

impl Policy {
    /// Reads the policy in the file at `path`; paths in it are relative to its folder.
    ///
    /// # Errors
    /// `Policy` with the line if the file cannot be read or is not a policy; otherwise as
    /// [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|e| Error::policy_unreadable(path, &e))?;
        Policy::parse(&text, folder_of(path)).map_err(|e| e.context(format!("policy '{}'", path.display())))
    }

    /// What the policy in the file at `path` says on the scanner: its `[scanner]`, or nothing beyond the defaults. Of
    /// everything else only the names of the keys are read, so a file with `version` and `[scanner]` is enough.
    ///
    /// # Errors
    /// `Policy` if the file cannot be read, is no TOML or holds a key that policies do not have; `Parameter` if a
    /// recognizer is outside of its limits.
    pub fn read_scanner(path: &Path) -> Result<ScannerBuilder> {
        let text = fs::read_to_string(path).map_err(|e| Error::policy_unreadable(path, &e))?;
        let scanner = || {
            let document: document::ScannerDocument = read(&text)?;
            if document.version != VERSION {
                return Err(Error::policy_version(document.version));
            }
            document.scanner.map_or_else(|| Ok(Scanner::builder()), |s| s.into_builder(folder_of(path)))
        };
        scanner().map_err(|e: Error| e.context(format!("policy '{}'", path.display())))
    }

    /// The same policy with keys from `provider`, such as a key management service, in place of the environment and the files
    /// that it names ([`SystemKeys`](crate::pseudonym::SystemKeys)). Whatever the policy does asks this provider and no other.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use incog::{pipeline::{Policy, SILENT}, pseudonym::{Key, KeySource, SuppliedKeys}};
    /// # fn main() -> incog::Result<()> {
    /// # let here = std::env::temp_dir().join(format!("incog-doc-keys-{}", std::process::id()));
    /// # std::fs::create_dir_all(&here).unwrap();
    /// let rows = "id,age\np1,30\np2,40\n";
    /// # std::fs::write(here.join("people.csv"), rows).unwrap();
    /// let policy = r#"
    /// version = 1
    /// purpose = "documentation"
    /// [input]
    /// path = "people.csv"
    /// [columns]
    /// id = { role = "identifying", action = "token", key = "env:A_KEY_THAT_NOBODY_SET", domain = "person" }
    /// age = { role = "insensitive" }
    /// [release.table]
    /// columns = ["id"]
    /// "#;
    /// let policy = || Policy::parse(policy, &here);
    /// let error = policy()?.plan(SILENT).unwrap_err();
    /// assert_eq!(error.kind(), incog::ErrorKind::Key);
    ///
    /// let keys = SuppliedKeys::default().supply(KeySource::parse("env:A_KEY_THAT_NOBODY_SET")?, Key::generate()?);
    /// assert!(policy()?.keys(Arc::new(keys)).plan(SILENT)?.refusals().is_empty());
    /// # std::fs::remove_dir_all(&here).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn keys(mut self, provider: Arc<dyn KeyProvider>) -> Self {
        self.keys = Provider(Some(provider));
        self
    }

    /// The same policy with ledgers from `provider`, for kinds that this crate does not have.
    #[must_use]
    pub fn ledgers(mut self, provider: Arc<dyn LedgerProvider>) -> Self {
        self.ledgers = Ledgers(provider);
        self
    }

    /// The same policy with what reads and writes its tables of Parquet, such as `incog_arrow::parquet::Files`.
    #[must_use]
    pub fn parquet(mut self, files: Arc<dyn Parquet>) -> Self {
        self.parquet = ParquetFiles(Some(files));
        self
    }

    /// Checks the policy `text`; paths in it are relative to `folder`. Reads no file but hierarchies and word lists.
    ///
    /// # Errors
    /// `Policy` if a key, role, action, model, metric or search is unknown (the message lists what is known)
    /// or if two entries contradict each other; `Refused` if a release would claim more than it can hold, such
    /// as k-anonymity with a token; `Unsupported` for parts of the format that this version does not do.
    ///
    /// # Examples
    /// ```
    /// use incog::pipeline::Policy;
    /// let text = r#"
    ///     version = 1
    ///     purpose = "example"
    ///     [input]
    ///     path = "t.csv"
    ///     [columns]
    ///     age = { role = "quasi" }
    ///     pet = { role = "fluffy" }
    /// "#;
    /// let error = Policy::parse(text, ".".as_ref()).unwrap_err().to_string();
    /// assert!(error.starts_with("line 8: unknown variant `fluffy`, expected one of `identifying`, `quasi`"), "{error}");
    /// ```
    pub fn parse(text: &str, folder: &Path) -> Result<Self> {
        let mut document: document::Document = read(text)?;
        if document.version != VERSION {
            return Err(Error::policy_version(document.version));
        }
        let mut policy = Policy {
            inputs: inputs(&mut document, folder)?,
            purpose: document.purpose,
            tenant: document.tenant,
            releases: BTreeMap::new(),
            overrides: Vec::new(),
            gate: None,
            scanner: Scanner::new(),
            folder: folder.to_owned(),
            keys: Provider::default(),
            ledgers: Ledgers::default(),
            parquet: ParquetFiles::default(),
            engine: Engines::default(),
            text: text.to_owned(),
        };
        if let Some(scanner) = document.scanner {
            let built = scanner.into_builder(folder).and_then(ScannerBuilder::build);
            policy.scanner = built.map_err(|e| e.context("[scanner]"))?;
        }
        for input in policy.inputs.values() {
            input.check_references().map_err(|e| policy.of_input(e, &input.name))?;
        }
        for (name, entry) in document.release {
            release::check_name(&name)?;
            let release = policy.release(entry).map_err(|e| e.context(format!("release '{name}'")))?;
            policy.releases.insert(name, release);
        }
        policy.find_numbers();
        policy.find_counted();
        for entry in document.overrides {
            policy.overrides.push(Override::new(entry, &policy.releases)?);
        }
        policy.check_releases()?;
        if let Some(entry) = document.gate {
            let gate = Gate::new(entry, policy.releases.values());
            policy.gate = Some(gate.map_err(|e| e.context("[gate]"))?);
        }
        policy.check_purpose(document.purposes.as_ref())?;
        Ok(policy)
    }

    /// What searches its free text: the default scanner, or what `[scanner]` says.
    #[must_use]
    pub fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// What the data may be used for, in the words of the policy.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Its tables, by name; the only one of a policy with `[input]` is called `input`.
    #[must_use]
    pub fn inputs(&self) -> &BTreeMap<String, InputPolicy> {
        &self.inputs
    }

    /// What is released, by name.
    #[must_use]
    pub fn releases(&self) -> &BTreeMap<String, Release> {
        &self.releases
    }

    /// What is tried on tables under models before they leave, if anything is.
    #[must_use]
    pub fn gate(&self) -> Option<&Gate> {
        self.gate.as_ref()
    }

    /// The folder that a release goes to when no other is named: `release` beside the policy.
    #[must_use]
    pub fn default_output(&self) -> PathBuf {
        self.folder.join("release")
    }

    /// An error about the table `name`, with its name in front where there are several.
    pub(crate) fn of_input(&self, error: Error, name: &str) -> Error {
        if self.inputs.len() > 1 { error.context(format!("input '{name}'")) } else { error }
    }

    /// How delimited text beside the input is written: like it.
    pub(crate) fn dialect_of(&self, input: &str) -> Dialect {
        match self.inputs[input].form {
            Form::Csv(dialect) => dialect,
            Form::JsonLines(_) | Form::Parquet => Dialect::default(),
        }
    }

    /// Whether some release holds the column `name` of the table `input`.
    pub(crate) fn releases_column(&self, input: &str, name: &str) -> bool {
        self.releases.values().any(|r| match r {
            Release::Table(table) => table.input == input && table.columns.iter().any(|c| c == name),
            Release::Sampled(sampled) => sampled.input == input && sampled.columns.iter().any(|c| c == name),
            Release::Statistics(_) => false,
        })
    }

    /// Tells each input which of its columns are read as numbers.
    fn find_numbers(&mut self) {
        let mut numbers: Vec<(String, String)> = Vec::new();
        for release in self.releases.values() {
            let columns: Vec<&str> = match release {
                Release::Statistics(statistics) => {
                    statistics.queries.iter().flat_map(|q| &q.numbers).map(String::as_str).collect()
                }
                Release::Table(table) => table.models.iter().filter_map(ModelSpec::number).collect(),
                Release::Sampled(_) => Vec::new(),
            };
            numbers.extend(columns.into_iter().map(|c| (release.input().to_owned(), c.to_owned())));
        }
        for (input, column) in numbers {
            // What is released must not be read as missing.
            let strict = self.releases_column(&input, &column);
            if let Some(input) = self.inputs.get_mut(&input) {
                input.numbers.insert(column, strict);
            }
        }
    }

    /// Tells each input which of its columns statistics read.
    fn find_counted(&mut self) {
        for release in self.releases.values() {
            if let Release::Statistics(statistics) = release
                && let Some(input) = self.inputs.get_mut(&statistics.input)
            {
                input.counted.extend(statistics.queries.iter().flat_map(|query| &query.columns).cloned());
            }
        }
    }

    /// The release of `entry`, from the table that it names, or from the only one.
    fn release(&self, mut entry: document::ReleaseEntry) -> Result<Release> {
        let input = match entry.input.take() {
            Some(name) if self.inputs.contains_key(&name) => name,
            Some(name) => return Err(Error::unknown_input(&name, self.inputs.keys())),
            None if self.inputs.len() == 1 => self.inputs.keys().next().cloned().unwrap_or_default(),
            None => return Err(Error::release_without_input(self.inputs.keys())),
        };
        Release::new(entry, input)
    }
}

/// The tables of a policy: `[input]` with what stands at the top, or each `[inputs.NAME]` with its own.
fn inputs(document: &mut document::Document, folder: &Path) -> Result<BTreeMap<String, InputPolicy>> {
    let mut inputs = BTreeMap::new();
    match (document.input.take(), document.inputs.is_empty()) {
        (Some(mut entry), true) => {
            if entry.person.is_some() || entry.undeclared.is_some() || entry.columns.is_some() {
                return Err(Error::setting_of_several_inputs());
            }
            entry.person = document.person.take();
            entry.undeclared = document.undeclared;
            entry.columns = Some(document.columns.take().ok_or_else(Error::no_columns)?);
            let input = InputPolicy::new(ONLY_INPUT, entry, folder).map_err(in_input)?;
            inputs.insert(ONLY_INPUT.to_owned(), input);
        }
        (None, false) => {
            if document.columns.is_some() {
                return Err(Error::columns_of_several_inputs());
            }
            let several = document.inputs.len() > 1;
            for (name, mut entry) in std::mem::take(&mut document.inputs) {
                release::check_name(&name).map_err(|_| Error::input_name())?;
                entry.person = entry.person.or_else(|| document.person.clone());
                entry.undeclared = entry.undeclared.or(document.undeclared);
                let input = InputPolicy::new(&name, entry, folder);
                let mut input = input.map_err(|e| e.context(format!("input '{name}'")))?;
                input.one_of_several = several;
                inputs.insert(name, input);
            }
        }
        _ => return Err(Error::one_input_or_several()),
    }
    Ok(inputs)
}

/// What is wrong with `[input]` itself says so; a column names itself.
fn in_input(error: Error) -> Error {
    if error.to_string().starts_with("column '") { error } else { error.context("[input]") }
}

/// The name of the table of a policy that has only one.
const ONLY_INPUT: &str = "input";

/// The document that `text` is.
fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(1, |s| text[..s.start].matches('\n').count() + 1);
        Error::bad_policy(line, e.message())
    })
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Today in UTC, as `YYYY-MM-DD`.
fn today() -> String {
    jiff::Timestamp::now().to_string().chars().take(10).collect()
}
