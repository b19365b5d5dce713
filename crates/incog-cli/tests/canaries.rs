//! A thousand values that no other text holds, through every command: none of them comes out.

use std::fmt::Write as _;

use crate::support::{Folder, Run, incog_unguarded};

/// What every planted value starts with, in any case.
const MARK: &str = "qzxjvkwy";
const ROWS: usize = 1000;

const POLICY: &str = r#"version = 1
purpose = "test"
person = "mrn"
[input]
path = "t.csv"
[columns]
mrn   = { role = "identifying", action = "token", key = "file:incog.key" }
name  = { role = "identifying", action = "drop" }
email = { role = "identifying", action = "drop" }
age   = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20] } }
town  = { role = "quasi" }
seen  = { role = "insensitive", action = "date_shift", per = "mrn", days = 30, key = "file:incog.key" }
phone = { role = "identifying", action = "fpe", key = "file:incog.key" }
note  = { role = "text", action = "scrub", use_row = ["name", "mrn", "email"] }
[release.table]
columns = ["age", "town"]
models = [{ k_anonymity = 5 }]
max_suppressed = 0.1
search = "local"
[release.notes]
columns = ["mrn", "seen", "phone", "note"]
[release.stats]
ledger = "sqlite:budget.db"
budget = { epsilon = 1.0 }
bounds = { rows_per_person = 1, groups_per_person = 1 }
queries = [{ count = "*", epsilon = 0.5 }, { mean = "age", clamp = [0, 100], epsilon = 0.5 }]
[gate]
attacks = ["singling_out", "linkability", "inference"]
max_excess_risk = 1
"#;

/// One value of each row: `Qzxjvkwyabcde17`.
fn canary(row: usize) -> String {
    let letters: String = (0..5u32)
        .map(|i| char::from(b'a' + u8::try_from(row * 7919 / 26usize.pow(i) % 26).unwrap()))
        .collect();
    format!("Qzxjvkwy{letters}{row}")
}

/// Rows with values in every column from which nothing may leave as it is.
fn table() -> String {
    let mut text = String::from("mrn,name,email,age,town,seen,phone,note\n");
    for row in 0..ROWS {
        let canary = canary(row);
        let _ = writeln!(
            text,
            "{canary},Ada {canary},{canary}@example.org,{},{canary},2026-01-{:02},030 {:07},\"{canary} wrote from {canary}@example.org\"",
            20 + row % 50,
            1 + row % 28,
            1_000_000 + row
        );
    }
    text
}

fn holds_none(what: &str, text: &str) {
    let lower = text.to_lowercase();
    let found = lower.find(MARK).map(|at| lower[at..].chars().take(40).collect::<String>());
    assert!(found.is_none(), "{what} holds {found:?}");
}

fn run(args: &[&str]) -> Run {
    let run = incog_unguarded(args, b"");
    holds_none(&format!("stdout of {}", run.args), &run.stdout);
    holds_none(&format!("stderr of {}", run.args), &run.stderr);
    assert!(!run.stderr.contains("panicked"), "{run}");
    run
}

#[test]
fn a_thousand_values_go_through_every_command_and_none_comes_out() {
    let folder = Folder::new();
    let table = folder.write("t.csv", table());
    let policy = folder.write("policy.toml", POLICY);
    let out = folder.file("out");
    run(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    run(&["ledger", "create", &folder.file("budget.db"), "--epsilon", "2"]).done();
    let commands: [&[&str]; 20] = [
        &["profile", &table],
        &["profile", &table, "--json"],
        &["init", &table],
        &["risk", &table, "--quasi", "age,town", "--sensitive", "name"],
        &["scan", &table],
        &["scan", &table, "--json"],
        &["plan", &policy],
        &["plan", &policy, "--json"],
        &["check", &policy],
        &["query", &policy],
        &["frontier", &policy, "--k", "2,5"],
        &["apply", &policy, "-o", &out],
        &["attack", &table, "--quasi", "age,town", "--sensitive", "name"],
        &["attack", &out],
        &["verify", &out],
        &["verify", &out, "--internal", &folder.file("out.internal")],
        &["controls", &out],
        &["export", &out, "--format", "croissant-rai"],
        &["export", &out, "--format", "spdx"],
        &["ledger", "show", &folder.file("budget.db")],
    ];
    for command in commands {
        run(command).done();
    }
    run(&["apply", &policy, "-o", &out]).exits(3);
    run(&["verify", &out, "--json"]).done();
    for (path, bytes) in folder.listing() {
        let input = path.parent() == Some(folder.path()) && path.extension().is_some_and(|e| e == "csv");
        if !input {
            holds_none(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
        }
    }
    // In the text that `redact` prints only what the scanner finds is replaced.
    let mails: String = (0..ROWS).map(|row| format!("<{}@example.org>\n", canary(row))).collect();
    let redacted = incog_unguarded(&["redact", "-"], mails.as_bytes()).done();
    holds_none("redacted text", &redacted.stdout);
    assert_eq!(redacted.stdout.lines().count(), ROWS);
}

#[test]
fn no_error_holds_a_value() {
    let folder = Folder::new();
    let good = table();
    folder.write("t.csv", &good);
    let policy = folder.write("policy.toml", POLICY);
    let out = folder.file("out");
    run(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    run(&["ledger", "create", &folder.file("budget.db"), "--epsilon", "2"]).done();
    let row = good.lines().nth(500).unwrap().to_owned();
    let broken = |from: &str, to: &str| {
        assert!(row.contains(from), "{from}");
        good.replacen(&row, &row.replacen(from, to, 1), 1)
    };
    let age = format!(",{},", 20 + 499 % 50);
    let canary = canary(499);
    let cases = [
        ("ragged", format!("{good}{canary}\n")),
        ("an open quote", format!("{good}\"{canary}\n")),
        ("a stray quote", broken(&canary, &format!("{canary}\"x"))),
        ("no number", broken(&age, &format!(",{canary},"))),
        ("no date", broken("2026-01-", &format!("{canary}-"))),
        ("no digits", broken("030 ", &format!("{canary} "))),
        ("a column more", good.replacen("note\n", &format!("note,{canary}\n"), 1)),
        ("an empty header", good.replacen("name", "", 1)),
    ];
    for (name, text) in cases {
        folder.write("t.csv", text);
        for command in [&["plan", &policy][..], &["apply", &policy, "-o", &out], &["query", &policy]] {
            // A name of a column is no value.
            let run = if name == "a column more" { incog_unguarded(command, b"") } else { run(command) };
            assert!(!run.stderr.contains("panicked"), "{name}: {run}");
            if command[0] != "query" {
                assert!(matches!(run.code, Some(2..=4)), "{name}: {run}");
            }
        }
        assert!(!folder.has("out") && !folder.has("out.internal"), "{name}");
    }
}
