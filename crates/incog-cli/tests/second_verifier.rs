//! `incog verify` and `tools/verify/verify.py`, written from docs/CARD.md alone, say the same of every release and of
//! every tampering with it: the same exit code, and the same outcome of the same checks in the same order.
//!
//! The one difference that is allowed: the second has no scanner, so it does not check `nothing_found`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::support::{Folder, Run, copy_folder, incog_unguarded};

mod changes;
mod tamperings;

use changes::{card, copy_of};
use tamperings::{IF_DISTINCT, IF_NOT_K_ALONE, OF_STATISTICS, OF_TEXT, SEEN_BY_THE_SCANNER, TAMPERINGS};

#[test]
fn the_two_verifiers_agree_on_releases_and_tamperings() {
    if !has_python() {
        return println!("skipped: python3 of 3.11 or later is not there");
    }
    let folder = Folder::new();
    let mut faults = Vec::new();
    for (name, release) in releases(&folder) {
        let with_statistics = release.join("stats.json").exists();
        let with_text = release.join("notes.csv").exists();
        faults.extend(compare(&format!("{name}: as released"), &release, (0, "")));
        let more = [(with_statistics, OF_STATISTICS), (with_text, OF_TEXT)];
        let more = more.into_iter().filter(|(there, _)| *there).flat_map(|(_, cases)| cases);
        // The second verifier needs a second for 30,000 rows: some of the tamperings are enough there.
        let step = if name == "adult" { 8 } else { 1 };
        // What is changed below is not all there in rows of a hidden sample.
        let all = if name == "sample" { &[] } else { TAMPERINGS };
        for (what, change, sentence) in all.iter().chain(more).step_by(step) {
            let copy = copy_of(&release);
            change(&copy);
            faults.extend(compare(&format!("{name}: {what}"), &copy, expected(&release, sentence)));
        }
        for (what, folder, subject) in impossible(&release).into_iter().step_by(step) {
            faults.extend(compare(&format!("{name}: {what}"), &folder, (1, &subject)));
        }
        if with_text {
            let (what, change, sentence) = SEEN_BY_THE_SCANNER;
            let copy = copy_of(&release);
            change(&copy);
            let (first, second) = (first(&copy, &[]), second(&copy, &[]));
            if first.code != Some(1) || !first.stdout.contains(sentence) || second.code != Some(0) {
                faults.push(format!("{name}: {what}\n{first}\n{second}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} disagree\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn the_two_verifiers_agree_on_signatures_and_chains() {
    if !has_python() {
        return println!("skipped: python3 of 3.11 or later is not there");
    }
    let folder = Folder::people();
    let (policy, out) = (folder.file("policy.toml"), folder.file("out"));
    for name in ["ours", "theirs"] {
        incog_unguarded(&["keys", "generate", "--signing", "-o", &folder.file(name)], b"").done();
    }
    let sign = format!("file:{}", folder.file("ours"));
    let apply = |extra: &[&str]| {
        let args = [&["apply", &policy, "-o", &out, "--sign", &sign], extra].concat();
        incog_unguarded(&args, b"").done();
    };
    apply(&[]);
    copy_folder(Path::new(&out), &folder.path().join("first"));
    // The same again is the same card; a policy with another purpose continues it.
    apply(&["--replace"]);
    assert_eq!(folder.read("out/card.json"), folder.read("first/card.json"));
    folder.edit("policy.toml", "purpose = \"test\"", "purpose = \"second\"");
    apply(&["--replace"]);
    copy_folder(Path::new(&out), &folder.path().join("second"));
    folder.edit("policy.toml", "purpose = \"second\"", "purpose = \"third\"");
    apply(&["--replace"]);
    assert_eq!(folder.read("out.internal/earlier-1.json"), folder.read("first/card.json"));
    assert_eq!(folder.read("out.internal/earlier-2.json"), folder.read("second/card.json"));

    let [ours, theirs] = ["ours.pub", "theirs.pub"].map(|name| folder.file(name));
    let [one, two, three] = ["first", "second", "out"].map(|name| folder.file(&format!("{name}/card.json")));
    let [first_folder, second_folder] = ["first", "second"].map(|name| folder.path().join(name));
    let unsigned = folder.path().join("unsigned");
    copy_folder(Path::new(&out), &unsigned);
    fs::remove_file(unsigned.join("card.json.sig")).unwrap();
    let swapped = folder.path().join("swapped");
    copy_folder(Path::new(&out), &swapped);
    fs::copy(folder.file("first/card.json.sig"), swapped.join("card.json.sig")).unwrap();
    let edited = folder.path().join("edited");
    copy_folder(Path::new(&out), &edited);
    card(&edited, |card| card["purpose"] = json!("anything"));

    // (folder, arguments, exit code, part of what is said)
    let cases: Vec<(&Path, Vec<&str>, i32, &str)> = vec![
        (Path::new(&out), vec![], 0, "unknown signer"),
        (Path::new(&out), vec!["--trust", &ours], 0, "signed by trusted key"),
        (Path::new(&out), vec!["--trust", &theirs], 1, "no signature is by a key that you trust"),
        (Path::new(&out), vec!["--trust", &theirs, "--trust", &ours], 0, "signed by trusted key"),
        (&unsigned, vec![], 0, "the card is not signed"),
        (&unsigned, vec!["--trust", &ours], 1, "the card is not signed"),
        (&swapped, vec![], 1, "it signs another card"),
        (&edited, vec!["--trust", &ours], 1, "it signs another card"),
        (
            Path::new(&out),
            vec!["--earlier", &two, "--earlier", &one],
            0,
            "continues or is the newest of the 2",
        ),
        (Path::new(&out), vec!["--earlier", &three], 0, "continues or is the newest of the 1"),
        (Path::new(&out), vec!["--earlier", &one], 1, "the chain is broken, or the card was replaced"),
        (&first_folder, vec!["--earlier", &two], 1, "the folder was rolled back"),
        (&first_folder, vec!["--earlier", &two, "--earlier", &three], 1, "the folder was rolled back"),
        (&second_folder, vec!["--earlier", &three], 1, "the folder was rolled back"),
        (&edited, vec!["--earlier", &three], 1, "the chain is broken, or the card was replaced"),
        (Path::new(&out), vec!["--earlier", &policy], 1, "cannot be read"),
    ];
    let mut faults = Vec::new();
    for (i, (folder, arguments, code, said)) in cases.iter().enumerate() {
        let (first, second) = (first(folder, arguments), second(folder, arguments));
        let both = first.stdout.contains(said) && second.stdout.contains(said);
        if first.code != Some(*code)
            || second.code != Some(*code)
            || !both
            || outcomes(&first) != outcomes(&second)
        {
            faults.push(format!("case {i}: exit {code} with '{said}' expected\n{first}\n{second}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn without_a_card_both_exit_4() {
    if !has_python() {
        return println!("skipped: python3 of 3.11 or later is not there");
    }
    let folder = Folder::new();
    for (name, content) in [
        ("none", None),
        ("half", Some("{")),
        ("list", Some("[]")),
        ("schema", Some("{\"schema\": \"incog-card/2\"}")),
        ("bytes", Some("{\"schema\": \"incog-card/1\", \"purpose\": \"\\ud800\"}")),
    ] {
        let release = folder.path().join(name);
        fs::create_dir(&release).unwrap();
        if let Some(content) = content {
            fs::write(release.join("card.json"), content).unwrap();
        }
        let (first, second) = (first(&release, &[]), second(&release, &[]));
        assert_eq!((first.code, second.code), (Some(4), Some(4)), "{name}\n{first}\n{second}");
    }
}

/// The exit code, and the sentence or the subject, of a change of `release` with this `sentence` in its row.
fn expected<'s>(release: &Path, sentence: &'s str) -> (i32, &'s str) {
    let text = fs::read_to_string(release.join("card.json")).unwrap();
    let card: Value = serde_json::from_str(&text).unwrap();
    let claims = card["claims"].as_array().unwrap().iter().filter(|c| c["release"] == "table");
    let mut of_rows = claims.filter(|c| c["check"] == "recomputed").map(|c| &c["statement"]);
    let (differs, why) = match sentence {
        IF_DISTINCT => {
            (of_rows.any(|s| s.get("distinct_l_diversity").is_some()), "1 distinct values, the claim is")
        }
        IF_NOT_K_ALONE => (of_rows.any(|s| s.get("k_anonymity").is_none()), "the file has no rows"),
        sentence => (true, sentence),
    };
    if differs { (1, why) } else { (0, "") }
}

/// The demo's release, a table with another delimiter, one of local recoding with insensitive columns, some under many models, one
/// of them counted in persons, rows of a hidden sample, and, where the reference data is there, the Adult table.
fn releases(folder: &Folder) -> Vec<(String, PathBuf)> {
    let demo = folder.path().join("demo");
    incog_unguarded(&["demo", "--rows", "300", "--out", demo.to_str().unwrap()], b"").done();
    fs::remove_file(demo.join("release/card.json.sig")).unwrap();
    let mut releases = vec![("demo".to_owned(), demo.join("release"))];
    let small = Folder::people();
    incog_unguarded(&["apply", &small.file("policy.toml"), "-o", &folder.file("small")], b"").done();
    releases.push(("small".to_owned(), folder.path().join("small")));
    let mut rows = String::from("age,sex,zip,shift,diagnosis\n");
    for i in 0u32..400 {
        let (age, zip) = (20 + i * 37 % 60, 10_000 + i * 7919 % 900);
        let (sex, shift, diagnosis) =
            (["f", "m"][i as usize % 2], ["early", "late"][(i / 200) as usize], i % 5);
        rows.push_str(&format!("{age},{sex},{zip},{shift},\"code, {diagnosis}\"\n"));
    }
    folder.write("local.csv", rows);
    folder.write("local.toml", LOCAL);
    incog_unguarded(&["apply", &folder.file("local.toml"), "-o", &folder.file("local")], b"").done();
    releases.push(("local".to_owned(), folder.path().join("local")));
    let mut rows = String::from("age,zip,stage\n");
    for i in 0u32..1_200 {
        let stage = ["1", "0", "-0", "3", "4", "", "unknown"][(i * i % 11 % 7) as usize];
        rows.push_str(&format!("{},{},{stage}\n", 20 + i * 37 % 60, 1_000 + i * 7919 % 900));
    }
    folder.write("models.csv", &rows);
    folder.write("models.toml", MODELS);
    incog_unguarded(&["apply", &folder.file("models.toml"), "-o", &folder.file("models")], b"").done();
    releases.push(("models".to_owned(), folder.path().join("models")));
    // The same for persons of up to three rows.
    let mut persons = rows.lines().zip(0u32..).map(|(line, i)| format!("{line},p{}\n", i * 7919 % 500));
    let header = persons.next().unwrap().replace(",p0", ",who");
    folder.write("persons.csv", header + &persons.collect::<String>());
    let policy = MODELS
        .replace("models.csv", "persons.csv")
        .replace("purpose", "person = \"who\"\npurpose")
        .replace("[columns]", "[columns]\nwho = { role = \"identifying\", action = \"drop\" }")
        .replace("{ k_anonymity = 5 }", "{ person_k = 4 }");
    folder.write("persons.toml", policy);
    incog_unguarded(&["apply", &folder.file("persons.toml"), "-o", &folder.file("persons")], b"").done();
    releases.push(("persons".to_owned(), folder.path().join("persons")));
    let rows: String = (0..2000).map(|i| format!("p{i},{},{}\n", ["A", "B"][i % 2], i % 100)).collect();
    folder.write("sample.csv", format!("p,ward,age\n{rows}"));
    folder.write("sample.toml", SAMPLE);
    incog_unguarded(&["keys", "generate", "-o", &folder.file("incog.key")], b"").done();
    let ledger = folder.file("budget.db");
    incog_unguarded(&["ledger", "create", &ledger, "--epsilon", "5", "--delta", "1e-5"], b"").done();
    incog_unguarded(&["apply", &folder.file("sample.toml"), "-o", &folder.file("sample")], b"").done();
    releases.push(("sample".to_owned(), folder.path().join("sample")));
    if let Some(shared) = std::env::var_os("INCOG_SHARED") {
        let adult = Path::new(&shared).join("data/adult");
        let columns = [
            "sex",
            "age",
            "race",
            "marital-status",
            "education",
            "native-country",
            "workclass",
            "salary-class",
        ];
        let mut policy = format!(
            "version = 1\npurpose = \"test\"\nundeclared = \"drop\"\n[input]\npath = '{}'\ndelimiter = \";\"\n[columns]\n\
             occupation = {{ role = \"sensitive\" }}\n",
            adult.join("adult.csv").display()
        );
        for column in columns {
            let hierarchy = adult.join(format!("adult_hierarchy_{column}.csv"));
            policy.push_str(&format!(
                "'{column}' = {{ role = \"quasi\", hierarchy = {{ kind = \"file\", path = '{}', delimiter = \";\" }} }}\n",
                hierarchy.display()
            ));
        }
        policy.push_str(&format!(
            "[release.table]\ncolumns = [\"{}\", \"occupation\"]\nmax_suppressed = 0.05\nsearch = \"optimal\"\n\
             models = [{{ k_anonymity = 5 }}, {{ l_diversity = 3, variant = \"distinct\", column = \"occupation\" }}]\n",
            columns.join("\", \"")
        ));
        folder.write("adult.toml", policy);
        incog_unguarded(&["apply", &folder.file("adult.toml"), "-o", &folder.file("adult")], b"").done();
        releases.push(("adult".to_owned(), folder.path().join("adult")));
    } else {
        println!("skipped: the Adult table, because INCOG_SHARED is not set");
    }
    releases
}

const LOCAL: &str = r#"version = 1
purpose = "test"
[input]
path = "local.csv"
[columns]
age = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20], origin = 0 } }
sex = { role = "quasi" }
zip = { role = "quasi", hierarchy = { kind = "prefix", keep = [5, 3, 2, 0] } }
shift = { role = "insensitive" }
diagnosis = { role = "sensitive" }
[release.table]
columns = ["age", "sex", "zip", "shift", "diagnosis"]
models = [{ k_anonymity = 4 }, { l_diversity = 2, variant = "distinct", column = "diagnosis" }]
max_suppressed = 0.1
search = "local"
[[overrides]]
rule = "k_with_insensitive"
release = "table"
who = "test"
why = "the insensitive column singles out, on purpose"
until = "2099-12-31"
"#;

const MODELS: &str = r#"version = 1
purpose = "test"
[input]
path = "models.csv"
[columns]
age = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20], origin = 0 } }
zip = { role = "quasi", hierarchy = { kind = "prefix", keep = [4, 2, 1, 0] } }
stage = { role = "sensitive", missing = ["unknown"], hierarchy = { kind = "tree", tree = { early = ["1", "0", "-0"], late = ["3", "4"], none = [""] } } }
[release.table]
columns = ["age", "zip", "stage"]
models = [
  { k_anonymity = 5 },
  { l_diversity = 2, variant = "distinct", column = "stage" },
  { l_diversity = 1.5, variant = "entropy", column = "stage" },
  { l_diversity = 2, variant = "recursive", c = 5, column = "stage" },
  { t_closeness = 0.5, ground = "equal", column = "stage" },
  { t_closeness = 0.5, ground = "equal", column = "stage", reference = "released" },
  { t_closeness = 0.5, ground = "ordered", column = "stage" },
  { t_closeness = 0.5, ground = "hierarchical", column = "stage" },
  { n_t_closeness = [50, 0.5], column = "stage" },
  { beta_likeness = 4, variant = "basic", column = "stage" },
  { beta_likeness = 4, variant = "enhanced", column = "stage", reference = "released" },
  { delta_disclosure = 4, column = "stage" },
  { alpha_k = [0.9, 4], column = "stage" },
  { average_risk = 0.2 },
  { sample_uniques = 0.1 },
  { population_uniques = 0.5, model = "zayatz", population_size = 4000 },
]
max_suppressed = 0.3
search = "optimal"
[gate]
attacks = ["linkability", "inference"]
max_excess_risk = 1.0
"#;

const SAMPLE: &str = r#"version = 1
purpose = "test"
person = "p"
[input]
path = "sample.csv"
[columns]
p = { role = "identifying", action = "drop" }
ward = { role = "quasi" }
age = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 50] } }
[release.table]
columns = ["ward", "age"]
safe_pub = { epsilon = 4.0, delta = 1e-6 }
ledger = "sqlite:budget.db"
key = "file:incog.key"
"#;

