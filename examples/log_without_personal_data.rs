//! How does my program log without personal data, when it uses the crate `log`?
//!
//! ```text
//! cargo run --example log_without_personal_data --features log
//! ```
//!
//! The logger formats records itself and owns what it writes to, so nothing gets past it. Loggers that can be given a
//! writer, such as `env_logger`, are given a `RedactedLineWriter` instead.

use std::{
    error::Error,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use incog::pii::{LineFormat, RedactedLog, Redactor, Scanner};

fn main() -> Result<(), Box<dyn Error>> {
    let sink = Sink::default();
    let logger = RedactedLog::new(Redactor::builder(Scanner::new()).build(), sink.clone());
    let counts = logger.format(LineFormat::Json).install()?;

    log::info!(email = "ada@example.org", attempts = 3; "login from 198.51.100.7");
    log::warn!(request = "8edd824a-d1da-40c6-9cf1-c1b7e054bf14"; "card 4111 1111 1111 1111 refused");
    log::info!("nothing to find here");

    let log = sink.text();
    print!("{log}");
    println!("{}", counts.snapshot());
    assert_eq!(counts.snapshot().quiet, 1);
    for secret in ["ada@", "198.51.100.7", "4111 1111"] {
        assert!(!log.contains(secret), "something leaked");
    }
    assert!(log.contains("8edd824a-d1da-40c6-9cf1-c1b7e054bf14"), "what correlates stays");
    Ok(())
}

/// Where a program has stderr: here it is looked at.
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
