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

use std::{borrow::Cow, fmt, ops::Range};

use crate::{
    error::{Error, Result},
    pseudonym::{
        Alphabet, Ff1, Key, KeyId, check_digit,
        ff1::{Direction, GROUP, MAX_LEN},
    },
    table::Column,
};

/// What a value looks like, and therefore what is kept.
///
/// Separators (space `-` `.` `/` `(` `)` `+`) may stand anywhere, and stay where they are.
///
/// | format | digits | kept, besides separators | check |
/// |---|---|---|---|
/// | `digits` | 6 to 256 | nothing | none |
/// | `card` | 7 to 19 | nothing | Luhn; IMEI and Canadian SIN have it, too |
/// | `card:F:L` | as many as leave six free | the first `F` and the last `L` | Luhn |
/// | `iban` | 6 or more in the account | country, letters | modulo 97 |
/// | `nhs` | 10 | nothing | modulo 11 |
/// | `npi` | 10 | the first digit | Luhn behind 80840 |
/// | `aadhaar` | 12 | the first digit | Verhoeff |
/// | `cpf`, `cnpj` | 11, 14 | nothing | two digits modulo 11 |
/// | `bsn`, `tfn` | 9 | nothing | modulo 11 |
/// | `ahv` | 13 | 756 | EAN-13 |
/// | `nif` | 9 | the first two digits | modulo 11 |
/// | `tckn` | 11 | the first digit | two digits modulo 10 |
///
/// # Examples
/// ```
/// use incog::pseudonym::{Format, FormatPreserving, Key};
/// let cipher = FormatPreserving::new(&Key::generate()?, "billing", Format::Card)?;
/// let card = cipher.encrypt("4111 1111 1111 1111")?;
/// assert_eq!((card.len(), card.matches(' ').count()), (19, 3), "the layout stays");
/// assert_eq!(cipher.decrypt(&card)?, "4111 1111 1111 1111");
/// assert!(cipher.encrypt("4111 1111 1111 1112").is_err(), "the check digit is wrong");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// At least six digits.
    Digits,
    /// A last digit that fits by the Luhn rule, before and after. ISO/IEC 7812-1, annex B.
    Card,
    /// As `Card`, with the first and last digits kept, such as those of the issuer. Of 16 digits, six and four kept
    /// leave a hundred thousand valid cards, so such a card is refused.
    CardKeeping {
        /// How many of the first digits are kept.
        first: u8,
        /// How many of the last digits are kept, the check digit among them.
        last: u8,
    },
    /// An international bank account number. Banks and branches become others, which may not exist.
    Iban,
    /// An NHS number of the United Kingdom.
    Nhs,
    /// A national provider identifier of the United States.
    Npi,
    /// An Aadhaar number of India.
    Aadhaar,
    /// A taxpayer number of a person in Brazil.
    Cpf,
    /// A number of a legal entity in Brazil, of digits only.
    Cnpj,
    /// A citizen service number of the Netherlands.
    Bsn,
    /// A tax file number of Australia.
    Tfn,
    /// An old-age insurance number of Switzerland.
    Ahv,
    /// A tax number of Portugal. Its first two digits tell what kind of taxpayer it is.
    Nif,
    /// An identity number of Turkey.
    Tckn,
}

