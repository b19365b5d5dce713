//! Checks on identifiers of Sweden.

use crate::pii::check::{
    civil,
    digits::{digits, number},
    luhn,
};

/// Personal identity number or coordination number, ten or twelve digits: date of birth, serial, check digit of Luhn
/// over the last ten. Catches every single wrong digit but those of the century.
///
/// Coordination numbers have 60 more as their day. The sign between tells who is a hundred years old; it is a
/// separator to the scanner, so a year of two digits may be of either century.
///
/// Source: Skatteverket, SKV 704, "Personnummer" and SKV 707, "Samordningsnummer".
pub(in crate::pii) fn personal_number(id: &[u8]) -> bool {
    let (short, centuries): (_, &[u32]) = match id {
        [b'1', b'8', rest @ ..] if id.len() == 12 => (rest, &[1800]),
        [b'1', b'9', rest @ ..] if id.len() == 12 => (rest, &[1900]),
        [b'2', b'0', rest @ ..] if id.len() == 12 => (rest, &[2000]),
        _ => (id, &[2000, 1900, 1800]),
    };
    let Some(d) = digits::<10>(short) else { return false };
    let day = match number(&d[4..6]) {
        day @ 61.. => day - 60,
        day => day,
    };
    centuries.iter().any(|century| civil(century + number(&d[..2]), number(&d[2..4]), day))
        && number(&d[6..9]) > 0
        && luhn(&d)
}

#[cfg(test)]
mod tests {
    use super::personal_number;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Examples of the tax agency; the last is a coordination number.
        let valid = ["6408233234", "8112289874", "198112289874", "7010632391"];
        let invalid = [
            "6408233235",   // check digit
            "6413233238",   // month
            "6402303230",   // 30 February
            "218112289874", // century
            "640823323",
            "64082332344",
        ];
        tell_apart(personal_number, &valid, &invalid);
    }

    /// Of the century's digits, 19 may be 18 (1881 is taken).
    #[test]
    fn every_single_wrong_digit_is_caught_but_of_the_century() {
        assert_eq!(unnoticed(personal_number, b"8112289874"), 0);
        assert_eq!(unnoticed(personal_number, b"198112289874"), 1);
    }
}
