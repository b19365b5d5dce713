//! Sentences about plans, the gate and release folders.

use std::{fmt, path::Path};

use super::{Error, ErrorKind, Position, list, policy::policy};
use crate::audit::table::Measured;

/// A request that the policy or the data does not allow.
pub(super) fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Refused, message)
}

/// Refusals.
impl Error {
    pub(crate) fn column_not_in_policy(name: &str) -> Self {
        refused(format!("column '{name}' of the input is not declared in the policy, so nothing leaves"))
            .at(Position::column(name))
            .with_remedy(format!(
                "to drop it, add to [columns]: {} = {{ role = \"identifying\", action = \"drop\" }}",
                toml::Value::from(name)
            ))
    }

    pub(crate) fn column_not_in_input(name: &str) -> Self {
        refused(format!(
            "column '{name}' of the policy is not in the input; correct the name, or remove the entry"
        ))
        .at(Position::column(name))
    }

    pub(crate) fn dropped_column(name: &str) -> Self {
        refused(format!("column '{name}' has action drop and cannot be released; remove it from columns"))
            .at(Position::column(name))
    }

    pub(crate) fn singles_out(name: &str, action: &str) -> Self {
        refused(format!(
            "column '{name}' (action {action}) singles out rows or joins those of a person, so no privacy model \
             holds beside it; release it separately, without models"
        ))
        .at(Position::column(name))
    }

    pub(crate) fn person_released(name: &str) -> Self {
        refused(format!(
            "column '{name}' names the person, so no privacy model holds beside it: the classes count persons; \
             remove it from columns"
        ))
        .at(Position::column(name))
    }

    pub(crate) fn kept_without_model(name: &str, release: &str) -> Self {
        refused(format!("column '{name}' would leave as it is, and the release has no models"))
            .at(Position::column(name))
            .with_remedy(format!(
                "give the release models, or add: [[overrides]] rule = \"kept_columns\", release = \"{release}\", \
                 who = .., why = .., until = .."
            ))
    }

    pub(crate) fn k_missed_with_insensitive<'a>(
        release: &str,
        columns: impl Iterator<Item = &'a String>,
        k: u64,
        got: u64,
    ) -> Self {
        refused(format!(
            "with the insensitive columns {} the smallest class has {got}, below k = {k}; someone who knows them \
             singles out more than the quasi-identifying columns allow",
            list(columns)
        ))
        .with_remedy(format!(
            "give those columns role quasi, leave them out, or add: [[overrides]] rule = \"k_with_insensitive\", \
             release = \"{release}\", who = .., why = .., until = .."
        ))
    }

    pub(crate) fn gate_without_attack() -> Self {
        policy(
            "the gate tries nothing; add attacks = [\"singling_out\", \"linkability\", \"inference\"], an auxiliary register, or both",
        )
    }

    pub(crate) fn gate_repeats() -> Self {
        policy("an attack is listed twice")
    }

    pub(crate) fn gate_limit(limit: f64) -> Self {
        policy(format!("max_excess_risk is a share: more than 0 and at most 1, got {limit}"))
    }

    pub(crate) fn gate_control(share: f64) -> Self {
        policy(format!(
            "control is the share of persons who are held back: more than 0 and at most 0.9, got {share}"
        ))
    }

    pub(crate) fn gate_samples() -> Self {
        policy("samples is the number of attempts on each side: at least 1")
    }

    pub(crate) fn not_under_models(release: &str) -> Self {
        refused(format!(
            "the policy has no release '{release}' under models; only such tables are made again"
        ))
    }

    pub(crate) fn search_ended_by_clock(refusal: &Error) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!("its search ended by the clock, so it may come out otherwise: {refusal}"),
        )
    }

    pub(crate) fn gate_without_table() -> Self {
        policy("attacks are tried on releases with columns and models, and the policy has none")
    }

    pub(crate) fn nothing_tried() -> Self {
        refused(
            "the gate could try nothing that it decides on: inference needs a sensitive column in the release, and \
             linkability two that an attacker knows",
        )
        .with_remedy("name 'singling_out' among its attacks, or an auxiliary register")
    }

    pub(crate) fn excess_risk(worst: &Measured, others: usize, limit: f64) -> Self {
        let others = match others {
            0 => String::new(),
            1 => "; one attack more is above it".to_owned(),
            n => format!("; {n} attacks more are above it"),
        };
        refused(format!(
            "{}: members {}, control {}; the excess is at most {:.4} (95 %), and the gate lets at most {limit} \
             pass{others}",
            worst.title(),
            worst.attack,
            worst.control,
            worst.excess.upper
        ))
        .with_remedy(
            "a larger k, l-diversity or t-closeness of the column, coarser levels; or more attempts and a larger \
             control, if it is the interval that is wide",
        )
    }

    pub(crate) fn still_found(column: &str, rows: u64) -> Self {
        refused(format!(
            "column '{column}': after the scrub the scanner still finds something in {rows} \
             rows; leave the column out"
        ))
        .at(Position::column(column))
    }

    pub(crate) fn costs_more_than_budget(asked: impl fmt::Display, budget: impl fmt::Display) -> Self {
        Error::new(
            ErrorKind::BudgetExceeded,
            format!("the queries cost {asked} together, and the budget is {budget}; ask for less"),
        )
    }

    pub(crate) fn override_expired(rule: &str, until: &str) -> Self {
        refused(format!("the override of {rule} has expired on {until}; someone has to answer for it again"))
    }

    pub(crate) fn key_not_loaded(source: &str) -> Self {
        Error::new(ErrorKind::Key, format!("key '{source}' was not loaded"))
    }

    pub(crate) fn output_exists(path: &Path) -> Self {
        refused(format!("'{}' exists; choose another folder, or pass --replace", path.display()))
    }

    pub(crate) fn output_in_work(path: &Path) -> Self {
        refused(format!("another run is writing '{}'; wait for it, or choose another folder", path.display()))
    }

    pub(crate) fn planned_elsewhere(path: &Path) -> Self {
        refused(format!("the plan was made into '{}'; apply it there", path.display()))
    }

    pub(crate) fn output_not_a_release(path: &Path) -> Self {
        refused(format!(
            "'{}' is not a release folder, so it is not replaced; choose another",
            path.display()
        ))
    }
}

/// Release folders and cards.
impl Error {
    pub(crate) fn not_json() -> Self {
        Error::new(ErrorKind::Io, "a file of the release cannot be written as JSON")
    }

    pub(crate) fn no_card(path: &Path, cause: &str) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "'{}' has no readable card: {cause}; name a folder that incog apply wrote",
                path.display()
            ),
        )
    }
}

/// Frontiers, frozen recodings and memberships.
impl Error {
    pub(crate) fn frontier_of_no_release() -> Self {
        policy("a frontier is of one release under models; name it, as in --release table")
    }

    pub(crate) fn file_of_release(what: &str, path: &Path, cause: &str) -> Self {
        policy(format!("the {what} '{}' cannot be read: {cause}", path.display()))
    }

    pub(crate) fn membership_schema(path: &str, schema: &str) -> Self {
        policy(format!("the membership '{path}' has another schema than {schema}"))
    }

    pub(crate) fn membership_key(path: &str) -> Self {
        policy(format!(
            "the membership '{path}' was written under another key, so nobody would be found in it; give the same key"
        ))
    }

    pub(crate) fn intersection_below(smallest: u64, k: u64, earlier: usize) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "with {earlier} earlier releases, someone is left with {smallest} candidates where k = {k}: the classes of \
                 the releases intersect"
            ),
        )
        .with_remedy("the cheapest change: frozen = the recoding of the earlier release".to_owned())
    }
}
