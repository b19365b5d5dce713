//! The words that announce a value, in an index of all catalogs.
//!
//! ```text
//! catalog: "Steuer-ID" -> DE_TAX_ID        index: id    -> [steuer id -> {DE_TAX_ID}, tax id -> {...}]
//!          "tax id"    -> US_EIN, ...             steuerid -> [steuerid -> {DE_TAX_ID}]
//! ```
//!
//! Phrases are found by their last word, from the value backwards, so that a look-up costs what stands before the
//! value and not what the catalog holds.

use std::sync::LazyLock;

use super::{
    catalog::{self, Kinds},
    fold::{fold, unspaced},
};

/// A phrase of the catalog.
pub(super) struct Phrase {
    /// Folded, one space between words.
    pub(super) text: String,
    /// What it announces; nothing for words that announce another kind of number.
    pub(super) kinds: Kinds,
    /// Nearer to a value than another phrase, it takes the value away from it.
    pub(super) rival: bool,
    /// Must stand directly before its value.
    adjacent: bool,
    words: usize,
}

/// Where a phrase stands among the words before a value; the greatest index is nearest to the value.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    pub(super) phrase: &'static Phrase,
    /// What shorter phrases that end at the same word announce: `assurance sociale` in `numero d assurance sociale`.
    pub(super) also: Kinds,
    pub(super) first: u8,
    pub(super) last: u8,
}

/// The phrases before a value, nearest first.
#[derive(Default)]
pub(super) struct Hits {
    list: [Option<Hit>; Hits::MAX],
    count: usize,
}

impl Hits {
    const MAX: usize = 6;

    pub(super) fn iter(&self) -> impl Iterator<Item = Hit> + '_ {
        self.list[..self.count].iter().flatten().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn push(&mut self, phrase: &'static Phrase, also: Kinds, first: usize, last: usize) {
        // Words are fewer than 256.
        if let Some(slot) = self.list.get_mut(self.count)
            && let (Ok(first), Ok(last)) = (u8::try_from(first), u8::try_from(last))
        {
            *slot = Some(Hit { phrase, also, first, last });
            self.count += 1;
        }
    }
}

/// The index. Built once a process, in tens of microseconds.
static INDEX: LazyLock<Index> = LazyLock::new(Index::build);

struct Index {
    phrases: Vec<Phrase>,
    /// Open addressing by the hash of a phrase's last word: a place in `words`, 0 for none.
    table: Vec<u16>,
    /// Last words: their text, and the phrases that end with them, longest first.
    words: Vec<(String, Vec<u16>)>,
    /// Phrases in scripts that write words without spaces.
    unspaced: Vec<u16>,
}

impl Index {
    fn build() -> Index {
        let mut index = Index {
            phrases: Vec::with_capacity(4096),
            table: vec![0; TABLE],
            words: vec![(String::new(), Vec::new())],
            unspaced: Vec::new(),
        };
        for rule in catalog::rules() {
            let kinds = Kinds::of(catalog::kind(&rule.entity));
            index.add_all(rule.labels, kinds, true);
        }
        for &(kinds, labels, rival) in catalog::LABELS {
            index.add_all(labels, kinds, rival);
        }
        index
    }

    fn add_all(&mut self, labels: &[&str], kinds: Kinds, rival: bool) {
        let mut words = Words::new();
        for label in labels {
            let (label, adjacent) = label.strip_prefix('=').map_or((*label, false), |rest| (rest, true));
            words.clear();
            words.read(label.as_bytes());
            let text = words.text();
            let count = words.len();
            if count == 0 {
                continue;
            }
            self.add(Phrase { text: text.to_owned(), kinds, rival, adjacent, words: count });
            let joined: String = text.split(' ').collect();
            if count > 1 && joined.len() > 4 && joined.is_ascii() {
                self.add(Phrase { text: joined, kinds, rival, adjacent, words: 1 });
            }
        }
    }

    fn add(&mut self, phrase: Phrase) {
        let last = phrase.text.rsplit(' ').next().unwrap_or_default().to_owned();
        let place = match self.place(last.as_bytes()) {
            Ok(place) => place,
            Err(slot) => {
                self.words.push((last, Vec::new()));
                let place = self.words.len() - 1;
                self.table[slot] = id(place);
                place
            }
        };
        let same = self.words[place].1.iter().find(|&&i| self.phrases[usize::from(i)].text == phrase.text);
        if let Some(&same) = same {
            let known = &mut self.phrases[usize::from(same)];
            known.kinds = known.kinds.with(phrase.kinds);
            known.rival |= phrase.rival;
            known.adjacent &= phrase.adjacent;
            return;
        }
        let number = id(self.phrases.len());
        if phrase.text.chars().all(unspaced) {
            self.unspaced.push(number);
        }
        let words = phrase.words;
        self.phrases.push(phrase);
        let phrases = &self.phrases;
        let list = &mut self.words[place].1;
        let at = list.partition_point(|&i| phrases[usize::from(i)].words >= words);
        list.insert(at, number);
    }

