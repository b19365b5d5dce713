//! One pass over one haystack.
//!
//! ```text
//! prefilter: classes of 64 bytes ──▶ events: digit runs, @, ://, prefixes, colons, capitals
//!   event ──▶ long enough? ──▶ a token that is something else? ──▶ recognizers by shape ──▶ proposals
//! ```
//!
//! Most events end at the first question, which reads bit masks only.

use std::{cell::RefCell, ops::Range};

use super::{
    Finding, Scanner,
    catalog::{self, Kind, Kinds},
    check,
    claim::Claims,
    context::{Announced, Context},
    normalize,
    prefilter::{CHUNK, Chunk, classify},
    recognizer::{Groups, Haystack, Proposal, closes, opens, spaced_before},
    shape::{self, Pattern, Start},
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
                    self.until = self.until.max(end);
                }
            }
            from += CHUNK;
        }
        true
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

    /// A word too short for most: degrees, a group of a hardware address, the end or start of a company number.
    fn minor(&mut self, start: usize, end: usize) -> Option<usize> {
        let hay = self.context.hay;
        let (before, next) = (hay.before(start), hay.at(end));
        match end - start {
            2 if before == b'-' || (next == b'-' && hay.at(start + 5) == b'-') => {
                if before == b'-' && hay.at(start.wrapping_sub(6)) == b'/' {
                    return self.company(start);
                }
                self.address(start, end)
            }
            2 if next == b'.' && hay.at(start + 6) == b'.' => {
                self.rules(start, Start::Digits, 2);
                let end = self.proposals.iter().map(|p| p.end).max();
                self.keep(end)
            }
            4 if before == b'.' || next == b'.' => self.address(start, end),
            1..=4 if matches!(next, 0xC2 | 0xCB) && self.scanner.wants(Kind::GPS_COORDINATES) => {
                let digits = word_digits(hay, start, end);
                let place = catalog::coordinates(&self.context, digits, &mut self.proposals);
                self.keep(place)
            }
            _ => None,
        }
    }

    /// From the check digits of a company number of Brazil back to its start: it may have no digits but them.
    fn company(&mut self, check: usize) -> Option<usize> {
        let start = check.checked_sub(COMPANY).filter(|&at| at >= self.taken)?;
        let hay = self.context.hay;
        let kind = match (hay.at(start).is_ascii_digit(), hay.at(start + 1).is_ascii_digit()) {
            (true, true) => Start::Digits,
            (true, false) => Start::Digit,
            (false, _) => Start::Letter,
        };
        self.rules(start, kind, 2);
        self.keep(Some(check + 2))
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

    /// A word with a digit that is worth a look, from `start` to `end`; its first digit is at `digit`.
    fn candidate(&mut self, start: usize, end: usize, digit: usize, pure: bool) -> Option<usize> {
        let hay = self.context.hay;
        let length = end - start;
        if !pure && self.scanner.wants(Kind::IBAN) && digit == start + 2 {
            let iban = catalog::iban(&self.context, start, &mut self.proposals);
            if let Some(end) = self.keep(iban) {
                return Some(end);
            }
        }
        if length >= SHORTEST_WALLET && matches!(hay.at(start), b'0' | b'1' | b'3' | b'b' | b'B') {
            if self.scanner.wants(Kind::CRYPTO_BTC) {
                catalog::bitcoin(hay, start, end, &mut self.proposals);
            }
            if self.scanner.wants(Kind::CRYPTO_ETH) {
                catalog::ethereum(&self.context, start, end, &mut self.proposals);
            }
            if let Some(end) = self.keep(Some(end)) {
                return Some(end);
            }
        }
        let dated = matches!((length, pure), (8, true) | (3 | 4, false))
            || (length <= 4 && matches!(hay.at(end), b'-' | b'/' | b'.' | b' '));
        // Births are recorded at full hours, if a time is written at all; log lines are not.
        let timed = length == 4 && hay.at(start + 13) == b':' && hay.slice(start + 14, start + 16) != b"00";
        if dated && !timed && digit == start && self.scanner.wants(Kind::DATE_OF_BIRTH) {
            let date = catalog::birth_date(&self.context, start, &mut self.proposals);
            if let Some(end) = self.keep(date) {
                return Some(end);
            }
        }
        if let Some(end) = self.claims.covers(hay, start, end, pure) {
            self.taken = self.taken.max(end);
            return Some(end);
        }
        if let Some(end) = self.address(start, end) {
            return Some(end);
        }
        if digit == start {
            if self.scanner.wants(Kind::GPS_COORDINATES) && length <= 3 {
                let place = catalog::coordinates(&self.context, start, &mut self.proposals);
                if let Some(end) = self.keep(place) {
                    return Some(end);
                }
            }
            self.numbers(start, end, pure);
        }
        // What is this sure already leaves nothing to the rules.
        if !self.proposals.iter().any(|p| p.permille >= SURE) {
            let kind = match (pure, digit == start) {
                (true, _) => Start::Digits,
                (false, true) => Start::Digit,
                (false, false) => Start::Letter,
            };
            self.rules(start, kind, length);
            if pure && let Some(before) = prefix_word(hay, start, self.taken) {
                self.rules(before.0, Start::Letter, before.1);
            }
        }
        let end = self.proposals.iter().map(|p| p.end).max();
        self.keep(end)
    }

    /// Addresses of networks that start with a word with a digit.
    fn address(&mut self, start: usize, end: usize) -> Option<usize> {
        let hay = self.context.hay;
        let next = hay.at(end);
        if next == b'.' && end - start <= 3 && self.scanner.wants(Kind::IP_ADDRESS) {
            let address = catalog::ipv4(&self.context, start, &mut self.proposals);
            if let Some(end) = self.keep(address) {
                return Some(end);
            }
        }
        let width = match end - start {
            2 if next == b'-' || hay.before(start) == b'-' => 3,
            4 if next == b'.' || hay.before(start) == b'.' => 5,
            _ => return None,
        };
        if !self.scanner.wants(Kind::MAC_ADDRESS) {
            return None;
        }
        // The groups before may have had no digit.
        let separator = if width == 3 { b'-' } else { b'.' };
        let mut first = start;
        for _ in 0..5 {
            let further = first.checked_sub(width).filter(|&f| f >= self.taken);
            let Some(further) = further.filter(|_| hay.before(first) == separator) else { break };
            if !hay.slice(further, first - 1).iter().all(u8::is_ascii_hexdigit) {
                break;
            }
            first = further;
        }
        let address = catalog::mac(&self.context, first, &mut self.proposals);
        self.keep(address)
    }

    /// Cards, social security numbers and telephone numbers: digits in groups.
    fn numbers(&mut self, start: usize, end: usize, pure: bool) {
        let hay = self.context.hay;
        // One run of digits is a card, or a label says what it is, and most have none.
        let single =
            pure && matches!(hay.at(end), b'"' | b',' | b'}' | b']' | b'<' | b'\'' | b'\n' | b';' | b'&');
        let card = (12..=19).contains(&(end - start));
        if single
            && !card
            && end - start != 9
            && hay.before(start) != b'+'
            && !self.context.may_announce(start, end).meets(NUMBERS)
        {
            return;
        }
        let groups = Groups::read(hay, start, hay.before(start) == b'(');
        if groups.overlong || groups.digits(groups.count()).len() < FEWEST {
            return;
        }
        let out = &mut self.proposals;
        if self.scanner.wants(Kind::CREDIT_CARD) {
            catalog::card(&self.context, start, &groups, out);
        }
        if self.scanner.wants(Kind::US_SSN) {
            catalog::ssn(&self.context, start, &groups, out);
        }
        if self.scanner.wants(Kind::PHONE_NUMBER) {
            catalog::phone(&self.context, start, &groups, out);
        }
    }

    /// The identifiers that the catalog describes by shape, check and label.
    fn rules(&mut self, start: usize, kind: Start, length: usize) {
        let hay = self.context.hay;
        let next = hay.at(start + length);
        let all = shape::beginning(kind, length, next, true);
        if all.iter().all(|list| list.is_empty())
            || !opens(hay, start)
            || matches!(hay.before(start), b'@' | b'_' | b'+')
        {
            return;
        }
        let label = self.context.may_announce(start, start + length);
        let patterns = if label == Kinds::NONE { shape::beginning(kind, length, next, false) } else { all };
        for pattern in patterns.into_iter().flatten() {
            if self.scanner.wants(pattern.kind)
                && (pattern.shape.alone > 0 || label.has(pattern.kind))
                && let Some(proposal) = self.rule(pattern, start)
            {
                self.proposals.push(proposal);
            }
        }
    }

    fn rule(&self, pattern: &'static Pattern, start: usize) -> Option<Proposal> {
        let hay = self.context.hay;
        let value = pattern.read(hay, start)?;
        let end = value.end;
        let next = hay.at(end);
        if !closes(hay, end) || next == b'@' || (next == b'.' && hay.at(end + 1).is_ascii_alphanumeric()) {
            return None;
        }
        let alone = pattern.shape.alone;
        let announced = self.context.around(start, end, pattern.kind);
        // The label first where it decides: most numbers have none.
        let named = matches!(announced, Announced::Own(_) | Announced::Partly(_));
        if alone == 0 && !named {
            return None;
        }
        let check = pattern.rule.check.as_ref();
        if check.is_some_and(|check| !(check.holds)(value.canonical())) {
            return None;
        }
        let checked = check.is_some();
        let check = check.map_or("", |check| check.name);
        // `12 345 678 901 22`: the number may go on before or behind.
        let cut =
            value.spaced && (spaced_before(hay, start) || (next == b' ' && hay.at(end + 1).is_ascii_digit()));
        let permille = match announced {
            _ if named && spaced_before(hay, start) && value.spaced => return None,
            Announced::Own(_) => pattern.shape.labelled,
            Announced::Partly(_) if checked => pattern.shape.labelled.saturating_sub(RIVAL),
            _ if value.small || cut => return None,
            Announced::Nothing => alone,
            Announced::Partly(_) | Announced::Other => alone.saturating_sub(RIVAL),
        };
        let (kind, shape, label) = (pattern.kind, pattern.shape.pattern, announced.own());
        Some(Proposal { start, end, kind, permille, shape, check, label })
    }

    /// Turns proposals that are wanted and sure enough into findings; `end` counts only if one is.
    fn keep(&mut self, end: Option<usize>) -> Option<usize> {
        let mut kept = false;
        while let Some(proposal) = self.proposals.pop() {
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

/// The start and length of one to three letters before a number, with a space or dash between: `AB 12 34 56 C`.
fn prefix_word(hay: Haystack<'_>, at: usize, until: usize) -> Option<(usize, usize)> {
    if !matches!(hay.before(at), b' ' | b'-' | b'.') {
        return None;
    }
    let end = at - 1;
    let mut start = end;
    while start > until && end - start < 4 && hay.before(start).is_ascii_alphabetic() {
        start -= 1;
    }
    (1..=3).contains(&(end - start)).then_some((start, end - start))
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

/// The fewest digits of a card, a social security number or a telephone number.
const FEWEST: usize = 7;

/// The confidence from which no other recognizer is asked.
const SURE: u16 = 900;

/// What [`Search::numbers`] looks for.
const NUMBERS: Kinds =
    Kinds::of(Kind::CREDIT_CARD).with(Kinds::of(Kind::US_SSN)).with(Kinds::of(Kind::PHONE_NUMBER));

/// What [`catalog::url`] proposes.
const URL: u16 = 900;

/// What a label of something else takes away: a strong check and structure outlive it.
const RIVAL: u16 = 150;

/// bc1 addresses have 14 characters and more.
const SHORTEST_WALLET: usize = 14;

/// `AB.CDE.FGH/IJKL-12`: a company number of Brazil may have no digits but the last.
const COMPANY: usize = 16;

const LONGEST_COLONED: usize = 48;
const LONGEST_DATE: usize = 32;
