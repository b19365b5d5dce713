//! Patterns of the catalog, compiled, in a table by the first word of a value.
//!
//! ```text
//! candidate "12 345 678 901": first word has 2 digits ──▶ shapes[digit][2] ──▶ 99~9{3}~9{3}~9{3}, ...
//! ```
//!
//! A value that no shape begins like costs one look-up.

use std::sync::LazyLock;

use super::{
    catalog::{self, Kind},
    recognizer::Haystack,
    rule::{Rule, Shape},
};

/// A shape with its rule.
pub(super) struct Pattern {
    steps: Vec<Step>,
    pub(super) kind: Kind,
    pub(super) rule: &'static Rule,
    pub(super) shape: &'static Shape,
    /// Its parts are set apart by spaces, so a number before or behind may be part of it.
    pub(super) spaced: bool,
}

/// A run of one class.
#[derive(Clone, Copy)]
struct Step {
    class: Class,
    least: u8,
    most: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Letter,
    Either,
    Sign(u8),
    /// A space, a dash or a dot, the same one each time.
    Any,
}

/// A value that a pattern matches, without its separators, letters in upper case.
pub(super) struct Value {
    text: [u8; LONGEST],
    length: usize,
    pub(super) end: usize,
    /// It has a small letter.
    pub(super) small: bool,
    /// Its parts are set apart by spaces here.
    pub(super) spaced: bool,
}

impl Value {
    pub(super) fn canonical(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

/// What the first word of a value is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// It starts with a letter.
    Letter,
    /// It starts with a digit and has letters.
    Digit,
    Digits,
}

/// The patterns whose values begin with a word of `length` letters and digits and go on with `next`, as far as the
/// catalog knows; without a `label` only those that need none.
pub(super) fn beginning(
    start: Start,
    length: usize,
    next: u8,
    label: bool,
) -> [&'static [&'static Pattern]; 2] {
    let Some(lists) = TABLE[start as usize].get(length) else { return [&[], &[]] };
    [lists[0].patterns(label), lists[follower(next)].patterns(label)]
}

/// Which list holds the patterns that go on with `sign` behind their first word. List 0 is of single words.
fn follower(sign: u8) -> usize {
    match sign {
        b' ' => 1,
        b'-' => 2,
        b'.' => 3,
        b'/' => 4,
        _ => 5,
    }
}

/// Patterns by the word that they begin with; those that need no label come first.
#[derive(Default)]
struct List {
    patterns: Vec<&'static Pattern>,
    alone: usize,
}

impl List {
    fn add(&mut self, pattern: &'static Pattern) {
        if pattern.shape.alone > 0 {
            self.patterns.insert(self.alone, pattern);
            self.alone += 1;
        } else {
            self.patterns.push(pattern);
        }
    }

    fn patterns(&self, label: bool) -> &[&'static Pattern] {
        if label { &self.patterns } else { &self.patterns[..self.alone] }
    }
}

static TABLE: LazyLock<[Vec<[List; 6]>; 3]> = LazyLock::new(|| {
    let mut table: [Vec<[List; 6]>; 3] = [const { Vec::new() }; 3];
    for side in &mut table {
        side.resize_with(LONGEST + 1, Default::default);
    }
    for pattern in PATTERNS.iter() {
        let signed = |s: &&Step| matches!(s.class, Class::Sign(_) | Class::Any);
        let word = pattern.steps.iter().take_while(|s| !signed(s));
        let (least, most) =
            word.fold((0, 0), |(a, b), s| (a + usize::from(s.least), b + usize::from(s.most)));
        let lists: &[usize] = match pattern.steps.iter().find(signed).map(|s| s.class) {
            Some(Class::Sign(sign)) => &[follower(sign)],
            Some(_) => &[1, 2, 3],
            None => &[0],
        };
        let word = || pattern.steps.iter().take_while(|s| !signed(s)).map(|s| s.class);
        let starts = [
            (Start::Letter, word().next() != Some(Class::Digit)),
            (Start::Digit, word().next() != Some(Class::Letter) && word().any(|class| class != Class::Digit)),
            (Start::Digits, word().all(|class| class != Class::Letter)),
        ];
        for (start, _) in starts.iter().filter(|(_, fits)| *fits) {
            for word in table[*start as usize].iter_mut().take(most.min(LONGEST) + 1).skip(least) {
                for &list in lists {
                    word[list].add(pattern);
                }
            }
        }
    }
    table
});

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    catalog::rules()
        .flat_map(|rule| {
            rule.shapes.iter().map(move |shape| {
                let steps = compile(shape.pattern);
                let spaced = steps.iter().any(|s| s.class == Class::Sign(b' '));
                Pattern { steps, kind: catalog::kind(&rule.entity), rule, shape, spaced }
            })
        })
        .collect()
});

