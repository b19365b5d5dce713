//! Sentences about models, the search and its results.

use super::{Error, ErrorKind, Position, list};

/// Models, search and results.
impl Error {
    pub(crate) fn k_too_small(k: u64) -> Self {
        Error::new(ErrorKind::Parameter, format!("k must be at least 2, got {k}"))
    }

    pub(crate) fn l_too_small(l: u64) -> Self {
        Error::new(ErrorKind::Parameter, format!("l must be at least 2, got {l}"))
    }

    pub(crate) fn level_bounds(column: &str, finest: usize, coarsest: usize, height: usize) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!(
                "column '{column}': levels {finest} to {coarsest} where its hierarchy has 0 to {height}; \
                 the finest must not be above the coarsest"
            ),
        )
        .at(Position::column(column))
    }

    pub(crate) fn column_weight(column: &str, weight: f64) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("column '{column}': a weight must be finite and not negative, and one of them positive, got {weight}"),
        )
        .at(Position::column(column))
    }

    pub(crate) fn setting_of_one_level_per_column(column: &str) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!(
                "column '{column}': weights, bounds of levels and suppression of values outside belong to searches with \
                 one level for a whole column; use search = \"optimal\" or \"best_effort\""
            ),
        )
        .at(Position::column(column))
    }

    pub(crate) fn best_effort_without_limit() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "a best-effort search needs a limit; give max_steps = 2000, or max_seconds = 10",
        )
    }

    pub(crate) fn model_without_person(model: &str) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!(
                "model {model} counts persons, and no column names the person; name it, or use k-anonymity"
            ),
        )
    }

    pub(crate) fn model_without_hierarchy(model: &str, column: &str) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!(
                "model {model} needs a hierarchy of column '{column}'; declare one, or use other distances"
            ),
        )
        .at(Position::column(column))
    }

    pub(crate) fn model_without_population(model: &str) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("model {model} counts rows of a population, and none is given; name its file"),
        )
    }

    pub(crate) fn not_ordered(model: &str, column: &str, row: u64) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "column '{column}', row {row}: not a number, which {model} needs to put values in order; \
                 use other distances, or name such values as unknown"
            ),
        )
        .at(Position::column(column).with_row(row))
    }

    pub(crate) fn no_model_of_a_population() -> Self {
        Error::new(ErrorKind::Parameter, "no model counts rows of a population; leave the population out")
    }

    pub(crate) fn too_many_outside(outside: u64, allowed: u64) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!("{outside} rows have a value outside of a hierarchy, and at most {allowed} rows may be suppressed"),
        )
        .with_remedy("the cheapest change: add the values to the hierarchies")
    }

    pub(crate) fn search_by_class(search: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "search = \"{search}\" gives each class levels of its own and needs the rows; run it on a table, or use \
                 search = \"optimal\" or \"best_effort\""
            ),
        )
    }

    pub(crate) fn codes_of_columns(got: usize, expected: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!("{got} columns of codes where {expected} are counted; see columns()"),
        )
    }

    pub(crate) fn n_too_small(n: u64) -> Self {
        Error::new(ErrorKind::Parameter, format!("n must be at least 1, got {n}"))
    }

    pub(crate) fn population_too_small(population: u64) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("the size of a population must be at least 1, got {population}"),
        )
    }

    /// `what` must be in `range`, which names it.
    pub(crate) fn model_range(what: &str, range: &str, value: f64) -> Self {
        Error::new(ErrorKind::Parameter, format!("{what} must be in {range}, got {value}"))
    }

    pub(crate) fn presence_range(min: f64, max: f64) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("delta-presence takes 0 <= min <= max <= 1, got {min} and {max}"),
        )
    }

    pub(crate) fn suppression_limit(limit: f64) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("max_suppressed is a share of rows in 0 <= share <= 1, got {limit}"),
        )
    }

    pub(crate) fn no_quasi_identifier() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "k-anonymity needs at least one quasi-identifying column; give one a role",
        )
    }

    pub(crate) fn no_model() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "nothing to guarantee: give at least one privacy model, as in k_anonymity = 5",
        )
    }

    pub(crate) fn model_of_one_level_per_column(model: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "{model} counts rows beyond those of a class, which is not supported when each class has levels of its \
                 own; take search = \"optimal\""
            ),
        )
    }

    pub(crate) fn metric_of_classes() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "local recoding minimizes what cells lose: take metric loss, loss_geometric, precision or entropy, \
             or search = \"optimal\"",
        )
    }

    pub(crate) fn repeated_role(column: &str) -> Self {
        Error::new(ErrorKind::Parameter, format!("column '{column}' has two roles; give it one"))
            .at(Position::column(column))
    }

    pub(crate) fn model_column_not_sensitive(model: &str, column: &str) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("model {model} counts column '{column}', which is not declared sensitive"),
        )
        .at(Position::column(column))
    }

    pub(crate) fn diversity_of_repeated_persons(person: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "l-diversity counts persons, and a person of column '{person}' has several rows, which this \
                 version does not support; keep one row per person, or leave the model out"
            ),
        )
    }

    pub(crate) fn k_exceeds_table(k: u64, counted: &str, size: u64) -> Self {
        Error::new(ErrorKind::Refused, format!("k = {k} is more than the table's {size} {counted}"))
            .with_remedy(format!("the cheapest change: k_anonymity = {size}"))
    }

    pub(crate) fn l_exceeds_column(l: u64, column: &str, distinct: u64) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!("l = {l} is more than the {distinct} distinct values of column '{column}'"),
        )
        .at(Position::column(column))
        .with_remedy(format!("the cheapest change: l_diversity = {distinct}"))
    }

    pub(crate) fn no_rows() -> Self {
        Error::new(ErrorKind::Data, "the table has no rows; there is nothing to measure")
    }

    pub(crate) fn counted_persons() -> Self {
        Error::new(
            ErrorKind::Unsupported,
            "tuples that were counted before do not say whose their rows are; add the rows, or count rows instead of persons",
        )
    }

    pub(crate) fn too_many_rows(rows: u64) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!("a table has at most 4294967295 rows, this one has {rows}"),
        )
    }

    pub(crate) fn infeasible(models: &str, limit: u64, rows: u64, best: u64, changes: &[String]) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "no generalization satisfies {models} with at most {limit} of {rows} rows suppressed; \
                 the best would suppress {best}"
            ),
        )
        .with_remedy(format!("the cheapest change: {}", changes.join("; or ")))
    }

    pub(crate) fn lattice_too_large(nodes: u128) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the optimal search takes at most {} generalizations, this request has {nodes}; \
                 declare fewer levels or fewer quasi-identifying columns",
                crate::kanon::search::MAX_NODES
            ),
        )
    }

    pub(crate) fn key_too_wide(bits: u32) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the quasi-identifying columns hold too many distinct values together: {bits} bits where at most 128 \
                 are supported; start their hierarchies at a coarser level"
            ),
        )
    }
}

