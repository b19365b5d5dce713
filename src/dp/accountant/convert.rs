//! From Rényi divergences to ε and δ, by the best known conversion.
//!
//! For one order α with moment X = exp((α - 1) D_α) the best bound is that of two likelihood ratios t < u (\[ACCEKS21\] Asoodeh,
//! Liao, Calmon, Kosut, Sankar, *Three Variants of Differential Privacy: Lossless Conversion and Applications*, IEEE J. Sel.
//! Areas Inf. Theory 2, 2021). With A = u^(α-1) and B = t^(α-1) it is
//!
//! ```text
//!   αδ (A - B) = X - αB + (α - 1) B t,      e^ε = (1 - 1/α) (A u - B t) / (A - B)
//! ```
//!
//! for any t in [0, 1], because λ(x^α - α t^(α-1) x + (α - 1) t^α), which touches 0 at t, is above x - e^ε, which it touches
//! at u (proof: `docs/proofs/renyi_conversion.md`). At t = 0 it is the conversion of Canonne, Kamath, Steinke
//! (arXiv 2004.00010, proposition 12) and of Balle et al. (AISTATS 2020, theorem 21):
//! ε = D_α + ln(1 - 1/α) - ln(αδ)/(α - 1). Where the moment is large a t above 0 gains nothing.
//!
//! Where to look is estimated in plain numbers ([`Order`]); only what is found there is computed with certain bounds.
//!
//! The order is chosen among all real numbers above 1: (α - 1) D_α is convex in α, so that ε is quasi-convex in it at t = 0.

use crate::{
    dp::accountant::{
        least::{least, least_in_unit},
        ratios::Order,
    },
    num::{
        Enclosure,
        exponential::{exp, ln, ln_1p},
    },
};

/// Not below the smallest ε for `delta`, and the order less 1 that shows it. `log_moment` is (α - 1) D_α as a function of
/// α - 1; `estimate` is about that, and says where to look.
///
/// # Guarantee
/// For all distributions P and Q of neighbors with `(α - 1) D_α(P ‖ Q) ≤ log_moment(α - 1)`, P is (ε, δ)-indistinguishable
/// from Q, whatever `estimate` says.
pub(in crate::dp) fn epsilon(
    estimate: impl Fn(f64) -> f64,
    log_moment: impl Fn(f64) -> f64,
    delta: f64,
) -> (f64, f64) {
    if delta <= 0.0 {
        return (f64::INFINITY, 1.0);
    }
    let mut found = epsilon_found(estimate, &log_moment, delta);
    if !found.is_as_hoped(EPSILON_MISLED) {
        found = found.or(epsilon_found(&log_moment, &log_moment, delta));
    }
    (found.value.max(0.0), found.excess)
}

/// Not below the smallest δ for `epsilon`, and the order less 1 that shows it.
///
/// # Guarantee
/// As that of [`epsilon`].
pub(super) fn delta(
    estimate: impl Fn(f64) -> f64,
    log_moment: impl Fn(f64) -> f64,
    epsilon: f64,
) -> (f64, f64) {
    let mut found = delta_found(estimate, &log_moment, epsilon);
    if !found.is_as_hoped(DELTA_MISLED) {
        found = found.or(delta_found(&log_moment, &log_moment, epsilon));
    }
    (found.value.clamp(0.0, 1.0), found.excess)
}

/// A certain value, the order less 1 that shows it, and what the search took it for.
struct Found {
    value: f64,
    excess: f64,
    hoped: f64,
}

impl Found {
    /// False where estimates misled the search.
    fn is_as_hoped(&self, tolerance: f64) -> bool {
        self.value <= self.hoped + tolerance * self.hoped.abs()
    }

    fn or(self, other: Found) -> Found {
        let hoped = self.hoped.min(other.hoped);
        Found { hoped, ..if other.value < self.value { other } else { self } }
    }
}

fn epsilon_found(estimate: impl Fn(f64) -> f64, log_moment: impl Fn(f64) -> f64, delta: f64) -> Found {
    let log_inverse = -ln(delta);
    let simple = |excess: f64| {
        let order = excess + 1.0;
        (estimate(excess) + log_inverse - ln(order)) / excess - ln_1p(1.0 / excess)
    };
    let (excess, hoped) = least(simple, START);
    let moment = log_moment(excess);
    let found = Found { value: epsilon_at(excess, moment, 0.0, delta), excess, hoped };
    if moment >= SMALL_MOMENT {
        return found;
    }
    // Both the order and the lower ratio matter.
    let ratio = |order: &Order| least_in_unit(order.excess, |t| order.epsilon(t, delta));
    let (excess, hoped) = least(|excess| ratio(&Order::new(excess, estimate(excess))).1, excess);
    let order = Order::new(excess, log_moment(excess));
    let value = epsilon_at(excess, order.log_moment, ratio(&order).0, delta);
    found.or(Found { value, excess, hoped })
}

