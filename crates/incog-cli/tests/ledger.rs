//! `incog ledger`: its contract, kills at random moments, several processes, and disks that fail.

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

#[test]
fn a_spend_is_committed_once_for_each_id_until_the_budget_is_used_up() {
    let folder = Folder::new();
    let ledger = format!("sqlite:{}", folder.file("a.db"));
    incog(&["ledger", "create", &ledger, "--epsilon", "1", "--delta", "1e-6"]).done();
    let run =
        incog(&["ledger", "spend", &ledger, "--epsilon", "0.1", "--request", "r", "--repeat", "3"]).done();
    assert_eq!(run.stdout, "COMMITTED r/1 0.1\nCOMMITTED r/2 0.1\nCOMMITTED r/3 0.1\n");
    // The same ids again are charged no second time.
    let run =
        incog(&["ledger", "spend", &ledger, "--epsilon", "0.1", "--request", "r", "--repeat", "3"]).done();
    assert_eq!(run.stdout.lines().count(), 3);
    assert_eq!(run.stderr.matches("was charged before").count(), 3);
    // Under an id that was charged, another amount is another request: nothing is said to be committed.
    let run = incog(&["ledger", "spend", &ledger, "--epsilon", "0.2", "--request", "r/1"])
        .fails(3, &["used before with another query"]);
    assert_eq!(run.stdout, "");
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.2", "--delta", "1e-7"]).done();
    let spent = ["ledger", "spend", &ledger, "--epsilon", "0.2", "--request", "s", "--repeat", "9"];
    let run = incog(&spent).fails(3, &["asked ε = 0.2", "left ε = 0.1, δ = 0.0000009"]);
    assert_eq!(run.stdout, "COMMITTED s/1 0.2\nCOMMITTED s/2 0.2\n");
    let shown = incog(&["ledger", "show", &ledger, "--json"]).done().value();
    assert_eq!(shown["budget"], serde_json::json!({ "epsilon": "1", "delta": "0.000001" }));
    assert_eq!(shown["spent"], serde_json::json!({ "epsilon": "0.9", "delta": "0.0000001" }));
    assert_eq!(shown["remaining"]["epsilon"], "0.1");
    assert_eq!(shown["entries"].as_array().unwrap().len(), 6);
    assert_eq!(shown["entries"][0]["id"], "r/1");
    assert_eq!(shown["entries"][0]["event"][0]["mechanism"], "pure");
    let summary = incog(&["ledger", "show", &ledger, "--json", "--summary"]).done().value();
    assert!(summary["entries"].is_null() && summary["spent"] == shown["spent"]);
    // No value of the data can be in it, but ids are.
    assert!(incog(&["ledger", "show", &ledger]).done().stdout.contains("r/3: ε = 0.1"));
}

#[test]
fn another_accountant_prices_a_history_and_gives_nothing_back() {
    let folder = Folder::new();
    let ledger = folder.file("a.db");
    incog(&["ledger", "create", &ledger, "--epsilon", "10"]).done();
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.1", "--repeat", "100"]).done();
    let show = ["ledger", "show", &ledger, "--accountant", "optimal", "--delta", "1e-6"];
    let shown = incog(&[show.as_slice(), &["--json"]].concat()).done().value();
    let upper = shown["repriced"]["epsilon"][0]["upper"].as_f64().unwrap();
    // Theorem 3 of Kairouz, Oh, Viswanath (2015) for 100 times 0.1 at this delta.
    assert!((4.774..4.775).contains(&upper), "{upper}");
    assert_eq!((&shown["spent"]["epsilon"], &shown["remaining"]["epsilon"]), (&"10".into(), &"0".into()));
    assert!(incog(&show).done().stdout.contains("for display; nothing is given back"));
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.000000000001"]).fails(3, &["budget exceeded"]);
    incog(&["ledger", "show", &ledger, "--accountant", "optimal"]).exits(2);
    // In currencies without an event for an amount alone there is nothing to price.
    let gdp = folder.file("g.db");
    incog(&["ledger", "create", &gdp, "--mu-squared", "1"]).done();
    incog(&["ledger", "spend", &gdp, "--mu-squared", "0.1"]).done();
    incog(&["ledger", "show", &gdp, "--accountant", "rdp", "--delta", "1e-6"])
        .fails(2, &["record 1 of the ledger holds no events"]);
}

