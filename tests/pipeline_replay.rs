//! Tests of claims that count persons, held against the raw data by those who have it and the keys.

use std::{fs, sync::Arc};

use incog::{
    evidence::{Checked, Outcome, Verifier},
    pipeline::{Policy, Replace, Replay, SILENT},
    pseudonym::{Key, KeySource, SuppliedKeys},
};

use crate::temporary::Temporary;

/// A folder of its own for each test, removed afterwards.
struct Folder(Temporary);

impl Folder {
    /// 400 visits of 100 persons. The persons of ward B have two visits each with one illness, so that its classes have half as
    /// many persons as rows.
    fn new() -> Self {
        let path = Temporary::new();
        let mut text = String::from("id,age,ward,ill,seen\n");
        for visit in 0..400u32 {
            let person = if visit < 300 { visit % 60 } else { 60 + (visit - 300) / 2 % 40 };
            let ward = if visit < 300 { "A" } else { "B" };
            let ill = ["flu", "cough", "=ache", ""][usize::try_from(person * 7 / 3 % 4).unwrap()];
            text.push_str(&format!(
                "p{person},{},{ward},{ill},2026-01-{:02}\n",
                20 + person % 40,
                1 + visit % 28
            ));
        }
        fs::write(path.join("t.csv"), text).unwrap();
        Folder(path)
    }

    fn apply(&self, policy: &str) {
        let plan = Policy::parse(policy, &self.0).unwrap().keys(keys()).plan(SILENT).unwrap();
        plan.apply(&self.0.join("out"), Replace::Yes, SILENT).unwrap();
    }

    /// The checks that need the raw data and the keys, and whether all of the release verifies.
    fn replay(&self, keys: Arc<SuppliedKeys>) -> (bool, Vec<Checked>) {
        let internal = self.0.join("out.internal");
        let remake = |release: &str| Replay::open(&internal)?.keys(keys.clone()).table(release, SILENT);
        let no_text = |_: &[String], _: u16, _: &str, _: &str| Ok(0);
        let found = Verifier::new(&no_text).replay(&remake).verify(&self.0.join("out")).unwrap();
        let of_replay = found.checks.into_iter().filter(|c| c.subject.starts_with("internal/")).collect();
        (found.verified, of_replay)
    }

    fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{old}");
        fs::write(path, text.replacen(old, new, 1)).unwrap();
    }
}

fn keys() -> Arc<SuppliedKeys> {
    Arc::new(
        SuppliedKeys::default().supply(KeySource::parse("env:TEST_KEY").unwrap(), Key::from_bytes([7; 32])),
    )
}

const POLICY: &str = r#"version = 1
purpose = "test"
person = "id"
[input]
path = "t.csv"
[columns]
id   = { role = "identifying", action = "token", key = "env:TEST_KEY" }
age  = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20, 40] } }
ward = { role = "quasi" }
ill  = { role = "sensitive" }
seen = { role = "insensitive" , action = "date_shift", per = "id", days = 9, key = "env:TEST_KEY" }
[release.table]
columns = ["age", "ward", "ill"]
models = [MODELS]
max_suppressed = 0.2
search = "optimal"
[release.visits]
columns = ["id", "seen"]
"#;

fn policy(models: &str) -> String {
    POLICY.replace("MODELS", models)
}

#[test]
fn claims_that_count_persons_hold_for_whoever_has_the_raw_data_and_the_keys() {
    let folder = Folder::new();
    let of_values = [
        "{ l_diversity = 1.5, variant = \"entropy\", column = \"ill\" }",
        "{ l_diversity = 2, variant = \"recursive\", c = 4, column = \"ill\" }",
        "{ alpha_k = [0.9, 4], column = \"ill\" }",
        "{ t_closeness = 0.6, column = \"ill\", ground = \"equal\" }",
        "{ t_closeness = 0.6, column = \"ill\", ground = \"equal\", reference = \"released\" }",
        "{ beta_likeness = 3, variant = \"basic\", column = \"ill\" }",
        "{ beta_likeness = 3, variant = \"enhanced\", column = \"ill\", reference = \"released\" }",
        "{ delta_disclosure = 3, column = \"ill\" }",
    ];
    for model in of_values {
        folder.apply(&policy(&format!("{{ k_anonymity = 4 }}, {model}")));
        let (verified, checks) = folder.replay(keys());
        assert!(verified, "{model}: {checks:?}");
        assert!(checks.len() >= 3, "the table, k and the other: {checks:?}");
        for check in &checks {
            assert_eq!(check.outcome, Outcome::Holds, "{model}: {check:?}");
        }
        assert_eq!(checks[0].subject, "internal/replay#table");
        assert!(checks[1].detail.starts_with("counted in persons: k = "), "{checks:?}");
    }
    // Each row its own person, and persons held back by a gate.
    let gate = "[gate]\nattacks = [\"singling_out\"]\ncontrol = 0.2\nmax_excess_risk = 1\n";
    folder.apply(&(policy("{ k_anonymity = 4 }") + gate));
    let (verified, checks) = folder.replay(keys());
    assert!(
        verified && checks.iter().all(|c| c.outcome == Outcome::Holds) && checks.len() == 2,
        "{checks:?}"
    );
}

