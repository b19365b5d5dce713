//! One log line without what is found in it, whoever formatted it.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::pii::{Finding, JsonRedactor, Redactor, StreamRedactor, unit::outside};

/// Redacts formatted lines.
///
/// ```text
///   line ─▶ colors aside ─▶ searched as it stands ─┬─ nothing ─────────────────────────────▶ as it is
///                                                  ├─ text ─▶ replaced, searched again ────▶ line
///                                                  └─ JSON ─▶ values replaced, searched again ▶ line
/// ```
#[derive(Clone, Debug)]
pub(super) struct Lines {
    text: Redactor,
    json: JsonRedactor,
    /// What `json` searches for is something else than what `text` does.
    apart: bool,
}

impl Lines {
    pub(super) fn new(redactor: Redactor) -> Self {
        Lines { json: JsonRedactor::without_rules(redactor.clone()), text: redactor, apart: false }
    }

    /// With rules for lines of JSON.
    pub(super) fn json(self, json: JsonRedactor) -> Self {
        let apart = !json.redactor().scanner().is(self.text.scanner());
        Lines { json, apart, ..self }
    }

    pub(super) fn redactor(&self) -> &Redactor {
        &self.text
    }

    /// `line`, with all that its formatter wrote, without what is found in it.
    pub(super) fn redact<'l>(&self, line: &'l [u8]) -> Cow<'l, [u8]> {
        match catch_unwind(AssertUnwindSafe(|| self.redacted(line))) {
            Ok(Some(redacted)) => Cow::Owned(redacted),
            Ok(None) => Cow::Borrowed(line),
            Err(_) => {
                self.text.counts().text([]);
                self.text.counts().withheld();
                Cow::Borrowed(WITHHELD)
            }
        }
    }

    /// Nothing if nothing is found.
    fn redacted(&self, line: &[u8]) -> Option<Vec<u8>> {
        let (colored, is_text) = match str::from_utf8(line) {
            Ok(text) => (Cow::Borrowed(text), true),
            Err(_) => (String::from_utf8_lossy(line), false),
        };
        let (colored, mut replaced) = match colored.contains(CODE).then(|| self.find(&colored)) {
            // With its colors as well: they part what would be one run of digits without them.
            Some(found) if !found.is_empty() => {
                let (text, replaced) = self.text.redact_found(&colored, &found, &[]);
                (Cow::Owned(text), replaced)
            }
            _ => (colored, Vec::new()),
        };
        let plain = without_colors(&colored);
        let text = &*plain;
        let found = self.find(text);
        let worth = || !found.is_empty() || self.apart || self.json.may_see_more(text);
        let json = text.trim_start().starts_with(['{', '[']) && worth();
        let redacted = match json.then(|| self.json.redact_touched(text, &found, !self.apart)) {
            Some(Ok((Cow::Owned(json), written))) => {
                // Searched as a line again: what stands in two values may be one together.
                let mut found = self.find(&json);
                outside(&mut found, &written);
                match found.is_empty() {
                    true => Some((json, written)),
                    false => Some(self.text.redact_found(&json, &found, &written)),
                }
            }
            _ if found.is_empty() => None,
            _ => Some(self.text.redact_found(text, &found, &[])),
        };
        let redacted = match redacted {
            Some((redacted, more)) => {
                replaced.extend(more);
                Some(redacted)
            }
            None => (!replaced.is_empty()).then(|| colored.into_owned()),
        };
        // Bytes that are no text leave as they are, and stand nearer to each other than what was searched in their place.
        if redacted.is_none() && !is_text && !self.text.scanner().scan(line).is_empty() {
            let (mut stream, mut out) = (StreamRedactor::new(&self.text), Vec::new());
            stream.push(line, &mut out);
            stream.finish(&mut out);
            return Some(out);
        }
        self.text.counts().text(replaced.iter().map(|place| &place.entity));
        redacted.map(String::into_bytes)
    }

    /// What is found in a line as it stands, and in one without the letters of escapes.
    fn find(&self, line: &str) -> Vec<Finding> {
        let mut found = self.text.scanner().scan(line.as_bytes());
        if let Some(blanked) = without_escapes(line) {
            self.text.scanner().scan_into(blanked.as_bytes(), &mut found);
        }
        found
    }
}

/// `line` without the escape codes of colors and weights. Source: ECMA-48, 8.3.117 (SGR).
fn without_colors(line: &str) -> Cow<'_, str> {
    if !line.contains(CODE) {
        return Cow::Borrowed(line);
    }
    let mut plain = String::with_capacity(line.len());
    for (i, part) in line.split(CODE).enumerate() {
        let code =
            part.find(|c: char| !c.is_ascii_digit() && c != ';').filter(|&end| part[end..].starts_with('m'));
        plain.push_str(match code {
            Some(end) if i > 0 => &part[end + 1..],
            _ => part,
        });
    }
    Cow::Owned(plain)
}

/// `line` with spaces in the place of `\n`, `\r` and `\t`, as debug forms of values have them: in `\n4111 1111 ..` the
/// number would be part of a word. As long as `line`; nothing if there are none.
fn without_escapes(line: &str) -> Option<String> {
    let first = memchr::memchr(b'\\', line.as_bytes())?;
    let (mut plain, mut rest) = (String::with_capacity(line.len()), line);
    plain.push_str(&line[..first]);
    rest = &rest[first..];
    while !rest.is_empty() {
        let escape = rest.strip_prefix('\\').and_then(|rest| rest.strip_prefix(['n', 'r', 't']));
        let from = match escape {
            Some(_) => {
                plain.push_str("  ");
                2
            }
            None => 0,
        };
        let next =
            memchr::memchr(b'\\', &rest.as_bytes()[from.max(1)..]).map_or(rest.len(), |at| from.max(1) + at);
        plain.push_str(&rest[from..next]);
        rest = &rest[next..];
    }
    Some(plain).filter(|plain| plain != line)
}

const CODE: &str = "\u{1b}[";

/// What stands for a line, or for the rest of it.
pub(super) const WITHHELD: &[u8] = b"[line withheld: redaction failed]\n";
