//! What `docs/STABILITY.md` promises: files of an earlier version are read, verified and made again.
//!
//! In `tests/data/kept`, by version: what that version wrote. A release adds a folder and changes none; until 0.1.0 is out, its folder
//! may be written anew: `INCOG_KEEP=1 cargo test --all-features -p incog --test integration stability`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use incog::{
    dp::{
        Budget,
        ledger::{self, SqliteLedger},
    },
    evidence::{self, Verifier},
    kanon::{Anonymizer, FrozenRecoding, Hierarchy, Search, TooFew, model::KAnonymity},
    pii::{Confidence, ReversibleSession, Scanner},
    pipeline::{Policy, Replace, SILENT, rescan},
    pseudonym::{Key, KeySource, SuppliedKeys},
    table::{Column, Table},
};
use serde::Deserialize;

use crate::temporary::Temporary;

/// The versions that something is kept of.
const VERSIONS: [&str; 1] = ["0.1"];

/// The files of a release that do not name the version that wrote them.
const SAME: [&str; 4] = ["table.csv", "local.csv", "notes.csv", "stats.json"];

/// A copy of what a version left, removed afterwards: ledgers are opened for writing.
struct Copy(Temporary);

impl Copy {
    fn of(version: &str) -> Self {
        let to = Temporary::new();
        copy(&kept(version), &to);
        Copy(to)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }
}

fn kept(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/kept").join(version)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

fn key() -> Key {
    Key::from_bytes([7; 32])
}

fn apply(folder: &Path, out: &str) {
    let keys = Arc::new(SuppliedKeys::default().supply(KeySource::parse("env:KEPT_KEY").unwrap(), key()));
    let plan = Policy::read(&folder.join("policy.toml")).unwrap().keys(keys).plan(SILENT).unwrap();
    plan.apply(&folder.join(out), Replace::No, SILENT).unwrap();
}

/// What a session is told, and the text of which it keeps the placeholders.
const PROMPT: &str = "Ask ada.lovelace@example.org, or call +44 20 7946 0958.";

fn request() -> Anonymizer {
    Anonymizer::builder()
        .quasi_identifier("zip", Hierarchy::prefix(&[2, 1, 0]).unwrap())
        .model(KAnonymity::new(2).unwrap())
        .search(Search::Local)
        .build()
        .unwrap()
}

fn zips(zips: &[&str]) -> Table {
    Table::new([("zip", Column::from_values(zips).unwrap())]).unwrap()
}

/// The texts in the tables of the scanner by the start of their digest, and what is found in each, down to what is no more than
/// possible.
fn detections() -> BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        text: String,
    }
    let scanner = Scanner::builder().min_confidence(Confidence::POSSIBLE).build().unwrap();
    let found = |text: &str| {
        let shown = scanner
            .scan(text.as_bytes())
            .into_iter()
            .map(|f| format!(" {}..{} {} {:.3}", f.start(), f.end(), f.entity(), f.confidence().value()));
        shown.collect::<Vec<_>>().join(",")
    };
    let tables = [
        include_str!("data/pii/findings.toml"),
        include_str!("data/pii/identifiers.toml"),
        include_str!("data/pii/near_misses.toml"),
        include_str!("data/pii/negatives.toml"),
    ];
    let cases = tables.iter().flat_map(|table| toml::from_str::<Cases>(table).unwrap().case);
    cases
        .map(|case| (evidence::sha256_hex(case.text.as_bytes())[..12].to_owned(), found(&case.text)))
        .collect()
}

