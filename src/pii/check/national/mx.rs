//! Checks on identifiers of Mexico.

use crate::pii::check::{
    civil,
    digits::{digits, number},
};

/// Population registry code: initials, date of birth, sex (H, M, or X since 2023), state, consonants, a character that tells the century, and a
/// check digit modulo 10.
///
/// The character before the check digit is a digit for who was born before 2000, a letter since. The weights fall from
/// 18 to 2, so that even ones hide a change by 5 and the tenth of a day is not weighed at all; most of what they hide
/// makes a date that is none.
///
/// Source: RENAPO, Instructivo normativo para la asignación de la CURP (Diario Oficial de la Federación, 18 October
/// 2021).
pub(in crate::pii) fn curp(id: &[u8]) -> bool {
    let Ok(id) = <[u8; 18]>::try_from(id) else { return false };
    let (Some(date), Some([check])) = (digits::<6>(&id[4..10]), digits::<1>(&id[17..])) else { return false };
    let letters = id[..4].iter().chain(&id[10..16]).all(u8::is_ascii_uppercase);
    let vowel = |b: u8| matches!(b, b'A' | b'E' | b'I' | b'O' | b'U');
    let century = match id[16] {
        b'0'..=b'9' => 1900,
        b'A'..=b'Z' => 2000,
        _ => return false,
    };
    if !letters
        || !(vowel(id[1]) || id[1] == b'X')
        || !civil(century + number(&date[..2]), number(&date[2..4]), number(&date[4..]))
        || !b"HMX".contains(&id[10])
        || !STATES.as_bytes().chunks(3).any(|state| state[..2] == id[11..13])
        || id[13..16].iter().any(|b| vowel(*b))
    {
        return false;
    }
    // Ñ stands between N and O, so letters from O on count one more.
    let values = id.map(|b| match b {
        b'0'..=b'9' => u32::from(b - b'0'),
        b'A'..=b'N' => u32::from(b - b'A') + 10,
        _ => u32::from(b.saturating_sub(b'A')) + 11,
    });
    let sum: u32 = values[..17].iter().zip((2..=18).rev()).map(|(value, weight)| value * weight).sum();
    (sum + u32::from(check)).is_multiple_of(10)
}

/// The codes of the states, of the federal district, and NE for those born abroad.
const STATES: &str =
    "AS BC BS CC CH CL CM CS DF DG GR GT HG JC MC MN MS NE NL NT OC PL QR QT SL SP SR TC TL TS VZ YN ZS ";

#[cfg(test)]
mod tests {
    use super::curp;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_codes() {
        // The example of the registry; the other was computed.
        let valid = ["HEGG560427MVZRRL04", "BOXW310820HNERXN09"];
        let invalid = [
            "HEGG560427MVZRRL05", // check digit
            "HBGG560427MVZRRL04", // no vowel
            "HEGG560431MVZRRL04", // date
            "HEGG560427MVVRRL04", // state
            "HEGG560427MVZRRL0",
        ];
        tell_apart(curp, &valid, &invalid);
    }

    /// Of the six digits of the date, three have even weights. 5 in 1956 may be a 0; 0 in 04 may not be a 5, and 2 in 27,
    /// which is not weighed, may be 0 or 1. The 0 that tells the century may be a 5.
    #[test]
    fn single_wrong_digits_are_caught_but_for_four() {
        assert_eq!(unnoticed(curp, b"HEGG560427MVZRRL04"), 1 + 2 + 1);
    }
}
