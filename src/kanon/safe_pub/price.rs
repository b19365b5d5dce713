//! What an epsilon and a delta ask for: how large the sample, how large the classes.
//!
//! With sampling probability beta and e = the part of epsilon for the rows, let gamma = 1 - (1 - beta) e^-e. A release of
//! classes with k sampled rows or more is (e, d)-differentially private for e >= -ln(1 - beta) and
//!
//! ```text
//!   d = max over n of Pr[Bin(n, beta) >= max(k, floor(gamma n) + 1)]
//! ```
//!
//! (\[LQS12\], theorem 1, where the classes of fewer than k rows are left out of the sum as they are here.) Up to n = k /
//! gamma the probability grows with n; beyond, it is at most exp(-n KL(gamma || beta)) (Chernoff), which falls: so the
//! maximum is found by looking at finitely many n.

use crate::{
    error::{Error, Result},
    num::{
        Enclosure,
        gamma::{ln_gamma, ln_gamma_error},
    },
};

/// The parameters of a draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Price {
    /// The part of epsilon for the choice of levels, in 1e-12.
    search: u64,
    /// Of 2^32 words, those that take a person into the sample.
    beta: u32,
    k: u64,
}

impl Price {
    /// With a sampling probability, or that of the authors of the method.
    pub(super) fn new(epsilon: f64, delta: f64, sampling: Option<f64>) -> Result<Self> {
        if !(0.01..=64.0).contains(&epsilon) {
            return Err(Error::model_range("epsilon", "0.01 <= epsilon <= 64", epsilon));
        }
        if !(1e-100..1.0).contains(&delta) {
            return Err(Error::model_range("delta", "1e-100 <= delta < 1", delta));
        }
        let search = whole((epsilon / SEARCH_SHARE * 1e12).floor());
        // What is left for the rows, rounded down.
        let rows = (Enclosure::exact(epsilon) - picos(search)).lower();
        let most = (Enclosure::ONE - (-Enclosure::exact(rows)).exp()).lower();
        if let Some(sampling) = sampling.filter(|s| !(*s >= 0.001 && *s <= most)) {
            return Err(Error::model_range("sampling", &format!("0.001 <= sampling <= {most}"), sampling));
        }
        // The larger the sample, the more rows remain; but close to all of them, classes must be huge.
        let beta = whole((sampling.unwrap_or(most.min(MOST_OF_ALL)) * WORDS).floor());
        let beta = u32::try_from(beta).unwrap_or(u32::MAX);
        let sampling = Sampling::new(beta, rows);
        // The least k: the bound falls with k.
        let mut enough = 2;
        while sampling.delta(enough) > delta {
            if enough > MOST_K {
                return Err(Error::model_range("epsilon", "what this delta needs", epsilon));
            }
            enough *= 2;
        }
        let mut too_few = enough / 2;
        while enough - too_few > 1 {
            let middle = too_few.midpoint(enough);
            if sampling.delta(middle) > delta { too_few = middle } else { enough = middle }
        }
        Ok(Price { search, beta, k: enough.max(2) })
    }

    pub(super) fn k(self) -> u64 {
        self.k
    }

    /// Rows of the table of which k are in the sample on average: what the search counts in.
    pub(super) fn k_of_all(self) -> u64 {
        (self.k << 32).div_ceil(u64::from(self.beta))
    }

    /// Of 2^32 words, those that take a person into the sample.
    pub(super) fn beta(self) -> u32 {
        self.beta
    }

    pub(super) fn sampling(self) -> f64 {
        f64::from(self.beta) / WORDS
    }

    /// In 1e-12.
    pub(super) fn search(self) -> u64 {
        self.search
    }

    pub(super) fn search_epsilon(self) -> f64 {
        picos(self.search).middle()
    }
}

/// Sampling with a probability, priced.
struct Sampling {
    ln_beta: Enclosure,
    ln_rest: Enclosure,
    /// beta / (1 - beta).
    odds: Enclosure,
    gamma: Enclosure,
    /// The divergence of gamma from beta.
    divergence: Enclosure,
}

impl Sampling {
    fn new(beta: u32, epsilon: f64) -> Self {
        let beta = Enclosure::exact(f64::from(beta) / WORDS);
        let rest = Enclosure::ONE - beta;
        let gamma = Enclosure::ONE - rest * (-Enclosure::exact(epsilon)).exp();
        let divergence =
            gamma * (gamma / beta).ln() + (Enclosure::ONE - gamma) * ((Enclosure::ONE - gamma) / rest).ln();
        Sampling { ln_beta: beta.ln(), ln_rest: rest.ln(), odds: beta / rest, gamma, divergence }
    }

