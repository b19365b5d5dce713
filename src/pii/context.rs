//! Which label stands before a candidate.
//!
//! ```text
//! My phone number is 555-0134        words before, up to the end of the sentence
//! "customer_email": "..."            key of JSON, YAML, logfmt, XML
//! id,dob,amount⏎17,1990-12-31,4      column of CSV, from the header
//! INSERT INTO t (id, dob) VALUES (17, '1990-12-31')
//! ```
//!
//! Every look is bounded by a constant, so that a search stays linear.

use super::{
    fold::{fold, unspaced},
    recognizer::Haystack,
};

/// The haystack with its labels.
pub(super) struct Context<'h> {
    pub(super) hay: Haystack<'h>,
}

impl Context<'_> {
    /// The phrase of `phrases` that announces what starts at `at`, whole words only; the nearest one.
    pub(super) fn label(&self, at: usize, phrases: &[&'static str]) -> Option<&'static str> {
        self.announced(at, phrases, &[]).own()
    }

    /// Whether one of `own` announces what starts at `at`, or, nearer to it, one of `others`.
    pub(super) fn announced(&self, at: usize, own: &[&'static str], others: &[&'static str]) -> Announced {
        let mut words = Words::new();
        let mut judge = |bytes: &[u8], farthest: usize, rivals: usize| {
            words.clear();
            words.read(bytes);
            match (words.announces(own, farthest), words.announces(others, rivals)) {
                (Some((end, phrase)), other)
                    if other.is_none_or(|(e, p)| (e, p.len()) <= (end, phrase.len())) =>
                {
                    Announced::Own(phrase)
                }
                (_, Some(_)) => Announced::Other,
                _ => Announced::Nothing,
            }
        };
        if let Some(label) = self.hay.label {
            let found = judge(label.as_bytes(), usize::MAX, usize::MAX);
            if found != Announced::Nothing {
                return found;
            }
        }
        let found = judge(self.hay.slice(scope(self.hay, at), at), FARTHEST, RIVAL);
        if found != Announced::Nothing {
            return found;
        }
        match column(self.hay, at) {
            Some((from, to)) => judge(self.hay.slice(from, to), usize::MAX, usize::MAX),
            None => Announced::Nothing,
        }
    }
}

/// What the nearest label says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Announced {
    Own(&'static str),
    /// That it is something else.
    Other,
    Nothing,
}

impl Announced {
    pub(super) fn own(self) -> Option<&'static str> {
        match self {
            Announced::Own(phrase) => Some(phrase),
            Announced::Other | Announced::Nothing => None,
        }
    }
}

/// Words in one spelling with one space around each: `" my phone number is "`.
struct Words {
    text: [u8; Words::MAX],
    length: usize,
}

impl Words {
    const MAX: usize = 192;

    fn new() -> Self {
        Words { text: [b' '; Words::MAX], length: 1 }
    }

    fn clear(&mut self) {
        self.length = 1;
    }

