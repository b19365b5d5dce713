//! `incog init`: a policy to start from.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use incog::pipeline;
use serde_json::json;

use super::{Outcome, print_json};
use crate::{
    failure::Failure,
    input,
    output::{self, say},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The table.
    table: String,
    /// Where to write the policy; stdout if left out. The file must not exist.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    form: input::Form,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let (profile, form) = super::profile::of(&args.table, &args.form)?;
    let path = as_seen_from(&args.table, args.output.as_deref());
    let policy = pipeline::propose(&path, form, &profile);
    if let Some(output) = &args.output {
        output::write_new(output, policy.as_bytes())?;
    }
    match (&args.output, json) {
        (_, true) => print_json(
            &json!({ "policy": policy, "columns": serde_json::to_value(&profile.columns).map_err(|e| Failure::output(&e.into()))? }),
        )?,
        (Some(output), false) => {
            let open = policy.matches("\"TODO\"").count();
            say!(
                "{} columns decided, {open} marked TODO, in {}",
                profile.columns.len() - open,
                output.display()
            );
            say!("next: read it, then run: incog plan {}", output.display());
        }
        (None, false) => say!("{}", policy.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The path of `table` as written into a policy at `policy`: relative to its folder where it lies below.
fn as_seen_from(table: &str, policy: Option<&Path>) -> String {
    let absolute = |p: &Path| std::path::absolute(p).unwrap_or_else(|_| p.to_owned());
    let Some(policy) = policy else { return table.to_owned() };
    let (table, policy) = (absolute(Path::new(table)), absolute(policy));
    let relative = policy.parent().and_then(|folder| table.strip_prefix(folder).ok());
    relative.unwrap_or(&table).display().to_string()
}
