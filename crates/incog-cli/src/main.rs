//! The `incog` command: a thin caller of the library.

mod about;
mod command;
mod demo;
mod engine;
mod failure;
mod fault;
mod input;
mod output;
mod parquet;
mod progress;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use command::{
    account, attack, audit, calibrate, completions, controls, decrypt, demo as demo_command, detokenize,
    export, frontier, init, keys, ledger, man, policy, profile, query, redact, risk, scan, verify,
};

/// Privacy toolkit: plan, apply and verify releases; find and redact personal data; measure risk.
///
/// Exit codes: 0 done, 1 a check or verification failed, 2 bad usage or configuration, 3 refused by policy
/// or budget, 4 input unreadable.
#[derive(Parser)]
#[command(name = "incog", version, long_version = about::LONG_VERSION.as_str(), propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print machine-readable output on stdout; progress and notes go to stderr.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Generate patients, release them under a policy, verify the release, and show how to go on.
    Demo(demo_command::Args),
    /// Find personal data and secrets.
    Scan(scan::Args),
    /// Replace personal data and secrets.
    ///
    /// An input may be of any length and is never held whole: what is decided is written, up to 24 KB of text wait for what
    /// comes behind. What the scanner does not know stays in the text.
    Redact(redact::Args),
    Profile(profile::Args),
    /// Propose a policy for a table: every column decided, or marked TODO.
    Init(init::Args),
    /// Show what a policy would do; write nothing.
    Plan(policy::PlanArgs),
    /// Carry a policy out: write the release folder, charge the ledger.
    Apply(policy::ApplyArgs),
    /// Check a policy against its input: exit 0 only if it could be applied.
    Check(policy::PlanArgs),
    Query(query::Args),
    /// Recompute the claims of a release folder from its files.
    Verify(verify::Args),
    Controls(controls::Args),
    Export(export::Args),
    /// Measure what a table gives away as it is: k, l, t and the others.
    Risk(risk::Args),
    Attack(attack::Args),
    Audit(audit::Args),
    /// Show k against loss, suppression and attack success, for a release of a policy.
    Frontier(frontier::Args),
    /// Make and rotate keys.
    Keys(keys::Args),
    Detokenize(detokenize::Args),
    Decrypt(decrypt::Args),
    Account(account::Args),
    Calibrate(calibrate::Args),
    /// Make and read budget ledgers.
    Ledger(ledger::Args),
    Completions(completions::Args),
    Man(man::Args),
}

fn main() -> ExitCode {
    fault::say_no_words();
    let cli = Cli::parse();
    let json = cli.json;
    let result = match cli.command {
        Command::Demo(args) => demo_command::run(&args, json),
        Command::Scan(args) => scan::run(&args, json),
        Command::Redact(args) => redact::run(&args, json),
        Command::Profile(args) => profile::run(&args, json),
        Command::Init(args) => init::run(&args, json),
        Command::Plan(args) => policy::plan(&args, json),
        Command::Apply(args) => policy::apply(&args, json),
        Command::Check(args) => policy::check(&args, json),
        Command::Query(args) => query::run(&args, json),
        Command::Verify(args) => verify::run(&args, json),
        Command::Controls(args) => controls::run(&args, json),
        Command::Export(args) => export::run(&args),
        Command::Risk(args) => risk::run(&args, json),
        Command::Attack(args) => attack::run(&args, json),
        Command::Audit(args) => audit::run(&args, json),
        Command::Frontier(args) => frontier::run(&args, json),
        Command::Keys(args) => keys::run(&args, json),
        Command::Detokenize(args) => detokenize::run(&args, json),
        Command::Decrypt(args) => decrypt::run(&args, json),
        Command::Account(args) => account::run(&args, json),
        Command::Calibrate(args) => calibrate::run(&args, json),
        Command::Ledger(args) => ledger::run(&args, json),
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::Man(args) => man::run(&args, Cli::command()),
    };
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
