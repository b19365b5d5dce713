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

use std::{fmt, ops::RangeInclusive};

use crate::{
    error::{Error, Result},
    pseudonym::{Alphabet, Ff1, Key, KeyId, check_digit, ff1::Direction},
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
    /// An international bank account number. Country, letters and layout stay; the digits of the account, at least six,
    /// are encrypted, and the check digits fit before and after. Banks and branches become others, which may not exist.
    Iban,
    /// An NHS number of the United Kingdom: ten digits, the last one modulo 11, before and after.
    Nhs,
    /// A national provider identifier of the United States: ten digits that start with 1 or 2, which stays, with a
    /// check digit before and after.
    Npi,
    /// An Aadhaar number of India: twelve digits; the first, which is 2 to 9, stays; Verhoeff's check digit fits
    /// before and after.
    Aadhaar,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 6] =
        [Format::Digits, Format::Card, Format::Iban, Format::Nhs, Format::Npi, Format::Aadhaar];

    /// The format that a policy calls `name`.
    ///
    /// # Errors
    /// `Parameter` if there is none; the message lists those that there are.
    pub fn parse(name: &str) -> Result<Self> {
        let known = Format::ALL;
        let format = known.into_iter().find(|f| f.name() == name);
        format.ok_or_else(|| Error::unknown_format(&known.map(Format::name)))
    }

    /// Its name in a policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Digits => "digits",
            Format::Card => "card",
            Format::Iban => "iban",
            Format::Nhs => "nhs",
            Format::Npi => "npi",
            Format::Aadhaar => "aadhaar",
        }
    }
}

/// Encrypts the digits of values in place.
///
/// # Guarantee
/// For all keys, domains and values that the format takes: the encrypted value is of the same format, its
/// separators are at the same places, `decrypt` gives back the value, and unequal values stay unequal.
/// Its digits come from [`Ff1`] over at least a million texts; where a check digit belongs to the format, it is computed
/// anew. A card that kept its first six and last four digits would have a hundred thousand valid values, too few; so all
/// digits of a card are encrypted.
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
    /// `Value` if `value` has another character than the format takes, or too few or too many digits, or
    /// if it should have a check digit that does not fit.
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
        let permuted = match self.format {
            Format::Digits => self.ff1.permute(digits(value)?, direction)?,
            Format::Card => self.checked(value, 7..=19, 0, check_digit::luhn, direction)?,
            Format::Nhs => self.checked(value, 10..=10, 0, check_digit::nhs, direction)?,
            Format::Npi => self.checked(value, 10..=10, 1, check_digit::npi, direction)?,
            Format::Aadhaar => self.checked(value, 12..=12, 1, check_digit::verhoeff, direction)?,
            Format::Iban => return self.iban(value, direction),
        };
        Ok(placed(value, &permuted))
    }

    /// Digits whose last one follows from the others by `check`, with the first `kept` as they are.
    fn checked(
        &self,
        value: &str,
        lengths: RangeInclusive<usize>,
        kept: usize,
        check: fn(&[u16]) -> Option<u16>,
        direction: Direction,
    ) -> Result<Vec<u16>> {
        let mut digits = digits(value)?;
        if digits.len() > *lengths.end() {
            return Err(Error::too_long(digits.len(), *lengths.end()));
        }
        if digits.len() < *lengths.start() {
            return Err(Error::domain_too_small(digits.len(), Alphabet::DIGITS.name(), *lengths.start()));
        }
        let first = match self.format {
            Format::Npi => 1..=2,
            Format::Aadhaar => 2..=9,
            _ => 0..=9,
        };
        if digits.pop() != check(&digits) || !first.contains(&digits[0]) {
            return Err(Error::wrong_check_digit(self.format.name()));
        }
        loop {
            let permuted = self.ff1.permute(digits[kept..].to_vec(), direction)?;
            digits.truncate(kept);
            digits.extend(permuted);
            // Where there is no check digit the walk goes on: it comes back to the valid number that it started from,
            // at the latest, and steps over the same invalid ones both ways. \[BR02\] Black, Rogaway, *Ciphers with
            // Arbitrary Finite Domains*, CT-RSA 2002.
            if let Some(last) = check(&digits) {
                digits.push(last);
                return Ok(digits);
            }
        }
    }

    fn iban(&self, value: &str, direction: Direction) -> Result<String> {
        let plain: Vec<u8> = value.bytes().filter(|&b| b != b' ').collect();
        let wrong = || Error::wrong_check_digit(self.format.name());
        let shaped = (15..=34).contains(&plain.len())
            && plain.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && plain[..2].iter().all(u8::is_ascii_uppercase);
        if !shaped {
            return Err(wrong());
        }
        let (country, account) = (&plain[..2], &plain[4..]);
        let two = |check: u16| [check / 10, check % 10];
        let number = |b: &u8| u16::from(b.wrapping_sub(b'0'));
        if two(check_digit::iban(country, account)) != [number(&plain[2]), number(&plain[3])] {
            return Err(wrong());
        }
        let free: Vec<u16> = account.iter().filter(|b| b.is_ascii_digit()).map(number).collect();
        let permuted = self.ff1.permute(free, direction)?;
        let account = placed(&String::from_utf8_lossy(account), &permuted);
        let mut all = two(check_digit::iban(country, account.as_bytes())).to_vec();
        all.extend(permuted);
        Ok(placed(value, &all))
    }
}

/// `value` with `digits` in the places of its own. As many come back as went in, so each finds its place.
fn placed(value: &str, digits: &[u16]) -> String {
    let mut digits = digits.iter();
    let place = |c: char| match c.is_ascii_digit() {
        true => digits.next().map_or(c, |&digit| Alphabet::DIGITS.symbol(digit)),
        false => c,
    };
    value.chars().map(place).collect()
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

const SEPARATORS: &str = " -./()+";
