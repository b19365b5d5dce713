//! `incog query`.

use std::{path::PathBuf, process::ExitCode};

use incog::dp::{ErrorIn, Release};
use serde_json::{Map, Value, json};

use super::{Outcome, policy, print_json};
use crate::{engine, output::say, progress::Bar};

/// Answer the statistics of a policy: charge the ledger, write no folder.
///
/// Asked again with the same policy and data, it prints the same answers and charges nothing; so does `incog apply`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The policy file.
    policy: PathBuf,
    #[command(flatten)]
    engine: engine::EngineArgs,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let policy = policy::read_with(&args.policy, &args.engine)?;
    let bar = Bar::new();
    let answered = policy.answer(&|stage, done, total| bar.advance(stage, done, total))?;
    drop(bar);
    if json {
        let mut releases = Map::new();
        for (name, statistics) in &answered {
            let amount = |amount: incog::dp::Amount| {
                Value::Object(amount.fields().into_iter().map(|(name, text)| (name, text.into())).collect())
            };
            let balance = statistics.balance();
            let mut release = statistics.to_json();
            release["charged"] = amount(statistics.charged());
            release["remaining"] = amount(balance.remaining);
            release["currency"] = balance.budget.currency().word().into();
            release["accountant"] = "basic composition".into();
            release["claims"] = statistics
                .answers()
                .iter()
                .map(|answer| json!({ "sentence": answer.claim().sentence(), "check": answer.claim().check.word() }))
                .collect();
            releases.insert(name.clone(), release);
        }
        print_json(&json!({ "schema": "incog-stats/1", "releases": releases }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for (name, statistics) in &answered {
        say!("{name}");
        statistics.answers().iter().for_each(print);
        let balance = statistics.balance();
        say!(
            "  charged: {} (currency {}, basic composition)",
            statistics.charged(),
            balance.budget.currency()
        );
        say!("  left in the ledger: {}", balance.remaining);
    }
    Ok(ExitCode::SUCCESS)
}

/// One query: its label, its values with their errors, what it cost and what it claims.
fn print(answer: &Release) {
    let insecure = if answer.is_insecure() { "INSECURE (noise from a seed): " } else { "" };
    say!("  {insecure}{}: {}", answer.label(), answer.cost());
    if let Some((lower, upper)) = answer.clamp() {
        say!("    clamped to [{lower}, {upper}], found in the data");
    }
    for value in answer.values() {
        let name: Vec<&str> = value.key.iter().chain(&value.part).map(String::as_str).collect();
        let colon = if name.is_empty() { "" } else { ": " };
        let unit = if value.error_in == ErrorIn::Ranks { " ranks" } else { "" };
        say!("    {}{colon}{} ± {}{unit} (95 %)", name.join(" "), value.value, value.error);
    }
    say!("    {}; {}", answer.claim(), answer.claim().check.word());
}
