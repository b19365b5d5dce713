//! Files that only their owner can read.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Writes `bytes` to a new file that only its owner can read, and waits until they are on the disk. A file that cannot be
/// written whole is removed: half a key is worse than none.
///
/// # Errors
/// `AlreadyExists` if there is something at `path`, which stays; else why it cannot be written.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
        // The first failure is the one to report.
        let _ = fs::remove_file(path);
    })
}

/// Without it, a crash could lose the new name of a file, and with it the key.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(parent)?.sync_all()?;
    }
    Ok(())
}
