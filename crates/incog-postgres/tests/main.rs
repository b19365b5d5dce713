//! Tests against a real server, at the URL in `INCOG_POSTGRES`; `.ci/with-postgres COMMAND` starts one. Without it they
//! say that they skip.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

mod damage;
#[path = "../../../tests/ledger_processes.rs"]
mod ledger_processes;

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use incog::{
    ErrorKind,
    dp::{
        Amount, Budget,
        ledger::{
            Clock, LeasedLedger, Ledger as _, LedgerKey, Request, Reserved, Rules, audit,
            conformance::{self, Backend, Opener},
        },
    },
};
use incog_postgres::{PostgresLedger, PostgresOptions};

use self::ledger_processes::{spend_in_eight_processes, spend_in_eight_threads};

/// The URL of a ledger that no other test uses.
fn fresh() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(base) = std::env::var("INCOG_POSTGRES") else {
        println!("skipped: INCOG_POSTGRES is not set; run .ci/with-postgres cargo test -p incog-postgres");
        return None;
    };
    let joint = if base.contains('?') { '&' } else { '?' };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Some(format!("{base}{joint}ledger=test-{}-{number}", std::process::id()))
}

fn key() -> LedgerKey {
    LedgerKey::from_bytes([7; 32])
}

fn options(keyed: bool) -> PostgresOptions {
    if keyed { PostgresLedger::options().key(key()) } else { PostgresLedger::options() }
}

fn backend<'b>(keyed: bool) -> Backend<'b> {
    Backend::new(move |rules: &Rules, clock: &Clock| {
        let url = fresh().unwrap();
        drop(options(keyed).create(&url, rules.clone())?);
        let clock = clock.clone();
        Ok(Opener::new(move || Ok(Box::new(options(keyed).clock(clock.clone()).open(&url)?))))
    })
}

fn pure(epsilon: &str) -> Amount {
    Budget::parse(epsilon, "0").unwrap().into()
}

fn request(id: &str, epsilon: &str) -> Request {
    Request::new(id, "ann", "q", "v", pure(epsilon), vec![]).unwrap()
}

/// Runs SQL as another program would.
fn psql(sql: &str) -> String {
    psql_at(&std::env::var("INCOG_POSTGRES").unwrap(), sql)
}

fn psql_at(url: &str, sql: &str) -> String {
    let done = Command::new("psql")
        .args(["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", url, "-c", sql])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_ledger_with_a_key_keeps_every_rule() {
    if fresh().is_some() {
        conformance::check(&backend(true)).unwrap();
    }
}

#[test]
fn a_ledger_without_a_key_keeps_every_rule_but_no_answers() {
    if fresh().is_some() {
        conformance::check(&backend(false).without_answers()).unwrap();
    }
}

#[test]
fn opening_never_creates_and_creating_never_overwrites() {
    let Some(url) = fresh() else { return };
    drop(PostgresLedger::create(&fresh().unwrap(), pure("1")).unwrap());
    let error = PostgresLedger::open(&url).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("opening never creates one"), "{error}");
    let mut ledger = PostgresLedger::create(&url, pure("1")).unwrap();
    ledger.reserve(&request("a", "0.4")).unwrap();
    let error = PostgresLedger::create(&url, pure("9")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("never overwritten"), "{error}");
    assert_eq!(ledger.balance().unwrap().spent, pure("0.4"));
    let error = PostgresLedger::open("postgres://nobody@127.0.0.1:1/none?connect_timeout=1").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[test]
fn many_create_and_open_at_once() {
    let Some(url) = fresh() else { return };
    let made: u32 = thread::scope(|scope| {
        let create = || match PostgresLedger::create(&url, pure("1")) {
            Ok(_) => 1,
            Err(error) => {
                assert!(error.to_string().contains("never overwritten"), "{error}");
                // What another one made is whole, and can be spent.
                let mut ledger = PostgresLedger::open(&url).unwrap();
                let id = format!("{:?}", thread::current().id());
                assert!(matches!(ledger.reserve(&request(&id, "0.2")).unwrap(), Reserved::New(_)));
                0
            }
        };
        let workers: Vec<_> = (0..6).map(|_| scope.spawn(create)).collect();
        workers.into_iter().map(|w| w.join().unwrap()).sum()
    });
    assert_eq!(made, 1);
    assert!(PostgresLedger::open(&url).unwrap().balance().unwrap().remaining.is_zero());
}

/// The server ends the connection of whoever is connected, again and again, while threads spend. What was acknowledged
/// is there, once; what is there was asked for.
#[test]
fn a_broken_connection_charges_nothing_twice() {
    let Some(url) = fresh() else { return };
    let url = format!("{url}&application_name=broken");
    drop(PostgresLedger::create(&url, pure("1")).unwrap());
    let acknowledged: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let url = &url;
                scope.spawn(move || {
                    let mut ledger = PostgresLedger::open(url).unwrap();
                    let ids = (0..60).map(|i| format!("{worker}/{i}"));
                    let spend = |id: String| match ledger.reserve(&request(&id, "0.001")) {
                        Ok(Reserved::New(_)) => Some(id),
                        Ok(other) => panic!("an attempt finds its own charge as {other:?}"),
                        Err(error) => panic!("{error}"),
                    };
                    ids.filter_map(spend).collect::<Vec<_>>()
                })
            })
            .collect();
        for _ in 0..40 {
            psql(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'broken'",
            );
            thread::sleep(Duration::from_millis(25));
        }
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let ledger = PostgresLedger::open(&url).unwrap();
    assert_eq!(acknowledged.len(), 240);
    assert_eq!(ledger.entries().unwrap().len(), 240);
    assert_eq!(ledger.balance().unwrap().spent, pure("0.24"));
    audit(&ledger, None, &mut |_, _| {}).unwrap();
}

