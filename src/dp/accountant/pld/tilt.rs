//! Moment-generating functions of a composition, and what is chosen by them: the tilt and the window.

use crate::{
    dp::accountant::pld::{cells::index_to_f64, measure::Measure},
    num::{
        count,
        exponential::{exp, exp_m1, ln, ln_1p},
        to_f64,
    },
};

/// One event of a composition, repeated, in one direction.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) measure: Measure,
    pub(super) count: u64,
    /// The relative error of its masses.
    pub(super) mass_error: f64,
    /// The error of its losses.
    pub(super) loss_error: f64,
}

/// A function of the tilt with its first two derivatives.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cumulants {
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) curvature: f64,
}

/// What an answer is wanted for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// The ε of this δ.
    Delta(f64),
    /// The δ of this ε.
    Epsilon(f64),
    /// Either of the other, both known roughly.
    Both {
        /// ε.
        epsilon: f64,
        /// δ.
        delta: f64,
    },
}

/// A tilt and a window for one target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The target, or Chernoff's bound of it.
    pub(super) epsilon: f64,
    /// Not below the probability of an infinite loss.
    pub(super) infinite: f64,
    /// The tilt at which that bound is best.
    pub(super) saddle: f64,
    /// The tilt to compute with.
    pub(super) tilt: f64,
    /// How long the window of losses is.
    pub(super) window: f64,
    /// A tilt beyond, which shows that little lies above the window.
    pub(super) further: f64,
    /// How far Chernoff's bound of ε may be off for the rounding of masses, losses and sums.
    pub(super) slack: f64,
}

impl Plan {
    /// Chernoff's bound on the answer is `δ <= e^(Λ(t) - t ε) t^t / (1 + t)^(1 + t)`. For a given δ, the best bound on ε has
    /// `t Λ' - Λ = ln(1/δ) - ln(1 + t)`; for a given ε, the best bound on δ has `Λ' = ε + ln(1 + 1/t)`.
    ///
    /// What wraps around a window of length `W` adds to δ at most about `e^(-t W)` from below and
    /// `e^(Λ(u) - u ε - (u - t) W)` from above, for any `u > t` (`docs/proofs/pld.md`, section 5). Both shall be
    /// `e^-MARGIN` of δ. A smaller tilt needs a shorter window for the one and a longer for the other. Any choice is
    /// sound.
    pub(super) fn new(terms: &[Term], gaussian: f64, target: Target) -> Self {
        // Searches ask often, and need no digits.
        let rough = Rough::new(terms, gaussian);
        let at = |tilt: f64| rough.cumulants(tilt);
        // Infinite losses take their part of δ.
        let infinite: f64 = terms.iter().map(|t| to_f64(t.count) * ln_1p(-t.measure.infinite_upper)).sum();
        let finite = |delta: f64| (delta + exp_m1(infinite) * (1.0 + 1e-9)).max(delta * 1e-12);
        let saddle = increasing_root(
            |tilt| {
                let c = at(tilt);
                match target {
                    Target::Delta(delta) => tilt * c.slope - c.value + ln(finite(delta)) + ln_1p(tilt),
                    Target::Epsilon(epsilon) | Target::Both { epsilon, .. } => {
                        c.slope - epsilon - ln_1p(1.0 / tilt)
                    }
                }
            },
            1.0,
            1e-3,
        );
        let exact = cumulants(terms, gaussian, saddle);
        let bound = exact.value + saddle * ln(saddle) - (1.0 + saddle) * ln_1p(saddle);
        let (epsilon, ln_delta) = match target {
            Target::Delta(delta) => (((bound - ln(finite(delta))) / saddle).max(0.0), ln(finite(delta))),
            Target::Epsilon(epsilon) => (epsilon, (bound - saddle * epsilon).min(0.0)),
            Target::Both { epsilon, delta } => (epsilon, ln(finite(delta))),
        };
        let depth = MARGIN - ln_delta;
        // How many digits a tilt would lose, as ln: what it makes of e^-Λ, against δ.
        let lost = |tilt: f64| at(tilt).value - tilt * epsilon - ln_delta;
        let window_of = |tilt: f64| {
            let top = increasing_root(
                |top| {
                    let c = at(tilt + top);
                    // The minimum of (Λ(u) - u ε + depth) / (u - θ).
                    top * (c.slope - epsilon) - (c.value - (tilt + top) * epsilon + depth)
                },
                saddle,
                1e-2,
            );
            ((at(tilt + top).value - (tilt + top) * epsilon + depth) / top, top)
        };
        // Shorter windows go with smaller tilts, down to where digits are lost.
        let mut tilt = saddle;
        for _ in 0..8 {
            let (window, _) = window_of(tilt);
            let next = depth / window.max(1e-300);
            if next >= 0.95 * tilt {
                break;
            }
            let next = next.max(0.7 * tilt);
            if lost(next) > LOST {
                break;
            }
            tilt = next;
        }
        let (window, further) = window_of(tilt);
        let margin = if matches!(target, Target::Delta(_)) { 1.0 / saddle } else { 0.0 };
        let window = (1.02 * window + margin).max(depth / tilt).max(4.0 * exact.curvature.sqrt());
        let sum = |error: fn(&Term) -> f64| terms.iter().map(|t| to_f64(t.count) * error(t)).sum::<f64>();
        // The cumulants are sums over cells, each rounded, and multiplied by the count.
        let steps = sum(|t| 1e-15 * to_f64(count(t.measure.edges.len())) + 1e-14 * t.measure.offset.abs());
        let slack =
            (sum(|t| t.mass_error) + steps + 1e-12) / saddle + sum(|t| t.loss_error) + 1e-12 * epsilon;
        Plan { epsilon, infinite: -exp_m1(infinite) * (1.0 + 1e-9), saddle, tilt, window, further, slack }
    }
}

