//! The schema lock: which columns there were, how their cells are written, and what became of each. Read back, it turns a
//! new or changed column into a refusal, whatever the policy says about columns that it does not declare.

use std::{collections::BTreeMap, fs};

use serde::Deserialize;

use super::{
    pass::Input,
    policy::{InputPolicy, Policy},
    profile::{ValueKind, value_kind},
};
use crate::{
    error::{Error, Result},
    evidence,
    table::Column,
};

/// Its name in a release folder.
pub(super) const FILE: &str = "policy.lock";

/// The lock as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    #[serde(rename = "policy_sha256")]
    _policy_sha256: String,
    #[serde(default)]
    columns: BTreeMap<String, Locked>,
    #[serde(default)]
    inputs: BTreeMap<String, LockedInput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockedInput {
    columns: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    kind: ValueKind,
    #[serde(rename = "role")]
    _role: Option<String>,
    #[serde(rename = "action")]
    _action: Option<String>,
    #[serde(rename = "person")]
    _person: Option<bool>,
}

/// The text of `policy.lock`: TOML, one line per column, in the order of the names.
pub(super) fn lock(policy: &Policy, inputs: &BTreeMap<String, Input>) -> String {
    let mut text = format!(
        "# Written by incog apply: the columns of the input, how their cells are written, and what became of each.\n\
         # With lock = \"{FILE}\" under [input], a new or changed column is refused.\n\
         version = 1\npolicy_sha256 = \"{}\"\n",
        evidence::sha256_hex(policy.text.as_bytes())
    );
    for (name, input) in inputs {
        let section = if inputs.len() > 1 { format!("inputs.{name}.columns") } else { "columns".to_owned() };
        text.push_str(&format!("\n[{section}]\n"));
        let mut columns: Vec<(&str, &Column)> = input.sample.iter().collect();
        columns.sort_unstable_by_key(|(name, _)| *name);
        for (column, cells) in columns {
            text.push_str(&line(&policy.inputs[name], column, value_kind(cells)));
        }
    }
    text
}

fn line(policy: &InputPolicy, column: &str, kind: ValueKind) -> String {
    let what = policy.columns.get(column).map_or_else(String::new, |c| {
        let role = format!("{:?}", c.role).to_lowercase();
        let person = if policy.person.as_deref() == Some(column) { ", person = true" } else { "" };
        format!(", role = \"{role}\", action = \"{}\"{person}", c.action.word())
    });
    format!("{} = {{ kind = \"{}\"{what} }}\n", toml::Value::from(column), kind.word())
}

/// What the columns of `input` and those of its lock have against each other: every fault, not the first.
pub(super) fn faults(policy: &Policy, input: &InputPolicy, read: &Input) -> Result<Vec<Error>> {
    let Some(path) = &input.lock else { return Ok(Vec::new()) };
    let unreadable = |e: String| Error::lock_unreadable(path, &e);
    let text = fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))?;
    let mut document: Document = toml::from_str(&text).map_err(|e| {
        let line = e.span().map_or(1, |s| text[..s.start].matches('\n').count() + 1);
        unreadable(format!("line {line}: {}", e.message()))
    })?;
    if document.version != 1 {
        return Err(unreadable(format!("version {} is unknown", document.version)));
    }
    let locked = match document.inputs.remove(&input.name) {
        Some(of_input) => of_input.columns,
        None if policy.inputs.len() == 1 => document.columns,
        None => return Err(unreadable(format!("it has no [inputs.{}.columns]", input.name))),
    };
    let mut faults = Vec::new();
    for (name, cells) in read.sample.iter() {
        let kind = value_kind(cells);
        let entry = || line(input, name, kind).trim_end().to_owned();
        match locked.get(name).map(|l| l.kind) {
            None => faults.push(Error::column_not_in_lock(name, path, &entry())),
            // A column without values shows nothing, and nothing of it leaves.
            Some(was) if was == kind || kind == ValueKind::Empty => {}
            Some(was) => {
                faults.push(Error::column_changed(name, (was.word(), kind.word()), path, &entry()));
            }
        }
    }
    let gone = locked.keys().filter(|n| read.sample.get(n).is_none());
    faults.extend(gone.map(|n| Error::column_gone(n, path)));
    Ok(faults)
}
