//! Lower bounds and what they refute.

use std::fmt;

use crate::{
    audit::{
        interval::{lower_limit, upper_limit},
        outcome::Outcome,
        view::View,
    },
    error::{Error, ErrorKind, Result},
    num::normal::upper_tail,
};

/// How an experiment is done: how many runs on each side, and how often it may be wrong.
///
/// # Examples
/// ```
/// use incog::{SecureRng, audit::Audit, dp::{Epsilon, noise::{DiscreteLaplace, Scale}}};
/// // Noise for ε = 1, claimed to be enough for ε = 0.5.
/// let noise = DiscreteLaplace::new(Scale::for_sensitivity(1, Epsilon::parse("1")?)?);
/// let (mut a, mut b) = (SecureRng::from_os()?, SecureRng::from_os()?);
/// let audit = Audit::new().samples(100_000);
/// let bound = audit.epsilon(0.0, || Ok(10 + noise.sample(&mut a)?), || Ok(11 + noise.sample(&mut b)?))?;
/// assert!(bound.refutes(0.5)); // fails once in 10^6 runs, or seldomer
/// assert!(!bound.refutes(1.0));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Audit {
    samples: usize,
    false_alarm: f64,
    detectable: f64,
}

/// What an experiment shows: the parameter is at least this.
///
/// # Examples
/// ```
/// use incog::audit::{Audit, View};
/// // No noise at all: a single run tells the two inputs apart.
/// let bound = Audit::new().samples(10_000).epsilon(0.0, || Ok(10), || Ok(11))?;
/// // More than this cannot be shown by so many runs, whatever leaks.
/// assert!((5.8..5.9).contains(&bound.value()) && bound.refutes(1.0));
/// assert!(bound.to_string().starts_with("at least 5.8"));
/// // Of a claim of 6, no loss of any size would have been found.
/// assert!(bound.detectable(6.0).is_infinite());
/// assert_eq!(bound.view(), View::Outcome);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowerBound {
    value: f64,
    /// What so many runs can show at most.
    ceiling: f64,
    audit: Audit,
    view: View,
    /// The shares of the event on the side that has more of it, and on the other.
    shares: (f64, f64),
}

/// What an experiment says of a claim.
///
/// # Examples
/// ```
/// use incog::audit::{Audit, Verdict};
/// let quick = Audit::new().samples(1000);
/// // A mechanism that tells the two inputs apart in every run.
/// assert_eq!(quick.epsilon(0.0, || Ok(7), || Ok(8))?.verdict(1.0), Verdict::Refuted);
/// // Inputs that it treats alike refute nothing. Whether that says anything is asked by `must_detect`.
/// let alike = |audit: Audit| audit.epsilon(0.0, || Ok(7), || Ok(7));
/// assert_eq!(alike(quick)?.verdict(1.0), Verdict::Holds);
/// assert_eq!(alike(quick.must_detect(1.5)?)?.verdict(1.0), Verdict::Underpowered);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The claim is false, but for the probability of a false alarm.
    Refuted,
    /// It is not, and a fault as large as [`Audit::must_detect`] says would have been found.
    Holds,
    /// It is not, but such a fault could have been missed: more runs, or inputs that give more away, are needed.
    Underpowered,
}

impl Audit {
    /// A million runs a side, wrong once in a million.
    #[must_use]
    pub fn new() -> Self {
        Audit { samples: 1_000_000, false_alarm: 1e-6, detectable: f64::INFINITY }
    }

    /// The same with this many runs a side, at least 100.
    #[must_use]
    pub fn samples(mut self, samples: usize) -> Self {
        self.samples = samples.max(100);
        self
    }

    /// The same, wrong with at most this probability.
    ///
    /// # Errors
    /// `Parameter` unless `1e-12 ≤ probability ≤ 0.1`.
    pub fn false_alarm(mut self, probability: f64) -> Result<Self> {
        if !(1e-12..=0.1).contains(&probability) {
            return Err(Error::new(
                ErrorKind::Parameter,
                format!("the probability of a false alarm must be in 1e-12 to 0.1, got {probability}"),
            ));
        }
        self.false_alarm = probability;
        Ok(self)
    }

