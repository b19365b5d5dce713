//! Check digits: the last digit of a number, from those before it.

/// The digit that makes the Luhn sum a multiple of ten: from the right, every other digit is doubled, starting with the
/// last; a doubled digit above 9 loses 9. Source: ISO/IEC 7812-1, annex B.
pub(super) fn luhn(digits: &[u16]) -> Option<u16> {
    luhn_behind(0, digits)
}

/// Luhn's digit over 80840 and the number, whose sum is 24. Source: 45 CFR 162.406; CMS, NPI check digit.
pub(super) fn npi(digits: &[u16]) -> Option<u16> {
    luhn_behind(24, digits)
}

fn luhn_behind(prefix: u16, digits: &[u16]) -> Option<u16> {
    let doubled = |d: u16| if d > 4 { 2 * d - 9 } else { 2 * d };
    let sum: u16 =
        digits.iter().rev().enumerate().map(|(i, &d)| if i % 2 == 0 { doubled(d) } else { d }).sum();
    Some((10 - (prefix + sum) % 10) % 10)
}

/// Weights 10 to 2, modulo 11; a tenth of the numbers has no digit. Source: NHS Data Dictionary, NHS NUMBER.
pub(super) fn nhs(digits: &[u16]) -> Option<u16> {
    let sum: u16 = digits.iter().zip((2..=10).rev()).map(|(d, weight)| d * weight).sum();
    let check = (11 - sum % 11) % 11;
    (check < 10).then_some(check)
}

/// Verhoeff's digit. Source: Verhoeff, *Error Detecting Decimal Codes*, 1969: the dihedral group of ten elements, and
/// powers of the permutation (1 5 8 9 4 2 7 0)(3 6).
pub(super) fn verhoeff(digits: &[u16]) -> Option<u16> {
    let mut sum = 0;
    for (place, &digit) in (1u16..).zip(digits.iter().rev()) {
        let mut digit = digit;
        for _ in 0..place % 8 {
            digit = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][usize::from(digit % 10)];
        }
        sum = product(sum, digit);
    }
    (0..10).find(|&check| product(sum, check) == 0)
}

/// Of the symmetries of a pentagon: 0 to 4 turn it, 5 to 9 also turn it over.
fn product(a: u16, b: u16) -> u16 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// The two digits behind the country that make an account's remainder 1, modulo 97; letters count 10 to 35.
/// Source: ISO 13616-1; ISO/IEC 7064, MOD 97-10.
pub(super) fn iban(country: &[u8], account: &[u8]) -> u16 {
    let rest = account.iter().chain(country).chain(b"00").fold(0u16, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u16::from(byte - b'0')) % 97,
        _ => (rest * 100 % 97 + u16::from(byte.to_ascii_uppercase().wrapping_sub(b'A')) % 26 + 10) % 97,
    });
    98 - rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(number: &str) -> Vec<u16> {
        number.bytes().map(|b| u16::from(b - b'0')).collect()
    }

    #[test]
    fn check_digits_of_published_numbers_fit() {
        type Check = fn(&[u16]) -> Option<u16>;
        let cases: [(Check, &str); 11] = [
            // ISO/IEC 7812-1 annex B gives 7992739871 with check digit 3; the others are the issuers' test cards.
            (luhn, "79927398713"),
            (luhn, "4111111111111111"),
            (luhn, "378282246310005"),
            (luhn, "5555555555554444"),
            (luhn, "6011111111111117"),
            // The example of the agency.
            (npi, "1234567893"),
            // Examples of the NHS and of tests.
            (nhs, "9434765919"),
            (nhs, "9434765870"),
            // Verhoeff's own example, and one of the literature.
            (verhoeff, "2363"),
            (verhoeff, "1428570"),
            (verhoeff, "123451"),
        ];
        for (check, number) in cases {
            let mut digits = digits(number);
            let last = digits.pop();
            assert_eq!(check(&digits), last, "{number}");
        }
        // The examples of the registry.
        assert_eq!(iban(b"GB", b"WEST12345698765432"), 82);
        assert_eq!(iban(b"DE", b"370400440532013000"), 89);
        assert_eq!(iban(b"FR", b"20041010050500013M02606"), 14);
    }

    #[test]
    fn verhoeff_notices_every_wrong_digit_and_every_swap_of_neighbors() {
        let number = digits("236398471520");
        let whole = |number: &[u16]| verhoeff(&number[..number.len() - 1]) == number.last().copied();
        let mut number: Vec<u16> = number;
        number.push(verhoeff(&number).unwrap());
        assert!(whole(&number));
        for place in 0..number.len() {
            for wrong in (0..10).filter(|&d| d != number[place]) {
                let mut changed = number.clone();
                changed[place] = wrong;
                assert!(!whole(&changed));
            }
            if place > 0 && number[place] != number[place - 1] {
                let mut changed = number.clone();
                changed.swap(place, place - 1);
                assert!(!whole(&changed));
            }
        }
    }
}
