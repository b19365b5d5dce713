//! Tests of profiles, proposed policies and reports through the public API.

use std::collections::BTreeMap;

use incog::{
    claim::{Check, Claim, ColumnTreatment, Statement},
    evidence::{
        Budget, Card, Internal, Output, OutputColumn, OverrideRecord, ReportExtras, TableFacts, Tool,
        Utility, report,
    },
    pii::Scanner,
    pipeline::{self, ColumnKind, ColumnProfile, Policy, Profiler, policy::Form},
    table::{
        Column, ColumnBuilder, Rows, Table,
        csv::{self, Dialect},
    },
};

fn column(cells: impl IntoIterator<Item = String>) -> Column {
    let mut builder = ColumnBuilder::default();
    for cell in cells {
        if cell.is_empty() { builder.push_missing() } else { builder.push(&cell) }.expect("few values");
    }
    builder.finish()
}

/// `rows` rows, each cell by its number.
fn of(rows: usize, cell: impl Fn(usize) -> String) -> Column {
    column((0..rows).map(cell))
}

fn profiled(name: &str, cells: Column) -> ColumnProfile {
    let table = Table::new([(name, cells)]).expect("one column");
    pipeline::profile(&table, &Scanner::new()).expect("it has a column").columns.remove(0)
}

/// A number of 16 digits that passes Luhn and starts as cards do.
fn card(i: usize) -> String {
    let digits = format!("41111111{i:07}");
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, b)| {
            let d = u32::from(b - b'0') * if place % 2 == 0 { 2 } else { 1 };
            d / 10 + d % 10
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[test]
fn faults_reported_of_other_tools_do_not_occur() {
    use ColumnKind::{FreeText, Identifying, Other, QuasiIdentifying, Unknown};
    let some = |cells: &'static [&'static str]| of(200, move |i| cells[i % cells.len()].to_owned());
    // (column name, cells, kind, what goes wrong when names are matched by substring or cells are not looked at)
    let cases = [
        ("ACADEMIC_YEAR_CODE", some(&["1999", "2000"]), Other, "a year is no CVV"),
        ("academicYear", some(&["1999/2000", "2000/2001"]), Other, "a year is no CVV"),
        ("SCN", some(&["SCN-125", "SCN-126", "SCN-130"]), Other, "'cn' inside a word"),
        ("public", some(&["yes", "no"]), Other, "'lic' inside a word"),
        ("stage", some(&["1", "2", "3"]), Other, "'age' inside a word"),
        ("schema_version", some(&["1.2.3", "2.0.1", "10.0.0.1"]), Other, "an address is not a version"),
        ("STATUS_CODE", some(&["200", "404", "500"]), Other, "innocent code"),
        ("driver_version_number", some(&["17", "18"]), Other, "a person's word not beside 'number'"),
        ("c7", of(200, card), Identifying, "numbers are scanned"),
        ("full_name", some(&["Ada Lovelace", "Bob Kahn"]), Identifying, "names"),
        ("vorname", some(&["Ada", "Bob"]), Identifying, "in other languages"),
        ("email", of(9, |_| String::new()), Unknown, "nothing examined is not fine"),
        ("email", of(9, |_| " ".to_owned()), Unknown, "blank cells"),
        ("email", of(0, |_| String::new()), Unknown, "no rows"),
        ("x", of(200, |i| format!("user{i}@example.org")), Identifying, "by content alone"),
        ("x", of(200, |i| format!("K{i:05}")), Identifying, "a value of its own in each row"),
        (
            "x",
            of(200, |i| format!("{}.5", i * 7)),
            QuasiIdentifying,
            "measurements spread, they do not number",
        ),
        ("x", of(400, |i| format!("2024-01-{:02}", i % 28 + 1)), QuasiIdentifying, "dates of events"),
        ("birthDate", of(400, |i| format!("19{:02}-01-28", i % 80)), QuasiIdentifying, "camel case"),
        ("PLZ", of(400, |i| format!("{:05}", 10115 + i % 90)), QuasiIdentifying, "in other languages"),
        ("x", of(200, |i| format!("on day {i} the patient slept well again")), FreeText, "sentences"),
        (
            "diagnosis",
            of(200, |i| format!("seen on day {i}, please write to a{i}@example.org")),
            FreeText,
            "sentences, whatever the column is called",
        ),
    ];
    for (name, cells, kind, source) in cases {
        let rows = cells.len() as u64;
        let profile = profiled(name, cells);
        assert_eq!(profile.kind, kind, "{name} ({source}): {profile:?}");
        assert!(profile.why.len() >= 2, "{name} ({source}) does not say why");
        assert_eq!(profile.rows, rows, "{name} ({source})");
        assert_eq!(profile.examined + profile.missing, rows, "{name} ({source})");
        assert_eq!(profile.kind == Unknown, profile.examined == 0, "{name} ({source})");
        assert!((0.0..=1.0).contains(&profile.confidence), "{name} ({source})");
    }
}

