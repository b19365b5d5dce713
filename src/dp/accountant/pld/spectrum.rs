//! The characteristic function of a composition under a tilt, at as many frequencies as matter.
//!
//! ```text
//!   term:  masses m_k  ── tilt ──►  w_k = m_k e^(θ l_k) / S   ── moments in blocks, FFT ──►  φ(t_j)
//!                                                                                           │ to the count
//!   composition:                                       Φ(t_j) = product over the terms  ◄───┘
//! ```
//!
//! Both measures of a term travel as one complex sequence, the upper as its real part. All frequencies are `2πj / W` for
//! one window `W` of losses; what lies outside of the window wraps around, which `docs/proofs/pld.md`, section 5,
//! accounts for. Frequencies above some `J` are left out where the composition is proven to have none
//! (section 6), so the work does not grow with the number of steps.

use crate::{
    dp::accountant::pld::{
        ball::Ball,
        cells::index_to_f64,
        tilt::{Plan, Term, of_weights},
        transform::{Layout, Tilted, index},
    },
    num::{
        Enclosure,
        exponential::{EXP_ERROR, exp, ln},
        fft::Fft,
        round::UNIT,
        to_f64,
    },
};

/// The transform of a tilted composition.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    pub(super) tilt: f64,
    /// `δ = e^scale / e^(tilt y) * E(weight)`, for `y = ε - origin`; of the upper and of the lower measure, whose
    /// characteristic functions are 1 at frequency 0.
    pub(super) scale_upper: Enclosure,
    pub(super) scale_lower: Enclosure,
    /// The total loss of the centers.
    pub(super) origin: Enclosure,
    /// Frequencies are multiples of `2π / window`.
    pub(super) window: f64,
    /// The variance of the Gaussian noise that the weights account for.
    pub(super) gaussian: f64,
    /// The lattice of the total loss, if the weights are on it.
    pub(super) lattice: Option<Grid>,
    pub(super) upper: Ball,
    pub(super) lower: Ball,
    /// The frequencies left out, if not none: bounds of the magnitude of each.
    pub(super) left_out: f64,
    /// A further tilt `s`, and `ln E e^(s T)` of the lower measure's tilted loss `T` from the origin.
    pub(super) further: f64,
    pub(super) further_value: f64,
    /// Relative error of the upper and the lower measure.
    pub(super) mass_error: f64,
    /// Error of the total loss.
    pub(super) loss_error: f64,
    pub(super) infinite_upper: f64,
    pub(super) infinite_lower: f64,
}

/// A lattice of losses: whole multiples of `step`, `size` of them in the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) step: f64,
    pub(super) size: u64,
}

impl Spectrum {
    /// The transform of `terms` as planned; `noise` is the variance of the loss of all Gaussian noise. `None` if the
    /// lattice would need more than [`SIZE_MAX`] points.
    pub(super) fn new(terms: &[Term], noise: Enclosure, plan: &Plan) -> Option<Self> {
        let gaussian = noise.middle();
        let unit = terms.first().map_or(1.0, |t| t.measure.unit);
        let shift = terms.iter().map(|t| t.measure.common_shift()).min().unwrap_or(0);
        // Weights of Gaussian noise need a step well below its deviation.
        let finest =
            if gaussian > 0.0 { (0.25 * gaussian.sqrt() / unit).log2().floor().max(0.0) } else { 62.0 };
        let shift = (0..shift).find(|s| f64::from(*s) >= finest).unwrap_or(shift);
        let step = unit * to_f64(1u64 << shift);
        let tilted: Vec<Tilted> = terms.iter().map(|t| Tilted::new(t, plan.tilt, shift, step)).collect();
        let further = tilted
            .iter()
            .map(|t| to_f64(t.count) * of_weights(&t.places, &t.lower, step, plan.further).value);
        let mut spectrum = Spectrum {
            tilt: plan.tilt,
            scale_upper: Enclosure::exact(-0.5) * gaussian * Enclosure::exact(plan.tilt).square(),
            scale_lower: Enclosure::ZERO,
            origin: Enclosure::exact(gaussian) * (Enclosure::exact(0.5) + plan.tilt),
            window: plan.window,
            gaussian,
            lattice: None,
            upper: Ball::default(),
            lower: Ball::default(),
            left_out: 0.0,
            further: plan.further,
            further_value: further.sum::<f64>() + 0.5 * gaussian * plan.further * plan.further,
            mass_error: 0.0,
            loss_error: Spectrum::error_of_noise(noise),
            infinite_upper: 0.0,
            infinite_lower: 0.0,
        };
        spectrum.add_up(terms, &tilted);
        spectrum.scale_lower = spectrum.scale_upper;
        let layout = spectrum.lay_out(&tilted, step)?;
        spectrum.transform(&tilted, layout);
        Some(spectrum)
    }

