//! Carrying out a plan: files, card, report, lock, and the internal folder.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::json;

use super::{
    Progress,
    folder::{Replace, Side, Staging, internal_of, refuse_existing},
    gate::{self, Attacks},
    lock,
    pass::{Keep, Pass},
    plan::{Plan, PlannedRows, PlannedTable, row_by_row},
    policy::Release,
    sampled,
    scanners::Scanners,
    seal::{Earlier, Sealed, seal},
    statistics,
    stream::Stream,
    summary::{ReleaseSummary, Summary},
    write::{self, AsWritten},
};
use crate::{
    claim::{Check, Claim, Statement},
    dp::{Currency, Totals},
    error::{Error, Result},
    evidence::{
        self, AttackFigures, Budget, Card, InputRecord, Internal, Output, OverrideRecord, ReportExtras, Tool,
    },
    num,
    watch::{self, Stopwatch},
};

/// A release that was written.
///
/// # Examples
/// ```
/// use incog::pipeline::{Policy, Replace, SILENT};
/// # let here = std::env::temp_dir().join(format!("incog-doc-applied-{}", std::process::id()));
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
/// let applied = Policy::parse(policy, &here)?.plan(SILENT)?.apply(&here.join("release"), Replace::No, SILENT)?;
/// for claim in &applied.card().claims {
///     println!("{claim}");
/// }
/// assert!(applied.folder().join("card.json").is_file());
/// assert!(applied.internal_folder().ends_with("release.internal"), "for those who hold the raw data");
/// # std::fs::remove_dir_all(&here).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
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
    /// Rows that the plan had no room for are made again, from the same input or not at all; a plan by
    /// [`plan_into`](super::Policy::plan_into) has room for all.
    ///
    /// # Guarantee
    /// For all plans and all moments at which the process ends, `folder` is absent, as it was, or complete.
    ///
    /// # Errors
    /// The first refusal, if there is one, with all of them as its [causes](Error::causes); `Refused` if `folder` exists and `replace` does not allow it, or if the plan
    /// was made into another folder; `BudgetExceeded` if the ledger has too little left; `Data` if an input changed after it was planned; `Io` if
    /// something cannot be written. In all cases nothing is left behind.
    pub fn apply(self, folder: &Path, replace: Replace, progress: Progress<'_>) -> Result<Applied> {
        let since = Stopwatch::start();
        let applied = self.applied(folder, replace, progress);
        watch::applied(since, applied.as_ref().map(|_| ()).map_err(Error::kind));
        applied
    }

    fn applied(mut self, folder: &Path, replace: Replace, progress: Progress<'_>) -> Result<Applied> {
        if let Some(refused) = Error::of_causes(std::mem::take(&mut self.worked.refusals)) {
            return Err(refused);
        }
        let staging = match self.staging.take() {
            Some(staging) if staging.target() == folder => staging,
            Some(staging) => return Err(Error::planned_elsewhere(staging.target())),
            None => Staging::create(folder)?,
        };
        refuse_existing(folder, replace)?;
        make_again(&mut self, &staging, progress)?;
        carry_out(self, staging, progress)
    }
}

/// Rows that the plan had no room for.
fn make_again(plan: &mut Plan, staging: &Staging, progress: Progress<'_>) -> Result<()> {
    let Plan { policy, keys, worked, .. } = plan;
    let scanners = Scanners::of(&policy.scanner)?;
    for (name, input) in &policy.inputs {
        let Some(read) = worked.inputs.get(name) else { continue };
        let given_up: Vec<_> = row_by_row(policy, input)
            .filter(|(release, _)| {
                matches!(worked.tables.get(*release), Some(t) if matches!(t.rows, PlannedRows::Streamed(None)))
            })
            .collect();
        if given_up.is_empty() {
            continue;
        }
        let streams = given_up
            .into_iter()
            .map(|release| Stream::new(policy, release, &read.names, keys, &scanners))
            .collect::<Result<Vec<_>>>()?;
        let scratch = staging.scratch();
        let (passed, _) =
            Pass::open(policy, input)?.run(&Default::default(), &streams, Keep::In(&scratch), progress)?;
        if passed.input.sha256 != read.sha256 {
            return Err(Error::input_changed(&input.path));
        }
        for (stream, mut collected) in streams.iter().zip(passed.collected) {
            collected.check().map_err(|e| e.context(format!("release '{}'", stream.name)))?;
            if let Some(table) = worked.tables.get_mut(stream.name) {
                table.rows = PlannedRows::Streamed(collected.shuffle.complete());
            }
        }
    }
    Ok(())
}

