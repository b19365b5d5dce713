//! Recomputing a card from the released files.
//!
//! Conditions and their order are those of docs/CARD.md. A table is read twice: once for digests, and once more where
//! cells have to be scanned. Only tables with claims about classes are kept, as numbers of their cells.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    Card, Output, SCHEMA, chain, internal, json,
    kinds::{ATTESTED, check_of, named_columns, named_once, person_of, sound, why_not},
    lock,
    recount::{bounds, recount},
    released::{Form, Reader, UNREAD, is_of},
    replay::{self, Remake},
    rows,
    sign::{PublicKey, SIGNATURE_FILE, Signed, check_envelope},
    small_file::small_file,
    statistics,
};
use crate::{
    claim::{Check, Claim, Statement},
    error::{Error, Result},
    table::{ColumnBuilder, Table, parquet::Parquet},
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
    /// A JSON Pointer into the card, or the name of a file beside it: what was checked, for programs.
    pub subject: String,
    /// What was checked, in words.
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

impl Verification {
    /// The first check that differs.
    #[must_use]
    pub fn first_difference(&self) -> Option<&Checked> {
        self.checks.iter().find(|c| c.outcome == Outcome::Differs)
    }
}

/// Recomputes every claim of the card in `folder` that can be recomputed from the folder alone; as
/// [`Verifier::verify`] without keys and earlier cards.
///
/// # Errors
/// As [`Verifier::verify`].
pub fn verify(folder: &Path, scan: Scan<'_>) -> Result<Verification> {
    Verifier::new(scan).verify(folder)
}

/// Verifies release folders, with keys to trust and earlier cards to compare with.
#[derive(Clone)]
pub struct Verifier<'a> {
    scan: Scan<'a>,
    trusted: Vec<PublicKey>,
    earlier: Vec<PathBuf>,
    internal: Option<PathBuf>,
    remake: Option<Remake<'a>>,
    parquet: Option<&'a dyn Parquet>,
}

impl<'a> Verifier<'a> {
    /// A verifier that trusts nobody and knows no earlier card. `scan` looks through released text.
    #[must_use]
    pub fn new(scan: Scan<'a>) -> Self {
        Verifier {
            scan,
            trusted: Vec::new(),
            earlier: Vec::new(),
            internal: None,
            remake: None,
            parquet: None,
        }
    }

    /// The card must be signed by `key`, or by another key that is trusted.
    #[must_use]
    pub fn trust(mut self, key: PublicKey) -> Self {
        self.trusted.push(key);
        self
    }

    /// The card must continue the card in the file at `path`, or be the newest of those given.
    #[must_use]
    pub fn earlier(mut self, path: impl Into<PathBuf>) -> Self {
        self.earlier.push(path.into());
        self
    }

    /// Also checks what the internal folder `path` of the release allows: that it belongs to this card, holds its policy and the
    /// cards before it, and that the raw data is what it was.
    #[must_use]
    pub fn internal(mut self, path: impl Into<PathBuf>) -> Self {
        self.internal = Some(path.into());
        self
    }

    /// Also reads tables of Parquet, with `files`, such as `incog_arrow::parquet::Files`. Without, of such a table only the
    /// digest of its bytes is compared, and what is claimed of its rows is not checked.
    #[must_use]
    pub fn parquet(mut self, files: &'a dyn Parquet) -> Self {
        self.parquet = Some(files);
        self
    }

    /// Also counts the persons in tables that `remake` makes again, for those who hold the raw data and the keys.
    #[must_use]
    pub fn replay(mut self, remake: Remake<'a>) -> Self {
        self.remake = Some(remake);
        self
    }

