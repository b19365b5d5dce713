//! `incog plan`, `incog check`, `incog apply`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use incog::{
    evidence::SigningKey,
    pipeline::{Plan, Policy, ReleaseSummary, Replace, Summary},
    pseudonym::KeySource,
};

use super::{Outcome, attack, print_json};
use crate::{
    engine,
    failure::{self, Failure},
    output::say,
    progress::Bar,
};

#[derive(clap::Args)]
pub(crate) struct PlanArgs {
    /// The policy file.
    policy: PathBuf,
    #[command(flatten)]
    engine: engine::EngineArgs,
}

#[derive(clap::Args)]
pub(crate) struct ApplyArgs {
    /// The policy file.
    policy: PathBuf,
    /// The release folder; `release` beside the policy if left out.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Replace a release folder that exists.
    #[arg(long)]
    replace: bool,
    /// Sign the card with the key at env:NAME or file:PATH; incog keys generate --signing makes one.
    #[arg(long, value_name = "SRC")]
    sign: Option<String>,
    #[command(flatten)]
    engine: engine::EngineArgs,
}

pub(crate) fn plan(args: &PlanArgs, json: bool) -> Outcome {
    let plan = make(args)?;
    let summary = plan.summary();
    if json {
        print_summary(&summary)?;
    } else {
        say!("columns");
        for (column, what) in plan.columns() {
            say!("  {column}: {what}");
        }
        describe(&summary);
        if plan.refusals().is_empty() {
            say!("nothing is written yet; next: incog apply {}", args.policy.display());
        }
    }
    Ok(refused(&plan))
}

pub(crate) fn check(args: &PlanArgs, json: bool) -> Outcome {
    let plan = make(args)?;
    let summary = plan.summary();
    if json {
        print_summary(&summary)?;
    } else if summary.refusals.is_empty() {
        say!("the policy can be applied");
    } else {
        describe(&summary);
    }
    Ok(refused(&plan))
}

pub(crate) fn apply(args: &ApplyArgs, json: bool) -> Outcome {
    let policy = read_with(&args.policy, &args.engine)?;
    let signer = match &args.sign {
        Some(source) => Some(SigningKey::load(&KeySource::parse(source)?, Path::new(""))?),
        None => None,
    };
    let folder = args.output.clone().unwrap_or_else(|| policy.default_output());
    let bar = Bar::new();
    let replace = if args.replace { Replace::Yes } else { Replace::No };
    let mut plan =
        policy.plan_into(&folder, replace, &|stage, done, total| bar.advance(stage, done, total))?;
    if let Some(key) = signer {
        plan = plan.signed_by(key);
    }
    if !plan.refusals().is_empty() {
        let summary = plan.summary();
        if json {
            print_summary(&summary)?;
        }
        for refusal in plan.refusals() {
            eprintln!("incog: {refusal}");
        }
        return Ok(refused(&plan));
    }
    let applied = plan.apply(&folder, replace, &|stage, done, total| bar.advance(stage, done, total))?;
    drop(bar);
    if json {
        print_summary(applied.summary())?;
    } else {
        describe(applied.summary());
        say!("released to {}", applied.folder().display());
        say!("not for release: {}", applied.internal_folder().display());
        say!("next: incog verify {}", applied.folder().display());
    }
    Ok(ExitCode::SUCCESS)
}

fn make(args: &PlanArgs) -> Result<Plan, Failure> {
    let policy = read_with(&args.policy, &args.engine)?;
    let bar = Bar::new();
    Ok(policy.plan(&|stage, done, total| bar.advance(stage, done, total))?)
}

fn print_summary(summary: &Summary) -> Result<(), Failure> {
    print_json(&serde_json::to_value(summary).map_err(|e| Failure::output(&e.into()))?)
}

fn refused(plan: &Plan) -> ExitCode {
    plan.refusals().first().map_or(ExitCode::SUCCESS, |e| ExitCode::from(failure::code(e.kind())))
}

