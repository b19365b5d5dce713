//! Tests of ledgers in files: the rules of all ledgers, several processes, and what a file can suffer.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use incog::{
    ErrorKind, Result,
    dp::{
        Amount,
        ledger::{
            Anchor, Audited, Clock, Ledger, LedgerKey, Reserved, Rules, SqliteLedger, audit,
            conformance::{self, Backend, Opener},
        },
    },
};

use proptest::prelude::*;

use crate::ledger::{pure, request};

/// A place for ledger files, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("incog-ledger-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key() -> LedgerKey {
    LedgerKey::from_bytes([7; 32])
}

fn options(keyed: bool) -> incog::dp::ledger::SqliteOptions {
    if keyed { SqliteLedger::options().key(key()) } else { SqliteLedger::options() }
}

fn backend(folder: &Folder, keyed: bool) -> Backend<'_> {
    let next = AtomicU32::new(0);
    Backend::new(move |rules: &Rules, clock: &Clock| {
        let path = folder.file(&format!("{}.db", next.fetch_add(1, Ordering::Relaxed)));
        drop(options(keyed).create(&path, rules.clone())?);
        let clock = clock.clone();
        Ok(Opener::new(move || Ok(Box::new(options(keyed).clock(clock.clone()).open(&path)?))))
    })
}

fn mark(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-mark");
    name.into()
}

#[test]
fn a_ledger_with_a_key_keeps_every_rule() {
    conformance::check(&backend(&Folder::new(), true)).unwrap();
}

#[test]
fn a_ledger_without_a_key_keeps_every_rule_but_no_answers() {
    conformance::check(&backend(&Folder::new(), false).without_answers()).unwrap();
}

#[test]
fn sixty_four_threads_spend_exactly_one_budget() {
    let folder = Folder::new();
    conformance::check(&backend(&folder, false).without_answers().operations(20).threads(64)).unwrap();
}

#[test]
fn opening_never_creates_and_creating_never_overwrites() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let error = SqliteLedger::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("opening never creates one") && !path.exists());
    let mut ledger = SqliteLedger::create(&path, pure("1")).unwrap();
    ledger.reserve(&request("a", "0.4")).unwrap();
    assert_eq!(SqliteLedger::create(&path, pure("9")).unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(ledger.balance().unwrap().spent, pure("0.4"));
    // Nor does a ledger come back under a name whose mark is still there.
    fs::remove_file(&path).unwrap();
    assert_eq!(SqliteLedger::create(&path, pure("9")).unwrap_err().kind(), ErrorKind::Refused);
    assert!(!path.exists());
}

/// What a program leaves that is killed while it creates a ledger needs no help; whatever else is there is kept.
#[cfg(unix)]
#[test]
fn a_ledger_that_was_begun_is_created_again_and_nothing_else_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let (other, used) = (folder.file("other.db"), folder.file("used.db"));
    drop(SqliteLedger::create(&other, pure("1")).unwrap());
    SqliteLedger::create(&used, pure("1")).unwrap().reserve(&request("a", "0.4")).unwrap();
    let (of_nothing, of_one) = (fs::read(mark(&other)).unwrap(), fs::read(mark(&used)).unwrap());
    let mut damaged = of_nothing.clone();
    damaged[30] ^= 1;
    let path = folder.file("a.db");
    for (content, mode, marked, begun) in [
        (&b""[..], 0o600, None, true),
        (b"", 0o600, Some(&b""[..]), true),
        (b"", 0o600, Some(&of_nothing[..72]), true),
        (b"", 0o600, Some(&of_nothing), true),
        // The ledger of a mark that says something is missing, and has to be found.
        (b"", 0o600, Some(&of_one), false),
        (b"", 0o600, Some(&damaged), false),
        (b"", 0o600, Some(b"notes of somebody"), false),
        (b"", 0o644, None, false),
        (b"x", 0o600, None, false),
    ] {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        fs::write(folder.file(".a.db.new-ledger"), "half").unwrap();
        if let Some(marked) = marked {
            fs::write(mark(&path), marked).unwrap();
        }
        assert!(SqliteLedger::open(&path).is_err());
        let created = SqliteLedger::create(&path, pure("1"));
        assert_eq!(created.is_ok(), begun, "{created:?} {mode:o} {marked:?}");
        match created {
            Ok(mut ledger) => {
                ledger.reserve(&request("a", "0.4")).unwrap();
                assert_eq!(SqliteLedger::create(&path, pure("9")).unwrap_err().kind(), ErrorKind::Refused);
                assert!(!folder.file(".a.db.new-ledger").exists());
                assert_eq!(SqliteLedger::open(&path).unwrap().balance().unwrap().spent, pure("0.4"));
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Refused);
                assert!(marked.is_none_or(|marked| fs::read(mark(&path)).unwrap() == marked), "is kept");
                assert!(content.is_empty() || fs::read(&path).unwrap() == content, "is kept");
            }
        }
        let _ = (fs::remove_file(&path), fs::remove_file(mark(&path)));
    }
}

