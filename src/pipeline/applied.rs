//! Carrying out a plan: files, card, report, lock, and the internal folder.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::json;

use super::{
    Progress,
    folder::{Staging, internal_of, recover},
    lock,
    plan::{Plan, PlannedTable},
    policy::Release,
    statistics,
    summary::{ReleaseSummary, Summary},
};
use crate::{
    claim::{Check, Claim, Statement},
    error::{Error, Result},
    evidence::{
        self, Budget, Card, InputRecord, Internal, Output, OutputColumn, OverrideRecord, ReportExtras, Tool,
    },
    num,
    table::csv::Writer,
};

/// Whether a folder that is in the way may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replace {
    /// The run is refused.
    No,
    /// A release folder is replaced, whole; anything else is refused.
    Yes,
}

/// A release that was written.
#[derive(Clone, Debug)]
pub struct Applied {
    folder: PathBuf,
    internal: PathBuf,
    card: Card,
    summary: Summary,
}

impl Applied {
    /// The public folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder for those who hold the raw data.
    #[must_use]
    pub fn internal_folder(&self) -> &Path {
        &self.internal
    }

    /// The card, as written.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// What was released.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

impl Plan {
    /// Writes the release folder `folder` and the internal one beside it, charging the ledger for statistics.
    ///
    /// # Guarantee
    /// For all plans and all moments at which the process ends, `folder` is absent, as it was, or complete.
    ///
    /// # Errors
    /// The first refusal, if there is one; `Refused` if `folder` exists and `replace` does not allow it;
    /// `BudgetExceeded` if the ledger has too little left; `Io` if something cannot be written. In all cases
    /// nothing is left behind.
    pub fn apply(mut self, folder: &Path, replace: Replace, progress: Progress<'_>) -> Result<Applied> {
        if !self.refusals.is_empty() {
            return Err(self.refusals.swap_remove(0));
        }
        carry_out(&self, folder, replace, progress)
    }
}

fn carry_out(plan: &Plan, folder: &Path, replace: Replace, progress: Progress<'_>) -> Result<Applied> {
    let internal_folder = internal_of(folder);
    recover(folder);
    recover(&internal_folder);
    refuse_existing(folder, replace)?;
    let public = Staging::create(folder)?;
    let internal = Staging::create(&internal_folder)?;
    let mut summary = plan.summary();
    let mut card = new_card(plan);
    let mut extras = ReportExtras::default();
    let mut inside = Internal::default();

    let total = num::count(plan.tables.len() + 1);
    for (i, (name, planned)) in plan.tables.iter().enumerate() {
        progress("writing", num::count(i), total);
        card.outputs.push(write_table(plan, &public, name, planned)?);
        card.claims.extend(planned.claims.iter().cloned());
        if let Some(utility) = &planned.utility {
            card.utility.insert(name.clone(), utility.clone());
        }
        if let Some(sizes) = &planned.class_sizes {
            extras = extras.class_sizes(name, sizes.iter().collect());
        }
        if let ReleaseSummary::Generalized(report) = &planned.summary {
            inside = inside.suppressed(name, report.suppressed_rows, report.rows);
        }
        for (file, text) in &planned.inside {
            write(&internal, file, text.as_bytes())?;
        }
        if !planned.detections.is_empty() {
            inside = inside.detections(name, planned.detections.clone());
        }
    }
    // Nothing but the disk can fail after the ledger is charged.
    extras = write_statistics(plan, &public, &mut card, &mut summary, extras)?;
    conclude(plan, &mut card);

    write_output(&public, &mut card, "policy.lock", lock::lock(&plan.policy)?.as_bytes())?;
    let report = evidence::report(&card, &extras);
    write_output(&public, &mut card, "report.html", report.as_bytes())?;
    let card_text = pretty(&card)?;
    write(&public, "card.json", card_text.as_bytes())?;

    for warning in &plan.warnings {
        inside = inside.warning(warning);
    }
    write(&internal, "report.html", evidence::report(&card, &extras.internal(inside)).as_bytes())?;
    write(&internal, "plan.json", pretty(&summary)?.as_bytes())?;
    write(&internal, "policy.toml", plan.policy.text.as_bytes())?;
    let raw = json!({
        "input": plan.policy.input.display().to_string(),
        "sha256": plan.input.sha256,
        "rows": plan.input.table.rows(),
        "card_sha256": evidence::sha256_hex(card_text.as_bytes()),
    });
    write(&internal, "input.json", pretty(&raw)?.as_bytes())?;

    progress("putting in place", total, total);
    // The internal folder first: a public folder without it could not be accounted for.
    let old_internal = internal.commit(0o700)?;
    let old_public = match public.commit(0o755) {
        Ok(old) => old,
        Err(e) => {
            // Put back what was there: the public folder is as it was, so the internal one must be too.
            let _ = fs::remove_dir_all(&internal_folder);
            if let Some(old) = old_internal {
                let _ = fs::rename(old, &internal_folder);
            }
            return Err(e);
        }
    };
    for old in old_internal.into_iter().chain(old_public) {
        fs::remove_dir_all(&old).map_err(|e| Error::io("removing the replaced release", e))?;
    }
    Ok(Applied { folder: folder.to_owned(), internal: internal_folder, card, summary })
}

fn refuse_existing(folder: &Path, replace: Replace) -> Result<()> {
    if fs::symlink_metadata(folder).is_err() {
        return Ok(());
    }
    if replace == Replace::No {
        return Err(Error::output_exists(folder));
    }
    // --replace must not be able to remove anything but a release.
    if folder.join("card.json").is_file() { Ok(()) } else { Err(Error::output_not_a_release(folder)) }
}

fn new_card(plan: &Plan) -> Card {
    let mut features = vec!["dp", "kanon", "pii", "pseudonym", "pipeline"];
    if cfg!(feature = "sqlite") {
        features.push("sqlite");
    }
    let tool = Tool::new(
        "incog".to_owned(),
        env!("CARGO_PKG_VERSION").to_owned(),
        features.into_iter().map(str::to_owned).collect(),
    );
    let policy_sha256 = evidence::sha256_hex(plan.policy.text.as_bytes());
    let mut card = Card::new(tool, plan.policy.purpose.clone(), policy_sha256);
    card.overrides = plan
        .policy
        .overrides
        .iter()
        .map(|o| {
            let rule = o.rule.word().to_owned();
            OverrideRecord::new(rule, o.release.clone(), o.who.clone(), o.why.clone(), o.until.clone())
        })
        .collect();
    let keyed_id = plan.keys.any().map(|key| {
        let id = key.derive(&["incog", "input id"]).mac(plan.input.sha256.as_bytes());
        crate::digest::hex(&id[..16])
    });
    card.inputs.push(InputRecord::new(keyed_id));
    card
}

fn write_table(plan: &Plan, public: &Staging, name: &str, planned: &PlannedTable) -> Result<Output> {
    let mut bytes = Vec::new();
    Writer::new(plan.input.dialect).verbatim(&planned.verbatim).write_rows(
        &planned.table,
        &planned.order,
        &mut bytes,
    )?;
    let file = format!("{name}.csv");
    write(public, &file, &bytes)?;
    // Of the cells as written, formulas defused: what a verifier reads.
    let written = crate::table::csv::read(&bytes[..], plan.input.dialect)?;
    let rows: Vec<usize> = (0..written.rows()).collect();
    let columns = written
        .iter()
        .map(|(name, column)| OutputColumn::new(name.to_owned(), evidence::column_sha256(column, &rows)))
        .collect();
    Ok(Output::new(
        file,
        evidence::sha256_hex(&bytes),
        Some(plan.input.dialect.delimiter()),
        Some(num::count(rows.len())),
        columns,
    ))
}

fn write_statistics(
    plan: &Plan,
    public: &Staging,
    card: &mut Card,
    summary: &mut Summary,
    mut extras: ReportExtras,
) -> Result<ReportExtras> {
    let mut document = serde_json::Map::new();
    for name in &plan.statistics {
        let Some(Release::Statistics(release)) = plan.policy.releases.get(name) else { continue };
        let statistics =
            statistics::run(&plan.policy, &plan.input, name, release, plan.keys.of_ledger(release))
                .map_err(|e| e.context(format!("release '{name}'")))?;
        document.insert(name.clone(), statistics.to_json());
        let cost = statistics.charged().budget().unwrap_or_default();
        let (epsilon, delta) = (cost.epsilon_text(), cost.delta_text());
        if let Some(first) = statistics.answers().first() {
            // One claim for all queries of the release: what was charged together.
            let mut claim = first.claim().clone();
            claim.release.clone_from(name);
            claim.check = Check::Attested;
            if let Statement::DifferentialPrivacy { epsilon: total, delta: all, .. } = &mut claim.statement {
                total.clone_from(&epsilon);
                all.clone_from(&delta);
            }
            card.claims.push(claim);
        }
        let currency = statistics.balance().budget.currency().word().to_owned();
        let budget = Budget::new(epsilon.clone(), delta.clone(), currency, "basic composition".to_owned());
        card.budget.insert(name.clone(), budget);
        if !statistics.left().is_empty() {
            extras = extras.burn_down(name, statistics.left().to_vec());
        }
        let queries = statistics.queries();
        summary.releases.insert(name.clone(), ReleaseSummary::Statistics { epsilon, delta, queries });
    }
    if !document.is_empty() {
        let text = pretty(&json!({ "schema": "incog-stats/1", "releases": document }))?;
        write_output(public, card, "stats.json", text.as_bytes())?;
    }
    Ok(extras)
}

/// What holds of the releases together, and what nobody should conclude.
fn conclude(plan: &Plan, card: &mut Card) {
    let has = |test: &dyn Fn(&Claim) -> bool| card.claims.iter().any(test);
    let k = has(&|c| matches!(c.statement, Statement::KAnonymity { .. }));
    let l = has(&|c| matches!(c.statement, Statement::DistinctLDiversity { .. }));
    let pseudonymised = has(&|c| matches!(c.statement, Statement::Pseudonymised { .. }));
    let text = has(&|c| {
        matches!(c.statement, Statement::NothingFound { .. } | Statement::NothingFoundByPolicy { .. })
    });
    let dp = has(&|c| matches!(c.statement, Statement::DifferentialPrivacy { .. }));

    let mut not = Vec::new();
    if k {
        not.push(
            "k-anonymity does not hide what all members of a class share; knowing the class is knowing that",
        );
        not.push("the generalization is minimal, so part of it can be undone by reasoning about the search (downcoding)");
        not.push(
            "nothing is said about earlier or later releases of the same persons: classes can be intersected",
        );
    }
    if card.utility.values().any(|u| u.levels.is_empty()) {
        not.push("how much of a class's generalization can be undone, class by class: each has levels of its own, so downcoding applies more than to one level for a whole column");
    }
    if l {
        not.push("joint diversity of several sensitive columns, and how alike the diverse values are");
    } else if k {
        not.push("diversity of sensitive values within a class");
    }
    if pseudonymised {
        not.push("whoever holds the key can undo tokens, encryption and shifts; the rows stay personal data");
        not.push("what else stands in a pseudonymised row may single a person out");
    }
    if text {
        not.push(
            "identifiers in free text that the scanner does not know, such as names that are not in the row",
        );
    }
    if dp {
        not.push("that noise was drawn as stated: it is attested, not recomputable");
    }
    not.push("success of attacks: none was measured");
    not.push("who made this card: it is not signed");
    card.not_established = not.into_iter().map(str::to_owned).collect();

    if plan.tables.len() + plan.statistics.len() > 1 {
        card.joint
            .push("each claim is about its own release; nothing is claimed about them together".to_owned());
    }
    if k && dp {
        card.joint.push(
            "the epsilon of the statistics does not cover the table, and k does not cover the statistics"
                .to_owned(),
        );
    }
}

fn write_output(public: &Staging, card: &mut Card, file: &str, bytes: &[u8]) -> Result<()> {
    write(public, file, bytes)?;
    card.outputs.push(Output::new(file.to_owned(), evidence::sha256_hex(bytes), None, None, Vec::new()));
    Ok(())
}

fn write(folder: &Staging, name: &str, bytes: &[u8]) -> Result<()> {
    folder.write(name, |file| file.write_all(bytes).map_err(|e| Error::io(format!("writing '{name}'"), e)))
}

fn pretty(value: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value).map_err(|_| Error::not_json())?;
    text.push('\n');
    Ok(text)
}
