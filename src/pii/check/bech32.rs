//! Bitcoin addresses in bech32 and bech32m.

/// Whether `text` is a segregated witness address of the main or the test network.
///
/// Capitals or small letters, not both. Catches up to four wrong characters.
///
/// Source: BIP-173 (version 0) and BIP-350 (versions 1 to 16).
pub(in crate::pii) fn segwit(text: &[u8]) -> bool {
    let mixed = text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    let Some((network, [b'1', data @ ..])) = text.split_at_checked(2) else { return false };
    let known = NETWORKS.iter().any(|n| network.eq_ignore_ascii_case(n));
    // A witness program has 2 to 40 bytes: with version and checksum 11 to 71 characters.
    if mixed || !known || !(11..=71).contains(&data.len()) {
        return false;
    }
    let mut values = [0u8; 71];
    for (value, character) in values.iter_mut().zip(data) {
        match ALPHABET.iter().position(|c| *c == character.to_ascii_lowercase()).map(u8::try_from) {
            Some(Ok(found)) => *value = found,
            _ => return false,
        }
    }
    let values = &values[..data.len()];
    let version = values[0];
    let expected = if version == 0 { BECH32 } else { BECH32M };
    version <= 16 && checksum(network, values) == expected && program(version, &values[1..values.len() - 6])
}

/// Whether the five-bit groups are whole bytes with zero padding, as many as the version has.
fn program(version: u8, groups: &[u8]) -> bool {
    let (bytes, padding) = (groups.len() * 5 / 8, groups.len() * 5 % 8);
    let padded = padding < 5 && groups.last().is_some_and(|last| last & ((1 << padding) - 1) == 0);
    padded && (2..=40).contains(&bytes) && (version > 0 || matches!(bytes, 20 | 32))
}

/// The remainder of prefix and values by the generator of the BCH code.
fn checksum(network: &[u8], values: &[u8]) -> u32 {
    let prefix = network.iter().map(|c| c.to_ascii_lowercase());
    let expanded = prefix.clone().map(|c| c >> 5).chain([0]).chain(prefix.map(|c| c & 31));
    expanded.chain(values.iter().copied()).fold(1, |sum, value| {
        let shifted = (sum & 0x01FF_FFFF) << 5 ^ u32::from(value);
        (0..5).filter(|i| sum >> (25 + i) & 1 == 1).fold(shifted, |s, i| s ^ GENERATOR[i])
    })
}

/// Human-readable parts of the main and the test network.
const NETWORKS: [&[u8]; 2] = [b"bc", b"tb"];

const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// BIP-173, "Checksum".
const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];

/// What is left of a valid string: BIP-173 and BIP-350.
const BECH32: u32 = 1;
const BECH32M: u32 = 0x2BC8_30A3;

#[cfg(test)]
mod tests {
    use super::segwit;

    /// BIP-350, "Test vectors for v0-v16 native segregated witness addresses".
    const VALID: [&str; 8] = [
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
        "BC1SW50QGDZ25J",
        "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
        "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
        "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ];

    /// BIP-350, the same section: wrong prefix, checksums of the other kind, wrong character, version, length, case,
    /// padding, nothing.
    const INVALID: [&str; 14] = [
        "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
        "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
        "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
        "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
        "bc1pw5dgrnzv",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
        "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
        "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
        "bc1gmk9yu",
    ];

    #[test]
    fn the_vectors_of_the_proposal_are_told_apart() {
        for address in VALID {
            assert!(segwit(address.as_bytes()), "{address}");
        }
        for address in INVALID {
            assert!(!segwit(address.as_bytes()), "{address}");
        }
    }

    #[test]
    fn every_single_wrong_character_is_caught() {
        for address in VALID {
            for place in 0..address.len() {
                for byte in 0..=255 {
                    let mut wrong = address.as_bytes().to_vec();
                    wrong[place] = byte;
                    // A digit has no case; a letter of the other case makes the address mixed.
                    assert_eq!(segwit(&wrong), byte == address.as_bytes()[place], "{address}, place {place}");
                }
            }
        }
        for length in 0..100 {
            assert!((0..=255).all(|byte| !segwit(&vec![byte; length])));
        }
    }
}
