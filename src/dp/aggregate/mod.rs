//! From a table to exact numbers on a lattice: bounded per person, one per group, before any noise.
//!
//! Nothing here fails and nothing here is released.

mod bound;
mod error;
mod lattice;
mod totals;

pub(in crate::dp) use bound::{NO_GROUP, bounded_rows};
pub(in crate::dp) use error::half_width;
pub(in crate::dp) use lattice::{Lattice, to_f64};
pub(in crate::dp) use totals::{counts, sums};
