//! Digits of an identifier, and what schemes compute of them.

/// The values of the digits of `id`, if it has `N` characters and all are digits.
pub(in crate::pii) fn digits<const N: usize>(id: &[u8]) -> Option<[u8; N]> {
    let id: &[u8; N] = id.try_into().ok()?;
    id.iter().all(u8::is_ascii_digit).then(|| id.map(|b| b - b'0'))
}

/// What the digits read as, at most nine of them.
pub(in crate::pii) fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n, &d| n * 10 + u32::from(d))
}

/// The sum of the values times their weights, for as many as both have.
pub(in crate::pii) fn weighted(weights: &[u8], values: &[u8]) -> u32 {
    weights.iter().zip(values).map(|(&w, &v)| u32::from(w) * u32::from(v)).sum()
}