#[test]
fn sixty_four_threads_spend_exactly_one_budget() {
    if fresh().is_some() {
        conformance::check(&backend(false).without_answers().operations(20).threads(64)).unwrap();
    }
}

/// What the processes of the test below run.
#[test]
fn a_process_of_eight_threads() {
    spend_in_eight_threads(|url| PostgresLedger::open(url).unwrap());
}

#[test]
fn eight_processes_of_eight_threads_spend_exactly_one_budget() {
    let Some(url) = fresh() else { return };
    drop(PostgresLedger::create(&url, pure("1")).unwrap());
    let open = |url: &str| PostgresLedger::open(url).unwrap();
    spend_in_eight_processes("a_process_of_eight_threads", &url, open);
}

/// What the process of the test below runs: it takes a lease, spends a part, and waits to be killed.
#[test]
fn a_process_with_a_lease() {
    let Ok(url) = std::env::var("INCOG_TEST_LEASE") else { return };
    let shared = PostgresLedger::open(&url).unwrap();
    let mut leased = LeasedLedger::new(shared, pure("0.3"), Duration::from_secs(600));
    assert!(matches!(leased.reserve(&request("a", "0.1")).unwrap(), Reserved::New(_)));
    println!("LEASED");
    thread::sleep(Duration::from_secs(600));
}

#[test]
fn the_lease_of_a_killed_process_is_spent() {
    let Some(url) = fresh() else { return };
    drop(PostgresLedger::create(&url, pure("1")).unwrap());
    for killed in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_process_with_a_lease", "--nocapture"])
            .env("INCOG_TEST_LEASE", &url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("LEASED")));
        child.kill().unwrap();
        child.wait().unwrap();
        let spent = pure("0.3").times(killed).unwrap();
        assert_eq!(PostgresLedger::open(&url).unwrap().balance().unwrap().spent, spent);
    }
    let mut ledger = PostgresLedger::open(&url).unwrap();
    let error = ledger.reserve(&request("b", "0.2")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BudgetExceeded);
    audit(&ledger, None, &mut |_, _| {}).unwrap();
}

