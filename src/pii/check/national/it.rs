//! Checks on identifiers of Italy.

use crate::pii::check::{
    civil,
    digits::{digits, number},
    luhn,
};

/// Fiscal code of a person: six letters of the name, year, month and day of birth, place, check letter modulo 26.
///
/// Two persons with the same code get letters in place of digits (omocodia), from the right. Women have 40 more as their
/// day. A digit changes the sum by its rank in one of two tables, below 26 and all different: every single wrong digit
/// is caught.
///
/// Source: Decreto del Ministro delle Finanze of 23 December 1976; Agenzia delle Entrate, "Codice fiscale".
pub(in crate::pii) fn fiscal_code(id: &[u8]) -> bool {
    let Ok(id) = <[u8; 16]>::try_from(id) else { return false };
    let (body, check) = (&id[..15], id[15]);
    if !id.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        || body.iter().all(u8::is_ascii_uppercase)
    {
        return false;
    }
    let digit = |place: usize| match id[place] {
        b @ b'0'..=b'9' => Some(u32::from(b - b'0')),
        b => (0..).zip(OMOCODIA).find(|(_, letter)| **letter == b).map(|(value, _)| value),
    };
    let pair = |place: usize| Some(digit(place)? * 10 + digit(place + 1)?);
    let month = (1..).zip(b"ABCDEHLMPRST").find(|(_, letter)| **letter == id[8]).map(|(month, _)| month);
    let (Some(year), Some(month), Some(day)) = (pair(6), month, pair(9)) else { return false };
    let day = if day > 40 { day - 40 } else { day };
    let place = matches!(id[11], b'A'..=b'M' | b'Z') && (12..15).all(|i| digit(i).is_some());
    let sum: u32 = body.iter().enumerate().map(|(i, &b)| if i % 2 == 0 { odd(b) } else { rank(b) }).sum();
    id[..6].iter().all(u8::is_ascii_uppercase)
        && (civil(1900 + year, month, day) || civil(2000 + year, month, day))
        && place
        && check.is_ascii_uppercase()
        && sum % 26 == rank(check)
}

/// A digit, or a letter counted from A, 0.
fn rank(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte.saturating_sub(b'A')),
    }
}

/// What a character counts in the first, third, fifth place and so on.
fn odd(byte: u8) -> u32 {
    // Below 26 for letters and digits.
    usize::try_from(rank(byte)).ok().and_then(|rank| ODD.get(rank).copied()).map_or(0, u32::from)
}

/// By the rank.
const ODD: [u8; 26] =
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/// The letters for the digits 0 to 9.
const OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";

/// Value added tax number, with or without `IT`: serial, office, check digit of Luhn. Catches every single wrong digit.
///
/// Offices are 001 to 100, 120 and 121 for those abroad, 888 and 999.
///
/// Source: Agenzia delle Entrate, "Partita IVA"; Decreto of 23 December 1976.
pub(in crate::pii) fn vat(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id.strip_prefix(b"IT").unwrap_or(id)) else { return false };
    number(&d[..7]) > 0 && matches!(number(&d[7..10]), 1..=100 | 120 | 121 | 888 | 999) && luhn(&d)
}

#[cfg(test)]
mod tests {
    use super::{fiscal_code, vat};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_codes() {
        // Common specimens; the third is the second with letters in place of digits.
        let valid = [
            "RCCMNL83S18D969H",
            "MRTMTT25D09F205Z",
            "MRTMTT25D09F20RU",
            "RSSMRA85T10A562S",
            "RCCMNL83S58D969L",
        ];
        let invalid = [
            "RCCMNL83S18D969I", // check letter
            "RCCMNL83F18D969H", // month
            "RCCMNL83B30D969A", // 30 February
            "RCCMNL83S18N969H", // place
            "RCCMNLUPSMUDVSVH", // no digit: a word
            "RCCMNL83S18D969",
            "RCCMN183S18D969H",
        ];
        tell_apart(fiscal_code, &valid, &invalid);
    }

    #[test]
    fn known_numbers() {
        // Fiat's, and others that were computed.
        let valid = ["00743110157", "07973780013", "IT00743110157", "12345670017"];
        tell_apart(
            vat,
            &valid,
            &["00743110158", "00000000000", "12345672013", "0074311015", "FR00743110157"],
        );
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(fiscal_code, b"RCCMNL83S18D969H"), 0);
        assert_eq!(unnoticed(vat, b"00743110157"), 0);
    }
}
