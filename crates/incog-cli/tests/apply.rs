//! What `plan`, `check` and `apply` print and write.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{AGES, Folder, PEOPLE, POLICY, incog};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().map(String::as_str).collect()
}

fn applied(folder: &Folder) -> Value {
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out"), "--json"]).done().value()
}

/// The rows of the small table after recoding to `levels`, classes below `k` left out; sorted.
fn recoded(levels: &Value, k: usize) -> Vec<String> {
    let level = |column: &str| usize::try_from(levels[column].as_u64().unwrap()).unwrap();
    let ages: BTreeMap<&str, Vec<&str>> =
        AGES.lines().map(|line| (line.split(';').next().unwrap(), line.split(';').collect())).collect();
    let rows: Vec<(String, &str)> = PEOPLE
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(';').collect();
            let sex = if level("sex") == 0 { cells[1] } else { "*" };
            (format!("{};{sex}", ages[cells[0]][level("age")]), cells[2])
        })
        .collect();
    let mut released: Vec<String> = rows
        .iter()
        .filter(|(class, _)| rows.iter().filter(|(other, _)| other == class).count() >= k)
        .map(|(class, diagnosis)| format!("{class};{diagnosis}"))
        .collect();
    released.sort();
    released
}

fn released(folder: &Folder) -> Vec<String> {
    let mut rows: Vec<String> = folder.read("out/table.csv").lines().skip(1).map(str::to_owned).collect();
    rows.sort();
    rows
}

#[test]
fn the_json_of_apply_has_the_shape_of_the_contract() {
    let folder = Folder::people();
    let json = applied(&folder);
    assert_eq!(keys(&json), BTreeSet::from(["releases", "refusals", "warnings"]));
    assert_eq!(json["refusals"], Value::Array(vec![]));
    assert!(json["warnings"].is_array());
    assert_eq!(keys(&json["releases"]), BTreeSet::from(["table"]));
    let table = &json["releases"]["table"];
    let at_least = BTreeSet::from([
        "levels",
        "search",
        "optimal",
        "nodes_checked",
        "rows",
        "suppressed_rows",
        "classes",
        "min_class",
        "max_class",
        "k_with_insensitive",
        "quality",
        "models",
    ]);
    let more = BTreeSet::from(["column_loss", "findings", "gap", "lower_bound"]);
    assert_eq!(keys(table), &at_least | &more);
    let quality = ["loss", "loss_geometric", "discernibility", "average_class_size", "precision", "entropy"];
    assert_eq!(keys(&table["quality"]), BTreeSet::from(quality));
    for name in quality {
        assert!(table["quality"][name].is_number(), "{name}: {table}");
    }
    // Decades are the cheapest: (1 decade, sex kept) makes four classes of two.
    assert_eq!(table["levels"], serde_json::json!({"age": 1, "sex": 0}));
    assert_eq!(table["search"], "optimal");
    assert_eq!(table["optimal"], true);
    assert!(table["nodes_checked"].as_u64().is_some_and(|nodes| (1..=6).contains(&nodes)), "{table}");
    for (name, expected) in [
        ("rows", 8),
        ("suppressed_rows", 0),
        ("classes", 4),
        ("min_class", 2),
        ("max_class", 2),
        ("k_with_insensitive", 2),
    ] {
        assert_eq!(table[name], expected, "{name}: {table}");
    }
    assert_eq!(table["models"].as_array().map(Vec::len), Some(1), "{table}");
    // Twice four ages fall together in a domain of eight: (4 - 1) / (8 - 1) for age, 0 for sex.
    assert_eq!(table["quality"]["average_class_size"], 2.0, "{table}");
    assert_eq!(table["quality"]["discernibility"], 16.0, "{table}");
}

