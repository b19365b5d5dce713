//! Amplification by shuffling: reports that are private each by itself, and then lose their senders.

use crate::{
    dp::{Delta, Epsilon, Rounding, event::Event},
    error::{Error, Result},
    num::Enclosure,
};

/// What `reports` reports are together, each made from one record by an ε₀-differentially private randomizer on the
/// record's own device, and shuffled before anyone sees them: an event under replace-one, with this `delta`.
///
/// ```text
///   ε = ln(1 + (e^ε₀ - 1) (4 √(2 ln(4/δ)) / √((e^ε₀ + 1) n) + 4/n))     for ε₀ ≤ ln(n / (8 ln(2/δ)) - 1), n reports
/// ```
///
/// Elsewhere, and where that is more, ε₀ itself with δ = 0. \[FMT23\] Feldman, McMillan, Talwar, *Stronger Privacy Amplification by
/// Shuffling for Rényi and Approximate Differential Privacy*, SODA 2023, arXiv 2208.04591, theorem 3.2; randomizers may
/// depend on the reports before them.
///
/// # Guarantee
/// For all ε₀-differentially private randomizers, also chosen one after the other, the shuffled reports are (ε, δ)-differentially
/// private when one record is replaced, with the ε and δ of the returned event.
///
/// # Errors
/// `Parameter` unless `1 ≤ reports ≤ 10^15`.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, accountant::shuffled};
/// let event = shuffled(Epsilon::parse("2")?, 100_000, Delta::parse("1e-6")?)?;
/// assert!(event.to_string().starts_with("approximate epsilon=0.1"), "{event}");
/// // A few reports hide nobody.
/// assert_eq!(shuffled(Epsilon::parse("2")?, 20, Delta::parse("1e-6")?)?.to_string(), "pure epsilon=2 count=1");
/// # Ok::<(), incog::Error>(())
/// ```
pub fn shuffled(local: Epsilon, reports: u64, delta: Delta) -> Result<Event> {
    if !(1..=REPORTS_MAX).contains(&reports) {
        return Err(Error::event_whole("the number of reports", REPORTS_MAX, reports));
    }
    let unamplified = Event::pure(local);
    if delta == Delta::default() {
        return Ok(unamplified);
    }
    let (epsilon, n, failure) = (Enclosure::from(local), Enclosure::count(reports), Enclosure::from(delta));
    let log_inverse = |factor: f64| Enclosure::exact(factor).ln() - failure.ln();
    let largest = (n / (log_inverse(2.0) * 8.0) - 1.0).lower();
    if largest <= 0.0 || epsilon.upper() > Enclosure::exact(largest).ln().lower() {
        return Ok(unamplified);
    }
    let gain = (log_inverse(4.0) * 2.0).sqrt() * 4.0 / ((epsilon.exp() + 1.0) * n).sqrt()
        + Enclosure::exact(4.0) / n;
    let amplified = (epsilon.exp_m1() * gain).ln_1p().upper();
    match Epsilon::rounded(amplified, Rounding::Up) {
        Some(amplified) if amplified < local => Ok(Event::approximate(amplified, delta)),
        _ => Ok(unamplified),
    }
}

/// 10^15: more than there are devices.
const REPORTS_MAX: u64 = 1_000_000_000_000_000;