#[test]
fn what_is_not_as_claimed_of_persons_differs_and_what_is_missing_is_said() {
    let folder = Folder::new();
    folder.apply(&policy(
        "{ k_anonymity = 4 }, { l_diversity = 1.5, variant = \"entropy\", column = \"ill\" }",
    ));
    let k: u64 = {
        let (_, checks) = folder.replay(keys());
        let words: Vec<&str> = checks[1].detail.split(' ').collect();
        words[words.len() - 2].parse().unwrap()
    };
    // The rows alone do not contradict one person more: only whose they are does.
    let card = fs::read_to_string(folder.0.join("out/card.json")).unwrap();
    let claim = card.find("\"person_k_anonymity\"").unwrap();
    let forged =
        format!("{}{}", &card[..claim], card[claim..].replacen("\"k\": 4", &format!("\"k\": {}", k + 1), 1));
    fs::write(folder.0.join("out/card.json"), &forged).unwrap();
    let (verified, checks) = folder.replay(keys());
    assert!(!verified);
    assert_eq!((checks[0].outcome, checks[1].outcome), (Outcome::Holds, Outcome::Differs), "{checks:?}");
    assert!(checks[1].detail.contains(&format!("has {k} persons, the claim is {}", k + 1)), "{checks:?}");
    let forged = card.replacen("\"l\": 1.5", "\"l\": 4.0", 1);
    assert_ne!(forged, card);
    fs::write(folder.0.join("out/card.json"), &forged).unwrap();
    let (verified, checks) = folder.replay(keys());
    assert!(!verified && checks[2].outcome == Outcome::Differs, "{checks:?}");
    fs::write(folder.0.join("out/card.json"), &card).unwrap();

    // Without a key nothing is made again, and nothing that can be checked otherwise fails.
    let (verified, checks) = folder.replay(Arc::default());
    assert!(verified && checks.iter().all(|c| c.outcome == Outcome::NotChecked), "{checks:?}");
    assert!(checks[0].detail.contains("env:TEST_KEY"), "{checks:?}");
    // Other rows make another table. They are not those of the release, so none is counted.
    folder.edit("t.csv", "p7,27,A", "p8,67,A");
    let (verified, checks) = folder.replay(keys());
    assert!(!verified && checks[0].outcome == Outcome::Differs, "{checks:?}");
    assert!(checks[0].detail.ends_with("it is another table"), "{checks:?}");
    assert!(checks[1..].iter().all(|c| c.outcome == Outcome::NotChecked), "{checks:?}");
    fs::remove_file(folder.0.join("t.csv")).unwrap();
    let (verified, checks) = folder.replay(keys());
    assert!(verified && checks[0].detail.contains("t.csv"), "{checks:?}");
}

