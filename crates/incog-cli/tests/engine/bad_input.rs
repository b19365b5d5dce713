//! Inputs that an engine cannot read: a sentence each, and no folder.

use std::fs;

use crate::{
    people::{NOTES, POLICY, apply, hospital},
    support::Folder,
};

const ENGINE: [&str; 2] = ["--engine", "datafusion"];

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
            apply(&folder, "out", (text, file), &ENGINE).fails(code, &[file, words]);
            assert!(!folder.has("out") && !folder.has("out.internal"), "{file}");
        }
    }
    apply(&folder, "out", (POLICY, "absent.parquet"), &ENGINE).fails(4, &["absent.parquet", "No such file"]);
    let deny = POLICY.replace("undeclared = \"drop\"", "undeclared = \"deny\"");
    apply(&folder, "out", (&deny, "people.parquet"), &ENGINE).fails(3, &["extra"]);
    let left: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("out") && name != "out.toml" || name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
