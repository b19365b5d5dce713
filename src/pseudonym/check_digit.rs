//! Check digits: what the last digits of a number have to be, given those before.
//!
//! Each function takes all digits of a number, of a length that its format has, writes the check digits into their
//! places, and says whether there is a number with these digits at all.

/// Luhn's: from the right, every other digit is doubled, starting with the last before the check digit; a doubled digit
/// above 9 loses 9; the sum is a multiple of ten. Source: ISO/IEC 7812-1, annex B.
pub(super) fn luhn(digits: &mut [u8]) -> bool {
    let sum = luhn_sum(digits);
    last(digits, (10 - sum % 10) % 10)
}

/// As [`luhn`], with the check digit where it is, and the digit at `place`, counted from the end, that makes it fit.
pub(super) fn luhn_inside(digits: &mut [u8], place: usize) -> bool {
    let Some(at) = digits.len().checked_sub(1 + place) else { return false };
    let fits = |digits: &[u8]| (luhn_sum(digits) + u32::from(digits[digits.len() - 1])).is_multiple_of(10);
    // A digit moves the sum by another amount for each of its values, so one of them fits.
    (0..10).any(|digit| {
        digits[at] = digit;
        fits(digits)
    })
}

/// Of all digits but the last.
fn luhn_sum(digits: &[u8]) -> u32 {
    let doubled = |d: u8| if d > 4 { 2 * d - 9 } else { 2 * d };
    let before = digits.iter().rev().skip(1).enumerate();
    before.map(|(i, &d)| u32::from(if i % 2 == 0 { doubled(d) } else { d })).sum()
}

/// Luhn's digit over 80840 and the number, which starts with 1 or 2; the sum of 80840 is 24. Source: 45 CFR 162.406;
/// CMS, NPI check digit.
pub(super) fn npi(digits: &mut [u8]) -> bool {
    let sum = 24 + luhn_sum(digits);
    last(digits, (10 - sum % 10) % 10) && matches!(digits[0], 1 | 2)
}

/// Weights 10 to 2, modulo 11; a tenth of the numbers has no digit. Source: NHS Data Dictionary, NHS NUMBER.
pub(super) fn nhs(digits: &mut [u8]) -> bool {
    let sum = weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    last(digits, (11 - sum % 11) % 11)
}

/// Verhoeff's digit; the first digit is 2 to 9. Source: Verhoeff, *Error Detecting Decimal Codes*, 1969: the dihedral
/// group of ten elements, and powers of the permutation (1 5 8 9 4 2 7 0)(3 6). UIDAI for the first digit.
pub(super) fn aadhaar(digits: &mut [u8]) -> bool {
    verhoeff(digits) && digits[0] >= 2
}

fn verhoeff(digits: &mut [u8]) -> bool {
    let mut sum = 0;
    for (place, &digit) in (1u8..).zip(digits.iter().rev().skip(1)) {
        let mut digit = digit;
        for _ in 0..place % 8 {
            digit = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][usize::from(digit % 10)];
        }
        sum = product(sum, digit);
    }
    (0..10).find(|&check| product(sum, check) == 0).is_some_and(|check| last(digits, check.into()))
}

/// Of the symmetries of a pentagon: 0 to 4 turn it, 5 to 9 also turn it over.
fn product(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// Two digits modulo 11, of which rests 0 and 1 make a 0; not one digit repeated. Source: Receita Federal do Brasil,
/// Instrução Normativa RFB nº 2.172/2024.
pub(super) fn cpf(digits: &mut [u8]) -> bool {
    two_of_brazil(digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
}

/// As [`cpf`], with other weights. Source: Receita Federal do Brasil, Instrução Normativa RFB nº 2.229/2024, annex.
pub(super) fn cnpj(digits: &mut [u8]) -> bool {
    two_of_brazil(digits, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
}

/// `weights`: those of the second digit; the first one has them without the first weight.
fn two_of_brazil(digits: &mut [u8], weights: &[u32]) -> bool {
    let mut set = |place: usize, weights: &[u32]| {
        if let (before, [check, ..]) = digits.split_at_mut(place) {
            *check = digit(11 - (weighted(before, weights) % 11).max(1)) % 10;
        }
    };
    set(weights.len() - 1, &weights[1..]);
    set(weights.len(), weights);
    digits.iter().any(|&d| d != digits[0])
}

/// Weights 9 to 2, modulo 11; the first three digits are not all 0. Source: RvIG, Logisch ontwerp BSN, elfproef.
pub(super) fn bsn(digits: &mut [u8]) -> bool {
    let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    last(digits, sum % 11) && digits[..3].iter().any(|&d| d > 0)
}

/// Weights of the Australian Taxation Office, modulo 11; not all digits are 0. Source: its check digit algorithm.
pub(super) fn tfn(digits: &mut [u8]) -> bool {
    // The weight of the last digit is 10, which is minus 1.
    let sum = weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9]);
    last(digits, sum % 11) && digits.iter().any(|&d| d > 0)
}

/// The digit of EAN-13; the number starts with 756. Source: Central Compensation Office, NAVS13.
pub(super) fn ahv(digits: &mut [u8]) -> bool {
    let sum = weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    last(digits, (10 - sum % 10) % 10) && digits.starts_with(&[7, 5, 6])
}

/// Weights 9 to 2, modulo 11, of which rests 0 and 1 make a 0. Source: Autoridade Tributária, Decreto-Lei n.º 14/2013.
pub(super) fn nif(digits: &mut [u8]) -> bool {
    let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    last(digits, (11 - (sum % 11).max(1)) % 10)
}

/// Two digits modulo 10; the first digit is not 0. Source: Nüfus ve Vatandaşlık İşleri Genel Müdürlüğü, MERNİS.
pub(super) fn tckn(digits: &mut [u8]) -> bool {
    // Minus 1 is 9 modulo 10.
    digits[9] = digit(weighted(digits, &[7, 9, 7, 9, 7, 9, 7, 9, 7]) % 10);
    let sum = weighted(digits, &[1; 10]);
    last(digits, sum % 10) && digits[0] > 0
}

/// The two digits behind the country that make an account's remainder 1, modulo 97; letters count 10 to 35.
/// Source: ISO 13616-1; ISO/IEC 7064, MOD 97-10.
pub(super) fn iban(country: &[u8], account: impl Iterator<Item = u8>) -> [u8; 2] {
    let rest = account.chain(country.iter().copied()).chain(*b"00").fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase().wrapping_sub(b'A')) % 26 + 10) % 97,
    });
    [digit((98 - rest) / 10), digit((98 - rest) % 10)]
}

