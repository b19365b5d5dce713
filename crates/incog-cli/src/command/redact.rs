//! `incog redact`: replacing what the scanner finds.

use std::{
    io::{Write as _, stdout},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};

use incog::{
    pii::{Entity, Redactor, Surrogate},
    table::{ColumnBuilder, Table, csv::Writer},
};
use serde_json::Value;

use super::{
    Outcome,
    operator::{Keyed, Operators},
    scan::{self, Format},
};
use crate::{failure::Failure, input, output};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files, or - for stdin.
    #[arg(default_value = "-", value_name = "PATH")]
    paths: Vec<String>,
    /// Where to write; stdout if left out. Only with one input; the file must not exist.
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// How to read and write; by the file's name if left out.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The field of JSON Lines to redact; all text fields if left out.
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// What findings of a kind become: label, mask, keep-last (the last four letters or digits) or drop; with --key also
    /// token, encrypt, surrogate or date-shift.
    #[arg(long, value_delimiter = ',', value_name = "ENTITY=OP,..")]
    operator: Vec<String>,
    /// What all other findings become.
    #[arg(long, value_name = "OP", default_value = "label")]
    default: String,
    #[command(flatten)]
    keyed: Keyed,
    /// A policy whose [scanner] says what to look for: your own recognizers, allowed values, thresholds.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The character between two cells of CSV; guessed from the first line if left out.
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<char>,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    if json {
        return Err(Failure::usage(
            "redact writes the redacted text itself, which has no JSON form; leave --json out",
        ));
    }
    if args.output.is_some() && args.paths.len() != 1 {
        return Err(Failure::usage("--output takes one input; redact several files one by one"));
    }
    let (redactor, surrogate) = redactor(args)?;
    for path in &args.paths {
        // All of it before the first byte leaves: a file that turns out unreadable leaves nothing behind.
        let redacted = match Format::of(args.format, path) {
            Format::Text => redactor.redact(&input::text(path)?).into_owned().into_bytes(),
            Format::Jsonl => jsonl(&redactor, path, args.field.as_deref())?,
            Format::Csv => table(&redactor, path, args.delimiter)?,
        };
        match &args.output {
            Some(output) => output::write_new(output, &redacted)?,
            None => stdout().lock().write_all(&redacted)?,
        }
    }
    let shared = surrogate.map_or(0, |surrogate| surrogate.collisions());
    if shared > 0 {
        eprintln!("incog: {shared} values share a surrogate, because their reserved range is used up");
    }
    Ok(ExitCode::SUCCESS)
}

fn redactor(args: &Args) -> Result<(Redactor, Option<Arc<Surrogate>>), Failure> {
    let scanner = scan::scanner(args.policy.as_deref(), &[], None)?;
    let known = scanner.entities();
    let mut operators = Operators::new(&args.keyed);
    let mut builder = Redactor::builder(scanner).otherwise(operators.named(&args.default)?);
    for entry in &args.operator {
        let Some((entity, operator)) = entry.split_once('=') else {
            return Err(Failure::usage("--operator takes ENTITY=OP, as in EMAIL_ADDRESS=mask"));
        };
        builder = builder.with(named(&known, entity)?, operators.named(operator)?);
    }
    Ok((builder.build(), operators.surrogate()))
}

/// An entity that the scanner finds: a misspelt one would lose its operator without a word.
fn named(known: &[Entity], name: &str) -> Result<Entity, Failure> {
    match known.iter().find(|e| e.as_str() == name) {
        Some(entity) => Ok(entity.clone()),
        None => {
            let list = known.iter().map(Entity::as_str).collect::<Vec<_>>().join(", ");
            Err(Failure::usage(format!("entity '{name}' is unknown; known are {list}")))
        }
    }
}

fn jsonl(redactor: &Redactor, path: &str, field: Option<&str>) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    for (line, text) in (1u64..).zip(input::text(path)?.lines()) {
        if text.trim().is_empty() {
            out.push(b'\n');
            continue;
        }
        let mut record: Value = serde_json::from_str(text).map_err(|e| {
            Failure::unreadable_form(format!("'{path}', line {line}: not JSON at column {}", e.column()))
        })?;
        let Some(object) = record.as_object_mut() else {
            return Err(Failure::unreadable_form(format!("'{path}', line {line}: not a JSON object")));
        };
        for (name, value) in object {
            if field.is_none_or(|f| f == name)
                && let Value::String(text) = value
            {
                let findings = redactor.scanner().scan_labelled(name, text.as_bytes());
                *text = redactor.redact_findings(text, &findings);
            }
        }
        serde_json::to_writer(&mut out, &record).map_err(|e| Failure::output(&e.into()))?;
        out.push(b'\n');
    }
    Ok(out)
}

fn table(redactor: &Redactor, path: &str, delimiter: Option<char>) -> Result<Vec<u8>, Failure> {
    let (table, dialect) = input::table(path, delimiter)?;
    let mut columns = Vec::new();
    for (name, column) in table.iter() {
        let mut redacted = ColumnBuilder::default();
        for row in 0..column.len() {
            match column.cell(row) {
                Some(cell) => {
                    let findings = redactor.scanner().scan_labelled(name, cell.as_bytes());
                    redacted.push(&redactor.redact_findings(cell, &findings))?;
                }
                None => redacted.push_missing()?,
            }
        }
        columns.push((name.to_owned(), redacted.finish()));
    }
    let mut out = Vec::new();
    Writer::new(dialect).write(&Table::new(columns)?, &mut out)?;
    Ok(out)
}
