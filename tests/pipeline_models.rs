//! Every privacy model through a policy: what is released verifies, and a release that breaks the claim does not.

use std::{fs, path::Path};

use incog::{
    ErrorKind,
    claim::Check,
    evidence::{self, Card, Outcome, Verification},
    pipeline::{Policy, Replace, SILENT},
};

use crate::temporary::Temporary;

/// Numbers that look drawn and are the same in every run.
fn drawn(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

/// 400 rows: an age, a postal code, a stage from 1 to 4 or missing, a person.
fn people() -> String {
    let mut drawn = drawn(3);
    let mut text = "age,zip,stage,person\n".to_owned();
    for i in 0..400 {
        let stage = ["1", "1", "2", "2", "3", "4", "", "=1"][drawn(8) as usize];
        text += &format!("{},{:04},{stage},p{i}\n", 20 + drawn(40), 1000 + 7 * drawn(60));
    }
    text
}

fn policy(models: &str, release: &str, columns: &str) -> String {
    format!(
        r#"
version = 1
purpose = "test"
undeclared = "drop"
[input]
path = "t.csv"
[columns]
age = {{ role = "quasi", hierarchy = {{ kind = "interval", widths = [5, 10, 20] }} }}
zip = {{ role = "quasi", hierarchy = {{ kind = "prefix", keep = [4, 3, 2, 1, 0] }} }}
{columns}
[release.table]
columns = ["age", "zip", "stage"]
models = [{models}]
{release}
"#
    )
}

const STAGE: &str = r#"stage = { role = "sensitive", missing = ["=1"], hierarchy = { kind = "tree", tree = { early = ["1", "2"], late = ["3", "4"], none = [""] } } }"#;

fn verified(folder: &Path) -> Verification {
    evidence::Verifier::new(&|_, _, _, _| Ok(0)).verify(folder).unwrap()
}

/// The exit code of the other verifier, which shares no line with this one; none without Python.
fn second_opinion(folder: &Path) -> Option<i32> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/verify/verify.py");
    let python = std::process::Command::new("python3")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .arg(folder)
        .output();
    python.ok()?.status.code()
}

/// The table, and a population of three times its rows.
fn write_tables(folder: &Temporary) {
    fs::write(folder.join("t.csv"), people()).unwrap();
    let twice = people() + &people().split_once('\n').unwrap().1.repeat(2);
    fs::write(folder.join("population.csv"), twice).unwrap();
}

fn apply(folder: &Temporary, policy: &str) -> incog::Result<Card> {
    write_tables(folder);
    let plan = Policy::parse(policy, folder)?.plan(SILENT)?;
    Ok(plan.apply(&folder.join("out"), Replace::No, SILENT)?.card().clone())
}

/// (model, claims, whether all of them can be recomputed)
const MODELS: &[(&str, usize, bool)] = &[
    ("{ k_anonymity = 5 }", 1, true),
    ("{ k_map = 12, population = \"population.csv\" }", 1, false),
    ("{ l_diversity = 3, variant = \"distinct\", column = \"stage\" }", 1, true),
    ("{ l_diversity = 2.5, variant = \"entropy\", column = \"stage\" }", 1, true),
    ("{ l_diversity = 2, variant = \"recursive\", c = 2, column = \"stage\" }", 1, true),
    ("{ t_closeness = 0.3, ground = \"equal\", column = \"stage\" }", 1, true),
    ("{ t_closeness = 0.15, ground = \"ordered\", column = \"stage\" }", 1, true),
    ("{ t_closeness = 0.3, ground = \"hierarchical\", column = \"stage\" }", 1, true),
    ("{ t_closeness = 0.3, ground = \"equal\", column = \"stage\", reference = \"released\" }", 1, true),
    ("{ t_closeness = 0.2, ground = \"ordered\", column = \"stage\", reference = \"released\" }", 1, true),
    (
        "{ t_closeness = 0.3, ground = \"hierarchical\", column = \"stage\", reference = \"released\" }",
        1,
        true,
    ),
    ("{ n_t_closeness = [50, 0.3], column = \"stage\" }", 1, true),
    ("{ beta_likeness = 1, variant = \"basic\", column = \"stage\" }", 1, true),
    ("{ beta_likeness = 2.0, variant = \"enhanced\", column = \"stage\" }", 1, true),
    ("{ beta_likeness = 1.0, variant = \"basic\", column = \"stage\", reference = \"released\" }", 1, true),
    ("{ delta_disclosure = 1.5, column = \"stage\" }", 1, true),
    ("{ delta_disclosure = 1.5, column = \"stage\", reference = \"released\" }", 1, true),
    ("{ alpha_k = [0.6, 4], column = \"stage\" }", 2, true),
    ("{ delta_presence = [0.0, 0.34], population = \"population.csv\" }", 1, false),
    ("{ average_risk = 0.1 }", 1, true),
    ("{ sample_uniques = 0.05 }", 1, true),
    ("{ population_uniques = 0.01, model = \"zayatz\", population_size = 4000 }", 1, false),
    ("{ population_uniques = 0.01, model = \"pitman\", population_size = 4000 }", 1, false),
    ("{ population_uniques = 0.01, model = \"snb\", population_size = 4000 }", 1, false),
    ("{ population_uniques = 0.01, model = \"dankar\", population_size = 4000 }", 1, false),
];

