//! Checks on identifiers of Chile.

/// RUT and RUN: six to eight digits and a check character modulo 11, K for 10. Catches every single wrong character.
///
/// Source: Servicio de Impuestos Internos and Registro Civil e Identificación, dígito verificador (módulo 11 with
/// weights 2 to 7 from the right).
pub(in crate::pii) fn rut(id: &[u8]) -> bool {
    let Some((check, body)) = id.split_last() else { return false };
    if !(6..=8).contains(&body.len()) || !body.iter().all(u8::is_ascii_digit) || body[0] == b'0' {
        return false;
    }
    let sum: u32 =
        body.iter().rev().zip((2..=7).cycle()).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    let expected = match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        digit => b"0123456789"[usize::try_from(digit).unwrap_or(0)],
    };
    *check == expected
}

#[cfg(test)]
mod tests {
    use super::rut;
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The agency's usual specimens, and the electric utility's.
        let valid = ["111111111", "123456785", "760864285", "10000013K"];
        tell_apart(rut, &valid, &["123456786", "12345678K", "K23456785", "012345675", "12345"]);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(rut, b"123456785"), 0);
    }
}
