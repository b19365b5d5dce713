//! What is released as statistics: the queries of a policy, each with its price.

use super::document::{BoundsEntry, BudgetEntry, ClampEntry, QueryEntry, ReleaseEntry, UnreadableEntry};
use crate::{
    dp::{Bins, Condition, ContributionBounds, Epsilon, Query, QueryBuilder, Unreadable},
    error::{Error, Result},
    pseudonym::KeySource,
};

/// Statistics, charged to a ledger.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::Release};
/// let release = r#"
/// [release.stats]
/// ledger = "sqlite:budget.db"
/// budget = { epsilon = 1.0 }
/// bounds = { rows_per_person = 1, groups_per_person = 1 }
/// queries = [{ mean = "age", clamp = [0, 120], epsilon = 0.5 }]
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\nperson = 'id'\n[input]\npath = 'stays.csv'\n\
/// #      [columns]\nid = {{ role = 'identifying', action = 'drop' }}\nage = {{ role = 'quasi' }}\n{release}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let Release::Statistics(statistics) = &policy.releases()["stats"] else { panic!("statistics") };
/// assert_eq!((statistics.ledger.as_str(), statistics.epsilon), ("sqlite:budget.db", 1.0));
/// assert_eq!((statistics.bounds.rows_per_person(), statistics.queries.len()), (1, 1));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct StatisticsRelease {
    /// The table that they are about.
    pub input: String,
    /// Where the ledger is, as `sqlite:PATH` or a URL.
    pub ledger: String,
    /// The key of the ledger, under which answers are stored.
    pub key: Option<KeySource>,
    /// The epsilon that the queries may cost together.
    pub epsilon: f64,
    /// The delta that the queries may cost together.
    pub delta: f64,
    /// How much of one person counts.
    pub bounds: ContributionBounds,
    /// What is asked.
    pub queries: Vec<QuerySpec>,
}

/// One query and its price.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::Release};
/// let release = r#"
/// [release.stats]
/// ledger = "sqlite:budget.db"
/// budget = { epsilon = 1.0 }
/// bounds = { rows_per_person = 1, groups_per_person = 1 }
/// queries = [{ mean = "age", clamp = [0, 120], epsilon = 0.5 }]
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\nperson = 'id'\n[input]\npath = 'stays.csv'\n\
/// #      [columns]\nid = {{ role = 'identifying', action = 'drop' }}\nage = {{ role = 'quasi' }}\n{release}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let Release::Statistics(statistics) = &policy.releases()["stats"] else { panic!("statistics") };
/// let query = &statistics.queries[0];
/// assert_eq!((&query.columns[..], &query.numbers[..]), (&["age".to_owned()][..], &["age".to_owned()][..]));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QuerySpec {
    /// What is asked, without a price.
    pub query: QueryBuilder,
    /// What it may cost.
    pub price: Price,
    /// The column whose values are groups, if those are to be found in the data: for the query's epsilon once more, and
    /// an equal share of the release's delta.
    pub selected: Option<String>,
    /// The columns that it reads.
    pub columns: Vec<String>,
    /// Those of them that it reads as numbers.
    pub numbers: Vec<String>,
    /// Whether errors of its answers are counted in ranks: those of quantiles.
    pub in_ranks: bool,
}

/// What a query may cost.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use incog::pipeline::{Policy, policy::{Price, Release}};
/// let release = r#"
/// [release.stats]
/// ledger = "sqlite:budget.db"
/// budget = { epsilon = 1.0 }
/// bounds = { rows_per_person = 1, groups_per_person = 1 }
/// queries = [{ mean = "age", clamp = [0, 120], accuracy = 2.5 }]
/// "#;
/// # let policy = format!(
/// #     "version = 1\npurpose = 'documentation'\nperson = 'id'\n[input]\npath = 'stays.csv'\n\
/// #      [columns]\nid = {{ role = 'identifying', action = 'drop' }}\nage = {{ role = 'quasi' }}\n{release}"
/// # );
/// let policy = Policy::parse(&policy, Path::new("."))?;
/// let Release::Statistics(statistics) = &policy.releases()["stats"] else { panic!("statistics") };
/// match statistics.queries[0].price {
///     Price::Epsilon(epsilon) => println!("costs {epsilon}"),
///     Price::Accuracy(error) => assert_eq!(error, 2.5, "years: it costs what that takes"),
///     _ => {}
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Price {
    /// This epsilon.
    Epsilon(Epsilon),
    /// The least epsilon with which its error is at most this, with probability 95 %.
    Accuracy(f64),
}

