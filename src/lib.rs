//! A privacy toolkit: differential privacy with a budget ledger, k-anonymity by generalization, a scanner for personal data and
//! secrets, keyed pseudonyms; and a pipeline of them by one policy file, whose releases others can check.
//!
//! It never calls an output safe. What a result establishes is a [`claim::Claim`]: under which assumptions, how it can be
//! checked, and what is *not* established.
//!
//! ```text
//!   text ───────────► pii ─── operators ─┐
//!                                        ├─ pseudonym: token, FPE, surrogate, date shift
//!   table ──┬───────► kanon: rows that do not single anyone out ─┐
//!           └───────► dp: answers with noise, from a ledger ─────┤
//!                                                                ▼
//!   policy.toml ────► pipeline: plan ─► attack ─► apply ─► release folder
//!                                                                │
//!                                                                ▼
//!                                             evidence: verify, by anybody
//! ```
//!
//! # One minute
//!
//! Text without what was found in it. Version numbers and UUIDs stay; a finding has places and a reason, never the text.
//! ```
//! use incog::pii::{Entity, KeepLast, Redactor, Scanner};
//! let redactor = Redactor::builder(Scanner::new())
//!     .with(Entity::CREDIT_CARD, KeepLast::new(4)?)
//!     .build();
//! assert_eq!(
//!     redactor.redact("v1.2.3.4: ada@example.org paid with 4111 1111 1111 1111"),
//!     "v1.2.3.4: [EMAIL_ADDRESS] paid with ******1111",
//! );
//! # Ok::<(), incog::Error>(())
//! ```
//!
//! Names that join, and are nobody's:
//! ```
//! use incog::pseudonym::{Canonical, Key, Tokenizer};
//! let key = Key::generate()?; // yours comes from where your secrets are: `KeySource`
//! let tokens = Tokenizer::new(&key, "churn study", "EMAIL")?.canonical(Canonical::Email);
//! assert_eq!(tokens.token("Ada@Example.org ")?, tokens.token("ada@example.org")?);
//! # Ok::<(), incog::Error>(())
//! ```
//!
//! Rows in which each person is like others, and their illnesses are not all one:
//! ```
//! use incog::{
//!     kanon::{Anonymizer, Hierarchy, model::{KAnonymity, LDiversity}},
//!     table::{Column, Table},
//! };
//! let table = Table::new([
//!     ("age", Column::from_values((0..100).map(|i| (20 + i * 7 % 60).to_string()))?),
//!     ("illness", Column::from_values((0..100).map(|i| ["flu", "gout", "rash"][i % 3]))?),
//! ])?;
//! let outcome = Anonymizer::builder()
//!     .quasi_identifier("age", Hierarchy::intervals(&[5.0, 10.0, 20.0], 0.0)?)
//!     .sensitive("illness")
//!     .model(KAnonymity::new(10)?)
//!     .model(LDiversity::distinct("illness", 3)?)
//!     .build()?
//!     .run(&table)?;
//! assert!(outcome.report().min_class >= 10);
//! # Ok::<(), incog::Error>(())
//! ```
//!
//! An answer that gives nobody away, charged before it is drawn; its error is known beforehand:
//! ```
//! use incog::{
//!     dp::{Budget, ContributionBounds, PrivacyUnit, Query, Session, ledger::MemoryLedger},
//!     table::{Column, Table},
//! };
//! let patients = (0..900).map(|i| format!("p{}", i % 300)); // each three times
//! let table = Table::new([("patient", Column::from_values(patients)?)])?;
//! let (unit, bounds) = (PrivacyUnit::person("patient")?, ContributionBounds::new(3, 1)?);
//! let mut session = Session::builder(unit, bounds)
//!     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
//!     .data_version("2026-11")
//!     .build()?;
//! // The least ε for an answer that is within 20 in 19 of 20 cases.
//! let epsilon = session.epsilon_for(&Query::count(), 20.0, 0.95)?;
//! let stays = Query::count().epsilon(epsilon).build()?;
//! let release = session.release(&stays, &table, "stays")?;
//! println!("{release}, left: {}", session.balance()?.remaining);
//! # Ok::<(), incog::Error>(())
//! ```
//!
//! All of it by a file, and evidence for whoever receives the folder: [`pipeline::Policy`], [`evidence::Verifier`];
//! `examples/anonymize_by_policy.rs` does it in fifty lines.
//!
//! # Where to start
//!
//! | you want to | room | paved path |
//! |---|---|---|
//! | find or redact personal data and secrets | [`pii`] | [`pii::Redactor`] |
//! | ask a model without telling it who is who | [`pii`], [`pseudonym`] | [`pii::ReversibleSession`] |
//! | keep joins without names | [`pseudonym`] | [`pseudonym::Tokenizer`] |
//! | release rows that do not single anyone out | [`kanon`] | [`kanon::Anonymizer`] |
//! | answer questions about persons with a budget | [`dp`] | [`dp::Session`] |
//! | say what a training run guarantees | [`dp`] | [`dp::Statement`] |
//! | do all of it by one file, and hand over evidence | [`pipeline`] | [`pipeline::Policy`] |
//! | check what someone else released | [`evidence`] | [`evidence::Verifier`] |
//! | attack a claim in your own tests | [`audit`] | [`assert_dp!`], [`assert_no_leak!`] |
//!
//! Each room is a feature of the same name and can be used alone; its page draws how data goes through it, and has a paved path
//! and the parts that it is made of. Data travels as a [`table::Table`]; everything that fails is an [`Error`] of one sentence.
//!
//! [Thirty questions](_documentation::cookbook) with a program for each, a [tutorial](_documentation::tutorial),
//! [why it is built this way](_documentation::design), [what other tools have](_documentation::compare), the formats of
//! [policies](_documentation::policy) and [cards](_documentation::card), [what later versions keep](_documentation::stability),
//! [threats](_documentation::threats), [words](_documentation::glossary); and the [README](_documentation::readme).
//!
#![doc = include_str!("../docs/FEATURES.md")]
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
    #[doc = include_str!("../docs/EXTENDING.md")]
    pub mod extending {}
    #[doc = include_str!("../docs/GLOSSARY.md")]
    pub mod glossary {}
    #[doc = include_str!("../docs/MUTANTS.md")]
    pub mod mutants {}
    #[doc = include_str!("../docs/POLICY.md")]
    pub mod policy {}
    #[doc = include_str!("../README.md")]
    pub mod readme {}
    #[doc = include_str!("../docs/STABILITY.md")]
    pub mod stability {}
    #[doc = include_str!("../docs/THREATS.md")]
    pub mod threats {}
    #[doc = include_str!("../docs/TUTORIAL.md")]
    pub mod tutorial {}
    #[doc = include_str!("../docs/WALK.md")]
    pub mod walk {}
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
