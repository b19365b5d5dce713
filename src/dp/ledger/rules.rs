//! What may be spent: the budgets of a ledger, all of which a charge has to fit.

use std::time::Duration;

use crate::{
    dp::{
        Amount, Budget, Currency,
        ledger::{Limit, Request, Scope, text},
    },
    error::{Error, Result},
};

/// The budgets of a ledger. A charge has to fit all that apply to it; they are fixed when the ledger is created.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, ledger::{Limit, Period, Rules}};
/// let rules = Rules::lifetime(Amount::parse("zcdp rho=1")?)
///     .limit(Limit::each_analyst(Amount::parse("zcdp rho=0.2")?))
///     .limit(Limit::whole(Amount::parse("zcdp rho=0.1")?).every(Period::days(30)?))
///     .unit("patient, add_or_remove_one")
///     .build()?;
/// assert_eq!(rules.limits()[1].to_string(), "ρ = 0.2 for each analyst");
/// let nothing = Rules::unbounded(rules.currency()).build();
/// assert_eq!(
///     nothing.unwrap_err().to_string(),
///     "the ledger would bound nothing; give it a budget for its lifetime or a limit",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    unit: String,
    /// The first is that of the whole ledger for its lifetime.
    limits: Vec<Limit>,
    longest_pause: u64,
}

/// Makes [`Rules`].
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, Limit, MemoryLedger, Request, Rules}};
/// let budget = |epsilon| Budget::parse(epsilon, "0");
/// let rules = Rules::lifetime(budget("2")?).limit(Limit::analyst("bob", budget("0.5")?)).build()?;
/// let mut ledger = MemoryLedger::new(rules);
/// let request = |id: &str, analyst: &str| Request::new(id, analyst, "q", "v", budget("0.75")?, vec![]);
/// ledger.reserve(&request("a", "ann")?)?;
/// // What ann may spend is what the ledger has; bob has less.
/// let error = ledger.reserve(&request("b", "bob")?).unwrap_err();
/// assert!(error.to_string().starts_with("budget exceeded: asked ε = 0.75, left ε = 0.5"), "{error}");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RulesBuilder(Rules);

impl Rules {
    /// Rules with `budget` for all charges that the ledger will ever hold.
    pub fn lifetime(budget: impl Into<Amount>) -> RulesBuilder {
        RulesBuilder(Rules::from(budget.into()))
    }

    /// Rules without a bound for the lifetime of the ledger, which is stated wherever its budget is. At least one
    /// limit must follow.
    pub fn unbounded(currency: Currency) -> RulesBuilder {
        RulesBuilder(Rules::from(Amount::unlimited(currency)))
    }

