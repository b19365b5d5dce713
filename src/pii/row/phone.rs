//! A telephone number of the row, however it is spaced.

/// The number around the digit at `at` that is the phone: where it starts and ends.
pub(super) fn phone_end(text: &[u8], at: usize, phone: &[u8]) -> Option<(usize, usize)> {
    let mut digits = [0u8; 24];
    let (mut count, mut end, mut best) = (0, at, None);
    loop {
        while end < text.len() && text[end].is_ascii_digit() && count < digits.len() {
            digits[count] = text[end];
            count += 1;
            end += 1;
        }
        let touched = text.get(end).is_some_and(u8::is_ascii_alphanumeric);
        if !touched && same_number(&digits[..count], phone) {
            best = Some(end);
        }
        let gap = text[end..].iter().take(4).take_while(|b| !b.is_ascii_alphanumeric()).count();
        let separators = text[end..end + gap]
            .iter()
            .all(|b| matches!(b, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | 0x80..));
        let digit = text.get(end + gap).is_some_and(u8::is_ascii_digit);
        if gap == 0 || gap > 3 || !separators || !digit || count >= digits.len() {
            break;
        }
        end += gap;
    }
    let start = match (at.checked_sub(1).map(|i| text[i]), at.checked_sub(2).map(|i| text[i])) {
        (Some(b'('), Some(b'+')) => at - 2,
        (Some(b'+' | b'('), _) => at - 1,
        _ => at,
    };
    best.map(|end| (start, end))
}

/// Equal from the end: all of the shorter one, or nine digits and more where the calling code differs in writing.
fn same_number(text: &[u8], phone: &[u8]) -> bool {
    let significant = text.iter().position(|&d| d != b'0').map_or(&[][..], |p| &text[p..]);
    let common = significant.iter().rev().zip(phone.iter().rev()).take_while(|(a, b)| a == b).count();
    let shorter = significant.len().min(phone.len());
    common >= FEWEST_DIGITS && (common == shorter || common >= 9) && significant.len() <= phone.len() + 5
}

/// A local number without area code.
pub(super) const FEWEST_DIGITS: usize = 7;
