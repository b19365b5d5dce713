//! Checks on identifiers of the United Kingdom.

use crate::pii::check::digits::{digits, weighted};

/// Health service number: check digit modulo 11; numbers with a rest of 10 are not issued. Catches every single wrong
/// digit.
///
/// Source: NHS Data Model and Dictionary, "NHS NUMBER".
pub(in crate::pii) fn nhs(id: &[u8]) -> bool {
    let Some(d) = digits::<10>(id) else { return false };
    d.iter().any(|&digit| digit > 0) && weighted(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], &d).is_multiple_of(11)
}

/// National insurance number: two letters that are issued, six digits, a letter A to D that may be left out. Nothing
/// checks the digits.
///
/// Source: HMRC, National Insurance Manual NIM39110.
pub(in crate::pii) fn nino(id: &[u8]) -> bool {
    let (first, second, serial) = match id {
        [first, second, serial @ .., b'A'..=b'D'] if id.len() == 9 => (*first, *second, serial),
        [first, second, serial @ ..] if id.len() == 8 => (*first, *second, serial),
        _ => return false,
    };
    let letter = |b: u8| b.is_ascii_uppercase() && !b"DFIQUV".contains(&b);
    letter(first)
        && letter(second)
        && second != b'O'
        && !matches!(&[first, second], b"BG" | b"GB" | b"KN" | b"NK" | b"NT" | b"TN" | b"ZZ")
        && digits::<6>(serial).is_some()
}

/// Taxpayer reference: its first digit is the check, modulo 11. A `K` may follow.
///
/// Rests 0 and 9 both give 2, rests 1 and 10 both 1: a wrong digit can pass only in references that start with 1 or 2.
///
/// Source: HMRC, "UTR check digit", in the technical specifications of the Construction Industry Scheme and of Self
/// Assessment.
pub(in crate::pii) fn utr(id: &[u8]) -> bool {
    let id = match id {
        [rest @ .., b'K'] if id.len() == 11 => rest,
        _ => id,
    };
    let Some(d) = digits::<10>(id) else { return false };
    let expected = match 11 - weighted(&[6, 7, 8, 9, 10, 5, 4, 3, 2], &d[1..]) % 11 {
        over @ 10.. => over - 9,
        digit => digit,
    };
    expected == u32::from(d[0])
}

#[cfg(test)]
mod tests {
    use super::{nhs, nino, utr};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The example of the data dictionary, and others.
        let valid = ["9434765919", "4010232137", "9876543210"];
        tell_apart(nhs, &valid, &["9434765918", "0000000000", "943476591", "94347659199"]);
        // The letters of published examples, that are issued.
        let valid = ["AB123456C", "JG103759A", "AB123456", "OA123456B"];
        let invalid = [
            "QQ123456C",
            "AO123456C",
            "BG123456C",
            "ZZ123456A",
            "AB123456E",
            "DA123456A",
            "AB12345C",
            "A1123456C",
            "AB1234567",
        ];
        tell_apart(nino, &valid, &invalid);
        // Computed from the formula.
        let valid = ["1955839661", "1123456789", "2234567890", "8000000010", "1955839661K"];
        tell_apart(utr, &valid, &["2955839661", "0955839661", "195583966", "1955839661A", "19558396611"]);
    }

    #[test]
    fn single_wrong_digits_are_caught_as_promised() {
        assert_eq!(unnoticed(nhs, b"9434765919"), 0);
        assert_eq!(unnoticed(utr, b"8000000010"), 0);
        // Nine changes of each of six digits: nothing checks them.
        assert_eq!(unnoticed(nino, b"AB123456C"), 54);
    }
}
