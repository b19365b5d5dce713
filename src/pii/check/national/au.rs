//! Checks on identifiers of Australia.

use crate::pii::check::digits::{digits, weighted};

/// Business number: its first digit less one, weighted, modulo 89. Catches every single wrong digit.
///
/// Source: Australian Business Register, "Format of the ABN".
pub(in crate::pii) fn abn(id: &[u8]) -> bool {
    let Some(d) = digits::<11>(id) else { return false };
    let sum = weighted(&[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19], &d);
    // The first digit counts ten times, and is one too large.
    d[0] > 0 && (sum - 10).is_multiple_of(89)
}

/// Company number: a check digit modulo 10.
///
/// Weights 8, 6, 4 and 2 hide a change by 5, weight 5 every even change: 73 of 81 wrong digits are caught.
///
/// Source: ASIC, "Australian Company Number (ACN) digit check".
pub(in crate::pii) fn acn(id: &[u8]) -> bool {
    let Some(d) = digits::<9>(id) else { return false };
    d.iter().any(|&d| d > 0) && weighted(&[8, 7, 6, 5, 4, 3, 2, 1, 1], &d).is_multiple_of(10)
}

/// Medicare card number: first digit 2 to 6, a check digit modulo 10 in the ninth place, an issue number, and the
/// place of a person on the card if it is given. Catches every single wrong digit but those of the last two.
///
/// Source: Australian Institute of Health and Welfare, METeOR, "Medicare card number"; Services Australia.
pub(in crate::pii) fn medicare(id: &[u8]) -> bool {
    let id = match id {
        [card @ .., b'0'..=b'9'] if id.len() == 11 => card,
        _ => id,
    };
    let Some(d) = digits::<10>(id) else { return false };
    (2..=6).contains(&d[0]) && weighted(&[1, 3, 7, 9, 1, 3, 7, 9], &d) % 10 == u32::from(d[8])
}

/// Tax file number: a weighted sum modulo 11. Catches every single wrong digit.
///
/// Nine digits; old numbers have eight and lack the weight 2.
///
/// Source: Australian Taxation Office, tax file number check digit algorithm.
pub(in crate::pii) fn tfn(id: &[u8]) -> bool {
    let sum = match id.len() {
        8 => digits::<8>(id).map(|d| weighted(&[10, 7, 8, 4, 6, 3, 5, 1], &d)),
        _ => digits::<9>(id).map(|d| weighted(&[1, 4, 3, 7, 5, 8, 6, 9, 10], &d)),
    };
    sum.is_some_and(|sum| sum > 0 && sum.is_multiple_of(11))
}

#[cfg(test)]
mod tests {
    use super::{abn, acn, medicare, tfn};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // The tax office's own, and the example of the register.
        tell_apart(abn, &["51824753556", "53004085616"], &["51824753557", "5182475355", "01824753556"]);
        // From the list of ASIC.
        let acns = ["000000019", "000250000", "000500005", "001000004", "004085616", "010499966"];
        tell_apart(acn, &acns, &["000000000", "004085617", "00408561"]);
        // Computed from the formula.
        tell_apart(
            medicare,
            &["2123456701", "21234567011", "6951449791"],
            &["2123456711", "1123456701", "212345670"],
        );
        tell_apart(
            tfn,
            &["123456782", "876543210", "37118629"],
            &["123456789", "000000000", "1234567", "37118628"],
        );
    }

    #[test]
    fn single_wrong_digits_are_caught_as_promised() {
        assert_eq!(unnoticed(abn, b"51824753556"), 0);
        assert_eq!(unnoticed(acn, b"004085616"), 4 + 4);
        assert_eq!(unnoticed(medicare, b"2123456701"), 9);
        assert_eq!(unnoticed(medicare, b"21234567011"), 9 + 9);
        assert_eq!(unnoticed(tfn, b"123456782"), 0);
        assert_eq!(unnoticed(tfn, b"37118629"), 0);
    }
}
