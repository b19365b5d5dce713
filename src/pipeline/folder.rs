//! A release folder that appears whole or not at all.
//!
//! ```text
//!   .release.partial-4711/      written and flushed file by file
//!          │ rename
//!          ▼
//!   release/   ──(with --replace: the old one is renamed to .release.old-4711 first, and removed last)
//! ```
//!
//! Killed at any moment, there is the old folder, none, or the complete new one; and at most hidden folders
//! with the process number, from which the next run puts the old one back, and removes the rest.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use crate::error::{Error, Result};

/// A hidden folder beside the target; dropped without [`commit`](Self::commit), it is removed.
#[derive(Debug)]
pub(super) struct Staging {
    temporary: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl Staging {
    /// An empty hidden folder beside `target`, for its owner only until it is committed.
    pub(super) fn create(target: &Path) -> Result<Self> {
        let failed = |e| Error::io(format!("creating the folder for '{}'", target.display()), e);
        if let Some(parent) = target.parent().filter(|p| !p.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        let temporary = sibling(target, "partial", process::id());
        fs::create_dir(&temporary).map_err(failed)?;
        let staging = Staging { temporary, target: target.to_owned(), committed: false };
        set_mode(&staging.temporary, 0o700).map_err(failed)?;
        Ok(staging)
    }

    /// Writes one file and flushes it to the disk.
    pub(super) fn write(&self, name: &str, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
        let failed = |e| Error::io(format!("writing '{name}' for '{}'", self.target.display()), e);
        let mut file = File::create_new(self.temporary.join(name)).map_err(failed)?;
        write(&mut file)?;
        file.flush().and_then(|()| file.sync_all()).map_err(failed)
    }

    /// Puts the folder in the target's place, with `mode`. A folder that was there is returned to be removed.
    pub(super) fn commit(mut self, mode: u32) -> Result<Option<PathBuf>> {
        let failed = |e| Error::io(format!("putting '{}' in place", self.target.display()), e);
        set_mode(&self.temporary, mode).map_err(failed)?;
        sync(&self.temporary).map_err(failed)?;
        let old = sibling(&self.target, "old", process::id());
        let replaced = match fs::rename(&self.target, &old) {
            Ok(()) => Some(old),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(failed(e)),
        };
        if let Err(e) = fs::rename(&self.temporary, &self.target) {
            if let Some(old) = &replaced {
                // Best effort: the old folder is whole either way.
                let _ = fs::rename(old, &self.target);
            }
            return Err(failed(e));
        }
        self.committed = true;
        sync(parent(&self.target)).map_err(failed)?;
        Ok(replaced)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.committed {
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

/// The folder for those who hold the raw data, beside the public one.
pub(super) fn internal_of(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".internal");
    target.with_file_name(name)
}

fn sibling(target: &Path, kind: &str, process: u32) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{kind}-{process}"))
}

/// Tidies up after killed runs, whose processes are gone: a release that was moved aside and not replaced goes
/// back to its place, everything else that is hidden is removed.
pub(super) fn recover(target: &Path) {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Ok(entries) = fs::read_dir(parent(target)) else { return };
    for entry in entries.flatten() {
        let found = entry.file_name().to_string_lossy().into_owned();
        let process = |kind: &str| found.strip_prefix(&format!(".{name}.{kind}-"))?.parse::<u32>().ok();
        let (aside, unfinished) = (process("old"), process("partial"));
        if !aside.or(unfinished).is_some_and(is_gone) {
            continue;
        }
        let back = aside.is_some() && fs::symlink_metadata(target).is_err();
        // Best effort: what stays is hidden, and the next run tries again.
        let _ = if back { fs::rename(entry.path(), target) } else { fs::remove_dir_all(entry.path()) };
    }
}

/// Whether there is no such process. Where that cannot be told, there may be one.
fn is_gone(process: u32) -> bool {
    Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{process}")).exists()
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A rename is durable when the folder that holds the name is.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
