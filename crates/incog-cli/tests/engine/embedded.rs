//! DataFusion in the process.

use serde_json::Value;

use crate::{
    people::{NOTES, POLICY, apply, assert_identical, assert_same, hospital, policy},
    support::{Folder, Run, incog, incog_unguarded},
};

const ENGINE: [&str; 2] = ["--engine", "datafusion"];

#[test]
fn a_release_by_the_engine_is_the_one_from_text_in_memory() {
    let folder = Folder::new();
    hospital(&folder, 3000);
    // One with rows that are made one by one, one without: they are read in two ways.
    for (text, tables) in [
        (POLICY.to_owned(), &["table", "linkable"][..]),
        (format!("{POLICY}{NOTES}"), &["table", "linkable", "notes"]),
    ] {
        for release in ["text", "memory", "engine"] {
            for side in ["", ".internal"] {
                let _ = std::fs::remove_dir_all(folder.file(&format!("{release}{side}")));
            }
        }
        apply(&folder, "text", (&text, "people.csv"), &[]).done();
        apply(&folder, "memory", (&text, "people.parquet"), &[]).done();
        apply(&folder, "engine", (&text, "people.parquet"), &ENGINE).done();
        assert_same(&folder, "text", "engine", tables);
        assert_identical(&folder, "memory", "engine");
        incog(&["verify", &folder.file("engine")]).done();
        // The persons are counted again from the raw data, by the engine.
        let internal = folder.file("engine.internal");
        let args = ["verify", &folder.file("engine"), "--internal", &internal, "--json"];
        let verified = incog(&[&args[..], &ENGINE].concat()).done().value();
        let persons = verified["checks"].as_array().unwrap().iter();
        let counted: Vec<&Value> = persons
            .filter(|c| c["detail"].as_str().is_some_and(|d| d.starts_with("counted in persons")))
            .collect();
        assert!(!counted.is_empty(), "{verified}");
        assert!(counted.iter().all(|c| c["outcome"] == "holds"), "{counted:?}");
    }
    incog(&[&["verify", &folder.file("engine")][..], &ENGINE].concat()).fails(2, &["--internal"]);
}

#[test]
fn a_gate_a_retention_and_a_lock_say_what_they_say_in_memory() {
    let folder = Folder::new();
    hospital(&folder, 1500);
    let of = |retention: &str, lock: &str, gate: &str| {
        POLICY.replace("path = \"PATH\"\n", &format!("path = \"PATH\"\n{retention}{lock}")) + gate
    };
    let old = "retention = { column = \"born\", days = 18000, as_of = \"2020-06-30\" }\n";
    let gate = "[gate]\nattacks = [\"singling_out\", \"inference\"]\nmax_excess_risk = 0.9\n";
    for (name, text) in [("old", of(old, "", "")), ("gate", of("", "", gate))] {
        let (memory, engine) = (format!("{name}-memory"), format!("{name}-engine"));
        apply(&folder, &memory, (&text, "people.parquet"), &[]).done();
        apply(&folder, &engine, (&text, "people.parquet"), &ENGINE).done();
        assert_identical(&folder, &memory, &engine);
    }
    let locked = of("", "lock = \"old-memory/policy.lock\"\n", "");
    apply(&folder, "locked", (&locked, "people.parquet"), &ENGINE).done();
    folder.edit("old-memory/policy.lock", "kind = \"integer\"", "kind = \"text\"");
    apply(&folder, "changed", (&locked, "people.parquet"), &ENGINE).exits(3);
    assert!(!folder.has("changed") && !folder.has("changed.internal"));
}

#[test]
fn the_risk_of_a_table_is_the_same_number_for_number() {
    let folder = Folder::new();
    hospital(&folder, 3000);
    let columns = ["--quasi", "age,zip,sex", "--sensitive", "diagnosis,charge", "--json"];
    let memory = incog(&[&["risk", &folder.file("people.csv")][..], &columns].concat()).done();
    let engine = incog(&[&["risk", &folder.file("people.parquet")][..], &columns, &ENGINE].concat()).done();
    assert_eq!(engine.stdout, memory.stdout);
    let absent = ["risk", &folder.file("people.parquet"), "--quasi", "zip,ward"];
    incog(&[&absent[..], &ENGINE].concat()).fails(3, &["column 'ward' is not in the table; it has 'mrn'"]);
}

