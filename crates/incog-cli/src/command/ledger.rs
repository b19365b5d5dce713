//! `incog ledger`: making and reading budget ledgers.

use std::process::ExitCode;

use clap::Subcommand;
use incog::dp::{
    Amount, Budget,
    ledger::{Currency, Ledger as _, SqliteLedger},
};
use serde_json::json;

use super::{Outcome, print_json};
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: LedgerCommand,
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Make a ledger with a budget that nothing can raise.
    Create {
        /// Where it is, as PATH or sqlite:PATH; it must not exist.
        ledger: String,
        /// The epsilon that all requests may cost together, as decimal text.
        #[arg(long, value_name = "E")]
        epsilon: String,
        /// The delta that all requests may cost together, as decimal text.
        #[arg(long, value_name = "D", default_value = "0")]
        delta: String,
        /// How costs are counted, for good: pure or approximate; by the delta if left out.
        #[arg(long, value_name = "C")]
        currency: Option<String>,
    },
    /// Show the budget, what is spent, and for what.
    Show {
        /// Where it is, as PATH or sqlite:PATH.
        ledger: String,
    },
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    match &args.command {
        LedgerCommand::Create { ledger, epsilon, delta, currency } => {
            let budget = Budget::parse(epsilon, delta)?;
            let currency = match currency {
                Some(word) => word.parse()?,
                None if budget.is_pure() => Currency::Pure,
                None => Currency::Approximate,
            };
            SqliteLedger::create(path(ledger), budget, currency)?;
        }
        LedgerCommand::Show { .. } => {}
    }
    let (LedgerCommand::Create { ledger, .. } | LedgerCommand::Show { ledger }) = &args.command;
    show(ledger, json)
}

fn path(ledger: &str) -> &str {
    ledger.strip_prefix("sqlite:").unwrap_or(ledger)
}

fn show(ledger: &str, json: bool) -> Outcome {
    let opened = SqliteLedger::open(path(ledger))?;
    let balance = opened.balance()?;
    let entries = opened.entries()?;
    if json {
        let entries: Vec<_> = entries
            .iter()
            .map(|e| json!({ "id": e.request.id(), "event": e.request.events(), "cost": e.request.cost(), "answered": e.answered }))
            .collect();
        print_json(&json!({
            "currency": opened.currency().word(),
            "budget": balance.budget,
            "spent": balance.spent,
            "remaining": balance.remaining,
            "entries": entries,
        }))?;
    } else {
        let line = |word: &str, amount: Amount| say!("{word:<10} {amount}");
        line("budget", balance.budget);
        line("spent", balance.spent);
        line("remaining", balance.remaining);
        for entry in &entries {
            let lost = if entry.answered { "" } else { "  (answer lost)" };
            say!("  {}: {}{lost}", entry.request.id(), entry.request.cost());
        }
    }
    Ok(ExitCode::SUCCESS)
}
