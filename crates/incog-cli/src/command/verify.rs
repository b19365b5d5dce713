//! `incog verify`: recomputing a release's claims from its files.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use incog::{
    evidence::{Checked as Check, Outcome as Checked, PublicKey, Scan, Verification, Verifier},
    pipeline::{Replay, rescan},
};

use super::{Outcome, print_json};
use crate::{
    engine,
    failure::{FAILED, Failure},
    output::say,
    progress::Bar,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The release folder.
    folder: PathBuf,
    /// A public key whose signature is believed: incogpub1_.., or the file that holds it. Can be given again.
    #[arg(long, value_name = "KEY")]
    trust: Vec<String>,
    /// A card that was seen before: the release must be it or continue it. Can be given again.
    #[arg(long, value_name = "CARD")]
    earlier: Vec<PathBuf>,
    /// The internal folder of the release, for those who hold it: its policy, raw data and earlier cards are checked, too,
    /// and tables that count persons are made again with the keys, and their persons counted.
    #[arg(long, value_name = "DIR")]
    internal: Option<PathBuf>,
    #[command(flatten)]
    engine: engine::EngineArgs,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let scan = rescan();
    let mut verifier = verifier(&scan);
    for key in &args.trust {
        verifier = verifier.trust(PublicKey::parse_or_read(key)?);
    }
    for card in &args.earlier {
        verifier = verifier.earlier(card);
    }
    let bar = Bar::new();
    let engine = args.engine.open()?;
    if engine.is_some() && args.internal.is_none() {
        return Err(Failure::usage(
            "an engine reads raw data, and without --internal none is read; give the internal folder, or leave the engine out",
        ));
    }
    let remake = |release: &str| {
        let internal = args.internal.as_deref().unwrap_or(&args.folder);
        let replay = Replay::open(internal)?;
        #[cfg(feature = "parquet")]
        let replay = replay.parquet(std::sync::Arc::new(incog_arrow::parquet::Files));
        let replay = match &engine {
            Some(engine) => replay.engine(Arc::clone(engine)),
            None => replay,
        };
        replay.table(release, &|stage, done, total| bar.advance(stage, done, total))
    };
    if let Some(internal) = &args.internal {
        verifier = verifier.internal(internal).replay(&remake);
    }
    let verification = verifier.verify(&args.folder)?;
    if json {
        print_json(&serde_json::to_value(&verification).map_err(|e| Failure::output(&e.into()))?)?;
    } else {
        print(&verification);
    }
    Ok(if verification.verified { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// A verifier that reads every kind of table that this build does.
pub(crate) fn verifier(scan: Scan<'_>) -> Verifier<'_> {
    let verifier = Verifier::new(scan);
    #[cfg(feature = "parquet")]
    let verifier = verifier.parquet(&incog_arrow::parquet::Files);
    verifier
}

/// Whether it is a file of which nothing but the digest was looked at, and whose rows should have been.
fn is_unread(check: &Check) -> bool {
    check.outcome == Checked::NotChecked && check.subject.starts_with("/outputs/")
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
    match verification.first_difference() {
        None if verification.checks.iter().any(is_unread) => {
            say!(
                "NOT VERIFIED: nothing differs, but there are tables that this build does not read, and their claims were not checked"
            );
        }
        None => say!("verified: everything that can be recomputed from the folder holds"),
        Some(first) => {
            let differs = verification.checks.iter().filter(|c| c.outcome == Checked::Differs).count();
            say!("NOT VERIFIED: {differs} of {} checks differ", verification.checks.len());
            say!("first: {}: {}", first.what, first.detail);
        }
    }
}
