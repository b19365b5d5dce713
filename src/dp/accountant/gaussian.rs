//! The Gaussian mechanism, exactly: δ(ε) = Φ(μ/2 - ε/μ) - e^ε Φ(-μ/2 - ε/μ), where μ is the distance of neighbors in
//! standard deviations (\[BW18\] Balle, Wang, *Improving the Gaussian Mechanism for Differential Privacy*, ICML 2018,
//! theorem 8). Gaussian mechanisms compose to one whose μ² is the sum of theirs.

use crate::{
    dp::{
        Delta, Epsilon, EventList, Rounding,
        accountant::{Accountant, Interval, PrivacyProfile},
        event::{Flat, Mechanism},
    },
    error::{Error, Result},
    num::{
        Enclosure,
        exponential::{exp, ln},
        normal::{self, DENSITY_ERROR, MILLS_ERROR, MILLS_SLOPE_ERROR, UPPER_TAIL_ERROR},
        round::UNIT,
    },
};

/// Prices Gaussian noise without sampling, and nothing else: exactly, up to the rounding of the last digits.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, accountant::{Accountant, AnalyticGaussian}};
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(10.0)?.times(100)?])?;
/// let epsilon = AnalyticGaussian.compose(&list)?.epsilon(Delta::parse("1e-5")?)?;
/// assert!((epsilon.upper() - 4.3771780).abs() < 1e-6 && epsilon.width() < 1e-12);
/// let laplace = EventList::new(Neighbors::AddOrRemoveOne, [Event::laplace(10.0)?])?;
/// assert_eq!(
///     AnalyticGaussian.compose(&laplace).unwrap_err().to_string(),
///     "event 1 (laplace): the accountant 'gaussian' treats gaussian noise without sampling only; use 'pld' or 'rdp'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "a formula has no settings")]
pub struct AnalyticGaussian;

impl Accountant for AnalyticGaussian {
    fn name(&self) -> &'static str {
        "gaussian"
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let mut distance = Enclosure::ZERO;
        for (up, down) in events.flat(Rounding::Up)?.iter().zip(&events.flat(Rounding::Down)?) {
            let (up, down) = (distance_of(up)?, distance_of(down)?);
            distance = distance.max(Enclosure::new(down.lower(), up.upper()));
        }
        Ok(Box::new(GaussianProfile { distance }))
    }
}

/// What Gaussian mechanisms come to.
#[derive(Clone, Copy, Debug)]
struct GaussianProfile {
    distance: Enclosure,
}

impl PrivacyProfile for GaussianProfile {
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        let epsilon = epsilon(self.distance, Enclosure::from(delta));
        Ok(Interval::ordered(epsilon.lower(), epsilon.upper()))
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        let delta = delta(self.distance, Enclosure::from(epsilon));
        Ok(Interval::ordered(delta.lower(), delta.upper()))
    }

    fn method(&self, _delta: Delta) -> String {
        format!("exact formula of the Gaussian mechanism at a distance of {:.6}", self.distance.upper())
    }
}

/// The distance of neighbors, in standard deviations, under all mechanisms of `way`.
fn distance_of(way: &Flat) -> Result<Enclosure> {
    let mut square = Enclosure::ZERO;
    for leaf in way.leaves() {
        match leaf.event().mechanism() {
            Mechanism::Gaussian { noise_multiplier, .. } if leaf.event().sampling().is_none() => {
                square = square + precision(noise_multiplier.value(), leaf.event().count());
            }
            _ => {
                return Err(Error::accountant_refuses(
                    leaf,
                    "gaussian",
                    "gaussian noise without sampling",
                    "'pld' or 'rdp'",
                ));
            }
        }
    }
    Ok(square.sqrt())
}

/// `count / noise_multiplier²`: what `count` such mechanisms add to μ².
pub(in crate::dp) fn precision(noise_multiplier: f64, count: u64) -> Enclosure {
    Enclosure::count(count) / Enclosure::exact(noise_multiplier).square()
}

/// The smallest ε for this δ, at a distance in `mu`.
///
/// # Guarantee
/// For all distances in `mu`, the smallest ε at which the mechanism is (ε, `delta`)-differentially private lies in
/// the result.
pub(in crate::dp) fn epsilon(mu: Enclosure, delta: Enclosure) -> Enclosure {
    if mu.upper() <= 0.0 || at(mu.upper(), 0.0).upper() <= delta.lower() {
        return Enclosure::ZERO;
    }
    if delta.upper() <= 0.0 {
        return Enclosure::exact(f64::INFINITY);
    }
    let start = estimate_of_epsilon(mu.middle(), delta.middle());
    let upper = beyond(start, 1.0, |epsilon| at(mu.upper(), epsilon).upper() <= delta.lower());
    let lower = beyond(start, -1.0, |epsilon| at(mu.lower(), epsilon).lower() >= delta.upper());
    Enclosure::new(lower, upper)
}

