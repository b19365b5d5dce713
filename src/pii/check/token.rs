//! Checksums inside tokens.

/// Whether the last six characters are the CRC-32 of the thirty before them, in base 62.
///
/// Source: GitHub blog, "Behind GitHub's new authentication token formats" (2021-04-05). The alphabet is
/// `0-9A-Za-z`, left-padded with `0`.
pub(in crate::pii) fn github_checksum(body: &[u8]) -> bool {
    let Some((random, tail)) = body.split_last_chunk::<6>() else { return false };
    let mut rest = u64::from(crc32(random));
    let mut expected = [b'0'; 6];
    for place in expected.iter_mut().rev() {
        // Below 62, so the index and the conversion hold.
        *place = BASE62[usize::try_from(rest % 62).unwrap_or(0)];
        rest /= 62;
    }
    expected == *tail
}

/// CRC-32/ISO-HDLC, bit by bit: thirty bytes a token do not need a table.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1)))
    })
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn the_check_value_of_the_crc_catalog_is_met() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
