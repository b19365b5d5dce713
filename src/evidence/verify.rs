//! Recomputing a card from the released files.
//!
//! Conditions and their order are those of docs/CARD.md. Files are looked at in `outputs`, claims about classes in `recount`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    Card, SCHEMA,
    card_file::{card_text, parse},
    chain, internal,
    kinds::{ATTESTED, check_of, named_once, sound, why_not},
    lock,
    outputs::{self, Checkable, Scanned},
    recount::{bounds, recount},
    released::{UNREAD, is_of},
    replay::{self, Remake},
    sign::{PublicKey, SIGNATURE_FILE, Signed, check_envelope},
    small_file::small_file,
    statistics,
    verification::{Checks, Seen, Verification},
};
use crate::{
    claim::{Check, Claim, Statement},
    error::{Error, Result},
    table::parquet::Parquet,
};

/// A scanner for released text: how many findings of `entities` at or above `min_confidence_permille` a cell
/// of `column` holds.
///
/// # Examples
/// ```
/// use incog::evidence::{Scan, Verifier};
/// // Of your own, where `pipeline::rescan` is not at hand: here, whatever looks like an address.
/// let scan: Scan<'_> = &|_entities, _min_confidence_permille, _column, cell| Ok(cell.matches('@').count());
/// assert_eq!(scan(&["EMAIL_ADDRESS".to_owned()], 500, "note", "to ada@example.org")?, 1);
/// let verifier = Verifier::new(scan);
/// # let _ = verifier;
/// # Ok::<(), incog::Error>(())
/// ```
pub type Scan<'a> = &'a dyn Fn(&[String], u16, &str, &str) -> Result<usize>;

/// Verifies release folders, with keys to trust and earlier cards to compare with.
///
/// # Examples
/// All is as claimed, and still nobody whom the verifier trusts says so:
/// ```
/// use incog::{evidence::{SigningKey, Verifier}, pipeline::rescan};
/// # let here = std::env::temp_dir().join(format!("incog-doc-verifier-{}", std::process::id()));
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
/// # let plan = incog::pipeline::Policy::parse(policy, &here)?.plan(incog::pipeline::SILENT)?;
/// # let folder = here.join("release");
/// # plan.apply(&folder, incog::pipeline::Replace::No, incog::pipeline::SILENT)?;
/// let scan = rescan();
/// let verifier = Verifier::new(&scan);
/// assert!(verifier.verify(&folder)?.verified);
/// let theirs = SigningKey::generate()?.public();
/// let verification = verifier.trust(theirs).verify(&folder)?;
/// assert_eq!(verification.first_difference().map(|check| check.detail.as_str()), Some("the card is not signed"));
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
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
    /// are [`NotChecked`](super::Outcome::NotChecked), and then it does not hold. Without
    /// [`trust`](Self::trust) it does not say who wrote the card: whoever can write the folder can write both.
    ///
    /// # Errors
    /// `Data` if there is no readable card, `Io` if the folder cannot be read, and whatever the scanner fails with.
    pub fn verify(&self, folder: &Path) -> Result<Verification> {
        let text = card_text(folder)?;
        let mut checks = Checks::new();
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
            let found = outputs::output_of(folder, &card, output, self.parquet);
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
                match outputs::scan_again(table, found, columns, &scan, self.parquet) {
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

pub(super) fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | ".." | "card.json" | SIGNATURE_FILE) && !name.contains(['/', '\\'])
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

pub(super) const UNSIGNED: &str = "the card is not signed: anybody may have made it";