/// δ for ε, at a distance in `mu`.
pub(in crate::dp) fn delta(mu: Enclosure, epsilon: Enclosure) -> Enclosure {
    Enclosure::new(at(mu.lower(), epsilon.upper()).lower(), at(mu.upper(), epsilon.lower()).upper())
}

/// The largest distance at which the mechanism is certainly (`epsilon`, `delta`)-differentially private, for δ > 0; 0 if
/// none is.
pub(in crate::dp) fn distance(epsilon: f64, delta: f64) -> f64 {
    let start = estimate_of_distance(epsilon, delta);
    beyond(start, -1.0, |mu| at(mu, epsilon).upper() <= delta)
}

/// δ(ε) at the distance `mu >= 0`.
///
/// With a = ε/μ - μ/2 and b = ε/μ + μ/2 it is φ(a) (R(a) - R(b)) for Mills' ratio R, because e^ε φ(b) = φ(a). Where b - a
/// is small the difference of the ratios is the integral of -R' between them. R' is minus the Laplace transform of a
/// positive function, so the derivatives of -R' of even order are positive: the rule of Gauss is below the integral and
/// that of Lobatto above it.
fn at(mu: f64, epsilon: f64) -> Enclosure {
    if mu <= 0.0 {
        return Enclosure::ZERO;
    }
    let (ratio, half) = (Enclosure::exact(epsilon) / mu, Enclosure::exact(mu) * 0.5);
    let (a, b) = (ratio - half, ratio + half);
    let delta = if mu <= NARROW {
        density(a) * integral_of_slope(a, mu)
    } else if a.lower() >= 0.0 {
        density(a) * (mills(a) - mills(b))
    } else {
        Enclosure::ONE - upper_tail(-a) - density(a) * mills(b)
    };
    delta.max(Enclosure::ZERO).min(Enclosure::ONE)
}

/// The integral of -R' from `a` over `width`, which is at most [`NARROW`].
fn integral_of_slope(a: Enclosure, width: f64) -> Enclosure {
    let rule = |nodes: &[(f64, f64)]| {
        let sum = nodes.iter().fold(Enclosure::ZERO, |sum, (place, weight)| {
            let weight = Enclosure::around(*weight, UNIT);
            sum + slope(a + Enclosure::around(*place, UNIT) * width) * weight
        });
        sum * width
    };
    Enclosure::new(rule(&GAUSS).lower(), rule(&LOBATTO).upper())
}

fn density(x: Enclosure) -> Enclosure {
    let size = x.max(-x).max(Enclosure::ZERO);
    size.decreasing(|x| Enclosure::around(normal::density(x), DENSITY_ERROR))
}

/// Mills' ratio from 0 on.
fn mills(x: Enclosure) -> Enclosure {
    x.max(Enclosure::ZERO).decreasing(|x| Enclosure::around(normal::mills(x), MILLS_ERROR))
}

/// Also of a number that may be negative: near 0 it is about half on both sides.
fn upper_tail(x: Enclosure) -> Enclosure {
    x.decreasing(|x| Enclosure::around(normal::upper_tail(x), UPPER_TAIL_ERROR))
}

/// -R'(x) = 1 - x R(x), also for negative x, where R(x) = 1/φ(x) - R(-x).
fn slope(x: Enclosure) -> Enclosure {
    x.decreasing(|x| {
        if x >= 0.0 {
            return Enclosure::around(normal::mills_slope(x), MILLS_SLOPE_ERROR);
        }
        let mirrored = mills(Enclosure::exact(-x));
        Enclosure::ONE + (Enclosure::ONE / density(Enclosure::exact(x)) - mirrored) * -x
    })
}

/// About [`at`]: what Newton's method takes, in a fraction of the time. Nothing that is answered rests on it.
fn estimate_at(mu: f64, epsilon: f64) -> f64 {
    let (a, b) = (epsilon / mu - 0.5 * mu, epsilon / mu + 0.5 * mu);
    let slope = |x: f64| {
        if x >= 0.0 {
            normal::mills_slope(x)
        } else {
            1.0 - x * (1.0 / normal::density(x) - normal::mills(-x))
        }
    };
    if mu <= NARROW {
        normal::density(a)
            * mu
            * GAUSS.iter().map(|(place, weight)| weight * slope(a + place * mu)).sum::<f64>()
    } else if a >= 0.0 {
        normal::density(a) * (normal::mills(a) - normal::mills(b))
    } else {
        1.0 - normal::upper_tail(-a) - normal::density(a) * normal::mills(b)
    }
}

