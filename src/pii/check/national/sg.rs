//! Checks on identifiers of Singapore.

use crate::pii::check::digits::{digits, weighted};

/// Identity and foreign identification number: a letter for the series, seven digits, a check letter modulo 11. Catches
/// every single wrong digit.
///
/// Source: Immigration and Checkpoints Authority; the table of check letters as used by the agencies' forms, with the M
/// series of 1 January 2022.
pub(in crate::pii) fn nric(id: &[u8]) -> bool {
    let [series, number @ .., check] = id else { return false };
    let Some(d) = digits::<7>(number) else { return false };
    let (offset, letters) = match series {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let rest = (weighted(&[2, 7, 6, 5, 4, 3, 2], &d) + offset) % 11;
    usize::try_from(rest).is_ok_and(|rest| letters[rest] == *check)
}

#[cfg(test)]
mod tests {
    use super::nric;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The usual specimens of each series.
        let valid = ["S1234567D", "T1234567J", "F1234567N", "G1234567X", "M1234567K"];
        tell_apart(nric, &valid, &["S1234567E", "A1234567D", "S123456D", "S123456DD", "T1234567D"]);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        for number in ["S1234567D", "G1234567X", "M1234567K"] {
            assert_eq!(unnoticed(nric, number.as_bytes()), 0);
        }
    }
}
