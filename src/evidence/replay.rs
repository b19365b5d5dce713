//! Claims that count persons, for those who hold the raw data and the keys.
//!
//! A released table does not say whose its rows are. Whoever can make it again can: what makes it is handed in by the caller, as
//! the scanner is. That it made the very file that was released is seen from its digest; the persons of its classes are then
//! counted here, by the code that counts rows.

use std::{collections::BTreeMap, fmt};

use super::{
    Card,
    internal::Check,
    kinds::person_of,
    outputs::Checkable,
    recount::recount_persons,
    released::{UNREAD, is_of, release_of},
    verification::Seen,
};
use crate::{
    claim::{ComparedWith, Statement},
    error::{ErrorKind, Result},
};

/// Makes the table of a release again, from the raw data and the keys: see
/// [`pipeline::Replay`](crate::pipeline::Replay).
///
/// # Examples
/// ```
/// use incog::{Error, ErrorKind, evidence::{Remade, Remake, sha256_hex}};
/// let remake: Remake<'_> = &|release| match release {
///     "table" => Ok(Remade::new(sha256_hex(b"age\n30-39\n30-39\n"), vec![0, 1])),
///     _ => Err(Error::new(ErrorKind::Refused, "no such release is made here")),
/// };
/// assert_eq!(remake("table")?.persons, [0, 1]);
/// assert!(remake("notes").is_err());
/// # Ok::<(), incog::Error>(())
/// ```
pub type Remake<'a> = &'a dyn Fn(&str) -> Result<Remade>;

/// A table that was made again, and whose its rows are.
///
/// # Examples
/// Three rows, of which one person has two. No log shows whose they are:
/// ```
/// use std::collections::BTreeMap;
/// use incog::evidence::{Remade, sha256_hex};
/// let file = b"ward,diagnosis\nA,flu\nA,flu\nA,angina\n";
/// let of_input = BTreeMap::from([("flu".to_owned(), 1), ("angina".to_owned(), 1)]);
/// let mut remade = Remade::new(sha256_hex(file), vec![0, 0, 1]).input("diagnosis", of_input);
/// remade.person = Some("mrn".to_owned());
/// assert!(!format!("{remade:?}").contains("angina"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Remade {
    /// SHA-256 of its file, in hexadecimal digits.
    pub sha256: String,
    /// The raw column that names the persons; none if each row is its own. No claim about persons of another column is counted.
    pub person: Option<String>,
    /// For each row of the file, in its order, a number for its person: one for each person, and one for all that are
    /// missing.
    pub persons: Vec<u32>,
    /// For each sensitive column, how many persons of the input have each value, written as in the file; the empty text is a
    /// missing one.
    pub input: BTreeMap<String, BTreeMap<String, u64>>,
    /// The keyed id of the input, as the card has it: docs/CARD.md section 4.5. None without a key.
    pub keyed_id: Option<String>,
    /// Whether a clock ended the search, so that it may come out otherwise.
    pub by_clock: bool,
}

impl Remade {
    /// A table with this digest, whose rows belong to these persons. Say in [`person`](Self::person) which column names them.
    #[must_use]
    pub fn new(sha256: String, persons: Vec<u32>) -> Self {
        Remade { sha256, person: None, persons, input: BTreeMap::new(), keyed_id: None, by_clock: false }
    }

    /// How many persons of the input have each value of `column`.
    #[must_use]
    pub fn input(mut self, column: impl Into<String>, values: BTreeMap<String, u64>) -> Self {
        self.input.insert(column.into(), values);
        self
    }
}

// Whose rows they are, and the values of the input, are raw data.
impl fmt::Debug for Remade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remade")
            .field("sha256", &self.sha256)
            .field("rows", &self.persons.len())
            .finish_non_exhaustive()
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
        let release = release_of(&output.file).unwrap_or(&output.file);
        let remade = remake(release);
        let is_of_this_version = card.tool.version == env!("CARGO_PKG_VERSION");
        let again = match &remade {
            Err(e) if e.kind() == ErrorKind::Refused && is_of_this_version => {
                Err(format!("made again from the raw data and the keys, it is refused: {e}"))
            }
            Err(e) => Ok(Seen::NotChecked(e.to_string())),
            Ok(remade) if remade.sha256 == found.sha256 && is_of_inputs(remade, card) => {
                Ok(Seen::Holds("made again from the raw data and the keys: the same bytes".into()))
            }
            Ok(remade) if remade.sha256 == found.sha256 => {
                Err("made again it is the same, and the raw data is not that of the card".into())
            }
            Ok(_) if !is_of_this_version => Ok(Seen::NotChecked(format!(
                "made again, it is another table; it was made by version {}, which may have made it otherwise",
                card.tool.version
            ))),
            Ok(remade) if remade.by_clock => Ok(Seen::NotChecked(
                "made again, it is another table; its search ended by the clock, so it may come out otherwise"
                    .into(),
            )),
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

/// Other raw data can make the same table, of other persons.
fn is_of_inputs(remade: &Remade, card: &Card) -> bool {
    remade.keyed_id.is_none() || card.inputs.iter().any(|input| input.keyed_id == remade.keyed_id)
}

fn counted(statement: &Statement, found: &Checkable, remade: &Remade) -> std::result::Result<Seen, String> {
    if found.form.is_none() {
        return Ok(Seen::NotChecked(UNREAD.into()));
    }
    if person_of(statement) != remade.person.as_deref() {
        return Err("the policy counts other persons, or none".into());
    }
    let Some(table) = found.table.as_ref().filter(|table| table.rows() == remade.persons.len()) else {
        return Err("made again, it has other rows".into());
    };
    let statement = with_input(statement.clone(), remade);
    recount_persons(&statement, table, &remade.persons).map_or_else(
        || Ok(Seen::NotChecked("this version does not count such a claim in persons".into())),
        |recount| recount.map(|found| Seen::Holds(format!("counted in persons: {found}"))),
    )
}

/// The distribution of the input is not on the card when it counts persons, and is known here. One that is on such a card
/// anyway may be invented.
fn with_input(mut statement: Statement, remade: &Remade) -> Statement {
    if let Statement::TCloseness { of, reference, .. }
    | Statement::BetaLikeness { of, reference, .. }
    | Statement::DeltaDisclosure { of, reference, .. } = &mut statement
        && *reference != ComparedWith::Released
    {
        *reference = remade.input.get(&of.sensitive).map_or(ComparedWith::Withheld, |values| {
            ComparedWith::Input { values: values.clone(), others: 0 }
        });
    }
    statement
}
