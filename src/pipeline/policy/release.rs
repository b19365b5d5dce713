//! What is released.

use super::{document::ReleaseEntry, statistics::StatisticsRelease};
use crate::{
    error::{Error, Result},
    kanon::{
        AnonymizerBuilder, Metric, Search, TooFew,
        model::{KAnonymity, LDiversity},
    },
    pseudonym::KeySource,
};

/// One release of a policy.
#[derive(Debug)]
#[non_exhaustive]
pub enum Release {
    /// Rows.
    Table(TableRelease),
    /// Statistics with differential privacy.
    Statistics(StatisticsRelease),
}

/// Rows: under privacy models, or pseudonymised only.
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
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MembershipSpec {
    /// The key that names persons, or combinations of quasi-identifying values.
    pub key: KeySource,
    /// Memberships of earlier releases, relative to the policy.
    pub earlier: Vec<String>,
}

/// A privacy model as the policy names it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelSpec {
    /// `{ k_anonymity = 10 }`
    KAnonymity(u64),
    /// `{ l_diversity = 3, variant = "distinct", column = "diagnosis" }`
    DistinctLDiversity {
        /// The least number of distinct values.
        l: u64,
        /// The sensitive column.
        column: String,
    },
}

impl Release {
    pub(super) fn new(entry: ReleaseEntry, input: String) -> Result<Self> {
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
    let columns = entry.columns.unwrap_or_default();
    if columns.is_empty() {
        return Err(Error::release_without_columns());
    }
    for (i, name) in columns.iter().enumerate() {
        if columns[..i].contains(name) {
            return Err(Error::repeated_release_column(name));
        }
    }
    let models = entry.models.unwrap_or_default().into_iter().map(model).collect::<Result<Vec<_>>>()?;
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
        Some("cell_suppression") => Some(Search::CellSuppression),
        Some("mondrian") => Some(Search::Mondrian),
        Some("mondrian_relaxed") => Some(Search::MondrianRelaxed),
        Some(name) if SEARCHES.contains(&name) => {
            return Err(Error::not_in_this_version(
                &format!("search = \"{name}\""),
                "supported are search = \"local\" and search = \"optimal\"",
            ));
        }
        Some(name) => return Err(Error::unknown_word("search", name, SEARCHES)),
        None => return Err(Error::no_search()),
    };
    if entry.max_steps.is_some() && !matches!(search, Some(Search::Local | Search::CellSuppression)) {
        return Err(Error::setting_of_other_release("max_steps", "search = \"local\""));
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
        frozen: entry.frozen,
        too_few: entry.too_few.unwrap_or(TooFew::Refuse),
        membership,
        domain: entry.domain,
    })
}

fn model(mut entry: toml::Table) -> Result<ModelSpec> {
    let Some(name) = MODELS.iter().find(|m| entry.contains_key(**m)) else {
        let name = entry.keys().next().cloned().unwrap_or_default();
        return Err(Error::unknown_word("model", &name, MODELS));
    };
    let value = entry.remove(*name);
    let number = || {
        let number = value.as_ref().and_then(toml::Value::as_integer);
        number.and_then(|n| u64::try_from(n).ok()).ok_or_else(|| Error::model_parameter(name))
    };
    let model = match *name {
        "k_anonymity" => {
            KAnonymity::new(number()?)?;
            ModelSpec::KAnonymity(number()?)
        }
        "l_diversity" => {
            let variant = entry.remove("variant");
            match variant.as_ref().and_then(toml::Value::as_str) {
                Some("distinct") => {}
                Some("entropy" | "recursive") => {
                    return Err(Error::not_in_this_version(
                        "this variant of l_diversity",
                        "supported is variant = \"distinct\"",
                    ));
                }
                Some(other) => {
                    return Err(Error::unknown_word("variant", other, &["distinct", "entropy", "recursive"]));
                }
                None => return Err(Error::l_without_variant()),
            }
            let column = entry.remove("column");
            let column = column
                .as_ref()
                .and_then(toml::Value::as_str)
                .ok_or_else(|| Error::model_without_column(name))?;
            LDiversity::distinct(column, number()?)?;
            ModelSpec::DistinctLDiversity { l: number()?, column: column.to_owned() }
        }
        name => {
            return Err(Error::not_in_this_version(
                &format!("model {name}"),
                "supported are k_anonymity and l_diversity",
            ));
        }
    };
    match entry.keys().next() {
        Some(extra) => Err(Error::unknown_word("setting of the model", extra, &["variant", "column"])),
        None => Ok(model),
    }
}

impl ModelSpec {
    /// The word for it in the policy.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            ModelSpec::KAnonymity(_) => "k_anonymity",
            ModelSpec::DistinctLDiversity { .. } => "l_diversity",
        }
    }

    /// The sensitive column that it counts, if any.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            ModelSpec::KAnonymity(_) => None,
            ModelSpec::DistinctLDiversity { column, .. } => Some(column),
        }
    }

    /// The least size of a class that it asks for, if it does.
    #[must_use]
    pub const fn k(&self) -> Option<u64> {
        match self {
            ModelSpec::KAnonymity(k) => Some(*k),
            ModelSpec::DistinctLDiversity { .. } => None,
        }
    }

    pub(crate) fn add_to(&self, builder: AnonymizerBuilder) -> Result<AnonymizerBuilder> {
        Ok(match self {
            ModelSpec::KAnonymity(k) => builder.model(KAnonymity::new(*k)?),
            ModelSpec::DistinctLDiversity { l, column } => builder.model(LDiversity::distinct(column, *l)?),
        })
    }
}

/// A release's name becomes a file's name.
pub(super) fn check_name(name: &str) -> Result<()> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if name.is_empty() || name.len() > 64 || !plain { Err(Error::release_name()) } else { Ok(()) }
}

const MODELS: &[&str] = &[
    "k_anonymity",
    "person_k",
    "k_map",
    "l_diversity",
    "t_closeness",
    "n_t_closeness",
    "beta_likeness",
    "delta_disclosure",
    "alpha_k",
    "delta_presence",
    "average_risk",
    "sample_uniques",
    "population_uniques",
];
const SEARCHES: &[&str] =
    &["local", "optimal", "best_effort", "mondrian", "mondrian_relaxed", "cell_suppression"];