    /// The same, and an experiment that refutes nothing counts only if it would have refuted the claim were the loss so many
    /// times the claimed one: see [`LowerBound::detectable`]. Without it every experiment counts.
    ///
    /// # Errors
    /// `Parameter` unless `factor > 1`.
    pub fn must_detect(mut self, factor: f64) -> Result<Self> {
        if factor.is_nan() || factor <= 1.0 {
            return Err(Error::new(
                ErrorKind::Parameter,
                format!("the loss to be detected must be more than 1 times the claimed one, got {factor}"),
            ));
        }
        self.detectable = factor;
        Ok(self)
    }

    /// A lower bound on ε at this δ. `left` and `right` run the mechanism once each, on neighboring inputs.
    ///
    /// # Guarantee
    /// For all pairs of mechanisms whose runs are independent and (ε, δ)-differentially private of one another, the
    /// bound exceeds ε with at most the probability of a false alarm.
    ///
    /// # Errors
    /// `Parameter` unless `0 ≤ delta < 1`; the first error of `left` or `right`. Errors that depend on the data are
    /// outcomes: make them a value of `T`.
    pub fn epsilon<T: Outcome>(
        &self,
        delta: f64,
        left: impl FnMut() -> Result<T>,
        right: impl FnMut() -> Result<T>,
    ) -> Result<LowerBound> {
        // What is no number would be above every share, and refute nothing.
        if !(0.0..1.0).contains(&delta) {
            return Err(Error::delta_range(&delta.to_string()));
        }
        let value = |p: f64, q: f64| if p > delta { ((p - delta) / q).ln().max(0.0) } else { 0.0 };
        self.bound(value, left, right)
    }

    /// A lower bound on μ of Gaussian differential privacy: what tells two unit normal distributions μ apart
    /// (\[DRS22\] Dong, Roth, Su, *Gaussian Differential Privacy*, JRSSB 84(1), 2022). For Gaussian noise μ is the
    /// sensitivity over σ, and a bound on it sees faults that one on (ε, δ) at small δ does not.
    ///
    /// # Guarantee
    /// For all pairs of mechanisms whose runs are independent and μ-GDP of one another, the bound exceeds μ with at
    /// most the probability of a false alarm.
    ///
    /// # Errors
    /// The first error of `left` or `right`, as with [`epsilon`](Self::epsilon).
    pub fn mu<T: Outcome>(
        &self,
        left: impl FnMut() -> Result<T>,
        right: impl FnMut() -> Result<T>,
    ) -> Result<LowerBound> {
        // An event of probability q on one side has at most Φ(μ - z(q)) on the other, z(q) its upper quantile.
        self.bound(|p, q| (upper_quantile(q) - upper_quantile(p)).max(0.0), left, right)
    }

    /// A lower bound on ε of bounded range: the logarithms of by how much outcomes are likelier on one side lie in an
    /// interval of width ε (\[DR19\] Durfee, Rogers, *Practical Differentially Private Top-k Selection with
    /// Pay-what-you-get Composition*, NeurIPS 2019). It is what an exponential mechanism claims, and what an event of any
    /// probability can show; ε itself is nearly reached by rare ones only.
    ///
    /// # Guarantee
    /// For all pairs of mechanisms whose runs are independent and ε-bounded-range of one another, the bound exceeds ε
    /// with at most the probability of a false alarm.
    ///
    /// # Errors
    /// The first error of `left` or `right`, as with [`epsilon`](Self::epsilon).
    pub fn bounded_range<T: Outcome>(
        &self,
        left: impl FnMut() -> Result<T>,
        right: impl FnMut() -> Result<T>,
    ) -> Result<LowerBound> {
        // The logarithm for an event is at most the upper end of the interval, that of its complement at least the
        // lower one.
        self.bound(|p, q| (p / (1.0 - p) * (1.0 - q) / q).ln().max(0.0), left, right)
    }

