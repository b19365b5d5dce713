//! Tests of releases that look at others: memberships, frozen recodings, frontiers of a policy.

use std::{fs, path::Path, sync::Arc};

use incog::{
    ErrorKind,
    pipeline::{Applied, Policy, Replace, SILENT},
    pseudonym::{Key, KeySource, SuppliedKeys},
};

use crate::temporary::Temporary;

/// A folder of its own for each test, removed afterwards.
struct Folder(Temporary);

impl Folder {
    /// With 25 persons on a square of five times five.
    fn new() -> Self {
        let path = Temporary::new();
        let rows: Vec<String> = (0..25)
            .map(|i| format!("p{i},{},{},{}", 20 + i / 5, 40 + i % 5, ["flu", "cough"][i % 2]))
            .collect();
        fs::write(path.join("t.csv"), format!("id,x,y,ill\n{}\n", rows.join("\n"))).unwrap();
        Folder(path)
    }

    fn apply(&self, release: &str, out: &str) -> incog::Result<Applied> {
        let text = format!("{HEAD}[release.table]\n{release}\n");
        let plan = Policy::parse(&text, &self.0)?.keys(keys(7)).plan(SILENT)?;
        plan.apply(&self.0.join(out), Replace::No, SILENT)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }
}

const HEAD: &str = r#"version = 1
purpose = "test"
person = "id"
[input]
path = "t.csv"
[columns]
id  = { role = "identifying", action = "drop" }
x   = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
y   = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
ill = { role = "sensitive" }
"#;

fn keys(byte: u8) -> Arc<SuppliedKeys> {
    Arc::new(
        SuppliedKeys::default()
            .supply(KeySource::parse("env:TEST_KEY").unwrap(), Key::from_bytes([byte; 32])),
    )
}

const MODELS: &str = "models = [{ k_anonymity = 5 }]\nsearch = \"local\"";

#[test]
fn a_release_that_singles_out_together_with_an_earlier_one_is_refused() {
    let folder = Folder::new();
    let first = format!("columns = [\"x\"]\n{MODELS}\nmembership = {{ key = \"env:TEST_KEY\" }}");
    folder.apply(&first, "one").unwrap();
    let second = |earlier: &str| {
        format!(
            "columns = [\"y\"]\n{MODELS}\nmembership = {{ key = \"env:TEST_KEY\", earlier = [{earlier}] }}"
        )
    };
    folder.apply(&second(""), "alone").unwrap();
    let refused = folder.apply(&second("\"one.internal/membership-table.json\""), "two").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(
        refused
            .to_string()
            .contains("with 1 earlier releases, someone is left with 1 candidates where k = 5"),
        "{refused}"
    );
    assert!(!Path::new(&folder.0.join("two")).exists(), "nothing is written");
    // The same classes again are no news.
    let again = format!(
        "columns = [\"x\"]\n{MODELS}\nmembership = {{ key = \"env:TEST_KEY\", earlier = [\"one.internal/membership-table.json\"] }}"
    );
    folder.apply(&again, "again").unwrap();
    // Names are keyed: nobody reads a person out of the file.
    let file = folder.read("one.internal/membership-table.json");
    assert!(!file.contains("p1\"") && file.contains("incog-membership/1"), "{file}");
    // Under another key nobody would be found, so it is an error and no silence.
    let text = format!("{HEAD}[release.table]\n{again}\n");
    let error = Policy::parse(&text, &folder.0).unwrap().keys(keys(8)).plan(SILENT).unwrap_err();
    assert!(error.to_string().contains("was written under another key"), "{error}");
}

#[test]
fn a_batch_is_generalized_by_a_frozen_recoding_or_refused() {
    let folder = Folder::new();
    folder.apply(&format!("columns = [\"x\", \"ill\"]\n{MODELS}"), "first").unwrap();
    let file = folder.read("first.internal/recoding-table.json");
    assert!(file.contains("incog-recoding/1"), "{file}");
    // A batch with five of one value, and one of another.
    let rows: Vec<String> = (0..6).map(|i| format!("q{i},{},40,flu", if i < 5 { 21 } else { 22 })).collect();
    fs::write(folder.0.join("t.csv"), format!("id,x,y,ill\n{}\n", rows.join("\n"))).unwrap();
    let frozen = |too_few: &str| {
        format!(
            "columns = [\"x\", \"ill\"]\nmodels = [{{ k_anonymity = 5 }}]\nfrozen = \"first.internal/recoding-table.json\"{too_few}"
        )
    };
    let refused = folder.apply(&frozen(""), "refused").unwrap_err();
    assert!(refused.to_string().contains("1 of 6 rows are in no class of the frozen recoding"), "{refused}");
    folder.apply(&frozen("\ntoo_few = \"hold\""), "held").unwrap();
    let table = folder.read("held/table.csv");
    assert_eq!(table.lines().count(), 6, "{table}");
    assert!(table.lines().skip(1).all(|l| l == "21,flu"), "{table}");
}

#[test]
fn a_frontier_of_a_policy_writes_nothing_and_draws_itself() {
    let folder = Folder::new();
    let text = format!("{HEAD}[release.table]\ncolumns = [\"x\", \"y\", \"ill\"]\n{MODELS}\n");
    let policy = Policy::parse(&text, &folder.0).unwrap();
    let frontier = policy.frontier(None, &[2, 5, 25, 26], SILENT).unwrap();
    assert_eq!(frontier.points.len(), 4);
    let losses: Vec<f64> =
        frontier.points.iter().filter_map(|p| p.figures.as_ref().map(|f| f.loss)).collect();
    assert_eq!(losses.len(), 3);
    assert!(losses.windows(2).all(|w| w[0] <= w[1]), "{losses:?}");
    assert!(frontier.points[3].refusal.is_some());
    let html = frontier.html();
    assert!(html.contains("<polyline") && !html.contains("http") && !html.contains("<script"), "{html}");
    let error = policy.frontier(Some("other"), &[2], SILENT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a frontier is of one release under models; name it, as in --release table"
    );
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "only the input");
}
