//! What is charged, and what a ledger remembers of it.

use crate::{
    dp::{
        Amount, Event,
        ledger::{record, text},
    },
    error::{Error, Result},
};

/// A request for a charge.
///
/// The id binds analyst, data set, privacy unit, query and data version: asked again with all of them the same it gets
/// the stored answer, with another one it is refused.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, Event, Epsilon, ledger::Request};
/// let epsilon = Epsilon::parse("0.1")?;
/// let request = Request::new("daily/1", "ann", "spend", "v1", Budget::pure(epsilon), vec![Event::pure(epsilon)])?;
/// assert_eq!(request.id(), "daily/1");
/// assert!(Request::new("", "ann", "spend", "v1", Budget::ZERO, vec![]).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    id: String,
    analyst: String,
    dataset: String,
    unit: String,
    query: String,
    data_version: String,
    cost: Amount,
    events: Vec<Event>,
}

impl Request {
    /// A request. `query` is a digest or another public name of what is asked, never data.
    ///
    /// # Errors
    /// `Parameter` if a text is longer than 200 bytes or holds control characters, if `id` is empty, or if the events
    /// are more than 16 KiB of text.
    pub fn new(
        id: impl Into<String>,
        analyst: impl Into<String>,
        query: impl Into<String>,
        data_version: impl Into<String>,
        cost: impl Into<Amount>,
        events: Vec<Event>,
    ) -> Result<Self> {
        let (id, analyst) = (id.into(), analyst.into());
        let (query, data_version) = (query.into(), data_version.into());
        text::check_name("id", &id)?;
        for (what, text) in [("analyst", &analyst), ("query", &query), ("data version", &data_version)] {
            text::check(what, text)?;
        }
        if record::event_lines(&events).len() > LONGEST_EVENTS {
            return Err(Error::too_many_events(LONGEST_EVENTS));
        }
        let (dataset, unit, cost) = (String::new(), String::new(), cost.into());
        Ok(Request { id, analyst, dataset, unit, query, data_version, cost, events })
    }

    /// The same request on the data set of this name, for ledgers with a budget for each.
    ///
    /// # Errors
    /// `Parameter` if the name is longer than 200 bytes or holds control characters.
    pub fn of_dataset(mut self, dataset: impl Into<String>) -> Result<Self> {
        self.dataset = dataset.into();
        text::check("data set", &self.dataset)?;
        Ok(self)
    }

    /// The same request with the words for whom its cost protects, for ledgers that state it.
    ///
    /// # Errors
    /// As [`of_dataset`](Self::of_dataset).
    pub fn per_unit(mut self, unit: impl Into<String>) -> Result<Self> {
        self.unit = unit.into();
        text::check("privacy unit", &self.unit)?;
        Ok(self)
    }

    /// The id, unique in a ledger.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who asks.
    #[must_use]
    pub fn analyst(&self) -> &str {
        &self.analyst
    }

    /// On which data set; empty if that was not said.
    #[must_use]
    pub fn dataset(&self) -> &str {
        &self.dataset
    }

    /// Whom its cost protects; empty if that was not said.
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// What is asked, as a digest.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Which state of the data is asked.
    #[must_use]
    pub fn data_version(&self) -> &str {
        &self.data_version
    }

    /// Refuses this request if it is not the `earlier` one under its id: if it asks something else, or for somebody
    /// else. What it costs is not looked at: the earlier one was charged.
    ///
    /// # Errors
    /// `Refused` if it is another one, with what differs.
    pub fn check_same(&self, earlier: &Request) -> Result<()> {
        let pairs = [
            ("query", &self.query, &earlier.query),
            ("data version", &self.data_version, &earlier.data_version),
            ("analyst", &self.analyst, &earlier.analyst),
            ("data set", &self.dataset, &earlier.dataset),
            ("privacy unit", &self.unit, &earlier.unit),
        ];
        match pairs.into_iter().find(|(_, now, before)| now != before) {
            Some((what, ..)) => Err(Error::request_mismatch(what)),
            None => Ok(()),
        }
    }

    /// What it costs.
    #[must_use]
    pub fn cost(&self) -> Amount {
        self.cost
    }

    /// What will be done to the data.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}

/// A charge in a ledger.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, MemoryLedger, Request}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// for (id, analyst) in [("monday", "ann"), ("tuesday", "bob")] {
///     ledger.reserve(&Request::new(id, analyst, "count", "v1", Budget::parse("0.25", "0")?, vec![])?)?;
/// }
/// // Who spent what, and which answers are missing.
/// for entry in ledger.entries()? {
///     println!("{} {}: {}", entry.time, entry.request.analyst(), entry.request.cost());
///     assert!(!entry.answered);
/// }
/// assert_eq!(ledger.entries()?[1].request.id(), "tuesday");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its number, ascending.
    pub sequence: u64,
    /// What the clock said, in seconds since the start of 1970 (UTC).
    pub time: i64,
    /// What was charged.
    pub request: Request,
    /// Whether an answer is stored.
    pub answered: bool,
}

impl Entry {
    /// The charge with this number.
    #[must_use]
    pub fn new(sequence: u64, time: i64, request: Request, answered: bool) -> Self {
        Entry { sequence, time, request, answered }
    }
}

/// A bound on what a ledger has to hold for one request.
const LONGEST_EVENTS: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::{Budget, Epsilon};

    /// A line of an event of ε = 0.1 is 25 bytes with its end: 654 of them and one of 34 bytes without it are 16 KiB.
    #[test]
    fn events_of_16_kib_are_taken_and_one_byte_more_is_refused() {
        let line = |epsilon: &str| Event::pure(Epsilon::parse(epsilon).unwrap());
        let with = |last: &str| {
            let mut events = vec![line("0.1"); 654];
            events.push(line(last));
            let bytes = record::event_lines(&events).len();
            (bytes, Request::new("a", "ann", "q", "v", Budget::ZERO, events).map_err(|error| error.kind()))
        };
        assert_eq!(record::event_lines(&[line("0.1")]).len(), 24);
        for (last, bytes, taken) in [
            ("0.12345678", 16_381, true),
            ("0.12345678901", 16_384, true),
            ("0.123456789012", 16_385, false),
            ("10.123456789012", 16_386, false),
        ] {
            let (found, request) = with(last);
            assert_eq!(found, bytes, "{last}");
            assert_eq!(request.err(), (!taken).then_some(crate::ErrorKind::Parameter), "{last}");
        }
    }
}
