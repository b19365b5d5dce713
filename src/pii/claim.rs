//! Tokens that are something else: no identifier is found inside them.
//!
//! A UUID holds digits that pass Luhn, a base64 blob holds digits between plus signs. Such tokens claim their bytes
//! before any recognizer reads them.

use super::recognizer::Haystack;

/// The claimed stretch of the haystack, moving forward with the search.
#[derive(Default)]
pub(super) struct Claims {
    /// Up to here the last run was read.
    judged: usize,
    /// Whether that run is an opaque token.
    opaque: bool,
}

impl Claims {
    /// The end of the claimed token that the word from `at` to `end` lies in; `pure`: the word is digits alone. Each
    /// run is judged once, so all calls together are linear.
    pub(super) fn covers(&mut self, hay: Haystack<'_>, at: usize, end: usize, pure: bool) -> Option<usize> {
        let found = match end - at {
            4 if pure => timestamp(hay, at),
            8 => uuid(hay, at),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        if at >= self.judged {
            let (before, next) = (hay.before(at), hay.at(end));
            let single = !joined(before) && !joined(next);
            if single && (pure || end - at < SHORTEST) {
                return None;
            }
            if before == b'-'
                && let Some(end) = uuid_around(hay, at)
            {
                return Some(end);
            }
            let mut start = at;
            while start > self.judged && joined(hay.before(start)) {
                start -= 1;
            }
            let end = if joined(next) { hay.run(end, usize::MAX, joined) } else { end };
            self.judged = end;
            self.opaque = opaque(hay.slice(start, end));
        }
        self.opaque.then_some(self.judged)
    }
}

/// The end of a UUID that the word at `at` is a group of: the groups before may have no digit.
fn uuid_around(hay: Haystack<'_>, at: usize) -> Option<usize> {
    [9, 14, 19, 24].into_iter().filter_map(|back| at.checked_sub(back)).find_map(|start| uuid(hay, start))
}

/// What base64, paths and hashes are made of.
fn joined(b: u8) -> bool {
    COUNTS[usize::from(b)] != 0
}

/// A path, a long base64 blob, or a long hexadecimal run with letters.
fn opaque(run: &[u8]) -> bool {
    if run.len() < SHORTEST {
        return false;
    }
    // Five counters in one word: a table look-up and an addition for each byte.
    let mut counts = [0usize; 5];
    for part in run.chunks(LANE) {
        let sum = part.iter().fold(0u64, |sum, &b| sum.wrapping_add(COUNTS[usize::from(b)]));
        for (i, count) in counts.iter_mut().enumerate() {
            *count += usize::from((sum >> (i * LANE_BITS)).to_le_bytes()[0])
                + (usize::from((sum >> (i * LANE_BITS)).to_le_bytes()[1] & 0xF) << 8);
        }
    }
    let [upper, lower, digits, slashes, hexadecimal] = counts;
    let letters = upper + lower;
    let path = slashes >= 2 && letters >= 4;
    let base64 = run.len() >= 40 && upper >= 4 && lower >= 4 && digits >= 2;
    let hash = letters > 0 && hexadecimal == run.len();
    path || base64 || hash
}

/// Shorter runs are words.
const SHORTEST: usize = 16;

/// Bits of a counter, and the bytes that it can count.
const LANE_BITS: usize = 12;
const LANE: usize = (1 << LANE_BITS) - 1;

/// For each byte what it counts as: capital, small letter, digit, slash, hexadecimal digit; 0 for what joins nothing.
const COUNTS: [u64; 256] = {
    let mut counts = [0; 256];
    let mut byte = 0u8;
    loop {
        let lanes = [
            byte.is_ascii_uppercase(),
            byte.is_ascii_lowercase(),
            byte.is_ascii_digit(),
            byte == b'/',
            byte.is_ascii_hexdigit(),
        ];
        let mut lane = 0;
        while lane < lanes.len() {
            counts[byte as usize] |= (lanes[lane] as u64) << (lane * LANE_BITS);
            lane += 1;
        }
        if matches!(byte, b'+' | b'_' | b'-') {
            // A lane that nothing reads.
            counts[byte as usize] = 1 << 60;
        }
        if byte == u8::MAX {
            break counts;
        }
        byte += 1;
    }
};

/// The end of a UUID at `at`. Source: RFC 9562, section 4.
fn uuid(hay: Haystack<'_>, at: usize) -> Option<usize> {
    let text: &[u8; 36] = hay.slice(at, at + 36).try_into().ok()?;
    if [text[8], text[13], text[18], text[23]] != *b"----" || hay.at(at + 36).is_ascii_alphanumeric() {
        return None;
    }
    let digits = text.iter().filter(|b| b.is_ascii_hexdigit()).count();
    (digits == 32).then_some(at + 36)
}

/// The end of a date with a time at `at`: `2024-01-15T11:30:12.120Z`, `2024-01-15 11:30:12`. Source: RFC 3339.
///
/// A date of birth may carry a time, so the date itself stays open to its recognizer.
fn timestamp(hay: Haystack<'_>, at: usize) -> Option<usize> {
    let text: &[u8; 16] = hay.slice(at, at + 16).try_into().ok()?;
    let digit = |i: usize| text[i].is_ascii_digit();
    let shaped = (text[4], text[7], text[13]) == (b'-', b'-', b':')
        && matches!(text[10], b'T' | b't' | b' ')
        && [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15].into_iter().all(digit);
    shaped.then(|| hay.run(at + 16, 24, |b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'Z' | b'+')))
}
