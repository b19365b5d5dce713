//! The published schema of the card against the code that reads it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use incog::{
    claim::Statement,
    evidence::{self, Card},
};
use serde_json::{Map, Value, json};

use crate::temporary::Temporary;

const SCHEMA: &str = include_str!("../docs/card.schema.json");

/// A card with something in every member.
fn full() -> Value {
    let digest = "0123456789abcdef".repeat(4);
    let claim = |check: &str, statement: Value| json!({"release": "t", "check": check, "statement": statement, "assumptions": ["x"]});
    json!({
        "schema": "incog-card/1",
        "tool": {"name": "incog", "version": "0.1.0", "features": ["dp"]},
        "purpose": "test",
        "policy_sha256": digest,
        "overrides": [{"rule": "r", "release": "t", "who": "w", "why": "y", "until": "2099-12-31"}],
        "inputs": [{"keyed_id": "00ff"}, {"keyed_id": null}],
        "outputs": [
            {"file": "t.csv", "sha256": digest, "delimiter": ";", "rows": 2, "columns": [{"name": "a", "sha256": digest}]},
            {"file": "stats.json", "sha256": digest, "delimiter": null, "rows": null, "columns": []},
        ],
        "claims": statements().into_iter().map(|(check, statement)| claim(check, statement)).collect::<Vec<_>>(),
        "joint": ["x"],
        "utility": {"t": {"levels": {"a": 1}, "search": "optimal", "optimal": true, "loss": 0.5}},
        "budget": {"s": {"epsilon": "1.5", "delta": "0", "currency": "pure", "accountant": "basic"}},
        "not_established": ["x"],
        "parent": digest,
    })
}

/// The values of a sensitive column, with or without what may be left out.
fn of(more: bool) -> Value {
    match more {
        true => json!({"sensitive": "c", "columns": ["a"], "unknown": ["?"], "person": "p"}),
        false => json!({"sensitive": "c", "columns": ["a"]}),
    }
}

/// At least one statement of each kind.
fn statements() -> Vec<(&'static str, Value)> {
    vec![
        (
            "recomputed",
            json!({"k_anonymity": {"k": 2, "columns": ["a"], "insensitive": ["b"], "with_insensitive": 1}}),
        ),
        ("recomputed", json!({"distinct_l_diversity": {"l": 2, "sensitive": "c", "columns": ["a"]}})),
        (
            "recomputed",
            json!({"nothing_found": {"columns": ["a"], "entities": ["URL"], "min_confidence_permille": 500}}),
        ),
        ("replayable", json!({"person_k_anonymity": {"k": 2, "columns": ["a"], "person": "p"}})),
        (
            "replayable",
            json!({"nothing_found_by_policy": {"columns": ["a"], "entities": {"URL": 500}, "own": ["URL"], "allowed": 1}}),
        ),
        ("attested", json!({"pseudonymised": {"columns": [{"column": "a", "treatment": "token"}]}})),
        (
            "attested",
            json!({"differential_privacy": {"epsilon": "1", "delta": "0.01", "neighbors": "add_or_remove_one", "person": "p"}}),
        ),
        ("recomputed", json!({"entropy_l_diversity": {"l": 2.5, "of": of(false)}})),
        ("replayable", json!({"recursive_l_diversity": {"c": 2.0, "l": 2, "of": of(true)}})),
        (
            "recomputed",
            json!({"t_closeness": {"t": 0.3, "of": of(false), "ground": "ordered", "reference": "released"}}),
        ),
        (
            "recomputed",
            json!({"t_closeness": {"t": 0.3, "of": of(false), "ground": {"hierarchical": {"groups": {"x": [1, 0]}}},
                "reference": {"input": {"values": {"x": 3}, "others": 0}}}}),
        ),
        ("recomputed", json!({"n_t_closeness": {"n": 10, "t": 0.3, "of": of(false)}})),
        (
            "replayable",
            json!({"beta_likeness": {"beta": 2.0, "enhanced": true, "of": of(true), "reference": "withheld"}}),
        ),
        ("recomputed", json!({"delta_disclosure": {"delta": 2.0, "of": of(false), "reference": "released"}})),
        ("recomputed", json!({"alpha_k": {"alpha": 0.5, "of": of(false)}})),
        ("replayable", json!({"k_map": {"k": 5, "columns": ["a"]}})),
        ("replayable", json!({"delta_presence": {"min": 0.0, "max": 0.5, "columns": ["a"]}})),
        ("recomputed", json!({"average_risk": {"risk": 0.1, "columns": ["a"]}})),
        ("recomputed", json!({"sample_uniques": {"share": 0.1, "columns": ["a"]}})),
        (
            "attested",
            json!({"population_uniques": {"share": 0.1, "model": "pitman", "population": 1000, "columns": ["a"]}}),
        ),
        (
            "measured",
            json!({"excess_risk": {"attacks": ["linkability"], "columns": ["a"], "sensitive": [], "max_excess": 0.05,
                "confidence": 0.95, "control": 0.1}}),
        ),
        (
            "attested",
            json!({"sampled_rows": {"epsilon": "1", "delta": "0.01", "neighbors": "add_or_remove_one", "person": "p",
                "columns": ["a"], "k": 20, "sampling": 0.1}}),
        ),
        (
            "attested",
            json!({"privacy_loss": {"amount": "zcdp rho=1", "neighbors": "add_or_remove_one", "person": "p"}}),
        ),
    ]
}

