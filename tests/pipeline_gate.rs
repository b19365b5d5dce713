//! Tests of the gate: what may leave, what may not, and where the figures go.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use incog::{
    ErrorKind,
    audit::table::AttackReport,
    pipeline::{Applied, Plan, Policy, Replace, SILENT},
    pseudonym::{Key, KeySource, SuppliedKeys},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// A folder of its own for each test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    /// With 4,000 persons, a register of half of them, and an illness that goes with the age in so many of ten cases.
    fn new(told: f64) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("incog-gate-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        let mut rng = StdRng::seed_from_u64(11);
        let (mut rows, mut register) =
            (String::from("id,age,area,ward,ill\n"), String::from("name,age,area\n"));
        for i in 0..4000 {
            let (age, area) = (rng.random_range(20..84), rng.random_range(0..100));
            let of_age = rng.random_bool(told);
            let ill = if of_age { age * 7 % 5 } else { rng.random_range(0..5) };
            let ward = ["A1", "A2", "B1", "B2"][rng.random_range(0..4)];
            rows.push_str(&format!("p{i},{age},1{area:02},{ward},ill {ill}\n"));
            if i % 2 == 0 {
                register.push_str(&format!("name {i},{age},1{area:02}\n"));
            }
        }
        fs::write(path.join("t.csv"), rows).unwrap();
        fs::write(path.join("register.csv"), register).unwrap();
        Folder(path)
    }

    fn policy(&self, k: u64, gate: &str) -> incog::Result<Policy> {
        Policy::parse(
            &format!("{HEAD}models = [{{ k_anonymity = {k} }}]\nsearch = \"optimal\"\n{gate}\n"),
            &self.0,
        )
    }

    fn plan(&self, k: u64, gate: &str) -> Plan {
        self.policy(k, gate).unwrap().plan_with_keys(&keys(), SILENT).unwrap()
    }

    fn apply(&self, k: u64, gate: &str) -> incog::Result<Applied> {
        self.plan(k, gate).apply(&self.0.join("out"), Replace::No, SILENT)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const HEAD: &str = r#"version = 1
purpose = "test"
person = "id"
[input]
path = "t.csv"
[columns]
id   = { role = "identifying", action = "token", key = "env:K" }
age  = { role = "quasi", hierarchy = { kind = "interval", widths = [8, 32] } }
area = { role = "quasi", hierarchy = { kind = "prefix", keep = [3, 2, 0] } }
ward = { role = "quasi", hierarchy = { kind = "tree", tree = { north = ["A1", "A2"], south = ["B1", "B2"] } } }
ill  = { role = "sensitive" }
[release.ids]
columns = ["id"]
[release.table]
columns = ["age", "area", "ward", "ill"]
max_suppressed = 0.02
"#;

const GATE: &str = r#"[gate]
attacks = ["singling_out", "linkability", "inference"]
auxiliary = "register.csv"
control = 0.2
"#;

fn keys() -> SuppliedKeys {
    key(7)
}

fn key(byte: u8) -> SuppliedKeys {
    SuppliedKeys::default().supply(KeySource::parse("env:K").unwrap(), Key::from_bytes([byte; 32]))
}

fn attacks(plan: &Plan) -> AttackReport {
    plan.summary().attacks["table"].clone()
}

#[test]
fn a_release_that_tells_little_leaves_and_its_figures_stay() {
    let folder = Folder::new(0.0);
    let applied = folder.apply(25, &format!("{GATE}max_excess_risk = 0.1")).unwrap();
    let report = &applied.summary().attacks["table"];
    assert_eq!(report.attacks.len(), 5);
    assert_eq!(report.known, ["age", "area", "ward"]);
    assert_eq!(report.sensitive, ["ill"]);
    assert!(report.attacks.iter().filter(|a| a.decides).all(|a| a.excess.upper <= 0.1), "{report:?}");
    assert!(report.opaque_rows.is_empty(), "groups of trees are known: {report:?}");
    let register = report.register.as_ref().unwrap();
    assert_eq!((register.entries, register.columns.len(), register.after.hits), (2000, 2, 0));
    assert!(register.before.value() > 0.5, "{register:?}");

    // A fifth of the persons is not there, and the other releases hold everyone.
    assert!(report.control.abs_diff(800) < 160 && report.members + report.control == 4000, "{report:?}");
    assert!(folder.read("out/table.csv").lines().count() as u64 - 1 <= report.members);
    assert_eq!(folder.read("out/ids.csv").lines().count(), 4001);
    let note = format!(
        "release 'table' is made without {} of 4000 rows: their persons are the control of the gate",
        report.control
    );
    assert!(applied.summary().warnings.contains(&note), "{:?}", applied.summary().warnings);

    let inside: serde_json::Value = serde_json::from_str(&folder.read("out.internal/attacks.json")).unwrap();
    assert_eq!(inside["max_excess_risk"], 0.1);
    assert_eq!(inside["releases"]["table"]["attacks"].as_array().unwrap().len(), 5);
    let (public, internal) = (folder.read("out/report.html"), folder.read("out.internal/report.html"));
    assert!(public.contains("none added more than 10.0 %") && !public.contains("linkability"));
    assert!(
        internal.contains("table: register linkage")
            && internal.contains("table: inference of &#39;ill&#39;")
    );
    let card = folder.read("out/card.json");
    assert!(
        card.contains("success of attacks that the gate did not try") && !card.contains("none was measured")
    );
    assert!(!card.contains("linkability"));
    let verification = incog::evidence::verify(&folder.0.join("out"), &|_, _, _, _| Ok(0)).unwrap();
    assert!(verification.verified, "{:?}", verification.first_difference());

    // The same attacks on the folder find the same.
    let policy = folder.policy(25, &format!("{GATE}max_excess_risk = 0.1")).unwrap();
    let again = policy.attack_with_keys(applied.folder(), (None, None), &keys(), SILENT).unwrap();
    assert_eq!(again.releases["table"].control, report.control);
    for (again, before) in again.releases["table"].attacks.iter().zip(&report.attacks) {
        // Rows of the file are in another order, so draws fall on others of them.
        assert!((again.excess.value - before.excess.value).abs() < 0.05, "{again} {before}");
        assert_eq!(again.attack.trials, before.attack.trials);
    }
}

#[test]
fn a_release_that_tells_more_does_not_leave() {
    let folder = Folder::new(0.9);
    let gate = "[gate]\nattacks = [\"inference\"]\nmax_excess_risk = 0.05";
    let plan = folder.plan(2, gate);
    let inference = attacks(&plan).attacks[0].clone();
    assert!(inference.excess.upper > 0.05, "{inference}");
    let error = plan.refusals().first().unwrap();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let sentence = error.to_string();
    assert!(sentence.starts_with("release 'table': inference of 'ill': members "), "{sentence}");
    assert!(sentence.contains("and the gate lets at most 0.05 pass; a larger k"), "{sentence}");
    let error = folder.apply(2, gate).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(!folder.0.join("out").exists() && !folder.0.join("out.internal").exists());
    // The same with a limit that it keeps.
    folder.apply(2, &gate.replace("0.05", "1")).unwrap();
}

#[test]
fn a_register_that_finds_pairs_is_refused() {
    let folder = Folder::new(0.0);
    let gate = "[gate]\nauxiliary = \"register.csv\"\nmax_excess_risk = 0.01\ncontrol = 0.3";
    assert!(folder.plan(3, gate).refusals().is_empty());
    let text = format!("{HEAD}models = [{{ k_anonymity = 2 }}]\nsearch = \"local\"\n{gate}\n")
        .replace("\"area\", \"ward\", \"ill\"", "\"area\"");
    let plan = Policy::parse(&text, &folder.0).unwrap().plan_with_keys(&keys(), SILENT).unwrap();
    let register = attacks(&plan).register.unwrap();
    assert!(register.after.hits > 0 && register.before.hits >= register.after.hits, "{register:?}");
    let gone = folder.policy(3, &gate.replace("register.csv", "gone.csv")).unwrap();
    let error = gone.plan_with_keys(&keys(), SILENT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
}

#[test]
fn a_gate_that_makes_no_sense_says_why() {
    let table = format!("{HEAD}models = [{{ k_anonymity = 2 }}]\nsearch = \"optimal\"\n");
    let cases = [
        ("max_excess_risk = 0.05", "[gate]: the gate tries nothing"),
        ("attacks = []\nmax_excess_risk = 0.05", "[gate]: the gate tries nothing"),
        ("attacks = [\"inference\"]", "missing field `max_excess_risk`"),
        (
            "attacks = [\"guessing\"]\nmax_excess_risk = 0.05",
            "expected one of `singling_out`, `linkability`, `inference`",
        ),
        (
            "attacks = [\"inference\", \"inference\"]\nmax_excess_risk = 0.05",
            "[gate]: an attack is listed twice",
        ),
        ("attacks = [\"inference\"]\nmax_excess_risk = 0", "more than 0 and at most 1, got 0"),
        (
            "attacks = [\"inference\"]\nmax_excess_risk = 0.1\ncontrol = 1.0",
            "more than 0 and at most 0.9, got 1",
        ),
        ("attacks = [\"inference\"]\nmax_excess_risk = 0.1\nsamples = 0", "at least 1"),
        ("attacks = [\"inference\"]\nmax_excess_risk = 0.1\nlimit = 1", "unknown field `limit`"),
    ];
    for (gate, part) in cases {
        let error =
            Policy::parse(&format!("{table}[gate]\n{gate}\n"), Path::new("/nonexistent")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Policy, "{gate}");
        assert!(error.to_string().contains(part), "{gate}: {error}");
    }
    let only_ids = table.split("[release.table]").next().unwrap();
    let gate = "[gate]\nattacks = [\"inference\"]\nmax_excess_risk = 0.1";
    let error = Policy::parse(&format!("{only_ids}{gate}\n"), Path::new("/nonexistent")).unwrap_err();
    assert!(error.to_string().contains("tried on releases with columns and models"), "{error}");
}

#[test]
fn who_is_held_back_depends_on_the_key_alone() {
    let folder = Folder::new(0.0);
    let gate = format!("{GATE}max_excess_risk = 0.2");
    let members = |byte: u8| {
        let plan = folder.policy(25, &gate).unwrap().plan_with_keys(&key(byte), SILENT).unwrap();
        attacks(&plan)
    };
    assert_eq!(members(7), members(7));
    assert_ne!(members(7), members(8));
}
