//! `incog keys`: making and rotating keys.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use incog::{
    evidence::SigningKey,
    pseudonym::{Key, Keyring},
};
use serde_json::json;

use super::{Outcome, print_json};
use crate::output::{self, say};

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
        /// A key that signs cards; its public half is written beside it, with .pub at the end.
        #[arg(long)]
        signing: bool,
    },
    /// Add a new current key to a key file; the old ones stay in it, and their tokens can still be resolved.
    Rotate {
        /// The key file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    match &args.command {
        KeysCommand::Generate { output, signing: true } => {
            let mut public_file = output.clone().into_os_string();
            public_file.push(".pub");
            let public_file = PathBuf::from(public_file);
            let key = SigningKey::generate()?;
            output::write_new(&public_file, format!("{}\n", key.public()).as_bytes())?;
            if let Err(error) = key.write_new(output) {
                // A public half without its key would be trusted for nothing.
                let _ = std::fs::remove_file(&public_file);
                return Err(error.into());
            }
            let (file, public) = (output.display().to_string(), public_file.display().to_string());
            if json {
                print_json(&json!({
                    "file": file,
                    "public_file": public,
                    "public": key.public().to_string(),
                    "id": key.public().id(),
                }))?;
            } else {
                say!("signing key {} written to {file}, its public half to {public}", key.public().id());
                say!("sign with:   incog apply POLICY --sign file:{file}");
                say!("verify with: incog verify DIR --trust {public}");
            }
        }
        KeysCommand::Generate { output, signing: false } => {
            let key = Key::generate()?;
            key.write_new(output)?;
            let file = output.display().to_string();
            if json {
                print_json(&json!({ "file": file, "id": key.id().to_string() }))?;
            } else {
                say!("key {} written to {file}", key.id());
                say!("keep it out of version control; name it in a policy as key = \"file:{file}\"");
            }
        }
        KeysCommand::Rotate { file } => {
            let ring = Keyring::rotate_file(file)?;
            let id = ring.current().id();
            let older: Vec<String> =
                ring.ids().filter(|&other| other != id).map(|id| id.to_string()).collect();
            let file = file.display().to_string();
            if json {
                print_json(&json!({ "file": file, "id": id.to_string(), "older": older }))?;
            } else {
                say!("key {id} is the current one of {file}; kept: {}", older.join(", "));
                say!(
                    "from now on equal values get other tokens than before: two releases made before and after"
                );
                say!("cannot be joined");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
