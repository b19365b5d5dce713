//! Checks on identifiers of Japan.

use crate::pii::check::digits::{digits, weighted};

/// Individual number: a check digit modulo 11, not one digit repeated.
///
/// Rests 0 and 1 both give 0, so a wrong digit can pass in numbers that end in 0 and nowhere else.
///
/// Source: 行政手続における特定の個人を識別するための番号の利用等に関する法律施行令, article 8; Ministry of Internal Affairs and
/// Communications, Ordinance No. 85 of 2014, article 5 (検査用数字).
pub(in crate::pii) fn my_number(id: &[u8]) -> bool {
    let Some(d) = digits::<12>(id) else { return false };
    let rest = weighted(&[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2], &d) % 11;
    let expected = if rest <= 1 { 0 } else { 11 - rest };
    d.iter().any(|&x| x != d[0]) && expected == u32::from(d[11])
}

#[cfg(test)]
mod tests {
    use super::my_number;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Computed from the formula; the first is the usual specimen.
        tell_apart(my_number, &["123456789018"], &["123456789012", "000000000000", "12345678901"]);
    }

    #[test]
    fn every_single_wrong_digit_is_caught_unless_the_number_ends_in_zero() {
        assert_eq!(unnoticed(my_number, b"123456789018"), 0);
    }
}
