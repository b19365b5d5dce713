//! A keyed token in the place of a value.

use super::{Finding, Label, Operator};
use crate::{
    Result,
    pii::{Entity, catalog},
    pseudonym::{CallingCode, Canonical, CanonicalTokenizer, DateOrder, Key, KeyId, Tokenizer},
};

/// Writes the entity and a keyed token of the value, as in `EMAIL_ADDRESS_k7qx_mzxw6ytbaaaaaaaa`.
///
/// Tokens are those of a [`Tokenizer`] of the same key and domain, so that a table's tokens and those of its notes can
/// be joined. Values are compared byte by byte, so a telephone number written in two ways gets two tokens, unless they are
/// tokens of [canonical](Self::canonical) forms. Nothing in a token is found by the scanner again.
///
/// # Guarantee
/// For all keys, domains and texts `x` and `y` of one entity: what is written for `x` and for `y` is the same if
/// `x == y`; if `x != y`, or if the domains or keys differ, the tokens are as unrelated as 80 uniform bits, to everyone
/// without the key.
///
/// # Examples
/// ```
/// use incog::{
///     pii::{Redactor, Scanner, Token},
///     pseudonym::{Key, Tokenizer},
/// };
/// let key = Key::generate()?;
/// let redactor = Redactor::builder(Scanner::new()).otherwise(Token::new(&key, "tickets")?).build();
/// let token = Tokenizer::new(&key, "tickets", "EMAIL_ADDRESS")?.token("ada@example.org");
/// assert_eq!(redactor.redact("to ada@example.org"), format!("to {token}"));
///
/// let error = Token::new(&key, "").unwrap_err();
/// assert!(error.to_string().starts_with("a domain must not be empty"));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug)]
pub struct Token {
    tokenizer: Tokenizer,
    canonical: Option<Forms>,
}

/// Tokens of canonical forms.
#[derive(Debug)]
struct Forms {
    email: CanonicalTokenizer,
    telephone: CanonicalTokenizer,
    date: CanonicalTokenizer,
    identifier: CanonicalTokenizer,
}

impl Token {
    /// Tokens of `key` for `domain`, inside which equal values can be joined, and outside of which they cannot.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty.
    pub fn new(key: &Key, domain: &str) -> Result<Self> {
        Ok(Token { tokenizer: Tokenizer::new(key, domain, KIND)?, canonical: None })
    }

    /// Tokens of `key` for `domain` that are equal for all spellings of a value: of e-mail addresses as
    /// [`Canonical::Email`], of telephone numbers as [`Canonical::Telephone`] of `country`, of dates with the year first as
    /// [`Canonical::Date`], and of numbers of cards, accounts, persons and devices as [`Canonical::Identifier`]. A value of
    /// these that is not of its form is written as the label; all others, such as names, have the tokens of
    /// [`new`](Self::new).
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty.
    ///
    /// # Examples
    /// ```
    /// use incog::{
    ///     pii::{Redactor, Scanner, Token},
    ///     pseudonym::{CallingCode, Key},
    /// };
    /// let token = Token::canonical(&Key::generate()?, "tickets", CallingCode::new(49)?)?;
    /// let redactor = Redactor::builder(Scanner::new()).otherwise(token).build();
    /// let text = redactor.redact("Ana@Mail.org, ana@mail.ORG");
    /// let (first, second) = text.split_once(", ").expect("the comma stays");
    /// assert_eq!(first, second);
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn canonical(key: &Key, domain: &str, country: CallingCode) -> Result<Self> {
        let form = |form| Ok::<_, crate::Error>(Tokenizer::new(key, domain, KIND)?.canonical(form));
        let forms = Forms {
            email: form(Canonical::Email)?,
            telephone: form(Canonical::Telephone(country))?,
            date: form(Canonical::Date(DateOrder::YearFirst))?,
            identifier: form(Canonical::Identifier)?,
        };
        Ok(Token { canonical: Some(forms), ..Token::new(key, domain)? })
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.tokenizer.key_id()
    }
}

impl Operator for Token {
    fn apply(&self, finding: &Finding, text: &str, out: &mut String) {
        let entity = finding.entity();
        let token = match self.canonical.as_ref().and_then(|forms| forms.of(entity)) {
            Some(form) => form.token(text),
            None => Ok(self.tokenizer.token(text)),
        };
        let Ok(token) = token else { return Label::new().apply(finding, text, out) };
        // The kind is no part of what is hashed, so one tokenizer does for all entities.
        out.push_str(finding.entity().as_str());
        out.push_str(token.strip_prefix(KIND).unwrap_or(&token));
    }
}

impl Forms {
    /// The form of the values of `entity`; nothing if they are compared as they are.
    fn of(&self, entity: &Entity) -> Option<&CanonicalTokenizer> {
        match entity.as_str() {
            "EMAIL_ADDRESS" => Some(&self.email),
            "PHONE_NUMBER" => Some(&self.telephone),
            "DATE_OF_BIRTH" => Some(&self.date),
            // Their letters are not the same in both cases, or their separators mean something.
            name if AS_THEY_ARE.iter().any(|start| name.starts_with(start)) => None,
            _ => catalog::known(entity).map(|_| &self.identifier),
        }
    }
}

const AS_THEY_ARE: [&str; 7] =
    ["SECRET_", "CRYPTO_", "URL", "IP_ADDRESS", "MAC_ADDRESS", "GPS_COORDINATES", "PERSON"];

/// Stands where the entity will.
const KIND: &str = "PII";
