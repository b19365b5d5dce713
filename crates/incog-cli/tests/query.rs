//! What `query` prints and charges.

use serde_json::Value;

use crate::support::{Folder, incog};

const POLICY: &str = r#"version = 1
purpose = "test"
person = "p"

[input]
path = "stays.csv"

[columns]
p = { role = "identifying", action = "drop" }
ward = { role = "quasi" }
age = { role = "quasi" }

[release.stats]
ledger = "sqlite:budget.db"
key = "file:incog.key"
budget = { epsilon = 20.0 }
bounds = { rows_per_person = 2, groups_per_person = 2, rows_per_group = 1 }
"#;

const QUERIES: &str = r#"queries = [
  { count = "*", by = "ward", keys = ["A", "B", "none"], accuracy = 9 },
  { mean = "age", clamp = [0, 100], at_least = 1000, accuracy = 5 },
  { variance = "age", clamp = [0, 100], unreadable = "left_out", epsilon = 2 },
  { histogram = "age", clamp = [0, 100], bins = 2, where = { ward = ["A", "B"], age = [0, 49] }, epsilon = 2 },
  { quantiles = [0.5, 0.25], of = "age", clamp = [0, 100], epsilon = 4 },
  { sum = "age", clamp = { find = 1 }, epsilon = 2 },
]
"#;

/// 2,000 persons with a row in each of two wards; ages are 0 to 99, evenly.
fn stays(queries: &str) -> Folder {
    let folder = Folder::new();
    let rows: String =
        (0..4000).map(|i| format!("p{},{},{}\n", i / 2, ["A", "B"][i % 2], i / 2 % 100)).collect();
    folder.write("stays.csv", format!("p,ward,age\n{rows}"));
    folder.write("policy.toml", format!("{POLICY}{queries}"));
    // Answers are stored under a key.
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    incog(&["ledger", "create", &folder.file("budget.db"), "--epsilon", "30"]).done();
    folder
}

fn asked(folder: &Folder) -> Value {
    incog(&["query", &folder.file("policy.toml"), "--json"]).done().value()
}