#[test]
fn events_are_charged_at_their_price_and_stay_in_the_entries() {
    let folder = Folder::new();
    let gdp = folder.file("g.db");
    incog(&["ledger", "create", &gdp, "--mu-squared", "1"]).done();
    let noise = "gaussian noise_multiplier=2";
    let spend = ["ledger", "spend", &gdp, "--request", "a", "--event", noise];
    assert_eq!(incog(&spend).done().stdout, "COMMITTED a 0.250000000001\n");
    let shown = incog(&["ledger", "show", &gdp, "--json"]).done().value();
    assert_eq!(
        shown["entries"][0]["event"],
        serde_json::json!([{ "mechanism": "gaussian", "noise_multiplier": 2.0 }])
    );
    incog(&["ledger", "show", &gdp, "--accountant", "gaussian", "--delta", "1e-6"]).done();
    // The same id stands for the same events, whatever they cost.
    assert!(incog(&spend).done().stderr.contains("was charged before"));
    let twice = [&spend[..6], &["gaussian noise_multiplier=4 count=4"]].concat();
    incog(&twice).fails(3, &["used before with another query"]);
    incog(&["ledger", "spend", &gdp, "--event", "gaussian noise_multiplier=0.5"])
        .fails(3, &["budget exceeded"]);
    incog(&["ledger", "spend", &gdp, "--event", "gaussian noise"])
        .fails(2, &["'gaussian noise' is not of the form"]);
    incog(&["ledger", "spend", &gdp, "--event", noise, "--mu-squared", "0.1"]).exits(2);
    // Rényi divergences of training, which no amount could have stated.
    let rdp = folder.file("r.db");
    let file = folder.write(
        "events.json",
        r#"{"neighbors": "add_or_remove_one", "events": [{"mechanism": "gaussian", "noise_multiplier": 1.0,
            "sampling": {"poisson": 0.01}, "count": 100}]}"#,
    );
    incog(&["ledger", "create", &rdp, "--rdp", "2=1,8=2.5"]).done();
    incog(&["ledger", "spend", &rdp, "--events", &file, "--request", "train"]).done();
    let shown =
        incog(&["ledger", "show", &rdp, "--json", "--accountant", "pld", "--delta", "1e-5"]).done().value();
    assert_eq!(shown["entries"][0]["event"][0]["count"], 100);
    assert!(shown["repriced"]["epsilon"][0]["upper"].as_f64().unwrap() < 1.5);
    // What has no price in the currency of a ledger is refused before anything is charged.
    let pure = folder.file("p.db");
    incog(&["ledger", "create", &pure, "--epsilon", "1"]).done();
    incog(&["ledger", "spend", &pure, "--event", noise]).fails(3, &["has no finite cost in currency pure"]);
    assert!(
        incog(&["ledger", "show", &pure, "--json"]).done().value()["entries"].as_array().unwrap().is_empty()
    );
}

#[test]
fn a_ledger_is_verified_against_its_anchor_and_its_key() {
    let folder = Folder::new();
    let (ledger, key) = (folder.file("a.db"), format!("file:{}", folder.file("incog.key")));
    incog(&["keys", "generate", "-o", &folder.file("incog.key")]).done();
    incog(&["ledger", "create", &ledger, "--epsilon", "1", "--key", &key]).done();
    incog(&["ledger", "show", &ledger]).fails(2, &["created with a key"]);
    let verified = |anchor: Option<&str>| {
        let mut args = vec!["ledger", "verify", &ledger, "--key", &key, "--json"];
        args.extend(anchor.into_iter().flat_map(|anchor| ["--anchor", anchor]));
        incog(&args)
    };
    let spend = ["ledger", "spend", &ledger, "--epsilon", "0.1", "--key", &key];
    incog(&spend).done();
    let older = fs::read(&ledger).unwrap();
    let mark = fs::read(format!("{ledger}-mark")).unwrap();
    let first = verified(None).done().value();
    assert_eq!((&first["charges"], &first["keyed"]), (&Value::from(1), &Value::from(true)));
    incog(&spend).done();
    let second = verified(first["anchor"].as_str()).done().value();
    assert_eq!(second["spent"]["epsilon"], "0.2");
    fs::write(&ledger, &older).unwrap();
    verified(None).fails(4, &["lost 1 of the records"]);
    fs::write(format!("{ledger}-mark"), &mark).unwrap();
    verified(first["anchor"].as_str()).done();
    verified(second["anchor"].as_str()).fails(1, &["rolled back"]);
    verified(Some("nonsense")).fails(2, &["COUNT:HASH"]);
}

