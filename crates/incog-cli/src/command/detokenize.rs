//! `incog detokenize`: tokens back to values, by hashing candidates; placeholders back to values, from a vault.

use std::{path::PathBuf, process::ExitCode};

use incog::{
    pii::{ReversibleSession, Scanner},
    pseudonym::{Canonical, Detokenizer, KeySource, Keyring},
};
use serde_json::json;

use super::{Outcome, operator, print_json};
use crate::{failure::Failure, input, output};

/// Resolve tokens, or placeholders of a vault, to the values that they were made of.
///
/// A token is a keyed hash, and nothing in it leads back to its value. So candidates are hashed again, under
/// each key of the key file, and those whose tokens occur are put in their place. A value that is no
/// candidate stays hidden. Placeholders of incog redact --vault lead back by themselves: with --vault, nothing else is
/// needed but the key.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A text with tokens in it, or with --column a table; - for stdin.
    #[arg(default_value = "-", value_name = "PATH")]
    path: String,
    /// The column of the table that holds the tokens.
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// Where the key or the keyring is: env:NAME or file:PATH.
    #[arg(long, value_name = "SRC")]
    key: String,
    /// Whose tokens they are, as in the policy.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The file that incog redact --vault wrote; the text holds its placeholders.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["column", "domain", "candidates", "candidate_column", "canonical"])]
    vault: Option<PathBuf>,
    /// The domain of the tokens: the release's, or else the column's own, which is its name by default.
    #[arg(long, value_name = "DOMAIN", required_unless_present = "vault")]
    domain: Option<String>,
    /// The values to try: one a line, or with --candidate-column a table, such as the original one.
    #[arg(long, value_name = "FILE", required_unless_present = "vault")]
    candidates: Option<String>,
    /// The column of the candidates' table that holds the values.
    #[arg(long, value_name = "COLUMN")]
    candidate_column: Option<String>,
    /// The form that values were brought into before they were hashed: email, telephone:CODE, identifier,
    /// date, date:dmy or date:mdy.
    #[arg(long, value_name = "FORM")]
    canonical: Option<String>,
    /// Where to write; stdout if left out. The file must not exist.
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    #[command(flatten)]
    form: input::Form,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    if json && args.output.is_none() {
        return Err(Failure::usage(
            "detokenize writes the values to stdout; with --json, name a file with --output",
        ));
    }
    if args.column.is_some() {
        let way_out = "without --column, tokens are put back wherever they stand in the text";
        args.form.refuse_json_lines(&args.path, way_out)?;
    }
    let ring = operator::ring(&KeySource::parse(&args.key)?, args.tenant.as_deref())?;
    if let Some(vault) = &args.vault {
        return restore(args, vault, &ring, json);
    }
    let (domain, candidates) =
        (args.domain.as_deref().unwrap_or_default(), args.candidates.as_deref().unwrap_or_default());
    if args.path == "-" && candidates == "-" {
        return Err(Failure::usage(
            "the tokens and the candidates cannot both be read from stdin; name a file",
        ));
    }
    let form = args.canonical.as_deref().map(Canonical::parse).transpose()?;
    let mut back = match &args.candidate_column {
        Some(name) => {
            let (table, _) = input::table(candidates, &input::Form::default())?;
            Detokenizer::new(&ring, domain, table.column(name)?.dictionary())?
        }
        None => Detokenizer::new(&ring, domain, input::text(candidates)?.lines())?,
    };
    if let Some(form) = form {
        back = back.canonical(form);
    }
    let output = args.output.as_deref();
    let counts = match &args.column {
        Some(name) => {
            let (table, dialect) = input::table(&args.path, &args.form)?;
            let (column, counts) = back.column(table.column(name)?)?;
            if args.form.is_parquet(&args.path)? {
                output::parquet_with(output, &args.path, name, &column)?;
            } else {
                output::write(output, &output::table_with(&table, name, &column, dialect)?)?;
            }
            counts
        }
        None => {
            let (text, counts) = back.text(&input::text(&args.path)?);
            output::write(output, text.as_bytes())?;
            counts
        }
    };
    if json {
        print_json(&json!(counts))?;
    } else {
        eprintln!("{counts}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts the values of a vault in the place of their placeholders.
fn restore(args: &Args, vault: &std::path::Path, ring: &Keyring, json: bool) -> Outcome {
    let session = ReversibleSession::open_with_keyring(ring, vault, Scanner::new())?;
    let text = session.restore(&input::text(&args.path)?);
    output::write(args.output.as_deref(), text.as_bytes())?;
    let unknown = session.unknown();
    if json {
        print_json(&json!({ "values": session.values(), "unknown": unknown }))?;
    } else if unknown > 0 {
        eprintln!(
            "{unknown} words have the form of a placeholder and are none of this vault; they stay as they are"
        );
    }
    Ok(ExitCode::SUCCESS)
}
