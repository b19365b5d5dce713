//! Accountants: what events cost together, as an interval that holds the truth.
//!
//! An [`Accountant`] composes the events of an [`EventList`](crate::dp::EventList) into a [`PrivacyProfile`], which answers
//! ε for a δ and δ for an ε, each as an [`Interval`]. What an accountant cannot treat soundly it refuses, in a
//! sentence that names the event and an accountant that can.

mod amounts;
mod contract;
mod convert;
mod gaussian;
mod interval;
mod rdp;
mod renyi;

pub use contract::{Accountant, PrivacyProfile};
pub use gaussian::AnalyticGaussian;
pub use interval::Interval;
pub use rdp::Rdp;
