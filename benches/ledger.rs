//! Durable spends per second and their worst percent, alone and by many at a time; opening a ledger of a million
//! entries. Latencies of one call are what matters here, so it measures them itself and prints a table.
//!
//! `cargo bench -p incog-benches --bench ledger`, and for PostgreSQL as well
//! `.ci/with-postgres cargo bench -p incog-benches --bench ledger --features postgres`. `INCOG_LEDGER_ENTRIES=1000000`
//! sets how many entries the large ledger gets.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that fails may panic")]

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use incog::dp::{
    Amount, Budget,
    ledger::{Audited, LeasedLedger, Ledger, MemoryLedger, Request, SqliteLedger, audit},
};

fn main() {
    let folder = std::env::temp_dir().join(format!("incog-bench-ledger-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    println!("the disk alone: {}", disk(&folder));
    let memory = std::sync::Mutex::new(MemoryLedger::new(budget()));
    measure("memory", move || memory.lock().unwrap().handle(), 20_000);
    let path = folder.join("a.db");
    SqliteLedger::create(&path, budget()).unwrap();
    let at = path.clone();
    measure("sqlite", move || SqliteLedger::open(&at).unwrap(), 2000);
    let block = Amount::from(Budget::parse("0.0001", "0").unwrap());
    let leased = move || {
        let shared = SqliteLedger::open(&path).unwrap();
        LeasedLedger::new(shared, block, Duration::from_secs(60))
    };
    measure("sqlite, leases of 100", leased, 20_000);
    #[cfg(feature = "postgres")]
    on_postgres(block);
    large(&folder.join("large.db"));
    fs::remove_dir_all(&folder).unwrap();
}

#[cfg(feature = "postgres")]
fn on_postgres(block: Amount) {
    use incog_postgres::PostgresLedger;
    let Ok(base) = std::env::var("INCOG_POSTGRES") else {
        return println!("postgres: INCOG_POSTGRES is not set");
    };
    let url = format!("{base}?ledger=bench-{}", std::process::id());
    PostgresLedger::create(&url, budget()).unwrap();
    let at = url.clone();
    measure("postgres", move || PostgresLedger::open(&at).unwrap(), 2000);
    let leased = move || {
        let shared = PostgresLedger::open(&url).unwrap();
        LeasedLedger::new(shared, block, Duration::from_secs(60))
    };
    measure("postgres, leases of 100", leased, 20_000);
}

fn budget() -> Amount {
    Budget::parse("1000000", "0").unwrap().into()
}

fn request(id: String) -> Request {
    Request::new(id, "ann", "q", "v", Budget::parse("0.000001", "0").unwrap(), vec![]).unwrap()
}

/// Spends by 1, 8 and 64 threads, each with a handle of its own.
fn measure<L: Ledger>(name: &str, open: impl Fn() -> L + Send + Sync + 'static, spends: usize) {
    let open = Arc::new(open);
    for threads in [1, 8, 64] {
        let each = spends / threads;
        let started = Instant::now();
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let open = Arc::clone(&open);
                let name = name.to_owned();
                thread::spawn(move || {
                    let mut ledger = open();
                    (0..each)
                        .map(|i| {
                            let request = request(format!("{name}/{threads}/{worker}/{i}"));
                            let before = Instant::now();
                            ledger.reserve(&request).unwrap();
                            before.elapsed()
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let mut times: Vec<Duration> =
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
        let total = started.elapsed().as_secs_f64();
        times.sort_unstable();
        let at = |share: usize| times[(times.len() - 1) * share / 1000];
        println!(
            "{name}, {threads} at a time: {:.0}/s; a spend {:.2?} (median), {:.2?} (p99), {:.2?} (most)",
            f64::from(u32::try_from(times.len()).unwrap()) / total,
            at(500),
            at(990),
            at(1000)
        );
    }
}

/// A write of 64 bytes that is on the disk: what every durable spend has to wait for at least once.
fn disk(folder: &Path) -> String {
    let mut file = File::create(folder.join("disk")).unwrap();
    let mut times: Vec<Duration> = (0..500)
        .map(|_| {
            let before = Instant::now();
            file.write_all(&[7; 64]).unwrap();
            file.sync_data().unwrap();
            before.elapsed()
        })
        .collect();
    times.sort_unstable();
    format!("{:.2?} (median), {:.2?} (p99)", times[250], times[495])
}

/// A ledger of many entries: opening it, asking what is left, and checking all of it.
fn large(path: &PathBuf) {
    let entries: u64 =
        std::env::var("INCOG_LEDGER_ENTRIES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let mut ledger = SqliteLedger::create(path, budget()).unwrap();
    for i in 0..entries {
        ledger.reserve(&request(format!("{:x}", i.wrapping_mul(0x9e37_79b9_7f4a_7c15)))).unwrap();
    }
    drop(ledger);
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let before = Instant::now();
            let ledger = SqliteLedger::open(path).unwrap();
            ledger.balance().unwrap();
            before.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("sqlite, {entries} entries: opened and asked for its balance in {:.2?} (median of 9)", times[4]);
    let ledger = SqliteLedger::open(path).unwrap();
    let before = Instant::now();
    let found = audit(&ledger, None, &mut |_, _| {}).unwrap();
    println!(
        "verified in {:.2?}, {} bytes a record",
        before.elapsed(),
        fs::metadata(path).unwrap().len() / found.anchor.count()
    );
    assert_eq!(ledger.anchor().unwrap().count(), entries);
}