    /// By how much the loss of Gaussian noise is off for its variance `v` not being known better: it is `sqrt(v) z + v/2`
    /// for a standard normal `z`, of which 40 is out of reach.
    pub(super) fn error_of_noise(variance: Enclosure) -> f64 {
        let middle = variance.middle();
        if middle <= 0.0 {
            return 0.0;
        }
        (variance.upper() - variance.lower()) / middle * (40.0 * middle.sqrt() + middle)
    }

    /// What is a sum over the terms.
    fn add_up(&mut self, terms: &[Term], tilted: &[Tilted]) {
        let (mut finite_upper, mut finite_lower) = (Enclosure::ZERO, Enclosure::ZERO);
        let mut largest = 0.0f64;
        for (term, tilted) in terms.iter().zip(tilted) {
            let count = Enclosure::count(term.count);
            self.scale_upper = self.scale_upper + count * tilted.scale;
            self.origin = self.origin + count * (Enclosure::exact(term.measure.offset) + tilted.center);
            // The exponent of the tilt is rounded in units of itself.
            let reach = self.tilt
                * term.measure.unit
                * index_to_f64(
                    term.measure.edges.last().copied().unwrap_or(0)
                        - term.measure.edges.first().copied().unwrap_or(0),
                );
            let mass_error = term.mass_error + 2.0 * EXP_ERROR + (8.0 + 2.0 * reach.abs()) * UNIT;
            self.mass_error += to_f64(term.count) * mass_error * (1.0 + 1e-6);
            largest += to_f64(term.count) * term.loss_error;
            finite_upper = finite_upper + count * (Enclosure::exact(-term.measure.infinite_upper)).ln_1p();
            finite_lower = finite_lower + count * (Enclosure::exact(-term.measure.infinite_lower)).ln_1p();
        }
        self.loss_error += largest * (1.0 + 1e-6)
            + (self.origin.upper() - self.origin.lower())
            + 4.0 * UNIT * (self.origin.upper().abs() + self.window);
        self.infinite_upper = (-finite_upper.exp_m1()).upper().clamp(0.0, 1.0);
        self.infinite_lower = (-finite_lower.exp_m1()).lower().clamp(0.0, 1.0);
        // Infinite masses have relative errors, too.
        self.infinite_upper *= 1.0 + 64.0 * UNIT;
        self.infinite_lower *= 1.0 - 64.0 * UNIT;
    }

    /// Chooses how many frequencies, and how their transform is computed.
    fn lay_out(&mut self, tilted: &[Tilted], step: f64) -> Option<Layout> {
        let per_frequency = self.window / std::f64::consts::TAU;
        // With Gaussian noise, frequencies end by themselves: e^(-variance t²/2) < e^-CUT.
        let by_noise = if self.gaussian > 0.0 {
            (2.0 * CUT / self.gaussian).sqrt() * per_frequency
        } else {
            f64::INFINITY
        };
        let by_terms = highest_frequency(tilted, step).map_or(f64::INFINITY, |t| t * per_frequency);
        let fewest = by_noise.min(by_terms).ceil().max(8.0);
        let steps = (self.window / step).ceil();
        // Beyond, a step is less than the rounding of the loss.
        let far = self.origin.upper().abs().max(self.origin.lower().abs()) / step;
        if steps.is_nan() || steps >= STEPS_MAX || far.is_nan() || (far >= STEPS_MAX && self.gaussian <= 0.0)
        {
            return None;
        }
        let complete = steps.max(32.0).log2().ceil().exp2();
        let layout = if fewest <= FREQUENCIES_MAX
            && fewest * f64::from(BLOCKS_PER_FREQUENCY) * COST_OF_MOMENTS < complete
        {
            let frequencies = float_to_count(fewest) + 1;
            let blocks = (frequencies * u64::from(BLOCKS_PER_FREQUENCY)).next_power_of_two().max(32);
            // An odd number of steps, so that the middle of a block is a step.
            let block = float_to_count((steps / to_f64(blocks)).ceil()) | 1;
            Layout { size: block * blocks, block, blocks: index(blocks), frequencies: index(frequencies) }
        } else if complete <= SIZE_MAX {
            let size = float_to_count(complete);
            let frequencies = (float_to_count(fewest.min(complete)) + 1).min(size / 2 + 1);
            Layout { size, block: 1, blocks: index(size), frequencies: index(frequencies) }
        } else {
            return None;
        };
        self.window = to_f64(layout.size) * step;
        if self.gaussian <= 0.0 {
            self.lattice = Some(Grid { step, size: layout.size });
        }
        if self.gaussian > 0.0 || layout.frequencies <= layout.blocks / 2 {
            self.left_out = exp(-CUT);
        }
        Some(layout)
    }

