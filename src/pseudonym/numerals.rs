//! Numerals, the characters of a text as numbers below the radix, and the numbers that they make.

/// The number that `numerals` make, which must fit into a word.
pub(super) fn number(numerals: &[u8], radix: u64) -> u64 {
    numerals.iter().fold(0, |n, &numeral| n * radix + u64::from(numeral))
}

/// The numerals of `n`, as many as there is room for, zeros in front.
pub(super) fn fill(numerals: &mut [u8], radix: u64, n: u64) {
    // A division by a constant is a multiplication.
    match radix {
        10 => fill_by(numerals, n, |n| (n / 10, n % 10)),
        36 => fill_by(numerals, n, |n| (n / 36, n % 36)),
        _ => fill_by(numerals, n, |n| (n / radix, n % radix)),
    }
}

#[inline(always)]
fn fill_by(numerals: &mut [u8], mut n: u64, divide: impl Fn(u64) -> (u64, u64)) {
    for numeral in numerals.iter_mut().rev() {
        let (quotient, rest) = divide(n);
        // Below the radix, which is 128 at most.
        *numeral = rest.to_le_bytes()[0];
        n = quotient;
    }
}