#[test]
fn what_is_no_ledger_is_refused_with_a_reason() {
    let folder = Folder::new();
    let cases: [(&str, &[u8], &str); 3] = [
        ("empty", b"", "it is empty"),
        ("text", &[b'x'; 4096], "no SQLite file"),
        ("short", b"SQLite format 3\0", ""),
    ];
    for (name, content, why) in cases {
        let path = folder.file(name);
        fs::write(&path, content).unwrap();
        let error = SqliteLedger::open(&path).unwrap_err().to_string();
        assert!(error.contains(why), "{name}: {error}");
        assert_eq!(fs::read(&path).unwrap(), content, "{name}: untouched");
    }
    assert!(SqliteLedger::open(&folder.0).is_err());
}

#[cfg(unix)]
#[test]
fn links_do_not_make_two_ledgers_of_one_and_only_the_owner_reads_it() {
    use std::os::unix::fs::{MetadataExt, symlink};
    let folder = Folder::new();
    let path = folder.file("a.db");
    let mut ledger = SqliteLedger::create(&path, pure("1")).unwrap();
    ledger.reserve(&request("a", "0.4")).unwrap();
    for file in fs::read_dir(&folder.0).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600, "{:?}", file.path());
    }
    symlink(&path, folder.file("soft.db")).unwrap();
    let soft = SqliteLedger::open(folder.file("soft.db")).unwrap();
    assert_eq!(soft.balance().unwrap().spent, pure("0.4"));
    fs::hard_link(&path, folder.file("hard.db")).unwrap();
    let error = SqliteLedger::open(folder.file("hard.db")).unwrap_err();
    assert!(error.to_string().contains("several names"), "{error}");
    let error = ledger.reserve(&request("b", "0.1")).unwrap_err();
    assert!(error.to_string().contains("several names"), "{error}");
    fs::remove_file(folder.file("hard.db")).unwrap();
    ledger.reserve(&request("b", "0.1")).unwrap();
    // Another file under the name of one that is open would share its write-ahead log.
    SqliteLedger::create(folder.file("other.db"), pure("9")).unwrap();
    fs::rename(folder.file("other.db"), &path).unwrap();
    let error = ledger.reserve(&request("c", "0.1")).unwrap_err();
    assert!(error.to_string().contains("another file stands in the place"), "{error}");
}

#[test]
fn many_threads_open_a_fresh_ledger_at_once() {
    let folder = Folder::new();
    for round in 0..10 {
        let path = folder.file(&format!("{round}.db"));
        let created: u32 = thread::scope(|scope| {
            let workers: Vec<_> =
                (0..4).map(|_| scope.spawn(|| SqliteLedger::create(&path, pure("1")))).collect();
            workers.into_iter().map(|w| u32::from(w.join().unwrap().is_ok())).sum()
        });
        assert_eq!(created, 1);
        thread::scope(|scope| {
            for i in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    let mut ledger = SqliteLedger::open(path).unwrap();
                    ledger.reserve(&request(&i.to_string(), "0.25")).unwrap();
                });
            }
        });
        assert!(SqliteLedger::open(&path).unwrap().balance().unwrap().remaining.is_zero());
    }
}

