//! JSON token by token, as spans of the text.
//!
//! Own code, because a parser gives values, and what is wanted here are places: the bytes between values (white space,
//! order, duplicate keys, the spelling of numbers and escapes) have to stay. Grammar: RFC 8259. Strict, because a text
//! that two readers understand differently can show the one what was redacted for the other.

use std::ops::Range;

/// What stands next in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `{` or `[`.
    Open { object: bool },
    /// `}` or `]`.
    Close,
    /// The key of what comes next.
    Key(Text),
    /// A value.
    Text(Text),
    /// A value.
    Number(Range<usize>),
    /// `true`, `false` or `null`.
    Word(Range<usize>),
}

/// What stands between two quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) span: Range<usize>,
    /// It has escapes.
    pub(super) escaped: bool,
}

/// Where the text is no JSON, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) byte: usize,
    pub(super) why: &'static str,
    /// With more text behind, it may be JSON after all.
    pub(super) open: bool,
}

pub(super) struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    state: State,
}

/// What a lexer has to know of the text before.
#[derive(Clone, Copy)]
pub(super) struct State {
    next: Next,
    depth: u32,
    /// A bit for each open container, the innermost last: 1 for an object.
    objects: u128,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of the array that has just begun.
    First,
    /// A key, or the end of the object that has just begun.
    FirstKey,
    /// A comma or the end of the container; at depth 0 the end of the text.
    Behind,
}

impl<'t> Lexer<'t> {
    /// Containers in containers; what `serde_json` reads at most.
    pub(super) const DEPTH: u32 = 128;

    /// At the start of a document. A byte order mark may precede it.
    pub(super) fn new(text: &'t str) -> Self {
        let at = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
        Lexer { text: text.as_bytes(), at, state: State::START }
    }

    /// In the middle of a document.
    pub(super) fn resume(text: &'t str, state: State) -> Self {
        Lexer { text: text.as_bytes(), at: 0, state }
    }

    /// How far it is, and what it has to know to go on from there.
    pub(super) fn place(&self) -> (usize, State) {
        (self.at, self.state)
    }

    /// The next token; nothing at the end of the document.
    #[inline]
    pub(super) fn token(&mut self) -> Result<Option<Token>, Fault> {
        let byte = self.skip_space();
        match (self.state.next, byte) {
            (Next::Behind, None) if self.state.depth == 0 => Ok(None),
            (_, None) => Err(self.fault("the text ends too early")),
            (Next::Behind, Some(_)) if self.state.depth == 0 => {
                Err(self.fault("something follows the document"))
            }
            (Next::Behind, Some(b',')) => {
                self.at += 1;
                match self.skip_space() {
                    Some(byte) if self.in_object() => self.key(byte),
                    Some(byte) => self.value(byte),
                    None => Err(self.fault("the text ends too early")),
                }
            }
            (Next::Behind | Next::FirstKey, Some(b'}')) if self.in_object() => Ok(self.close()),
            (Next::Behind | Next::First, Some(b']')) if !self.in_object() => Ok(self.close()),
            (Next::Behind, Some(_)) => Err(self.fault("a comma or the end of the list or object is missing")),
            (Next::FirstKey, Some(byte)) => self.key(byte),
            (Next::Value | Next::First, Some(byte)) => self.value(byte),
        }
    }

    /// What is open directly around: an object, or else an array or nothing.
    fn in_object(&self) -> bool {
        self.state.objects & 1 == 1
    }

    fn close(&mut self) -> Option<Token> {
        self.at += 1;
        self.state.depth -= 1;
        self.state.objects >>= 1;
        self.state.next = Next::Behind;
        Some(Token::Close)
    }

    #[inline]
    fn key(&mut self, byte: u8) -> Result<Option<Token>, Fault> {
        if byte != b'"' {
            return Err(self.fault("a key in quotes is missing"));
        }
        let key = self.string()?;
        if self.skip_space() != Some(b':') {
            return Err(self.fault("the colon behind a key is missing"));
        }
        self.at += 1;
        self.state.next = Next::Value;
        Ok(Some(Token::Key(key)))
    }

    #[inline]
    fn value(&mut self, byte: u8) -> Result<Option<Token>, Fault> {
        let token = match byte {
            b'"' => Token::Text(self.string()?),
            b'{' | b'[' => return self.open(byte == b'{').map(Some),
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => return Err(self.fault("a value is missing")),
        };
        self.state.next = Next::Behind;
        Ok(Some(token))
    }

    fn open(&mut self, object: bool) -> Result<Token, Fault> {
        if self.state.depth == Self::DEPTH {
            return Err(self.fault("lists and objects lie in each other more than 128 deep"));
        }
        self.at += 1;
        self.state.depth += 1;
        self.state.objects = self.state.objects << 1 | u128::from(object);
        self.state.next = if object { Next::FirstKey } else { Next::First };
        Ok(Token::Open { object })
    }

    fn word(&mut self, word: &str) -> Result<Token, Fault> {
        let rest = &self.text[self.at..];
        if !rest.starts_with(word.as_bytes()) {
            return Err(Fault {
                open: word.as_bytes().starts_with(rest),
                ..self.fault("a value is missing")
            });
        }
        let from = self.at;
        self.at += word.len();
        Ok(Token::Word(from..self.at))
    }

    #[inline]
    fn number(&mut self) -> Result<Token, Fault> {
        let from = self.at;
        match number_end(&self.text[from..]) {
            Ok(length) => self.at += length,
            Err(at) => {
                let open = from + at == self.text.len();
                return Err(Fault { byte: from + at, why: "a digit is missing", open });
            }
        }
        Ok(Token::Number(from..self.at))
    }

