//! `incog completions`: what a shell needs to complete commands, options and their values.

use std::process::ExitCode;

use clap_complete::{Shell, generate};

use super::Outcome;
use crate::output;

/// Print completions for a shell.
///
/// For bash, into a file that it reads by itself:
///
///     incog completions bash > ~/.local/share/bash-completion/completions/incog
///
/// For zsh, into a folder of its `fpath`, as `_incog`; for fish, as `~/.config/fish/completions/incog.fish`.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The shell.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Completes `command`, the whole of `incog`.
pub(crate) fn run(args: &Args, mut command: clap::Command) -> Outcome {
    let mut script = Vec::new();
    generate(args.shell, &mut command, "incog", &mut script);
    output::write(None, &script)?;
    Ok(ExitCode::SUCCESS)
}
