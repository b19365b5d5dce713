//! What the file of a ledger can suffer: whatever was changed, cut, exchanged or rewritten is refused, or nothing is lost.

use std::{
    fs,
    path::{Path, PathBuf},
};

use incog::{
    ErrorKind, Result,
    dp::{
        Amount,
        ledger::{Anchor, Audited as _, Entry, Ledger as _, Reserved, SqliteLedger, audit},
    },
};
use proptest::prelude::*;

use crate::{
    ledger::{pure, request},
    ledger_sqlite::{key, mark, options},
    temporary::Temporary,
};

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
fn state(path: &Path, keyed: bool) -> Result<(Amount, Vec<Entry>)> {
    let ledger = options(keyed).open(path)?;
    audit(&ledger, None, &mut |_, _| {})?;
    Ok((ledger.balance()?.spent, ledger.entries()?))
}

/// Every byte of the file, one bit or all: it is refused with a sentence, or nothing is lost.
#[test]
fn a_changed_byte_is_refused_or_changes_nothing() {
    for keyed in [true, false] {
        let folder = Temporary::new();
        let path = folder.join("a.db");
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
    let folder = Temporary::new();
    let path = folder.join("a.db");
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
    let folder = Temporary::new();
    let path = folder.join("a.db");
    worn(&path, false);
    // A handle that is never closed leaves the log where it is.
    let mut ledger = SqliteLedger::open(&path).unwrap();
    for i in 0..5 {
        ledger.reserve(&request(&format!("late-{i}"), "0.05")).unwrap();
    }
    let copy = |name: &str, suffixes: &[&str]| {
        let to = folder.join(name);
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
    let log = folder.join("cut.db-wal");
    let bytes = fs::read(&log).unwrap();
    let mut silent = 0;
    for length in (0..bytes.len()).step_by(499).chain([bytes.len() - 1]) {
        copy("cut.db", &["", "-wal", "-mark"]);
        let _ = fs::remove_file(folder.join("cut.db-shm"));
        fs::write(&log, &bytes[..length]).unwrap();
        silent += u32::from(state(&cut, false).is_ok());
        let mut changed = bytes.clone();
        changed[length] ^= 4;
        copy("cut.db", &["", "-wal", "-mark"]);
        let _ = fs::remove_file(folder.join("cut.db-shm"));
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
    let folder = Temporary::new();
    let (path, other) = (folder.join("a.db"), folder.join("b.db"));
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
    let folder = Temporary::new();
    let path = folder.join("a.db");
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
        (
            "UPDATE record SET text = replace(text, 'ann', 'bob') WHERE sequence = (SELECT max(sequence) FROM record)",
            true,
        ),
        ("UPDATE record SET hash = zeroblob(32) WHERE sequence = (SELECT max(sequence) FROM record)", true),
        (
            "INSERT INTO record SELECT sequence + 1, text, hash FROM record ORDER BY sequence DESC LIMIT 1",
            true,
        ),
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
        let folder = Temporary::new();
        let path = folder.join("a.db");
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
        let folder = Temporary::new();
        let path = folder.join("a.db");
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
