//! How fast is a search, on which text, beside which bound?
//!
//! Bounds in the same run: reading the bytes, and one multi-pattern of the `regex` crate, which finds fewer entities and
//! checks nothing. Other scanners are in `benches/peers`.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use incog::pii::{Redactor, Scanner};
use incog_benches::{ADVERSARIAL, code, csv, logs, prose, repeated};
use regex::bytes::Regex;

fn search(c: &mut Criterion) {
    let inputs = [
        ("prose", prose(SIZE)),
        ("logs_few", logs(SIZE, 0.01)),
        ("logs_many", logs(SIZE, 0.6)),
        ("code", code(SIZE)),
        ("csv", csv(SIZE)),
        ("call_1kb", logs(1000, 0.1)),
    ];
    let scanner = Scanner::new();
    let redactor = Redactor::builder(Scanner::new()).build();
    let peer = Regex::new(PEER).expect("the pattern is a constant");
    for (name, text) in &inputs {
        let mut group = c.benchmark_group(*name);
        group.throughput(bytes(text.len()));
        let mut findings = Vec::new();
        group.bench_function("incog", |b| {
            b.iter(|| {
                findings.clear();
                scanner.scan_into(black_box(text.as_bytes()), &mut findings);
                findings.len()
            });
        });
        group.bench_function("incog_redact", |b| b.iter(|| redactor.redact(black_box(text)).len()));
        group.bench_function("regex_multi_pattern", |b| {
            b.iter(|| peer.find_iter(black_box(text.as_bytes())).count());
        });
        group.bench_function("reading", |b| {
            b.iter(|| black_box(text.as_bytes()).iter().map(|&b| u64::from(b)).sum::<u64>());
        });
        group.finish();
    }
    c.bench_function("build", |b| b.iter(|| Scanner::builder().build()));
}

/// Throughput on texts made to be slow, and the time for twice the text: linear is 2.
fn adversarial(c: &mut Criterion) {
    let scanner = Scanner::new();
    let mut group = c.benchmark_group("adversarial");
    for (name, unit) in ADVERSARIAL {
        let text = repeated(unit, SIZE);
        group.throughput(bytes(text.len()));
        group.bench_with_input(BenchmarkId::from_parameter(name), &text, |b, text| {
            b.iter(|| scanner.scan(black_box(text.as_bytes())).len());
        });
        let [one, two, four] = [SIZE / 2, SIZE, SIZE * 2].map(|size| best(&scanner, &repeated(unit, size)));
        println!("twice the text, {name}: {:.2}, {:.2}", ratio(two, one), ratio(four, two));
    }
    group.finish();
}

/// The least of a few times.
fn best(scanner: &Scanner, text: &str) -> Duration {
    let time = || {
        let start = Instant::now();
        black_box(scanner.scan(black_box(text.as_bytes())).len());
        start.elapsed()
    };
    (0..7).map(|_| time()).min().unwrap_or_default()
}

fn ratio(long: Duration, short: Duration) -> f64 {
    long.as_secs_f64() / short.as_secs_f64()
}

fn bytes(length: usize) -> Throughput {
    Throughput::Bytes(u64::try_from(length).unwrap_or(u64::MAX))
}

const SIZE: usize = 1 << 20;

/// ASCII classes, which the engine is fastest with. The shapes of e-mail, IPv4, card, IBAN, social security number, telephone and three keys.
const PEER: &str = r"(?-u)[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:\d{4}[ -]?){3}\d{4}\b|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b|\b\d{3}-\d{2}-\d{4}\b|\+\d{1,3}(?:[ .-]?\d{2,4}){2,5}\b|\bAKIA[A-Z0-9]{16}\b|\bghp_\w{36}\b|\beyJ[\w-]+\.[\w-]+\.[\w-]+";

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1)).sample_size(20);
    targets = search, adversarial
}
criterion_main!(benches);
