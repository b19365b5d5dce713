//! Cards, social security numbers, bank accounts.

use super::{layout, reserve::Reserve};

/// The reserve of the card's network and length, and its digits.
pub(super) fn card(text: &str) -> Option<(Reserve, String)> {
    let digits = layout::digits_of(text).filter(|digits| (12..=19).contains(&digits.len()))?;
    let lead = LEADS.iter().find(|(start, _)| digits.starts_with(start)).map_or(LEADS[0].1, |(_, lead)| lead);
    Some((Reserve::Card { lead, length: digits.len() }, digits))
}

/// How many cards there are: those of the digits between the lead and the check digit.
pub(super) fn cards(lead: &str, length: usize) -> u128 {
    power(10, length.saturating_sub(lead.len() + 1))
}

/// Appends a card, in the layout of `text`.
pub(super) fn write_card(lead: &str, length: usize, place: u128, text: &str, out: &mut String) {
    let free = length.saturating_sub(lead.len() + 1);
    let mut number = format!("{lead}{place:0free$}");
    number.push(layout::sign(b"0123456789", u128::from(check_digit(number.as_bytes()))));
    layout::fill(text, &number, out);
}

/// The nine digits.
pub(super) fn ssn(text: &str) -> Option<String> {
    layout::digits_of(text).filter(|digits| digits.len() == 9)
}

/// Appends a number that is never issued, in the layout of `text`.
pub(super) fn write_ssn(place: u128, text: &str, out: &mut String) {
    let (serial, place) = (place % 9_999 + 1, place / 9_999);
    let (group, area) = (place % 49 + 1, place / 49 % 100);
    layout::fill(text, &format!("9{area:02}{group:02}{serial:04}"), out);
}

/// The reserve of the layout of letters and digits, and the number in upper case.
pub(super) fn iban(text: &str) -> Option<(Reserve, String)> {
    let signs = layout::signs_of(text).filter(|signs| (15..=34).contains(&signs.len()))?;
    let pattern = signs[4..].chars().map(|c| if c.is_ascii_digit() { '0' } else { 'A' }).collect();
    Some((Reserve::Iban { pattern }, signs))
}

/// How many numbers there are: those of the last positions that still fit.
pub(super) fn ibans(pattern: &str) -> u128 {
    free(pattern).1
}

/// Appends a number of a country that there is not, in the layout of `text`.
pub(super) fn write_iban(pattern: &str, place: u128, text: &str, out: &mut String) {
    let (free, _) = free(pattern);
    let mut rest = place;
    let mut account: Vec<char> = Vec::with_capacity(pattern.len());
    for (at, kind) in pattern.bytes().rev().enumerate() {
        let symbols: &[u8] = if kind == b'A' { LETTERS } else { b"0123456789" };
        account.push(if at < free { layout::sign(symbols, rest) } else { layout::sign(symbols, 0) });
        rest /= layout::wide(symbols.len());
    }
    let account: String = account.iter().rev().collect();
    let check = 98 - remainder(&format!("{account}{COUNTRY}00"));
    layout::fill(text, &format!("{COUNTRY}{check:02}{account}"), out);
}

/// The number that letters (as 10 to 35) and digits make, modulo 97. Source: ISO/IEC 7064, MOD 97-10.
fn remainder(signs: &str) -> u32 {
    signs.chars().fold(0, |rest, c| {
        let value = c.to_digit(36).unwrap_or(0);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    })
}

/// The digit that makes the Luhn sum a multiple of ten. Source: ISO/IEC 7812-1, annex B.
fn check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([2, 1].into_iter().cycle())
        .map(|(d, weight)| u32::from(d - b'0') * weight)
        .map(|d| if d > 9 { d - 9 } else { d })
        .sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

fn power(base: u128, exponent: usize) -> u128 {
    std::iter::repeat_n(base, exponent).product()
}

/// How many positions of a pattern, from the right, number at most 2^96 texts, and how many texts.
fn free(pattern: &str) -> (usize, u128) {
    let (mut positions, mut texts) = (0, 1u128);
    for kind in pattern.bytes().rev() {
        let more = texts * if kind == b'A' { 26 } else { 10 };
        if more > 1 << 96 {
            break;
        }
        (positions, texts) = (positions + 1, more);
    }
    (positions, texts)
}

/// What numbers of a network start with, and the first eight digits of a published test number of it: those that
/// payment services print for use in their test systems. The first is for all other cards.
const LEADS: &[(&str, &str)] = &[
    ("4", "42424242"),
    ("34", "37828224"),
    ("37", "37828224"),
    ("35", "35660020"),
    ("30", "30569309"),
    ("36", "36227206"),
    ("38", "38520000"),
    ("5", "55555555"),
    ("2", "22230031"),
    ("6", "60111111"),
];

/// SSA, POMS RM 10201.035: no area 900 to 999. IRS: an ITIN has a group of 50 to 65, 70 to 88, 90 to 92 or 94 to 99, an
/// ATIN 93. So groups 01 to 49 are neither.
pub(super) const SSNS: u128 = 100 * 49 * 9_999;

/// ISO 3166-1, user-assigned codes: `AA`, `QM` to `QZ`, `XA` to `XZ` and `ZZ` are never a country's.
const COUNTRY: &str = "ZZ";

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
