//! Released files against what the card says of them: digests, names, rows, cells.
//!
//! A table is read twice: once for digests, and once more where cells have to be scanned. Only tables with claims about
//! classes are kept, as numbers of their cells.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{
    Card, ColumnDigest, Output,
    kinds::{check_of, named_columns, person_of},
    released::{Form, Reader, UNREAD, is_of},
    rows,
    verification::Seen,
    verify::is_plain,
};
use crate::{
    claim::{Check, Statement},
    error::{Error, Result},
    table::{ColumnBuilder, Table, parquet::Parquet},
};

/// A table that could be read, or one of Parquet whose bytes are those of the card.
pub(super) struct Checkable {
    pub(super) names: Vec<String>,
    /// None of a table whose rows were not read.
    pub(super) form: Option<Form>,
    /// SHA-256 of its bytes.
    pub(super) sha256: String,
    /// The columns that claims about classes of rows name, if there are such claims.
    pub(super) table: Option<Table>,
}

/// What became of an output.
pub(super) struct OutputFound {
    pub(super) detail: std::result::Result<Seen, String>,
    pub(super) table: Option<Checkable>,
}

/// The file is there with its digest. Of a table that differs, say where.
pub(super) fn output_of(
    folder: &Path,
    card: &Card,
    output: &Output,
    parquet: Option<&dyn Parquet>,
) -> OutputFound {
    let differs = |why: String| OutputFound { detail: Err(why), table: None };
    let form = match Form::of(output) {
        Ok(form) => form,
        Err(why) => return differs(why),
    };
    if !is_plain(&output.file) {
        return differs("is not the name of a file in the folder".into());
    }
    let path = folder.join(&output.file);
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return differs("is not a regular file".into()),
        Err(_) => return differs("is missing".into()),
    }
    let form = match form {
        Some(Form::Parquet) if parquet.is_none() => return unread(&path, output),
        Some(form) => form,
        None => {
            let detail = same_bytes(&path, output).map(|sha256| Seen::Holds(format!("SHA-256 {sha256}")));
            return OutputFound { detail, table: None };
        }
    };
    let keep = kept_columns(card, output);
    let reader = Reader::open(&path, form, parquet, &card.policy_sha256);
    match reader.and_then(|reader| read_table(reader, keep.as_ref())) {
        Ok(read) => OutputFound {
            detail: difference(&read, output).map(Seen::Holds),
            table: Some(Checkable {
                names: read.names,
                form: Some(form),
                sha256: read.file,
                table: read.table,
            }),
        },
        Err(why) => differs(format!("cannot be read as the table of the card: {why}")),
    }
}

/// Scans the cells of `columns` in the table at `path`.
pub(super) fn scan_again(
    (path, policy_sha256): (PathBuf, &str),
    found: &Checkable,
    columns: &[String],
    scan: &dyn Fn(&str, &str) -> Result<usize>,
    parquet: Option<&dyn Parquet>,
) -> std::result::Result<(), Scanned> {
    let Some(form) = found.form else { return Err(Scanned::Differs(UNREAD.into())) };
    let wanted: Vec<usize> =
        (0..).zip(&found.names).filter(|(_, n)| columns.contains(n)).map(|(i, _)| i).collect();
    let mut reader = Reader::open(&path, form, parquet, policy_sha256).map_err(Scanned::Differs)?;
    let mut number = 0u64;
    while reader.next().map_err(Scanned::Differs)? {
        number += 1;
        for &i in wanted.iter().filter(|&&i| i < reader.cells()) {
            let (name, cell) = (&found.names[i], reader.cell(i).unwrap_or_default());
            let findings = if cell.is_empty() { 0 } else { scan(name, cell).map_err(Scanned::Failed)? };
            if findings > 0 {
                return Err(Scanned::Differs(format!("column '{name}', row {number}: {findings} findings")));
            }
        }
    }
    Ok(())
}

/// A table of Parquet that is not read.
fn unread(path: &Path, output: &Output) -> OutputFound {
    match same_bytes(path, output) {
        Err(why) => OutputFound { detail: Err(why), table: None },
        Ok(sha256) => OutputFound {
            detail: Ok(Seen::NotChecked(format!("SHA-256 {sha256}; {UNREAD}"))),
            table: Some(Checkable {
                names: output.columns.iter().map(|column| column.name.clone()).collect(),
                form: None,
                sha256,
                table: None,
            }),
        },
    }
}

