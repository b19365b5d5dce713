//! Checks on identifiers of Norway.

use crate::pii::check::{
    civil,
    digits::{digits, number, weighted},
};

/// Birth number, D-number or H-number: date of birth, individual number that tells the century, two check digits modulo
/// 11. Catches every single wrong digit.
///
/// D-numbers have 40 more as their day, H-numbers 40 more as their month.
///
/// Source: Skatteetaten, "Fødselsnummer" and "D-nummer"; Forskrift om folkeregistrering (2017), § 2-2-3.
pub(in crate::pii) fn birth_number(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    let (day, month, year) = (number(&d[..2]), number(&d[2..4]), number(&d[4..6]));
    // 1854 to 1899 have the leap years of 1954 to 1999, and numbers of the dead stay in files.
    let century = match (number(&d[6..9]), year) {
        (0..=499, _) | (500..=749, 54..) | (900..=999, 40..) => 1900,
        (500..=999, 0..=39) => 2000,
        _ => return false,
    };
    let less = |value: u32| if value > 40 { value - 40 } else { value };
    civil(century + year, less(month), less(day))
        && weighted(&[3, 7, 6, 1, 8, 9, 4, 5, 2, 1], &d).is_multiple_of(11)
        && weighted(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1], &d).is_multiple_of(11)
}

#[cfg(test)]
mod tests {
    use super::birth_number;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Specimens of the tax administration and others; the second is a D-number.
        let valid = ["15108695088", "53097248016", "01010750160", "02023210048"];
        let invalid = ["15108695089", "15138695088", "30028695088", "1510869508", "151086950888"];
        tell_apart(birth_number, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(birth_number, b"15108695088"), 0);
    }
}
