//! Checks on identifiers of Poland.

use crate::pii::check::{
    civil,
    digits::{digits, number, weighted},
};

/// Tax number, with or without `PL`: a weighted sum modulo 11. Catches every single wrong digit.
///
/// Numbers whose rest would be 10 are not issued.
///
/// Source: Ministerstwo Finansów, "NIP"; Rozporządzenie Ministra Finansów (Dz.U. 2011 nr 252 poz. 1516).
pub(in crate::pii) fn nip(id: &[u8]) -> bool {
    let Some(d) = digits::<10>(id.strip_prefix(b"PL").unwrap_or(id)) else { return false };
    number(&d[..3]) > 0 && weighted(&[6, 5, 7, 2, 3, 4, 5, 6, 7], &d) % 11 == u32::from(d[9])
}

/// Personal number: date of birth, serial with the sex, check digit modulo 10. Catches every single wrong digit.
///
/// The month tells the century: 80 more for the 1800s, 20 more since 2000.
///
/// Source: Ustawa o ewidencji ludności (2010), art. 15; gov.pl, "Czym jest numer PESEL".
pub(in crate::pii) fn pesel(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    let month = number(&d[2..4]);
    let century = match month / 20 {
        4 => 1800,
        later => 1900 + 100 * later,
    };
    civil(century + number(&d[..2]), month % 20, number(&d[4..6]))
        && weighted(&[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], &d).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::{nip, pesel};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Usual examples; PESELs of the ministry and of the law's commentary.
        let valid = ["8567346215", "1234563218", "PL8567346215"];
        tell_apart(nip, &valid, &["8567346216", "0000000000", "856734621", "DE8567346215"]);
        let valid = ["44051401359", "02070803628", "00210100004"];
        let invalid = ["44051401358", "44131401359", "44023001359", "4405140135", "440514013599"];
        tell_apart(pesel, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(nip, b"8567346215"), 0);
        assert_eq!(unnoticed(pesel, b"44051401359"), 0);
    }
}
