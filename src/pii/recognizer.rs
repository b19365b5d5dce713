//! What recognizers read and what they propose.

use super::{Confidence, Finding, Reason, catalog::Kind, fold::unspaced};

/// The bytes that are searched, with reads that cannot fail.
#[derive(Clone, Copy)]
pub(super) struct Haystack<'h> {
    pub(super) bytes: &'h [u8],
    /// The name of the column or key that the whole haystack stands under.
    pub(super) label: Option<&'h str>,
    /// The first line of the text, if the bytes start behind it.
    pub(super) header: Option<&'h [u8]>,
}

impl<'h> Haystack<'h> {
    /// The byte at `at`, 0 behind the end.
    pub(super) fn at(self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The byte before `at`, 0 at the start.
    pub(super) fn before(self, at: usize) -> u8 {
        if at == 0 { 0 } else { self.at(at - 1) }
    }

    /// The end of the run of bytes that satisfy `class`, from `from`, at most `limit` bytes on.
    pub(super) fn run(self, from: usize, limit: usize, class: impl Fn(u8) -> bool) -> usize {
        let stop = self.bytes.len().min(from.saturating_add(limit));
        (from..stop).find(|&i| !class(self.bytes[i])).unwrap_or(stop.max(from))
    }

    /// Whether `word` starts at `at`.
    pub(super) fn starts(self, at: usize, word: &[u8]) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(word))
    }

    pub(super) fn slice(self, start: usize, end: usize) -> &'h [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }
}

/// What a recognizer proposes for a range.
pub(super) struct Proposal {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    pub(super) permille: u16,
    pub(super) shape: &'static str,
    pub(super) check: &'static str,
    pub(super) label: Option<&'static str>,
}

impl Proposal {
    pub(super) fn into_finding(self) -> Finding {
        let reason = Reason::built_in(self.shape, self.check, self.label);
        Finding::new(self.start..self.end, self.kind.entity().clone(), Confidence::of(self.permille), reason)
    }
}

/// Digits in groups, as people write numbers: `+1 (201) 555-0123`, `4111-1111-1111-1111`.
///
/// ```text
/// +1 (201) 555-0123      digits  1 201 555 0123
///  ^   ^    ^   ^        gaps    " (" ")␣" "-"
/// ```
pub(super) struct Groups {
    digits: [u8; Groups::MAX],
    /// Number of digits up to the end of each group.
    until: [usize; Groups::MAX],
    /// Where each group ends.
    ends: [usize; Groups::MAX],
    /// The separator behind each group.
    gaps: [Gap; Groups::MAX],
    count: usize,
    /// Whether a run of digits was longer than the limit: no identifier has that.
    pub(super) overlong: bool,
}

/// What stands between two groups of digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gap {
    None,
    Space,
    Dash,
    Dot,
    Slash,
    Paren,
}

impl Groups {
    /// More digits than any identifier here has. Bounds the work per start.
    pub(super) const MAX: usize = 20;