#[test]
fn plan_and_apply_agree() {
    let folder = Folder::people();
    let before = folder.listing();
    let plan = incog(&["plan", &folder.file("policy.toml"), "--json"]).done().value();
    assert!(folder.listing() == before, "plan writes");
    let applied = applied(&folder);
    assert_eq!(plan["releases"]["table"]["levels"], applied["releases"]["table"]["levels"]);
    assert_eq!(plan["releases"]["table"]["quality"], applied["releases"]["table"]["quality"]);
}

#[test]
fn released_rows_are_the_recoded_rows() {
    for (k, max_suppressed) in [(2, "0.0"), (4, "0.0"), (8, "0.0"), (2, "0.5"), (3, "1.0")] {
        let folder = Folder::people();
        folder.edit("policy.toml", "k_anonymity = 2", &format!("k_anonymity = {k}"));
        folder.edit("policy.toml", "max_suppressed = 0.0", &format!("max_suppressed = {max_suppressed}"));
        let json = applied(&folder);
        let table = &json["releases"]["table"];
        let expected = recoded(&table["levels"], k);
        assert_eq!(released(&folder), expected, "k = {k}, {max_suppressed}: {table}");
        assert_eq!(table["suppressed_rows"], 8 - expected.len());
    }
}

#[test]
fn classes_below_k_are_left_out() {
    let folder = Folder::people();
    // A ninth row, alone in its class at every level but the last.
    folder.write("people.csv", format!("{PEOPLE}CANARY-99;CANARY-f;CANARY-flu\n"));
    folder.write("age.csv", format!("{AGES}CANARY-99;nineties;*\n"));
    folder.edit("policy.toml", "max_suppressed = 0.0", "max_suppressed = 0.12");
    let json = applied(&folder);
    assert_eq!(json["releases"]["table"]["levels"], serde_json::json!({"age": 1, "sex": 0}));
    assert_eq!(json["releases"]["table"]["suppressed_rows"], 1);
    assert_eq!(released(&folder), recoded(&json["releases"]["table"]["levels"], 2));
}

#[test]
fn the_release_has_the_delimiter_and_the_line_ends_of_the_input() {
    let folder = Folder::people();
    folder.write("people.csv", PEOPLE.replace('\n', "\r\n"));
    applied(&folder);
    let table = folder.read("out/table.csv");
    assert!(table.starts_with("age;sex;diagnosis\r\n"), "{table:?}");
    assert_eq!(table.matches("\r\n").count(), 9, "{table:?}");
    assert_eq!(table.matches('\n').count(), 9, "{table:?}");
    assert_eq!(released(&folder).len(), 8);
}

#[test]
fn same_input_policy_and_key_give_the_same_bytes() {
    let folder = Folder::people();
    applied(&folder);
    let first = folder.read("out/table.csv");
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("again")]).done();
    assert_eq!(folder.read("again/table.csv"), first);
}

#[test]
fn the_order_of_the_released_rows_does_not_depend_on_the_input_order() {
    let folder = Folder::people();
    applied(&folder);
    let mut rows: Vec<&str> = PEOPLE.lines().skip(1).collect();
    rows.reverse();
    rows.swap(1, 5);
    folder.write("people.csv", format!("age;sex;diagnosis\n{}\n", rows.join("\n")));
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("again")]).done();
    assert_eq!(folder.read("again/table.csv"), folder.read("out/table.csv"));
}

#[test]
fn the_release_folder_is_public_and_the_internal_folder_is_not() {
    let folder = Folder::people();
    applied(&folder);
    for name in ["table.csv", "card.json", "report.html", "policy.lock"] {
        assert!(folder.has(&format!("out/{name}")), "{name}");
    }
    assert_eq!(folder.mode("out.internal"), 0o700);
    // The hierarchy says nothing about it: exact ages are not in any public file.
    for name in ["table.csv", "card.json", "report.html", "policy.lock"] {
        assert!(!folder.read(&format!("out/{name}")).contains("CANARY-2"), "{name} holds an exact age");
    }
    for name in ["card.json", "report.html"] {
        assert!(!folder.read(&format!("out/{name}")).contains("CANARY"), "{name} holds a cell");
    }
    let beside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!beside.iter().any(|name| name.to_string_lossy().starts_with('.')), "{beside:?}");
}

