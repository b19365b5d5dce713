//! Curves with closed forms.

use crate::{
    dp::accountant::renyi::Curve,
    num::{Enclosure, remainder::enclosed_remainder},
};

/// D_α ≤ ρα: zero-concentrated differential privacy, and the Gaussian mechanism with ρ = 1/(2σ²) exactly (\[BS16\] Bun,
/// Steinke, *Concentrated Differential Privacy*, TCC 2016, proposition 1.6).
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) rho: Enclosure,
}

/// Discrete Gaussian noise of parameter σ on an integer that moves by Δ.
///
/// D_α = αΔ²/(2σ²) + ln(θ(αΔ) / θ(0)) / (α - 1), where θ(s) is the sum of exp(-(x - s)²/2σ²) over the integers: the moment
/// is that sum after completing the square. θ is largest at integers, so the second part is not positive (\[CKS20\] Canonne,
/// Kamath, Steinke, *The Discrete Gaussian for Differential Privacy*, arXiv 2004.00010, proposition 5), and it vanishes
/// unless σ is small.
#[derive(Debug)]
pub(super) struct DiscreteGaussian {
    pub(super) sigma: f64,
    pub(super) sensitivity: u64,
}

/// A mechanism whose losses lie in a range of length ε (\[DDR20\] Dong, Durfee, Rogers, *Optimal Differential Privacy
/// Composition for Exponential Mechanisms*, ICML 2020, section 2).
///
/// Its moments are largest for two losses t and t - ε. With v = e^t the moment is v^(α-1) A - v^α B, where
/// A = (1 - e^(-αε)) / (1 - e^(-ε)) and B = e^(-ε) A - e^(-αε); it is largest at v = (α - 1) A / (α B).
///
/// Near order 1 these digits cancel. With s = α - 1, x = ε/2 and ψ(y) = ln(sinh(y/2) / (y/2)) the logarithm of that moment is
/// s (ψ(αε) - ψ(sε)) + ψ(αε) - ψ(ε), and e^(ψ(αε) - ψ(ε)) is 1 + (cosh(sx) - 1 + coth(x) sinh(sx) - s) / α, where the last
/// two are s (x coth(x) - 1) + coth(x) (sinh(sx) - sx).
#[derive(Debug)]
pub(super) struct BoundedRange {
    pub(super) epsilon: Enclosure,
}

/// Laplace noise, ε = 1/(noise over the distance of neighbors) (\[Mir17\] Mironov, *Rényi Differential Privacy*, CSF 2017,
/// proposition 6).
///
/// The moment is (α e^((α-1)ε) + (α - 1) e^(-αε)) / (2α - 1). With r(x) = e^x - 1 - x it is 1 + (α r((α-1)ε) + (α - 1)
/// r(-αε)) / (2α - 1), where no digits cancel. It grows with ε.
#[derive(Debug)]
pub(super) struct Laplace {
    pub(super) epsilon: Enclosure,
}

/// The smaller of two bounds on the same mechanism, at each order: for a sample of a mechanism whose range of losses is bounded.
/// Its mixture is that of a pure mechanism, which for large rates is above what holds without sampling; and sampling never adds
/// to it, by joint convexity.
#[derive(Debug)]
pub(super) struct Least<A, B>(pub(super) A, pub(super) B);

impl<A: Curve, B: Curve> Curve for Least<A, B> {
    fn log_moment(&self, excess: f64) -> f64 {
        self.0.log_moment(excess).min(self.1.log_moment(excess))
    }

    fn estimate(&self, excess: f64, first: bool) -> f64 {
        if first { self.0.estimate(excess, true) } else { self.1.estimate(excess, true) }
    }

    fn is_first(&self, excess: f64) -> bool {
        self.estimate(excess, true) <= self.estimate(excess, false)
    }

    fn max_divergence(&self) -> f64 {
        self.0.max_divergence().min(self.1.max_divergence())
    }
}

impl Curve for Linear {
    fn log_moment(&self, excess: f64) -> f64 {
        (self.rho * excess * (Enclosure::exact(excess) + 1.0)).upper()
    }
}

impl Curve for Laplace {
    fn max_divergence(&self) -> f64 {
        self.epsilon.upper()
    }

    fn log_moment(&self, excess: f64) -> f64 {
        let (epsilon, s) = (Enclosure::exact(self.epsilon.upper()), Enclosure::exact(excess));
        let (order, all) = (s + 1.0, s * 2.0 + 1.0);
        let growth = s * epsilon;
        let log = if growth.upper() > LARGE_GROWTH {
            let rest = s / order * (-(all * epsilon)).exp();
            growth + (order / all).ln() + rest.ln_1p()
        } else {
            let rest = order * enclosed_remainder(growth) + s * enclosed_remainder(-(order * epsilon));
            (rest / all).ln_1p()
        };
        log.upper().min(growth.upper())
    }
}

impl Curve for DiscreteGaussian {
    fn log_moment(&self, excess: f64) -> f64 {
        let order = Enclosure::exact(excess) + 1.0;
        let distance = Enclosure::count(self.sensitivity);
        let linear = order * excess * (distance / self.sigma).square() * 0.5;
        let shift = (order * distance).middle();
        let ratio = if self.sigma <= SMALL_SIGMA && shift < 1e9 {
            let place = order * distance - shift.floor();
            (theta(place, self.sigma) / theta(Enclosure::ZERO, self.sigma)).ln().upper().min(0.0)
        } else {
            0.0
        };
        (linear + ratio).upper()
    }
}

