//! A thousand values that no other text holds, through every command: none of them comes out.

use std::{collections::BTreeSet, fmt::Write as _};

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
    let (key, ledger) = (format!("file:{}", folder.file("incog.key")), folder.file("budget.db"));
    let mails: Vec<String> = (0..ROWS).map(|row| format!("{}@example.org", canary(row))).collect();
    let texts = folder.write("mails.txt", mails.join("\n"));
    let records: Vec<String> = mails.iter().map(|mail| format!("{{\"text\": \"<{mail}>\"}}")).collect();
    let records = folder.write("mails.jsonl", records.join("\n"));
    let events = folder.write("events.json", "{\"events\": [{\"mechanism\": \"pure\", \"epsilon\": 0.1}]}");
    let spec = folder.write(
        "spec.json",
        "{\"target\": {\"epsilon\": 1, \"delta\": 1e-5}, \"mechanism\": \"gaussian\", \"count\": 1, \"accountant\": \"rdp\"}",
    );
    let (notes, vault, redacted) =
        (folder.file("out/notes.csv"), folder.file("vault"), folder.file("redacted"));
    let mut seen = BTreeSet::new();
    let mut run = |args: &[&str]| {
        seen.insert(args[0].to_owned());
        seen.insert(args[..args.len().min(2)].join(" "));
        run(args)
    };
    let commands: &[&[&str]] = &[
        &["profile", &table],
        &["profile", &table, "--json"],
        &["completions", "bash"],
        &["man"],
        &["init", &table],
        &["init", &table, "-o", &folder.file("proposed.toml")],
        &["risk", &table, "--quasi", "age,town", "--sensitive", "name"],
        &["risk", &table, "--quasi", "age,town", "--sensitive", "name", "--json"],
        &["scan", &table],
        &["scan", &table, "--json"],
        &["scan", &texts],
        &["scan", &records, "--format", "jsonl", "--field", "text", "--json"],
        // What the scanner finds is replaced, in what is printed and in what is written.
        &["redact", &texts],
        &["redact", &texts, "-o", &redacted, "--vault", &vault, "--key", &key],
        &["redact", &records, "--json", "-o", &folder.file("redacted.txt")],
        &["plan", &policy],
        &["plan", &policy, "--json"],
        &["check", &policy],
        &["query", &policy],
        &["frontier", &policy, "--k", "2,5", "-o", &folder.file("frontier.html")],
        &["apply", &policy, "-o", &out],
        &["attack", &table, "--quasi", "age,town", "--sensitive", "name"],
        &["attack", &table, "--quasi", "age,town", "--sensitive", "name", "--auxiliary", &table, "--json"],
        &["attack", &out],
        &["attack", &out, "--json"],
        &["verify", &out],
        &["verify", &out, "--internal", &folder.file("out.internal")],
        &["verify", &out, "--json"],
        &["controls", &out],
        &["export", &out, "--format", "croissant-rai"],
        &["export", &out, "--format", "spdx"],
        &["decrypt", &notes, "--column", "phone", "--key", &key, "--domain", "phone"],
        &["ledger", "show", &ledger],
        &["ledger", "show", &ledger, "--json"],
        &["ledger", "spend", &ledger, "--epsilon", "0.1", "--key", &key],
        &["ledger", "verify", &ledger, "--key", &key],
        &["ledger", "accept-clock", &ledger, "--key", &key],
        &["account", &events, "--delta", "1e-5"],
        &["calibrate", &spec],
        &["demo", "--out", &folder.file("demo"), "--rows", "500"],
    ];
    for command in commands {
        run(command).done();
    }
    // A program that prints the table, attacked by what it prints: too few runs to say anything, but they are read.
    for (right, epsilon) in [(&table, "1"), (&texts, "9")] {
        let claim = ["audit", "--left", &table, "--right", right, "--epsilon", epsilon, "--samples", "2000"];
        run(&[&claim[..], &["--lines", "--json", "--", "cat", "{}"]].concat()).exits(3);
        run(&[&claim[..], &["--lines", "--", "cat", "{}"]].concat()).exits(3);
    }
    run(&["apply", &policy, "-o", &out]).exits(3);
    run(&["apply", &policy, "-o", &out, "--replace"]).done();
    run(&["keys", "rotate", &folder.file("incog.key")]).done();
    // There is nothing to migrate on SQLite, which it says.
    let _ = run(&["ledger", "migrate", &ledger]);
    // To print values is what these are for: on stdout and nowhere else.
    let resolved = |args: &[&str]| {
        let resolved = incog_unguarded(args, b"").done();
        assert!(resolved.stdout.to_lowercase().contains(MARK), "{resolved}");
        holds_none(&format!("stderr of {}", resolved.args), &resolved.stderr);
    };
    let candidates = ["--candidates", &table, "--candidate-column", "mrn"];
    resolved(
        &[&["detokenize", &notes, "--column", "mrn", "--key", &key, "--domain", "mrn"], &candidates[..]]
            .concat(),
    );
    resolved(&["detokenize", &redacted, "--vault", &vault, "--key", &key]);
    for (path, bytes) in folder.listing() {
        let is_input = ["csv", "txt", "jsonl"].iter().any(|of| path.extension().is_some_and(|e| e == *of));
        if path.parent() != Some(folder.path()) || !is_input {
            holds_none(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
        }
    }
    seen.extend(["detokenize", "keys generate", "ledger create"].map(str::to_owned));
    let missing: Vec<String> =
        every_command().into_iter().filter(|command| !seen.contains(command)).collect();
    assert!(missing.is_empty(), "no value went through {missing:?}");
}

