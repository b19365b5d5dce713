//! What a word with a digit may be: each recognizer that its shape allows is asked.

use super::{Search, word_digits};
use crate::pii::{
    catalog::{self, Kind, Kinds},
    context::Announced,
    recognizer::{Groups, Haystack, Proposal, closes, opens, spaced_before},
    shape::{self, Pattern, Start},
};

impl Search<'_, '_> {
    /// A word with a digit that is worth a look, from `start` to `end`; its first digit is at `digit`.
    pub(super) fn candidate(&mut self, start: usize, end: usize, digit: usize, pure: bool) -> Option<usize> {
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

    /// A word too short for most: degrees, a group of a hardware address, the end or start of a company number.
    pub(super) fn minor(&mut self, start: usize, end: usize) -> Option<usize> {
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
    pub(super) fn rules(&mut self, start: usize, kind: Start, length: usize) {
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

/// The fewest digits of a card, a social security number or a telephone number.
pub(super) const FEWEST: usize = 7;

/// The confidence from which no other recognizer is asked.
const SURE: u16 = 900;

/// What [`Search::numbers`] looks for.
const NUMBERS: Kinds =
    Kinds::of(Kind::CREDIT_CARD).with(Kinds::of(Kind::US_SSN)).with(Kinds::of(Kind::PHONE_NUMBER));

/// What a label of something else takes away: a strong check and structure outlive it.
const RIVAL: u16 = 150;

/// bc1 addresses have 14 characters and more.
const SHORTEST_WALLET: usize = 14;

/// `AB.CDE.FGH/IJKL-12`: a company number of Brazil may have no digits but the last.
const COMPANY: usize = 16;
