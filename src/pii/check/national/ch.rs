//! Checks on identifiers of Switzerland.

use crate::pii::check::digits::{digits, weighted};

/// Old-age insurance number: country code 756, check digit of EAN-13. Catches every single wrong digit.
///
/// Source: Central Compensation Office, "NAVS13"; Verordnung über die Alters- und Hinterlassenenversicherung, art. 133.
pub(in crate::pii) fn ahv(id: &[u8]) -> bool {
    let Some(d) = digits::<13>(id) else { return false };
    d[..3] == [7, 5, 6] && weighted(&[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1], &d).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::ahv;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The specimen of the insurance card, and the usual example.
        let valid = ["7569217076985", "7561234567897"];
        let invalid = ["7569217076986", "7609217076983", "756921707698", "75692170769855"];
        tell_apart(ahv, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(ahv, b"7569217076985"), 0);
    }
}