    /// An upper bound of the delta of classes of at least `k` sampled rows.
    fn delta(&self, k: u64) -> f64 {
        // The last n at which k decides, or one before: from there on all are looked at.
        let mut n = whole((Enclosure::count(k) / self.gamma).lower().floor()).saturating_sub(1).max(1);
        let mut most = 0.0f64;
        loop {
            let above = whole((Enclosure::count(n) * self.gamma).lower().floor()) + 1;
            most = most.max(self.tail(n, above.max(k)));
            let beyond = (-(Enclosure::count(n) * self.divergence)).exp().upper();
            if beyond <= most || beyond < f64::MIN_POSITIVE {
                return most.max(beyond.min(most.max(f64::MIN_POSITIVE)));
            }
            n += 1;
        }
    }

    /// An upper bound of Pr[Bin(n, beta) >= c], for c above n beta.
    fn tail(&self, n: u64, c: u64) -> f64 {
        if c > n {
            return 0.0;
        }
        let factorial = |m: u64| {
            let x = crate::num::to_f64(m) + 1.0;
            let (value, error) = (ln_gamma(x), ln_gamma_error(x));
            Enclosure::new(value - error, value + error)
        };
        let choose = factorial(n) - factorial(c) - factorial(n - c);
        let ln = choose + Enclosure::count(c) * self.ln_beta + Enclosure::count(n - c) * self.ln_rest;
        let mut term = ln.exp();
        let mut sum = term;
        for i in c..n {
            let ratio = Enclosure::count(n - i) / Enclosure::count(i + 1) * self.odds;
            term = term * ratio;
            // The ratios fall: what is left is at most a geometric series.
            if ratio.upper() < 0.5 && term.upper() < sum.lower() * 1e-16 {
                sum = sum + term * 2.0;
                break;
            }
            sum = sum + term;
        }
        sum.upper()
    }
}

/// So many 1e-12.
fn picos(count: u64) -> Enclosure {
    Enclosure::count(count) / Enclosure::exact(1e12)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, positive, far below 2^53")]
fn whole(x: f64) -> u64 {
    x as u64
}

/// One part in so many of epsilon is for the choice of levels; the authors of the method spend about as much.
const SEARCH_SHARE: f64 = 10.0;
/// With a given epsilon and delta, classes grow fast in size from about here on.
const MOST_OF_ALL: f64 = 0.8;
/// Beyond this, no table has classes that large.
const MOST_K: u64 = 1 << 22;
/// 2^32.
const WORDS: f64 = 4_294_967_296.0;

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the numbers of a test are small"
)]
mod tests {
    use super::*;

    /// The twin: all terms, in plain floating point, over all n up to a large one.
    fn twin(beta: f64, epsilon: f64, k: u64) -> f64 {
        let gamma = 1.0 - (1.0 - beta) * (-epsilon).exp();
        let mut most = 0.0f64;
        for n in 1..2_000u64 {
            let from = k.max((gamma * n as f64).floor() as u64 + 1);
            let mut pmf = (1.0 - beta).powi(n as i32);
            let mut sum = 0.0;
            for c in 0..=n {
                if c >= from {
                    sum += pmf;
                }
                pmf *= (n - c) as f64 / (c + 1) as f64 * beta / (1.0 - beta);
            }
            most = most.max(sum);
        }
        most
    }

    #[test]
    fn delta_is_the_largest_of_all_sizes_of_a_class() {
        for (beta, epsilon) in [(0.5, 0.8), (0.3, 0.5), (0.6321, 1.0), (0.8, 2.0)] {
            let word = (beta * WORDS).floor() as u32;
            for k in [5, 20, 60] {
                let bound = Sampling::new(word, epsilon).delta(k);
                let exact = twin(f64::from(word) / WORDS, epsilon, k);
                assert!(bound >= exact * (1.0 - 1e-9), "{beta} {epsilon} {k}: {bound:e} below {exact:e}");
                assert!(
                    bound <= exact * (1.0 + 1e-6) + 1e-300,
                    "{beta} {epsilon} {k}: {bound:e} above {exact:e}"
                );
            }
        }
    }

    #[test]
    fn a_price_spends_no_more_than_it_was_given() {
        for (epsilon, delta) in [(0.1, 1e-6), (1.0, 1e-6), (2.0, 1e-5), (4.0, 1e-10)] {
            let price = Price::new(epsilon, delta, None).unwrap();
            let rows = epsilon - price.search_epsilon();
            let most = 1.0 - (-rows).exp();
            assert!(price.sampling() <= most && price.sampling() > 0.99 * most.min(0.8));
            let smaller = Price::new(epsilon, delta, Some(most / 2.0)).unwrap();
            assert!(smaller.k() < price.k() && smaller.sampling() <= most / 2.0);
            assert!(Price::new(epsilon, delta, Some(most + 1e-6)).is_err());
            let sampling = Sampling::new(price.beta(), rows - 1e-12);
            assert!(sampling.delta(price.k()) <= delta * (1.0 + 1e-6));
            assert!(
                sampling.delta(price.k() - 1) > delta * (1.0 - 1e-6),
                "{epsilon}: {} is more than needed",
                price.k()
            );
        }
        for (epsilon, delta) in [(0.001, 1e-6), (1.0, 0.0), (f64::NAN, 0.1), (1.0, f64::NAN)] {
            assert!(Price::new(epsilon, delta, None).is_err());
        }
    }
}
