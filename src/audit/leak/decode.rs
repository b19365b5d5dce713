//! Bytes as they read once an encoding is undone, and where each stood.

/// What a text reads in one way: bytes, and where in the text each came from.
pub(super) struct Reading {
    /// Encodings that were undone, the outermost first.
    pub(super) undone: Vec<Encoding>,
    pub(super) bytes: Vec<u8>,
    pub(super) at: Vec<usize>,
}

/// What may stand around a canary.
///
/// # Examples
/// ```
/// use incog::audit::leak::{Canaries, Encoding};
/// // The bytes of a name, dumped into a URL.
/// let leaks = Canaries::new(["Ada Byron"])?.search(b"/q?dump=41%3A64%3A61%3A20%3A42%3A79%3A72%3A6f%3A6e");
/// assert_eq!(leaks[0].encodings(), [Encoding::Percent, Encoding::Hexadecimal]);
/// assert_eq!(leaks[0].encodings()[1].name(), "hexadecimal");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// RFC 4648, both alphabets.
    Base64,
    /// Two digits a byte, with separators or without.
    Hexadecimal,
    /// Percent and form encoding.
    Percent,
    /// `\u0041`, `\u{41}`, `\x41`.
    Escapes,
    /// `&#65;` and `&#x41;`.
    CharacterReferences,
    /// `=41`.
    QuotedPrintable,
    /// Both byte orders.
    Utf16,
}

impl Encoding {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Base64 => "base64",
            Encoding::Hexadecimal => "hexadecimal",
            Encoding::Percent => "percent encoding",
            Encoding::Escapes => "backslash escapes",
            Encoding::CharacterReferences => "character references",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Utf16 => "UTF-16",
        }
    }
}

impl Reading {
    pub(super) fn plain(text: &[u8]) -> Reading {
        Reading { undone: Vec::new(), bytes: text.to_vec(), at: (0..text.len()).collect() }
    }

    /// All readings of this one with an encoding undone, without those in which nothing is different. Runs are decoded
    /// where at least `shortest` bytes come out of them.
    pub(super) fn undo(&self, shortest: usize) -> Vec<Reading> {
        let mut all = Vec::new();
        for escape in [
            (Encoding::Percent, percent as Unescape),
            (Encoding::Escapes, backslash),
            (Encoding::CharacterReferences, reference),
            (Encoding::QuotedPrintable, quoted),
        ] {
            all.extend(self.unescaped(escape));
        }
        for offset in 0..4 {
            all.extend(self.base64(offset, shortest));
        }
        for offset in 0..2 {
            all.extend(self.hexadecimal(offset, shortest));
            for big in [false, true] {
                all.extend(self.utf16(offset, big, shortest));
            }
        }
        all
    }

    fn with(&self, encoding: Encoding, decoded: Vec<(u8, usize)>) -> Reading {
        let mut undone = self.undone.clone();
        undone.push(encoding);
        let (bytes, at) = decoded.into_iter().map(|(byte, place)| (byte, self.at[place])).unzip();
        Reading { undone, bytes, at }
    }

    fn unescaped(&self, (encoding, unescape): (Encoding, Unescape)) -> Option<Reading> {
        let (mut decoded, mut place, mut any) = (Vec::with_capacity(self.bytes.len()), 0, false);
        while let Some(rest) = self.bytes.get(place..).filter(|rest| !rest.is_empty()) {
            if let Some((character, taken)) = unescape(rest) {
                any = true;
                decoded.extend(character.into_iter().map(|byte| (byte, place)));
                place += taken;
            } else {
                decoded.push((rest[0], place));
                place += 1;
            }
        }
        any.then(|| self.with(encoding, decoded))
    }

    /// Runs of the alphabet, each read from its `offset`: where the run does not start with the encoded text.
    fn base64(&self, offset: usize, shortest: usize) -> Option<Reading> {
        let digits = |place: usize| six_bits(self.bytes[place]);
        self.runs(
            Encoding::Base64,
            shortest * 4 / 3,
            offset,
            digits,
            |chunk| {
                let bits = chunk.iter().fold(0u32, |bits, digit| (bits << 6) | u32::from(*digit));
                let bytes = (bits << (6 * (4 - chunk.len()))).to_be_bytes();
                bytes[1..chunk.len().max(1)].to_vec()
            },
            4,
        )
    }

    fn hexadecimal(&self, offset: usize, shortest: usize) -> Option<Reading> {
        let digits = |place: usize| {
            let digit = char::from(self.bytes[place]).to_digit(16);
            digit.and_then(|digit| u8::try_from(digit).ok())
        };
        self.runs(
            Encoding::Hexadecimal,
            2 * shortest,
            offset,
            digits,
            |chunk| match chunk {
                [high, low] => vec![(high << 4) | low],
                _ => Vec::new(),
            },
            2,
        )
    }

