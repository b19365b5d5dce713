//! Mechanisms: what turns exact numbers into a release.
//!
//! Each is built from public parameters alone, which is where bad ones are refused; says what it is to an accountant
//! (`event`), to be charged *first*; and then releases, once for each charge. [`Session`](crate::dp::Session) does these
//! steps in order for queries over tables. Whoever uses a mechanism directly does them, and bounds what one person
//! can move.
//!
//! | to release | mechanism | event |
//! |---|---|---|
//! | the best of some candidates | [`ExponentialMechanism`] | bounded range |
//! | the same, closer to the best under pure ε | [`PermuteAndFlip`] | pure |
//! | the best `k` | [`NoisyTopK`] | bounded range, `k` times |
//! | which of many questions have a large answer | [`AboveThreshold`] | pure, whole on opening |

mod above_threshold;
mod exponential;
mod permute_and_flip;
mod scores;
mod top_k;

pub use above_threshold::{AboveThreshold, Answer, OpenThreshold};
pub use exponential::ExponentialMechanism;
pub use permute_and_flip::PermuteAndFlip;
pub use scores::Scores;
pub use top_k::NoisyTopK;
