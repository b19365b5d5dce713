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
