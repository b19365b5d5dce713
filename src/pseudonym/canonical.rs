//! Canonical forms: one spelling for values that mean the same, so that they get one token.
//!
//! | form | `canonical` of | is |
//! |---|---|---|
//! | [`Email`](Canonical::Email) | `Ana.Silva@Mail.ORG` | `ana.silva@mail.org` |
//! | [`Telephone`](Canonical::Telephone), 49 | `(030) 90 18-20`, `+49 30 901820` | `+4930901820` |
//! | [`Identifier`](Canonical::Identifier) | `00-12.ab/7` | `0012AB7` |
//! | [`Date`](Canonical::Date) | `2024/2/9`, `9.2.2024` (day first) | `2024-02-09` |
//!
//! A form that is too generous joins two persons, one that is too strict loses a join. Joining is the worse
//! one: what cannot be read for certain is refused, never guessed.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::{
    error::{Error, Result},
    pseudonym::{Tokenizer, calling_code::CallingCode},
    table::{Column, ColumnBuilder},
};

/// What a value is, and therefore which spellings of it are the same.
///
/// # Guarantee
/// For all forms and values that a form takes: the canonical form of a canonical form is itself. Versioned:
/// this is `canonical/1`, and a changed form gets a new number, because it changes tokens.
///
/// # Examples
/// ```
/// use incog::pseudonym::{CallingCode, Canonical};
/// assert_eq!(Canonical::Email.canonical(" Ana.Silva@Mail.ORG ")?, "ana.silva@mail.org");
/// let telephone = Canonical::Telephone(CallingCode::new(49)?);
/// assert_eq!(telephone.canonical("030/90 18-20")?, telephone.canonical("+49 (0)30 901820")?);
///
/// let error = Canonical::Email.canonical("ana.silva at mail.org").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "not an e-mail address of the form local@domain without spaces, quotes or comments; correct it, or use a \
///      token without a canonical form"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Canonical {
    /// An e-mail address in lower case, the local part too. RFC 5321, section 2.4, lets a host tell `A@x`
    /// from `a@x`; hardly any does, and people write both. Dots and `+tags` stay: their meaning is the
    /// host's.
    Email,
    /// A telephone number as E.164 has it: `+` and at most 15 digits. A number without a country code belongs
    /// to the country of this calling code. Extensions and letters are refused.
    Telephone(CallingCode),
    /// ASCII letters and digits: the separators space `.` `-` `/` removed, letters in upper case, leading
    /// zeros kept.
    Identifier,
    /// A day as `YYYY-MM-DD`. Read are year, month, day in this order, between `-` `/` `.`, or as eight
    /// digits, and dates that end in a year of four digits, in this order. A time of day is refused.
    Date(DateOrder),
}

/// What comes first in a date that ends in the year: `3/4/2024` is in April or in March.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Canonical, DateOrder};
/// assert_eq!(Canonical::Date(DateOrder::DayFirst).canonical("3/4/2024")?, "2024-04-03");
/// assert_eq!(Canonical::Date(DateOrder::MonthFirst).canonical("3/4/2024")?, "2024-03-04");
/// assert!(Canonical::Date(DateOrder::YearFirst).canonical("3/4/2024").is_err(), "refused, never guessed");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DateOrder {
    /// Nothing does: such a date is refused.
    YearFirst,
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
}

impl Canonical {
    /// The form that is called `name`: `email`, `telephone:49` (a calling code), `identifier`, `date`,
    /// `date:dmy` or `date:mdy`.
    ///
    /// # Errors
    /// `Parameter` if there is none.
    pub fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "email" => Canonical::Email,
            "identifier" => Canonical::Identifier,
            "date" => Canonical::Date(DateOrder::YearFirst),
            "date:dmy" => Canonical::Date(DateOrder::DayFirst),
            "date:mdy" => Canonical::Date(DateOrder::MonthFirst),
            other => {
                let code = other.strip_prefix("telephone:").filter(|code| !code.starts_with('+'));
                let code = code.and_then(|code| code.parse().ok());
                Canonical::Telephone(CallingCode::new(code.ok_or_else(Error::unknown_canonical_form)?)?)
            }
        })
    }

    /// The one spelling of `value`.
    ///
    /// # Errors
    /// `Value` if `value` is not of this form; the message does not hold it.
    pub fn canonical(&self, value: &str) -> Result<String> {
        let value = value.trim();
        match self {
            Canonical::Email => email(value).ok_or_else(Error::not_an_email),
            Canonical::Telephone(code) => code.international(value).ok_or_else(Error::not_a_telephone),
            Canonical::Identifier => identifier(value),
            Canonical::Date(order) => date(value, *order).ok_or_else(Error::not_a_day),
        }
    }

    /// The column with the one spelling of each value; missing stays missing. `name` is its name for the
    /// messages.
    ///
    /// # Errors
    /// As [`canonical`](Self::canonical), with column and row.
    pub fn column(&self, name: &str, column: &Column) -> Result<Column> {
        // By row, not by dictionary entry: two spellings become one entry.
        let mut forms: HashMap<u32, String> = HashMap::with_capacity(column.dictionary_len());
        let mut canonical = ColumnBuilder::default();
        for (row, &code) in column.codes().iter().enumerate() {
            if Some(code) == column.missing_code() {
                canonical.push_missing()?;
                continue;
            }
            let form = match forms.entry(code) {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => {
                    let form = self.canonical(column.value(code));
                    entry.insert(form.map_err(|error| error.in_cell(name, Some(row)))?)
                }
            };
            canonical.push(form)?;
        }
        Ok(canonical.finish())
    }

    /// What keeps the tokens of two forms apart. The calling code and the order of dates are not in it: they
    /// say how a value is read, and the same number read either way is the same number.
    pub(super) const fn label(&self) -> &'static str {
        match self {
            Canonical::Email => "email",
            Canonical::Telephone(_) => "telephone",
            Canonical::Identifier => "identifier",
            Canonical::Date(_) => "date",
        }
    }
}

