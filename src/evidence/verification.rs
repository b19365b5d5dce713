//! What a verification found.

use serde::Serialize;

/// What became of one check.
///
/// # Examples
/// ```
/// use incog::{evidence::{Outcome, Verifier}, pipeline::rescan};
/// # let here = std::env::temp_dir().join(format!("incog-doc-outcome-{}", std::process::id()));
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
/// let checks = Verifier::new(&scan).verify(&folder)?.checks;
/// let with = |outcome| checks.iter().filter(move |check| check.outcome == outcome);
/// for check in with(Outcome::NotChecked) {
///     println!("{}: {}", check.what, check.detail);
/// }
/// assert_eq!(with(Outcome::Differs).count(), 0);
/// assert!(with(Outcome::Holds).any(|check| check.subject == "/claims/0"));
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
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
///
/// # Examples
/// ```
/// use incog::{evidence::{Outcome, Verifier}, pipeline::rescan};
/// # let here = std::env::temp_dir().join(format!("incog-doc-checked-{}", std::process::id()));
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
/// let verification = Verifier::new(&scan).verify(&folder)?;
/// let claim = verification.checks.iter().find(|check| check.subject == "/claims/0").expect("the card has a claim");
/// println!("{}: {}", claim.what, claim.detail);
/// assert_eq!((claim.outcome, claim.detail.starts_with("k = 3")), (Outcome::Holds, true), "{}", claim.detail);
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
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
///
/// # Examples
/// A cell that was changed after the release:
/// ```
/// use incog::{evidence::Verifier, pipeline::rescan};
/// # let here = std::env::temp_dir().join(format!("incog-doc-verification-{}", std::process::id()));
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
/// assert!(Verifier::new(&scan).verify(&folder)?.verified);
/// let table = std::fs::read_to_string(folder.join("table.csv")).unwrap();
/// std::fs::write(folder.join("table.csv"), table.replacen("[30, 40)", "[20, 30)", 1)).unwrap();
/// let verification = Verifier::new(&scan).verify(&folder)?;
/// assert!(!verification.verified);
/// assert_eq!(verification.first_difference().map(|check| check.what.as_str()), Some("table.csv"));
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
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

/// What was seen when nothing differs.
pub(super) enum Seen {
    Holds(String),
    NotChecked(String),
}

/// Checks so far.
pub(super) struct Checks(Vec<Checked>);

impl Checks {
    pub(super) fn new() -> Self {
        Checks(Vec::new())
    }

    pub(super) fn add(&mut self, subject: &str, what: &str, result: std::result::Result<String, String>) {
        self.add_seen(subject, what, result.map(Seen::Holds));
    }

    pub(super) fn add_seen(&mut self, subject: &str, what: &str, result: std::result::Result<Seen, String>) {
        let (outcome, detail) = match result {
            Ok(Seen::Holds(detail)) => (Outcome::Holds, detail),
            Ok(Seen::NotChecked(detail)) => (Outcome::NotChecked, detail),
            Err(detail) => (Outcome::Differs, detail),
        };
        self.0.push(Checked { subject: subject.to_owned(), what: what.to_owned(), outcome, detail });
    }

    pub(super) fn finish(self) -> Verification {
        // Of an output that was not read nothing is known but its digest.
        let is_unread = |c: &Checked| c.outcome == Outcome::NotChecked && c.subject.starts_with("/outputs/");
        let holds = |c: &Checked| c.outcome != Outcome::Differs && !is_unread(c);
        Verification { verified: self.0.iter().all(holds), checks: self.0 }
    }
}
