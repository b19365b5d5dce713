//! The rows of a small hospital, as text and as Parquet, and the policies on them.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
    sync::Arc,
};

use arrow_schema::{DataType, Field, Schema};
use incog::table::{
    Table,
    csv::{Dialect, read},
};
use incog_arrow::{
    parquet::{Provenance, Writer, read_path},
    table::{Nulls, batch_of},
};
use serde_json::Value;

use crate::support::{Folder, Run, incog_unguarded};

/// A table whose classes have levels of their own, and one with a level for each column; persons are counted.
pub(crate) const POLICY: &str = r#"version = 1
purpose = "test of engines"
person = "mrn"
undeclared = "drop"
[input]
path = "PATH"
[columns]
mrn = { role = "identifying", action = "token", key = "file:house.key" }
name = { role = "identifying", action = "drop" }
born = { role = "quasi", hierarchy = { kind = "date", levels = ["day", "month", "year", "5y", "10y", "*"] } }
age = { role = "quasi", hierarchy = { kind = "interval", widths = [5, 10, 20], origin = 0 } }
zip = { role = "quasi", hierarchy = { kind = "prefix", keep = [5, 3, 2, 0] } }
sex = { role = "quasi" }
diagnosis = { role = "sensitive" }
charge = { role = "insensitive" }
note = { role = "text", action = "scrub", use_row = ["name"] }
[[overrides]]
rule = "k_with_insensitive"
release = "table"
who = "the test"
why = "charges are few"
until = "2999-01-01"
[release.table]
columns = ["born", "sex", "zip", "diagnosis", "charge"]
models = [{ k_anonymity = 4 }]
max_suppressed = 0.2
search = "local"
[release.linkable]
columns = ["age", "zip", "sex", "diagnosis"]
models = [{ k_anonymity = 5 }, { t_closeness = 0.5, column = "diagnosis", ground = "equal" }]
max_suppressed = 0.1
search = "optimal"
"#;

/// Rows that are made one by one.
pub(crate) const NOTES: &str = r#"[release.notes]
columns = ["mrn", "note"]
domain = "notes"
"#;

/// `rows` rows of persons with three each, in `folder`: `people.csv`, `people.parquet`, `house.key`.
pub(crate) fn hospital(folder: &Folder, rows: u32) {
    let mut text = String::from("mrn,name,born,age,zip,sex,diagnosis,charge,note,extra\n");
    let mut state = 11u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for row in 0..rows {
        let person = row / 3;
        let (year, zip) = (1940 + person * 7 % 70, 13000 + person * 13 % 40);
        let sex = if below(30) == 0 { "" } else { ["f", "m"][usize::from(person.is_multiple_of(2))] };
        let diagnosis = ["flu", "gout", "=angina", "asthma"][usize::try_from(below(4)).unwrap()];
        text.push_str(&format!(
            "P{person:05},Name{person},{year}-0{}-1{},{},{zip},{sex},{diagnosis},{},call Name{person} or 0{}@example.org,{row}\n",
            1 + person % 9,
            person % 9,
            2020 - year,
            below(4) * 250,
            below(1000),
        ));
    }
    folder.write("people.csv", &text);
    let table = read(text.as_bytes(), Dialect::default()).unwrap();
    write_parquet(&table, Path::new(&folder.file("people.parquet")));
    incog_unguarded(&["keys", "generate", "-o", &folder.file("house.key")], b"").done();
}

/// As Parquet, with types where there are some: their texts are those of the delimited file.
fn write_parquet(table: &Table, path: &Path) {
    let typed = |name: &str| match name {
        "born" => DataType::Date32,
        "age" | "charge" => DataType::Int32,
        "sex" => DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)),
        "extra" => DataType::UInt64,
        _ => DataType::Utf8,
    };
    let fields = table.names().iter().map(|name| Field::new(name, typed(name), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let mut writer = Writer::new(File::create(path).unwrap(), &schema, &Provenance::default()).unwrap();
    writer.write(&batch_of(table, &schema).unwrap()).unwrap();
    writer.finish().unwrap();
}

/// Writes `name`.toml, the policy `text` on the file `input`.
pub(crate) fn policy(folder: &Folder, name: &str, text: &str, input: &str) -> String {
    folder.write(&format!("{name}.toml"), text.replace("PATH", input))
}

/// `incog apply` of that policy into the folder `name`.
pub(crate) fn apply(folder: &Folder, name: &str, (text, input): (&str, &str), engine: &[&str]) -> Run {
    let (policy, out) = (policy(folder, name, text, input), folder.file(name));
    incog_unguarded(&[&["apply", policy.as_str(), "-o", out.as_str()], engine].concat(), b"")
}

/// Two releases of one policy on one file are the same, byte for byte, with what is not for release.
pub(crate) fn assert_identical(folder: &Folder, one: &str, other: &str) {
    for side in ["", ".internal"] {
        let files = |release: &str| {
            let path = folder.path().join(format!("{release}{side}"));
            let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
            files.map(|f| (f.file_name(), fs::read(f.path()).unwrap())).collect::<BTreeMap<_, _>>()
        };
        let (one, other) = (files(one), files(other));
        assert!(one.len() > 3 && one.keys().eq(other.keys()), "{:?} {:?}", one.keys(), other.keys());
        for (name, bytes) in &one {
            let (a, b) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&other[name]));
            let line = a.lines().zip(b.lines()).find(|(a, b)| a != b);
            assert!(*bytes == other[name], "{}{side} differs: {line:?}", name.display());
        }
    }
}

/// A release of delimited text and one of Parquet: rows in their order, claims, and what else a card says of tables.
pub(crate) fn assert_same(folder: &Folder, text: &str, other: &str, tables: &[&str]) {
    for table in tables {
        let rows = |table: &Table| -> Vec<Vec<Option<String>>> {
            let row = |row| table.iter().map(|(_, column)| column.cell(row).map(str::to_owned)).collect();
            let mut rows: Vec<_> = (0..table.rows()).map(row).collect();
            // Without a key, their order is that of the policy's digest, in which the path is.
            rows.sort();
            rows
        };
        let one = read(folder.read(&format!("{text}/{table}.csv")).as_bytes(), Dialect::default()).unwrap();
        let path = folder.file(&format!("{other}/{table}.parquet"));
        let found = read_path(Path::new(&path), Nulls::Missing).unwrap();
        assert!(one.rows() > 100 && one.names() == found.names(), "{table}");
        assert!(rows(&one) == rows(&found), "{table} differs in {text} and {other}");
    }
    let of =
        |release: &str, field: &str| -> Value { folder.json(&format!("{release}/card.json"))[field].clone() };
    for field in ["claims", "utility", "overrides", "not_established", "joint"] {
        assert_eq!(of(text, field), of(other, field), "{field}");
    }
}
