//! `incog verify` and `tools/verify/verify.py`, written from docs/CARD.md alone, say the same of every release and of
//! every tampering with it: the same exit code, and the same outcome of the same checks in the same order.
//!
//! The one difference that is allowed: the second has no scanner, so it does not check `nothing_found`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use incog::{
    evidence::{column_sha256, sha256_hex},
    table::csv::{self, Dialect},
};
use serde_json::{Value, json};

use crate::support::{Folder, Run, copy_folder, incog_unguarded};

/// A change of the folder that is given, in a copy.
type Change = fn(&Path);

/// In place of a sentence: what differs if the card has claims of this kind, and that nothing does if it has none.
const IF_DISTINCT: &str = "?distinct_l_diversity";

/// In place of a sentence: that classes without rows make claims false, but those of k.
const IF_NOT_K_ALONE: &str = "?";

/// (what is done, how, part of a sentence of `incog verify`, or `@` and the subject of a check that differs)
const TAMPERINGS: &[(&str, Change, &str)] = &[
    (
        "a changed cell",
        |d| edit(d, "table.csv", 1, |row| row[0] = "changed".into()),
        "cells differ from the card in column",
    ),
    (
        "a changed cell, and a card that fits it",
        |d| {
            edit(d, "table.csv", 1, |row| row[0] = "changed".into());
            reseal(d);
        },
        "row 1 is in a class of 1, the claim is",
    ),
    (
        "values of a class made equal, and a card that fits it",
        |d| {
            let sensitive = |c: &String| ["diagnosis", "occupation", "stage"].contains(&c.as_str());
            let mut rows = read(d, "table.csv");
            let at = rows[0].iter().position(sensitive).unwrap();
            rows.iter_mut().skip(1).for_each(|cells| cells[at] = "flu".into());
            write(d, "table.csv", &rows);
            reseal(d);
        },
        IF_DISTINCT,
    ),
    (
        "a column more",
        |d| add_column(d, "table.csv", "insurance"),
        "its columns are not those of the card: column",
    ),
    (
        "a column more, and a card that fits it",
        |d| {
            add_column(d, "table.csv", "insurance");
            reseal(d);
        },
        "column 'insurance' is not in the policy",
    ),
    (
        "a quasi-identifying column that the claims leave out",
        |d| {
            card(d, |card| {
                for claim in card["claims"].as_array_mut().unwrap() {
                    for body in claim["statement"].as_object_mut().unwrap().values_mut() {
                        let body = match body.get("of") {
                            Some(_) => &mut body["of"],
                            None => body,
                        };
                        let columns = body.get_mut("columns").and_then(Value::as_array_mut);
                        if let Some(columns) = columns.filter(|c| c.len() > 1) {
                            columns.retain(|c| c != "age" && c != "sex");
                        }
                    }
                }
            });
        },
        "'table.csv': a claim takes column '",
    ),
    ("a row less", |d| drop_row(d, "table.csv"), "rows, the card says"),
    (
        "all but one row of a class less, and a card that fits it",
        |d| {
            leave_one_of_a_class(d);
            reseal(d);
        },
        "is in a class of 1, the claim is",
    ),
    (
        "a class of one row, and claims that say that persons were counted",
        |d| {
            leave_one_of_a_class(d);
            reseal(d);
            card(d, |card| {
                for claim in card["claims"].as_array_mut().unwrap() {
                    let Some(body) = claim["statement"].get("k_anonymity").cloned() else { continue };
                    let body = json!({"k": body["k"], "columns": body["columns"], "person": "p"});
                    claim["statement"] = json!({ "person_k_anonymity": body });
                    claim["check"] = json!("replayable");
                }
            });
        },
        "is in a class of 1, the claim is",
    ),
    (
        "persons whom the policy does not know",
        |d| {
            card(d, |card| {
                let body = of_kind(card, "k_anonymity")["statement"]["k_anonymity"].clone();
                let body = json!({"k": 1, "columns": body["columns"], "person": "p"});
                of_kind(card, "k_anonymity")["check"] = json!("replayable");
                of_kind(card, "k_anonymity")["statement"] = json!({ "person_k_anonymity": body });
            });
        },
        "a claim counts persons of column 'p', which names none in the policy",
    ),
    (
        "no rows, and a card that fits it",
        |d| {
            let header = read(d, "table.csv").remove(0);
            write(d, "table.csv", &[header]);
            reseal(d);
        },
        IF_NOT_K_ALONE,
    ),
    ("a claim with another name", |d| rename_claim(d, "k_anonymity", "q_anonymity"), "q_anonymity"),
    (
        "a claim that calls itself attested",
        |d| card(d, |card| of_kind(card, "k_anonymity")["check"] = json!("attested")),
        "such a claim is recomputed, and this one says attested",
    ),
    (
        "a larger k",
        |d| card(d, |card| of_kind(card, "k_anonymity")["statement"]["k_anonymity"]["k"] = json!(1_000_000)),
        "the claim is 1000000",
    ),
    (
        "a k of zero",
        |d| card(d, |card| of_kind(card, "k_anonymity")["statement"]["k_anonymity"]["k"] = json!(0)),
        "k is 0",
    ),
    (
        "a k that is no integer",
        |d| card(d, |card| of_kind(card, "k_anonymity")["statement"]["k_anonymity"]["k"] = json!(2.0)),
        "invalid type",
    ),
    (
        "a column named twice",
        |d| {
            card(d, |card| {
                let columns = &mut of_kind(card, "k_anonymity")["statement"]["k_anonymity"]["columns"];
                let first = columns[0].clone();
                columns.as_array_mut().unwrap().push(first);
            });
        },
        "a column is named twice",
    ),
    (
        "a claim about a table that is not there",
        |d| card(d, |card| of_kind(card, "k_anonymity")["release"] = json!("tabel")),
        "there is no readable table 'tabel.csv'",
    ),
    ("no claims", |d| card(d, |card| card["claims"] = json!([])), "the card claims nothing"),
    (
        "no claim about the table",
        |d| {
            card(d, |card| card["claims"].as_array_mut().unwrap().retain(|c| c["release"] != "table"));
        },
        "@/claims",
    ),
    ("an unknown member", |d| card(d, |card| card["colour"] = json!("red")), "unknown field `colour`"),
    (
        "a member less",
        |d| card(d, |card| drop(card.as_object_mut().unwrap().remove("joint"))),
        "missing field `joint`",
    ),
    (
        "an unknown member deep inside",
        |d| card(d, |card| card["outputs"][0]["colour"] = json!("red")),
        "unknown field `colour`",
    ),
    (
        "two members of one name",
        |d| replace(d, "card.json", "\"purpose\":", "\"purpose\": \"other\",\n  \"purpose\":"),
        "two members of one name",
    ),
    (
        "a digest that is none",
        |d| card(d, |card| card["policy_sha256"] = json!("00FF")),
        "64 hexadecimal digits",
    ),
    (
        "another policy",
        |d| card(d, |card| card["policy_sha256"] = json!("00".repeat(32))),
        "it is of another policy than the card",
    ),
    (
        "a loss above one",
        |d| card(d, |card| card["utility"]["table"]["loss"] = json!(1.5)),
        "a loss is from 0 to 1",
    ),
    (
        "a file less",
        |d| fs::remove_file(d.join("table.csv")).unwrap(),
        "in the card and not in the folder: table.csv",
    ),
    ("a file more", |d| fs::write(d.join("raw.csv"), "a\n").unwrap(), "not in the card: raw.csv"),
    ("a folder in the folder", |d| fs::create_dir(d.join("raw")).unwrap(), "'raw' is not a regular file"),
    (
        "a link to the same table elsewhere",
        |d| {
            fs::rename(d.join("table.csv"), d.with_extension("csv")).unwrap();
            std::os::unix::fs::symlink(d.with_extension("csv"), d.join("table.csv")).unwrap();
        },
        "'table.csv' is not a regular file",
    ),
    (
        "an output twice",
        |d| {
            card(d, |card| {
                let o = card["outputs"][0].clone();
                card["outputs"].as_array_mut().unwrap().push(o);
            })
        },
        "is in the card twice",
    ),
    (
        "an output elsewhere",
        |d| card(d, |card| card["outputs"][0]["file"] = json!("../policy.toml")),
        "not that of a file beside the card",
    ),
    (
        "half a table",
        |d| {
            card(d, |card| {
                let o = table(card);
                o["rows"] = Value::Null;
            })
        },
        "is half a table",
    ),
    ("another delimiter", |d| card(d, |card| table(card)["delimiter"] = json!("|")), "of the card"),
    ("another report", |d| replace(d, "report.html", "<main>", "<main><p>All is well.</p>"), "the card says"),
    (
        "a lock that is none",
        |d| {
            fs::write(d.join("policy.lock"), "version = 1\n").unwrap();
            reseal(d);
        },
        "it is not the lock of a policy",
    ),
    (
        "a stray quote",
        |d| {
            replace(d, "table.csv", "\n", "\n\"x\"y");
            reseal_digests(d);
        },
        "cannot be read as the table of the card",
    ),
    (
        "bytes that are no text",
        |d| {
            let mut b = fs::read(d.join("table.csv")).unwrap();
            let at = b.iter().position(|&b| b == b'\n').unwrap() + 1;
            b[at] = 0xff;
            fs::write(d.join("table.csv"), b).unwrap();
        },
        "cannot be read as the table of the card",
    ),
    (
        "a ragged row",
        |d| {
            let mut t = fs::read_to_string(d.join("table.csv")).unwrap();
            t.push_str("x\n");
            fs::write(d.join("table.csv"), t).unwrap();
        },
        "cells where the header has",
    ),
    (
        "other line ends",
        |d| {
            let t = fs::read_to_string(d.join("table.csv")).unwrap();
            fs::write(d.join("table.csv"), t.replace('\n', "\r\n")).unwrap();
        },
        "the bytes differ from the card, the cells do not",
    ),
    (
        "a signature that is none",
        |d| fs::write(d.join("card.json.sig"), "{}").unwrap(),
        "it is not a DSSE envelope",
    ),
];

