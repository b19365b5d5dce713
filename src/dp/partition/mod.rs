//! Which keys may be released, when the keys themselves come from the data.
//!
//! That a key occurs at all can give a person away: a diagnosis, a search, a place that nobody else has. So keys that are
//! not public are released by a rule that lets through a key of one person with probability δ at most, and keys
//! of many persons nearly always.
//!
//! ```text
//!   (person, key) pairs ──► KeySets: at most g keys a person ──► rule ──► keys, in their own order
//! ```
//!
//! | rule | for | keeps a key of n persons |
//! |---|---|---|
//! | [`TruncatedGeometric`] | one key a person, or few | as often as any (ε, δ)-private rule can |
//! | [`LaplaceThreshold`] | few keys a person, with a noisy count of each | when the count with noise passes a threshold |
//! | [`GaussianThreshold`] | many keys a person, with a noisy count of each | the same |
//! | [`AdaptiveRounds`] | many keys a person, some of them very frequent | when weights with noise pass a threshold; persons spend their weight on keys not found yet |
//!
//! The result is sorted by key: an order that depends on the keys that are in it, and on nothing else. Codes of a
//! dictionary are no keys, if they are numbered as they first occurred: their order says who came first. Use what
//! they stand for.

mod rounds;
mod sets;
mod threshold;
mod truncated_geometric;

pub use rounds::AdaptiveRounds;
pub use sets::KeySets;
pub use threshold::{GaussianThreshold, LaplaceThreshold};
pub use truncated_geometric::TruncatedGeometric;

use crate::{
    dp::{Delta, Epsilon, Event, Neighbors},
    error::{Error, Result},
    num::{Enclosure, normal, round},
};

/// How many keys of one person count.
fn check_keys(keys_per_person: u32) -> Result<()> {
    if (1..=KEYS_MAX).contains(&keys_per_person) {
        Ok(())
    } else {
        Err(Error::keys_per_person_range(KEYS_MAX, keys_per_person))
    }
}

/// How many keys can get or lose a person between neighboring tables: one person's, or those of two.
pub(in crate::dp) fn keys_moved(neighbors: Neighbors, keys_per_person: u32) -> u32 {
    if neighbors == Neighbors::ReplaceOne { 2 * keys_per_person } else { keys_per_person }
}

/// δ must be above zero: no rule keeps any key without it.
fn check_delta(delta: Delta) -> Result<()> {
    if delta > Delta::default() { Ok(()) } else { Err(Error::partition_delta()) }
}

/// A number known to be at most `delta / parts`, and above zero.
fn lower_share(delta: Delta, parts: u64) -> f64 {
    // The nearest binary number to the decimal is off by at most one part in 2^52.
    (Enclosure::around(delta.to_f64(), 2.3e-16) / Enclosure::count(parts)).lower()
}

/// A whole number `m` with `P(noise ≥ m) ≤ chance` for discrete Gaussian noise with a parameter of at most `sigma`.
///
/// `P(noise ≥ m) ≤ P(N(0, σ²) ≥ m - 1)`: \[CKS20\] Canonne, Kamath, Steinke, arXiv 2004.00010, proposition 25.
fn gaussian_margin(sigma: f64, chance: f64) -> f64 {
    let passes = |m: f64| {
        let deviations = round::down((m - 1.0).max(0.0) / sigma);
        round::up(normal::upper_tail(deviations) * (1.0 + normal::UPPER_TAIL_ERROR)) <= chance
    };
    // The tail falls, and at 39 deviations it is below the least δ.
    let (mut below, mut above) = (0.0, (39.0 * sigma).ceil() + 2.0);
    while above - below > 1.0 {
        let middle = ((below + above) / 2.0).floor();
        if passes(middle) { above = middle } else { below = middle }
    }
    above
}

/// Something ρ-zCDP but for an event of probability δ.
fn event(rho: f64, delta: Delta) -> Result<Event> {
    let smallest = Epsilon::parse("0.000000000001")?;
    Event::composition([Event::zcdp(rho)?, Event::approximate(smallest, delta)])
}

/// A person in more groups than this is better counted in fewer.
const KEYS_MAX: u32 = 1 << 20;
