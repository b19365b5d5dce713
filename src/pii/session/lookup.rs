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
    ops::Range,
};

/// Finds values by the signs that they are made of.
///
/// # Guarantee
/// For all texts and values: found is every place where a value of four signs or more stands, between signs that are none of
/// its words, in any case; numbers of six digits or more also with other separators, and words with other white space
/// between them. Shorter values are found as they are. Time is linear in the text, times the length of the longest value.
#[derive(Default)]
pub(super) struct Lookup {
    seed: RandomState,
    /// The first signs of values.
    starts: HashSet<u64>,
    /// The values by all their signs.
    values: HashMap<u64, Vec<usize>>,
    /// Signs of the longest value.
    longest: usize,
}

/// A letter or digit of a text.
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
        let signs = signs(value);
        if signs.len() < LEAST || signs.len() > MOST {
            return;
        }
        self.longest = self.longest.max(signs.len());
        self.starts.insert(self.hash(signs.iter().take(START)));
        self.values.entry(self.hash(signs.iter())).or_default().push(number);
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
        let signs = signs(text);
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
                if let Some(numbers) = self.values.get(&hash.get()).filter(|_| sign.last) {
                    let place = rest[0].place.start..sign.place.end;
                    let known = numbers.iter().find(|&&number| same(value(number), &text[place.clone()]));
                    found.extend(known.map(|&number| (place, number)));
                }
                let next = rest.get(count).map_or(0, |next| next.place.start - sign.place.end);
                if next > GAP {
                    break;
                }
            }
        }
        found
    }

    fn hash<'s>(&self, signs: impl Iterator<Item = &'s Sign>) -> u64 {
        let mut hash = Hash::new(&self.seed);
        signs.for_each(|sign| hash.add(sign.sign));
        hash.get()
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

fn signs(text: &str) -> Vec<Sign> {
    let mut signs: Vec<Sign> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        let place = at..at + c.len_utf8();
        let first = signs.last_mut().is_none_or(|before| before.place.end < at);
        if !first && let Some(before) = signs.last_mut() {
            before.last = false;
        }
        signs.push(Sign { sign: c.to_lowercase().next().unwrap_or(c), place, first, last: true });
    }
    signs
}

/// Whether `text`, which has the signs of `value`, is a spelling of it.
fn same(value: &str, text: &str) -> bool {
    let value = value.trim_matches(|c: char| !c.is_alphanumeric());
    let count = value.chars().filter(|c| c.is_alphanumeric()).count();
    if count < FEW {
        return value == text;
    }
    let numeric = value.chars().all(|c| c.is_ascii_digit() || SEPARATORS.contains(c));
    if numeric && count >= NUMBER {
        let apart = |text: &str| text.split(|c: char| c.is_ascii_digit()).all(|gap| gap.len() <= 2);
        return text.chars().all(|c| c.is_ascii_digit() || SEPARATORS.contains(c)) && apart(text);
    }
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(value) == words(text)
}

/// Signs of the shortest value, which is a name of two letters, and of the longest.
const LEAST: usize = 2;
const MOST: usize = 256;

/// Signs by which the start of a value is told.
const START: usize = 3;

/// Values of fewer signs are found as they are only: `Li` is a name, `li` is not.
const FEW: usize = 4;

/// Digits from which on a number may have other separators.
const NUMBER: usize = 6;

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
