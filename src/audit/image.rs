//! Which floating-point numbers textbook noise can reach.

/// Whether `output` can be `answer` with Laplace noise of this scale, as textbooks make it: `answer ± scale * ln(u)`, with
/// `u` a multiple of 2^-53, computed in floating point.
///
/// Noise made so cannot reach every number, and which ones it misses depends on the answer (\[Mir12\] Mironov, *On
/// Significance of the Least Significant Bits for Differential Privacy*, CCS 2012). As a label of a
/// [`Transcript`](crate::audit::Transcript), for the answers of both sides, it finds that out where low bits do not.
///
/// # Examples
/// ```
/// use incog::audit::is_reachable;
/// let u = 4_503_599_627_370_497.0 / 9_007_199_254_740_992.0; // a multiple of 2^-53
/// let output = 1.0 - 3.7 * f64::ln(u);
/// assert!(is_reachable(output, 1.0, 3.7));
/// let misses = (1..100).map(|i| f64::from_bits(1.25f64.to_bits() + i)).filter(|&x| !is_reachable(x, 1.0, 3.7));
/// assert!(misses.count() > 20);
/// ```
#[must_use]
pub fn is_reachable(output: f64, answer: f64, scale: f64) -> bool {
    let distance = (output - answer).abs();
    let middle = (-distance / scale).exp() * STEPS;
    if !middle.is_finite() {
        return false;
    }
    let middle = middle.round();
    let up = output >= answer;
    (-AROUND..=AROUND).any(|offset| {
        let u = (middle + f64::from(offset)) / STEPS;
        if !(0.0..=1.0).contains(&u) {
            return false;
        }
        let noise = scale * u.ln();
        let reached = if up { answer - noise } else { answer + noise };
        reached.to_bits() == output.to_bits()
    })
}

/// Of a uniform number with 53 bits.
const STEPS: f64 = 9_007_199_254_740_992.0;

/// More than the error of an exponential and a logarithm in multiples of 2^-53: each is within two of their last bits.
const AROUND: i32 = 16;
