//! The chain of hashes over everything that a ledger was ever told, and its end, which a caller may keep.
//!
//! ```text
//!   h(0) = H(0, terms)         h(n) = H(h(n-1), n, length, record n)
//! ```
//!
//! H is SHA-256, or HMAC-SHA-256 under the key that the ledger was created with. Without a key the chain shows
//! accidents, and changes by those who do not hash again; with a key it shows all changes but a cut at its end. What
//! was cut off is known to whoever kept an [`Anchor`].

use std::{fmt, str::FromStr, sync::Arc};

use crate::{
    digest,
    dp::ledger::{LedgerKey, key, terms::Terms},
    error::{Error, Result},
};

/// How many records a ledger has, and the hash of the last one. Kept elsewhere, it shows later that the ledger was not
/// rolled back to an older copy.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Anchor, Audited, MemoryLedger}};
/// let ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// let anchor = ledger.anchor()?;
/// assert_eq!(anchor.count(), 0);
/// assert_eq!(anchor.to_string().parse::<Anchor>()?, anchor);
/// assert_eq!(
///     "12:xyz".parse::<Anchor>().unwrap_err().to_string(),
///     "an anchor is COUNT:HASH with 64 hexadecimal digits, as 'incog ledger verify' prints it",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    count: u64,
    hash: [u8; 32],
}

impl Anchor {
    /// The end of a chain of `count` records.
    #[must_use]
    pub fn new(count: u64, hash: [u8; 32]) -> Self {
        Anchor { count, hash }
    }

    /// How many records.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The hash of the last one.
    #[must_use]
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.count, digest::hex(&self.hash))
    }
}

impl FromStr for Anchor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (count, hash) = text.split_once(':').ok_or_else(Error::malformed_anchor)?;
        let count = count.parse().map_err(|_| Error::malformed_anchor())?;
        let hash =
            from_hex(hash).and_then(|bytes| bytes.try_into().ok()).ok_or_else(Error::malformed_anchor)?;
        Ok(Anchor { count, hash })
    }
}

/// Hashes one record after the other. For implementers of [`Audited`](super::Audited).
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Chain, Record, Terms}};
/// let terms = Terms::new(Budget::parse("1", "0")?, None)?;
/// let chain = Chain::new(&terms, None)?;
/// // A ledger of your own stores each record with the end of the chain behind it.
/// let first = chain.next(&chain.start(), &Record::clock(1_700_000_000).text());
/// let second = chain.next(&first, &Record::clock(1_700_000_060).text());
/// assert_eq!((chain.start().count(), second.count()), (0, 2));
/// assert_ne!(second, chain.next(&first, &Record::clock(1_700_000_061).text()));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chain {
    key: Option<Arc<LedgerKey>>,
    start: Anchor,
}

impl Chain {
    /// The chain of a ledger with `terms`, which `key` continues if they name one.
    ///
    /// # Errors
    /// `Key` if the terms name a key and `key` is another one, or missing.
    pub fn new(terms: &Terms, key: Option<&Arc<LedgerKey>>) -> Result<Self> {
        let key = match (terms.key_id(), key) {
            (None, _) => None,
            (Some(_), None) => return Err(Error::ledger_key_missing()),
            (Some(id), Some(key)) if id == key.id() => Some(Arc::clone(key)),
            (Some(id), Some(_)) => return Err(Error::ledger_key_other(id)),
        };
        let parts: [&[u8]; 3] = [&[0; 32], &0u64.to_be_bytes(), terms.text().as_bytes()];
        let start = Anchor { count: 0, hash: key::digest_of(key.as_deref(), &parts) };
        Ok(Chain { key, start })
    }

    /// The end of the chain before any record: it stands for the terms.
    #[must_use]
    pub fn start(&self) -> Anchor {
        self.start
    }

    /// The end of the chain after `record`.
    #[must_use]
    pub fn next(&self, before: &Anchor, record: &str) -> Anchor {
        let count = before.count + 1;
        let length = crate::num::count(record.len());
        let hash =
            self.digest(&[&before.hash, &count.to_be_bytes(), &length.to_be_bytes(), record.as_bytes()]);
        Anchor { count, hash }
    }

    /// A digest under the chain's key, if it has one.
    #[must_use]
    pub fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        key::digest_of(self.key.as_deref(), parts)
    }

    /// Whether it has a key.
    #[must_use]
    pub fn is_keyed(&self) -> bool {
        self.key.is_some()
    }
}

/// The bytes of lower-case hexadecimal text.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(16 * digit(*high)? + digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::Budget;

    #[test]
    fn a_chain_has_the_key_that_its_terms_name_and_is_started_with_no_other() {
        let key = |byte| Arc::new(LedgerKey::from_bytes([byte; 32]));
        let terms = |key: Option<&Arc<LedgerKey>>| Terms::new(Budget::parse("1", "0").unwrap(), key).unwrap();
        let (keyed, open) = (terms(Some(&key(7))), terms(None));
        // (terms, the caller's key, whether the chain has a key)
        for (terms, given, is_keyed) in [
            (&keyed, Some(7), Some(true)),
            (&keyed, Some(8), None),
            (&keyed, None, None),
            (&open, Some(7), Some(false)),
            (&open, None, Some(false)),
        ] {
            let chain = Chain::new(terms, given.map(key).as_ref());
            assert_eq!(chain.ok().map(|chain| chain.is_keyed()), is_keyed, "{given:?}");
        }
    }
}
