//! Alphabets: the characters that format-preserving encryption keeps to.

use crate::{
    error::{Error, Result},
    pseudonym::{
        ff1::{MAX_LEN, MIN_DOMAIN},
        numerals,
    },
};

/// An ordered set of characters. Encryption of a text over an alphabet is a text over it, of the same length.
///
/// # Examples
/// ```
/// use incog::pseudonym::Alphabet;
/// assert_eq!(Alphabet::DIGITS.symbols(), "0123456789");
/// // 10^6 is the first power of 10 that is not below a million, 36^4 the first of 36.
/// assert_eq!((Alphabet::DIGITS.min_len(), Alphabet::LOWER_ALNUM.min_len()), (6, 4));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alphabet {
    name: &'static str,
    /// Distinct ASCII characters, so that positions in it are numerals.
    symbols: &'static str,
    /// By byte; [`NONE`] for those that are not in it.
    numerals: &'static [u8; 256],
}

impl Alphabet {
    /// `0` to `9`.
    pub const DIGITS: Alphabet =
        Alphabet { name: "0-9", symbols: DIGITS, numerals: const { &table(DIGITS) } };

    /// `0` to `9`, then `a` to `z`: the order of the sample vectors of NIST SP 800-38G.
    pub const LOWER_ALNUM: Alphabet =
        Alphabet { name: "0-9a-z", symbols: LOWER_ALNUM, numerals: const { &table(LOWER_ALNUM) } };

    /// The characters, in their order.
    #[must_use]
    pub fn symbols(&self) -> &str {
        self.symbols
    }

    /// The shortest text that can be encrypted: there must be at least a million of its length.
    #[must_use]
    pub fn min_len(&self) -> usize {
        let mut domain = u64::from(self.radix());
        let mut length = 1;
        while domain < MIN_DOMAIN {
            domain *= u64::from(self.radix());
            length += 1;
        }
        length
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn radix(&self) -> u16 {
        u16::try_from(self.symbols.len()).expect("distinct ASCII characters are at most 128")
    }

    /// The numerals of `text`.
    ///
    /// # Errors
    /// `Value` if `text` has a character outside the alphabet, or too many.
    pub(super) fn numerals(&self, text: &str) -> Result<Vec<u8>> {
        if text.len() > MAX_LEN {
            return Err(Error::too_long(text.len(), MAX_LEN));
        }
        let numeral =
            |(byte, symbol)| self.numeral(symbol).ok_or_else(|| Error::outside_alphabet(self.name, byte));
        text.char_indices().map(numeral).collect()
    }

    pub(super) fn numeral(&self, symbol: char) -> Option<u8> {
        let byte = u8::try_from(symbol).ok()?;
        Some(self.numerals[usize::from(byte)]).filter(|&numeral| numeral != NONE)
    }

    /// The number that `text` makes, which must fit into a word; nothing if a character is outside the alphabet.
    pub(super) fn number(&self, text: &[u8]) -> Option<u64> {
        let radix = u64::from(self.radix());
        let (mut number, mut seen) = (0u64, 0);
        for &byte in text {
            let numeral = self.numerals[usize::from(byte)];
            seen |= numeral;
            number = number.wrapping_mul(radix).wrapping_add(numeral.into());
        }
        (seen & NONE_ONLY == 0).then_some(number)
    }

    /// Writes the text of `n`, as long as there is room for, zeros in front.
    pub(super) fn write(&self, text: &mut [u8], n: u64) {
        numerals::fill(text, self.radix().into(), n);
        for byte in text {
            *byte = self.symbols.as_bytes()[usize::from(*byte)];
        }
    }

    /// Appends the text of `numerals` to `out`.
    pub(super) fn push_text(&self, numerals: &[u8], out: &mut String) {
        out.extend(numerals.iter().map(|&numeral| self.symbol(numeral)));
    }

    pub(super) fn symbol(&self, numeral: u8) -> char {
        char::from(self.symbols.as_bytes()[usize::from(numeral)])
    }
}

const fn table(symbols: &str) -> [u8; 256] {
    let (symbols, mut table) = (symbols.as_bytes(), [NONE; 256]);
    let (mut place, mut numeral) = (0, 0);
    while place < symbols.len() {
        table[symbols[place] as usize] = numeral;
        place += 1;
        numeral += 1;
    }
    table
}

const DIGITS: &str = "0123456789";
const LOWER_ALNUM: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

/// No numeral: alphabets have at most 128 characters.
const NONE: u8 = 0xFF;

/// A bit that no numeral has.
const NONE_ONLY: u8 = 0x80;
