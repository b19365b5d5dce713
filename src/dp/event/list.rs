//! Events under one relation between neighbors.

use crate::{
    dp::{
        Neighbors,
        event::{Event, Mechanism, NoiseUnit, Sampling},
    },
    error::{Error, Result},
};

/// Events under one relation between neighbors: what an accountant prices.
///
/// The list is fixed before the first answer: which events it holds, and their parameters, do not depend on
/// answers. What depends on answers goes through a filter.
///
/// With the feature `serde` it reads and writes as `events.json`: `{"neighbors": .., "events": [..]}`; errors
/// name the event by its number, from 1.
///
/// # Examples
/// ```
/// use incog::dp::{Event, EventList, Neighbors, event::{NoiseUnit, Sampling}};
/// let step = Event::gaussian(1.1)?;
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [step.clone().times(3)?])?;
/// assert_eq!(list.events().len(), 1);
/// // Replacing a record can move a sum by twice its norm: say what the multiplier is relative to.
/// assert_eq!(
///     EventList::new(Neighbors::ReplaceOne, [step.clone()]).unwrap_err().to_string(),
///     "event 1 (gaussian): under replace_one it must say what its noise multiplier is relative to; \
///      set unit to 'record_norm' or 'sensitivity'",
/// );
/// EventList::new(Neighbors::ReplaceOne, [step.relative_to(NoiseUnit::RecordNorm)?])?;
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct EventList {
    neighbors: Neighbors,
    events: Vec<Event>,
}

impl EventList {
    /// The list of `events` under `neighbors`.
    ///
    /// # Errors
    /// `Refused` if an event has no meaning, or no known guarantee, under `neighbors`: noise without a `unit`
    /// under replace-one; batches of a fixed size under another relation than replace-one (arXiv 2405.20769);
    /// a shuffle or randomized response under add-or-remove-one; random allocation under replace-one.
    pub fn new(neighbors: Neighbors, events: impl Into<Vec<Event>>) -> Result<Self> {
        let events = events.into();
        for (number, event) in (1..).zip(&events) {
            check(neighbors, event)
                .map_err(|e| e.context(format_args!("event {number} ({})", event.mechanism().word())))?;
        }
        Ok(EventList { neighbors, events })
    }

    /// The relation.
    #[must_use]
    pub fn neighbors(&self) -> Neighbors {
        self.neighbors
    }

    /// The events.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}

fn check(neighbors: Neighbors, event: &Event) -> Result<()> {
    match (event.mechanism(), neighbors) {
        (
            Mechanism::Gaussian { unit: None, .. }
            | Mechanism::Laplace { unit: None, .. }
            | Mechanism::Tree { unit: None, .. },
            Neighbors::ReplaceOne,
        ) => return Err(Error::event_needs_unit()),
        (Mechanism::RandomizedResponse { .. }, Neighbors::AddOrRemoveOne) => {
            return Err(Error::event_relation(
                neighbors,
                "every record answers, so the number of answers tells; use 'replace_one'",
            ));
        }
        _ => {}
    }
    match (event.sampling(), neighbors) {
        (Sampling::FixedSize { .. }, Neighbors::AddOrRemoveOne | Neighbors::ZeroOut) => {
            return Err(Error::event_relation(
                neighbors,
                "a batch of fixed size has another record in place of the missing one; use 'replace_one'",
            ));
        }
        (Sampling::Shuffled { .. }, Neighbors::AddOrRemoveOne) => {
            return Err(Error::event_relation(
                neighbors,
                "one record more moves others into other batches; use 'replace_one' or 'zero_out'",
            ));
        }
        (Sampling::RandomAllocation { .. }, Neighbors::ReplaceOne) => {
            return Err(Error::event_relation(
                neighbors,
                "amplification by random allocation is proven for adding, removing and zeroing a record only",
            ));
        }
        _ => {}
    }
    event.mechanism().parts().iter().try_for_each(|part| check(neighbors, part))
}

impl NoiseUnit {
    /// How far neighbors are apart, in units of what the noise multiplier is relative to.
    #[must_use]
    pub const fn distance(unit: Option<NoiseUnit>, neighbors: Neighbors) -> u32 {
        match (unit, neighbors) {
            (Some(NoiseUnit::RecordNorm) | None, Neighbors::ReplaceOne) => 2,
            _ => 1,
        }
    }
}

#[cfg(feature = "serde")]
mod file {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer,
        de::{Error as _, SeqAccess, Visitor},
    };

    use super::{Event, EventList, Neighbors};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        neighbors: Neighbors,
        events: Numbered,
    }

    /// Events whose errors say which one.
    struct Numbered(Vec<Event>);

    impl<'de> Deserialize<'de> for EventList {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let file = File::deserialize(deserializer)?;
            EventList::new(file.neighbors, file.events.0).map_err(D::Error::custom)
        }
    }

    impl<'de> Deserialize<'de> for Numbered {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_seq(Numbered(Vec::new()))
        }
    }

    impl<'de> Visitor<'de> for Numbered {
        type Value = Numbered;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of events")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Self, A::Error> {
            loop {
                let number = self.0.len() + 1;
                match sequence.next_element() {
                    Ok(Some(event)) => self.0.push(event),
                    Ok(None) => return Ok(self),
                    Err(error) => return Err(A::Error::custom(format_args!("event {number}: {error}"))),
                }
            }
        }
    }
}
