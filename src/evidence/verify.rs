//! Recomputing a card from the released files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde::Serialize;

use super::{Card, Output, SCHEMA, column_sha256, sha256_hex};
use crate::{
    claim::{Check, Claim, Statement},
    error::{Error, Result},
    num,
    table::{
        Table,
        csv::{self, Dialect},
    },
};

/// A scanner for released text: how many findings of `entities` at or above `min_confidence_permille` a cell
/// of `column` holds.
pub type Scan<'a> = &'a dyn Fn(&[String], u16, &str, &str) -> Result<usize>;

/// What became of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Recomputed, and as claimed.
    Holds,
    /// Recomputed, and not as claimed.
    Differs,
    /// Not recomputable from the folder alone.
    NotChecked,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// What was checked.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What was found, or why it could not be checked.
    pub detail: String,
}

/// All checks of a folder, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// Whether nothing differs.
    pub verified: bool,
    /// The checks.
    pub checks: Vec<Checked>,
}

/// Recomputes every claim of the card in `folder` that can be recomputed from the folder alone.
///
/// # Guarantee
/// For all folders, [`Verification::verified`] holds only if each file is there with its digest, no file is
/// there beside them, and each claim to be recomputed is true of the released rows. It does not say
/// who wrote the card: whoever can write the folder can write both.
///
/// # Errors
/// `Data` if there is no readable card; `Io` if a file cannot be read.
pub fn verify(folder: &Path, scan: Scan<'_>) -> Result<Verification> {
    let path = folder.join("card.json");
    let text = fs::read_to_string(&path).map_err(|e| Error::no_card(folder, &e.to_string()))?;
    let document: serde_json::Value = serde_json::from_str(&text)
        .map_err(|e| Error::no_card(folder, &format!("not JSON at line {}", e.line())))?;
    let schema = document.get("schema").and_then(|s| s.as_str()).unwrap_or("none");
    if schema != SCHEMA {
        return Err(Error::no_card(folder, &format!("schema {SCHEMA} is expected")));
    }
    // A field or a claim that this version does not know may say anything: it is not a card that can be verified.
    let mut verifier = Verifier { checks: Vec::new() };
    let card: Card = match serde_json::from_value(document) {
        Ok(card) => card,
        Err(e) => {
            verifier.differs(
                "card.json",
                format!("holds an entry that incog-card/1 does not have: {}", without_list(&e)),
            );
            return Ok(verifier.finish());
        }
    };
    verifier.files(folder, &card)?;
    let mut tables = BTreeMap::new();
    for output in &card.outputs {
        if let Some(table) = verifier.output(folder, output)? {
            tables.insert(output.file.clone(), table);
        }
    }
    for claim in &card.claims {
        verifier.claim(claim, tables.get(&format!("{}.csv", claim.release)), scan)?;
    }
    if card.claims.is_empty() {
        verifier.differs("claims", "the card claims nothing".into());
    }
    Ok(verifier.finish())
}

struct Verifier {
    checks: Vec<Checked>,
}

impl Verifier {
    fn add(&mut self, what: impl Into<String>, outcome: Outcome, detail: String) {
        self.checks.push(Checked { what: what.into(), outcome, detail });
    }

    fn holds(&mut self, what: impl Into<String>, detail: String) {
        self.add(what, Outcome::Holds, detail);
    }

    fn differs(&mut self, what: impl Into<String>, detail: String) {
        self.add(what, Outcome::Differs, detail);
    }

    fn finish(self) -> Verification {
        Verification {
            verified: self.checks.iter().all(|c| c.outcome != Outcome::Differs),
            checks: self.checks,
        }
    }

