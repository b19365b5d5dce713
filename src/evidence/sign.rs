//! Who made a card: Ed25519 signatures in a DSSE envelope beside it.
//!
//! A signature says that whoever holds the key vouches for these bytes, and nothing about their truth: that is what
//! [`Verifier`](super::Verifier) is for. Ed25519: RFC 8032. Envelope: github.com/secure-systems-lab/dsse, v1.0.2.

use std::{fmt, fs, path::Path};

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::{base64, json as strict, sha256_bytes};
use crate::{
    SecureRng,
    digest::hex,
    error::{Error, Result},
    pseudonym::{KeySource, write_private},
};

/// The file of the envelope, beside the card.
pub(super) const SIGNATURE_FILE: &str = "card.json.sig";

/// A private key that signs cards, wiped from memory when it is dropped.
///
/// Its text form, for a file or an environment variable, is `incogsign1_` and 64 hexadecimal digits.
///
/// # Examples
/// ```
/// use incog::evidence::{PublicKey, SigningKey};
/// let key = SigningKey::generate()?;
/// let public = key.public();
/// assert_eq!(PublicKey::parse(&public.to_string())?, public);
/// assert_eq!(format!("{key:?}"), format!("SigningKey({})", public.id()));
///
/// let error = PublicKey::parse("incogpub1_12").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a public key is the text 'incogpub1_' and 64 hexadecimal digits, and this one has 2 characters after \
///      'incogpub1_'; name the file that incog keys generate --signing wrote"
/// );
/// # Ok::<(), incog::Error>(())
/// ```
/// It cannot be copied:
/// ```compile_fail,E0599
/// let copy = incog::evidence::SigningKey::generate().unwrap().clone();
/// ```
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

/// The public half of a [`SigningKey`]: whoever has it can tell whose signature it is.
///
/// Its text form, also as `Display`, is `incogpub1_` and 64 hexadecimal digits.
///
/// # Examples
/// ```
/// use incog::evidence::{PublicKey, SigningKey};
/// let public = SigningKey::generate()?.public();
/// assert_eq!(PublicKey::parse(&format!(" {public}\n"))?, public);
/// assert_eq!(public.id().len(), 16);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl SigningKey {
    /// A new key from the operating system's entropy.
    ///
    /// # Errors
    /// `Io` if the system has no entropy to give.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        SecureRng::from_os()?.fill(&mut bytes[..])?;
        Ok(SigningKey(Box::new(ed25519_dalek::SigningKey::from_bytes(&bytes))))
    }

    /// A key from its text form. White space around it, such as a line end, is ignored.
    ///
    /// # Errors
    /// `Key` if the text is not `incogsign1_` and 64 hexadecimal digits.
    pub fn from_text(text: &str) -> Result<Self> {
        let bytes = Zeroizing::new(bytes_of(text, PRIVATE).map_err(|why| Error::signing_key_text(&why))?);
        Ok(SigningKey(Box::new(ed25519_dalek::SigningKey::from_bytes(&bytes))))
    }

    /// The key at `source`; relative paths are taken from `base`.
    ///
    /// # Errors
    /// `Key` if the variable or the file is missing, does not hold a signing key, or, on Unix, if the file is open to its
    /// group or to others.
    pub fn load(source: &KeySource, base: &Path) -> Result<Self> {
        let text = source.text(base)?;
        std::str::from_utf8(&text)
            .map_err(|_| Error::signing_key_text("is not UTF-8"))
            .and_then(SigningKey::from_text)
            .map_err(|e| e.context(source))
    }

    /// Writes the text form to a new file that only its owner can read, and waits until it is on the disk.
    ///
    /// # Errors
    /// `Refused` if `path` exists; `Io` if it cannot be written, in which case no file is left.
    pub fn write_new(&self, path: &Path) -> Result<()> {
        let mut text = Zeroizing::new(String::with_capacity(PRIVATE.len() + 65));
        text.push_str(PRIVATE);
        for byte in Zeroizing::new(self.0.to_bytes()).iter() {
            text.extend([byte >> 4, byte & 15].into_iter().filter_map(|d| char::from_digit(d.into(), 16)));
        }
        text.push('\n');
        write_private(path, &text)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The envelope, as text for `card.json.sig`, that signs the bytes of a card. Equal cards have equal envelopes.
    #[must_use]
    pub fn envelope(&self, card: &[u8]) -> String {
        let signature = self.0.sign(&encoded(card));
        let envelope = json!({
            "payloadType": PAYLOAD_TYPE,
            "payload": base64::encode(card),
            "signatures": [{ "keyid": self.public().id(), "sig": base64::encode(&signature.to_bytes()) }],
        });
        format!("{envelope:#}\n")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

impl PublicKey {
    /// A key from its text form. White space around it is ignored.
    ///
    /// # Errors
    /// `Key` if the text is not `incogpub1_` and 64 hexadecimal digits of a public key that cannot be forged.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = bytes_of(text, PUBLIC).map_err(|why| Error::public_key_text(&why))?;
        let key = VerifyingKey::from_bytes(&bytes).ok().filter(|key| {
            // A second spelling of a point, and points for which signatures of everything are known.
            !key.is_weak() && key.to_edwards().compress().to_bytes() == bytes
        });
        key.map(PublicKey).ok_or_else(|| Error::public_key_text("is no point that can be trusted"))
    }

    /// The key that `text` spells, or else the one in the file of that name.
    ///
    /// # Errors
    /// `Key` if it is neither.
    pub fn parse_or_read(text: &str) -> Result<Self> {
        if text.trim_ascii().starts_with(PUBLIC) {
            return PublicKey::parse(text);
        }
        let path = Path::new(text);
        let content = fs::read_to_string(path).map_err(|e| Error::public_key_unreadable(path, &e))?;
        PublicKey::parse(&content).map_err(|e| e.context(path.display()))
    }

    /// A short name: 16 hexadecimal digits of the SHA-256 of the key. A hint, not a proof.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&sha256_bytes(self.0.as_bytes())[..8])
    }

    fn verifies(&self, card: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(&encoded(card), signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", hex(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// What an envelope says about a card.
pub(super) enum Signed {
    /// By this trusted key.
    By(PublicKey),
    /// In form, and no key is trusted.
    UnknownSigner,
}

/// Reads `envelope` as one of `card`, and looks for a signature of a trusted key.
pub(super) fn check_envelope(
    envelope: &[u8],
    card: &[u8],
    trusted: &[PublicKey],
) -> std::result::Result<Signed, String> {
    let envelope: Envelope =
        strict::read(envelope).map_err(|why| format!("it is not a DSSE envelope: {why}"))?;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err("its payload is of another type".to_owned());
    }
    if envelope.signatures.is_empty() {
        return Err("it holds no signature".to_owned());
    }
    if base64::decode(&envelope.payload).as_deref() != Some(card) {
        return Err("it signs another card".to_owned());
    }
    let mut signatures = Vec::with_capacity(envelope.signatures.len());
    for one in &envelope.signatures {
        let bytes = base64::decode(&one.sig).and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
        let bytes = bytes.ok_or("a signature is not 64 bytes in base64")?;
        signatures.push(Signature::from_bytes(&bytes));
    }
    if trusted.is_empty() {
        return Ok(Signed::UnknownSigner);
    }
    let by = trusted.iter().find(|key| signatures.iter().any(|signature| key.verifies(card, signature)));
    by.map(|key| Signed::By(*key)).ok_or_else(|| "no signature is by a key that you trust".to_owned())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<OneSignature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneSignature {
    #[serde(rename = "keyid")]
    _keyid: String,
    sig: String,
}

/// What is signed: DSSE's pre-authentication encoding, which no other use of the key can produce by accident.
fn encoded(card: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), card.len()).into_bytes();
    bytes.extend_from_slice(card);
    bytes
}

/// The 32 bytes that stand in hexadecimal behind `prefix`. An error shows none of the text: it may be a key.
fn bytes_of(text: &str, prefix: &str) -> std::result::Result<[u8; 32], String> {
    let digits =
        text.trim_ascii().strip_prefix(prefix).ok_or_else(|| format!("does not start with '{prefix}'"))?;
    if digits.len() != 64 {
        return Err(format!("has {} characters after '{prefix}'", digits.len()));
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let digit = |symbol: u8| char::from(symbol).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
            return Err("has characters other than hexadecimal digits".to_owned());
        };
        *byte = (high << 4) | low;
    }
    Ok(bytes)
}

