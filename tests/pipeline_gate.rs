//! Tests of the gate: what may leave, what may not, and where the figures go.

use std::{fs, path::Path, sync::Arc};

use incog::{
    ErrorKind,
    audit::table::{AttackReport, Minimality},
    pipeline::{Applied, AttackOptions, Plan, Policy, Replace, SILENT},
    pseudonym::{Key, KeySource, SuppliedKeys},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::temporary::Temporary;

/// A folder of its own for each test, removed afterwards.
struct Folder(Temporary);

impl Folder {
    /// With 4,000 persons, a register of half of them, and an illness that goes with the age in so many of ten cases.
    fn new(told: f64) -> Self {
        let path = Temporary::new();
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
        self.policy(k, gate).unwrap().keys(keys()).plan(SILENT).unwrap()
    }

    fn apply(&self, k: u64, gate: &str) -> incog::Result<Applied> {
        self.plan(k, gate).apply(&self.0.join("out"), Replace::No, SILENT)
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

fn keys() -> Arc<SuppliedKeys> {
    key(7)
}

fn key(byte: u8) -> Arc<SuppliedKeys> {
    Arc::new(SuppliedKeys::default().supply(KeySource::parse("env:K").unwrap(), Key::from_bytes([byte; 32])))
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
    // What was tried and the limit are public, and what came of it is not.
    assert!(public.contains("none added more than 10.0 %") && !public.contains("Excess (95 %)"));
    assert!(internal.contains("Excess (95 %)"));
    assert!(public.contains("register linkage) by {age, area, ward}: excess risk at most 0.1 (95 %)"));
    assert!(
        internal.contains("table: register linkage")
            && internal.contains("table: inference of &#39;ill&#39;")
    );
    let card = folder.read("out/card.json");
    assert!(
        card.contains("success of attacks that the gate did not try") && !card.contains("none was measured")
    );
    let mut card: serde_json::Value = serde_json::from_str(&card).unwrap();
    let is_measured = |claim: &serde_json::Value| claim["check"] == "measured";
    let claims = card["claims"].as_array().unwrap();
    let claim = claims.iter().find(|claim| is_measured(claim)).unwrap();
    let expected = serde_json::json!({"excess_risk": {
        "attacks": ["singling_out", "linkability", "inference", "register_linkage"],
        "columns": ["age", "area", "ward"],
        "sensitive": ["ill"],
        "max_excess": 0.1,
        "confidence": 0.95,
        "control": 0.2,
    }});
    assert_eq!(claim["statement"], expected);
    assert!(
        claim["assumptions"][0].as_str().unwrap().ends_with("who is held back is a keyed draw"),
        "{claim}"
    );
    let verify =
        || incog::evidence::Verifier::new(&|_, _, _, _| Ok(0)).verify(&folder.0.join("out")).unwrap();
    let verification = verify();
    assert!(verification.verified, "{:?}", verification.first_difference());
    let checked = verification.checks.iter().find(|c| c.what.contains("excess risk")).unwrap();
    assert_eq!(checked.outcome, incog::evidence::Outcome::NotChecked);
    assert!(checked.detail.starts_with("measured: an experiment"), "{checked:?}");
    // Attacks that fail are no claim about the rows.
    let text = folder.read("out/card.json");
    card["claims"].as_array_mut().unwrap().retain(|c| is_measured(c) || c["release"] != "table");
    fs::write(folder.0.join("out/card.json"), serde_json::to_string_pretty(&card).unwrap()).unwrap();
    let detail = verify().first_difference().unwrap().detail.clone();
    assert_eq!(detail, "nothing is claimed about 'table.csv'");
    fs::write(folder.0.join("out/card.json"), text).unwrap();

    // The same attacks on the folder find the same.
    let policy = folder.policy(25, &format!("{GATE}max_excess_risk = 0.1")).unwrap();
    let again = policy.keys(keys()).attack(applied.folder(), AttackOptions::new(), SILENT).unwrap();
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
    let plan = Policy::parse(&text, &folder.0).unwrap().keys(keys()).plan(SILENT).unwrap();
    let register = attacks(&plan).register.unwrap();
    assert!(register.after.hits > 0 && register.before.hits >= register.after.hits, "{register:?}");
    // Of members as if they were in it, however few are.
    let strangers = (0..9000).map(|i| format!("nobody {i},{},999\n", 200 + i)).collect::<String>();
    fs::write(folder.0.join("register.csv"), folder.read("register.csv") + &strangers).unwrap();
    let plan = Policy::parse(&text, &folder.0).unwrap().keys(keys()).plan(SILENT).unwrap();
    let (of_few, linkage) = (attacks(&plan).register.unwrap(), attacks(&plan).attacks.pop().unwrap());
    assert_eq!((linkage.name.as_str(), linkage.attack.trials), ("register_linkage", attacks(&plan).members));
    assert!(of_few.after.value() < register.after.value() / 4.0 && linkage.attack.hits > 0, "{of_few:?}");
    let gone = folder.policy(3, &gate.replace("register.csv", "gone.csv")).unwrap();
    let error = gone.keys(keys()).plan(SILENT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
}

/// Nothing that succeeds is not the same as nothing that was tried.
#[test]
fn a_gate_that_can_try_nothing_lets_nothing_leave() {
    let folder = Folder::new(0.0);
    for (columns, attack) in
        [("\"age\", \"area\"", "inference"), ("\"age\", \"ill\"", "linkability"), ("\"ward\"", "linkability")]
    {
        let gate = format!("[gate]\nattacks = [\"{attack}\"]\nmax_excess_risk = 1");
        let text = format!("{HEAD}models = [{{ k_anonymity = 25 }}]\nsearch = \"optimal\"\n{gate}\n")
            .replace("\"age\", \"area\", \"ward\", \"ill\"", columns);
        let plan = |text: &str| Policy::parse(text, &folder.0).unwrap().keys(keys()).plan(SILENT);
        let error = plan(&text).unwrap().apply(&folder.0.join("out"), Replace::No, SILENT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        let sentence = error.to_string();
        assert!(
            sentence.starts_with("release 'table': the gate could try nothing that it decides on"),
            "{sentence}"
        );
        assert!(sentence.contains("name 'singling_out' among its attacks"), "{sentence}");
        assert!(!folder.0.join("out").exists());
        let with = text.replace("attacks = [", "attacks = [\"singling_out\", ");
        assert!(plan(&with).unwrap().refusals().is_empty(), "{columns}");
    }
}

#[test]
fn a_draw_without_a_key_is_called_that() {
    let folder = Folder::new(0.0);
    let text = format!(
        "{HEAD}models = [{{ k_anonymity = 25 }}]\nsearch = \"optimal\"\n{GATE}max_excess_risk = 0.2\n"
    )
    .replace("action = \"token\", key = \"env:K\"", "action = \"drop\"")
    .replace("[release.ids]\ncolumns = [\"id\"]\n", "");
    let plan = Policy::parse(&text, &folder.0).unwrap().keys(keys()).plan(SILENT).unwrap();
    let applied = plan.apply(&folder.0.join("out"), Replace::No, SILENT).unwrap();
    let warned = |w: &&String| w.starts_with("release 'table': the policy has no key, so whoever knows");
    assert_eq!(applied.summary().warnings.iter().filter(warned).count(), 1);
    let card = folder.read("out/card.json");
    assert!(
        card.contains("alike: the policy has no key, so who is held back") && !card.contains("keyed draw")
    );
    assert!(
        folder
            .plan(25, &format!("{GATE}max_excess_risk = 0.2"))
            .summary()
            .warnings
            .iter()
            .all(|w| !warned(&w))
    );
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
        let plan = folder.policy(25, &gate).unwrap().keys(key(byte)).plan(SILENT).unwrap();
        attacks(&plan)
    };
    assert_eq!(members(7), members(7));
    assert_ne!(members(7), members(8));
}

/// Two wards are rare, and the notes say which; everybody's token is in both, where they share a domain.
#[test]
fn texts_that_hold_what_a_table_shows_are_linked_to_its_rows() {
    let folder = Folder::new(0.0);
    let mut rows = String::from("id,age,ward,note\n");
    for i in 0..400 {
        let ward = match i {
            0 => "Quarantine".to_owned(),
            1..4 => "burns unit".to_owned(),
            _ => format!("ward {}", i % 4),
        };
        rows.push_str(&format!("p{i},{},{ward},\"Seen in {} today\"\n", 20 + i % 50, ward.to_uppercase()));
    }
    fs::write(folder.0.join("t.csv"), rows).unwrap();
    let policy = |domain: &str| {
        let text = format!(
            r#"version = 1
purpose = "test"
[input]
path = "t.csv"
[columns]
id   = {{ role = "identifying", action = "token", key = "env:K" }}
age  = {{ role = "quasi", hierarchy = {{ kind = "interval", widths = [50] }} }}
ward = {{ role = "insensitive" }}
note = {{ role = "text", action = "scrub", default = "label" }}
[release.ids]
columns = ["id", "ward"]
[release.table]
columns = ["age"]
models = [{{ k_anonymity = 5 }}]
search = "optimal"
[release.notes]
columns = ["id", "note"]
domain = "{domain}"
[[overrides]]
rule = "kept_columns"
release = "ids"
who = "test"
why = "what a note says of the ward is to be found"
until = "2099-12-31"
"#
        );
        Policy::parse(&text, &folder.0).unwrap()
    };
    // The domain of a column that names none is its own name.
    for (domain, linked) in [("notes", 1), ("id", 400)] {
        let out = folder.0.join(domain);
        policy(domain).keys(keys()).plan(SILENT).unwrap().apply(&out, Replace::No, SILENT).unwrap();
        let attacks = policy(domain).keys(keys()).attack(&out, AttackOptions::new(), SILENT).unwrap();
        let links: Vec<(&str, &str)> =
            attacks.links.iter().map(|l| (l.table.as_str(), l.texts.as_str())).collect();
        assert_eq!(links, [("ids", "notes"), ("table", "notes")]);
        let ids = &attacks.links[0].links;
        let wards = ids.columns.iter().find(|c| c.column == "ward").unwrap();
        assert_eq!((wards.found_in.as_str(), wards.values, wards.texts), ("note", 6, 400), "{wards:?}");
        assert_eq!((wards.values_few, wards.texts_few), (2, 4), "{wards:?}");
        assert_eq!(ids.columns.iter().any(|c| c.column == "id"), linked == 400, "{domain}: {ids:?}");
        assert_eq!(ids.rows_to_one, linked, "{domain}: {ids:?}");
        assert!(attacks.links[1].links.columns.is_empty(), "{:?}", attacks.links[1]);
        // With another threshold three rows are not few.
        let three = AttackOptions::new().few(3);
        let three = policy(domain).keys(keys()).attack(&out, three, SILENT).unwrap();
        let wards = three.links[0].links.columns.iter().find(|c| c.column == "ward").unwrap();
        assert_eq!((wards.values_few, three.releases["table"].few), (1, 3));
    }
}

/// A class of a local recoding, or of Mondrian, is the least that holds its rows, so whatever that tells is true of them.
#[test]
fn what_a_local_recoding_gives_away_by_being_minimal_is_right() {
    let folder = Folder::new(0.0);
    let gate = "[gate]\nattacks = [\"singling_out\"]\nmax_excess_risk = 1";
    for search in ["local", "mondrian", "mondrian_relaxed", "cell_suppression", "optimal"] {
        let text = format!("{HEAD}models = [{{ k_anonymity = 3 }}]\nsearch = \"{search}\"\n{gate}\n")
            .replace("max_suppressed = 0.02", "max_suppressed = 0.5");
        let plan = Policy::parse(&text, &folder.0).unwrap().keys(keys()).plan(SILENT).unwrap();
        let found = attacks(&plan).downcoding.unwrap();
        assert!(found.exact && found.finer_cells <= found.general_cells, "{search}: {found:?}");
        if search == "optimal" {
            assert_eq!((found.minimality, found.finer_cells), (Minimality::WholeColumns, 0));
            continue;
        }
        assert_eq!(found.minimality, Minimality::EachClass);
        assert!(found.finer_rows > 0, "{search}: {found:?}");
        assert_eq!(found.right.hits, found.right.trials, "{search}: {found:?}");
    }
}

#[test]
fn counts_of_attacks_in_the_internal_folder_are_held_against_the_claim() {
    let folder = Folder::new(0.0);
    folder.apply(25, &format!("{GATE}max_excess_risk = 0.1")).unwrap();
    let check = || {
        let scan = |_: &[String], _: u16, _: &str, _: &str| Ok(0);
        let verifier = incog::evidence::Verifier::new(&scan).internal(folder.0.join("out.internal"));
        let checks = verifier.verify(&folder.0.join("out")).unwrap().checks;
        checks.into_iter().find(|c| c.subject == "internal/attacks.json").unwrap()
    };
    let held = check();
    assert_eq!(held.outcome, incog::evidence::Outcome::Holds, "{held:?}");
    assert!(held.detail.ends_with("keep the limit that the card claims"), "{held:?}");

    let path = folder.0.join("out.internal/attacks.json");
    let text = folder.read("out.internal/attacks.json");
    let edited = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut attacks: serde_json::Value = serde_json::from_str(&text).unwrap();
        change(&mut attacks["releases"]["table"]["attacks"]);
        fs::write(&path, serde_json::to_string_pretty(&attacks).unwrap()).unwrap();
        check()
    };
    let more_hits = edited(&|all| {
        let linkability = all.as_array_mut().unwrap().iter_mut().find(|a| a["name"] == "linkability");
        let linkability = linkability.unwrap();
        linkability["attack"]["hits"] = linkability["attack"]["trials"].clone();
    });
    assert_eq!(more_hits.outcome, incog::evidence::Outcome::Differs);
    assert!(more_hits.detail.starts_with("linkability of 'table' adds up to "), "{more_hits:?}");
    let fewer = edited(&|all| drop(all.as_array_mut().unwrap().pop()));
    assert_eq!(fewer.detail, "it has other attacks on 'table' than the card");

    // Attacks by one column, of another one, or with counts that are none, are not those of the claim.
    let forged = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut attacks: serde_json::Value = serde_json::from_str(&text).unwrap();
        change(&mut attacks["releases"]["table"]);
        fs::write(&path, attacks.to_string()).unwrap();
        let found = check();
        assert_eq!(found.outcome, incog::evidence::Outcome::Differs, "{found:?}");
        found.detail
    };
    let named = |report: &mut serde_json::Value, name: &str| -> usize {
        report["attacks"].as_array().unwrap().iter().position(|a| a["name"] == name).unwrap()
    };
    let of_columns = "it has attacks by other columns on 'table', or on others, than the card";
    assert_eq!(forged(&|report| report["known"] = serde_json::json!(["ward"])), of_columns);
    let other = forged(&|report| {
        let i = named(report, "inference");
        report["attacks"][i]["column"] = "ward".into();
    });
    assert_eq!(other, of_columns);
    let twice = forged(&|report| {
        let i = named(report, "inference");
        let again = report["attacks"][i].clone();
        report["attacks"].as_array_mut().unwrap().push(again);
    });
    assert_eq!(twice, of_columns);
    let misplaced = forged(&|report| {
        let (i, j) = (named(report, "inference"), named(report, "linkability"));
        report["attacks"][j]["column"] = report["attacks"][i]["column"].take();
    });
    assert_eq!(misplaced, "it has a column for another attack on 'table' than inference, or none for it");
    let more = forged(&|report| {
        let i = named(report, "linkability");
        report["attacks"][i]["control"]["hits"] = 1_000_000.into();
    });
    assert_eq!(more, "linkability of 'table' has more successes than attempts");
    let all = edited(&|all| {
        for attack in all.as_array_mut().unwrap() {
            for side in ["attack", "control"] {
                attack[side] = serde_json::json!({ "hits": 0, "trials": u64::MAX });
            }
        }
    });
    assert_eq!(all.outcome, incog::evidence::Outcome::Holds, "{all:?}");
}
