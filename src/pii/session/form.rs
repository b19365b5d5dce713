//! What a placeholder looks like, and why none can be mistaken.
//!
//! ```text
//!   EMAIL_ADDRESS_KQ4821
//!   │             └ code: two of 18 consonants, four digits; one code, one value, in the whole session
//!   └ label: the entity's name without its digits
//! ```
//!
//! It is one bare word, because brackets get lost in Markdown, in HTML and in addresses, and quotes, stars and
//! backticks around a word do no harm. Digits are what models copy most faithfully. Codes are drawn and not counted:
//! a model that makes up `EMAIL_ADDRESS_2` makes up nobody's address.
//!
//! Read back are all *spellings* of a placeholder: letters in any case, each `_` also as `\_`, which is how Markdown
//! writes it.
//!
//! # Why text around a placeholder cannot change its meaning
//!
//! Let two spellings of placeholders of one session share a byte of a text. Then they are the same, at the same place:
//!
//! 1. Labels hold no digits, so the digits of a spelling are its last four bytes. A spelling starts with a letter.
//! 2. Say that `a` ends no later than `b`. The byte they share is not behind the end of `a`, so `b` starts before the
//!    digits of `a`, as it cannot start with one of them. So `b` holds all four, and they are its own last four: both
//!    end together.
//! 3. Before these digits stand the two letters of both codes, the same bytes. Equal codes are one placeholder, which
//!    has one label; read backwards from the code, both start at the same byte. ∎
//!
//! So if no spelling occurs in the text around placeholders, reading finds them, each with its own value, and nothing
//! else. A prompt may hold one; therefore [`places`] finds the tail of each possible spelling, and the session
//! replaces it like a finding.

use std::ops::Range;

use crate::pii::Entity;

/// What tells one placeholder from all others of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Code(u32);

impl Code {
    /// Bytes of its text.
    pub(super) const LEN: usize = 6;
    /// How many there are: 3,240,000.
    pub(super) const COUNT: u32 = CONSONANTS * CONSONANTS * 10_000;

    /// The code of a number, if it has one.
    pub(super) fn new(number: u32) -> Option<Self> {
        (number < Code::COUNT).then_some(Code(number))
    }

    /// A code from a uniform draw. Uniform but for 2^-42.
    pub(super) fn drawn(draw: u64) -> Self {
        let number =
            u32::try_from(draw % u64::from(Code::COUNT)).expect("the remainder is below a number of 32 bits");
        Code(number)
    }

    pub(super) fn number(self) -> u32 {
        self.0
    }

    fn push_onto(self, out: &mut String) {
        let (letters, digits) = (self.0 / 10_000, self.0 % 10_000);
        for letter in [letters / CONSONANTS, letters % CONSONANTS] {
            out.push(char::from(LETTERS[crate::num::index(letter)]));
        }
        for unit in [1000, 100, 10, 1] {
            out.extend(char::from_digit(digits / unit % 10, 10));
        }
    }
}

/// The entity's name without its digits, which would make a code of a label.
pub(super) fn label(entity: &Entity) -> String {
    let name: String = entity.as_str().chars().filter(|c| !c.is_ascii_digit()).collect();
    name.trim_end_matches('_').to_owned()
}

/// Appends the placeholder.
pub(super) fn write(label: &str, code: Code, out: &mut String) {
    out.push_str(label);
    out.push('_');
    code.push_onto(out);
}

/// Reads byte by byte and tells where a letter, a separator and a code have just ended: the tail of every spelling.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Tail {
    #[default]
    Elsewhere,
    Letter,
    Backslash,
    Separator,
    /// Behind the first consonant of what may be a code.
    First(u32),
    Second(u32),
    /// Behind some digits.
    Digits(u32, u8),
}

impl Tail {
    /// The code that ends with `byte`.
    pub(super) fn read(&mut self, byte: u8) -> Option<Code> {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
        let next = match (*self, byte) {
            (Tail::Letter | Tail::First(_) | Tail::Second(_) | Tail::Backslash, b'_') => {
                Some(Tail::Separator)
            }
            (Tail::Letter | Tail::First(_) | Tail::Second(_), b'\\') => Some(Tail::Backslash),
            (Tail::Separator, _) => consonant(byte).map(Tail::First),
            (Tail::First(one), _) => consonant(byte).map(|two| Tail::Second(one * CONSONANTS + two)),
            (Tail::Second(number), _) => digit.map(|digit| Tail::Digits(number * 10 + digit, 1)),
            (Tail::Digits(number, count), _) => {
                digit.map(|digit| Tail::Digits(number * 10 + digit, count + 1))
            }
            _ => None,
        };
        *self = next.unwrap_or(if byte.is_ascii_alphabetic() { Tail::Letter } else { Tail::Elsewhere });
        let Tail::Digits(number, 4) = *self else { return None };
        *self = Tail::Elsewhere;
        Some(Code(number))
    }
}

/// Where `text` holds what may be read as a placeholder of some session, with all that may belong to its label.
pub(super) fn places(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut tail = Tail::default();
    bytes.iter().enumerate().filter_map(move |(at, &byte)| {
        tail.read(byte)?;
        let of_label = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'\\');
        let label =
            bytes[..at + 1 - Code::LEN].iter().rev().take(LONGEST).take_while(|b| of_label(b)).count();
        Some(at + 1 - Code::LEN - label..at + 1)
    })
}

