//! Checks on identifiers of China.

use crate::pii::check::{
    civil,
    digits::{digits, number, weighted},
};

/// Resident identity number: province, date of birth, check character modulo 11, X for 10. Catches every single wrong
/// character.
///
/// Numbers of the first generation, fifteen digits, have a year of two digits and no check. Permanent residents from
/// abroad have a 9 before the province.
///
/// Source: GB 11643-1999; ISO/IEC 7064, MOD 11-2; GB/T 2260 for the provinces; National Immigration Administration,
/// foreign permanent resident ID card (2023).
pub(in crate::pii) fn resident_id(id: &[u8]) -> bool {
    match id {
        [_, _, _, _, _, _, rest @ ..] if id.len() == 15 => digits::<9>(rest).is_some_and(|d| {
            province(id) && civil(1900 + number(&d[..2]), number(&d[2..4]), number(&d[4..6]))
        }),
        [body @ .., last] if id.len() == 18 => {
            let Some(d) = digits::<17>(body) else { return false };
            let check = match last {
                b'X' => 10,
                b'0'..=b'9' => u32::from(last - b'0'),
                _ => return false,
            };
            province(id)
                && civil(number(&d[6..10]), number(&d[10..12]), number(&d[12..14]))
                && (weighted(&WEIGHTS, &d) + check) % 11 == 1
        }
        _ => false,
    }
}

/// Whether six digits start with a province, or with a 9 and a province.
fn province(id: &[u8]) -> bool {
    let Some(d) = id.get(..6).and_then(digits::<6>) else { return false };
    let known =
        |code| matches!(code, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83);
    known(number(&d[..2])) || (d[0] == 9 && known(number(&d[1..3])))
}

/// Powers of two modulo 11.
const WEIGHTS: [u8; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

#[cfg(test)]
mod tests {
    use super::resident_id;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The examples of the standard; the shorter number is the first without century and check.
        let valid = ["11010519491231002X", "440524188001010014", "110105491231002"];
        let invalid = [
            "110105194912310020",
            "11010519490231002X",
            "00010519491231002X",
            "110105490231002",
            "11010519491231002",
        ];
        tell_apart(resident_id, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(resident_id, b"440524188001010014"), 0);
        assert_eq!(unnoticed(resident_id, b"11010519491231002X"), 0);
    }
}
