//! What does it cost to redact JSON Lines as JSON and CSV as CSV?
//!
//! Bounds in the same run: the redactor of plain text on the same bytes, which knows no form; for JSON also
//! `serde_json`, into trees and without keeping anything, which redacts nothing.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use incog::pii::{CsvRedactor, JsonRedactor, Redactor, Scanner};
use incog_benches::{csv, logs};
use serde::de::IgnoredAny;
use serde_json::Value;

fn structured(c: &mut Criterion) {
    let plain = Redactor::builder(Scanner::new()).build();
    let json = JsonRedactor::builder(plain.clone()).build().expect("no rules");
    let ruled = JsonRedactor::builder(plain.clone())
        .keep("trace_id")
        .keep("**.request_id")
        .keep("items[].id")
        .build()
        .expect("paths are constants");
    let inputs = [
        ("jsonl_few", logs(SIZE, 0.01)),
        ("jsonl_many", logs(SIZE, 0.6)),
        ("jsonl_in_strings", in_strings(&logs(SIZE, 0.01))),
    ];
    for (name, text) in &inputs {
        let mut group = c.benchmark_group(*name);
        group.throughput(Throughput::Bytes(u64::try_from(text.len()).unwrap_or(u64::MAX)));
        group.bench_function("incog_json", |b| {
            b.iter(|| json.redact_lines(black_box(text)).expect("JSON").len());
        });
        group.bench_function("incog_json_rules", |b| {
            b.iter(|| ruled.redact_lines(black_box(text)).expect("JSON").len());
        });
        group.bench_function("incog_plain", |b| b.iter(|| plain.redact(black_box(text)).len()));
        group.bench_function("serde_json_tree", |b| {
            b.iter(|| each::<Value>(black_box(text)));
        });
        group.bench_function("serde_json_skip", |b| {
            b.iter(|| each::<IgnoredAny>(black_box(text)));
        });
        group.finish();
    }

    let text = csv(SIZE);
    let table = CsvRedactor::builder(plain.clone()).build();
    let mut group = c.benchmark_group("csv");
    group.throughput(Throughput::Bytes(u64::try_from(text.len()).unwrap_or(u64::MAX)));
    group.bench_function("incog_csv", |b| b.iter(|| table.redact(black_box(&text)).expect("a table").len()));
    group.bench_function("incog_plain", |b| b.iter(|| plain.redact(black_box(&text)).len()));
    group.finish();
}

/// Each line as the text of a message, as containers write logs.
fn in_strings(lines: &str) -> String {
    lines
        .lines()
        .map(|line| serde_json::json!({ "stream": "stdout", "log": line }).to_string() + "\n")
        .collect()
}

fn each<'t, T: serde::Deserialize<'t>>(text: &'t str) -> usize {
    text.lines().filter(|line| serde_json::from_str::<T>(line).is_ok()).count()
}

const SIZE: usize = 1 << 20;

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1)).sample_size(20);
    targets = structured
}
criterion_main!(benches);
