//! Checks on identifiers of Malaysia.

use crate::pii::check::{
    civil,
    digits::{digits, number},
};

/// Identity card number: date of birth in either century, a code of the place of birth, four digits. No check digit.
///
/// Source: Jabatan Pendaftaran Negara, National Registration Regulations 1990; its list of codes, "Kod negeri" and
/// "Kod negara".
pub(in crate::pii) fn nric(id: &[u8]) -> bool {
    let Some(d) = digits::<12>(id) else { return false };
    let [year, month, day, place] = [0, 2, 4, 6].map(|i| number(&d[i..i + 2]));
    let born = civil(1900 + year, month, day) || civil(2000 + year, month, day);
    // 1 to 16 and 21 to 59 are states; 60 to 68 and 74 to 93 countries and regions; the others are special.
    born && matches!(place, 1..=16 | 21..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99)
}

#[cfg(test)]
mod tests {
    use super::nric;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Computed from the structure; the third is a leap day of this century alone.
        let valid = ["850101145555", "770305021234", "000229145555"];
        tell_apart(
            nric,
            &valid,
            &["850230145555", "851301145555", "850101205555", "85010114555", "010229145555"],
        );
    }

    #[test]
    fn wrong_digits_of_the_date_and_the_place_are_caught_if_they_make_none() {
        // Years: any. Month 01: 11, 02 to 09. Day 01: 11, 21, 31, 02 to 09.
        let (years, months, days) = (9 + 9, 1 + 8, 3 + 8);
        // Place 14: 04, 24 to 84; 10 to 16.
        let places = 8 + 6;
        assert_eq!(unnoticed(nric, b"850101145555"), years + months + days + places + 4 * 9);
    }
}
