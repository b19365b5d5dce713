//! Rows of a hidden sample: charged, drawn, verified.

use crate::support::{Folder, incog};

const POLICY: &str = r#"version = 1
purpose = "test"
person = "p"

[input]
path = "stays.csv"

[columns]
p = { role = "identifying", action = "drop" }
ward = { role = "quasi" }
age = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 50] } }

[release.sample]
columns = ["ward", "age"]
safe_pub = { epsilon = 4.0, delta = 1e-6 }
ledger = "sqlite:budget.db"
key = "file:incog.key"
"#;

/// 2,000 persons with a row in each of two wards; ages are 0 to 99, evenly.
fn stays() -> Folder {
    let folder = Folder::new();
    let rows: String =
        (0..4000).map(|i| format!("p{},{},{}\n", i / 2, ["A", "B"][i % 2], i / 2 % 100)).collect();
    folder.write("stays.csv", format!("p,ward,age\n{rows}"));
    folder.write("policy.toml", POLICY);
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    incog(&["ledger", "create", &folder.file("budget.db"), "--epsilon", "5", "--delta", "1e-5"]).done();
    folder
}

#[test]
fn a_hidden_sample_is_charged_once_and_verifies() {
    let folder = stays();
    let policy = folder.file("policy.toml");
    let plan = incog(&["plan", &policy, "--json"]).done().value();
    let planned = &plan["releases"]["sample"];
    let k = planned["k"].as_u64().unwrap();
    assert_eq!(planned["cost"]["epsilon"], "4", "{plan}");
    assert!((planned["sampling"].as_f64().unwrap() - 0.8).abs() < 1e-6, "{plan}");
    let spent = |folder: &Folder| {
        let ledger = incog(&["ledger", "show", &folder.file("budget.db"), "--json"]).done().value();
        (ledger["spent"]["epsilon"].clone(), ledger["entries"].as_array().unwrap().len())
    };
    assert_eq!(spent(&folder), ("0".into(), 0), "a plan costs nothing");
    let applied = incog(&["apply", &policy, "-o", &folder.file("out"), "--json"]).done().value();
    let not = folder.json("out/card.json")["not_established"].to_string();
    assert!(not.contains("that sample and levels of rows were drawn as stated"), "{not}");
    for false_of_it in ["downcoding", "can be intersected", "sensitive values", "k-anonymity"] {
        assert!(!not.contains(false_of_it), "{not}");
    }
    let sample = &applied["releases"]["sample"];
    let rows = sample["rows"].as_u64().unwrap();
    assert!(rows <= 2000, "at most a row for each person: {sample}");
    assert!(sample["min_class"].as_u64().is_none_or(|least| least >= k), "{sample}");
    assert_eq!(spent(&folder), ("4".into(), 1));
    let verified = incog(&["verify", &folder.file("out")]).done().stdout;
    assert!(verified.contains("(4, 0.000001)-differential privacy per p"), "{verified}");
    let card = folder.json("out/card.json");
    assert_eq!(card["budget"]["sample"]["epsilon"], "4");
    assert!(card["not_established"].to_string().contains("sample"), "{card}");
    // Again: the same rows, no charge.
    incog(&["apply", &policy, "-o", &folder.file("again")]).done();
    assert_eq!(folder.read("again/sample.csv"), folder.read("out/sample.csv"));
    assert_eq!(spent(&folder), ("4".into(), 1));
    // Other text is another request, and there is no budget for it.
    folder.edit("policy.toml", "purpose = \"test\"", "purpose = \"tests\"");
    incog(&["apply", &policy, "-o", &folder.file("more")]).fails(3, &["budget"]);
    assert!(!folder.has("more"));
}

#[test]
fn a_hidden_sample_says_what_it_needs() {
    let folder = stays();
    let policy = folder.file("policy.toml");
    for (old, new, code, words) in [
        ("ward = { role = \"quasi\" }", "ward = { role = \"sensitive\" }", 2, "role quasi"),
        ("person = \"p\"\n", "", 2, "safe_pub protects a person"),
        ("kind = \"interval\", widths = [10, 50]", "kind = \"automatic\"", 2, "depends on the data"),
        ("delta = 1e-6 }", "delta = 1e-6 }\nsearch = \"optimal\"", 2, "belong to a release with models"),
        ("epsilon = 4.0", "epsilon = 0", 2, "epsilon must be in"),
        ("ledger = \"sqlite:budget.db\"\n", "", 2, "safe_pub needs ledger"),
    ] {
        folder.edit("policy.toml", old, new);
        incog(&["plan", &policy]).fails(code, &[words]);
        folder.write("policy.toml", POLICY);
    }
    // A refusal stands in the plan.
    folder.edit("policy.toml", "sqlite:budget.db", "sqlite:none.db");
    let run = incog(&["plan", &policy]).exits(3);
    assert!(run.stdout.contains("there is no ledger"), "{run}");
}
