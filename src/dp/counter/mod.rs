//! Counting without end: a running total after each step of a stream.
//!
//! A counter is opened once and charged whole on opening, for all its steps; then each step adds a number and gets
//! the total so far, with noise. Memory is bounded: a few numbers, however long the stream. It assumes that *each
//! person takes part in one step*, and moves its number by at most the sensitivity: bound that first.
//!
//! ```text
//!   open (charged) ──► add x1 ──► total 1 + noise ──► add x2 ──► total 2 + noise ──► ...
//! ```
//!
//! | counter | noise on a total, standard deviation | price |
//! |---|---|---|
//! | fresh noise on each total | grows with the square root of the *number of steps* | |
//! | [`TreeCounter`] | grows with the logarithm of the steps | ε, or ρ |
//! | [`MatrixCounter`] | the same with a much smaller factor: for 10,000 steps 4.0 `Δ/sqrt(2ρ)`, where the tree has 14 | ρ |
//!
//! The steps that a counter is made for are a block. A stream that goes on after its block starts a new one on top of
//! the last total: its noise is added to that of all blocks before. As each person is in one step, and so in one
//! block, the price stays the same.

mod matrix;
mod tree;

pub use matrix::{MatrixCounter, OpenMatrix};
pub use tree::{OpenTree, TreeCounter};

use crate::error::{Error, Result};

/// The total of a stream so far, with noise.
///
/// # Examples
/// ```
/// use incog::{SecureRng, dp::{Epsilon, counter::TreeCounter}};
/// let counter = TreeCounter::laplace(30, 1, Epsilon::parse("1")?)?;
/// let (mut open, mut rng) = (counter.open(), SecureRng::from_os()?);
/// for (day, visits) in (1..).zip([120, 95, 130]) {
///     let total = open.add(visits, &mut rng)?;
///     println!("day {day}: {:.0} ± {:.0}", total.value, 2.0 * total.deviation);
///     assert_eq!(total.deviation, counter.deviation(day));
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct RunningTotal {
    /// The total. Its expectation is the true one.
    pub value: f64,
    /// The standard deviation of its noise.
    pub deviation: f64,
}

fn check_steps(steps: u64) -> Result<()> {
    if (1..=STEPS_MAX).contains(&steps) { Ok(()) } else { Err(Error::steps_range(STEPS_MAX, steps)) }
}

fn check_sensitivity(sensitivity: u64) -> Result<()> {
    if (1..=SENSITIVITY_MAX).contains(&sensitivity) {
        Ok(())
    } else {
        Err(Error::step_sensitivity(SENSITIVITY_MAX, sensitivity))
    }
}

/// A second for half a year.
const STEPS_MAX: u64 = 1 << 24;
/// So that squares of it, times all levels, fit any noise, and a number with 60 binary places fits 128 bits.
const SENSITIVITY_MAX: u64 = 1 << 39;
