//! Where characters and words begin and end.

use crate::pii::fold::unspaced;

/// Whether a word may begin or end at `at`: not both neighbors are letters or digits of a script that sets words
/// apart.
pub(super) fn edge(bytes: &[u8], at: usize) -> bool {
    let (Some(&last), Some(&first)) = (at.checked_sub(1).and_then(|i| bytes.get(i)), bytes.get(at)) else {
        return true;
    };
    if last < 0x80 && first < 0x80 {
        return !(last.is_ascii_alphanumeric() && first.is_ascii_alphanumeric());
    }
    match (before(bytes, at), behind(bytes, at)) {
        (Some(before), Some(behind)) => {
            !(wordy(before) && wordy(behind)) || unspaced(before) || unspaced(behind)
        }
        _ => around(bytes, at).is_none(),
    }
}

/// The range widened to the characters that it cuts.
pub(super) fn whole(bytes: &[u8], start: usize, end: usize) -> (usize, usize) {
    (around(bytes, start).map_or(start, |(first, _)| first), around(bytes, end).map_or(end, |(_, last)| last))
}

/// The character that `at` lies inside of.
fn around(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    if bytes.get(at).is_none_or(|b| b & 0xC0 != 0x80) {
        return None;
    }
    (1..=3.min(at)).find_map(|back| {
        let start = at - back;
        let length = decode(&bytes[start..])?.len_utf8();
        (start + length > at).then_some((start, start + length))
    })
}

fn before(bytes: &[u8], at: usize) -> Option<char> {
    let last = *bytes.get(at.checked_sub(1)?)?;
    if last < 0x80 {
        return Some(char::from(last));
    }
    (2..=4.min(at)).find_map(|back| decode(&bytes[at - back..at]).filter(|c| c.len_utf8() == back))
}

fn behind(bytes: &[u8], at: usize) -> Option<char> {
    match bytes.get(at)? {
        b if *b < 0x80 => Some(char::from(*b)),
        _ => decode(&bytes[at..]),
    }
}

/// The character at the start.
fn decode(bytes: &[u8]) -> Option<char> {
    bytes[..bytes.len().min(4)].utf8_chunks().next()?.valid().chars().next()
}

/// Letters, digits, and marks that belong to the letter before them.
fn wordy(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{0300}'..='\u{036F}')
}

#[cfg(test)]
mod tests {
    use super::{edge, whole};

    #[test]
    fn words_end_where_scripts_say_so() {
        // (before, behind, whether a word may end between them)
        let cases = [
            ("Ada", "'s", true),
            ("Ada", "_x", true),
            ("Ada", "m", false),
            ("Ada", "7", false),
            ("Zo", "ë", false),
            ("Zoë", "x", false),
            ("Jose", "\u{301}", false),
            ("王", "先生", true),
            ("", "Ada", true),
            ("Ada", "", true),
        ];
        for (before, behind, expected) in cases {
            let text = format!("{before}{behind}");
            assert_eq!(edge(text.as_bytes(), before.len()), expected, "{text}");
        }
        assert!(edge(b"Ada\xFF", 3) && edge(b"\xC3Ada", 1) && edge(b"Ada\x80", 3));
        // Not inside of a character.
        assert!(!edge("é".as_bytes(), 1) && !edge("a€b".as_bytes(), 2) && !edge("a€b".as_bytes(), 3));
    }

    #[test]
    fn a_cut_character_is_covered_whole() {
        let text = "aé€b".as_bytes();
        assert_eq!(whole(text, 2, 5), (1, 6));
        assert_eq!(whole(text, 1, 3), (1, 3));
        assert_eq!(whole(b"\xA9\xA9\xA9\xA9\xA9", 2, 4), (2, 4));
    }
}
