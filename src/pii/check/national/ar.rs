//! Checks on identifiers of Argentina.

use crate::pii::check::digits::{digits, number, weighted};

/// CUIT, CUIL and CDI: a type that is issued, and a check digit modulo 11.
///
/// When the digit would be 10 the agency gives 9, or changes the type. So a wrong digit passes only in numbers that end
/// in 9, where the rests 1 and 2 look alike.
///
/// Source: ARCA (formerly AFIP), Clave Única de Identificación Tributaria: weights 5 4 3 2 7 6 5 4 3 2; types 20 and 23
/// to 27 for people, 30, 33 and 34 for companies, 50, 51 and 55 for foreign ones.
pub(in crate::pii) fn cuit(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    let expected = match 11 - weighted(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], &d) % 11 {
        11 => 0,
        10 => 9,
        digit => digit,
    };
    matches!(number(&d[..2]), 20 | 23..=27 | 30 | 33 | 34 | 50 | 51 | 55) && expected == u32::from(d[10])
}

#[cfg(test)]
mod tests {
    use super::cuit;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The tax agency's own number and that of Banco de la Nación; the others were computed.
        let valid = ["33693450239", "30500010912", "20123456786", "27123456780"];
        let invalid = ["20123456787", "10123456786", "2012345678", "201234567866"];
        tell_apart(cuit, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught_unless_the_number_ends_in_nine() {
        assert_eq!(unnoticed(cuit, b"20123456786"), 0);
    }
}
