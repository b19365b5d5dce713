//! The roles of columns, as `policy.lock` has them, against what the claims take the columns for: docs/CARD.md section 4.4.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use super::{
    Card,
    kinds::{person_of, quasi_and_sensitive},
    released::is_of,
    small_file::small_file,
};
use crate::claim::Statement;

pub(super) const FILE: &str = "policy.lock";

/// What a verifier reads of it.
#[derive(Deserialize)]
struct Lock {
    version: i64,
    policy_sha256: String,
    columns: Option<BTreeMap<String, Entry>>,
    #[serde(default)]
    inputs: BTreeMap<String, Input>,
}

#[derive(Deserialize)]
struct Input {
    columns: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    role: Option<String>,
    #[serde(default)]
    person: bool,
}

pub(super) fn check(folder: &Path, card: &Card) -> Result<String, String> {
    let text = small_file(&folder.join(FILE)).map_err(|e| format!("it cannot be read: {e}"))?;
    let lock: Lock = toml::from_slice(&text)
        .map_err(|_| "it is not the lock of a policy: TOML with its columns".to_owned())?;
    if lock.version != 1 {
        return Err("its version is not 1".into());
    }
    if lock.policy_sha256 != card.policy_sha256 {
        return Err("it is of another policy than the card".into());
    }
    let inputs: Vec<_> =
        lock.columns.into_iter().chain(lock.inputs.into_values().map(|i| i.columns)).collect();
    for output in card.outputs.iter().filter(|o| !o.columns.is_empty()) {
        let names: Vec<&str> = output.columns.iter().map(|c| c.name.as_str()).collect();
        let claims = card.claims.iter().filter(|c| is_of(c, output));
        let statements: Vec<&Statement> = claims.map(|c| &c.statement).collect();
        let mut misfits = inputs.iter().map(|columns| misfit(&names, &statements, columns));
        let first = misfits.next().unwrap_or_else(|| Some("it names no columns".into()));
        if let Some(why) = first
            && misfits.all(|m| m.is_some())
        {
            return Err(format!("'{}': {why}", output.file));
        }
    }
    Ok("the policy of the card, and the roles that the claims take columns for".into())
}

/// Why a table with the columns `names` is not of the input with these `columns`.
fn misfit(names: &[&str], statements: &[&Statement], columns: &BTreeMap<String, Entry>) -> Option<String> {
    if let Some(name) = names.iter().find(|n| !columns.contains_key(**n)) {
        return Some(format!("column '{name}' is not in the policy"));
    }
    for statement in statements {
        let Some((quasi, sensitive)) = quasi_and_sensitive(statement) else { continue };
        let mut wanted: BTreeMap<&str, &str> = quasi.iter().map(|c| (c.as_str(), "quasi")).collect();
        if let Some(sensitive) = sensitive {
            wanted.insert(sensitive, "sensitive");
        }
        if let Statement::KAnonymity { insensitive, .. } = statement {
            wanted.extend(insensitive.iter().map(|c| (c.as_str(), "insensitive")));
            for name in names {
                wanted.entry(name).or_insert("sensitive");
            }
        }
        // Rows cannot be counted as persons whom the policy does not know.
        let names_persons = |name: &&str| columns.get(*name).is_some_and(|entry| entry.person);
        if let Some(person) = person_of(statement).filter(|p| !names_persons(p)) {
            return Some(format!(
                "a claim counts persons of column '{person}', which names none in the policy"
            ));
        }
        for (name, role) in wanted {
            if columns.get(name).is_some_and(|entry| entry.role.as_deref() != Some(role)) {
                return Some(format!(
                    "a claim takes column '{name}' for {role}, which it is not in the policy"
                ));
            }
        }
    }
    None
}
