//! Keys: 256 bits that no formatting shows, and the sub-keys made from them.
//!
//! One key serves many purposes without any of them weakening another: what encrypts, signs or shifts is
//! never the key but a sub-key, made by HKDF for one purpose, domain and format. Each part has its length before it.
//!
//! ```text
//!   key ─ tenant ─▶ key of the tenant ─┬─ purpose "token/1",      domain             ─▶ HMAC of tokens
//!                                      ├─ purpose "ff1/1",        domain, format     ─▶ AES of FF1
//!                                      ├─ purpose "date shift/1", domain, most days  ─▶ HMAC of shifts
//!                                      └─ ..                      the domain is the column, or what is to be joined
//! ```
//!
//! \[RFC5869\] Krawczyk, Eronen, *HMAC-based Extract-and-Expand Key Derivation Function*.

use std::{fmt, fs, path::Path};

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    SecureRng,
    error::{Error, Result},
    pseudonym::{base32, private_file},
};

/// A key of 256 bits, wiped from memory when it is dropped.
///
/// It has no `Display`, `Clone` or `Serialize`; `Debug` shows its [`KeyId`] only. Its text form, for a file or
/// an environment variable, is `incogkey1_` and 64 hexadecimal digits.
///
/// # Guarantee
/// For all keys, no formatting of the key, of anything made from it, or of an error of this crate contains
/// its bytes.
///
/// # Examples
/// ```
/// use incog::{ErrorKind, pseudonym::Key};
/// let text = format!("incogkey1_{}", "2a".repeat(32));
/// let key = Key::from_text(&text)?;
/// assert_eq!(format!("{key:?}"), format!("Key({})", key.id()));
///
/// let error = Key::from_text("hunter2").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Key);
/// assert_eq!(
///     error.to_string(),
///     "a key is the text 'incogkey1_' and 64 hexadecimal digits, and this one does not start with 'incogkey1_'; \
///      run: incog keys generate -o FILE"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
/// It cannot be copied:
/// ```compile_fail,E0599
/// let copy = incog::pseudonym::Key::generate().unwrap().clone();
/// ```
/// And not be printed:
/// ```compile_fail,E0277
/// println!("{}", incog::pseudonym::Key::generate().unwrap());
/// ```
/// Nor serialized:
/// ```compile_fail,E0277
/// serde_json::to_string(&incog::pseudonym::Key::generate().unwrap()).unwrap();
/// ```
pub struct Key {
    // Boxed, so that moving the key leaves no copy of its bytes behind.
    bytes: Box<Zeroizing<[u8; 32]>>,
    id: KeyId,
}

impl Key {
    /// A new key from the operating system's entropy.
    ///
    /// # Errors
    /// `Io` if the system has no entropy to give.
    pub fn generate() -> Result<Self> {
        let mut bytes = Box::new(Zeroizing::new([0; 32]));
        SecureRng::from_os()?.fill(&mut bytes[..])?;
        Ok(Key::new(bytes))
    }

