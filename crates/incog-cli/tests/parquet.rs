//! The same data as delimited text and as Parquet: the same rows leave, and the same is claimed of them.

use std::{collections::BTreeSet, fs::File, process::Command, sync::Arc};

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray, types::Int32Type,
};
use incog::{
    evidence::{column_sha256, sha256_hex},
    table::{Column, Table, csv},
};
use incog_arrow::{
    parquet::{Provenance, Writer, read_path},
    table::{Nulls, batch_of, table_of, text_schema},
};
use parquet::{
    arrow::ArrowWriter,
    file::{metadata::KeyValue, properties::WriterProperties},
};
use serde_json::Value;

use crate::support::{Folder, incog};

/// Patients as a program keeps them: numbers, dates and times with their types, a few nulls.
pub(crate) fn patients(rows: i64) -> RecordBatch {
    let text = |of: &dyn Fn(i64) -> String| -> ArrayRef {
        Arc::new((0..rows).map(|i| Some(of(i))).collect::<StringArray>())
    };
    let ward: arrow_array::DictionaryArray<Int32Type> =
        (0..rows).map(|i| (i % 17 != 0).then_some(["A1", "A2", "B1"][(i % 3) as usize])).collect();
    let cost: Float64Array =
        (0..rows).map(|i| (i % 19 != 0).then_some(1000.0 + 12.5 * (i % 40) as f64)).collect();
    let seen =
        TimestampMillisecondArray::from_iter_values((0..rows).map(|i| 1_700_000_000_000 + i * 86_400_000));
    RecordBatch::try_from_iter([
        ("mrn", Arc::new(Int64Array::from_iter_values((0..rows).map(|i| 4_000_000 + i))) as ArrayRef),
        ("name", text(&|i| format!("CANARY Name{i}"))),
        ("phone", text(&|i| format!("212-555-{:04}", i % 10_000))),
        ("born", Arc::new(Date32Array::from_iter_values((0..rows).map(|i| (i % 900 * 20) as i32)))),
        ("age", Arc::new(Int64Array::from_iter_values((0..rows).map(|i| 20 + i % 60)))),
        ("ward", Arc::new(ward)),
        ("diagnosis", text(&|i| ["flu", "gout", "-cold", "=1+1", "cough"][(i % 5) as usize].to_owned())),
        ("cost", Arc::new(cost)),
        ("smoker", Arc::new(BooleanArray::from_iter((0..rows).map(|i| (i % 7 != 0).then_some(i % 2 == 0))))),
        ("seen", Arc::new(seen)),
        ("notes", text(&|i| format!("CANARY Name{i} wrote from canary{i}@example.org, \"room\n{}\"", i % 9))),
    ])
    .unwrap()
}

/// As other programs write it: with statistics, bloom filters, metadata of their own and the schema of Arrow.
pub(crate) fn foreign(batch: &RecordBatch) -> Vec<u8> {
    let note = KeyValue::new("pandas".to_owned(), "{\"CANARY\": 1}".to_owned());
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![note]))
        .set_bloom_filter_enabled(true)
        .set_max_row_group_row_count(Some(200))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

pub(crate) const POLICY: &str = r#"version = 1
purpose = "test"
person = "mrn"

[input]
path = "PATH"

[columns]
mrn = { role = "identifying", action = "token", key = "file:incog.key" }
name = { role = "identifying", action = "drop" }
phone = { role = "identifying", action = "fpe", key = "file:incog.key" }
born = { role = "quasi", hierarchy = { kind = "date", levels = ["day", "year", "10y", "*"] } }
age = { role = "quasi", hierarchy = { kind = "interval", widths = [5, 10, 20, 40], origin = 0 } }
ward = { role = "quasi" }
diagnosis = { role = "sensitive" }
cost = { role = "quasi", hierarchy = { kind = "interval", widths = [100, 500] } }
smoker = { role = "quasi" }
seen = { role = "insensitive", action = "date_shift", per = "mrn", days = 30, key = "file:incog.key" }
notes = { role = "text", action = "scrub", use_row = ["name", "phone", "mrn"], default = "label" }

[release.table]
columns = ["age", "ward", "cost", "smoker", "diagnosis"]
models = [{ k_anonymity = 5 }, { t_closeness = 0.5, column = "diagnosis", ground = "equal" }]
max_suppressed = 0.2
search = "local"

[release.notes]
columns = ["mrn", "phone", "seen", "notes"]
domain = "notes"
"#;

