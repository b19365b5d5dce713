//! Checks on identifiers of the United States.

use crate::pii::check::{
    digits::{digits, number, weighted},
    luhn,
};

/// Routing number of a bank: weights 3 7 1, modulo 10. Catches every single wrong digit.
///
/// The Federal Reserve districts of the first two digits are not checked: cards and test systems use others, and the
/// number needs a label anyway.
///
/// Source: American Bankers Association, *ABA Routing Number Policy*, and its registrar's *Key to Routing Numbers*.
pub(in crate::pii) fn aba(id: &[u8]) -> bool {
    let Some(d) = digits::<9>(id) else { return false };
    d.iter().any(|&d| d > 0) && weighted(&[3, 7, 1, 3, 7, 1, 3, 7, 1], &d).is_multiple_of(10)
}

/// Registration number of the Drug Enforcement Administration: the kind of registrant, the first letter of the name or
/// a 9, and a check digit.
///
/// The digits in even places count twice and hide a change by 5: 60 of 63 wrong digits are caught.
///
/// Source: DEA Diversion Control Division, "DEA registration number" (registrant types A to H, J to M, P, R to U, X).
pub(in crate::pii) fn dea(id: &[u8]) -> bool {
    let [kind, name, number @ ..] = id else { return false };
    let Some(d) = digits::<7>(number) else { return false };
    matches!(kind, b'A'..=b'H' | b'J'..=b'M' | b'P' | b'R'..=b'U' | b'X')
        && (name.is_ascii_uppercase() || *name == b'9')
        && d.iter().any(|&d| d > 0)
        && weighted(&[1, 2, 1, 2, 1, 2], &d) % 10 == u32::from(d[6])
}

/// Employer identification number: a prefix that is in use. A wrong digit after it passes.
///
/// Source: IRS, "How EINs are assigned and valid EIN prefixes".
pub(in crate::pii) fn ein(id: &[u8]) -> bool {
    let Some(d) = digits::<9>(id) else { return false };
    let prefix = number(&d[..2]);
    let used = matches!(prefix, 1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88 | 90..=95 | 98 | 99);
    used && number(&d[2..]) > 0
}

/// Taxpayer identification number of a person without a social security number: 9, and a group that is issued.
///
/// Source: IRS, Internal Revenue Manual 3.21.263, "IRS Individual Taxpayer Identification Number": fourth and fifth
/// digit 50 to 65, 70 to 88, 90 to 92, 94 to 99.
pub(in crate::pii) fn itin(id: &[u8]) -> bool {
    let Some(d) = digits::<9>(id) else { return false };
    d[0] == 9 && matches!(number(&d[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// Medicare beneficiary identifier: its alphabet in each place. No check digit.
///
/// Source: CMS, "Understanding the Medicare Beneficiary Identifier (MBI) format": digits and letters but S, L, O, I, B
/// and Z.
pub(in crate::pii) fn mbi(id: &[u8]) -> bool {
    let letter = |b: u8| b.is_ascii_uppercase() && !b"SLOIBZ".contains(&b);
    let Ok(id) = <[u8; 11]>::try_from(id) else { return false };
    id.into_iter().zip(*b"CAXNAXNAANN").all(|(b, class)| match class {
        b'C' => matches!(b, b'1'..=b'9'),
        b'A' => letter(b),
        b'X' => letter(b) || b.is_ascii_digit(),
        _ => b.is_ascii_digit(),
    })
}

/// Identifier of a health care provider: starts with 1 or 2, Luhn's check digit over 80840 and the number. Catches every
/// single wrong digit.
///
/// Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI check digit"; 45 CFR 162.406.
pub(in crate::pii) fn npi(id: &[u8]) -> bool {
    let Some(d) = digits::<10>(id) else { return false };
    let mut card = [8, 0, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    card[5..].copy_from_slice(&d);
    matches!(d[0], 1 | 2) && luhn(&card)
}

/// Driver license of Washington since 2018: `WDL` and nine letters or digits. At least one is asked to be a digit, so
/// that no word is one.
///
/// Source: Washington State Department of Licensing, "New driver license and ID card numbers".
pub(in crate::pii) fn washington_license(id: &[u8]) -> bool {
    let Some(rest) = id.strip_prefix(b"WDL") else { return false };
    rest.len() == 9
        && rest.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && rest.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::{aba, dea, ein, itin, mbi, npi, washington_license};
    use crate::pii::check::single::{tell_apart, unnoticed};

    #[test]
    fn known_numbers() {
        // Federal Reserve Bank of Boston and others of the public directory.
        tell_apart(aba, &["011000015", "021000021", "111000025"], &["011000016", "000000000", "01100001"]);
        // Computed from the formula.
        tell_apart(
            dea,
            &["AB1234563", "F91234563"],
            &["AB1234564", "IB1234563", "AB0000000", "A11234563", "AB123456"],
        );
        tell_apart(
            ein,
            &["123456789", "010000001"],
            &["003456789", "073456789", "493456789", "120000000", "12345678"],
        );
        tell_apart(itin, &["900701234", "999990001"], &["800701234", "900691234", "900931234"]);
        // The example card of the agency, with its two check pairs.
        tell_apart(
            mbi,
            &["1EG4TE5MK72", "1EG4TE5MK73", "1EG4T15MK73"],
            &["0EG4TE5MK73", "1SG4TE5MK73", "1EG4TE5MK7"],
        );
        // The example of the agency.
        tell_apart(npi, &["1234567893"], &["1234567894", "3234567893", "123456789"]);
        tell_apart(washington_license, &["WDLABCD456DG"], &["WDLABCDEFGHI", "WDLABCD456D", "WDXABCD456DG"]);
    }

    #[test]
    fn single_wrong_digits_are_caught_as_promised() {
        assert_eq!(unnoticed(aba, b"011000015"), 0);
        assert_eq!(unnoticed(dea, b"AB1234563"), 3);
        assert_eq!(unnoticed(npi, b"1234567893"), 0);
        // 12: the prefix by 02, 22, 32, 42, 52, 62, 72, 82, 92 and 10, 11, 13, 14, 15, 16; then seven free places.
        assert_eq!(unnoticed(ein, b"123456789"), 9 + 6 + 7 * 9);
        // 70: by 50, 60, 80, 90 and 71 to 79; two free places before it and four behind.
        assert_eq!(unnoticed(itin, b"900701234"), 4 + 9 + 6 * 9);
        // 1 to 9 in the first place, any digit in four others.
        assert_eq!(unnoticed(mbi, b"1EG4TE5MK73"), 8 + 4 * 9);
    }
}
