//! `keys rotate`, `detokenize` and `decrypt`: what a policy did, undone with its key.

use serde_json::json;

use crate::support::{CANARY, Folder, Run, incog, incog_unguarded};

const PATIENTS: &str = "mrn;phone;card;note
CANARY-1;+1 (212) 555-0100;4111 1111 1111 1111;a
CANARY-2;212-555-0101;5500-0000-0000-0004;b
CANARY-1;(212) 555-0102;;c
;;378282246310005;d
";

const POLICY: &str = r#"version = 1
purpose = "test"
undeclared = "deny"

[input]
path = "patients.csv"
delimiter = ";"

[columns]
mrn = { role = "identifying", action = "token", key = "file:incog.key" }
phone = { role = "identifying", action = "fpe", key = "file:incog.key" }
card = { role = "identifying", action = "fpe", key = "file:incog.key", format = "card" }
note = { role = "text", action = "scrub" }

[release.out]
columns = ["mrn", "phone", "card", "note"]
domain = "joined"
"#;

/// Patients with their policy, a key, and a release in `release`.
fn released() -> Folder {
    let folder = Folder::new();
    folder.write("patients.csv", PATIENTS);
    folder.write("policy.toml", POLICY);
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    release(&folder, "release");
    folder
}

fn release(folder: &Folder, name: &str) {
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file(name)]).done();
}

fn key(folder: &Folder) -> String {
    format!("file:{}", folder.file("incog.key"))
}

/// The lines without the header, in an order of their own: a release shuffles its rows.
fn rows(table: &str) -> Vec<String> {
    let mut rows: Vec<String> = table.lines().skip(1).map(str::to_owned).collect();
    rows.sort();
    rows
}

fn column(table: &str, i: usize) -> Vec<String> {
    let mut cells: Vec<String> =
        table.lines().skip(1).map(|l| l.split(';').nth(i).unwrap().to_owned()).collect();
    cells.sort();
    cells
}

fn detokenize(folder: &Folder, more: &[&str]) -> Run {
    let key = key(folder);
    incog_unguarded(&[&["detokenize", "--key", &key, "--domain", "joined"], more].concat(), b"")
}

#[test]
fn a_release_is_undone_column_by_column() {
    let folder = released();
    let release = folder.file("release/out.csv");
    assert!(!folder.read("release/out.csv").contains("CANARY-"));
    let (patients, key) = (folder.file("patients.csv"), key(&folder));
    let args = ["--column", "mrn", "--candidates", &patients, "--candidate-column", "mrn", "-o"];
    let tokens = folder.file("1.csv");
    let run = detokenize(&folder, &[&[&release[..]], &args[..], &[&tokens, "--json"]].concat()).done();
    assert_eq!(run.value(), json!({ "resolved": 3, "unresolved": 0, "unknown_key": 0 }), "{run}");
    for (format, name, from, to) in
        [("digits", "phone", "1.csv", "2.csv"), ("card", "card", "2.csv", "3.csv")]
    {
        let (from, to) = (folder.file(from), folder.file(to));
        let args =
            ["decrypt", &from, "--column", name, "--key", &key, "--domain", "joined", "--format", format];
        let run = incog(&[&args[..], &["-o", &to, "--json"]].concat()).done().value();
        assert_eq!((&run["column"], &run["rows"]), (&name.into(), &4.into()), "{run}");
    }
    assert_eq!(rows(&folder.read("3.csv")), rows(PATIENTS));
}

#[test]
fn a_rotated_key_still_resolves_what_it_made() {
    let folder = released();
    let file = folder.file("incog.key");
    let first = folder.read("incog.key");
    let run = incog(&["keys", "rotate", &file, "--json"]).done().value();
    assert_eq!((&run["file"], run["older"].as_array().map(Vec::len)), (&json!(file), Some(1)), "{run}");
    assert_eq!(folder.mode("incog.key"), 0o600);
    assert!(folder.read("incog.key").starts_with(&first), "the old key stays");
    release(&folder, "after");
    assert_ne!(column(&folder.read("release/out.csv"), 0), column(&folder.read("after/out.csv"), 0));
    assert!(folder.read("after/out.csv").contains(run["id"].as_str().unwrap()), "the new key is current");

    let candidates = folder.write("candidates.txt", "CANARY-2\r\nCANARY-1\n\n");
    for name in ["release", "after"] {
        let table = folder.file(&format!("{name}/out.csv"));
        let run = detokenize(&folder, &[&table, "--column", "mrn", "--candidates", &candidates]).done();
        assert_eq!(column(&run.stdout, 0), column(PATIENTS, 0), "{run}");
        assert!(run.stderr.starts_with("3 of 3 tokens resolved"), "{run}");
    }
    // The encrypted column does not name its key: the user does.
    let (table, key, id) = (folder.file("release/out.csv"), key(&folder), run["older"][0].as_str().unwrap());
    let args = ["decrypt", &table, "--column", "phone", "--key", &key, "--domain", "joined", "--key-id", id];
    assert_eq!(column(&incog_unguarded(&args, b"").done().stdout, 1), column(PATIENTS, 1));
    let current = incog_unguarded(&args[..args.len() - 2], b"").done();
    assert_ne!(column(&current.stdout, 1), column(PATIENTS, 1), "another key decrypts to something else");

    let run = incog(&["keys", "rotate", &file]).done();
    assert!(run.stdout.contains("kept: ") && !run.stdout.contains("incogkey1_"), "{run}");
}

