//! Checks on identifiers of Spain.

use crate::pii::check::{
    digits::{digits, number},
    luhn,
};

/// Tax number of a citizen or a company, with or without `ES`.
///
/// A citizen's is that of the identity card, eight digits and a letter modulo 23, its leading zero at times left out; K,
/// L or M and seven digits for those without a card. Companies have a letter for their form, seven digits and a check
/// as of Luhn's, a digit or a letter by form. Catches every single wrong digit.
///
/// Source: Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE"; Orden EHA/451/2008; Real Decreto
/// 1065/2007, art. 18 to 22.
pub(in crate::pii) fn nif(id: &[u8]) -> bool {
    let id = match id.strip_prefix(b"ES") {
        Some(rest) if id.len() == 11 => rest,
        _ => id,
    };
    match id {
        [b'K' | b'L' | b'M', body @ .., letter] if id.len() == 9 => control(body, 0, *letter),
        [form @ b'A'..=b'W', body @ .., check] if id.len() == 9 => company(*form, body, *check),
        [body @ .., letter] if matches!(id.len(), 8 | 9) => control(body, 0, *letter),
        _ => false,
    }
}

/// Number of a foreigner: X, Y or Z, seven digits (in old ones of X eight), a letter modulo 23. Catches every single
/// wrong digit.
///
/// Source: Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE"; Orden INT/2058/2008.
pub(in crate::pii) fn nie(id: &[u8]) -> bool {
    match id {
        [b'X', b'0', body @ .., letter] if id.len() == 10 => control(body, 0, *letter),
        [first @ b'X'..=b'Z', body @ .., letter] if id.len() == 9 => control(body, first - b'X', *letter),
        _ => false,
    }
}

/// Whether `letter` belongs to seven or eight digits; `front` stands before the seven.
fn control(body: &[u8], front: u8, letter: u8) -> bool {
    let value = match body.len() {
        7 => digits::<7>(body).map(|d| u32::from(front) * 10_000_000 + number(&d)),
        _ => digits::<8>(body).map(|d| number(&d)),
    };
    value.is_some_and(|value| LETTERS.iter().zip(0..).any(|(&l, rest)| l == letter && rest == value % 23))
}

fn company(form: u8, body: &[u8], check: u8) -> bool {
    let Some(d) = digits::<7>(body) else { return false };
    let right = (b'0'..=b'9').find(|check| luhn(&[&d[..], &[check - b'0']].concat()));
    let lettered = right.map(|digit| b"JABCDEFGHI"[usize::from(digit - b'0')]);
    match form {
        b'A' | b'B' | b'E' | b'H' => right == Some(check),
        b'N' | b'P' | b'Q' | b'R' | b'S' | b'W' => lettered == Some(check),
        b'C' | b'D' | b'F' | b'G' | b'J' | b'U' | b'V' => right == Some(check) || lettered == Some(check),
        _ => false,
    }
}

/// By the rest modulo 23.
const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

#[cfg(test)]
mod tests {
    use super::{nie, nif};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_tax_numbers() {
        // The specimen of the card, common examples of the agency; companies; a leading zero left out.
        let valid = [
            "99999999R",
            "12345678Z",
            "00000001R",
            "1234567L",
            "K0867756N",
            "A58818501",
            "B64717838",
            "Q2876031B",
            "ES12345678Z",
            "ESA58818501",
        ];
        let invalid = [
            "12345678A",
            "99999999S",
            "A58818502",
            "X1234567L",
            "Q28760312",
            "I58818501",
            "FR12345678Z",
            "123456Z",
            "123456789",
        ];
        tell_apart(nif, &valid, &invalid);
    }

    #[test]
    fn known_foreigners() {
        // The example of the ministry, and others that were computed.
        let valid = ["X1234567L", "Y1234567X", "Z1234567R", "X01234567L", "X2482300W"];
        let invalid = ["X1234567M", "Y1234567L", "A1234567L", "X11234567L", "X123456L", "12345678Z"];
        tell_apart(nie, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(nif, b"12345678Z"), 0);
        assert_eq!(unnoticed(nif, b"A58818501"), 0);
        assert_eq!(unnoticed(nie, b"X1234567L"), 0);
        assert_eq!(unnoticed(nie, b"Z1234567R"), 0);
    }
}
