//! How does my service log without personal data?
//!
//! ```text
//! cargo run --example service_log --features tracing
//! ```
//!
//! Messages, fields, spans and errors go through one writer, which redacts the formatted line. A line of JSON stays one.
//! The counts at the end are what to watch: a filter that stops firing is a filter that stopped working.

use std::{
    error::Error,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use incog::pii::{RedactedLines, Redactor, Scanner};

fn main() -> Result<(), Box<dyn Error>> {
    let sink = Sink::default();
    let copy = sink.clone();
    let lines = RedactedLines::new(Redactor::builder(Scanner::new()).build(), move || copy.clone());
    let counts = lines.counts().clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(lines).finish();
    tracing::subscriber::with_default(subscriber, || {
        let request = tracing::info_span!(
            "request",
            id = "8edd824a-d1da-40c6-9cf1-c1b7e054bf14",
            client = "198.51.100.7"
        );
        let _entered = request.enter();
        tracing::info!(email = "ada@example.org", attempts = 3, "login");
        tracing::warn!(card = 4_111_111_111_111_111_u64, "payment refused");
        let cause: Box<dyn Error> = "no mailbox for bob@example.net".into();
        tracing::error!(error = cause.as_ref(), "mail to +1 201 555 0123 failed");
    });

    let log = sink.text();
    print!("{log}");
    for (entity, n) in counts.snapshot().replaced {
        println!("{entity}: {n}");
    }
    for secret in ["ada@", "bob@", "4111111111111111", "198.51.100.7", "555 0123"] {
        assert!(!log.contains(secret), "something leaked");
    }
    // What correlates stays.
    assert_eq!(log.matches("8edd824a-d1da-40c6-9cf1-c1b7e054bf14").count(), 6);
    Ok(())
}

/// Where a service has stdout: here it is looked at.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
