//! Which label stands beside a candidate.
//!
//! ```text
//! My phone number is 555-0134        words before, up to the end of the sentence
//! 555-0134 is my phone number        words behind, after a verb or in parentheses
//! "customer_email": "..."            key of JSON, YAML, logfmt, XML
//! id,dob,amount⏎17,1990-12-31,4      column of CSV, from the header
//! INSERT INTO t (id, dob) VALUES (17, '1990-12-31')
//! ```
//!
//! Every look is bounded by a constant, so that a search stays linear.

mod column;

use std::cell::{Cell, Ref, RefCell};

pub(super) use column::first_line;
use column::{Header, Row};

use super::{
    catalog::{Kind, Kinds},
    label::{self, Hits, Words},
    recognizer::Haystack,
};

/// The haystack with its labels.
pub(super) struct Context<'h> {
    pub(super) hay: Haystack<'h>,
    /// The labels of the place that was asked for last: several recognizers ask for one place.
    last: RefCell<(usize, Hits)>,
    /// No phrase of the clause that leads to here ends before: what was looked through is not looked through again.
    barren: Cell<usize>,
    /// The first line as a header, if it was read and is one.
    header: Cell<Option<Option<Header<'h>>>>,
    row: Cell<Row<'h>>,
    sql: Cell<Option<bool>>,
}

/// What the nearest label says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Announced {
    Own(&'static str),
    /// That it is this, in words that are part of a longer label of something else.
    Partly(&'static str),
    /// That it is something else.
    Other,
    Nothing,
}

impl Announced {
    pub(super) fn own(self) -> Option<&'static str> {
        match self {
            Announced::Own(phrase) => Some(phrase),
            Announced::Partly(_) | Announced::Other | Announced::Nothing => None,
        }
    }
}

impl<'h> Context<'h> {
    pub(super) fn new(hay: Haystack<'h>) -> Self {
        Context {
            hay,
            last: RefCell::new((usize::MAX, Hits::default())),
            barren: Cell::new(0),
            header: Cell::new(None),
            row: Cell::new(Row::unread()),
            sql: Cell::new(None),
        }
    }

    /// What the labels say on whether `kind` starts at `at`.
    pub(super) fn announced(&self, at: usize, kind: Kind) -> Announced {
        judge(&self.hits(at), Kinds::of(kind))
    }