    fn transform(&mut self, tilted: &[Tilted], layout: Layout) {
        let fft = Fft::new(layout.blocks);
        self.upper = Ball::ones(layout.frequencies);
        self.lower = Ball::ones(layout.frequencies);
        for term in tilted {
            let characteristic = term.characteristic(layout, &fft);
            self.upper.multiply(&characteristic.upper, term.count);
            self.lower.multiply(&characteristic.lower, term.count);
            let count = Enclosure::count(term.count);
            self.scale_upper = self.scale_upper + count * characteristic.upper_total.ln();
            let lower_total = characteristic.lower_total.ln();
            self.scale_lower = self.scale_lower + count * lower_total;
            self.further_value -= to_f64(term.count) * lower_total.lower();
        }
        // From where all are small, frequencies are left out as well.
        let least = exp(-CUT);
        let kept = self.upper.last_above(least).max(self.lower.last_above(least));
        let kept = kept.map_or(0, |j| j + 2).max(8);
        if kept < layout.frequencies {
            self.left_out = least;
            self.upper.truncate(kept);
            self.lower.truncate(kept);
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, positive and below 2^53")]
fn float_to_count(x: f64) -> u64 {
    x.clamp(0.0, 9e15) as u64
}

/// A frequency above which `|Φ|` is below `e^-CUT`, for both measures; in radians per nat.
///
/// If masses `a` and `b` lie `d` steps of `h` apart, they contribute `sqrt((a+b)² - 4ab sin²(tdh/2))` to `|φ(t)|` at most. So, with disjoint
/// pairs and concavity of the root, `|φ(t)|² <= 1 - c_d sin²(tdh/2)` for `c_d = sum of 4ab / (a+b)`. For `d` = 1, 2, 4, ..
/// the bands with `sin² >= 3/4` cover all `t` up to `π/h`.
fn highest_frequency(tilted: &[Tilted], step: f64) -> Option<f64> {
    let mut reached = None;
    for level in 0..50u32 {
        let distance = 1i64 << level;
        let (mut band, mut slope) = ([0.0; 2], [0.0; 2]);
        for term in tilted {
            let count = to_f64(term.count);
            for (i, weights) in [&term.upper, &term.lower].into_iter().enumerate() {
                let close = paired(&term.places, weights, distance).clamp(0.0, 1.0) * (1.0 - 1e-9);
                band[i] += count * -0.5 * ln(1.0 - 0.75 * close);
                slope[i] += count * 0.5 * close;
            }
        }
        let (band, slope) = (band[0].min(band[1]), slope[0].min(slope[1]));
        if band < CUT {
            break;
        }
        // Below the band of this distance: slope sin²(tdh/2) >= CUT.
        let sine = (CUT / slope).sqrt();
        reached = Some(2.0 * sine.min(0.87).asin() * (1.0 + 1e-9) / (index_to_f64(distance) * step));
    }
    reached
}

/// The sum of `4ab / (a+b)` over pairs of masses `distance` apart: `k` with `k + distance`, for all `k` whose quotient by the
/// distance is even.
fn paired(places: &[i64], weights: &[f64], distance: i64) -> f64 {
    let mut sum = 0.0;
    let mut total = 0.0;
    let mut other = 0;
    for (k, a) in places.iter().zip(weights) {
        total += a;
        if k.div_euclid(distance) & 1 == 1 || *a <= 0.0 {
            continue;
        }
        while other < places.len() && places[other] < k + distance {
            other += 1;
        }
        if other < places.len() && places[other] == k + distance && weights[other] > 0.0 {
            let b = weights[other];
            sum += 4.0 * a * b / (a + b);
        }
    }
    // Relative to the total, which scales |φ|; a total above 1 is taken up by the caller's scale.
    if total > 0.0 { sum / total } else { 0.0 }
}

/// Multiples of a step that are known well.
const STEPS_MAX: f64 = 1e15;
/// Frequencies are left out when their magnitude is below e^-42 < 1e-18.
const CUT: f64 = 42.0;
/// As many are computed by moments.
const FREQUENCIES_MAX: f64 = 65_536.0;
const BLOCKS_PER_FREQUENCY: u32 = 4;
/// A transform by moments costs as much as one of this many times its length.
const COST_OF_MOMENTS: f64 = 8.0;
/// The largest complete lattice: 2^19 points, 8 MiB for each sequence.
const SIZE_MAX: f64 = 524_288.0;
