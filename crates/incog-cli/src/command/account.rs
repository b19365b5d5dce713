//! `incog account`: what a list of events guarantees.

use std::process::ExitCode;

use incog::dp::{Delta, Epsilon, EventList, Statement, accountant};

use super::{Outcome, print_json};
use crate::{failure::Failure, input, output::say};

/// Say what a list of events guarantees: epsilon for a delta, delta for an epsilon, each as an interval that holds the
/// truth.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The events, as JSON: {"neighbors": .., "events": [..]}; - for stdin.
    events: String,
    /// A delta to find epsilon for; give it again for more.
    #[arg(long, value_name = "D", required_unless_present = "epsilon")]
    delta: Vec<String>,
    /// An epsilon to find delta for; give it again for more.
    #[arg(long, value_name = "E")]
    epsilon: Vec<String>,
    /// Who adds up: pld, rdp, zcdp, optimal, gaussian, basic, or best of them all.
    #[arg(long, value_name = "NAME", default_value = "pld")]
    accountant: String,
    /// For groups of so many records in place of one.
    #[arg(long, value_name = "K", default_value_t = 1)]
    group: u32,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let accountant = accountant::named(&args.accountant)?;
    let deltas = args.delta.iter().map(|text| Delta::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let epsilons = args.epsilon.iter().map(|text| Epsilon::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let events = events(&args.events)?;
    let statement = Statement::of_group(accountant.as_ref(), args.group, &events, &deltas, &epsilons)?;
    if json {
        let value = serde_json::to_value(&statement).map_err(|e| Failure::output(&e.into()))?;
        print_json(&value)?;
    } else {
        say!("{}", statement.to_string().trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// The list of events in a file.
pub(super) fn events(path: &str) -> Result<EventList, Failure> {
    serde_json::from_str(&input::text(path)?).map_err(|e| Failure::usage(format!("'{path}': {e}")))
}