/// What the processes of the test below run: nothing, unless they are told where the ledger is.
#[test]
fn a_process_of_eight_threads() {
    let Some(path) = std::env::var_os("INCOG_TEST_LEDGER") else { return };
    let process = std::process::id();
    let granted: usize = thread::scope(|scope| {
        let spend = |worker: u32| {
            let mut ledger = SqliteLedger::open(&path).unwrap();
            conformance::exhaust(&mut ledger, &format!("{process}/{worker}"), pure("0.0007")).unwrap().len()
        };
        let workers: Vec<_> = (0..8).map(|worker| scope.spawn(move || spend(worker))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    println!("GRANTED {granted}");
}

#[test]
fn eight_processes_of_eight_threads_spend_exactly_one_budget() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    drop(SqliteLedger::create(&path, pure("1")).unwrap());
    let children: Vec<_> = (0..8)
        .map(|_| {
            std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "ledger_sqlite::a_process_of_eight_threads", "--nocapture"])
                .env("INCOG_TEST_LEDGER", &path)
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let granted: usize = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            let text = String::from_utf8(output.stdout).unwrap();
            let (_, number) = text.split_once("GRANTED ").unwrap();
            number.split_whitespace().next().unwrap().parse::<usize>().unwrap()
        })
        .sum();
    let ledger = SqliteLedger::open(&path).unwrap();
    // 1428 of 0.0007 are 0.9996: less than one amount is left.
    assert_eq!((granted, ledger.entries().unwrap().len()), (1428, 1428));
    assert_eq!(ledger.balance().unwrap().remaining, pure("0.0004"));
    audit(&ledger, None, &mut |_, _| {}).unwrap();
}

#[test]
fn answers_are_stored_for_those_who_have_the_key() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    // Whether the chain has a key or not.
    for (round, keyed) in [true, false].into_iter().enumerate() {
        let path = path.with_extension(round.to_string());
        let mut ledger = options(keyed).create(&path, pure("1")).unwrap();
        if !keyed {
            ledger = SqliteLedger::options().key(key()).open(&path).unwrap();
        }
        let Reserved::New(reservation) = ledger.reserve(&request("a", "0.4")).unwrap() else { panic!() };
        ledger.commit(reservation, b"the noisy answer is 41").unwrap();
        drop(ledger);
        let stored = fs::read(&path).unwrap();
        assert!(!stored.windows(8).any(|w| w == b"the nois"), "the answer stands in the file");
        assert!(!stored.windows(32).any(|w| w == [7; 32]), "the key stands in the file");
        let mut again = SqliteLedger::options().key(key()).open(&path).unwrap();
        let answer = again.reserve(&request("a", "0.4")).unwrap();
        assert!(matches!(answer, Reserved::Answered(answer) if answer == b"the noisy answer is 41"));
        let other = SqliteLedger::options().key(LedgerKey::from_bytes([8; 32])).open(&path);
        if keyed {
            assert_eq!(other.unwrap_err().kind(), ErrorKind::Key);
            assert_eq!(SqliteLedger::open(&path).unwrap_err().kind(), ErrorKind::Key);
        } else {
            assert_eq!(other.unwrap().reserve(&request("a", "0.4")).unwrap_err().kind(), ErrorKind::Data);
            let mut without = SqliteLedger::open(&path).unwrap();
            assert!(matches!(without.reserve(&request("a", "0.4")).unwrap(), Reserved::AnswerLost));
        }
    }
}

// ------------------------------------------------------------------------------ damage

/// A ledger with charges, answers, a release and some spent again, closed; its anchor and what is spent.
fn worn(path: &Path, keyed: bool) -> (Anchor, Amount) {
    let mut ledger = options(keyed).create(path, pure("1")).unwrap();
    for i in 0..12 {
        let Reserved::New(reservation) = ledger.reserve(&request(&format!("id-{i}"), "0.05")).unwrap() else {
            panic!()
        };
        match i % 4 {
            0 => ledger.release(reservation).unwrap(),
            1 => ledger.commit(reservation, b"answer").unwrap(),
            _ => {}
        }
    }
    (ledger.anchor().unwrap(), ledger.balance().unwrap().spent)
}