/// Tables as the first version made them are refused, brought up to date, and keep what was spent.
#[test]
fn older_tables_are_brought_up_to_date_when_asked() {
    if fresh().is_none() {
        return;
    }
    let database = format!("older{}", std::process::id());
    psql(&format!("create database {database}"));
    let base = std::env::var("INCOG_POSTGRES").unwrap();
    let url = format!("{}/{database}", base.rsplit_once('/').unwrap().0);
    let mut ledger = PostgresLedger::create(&url, pure("1")).unwrap();
    ledger.reserve(&request("a", "0.25")).unwrap();
    drop(ledger);
    let functions = "drop function incog.append, incog.reserve, incog.answer, incog.release, incog.clock";
    psql_at(&url, &format!("{functions}; delete from incog.migration where version > 1"));
    let error = PostgresLedger::open(&url).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("version 1, this program knows version 3"), "{error}");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| PostgresLedger::migrate(&url).unwrap());
        }
    });
    let mut ledger = PostgresLedger::open(&url).unwrap();
    assert!(matches!(ledger.reserve(&request("a", "0.25")).unwrap(), Reserved::AnswerLost));
    assert!(matches!(ledger.reserve(&request("b", "0.25")).unwrap(), Reserved::New(_)));
    assert_eq!(ledger.balance().unwrap().spent, pure("0.5"));
    audit(&ledger, None, &mut |_, _| {}).unwrap();
    drop(ledger);
    // Functions of a version before are replaced.
    psql_at(&url, "update incog.migration set version = 2 where version = 3");
    assert!(PostgresLedger::open(&url).unwrap_err().to_string().contains("bring it up to date"));
    PostgresLedger::migrate(&url).unwrap();
    PostgresLedger::open(&url).unwrap().reserve(&request("c", "0.25")).unwrap();
    psql_at(&url, "insert into incog.migration (version) values (99)");
    let error = PostgresLedger::open(&url).unwrap_err();
    assert!(error.to_string().contains("use a newer program"), "{error}");
}

/// With TLS: the right roots are let in, others are not. `.ci/with-postgres` makes both.
#[cfg(feature = "tls")]
#[test]
fn the_server_is_verified() {
    let Some(url) = fresh() else { return };
    let (Ok(right), Ok(wrong)) =
        (std::env::var("INCOG_POSTGRES_ROOT"), std::env::var("INCOG_POSTGRES_OTHER_ROOT"))
    else {
        println!("skipped: the server has no certificate");
        return;
    };
    let mut ledger = PostgresLedger::create(&format!("{url}&sslrootcert={right}"), pure("1")).unwrap();
    ledger.reserve(&request("a", "0.25")).unwrap();
    let error = PostgresLedger::open(&format!("{url}&sslrootcert={wrong}&connect_timeout=2")).unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let error = PostgresLedger::open(&format!("{url}&sslrootcert=/none.pem")).unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

/// The server is stopped without a word and started again while threads spend: what was acknowledged is there, what is
/// there was asked for once. Only with a server to itself: the others' statements would fail.
#[test]
fn the_server_crashes_and_loses_nothing() {
    let (Some(url), Ok(data)) = (fresh(), std::env::var("INCOG_POSTGRES_DATA")) else { return };
    if std::env::var_os("INCOG_POSTGRES_CRASH").is_none() {
        println!("skipped: INCOG_POSTGRES_CRASH is not set; it stops the server that others use");
        return;
    }
    drop(PostgresLedger::create(&url, pure("1")).unwrap());
    let acknowledged: u32 = thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let url = &url;
                scope.spawn(move || {
                    let mut ledger = PostgresLedger::open(url).unwrap();
                    let spend = |i: u32| match ledger.reserve(&request(&format!("{worker}/{i}"), "0.0001")) {
                        Ok(Reserved::New(_)) => 1,
                        Ok(other) => panic!("an attempt finds its own charge as {other:?}"),
                        Err(error) => panic!("{error}"),
                    };
                    (0..600).map(spend).sum::<u32>()
                })
            })
            .collect();
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(150));
            restart(&data);
        }
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    let ledger = PostgresLedger::open(&url).unwrap();
    assert_eq!(acknowledged, 2400);
    assert_eq!(ledger.entries().unwrap().len(), 2400);
    assert_eq!(ledger.balance().unwrap().spent, pure("0.24"));
    audit(&ledger, None, &mut |_, _| {}).unwrap();
}

/// Kills the server at once and starts it again, as the user that it runs as.
fn restart(data: &str) {
    let ctl = String::from_utf8(Command::new("pg_config").arg("--bindir").output().unwrap().stdout).unwrap();
    let ctl = format!("{}/pg_ctl", ctl.trim());
    let arguments = ["-D", data, "-m", "immediate", "-w", "-t", "60", "restart"];
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", &ctl]);
        command
    } else {
        Command::new(ctl)
    };
    let status = command.args(arguments).current_dir(data).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
}
