//! Checks on identifiers of Turkey.

use crate::pii::check::digits::{digits, weighted};

/// Identity number: a first digit that is not 0, two check digits modulo 10. Catches every single wrong digit.
///
/// Source: Nüfus ve Vatandaşlık İşleri Genel Müdürlüğü, MERNİS; Nüfus Hizmetleri Kanunu (5490), art. 46.
pub(in crate::pii) fn identity_number(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    // Minus 1 is 9 modulo 10.
    let tenth = weighted(&[7, 9, 7, 9, 7, 9, 7, 9, 7], &d) % 10;
    let eleventh = weighted(&[1; 10], &d) % 10;
    d[0] > 0 && tenth == u32::from(d[9]) && eleventh == u32::from(d[10])
}

#[cfg(test)]
mod tests {
    use super::identity_number;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Usual specimens.
        let valid = ["10000000146", "17291716060"];
        let invalid = ["10000000147", "10000000156", "00000000000", "1000000014", "100000001466"];
        tell_apart(identity_number, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(identity_number, b"10000000146"), 0);
    }
}
