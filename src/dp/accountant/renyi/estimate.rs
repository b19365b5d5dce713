//! Moments of samples in plain numbers, to look for an order with.
//!
//! A search asks for the moments of some fifty orders, and only that of the last one is printed. With certain bounds
//! ([`Mixture`](super::mixture::Mixture)) each range of orders has thousands of nodes; here only those are summed that matter
//! for one order. An estimate that is off by much finds a bad order, whose certain bound is then seen to be larger than hoped
//! (`convert`): it costs time, never a guarantee.

use crate::{
    dp::accountant::renyi::base::{Base, GAUSS},
    num::{
        exponential::{exp, exp_m1, ln, ln_1p},
        remainder::exp_remainder,
    },
};

/// (α - 1) D_α of (1 - q) Q + q P against Q, within about 1e-8 of itself; nothing where the certain bound is as fast, or
/// where more nodes would be needed than anybody waits for.
pub(super) fn log_moment(base: &Base, rate: f64, excess: f64) -> Option<f64> {
    let mut sum = Moment::new(rate, excess + 1.0);
    match base {
        Base::Gaussian { sigma } => lattice(&mut sum, *sigma, f64::INFINITY)?,
        Base::DiscreteGaussian { sigma, sensitivity } => lattice(&mut sum, sigma / sensitivity, *sigma)?,
        Base::Laplace { epsilon } => laplace(&mut sum, epsilon.middle())?,
        Base::Finite(_) => return None,
    }
    Some(sum.log())
}

/// A moment as a sum over losses. Up to e^600 it is 1 and what is above, which may be little; else powers under a scale.
struct Moment {
    rate: f64,
    order: f64,
    /// The sum less 1, of terms that are positive.
    rest: f64,
    /// The sum of powers over e^scale.
    powers: f64,
    scale: f64,
}

impl Moment {
    fn new(rate: f64, order: f64) -> Self {
        Moment { rate, order, rest: 0.0, powers: 0.0, scale: 0.0 }
    }

    /// ln(1 - q + q e^L).
    fn mixed(&self, loss: f64) -> f64 {
        if self.rate >= 1.0 {
            loss
        } else if loss < 700.0 {
            ln_1p(self.rate * exp_m1(loss))
        } else {
            loss + ln(self.rate)
        }
    }

    /// Adds a loss with the logarithm of its mass.
    fn add(&mut self, loss: f64, log_mass: f64) {
        let mixed = self.mixed(loss);
        let power = self.order * mixed;
        if self.scale <= 0.0 && power < LARGE {
            let excess = self.order - 1.0;
            self.rest +=
                exp(log_mass + mixed) * (excess * exp_remainder(-mixed) + exp_remainder(excess * mixed));
            return;
        }
        let log = power + log_mass;
        if log > self.scale + LARGE {
            self.powers *= exp(self.scale - log);
            self.scale = log;
        }
        self.powers += exp(log - self.scale);
    }

    fn log(&self) -> f64 {
        if self.powers <= 0.0 {
            return ln_1p(self.rest.max(0.0));
        }
        self.scale + ln(self.powers + exp(-self.scale) * (1.0 + self.rest))
    }
}

/// Gaussian noise, σ distances of neighbors wide, by the trapezoid rule, which for such integrands converges faster than any
/// power of its step; on the integers, with σ as `integers`, by every so many of them, for the same reason, or by all.
///
/// In standard deviations noise is around 0, and where it is weighted with the power of a likelihood ratio around α/σ. In
/// between there is a third place for large σ, no further out than 2σ: (1 - q + q e^L)^α grows there before it bends.
fn lattice(sum: &mut Moment, sigma: f64, integers: f64) -> Option<()> {
    let widest = STEP.min(0.5 * sigma);
    let step = if integers.is_finite() { (widest * integers).floor().max(1.0) / integers } else { widest };
    let (middle, top, near) = (0.5 / sigma, sum.order / sigma, FAR + 2.0 * sigma);
    let apart = near + step < top - FAR;
    let width = if apart { near + 3.0 * FAR } else { top + 2.0 * FAR };
    if width.is_nan() || width > NODES_MAX * step {
        return None;
    }
    let mut total = SQRT_2_PI / step;
    if step > STEP {
        total = 1.0;
        let mut k = 1.0;
        while k * step < FAR + 4.0 {
            total += 2.0 * exp(-0.5 * (k * step) * (k * step));
            k += 1.0;
        }
    }
    let log_total = ln(total);
    let mut window = |from: f64, to: f64| {
        let (mut k, last) = ((from / step).ceil(), (to / step).floor());
        while k <= last {
            let place = k * step;
            sum.add((place - middle) / sigma, -0.5 * place * place - log_total);
            k += 1.0;
        }
    };
    if apart {
        window(-FAR, near);
        window(top - FAR, top + FAR);
    } else {
        window(-FAR, top + FAR);
    }
    Some(())
}

