//! Exact noise on integers.
//!
//! Every sampler here is integer arithmetic over a cryptographic stream, for an exactly rational scale: the
//! distribution of its output *is* the formula, not an approximation of it. Where a probability is
//! irrational, tables hold its first 64 binary digits, and the draws that these leave open (once in 2^54)
//! are decided by as many further digits as it takes. No binary fraction appears
//! between the random bits and the released lattice value, so there are no holes, no low bits and no
//! rounding to exploit (\[Mir12\] Mironov, *On Significance of the Least Significant Bits for Differential
//! Privacy*, CCS 2012). A test reads these files and refuses floating-point types.
//!
//! The proofs are in `docs/proofs`.

mod backend;
mod batch;
mod chance;
mod decay;
mod fixed;
mod gaussian;
mod laplace;
mod real;
mod scale;
mod table;

pub use backend::NoiseBackend;
pub(in crate::dp) use chance::Chance;
pub(in crate::dp) use decay::Decay;
pub use gaussian::DiscreteGaussian;
pub use laplace::DiscreteLaplace;
pub use scale::Scale;
