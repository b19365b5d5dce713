//! `incog account` and `incog calibrate`: their contract, and what they refuse.

use serde_json::json;

use crate::support::{Folder, incog, incog_with};

/// The list of DESIGN.md section 7, less what only holds under replace-one.
const EVENTS: &str = r#"{"neighbors": "zero_out",
 "events": [
  {"mechanism": "gaussian", "noise_multiplier": 11.0, "count": 3},
  {"mechanism": "gaussian", "noise_multiplier": 1.1, "sampling": {"poisson": 0.001}, "count": 100},
  {"mechanism": "laplace", "noise_multiplier": 15},
  {"mechanism": "discrete_laplace", "scale": 20.0, "sensitivity": 1},
  {"mechanism": "discrete_gaussian", "sigma": 40.0, "sensitivity": 2},
  {"mechanism": "randomized_response", "p_random": 0.9, "categories": 4},
  {"mechanism": "exponential", "epsilon": 0.2},
  {"mechanism": "pure", "epsilon": 0.1}, {"mechanism": "approximate", "epsilon": 0.1, "delta": 1e-8},
  {"mechanism": "zcdp", "rho": 0.001},
  {"mechanism": "tree", "noise_multiplier": 50.0, "steps": 500}]}"#;

#[test]
fn answers_come_in_the_order_of_the_questions() {
    let folder = Folder::new();
    let events = folder.write("events.json", EVENTS);
    for accountant in ["rdp", "best"] {
        let asked =
            ["--delta", "1e-5", "--delta", "1e-9", "--delta", "1e-3", "--epsilon", "4", "--epsilon", "1"];
        let mut args = vec!["account", events.as_str(), "--json", "--accountant", accountant];
        args.extend(asked);
        let answer = incog(&args).done().value();
        let at = |list: &str, i: usize, field: &str| answer[list][i][field].as_f64();
        assert_eq!(answer["neighbors"], "zero_out");
        assert_eq!(answer["accountant"], accountant);
        let deltas: Vec<_> = (0..3).map(|i| at("epsilon", i, "delta").unwrap()).collect();
        assert_eq!(deltas, [1e-5, 1e-9, 1e-3]);
        assert_eq!(at("delta", 0, "epsilon"), Some(4.0));
        // 1e-9 is less than the δ that one of the events has: no ε is enough, which is null.
        assert_eq!(at("epsilon", 1, "upper"), None, "{accountant}");
        assert!(at("epsilon", 0, "upper") > at("epsilon", 2, "upper"));
        assert!(at("epsilon", 0, "lower") <= at("epsilon", 0, "upper"));
        assert!(at("delta", 0, "upper") < at("delta", 1, "upper"));
        assert_eq!(answer["events"].as_array().unwrap().len(), 11);
        assert!(answer["assumptions"].as_array().unwrap().len() > 4);
    }
}