#[test]
fn one_hit_among_many_cells_decides_nothing() {
    let profile = profiled("x", of(400, |i| if i == 7 { card(1) } else { format!("{}", i % 9) }));
    assert_eq!(profile.kind, ColumnKind::Other, "{profile:?}");
    assert_eq!(profile.findings.get("CREDIT_CARD"), Some(&1), "but it is counted: {profile:?}");
}

#[test]
fn findings_count_rows_and_not_distinct_values() {
    let profile = profiled("x", of(300, |i| format!("user{}@example.org", i % 3)));
    assert_eq!((profile.distinct, profile.findings["EMAIL_ADDRESS"]), (3, 300));
}

#[test]
fn a_column_of_many_distinct_values_says_that_it_was_sampled() {
    let profile = profiled("x", of(50_000, |i| format!("K{i}")));
    assert!(profile.examined < 50_000 && profile.examined >= 10_000, "{profile:?}");
    assert!(profile.estimated && profile.distinct.abs_diff(50_000) < 3_000, "{profile:?}");
    let sampled = format!("of about {} distinct values were examined", profile.distinct);
    assert!(profile.why.iter().any(|w| w.ends_with(&sampled)), "{profile:?}");
}

/// The share of rows whose cells in `columns` no other row has, by looking at all pairs of rows.
fn singled_out(table: &Table, columns: &[String]) -> f64 {
    let row = |r: usize| -> Vec<Option<&str>> {
        columns.iter().map(|c| table.column(c).unwrap().cell(r)).collect()
    };
    let rows: Vec<_> = (0..table.rows()).map(row).collect();
    let single = rows.iter().filter(|a| rows.iter().filter(|b| b == a).count() == 1).count();
    single as f64 / rows.len() as f64
}

#[test]
fn listed_sets_single_out_what_they_say_and_no_smaller_ones_do() {
    let table = patients();
    let profile = pipeline::profile(&table, &Scanner::new()).unwrap();
    assert!(!profile.sets.is_empty());
    let together = profile.together.clone().unwrap();
    assert!(
        together.columns.iter().all(|c| !["mrn", "full_name", "notes"].contains(&c.as_str())),
        "{together:?}"
    );
    let close = |a: f64, b: f64| (a - b).abs() < 1e-4;
    for set in profile.sets.iter().chain([&together]) {
        assert!(!set.estimated && close(set.singled_out, singled_out(&table, &set.columns)), "{set:?}");
    }
    // Every set of up to two that singles out enough is listed, or holds a listed one.
    let columns = &together.columns;
    for (i, a) in columns.iter().enumerate() {
        for b in &columns[i..] {
            let set = if a == b { vec![a.clone()] } else { vec![a.clone(), b.clone()] };
            let enough = singled_out(&table, &set) >= 0.05;
            let listed = profile.sets.iter().any(|s| s.columns.iter().all(|c| set.contains(c)));
            assert_eq!(enough, listed, "{set:?}");
        }
    }
    for set in &profile.sets {
        assert!(profile.sets.iter().all(|s| s == set || !s.columns.iter().all(|c| set.columns.contains(c))));
    }
}

