//! Mechanisms as their privacy losses and the masses of these: what moments are sums of.
//!
//! For the distributions P and Q of neighbors a node is a loss L = ln(P/Q) with its mass under Q. All pairs here are mirror
//! images of themselves: exchanging P and Q changes the sign of L and nothing else. Discrete mechanisms have exact
//! nodes. For continuous ones the nodes are those of Gauss' quadrature on panels, so that sums are integrals; what that
//! leaves out is bounded as in `docs/proofs/renyi_moments.md`.

use crate::num::{
    Enclosure,
    exponential::{exp, ln},
    normal::density,
    round::UNIT,
    to_f64,
};

/// A mechanism without sampling.
#[derive(Clone, Debug)]
pub(super) enum Base {
    /// Gaussian noise with this many distances of neighbors in a standard deviation.
    Gaussian { sigma: f64 },
    /// Laplace noise, by the distance of neighbors over its scale.
    Laplace { epsilon: Enclosure },
    /// Discrete Gaussian noise.
    DiscreteGaussian { sigma: f64, sensitivity: f64 },
    /// Finitely many losses.
    Finite(Vec<Node>),
}

/// A loss and its mass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) loss: Enclosure,
    /// Under Q, times the weight of quadrature.
    pub(super) mass: Enclosure,
    /// The logarithm of the mass, also where the mass itself is below all numbers.
    pub(super) log_mass: f64,
}

/// The nodes of a mechanism for orders up to a largest one, and what they leave out.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    pub(super) nodes: Vec<Node>,
    pub(super) panels: Vec<Panel>,
    /// The mass of losses below all nodes.
    pub(super) left: f64,
    /// What lies above all nodes.
    pub(super) right: Option<Right>,
}

/// What bounds the error of quadrature on one panel.
///
/// On the ellipse around the panel whose semi-axes add up to four half-widths, the density times the power of the likelihood
/// ratio is at most the larger of their real values at the two edges, where the ellipse meets the real line. A `share` of
/// what the integrand can be there is the error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    /// Loss at the left and the right edge, and the logarithm of a bound on the density for it.
    pub(super) edges: [(f64, f64); 2],
    /// A bound on the density and on the density times the likelihood ratio.
    pub(super) flat: f64,
    /// The largest argument of e^L on the ellipse.
    pub(super) angle: f64,
    /// The least size of the likelihood ratio on the ellipse, after sampling, and its largest distance from 1.
    pub(super) least: f64,
    pub(super) distance: f64,
    /// The relative error.
    pub(super) share: f64,
}

/// Losses above all nodes: the density falls by `exp(-t²/2)` in units of noise, the loss grows linearly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Right {
    /// Loss and logarithm of the density, or mass, at the last place.
    pub(super) loss: f64,
    pub(super) log_density: f64,
    /// The last place is this far out, and a unit of order moves the middle of the moment by `shift`.
    pub(super) place: f64,
    pub(super) shift: f64,
    /// The distance of neighboring nodes for a lattice.
    pub(super) step: Option<f64>,
}

impl Base {
    /// ε-differential privacy in general: two losses, ±ε (\[KOV15\] Kairouz, Oh, Viswanath, *The Composition Theorem for
    /// Differential Privacy*, ICML 2015, theorem 2).
    pub(super) fn pure(epsilon: Enclosure) -> Self {
        let one = Enclosure::ONE;
        let node = |loss: Enclosure| Node::new(loss, one / (one + loss.exp()));
        Base::Finite(vec![node(-epsilon), node(epsilon)])
    }

    /// Randomized response: ±ε for the two true categories, nothing for the others.
    pub(super) fn randomized_response(p_random: f64, categories: u64) -> Self {
        let rare = Enclosure::exact(p_random) / Enclosure::count(categories);
        let common = rare + (Enclosure::ONE - p_random);
        let epsilon = (common / rare).ln();
        Base::Finite(vec![Node::new(-epsilon, common), Node::new(epsilon, rare)])
    }

