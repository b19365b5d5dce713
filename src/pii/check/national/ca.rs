//! Checks on identifiers of Canada.

use crate::pii::check::{digits::digits, luhn};

/// Social insurance number: Luhn's check digit. Catches every single wrong digit.
///
/// 8 starts business numbers, not people's. 0 starts the individual tax numbers that stand in for one.
///
/// Source: Employment and Social Development Canada, "Social Insurance Number validation"; Canada Revenue Agency.
pub(in crate::pii) fn sin(id: &[u8]) -> bool {
    digits::<9>(id).is_some_and(|d| d[0] != 8 && d.iter().any(|&d| d > 0) && luhn(&d))
}

#[cfg(test)]
mod tests {
    use super::sin;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The agency's fictitious number; the other was computed.
        tell_apart(sin, &["046454286", "130692544"], &["046454287", "000000000", "812345674", "04645428"]);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(sin, b"046454286"), 0);
    }
}
