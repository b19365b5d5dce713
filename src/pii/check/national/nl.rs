//! Checks on identifiers of the Netherlands.

use crate::pii::check::digits::{digits, number, weighted};

/// Citizen service number: a weighted sum modulo 11. Catches every single wrong digit.
///
/// Weights 9 to 2, and minus 1 for the last digit. A leading zero may be left out.
///
/// Source: RvIG, "Logisch ontwerp BSN", elfproef; Regeling burgerservicenummer.
pub(in crate::pii) fn bsn(id: &[u8]) -> bool {
    let d = match id.len() {
        8 => digits::<8>(id).map(|d| [0, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]]),
        _ => digits::<9>(id),
    };
    // Minus 1 is 10 modulo 11.
    d.is_some_and(|d| number(&d[..3]) > 0 && weighted(&[9, 8, 7, 6, 5, 4, 3, 2, 10], &d).is_multiple_of(11))
}

#[cfg(test)]
mod tests {
    use super::bsn;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Common specimens; the last two are one number.
        let valid = ["111222333", "123456782", "999994669", "012345672", "12345672"];
        tell_apart(bsn, &valid, &["111222334", "000000000", "1112223333", "1234567", "11122233A"]);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(bsn, b"111222333"), 0);
        assert_eq!(unnoticed(bsn, b"12345672"), 0);
    }
}