    /// Discrete Laplace noise of this scale on integers that move by Δ in L1, which is all of it on one integer in the
    /// worst case (`docs/proofs/single_shift.md`).
    ///
    /// With p = exp(-1/scale), x ≤ 0 has loss -Δ/scale and mass 1/(1 + p); 0 < x < Δ has (2x - Δ)/scale and
    /// (1 - p)/(1 + p) p^x; x ≥ Δ has Δ/scale and p^Δ/(1 + p). Too many losses to list are bounded by the largest.
    pub(super) fn discrete_laplace(scale: Enclosure, sensitivity: u64) -> Self {
        let distance = Enclosure::count(sensitivity);
        if sensitivity > LOSSES_MAX {
            return Base::pure(distance / scale);
        }
        let one = Enclosure::ONE;
        let power = |x: Enclosure| (-(x / scale)).exp();
        let p = power(one);
        let inside = (-(-(one / scale)).exp_m1()) / (one + p);
        let mut nodes = vec![Node::new(-(distance / scale), one / (one + p))];
        nodes.extend((1..sensitivity).map(|x| {
            let x = Enclosure::count(x);
            Node::new((x * 2.0 - distance) / scale, inside * power(x))
        }));
        nodes.push(Node::new(distance / scale, power(distance) / (one + p)));
        Base::Finite(nodes)
    }

    /// A bound on the logarithm of the moment without sampling: sampling never adds to it.
    pub(super) fn log_moment(&self, excess: f64) -> f64 {
        let (s, order) = (Enclosure::exact(excess), Enclosure::exact(excess) + 1.0);
        match self {
            Base::Gaussian { sigma } => s * order * 0.5 / Enclosure::exact(*sigma).square(),
            Base::DiscreteGaussian { sigma, sensitivity } => {
                s * order * 0.5 * (Enclosure::exact(*sensitivity) / *sigma).square()
            }
            Base::Laplace { epsilon } => s * *epsilon,
            Base::Finite(_) => s * self.largest_loss().unwrap_or(Enclosure::WHOLE),
        }
        .upper()
    }

    /// The largest loss that can occur, if losses are bounded.
    pub(super) fn largest_loss(&self) -> Option<Enclosure> {
        match self {
            Base::Gaussian { .. } | Base::DiscreteGaussian { .. } => None,
            Base::Laplace { epsilon } => Some(*epsilon),
            Base::Finite(nodes) => Some(nodes.iter().fold(Enclosure::ZERO, |most, node| most.max(node.loss))),
        }
    }

    /// The nodes for orders up to 1 + `excess`, of all losses or of the positive ones; nothing if they would be too many.
    /// On the ellipses of quadrature the argument of e^L stays within `angle`.
    pub(super) fn nodes(&self, excess: f64, positive: bool, angle: f64) -> Option<Nodes> {
        match self {
            Base::Gaussian { sigma } => gaussian(*sigma, excess, positive, angle),
            Base::Laplace { epsilon } => laplace(*epsilon, excess, positive, angle),
            Base::DiscreteGaussian { sigma, sensitivity } => {
                discrete_gaussian(*sigma, *sensitivity, excess, positive)
            }
            Base::Finite(nodes) => {
                let nodes =
                    nodes.iter().filter(|node| !positive || node.loss.upper() > 0.0).copied().collect();
                Some(Nodes { nodes, ..Nodes::default() })
            }
        }
    }
}

impl Node {
    fn new(loss: Enclosure, mass: Enclosure) -> Self {
        Node { loss, mass, log_mass: ln(mass.upper()) }
    }
}

/// The place is t = σL: noise is at t + 1/(2σ) in standard deviations under Q.
fn gaussian(sigma: f64, excess: f64, positive: bool, angle: f64) -> Option<Nodes> {
    let middle = 0.5 / sigma;
    let start = if positive { 0.0 } else { -FAR - middle };
    let end = (excess + 1.0) / sigma - middle + FAR;
    let half_width = (sigma * angle / AXIS).min(GAUSSIAN_HALF_WIDTH);
    let panels = panels(start, end, half_width)?;
    let log_noise = |t: f64| -0.5 * (t + middle) * (t + middle) - HALF_LN_2_PI;
    let mut nodes = Nodes::default();
    let mut last = start;
    for k in 0..panels {
        let center = start + half_width * (2.0 * to_f64(k) + 1.0);
        last = center + half_width;
        quadrature(&mut nodes.nodes, center, half_width, |t| {
            let z = t + middle;
            Node {
                loss: Enclosure::around(t / sigma, 2.0 * UNIT),
                // The place of z is off by rounding errors of both its parts, and the density changes by z times that.
                mass: Enclosure::around(density(z), (16.0 + 2.0 * z.abs() * (z.abs() + middle)) * UNIT),
                log_mass: log_noise(t),
            }
        });
        let edges = [center - REACH * half_width, center + REACH * half_width];
        // The logarithm of the ratio's power is convex, that of the density is -z²/2; so between the edges their sum is at
        // most that at one of them plus width²/8.
        let bulge = 0.5 * (REACH * half_width).powi(2) + 0.5 * (AXIS * half_width).powi(2);
        let nearest = |shift: f64| {
            let (left, right) = (edges[0] + middle - shift, edges[1] + middle - shift);
            density(left.max(0.0) - right.min(0.0))
        };
        nodes.panels.push(Panel {
            edges: edges.map(|t| (t / sigma, bulge + log_noise(t))),
            flat: SLACK * exp(bulge) * (nearest(0.0) + nearest(1.0 / sigma)),
            angle: AXIS * half_width / sigma,
            least: 0.0,
            distance: f64::INFINITY,
            share: share(center, half_width),
        });
    }
    nodes.left = if positive { 0.0 } else { BEYOND_FAR };
    nodes.right = Some(Right {
        loss: last / sigma,
        log_density: log_noise(last),
        place: last + middle,
        shift: 1.0 / sigma,
        step: None,
    });
    Some(nodes)
}

