//! Files of Parquet that cannot be read, or not as the policy has them: a sentence, an exit code, and no folder.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, StructArray};
use arrow_schema::{DataType, Field};

use crate::{
    parquet::{foreign, patients},
    support::{Folder, decades, incog},
};

/// Ages, and a column of structures.
pub(crate) fn nested() -> RecordBatch {
    let ages = Arc::new(Int64Array::from_iter_values((0..40).map(|i| 20 + i / 2)));
    let inner = Arc::new(StringArray::from_iter_values((0..40).map(|i| format!("CANARY{i}"))));
    let field = Arc::new(Field::new("CANARY-FIELD", DataType::Utf8, true));
    let structures = StructArray::from(vec![(field, inner as ArrayRef)]);
    RecordBatch::try_from_iter([("age", ages as ArrayRef), ("address", Arc::new(structures) as ArrayRef)])
        .unwrap()
}

fn folder(file: impl AsRef<[u8]>, undeclared: &str, declared: &str) -> Folder {
    let folder = Folder::new();
    folder.write("people.parquet", file);
    folder.write("policy.toml", decades("people.parquet", undeclared, declared));
    folder
}

/// Applies the policy, which fails with the code, names what it should and leaves no folder.
fn refused(folder: &Folder, code: i32, names: &[&str]) {
    let before: Vec<_> = folder.listing().into_keys().collect();
    let (policy, out) = (folder.file("policy.toml"), folder.file("out"));
    for args in [vec!["plan", &policy], vec!["check", &policy], vec!["apply", &policy, "-o", &out]] {
        let run = incog(&args).exits(code);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(names.iter().all(|name| said.contains(name)), "{names:?}\n{run}");
        let after: Vec<_> = folder.listing().into_keys().collect();
        assert_eq!(before, after, "{run}");
    }
}

#[test]
fn a_nested_column_is_refused_by_name_and_need_not_be_read_where_nothing_of_it_is_needed() {
    let file = foreign(&nested());
    // Not in the policy: refused as any other column, or dropped unread.
    refused(&folder(&file, "", ""), 3, &["column 'address'"]);
    let dropped = folder(&file, "undeclared = \"drop\"", "");
    incog(&["apply", &dropped.file("policy.toml"), "-o", &dropped.file("out")]).done();
    let declared = folder(&file, "", "address = { role = \"identifying\", action = \"drop\" }");
    incog(&["apply", &declared.file("policy.toml"), "-o", &declared.file("out")]).done();
    incog(&["verify", &declared.file("out")]).done();
    // Needed: its type and the way out.
    refused(
        &folder(&file, "", "address = { role = \"sensitive\" }"),
        4,
        &["people.parquet", "column 'address'", "Struct", "convert it, or leave the column out"],
    );
}

#[test]
fn a_dropped_column_that_something_else_reads_is_needed() {
    // (what names the column)
    for named in [
        "note = { role = \"text\", action = \"scrub\", use_row = [\"address\"] }",
        "day = { role = \"insensitive\", action = \"date_shift\", key = \"env:K\", per = \"address\", days = 30 }",
    ] {
        let batch = nested();
        let texts = Arc::new(StringArray::from_iter_values((0..40).map(|_| "2020-01-01"))) as ArrayRef;
        let name = named.split(' ').next().unwrap();
        let columns = [("age", 0), ("address", 1)].map(|(n, i)| (n, Arc::clone(batch.column(i))));
        let file = foreign(&RecordBatch::try_from_iter(columns.into_iter().chain([(name, texts)])).unwrap());
        let declared = format!("address = {{ role = \"identifying\", action = \"drop\" }}\n{named}");
        refused(&folder(&file, "", &declared), 4, &["people.parquet", "column 'address'", "Struct"]);
    }
    let person = folder(foreign(&nested()), "", "address = { role = \"identifying\", action = \"drop\" }");
    person.edit("policy.toml", "purpose = \"test\"", "purpose = \"test\"\nperson = \"address\"");
    refused(&person, 4, &["column 'address'", "Struct"]);
}

#[test]
fn a_column_whose_values_are_of_the_wrong_type_names_itself_and_a_row() {
    let ages: StringArray = (0..40).map(|i| (i != 7).then(|| format!("CANARY{i}"))).collect();
    let batch = RecordBatch::try_from_iter([("age", Arc::new(ages) as ArrayRef)]).unwrap();
    refused(&folder(foreign(&batch), "", ""), 2, &["column 'age'", "row 1"]);
}

#[test]
fn a_file_that_is_cut_damaged_or_none_is_unreadable() {
    let whole = foreign(&patients(400));
    let of_columns = "undeclared = \"drop\"";
    for at in [0, 3, 8, whole.len() / 2, whole.len() - 1] {
        refused(&folder(&whole[..at], of_columns, ""), 4, &["people.parquet", "no whole Parquet file"]);
    }
    refused(&folder("age\n34\n", of_columns, ""), 4, &["people.parquet", "no whole Parquet file"]);
    // Pages of the second row group and behind.
    let mut damaged = whole.clone();
    let from = whole.len() / 2;
    damaged[from..from + 4000].fill(0xAA);
    refused(&folder(damaged, of_columns, ""), 4, &["people.parquet", "damaged behind row"]);
}

#[test]
fn what_a_file_of_parquet_does_not_have_is_a_fault_of_the_policy() {
    let folder = folder(foreign(&nested()), "undeclared = \"drop\"", "");
    for (setting, name) in [("delimiter = \";\"", "delimiter"), ("encoding = \"latin-1\"", "encoding")] {
        let text = folder.read("policy.toml");
        folder.edit(
            "policy.toml",
            "path = \"people.parquet\"",
            &format!("path = \"people.parquet\"\n{setting}"),
        );
        incog(&["plan", &folder.file("policy.toml")]).fails(2, &["Parquet", name]);
        folder.write("policy.toml", text);
    }
    // By its key, whatever it is called.
    std::fs::rename(folder.path().join("people.parquet"), folder.path().join("people.data")).unwrap();
    folder.edit("policy.toml", "path = \"people.parquet\"", "path = \"people.data\"\nformat = \"parquet\"");
    incog(&["apply", &folder.file("policy.toml"), "-o", &folder.file("out")]).done();
    assert!(folder.has("out/table.parquet"));
}
