//! Vehicle identification numbers.

/// Whether the check digit in the ninth place fits and the last four places are digits.
///
/// North America requires the check digit; most makers put it everywhere. Letters and digits of one value can replace
/// each other unnoticed; digits cannot.
///
/// Source: 49 CFR 565.15 (tables III to V); ISO 3779, 4.5.
pub(in crate::pii) fn vin(id: &[u8]) -> bool {
    let Some(values) = values(id) else { return false };
    let sum: u32 = WEIGHTS.iter().zip(values).map(|(w, v)| w * u32::from(v)).sum();
    let expected = match sum % 11 {
        10 => b'X',
        digit => b"0123456789"[usize::try_from(digit).unwrap_or(0)],
    };
    id[8] == expected
}

/// Whether it is a number from outside of North America, where makers may leave the check digit out: a region that
/// issues, at least one letter, four digits at the end. Nothing else can be wrong, so it needs a label.
///
/// Source: ISO 3779, 4.5; ISO 3780, 5 (1 to 5: North America; 0: nobody).
pub(in crate::pii) fn vin_elsewhere(id: &[u8]) -> bool {
    values(id).is_some() && !(b'0'..=b'5').contains(&id[0]) && id[..9].iter().any(u8::is_ascii_alphabetic)
}

/// The values of a number's characters, if it has the right ones: I, O and Q are never used.
fn values(id: &[u8]) -> Option<[u8; 17]> {
    let id: &[u8; 17] = id.try_into().ok()?;
    let allowed = |b: &u8| match b {
        b'I' | b'O' | b'Q' => false,
        b => b.is_ascii_digit() || b.is_ascii_uppercase(),
    };
    let shaped = id.iter().all(allowed) && id[13..].iter().all(u8::is_ascii_digit);
    // A to H count from 1, J to R from 1, S to Z from 2.
    shaped.then(|| {
        id.map(|b| match b {
            b'A'..=b'H' => b - b'A' + 1,
            b'J'..=b'R' => b - b'J' + 1,
            b'S'..=b'Z' => b - b'S' + 2,
            digit => digit.wrapping_sub(b'0'),
        })
    })
}

/// 49 CFR 565.15, table IV. The check digit itself has none.
const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

#[cfg(test)]
mod tests {
    use super::{vin, vin_elsewhere};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn every_single_wrong_digit_is_caught() {
        // The usual example of the rule, and the test number of all ones.
        assert_eq!(unnoticed(vin, b"1M8GDM9AXKP042788"), 0);
        assert_eq!(unnoticed(vin, b"11111111111111111"), 0);
    }

    #[test]
    fn known_numbers() {
        let invalid = ["1M8GDM9A1KP042788", "IM8GDM9AXKP042788", "1M8GDM9AXKP04278", "1M8GDM9AXKPA427B8"];
        tell_apart(vin, &["1M8GDM9AXKP042788", "5GZCZ43D13S812715", "1HGCM82633A004352"], &invalid);
    }

    #[test]
    fn european_numbers_may_lack_a_check_digit() {
        assert!(!vin(b"WVWZZZ1JZXW000001"));
        tell_apart(
            vin_elsewhere,
            &["WVWZZZ1JZXW000001", "VF7XXXXXXXX123456"],
            &["1M8GDM9A1KP042788", "01234567890123456"],
        );
    }
}
