//! Values that a session knows, found again in a text: also where a search alone would pass them by, in another case, and
//! numbers with other separators.
//!
//! ```text
//!   text    Card 4111-1111-1111-1111 of ADA  LOVELACE
//!   signs   card 4111 1111 1111 1111 of ada  lovelace      letters and digits, in lower case
//!                └ start of a value?  hash, sign by sign ┘ end of a word: is it the hash of a value? then compare
//! ```

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    ops::{Range, RangeInclusive},
};

use zeroize::Zeroize;

/// Finds values by the signs that they are made of.
///
/// # Guarantee
/// For all texts and values: found is every place where a value of four signs or more stands, between signs that are none of
/// its words, in any case; numbers of six digits or more also with other separators, and words with other white space
/// between them. Shorter values are found as they are. Time is linear in the text, times the length of the longest value, and
/// does not grow with the number of values. Copies of texts and values are wiped.
#[derive(Default)]
pub(super) struct Lookup {
    seed: RandomState,
    /// The first signs of values.
    starts: HashSet<u64>,
    /// All the signs of values.
    whole: HashSet<u64>,
    /// The values by all their signs, and by what the spellings of those that are one have in common.
    values: HashMap<(u64, u64), Vec<usize>>,
    /// Signs of the longest value.
    longest: usize,
}

/// The letters and digits of a text: a copy of it, wiped when it is dropped.
struct Signs(Vec<Sign>);

/// A letter or digit.
struct Sign {
    /// In lower case.
    sign: char,
    place: Range<usize>,
    /// No sign stands directly before, or behind.
    first: bool,
    last: bool,
}

impl Lookup {
    /// Adds `value`, called `number`.
    pub(super) fn insert(&mut self, number: usize, value: &str) {
        let Signs(signs) = &Signs::of(value);
        if !SIGNS.contains(&signs.len()) {
            return;
        }
        self.longest = self.longest.max(signs.len());
        self.starts.insert(self.hash(signs.iter().map(|sign| sign.sign).take(START)));
        let all = self.hash(signs.iter().map(|sign| sign.sign));
        self.whole.insert(all);
        let value = trimmed(value);
        let spelling =
            if is_number(value, signs.len()) { NUMERIC } else { self.spelling(value, signs.len()) };
        self.values.entry((all, spelling)).or_default().push(number);
    }

    /// Where values stand in `text`, and which. `value` gives the value of a number.
    pub(super) fn find<'v>(
        &self,
        text: &str,
        value: impl Fn(usize) -> &'v str,
    ) -> Vec<(Range<usize>, usize)> {
        let mut found = Vec::new();
        if self.values.is_empty() {
            return found;
        }
        let Signs(signs) = &Signs::of(text);
        for (start, _) in signs.iter().enumerate().filter(|(_, sign)| sign.first) {
            let rest = &signs[start..signs.len().min(start + self.longest)];
            let short = rest.len() < START;
            let mut hash = Hash::new(&self.seed);
            for (count, sign) in (1..).zip(rest) {
                hash.add(sign.sign);
                let starts = || self.starts.contains(&hash.get());
                if (count == START && !starts()) || (short && count == rest.len() && !starts()) {
                    // Values of fewer signs than the start end here at the latest.
                    break;
                }
                if sign.last && self.whole.contains(&hash.get()) {
                    let place = rest[0].place.start..sign.place.end;
                    let here = &text[place.clone()];
                    let numeric = (is_number(here, count) && is_close(here)).then_some(NUMERIC);
                    let spelled = [Some(self.spelling(here, count)), numeric].into_iter().flatten();
                    // All of these are one value, but for equal hashes; so the first of them is the one, or none is.
                    let values = |key| self.values.get(&(hash.get(), key)).into_iter().flatten().copied();
                    let first = |key| values(key).find(|&number| same(value(number), here));
                    found.extend(spelled.filter_map(first).min().map(|number| (place, number)));
                }
                let next = rest.get(count).map_or(0, |next| next.place.start - sign.place.end);
                if next > GAP {
                    break;
                }
            }
        }
        found
    }

    fn hash(&self, signs: impl Iterator<Item = char>) -> u64 {
        let mut hash = Hash::new(&self.seed);
        signs.for_each(|sign| hash.add(sign));
        hash.get()
    }

    /// What all spellings of a value that is no number have in common, beside their signs.
    fn spelling(&self, text: &str, signs: usize) -> u64 {
        match signs < FEW {
            true => self.hash(text.chars()),
            false => self.hash(text.split_whitespace().flat_map(|word| lower(word).chain([' ']))),
        }
    }
}