#[test]
fn tokens_in_a_text_are_resolved_and_others_counted() {
    let folder = released();
    let table = folder.read("release/out.csv");
    let token = table.lines().skip(1).find_map(|l| l.split(';').next().filter(|t| !t.is_empty())).unwrap();
    let candidates = folder.write("candidates.txt", "CANARY-1\nCANARY-2\n");
    let other = "MRN_aaaa_aaaaaaaaaaaaaaaa";
    let text = format!("seen {token} and {other}.\r\nend");
    let key = key(&folder);
    let args = ["detokenize", "--key", &key, "--domain", "joined", "--candidates", &candidates];
    let run = incog_unguarded(&args, text.as_bytes()).done();
    assert!(run.stdout.starts_with(&format!("seen {CANARY}-")), "{run}");
    assert!(run.stdout.ends_with(&format!(" and {other}.\r\nend")), "{run}");
    assert!(run.stderr.starts_with("1 of 2 tokens resolved"), "{run}");
    assert!(!run.stderr.contains(CANARY), "{run}");

    let nothing = incog_unguarded(&args, b"").done();
    assert_eq!(nothing.stdout, "");
    let elsewhere = ["detokenize", "--key", &key, "--domain", "other", "--candidates", &candidates];
    assert_eq!(incog_unguarded(&elsewhere, text.as_bytes()).done().stdout, text);
}

#[test]
fn what_cannot_be_undone_is_one_sentence() {
    let folder = released();
    let (table, key) = (folder.file("release/out.csv"), key(&folder));
    let candidates = folder.write("candidates.txt", "CANARY-1\n");
    let base = ["detokenize", &table, "--domain", "joined"];
    let with = |more: &[&str]| incog(&[&base[..], more].concat());
    let missing = format!("file:{}", folder.file("no.key"));
    with(&["--key", &missing, "--candidates", &candidates]).fails(2, &["no.key", "incog keys generate"]);
    with(&["--key", "incog.key", "--candidates", &candidates]).fails(2, &["env:NAME"]);
    with(&["--key", &key, "--candidates", "/no/such.txt"]).fails(4, &["/no/such.txt"]);
    with(&["--key", &key, "--candidates", &candidates, "--column", "zip"]).fails(3, &["zip"]);
    with(&["--key", &key, "--candidates", &table, "--candidate-column", "zip"]).fails(3, &["zip"]);
    with(&["--key", &key, "--candidates", &candidates, "--canonical", "name"]).fails(2, &["'email'"]);
    with(&["--key", &key, "--candidates", &candidates, "--json"]).fails(2, &["--output"]);
    with(&["--key", &key, "--candidates", &candidates, "-o", &table]).fails(3, &["out.csv", "exists"]);
    with(&["--key", &key]).exits(2);
    let args = ["detokenize", "--key", &key, "--domain", "", "--candidates", &candidates];
    incog(&args).fails(2, &["domain"]);
    incog(&["detokenize", "--key", &key, "--domain", "d", "--candidates", "-"]).fails(2, &["stdin"]);

    let base = ["decrypt", &table, "--key", &key, "--domain", "joined"];
    let with = |more: &[&str]| incog(&[&base[..], more].concat());
    with(&["--column", "zip"]).fails(3, &["zip"]);
    with(&["--column", "note"]).fails(2, &["column 'note', row 1"]);
    with(&["--column", "phone", "--format", "postcode"]).fails(2, &["'digits', 'card'"]);
    with(&["--column", "phone", "--key-id", "aaaa"]).fails(2, &["'aaaa'"]);
    with(&["--column", "phone", "--key-id", "A"]).fails(2, &["key id"]);
    with(&["--column", "phone", "--json"]).fails(2, &["--output"]);
    incog(&["decrypt", "/no/such.csv", "--column", "a", "--key", &key, "--domain", "d"])
        .fails(4, &["/no/such.csv"]);

    let before = folder.listing();
    incog(&["keys", "rotate", &folder.file("no.key")]).fails(2, &["no.key"]);
    let torn = folder.write("torn.key", "incogkey1_");
    incog(&["keys", "rotate", &torn]).fails(2, &["torn.key"]);
    incog(&["keys", "rotate"]).exits(2);
    std::fs::remove_file(torn).unwrap();
    assert!(folder.listing() == before, "a refused command leaves nothing");
}