/// Limits of claims, by kind, that no table keeps.
const LIMITS: &[(&str, &str, f64)] = &[
    ("distinct_l_diversity", "l", 1000.0),
    ("entropy_l_diversity", "l", 1000.0),
    ("entropy_l_diversity", "l", 0.5),
    ("recursive_l_diversity", "c", 0.0),
    ("recursive_l_diversity", "l", 0.0),
    ("recursive_l_diversity", "l", 1000.0),
    ("t_closeness", "t", -0.5),
    ("n_t_closeness", "t", -0.5),
    ("n_t_closeness", "n", 1_000_000.0),
    ("beta_likeness", "beta", -2.0),
    ("delta_disclosure", "delta", -1.0),
    ("alpha_k", "alpha", 0.0),
    ("average_risk", "risk", 0.0),
    ("sample_uniques", "share", -1.0),
    ("excess_risk", "max_excess", 0.0),
    ("excess_risk", "max_excess", 1.5),
    ("excess_risk", "confidence", 1.0),
    ("excess_risk", "control", 0.0),
    ("person_k_anonymity", "k", 0.0),
    ("person_k_anonymity", "k", 100_000.0),
    ("sampled_rows", "k", 0.0),
    ("sampled_rows", "k", 100_000.0),
];

/// Every claim about values in classes, each with a limit that it cannot keep, and two forms of a reference that are none; and what
/// then differs.
fn impossible(release: &Path) -> Vec<(String, PathBuf, String)> {
    let text = fs::read_to_string(release.join("card.json")).unwrap();
    let card: Value = serde_json::from_str(&text).unwrap();
    let mut changed = Vec::new();
    for (i, claim) in card["claims"].as_array().unwrap().iter().enumerate() {
        let body = claim["statement"].as_object().unwrap();
        let (kind, body) = body.iter().next().unwrap();
        let differs = format!("@/claims/{i}");
        let mut put = |what: String, differs: &str, change: &dyn Fn(&mut Value)| {
            let mut card = card.clone();
            change(&mut card["claims"][i]["statement"][kind.as_str()]);
            let folder = release.with_file_name(format!("impossible-{}", changed.len()));
            let _ = fs::remove_dir_all(&folder);
            copy_folder(release, &folder);
            fs::write(folder.join("card.json"), serde_json::to_string_pretty(&card).unwrap()).unwrap();
            changed.push((format!("claim {i}, {kind}: {what}"), folder, differs.to_owned()));
        };
        let of_persons = body.get("of").is_some_and(|of| of.get("person").is_some());
        for (_, limit, value) in LIMITS.iter().filter(|(of, ..)| of == kind) {
            // How many rows are near a class cannot be told when persons are counted.
            if of_persons && *limit == "n" {
                continue;
            }
            let value = if body[*limit].is_u64() { json!(*value as u64) } else { json!(value) };
            put(format!("{limit} = {value}"), &differs, &|body| body[*limit] = value.clone());
        }
        if body.get("reference").is_some() && !of_persons {
            put("a withheld reference".into(), &differs, &|body| body["reference"] = json!("withheld"));
            put("a reference with fewer rows".into(), &differs, &|body| {
                body["reference"] = json!({"input": {"values": {"1": 1}, "others": 0}});
            });
        }
        if body.get("of").is_some() {
            put("counted in persons".into(), "@policy.lock", &|body| body["of"]["person"] = json!("p"));
        }
    }
    changed
}