    /// Nothing lies in the folder that the card does not account for.
    fn files(&mut self, folder: &Path, card: &Card) -> Result<()> {
        let known: BTreeSet<&str> =
            card.outputs.iter().map(|o| o.file.as_str()).chain(["card.json"]).collect();
        let mut unknown = Vec::new();
        for entry in
            fs::read_dir(folder).map_err(|e| Error::io(format!("reading '{}'", folder.display()), e))?
        {
            let entry = entry.map_err(|e| Error::io(format!("reading '{}'", folder.display()), e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !known.contains(name.as_str()) {
                unknown.push(name);
            }
        }
        if unknown.is_empty() {
            self.holds("files", format!("{} files, all in the card", known.len()));
        } else {
            unknown.sort();
            self.differs("files", format!("not in the card: {}", unknown.join(", ")));
        }
        Ok(())
    }

    /// The file is there with its digest. Of a table that differs, say where.
    fn output(&mut self, folder: &Path, output: &Output) -> Result<Option<Table>> {
        let path = folder.join(&output.file);
        if output.file.contains(['/', '\\']) || output.file.starts_with('.') {
            self.differs(output.file.clone(), "is not the name of a file in the folder".into());
            return Ok(None);
        }
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                self.differs(output.file.clone(), "is missing".into());
                return Ok(None);
            }
            Err(e) => {
                self.differs(output.file.clone(), format!("cannot be read: {e}"));
                return Ok(None);
            }
        };
        let digest = sha256_hex(&bytes);
        let same = digest == output.sha256;
        let Some(delimiter) = output.delimiter else {
            if same {
                self.holds(output.file.clone(), format!("SHA-256 {digest}"));
            } else {
                self.differs(
                    output.file.clone(),
                    format!("SHA-256 is {digest}, the card says {}", output.sha256),
                );
            }
            return Ok(None);
        };
        let table = match csv::read(&bytes[..], Dialect::new(delimiter)?) {
            Ok(table) => table,
            Err(e) => {
                self.differs(output.file.clone(), format!("cannot be read as the table of the card: {e}"));
                return Ok(None);
            }
        };
        if same {
            self.holds(output.file.clone(), format!("SHA-256 {digest}, {} rows", table.rows()));
        } else {
            self.differs(output.file.clone(), difference(&table, output));
        }
        Ok(Some(table))
    }

    fn claim(&mut self, claim: &Claim, table: Option<&Table>, scan: Scan<'_>) -> Result<()> {
        let what = claim.sentence();
        // What can be recomputed is, whatever the card calls it: else a card could talk its way out of a check.
        let can_be = matches!(
            claim.statement,
            Statement::KAnonymity { .. }
                | Statement::DistinctLDiversity { .. }
                | Statement::NothingFound { .. }
        );
        if claim.check != Check::Recomputed && !can_be {
            let why = match claim.check {
                Check::Replayable => match claim.statement {
                    Statement::NothingFoundByPolicy { .. } => "replayable: needs the policy",
                    _ => "replayable: needs the raw data and the keys",
                },
                Check::Measured => "measured: the experiment is not in the folder",
                _ => "attested: rests on whoever ran the tool",
            };
            self.add(what, Outcome::NotChecked, why.into());
            return Ok(());
        }
        let Some(table) = table else {
            self.differs(
                what,
                format!("there is no readable table '{}.csv' to recompute it from", claim.release),
            );
            return Ok(());
        };
        let result = match &claim.statement {
            Statement::KAnonymity { k, columns, insensitive, with_insensitive } => {
                smallest_class(table, columns).map(|(found, row)| {
                    if found < *k {
                        return Err(format!("row {row} is in a class of {found}, the claim is {k}"));
                    }
                    let Some(claimed) = with_insensitive else { return Ok(format!("k = {found}")) };
                    let all: Vec<String> = columns.iter().chain(insensitive).cloned().collect();
                    match smallest_class(table, &all) {
                        Ok((with, _)) if with >= *claimed => {
                            Ok(format!("k = {found}; with the insensitive columns {with}"))
                        }
                        Ok((with, _)) => {
                            Err(format!("with the insensitive columns k = {with}, the claim is {claimed}"))
                        }
                        Err(missing) => Err(missing),
                    }
                })
            }
            Statement::DistinctLDiversity { l, sensitive, columns } => {
                least_distinct(table, columns, sensitive).map(|(found, row)| {
                    if found < *l {
                        Err(format!("the class of row {row} holds {found} distinct values, the claim is {l}"))
                    } else {
                        Ok(format!("l = {found}"))
                    }
                })
            }
            Statement::NothingFound { columns, entities, min_confidence_permille } => {
                let mut found = Ok(());
                for name in columns {
                    let Some(column) = table.get(name) else {
                        found = Err(format!("column '{name}' is not in the file"));
                        break;
                    };
                    for row in 0..column.len() {
                        let Some(cell) = column.cell(row) else { continue };
                        let findings = scan(entities, *min_confidence_permille, name, cell)?;
                        if findings > 0 {
                            found = Err(format!("column '{name}', row {}: {findings} findings", row + 1));
                            break;
                        }
                    }
                }
                Ok(found.map(|()| "scanned again, with the scanner of this tool: nothing found".to_owned()))
            }
            _ => Err("this version does not recompute such a claim".to_owned()),
        };
        match result {
            Ok(Ok(detail)) => self.holds(what, detail),
            Ok(Err(detail)) | Err(detail) => self.differs(what, detail),
        }
        Ok(())
    }
}

