//! Which rows a query is about: a public condition on their cells.

use std::fmt::Write;

use crate::{
    dp::records::Records,
    error::{Error, Result},
    num,
};

/// A condition on a row.
///
/// It is public, and it looks at one row at a time: so a row's answer depends on that row alone, and a query over the
/// rows that meet it costs what it would cost over all of them. A missing cell meets only [`missing`](Self::missing);
/// text that is no number is in no range.
///
/// # Examples
/// ```
/// use incog::dp::{Condition, Epsilon, Query};
/// let adults = Condition::within("age", 18.0, 120.0)?.and(Condition::one_of("ward", ["A1", "A2"]).not());
/// let query = Query::count().only(adults).epsilon(Epsilon::parse("0.5")?).build()?;
/// assert_eq!(query.label(), "count where age in [18, 120] and not (ward in 'A1', 'A2')");
/// assert_eq!(
///     Condition::within("age", 65.0, 18.0).unwrap_err().to_string(),
///     "a range of 'age' must be two numbers, the first at most the second, got 65 and 18",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Kind);

/// What a [`Condition`] says, for engines that look at rows by themselves.
///
/// # Examples
/// ```
/// use incog::dp::{Condition, Test};
/// // For a store that filters rows by itself.
/// fn sql(condition: &Condition) -> String {
///     match condition.test() {
///         Test::OneOf(column, values) => format!("{column} in ('{}')", values.join("', '")),
///         Test::Within(column, lower, upper) => format!("{column} between {lower} and {upper}"),
///         Test::And(a, b) => format!("{} and {}", sql(a), sql(b)),
///         other => panic!("no words for {other:?}"),
///     }
/// }
/// let condition = Condition::within("age", 18.0, 65.0)?.and(Condition::equals("ward", "A1"));
/// assert_eq!(sql(&condition), "age between 18 and 65 and ward in ('A1')");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Test<'c> {
    /// The text of the cell is one of these; a missing cell is none of them.
    OneOf(&'c str, &'c [String]),
    /// The number in the cell is at least the first and at most the second; what is no number is not.
    Within(&'c str, f64, f64),
    /// The cell is missing, or among numbers a NaN.
    Missing(&'c str),
    /// It is not met.
    Not(&'c Condition),
    /// Both are met.
    And(&'c Condition, &'c Condition),
    /// One of the two is met, or both.
    Or(&'c Condition, &'c Condition),
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    OneOf(String, Vec<String>),
    Within(String, f64, f64),
    Missing(String),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

impl Condition {
    /// The cell of `column` is `value`.
    pub fn equals(column: impl Into<String>, value: impl Into<String>) -> Self {
        Condition::one_of(column, [value.into()])
    }

    /// The cell of `column` is one of `values`.
    pub fn one_of<V: Into<String>>(column: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Condition(Kind::OneOf(column.into(), values.into_iter().map(Into::into).collect()))
    }

    /// The number in `column` is at least `lower` and at most `upper`. Either may be infinite.
    ///
    /// # Errors
    /// `Parameter` unless `lower ≤ upper`.
    pub fn within(column: impl Into<String>, lower: f64, upper: f64) -> Result<Self> {
        let column = column.into();
        if lower <= upper {
            Ok(Condition(Kind::Within(column, lower, upper)))
        } else {
            Err(Error::condition_range(&column, lower, upper))
        }
    }

    /// The cell of `column` is missing; among numbers, it is a NaN.
    pub fn missing(column: impl Into<String>) -> Self {
        Condition(Kind::Missing(column.into()))
    }

    /// It is not met.
    #[must_use]
    #[allow(
        clippy::should_implement_trait,
        reason = "reads as the word; the operator `!` would hide in a chain"
    )]
    pub fn not(self) -> Self {
        Condition(Kind::Not(Box::new(self)))
    }

    /// Both are met.
    #[must_use]
    pub fn and(self, other: Condition) -> Self {
        Condition(Kind::And(Box::new(self), Box::new(other)))
    }

    /// One of the two is met, or both.
    #[must_use]
    pub fn or(self, other: Condition) -> Self {
        Condition(Kind::Or(Box::new(self), Box::new(other)))
    }

    /// What it says.
    #[must_use]
    pub fn test(&self) -> Test<'_> {
        match &self.0 {
            Kind::OneOf(column, values) => Test::OneOf(column, values),
            Kind::Within(column, lower, upper) => Test::Within(column, *lower, *upper),
            Kind::Missing(column) => Test::Missing(column),
            Kind::Not(inner) => Test::Not(inner),
            Kind::And(a, b) => Test::And(a, b),
            Kind::Or(a, b) => Test::Or(a, b),
        }
    }

    /// Whether each row meets it.
    pub(in crate::dp) fn rows(&self, records: &Records<'_>) -> Result<Vec<bool>> {
        let by_code = |(codes, of_code): (&[u32], Vec<bool>)| {
            codes.iter().map(|&code| of_code[num::index(code)]).collect::<Vec<bool>>()
        };
        let both = |a: &Condition, b: &Condition, join: fn(bool, bool) -> bool| {
            let (mut met, other) = (a.rows(records)?, b.rows(records)?);
            met.iter_mut().zip(other).for_each(|(a, b)| *a = join(*a, b));
            Ok(met)
        };
        match &self.0 {
            Kind::OneOf(column, values) => {
                let is_one =
                    |cell: Option<&str>| cell.is_some_and(|cell| values.iter().any(|value| value == cell));
                records.texts(column, is_one).map(by_code)
            }
            Kind::Within(column, lower, upper) => {
                let numbers = records.numbers_of(column)?;
                Ok((0..records.rows()).map(|row| (*lower..=*upper).contains(&numbers.at(row))).collect())
            }
            Kind::Missing(column) => match records.texts(column, |cell| cell.is_none()) {
                Ok(found) => Ok(by_code(found)),
                // A column of numbers has no texts.
                Err(_) => {
                    let numbers = records.numbers_of(column)?;
                    Ok((0..records.rows()).map(|row| numbers.at(row).is_nan()).collect())
                }
            },
            Kind::Not(inner) => Ok(inner.rows(records)?.into_iter().map(|met| !met).collect()),
            Kind::And(a, b) => both(a, b, |a, b| a && b),
            Kind::Or(a, b) => both(a, b, |a, b| a || b),
        }
    }

    /// In words.
    pub(super) fn label(&self) -> String {
        match &self.0 {
            Kind::OneOf(column, values) => match values.as_slice() {
                [value] => format!("{column} = '{value}'"),
                values => format!("{column} in {}", crate::error::list(values)),
            },
            Kind::Within(column, lower, upper) => format!("{column} in [{lower}, {upper}]"),
            Kind::Missing(column) => format!("{column} missing"),
            Kind::Not(inner) => format!("not ({})", inner.label()),
            Kind::And(a, b) => format!("{} and {}", a.label(), b.label()),
            Kind::Or(a, b) => format!("({} or {})", a.label(), b.label()),
        }
    }

    /// As text without ambiguity: in prefix form, each name preceded by its length.
    pub(super) fn canonical(&self) -> String {
        let name = |text: &str| format!("{}:{text}", text.len());
        match &self.0 {
            Kind::OneOf(column, values) => {
                let mut text = format!("one_of {} {}", name(column), values.len());
                for value in values {
                    let _ = write!(text, " {}", name(value));
                }
                text
            }
            Kind::Within(column, lower, upper) => {
                format!("within {} {:016x} {:016x}", name(column), lower.to_bits(), upper.to_bits())
            }
            Kind::Missing(column) => format!("missing {}", name(column)),
            Kind::Not(inner) => format!("not {}", inner.canonical()),
            Kind::And(a, b) => format!("and {} {}", a.canonical(), b.canonical()),
            Kind::Or(a, b) => format!("or {} {}", a.canonical(), b.canonical()),
        }
    }
}
