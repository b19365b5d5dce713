//! The rule of every ledger, in one place: what a request gets, given what is stored.

use crate::{
    dp::{
        Amount,
        ledger::{Balance, Request},
    },
    error::{Error, Result},
};

/// What is stored under the id of a request.
pub(super) struct Earlier<'a> {
    pub(super) analyst: &'a str,
    pub(super) query: &'a str,
    pub(super) data_version: &'a str,
}

/// Refuses a request that differs from the earlier one under its id.
pub(super) fn check_same(request: &Request, earlier: &Earlier<'_>) -> Result<()> {
    let pairs = [
        ("query", request.query(), earlier.query),
        ("data version", request.data_version(), earlier.data_version),
        ("analyst", request.analyst(), earlier.analyst),
    ];
    match pairs.into_iter().find(|(_, now, before)| now != before) {
        Some((what, ..)) => Err(Error::request_mismatch(what)),
        None => Ok(()),
    }
}

/// The total after charging `request`, if it fits.
pub(super) fn charge(balance: Balance, request: &Request) -> Result<Amount> {
    let cost = request.cost().counted_in(balance.budget.currency())?;
    // A sum beyond the largest total is beyond every budget as well.
    match balance.spent.plus(cost) {
        Ok(total) if total.fits(balance.budget) => Ok(total),
        _ => Err(Error::budget_exceeded(cost, balance.remaining)),
    }
}