/// The sum of as many digits as there are weights, each times its weight.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum()
}

/// Writes the last digit. False if `check` is none.
fn last(digits: &mut [u8], check: u32) -> bool {
    match digits.last_mut() {
        Some(last) if check < 10 => {
            *last = digit(check);
            true
        }
        _ => false,
    }
}

fn digit(n: u32) -> u8 {
    n.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(number: &str) -> Vec<u8> {
        number.bytes().map(|b| b - b'0').collect()
    }

    /// Whether the check digits of `number` are the ones that `check` writes.
    fn fits(check: fn(&mut [u8]) -> bool, number: &[u8]) -> bool {
        let mut again = number.to_vec();
        check(&mut again) && again == number
    }

    #[test]
    fn check_digits_of_published_numbers_fit() {
        type Check = fn(&mut [u8]) -> bool;
        let cases: [(Check, &[&str]); 11] = [
            // ISO/IEC 7812-1 annex B gives 7992739871 with check digit 3; the others are the issuers' test cards.
            (
                luhn,
                &[
                    "79927398713",
                    "4111111111111111",
                    "378282246310005",
                    "5555555555554444",
                    "6011111111111117",
                ],
            ),
            // The example of the agency.
            (npi, &["1234567893"]),
            // Examples of the NHS and of tests.
            (nhs, &["9434765919", "9434765870"]),
            // Verhoeff's own example, and some of the literature.
            (verhoeff, &["2363", "1428570", "123451"]),
            (aadhaar, &["234123412346"]),
            // The numbers of the scanner's own tests (src/pii/check/national), which name their sources.
            (cpf, &["52998224725", "11144477735", "12345678909"]),
            (cnpj, &["00000000000191", "11222333000181"]),
            (bsn, &["111222333", "123456782", "999994669", "012345672"]),
            (tfn, &["123456782", "876543210"]),
            (ahv, &["7569217076985", "7561234567897"]),
            (tckn, &["10000000146", "17291716060"]),
        ];
        for (check, numbers) in cases {
            for number in numbers {
                assert!(fits(check, &digits(number)), "{number}");
            }
        }
        assert!(["501964843", "999999990", "123456789"].iter().all(|number| fits(nif, &digits(number))));
        // The examples of the registry.
        assert_eq!(iban(b"GB", b"WEST12345698765432".iter().copied()), [8, 2]);
        assert_eq!(iban(b"DE", b"370400440532013000".iter().copied()), [8, 9]);
        assert_eq!(iban(b"FR", b"20041010050500013M02606".iter().copied()), [1, 4]);
    }

    #[test]
    fn every_card_has_one_digit_inside_that_fits() {
        let card = digits("4111111111111111");
        for place in 1..card.len() {
            let at = card.len() - 1 - place;
            let mut wrong = card.clone();
            wrong[at] = (wrong[at] + 3) % 10;
            assert!(luhn_inside(&mut wrong, place) && wrong == card, "{place}");
        }
    }

    #[test]
    fn verhoeff_notices_every_wrong_digit_and_every_swap_of_neighbors() {
        let mut number = digits("2363984715200");
        assert!(verhoeff(&mut number));
        for place in 0..number.len() {
            for wrong in (0..10).filter(|&d| d != number[place]) {
                let mut changed = number.clone();
                changed[place] = wrong;
                assert!(!fits(verhoeff, &changed));
            }
            if place > 0 && number[place] != number[place - 1] {
                let mut changed = number.clone();
                changed.swap(place, place - 1);
                assert!(!fits(verhoeff, &changed));
            }
        }
    }
}