    /// Decodes runs of digits of at least `least`, `size` at a time. Hexadecimal digits may be separated.
    fn runs(
        &self,
        encoding: Encoding,
        least: usize,
        offset: usize,
        digit: impl Fn(usize) -> Option<u8>,
        decode: impl Fn(&[u8]) -> Vec<u8>,
        size: usize,
    ) -> Option<Reading> {
        let mut decoded = Vec::new();
        let mut run: Vec<(u8, usize)> = Vec::new();
        let mut gap = 0;
        let hexadecimal = encoding == Encoding::Hexadecimal;
        for place in 0..=self.bytes.len() {
            // The 0 of 0x is no digit.
            if hexadecimal && self.bytes[place..].get(..2).is_some_and(|b| b.eq_ignore_ascii_case(b"0x")) {
                continue;
            }
            let read = if place < self.bytes.len() { digit(place) } else { None };
            if let Some(value) = read {
                run.push((value, place));
                gap = 0;
                continue;
            }
            let separates = hexadecimal
                && gap < 4
                && self.bytes.get(place).is_some_and(|byte| b" :-,xX\r\n".contains(byte));
            // Encoded lines are broken; mail breaks them by two bytes.
            let breaks = encoding == Encoding::Base64
                && gap < 2
                && self.bytes.get(place).is_some_and(|b| b"\r\n".contains(b));
            if separates || breaks {
                gap += 1;
                continue;
            }
            if run.len() >= least.max(offset + size) {
                for chunk in run[offset..].chunks(size) {
                    let digits: Vec<u8> = chunk.iter().map(|(value, _)| *value).collect();
                    decoded.extend(decode(&digits).into_iter().map(|byte| (byte, chunk[0].1)));
                }
                // Two runs are not one text.
                decoded.push((0, run[0].1));
            }
            run.clear();
            gap = 0;
        }
        (!decoded.is_empty()).then(|| self.with(encoding, decoded))
    }

    /// Only where letters below U+0800 come out: two bytes of other text read as one above.
    fn utf16(&self, offset: usize, big: bool, shortest: usize) -> Option<Reading> {
        let (mut decoded, mut letters): (Vec<(u8, usize)>, usize) = (Vec::new(), 0);
        let units = self.bytes.get(offset..)?.chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        });
        let mut place = offset;
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or('\0');
            letters += usize::from(character < '\u{800}' && character.is_alphanumeric());
            let mut buffer = [0; 4];
            let text = character.encode_utf8(&mut buffer);
            decoded.extend(text.bytes().map(|byte| (byte, place.min(self.bytes.len() - 1))));
            place += 2 * character.len_utf16();
        }
        (letters >= shortest).then(|| self.with(Encoding::Utf16, decoded))
    }
}

/// A character at the front of some bytes, and how many bytes stand for it.
type Unescape = fn(&[u8]) -> Option<(Vec<u8>, usize)>;

fn percent(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    match rest {
        [b'%', high, low, ..] => Some((vec![pair(*high, *low)?], 3)),
        [b'+', ..] => Some((vec![b' '], 1)),
        _ => None,
    }
}

fn quoted(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    match rest {
        [b'=', b'\r', b'\n', ..] => Some((Vec::new(), 3)),
        [b'=', b'\n', ..] => Some((Vec::new(), 2)),
        [b'=', high, low, ..] => Some((vec![pair(*high, *low)?], 3)),
        _ => None,
    }
}

fn backslash(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    match rest {
        [b'\\', b'u', b'{', ..] => {
            let end = rest.iter().take(11).position(|&byte| byte == b'}')?;
            Some((utf8(number(&rest[3..end], 16)?)?, end + 1))
        }
        [b'\\', b'u', ..] => {
            let first = number(rest.get(2..6)?, 16)?;
            let second = rest.get(6..12).filter(|next| next.starts_with(b"\\u"));
            match second.and_then(|next| number(&next[2..], 16)) {
                Some(second) if (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second) => {
                    Some((utf8(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?, 12))
                }
                _ => Some((utf8(first)?, 6)),
            }
        }
        [b'\\', b'x', high, low, ..] => Some((vec![pair(*high, *low)?], 4)),
        [b'\\', b'n' | b't' | b'r', ..] => Some((vec![b' '], 2)),
        [b'\\', other, ..] if other.is_ascii_punctuation() => Some((vec![*other], 2)),
        _ => None,
    }
}

fn reference(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let inside = rest.strip_prefix(b"&#")?;
    let end = inside.iter().take(9).position(|&byte| byte == b';')?;
    let code = match inside[0] {
        b'x' | b'X' => number(&inside[1..end], 16)?,
        _ => number(&inside[..end], 10)?,
    };
    Some((utf8(code)?, end + 3))
}

fn pair(high: u8, low: u8) -> Option<u8> {
    u8::try_from(number(&[high, low], 16)?).ok()
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    // A sign is no digit.
    let all = digits.iter().all(|&digit| char::from(digit).is_digit(radix));
    let text = std::str::from_utf8(digits).ok().filter(|_| all)?;
    u32::from_str_radix(text, radix).ok()
}

fn utf8(code: u32) -> Option<Vec<u8>> {
    char::from_u32(code).map(|character| character.to_string().into_bytes())
}

fn six_bits(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