/// What speaks against the two agreeing, with this exit code and this sentence.
fn compare(what: &str, folder: &Path, (code, sentence): (i32, &str)) -> Option<String> {
    let (first, second) = (first(folder, &[]), second(folder, &[]));
    let found = outcomes(&first);
    let same = first.code == second.code && found == outcomes(&second);
    let is_said = match sentence.strip_prefix('@') {
        Some(subject) => found.iter().any(|(s, outcome)| s == subject && outcome == "differs"),
        None => first.stdout.contains(sentence),
    };
    let told = first.code == Some(code) && is_said;
    (!same || !told).then(|| format!("{what}: exit {code} with '{sentence}' expected\n{first}\n{second}"))
}

/// Subject and outcome of each check; of what only one can check, that it is there.
fn outcomes(run: &Run) -> Vec<(String, String)> {
    let value: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = value["checks"].as_array().cloned().unwrap_or_default();
    let scanned = |check: &Value| {
        let detail = text(&check["detail"]);
        detail.starts_with("scanned again") || detail.starts_with("needs the scanner")
    };
    checks
        .iter()
        .map(|c| (text(&c["subject"]), if scanned(c) { "scanned".to_owned() } else { text(&c["outcome"]) }))
        .collect()
}

fn first(folder: &Path, arguments: &[&str]) -> Run {
    incog_unguarded(&[&["verify", folder.to_str().unwrap(), "--json"], arguments].concat(), b"")
}

