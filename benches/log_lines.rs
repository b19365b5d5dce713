//! What does redaction add to a log line? The `fmt` layer into a sink, as it is and through `RedactedLines`.

use std::{hint::black_box, io, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use incog::pii::{RedactedLines, Redactor, Scanner};
use tracing::Dispatch;

fn lines(c: &mut Criterion) {
    let redacted = || {
        let redactor = Redactor::builder(Scanner::new()).build();
        RedactedLines::new(redactor, io::sink).expect("no rule of JSON is given")
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

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = lines
}
criterion_main!(benches);