impl Format {
    /// All formats but [`CardKeeping`](Self::CardKeeping), of which there are many.
    pub const ALL: &'static [Format] = &[
        Format::Digits,
        Format::Card,
        Format::Iban,
        Format::Nhs,
        Format::Npi,
        Format::Aadhaar,
        Format::Cpf,
        Format::Cnpj,
        Format::Bsn,
        Format::Tfn,
        Format::Ahv,
        Format::Nif,
        Format::Tckn,
    ];

    /// The format that a policy calls `name`.
    ///
    /// # Errors
    /// `Parameter` if there is none; the message lists those that there are.
    ///
    /// # Examples
    /// ```
    /// use incog::pseudonym::Format;
    /// assert_eq!(Format::parse("card:6:0")?, Format::CardKeeping { first: 6, last: 0 });
    /// let error = Format::parse("postcode").unwrap_err();
    /// assert!(error.to_string().starts_with("the format is unknown; known are 'digits', 'card', 'card:6:0',"));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn parse(name: &str) -> Result<Self> {
        let keeping = || {
            let (first, last) = name.strip_prefix("card:")?.split_once(':')?;
            let number = |text: &str| text.parse().ok().filter(|n: &u8| n.to_string() == text);
            Some(Format::CardKeeping { first: number(first)?, last: number(last)? })
        };
        let known = Format::ALL.iter().copied().find(|f| f.name() == name).or_else(keeping);
        known.ok_or_else(|| {
            let mut names: Vec<String> =
                Format::ALL.iter().map(|format| format.name().into_owned()).collect();
            names.insert(2, "card:6:0".to_owned());
            Error::unknown_format(names)
        })
    }

    /// Its name in a policy.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Format::Digits => "digits",
            Format::Card => "card",
            Format::CardKeeping { first, last } => return format!("card:{first}:{last}").into(),
            Format::Iban => "iban",
            Format::Nhs => "nhs",
            Format::Npi => "npi",
            Format::Aadhaar => "aadhaar",
            Format::Cpf => "cpf",
            Format::Cnpj => "cnpj",
            Format::Bsn => "bsn",
            Format::Tfn => "tfn",
            Format::Ahv => "ahv",
            Format::Nif => "nif",
            Format::Tckn => "tckn",
        })
    }

    /// The fewest and the most digits; how many of the first are kept; how many of the last are check digits.
    fn shape(self) -> (usize, usize, usize, usize) {
        match self {
            Format::Digits => (1, MAX_LEN, 0, 0),
            Format::Card => (7, 19, 0, 1),
            // The digit that makes the check digit fit is none of those that are encrypted.
            Format::CardKeeping { first, last } => (7, 19, first.into(), usize::from(last) + 1),
            // Behind the two check digits.
            Format::Iban => (2, 34, 2, 0),
            Format::Nhs => (10, 10, 0, 1),
            Format::Npi => (10, 10, 1, 1),
            Format::Aadhaar => (12, 12, 1, 1),
            Format::Cpf => (11, 11, 0, 2),
            Format::Cnpj => (14, 14, 0, 2),
            Format::Bsn | Format::Tfn => (9, 9, 0, 1),
            Format::Ahv => (13, 13, 3, 1),
            Format::Nif => (9, 9, 2, 1),
            Format::Tckn => (11, 11, 1, 2),
        }
    }

    /// Writes the check digits of `value`, all of whose digits are given. False if there is no value with these digits.
    fn complete(self, value: &str, digits: &mut [u8]) -> bool {
        match self {
            Format::Digits => true,
            Format::Card | Format::CardKeeping { last: 0, .. } => check_digit::luhn(digits),
            Format::CardKeeping { last, .. } => check_digit::luhn_inside(digits, last.into()),
            Format::Iban => {
                let mut rest = digits.iter().skip(2);
                let placed = value.bytes().filter(|&b| b != b' ').skip(4).map(|b| match b {
                    b'0'..=b'9' => rest.next().map_or(b, |digit| b'0' + digit),
                    letter => letter,
                });
                let check = check_digit::iban(&value.as_bytes()[..2], placed);
                digits[..2].copy_from_slice(&check);
                true
            }
            Format::Nhs => check_digit::nhs(digits),
            Format::Npi => check_digit::npi(digits),
            Format::Aadhaar => check_digit::aadhaar(digits),
            Format::Cpf => check_digit::cpf(digits),
            Format::Cnpj => check_digit::cnpj(digits),
            Format::Bsn => check_digit::bsn(digits),
            Format::Tfn => check_digit::tfn(digits),
            Format::Ahv => check_digit::ahv(digits),
            Format::Nif => check_digit::nif(digits),
            Format::Tckn => check_digit::tckn(digits),
        }
    }
}

