//! How surrogates are written: numbers in the layout of the value, keyed suffixes.

/// Appends `signs`, in upper case, with the separators of `text`, and in lower case if `text` is. Where `text` has
/// other characters than separators, or not as many letters and digits, `signs` are written alone: a layout must not
/// carry a part of the value.
pub(super) fn fill(text: &str, signs: &str, out: &mut String) {
    let lower = text.bytes().any(|b| b.is_ascii_lowercase()) && !text.bytes().any(|b| b.is_ascii_uppercase());
    let cased = |c: char| if lower { c.to_ascii_lowercase() } else { c };
    let kept = signs_of(text).is_some_and(|found| found.len() == signs.len());
    if !kept {
        out.extend(signs.chars().map(cased));
        return;
    }
    let mut signs = signs.chars();
    out.extend(text.chars().map(|c| match c.is_ascii_alphanumeric() {
        true => signs.next().map_or(c, cased),
        false => c,
    }));
}

/// The letters and digits of `text` in upper case, if there are only separators beside them.
pub(super) fn signs_of(text: &str) -> Option<String> {
    let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || SEPARATORS.contains(c));
    fits.then(|| text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect())
}

/// The digits of `text`, if there are only separators beside them.
pub(super) fn digits_of(text: &str) -> Option<String> {
    signs_of(text).filter(|signs| signs.bytes().all(|b| b.is_ascii_digit()))
}

/// Letters and digits in lower case, one space between two words.
pub(super) fn words(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// Appends eight characters.
pub(super) fn suffix(place: u128, out: &mut String) {
    out.extend((0..8).rev().map(|i| sign(SYMBOLS, place >> (5 * i) & 31)));
}

/// The symbol at `place`, modulo their number.
pub(super) fn sign(symbols: &[u8], place: u128) -> char {
    // The remainder is below the length, so it fits.
    let place = usize::try_from(place % wide(symbols.len())).unwrap_or(0);
    symbols.get(place).map_or('0', |&b| char::from(b))
}

/// A length as the places of a reserve are counted.
pub(super) fn wide(length: usize) -> u128 {
    crate::num::count(length).into()
}

/// 40 bits: eight characters of five.
pub(super) const SUFFIXES: u128 = 1 << 40;

/// RFC 4648 section 6, in lower case, as in tokens.
const SYMBOLS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

const SEPARATORS: &str = " -./()+:";
