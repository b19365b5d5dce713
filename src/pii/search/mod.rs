//! One pass over one haystack.
//!
//! ```text
//! prefilter: classes of 64 bytes ──▶ events: digit runs, @, ://, prefixes, colons, capitals
//!   event ──▶ long enough? ──▶ a token that is something else? ──▶ recognizers by shape ──▶ proposals
//! ```
//!
//! Most events end at the first question, which reads bit masks only.

mod candidate;

use std::{cell::RefCell, ops::Range};

use self::candidate::FEWEST;
use super::{
    Finding, Scanner,
    catalog::{self, Kind},
    check,
    claim::Claims,
    context::Context,
    normalize,
    prefilter::{CHUNK, Chunk, classify},
    recognizer::{Haystack, Proposal, opens, spaced_before},
    shape::Start,
};

/// One pass over one haystack.
pub(super) struct Search<'a, 'h> {
    scanner: &'a Scanner,
    context: Context<'h>,
    claims: Claims,
    proposals: Vec<Proposal>,
    findings: &'a mut Vec<Finding>,
    /// Events before this are inside of what was read already.
    until: usize,
    /// The haystack has no disguised characters any more.
    plain: bool,
    /// Where the last finding or claimed token ends: nothing starts before.
    taken: usize,
}

/// What the prefilter says on the bytes from an event on; bit 0 is the event itself.
#[derive(Clone, Copy)]
struct Ahead {
    digit: u64,
    word: u64,
    separator: u64,
    /// How many letters and digits stand before the event, up to 64.
    behind: u32,
}

impl<'a, 'h> Search<'a, 'h> {
    pub(super) fn new(
        scanner: &'a Scanner,
        hay: Haystack<'h>,
        plain: bool,
        findings: &'a mut Vec<Finding>,
    ) -> Self {
        let (context, claims) = (Context::new(hay), Claims::default());
        Search { scanner, context, claims, proposals: Vec::new(), findings, until: 0, taken: 0, plain }
    }

    /// Searches what starts in `part`; reads around it. False,
    /// and nothing is right, if a disguised character stands there: those are to be undone first.
    pub(super) fn run(self, part: Range<usize>) -> bool {
        CLASSES.with_borrow_mut(|chunk| self.run_with(part, chunk))
    }

