//! Files that commands write beside releases.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use incog::{
    Error, ErrorKind,
    table::{
        Column, Table,
        csv::{Dialect, Writer},
    },
};

use crate::{failure::Failure, parquet};

/// Writes a file that was not there before, whole or not at all: into a hidden file beside it, which then takes its name.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_new_with(path, |file| file.write_all(bytes).map_err(|e| unwritable(path, e)))
}

/// As [`write_new`], bit by bit.
pub(crate) fn write_new_with<T>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let failed = |e: io::Error| {
        if e.kind() == io::ErrorKind::AlreadyExists {
            let sentence = format!("'{}' exists; choose another file, or remove it", path.display());
            Failure::from(Error::new(ErrorKind::Refused, sentence))
        } else {
            unwritable(path, e)
        }
    };
    // The name is taken first, so that no file of somebody else's is replaced by the rename.
    drop(File::create_new(path).map_err(failed)?);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.incog", std::process::id()));
    let hidden = path.with_file_name(name);
    let write = || {
        let mut file = File::create_new(&hidden).map_err(|e| unwritable(path, e))?;
        let filled = fill(&mut file)?;
        file.sync_all().and_then(|()| fs::rename(&hidden, path)).map_err(|e| unwritable(path, e))?;
        Ok(filled)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&hidden);
        let _ = fs::remove_file(path);
    })
}

fn unwritable(path: &Path, cause: io::Error) -> Failure {
    Failure::from(Error::io(format!("writing '{}'", path.display()), cause))
}

/// Writes to a new file, or to stdout.
pub(crate) fn write(path: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    match path {
        Some(path) => write_new(path, bytes),
        None => Ok(io::stdout().lock().write_all(bytes)?),
    }
}

/// The text of `table` with `column` in the place of its own of that name.
pub(crate) fn table_with(
    table: &Table,
    name: &str,
    column: &Column,
    dialect: Dialect,
) -> Result<Vec<u8>, Failure> {
    let replaced = table.iter().map(|(n, c)| (n, if n == name { column } else { c }.clone()));
    let mut out = Vec::new();
    Writer::new(dialect).write(&Table::new(replaced)?, &mut out)?;
    Ok(out)
}

/// The table of Parquet at `from` with `column` in the place of its own of that name, to a new file or to stdout.
pub(crate) fn parquet_with(
    path: Option<&Path>,
    from: &str,
    name: &str,
    column: &Column,
) -> Result<(), Failure> {
    match path {
        Some(path) => write_new_with(path, |file| parquet::with_column(from, name, column, file)),
        None => parquet::with_column(from, name, column, &mut io::stdout()),
    }
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
