//! From rows to exact numbers on a lattice: bounded per person, one per group, before any noise.
//!
//! Nothing here fails and nothing here is released.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod bins;
mod bound;
mod clamp;
mod error;
mod kept;
mod lattice;
mod totals;

pub use bins::Bins;
pub use clamp::Unreadable;

pub(in crate::dp) use bound::{NO_GROUP, Persons, bounded_rows};
pub(in crate::dp) use clamp::Clamp;
pub(in crate::dp) use error::{gaussian_half_width, half_width};
pub(in crate::dp) use kept::Kept;
pub(in crate::dp) use lattice::{Lattice, Total, number, to_f64};
pub(in crate::dp) use totals::{Grouped, Numbers};