    fn bound<T: Outcome>(
        &self,
        value: impl Fn(f64, f64) -> f64,
        mut left: impl FnMut() -> Result<T>,
        mut right: impl FnMut() -> Result<T>,
    ) -> Result<LowerBound> {
        let half = self.samples / 2;
        let first: Vec<T> = (0..half).map(|_| left()).collect::<Result<_>>()?;
        let second: Vec<T> = (0..half).map(|_| right()).collect::<Result<_>>()?;
        let runs = crate::num::count(half);
        // What the limits will be, nearly: so that the event is chosen by what it can prove. Wilson's limits, which stay
        // inside of 0 and 1 also where events are rare (Brown, Cai, DasGupta, Statistical Science 16(2), 2001).
        let limits = |n: f64, p: f64, q: f64| {
            let weight = DEVIATIONS * DEVIATIONS / n;
            let limit = |share: f64, side: f64| {
                let spread = DEVIATIONS * (share * (1.0 - share) / n + 0.25 * weight / n).sqrt();
                (share + 0.5 * weight + side * spread) / (1.0 + weight)
            };
            value(limit(p, -1.0).max(0.0), limit(q, 1.0).min(1.0))
        };
        // For as many runs as an event is scored with, which is half of these: with less doubt than there is, of many rare events
        // a lucky one is chosen, which then proves little. Where so few show nothing, the event that more could.
        let n = crate::num::to_f64(runs);
        let score = |p: f64, q: f64| limits(0.5 * n, p, q) + LITTLE * limits(n, p, q);
        let event = T::choose(&first, &second, &score);
        drop((first, second));
        let (mut hits_left, mut hits_right) = (0u64, 0u64);
        for _ in 0..half {
            hits_left += u64::from(left()?.is_in(&event));
            hits_right += u64::from(right()?.is_in(&event));
        }
        let (more, less) =
            if T::is_right(&event) { (hits_right, hits_left) } else { (hits_left, hits_right) };
        // Both limits hold at once but for the probability of a false alarm.
        let error = self.false_alarm / 2.0;
        let (p, q) = (lower_limit(more, runs, error), upper_limit(less, runs, error));
        let share = |hits: u64| crate::num::to_f64(hits) / crate::num::to_f64(runs);
        let shares = (share(more), share(less));
        // No event gives away more, whatever the mechanism does.
        let ceiling = value(lower_limit(runs, runs, error), upper_limit(0, runs, error));
        Ok(LowerBound { value: value(p, q), ceiling, audit: *self, view: T::view(&event), shares })
    }
}

impl Default for Audit {
    fn default() -> Self {
        Audit::new()
    }
}

impl LowerBound {
    /// The bound.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Whether it shows that a claim of `claim` is false. What is no number is no claim, and always refuted.
    #[must_use]
    pub fn refutes(&self, claim: f64) -> bool {
        self.value > claim || claim.is_nan()
    }

    /// What it says of a claim of `claim`: false, as good as seen, or not seen well enough
    /// ([`Audit::must_detect`]).
    #[must_use]
    pub fn verdict(&self, claim: f64) -> Verdict {
        if self.refutes(claim) {
            Verdict::Refuted
        } else if self.audit.detectable < f64::INFINITY && self.detectable(claim) > self.audit.detectable {
            Verdict::Underpowered
        } else {
            Verdict::Holds
        }
    }

    /// From which side the event is seen.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// The shares of the event on the side that has more of it, and on the other.
    #[must_use]
    pub fn shares(&self) -> (f64, f64) {
        self.shares
    }

    /// How many times the claim the parameter would have to be for this experiment to refute it, about: 1.1 says that
    /// noise which is 10 % too small would have been found, if the claim is as good as it can be. Infinite where no loss
    /// of any size would have been: of a claim above what so many runs can show, and of a claim of 0.
    #[must_use]
    pub fn detectable(&self, claim: f64) -> f64 {
        if claim > 0.0 && claim < self.ceiling { claim / self.value } else { f64::INFINITY }
    }
}

