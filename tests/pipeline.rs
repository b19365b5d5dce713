//! Tests of the room `pipeline` through its public API: what a policy refuses, and what a release promises.

use std::{fs, path::Path, sync::Arc};

use incog::{
    ErrorKind,
    evidence::{Outcome, Verification, Verifier},
    pipeline::{Policy, Replace, SILENT, rescan},
    pseudonym::{Key, KeySource, SuppliedKeys},
};

use crate::temporary::{Temporary, names};

const HEAD: &str = "version = 1\npurpose = \"test\"\n[input]\npath = \"t.csv\"\n[columns]\n";

fn parse(columns: &str, rest: &str) -> incog::Result<Policy> {
    Policy::parse(&format!("{HEAD}{columns}\n{rest}\n"), Path::new("/nonexistent"))
}

#[test]
fn a_policy_that_contradicts_itself_is_refused_with_what_is_known() {
    let table = "[release.table]\ncolumns = [\"age\"]\nmodels = [{ k_anonymity = 5 }]\nsearch = \"optimal\"";
    let age = "age = { role = \"quasi\" }";
    // (name, columns, rest, kind, part of the sentence)
    let cases = [
        (
            "unknown role",
            "age = { role = \"fluffy\" }",
            table,
            ErrorKind::Policy,
            "expected one of `identifying`",
        ),
        (
            "unknown action",
            "age = { role = \"quasi\", action = \"hash\" }",
            table,
            ErrorKind::Policy,
            "expected one of",
        ),
        (
            "action of another role",
            "age = { role = \"text\", action = \"keep\" }",
            table,
            ErrorKind::Policy,
            "known there are 'scrub', 'drop'",
        ),
        (
            "no action",
            "age = { role = \"identifying\" }",
            table,
            ErrorKind::Policy,
            "needs an action: one of 'drop', 'token', 'fpe'",
        ),
        (
            "unknown key",
            "age = { role = \"quasi\", colour = 1 }",
            table,
            ErrorKind::Policy,
            "unknown field `colour`",
        ),
        (
            "setting without effect",
            "age = { role = \"quasi\", days = 3 }",
            table,
            ErrorKind::Policy,
            "setting days has no effect",
        ),
        (
            "hierarchy of another role",
            "age = { role = \"insensitive\", hierarchy = { kind = \"flat\" } }",
            table,
            ErrorKind::Policy,
            "only for roles quasi and sensitive",
        ),
        (
            "no key",
            "age = { role = \"identifying\", action = \"token\" }",
            table,
            ErrorKind::Policy,
            "needs a key",
        ),
        ("no release", age, "", ErrorKind::Policy, "nothing to release"),
        (
            "undeclared column",
            age,
            "[release.table]\ncolumns = [\"agee\"]\nmodels = [{ k_anonymity = 5 }]\nsearch = \"optimal\"",
            ErrorKind::Refused,
            "column 'agee' is not declared in [columns]; declared are 'age'",
        ),
        (
            "unknown model",
            age,
            "[release.table]\ncolumns = [\"age\"]\nmodels = [{ q_anonymity = 5 }]",
            ErrorKind::Policy,
            "model 'q_anonymity' is unknown; known are 'k_anonymity'",
        ),
        (
            "model without one of its settings",
            age,
            "[release.table]\ncolumns = [\"age\"]\nmodels = [{ t_closeness = 0.2 }]",
            ErrorKind::Policy,
            "t_closeness needs a ground, as in ground = \"equal\"",
        ),
        (
            "unknown search",
            age,
            "[release.table]\ncolumns = [\"age\"]\nmodels = [{ k_anonymity = 5 }]\nsearch = \"fast\"",
            ErrorKind::Policy,
            "search 'fast' is unknown; known are 'local'",
        ),
        (
            "search without its limit",
            age,
            "[release.table]\ncolumns = [\"age\"]\nmodels = [{ k_anonymity = 5 }]\nsearch = \"best_effort\"",
            ErrorKind::Parameter,
            "needs a limit; give max_steps = 2000",
        ),
        (
            "no search",
            age,
            "[release.table]\ncolumns = [\"age\"]\nmodels = [{ k_anonymity = 5 }]",
            ErrorKind::Policy,
            "needs a search",
        ),
        (
            "unknown metric",
            age,
            "[release.table]\ncolumns = [\"age\"]\nmodels = [{ k_anonymity = 5 }]\nsearch = \"optimal\"\nmetric = \"x\"",
            ErrorKind::Policy,
            "expected one of",
        ),
        (
            "k of 1",
            age,
            "[release.table]\ncolumns = [\"age\"]\nmodels = [{ k_anonymity = 1 }]\nsearch = \"optimal\"",
            ErrorKind::Parameter,
            "k must be at least 2",
        ),
        (
            "a column as it is without models",
            age,
            "[release.table]\ncolumns = [\"age\"]",
            ErrorKind::Refused,
            "would leave as it is",
        ),
        (
            "in the order of the input",
            age,
            "[release.table]\ncolumns = [\"age\"]\nshuffle = false",
            ErrorKind::Policy,
            "never leave in the order of the input",
        ),
        (
            "a name that is a path",
            age,
            "[release.\"../x\"]\ncolumns = [\"age\"]",
            ErrorKind::Policy,
            "it names a file",
        ),
        (
            "statistics without a person",
            age,
            "[release.stats]\nledger = \"sqlite:l\"\nbudget = { epsilon = 1.0 }\nbounds = { rows_per_person = 1, groups_per_person = 1 }\nqueries = [{ count = \"*\", epsilon = 0.5 }]",
            ErrorKind::Policy,
            "person = \"mrn\"",
        ),
        (
            "the gate",
            age,
            "[gate]\nattacks = []\nmax_excess_risk = 0.1\n[release.table]\ncolumns = [\"age\"]\nmodels = [{ k_anonymity = 5 }]\nsearch = \"optimal\"",
            ErrorKind::Policy,
            "[gate]: the gate tries nothing",
        ),
    ];
    for (name, columns, rest, kind, part) in cases {
        let error = parse(columns, rest).map(|_| ()).expect_err(name);
        assert!(error.to_string().contains(part), "{name}: {error}");
        assert_eq!(error.kind(), kind, "{name}: {error}");
    }
}

