//! Alphabets: the characters that format-preserving encryption keeps to.

use crate::pseudonym::ff1::MIN_DOMAIN;

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
}

impl Alphabet {
    /// `0` to `9`.
    pub const DIGITS: Alphabet = Alphabet { name: "0-9", symbols: "0123456789" };

    /// `0` to `9`, then `a` to `z`: the order of the sample vectors of NIST SP 800-38G.
    pub const LOWER_ALNUM: Alphabet =
        Alphabet { name: "0-9a-z", symbols: "0123456789abcdefghijklmnopqrstuvwxyz" };

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

    pub(super) fn numeral(&self, symbol: char) -> Option<u16> {
        self.symbols.find(symbol).and_then(|i| u16::try_from(i).ok())
    }

    pub(super) fn symbol(&self, numeral: u16) -> char {
        char::from(self.symbols.as_bytes()[usize::from(numeral)])
    }
}
