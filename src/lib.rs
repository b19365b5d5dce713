#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! | you want to | room | paved path |
//! |---|---|---|
//! | answer questions about persons with a budget | [`dp`] | [`dp::Session`] |
//! | release rows that do not single anyone out | [`kanon`] | [`kanon::Anonymizer`] |
//! | find or redact personal data and secrets | [`pii`] | [`pii::Redactor`] |
//! | ask a model without telling it who is who | [`pii`], [`pseudonym`] | [`pii::ReversibleSession`] |
//! | keep joins without names | [`pseudonym`] | [`pseudonym::Tokenizer`] |
//! | do all of it by one file, and hand over evidence | [`pipeline`] | [`pipeline::Policy`] |
//! | check what someone else released | [`evidence`] | [`evidence::verify()`] |
//!
//! Each room is a feature of the same name and can be used alone. Data travels as a [`table::Table`]; what a
//! result establishes is a [`claim::Claim`]; everything that fails is an [`Error`] of one sentence.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "audit", feature = "pipeline"))]
pub mod audit;
pub mod claim;
#[cfg(feature = "dp")]
mod digest;
#[cfg(feature = "dp")]
pub mod dp;
mod error;
#[cfg(feature = "pipeline")]
pub mod evidence;
#[cfg(feature = "kanon")]
pub mod kanon;
#[cfg(feature = "metrics")]
pub mod metrics;
mod num;
#[cfg(feature = "pii")]
pub mod pii;
#[cfg(feature = "pipeline")]
pub mod pipeline;
#[cfg(feature = "pseudonym")]
pub mod pseudonym;
#[cfg(any(feature = "dp", feature = "pseudonym"))]
mod rng;
mod sensitive;
pub mod table;
#[cfg(any(feature = "dp", feature = "pii"))]
mod watch;

pub use error::{Error, ErrorKind, Position, Result, Shortfall};
#[cfg(any(feature = "dp", feature = "pseudonym"))]
pub use rng::SecureRng;
pub use sensitive::Sensitive;

/// The project's documents, compiled so that their code cannot rot.
pub mod _documentation {
    #[doc = include_str!("../docs/ASSURANCE.md")]
    pub mod assurance {}
    #[doc = include_str!("../docs/CARD.md")]
    pub mod card {}
    #[doc = include_str!("../docs/COMPARE.md")]
    pub mod compare {}
    #[doc = include_str!("../docs/COOKBOOK.md")]
    pub mod cookbook {}
    #[doc = include_str!("../docs/DESIGN.md")]
    pub mod design {}
    #[doc = include_str!("../docs/GLOSSARY.md")]
    pub mod glossary {}
    #[doc = include_str!("../docs/POLICY.md")]
    pub mod policy {}
    #[doc = include_str!("../docs/STABILITY.md")]
    pub mod stability {}
    #[doc = include_str!("../docs/THREATS.md")]
    pub mod threats {}
    #[doc = include_str!("../docs/TUTORIAL.md")]
    pub mod tutorial {}
    #[doc = include_str!("../docs/proofs/above_threshold.md")]
    pub mod proof_above_threshold {}
    #[doc = include_str!("../docs/proofs/certified_table.md")]
    pub mod proof_certified_table {}
    #[doc = include_str!("../docs/proofs/concentrated_laplace.md")]
    pub mod proof_concentrated_laplace {}
    #[doc = include_str!("../docs/proofs/discrete_gaussian.md")]
    pub mod proof_discrete_gaussian {}
    #[doc = include_str!("../docs/proofs/discrete_laplace.md")]
    pub mod proof_discrete_laplace {}
    #[doc = include_str!("../docs/proofs/exponential_coins.md")]
    pub mod proof_exponential_coins {}
    #[doc = include_str!("../docs/proofs/exponential_mechanism.md")]
    pub mod proof_exponential_mechanism {}
    #[doc = include_str!("../docs/proofs/lattice_noise.md")]
    pub mod proof_lattice_noise {}
    #[doc = include_str!("../docs/proofs/matrix_counter.md")]
    pub mod proof_matrix_counter {}
    #[doc = include_str!("../docs/proofs/odometer.md")]
    pub mod proof_odometer {}
    #[doc = include_str!("../docs/proofs/partition_selection.md")]
    pub mod proof_partition_selection {}
    #[doc = include_str!("../docs/proofs/permute_and_flip.md")]
    pub mod proof_permute_and_flip {}
    #[doc = include_str!("../docs/proofs/pld.md")]
    pub mod proof_pld {}
    #[doc = include_str!("../docs/proofs/quantiles.md")]
    pub mod proof_quantiles {}
    #[doc = include_str!("../docs/proofs/randomized_response.md")]
    pub mod proof_randomized_response {}
    #[doc = include_str!("../docs/proofs/renyi_conversion.md")]
    pub mod proof_renyi_conversion {}
    #[doc = include_str!("../docs/proofs/renyi_moments.md")]
    pub mod proof_renyi_moments {}
    #[doc = include_str!("../docs/proofs/safe_pub.md")]
    pub mod proof_safe_pub {}
    #[doc = include_str!("../docs/proofs/single_shift.md")]
    pub mod proof_single_shift {}
    #[doc = include_str!("../CHANGELOG.md")]
    pub mod changelog {}
}
