//! Checks on identifiers of Czechia.

use crate::pii::check::{
    civil,
    digits::{digits, number},
};

/// Birth number, in a tax number behind `CZ`: date of birth, serial, and since 1954 a check digit modulo 11.
///
/// The month has 50 more for women, 20 more when the serials of a day ran out (since 2004). A rest of 10 was written as 0
/// until 1985; later numbers that have it are let pass. So a wrong digit is caught unless the number ends in 0; those of
/// nine digits, from before 1954, have no check.
///
/// Source: Act No. 133/2000 Coll. on the register of population, § 13; Ministry of the Interior, "Rodné číslo".
pub(in crate::pii) fn birth_number(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"CZ").unwrap_or(id);
    let century = |d: &[u8], before: u32, after: u32| if number(&d[..2]) < 54 { before } else { after };
    if let Some(d) = digits::<9>(id) {
        return dated(&d[..6], century(&d, 1900, 1800)) && number(&d[6..]) > 0;
    }
    let Some(d) = digits::<10>(id) else { return false };
    dated(&d[..6], century(&d, 2000, 1900)) && number(&d[..9]) % 11 % 10 == u32::from(d[9])
}

/// Whether the six digits are a date of the century, with what is added to months.
fn dated(d: &[u8], century: u32) -> bool {
    let year = century + number(&d[..2]);
    let month = match number(&d[2..4]) {
        month @ (1..=12 | 51..=62) => month % 50,
        month @ (21..=32 | 71..=82) if year >= 2004 => month % 50 - 20,
        _ => return false,
    };
    civil(year, month, number(&d[4..6]))
}

#[cfg(test)]
mod tests {
    use super::birth_number;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Usual specimens, the second with a rest of 10, the third from before 1954; the others were computed.
        let valid = ["7103192745", "7801233540", "520812123", "CZ7103192745", "0422010006", "0952010004"];
        let invalid = [
            "7103192746", // check digit
            "7113192746", // month
            "7123192747", // 20 more, before 2004
            "7102302746", // 30 February
            "520812000",  // serial
            "SK7103192745",
            "71031927455",
        ];
        tell_apart(birth_number, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught_unless_the_number_ends_in_zero() {
        assert_eq!(unnoticed(birth_number, b"7103192745"), 0);
    }
}