/// All commands that the help names, and those below them.
pub(crate) fn every_command() -> Vec<String> {
    let below = |args: &[&str]| {
        let help = incog_unguarded(args, b"").done().stdout;
        let list = help.split("Commands:\n").nth(1).unwrap_or_default();
        let list = list.split("\n\n").next().unwrap_or_default().to_owned();
        let names = list.lines().filter_map(|line| {
            let name = line.strip_prefix("  ").filter(|l| !l.starts_with(' '))?.split(' ').next()?;
            (name != "help").then(|| name.to_owned())
        });
        names.collect::<Vec<String>>()
    };
    let mut all = Vec::new();
    for command in below(&["--help"]) {
        all.extend(below(&[&command, "--help"]).into_iter().map(|name| format!("{command} {name}")));
        all.push(command);
    }
    assert!(all.len() > 25 && all.iter().any(|c| c == "ledger spend"), "{all:?}");
    all
}

#[test]
fn a_table_in_the_place_of_another_file_is_refused_without_a_value_of_it() {
    let folder = Folder::new();
    let table = folder.write("t.csv", table());
    let broken: String = (0..ROWS).map(|row| format!("{{\"a\": \"{}\"\n", canary(row))).collect();
    let broken = folder.write("broken.jsonl", broken);
    let bare = folder.write("bare.toml", format!("version = 1\npurpose = {}\n", canary(1)));
    run(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    run(&["ledger", "create", &folder.file("budget.db"), "--epsilon", "2"]).done();
    let (key, ledger) = (format!("file:{}", folder.file("incog.key")), folder.file("budget.db"));
    for file in [&table, &broken, &bare] {
        // As a key it must be its owner's, or it is not even read.
        #[cfg(unix)]
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let as_key = format!("file:{file}");
        let commands: &[&[&str]] = &[
            &["plan", file],
            &["apply", file],
            &["check", file],
            &["query", file],
            &["frontier", file],
            &["verify", file],
            &["verify", &folder.file(""), "--trust", file],
            &["controls", file],
            &["export", file, "--format", "spdx"],
            &["account", file, "--delta", "1e-5"],
            &["calibrate", file],
            &["ledger", "show", file],
            &["ledger", "verify", file],
            &["ledger", "spend", file, "--epsilon", "0.1"],
            &["ledger", "spend", &ledger, "--events", file],
            &["ledger", "create", file, "--epsilon", "1"],
            &["keys", "rotate", file],
            &["scan", &table, "--policy", file],
            &["redact", &table, "--policy", file],
            &["redact", file, "--format", "json"],
            &["detokenize", &table, "--key", &as_key, "--candidates", &table, "--domain", "d"],
            &["detokenize", &table, "--key", &key, "--vault", file],
            &["decrypt", &table, "--column", "phone", "--key", &as_key, "--domain", "d"],
            &["decrypt", file, "--column", "town", "--key", &key, "--domain", "d"],
        ];
        for command in commands {
            let run = run(command);
            assert!(matches!(run.code, Some(1..=4)), "{run}");
        }
    }
    for register in [&broken, &bare] {
        let run = run(&["attack", &table, "--quasi", "town", "--sensitive", "name", "--auxiliary", register]);
        assert!(matches!(run.code, Some(2..=4)), "{run}");
    }
    for command in ["profile", "init", "risk"] {
        let args = [command, &broken, "--quasi", "a"];
        run(&args[..if command == "risk" { 4 } else { 2 }]).exits(4);
    }
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
