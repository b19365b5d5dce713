//! Checks on identifiers of South Africa.

use crate::pii::check::{
    civil,
    digits::{digits, number},
    luhn,
};

/// Identity number: date of birth in either century, citizenship 0 to 2, Luhn's check digit. Catches every single wrong
/// digit.
///
/// Source: Department of Home Affairs, Identification Act 68 of 1997, structure YYMMDD SSSS C A Z: C is 0 for citizens,
/// 1 for permanent residents, 2 for refugees; A is no longer used.
pub(in crate::pii) fn id(id: &[u8]) -> bool {
    let Some(d) = digits::<13>(id) else { return false };
    let [year, month, day] = [0, 2, 4].map(|i| number(&d[i..i + 2]));
    (civil(1900 + year, month, day) || civil(2000 + year, month, day)) && d[10] <= 2 && luhn(&d)
}

#[cfg(test)]
mod tests {
    use super::id;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The usual specimens of the structure.
        tell_apart(
            id,
            &["8001015009087", "9202204720083"],
            &["8001015009088", "8013015009087", "800101500908"],
        );
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(id, b"8001015009087"), 0);
    }
}
