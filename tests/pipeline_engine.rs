//! Policies whose inputs an engine reads: an engine of the test's own, held against the reader of this process, and engines that fail.
#![allow(clippy::unwrap_in_result, reason = "a test that fails may panic")]

use std::{
    fs::{self, File},
    path::Path,
    sync::{Arc, Mutex},
};

use incog::{
    Error, ErrorKind, Result,
    dp::{
        Budget, ContributionBounds, PrivacyUnit, Query, Totals,
        ledger::{Ledger, SqliteLedger},
    },
    pipeline::{Engine, Policy, Replace, Replay, SILENT, Shape},
    table::{Rows, Table, csv},
};

use crate::temporary::Temporary;

struct Folder(Temporary);

impl Folder {
    fn new() -> Self {
        Folder(Temporary::new())
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn apply(&self, policy: &str, out: &str, engine: Option<Arc<Slow>>) -> Result<()> {
        let mut policy = Policy::parse(policy, &self.0)?;
        if let Some(engine) = engine {
            policy = policy.engine(engine);
        }
        let out = self.0.join(out);
        policy.plan_into(&out, Replace::No, SILENT)?.apply(&out, Replace::No, SILENT).map(drop)
    }

    /// Everything that is there but the inputs.
    fn left(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "rows.csv" && !name.starts_with("budget.db")).collect()
    }
}

/// Reads the file anew for each question, cell by cell; fails or changes the file at one of them, if it is told so.
#[derive(Default)]
struct Slow {
    fails_at: Option<&'static str>,
    changes_at: Option<&'static str>,
    asked: Mutex<Vec<&'static str>>,
}

impl Slow {
    fn all(&self, path: &Path, question: &'static str) -> Result<Table> {
        self.asked.lock().unwrap().push(question);
        if self.fails_at == Some(question) {
            return Err(Error::new(ErrorKind::Data, "a node is gone"));
        }
        let table = csv::read(File::open(path).unwrap(), csv::Dialect::default())?;
        if self.changes_at == Some(question) {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, text + "p9,90,13001,f,flu,1,x@example.org\n").unwrap();
        }
        Ok(table)
    }
}

impl Engine for Slow {
    fn shape(&self, path: &Path) -> Result<Shape> {
        let table = self.all(path, "shape")?;
        Ok(Shape::new(table.names().to_vec(), table.rows() as u64))
    }

    fn table(&self, path: &Path, columns: &[&str]) -> Result<Table> {
        let table = self.all(path, "table")?;
        let column = |name: &&str| Ok(((*name).to_owned(), table.column(name)?.clone()));
        Table::new(columns.iter().map(column).collect::<Result<Vec<_>>>()?)
    }

    fn rows(
        &self,
        path: &Path,
        _: &dyn Fn(&str) -> bool,
        wanted: Option<&[u64]>,
        take: &mut dyn FnMut(&Rows) -> Result<()>,
    ) -> Result<()> {
        let table = self.all(path, "rows")?;
        let numbers = match wanted {
            Some(wanted) => wanted.to_vec(),
            None => (1..=table.rows() as u64).collect(),
        };
        for stretch in numbers.chunks(700) {
            let mut rows = Rows::default();
            let columns: Vec<_> = table.iter().map(|(_, column)| column).collect();
            rows.fill(stretch.len(), columns.len(), stretch[0], |row, column, out| {
                let cell = columns[column].cell(stretch[row] as usize - 1);
                out.push_str(cell.unwrap_or_default());
                Ok(())
            })?;
            take(&rows)?;
        }
        Ok(())
    }

    fn totals(
        &self,
        path: &Path,
        _: &PrivacyUnit,
        _: ContributionBounds,
        query: &Query,
        _: &str,
    ) -> Result<Totals> {
        let rows = self.all(path, "totals")?.rows() as i128;
        let mut totals = Totals::new();
        totals.add(None, 0, &vec![rows; query.summands()?.len()]);
        Ok(totals)
    }
}

/// More rows than the sample of the lock holds.
fn rows(folder: &Folder) {
    let mut text = String::from("id,age,zip,sex,ill,day,note\n");
    for i in 0..12_345u32 {
        let sex = ["f", "m", ""][(i % 3) as usize];
        let ill = ["flu", "gout", "asthma"][(i * 7 % 11 % 3) as usize];
        let day = 1 + i % 28;
        text.push_str(&format!(
            "p{},\"{},5\",{},{sex},{ill},2026-01-{day:02},to p{i}@example.org\n",
            i / 2,
            20 + i * 31 % 60,
            13000 + i * 17 % 60
        ));
    }
    fs::write(folder.0.join("rows.csv"), text).unwrap();
}

const POLICY: &str = r#"
version = 1
purpose = "test"
person = "id"
[input]
path = "rows.csv"
decimal = ","
retention = { column = "day", days = 20, as_of = "2026-01-28" }
[columns]
id = { role = "identifying", action = "drop" }
age = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20], origin = 0 } }
zip = { role = "quasi", hierarchy = { kind = "prefix", keep = [5, 3, 0] } }
sex = { role = "quasi" }
ill = { role = "sensitive" }
day = { role = "insensitive" }
note = { role = "text", action = "scrub" }
[release.table]
columns = ["age", "zip", "sex", "ill"]
models = [{ k_anonymity = 5 }]
search = "optimal"
max_suppressed = 0.1
"#;
const NOTES: &str = "[release.notes]\ncolumns = [\"note\"]\n";
const STATISTICS: &str = r#"
[release.stats]
ledger = "sqlite:budget.db"
budget = { epsilon = 1.0 }
bounds = { rows_per_person = 2, groups_per_person = 1 }
queries = [{ count = "*", epsilon = 0.5 }, { mean = "day", clamp = [0, 30], epsilon = 0.5 }]
"#;

