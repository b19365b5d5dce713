//! Characters of JSON strings and the escapes that stand for them.

use std::borrow::Cow;

/// What `raw`, the inside of a string without faults, stands for. Half of a surrogate pair, which stands for nothing,
/// becomes U+FFFD.
pub(super) fn unescaped(raw: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut next = Some(first);
    while let Some(at) = next {
        out.push_str(&rest[..at]);
        let (c, length) = escape(&rest[at..]);
        out.push(c);
        rest = &rest[at + length..];
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that the escape at the start of `raw` stands for, and the length of the escape.
fn escape(raw: &str) -> (char, usize) {
    let bytes = raw.as_bytes();
    let c = match bytes.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unit(bytes),
        Some(&same) => char::from(same),
        None => char::REPLACEMENT_CHARACTER,
    };
    (c, 2)
}

/// As [`escape`], for `\uXXXX` and for two of them that are a surrogate pair.
fn unit(bytes: &[u8]) -> (char, usize) {
    let hex = |from: usize| {
        let digits = std::str::from_utf8(bytes.get(from..from + 4)?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = hex(2).unwrap_or(0xFFFD);
    let second = if bytes.get(6..8) == Some(br"\u") { hex(8) } else { None };
    match (first, second) {
        (0xD800..0xDC00, Some(second @ 0xDC00..0xE000)) => {
            let c = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            (char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
    }
}

/// Walks along a string, and knows for a place in what it stands for where that is in the string.
pub(super) struct Walk<'t> {
    raw: &'t str,
    at: usize,
    plain: usize,
}

impl<'t> Walk<'t> {
    pub(super) fn new(raw: &'t str) -> Self {
        Walk { raw, at: 0, plain: 0 }
    }

    /// Where byte `plain` of the unescaped string is in this one. Must not go back.
    pub(super) fn to(&mut self, plain: usize) -> usize {
        while self.plain < plain {
            let rest = &self.raw[self.at..];
            if rest.starts_with('\\') {
                let (c, length) = escape(rest);
                self.at += length;
                self.plain += c.len_utf8();
            } else {
                let step = plain - self.plain;
                let run = memchr::memchr(b'\\', &rest.as_bytes()[..step.min(rest.len())]).unwrap_or(step);
                self.at += run;
                self.plain += run;
            }
        }
        self.at
    }
}

/// Appends `text` as it stands inside of a string: what must be escaped is.
pub(in crate::pii) fn push_escaped(text: &str, out: &mut String) {
    if !text.bytes().any(|b| matches!(b, b'"' | b'\\' | 0..b' ')) {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..=' ' if c != ' ' => {
                out.push_str(if c < '\u{10}' { "\\u000" } else { "\\u001" });
                out.extend(char::from_digit(u32::from(c) & 15, 16));
            }
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_what_the_rfc_says() {
        // RFC 8259 section 7; the clef is its own example.
        for (raw, plain) in [
            (r"a\u0040b\/c", "a@b/c"),
            (r#"\"\\\b\f\n\r\t"#, "\"\\\u{8}\u{c}\n\r\t"),
            (r"\uD834\uDD1E!", "\u{1D11E}!"),
            (r"\ud834", "\u{fffd}"),
            (r"\ud834\u0041", "\u{fffd}A"),
            (r"\ud834\ud834\udd1e", "\u{fffd}\u{1D11E}"),
            (r"\udd1e\ud834", "\u{fffd}\u{fffd}"),
            (r"é\u00e9", "éé"),
            ("", ""),
        ] {
            assert_eq!(unescaped(raw), plain, "{raw}");
            let mut walk = Walk::new(raw);
            let mut last = 0;
            for (at, _) in plain.char_indices() {
                let place = walk.to(at);
                assert_eq!(unescaped(&raw[..place]).len(), at, "{raw}");
                assert!(place >= last);
                last = place;
            }
            assert_eq!(walk.to(plain.len()), raw.len());
        }
    }

    #[test]
    fn what_is_escaped_reads_as_before() {
        let all: String = (0..0x250).filter_map(char::from_u32).collect();
        let mut raw = String::new();
        push_escaped(&all, &mut raw);
        assert_eq!(unescaped(&raw), all);
        assert!(raw.bytes().all(|b| b >= 0x20));
        assert_eq!(serde_json::from_str::<String>(&format!("\"{raw}\"")).unwrap(), all);
    }
}