/// Where the placeholder starts whose code `text` ends with, if `label` and a separator stand before it.
pub(super) fn start(text: &[u8], label: &str) -> Option<usize> {
    let mut at = text.len().checked_sub(Code::LEN)?;
    for wanted in label.bytes().chain([b'_']).rev() {
        at = at.checked_sub(1)?;
        if !text[at].eq_ignore_ascii_case(&wanted) {
            return None;
        }
        // Inside of a spelling, a backslash before `_` belongs to it.
        if wanted == b'_' && at > 0 && text[at - 1] == b'\\' {
            at -= 1;
        }
    }
    Some(at)
}

/// How much of `text` is decided: the rest, at most [`LONGEST`] bytes, is the longest one with which a spelling of a
/// placeholder with one of these labels may begin.
pub(super) fn decided<'l>(text: &str, labels: impl Iterator<Item = &'l str> + Clone) -> usize {
    let bytes = text.as_bytes();
    let of_form = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\\');
    let run = bytes.iter().rev().take(LONGEST - 1).take_while(|b| of_form(b)).count();
    (bytes.len() - run..bytes.len())
        .find(|&at| labels.clone().any(|label| begins(&bytes[at..], label)))
        .unwrap_or(bytes.len())
}

/// Whether a spelling of a placeholder with this label begins with `text`, and is longer.
fn begins(text: &[u8], label: &str) -> bool {
    let mut rest = text;
    for wanted in label.bytes().chain([b'_']) {
        rest = match rest {
            [] => return true,
            [b'\\'] if wanted == b'_' => return true,
            [b'\\', b'_', rest @ ..] if wanted == b'_' => rest,
            [byte, rest @ ..] if byte.eq_ignore_ascii_case(&wanted) => rest,
            _ => return false,
        };
    }
    let fits = |(place, &byte): (usize, &u8)| {
        if place < 2 { consonant(byte).is_some() } else { byte.is_ascii_digit() }
    };
    rest.len() < Code::LEN && rest.iter().enumerate().all(fits)
}

fn consonant(byte: u8) -> Option<u32> {
    let upper = byte.to_ascii_uppercase();
    LETTERS.iter().zip(0..).find_map(|(&letter, number)| (letter == upper).then_some(number))
}

/// The longest spelling: a label, its separators and the one before the code with backslashes.
pub(super) const LONGEST: usize = 2 * Entity::LONGEST + 2 + Code::LEN;
/// No vowels, so that no code is a word; not L, S and Y, which are read as 1, 5 and a vowel.
const LETTERS: &[u8; 18] = b"BCDFGHJKMNPQRTVWXZ";
const CONSONANTS: u32 = 18;

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<u32> {
        let mut tail = Tail::default();
        text.bytes().filter_map(|b| tail.read(b)).map(Code::number).collect()
    }

    #[test]
    fn every_code_reads_back_in_either_case() {
        // A stride that is prime reaches all letters and digits.
        for number in (0..Code::COUNT).step_by(997).chain([Code::COUNT - 1]) {
            let mut text = String::new();
            write("A", Code::new(number).unwrap(), &mut text);
            assert_eq!(text.len(), 2 + Code::LEN);
            assert_eq!(codes(&text), [number]);
            assert_eq!(codes(&text.to_lowercase()), [number]);
        }
        assert_eq!(Code::new(Code::COUNT), None);
    }

    #[test]
    fn a_tail_is_a_letter_a_separator_and_a_code() {
        for text in [
            "A_BB0000",
            "a\\_bb0000",
            "_A_B_BB0000",
            "A_BA_BB0000",
            "A_B_BB00001",
            "éA_BB0000",
            "A_B\\_BB0000",
        ] {
            assert_eq!(codes(text), [0], "{text}");
        }
        for text in
            ["A_BB000", "_BB0000", "1_BB0000", "A__BB0000", "A_BA0000", "A BB0000", "A\\BB0000", "A_BBB0000"]
        {
            assert_eq!(codes(text), [0; 0], "{text}");
        }
        assert_eq!(codes("A_BB0000A_BB0001_BB0002").len(), 2);
    }

    #[test]
    fn labels_hold_no_digits_and_end_in_a_letter() {
        for (entity, expected) in
            [("EMAIL_ADDRESS", "EMAIL_ADDRESS"), ("ICD_10", "ICD"), ("A1_2B_3", "A_B"), ("A1", "A")]
        {
            assert_eq!(label(&Entity::new(entity).unwrap()), expected);
        }
    }

    #[test]
    fn what_may_begin_a_placeholder_is_undecided() {
        let labels = ["URL", "EMAIL_ADDRESS"];
        for (text, undecided) in [
            ("to ", ""),
            ("so bad", ""),
            ("some", "e"),
            ("write to EMAIL", "EMAIL"),
            ("url", "url"),
            ("url_", "url_"),
            ("**url\\", "url\\"),
            ("url\\_k", "url\\_k"),
            ("url_kq482", "url_kq482"),
            ("url_kq4821", ""),
            ("url_a", ""),
            ("url_e", "e"),
            ("email\\_addr", "email\\_addr"),
            ("email-addr", ""),
            ("my_url_b", "url_b"),
            ("ü", ""),
        ] {
            assert_eq!(&text[decided(text, labels.iter().copied())..], undecided, "{text}");
        }
    }

    #[test]
    fn a_start_is_found_behind_every_spelling() {
        for (text, expected) in [
            ("EMAIL_ADDRESS_BB0000", Some(0)),
            ("my_email\\_Address\\_bb0000", Some(3)),
            ("MAIL_ADDRESS_BB0000", None),
            ("_BB0000", None),
        ] {
            assert_eq!(start(text.as_bytes(), "EMAIL_ADDRESS"), expected, "{text}");
        }
    }
}