    #[inline]
    fn string(&mut self) -> Result<Text, Fault> {
        let from = self.at + 1;
        let (mut at, mut escaped) = (from, false);
        loop {
            at = plain_end(self.text, at);
            match self.text.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(Text { span: from..at, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    let hex = |b: &[u8]| b.iter().all(u8::is_ascii_hexdigit);
                    at += match self.text.get(at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                        Some(b'u') if self.text.get(at + 2..at + 6).is_some_and(hex) => 6,
                        _ => {
                            let open = at + 6 > self.text.len();
                            return Err(Fault { byte: at, why: "an escape is unknown", open });
                        }
                    };
                }
                Some(_) => {
                    let why = "a control character stands in a string";
                    return Err(Fault { byte: at, why, open: false });
                }
                None => {
                    let why = "a string that opens there is never closed";
                    return Err(Fault { byte: from - 1, why, open: true });
                }
            }
        }
    }

    #[inline]
    fn skip_space(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    fn fault(&self, why: &'static str) -> Fault {
        Fault { byte: self.at, why, open: self.at == self.text.len() }
    }
}

impl State {
    /// Before a document.
    pub(super) const START: State = State { next: Next::Value, depth: 0, objects: 0 };
}

/// What may stand before a document: a byte order mark.
pub(super) const MARK: char = '\u{feff}';

/// Whether all of `text` is a number.
pub(super) fn is_number(text: &str) -> bool {
    number_end(text.as_bytes()) == Ok(text.len())
}

/// The length of the number that `text` starts with; or where a digit is missing.
fn number_end(text: &[u8]) -> Result<usize, usize> {
    let byte = |at: usize| text.get(at).copied().unwrap_or(0);
    let digits = |from: usize| {
        let end = (from..text.len()).find(|&at| !text[at].is_ascii_digit()).unwrap_or(text.len());
        if end == from { Err(from) } else { Ok(end) }
    };
    let start = usize::from(byte(0) == b'-');
    let mut at = if byte(start) == b'0' { start + 1 } else { digits(start)? };
    if byte(at) == b'.' {
        at = digits(at + 1)?;
    }
    if matches!(byte(at), b'e' | b'E') {
        at = digits(at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-')))?;
    }
    Ok(at)
}

/// The first quote, backslash or control character from `at` on. Eight bytes at a time: the sum borrows into a byte
/// only above one that is found, so the lowest is right.
#[inline]
fn plain_end(text: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*bytes);
        let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
        let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let found = below(word, 0x20) | equal(b'"') | equal(b'\\');
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    (at..text.len()).find(|&i| matches!(text[i], b'"' | b'\\' | 0..0x20)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<(usize, &'static str)> {
        let mut lexer = Lexer::new(text);
        loop {
            match lexer.token() {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(fault) => return Some((fault.byte, fault.why)),
            }
        }
    }

    #[test]
    fn faults_have_their_byte() {
        // RFC 8259 sections 2 to 7.
        let cases: [(&str, Option<usize>); 44] = [
            ("null", None),
            (" \t\r\n-0.0e-0 ", None),
            ("\u{feff}{}", None),
            ("[]", None),
            ("[[],{}]", None),
            (r#"{"a":1,"a":[2,"\u00e9\ud800\/"]}"#, None),
            ("1E+2", None),
            ("", Some(0)),
            ("  ", Some(2)),
            ("NaN", Some(0)),
            ("-Infinity", Some(1)),
            ("nul", Some(0)),
            ("nullx", Some(4)),
            ("True", Some(0)),
            ("01", Some(1)),
            ("+1", Some(0)),
            (".5", Some(0)),
            ("1.", Some(2)),
            ("1e", Some(2)),
            ("1e+", Some(3)),
            ("-", Some(1)),
            ("0x10", Some(1)),
            ("1 2", Some(2)),
            ("[1,]", Some(3)),
            ("[,1]", Some(1)),
            ("[1 2]", Some(3)),
            ("[1}", Some(2)),
            ("[", Some(1)),
            ("]", Some(0)),
            ("[1]]", Some(3)),
            ("{]", Some(1)),
            ("{1:2}", Some(1)),
            ("{\"a\"}", Some(4)),
            ("{\"a\":}", Some(5)),
            ("{\"a\":1,}", Some(7)),
            ("{\"a\" 1}", Some(5)),
            ("{'a':1}", Some(1)),
            ("{\"a\":1", Some(6)),
            ("\"a", Some(0)),
            ("\"a\\x\"", Some(2)),
            ("\"12345678\\u12g4\"", Some(9)),
            ("\"1234567\u{1f}\"", Some(8)),
            ("\"a\nb\"", Some(2)),
            ("[1] // no", Some(4)),
        ];
        for (text, byte) in cases {
            assert_eq!(fault(text).map(|f| f.0), byte, "{text:?}: {:?}", fault(text));
        }
    }

    #[test]
    fn containers_nest_to_the_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(fault(&nested(128)), None);
        assert_eq!(fault(&nested(129)).map(|f| f.0), Some(128));
        let objects = |depth: usize| "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
        assert_eq!(fault(&objects(128)), None);
        assert_eq!(fault(&objects(129)).map(|f| f.0), Some(128 * 5));
    }

    #[test]
    fn the_end_of_a_string_is_that_of_a_search_byte_by_byte() {
        for byte in 0..=255u8 {
            for place in 0..20 {
                let mut text = vec![0x80; 20];
                text[place] = byte;
                text[19] = b'"';
                let slow = text.iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20)).unwrap();
                assert_eq!(plain_end(&text, 0), slow, "{byte} at {place}");
            }
        }
    }
}
