//! k-anonymity and its family, by generalization and suppression.
//!
//! ```text
//!   table ──┐                 histogram of            best node           generalized table
//!           ├─> levels ─────> distinct tuples ─────>  of the lattice ───> + report + claims
//!   hierarchies                     │                      ▲
//!                                   └── roll-up, models, ──┘
//!                                       quality, search
//! ```
//!
//! The paved path is [`Anonymizer`]. Its parts can be used alone: [`Hierarchy`] makes values coarser,
//! [`model`] holds the rules that classes must meet (write your own), [`risk`] measures a table as it is.
//!
//! What k-anonymity does not give: it says nothing about what is already known of a class (see
//! [`model::LDiversity`]), it does not compose over releases of the same table, and a search that generalizes
//! no more than it must can be inverted in part (downcoding: Cohen, *Attacks on Deidentification's
//! Defenses*, USENIX Security 2022).

mod anonymizer;
pub mod class;
mod frontier;
mod frozen;
pub mod hierarchy;
mod lattice;
mod local;
mod microaggregation;
pub mod model;
mod mondrian;
mod number;
mod population;
mod quality;
mod recode;
mod recoded;
mod report;
mod rerelease;
pub mod risk;
mod role;
#[cfg(feature = "dp")]
mod safe_pub;
pub(crate) mod search;
mod sensitive;
mod set_valued;
mod tuples;

pub use anonymizer::{
    Anonymizer, AnonymizerBuilder, Outcome, Outside, QuasiColumn, SensitiveColumn, Solution,
};
#[cfg(feature = "pipeline")]
pub(crate) use class::class_numbers;
pub use frontier::{FrontierFigures, FrontierPoint, Inferred, frontier};
pub use frozen::{FrozenRecoding, TooFew};
pub use hierarchy::Hierarchy;
pub use microaggregation::Microaggregation;
pub use quality::{Metric, Quality};
pub use report::{ClassSizes, Findings, Group, Report};
pub use rerelease::{Membership, smallest_candidate_set};
pub use role::Role;
#[cfg(feature = "dp")]
pub use safe_pub::{SafePub, SafePubBuilder, SafePublication};
pub use search::Search;
pub use set_valued::SetValued;
pub use tuples::{TupleCounter, Tuples};

/// A number of things that are at most as many as rows, of which there are fewer than 2^32.
pub(crate) fn code(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than 2^32 rows, which are checked")
}
