//! Quantiles, one or many at once, by the exponential mechanism.
//!
//! A row's number is a cell of a public lattice of at most 2^20 steps. For many quantiles each cell is cut into 1,024
//! slots, and a row is spread evenly over the slots of its cell; so data with ties can be cut anywhere, and the parts
//! on both sides of a cut share each row's weight of one. A slot is chosen with probability proportional to
//! `exp(-distance * η)`, where the distance is the one in rank from the quantile that is looked for to the slot. The
//! middle quantile comes first; the others are looked for on its two sides, and so on: on each level the parts have no
//! weight in common, so the price of `m` quantiles is that of `log2(m + 1)` choices. After \[KSS22\] Kaplan, Schnapp,
//! Stemmer, *Differentially Private Approximate Quantiles*, ICML 2022, arXiv 2110.05429; that cut ties may be shared
//! is ours, and `docs/proofs/quantiles.md` has the argument.
//!
//! ```text
//!   cells    . . 3 . . . 2 1 . .       rows in each cell of the lattice: ranks.rs
//!   median          ^                  choose.rs: exact, in integers
//!   quartiles  ^         ^             joint.rs: on the two sides of it
//! ```

mod choose;
mod joint;
mod ranks;

pub(super) use choose::Choice;
pub(super) use joint::{Joint, Priced, Probability};
pub(super) use ranks::{DENSE, Ranks};