/// `patients.csv`, `patients.parquet`, a key, and `csv.toml` and `parquet.toml`, which differ in the path alone.
pub(crate) fn folder(rows: i64) -> Folder {
    let folder = Folder::new();
    let batch = patients(rows);
    let mut text = Vec::new();
    csv::Writer::new(csv::Dialect::default())
        .write(&table_of(&batch, Nulls::Missing).unwrap(), &mut text)
        .unwrap();
    // Formulas are defused in what is written, and these are raw.
    folder.write("patients.csv", String::from_utf8(text).unwrap().replace("'=", "=").replace("'-", "-"));
    folder.write("patients.parquet", foreign(&batch));
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    for form in ["csv", "parquet"] {
        folder.write(&format!("{form}.toml"), POLICY.replace("PATH", &format!("patients.{form}")));
    }
    folder
}

pub(crate) fn rows(table: &Table) -> Vec<Vec<String>> {
    let cell = |row| move |(_, column): (_, &Column)| column.cell(row).unwrap_or_default().to_owned();
    let mut rows: Vec<Vec<String>> =
        (0..table.rows()).map(|row| table.iter().map(cell(row)).collect()).collect();
    rows.sort_unstable();
    rows
}

fn tables(folder: &Folder, name: &str) -> [Table; 2] {
    let text = File::open(folder.path().join(format!("csv/{name}.csv"))).unwrap();
    let binary = folder.path().join(format!("parquet/{name}.parquet"));
    [csv::read(text, csv::Dialect::default()).unwrap(), read_path(&binary, Nulls::Missing).unwrap()]
}

#[test]
fn the_same_rows_leave_and_the_same_is_claimed_of_them_as_of_delimited_text() {
    let folder = folder(600);
    for form in ["csv", "parquet"] {
        let (policy, out) = (folder.file(&format!("{form}.toml")), folder.file(form));
        incog(&["plan", &policy]).done();
        incog(&["check", &policy]).done();
        incog(&["apply", &policy, "-o", &out]).done();
        let internal = format!("{out}.internal");
        let verified = incog(&["verify", &out, "--internal", &internal, "--json"]).done().value();
        let open: Vec<&Value> =
            verified["checks"].as_array().unwrap().iter().filter(|c| c["outcome"] == "not_checked").collect();
        // Of neither is anything else left open than of the other.
        let subjects: BTreeSet<&str> = open.iter().filter_map(|c| c["subject"].as_str()).collect();
        assert!(
            subjects.iter().all(|s| s.starts_with("/claims/") || ["/parent", "card.json.sig"].contains(s)),
            "{open:?}"
        );
    }
    for name in ["table", "notes"] {
        let [text, binary] = tables(&folder, name);
        assert_eq!(text.names(), binary.names());
        assert!(text.rows() > 300, "{name}: {}", text.rows());
        assert_eq!(rows(&text), rows(&binary), "{name}");
        assert!(!folder.has(&format!("parquet/{name}.csv")));
    }
    let [text, binary] = ["csv", "parquet"].map(|form| folder.json(&format!("{form}/card.json")));
    assert_eq!(text["claims"], binary["claims"]);
    assert_eq!(text["utility"], binary["utility"]);
    let outputs = |card: &Value| card["outputs"].as_array().unwrap().clone();
    for (text, binary) in outputs(&text).iter().zip(&outputs(&binary)).take(2) {
        assert_eq!((&text["rows"], &binary["delimiter"]), (&binary["rows"], &Value::Null));
    }
    // What became of each column is the same.
    let lock = |form: &str| {
        let lines: Vec<String> =
            folder.read(&format!("{form}/policy.lock")).lines().map(str::to_owned).collect();
        lines.into_iter().filter(|l| !l.starts_with("policy_sha256")).collect::<Vec<_>>()
    };
    assert_eq!(lock("csv"), lock("parquet"));
    // And nothing of the raw file is in the released ones.
    for name in ["table", "notes"] {
        let file = std::fs::read(folder.path().join(format!("parquet/{name}.parquet"))).unwrap();
        for part in ["CANARY", "pandas", "ARROW:schema"] {
            assert!(!file.windows(part.len()).any(|w| w == part.as_bytes()), "{name} holds {part}");
        }
    }
}

/// What `tools/verify/verify.py` says of a folder: exit code and outcome by subject.
fn second_verifier(folder: &str, options: &[&str]) -> (Option<i32>, Value) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/verify/verify.py");
    let output = Command::new("python3").args(options).args([script, folder, "--json"]).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

fn outcomes(verification: &Value) -> Vec<(String, String)> {
    let text = |check: &Value, field: &str| check[field].as_str().unwrap().to_owned();
    let checks = verification["checks"].as_array().unwrap().iter();
    checks.map(|check| (text(check, "subject"), text(check, "outcome"))).collect()
}

