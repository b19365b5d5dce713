//! Points at which the tests try functions: fixed sequences, no random-number crate.

/// `count` points in `[low, high)`, of a fixed sequence for each seed (SplitMix64: Steele, Lea, Flood, *Fast
/// splittable pseudorandom number generators*, OOPSLA 2014).
#[allow(clippy::cast_precision_loss, reason = "53 bits")]
pub(crate) fn uniform(low: f64, high: f64, count: usize, seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed;
    (0..count).map(move |_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53) * (high - low)
    })
}

/// `count` points whose logarithms are uniform.
pub(crate) fn logarithmic(low: f64, high: f64, count: usize, seed: u64) -> impl Iterator<Item = f64> {
    uniform(low.ln(), high.ln(), count, seed).map(f64::exp)
}
