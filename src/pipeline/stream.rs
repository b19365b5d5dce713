//! Releases whose rows are made one by one, from nothing but the row: tokens, encrypted values, shifted dates, scrubbed
//! text. They are never held whole.
//!
//! ```text
//!   rows ──(many threads)──> records, each with its place ──> Shuffle ──> file
//!                       └──> digests of what got a token ───> Collisions
//!                       └──> findings by entity, rows in which something is left
//! ```
//!
//! What comes out depends neither on threads nor on the order of rows: rows are ordered by their place, counts are sums,
//! and of several errors the one of the first row is reported.

use std::{collections::BTreeMap, path::Path};

use super::{
    collisions::Collisions,
    keys::{Keys, RowOrder},
    policy::{Action, InputPolicy, Policy, TableRelease},
    record,
    scanners::Scanners,
    shuffle::Shuffle,
    text::Scrub,
};
use crate::{
    claim::ColumnTreatment,
    error::{Error, Result},
    num,
    pseudonym::{Canonical, CanonicalTokenizer, DateShift, FormatPreserving, Frequency, Tokenizer},
    table::Rows,
};

/// How the rows of a release are made.
pub(super) struct Stream<'p> {
    pub(super) name: &'p str,
    columns: Vec<StreamColumn<'p>>,
    order: RowOrder,
}

struct StreamColumn<'p> {
    name: &'p str,
    source: usize,
    treatment: Treatment,
}

enum Treatment {
    Keep,
    /// Tokens, and which of the release's columns with tokens it is.
    Token(Box<Tokens>, usize),
    Fpe(Box<FormatPreserving>),
    /// Dates, and the column that names the person.
    DateShift(DateShift, usize),
    Scrub(Box<Scrub>),
}

/// Tokens of values, or of their canonical forms.
enum Tokens {
    Plain(Tokenizer),
    Canonical(CanonicalTokenizer),
}

impl Tokens {
    fn new(tokenizer: Tokenizer, form: Option<Canonical>) -> Self {
        match form {
            None => Tokens::Plain(tokenizer),
            Some(form) => Tokens::Canonical(tokenizer.canonical(form)),
        }
    }

    fn token_and_digest(&self, value: &str, out: &mut String) -> Result<u128> {
        match self {
            Tokens::Plain(tokenizer) => Ok(tokenizer.token_and_digest(value, out)),
            Tokens::Canonical(tokenizer) => tokenizer.token_and_digest(value, out),
        }
    }
}

/// What was made of some rows.
#[derive(Default)]
pub(super) struct Made {
    bytes: Vec<u8>,
    /// The place of each row, and where its record ends.
    rows: Vec<(u128, usize)>,
    found: BTreeMap<String, u64>,
    /// Rows in which something is left, by column.
    left: BTreeMap<String, u64>,
    /// Column with tokens, digest, row.
    digests: Vec<(usize, u128, u64)>,
}

/// What was made of all rows so far.
pub(super) struct Collected {
    pub(super) rows: u64,
    pub(super) found: BTreeMap<String, u64>,
    pub(super) shuffle: Shuffle,
    left: BTreeMap<String, u64>,
    collisions: Vec<Collisions>,
}

impl<'p> Stream<'p> {
    /// How `release` makes rows out of those of `input`, whose columns are `names`.
    pub(super) fn new(
        policy: &'p Policy,
        (name, release): (&'p str, &'p TableRelease),
        names: &[String],
        keys: &Keys,
        scanners: &Scanners,
    ) -> Result<Self> {
        let input: &InputPolicy = &policy.inputs[&release.input];
        let place = |column: &str| {
            names.iter().position(|n| n == column).ok_or_else(|| Error::column_not_in_input(column))
        };
        let mut columns = Vec::with_capacity(release.columns.len());
        let mut tokens = 0;
        for column in &release.columns {
            let domain = |own: &Option<String>| {
                release.domain.clone().or_else(|| own.clone()).unwrap_or_else(|| input.default_domain(column))
            };
            let treatment = match &input.column(column)?.action {
                Action::Keep | Action::Drop => Treatment::Keep,
                Action::Token { key, domain: own, canonical } => {
                    tokens += 1;
                    let tokenizer = Tokenizer::new(keys.get(key)?, &domain(own), &token_kind(column))?;
                    Treatment::Token(Box::new(Tokens::new(tokenizer, *canonical)), tokens - 1)
                }
                Action::Fpe { key, domain: own, format } => {
                    Treatment::Fpe(Box::new(FormatPreserving::new(keys.get(key)?, &domain(own), *format)?))
                }
                Action::DateShift { key, domain: own, per, days } => {
                    Treatment::DateShift(DateShift::new(keys.get(key)?, &domain(own), *days)?, place(per)?)
                }
                Action::Scrub { use_row, operator } => {
                    let row = use_row.iter().map(|n| Ok((n.as_str(), place(n)?))).collect::<Result<_>>()?;
                    Treatment::Scrub(Box::new(Scrub::new(column, scanners, row, *operator)))
                }
            };
            columns.push(StreamColumn { name: column, source: place(column)?, treatment });
        }
        Ok(Stream { name, columns, order: keys.row_order(policy, name) })
    }

