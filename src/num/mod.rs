//! Numbers: conversions that say what they do, directed rounding, special functions with error bounds.
//!
//! Private. What ends up as ε or δ is computed with `Enclosure`s, or with plain `f64` and an error bound that
//! is written beside the code and added at the end.

#[cfg(feature = "dp")]
pub(crate) mod circle;
#[cfg(all(test, feature = "dp"))]
pub(crate) mod double;
#[cfg(feature = "dp")]
#[allow(dead_code, reason = "the accountants take these up one after the other")]
pub(crate) mod enclosure;
#[cfg(feature = "dp")]
#[allow(dead_code, reason = "the accountants take these up one after the other")]
pub(crate) mod exponential;
#[cfg(feature = "dp")]
pub(crate) mod fft;
#[cfg(feature = "dp")]
#[allow(dead_code, reason = "the accountants take these up one after the other")]
pub(crate) mod gamma;
#[cfg(feature = "dp")]
#[allow(dead_code, reason = "the accountants take these up one after the other")]
pub(crate) mod normal;
#[cfg(feature = "dp")]
pub(crate) mod remainder;
#[cfg(feature = "dp")]
#[allow(dead_code, reason = "the accountants take these up one after the other")]
pub(crate) mod round;
#[cfg(all(test, feature = "dp"))]
pub(crate) mod sample;

#[cfg(feature = "dp")]
#[allow(unused_imports, reason = "the accountants take it up")]
pub(crate) use enclosure::Enclosure;

/// An index from a 32-bit code. Lossless: every supported target has at least 32-bit addresses.
#[allow(clippy::cast_possible_truncation, reason = "usize has at least 32 bits, asserted below")]
pub(crate) const fn index(code: u32) -> usize {
    code as usize
}

const _: () = assert!(usize::BITS >= 32, "incog needs at least 32-bit addresses");

/// High and low word of a product.
#[cfg(any(feature = "dp", feature = "pseudonym"))]
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "splits 128 bits into two words, losing none")]
pub(crate) const fn wide_product(a: u64, b: u64) -> (u64, u64) {
    let product = a as u128 * b as u128;
    ((product >> 64) as u64, product as u64)
}

/// A count from a length. Lossless: no supported target has addresses wider than 64 bits.
#[cfg(any(feature = "csv", feature = "dp", feature = "kanon", feature = "pii", feature = "pseudonym"))]
pub(crate) const fn count(len: usize) -> u64 {
    len as u64
}

const _: () = assert!(usize::BITS <= 64, "incog needs at most 64-bit addresses");

/// The nearest `f64`. Exact up to 2^53, which is more rows than fit in memory.
#[cfg(any(feature = "dp", feature = "kanon", feature = "pseudonym"))]
#[allow(clippy::cast_precision_loss, reason = "exact below 2^53; sums of shares need no more")]
pub(crate) const fn to_f64(count: u64) -> f64 {
    count as f64
}

/// `2^exponent`, exactly, for exponents from -1022 to 1023.
#[cfg(feature = "dp")]
pub(crate) fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::try_from(exponent + 1023).unwrap_or(0) << 52)
}

/// The largest `e` with `2^e <= number`, for a positive normal number.
#[cfg(feature = "dp")]
pub(crate) fn floor_log2(number: f64) -> i32 {
    i32::try_from(number.to_bits() >> 52).unwrap_or(0) - 1023
}

/// The whole part of a number from zero to below 2^63.
#[cfg(feature = "dp")]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in the range that is asked for")]
pub(crate) fn whole(number: f64) -> Option<u64> {
    (0.0..9_223_372_036_854_775_808.0).contains(&number).then_some(number as u64)
}

#[cfg(all(test, feature = "dp"))]
mod tests {
    use super::*;

    #[test]
    fn powers_and_whole_parts_are_exact_to_the_ends_of_their_range() {
        for exponent in -1022..=1023 {
            let power = power_of_two(exponent);
            assert!(power.to_bits() == 2f64.powi(exponent).to_bits() && floor_log2(power) == exponent);
            assert_eq!(floor_log2(power.next_up()), exponent);
        }
        let below = 9_223_372_036_854_775_808f64.next_down();
        assert_eq!([0.0, 0.99, 7.0, below].map(whole), [Some(0), Some(0), Some(7), Some((1 << 63) - 1024)]);
        assert_eq!([-1.0, f64::NAN, f64::INFINITY, below.next_up()].map(whole), [None; 4]);
    }
}
