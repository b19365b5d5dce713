//! A record number of the row, with or without its separators, prefix letters and leading zeros.

/// A record number without separators.
pub(super) struct Record {
    /// All letters and digits, lower case.
    whole: Vec<u8>,
    /// Where the part starts that is left without prefix letters and leading zeros.
    core: usize,
}

impl Record {
    pub(super) fn new(value: &str) -> Option<Record> {
        let whole: Vec<u8> =
            value.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase()).collect();
        if whole.len() < 2 {
            return None;
        }
        let letters = whole.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let zeros = whole[letters..].iter().take_while(|b| **b == b'0').count();
        // Too little is left to be told from other numbers: then only the whole counts.
        let core = if whole.len() - letters - zeros >= 3 { letters + zeros } else { 0 };
        Some(Record { whole, core })
    }

    /// The end of the record number that starts at `at`: the whole, or the core behind its own prefix and zeros.
    pub(super) fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        if let Some(end) = spelled_out(text, at, &self.whole) {
            return Some(end);
        }
        if self.core == 0 {
            return None;
        }
        let mut from = at;
        let letters = self.whole.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        if let Some(end) = prefix(text, from, &self.whole[..letters]) {
            from = end;
        }
        let zeros = text[from..].iter().take(16).take_while(|b| **b == b'0').count();
        spelled_out(text, from + zeros, &self.whole[self.core..])
    }
}

/// The end of `letters` and one separator at `at`.
fn prefix(text: &[u8], at: usize, letters: &[u8]) -> Option<usize> {
    let end = at + letters.len();
    let same = text.get(at..end)?.eq_ignore_ascii_case(letters);
    let gap = usize::from(text.get(end).is_some_and(|b| separator(*b)));
    (same && !letters.is_empty()).then_some(end + gap)
}

/// The end of `value` at `at`, with at most one separator between two of its characters, and no word going on.
fn spelled_out(text: &[u8], at: usize, value: &[u8]) -> Option<usize> {
    let mut end = at;
    for (place, wanted) in value.iter().enumerate() {
        if place > 0 && text.get(end).is_some_and(|b| separator(*b)) {
            end += 1;
        }
        if text.get(end)?.to_ascii_lowercase() != *wanted {
            return None;
        }
        end += 1;
    }
    (!text.get(end).is_some_and(|b| wordy(*b))).then_some(end)
}

fn separator(b: u8) -> bool {
    matches!(b, b' ' | b'-' | b'.' | b'/' | b'_' | b':' | b'#')
}

/// Letters beyond ASCII count as letters.
pub(super) fn wordy(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80
}
