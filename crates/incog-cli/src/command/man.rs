//! `incog man`: what `--help` says, as manual pages.

use std::{fs, path::PathBuf, process::ExitCode};

use clap_mangen::Man;

use super::Outcome;
use crate::{failure::Failure, output};

/// Print the manual page of `incog`, or write one for every command.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write a page for every command into this folder, which is made if there is none. No file is replaced.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The pages of `command`, the whole of `incog`.
pub(crate) fn run(args: &Args, mut command: clap::Command) -> Outcome {
    command.build();
    match &args.out {
        None => output::write(None, &page(&command)?)?,
        Some(folder) => {
            fs::create_dir_all(folder)
                .map_err(|e| Failure::from(incog::Error::io(format!("making '{}'", folder.display()), e)))?;
            write_all(&command, folder)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The page of `command` and those of all below it.
fn write_all(command: &clap::Command, folder: &std::path::Path) -> Result<(), Failure> {
    let man = Man::new(command.clone());
    output::write_new(&folder.join(man.get_filename()), &page(command)?)?;
    // `help` repeats the others.
    command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
        .try_for_each(|below| write_all(below, folder))
}

fn page(command: &clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}
