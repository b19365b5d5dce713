//! `incog keys`: making keys.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use incog::pseudonym::Key;
use serde_json::json;

use super::{Outcome, print_json};
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Write a new random key to a file that only its owner can read.
    Generate {
        /// The file; it must not exist.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let KeysCommand::Generate { output } = &args.command;
    let key = Key::generate()?;
    key.write_new(output)?;
    if json {
        print_json(&json!({ "file": output.display().to_string(), "id": key.id().to_string() }))?;
    } else {
        say!("key {} written to {}", key.id(), output.display());
        say!("keep it out of version control; name it in a policy as key = \"file:{}\"", output.display());
    }
    Ok(ExitCode::SUCCESS)
}
