//! `incog risk`: what a table gives away as it is.

use std::{path::Path, process::ExitCode};

use incog::kanon::risk::{RiskReport, measure};

use super::{Outcome, print_json};
use crate::{engine, failure::Failure, input, output::say};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The table, or - for stdin.
    table: String,
    /// The quasi-identifying columns.
    #[arg(long, value_delimiter = ',', required = true, value_name = "COLUMN,..")]
    quasi: Vec<String>,
    /// The sensitive columns.
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,..")]
    sensitive: Vec<String>,
    #[command(flatten)]
    form: input::Form,
    #[command(flatten)]
    engine: engine::EngineArgs,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let table = match args.engine.open()? {
        Some(_) if args.table == "-" => {
            return Err(Failure::usage(
                "an engine reads files, and - is none; give a path, or leave the engine out",
            ));
        }
        Some(engine) => {
            let mut columns: Vec<&str> = Vec::new();
            for column in args.quasi.iter().chain(&args.sensitive) {
                if !columns.contains(&column.as_str()) {
                    columns.push(column);
                }
            }
            engine
                .table(Path::new(&args.table), &columns)
                .map_err(|e| e.context(format!("reading '{}'", args.table)))?
        }
        None => {
            let needed = |name: &str| args.quasi.iter().chain(&args.sensitive).any(|n| n == name);
            input::table_of(&args.table, &args.form, &needed)?.0
        }
    };
    let report = measure(&table, &args.quasi, &args.sensitive)?;
    if json {
        print_json(&serde_json::to_value(&report).map_err(|e| Failure::output(&e.into()))?)?;
    } else {
        print(&report, &args.quasi.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

fn print(report: &RiskReport, quasi: &str) {
    say!("{} rows in {} classes on {{{quasi}}}", report.rows, report.classes);
    say!("  each row equals at least {} others (k = {})", report.k.saturating_sub(1), report.k);
    say!("  {} rows stand alone", report.sample_uniques);
    say!(
        "  chance to pick the right row: {:.4} at worst, {:.4} on average",
        report.risk.prosecutor,
        report.risk.marketer
    );
    for (column, risk) in &report.sensitive {
        say!("{column}");
        say!(
            "  l: {} distinct, {:.3} entropy, recursive ({:.3}, {})",
            risk.l_distinct,
            risk.l_entropy,
            risk.l_recursive.0,
            risk.l_recursive.1
        );
        let ordered = risk.t_ordered.map_or("not a number".to_owned(), |t| format!("{t:.4}"));
        say!("  t: {:.4} equal distances, {ordered} ordered", risk.t_equal);
        say!(
            "  alpha {:.4}, beta {:.4} basic and {:.4} enhanced, delta disclosure {:.4} bits",
            risk.alpha,
            risk.beta_basic,
            risk.beta_enhanced,
            risk.delta_disclosure
        );
    }
}