    /// Recomputes every claim of the card in `folder` that can be recomputed from the folder alone.
    ///
    /// # Guarantee
    /// For all folders, [`Verification::verified`] holds only if each file is there with its digest, no file is
    /// there beside them, and each claim to be recomputed is true of the released rows. Rows of Parquet that nothing reads
    /// are [`NotChecked`](Outcome::NotChecked), and then it does not hold. Without
    /// [`trust`](Self::trust) it does not say who wrote the card: whoever can write the folder can write both.
    ///
    /// # Errors
    /// `Data` if there is no readable card, `Io` if the folder cannot be read, and whatever the scanner fails with.
    pub fn verify(&self, folder: &Path) -> Result<Verification> {
        let text = card_text(folder)?;
        let mut checks = Checks(Vec::new());
        // A field or a claim that this version does not know may say anything: it is not a card that can be verified.
        let card = match parse(folder, &text)? {
            Ok(card) => card,
            Err(why) => {
                let detail = format!("holds an entry that {SCHEMA} does not have: {why}");
                checks.add("", "card.json", Err(detail));
                return Ok(checks.finish());
            }
        };
        checks.add("/outputs", "files", files(folder, &card)?);
        let mut tables = BTreeMap::new();
        for (i, output) in card.outputs.iter().enumerate() {
            let found = self.output_of(folder, &card, output);
            checks.add_seen(&format!("/outputs/{i}"), &output.file, found.detail);
            tables.extend(found.table.map(|table| (output.file.as_str(), table)));
        }
        if card.outputs.iter().any(|o| o.file == lock::FILE) {
            checks.add("policy.lock", "columns of the policy", lock::check(folder, &card));
        }
        let statistics = statistics::read(folder, &card);
        for (i, claim) in card.claims.iter().enumerate() {
            let result = match about_statistics(&claim.statement) {
                true => {
                    statistics::check(&statistics, &card, claim).map(|()| Seen::NotChecked(ATTESTED.into()))
                }
                false => self.claim(folder, &card, claim, &tables)?,
            };
            checks.add_seen(&format!("/claims/{i}"), &claim.sentence(), result);
        }
        if let Some(why) = without_claim(&card, &statistics) {
            checks.add("/claims", "claims", Err(why));
        }
        checks.add_seen(
            "/parent",
            "earlier cards",
            chain::check(&text, card.parent.as_deref(), &self.earlier),
        );
        checks.add_seen(SIGNATURE_FILE, "signature", self.signature(folder, &text)?);
        for (subject, what, seen) in
            self.internal.iter().flat_map(|path| internal::checks(path, &text, &card))
        {
            checks.add_seen(&subject, &what, seen);
        }
        for (subject, what, seen) in
            self.remake.iter().flat_map(|remake| replay::checks(*remake, &card, &tables))
        {
            checks.add_seen(&subject, &what, seen);
        }
        Ok(checks.finish())
    }

    fn claim(
        &self,
        folder: &Path,
        card: &Card,
        claim: &Claim,
        tables: &BTreeMap<&str, Checkable>,
    ) -> Result<std::result::Result<Seen, String>> {
        let expected = check_of(&claim.statement);
        if claim.check != expected {
            let why =
                format!("such a claim is {}, and this one says {}", expected.word(), claim.check.word());
            return Ok(Err(why));
        }
        let mut of = card.outputs.iter().filter(|output| is_of(claim, output));
        let (output, other) = (of.next(), of.next());
        if other.is_some() {
            return Ok(Err(format!("there are two tables '{}', and a claim is about one", claim.release)));
        }
        let Some((found, file)) = output.and_then(|o| Some((tables.get(o.file.as_str())?, &o.file))) else {
            let file = output.map_or_else(|| format!("{}.csv", claim.release), |output| output.file.clone());
            return Ok(Err(format!("there is no readable table '{file}' to recompute it from")));
        };
        if let Err(why) = sound(&claim.statement).and_then(|()| named_once(&claim.statement, &found.names)) {
            return Ok(Err(why));
        }
        let excluded = match claim.statement {
            Statement::KAnonymity { .. } => {
                has(card, &claim.release, |s| matches!(s, Statement::Pseudonymised { .. }))
            }
            Statement::Pseudonymised { .. } => {
                has(card, &claim.release, |s| matches!(s, Statement::KAnonymity { .. }))
            }
            _ => false,
        };
        if excluded {
            return Ok(Err(format!(
                "'{}' is claimed to be k-anonymous and pseudonymised; one excludes the other",
                claim.release
            )));
        }
        Ok(match &claim.statement {
            _ if expected == Check::Recomputed && found.form.is_none() => Ok(Seen::NotChecked(UNREAD.into())),
            Statement::NothingFound { columns, entities, min_confidence_permille } => {
                let scan =
                    |column: &str, cell: &str| (self.scan)(entities, *min_confidence_permille, column, cell);
                let table = (folder.join(file), card.policy_sha256.as_str());
                match self.scan_again(table, found, columns, &scan) {
                    Err(Scanned::Failed(error)) => return Err(error),
                    Err(Scanned::Differs(why)) => Err(why),
                    Ok(()) => {
                        Ok(Seen::Holds("scanned again, with the scanner of this tool: nothing found".into()))
                    }
                }
            }
            Statement::Pseudonymised { columns } => pseudonymised(columns, &found.names),
            statement => {
                if let Statement::SampledRows { epsilon, delta, .. } = statement
                    && let Err(why) = statistics::budget_is(card, &claim.release, epsilon, delta)
                {
                    return Ok(Err(why));
                }
                match (expected, &found.table) {
                    (Check::Recomputed, Some(table)) => recount(statement, table)
                        .unwrap_or_else(|| Err("this version does not recompute such a claim".into()))
                        .map(Seen::Holds),
                    (_, table) => table
                        .as_ref()
                        .map_or(Ok(()), |table| bounds(statement, table))
                        .map(|()| Seen::NotChecked(why_not(statement).into())),
                }
            }
        })
    }

