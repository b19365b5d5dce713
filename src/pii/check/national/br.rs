//! Checks on identifiers of Brazil.

use crate::pii::check::digits::{digits, weighted};

/// Taxpayer number of a person: two check digits modulo 11, not one digit repeated.
///
/// Rests 0 and 1 give the same check digit, so that a wrong digit can pass one of the two; that it passes both takes
/// numbers that have both check digits 0.
///
/// Source: Receita Federal do Brasil, Cadastro de Pessoas Físicas, Instrução Normativa RFB nº 2.172/2024.
pub(in crate::pii) fn cpf(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    let check = |weights: &[u8]| last(weighted(weights, &d));
    d.iter().any(|&x| x != d[0])
        && check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) == d[9]
        && check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == d[10]
}

/// Number of a legal entity: twelve digits, since July 2026 also letters, and two check digits modulo 11; not one digit
/// repeated.
///
/// A letter counts as its ASCII code less 48. A letter and a digit, or two letters, can be alike modulo 11; two digits
/// cannot.
///
/// Source: Receita Federal do Brasil, Instrução Normativa RFB nº 2.229/2024, annex on the alphanumeric CNPJ.
pub(in crate::pii) fn cnpj(id: &[u8]) -> bool {
    let Ok(id) = <[u8; 14]>::try_from(id) else { return false };
    let (body, checks) = id.split_at(12);
    let shaped = body.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if !shaped || !checks.iter().all(u8::is_ascii_digit) || id.iter().all(|b| *b == id[0]) {
        return false;
    }
    let d = id.map(|b| b - b'0');
    last(weighted(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], &d)) == d[12]
        && last(weighted(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], &d)) == d[13]
}

/// The check digit of a weighted sum.
fn last(sum: u32) -> u8 {
    match u8::try_from(sum % 11) {
        Ok(rest @ 2..) => 11 - rest,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{cnpj, cpf};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The second is the usual specimen; the others were computed.
        let valid = ["52998224725", "11144477735", "12345678909"];
        tell_apart(cpf, &valid, &["11111111111", "52998224726", "5299822472", "00000000000"]);
        // The example of the agency for letters, Banco do Brasil, and a specimen.
        let valid = ["12ABC34501DE35", "00000000000191", "11222333000181"];
        let invalid =
            ["12ABC34501DE36", "00000000000000", "11222333000182", "1122233300018A", "12AÇ34501DE35"];
        tell_apart(cnpj, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(cpf, b"52998224725"), 0);
        assert_eq!(unnoticed(cnpj, b"11222333000181"), 0);
        assert_eq!(unnoticed(cnpj, b"12ABC34501DE35"), 0);
    }
}
