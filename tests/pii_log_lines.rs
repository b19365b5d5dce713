//! Log lines: whatever an event carries, and however it is formatted, nothing that is found gets out.

use std::{error::Error, fmt};

use incog::pii::{Counts, Finding, Operator, RedactedLines, Redactor, Scanner};
use tracing_subscriber::fmt::SubscriberBuilder;

use crate::sink::Sink;

fn lines(redactor: Redactor, sink: &Sink) -> RedactedLines<impl Fn() -> Sink + use<>> {
    let sink = sink.clone();
    RedactedLines::new(redactor, move || sink.clone())
}

#[derive(Debug)]
struct Failed(&'static str);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot reach {}", self.0)
    }
}

impl Error for Failed {}

fn events() {
    let span =
        tracing::info_span!("request", client = "198.51.100.7", id = "8edd824a-d1da-40c6-9cf1-c1b7e054bf14");
    let _entered = span.enter();
    tracing::info!("mail to canary1@example.org");
    tracing::info!(email = "canary2@example.org", plain = %"canary3@example.org", debug = ?"canary4@example.org", "login");
    tracing::warn!(card = 4_111_111_111_111_111_u64, "paid");
    tracing::error!(error = &Failed("canary5@example.org") as &dyn Error, "over\nlines canary6@example.org");
}

const SECRETS: [&str; 8] =
    ["canary1", "canary2", "canary3", "canary4", "canary5", "canary6", "4111111111111111", "198.51.100.7"];

type Make = Box<dyn Fn() -> Sink + Send + Sync>;
type Format = fn(SubscriberBuilder, RedactedLines<Make>) -> tracing::Dispatch;

fn run(format: Format) -> (String, Counts) {
    let sink = Sink::default();
    let copy = sink.clone();
    let make: Make = Box::new(move || copy.clone());
    let lines = RedactedLines::new(Redactor::builder(Scanner::new()).build(), make);
    let counts = lines.counts().clone();
    tracing::dispatcher::with_default(&format(tracing_subscriber::fmt(), lines), events);
    (sink.text(), counts)
}

#[test]
fn no_format_lets_anything_out() {
    let formats: [(&str, Format); 5] = [
        ("full", |b, w| b.with_ansi(false).with_writer(w).into()),
        ("compact", |b, w| b.with_ansi(false).compact().with_writer(w).into()),
        ("pretty", |b, w| b.with_ansi(false).pretty().with_writer(w).into()),
        ("json", |b, w| b.json().with_writer(w).into()),
        ("colors", |b, w| b.with_ansi(true).with_writer(w).into()),
    ];
    for (name, format) in formats {
        let (text, counts) = run(format);
        for secret in SECRETS {
            assert!(!text.contains(secret), "{name}: {secret} in {text}");
        }
        assert!(text.contains("8edd824a-d1da-40c6-9cf1-c1b7e054bf14"), "{name}");
        let counts = counts.snapshot();
        assert_eq!((counts.texts, counts.withheld), (4, 0), "{name}");
        assert!(counts.replaced.values().sum::<u64>() >= 8, "{name}: {counts:?}");
        if name == "json" {
            for line in text.lines() {
                let event: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(event["fields"].is_object() && event["span"].is_object());
            }
        }
    }
}

#[test]
fn lines_without_findings_keep_their_colors() {
    let sink = Sink::default();
    let writer = lines(Redactor::builder(Scanner::new()).build(), &sink);
    let dispatch: tracing::Dispatch = tracing_subscriber::fmt().with_ansi(true).with_writer(writer).into();
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info!("nothing to find");
        tracing::info!(card = 4_111_111_111_111_111_u64, "paid");
    });
    let text = sink.text();
    let colored: Vec<bool> = text.lines().map(|line| line.contains('\u{1b}')).collect();
    assert_eq!(colored, [true, false]);
    assert!(text.ends_with("card=[CREDIT_CARD]\n"), "{text}");
}

#[test]
fn many_threads_write_whole_lines() {
    let sink = Sink::default();
    let writer = lines(Redactor::builder(Scanner::new()).build(), &sink);
    let dispatch: tracing::Dispatch = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).into();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                tracing::dispatcher::with_default(&dispatch, || {
                    for _ in 0..200 {
                        tracing::info!(email = "ada@example.org", "login");
                    }
                });
            });
        }
    });
    let text = sink.text();
    assert_eq!(text.lines().count(), 800);
    assert!(
        text.lines().all(|line| line.ends_with("login email=\"[EMAIL_ADDRESS]\"")),
        "{}",
        text.lines().next().unwrap()
    );
}

#[derive(Debug)]
struct Panics;

impl Operator for Panics {
    fn apply(&self, _: &Finding, _: &str, _: &mut String) {
        panic!("as an operator of somebody's may");
    }
}

#[test]
fn a_line_whose_redaction_fails_is_withheld_and_counted() {
    let sink = Sink::default();
    let writer = lines(Redactor::builder(Scanner::new()).otherwise(Panics).build(), &sink);
    let counts = writer.counts().clone();
    let dispatch: tracing::Dispatch = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).into();
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info!(email = "ada@example.org", "login");
        tracing::info!("nothing to find");
    });
    let text = sink.text();
    assert!(text.starts_with("[line withheld: redaction failed]\n") && text.contains("nothing to find"));
    assert_eq!((counts.snapshot().texts, counts.snapshot().withheld), (2, 1));
}