    fn signature(&self, folder: &Path, card: &[u8]) -> Result<std::result::Result<Seen, String>> {
        let path = folder.join(SIGNATURE_FILE);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(if self.trusted.is_empty() {
                Ok(Seen::NotChecked(UNSIGNED.into()))
            } else {
                Err("the card is not signed".into())
            });
        }
        let envelope = match small_file(&path) {
            Ok(envelope) => envelope,
            Err(e) => return Ok(Err(format!("it cannot be read: {e}"))),
        };
        Ok(check_envelope(&envelope, card, &self.trusted).map(|signed| match signed {
            Signed::By(key) => Seen::Holds(format!("signed by trusted key {}", key.id())),
            Signed::UnknownSigner => {
                Seen::NotChecked("signed, unknown signer: name a key that you trust with --trust".into())
            }
        }))
    }
}

impl std::fmt::Debug for Verifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("trusted", &self.trusted)
            .field("earlier", &self.earlier)
            .finish_non_exhaustive()
    }
}

/// The card in `folder`, which says what it says: nothing is verified.
///
/// # Errors
/// `Data` if there is no readable card, or it holds an entry that this version does not know.
pub fn read_card(folder: &Path) -> Result<Card> {
    let text = card_text(folder)?;
    parse(folder, &text)?.map_err(|why| Error::no_card(folder, &why))
}

fn card_text(folder: &Path) -> Result<Vec<u8>> {
    small_file(&folder.join("card.json")).map_err(|e| Error::no_card(folder, &e.to_string()))
}

/// The card of `folder`, or what is wrong with it; an error if it is none of this schema.
fn parse(folder: &Path, text: &[u8]) -> Result<std::result::Result<Card, String>> {
    let document: serde_json::Value = serde_json::from_slice(text)
        .map_err(|e| Error::no_card(folder, &format!("not JSON at line {}", e.line())))?;
    if document.get("schema").and_then(|s| s.as_str()) != Some(SCHEMA) {
        return Err(Error::no_card(folder, &format!("schema {SCHEMA} is expected")));
    }
    Ok(json::read(text).and_then(|card: Card| {
        if json::is_written_as(&document, &card) {
            well_formed(card)
        } else {
            Err("it is written in another way".into())
        }
    }))
}

/// What was seen when nothing differs.
pub(super) enum Seen {
    Holds(String),
    NotChecked(String),
}

struct Checks(Vec<Checked>);

impl Checks {
    fn add(&mut self, subject: &str, what: &str, result: std::result::Result<String, String>) {
        self.add_seen(subject, what, result.map(Seen::Holds));
    }

    fn add_seen(&mut self, subject: &str, what: &str, result: std::result::Result<Seen, String>) {
        let (outcome, detail) = match result {
            Ok(Seen::Holds(detail)) => (Outcome::Holds, detail),
            Ok(Seen::NotChecked(detail)) => (Outcome::NotChecked, detail),
            Err(detail) => (Outcome::Differs, detail),
        };
        self.0.push(Checked { subject: subject.to_owned(), what: what.to_owned(), outcome, detail });
    }

