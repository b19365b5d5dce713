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

    // JSON Lines would be written back as CSV.
    for (name, more) in [("t.jsonl", &[][..]), ("T.NDJSON", &[]), ("t.txt", &["--format", "jsonl"])] {
        let lines = folder.write(name, "{\"mrn\":\"CANARY\",\"phone\":\"1\"}\n");
        let out = folder.file("back");
        let args = ["detokenize", &lines, "--key", &key, "--domain", "d", "--candidates", &candidates];
        incog(&[&args[..], more, &["--column", "mrn", "-o", &out]].concat())
            .fails(2, &[name, "JSON Lines", "without --column"]);
        incog_unguarded(&[&args[..], more].concat(), b"").done();
        if more.is_empty() {
            incog(&["decrypt", &lines, "--key", &key, "--domain", "d", "--column", "phone", "-o", &out])
                .fails(2, &[name, "JSON Lines", "CSV"]);
        }
    }

    let before = folder.listing();
    incog(&["keys", "rotate", &folder.file("no.key")]).fails(2, &["no.key"]);
    let torn = folder.write("torn.key", "incogkey1_");
    incog(&["keys", "rotate", &torn]).fails(2, &["torn.key"]);
    incog(&["keys", "rotate"]).exits(2);
    std::fs::remove_file(torn).unwrap();
    assert!(folder.listing() == before, "a refused command leaves nothing");
}

#[test]
fn placeholders_of_a_vault_lead_back_and_go_on_from_file_to_file() {
    let folder = Folder::new();
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    let (key, vault) = (key(&folder), folder.file("chat.vault"));
    let names = folder.write("names.txt", "CANARY Lovelace\n\nByron\n");
    let redact = |text: &str| {
        let known = format!("PERSON={names}");
        let args = ["redact", "-", "--vault", &vault, "--key", &key, "--known", &known];
        incog_unguarded(&args, text.as_bytes()).done()
    };
    let text = "canary LOVELACE (CANARY@example.org, SSN: 536-90-4399) wrote to Byron.\n";
    let first = redact(text);
    for value in ["CANARY", "LOVELACE", "536-90", "Byron"] {
        assert!(!first.stdout.contains(value), "{first}");
    }
    assert!(first.stderr.contains("4 replaced, EMAIL_ADDRESS 1, PERSON 2, US_SSN 1"), "{first}");
    // The same again is the same; what was found by its label is found without one.
    assert_eq!(redact(text).stdout, first.stdout);
    let second = redact("Is 536904399 Byron's?\n");
    assert!(!second.stdout.contains("53690") && !second.stdout.contains("Byron"), "{second}");

    // Also with a key that was rotated since, in another case, and with what a model made up.
    incog(&["keys", "rotate", &folder.file("incog.key")]).done();
    let answer = first.stdout.to_lowercase() + &second.stdout + "IBAN_BB0000";
    let back =
        incog_unguarded(&["detokenize", "-", "--vault", &vault, "--key", &key], answer.as_bytes()).done();
    // The model's small letters stay; the values are those that were replaced.
    let text = text.replace("SSN", "ssn");
    assert_eq!(back.stdout, format!("{text}Is 536904399 Byron's?\nIBAN_BB0000"));
    assert!(back.stderr.contains("1 words have the form of a placeholder"), "{back}");

    for (args, code, part) in [
        (vec!["redact", "-", "--vault", &vault], 2, "--vault needs a key"),
        (vec!["redact", "-", "--vault", &vault, "--key", &key, "--format", "csv"], 2, "--format text"),
        (vec!["redact", "-", "--vault", &vault, "--key", &key, "--default", "mask"], 2, "--default"),
        (vec!["redact", "-", "--vault", &names, "--key", &key], 4, "is no vault"),
        (vec!["redact", "-", "--vault", &vault, "--key", &key, "--known", "PERSON"], 2, "ENTITY=FILE"),
        (vec!["detokenize", "-", "--vault", &vault, "--key", &key, "--domain", "x"], 2, "--domain"),
        (vec!["detokenize", "-", "--key", &key], 2, "--domain"),
    ] {
        let run = incog(&args).exits(code);
        assert!(run.stderr.contains(part), "{run}");
    }
}

