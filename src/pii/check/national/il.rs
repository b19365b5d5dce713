//! Checks on identifiers of Israel.

use crate::pii::check::{digits::digits, luhn};

/// Identity number: nine digits with Luhn's check digit; eight if a leading zero was left out. Catches every single
/// wrong digit.
///
/// Source: Population and Immigration Authority, Teudat Zehut, ספרת ביקורת (weights 1 2 1 2 1 2 1 2 1).
pub(in crate::pii) fn id(id: &[u8]) -> bool {
    let holds = |d: &[u8]| d.iter().any(|&d| d > 0) && luhn(d);
    // A leading zero adds nothing.
    match id.len() {
        8 => digits::<8>(id).is_some_and(|d| holds(&d)),
        _ => digits::<9>(id).is_some_and(|d| holds(&d)),
    }
}

#[cfg(test)]
mod tests {
    use super::id;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Computed from the formula.
        tell_apart(
            id,
            &["123456782", "000000018", "039337423", "39337423"],
            &["123456789", "000000000", "1234567"],
        );
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(id, b"123456782"), 0);
    }
}