/// The digest of the file at `path`, if it is that of the card.
fn same_bytes(path: &Path, output: &Output) -> std::result::Result<String, String> {
    let file = File::open(path).map_err(|e| format!("cannot be read: {e}"))?;
    match rows::digest(file)? {
        digest if digest == output.sha256 => Ok(digest),
        digest => Err(format!("SHA-256 is {digest}, the card says {}", output.sha256)),
    }
}

/// What one reading of a table gives.
struct Read {
    names: Vec<String>,
    rows: u64,
    columns: Vec<String>,
    file: String,
    table: Option<Table>,
}

fn read_table(mut reader: Reader, keep: Option<&BTreeSet<&str>>) -> std::result::Result<Read, String> {
    let names = reader.names().to_vec();
    let mut hashes: Vec<ColumnDigest> = names.iter().map(|_| ColumnDigest::default()).collect();
    // A claim about no column that is there is still one about rows.
    let no_column = keep.is_some_and(|keep| !names.iter().any(|name| keep.contains(name.as_str())));
    let is_kept = |i, name: &str| keep.is_some_and(|keep| keep.contains(name)) || no_column && i == 0;
    let mut kept: Vec<Option<ColumnBuilder>> =
        names.iter().enumerate().map(|(i, name)| is_kept(i, name).then(ColumnBuilder::default)).collect();
    let mut rows = 0;
    while reader.next()? {
        rows += 1;
        if reader.cells() != names.len() {
            return Err(format!(
                "row {rows} has {} cells where the header has {} columns",
                reader.cells(),
                names.len()
            ));
        }
        for i in 0..names.len() {
            let cell = reader.cell(i).ok_or_else(|| format!("row {rows} is not UTF-8"))?;
            hashes[i].add(cell);
            if let Some(column) = &mut kept[i] {
                let pushed = if cell.is_empty() { column.push_missing() } else { column.push(cell) };
                pushed.map_err(|e| e.to_string())?;
            }
        }
    }
    let table = if keep.is_none() {
        None
    } else {
        let columns =
            names.iter().cloned().zip(kept).filter_map(|(name, column)| Some((name, column?.finish())));
        Some(Table::new(columns).map_err(|e| e.to_string())?)
    };
    let columns = hashes.into_iter().map(ColumnDigest::finish).collect();
    Ok(Read { names, rows, columns, file: reader.finish()?, table })
}

/// Where a table differs from the card: columns, rows, or which column.
fn difference(read: &Read, output: &Output) -> std::result::Result<String, String> {
    let declared: Vec<&str> = output.columns.iter().map(|c| c.name.as_str()).collect();
    if read.names != declared {
        let added = read.names.iter().position(|name| !declared.contains(&name.as_str()));
        let added = added.map_or_else(String::new, |i| format!(": column {} is not in the card", i + 1));
        return Err(format!("its columns are not those of the card{added}"));
    }
    if output.rows != Some(read.rows) {
        return Err(format!("{} rows, the card says {}", read.rows, output.rows.unwrap_or(0)));
    }
    let changed: Vec<String> = output
        .columns
        .iter()
        .zip(&read.columns)
        .filter(|(claimed, found)| claimed.sha256 != **found)
        .map(|(claimed, _)| format!("'{}'", claimed.name))
        .collect();
    if !changed.is_empty() {
        Err(format!("cells differ from the card in column {}", changed.join(", ")))
    } else if read.file != output.sha256 {
        Err("the bytes differ from the card, the cells do not".into())
    } else {
        Ok(format!("SHA-256 {}, {} rows", read.file, read.rows))
    }
}

/// Why a scan of released text did not end well.
pub(super) enum Scanned {
    Differs(String),
    Failed(Error),
}

/// The columns of `output` that claims about classes name; none if there is no such claim.
fn kept_columns<'c>(card: &'c Card, output: &Output) -> Option<BTreeSet<&'c str>> {
    let claims = card.claims.iter().filter(|c| is_of(c, output) && about_classes(&c.statement));
    claims.fold(None, |columns, claim| {
        let mut columns = columns.unwrap_or_else(BTreeSet::new);
        columns.extend(named_columns(&claim.statement));
        Some(columns)
    })
}

/// Whether rows have to be grouped to see if it is true.
fn about_classes(statement: &Statement) -> bool {
    let counted = check_of(statement) == Check::Recomputed || person_of(statement).is_some();
    counted && !matches!(statement, Statement::NothingFound { .. })
}