    /// Reads from the digit at `from`; `open` says that a parenthesis opens before it.
    pub(super) fn read(hay: Haystack<'_>, from: usize, open: bool) -> Groups {
        let mut groups = Groups {
            digits: [0; Groups::MAX],
            until: [0; Groups::MAX],
            ends: [from; Groups::MAX],
            gaps: [Gap::None; Groups::MAX],
            count: 0,
            overlong: false,
        };
        let (mut at, mut total, mut open) = (from, 0, open);
        loop {
            let end = hay.run(at, Groups::MAX + 1, |b| b.is_ascii_digit());
            if total + (end - at) > Groups::MAX {
                groups.overlong = groups.count == 0 || end - at > Groups::MAX;
                return groups;
            }
            for (slot, byte) in groups.digits[total..].iter_mut().zip(hay.slice(at, end)) {
                *slot = byte - b'0';
            }
            total += end - at;
            groups.until[groups.count] = total;
            groups.ends[groups.count] = end;
            groups.count += 1;
            let Some((gap, next)) = gap(hay, end, &mut open) else { return groups };
            if groups.count == Groups::MAX {
                return groups;
            }
            groups.gaps[groups.count - 1] = gap;
            at = next;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The digits of the first `groups` groups.
    pub(super) fn digits(&self, groups: usize) -> &[u8] {
        if groups == 0 { &[] } else { &self.digits[..self.until[groups - 1]] }
    }

    /// The lengths of the first groups are exactly `lengths`.
    pub(super) fn shaped(&self, lengths: &[usize]) -> bool {
        lengths.len() <= self.count && lengths.iter().enumerate().all(|(i, &n)| self.length(i) == n)
    }

    pub(super) fn length(&self, group: usize) -> usize {
        self.until[group] - if group == 0 { 0 } else { self.until[group - 1] }
    }

    /// Where the first `groups` groups end.
    pub(super) fn end(&self, groups: usize) -> usize {
        self.ends[groups.max(1) - 1]
    }

    /// The separators inside the first `groups` groups.
    pub(super) fn gaps(&self, groups: usize) -> &[Gap] {
        &self.gaps[..groups.max(1) - 1]
    }

    /// The first `groups` groups are joined by one and the same of `allowed`.
    pub(super) fn uniform(&self, groups: usize, allowed: &[Gap]) -> bool {
        let gaps = self.gaps(groups);
        gaps.first().is_none_or(|first| allowed.contains(first) && gaps.iter().all(|gap| gap == first))
    }

    /// How many of the leading groups are single digits.
    pub(super) fn singles(&self) -> usize {
        (0..self.count).take_while(|&i| self.length(i) == 1).count()
    }
}

/// The separator at `at` and where the next digit is.
fn gap(hay: Haystack<'_>, at: usize, open: &mut bool) -> Option<(Gap, usize)> {
    let digit = |i: usize| hay.at(i).is_ascii_digit();
    let (first, second) = (hay.at(at), hay.at(at + 1));
    match first {
        b')' if *open => {
            let next = at + if matches!(second, b' ' | b'-' | b'.') { 2 } else { 1 };
            *open = false;
            digit(next).then_some((Gap::Paren, next))
        }
        b'(' if digit(at + 1) && !*open => {
            *open = true;
            Some((Gap::Paren, at + 1))
        }
        b' ' if second == b'(' && digit(at + 2) && !*open => {
            *open = true;
            Some((Gap::Paren, at + 2))
        }
        b' ' if digit(at + 1) => Some((Gap::Space, at + 1)),
        b' ' if matches!(second, b'-' | b'/') && hay.at(at + 2) == b' ' && digit(at + 3) => {
            Some((if second == b'-' { Gap::Dash } else { Gap::Slash }, at + 3))
        }
        b'-' if digit(at + 1) => Some((Gap::Dash, at + 1)),
        b'.' if digit(at + 1) => Some((Gap::Dot, at + 1)),
        b'/' if digit(at + 1) => Some((Gap::Slash, at + 1)),
        _ => None,
    }
}

/// No digit run goes on before `at`: neither a letter or digit touches, nor a separator with a digit behind it.
pub(super) fn opens(hay: Haystack<'_>, at: usize) -> bool {
    let (before, further) = (hay.before(at), if at < 2 { 0 } else { hay.at(at - 2) });
    if before.is_ascii_alphanumeric() {
        return false;
    }
    match before {
        b'.' | b'/' | b'-' | b'+' | b':' => !further.is_ascii_digit(),
        0x80.. => !last_char(hay.slice(at.saturating_sub(4), at)).is_some_and(touches),
        _ => true,
    }
}

/// No digit run goes on behind `end`: neither a letter or digit touches, nor a separator with one behind it.
pub(super) fn closes(hay: Haystack<'_>, end: usize) -> bool {
    let (next, further) = (hay.at(end), hay.at(end + 1));
    if next.is_ascii_alphanumeric() {
        return false;
    }
    match next {
        b'.' | b'/' => !further.is_ascii_digit(),
        b'-' => !further.is_ascii_alphanumeric(),
        b'_' => false,
        0x80.. => !first_char(hay.slice(end, hay.bytes.len().min(end + 4))).is_some_and(touches),
        _ => true,
    }
}

/// A letter of a script with spaces between words. In the others a number touches the words around it.
fn touches(letter: char) -> bool {
    letter.is_alphabetic() && !unspaced(letter)
}

pub(super) fn last_char(bytes: &[u8]) -> Option<char> {
    (1..=4.min(bytes.len()))
        .find_map(|n| std::str::from_utf8(&bytes[bytes.len() - n..]).ok())
        .and_then(|text| text.chars().next())
}

pub(super) fn first_char(bytes: &[u8]) -> Option<char> {
    (1..=4.min(bytes.len()))
        .find_map(|n| std::str::from_utf8(&bytes[..n]).ok())
        .and_then(|text| text.chars().next())
}

/// A number is written with spaces before `at`: `12 123 45 6789` is no social security number.
pub(super) fn spaced_before(hay: Haystack<'_>, at: usize) -> bool {
    at >= 2 && hay.at(at - 1) == b' ' && hay.at(at - 2).is_ascii_digit()
}
