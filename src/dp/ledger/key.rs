//! The key of a ledger: what makes its history unforgeable and its stored answers unreadable to others.

use std::fmt;

use chacha20poly1305::{AeadInOut, KeyInit as _, Tag, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    digest,
    error::{Error, Result},
    rng::SecureRng,
};

/// 256 secret bits that the caller holds; a ledger never contains them.
///
/// With it the history of a ledger that was created with it can be neither changed nor continued by others, and
/// answers are stored, encrypted, so that a repeated request gets its answer again. Without it answers are not stored.
///
/// # Guarantee
/// For all answers and requests, whoever has the ledger and not the key learns of an answer its length at most, and a
/// stored answer that was changed, or stands under another request, is refused. XChaCha20-Poly1305 (RFC 8439,
/// draft-irtf-cfrg-xchacha-03) with 192-bit nonces drawn from the operating system is taken for a secure authenticated
/// encryption, HMAC-SHA-256 (RFC 2104) for a pseudorandom function.
///
/// # Examples
/// ```
/// use incog::dp::ledger::LedgerKey;
/// let key = LedgerKey::from_bytes([7; 32]);
/// let sealed = key.seal(b"request 1", b"42")?;
/// assert_eq!(*key.unseal(b"request 1", &sealed)?, b"42");
/// assert_eq!(
///     key.unseal(b"request 2", &sealed).unwrap_err().to_string(),
///     "the stored answer cannot be opened: it was sealed with another key, such as one before a rotation, or changed; give that key",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
pub struct LedgerKey {
    chain: Zeroizing<[u8; 32]>,
    answers: Zeroizing<[u8; 32]>,
    id: [u8; 8],
}

impl LedgerKey {
    /// The key with these bits: from a secret store, or derived from another key for this purpose alone, as in
    /// `key.derive(&["ledger"]).mac(b"ledger")` of the room `pseudonym`.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let part = |label: &str| hmac(&bytes, &[label.as_bytes()]);
        let mut id = [0; 8];
        id.copy_from_slice(&part("incog-ledger/key id")[..8]);
        LedgerKey {
            chain: Zeroizing::new(part("incog-ledger/chain")),
            answers: Zeroizing::new(part("incog-ledger/answers")),
            id,
        }
    }

    /// Its public name: a ledger says with which key it was created.
    #[must_use]
    pub fn id(&self) -> String {
        digest::hex(&self.id)
    }

    /// Encrypts `answer` so that it opens for the same `binding` only.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn seal(&self, binding: &[u8], answer: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        SecureRng::from_os()?.fill(&mut nonce)?;
        let mut sealed = Vec::with_capacity(NONCE + answer.len() + TAG);
        sealed.extend(nonce);
        sealed.extend(answer);
        let tag = self
            .cipher()
            .encrypt_inout_detached(&XNonce::from(nonce), binding, (&mut sealed[NONCE..]).into())
            .map_err(|_| Error::unopened_answer())?;
        sealed.extend(tag.as_slice());
        Ok(sealed)
    }

    /// What [`seal`](Self::seal) encrypted.
    ///
    /// # Errors
    /// `Data` if it was sealed with another key or for another binding, or was changed.
    pub fn unseal(&self, binding: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let parts = sealed.split_at_checked(NONCE).and_then(|(nonce, rest)| {
            let (body, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
            Some((<[u8; NONCE]>::try_from(nonce).ok()?, body, <[u8; TAG]>::try_from(tag).ok()?))
        });
        let (nonce, body, tag) = parts.ok_or_else(Error::unopened_answer)?;
        let mut answer = Zeroizing::new(body.to_vec());
        self.cipher()
            .decrypt_inout_detached(
                &XNonce::from(nonce),
                binding,
                answer.as_mut_slice().into(),
                &Tag::from(tag),
            )
            .map_err(|_| Error::unopened_answer())?;
        Ok(answer)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.answers).into())
    }
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LedgerKey({})", self.id())
    }
}

/// SHA-256 of `parts`, or HMAC-SHA-256 under the chain's key. Whoever calls it sees to it that different lists of
/// parts are different bytes.
pub(super) fn digest_of(key: Option<&LedgerKey>, parts: &[&[u8]]) -> [u8; 32] {
    match key {
        Some(key) => hmac(&key.chain, parts),
        None => parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into(),
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let keyed = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().fold(keyed, |hash, part| hash.chain_update(part)).finalize().into_bytes().into()
}

const NONCE: usize = 24;
const TAG: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_every_length_are_opened_and_are_40_bytes_longer_when_sealed() {
        let key = LedgerKey::from_bytes([7; 32]);
        for length in [0, 1, 23, 24, 25, 40, 41, 1000, 70_000] {
            let answer = vec![0x5a; length];
            let sealed = key.seal(b"request", &answer).unwrap();
            assert_eq!(sealed.len(), 24 + length + 16);
            assert_eq!(*key.unseal(b"request", &sealed).unwrap(), answer);
            assert!(key.unseal(b"request", &sealed[..sealed.len() - 1]).is_err());
        }
    }
}
