//! Base32 in lower case: survives being read aloud, upper-cased, put into a URL or a file name.
//!
//! Source: RFC 4648 section 6, in lower case and without padding.

/// Appends eight characters for each five bytes.
///
/// ```text
///   byte     0        1        2        3        4
///        76543210 76543210 76543210 76543210 76543210
///        └─0─┘└──1─┘└─2─┘└──3─┘└──4──┘└─5─┘└──6─┘└─7─┘    character
/// ```
pub(super) fn encode_into(groups: &[[u8; 5]], out: &mut String) {
    for group in groups {
        let bits = group.iter().fold(0u64, |bits, &byte| (bits << 8) | u64::from(byte));
        out.extend((0..8).rev().map(|i| symbol(bits >> (5 * i))));
    }
}

/// Whether `byte` is one of the 32 characters.
pub(super) fn is_symbol(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'2'..=b'7')
}

/// The character for the five low bits.
fn symbol(bits: u64) -> char {
    let [.., low] = bits.to_be_bytes();
    char::from(SYMBOLS[usize::from(low & 31)])
}

const SYMBOLS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_without_padding_hold() {
        // RFC 4648 section 10: BASE32("fooba") = "MZXW6YTB".
        let mut out = String::new();
        encode_into(&[*b"fooba", [0; 5], [255; 5]], &mut out);
        assert_eq!(out, "mzxw6ytbaaaaaaaa77777777");
    }
}
