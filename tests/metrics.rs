//! What a service sees through the facade `metrics`: numbers under fixed names, and nothing of the data.

#[cfg(feature = "rayon")]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{Arc, Mutex},
};

use ::metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use incog::{
    dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger},
    metrics,
    pii::{Entity, JsonRedactor, Recognizer, RedactedLineWriter, Redactor, Scanner, known_entities},
    pipeline::{Policy, Replace, SILENT},
    table::{Column, Table},
};

use crate::temporary::Temporary;

const NAMES: [&str; 10] = [
    metrics::SCANNED_BYTES,
    metrics::FINDINGS,
    metrics::REDACTED_TEXTS,
    metrics::REDACTIONS,
    metrics::WITHHELD_LINES,
    metrics::LEDGER_REQUESTS,
    metrics::LEDGER_SECONDS,
    metrics::LEDGER_LEFT,
    metrics::PIPELINE_RUNS,
    metrics::PIPELINE_SECONDS,
];

#[test]
fn a_redaction_is_counted_by_entity() {
    let seen = seen(|| {
        let redactor = Redactor::builder(Scanner::new()).build();
        assert_eq!(
            redactor.redact("to ada@example.org, bob@example.net"),
            "to [EMAIL_ADDRESS], [EMAIL_ADDRESS]"
        );
        assert_eq!(redactor.redact("nothing"), "nothing");
    });
    assert_eq!(seen["incog_redacted_texts_total"], 2.0);
    assert_eq!(seen["incog_redactions_total{entity=EMAIL_ADDRESS}"], 2.0);
    assert!(seen["incog_findings_total{entity=EMAIL_ADDRESS}"] >= 2.0);
    assert!(seen["incog_scanned_bytes_total"] >= 42.0);
}

#[test]
fn a_search_counts_its_bytes_once_and_each_finding() {
    let text = "4111 1111 1111 1111 and ada@example.org";
    let seen = seen(|| assert_eq!(Scanner::new().scan(text.as_bytes()).len(), 2));
    assert_eq!(
        seen,
        BTreeMap::from([
            ("incog_findings_total{entity=CREDIT_CARD}".to_owned(), 1.0),
            ("incog_findings_total{entity=EMAIL_ADDRESS}".to_owned(), 1.0),
            ("incog_scanned_bytes_total".to_owned(), 39.0),
        ])
    );
}

