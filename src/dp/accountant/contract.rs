//! What every accountant promises.

use std::fmt;

use crate::{
    dp::{Delta, Epsilon, EventList, accountant::Interval},
    error::Result,
};

/// Adds up what events cost. You may write your own.
///
/// # Guarantee
/// For all event lists whose assumptions hold (noise and sampling as stated), all δ and all ε: the answer of the
/// composed [`PrivacyProfile`] holds the truth.
///
/// # Examples
/// One of your own, which treats two events at most:
/// ```
/// use incog::{Error, ErrorKind, dp::{Delta, Epsilon, Event, EventList, Neighbors}};
/// use incog::dp::accountant::{Accountant, Basic, PrivacyProfile};
/// #[derive(Debug)]
/// struct Few;
/// impl Accountant for Few {
///     fn name(&self) -> &str {
///         "few"
///     }
///     fn compose(&self, events: &EventList) -> incog::Result<Box<dyn PrivacyProfile>> {
///         match events.events().len() <= 2 {
///             true => Basic.compose(events),
///             false => Err(Error::new(ErrorKind::Unsupported, "more than two events; use 'basic'")),
///         }
///     }
/// }
/// let list = |events| EventList::new(Neighbors::AddOrRemoveOne, vec![Event::pure(Epsilon::parse("0.5")?); events]);
/// let epsilon = Few.compose(&list(2)?)?.epsilon(Delta::parse("0")?)?;
/// assert!((1.0..1.0 + 1e-12).contains(&epsilon.upper()));
/// assert_eq!(Few.compose(&list(3)?).unwrap_err().to_string(), "more than two events; use 'basic'");
/// # Ok::<(), incog::Error>(())
/// ```
pub trait Accountant: fmt::Debug {
    /// The word for it on the command line and in statements.
    fn name(&self) -> &str;

    /// All events of the list together.
    ///
    /// # Errors
    /// `Unsupported` if an event is one that this accountant cannot treat soundly; the sentence names the event
    /// and an accountant that can.
    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>>;
}

/// The privacy profile of a composition: δ as a function of ε, and the other way round (Balle, Barthe, Gaboardi,
/// NeurIPS 2018).
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, Event, EventList, Neighbors, accountant::{Accountant, Pld}};
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(2.0)?.times(10)?])?;
/// let profile = Pld.compose(&list)?;
/// let epsilon = profile.epsilon(Delta::parse("0.000001")?)?;
/// // The other way round: with a little more than that ε, δ is no larger.
/// let delta = profile.delta(Epsilon::parse(&format!("{:.6}", epsilon.upper() + 1e-6))?)?;
/// assert!(delta.upper() <= 1.000001e-6, "{delta}");
/// # Ok::<(), incog::Error>(())
/// ```
pub trait PrivacyProfile: fmt::Debug + Send + Sync {
    /// The smallest ε for which the composition is (ε, `delta`)-differentially private.
    ///
    /// # Errors
    /// `Unsupported` if the answer would need more memory or time than the accountant allows itself.
    fn epsilon(&self, delta: Delta) -> Result<Interval>;

    /// The smallest δ for which the composition is (`epsilon`, δ)-differentially private.
    ///
    /// # Errors
    /// As [`epsilon`](Self::epsilon).
    fn delta(&self, epsilon: Epsilon) -> Result<Interval>;

    /// How the answer for `delta` is found, in a few words for a privacy statement: orders, grid, formula.
    fn method(&self, delta: Delta) -> String;

    /// [`epsilon`](Self::epsilon), and how it is found: at once where one is found with the other.
    ///
    /// # Errors
    /// As [`epsilon`](Self::epsilon).
    fn explained(&self, delta: Delta) -> Result<(Interval, String)> {
        Ok((self.epsilon(delta)?, self.method(delta)))
    }
}
