//! A keyed token in the place of a value.

use super::{Finding, Operator};
use crate::{
    Result,
    pseudonym::{Key, KeyId, Tokenizer},
};

/// Writes the entity and a keyed token of the value, as in `EMAIL_ADDRESS_k7qx_mzxw6ytbaaaaaaaa`.
///
/// Tokens are those of a [`Tokenizer`] of the same key and domain, so that a table's tokens and those of its notes can
/// be joined. Values are compared byte by byte: a telephone number written in two ways gets two tokens. Nothing in a
/// token is found by the scanner again.
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
}

impl Token {
    /// Tokens of `key` for `domain`, inside which equal values can be joined, and outside of which they cannot.
    ///
    /// # Errors
    /// `Parameter` if `domain` is empty.
    pub fn new(key: &Key, domain: &str) -> Result<Self> {
        Ok(Token { tokenizer: Tokenizer::new(key, domain, KIND)? })
    }

    /// The public name of the key.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.tokenizer.key_id()
    }
}

impl Operator for Token {
    fn apply(&self, finding: &Finding, text: &str, out: &mut String) {
        let token = self.tokenizer.token(text);
        // The kind is no part of what is hashed, so one tokenizer does for all entities.
        out.push_str(finding.entity().as_str());
        out.push_str(token.strip_prefix(KIND).unwrap_or(&token));
    }
}

/// Stands where the entity will.
const KIND: &str = "PII";
