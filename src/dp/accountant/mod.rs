//! Accountants: what events cost together, as an interval that holds the truth.
//!
//! An [`Accountant`] composes the events of an [`EventList`](crate::dp::EventList) into a [`PrivacyProfile`], which answers
//! ε for a δ and δ for an ε, each as an [`Interval`]. What an accountant cannot treat soundly it refuses, in a
//! sentence that names the event and an accountant that can.

mod amounts;
mod basic;
mod best;
mod contract;
pub(super) mod convert;
pub(super) mod gaussian;
mod group;
mod interval;
pub(super) mod least;
mod losses;
mod names;
mod optimal;
mod pld;
mod pricing;
mod ratios;
mod rdp;
mod renyi;
mod shuffle;
mod simple;
mod zcdp;

pub use basic::Basic;
pub use best::Best;
pub use contract::{Accountant, PrivacyProfile};
pub use gaussian::AnalyticGaussian;
pub use group::Group;
pub use interval::Interval;
pub use names::named;
pub use optimal::Optimal;
pub use pld::Pld;
pub use rdp::Rdp;
pub use shuffle::shuffled;
pub use zcdp::Zcdp;