/// The size of the smallest class, and the first row in it (from 1). Slow and obvious on purpose.
fn smallest_class(table: &Table, columns: &[String]) -> std::result::Result<(u64, u64), String> {
    let classes = classes(table, columns)?;
    Ok(classes.values().map(|rows| (num::count(rows.len()), num::count(rows[0]) + 1)).min().unwrap_or((0, 0)))
}

/// The least number of distinct values of `sensitive` in a class, and the first row of that class (from 1).
fn least_distinct(
    table: &Table,
    columns: &[String],
    sensitive: &str,
) -> std::result::Result<(u64, u64), String> {
    let column = table.get(sensitive).ok_or_else(|| format!("column '{sensitive}' is not in the file"))?;
    let distinct = |rows: &[usize]| {
        // Missing and suppressed values add nothing.
        rows.iter().filter_map(|&r| column.cell(r)).filter(|v| *v != "*").collect::<BTreeSet<_>>().len()
    };
    let classes = classes(table, columns)?;
    Ok(classes
        .values()
        .map(|rows| (num::count(distinct(rows)), num::count(rows[0]) + 1))
        .min()
        .unwrap_or((0, 0)))
}

fn classes<'t>(
    table: &'t Table,
    columns: &[String],
) -> std::result::Result<BTreeMap<Vec<Option<&'t str>>, Vec<usize>>, String> {
    let mut cells = Vec::with_capacity(columns.len());
    for name in columns {
        cells.push(table.get(name).ok_or_else(|| format!("column '{name}' is not in the file"))?);
    }
    if table.rows() == 0 {
        return Err("the file has no rows".into());
    }
    let mut classes: BTreeMap<Vec<Option<&str>>, Vec<usize>> = BTreeMap::new();
    for row in 0..table.rows() {
        classes.entry(cells.iter().map(|c| c.cell(row)).collect()).or_default().push(row);
    }
    Ok(classes)
}

/// Where a table differs from the card: rows, columns, or which column.
fn difference(table: &Table, output: &Output) -> String {
    let rows = num::count(table.rows());
    if output.rows != Some(rows) {
        return format!("{rows} rows, the card says {}", output.rows.unwrap_or(0));
    }
    let names: Vec<&str> = output.columns.iter().map(|c| c.name.as_str()).collect();
    if table.names() != names {
        return "its columns are not those of the card".to_owned();
    }
    let all: Vec<usize> = (0..table.rows()).collect();
    let changed: Vec<String> = table
        .iter()
        .zip(&output.columns)
        .filter(|((_, column), claimed)| column_sha256(column, &all) != claimed.sha256)
        .map(|((name, _), _)| format!("'{name}'"))
        .collect();
    if changed.is_empty() {
        "the bytes differ from the card, the cells do not".to_owned()
    } else {
        format!("cells differ from the card in column {}", changed.join(", "))
    }
}

/// The parser's message without the list of what would be known.
fn without_list(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(", expected").next().unwrap_or_default().trim().to_owned()
}
