//! What a ledger was told, one line of text each: charges, answers, reservations given back, clocks believed.
//!
//! ```text
//!   charge time=1764108000 id=daily/1 analyst=ann dataset=claims unit=patient query=9f.. data=v1 cost=pure%20epsilon%3D0.1 events=..
//!   answer of=1 sealed=9f86d0..       (or sealed=none: it was drawn, and not stored)
//!   release of=2
//!   clock time=1766000000
//! ```

use crate::{
    digest,
    dp::{
        Amount, Event,
        ledger::{
            Request,
            chain::from_hex,
            text::{escape, unescape},
        },
    },
    error::{Error, Result},
};

/// One line of a ledger's history. For implementers of [`Audited`](super::Audited).
///
/// # Examples
/// ```
/// use incog::dp::ledger::Record;
/// let back = Record::release(7);
/// assert_eq!(back.text(), "release of=7");
/// assert_eq!(Record::parse("release of=7")?, back);
/// match Record::parse("answer of=3 sealed=none")? {
///     Record::Answer { of, sealed, .. } => assert!(of == 3 && sealed.is_none(), "drawn, and not stored"),
///     other => panic!("{other:?}"),
/// }
/// // One text for one record: what was written otherwise was not written by a ledger.
/// assert!(Record::parse("release of=07").is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// A request was charged.
    #[non_exhaustive]
    Charge {
        /// What the clock said, in seconds since 1970.
        time: i64,
        /// What was charged.
        request: Box<Request>,
    },
    /// The answer to the charge with number `of` was drawn.
    #[non_exhaustive]
    Answer {
        /// The number of the charge.
        of: u64,
        /// SHA-256 of the encrypted answer, if it is stored.
        sealed: Option<[u8; 32]>,
    },
    /// The charge with number `of` was given back, before anything was drawn.
    #[non_exhaustive]
    Release {
        /// The number of the charge.
        of: u64,
    },
    /// An operator said that the clock was right.
    #[non_exhaustive]
    Clock {
        /// What the clock said, in seconds since 1970.
        time: i64,
    },
}

impl Record {
    /// A charge.
    #[must_use]
    pub fn charge(time: i64, request: &Request) -> Self {
        Record::Charge { time, request: Box::new(request.clone()) }
    }

    /// An answer, encrypted or not stored.
    #[must_use]
    pub fn answer(of: u64, sealed: Option<&[u8]>) -> Self {
        Record::Answer { of, sealed: sealed.map(digest::sha256) }
    }

    /// A charge given back.
    #[must_use]
    pub fn release(of: u64) -> Self {
        Record::Release { of }
    }

    /// A clock that is right.
    #[must_use]
    pub fn clock(time: i64) -> Self {
        Record::Clock { time }
    }

    /// The line.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Record::Charge { time, request } => charge_text(*time, request),
            Record::Answer { of, sealed } => {
                let sealed = sealed.map_or_else(|| "none".to_owned(), |hash| digest::hex(&hash));
                format!("answer of={of} sealed={sealed}")
            }
            Record::Release { of } => format!("release of={of}"),
            Record::Clock { time } => format!("clock time={time}"),
        }
    }

    /// What [`text`](Self::text) wrote.
    ///
    /// # Errors
    /// `Data` if it is no such line.
    pub fn parse(text: &str) -> Result<Self> {
        let read = Record::read(text).ok_or_else(Error::damaged_record)?;
        // One text for one record: what was changed without changing its meaning was changed.
        if read.text() == text { Ok(read) } else { Err(Error::damaged_record()) }
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let kind = words.next()?;
        let fields: Vec<(&str, &str)> = words.map(|word| word.split_once('=')).collect::<Option<_>>()?;
        match (kind, fields.as_slice()) {
            ("charge", fields) => read_charge(fields),
            ("answer", [("of", of), ("sealed", sealed)]) => {
                let sealed = match *sealed {
                    "none" => None,
                    hash => Some(from_hex(hash)?.try_into().ok()?),
                };
                Some(Record::Answer { of: of.parse().ok()?, sealed })
            }
            ("release", [("of", of)]) => Some(Record::Release { of: of.parse().ok()? }),
            ("clock", [("time", time)]) => Some(Record::Clock { time: time.parse().ok()? }),
            _ => None,
        }
    }
}

fn charge_text(time: i64, request: &Request) -> String {
    let mut text = format!("charge time={time}");
    let cost = request.cost().canonical();
    let events = event_lines(request.events());
    for (name, value) in CHARGE_FIELDS.into_iter().zip([
        request.id(),
        request.analyst(),
        request.dataset(),
        request.unit(),
        request.query(),
        request.data_version(),
        &cost,
        &events,
    ]) {
        text.push(' ');
        text.push_str(name);
        text.push('=');
        text.push_str(&escape(value));
    }
    text
}

fn read_charge(fields: &[(&str, &str)]) -> Option<Record> {
    let [("time", time), rest @ ..] = fields else { return None };
    if !rest.iter().map(|(name, _)| *name).eq(CHARGE_FIELDS) {
        return None;
    }
    let values: Vec<String> = rest.iter().map(|(_, value)| unescape(value)).collect::<Option<_>>()?;
    let [id, analyst, dataset, unit, query, data, cost, events] = <[String; 8]>::try_from(values).ok()?;
    let events = events.lines().map(str::parse::<Event>).collect::<Result<Vec<_>>>().ok()?;
    let request = Request::new(id, analyst, query, data, Amount::parse(&cost).ok()?, events)
        .and_then(|request| request.of_dataset(dataset))
        .and_then(|request| request.per_unit(unit))
        .ok()?;
    Some(Record::Charge { time: time.parse().ok()?, request: Box::new(request) })
}

/// Events as lines.
pub(super) fn event_lines(events: &[Event]) -> String {
    events.iter().map(Event::to_string).collect::<Vec<_>>().join("\n")
}

const CHARGE_FIELDS: [&str; 8] = ["id", "analyst", "dataset", "unit", "query", "data", "cost", "events"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dp::{Budget, Epsilon};

    proptest! {
        #[test]
        fn every_record_is_read_back(
            names in prop::array::uniform5("[a-z/ =:%ä]{1,12}"),
            time in any::<i64>(),
            of in any::<u64>(),
            sealed in prop::option::of(prop::collection::vec(any::<u8>(), 0..40)),
            events in 0usize..3,
        ) {
            let [id, analyst, query, dataset, unit] = names;
            let epsilon = Epsilon::parse("0.1").unwrap();
            let request = Request::new(id, analyst, query, "v", Budget::pure(epsilon), vec![Event::pure(epsilon); events])
                .and_then(|r| r.of_dataset(dataset))
                .and_then(|r| r.per_unit(unit))
                .unwrap();
            let records = [
                Record::charge(time, &request),
                Record::answer(of, sealed.as_deref()),
                Record::release(of),
                Record::clock(time),
            ];
            for record in records {
                prop_assert_eq!(Record::parse(&record.text()).unwrap(), record);
            }
        }

        #[test]
        fn no_text_panics(text in "(charge|answer|release|clock)( [a-z]{0,8}=[-0-9a-z%]{0,6}){0,9}") {
            let _ = Record::parse(&text);
        }
    }
}
