//! Nodes that do not know the functions: a scheduler and an executor of Ballista as they are.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use ballista_executor::executor_process::start_executor_process;
use ballista_scheduler::{cluster::BallistaCluster, scheduler_process::start_server};
use datafusion::prelude::SessionConfig;
use incog::{
    dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger},
    pipeline::Engine,
};
use incog_cluster::Options;
use incog_datafusion::{Node, QueryEngine};
use tokio::runtime::Runtime;

/// Which of the two is as Ballista has it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plain {
    Neither,
    Scheduler,
    Executor,
}

/// A scheduler and an executor in this process, until it ends.
struct Nodes {
    url: String,
    folder: PathBuf,
}

impl Nodes {
    fn start(plain: Plain) -> Self {
        let folder = std::env::temp_dir().join(format!("incog-missing-{}-{plain:?}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (at, work) = (port(), folder.join("work"));
        let words = |line: String| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let Ok(Options::Scheduler(scheduler)) = Options::parse(words(format!("scheduler --port {at}")))
        else {
            panic!("it is a scheduler");
        };
        let address = format!("127.0.0.1:{at}");
        run(async move {
            if plain == Plain::Scheduler {
                let cluster = BallistaCluster::new_from_config(&scheduler).await.unwrap();
                let address = format!("127.0.0.1:{at}").parse().unwrap();
                start_server(cluster, address, Arc::new(scheduler)).await.unwrap();
            } else {
                incog_cluster::scheduler(scheduler, &Node::default()).await.unwrap();
            }
        });
        reached(at);
        let own = port();
        let line =
            format!("executor --scheduler {address} --port {own} --cores 2 --work-dir {}", work.display());
        let Ok(Options::Executor(executor)) = Options::parse(words(line)) else {
            panic!("it is an executor")
        };
        run(async move {
            if plain == Plain::Executor {
                start_executor_process(Arc::new(executor)).await.unwrap();
            } else {
                incog_cluster::executor(executor, &Node::default()).await.unwrap();
            }
        });
        reached(own);
        Nodes { url: format!("df://{address}"), folder }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// In a thread of its own, which ends with the process.
fn run(node: impl Future<Output = ()> + Send + 'static) {
    thread::spawn(|| Runtime::new().unwrap().block_on(node));
}

/// A port that nobody listens on, nor on the one above.
fn port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

/// Seconds are enough where nothing else runs.
const LONG: Duration = Duration::from_secs(240);

fn reached(port: u16) {
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed() < LONG, "nobody listens on {port}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Numbers with a fraction are written as text by a function, and so this is one that needs some of each node.
const POLICY: &str = r#"version = 1
purpose = "test of nodes"
undeclared = "drop"
[input]
path = "visits/0.parquet"
[columns]
age = { role = "quasi", hierarchy = { kind = "interval", widths = [10, 20, 60], origin = 0 } }
charge = { role = "quasi", hierarchy = { kind = "interval", widths = [50, 100], origin = 0 } }
[release.table]
columns = ["age", "charge"]
models = [{ k_anonymity = 5 }]
max_suppressed = 0.1
search = "optimal"
"#;

/// The command, which is built beside this test.
fn incog() -> Option<PathBuf> {
    let test = std::env::current_exe().unwrap();
    let found = test.ancestors().nth(2).map(|folder| folder.join("incog")).filter(|path| path.exists());
    if found.is_none() {
        println!("skipped: the command incog is not built beside this test");
    }
    found
}

/// Runs it to its end; it has to come to one.
fn apply(incog: &Path, nodes: &Nodes) -> Output {
    let policy = nodes.folder.join("policy.toml");
    fs::write(&policy, POLICY).unwrap();
    let mut command = Command::new(incog);
    command.arg("apply").arg(policy).arg("-o").arg(nodes.folder.join("out"));
    command
        .args(["--cluster", &nodes.url])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > LONG {
            child.kill().unwrap();
            panic!("it hangs");
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn a_function_that_a_node_does_not_know_is_one_sentence_and_leaves_no_folder() {
    if std::env::var_os("INCOG_CLUSTER").is_some() {
        // It has nodes of its own, so it runs where no others do.
        return;
    }
    for (plain, node) in
        [(Plain::Neither, ""), (Plain::Scheduler, "the scheduler"), (Plain::Executor, "an executor")]
    {
        let nodes = Nodes::start(plain);
        crate::write_visits(&nodes.folder.join("visits"));
        if let Some(incog) = incog() {
            let run = apply(&incog, &nodes);
            let stderr = String::from_utf8(run.stderr).unwrap();
            let left = ["out", "out.internal"].map(|name| nodes.folder.join(name).exists());
            if plain == Plain::Neither {
                assert_eq!((run.status.code(), left), (Some(0), [true; 2]), "{stderr}");
                continue;
            }
            assert_eq!((run.status.code(), left), (Some(4), [false; 2]), "{stderr}");
            let sentence = sentence(node, "text");
            assert!(stderr.contains(&sentence) && stderr.lines().count() <= 2, "{stderr}");
            let hidden =
                |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_encoded_bytes();
            let mut names = fs::read_dir(&nodes.folder).unwrap().map(hidden);
            assert!(names.all(|name| !name.starts_with(b".") && !name.starts_with(b"out")), "{stderr}");
        }
        if plain != Plain::Neither {
            of_a_program(&nodes, node);
        }
    }
}

fn sentence(node: &str, function: &str) -> String {
    format!(
        "{node} does not know the function '{function}' of incog; start scheduler and executors with the incog-cluster of this version"
    )
}

/// Statements, totals and a release as a program asks for them.
fn of_a_program(nodes: &Nodes, node: &str) {
    let (visits, url) = (nodes.folder.join("visits"), nodes.url.as_str());
    let connect = |config| async move { incog_cluster::connect(url, config, &Node::default()).await };
    let (unit, bounds) = (PrivacyUnit::person("person").unwrap(), ContributionBounds::new(2, 1).unwrap());
    let query =
        Query::mean("charge").clamp(0.0, 200.0).epsilon(Epsilon::parse("0.5").unwrap()).build().unwrap();
    // Blocks, and so outside of a runtime.
    let engine = QueryEngine::on_cluster(connect, Some("house".to_owned())).unwrap();
    let file = visits.join("0.parquet");
    for failed in [
        engine.table(&file, &["age", "charge"]).unwrap_err(),
        engine.totals(&file, &unit, bounds, &query, "r").unwrap_err(),
    ] {
        assert_eq!(failed.to_string(), sentence(node, "text"));
    }
    Runtime::new().unwrap().block_on(async {
        let session = crate::with_visits(connect(SessionConfig::new()).await.unwrap(), &visits).await;
        // The words of the engine, which name the function: README.md says what they mean.
        let sql = "select redact(note) as r, count(*) as n from visits group by r";
        let failed = session.sql(sql).await.unwrap().collect().await.unwrap_err().to_string();
        let codec = if node == "the scheduler" { "LogicalExtensionCodec" } else { "PhysicalExtensionCodec" };
        assert!(failed.contains(&format!("{codec} is not provided for scalar function redact")), "{failed}");
        let mut budgeted = Session::builder(unit, bounds)
            .ledger(MemoryLedger::new(Budget::parse("1", "0").unwrap()))
            .data_version("v1")
            .build()
            .unwrap();
        let frame = session.table("visits").await.unwrap();
        let failed =
            incog_datafusion::release(&mut budgeted, &query, frame, "house", "mean").await.unwrap_err();
        let failed = failed.find_root().to_string();
        assert!(failed.contains(&format!("{node} does not know the function '")), "{failed}");
        assert_eq!(budgeted.balance().unwrap().spent, Budget::parse("0", "0").unwrap());
    });
}
