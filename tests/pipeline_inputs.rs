//! Tests of what a policy reads: forms of files, several tables, retention, purposes, and releases that
//! are larger than a plan holds.

use std::{fs, io::Write as _, sync::Arc};

use incog::{
    ErrorKind,
    pipeline::{Applied, Plan, Policy, Replace, SILENT},
    pseudonym::{Key, KeySource, SuppliedKeys},
};

use crate::temporary::Temporary;

/// A folder of its own for each test, removed afterwards.
pub(crate) struct Folder(pub(crate) Temporary);

impl Folder {
    pub(crate) fn new() -> Self {
        Folder(Temporary::new())
    }

    pub(crate) fn write(&self, file: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(file), bytes).unwrap();
        self
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn plan(&self, policy: &str) -> incog::Result<Plan> {
        Policy::parse(policy, &self.0)?.keys(keys()).plan(SILENT)
    }

    pub(crate) fn apply(&self, policy: &str, out: &str) -> incog::Result<Applied> {
        let out = self.0.join(out);
        let policy = Policy::parse(policy, &self.0)?;
        policy.keys(keys()).plan_into(&out, Replace::No, SILENT)?.apply(&out, Replace::No, SILENT)
    }

    /// What stands against the policy, whether the plan says so or there is none.
    pub(crate) fn refusals(&self, policy: &str) -> Vec<String> {
        match self.plan(policy) {
            Ok(plan) => plan.refusals().iter().map(ToString::to_string).collect(),
            Err(e) => vec![e.to_string()],
        }
    }
}

fn keys() -> Arc<SuppliedKeys> {
    Arc::new(
        SuppliedKeys::default().supply(KeySource::parse("env:TEST_KEY").unwrap(), Key::from_bytes([7; 32])),
    )
}

/// A table under k = 2 with one column of numbers, from an input written down as `input` says.
fn amounts(input: &str) -> String {
    format!(
        "version = 1\npurpose = \"test\"\n[input]\n{input}\n[columns]\n\
         amount = {{ role = \"quasi\", hierarchy = {{ kind = \"interval\", widths = [10] }} }}\n\
         ward = {{ role = \"quasi\" }}\n\
         [release.table]\ncolumns = [\"amount\", \"ward\"]\nmodels = [{{ k_anonymity = 2 }}]\nsearch = \"optimal\"\n"
    )
}

