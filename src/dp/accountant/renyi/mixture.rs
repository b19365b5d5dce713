//! Curves of sampled mechanisms, and of unsampled ones as samples of everything.
//!
//! With P and Q the distributions of neighbors without sampling and q the rate:
//!
//! - Poisson, adding or removing: (1 - q) Q + q P against Q. The other order is no larger (\[MTZ19\] Mironov, Talwar, Zhang,
//!   *Rényi Differential Privacy of the Sampled Gaussian Mechanism*, arXiv 1908.10530, theorem 5: P is a mirror image of Q).
//! - Fixed size, replacing: the privacy profile is that of (1 - q) Q + q P against Q for α ≥ 1 and of P against
//!   (1 - q) P + q Q below (\[ZDW22\] Zhu, Dong, Wang, *Optimal Accounting of Differential Privacy via Characteristic
//!   Function*, arXiv 2106.08567, theorem 11). Moments are integrals of the profile.
//!
//! With l = ln(1 + q (e^L - 1)), r(x) = e^x - 1 - x and s = α - 1, the moment less 1 is the sum over the losses L, weighted by
//! their masses under Q, of e^l (s r(-l) + r(sl)) for Poisson; and over the positive losses of that and s r(l) + r(-sl) for
//! fixed size. No digits cancel, at no order. Proof: `docs/proofs/renyi_moments.md`.

use std::sync::OnceLock;

use crate::{
    dp::accountant::renyi::{
        Curve,
        base::{Base, Node, Nodes, Panel, Right},
        estimate,
    },
    num::{
        Enclosure, count,
        exponential::{exp, exp_m1, ln, ln_1p},
        remainder::{REMAINDER_ERROR, enclosed_remainder, exp_remainder},
        round::UNIT,
        to_f64,
    },
};

/// A mechanism on a sample of the records.
#[derive(Debug)]
pub(super) struct Mixture {
    base: Base,
    /// The share of records in the sample.
    rate: Enclosure,
    kind: Kind,
    tiers: [OnceLock<Option<Tier>>; TIERS.len()],
}

/// How the sample is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each record by itself; a record is added or removed.
    Poisson,
    /// So many records; one is replaced.
    FixedSize,
}

/// Everything about the nodes that does not depend on the order, for orders up to a largest one.
#[derive(Debug)]
struct Tier {
    terms: Vec<Term>,
    /// Panels and the far end, with losses after sampling.
    panels: Vec<Panel>,
    left: f64,
    right: Option<Right>,
    /// The largest of all losses.
    largest: f64,
}

/// A node after sampling.
#[derive(Clone, Copy, Debug)]
struct Term {
    /// l.
    loss: f64,
    log_mass: f64,
    /// What r(sl), s and r(-sl) are multiplied by.
    grown: f64,
    linear: f64,
    mass: f64,
    /// The relative error of the loss, and the largest one of the factors.
    loss_error: f64,
    error: f64,
}

impl Mixture {
    /// All records.
    pub(super) fn unsampled(base: Base) -> Self {
        Mixture::sampled(base, Enclosure::ONE, Kind::Poisson)
    }

    pub(super) fn sampled(base: Base, rate: Enclosure, kind: Kind) -> Self {
        Mixture { base, rate, kind, tiers: [const { OnceLock::new() }; TIERS.len()] }
    }

    fn tier(&self, excess: f64) -> Option<&Tier> {
        let k = TIERS.iter().position(|&most| excess <= most)?;
        self.tiers[k].get_or_init(|| self.build(TIERS[k])).as_ref()
    }

    fn build(&self, excess: f64) -> Option<Tier> {
        let positive = self.kind == Kind::FixedSize;
        let Nodes { nodes, mut panels, left, mut right } =
            self.base.nodes(excess, positive, self.angle(excess))?;
        for panel in &mut panels {
            (panel.least, panel.distance) = (self.least_ratio(panel), self.distance(panel));
            panel.edges =
                panel.edges.map(|(loss, density)| (self.mixed(Enclosure::exact(loss)).upper(), density));
        }
        if let Some(right) = &mut right {
            right.loss = self.mixed(Enclosure::exact(right.loss)).upper();
        }
        let terms: Vec<Term> = nodes.into_iter().map(|node| self.term(&node)).collect();
        let losses = terms.iter().map(|term| term.loss).chain(right.iter().map(|right| right.loss));
        let largest = losses.chain(panels.iter().map(|panel| panel.edges[1].0)).fold(0.0, f64::max);
        Some(Tier { terms, panels, left, right, largest })
    }

    fn term(&self, node: &Node) -> Term {
        let (loss, mass) = (self.mixed(node.loss), node.mass);
        let grown = mass * loss.exp();
        let mut linear = grown * enclosed_remainder(-loss);
        if self.kind == Kind::FixedSize {
            linear = linear + mass * enclosed_remainder(loss);
        }
        Term {
            loss: loss.middle(),
            log_mass: node.log_mass,
            grown: grown.middle(),
            linear: linear.middle(),
            mass: mass.middle(),
            loss_error: relative_error(loss),
            error: relative_error(grown).max(relative_error(linear)).max(relative_error(mass)),
        }
    }