/// `ln E e^(tilt L)` of the total loss `L` under the upper measures, without infinite losses. `gaussian` is the
/// variance of the loss of all Gaussian noise together.
pub(super) fn cumulants(terms: &[Term], gaussian: f64, tilt: f64) -> Cumulants {
    let mut sum = Cumulants::of_noise(gaussian, tilt);
    for term in terms {
        let one = of_weights(&term.measure.edges, &term.measure.upper, term.measure.unit, tilt);
        sum.add(to_f64(term.count), term.measure.offset, tilt, one);
    }
    sum
}

impl Cumulants {
    /// Of Gaussian noise whose loss has this variance.
    fn of_noise(variance: f64, tilt: f64) -> Self {
        Cumulants {
            value: 0.5 * variance * tilt * (1.0 + tilt),
            slope: variance * (0.5 + tilt),
            curvature: variance,
        }
    }

    /// Adds `count` times `one`, whose losses are less by an offset.
    fn add(&mut self, count: f64, offset: f64, tilt: f64, one: Cumulants) {
        self.value += count * (one.value + tilt * offset);
        self.slope += count * (one.slope + offset);
        self.curvature += count * one.curvature;
    }
}

/// `ln sum of m_k e^(tilt k unit)` and its derivatives.
pub(super) fn of_weights(edges: &[i64], masses: &[f64], unit: f64, tilt: f64) -> Cumulants {
    of_points(|| edges.iter().map(move |k| index_to_f64(*k) * unit).zip(masses.iter().copied()), tilt)
}

/// `ln sum of m e^(tilt x)` over losses `x`, increasing, with masses `m`, and its derivatives.
fn of_points<I: DoubleEndedIterator<Item = (f64, f64)>>(points: impl Fn() -> I, tilt: f64) -> Cumulants {
    // All exponents are negative, and the largest is near zero where there is mass.
    let mut places = points().filter(|(_, mass)| *mass > 0.0).map(|(x, _)| x);
    let reference = if tilt >= 0.0 { places.next_back() } else { places.next() }.unwrap_or(0.0);
    let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
    for (x, mass) in points() {
        let x = x - reference;
        let weight = mass * exp((tilt * x).clamp(-745.0, 0.0));
        total += weight;
        first += weight * x;
        second += weight * x * x;
    }
    let mean = first / total;
    Cumulants {
        value: ln(total) + tilt * reference,
        slope: mean + reference,
        curvature: (second / total - mean * mean).max(0.0),
    }
}

/// A composition of which masses near each other are taken together.
struct Rough {
    gaussian: f64,
    terms: Vec<RoughTerm>,
}

struct RoughTerm {
    count: f64,
    offset: f64,
    /// Losses without the offset, increasing, with masses.
    points: Vec<(f64, f64)>,
}

impl Rough {
    fn new(terms: &[Term], gaussian: f64) -> Self {
        let most = (ROUGH_POINTS / terms.len().max(1)).max(ROUGH_POINTS_OF_TERM);
        let of = |term: &Term| {
            let Measure { edges, upper, unit, offset, .. } = &term.measure;
            let size = edges.len().div_ceil(most).max(1);
            let points = edges.chunks(size).zip(upper.chunks(size)).filter_map(|(edges, masses)| {
                let mass: f64 = masses.iter().sum();
                let first: f64 =
                    edges.iter().zip(masses).map(|(k, mass)| index_to_f64(*k) * unit * mass).sum();
                (mass > 0.0).then(|| (first / mass, mass))
            });
            RoughTerm { count: to_f64(term.count), offset: *offset, points: points.collect() }
        };
        Rough { gaussian, terms: terms.iter().map(of).collect() }
    }

    fn cumulants(&self, tilt: f64) -> Cumulants {
        let mut sum = Cumulants::of_noise(self.gaussian, tilt);
        for term in &self.terms {
            sum.add(term.count, term.offset, tilt, of_points(|| term.points.iter().copied(), tilt));
        }
        sum
    }
}

/// The root of an increasing function, on a logarithmic scale, to a relative precision.
fn increasing_root(f: impl Fn(f64) -> f64, start: f64, precision: f64) -> f64 {
    let start = start.clamp(TILT_MIN, TILT_MAX);
    let (mut low, mut high) = (start, start);
    if f(start) < 0.0 {
        while high < TILT_MAX {
            low = high;
            high = (high * 4.0).min(TILT_MAX);
            if f(high) >= 0.0 {
                break;
            }
        }
    } else {
        while low > TILT_MIN {
            high = low;
            low = (low * 0.25).max(TILT_MIN);
            if f(low) < 0.0 {
                break;
            }
        }
    }
    while high > low * (1.0 + precision) {
        let middle = (low * high).sqrt();
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    high
}

/// What wraps around adds less than e^-28 < 1e-12 of δ.
const MARGIN: f64 = 28.0;
/// A loss of e^10 in precision leaves ten digits.
const LOST: f64 = 10.0;
/// As many masses are looked at in searches, and as many of each term.
const ROUGH_POINTS: usize = 1024;
const ROUGH_POINTS_OF_TERM: usize = 48;
const TILT_MIN: f64 = 1e-15;
const TILT_MAX: f64 = 1e9;
