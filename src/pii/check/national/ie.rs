//! Checks on identifiers of Ireland.

use crate::pii::check::digits::{digits, weighted};

/// Personal public service number: seven digits, a check letter modulo 23, at times one more letter. Catches every single
/// wrong digit.
///
/// The second letter, A to I since 2013, counts nine times. W, T and X are older and count nothing: they marked a spouse.
///
/// Source: Department of Social Protection, "PPS number"; Revenue, "Modulus 23 check character".
pub(in crate::pii) fn pps(id: &[u8]) -> bool {
    let (body, letter, second) = match id {
        [body @ .., letter, second @ b'A'..=b'I'] if id.len() == 9 => (body, letter, second - b'A' + 1),
        [body @ .., letter, b'T' | b'W' | b'X'] if id.len() == 9 => (body, letter, 0),
        [body @ .., letter] if id.len() == 8 => (body, letter, 0),
        _ => return false,
    };
    let Some(d) = digits::<7>(body) else { return false };
    let sum = weighted(&[8, 7, 6, 5, 4, 3, 2], &d) + 9 * u32::from(second);
    b"WABCDEFGHIJKLMNOPQRSTUV".iter().zip(0..).any(|(l, rest)| l == letter && rest == sum % 23)
}

#[cfg(test)]
mod tests {
    use super::pps;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The usual specimens, the third of the kind since 2013, and an old one of a spouse.
        let valid = ["1234567T", "6433435F", "1234567FA", "6433435OA", "6433435FW", "6433435FT"];
        let invalid = ["1234567U", "6433435E", "6433435FA", "6433435FZ", "643343F", "64334355"];
        tell_apart(pps, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(pps, b"1234567T"), 0);
        assert_eq!(unnoticed(pps, b"1234567FA"), 0);
    }
}
