//! What the command line says.

use std::net::IpAddr;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_executor::executor_process::ExecutorProcessConfig;
use ballista_scheduler::config::SchedulerConfig;

/// How the binary is called.
pub const USAGE: &str = "incog-cluster scheduler [--host ADDRESS] [--port PORT]
incog-cluster executor --scheduler HOST:PORT [--host ADDRESS] [--port PORT] [--cores N] [--work-dir FOLDER]

Both listen on 127.0.0.1 if no --host is given: there is no authentication. An executor uses PORT and PORT + 1.
Keys and policies are looked up in the folder that INCOG_NODE names, on each node.";

/// What to run.
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "there is one, for the life of the process")]
pub enum Options {
    /// A scheduler.
    Scheduler(SchedulerConfig),
    /// An executor.
    Executor(ExecutorProcessConfig),
}

impl Options {
    /// Reads the arguments behind the program's name.
    ///
    /// # Errors
    /// A sentence that names the argument.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let role = arguments.next().unwrap_or_default();
        let (is_scheduler, is_executor) = (role == "scheduler", role == "executor");
        if !is_scheduler && !is_executor {
            return Err(format!("the first argument is 'scheduler' or 'executor', not '{role}'"));
        }
        let mut scheduler = SchedulerConfig {
            bind_host: LOOPBACK.to_owned(),
            external_host: LOOPBACK.to_owned(),
            // A dead executor is noticed by its silence; the default is three minutes.
            executor_timeout_seconds: 20,
            expire_dead_executor_interval_seconds: 5,
            // Executors ask for tasks, so those of a lost one are asked for by another.
            scheduling_policy: TaskSchedulingPolicy::PullStaged,
            ..SchedulerConfig::default()
        };
        let mut executor = ExecutorProcessConfig {
            external_host: Some(LOOPBACK.to_owned()),
            executor_heartbeat_interval_seconds: 5,
            task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
            ..ExecutorProcessConfig::default()
        };
        let mut of_scheduler = None;
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number = |most: usize| match value.parse() {
                Ok(number) if (1..=most).contains(&number) => Ok(number),
                _ => Err(format!("{name} is a whole number from 1 to {most}")),
            };
            let port = |most| number(most).map(|port| u16::try_from(port).unwrap_or(u16::MAX));
            match name.as_str() {
                "--host" => {
                    let address = value.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
                    if address.is_ok_and(|address| address.to_canonical().is_unspecified()) {
                        return Err(format!(
                            "--host {value} is every network, and there is no authentication: give the address of one that is closed to \
                             others"
                        ));
                    }
                    scheduler.bind_host.clone_from(&value);
                    scheduler.external_host.clone_from(&value);
                    executor.bind_host.clone_from(&value);
                    executor.external_host = Some(value);
                }
                "--port" if is_scheduler => scheduler.bind_port = port(65535)?,
                "--port" => {
                    executor.port = port(65534)?;
                    executor.grpc_port = executor.port + 1;
                }
                "--cores" if is_executor => executor.vcores = number(4096)?,
                "--work-dir" if is_executor => executor.work_dir = Some(value),
                "--scheduler" if is_executor => {
                    let parsed =
                        value.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
                    let (host, port) = parsed.ok_or("--scheduler is HOST:PORT, as in 127.0.0.1:50050")?;
                    executor.scheduler_host = host.to_owned();
                    executor.scheduler_port = port;
                    of_scheduler = Some(());
                }
                _ => return Err(format!("the {role} knows no {name}")),
            }
        }
        match (is_scheduler, of_scheduler) {
            (true, _) => Ok(Options::Scheduler(scheduler)),
            (false, Some(())) => Ok(Options::Executor(executor)),
            (false, None) => Err("an executor needs --scheduler HOST:PORT".to_owned()),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Options::Scheduler(_) => "Scheduler(..)",
            Options::Executor(_) => "Executor(..)",
        })
    }
}

/// Where nobody else reaches it.
const LOOPBACK: &str = "127.0.0.1";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn both_roles_listen_on_loopback_if_nothing_is_said() {
        let Ok(Options::Scheduler(scheduler)) = parse("scheduler") else { unreachable!("it is one") };
        assert_eq!((scheduler.bind_host.as_str(), scheduler.bind_port), (LOOPBACK, 50050));
        let line = "executor --scheduler localhost:7 --port 60 --cores 2";
        let Ok(Options::Executor(executor)) = parse(line) else { unreachable!("it is one") };
        assert_eq!(
            (executor.bind_host.as_str(), executor.external_host.as_deref()),
            (LOOPBACK, Some(LOOPBACK))
        );
        assert_eq!((executor.port, executor.grpc_port, executor.scheduler_port), (60, 61, 7));
        assert_eq!((executor.scheduler_host.as_str(), executor.vcores), ("localhost", 2));
    }

    #[test]
    fn a_line_that_means_nothing_is_refused_with_a_sentence() {
        for (line, sentence) in [
            ("", "the first argument is 'scheduler' or 'executor', not ''"),
            ("client", "the first argument is 'scheduler' or 'executor', not 'client'"),
            ("executor", "an executor needs --scheduler HOST:PORT"),
            ("executor --scheduler host", "--scheduler is HOST:PORT, as in 127.0.0.1:50050"),
            ("executor --port 65535", "--port is a whole number from 1 to 65534"),
            ("scheduler --port", "--port needs a value"),
            ("scheduler --port x", "--port is a whole number from 1 to 65535"),
            (
                "executor --host 0.0.0.0",
                "--host 0.0.0.0 is every network, and there is no authentication: give the address of one that is closed to others",
            ),
            (
                "scheduler --host [::]",
                "--host [::] is every network, and there is no authentication: give the address of one that is closed to others",
            ),
            ("scheduler --cores 2", "the scheduler knows no --cores"),
        ] {
            assert_eq!(parse(line).unwrap_err(), sentence, "{line}");
        }
    }
}