    /// What amounts are counted in.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.limits[0].amount().currency()
    }

    /// Whom the amounts protect, in words that every request has to repeat; empty if that was not stated.
    #[must_use]
    pub fn stated_unit(&self) -> &str {
        &self.unit
    }

    /// All limits. The first is that of the whole ledger for its lifetime.
    #[must_use]
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// The limit with this number.
    ///
    /// # Errors
    /// `Data` if there is none: what a ledger says about it is damaged.
    pub fn numbered(&self, number: usize) -> Result<&Limit> {
        self.limits.get(number).ok_or_else(Error::damaged_meters)
    }

    /// The longest time without a charge after which a new period may start by itself.
    #[must_use]
    pub fn longest_pause(&self) -> Duration {
        Duration::from_secs(self.longest_pause)
    }

    /// The limits that count `request`, each with its number and its subject: the data set or analyst that it counts
    /// by itself, or nothing.
    pub fn applying<'a>(&'a self, request: &'a Request) -> impl Iterator<Item = (usize, &'a str, &'a Limit)> {
        self.limits
            .iter()
            .enumerate()
            .filter_map(|(i, limit)| limit.subject(request).map(|subject| (i, subject, limit)))
    }

    /// Refuses a request that states another privacy unit than the rules.
    ///
    /// # Errors
    /// `Refused` if it does.
    pub fn check_unit(&self, request: &Request) -> Result<()> {
        if !self.unit.is_empty() && self.unit != request.unit() {
            return Err(Error::other_unit(&self.unit));
        }
        Ok(())
    }

    /// The refusal of a charge of `cost`, when limit `number` has spent `spent`.
    #[must_use]
    pub fn exceeded(&self, number: usize, cost: Amount, spent: Amount) -> Error {
        match self.numbered(number).and_then(|limit| Ok((limit, limit.amount().minus(spent)?))) {
            Ok((limit, left)) => Error::budget_exceeded(cost, left, number, limit),
            Err(_) => Error::damaged_meters(),
        }
    }

    /// The refusal of a new period after `pause`, which is longer than the [longest](Self::longest_pause).
    #[must_use]
    pub fn too_long_a_pause(&self, pause: Duration) -> Error {
        Error::clock_step(pause.as_secs(), self.longest_pause)
    }

    /// Refuses rules that bound nothing, mix currencies, or have names that are none.
    pub(super) fn check(&self) -> Result<()> {
        for limit in &self.limits {
            limit.amount().counted_in(self.currency())?;
            limit.check()?;
        }
        if self.limits.len() > MOST_LIMITS {
            return Err(Error::too_many_limits(MOST_LIMITS));
        }
        if self.limits.iter().all(|limit| limit.amount().is_unlimited()) {
            return Err(Error::bounds_nothing());
        }
        text::check("unit", &self.unit)
    }

    /// Lines of text, for files.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines =
            vec![format!("unit {}", text::escape(&self.unit)), format!("pause {}", self.longest_pause)];
        lines.extend(self.limits.iter().map(|limit| format!("limit {}", limit.line())));
        lines
    }

    /// What [`lines`](Self::lines) wrote.
    pub(super) fn read<'a>(mut lines: impl Iterator<Item = &'a str>) -> Result<Self> {
        let damaged = Error::damaged_terms;
        let field = |line: Option<&'a str>, name: &str| {
            line.and_then(|line| line.strip_prefix(name)?.strip_prefix(' ')).ok_or_else(damaged)
        };
        let unit = text::unescape(field(lines.next(), "unit")?).ok_or_else(damaged)?;
        let longest_pause = field(lines.next(), "pause")?.parse().map_err(|_| damaged())?;
        let limits =
            lines.map(|line| Limit::read(field(Some(line), "limit")?)).collect::<Result<Vec<_>>>()?;
        if limits.first().is_none_or(|limit| *limit.scope() != Scope::Whole || limit.period().is_some()) {
            return Err(damaged());
        }
        let rules = Rules { unit, limits, longest_pause };
        rules.check()?;
        Ok(rules)
    }
}

impl From<Amount> for Rules {
    /// One budget for the lifetime of the ledger.
    fn from(budget: Amount) -> Self {
        Rules { unit: String::new(), limits: vec![Limit::whole(budget)], longest_pause: PAUSE }
    }
}

impl From<Budget> for Rules {
    fn from(budget: Budget) -> Self {
        Rules::from(Amount::from(budget))
    }
}

impl RulesBuilder {
    /// One more budget that has to hold.
    pub fn limit(mut self, limit: Limit) -> Self {
        self.0.limits.push(limit);
        self
    }

    /// Whom the amounts protect, such as `patient, add_or_remove_one`: a request that says something else is refused.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.0.unit = unit.into();
        self
    }

    /// How long the ledger may have been without a charge for a new period to start by itself; 35 days if not set.
    /// After a longer pause the clock may be wrong, and an operator has to say that it is right.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.0.longest_pause = pause.as_secs();
        self
    }

    /// The rules.
    ///
    /// # Errors
    /// `Parameter` if they bound nothing, if a name is empty, longer than 200 bytes or holds control characters;
    /// `Refused` if their amounts are in several currencies.
    pub fn build(self) -> Result<Rules> {
        self.0.check()?;
        Ok(self.0)
    }
}

