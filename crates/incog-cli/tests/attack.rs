//! `attack`: of tables as they are, of releases made from other rows, of release folders.

use std::fmt::Write as _;

use crate::support::{Folder, incog};

/// Rows from `from` to `to` of people: everybody's age and place are a pair of their own.
fn people(from: usize, to: usize) -> String {
    let mut text = String::from("id,age,place,ill\n");
    for i in from..to {
        let ill = ["flu", "gout", "cough"][i * i % 7 % 3];
        let _ = writeln!(text, "p{i},{},{:03},{ill}", 20 + i % 60, i / 60);
    }
    text
}

#[test]
fn a_table_as_it_is_gives_everything_away() {
    let folder = Folder::new();
    let table = folder.write("t.csv", people(0, 4000));
    let args = ["attack", &table, "--sensitive", "ill", "--person", "id", "--control", "0.3", "--json"];
    let run = incog(&args).done();
    let json = run.value();
    let report = &json["releases"]["t"];
    assert_eq!(report["known"], serde_json::json!(["age", "place"]));
    let (members, control) = (report["members"].as_u64().unwrap(), report["control"].as_u64().unwrap());
    assert!(members + control == 4000 && control.abs_diff(1200) < 180, "{run}");
    assert_eq!(report["rows"], report["members"]);
    let of = |name: &str| {
        report["attacks"].as_array().unwrap().iter().find(|a| a["name"] == name).unwrap().clone()
    };
    // Every age is in every place, so halves of a row cannot be put together.
    for name in ["singling_out", "inference"] {
        let attack = of(name);
        assert!(attack["attack"]["hits"] == attack["attack"]["trials"], "{attack}");
        assert!(attack["excess"]["lower"].as_f64().unwrap() > 0.3, "{attack}");
    }
    assert_eq!(json["max_excess_risk"], serde_json::Value::Null);
    // The same seed, the same people; and a limit that it does not keep.
    assert_eq!(incog(&args).done().stdout, run.stdout);
    let run =
        incog(&["attack", &table, "--quasi", "age,place", "--sensitive", "ill", "--max-excess-risk", "0.2"]);
    let run = run.exits(3);
    assert!(run.stdout.contains("gate FAIL: above 20.0 %") && run.stdout.contains("singling out"), "{run}");
}

#[test]
fn a_release_is_attacked_against_people_who_are_not_in_it() {
    let folder = Folder::new();
    let (raw, others) =
        (folder.write("raw.csv", people(0, 3000)), folder.write("others.csv", people(3000, 4000)));
    // Ages in groups with names of their own, and no place.
    let mut released = String::from("age,place,ill\n");
    for line in people(0, 3000).lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let group = if cells[1] < "50" { "younger" } else { "older" };
        let _ = writeln!(released, "{group},*,{}", cells[3]);
    }
    let table = folder.write("release.csv", released);
    let groups: String =
        (20..80).map(|age| format!("{age},{}\n", if age < 50 { "younger" } else { "older" })).collect();
    let groups = format!("age={}", folder.write("groups.csv", groups));
    let register = folder.write("register.csv", people(0, 500));
    let args = ["attack", &table, "--original", &raw, "--control", &others, "--sensitive", "ill"];
    let more = ["--auxiliary", &register, "--max-excess-risk", "0.06"];
    let run = incog(&[&args[..], &more[..], &["--hierarchy", &groups]].concat()).done();
    for words in [
        "release: 3000 rows, of 3000 persons; the control has 1000 who are not in it",
        "linked to one row or two before 100.0 %, after 0.0 %; people who are not in it 0.0 %",
        "gate PASS: no excess is above 6.0 %",
    ] {
        assert!(run.stdout.contains(words), "{words}\n{run}");
    }
    assert!(!run.stdout.contains("nobody explained"), "{run}");
    let run = incog(&args).done();
    assert!(run.stdout.contains("3000 cells of age are names that nobody explained"), "{run}");
}

const POLICY: &str = r#"version = 1
purpose = "test"
person = "id"
[input]
path = "t.csv"
[columns]
id    = { role = "identifying", action = "token", key = "file:incog.key" }
age   = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 30] } }
place = { role = "quasi", hierarchy = { kind = "prefix", keep = [3, 2, 1, 0] } }
ill   = { role = "sensitive" }
[release.table]
columns = ["age", "place", "ill"]
models = [{ k_anonymity = 20 }]
search = "local"
[release.ids]
columns = ["id"]
[gate]
attacks = ["singling_out", "linkability", "inference"]
auxiliary = "register.csv"
max_excess_risk = 0.5
"#;

