//! A new ledger file.
//!
//! The file appears under its name only when it is complete and already in WAL mode (made beside, then renamed over an
//! exclusively created placeholder), so openers never race the switch.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
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
    // Whoever creates the placeholder owns the name; an opener finds it empty and is refused.
    create_private(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Error::ledger_exists(path),
        _ => failed(cause),
    })?;
    let (beside, mark) = (beside(path), place::mark_of(path));
    let start = chain.start();
    let created = fs::canonicalize(path)
        .map_err(failed)
        .and_then(|real| place::check_file_system(&real))
        .and_then(|()| match Mark::create(&mark, terms, &start) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(Error::ledger_exists(&mark)),
            marked => marked.map_err(failed).inspect_err(|_| drop(fs::remove_file(&mark))),
        })
        .and_then(|()| {
            let moved = build(&beside, terms, chain)
                .and_then(|()| fs::rename(&beside, path).and_then(|()| sync_folder(path)).map_err(failed));
            moved.inspect_err(|_| drop(fs::remove_file(&mark)))
        });
    // Leave no half: neither file holds anything yet.
    created.inspect_err(|_| {
        for file in companions(&beside).iter().chain([&beside]) {
            let _ = fs::remove_file(file);
        }
        let _ = fs::remove_file(path);
    })
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
    name.push(format!(".new-{}", process::id()));
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

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) {
        fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
