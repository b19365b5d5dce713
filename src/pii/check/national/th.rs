//! Checks on identifiers of Thailand.

use crate::pii::check::digits::{digits, weighted};

/// Identification number: a first digit for the kind of person, 1 to 8, and a check digit modulo 11.
///
/// Rests 0 and 10 both give 1, and 1 gives what 11 would: a wrong digit can pass in numbers that end in 1.
///
/// Source: Department of Provincial Administration, เลขประจำตัวประชาชน, under the Civil Registration Act B.E. 2534.
pub(in crate::pii) fn pin(id: &[u8]) -> bool {
    let Some(d) = digits::<13>(id) else { return false };
    let expected = (11 - weighted(&[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2], &d) % 11) % 10;
    (1..=8).contains(&d[0]) && expected == u32::from(d[12])
}

#[cfg(test)]
mod tests {
    use super::pin;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Computed from the formula.
        tell_apart(
            pin,
            &["1234545678781", "1101700230708"],
            &["1234545678782", "9234545678781", "123454567878"],
        );
    }

    /// The third digit has weight 11, and is not weighed at all.
    #[test]
    fn every_single_wrong_digit_is_caught_but_for_the_third() {
        assert_eq!(unnoticed(pin, b"1101700230708"), 9);
    }
}