/// 35 days: a monthly budget that is used every month renews by itself.
const PAUSE: u64 = 35 * 86_400;
/// Each charge looks at every limit that applies.
const MOST_LIMITS: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, dp::ledger::Period};

    fn pure(epsilon: &str) -> Amount {
        Amount::parse(&format!("pure epsilon={epsilon}")).unwrap()
    }

    fn request(analyst: &str, dataset: &str) -> Request {
        let request = Request::new("id", analyst, "query", "version", pure("1"), Vec::new()).unwrap();
        request.of_dataset(dataset).unwrap()
    }

    /// One of each kind, with names that a line of text has to escape.
    fn all_kinds() -> Rules {
        let day = Period::days(1).unwrap();
        Rules::lifetime(pure("10"))
            .limit(Limit::whole(pure("2")).every(Period::seconds(1).unwrap()))
            .limit(Limit::each_dataset(pure("3")))
            .limit(Limit::dataset("a: b=c %", pure("4")).every(day))
            .limit(Limit::each_analyst(pure("5")))
            .limit(Limit::analyst("ada b", pure("6")))
            .unit("patient, add_or_remove_one")
            .longest_pause(Duration::from_secs(7))
            .build()
            .unwrap()
    }

    #[test]
    fn a_request_is_counted_by_the_limits_of_its_data_set_and_analyst_and_by_no_other() {
        let rules = all_kinds();
        let counted = |analyst, dataset| {
            let request = request(analyst, dataset);
            rules.applying(&request).map(|(i, subject, _)| (i, subject.to_owned())).collect::<Vec<_>>()
        };
        let each = |rows: &[(usize, &str)]| rows.iter().map(|&(i, s)| (i, s.to_owned())).collect::<Vec<_>>();
        assert_eq!(counted("eve", "d"), each(&[(0, ""), (1, ""), (2, "d"), (4, "eve")]));
        assert_eq!(
            counted("ada b", "a: b=c %"),
            each(&[(0, ""), (1, ""), (2, "a: b=c %"), (3, ""), (4, "ada b"), (5, "")])
        );
    }

    #[test]
    fn rules_are_the_reading_of_their_lines_and_nothing_else_is() {
        let rules = all_kinds();
        let lines = rules.lines();
        let read = |lines: &[String]| Rules::read(lines.iter().map(String::as_str));
        assert_eq!(read(&lines).unwrap(), rules);
        assert_eq!(rules.stated_unit(), "patient, add_or_remove_one");
        assert_eq!(rules.longest_pause(), Duration::from_secs(7));
        // Without the first limit the ledger would not be bound for its lifetime.
        for end in [3, 4, 7, 8] {
            let headless = [&lines[..2], &lines[end..]].concat();
            assert_eq!(read(&headless).unwrap_err().kind(), ErrorKind::Data, "{end}");
        }
        for i in 0..lines.len() {
            for (old, new) in [(" ", "  "), ("limit", "limits"), ("lifetime", "every"), ("each-", "")] {
                let mut changed = lines.clone();
                changed[i] = lines[i].replacen(old, new, 1);
                assert!(changed == lines || read(&changed).is_err(), "{}", changed[i]);
            }
        }
    }

    #[test]
    fn a_thousand_limits_are_the_most_and_one_has_to_bound() {
        let many = |limits| {
            (1..limits).fold(Rules::lifetime(pure("1")), |rules, _| rules.limit(Limit::whole(pure("1"))))
        };
        assert_eq!(many(MOST_LIMITS).build().unwrap().limits().len(), MOST_LIMITS);
        assert!(many(MOST_LIMITS + 1).build().is_err());
        let unbounded = || Rules::unbounded(Currency::Pure);
        assert!(unbounded().build().is_err());
        assert!(unbounded().limit(Limit::each_analyst(Amount::unlimited(Currency::Pure))).build().is_err());
        assert!(unbounded().limit(Limit::each_analyst(pure("1"))).build().is_ok());
        let other = unbounded().limit(Limit::whole(Amount::parse("zcdp rho=1").unwrap()));
        assert_eq!(other.build().unwrap_err().kind(), ErrorKind::Refused);
        for limit in [Limit::dataset("", pure("1")), Limit::analyst("a\nb", pure("1"))] {
            assert!(unbounded().limit(limit).build().is_err());
        }
    }

    #[test]
    fn a_request_that_states_another_unit_is_refused_where_the_rules_state_one() {
        let request = request("ada", "d").per_unit("visit").unwrap();
        assert_eq!(all_kinds().check_unit(&request).unwrap_err().kind(), ErrorKind::Refused);
        all_kinds().check_unit(&request.clone().per_unit("patient, add_or_remove_one").unwrap()).unwrap();
        Rules::from(pure("1")).check_unit(&request).unwrap();
    }

    #[test]
    fn a_refusal_says_what_is_left_of_its_limit() {
        let rules = all_kinds();
        let error = rules.exceeded(4, pure("2"), pure("4.5"));
        assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
        assert!(error.to_string().contains("0.5") && error.to_string().contains("each analyst"), "{error}");
        assert_eq!(rules.exceeded(6, pure("2"), pure("1")).kind(), ErrorKind::Data);
        assert_eq!(
            rules.exceeded(0, pure("2"), Amount::parse("zcdp rho=1").unwrap()).kind(),
            ErrorKind::Data
        );
        let pause = rules.too_long_a_pause(Duration::from_secs(8)).to_string();
        assert!(pause.contains('8') && pause.contains('7'), "{pause}");
    }
}
