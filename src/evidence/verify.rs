//! Recomputing a card from the released files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde::Serialize;

use super::{
    Card, Output, SCHEMA, column_sha256,
    recount::{Recount, recount},
    sha256_hex,
};
use crate::{
    claim::{Check, Claim, Statement, Values},
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
        if claim.check != Check::Recomputed && !can_be_recomputed(&claim.statement) {
            let why = match claim.check {
                Check::Replayable => match claim.statement {
                    Statement::NothingFoundByPolicy { .. } => "replayable: needs the policy",
                    Statement::KMap { .. } | Statement::DeltaPresence { .. } => {
                        "replayable: needs the population"
                    }
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
            Statement::NothingFound { columns, entities, min_confidence_permille } => {
                scan_again(table, columns, |column, cell| {
                    scan(entities, *min_confidence_permille, column, cell)
                })?
            }
            statement => recount(statement, table)
                .unwrap_or_else(|| Err("this version does not recompute such a claim".to_owned())),
        };
        match result {
            Ok(detail) => self.holds(what, detail),
            Err(detail) => self.differs(what, detail),
        }
        Ok(())
    }
}

/// Whether the released rows tell if `statement` is true.
fn can_be_recomputed(statement: &Statement) -> bool {
    let by_rows = |of: &Values| of.person.is_none();
    match statement {
        Statement::KAnonymity { .. }
        | Statement::DistinctLDiversity { .. }
        | Statement::NothingFound { .. }
        | Statement::AverageRisk { .. }
        | Statement::SampleUniques { .. } => true,
        Statement::EntropyLDiversity { of, .. }
        | Statement::RecursiveLDiversity { of, .. }
        | Statement::TCloseness { of, .. }
        | Statement::NTCloseness { of, .. }
        | Statement::BetaLikeness { of, .. }
        | Statement::DeltaDisclosure { of, .. }
        | Statement::AlphaK { of, .. } => by_rows(of),
        _ => false,
    }
}

/// Scans the cells of `columns`.
fn scan_again(
    table: &Table,
    columns: &[String],
    scan: impl Fn(&str, &str) -> Result<usize>,
) -> Result<Recount> {
    for name in columns {
        let Some(column) = table.get(name) else {
            return Ok(Err(format!("column '{name}' is not in the file")));
        };
        for row in 0..column.len() {
            let Some(cell) = column.cell(row) else { continue };
            let findings = scan(name, cell)?;
            if findings > 0 {
                return Ok(Err(format!("column '{name}', row {}: {findings} findings", row + 1)));
            }
        }
    }
    Ok(Ok("scanned again, with the scanner of this tool: nothing found".to_owned()))
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
