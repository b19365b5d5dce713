//! Statistics for tests of distributions, with their false-alarm rates.

/// How many standard deviations chi-square lies above its mean for counts in cells of these probabilities,
/// which add up to one (Wilson and Hilferty 1931: its cube root is nearly normal). Neighboring cells that
/// expect fewer than 25 are joined.
///
/// A value of 5 or more comes up by chance with probability 3e-7.
pub(crate) fn chi_square_deviations(counts: &[u64], probabilities: &[f64]) -> f64 {
    assert_eq!(counts.len(), probabilities.len());
    let draws = counts.iter().sum::<u64>() as f64;
    let (mut statistic, mut cells) = (0.0, 0.0);
    let (mut seen, mut expected) = (0.0, 0.0);
    let mut left = draws;
    for (count, probability) in counts.iter().zip(probabilities) {
        seen += *count as f64;
        expected += probability * draws;
        if expected >= 25.0 && left - expected >= 25.0 {
            statistic += (seen - expected).powi(2) / expected;
            cells += 1.0;
            left -= expected;
            (seen, expected) = (0.0, 0.0);
        }
    }
    statistic += (seen - left).powi(2) / left;
    let spread = 2.0 / (9.0 * cells);
    ((statistic / cells).cbrt() - (1.0 - spread)) / spread.sqrt()
}

/// The correlation of neighbors at a distance, times the root of their number: a standard normal number if
/// they are independent (Bartlett 1946).
pub(crate) fn serial_correlation_deviations(values: &[f64], distance: usize) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let pairs = values.iter().zip(&values[distance..]);
    let covariance = pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / n;
    covariance / variance * n.sqrt()
}