    /// A key from 32 uniformly random bytes that the caller keeps elsewhere, as in a key management service.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let mut own = Box::new(Zeroizing::new([0; 32]));
        own.copy_from_slice(&bytes);
        bytes.zeroize();
        Key::new(own)
    }

    /// A key from its text form. White space around it, such as a line end, is ignored.
    ///
    /// # Errors
    /// `Key` if the text is not `incogkey1_` and 64 hexadecimal digits.
    pub fn from_text(text: &str) -> Result<Self> {
        let Some(digits) = text.trim_ascii().strip_prefix(TEXT_PREFIX) else {
            return Err(Error::key_text("does not start with 'incogkey1_'"));
        };
        if digits.len() != 64 {
            return Err(Error::key_text(&format!("has {} characters after 'incogkey1_'", digits.len())));
        }
        let mut bytes = Box::new(Zeroizing::new([0u8; 32]));
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let (Some(high), Some(low)) = (hex_value(pair[0]), hex_value(pair[1])) else {
                return Err(Error::key_text("has characters other than hexadecimal digits"));
            };
            *byte = (high << 4) | low;
        }
        Ok(Key::new(bytes))
    }

    /// Writes the text form to a new file that only its owner can read, and waits until it is on the disk.
    ///
    /// # Errors
    /// `Refused` if `path` exists; `Io` if it cannot be written, in which case no file is left.
    pub fn write_new(&self, path: &Path) -> Result<()> {
        write_private(path, &self.text())
    }

    /// The public name of this key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// A sub-key for the caller's own use, named by `parts`.
    ///
    /// # Guarantee
    /// For all keys and all unequal lists of parts, the sub-keys are independent of each other, and of those
    /// that tokens, encryption and date shifts use. Each part is preceded by its length, so that
    /// `["a", "bc"]` and `["ab", "c"]` are unequal here, too.
    ///
    /// # Examples
    /// ```
    /// let key = incog::pseudonym::Key::generate()?;
    /// let id = key.derive(&["input id"]).mac(b"patients.csv");
    /// assert_eq!(id, key.derive(&["input id"]).mac(b"patients.csv"));
    /// assert_ne!(id, key.derive(&["input", " id"]).mac(b"patients.csv"));
    /// # Ok::<(), incog::Error>(())
    /// ```
    #[must_use]
    pub fn derive(&self, parts: &[&str]) -> SubKey {
        self.expand(Purpose::Caller, parts)
    }

    /// The key of a tenant. Whatever is made with it is unrelated to what is made with this key, or with that of any other
    /// tenant, also for equal domains; and it does not lead back to this key, so it can be given to the tenant.
    ///
    /// # Guarantee
    /// For all keys and unequal names, the tenants' keys are independent of each other, and of all sub-keys of this one.
    ///
    /// # Errors
    /// `Parameter` if `name` is empty.
    ///
    /// # Examples
    /// ```
    /// use incog::pseudonym::{Key, Tokenizer};
    /// let key = Key::generate()?;
    /// let token = |key: &Key| Ok::<_, incog::Error>(Tokenizer::new(key, "readmission", "MRN")?.token("4711"));
    /// let (north, south) = (key.tenant("clinic north")?, key.tenant("clinic south")?);
    /// assert_ne!(token(&north)?, token(&south)?);
    /// assert_eq!(token(&north)?, token(&key.tenant("clinic north")?)?);
    ///
    /// let error = key.tenant("").unwrap_err();
    /// assert!(error.to_string().starts_with("the name of a tenant must not be empty"));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn tenant(&self, name: &str) -> Result<Self> {
        if name.trim().is_empty() {
            return Err(Error::empty_tenant());
        }
        let sub_key = self.expand(Purpose::Tenant, &[name]);
        Ok(Key::new(sub_key.0))
    }

    /// The sub-key of `domain` for surrogates.
    #[cfg(feature = "pii")]
    pub(crate) fn for_surrogates(&self, domain: &str) -> Result<SubKey> {
        Ok(self.expand(Purpose::Surrogate, &[checked_domain(domain)?]))
    }

    pub(super) fn expand(&self, purpose: Purpose, parts: &[&str]) -> SubKey {
        let mut info = Vec::new();
        for part in [purpose.label()].iter().chain(parts) {
            info.extend_from_slice(&crate::num::count(part.len()).to_be_bytes());
            info.extend_from_slice(part.as_bytes());
        }
        let mut sub_key = Box::new(Zeroizing::new([0; 32]));
        Hkdf::<Sha256>::new(Some(SALT), &self.bytes[..])
            .expand(&info, &mut sub_key[..])
            .expect("HKDF-SHA-256 gives up to 8160 bytes, and 32 are asked for");
        SubKey(sub_key)
    }

    fn new(bytes: Box<Zeroizing<[u8; 32]>>) -> Self {
        let mut key = Key { bytes, id: KeyId([b'a'; KeyId::LEN]) };
        let [a, b, c, d, e, ..] = *key.expand(Purpose::KeyId, &[]).bytes();
        let [first, second, third, fourth, ..] = base32::encode([a, b, c, d, e]);
        key.id = KeyId([first, second, third, fourth]);
        key
    }

    /// The text form and a line end.
    pub(super) fn text(&self) -> Zeroizing<String> {
        // The capacity is exact: growing would leave a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(TEXT_LINE));
        text.push_str(TEXT_PREFIX);
        for byte in self.bytes.iter() {
            text.extend([byte >> 4, byte & 15].map(|digit| char::from(HEX[usize::from(digit)])));
        }
        text.push('\n');
        text
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// The public name of a key: four characters that tell keys apart in tokens, cards and logs.
///
/// Made from the key by HKDF, so it says nothing about its bytes. With 20 bits, two keys out of a hundred
/// share a name once in 200 times: confusing for people, without effect on any guarantee.
///
/// # Examples
/// A token says under which key it was made:
/// ```
/// use incog::pseudonym::{Key, KeyId, Tokenizer};
/// let key = Key::from_bytes([1; 32]);
/// let token = Tokenizer::new(&key, "readmission", "MRN")?.token("4711");
/// assert_eq!(KeyId::parse(&token[4..8])?, key.id(), "behind `MRN_`");
/// assert!(KeyId::parse("key 1").is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; KeyId::LEN]);

impl KeyId {
    pub(super) const LEN: usize = 4;

    #[cfg(feature = "pii")]
    pub(super) fn bytes(self) -> [u8; KeyId::LEN] {
        self.0
    }

    /// The id that `text` spells, as a token, a card or a log shows it.
    ///
    /// # Errors
    /// `Key` if it is not four characters of `a-z` and `2-7`.
    pub fn parse(text: &str) -> Result<Self> {
        match <[u8; KeyId::LEN]>::try_from(text.as_bytes()) {
            Ok(symbols) if symbols.iter().all(|&byte| base32::is_symbol(byte)) => Ok(KeyId(symbols)),
            _ => Err(Error::key_id()),
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A key for one purpose, wiped from memory when it is dropped.
///
/// Whoever has it can do that one thing; it leads neither to the key nor to other sub-keys.
///
/// # Examples
/// ```
/// use incog::pseudonym::Key;
/// let key = Key::from_bytes([7; 32]);
/// let (urls, files) = (key.derive(&["signed urls"]), key.derive(&["file names"]));
/// assert_eq!(urls.mac(b"/report/17"), key.derive(&["signed urls"]).mac(b"/report/17"));
/// assert_ne!(urls.mac(b"/report/17"), files.mac(b"/report/17"));
/// ```
pub struct SubKey(Box<Zeroizing<[u8; 32]>>);

impl SubKey {
    /// HMAC-SHA-256 of `message`: an unforgeable name for it, equal for equal messages only.
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        self.hmac().chain_update(message).finalize().into_bytes().into()
    }

    /// The keyed state: a clone of it costs a copy instead of the two compressions of keying anew.
    pub(super) fn hmac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.0[..]).expect("HMAC takes keys of any length")
    }

    /// A key of this one for `label`: HMAC is a pseudorandom function, and this one is used for nothing else.
    pub(super) fn sub_key(&self, label: &str) -> SubKey {
        SubKey(Box::new(Zeroizing::new(self.mac(label.as_bytes()))))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SubKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubKey(..)")
    }
}

/// What a sub-key is for. A label is never given a second meaning: a changed algorithm gets a new number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Caller,
    CanonicalToken,
    DateShift,
    Ff1,
    Ff1Tweak,
    KeyId,
    #[cfg(feature = "pii")]
    Surrogate,
    Tenant,
    Token,
    #[cfg(feature = "pii")]
    Vault,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Purpose::Caller => "caller/1",
            Purpose::CanonicalToken => "canonical/1",
            Purpose::DateShift => "date shift/1",
            Purpose::Ff1 => "ff1/1",
            Purpose::Ff1Tweak => "ff1 tweak/1",
            Purpose::KeyId => "key id/1",
            #[cfg(feature = "pii")]
            Purpose::Surrogate => "surrogate/1",
            Purpose::Tenant => "tenant/1",
            Purpose::Token => "token/1",
            #[cfg(feature = "pii")]
            Purpose::Vault => "vault/1",
        }
    }
}

