//! Other scanners beside this one: how fast, and what each finds, on the same texts in the same run.
//!
//! ```text
//! cd benches/peers && cargo run --release                               speed
//! INCOG_SHARED=<folder of labelled data> cargo run --release            speed and accuracy
//! ```
//!
//! Each tool as its documentation sets it up, on one thread. Prints tables in Markdown.

use std::{
    cell::Cell,
    collections::BTreeMap,
    error::Error,
    fs,
    hint::black_box,
    panic::{self, AssertUnwindSafe},
    path::Path,
    time::{Duration, Instant},
};

use incog_benches::{code, logs, prose};
use serde_json::Value;

/// What a tool finds: start, end, its name for it.
type Spans = Vec<(usize, usize, String)>;
/// How many, for the clock; what, for the comparison.
struct Tool {
    name: &'static str,
    count: Box<dyn Fn(&str) -> usize>,
    spans: Option<Box<dyn Fn(&str) -> Spans>>,
    panics: Cell<u32>,
}

impl Tool {
    fn count(&self, text: &str) -> usize {
        self.caught(|| (self.count)(text))
    }

    /// What `call` gives; nothing of a text that the tool panics on.
    fn caught<T: Default>(&self, call: impl FnOnce() -> T) -> T {
        panic::catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
            self.panics.set(self.panics.get() + 1);
            T::default()
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // A panic of a tool is counted, and its text is not printed.
    panic::set_hook(Box::new(|_| {}));
    let tools = tools()?;
    speed(&tools);
    match std::env::var_os("INCOG_SHARED") {
        Some(folder) => accuracy(&tools, Path::new(&folder))?,
        None => println!("\nINCOG_SHARED is not set: no labelled data, no accuracy."),
    }
    Ok(())
}

fn tools() -> Result<Vec<Tool>, Box<dyn Error>> {
    let scanner = incog::pii::Scanner::new();
    let (counting, redact) = (scanner.clone(), redact_core::AnalyzerEngine::new());
    let counting_redact = redact_core::AnalyzerEngine::new();
    let analyzer = || {
        pii::Analyzer::new(
            Box::new(pii::nlp::SimpleNlpEngine::default()),
            pii::presets::default_recognizers(),
            Vec::new(),
            pii::PolicyConfig::default(),
        )
    };
    let (english, counting_english) = (pii::types::Language::from("en"), pii::types::Language::from("en"));
    let (pii_a, pii_b) = (analyzer(), analyzer());
    let (guard, counting_guard) = (leakguard::Redactor::new(), leakguard::Redactor::new());
    let meta = regex_automata::meta::Regex::new_many(&PATTERNS)?;
    let set = regex::RegexSet::new(PATTERNS)?;
    Ok(vec![
        Tool {
            name: "incog",
            count: Box::new(move |text| counting.scan(text.as_bytes()).len()),
            spans: Some(Box::new(move |text| {
                let span = |f: incog::pii::Finding| (f.start(), f.end(), f.entity().to_string());
                scanner.scan(text.as_bytes()).into_iter().map(span).collect()
            })),
            panics: Cell::new(0),
        },
        Tool {
            name: "redact-core 0.12.7",
            count: Box::new(move |text| {
                counting_redact.analyze(text, None).map_or(0, |r| r.detected_entities.len())
            }),
            spans: Some(Box::new(move |text| {
                let found = redact.analyze(text, None).map(|r| r.detected_entities).unwrap_or_default();
                found.into_iter().map(|r| (r.start, r.end, r.entity_type.as_str().to_owned())).collect()
            })),
            panics: Cell::new(0),
        },
        Tool {
            name: "pii 0.1.0",
            count: Box::new(move |text| {
                pii_a.analyze(text, &counting_english).map_or(0, |r| r.entities.len())
            }),
            spans: Some(Box::new(move |text| {
                let found = pii_b.analyze(text, &english).map(|r| r.entities).unwrap_or_default();
                found.into_iter().map(|d| (d.start, d.end, d.entity_type.as_str().to_owned())).collect()
            })),
            panics: Cell::new(0),
        },
        Tool {
            name: "leakguard 1.0.0",
            count: Box::new(move |text| counting_guard.find(text).len()),
            spans: Some(Box::new(move |text| {
                guard.find(text).into_iter().map(|m| (m.start, m.end, m.kind.to_string())).collect()
            })),
            panics: Cell::new(0),
        },
        Tool {
            name: "regex-automata meta, 20 patterns",
            count: Box::new(move |text| meta.find_iter(text).count()),
            spans: None,
            panics: Cell::new(0),
        },
        Tool {
            name: "regex RegexSet by line, 20 patterns",
            count: Box::new(move |text| text.lines().map(|line| set.matches(line).iter().count()).sum()),
            spans: None,
            panics: Cell::new(0),
        },
    ])
}

/// GB/s by tool and text, in pieces of 64 KB and of 1 KB; the slow ones get less of it.
fn speed(tools: &[Tool]) {
    let texts = [
        ("prose", prose(SIZE)),
        ("logs, 1 % with PII", logs(SIZE, 0.01)),
        ("logs, 60 % with PII", logs(SIZE, 0.6)),
        ("source code", code(SIZE)),
    ];
    println!("GB/s, pieces of 64 KB (1 KB); x: incog's time goes into the tool's\n");
    println!("| tool | {} |", texts.iter().map(|t| t.0).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---|".repeat(texts.len()));
    let mut own = [0.0; 4];
    for tool in tools {
        let mut cells = Vec::new();
        for (i, (_, text)) in texts.iter().enumerate() {
            let (long, short) = (rate(tool, text, 64 << 10), rate(tool, text, 1 << 10));
            if tool.name == "incog" {
                own[i] = long;
            }
            cells.push(format!("{long:.3} ({short:.3}), {:.0}x", own[i] / long));
        }
        println!("| {} | {} |", tool.name, cells.join(" | "));
    }
}

fn rate(tool: &Tool, text: &str, piece: usize) -> f64 {
    let pieces: Vec<&str> =
        text.as_bytes().chunks(piece).filter_map(|piece| std::str::from_utf8(piece).ok()).collect();
    let mut best = Duration::MAX;
    let mut read = 0;
    for _ in 0..3 {
        let start = Instant::now();
        read = 0;
        for piece in &pieces {
            black_box(tool.count(black_box(piece)));
            read += piece.len();
            if start.elapsed() > Duration::from_millis(700) {
                break;
            }
        }
        best = best.min(start.elapsed() * 1000 / u32::try_from(read.max(1) / 1000).unwrap_or(1).max(1));
    }
    black_box(read);
    1.0 / best.as_secs_f64() / 1e9 * 1e6
}

/// What each finds of the labelled values, and what it reports in texts without any.
fn accuracy(tools: &[Tool], folder: &Path) -> Result<(), Box<dyn Error>> {
    let names: BTreeMap<String, Value> =
        serde_json::from_str(&fs::read_to_string(folder.join("data/pii/map_rust.json"))?)?;
    let labelled = fs::read_to_string(folder.join("data/pii/train_synth.jsonl"))?;
    let documents: Vec<Value> = labelled.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    println!(
        "\n| tool | findings | exact | precision | recall | touched by any | false findings per 1,000 negatives |"
    );
    println!("|---|---|---|---|---|---|---|");
    for tool in tools {
        let Some(spans) = &tool.spans else { continue };
        let (mut found, mut exact, mut labelled, mut touched, mut negatives, mut noise) =
            (0u32, 0u32, 0u32, 0u32, 0u32, 0u32);
        for document in &documents {
            let text = document["text"].as_str().unwrap_or_default();
            let gold: Spans = document["spans"].as_array().into_iter().flatten().filter_map(span).collect();
            let predicted = tool.caught(|| spans(text));
            let mapped: Spans = predicted.iter().filter_map(|p| renamed(p, &names, &gold)).collect();
            found += u32::try_from(mapped.len())?;
            exact += u32::try_from(mapped.iter().filter(|p| gold.contains(p)).count())?;
            labelled += u32::try_from(gold.len())?;
            let any = |g: &&(usize, usize, String)| mapped.iter().any(|p| p.0 < g.1 && g.0 < p.1);
            touched += u32::try_from(gold.iter().filter(any).count())?;
            if document["spans"].as_array().is_some_and(Vec::is_empty) {
                negatives += 1;
                noise += u32::try_from(mapped.len())?;
            }
        }
        let share = |a: u32, b: u32| f64::from(a) / f64::from(b.max(1));
        println!(
            "| {} | {found} | {exact} | {:.3} | {:.3} | {:.3} | {:.1} |",
            tool.name,
            share(exact, found),
            share(exact, labelled),
            share(touched, labelled),
            1000.0 * share(noise, negatives),
        );
    }
    for tool in tools.iter().filter(|tool| tool.panics.get() > 0) {
        println!("\n{}: {} panics.", tool.name, tool.panics.get());
    }
    println!("\nNames and postal addresses are not counted: they need a model.");
    Ok(())
}

fn span(value: &Value) -> Option<(usize, usize, String)> {
    let at = |i: usize| value.get(i)?.as_u64().and_then(|n| usize::try_from(n).ok());
    let name = value.get(2)?.as_str()?;
    (!NAMES.contains(&name)).then_some((at(0)?, at(1)?, name.to_owned()))
}

/// The tool's name as the labelled data has it. A list means any of it; null at its end: not counted elsewhere.
fn renamed(
    found: &(usize, usize, String),
    names: &BTreeMap<String, Value>,
    gold: &Spans,
) -> Option<(usize, usize, String)> {
    let (start, end, name) = found;
    let one = |name: &str| (!NAMES.contains(&name)).then(|| (*start, *end, name.to_owned()));
    match names.get(name) {
        None => one(name),
        Some(Value::String(name)) => one(name),
        Some(Value::Array(list)) => {
            let hit =
                gold.iter().find(|g| g.0 < *end && *start < g.1 && list.iter().any(|n| n == g.2.as_str()));
            match hit {
                Some(hit) => one(&hit.2),
                None if list.last().is_some_and(Value::is_null) => None,
                None => one(list.first()?.as_str()?),
            }
        }
        Some(_) => None,
    }
}

const NAMES: [&str; 6] = ["PERSON", "ADDRESS", "LOCATION", "ORGANIZATION", "US_ZIP_CODE", "UK_POSTCODE"];
const SIZE: usize = 8 << 20;

const PATTERNS: [&str; 20] = [
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}",
    r"\b(?:\d{4}[ -]?){3}\d{4}\b",
    r"\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b",
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
    r"\b\d{3}-\d{2}-\d{4}\b",
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
    r"\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b",
    r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b",
    r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}",
    r"\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b",
    r"https?://[^\s<>]{3,200}",
    r"\bAKIA[A-Z0-9]{16}\b",
    r"\bgh[opusr]_[A-Za-z0-9]{36}\b",
    r"\beyJ[A-Za-z0-9_-]{8,400}\.[A-Za-z0-9_-]{2,400}\.[A-Za-z0-9_-]{8,400}",
    r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,99}\b",
    r"\bAIza[A-Za-z0-9_-]{35}\b",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,99}\b",
    r"\b0x[0-9a-fA-F]{40}\b",
    r"\b[13][1-9A-HJ-NP-Za-km-z]{25,34}\b",
    r"\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b",
];
