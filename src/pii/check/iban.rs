//! International bank account numbers.

/// The length of an IBAN of `country`, if the country issues them.
///
/// Source: SWIFT, IBAN Registry (ISO 13616).
pub(in crate::pii) fn iban_length(country: [u8; 2]) -> Option<usize> {
    LENGTHS
        .binary_search_by(|(code, _)| code.as_bytes().cmp(&country))
        .ok()
        .map(|i| usize::from(LENGTHS[i].1))
}

/// Whether the letters and digits, without spaces, satisfy mod 97. Catches every wrong digit in place of a
/// digit and every wrong letter in place of a letter.
///
/// Source: ISO 13616-1; ISO/IEC 7064, MOD 97-10.
pub(in crate::pii) fn iban(text: &[u8]) -> bool {
    if text.len() < 15 || !text[2..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let rest = text[4..].iter().chain(&text[..4]).try_fold(0u32, |rest, &b| match b {
        b'0'..=b'9' => Some((rest * 10 + u32::from(b - b'0')) % 97),
        b'A'..=b'Z' => Some((rest * 100 + u32::from(b - b'A') + 10) % 97),
        b'a'..=b'z' => Some((rest * 100 + u32::from(b - b'a') + 10) % 97),
        _ => None,
    });
    rest == Some(1)
}

/// In order of the code.
#[rustfmt::skip]
const LENGTHS: &[(&str, u8)] = &[
    ("AD", 24), ("AE", 23), ("AL", 28), ("AT", 20), ("AZ", 28), ("BA", 20), ("BE", 16), ("BG", 22),
    ("BH", 22), ("BI", 27), ("BR", 29), ("BY", 28), ("CH", 21), ("CR", 22), ("CY", 28), ("CZ", 24),
    ("DE", 22), ("DJ", 27), ("DK", 18), ("DO", 28), ("EE", 20), ("EG", 29), ("ES", 24), ("FI", 18),
    ("FK", 18), ("FO", 18), ("FR", 27), ("GB", 22), ("GE", 22), ("GI", 23), ("GL", 18), ("GR", 27),
    ("GT", 28), ("HN", 28), ("HR", 21), ("HU", 28), ("IE", 22), ("IL", 23), ("IQ", 23), ("IS", 26),
    ("IT", 27), ("JO", 30), ("KW", 30), ("KZ", 20), ("LB", 28), ("LC", 32), ("LI", 21), ("LT", 20),
    ("LU", 20), ("LV", 21), ("LY", 25), ("MC", 27), ("MD", 24), ("ME", 22), ("MK", 19), ("MN", 20),
    ("MR", 27), ("MT", 31), ("MU", 30), ("NI", 28), ("NL", 18), ("NO", 15), ("OM", 23), ("PK", 24),
    ("PL", 28), ("PS", 29), ("PT", 25), ("QA", 29), ("RO", 24), ("RS", 22), ("RU", 33), ("SA", 24),
    ("SC", 31), ("SD", 18), ("SE", 24), ("SI", 19), ("SK", 24), ("SM", 27), ("SO", 23), ("ST", 25),
    ("SV", 28), ("TL", 23), ("TN", 24), ("TR", 26), ("UA", 29), ("VA", 22), ("VG", 24), ("XK", 20),
    ("YE", 30),
];

#[cfg(test)]
mod tests {
    use super::{LENGTHS, iban};

    #[test]
    fn every_single_wrong_digit_and_letter_is_caught() {
        let number = b"GB82WEST12345698765432";
        assert!(iban(number));
        for place in 0..number.len() {
            let kind = |b: u8| b.is_ascii_digit();
            for wrong in
                b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".iter().filter(|b| kind(**b) == kind(number[place]))
            {
                let mut changed = *number;
                changed[place] = *wrong;
                assert_eq!(iban(&changed), *wrong == number[place], "place {place}");
            }
        }
    }

    #[test]
    fn countries_are_in_order() {
        assert!(LENGTHS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