/// Replaces values by tokens of their canonical forms; made by [`Tokenizer::canonical`].
///
/// # Guarantee
/// For all keys, domains, forms and values `x` and `y` that the form takes: `token(x) == token(y)` if and
/// only if their canonical forms are equal, up to chance agreements of 80 bits; and no token is that of the
/// [`Tokenizer`] without a form, or of another form.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Canonical, Key, Tokenizer};
/// let emails = Tokenizer::new(&Key::generate()?, "readmission", "EMAIL")?.canonical(Canonical::Email);
/// assert_eq!(emails.token("Ana.Silva@Mail.ORG")?, emails.token("ana.silva@mail.org ")?);
/// assert_ne!(emails.token("ana.silva@mail.org")?, emails.token("ana-silva@mail.org")?);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct CanonicalTokenizer {
    tokenizer: Tokenizer,
    form: Canonical,
}

impl CanonicalTokenizer {
    /// `tokenizer` has the sub-key of `form` already.
    pub(super) fn new(tokenizer: Tokenizer, form: Canonical) -> Self {
        CanonicalTokenizer { tokenizer, form }
    }

    /// The token of the canonical form of `value`.
    ///
    /// # Errors
    /// `Value` if `value` is not of the form; the message does not hold it.
    pub fn token(&self, value: &str) -> Result<String> {
        Ok(self.tokenizer.token(&self.form.canonical(value)?))
    }

    /// As [`Tokenizer::token_and_digest`], of the canonical form.
    #[cfg(feature = "pipeline")]
    pub(crate) fn token_and_digest(&self, value: &str, out: &mut String) -> Result<u128> {
        Ok(self.tokenizer.token_and_digest(&self.form.canonical(value)?, out))
    }

