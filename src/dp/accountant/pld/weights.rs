//! From a spectrum to δ: the transform of the weight `e^(-θ v) (1 - e^-v)`, `v > 0`, of a loss `v` above ε.
//!
//! ```text
//!   δ(ε) = e^(scale - θ y) E[weight(T - y)]      T: tilted loss from the origin, y = ε - origin
//!        = e^(scale - θ y) / size * sum over j of conj(Φ_j) * weight^(t_j)
//! ```
//!
//! On a lattice the transform of the weights is a geometric series; beside Gaussian noise it is
//! `e^(-variance t²/2) / ((θ + it) (1 + θ + it))`. In both cases it belongs to the weight repeated with the period of
//! the window, which is at least the weight: the upper bound holds as it is, from the lower one the repetitions
//! are subtracted (`docs/proofs/pld.md`, section 5).

use crate::{
    dp::accountant::pld::{
        ball::{Ball, TINY},
        cells::f64_to_index,
        spectrum::{Grid, Spectrum},
    },
    num::{
        Enclosure,
        circle::{Turns, turn},
        count,
        exponential::{exp, exp_m1, ln, ln_1p},
        round::UNIT,
        to_f64,
    },
};

/// A spectrum with the transform of the weights, ready for questions.
#[derive(Clone, Debug)]
pub(super) struct Answerer {
    spectrum: Spectrum,
    /// The part of the transform that does not depend on ε.
    re: Vec<f64>,
    im: Vec<f64>,
    /// `e^(-θh - 2πi j/size)` on a lattice of step `h`.
    z_re: Vec<f64>,
    z_im: Vec<f64>,
}

/// Bounds of a number, each from its own measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Bounds {
    /// Of a δ of which `value` is an approximation.
    pub(super) fn around(value: f64, relative: f64, absolute: f64) -> Self {
        Bounds {
            lower: (value * (1.0 - relative) - absolute).max(0.0).next_down().max(0.0),
            upper: (value * (1.0 + relative) + absolute).max(0.0).next_up(),
        }
    }

    /// Of the larger of two numbers.
    pub(super) fn max(self, other: Self) -> Self {
        Bounds { lower: self.lower.max(other.lower), upper: self.upper.max(other.upper) }
    }
}

impl Answerer {
    pub(super) fn new(spectrum: Spectrum) -> Self {
        let len = spectrum.upper.re.len();
        let (mut re, mut im) = (Vec::with_capacity(len), Vec::with_capacity(len));
        for j in 0..len {
            let (a, b) = match spectrum.lattice {
                Some(grid) => geometric(spectrum.tilt, grid, j),
                None => continuous(&spectrum, j),
            };
            re.push(a);
            im.push(b);
        }
        let points = spectrum.lattice.map_or(0, |_| len);
        let (z_re, z_im) = match spectrum.lattice {
            Some(grid) => {
                let (turns, decay) = (Turns::new(1, grid.size, points), exp(-spectrum.tilt * grid.step));
                (0..points).map(|j| turns.point(j)).map(|(c, s)| (decay * c, -decay * s)).unzip()
            }
            None => (Vec::new(), Vec::new()),
        };
        Answerer { spectrum, re, im, z_re, z_im }
    }

    pub(super) fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// Not below δ(`epsilon`).
    pub(super) fn upper(&self, epsilon: f64) -> f64 {
        let s = &self.spectrum;
        let shift = s.loss_error + 4.0 * UNIT * epsilon.abs();
        let finite = self.finite(epsilon - shift, &s.upper, true) * Enclosure::exact(s.mass_error).exp();
        ((finite.upper().max(0.0) + s.infinite_upper) * (1.0 + 4.0 * UNIT)).min(1.0)
    }

    /// Not above δ(`epsilon`).
    pub(super) fn lower(&self, epsilon: f64) -> f64 {
        let s = &self.spectrum;
        let shift = s.loss_error + 4.0 * UNIT * epsilon.abs();
        let finite = self.finite(epsilon + shift, &s.lower, false) * Enclosure::exact(-s.mass_error).exp();
        (finite.lower().max(0.0) + s.infinite_lower) * (1.0 - 4.0 * UNIT)
    }