    fn run_with(mut self, part: Range<usize>, chunk: &mut Chunk) -> bool {
        let bytes = self.context.hay.bytes;
        // Whether the byte before the block is a digit or a colon; the letters and digits of the block before.
        let before = self.context.hay.before(part.start);
        let mut digit_before = u64::from(before.is_ascii_digit());
        let mut colon_before = u64::from(before == b':');
        let mut word_before = (1..=64usize.min(part.start))
            .filter(|&back| bytes.get(part.start - back).is_some_and(u8::is_ascii_alphanumeric))
            .fold(0u64, |word, back| word | 1 << (64 - back));
        let mut from = part.start;
        (self.until, self.taken) = (from, from);
        while from < part.end {
            classify(bytes, from, &catalog::LITERALS, chunk);
            let blocks = (part.end - from).div_ceil(64).min(CHUNK / 64);
            for block in 0..blocks {
                let (digit, colon) = (chunk.digit[block], chunk.colon[block]);
                let word = digit | chunk.letter[block];
                let capital = chunk.capital[block];
                // Three capitals in the block, or some that may go on behind it: prose has few.
                let shouted = (capital & capital >> 1 & capital >> 2) | capital >> 62;
                if chunk.busy >> block & 1 == 0 && shouted == 0 {
                    (digit_before, word_before, colon_before) = (0, word, colon >> 63);
                    continue;
                }
                let base = from + block * 64;
                if chunk.high[block] != 0 && !self.plain && disguised(bytes, base, chunk.high[block]) {
                    return false;
                }
                let next = chunk.digit[block + 1] | chunk.letter[block + 1];
                let mut events = digit & !(digit << 1 | digit_before);
                // One to three digits that neither a letter precedes nor anything joins are of no use: most numbers.
                let joins = |b: usize| chunk.digit[b] | chunk.letter[b] | chunk.separator[b] | chunk.high[b];
                let (alone, alone_next) = (!joins(block), !joins(block + 1));
                let ahead = |mask: u64, after: u64, n: u32| mask >> n | after << (64 - n);
                let second = ahead(digit, chunk.digit[block + 1], 1);
                let third = ahead(digit, chunk.digit[block + 1], 2);
                let short = ahead(alone, alone_next, 1)
                    | second & (ahead(alone, alone_next, 2) | third & ahead(alone, alone_next, 3));
                events &= !short | chunk.letter[block] << 1 | word_before >> 63;
                events |= chunk.at[block] | chunk.literal[block];
                let either = word | colon;
                let either_next = next | chunk.colon[block + 1];
                events |= colon
                    & (either << 1 | word_before >> 63 | colon_before)
                    & (either >> 1 | either_next << 63);
                if shouted != 0 {
                    let second = capital >> 1 | chunk.capital[block + 1] << 63;
                    events |= capitals(word, next, word_before >> 63) & capital & second;
                }
                let behind = word_before;
                (digit_before, word_before, colon_before) = (digit >> 63, word, colon >> 63);
                if part.end - base < 64 {
                    events &= (1 << (part.end - base)) - 1;
                }
                while events != 0 {
                    let bit = events.trailing_zeros();
                    let at = base + bit as usize;
                    if at < self.until {
                        let skipped = self.until - base;
                        events &= if skipped >= 64 { 0 } else { u64::MAX << skipped };
                        continue;
                    }
                    events &= events - 1;
                    let is = |mask: u64| mask >> bit & 1 == 1;
                    let end = if is(digit) {
                        let ahead = Ahead {
                            digit: window(digit, chunk.digit[block + 1], bit),
                            word: window(word, next, bit),
                            behind: window(behind, word, bit).leading_ones(),
                            separator: window(chunk.separator[block], chunk.separator[block + 1], bit),
                        };
                        self.digits(at, ahead)
                    } else if is(chunk.at[block]) {
                        self.email(at)
                    } else if is(chunk.literal[block]) {
                        self.literal(at)
                    } else if is(colon) {
                        self.colon(at)
                    } else {
                        self.capital_word(at)
                    };
                    self.until = self.until.max(self.before_header(end));
                }
            }
            from += CHUNK;
        }
        true
    }

    /// `end`, or the header of a private key that what ends there has run into: the key holds more than any token before it,
    /// and is found only by its header.
    fn before_header(&self, end: usize) -> usize {
        let hay = self.context.hay;
        if !matches!(hay.before(end), b'-' | b'B' | b'E' | b'G' | b'I' | b'N') {
            return end;
        }
        let inside = end.saturating_sub(catalog::BEGIN.len() - 1)..end;
        inside.into_iter().find(|&at| hay.starts(at, catalog::BEGIN)).unwrap_or(end)
    }