/// Laplace noise by Gauss' quadrature, on panels from the largest loss down. On each the integrand grows by at most e^8, and
/// less than e^-40 of the largest is left out.
fn laplace(sum: &mut Moment, epsilon: f64) -> Option<()> {
    let log_density = |loss: f64| -0.5 * (loss + epsilon) - 2.0 * std::f64::consts::LN_2;
    sum.add(epsilon, -epsilon - std::f64::consts::LN_2);
    sum.add(-epsilon, -std::f64::consts::LN_2);
    let mut right = epsilon;
    let at_top = sum.order * sum.mixed(epsilon) + log_density(epsilon);
    let mut nodes = 0.0;
    while right > -epsilon {
        nodes += 16.0;
        if nodes > NODES_MAX {
            return None;
        }
        let mixed = sum.mixed(right);
        let growth = sum.order * exp(right - mixed) * sum.rate;
        let negligible = sum.order * mixed + log_density(right) < at_top - 40.0;
        if negligible && at_top > 40.0 + log_density(-epsilon) {
            break;
        }
        let left = (right - 8.0 / (growth + 2.0)).max(-epsilon);
        let (center, half) = (0.5 * (left + right), 0.5 * (right - left));
        for (x, weight) in GAUSS {
            let log_weight = ln(half * weight);
            for loss in [center - half * x, center + half * x] {
                sum.add(loss, log_density(loss) + log_weight);
            }
        }
        right = left;
    }
    Some(())
}

/// Above, powers are scaled.
const LARGE: f64 = 600.0;
/// How far out nodes go, in standard deviations: beyond lies less than 1e-14.
const FAR: f64 = 8.0;
/// More nodes are not summed.
const NODES_MAX: f64 = 20_000.0;
/// The trapezoid rule's step in standard deviations: its error is about e^(-2π²/step²).
const STEP: f64 = 0.65;
const SQRT_2_PI: f64 = 2.506_628_274_631_000_7;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dp::accountant::renyi::{
            Curve,
            mixture::{Kind, Mixture},
        },
        num::Enclosure,
    };

    #[test]
    fn estimates_are_within_a_part_in_a_hundred_million_of_certain_bounds() {
        let widths = [0.4, 0.7, 1.0, 2.0, 8.0, 40.0];
        let bases = widths.iter().flat_map(|&sigma| {
            let discrete = |sensitivity| Base::DiscreteGaussian { sigma, sensitivity };
            let epsilon = Enclosure::ONE / sigma;
            [Base::Gaussian { sigma }, Base::Laplace { epsilon }, discrete(1.0), discrete(3.0)]
        });
        let mut compared = 0;
        for base in bases {
            for rate in [1e-6, 1e-3, 0.05, 0.5, 0.99] {
                let curve = Mixture::sampled(base.clone(), Enclosure::exact(rate), Kind::Poisson);
                for excess in [0.01, 0.5, 2.0, 9.0, 40.0, 300.0, 2000.0] {
                    let certain = curve.log_moment(excess);
                    let Some(estimate) = log_moment(&base, rate, excess) else { continue };
                    // Bounds have a floor: a few roundings of the moment, which is about 1, for each panel.
                    if certain > 1e-10 && certain < base.log_moment(excess) {
                        compared += 1;
                        let off = (estimate - certain).abs();
                        assert!(
                            off <= 1e-8 * certain + 2e-12,
                            "{base:?} {rate} {excess}: {estimate} {certain}"
                        );
                    }
                }
            }
        }
        assert!(compared > 500, "{compared}");
    }

    /// A search asks fifty times; the certain bound then falls back to what holds without sampling.
    #[test]
    fn mechanisms_with_next_to_no_noise_end_at_once() {
        for sigma in [1e-9, 1e-4] {
            let narrow = Base::DiscreteGaussian { sigma: 1e6, sensitivity: 1e15 };
            let laplace = Base::Laplace { epsilon: Enclosure::ONE / sigma };
            for base in [Base::Gaussian { sigma }, laplace, narrow] {
                for excess in [1e-5, 8.0, 60_000.0] {
                    let curve = Mixture::sampled(base.clone(), Enclosure::exact(1e-3), Kind::Poisson);
                    assert!(curve.estimate(excess, true) <= base.log_moment(excess), "{base:?} {excess}");
                }
            }
        }
    }
}
