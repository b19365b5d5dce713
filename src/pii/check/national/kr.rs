//! Checks on identifiers of Korea.

use crate::pii::check::{
    civil,
    digits::{digits, number, weighted},
};

/// Resident and foreigner registration number: date of birth, century and sex, place of registration of citizens, and a
/// check digit modulo 11.
///
/// Numbers given since October 2020 end in six random digits. That is known from the date of birth alone, so the check
/// is waived for who was born since then, up to [`LAST_YEAR`]; who was older and got a new number is missed unless the
/// digits happen to fit. The check digits of rests 0 and 10 are the same, so a wrong digit can pass where the check
/// digit is 1, of foreigners 3; elsewhere every single wrong digit is caught.
///
/// Source: 주민등록법 시행규칙 (Enforcement Rules of the Resident Registration Act), article 2, amended 2020; Immigration
/// Act for foreigners, whose check digit is greater by two.
pub(in crate::pii) fn rrn(id: &[u8]) -> bool {
    let Some(d) = digits::<13>(id) else { return false };
    let century = match d[6] {
        9 | 0 => 1800,
        1 | 2 | 5 | 6 => 1900,
        _ => 2000,
    };
    let foreign = (5..=8).contains(&d[6]);
    let (year, month) = (century + number(&d[..2]), number(&d[2..4]));
    if !civil(year, month, number(&d[4..6])) || year > LAST_YEAR {
        return false;
    }
    let random = (year, month) >= (2020, 10);
    // 00 to 96: Seoul to Sejong.
    let placed = foreign || number(&d[7..9]) <= 96;
    let base = if foreign { 13 } else { 11 };
    let expected = (base - weighted(&[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5], &d) % 11) % 10;
    random || (placed && expected == u32::from(d[12]))
}

/// Ends the years for which any six digits are good: otherwise half of the numbers of the last century, read as of this
/// one, would be.
const LAST_YEAR: u32 = 2039;

#[cfg(test)]
mod tests {
    use super::rrn;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Computed from the formula; the last two have no check.
        let valid = ["9710139019902", "8001011234560", "8001015234563", "2011013000000", "2305074999999"];
        let invalid = ["8001011234567", "8002301234568", "2009013000000", "4501013000000", "800101123456"];
        tell_apart(rrn, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught_where_the_check_digit_is_not_1() {
        assert_eq!(unnoticed(rrn, b"8001011234560"), 0);
    }
}