/// The place is the loss; its density under Q is e^(-(L + ε)/2)/4 between -ε and ε, and these two have masses 1/2 and
/// e^(-ε)/2.
fn laplace(epsilon: Enclosure, excess: f64, positive: bool, angle: f64) -> Option<Nodes> {
    let end = epsilon.middle();
    let start = if positive { 0.0 } else { -end };
    let half = Enclosure::exact(0.5);
    let half_width = (angle / AXIS).min(LAPLACE_GROWTH / (excess + 1.0)).min(0.5 * (end - start));
    let panels = panels(start, end, half_width)?;
    // The last panel ends at ε: all are a little narrower.
    let half_width = 0.5 * (end - start) / to_f64(panels);
    let spread = |loss: f64| 0.25 * exp(-0.5 * (loss + end));
    let mut nodes = Nodes::default();
    if !positive {
        nodes.nodes.push(Node::new(-epsilon, half));
    }
    for k in 0..panels {
        let center = start + half_width * (2.0 * to_f64(k) + 1.0);
        quadrature(&mut nodes.nodes, center, half_width, |loss| Node {
            loss: Enclosure::exact(loss),
            mass: Enclosure::around(spread(loss), (16.0 + 2.0 * (loss.abs() + end)) * UNIT),
            log_mass: -0.5 * (loss + end) - LN_4,
        });
        let edges = [center - REACH * half_width, center + REACH * half_width];
        nodes.panels.push(Panel {
            edges: edges.map(|loss| (loss, -0.5 * (loss + end) - LN_4)),
            flat: SLACK * (spread(edges[0]) + spread(edges[1]) * exp(edges[1])),
            angle: AXIS * half_width,
            least: 0.0,
            distance: f64::INFINITY,
            share: share(center, half_width),
        });
    }
    // The panels end within a rounding error of ε; what may lie between is less than that share of this mass.
    let between = Enclosure::new(1.0, 1.0 + 4.0 * UNIT * (1.0 + end));
    let log_mass = -end - std::f64::consts::LN_2;
    nodes.nodes.push(Node { log_mass, ..Node::new(epsilon, half * (-epsilon).exp() * between) });
    Some(nodes)
}