fn delta_found(estimate: impl Fn(f64) -> f64, log_moment: impl Fn(f64) -> f64, epsilon: f64) -> Found {
    // ln δ = K - (α - 1) ε + (α - 1) ln(α - 1) - α ln α, which is convex in α.
    let simple = |excess: f64| {
        let order = excess + 1.0;
        estimate(excess) - excess * (epsilon + ln_1p(1.0 / excess)) - ln(order)
    };
    let (excess, hoped) = least(simple, START);
    let moment = log_moment(excess);
    let s = Enclosure::exact(excess);
    let order = s + 1.0;
    let log_delta = (-(s * epsilon)) + moment - s * (Enclosure::ONE / s).ln_1p() - order.ln();
    let found = Found { value: log_delta.exp().upper(), excess, hoped: exp(hoped) };
    if moment >= SMALL_MOMENT {
        return found;
    }
    let ratio = |order: &Order| least_in_unit(order.excess, |t| order.delta(t, epsilon));
    let (excess, hoped) = least(|excess| ratio(&Order::new(excess, estimate(excess))).1, excess);
    let order = Order::new(excess, log_moment(excess));
    let (t, near) = ratio(&order);
    found.or(Found { value: delta_at(&order, t, epsilon, near), excess, hoped })
}

/// ε for one order and one lower ratio, rounded up.
fn epsilon_at(excess: f64, log_moment: f64, t: f64, delta: f64) -> f64 {
    let s = Enclosure::exact(excess);
    let order = s + 1.0;
    if t <= 0.0 {
        let log_inverse = -Enclosure::exact(delta).ln();
        return ((log_inverse + log_moment - order.ln()) / s - (Enclosure::ONE / s).ln_1p()).upper();
    }
    // Powers less 1: near order 1 all of them are near 1, and what counts is the difference.
    let (below, t) = ((Enclosure::exact(t).ln() * s).exp_m1(), Enclosure::exact(t));
    let lost = s * (below + 1.0) * (Enclosure::ONE - t);
    let difference = (Enclosure::exact(log_moment).exp_m1() - below - lost) / (order * delta);
    let above = below + difference;
    if difference.lower() <= 0.0 || above.upper().is_infinite() {
        return f64::INFINITY;
    }
    let upper = (above.ln_1p() / s).exp();
    (s / order * ((above + 1.0) * upper - (below + 1.0) * t) / difference).ln().upper()
}

/// δ for one order and one lower ratio, rounded up: an estimate, raised until its ε is certainly small enough.
fn delta_at(order: &Order, t: f64, epsilon: f64, estimate: f64) -> f64 {
    let mut share = LEAST_RISE;
    while share < 1.0 {
        let delta = estimate * (1.0 + share);
        if epsilon_at(order.excess, order.log_moment, t, delta) <= epsilon {
            return delta;
        }
        share *= WIDER;
    }
    1.0
}