#[test]
fn one_table_in_every_form_is_one_release() {
    let folder = Folder::new();
    let csv = "amount,ward\n1.5,Zürich\n2.5,Zürich\n11,Bern\n12.25,Bern\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(csv.as_bytes()).unwrap();
    let utf_16: Vec<u8> =
        std::iter::once(0xfeff).chain(csv.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin_1: Vec<u8> = csv.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    folder
        .write("t.csv", csv)
        .write("mark.csv", format!("\u{feff}{csv}"))
        .write("t.csv.gz", packed.finish().unwrap())
        .write("utf16.csv", utf_16)
        .write("latin1.csv", latin_1)
        .write("comma.csv", "amount;ward\n1,5;Zürich\n2,5;Zürich\n11;Bern\n12,25;Bern\n")
        .write(
            "t.jsonl",
            "{\"amount\": 1.5, \"ward\": \"Z\\u00fcrich\"}\n{\"ward\": \"Zürich\", \"amount\": \"2.5\"}\n\n\
             {\"amount\": 11, \"ward\": \"Bern\"}\n{\"amount\": 12.25, \"ward\": \"Bern\"}",
        );
    let forms = [
        "path = \"t.csv\"",
        "path = \"mark.csv\"",
        "path = \"t.csv.gz\"",
        "path = \"utf16.csv\"\nencoding = \"utf-16\"",
        "path = \"latin1.csv\"\nencoding = \"latin-1\"",
        "path = \"comma.csv\"\ndelimiter = \";\"\ndecimal = \",\"",
        "path = \"t.jsonl\"",
    ];
    let mut first = None;
    for (i, form) in forms.into_iter().enumerate() {
        folder.apply(&amounts(form), &format!("out{i}")).unwrap_or_else(|e| panic!("{form}: {e}"));
        // Without a key the order is that of the policy's digest, so rows are compared in an order of their own.
        let mut rows: Vec<String> = folder
            .read(&format!("out{i}/table.csv"))
            .lines()
            .map(|l| l.replace(';', ",").replace('"', ""))
            .collect();
        rows.sort();
        assert_eq!(rows.len(), 5, "{form}");
        assert_eq!(first.get_or_insert_with(|| rows.clone()), &rows, "{form}");
    }
}

#[test]
fn what_no_column_can_hold_is_refused_with_its_line() {
    let folder = Folder::new();
    // (name, lines, part of the sentence)
    let cases = [
        (
            "a list",
            "{\"amount\": 1, \"ward\": [\"CANARY\"]}",
            "line 1: field 'ward' holds an object or a list",
        ),
        ("an object", "\n{\"amount\": {\"CANARY\": 1}}", "line 2: field 'amount' holds an object or a list"),
        ("no object", "{\"amount\": 1}\n[\"CANARY\"]", "line 2: not a JSON object"),
        ("a cut line", "{\"amount\": 1}\n{\"amount\": \"CANARY", "line 2: not a JSON object"),
        ("a repeated field", "{\"amount\": 1, \"amount\": 2}", "line 1: field 'amount' occurs twice"),
        ("two objects", "{\"amount\": 1} {\"amount\": \"CANARY\"}", "line 1: not a JSON object"),
        ("an undeclared field", "{\"amount\": 1, \"ward\": 1}\n{\"late\": \"CANARY\"}", "column 'late'"),
        ("a field that never comes", "{\"amount\": 1}", "column 'ward' of the policy is not in the input"),
    ];
    for (name, lines, part) in cases {
        folder.write("t.jsonl", lines);
        let refusals = folder.refusals(&amounts("path = \"t.jsonl\"")).join("\n");
        assert!(refusals.contains(part), "{name}: {refusals}");
        assert!(!refusals.contains("CANARY"), "{name}: {refusals}");
    }
    folder.write("t.csv", "amount;ward\n1,5;A\n1.500;A\n");
    let refusals = folder.refusals(&amounts("path = \"t.csv\"\ndelimiter = \";\"\ndecimal = \",\""));
    assert!(
        refusals[0].contains("column 'amount', row 2: a point where numbers have a decimal comma"),
        "{refusals:?}"
    );
}

#[test]
fn models_that_order_numbers_read_decimal_commas() {
    let folder = Folder::new();
    let policy = "version = 1\npurpose = \"test\"\n[input]\npath = \"t.csv\"\ndelimiter = \";\"\ndecimal = \",\"\n\
        [columns]\nward = { role = \"quasi\" }\namount = { role = \"sensitive\" }\n\
        [release.table]\ncolumns = [\"ward\", \"amount\"]\nsearch = \"optimal\"\n\
        models = [{ k_anonymity = 2 }, { t_closeness = 0.5, ground = \"ordered\", column = \"amount\" }]\n";
    // As texts, 10,5 comes before 9,5.
    folder.write("t.csv", "ward;amount\nA;9,5\nA;10,5\nA;8\nA;11\n");
    folder.apply(policy, "out").unwrap();
    let mut rows: Vec<String> = folder.read("out/table.csv").lines().map(str::to_owned).collect();
    rows.sort();
    assert_eq!(rows, ["A;10.5", "A;11", "A;8", "A;9.5", "ward;amount"]);
    folder.write("t.csv", "ward;amount\nA;9,5\nA;1.050\n");
    let refusals = folder.refusals(policy);
    assert!(
        refusals[0].contains("column 'amount', row 2: a point where numbers have a decimal comma"),
        "{refusals:?}"
    );
}

const SEVERAL: &str = r#"version = 1
purpose = "test"
person = "mrn"
[inputs.patients]
path = "patients.csv"
[inputs.patients.columns]
mrn = { role = "identifying", action = "token", key = "env:TEST_KEY" }
age = { role = "quasi", hierarchy = { kind = "interval", widths = [10] } }
[inputs.visits]
path = "visits.jsonl"
[inputs.visits.columns]
mrn  = { role = "identifying", action = "token", key = "env:TEST_KEY" }
note = { role = "text", action = "scrub", use_row = ["mrn"] }
[release.ages]
input = "patients"
columns = ["age"]
models = [{ k_anonymity = 2 }]
search = "optimal"
[release.ids]
input = "patients"
columns = ["mrn"]
[release.visits]
input = "visits"
columns = ["mrn", "note"]
"#;

#[test]
fn several_tables_have_token_domains_of_their_own_unless_they_are_to_be_joined() {
    let folder = Folder::new();
    folder.write("patients.csv", "mrn,age\nP-1,31\nP-2,32\nP-3,33\n").write(
        "visits.jsonl",
        "{\"mrn\": \"P-1\", \"note\": \"P-1 came\"}\n{\"mrn\": \"P-2\", \"note\": \"left\"}\n",
    );
    folder.apply(SEVERAL, "apart").unwrap();
    let tokens = |file: &str| -> std::collections::BTreeSet<String> {
        let text = folder.read(file);
        text.lines().skip(1).map(|l| l.split(',').next().unwrap().to_owned()).collect()
    };
    assert_eq!(tokens("apart/ids.csv").intersection(&tokens("apart/visits.csv")).count(), 0);
    assert!(!folder.read("apart/visits.csv").contains("P-1"), "the row's own number is gone from its note");
    let joined = SEVERAL.replace("key = \"env:TEST_KEY\"", "key = \"env:TEST_KEY\", domain = \"both\"");
    folder.apply(&joined, "joined").unwrap();
    assert_eq!(tokens("joined/ids.csv").intersection(&tokens("joined/visits.csv")).count(), 2);
    let inputs: serde_json::Value = serde_json::from_str(&folder.read("apart.internal/input.json")).unwrap();
    assert_eq!(
        (&inputs["inputs"]["patients"]["rows"], &inputs["inputs"]["visits"]["rows"]),
        (&3.into(), &2.into())
    );
}

#[test]
fn a_policy_of_several_tables_that_does_not_say_which_is_refused() {
    let folder = Folder::new();
    // (what is changed, into what, part of the sentence)
    let cases = [
        ("input = \"visits\"\n", "", "a release names one"),
        (
            "input = \"visits\"\n",
            "input = \"visit\"\n",
            "there is no input 'visit'; known are 'patients', 'visits'",
        ),
        ("inputs.visits", "inputs.\"../x\"", "a table's name is 1 to 64"),
        (
            "person = \"mrn\"\n",
            "person = \"mrn\"\n[input]\npath = \"t\"\n",
            "one table, [input] with [columns], or several",
        ),
        (
            "[inputs.patients]",
            "[columns]\nx = { role = \"quasi\" }\n[inputs.patients]",
            "each has its own columns",
        ),
        ("person = \"mrn\"", "person = \"id\"", "person"),
    ];
    for (from, to, part) in cases {
        assert!(SEVERAL.contains(from));
        let refusals = folder.refusals(&SEVERAL.replace(from, to));
        assert!(refusals[0].contains(part), "{to}: {refusals:?}");
    }
}

pub(crate) fn seen(retention: &str) -> String {
    format!(
        "version = 1\npurpose = \"research\"\n[purposes]\nresearch = [\"ward\"]\n[input]\npath = \"t.csv\"\n{retention}\n\
         [columns]\nward = {{ role = \"quasi\" }}\nseen = {{ role = \"quasi\" }}\n\
         [release.table]\ncolumns = [\"ward\"]\nmodels = [{{ k_anonymity = 2 }}]\nsearch = \"optimal\"\n"
    )
}

#[test]
fn rows_that_are_too_old_are_left_out_and_counted() {
    let folder = Folder::new();
    folder.write("t.csv", "ward,seen\nA,2026-03-31\nA,2026-03-01\nB,2026-02-28\nA,2020-01-01T08:00\n");
    let keep = "retention = { column = \"seen\", days = 30, as_of = \"2026-03-31\" }";
    let applied = folder.apply(&seen(keep), "out").unwrap();
    let table = folder.read("out/table.csv");
    assert_eq!(table, "ward\nA\nA\n");
    let warnings = &applied.summary().warnings;
    assert!(warnings.iter().any(|w| w.starts_with("2 of 4 rows of 'input' are left out")), "{warnings:?}");
    let inputs: serde_json::Value = serde_json::from_str(&folder.read("out.internal/input.json")).unwrap();
    assert_eq!(inputs["inputs"]["input"]["dropped"]["rows"], 2);

    folder.write("t.csv", "ward,seen\nA,2026-03-31\nA,soon\nA,2026-03-30\n");
    let refusals = folder.refusals(&seen(keep));
    assert!(refusals[0].contains("column 'seen', row 2: no date (YYYY-MM-DD)"), "{refusals:?}");
    let dropping = keep.replace(" }", ", undated = \"drop\" }");
    assert_eq!(folder.refusals(&seen(&dropping)), Vec::<String>::new());
    let unknown = keep.replace("\"seen\"", "\"sean\"");
    assert!(folder.refusals(&seen(&unknown))[0].contains("column 'sean' is not declared"));
}

#[test]
fn a_purpose_gets_the_columns_that_it_needs_and_no_others() {
    let folder = Folder::new();
    folder.write("t.csv", "ward,seen\nA,1\nA,2\n");
    assert_eq!(folder.refusals(&seen("")), Vec::<String>::new());
    let more = seen("").replace("columns = [\"ward\"]", "columns = [\"ward\", \"seen\"]");
    let refusals = folder.refusals(&more);
    assert!(
        refusals[0]
            .contains("column 'seen' is not among those that purpose 'research' needs; leave it out, or add"),
        "{refusals:?}"
    );
    let other = seen("").replace("research = [", "billing = [");
    assert!(
        folder.refusals(&other)[0]
            .contains("purpose 'research' is not one of [purposes]; known are 'billing'")
    );
}

const WIDE: &str = r#"version = 1
purpose = "test"
[input]
path = "t.csv"
[columns]
id   = { role = "identifying", action = "token", key = "env:TEST_KEY" }
data = { role = "insensitive" }
[release.data]
columns = ["id", "data"]
[[overrides]]
rule = "kept_columns"
release = "data"
who = "tests"
why = "large cells"
until = "2099-12-31"
"#;

#[test]
fn rows_that_a_plan_has_no_room_for_are_made_again_from_the_same_input_only() {
    let folder = Folder::new();
    let mut input = String::from("id,data\n");
    // 75 MB, where a plan holds 64 MiB.
    (0..750).for_each(|i| input.push_str(&format!("p{i},{i}{}\n", "x".repeat(100_000))));
    folder.write("t.csv", &input);
    folder.apply(WIDE, "kept").unwrap();
    folder.plan(WIDE).unwrap().apply(&folder.0.join("again"), Replace::No, SILENT).unwrap();
    assert!(folder.read("kept/data.csv") == folder.read("again/data.csv"));
    assert_eq!(folder.read("kept/card.json"), folder.read("again/card.json"));
    let out = folder.0.join("here");
    let plan = Policy::parse(WIDE, &folder.0).unwrap().keys(keys()).plan_into(&out, Replace::No, SILENT);
    let error = plan.unwrap().apply(&folder.0.join("there"), Replace::No, SILENT).unwrap_err();
    assert!(error.to_string().ends_with("here'; apply it there"), "{error}");
    let plan = folder.plan(WIDE).unwrap();
    folder.write("t.csv", input.replacen("p1,", "q1,", 1));
    let error = plan.apply(&folder.0.join("late"), Replace::No, SILENT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().contains("changed after it was planned"), "{error}");
    let mut left: Vec<_> =
        fs::read_dir(&folder.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["again", "again.internal", "kept", "kept.internal", "t.csv"]);
}
