//! The checks that a recognizer can ask for by name.

use std::sync::Arc;

use crate::pii::check;

/// Whether a finding's bytes hold.
pub(super) type Holds = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// A check of this crate.
pub(super) type Known = fn(&[u8]) -> bool;

/// The known names.
pub(super) const NAMES: &[&str] = &["iban", "luhn", "mod97"];

/// The check called `name`, on the bytes as they were found.
pub(super) fn named(name: &str) -> Option<(&'static str, Known)> {
    match name {
        "iban" => Some(("IBAN", |b| check::iban(&compact(b)))),
        "luhn" => Some(("Luhn", |b| digits(b).is_some_and(|d| check::luhn(&d)))),
        "mod97" => Some(("mod 97", |b| mod97(&compact(b)))),
        _ => None,
    }
}

/// The characters without separators.
fn compact(found: &[u8]) -> Vec<u8> {
    found.iter().copied().filter(|b| !matches!(b, b' ' | b'-' | b'.' | b'/')).collect()
}

/// The values of the digits, if there is nothing else but separators.
fn digits(found: &[u8]) -> Option<Vec<u8>> {
    compact(found).into_iter().map(|b| b.is_ascii_digit().then(|| b - b'0')).collect()
}

/// Whether the characters, letters read as 10 to 35, leave 1 when divided by 97.
///
/// Source: ISO/IEC 7064, MOD 97-10.
fn mod97(text: &[u8]) -> bool {
    let rest = text.iter().try_fold(0u32, |rest, &b| match b {
        b'0'..=b'9' => Some((rest * 10 + u32::from(b - b'0')) % 97),
        b'A'..=b'Z' | b'a'..=b'z' => Some((rest * 100 + u32::from(b.to_ascii_uppercase() - b'A') + 10) % 97),
        _ => None,
    });
    text.len() > 2 && rest == Some(1)
}

#[cfg(test)]
mod tests {
    use super::{NAMES, named};

    #[test]
    fn each_name_is_a_check() {
        let values: [(&str, &[u8], &[u8]); 3] = [
            ("iban", b"GB82 WEST 1234 5698 7654 32", b"GB82 WEST 1234 5698 7654 33"),
            ("luhn", b"4111-1111-1111-1111", b"4111-1111-1111-1112"),
            // The example of ISO 17442, and one digit changed.
            ("mod97", b"5493001KJTIIGC8Y1R12", b"5493001KJTIIGC8Y1R13"),
        ];
        assert_eq!(values.map(|(name, ..)| name), NAMES);
        for (name, right, wrong) in values {
            let (_, holds) = named(name).unwrap();
            assert!(holds(right) && !holds(wrong) && !holds(b"") && !holds(b"x1"), "{name}");
        }
    }
}
