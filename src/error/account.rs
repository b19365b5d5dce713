//! Sentences about events and accountants.

use std::fmt;

use super::{Error, ErrorKind};

/// Events.
impl Error {
    pub(crate) fn malformed_event() -> Self {
        Error::new(ErrorKind::Data, "the event cannot be read; it is damaged or from another version")
    }

    pub(crate) fn event_number(name: &str, range: &str, got: f64) -> Self {
        Error::new(ErrorKind::Parameter, format!("{name} must be a number in {range}, got {}", plain(got)))
    }

    pub(crate) fn event_whole(what: &str, limit: u64, got: u64) -> Self {
        Error::new(ErrorKind::Parameter, format!("{what} must be in 1..={limit}, got {got}"))
    }

    pub(crate) fn event_categories(limit: u64, got: u64) -> Self {
        Error::new(ErrorKind::Parameter, format!("categories must be in 2..={limit}, got {got}"))
    }

    pub(crate) fn event_batch(population: u64, got: u64) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("a batch must be in 1..={population}, the population, got {got}"),
        )
    }

    pub(crate) fn event_parts(word: &str, limit: usize, got: usize) -> Self {
        Error::new(ErrorKind::Parameter, format!("a {word} must hold 1 to {limit} events, got {got}"))
    }

    pub(crate) fn event_depth(limit: usize) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("events are nested at most {limit} deep; write some of them side by side"),
        )
    }

    pub(crate) fn event_without_unit(word: &str) -> Self {
        Error::new(ErrorKind::Parameter, format!("{word} has no noise multiplier, so no unit; leave it out"))
    }

    pub(crate) fn event_sampled_twice() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "an event is sampled once; sample the composition or the events inside, not both",
        )
    }

    pub(crate) fn unknown_mechanism(got: &str) -> Self {
        let got: String = got.chars().take(40).collect();
        Error::new(
            ErrorKind::Parameter,
            format!(
                "mechanism '{got}' is not known; use 'gaussian', 'laplace', 'discrete_laplace', 'discrete_gaussian', \
                 'randomized_response', 'exponential', 'pure', 'approximate', 'zcdp', 'tree', 'select_and_release', \
                 'composition', 'parallel'"
            ),
        )
    }

    pub(crate) fn event_field(word: &str, name: &str) -> Self {
        Error::new(ErrorKind::Parameter, format!("{word} has no field '{name}'; leave it out"))
    }

    pub(crate) fn event_field_missing(word: &str, name: &str) -> Self {
        Error::new(ErrorKind::Parameter, format!("{word} needs the field '{name}'"))
    }

    pub(crate) fn event_needs_unit() -> Self {
        Error::new(
            ErrorKind::Refused,
            "under replace_one it must say what its noise multiplier is relative to; set unit to 'record_norm' or \
             'sensitivity'",
        )
    }

    pub(crate) fn event_relation(neighbors: impl fmt::Display, why: &str) -> Self {
        Error::new(ErrorKind::Refused, format!("it has no known guarantee under {neighbors}: {why}"))
    }
}

