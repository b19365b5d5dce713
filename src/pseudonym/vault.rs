//! Bytes sealed to a file: encrypted, authenticated, whole or not there.
//!
//! ```text
//!   0  magic "incogvlt"  8 bytes ┐
//!   8  version           2       │ header: authenticated with the rest, not encrypted
//!  10  id of the key     4       │
//!  14  nonce            24       ┘
//!  38  ciphertext        a power of two, at least 4096: payload, zeros, length of the payload (8)
//!      tag              16
//! ```
//!
//! XChaCha20-Poly1305 under a sub-key of its own (`vault/1` and the kind of what is sealed), so that a vault of one
//! kind is never taken for another. \[Arc20\] Arciszewski, *XChaCha: eXtended-nonce ChaCha and AEAD_XChaCha20_Poly1305*,
//! draft-irtf-cfrg-xchacha-03; RFC 8439.
//!
//! **Nonces** are 192 bits from a stream that the operating system seeds for each sealing. No counter is kept, so an
//! older copy of a file, a copied key or a resumed virtual machine cannot make one occur twice. Among 2^64 sealings
//! with one key, two share a nonce with a chance below 2^-65.
//!
//! **Sizes** are padded: a file shows the length of its payload up to the next power of two. The header shows that
//! the file is a vault, and the id of its key.
//!
//! **Replacing** is not noticed: an older file, sealed with the same key and of the same kind, opens.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{key::Purpose, private_file};
use crate::{
    SecureRng,
    error::{Error, Result},
    num,
    pseudonym::{Key, KeyId},
};

/// Seals `payload`, of this `kind`, to the file `path`. A vault that is there is replaced.
///
/// # Guarantee
/// For all payloads of one padded size, whoever has the file and not the key cannot tell them apart, and cannot make
/// another file that [`open`] accepts. XChaCha20-Poly1305 is taken for a secure authenticated encryption. Killed at
/// any moment, there is the old file or the whole new one.
///
/// # Errors
/// `Refused` if `payload` has more than 1 GiB, or if something else is at `path`; `Io` if the file cannot be written.
pub(crate) fn seal(key: &Key, kind: &str, payload: &[u8], path: &Path) -> Result<()> {
    if payload.len() > MOST {
        return Err(Error::vault_too_large(path, payload.len(), MOST));
    }
    if !replaceable(path)? {
        return Err(Error::vault_instead(path));
    }
    let mut nonce = [0; NONCE];
    SecureRng::from_os()?.fill(&mut nonce)?;
    let bytes = sealed(key, kind, payload, nonce);
    // The nonce is in the name, so that two sealings at a time do not meet.
    let name = path.file_name().ok_or_else(|| Error::vault_without_name(path))?.to_string_lossy();
    let unique = nonce[..8].iter().fold(0u64, |id, &byte| (id << 8) | u64::from(byte));
    let temporary = path.with_file_name(format!(".{name}.partial-{unique:016x}"));
    let written = private_file::write_new(&temporary, &bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first failure is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written
        .and_then(|()| private_file::sync_parent(path))
        .map_err(|cause| Error::vault_unwritable(path, cause))
}

/// The payload of this `kind` that was sealed to `path` with `key`.
///
/// # Errors
/// `Io` if the file cannot be read; `Data` if it is no vault, is cut or longer, or was changed; `Unsupported` if it
/// has another version; `Key` if it was sealed with another key.
pub(crate) fn open(key: &Key, kind: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Vec::new();
    let most = HEADER + (MOST + LENGTH).next_power_of_two() + TAG;
    // One more than a vault may have: the path may be a device without end.
    File::open(path)
        .and_then(|file| file.take(num::count(most) + 1).read_to_end(&mut bytes))
        .map_err(|cause| Error::vault_unreadable(path, cause))?;
    opened(key, kind, bytes, path)
}

/// The id of the key that the vault at `path` was sealed with.
///
/// # Errors
/// `Io` if the file cannot be read; `Data` if it is no vault, or is cut.
pub(crate) fn key_id(path: &Path) -> Result<KeyId> {
    let mut header = Vec::new();
    File::open(path)
        .and_then(|file| file.take(num::count(HEADER)).read_to_end(&mut header))
        .map_err(|cause| Error::vault_unreadable(path, cause))?;
    if !header.starts_with(MAGIC) {
        return Err(Error::vault_unknown(path));
    }
    let id = header.get(10..14).and_then(|id| std::str::from_utf8(id).ok());
    KeyId::parse(id.unwrap_or_default()).map_err(|_| Error::vault_cut(path, header.len()))
}

fn sealed(key: &Key, kind: &str, payload: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
    let size = (payload.len() + LENGTH).next_power_of_two().max(LEAST);
    let mut out = Zeroizing::new(Vec::with_capacity(HEADER + size + TAG));
    out.extend(MAGIC);
    out.extend(VERSION.to_be_bytes());
    out.extend(key.id().bytes());
    out.extend(nonce);
    out.extend(payload);
    out.resize(HEADER + size - LENGTH, 0);
    out.extend(num::count(payload.len()).to_be_bytes());
    let (header, body) = out.split_at_mut(HEADER);
    let tag = cipher(key, kind)
        .encrypt_inout_detached(&XNonce::from(nonce), header, body.into())
        .expect("the cipher takes 256 GiB, and a payload has at most 1 GiB");
    out.extend(tag.as_slice());
    // Encrypted, so it need not be wiped any more.
    std::mem::take(&mut *out)
}

fn opened(key: &Key, kind: &str, bytes: Vec<u8>, path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] || bytes.is_empty() {
        return Err(Error::vault_unknown(path));
    }
    let size = bytes.len().saturating_sub(HEADER + TAG);
    let cut = || Error::vault_cut(path, bytes.len());
    let (header, _) = bytes.split_at_checked(HEADER).ok_or_else(cut)?;
    let version = u16::from_be_bytes([header[8], header[9]]);
    if version != VERSION {
        return Err(Error::vault_version(path, version, VERSION));
    }
    if !size.is_power_of_two() || size < LEAST {
        return Err(cut());
    }
    if header[10..14] != key.id().bytes() {
        return Err(Error::vault_of_another_key(path, &key.id().to_string()));
    }
    let mut bytes = Zeroizing::new(bytes);
    let mut tag = Tag::default();
    let mut nonce = XNonce::default();
    tag.copy_from_slice(&bytes[HEADER + size..]);
    nonce.copy_from_slice(&bytes[14..HEADER]);
    let (header, body) = bytes.split_at_mut(HEADER);
    cipher(key, kind)
        .decrypt_inout_detached(&nonce, header, (&mut body[..size]).into(), &tag)
        .map_err(|_| Error::vault_changed(path))?;
    let (payload, length) =
        body[..size].split_last_chunk::<LENGTH>().ok_or_else(|| Error::vault_contents(path))?;
    let length = usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let payload = payload.get(..length).ok_or_else(|| Error::vault_contents(path))?;
    Ok(Zeroizing::new(payload.to_vec()))
}

