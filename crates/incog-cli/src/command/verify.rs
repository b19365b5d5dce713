//! `incog verify`: recomputing a release's claims from its files.

use std::{path::PathBuf, process::ExitCode};

use incog::{
    Error,
    evidence::{self, Outcome as Checked, Verification},
    pii::{Confidence, Entity, Scanner},
};

use super::{Outcome, print_json};
use crate::{
    failure::{FAILED, Failure},
    output::say,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The release folder.
    folder: PathBuf,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let verification = evidence::verify(&args.folder, &scan)?;
    if json {
        print_json(&serde_json::to_value(&verification).map_err(|e| Failure::output(&e.into()))?)?;
    } else {
        print(&verification);
    }
    Ok(if verification.verified { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// The scanner for released text: the same that redacted it, and the card says so.
pub(crate) fn scan(
    entities: &[String],
    min_confidence: u16,
    column: &str,
    cell: &str,
) -> Result<usize, Error> {
    let entities = entities.iter().map(|e| Entity::new(e.clone())).collect::<Result<Vec<_>, _>>()?;
    let scanner = Scanner::builder()
        .entities(entities)
        .min_confidence(Confidence::from_permille(min_confidence)?)
        .build()?;
    Ok(scanner.scan_labelled(column, cell.as_bytes()).len())
}

pub(crate) fn print(verification: &Verification) {
    for check in &verification.checks {
        let word = match check.outcome {
            Checked::Holds => "holds      ",
            Checked::Differs => "DIFFERS    ",
            _ => "not checked",
        };
        say!("{word}  {}: {}", check.what, check.detail);
    }
    let differs = verification.checks.iter().filter(|c| c.outcome == Checked::Differs).count();
    match differs {
        0 => say!("verified: everything that can be recomputed from the folder holds"),
        n => say!("NOT VERIFIED: {n} of {} checks differ", verification.checks.len()),
    }
}