    fn email(&mut self, at: usize) -> usize {
        let hay = self.context.hay;
        let beside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | 0x80..);
        let shaped = beside(hay.before(at)) && beside(hay.at(at + 1));
        let end = if shaped && self.scanner.wants(Kind::EMAIL_ADDRESS) {
            catalog::email(hay, at, &mut self.proposals)
        } else {
            None
        };
        self.keep(end).unwrap_or(at)
    }

    /// At a sign or the first letters of something that is known by them.
    fn literal(&mut self, at: usize) -> usize {
        let hay = self.context.hay;
        let out = &mut self.proposals;
        let touched = hay.before(at).is_ascii_alphanumeric();
        let end = match hay.at(at) {
            b':' if self.scanner.keeps(Kind::URL, URL) => catalog::url(hay, at, out),
            b'w' | b'W' if !touched && self.scanner.keeps(Kind::URL, URL) => {
                if hay.slice(at, at + 4).eq_ignore_ascii_case(b"www.") {
                    catalog::url(hay, at, out)
                } else {
                    None
                }
            }
            b'-' if self.scanner.wants(Kind::SECRET_PRIVATE_KEY) => {
                let end = catalog::private_key(hay, at, out);
                self.keep(None);
                // The key was read to its end: reading it again for what it holds would not be linear.
                return end.unwrap_or(at);
            }
            b'(' | b'[' | b'{' if self.scanner.wants(Kind::EMAIL_ADDRESS) => {
                catalog::spelled_at(hay, at).and_then(|at| catalog::spelled_email(hay, at, out))
            }
            b'd' | b'D'
                if matches!(hay.before(at), b' ' | b'(' | b'[' | b'{')
                    && self.scanner.wants(Kind::EMAIL_ADDRESS) =>
            {
                catalog::spelled_at(hay, at - 1).and_then(|at| catalog::spelled_email(hay, at, out))
            }
            letter if letter.is_ascii_alphabetic() && !touched => catalog::secret(hay, at, out),
            _ => None,
        };
        self.keep(end).unwrap_or(at)
    }

    /// At a colon between letters, digits or colons: a hardware address or an IPv6 one.
    fn colon(&mut self, at: usize) -> usize {
        let hay = self.context.hay;
        let mut start = at;
        while start > self.taken && start + LONGEST_COLONED > at && coloned(hay.before(start)) {
            start -= 1;
        }
        if start == at && hay.at(at + 1) != b':' {
            return at;
        }
        let mut end = None;
        if self.scanner.wants(Kind::MAC_ADDRESS) {
            end = catalog::mac(&self.context, start, &mut self.proposals);
        }
        if end.is_none() && self.scanner.wants(Kind::IP_ADDRESS) {
            end = catalog::ipv6(&self.context, start, &mut self.proposals);
        }
        // What was read is read: another colon of the same run starts nothing.
        self.keep(end).unwrap_or_else(|| hay.run(at, LONGEST_COLONED, coloned))
    }

    /// At a word of 8 or 11 letters and digits: a bank's code has no other mark.
    fn capital_word(&mut self, at: usize) -> usize {
        let hay = self.context.hay;
        if !hay.slice(at, at + 6).iter().all(u8::is_ascii_uppercase) {
            return at;
        }
        let length = hay.run(at, 12, |b| b.is_ascii_alphanumeric()) - at;
        // The check first: it costs less than the look for a label.
        if !check::bic(hay.slice(at, at + length)) {
            return at;
        }
        self.rules(at, Start::Letter, length);
        self.keep(Some(at + length)).unwrap_or(at)
    }

    /// At the first digit of a run. Returns where to go on.
    fn digits(&mut self, at: usize, ahead: Ahead) -> usize {
        let hay = self.context.hay;
        let run = ahead.digit.trailing_ones() as usize;
        let rest = ahead.word.trailing_ones() as usize;
        let mut end = at + rest;
        if rest == 64 {
            end = hay.run(end, usize::MAX, |b| b.is_ascii_alphanumeric());
        }
        let start = (at - ahead.behind as usize).max(self.taken);
        let pure = start == at && run == rest;
        let next = hay.at(end);
        let worth = if pure {
            // Four separators in a row part a cluster: `1 - (201)` is still one.
            let s = ahead.separator;
            let cluster = ((ahead.digit | s) & !(s & s >> 1 & s >> 2 & s >> 3)).trailing_ones();
            let mask = ahead.digit & low(cluster);
            let (digits, length) = (mask.count_ones(), u64::BITS - mask.leading_zeros());
            let pair = next == b'.' && matches!(hay.at(at + cluster as usize), b',' | b';');
            digits >= 6 || (digits >= 4 && length - digits >= 2) || (digits >= 3 && pair)
        } else {
            mixed_worth(hay, start, end)
        };
        if pure
            && rest == 4
            && matches!(hay.at(start), b'1' | b'2')
            && self.scanner.wants(Kind::DATE_OF_BIRTH)
        {
            let date = self.named_month(start, end);
            if let Some(end) = self.keep(date) {
                return end;
            }
        }
        if next == b'@' {
            // The local part of an address, whose sign comes next.
            return end;
        }
        if worth {
            // In the middle of a number, or of a row of numbers, nothing starts.
            let middle = pure && (!opens(hay, start) || (rest < FEWEST && inside(hay, start, next)));
            if !middle {
                return self.candidate(start, end, at, pure).unwrap_or(end);
            }
        }
        self.minor(start, end).unwrap_or(end)
    }

    /// `10 May 1988`, `May 10, 1988`: from the year, backwards to where the date starts.
    fn named_month(&mut self, year: usize, end: usize) -> Option<usize> {
        let hay = self.context.hay;
        if !matches!(hay.before(year), b' ' | b'-' | b'.' | b'/' | b',') {
            return None;
        }
        let stop = year.saturating_sub(LONGEST_DATE).max(self.taken);
        let mut at = year;
        let mut months = 0;
        for _ in 0..5 {
            while at > stop && !word_byte(hay.before(at)) {
                at -= 1;
            }
            while at > stop && word_byte(hay.before(at)) {
                at -= 1;
            }
            let digit = hay.at(at).is_ascii_digit();
            months += usize::from(!digit && catalog::is_month(hay, at));
            // A word that is neither a month nor a filler ends it: most years stand alone.
            if !digit && months == 0 && !catalog::is_filler(hay, at) {
                break;
            }
            if months > 0 && catalog::birth_date(&self.context, at, &mut self.proposals) == Some(end) {
                return Some(end);
            }
            if at <= stop || months > 1 {
                break;
            }
        }
        None
    }

    /// Turns proposals that are wanted and sure enough into findings; `end` counts only if one is.
    fn keep(&mut self, end: Option<usize>) -> Option<usize> {
        let mut kept = false;
        while let Some(mut proposal) = self.proposals.pop() {
            proposal.end = self.before_header(proposal.end);
            if self.scanner.keeps(proposal.kind, proposal.permille) {
                self.taken = self.taken.max(proposal.end);
                self.findings.push(proposal.into_finding());
                kept = true;
            }
        }
        end.filter(|_| kept)
    }
}

