//! Patterns of paths, such as `items[].card`, walked along with the lexer.
//!
//! ```text
//! pattern   **.card          states: how much of the pattern is behind us, a bit each
//! path      items [] card    001+011 ─items─▶ 011 ─[]─▶ 011 ─card─▶ 111: matches
//! ```

use crate::{Error, Result};

/// A pattern, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Key(String),
    /// `*`
    AnyKey,
    /// `[]`
    Element,
    /// `**`
    Anything,
}

/// One step down into a document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'t> {
    Key(&'t str),
    Element,
}

impl Pattern {
    /// States are bits.
    const PARTS: usize = 63;

    /// Reads `a.b`, `a[].b`, `*`, `**`, `"a key with a . or ["`.
    pub(super) fn parse(pattern: &str) -> Result<Self> {
        let fault = || Error::path_syntax(pattern);
        let mut parts = Vec::new();
        let mut rest = pattern;
        loop {
            if let Some(behind) = rest.strip_prefix("[]") {
                (rest, _) = (behind, parts.push(Part::Element));
            } else if let Some(quoted) = rest.strip_prefix('"') {
                let (key, behind) = quoted_key(quoted).ok_or_else(fault)?;
                (rest, _) = (behind, parts.push(Part::Key(key)));
            } else {
                let (key, behind) = rest.split_at(rest.find(['.', '[', ']', '"']).unwrap_or(rest.len()));
                parts.push(match key {
                    "" => return Err(fault()),
                    "**" => Part::Anything,
                    "*" => Part::AnyKey,
                    key => Part::Key(key.to_owned()),
                });
                rest = behind;
            }
            if rest.is_empty() {
                break;
            }
            if !rest.starts_with("[]") {
                rest = rest.strip_prefix('.').ok_or_else(fault)?;
            }
        }
        if parts.len() > Self::PARTS { Err(Error::path_length(Self::PARTS)) } else { Ok(Pattern { parts }) }
    }

    /// The states at the top of a document.
    pub(super) fn start(&self) -> u64 {
        self.reached(1)
    }

    /// The states one step down.
    pub(super) fn step(&self, states: u64, step: Step<'_>) -> u64 {
        let (mut from, mut to) = (states, 0);
        while from != 0 {
            let state = from.trailing_zeros();
            from &= from - 1;
            to |= match (self.parts.get(state as usize), step) {
                (Some(Part::Anything), _) => 1 << state,
                (Some(Part::Key(key)), Step::Key(given)) if key == given => 2 << state,
                (Some(Part::AnyKey), Step::Key(_)) | (Some(Part::Element), Step::Element) => 2 << state,
                _ => 0,
            };
        }
        self.reached(to)
    }

    /// Whether the path that led to `states` matches.
    pub(super) fn matches(&self, states: u64) -> bool {
        states >> self.parts.len() & 1 == 1
    }

    /// `**` may also stand for nothing.
    fn reached(&self, mut states: u64) -> u64 {
        for (i, part) in self.parts.iter().enumerate() {
            if *part == Part::Anything && states >> i & 1 == 1 {
                states |= 2 << i;
            }
        }
        states
    }
}

/// A key up to its closing quote, which a backslash keeps from closing, and what follows.
fn quoted_key(quoted: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((key, &quoted[at + 1..])),
            '\\' => key.push(chars.next()?.1),
            _ => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[]` for elements, else keys.
    fn matches(pattern: &str, path: &[&str]) -> bool {
        let pattern = Pattern::parse(pattern).unwrap();
        let step = |states, &part: &&str| {
            pattern.step(states, if part == "[]" { Step::Element } else { Step::Key(part) })
        };
        pattern.matches(path.iter().fold(pattern.start(), step))
    }

    #[test]
    fn patterns_match_the_paths_they_name() {
        let cases: [(&str, &[&str], bool); 24] = [
            ("user", &["user"], true),
            ("user", &["User"], false),
            ("user", &["user", "email"], false),
            ("user.email", &["user", "email"], true),
            ("user.email", &["email"], false),
            ("items[].card", &["items", "[]", "card"], true),
            ("items[].card", &["items", "card"], false),
            ("items.card", &["items", "[]", "card"], false),
            ("[].card", &["[]", "card"], true),
            ("[][]", &["[]", "[]"], true),
            ("*.id", &["a", "id"], true),
            ("*.id", &["[]", "id"], false),
            ("*.id", &["a", "b", "id"], false),
            ("**.password", &["password"], true),
            ("**.password", &["a", "[]", "b", "password"], true),
            ("**.password", &["password", "hash"], false),
            ("a.**.z", &["a", "z"], true),
            ("a.**.z", &["a", "z", "y", "z"], true),
            ("a.**.z", &["b", "z"], false),
            ("**", &[], true),
            ("**[].x", &["l", "[]", "x"], true),
            ("\"a.b\".c", &["a.b", "c"], true),
            (r#""a\"[]".*"#, &["a\"[]", "c"], true),
            ("\"*\"", &["x"], false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path:?}");
        }
    }

    #[test]
    fn patterns_that_name_nothing_are_refused() {
        for pattern in ["", ".", "a.", ".a", "a..b", "a[0]", "a[", "a]", "\"a", "\"a\"b", "a\"b\"", "[]a"] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.to_string().contains("items[].card"), "{pattern}: {error}");
        }
        assert!(Pattern::parse(&["a"; 63].join(".")).is_ok());
        assert!(Pattern::parse(&["a"; 64].join(".")).unwrap_err().to_string().contains("63"));
    }
}
