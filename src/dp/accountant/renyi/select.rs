//! The best of a random number of runs (\[PS22\] Papernot, Steinke, *Hyperparameter Tuning with Rényi Differential Privacy*,
//! arXiv 2110.03620).

use crate::{
    dp::accountant::{
        least,
        renyi::{Composition, Curve},
    },
    num::Enclosure,
};

/// The best of a random number of runs of a candidate.
#[derive(Debug)]
pub(super) struct Select {
    candidates: Vec<Composition>,
    mean: f64,
    /// What a truncated negative binomial number of runs adds to the divergence of every order; nothing for Poisson's.
    constant: Option<f64>,
}

impl Select {
    /// `candidates` are the ways in which one run can meet a record; the best of `mean` runs on average.
    pub(super) fn new(candidates: Vec<Composition>, mean: f64, shape: Option<f64>) -> Self {
        let mut select = Select { candidates, mean, constant: None };
        select.constant = shape.map(|shape| select.negative_binomial(shape));
        select
    }

    /// Theorem 2: D'_α ≤ D_α + (1 + η)((1 - 1/β) D_β + ln(1/γ)/β) + ln(mean)/(α - 1), for any β ≥ 1. The middle part, at
    /// its least over β.
    fn negative_binomial(&self, shape: f64) -> f64 {
        let rarity = log_inverse_gamma(self.mean, shape);
        let at = |excess: f64| {
            let moment = Enclosure::new(0.0, self.candidate(excess));
            ((moment + rarity) / (Enclosure::exact(excess) + 1.0)).upper()
        };
        let (_, least) = least::least(at, 1.0);
        (Enclosure::exact(shape) + 1.0).upper() * least.min(rarity) * (1.0 + 4.0 * f64::EPSILON)
    }

    fn candidate(&self, excess: f64) -> f64 {
        self.candidates.iter().map(|way| way.log_moment(excess)).fold(0.0, f64::max)
    }
}

impl Curve for Select {
    fn log_moment(&self, excess: f64) -> f64 {
        let s = Enclosure::exact(excess);
        let more = match self.constant {
            Some(constant) => s * constant,
            // Theorem 6: with e^ε ≤ 1 + 1/(α - 1) and δ for that ε, D'_α ≤ D_α + mean δ + ln(mean)/(α - 1).
            None => {
                let epsilon = (Enclosure::ONE / s).ln_1p().lower();
                let delta = self.candidates.iter().map(|way| way.delta(epsilon)).fold(0.0, f64::max);
                s * self.mean * delta
            }
        };
        (more + self.candidate(excess) + Enclosure::exact(self.mean).ln()).upper()
    }
}

/// Not below ln(1/γ) for the γ with which the truncated negative binomial distribution of this shape η has this mean:
/// η (1 - γ) / (γ (1 - γ^η)), which falls as γ grows.
fn log_inverse_gamma(mean: f64, shape: f64) -> f64 {
    // In x = ln(1/γ): η (e^x - 1) / (1 - e^(-ηx)).
    let certainly_larger = |x: f64| {
        let (x, shape) = (Enclosure::exact(x), Enclosure::exact(shape));
        (shape * x.exp_m1() / -(-(shape * x)).exp_m1()).lower() >= mean
    };
    if mean <= 1.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while !certainly_larger(high) {
        (low, high) = (high, 2.0 * high);
        if high > 1e6 {
            return f64::INFINITY;
        }
    }
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if certainly_larger(middle) { high = middle } else { low = middle }
    }
    high
}

/// Halves an interval of at most 2^20 to less than 1e-12.
const BISECTIONS: u32 = 60;
