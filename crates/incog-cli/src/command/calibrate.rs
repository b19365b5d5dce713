//! `incog calibrate`: the noise, count or sampling rate that meets a target.

use std::process::ExitCode;

use incog::dp::{
    Statement, accountant,
    calibrate::{Sought, Spec},
};
use serde_json::{Map, Value, json};

use super::{Outcome, print_json};
use crate::{failure::Failure, input, output::say};

/// Find the noise for a target epsilon and delta, or the number of steps, or the sampling rate.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The spec, as JSON: {"target": {"epsilon": .., "delta": ..}, "mechanism": "gaussian", ..}; - for stdin.
    spec: String,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let path = &args.spec;
    let spec: Spec =
        serde_json::from_str(&input::text(path)?).map_err(|e| Failure::usage(format!("'{path}': {e}")))?;
    let (sought, epsilon, events) = spec.solve()?;
    let value = match sought {
        Sought::NoiseMultiplier(value) | Sought::SamplingRate(value) => json!(value),
        Sought::Count(count) => json!(count),
        _ => Value::Null,
    };
    if json {
        let mut document = Map::new();
        document.insert(sought.name().to_owned(), value);
        document.insert("epsilon_upper".to_owned(), json!(epsilon.upper()));
        document.insert("epsilon_lower".to_owned(), json!(epsilon.lower()));
        document.insert("accountant".to_owned(), json!(spec.accountant()));
        return print_json(&Value::Object(document)).map(|()| ExitCode::SUCCESS);
    }
    say!("{} = {value}", sought.name());
    let accountant = accountant::named(spec.accountant())?;
    let statement = Statement::new(accountant.as_ref(), &events, &[spec.target().delta()], &[])?;
    say!("{}", statement.to_string().trim_end());
    Ok(ExitCode::SUCCESS)
}
