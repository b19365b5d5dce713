//! One budget of a ledger: whose charges it counts, how much they may be, and how often it renews.

use std::{fmt, time::Duration};

use crate::{
    dp::{Amount, ledger::Request, ledger::text},
    error::{Error, Result},
};

/// One budget: for whom, how much, and whether it renews.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, Budget, ledger::{Limit, Period, Scope}};
/// let limit = Limit::each_dataset(Budget::parse("1", "1e-6")?).every(Period::days(30)?);
/// assert_eq!(limit.to_string(), "ε = 1, δ = 0.000001 for each data set, every 30 days");
/// assert_eq!((limit.scope(), limit.period()), (&Scope::EachDataset, Some(Period::days(30)?)));
/// assert_eq!(limit.amount(), Amount::parse("approximate epsilon=1 delta=1e-6")?);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    scope: Scope,
    amount: Amount,
    period: Option<Period>,
}

/// Which charges a limit counts.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Limit, Rules, Scope}};
/// let budget = |epsilon| Budget::parse(epsilon, "0");
/// let rules = Rules::lifetime(budget("5")?)
///     .limit(Limit::each_analyst(budget("1")?))
///     .limit(Limit::analyst("bob", budget("0.5")?))
///     .build()?;
/// // Whom do the rules name?
/// let named = rules.limits().iter().filter_map(|limit| match limit.scope() {
///     Scope::Analyst(name) | Scope::Dataset(name) => Some(name.as_str()),
///     _ => None,
/// });
/// assert_eq!(named.collect::<Vec<_>>(), ["bob"]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All of the ledger.
    Whole,
    /// Those on one data set, for each data set by itself.
    EachDataset,
    /// Those on the data set of this name.
    Dataset(String),
    /// Those of one analyst, for each analyst by itself.
    EachAnalyst,
    /// Those of the analyst of this name.
    Analyst(String),
}

/// Equal stretches of time, counted from the start of 1970 (UTC).
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Limit, Period}};
/// let week = Period::days(7)?;
/// assert_eq!(week.length().as_secs(), 604_800);
/// // Weeks begin on Thursdays, as 1970 did.
/// let limit = Limit::whole(Budget::parse("1", "0")?).every(week);
/// assert_eq!((limit.period_at(604_799), limit.period_at(604_800)), (0, 1));
/// assert!(Period::days(0).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    seconds: u64,
}

impl Limit {
    /// A budget of the whole ledger.
    #[must_use]
    pub fn whole(amount: impl Into<Amount>) -> Self {
        Limit { scope: Scope::Whole, amount: amount.into(), period: None }
    }

    /// The same budget for each data set.
    #[must_use]
    pub fn each_dataset(amount: impl Into<Amount>) -> Self {
        Limit { scope: Scope::EachDataset, amount: amount.into(), period: None }
    }

    /// A budget of one data set.
    #[must_use]
    pub fn dataset(name: impl Into<String>, amount: impl Into<Amount>) -> Self {
        Limit { scope: Scope::Dataset(name.into()), amount: amount.into(), period: None }
    }

    /// The same budget for each analyst.
    #[must_use]
    pub fn each_analyst(amount: impl Into<Amount>) -> Self {
        Limit { scope: Scope::EachAnalyst, amount: amount.into(), period: None }
    }

    /// A budget of one analyst.
    #[must_use]
    pub fn analyst(name: impl Into<String>, amount: impl Into<Amount>) -> Self {
        Limit { scope: Scope::Analyst(name.into()), amount: amount.into(), period: None }
    }

    /// The same for every period anew. What is left of one is not carried into the next.
    #[must_use]
    pub fn every(mut self, period: Period) -> Self {
        self.period = Some(period);
        self
    }

    /// For whom.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How much.
    #[must_use]
    pub fn amount(&self) -> Amount {
        self.amount
    }

    /// How often, if not once.
    #[must_use]
    pub fn period(&self) -> Option<Period> {
        self.period
    }

    /// A line of text, for files.
    pub(super) fn line(&self) -> String {
        let scope = match &self.scope {
            Scope::Whole => "whole".to_owned(),
            Scope::EachDataset => "each-dataset".to_owned(),
            Scope::Dataset(name) => format!("dataset:{}", text::escape(name)),
            Scope::EachAnalyst => "each-analyst".to_owned(),
            Scope::Analyst(name) => format!("analyst:{}", text::escape(name)),
        };
        let period = self.period.map_or_else(|| "lifetime".to_owned(), |p| format!("every:{}", p.seconds));
        format!("{scope} {period} {}", self.amount.canonical())
    }

