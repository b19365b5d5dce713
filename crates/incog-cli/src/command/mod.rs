//! One file per command.

pub(crate) mod account;
pub(crate) mod attack;
pub(crate) mod audit;
pub(crate) mod calibrate;
pub(crate) mod completions;
pub(crate) mod controls;
pub(crate) mod decrypt;
pub(crate) mod demo;
pub(crate) mod detokenize;
pub(crate) mod export;
pub(crate) mod frontier;
pub(crate) mod init;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod man;
mod operator;
pub(crate) mod policy;
pub(crate) mod profile;
pub(crate) mod query;
pub(crate) mod redact;
pub(crate) mod risk;
pub(crate) mod scan;
mod stream;
pub(crate) mod verify;

use std::process::ExitCode;

use crate::failure::Failure;

/// What a command comes to.
pub(crate) type Outcome = Result<ExitCode, Failure>;

/// Prints a JSON document on stdout.
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value).map_err(|e| Failure::output(&e.into()))?;
    writeln!(out)?;
    Ok(())
}
