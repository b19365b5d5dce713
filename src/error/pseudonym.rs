//! Sentences about keys and keyed stand-ins.

use std::{io, path::Path};

use super::{Error, ErrorKind, Position};

/// Keys and where they come from.
impl Error {
    pub(crate) fn key_text(problem: &str) -> Self {
        Error::new(
            ErrorKind::Key,
            format!("a key is the text 'incogkey1_' and 64 hexadecimal digits, and this one {problem}"),
        )
        .with_remedy("run: incog keys generate -o FILE")
    }

    /// Without the text itself, because it may be a key that was pasted into the wrong place.
    pub(crate) fn key_source() -> Self {
        Error::new(
            ErrorKind::Key,
            "a key source is 'env:NAME' or 'file:PATH'; the key itself stands in that variable or file only",
        )
    }

    pub(crate) fn key_variable_missing(name: &str) -> Self {
        Error::new(
            ErrorKind::Key,
            format!("the environment variable '{name}' is not set, and a key is read from it"),
        )
        .with_remedy(format!("run: incog keys generate -o FILE, then: export {name}=\"$(cat FILE)\""))
    }

    pub(crate) fn key_file_unreadable(path: &Path, cause: io::Error) -> Self {
        let missing = cause.kind() == io::ErrorKind::NotFound;
        let mut error = Error::io(format!("reading the key file '{}'", path.display()), cause);
        error.0.kind = ErrorKind::Key;
        if missing {
            error.with_remedy(format!("run: incog keys generate -o {}", path.display()))
        } else {
            error
        }
    }

    #[cfg(unix)]
    pub(crate) fn key_file_open_to_others(path: &Path, mode: u32) -> Self {
        Error::new(
            ErrorKind::Key,
            format!(
                "the key file '{}' has mode {:o}, and only its owner may have access to it",
                path.display(),
                mode & 0o777
            ),
        )
        .with_remedy(format!("run: chmod 600 {}", path.display()))
    }

    pub(crate) fn key_file_exists(path: &Path) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "the file '{}' exists, and a key never replaces a file; choose another path",
                path.display()
            ),
        )
    }

    pub(crate) fn key_file_unwritable(path: &Path, cause: io::Error) -> Self {
        Error::io(format!("writing the key file '{}'", path.display()), cause)
    }

    pub(crate) fn key_file_too_long(path: &Path, most: usize) -> Self {
        Error::new(
            ErrorKind::Key,
            format!("the key file '{}' has {most} bytes or more, and a keyring has fewer", path.display()),
        )
    }

    pub(crate) fn key_id() -> Self {
        Error::new(ErrorKind::Key, "a key id is 4 characters of a-z and 2-7, as in 'k7qx'")
    }

    /// `first` and `second` count the keys from 1, the oldest first.
    pub(crate) fn key_listed_twice(first: usize, second: usize, id: &str) -> Self {
        Error::new(
            ErrorKind::Key,
            format!(
                "a key is listed once in a keyring, and keys {first} and {second} have the same id, {id}; \
                 remove one of them"
            ),
        )
    }

    pub(crate) fn keyring_full(most: usize) -> Self {
        Error::new(
            ErrorKind::Key,
            format!("a keyring holds at most {most} keys; remove keys whose tokens nobody has to resolve"),
        )
    }

    pub(crate) fn key_not_in_ring(id: &str, known: impl IntoIterator<Item = String>) -> Self {
        Error::new(
            ErrorKind::Key,
            format!("no key has the id '{id}'; the keyring has {}", super::list(known)),
        )
    }

    pub(crate) fn key_not_supplied(source: &str) -> Self {
        Error::new(ErrorKind::Key, format!("the program supplied no key for '{source}'"))
    }
}

/// Domains, kinds, formats and other parameters.
impl Error {
    pub(crate) fn empty_domain() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "a domain must not be empty: it decides which releases can be joined, as in domain = \"readmission\"",
        )
    }

    pub(crate) fn empty_tenant() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "the name of a tenant must not be empty: it keeps one tenant's stand-ins apart from another's",
        )
    }

    pub(crate) fn token_kind() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "the kind of a token is 1 to 64 characters of A-Z, 0-9 and _ that start with a letter, as in 'MRN'",
        )
    }

    pub(crate) fn unknown_format(known: impl IntoIterator<Item = String>) -> Self {
        Error::new(ErrorKind::Parameter, format!("the format is unknown; known are {}", super::list(known)))
    }

    pub(crate) fn unknown_canonical_form() -> Self {
        Error::new(
            ErrorKind::Parameter,
            "a canonical form is 'email', 'telephone:CODE' as in telephone:49, 'identifier', 'date', 'date:dmy' or \
             'date:mdy'",
        )
    }

    pub(crate) fn calling_code(code: u16) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("{code} is no calling code of a country; it is as 49 in +49 30 901820"),
        )
    }

    pub(crate) fn shift_limit(days: u32, limit: u32) -> Self {
        Error::new(ErrorKind::Parameter, format!("a date shift is by 1 to {limit} days, got {days}"))
    }
}

