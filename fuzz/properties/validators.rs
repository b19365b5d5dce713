//! Numbers with check digits: what is found holds by a slow reading of the standards, and what holds is found.

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use incog::pii::{Entity, Scanner};

static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::new);

#[derive(Arbitrary, Debug)]
pub struct Input<'b> {
    digits: [u8; 20],
    /// Whether the check digits are made right first.
    right: bool,
    text: &'b [u8],
}

pub fn holds(input: Input<'_>) {
    let mut digits: Vec<u8> = input.digits.iter().map(|digit| digit % 10).collect();

    // A card of Visa's form: 16 digits that start with a 4.
    digits[0] = 4;
    let mut card = digits[..16].to_vec();
    if input.right {
        card[15] = (0..10).find(|&last| luhn(&[&card[..15], &[last]].concat())).expect("one of ten fits");
    }
    let card = text(&card);
    assert_eq!(found(&format!("card number: {card}"), "CREDIT_CARD", &card), luhn(&numbers(&card)));

    // An account of Germany's form: DE, two check digits, 18 digits.
    let account = text(&digits[2..20]);
    let check = match input.right {
        true => (2..=98).find(|check| mod_97(&format!("DE{check:02}{account}"))).expect("one of 97 fits"),
        false => u32::from(digits[1]) * 10 + u32::from(digits[2]),
    };
    let iban = format!("DE{check:02}{account}");
    assert_eq!(found(&format!("IBAN: {iban}"), "IBAN", &iban), mod_97(&iban));

    let (area, group, serial) = (text(&digits[1..4]), text(&digits[4..6]), text(&digits[6..10]));
    let ssn = format!("{area}-{group}-{serial}");
    assert_eq!(found(&format!("SSN: {ssn}"), "US_SSN", &ssn), issued(&area, &group, &serial));

    // And whatever is found in any text at all.
    for finding in SCANNER.scan(input.text) {
        let all = String::from_utf8_lossy(&input.text[finding.range()]);
        let kept: String = all.chars().filter(char::is_ascii_alphanumeric).collect();
        match finding.entity().as_str() {
            "CREDIT_CARD" => assert!(luhn(&numbers(&kept)), "no card"),
            "IBAN" => assert!(mod_97(&kept.to_ascii_uppercase()), "no account"),
            "US_SSN" if kept.len() == 9 => assert!(issued(&kept[..3], &kept[3..5], &kept[5..]), "no number"),
            _ => {}
        }
    }
}

/// Whether the place of `value` in `text` is found as `entity`, whole.
fn found(text: &str, entity: &str, value: &str) -> bool {
    let entity = Entity::new(entity).expect("a name");
    let start = text.len() - value.len();
    SCANNER.scan(text.as_bytes()).iter().any(|f| *f.entity() == entity && f.range() == (start..text.len()))
}

fn text(digits: &[u8]) -> String {
    digits.iter().map(|&digit| char::from(b'0' + digit)).collect()
}

fn numbers(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect()
}

/// ISO/IEC 7812-1, annex B: from the right, every second digit doubled, digits added.
fn luhn(digits: &[u8]) -> bool {
    let mut sum = 0;
    for (place, &digit) in digits.iter().rev().enumerate() {
        let counted = if place % 2 == 1 { u32::from(digit) * 2 } else { u32::from(digit) };
        sum += counted / 10 + counted % 10;
    }
    sum % 10 == 0
}

/// ISO 13616-1: the first four to the end, letters as two digits, a decimal number that leaves 1 when divided by 97.
fn mod_97(text: &str) -> bool {
    let turned = format!("{}{}", &text[4..], &text[..4]);
    let digits: String =
        turned.chars().map(|c| c.to_digit(36).expect("a letter or digit").to_string()).collect();
    digits.bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97) == 1
}

/// No area 000, 666 or 900 and above, no group 00, no serial 0000, none of the two voided after advertisements.
fn issued(area: &str, group: &str, serial: &str) -> bool {
    let number: u32 = area.parse().expect("digits");
    (1..900).contains(&number)
        && number != 666
        && group != "00"
        && serial != "0000"
        && ![("078", "05", "1120"), ("219", "09", "9999")].contains(&(area, group, serial))
}
