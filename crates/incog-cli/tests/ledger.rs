//! `incog ledger`: its contract.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, incog};

#[test]
fn a_spend_is_committed_once_for_each_id_until_the_budget_is_used_up() {
    let folder = Folder::new();
    let ledger = format!("sqlite:{}", folder.file("a.db"));
    incog(&["ledger", "create", &ledger, "--epsilon", "1", "--delta", "1e-6"]).done();
    let run =
        incog(&["ledger", "spend", &ledger, "--epsilon", "0.1", "--request", "r", "--repeat", "3"]).done();
    assert_eq!(run.stdout, "COMMITTED r/1 0.1\nCOMMITTED r/2 0.1\nCOMMITTED r/3 0.1\n");
    // The same ids again are charged no second time.
    let run =
        incog(&["ledger", "spend", &ledger, "--epsilon", "0.1", "--request", "r", "--repeat", "3"]).done();
    assert_eq!(run.stdout.lines().count(), 3);
    assert_eq!(run.stderr.matches("was charged before").count(), 3);
    // Under an id that was charged, another amount is another request: nothing is said to be committed.
    let run = incog(&["ledger", "spend", &ledger, "--epsilon", "0.2", "--request", "r/1"])
        .fails(3, &["used before with another query"]);
    assert_eq!(run.stdout, "");
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.2", "--delta", "1e-7"]).done();
    let spent = ["ledger", "spend", &ledger, "--epsilon", "0.2", "--request", "s", "--repeat", "9"];
    let run = incog(&spent).fails(3, &["asked ε = 0.2", "left ε = 0.1, δ = 0.0000009"]);
    assert_eq!(run.stdout, "COMMITTED s/1 0.2\nCOMMITTED s/2 0.2\n");
    let shown = incog(&["ledger", "show", &ledger, "--json"]).done().value();
    assert_eq!(shown["budget"], serde_json::json!({ "epsilon": "1", "delta": "0.000001" }));
    assert_eq!(shown["spent"], serde_json::json!({ "epsilon": "0.9", "delta": "0.0000001" }));
    assert_eq!(shown["remaining"]["epsilon"], "0.1");
    assert_eq!(shown["entries"].as_array().unwrap().len(), 6);
    assert_eq!(shown["entries"][0]["id"], "r/1");
    assert_eq!(shown["entries"][0]["event"][0]["mechanism"], "pure");
    let summary = incog(&["ledger", "show", &ledger, "--json", "--summary"]).done().value();
    assert!(summary["entries"].is_null() && summary["spent"] == shown["spent"]);
    // No value of the data can be in it, but ids are.
    assert!(incog(&["ledger", "show", &ledger]).done().stdout.contains("r/3: ε = 0.1"));
}

#[test]
fn another_accountant_prices_a_history_and_gives_nothing_back() {
    let folder = Folder::new();
    let ledger = folder.file("a.db");
    incog(&["ledger", "create", &ledger, "--epsilon", "10"]).done();
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.1", "--repeat", "100"]).done();
    let show = ["ledger", "show", &ledger, "--accountant", "optimal", "--delta", "1e-6"];
    let shown = incog(&[show.as_slice(), &["--json"]].concat()).done().value();
    let upper = shown["repriced"]["epsilon"][0]["upper"].as_f64().unwrap();
    // Theorem 3 of Kairouz, Oh, Viswanath (2015) for 100 times 0.1 at this delta.
    assert!((4.774..4.775).contains(&upper), "{upper}");
    assert_eq!((&shown["spent"]["epsilon"], &shown["remaining"]["epsilon"]), (&"10".into(), &"0".into()));
    assert!(incog(&show).done().stdout.contains("for display; nothing is given back"));
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.000000000001"]).fails(3, &["budget exceeded"]);
    incog(&["ledger", "show", &ledger, "--accountant", "optimal"]).exits(2);
    // In currencies without an event for an amount alone there is nothing to price.
    let gdp = folder.file("g.db");
    incog(&["ledger", "create", &gdp, "--mu-squared", "1"]).done();
    incog(&["ledger", "spend", &gdp, "--mu-squared", "0.1"]).done();
    incog(&["ledger", "show", &gdp, "--accountant", "rdp", "--delta", "1e-6"])
        .fails(2, &["record 1 of the ledger holds no events"]);
}