    /// How large the argument of e^L may be where quadrature looks at it. 1 - q + q e^L is zero first at π. Where negative
    /// powers are taken of it, they must not grow by more than e^3.
    fn angle(&self, excess: f64) -> f64 {
        let rate = self.rate.middle();
        match self.kind {
            Kind::Poisson => LARGEST_ANGLE,
            Kind::FixedSize if -excess * ln_1p(-rate) <= NEGATIVE_GROWTH => RIGHT_ANGLE,
            Kind::FixedSize => (8.0 * NEGATIVE_GROWTH / excess).sqrt().min(RIGHT_ANGLE),
        }
    }

    /// ln(1 - q + q e^L).
    fn mixed(&self, loss: Enclosure) -> Enclosure {
        let rate = self.rate;
        if rate.lower() >= 1.0 {
            return loss;
        }
        loss.increasing(|loss| {
            let loss = Enclosure::exact(loss);
            if loss.upper() >= -1.0 {
                (loss.exp_m1() * rate).ln_1p()
            } else {
                (Enclosure::ONE - rate + loss.exp() * rate).ln()
            }
        })
    }

    /// The logarithm of the moment, for an order up to that of the tier.
    fn log_moment_of(&self, tier: &Tier, excess: f64) -> f64 {
        let order = excess + 1.0;
        let (mut sum, mut error) = (0.0, 0.0);
        let scale = tier.scale(order);
        let shrink = exp(-scale);
        for term in &tier.terms {
            let x = excess * term.loss;
            if order * term.loss < LARGE {
                let mut value = term.grown * exp_remainder(x) + excess * term.linear;
                if self.kind == Kind::FixedSize {
                    value += term.mass * exp_remainder(-x);
                }
                value *= shrink;
                sum += value;
                error += value * ((x.abs() + 2.0) * (term.loss_error + 3.0 * UNIT) + term.error + 8.0 * UNIT);
            } else {
                // All of it is not above e^(αl).
                let x = order * term.loss;
                let value = exp(x + term.log_mass - scale);
                sum += value;
                error +=
                    value * (x * (term.loss_error + 3.0 * UNIT) + (8.0 + 8.0 * term.log_mass.abs()) * UNIT);
            }
        }
        // Each of the additions is off by half a unit of the sum at most.
        let additions = UNIT * to_f64(count(tier.terms.len() + 4));
        let sum = Enclosure::new(0.0, sum * (1.0 + REMAINDER_ERROR + additions) + error * SLACK);
        let outside = self.left(tier, order) * shrink
            + Mixture::right(tier, order, scale)
            + self.quadrature(tier, excess, scale);
        let moment = sum + outside;
        if scale > 0.0 {
            return ((moment + shrink).ln() + scale).upper();
        }
        moment.max(Enclosure::ZERO).ln_1p().upper()
    }

    /// Below all nodes 1 - q < ratio < 1, where the integrand is at most αq.
    fn left(&self, tier: &Tier, order: f64) -> f64 {
        tier.left * order * self.rate.upper()
    }

    /// Above all nodes the integrand is less than ratio^α, whose logarithm grows by at most `order * shift` a unit; for
    /// fixed size there is at most α times the ratio more.
    fn right(tier: &Tier, order: f64, scale: f64) -> f64 {
        let Some(right) = tier.right else { return 0.0 };
        let fall = right.place - order * right.shift;
        let reach = right.step.map_or(1.0 / fall, |step| 1.0 / exp_m1(fall * step));
        SLACK * (1.0 + order) * exp(order * right.loss + right.log_density - scale) * reach
    }

    /// What quadrature may be off: on a panel's ellipse the integrand is at most ratio^α + 1 + α |ratio - 1|, and for fixed
    /// size as much with 1 - α in place of α. Near a ratio of 1 the rest of its Taylor series is less.
    fn quadrature(&self, tier: &Tier, excess: f64, scale: f64) -> f64 {
        let (order, rate, shrink) = (excess + 1.0, self.rate.upper(), exp(-scale));
        let bound = |panel: &Panel| {
            let power = |(loss, log_density): (f64, f64)| exp(order * loss + log_density - scale);
            let mut bound = power(panel.edges[0]).max(power(panel.edges[1]))
                + (2.0 + 4.0 * order * rate) * panel.flat * shrink;
            if self.kind == Kind::FixedSize {
                bound += panel.flat * shrink * exp(-excess * ln(panel.least));
            } else if panel.distance <= 0.5 {
                let growth = exp(order * ln_1p(panel.distance)).max(2.0);
                bound =
                    bound.min(0.5 * order * excess * panel.distance.powi(2) * growth * panel.flat * shrink);
            }
            panel.share * bound
        };
        SLACK * tier.panels.iter().map(bound).sum::<f64>()
    }

