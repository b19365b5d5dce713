//! Format-preserving encryption of values as they stand in tables: phone numbers, record numbers, cards.
//!
//! The digits are encrypted by [`Ff1`], everything else stays where it is:
//!
//! ```text
//!   + 1   ( 2 1 2 )   5 5 5 - 0 1 0 0      value
//!     1     2 1 2     5 5 5   0 1 0 0  ->  FF1 over 11 digits
//!   + 7   ( 0 4 4 )   9 1 8 - 3 3 2 6      encrypted, for example
//! ```
//!
//! What stays visible: length and layout, and which values are equal. What [`Ff1`] does not give holds here,
//! too: no authenticity, and the result may by chance be somebody's real number or card.

use std::fmt;

use crate::{
    error::{Error, Result},
    pseudonym::{Alphabet, Ff1, Key, KeyId, ff1::Direction},
    table::Column,
};

/// What a value looks like, and therefore what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// At least six digits, with separators (space `-` `.` `/` `(` `)` `+`) anywhere.
    Digits,
    /// As `Digits`, with a last digit that fits by the Luhn rule, before and after; 7 to 19 digits.
    /// ISO/IEC 7812-1, annex B.
    Card,
}

impl Format {
    /// The format that a policy calls `name`.
    ///
    /// # Errors
    /// `Parameter` if there is none; the message lists those that there are.
    pub fn parse(name: &str) -> Result<Self> {
        let known = [Format::Digits, Format::Card];
        let format = known.into_iter().find(|f| f.name() == name);
        format.ok_or_else(|| Error::unknown_format(&known.map(Format::name)))
    }

    /// Its name in a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Digits => "digits",
            Format::Card => "card",
        }
    }
}

/// Encrypts the digits of values in place.
///
/// # Guarantee
/// For all keys, domains and values that the format takes: the encrypted value is of the same format, its
/// separators are at the same places, `decrypt` gives back the value, and unequal values stay unequal.
/// Its digits come from [`Ff1`] over at least a million texts.
///
/// # Examples
/// ```
/// use incog::pseudonym::{Format, FormatPreserving, Key};
/// let key = Key::generate()?;
/// let phones = FormatPreserving::new(&key, "readmission", Format::Digits)?;
/// let hidden = phones.encrypt("+1 (212) 555-0100")?;
/// assert_eq!((&hidden[..1], &hidden[3..4], &hidden[12..13]), ("+", "(", "-"));
/// assert_eq!(phones.decrypt(&hidden)?, "+1 (212) 555-0100");
///
/// let cards = FormatPreserving::new(&key, "readmission", Format::Card)?;
/// assert_eq!(cards.decrypt(&cards.encrypt("4111 1111 1111 1111")?)?, "4111 1111 1111 1111");
///
/// let error = phones.encrypt("555-0100 ext. 7").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "byte 9: neither a digit nor one of the separators space - . / ( ) +; use a token for such values"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub struct FormatPreserving {
    ff1: Ff1,
    format: Format,
}

impl FormatPreserving {
    /// Encryption for `domain` of values that look like `format`.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty.
    pub fn new(key: &Key, domain: &str, format: Format) -> Result<Self> {
        // The name of the format is in the sub-key: a card in a column of digits is another value.
        Ok(FormatPreserving { ff1: Ff1::for_format(key, domain, format.name(), Alphabet::DIGITS)?, format })
    }

    /// The encryption of `value`.
    ///
    /// # Errors
    /// `Value` if `value` has another character than digits and separators, or too few or too many digits, or
    /// if it should be a card and its check digit does not fit.
    pub fn encrypt(&self, value: &str) -> Result<String> {
        self.map(value, Direction::Encrypt)
    }

    /// The value whose encryption is `value`. Under a wrong key or domain that is some other value, not an error.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt).
    pub fn decrypt(&self, value: &str) -> Result<String> {
        self.map(value, Direction::Decrypt)
    }

    /// The column with each value encrypted; missing stays missing. `name` is its name for the messages.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), with column and row.
    pub fn encrypt_column(&self, name: &str, column: &Column) -> Result<Column> {
        self.map_column(name, column, Direction::Encrypt)
    }

    /// The column with each value decrypted; missing stays missing. `name` is its name for the messages.
    ///
    /// # Errors
    /// As [`encrypt`](Self::encrypt), with column and row.
    pub fn decrypt_column(&self, name: &str, column: &Column) -> Result<Column> {
        self.map_column(name, column, Direction::Decrypt)
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.ff1.key_id()
    }

    fn map_column(&self, name: &str, column: &Column, direction: Direction) -> Result<Column> {
        column.map_values(|code, value| {
            self.map(value, direction).map_err(|error| error.in_cell(name, column.first_row(code)))
        })
    }

    fn map(&self, value: &str, direction: Direction) -> Result<String> {
        let mut digits = digits(value)?;
        let permuted = match self.format {
            Format::Digits => self.ff1.permute(digits, direction)?,
            Format::Card => {
                if digits.len() > MAX_CARD {
                    return Err(Error::too_long(digits.len(), MAX_CARD));
                }
                if digits.len() <= Alphabet::DIGITS.min_len() {
                    let least = Alphabet::DIGITS.min_len() + 1;
                    return Err(Error::domain_too_small(digits.len(), Alphabet::DIGITS.name(), least));
                }
                if digits.pop() != Some(check_digit(&digits)) {
                    return Err(Error::wrong_check_digit());
                }
                let mut permuted = self.ff1.permute(digits, direction)?;
                permuted.push(check_digit(&permuted));
                permuted
            }
        };
        let mut permuted = permuted.into_iter();
        // As many digits come back as went in, so each finds its place.
        let place = |c: char| match c.is_ascii_digit() {
            true => permuted.next().map_or(c, |digit| Alphabet::DIGITS.symbol(digit)),
            false => c,
        };
        Ok(value.chars().map(place).collect())
    }
}

impl fmt::Debug for FormatPreserving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormatPreserving").field("format", &self.format).field("ff1", &self.ff1).finish()
    }
}

/// The digits of `value`, separators left out, anything else refused.
fn digits(value: &str) -> Result<Vec<u16>> {
    let mut digits = Vec::with_capacity(value.len());
    for (byte, c) in value.char_indices() {
        match Alphabet::DIGITS.numeral(c) {
            Some(digit) => digits.push(digit),
            None if SEPARATORS.contains(c) => {}
            None => return Err(Error::not_digits_and_separators(byte)),
        }
    }
    Ok(digits)
}

/// The digit that makes the Luhn sum of `digits` and itself a multiple of ten.
/// From the right, every other digit is doubled, starting with the last; a doubled digit above 9 loses 9.
fn check_digit(digits: &[u16]) -> u16 {
    let doubled = |d: u16| if d > 4 { 2 * d - 9 } else { 2 * d };
    let sum: u16 =
        digits.iter().rev().enumerate().map(|(i, &d)| if i % 2 == 0 { doubled(d) } else { d }).sum();
    (10 - sum % 10) % 10
}

const SEPARATORS: &str = " -./()+";

/// ISO/IEC 7812-1: a primary account number has at most 19 digits.
const MAX_CARD: usize = 19;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_published_numbers_fit() {
        // ISO/IEC 7812-1 annex B gives 7992739871 with check digit 3; the others are the issuers' test cards.
        for number in
            ["79927398713", "4111111111111111", "378282246310005", "5555555555554444", "6011111111111117"]
        {
            let mut digits = digits(number).unwrap();
            assert_eq!(digits.pop(), Some(check_digit(&digits)), "{number}");
        }
    }
}