#[test]
fn events_are_charged_at_their_price_and_stay_in_the_entries() {
    let folder = Folder::new();
    let gdp = folder.file("g.db");
    incog(&["ledger", "create", &gdp, "--mu-squared", "1"]).done();
    let noise = "gaussian noise_multiplier=2";
    let spend = ["ledger", "spend", &gdp, "--request", "a", "--event", noise];
    assert_eq!(incog(&spend).done().stdout, "COMMITTED a 0.250000000001\n");
    let shown = incog(&["ledger", "show", &gdp, "--json"]).done().value();
    assert_eq!(
        shown["entries"][0]["event"],
        serde_json::json!([{ "mechanism": "gaussian", "noise_multiplier": 2.0 }])
    );
    incog(&["ledger", "show", &gdp, "--accountant", "gaussian", "--delta", "1e-6"]).done();
    // The same id stands for the same events, whatever they cost.
    assert!(incog(&spend).done().stderr.contains("was charged before"));
    let twice = [&spend[..6], &["gaussian noise_multiplier=4 count=4"]].concat();
    incog(&twice).fails(3, &["used before with another query"]);
    incog(&["ledger", "spend", &gdp, "--event", "gaussian noise_multiplier=0.5"])
        .fails(3, &["budget exceeded"]);
    incog(&["ledger", "spend", &gdp, "--event", "gaussian noise"])
        .fails(2, &["'gaussian noise' is not of the form"]);
    incog(&["ledger", "spend", &gdp, "--event", noise, "--mu-squared", "0.1"]).exits(2);
    // Rényi divergences of training, which no amount could have stated.
    let rdp = folder.file("r.db");
    let file = folder.write(
        "events.json",
        r#"{"neighbors": "add_or_remove_one", "events": [{"mechanism": "gaussian", "noise_multiplier": 1.0,
            "sampling": {"poisson": 0.01}, "count": 100}]}"#,
    );
    incog(&["ledger", "create", &rdp, "--rdp", "2=1,8=2.5"]).done();
    incog(&["ledger", "spend", &rdp, "--events", &file, "--request", "train"]).done();
    let shown =
        incog(&["ledger", "show", &rdp, "--json", "--accountant", "pld", "--delta", "1e-5"]).done().value();
    assert_eq!(shown["entries"][0]["event"][0]["count"], 100);
    assert!(shown["repriced"]["epsilon"][0]["upper"].as_f64().unwrap() < 1.5);
    // What has no price in the currency of a ledger is refused before anything is charged.
    let pure = folder.file("p.db");
    incog(&["ledger", "create", &pure, "--epsilon", "1"]).done();
    incog(&["ledger", "spend", &pure, "--event", noise]).fails(3, &["has no finite cost in currency pure"]);
    assert!(
        incog(&["ledger", "show", &pure, "--json"]).done().value()["entries"].as_array().unwrap().is_empty()
    );
}

#[test]
fn a_ledger_is_verified_against_its_anchor_and_its_key() {
    let folder = Folder::new();
    let (ledger, key) = (folder.file("a.db"), format!("file:{}", folder.file("incog.key")));
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    incog(&["ledger", "create", &ledger, "--epsilon", "1", "--key", &key]).done();
    incog(&["ledger", "show", &ledger]).fails(2, &["created with a key"]);
    let verified = |anchor: Option<&str>| {
        let mut args = vec!["ledger", "verify", &ledger, "--key", &key, "--json"];
        args.extend(anchor.into_iter().flat_map(|anchor| ["--anchor", anchor]));
        incog(&args)
    };
    let spend = ["ledger", "spend", &ledger, "--epsilon", "0.1", "--key", &key];
    incog(&spend).done();
    let older = fs::read(&ledger).unwrap();
    let mark = fs::read(format!("{ledger}-mark")).unwrap();
    let first = verified(None).done().value();
    assert_eq!((&first["charges"], &first["keyed"]), (&Value::from(1), &Value::from(true)));
    incog(&spend).done();
    let second = verified(first["anchor"].as_str()).done().value();
    assert_eq!(second["spent"]["epsilon"], "0.2");
    fs::write(&ledger, &older).unwrap();
    verified(None).fails(4, &["lost 1 of the records"]);
    fs::write(format!("{ledger}-mark"), &mark).unwrap();
    verified(first["anchor"].as_str()).done();
    verified(second["anchor"].as_str()).fails(1, &["rolled back"]);
    verified(Some("nonsense")).fails(2, &["COUNT:HASH"]);
}

