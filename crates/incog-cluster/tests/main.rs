//! Statements on a real scheduler and two executors, held against the same ones on one machine.
//!
//! `.ci/cluster` starts them and names them in the environment; without it these tests say that they skip.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use datafusion::{
    arrow::{
        array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray},
        util::pretty::pretty_format_batches,
    },
    parquet::arrow::ArrowWriter,
    prelude::{ParquetReadOptions, SessionConfig, SessionContext},
};
use datafusion_proto::bytes::logical_plan_to_bytes;
use incog::{
    dp::noise::{NoiseBackend, Scale},
    dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger},
    kanon::{Anonymizer, Hierarchy, model::KAnonymity},
};
use incog_datafusion::{Node, register_all};

mod missing;
mod victim;

use victim::Victim;

/// What `.ci/cluster` says.
struct Cluster {
    url: String,
    folder: PathBuf,
}

impl Cluster {
    fn running() -> Option<Self> {
        let of = |name: &str| std::env::var(name).ok();
        let cluster = of("INCOG_CLUSTER").zip(of("INCOG_CLUSTER_FOLDER"));
        if cluster.is_none() {
            println!("skipped: no cluster runs; .ci/cluster starts one");
        }
        cluster.map(|(url, folder)| Cluster { url, folder: folder.into() })
    }

    fn node(&self) -> Node {
        Node::in_folder(self.folder.join("node"))
    }

    async fn session(&self) -> SessionContext {
        let config = SessionConfig::new().with_target_partitions(4);
        let session = incog_cluster::connect(&self.url, config, &self.node()).await.unwrap();
        with_visits(session, &self.folder.join("visits")).await
    }

    /// The same without a cluster.
    async fn embedded(&self) -> SessionContext {
        let session = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
        register_all(&session, &self.node());
        with_visits(session, &self.folder.join("visits")).await
    }
}

/// The table, which executors open by themselves.
async fn with_visits(session: SessionContext, folder: &Path) -> SessionContext {
    write_visits(folder);
    let path = folder.to_str().unwrap();
    session.register_parquet("visits", path, ParquetReadOptions::default()).await.unwrap();
    session
}

/// Four Parquet files with 40,000 rows, written by the first test that needs them.
fn write_visits(folder: &Path) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _written = ONE_AT_A_TIME.lock();
    if folder.exists() {
        return;
    }
    fs::create_dir_all(folder).unwrap();
    for file in 0..4i64 {
        let rows: Vec<i64> = (0..10_000).map(|i| file * 10_000 + i).collect();
        let text = |f: &dyn Fn(i64) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(rows.iter().map(|&i| f(i))))
        };
        let number = |f: &dyn Fn(i64) -> i64| -> ArrayRef {
            Arc::new(rows.iter().map(|&i| f(i)).collect::<Int64Array>())
        };
        let charge = |i: i64| f64::from(i32::try_from(i % 1000).unwrap()) * 0.25;
        let batch = RecordBatch::try_from_iter([
            ("id", number(&|i| i)),
            ("person", number(&|i| i * 7919 % 9001)),
            ("age", number(&|i| 20 + i * 31 % 60)),
            ("zip", text(&|i| format!("13{:03}", i * 17 % 300))),
            ("note", text(&|i| format!("row {i}: write to user{}@example.org soon", i * 13 % 977))),
            ("charge", Arc::new(rows.iter().map(|&i| charge(i)).collect::<Float64Array>())),
        ])
        .unwrap();
        let file = File::create(folder.join(format!("{file}.parquet"))).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
}

async fn shown(session: &SessionContext, sql: &str) -> String {
    let rows = session.sql(sql).await.unwrap().collect().await.unwrap();
    pretty_format_batches(&rows).unwrap().to_string()
}

/// A statement for every function.
const STATEMENTS: [&str; 4] = [
    "select redact(note) as r, count(*) as n from visits group by r order by r limit 50",
    "select id, token(zip, 'house', 'd', 'ZIP'), fpe_encrypt(cast(1000000 + id as varchar), 'house', 'd', 'digits'), \
     pii_contains(note), sample_order('house', 'r', id) from visits order by id limit 100",
    "select qi_key(age, zip) as k, count(*) as n, clip_sum(charge, 0, 100) as s, clip_mean(charge, 0, 100) as m, \
     clip_count(charge, 0, 100) as c from visits group by k order by k limit 200",
    "select clip_total(number(zip), 'square', 13000, 13200), clip_total(charge, 'distance', 0, 10) from visits",
];

