//! What was done to the data, not what it cost: accountants price it, now or later.
//!
//! An [`Event`] is a [`Mechanism`], the [`Sampling`] of the rows that it saw, and a count. An [`EventList`]
//! is events under one relation between [`Neighbors`](crate::dp::Neighbors): what an accountant prices.
//!
//! ```text
//!   mechanism                 sampling                       count
//!   gaussian, laplace, ..     none                           how many times,
//!   pure, approximate, zcdp   poisson(rate)                  each on a fresh sample
//!   tree, select_and_release  fixed_size(population, batch)
//!   composition[..]           random_allocation(steps, selected)
//!   parallel[..]              shuffled(population, batch)
//! ```
//!
//! # Compatibility
//! Meanings never change. A text ([`Display`](std::fmt::Display), kept by ledgers) or a JSON form that any version
//! wrote is read by all later versions as the same event, with the same meaning of each number. Words are
//! added, never changed and never reused. What a version does not know it refuses to read.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod definition;
mod fields;
mod flat;
mod list;
mod mechanism;
mod number;
mod sampling;
mod text;

pub use definition::Event;
pub use flat::{Flat, Leaf};
pub use list::EventList;
pub use mechanism::{Mechanism, NoiseUnit};
pub use number::{Positive, Probability, StatedScale};
pub use sampling::Sampling;