#[test]
fn the_schema_has_the_kinds_of_claims_that_the_code_has() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let kinds =
        schema["properties"]["claims"]["items"]["properties"]["statement"]["oneOf"].as_array().unwrap();
    let published: BTreeSet<String> =
        kinds.iter().map(|k| k["required"][0].as_str().unwrap().to_owned()).collect();
    // The message of the parser lists what it knows.
    let error = serde_json::from_value::<Statement>(json!({"?": {}})).unwrap_err().to_string();
    let known: BTreeSet<String> =
        error.split('`').skip(1).step_by(2).filter(|word| *word != "?").map(str::to_owned).collect();
    assert_eq!(published, known);
    let shown: BTreeSet<String> =
        statements().iter().map(|(_, s)| s.as_object().unwrap().keys().next().unwrap().clone()).collect();
    assert_eq!(shown, known, "a kind is missing in this test");
}

#[test]
fn the_schema_and_the_code_take_and_refuse_the_same_cards() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let full = full();
    serde_json::from_value::<Card>(full.clone()).unwrap();
    let folder = Temporary::new();
    let mut changed = vec![(String::from("unchanged"), full.clone())];
    mutate(&full, "", &mut |at, card| changed.push((at, card)), &|card| card);
    assert!(changed.len() > 1000, "{}", changed.len());
    let (mut taken, mut faults) = (0, Vec::new());
    for (what, card) in &changed {
        let published = Schema(&schema).holds(&schema, card);
        let code = is_read(&folder, card);
        taken += usize::from(code);
        if published.is_ok() != code {
            faults.push(format!("{what}: the code takes it: {code}, the schema says {published:?}"));
        }
    }
    assert!(faults.is_empty(), "{} of {}\n{}", faults.len(), changed.len(), faults.join("\n"));
    assert!(taken > 100 && taken < changed.len() / 2, "{taken} of {} are taken", changed.len());
}

/// Calls `found` with `value` changed in one place, for each place and several changes of it. `whole` puts a changed part
/// back into the card.
fn mutate(value: &Value, at: &str, found: &mut dyn FnMut(String, Value), whole: &dyn Fn(Value) -> Value) {
    let others = [
        json!(null),
        json!(true),
        json!("x"),
        json!(""),
        json!(1),
        json!(1.5),
        json!(-1),
        json!(70_000),
        json!([]),
        json!({}),
        json!("0".repeat(64)),
        json!("01.50"),
    ];
    for other in others {
        found(format!("{at} = {other}"), whole(other));
    }
    match value {
        Value::Object(members) => {
            let with = |change: &dyn Fn(&mut Map<String, Value>)| {
                let mut members = members.clone();
                change(&mut members);
                Value::Object(members)
            };
            found(format!("{at}: one more"), whole(with(&|m| drop(m.insert("unknown".into(), json!(1))))));
            // What some readers take for the same object.
            found(format!("{at}: as a list"), whole(members.values().cloned().collect()));
            for (name, member) in members {
                found(format!("{at}: no {name}"), whole(with(&|m| drop(m.remove(name)))));
                let put = |part: Value| whole(with(&|m| drop(m.insert(name.clone(), part.clone()))));
                mutate(member, &format!("{at}/{name}"), found, &put);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                let put = |part: Value| {
                    let mut items = items.clone();
                    items[i] = part;
                    whole(Value::Array(items))
                };
                mutate(item, &format!("{at}/{i}"), found, &put);
            }
        }
        _ => {}
    }
}

