//! Checks on identifiers of Estonia.

use crate::pii::check::{
    civil,
    digits::{digits, number, weighted},
};

/// Personal code: sex and century, date of birth, serial, check digit modulo 11.
///
/// When the rest is 10, a second row of weights decides; when it is 10 again, the digit is 0. A wrong digit changes the
/// rest, so it passes only by way of the second row.
///
/// Source: EVS 585:2007, "Isikukood. Struktuur"; Population Register Act, § 36.
pub(in crate::pii) fn personal_code(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    if !(1..=8).contains(&d[0]) {
        return false;
    }
    let year = 1800 + u32::from((d[0] - 1) / 2) * 100 + number(&d[1..3]);
    let first = weighted(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 1], &d) % 11;
    let second = weighted(&[3, 4, 5, 6, 7, 8, 9, 1, 2, 3], &d) % 11;
    let check = if first < 10 { first } else { second % 10 };
    civil(year, number(&d[3..5]), number(&d[5..7])) && check == u32::from(d[10])
}

#[cfg(test)]
mod tests {
    use super::personal_code;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Specimens of identity cards and of the standard.
        let valid = ["38001085718", "47101010033", "37605030299", "60001019906"];
        let invalid =
            ["38001085719", "98001085718", "38013085718", "38002305718", "3800108571", "380010857188"];
        tell_apart(personal_code, &valid, &invalid);
    }

    #[test]
    fn single_wrong_digits_are_caught_unless_the_second_weights_hide_them() {
        assert_eq!(unnoticed(personal_code, b"38001085718"), 1);
        assert_eq!(unnoticed(personal_code, b"37605030299"), 1);
        assert_eq!(unnoticed(personal_code, b"47101010033"), 0);
    }
}
