//! Ledgers of a command that is killed at random moments, runs in several processes, and writes to disks that fail.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    faults::{EIO, ENOSPC, Fault, shim, with_fault},
    support::{Folder, incog},
};

/// Workers that spend, killed at random moments: `kills` times, `workers` at once.
fn kill(ledger: &str, kills: u64, workers: usize) {
    let amount = "0.000001";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ kills ^ (workers as u64);
    let mut draw = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut acknowledged = BTreeSet::new();
    let mut rounds = 0;
    // How long workers live at most: as long as it takes for many of them to get somewhere, on any machine.
    let mut window = 14_000;
    while rounds * workers as u64 <= kills {
        let mut children: Vec<(Child, thread::JoinHandle<Vec<String>>)> = (0..workers)
            .map(|worker| {
                let mut child = Command::new(env!("CARGO_BIN_EXE_incog"))
                    .args([
                        "ledger",
                        "spend",
                        ledger,
                        "--epsilon",
                        amount,
                        "--repeat",
                        "1000000",
                        "--request",
                    ])
                    .arg(format!("{rounds}-{worker}"))
                    .stdin(Stdio::null())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap();
                let out = child.stdout.take().unwrap();
                (child, thread::spawn(move || committed(BufReader::new(out))))
            })
            .collect();
        // From before the ledger is open to some spends later; now and then longer.
        let micros = if draw(10) == 0 { draw(4 * window) } else { draw(window) };
        thread::sleep(Duration::from_micros(micros));
        for (child, _) in &mut children {
            child.kill().unwrap();
        }
        for (mut child, reader) in children {
            let status = child.wait().unwrap();
            let mut words = String::new();
            child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
            // Opening after the last kill needed no help.
            assert_eq!(status.signal(), Some(9), "a worker ended by itself: {words}");
            acknowledged.extend(reader.join().unwrap());
        }
        rounds += 1;
        let enough = acknowledged.len() as u64 > rounds * workers as u64 / 3;
        window = if enough { (window * 9 / 10).max(10_000) } else { (window * 11 / 10).min(400_000) };
        if rounds % 50 == 0 {
            check(ledger, &acknowledged);
        }
    }
    check(ledger, &acknowledged);
    assert!(acknowledged.len() as u64 > kills / 10, "only {} spends were acknowledged", acknowledged.len());
    println!("{} kills of {workers} workers: {} acknowledged", rounds * workers as u64, acknowledged.len());
}

/// The ids of the whole lines.
fn committed(mut out: impl BufRead) -> Vec<String> {
    let (mut ids, mut line) = (Vec::new(), String::new());
    while out.read_line(&mut line).is_ok_and(|read| read > 0) {
        if let Some(rest) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("COMMITTED ")) {
            ids.push(rest.split(' ').next().unwrap().to_owned());
        }
        line.clear();
    }
    ids
}

/// acknowledged <= spent <= budget, every acknowledged id is there, and the history holds.
fn check(ledger: &str, acknowledged: &BTreeSet<String>) {
    let shown = incog(&["ledger", "show", ledger, "--json"]).done().value();
    let entries = shown["entries"].as_array().unwrap();
    let ids: BTreeSet<&str> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !ids.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
    let millionths = |text: &Value| (text.as_str().unwrap().parse::<f64>().unwrap() * 1e6).round() as usize;
    let (spent, budget) = (millionths(&shown["spent"]["epsilon"]), millionths(&shown["budget"]["epsilon"]));
    assert_eq!(spent, entries.len(), "the sum is not that of the entries");
    assert!(acknowledged.len() <= spent && spent <= budget, "{} {spent} {budget}", acknowledged.len());
    incog(&["ledger", "verify", ledger]).done();
}