    /// Where what it makes is collected. Without a folder only what memory has room for is kept, but everything is looked at.
    pub(super) fn collected(&self, folder: Option<&Path>, budget: usize) -> Collected {
        let folder = folder.map(|f| f.join(self.name));
        let tokens = self.columns.iter().filter(|c| matches!(c.treatment, Treatment::Token(..))).count();
        let budget = budget / (1 + tokens);
        let tokens = self.columns.iter().filter_map(|c| match c.treatment {
            Treatment::Token(_, number) => {
                let folder = folder.as_ref().map(|f| f.join(format!("tokens-{number}")));
                Some(Collisions::new(c.name, budget / 2 / size_of::<(u128, u64)>(), folder))
            }
            _ => None,
        });
        Collected {
            rows: 0,
            found: BTreeMap::new(),
            collisions: tokens.collect(),
            shuffle: Shuffle::new(folder.map(|f| f.join("rows")), budget),
            left: BTreeMap::new(),
        }
    }

    /// What is done to each column.
    pub(super) fn treatments(&self) -> Vec<ColumnTreatment> {
        let word = |treatment: &Treatment| match treatment {
            Treatment::Keep => "kept",
            Treatment::Token(..) => "token",
            Treatment::Fpe(_) => "fpe",
            Treatment::DateShift(..) => "date_shift",
            Treatment::Scrub(_) => "scrub",
        };
        self.columns.iter().map(|c| ColumnTreatment::new(c.name, word(&c.treatment))).collect()
    }

    /// The columns with text that was scrubbed.
    pub(super) fn scrubbed(&self) -> Vec<String> {
        let scrubbed = self.columns.iter().filter(|c| matches!(c.treatment, Treatment::Scrub(_)));
        scrubbed.map(|c| c.name.to_owned()).collect()
    }

    /// What the rows with the numbers `kept` become; on many threads with feature `rayon`.
    pub(super) fn make(&self, rows: &Rows, kept: &[usize]) -> Result<Vec<Made>> {
        #[cfg(feature = "rayon")]
        let made: Vec<Result<Made>> = {
            use rayon::prelude::*;
            kept.par_chunks(AT_A_TIME).map(|kept| self.make_some(rows, kept)).collect()
        };
        #[cfg(not(feature = "rayon"))]
        let made = kept.chunks(AT_A_TIME).map(|kept| self.make_some(rows, kept));
        // The first error in the order of rows, however they were divided.
        made.into_iter().collect()
    }

    fn make_some(&self, rows: &Rows, kept: &[usize]) -> Result<Made> {
        let mut made = Made::default();
        let (mut raw, mut cell) = (Vec::new(), String::new());
        for &row in kept {
            raw.clear();
            for column in &self.columns {
                cell.clear();
                if let Some(value) = rows.cell(row, column.source) {
                    column.make(value, rows, row, &mut cell, &mut made).map_err(|e| {
                        e.in_cell(column.name, usize::try_from(rows.first() - 1).ok().map(|f| f + row))
                    })?;
                }
                record::push(&mut raw, &cell);
            }
            let place = self.order.place(&raw);
            made.bytes.extend_from_slice(&record::as_written(&raw, |_| false));
            made.rows.push((place, made.bytes.len()));
        }
        Ok(made)
    }
}

impl StreamColumn<'_> {
    /// Appends to `out` what becomes of `value`.
    fn make(&self, value: &str, rows: &Rows, row: usize, out: &mut String, made: &mut Made) -> Result<()> {
        match &self.treatment {
            Treatment::Keep => out.push_str(value),
            Treatment::Token(tokenizer, number) => {
                let digest = tokenizer.token_and_digest(value, out)?;
                made.digests.push((*number, digest, rows.first() + num::count(row)));
            }
            Treatment::Fpe(fpe) => out.push_str(&fpe.encrypt(value)?),
            Treatment::DateShift(shift, per) => {
                let person = rows.cell(row, *per).ok_or_else(Error::date_without_person)?;
                out.push_str(&shift.shift(person, value)?);
            }
            Treatment::Scrub(scrub) => {
                let cell = |column| rows.cell(row, column);
                if !scrub.scrub(value, cell, out, &mut made.found) {
                    *made.left.entry(self.name.to_owned()).or_default() += 1;
                }
            }
        }
        Ok(())
    }
}

impl Collected {
    /// Adds what was made of some rows.
    pub(super) fn add(&mut self, made: Made) -> Result<()> {
        self.rows += num::count(made.rows.len());
        for (entity, n) in made.found {
            *self.found.entry(entity).or_default() += n;
        }
        for (column, n) in made.left {
            *self.left.entry(column).or_default() += n;
        }
        for (number, digest, row) in made.digests {
            self.collisions[number].add(digest, row)?;
        }
        let mut start = 0;
        for (place, end) in made.rows {
            self.shuffle.push(place, &made.bytes[start..end])?;
            start = end;
        }
        Ok(())
    }

    /// Refuses if something is left in a text, or if two values got one token. Says how the values of each column with
    /// tokens are spread; nothing of those that memory had no room for.
    pub(super) fn check(&mut self) -> Result<BTreeMap<String, Option<Frequency>>> {
        if let Some((column, &rows)) = self.left.iter().next() {
            return Err(Error::still_found(column, rows));
        }
        let collisions = std::mem::take(&mut self.collisions);
        collisions.into_iter().map(|c| Ok((c.column().to_owned(), c.finish(self.rows)?))).collect()
    }
}

/// `mrn` becomes `MRN`, `patient-id` becomes `PATIENT_ID`.
fn token_kind(column: &str) -> String {
    let kind: String = column
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    if kind.starts_with(|c: char| c.is_ascii_uppercase()) { kind } else { format!("T{kind}") }
}

/// Rows that one thread takes at a time.
const AT_A_TIME: usize = 256;