/// A hash that grows sign by sign. What has equal hashes is compared, and the seed is nobody's.
struct Hash(u64, u64);

impl Hash {
    fn new(seed: &RandomState) -> Self {
        Hash(seed.hash_one(0), seed.hash_one(1) | 1)
    }

    fn add(&mut self, sign: char) {
        self.0 = (self.0.rotate_left(23) ^ u64::from(u32::from(sign))).wrapping_mul(self.1);
    }

    fn get(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}

impl Signs {
    fn of(text: &str) -> Self {
        // The capacity is exact: growing would leave a copy behind.
        let count = text.chars().filter(|c| c.is_alphanumeric()).count();
        let mut signs: Vec<Sign> = Vec::with_capacity(count);
        for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            let place = at..at + c.len_utf8();
            let first = signs.last_mut().is_none_or(|before| before.place.end < at);
            if !first && let Some(before) = signs.last_mut() {
                before.last = false;
            }
            signs.push(Sign { sign: c.to_lowercase().next().unwrap_or(c), place, first, last: true });
        }
        Signs(signs)
    }
}

impl Drop for Signs {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|sign| sign.sign.zeroize());
    }
}

/// Whether `text`, which has the signs of `value`, is a spelling of it.
fn same(value: &str, text: &str) -> bool {
    let value = trimmed(value);
    let count = value.chars().filter(|c| c.is_alphanumeric()).count();
    if count < FEW {
        return value == text;
    }
    if is_number(value, count) {
        return is_number(text, count) && is_close(text);
    }
    let (mut words, mut others) = (value.split_whitespace(), text.split_whitespace());
    loop {
        match (words.next(), others.next()) {
            (Some(one), Some(other)) if lower(one).eq(lower(other)) => {}
            (one, other) => return one.is_none() && other.is_none(),
        }
    }
}