fn second(folder: &Path, arguments: &[&str]) -> Run {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/verify/verify.py");
    let output = Command::new("python3")
        .args(["-B", script.to_str().unwrap(), folder.to_str().unwrap(), "--json"])
        .args(arguments)
        .output()
        .unwrap();
    Run {
        args: format!("(verify.py) {} {}", folder.display(), arguments.join(" ")),
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn has_python() -> bool {
    let check = "import sys; sys.exit(sys.version_info < (3, 11))";
    Command::new("python3").args(["-c", check]).status().is_ok_and(|status| status.success())
}

#[cfg(unix)]
#[test]
fn no_verifier_opens_a_pipe_or_a_device() {
    if !has_python() {
        return println!("skipped: python3 of 3.11 or later is not there");
    }
    let folder = Folder::new();
    let pipe = |path: &Path| {
        let _ = fs::remove_file(path);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let zeros = |path: &Path| {
        let _ = fs::remove_file(path);
        std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    };
    let places: [&dyn Fn(&Path); 2] = [&pipe, &zeros];
    let demo = folder.path().join("demo");
    incog_unguarded(&["demo", "--rows", "300", "--out", demo.to_str().unwrap()], b"").done();
    let release = demo.join("release");
    for place in places {
        for name in ["policy.lock", "stats.json", "card.json.sig", "table.csv"] {
            let copy = copy_of(&release);
            place(&copy.join(name));
            let fault = compare(name, &copy, (1, &format!("'{name}' is not a regular file")));
            assert!(fault.is_none(), "{}", fault.unwrap_or_default());
        }
        let copy = copy_of(&release);
        place(&copy.join("card.json"));
        let (first, second) = (first(&copy, &[]), second(&copy, &[]));
        assert_eq!((first.code, second.code), (Some(4), Some(4)), "{first}\n{second}");
    }
}
