//! A scheduler and two executors, which `.ci/cluster` starts.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Instant,
};

use crate::{
    embedded::STATISTICS,
    people::{NOTES, POLICY, apply, assert_identical, assert_same, hospital, policy},
    support::{Folder, incog, incog_unguarded},
    victim::Victim,
};

/// Its URL, and a folder that the scheduler and one executor stand in.
pub(crate) fn cluster() -> Option<(String, PathBuf)> {
    let found = std::env::var("INCOG_CLUSTER").ok().zip(std::env::var_os("INCOG_CLUSTER_FOLDER"));
    if found.is_none() {
        println!("skipped: no cluster runs; .ci/cluster starts one");
    }
    found.map(|(url, folder)| (url, folder.into()))
}

#[test]
fn a_release_by_a_cluster_is_the_one_from_text_in_memory() {
    let Some((url, _)) = cluster() else { return };
    let (folder, on) = (Folder::new(), ["--cluster", &url]);
    hospital(&folder, 3000);
    for (text, tables) in [
        (POLICY.to_owned(), &["table", "linkable"][..]),
        (format!("{POLICY}{NOTES}"), &["table", "linkable", "notes"]),
    ] {
        let (plain, many) = (format!("text-{}", tables.len()), format!("cluster-{}", tables.len()));
        let memory = format!("memory-{}", tables.len());
        apply(&folder, &plain, (&text, "people.csv"), &[]).done();
        apply(&folder, &memory, (&text, "people.parquet"), &[]).done();
        apply(&folder, &many, (&text, "people.parquet"), &on).done();
        assert_same(&folder, &plain, &many, tables);
        assert_identical(&folder, &memory, &many);
        incog(&["verify", &folder.file(&many)]).done();
    }
    let columns = ["--quasi", "age,zip,sex", "--sensitive", "diagnosis,charge", "--json"];
    let memory = incog(&[&["risk", &folder.file("people.csv")][..], &columns].concat()).done();
    let many = incog(&[&["risk", &folder.file("people.parquet")][..], &columns, &on].concat()).done();
    assert_eq!(many.stdout, memory.stdout);
}

#[test]
fn statistics_by_a_cluster_are_charged_once() {
    let Some((url, _)) = cluster() else { return };
    let folder = Folder::new();
    hospital(&folder, 1200);
    let ledger = folder.file("budget.db");
    incog(&["ledger", "create", &ledger, "--epsilon", "4", "--delta", "1e-6"]).done();
    let file = policy(&folder, "stats", STATISTICS, "people.parquet");
    let query = |more: &[&str]| {
        incog_unguarded(&[&["query", &file, "--json", "--cluster", &url], more].concat(), b"")
    };
    let spent = || incog(&["ledger", "show", &ledger, "--json"]).done().value()["spent"]["epsilon"].clone();
    query(&[]).fails(2, &["--order-key"]);
    query(&["--order-key", "absent"]).exits(4);
    assert_eq!(spent(), "0");
    let first = query(&["--order-key", "house"]).done().value();
    assert_eq!(spent(), "2");
    // Under the same request the engine of this process has the same stored answer.
    let embedded = incog_unguarded(&["query", &file, "--json", "--engine", "datafusion"], b"").done().value();
    assert_eq!(embedded["releases"]["stats"]["queries"], first["releases"]["stats"]["queries"]);
    assert_eq!(spent(), "2");
}

#[test]
fn a_path_that_not_every_node_sees_is_a_sentence_and_leaves_no_folder() {
    let Some((url, theirs)) = cluster() else { return };
    let folder = Folder::new();
    hospital(&folder, 1200);
    apply(&folder, "memory", (POLICY, "people.csv"), &[]).done();
    // What it means depends on where a process stands.
    let run = |name: &str, standing: &std::path::Path, file: &str| {
        let (policy, out) =
            (policy(&folder, name, POLICY, &format!("/proc/self/cwd/{file}")), folder.file(name));
        let run = Command::new(env!("CARGO_BIN_EXE_incog"))
            .args(["apply", &policy, "-o", &out, "--cluster", &url])
            .current_dir(standing)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (run.status.code(), String::from_utf8(run.stderr).unwrap())
    };
    let nobody = run("nobody", folder.path(), "people.parquet");
    assert_eq!(nobody.0, Some(4), "{nobody:?}");
    assert!(nobody.1.contains("under this path"), "{nobody:?}");
    assert!(!folder.has("nobody") && !folder.has("nobody.internal"));
    // The scheduler and one of two executors: by which of them a task is asked for is chance.
    let file = format!("only-one-{}.parquet", std::process::id());
    std::fs::copy(folder.file("people.parquet"), theirs.join(&file)).unwrap();
    for attempt in 0..4 {
        let name = format!("one-{attempt}");
        match run(&name, &theirs, &file) {
            (Some(0), _) => assert_same(&folder, "memory", &name, &["table", "linkable"]),
            (code, stderr) => {
                assert_eq!(code, Some(4), "{stderr}");
                assert!(stderr.contains("under this path"), "{stderr}");
                assert!(!folder.has(&name) && !folder.has(&format!("{name}.internal")));
            }
        }
    }
}

#[test]
fn a_cluster_that_is_not_there_is_a_sentence() {
    let folder = Folder::new();
    hospital(&folder, 300);
    let on = ["--cluster", "df://127.0.0.1:9"];
    apply(&folder, "out", (POLICY, "people.parquet"), &on).fails(4, &["cannot be reached"]);
    assert!(!folder.has("out"));
}

/// By itself: `.ci/cluster` sets INCOG_CLUSTER_KILL for it alone.
#[test]
fn an_executor_killed_midway_changes_no_release() {
    let Some((url, _)) = cluster().filter(|_| std::env::var("INCOG_CLUSTER_KILL").is_ok()) else { return };
    let (folder, text) = (Folder::new(), format!("{POLICY}{NOTES}"));
    hospital(&folder, 30_000);
    apply(&folder, "memory", (POLICY, "people.parquet"), &[]).done();
    apply(&folder, "notes-memory", (&text, "people.parquet"), &[]).done();
    let on = ["--cluster", url.as_str()];
    apply(&folder, "first", (POLICY, "people.parquet"), &on).done();
    assert_identical(&folder, "memory", "first");
    // By which executor a task is asked for is chance.
    let killed = (1..=ATTEMPTS).any(|attempt| {
        let (victim, started, folder) = (Victim::at_rest(), Instant::now(), &folder);
        let name = format!("disturbed-{attempt}");
        let held = thread::scope(|scope| {
            let disturbed = scope.spawn(|| apply(folder, &name, (POLICY, "people.parquet"), &on));
            let held = victim.killed_with_a_task(|| disturbed.is_finished());
            disturbed.join().unwrap().done();
            held
        });
        assert_identical(folder, "memory", &name);
        if let Some(held) = held {
            println!("killed with {held} tasks, release {attempt}, done after {:?}", started.elapsed());
        }
        held.is_some()
    });
    assert!(killed, "the executor held no task in {ATTEMPTS} releases");
    // On the one that is left.
    apply(&folder, "after", (&text, "people.parquet"), &on).done();
    assert_identical(&folder, "notes-memory", "after");
}

/// Releases in one of which an executor of two holds a task.
const ATTEMPTS: u32 = 20;