/// Orders of training runs lie around 9.
const START: f64 = 8.0;
/// Above exp(20), a lower ratio above 0 changes δ by less than 3e-9 of it.
const SMALL_MOMENT: f64 = 20.0;
/// By which share certain values are above estimates at most, where nothing went wrong: δ is raised by up to 1e-5.
const EPSILON_MISLED: f64 = 1e-7;
const DELTA_MISLED: f64 = 1e-4;
/// By how much an estimate of δ is raised first.
const LEAST_RISE: f64 = 1e-13;
const WIDER: f64 = 1.5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::double::Double;

    /// δ of one order and ratio by halving, with certain bounds at each step.
    fn halved(excess: f64, log_moment: f64, t: f64, epsilon: f64) -> f64 {
        let (mut low, mut high) = (-80.0, 0.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            let holds = epsilon_at(excess, log_moment, t, exp(middle)) <= epsilon;
            if holds { high = middle } else { low = middle }
        }
        exp(high)
    }

    /// Bounds widen where digits cancel, which a search does not mind.
    #[test]
    fn estimates_equal_what_certain_bounds_give() {
        let mut compared = 0;
        for excess in [0.3, 1.0, 7.0, 90.0, 3000.0] {
            for rho in [1e-7, 1e-4, 0.01, 0.3, 2.0] {
                for t in [0.0, 1e-6, 0.2, 0.7, 0.95, 0.999] {
                    let log_moment = rho * excess * (excess + 1.0);
                    if log_moment > SMALL_MOMENT {
                        continue;
                    }
                    let order = Order::new(excess, log_moment);
                    for log_delta in [-1.0, -6.0, -25.0, -60.0] {
                        let certain = epsilon_at(excess, log_moment, t, exp(log_delta));
                        let estimate = order.epsilon(t, exp(log_delta));
                        let close = (estimate - certain).abs() <= 1e-7 * certain.abs() + 1e-9;
                        assert!(
                            close || certain < 0.0 || estimate.total_cmp(&certain).is_eq(),
                            "{excess} {rho} {t} {log_delta}: {estimate} {certain}"
                        );
                    }
                    for epsilon in [1e-3, 0.1, 1.0, 6.0] {
                        let certain = halved(excess, log_moment, t, epsilon);
                        let got = delta_at(&order, t, epsilon, order.delta(t, epsilon));
                        if certain > 1e-30 && certain < 1.0 {
                            compared += 1;
                            let close = got <= certain * (1.0 + 1e-5) && got >= certain * (1.0 - 1e-9);
                            assert!(close, "{excess} {rho} {t} {epsilon}: {got} {certain}");
                        }
                    }
                }
            }
        }
        assert!(compared > 200, "{compared}");
    }

    /// An estimate that is wrong moves the place of the search, and is noticed by what is certain there.
    #[test]
    fn searches_that_estimates_mislead_are_done_again() {
        for rho in [1e-3, 0.5, 8.0] {
            let moment =
                |excess: f64| (Enclosure::exact(rho) * excess * (Enclosure::exact(excess) + 1.0)).upper();
            for share in [0.0, 0.5, 0.8, 0.95] {
                let wrong = |excess: f64| share * moment(excess);
                for delta in [1e-3, 1e-9] {
                    let (honest, misled) =
                        (epsilon(moment, moment, delta).0, epsilon(wrong, moment, delta).0);
                    assert!((misled / honest - 1.0).abs() < 1e-9, "{rho} {share} {delta}: {misled} {honest}");
                }
                for at in [0.01, 1.0, 12.0] {
                    let (honest, misled) =
                        (super::delta(moment, moment, at).0, super::delta(wrong, moment, at).0);
                    let close = misled <= honest * (1.0 + 2e-5) && misled >= honest * (1.0 - 2e-5);
                    assert!(close, "{rho} {share} {at}: {misled} {honest}");
                }
            }
        }
    }

    /// The ends of ranges: no δ, no ε; where δ is as large as all that moments allow, ε is 0; δ is a probability.
    #[test]
    fn answers_stay_in_their_ranges() {
        let moment = |excess: f64| 0.5 * excess * (excess + 1.0);
        let same = |got: f64, expected: f64| assert!(got.total_cmp(&expected).is_eq(), "{got} {expected}");
        same(epsilon(moment, moment, 0.0).0, f64::INFINITY);
        same(epsilon(moment, moment, 1.0).0, 0.0);
        let infinite = |_| f64::INFINITY;
        same(epsilon(infinite, infinite, 0.1).0, f64::INFINITY);
        same(super::delta(infinite, infinite, 1.0).0, 1.0);
    }

    /// ε is rounded up: twice the precision gives no more, at t = 0 where the formula is a sum.
    #[test]
    fn values_of_one_order_are_not_below_those_in_twice_the_precision() {
        let wide = |x: f64| Double::from(x);
        for excess in [0.3, 1.0, 7.5, 90.0, 3000.0] {
            for log_moment in [1e-4, 0.3, 17.0, 400.0] {
                for delta in [0.25, 1e-3, 1e-17] {
                    let (order, s) = (Double::sum(excess, 1.0), wide(excess));
                    let exact = (wide(log_moment) - wide(delta).ln() - order.ln()) / s - (order / s).ln();
                    let got = wide(epsilon_at(excess, log_moment, 0.0, delta)) - exact;
                    let size = (log_moment - ln(delta)) / excess + 1.0;
                    assert!(got.to_f64() >= 0.0, "{excess} {log_moment} {delta}: {:e} below", got.to_f64());
                    assert!(
                        got.to_f64() <= 1e-14 * size,
                        "{excess} {log_moment} {delta}: {:e}",
                        got.to_f64()
                    );
                }
            }
        }
    }
}