/// What opening and verifying a ledger comes to.
fn state(path: &Path, keyed: bool) -> Result<(Amount, Vec<incog::dp::ledger::Entry>)> {
    let ledger = options(keyed).open(path)?;
    audit(&ledger, None, &mut |_, _| {})?;
    Ok((ledger.balance()?.spent, ledger.entries()?))
}

/// Every byte of the file, one bit or all: it is refused with a sentence, or nothing is lost.
#[test]
fn a_changed_byte_is_refused_or_changes_nothing() {
    for keyed in [true, false] {
        let folder = Folder::new();
        let path = folder.file("a.db");
        worn(&path, keyed);
        let whole = state(&path, keyed).unwrap();
        let (bytes, marked) = (fs::read(&path).unwrap(), fs::read(mark(&path)).unwrap());
        let mut refused = 0;
        let step = if std::env::var_os("INCOG_LEDGER_FULL").is_some() { 1 } else { 23 };
        for place in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            changed[place] ^= if place % 2 == 0 { 1 << (place / 2 % 8) } else { 0xff };
            fs::write(&path, &changed).unwrap();
            for beside in ["-wal", "-shm", "-journal"] {
                let mut name = path.as_os_str().to_owned();
                name.push(beside);
                let _ = fs::remove_file(name);
            }
            match state(&path, keyed) {
                Ok(found) => assert_eq!(found, whole, "byte {place}"),
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
            assert_eq!(fs::read(mark(&path)).unwrap(), marked);
        }
        // Not all bytes of a SQLite file mean something: unused space, counters.
        assert!(refused * step * 4 > bytes.len() / 2, "{refused} of {} bytes", bytes.len() / step);
    }
}

#[test]
fn a_cut_file_is_refused() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    worn(&path, false);
    let bytes = fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(97) {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(state(&path, false).is_err(), "{length} of {} bytes", bytes.len());
    }
}

/// SQLite takes a write-ahead log up to its first bad frame, so a cut or changed log is an earlier state to it.
#[test]
fn a_ledger_that_lost_its_end_is_refused() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    worn(&path, false);
    // A handle that is never closed leaves the log where it is.
    let mut ledger = SqliteLedger::open(&path).unwrap();
    for i in 0..5 {
        ledger.reserve(&request(&format!("late-{i}"), "0.05")).unwrap();
    }
    let copy = |name: &str, suffixes: &[&str]| {
        let to = folder.file(name);
        for suffix in suffixes {
            let with = |path: &Path| {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                PathBuf::from(name)
            };
            fs::copy(with(&path), with(&to)).unwrap();
        }
        to
    };
    let whole = state(&copy("whole.db", &["", "-wal", "-mark"]), false).unwrap();
    assert_eq!(whole.1.len(), 14);
    let error = state(&copy("no-log.db", &["", "-mark"]), false).unwrap_err();
    assert!(error.to_string().contains("lost 5 of the records"), "{error}");
    let error = state(&copy("no-mark.db", &["", "-wal"]), false).unwrap_err();
    assert!(error.to_string().contains("is missing"), "{error}");
    let cut = copy("cut.db", &["", "-wal", "-mark"]);
    let log = folder.file("cut.db-wal");
    let bytes = fs::read(&log).unwrap();
    let mut silent = 0;
    for length in (0..bytes.len()).step_by(499).chain([bytes.len() - 1]) {
        copy("cut.db", &["", "-wal", "-mark"]);
        let _ = fs::remove_file(folder.file("cut.db-shm"));
        fs::write(&log, &bytes[..length]).unwrap();
        silent += u32::from(state(&cut, false).is_ok());
        let mut changed = bytes.clone();
        changed[length] ^= 4;
        copy("cut.db", &["", "-wal", "-mark"]);
        let _ = fs::remove_file(folder.file("cut.db-shm"));
        fs::write(&log, &changed).unwrap();
        match state(&cut, false) {
            Ok(found) => assert_eq!(found, whole, "byte {length} of the log"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert_eq!(silent, 0, "a cut log reads as an earlier state");
}

#[test]
fn another_ledger_or_an_older_copy_in_its_place_is_refused() {
    let folder = Folder::new();
    let (path, other) = (folder.file("a.db"), folder.file("b.db"));
    let (anchor, spent) = worn(&path, true);
    let older = (fs::read(&path).unwrap(), fs::read(mark(&path)).unwrap());
    SqliteLedger::options().key(key()).create(&other, pure("1")).unwrap();
    // Another ledger.
    fs::copy(&other, &path).unwrap();
    assert!(state(&path, true).unwrap_err().to_string().contains("mark is that of another"));
    // Its own, older.
    fs::write(&path, &older.0).unwrap();
    let mut ledger = options(true).open(&path).unwrap();
    ledger.reserve(&request("new", "0.1")).unwrap();
    let newer = ledger.anchor().unwrap();
    drop(ledger);
    fs::write(&path, &older.0).unwrap();
    assert!(state(&path, true).unwrap_err().to_string().contains("lost 1 of the records"));
    // With the older mark it is the older ledger, which only an anchor tells apart.
    fs::write(mark(&path), &older.1).unwrap();
    assert_eq!(state(&path, true).unwrap().0, spent);
    let ledger = options(true).open(&path).unwrap();
    assert!(audit(&ledger, Some(&anchor), &mut |_, _| {}).is_ok());
    let error = audit(&ledger, Some(&newer), &mut |_, _| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification);
    assert!(error.to_string().starts_with("the ledger was rolled back: it has"), "{error}");
    drop(ledger);
    // Another history of the same ledger under a newer mark.
    let mut ledger = options(true).open(&path).unwrap();
    ledger.reserve(&request("diverged", "0.1")).unwrap();
    let error = audit(&ledger, Some(&newer), &mut |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("its record 19 is another one"), "{error}");
}

#[test]
fn a_changed_mark_is_refused() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    worn(&path, false);
    let whole = state(&path, false).unwrap();
    let bytes = fs::read(mark(&path)).unwrap();
    for place in (0..72).chain(4096..4168) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        fs::write(mark(&path), &changed).unwrap();
        // One slot is whole: nothing is lost.
        assert_eq!(state(&path, false).unwrap(), whole, "{place}");
        changed[if place < 4096 { 4100 } else { 4 }] ^= 1;
        fs::write(mark(&path), &changed).unwrap();
        assert!(state(&path, false).is_err(), "{place}");
    }
}

