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

/// Lines on stderr without personal data. Plans hold literals and values of tables, errors quote cells, and the engine logs
/// both: of its records none but warnings and errors are told, and of these only where they come from.
struct Log(Mutex<RedactedLineWriter<io::Stderr>>);

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Info
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let Some(line) = line(record) else { return };
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A log that cannot be written stops nothing.
            let _ = writeln!(lines, "{line}");
        }
    }

    fn flush(&self) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).flush();
    }
}

/// What is told of a record.
fn line(record: &log::Record<'_>) -> Option<String> {
    let (level, target) = (record.level(), record.target());
    let root = target.split("::").next().unwrap_or_default();
    if !ENGINE.iter().any(|name| root.starts_with(name)) {
        return Some(format!("{level} {target}: {}", record.args()));
    }
    if target == TASKS && level == log::Level::Info {
        return task(&record.args().to_string()).map(|words| format!("{level} incog_cluster: {words}"));
    }
    let at = record.line().map_or_else(String::new, |line| format!(" line {line}"));
    (level <= log::Level::Warn).then(|| format!("{level} {target}{at}"))
}

/// Which task an executor begins or ends, if `words` say so. The name of a task is drawn and counted, and of nothing else.
fn task(words: &str) -> Option<String> {
    let (rest, does) = match words.strip_prefix("Received task: [TID ") {
        Some(rest) => (rest, "begins"),
        None => (words.strip_prefix("Finished task : [TID ")?, "ends"),
    };
    let (name, _) = rest.split_once(']')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"./-".contains(&byte);
    (name.len() <= 64 && name.bytes().all(is_name)).then(|| format!("task {name} {does}"))
}

/// Where an executor says which task it has.
const TASKS: &str = "ballista_executor::execution_loop";
/// Crates whose records may hold rows begin with these.
const ENGINE: [&str; 4] = ["arrow", "ballista", "datafusion", "parquet"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_plan_or_an_error_of_the_engine_is_told() {
        let told = |level, target: &str| {
            line(
                &log::Record::builder()
                    .level(level)
                    .target(target)
                    .line(Some(7))
                    .args(format_args!("plan with CANARY"))
                    .build(),
            )
        };
        for target in
            ["ballista_executor::execution_loop", "datafusion", "arrow_flight::encode", "parquet::file"]
        {
            assert_eq!(told(log::Level::Info, target), None);
            assert_eq!(told(log::Level::Error, target), Some(format!("ERROR {target} line 7")));
            assert_eq!(told(log::Level::Warn, target), Some(format!("WARN {target} line 7")));
        }
        for (words, expected) in [
            ("Received task: [TID aB3xYz9/1.0/2.0]", Some("task aB3xYz9/1.0/2.0 begins")),
            ("Finished task : [TID aB3xYz9/1.0/2.0] in 3.5ms", Some("task aB3xYz9/1.0/2.0 ends")),
            ("Received task: [TID of CANARY]", None),
            ("Received task: [CANARY]", None),
            ("Received task: [TID 1", None),
            ("CANARY Received task: [TID 1]", None),
        ] {
            assert_eq!(task(words).as_deref(), expected);
        }
        assert_eq!(
            told(log::Level::Info, "incog_cluster").as_deref(),
            Some("INFO incog_cluster: plan with CANARY")
        );
    }
}
