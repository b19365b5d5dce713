//! Zayatz's estimate: from the class sizes of the sample, taken for those of the population.

use super::Sample;

/// The expected number of members alone in the population. \[Zay91\]
///
/// With h(1 | i) the chance that a population class of size i has one member in a sample of n from N, the chance to be
/// alone in the population for who is alone in the sample is f_1 h(1 | 1) over the sum of f_i h(1 | i).
pub(super) fn uniques(sample: &Sample) -> Option<f64> {
    let alone = sample.of_size(1.0);
    let (n, all) = (sample.rows, sample.population);
    let mut total = 0.0;
    // h(1 | i) = i (n / N) times the product over j < i - 1 of (N - n - j) / (N - 1 - j).
    let (mut product, mut next) = (1.0, 0.0);
    for &(size, classes) in &sample.sizes {
        while next < size - 1.0 && product > 0.0 {
            product *= ((all - n - next) / (all - 1.0 - next)).max(0.0);
            next += 1.0;
        }
        total += classes * size * (n / all) * product;
    }
    let given_alone = alone * (n / all) / total;
    let estimate = alone * given_alone / sample.fraction();
    estimate.is_finite().then_some(estimate)
}
