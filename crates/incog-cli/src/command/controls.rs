//! `incog controls`: risks, what is done about them, and what a release shows of it.

use std::{path::PathBuf, process::ExitCode};

use incog::{
    evidence::{self, Standing},
    pipeline::rescan,
};

use super::{Outcome, print_json, verify};
use crate::{
    failure::{FAILED, Failure},
    output::say,
};

/// Print the control matrix: risk, control, tests, and where a release shows it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A release folder: it is verified, and the matrix filled with what was found.
    folder: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let Some(folder) = &args.folder else {
        if json {
            print_json(&serde_json::to_value(evidence::controls()).map_err(|e| Failure::output(&e.into()))?)?;
        } else {
            for control in evidence::controls() {
                say!("{}", control.risk);
                say!("  control: {}", control.control);
                say!("  tests:   {}", control.tests.join(", "));
                say!("  card:    {}", control.card.join(", "));
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    let card = evidence::read_card(folder)?;
    let scan = rescan();
    let verification = verify::verifier(&scan).verify(folder)?;
    let matrix = evidence::controls_in(&card, Some(&verification));
    if json {
        print_json(&serde_json::to_value(&matrix).map_err(|e| Failure::output(&e.into()))?)?;
    } else {
        for row in &matrix {
            say!("{:<20} {}", row.standing.words(), row.control.risk);
            say!("{:<20} control: {}", "", row.control.control);
            say!("{:<20} tests:   {}", "", row.control.tests.join(", "));
            if row.standing != Standing::Absent {
                say!("{:<20} card:    {}", "", row.subjects.join(", "));
            }
        }
    }
    Ok(if verification.verified { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}