#[test]
fn statistics_are_answered_once_and_near_the_truth() {
    let folder = stays(QUERIES);
    let first = asked(&folder);
    assert_eq!(first["schema"], "incog-stats/1");
    let release = &first["releases"]["stats"];
    assert_eq!(
        (release["currency"].as_str(), release["accountant"].as_str()),
        (Some("pure"), Some("basic composition"))
    );
    let queries = release["queries"].as_array().unwrap();
    // (query, value, exact, allowed): each fails less than once in 10^9 runs.
    let cases = [
        (0, 0, 2000.0, 90.0),
        (0, 2, 0.0, 90.0),
        (1, 0, 49.5, 20.0),
        (2, 0, 833.25, 300.0),
        (3, 0, 2000.0, 60.0),
        (3, 1, 0.0, 60.0),
        (4, 0, 49.5, 8.0),
        (4, 1, 24.5, 8.0),
        (5, 0, 198_000.0, 4000.0),
    ];
    for (query, value, exact, allowed) in cases {
        let found = queries[query]["values"][value]["value"].as_f64().unwrap();
        assert!((found - exact).abs() < allowed, "query {query}, value {value}: {found}");
    }
    assert_eq!(queries[0]["values"][2]["key"], "none");
    assert_eq!(queries[0]["values"][0]["error_95"], 9.0);
    assert_eq!(
        (queries[3]["values"][1]["part"].as_str(), queries[4]["values"][1]["part"].as_str()),
        (Some("[50, 100]"), Some("0.25"))
    );
    assert!(queries[4]["values"][0]["rank_error_95"].is_number());
    assert_eq!(queries[5]["clamp"][1], 128.0);
    let sentence = release["claims"][0]["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("statistics alone: (") && release["claims"][0]["check"] == "attested");
    // Again, and as a folder: the same answers, no charge.
    assert_eq!(asked(&folder), first);
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).done();
    assert_eq!(folder.json("out/stats.json")["releases"]["stats"]["queries"], release["queries"]);
    assert_eq!(asked(&folder)["releases"]["stats"]["remaining"], release["remaining"]);
    let text = incog(&["query", &folder.file("policy.toml")]).done().stdout;
    assert!(
        text.contains("clamped to [") && text.contains("ranks (95 %)") && text.contains("charged: ε = "),
        "{text}"
    );
}

#[test]
fn a_plan_says_what_answers_will_cost_and_be_worth_and_charges_nothing() {
    let folder = stays(QUERIES);
    let plan = incog(&["plan", &folder.file("policy.toml"), "--json"]).done().value();
    let planned = &plan["releases"]["stats"];
    let queries = planned["queries"].as_array().unwrap();
    assert_eq!(queries.len(), 6);
    assert!(queries[0]["error_95"].as_f64().is_some_and(|error| error <= 9.0), "{planned}");
    assert!(queries[4]["rank_error_95"].is_number() && queries[5]["error_unknown"].is_string(), "{planned}");
    assert_eq!(planned["remaining"]["epsilon"], "30");
    let text = incog(&["plan", &folder.file("policy.toml")]).done().stdout;
    for part in [
        "age: only in statistics",
        "6 queries will cost epsilon = ",
        "count by ward: within 9 of the exact value",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let shown = incog(&["ledger", "show", &folder.file("budget.db"), "--json"]).done().value();
    assert_eq!(shown["spent"]["epsilon"], "0");
    // What is charged is what was said.
    let answered = asked(&folder);
    assert_eq!(answered["releases"]["stats"]["charged"]["epsilon"], planned["cost"]["epsilon"]);
}

#[test]
fn groups_that_enough_persons_have_are_found_for_a_delta() {
    let folder = stays(
        "queries = [{ count = \"*\", by = \"ward\", epsilon = 2 }, { mean = \"age\", clamp = [0, 100], by = \"p\", epsilon = 1 }]\n",
    );
    folder.edit("policy.toml", "budget = { epsilon = 20.0 }", "budget = { epsilon = 20.0, delta = 1e-10 }");
    folder.edit("policy.toml", "sqlite:budget.db", "sqlite:both.db");
    incog(&["ledger", "create", &folder.file("both.db"), "--epsilon", "30", "--delta", "1e-9"]).done();
    let release = asked(&folder)["releases"]["stats"].clone();
    let keys: Vec<&str> = release["queries"][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["A", "B"]);
    // Every person has a key of their own: none is released, but once in 10^7 runs.
    assert_eq!(release["queries"][1]["values"], Value::Array(vec![]));
    assert_eq!(release["charged"]["epsilon"], "6");
    assert_eq!(release["charged"]["delta"], "0.0000000001");
    assert_eq!(asked(&folder)["releases"]["stats"], release);
}

#[test]
fn a_query_that_cannot_be_asked_is_refused_with_the_way_out_and_charges_nothing() {
    // (queries, exit code, part of the sentence)
    let cases = [
        (r#"{ count = "*", epsilon = 0 }"#, 2, "epsilon must be in 0 < ε ≤ 64, got 0"),
        (r#"{ count = "*", epsilon = nan }"#, 2, "epsilon must be in"),
        (r#"{ count = "*", epsilon = -inf }"#, 2, "epsilon must be in"),
        (r#"{ count = "*", epsilon = 1, accuracy = 5 }"#, 2, "either epsilon or accuracy"),
        (r#"{ count = "*", accuracy = 0 }"#, 2, "above 0, got 0"),
        (r#"{ count = "*", by = "ward", epsilon = 1 }"#, 2, "or a delta in the budget"),
        (r#"{ count = "*", clamp = [0, 1], epsilon = 1 }"#, 2, "a query has one of"),
        (r#"{ mean = "age", clamp = [0, 100], accuracy = 5 }"#, 2, "at_least"),
        (r#"{ mean = "age", clamp = [100, 0], epsilon = 1 }"#, 2, "ascending"),
        (r#"{ sum = "age", clamp = { found = 1 }, epsilon = 1 }"#, 2, "{ find = EPSILON }"),
        (r#"{ sum = "age", clamp = [0, 1], unreadable = "skip", epsilon = 1 }"#, 2, "'left_out'"),
        (r#"{ sum = "age", clamp = [0, 1], unreadable = 7, epsilon = 1 }"#, 2, "within the clamp bounds"),
        (r#"{ histogram = "age", bins = 3, epsilon = 1 }"#, 2, "bins within clamp, or edges"),
        (r#"{ histogram = "age", edges = [3, 1], epsilon = 1 }"#, 2, "in ascending order"),
        (r#"{ quantiles = [1.5], of = "age", clamp = [0, 1], epsilon = 1 }"#, 2, "0 ≤ q ≤ 1"),
        (r#"{ quantiles = [0.5], clamp = [0, 1], epsilon = 1 }"#, 2, "with of = COLUMN"),
        (r#"{ count = "*", where = { age = [1] }, epsilon = 1 }"#, 2, "two numbers"),
        (r#"{ count = "*", where = { salary = "1" }, epsilon = 1 }"#, 3, "salary"),
        (r#"{ count = "*", epsilon = 30 }"#, 3, "the queries cost ε = 30 together"),
    ];
    for (query, code, sentence) in cases {
        let folder = stays(&format!("queries = [{query}]\n"));
        let run = incog(&["query", &folder.file("policy.toml")]);
        assert_eq!(run.code, Some(code), "{query}: {}", run.stderr);
        assert!(run.stderr.contains(sentence), "{query}: {}", run.stderr);
        let ledger = incog(&["ledger", "show", &folder.file("budget.db"), "--json"]).done().value();
        assert_eq!(ledger["spent"]["epsilon"], "0", "{query}");
    }
}