/// Those that need statistics.
const OF_STATISTICS: &[(&str, Change, &str)] = &[
    (
        "a smaller epsilon on the card",
        |d| {
            card(d, |card| {
                of_kind(card, "differential_privacy")["statement"]["differential_privacy"]["epsilon"] =
                    json!("0.01");
            })
        },
        "the budget of 'stats' on the card is another",
    ),
    (
        "a smaller epsilon everywhere on the card",
        |d| {
            card(d, |card| {
                of_kind(card, "differential_privacy")["statement"]["differential_privacy"]["epsilon"] =
                    json!("0.01");
                card["budget"]["stats"]["epsilon"] = json!("0.01");
            })
        },
        "do not add up",
    ),
    (
        "noise from a seed",
        |d| {
            replace(d, "stats.json", "\"insecure\": false", "\"insecure\": true");
            reseal(d);
        },
        "came from a seed",
    ),
    (
        "no claim about the statistics",
        |d| card(d, |card| card["claims"].as_array_mut().unwrap().retain(|c| c["release"] != "stats")),
        "nothing is claimed about the statistics 'stats'",
    ),
    (
        "statistics that are none",
        |d| {
            fs::write(d.join("stats.json"), "{}\n").unwrap();
            reseal(d);
        },
        "incog-stats/1",
    ),
];

