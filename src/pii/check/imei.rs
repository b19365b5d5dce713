//! Identities of mobile equipment.

use super::{digits::digits, luhn};

/// Whether an IMEI has its check digit; an IMEISV, which has two digits of a software version in its place, has none.
///
/// Neither is one digit repeated. The first digits, the type allocation code, are not looked up. Catches every single
/// wrong digit of an IMEI.
///
/// Source: 3GPP TS 23.003, clauses 6.2.1 and 6.2.2, annex B.
pub(in crate::pii) fn imei(id: &[u8]) -> bool {
    match id.len() {
        15 => digits::<15>(id).is_some_and(|d| luhn(&d) && varied(&d)),
        16 => digits::<16>(id).is_some_and(|d| varied(&d)),
        _ => false,
    }
}

fn varied(digits: &[u8]) -> bool {
    digits.iter().any(|&d| d != digits[0])
}

#[cfg(test)]
mod tests {
    use super::imei;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(imei, b"490154203237518"), 0);
    }

    #[test]
    fn known_numbers() {
        let valid = ["490154203237518", "352099001761481", "356938035643809", "3520990017614823"];
        let invalid = ["490154203237517", "000000000000000", "49015420323751", "49015420323751X"];
        tell_apart(imei, &valid, &invalid);
    }
}
