//! Telephone numbers and e-mail addresses.

use super::{layout, name};

/// The form in which equal numbers are equal: digits, and the national ones only of a North American number.
pub(super) fn phone(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match layout::digits_of(text).as_deref() {
        Some(number) if number.len() == 11 && number.starts_with('1') => number[1..].to_owned(),
        // Letters, as of an extension, belong to the value.
        None => layout::words(text),
        _ => digits,
    }
}

/// Appends the number at `place`: in the layout of a North American number, or with `+1` and the first separator.
pub(super) fn write_phone(place: u128, text: &str, out: &mut String) {
    let (area, line) = (area(place / 100), place % 100);
    match layout::digits_of(text) {
        Some(digits) if digits.len() == 10 && !text.contains('+') => {
            layout::fill(text, &format!("{area}55501{line:02}"), out);
        }
        Some(digits) if digits.len() == 11 && digits.starts_with('1') => {
            layout::fill(text, &format!("1{area}55501{line:02}"), out);
        }
        _ => {
            let separator = text.chars().skip(1).find(|c| " -./".contains(*c));
            let separator = separator.map(String::from).unwrap_or_default();
            out.push_str(&format!("+1{separator}{area}{separator}555{separator}01{line:02}"));
        }
    }
}

/// Appends the address at `place`.
pub(super) fn write_email(place: u128, out: &mut String) {
    let (top, place) = (place % 3, place / 3);
    let (number, place) = (place % NUMBERS, place / NUMBERS);
    let (given, family) = (place % name::GIVEN_NAMES, place / name::GIVEN_NAMES);
    let top = ["com", "net", "org"][usize::try_from(top).unwrap_or(0)];
    let local = format!("{}.{}{number}", name::given(given), name::family(family)).to_ascii_lowercase();
    out.push_str(&format!("{local}@example.{top}"));
}

/// A geographic area code: the first digit is 2, 3, 4, 6, 7 or 9, the others are neither 00 nor 11, the second is not 9.
/// Not 5 and 8: numbers there follow the person, or are free of charge, and of 800-555 only 0199 is reserved.
fn area(place: u128) -> u128 {
    let (first, rest) = (place / 88 % 6, place % 88 + 1);
    let rest = if rest >= 11 { rest + 1 } else { rest };
    [2, 3, 4, 6, 7, 9][usize::try_from(first).unwrap_or(0)] * 100 + rest
}

/// 555-0100 to 555-0199 in 528 area codes. Source: NANPA, 555 NXX Assignment Guidelines (INC 94-0429-002): kept for fiction.
pub(super) const PHONES: u128 = 528 * 100;

/// Names, a number below ten thousand, three domains.
pub(super) const EMAILS: u128 = name::GIVEN_NAMES * name::FAMILY_NAMES * NUMBERS * 3;

const NUMBERS: u128 = 10_000;
