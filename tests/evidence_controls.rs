//! The control matrix: every test that it names exists, and so does every place on the card.

use std::{collections::BTreeSet, fs, path::Path};

use incog::evidence::{self, Card, Standing, Tool, controls, controls_in};

#[test]
fn every_test_that_the_matrix_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut functions = BTreeSet::new();
    for folder in ["src", "tests", "crates"] {
        collect(&root.join(folder), &mut functions);
    }
    let missing: Vec<_> = controls()
        .iter()
        .flat_map(|control| control.tests.iter().map(move |test| (&control.id, test)))
        .filter(|(_, test)| !functions.contains(*test))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
}

#[test]
fn every_place_that_the_matrix_names_is_on_the_card() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../docs/card.schema.json")).unwrap();
    let members: BTreeSet<&str> =
        schema["required"].as_array().unwrap().iter().filter_map(|m| m.as_str()).collect();
    let kinds =
        schema["properties"]["claims"]["items"]["properties"]["statement"]["oneOf"].as_array().unwrap();
    let kinds: BTreeSet<&str> = kinds.iter().filter_map(|kind| kind["required"][0].as_str()).collect();
    let mut named = BTreeSet::new();
    for control in controls() {
        for place in &control.card {
            match place.strip_prefix("claims/") {
                Some(kind) => {
                    assert!(kinds.contains(kind), "{}: {place}", control.id);
                    named.insert(kind);
                }
                None => assert!(
                    members.contains(place.as_str())
                        || ["policy.lock", "signature"].contains(&place.as_str()),
                    "{}: {place}",
                    control.id
                ),
            }
        }
    }
    assert_eq!(named, kinds, "a kind of claim is in no row of the matrix");
    let ids: BTreeSet<_> = controls().iter().map(|c| &c.id).collect();
    assert_eq!(ids.len(), controls().len(), "an id occurs twice");
}

#[test]
fn an_empty_card_shows_no_control() {
    let card = Card::new(Tool::new("incog".into(), "0.1.0".into(), vec![]), "p".into(), "00".repeat(32));
    for row in controls_in(&card, None) {
        let expected = match row.control.id.as_str() {
            // The digest of the policy, and the list of files, which holds none.
            "undeclared-columns" | "tampering" => Standing::Stated,
            _ => Standing::Absent,
        };
        assert_eq!(row.standing, expected, "{}", row.control.id);
    }
    assert_eq!(evidence::spdx_dataset(&card, b"")["@graph"][0]["dataset_datasetType"][0], "other");
}

/// Names of functions in the Rust files below `folder`; also those that macros of tests are given.
fn collect(folder: &Path, functions: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            collect(&path, functions);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("fn ") {
                let name: String =
                    text[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                functions.insert(name);
            }
        }
    }
}