fn carry_out(mut plan: Plan, staging: Staging, progress: Progress<'_>) -> Result<Applied> {
    let mut summary = plan.summary();
    // An engine can fail, and must not when something is charged.
    let totals = statistics_totals(&plan, progress)?;
    let tables = std::mem::take(&mut plan.worked.tables);
    let plan = &plan;
    let mut card = new_card(plan);
    let mut extras = ReportExtras::default();
    let mut inside = Internal::default();

    let total = num::count(tables.len() + 1);
    for (i, (name, planned)) in (0u64..).zip(tables) {
        progress("writing", i, total);
        let PlannedTable { rows, inside: files, claims, utility, shown, detections, summary } = planned;
        card.outputs.push(write_table(plan, &staging, &name, rows)?);
        card.claims.extend(claims);
        card.utility.extend(utility.map(|utility| (name.clone(), utility)));
        if let Some(shown) = &shown {
            (extras, inside) = shown.report(&name, extras, inside);
        }
        if let ReleaseSummary::Generalized(report) = &summary {
            inside = inside.suppressed(&name, report.suppressed_rows, report.rows);
        }
        for (file, text) in &files {
            write_file(&staging, Side::Internal, file, text.as_bytes())?;
        }
        if !detections.is_empty() {
            inside = inside.detections(&name, detections);
        }
    }
    // Nothing but the disk can fail after the ledger is charged.
    extras = write_statistics(plan, totals, &staging, &mut card, &mut summary, extras)?;
    write_sampled(plan, &staging, &mut card, &mut summary)?;
    if let Some(gate) = &plan.policy.gate {
        let is_keyed = plan.keys.any().is_some();
        let claim = |(name, report): (&String, &_)| gate::claim(name, gate, report, is_keyed);
        card.claims.extend(plan.worked.attacks.iter().filter_map(claim));
    }
    conclude(plan, &mut card);
    if let Some(gate) = &plan.policy.gate {
        extras = extras.gate(gate.max_excess_risk);
    }

    write_output(&staging, &mut card, lock::FILE, lock::lock(&plan.policy, &plan.worked.inputs).as_bytes())?;
    let earlier = Earlier::of(staging.target(), &internal_of(staging.target()));
    let (sealed, older) = seal(card, &extras, earlier, plan.signer.as_ref())?;
    let Sealed { card, report, card_text, signature } = sealed;
    write_file(&staging, Side::Public, "report.html", report.as_bytes())?;
    write_file(&staging, Side::Public, "card.json", card_text.as_bytes())?;
    if let Some(signature) = signature {
        write_file(&staging, Side::Public, "card.json.sig", signature.as_bytes())?;
    }
    for (name, card) in older {
        write_file(&staging, Side::Internal, &name, &card)?;
    }

    for warning in &plan.worked.warnings {
        inside = inside.warning(warning);
    }
    for (name, report) in &plan.worked.attacks {
        for a in &report.attacks {
            let success = [(a.attack.hits, a.attack.trials), (a.control.hits, a.control.trials)];
            let excess = [a.excess.value, a.excess.lower, a.excess.upper];
            inside = inside.attack(name, AttackFigures::new(a.title(), success, excess, a.decides));
        }
    }
    let internal = |name: &str, text: String| write_file(&staging, Side::Internal, name, text.as_bytes());
    internal("report.html", evidence::report(&card, &extras.internal(inside)))?;
    internal("plan.json", pretty(&summary)?)?;
    if let Some(gate) = &plan.policy.gate {
        let attacks = Attacks {
            max_excess_risk: Some(gate.max_excess_risk),
            releases: summary.attacks.clone(),
            links: Vec::new(),
        };
        internal("attacks.json", pretty(&attacks)?)?;
    }
    internal("policy.toml", plan.policy.text.clone())?;
    internal("input.json", pretty(&inputs(plan, evidence::sha256_hex(card_text.as_bytes())))?)?;

    progress("putting in place", total, total);
    let folder = staging.target().to_owned();
    staging.commit()?;
    Ok(Applied { internal: internal_of(&folder), folder, card, summary })
}

