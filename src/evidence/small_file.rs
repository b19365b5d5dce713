//! Files beside a card, which may be anybody's.

use std::{fs, io, path::Path};

/// The bytes of the file at `path`, if it is a regular one of at most [`LARGEST`] bytes: whoever opens a pipe waits, and a
/// device has no end.
pub(super) fn small_file(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if found.len() > LARGEST {
        return Err(io::Error::other("it has more than 256 MiB"));
    }
    fs::read(path)
}

/// 256 MiB: far more than a card, a lock or statistics need, and little enough to be held.
const LARGEST: u64 = 1 << 28;
