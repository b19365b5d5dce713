//! Calibration: the noise, the number of steps or the sampling rate that meets a target (ε, δ).
//!
//! ```text
//!   Target ── noise(accountant, events)  least noise        ──► Found<f64>
//!          ── count(accountant, events)  most steps         ──► Found<u64>
//!          ── rate(accountant, events)   highest rate       ──► Found<f64>
//!          ── gaussian()                 one release, exact ──► f64
//!          ── amount(currency)           a budget to spend  ──► Amount
//! ```
//!
//! What is found meets the target by the certified upper end of the accountant; one part in 10^5 further (one step more) it
//! does not. ε for a target δ is not a search: [`PrivacyProfile`](crate::dp::accountant::PrivacyProfile) answers it.

mod amount;
mod boundary;
#[cfg(feature = "serde")]
mod spec;
mod target;

#[cfg(feature = "serde")]
pub use spec::{Sought, Spec};
pub use target::{Found, Target};
