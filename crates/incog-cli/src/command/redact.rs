//! `incog redact`: replacing what the scanner finds.

use std::{
    borrow::Cow,
    io::{ErrorKind, Read, Write, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::ValueEnum;
use incog::{
    Error,
    pii::{CsvRedactor, Entity, JsonRedactor, JsonRedactorBuilder, Redactor, StreamRedactor, Surrogate},
};

use super::{
    Outcome,
    operator::{Keyed, Operators},
    scan,
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
    /// The field at the top of JSON or JSON Lines to search, with all in it; everything if left out.
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// Leave what is there: a path of JSON (user.id, items[].card, **.id), or a column of CSV.
    #[arg(long, value_name = "PATH")]
    keep: Vec<String>,
    /// Replace what is there, whatever it is, as this entity.
    #[arg(long, value_name = "PATH=ENTITY")]
    always: Vec<String>,
    /// Search the keys of JSON as well.
    #[arg(long)]
    keys: bool,
    /// What to do with a line that is no JSON: fail, or write {"redacted":"not JSON"} in its place.
    #[arg(long, value_enum, value_name = "WHAT", default_value = "fail")]
    on_error: OnError,
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

/// How an input is read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Any text.
    Text,
    /// A JSON document; its form stays.
    Json,
    /// A JSON document per line; their form stays.
    Jsonl,
    /// A table; its form stays, and the column's name is context for its cells.
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnError {
    Fail,
    Label,
}

impl Format {
    /// As asked, or as the file's name says.
    fn of(asked: Option<Format>, path: &str) -> Format {
        let json = Path::new(path).extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        asked.unwrap_or_else(|| match scan::Format::of(None, path) {
            scan::Format::Text if json => Format::Json,
            scan::Format::Text => Format::Text,
            scan::Format::Jsonl => Format::Jsonl,
            scan::Format::Csv => Format::Csv,
        })
    }
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
    let rules = rules(args)?;
    let (redactor, surrogate) = redactor(args, &rules)?;
    for path in &args.paths {
        let format = Format::of(args.format, path);
        refuse_what_has_no_effect(args, format)?;
        if format == Format::Text {
            text(&redactor, path, args.output.as_deref())?;
            continue;
        }
        let text = input::text(path)?;
        let read = |e: Error| Failure::from(e.context(format!("reading '{path}'")));
        // All of it before the first byte leaves: a file that turns out unreadable leaves nothing behind.
        let redacted = match format {
            Format::Text => continue,
            Format::Json => json_redactor(args, &rules, &redactor)?.redact(&text).map_err(read)?,
            Format::Jsonl => jsonl(&json_redactor(args, &rules, &redactor)?, args, path, &text)?,
            Format::Csv => {
                let mut builder = CsvRedactor::builder(redactor.clone());
                builder = builder.dialect(input::dialect(text.as_bytes(), args.delimiter)?);
                builder = args.keep.iter().fold(builder, |builder, column| builder.keep(column));
                let always = |builder: incog::pii::CsvRedactorBuilder,
                              (column, entity): &(String, Entity)| {
                    builder.always(column, entity.clone())
                };
                rules.iter().fold(builder, always).build().redact(&text).map_err(read)?
            }
        };
        match &args.output {
            Some(output) => output::write_new(output, redacted.as_bytes())?,
            None => stdout().lock().write_all(redacted.as_bytes())?,
        }
    }
    let shared = surrogate.map_or(0, |surrogate| surrogate.collisions());
    if shared > 0 {
        eprintln!("incog: {shared} values share a surrogate, because their reserved range is used up");
    }
    Ok(ExitCode::SUCCESS)
}

/// Text of any length, in little memory: it is read, redacted and written bit by bit.
fn text(redactor: &Redactor, path: &str, output: Option<&Path>) -> Result<(), Failure> {
    let source = input::reader(path)?;
    match output {
        Some(output) => output::write_new_with(output, |file| copy(redactor, source, path, file)),
        None => copy(redactor, source, path, &mut stdout().lock()),
    }
}

fn copy(
    redactor: &Redactor,
    mut source: impl Read,
    path: &str,
    sink: &mut impl Write,
) -> Result<(), Failure> {
    let mut stream = StreamRedactor::new(redactor);
    let (mut chunk, mut out) = (vec![0; 64 << 10], Vec::new());
    loop {
        let read = match source.read(&mut chunk) {
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            read => read.map_err(|e| Failure::unreadable(&format!("'{path}'"), &e))?,
        };
        out.clear();
        if read == 0 {
            stream.finish(&mut out);
            return Ok(sink.write_all(&out).and_then(|()| sink.flush())?);
        }
        stream.push(&chunk[..read], &mut out);
        sink.write_all(&out)?;
    }
}

/// An option that a format cannot follow would leave in the output what it was to take out.
fn refuse_what_has_no_effect(args: &Args, format: Format) -> Result<(), Failure> {
    let json = matches!(format, Format::Json | Format::Jsonl);
    let rules = !args.keep.is_empty() || !args.always.is_empty();
    let sentence = if format == Format::Text && rules {
        "--keep and --always are for paths and columns, which text does not have; name a --format"
    } else if !json && (args.keys || args.field.is_some()) {
        "--keys and --field are for JSON and JSON Lines; leave them out, or name a --format"
    } else if format != Format::Jsonl && args.on_error != OnError::Fail {
        "--on-error is for lines of JSON Lines; leave it out, or name a --format"
    } else {
        return Ok(());
    };
    Err(Failure::usage(sentence))
}

/// The paths that are replaced whatever is there, and as what.
fn rules(args: &Args) -> Result<Vec<(String, Entity)>, Failure> {
    let rule = |rule: &String| match rule.rsplit_once('=') {
        Some((path, entity)) => Ok((path.to_owned(), Entity::new(entity)?)),
        None => Err(Failure::usage("--always takes PATH=ENTITY, as in **.password=PASSWORD")),
    };
    args.always.iter().map(rule).collect()
}

fn json_redactor(
    args: &Args,
    rules: &[(String, Entity)],
    redactor: &Redactor,
) -> Result<JsonRedactor, Failure> {
    let mut builder = JsonRedactor::builder(redactor.clone()).keys(args.keys);
    if let Some(field) = &args.field {
        builder = builder.only(format!("\"{}\"", field.replace('\\', "\\\\").replace('"', "\\\"")));
    }
    builder = args.keep.iter().fold(builder, JsonRedactorBuilder::keep);
    let always = |builder: JsonRedactorBuilder, (path, entity): &(String, Entity)| {
        builder.always(path, entity.clone())
    };
    Ok(rules.iter().fold(builder, always).build()?)
}

fn jsonl<'t>(json: &JsonRedactor, args: &Args, path: &str, text: &'t str) -> Result<Cow<'t, str>, Failure> {
    if args.on_error == OnError::Fail {
        return json.redact_lines(text).map_err(|e| e.context(format!("reading '{path}'")).into());
    }
    let (redacted, errors) = json.redact_lines_lossy(text);
    if !errors.is_empty() {
        eprintln!("'{path}': lines that are no JSON, and were replaced: {}", errors.len());
    }
    Ok(redacted)
}

fn redactor(args: &Args, rules: &[(String, Entity)]) -> Result<(Redactor, Option<Arc<Surrogate>>), Failure> {
    let scanner = scan::scanner(args.policy.as_deref(), &[], None)?;
    let mut known = scanner.entities();
    known.extend(rules.iter().map(|(_, entity)| entity.clone()));
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