#[test]
fn a_table_profiled_some_rows_at_a_time_has_the_profile_of_the_whole() {
    let table = patients();
    let whole = pipeline::profile(&table, &Scanner::new()).unwrap();
    let mut text = Vec::new();
    csv::Writer::default().verbatim(table.names().iter().cloned()).write(&table, &mut text).unwrap();
    let mut reader = csv::Reader::new(&text[..], Dialect::default()).unwrap();
    let (mut profiler, mut rows) = (Profiler::new(Scanner::new()), Rows::default());
    while reader.next_rows(&mut rows).unwrap() {
        profiler.take(reader.names(), &rows);
    }
    let streamed = profiler.finish(reader.names()).unwrap();
    assert_eq!(streamed.columns, whole.columns);
    assert_eq!(streamed.sets, whole.sets);
    let json = serde_json::to_string(&streamed).unwrap();
    assert!(
        !json.to_lowercase().contains("canary") && !format!("{streamed:?}").to_lowercase().contains("canary")
    );
}

#[test]
fn a_large_table_is_estimated_and_says_so() {
    // 120,000 rows: x has 60,000 values twice, (x, y) is single for half of the rows.
    let rows = 120_000;
    let table = Table::new([
        ("x", of(rows, |i| format!("{}.5", i % 60_000 * 3))),
        ("y", of(rows, |i| format!("{}", if i % 60_000 < 30_000 { i / 60_000 } else { 0 }))),
    ])
    .unwrap();
    let profile = pipeline::profile(&table, &Scanner::new()).unwrap();
    let set = &profile.sets[0];
    assert_eq!(set.columns, ["x", "y"], "{profile:?}");
    // About 11,000 of the single ones are kept, so five standard errors are 0.025.
    assert!(set.estimated && (set.singled_out - 0.5).abs() < 0.025, "{set:?}");
}

/// A table like that of the demo, with words that must not get into a policy.
fn patients() -> Table {
    let rows = 1000;
    let ill = ["CANARYitis", "flu", "gout", "mumps", "rash", "cough", "fever"];
    Table::new([
        ("mrn", of(rows, |i| format!("M{i:06}"))),
        ("full_name", of(rows, |i| format!("Canary{} Miller", i % 600))),
        ("e mail", of(rows, |i| format!("canary{i}@example.org"))),
        ("birth_date", of(rows, |i| format!("19{:02}-0{}-1{}", i % 80, i % 9 + 1, i % 10))),
        ("sex", of(rows, |i| ["f", "m"][i % 2].to_owned())),
        ("zip", of(rows, |i| format!("{:05}", 10_000 + i % 300))),
        ("admitted", of(rows, |i| format!("2024-0{}-0{}", i % 9 + 1, i % 9 + 1))),
        ("diagnosis", of(rows, |i| ill[i % ill.len()].to_owned())),
        ("charge_eur", of(rows, |i| format!("{}.50", i * 37 % 40_000))),
        ("tariff_code", of(rows, |i| format!("T{}", i % 5))),
        ("notes", of(rows, |i| format!("Called canary{i}@example.org, she feels better since day {i}."))),
    ])
    .expect("columns of one length")
}