#[test]
fn no_privacy_model_stands_beside_what_singles_out_a_row() {
    let rest = |column: &str| {
        format!(
            "[release.table]\ncolumns = [\"age\", \"{column}\"]\nmodels = [{{ k_anonymity = 5 }}]\nsearch = \"optimal\""
        )
    };
    let columns = "age = { role = \"quasi\" }\nid = { role = \"identifying\", action = \"token\", key = \"env:K\" }\n\
                   phone = { role = \"identifying\", action = \"fpe\", key = \"env:K\" }\n\
                   day = { role = \"insensitive\", action = \"date_shift\", per = \"id\", days = 9, key = \"env:K\" }\n\
                   notes = { role = \"text\", action = \"scrub\" }\ngone = { role = \"identifying\", action = \"drop\" }";
    for column in ["id", "phone", "day", "notes", "gone"] {
        let error = parse(columns, &rest(column)).map(|_| ()).expect_err(column);
        assert_eq!(error.kind(), ErrorKind::Refused, "{column}: {error}");
        assert!(error.to_string().contains(&format!("column '{column}'")), "{error}");
    }
}

/// What a newcomer with a proposal and unusual dates does not see otherwise.
#[test]
fn a_plan_says_which_column_is_lost_and_that_a_purpose_is_missing() {
    let folder = Temporary::new();
    write_input(&folder, &rows());
    let text = POLICY
        .replace(
            "age   = { role = \"quasi\", hierarchy = { kind = \"interval\", widths = [10, 20, 40] } }",
            "age = { role = \"quasi\" }",
        )
        .replace("purpose = \"test\"", "purpose = \"TODO: say what for\"");
    let warnings = |text: &str| {
        let plan = Policy::parse(text, &folder).unwrap().keys(keys()).plan(SILENT).unwrap();
        plan.warnings().join("\n")
    };
    let said = warnings(&text);
    assert!(
        said.contains(
            "release 'table': next to nothing is left of column 'age' (loss 1.00); give it a hierarchy"
        ),
        "{said}"
    );
    assert!(!said.contains("column 'ward'"), "{said}");
    assert!(said.starts_with("the purpose is TODO, and the card would say so to everyone"), "{said}");
    let said = warnings(POLICY);
    assert!(!said.contains("next to nothing") && !said.contains("TODO"), "{said}");
}

