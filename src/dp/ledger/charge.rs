//! The rule of every ledger, in one place: what a request gets, given what is stored.
//!
//! A meter counts what one limit has spent for one subject in one period. Periods are found from the latest time that
//! the ledger has ever seen, so a clock that goes back refills nothing.

use std::time::Duration;

use crate::{
    dp::{
        Amount,
        ledger::{Request, Rules},
    },
    error::{Error, Result},
};

/// What one limit has spent for one subject, in one period.
///
/// # Examples
/// ```
/// use incog::dp::{Amount, Budget, ledger::{Audited, Clock, Ledger, Limit, MemoryLedger, Meter, Period, Request, Rules}};
/// use std::time::{Duration, UNIX_EPOCH};
/// let each_day = Limit::whole(Budget::parse("0.5", "0")?).every(Period::days(1)?);
/// let rules = Rules::lifetime(Budget::parse("5", "0")?).limit(each_day).build()?;
/// let noon_of_day_two = UNIX_EPOCH + Duration::from_secs(2 * 86_400 + 43_200);
/// let mut ledger = MemoryLedger::new(rules).clock(Clock::from_fn(move || noon_of_day_two));
/// ledger.reserve(&Request::new("a", "ann", "q", "v", Budget::parse("0.1", "0")?, vec![])?)?;
/// let spent = Amount::parse("pure epsilon=0.1")?;
/// let meters: Vec<Meter> = ledger.meters()?.into_iter().map(|reading| reading.meter).collect();
/// assert_eq!(meters, [Meter::new(0, spent), Meter::new(2, spent)]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meter {
    /// The number of the period; 0 if the limit does not renew.
    pub period: i64,
    /// What was spent in it.
    pub spent: Amount,
}

impl Meter {
    /// `spent` in period `period`.
    #[must_use]
    pub fn new(period: i64, spent: Amount) -> Self {
        Meter { period, spent }
    }
}

/// A meter that a charge moves, or a charge given back.
pub(super) struct Change {
    pub(super) limit: usize,
    pub(super) subject: String,
    #[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "only stores with a seal look at it"))]
    pub(super) before: Option<Meter>,
    pub(super) after: Meter,
}

/// What a charge does: the time that it moves the ledger to, and its meters.
pub(super) struct Charged {
    pub(super) at: i64,
    pub(super) changes: Vec<Change>,
}

/// Charges `request` at `now` to a ledger whose latest time is `latest`, if it fits all limits.
pub(super) fn charge(
    rules: &Rules,
    latest: Option<i64>,
    now: i64,
    request: &Request,
    mut meter: impl FnMut(usize, &str) -> Result<Option<Meter>>,
) -> Result<Charged> {
    rules.check_unit(request)?;
    let cost = request.cost().counted_in(rules.currency())?;
    let at = moved(rules, latest, now)?;
    let mut changes = Vec::new();
    for (number, subject, limit) in rules.applying(request) {
        let before = meter(number, subject)?;
        let period = limit.period_at(at);
        let spent = match before {
            Some(meter) if meter.period >= period => meter,
            _ => Meter { period, spent: Amount::zero(rules.currency()) },
        };
        // A sum beyond the largest total is beyond every budget as well.
        let total = spent.spent.plus(cost).ok().filter(|total| total.fits(limit.amount()));
        let total = total.ok_or_else(|| rules.exceeded(number, cost, spent.spent))?;
        let after = Meter { period: spent.period, spent: total };
        changes.push(Change { limit: number, subject: subject.to_owned(), before, after });
    }
    Ok(Charged { at, changes })
}

/// Takes back a charge that was made `at`. What was spent in a period that is over stays with it.
pub(super) fn give_back(
    rules: &Rules,
    at: i64,
    request: &Request,
    mut meter: impl FnMut(usize, &str) -> Result<Option<Meter>>,
) -> Result<Vec<Change>> {
    let cost = request.cost().counted_in(rules.currency())?;
    let mut changes = Vec::new();
    for (number, subject, limit) in rules.applying(request) {
        let before = meter(number, subject)?.ok_or_else(Error::damaged_meters)?;
        if before.period == limit.period_at(at) {
            let after = Meter { period: before.period, spent: before.spent.minus(cost)? };
            changes.push(Change { limit: number, subject: subject.to_owned(), before: Some(before), after });
        }
    }
    Ok(changes)
}