#[test]
fn every_model_of_a_policy_is_claimed_and_recounted() {
    for search in ["search = \"optimal\"", "search = \"best_effort\"\nmax_steps = 200", "search = \"local\""]
    {
        for &(model, claims, recomputed) in MODELS {
            let of_rows_beyond =
                ["k_map", "delta_presence", "n_t_closeness"].iter().any(|m| model.contains(m));
            // With an ordered distance, all known values must be numbers.
            let stage = STAGE;
            let what = format!("{model} {search}");
            let folder = Temporary::new();
            let text = policy(model, &format!("{search}\nmax_suppressed = 0.3"), stage);
            let card = match apply(&folder, &text) {
                Ok(card) => card,
                Err(e) if search.contains("local") && of_rows_beyond => {
                    assert_eq!(e.kind(), ErrorKind::Unsupported, "{what}: {e}");
                    continue;
                }
                Err(e) => panic!("{what}: {e}"),
            };
            assert_eq!(card.claims.len(), claims, "{what}");
            let all = card.claims.iter().all(|c| c.check == Check::Recomputed);
            assert_eq!(all, recomputed, "{what}: {:?}", card.claims);
            let verification = verified(&folder.join("out"));
            assert!(verification.verified, "{what}: {:?}", verification.checks);
            assert!(matches!(second_opinion(&folder.join("out")), None | Some(0)), "{what}");
            let checked = verification.checks.iter().filter(|c| c.what.contains("'table'"));
            let expected = if recomputed { Outcome::Holds } else { Outcome::NotChecked };
            assert!(
                checked.clone().count() >= claims && checked.clone().all(|c| c.outcome == expected),
                "{what}"
            );
        }
    }
}

#[test]
fn a_release_without_rows_verifies_whatever_its_models() {
    let mut empty = 0;
    for &(model, ..) in MODELS {
        let folder = Temporary::new();
        // Every row has a postal code of its own, and none may become coarser.
        let rows = (0..400u32).map(|i| format!("{},{},{},p{i}\n", 20 + i % 40, 1000 + i, i * i % 11 % 4 + 1));
        let rows = "age,zip,stage,person\n".to_owned() + &rows.collect::<String>();
        for file in ["t.csv", "population.csv"] {
            fs::write(folder.join(file), &rows).unwrap();
        }
        let text = policy(model, "search = \"optimal\"\nmax_suppressed = 1.0", STAGE)
            .replace("keep = [4, 3, 2, 1, 0] }", "keep = [4, 3, 2, 1, 0] }, coarsest = 0");
        let plan = Policy::parse(&text, &folder).unwrap().plan(SILENT).unwrap();
        let out = folder.join("out");
        let applied = plan.apply(&out, Replace::No, SILENT).unwrap_or_else(|e| panic!("{model}: {e}"));
        // Some models let single rows be.
        empty += u32::from(applied.card().outputs[0].rows == Some(0));
        let verification = verified(&out);
        assert!(verification.verified, "{model}: {:?}", verification.checks);
        assert!(matches!(second_opinion(&out), None | Some(0)), "{model}");
    }
    assert!(empty > 10, "{empty} of {} releases have no rows", MODELS.len());
}

/// The released table with each row alone in its class: what the card says of classes is then false.
#[test]
fn no_claim_survives_a_table_that_breaks_it() {
    for &(model, _, recomputed) in MODELS.iter().filter(|m| m.2) {
        assert!(recomputed);
        let folder = Temporary::new();
        let text = policy(model, "search = \"optimal\"\nmax_suppressed = 0.3", STAGE);
        apply(&folder, &text).unwrap_or_else(|e| panic!("{model}: {e}"));
        let out = folder.join("out");
        let released = fs::read_to_string(out.join("table.csv")).unwrap();
        let stages = released.lines().skip(1).map(|line| line.rsplit(',').next().unwrap());
        let rows: Vec<String> = stages.enumerate().map(|(i, stage)| format!("{i},x,{stage}\n")).collect();
        fs::write(out.join("table.csv"), "age,zip,stage\n".to_owned() + &rows.concat()).unwrap();
        let verification = verified(&out);
        let failed = |c: &&evidence::Checked| c.outcome == Outcome::Differs && c.what.contains("'table'");
        assert!(verification.checks.iter().any(|c| failed(&c)), "{model}: {:?}", verification.checks);
        assert!(matches!(second_opinion(&out), None | Some(1)), "{model}");
    }
}

