//! Checks on identifiers of Finland.

use crate::pii::check::{
    civil,
    digits::{digits, number},
};

/// Personal identity code: date of birth, sign of the century, individual number, check character modulo 31. Catches
/// every single wrong digit.
///
/// The sign is `+` (1800s), `-` (1900s) or, as others since 2023, a letter: U to Y for the 1900s, A to F for the 2000s.
/// `+` and `-` are separators to the scanner, so a code without a letter may be of either century. Individual numbers
/// from 900 on are temporary ones of hospitals and registers.
///
/// Source: DVV, "Personal identity code"; Valtioneuvoston asetus 128/2010, amended by 690/2022.
pub(in crate::pii) fn hetu(id: &[u8]) -> bool {
    let (date, rest, centuries): (_, _, &[u32]) = match id {
        [date @ .., b'U'..=b'Y', a, b, c, check] if id.len() == 11 => (date, [*a, *b, *c, *check], &[1900]),
        [date @ .., b'A'..=b'F', a, b, c, check] if id.len() == 11 => (date, [*a, *b, *c, *check], &[2000]),
        [date @ .., a, b, c, check] if id.len() == 10 => (date, [*a, *b, *c, *check], &[1900, 1800]),
        _ => return false,
    };
    let (Some(date), Some(individual)) = (digits::<6>(date), digits::<3>(&rest[..3])) else { return false };
    let (day, month, year) = (number(&date[..2]), number(&date[2..4]), number(&date[4..]));
    let value = number(&date) * 1000 + number(&individual);
    number(&individual) >= 2
        && centuries.iter().any(|century| civil(century + year, month, day))
        && CHECKS.iter().zip(0..).any(|(&check, remainder)| check == rest[3] && remainder == value % 31)
}

/// By the rest modulo 31.
const CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

#[cfg(test)]
mod tests {
    use super::hetu;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_codes() {
        // The example of the agency, with the signs - X A; the last was computed.
        let valid = ["131052308T", "131052X308T", "131052A308T", "010190901R"];
        let invalid = [
            "131052308U",  // check
            "131052G308T", // sign
            "131352308T",  // month
            "300252308T",  // 30 February
            "131052001W",  // individual number
            "131052308",
            "131052A308",
        ];
        tell_apart(hetu, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(hetu, b"131052308T"), 0);
        assert_eq!(unnoticed(hetu, b"131052A308T"), 0);
    }
}