impl StatisticsRelease {
    pub(super) fn new(entry: ReleaseEntry, input: String) -> Result<Self> {
        if entry.models.is_some()
            || entry.search.is_some()
            || entry.metric.is_some()
            || entry.max_suppressed.is_some()
        {
            return Err(Error::setting_of_other_release(
                "models, search, metric and max_suppressed",
                "columns",
            ));
        }
        if entry.domain.is_some() || entry.shuffle.is_some() || entry.max_steps.is_some() {
            return Err(Error::setting_of_other_release("domain, shuffle and max_steps", "columns"));
        }
        let missing = |setting: &str, example: &str| Error::statistics_without(setting, example);
        let BudgetEntry { epsilon, delta } =
            entry.budget.ok_or_else(|| missing("budget", "budget = { epsilon = 1.0, delta = 1e-6 }"))?;
        let BoundsEntry { rows_per_person, groups_per_person, rows_per_group } = entry
            .bounds
            .ok_or_else(|| missing("bounds", "bounds = { rows_per_person = 3, groups_per_person = 3 }"))?;
        let mut bounds = ContributionBounds::new(rows_per_person, groups_per_person)?;
        if let Some(rows) = rows_per_group {
            bounds = bounds.per_group(rows)?;
        }
        let queries = entry.queries.unwrap_or_default();
        let queries = queries.into_iter().map(QuerySpec::new).collect::<Result<Vec<_>>>()?;
        if queries.is_empty() {
            return Err(missing("queries", "queries = [{ count = \"*\", epsilon = 0.5 }]"));
        }
        if queries.iter().any(|query| query.selected.is_some()) && delta.is_none_or(|delta| delta <= 0.0) {
            return Err(Error::query_without(
                "keys, or a delta in the budget",
                "keys = [\"A\", \"B\"], the groups, which must be public; or budget = { epsilon = 1.0, delta = 1e-6 }, \
                 to find the groups that enough persons have",
            ));
        }
        Ok(StatisticsRelease {
            input,
            ledger: entry.ledger.ok_or_else(|| missing("ledger", "ledger = \"sqlite:budget.db\""))?,
            key: entry.key.as_deref().map(KeySource::parse).transpose()?,
            epsilon,
            delta: delta.unwrap_or(0.0),
            bounds,
            queries,
        })
    }
}

impl QuerySpec {
    fn new(mut entry: QueryEntry) -> Result<Self> {
        let (mut columns, mut selected) = (Vec::new(), None);
        let in_ranks = entry.quantiles.is_some();
        let mut query = aggregate(&mut entry, &mut columns)?;
        // What is aggregated is clamped.
        let mut numbers = columns.clone();
        if let Some(rule) = entry.unreadable {
            query = query.unreadable(unreadable(rule)?);
        }
        match (entry.by, entry.keys) {
            (None, None) => {}
            (Some(by), Some(keys)) => {
                query = query.by(&by, keys);
                columns.push(by);
            }
            (Some(by), None) => {
                columns.push(by.clone());
                selected = Some(by);
            }
            (None, Some(_)) => return Err(Error::query_without("by", "by = \"ward\"")),
        }
        for (column, wanted) in entry.only.unwrap_or_default() {
            if wanted.as_array().is_some_and(|values| values.iter().all(|v| !v.is_str())) {
                numbers.push(column.clone());
            }
            query = query.only(condition(&column, wanted)?);
            columns.push(column);
        }
        if let Some(rows) = entry.at_least {
            query = query.at_least(rows);
        }
        let price = match (entry.epsilon, entry.accuracy) {
            (Some(epsilon), None) => Price::Epsilon(Epsilon::new(epsilon)?),
            (None, Some(accuracy)) if accuracy > 0.0 && accuracy.is_finite() => Price::Accuracy(accuracy),
            (None, Some(accuracy)) => return Err(Error::accuracy_range(accuracy)),
            _ => return Err(Error::query_without("either epsilon or accuracy", "epsilon = 0.5")),
        };
        Ok(QuerySpec { query, price, selected, columns, numbers, in_ranks })
    }
}