/// Accountants.
impl Error {
    pub(crate) fn interval_order(lower: f64, upper: f64) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("an interval needs 0 ≤ lower ≤ upper, got {} and {}", plain(lower), plain(upper)),
        )
    }

    /// `accountant` treats `treats` only, and the leaf is something else; `others` can.
    pub(crate) fn accountant_refuses(
        leaf: &crate::dp::event::Leaf,
        accountant: &str,
        treats: &str,
        others: &str,
    ) -> Self {
        let event = leaf.event();
        let sampling = if event.sampling().is_none() {
            String::new()
        } else {
            format!(", {} sampling", event.sampling().word())
        };
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "event {} ({}{sampling}): the accountant '{accountant}' treats {treats} only; use {others}",
                leaf.number(),
                event.mechanism().word(),
            ),
        )
    }

    pub(crate) fn unpriced(leaf: &crate::dp::event::Leaf, currency: &str, others: &str) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "event {} ({}) has no finite cost in currency {currency}; use a ledger in {others}",
                leaf.number(),
                leaf.event().mechanism().word(),
            ),
        )
    }

    pub(crate) fn unknown_accountant(got: &str, known: &[&str]) -> Self {
        let got: String = got.chars().take(40).collect();
        Error::new(
            ErrorKind::Parameter,
            format!("accountant '{got}' is not known; use {}", super::list(known)),
        )
    }

    pub(crate) fn target_out_of_reach(
        what: &str,
        limit: &str,
        epsilon: impl fmt::Display,
        delta: impl fmt::Display,
    ) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "no {what}, up to the limit of {limit}, meets ε = {epsilon} at δ = {delta}; allow a larger ε or δ, or \
                 less of the rest"
            ),
        )
    }

    pub(crate) fn amount_out_of_reach(
        currency: &str,
        epsilon: impl fmt::Display,
        delta: impl fmt::Display,
    ) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "no amount in currency {currency} meets ε = {epsilon} at δ = {delta}; allow a larger δ, or use currency \
                 'pure'"
            ),
        )
    }

    #[cfg(feature = "serde")]
    pub(crate) fn spec_mechanism(got: &str) -> Self {
        let got: String = got.chars().take(40).collect();
        Error::new(
            ErrorKind::Parameter,
            format!("mechanism '{got}' is not calibrated; use 'gaussian', 'laplace', 'tree'"),
        )
    }

    #[cfg(feature = "serde")]
    pub(crate) fn spec_field_sought(name: &str) -> Self {
        Error::new(ErrorKind::Parameter, format!("'{name}' is what is sought; leave it out, or set 'find'"))
    }

    pub(crate) fn filter_exceeded(cost: &crate::dp::Amount, remaining: &crate::dp::Amount) -> Self {
        Error::new(
            ErrorKind::BudgetExceeded,
            format!(
                "a cost of {cost} does not fit what is left of the filter's budget, {remaining}; nothing was counted"
            ),
        )
    }

    pub(crate) fn advanced_filter_exceeded(epsilon: impl fmt::Display, delta: impl fmt::Display) -> Self {
        Error::new(
            ErrorKind::BudgetExceeded,
            format!(
                "ε = {epsilon}, δ = {delta} does not fit what is left of the filter's budget; nothing was counted"
            ),
        )
    }

    pub(crate) fn filter_slack() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "advanced composition needs a δ' above 0 for itself; for δ' = 0 use a Filter in currency 'pure'",
        )
    }

    pub(crate) fn filter_mechanism(word: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "advanced composition counts what states an ε or δ, without sampling, and this is {word}; use a Filter in \
                 currency 'zcdp' or 'rdp'"
            ),
        )
    }

    pub(crate) fn odometer_delta() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "an odometer in this currency needs a δ above 0; use 'pure' for δ = 0",
        )
    }

    pub(crate) fn no_accountant() -> Self {
        Error::new(
            ErrorKind::Unsupported,
            "no accountant answers; ask for a larger δ, or state the events differently",
        )
    }

    pub(crate) fn too_many_losses(leaf: &crate::dp::event::Leaf) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "event {} ({}): with it there are millions of different sums of privacy losses, which the accountant \
                 'optimal' does not list; use 'pld'",
                leaf.number(),
                leaf.event().mechanism().word(),
            ),
        )
    }

    pub(crate) fn event_unsampled(word: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!("no accountant knows how sampling amplifies a {word}; state it without sampling"),
        )
    }

    pub(crate) fn event_shared_sample(word: &str) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "mechanisms that share a sample are treated only if all are gaussian, and one is {word}; state each \
                 on a sample of its own, or its price as 'approximate'"
            ),
        )
    }

    pub(crate) fn event_ways(limit: usize) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "parallel parts can meet one record in more than {limit} different ways; state the costliest part \
                 in place of all"
            ),
        )
    }
}

/// A number in few characters.
fn plain(number: f64) -> String {
    if number.is_finite() && number.abs() < 1e15 && (number.abs() >= 1e-5 || number.abs() <= 0.0) {
        return number.to_string();
    }
    format!("{number:e}")
}
