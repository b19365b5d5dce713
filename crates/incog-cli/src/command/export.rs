//! `incog export`: the privacy section of a dataset card in somebody else's format.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::ValueEnum;
use incog::evidence;

use super::{Outcome, print_json};
use crate::failure::Failure;

/// Print what the card of a release says in the fields of a dataset card. It verifies nothing.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The release folder.
    folder: PathBuf,
    /// The format.
    #[arg(long, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Croissant RAI 1.0 (JSON-LD).
    CroissantRai,
    /// A dataset package of SPDX 3.0.1 (JSON-LD).
    Spdx,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let card = evidence::read_card(&args.folder)?;
    let document = match args.format {
        Format::CroissantRai => evidence::croissant_rai(&card),
        Format::Spdx => {
            let path = args.folder.join("card.json");
            let text = fs::read(&path)
                .map_err(|e| Failure::from(incog::Error::io(format!("reading '{}'", path.display()), e)))?;
            evidence::spdx_dataset(&card, &text)
        }
    };
    print_json(&document)?;
    Ok(ExitCode::SUCCESS)
}
