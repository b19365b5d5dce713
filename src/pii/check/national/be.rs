//! Checks on identifiers of Belgium.

use crate::pii::check::{
    civil,
    digits::{digits, number},
};

/// National register number, bis numbers included: date of birth, serial, two check digits modulo 97.
///
/// Who was born since 2000 has a 2 before the number when the check digits are computed. Bis numbers add 20 or 40 to the
/// month; an unknown date has month 00. A wrong digit is caught unless it fits the other century.
///
/// Source: Rijksregister, "Samenstelling van het identificatienummer"; Royal Decree of 3 April 1984; KSZ/BCSS, bis numbers.
pub(in crate::pii) fn national_number(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    let (year, month, day) = (number(&d[..2]), number(&d[2..4]), number(&d[4..6]));
    let (body, check) = (number(&d[..9]), number(&d[9..]));
    // Remainders add up, so the 2 in front counts as its own.
    let fits = |century: u32, front: u32| {
        let dated = match month {
            0 | 20 | 40 => day <= 31,
            1..=52 => civil(century + year, month % 20, day),
            _ => false,
        };
        dated && check == 97 - (body % 97 + front) % 97
    };
    (1..=998).contains(&number(&d[6..9])) && (fits(1900, 0) || fits(2000, 2_000_000_000 % 97))
}

#[cfg(test)]
mod tests {
    use super::national_number;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The usual specimens of either century; the bis numbers were computed from the formula.
        let valid = ["85073003328", "17073003384", "85473003317", "85273003371"];
        let invalid = [
            "85073003329", // check digits
            "17073003328", // of the other century
            "85133003370", // month
            "85023003390", // 30 February
            "8507300332",
            "850730033A8",
        ];
        tell_apart(national_number, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_of_a_number_is_caught() {
        assert_eq!(unnoticed(national_number, b"85073003328"), 0);
        assert_eq!(unnoticed(national_number, b"17073003384"), 0);
    }
}
