//! Changes of a release folder, of its card and of the rows of its tables.

use std::{
    fs,
    path::{Path, PathBuf},
};

use incog::{
    evidence::{column_sha256, sha256_hex},
    table::csv::{self, Dialect},
};
use serde_json::{Value, json};

use crate::support::copy_folder;

/// A copy beside the release.
pub(super) fn copy_of(release: &Path) -> PathBuf {
    let copy = release.with_file_name("tampered");
    let _ = fs::remove_dir_all(&copy);
    copy_folder(release, &copy);
    copy
}

pub(super) fn card(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("card.json");
    let mut card: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let before = card.clone();
    change(&mut card);
    assert_ne!(card, before, "the card is not changed");
    fs::write(path, serde_json::to_string_pretty(&card).unwrap()).unwrap();
}

pub(super) fn of_kind<'c>(card: &'c mut Value, kind: &str) -> &'c mut Value {
    let claims = card["claims"].as_array_mut().unwrap();
    claims.iter_mut().find(|c| c["statement"].get(kind).is_some()).unwrap()
}

pub(super) fn table(card: &mut Value) -> &mut Value {
    card["outputs"].as_array_mut().unwrap().iter_mut().find(|o| o["file"] == "table.csv").unwrap()
}

pub(super) fn rename_claim(folder: &Path, from: &str, to: &str) {
    replace(folder, "card.json", &format!("\"{from}\""), &format!("\"{to}\""));
}

pub(super) fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    fs::write(folder.join(file), text.replacen(from, to, 1)).unwrap();
}

pub(super) fn delimiter(folder: &Path, file: &str) -> char {
    let card: Value = serde_json::from_str(&fs::read_to_string(folder.join("card.json")).unwrap()).unwrap();
    let output = card["outputs"].as_array().unwrap().iter().find(|o| o["file"] == file).cloned().unwrap();
    output["delimiter"].as_str().unwrap().chars().next().unwrap()
}

/// The rows of a table, the header first.
pub(super) fn read(folder: &Path, file: &str) -> Vec<Vec<String>> {
    let dialect = Dialect::new(delimiter(folder, file)).unwrap();
    let (table, _) = csv::read_path(&folder.join(file), dialect).unwrap();
    let rows = (0..table.rows())
        .map(|row| table.iter().map(|(_, column)| column.cell(row).unwrap_or_default().to_owned()).collect());
    [table.names().to_vec()].into_iter().chain(rows).collect()
}

pub(super) fn write(folder: &Path, file: &str, rows: &[Vec<String>]) {
    let delimiter = delimiter(folder, file).to_string();
    let quoted = |cell: &String| {
        let special = cell.contains(['"', '\n', '\r']) || cell.contains(&delimiter);
        if special { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(&delimiter) + "\n";
    fs::write(folder.join(file), rows.iter().map(line).collect::<String>()).unwrap();
}

pub(super) fn edit(folder: &Path, file: &str, row: usize, change: impl FnOnce(&mut Vec<String>)) {
    let mut rows = read(folder, file);
    change(&mut rows[row]);
    write(folder, file, &rows);
}

pub(super) fn drop_row(folder: &Path, file: &str) {
    let mut rows = read(folder, file);
    rows.pop();
    write(folder, file, &rows);
}

/// Of the first class, by the columns of the k of the card, one row stays.
pub(super) fn leave_one_of_a_class(folder: &Path) {
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

pub(super) fn add_column(folder: &Path, file: &str, name: &str) {
    let mut rows = read(folder, file);
    for (i, row) in rows.iter_mut().enumerate() {
        row.push(if i == 0 { name.to_owned() } else { "7".to_owned() });
    }
    write(folder, file, &rows);
}

/// Makes every digest, column and number of rows on the card that of the files: what a forger would do.
pub(super) fn reseal(folder: &Path) {
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
pub(super) fn reseal_digests(folder: &Path) {
    card(folder, |card| {
        for output in card["outputs"].as_array_mut().unwrap() {
            let file = output["file"].as_str().unwrap().to_owned();
            output["sha256"] = json!(sha256_hex(&fs::read(folder.join(&file)).unwrap()));
        }
    });
}
