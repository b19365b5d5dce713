//! Tokens that are something else: no identifier is found inside them.
//!
//! A UUID holds digits that pass Luhn, a base64 blob holds digits between plus signs. Such tokens claim their bytes
//! before any recognizer reads them.

use super::recognizer::Haystack;

/// The claimed stretch of the haystack, moving forward with the search.
#[derive(Default)]
pub(super) struct Claims {
    /// Up to here bytes are claimed.
    until: usize,
    /// Up to here the current run was read and judged.
    judged: usize,
}

impl Claims {
    /// Whether the word that starts at `at` lies in a claimed token. Each run is judged once, so all calls
    /// together are linear.
    pub(super) fn covers(&mut self, hay: Haystack<'_>, at: usize) -> bool {
        if at >= self.judged {
            let end = hay.run(at, usize::MAX, joined);
            self.judged = end;
            if opaque(hay.slice(at, end)) {
                self.until = self.until.max(end);
            }
        }
        if at >= self.until
            && let Some(end) = uuid(hay, at).or_else(|| timestamp(hay, at))
        {
            self.until = end;
        }
        at < self.until
    }
}

/// What base64, paths and hashes are made of.
fn joined(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'_' | b'-')
}

/// A path, a long base64 blob, or a long hexadecimal run with letters.
fn opaque(run: &[u8]) -> bool {
    if run.len() < 16 {
        return false;
    }
    let count = |class: fn(&u8) -> bool| run.iter().filter(|b| class(b)).count();
    let (upper, lower, digits) =
        (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase), count(u8::is_ascii_digit));
    let letters = upper + lower;
    let path = run.iter().filter(|&&b| b == b'/').count() >= 2 && letters >= 4;
    let base64 = run.len() >= 40 && upper >= 4 && lower >= 4 && digits >= 2;
    let hash = letters > 0 && run.iter().all(u8::is_ascii_hexdigit);
    path || base64 || hash
}

/// The end of a UUID at `at`. Source: RFC 9562, section 4.
fn uuid(hay: Haystack<'_>, at: usize) -> Option<usize> {
    let text = hay.slice(at, at + 36);
    let shaped = text.len() == 36
        && text
            .iter()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() });
    (shaped && !hay.at(at + 36).is_ascii_alphanumeric()).then_some(at + 36)
}

/// The end of a date with a time at `at`: `2024-01-15T11:30:12.120Z`, `2024-01-15 11:30:12`. Source: RFC 3339.
///
/// A date of birth may carry a time, so the date itself stays open to its recognizer.
fn timestamp(hay: Haystack<'_>, at: usize) -> Option<usize> {
    let shape = b"0000-00-00T00:00";
    let text = hay.slice(at, at + shape.len());
    let shaped = text.len() == shape.len()
        && text.iter().zip(shape).all(|(b, s)| match s {
            b'0' => b.is_ascii_digit(),
            b'T' => matches!(b, b'T' | b't' | b' '),
            _ => b == s,
        });
    shaped.then(|| {
        hay.run(at + shape.len(), 24, |b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'Z' | b'+'))
    })
}