/// An integer x has loss Δ(x - Δ/2)/σ² and mass exp(-x²/2σ²) over their sum.
fn discrete_gaussian(sigma: f64, sensitivity: f64, excess: f64, positive: bool) -> Option<Nodes> {
    let reach = (FAR * sigma).ceil() + 1.0;
    let start = if positive { (0.5 * sensitivity).floor() } else { -reach };
    let end = ((excess + 1.0) * sensitivity).ceil() + reach;
    if !(end - start).is_finite() || end - start > to_f64(NODES_MAX) || sensitivity > 1e15 {
        return None;
    }
    let (sigma_, distance) = (Enclosure::exact(sigma), Enclosure::exact(sensitivity));
    let weight = |x: f64| (-(Enclosure::exact(x) / sigma_).square() * 0.5).exp();
    let mut total = weight(0.0);
    let mut x = 1.0;
    while x <= reach {
        total = total + weight(x) * 2.0;
        x += 1.0;
    }
    // Beyond: less than the Gaussian tail from `FAR` on, which is below 1e-30 of the sum.
    let total = total * Enclosure::new(1.0, 1.0 + f64::EPSILON);
    let loss = |x: f64| (Enclosure::exact(x) - distance * 0.5) * distance / sigma_.square();
    let mut nodes = Nodes::default();
    let mut x = start;
    while x <= end {
        let log_mass = -0.5 * (x / sigma) * (x / sigma) - ln(total.lower());
        let node = Node { loss: loss(x), mass: weight(x) / total, log_mass };
        if !positive || node.loss.upper() > 0.0 {
            nodes.nodes.push(node);
        }
        x += 1.0;
    }
    nodes.left = if positive { 0.0 } else { BEYOND_FAR };
    nodes.right = Some(Right {
        loss: loss(end).upper(),
        log_density: -0.5 * (end / sigma) * (end / sigma) - ln(total.lower()),
        place: end / sigma,
        shift: sensitivity / sigma,
        step: Some(1.0 / sigma),
    });
    Some(nodes)
}

fn panels(start: f64, end: f64, half_width: f64) -> Option<u64> {
    let panels = ((end - start) / (2.0 * half_width)).ceil().max(1.0);
    if panels.is_nan() || panels > PANELS_MAX {
        return None;
    }
    let mut count = 0;
    while to_f64(count) < panels {
        count += 1;
    }
    Some(count)
}

/// Adds the nodes of one panel; `at` gives a node without its weight.
fn quadrature(nodes: &mut Vec<Node>, center: f64, half_width: f64, at: impl Fn(f64) -> Node) {
    let ends = GAUSS.iter().rev().map(|(x, w)| (-x, w)).chain(GAUSS.iter().map(|(x, w)| (*x, w)));
    nodes.extend(ends.map(|(x, weight)| {
        let node = at(center + half_width * x);
        let weight = half_width * weight;
        Node {
            mass: node.mass * Enclosure::around(weight, 2.0 * UNIT),
            log_mass: node.log_mass + ln(weight),
            ..node
        }
    }));
}

/// The error of a panel, as a multiple of the bound on its ellipse: that of the rule (\[Tre13\] Trefethen, *Approximation
/// Theory and Approximation Practice*, theorem 19.3, with ρ = 4 and 16 nodes), and that of places which are off by two
/// rounding errors, where Cauchy's estimate bounds the derivative.
fn share(center: f64, half_width: f64) -> f64 {
    let rule = 64.0 / 15.0 * half_width * 4f64.powi(-30) * 16.0 / 15.0;
    let places = 2.0 * 2.0 * UNIT * (center.abs() + half_width) / NEAREST;
    SLACK * (rule + places)
}

/// How far out, in standard deviations, nodes go: beyond lies less than 1e-30, on a lattice as well.
const FAR: f64 = 12.0;
const BEYOND_FAR: f64 = 1e-30;
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_7;
const LN_4: f64 = 2.0 * std::f64::consts::LN_2;
/// The semi-axes of the ellipse of quadrature over half the width of a panel: (4 ± 1/4)/2.
const REACH: f64 = 2.125;
const AXIS: f64 = 1.875;
/// The least distance of a panel from its ellipse over half its width: (4 - 1)²/8.
const NEAREST: f64 = 1.125;
/// Half the width of a panel, in standard deviations: the bounds on the ellipse are within exp(4 · 0.75²) of the values.
const GAUSSIAN_HALF_WIDTH: f64 = 0.75;
/// Half the width of a panel times the order: the bounds on the ellipse are within exp(1.125 · 4) of the values.
const LAPLACE_GROWTH: f64 = 4.0;
/// For bounds that are computed with rounding errors.
const SLACK: f64 = 1.0 + 1e-9;
/// More losses are not listed.
const LOSSES_MAX: u64 = 4096;
/// More nodes would take longer than anyone waits.
const NODES_MAX: u64 = 200_000;
const PANELS_MAX: f64 = 12_000.0;

/// The positive nodes of Gauss on [-1, 1], and their weights; 16 nodes in all.
pub(super) const GAUSS: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_58),
    (0.458_016_777_657_227_37, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_8, 0.149_595_988_816_576_74),
    (0.755_404_408_355_003, 0.124_628_971_255_533_88),
    (0.865_631_202_387_831_8, 0.095_158_511_682_492_79),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_894),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_096),
];
