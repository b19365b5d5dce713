//! Exact draws with probabilities that are fractions, or exponentials of fractions.

use super::SecureRng;
use crate::error::Result;

/// A uniform number below `bound`, which is at least 1: bits until they are below it.
pub(crate) fn uniform(rng: &mut SecureRng, bound: u128) -> Result<u128> {
    let unused = (bound - 1).leading_zeros();
    loop {
        let high = if unused < 64 { u128::from(rng.next_u64()?) } else { 0 };
        let draw = (high << 64 | u128::from(rng.next_u64()?)) << unused.min(127) >> unused.min(127);
        if draw < bound {
            return Ok(draw);
        }
    }
}

/// True with probability `exp(-numerator / denominator)`, for a fraction up to 1: \[CKS20\] Canonne, Kamath, Steinke, *The
/// Discrete Gaussian for Differential Privacy*, algorithm 1.
pub(crate) fn exp_coin(numerator: u128, denominator: u128, rng: &mut SecureRng) -> Result<bool> {
    if numerator == 0 {
        return Ok(true);
    }
    exp_of_coin(rng, |rng| Ok(uniform(rng, denominator)? < numerator))
}

/// True with probability `exp(-p)`, for a coin that is true with probability `p`: the same algorithm.
pub(crate) fn exp_of_coin(
    rng: &mut SecureRng,
    mut coin: impl FnMut(&mut SecureRng) -> Result<bool>,
) -> Result<bool> {
    let mut flips = 1u128;
    // True with probability p / flips: the coin, and the first of `flips`.
    while coin(rng)? && uniform(rng, flips)? == 0 {
        flips += 1;
    }
    Ok(flips % 2 == 1)
}
