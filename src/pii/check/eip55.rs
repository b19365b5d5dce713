//! Ethereum addresses.

use sha3::{Digest, Keccak256};

/// Whether `text` is `0x` and forty hexadecimal digits whose case is one case, or the checksum.
///
/// A digit `a` to `f` is a capital if the Keccak-256 hash of the address in small letters has a four-bit group of 8 or
/// more in its place. A wrong character in mixed case passes with probability 0.02 % at 15 letters.
///
/// Source: V. Buterin, A. Van de Sande, ERC-55, "Mixed-case checksum address encoding".
pub(in crate::pii) fn eip55(text: &[u8]) -> bool {
    let Some(address) = address(text) else { return false };
    if !mixed_case(text) {
        return true;
    }
    let hash = Keccak256::digest(address.map(|b| b.to_ascii_lowercase()));
    address.iter().enumerate().all(|(place, &b)| {
        let group = hash[place / 2] >> (4 - place % 2 * 4) & 15;
        b.is_ascii_digit() || b.is_ascii_uppercase() == (group >= 8)
    })
}

/// Whether an address has capitals and small letters, so that [`eip55`] has checked something.
pub(in crate::pii) fn mixed_case(text: &[u8]) -> bool {
    address(text)
        .is_some_and(|a| a.iter().any(u8::is_ascii_lowercase) && a.iter().any(u8::is_ascii_uppercase))
}

fn address(text: &[u8]) -> Option<[u8; 40]> {
    let [b'0', b'x' | b'X', digits @ ..] = text else { return None };
    digits.try_into().ok().filter(|a: &[u8; 40]| a.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::{eip55, mixed_case};

    /// The test cases of ERC-55: all capitals, all small letters, normal.
    const VALID: [&str; 8] = [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn the_test_cases_of_the_proposal_hold() {
        for address in VALID {
            assert!(eip55(address.as_bytes()), "{address}");
            assert!(eip55(address.to_ascii_lowercase().as_bytes()));
        }
        assert!(mixed_case(VALID[4].as_bytes()) && !mixed_case(VALID[0].as_bytes()) && !mixed_case(b"0xaB"));
    }

    /// The case of one letter always; another digit nearly always, and here always.
    #[test]
    fn every_single_wrong_character_of_a_mixed_address_is_caught() {
        for address in &VALID[4..] {
            for place in 0..address.len() {
                for byte in 0..=255 {
                    let mut wrong = address.as_bytes().to_vec();
                    wrong[place] = byte;
                    let same = byte == address.as_bytes()[place] || (place == 1 && byte == b'X');
                    assert_eq!(eip55(&wrong), same, "{address}, place {place}, byte {byte}");
                }
            }
            assert!(!eip55(&address.as_bytes()[..41]) && !eip55(&address.as_bytes()[2..]));
        }
    }
}