/// The sum of exp(-(x - place)²/2σ²) over the integers, for a place near [0, 1].
fn theta(place: Enclosure, sigma: f64) -> Enclosure {
    let mut sum = Enclosure::ZERO;
    for x in -THETA_TERMS..=THETA_TERMS {
        let distance = (Enclosure::exact(f64::from(x)) - place) / sigma;
        sum = sum + (-distance.square() * 0.5).exp();
    }
    // Beyond 40 steps of at most 2σ: less than exp(-200) of the largest term.
    sum * Enclosure::new(1.0, 1.0 + f64::EPSILON)
}

impl Curve for BoundedRange {
    fn max_divergence(&self) -> f64 {
        self.epsilon.upper()
    }

    fn log_moment(&self, excess: f64) -> f64 {
        let (epsilon, s) = (self.epsilon, Enclosure::exact(excess));
        let order = s + 1.0;
        let largest = if excess < NEAR_ONE { self.near_one(s) } else { self.far_from_one(s) }.upper();
        // Never more than for ε-differential privacy at all, and than ε²/8-zCDP (Cesar, Rogers, ALT 2021).
        let concentrated = epsilon.square() * 0.125 * s * order;
        let pure = s * epsilon;
        concentrated.upper().min(pure.upper()).min(largest).max(0.0)
    }
}

impl BoundedRange {
    fn far_from_one(&self, s: Enclosure) -> Enclosure {
        let (epsilon, order) = (self.epsilon, s + 1.0);
        // 1 - e^(-x), and its product with other numbers, lose nothing for small x.
        let fall = |x: Enclosure| -(-x).exp_m1();
        let a = fall(order * epsilon) / fall(epsilon);
        // B = (e^(-ε) - e^(-αε)) / (1 - e^(-ε)).
        let b = (-epsilon).exp() * fall(s * epsilon) / fall(epsilon);
        let v = s * a / (order * b);
        // At the largest place the moment is v^(α-1) A / α.
        s * v.ln() + (a / order).ln()
    }

    fn near_one(&self, s: Enclosure) -> Enclosure {
        let (x, order) = (self.epsilon * 0.5, s + 1.0);
        let sinh = |x: Enclosure| (x.exp_m1() - (-x).exp_m1()) * 0.5;
        // sinh(x) - x and cosh(x) - 1.
        let bent = |x: Enclosure| (enclosed_remainder(x) - enclosed_remainder(-x)) * 0.5;
        let risen = |x: Enclosure| (enclosed_remainder(x) + enclosed_remainder(-x)) * 0.5;
        let psi = |half: Enclosure| (bent(half) / half).ln_1p();
        // x cosh(x) - sinh(x) = (e^x r(-x) - e^(-x) r(x)) / 2 with r(x) = e^x - 1 - x.
        let gap = (x.exp() * enclosed_remainder(-x) - (-x).exp() * enclosed_remainder(x)) * 0.5;
        let cosh = risen(x) + 1.0;
        let rest = risen(s * x) + (s * gap + cosh * bent(s * x)) / sinh(x);
        s * (psi(order * x) - psi(s * x)) + (rest / order).ln_1p()
    }
}

/// Below this excess order of 1 a form without cancellation is used.
const NEAR_ONE: f64 = 0.1;
/// Above e^30 the logarithm loses no digits by the part that is 1.
const LARGE_GROWTH: f64 = 30.0;
/// Above this σ the sum over the integers is that over the real numbers to 30 digits: exp(-2π²σ²).
const SMALL_SIGMA: f64 = 2.0;
/// Steps of at most 2σ: 40 of them are 20 σ.
const THETA_TERMS: i32 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_bounded_ranges_are_the_same_in_both_forms() {
        for epsilon in [0.01, 0.1, 0.7, 3.0, 20.0] {
            let curve = BoundedRange { epsilon: Enclosure::exact(epsilon) };
            for excess in [0.02, 0.05, 0.099, 0.3, 1.0] {
                let (near, far) =
                    (curve.near_one(Enclosure::exact(excess)), curve.far_from_one(Enclosure::exact(excess)));
                assert!(
                    near.lower() <= far.upper() && far.lower() <= near.upper(),
                    "{epsilon} {excess}: {near:?} {far:?}"
                );
                assert!(near.upper() - near.lower() < 1e-9 * near.upper(), "{epsilon} {excess}: {near:?}");
            }
            // The limit is a divergence of Kullback and Leibler: nothing is lost on the way.
            let at = |excess: f64| curve.log_moment(excess) / excess;
            assert!(
                (at(1e-6) / at(1e-5) - 1.0).abs() < 1e-4 && (at(1e-5) / at(1e-3) - 1.0).abs() < 1e-2,
                "{epsilon}"
            );
        }
    }

    #[test]
    fn moments_of_laplace_noise_are_integrals() {
        for epsilon in [0.02_f64, 0.4, 3.0] {
            let curve = Laplace { epsilon: Enclosure::exact(epsilon) };
            for excess in [1e-3, 0.5, 4.0, 60.0] {
                let order: f64 = excess + 1.0;
                // Under Q: mass 1/2 at -ε, e^-ε/2 at ε, density e^(-(L + ε)/2)/4 between.
                let steps = 20_000;
                let width = 2.0 * epsilon / f64::from(steps);
                let between: f64 = (0..steps)
                    .map(|k| -epsilon + (f64::from(k) + 0.5) * width)
                    .map(|loss| 0.25 * (order * loss - 0.5 * (loss + epsilon)).exp() * width)
                    .sum();
                let ends = 0.5 * (-order * epsilon).exp() + 0.5 * ((order - 1.0) * epsilon).exp();
                let exact = (between + ends).ln();
                let got = curve.log_moment(excess);
                assert!((got - exact).abs() < 1e-5 * exact + 1e-9, "{epsilon} {excess}: {got} {exact}");
            }
        }
    }
}
