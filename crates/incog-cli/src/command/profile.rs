//! `incog profile`: what the columns of a table are, and which of them single rows out.

use std::process::ExitCode;

use incog::{
    pii::Scanner,
    pipeline::{ColumnProfile, ColumnSet, Profile, Profiler, policy},
    table::Rows,
};

use super::{Outcome, print_json};
use crate::{
    failure::Failure,
    input::{self, Source},
    output::say,
    parquet,
    progress::Bar,
};

/// Show what the columns of a table are: kind, confidence, why, coverage; and which sets of them single rows out.
///
/// Figures about the raw table, without its values: internal.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The table, or - for stdin.
    table: String,
    #[command(flatten)]
    form: input::Form,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let (profile, _) = of(&args.table, &args.form)?;
    if json {
        print_json(&serde_json::to_value(&profile).map_err(|e| Failure::output(&e.into()))?)?;
    } else {
        print(&profile);
    }
    Ok(ExitCode::SUCCESS)
}

/// The profile of the table at `path`, and how the table is written down.
pub(crate) fn of(path: &str, form: &input::Form) -> Result<(Profile, policy::Form), Failure> {
    let reading = |e: incog::Error| e.context(format!("reading '{path}'"));
    let bar = Bar::new();
    let (mut source, form) = Source::open(path, form)?;
    if let Source::Parquet(_) = &source {
        for (name, kind) in parquet::without_cells(path)? {
            eprintln!(
                "incog: column '{name}' of '{path}' is of type {kind}, which is not read: nothing is known of it"
            );
        }
    }
    let (mut profiler, mut rows) = (Profiler::new(Scanner::new()), Rows::default());
    while source.next_rows(&mut rows).map_err(reading)? {
        profiler.take(source.names(), &rows);
        // How many rows there are is known at the end.
        bar.advance("profiling", rows.first(), 0);
    }
    Ok((profiler.finish(source.names()).map_err(reading)?, form))
}

fn print(profile: &Profile) {
    say!("{} rows, {} columns", profile.rows, profile.columns.len());
    let width = profile.columns.iter().map(|c| c.name.chars().count()).max().unwrap_or(0).clamp(6, 24);
    let head = ["kind", "sure", "written", "distinct", "missing", "examined", "alone"];
    let [kind, sure, written, distinct, missing, examined, alone] = head;
    say!(
        "{:width$}  {kind:17}  {sure:>4}  {written:10}  {distinct:>10}  {missing:>8}  {examined:>8}  {alone:>8}",
        "column"
    );
    for column in &profile.columns {
        print_column(column, width);
    }
    say!("");
    say!("rows that a set of columns singles out");
    for set in &profile.sets {
        print_set(set);
    }
    if profile.sets.is_empty() {
        say!("  none");
    }
    if let Some(together) = profile.together.as_ref().filter(|t| !profile.sets.contains(t)) {
        say!("all columns that were combined");
        print_set(together);
    }
    for note in &profile.notes {
        say!("note: {note}");
    }
}

fn print_column(column: &ColumnProfile, width: usize) {
    let about = if column.estimated { "~" } else { "" };
    let share = |rows: u64| percent(rows, column.rows);
    say!(
        "{:width$}  {:17}  {:>4.2}  {:10}  {:>10}  {:>8}  {:>8}  {:>8}",
        column.name,
        column.kind.word(),
        column.confidence,
        column.value_kind.word(),
        format!("{about}{}", column.distinct),
        share(column.missing),
        share(column.examined),
        format!("{about}{:.1} %", 100.0 * column.singled_out)
    );
    for why in &column.why {
        say!("{:width$}    {why}", "");
    }
    let found: Vec<String> =
        column.findings.iter().map(|(entity, rows)| format!("{entity} {rows}")).collect();
    if !found.is_empty() {
        say!("{:width$}    found: {}", "", found.join(", "));
    }
}

fn print_set(set: &ColumnSet) {
    let about = if set.estimated { "~" } else { "" };
    say!("  {:>8}  {}", format!("{about}{:.1} %", 100.0 * set.singled_out), set.columns.join(", "));
}

/// `part` of `whole` to a tenth of a percent.
fn percent(part: u64, whole: u64) -> String {
    let permille = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{} %", permille / 10, permille % 10)
}
