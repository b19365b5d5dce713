//! `incog redact`: replacing what the scanner finds.

use std::{
    collections::BTreeMap,
    io::stdout,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::ValueEnum;
use incog::{
    pii::{
        CsvRedactor, CsvRedactorBuilder, Entity, JsonRedactor, JsonRedactorBuilder, Redactor,
        ReversibleSession, Surrogate,
    },
    table::csv::Dialect,
};
use serde_json::json;

use super::{
    Outcome,
    operator::{Keyed, Operators},
    print_json, scan,
    stream::{Copied, Form},
};
use crate::{failure::Failure, input, output, parquet};

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
    /// token, encrypt (in policies: fpe), surrogate or date-shift.
    #[arg(long, value_delimiter = ',', value_name = "ENTITY=OP,..")]
    operator: Vec<String>,
    /// What all other findings become.
    #[arg(long, value_name = "OP", default_value = "label")]
    default: String,
    /// Write placeholders that lead back, as EMAIL_ADDRESS_KQ4821, and keep their values in this encrypted file, which
    /// incog detokenize --vault reads; needs --key. A vault that is there is gone on with. For text only, which is read whole.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["operator", "default"])]
    vault: Option<PathBuf>,
    /// With --vault: replace these as well, one a line, although no recognizer may find them: PERSON=names.txt
    #[arg(long, value_name = "ENTITY=FILE", requires = "vault")]
    known: Vec<String>,
    #[command(flatten)]
    keyed: Keyed,
    /// A policy whose `[scanner]` says what to look for: your own recognizers, allowed values, thresholds.
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
    /// A table of Parquet, from a file. Columns in which something is replaced become text, all others keep their types.
    Parquet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnError {
    Fail,
    Label,
}

impl Format {
    /// As asked, or as the file's name says.
    fn of(asked: Option<Format>, path: &str) -> Format {
        asked.unwrap_or_else(|| match scan::Format::of(None, path) {
            scan::Format::Text if input::looks_like_json(path) => Format::Json,
            scan::Format::Text => Format::Text,
            scan::Format::Jsonl => Format::Jsonl,
            scan::Format::Csv => Format::Csv,
            scan::Format::Parquet => Format::Parquet,
        })
    }
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    if json && args.output.is_none() {
        return Err(Failure::usage(
            "redact writes the text to stdout; with --json, name a file with --output",
        ));
    }
    if args.output.is_some() && args.paths.len() != 1 {
        return Err(Failure::usage("--output takes one input; redact several files one by one"));
    }
    if let Some(vault) = &args.vault {
        return placeholders(args, vault, json);
    }
    let rules = rules(args)?;
    let (redactor, surrogate) = redactor(args, &rules)?;
    let mut all = Copied::default();
    for path in &args.paths {
        let format = Format::of(args.format, path);
        refuse_what_has_no_effect(args, format)?;
        if format == Format::Parquet {
            all.bytes += parquet_table(args, &rules, &redactor, path)?;
            continue;
        }
        let mut source = input::reader(path)?;
        let form = match format {
            Format::Text => Form::Text(redactor.clone()),
            Format::Json => Form::Json(json_redactor(args, &rules, &redactor)?),
            Format::Jsonl => {
                Form::Lines(json_redactor(args, &rules, &redactor)?, args.on_error == OnError::Label)
            }
            Format::Csv => {
                let dialect = input::dialect(source.start(path)?, args.delimiter)?;
                Form::Csv(csv_redactor(args, &rules, &redactor, dialect))
            }
            Format::Parquet => continue,
        };
        let copied = match &args.output {
            Some(output) => output::write_new_with(output, |file| form.copy(&mut source, path, file))?,
            None => form.copy(&mut source, path, &mut stdout().lock())?,
        };
        if copied.bad_lines > 0 {
            eprintln!("'{path}': lines that are no JSON, and were replaced: {}", copied.bad_lines);
        }
        all.bytes += copied.bytes;
        all.bad_lines += copied.bad_lines;
    }
    let replaced = redactor.counts().snapshot().replaced;
    let shared = surrogate.map_or(0, |surrogate| surrogate.collisions());
    if shared > 0 {
        eprintln!("incog: {shared} values share a surrogate, because their reserved range is used up");
    }
    if json {
        print_json(&json!({
            "bytes": all.bytes, "bad_lines": all.bad_lines, "replaced": replaced, "shared_surrogates": shared,
        }))?;
    } else {
        report(&replaced);
    }
    Ok(ExitCode::SUCCESS)
}

fn report(replaced: &BTreeMap<Entity, u64>) {
    let each = replaced.iter().map(|(entity, count)| format!(", {entity} {count}"));
    eprintln!("{} replaced{}", replaced.values().sum::<u64>(), each.collect::<String>());
}

/// Placeholders, with their values in a vault.
fn placeholders(args: &Args, vault: &Path, json: bool) -> Outcome {
    let ring = args.keyed.ring("--vault")?;
    let scanner = scan::scanner(args.policy.as_deref(), &[], None)?;
    let session = match vault.exists() {
        true => ReversibleSession::open_with_keyring(&ring, vault, scanner)?,
        false => ReversibleSession::new(scanner)?,
    };
    for known in &args.known {
        let Some((entity, file)) = known.split_once('=') else {
            return Err(Failure::usage("--known takes ENTITY=FILE, as in PERSON=names.txt"));
        };
        let entity = Entity::new(entity)?;
        for (line, value) in (1u64..).zip(input::text(file)?.lines()).filter(|(_, value)| !value.is_empty()) {
            session
                .know(entity.clone(), value)
                .map_err(|e| e.context(format_args!("'{file}', line {line}")))?;
        }
    }
    let mut texts = Vec::new();
    for path in &args.paths {
        let format = Format::of(args.format, path);
        if format != Format::Text {
            return Err(Failure::usage(
                "--vault is for text; to treat the input as text, add: --format text",
            ));
        }
        refuse_what_has_no_effect(args, format)?;
        texts.push(session.redact(&input::text(path)?)?);
    }
    // The values first: placeholders without them would lead nowhere.
    session.seal(ring.current(), vault)?;
    texts.iter().try_for_each(|text| output::write(args.output.as_deref(), text.as_bytes()))?;
    let replaced = session.counts().snapshot().replaced;
    if json {
        print_json(&json!({ "values": session.values(), "replaced": replaced }))?;
    } else {
        report(&replaced);
    }
    Ok(ExitCode::SUCCESS)
}

/// An option that a format cannot follow would leave in the output what it was to take out.
fn refuse_what_has_no_effect(args: &Args, format: Format) -> Result<(), Failure> {
    let json = matches!(format, Format::Json | Format::Jsonl);
    let rules = !args.keep.is_empty() || !args.always.is_empty();
    let sentence = if format == Format::Text && rules {
        "--keep and --always are for paths and columns, which text does not have; name a --format"
    } else if !json && (args.keys || args.field.is_some()) {
        "--keys and --field are for JSON and JSON Lines; leave them out, or name a --format"
    } else if format == Format::Parquet && args.delimiter.is_some() {
        "--delimiter is for CSV; leave it out, or name a --format"
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

/// Redacts a table of Parquet, and says how many bytes it had.
fn parquet_table(
    args: &Args,
    rules: &[(String, Entity)],
    redactor: &Redactor,
    path: &str,
) -> Result<u64, Failure> {
    let cells = csv_redactor(args, rules, redactor, Dialect::default());
    let replaced: Vec<String> = rules.iter().map(|(column, _)| column.clone()).collect();
    let columns = (args.keep.as_slice(), replaced.as_slice());
    let scanner = redactor.scanner();
    match &args.output {
        Some(output) => {
            output::write_new_with(output, |file| parquet::redact(path, &cells, scanner, columns, file))
        }
        None => parquet::redact(path, &cells, scanner, columns, &mut stdout()),
    }
}

fn csv_redactor(
    args: &Args,
    rules: &[(String, Entity)],
    redactor: &Redactor,
    dialect: Dialect,
) -> CsvRedactor {
    let mut builder = CsvRedactor::builder(redactor.clone());
    builder = builder.dialect(dialect);
    builder = args.keep.iter().fold(builder, CsvRedactorBuilder::keep);
    let always = |builder: CsvRedactorBuilder, (column, entity): &(String, Entity)| {
        builder.always(column, entity.clone())
    };
    rules.iter().fold(builder, always).build()
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