/// Those that need a pseudonymised release with text; the last is seen by the scanner alone.
const OF_TEXT: &[(&str, Change, &str)] = &[
    (
        "a treatment that nobody knows",
        |d| {
            card(d, |card| {
                of_kind(card, "pseudonymised")["statement"]["pseudonymised"]["columns"][0]["treatment"] =
                    json!("hash");
            })
        },
        "the treatment of column '",
    ),
    (
        "a pseudonymised column that the claim leaves out",
        |d| {
            card(d, |card| {
                let columns = &mut of_kind(card, "pseudonymised")["statement"]["pseudonymised"]["columns"];
                columns.as_array_mut().unwrap().pop();
            })
        },
        "its columns are not those of the table",
    ),
    (
        "a k for tokens",
        |d| {
            card(d, |card| {
                let names: Vec<Value> = card["outputs"][0]["columns"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|c| c["name"].clone())
                    .collect();
                let claim = json!({"release": "notes", "check": "recomputed", "assumptions": [], "statement":
                {"k_anonymity": {"k": 1, "columns": names, "insensitive": [], "with_insensitive": null}}});
                card["claims"].as_array_mut().unwrap().push(claim);
            })
        },
        "which it is not in the policy",
    ),
];

/// Whoever opens these waits for ever.
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

const SEEN_BY_THE_SCANNER: (&str, Change, &str) = (
    "an address in a note, and a card that fits it",
    |d| {
        edit(d, "notes.csv", 1, |row| row.last_mut().unwrap().push_str(" write to jo.field@mailbox.org"));
        reseal(d);
    },
    "column 'notes', row 1: ",
);

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

/// A copy beside the release.
fn copy_of(release: &Path) -> PathBuf {
    let copy = release.with_file_name("tampered");
    let _ = fs::remove_dir_all(&copy);
    copy_folder(release, &copy);
    copy
}

fn card(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("card.json");
    let mut card: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let before = card.clone();
    change(&mut card);
    assert_ne!(card, before, "the card is not changed");
    fs::write(path, serde_json::to_string_pretty(&card).unwrap()).unwrap();
}

fn of_kind<'c>(card: &'c mut Value, kind: &str) -> &'c mut Value {
    let claims = card["claims"].as_array_mut().unwrap();
    claims.iter_mut().find(|c| c["statement"].get(kind).is_some()).unwrap()
}