pub(crate) const STATISTICS: &str = r#"version = 1
purpose = "test of engines"
person = "mrn"
undeclared = "drop"
[input]
path = "PATH"
[columns]
mrn = { role = "identifying", action = "token", key = "file:house.key" }
diagnosis = { role = "sensitive" }
sex = { role = "quasi" }
charge = { role = "insensitive" }
[release.stats]
ledger = "sqlite:budget.db"
key = "file:house.key"
budget = { epsilon = 4.0, delta = 1e-6 }
bounds = { rows_per_person = 3, groups_per_person = 3 }
queries = [
  { count = "*", by = "sex", keys = ["f", "m"], epsilon = 1.0 },
  { mean = "charge", clamp = [0, 1000], epsilon = 1.0 },
]
"#;

#[test]
fn statistics_are_charged_once_and_answered_alike_by_query_and_apply() {
    let folder = Folder::new();
    hospital(&folder, 3000);
    let ledger = folder.file("budget.db");
    incog(&["ledger", "create", &ledger, "--epsilon", "4", "--delta", "1e-6"]).done();
    let file = policy(&folder, "stats", STATISTICS, "people.parquet");
    let query = || incog_unguarded(&[&["query", &file, "--json"][..], &ENGINE].concat(), b"").done().value();
    let first = query();
    assert_eq!(query()["releases"]["stats"]["queries"], first["releases"]["stats"]["queries"]);
    let shown = || incog(&["ledger", "show", &ledger, "--json"]).done().value()["spent"]["epsilon"].clone();
    assert_eq!(shown(), "2");
    apply(&folder, "stats", (STATISTICS, "people.parquet"), &ENGINE).done();
    assert_eq!(shown(), "2");
    let stats = folder.json("stats/stats.json");
    assert_eq!(stats["releases"]["stats"]["queries"], first["releases"]["stats"]["queries"]);
    // 3000 rows less those without a sex, each half: noise of scale 3 is far from that.
    let count = stats["releases"]["stats"]["queries"][0]["values"][0]["value"].as_f64().unwrap();
    assert!((1200.0..1600.0).contains(&count), "{count}");
    let claim = folder.json("stats/card.json")["claims"][0].to_string();
    assert!(claim.contains("added up by a query engine"), "the card says who bounded: {claim}");
}

#[test]
fn what_an_engine_does_not_do_is_refused_before_anything_is_charged() {
    let folder = Folder::new();
    hospital(&folder, 300);
    let ledger = folder.file("budget.db");
    incog(&["ledger", "create", &ledger, "--epsilon", "4", "--delta", "1e-6"]).done();
    let refused = |name: &str, text: String, parts: &[&str]| -> Run {
        let run = apply(&folder, name, (&text, "people.parquet"), &ENGINE).fails(2, parts);
        assert!(!folder.has(name) && !folder.has(&format!("{name}.internal")));
        run
    };
    let quantile = "  { quantiles = [0.5], of = \"charge\", clamp = [0, 1000], epsilon = 0.5 },\n]";
    refused(
        "quantiles",
        STATISTICS.replace("\n]", &format!("\n{quantile}")),
        &["needs rows, not totals", "without an engine"],
    );
    let comma = STATISTICS.replace("path = \"PATH\"", "path = \"PATH\"\ndecimal = \",\"");
    refused("comma", comma, &["decimal comma", "leave the engine out"]);
    let old = "path = \"PATH\"\nretention = { column = \"sex\", days = 9, undated = \"drop\" }";
    refused("old", STATISTICS.replace("path = \"PATH\"", old), &["[retention]", "leave the engine out"]);
    let spent = incog(&["ledger", "show", &ledger, "--json"]).done().value();
    assert_eq!(spent["spent"]["epsilon"], "0");
}
