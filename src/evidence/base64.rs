//! Base64 with padding: RFC 4648, section 4. Bytes have one encoding, and no other is read.

/// The text for `bytes`.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |word, i| (word << 8) | u32::from(group.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let symbol = ALPHABET[usize::from((word >> (18 - 6 * i)).to_le_bytes()[0] & 63)];
            text.push(if i <= group.len() { char::from(symbol) } else { '=' });
        }
    }
    text
}

/// The bytes of `text`; none if it is not the one encoding of any bytes.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for group in text.as_bytes().chunks(4) {
        let mut word = 0u32;
        for &symbol in group {
            let value = if symbol == b'=' { 0 } else { ALPHABET.iter().position(|&s| s == symbol)? };
            word = (word << 6) | u32::try_from(value).ok()?;
        }
        bytes.extend_from_slice(&word.to_be_bytes()[1..]);
    }
    let padding = text.bytes().rev().take(2).take_while(|&b| b == b'=').count();
    bytes.truncate(bytes.len().checked_sub(padding)?);
    // Whatever was written in another way, such as with bits behind the end, is written differently again.
    (encode(&bytes) == text).then_some(bytes)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_are_written_and_read() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
    }

    #[test]
    fn another_spelling_is_not_read() {
        for text in
            ["Zg", "Zg=", "Zh==", "Zg==\n", "Z g=", "Zm9v=", "====", "=m9v", "Zm8=Zm8=", "Zm9-", "Zm9é"]
        {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
