//! What a history would cost by an accountant: to look at, never to spend.

use std::collections::BTreeMap;

use crate::{
    dp::{
        Event, EventList, Neighbors,
        accountant::{Accountant, PrivacyProfile},
        ledger::Entry,
    },
    error::{Error, Result},
};

/// The privacy profile of the events of `entries` by `accountant`, which may be far tighter than the currency of the
/// ledger that they are from.
///
/// It is for display. A ledger counts in the currency that it was created with, whose sum bounds the loss also when
/// each question was chosen after the answers before it; most accountants promise that only for events fixed before the
/// first answer. So nothing that is seen here is given back.
///
/// # Errors
/// `Unsupported` if an entry costs something and holds no events, or one that the accountant cannot treat; `Refused` if
/// they are not events of `neighbors`.
///
/// # Examples
/// ```
/// use incog::dp::{
///     Budget, Delta, Epsilon, Event, Neighbors,
///     accountant::Optimal,
///     ledger::{Ledger, MemoryLedger, Request, repriced},
/// };
/// let mut ledger = MemoryLedger::new(Budget::parse("10", "0")?);
/// let epsilon = Epsilon::parse("0.1")?;
/// for i in 0..100 {
///     let (id, event) = (i.to_string(), Event::pure(epsilon));
///     ledger.reserve(&Request::new(id, "ann", "q", "v", Budget::pure(epsilon), vec![event])?)?;
/// }
/// let profile = repriced(&ledger.entries()?, Neighbors::AddOrRemoveOne, &Optimal)?;
/// assert!(profile.epsilon(Delta::parse("1e-6")?)?.upper() < 6.0);
/// // What is spent is spent.
/// assert_eq!(ledger.balance()?.spent.to_string(), "ε = 10");
/// assert!(ledger.reserve(&Request::new("x", "ann", "q", "v", Budget::pure(epsilon), vec![])?).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
pub fn repriced(
    entries: &[Entry],
    neighbors: Neighbors,
    accountant: &dyn Accountant,
) -> Result<Box<dyn PrivacyProfile>> {
    // A history repeats itself: equal events are composed once, with their number.
    let mut counts: BTreeMap<String, (&Event, u64)> = BTreeMap::new();
    for entry in entries {
        let events = entry.request.events();
        if events.is_empty() && !entry.request.cost().is_zero() {
            return Err(Error::entry_without_events(entry.sequence));
        }
        for event in events {
            counts.entry(event.to_string()).or_insert((event, 0)).1 += 1;
        }
    }
    let events =
        counts.into_values().map(|(event, count)| event.clone().times(count)).collect::<Result<Vec<_>>>()?;
    accountant.compose(&EventList::new(neighbors, events)?)
}
