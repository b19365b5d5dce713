//! Checks on identifiers of Bulgaria.

use crate::pii::check::{
    civil,
    digits::{digits, number, weighted},
};

/// Uniform civil number: date of birth, region and serial, check digit modulo 11.
///
/// The month has 20 more for births before 1900, 40 more since 2000. Rests 0 and 10 both give 0, so a wrong digit can
/// pass only in numbers that end in 0.
///
/// Source: GRAO, Ordinance No. RD-02-20-9 on the civil registration system; Civil Registration Act, art. 11.
pub(in crate::pii) fn egn(id: &[u8]) -> bool {
    let Some(d) = digits::<10>(id) else { return false };
    let (century, month) = match number(&d[2..4]) {
        month @ 1..=12 => (1900, month),
        month @ 21..=32 => (1800, month - 20),
        month @ 41..=52 => (2000, month - 40),
        _ => return false,
    };
    civil(century + number(&d[..2]), month, number(&d[4..6]))
        && weighted(&[2, 4, 8, 5, 10, 9, 7, 3, 6], &d) % 11 % 10 == u32::from(d[9])
}

#[cfg(test)]
mod tests {
    use super::egn;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Usual specimens, of 1880 and of 1961; the last was computed, for a birth in 2001.
        let valid = ["8032056031", "6101057509", "0141010006"];
        let invalid = ["6101057508", "8013056031", "8002306031", "610105750", "61010575099"];
        tell_apart(egn, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught_unless_the_number_ends_in_zero() {
        assert_eq!(unnoticed(egn, b"6101057509"), 0);
    }
}