    /// The place of `word`, or the free slot where it would stand.
    fn place(&self, word: &[u8]) -> Result<usize, usize> {
        let mut slot = hash(word) & (TABLE - 1);
        loop {
            let place = usize::from(self.table[slot]);
            if place == 0 {
                return Err(slot);
            }
            if self.words[place].0.as_bytes() == word {
                return Ok(place);
            }
            slot = (slot + 1) & (TABLE - 1);
        }
    }
}

/// The phrases among `words` that end within `farthest` words of the end and not in the first `skipped` words, nearest
/// first; of those that end at one word, the longest.
pub(super) fn find(words: &Words, farthest: usize, skipped: usize) -> Hits {
    let mut hits = Hits::default();
    let index: &'static Index = &INDEX;
    let first = words.len().saturating_sub(farthest.saturating_add(1)).max(skipped);
    for last in (first..words.len()).rev() {
        let Ok(place) = index.place(words.word(last)) else { continue };
        let mut found =
            index.words[place].1.iter().map(|&i| &index.phrases[usize::from(i)]).filter(|phrase| {
                phrase.words <= last + 1
                    && (!phrase.adjacent || last + 1 == words.len())
                    && words.span(last + 1 - phrase.words, last) == phrase.text.as_bytes()
            });
        if let Some(phrase) = found.next() {
            let also = found.fold(Kinds::NONE, |kinds, shorter| kinds.with(shorter.kinds));
            hits.push(phrase, also, last + 1 - phrase.words, last);
        }
    }
    if hits.is_empty() && !words.is_ascii() {
        unspaced_hit(index, words, farthest, &mut hits);
    }
    hits
}

/// In scripts without spaces a label touches what stands around it: `我的身份证号是`.
fn unspaced_hit(index: &'static Index, words: &Words, farthest: usize, hits: &mut Hits) {
    let text = words.text();
    let nearest = index
        .unspaced
        .iter()
        .map(|&i| &index.phrases[usize::from(i)])
        .filter_map(|phrase| text.rfind(&phrase.text).map(|at| (at + phrase.text.len(), phrase)))
        .max_by_key(|(end, phrase)| (*end, phrase.text.len()));
    if let Some((end, phrase)) = nearest {
        let last = (0..words.len()).find(|&i| words.end(i) >= end).unwrap_or(words.len() - 1);
        if words.len() - 1 - last <= farthest {
            hits.push(phrase, Kinds::NONE, last, last);
        }
    }
}

/// Words in one spelling with one space between them: `my phone number is`.
pub(super) struct Words {
    text: [u8; Words::BYTES],
    length: usize,
    /// Where each word starts and ends.
    bounds: [(u8, u8); Words::MAX],
    count: usize,
    ascii: bool,
}

impl Words {
    /// Offsets fit a byte.
    const BYTES: usize = 240;
    const MAX: usize = 40;

    pub(super) const fn new() -> Self {
        Words { text: [0; Words::BYTES], length: 0, bounds: [(0, 0); Words::MAX], count: 0, ascii: true }
    }

    pub(super) fn clear(&mut self) {
        (self.length, self.count, self.ascii) = (0, 0, true);
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn is_ascii(&self) -> bool {
        self.ascii
    }

    pub(super) fn word(&self, i: usize) -> &[u8] {
        self.span(i, i)
    }

    /// Words `first` to `last` with the spaces between them.
    pub(super) fn span(&self, first: usize, last: usize) -> &[u8] {
        &self.text[usize::from(self.bounds[first].0)..usize::from(self.bounds[last].1)]
    }

    fn end(&self, i: usize) -> usize {
        usize::from(self.bounds[i].1)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.text[..self.length]).unwrap_or_default().trim_end()
    }

