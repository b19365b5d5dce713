//! The scheduler and the executor of a cluster, in one binary.

use std::{
    io::{self, Write},
    process::ExitCode,
    sync::{Mutex, PoisonError},
};

use incog::pii::{RedactedLineWriter, Redactor, Scanner};
use incog_cluster::{Options, USAGE};
use incog_datafusion::Node;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(what) => {
            eprintln!("incog-cluster: {what}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("incog-cluster: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let redactor = Redactor::builder(Scanner::new()).build();
    let lines = RedactedLineWriter::new(redactor, io::stderr());
    log::set_logger(Box::leak(Box::new(Log(Mutex::new(lines))))).map_err(|e| e.to_string())?;
    log::set_max_level(log::LevelFilter::Info);
    let node = Node::from_environment();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match options {
        Options::Scheduler(config) => runtime.block_on(incog_cluster::scheduler(config, &node))?,
        Options::Executor(config) => runtime.block_on(incog_cluster::executor(config, &node))?,
        _ => {}
    }
    Ok(())
}

/// Lines on stderr without personal data: plans hold literals of statements, and the engine logs plans.
struct Log(Mutex<RedactedLineWriter<io::Stderr>>);

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Info
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A log that cannot be written stops nothing.
            let _ = writeln!(lines, "{} {}: {}", record.level(), record.target(), record.args());
        }
    }

    fn flush(&self) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).flush();
    }
}
