//! Dates at coarser and coarser precision.

use jiff::civil;

use super::TOP;
use crate::error::{Error, Result};

/// A precision of dates.
///
/// # Examples
/// ```
/// use incog::{kanon::{Hierarchy, hierarchy::DateLevel}, table::Column};
/// let born = Column::from_values(["1961-03-12", "1964-11-30"])?;
/// let levels = Hierarchy::dates(&[DateLevel::Month, DateLevel::Years(5)])?.levels("born", &born)?;
/// assert_eq!((levels.label(0, 0), levels.label(1, 1), levels.label(2, 1)), ("1961-03", "1960-1964", "*"));
/// assert_eq!(DateLevel::parse("5y")?, DateLevel::Years(5));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateLevel {
    /// `1961-03-12`
    Day,
    /// `1961-03`
    Month,
    /// `1961-Q1`
    Quarter,
    /// This many calendar years, aligned to year 0: `1961` for one, `1960-1964` for five.
    Years(u16),
    /// `*`
    Top,
}

impl DateLevel {
    /// The level that a policy calls `name`: `day`, `month`, `quarter`, `year`, `5y` for five years, `*`.
    ///
    /// # Errors
    /// `Policy` if there is no such level.
    pub fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "day" => DateLevel::Day,
            "month" => DateLevel::Month,
            "quarter" => DateLevel::Quarter,
            "year" => DateLevel::Years(1),
            TOP => DateLevel::Top,
            _ => name
                .strip_suffix('y')
                .and_then(|n| n.parse().ok())
                .filter(|&n| (1..=1000).contains(&n))
                .map(DateLevel::Years)
                .ok_or_else(|| Error::date_level(name))?,
        })
    }

    /// Whether each class of `self` lies within one class of `coarser`.
    fn nests_in(self, coarser: DateLevel) -> bool {
        use DateLevel::{Day, Month, Quarter, Top, Years};
        match (self, coarser) {
            (Top, _) => false,
            (_, Top)
            | (Day, Month | Quarter | Years(_))
            | (Month, Quarter | Years(_))
            | (Quarter, Years(_)) => true,
            (Years(fine), Years(coarse)) => coarse > fine && coarse % fine == 0,
            _ => false,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Dates {
    levels: Vec<DateLevel>,
}

impl Dates {
    pub(super) fn new(levels: &[DateLevel]) -> Result<Self> {
        if levels.is_empty() || levels.windows(2).any(|w| !w[0].nests_in(w[1])) {
            return Err(Error::unnested_dates());
        }
        let mut levels = levels.to_vec();
        if levels.last() != Some(&DateLevel::Top) {
            levels.push(DateLevel::Top);
        }
        Ok(Dates { levels })
    }

    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }

    pub(super) fn generalize(&self, value: &str, level: usize) -> Option<String> {
        let date: civil::Date = value.get(..10).filter(|_| value.len() == 10)?.parse().ok()?;
        let year = i32::from(date.year());
        Some(match self.levels[level] {
            DateLevel::Day => value.to_owned(),
            DateLevel::Month => format!("{year:04}-{:02}", date.month()),
            DateLevel::Quarter => format!("{year:04}-Q{}", (date.month() + 2) / 3),
            DateLevel::Years(1) => format!("{year:04}"),
            DateLevel::Years(n) => {
                let first = year.div_euclid(i32::from(n)) * i32::from(n);
                format!("{first:04}-{:04}", first + i32::from(n) - 1)
            }
            DateLevel::Top => TOP.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_precision_writes_the_start_of_its_class() {
        let levels: Vec<_> = ["day", "month", "quarter", "year", "5y", "10y", "*"]
            .iter()
            .map(|l| DateLevel::parse(l).unwrap())
            .collect();
        let h = Dates::new(&levels).unwrap();
        let expected = ["1964-02-29", "1964-02", "1964-Q1", "1964", "1960-1964", "1960-1969", "*"];
        for (level, expected) in expected.iter().enumerate() {
            assert_eq!(h.generalize("1964-02-29", level).as_deref(), Some(*expected));
        }
        for outside in ["1963-02-29", "64-02-29", "1964-2-29", "29.02.1964", "1964-02-29T00:00", ""] {
            assert_eq!(h.generalize(outside, 0), None, "{outside}");
        }
    }

    #[test]
    fn precisions_that_do_not_nest_are_refused() {
        use DateLevel::{Day, Month, Top, Years};
        for levels in [&[Month, Day][..], &[Years(5), Years(12)], &[Top, Day], &[], &[Day, Day]] {
            assert!(Dates::new(levels).is_err(), "{levels:?}");
        }
    }
}
