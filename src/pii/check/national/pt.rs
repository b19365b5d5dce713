//! Checks on identifiers of Portugal.

use crate::pii::check::digits::{digits, number, weighted};

/// Tax number, with or without `PT`: a first digit that is issued, a check digit modulo 11.
///
/// 1 to 3 are people, 45 people abroad, 5 and 6 companies and offices, 8 traders, 7 and 9 with a second digit heirs,
/// funds and others. Rests 0 and 1 both give 0, so a wrong digit can pass only in numbers that end in 0.
///
/// Source: Autoridade Tributária, "Número de identificação fiscal"; Decreto-Lei n.º 14/2013, art. 6 and 7.
pub(in crate::pii) fn nif(id: &[u8]) -> bool {
    let Some(d) = digits::<9>(id.strip_prefix(b"PT").unwrap_or(id)) else { return false };
    let issued = matches!(
        number(&d[..2]),
        10..=39 | 45 | 50..=69 | 70..=72 | 74 | 75 | 77..=79 | 80..=89 | 90 | 91 | 98 | 99
    );
    let expected = match weighted(&[9, 8, 7, 6, 5, 4, 3, 2], &d) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    issued && expected == u32::from(d[8])
}

#[cfg(test)]
mod tests {
    use super::nif;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // A company, the state's anonymous buyer, and the usual specimen.
        let valid = ["501964843", "999999990", "123456789", "PT501964843"];
        tell_apart(nif, &valid, &["501964844", "012345679", "50196484", "ES501964843", "5019648433"]);
    }

    #[test]
    fn every_single_wrong_digit_is_caught_unless_the_number_ends_in_zero() {
        assert_eq!(unnoticed(nif, b"501964843"), 0);
    }
}
