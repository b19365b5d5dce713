//! Checks on identifiers of Romania.

use crate::pii::check::{
    civil,
    digits::{digits, number, weighted},
};

/// Personal numeric code: sex and century, date of birth, county, serial, check digit modulo 11.
///
/// 7, 8 and 9 are residents from abroad, of any century. Rests 1 and 10 both give 1, so a wrong digit can pass only in
/// codes that end in 1.
///
/// Source: Legea nr. 105/1996; H.G. nr. 64/2011, annex on the CNP; DEPABD for the codes of counties.
pub(in crate::pii) fn cnp(id: &[u8]) -> bool {
    let Some(d) = digits::<13>(id) else { return false };
    let centuries: &[u32] = match d[0] {
        1 | 2 => &[1900],
        3 | 4 => &[1800],
        5 | 6 => &[2000],
        7..=9 => &[1900, 2000],
        _ => return false,
    };
    let (year, month, day) = (number(&d[1..3]), number(&d[3..5]), number(&d[5..7]));
    let expected = match weighted(&[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9], &d) % 11 {
        10 => 1,
        rest => rest,
    };
    centuries.iter().any(|century| civil(century + year, month, day))
        && matches!(number(&d[7..9]), 1..=48 | 51 | 52 | 70 | 80..=83)
        && number(&d[9..12]) > 0
        && expected == u32::from(d[12])
}

#[cfg(test)]
mod tests {
    use super::cnp;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_codes() {
        // Usual specimens.
        let valid = ["1630615123457", "1800101221144", "2930104016121"];
        let invalid = [
            "1630615123458", // check digit
            "0630615123457", // sex
            "1631315123457", // month
            "1630230123451", // 30 February
            "1630615993454", // county
            "163061512345",
            "16306151234577",
        ];
        tell_apart(cnp, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught_unless_the_code_ends_in_one() {
        assert_eq!(unnoticed(cnp, b"1630615123457"), 0);
    }
}
