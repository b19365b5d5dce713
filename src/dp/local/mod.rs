//! Local differential privacy: each person randomizes their own answer, and nobody holds the answers as they are.
//!
//! A client ([`RandomizedResponse`], [`UnaryEncoding`], [`LocalHashing`], [`HadamardResponse`]) turns an answer, the
//! number of a category, into a report; a collector adds reports up and estimates how many persons hold each
//! category, without bias. The two sides are different types: a program that only randomizes has no collector in it.
//!
//! ```text
//!   person: answer ──► client.report ──► report ··network··► collector.add ──► collector.estimates ──► Frequency
//! ```
//!
//! | oracle | report | standard deviation over n persons, small ε | choose it |
//! |---|---|---|---|
//! | [`RandomizedResponse`] | a category | `sqrt(n (k - 2 + e^ε)) / (e^ε - 1)` | few categories: `k < 3 e^ε + 2` |
//! | [`UnaryEncoding`] | `k` bits | `2 sqrt(n e^ε) / (e^ε - 1)` | up to thousands of categories |
//! | [`LocalHashing`] | a hash and a value | the same | many categories, short reports; the collector works `k` steps a report |
//! | [`HadamardResponse`] | `log2 k` bits | `sqrt(n) (e^ε + 1) / (e^ε - 1)` | many categories, ε up to about 1; the collector is quick |
//!
//! Formulas: \[WBLJ17\] Wang, Blocki, Li, Jha, *Locally Differentially Private Protocols for Frequency Estimation*,
//! USENIX Security 2017; \[ASZ19\] Acharya, Sun, Zhang, *Hadamard Response*, AISTATS 2019.
//!
//! A report is ε-differentially private for *replacing* the answer: what the person answers, not whether. Whoever reports
//! twice spends twice. What comes over a network may be anything: a report that no client makes is an error of
//! the [kind](crate::ErrorKind) `Data`, and one that a client could have made counts, whoever made it.

mod frequency;
mod hadamard;
mod hashing;
mod response;
mod unary;

pub use frequency::Frequency;
pub use hadamard::{HadamardCollector, HadamardResponse};
pub use hashing::{HashedReport, HashingCollector, LocalHashing};
pub use response::{RandomizedResponse, ResponseCollector};
pub use unary::{UnaryCollector, UnaryEncoding};

use crate::{
    dp::{Epsilon, noise::Chance},
    error::{Error, Result},
};

/// Categories of an answer, 0 to k - 1; a number beyond counts as the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Categories(u32);

impl Categories {
    fn new(categories: u32) -> Result<Self> {
        if (2..=CATEGORIES_MAX).contains(&categories) {
            return Ok(Categories(categories));
        }
        Err(Error::categories_range(CATEGORIES_MAX.into(), categories.into()))
    }

    fn count(self) -> u32 {
        self.0
    }

    /// Data cause no error: what is no category is the last one.
    fn of(self, answer: u32) -> u32 {
        answer.min(self.0 - 1)
    }
}

/// `factor exp(-ε) / (1 + more exp(-ε))`, rounded up.
fn chance(factor: u64, more: u64, epsilon: Epsilon) -> Result<Chance> {
    Chance::of_exponential(factor, more, epsilon).ok_or_else(|| Error::response_epsilon(epsilon))
}

/// Counters of 2^30 categories take 8 GiB.
const CATEGORIES_MAX: u32 = 1 << 30;
