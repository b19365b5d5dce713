//! `risk`, `keys`, `profile`, `init` and usage.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Folder, PEOPLE, incog};

/// Classes of 3, 2 and 1 rows over (a, b).
const SIX: &str = "a,b,d
1,x,CANARY-p
1,x,CANARY-p
1,x,CANARY-q
2,x,CANARY-p
2,x,CANARY-q
3,y,CANARY-r
";

fn close(value: &Value, expected: f64, name: &str) {
    let got = value.as_f64().unwrap_or_else(|| panic!("{name} is {value}"));
    assert!((got - expected).abs() < 1e-9, "{name}: {got}, expected {expected}");
}

#[test]
fn the_risk_of_six_rows_is_as_computed_by_hand() {
    let folder = Folder::new();
    let path = folder.write("six.csv", SIX);
    let json = incog(&["risk", &path, "--quasi", "a,b", "--sensitive", "d", "--json"]).done().value();
    let fields: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, BTreeSet::from(["rows", "classes", "k", "sample_uniques", "risk", "sensitive"]));
    assert_eq!((&json["rows"], &json["classes"], &json["k"]), (&6.into(), &3.into(), &1.into()), "{json}");
    // One row of six is unique; as a count or as a share.
    let uniques = json["sample_uniques"].as_f64().unwrap();
    assert!((uniques - 1.0).abs() < 1e-9 || (uniques - 1.0 / 6.0).abs() < 1e-9, "{json}");
    close(&json["risk"]["prosecutor"], 1.0, "prosecutor");
    close(&json["risk"]["marketer"], 0.5, "marketer");
    assert!(json["risk"].as_object().unwrap().contains_key("journalist"), "{json}");

    let d = json["sensitive"]["d"].as_object().unwrap();
    let fields: BTreeSet<&str> = d.keys().map(String::as_str).collect();
    let expected = [
        "l_distinct",
        "l_entropy",
        "l_recursive",
        "t_equal",
        "t_ordered",
        "alpha",
        "beta_basic",
        "beta_enhanced",
        "delta_disclosure",
    ];
    assert_eq!(fields, BTreeSet::from(expected), "{json}");
    // Table p 1/2, q 1/3, r 1/6; classes (2/3, 1/3, 0), (1/2, 1/2, 0), (0, 0, 1).
    assert_eq!(d["l_distinct"], 1);
    close(&d["l_entropy"], 1.0, "l_entropy");
    close(&d["alpha"], 1.0, "alpha");
    close(&d["t_equal"], 5.0 / 6.0, "t_equal");
    close(&d["beta_basic"], 5.0, "beta_basic");
    // min((1 - 1/6) / (1/6), ln 6) = ln 6.
    close(&d["beta_enhanced"], 6_f64.ln(), "beta_enhanced");
    close(&d["delta_disclosure"], 6_f64.log2(), "delta_disclosure");
    assert_eq!(d["l_recursive"].as_array().map(Vec::len), Some(2), "{json}");
}

#[test]
fn the_risk_of_a_table_of_one_class() {
    let folder = Folder::new();
    let path = folder.write("one.csv", "a,d\n1,CANARY-p\n1,CANARY-q\n");
    let json = incog(&["risk", &path, "--quasi", "a", "--sensitive", "d", "--json"]).done().value();
    assert_eq!((&json["rows"], &json["classes"], &json["k"]), (&2.into(), &1.into(), &2.into()), "{json}");
    close(&json["risk"]["prosecutor"], 0.5, "prosecutor");
    let d = &json["sensitive"]["d"];
    close(&d["l_entropy"], 2.0, "l_entropy");
    for name in ["t_equal", "beta_basic", "beta_enhanced", "delta_disclosure"] {
        close(&d[name], 0.0, name);
    }
    close(&d["alpha"], 0.5, "alpha");
}

#[test]
fn risk_names_an_unknown_column_and_an_unreadable_table() {
    let folder = Folder::new();
    let path = folder.write("six.csv", SIX);
    incog(&["risk", &path, "--quasi", "a,zip"]).fails(3, &["zip"]);
    incog(&["risk", &path, "--quasi", "a", "--sensitive", "income"]).fails(3, &["income"]);
    incog(&["risk", &folder.file("no.csv"), "--quasi", "a"]).fails(4, &["no.csv"]);
    let ragged = folder.write("ragged.csv", "a,b\n1,2\nCANARY\n");
    incog(&["risk", &ragged, "--quasi", "a"]).fails(4, &["line 3"]);
    incog(&["risk", &path]).exits(2);
}

#[test]
fn a_generated_key_is_private_and_never_printed() {
    let folder = Folder::new();
    let path = folder.file("incog.key");
    let run = incog(&["keys", "generate", "-o", &path]).done();
    assert_eq!(folder.mode("incog.key"), 0o600);
    let key = folder.read("incog.key");
    let key = key.trim();
    assert!(key.len() >= 32, "a key has at least 128 bits");
    assert!(!run.stdout.contains(key) && !run.stderr.contains(key));
    let before = folder.listing();
    let run = incog(&["keys", "generate", "-o", &path]).fails(3, &["incog.key"]);
    assert!(!run.stderr.contains(key));
    assert!(folder.listing() == before);
    incog(&["keys", "generate", "-o", &folder.file("other.key")]).done();
    assert_ne!(folder.read("other.key").trim(), key);
    let run = incog(&["keys", "generate", "-o", &folder.file("no/such/folder.key")]);
    assert!(!matches!(run.code, Some(0) | None), "{run}");
    incog(&["keys", "generate"]).exits(2);
}

