//! Files that commands write beside releases.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use incog::{Error, ErrorKind};

use crate::failure::Failure;

/// Writes a file that was not there before, whole or not at all: into a hidden file beside it, which then takes its name.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |e: io::Error| {
        if e.kind() == io::ErrorKind::AlreadyExists {
            let sentence = format!("'{}' exists; choose another file, or remove it", path.display());
            Failure::from(Error::new(ErrorKind::Refused, sentence))
        } else {
            Failure::from(Error::io(format!("writing '{}'", path.display()), e))
        }
    };
    // The name is taken first, so that no file of somebody else's is replaced by the rename.
    drop(File::create_new(path).map_err(failed)?);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.incog", std::process::id()));
    let hidden = path.with_file_name(name);
    let write = || {
        let mut file = File::create_new(&hidden)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&hidden, path)
    };
    write().map_err(|e| {
        let _ = fs::remove_file(&hidden);
        let _ = fs::remove_file(path);
        Failure::from(Error::io(format!("writing '{}'", path.display()), e))
    })
}

/// `println!` for a stdout that may be closed: a reader that has seen enough ends the command quietly.
macro_rules! say {
    ($($words:tt)*) => {
        crate::output::line(format_args!($($words)*))
    };
}
pub(crate) use say;

/// Writes a line to stdout, or ends the process if there is nobody left to read it.
pub(crate) fn line(words: std::fmt::Arguments<'_>) {
    if let Err(cause) = writeln!(io::stdout().lock(), "{words}") {
        let code = if cause.kind() == io::ErrorKind::BrokenPipe { 0 } else { 4 };
        std::process::exit(code);
    }
}
