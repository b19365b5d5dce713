//! A new ledger file.
//!
//! The file appears under its name only when it is complete and already in WAL mode (made beside, then renamed over an
//! empty placeholder), so openers never race the switch. Creators take turns by a lock on the folder, and not on the
//! file: closing one that is a ledger by now would release the locks of SQLite. A program that is killed meanwhile leaves
//! the lock, and nothing that was spent: whoever creates next goes on from there.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::{
    mark::Mark,
    place::{self, Place},
    store,
};
use crate::{
    dp::ledger::{Chain, Terms},
    error::{Error, Result},
};

/// Writes the ledger with `terms` to `path`, which does not exist.
pub(super) fn create(path: &Path, terms: &Terms, chain: &Chain) -> Result<()> {
    let failed = |cause| Error::io(format!("creating the ledger '{}'", path.display()), cause);
    let folder = locked_folder(path, store::PATIENCE).map_err(failed)?;
    // An opener finds it empty and is refused.
    match create_private(path) {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            let left_behind =
                folder.is_some() && fs::symlink_metadata(path).is_ok_and(|m| is_placeholder(&m));
            if !left_behind {
                return Err(Error::ledger_exists(path));
            }
        }
        made => made.map_err(failed)?,
    }
    let (beside, mark) = (beside(path), place::mark_of(path));
    let leave_nothing_beside = || {
        for file in companions(&beside).iter().chain([&beside]) {
            let _ = fs::remove_file(file);
        }
    };
    leave_nothing_beside();
    let start = chain.start();
    let created = fs::canonicalize(path)
        .map_err(failed)
        .and_then(|real| place::check_file_system(&real))
        .and_then(|()| {
            if Mark::is_of_nothing(&mark).map_err(failed)? {
                fs::remove_file(&mark).map_err(failed)?;
            }
            match Mark::create(&mark, terms, &start) {
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                    Err(Error::ledger_exists(&mark))
                }
                marked => marked.map_err(failed).inspect_err(|_| drop(fs::remove_file(&mark))),
            }
        })
        .and_then(|()| {
            let moved = build(&beside, terms, chain).and_then(|()| {
                fs::rename(&beside, path)
                    .and_then(|()| folder.as_ref().map_or(Ok(()), fs::File::sync_all))
                    .map_err(failed)
            });
            moved.inspect_err(|_| drop(fs::remove_file(&mark)))
        });
    // Leave no half: neither file holds anything yet.
    created.inspect_err(|_| {
        leave_nothing_beside();
        let _ = fs::remove_file(path);
    })
}

/// The folder of `path`, locked against other creators until it is closed; nothing where folders are no files. Others are
/// waited for as long as `longest`.
fn locked_folder(path: &Path, longest: Duration) -> io::Result<Option<fs::File>> {
    if !cfg!(unix) {
        return Ok(None);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?;
    let started = Instant::now();
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(Some(folder)),
            Err(fs::TryLockError::WouldBlock) if started.elapsed() < longest => {
                thread::sleep(Duration::from_millis(2));
            }
            Err(fs::TryLockError::WouldBlock) => return Err(io::ErrorKind::TimedOut.into()),
            Err(fs::TryLockError::Error(cause)) => return Err(cause),
        }
    }
}

/// Whether it is as [`create_private`] makes it.
fn is_placeholder(metadata: &fs::Metadata) -> bool {
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(metadata) & 0o177 != 0 {
        return false;
    }
    place::check_names(Path::new(""), metadata).is_ok() && metadata.len() == 0
}

/// Writes a complete, closed ledger file at `path`, which does not exist.
fn build(path: &Path, terms: &Terms, chain: &Chain) -> Result<()> {
    let writing = |cause| Error::io(format!("creating the ledger '{}'", path.display()), cause);
    create_private(path).map_err(writing)?;
    store::build(path, terms, chain)?;
    // SQLite closes a file without a word when it could not fold its log in, and the log would stay behind.
    let whole = Place::find(path).and_then(|place| {
        let connection = store::connect(&place)?;
        store::check(&connection, chain, &chain.start(), path)?;
        Ok(store::terms(&connection)?.text() == terms.text() && connection.close().is_ok())
    });
    if !whole.unwrap_or(false) || companions(path).iter().any(|file| file.exists()) {
        return Err(Error::ledger_not_whole());
    }
    // SQLite has closed it, so opening it here releases none of its locks.
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(writing)
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new-ledger");
    path.with_file_name(name)
}

/// What SQLite writes beside a file while it is open.
fn companions(path: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

#[cfg(test)]
mod tests {
    use super::{super::SqliteLedger, *};
    use crate::{ErrorKind, dp::Budget};

    /// The lock is on the folder of the ledger, and creators wait for it, but not for ever.
    #[cfg(unix)]
    #[test]
    fn creators_in_one_folder_take_turns_and_others_do_not_wait() {
        let folder = super::super::tests::folder("create");
        let (path, other) = (folder.join("a.db"), folder.join("other"));
        fs::create_dir(&other).unwrap();
        let at_once = |path: &Path| locked_folder(path, Duration::ZERO);
        let held = at_once(&path).unwrap();
        assert_eq!(at_once(&folder.join("b.db")).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(at_once(&other.join("a.db")).is_ok());
        let started = Instant::now();
        assert!(locked_folder(&path, Duration::from_millis(30)).is_err());
        assert!(started.elapsed() >= Duration::from_millis(30));
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(50));
                drop(held);
            });
            assert!(locked_folder(&path, Duration::from_secs(60)).is_ok());
        });
        // A name alone is in the folder where the program runs.
        assert!(locked_folder(Path::new("a.db"), Duration::from_secs(60)).is_ok());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_name_that_no_file_can_have_is_not_taken_for_a_ledger_that_exists() {
        let folder = super::super::tests::folder("name");
        let path = folder.join("a".repeat(300));
        let error = SqliteLedger::create(&path, Budget::parse("1", "0").unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        fs::remove_dir_all(folder).unwrap();
    }
}
