//! `incog frontier`: k against loss, suppression and attack success.

use std::{path::PathBuf, process::ExitCode};

use super::{Outcome, policy, print_json};
use crate::{
    failure::Failure,
    output::{self, say},
    progress::Bar,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The policy file.
    policy: PathBuf,
    /// The release; not needed if only one is under models.
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// The values of k.
    #[arg(long, value_delimiter = ',', default_values_t = [2, 3, 5, 10, 20, 50, 100], value_name = "K,..")]
    k: Vec<u64>,
    /// A page with a plot. For those who hold the raw data.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let bar = Bar::new();
    let policy = policy::read(&args.policy)?;
    let frontier = policy.frontier(args.release.as_deref(), &args.k, &|stage, done, total| {
        bar.advance(stage, done, total);
    })?;
    drop(bar);
    if let Some(path) = &args.output {
        output::write(Some(path), frontier.html().as_bytes())?;
    }
    if json {
        print_json(&serde_json::to_value(&frontier).map_err(|e| Failure::output(&e.into()))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("{} ({})", frontier.release, frontier.search);
    say!(
        "{:>6} {:>8} {:>10} {:>8} {:>11} {:>10}",
        "k",
        "loss",
        "left out",
        "classes",
        "prosecutor",
        "marketer"
    );
    for point in &frontier.points {
        match (&point.figures, &point.refusal) {
            (Some(f), _) => say!(
                "{:>6} {:>8.4} {:>10.4} {:>8} {:>11.4} {:>10.4}",
                point.k,
                f.loss,
                f.suppressed,
                f.classes,
                f.prosecutor,
                f.marketer
            ),
            (None, refusal) => say!("{:>6} refused: {}", point.k, refusal.as_deref().unwrap_or_default()),
        }
        for (column, guess) in point.figures.iter().flat_map(|f| &f.inferred) {
            say!(
                "       {column}: guessed right {:.4}, without the release {:.4}",
                guess.inferred,
                guess.guessed
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
