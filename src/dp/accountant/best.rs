//! The tightest answer of all accountants that can treat a list.

use crate::{
    dp::{
        Delta, Epsilon, EventList,
        accountant::{Accountant, Interval, PrivacyProfile, names},
    },
    error::{Error, Result},
};

/// Asks every accountant, and keeps the best of what those say that can treat the list: the least upper end and the greatest
/// lower end. All of them hold the truth, and so does what they have in common.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, Event, EventList, Neighbors, accountant::{Accountant, Best, Optimal}};
/// let queries = Event::pure(Epsilon::parse("0.1")?).times(100)?;
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [queries])?;
/// let delta = Delta::parse("1e-6")?;
/// let best = Best.compose(&list)?.epsilon(delta)?;
/// assert!(best.upper() <= Optimal.compose(&list)?.epsilon(delta)?.upper());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "it has no settings")]
pub struct Best;

impl Accountant for Best {
    fn name(&self) -> &'static str {
        "best"
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let mut profiles = Vec::new();
        let mut refusal = None;
        for accountant in names::all() {
            match accountant.compose(events) {
                Ok(profile) => profiles.push((accountant.name().to_owned(), profile)),
                // The first accountant is the one that treats most: its sentence says most.
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        match refusal {
            Some(error) if profiles.is_empty() => Err(error),
            _ => Ok(Box::new(BestProfile { profiles })),
        }
    }
}

/// A profile with the name of its accountant.
type Named = (String, Box<dyn PrivacyProfile>);

/// What each accountant that can treat the list says.
#[derive(Debug)]
struct BestProfile {
    profiles: Vec<Named>,
}

impl BestProfile {
    /// What the intervals have in common, and who has the least upper end. An accountant may run out of memory for one
    /// answer; that is an error only if all do.
    fn ask(&self, question: impl Fn(&dyn PrivacyProfile) -> Result<Interval>) -> Result<(Interval, &Named)> {
        let (mut best, mut refusal): (Option<(f64, f64, &_)>, Option<Error>) = (None, None);
        for named in &self.profiles {
            match (question(named.1.as_ref()), best) {
                (Ok(interval), Some((lower, upper, by))) => {
                    let by = if interval.upper() < upper { named } else { by };
                    best = Some((interval.lower().max(lower), interval.upper().min(upper), by));
                }
                (Ok(interval), None) => best = Some((interval.lower(), interval.upper(), named)),
                (Err(error), _) => refusal = refusal.or(Some(error)),
            }
        }
        match (best, refusal) {
            (Some((lower, upper, by)), _) => Ok((Interval::ordered(lower.min(upper), upper), by)),
            (None, Some(error)) => Err(error),
            (None, None) => Err(Error::no_accountant()),
        }
    }
}

impl PrivacyProfile for BestProfile {
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        Ok(self.ask(|profile| profile.epsilon(delta))?.0)
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        Ok(self.ask(|profile| profile.delta(epsilon))?.0)
    }

    fn method(&self, delta: Delta) -> String {
        self.explained(delta).map_or_else(|_| "no accountant answers".to_owned(), |(_, method)| method)
    }

    fn explained(&self, delta: Delta) -> Result<(Interval, String)> {
        let (interval, (name, profile)) = self.ask(|profile| profile.epsilon(delta))?;
        Ok((interval, format!("{name}: {}", profile.method(delta))))
    }
}