/// Encrypts the digits of values in place.
///
/// # Guarantee
/// For all keys, domains and values that the format takes: the encrypted value is of the same format, its
/// separators are at the same places, `decrypt` gives back the value, and unequal values stay unequal.
/// Its digits come from [`Ff1`] over at least a million texts; where check digits belong to the format, they are
/// computed anew. An encrypted value may by chance be somebody's real number.
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
/// let cards = FormatPreserving::new(&key, "readmission", Format::CardKeeping { first: 6, last: 0 })?;
/// let hidden = cards.encrypt("4111 1111 1111 1111")?;
/// assert_eq!(&hidden[..7], "4111 11");
/// assert_eq!(cards.decrypt(&hidden)?, "4111 1111 1111 1111");
///
/// let receipts = FormatPreserving::new(&key, "readmission", Format::CardKeeping { first: 6, last: 4 })?;
/// let error = receipts.encrypt("4111 1111 1111 1111").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "5 free digits where format-preserving encryption needs at least 6, because fewer than a million values can be \
///      tried out; keep fewer digits, or use a token for such values"
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
        Ok(FormatPreserving { ff1: Ff1::for_format(key, domain, &format.name(), Alphabet::DIGITS)?, format })
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

    /// The column with each value encrypted, many at a time; missing stays missing. `name` is its name for the messages.
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

    fn map(&self, value: &str, direction: Direction) -> Result<String> {
        let (mut digits, mut line) = (Vec::with_capacity(value.len()), Vec::with_capacity(value.len()));
        let free = self.read(value, &mut digits)?;
        self.walk(value, &mut digits, free, direction)?;
        let mut out = String::with_capacity(value.len());
        place(value, &digits, &mut line, &mut out);
        Ok(out)
    }

    /// ```text
    ///   values   "4111 1111 .."  "5555 5555 .."          digits   4111111111111111 5555555555554444
    ///                                                             └ free ───────┘  └ free ───────┘
    /// ```
    fn map_column(&self, name: &str, column: &Column, direction: Direction) -> Result<Column> {
        let in_cell = |code: u32| move |error: Error| error.in_cell(name, column.first_row(code));
        let codes = (0u32..).zip(column.dictionary());
        let mut values = codes.filter(|(code, _)| Some(*code) != column.missing_code());
        let mut digits: Vec<u8> = Vec::new();
        let mut group = Vec::with_capacity(GROUP);
        loop {
            let start = digits.len();
            group.clear();
            for (code, value) in values.by_ref().take(GROUP) {
                let from = digits.len();
                let free = self.read(value, &mut digits).map_err(in_cell(code))?;
                group.push((value, digits.len() - from, free));
            }
            if group.is_empty() {
                break;
            }
            let mut all = parts(&mut digits[start..], group.iter().map(|&(_, length, _)| length));
            let free = all.iter_mut().zip(&group).map(|(digits, (_, _, free))| &mut digits[free.clone()]);
            self.ff1.permute_all(&mut free.collect::<Vec<_>>(), direction)?;
            for (digits, (value, _, free)) in all.into_iter().zip(&group) {
                // The few that have no check digit now go on alone.
                if !self.format.complete(value, digits) {
                    self.walk(value, digits, free.clone(), direction)?;
                }
            }
        }
        let (mut rest, mut line) = (digits.as_slice(), Vec::new());
        let bytes = column.dictionary().map(str::len).sum();
        column.map_values_into(bytes, |_, value, out| {
            rest = &rest[place(value, rest, &mut line, out)..];
            Ok(())
        })
    }

    /// Appends the digits of `value`, which must be a value of the format, and says which of them are encrypted.
    fn read(&self, value: &str, digits: &mut Vec<u8>) -> Result<Range<usize>> {
        let from = digits.len();
        match self.format {
            Format::Iban => push_iban(value, digits).ok_or_else(|| Error::wrong_check_digit("iban"))?,
            _ => push_digits(value, digits)?,
        }
        let digits = &digits[from..];
        let (fewest, most, kept, checks) = self.format.shape();
        if digits.len() > most {
            return Err(Error::too_long(digits.len(), most));
        }
        if digits.len() < fewest {
            return Err(Error::domain_too_small(digits.len(), Alphabet::DIGITS.name(), fewest));
        }
        let mut right = [0; MAX_LEN];
        let right = &mut right[..digits.len()];
        right.copy_from_slice(digits);
        if !self.format.complete(value, right) || right != digits {
            return Err(Error::wrong_check_digit(&self.format.name()));
        }
        let end = digits.len().saturating_sub(checks);
        let free = kept.min(end)..end;
        let least = Alphabet::DIGITS.min_len();
        match self.format {
            _ if free.len() >= least => Ok(free),
            Format::CardKeeping { .. } => Err(Error::too_few_free(free.len(), least)),
            _ => Err(Error::domain_too_small(free.len(), Alphabet::DIGITS.name(), least)),
        }
    }

    /// Encrypts the free digits of `value`. Where there is no check digit the walk goes on: it comes back to the valid
    /// number that it started from, at the latest, and steps over the same invalid ones both ways. \[BR02\] Black,
    /// Rogaway, *Ciphers with Arbitrary Finite Domains*, CT-RSA 2002.
    fn walk(&self, value: &str, digits: &mut [u8], free: Range<usize>, direction: Direction) -> Result<()> {
        loop {
            self.ff1.permute(&mut digits[free.clone()], direction)?;
            if self.format.complete(value, digits) {
                return Ok(());
            }
        }
    }
}