#[test]
fn a_release_by_an_engine_is_byte_for_byte_that_of_this_process() {
    let folder = Folder::new();
    rows(&folder);
    // With and without what the table has to be made anew for; with rows that are made one by one.
    let no_retention =
        POLICY.lines().filter(|line| !line.starts_with("retention")).collect::<Vec<_>>().join("\n");
    let whole = no_retention.replace("decimal = \",\"\n", "").replace(
        r#"hierarchy = { kind = "interval", widths = [10, 20], origin = 0 }"#,
        r#"hierarchy = { kind = "prefix", keep = [4, 1, 0] }"#,
    );
    let notes = format!("{POLICY}{NOTES}");
    for (name, policy, asked) in [
        ("retained", POLICY, ["shape", "table", "rows"].as_slice()),
        ("commas", &no_retention, &["shape", "table", "rows"]),
        ("whole", &whole, &["shape", "table", "rows"]),
        ("notes", &notes, &["shape", "rows"]),
    ] {
        let (here, there) = (format!("{name}-here"), format!("{name}-there"));
        folder.apply(policy, &here, None).unwrap();
        let engine = Arc::new(Slow::default());
        folder.apply(policy, &there, Some(engine.clone())).unwrap();
        assert_eq!(*engine.asked.lock().unwrap(), asked);
        let mut files = vec!["table.csv", "card.json", "policy.lock", "report.html"];
        files.extend(policy.contains("[release.notes]").then_some("notes.csv"));
        for file in files {
            let of = |release: &str| folder.read(&format!("{release}/{file}"));
            assert!(of(&here) == of(&there), "{name}: {file}");
        }
        for file in ["input.json", "plan.json"] {
            let of = |release: &str| folder.read(&format!("{release}.internal/{file}"));
            assert!(of(&here) == of(&there), "{name}: {file}");
        }
        let made = |replay: Replay| format!("{:?}", replay.table("table", SILENT).unwrap());
        let open = || Replay::open(&folder.0.join(format!("{there}.internal"))).unwrap();
        assert_eq!(made(open()), made(open().engine(Arc::new(Slow::default()))));
    }
}

#[test]
fn an_engine_that_fails_or_a_file_that_changes_leaves_nothing_and_charges_nothing() {
    for (question, policy) in [
        ("shape", POLICY.to_owned()),
        ("table", POLICY.to_owned()),
        ("rows", POLICY.to_owned()),
        ("rows", format!("{POLICY}{NOTES}")),
        ("totals", with_statistics()),
    ] {
        let folder = Folder::new();
        rows(&folder);
        let ledger = folder.0.join("budget.db");
        SqliteLedger::options().create(&ledger, Budget::parse("1", "0").unwrap()).unwrap();
        let spent = || SqliteLedger::options().open(&ledger).unwrap().balance().unwrap().spent.to_string();
        let before = spent();
        let failing = Slow { fails_at: Some(question), ..Slow::default() };
        let error = folder.apply(&policy, "out", Some(Arc::new(failing))).unwrap_err();
        assert!(error.to_string().contains("rows.csv': a node is gone"), "{question}: {error}");
        assert_eq!((folder.left(), spent()), (vec![], before.clone()), "{question}");
        let changing = Slow { changes_at: Some(question), ..Slow::default() };
        let changed = folder.apply(&policy, "out", Some(Arc::new(changing)));
        if question == "shape" {
            // Before the digest is taken: it was another file all along, of another number of rows.
            assert!(changed.is_err());
        } else {
            let error = changed.unwrap_err().to_string();
            assert!(error.contains("rows.csv' changed after it was planned"), "{question}: {error}");
        }
        assert_eq!((folder.left(), spent()), (vec![], before), "{question}");
    }
}

fn with_statistics() -> String {
    let whole = POLICY.lines().filter(|line| !line.starts_with("retention") && !line.starts_with("decimal"));
    whole.collect::<Vec<_>>().join("\n").replace(
        r#"hierarchy = { kind = "interval", widths = [10, 20], origin = 0 }"#,
        r#"hierarchy = { kind = "prefix", keep = [4, 1, 0] }"#,
    ) + STATISTICS
}

#[test]
fn statistics_by_an_engine_are_charged_once_and_say_who_bounded() {
    let folder = Folder::new();
    rows(&folder);
    let ledger = folder.0.join("budget.db");
    SqliteLedger::options().create(&ledger, Budget::parse("1", "0").unwrap()).unwrap();
    let engine = || Arc::new(Slow::default());
    folder.apply(&with_statistics(), "out", Some(engine())).unwrap();
    let spent = SqliteLedger::options().open(&ledger).unwrap().balance().unwrap().spent;
    assert_eq!(spent.to_string(), "ε = 1");
    assert!(
        folder.read("out/card.json").contains("rows were bounded by person and added up by a query engine")
    );
    assert!(folder.read("out/stats.json").contains("\"query\""));

    let retained = format!("{POLICY}{STATISTICS}");
    let error = folder.apply(&retained, "again", Some(engine())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "release 'stats': statistics under [retention] are not made by an engine; leave the engine out"
    );
    let quantiles = with_statistics().replace("{ mean = \"day\"", "{ quantiles = [0.5], of = \"day\"");
    let error = folder.apply(&quantiles, "again", Some(engine())).unwrap_err();
    assert!(error.to_string().contains("needs rows, not totals"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
