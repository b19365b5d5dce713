//! A ledger file with any bytes in it is refused, or it says what it said before; never that more is left.
//!
//! The input edits a ledger that is whole: four bytes of place and one of value, again and again; the first byte says
//! whether the mark is edited instead, or the file cut. An input that is longer than the file replaces it.

use std::{fs, path::PathBuf, sync::LazyLock};

use incog::dp::{
    Amount, Budget,
    ledger::{Audited, Ledger, Request, Reserved, SqliteLedger, audit},
};

/// The files of a ledger that was used, and what it has spent.
struct Whole {
    folder: PathBuf,
    database: Vec<u8>,
    mark: Vec<u8>,
    spent: Amount,
    charges: u64,
}

static WHOLE: LazyLock<Whole> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("incog-fuzz-ledger-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a temporary folder");
    let path = folder.join("whole.db");
    let cost = Budget::parse("0.05", "0").expect("a budget");
    let mut ledger =
        SqliteLedger::create(&path, Budget::parse("1", "0").expect("a budget")).expect("a ledger");
    for i in 0..9 {
        let request = Request::new(format!("id {i}"), "ann", "q", "v", cost, vec![]).expect("a request");
        match (ledger.reserve(&request).expect("a charge"), i % 3) {
            (Reserved::New(reservation), 0) => ledger.release(reservation).expect("nothing drawn"),
            (Reserved::New(reservation), 1) => ledger.commit(reservation, b"answer").expect("an answer"),
            _ => {}
        }
    }
    let found = audit(&ledger, None, &mut |_, _| {}).expect("a whole ledger");
    drop(ledger);
    let read = |name: &str| fs::read(folder.join(name)).expect("a file");
    let (database, mark) = (read("whole.db"), read("whole.db-mark"));
    Whole { database, mark, spent: found.spent, charges: found.charges, folder }
});

pub fn holds(bytes: &[u8]) {
    let Some((&kind, edits)) = bytes.split_first() else { return };
    let whole = &*WHOLE;
    let (mut database, mut mark) = (whole.database.clone(), whole.mark.clone());
    let target = if kind & 1 == 0 { &mut database } else { &mut mark };
    if edits.len() > whole.database.len() {
        *target = edits.to_vec();
    } else {
        for edit in edits.chunks_exact(5) {
            let place = u32::from_be_bytes([edit[0], edit[1], edit[2], edit[3]]) as usize % target.len();
            target[place] = edit[4];
        }
    }
    if kind & 2 != 0 && !edits.is_empty() {
        let length = edits.iter().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte as usize))
            % target.len();
        target.truncate(length);
    }
    let path = whole.folder.join("a.db");
    for beside in ["a.db-wal", "a.db-shm", "a.db-journal"] {
        let _ = fs::remove_file(whole.folder.join(beside));
    }
    fs::write(&path, &database).expect("a file");
    fs::write(whole.folder.join("a.db-mark"), &mark).expect("a file");
    let Ok(mut ledger) = SqliteLedger::open(&path) else { return };
    let balance = ledger.balance();
    // Opened: what is spent is what was spent, and the history holds or says that it does not.
    if let Ok(balance) = &balance {
        assert_eq!(balance.spent, whole.spent);
    }
    if let Ok(found) = audit(&ledger, None, &mut |_, _| {}) {
        assert_eq!((found.spent, found.charges), (whole.spent, whole.charges));
    }
    let more = Request::new("more", "ann", "q", "v", Budget::parse("0.71", "0").expect("a budget"), vec![]);
    assert!(ledger.reserve(&more.expect("a request")).is_err(), "more than is left was charged");
    drop(ledger);
    if let (Ok(again), Ok(before)) = (SqliteLedger::open(&path), balance) {
        assert_eq!(again.balance().expect("a balance").spent, before.spent);
        let _ = again.anchor();
    }
}