#[test]
fn the_default_accountant_is_pld_and_names_who_treats_what_it_does_not() {
    let folder = Folder::new();
    let events = folder.write("events.json", EVENTS);
    incog(&["account", &events, "--delta", "1e-5"]).fails(2, &["event 10 (zcdp", "'pld'", "'rdp'"]);
    let without = EVENTS
        .replace(r#"{"mechanism": "zcdp", "rho": 0.001},"#, "")
        .replace(r#"{"mechanism": "randomized_response", "p_random": 0.9, "categories": 4},"#, "");
    let events = folder.write("without.json", without);
    let answer = |accountant: &str| {
        let args = ["account", &events, "--delta", "1e-5", "--json", "--accountant", accountant];
        incog(&args).done().value()["epsilon"][0].clone()
    };
    let (pld, rdp) = (answer("pld"), answer("rdp"));
    assert!(pld["upper"].as_f64() < rdp["upper"].as_f64(), "{pld} {rdp}");
    assert!(0.0 < pld["lower"].as_f64().unwrap() && pld["lower"].as_f64() <= pld["upper"].as_f64(), "{pld}");
    let default = incog(&["account", &events, "--delta", "1e-5", "--json"]).done().value();
    assert_eq!(default["epsilon"][0], pld);
}

#[test]
fn a_statement_is_printed_for_people_and_read_from_stdin() {
    let training = r#"{"events": [{"mechanism": "gaussian", "noise_multiplier": 1.1, "sampling": {"poisson": 0.01}, "count": 1000}]}"#;
    let run =
        incog_with(&["account", "-", "--delta", "1e-5", "--accountant", "rdp"], training.as_bytes()).done();
    for sentence in [
        "Differential privacy of a record; neighbors: one record is added or removed.",
        "δ = 0.00001: ε ≤ 1.7115",
        "by rdp: Rényi divergence of order",
        "on a Poisson sample of rate 0.01, 1000 times",
        "independently of other records and steps",
    ] {
        assert!(run.stdout.contains(sentence), "{sentence} in {}", run.stdout);
    }
    let group = incog_with(
        &["account", "-", "--delta", "1e-5", "--accountant", "rdp", "--group", "3"],
        training.as_bytes(),
    )
    .done();
    assert!(group.stdout.contains("groups of up to 3 records"), "{}", group.stdout);
}

#[test]
fn what_is_no_list_or_has_no_answer_is_refused_in_a_sentence() {
    let event = |event: &str| format!(r#"{{"neighbors": "replace_one", "events": [{event}]}}"#);
    let gaussian = r#"{"mechanism": "gaussian", "noise_multiplier": 1.1"#;
    let cases: Vec<(String, &[&str], i32, &str)> = vec![
        (event(&format!("{gaussian}}}")), &["--delta", "1e-5"], 2, "set unit to 'record_norm' or 'sensitivity'"),
        (event(r#"{"mechanism": "gauss"}"#), &["--delta", "1e-5"], 2, "event 1: mechanism 'gauss' is not known"),
        (event(r#"{"mechanism": "pure", "epsilon": 0.1, "sigma": 1}"#), &["--delta", "1e-5"], 2, "pure has no field 'sigma'"),
        (event(r#"{"mechanism": "pure", "epsilon": 0.1, "noise": 1}"#), &["--delta", "1e-5"], 2, "unknown field `noise`"),
        ("{\"events\": [], \"neighbours\": \"zero_out\"}".to_owned(), &["--delta", "1e-5"], 2, "unknown field `neighbours`"),
        ("{\"events\": [".to_owned(), &["--delta", "1e-5"], 2, "EOF"),
        ("{\"events\": []}".to_owned(), &["--delta", "2"], 2, "delta must be in 0 ≤ δ < 1, got 2"),
        ("{\"events\": []}".to_owned(), &["--epsilon", "0"], 2, "epsilon must be in 0 < ε ≤ 64, got 0"),
        ("{\"events\": []}".to_owned(), &["--delta", "0.1", "--accountant", "moments"], 2, "accountant 'moments' is not known; use 'pld', 'rdp'"),
        ("{\"events\": []}".to_owned(), &["--delta", "0.1", "--group", "0"], 2, "the size of a group must be in 1..=1000000, got 0"),
        (
            r#"{"events": [{"mechanism": "gaussian", "noise_multiplier": 1, "sampling": {"fixed_size": {"population": 10, "batch": 2}}}]}"#.to_owned(),
            &["--delta", "1e-5"],
            2,
            "use 'replace_one'",
        ),
        (
            r#"{"events": [{"mechanism": "pure", "epsilon": 1}, {"mechanism": "gaussian", "noise_multiplier": 1, "sampling": {"poisson": 0.1}}]}"#.to_owned(),
            &["--delta", "1e-5", "--accountant", "zcdp"],
            2,
            "event 2 (gaussian, poisson sampling): the accountant 'zcdp' treats mechanisms with a ρ of their own only; use 'pld' or 'rdp'",
        ),
    ];
    for (list, args, code, sentence) in cases {
        let mut all = vec!["account", "-"];
        all.extend(args);
        incog_with(&all, list.as_bytes()).fails(code, &[sentence]);
    }
    assert!(incog(&["account", "/nowhere/events.json"]).exits(2).stderr.contains("--delta"));
    incog(&["account", "/nowhere/events.json", "--delta", "0.1"])
        .fails(4, &["reading '/nowhere/events.json'"]);
}

#[test]
fn calibration_meets_its_target_and_a_little_less_noise_does_not() {
    let spec = r#"{"target":{"epsilon":3.0,"delta":1e-5},"mechanism":"gaussian","sampling":{"poisson":0.01},"count":500,"accountant":"pld"}"#;
    let found = incog_with(&["calibrate", "-", "--json"], spec.as_bytes()).done().value();
    let noise = found["noise_multiplier"].as_f64().unwrap();
    assert!(found["epsilon_upper"].as_f64().unwrap() <= 3.0);
    let upper = |noise: f64| {
        let step = json!({"mechanism": "gaussian", "noise_multiplier": noise, "sampling": {"poisson": 0.01}, "count": 500});
        let list = json!({"events": [step]}).to_string();
        let answer =
            incog_with(&["account", "-", "--json", "--delta", "1e-5"], list.as_bytes()).done().value();
        answer["epsilon"][0]["upper"].as_f64().unwrap()
    };
    assert!(upper(noise) <= 3.0 && upper(noise * (1.0 - 1e-4)) > 3.0, "{noise}");
    let count = r#"{"target":{"epsilon":3.0,"delta":1e-5},"mechanism":"gaussian","find":"count","noise_multiplier":2,"accountant":"gaussian"}"#;
    assert_eq!(incog_with(&["calibrate", "-", "--json"], count.as_bytes()).done().value()["count"], 2);
    let text = incog_with(&["calibrate", "-"], count.as_bytes()).done().stdout;
    assert!(text.starts_with("count = 2\nDifferential privacy of a record"), "{text}");
}

#[test]
fn targets_out_of_reach_are_refused_and_bad_specs_are_configuration() {
    let gaussian = r#""mechanism":"gaussian""#;
    for (spec, code, sentence) in [
        (
            format!(r#"{{"target":{{"epsilon":3.0}},{gaussian},"accountant":"gaussian"}}"#),
            3,
            "meets ε = 3 at δ = 0",
        ),
        (format!(r#"{{"target":{{"epsilon":3.0,"sigma":1}},{gaussian}}}"#), 2, "unknown field `sigma`"),
        (
            format!(r#"{{"target":{{"epsilon":3.0,"delta":1e-5}},{gaussian},"accountant":"moments"}}"#),
            2,
            "'moments' is not known",
        ),
        (
            format!(r#"{{"target":{{"epsilon":3.0,"delta":1e-5}},{gaussian},"neighbors":"replace_one"}}"#),
            3,
            "set unit to",
        ),
    ] {
        incog_with(&["calibrate", "-"], spec.as_bytes()).fails(code, &[sentence]);
    }
}