/// By Newton's method on ln δ, which is concave in ε: from above it stays above.
fn estimate_of_epsilon(mu: f64, delta: f64) -> f64 {
    let mut epsilon = 0.5 * mu * mu + mu * (-2.0 * ln(delta)).max(0.0).sqrt();
    for _ in 0..ROUNDS {
        let value = estimate_at(mu, epsilon);
        let (a, b) = (epsilon / mu - 0.5 * mu, epsilon / mu + 0.5 * mu);
        let rate = normal::density(a) * normal::mills(b) / value;
        let next = epsilon + ln(value / delta) / rate;
        if !next.is_finite() {
            break;
        }
        let settled = (next - epsilon).abs() <= SETTLED * epsilon;
        epsilon = next.max(0.0);
        if settled || epsilon <= 0.0 {
            break;
        }
    }
    epsilon
}

/// By Newton's method on ln δ against ln μ, where dδ/dμ = φ(a).
fn estimate_of_distance(epsilon: f64, delta: f64) -> f64 {
    // Where ε = μ²/2 + μ t, for the tail t of δ.
    let tail = (-2.0 * ln(delta)).max(0.0).sqrt();
    let mut mu = 2.0 * epsilon / (tail + (tail * tail + 2.0 * epsilon).sqrt());
    for _ in 0..ROUNDS {
        let value = estimate_at(mu, epsilon);
        let rate = normal::density(epsilon / mu - 0.5 * mu) * mu / value;
        let step = (ln(delta / value) / rate).clamp(-0.7, 0.7);
        if !step.is_finite() {
            break;
        }
        mu *= exp(step);
        if step.abs() <= SETTLED {
            break;
        }
    }
    mu
}

/// The first of a few numbers, away from `start` upwards or downwards, for which `certain` holds; infinity or 0 if none
/// does.
fn beyond(start: f64, direction: f64, certain: impl Fn(f64) -> bool) -> f64 {
    let mut step = start * f64::EPSILON;
    for _ in 0..STEPS {
        step = step * 4.0 + f64::MIN_POSITIVE;
        let candidate = start + direction * step;
        if candidate <= 0.0 {
            break;
        }
        if certain(candidate) {
            return candidate;
        }
    }
    if direction > 0.0 { f64::INFINITY } else { 0.0 }
}

/// Up to this distance the rules of five and six nodes agree to 1e-14: their errors are at most 6e-13 μ^11 and
/// 1e-12 μ^11 times the tenth derivative of -R', which is at most its value 3840 at 0, or 7000 at -μ/2.
const NARROW: f64 = 0.25;
/// Newton's method doubles the digits in each round; from the starts above it needs about six.
const ROUNDS: u32 = 40;
/// Within this relative change a further round changes the last digits only.
const SETTLED: f64 = 1e-13;
/// Each four times as far: from two units in the last place to a factor of 2^12, and the estimate is never that far off.
const STEPS: u32 = 32;

/// Nodes and weights of Gauss on [0, 1], exact up to degree 9.
const GAUSS: [(f64, f64); 5] = [
    (0.046_910_077_030_668_004, 0.118_463_442_528_094_54),
    (0.230_765_344_947_158_45, 0.239_314_335_249_683_24),
    (0.5, 0.284_444_444_444_444_44),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_24),
    (0.953_089_922_969_332, 0.118_463_442_528_094_54),
];
/// Nodes and weights of Lobatto on [0, 1], exact up to degree 9.
const LOBATTO: [(f64, f64); 6] = [
    (0.0, 0.033_333_333_333_333_33),
    (0.117_472_338_035_267_66, 0.189_237_478_148_923_5),
    (0.357_384_241_759_677_5, 0.277_429_188_517_743_2),
    (0.642_615_758_240_322_6, 0.277_429_188_517_743_2),
    (0.882_527_661_964_732_3, 0.189_237_478_148_923_5),
    (1.0, 0.033_333_333_333_333_33),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Where ε is about μ²/2, `a` is 0 but for rounding, on either side.
    #[test]
    fn the_tail_of_a_number_that_may_be_negative_is_held() {
        let tail = upper_tail(Enclosure::new(-1e-10, 1e-10));
        let (above, below) = (0.5 + 3.989e-11, 0.5 - 3.989e-11);
        assert!(tail.lower() < below && above < tail.upper(), "{tail:?}");
        assert!(tail.upper() - tail.lower() < 8e-11, "{tail:?}");
    }
}
