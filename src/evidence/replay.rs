//! Claims that count persons, for those who hold the raw data and the keys.
//!
//! A released table does not say whose its rows are. Whoever can make it again can: what makes it is handed in by the caller, as
//! the scanner is. That it made the very file that was released is seen from its digest; the persons of its classes are then
//! counted here, by the code that counts rows.

use std::collections::BTreeMap;

use super::{
    Card,
    internal::Check,
    kinds::person_of,
    recount::recount_persons,
    verify::{Checkable, Seen, is_of},
};
use crate::{
    claim::{ComparedWith, Statement},
    error::Result,
};

/// Makes the table of a release again, from the raw data and the keys: see
/// [`pipeline::Replay`](crate::pipeline::Replay).
pub type Remake<'a> = &'a dyn Fn(&str) -> Result<Remade>;

/// A table that was made again, and whose its rows are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Remade {
    /// SHA-256 of its file, in hexadecimal digits.
    pub sha256: String,
    /// For each row of the file, in its order, a number for its person: one for each person, and one for all that are
    /// missing.
    pub persons: Vec<u32>,
    /// For each sensitive column, how many persons of the input have each value, written as in the file; the empty text is a
    /// missing one.
    pub input: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Remade {
    /// A table with this digest, whose rows belong to these persons.
    #[must_use]
    pub fn new(sha256: String, persons: Vec<u32>) -> Self {
        Remade { sha256, persons, input: BTreeMap::new() }
    }

    /// How many persons of the input have each value of `column`.
    #[must_use]
    pub fn input(mut self, column: impl Into<String>, values: BTreeMap<String, u64>) -> Self {
        self.input.insert(column.into(), values);
        self
    }
}

/// The checks of all claims of `card` that count persons.
pub(super) fn checks(remake: Remake<'_>, card: &Card, tables: &BTreeMap<&str, Checkable>) -> Vec<Check> {
    let mut checks = Vec::new();
    for output in &card.outputs {
        let counts_persons =
            |s: &Statement| person_of(s).is_some() && !matches!(s, Statement::SampledRows { .. });
        let claims: Vec<_> = (0..)
            .zip(&card.claims)
            .filter(|(_, c)| is_of(c, output) && counts_persons(&c.statement))
            .collect();
        let Some(found) = tables.get(output.file.as_str()).filter(|_| !claims.is_empty()) else { continue };
        let release = output.file.strip_suffix(".csv").unwrap_or(&output.file);
        let remade = remake(release);
        let again = match &remade {
            Err(e) => Ok(Seen::NotChecked(e.to_string())),
            Ok(remade) if remade.sha256 == found.sha256 => {
                Ok(Seen::Holds("made again from the raw data and the keys: the same bytes".into()))
            }
            Ok(_) if card.tool.version != env!("CARGO_PKG_VERSION") => Ok(Seen::NotChecked(format!(
                "made again, it is another table; it was made by version {}, which may have made it otherwise",
                card.tool.version
            ))),
            Ok(_) => Err("made again from the raw data and the keys, it is another table".into()),
        };
        let same = remade.ok().filter(|_| matches!(again, Ok(Seen::Holds(_))));
        checks.push((format!("internal/replay#{release}"), format!("{} again", output.file), again));
        for (i, claim) in claims {
            let seen = match &same {
                None => Ok(Seen::NotChecked("the table was not made again".into())),
                Some(remade) => counted(&claim.statement, found, remade),
            };
            checks.push((format!("internal/claims/{i}"), claim.sentence(), seen));
        }
    }
    checks
}

fn counted(statement: &Statement, found: &Checkable, remade: &Remade) -> std::result::Result<Seen, String> {
    let Some(table) = found.table.as_ref().filter(|table| table.rows() == remade.persons.len()) else {
        return Err("made again, it has other rows".into());
    };
    let statement = with_input(statement.clone(), remade);
    recount_persons(&statement, table, &remade.persons).map_or_else(
        || Ok(Seen::NotChecked("this version does not count such a claim in persons".into())),
        |recount| recount.map(|found| Seen::Holds(format!("counted in persons: {found}"))),
    )
}

/// The distribution of the input is not on the card when it counts persons, and is known here.
fn with_input(mut statement: Statement, remade: &Remade) -> Statement {
    if let Statement::TCloseness { of, reference, .. }
    | Statement::BetaLikeness { of, reference, .. }
    | Statement::DeltaDisclosure { of, reference, .. } = &mut statement
        && *reference == ComparedWith::Withheld
        && let Some(values) = remade.input.get(&of.sensitive)
    {
        *reference = ComparedWith::Input { values: values.clone(), others: 0 };
    }
    statement
}