/// What the release was made from.
fn inputs(plan: &Plan, card_sha256: String) -> serde_json::Value {
    // From wherever it is verified: the folder that a run was started in is not known then.
    let absolute =
        |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let inputs = plan.worked.inputs.iter().map(|(name, read)| {
        let mut input = json!({
            "input": absolute(&plan.policy.inputs[name].path),
            "sha256": read.sha256,
            "rows": read.rows,
        });
        if let Some(retention) = &plan.policy.inputs[name].retention {
            input["dropped"] =
                json!({ "rows": read.dropped, "days": retention.days, "as_of": retention.as_of });
        }
        (name.clone(), input)
    });
    json!({
        "inputs": inputs.collect::<serde_json::Map<_, _>>(),
        "policy_folder": absolute(&plan.policy.folder),
        "card_sha256": card_sha256,
    })
}

fn new_card(plan: &Plan) -> Card {
    let policy_sha256 = evidence::sha256_hex(plan.policy.text.as_bytes());
    let mut card = Card::new(Tool::this_build(), plan.policy.purpose.clone(), policy_sha256);
    card.overrides = plan
        .policy
        .overrides
        .iter()
        .map(|o| {
            let rule = o.rule.word().to_owned();
            OverrideRecord::new(rule, o.release.clone(), o.who.clone(), o.why.clone(), o.until.clone())
        })
        .collect();
    let inputs = plan.worked.inputs.values();
    card.inputs.extend(inputs.map(|input| InputRecord::new(plan.keys.input_id(&input.sha256))));
    card
}

fn write_table(plan: &Plan, staging: &Staging, name: &str, rows: PlannedRows) -> Result<Output> {
    let Some(Release::Table(release)) = plan.policy.releases.get(name) else {
        return Err(Error::release_kind());
    };
    let as_written = AsWritten::of(&plan.policy, plan.worked.inputs[&release.input].written);
    write::table(staging, name, &release.columns, &as_written, rows)
}

/// What an engine adds up for each release of statistics.
fn statistics_totals(plan: &Plan, progress: Progress<'_>) -> Result<BTreeMap<String, Option<Vec<Totals>>>> {
    let mut totals = BTreeMap::new();
    for name in plan.worked.statistics.keys() {
        let Some(Release::Statistics(release)) = plan.policy.releases.get(name) else { continue };
        let input = &plan.worked.inputs[&release.input];
        let of_release = statistics::totals(&plan.policy, input, name, release, progress)
            .map_err(|e| e.context(format!("release '{name}'")))?;
        totals.insert(name.clone(), of_release);
    }
    Ok(totals)
}

fn write_statistics(
    plan: &Plan,
    mut totals: BTreeMap<String, Option<Vec<Totals>>>,
    staging: &Staging,
    card: &mut Card,
    summary: &mut Summary,
    mut extras: ReportExtras,
) -> Result<ReportExtras> {
    let mut document = serde_json::Map::new();
    for name in plan.worked.statistics.keys() {
        let Some(Release::Statistics(release)) = plan.policy.releases.get(name) else { continue };
        let input = &plan.worked.inputs[&release.input];
        let key = plan.keys.of_ledger(release.key.as_ref());
        let totals = totals.remove(name).flatten();
        let statistics = statistics::run(&plan.policy, input, (name, release), totals.as_deref(), key)
            .map_err(|e| e.context(format!("release '{name}'")))?;
        document.insert(name.clone(), statistics.to_json());
        let charged = statistics.charged();
        let in_pairs =
            || Error::wrong_currency(Currency::Approximate.word(), charged.currency().word(), charged);
        let cost = charged.budget().ok_or_else(in_pairs)?;
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
        write_output(staging, card, "stats.json", text.as_bytes())?;
    }
    Ok(extras)
}