const PAYLOAD_TYPE: &str = "application/vnd.incog.card+json";
/// Starts of the text forms. Public patterns: secret scanners may look for the first.
const PRIVATE: &str = "incogsign1_";
const PUBLIC: &str = "incogpub1_";

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        // RFC 8032, section 7.1, test 1.
        let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        SigningKey::from_text(&format!("{PRIVATE}{secret}")).unwrap()
    }

    #[test]
    fn an_envelope_verifies_for_its_card_and_key_only() {
        let envelope = key().envelope(b"{}\n");
        let public = key().public();
        let other = SigningKey::generate().unwrap().public();
        let check = |envelope: &str, card: &[u8], trusted: &[PublicKey]| match check_envelope(
            envelope.as_bytes(),
            card,
            trusted,
        ) {
            Ok(Signed::By(key)) => format!("by {}", key.id()),
            Ok(Signed::UnknownSigner) => "unknown".to_owned(),
            Err(why) => why,
        };
        assert_eq!(check(&envelope, b"{}\n", &[other, public]), format!("by {}", public.id()));
        assert_eq!(check(&envelope, b"{}\n", &[]), "unknown");
        assert_eq!(check(&envelope, b"{}\n", &[other]), "no signature is by a key that you trust");
        assert_eq!(check(&envelope, b"{ }\n", &[public]), "it signs another card");
        let typed = envelope.replace("card+json", "cord+json");
        assert_eq!(check(&typed, b"{}\n", &[public]), "its payload is of another type");
        let doubled = envelope.replacen('{', "{\"payload\": \"\",", 1);
        assert!(check(&doubled, b"{}\n", &[public]).starts_with("it is not a DSSE envelope"));
    }

    #[test]
    fn envelopes_never_change_between_versions() {
        // Ed25519 is deterministic. Expected: openssl pkeyutl -sign -rawin over
        // `DSSEv1 31 application/vnd.incog.card+json 3 {}\n`.
        assert!(key().envelope(b"{}\n").contains(
            "lYnfHbSofvAuQDNpf/7ZIs1dDEQ/mnTZkRmvNYr3+eqeQmmJyer0+9pLTPnyZGJYSfZ7dqfsfxpUAakhnaofBw=="
        ));
        assert_eq!(
            key().public().to_string(),
            "incogpub1_d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
    }

    #[test]
    fn keys_that_sign_everything_are_refused() {
        // The neutral element, and a second encoding of it (y = p + 1).
        for digits in ["01".to_owned() + &"00".repeat(31), "ee".to_owned() + &"ff".repeat(30) + "7f"] {
            let error = PublicKey::parse(&format!("{PUBLIC}{digits}")).unwrap_err().to_string();
            assert!(error.contains("no point that can be trusted"), "{error}");
        }
    }
}