#[test]
fn the_default_folder_is_release_beside_the_policy() {
    let folder = Folder::people();
    incog(&["apply", &folder.file("policy.toml")]).done();
    assert!(folder.has("release/table.csv") && folder.has("release.internal"));
}

#[test]
fn plan_and_check_write_nothing() {
    let folder = Folder::people();
    let before = folder.listing();
    for command in ["plan", "check"] {
        incog(&[command, &folder.file("policy.toml")]).done();
        assert!(folder.listing() == before, "{command} writes");
        incog(&[command, &folder.file("policy.toml"), "--json"]).done().value();
        assert!(folder.listing() == before, "{command} --json writes");
    }
}

#[test]
fn a_plan_shows_every_refusal() {
    let folder = Folder::people();
    // Two columns that the policy does not have, and a k that the table cannot reach.
    folder.write("people.csv", PEOPLE.replace("\n", ";1;2\n").replacen(";1;2", ";shoe_size;loyalty_id", 1));
    let before = folder.listing();
    let run = incog(&["plan", &folder.file("policy.toml")]).exits(3);
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(all.contains("shoe_size") && all.contains("loyalty_id"), "{run}");
    let json = incog(&["plan", &folder.file("policy.toml"), "--json"]).exits(3).value();
    let refusals = json["refusals"].to_string();
    assert!(refusals.contains("shoe_size") && refusals.contains("loyalty_id"), "{refusals}");
    let run = incog(&["check", &folder.file("policy.toml")]);
    assert!(matches!(run.code, Some(1 | 3)), "{run}");
    assert!(folder.listing() == before);
}

#[test]
fn a_plan_shows_the_refusals_of_every_release() {
    let folder = Folder::people();
    let second = "\n[release.other]\ncolumns = [\"sex\", \"diagnosis\"]\nmodels = [{ k_anonymity = 12 }]\nsearch = \"optimal\"\n";
    folder.edit("policy.toml", "k_anonymity = 2", "k_anonymity = 11");
    folder.write("policy.toml", folder.read("policy.toml") + second);
    let json = incog(&["plan", &folder.file("policy.toml"), "--json"]).exits(3).value();
    let refusals = json["refusals"].as_array().unwrap();
    assert!(refusals.len() >= 2, "{json}");
    let run = incog(&["plan", &folder.file("policy.toml")]).exits(3);
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(all.contains("11") && all.contains("12"), "{run}");
}

#[test]
fn a_table_from_a_spreadsheet_is_read_in_the_encoding_that_the_policy_declares() {
    let plain = Folder::people();
    applied(&plain);
    let folder = Folder::people();
    let units = std::iter::once(0xfeff).chain(PEOPLE.encode_utf16());
    folder.write("people.csv", units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")])
        .fails(4, &["byte order mark of UTF-16", "declare encoding = \"utf-16\""]);
    folder.write(
        "policy.toml",
        POLICY.replace("delimiter = \";\"\n\n", "delimiter = \";\"\nencoding = \"utf-16\"\n\n"),
    );
    applied(&folder);
    assert_eq!(released(&folder), released(&plain));

    folder.write("policy.toml", POLICY.replace("delimiter = \";\"\n\n", "encoding = \"klingon\"\n\n"));
    incog(&["check", &folder.file("policy.toml")]).fails(2, &["'klingon'", "'utf-8', 'utf-16', 'latin-1'"]);

    // The proposal for such a table says so.
    let proposal =
        incog(&["init", &folder.file("people.csv"), "--encoding", "utf-16", "--json"]).done().value();
    assert!(proposal["policy"].as_str().unwrap().contains("encoding = \"utf-16\""), "{proposal}");
}