#[test]
fn a_folder_is_attacked_as_its_gate_says() {
    let folder = Folder::new();
    folder.write("t.csv", people(0, 4000));
    folder.write("register.csv", people(0, 1000));
    let policy = folder.write("policy.toml", POLICY);
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    let out = folder.file("release");
    let applied = incog(&["apply", &policy, "-o", &out, "--json"]).done().value();
    let run = incog(&["attack", &out, "--json"]).done();
    let json = run.value();
    assert_eq!((json["passed"].as_bool(), json["max_excess_risk"].as_f64()), (Some(true), Some(0.5)));
    let report = &json["releases"]["table"];
    assert_eq!(report["control"], applied["attacks"]["table"]["control"]);
    assert_eq!(report["register"]["before"], applied["attacks"]["table"]["register"]["before"]);
    assert_eq!(report["attacks"].as_array().unwrap().len(), 5);
    assert!(json["releases"].as_object().unwrap().len() == 1, "{run}");
    let run = incog(&["attack", &format!("{out}/"), "--samples", "50"]).done();
    assert!(run.stdout.contains("at most 50 attempts") && run.stdout.contains("gate PASS"), "{run}");
    incog(&["attack", &out, "--max-excess-risk", "0.000001"]).exits(3);

    // The same limit in the policy refuses, and nothing is written.
    folder.edit("policy.toml", "max_excess_risk = 0.5", "max_excess_risk = 0.000001");
    let before = folder.listing();
    for args in [vec!["check", &policy], vec!["plan", &policy]] {
        let run = incog(&args).exits(3);
        assert!(run.stdout.contains("the gate lets at most 0.000001 pass"), "{run}");
    }
    let again = folder.file("again");
    incog(&["apply", &policy, "-o", &again])
        .fails(3, &["release 'table'", "control", "the gate lets at most 0.000001 pass"]);
    assert!(folder.listing() == before, "something is left behind");

    // Without the internal folder only a table is left.
    std::fs::remove_dir_all(folder.path().join("release.internal")).unwrap();
    incog(&["attack", &out]).fails(4, &["release.internal", "--policy"]);
    folder.edit("policy.toml", "0.000001", "1");
    incog(&["attack", &out, "--policy", &policy]).done();
}

/// A retention without a day of its own counts from the day of the release, whenever it is attacked.
#[test]
fn a_folder_is_attacked_with_the_rows_of_its_day() {
    let folder = Folder::new();
    let rows: String = people(0, 4000)
        .lines()
        .enumerate()
        .map(|(i, line)| match i {
            0 => format!("{line},seen\n"),
            _ => format!("{line},2026-01-{:02}\n", 1 + i % 28),
        })
        .collect();
    folder.write("t.csv", rows);
    folder.write("register.csv", people(0, 1000));
    let retention = "path = \"t.csv\"\nretention = { column = \"seen\", days = 9, as_of = \"2026-01-20\" }";
    let text = POLICY
        .replace("path = \"t.csv\"", retention)
        .replace("[release.table]", "seen = { role = \"identifying\", action = \"drop\" }\n[release.table]");
    let policy = folder.write("policy.toml", text);
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    let out = folder.file("release");
    let applied = incog(&["apply", &policy, "-o", &out, "--json"]).done().value();
    folder.edit("release.internal/policy.toml", ", as_of = \"2026-01-20\"", "");
    let report = incog(&["attack", &out, "--json"]).done().value()["releases"]["table"].clone();
    for count in ["members", "control"] {
        assert_eq!(report[count], applied["attacks"]["table"][count], "{count}");
    }
    for option in [
        &["--sensitive", "ill"][..],
        &["--person", "id"],
        &["--hierarchy", "age=x.csv"],
        &["--minimal", "each_class"],
        &["--seed", "0"],
        &["--quasi", "age"],
    ] {
        let sentence =
            format!("a release folder is attacked with what its policy says; {} is for tables", option[0]);
        incog(&[&["attack", &out], option].concat()).fails(2, &[&sentence]);
    }
    // Where its paths lead is not guessed.
    folder.edit("release.internal/input.json", "\"policy_folder\"", "\"elsewhere\"");
    incog(&["attack", &out]).fails(2, &["input.json"]);
}

#[test]
fn texts_beside_a_table_are_held_against_it() {
    let folder = Folder::new();
    let table = folder.write("t.csv", people(0, 200));
    let texts = folder.write("n.csv", "number,note\n1,P7 was here\n2,nobody\n3,\"p8, and p9\"\n");
    let args = ["attack", &table, "--original", &table, "--sensitive", "ill", "--texts", &texts];
    let run = incog(&args).done();
    assert!(run.stdout.contains("in 1 of 3 texts stands what together exactly one row of t has"), "{run}");
    assert!(run.stdout.contains("3 values of id stand in note, in 2 texts"), "{run}");
    assert!(run.stdout.contains("id alone: 200 values are shared by fewer than 5"), "{run}");
    let json = incog(&[&args[..], &["--json", "--few", "2"]].concat()).done().value();
    assert_eq!(json["links"][0]["rows_to_one"], 1);
    assert_eq!(json["links"][0]["columns"][0]["values_few"], 3);
    assert_eq!(json["releases"]["t"]["few"], 2);
}

#[test]
fn what_makes_no_sense_is_bad_usage() {
    let folder = Folder::new();
    let table = folder.write("t.csv", people(0, 50));
    for (args, names) in [
        (&["--control", "many"][..], "--control is a share"),
        (&["--control", "1.5"], "at most 0.9, got 1.5"),
        (&["--max-excess-risk", "2"], "--max-excess-risk is a share"),
        (&["--hierarchy", "age"], "COLUMN=FILE"),
        (&["--quasi", "age,age"], "named twice"),
        (&["--policy", "policy.toml"], "--policy is for release folders"),
    ] {
        incog(&[&["attack", &table], args].concat()).fails(2, &[names]);
    }
    incog(&["attack", &table, "--quasi", "shoe"]).fails(3, &["'shoe'", "'age'"]);
    incog(&["attack", &table, "--auxiliary", "/no/such"]).fails(4, &["/no/such"]);
    incog(&["attack", "/no/such"]).fails(4, &["/no/such"]);
}
