//! Confidence limits of a share.

use crate::num::gamma::ln_gamma;

/// The largest probability at which `hits` or more of `trials` come up with probability at most `error`: a lower limit
/// of the share that is wrong with probability at most `error` (\[CP34\]).
pub(super) fn lower_limit(hits: u64, trials: u64, error: f64) -> f64 {
    if hits == 0 {
        return 0.0;
    }
    bisect(|p| at_least(hits, trials, p) <= error)
}

/// The same from above.
pub(super) fn upper_limit(hits: u64, trials: u64, error: f64) -> f64 {
    1.0 - lower_limit(trials - hits, trials, error)
}

/// The largest `p` found for which `holds`, which is true up to some point; rounded down.
fn bisect(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (below + above);
        if holds(middle) { below = middle } else { above = middle }
    }
    below
}

/// The probability of `hits` or more in `trials` of probability `p`: the regularized incomplete beta function
/// `I_p(hits, trials - hits + 1)`.
fn at_least(hits: u64, trials: u64, p: f64) -> f64 {
    let (a, b) = (crate::num::to_f64(hits), crate::num::to_f64(trials - hits + 1));
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let ln_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * p.ln() + b * (-p).ln_1p();
    // The continued fraction converges quickly on this side of the mean (DLMF 8.17.22).
    if p < (a + 1.0) / (a + b + 2.0) {
        ln_front.exp() * fraction(a, b, p) / a
    } else {
        1.0 - ln_front.exp() * fraction(b, a, 1.0 - p) / b
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method (Thompson, Barnett, J. Comput. Phys. 64,
/// 1986).
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut result = d;
    let mut m = 0.0;
    for _ in 0..100_000 {
        m += 1.0;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            step = c * d;
            result *= step;
        }
        if (step - 1.0_f64).abs() < 1e-14 {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_sums_of_binomial_terms() {
        // The sum of the terms themselves, for small numbers.
        let summed = |hits: u64, trials: u64, p: f64| {
            let mut term = (1.0 - p).powi(i32::try_from(trials).unwrap());
            let mut below = 0.0;
            for k in 0..hits {
                below += term;
                let (k, n) = (crate::num::to_f64(k), crate::num::to_f64(trials));
                term *= (n - k) / (k + 1.0) * p / (1.0 - p);
            }
            1.0 - below
        };
        for (hits, trials) in [(1, 10), (5, 10), (10, 10), (3, 100), (97, 100), (250, 500)] {
            for p in [0.01, 0.1, 0.5, 0.9, 0.97] {
                let (ours, exact) = (at_least(hits, trials, p), summed(hits, trials, p));
                assert!((ours - exact).abs() < 1e-10, "{hits}/{trials} {p}: {ours} {exact}");
            }
        }
    }

    #[test]
    fn limits_enclose_the_share_and_equal_known_ones() {
        // Rule of three, exactly: no hit in n trials leaves 1 - error^(1/n); all hits leave error^(1/n).
        for n in [1u64, 10, 1000, 1_000_000] {
            let exact = 1.0 - 0.05f64.powf(1.0 / crate::num::to_f64(n));
            assert!((upper_limit(0, n, 0.05) / exact - 1.0).abs() < 1e-6, "{n}");
            assert!((lower_limit(n, n, 0.05) - (1.0 - exact)).abs() < 1e-9, "{n}");
        }
        // Clopper and Pearson's own table has 0.0252 and 0.5561 for 2 of 10 at 2.5 % on each side.
        assert!(
            (lower_limit(2, 10, 0.025) - 0.0252).abs() < 5e-5
                && (upper_limit(2, 10, 0.025) - 0.5561).abs() < 5e-5
        );
        for (hits, trials) in [(5, 1000), (500_000, 1_000_000), (999_999, 1_000_000)] {
            let share = crate::num::to_f64(hits) / crate::num::to_f64(trials);
            let (lower, upper) = (lower_limit(hits, trials, 1e-6), upper_limit(hits, trials, 1e-6));
            assert!(lower < share && share < upper);
            let deviation = (share * (1.0 - share) / crate::num::to_f64(trials)).sqrt();
            // Within 5 standard deviations, or what a Poisson count of 5 leaves.
            assert!(upper - lower < 11.0 * deviation + 4e-2, "{hits}/{trials}: {lower} {upper}");
        }
    }
}
