//! Checks on identifiers of Denmark.

use crate::pii::check::{
    civil,
    digits::{digits, number},
};

/// Civil registration number: a date of birth, its century told by the seventh digit.
///
/// Since October 2007 numbers are issued that do not satisfy modulo 11, so it is not asked for and most wrong digits
/// pass: a label is needed.
///
/// Source: CPR-kontoret, "Personnummeret i CPR" (2008), with the table of centuries.
pub(in crate::pii) fn cpr(id: &[u8]) -> bool {
    let Some(d) = digits::<10>(id) else { return false };
    let year = number(&d[4..6]);
    // 1858 to 1899 have the leap years of 1958 to 1999, and numbers of the dead stay in files.
    let century = match (d[6], year) {
        (4 | 9, ..37) | (5..=8, ..58) => 2000,
        _ => 1900,
    };
    civil(century + year, number(&d[2..4]), number(&d[..2]))
}

#[cfg(test)]
mod tests {
    use super::cpr;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The first two satisfy modulo 11, the third does not; the fourth is from 1999, the last from 2000.
        let valid = ["2110625629", "0707614285", "1109961234", "0101995000", "2902004000"];
        let invalid = ["3102625629", "2113625629", "2902014000", "2902000000", "211062562", "211062562A"];
        tell_apart(cpr, &valid, &invalid);
    }

    /// Of 11-09-96 these changes make no date: 31 to 91 as the day, 19 to 99 as the month, 00 as the month.
    #[test]
    fn wrong_dates_are_noticed() {
        assert_eq!(unnoticed(cpr, b"1109961234"), 90 - 7 - 9 - 1);
    }
}