    /// The least size of 1 - q + q e^L on a panel's ellipse: at least its real part, and at least the sum of the sizes
    /// times the cosine of half the angle between them.
    fn least_ratio(&self, panel: &Panel) -> f64 {
        let rate = self.rate.upper();
        let left = rate * exp(panel.edges[0].0);
        let turned = (1.0 - rate + left) * (0.5 * panel.angle).cos();
        let real = 1.0 - rate + left * panel.angle.cos();
        turned.max(real) / SLACK
    }

    /// The largest size of q (e^L - 1) on a panel's ellipse: |e^L - 1| is at most e^x + 1, with x the largest real part, and
    /// at most |L| e^x for a positive x.
    fn distance(&self, panel: &Panel) -> f64 {
        let (left, right) = (panel.edges[0].0, panel.edges[1].0);
        let size = left.abs().max(right.abs()) + panel.angle;
        self.rate.upper() * SLACK * (exp(right) + 1.0).min(size * exp(right.max(0.0)))
    }
}

impl Tier {
    /// What is taken out of all powers as a factor e^scale, so that none exceeds the range of numbers; usually nothing.
    fn scale(&self, order: f64) -> f64 {
        if order * self.largest < LARGE {
            return 0.0;
        }
        let logs = self.terms.iter().map(|term| order * term.loss + term.log_mass);
        let largest = logs.fold(0.0, f64::max);
        if largest < LARGE { 0.0 } else { largest }
    }
}

impl Curve for Mixture {
    fn max_divergence(&self) -> f64 {
        self.base.largest_loss().map_or(f64::INFINITY, |loss| self.mixed(loss).upper())
    }

    fn log_moment(&self, excess: f64) -> f64 {
        let unsampled = self.base.log_moment(excess);
        let Some(tier) = self.tier(excess) else { return unsampled };
        let sampled = self.log_moment_of(tier, excess);
        if sampled.is_nan() { unsampled } else { sampled.min(unsampled) }
    }

    fn estimate(&self, excess: f64, _first: bool) -> f64 {
        if excess > LARGEST_EXCESS || self.kind == Kind::FixedSize {
            return self.log_moment(excess);
        }
        match estimate::log_moment(&self.base, self.rate.middle(), excess) {
            Some(sampled) => sampled.min(self.base.log_moment(excess)),
            None => self.log_moment(excess),
        }
    }
}

/// Half the width of an enclosure over its middle.
fn relative_error(x: Enclosure) -> f64 {
    let (middle, half) = (x.middle().abs(), 0.5 * (x.upper() - x.lower()));
    if half <= 0.0 || middle <= 0.0 { UNIT } else { half / middle + UNIT }
}

/// The largest orders, less 1, for which nodes are made.
const TIERS: [f64; 15] = [
    3.0,
    7.0,
    15.0,
    31.0,
    63.0,
    127.0,
    255.0,
    511.0,
    1023.0,
    2047.0,
    4095.0,
    8191.0,
    16383.0,
    32767.0,
    LARGEST_EXCESS,
];
/// The last of them.
pub(super) const LARGEST_EXCESS: f64 = 65535.0;
/// Below π by as much as keeps the integrand in bounds.
const LARGEST_ANGLE: f64 = 2.7;
const RIGHT_ANGLE: f64 = 1.57;
const NEGATIVE_GROWTH: f64 = 3.0;
/// Powers above e^600 are scaled, so that none exceeds the range of numbers.
const LARGE: f64 = 600.0;
/// For bounds that are computed with rounding errors.
const SLACK: f64 = 1.0 + 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment of a sampled Gaussian mechanism at a whole order, by the binomial theorem (\[MTZ19\], section 3.3).
    fn twin(sigma: f64, rate: f64, order: u32) -> f64 {
        let mut coefficient = 1.0;
        let mut sum = 0.0;
        for k in 0..=order {
            let power = (1.0 - rate).powi((order - k).cast_signed()) * rate.powi(k.cast_signed());
            let k_ = f64::from(k);
            sum += coefficient * power * ((k_ * k_ - k_) / (2.0 * sigma * sigma)).exp_m1();
            coefficient *= f64::from(order - k) / f64::from(k + 1);
        }
        sum.ln_1p()
    }

    #[test]
    fn moments_of_sampled_gaussians_equal_the_binomial_sum() {
        for sigma in [0.4, 0.8, 1.0, 1.7, 4.0, 30.0] {
            for rate in [1e-6, 0.002, 0.1, 0.7, 1.0] {
                let curve = Mixture::sampled(Base::Gaussian { sigma }, Enclosure::exact(rate), Kind::Poisson);
                for order in [2, 3, 5, 8, 16, 17, 40] {
                    let (got, exact) = (curve.log_moment(f64::from(order - 1)), twin(sigma, rate, order));
                    if exact.is_finite() && exact < 600.0 {
                        assert!(
                            got >= exact * (1.0 - 1e-12) && got <= exact * (1.0 + 1e-11) + 1e-12,
                            "{sigma} {rate} {order}: {got} {exact}"
                        );
                    }
                }
            }
        }
    }
}