#[test]
fn no_persons_are_counted_but_those_of_the_policy_in_the_raw_data_of_the_card() {
    let folder = Folder::new();
    let card = || fs::read_to_string(folder.0.join("out/card.json")).unwrap();
    // Persons of another column.
    folder.apply(&policy("{ k_anonymity = 4 }"));
    let internal = folder.0.join("out.internal");
    let remade = Replay::open(&internal).unwrap().keys(keys()).table("table", SILENT).unwrap();
    let shown = format!("{remade:?}");
    assert!(shown.contains(&remade.sha256) && !shown.contains("flu"), "{shown}");
    folder.edit("out/card.json", "\"person\": \"id\"", "\"person\": \"seen\"");
    let (verified, checks) = folder.replay(keys());
    assert!(!verified && checks[0].outcome == Outcome::Holds, "{checks:?}");
    assert_eq!(checks[1].detail, "the policy counts other persons, or none", "{checks:?}");
    // Raw data that makes the same table, and is other data.
    folder.apply(&policy("{ k_anonymity = 4 }"));
    folder.edit("t.csv", "2026-01-01", "2026-01-02");
    let (verified, checks) = folder.replay(keys());
    assert!(!verified && checks[0].detail.ends_with("is not that of the card"), "{checks:?}");
    assert_eq!(checks[1].outcome, Outcome::NotChecked, "{checks:?}");
    // A distribution of the input that somebody invented.
    folder.apply(&policy("{ delta_disclosure = 3, column = \"ill\" }"));
    let (verified, honest) = folder.replay(keys());
    let last = honest.last().unwrap();
    assert!(verified && last.detail.starts_with("counted in persons: delta = "), "{honest:?}");
    let invented = "{\"input\": {\"values\": {\"flu\": 90000, \"cough\": 900, \"'=ache\": 900, \"\": 900}, \"others\": 0}}";
    folder.edit("out/card.json", "\"withheld\"", invented);
    assert_eq!(&folder.replay(keys()).1.last().unwrap().detail, &last.detail);
    // Persons where the policy knows none.
    let models = policy("{ k_anonymity = 4 }");
    let (head, tables) = models.split_once("person = \"id\"\n").unwrap();
    folder.apply(&format!("{head}{tables}"));
    let mut forged: serde_json::Value = serde_json::from_str(&card()).unwrap();
    for claim in forged["claims"].as_array_mut().unwrap() {
        let Some(body) = claim["statement"].get("k_anonymity").cloned() else { continue };
        let body = serde_json::json!({"k": body["k"], "columns": body["columns"], "person": "id"});
        claim["statement"] = serde_json::json!({ "person_k_anonymity": body });
        claim["check"] = "replayable".into();
    }
    fs::write(folder.0.join("out/card.json"), forged.to_string()).unwrap();
    let (verified, checks) = folder.replay(keys());
    assert!(!verified && checks[0].outcome == Outcome::Holds, "{checks:?}");
    assert_eq!(checks[1].detail, "the policy counts other persons, or none", "{checks:?}");
}

#[test]
fn raw_data_that_cannot_meet_the_policy_differs_and_a_search_by_the_clock_is_not_checked() {
    let folder = Folder::new();
    let by_clock = policy("{ k_anonymity = 4 }").replace("\"optimal\"", "\"best_effort\"\nmax_seconds = 600");
    let raw = fs::read_to_string(folder.0.join("t.csv")).unwrap();
    let few: String = raw.lines().take(4).map(|line| format!("{line}\n")).collect();
    for (policy, outcome) in
        [(policy("{ k_anonymity = 4 }"), Outcome::Differs), (by_clock, Outcome::NotChecked)]
    {
        fs::write(folder.0.join("t.csv"), &raw).unwrap();
        folder.apply(&policy);
        let (_, checks) = folder.replay(keys());
        assert!(checks.iter().all(|c| c.outcome == Outcome::Holds), "{checks:?}");
        for (text, said) in [(&few, "refused: "), (&raw.replace(",27,A", ",67,A"), "it is another table")] {
            fs::write(folder.0.join("t.csv"), text).unwrap();
            let (verified, checks) = folder.replay(keys());
            assert_eq!((verified, checks[0].outcome), (outcome != Outcome::Differs, outcome), "{checks:?}");
            let said = if outcome == Outcome::Differs { said } else { "by the clock" };
            assert!(checks[0].detail.contains(said), "{checks:?}");
        }
    }
}

#[test]
fn what_is_too_old_is_that_of_the_day_of_the_release() {
    let folder = Folder::new();
    let retained = policy("{ k_anonymity = 2 }").replace(
        "path = \"t.csv\"",
        "path = \"t.csv\"\nretention = { column = \"seen\", days = 9, as_of = \"2026-01-20\" }",
    );
    folder.apply(&retained);
    // As if the policy had named no day, and the release were of the day that the internal folder says.
    folder.edit("out.internal/policy.toml", ", as_of = \"2026-01-20\"", "");
    let (_, checks) = folder.replay(keys());
    assert_eq!(checks[1].outcome, Outcome::Holds, "{checks:?}");
}
