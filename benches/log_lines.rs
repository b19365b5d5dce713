//! What does redaction add to a log line? The `fmt` layer of `tracing` into a sink, as it is and through `RedactedLines`;
//! and what does a record of `log` cost as a whole, formatted and redacted by `RedactedLog`?

use std::{hint::black_box, io, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use incog::pii::{LineFormat, RedactedLines, RedactedLog, Redactor, Scanner};
use log::{Log, Record};
use tracing::Dispatch;

fn lines(c: &mut Criterion) {
    let redacted = || {
        let redactor = Redactor::builder(Scanner::new()).build();
        RedactedLines::new(redactor, io::sink)
    };
    let text = tracing_subscriber::fmt().with_ansi(false);
    let json = tracing_subscriber::fmt().json();
    let cases: [(&str, Dispatch); 4] = [
        ("text/plain", tracing_subscriber::fmt().with_ansi(false).with_writer(io::sink).into()),
        ("text/redacted", text.with_writer(redacted()).into()),
        ("json/plain", tracing_subscriber::fmt().json().with_writer(io::sink).into()),
        ("json/redacted", json.with_writer(redacted()).into()),
    ];
    for (name, dispatch) in cases {
        tracing::dispatcher::with_default(&dispatch, || {
            c.bench_function(&format!("{name}/nothing to find"), |b| {
                b.iter(|| {
                    let id = black_box("8edd824a-d1da-40c6-9cf1-c1b7e054bf14");
                    tracing::info!(id, status = 200, took_ms = 17, path = "/api/v1/items/4711", "answered");
                });
            });
            c.bench_function(&format!("{name}/an address"), |b| {
                b.iter(|| {
                    let email = black_box("ada@example.org");
                    tracing::info!(
                        email,
                        status = 200,
                        took_ms = 17,
                        path = "/api/v1/items/4711",
                        "answered"
                    );
                });
            });
        });
    }
}

fn records(c: &mut Criterion) {
    for (name, format) in [("log_text", LineFormat::Text), ("log_json", LineFormat::Json)] {
        let redactor = Redactor::builder(Scanner::new()).build();
        let logger = RedactedLog::new(redactor, io::sink()).format(format);
        for (found, key, value) in [
            ("nothing to find", "id", "8edd824a-d1da-40c6-9cf1-c1b7e054bf14"),
            ("an address", "email", "ada@example.org"),
        ] {
            let fields = [(key, value), ("path", "/api/v1/items/4711"), ("status", "200"), ("took_ms", "17")];
            c.bench_function(&format!("{name}/redacted/{found}"), |b| {
                b.iter(|| {
                    let record = Record::builder()
                        .target("shop")
                        .args(format_args!("answered"))
                        .key_values(black_box(&fields))
                        .build();
                    logger.log(&record);
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = lines, records
}
criterion_main!(benches);