const POLICY: &str = r#"
version = 1
purpose = "test"
[input]
path = "t.csv"
[columns]
id    = { role = "identifying", action = "token", key = "env:TEST_KEY", domain = "one" }
name  = { role = "identifying", action = "drop" }
age   = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20, 40] } }
ward  = { role = "quasi" }
ill   = { role = "sensitive" }
notes = { role = "text", action = "scrub", use_row = ["name"] }
[release.table]
columns = ["ward", "age", "ill"]
models = [{ k_anonymity = 4 }, { l_diversity = 2, variant = "distinct", column = "ill" }]
max_suppressed = 0.1
search = "optimal"
[release.notes]
columns = ["id", "notes"]
"#;

fn rows() -> Vec<String> {
    (0..60)
        .map(|i| {
            let ill = ["flu", "=angina", "cough"][i % 3];
            format!(
                "p{i},Ada Row{i},{},{},{ill},\"Row{i} called from +44 20 7946 0958\"",
                20 + i * 7 % 50,
                ["A", "B"][i % 2]
            )
        })
        .collect()
}

fn write_input(folder: &Temporary, rows: &[String]) {
    fs::write(folder.join("t.csv"), format!("id,name,age,ward,ill,notes\n{}\n", rows.join("\n"))).unwrap();
}

fn keys() -> Arc<SuppliedKeys> {
    Arc::new(
        SuppliedKeys::default().supply(KeySource::parse("env:TEST_KEY").unwrap(), Key::from_bytes([7; 32])),
    )
}

fn release(folder: &Temporary, out: &str) -> incog::Result<incog::pipeline::Applied> {
    let plan = Policy::parse(POLICY, folder)?.keys(keys()).plan(SILENT)?;
    plan.apply(&folder.join(out), Replace::No, SILENT)
}

fn verify(folder: &Path) -> Verification {
    Verifier::new(&rescan()).verify(folder).unwrap()
}

#[test]
fn a_release_verifies_and_depends_neither_on_the_order_of_rows_nor_on_the_run() {
    let folder = Temporary::new();
    write_input(&folder, &rows());
    release(&folder, "one").unwrap();
    assert!(verify(&folder.join("one")).verified, "{:?}", verify(&folder.join("one")));
    release(&folder, "two").unwrap();
    let mut turned = rows();
    turned.rotate_left(17);
    write_input(&folder, &turned);
    release(&folder, "turned").unwrap();
    let read = |out: &str, file: &str| fs::read_to_string(folder.join(out).join(file)).unwrap();
    for file in ["table.csv", "notes.csv", "policy.lock", "report.html", "card.json"] {
        assert_eq!(read("one", file), read("two", file), "{file} in a second run");
    }
    for file in ["table.csv", "notes.csv"] {
        assert_eq!(read("one", file), read("turned", file), "{file} from turned rows");
    }
    assert!(read("one", "table.csv").contains("'=angina"), "a formula is defused");
    assert!(!read("one", "notes.csv").contains("Row"), "the row's own name is gone from its notes");
    assert!(!read("one", "card.json").contains("angina"), "no value of a person stands on the card");
}

