//! What a table release leaves for later ones, and takes from earlier ones: frozen recodings and memberships.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    policy::{MembershipSpec, Policy},
    record,
};
use crate::{
    error::{Error, Result},
    kanon::{self, FrozenRecoding, Membership, Outcome, smallest_candidate_set},
    pseudonym::Key,
    table::{Column, Table},
};

/// A file of the internal folder, by its name.
pub(super) type InsideFile = (String, String);

/// Who is in which class, under names that only the key makes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MembershipFile {
    schema: String,
    /// The id of the key: under another one, nobody is found.
    key: String,
    membership: Membership,
}

const SCHEMA: &str = "incog-membership/1";

/// The frozen recoding at `path`, relative to the policy.
pub(super) fn read_frozen(policy: &Policy, path: &str) -> Result<FrozenRecoding> {
    read(&policy.folder.join(path), "frozen recoding")
}

/// The classes of `outcome` for later batches, if they can be frozen.
pub(super) fn freeze(name: &str, outcome: &Outcome) -> Result<Option<InsideFile>> {
    match outcome.freeze() {
        Ok(recoding) => Ok(Some((format!("recoding-{name}.json"), text(&recoding)?))),
        Err(_) => Ok(None),
    }
}

/// Holds the release against earlier ones, and returns what a later one needs to be held against it.
///
/// Who is told apart: persons, if the policy names them; else combinations of raw quasi-identifying values.
pub(super) fn check(
    policy: &Policy,
    spec: &MembershipSpec,
    name: &str,
    (key, k): (&Key, Option<u64>),
    raw: &Table,
    outcome: &Outcome,
    (person, quasi): (Option<&str>, &[&str]),
) -> Result<InsideFile> {
    let released = outcome.table()?;
    let columns: Vec<&Column> = quasi.iter().map(|c| released.column(c)).collect::<Result<_>>()?;
    let class_of_row = kanon::class_numbers(&columns, released.rows());
    let mut sorted = quasi.to_vec();
    sorted.sort_unstable();
    let named: Vec<(&str, &Column)> = match person {
        Some(person) => vec![(person, raw.column(person)?)],
        None => sorted.iter().map(|&c| Ok((c, raw.column(c)?))).collect::<Result<_>>()?,
    };
    let id = key.id().to_string();
    let key = key.derive(&["incog", "membership"]);
    let mut bytes = Vec::new();
    let names = outcome.kept_rows().iter().map(|&row| {
        bytes.clear();
        for (column, values) in &named {
            record::push(&mut bytes, column);
            record::push(&mut bytes, values.cell(row).unwrap_or_default());
        }
        crate::digest::hex(&key.mac(&bytes)[..16])
    });
    let names: Vec<String> = names.collect();
    let membership = Membership::new(names.into_iter().zip(class_of_row));
    let mut earlier = Vec::with_capacity(spec.earlier.len());
    for path in &spec.earlier {
        let file: MembershipFile = read(&policy.folder.join(path), "membership")?;
        if file.schema != SCHEMA {
            return Err(Error::membership_schema(path, SCHEMA));
        }
        if file.key != id {
            return Err(Error::membership_key(path));
        }
        earlier.push(file.membership);
    }
    let smallest = smallest_candidate_set(&earlier.iter().collect::<Vec<_>>(), &membership);
    if let (Some(smallest), Some(k)) = (smallest, k)
        && smallest < k
    {
        return Err(Error::intersection_below(smallest, k, earlier.len()));
    }
    let file = MembershipFile { schema: SCHEMA.to_owned(), key: id, membership };
    Ok((format!("membership-{name}.json"), text(&file)?))
}

fn read<T: for<'d> Deserialize<'d>>(path: &Path, what: &str) -> Result<T> {
    let bytes = fs::read(path).map_err(|e| Error::file_of_release(what, path, &e.to_string()))?;
    serde_json::from_slice(&bytes)
        .map_err(|e| Error::file_of_release(what, path, &format!("not such a file, line {}", e.line())))
}

fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map(|t| t + "\n").map_err(|_| Error::not_json())
}