#[test]
fn a_proposal_parses_and_holds_no_cell() {
    let table = patients();
    let profile = pipeline::profile(&table, &Scanner::new()).unwrap();
    let text = pipeline::propose("data/pati\"ents.csv", Form::Csv(Dialect::new('\t').unwrap()), &profile);
    let policy = Policy::parse(&text, ".".as_ref()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert!(policy.inputs()["input"].path().ends_with("data/pati\"ents.csv"));
    assert!(!text.to_lowercase().contains("canary"), "{text}");

    let expected = [
        "person = \"mrn\"",
        "undeclared = \"deny\"",
        "mrn = { role = \"identifying\", action = \"drop\" }",
        "\"e mail\" = { role = \"identifying\", action = \"drop\" }",
        "birth_date = { role = \"quasi\", hierarchy = { kind = \"date\", levels = [\"year\", \"5y\", \"10y\", \"*\"] } }",
        "sex = { role = \"quasi\" }",
        "zip = { role = \"quasi\", hierarchy = { kind = \"prefix\", keep = [3, 2, 0] } }",
        "admitted = { role = \"quasi\", hierarchy = { kind = \"date\"",
        "charge_eur = { role = \"quasi\", hierarchy = { kind = \"interval\", widths = [500, 2500, 10000], origin = 0 } }",
        "diagnosis = { role = \"sensitive\" }",
        "tariff_code = { role = \"insensitive\" }",
        "notes = { role = \"text\", action = \"scrub\", use_row = [\"mrn\", \"full_name\", \"e mail\"], default = \"label\" }",
        "columns = [\"birth_date\", \"sex\", \"zip\", \"admitted\", \"diagnosis\", \"charge_eur\"]",
        "models = [{ k_anonymity = 10 }, { l_diversity = 3, variant = \"distinct\", column = \"diagnosis\" }]",
        "max_suppressed = 0.03",
        "search = \"local\"",
        "# retention = { column = \"admitted\", days = 3650 }",
        "# lock = \"release/policy.lock\"",
        "\"TODO: say what the release may be used for\" = [\"birth_date\", \"sex\"",
    ];
    for line in expected {
        assert!(text.lines().any(|l| l.starts_with(line)), "missing: {line}\n{text}");
    }
    for name in table.names() {
        let entry =
            text.lines().find(|l| l.starts_with(name.as_str()) || l.starts_with(&format!("\"{name}\"")));
        assert!(
            entry.is_some_and(|l| l.contains("  # ") && l.contains("name: ")),
            "{name} has no reason\n{text}"
        );
    }
}

#[test]
fn dates_that_no_hierarchy_reads_are_proposed_with_the_way_out() {
    let table =
        Table::new([("birthday", of(200, |i| format!("{}.{}.{}", 1 + i % 28, 1 + i % 12, 1940 + i % 60)))]);
    let profile = pipeline::profile(&table.unwrap(), &Scanner::new()).unwrap();
    let text = pipeline::propose("t.csv", Form::Csv(Dialect::default()), &profile);
    let line = text.lines().find(|l| l.starts_with("birthday = ")).unwrap();
    assert!(line.starts_with("birthday = { role = \"quasi\" }"), "{line}");
    assert!(line.contains("only dates written YYYY-MM-DD are generalized: rewrite it so"), "{line}");
}

#[test]
fn a_column_that_nobody_can_decide_stops_the_policy_at_its_line() {
    let table = Table::new([
        ("sex", of(100, |i| ["f", "m"][i % 2].to_owned())),
        ("line\nbreak \"quoted\"", of(100, |_| String::new())),
    ])
    .unwrap();
    let profile = pipeline::profile(&table, &Scanner::new()).unwrap();
    let text = pipeline::propose("t.csv", Form::Csv(Dialect::default()), &profile);
    let at = text.lines().position(|l| l.contains("role = \"TODO\"")).unwrap() + 1;
    let error = Policy::parse(&text, ".".as_ref()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("line {at}: ")) && error.contains("TODO"), "{error}\n{text}");
    assert_eq!(text.matches("\"TODO\"").count(), 1);
    let decided = text.replace("role = \"TODO\"", "role = \"insensitive\"");
    Policy::parse(&decided, ".".as_ref()).unwrap_or_else(|e| panic!("{e}\n{decided}"));
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&n| n.to_owned()).collect()
}

