//! Inputs that an engine cannot read: a sentence each, and no folder. In this process, and on a cluster if `.ci/cluster` runs one.

use std::{fs, sync::Arc};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, StructArray};
use arrow_schema::{DataType, Field};
use parquet::arrow::ArrowWriter;

use crate::{
    cluster::cluster,
    people::{NOTES, POLICY, apply, hospital},
    support::{Folder, decades, incog},
};

/// The options of each engine that there is.
fn engines() -> Vec<Vec<String>> {
    let mut engines = vec![vec!["--engine".to_owned(), "datafusion".to_owned()]];
    engines.extend(cluster().map(|(url, _)| vec!["--cluster".to_owned(), url]));
    engines
}

/// Applies the policy, which fails with the code, says the words and leaves nothing behind.
fn refused(folder: &Folder, of: (&str, &str), code: i32, words: &[&str]) {
    for engine in engines() {
        let engine: Vec<&str> = engine.iter().map(String::as_str).collect();
        let run = apply(folder, "out", of, &engine).fails(code, words);
        assert!(!run.stderr.contains("CANARY"), "{run}");
        let left: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("out") && name != "out.toml" || name.starts_with('.'))
            .collect();
        assert!(left.is_empty(), "{left:?}\n{run}");
    }
}

#[test]
fn whatever_cannot_be_read_leaves_no_folder_behind() {
    let folder = Folder::new();
    hospital(&folder, 600);
    let good = fs::read(folder.file("people.parquet")).unwrap();
    // (file, bytes, exit code, words)
    type Case = (&'static str, Vec<u8>, i32, &'static str);
    let footer = good.len() - 8;
    let metadata = u32::from_le_bytes(good[footer..footer + 4].try_into().unwrap());
    let pages = 4..footer - usize::try_from(metadata).unwrap();
    let mut damaged = good.clone();
    damaged[pages].iter_mut().step_by(3).for_each(|byte| *byte ^= 0x5a);
    let cases: [Case; 4] = [
        ("damaged.parquet", damaged, 4, "the engine could not read it"),
        ("cut.parquet", good[..good.len() / 2].to_vec(), 4, "no whole Parquet file"),
        ("empty.parquet", Vec::new(), 2, "no Parquet file, and the engine reads nothing else"),
        ("text.parquet", b"mrn,age\n1,2\n".to_vec(), 2, "convert it, or leave the engine out"),
    ];
    let both = [POLICY.to_owned(), format!("{POLICY}{NOTES}")];
    for (file, bytes, code, words) in cases {
        folder.write(file, bytes);
        for text in &both {
            refused(&folder, (text, file), code, &[file, words]);
        }
    }
    refused(&folder, (POLICY, "absent.parquet"), 4, &["absent.parquet", "No such file"]);
    let deny = POLICY.replace("undeclared = \"drop\"", "undeclared = \"deny\"");
    refused(&folder, (&deny, "people.parquet"), 3, &["extra"]);
}

/// Ages by decades in whatever file; `declared` is what else is said of columns.
fn of(declared: &str) -> String {
    decades("PATH", "undeclared = \"deny\"", declared)
}

/// A file of these columns in two row groups.
fn write(folder: &Folder, file: &str, columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch.slice(0, 200)).unwrap();
    writer.flush().unwrap();
    writer.write(&batch.slice(200, 200)).unwrap();
    let bytes = writer.into_inner().unwrap();
    folder.write(file, &bytes);
    bytes
}

fn ages() -> ArrayRef {
    Arc::new(Int64Array::from_iter_values((0..400).map(|i| 20 + i % 60)))
}

#[test]
fn a_nested_column_is_named_if_the_policy_does_not_drop_it() {
    let folder = Folder::new();
    let streets = Arc::new(StringArray::from_iter_values((0..400).map(|i| format!("CANARY{i}"))));
    let field = Arc::new(Field::new("CANARY-FIELD", DataType::Utf8, true));
    let address = Arc::new(StructArray::from(vec![(field, streets as ArrayRef)]));
    write(&folder, "nested.parquet", vec![("age", ages()), ("address", address)]);
    // Not in the policy, needed, and dropped: unread, in either way to say so.
    refused(&folder, (&of(""), "nested.parquet"), 3, &["column 'address'"]);
    let needed = of("address = { role = \"sensitive\" }");
    refused(
        &folder,
        (&needed, "nested.parquet"),
        4,
        &["nested.parquet", "column 'address'", "Struct", "leave the column out"],
    );
    let dropped = of("address = { role = \"identifying\", action = \"drop\" }");
    let undeclared = of("").replace("\"deny\"", "\"drop\"");
    for (number, engine) in engines().iter().enumerate() {
        let engine: Vec<&str> = engine.iter().map(String::as_str).collect();
        for (text, name) in [(&dropped, "dropped"), (&undeclared, "undeclared")] {
            let name = format!("{name}-{number}");
            apply(&folder, &name, (text, "nested.parquet"), &engine).done();
            incog(&["verify", &folder.file(&name)]).done();
        }
    }
}

#[test]
fn a_column_of_another_type_than_its_hierarchy_names_itself_and_a_row() {
    let folder = Folder::new();
    let texts: StringArray = (0..400).map(|i| (i != 7).then(|| format!("CANARY{i}"))).collect();
    write(&folder, "texts.parquet", vec![("age", Arc::new(texts))]);
    let text = of("");
    refused(&folder, (&text, "texts.parquet"), 2, &["column 'age'", "row 1"]);
    // A type that has no text for each row is named.
    let lists = Int64Array::from_iter_values(0..400);
    let offsets = arrow_array::FixedSizeListArray::try_new(
        Arc::new(Field::new_list_field(DataType::Int64, true)),
        1,
        Arc::new(lists),
        None,
    );
    write(&folder, "lists.parquet", vec![("age", Arc::new(offsets.unwrap()))]);
    refused(&folder, (&text, "lists.parquet"), 4, &["lists.parquet", "column 'age'", "its type is"]);
}

#[test]
fn a_row_group_that_is_corrupt_is_no_release_of_the_others() {
    let folder = Folder::new();
    let whole = write(&folder, "people.parquet", vec![("age", ages())]);
    let text = of("");
    // Of the second group every third byte; what comes before is whole.
    let metadata = u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap());
    let end = whole.len() - 8 - usize::try_from(metadata).unwrap();
    let mut corrupt = whole;
    corrupt[4 + (end - 4) / 2..end].iter_mut().step_by(3).for_each(|byte| *byte ^= 0x5a);
    folder.write("corrupt.parquet", corrupt);
    refused(&folder, (&text, "corrupt.parquet"), 4, &["corrupt.parquet", "the engine"]);
}
