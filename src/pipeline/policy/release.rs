//! What is released.

use std::time::Duration;

use super::{
    document::ReleaseEntry, model::ModelSpec, sampled::SampledRelease, statistics::StatisticsRelease,
};
use crate::{
    error::{Error, Result},
    kanon::{Metric, Search, TooFew},
    pseudonym::KeySource,
};

/// One release of a policy.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::Release};
/// let releases = r#"
/// [release.rows]
/// columns = ["age"]
/// models = [{ k_anonymity = 5 }]
/// search = "local"
/// [release.stats]
/// ledger = "sqlite:budget.db"
/// budget = { epsilon = 1.0 }
/// bounds = { rows_per_person = 1, groups_per_person = 1 }
/// queries = [{ mean = "age", clamp = [0, 120], epsilon = 0.5 }]
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\nperson = 'id'\n[input]\npath = 'stays.csv'\n\
/// #      [columns]\nid = {{ role = 'identifying', action = 'drop' }}\nage = {{ role = 'quasi' }}\n{releases}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// for (name, release) in policy.releases() {
///     match release {
///         Release::Table(table) => println!("{name}: rows with {}", table.columns.join(", ")),
///         Release::Statistics(statistics) => println!("{name}: {} queries", statistics.queries.len()),
///         _ => println!("{name}"),
///     }
///     assert_eq!(release.input(), "input");
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Release {
    /// Rows.
    Table(TableRelease),
    /// Statistics with differential privacy.
    Statistics(StatisticsRelease),
    /// Rows of a hidden sample with differential privacy.
    Sampled(SampledRelease),
}

/// Rows: under privacy models, or pseudonymised only.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::{kanon::{Metric, Search}, pipeline::{Policy, policy::Release}};
/// let release = r#"
/// [release.rows]
/// columns = ["age"]
/// models = [{ k_anonymity = 5 }]
/// max_suppressed = 0.02
/// search = "local"
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\nperson = 'id'\n[input]\npath = 'stays.csv'\n\
/// #      [columns]\nid = {{ role = 'identifying', action = 'drop' }}\nage = {{ role = 'quasi' }}\n{release}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let Release::Table(table) = &policy.releases()["rows"] else { panic!("rows") };
/// assert_eq!((table.search, table.max_suppressed), (Some(Search::Local), 0.02));
/// assert_eq!(table.metric, Metric::Loss, "unless it says otherwise");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct TableRelease {
    /// The table that it is made from.
    pub input: String,
    /// The columns, in the order of the file.
    pub columns: Vec<String>,
    /// What each class must meet; without any the release is pseudonymised only.
    pub models: Vec<ModelSpec>,
    /// The share of rows that may be left out.
    pub max_suppressed: f64,
    /// What the search minimizes.
    pub metric: Metric,
    /// How to search; none without models.
    pub search: Option<Search>,
    /// At most this many steps of a search that is not exact.
    pub max_steps: Option<u64>,
    /// At most this long, for a best-effort search.
    pub time_limit: Option<Duration>,
    /// Columns for whose values the report says how many rows are left out, and what the others lose.
    pub compare: Vec<String>,
    /// A recoding that was learned before, in place of a search, relative to the policy.
    pub frozen: Option<String>,
    /// What happens to rows that a frozen recoding has no class for.
    pub too_few: TooFew,
    /// How the release is held against earlier ones of the same persons.
    pub membership: Option<MembershipSpec>,
    /// The domain of tokens in this release, in place of the columns' own.
    pub domain: Option<String>,
}

/// How a release is held against earlier ones.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::Release};
/// let release = r#"
/// [release.rows]
/// columns = ["age"]
/// models = [{ k_anonymity = 5 }]
/// search = "local"
/// membership = { key = "env:INCOG_KEY", earlier = ["2025.internal/membership-rows.json"] }
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\nperson = 'id'\n[input]\npath = 'stays.csv'\n\
/// #      [columns]\nid = {{ role = 'identifying', action = 'drop' }}\nage = {{ role = 'quasi' }}\n{release}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let Release::Table(table) = &policy.releases()["rows"] else { panic!("rows") };
/// let membership = table.membership.as_ref().expect("it has one");
/// assert_eq!(membership.earlier, ["2025.internal/membership-rows.json"]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MembershipSpec {
    /// The key that names persons, or combinations of quasi-identifying values.
    pub key: KeySource,
    /// Memberships of earlier releases, relative to the policy.
    pub earlier: Vec<String>,
}

impl Release {
    pub(super) fn new(mut entry: ReleaseEntry, input: String) -> Result<Self> {
        if let Some(safe_pub) = entry.safe_pub.take() {
            return SampledRelease::new(entry, safe_pub, input).map(Release::Sampled);
        }
        match (&entry.columns, &entry.queries) {
            (Some(_), None) => table(entry, input).map(Release::Table),
            (None, Some(_)) => StatisticsRelease::new(entry, input).map(Release::Statistics),
            _ => Err(Error::release_kind()),
        }
    }

