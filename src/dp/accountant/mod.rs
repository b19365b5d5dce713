//! Accountants: what events cost together, as an interval that holds the truth.
//!
//! An [`Accountant`] composes the events of an [`EventList`](crate::dp::EventList) into a [`PrivacyProfile`], which answers
//! ε for a δ and δ for an ε, each as an [`Interval`]. What an accountant cannot treat soundly it refuses, in a
//! sentence that names the event and an accountant that can.

mod contract;
mod interval;

pub use contract::{Accountant, PrivacyProfile};
pub use interval::Interval;