/// How many kills: a number for CI, or what `INCOG_KILLS` says, such as 10000.
fn kills(usual: u64) -> u64 {
    std::env::var("INCOG_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_killed_worker_loses_nothing() {
    let folder = Folder::new();
    let ledger = folder.file("a.db");
    incog(&["ledger", "create", &ledger, "--epsilon", "1000"]).done();
    kill(&ledger, kills(500), 1);
}

#[test]
fn four_killed_workers_lose_nothing() {
    let folder = Folder::new();
    let ledger = folder.file("a.db");
    incog(&["ledger", "create", &ledger, "--epsilon", "1000"]).done();
    kill(&ledger, kills(600), 4);
}

/// A budget that is used up while workers die: never more than it.
#[test]
fn kills_around_the_end_of_a_budget_never_overspend() {
    let folder = Folder::new();
    let ledger = folder.file("a.db");
    incog(&["ledger", "create", &ledger, "--epsilon", "0.000200"]).done();
    let mut acknowledged = BTreeSet::new();
    for round in 0..400 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_incog"))
            .args(["ledger", "spend", &ledger, "--epsilon", "0.000001", "--repeat", "20", "--request"])
            .arg(format!("{round}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let reader = thread::spawn(move || committed(BufReader::new(out)));
        thread::sleep(Duration::from_micros(2000 + (round * 37) % 9000));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        acknowledged.extend(reader.join().unwrap());
        if status.code() == Some(3) {
            break;
        }
    }
    check(&ledger, &acknowledged);
}

/// A ledger that was being made is made again, or is whole: nobody has to clear anything away.
#[test]
fn a_create_cut_short_needs_no_help() {
    let folder = Folder::new();
    let (mut begun, mut whole) = (0, 0);
    for round in 0..150 {
        let ledger = folder.file(&format!("{round}.db"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_incog"))
            .args(["ledger", "create", &ledger, "--epsilon", "1"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_micros(500 + (round * 7919) % 25_000));
        child.kill().unwrap();
        child.wait().unwrap();
        match fs::metadata(&ledger) {
            Ok(there) if there.len() > 0 => whole += 1,
            Ok(_) => begun += 1,
            Err(_) => {}
        }
        if !Path::new(&ledger).exists() || fs::metadata(&ledger).unwrap().len() == 0 {
            incog(&["ledger", "create", &ledger, "--epsilon", "1"]).done();
        }
        incog(&["ledger", "spend", &ledger, "--epsilon", "1"]).done();
        incog(&["ledger", "verify", &ledger]).done();
    }
    println!("{begun} begun, {whole} whole");
}

/// A PostgreSQL server at `INCOG_POSTGRES`, if this build can use it.
fn postgres(name: &str) -> Option<String> {
    let base = std::env::var("INCOG_POSTGRES").ok().filter(|_| cfg!(feature = "postgres"));
    if base.is_none() {
        println!("skipped: needs feature postgres and INCOG_POSTGRES; run .ci/with-postgres cargo test ..");
    }
    base.map(|base| format!("{base}?ledger={name}-{}", std::process::id()))
}

/// A meter of a limit that the rules do not have.
#[test]
fn a_damaged_ledger_is_refused_with_a_sentence_on_postgres() {
    let Some(ledger) = postgres("damaged") else { return };
    incog(&["ledger", "create", &ledger, "--epsilon", "1"]).done();
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.1"]).done();
    let (url, name) = ledger.split_once("?ledger=").unwrap();
    let damage = format!(
        "insert into incog.meter select ledger, 99, '', 0, array[0] from incog.ledger where name = '{name}'"
    );
    assert!(Command::new("psql").args(["-X", "-q", url, "-c", &damage]).status().unwrap().success());
    for json in [vec![], vec!["--json"], vec!["--summary"]] {
        incog(&[&["ledger", "show", &ledger], json.as_slice()].concat())
            .fails(4, &["was changed or lost; it spends no more"]);
    }
}

#[test]
fn a_killed_worker_loses_nothing_on_postgres() {
    let Some(ledger) = postgres("kill-1") else { return };
    incog(&["ledger", "create", &ledger, "--epsilon", "1000"]).done();
    kill(&ledger, kills(200), 1);
}

#[test]
fn four_killed_workers_lose_nothing_on_postgres() {
    let Some(ledger) = postgres("kill-4") else { return };
    incog(&["ledger", "create", &ledger, "--epsilon", "1000"]).done();
    kill(&ledger, kills(200), 4);
}

// ---------------------------------------------------------------------------------- several processes

fn sixteen_processes_spend_exactly_one_budget(ledger: &str) {
    incog(&["ledger", "create", ledger, "--epsilon", "0.0001"]).done();
    let children: Vec<Child> = (0..16)
        .map(|worker| {
            Command::new(env!("CARGO_BIN_EXE_incog"))
                .args(["ledger", "spend", ledger, "--epsilon", "0.000001", "--repeat", "1000", "--request"])
                .arg(format!("{worker}"))
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut acknowledged = BTreeSet::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        acknowledged.extend(committed(&output.stdout[..]));
    }
    assert_eq!(acknowledged.len(), 100);
    check(ledger, &acknowledged);
}

#[test]
fn processes_spend_exactly_one_budget() {
    let folder = Folder::new();
    sixteen_processes_spend_exactly_one_budget(&folder.file("a.db"));
}

#[test]
fn processes_spend_exactly_one_budget_on_postgres() {
    if let Some(ledger) = postgres("processes") {
        sixteen_processes_spend_exactly_one_budget(&ledger);
    }
}

// ---------------------------------------------------------------------------------- failing disks

/// A kill leaves what the system was told; a power failure what was flushed. So: when a spend is acknowledged, its
/// record and its mark were written and nothing of either is unflushed.
#[test]
fn nothing_is_acknowledged_before_it_is_on_the_disk() {
    let folder = Folder::new();
    let Some(shim) = shim(&folder) else { return };
    let (ledger, trace) = (folder.file("faulty.db"), folder.file("trace"));
    incog(&["ledger", "create", &ledger, "--epsilon", "1"]).done();
    let output = Command::new(env!("CARGO_BIN_EXE_incog"))
        .args(["ledger", "spend", &ledger, "--epsilon", "0.001", "--repeat", "50"])
        .env("LD_PRELOAD", shim)
        .env("INCOG_TRACE", &trace)
        .output()
        .unwrap();
    assert_eq!(committed(&output.stdout[..]).len(), 50);
    let (mut written, mut unflushed, mut acknowledged) = (BTreeSet::new(), BTreeSet::new(), 0);
    for line in fs::read_to_string(&trace).unwrap().lines() {
        match line.split_once(' ').unwrap() {
            ("W", "stdout") => {
                assert!(unflushed.is_empty(), "acknowledged before {unflushed:?}");
                assert!(["-wal", "-mark"].iter().all(|file| written.contains(*file)), "{written:?}");
                written.clear();
                acknowledged += 1;
            }
            // Shared memory, which is made anew after a crash.
            (_, "-shm") => {}
            ("W", file) => {
                written.insert(file.to_owned());
                unflushed.insert(file.to_owned());
            }
            (_, file) => {
                unflushed.remove(file);
            }
        }
    }
    assert_eq!(acknowledged, 50);
}

const KINDS: [&str; 5] = ["write", "pwrite", "sync", "truncate", "read"];

/// Every write, sync, truncation and read of four spends fails once, for ever, or in the middle. What was acknowledged
/// is there, the rest is refused with a sentence, and with space again the ledger goes on.
#[test]
fn a_disk_that_fails_refuses_the_spend_and_loses_nothing() {
    let folder = Folder::new();
    let Some(shim) = shim(&folder) else { return };
    let (ledger, amount) = (folder.file("faulty.db"), "0.000001");
    incog(&["ledger", "create", &ledger, "--epsilon", "1"]).done();
    let (mut acknowledged, mut faults, mut refused) = (BTreeSet::new(), 0, 0);
    for kind in KINDS {
        for (mode, errno) in [("once", EIO), ("sticky", ENOSPC), ("short", ENOSPC)] {
            if mode == "short" && !kind.ends_with("write") {
                continue;
            }
            for at in 1.. {
                let base = format!("{kind}-{mode}-{at}");
                let spend =
                    ["ledger", "spend", &ledger, "--epsilon", amount, "--request", &base, "--repeat", "4"];
                let run = with_fault(&shim, Fault { kind, mode, errno, at }, &spend);
                let ids = committed(&run.stdout[..]);
                match run.code {
                    Some(0) => assert_eq!(ids.len(), 4, "{base}"),
                    _ => refused += 1,
                }
                acknowledged.extend(ids);
                if !run.met {
                    break;
                }
                faults += 1;
                // The space is back: the next spend needs no help.
                let after = incog(&[
                    "ledger",
                    "spend",
                    &ledger,
                    "--epsilon",
                    amount,
                    "--request",
                    &format!("{base}-after"),
                ]);
                acknowledged.extend(committed(after.done().stdout.as_bytes()));
            }
        }
        check(&ledger, &acknowledged);
    }
    assert!(faults > 100 && refused > 50, "{faults} faults, {refused} refused");
    println!("{faults} faults, {refused} refused");
}

#[test]
fn a_disk_that_fails_leaves_no_half_ledger() {
    let folder = Folder::new();
    let Some(shim) = shim(&folder) else { return };
    let ledger = folder.file("faulty.db");
    for kind in ["write", "pwrite", "sync", "truncate"] {
        for (mode, errno) in [("once", EIO), ("sticky", ENOSPC)] {
            for at in 1.. {
                let create = ["ledger", "create", &ledger, "--epsilon", "1"];
                let run = with_fault(&shim, Fault { kind, mode, errno, at }, &create);
                // Whole, or not there.
                let there = Path::new(&ledger).exists();
                if run.code == Some(0) || there {
                    incog(&["ledger", "verify", &ledger]).done();
                }
                for file in fs::read_dir(folder.path()).unwrap() {
                    let path = file.unwrap().path();
                    if path.to_string_lossy().contains("faulty") {
                        let hidden = path.to_string_lossy().contains(".new-");
                        assert!(there && !hidden, "{kind}-{mode}-{at} left {path:?}");
                        fs::remove_file(path).unwrap();
                    }
                }
                if !run.met {
                    break;
                }
            }
        }
    }
}