/// SafePub.
#[cfg(feature = "dp")]
impl Error {
    pub(crate) fn hierarchy_of_the_data(column: &str) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("column '{column}': an automatic hierarchy depends on the data; SafePub needs one that is written down"),
        )
        .at(Position::column(column))
    }

    pub(crate) fn heights_without_common(most: u128) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "SafePub counts what levels keep in whole numbers, and the least common multiple of the heights of the \
                 hierarchies is beyond {most}; declare hierarchies of equal or of fewer levels"
            ),
        )
    }

    pub(crate) fn too_many_nodes(nodes: u128, most: usize) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "SafePub looks at all choices of levels, at most {most}, and here are {nodes}; declare fewer levels or columns"
            ),
        )
    }
}

/// Microaggregation and sets.
impl Error {
    pub(crate) fn decimals_of_means(decimals: usize, most: usize) -> Self {
        Error::new(ErrorKind::Parameter, format!("a mean has at most {most} decimals, got {decimals}"))
    }

    pub(crate) fn not_a_number_to_average(column: &str, row: u64) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "column '{column}', row {row}: not a number; microaggregation takes numbers, correct the row or \
                 generalize the column"
            ),
        )
        .at(Position::column(column).with_row(row))
    }

    pub(crate) fn m_too_small() -> Self {
        Error::new(ErrorKind::Parameter, "m must be at least 1, got 0")
    }

    pub(crate) fn too_many_sets(row: u64, size: usize, most: u64) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "row {row} has more than {most} sets of {size} items, which this version does not count; take a smaller m, \
                 or shorten the row"
            ),
        )
    }
}

/// Frozen recodings and later releases.
impl Error {
    pub(crate) fn not_freezable() -> Self {
        Error::new(
            ErrorKind::Unsupported,
            "only the classes of search = \"local\" can be frozen; where all classes have the same levels, declare those \
             as the only ones of the hierarchies",
        )
    }

    pub(crate) fn recoding_schema(schema: &str) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!("the frozen recoding has another schema than {schema}; freeze it anew"),
        )
    }

    pub(crate) fn recoding_columns(columns: &[String]) -> Self {
        Error::new(
            ErrorKind::Policy,
            format!(
                "the frozen recoding is about {}, in this order; the quasi-identifying columns must be the same",
                list(columns)
            ),
        )
    }

    pub(crate) fn batch_below(held: u64, rows: u64) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!("{held} of {rows} rows are in no class of the frozen recoding that meets the models in this batch"),
        )
        .with_remedy("the cheapest change: hold them for a later batch".to_owned())
    }
}