#[tokio::test(flavor = "multi_thread")]
async fn statements_have_the_results_of_one_machine() {
    let Some(cluster) = Cluster::running() else { return };
    let (one, many) = (cluster.embedded().await, cluster.session().await);
    for sql in STATEMENTS {
        assert_eq!(shown(&many, sql).await, shown(&one, sql).await, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn k_anonymous_rows_are_those_of_one_machine() {
    let Some(cluster) = Cluster::running() else { return };
    let request = Anonymizer::builder()
        .quasi_identifier("age", Hierarchy::intervals(&[5.0, 10.0, 20.0], 0.0).unwrap())
        .quasi_identifier("zip", Hierarchy::prefix(&[5, 4, 3, 0]).unwrap())
        .model(KAnonymity::new(20).unwrap())
        .max_suppressed(0.05)
        .build()
        .unwrap();
    let mut results = Vec::new();
    for session in [cluster.embedded().await, cluster.session().await] {
        let visits = session.table("visits").await.unwrap();
        let recoding = incog_datafusion::search(&request, visits.clone(), &["age", "zip"]).await.unwrap();
        let released = recoding.apply(visits, &["charge"]).unwrap();
        recoding.verify(released.clone()).await.unwrap();
        let mut rows: Vec<String> = pretty_format_batches(&released.collect().await.unwrap())
            .unwrap()
            .to_string()
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        rows.sort_unstable();
        results.push((recoding.report().clone(), rows));
    }
    assert!(results[0].1.len() > 38_000 && results[0] == results[1]);
}

/// Adds nothing, and says so.
struct Silence;

impl NoiseBackend for Silence {
    fn add_laplace(&mut self, _: Scale, _: &mut [i128]) -> incog::Result<()> {
        Ok(())
    }

    fn add_gaussian(&mut self, _: Scale, _: &mut [i128]) -> incog::Result<()> {
        Ok(())
    }

    fn is_insecure(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_noise_is_added_to_is_that_of_one_machine_and_the_charge_is_one() {
    let Some(cluster) = Cluster::running() else { return };
    let mut answers = Vec::new();
    for session in [cluster.embedded().await, cluster.session().await] {
        let mut budgeted =
            Session::builder(PrivacyUnit::person("person").unwrap(), ContributionBounds::new(2, 1).unwrap())
                .ledger(MemoryLedger::new(Budget::parse("1", "0").unwrap()))
                .data_version("v1")
                .noise_backend(Silence)
                .build()
                .unwrap();
        let query = Query::mean("charge").clamp(0.0, 200.0).by("zip", ["13000", "13017", "13051"]);
        let query = query.epsilon(Epsilon::parse("0.5").unwrap()).build().unwrap();
        let visits = session.table("visits").await.unwrap();
        let release =
            incog_datafusion::release(&mut budgeted, &query, visits, "house", "mean").await.unwrap();
        assert_eq!(budgeted.balance().unwrap().spent, Budget::parse("0.5", "0").unwrap());
        answers.push(release.values().to_vec());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_sent_holds_no_byte_of_a_key() {
    let Some(cluster) = Cluster::running() else { return };
    let session = cluster.session().await;
    let text = fs::read_to_string(cluster.folder.join("node/house.key")).unwrap();
    let hex = text.trim().rsplit('_').next().unwrap();
    let bytes: Vec<u8> = hex
        .as_bytes()
        .chunks(2)
        .map(|h| u8::from_str_radix(std::str::from_utf8(h).unwrap(), 16).unwrap())
        .collect();
    assert_eq!(bytes.len(), 32, "the key as its file has it");
    for sql in STATEMENTS {
        let frame = session.sql(sql).await.unwrap();
        for plan in [frame.logical_plan().clone(), frame.clone().into_optimized_plan().unwrap()] {
            let sent = logical_plan_to_bytes(&plan).unwrap();
            let debug = format!("{plan:?}");
            for part in bytes.windows(4) {
                assert!(!sent.windows(4).any(|w| w == part), "{sql}");
            }
            for part in hex.as_bytes().windows(8) {
                assert!(!sent.windows(8).any(|w| w == part), "{sql}");
                assert!(!debug.as_bytes().windows(8).any(|w| w == part), "{sql}");
            }
        }
    }
}

/// Last, by itself: `.ci/cluster` sets INCOG_CLUSTER_KILL for it alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_executor_changes_no_result() {
    let Some(cluster) = Cluster::running().filter(|_| std::env::var("INCOG_CLUSTER_KILL").is_ok()) else {
        return;
    };
    // Long enough to be in the middle of: each row is worked on twice, with a shuffle in between.
    let sql = "select redact(note) as r, count(distinct token(note, 'house', 'd', 'NOTE')) as n, clip_sum(charge, 0, 100) as s \
               from visits where id % 4 = 0 group by r order by r limit 100";
    let expected = shown(&cluster.embedded().await, sql).await;
    let session = cluster.session().await;
    assert_eq!(shown(&session, sql).await, expected);
    // By which executor a task is asked for is chance.
    for attempt in 1..=ATTEMPTS {
        let (victim, started) = (Victim::at_rest(), Instant::now());
        let session = session.clone();
        let disturbed = tokio::spawn(async move { shown(&session, sql).await });
        let held = tokio::task::block_in_place(|| victim.killed_with_a_task(|| disturbed.is_finished()));
        let found = tokio::time::timeout(Duration::from_secs(240), disturbed).await.unwrap().unwrap();
        assert_eq!(found, expected);
        if let Some(held) = held {
            println!("killed with {held} tasks, statement {attempt}, done after {:?}", started.elapsed());
            return;
        }
    }
    panic!("the executor held no task in {ATTEMPTS} statements");
}

/// Statements in one of which an executor of two holds a task.
const ATTEMPTS: u32 = 50;
