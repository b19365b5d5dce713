//! Checks on identifiers of Germany.

use crate::pii::check::{
    digits::{digits, number},
    iso7064::mod_11_10,
};

/// Number of an identity card: nine characters and a check digit, weights 7 3 1, modulo 10. Catches every wrong digit.
///
/// Since November 2010: the letter of an authority, then letters and digits without vowels and what looks like a digit.
/// Cards print nine characters, the machine-readable zone the tenth, the check. Before: ten digits. A `D` for the
/// nationality may follow.
///
/// Source: BSI TR-03127, "Seriennummer"; Personalausweisverordnung, annex 3; ICAO Doc 9303-3, 4.9; Deutscher Bundestag,
/// printed matter 16/10489.
pub(in crate::pii) fn id_card(id: &[u8]) -> bool {
    match id {
        [rest @ .., b'D'] if id.len() == 11 => id_card(rest),
        [serial @ .., check @ b'0'..=b'9'] if id.len() == 10 => {
            let old =
                serial.iter().all(u8::is_ascii_digit) && number(&digits::<9>(serial).unwrap_or_default()) > 0;
            let sum: u32 = serial.iter().zip([7, 3, 1].into_iter().cycle()).map(|(&b, w)| value(b) * w).sum();
            (old || coded(serial)) && sum % 10 == u32::from(check - b'0')
        }
        // No check digit, so all that is known of a serial: the letters of authorities, letters and digits mixed.
        [first, rest @ ..] if id.len() == 9 => {
            b"LMNPRTVWXY".contains(first)
                && coded(id)
                && rest.iter().any(u8::is_ascii_digit)
                && rest.iter().any(u8::is_ascii_uppercase)
        }
        _ => false,
    }
}

/// Whether nine characters are a serial of a card with a letter in front.
fn coded(serial: &[u8]) -> bool {
    serial.first().is_some_and(u8::is_ascii_uppercase) && serial.iter().all(|b| SERIAL.contains(b))
}

/// A letter counts from A, 10.
fn value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte.saturating_sub(b'A')) + 10,
    }
}

/// The characters of a serial.
const SERIAL: &[u8] = b"0123456789CFGHJKLMNPRTVWXYZ";

/// Tax identification number: which digits repeat, check digit MOD 11,10. Catches every single wrong digit.
///
/// Of the first ten digits exactly one stands there twice (numbers until 2015) or three times, every other at most once.
/// Three side by side are not issued, but other validators take them, and so does this one. None starts with 0: such
/// numbers are for tests.
///
/// Source: Bundeszentralamt für Steuern, "Prüfziffernberechnung der Identifikationsnummer" (2016); Abgabenordnung § 139b.
pub(in crate::pii) fn tax_id(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    let body = &d[..10];
    let count = |digit: u8| body.iter().filter(|&&d| d == digit).count();
    let repeated = |times: usize| (0..10).filter(|&digit| count(digit) == times).count();
    let once = |times: usize| repeated(times) == 1 && repeated(1) == 10 - times;
    d[0] > 0 && (once(2) || once(3)) && mod_11_10(&d)
}

#[cfg(test)]
mod tests {
    use super::{id_card, tax_id};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_cards() {
        // Specimens: of 2010, of 2021, of the machine-readable zone of 1987; and the second without its check digit.
        let valid = ["T220001293", "L01X00T471", "1220001297", "L01X00T47", "L01X00T471D"];
        let invalid = [
            "T220001294",
            "L01X00T472",
            "1220001298",
            "E220001293", // no vowels
            "0000000000",
            "MNPRTVWXY",
            "122000129",
            "T22000129",
            "T220001293F",
        ];
        tell_apart(id_card, &valid, &invalid);
    }

    #[test]
    fn known_tax_ids() {
        // Examples of the agency, for a digit twice and for a digit three times.
        let valid = ["86095742719", "47036892816", "65929970489", "57549285017", "25768131411"];
        let invalid = [
            "86095742710", // check digit
            "02476291358", // starts with 0
            "12345678903", // nothing repeats
            "11223456789", // two repeat
            "8609574271",
        ];
        tell_apart(tax_id, &valid, &invalid);
    }

    #[test]
    fn every_single_wrong_digit_is_caught() {
        assert_eq!(unnoticed(id_card, b"T220001293"), 0);
        assert_eq!(unnoticed(id_card, b"1220001297"), 0);
        assert_eq!(unnoticed(tax_id, b"86095742719"), 0);
        assert_eq!(unnoticed(tax_id, b"65929970489"), 0);
    }
}
