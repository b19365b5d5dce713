//! Bitcoin addresses in base 58.

use sha2::{Digest, Sha256};

/// Whether `text` is an address that pays to the hash of a key or of a script on the main network: 25 bytes in base 58,
/// version 0 or 5, the last four the start of the double SHA-256 of the others.
///
/// Any wrong character passes with probability 2^-32.
///
/// Source: Bitcoin Core, `src/base58.cpp` and `src/kernel/chainparams.cpp`; Bitcoin wiki, "Base58Check encoding".
pub(in crate::pii) fn base58check(text: &[u8]) -> bool {
    let Some(bytes) = decode(text) else { return false };
    let (body, checksum) = bytes.split_at(21);
    matches!(body[0], 0 | 5) && Sha256::digest(Sha256::digest(body))[..4] == *checksum
}

/// The number that `text` writes, in 25 bytes, most significant first. A leading `1` is a leading zero byte.
fn decode(text: &[u8]) -> Option<[u8; 25]> {
    // 25 bytes take 35 characters at most.
    if !(25..=35).contains(&text.len()) {
        return None;
    }
    let mut bytes = [0u8; 25];
    for character in text {
        let digit = ALPHABET.iter().position(|c| c == character)?;
        let mut carry = digit;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).ok()?;
            carry /= 256;
        }
        if carry > 0 {
            return None;
        }
    }
    let zeros = bytes.iter().take_while(|b| **b == 0).count();
    (text.iter().take_while(|c| **c == b'1').count() == zeros).then_some(bytes)
}

/// No 0, O, I and l.
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::{ALPHABET, base58check};

    /// The first block's address; the address of BIP-13; the addresses of the Bitcoin wiki, "Invoice address".
    const VALID: [&str; 4] = [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
    ];

    #[test]
    fn known_addresses() {
        for address in VALID {
            assert!(base58check(address.as_bytes()), "{address}");
        }
        assert!(base58check(b"1111111111111111111114oLvT2"));
    }

    #[test]
    fn every_single_wrong_character_is_caught() {
        for address in VALID {
            for place in 0..address.len() {
                for byte in 0..=255 {
                    let mut wrong = address.as_bytes().to_vec();
                    wrong[place] = byte;
                    assert_eq!(
                        base58check(&wrong),
                        byte == address.as_bytes()[place],
                        "{address}, place {place}"
                    );
                }
            }
            assert!(
                !base58check(&address.as_bytes()[1..]) && !base58check(&[b"1", address.as_bytes()].concat())
            );
        }
    }

    #[test]
    fn no_length_of_any_character_is_too_long() {
        for length in 0..100 {
            assert!(ALPHABET.iter().all(|c| !base58check(&vec![*c; length])));
        }
    }
}