    fn finish(self) -> Verification {
        // Of an output that was not read nothing is known but its digest.
        let is_unread = |c: &Checked| c.outcome == Outcome::NotChecked && c.subject.starts_with("/outputs/");
        let holds = |c: &Checked| c.outcome != Outcome::Differs && !is_unread(c);
        Verification { verified: self.0.iter().all(holds), checks: self.0 }
    }
}

/// What serde does not see: forms of texts and ranges of numbers.
fn well_formed(card: Card) -> std::result::Result<Card, String> {
    let digest =
        |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let digests = card
        .outputs
        .iter()
        .flat_map(|o| o.columns.iter().map(|c| &c.sha256).chain([&o.sha256]))
        .chain([&card.policy_sha256])
        .chain(&card.parent);
    if !digests.into_iter().all(|d| digest(d)) {
        return Err("a digest is 64 hexadecimal digits".into());
    }
    let claimed = card.claims.iter().filter_map(|c| match &c.statement {
        Statement::DifferentialPrivacy { epsilon, delta, .. }
        | Statement::SampledRows { epsilon, delta, .. } => Some([epsilon, delta]),
        _ => None,
    });
    let amounts = card.budget.values().map(|b| [&b.epsilon, &b.delta]).chain(claimed).flatten();
    if !amounts.into_iter().all(|text| statistics::is_decimal(text)) {
        return Err("an amount is digits, possibly with a point between them".into());
    }
    if !card.utility.values().all(|u| (0.0..=1.0).contains(&u.loss)) {
        return Err("a loss is from 0 to 1".into());
    }
    let treated = card.claims.iter().filter_map(|c| match &c.statement {
        Statement::Pseudonymised { columns } => Some(columns),
        _ => None,
    });
    if let Some(c) = treated.flatten().find(|c| !TREATMENTS.contains(&c.treatment.as_str())) {
        return Err(format!("the treatment of column '{}'", c.column));
    }
    let permille = |c: &Claim| match &c.statement {
        Statement::NothingFound { min_confidence_permille, .. } => *min_confidence_permille <= 1000,
        Statement::NothingFoundByPolicy { entities, .. } => entities.values().all(|&p| p <= 1000),
        _ => true,
    };
    if !card.claims.iter().all(permille) {
        return Err("a confidence is at most 1000 thousandths".into());
    }
    Ok(card)
}

/// Nothing lies in the folder that the card does not account for, and nothing is missing.
fn files(folder: &Path, card: &Card) -> Result<std::result::Result<String, String>> {
    let mut known = BTreeSet::from(["card.json"]);
    for output in &card.outputs {
        if !is_plain(&output.file) {
            return Ok(Err("an output has a name that is not that of a file beside the card".into()));
        }
        if !known.insert(&output.file) {
            return Ok(Err(format!("'{}' is in the card twice", output.file)));
        }
    }
    let failed = |e| Error::io(format!("reading '{}'", folder.display()), e);
    let (mut found, mut other) = (BTreeSet::new(), None);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.file_type().map_err(failed)?.is_file() {
            other = Some(name.clone());
        }
        found.insert(name);
    }
    let unknown: Vec<&str> = found
        .iter()
        .map(String::as_str)
        .filter(|name| !known.contains(name) && *name != SIGNATURE_FILE)
        .collect();
    let missing: Vec<&str> = known.iter().copied().filter(|name| !found.contains(*name)).collect();
    Ok(if let Some(other) = other {
        Err(format!("'{other}' is not a regular file"))
    } else if !unknown.is_empty() {
        Err(format!("not in the card: {}", unknown.join(", ")))
    } else if !missing.is_empty() {
        Err(format!("in the card and not in the folder: {}", missing.join(", ")))
    } else {
        Ok(format!("{} files, all in the card", known.len()))
    })
}

fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | ".." | "card.json" | SIGNATURE_FILE) && !name.contains(['/', '\\'])
}