/// What is computed, with its clamp bounds.
fn aggregate(entry: &mut QueryEntry, columns: &mut Vec<String>) -> Result<QueryBuilder> {
    let named = [&entry.count, &entry.sum, &entry.mean, &entry.variance, &entry.histogram];
    let kinds = named.iter().filter(|kind| kind.is_some()).count() + usize::from(entry.quantiles.is_some());
    if kinds != 1 || entry.of.is_some() != entry.quantiles.is_some() {
        return Err(Error::query_kind());
    }
    if entry.histogram.is_none() && (entry.bins.is_some() || entry.edges.is_some()) {
        return Err(Error::query_without("histogram", "histogram = \"age\", as it has bins or edges"));
    }
    if let Some(star) = &entry.count {
        return match (star.as_str(), &entry.clamp) {
            ("*", None) => Ok(Query::count()),
            _ => Err(Error::query_kind()),
        };
    }
    let column = named.into_iter().flatten().next().or(entry.of.as_ref()).cloned().unwrap_or_default();
    columns.push(column.clone());
    if entry.histogram.is_some() {
        let bins = match (entry.edges.take(), entry.bins, &entry.clamp) {
            (Some(edges), None, None) => Bins::from_edges(edges)?,
            (None, Some(count), Some(ClampEntry::Public([lower, upper]))) => {
                Bins::uniform(*lower, *upper, count)?
            }
            _ => {
                let example = "clamp = [0, 100], bins = 10, or edges = [0, 18, 65, 120]";
                return Err(Error::query_without("bins within clamp, or edges,", example));
            }
        };
        return Ok(Query::histogram(column, bins));
    }
    let query = match (entry.quantiles.take(), &entry.sum, &entry.mean) {
        (Some(quantiles), ..) => Query::quantiles(column, quantiles),
        (None, Some(_), _) => Query::sum(column),
        (None, None, Some(_)) => Query::mean(column),
        (None, None, None) => Query::variance(column),
    };
    match entry.clamp {
        Some(ClampEntry::Public([lower, upper])) => Ok(query.clamp(lower, upper)),
        Some(ClampEntry::Found(found)) => Ok(query.find_clamp(Epsilon::new(found.find)?)),
        None => Err(Error::query_without("clamp", "clamp = [0, 50000]")),
    }
}

fn unreadable(entry: UnreadableEntry) -> Result<Unreadable> {
    match entry {
        UnreadableEntry::Value(value) => Ok(Unreadable::Value(value)),
        UnreadableEntry::Word(word) => match word.as_str() {
            "lower" => Ok(Unreadable::Lower),
            "upper" => Ok(Unreadable::Upper),
            "left_out" => Ok(Unreadable::LeftOut),
            _ => Err(Error::unknown_word("unreadable", &word, &["lower", "upper", "left_out"])),
        },
    }
}

/// `ward = "A1"`, `ward = ["A1", "A2"]` or `age = [18, 65]`.
fn condition(column: &str, wanted: toml::Value) -> Result<Condition> {
    let number = |value: &toml::Value| {
        value.as_float().or_else(|| value.as_integer().map(|n| n.to_string().parse().unwrap_or(f64::NAN)))
    };
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    let malformed = || Error::query_condition(column);
    match wanted {
        toml::Value::String(value) => Ok(Condition::equals(column, value)),
        toml::Value::Array(values) => match values.iter().map(text).collect::<Option<Vec<_>>>() {
            Some(values) => Ok(Condition::one_of(column, values)),
            None => match values.iter().map(number).collect::<Option<Vec<_>>>().as_deref() {
                Some([lower, upper]) => Condition::within(column, *lower, *upper),
                _ => Err(malformed()),
            },
        },
        _ => Err(malformed()),
    }
}