    /// The label of `kind` for what starts at `at`.
    pub(super) fn label(&self, at: usize, kind: Kind) -> Option<&'static str> {
        self.announced(at, kind).own()
    }

    /// As [`announced`](Self::announced); if no label stands before the value, one behind its `end` counts.
    pub(super) fn around(&self, at: usize, end: usize, kind: Kind) -> Announced {
        match self.announced(at, kind) {
            Announced::Nothing => judge(&self.behind(end), Kinds::of(kind)),
            before => before,
        }
    }

    /// Whether a word before `at` announces a version.
    pub(super) fn versioned(&self, at: usize) -> bool {
        matches!(judge(&self.hits(at), Kinds::VERSION), Announced::Own(_))
    }

    /// What may be announced at `at`, where a word ends at `end`: nothing else is. A label behind may announce anything.
    pub(super) fn may_announce(&self, at: usize, end: usize) -> Kinds {
        let hits = self.hits(at);
        if !hits.is_empty() {
            return hits.iter().fold(Kinds::NONE, |kinds, hit| kinds.with(hit.phrase.kinds).with(hit.also));
        }
        if !matches!(self.hay.at(end), b' ' | b'(' | b'"' | b'\'' | b'-' | b'.' | b'/') {
            return Kinds::NONE;
        }
        let behind = (end..end + LONGEST_REST).any(|i| match self.hay.at(i) {
            b'(' => true,
            b' ' | b'"' | b'\'' => link(self.hay, i + 1),
            _ => false,
        });
        if behind { Kinds::ALL } else { Kinds::NONE }
    }

    fn hits(&self, at: usize) -> Ref<'_, Hits> {
        if self.last.borrow().0 != at {
            let hits = self.read(at);
            *self.last.borrow_mut() = (at, hits);
        }
        Ref::map(self.last.borrow(), |(_, hits)| hits)
    }

    fn read(&self, at: usize) -> Hits {
        self.read_with(at, hits, || self.clause(at)).unwrap_or_default()
    }

    /// What `find` makes of the words before `at`, stretch by stretch until it makes something of one: of the label of
    /// the whole, of the clause, of the column. It gets the words, and how many of them may stand between a label and
    /// the value.
    fn read_with<T>(
        &self,
        at: usize,
        find: impl Fn(&Words, usize) -> Option<T>,
        clause: impl FnOnce() -> Option<T>,
    ) -> Option<T> {
        let given = self.hay.label.and_then(|label| self.among(label.as_bytes(), usize::MAX, &find));
        given.or_else(clause).or_else(|| self.among(self.column(at)?, usize::MAX, &find))
    }

    /// What `find` makes of the words of `bytes`.
    fn among<T>(
        &self,
        bytes: &[u8],
        farthest: usize,
        find: impl Fn(&Words, usize) -> Option<T>,
    ) -> Option<T> {
        WORDS.with_borrow_mut(|words| {
            words.clear();
            words.read(bytes);
            find(words, farthest)
        })
    }

    /// What `find` makes of the words around `at..end`: of those before, or else of those behind.
    pub(super) fn own_label<T>(
        &self,
        at: usize,
        end: usize,
        find: impl Fn(&Words, usize) -> Option<T>,
    ) -> Option<T> {
        let from = || scope(self.hay, at, at.saturating_sub(WINDOW));
        let clause = || self.among(self.hay.slice(from(), at), FARTHEST, &find);
        self.read_with(at, &find, clause).or_else(|| self.behind_with(end, &find))
    }

    /// The labels in the clause that leads to `at`.
    fn clause(&self, at: usize) -> Option<Hits> {
        let hay = self.hay;
        let (mut stop, barren) = (at.saturating_sub(WINDOW), self.barren.get());
        let known = barren <= at && barren > stop;
        if known {
            // No phrase ends before, so only words that start one are of use there.
            stop = stop.max(barren.saturating_sub(LONGEST_PHRASE));
        }
        let from = scope(hay, at, stop);
        let hits = WORDS.with_borrow_mut(|words| {
            words.clear();
            let mut old = 0;
            if known && from < barren {
                words.read(hay.slice(from, barren));
                old = words.len();
                words.read(hay.slice(barren, at));
            } else {
                words.read(hay.slice(from, at));
            }
            label::find(words, FARTHEST, old)
        });
        if hits.is_empty() {
            self.barren.set(at);
        } else if known {
            self.barren.set(0);
        }
        Some(hits).filter(|hits| !hits.is_empty())
    }

    /// The labels behind a value: `943 476 5919 is my NHS number`, `943 476 5919 (NHS)`.
    fn behind(&self, end: usize) -> Hits {
        self.behind_with(end, hits).unwrap_or_default()
    }

    fn behind_with<T>(&self, end: usize, find: impl Fn(&Words, usize) -> Option<T>) -> Option<T> {
        let hay = self.hay;
        let from = hay.run(end, 2, |b| matches!(b, b' ' | b'"' | b'\''));
        let parenthesis = hay.at(from) == b'(';
        if !parenthesis && (from == end || !link(hay, from)) {
            return None;
        }
        let stop = hay.run(from + 1, AHEAD, |b| {
            !matches!(
                b,
                b'.' | b',' | b';' | b'\n' | b'?' | b'!' | b'(' | b')' | b'=' | b':' | b'"' | b'<' | b'{'
            ) && !b.is_ascii_digit()
        });
        // `... is phone: 555`: the label belongs to the next value.
        if matches!(hay.at(stop), b':' | b'=') || (parenthesis && hay.at(stop) != b')') {
            return None;
        }
        self.among(hay.slice(from, stop), usize::MAX, find)
    }
}

/// The labels of the catalog among `words`, if there are any.
fn hits(words: &Words, farthest: usize) -> Option<Hits> {
    Some(label::find(words, farthest, 0)).filter(|hits| !hits.is_empty())
}