#[test]
fn classes_compared_with_the_input_have_its_distribution_on_the_card_and_a_warning() {
    let folder = Temporary::new();
    fs::write(folder.join("t.csv"), people()).unwrap();
    let model = "{ t_closeness = 0.3, ground = \"equal\", column = \"stage\" }";
    let plan =
        Policy::parse(&policy(model, "search = \"local\"", STAGE), &folder).unwrap().plan(SILENT).unwrap();
    assert!(plan.warnings().iter().any(|w| w.contains("distribution of 'stage'")), "{:?}", plan.warnings());
    let applied = plan.apply(&folder.join("out"), Replace::No, SILENT).unwrap();
    let claim = serde_json::to_value(&applied.card().claims[0]).unwrap();
    let input = &claim["statement"]["t_closeness"]["reference"]["input"];
    let rows: u64 = input["values"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(rows + input["others"].as_u64().unwrap(), 400, "{claim}");
    assert!(input["values"].get("'=1").is_some(), "as it is in the file: {claim}");
}

#[test]
fn persons_with_several_rows_make_counts_of_values_replayable() {
    let folder = Temporary::new();
    let text = policy(
        "{ person_k = 3 }, { l_diversity = 1.5, variant = \"entropy\", column = \"stage\" }",
        "search = \"optimal\"\nmax_suppressed = 0.3",
        STAGE,
    );
    let text = text
        .replace("purpose", "person = \"person\"\npurpose")
        .replace("[columns]", "[columns]\nperson = { role = \"identifying\", action = \"drop\" }");
    fs::write(folder.join("t.csv"), people().replace(",p1\n", ",p0\n")).unwrap();
    let plan = Policy::parse(&text, &folder).unwrap().plan(SILENT).unwrap();
    let applied = plan.apply(&folder.join("out"), Replace::No, SILENT).unwrap();
    let checks: Vec<Check> = applied.card().claims.iter().map(|c| c.check).collect();
    assert_eq!(checks, [Check::Recomputed, Check::Replayable, Check::Replayable]);
    assert!(verified(&folder.join("out")).verified);
}

#[test]
fn weights_levels_missing_marks_and_values_outside_are_followed() {
    let folder = Temporary::new();
    let text = policy("{ k_anonymity = 2 }", "search = \"optimal\"\nmax_suppressed = 0.2\ncompare = [\"stage\"]", STAGE)
        .replace("widths = [5, 10, 20] }", "widths = [5, 10, 20] }, finest = 1, coarsest = 2, weight = 3.0, missing = [\"?\"], outside = \"suppress\"");
    let mut rows = people();
    rows += "?,1000,1,a\n?,1000,2,b\nold,1000,1,c\n";
    fs::write(folder.join("t.csv"), rows).unwrap();
    let plan = Policy::parse(&text, &folder).unwrap().plan(SILENT).unwrap();
    let json = serde_json::to_value(plan.summary()).unwrap();
    let table = &json["releases"]["table"];
    let level = table["levels"]["age"].as_u64().unwrap();
    assert!((1..=2).contains(&level), "{table}");
    assert!(table["suppressed_rows"].as_u64().unwrap() >= 1, "the row with 'old'");
    assert!(table["groups"]["stage"].as_array().is_some_and(|g| !g.is_empty()), "{table}");
}

#[test]
fn what_a_model_lacks_is_said() {
    for (model, part) in [
        ("{ k_map = 5 }", "k_map needs a population"),
        ("{ l_diversity = 3, column = \"stage\" }", "l_diversity needs a variant"),
        ("{ l_diversity = 2, variant = \"recursive\", column = \"stage\" }", "needs a c, as in c = 2.0"),
        ("{ t_closeness = 0.3, column = \"stage\" }", "needs a ground"),
        ("{ t_closeness = 1.3, ground = \"equal\", column = \"stage\" }", "t must be in 0 <= t <= 1"),
        ("{ t_closeness = 0.3, ground = \"far\", column = \"stage\" }", "known are 'equal', 'ordered'"),
        ("{ alpha_k = 0.5, column = \"stage\" }", "alpha_k takes two numbers, as in { alpha_k = [0.5, 10] }"),
        ("{ beta_likeness = 1.0, variant = \"basic\", column = \"age\" }", "must have role sensitive"),
        (
            "{ average_risk = 0.1, column = \"stage\" }",
            "setting column has no effect with model average_risk",
        ),
        ("{ population_uniques = 0.1, model = \"zayatz\" }", "needs a population_size"),
        (
            "{ k_map = 5, population = \"a.csv\" }, { delta_presence = [0, 1], population = \"b.csv\" }",
            "count one population",
        ),
    ] {
        let error = Policy::parse(&policy(model, "search = \"optimal\"", STAGE), Path::new("/nonexistent"))
            .unwrap_err();
        assert!(error.to_string().contains(part), "{model}: {error}");
    }
}
