//! `incog decrypt`: a column of format-preserving ciphertexts back to its values.

use std::{path::PathBuf, process::ExitCode};

use incog::pseudonym::{Format, FormatPreserving, KeyId, KeySource};
use serde_json::json;

use super::{Outcome, operator, print_json};
use crate::{failure::Failure, input, output};

/// Decrypt a column that a policy encrypted with action fpe.
///
/// Format-preserving encryption has no authenticity: under a wrong key, domain or format the column decrypts
/// to other digits, without an error. Compare a row that you know.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The table as delimited text, or - for stdin.
    table: String,
    /// The encrypted column.
    #[arg(long, value_name = "COLUMN")]
    column: String,
    /// Where the key or the keyring is: env:NAME or file:PATH.
    #[arg(long, value_name = "SRC")]
    key: String,
    /// Whose column it is, as in the policy.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The key of the keyring that encrypted; the current one if left out.
    #[arg(long, value_name = "ID")]
    key_id: Option<String>,
    /// The domain of the column: the release's, or else the column's own, which is its name by default.
    #[arg(long, value_name = "DOMAIN")]
    domain: String,
    /// What the values look like, as the policy says: digits, card, card:6:0, iban, nhs, npi, aadhaar, ...
    #[arg(long, value_name = "FORMAT", default_value = "digits")]
    format: String,
    /// Where to write; stdout if left out. The file must not exist.
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The character between two cells; guessed from the first line if left out.
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<char>,
}

pub(crate) fn run(args: &Args, json: bool) -> Outcome {
    if json && args.output.is_none() {
        return Err(Failure::usage(
            "decrypt writes the table to stdout; with --json, name a file with --output",
        ));
    }
    let form = input::Form::new(args.delimiter);
    form.refuse_json_lines(&args.table, "convert it to CSV first")?;
    let ring = operator::ring(&KeySource::parse(&args.key)?, args.tenant.as_deref())?;
    let key = match &args.key_id {
        Some(id) => ring.key(KeyId::parse(id)?)?,
        None => ring.current(),
    };
    let encryption = FormatPreserving::new(key, &args.domain, Format::parse(&args.format)?)?;
    let (table, dialect) = input::table(&args.table, &form)?;
    let column = encryption.decrypt_column(&args.column, table.column(&args.column)?)?;
    if form.is_parquet(&args.table)? {
        output::parquet_with(args.output.as_deref(), &args.table, &args.column, &column)?;
    } else {
        let bytes = output::table_with(&table, &args.column, &column, dialect)?;
        output::write(args.output.as_deref(), &bytes)?;
    }
    if json {
        print_json(&json!({ "column": args.column, "key": key.id().to_string(), "rows": table.rows() }))?;
    } else {
        eprintln!(
            "column '{}' decrypted with key {}; a wrong key, domain or format would have given other digits, so \
             compare a row that you know",
            args.column,
            key.id()
        );
    }
    Ok(ExitCode::SUCCESS)
}