/// A domain, checked: an empty one is a forgotten one.
pub(super) fn checked_domain(domain: &str) -> Result<&str> {
    if domain.trim().is_empty() { Err(Error::empty_domain()) } else { Ok(domain) }
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Writes `text` to a new file that only its owner can read, and waits until it is on the disk, name and all.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    private_file::write_new(path, text.as_bytes()).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::AlreadyExists => Error::key_file_exists(path),
        _ => Error::key_file_unwritable(path, cause),
    })?;
    private_file::sync_parent(path).map_err(|cause| {
        // What a crash may lose was not written; the first failure is the one to report.
        let _ = fs::remove_file(path);
        Error::key_file_unwritable(path, cause)
    })
}

/// The start of the text form. Public pattern: secret scanners may look for it.
pub(super) const TEXT_PREFIX: &str = "incogkey1_";
/// Bytes of a key in its text form with a line end.
pub(super) const TEXT_LINE: usize = TEXT_PREFIX.len() + 64 + 1;
const HEX: &[u8; 16] = b"0123456789abcdef";
/// RFC 5869 section 3.1: a salt that is fixed and not secret separates this use of a key from others.
const SALT: &[u8] = b"incog pseudonym";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unequal_lists_of_parts_give_unequal_sub_keys() {
        let key = Key::from_bytes([7; 32]);
        let lists: [&[&str]; 7] = [&[], &[""], &["", ""], &["a", "bc"], &["ab", "c"], &["abc"], &["a\0bc"]];
        let mut seen = Vec::new();
        let purposes = [
            Purpose::Caller,
            Purpose::Token,
            Purpose::Ff1,
            Purpose::Ff1Tweak,
            Purpose::DateShift,
            Purpose::Tenant,
            #[cfg(feature = "pii")]
            Purpose::Vault,
        ];
        for purpose in purposes {
            for parts in lists {
                let bytes = *key.expand(purpose, parts).bytes();
                assert!(!seen.contains(&bytes), "{purpose:?} {parts:?}");
                seen.push(bytes);
            }
        }
    }

    #[test]
    fn sub_keys_never_change_between_versions() {
        // A changed derivation would silently break every join and every decryption.
        // Expected values here and in the files beside it: Python 3 hmac and hashlib.
        let key = Key::from_bytes([7; 32]);
        assert_eq!(key.id().to_string(), "zzgq");
        assert_eq!(key.expand(Purpose::Token, &["d"]).bytes()[..4], [21, 17, 181, 108]);
        let tenant = key.tenant("t").unwrap();
        assert_eq!(
            (tenant.id().to_string(), &tenant.bytes[..4]),
            ("26eb".to_owned(), &[161, 162, 87, 45][..])
        );
    }

    #[test]
    fn the_text_form_reads_back() {
        let key = Key::generate().unwrap();
        let again = Key::from_text(&key.text()).unwrap();
        assert_eq!(key.bytes[..], again.bytes[..]);
        assert_eq!(key.id(), again.id());
    }
}