fn trimmed(value: &str) -> &str {
    value.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Whether a text with so many signs is a number that may have other separators.
fn is_number(text: &str, signs: usize) -> bool {
    signs >= NUMBER && text.chars().all(|c| c.is_ascii_digit() || SEPARATORS.contains(c))
}

/// Whether the digits of a number are close enough together for one.
fn is_close(text: &str) -> bool {
    text.split(|c: char| c.is_ascii_digit()).all(|gap| gap.len() <= APART)
}

fn lower(word: &str) -> impl Iterator<Item = char> {
    word.chars().flat_map(char::to_lowercase)
}

/// Letters and digits of the shortest value that is looked for, which is a name of two letters, and of the longest. One
/// letter would be found everywhere.
pub(super) const SIGNS: RangeInclusive<usize> = 2..=256;

/// Signs by which the start of a value is told.
const START: usize = 3;

/// Values of fewer signs are found as they are only: `Li` is a name, `li` is not.
const FEW: usize = 4;

/// Digits from which on a number may have other separators.
const NUMBER: usize = 6;

/// What spellings of a number have in common: nothing but their digits.
const NUMERIC: u64 = 0;

/// Bytes between two digits of a number.
const APART: usize = 2;

/// Bytes between two signs of a value.
const GAP: usize = 8;

const SEPARATORS: &str = " -./()+";

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str], text: &str) -> Vec<String> {
        let mut lookup = Lookup::default();
        values.iter().enumerate().for_each(|(number, value)| lookup.insert(number, value));
        lookup
            .find(text, |number| values[number])
            .into_iter()
            .map(|(place, _)| text[place].to_owned())
            .collect()
    }

    #[test]
    fn values_are_found_in_other_spellings_and_as_whole_words() {
        for (value, text, expected) in [
            ("Ada Lovelace", "ADA LOVELACE's; ada\n  lovelace, Ada-Lovelace, Adalovelace, Ada Lovelacey", 2),
            (
                "4111 1111 1111 1111",
                "4111111111111111 4111-1111-1111-1111 (4111) 1111.1111/1111 x4111111111111111",
                3,
            ),
            (
                "ada@example.org",
                "<ADA@Example.org>, ada example org, ada@example.orgs, my.ada@example.org",
                2,
            ),
            ("Li", "Li and li, LI, Lisa; \u{201c}Li\u{201d}", 2),
            ("X1", "X1 x1 X-1", 1),
            ("12345", "12345 1-2345 123456", 1),
            ("123456", "12-34-56 123456, 1234567 12--34---56", 2),
            ("+1 201 555 0123", "tel:12015550123 or 1 (201) 555-0123", 2),
            ("Müller", "MÜLLER müller Muller", 2),
            ("a", "a", 0),
            ("--", "--", 0),
            ("E-42/7", "e-42/7 E 42 7", 1),
        ] {
            let found = found(&[value], text);
            assert_eq!(found.len(), expected, "{value}: {found:?}");
        }
    }

    #[test]
    fn of_several_values_each_is_found() {
        let values = ["Ada", "Ada Lovelace", "Lovelace", "Byron"];
        assert_eq!(found(&values, "Ada Lovelace, Lord Byron"), ["Ada", "Ada Lovelace", "Lovelace", "Byron"]);
        assert_eq!(found(&values, "Ada, lovelace"), ["Ada", "lovelace"]);
    }

    #[test]
    fn many_spellings_of_the_same_signs_take_no_longer_than_others() {
        let seconds = |count: usize| {
            // All of these have the same signs.
            let spelled = |signs: &str, number: usize, gaps: [&str; 2]| {
                let piece = |(i, sign)| format!("{sign}{}", if i < 13 { gaps[number >> i & 1] } else { "" });
                signs.chars().enumerate().map(piece).collect::<String>()
            };
            let all = |signs, gaps| (0..count).map(|number| spelled(signs, number, gaps)).collect::<Vec<_>>();
            let words = all("abcdefghijklmn", [".", "_"]);
            let digits = all("12345678901234", [" ", "-"]);
            let apart = all("12345678901234", ["---", " - "]);
            let values: Vec<&str> = words.iter().chain(&digits).map(String::as_str).collect();
            let start = std::time::Instant::now();
            let mut lookup = Lookup::default();
            values.iter().enumerate().for_each(|(number, value)| lookup.insert(number, value));
            let text = [words.join("\n"), digits.join("\n"), apart.join("\n")].join("\n");
            let found = lookup.find(&text, |number| values[number]);
            assert_eq!(found.len(), values.len());
            assert!(found[..count].iter().zip(0..).all(|((_, number), expected)| *number == expected));
            assert!(found[count..].iter().all(|(_, number)| *number == count));
            start.elapsed().as_secs_f64()
        };
        // Other work on the machine may disturb one measurement. Linear ones have a ratio of 8, quadratic ones of 64.
        assert!((0..10).any(|_| seconds(1 << 13) / seconds(1 << 10) < 8.0 * 8.0_f64.sqrt()));
    }

    #[test]
    fn equal_hashes_are_compared() {
        let mut lookup = Lookup::default();
        lookup.insert(0, "lovelace");
        let all = lookup.values.clone();
        // As if all of these had the hash of another value.
        lookup.values.values_mut().for_each(|numbers| numbers.insert(0, 1));
        let values = ["lovelace", "byronic"];
        assert_eq!(lookup.find("Lovelace", |number| values[number]), [(0..8, 0)]);
        assert_eq!(all.len(), 1);
    }
}
