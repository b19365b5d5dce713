//! HMAC-SHA-256 of short messages, with the key's two states kept.
//!
//! ```text
//!   inner = SHA-256 after the block  key ^ 36 36 ..       kept
//!   outer = SHA-256 after the block  key ^ 5c 5c ..       kept
//!   mac   = outer(inner(message))                         2 compressions for up to 55 bytes
//! ```
//!
//! The `hmac` crate does the same with a clone, a block buffer and a wipe of both for each message, which
//! shows at ten bytes a message (`benches/tokens.rs`). The compression is that of the `sha2` crate, in
//! hardware where there is some. Source: RFC 2104; FIPS 180-4, section 5.1.1 for the padding.

use sha2::block_api::compress256;
use zeroize::Zeroizing;

use crate::pseudonym::SubKey;

/// HMAC-SHA-256 under one sub-key; wiped when it is dropped.
pub(crate) struct KeyedMac {
    inner: Zeroizing<[u32; 8]>,
    outer: Zeroizing<[u32; 8]>,
}

impl KeyedMac {
    pub(crate) fn new(key: &SubKey) -> Self {
        let state = |pad: u8| {
            let mut block = Zeroizing::new([pad; 64]);
            block.iter_mut().zip(key.bytes()).for_each(|(byte, key)| *byte ^= key);
            let mut state = Zeroizing::new(INITIAL);
            compress256(&mut state, std::slice::from_ref(&*block));
            state
        };
        KeyedMac { inner: state(0x36), outer: state(0x5c) }
    }

    /// The MAC of `message`, as big-endian words.
    pub(crate) fn mac(&self, message: &[u8]) -> [u32; 8] {
        let mut state = *self.inner;
        let (blocks, rest) = message.as_chunks::<64>();
        compress256(&mut state, blocks);
        finish(&mut state, rest, message.len());

        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
            *bytes = word.to_be_bytes();
        }
        let mut state = *self.outer;
        finish(&mut state, &digest, digest.len());
        state
    }
}

/// Compresses the end of a message of `length` bytes: what does not fill a block, a one bit, and the number
/// of bits with the 64 bytes of the key before them.
fn finish(state: &mut [u32; 8], rest: &[u8], length: usize) {
    let bits = (crate::num::count(length) + 64) * 8;
    let mut blocks = [[0; 64]; 2];
    let bytes = blocks.as_flattened_mut();
    bytes[..rest.len()].copy_from_slice(rest);
    bytes[rest.len()] = 0x80;
    // The one bit and the 8 bytes of the length have to fit behind the rest.
    let used = if rest.len() < 64 - 8 { 1 } else { 2 };
    bytes[used * 64 - 8..used * 64].copy_from_slice(&bits.to_be_bytes());
    compress256(state, &blocks[..used]);
}

/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudonym::Key;

    /// The twin is the `hmac` crate; every length around the ends of the first three blocks, and a long one.
    #[test]
    fn macs_of_every_length_are_those_of_the_hmac_crate() {
        let message: Vec<u8> = (0..5000u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
        for byte in [0, 7, 255] {
            let key = Key::from_bytes([byte; 32]).derive(&["mac"]);
            let mac = KeyedMac::new(&key);
            for length in (0..=200).chain([1023, 1024, 1025, 5000]) {
                let words = mac.mac(&message[..length]).map(u32::to_be_bytes);
                assert_eq!(*words.as_flattened(), key.mac(&message[..length]), "{length}");
            }
        }
    }
}