impl fmt::Debug for FormatPreserving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormatPreserving").field("format", &self.format).field("ff1", &self.ff1).finish()
    }
}

/// Appends `value` with `digits` in the places of its own, and says how many those were. `line` is for scratch work.
fn place(value: &str, digits: &[u8], line: &mut Vec<u8>, out: &mut String) -> usize {
    let mut used = 0;
    line.clear();
    line.extend(value.bytes().map(|byte| match digits.get(used).filter(|_| byte.is_ascii_digit()) {
        Some(digit) => {
            used += 1;
            b'0' + digit
        }
        None => byte,
    }));
    out.push_str(str::from_utf8(line).expect("values of all formats are ASCII"));
    used
}

/// `all`, cut into parts of these lengths.
fn parts(mut all: &mut [u8], lengths: impl Iterator<Item = usize>) -> Vec<&mut [u8]> {
    let next = |length| {
        let (part, rest) = std::mem::take(&mut all).split_at_mut(length);
        all = rest;
        part
    };
    lengths.map(next).collect()
}

/// The digits of `value`, separators left out, anything else refused.
fn push_digits(value: &str, digits: &mut Vec<u8>) -> Result<()> {
    for (place, byte) in value.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => digits.push(byte - b'0'),
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+' => {}
            _ => return Err(Error::not_digits_and_separators(place)),
        }
    }
    Ok(())
}

/// All digits of an account number: letters of one case, digits and spaces, two of the letters in front and two digits
/// behind them.
fn push_iban(value: &str, digits: &mut Vec<u8>) -> Option<()> {
    let mut signs = 0usize;
    let lower = value.starts_with(|c: char| c.is_ascii_lowercase());
    for byte in value.bytes().filter(|&b| b != b' ') {
        match byte {
            b'0'..=b'9' if signs >= 2 => digits.push(byte - b'0'),
            b'a'..=b'z' if lower && !matches!(signs, 2 | 3) => {}
            b'A'..=b'Z' if !lower && !matches!(signs, 2 | 3) => {}
            _ => return None,
        }
        signs += 1;
    }
    ((15..=34).contains(&signs) && !value.starts_with(' ')).then_some(())
}