/// A card with everything in it, and a column whose name is an attack.
fn full_card() -> Card {
    let tool = Tool::new("incog".into(), "0.1.0".into(), vec![]);
    let mut card = Card::new(tool, "readmission <model>".into(), "aa".repeat(32));
    let columns = names(&["age", "<script>alert(1)</script>"]);
    let output = columns.iter().map(|c| OutputColumn::new(c.clone(), "bb".repeat(32))).collect();
    card.outputs.push(Output::new("table.csv".into(), "cc".repeat(32), Some(','), Some(970), output));
    card.claims = vec![
        Claim::new(
            "table",
            Check::Recomputed,
            Statement::KAnonymity {
                k: 10,
                columns: columns.clone(),
                insensitive: vec!["tariff".into()],
                with_insensitive: Some(10),
            },
        ),
        Claim::new(
            "table",
            Check::Replayable,
            Statement::Pseudonymised { columns: vec![ColumnTreatment::new("notes", "scrub")] },
        ),
        Claim::new(
            "stats",
            Check::Attested,
            Statement::DifferentialPrivacy {
                epsilon: "1".into(),
                delta: "0.000001".into(),
                neighbors: "add_or_remove_one".into(),
                person: "mrn".into(),
            },
        )
        .assuming("rows of one person carry the same mrn"),
    ];
    card.joint.push("nothing is claimed about them together".into());
    let levels = BTreeMap::from([("age".to_owned(), 2)]);
    card.utility.insert("table".into(), Utility::new(levels, "optimal".into(), true, 0.1234));
    let budget = Budget::new("1".into(), "0.000001".into(), "approximate".into(), "basic composition".into());
    card.budget.insert("stats".into(), budget);
    card.overrides.push(OverrideRecord::new(
        "kept_columns".into(),
        "table".into(),
        "J. Doe".into(),
        "needed & agreed".into(),
        "2027-06-30".into(),
    ));
    card.not_established =
        names(&["success of attacks: none was measured", "who made this card: it's not signed"]);
    card
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Of a table with classes of these sizes, so many of each.
fn facts(sizes: &[(usize, usize)]) -> TableFacts {
    let classes = sizes.iter().flat_map(|&(size, classes)| std::iter::repeat_n(size, classes)).enumerate();
    let cells = classes.flat_map(|(class, size)| std::iter::repeat_n(format!("CANARY-{class}"), size));
    let table = Table::new([("age", Column::from_values(cells).unwrap())]).unwrap();
    TableFacts::of(&table, &["age"]).unwrap()
}

#[test]
fn a_report_says_what_the_card_says_and_loads_nothing() {
    let card = full_card();
    let extras = ReportExtras::default().table("table", facts(&[(10, 7), (15, 2), (40, 1)]));
    let page = report(&card, &extras);
    for claim in &card.claims {
        assert!(page.contains(&escaped(&claim.sentence())), "{}", claim.sentence());
        assert!(page.contains(claim.check.word()));
        assert!(claim.assumptions.iter().all(|a| page.contains(&escaped(a))));
    }
    assert!(card.not_established.iter().all(|line| page.contains(&escaped(line))));
    let expected = [
        "lang=\"en\"",
        "readmission &lt;model&gt;",
        "table.csv",
        "970",
        "0.1234",
        "basic composition",
        "needed &amp; agreed",
        "nothing is claimed about them together",
        "<svg",
        "<desc>9 classes of 8–15 rows",
        "16–31",
        "scope=\"col\"",
        "scope=\"row\"",
    ];
    for text in expected {
        assert!(page.contains(text), "missing: {text}");
    }
    let forbidden = [
        "<script",
        "http",
        "src=",
        "href=",
        "url(",
        "@import",
        "onload",
        "anonymous",
        "compliant",
        "CANARY",
        "Not for release",
    ];
    for text in forbidden {
        assert!(!page.contains(text), "present: {text}");
    }
    let place = |text: &str| page.find(text).unwrap();
    assert!(
        place(">Summary<") < place(">Not established<") && place(">Not established<") < place(">What holds<")
    );
}

#[test]
fn only_the_internal_report_says_what_happened_to_the_raw_data() {
    let card = full_card();
    let extras = ReportExtras::default().table("table", facts(&[(10, 97)]));
    let internal = Internal::default()
        .suppressed("table", 31_337, 32_307)
        .raw("table", facts(&[(1, 707), (3, 1)]))
        .groups("table", "sex", vec![(5_151, 50), (606, 303)])
        .detections("notes", BTreeMap::from([("EMAIL_ADDRESS".to_owned(), 4_242)]))
        .warning("column <x> was <dropped>");
    let public = report(&card, &extras);
    let full = report(&card, &extras.internal(internal));
    for text in [
        "31337",
        "32307",
        "707 of 710",
        "5151 → 5101",
        "from 0.9 % to 50.0 %",
        "EMAIL_ADDRESS",
        "4242",
        "column &lt;x&gt; was &lt;dropped&gt;",
        "Not for release",
    ] {
        assert!(full.contains(text), "missing: {text}");
        assert!(!public.contains(text), "public: {text}");
    }
    assert!(full.find("Not for release").unwrap() < full.find(">Summary<").unwrap());
}

#[test]
fn an_empty_card_still_says_that_nothing_is_claimed() {
    let card = Card::new(Tool::new("incog".into(), "0.1.0".into(), vec![]), "p".into(), String::new());
    let page = report(&card, &ReportExtras::default());
    assert!(page.contains("Nothing is claimed") && page.contains(">Not established<"));
}
