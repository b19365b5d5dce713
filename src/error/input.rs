//! Sentences about the inputs of a policy: how they are read, and what the lock says of their columns.

use std::path::Path;

use super::{Error, ErrorKind, Position, list, pipeline::refused, policy::policy};

/// The lock says otherwise of `column`, which `what`.
fn locked_otherwise(column: &str, what: &str, entry: &str) -> Error {
    refused(format!("column '{column}' {what}"))
        .at(Position::column(column))
        .with_remedy(format!("look at it, and if that is meant, set in the lock: {entry}"))
}

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
