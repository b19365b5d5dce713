//! Mechanisms: what turns exact numbers into a release.
//!
//! Each is built from public parameters alone, which is where bad ones are refused; says what it is to an accountant
//! (`event`), to be charged *first*; and then releases, once for each charge. [`Session`](crate::dp::Session) does these
//! steps in order for queries over tables. Whoever uses a mechanism directly does them, and bounds what one person
//! can move.
//!
//! | to release | mechanism | event |
//! |---|---|---|
//! | real numbers | [`LatticeNoise`] | discrete Laplace, or zCDP |
//! | the best of some candidates | [`ExponentialMechanism`] | bounded range |
//! | the same, closer to the best under pure ε | [`PermuteAndFlip`] | pure |
//! | the best `k` | [`NoisyTopK`] | bounded range, `k` times |
//! | which of many questions have a large answer | [`AboveThreshold`] | pure, whole on opening |
//!
//! Whole numbers: [`DiscreteLaplace`](crate::dp::noise::DiscreteLaplace) and
//! [`DiscreteGaussian`](crate::dp::noise::DiscreteGaussian) add to them directly. Answers that each person randomizes
//! alone: [`local`](crate::dp::local). Running totals: [`counter`](crate::dp::counter). Keys from the data:
//! [`partition`](crate::dp::partition).
//!
//! Several of these may be open at a time, and asked in turn, each depending on what the others said: concurrent
//! composition. The prices add up as if one had been finished before the next was opened: for pure and approximate
//! differential privacy \[VW21\] Vadhan, Wang, *Concurrent Composition of Differential Privacy*, TCC 2021, and
//! \[Lyu22\] Lyu, NeurIPS 2022; for Rényi differential privacy and zCDP as well, \[HSTVVXZ23\] Haney, Shoemate, Tian,
//! Vadhan, Vyrros, Xu, Zhang, *Concurrent Composition for Interactive Differential Privacy with Adaptive Privacy-Loss
//! Parameters*, CCS 2023, arXiv 2309.05901, also when the later prices depend on the earlier answers.

mod above_threshold;
mod exponential;
mod lattice;
mod lattice_noise;
mod permute_and_flip;
mod scores;
mod top_k;

pub use above_threshold::{AboveThreshold, Answer, OpenThreshold};
pub use exponential::ExponentialMechanism;
pub use lattice::Lattice;
pub use lattice_noise::LatticeNoise;
pub use permute_and_flip::PermuteAndFlip;
pub use scores::Scores;
pub use top_k::NoisyTopK;
