//! `verify` passes on a fresh release and notices every change to it.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Folder, incog};

fn release() -> Folder {
    let folder = Folder::people();
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).done();
    folder
}

fn edit_card(folder: &Folder, edit: impl FnOnce(&mut Value)) {
    let mut card = folder.json("out/card.json");
    let before = card.clone();
    edit(&mut card);
    assert_ne!(card, before, "the card is not changed");
    folder.write("out/card.json", serde_json::to_string_pretty(&card).unwrap());
}

/// Adds one to every number under a key `k` below `value`.
fn raise_k(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_u64() {
                    Some(k) if name == "k" => *field = json!(k + 1),
                    _ => raise_k(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(raise_k),
        _ => {}
    }
}

#[test]
fn a_fresh_release_verifies() {
    let folder = release();
    let before = folder.listing();
    incog(&["verify", &folder.file("out")]).done();
    let json = incog(&["verify", &folder.file("out"), "--json"]).done().value();
    assert_eq!(json["verified"], true, "{json}");
    assert!(folder.listing() == before, "verify writes");
}

#[test]
fn a_release_verifies_at_another_place_and_without_the_internal_folder() {
    let folder = release();
    fs::rename(folder.path().join("out"), folder.path().join("moved")).unwrap();
    fs::remove_dir_all(folder.path().join("out.internal")).unwrap();
    incog(&["verify", &folder.file("moved")]).done();
}

#[test]
fn one_changed_cell_is_named_by_file_and_column() {
    for (old, column) in [("twenties;", "age"), ("CANARY-f", "sex"), ("CANARY-flu", "diagnosis")] {
        let folder = release();
        folder.edit("out/table.csv", old, &old.replace("CANARY-", "changed-").replace("twenties", "changed"));
        let run = incog(&["verify", &folder.file("out")]).exits(1);
        let all = format!("{}{}", run.stdout, run.stderr);
        let line = all.lines().any(|line| line.contains("table.csv") && line.contains(column));
        assert!(line, "no line names table.csv and {column}\n{run}");
        let json = incog(&["verify", &folder.file("out"), "--json"]).exits(1).value();
        assert_eq!(json["verified"], false, "{json}");
    }
}

#[test]
fn changes_of_the_folder_are_noticed() {
    type Change = fn(&Folder);
    let cases: [(&str, Change, &str); 8] = [
        ("a file more", |f| drop(f.write("out/extra.csv", "a\n1\n")), "extra.csv"),
        ("a hidden file more", |f| drop(f.write("out/.extra", "1")), ".extra"),
        ("a file less", |f| fs::remove_file(f.path().join("out/table.csv")).unwrap(), "table.csv"),
        ("no lock", |f| fs::remove_file(f.path().join("out/policy.lock")).unwrap(), "policy.lock"),
        (
            "a row less",
            |f| {
                let text = f.read("out/table.csv");
                let keep = text.trim_end().rfind('\n').unwrap() + 1;
                f.write("out/table.csv", &text[..keep]);
            },
            "table.csv",
        ),
        ("a larger k on the card", |f| edit_card(f, raise_k), ""),
        ("an unknown field on the card", |f| edit_card(f, |card| card["colour"] = json!("red")), "colour"),
        (
            "an unknown field in a claim",
            |f| edit_card(f, |card| card["claims"][0]["colour"] = json!("red")),
            "colour",
        ),
    ];
    let mut faults = Vec::new();
    for (name, change, named) in cases {
        let folder = release();
        change(&folder);
        let run = incog(&["verify", &folder.file("out")]);
        let all = format!("{}{}", run.stdout, run.stderr);
        if run.code != Some(1) || !all.contains(named) {
            faults.push(format!("{name}: exit 1 naming '{named}' expected\n{run}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_unknown_kind_of_claim_does_not_verify() {
    let folder = release();
    let text = folder.read("out/card.json");
    assert!(text.contains("k_anonymity"), "{text}");
    folder.write("out/card.json", text.replace("k_anonymity", "q_anonymity"));
    let run = incog(&["verify", &folder.file("out")]).exits(1);
    assert!(format!("{}{}", run.stdout, run.stderr).contains("q_anonymity"), "{run}");
}

#[test]
fn without_a_readable_card_verify_exits_4() {
    let folder = release();
    fs::remove_file(folder.path().join("out/card.json")).unwrap();
    incog(&["verify", &folder.file("out")]).fails(4, &["card"]);
    folder.write("out/card.json", "{");
    incog(&["verify", &folder.file("out")]).fails(4, &["card"]);
    incog(&["verify", &folder.file("nothing")]).fails(4, &["nothing"]);
}

#[test]
fn the_internal_folder_belongs_to_its_card_and_its_raw_data() {
    let folder = release();
    let verify = |folder: &Folder| {
        incog(&["verify", &folder.file("out"), "--internal", &folder.file("out.internal"), "--json"])
    };
    let json = verify(&folder).done().value();
    let of_internal = |json: &Value| {
        let checks = json["checks"].as_array().unwrap();
        let of: Vec<_> =
            checks.iter().filter(|c| c["subject"].as_str().unwrap().starts_with("internal/")).collect();
        of.iter().map(|c| c["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of_internal(&json), ["holds"; 5], "{json}");
    let cases: [(&str, &str, &str, &str); 4] = [
        ("people.csv", "CANARY-21", "CANARY-29", "no longer what it was"),
        (
            "out.internal/policy.toml",
            "max_suppressed = 0.0",
            "max_suppressed = 0.5",
            "not the policy of the card",
        ),
        ("out.internal/plan.json", "\"rows\": 8", "\"rows\": 9", "counts other rows"),
        ("out.internal/input.json", "card_sha256\": \"", "card_sha256\": \"00", "belongs to another card"),
    ];
    for (file, old, new, said) in cases {
        let folder = release();
        folder.edit(file, old, new);
        let run = verify(&folder).exits(1);
        assert!(run.stdout.contains(said), "{file}: {said}\n{run}");
    }
}