/// As much of JSON Schema 2020-12 as the schema uses. What it does not know is a panic, not a silence.
struct Schema<'s>(&'s Value);

impl Schema<'_> {
    fn holds(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let rules: BTreeMap<&str, &Value> =
            schema.as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v)).collect();
        for (rule, wanted) in &rules {
            let holds = match *rule {
                "$schema" | "$id" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    let path = wanted.as_str().unwrap().trim_start_matches('#');
                    return self.holds(self.0.pointer(path).unwrap(), value);
                }
                "const" => value == *wanted,
                "enum" => wanted.as_array().unwrap().contains(value),
                "type" => match wanted.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("type {other}"),
                },
                "anyOf" | "oneOf" => {
                    let fits =
                        wanted.as_array().unwrap().iter().filter(|s| self.holds(s, value).is_ok()).count();
                    fits == 1
                }
                "required" => {
                    let there = |name: &Value| {
                        value.as_object().is_some_and(|o| o.contains_key(name.as_str().unwrap()))
                    };
                    wanted.as_array().unwrap().iter().all(there)
                }
                "properties" => match value.as_object() {
                    Some(members) => members.iter().all(|(name, member)| {
                        wanted.get(name).is_none_or(|schema| self.holds(schema, member).is_ok())
                    }),
                    None => true,
                },
                "additionalProperties" => match value.as_object() {
                    Some(members) => members
                        .iter()
                        .filter(|(name, _)| {
                            rules.get("properties").is_none_or(|p| p.get(name.as_str()).is_none())
                        })
                        .all(|(_, member)| wanted.is_object() && self.holds(wanted, member).is_ok()),
                    None => true,
                },
                "items" => {
                    value.as_array().is_none_or(|items| items.iter().all(|i| self.holds(wanted, i).is_ok()))
                }
                "minimum" => value.as_f64().is_none_or(|n| n >= wanted.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|n| n <= wanted.as_f64().unwrap()),
                "minItems" => value.as_array().is_none_or(|l| l.len() as u64 >= wanted.as_u64().unwrap()),
                "minLength" => {
                    value.as_str().is_none_or(|t| t.chars().count() as u64 >= wanted.as_u64().unwrap())
                }
                "maxLength" => {
                    value.as_str().is_none_or(|t| t.chars().count() as u64 <= wanted.as_u64().unwrap())
                }
                "pattern" => value.as_str().is_none_or(|t| matches_pattern(wanted.as_str().unwrap(), t)),
                other => panic!("the schema uses '{other}', which this test does not know"),
            };
            if !holds {
                return Err(format!("{rule} {wanted}"));
            }
        }
        Ok(())
    }
}

/// The two patterns that the schema has.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    match pattern {
        "^[0-9a-f]{64}$" => text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
        "^[0-9]+(\\.[0-9]+)?$" => match text.split_once('.') {
            Some((whole, part)) => digits(whole) && digits(part),
            None => digits(text),
        },
        other => panic!("pattern {other}"),
    }
}

/// Whether the verifier reads `card` as one, whatever it then finds missing.
fn is_read(folder: &Temporary, card: &Value) -> bool {
    fs::write(folder.join("card.json"), card.to_string()).unwrap();
    let verification = evidence::Verifier::new(&|_, _, _, _| Ok(0)).verify(folder);
    verification.is_ok_and(|v| v.checks.iter().all(|c| !c.subject.is_empty()))
}

#[test]
fn the_tool_of_a_card_knows_every_feature_of_the_manifest() {
    let manifest: toml::Table = toml::from_str(include_str!("../Cargo.toml")).unwrap();
    let declared: BTreeSet<&str> = manifest["features"]
        .as_table()
        .unwrap()
        .keys()
        .map(String::as_str)
        .filter(|f| *f != "default")
        .collect();
    let built = evidence::Tool::this_build();
    let on: BTreeSet<&str> = built.features.iter().map(String::as_str).collect();
    assert!(on.is_subset(&declared), "{on:?}");
    // As CI builds its tests: with all of them.
    if cfg!(all(
        feature = "audit",
        feature = "futures",
        feature = "log",
        feature = "ndarray",
        feature = "rayon",
        feature = "sqlite",
        feature = "tracing"
    )) {
        assert_eq!(on, declared);
    }
}