/// A table that could be read, or one of Parquet whose bytes are those of the card.
pub(super) struct Checkable {
    names: Vec<String>,
    /// None of a table whose rows were not read.
    pub(super) form: Option<Form>,
    /// SHA-256 of its bytes.
    pub(super) sha256: String,
    /// The columns that claims about classes of rows name, if there are such claims.
    pub(super) table: Option<Table>,
}

struct OutputFound {
    detail: std::result::Result<Seen, String>,
    table: Option<Checkable>,
}

impl Verifier<'_> {
    /// The file is there with its digest. Of a table that differs, say where.
    fn output_of(&self, folder: &Path, card: &Card, output: &Output) -> OutputFound {
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
            Some(Form::Parquet) if self.parquet.is_none() => return unread(&path, output),
            Some(form) => form,
            None => {
                let detail = same_bytes(&path, output).map(|sha256| Seen::Holds(format!("SHA-256 {sha256}")));
                return OutputFound { detail, table: None };
            }
        };
        let keep = kept_columns(card, output);
        let reader = Reader::open(&path, form, self.parquet, &card.policy_sha256);
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

    fn scan_again(
        &self,
        (path, policy_sha256): (PathBuf, &str),
        found: &Checkable,
        columns: &[String],
        scan: &dyn Fn(&str, &str) -> Result<usize>,
    ) -> std::result::Result<(), Scanned> {
        let Some(form) = found.form else { return Err(Scanned::Differs(UNREAD.into())) };
        let wanted: Vec<usize> =
            (0..).zip(&found.names).filter(|(_, n)| columns.contains(n)).map(|(i, _)| i).collect();
        let mut reader = Reader::open(&path, form, self.parquet, policy_sha256).map_err(Scanned::Differs)?;
        let mut number = 0u64;
        while reader.next().map_err(Scanned::Differs)? {
            number += 1;
            for &i in wanted.iter().filter(|&&i| i < reader.cells()) {
                let (name, cell) = (&found.names[i], reader.cell(i).unwrap_or_default());
                let findings = if cell.is_empty() { 0 } else { scan(name, cell).map_err(Scanned::Failed)? };
                if findings > 0 {
                    return Err(Scanned::Differs(format!(
                        "column '{name}', row {number}: {findings} findings"
                    )));
                }
            }
        }
        Ok(())
    }
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
    let mut hashes: Vec<super::ColumnDigest> = names.iter().map(|_| super::ColumnDigest::default()).collect();
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
    let columns = hashes.into_iter().map(super::ColumnDigest::finish).collect();
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
enum Scanned {
    Differs(String),
    Failed(Error),
}

fn pseudonymised(
    columns: &[crate::claim::ColumnTreatment],
    names: &[String],
) -> std::result::Result<Seen, String> {
    if !columns.iter().map(|c| &c.column).eq(names) {
        return Err("its columns are not those of the table".into());
    }
    Ok(Seen::NotChecked(ATTESTED.into()))
}

/// What is released without anything being said about it.
fn without_claim(card: &Card, statistics: &statistics::Found) -> Option<String> {
    if card.claims.is_empty() {
        return Some("the card claims nothing".into());
    }
    let silent = card.outputs.iter().find(|o| {
        // That attacks failed is nothing about the rows.
        let says = |s: &Statement| !about_statistics(s) && !matches!(s, Statement::ExcessRisk { .. });
        !o.columns.is_empty() && !card.claims.iter().any(|c| is_of(c, o) && says(&c.statement))
    });
    if let Some(output) = silent {
        return Some(format!("nothing is claimed about '{}'", output.file));
    }
    statistics::without_claim(statistics, |name| has(card, name, about_statistics))
}

fn has(card: &Card, release: &str, of: impl Fn(&Statement) -> bool) -> bool {
    card.claims.iter().any(|c| c.release == release && of(&c.statement))
}

fn about_statistics(statement: &Statement) -> bool {
    matches!(statement, Statement::DifferentialPrivacy { .. } | Statement::PrivacyLoss { .. })
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

pub(super) const UNSIGNED: &str = "the card is not signed: anybody may have made it";

const TREATMENTS: [&str; 6] = ["kept", "token", "fpe", "date_shift", "scrub", "generalized"];
