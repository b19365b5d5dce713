//! Attacks on a claim, in your own tests: a lower bound on ε by experiment; attacks on released tables in [`table`].
//!
//! A claim of ε-differential privacy is about two neighboring inputs: no event may be more than `e^ε` times likelier
//! on one than on the other. So it can be attacked. Run the mechanism many times on both, find the event that tells
//! them apart best on one half of the runs, and count it on the other half. If even the lower end of what it gives
//! away is above the claim, the claim is false.
//!
//! ```text
//!   left  ── n runs ──►  half: which event?  ──►  half: how often?  ──► p ≥ p_low    ┐
//!   right ── n runs ──►  half                ──►  half              ──► q ≤ q_high   ┴► ε ≥ ln((p_low - δ) / q_high)
//! ```
//!
//! The bound is below the truth but for a stated probability, whatever the mechanism is (\[CP34\] Clopper, Pearson,
//! *The Use of Confidence or Fiducial Limits*, Biometrika 26, 1934, for both shares; the event does not depend on the
//! half that is counted). It proves nothing right: a mechanism that leaks rarely, or on other inputs, passes. How
//! small a fault it would have seen is part of the answer ([`LowerBound::detectable`]).
//!
//! Outcomes that have no order of their own, as floating-point numbers, several answers, or labels, are a [`Transcript`]: it
//! is looked at from many sides, and the [`View`] that gives most away is named.
//!
//! Whether values that must not leave come out of code of your own: [`leak`] and
//! [`assert_no_leak!`](crate::assert_no_leak).
//!
//! Choosing an event by likelihood ratio: \[DWWZK18\] Ding, Wang, Wang, Zhang, Kifer, *Detecting Violations of
//! Differential Privacy*, CCS 2018; \[BSBV21\] Bichsel, Steffen, Bogunovic, Vechev, *DP-Sniper*, S&P 2021.
//!
//! Feature `audit`; for tests. All but recordings ([`Session::record`](crate::dp::Session::record)) also comes with
//! `pipeline`, whose gate attacks tables.

mod bound;
mod event;
mod image;
mod interval;
pub mod leak;
mod outcome;
pub mod table;
mod transcript;
mod view;

#[doc(hidden)]
pub use bound::expect_claim;
pub use bound::{Audit, LowerBound, Verdict};
pub use image::is_reachable;
pub use outcome::Outcome;
pub use transcript::Transcript;
pub use view::View;

/// Fails the test if an experiment refutes that `left` and `right` are `epsilon`-differentially private of one
/// another, or `mu`-Gaussian differentially private, for inputs of your choice. Each is an expression that runs the
/// mechanism once; its outcome may be anything with an order, or a [`Transcript`] of numbers and labels.
///
/// ```text
/// assert_dp!(epsilon = 1.0, left, right)
/// assert_dp!(epsilon = 1.0, delta = 1e-6, left, right)
/// assert_dp!(mu = 0.5, left, right)
/// assert_dp!(audit = Audit::new().samples(10_000_000).must_detect(1.1)?, epsilon = 1.0, left, right)
/// ```
///
/// # Panics
/// If the claim is refuted, the experiment would not have seen the fault that it [must](Audit::must_detect), the
/// mechanism fails, or the claim is none: an ε or μ that is no finite number, or a δ outside of
/// 0 ≤ δ < 1.
///
/// # Examples
/// ```
/// use incog::{SecureRng, assert_dp, audit::Audit, dp::{Epsilon, noise::{DiscreteLaplace, Scale}}};
/// let noise = DiscreteLaplace::new(Scale::for_sensitivity(1, Epsilon::parse("1")?)?);
/// let (mut a, mut b) = (SecureRng::from_os()?, SecureRng::from_os()?);
/// assert_dp!(
///     audit = Audit::new().samples(20_000),
///     epsilon = 1.0,
///     Ok(10 + noise.sample(&mut a)?),
///     Ok(11 + noise.sample(&mut b)?)
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[macro_export]
macro_rules! assert_dp {
    (audit = $audit:expr, epsilon = $epsilon:expr, delta = $delta:expr, $left:expr, $right:expr $(,)?) => {{
        let (claim, delta): (f64, f64) = ($epsilon, $delta);
        assert!(claim.is_finite(), "a claim must be a finite epsilon, got {claim}");
        $crate::audit::expect_claim(
            $audit.epsilon(delta, || $left, || $right),
            claim,
            "differentially private",
        );
    }};
    (audit = $audit:expr, epsilon = $epsilon:expr, $left:expr, $right:expr $(,)?) => {
        $crate::assert_dp!(audit = $audit, epsilon = $epsilon, delta = 0.0, $left, $right)
    };
    (audit = $audit:expr, mu = $mu:expr, $left:expr, $right:expr $(,)?) => {{
        let claim: f64 = $mu;
        assert!(claim.is_finite(), "a claim must be a finite mu, got {claim}");
        $crate::audit::expect_claim($audit.mu(|| $left, || $right), claim, "Gaussian differentially private");
    }};
    (epsilon = $($rest:tt)*) => {
        $crate::assert_dp!(audit = $crate::audit::Audit::new(), epsilon = $($rest)*)
    };
    (mu = $($rest:tt)*) => {
        $crate::assert_dp!(audit = $crate::audit::Audit::new(), mu = $($rest)*)
    };
}