#[test]
fn streams_and_documents_count_what_their_own_counts_say() {
    let redactor = Redactor::builder(Scanner::new()).build();
    let counts = redactor.counts().clone();
    let json = JsonRedactor::builder(redactor.clone()).build().unwrap();
    let seen = seen(|| {
        let _ = json.redact(r#"{"to": "ada@example.org", "card": 4111111111111111}"#).unwrap();
        let mut writer = RedactedLineWriter::new(redactor, Vec::new());
        std::io::Write::write_all(&mut writer, b"from 198.51.100.7\nquiet\n").unwrap();
        writer.finish().unwrap();
    });
    let counts = counts.snapshot();
    assert_eq!(seen["incog_redacted_texts_total"], counts.texts as f64);
    for (entity, number) in &counts.replaced {
        assert_eq!(seen[&format!("incog_redactions_total{{entity={entity}}}")], *number as f64, "{entity}");
    }
    assert_eq!(counts.replaced.len(), 3);
}

/// Labels are a list that ends: whatever a program calls its entities, and however many it has.
#[test]
fn entities_of_your_own_share_one_label() {
    let seen = seen(|| {
        for number in 0..50 {
            let own = Entity::new(format!("CUSTOMER_{number}")).unwrap();
            let recognizer = Recognizer::pattern(own, "K-[0-9]{6}").unwrap();
            let scanner = Scanner::builder().recognizer(recognizer).build().unwrap();
            let redacted = Redactor::builder(scanner).build().redact("for K-123456").into_owned();
            assert_eq!(redacted, format!("for [CUSTOMER_{number}]"));
        }
        // By its name alone, an entity of the catalog is the same entity.
        let email = Recognizer::pattern(Entity::new("EMAIL_ADDRESS").unwrap(), "mailbox [0-9]{1,4}").unwrap();
        let scanner = Scanner::builder().recognizer(email).build().unwrap();
        let _ = Redactor::builder(scanner).build().redact("mailbox 17");
    });
    let labels = labels(&seen, metrics::REDACTIONS);
    assert_eq!(labels, BTreeSet::from(["EMAIL_ADDRESS".to_owned(), "OWN".to_owned()]));
    assert_eq!(seen["incog_redactions_total{entity=OWN}"], 50.0);
}

#[test]
fn a_ledger_is_seen_through_its_session() {
    let seen = seen(|| {
        let table = Table::new([("patient", Column::from_values((0..100).map(|i| i.to_string())).unwrap())]);
        let table = table.unwrap();
        let mut session =
            Session::builder(PrivacyUnit::person("patient").unwrap(), ContributionBounds::new(1, 1).unwrap())
                .ledger(MemoryLedger::new(Budget::parse("1", "0").unwrap()))
                .data_version("1")
                .build()
                .unwrap();
        let ask = |epsilon| Query::count().epsilon(Epsilon::parse(epsilon).unwrap()).build().unwrap();
        session.release(&ask("0.75"), &table, "a").unwrap();
        session.release(&ask("0.75"), &table, "a").unwrap();
        assert!(session.release(&ask("0.5"), &table, "a").is_err(), "the id of another query");
        assert!(session.release(&ask("0.75"), &table, "b").is_err(), "too little is left");
        session.balance().unwrap();
    });
    for (outcome, number) in [("charged", 1.0), ("repeated", 1.0), ("refused", 1.0), ("budget_exceeded", 1.0)]
    {
        assert_eq!(seen[&format!("incog_ledger_requests_total{{outcome={outcome}}}")], number, "{outcome}");
    }
    assert_eq!(seen["incog_ledger_left_ratio"], 0.25);
    assert!(seen["incog_ledger_seconds"] >= 0.0);
}

/// A canary goes through everything that counts: no name and no label is anything but what the page of the module says.
#[test]
fn no_name_and_no_label_holds_a_value_of_the_data() {
    let folder = Temporary::new();
    let rows: String = (0..40).map(|i| format!("zanzibar{i},{},ada{i}@example.org\n", 20 + i % 4)).collect();
    fs::write(folder.join("t.csv"), format!("name,age,note\n{rows}")).unwrap();
    let policy = r#"
version = 1
purpose = "zanzibar"
[input]
path = "t.csv"
[columns]
name = { role = "identifying", action = "drop" }
age  = { role = "quasi" }
note = { role = "text", action = "scrub" }
[release.notes]
columns = ["note"]
[release.table]
columns = ["age"]
models = [{ k_anonymity = K }]
search = "local"
"#;
    let seen = seen(|| {
        let plan = |k: &str| Policy::parse(&policy.replace('K', k), &folder).unwrap().plan(SILENT).unwrap();
        plan("2").apply(&folder.join("release"), Replace::No, SILENT).unwrap();
        assert!(plan("2").apply(&folder.join("release"), Replace::No, SILENT).is_err());
        assert!(plan("50").apply(&folder.join("other"), Replace::No, SILENT).is_err());
    });
    assert_eq!(seen["incog_pipeline_runs_total{outcome=applied}"], 1.0);
    assert_eq!(seen["incog_pipeline_runs_total{outcome=refused}"], 2.0);
    assert!(seen["incog_pipeline_seconds"] > 0.0);
    // Every plan scrubs the notes of all rows, on however many threads.
    assert_eq!(seen["incog_redactions_total{entity=EMAIL_ADDRESS}"], 3.0 * 40.0);
    assert!(seen["incog_findings_total{entity=EMAIL_ADDRESS}"] >= 3.0 * 40.0);

    let entities: BTreeSet<&str> =
        known_entities().iter().map(Entity::as_str).chain(["PERSON", metrics::OWN]).collect();
    let outcomes = ["charged", "repeated", "answer_lost", "budget_exceeded", "refused", "failed", "applied"];
    for key in seen.keys() {
        let (name, label) = key.split_once('{').unwrap_or((key, "}"));
        assert!(NAMES.contains(&name), "{key}");
        match label.trim_end_matches('}').split_once('=') {
            None => {}
            Some(("entity", value)) => assert!(entities.contains(value), "{key}"),
            Some(("outcome", value)) => assert!(outcomes.contains(&value), "{key}"),
            Some(_) => panic!("{key}"),
        }
    }
}

#[test]
fn every_name_is_described_once_and_stands_on_the_page() {
    let sink = Sink::default();
    ::metrics::with_local_recorder(&sink, metrics::describe);
    let mut described = sink.0.described.lock().unwrap().clone();
    described.sort();
    let mut names = NAMES.map(str::to_owned);
    names.sort();
    assert_eq!(described, names);
    let page = include_str!("../src/metrics.rs");
    for name in names {
        assert!(page.contains(&format!("[`{name}`]")), "{name}");
    }
}

fn labels(seen: &BTreeMap<String, f64>, name: &str) -> BTreeSet<String> {
    let of_name = |key: &String| {
        key.strip_prefix(name)?.split_once('=').map(|(_, v)| v.trim_end_matches('}').to_owned())
    };
    seen.keys().filter_map(of_name).collect()
}

/// What is recorded while `act` runs.
fn seen(act: impl FnOnce() + Send) -> BTreeMap<String, f64> {
    let sink = Sink::default();
    recorded(&sink, act);
    sink.0.numbers.lock().unwrap().clone()
}

/// `act` with `sink` as the recorder of all the threads that it works on: a recorder that is not global is one thread's.
#[cfg(feature = "rayon")]
fn recorded(sink: &Sink, act: impl FnOnce() + Send) {
    let started = AtomicUsize::new(0);
    let worker = |thread: rayon::ThreadBuilder| {
        started.fetch_add(1, Ordering::Relaxed);
        ::metrics::with_local_recorder(sink, || thread.run());
    };
    rayon::ThreadPoolBuilder::new().num_threads(3).build_scoped(worker, |pool| pool.install(act)).unwrap();
    assert_eq!(started.into_inner(), 3);
}

#[cfg(not(feature = "rayon"))]
fn recorded(sink: &Sink, act: impl FnOnce() + Send) {
    ::metrics::with_local_recorder(sink, act);
}

/// A recorder that keeps sums under the name with its labels; of a gauge the last value.
#[derive(Default)]
struct Sink(Arc<Kept>);

#[derive(Default)]
struct Kept {
    numbers: Mutex<BTreeMap<String, f64>>,
    described: Mutex<Vec<String>>,
}

struct One(Arc<Kept>, String);

impl One {
    fn change(&self, change: impl FnOnce(&mut f64)) {
        change(self.0.numbers.lock().unwrap().entry(self.1.clone()).or_default());
    }
}

impl Sink {
    fn one(&self, key: &Key) -> Arc<One> {
        let labels: Vec<String> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        Arc::new(One(Arc::clone(&self.0), format!("{}{labels}", key.name())))
    }

    fn described(&self, name: &KeyName) {
        self.0.described.lock().unwrap().push(name.as_str().to_owned());
    }
}

impl CounterFn for One {
    fn increment(&self, value: u64) {
        self.change(|sum| *sum += value as f64);
    }

    fn absolute(&self, value: u64) {
        self.change(|sum| *sum = value as f64);
    }
}

impl GaugeFn for One {
    fn increment(&self, value: f64) {
        self.change(|last| *last += value);
    }

    fn decrement(&self, value: f64) {
        self.change(|last| *last -= value);
    }

    fn set(&self, value: f64) {
        self.change(|last| *last = value);
    }
}

impl HistogramFn for One {
    fn record(&self, value: f64) {
        self.change(|sum| *sum += value);
    }
}

impl Recorder for Sink {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described(&name);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.one(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.one(key))
    }
}