/// Whether one of the characters of the block at `base` whose first bytes `high` marks is a disguise.
fn disguised(bytes: &[u8], base: usize, mut high: u64) -> bool {
    while high != 0 {
        if normalize::undo(&bytes[base + high.trailing_zeros() as usize..]).is_some() {
            return true;
        }
        high &= high - 1;
    }
    false
}

/// Whether digits go on before `start`, across a space or parenthesis, and behind.
fn inside(hay: Haystack<'_>, start: usize, next: u8) -> bool {
    match hay.before(start) {
        b' ' => next == b' ' && spaced_before(hay, start),
        b'(' => start >= 2 && (hay.at(start - 2).is_ascii_digit() || hay.at(start - 2) == b')'),
        _ => false,
    }
}

/// Whether a word of letters and digits may be or begin an identifier.
fn mixed_worth(hay: Haystack<'_>, start: usize, end: usize) -> bool {
    let next = hay.at(end);
    match end - start {
        7.. => true,
        4 if next == b' ' => {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| hay.at(start + i));
            a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit()
        }
        3.. => next == b'-',
        _ => false,
    }
}

/// Where the digits of a word start, behind its letters.
fn word_digits(hay: Haystack<'_>, start: usize, end: usize) -> usize {
    hay.run(start, end - start, |b| !b.is_ascii_digit())
}

/// Bits from `bit` on, across the border of the block.
fn window(here: u64, next: u64, bit: u32) -> u64 {
    if bit == 0 { here } else { here >> bit | next << (64 - bit) }
}

fn low(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// The starts of words of 8 or of 11 letters and digits.
fn capitals(word: u64, next: u64, before: u64) -> u64 {
    let ahead = |mask: u64, after: u64, n: u32| mask >> n | after << (64 - n);
    let (two, two_next) = (word & ahead(word, next, 1), next & next >> 1);
    let (four, four_next) = (two & ahead(two, two_next, 2), two_next & two_next >> 2);
    let (eight, eight_next) = (four & ahead(four, four_next, 4), four_next & four_next >> 4);
    let starts = eight & !(word << 1 | before);
    if starts == 0 {
        return 0;
    }
    let eleven = eight & ahead(eight, eight_next, 3);
    starts & (!ahead(word, next, 8) | (eleven & !ahead(word, next, 11)))
}

fn coloned(b: u8) -> bool {
    b.is_ascii_hexdigit() || b == b':'
}

fn word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80
}

thread_local! {
    /// For scratch work: clearing so much for each search would cost more than searching a short text.
    static CLASSES: RefCell<Chunk> = const { RefCell::new(Chunk::new()) };
}

/// What [`catalog::url`] proposes.
const URL: u16 = 900;

const LONGEST_COLONED: usize = 48;
const LONGEST_DATE: usize = 32;