/// What a program with a SQLite library can do to a ledger without a key, and with one.
#[test]
fn a_rewritten_ledger_is_noticed() {
    let attacks = [
        ("UPDATE meter SET spent = 'pure epsilon=0'", true),
        ("UPDATE ledger SET terms = replace(terms, 'epsilon=1', 'epsilon=9')", true),
        ("UPDATE ledger SET latest = latest + 1", true),
        ("DELETE FROM record WHERE sequence = (SELECT max(sequence) FROM record)", true),
        ("DELETE FROM record WHERE sequence = 5", false),
        ("UPDATE record SET text = replace(text, '0.05', '0.01') WHERE sequence = 5", false),
        ("DELETE FROM charge WHERE id = 'id-2'", false),
        ("UPDATE charge SET progress = 0, sealed = NULL WHERE id = 'id-1'", false),
        ("UPDATE charge SET id = 'free' WHERE id = 'id-2'", false),
        (
            "CREATE TRIGGER give AFTER INSERT ON record BEGIN UPDATE meter SET spent = 'pure epsilon=0'; END",
            true,
        ),
        ("DELETE FROM ledger", true),
        ("DROP TABLE meter", true),
    ];
    for (attack, when_opened) in attacks {
        let folder = Folder::new();
        let path = folder.file("a.db");
        worn(&path, true);
        let writer = rusqlite::Connection::open(&path).unwrap();
        writer.execute_batch(attack).unwrap();
        drop(writer);
        let opened = options(true).open(&path);
        assert_eq!(opened.is_err(), when_opened, "{attack}");
        assert!(state(&path, true).is_err(), "{attack}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_changes_of_a_file_give_budget_back(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let folder = Folder::new();
        let path = folder.file("a.db");
        let (_, spent) = worn(&path, false);
        let mut bytes = fs::read(&path).unwrap();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        fs::write(&path, &bytes).unwrap();
        if let Ok((found, _)) = state(&path, false) {
            prop_assert_eq!(found, spent);
        }
    }
}
