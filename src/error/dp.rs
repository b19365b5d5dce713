//! Sentences about differential privacy: its parameters, queries and sessions.

use std::fmt;

use super::{Error, ErrorKind};

/// Parameters.
impl Error {
    pub(crate) fn epsilon_range(got: &str) -> Self {
        Error::parameter(format!("epsilon must be in 0 < ε ≤ 64, got {}", short(got)))
    }

    pub(crate) fn rho_range(got: &str) -> Self {
        Error::parameter(format!("rho must be in 0 < ρ ≤ 64, got {}", short(got)))
    }

    pub(crate) fn gaussian_without_rho() -> Self {
        Error::parameter(
            "Gaussian noise has no epsilon of its own; give the query a rho, or an epsilon and a delta by 'approximate'",
        )
    }

    pub(crate) fn approximate_too_small(epsilon: impl fmt::Display, delta: impl fmt::Display) -> Self {
        Error::parameter(format!(
            "no Gaussian noise is so large that an epsilon of {epsilon} and a delta of {delta} hold; give more of either"
        ))
    }

    pub(crate) fn total_epsilon_range(got: &str) -> Self {
        Error::parameter(format!("a total epsilon must be in 0 ≤ ε ≤ 1000000, got {}", short(got)))
    }

    pub(crate) fn delta_range(got: &str) -> Self {
        Error::parameter(format!("delta must be in 0 ≤ δ < 1, got {}", short(got)))
    }

    pub(crate) fn too_many_decimals(name: &str, got: &str, decimals: u32) -> Self {
        Error::parameter(format!("{name} has at most {decimals} decimals, got {}", short(got)))
    }

    pub(crate) fn epsilon_not_divisible(parts: u64) -> Self {
        Error::parameter(format!(
            "the query divides its epsilon into {parts} parts of at least 0.000000000001 each; give it more"
        ))
    }

    pub(crate) fn amount_range(name: &str, got: &str) -> Self {
        Error::parameter(format!("a total of {name} must be in 0 to 1000000, got {}", short(got)))
    }

    pub(crate) fn malformed_amount(currency: &str) -> Self {
        let example = match currency {
            "pure" => "pure epsilon=1",
            "approximate" => "approximate epsilon=1 delta=0.000001",
            "zcdp" => "zcdp rho=0.5",
            "gdp" => "gdp mu_squared=1",
            _ => "rdp 8=2 16=4",
        };
        Error::parameter(format!("an amount in currency {currency} is written as '{example}'"))
    }

    pub(crate) fn unknown_order(got: &str) -> Self {
        let orders: Vec<String> = crate::dp::RDP_ORDERS.iter().map(f64::to_string).collect();
        Error::parameter(format!(
            "order '{}' is not one of the currency rdp, or not in its place; use, in this order: {}",
            short(got),
            orders.join(", ")
        ))
    }

    pub(crate) fn split_range(shares: u32, amount: impl fmt::Display) -> Self {
        Error::parameter(format!(
            "an amount of {amount} cannot be split into {shares} shares; each needs at least 0.000000000001"
        ))
    }

    pub(crate) fn scale_range(got: impl fmt::Display) -> Self {
        Error::parameter(format!(
            "a noise scale must be in 1/64000000000000 to 2^61, got {got}; change epsilon or the bounds"
        ))
    }

    pub(crate) fn bounds_range(name: &str, got: u32, limit: u32) -> Self {
        Error::parameter(format!("{name} must be in 1..={limit}, got {got}"))
    }

    pub(crate) fn unnamed_person() -> Self {
        Error::parameter("the privacy unit needs the name of the column that names the person")
    }

    pub(crate) fn unknown_neighbors(got: &str) -> Self {
        Error::parameter(format!(
            "neighbors '{}' is not known; use 'add_or_remove_one', 'replace_one', 'zero_out'",
            short(got)
        ))
    }

    pub(crate) fn confidence_range(got: f64) -> Self {
        Error::parameter(format!("a confidence must be in 0.5 ≤ c ≤ 0.999999, got {got}"))
    }

    pub(super) fn parameter(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Parameter, message)
    }
}

/// Queries and sessions.
impl Error {
    pub(crate) fn query_without_epsilon() -> Self {
        Error::parameter("the query has no epsilon and no rho; say what it may cost, in one of the two")
    }

    pub(crate) fn clamped_count() -> Self {
        Error::parameter("counts and histograms have no clamp bounds; leave them out")
    }

    pub(crate) fn unreadable_count() -> Self {
        Error::parameter("a count reads no numbers, so none is unreadable; leave the rule for them out")
    }

    pub(crate) fn clamped_twice(kind: &str, column: &str) -> Self {
        Error::parameter(format!(
            "the clamp bounds of the {kind} of '{column}' are given and to be found as well; leave one out"
        ))
    }

    pub(crate) fn unreadable_value(column: &str, lower: f64, upper: f64, got: f64) -> Self {
        Error::parameter(format!(
            "unreadable cells of '{column}' must count as a number within the clamp bounds {lower:e} and {upper:e}, got {got:e}"
        ))
    }

    pub(crate) fn bin_count(got: u32, limit: u32) -> Self {
        Error::parameter(format!("a histogram has 1 to {limit} bins, got {got}"))
    }

