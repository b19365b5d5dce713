//! Sentences about policies: what they may say.

use std::{io, path::Path};

use super::{Error, ErrorKind, Position, list, pipeline::refused};

/// A policy that contradicts itself, or the format.
pub(super) fn policy(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Policy, message)
}

impl Error {
    pub(crate) fn policy_unreadable(path: &Path, cause: &io::Error) -> Self {
        policy(format!("policy '{}' cannot be read: {cause}", path.display()))
    }

    pub(crate) fn bad_policy(line: usize, what: &str) -> Self {
        policy(format!("line {line}: {}", what.trim().replace('\n', ", ")))
            .at(Position::line(crate::num::count(line)))
    }

    pub(crate) fn policy_version(version: u32) -> Self {
        let known = crate::pipeline::policy::VERSION;
        policy(format!("policy version {version} is unknown; this tool reads version {known}"))
    }

    pub(crate) fn unknown_word(kind: &str, word: &str, known: &[&str]) -> Self {
        policy(format!("{kind} '{word}' is unknown; known are {}", list(known)))
    }

    pub(crate) fn undeclared_name<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Self {
        refused(format!("column '{name}' is not declared in [columns]; declared are {}", list(known)))
            .at(Position::column(name))
    }

    pub(crate) fn no_action(role: &str, known: &[&str]) -> Self {
        policy(format!("a column with role {role} needs an action: one of {}", list(known)))
    }

    pub(crate) fn action_of_role(action: &str, role: &str, known: &[&str]) -> Self {
        policy(format!("action {action} is not for role {role}; known there are {}", list(known)))
    }

    pub(crate) fn action_without(action: &str, setting: &str, example: &str) -> Self {
        policy(format!("action {action} needs a {setting}, as in {example}"))
    }

    pub(crate) fn unused_setting(setting: &str, action: &str) -> Self {
        policy(format!("setting {setting} has no effect with action {action}; remove it"))
    }

    pub(crate) fn hierarchy_of_role(column: &str) -> Self {
        policy("a hierarchy is only for roles quasi and sensitive; change the role, or remove it")
            .at(Position::column(column))
    }

    pub(crate) fn hierarchy_unreadable(path: &Path, cause: &io::Error) -> Self {
        policy(format!("hierarchy '{}' cannot be read: {cause}", path.display()))
    }

    pub(crate) fn tree_value() -> Self {
        policy("the tree of a hierarchy holds groups and lists of texts, as in { north = [\"A\", \"B\"] }")
    }

    pub(crate) fn no_release() -> Self {
        policy("nothing to release: add a [release.NAME] with columns or queries")
    }

    pub(crate) fn release_name() -> Self {
        policy("a release's name is 1 to 64 ASCII letters, digits, '-' or '_': it names a file")
    }

    pub(crate) fn release_kind() -> Self {
        policy("a release has either columns (rows) or queries (statistics)")
    }

    pub(crate) fn release_without_columns() -> Self {
        policy("columns is empty; name the columns that leave")
    }

    pub(crate) fn repeated_release_column(name: &str) -> Self {
        policy(format!("column '{name}' is listed twice")).at(Position::column(name))
    }

    pub(crate) fn setting_of_other_release(settings: &str, with: &str) -> Self {
        policy(format!("{settings} belong to a release with {with}; remove them here"))
    }

    pub(crate) fn unshuffled() -> Self {
        policy(
            "shuffle = false is not possible: rows never leave in the order of the input, which would join releases",
        )
    }

    pub(crate) fn no_search() -> Self {
        policy("a release with models needs a search, as in search = \"local\" or \"optimal\"")
    }

    pub(crate) fn model_parameter(model: &str) -> Self {
        policy(format!("{model} takes a whole number, as in {{ {model} = 5 }}"))
    }

    pub(crate) fn model_number(model: &str) -> Self {
        policy(format!("{model} takes a number, as in {{ {model} = 0.5 }}"))
    }