    /// Appends the words of `bytes`: split at everything but letters and digits, between letters and digits, and
    /// inside camelCase. What does not fit is left out.
    pub(super) fn read(&mut self, bytes: &[u8]) {
        let mut kind = Letter::None;
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            let (next, length) = match byte {
                b'a'..=b'z' => (Letter::Lower, 1),
                b'A'..=b'Z' => (Letter::Upper, 1),
                b'0'..=b'9' => (Letter::Digit, 1),
                0..0x80 => (Letter::None, 1),
                0x80.. => {
                    let (c, length) = decode(&bytes[at..]);
                    match c {
                        Some(c) if c.is_alphanumeric() || mark(c) => {
                            let next = if c.is_uppercase() { Letter::Upper } else { Letter::Lower };
                            if self.opens(kind, next, bytes.get(at + length)) {
                                self.open();
                            }
                            let mut buffer = [0; 4];
                            self.push(fold(c).encode_utf8(&mut buffer).as_bytes());
                            (kind, at) = (next, at + length);
                            continue;
                        }
                        _ => (Letter::None, length),
                    }
                }
            };
            if next != Letter::None {
                if self.opens(kind, next, bytes.get(at + 1)) {
                    self.open();
                }
                self.push(&[byte.to_ascii_lowercase()]);
            }
            kind = next;
            at += length;
        }
    }

    /// Whether a letter of kind `next` behind one of kind `kind` starts a word.
    fn opens(&self, kind: Letter, next: Letter, after: Option<&u8>) -> bool {
        match (kind, next) {
            (Letter::None, _) => true,
            (Letter::Digit, Letter::Digit) | (Letter::Lower | Letter::Upper, Letter::Lower) => false,
            (Letter::Digit, _) | (_, Letter::Digit) | (Letter::Lower, Letter::Upper) => true,
            // `SSNNumber`: the last capital starts the next word.
            (Letter::Upper, Letter::Upper) => after.is_some_and(u8::is_ascii_lowercase),
            (_, Letter::None) => false,
        }
    }

    fn open(&mut self) {
        if self.count < Words::MAX && self.length + 1 < Words::BYTES {
            if self.length > 0 {
                self.text[self.length] = b' ';
                self.length += 1;
            }
            let start = u8::try_from(self.length).unwrap_or(u8::MAX);
            self.bounds[self.count] = (start, start);
            self.count += 1;
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if end <= Words::BYTES && self.count > 0 {
            self.text[self.length..end].copy_from_slice(bytes);
            self.length = end;
            self.bounds[self.count - 1].1 = u8::try_from(end).unwrap_or(u8::MAX);
            self.ascii &= bytes[0] < 0x80;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    None,
    Lower,
    Upper,
    Digit,
}

/// Vowel signs of Indic and Thai scripts are marks and belong to their word.
fn mark(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0DFF}' | '\u{0E00}'..='\u{0EFF}' | '\u{0300}'..='\u{036F}' | '\u{0591}'..='\u{05C7}')
}

/// The character at the start, and how many bytes it has; at least one.
fn decode(bytes: &[u8]) -> (Option<char>, usize) {
    let head = &bytes[..bytes.len().min(4)];
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    match valid.chars().next() {
        Some(c) => (Some(c), c.len_utf8()),
        None => (None, 1),
    }
}

/// FNV-1a. Source: Fowler, Noll, Vo. Collisions cost a comparison.
#[allow(clippy::cast_possible_truncation, reason = "the low bits are wanted")]
fn hash(word: &[u8]) -> usize {
    let hash =
        word.iter().fold(0xCBF2_9CE4_8422_2325u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
    (hash ^ (hash >> 29)) as usize
}

/// The catalog has fewer than 65,536 phrases by a unit test.
fn id(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// A power of two, a few times the number of last words.
const TABLE: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use super::{INDEX, TABLE, Words, find};
    use crate::pii::catalog::Kind;

    #[test]
    fn words_are_split_as_keys_and_sentences_write_them() {
        let cases: [(&str, &str); 9] = [
            ("My phone-number is:", "my phone number is"),
            ("customerSsn", "customer ssn"),
            ("SSNNumber", "ssn number"),
            ("AWS_ACCESS_KEY_ID", "aws access key id"),
            ("imei1", "imei 1"),
            ("Numéro de Sécurité", "numero de securite"),
            ("ЕГН:", "егн"),
            ("आधार संख्या", "आधार संख्या"),
            ("", ""),
        ];
        for (text, expected) in cases {
            let mut words = Words::new();
            words.read(text.as_bytes());
            assert_eq!(words.text(), expected);
        }
    }

    #[test]
    fn no_text_is_too_long() {
        let mut words = Words::new();
        words.read("äb ".repeat(5000).as_bytes());
        assert!(words.len() <= Words::MAX && words.text().len() <= Words::BYTES);
    }

    #[test]
    fn the_index_has_room() {
        assert!(INDEX.phrases.len() < usize::from(u16::MAX) && INDEX.words.len() < TABLE / 2);
    }

    #[test]
    fn the_nearest_phrase_comes_first_and_the_longest_wins() {
        let mut words = Words::new();
        words.read("email or phone number of the".as_bytes());
        let hits: Vec<_> = find(&words, 6, 0).iter().map(|hit| hit.phrase.text.as_str()).collect();
        assert_eq!(hits[0], "phone number");
        assert!(find(&words, 6, 0).iter().next().is_some_and(|hit| hit.phrase.kinds.has(Kind::PHONE_NUMBER)));
    }
}
