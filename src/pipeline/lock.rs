//! The schema lock: which columns there were, how their cells are written, and what became of each. Read back, it turns a
//! new or changed column into a refusal, and so a column that the policy treats in another way than it did.

use std::{collections::BTreeMap, fs, path::Path};

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
    role: Option<String>,
    action: Option<String>,
    hierarchy: Option<String>,
    /// Locks of earlier builds have none: of theirs only hierarchies that are there are compared.
    settings: Option<String>,
    #[serde(default)]
    person: bool,
}

/// What the policy says of a column, in the words of the lock.
#[derive(Default)]
struct Said<'p> {
    role: Option<String>,
    action: Option<&'static str>,
    hierarchy: Option<&'p str>,
    settings: Option<&'p str>,
    person: bool,
}

impl<'p> Said<'p> {
    fn of(policy: &'p InputPolicy, column: &str) -> Self {
        policy.columns.get(column).map_or_else(Self::default, |c| Said {
            role: Some(format!("{:?}", c.role).to_lowercase()),
            action: Some(c.action.word()),
            hierarchy: c.declared.as_deref(),
            settings: Some(&c.settings),
            person: policy.person.as_deref() == Some(column),
        })
    }
}

/// The text of `policy.lock`: TOML, one line per column, in the order of the names.
pub(super) fn lock(policy: &Policy, inputs: &BTreeMap<String, Input>) -> String {
    let mut text = format!(
        "# Written by incog apply: the columns of the input, how their cells are written, and what became of each.\n\
         # With lock = \"{FILE}\" under [input], a new or changed column is refused, and another role, action, hierarchy or \
         setting.\n\
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
    let said = Said::of(policy, column);
    let words = [
        ("role", said.role.as_deref()),
        ("action", said.action),
        ("hierarchy", said.hierarchy),
        ("settings", said.settings),
    ];
    let words: String =
        words.into_iter().filter_map(|(field, word)| Some(format!(", {field} = \"{}\"", word?))).collect();
    let person = if said.person { ", person = true" } else { "" };
    format!("{} = {{ kind = \"{}\"{words}{person} }}\n", toml::Value::from(column), kind.word())
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
        let Some(was) = locked.get(name) else {
            faults.push(Error::column_not_in_lock(name, path, line(input, name, kind).trim_end()));
            continue;
        };
        // A column without values shows nothing, and nothing of it leaves.
        let kind = if kind == ValueKind::Empty { was.kind } else { kind };
        let entry = line(input, name, kind);
        if was.kind != kind {
            faults.push(Error::column_changed(name, (was.kind.word(), kind.word()), path, entry.trim_end()));
        }
        faults.extend(declared_otherwise(name, was, &Said::of(input, name), path, entry.trim_end()));
    }
    let gone = locked.keys().filter(|n| read.sample.get(n).is_none());
    faults.extend(gone.map(|n| Error::column_gone(n, path)));
    Ok(faults)
}

/// What the policy says of the column `name` in another way than the lock does.
fn declared_otherwise(name: &str, was: &Locked, is: &Said<'_>, path: &Path, entry: &str) -> Vec<Error> {
    let mut faults = Vec::new();
    for (field, was, is) in
        [("role", was.role.as_deref(), is.role.as_deref()), ("action", was.action.as_deref(), is.action)]
    {
        if was != is {
            faults.push(Error::column_declared_otherwise(name, field, (was, is), path, entry));
        }
    }
    // That a column of another role has none goes without saying.
    let same_role = was.role == is.role;
    let compared = same_role && was.settings.is_some()
        || was.hierarchy.is_some() && (is.hierarchy.is_some() || same_role);
    if compared && was.hierarchy.as_deref() != is.hierarchy {
        faults.push(Error::column_hierarchy_changed(name, path, entry));
    }
    // Those of another action, or of another role, are others.
    let same_action = same_role && was.action.as_deref() == is.action;
    if same_action && was.settings.is_some() && was.settings.as_deref() != is.settings {
        faults.push(Error::column_settings_changed(name, path, entry));
    }
    if was.person && !is.person {
        faults.push(Error::column_person_changed(name, path, entry));
    }
    faults
}