    /// Splits at everything but letters and digits, and inside camelCase.
    fn read(&mut self, bytes: &[u8]) {
        let mut lower = false;
        for chunk in bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                if !c.is_alphanumeric() {
                    self.space();
                    lower = false;
                    continue;
                }
                if c.is_uppercase() && lower {
                    self.space();
                }
                lower = c.is_lowercase();
                let mut buffer = [0; 4];
                self.push(fold(c).encode_utf8(&mut buffer).as_bytes());
            }
            if !chunk.invalid().is_empty() {
                self.space();
            }
        }
        self.space();
    }

    fn push(&mut self, bytes: &[u8]) {
        // One place stays free for the closing space.
        if self.length + bytes.len() < Words::MAX {
            self.text[self.length..self.length + bytes.len()].copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }

    fn space(&mut self) {
        if self.length < Words::MAX && self.text[self.length - 1] != b' ' {
            self.text[self.length] = b' ';
            self.length += 1;
        }
    }

    /// The phrase that ends last, with at most `farthest` words behind it, and where it ends. A phrase marked with
    /// `=` stands directly before its value.
    fn announces(&self, phrases: &[&'static str], farthest: usize) -> Option<(usize, &'static str)> {
        let text = &self.text[..self.length];
        if text.len() < 3 {
            return None;
        }
        let ascii = text.is_ascii();
        let mut best: Option<(usize, &'static str)> = None;
        for start in 1..text.len() - 1 {
            let word = text[start - 1] == b' ';
            if !word && (ascii || text[start].is_ascii()) {
                continue;
            }
            for &marked in phrases {
                let phrase = marked.strip_prefix('=').unwrap_or(marked);
                let end = start + phrase.len();
                if phrase.as_bytes()[0] != text[start] || !text[start..].starts_with(phrase.as_bytes()) {
                    continue;
                }
                // Scripts without spaces: the word may touch its neighbors.
                let touching = !phrase.is_ascii() && phrase.chars().all(unspaced);
                let whole = word && text.get(end) == Some(&b' ');
                let adjacent = phrase.len() == marked.len() || end + 1 >= text.len();
                if (whole || touching)
                    && adjacent
                    && best.is_none_or(|(known, other)| (end, phrase.len()) > (known, other.len()))
                {
                    best = Some((end, phrase));
                }
            }
        }
        let (end, phrase) = best?;
        let behind = text[end..].iter().filter(|&&b| b == b' ').count().saturating_sub(1);
        (behind <= farthest).then_some((end, phrase))
    }
}

/// Where the clause that leads to `at` begins: behind the last sentence, line, list item or other field.
fn scope(hay: Haystack<'_>, at: usize) -> usize {
    let stop = at.saturating_sub(WINDOW);
    let mut from = at;
    let mut words = 0;
    while from > stop {
        let byte = hay.before(from);
        match byte {
            b'\n' => {
                // A label on a line of its own, directly above.
                let blank = hay.slice(from, at).iter().all(|b| !b.is_ascii_alphanumeric());
                let labelled = matches!(hay.at(from.saturating_sub(2)), b':' | b'>' | b'\r' | b'=');
                if !blank || !labelled || words > 0 {
                    return from;
                }
                from -= 1;
            }
            b';' | b'{' | b'}' | b'[' | b'\t' => return from,
            b',' => {
                let rest = hay.slice(from, at);
                // `tel, 0123`: only when nothing but the comma stands between.
                if rest.iter().any(|b| b.is_ascii_alphanumeric() || matches!(b, b'"' | b'\''))
                    || rest.is_empty()
                {
                    return from;
                }
                from -= 1;
            }
            b'.' | b'!' => {
                // `Tel. 0123` goes on, a sentence ends.
                let rest = hay.slice(from, at);
                let sentence = rest.first() == Some(&b' ')
                    && rest.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
                if sentence && !abbreviation(hay, from - 1) {
                    return from;
                }
                from -= 1;
            }
            b'<' => {
                if !cell(hay, from) {
                    return if words > 0 { from } else { from - 1 };
                }
                from -= 1;
            }
            b if b.is_ascii_alphanumeric() => {
                let start = word_start(hay, from, stop);
                // A number in between belongs to something else.
                if hay.slice(start, from).iter().all(u8::is_ascii_digit) {
                    return from;
                }
                words += 1;
                from = start;
            }
            _ => from -= 1,
        }
    }
    // A word that the window cuts is no word.
    hay.run(from, WINDOW, |b| b.is_ascii_alphanumeric() && from == stop && stop > 0).min(at)
}

fn word_start(hay: Haystack<'_>, mut from: usize, stop: usize) -> usize {
    while from > stop && hay.before(from).is_ascii_alphanumeric() {
        from -= 1;
    }
    from
}

/// Whether the word that ends at `end` is an abbreviation of the labels.
fn abbreviation(hay: Haystack<'_>, end: usize) -> bool {
    let word = hay.slice(word_start(hay, end, end.saturating_sub(6)), end);
    [
        &b"tel"[..],
        b"geb",
        b"nr",
        b"no",
        b"ph",
        b"mob",
        b"num",
        b"fec",
        b"dat",
        b"f",
        b"d",
        b"o",
        b"soc",
        b"sec",
    ]
    .iter()
    .any(|short| word.eq_ignore_ascii_case(short))
}

/// Whether the tag whose `<` is before `from` sets text apart without ending the label's reach.
fn cell(hay: Haystack<'_>, from: usize) -> bool {
    let name = from + usize::from(hay.at(from) == b'/');
    let end = hay.run(name, 8, |b| b.is_ascii_alphanumeric());
    matches!(
        hay.slice(name, end),
        b"td"
            | b"th"
            | b"dt"
            | b"dd"
            | b"b"
            | b"strong"
            | b"span"
            | b"label"
            | b"em"
            | b"i"
            | b"p"
            | b"div"
            | b"br"
    )
}

/// The name of the column that `at` stands in: of the CSV's header, or of the list before `VALUES`.
fn column(hay: Haystack<'_>, at: usize) -> Option<(usize, usize)> {
    let quote = usize::from(matches!(hay.before(at), b'"' | b'\''));
    let edge = at - quote;
    let space = usize::from(hay.before(edge) == b' ');
    let before = hay.before(edge - space);
    if !matches!(before, b',' | b';' | b'\t' | b'|' | b'(' | b'\n' | 0) {
        return None;
    }
    sql_column(hay, edge).or_else(|| csv_column(hay, edge))
}

fn sql_column(hay: Haystack<'_>, at: usize) -> Option<(usize, usize)> {
    let stop = at.saturating_sub(ROW);
    let mut open = at;
    let mut quoted = false;
    let mut field = 0;
    while open > stop && (quoted || hay.before(open) != b'(') {
        match hay.before(open) {
            b'\'' => quoted = !quoted,
            b',' if !quoted => field += 1,
            b')' | b'\n' if !quoted => return None,
            _ => {}
        }
        open -= 1;
    }
    let stop = open.saturating_sub(ROW);
    let window = hay.slice(stop, open);
    let values = window.windows(6).rposition(|word| word.eq_ignore_ascii_case(b"values"))? + stop;
    let close = (stop..values).rev().find(|&i| hay.bytes[i] == b')')?;
    let list = (stop..close).rev().find(|&i| hay.bytes[i] == b'(')? + 1;
    nth(hay, list, close, field, b',')
}

fn csv_column(hay: Haystack<'_>, at: usize) -> Option<(usize, usize)> {
    let stop = at.saturating_sub(ROW);
    let line = (stop..at).rev().find(|&i| hay.bytes[i] == b'\n')? + 1;
    let header_start = (line.saturating_sub(1 + ROW)..line - 1)
        .rev()
        .find(|&i| hay.bytes[i] == b'\n')
        .map_or_else(|| line.saturating_sub(1 + ROW), |i| i + 1);
    let first_end = hay.run(0, ROW, |b| b != b'\n');
    [(0, first_end), (header_start, line - 1)].into_iter().find_map(|(from, to)| {
        let header = hay.slice(from, to);
        let delimiter = [b',', b';', b'\t', b'|'].into_iter().find(|d| header.contains(d))?;
        let named = header.split(|&b| b == delimiter).all(|name| {
            name.len() <= 48 && !name.first().is_some_and(u8::is_ascii_digit) && !name.contains(&b'@')
        });
        let mut quoted = false;
        let mut field = 0;
        for &b in hay.slice(line, at) {
            quoted ^= b == b'"';
            field += usize::from(b == delimiter && !quoted);
        }
        let columns = header.iter().filter(|&&b| b == delimiter).count();
        (named && to < line && field <= columns && columns > 0)
            .then(|| nth(hay, from, to, field, delimiter))?
    })
}

/// The range of the `field`-th part of `from..to`.
fn nth(hay: Haystack<'_>, from: usize, to: usize, field: usize, delimiter: u8) -> Option<(usize, usize)> {
    let mut start = from;
    for _ in 0..field {
        start = hay.run(start, to.saturating_sub(start), |b| b != delimiter) + 1;
    }
    (start <= to).then(|| (start, hay.run(start, to - start, |b| b != delimiter)))
}

/// How far before a candidate its label may start, in bytes.
const WINDOW: usize = 96;

/// How many words may stand between a label and its value: "phone number of the customer is".
const FARTHEST: usize = 6;

/// How many words may stand between the label of something else and the value.
const RIVAL: usize = 5;

/// The longest row of CSV or SQL whose header is looked up.
const ROW: usize = 512;