/// The summary for people.
pub(crate) fn describe(summary: &Summary) {
    for (name, release) in &summary.releases {
        say!("{name}");
        match release {
            ReleaseSummary::Generalized(report) => {
                say!("  holds: {}", report.models.join(", "));
                say!(
                    "  {} of {} rows in {} classes of {} to {}; {} left out",
                    report.rows - report.suppressed_rows,
                    report.rows,
                    report.classes,
                    report.min_class,
                    report.max_class,
                    report.suppressed_rows
                );
                let levels: Vec<String> = report.levels.iter().map(|(c, l)| format!("{c} {l}")).collect();
                let levels =
                    if levels.is_empty() { "each class has its own".to_owned() } else { levels.join(", ") };
                say!("  levels: {levels} (loss {:.4})", report.quality.loss);
                if let (Some(bound), Some(gap)) = (report.lower_bound, report.gap) {
                    say!(
                        "  no such generalization scores below {bound:.4}; the gap is at most {:.0} %",
                        gap * 100.0
                    );
                }
                say!("  with the insensitive columns: k = {}", report.k_with_insensitive);
            }
            ReleaseSummary::Pseudonymised { rows, columns, findings, frequencies, .. } => {
                let columns: Vec<String> =
                    columns.iter().map(|c| format!("{} ({})", c.column, c.treatment)).collect();
                say!("  {rows} rows, pseudonymised only: {}", columns.join(", "));
                let found: Vec<String> = findings.iter().map(|(e, n)| format!("{e} {n}")).collect();
                if !found.is_empty() {
                    say!("  replaced in text: {}", found.join(", "));
                }
                for (column, shares) in frequencies {
                    say!("  {column}: {}", shares.summary());
                }
            }
            ReleaseSummary::PlannedStatistics { cost, remaining, queries } => {
                let left = remaining.as_ref().map_or("no budget for its lifetime".to_owned(), amounts);
                say!("  {} queries will cost {}; the ledger has {left}", queries.len(), amounts(cost));
                for query in queries {
                    say!("  {}", expected(query));
                }
            }
            ReleaseSummary::PlannedSample { cost, remaining, k, sampling } => {
                let left = remaining.as_ref().map_or("no budget for its lifetime".to_owned(), amounts);
                say!("  a hidden sample will cost {}; the ledger has {left}", amounts(cost));
                say!(
                    "  each person is in it with probability {sampling:.4}; classes have at least {k} of its rows"
                );
            }
            ReleaseSummary::Sampled { epsilon, delta, levels, rows, k, min_class, .. } => {
                let levels: Vec<String> = levels.iter().map(|(c, l)| format!("{c} {l}")).collect();
                say!("  {rows} rows of a hidden sample, charged epsilon = {epsilon}, delta = {delta}");
                say!(
                    "  levels: {}; classes of {k} or more, the smallest has {}",
                    levels.join(", "),
                    min_class.unwrap_or(0)
                );
            }
            ReleaseSummary::Statistics { epsilon, delta, queries } => {
                say!("  {} queries, charged epsilon = {epsilon}, delta = {delta}", queries.len());
            }
            _ => {}
        }
    }
    for (name, report) in &summary.attacks {
        attack::describe(&format!("attacks on {name}"), report);
    }
    for warning in &summary.warnings {
        say!("note: {warning}");
    }
    for refusal in &summary.refusals {
        say!("refused: {refusal}");
    }
}

/// `epsilon = 0.5, delta = 0`.
fn amounts(amounts: &BTreeMap<String, String>) -> String {
    amounts.iter().map(|(name, amount)| format!("{name} = {amount}")).collect::<Vec<_>>().join(", ")
}

/// What an answer will be worth.
fn expected(query: &serde_json::Value) -> String {
    let label = query["query"].as_str().unwrap_or_default();
    let rounded = |error: f64| (error * 1e4).round() / 1e4;
    match (query["error_95"].as_f64(), query["rank_error_95"].as_f64()) {
        (Some(error), _) => {
            format!("{label}: within {} of the exact value, with probability 95 %", rounded(error))
        }
        (_, Some(ranks)) => {
            format!("{label}: within {ranks} ranks of the exact quantile, with probability 95 %")
        }
        _ => format!("{label}: {}", query["error_unknown"].as_str().unwrap_or_default()),
    }
}

/// The policy, with every kind of ledger and table that this build has.
pub(crate) fn read(path: &Path) -> Result<Policy, Failure> {
    Ok(equipped(Policy::read(path)?))
}

/// The same of a policy that was read already.
pub(crate) fn equipped(policy: Policy) -> Policy {
    #[cfg(feature = "parquet")]
    let policy = policy.parquet(std::sync::Arc::new(incog_arrow::parquet::Files));
    #[cfg(feature = "postgres")]
    let policy = policy.ledgers(std::sync::Arc::new(postgres::Ledgers));
    policy
}

/// The same, its inputs read by the engine that was asked for.
pub(crate) fn read_with(path: &Path, engine: &engine::EngineArgs) -> Result<Policy, Failure> {
    let policy = read(path)?;
    Ok(match engine.open()? {
        Some(engine) => policy.engine(engine),
        None => policy,
    })
}

/// Ledgers on PostgreSQL for policies.
#[cfg(feature = "postgres")]
mod postgres {
    use std::path::Path;

    use incog::{
        Result,
        dp::ledger::{Ledger, LedgerKey},
        pipeline::{LedgerProvider, SystemLedgers},
    };
    use incog_postgres::PostgresLedger;

    pub(super) struct Ledgers;

    impl LedgerProvider for Ledgers {
        fn ledger(&self, source: &str, folder: &Path, key: Option<LedgerKey>) -> Result<Box<dyn Ledger>> {
            if !source.starts_with("postgres:") && !source.starts_with("postgresql:") {
                return SystemLedgers.ledger(source, folder, key);
            }
            let options = PostgresLedger::options();
            let options = if let Some(key) = key { options.key(key) } else { options };
            Ok(Box::new(options.open(source)?))
        }
    }
}
