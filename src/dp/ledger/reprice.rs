//! What a history would cost by an accountant: to look at, never to spend.

use std::collections::BTreeMap;

use crate::{
    dp::{Event, EventList, Neighbors, ledger::Entry},
    error::{Error, Result},
};

/// The events of `entries`, to be priced again by any [`Accountant`](crate::dp::accountant::Accountant), perhaps far
/// tighter than by the currency of their ledger.
///
/// It is for display. A ledger counts in the currency that it was created with, whose sum bounds the loss also when
/// each question was chosen after the answers before it; most accountants promise that only for events fixed before the
/// first answer. So nothing that is seen here is given back.
///
/// # Errors
/// `Unsupported` if an entry costs something and holds no events; `Refused` if one has no meaning under `neighbors`.
///
/// # Examples
/// ```
/// use incog::dp::{
///     Budget, Delta, Epsilon, Event, Neighbors,
///     accountant::{Accountant, Optimal},
///     ledger::{Ledger, MemoryLedger, Request, events_of},
/// };
/// let mut ledger = MemoryLedger::new(Budget::parse("10", "0")?);
/// let epsilon = Epsilon::parse("0.1")?;
/// let request = |id: String, events| Request::new(id, "ann", "q", "v", Budget::pure(epsilon), events);
/// for i in 0..100 {
///     ledger.reserve(&request(i.to_string(), vec![Event::pure(epsilon)])?)?;
/// }
/// let events = events_of(&ledger.entries()?, Neighbors::AddOrRemoveOne)?;
/// assert!(Optimal.compose(&events)?.epsilon(Delta::parse("1e-6")?)?.upper() < 4.99);
/// // What is spent is spent.
/// assert_eq!(ledger.balance()?.spent.to_string(), "ε = 10");
/// assert!(ledger.reserve(&request("more".to_owned(), vec![])?).is_err());
///
/// let mut ledger = MemoryLedger::new(Budget::parse("10", "0")?);
/// ledger.reserve(&request("a".to_owned(), vec![])?)?;
/// assert_eq!(
///     events_of(&ledger.entries()?, Neighbors::AddOrRemoveOne).unwrap_err().to_string(),
///     "record 1 of the ledger holds no events, so no accountant can price it again",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub fn events_of(entries: &[Entry], neighbors: Neighbors) -> Result<EventList> {
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
    let events = counts.into_values().map(|(event, count)| event.clone().times(count));
    EventList::new(neighbors, events.collect::<Result<Vec<_>>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::{Budget, Epsilon, ledger::Request};

    fn entry(sequence: u64, cost: &str, events: &[&str]) -> Entry {
        let events = events.iter().map(|epsilon| Event::pure(Epsilon::parse(epsilon).unwrap())).collect();
        let cost = Budget::parse(cost, "0").unwrap();
        Entry::new(sequence, 0, Request::new("a", "ann", "q", "v", cost, events).unwrap(), false)
    }

    #[test]
    fn each_event_is_composed_as_often_as_it_happened() {
        let entries =
            [entry(1, "0.3", &["0.1", "0.2"]), entry(2, "0.1", &["0.1"]), entry(3, "0.1", &["0.1"])];
        let events = events_of(&entries, Neighbors::AddOrRemoveOne).unwrap();
        let mut found: Vec<String> = events.events().iter().map(ToString::to_string).collect();
        found.sort();
        assert_eq!(found, ["pure epsilon=0.1 count=3", "pure epsilon=0.2 count=1"]);
    }

    #[test]
    fn what_cost_something_has_to_say_what_it_was() {
        let of = |entries: &[Entry]| events_of(entries, Neighbors::AddOrRemoveOne);
        // A charge of nothing did nothing; one with events says what, whatever it cost.
        for known in [entry(1, "0", &[]), entry(1, "0", &["0.1"]), entry(1, "0.1", &["0.1"])] {
            assert!(of(&[known, entry(2, "0.1", &["0.1"])]).is_ok());
        }
        let error = of(&[entry(1, "0.1", &["0.1"]), entry(2, "0.1", &[])]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "record 2 of the ledger holds no events, so no accountant can price it again"
        );
    }
}
