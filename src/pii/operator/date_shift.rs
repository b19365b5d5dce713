//! Dates of birth, moved by a keyed number of days.

use std::fmt;

use super::{Finding, Label, Operator};
use crate::{
    Result,
    pii::{Entity, catalog, check},
    pseudonym::{self, Key, KeyId},
};

/// How dates are written whose year stands last.
///
/// # Examples
/// `05/06/1990` is in June or in May; without a form it is a label:
/// ```
/// use incog::{pii::{DateForm, DateShift, Entity, Redactor, Scanner}, pseudonym::Key};
/// let redact = |form: Option<DateForm>| {
///     let shift = DateShift::new(&Key::from_bytes([7; 32]), "tickets", 5)?;
///     let shift = match form {
///         Some(form) => shift.form(form),
///         None => shift,
///     };
///     let redactor = Redactor::builder(Scanner::new()).with(Entity::DATE_OF_BIRTH, shift).build();
///     Ok::<_, incog::Error>(redactor.redact("born 15/06/1990").into_owned())
/// };
/// assert!(redact(Some(DateForm::DayFirst))?.ends_with("/06/1990"), "up to five days from 15 June");
/// assert_eq!(redact(Some(DateForm::MonthFirst))?, "born [DATE_OF_BIRTH]", "there is no month 15");
/// assert_eq!(redact(None)?, "born [DATE_OF_BIRTH]");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DateForm {
    /// `31.12.1990`, `31/12/1990`.
    DayFirst,
    /// `12/31/1990`.
    MonthFirst,
}

/// Writes another date, 1 to `max_days` days earlier or later, in the layout of the value.
///
/// Read are dates with the year first (`1990-12-31`, `1990/12/31`, `19901231`), and with a [`form`](Self::form) those with a year of four digits last (`31.12.1990`). Everything else,
/// such as a name of a month, a year of two digits, or `05/06/1990` without a form, is written as the label; so is
/// every other entity of the catalog. Your own entities are shifted where they are dates.
///
/// The shift is that of [`pseudonym::DateShift`]: by the days of a [`subject`](Self::subject), so that the intervals
/// between the dates of one person stay as they are, or else by days of the date itself, so that intervals mean
/// nothing and two dates may become one.
///
/// # Guarantee
/// For all keys, domains and dates, what is written is the label or a date that is 1 to `max_days` days from it; the
/// same for the same date. With a subject, unequal dates that are written in one layout become unequal ones, as many
/// days apart.
///
/// # Examples
/// ```
/// use incog::{
///     pii::{DateForm, DateShift, Entity, Redactor, Scanner},
///     pseudonym::Key,
/// };
/// let shift = DateShift::new(&Key::generate()?, "tickets", 30)?.form(DateForm::DayFirst).subject("4711");
/// let redactor = Redactor::builder(Scanner::new()).with(Entity::DATE_OF_BIRTH, shift).build();
/// let text = redactor.redact("born 15.06.1990");
/// assert!(text.ends_with(".1990") && text != "born 15.06.1990");
/// assert_eq!(redactor.redact("born 15 June 1990"), "born [DATE_OF_BIRTH]");
/// # Ok::<(), incog::Error>(())
/// ```
pub struct DateShift {
    shift: pseudonym::DateShift,
    form: Option<DateForm>,
    subject: Option<String>,
}

impl DateShift {
    /// Shifts by `key` for `domain`, by 1 to `max_days` days.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty, or if `max_days` is not in 1 to 36,525.
    pub fn new(key: &Key, domain: &str, max_days: u32) -> Result<Self> {
        let shift = pseudonym::DateShift::new(key, domain, max_days)?;
        Ok(DateShift { shift, form: None, subject: None })
    }

    /// How to read dates whose year stands last. Without it they are written as the label.
    #[must_use]
    pub fn form(mut self, form: DateForm) -> Self {
        self.form = Some(form);
        self
    }

    /// Whose dates these are, by the name that the person has in other data of the domain.
    #[must_use]
    pub fn subject(mut self, person: impl Into<String>) -> Self {
        self.subject = Some(person.into());
        self
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.shift.key_id()
    }

    fn shifted(&self, text: &str) -> Option<String> {
        let date = Written::parse(text, self.form)?;
        let [year, month, day] = date.parts;
        let iso = format!("{year:0>4}-{month:0>2}-{day:0>2}");
        let shifted = self.shift.shift(self.subject.as_deref().unwrap_or(&iso), &iso).ok()?;
        let mut parts = shifted.split('-');
        Some(date.write([parts.next()?, parts.next()?, parts.next()?]))
    }
}

impl Operator for DateShift {
    fn apply(&self, finding: &Finding, text: &str, out: &mut String) {
        let entity = finding.entity();
        // An account number of eight digits is no date, even if it could be one.
        let may = *entity == Entity::DATE_OF_BIRTH || catalog::known(entity).is_none();
        match self.shifted(text).filter(|_| may) {
            Some(date) => out.push_str(&date),
            None => Label::new().apply(finding, text, out),
        }
    }
}

/// Without the subject, which names a person.
impl fmt::Debug for DateShift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DateShift")
            .field("shift", &self.shift)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// A date as it stands in the text.
struct Written<'t> {
    /// Year, month, day.
    parts: [&'t str; 3],
    /// What stands between two parts.
    separator: &'t str,
    /// None if the year stands first.
    form: Option<DateForm>,
}

impl<'t> Written<'t> {
    fn parse(text: &'t str, form: Option<DateForm>) -> Option<Self> {
        if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
            // With the year last, the century would stand where the month is: no eight digits are a date both ways.
            let fits = check::civil(number(&text[..4]), number(&text[4..6]), number(&text[6..]));
            let parts = [&text[..4], &text[4..6], &text[6..]];
            return fits.then_some(Written { parts, separator: "", form: None });
        }
        let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
        let first = digits(0);
        let rest = &text[first..];
        let gap = rest.find(|c: char| c.is_ascii_digit())?;
        let separator = &rest[..gap];
        let (second, third) =
            rest[gap..].split_once(separator).filter(|_| SEPARATORS.contains(&separator))?;
        let (a, b, c) = (&text[..first], second, third);
        let short = |part: &str| matches!(part.len(), 1 | 2);
        let shaped = [a, b, c].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
        let (parts, form) = match (a.len(), c.len(), form) {
            (4, _, _) if short(b) && short(c) => ([a, b, c], None),
            (_, 4, Some(DateForm::DayFirst)) if short(a) && short(b) => ([c, b, a], form),
            (_, 4, Some(DateForm::MonthFirst)) if short(a) && short(b) => ([c, a, b], form),
            _ => return None,
        };
        shaped.then_some(Written { parts, separator, form })
    }

    /// Another date, given as year of four and month and day of two digits, in the same layout.
    fn write(&self, [year, month, day]: [&str; 3]) -> String {
        let padded = self.parts[1].len() == 2 && self.parts[2].len() == 2;
        let short = |part| if padded { part } else { str::trim_start_matches(part, '0') };
        let (month, day) = (short(month), short(day));
        let parts = match self.form {
            None => [year, month, day],
            Some(DateForm::DayFirst) => [day, month, year],
            Some(DateForm::MonthFirst) => [month, day, year],
        };
        parts.join(self.separator)
    }
}

/// The number that up to nine ASCII digits make.
fn number(digits: &str) -> u32 {
    digits.bytes().fold(0, |n, d| n * 10 + u32::from(d - b'0'))
}

const SEPARATORS: [&str; 5] = ["-", "/", ".", " ", ". "];
