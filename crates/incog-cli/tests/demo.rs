//! `demo`: one folder for all tests, made once.

use std::{fs, path::Path, sync::OnceLock};

use serde_json::Value;

use crate::support::{Folder, Run, copy_folder, incog_unguarded};

struct Demo {
    folder: &'static Path,
    run: Run,
}

/// The demo's folder; no test changes it.
fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/demo"));
        let _ = fs::remove_dir_all(folder);
        let run =
            incog_unguarded(&["demo", "--rows", "300", "--out", folder.to_str().unwrap(), "--json"], b"");
        Demo { folder, run }
    })
}

/// A copy for a test that changes it.
fn copied() -> Folder {
    let folder = Folder::new();
    copy_folder(demo().folder, folder.path());
    folder
}

fn ran() -> &'static Demo {
    let demo = demo();
    assert_eq!(demo.run.code, Some(0), "{}", demo.run);
    demo
}

#[test]
fn the_demo_leaves_a_release_and_an_internal_folder() {
    let demo = ran();
    for name in
        ["patients.csv", "policy.toml", "release/card.json", "release/report.html", "release/policy.lock"]
    {
        assert!(demo.folder.join(name).is_file(), "{name}\n{}", demo.run);
    }
    let patients = fs::read_to_string(demo.folder.join("patients.csv")).unwrap();
    assert!(patients.lines().count() > 300, "a row per patient, some with line ends in their notes");
    let copy = copied();
    assert_eq!(copy.mode("release.internal"), 0o700);
}

#[test]
fn a_ledger_holds_no_value_no_query_and_no_key() {
    let folder = ran().folder;
    let ledger = ["budget.db", "budget.db-mark"].map(|name| fs::read(folder.join(name)).unwrap()).concat();
    let holds = |what: &[u8]| ledger.windows(what.len()).any(|window| window == what);
    // It is the ledger, and was charged.
    assert!(holds(b"incogmrk") && holds(b"charge time="));
    let key = fs::read_to_string(folder.join("incog.key")).unwrap();
    let (_, hex) = key.trim().split_once('_').unwrap();
    let raw: Vec<u8> =
        (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    assert!(!holds(hex.as_bytes()) && !holds(&raw[..16]), "the key");
    for query in ["charge_eur", "50000", "ward", "mean"] {
        assert!(!holds(query.as_bytes()), "{query}");
    }
    let patients = fs::read_to_string(folder.join("patients.csv")).unwrap();
    let cells = patients.lines().skip(1).flat_map(|line| line.split(',')).filter(|cell| cell.len() > 5);
    assert!(cells.clone().count() > 1000);
    assert!(!cells.into_iter().any(|cell| holds(cell.as_bytes())), "a cell of the table");
}

#[test]
fn the_demo_prints_json() {
    let json = ran().run.value();
    assert!(json.is_object(), "{json}");
}

#[test]
fn the_demo_has_statistics() {
    let stats = fs::read_to_string(ran().folder.join("release/stats.json")).unwrap();
    let stats: Value = serde_json::from_str(&stats).unwrap();
    assert!(
        stats.as_object().is_some_and(|s| !s.is_empty()) || stats.as_array().is_some_and(|s| !s.is_empty())
    );
}

#[test]
fn the_reports_of_the_demo_have_every_part() {
    let folder = ran().folder;
    let public = fs::read_to_string(folder.join("release/report.html")).unwrap();
    let internal = fs::read_to_string(folder.join("release.internal/report.html")).unwrap();
    let both = [
        "Not established",
        "What holds",
        "Assuming:",
        "What left",
        "Class sizes",
        "Uniqueness by column",
        "Utility by column",
        "what was left of the ledger",
        "Attacks",
        "Control matrix",
        "<td>sensitive</td>",
    ];
    // What is said of the input, and only to those who hold it. So few patients have no gate, so no attacks are shown.
    let inside = [
        "rows by the size of their class, before → after",
        "Rows alone in the input",
        "table: diagnosis, input → released",
        "Disparity of suppression",
        "rows by sex, input → released",
        "Detections",
    ];
    for part in both {
        assert!(public.contains(part) && internal.contains(part), "{part}");
    }
    for part in inside {
        assert!(internal.contains(part) && !public.contains(part), "{part}");
    }
    assert!(!public.contains("<script") && !internal.contains("<script"));
}

#[test]
fn the_control_matrix_of_the_demo_has_tests_and_what_the_release_shows() {
    let folder = ran().folder;
    let release = folder.join("release");
    let text = incog_unguarded(&["controls", release.to_str().unwrap()], b"").done().stdout;
    let of = |risk: &str| -> Vec<String> {
        let lines = text.lines().skip_while(|line| !line.ends_with(risk));
        lines.take(4).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    // Signed, and nobody said by whom.
    let forged = of("somebody else makes a folder that verifies");
    assert!(forged[0].starts_with("stated, not checked"), "{forged:?}");
    assert!(forged[2].starts_with("tests: the_two_verifiers_agree"), "{forged:?}");
    assert_eq!(forged[3], "card: card.json.sig");
    let singled_out = of("a row is singled out by what others know about the person");
    assert!(
        singled_out[0].starts_with("holds") && singled_out[3].starts_with("card: /claims/"),
        "{singled_out:?}"
    );
}

#[test]
fn the_demo_refuses_its_own_folder_a_second_time() {
    ran();
    let copy = copied();
    let before = copy.listing();
    incog_unguarded(&["demo", "--rows", "300", "--out", copy.path().to_str().unwrap()], b"")
        .fails(3, &[copy.path().to_str().unwrap()]);
    assert!(copy.listing() == before);
}

#[test]
fn the_demo_verifies_and_one_changed_cell_does_not() {
    ran();
    let copy = copied();
    incog_unguarded(&["verify", &copy.file("release")], b"").done();
    let table = copy.read("release/table.csv");
    let (header, rows) = table.split_once('\n').unwrap();
    let (_, rest) = rows.split_once(',').unwrap();
    copy.write("release/table.csv", format!("{header}\nchanged,{rest}"));
    let run = incog_unguarded(&["verify", &copy.file("release")], b"").exits(1);
    let all = format!("{}{}", run.stdout, run.stderr);
    let column = header.split(',').next().unwrap();
    assert!(all.lines().any(|line| line.contains("table.csv") && line.contains(column)), "{run}");
}

#[test]
fn a_new_column_stops_the_run() {
    ran();
    let copy = copied();
    let mut lines = 0;
    // Notes may hold line breaks inside quotes: a column is added in front, where a record starts.
    let mut quoted = false;
    let mut text = String::new();
    for line in copy.read("patients.csv").split_inclusive('\n') {
        if !quoted {
            text.push_str(if lines == 0 { "loyalty_id," } else { "CANARY-7," });
            lines += 1;
        }
        quoted ^= line.matches('"').count() % 2 == 1;
        text.push_str(line);
    }
    copy.write("patients.csv", text);
    let before = copy.listing();
    let run = incog_unguarded(&["apply", &copy.file("policy.toml"), "-o", &copy.file("again")], b"");
    let run = run.fails(3, &["loyalty_id", "[columns]", "\"loyalty_id\" = {"]);
    assert!(!run.stderr.contains("CANARY"), "{run}");
    assert!(copy.listing() == before, "something is left behind");
}