#[test]
fn limits_and_currencies_are_chosen_when_a_ledger_is_made() {
    let folder = Folder::new();
    let ledger = folder.file("z.db");
    let limits =
        ["--limit", "each-analyst/1d:rho=0.2", "--limit", "dataset=claims:rho=0.3", "--unit", "patient"];
    incog(&[&["ledger", "create", &ledger, "--rho", "0.5"], limits.as_slice()].concat()).done();
    let spend = |analyst: &str, dataset: &str, rho: &str| {
        incog(&[
            "ledger",
            "spend",
            &ledger,
            "--rho",
            rho,
            "--analyst",
            analyst,
            "--dataset",
            dataset,
            "--unit",
            "patient",
        ])
    };
    assert!(spend("ann", "claims", "0.125").done().stdout.ends_with(" 0.125\n"));
    spend("ann", "visits", "0.125")
        .fails(3, &["asked ρ = 0.125, left ρ = 0.075", "each analyst, every day", "renews"]);
    spend("bob", "claims", "0.2").fails(3, &["data set 'claims'"]);
    incog(&["ledger", "spend", &ledger, "--rho", "0.1"]).fails(3, &["per 'patient'"]);
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.1", "--unit", "patient"])
        .fails(3, &["cannot be counted in currency zcdp"]);
    let shown = incog(&["ledger", "show", &ledger, "--json"]).done().value();
    assert_eq!((&shown["currency"], &shown["spent"]["rho"]), (&Value::from("zcdp"), &Value::from("0.125")));
    assert_eq!(shown["limits"].as_array().unwrap().len(), 2);
    assert_eq!(shown["entries"][0]["event"][0], serde_json::json!({ "mechanism": "zcdp", "rho": 0.125 }));
    // Without a bound for its lifetime a ledger says so.
    let unbounded = folder.file("u.db");
    let create = [
        "ledger",
        "create",
        &unbounded,
        "--unbounded",
        "--currency",
        "pure",
        "--limit",
        "whole/30d:epsilon=1",
    ];
    assert!(incog(&create).done().stdout.contains("budget     unbounded"));
    incog(&["ledger", "accept-clock", &unbounded]).done();
    for (bad, code) in [
        (vec!["--epsilon", "1", "--currency", "pld"], 2),
        (vec!["--epsilon", "1", "--limit", "nobody:epsilon=1"], 2),
        (vec!["--epsilon", "1", "--limit", "whole/1y:epsilon=1"], 2),
        (vec!["--epsilon", "1", "--limit", "whole:rho=1"], 3),
        (vec!["--unbounded", "--currency", "pure"], 2),
        (vec!["--rdp", "8=1,2=1"], 2),
        (vec![], 2),
    ] {
        let path = folder.file("bad.db");
        incog(&[&["ledger", "create", &path], bad.as_slice()].concat()).exits(code);
        assert!(!folder.has("bad.db") && !folder.has("bad.db-mark"), "{bad:?}");
    }
    incog(&["ledger", "create", &folder.file("r.db"), "--rdp", "2=1,8=2.5"]).done();
    incog(&["ledger", "spend", &folder.file("r.db"), "--rdp", "2=0.5,8=2,16=9"]).done();
    incog(&["ledger", "create", &folder.file("g.db"), "--mu-squared", "1"]).done();
}