#[test]
fn tenants_share_no_stand_in() {
    let folder = Folder::new();
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    let key = key(&folder);
    let redact = |tenant: &[&str]| {
        let args = [&["redact", "-", "--default", "token", "--key", &key][..], tenant].concat();
        incog_unguarded(&args, b"to ada@example.org\n").done().stdout
    };
    let (none, a, b) = (redact(&[]), redact(&["--tenant", "a"]), redact(&["--tenant", "b"]));
    assert!(none != a && a != b && b != none);
    assert_eq!(redact(&["--tenant", "a"]), a);
    let candidates = folder.write("candidates.txt", "ada@example.org\n");
    let back = |tenant: &str| {
        let args = [
            "detokenize",
            "-",
            "--key",
            &key,
            "--tenant",
            tenant,
            "--domain",
            "redact",
            "--candidates",
            &candidates,
        ];
        incog_unguarded(&args, a.as_bytes()).done().stdout
    };
    assert_eq!(back("a"), "to ada@example.org\n");
    assert_eq!(back("b"), a);
    incog(&["redact", "-", "--default", "token", "--key", &key, "--tenant", ""]).fails(2, &["tenant"]);
}

#[test]
fn canonical_tokens_of_a_text_join_its_spellings() {
    let folder = Folder::new();
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    let key = key(&folder);
    let redact = |args: &[&str]| {
        let all = [&["redact", "-", "--default", "token", "--key", &key][..], args].concat();
        incog_unguarded(&all, b"(201) 555-0123, +1 201 555 0123\n").done().stdout
    };
    let halves = |text: String| text.trim().split(", ").map(str::to_owned).collect::<Vec<_>>();
    let [one, other] = &halves(redact(&["--canonical", "1"]))[..] else { panic!() };
    assert_eq!(one, other);
    let [one, other] = &halves(redact(&[]))[..] else { panic!() };
    assert_ne!(one, other);
    incog(&["redact", "-", "--default", "token", "--key", &key, "--canonical", "0"])
        .fails(2, &["calling code"]);
}

/// Sixty patients, half of whom share a ward: whoever knows that ward knows its token.
#[test]
fn a_plan_says_what_the_shares_of_tokens_give_away_and_no_value() {
    let folder = Folder::new();
    let rows: String = (0..60)
        .map(|i| format!("m{i:03};{}\n", if i % 2 == 0 { "CANARY-W1".into() } else { format!("w{i}") }))
        .collect();
    folder.write("patients.csv", format!("mrn;ward\n{rows}"));
    let policy = folder.write(
        "policy.toml",
        r#"version = 1
purpose = "test"
tenant = "clinic north"
undeclared = "deny"
[input]
path = "patients.csv"
delimiter = ";"
[columns]
mrn = { role = "identifying", action = "token", key = "file:incog.key" }
ward = { role = "identifying", action = "token", key = "file:incog.key", canonical = "identifier" }
[release.out]
columns = ["mrn", "ward"]
"#,
    );
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    let plan = incog(&["plan", &policy]).done();
    assert!(plan.stdout.contains("ward: 31 distinct values in 60 rows (0 missing), entropy"), "{plan}");
    assert!(plan.stdout.contains("mrn: 60 distinct values in 60 rows"), "{plan}");
    let warning =
        "note: release 'out', column 'ward': the most frequent of 31 values has 50.00 % of the rows";
    assert!(plan.stdout.contains(warning), "{plan}");
    assert_eq!(plan.stdout.matches("most frequent of").count(), 1);

    let json = incog(&["apply", &policy, "-o", &folder.file("out"), "--json"]).done().value();
    let shares = &json["releases"]["out"]["frequencies"]["ward"];
    assert_eq!(
        (&shares["rows"], &shares["distinct"], &shares["guessable"]),
        (&60.into(), &31.into(), &true.into())
    );
    assert_eq!(shares["most_frequent"][0]["rows"], 30);
    assert_eq!(json["warnings"].as_array().unwrap().len(), 1);
    // Exact figures about the raw table are for those who hold it.
    let card = folder.read("out/card.json");
    assert!(!card.contains("guessable") && !card.contains("50.00"), "{card}");
    assert!(folder.read("out.internal/report.html").contains("50.00"));
    // Two columns of one key and one value share no token, unless their domain is one.
    let cells = folder.read("out/out.csv");
    assert!(cells.lines().skip(1).all(|l| l.starts_with("MRN_") && l.contains(";WARD_")), "{cells}");
}