impl fmt::Display for LowerBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "at least {:.4} (false alarm {:e}; an event of {} with shares {:.6} and {:.6} in {} runs a side)",
            self.value,
            self.audit.false_alarm,
            self.view,
            self.shares.0,
            self.shares.1,
            self.audit.samples / 2
        )
    }
}

/// What [`assert_dp!`](crate::assert_dp) does with a bound.
#[doc(hidden)]
#[track_caller]
#[allow(clippy::panic, reason = "an assertion of tests")]
pub fn expect_claim(bound: Result<LowerBound>, claim: f64, what: &str) {
    match bound {
        Ok(bound) => match bound.verdict(claim) {
            Verdict::Refuted => panic!("not {claim}-{what}: {bound}"),
            Verdict::Underpowered => panic!(
                "{claim}-{what}, or not: a loss up to {:.2} times as large would not have been seen: {bound}; do more \
                 runs, or choose inputs that give more away",
                bound.detectable(claim)
            ),
            Verdict::Holds => {}
        },
        Err(error) => panic!("the experiment failed: {error}"),
    }
}

/// The `z` with `P(Z > z) = share`.
fn upper_quantile(share: f64) -> f64 {
    let (mut below, mut above) = (-40.0, 40.0);
    for _ in 0..70 {
        let middle = 0.5 * (below + above);
        if upper_tail(middle) > share { below = middle } else { above = middle }
    }
    below
}