/// Values that have no stand-in.
impl Error {
    pub(crate) fn outside_alphabet(alphabet: &str, byte: usize) -> Self {
        Error::new(
            ErrorKind::Value,
            format!("byte {byte}: a character outside the alphabet {alphabet}; use a token for such values"),
        )
        .at(Position::byte(crate::num::count(byte)))
    }

    pub(crate) fn domain_too_small(length: usize, alphabet: &str, least: usize) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "{length} characters of the alphabet {alphabet} where format-preserving encryption needs at least \
                 {least}, because fewer than a million values can be tried out; use a token for such values"
            ),
        )
    }

    pub(crate) fn too_few_free(free: usize, least: usize) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "{free} free digits where format-preserving encryption needs at least {least}, because fewer than a \
                 million values can be tried out; keep fewer digits, or use a token for such values"
            ),
        )
    }

    pub(crate) fn number_too_long(place: usize, length: usize) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "the number at index {place} has more than {length} characters; encrypt it with its own length"
            ),
        )
    }

    pub(crate) fn too_long(length: usize, most: usize) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "{length} characters where this format takes at most {most}; use a token for such values"
            ),
        )
    }

    pub(crate) fn not_digits_and_separators(byte: usize) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "byte {byte}: neither a digit nor one of the separators space - . / ( ) +; \
                 use a token for such values"
            ),
        )
        .at(Position::byte(crate::num::count(byte)))
    }

    pub(crate) fn wrong_check_digit(format: &str) -> Self {
        Error::new(
            ErrorKind::Value,
            format!(
                "the check digit does not fit, or the start does not, so this is no value of format '{format}'; \
                 correct it, or use format 'digits' or a token"
            ),
        )
    }

    pub(crate) fn not_an_email() -> Self {
        no_form("an e-mail address of the form local@domain without spaces, quotes or comments")
    }

    pub(crate) fn not_a_telephone() -> Self {
        no_form(
            "a telephone number of digits and the separators space - . / ( ), with + or its area in front",
        )
    }

    pub(crate) fn not_a_day() -> Self {
        no_form("a day of the form YYYY-MM-DD, or in the order of the form with a year of four digits")
    }

    pub(crate) fn empty_identifier() -> Self {
        no_form("an identifier, because it has no letter and no digit")
    }

    pub(crate) fn not_an_identifier(byte: usize) -> Self {
        no_form(&format!(
            "an identifier: byte {byte} is no ASCII letter or digit and none of the separators space . - /"
        ))
        .at(Position::byte(crate::num::count(byte)))
    }

    pub(crate) fn not_a_date() -> Self {
        Error::new(ErrorKind::Value, "not a date of the form YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS")
    }

    pub(crate) fn date_out_of_range() -> Self {
        Error::new(ErrorKind::Value, "the shifted date would leave the years 0000 to 9999")
    }

    pub(crate) fn date_without_person() -> Self {
        Error::new(
            ErrorKind::Value,
            "a date to shift, and no person to shift it for; name the person, or drop the date",
        )
    }

    pub(crate) fn token_collision(other_row: u64) -> Self {
        Error::new(
            ErrorKind::Refused,
            format!(
                "its value and that of row {other_row} have the same token, which would join them; change the domain"
            ),
        )
    }

    pub(crate) fn unequal_persons(dates: usize, persons: usize) -> Self {
        Error::new(
            ErrorKind::Parameter,
            format!("{dates} rows of dates and {persons} rows of persons; they must be as many"),
        )
    }

    /// The same error about the first row of column `name` that holds the value. `row` counts from 0.
    pub(crate) fn in_cell(self, name: &str, row: Option<usize>) -> Self {
        let mut position = self.position().cloned().unwrap_or_default();
        position.column = Some(name.to_owned());
        match row.map(|row| crate::num::count(row) + 1) {
            Some(row) => self.context(format!("column '{name}', row {row}")).at(position.with_row(row)),
            None => self.context(format!("column '{name}'")).at(position),
        }
    }
}

fn no_form(form: &str) -> Error {
    Error::new(ErrorKind::Value, format!("not {form}; correct it, or use a token without a canonical form"))
}