    /// What [`line`](Self::line) wrote.
    pub(super) fn read(line: &str) -> Result<Self> {
        let damaged = Error::damaged_terms;
        let mut words = line.splitn(3, ' ');
        let (scope, period) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let amount = Amount::parse(words.next().unwrap_or_default())?;
        let name = |text| text::unescape(text).ok_or_else(damaged);
        let scope = match scope.split_once(':') {
            None if scope == "whole" => Scope::Whole,
            None if scope == "each-dataset" => Scope::EachDataset,
            None if scope == "each-analyst" => Scope::EachAnalyst,
            Some(("dataset", text)) => Scope::Dataset(name(text)?),
            Some(("analyst", text)) => Scope::Analyst(name(text)?),
            _ => return Err(damaged()),
        };
        let period = match period.split_once(':') {
            None if period == "lifetime" => None,
            Some(("every", seconds)) => Some(Period::seconds(seconds.parse().map_err(|_| damaged())?)?),
            _ => return Err(damaged()),
        };
        Ok(Limit { scope, amount, period })
    }

    /// Refuses a name that is none.
    pub(super) fn check(&self) -> Result<()> {
        match &self.scope {
            Scope::Dataset(name) | Scope::Analyst(name) => text::check_name("name of a limit", name),
            Scope::Whole | Scope::EachDataset | Scope::EachAnalyst => Ok(()),
        }
    }

    /// What it counts `request` under, or nothing if it does not.
    pub(super) fn subject<'a>(&self, request: &'a Request) -> Option<&'a str> {
        match &self.scope {
            Scope::Whole => Some(""),
            Scope::EachDataset => Some(request.dataset()),
            Scope::EachAnalyst => Some(request.analyst()),
            Scope::Dataset(name) => (name == request.dataset()).then_some(""),
            Scope::Analyst(name) => (name == request.analyst()).then_some(""),
        }
    }

    /// The number of the period at `time`, in seconds since 1970; always 0 if it does not renew.
    #[must_use]
    pub fn period_at(&self, time: i64) -> i64 {
        // A period is at most 2^32 seconds, so it fits.
        self.period.map_or(0, |period| time.div_euclid(i64::try_from(period.seconds).unwrap_or(i64::MAX)))
    }
}

impl Period {
    /// So many days.
    ///
    /// # Errors
    /// `Parameter` unless it is 1 second to 100 years.
    pub fn days(days: u32) -> Result<Self> {
        Period::seconds(86_400 * u64::from(days))
    }

    /// So many seconds.
    ///
    /// # Errors
    /// As [`days`](Self::days).
    pub fn seconds(seconds: u64) -> Result<Self> {
        if (1..=LONGEST_PERIOD).contains(&seconds) {
            Ok(Period { seconds })
        } else {
            Err(Error::period_range(seconds, LONGEST_PERIOD))
        }
    }

    /// Its length.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.amount, self.scope)?;
        match self.period {
            Some(period) => write!(f, ", {period}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Whole => f.write_str("the whole ledger"),
            Scope::EachDataset => f.write_str("each data set"),
            Scope::Dataset(name) => write!(f, "data set '{name}'"),
            Scope::EachAnalyst => f.write_str("each analyst"),
            Scope::Analyst(name) => write!(f, "analyst '{name}'"),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.seconds / 86_400, self.seconds % 86_400);
        match (days, rest) {
            (1, 0) => f.write_str("every day"),
            (days, 0) => write!(f, "every {days} days"),
            _ => write!(f, "every {} seconds", self.seconds),
        }
    }
}

/// 100 years.
const LONGEST_PERIOD: u64 = 3_155_760_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn pure(epsilon: &str) -> Amount {
        Amount::parse(&format!("pure epsilon={epsilon}")).unwrap()
    }

    #[test]
    fn a_period_begins_at_its_first_second_also_before_1970() {
        let limit = Limit::whole(pure("1")).every(Period::days(1).unwrap());
        let periods = [(-86_401, -2), (-86_400, -1), (-1, -1), (0, 0), (86_399, 0), (86_400, 1)];
        for (time, period) in periods {
            assert_eq!(limit.period_at(time), period, "{time}");
            assert_eq!(Limit::whole(pure("1")).period_at(time), 0, "{time}");
        }
        assert_eq!(limit.period().unwrap().length(), Duration::from_secs(86_400));
    }

    #[test]
    fn a_period_has_a_second_to_a_hundred_years() {
        for (seconds, fits) in [(0, false), (1, true), (LONGEST_PERIOD, true), (LONGEST_PERIOD + 1, false)] {
            assert_eq!(Period::seconds(seconds).is_ok(), fits, "{seconds}");
        }
        // 365.25 days a year.
        assert!(Period::days(36_525).is_ok() && Period::days(36_526).is_err() && Period::days(0).is_err());
    }
}