    pub(crate) fn bin_edges(got: usize, most: u32) -> Self {
        Error::parameter(format!(
            "the edges of bins must be 2 to {} finite numbers in ascending order, at most 1e100 in size, got {got}",
            u64::from(most) + 1
        ))
    }

    pub(crate) fn quantile_range(got: f64) -> Self {
        Error::parameter(format!("a quantile must be in 0 ≤ q ≤ 1 with at most six decimals, got {got}"))
    }

    pub(crate) fn quantile_count(column: &str, got: usize, limit: usize) -> Self {
        Error::parameter(format!("the quantiles of '{column}' are 1 to {limit} probabilities, got {got}"))
    }

    pub(crate) fn repeated_quantile(column: &str) -> Self {
        Error::parameter(format!("the quantiles of '{column}' name a probability twice; name each once"))
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn clip_norm_range(got: f64) -> Self {
        Error::parameter(format!("a clip norm must be in 1e-60 to 1e60, got {got:e}"))
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn noise_multiplier_range(got: f64) -> Self {
        Error::parameter(format!("a noise multiplier must be in 1e-6 to 1e6, got {got}"))
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn empty_population() -> Self {
        Error::parameter("a sampler needs at least 1 record, got 0")
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn gradient_count(got: usize, records: usize) -> Self {
        Error::parameter(format!(
            "a step needs one gradient for each record of the batch, {records}, got {got}"
        ))
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn old_batch() -> Self {
        Error::new(
            ErrorKind::Refused,
            "the batch is not the last one that this training drew; take a step with that",
        )
    }

    #[cfg(feature = "ndarray")]
    pub(crate) fn vectors_and_persons(vectors: usize, persons: usize) -> Self {
        Error::new(
            ErrorKind::Data,
            format!("there are {vectors} vectors and {persons} persons; give the person of each"),
        )
    }

    #[cfg(feature = "audit")]
    pub(crate) fn other_steps(what: &str) -> Self {
        Error::new(
            ErrorKind::Verification,
            format!(
                "two tables led to other steps: {what} differ; what a query does must not depend on the data"
            ),
        )
    }

    #[cfg(feature = "audit")]
    pub(crate) fn moved_too_far(what: &str) -> Self {
        Error::new(
            ErrorKind::Verification,
            format!(
                "{what} moved by more than declared; if the tables are neighbors, the sensitivity is too small"
            ),
        )
    }

    pub(crate) fn condition_range(column: &str, lower: f64, upper: f64) -> Self {
        Error::parameter(format!(
            "a range of '{column}' must be two numbers, the first at most the second, got {lower} and {upper}"
        ))
    }

    pub(crate) fn column_of_numbers(column: &str) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "column '{column}' holds numbers, and persons, groups and texts are codes; give it as codes or as a column"
            ),
        )
    }

    pub(crate) fn missing_clamp(kind: &str, column: &str) -> Self {
        Error::parameter(format!(
            "the {kind} of '{column}' has no clamp bounds; give the least and the largest value that may count"
        ))
    }

    pub(crate) fn clamp_range(column: &str, lower: f64, upper: f64) -> Self {
        Error::parameter(format!(
            "the clamp bounds of '{column}' must be finite and ascending, the larger in size within \
             1e-100..=1e100, and at least one part in 10^9 of it apart, got {lower:e} and {upper:e}"
        ))
    }

    pub(crate) fn key_count(column: &str, got: usize, limit: usize) -> Self {
        Error::parameter(format!("groups by '{column}' need 1 to {limit} public keys, got {got}"))
    }

    pub(crate) fn selection_without_delta(column: &str) -> Self {
        Error::parameter(format!(
            "selecting keys of '{column}' needs a delta above 0: a key of one person is released with that probability; \
             give a delta, or public keys"
        ))
    }

    pub(crate) fn repeated_key(column: &str) -> Self {
        Error::parameter(format!("groups by '{column}' name a key twice; each key is one group"))
    }

    pub(crate) fn incomplete_session(what: &str) -> Self {
        Error::parameter(format!("the session has no {what}; set it before build()"))
    }

    pub(crate) fn error_unknown(label: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the error of the {label} depends on the data; give public clamp bounds and, for a mean or a variance, at \
                 least how many rows there are (at_least, more than the error of their count), or read it off the release"
            ),
        )
    }

    pub(crate) fn unreachable_error(half_width: f64) -> Self {
        Error::parameter(format!(
            "an error of at most {half_width} needs an epsilon above 64; allow a larger error or tighter bounds"
        ))
    }

    pub(crate) fn totals_unsupported(label: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "the query '{label}' needs rows, not totals: only counts, sums, means and variances within given clamp bounds are made from totals"
            ),
        )
    }

    pub(crate) fn totals_of_another_shape(label: &str, parts: usize, grouped: bool) -> Self {
        let groups =
            if grouped { "each group under its key" } else { "the group `None`, as it has no groups" };
        Error::parameter(format!(
            "the totals are not those of '{label}': give {groups}, with {parts} totals, one for each of its summands"
        ))
    }

    pub(crate) fn unreadable_answer() -> Self {
        Error::new(
            ErrorKind::Data,
            "the stored answer cannot be read; the ledger is damaged or from another version",
        )
    }
}

/// At most 40 characters of a parameter.
pub(super) fn short(text: &str) -> String {
    let text: String = text.chars().take(40).collect();
    if text.is_empty() { "nothing".to_owned() } else { text }
}