    /// The table that it is made from.
    #[must_use]
    pub fn input(&self) -> &str {
        match self {
            Release::Table(table) => &table.input,
            Release::Statistics(statistics) => &statistics.input,
            Release::Sampled(sampled) => &sampled.input,
        }
    }
}

fn table(entry: ReleaseEntry, input: String) -> Result<TableRelease> {
    if entry.ledger.is_some() || entry.key.is_some() || entry.budget.is_some() || entry.bounds.is_some() {
        return Err(Error::setting_of_other_release("ledger, key, budget and bounds", "queries"));
    }
    if entry.shuffle == Some(false) {
        return Err(Error::unshuffled());
    }
    let columns = columns(entry.columns)?;
    let models =
        entry.models.unwrap_or_default().into_iter().map(ModelSpec::new).collect::<Result<Vec<_>>>()?;
    if entry.domain.is_some() && !models.is_empty() {
        return Err(Error::setting_of_other_release("domain", "columns and no models"));
    }
    let search = match entry.search.as_deref() {
        _ if models.is_empty() => {
            if entry.frozen.is_some() || entry.membership.is_some() || entry.too_few.is_some() {
                return Err(Error::setting_of_other_release("frozen, too_few and membership", "models"));
            }
            if entry.search.is_some() || entry.metric.is_some() || entry.max_suppressed.is_some() {
                return Err(Error::setting_of_other_release("search, metric and max_suppressed", "models"));
            }
            None
        }
        Some(_) if entry.frozen.is_some() => {
            return Err(Error::setting_of_other_release("search", "no frozen recoding"));
        }
        None if entry.frozen.is_some() => Some(Search::Local),
        Some("optimal") => Some(Search::Optimal),
        Some("local") => Some(Search::Local),
        Some("best_effort") => Some(Search::BestEffort),
        Some("cell_suppression") => Some(Search::CellSuppression),
        Some("mondrian") => Some(Search::Mondrian),
        Some("mondrian_relaxed") => Some(Search::MondrianRelaxed),
        Some(name) => return Err(Error::unknown_word("search", name, SEARCHES)),
        None => return Err(Error::no_search()),
    };
    if entry.max_steps.is_some()
        && !matches!(search, Some(Search::Local | Search::CellSuppression | Search::BestEffort))
    {
        return Err(Error::setting_of_other_release("max_steps", "search = \"local\" or \"best_effort\""));
    }
    if entry.max_seconds.is_some() && search != Some(Search::BestEffort) {
        return Err(Error::setting_of_other_release("max_seconds", "search = \"best_effort\""));
    }
    if search == Some(Search::BestEffort) && entry.max_steps.is_none() && entry.max_seconds.is_none() {
        return Err(Error::best_effort_without_limit());
    }
    let time_limit = entry
        .max_seconds
        .map(|seconds| Duration::try_from_secs_f64(seconds).map_err(|_| Error::time_limit(seconds)));
    if entry.compare.is_some() && models.is_empty() {
        return Err(Error::setting_of_other_release("compare", "models"));
    }
    let mut populations = models.iter().filter_map(ModelSpec::population);
    if let Some(first) = populations.next()
        && populations.any(|other| other != first)
    {
        return Err(Error::several_populations());
    }
    if entry.too_few.is_some() && entry.frozen.is_none() {
        return Err(Error::setting_of_other_release("too_few", "a frozen recoding"));
    }
    let membership = entry
        .membership
        .map(|m| Ok(MembershipSpec { key: KeySource::parse(&m.key)?, earlier: m.earlier }))
        .transpose()?;
    Ok(TableRelease {
        input,
        columns,
        models,
        max_suppressed: entry.max_suppressed.unwrap_or(0.0),
        metric: entry.metric.unwrap_or_default(),
        search,
        max_steps: entry.max_steps,
        time_limit: time_limit.transpose()?,
        compare: entry.compare.unwrap_or_default(),
        frozen: entry.frozen,
        too_few: entry.too_few.unwrap_or(TooFew::Refuse),
        membership,
        domain: entry.domain,
    })
}

/// The columns that leave: some, and none twice.
pub(super) fn columns(listed: Option<Vec<String>>) -> Result<Vec<String>> {
    let columns = listed.unwrap_or_default();
    if columns.is_empty() {
        return Err(Error::release_without_columns());
    }
    for (i, name) in columns.iter().enumerate() {
        if columns[..i].contains(name) {
            return Err(Error::repeated_release_column(name));
        }
    }
    Ok(columns)
}

/// A release's name becomes a file's name.
pub(super) fn check_name(name: &str) -> Result<()> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if name.is_empty() || name.len() > 64 || !plain { Err(Error::release_name()) } else { Ok(()) }
}

const SEARCHES: &[&str] =
    &["local", "optimal", "best_effort", "mondrian", "mondrian_relaxed", "cell_suppression"];
