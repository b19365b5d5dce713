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
