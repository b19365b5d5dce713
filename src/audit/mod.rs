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
//! Choosing an event by likelihood ratio: \[DWWZK18\] Ding, Wang, Wang, Zhang, Kifer, *Detecting Violations of
//! Differential Privacy*, CCS 2018; \[BSBV21\] Bichsel, Steffen, Bogunovic, Vechev, *DP-Sniper*, S&P 2021.
//!
//! Feature `audit`; for tests. Attacks on tables also come with `pipeline`, whose gate runs them.

#[cfg(feature = "audit")]
mod bound;
#[cfg(feature = "audit")]
mod event;
#[cfg(feature = "audit")]
mod interval;
pub mod table;

#[cfg(feature = "audit")]
pub use bound::{Audit, LowerBound};

/// Fails the test if an experiment refutes that `left` and `right` are `epsilon`-differentially private of one
/// another, for inputs of your choice. Each is an expression that runs the mechanism once; its outcome may be
/// anything with an order.
///
/// ```text
/// assert_dp!(epsilon = 1.0, left, right)
/// assert_dp!(epsilon = 1.0, delta = 1e-6, left, right)
/// assert_dp!(audit = Audit::new().samples(10_000_000), epsilon = 1.0, left, right)
/// ```
///
/// # Panics
/// If the claim is refuted, the mechanism fails, or the claim is none: an ε that is no finite number, or a δ outside of
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
#[cfg(feature = "audit")]
#[macro_export]
macro_rules! assert_dp {
    (epsilon = $epsilon:expr, $($rest:tt)*) => {
        $crate::assert_dp!(audit = $crate::audit::Audit::new(), epsilon = $epsilon, $($rest)*)
    };
    (audit = $audit:expr, epsilon = $epsilon:expr, delta = $delta:expr, $left:expr, $right:expr $(,)?) => {{
        let (claim, delta): (f64, f64) = ($epsilon, $delta);
        assert!(claim.is_finite(), "a claim must be a finite epsilon, got {claim}");
        match $audit.epsilon(delta, || $left, || $right) {
            Ok(bound) => assert!(!bound.refutes(claim), "not {claim}-differentially private: {bound}"),
            Err(error) => panic!("the experiment failed: {error}"),
        }
    }};
    (audit = $audit:expr, epsilon = $epsilon:expr, $left:expr, $right:expr $(,)?) => {
        $crate::assert_dp!(audit = $audit, epsilon = $epsilon, delta = 0.0, $left, $right)
    };
}