/// The latest time of a ledger when the clock says `now`.
fn moved(rules: &Rules, latest: Option<i64>, now: i64) -> Result<i64> {
    let Some(latest) = latest else { return Ok(now) };
    let at = now.max(latest);
    let pause = u64::try_from(at.saturating_sub(latest)).unwrap_or(0);
    let renews = |limit: &super::Limit| limit.period_at(at) > limit.period_at(latest);
    if pause > rules.longest_pause().as_secs() && rules.limits().iter().any(renews) {
        return Err(rules.too_long_a_pause(Duration::from_secs(pause)));
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ErrorKind,
        dp::ledger::{Limit, Period},
    };

    fn pure(epsilon: &str) -> Amount {
        Amount::parse(&format!("pure epsilon={epsilon}")).unwrap()
    }

    fn request(epsilon: &str) -> Request {
        Request::new("id", "ada", "query", "version", pure(epsilon), Vec::new()).unwrap()
    }

    /// One for ever, and one for every ten seconds; a pause of 100 seconds at most.
    fn rules() -> Rules {
        let each = Limit::whole(pure("1")).every(Period::seconds(10).unwrap());
        let rules = Rules::lifetime(pure("5")).limit(each).longest_pause(Duration::from_secs(100));
        rules.build().unwrap()
    }

    /// Meters of the two limits: what is spent, and in which period of the second.
    fn meters(whole: &str, each: &str, period: i64) -> impl FnMut(usize, &str) -> Result<Option<Meter>> {
        let meters = [Meter::new(0, pure(whole)), Meter::new(period, pure(each))];
        move |limit, _| Ok(Some(meters[limit]))
    }

    fn after(changes: &[Change]) -> Vec<(usize, i64, String)> {
        changes
            .iter()
            .map(|change| (change.limit, change.after.period, change.after.spent.to_string()))
            .collect()
    }

    #[test]
    fn a_charge_counts_in_every_limit_and_a_new_period_begins_with_nothing() {
        let spent = |all: &str, each: &str, now| {
            let charged = charge(&rules(), Some(now), now, &request("0.25"), meters(all, each, 3));
            charged.map(|charged| after(&charged.changes))
        };
        let expected = |period, spent: &str| vec![(0, 0, "ε = 1".to_owned()), (1, period, spent.to_owned())];
        assert_eq!(spent("0.75", "0.5", 39).unwrap(), expected(3, "ε = 0.75"));
        assert_eq!(spent("0.75", "0.5", 40).unwrap(), expected(4, "ε = 0.25"));
        // Full in this period, or for ever: nothing is charged at all.
        assert_eq!(spent("0.75", "0.8", 39).unwrap_err().kind(), ErrorKind::BudgetExceeded);
        assert_eq!(spent("4.8", "0", 40).unwrap_err().kind(), ErrorKind::BudgetExceeded);
        assert_eq!(spent("4.75", "0.75", 39).unwrap()[0].2, "ε = 5");
        // A meter that is ahead of the clock counts.
        assert_eq!(spent("0.75", "0.8", 20).unwrap_err().kind(), ErrorKind::BudgetExceeded);
    }

    #[test]
    fn a_clock_that_goes_back_moves_nothing_back() {
        let charged = charge(&rules(), Some(40), 5, &request("0.25"), meters("0", "0.5", 4)).unwrap();
        assert_eq!((charged.at, charged.changes[1].after.period), (40, 4));
        let first = charge(&rules(), None, -5, &request("0.25"), |_, _| Ok(None)).unwrap();
        assert_eq!((first.at, first.changes[1].after.period), (-5, -1));
    }

    #[test]
    fn after_a_pause_that_is_too_long_no_period_begins_by_itself() {
        let at =
            |rules: &Rules, now| charge(rules, Some(0), now, &request("0.25"), |_, _| Ok(None)).map(|c| c.at);
        assert_eq!(at(&rules(), 100).unwrap(), 100);
        for now in [101, 102, 1_000_000, i64::MAX] {
            assert_eq!(at(&rules(), now).unwrap_err().kind(), ErrorKind::Refused, "{now}");
        }
        // Where nothing renews in between, no time is too long.
        assert_eq!(at(&Rules::from(pure("1")), 1_000_000_000).unwrap(), 1_000_000_000);
        let year = Limit::whole(pure("1")).every(Period::days(365).unwrap());
        let slow =
            Rules::lifetime(pure("5")).limit(year).longest_pause(Duration::from_secs(100)).build().unwrap();
        assert_eq!(at(&slow, 86_400).unwrap(), 86_400);
        assert!(at(&slow, 365 * 86_400).is_err());
    }

    #[test]
    fn what_is_given_back_is_taken_from_its_own_period_only() {
        let back = |at, period| {
            give_back(&rules(), at, &request("0.25"), meters("1", "0.75", period))
                .map(|changes| after(&changes))
        };
        let whole = (0, 0, "ε = 0.75".to_owned());
        assert_eq!(back(39, 3).unwrap(), [whole.clone(), (1, 3, "ε = 0.5".to_owned())]);
        assert_eq!(back(39, 4).unwrap(), [whole]);
        let none = give_back(&rules(), 39, &request("0.25"), |_, _| Ok(None));
        assert_eq!(none.err().map(|error| error.kind()), Some(ErrorKind::Data));
    }
}
