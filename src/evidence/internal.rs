//! The internal folder of a release against its card: what those who hold it can check besides.
//!
//! It says which card it belongs to, holds the policy and the cards before, and counts the input. Whether its raw data is
//! still what it was is looked up where it says that it lay.

use std::{collections::BTreeMap, fs, fs::File, path::Path};

use serde::Deserialize;

use super::{
    Card, chain, json, measured, released::release_of, rows, sha256_hex, small_file::small_file,
    verification::Seen,
};

/// `input.json`.
#[derive(Deserialize)]
struct Inputs {
    inputs: BTreeMap<String, Input>,
    card_sha256: String,
}

#[derive(Deserialize)]
struct Input {
    input: String,
    sha256: String,
}

/// What of `plan.json` can be held against the release.
#[derive(Deserialize)]
struct Plan {
    releases: BTreeMap<String, serde_json::Value>,
}

/// A check: subject, what in words, and what was seen.
pub(super) type Check = (String, String, Result<Seen, String>);

/// All checks of the folder `internal` of the release whose card has the bytes `text`.
pub(super) fn checks(internal: &Path, text: &[u8], card: &Card) -> Vec<Check> {
    let mut checks = Vec::new();
    let named = |name: &str| format!("internal/{name}");
    let inputs = read::<Inputs>(internal, "input.json");
    let belongs = inputs.as_ref().map_err(Clone::clone).and_then(|inputs| {
        if inputs.card_sha256 == sha256_hex(text) {
            Ok(Seen::Holds("it belongs to this card".into()))
        } else {
            Err("it belongs to another card".into())
        }
    });
    checks.push((named("input.json"), "the internal folder".to_owned(), belongs));
    checks.push((named("policy.toml"), "the policy".to_owned(), policy(internal, card)));
    for (name, input) in inputs.iter().flat_map(|inputs| &inputs.inputs) {
        checks.push((named(&format!("input.json#{name}")), "the raw data".to_owned(), raw(input)));
    }
    checks.push((named("plan.json"), "the numbers of rows".to_owned(), counts(internal, card)));
    if measured::is_claimed(card) {
        let held = read::<measured::Attacks>(internal, "attacks.json")
            .and_then(|attacks| measured::check(&attacks, card).map(Seen::Holds));
        checks.push((named("attacks.json"), "what attacks came to".to_owned(), held));
    }
    let earlier: Vec<_> =
        (1..).map(|i| internal.join(format!("earlier-{i}.json"))).take_while(|p| p.exists()).collect();
    let chain = if earlier.is_empty() && card.parent.is_none() {
        Ok(Seen::Holds("the first of its chain".into()))
    } else {
        chain::check(text, card.parent.as_deref(), &earlier)
    };
    checks.push((named("earlier"), "the cards before".to_owned(), chain));
    checks
}

fn read<T: serde::de::DeserializeOwned>(internal: &Path, name: &str) -> Result<T, String> {
    let text = small_file(&internal.join(name)).map_err(|e| format!("{name} cannot be read: {e}"))?;
    json::read(&text).map_err(|why| format!("{name}: {why}"))
}

fn policy(internal: &Path, card: &Card) -> Result<Seen, String> {
    let text = small_file(&internal.join("policy.toml")).map_err(|e| format!("it cannot be read: {e}"))?;
    if sha256_hex(&text) == card.policy_sha256 {
        Ok(Seen::Holds("the policy of the card".into()))
    } else {
        Err("it is not the policy of the card".into())
    }
}

/// The input, if it still lies where it lay.
fn raw(input: &Input) -> Result<Seen, String> {
    // A pipe has nobody who writes it any more.
    let is_file = fs::metadata(&input.input).is_ok_and(|found| found.is_file());
    let Some(file) = is_file.then(|| File::open(&input.input).ok()).flatten() else {
        return Ok(Seen::NotChecked("the input is not where it was".into()));
    };
    if rows::digest(file)? == input.sha256 {
        Ok(Seen::Holds("the input is what it was".into()))
    } else {
        Err("the input is no longer what it was".into())
    }
}

/// Rows of the input, less those that were left out, are the rows that left.
fn counts(internal: &Path, card: &Card) -> Result<Seen, String> {
    let plan = read::<Plan>(internal, "plan.json")?;
    let mut tables = 0;
    for output in card.outputs.iter().filter(|o| o.rows.is_some()) {
        let name = release_of(&output.file).unwrap_or(&output.file);
        let release = plan.releases.get(name).ok_or_else(|| format!("it has no release '{name}'"))?;
        let count = |field: &str| release.get(field).and_then(serde_json::Value::as_u64);
        let left = count("rows").map(|rows| rows.saturating_sub(count("suppressed_rows").unwrap_or(0)));
        if left != output.rows {
            return Err(format!("it counts other rows of '{name}' than left"));
        }
        tables += 1;
    }
    Ok(Seen::Holds(format!("{tables} tables have the rows that the plan counts")))
}
