//! `incog scan`: where personal data and secrets are.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::ValueEnum;
use incog::{
    pii::{Confidence, Entity, Finding, Scanner},
    pipeline::Policy,
};
use serde_json::{Map, Value, json};

use super::Outcome;
use crate::{failure::Failure, input, progress::Bar};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files, or - for stdin.
    #[arg(default_value = "-", value_name = "PATH")]
    paths: Vec<String>,
    /// How to read them; by the file's name if left out.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The field of JSON Lines that holds the text; all text fields if left out.
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// Leave out findings below this confidence, from 0 to 1.
    #[arg(long, value_name = "X")]
    min_confidence: Option<f64>,
    /// Look only for these.
    #[arg(long, value_delimiter = ',', value_name = "ENTITY,..")]
    entity: Vec<String>,
    /// A policy whose [scanner] says what to look for: your own recognizers, allowed values, thresholds.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The character between two cells of CSV; guessed from the first line if left out.
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<char>,
}

/// How an input is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Any text.
    Text,
    /// A JSON object per line.
    Jsonl,
    /// A table; the column's name is context for its cells.
    Csv,
    /// A table of Parquet; as csv.
    Parquet,
}

impl Format {
    /// As asked, or as the file's name says.
    pub(crate) fn of(asked: Option<Format>, path: &str) -> Format {
        asked.unwrap_or_else(|| {
            if input::looks_like_csv(path) {
                Format::Csv
            } else if input::looks_like_parquet(path) {
                Format::Parquet
            } else if input::looks_like_json_lines(path) {
                Format::Jsonl
            } else {
                Format::Text
            }
        })
    }
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    let scanner = scanner(args.policy.as_deref(), &args.entity, args.min_confidence)?;
    let mut out = Sink { out: BufWriter::new(std::io::stdout().lock()), json, findings: 0 };
    let bar = Bar::new();
    let total = args.paths.len() as u64;
    for (done, path) in (0u64..).zip(&args.paths) {
        bar.advance("scanning", done, total);
        match Format::of(args.format, path) {
            Format::Text => text(&scanner, path, &mut out)?,
            Format::Jsonl => jsonl(&scanner, path, args.field.as_deref(), &mut out)?,
            Format::Csv => table(&scanner, path, &input::Form::csv(args.delimiter), &mut out)?,
            Format::Parquet => table(&scanner, path, &input::Form::parquet(args.delimiter), &mut out)?,
        }
    }
    out.out.flush()?;
    if !json {
        eprintln!("{} findings", out.findings);
    }
    Ok(ExitCode::SUCCESS)
}

/// The scanner of the policy, or the default one; what is asked for on the command line counts before the policy.
pub(crate) fn scanner(
    policy: Option<&Path>,
    entities: &[String],
    min_confidence: Option<f64>,
) -> Result<Scanner, Failure> {
    let mut builder = policy.map_or_else(|| Ok(Scanner::builder()), Policy::read_scanner)?;
    if !entities.is_empty() {
        builder =
            builder.entities(entities.iter().map(|e| Entity::new(e.clone())).collect::<Result<Vec<_>, _>>()?);
    }
    if let Some(x) = min_confidence {
        builder = builder.min_confidence(Confidence::new(x)?);
    }
    Ok(builder.build()?)
}

struct Sink<W> {
    out: W,
    json: bool,
    findings: u64,
}

impl<W: Write> Sink<W> {
    /// One finding on a line of its own: as JSON, or for people.
    fn finding(&mut self, place: Map<String, Value>, human: &str, finding: &Finding) -> Result<(), Failure> {
        self.findings += 1;
        if self.json {
            let mut line = place;
            line.insert("start".into(), finding.start().into());
            line.insert("end".into(), finding.end().into());
            line.insert("entity".into(), finding.entity().as_str().into());
            line.insert("confidence".into(), finding.confidence().value().into());
            line.insert("why".into(), finding.reason().to_string().into());
            writeln!(self.out, "{}", Value::Object(line))?;
        } else {
            writeln!(
                self.out,
                "{human}: {} {:.2} at bytes {}..{} ({})",
                finding.entity(),
                finding.confidence().value(),
                finding.start(),
                finding.end(),
                finding.reason()
            )?;
        }
        Ok(())
    }
}

/// Offsets count from the start of the file; the line is that of the first byte.
fn text<W: Write>(scanner: &Scanner, path: &str, out: &mut Sink<W>) -> Result<(), Failure> {
    let bytes = input::bytes(path)?;
    let (mut line, mut counted) = (1u64, 0);
    for finding in scanner.scan(&bytes) {
        line += bytes[counted..finding.start()].iter().filter(|&&b| b == b'\n').count() as u64;
        counted = finding.start();
        let place = Map::from_iter([("path".to_owned(), path.into()), ("line".to_owned(), line.into())]);
        out.finding(place, &format!("{path}:{line}"), &finding)?;
    }
    Ok(())
}

/// With a field: one line per record, its findings as spans of the field. Without: one line per finding.
fn jsonl<W: Write>(
    scanner: &Scanner,
    path: &str,
    field: Option<&str>,
    out: &mut Sink<W>,
) -> Result<(), Failure> {
    let text = input::text(path)?;
    let lines = (1u64..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty());
    for (number, (line, text)) in (1u64..).zip(lines) {
        let record: Value = serde_json::from_str(text).map_err(|e| {
            Failure::unreadable_form(format!("'{path}', line {line}: not JSON at column {}", e.column()))
        })?;
        let Some(object) = record.as_object() else {
            return Err(Failure::unreadable_form(format!("'{path}', line {line}: not a JSON object")));
        };
        let id = object.get("id").cloned().unwrap_or_else(|| number.into());
        match field {
            Some(field) => {
                let text = object.get(field).and_then(Value::as_str).ok_or_else(|| {
                    Failure::unreadable_form(format!("'{path}', line {line}: no text field '{field}'"))
                })?;
                let findings = scanner.scan(text.as_bytes());
                if out.json {
                    let spans: Vec<Value> = findings
                        .iter()
                        .map(|f| json!([f.start(), f.end(), f.entity().as_str(), f.confidence().value()]))
                        .collect();
                    writeln!(out.out, "{}", json!({ "id": id, "spans": spans }))?;
                    continue;
                }
                for finding in findings {
                    out.finding(Map::new(), &format!("{path}:{line} {field}"), &finding)?;
                }
            }
            None => {
                for (name, value) in object {
                    let Some(text) = value.as_str() else { continue };
                    for finding in scanner.scan_labelled(name, text.as_bytes()) {
                        let place = Map::from_iter([
                            ("path".to_owned(), path.into()),
                            ("line".to_owned(), line.into()),
                            ("field".to_owned(), name.as_str().into()),
                        ]);
                        out.finding(place, &format!("{path}:{line} {name}"), &finding)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Offsets count from the start of the cell.
fn table<W: Write>(
    scanner: &Scanner,
    path: &str,
    form: &input::Form,
    out: &mut Sink<W>,
) -> Result<(), Failure> {
    let (table, _) = input::table(path, form)?;
    for (name, column) in table.iter() {
        for row in 0..column.len() {
            let Some(cell) = column.cell(row) else { continue };
            for finding in scanner.scan_labelled(name, cell.as_bytes()) {
                let place = Map::from_iter([
                    ("path".to_owned(), path.into()),
                    ("row".to_owned(), (row + 1).into()),
                    ("column".to_owned(), name.into()),
                ]);
                out.finding(place, &format!("{path}: row {}, column '{name}'", row + 1), &finding)?;
            }
        }
    }
    Ok(())
}