fn cipher(key: &Key, kind: &str) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expand(Purpose::Vault, &[kind]).bytes().into())
}

/// Whether nothing is at `path`, or a vault.
fn replaceable(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    match File::open(path).and_then(|file| file.take(num::count(MAGIC.len())).read_to_end(&mut start)) {
        Ok(_) => Ok(start == MAGIC),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(cause) => Err(Error::vault_unreadable(path, cause)),
    }
}

const MAGIC: &[u8; 8] = b"incogvlt";
const VERSION: u16 = 1;
const NONCE: usize = 24;
const HEADER: usize = MAGIC.len() + 2 + KeyId::LEN + NONCE;
const TAG: usize = 16;
/// Bytes of the length at the end.
const LENGTH: usize = 8;
/// Least size of the ciphertext: a page, so that a few values more or less do not show.
const LEAST: usize = 4096;
/// Largest payload: it is held in memory twice. The cipher would take 2^38 bytes.
const MOST: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn key(byte: u8) -> Key {
        Key::from_bytes([byte; 32])
    }

    fn open_bytes(key: &Key, kind: &str, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        opened(key, kind, bytes.to_vec(), "x.vault".as_ref())
    }

    #[test]
    fn every_length_reads_back_and_shows_only_its_power_of_two() {
        for length in [0, 1, 4087, 4088, 4089, 8184, 8185, 20_000] {
            let payload = vec![0x5a; length];
            let bytes = sealed(&key(7), "kind", &payload, [9; NONCE]);
            assert_eq!(bytes.len(), HEADER + (length + 8).next_power_of_two().max(4096) + TAG);
            assert_eq!(*open_bytes(&key(7), "kind", &bytes).unwrap(), payload);
        }
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_refused() {
        let bytes = sealed(&key(7), "kind", b"canary", [9; NONCE]);
        for at in 0..bytes.len() {
            for bit in if at < 64 || at + 40 > bytes.len() { 0..8 } else { at % 8..at % 8 + 1 } {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                let error = open_bytes(&key(7), "kind", &changed).unwrap_err();
                let expected = match at {
                    8..10 => ErrorKind::Unsupported,
                    10..14 => ErrorKind::Key,
                    _ => ErrorKind::Data,
                };
                assert_eq!(error.kind(), expected, "byte {at}, bit {bit}");
                assert!(!error.to_string().contains("canary"));
            }
            let error = open_bytes(&key(7), "kind", &bytes[..at]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data, "cut at {at}");
        }
        assert_eq!(
            open_bytes(&key(7), "kind", &[&bytes[..], &[0]].concat()).unwrap_err().kind(),
            ErrorKind::Data
        );
    }

    #[test]
    fn another_kind_is_refused_and_so_is_a_key_with_the_same_id() {
        let bytes = sealed(&key(7), "kind", b"canary", [9; NONCE]);
        assert_eq!(open_bytes(&key(7), "kinds", &bytes).unwrap_err().kind(), ErrorKind::Data);
        let mut renamed = bytes;
        renamed[10..14].copy_from_slice(&key(8).id().bytes());
        assert_eq!(open_bytes(&key(8), "kind", &renamed).unwrap_err().kind(), ErrorKind::Data);
    }

    #[test]
    fn sealed_files_never_change_between_versions() {
        // Python 3, hmac and hashlib, XChaCha20-Poly1305 written from the draft and checked with its vectors.
        let bytes = sealed(&key(7), "kind", b"canary", [9; NONCE]);
        assert_eq!(bytes[..14], *b"incogvlt\0\x01zzgq");
        assert_eq!(bytes[38..46], [205, 65, 184, 110, 96, 65, 207, 14]);
        assert_eq!(
            bytes[bytes.len() - 16..],
            [236, 131, 215, 145, 104, 91, 30, 31, 166, 9, 111, 79, 246, 35, 100, 204]
        );
    }
}