    /// The part of δ from finite losses.
    fn finite(&self, epsilon: f64, ball: &Ball, upper: bool) -> Enclosure {
        let s = &self.spectrum;
        let y = epsilon - s.origin.middle();
        // Steps of the window's lattice below y, and the rest.
        let (points, cycle, step) = match s.lattice {
            Some(grid) => ((y / grid.step).ceil(), grid.size, grid.step),
            None => ((y / s.window * to_f64(CYCLE)).round(), CYCLE, s.window / to_f64(CYCLE)),
        };
        if points.is_nan() || points.abs() > FAR {
            // Nothing is known so far out.
            return Enclosure::new(0.0, 1.0);
        }
        let rest = points * step - y;
        let cycles = i128::from(f64_to_index(points)).rem_euclid(i128::from(cycle));
        let turns = Turns::new(u64::try_from(cycles).unwrap_or(0), cycle, ball.re.len());
        // The weight at its largest, t^t / (1 + t)^(1 + t), bounds what is not in the sum.
        let t = s.tilt;
        let peak = exp(t * ln(t) - (1.0 + t) * ln_1p(t));
        let (mut sum, mut size, mut error) = (0.0, 0.0, 0.0);
        let last = ball.re.len() - 1;
        let mut chunk = 0.0;
        let (up, fall) = (-exp_m1(-rest), exp(-rest) * -exp_m1((rest - step).min(0.0)));
        for j in 0..=last {
            let (c, sine) = turns.point(j);
            let (mut a, mut b) = (self.re[j], self.im[j]);
            match s.lattice {
                Some(_) => {
                    // (1 - e^-f) + z (e^-f - e^-h) for the rest f of a step h, times the geometric part.
                    let (p, q) = (up + self.z_re[j] * fall, self.z_im[j] * fall);
                    (a, b) = (a * p - b * q, a * q + b * p);
                }
                None => {
                    // e^(-it f), f tiny.
                    let angle = std::f64::consts::TAU * to_f64(count(j)) / s.window * rest;
                    let (p, q) = (1.0 - 0.5 * angle * angle, angle);
                    (a, b) = (a * p - b * q, a * q + b * p);
                }
            }
            // e^(-2πi j cycles / cycle)
            let (g_re, g_im) = (a * c + b * sine, b * c - a * sine);
            // Frequencies come in pairs of opposite sign, but for 0 and the middle of a complete lattice.
            let pair = if j == 0 || s.lattice.is_some_and(|g| 2 * count(j) == g.size) { 1.0 } else { 2.0 };
            let (x, y) = (ball.re[j], ball.im[j]);
            chunk += pair * (x * g_re + y * g_im);
            let magnitude = pair * ((x * x + y * y) * (g_re * g_re + g_im * g_im)).sqrt();
            size += magnitude;
            let r = ball.radius[j];
            error += magnitude * if r < 0.5 { r + r * r } else { exp(r.min(700.0)) };
            if j % 64 == 63 {
                sum += chunk;
                chunk = 0.0;
            }
        }
        sum += chunk;
        // No weight has a larger transform than at frequency 0, and there it is at most that of a step.
        error += TINY * to_f64(count(2 * last + 2)) * self.re[0] * step.max(1.0);
        error += size * (128.0 + 64.0 + to_f64(count(last)) / 64.0) * UNIT;
        let divisor = s.lattice.map_or(s.window, |g| to_f64(g.size));
        let mut left_out = 0.0;
        if s.left_out > 0.0 {
            left_out = self.left_out(last) * divisor;
        }
        let mut value = Enclosure::new(sum - error - left_out, sum + error + left_out) / divisor;
        // On the lattice the weights at the points are `e^(-θ f)` times those of a sum from the first point.
        let scale = if upper { s.scale_upper } else { s.scale_lower };
        let (mut exponent, mut repetitions) = (scale - Enclosure::exact(t) * y, 0.0);
        if s.lattice.is_some() {
            exponent = exponent - Enclosure::exact(t) * rest;
        }
        if !upper {
            // The weight repeated: above the window the loss has little mass, and below it the weight is small.
            let total = -exp_m1(-t.min(s.further) * s.window);
            let above = peak * exp(s.further_value - s.further * (y + s.window));
            let below = (Enclosure::exact(t) * (y - s.window) - scale).exp().upper() * exp(s.mass_error);
            repetitions = (above + below) / total;
            if s.lattice.is_some() {
                repetitions *= exp(t * rest);
            }
        }
        value = value - Enclosure::new(0.0, 2.0 * repetitions);
        value * exponent.exp()
    }

    /// A bound of the sum over the frequencies left out, divided by the size.
    fn left_out(&self, last: usize) -> f64 {
        let s = &self.spectrum;
        match s.lattice {
            // |weight^| is at most h |geometric part|, which falls with the frequency.
            Some(grid) => {
                let (a, b) = (self.re[last], self.im[last]);
                s.left_out * grid.step * (a * a + b * b).sqrt()
            }
            // 2/W sum of 1/t² beyond T is at most 2/(π T)·(1 + ..): the magnitudes are below e^-CUT.
            None => {
                let top = std::f64::consts::TAU * to_f64(count(last)) / s.window;
                s.left_out * 2.0 / top
            }
        }
    }
}

/// `1 / ((1 - z) (1 - z e^-h))` for `z = e^(-θh - 2πi j/size)`.
fn geometric(tilt: f64, grid: Grid, j: usize) -> (f64, f64) {
    let h = grid.step;
    let (half_re, half_im) = turn_of_half(j, grid.size);
    // 1 - z = (1 - r) + r (1 - cos a) + i r sin a, with 1 - cos a = 2 sin²(a/2), sin a = 2 sin(a/2) cos(a/2)
    let one_minus = |decay: f64| {
        let r = exp(-decay);
        (-exp_m1(-decay) + 2.0 * r * half_im * half_im, 2.0 * r * half_im * half_re)
    };
    let ((a, b), (c, d)) = (one_minus(tilt * h), one_minus((1.0 + tilt) * h));
    let (p, q) = (a * c - b * d, a * d + b * c);
    let norm = p * p + q * q;
    (p / norm, -q / norm)
}

/// `e^(-variance t²/2) / ((θ + it) (1 + θ + it))` at frequency `j`.
fn continuous(spectrum: &Spectrum, j: usize) -> (f64, f64) {
    let t = std::f64::consts::TAU * to_f64(count(j)) / spectrum.window;
    let theta = spectrum.tilt;
    let (p, q) = (theta * (1.0 + theta) - t * t, t * (1.0 + 2.0 * theta));
    let norm = p * p + q * q;
    let decay = exp(-0.5 * spectrum.gaussian * t * t);
    (decay * p / norm, -decay * q / norm)
}

/// `(cos, sin)` of half the angle of frequency `j`.
fn turn_of_half(j: usize, size: u64) -> (f64, f64) {
    turn(count(j), 2 * size)
}

/// More steps are not counted exactly.
const FAR: f64 = 1e18;
/// As fine as this the window is divided to turn by a whole number of steps.
const CYCLE: u64 = 1 << 40;
