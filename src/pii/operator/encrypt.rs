//! Format-preserving encryption of a value where it stands.

use std::{collections::BTreeMap, fmt};

use super::{Finding, Label, Operator};
use crate::{
    Error, Result,
    pii::Entity,
    pseudonym::{Alphabet, Ff1, Format, FormatPreserving, Key, KeyId},
};

/// Encrypts the letters and digits of a value and leaves its separators, so that it keeps its layout.
///
/// | value | becomes | reversible |
/// |---|---|---|
/// | of an entity with check digits, which fit: see below | another value of that kind with check digits that fit | yes |
/// | digits and separators (space `-` `.` `/` `(` `)` `+`), 6 digits or more | other digits, by [`FormatPreserving`] | yes |
/// | letters `A`-`Z` of one case among the digits, 4 letters and digits or more | other letters and digits, by [`Ff1`] | yes |
/// | anything else: an e-mail address, mixed case, too short a number | the label, as [`Label`](super::Label) writes it | no |
///
/// With check digits are `CREDIT_CARD`, `IMEI` and `CA_SIN` (as [`Format::Card`]), `IBAN`, `UK_NHS`, `US_NPI`, `IN_AADHAAR`,
/// `BR_CPF`, `BR_CNPJ`, `NL_BSN`, `AU_TFN`, `CH_AHV`, `PT_NIF` and `TR_TCKN`; their values are written as the label where
/// the format does not take them, such as old tax file numbers of eight digits. What each keeps stands at [`Format`]: of
/// an IBAN the country and the letters, which may name a bank.
///
/// Otherwise what is kept is the layout and the case, not the structure: an encrypted date is no date. Lengths and
/// equality stay visible. An encrypted number may by chance be somebody's real one, and once in a million it is the
/// value itself.
///
/// # Guarantee
/// For all keys, domains and texts of one entity: unequal texts that are not written as the label become unequal ones,
/// and [`decrypt`](Self::decrypt) gives them back; the permutation has at least a million texts. Texts that cannot be
/// encrypted so are written as the label.
///
/// # Examples
/// ```
/// use incog::{
///     pii::{Encrypt, Entity, Redactor, Scanner},
///     pseudonym::Key,
/// };
/// let (key, text) = (Key::generate()?, "card 4111 1111 1111 1111 of ada@example.org");
/// let redactor = Redactor::builder(Scanner::new()).otherwise(Encrypt::new(&key, "tickets")?).build();
/// let hidden = redactor.redact(text);
/// assert!(hidden.ends_with(" of [EMAIL_ADDRESS]"));
/// let card = Encrypt::new(&key, "tickets")?.decrypt(&Entity::CREDIT_CARD, &hidden[5..24])?;
/// assert_eq!(card, "4111 1111 1111 1111");
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Encrypt {
    checked: BTreeMap<Entity, FormatPreserving>,
    digits: FormatPreserving,
    letters: Ff1,
}

impl Encrypt {
    /// Encryption by `key` for `domain`.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty.
    pub fn new(key: &Key, domain: &str) -> Result<Self> {
        let checked = CHECKED
            .into_iter()
            .map(|(entity, format)| Ok((entity, FormatPreserving::new(key, domain, format)?)));
        Ok(Encrypt {
            checked: checked.collect::<Result<_>>()?,
            digits: FormatPreserving::new(key, domain, Format::Digits)?,
            letters: Ff1::new(key, domain, Alphabet::LOWER_ALNUM)?,
        })
    }

    /// The value of `entity` whose encryption is `text`. Under a wrong key or domain that is some other value.
    ///
    /// # Errors
    /// `Value` if `text` is not of a form that is encrypted, such as a label.
    pub fn decrypt(&self, entity: &Entity, text: &str) -> Result<String> {
        match self.form(entity, text) {
            Some(format) => format.decrypt(text),
            None => walk(text, |letters| self.letters.decrypt(letters)),
        }
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.letters.key_id()
    }

    fn encrypt(&self, entity: &Entity, text: &str) -> Result<String> {
        match self.form(entity, text) {
            Some(format) => format.encrypt(text),
            None => walk(text, |letters| self.letters.encrypt(letters)),
        }
    }

    /// The encryption that is not of letters and digits alike.
    fn form(&self, entity: &Entity, text: &str) -> Option<&FormatPreserving> {
        let numeric = !text.bytes().any(|b| b.is_ascii_alphabetic());
        self.checked.get(entity).or_else(|| numeric.then_some(&self.digits))
    }
}

impl Operator for Encrypt {
    fn apply(&self, finding: &Finding, text: &str, out: &mut String) {
        match self.encrypt(finding.entity(), text) {
            Ok(hidden) => out.push_str(&hidden),
            Err(_) => Label::new().apply(finding, text, out),
        }
    }
}

impl fmt::Debug for Encrypt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encrypt").field("digits", &self.digits).finish_non_exhaustive()
    }
}

/// `step`, a permutation of the texts of one length, on the letters and digits of `text`; repeated until a letter is
/// among them. That is a permutation of the texts with a letter (cycle walking, Black and Rogaway, *Ciphers with
/// Arbitrary Finite Domains*, CT-RSA 2002), so it ends, a text without letters is no other's encryption, and the case
/// can be told when decrypting. Of four letters and digits, 36^4 - 10^4 > 10^6 have a letter.
fn walk(text: &str, step: impl Fn(&str) -> Result<String>) -> Result<String> {
    let upper = text.bytes().any(|b| b.is_ascii_uppercase());
    let mut letters = String::with_capacity(text.len());
    for (byte, c) in text.char_indices() {
        if c.is_ascii_digit() || (c.is_ascii_alphabetic() && c.is_ascii_uppercase() == upper) {
            letters.push(c.to_ascii_lowercase());
        } else if !SEPARATORS.contains(c) {
            return Err(Error::not_letters_of_one_case(byte));
        }
    }
    letters = step(&letters)?;
    while !letters.bytes().any(|b| b.is_ascii_alphabetic()) {
        letters = step(&letters)?;
    }
    let mut letters = letters.chars();
    let place = |c: char| match c.is_ascii_alphanumeric() {
        true if upper => letters.next().map_or(c, |l| l.to_ascii_uppercase()),
        true => letters.next().unwrap_or(c),
        false => c,
    };
    Ok(text.chars().map(place).collect())
}

/// Those of [`FormatPreserving`].
const SEPARATORS: &str = " -./()+";

const CHECKED: [(Entity, Format); 14] = [
    (Entity::CREDIT_CARD, Format::Card),
    (Entity::IMEI, Format::Card),
    (Entity::CA_SIN, Format::Card),
    (Entity::IBAN, Format::Iban),
    (Entity::UK_NHS, Format::Nhs),
    (Entity::US_NPI, Format::Npi),
    (Entity::IN_AADHAAR, Format::Aadhaar),
    (Entity::BR_CPF, Format::Cpf),
    (Entity::BR_CNPJ, Format::Cnpj),
    (Entity::NL_BSN, Format::Bsn),
    (Entity::AU_TFN, Format::Tfn),
    (Entity::CH_AHV, Format::Ahv),
    (Entity::PT_NIF, Format::Nif),
    (Entity::TR_TCKN, Format::Tckn),
];