/// Charges the ledgers of releases of hidden samples, and writes what was drawn.
fn write_sampled(plan: &Plan, staging: &Staging, card: &mut Card, summary: &mut Summary) -> Result<()> {
    for name in plan.worked.sampled.keys() {
        let Some(Release::Sampled(release)) = plan.policy.releases.get(name) else { continue };
        let input = &plan.worked.inputs[&release.input];
        let key = plan.keys.of_ledger(release.key.as_ref());
        let drawn = sampled::run(&plan.policy, &plan.keys, input, (name, release), key)
            .map_err(|e| e.context(format!("release '{name}'")))?;
        let as_written = AsWritten::of(&plan.policy, input.written);
        card.outputs.push(write::table(staging, name, &release.columns, &as_written, drawn.rows)?);
        card.claims.extend(drawn.claims);
        let (epsilon, delta) = (drawn.charged.epsilon_text(), drawn.charged.delta_text());
        let accountant = "basic composition".to_owned();
        card.budget.insert(name.clone(), Budget::new(epsilon, delta, drawn.currency.to_owned(), accountant));
        summary.releases.insert(name.clone(), drawn.summary);
    }
    Ok(())
}

/// What holds of the releases together, and what nobody should conclude.
fn conclude(plan: &Plan, card: &mut Card) {
    let has = |test: &dyn Fn(&Claim) -> bool| card.claims.iter().any(test);
    // Rows of a hidden sample have a k as well, but levels that were drawn and no sensitive column: what is said of k is of
    // tables whose levels were searched.
    let is_sampled = |release: &str| {
        has(&|c| c.release == release && matches!(c.statement, Statement::SampledRows { .. }))
    };
    let k = has(&|c| matches!(c.statement, Statement::KAnonymity { .. }) && !is_sampled(&c.release));
    let l = has(&|c| {
        matches!(
            c.statement,
            Statement::DistinctLDiversity { .. }
                | Statement::EntropyLDiversity { .. }
                | Statement::RecursiveLDiversity { .. }
                | Statement::TCloseness { .. }
                | Statement::NTCloseness { .. }
                | Statement::BetaLikeness { .. }
                | Statement::DeltaDisclosure { .. }
                | Statement::AlphaK { .. }
        )
    });
    let of_population =
        has(&|c| matches!(c.statement, Statement::KMap { .. } | Statement::DeltaPresence { .. }));
    let estimated = has(&|c| matches!(c.statement, Statement::PopulationUniques { .. }));
    let pseudonymised = has(&|c| matches!(c.statement, Statement::Pseudonymised { .. }));
    let text = has(&|c| {
        matches!(c.statement, Statement::NothingFound { .. } | Statement::NothingFoundByPolicy { .. })
    });
    let dp = has(&|c| matches!(c.statement, Statement::DifferentialPrivacy { .. }));
    let sampled = has(&|c| matches!(c.statement, Statement::SampledRows { .. }));

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
    if of_population {
        not.push("that the population is the one that an attacker has; k-map and delta-presence rest on it");
    }
    if estimated {
        not.push("how many of a population stand alone: it is an estimate without an interval");
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
    if sampled {
        not.push("that sample and levels of rows were drawn as stated, and that the sample stays hidden: it is attested");
    }
    not.push(if plan.policy.gate.is_some() {
        "success of attacks that the gate did not try, or of attackers who know more than the released columns"
    } else {
        "success of attacks: none was measured"
    });
    not.push("who made this card, unless its signature is verified with a key that you trust");
    card.not_established = not.into_iter().map(str::to_owned).collect();

    if plan.policy.releases.len() > 1 {
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

fn write_output(staging: &Staging, card: &mut Card, file: &str, bytes: &[u8]) -> Result<()> {
    write_file(staging, Side::Public, file, bytes)?;
    card.outputs.push(Output::new(file.to_owned(), evidence::sha256_hex(bytes), None, None, Vec::new()));
    Ok(())
}

fn write_file(staging: &Staging, side: Side, name: &str, bytes: &[u8]) -> Result<()> {
    staging.write(side, name, |file| {
        file.write_all(bytes).map_err(|e| Error::io(format!("writing '{name}'"), e))
    })
}

pub(super) fn pretty(value: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value).map_err(|_| Error::not_json())?;
    text.push('\n');
    Ok(text)
}