fn table(card: &mut Value) -> &mut Value {
    card["outputs"].as_array_mut().unwrap().iter_mut().find(|o| o["file"] == "table.csv").unwrap()
}

fn rename_claim(folder: &Path, from: &str, to: &str) {
    replace(folder, "card.json", &format!("\"{from}\""), &format!("\"{to}\""));
}

fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    fs::write(folder.join(file), text.replacen(from, to, 1)).unwrap();
}

fn delimiter(folder: &Path, file: &str) -> char {
    let card: Value = serde_json::from_str(&fs::read_to_string(folder.join("card.json")).unwrap()).unwrap();
    let output = card["outputs"].as_array().unwrap().iter().find(|o| o["file"] == file).cloned().unwrap();
    output["delimiter"].as_str().unwrap().chars().next().unwrap()
}

/// The rows of a table, the header first.
fn read(folder: &Path, file: &str) -> Vec<Vec<String>> {
    let dialect = Dialect::new(delimiter(folder, file)).unwrap();
    let (table, _) = csv::read_path(&folder.join(file), dialect).unwrap();
    let rows = (0..table.rows())
        .map(|row| table.iter().map(|(_, column)| column.cell(row).unwrap_or_default().to_owned()).collect());
    [table.names().to_vec()].into_iter().chain(rows).collect()
}

fn write(folder: &Path, file: &str, rows: &[Vec<String>]) {
    let delimiter = delimiter(folder, file).to_string();
    let quoted = |cell: &String| {
        let special = cell.contains(['"', '\n', '\r']) || cell.contains(&delimiter);
        if special { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(&delimiter) + "\n";
    fs::write(folder.join(file), rows.iter().map(line).collect::<String>()).unwrap();
}

fn edit(folder: &Path, file: &str, row: usize, change: impl FnOnce(&mut Vec<String>)) {
    let mut rows = read(folder, file);
    change(&mut rows[row]);
    write(folder, file, &rows);
}

fn drop_row(folder: &Path, file: &str) {
    let mut rows = read(folder, file);
    rows.pop();
    write(folder, file, &rows);
}

/// Of the first class, by the columns of the k of the card, one row stays.
fn leave_one_of_a_class(folder: &Path) {
    let text = fs::read_to_string(folder.join("card.json")).unwrap();
    let mut card: Value = serde_json::from_str(&text).unwrap();
    let columns = of_kind(&mut card, "k_anonymity")["statement"]["k_anonymity"]["columns"].clone();
    let mut rows = read(folder, "table.csv");
    let is_quasi: Vec<bool> =
        rows[0].iter().map(|name| columns.as_array().unwrap().iter().any(|c| c == name)).collect();
    let class = |row: &Vec<String>| -> Vec<String> {
        row.iter().zip(&is_quasi).filter(|(_, quasi)| **quasi).map(|(cell, _)| cell.clone()).collect()
    };
    let first = class(&rows[1]);
    let others = rows.split_off(2).into_iter().filter(|row| class(row) != first);
    rows.extend(others.collect::<Vec<_>>());
    write(folder, "table.csv", &rows);
}

fn add_column(folder: &Path, file: &str, name: &str) {
    let mut rows = read(folder, file);
    for (i, row) in rows.iter_mut().enumerate() {
        row.push(if i == 0 { name.to_owned() } else { "7".to_owned() });
    }
    write(folder, file, &rows);
}

/// Makes every digest, column and number of rows on the card that of the files: what a forger would do.
fn reseal(folder: &Path) {
    let path = folder.join("card.json");
    let mut card: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for output in card["outputs"].as_array_mut().unwrap() {
        let file = output["file"].as_str().unwrap().to_owned();
        output["sha256"] = json!(sha256_hex(&fs::read(folder.join(&file)).unwrap()));
        let Some(delimiter) = output["delimiter"].as_str().and_then(|d| d.chars().next()) else { continue };
        let (table, _) = csv::read_path(&folder.join(&file), Dialect::new(delimiter).unwrap()).unwrap();
        let rows: Vec<usize> = (0..table.rows()).collect();
        output["rows"] = json!(rows.len());
        let columns =
            table.iter().map(|(name, column)| json!({"name": name, "sha256": column_sha256(column, &rows)}));
        output["columns"] = columns.collect();
    }
    fs::write(path, serde_json::to_string_pretty(&card).unwrap()).unwrap();
}

/// The digests of the files alone: for tables that no longer are any.
fn reseal_digests(folder: &Path) {
    card(folder, |card| {
        for output in card["outputs"].as_array_mut().unwrap() {
            let file = output["file"].as_str().unwrap().to_owned();
            output["sha256"] = json!(sha256_hex(&fs::read(folder.join(&file)).unwrap()));
        }
    });
}