fn compile(pattern: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = pattern.as_bytes();
    while let [sign, tail @ ..] = rest {
        rest = tail;
        let class = match sign {
            b'9' => Class::Digit,
            b'A' => Class::Letter,
            b'*' => Class::Either,
            b'~' => Class::Any,
            other => Class::Sign(*other),
        };
        let (mut least, mut most) = (1, 1);
        if let [b'{', tail @ ..] = rest {
            let close = tail.iter().position(|&b| b == b'}').unwrap_or(tail.len());
            let text = std::str::from_utf8(&tail[..close]).unwrap_or_default();
            let (a, b) = text.split_once(',').unwrap_or((text, text));
            (least, most) = (a.parse().unwrap_or(1), b.parse().unwrap_or(1));
            rest = tail.get(close + 1..).unwrap_or_default();
        }
        match steps.last_mut() {
            Some(last) if last.class == class && !matches!(class, Class::Sign(_) | Class::Any) => {
                last.least += least;
                last.most += most;
            }
            _ => steps.push(Step { class, least, most }),
        }
    }
    steps
}

impl Pattern {
    /// The value at `at`.
    pub(super) fn read(&self, hay: Haystack<'_>, at: usize) -> Option<Value> {
        let mut value = Value { text: [0; LONGEST], length: 0, end: at, small: false, spaced: self.spaced };
        let mut separator = 0;
        for step in &self.steps {
            match step.class {
                Class::Sign(sign) => {
                    if hay.at(value.end) != sign {
                        return None;
                    }
                    value.end += 1;
                }
                Class::Any => {
                    let byte = hay.at(value.end);
                    if separator == 0 {
                        separator = byte;
                    }
                    if byte != separator || !matches!(byte, b' ' | b'-' | b'.') {
                        return None;
                    }
                    value.spaced |= byte == b' ';
                    value.end += 1;
                }
                class => {
                    let fits = |b: u8| match class {
                        Class::Digit => b.is_ascii_digit(),
                        Class::Letter => b.is_ascii_alphabetic(),
                        _ => b.is_ascii_alphanumeric(),
                    };
                    let mut count = 0;
                    while count < step.most && fits(hay.at(value.end)) {
                        let byte = hay.at(value.end);
                        *value.text.get_mut(value.length)? = byte.to_ascii_uppercase();
                        value.small |= byte.is_ascii_lowercase();
                        value.length += 1;
                        value.end += 1;
                        count += 1;
                    }
                    if count < step.least {
                        return None;
                    }
                }
            }
        }
        Some(value)
    }
}

/// More letters and digits than any identifier of the catalog has.
const LONGEST: usize = 32;

#[cfg(test)]
mod tests {
    use super::{LONGEST, PATTERNS, Start, beginning, compile};
    use crate::pii::recognizer::Haystack;

    #[test]
    fn patterns_read_what_they_say() {
        // pattern, text, canonical value
        let cases: [(&str, &str, Option<&str>); 9] = [
            ("9{3}~9{3}", "123 456", Some("123456")),
            ("9{3}~9{3}", "123.456", Some("123456")),
            ("9{2}~9{2}~9{2}", "12-34 56", None),
            ("A{1,3}9{2}", "ab12", Some("AB12")),
            ("A9{2}", "ab1", None),
            ("99.99/9", "12.34/5", Some("12345")),
            ("9{8}A", "12345678z", Some("12345678Z")),
            ("*{2}-*", "1a-b", Some("1AB")),
            ("9{6}-9{3}*", "010190-123A", Some("010190123A")),
        ];
        let (_, template) = PATTERNS.split_first().map_or((None, None), |(p, _)| (None::<()>, Some(p)));
        let Some(template) = template else { return };
        for (pattern, text, expected) in cases {
            let pattern = super::Pattern {
                steps: compile(pattern),
                kind: template.kind,
                rule: template.rule,
                shape: template.shape,
                spaced: false,
            };
            let value = pattern.read(Haystack { bytes: text.as_bytes(), label: None, header: None }, 0);
            assert_eq!(value.as_ref().map(|v| v.canonical()), expected.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn every_shape_can_begin_a_value() {
        for pattern in PATTERNS.iter() {
            let word: usize = pattern
                .steps
                .iter()
                .take_while(|s| !matches!(s.class, super::Class::Sign(_) | super::Class::Any))
                .map(|s| usize::from(s.least))
                .sum();
            assert!((1..=LONGEST).contains(&word), "{}", pattern.shape.pattern);
            let listed = |start| {
                b" -./,+_".iter().any(|&next| {
                    beginning(start, word, next, true).concat().iter().any(|p| std::ptr::eq(*p, pattern))
                })
            };
            assert!(
                [Start::Letter, Start::Digit, Start::Digits].into_iter().any(listed),
                "{}",
                pattern.shape.pattern
            );
        }
    }
}
