//! Pitman's sampling formula, fitted by greatest likelihood.

use super::{
    Sample,
    gamma::{digamma, ln_gamma, trigamma},
};

/// The expected number of members alone in the population. \[Hos01\], section 3.
///
/// The likelihood equations in theta >= 0 and 0 < alpha < 1 are
///
/// ```text
///   sum over i < u of 1 / (theta + i alpha)  =  sum over i < n of 1 / (theta + i)
///   sum over i < u of i / (theta + i alpha)  =  sum over sizes s of f_s times sum over j < s of 1 / (j - alpha)
/// ```
///
/// whose sums are differences of digamma functions.
pub(super) fn uniques(sample: &Sample) -> Option<f64> {
    let (theta, alpha) = newton(sample, start(sample)).or_else(|| {
        // The closed-form start can lie outside; a few others cover the strip.
        [(10.0, 0.3), (100.0, 0.6), (1000.0, 0.8), (1.0, 0.9), (1e4, 0.5)]
            .into_iter()
            .find_map(|start| newton(sample, start))
    })?;
    let estimate = (ln_gamma(theta + 1.0) - ln_gamma(theta + alpha) + alpha * sample.population.ln()).exp();
    estimate.is_finite().then_some(estimate)
}

/// Hoshino's moment estimates.
fn start(sample: &Sample) -> (f64, f64) {
    let (n, u, f1) = (sample.rows, sample.classes, sample.of_size(1.0));
    let c = f1 * (f1 - 1.0) / sample.of_size(2.0).max(1.0);
    let theta = (n * u * c - f1 * (n - 1.0) * (2.0 * u + c)) / (2.0 * f1 * u + f1 * c - n * c);
    let alpha = (theta * (f1 - n) + (n - 1.0) * f1) / (n * u);
    (theta, alpha)
}

fn newton(sample: &Sample, (mut theta, mut alpha): (f64, f64)) -> Option<(f64, f64)> {
    for _ in 0..STEPS {
        if !(theta.is_finite() && alpha.is_finite()) || theta < 0.0 || alpha <= 0.0 || alpha >= 1.0 {
            return None;
        }
        let Equations { first, second, by_theta, by_both, by_alpha } = equations(sample, theta, alpha);
        let determinant = by_theta * by_alpha - by_both * by_both;
        let step_theta = (first * by_alpha - second * by_both) / determinant;
        let step_alpha = (second * by_theta - first * by_both) / determinant;
        // Halved until inside: the likelihood is not concave far from its top.
        let mut damping = 1.0;
        while theta - damping * step_theta < 0.0
            || !(1e-12..1.0 - 1e-12).contains(&(alpha - damping * step_alpha))
        {
            damping /= 2.0;
            if damping < 1e-6 {
                return None;
            }
        }
        theta -= damping * step_theta;
        alpha -= damping * step_alpha;
        if damping >= 1.0 && step_theta.abs() <= 1e-10 * theta.max(1e-6) && step_alpha.abs() <= 1e-10 {
            return Some((theta, alpha));
        }
    }
    None
}

/// The derivatives of the log likelihood, first and second.
struct Equations {
    first: f64,
    second: f64,
    by_theta: f64,
    by_both: f64,
    by_alpha: f64,
}

fn equations(sample: &Sample, theta: f64, alpha: f64) -> Equations {
    let (n, u) = (sample.rows, sample.classes);
    let x = theta / alpha;
    // Sums over i < u of 1/(theta + i alpha), its square, and with factors i and i^2.
    let a = (digamma(x + u) - digamma(x + 1.0)) / alpha;
    let b = (trigamma(x + 1.0) - trigamma(x + u)) / (alpha * alpha);
    let i_a = (u - 1.0 - theta * a) / alpha;
    let i_b = (a - theta * b) / alpha;
    let ii_b = (u - 1.0 - 2.0 * theta * a + theta * theta * b) / (alpha * alpha);
    let (mut sizes, mut sizes_squared) = (0.0, 0.0);
    let (at_one, at_one_prime) = (digamma(1.0 - alpha), trigamma(1.0 - alpha));
    for &(size, classes) in sample.sizes.iter().filter(|s| s.0 > 1.5) {
        sizes += classes * (digamma(size - alpha) - at_one);
        sizes_squared += classes * (at_one_prime - trigamma(size - alpha));
    }
    Equations {
        first: a - (digamma(theta + n) - digamma(theta + 1.0)),
        second: i_a - sizes,
        by_theta: -b + (trigamma(theta + 1.0) - trigamma(theta + n)),
        by_both: -i_b,
        by_alpha: -ii_b - sizes_squared,
    }
}

/// Newton's method doubles its digits at each step; so many are only needed from afar.
const STEPS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    /// The equations as they are written, sum by sum.
    #[test]
    fn sums_by_digamma_are_the_sums() {
        let sample = Sample {
            rows: 40.0,
            classes: 17.0,
            sizes: vec![(1.0, 8.0), (2.0, 4.0), (3.0, 2.0), (6.0, 3.0)],
            population: 1000.0,
        };
        let (theta, alpha) = (3.5, 0.4);
        let e = equations(&sample, theta, alpha);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-10, "{a} {b}");
        let over = |to: i32, f: &dyn Fn(f64) -> f64| (1..to).map(|i| f(f64::from(i))).sum::<f64>();
        let left = over(17, &|i| 1.0 / (theta + i * alpha));
        close(e.first, left - over(40, &|i| 1.0 / (theta + i)));
        let right = 4.0 * over(2, &|j| 1.0 / (j - alpha))
            + 2.0 * over(3, &|j| 1.0 / (j - alpha))
            + 3.0 * over(6, &|j| 1.0 / (j - alpha));
        close(e.second, over(17, &|i| i / (theta + i * alpha)) - right);
        close(e.by_both, -over(17, &|i| i / (theta + i * alpha).powi(2)));
        let h = 1e-6;
        let (up, down) = (equations(&sample, theta + h, alpha), equations(&sample, theta - h, alpha));
        assert!((e.by_theta - (up.first - down.first) / (2.0 * h)).abs() < 1e-6);
        let (up, down) = (equations(&sample, theta, alpha + h), equations(&sample, theta, alpha - h));
        assert!((e.by_alpha - (up.second - down.second) / (2.0 * h)).abs() < 1e-6);
        // A sample with many uniques, whose likelihood has its top inside of the strip.
        let sizes = vec![(1.0, 60.0), (2.0, 10.0), (3.0, 4.0), (6.0, 1.0), (20.0, 1.0)];
        let sample = Sample { rows: 118.0, classes: 76.0, sizes, population: 5000.0 };
        let (theta, alpha) = newton(&sample, start(&sample)).unwrap();
        let at_top = equations(&sample, theta, alpha);
        assert!(at_top.first.abs() < 1e-9 && at_top.second.abs() < 1e-9);
    }
}