    /// The column with each value replaced by the token of its canonical form; missing stays missing.
    ///
    /// # Errors
    /// As [`token`](Self::token), with column and row, and as [`Tokenizer::column`].
    pub fn column(&self, name: &str, column: &Column) -> Result<Column> {
        self.tokenizer.column(name, &self.form.column(name, column)?)
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> Canonical {
        self.form
    }

    pub(super) fn into_tokenizer(self) -> Tokenizer {
        self.tokenizer
    }
}

fn email(value: &str) -> Option<String> {
    let (local, domain) = value.split_once('@')?;
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "\"(),:;<>@[\\]".contains(c);
    let dotted = |part: &str| part.split('.').all(|atom| !atom.is_empty());
    // ASCII is checked as a host name; what of the rest is a letter is for the registries to say.
    let host = |c: char| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii();
    let labels = domain.split('.').all(|l| l.chars().all(host) && !l.starts_with('-') && !l.ends_with('-'));
    let fits = !value.contains("@@") && !local.contains(forbidden) && !domain.contains(forbidden);
    (fits && dotted(local) && dotted(domain) && labels).then(|| value.to_lowercase())
}

fn identifier(value: &str) -> Result<String> {
    let mut form = String::with_capacity(value.len());
    for (byte, c) in value.char_indices() {
        match c {
            ' ' | '.' | '-' | '/' => {}
            _ if c.is_ascii_alphanumeric() => form.push(c.to_ascii_uppercase()),
            _ => return Err(Error::not_an_identifier(byte)),
        }
    }
    if form.is_empty() { Err(Error::empty_identifier()) } else { Ok(form) }
}

fn date(value: &str, order: DateOrder) -> Option<String> {
    let parts: Vec<&str> = match value.find(['-', '/', '.']) {
        None if value.len() == 8 && value.is_ascii() => vec![&value[..4], &value[4..6], &value[6..]],
        None => return None,
        // One separator throughout.
        Some(at) => value.split(char::from(value.as_bytes()[at])).collect(),
    };
    let &[first, second, third] = &parts[..] else { return None };
    let (year, month, day) = match order {
        _ if first.len() == 4 => (first, second, third),
        DateOrder::DayFirst => (third, second, first),
        DateOrder::MonthFirst => (third, first, second),
        DateOrder::YearFirst => return None,
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let short = |text: &str| (1..=2).contains(&text.len()) && digits(text);
    if year.len() != 4 || !digits(year) || !short(month) || !short(day) {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn check(form: Canonical, same: &[(&str, &str)], refused: &[&str]) {
        for (value, expected) in same {
            assert_eq!(form.canonical(value).unwrap(), *expected, "{value}");
            assert_eq!(form.canonical(expected).unwrap(), *expected, "{expected}");
        }
        for value in refused {
            let error = form.canonical(value).expect_err(value);
            assert_eq!(error.kind(), ErrorKind::Value);
            assert!(value.len() < 4 || !error.to_string().contains(value), "{error}");
        }
    }

    #[test]
    fn emails() {
        let same = [
            ("a@b.c", "a@b.c"),
            (" Ana.Silva+Tag@Mail.ORG\t", "ana.silva+tag@mail.org"),
            ("root@localhost", "root@localhost"),
            ("O'Neil_%1@x-y.example", "o'neil_%1@x-y.example"),
            ("JÖRG@MÜLLER.example", "jörg@müller.example"),
        ];
        let refused = [
            "",
            "@",
            "a@",
            "@b.c",
            "a b@c.d",
            "a@b c.d",
            "a@b@c.d",
            "a@@b",
            "a@b..c",
            ".a@b.c",
            "a.@b.c",
            "a@-b.c",
            "a@b-.c",
            "a@b.c.",
            "\"a b\"@c.d",
            "a@[1.2.3.4]",
            "Ana <a@b.c>",
            "a@b_c.d",
            "a,b@c.d",
            "mailto:a@b.c",
        ];
        check(Canonical::Email, &same, &refused);
    }

    #[test]
    fn identifiers() {
        let same = [
            ("943 476 5919", "9434765919"),
            ("00-12.ab/7", "0012AB7"),
            ("0", "0"),
            (" x ", "X"),
            ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ];
        check(Canonical::Identifier, &same, &["", " - ", "a_b", "ß1", "12\u{a0}3", "１２", "a#", "a\tb"]);
    }

    #[test]
    fn dates() {
        let iso = [
            ("2024-02-29", "2024-02-29"),
            ("2024/2/9", "2024-02-09"),
            ("2024.02.09", "2024-02-09"),
            ("20240209", "2024-02-09"),
            ("0000-01-01", "0000-01-01"),
        ];
        let refused = [
            "",
            "2024",
            "2024-02",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "24-02-09",
            "2024-02/09",
            "2024-2-009",
            "2024-02-09T00:00:00",
            "2024-02-09-01",
            "-2024-02-09",
            "+024-02-09",
            "2024-+2-09",
            "２０２４-02-09",
            "9 Feb 2024",
            "2024020é",
            "202402099",
        ];
        for order in [DateOrder::YearFirst, DateOrder::DayFirst, DateOrder::MonthFirst] {
            check(Canonical::Date(order), &iso, &refused);
        }
        let (day, month) = (Canonical::Date(DateOrder::DayFirst), Canonical::Date(DateOrder::MonthFirst));
        check(day, &[("3/4/2024", "2024-04-03"), ("31.12.1999", "1999-12-31")], &["12/31/1999", "3/4/24"]);
        check(month, &[("3/4/2024", "2024-03-04"), ("12-31-1999", "1999-12-31")], &["31/12/1999", "3/4/24"]);
        check(Canonical::Date(DateOrder::YearFirst), &[], &["3/4/2024", "31.12.1999"]);
    }

    #[test]
    fn forms_are_found_by_name() {
        assert_eq!(Canonical::parse("email").unwrap(), Canonical::Email);
        assert_eq!(Canonical::parse("date:mdy").unwrap(), Canonical::Date(DateOrder::MonthFirst));
        let telephone = Canonical::parse("telephone:351").unwrap();
        assert_eq!(telephone.canonical("912 345 678").unwrap(), "+351912345678");
        for name in [
            "",
            "Email",
            "telephone",
            "telephone:",
            "telephone:+49",
            "telephone:0",
            "telephone:999",
            "date:ymd",
        ] {
            assert_eq!(Canonical::parse(name).unwrap_err().kind(), ErrorKind::Parameter, "{name}");
        }
    }
}