#[test]
fn the_second_verifier_says_the_same_of_a_file_of_parquet_or_that_it_did_not_read_it() {
    let is_python =
        |check: &str| Command::new("python3").args(["-c", check]).status().is_ok_and(|s| s.success());
    if !is_python("import sys; sys.exit(sys.version_info < (3, 11))") {
        return println!("skipped: python3 of 3.11 or later is not there");
    }
    let folder = folder(600);
    let out = folder.file("out");
    incog(&["apply", &folder.file("parquet.toml"), "-o", &out]).done();
    let first = outcomes(&incog(&["verify", &out, "--json"]).done().value());
    // -S: without what is installed beside the standard library.
    let (code, unread) = second_verifier(&out, &["-S"]);
    assert_eq!((code, &unread["verified"]), (Some(1), &Value::Bool(false)));
    for (subject, outcome) in outcomes(&unread) {
        let held = ["/outputs", "/outputs/2", "/outputs/3", "policy.lock"].contains(&subject.as_str());
        assert_eq!(outcome, if held { "holds" } else { "not_checked" }, "{subject}");
    }
    assert!(unread.to_string().contains("pyarrow is not installed"), "{unread}");
    if is_python("import pyarrow.parquet") {
        let (code, read) = second_verifier(&out, &[]);
        let found = outcomes(&read);
        assert_eq!((code, found.len()), (Some(0), first.len()), "{read}");
        for (of_first, of_second) in first.iter().zip(&found) {
            // It has no scanner.
            let is_scan = of_second.0.starts_with("/claims/") && of_second.1 == "not_checked";
            assert!(of_first == of_second || is_scan, "{of_first:?} {of_second:?}");
        }
    } else {
        println!("skipped: pyarrow is not there");
    }
    // A changed byte differs for both, read or not.
    let path = folder.path().join("out/table.parquet");
    let mut file = std::fs::read(&path).unwrap();
    let middle = file.len() / 2;
    file[middle] ^= 1;
    std::fs::write(&path, file).unwrap();
    incog(&["verify", &out]).exits(1);
    for options in [&["-S"][..], &[]] {
        assert_eq!(second_verifier(&out, options).0, Some(1));
    }
}

#[test]
fn other_rows_of_parquet_under_the_digests_of_a_card_made_to_fit_are_found_by_their_claims() {
    let folder = folder(600);
    let out = folder.file("out");
    incog(&["apply", &folder.file("parquet.toml"), "-o", &out]).done();
    let path = folder.path().join("out/table.parquet");
    let genuine = std::fs::read(&path).unwrap();
    let table = read_path(&path, Nulls::Missing).unwrap();
    let policy = folder.json("out/card.json")["policy_sha256"].as_str().unwrap().to_owned();
    // One row alone in its class: no k; and nothing else on the card changes but digests.
    let (mut ages, age) = (Vec::new(), table.column("age").unwrap());
    ages.extend(
        (0..table.rows()).map(|row| if row == 0 { "changed" } else { age.cell(row).unwrap_or_default() }),
    );
    let forged = Table::new(table.iter().map(|(name, column)| {
        (
            name,
            if name == "age" { Column::from_values(ages.iter().copied()).unwrap() } else { column.clone() },
        )
    }))
    .unwrap();
    let schema = text_schema(forged.names());
    let write = |provenance: &Provenance| {
        let mut writer = Writer::new(Vec::new(), &schema, provenance).unwrap();
        writer.write(&batch_of(&forged, &schema).unwrap()).unwrap();
        writer.finish().unwrap()
    };
    let card = folder.read("out/card.json");
    // (bytes of the file, what is said)
    let cases: [(Vec<u8>, &str); 4] = [
        (write(&Provenance::of_policy(&policy)), "row 1 is in a class of 1"),
        (write(&Provenance::default()), "its metadata is not the digest of the card's policy alone"),
        (foreign(&batch_of(&forged, &schema).unwrap()), "its metadata is not"),
        (with_a_gap(&genuine), "it holds bytes that belong to no column"),
    ];
    for (file, said) in cases {
        folder.write("out/table.parquet", &file);
        let mut forged_card: Value = serde_json::from_str(&card).unwrap();
        for output in forged_card["outputs"].as_array_mut().unwrap() {
            if output["file"] == "table.parquet" {
                output["sha256"] = sha256_hex(&file).into();
                if said.starts_with("row 1") {
                    let column = forged.column("age").unwrap();
                    let all: Vec<usize> = (0..forged.rows()).collect();
                    output["columns"][0]["sha256"] = column_sha256(column, &all).into();
                }
            }
        }
        folder.write("out/card.json", serde_json::to_string_pretty(&forged_card).unwrap());
        let run = incog(&["verify", &out]).exits(1);
        assert!(run.stdout.contains(said), "{said}\n{run}");
    }
}

/// The same file with eight bytes between its pages and its end, which no offset points to.
fn with_a_gap(file: &[u8]) -> Vec<u8> {
    let end = u32::from_le_bytes(file[file.len() - 8..file.len() - 4].try_into().unwrap()) as usize;
    let at = file.len() - 8 - end;
    [&file[..at], b"canary!!", &file[at..]].concat()
}