#[test]
fn limits_and_currencies_are_chosen_when_a_ledger_is_made() {
    let folder = Folder::new();
    let ledger = folder.file("z.db");
    let limits =
        ["--limit", "each-analyst/1d:rho=0.2", "--limit", "dataset=claims:rho=0.3", "--unit", "patient"];
    incog(&[&["ledger", "create", &ledger, "--rho", "0.5"], limits.as_slice()].concat()).done();
    let spend = |analyst: &str, dataset: &str, rho: &str| {
        incog(&[
            "ledger",
            "spend",
            &ledger,
            "--rho",
            rho,
            "--analyst",
            analyst,
            "--dataset",
            dataset,
            "--unit",
            "patient",
        ])
    };
    assert!(spend("ann", "claims", "0.125").done().stdout.ends_with(" 0.125\n"));
    spend("ann", "visits", "0.125")
        .fails(3, &["asked ρ = 0.125, left ρ = 0.075", "each analyst, every day", "renews"]);
    spend("bob", "claims", "0.2").fails(3, &["data set 'claims'"]);
    incog(&["ledger", "spend", &ledger, "--rho", "0.1"]).fails(3, &["per 'patient'"]);
    incog(&["ledger", "spend", &ledger, "--epsilon", "0.1", "--unit", "patient"])
        .fails(3, &["cannot be counted in currency zcdp"]);
    let shown = incog(&["ledger", "show", &ledger, "--json"]).done().value();
    assert_eq!((&shown["currency"], &shown["spent"]["rho"]), (&Value::from("zcdp"), &Value::from("0.125")));
    assert_eq!(shown["limits"].as_array().unwrap().len(), 2);
    assert_eq!(shown["entries"][0]["event"][0], serde_json::json!({ "mechanism": "zcdp", "rho": 0.125 }));
    // Without a bound for its lifetime a ledger says so.
    let unbounded = folder.file("u.db");
    let create = [
        "ledger",
        "create",
        &unbounded,
        "--unbounded",
        "--currency",
        "pure",
        "--limit",
        "whole/30d:epsilon=1",
    ];
    assert!(incog(&create).done().stdout.contains("budget     unbounded"));
    incog(&["ledger", "accept-clock", &unbounded]).done();
    for (bad, code) in [
        (vec!["--epsilon", "1", "--currency", "pld"], 2),
        (vec!["--epsilon", "1", "--limit", "nobody:epsilon=1"], 2),
        (vec!["--epsilon", "1", "--limit", "whole/1y:epsilon=1"], 2),
        (vec!["--epsilon", "1", "--limit", "whole:rho=1"], 3),
        (vec!["--unbounded", "--currency", "pure"], 2),
        (vec!["--rdp", "8=1,2=1"], 2),
        (vec![], 2),
    ] {
        let path = folder.file("bad.db");
        incog(&[&["ledger", "create", &path], bad.as_slice()].concat()).exits(code);
        assert!(!folder.has("bad.db") && !folder.has("bad.db-mark"), "{bad:?}");
    }
    incog(&["ledger", "create", &folder.file("r.db"), "--rdp", "2=1,8=2.5"]).done();
    incog(&["ledger", "spend", &folder.file("r.db"), "--rdp", "2=0.5,8=2,16=9"]).done();
    incog(&["ledger", "create", &folder.file("g.db"), "--mu-squared", "1"]).done();
}

// ---------------------------------------------------------------------------------- kills

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