/// Half of one in a million lies beyond 4.9 standard deviations.
const DEVIATIONS: f64 = 4.9;
/// Decides only where there is nothing else to decide by.
const LITTLE: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator, not for privacy.
    fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        crate::num::to_f64(*state >> 11) / crate::num::to_f64(1 << 53)
    }

    #[test]
    fn a_bound_is_below_the_truth_and_close_to_it() {
        // Randomized response with a known ε: ln(3).
        let flip = |state: &mut u64, truth: bool| Ok((uniform(state) < 0.25) != truth);
        let (mut a, mut b) = (1, 2);
        let audit = Audit::new().samples(200_000);
        let bound = audit.epsilon(0.0, || flip(&mut a, true), || flip(&mut b, false)).unwrap();
        let truth = 3f64.ln();
        assert!(bound.value() < truth && bound.value() > 0.95 * truth, "{bound}");
        assert!(!bound.refutes(truth) && bound.refutes(1.0) && bound.detectable(truth) < 1.06);
        // Equal sides give nothing.
        let bound = audit.epsilon(0.0, || flip(&mut a, true), || flip(&mut b, true)).unwrap();
        assert!(bound.value() < 0.02, "{bound}");
        // What happens with probability δ is not counted against ε.
        let rare = |state: &mut u64, leak: bool| Ok(u8::from(leak && uniform(state) < 0.01));
        let bound = audit.epsilon(0.02, || rare(&mut a, true), || rare(&mut b, false)).unwrap();
        assert!(bound.value() < 1e-9, "{bound}");
        let bound = audit.epsilon(0.0, || rare(&mut a, true), || rare(&mut b, false)).unwrap();
        assert!(bound.value() > 3.0, "{bound}");
    }

    /// Six outcomes of a hundredth each, of which δ allows five: half of the runs cannot tell that from δ, all of them can, and only
    /// by the six together.
    #[test]
    fn an_event_is_found_that_half_of_the_runs_show_nothing_with() {
        let leak = |state: &mut u64, leaks: bool| {
            let x = uniform(state);
            Ok((1..=6u8).find(|&i| leaks && x < 0.0098 * f64::from(i)).unwrap_or(0))
        };
        let refuted = (0..20u64).filter(|seed| {
            let (mut a, mut b) = (2 * seed + 11, 2 * seed + 12);
            let audit = Audit::new().samples(50_000);
            let bound = audit.epsilon(0.05, || leak(&mut a, true), || leak(&mut b, false)).unwrap();
            bound.refutes(0.0)
        });
        // Of these seeds 14; chosen by what half of the runs prove alone, 2.
        assert!(refuted.count() >= 12);
    }

    /// 2,000 experiments in which every event is equally likely on both sides: with a false alarm of 0.1, so many
    /// bounds above 0 that they would be more than binomial chance allows (mean 200 at most, standard deviation 13.4;
    /// 6 of them).
    #[test]
    fn false_alarms_are_as_rare_as_stated() {
        let audit = Audit::new().samples(400).false_alarm(0.1).unwrap();
        let (mut a, mut b) = (3, 4);
        let draw = |state: &mut u64| Ok((uniform(state) * 8.0).to_bits() >> 50);
        let alarms =
            (0..2000).filter(|_| audit.epsilon(0.0, || draw(&mut a), || draw(&mut b)).unwrap().value() > 0.0);
        assert!(alarms.count() <= 280);
        assert!(Audit::new().false_alarm(0.5).is_err());
    }

    /// A mechanism that gives everything away, and claims that say nothing: none of them passes.
    #[test]
    fn what_is_no_claim_is_refused_before_a_run() {
        let audit = Audit::new().samples(100);
        for delta in [f64::NAN, 1.0, 2.0, f64::INFINITY, -1e-9] {
            let error = audit.epsilon(delta, || -> Result<u8> { panic!("run") }, || Ok(0)).unwrap_err();
            assert_eq!(error.to_string(), format!("delta must be in 0 ≤ δ < 1, got {delta}"));
        }
        assert!(audit.epsilon(0.0, || Ok(0), || Ok(1)).unwrap().refutes(f64::NAN));
        let says = |run: fn()| *std::panic::catch_unwind(run).unwrap_err().downcast::<String>().unwrap();
        assert_eq!(
            says(|| crate::assert_dp!(epsilon = f64::NAN, Ok(0), Ok(1))),
            "a claim must be a finite epsilon, got NaN"
        );
        assert_eq!(
            says(|| crate::assert_dp!(epsilon = 1.0, delta = f64::NAN, Ok(0), Ok(1))),
            "the experiment failed: delta must be in 0 ≤ δ < 1, got NaN"
        );
        let wrong = says(|| crate::assert_dp!(epsilon = 1.0, delta = 0.5, Ok(0), Ok(1)));
        assert!(wrong.starts_with("not 1-differentially private: at least"), "{wrong}");
    }

    /// Randomized response has a range of twice its ε; what happens for certain on both sides has none.
    #[test]
    fn the_range_of_a_coin_is_found() {
        let flip = |state: &mut u64, truth: bool| Ok((uniform(state) < 0.25) != truth);
        let (mut a, mut b) = (7, 8);
        let audit = Audit::new().samples(200_000);
        let bound = audit.bounded_range(|| flip(&mut a, true), || flip(&mut b, false)).unwrap();
        let truth = 2.0 * 3f64.ln();
        assert!(bound.value() < truth && bound.value() > 0.95 * truth, "{bound}");
        assert!(audit.bounded_range(|| Ok(0), || Ok(0)).unwrap().value() < 1e-9);
        assert!(audit.bounded_range(|| Ok(0), || Ok(1)).unwrap().value() > 10.0);
    }

    #[test]
    fn mu_of_shifted_normal_numbers_is_found() {
        // A sum of 12 uniform numbers is nearly normal with variance 1; in whole thousandths.
        let normal = |state: &mut u64, shift: i64| {
            // Each below 1 and in whole 2^-40 parts, so sums are exact.
            let sum: u64 = (0..12)
                .map(|_| {
                    uniform(state);
                    *state >> 24
                })
                .sum();
            Ok(i64::try_from((sum * 1000) >> 40).unwrap() + shift)
        };
        let (mut a, mut b) = (5, 6);
        let audit = Audit::new().samples(200_000);
        let bound = audit.mu(|| normal(&mut a, 0), || normal(&mut b, 1000)).unwrap();
        assert!(bound.value() < 1.0 && bound.value() > 0.93, "{bound}");
    }
}
