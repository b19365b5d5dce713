//! Two folders that appear whole or not at all, one after the other.
//!
//! ```text
//!   .release.lock                    held while a run works; the system lets go of it when the run ends, however it ends
//!   .release.internal.partial/       written and flushed file by file
//!   .release.partial/
//!        1  release.internal -> .release.internal.old        (if it is there)
//!        2  .release.internal.partial -> release.internal
//!        3  release -> .release.old                          (if it is there)
//!        4  .release.partial -> release                      from here on the new release is in place
//!        5  the old ones are removed, then the lock
//! ```
//!
//! Killed at any moment, `release` is the old folder, none, or the complete new one. The next run holds the lock, so all
//! that is hidden is left over from a run that is gone: up to step 4 it puts the old folders back, afterwards it removes
//! them. The internal folder goes first, because a public folder without it could not be accounted for.
//!
//! A rename is durable when the folder that holds the names is flushed, which happens after each (Unix). Windows has no
//! such call and needs none with NTFS, which keeps names in a journal; there a folder in which some program has a file
//! open cannot be renamed, and the run fails with the old folder in place. Locks of files are the system's own on all
//! three (`flock`, `LockFileEx`); on a file system without them there is no lock, and nothing left over is removed.

use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// A pair of hidden folders beside `target`; dropped without [`commit`](Self::commit), they are removed.
#[derive(Debug)]
pub(super) struct Staging {
    public: PathBuf,
    internal: PathBuf,
    target: PathBuf,
    done: bool,
    lock: Lock,
    /// Folders above the target that were made for it, the lowest first.
    made: Vec<PathBuf>,
}

/// Whether a folder that is in the way may be replaced.
///
/// # Examples
/// ```
/// use incog::{ErrorKind, pipeline::{Policy, Replace, SILENT}};
/// # let here = std::env::temp_dir().join(format!("incog-doc-replace-{}", std::process::id()));
/// # std::fs::create_dir_all(&here).unwrap();
/// # std::fs::write(here.join("stays.csv"), "age\n31\n34\n38\n").unwrap();
/// # let policy = r#"
/// # version = 1
/// # purpose = "ward planning"
/// # [input]
/// # path = "stays.csv"
/// # [columns]
/// # age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
/// # [release.table]
/// # columns = ["age"]
/// # models = [{ k_anonymity = 2 }]
/// # search = "optimal"
/// # "#;
/// let apply = |replace| Policy::parse(policy, &here)?.plan(SILENT)?.apply(&here.join("release"), replace, SILENT);
/// apply(Replace::No)?;
/// assert_eq!(apply(Replace::No).unwrap_err().kind(), ErrorKind::Refused, "there is a release in the way");
/// apply(Replace::Yes)?;
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replace {
    /// The run is refused.
    No,
    /// A release folder is replaced, whole; anything else is refused.
    Yes,
}

/// Which of the two folders a file goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Public,
    Internal,
}

impl Staging {
    /// Empty hidden folders beside `target`, for their owner only, after tidying up what a killed run left.
    pub(super) fn create(target: &Path) -> Result<Self> {
        let failed = |e| Error::io(format!("creating the folder for '{}'", target.display()), e);
        let absent = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let made: Vec<_> = target.ancestors().skip(1).take_while(absent).map(Path::to_owned).collect();
        fs::create_dir_all(parent(target)).map_err(failed)?;
        let lock = Lock::take(target)?;
        if lock.holds {
            recover(target).map_err(failed)?;
        }
        let internal_target = internal_of(target);
        let staging = Staging {
            made,
            public: hidden(target, PARTIAL),
            internal: hidden(&internal_target, PARTIAL),
            target: target.to_owned(),
            done: false,
            lock,
        };
        for folder in [&staging.internal, &staging.public] {
            fs::create_dir(folder).and_then(|()| set_mode(folder, 0o700)).map_err(failed)?;
        }
        Ok(staging)
    }

