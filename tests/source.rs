//! What the repository says of itself: the tests that `docs/THREATS.md` names exist, `unsafe` stands where it may, and every
//! fuzz target is run and has seeds.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_threat_names_a_test_and_every_test_that_is_named_exists() {
    let root = root();
    // Functions, and files of tests.
    let mut known = BTreeSet::new();
    for file in rust_files(&["src", "tests", "crates", "fuzz/properties"]) {
        known.insert(file.file_stem().unwrap().to_string_lossy().into_owned());
        let text = fs::read_to_string(file).unwrap();
        for (at, _) in text.match_indices("fn ") {
            known.insert(name_at(&text[at + 3..]).to_owned());
        }
    }
    let page = fs::read_to_string(root.join("docs/THREATS.md")).unwrap();
    let (threats, untested) = page.split_once("## Not yet tested").unwrap();
    let mut rows = 0;
    for row in threats.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| threat ")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [threat, _, tests] = cells[..] else { panic!("a row of {} cells: {row}", cells.len()) };
        let mut named = 0;
        for name in tests.split('`').skip(1).step_by(2) {
            let is_file = root.join(name).is_file();
            // A suffix of tests that are named before it, an attribute, and the type whose page has it.
            let other = ["on_postgres", "compile_fail", "PoissonSampler"].contains(&name);
            assert!(known.contains(name) || is_file || other, "no such test: `{name}` of \"{threat}\"");
            named += 1;
        }
        assert!(named > 0, "\"{threat}\" has no test");
        rows += 1;
    }
    assert!(rows > 100, "{rows} rows");
    assert!(!untested.contains('|'), "a row below the heading");
}

#[test]
fn every_example_feature_and_document_is_where_people_look_for_it() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let names = |folder: &str, extension: &str| -> BTreeSet<String> {
        let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let of_kind = files.filter(|path| path.extension().is_some_and(|e| e == extension));
        of_kind.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let declared = manifest["example"].as_array().unwrap().iter();
    let declared: BTreeSet<String> = declared.map(|e| e["name"].as_str().unwrap().to_owned()).collect();
    let examples = names("examples", "rs");
    assert_eq!(declared, examples, "examples in Cargo.toml, and files");
    let (readme, cookbook) = (read("README.md"), read("docs/COOKBOOK.md"));
    for name in &examples {
        let path = format!("`examples/{name}.rs`");
        assert!(
            readme.contains(&path) && cookbook.contains(&path),
            "{path} in the README and in the cookbook"
        );
    }
    let (page, check) = (read("docs/FEATURES.md"), read(".ci/run"));
    let alone = check.lines().find(|line| line.trim_start().starts_with("for feature in ")).unwrap();
    for feature in manifest["features"].as_table().unwrap().keys().filter(|name| *name != "default") {
        assert!(page.contains(&format!("| `{feature}` |")), "feature {feature} in docs/FEATURES.md");
        assert!(alone.split([' ', ';']).any(|word| word == feature), "feature {feature} is built alone");
    }
    let pages = read("src/lib.rs");
    for (folder, name) in
        ["docs", "docs/proofs"].iter().flat_map(|f| names(f, "md").into_iter().map(move |n| (f, n)))
    {
        assert!(
            pages.contains(&format!("include_str!(\"../{folder}/{name}.md\")")),
            "{folder}/{name}.md as a page"
        );
    }
}

#[test]
fn unsafe_code_stands_where_it_may_and_nowhere_else() {
    // The call that notices a fork, with its test; and the vector instructions of the scanner.
    let may = ["src/rng.rs", "src/rng/fork.rs", "src/pii/prefilter/simd.rs"];
    let mut found = BTreeSet::new();
    for file in rust_files(&["src", "crates", "examples", "tests", "benches"]) {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        let code: String =
            text.lines().flat_map(|line| [line.split("//").next().unwrap_or_default(), "\n"]).collect();
        // Blocks, functions and the like, and the attribute that would allow them: the workspace denies it.
        let follows = ["{", "fn", "impl", "extern", "trait", "(", "_code,", "_code)"];
        let stands = |(at, word): (usize, &str)| {
            follows.iter().any(|next| code[at + word.len()..].trim_start().starts_with(next))
        };
        if code.match_indices(concat!("un", "safe")).any(stands) {
            found.insert(name);
        }
    }
    assert_eq!(found, may.map(str::to_owned).into(), "files with unsafe code");
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains(concat!("un", "safe_code = \"deny\"")));
}

/// Where a panic is written, its reason stands beside it. The lints deny `unwrap` everywhere and the others where bytes of strangers
/// come in; what is left is of the kind "fewer than 2^32 rows, which are checked".
#[test]
fn a_panic_is_written_with_its_reason_or_not_at_all() {
    let mut reasons = 0;
    for file in rust_files(&["src"]) {
        let text = fs::read_to_string(&file).unwrap();
        // Tests stand at the end of a file, or in files of their own.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for word in [".expect(", "unreachable!("] {
            for (at, _) in code.match_indices(word) {
                let message = code[at + word.len()..]
                    .trim_start()
                    .trim_start_matches('"')
                    .split('"')
                    .next()
                    .unwrap_or_default();
                assert!(message.split(' ').count() >= 2, "{}: {word}{message}", file.display());
                reasons += 1;
            }
        }
        for word in ["todo!(", "unimplemented!(", ".unwrap_unchecked("] {
            assert!(!code.contains(word), "{}: {word}", file.display());
        }
    }
    // Less is better. More needs a look at whether an error would do.
    assert!(reasons <= 60, "{reasons} panics with reasons");
}

#[test]
fn every_fuzz_target_has_a_property_and_seeds_and_is_declared() {
    let root = root();
    let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
    let stems = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    };
    let targets = stems("fuzz/fuzz_targets");
    assert_eq!(targets, stems("fuzz/properties"));
    assert_eq!(targets, stems("fuzz/seeds"));
    let replayed = fs::read_to_string(root.join("tests/fuzz.rs")).unwrap();
    for target in targets {
        assert!(replayed.contains(&format!("../fuzz/properties/{target}.rs")), "{target} is not replayed");
        assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target} is not declared");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folders: &[&str]) -> Vec<PathBuf> {
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut files = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn name_at(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}