    pub(crate) fn model_pair(model: &str, example: &str) -> Self {
        policy(format!("{model} takes two numbers, as in {{ {model} = {example} }}"))
    }

    pub(crate) fn model_without(model: &str, setting: &str, example: &str) -> Self {
        policy(format!("{model} needs a {setting}, as in {example}"))
    }

    pub(crate) fn unused_model_setting(setting: &str, model: &str) -> Self {
        policy(format!("setting {setting} has no effect with model {model}; remove it"))
    }

    pub(crate) fn unused_setting_of_role(setting: &str) -> Self {
        policy(format!(
            "setting {setting} is for role quasi{}; remove it, or change the role",
            if setting == "missing" { " or sensitive" } else { "" }
        ))
    }

    pub(crate) fn several_populations() -> Self {
        policy("the models of a release count one population; name the same file for all of them")
    }

    pub(crate) fn time_limit(seconds: f64) -> Self {
        policy(format!("max_seconds is a number of seconds from 0 on, got {seconds}"))
    }

    pub(crate) fn model_column(model: &str, column: &str) -> Self {
        policy(format!("{model} counts column '{column}', which must have role sensitive and be among the released columns"))
            .at(Position::column(column))
    }

    pub(crate) fn safe_pub_without(setting: &str, example: &str) -> Self {
        policy(format!("safe_pub needs {setting}, as in {example}"))
    }

    pub(crate) fn safe_pub_without_person() -> Self {
        policy("safe_pub protects a person: name the column that tells persons apart, as in person = \"mrn\"")
    }

    pub(crate) fn not_quasi(name: &str) -> Self {
        policy(format!(
            "column '{name}': safe_pub releases columns with role quasi and action keep only, since whatever leaves as it is \
             says something about single persons"
        ))
        .at(Position::column(name))
    }

    pub(crate) fn statistics_without(setting: &str, example: &str) -> Self {
        policy(format!("statistics need {setting}, as in {example}"))
    }

    pub(crate) fn statistics_without_person() -> Self {
        policy(
            "statistics protect a person: name the column that tells persons apart, as in person = \"mrn\"",
        )
    }

    pub(crate) fn query_without(setting: &str, example: &str) -> Self {
        policy(format!("a query needs {setting} here, as in {example}"))
    }

    pub(crate) fn query_kind() -> Self {
        policy(
            "a query has one of count = \"*\", sum, mean or variance = COLUMN with clamp, histogram = COLUMN with bins \
             or edges, quantiles = [..] with of = COLUMN and clamp",
        )
    }

    pub(crate) fn query_condition(column: &str) -> Self {
        policy(format!(
            "where = {{ {column} = .. }} takes a text, a list of texts, or two numbers, as in where = {{ ward = \"A1\", age = [18, 65] }}"
        ))
    }

    pub(crate) fn accuracy_range(got: f64) -> Self {
        policy(format!("an accuracy is an error that is allowed with probability 95 %, above 0, got {got}"))
    }

    pub(crate) fn override_of_unknown_release<'a>(
        name: &str,
        known: impl Iterator<Item = &'a String>,
    ) -> Self {
        policy(format!("an override names release '{name}', which does not exist; known are {}", list(known)))
    }

    pub(crate) fn override_date() -> Self {
        policy("an override counts until a day, as in until = \"2027-06-30\"")
    }

    pub(crate) fn override_without_reason() -> Self {
        policy("an override needs who answers for it and why")
    }

    pub(crate) fn ledger_source() -> Self {
        policy("a ledger is named as sqlite:PATH, or as postgres://.. in builds that have PostgreSQL")
    }

    #[cfg(not(feature = "sqlite"))]
    pub(crate) fn ledger_not_built() -> Self {
        Error::new(ErrorKind::Unsupported, "this build has no SQLite ledger; build with feature sqlite")
    }
}