/// Whether one of `hits` is of `kinds`, or a nearer one takes the value away. A nearer one that shares words does
/// not: `Medicare card number` announces a Medicare card and not a payment card.
fn judge(hits: &Hits, kinds: Kinds) -> Announced {
    let mut rival = None;
    for hit in hits.iter() {
        let whole = hit.phrase.kinds.meets(kinds);
        if whole || hit.also.meets(kinds) {
            let phrase = hit.phrase.text.as_str();
            return match rival.is_none_or(|first| first <= hit.last) {
                true if whole => Announced::Own(phrase),
                true => Announced::Partly(phrase),
                false => Announced::Other,
            };
        }
        if hit.phrase.rival {
            rival = rival.max(Some(hit.first));
        }
    }
    if rival.is_some() { Announced::Other } else { Announced::Nothing }
}

/// Where the clause that leads to `at` begins: behind the last sentence, line, list item or other field; not before
/// `stop`.
fn scope(hay: Haystack<'_>, at: usize, stop: usize) -> usize {
    let mut from = at;
    let (mut words, mut quoted, mut text) = (0, false, false);
    while from > stop {
        match hay.before(from) {
            b'\n' => {
                // A label on a line of its own, directly above.
                let labelled = matches!(hay.at(from.saturating_sub(2)), b':' | b'>' | b'\r' | b'=');
                if !labelled || words > 0 {
                    return from;
                }
            }
            b';' | b'{' | b'}' | b'[' | b'\t' => return from,
            // `tel, 0123`: only when nothing but the comma stands between.
            b',' if words > 0 || quoted || from == at => return from,
            b'.' | b'!' => {
                // `Tel. 0123` goes on, a sentence ends.
                if text && hay.at(from) == b' ' && !abbreviation(hay, from - 1) {
                    return from;
                }
            }
            b'<' if !cell(hay, from) => return if words > 0 { from } else { from - 1 },
            b if b.is_ascii_alphanumeric() => {
                let start = word_start(hay, from, stop);
                // A number in between belongs to something else.
                if numeric(hay.slice(start, from)) {
                    return from;
                }
                words += 1;
                if words > FARTHEST + 4 {
                    return start;
                }
                text = true;
                from = start;
                continue;
            }
            b'"' | b'\'' => quoted = true,
            byte => text |= byte >= 0x80,
        }
        from -= 1;
    }
    // A word that the window cuts is no word.
    hay.run(from, WINDOW, |b| b.is_ascii_alphanumeric() && from == stop && stop > 0).min(at)
}

/// Digits alone, or as many as a value has.
fn numeric(word: &[u8]) -> bool {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    digits == word.len() || digits >= 4
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

/// How far before a candidate its label may start, in bytes.
const WINDOW: usize = 96;

/// More bytes than a phrase has.
const LONGEST_PHRASE: usize = 48;

thread_local! {
    /// For scratch work: clearing so much for each search would cost more than searching a short text.
    static WORDS: RefCell<Words> = const { RefCell::new(Words::new()) };
}

/// How many words may stand between a label and its value: "phone number of the customer is".
const FARTHEST: usize = 6;

/// How far behind a value its label may end, in bytes.
const AHEAD: usize = 48;

/// Whether a word at `at` may lead from a value to the label behind it.
fn link(hay: Haystack<'_>, at: usize) -> bool {
    let links: &[&str] = match hay.at(at).to_ascii_lowercase() {
        b'i' => &["is ", "ist "],
        b'w' => &["was "],
        b'a' => &["as "],
        b'l' => &["lautet "],
        b'e' => &["est ", "es ", "er "],
        b'j' => &["jest "],
        b't' => &["to "],
        0xC3 => &["è ", "é ", "är ", "È ", "É ", "ÄR "],
        _ => return false,
    };
    links.iter().any(|link| hay.slice(at, at + link.len()).eq_ignore_ascii_case(link.as_bytes()))
}

/// The most of a value that stands behind its first word.
const LONGEST_REST: usize = 28;