#[test]
fn each_tampering_differs_and_says_where() {
    let folder = Temporary::new();
    write_input(&folder, &rows());
    release(&folder, "release").unwrap();
    // (name, what is done to the folder, part of what verify says)
    type Tampering = (&'static str, fn(&Path), &'static str);
    fn replace(path: &Path, from: &str, to: &str) {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    let cases: [Tampering; 9] = [
        ("a cell", |f| replace(&f.join("table.csv"), "flu", "cough"), "column 'ill'"),
        (
            "a row less",
            |f| {
                let text = fs::read_to_string(f.join("table.csv")).unwrap();
                let less: Vec<&str> = text.lines().skip(1).collect();
                fs::write(
                    f.join("table.csv"),
                    format!("{}\n{}\n", text.lines().next().unwrap(), less[1..].join("\n")),
                )
                .unwrap();
            },
            "rows, the card says",
        ),
        ("a file more", |f| fs::write(f.join("raw.csv"), "x").unwrap(), "not in the card: raw.csv"),
        ("a file less", |f| fs::remove_file(f.join("policy.lock")).unwrap(), "is missing"),
        ("the report", |f| replace(&f.join("report.html"), "not", "now"), "SHA-256 is"),
        ("a larger k", |f| replace(&f.join("card.json"), "\"k\": 4", "\"k\": 40"), "the claim is 40"),
        (
            "an unknown claim",
            |f| replace(&f.join("card.json"), "\"k_anonymity\"", "\"q_anonymity\""),
            "q_anonymity",
        ),
        (
            "a larger k that is called attested",
            |f| {
                let card = fs::read_to_string(f.join("card.json")).unwrap();
                let card = card.replace("\"recomputed\"", "\"attested\"").replace("\"k\": 4", "\"k\": 40");
                fs::write(f.join("card.json"), card).unwrap();
            },
            "such a claim is recomputed, and this one says attested",
        ),
        ("found text", |f| replace(&f.join("notes.csv"), "[PHONE_NUMBER]", "+44 20 7946 0958"), "findings"),
    ];
    for (name, tamper, part) in cases {
        let copy = folder.join("copy");
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir(&copy).unwrap();
        for entry in fs::read_dir(folder.join("release")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
        tamper(&copy);
        let verification = verify(&copy);
        assert!(!verification.verified, "{name}");
        let said: Vec<&str> = verification
            .checks
            .iter()
            .filter(|c| c.outcome == Outcome::Differs)
            .map(|c| c.detail.as_str())
            .collect();
        assert!(said.iter().any(|s| s.contains(part)), "{name}: {said:?}");
    }
}

#[test]
fn whatever_fails_leaves_nothing_behind() {
    let folder = Temporary::new();
    // (name, what is wrong with the rows, kind)
    type Spoilt = (&'static str, fn(&mut Vec<String>), ErrorKind);
    let cases: [Spoilt; 4] = [
        ("outside the hierarchy", |r| r[3] = "p3,CANARY,young,A,flu,x".into(), ErrorKind::Value),
        ("ragged", |r| r[3] = "p3,CANARY".into(), ErrorKind::Data),
        ("an unclosed quote", |r| r[3] = "p3,CANARY,33,A,flu,\"x".into(), ErrorKind::Data),
        ("fewer rows than k", |r| r.truncate(2), ErrorKind::Refused),
    ];
    for (name, spoil, kind) in cases {
        let mut spoilt = rows();
        spoil(&mut spoilt);
        write_input(&folder, &spoilt);
        let error = release(&folder, "out").map(|_| ()).expect_err(name);
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert!(!error.to_string().contains("CANARY"), "{name}: {error}");
        assert_eq!(names(&folder), ["t.csv"], "{name}");
    }
}

#[test]
fn a_folder_that_is_in_the_way_is_replaced_only_when_asked_and_only_if_it_is_a_release() {
    let folder = Temporary::new();
    write_input(&folder, &rows());
    release(&folder, "out").unwrap();
    let error = release(&folder, "out").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let again = |out: &str| {
        let plan = Policy::parse(POLICY, &folder).unwrap().keys(keys()).plan(SILENT).unwrap();
        plan.apply(&folder.join(out), Replace::Yes, SILENT)
    };
    fs::write(folder.join("out/left-over"), "x").unwrap();
    again("out").unwrap();
    assert!(!folder.join("out/left-over").exists(), "the old folder is gone, whole");
    assert_eq!(names(&folder), ["out", "out.internal", "t.csv"]);
    fs::create_dir(folder.join("home")).unwrap();
    fs::write(folder.join("home/diary"), "x").unwrap();
    assert_eq!(again("home").unwrap_err().kind(), ErrorKind::Refused);
    assert!(folder.join("home/diary").exists());
}

#[test]
fn a_release_that_a_killed_run_moved_aside_is_put_back() {
    let folder = Temporary::new();
    write_input(&folder, &rows());
    release(&folder, "out").unwrap();
    // A run that was killed between its renames leaves these.
    let rename = |from: &str, to: &str| fs::rename(folder.join(from), folder.join(to)).unwrap();
    rename("out", ".out.old");
    rename("out.internal", ".out.internal.old");
    fs::create_dir(folder.join(".out.partial")).unwrap();
    fs::create_dir(folder.join("out.internal")).unwrap();
    assert_eq!(release(&folder, "out").unwrap_err().kind(), ErrorKind::Refused);
    assert!(verify(&folder.join("out")).verified);
    assert!(folder.join("out.internal/plan.json").exists());
    assert_eq!(names(&folder), ["out", "out.internal", "t.csv"]);
}
