//! Checks on identifiers of India.

use crate::pii::check::{
    digits::{digits, number},
    verhoeff,
};

/// Aadhaar number: does not start with 0 or 1, Verhoeff's check digit, not one digit repeated. Catches every single
/// wrong digit.
///
/// Source: Unique Identification Authority of India, "A UID Numbering Scheme" (2010).
pub(in crate::pii) fn aadhaar(id: &[u8]) -> bool {
    digits::<12>(id).is_some_and(|d| d[0] > 1 && d.iter().any(|&x| x != d[0]) && verhoeff(&d))
}

/// Goods and services tax number: state, permanent account number, number of the registration, a letter, and a check
/// character modulo 36. Catches every single wrong character.
///
/// Source: Central Goods and Services Tax Rules, 2017, rule 10 and form GST REG-06; Goods and Services Tax Network for
/// the check character: values times 1 and 2 in turn, the digits of the products to base 36 added.
pub(in crate::pii) fn gstin(id: &[u8]) -> bool {
    let Ok(id) = <[u8; 15]>::try_from(id) else { return false };
    let state = digits::<2>(&id[..2]).map(|d| number(&d));
    if !matches!(state, Some(1..=38 | 97 | 99))
        || !pan(&id[2..12])
        || !matches!(id[12], b'1'..=b'9' | b'A'..=b'Z')
        || !id[13].is_ascii_uppercase()
    {
        return false;
    }
    let values = id.map(|b| match b {
        b'A'..=b'Z' => Some(u32::from(b - b'A') + 10),
        b'0'..=b'9' => Some(u32::from(b - b'0')),
        _ => None,
    });
    let sum = values[..14].iter().zip([1, 2].into_iter().cycle()).try_fold(0, |sum, (value, factor)| {
        let product = (*value)? * factor;
        Some(sum + product / 36 + product % 36)
    });
    sum.zip(values[14]).is_some_and(|(sum, check)| (sum + check) % 36 == 0)
}

/// Permanent account number: five letters, the fourth the kind of holder, four digits that are not all zero, a letter.
///
/// The last letter is a check whose rule is not published, so a wrong digit passes unless it makes 0000.
///
/// Source: Income Tax Department, structure of the PAN: A, B, C, F, G, H, J, L, P and T in the fourth place.
pub(in crate::pii) fn pan(id: &[u8]) -> bool {
    let [a, b, c, holder, e, number @ .., last] = id else { return false };
    [a, b, c, e, last].into_iter().all(u8::is_ascii_uppercase)
        && b"ABCFGHJLPT".contains(holder)
        && digits::<4>(number).is_some_and(|d| d != [0; 4])
}

#[cfg(test)]
mod tests {
    use super::{aadhaar, gstin, pan};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Computed from the formula.
        tell_apart(
            aadhaar,
            &["234123412346"],
            &["234123412347", "134123412346", "23412341234", "222222222222"],
        );
        // Registrations that their holders print on invoices.
        let valid = ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4"];
        let invalid =
            ["27AAPFU0939F1ZW", "00AAPFU0939F1ZV", "27AAPFU0939F0ZV", "27AAPFU0939F1Z", "39AAPFU0939F1ZV"];
        tell_apart(gstin, &valid, &invalid);
        tell_apart(
            pan,
            &["AAPFU0939F", "ABCPE1234F"],
            &["AAPXU0939F", "AAPFU0000F", "AAPFU093FF", "AAPFU0939"],
        );
    }

    #[test]
    fn single_wrong_digits_are_caught_as_promised() {
        assert_eq!(unnoticed(aadhaar, b"234123412346"), 0);
        assert_eq!(unnoticed(gstin, b"27AAPFU0939F1ZV"), 0);
        assert_eq!(unnoticed(pan, b"AAPFU0939F"), 4 * 9);
    }
}