/// Writes the folder of the version that is being made.
#[test]
fn what_is_kept_is_written_on_demand() {
    if std::env::var_os("INCOG_KEEP").is_none() {
        return;
    }
    let folder = kept(VERSIONS[VERSIONS.len() - 1]);
    for old in ["release", "release.internal"] {
        let _ = fs::remove_dir_all(folder.join(old));
    }
    for old in ["budget.db", "budget.db-mark", "session.vault"] {
        let _ = fs::remove_file(folder.join(old));
    }
    let budget = Budget::parse("1", "0").unwrap();
    drop(SqliteLedger::create(folder.join("budget.db"), budget).unwrap());
    apply(&folder, "release");
    // What says more about the raw data is of no use here.
    fs::remove_dir_all(folder.join("release.internal")).unwrap();

    let session = ReversibleSession::new(Scanner::new()).unwrap();
    fs::write(folder.join("session.txt"), session.redact(PROMPT).unwrap()).unwrap();
    session.seal(&key(), folder.join("session.vault")).unwrap();

    let recoding = request().run(&zips(&["11", "12", "21", "21"])).unwrap().freeze().unwrap();
    fs::write(folder.join("recoding.json"), serde_json::to_string_pretty(&recoding).unwrap() + "\n").unwrap();
    let listing = detections().into_iter().map(|(text, found)| format!("{text}{found}\n"));
    fs::write(folder.join("detections.txt"), listing.collect::<String>()).unwrap();
}

#[test]
fn releases_of_earlier_versions_verify() {
    for version in VERSIONS {
        let verification = Verifier::new(&rescan()).verify(&kept(version).join("release")).unwrap();
        assert!(verification.verified, "{version}: {:?}", verification.first_difference());
    }
}

/// Tokens, ciphertexts, shifted dates, redacted texts, generalized rows and their order; stored answers, which cost nothing again.
#[test]
fn policies_keys_and_ledgers_of_earlier_versions_make_the_same_release_again() {
    for version in VERSIONS {
        let copy = Copy::of(version);
        let spent = |copy: &Copy| {
            let opened = SqliteLedger::open(copy.0.join("budget.db")).unwrap();
            let audit = ledger::audit(&opened, None, &mut |_, _| ()).unwrap();
            (audit.spent, audit.charges, audit.answered)
        };
        let before = spent(&copy);
        apply(&copy.0, "again");
        for file in SAME {
            let (old, new) = (copy.read(&format!("release/{file}")), copy.read(&format!("again/{file}")));
            assert_eq!(old, new, "{version}: {file}");
        }
        assert_eq!(before, spent(&copy), "{version}: a repeated answer was charged");
    }
}

#[test]
fn vaults_of_earlier_versions_open_and_their_placeholders_lead_back() {
    for version in VERSIONS {
        let copy = Copy::of(version);
        let session = ReversibleSession::open(&key(), copy.0.join("session.vault"), Scanner::new()).unwrap();
        assert_eq!(session.restore(&copy.read("session.txt")), PROMPT, "{version}");
        // A known value has the placeholder that it had.
        assert_eq!(session.redact(PROMPT).unwrap(), copy.read("session.txt"), "{version}");
    }
}

#[test]
fn recodings_of_earlier_versions_are_carried_out() {
    for version in VERSIONS {
        let recoding: FrozenRecoding =
            serde_json::from_str(&fs::read_to_string(kept(version).join("recoding.json")).unwrap()).unwrap();
        let table = zips(&["13", "14", "21", "33"]);
        let outcome = request().run_frozen(&recoding, &table, TooFew::Hold).unwrap();
        assert_eq!(outcome.table().unwrap().column("zip").unwrap().cell(0), Some("1*"), "{version}");
        assert_eq!(outcome.kept_rows(), [0, 1], "{version}");
    }
}

/// A later minor version keeps a listing of its own, and its CHANGELOG says under Privacy what changed. Texts may be added.
#[test]
fn patch_releases_find_what_their_minor_version_found() {
    let version = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap().0;
    let kept = fs::read_to_string(kept(version).join("detections.txt")).unwrap();
    let now = detections();
    for line in kept.lines() {
        let (text, found) = line.split_at(12);
        let again = now.get(text).unwrap_or_else(|| panic!("the text {text} is gone from tests/data/pii"));
        assert_eq!(again, found, "in the text of digest {text}");
    }
    assert!(kept.lines().count() > 350, "{}", kept.lines().count());
}
