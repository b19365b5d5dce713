//! Base32 in lower case: survives being read aloud, upper-cased, put into a URL or a file name.
//!
//! Source: RFC 4648 section 6, in lower case and without padding.

/// Eight characters for five bytes.
///
/// ```text
///   byte     0        1        2        3        4
///        76543210 76543210 76543210 76543210 76543210
///        └─0─┘└──1─┘└─2─┘└──3─┘└──4──┘└─5─┘└──6─┘└─7─┘    character
/// ```
pub(super) fn encode(group: [u8; 5]) -> [u8; 8] {
    let bits = group.iter().fold(0u64, |bits, &byte| (bits << 8) | u64::from(byte));
    std::array::from_fn(|i| symbol(bits >> (35 - 5 * i)))
}

/// The five bytes of eight characters, in either case; none if one of them is not among the 32.
pub(super) fn decode(symbols: [u8; 8]) -> Option<[u8; 5]> {
    let mut bits = 0u64;
    for symbol in symbols {
        let symbol = symbol.to_ascii_lowercase();
        let value = match symbol {
            b'a'..=b'z' => symbol - b'a',
            b'2'..=b'7' => symbol - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u64::from(value);
    }
    let [_, _, _, group @ ..] = bits.to_be_bytes();
    Some(group)
}

/// Whether `byte` is one of the 32 characters.
pub(super) fn is_symbol(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'2'..=b'7')
}

/// The character for the five low bits.
fn symbol(bits: u64) -> u8 {
    let [.., low] = bits.to_be_bytes();
    SYMBOLS[usize::from(low & 31)]
}

const SYMBOLS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_without_padding_hold() {
        // RFC 4648 section 10: BASE32("fooba") = "MZXW6YTB".
        assert_eq!(encode(*b"fooba"), *b"mzxw6ytb");
        assert_eq!((encode([0; 5]), encode([255; 5])), (*b"aaaaaaaa", *b"77777777"));
    }

    #[test]
    fn decoding_inverts_encoding_in_either_case_and_refuses_the_rest() {
        for i in 0..1000u32 {
            let [a, b, c, d] = i.wrapping_mul(2_654_435_761).to_be_bytes();
            let symbols = encode([a, b, c, d, a ^ d]);
            assert_eq!(decode(symbols), Some([a, b, c, d, a ^ d]));
            assert_eq!(decode(symbols.map(|s| s.to_ascii_uppercase())), Some([a, b, c, d, a ^ d]));
        }
        for byte in (0..=255u8).filter(|b| !b.is_ascii_alphabetic() && !matches!(b, b'2'..=b'7')) {
            assert_eq!(decode([b'a', b'a', b'a', byte, b'a', b'a', b'a', b'a']), None, "{byte}");
        }
    }
}
