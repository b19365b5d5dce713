//! Vectors: sums, means and second moments of rows that are clipped to a norm, and steps of private training.
//!
//! A row is clipped in integers. Its coordinates are scaled and rounded to a lattice of 2^30 steps for the clip norm,
//! and the sum of the squares of the *integers* is held against the bound; a row that rounding pushed over it is shrunk
//! until it is not. So the L2 sensitivity is exact, without an allowance for rounding. A row with a NaN or an infinity
//! counts as zeros.
//!
//! Feature `ndarray`.

mod clip;
mod query;
mod sampler;
mod sgd;
#[cfg(feature = "audit")]
mod trial;

pub use query::{VectorQuery, VectorQueryBuilder};
pub use sampler::{PoissonBatch, PoissonSampler};
pub use sgd::{PrivateSgd, PrivateStep};
#[cfg(feature = "audit")]
pub use trial::VectorTrial;
