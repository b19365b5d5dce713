//! What is done to releases, and what the verifiers have to say of it.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::changes::{
    add_column, card, drop_row, edit, leave_one_of_a_class, of_kind, read, rename_claim, replace, reseal,
    reseal_digests, table, write,
};

/// A change of the folder that is given, in a copy.
pub(super) type Change = fn(&Path);

/// In place of a sentence: what differs if the card has claims of this kind, and that nothing does if it has none.
pub(super) const IF_DISTINCT: &str = "?distinct_l_diversity";

/// In place of a sentence: that classes without rows make claims false, but those of k.
pub(super) const IF_NOT_K_ALONE: &str = "?";

/// (what is done, how, part of a sentence of `incog verify`, or `@` and the subject of a check that differs)
pub(super) const TAMPERINGS: &[(&str, Change, &str)] = &[
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
pub(super) const OF_STATISTICS: &[(&str, Change, &str)] = &[
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

/// Those that need a pseudonymised release with text.
pub(super) const OF_TEXT: &[(&str, Change, &str)] = &[
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
/// The same, seen by the scanner alone.
pub(super) const SEEN_BY_THE_SCANNER: (&str, Change, &str) = (
    "an address in a note, and a card that fits it",
    |d| {
        edit(d, "notes.csv", 1, |row| row.last_mut().unwrap().push_str(" write to jo.field@mailbox.org"));
        reseal(d);
    },
    "column 'notes', row 1: ",
);