    /// The folder that the pair is for.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// A place for files that are needed until the folders are written, and not longer.
    pub(super) fn scratch(&self) -> PathBuf {
        self.public.join(SCRATCH)
    }

    /// Writes one file and flushes it to the disk.
    pub(super) fn write<T>(
        &self,
        side: Side,
        name: &str,
        write: impl FnOnce(&mut File) -> Result<T>,
    ) -> Result<T> {
        let folder = if side == Side::Public { &self.public } else { &self.internal };
        let failed = |e| Error::io(format!("writing '{name}' for '{}'", self.target.display()), e);
        let mut file = File::create_new(folder.join(name)).map_err(failed)?;
        let written = write(&mut file)?;
        file.flush().and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(written)
    }

    /// Puts both folders in place.
    pub(super) fn commit(mut self) -> Result<()> {
        let target = self.target.clone();
        let failed = |e| Error::io(format!("putting '{}' in place", target.display()), e);
        match fs::remove_dir_all(self.scratch()) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
        set_mode(&self.public, 0o755).map_err(failed)?;
        for folder in [&self.public, &self.internal] {
            sync(folder).map_err(failed)?;
        }
        let internal = internal_of(&target);
        let in_place = aside(&internal)
            .and_then(|()| rename(&self.internal, &internal))
            .and_then(|()| aside(&target))
            .and_then(|()| rename(&self.public, &target));
        if let Err(e) = in_place {
            // As after a kill. Best effort: what cannot be moved now, the next run moves.
            let _ = recover(&target);
            return Err(failed(e));
        }
        self.done = true;
        for old in [hidden(&internal, OLD), hidden(&target, OLD)] {
            match fs::remove_dir_all(&old) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("removing the replaced release", e));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.done {
            for folder in [&self.public, &self.internal] {
                let _ = fs::remove_dir_all(folder);
            }
        }
        self.lock.release();
        if !self.done {
            // Only what is empty goes.
            self.made.iter().for_each(|folder| drop(fs::remove_dir(folder)));
        }
    }
}

/// An error if there is something at `folder` that `replace` does not let a run replace.
pub(super) fn refuse_existing(folder: &Path, replace: Replace) -> Result<()> {
    if fs::symlink_metadata(folder).is_err() {
        return Ok(());
    }
    if replace == Replace::No {
        return Err(Error::output_exists(folder));
    }
    // --replace must not be able to remove anything but a release.
    if folder.join("card.json").is_file() { Ok(()) } else { Err(Error::output_not_a_release(folder)) }
}

/// Whoever holds it may touch what is hidden beside the target.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    file: Option<File>,
    holds: bool,
}

impl Lock {
    fn take(target: &Path) -> Result<Self> {
        let path = hidden(target, "lock");
        let failed = |e| Error::io(format!("locking '{}'", path.display()), e);
        loop {
            let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
            match file.try_lock() {
                // Its holder may have removed it between our opening and its letting go: then it is no lock any more.
                Ok(()) if !is_at(&file, &path) => {}
                Ok(()) => return Ok(Lock { path, file: Some(file), holds: true }),
                Err(TryLockError::WouldBlock) => return Err(Error::output_in_work(target)),
                // A file system without locks.
                Err(TryLockError::Error(_)) => return Ok(Lock { path, file: Some(file), holds: false }),
            }
        }
    }

    fn release(&mut self) {
        // Removed before it is let go of: nobody else has it then.
        if let Some(file) = self.file.take() {
            let _ = fs::remove_file(&self.path);
            drop(file);
        }
    }
}

