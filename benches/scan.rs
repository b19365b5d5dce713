//! How fast is a search, beside one multi-pattern of the `regex` crate over the same bytes?
//!
//! The peer finds fewer entities and checks nothing, so it has less to do.

use std::{fmt::Write, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use incog::pii::{Redactor, Scanner};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use regex::bytes::Regex;

fn search(c: &mut Criterion) {
    let inputs = [
        ("prose", prose(SIZE)),
        ("logs_few", logs(SIZE, 0.02)),
        ("logs_many", logs(SIZE, 0.6)),
        ("call_1kb", logs(1024, 0.1)),
    ];
    let scanner = Scanner::new();
    let redactor = Redactor::builder(Scanner::new()).build();
    let peer = Regex::new(PEER).expect("the pattern is a constant");
    for (name, text) in &inputs {
        let mut group = c.benchmark_group(*name);
        group.throughput(Throughput::Bytes(u64::try_from(text.len()).unwrap_or(u64::MAX)));
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
        group.finish();
    }
    c.bench_function("build", |b| b.iter(|| Scanner::builder().build()));
}

fn prose(size: usize) -> String {
    let mut rng = StdRng::seed_from_u64(1);
    let mut text = String::with_capacity(size + 64);
    while text.len() < size {
        for _ in 0..rng.random_range(6..14) {
            text.push_str(WORDS[rng.random_range(0..WORDS.len())]);
            text.push(' ');
        }
        if rng.random_bool(0.02) {
            text.push_str("ada@example.org");
        }
        text.push_str(".\n");
    }
    text
}

fn logs(size: usize, share: f64) -> String {
    let mut rng = StdRng::seed_from_u64(2);
    let mut text = String::with_capacity(size + 256);
    while text.len() < size {
        let (id, took) = (rng.next_u64(), rng.random_range(1..3000));
        let _ = write!(
            text,
            "{{\"ts\":\"2024-01-15T11:30:12.{:06}Z\",\"level\":\"info\",\"trace_id\":\"{id:016x}{id:016x}\",\"dur_ms\":{took}",
            took * 7
        );
        if rng.random_bool(share) {
            let number = rng.random_range(100..1000);
            let _ = match rng.random_range(0..4) {
                0 => write!(text, ",\"email\":\"user{number}@example.org\""),
                1 => write!(text, ",\"ip\":\"198.51.100.{}\"", number % 256),
                2 => write!(text, ",\"phone\":\"+1 201 555 0{number}\""),
                _ => write!(text, ",\"card\":\"4111 1111 1111 1111\""),
            };
        }
        text.push_str("}\n");
    }
    text
}

const SIZE: usize = 1 << 20;

const WORDS: [&str; 12] = [
    "the", "patient", "was", "seen", "again", "after", "weeks", "without", "fever", "and", "returned", "home",
];

/// ASCII classes, which the engine is fastest with. The shapes of e-mail, IPv4, card, IBAN, social security number, telephone and three keys.
const PEER: &str = r"(?-u)[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:\d{4}[ -]?){3}\d{4}\b|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b|\b\d{3}-\d{2}-\d{4}\b|\+\d{1,3}(?:[ .-]?\d{2,4}){2,5}\b|\bAKIA[A-Z0-9]{16}\b|\bghp_\w{36}\b|\beyJ[\w-]+\.[\w-]+\.[\w-]+";

criterion_group!(benches, search);
criterion_main!(benches);
