//! Tests of ledgers in files: the rules of all ledgers, several processes, and what is taken for one.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use incog::{
    ErrorKind,
    dp::ledger::{
        Clock, Ledger as _, LedgerKey, Reserved, Rules, SqliteLedger, SqliteOptions,
        conformance::{self, Backend, Opener},
    },
};

use crate::{
    ledger::{pure, request},
    ledger_processes::{spend_in_eight_processes, spend_in_eight_threads},
    temporary::Temporary,
};

pub(crate) fn key() -> LedgerKey {
    LedgerKey::from_bytes([7; 32])
}

pub(crate) fn options(keyed: bool) -> SqliteOptions {
    if keyed { SqliteLedger::options().key(key()) } else { SqliteLedger::options() }
}

fn backend(folder: &Temporary, keyed: bool) -> Backend<'_> {
    let next = AtomicU32::new(0);
    Backend::new(move |rules: &Rules, clock: &Clock| {
        let path = folder.join(format!("{}.db", next.fetch_add(1, Ordering::Relaxed)));
        drop(options(keyed).create(&path, rules.clone())?);
        let clock = clock.clone();
        Ok(Opener::new(move || Ok(Box::new(options(keyed).clock(clock.clone()).open(&path)?))))
    })
}

pub(crate) fn mark(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-mark");
    name.into()
}

#[test]
fn a_ledger_with_a_key_keeps_every_rule() {
    conformance::check(&backend(&Temporary::new(), true)).unwrap();
}

#[test]
fn a_ledger_without_a_key_keeps_every_rule_but_no_answers() {
    conformance::check(&backend(&Temporary::new(), false).without_answers()).unwrap();
}

#[test]
fn sixty_four_threads_spend_exactly_one_budget() {
    let folder = Temporary::new();
    conformance::check(&backend(&folder, false).without_answers().operations(20).threads(64)).unwrap();
}

#[test]
fn opening_never_creates_and_creating_never_overwrites() {
    let folder = Temporary::new();
    let path = folder.join("a.db");
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
    let folder = Temporary::new();
    let (other, used) = (folder.join("other.db"), folder.join("used.db"));
    drop(SqliteLedger::create(&other, pure("1")).unwrap());
    SqliteLedger::create(&used, pure("1")).unwrap().reserve(&request("a", "0.4")).unwrap();
    let (of_nothing, of_one) = (fs::read(mark(&other)).unwrap(), fs::read(mark(&used)).unwrap());
    let mut damaged = of_nothing.clone();
    damaged[30] ^= 1;
    let path = folder.join("a.db");
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
        fs::write(folder.join(".a.db.new-ledger"), "half").unwrap();
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
                assert!(!folder.join(".a.db.new-ledger").exists());
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
    let folder = Temporary::new();
    let cases: [(&str, &[u8], &str); 3] = [
        ("empty", b"", "it is empty"),
        ("text", &[b'x'; 4096], "no SQLite file"),
        ("short", b"SQLite format 3\0", ""),
    ];
    for (name, content, why) in cases {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        let error = SqliteLedger::open(&path).unwrap_err().to_string();
        assert!(error.contains(why), "{name}: {error}");
        assert_eq!(fs::read(&path).unwrap(), content, "{name}: untouched");
    }
    assert!(SqliteLedger::open(&folder).is_err());
}

#[cfg(unix)]
#[test]
fn links_do_not_make_two_ledgers_of_one_and_only_the_owner_reads_it() {
    use std::os::unix::fs::{MetadataExt, symlink};
    let folder = Temporary::new();
    let path = folder.join("a.db");
    let mut ledger = SqliteLedger::create(&path, pure("1")).unwrap();
    ledger.reserve(&request("a", "0.4")).unwrap();
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600, "{:?}", file.path());
    }
    symlink(&path, folder.join("soft.db")).unwrap();
    let soft = SqliteLedger::open(folder.join("soft.db")).unwrap();
    assert_eq!(soft.balance().unwrap().spent, pure("0.4"));
    fs::hard_link(&path, folder.join("hard.db")).unwrap();
    let error = SqliteLedger::open(folder.join("hard.db")).unwrap_err();
    assert!(error.to_string().contains("several names"), "{error}");
    let error = ledger.reserve(&request("b", "0.1")).unwrap_err();
    assert!(error.to_string().contains("several names"), "{error}");
    fs::remove_file(folder.join("hard.db")).unwrap();
    ledger.reserve(&request("b", "0.1")).unwrap();
    // Another file under the name of one that is open would share its write-ahead log.
    SqliteLedger::create(folder.join("other.db"), pure("9")).unwrap();
    fs::rename(folder.join("other.db"), &path).unwrap();
    let error = ledger.reserve(&request("c", "0.1")).unwrap_err();
    assert!(error.to_string().contains("another file stands in the place"), "{error}");
}

#[test]
fn many_threads_open_a_fresh_ledger_at_once() {
    let folder = Temporary::new();
    for round in 0..10 {
        let path = folder.join(format!("{round}.db"));
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

/// What the processes of the test below run.
#[test]
fn a_process_of_eight_threads() {
    spend_in_eight_threads(|path| SqliteLedger::open(path).unwrap());
}

#[test]
fn eight_processes_of_eight_threads_spend_exactly_one_budget() {
    let folder = Temporary::new();
    let path = folder.join("a.db").display().to_string();
    drop(SqliteLedger::create(&path, pure("1")).unwrap());
    let open = |path: &str| SqliteLedger::open(path).unwrap();
    spend_in_eight_processes("ledger_sqlite::a_process_of_eight_threads", &path, open);
}

#[test]
fn answers_are_stored_for_those_who_have_the_key() {
    let folder = Temporary::new();
    let path = folder.join("a.db");
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
