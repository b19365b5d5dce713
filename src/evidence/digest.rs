//! Digests of files and of columns.

use sha2::{Digest, Sha256};

use crate::{digest::hex, table::Column};

/// SHA-256 of `bytes` (FIPS 180-4) in hexadecimal.
///
/// # Examples
/// ```
/// let digest = incog::evidence::sha256_hex(b"abc"); // FIPS 180-4, appendix
/// assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// ```
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    crate::digest::sha256_hex(bytes)
}

/// SHA-256 of `bytes`.
pub(crate) fn sha256_bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of the cells of a column, top to bottom: each as its length in 8 bytes, little-endian, then its
/// text. A missing cell is the empty text. It tells which column of a file differs.
///
/// # Examples
/// ```
/// use incog::{evidence::{column_sha256, sha256_hex}, table::Column};
/// let wards = Column::from_values(["A", "B"])?;
/// let framed = [1, 0, 0, 0, 0, 0, 0, 0, b'B', 1, 0, 0, 0, 0, 0, 0, 0, b'A'];
/// assert_eq!(column_sha256(&wards, &[1, 0]), sha256_hex(&framed));
/// # Ok::<(), incog::Error>(())
/// ```
#[must_use]
pub fn column_sha256(column: &Column, rows: &[usize]) -> String {
    let mut digest = ColumnDigest::default();
    for &row in rows {
        digest.add(column.cell(row).unwrap_or_default());
    }
    digest.finish()
}

/// [`column_sha256`], cell by cell.
#[derive(Default)]
pub(crate) struct ColumnDigest {
    buffer: Vec<u8>,
    hash: Sha256,
}

impl ColumnDigest {
    pub(crate) fn add(&mut self, cell: &str) {
        self.buffer.extend_from_slice(&crate::num::count(cell.len()).to_le_bytes());
        self.buffer.extend_from_slice(cell.as_bytes());
        if self.buffer.len() >= 1 << 15 {
            self.hash.update(&self.buffer);
            self.buffer.clear();
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.hash.update(&self.buffer);
        hex(&self.hash.finalize())
    }
}
