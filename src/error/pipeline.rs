//! Sentences about policies, plans and release folders.

use std::{fmt, io, path::Path};

use super::{Error, ErrorKind, Position, list};
use crate::audit::table::Measured;

fn policy(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Policy, message)
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Refused, message)
}

/// The lock says otherwise of `column`, which `what`.
fn locked_otherwise(column: &str, what: &str, entry: &str) -> Error {
    refused(format!("column '{column}' {what}"))
        .at(Position::column(column))
        .with_remedy(format!("look at it, and if that is meant, set in the lock: {entry}"))
}

/// Policies.
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

/// Inputs.
impl Error {
    pub(crate) fn one_input_or_several() -> Self {
        policy(
            "a policy has one table, [input] with [columns], or several, [inputs.NAME] with [inputs.NAME.columns]",
        )
    }

    pub(crate) fn no_columns() -> Self {
        policy("no column is declared; add [columns], where every column of the table stands")
    }

    pub(crate) fn setting_of_several_inputs() -> Self {
        policy(
            "person, undeclared and columns stand at the top of the policy when there is one [input]; move them there",
        )
    }

    pub(crate) fn columns_of_several_inputs() -> Self {
        policy("with several tables each has its own columns; move them to [inputs.NAME.columns]")
    }

    pub(crate) fn input_name() -> Self {
        policy("a table's name is 1 to 64 ASCII letters, digits, '-' or '_'")
    }

    pub(crate) fn unknown_input<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Self {
        policy(format!("there is no input '{name}'; known are {}", list(known)))
    }

    pub(crate) fn release_without_input<'a>(known: impl Iterator<Item = &'a String>) -> Self {
        policy(format!(
            "the policy has several tables, so a release names one, as in input = ..; known are {}",
            list(known)
        ))
    }

    pub(crate) fn delimiter_of_json_lines() -> Self {
        policy("JSON Lines have no delimiter; remove it, or set format = \"csv\"")
    }

    pub(crate) fn dialect_of_parquet() -> Self {
        policy("Parquet has neither delimiter nor encoding; remove them, or set format = \"csv\"")
    }

    pub(crate) fn parquet_not_handed_in(path: &Path) -> Self {
        Error::new(
            ErrorKind::Unsupported,
            format!("'{}' is Parquet, which this build does not read", path.display()),
        )
        .with_remedy("build incog with the feature parquet, or convert the file to CSV")
    }

    pub(crate) fn written_while_read() -> Self {
        Error::new(
            ErrorKind::Data,
            "somebody wrote to the file while it was read; run again, with a file that nobody writes to",
        )
    }

    pub(crate) fn decimal_sign() -> Self {
        policy("decimal is \".\" or \",\", the sign before the fraction of a number")
    }

    pub(crate) fn retention_day() -> Self {
        policy("retention counts back from a day, as in as_of = \"2026-06-30\", to a year from -9999 on")
    }

    pub(crate) fn unknown_purpose<'a>(purpose: &str, known: impl Iterator<Item = &'a String>) -> Self {
        policy(format!("purpose '{purpose}' is not one of [purposes]; known are {}", list(known)))
    }

    pub(crate) fn not_needed(column: &str, purpose: &str) -> Self {
        refused(format!("column '{column}' is not among those that purpose '{purpose}' needs"))
            .at(Position::column(column))
            .with_remedy(format!(
                "leave it out, or add to [purposes], {} = [..]: {}",
                toml::Value::from(purpose),
                toml::Value::from(column)
            ))
    }

    pub(crate) fn undated_row(column: &str, row: u64) -> Self {
        Error::new(
            ErrorKind::Value,
            format!("column '{column}', row {row}: no date (YYYY-MM-DD), so its age is not known"),
        )
        .at(Position::column(column).with_row(row))
        .with_remedy("correct the row, or drop such rows with undated = \"drop\" in retention")
    }

    pub(crate) fn point_in_number(column: &str, row: u64) -> Self {
        Error::new(
            ErrorKind::Value,
            format!("column '{column}', row {row}: a point where numbers have a decimal comma; write 1234,5"),
        )
        .at(Position::column(column).with_row(row))
    }

    pub(crate) fn lock_unreadable(path: &Path, what: &str) -> Self {
        policy(format!("lock '{}' cannot be read: {what}", path.display()))
    }

    pub(crate) fn column_not_in_lock(column: &str, path: &Path, entry: &str) -> Self {
        refused(format!("column '{column}' is not in '{}': it is new", path.display()))
            .at(Position::column(column))
            .with_remedy(format!("look at it, decide about it in the policy, and add to the lock: {entry}"))
    }

    pub(crate) fn column_changed(column: &str, (was, is): (&str, &str), path: &Path, entry: &str) -> Self {
        locked_otherwise(column, &format!("holds '{is}' where '{}' has '{was}'", path.display()), entry)
    }

    pub(crate) fn column_declared_otherwise(
        column: &str,
        field: &str,
        (was, is): (Option<&str>, Option<&str>),
        path: &Path,
        entry: &str,
    ) -> Self {
        let word = |word: Option<&str>| word.map_or_else(|| "none".to_owned(), |word| format!("'{word}'"));
        locked_otherwise(
            column,
            &format!("has {field} {} where '{}' has {}", word(is), path.display(), word(was)),
            entry,
        )
    }

    pub(crate) fn column_hierarchy_changed(column: &str, path: &Path, entry: &str) -> Self {
        let what = format!(
            "has another hierarchy than in '{}': its levels, or the finest or coarsest that may leave",
            path.display()
        );
        locked_otherwise(column, &what, entry)
    }

    pub(crate) fn column_settings_changed(column: &str, path: &Path, entry: &str) -> Self {
        let what = format!(
            "has other settings than in '{}': those of its action, what counts as missing, or what is outside of its hierarchy",
            path.display()
        );
        locked_otherwise(column, &what, entry)
    }

    pub(crate) fn column_person_changed(column: &str, path: &Path, entry: &str) -> Self {
        locked_otherwise(column, &format!("no longer names the person, as in '{}'", path.display()), entry)
    }

    pub(crate) fn column_gone(column: &str, path: &Path) -> Self {
        refused(format!("column '{column}' of '{}' is not in the input", path.display()))
            .at(Position::column(column))
            .with_remedy("remove it from the lock if that is meant")
    }

    pub(crate) fn rows_given_up() -> Self {
        Error::new(ErrorKind::Io, "the rows of the plan are no longer there; plan again")
    }

    pub(crate) fn engine_statistics(what: &str) -> Self {
        Error::new(ErrorKind::Unsupported, format!("statistics {what} are not made by an engine"))
            .with_remedy("leave the engine out")
    }

    pub(crate) fn input_changed(path: &Path) -> Self {
        Error::new(
            ErrorKind::Data,
            format!(
                "'{}' changed after it was planned; plan again, with a file that nobody writes to",
                path.display()
            ),
        )
    }
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