/// Tidies up after a run that is gone. Its lock is held. May be killed itself, and then goes on the next time.
fn recover(target: &Path) -> io::Result<()> {
    let internal = internal_of(target);
    let exists = |path: &Path| fs::symlink_metadata(path).is_ok();
    let (public_partial, internal_partial) = (hidden(target, PARTIAL), hidden(&internal, PARTIAL));
    if exists(&public_partial) {
        // Step 4 was not reached. The internal folder is made first, so if it is not where it was made, it is in place.
        if !exists(&internal_partial) && exists(&internal) {
            rename(&internal, &internal_partial)?;
        }
        for folder in [&internal, target] {
            if exists(&hidden(folder, OLD)) && !exists(folder) {
                rename(&hidden(folder, OLD), folder)?;
            }
        }
    }
    // The public part before the internal one: alone, the public part would say that the internal one is in place.
    for folder in [public_partial, internal_partial, hidden(&internal, OLD), hidden(target, OLD)] {
        if exists(&folder) {
            fs::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

/// The folder for those who hold the raw data, beside the public one.
pub(super) fn internal_of(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".internal");
    target.with_file_name(name)
}

fn hidden(target: &Path, kind: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".");
    name.push(kind);
    target.with_file_name(name)
}

/// Moves a folder that is there to its hidden place.
fn aside(folder: &Path) -> io::Result<()> {
    match rename(folder, &hidden(folder, OLD)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync(parent(to))
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

/// Whether the open file is the one of that name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// A file that somebody has open keeps its name there.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

const PARTIAL: &str = "partial";
const OLD: &str = "old";
/// Inside of the public part, so that it goes with it.
const SCRATCH: &str = ".scratch";

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, text: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("card.json"), text).unwrap();
    }

    fn read(folder: &Path) -> Option<String> {
        fs::read_to_string(folder.join("card.json")).ok()
    }

    /// Runs the steps of a commit up to `step`, as a run that is killed there does.
    fn killed_after(step: usize, target: &Path) {
        let internal = internal_of(target);
        let (public_partial, internal_partial) = (hidden(target, PARTIAL), hidden(&internal, PARTIAL));
        write(&internal_partial, "new");
        let steps: [&dyn Fn(); 7] = [
            &|| write(&public_partial, "new"),
            &|| aside(&internal).unwrap(),
            &|| rename(&internal_partial, &internal).unwrap(),
            &|| aside(target).unwrap(),
            &|| rename(&public_partial, target).unwrap(),
            &|| drop(fs::remove_dir_all(hidden(&internal, OLD))),
            &|| drop(fs::remove_dir_all(hidden(target, OLD))),
        ];
        steps.iter().take(step).for_each(|step| step());
    }

    #[test]
    fn after_a_kill_at_any_step_both_folders_are_old_or_both_are_new() {
        let root = std::env::temp_dir().join(format!("incog-folder-{}", std::process::id()));
        for (with_old, with_internal) in [(false, false), (true, true), (true, false), (false, true)] {
            for step in 0..=7 {
                let _ = fs::remove_dir_all(&root);
                let target = root.join("release");
                if with_old {
                    write(&target, "old");
                }
                if with_internal {
                    write(&internal_of(&target), "old");
                }
                fs::create_dir_all(&root).unwrap();
                killed_after(step, &target);
                drop(Staging::create(&target).unwrap());
                let new = step >= 5;
                let expected =
                    |old: bool| if new { Some("new") } else { old.then_some("old") }.map(str::to_owned);
                let case = format!("step {step}, old {with_old}, internal {with_internal}");
                assert_eq!(read(&target), expected(with_old), "{case}");
                assert_eq!(read(&internal_of(&target)), expected(with_internal), "{case}");
                let hidden: Vec<_> = fs::read_dir(&root).unwrap().map(|e| e.unwrap().file_name()).collect();
                assert!(hidden.iter().all(|n| !n.to_string_lossy().starts_with('.')), "{case}: {hidden:?}");
            }
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn two_runs_do_not_write_one_folder_at_a_time() {
        let root = std::env::temp_dir().join(format!("incog-locked-{}", std::process::id()));
        let staging = Staging::create(&root.join("release")).unwrap();
        let error = Staging::create(&root.join("release")).unwrap_err();
        assert!(error.to_string().contains("another run is writing"), "{error}");
        drop(Staging::create(&root.join("other")).unwrap());
        drop(staging);
        drop(Staging::create(&root.join("release")).unwrap());
        assert!(!root.exists(), "folders that were made for a release go with it");
    }
}