#[test]
fn init_proposes_a_policy_that_names_every_column() {
    let folder = Folder::new();
    let path = folder.write("people.csv", PEOPLE.replace("CANARY-2", "2").replace("CANARY-3", "3"));
    let before = folder.listing();
    let run = incog(&["init", &path]).done();
    for column in ["age", "sex", "diagnosis"] {
        assert!(run.stdout.lines().any(|line| line.starts_with(column)), "{column}\n{run}");
    }
    assert!(run.stdout.contains("version = 1") && run.stdout.contains("[columns]"), "{run}");
    assert!(folder.listing() == before, "init without -o writes");
    incog(&["init", &path, "-o", &folder.file("policy.toml")]).done();
    let policy = folder.read("policy.toml");
    assert!(["age", "sex", "diagnosis"].iter().all(|column| policy.contains(column)), "{policy}");
    let before = folder.listing();
    incog(&["init", &path, "-o", &folder.file("policy.toml")]).fails(3, &["policy.toml"]);
    assert!(folder.listing() == before);
    incog(&["init", &folder.file("no.csv")]).fails(4, &["no.csv"]);
}

#[test]
fn profile_tells_kinds_coverage_and_sets_of_columns() {
    let folder = Folder::new();
    let row = |i: usize| (i, ["f", "m"][i % 2], 1900 + i / 2);
    let rows: String = (0..300).map(row).map(|(i, sex, year)| format!("{i};{sex};{year};\n")).collect();
    let path = folder.write("t.csv", format!("patient_id;sex;year;empty\n{rows}"));
    let json = incog(&["profile", &path, "--json"]).done().value();
    assert_eq!(json["rows"], 300);
    let kinds: Vec<&Value> = json["columns"].as_array().unwrap().iter().map(|c| &c["kind"]).collect();
    assert_eq!(kinds, ["identifying", "quasi_identifying", "other", "unknown"]);
    assert_eq!((&json["columns"][1]["distinct"], &json["columns"][3]["examined"]), (&2.into(), &0.into()));
    assert_eq!(
        json["sets"],
        serde_json::json!([{"columns": ["sex", "year"], "singled_out": 1.0, "estimated": false}])
    );
    let shown = incog(&["profile", &path]).done().stdout;
    for text in ["quasi-identifying", "no cell was examined", "100.0 %  sex, year", "not in sets"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let lines: String = (0..300)
        .map(row)
        .map(|(i, sex, year)| format!("{{\"patient_id\": {i}, \"sex\": \"{sex}\", \"year\": {year}}}\n"))
        .collect();
    let path = folder.write("t.jsonl", &lines);
    assert_eq!(incog(&["profile", &path, "--json"]).done().value()["sets"], json["sets"]);
    let policy = incog(&["init", &path]).done().stdout;
    assert!(policy.contains("format = \"jsonl\""), "{policy}");
    incog(&["profile", &folder.file("no.csv")]).fails(4, &["no.csv"]);
}

#[test]
fn usage_errors_exit_2_and_help_exits_0() {
    for args in [
        &["apply", "--no-such-flag", "p.toml"][..],
        &["anonymise"],
        &["apply"],
        &["scan", "-", "--format", "xml"],
        &["demo", "--rows", "many"],
        &[],
    ] {
        let run = incog(args).exits(2);
        assert!(run.stdout.is_empty(), "{run}");
    }
    assert!(incog(&["--help"]).done().stdout.contains("apply"));
    assert!(incog(&["--version"]).done().stdout.contains(env!("CARGO_PKG_VERSION")));
    for command in
        ["demo", "scan", "redact", "profile", "init", "plan", "apply", "check", "verify", "risk", "keys"]
    {
        let help = incog(&[command, "--help"]).done();
        assert!(command == "keys" || help.stdout.contains("--json"), "{help}");
    }
}

#[test]
fn a_policy_file_that_does_not_exist_is_named() {
    for command in ["plan", "apply", "check"] {
        let run = incog(&[command, "/no/such/policy.toml"]);
        let code = run.code.filter(|code| [2, 4].contains(code)).unwrap_or_else(|| panic!("{run}"));
        run.fails(code, &["/no/such/policy.toml"]);
    }
}

#[test]
fn a_ledger_is_made_once_and_shows_its_budget_exactly() {
    let folder = Folder::new();
    let ledger = format!("sqlite:{}", folder.file("budget.db"));
    incog(&["ledger", "create", &ledger, "--epsilon", "0.3"]).exits(0);
    assert_eq!(folder.mode("budget.db"), 0o600);
    let shown = incog(&["ledger", "show", &ledger, "--json"]).exits(0).value();
    assert_eq!(shown["budget"]["epsilon"], "0.3");
    assert_eq!(shown["spent"]["epsilon"], "0");
    assert_eq!(shown["remaining"]["epsilon"], "0.3");
    assert_eq!(shown["entries"], serde_json::json!([]));
    incog(&["ledger", "create", &ledger, "--epsilon", "9"]).fails(3, &["budget.db"]);
    incog(&["ledger", "show", &folder.file("missing.db")]).fails(3, &["missing.db"]);
    assert!(!folder.has("missing.db"), "opening never creates a ledger");
    incog(&["ledger", "create", &folder.file("zero.db"), "--epsilon=-1"]).fails(2, &["epsilon"]);
    assert!(!folder.has("zero.db"));
}
