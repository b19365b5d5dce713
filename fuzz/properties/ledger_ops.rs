//! Any operations on a ledger on disk end as they do in memory, also when it is opened again in between.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use incog::dp::{
    Amount, Budget, Currency,
    ledger::{
        Audited, Clock, Ledger, LedgerKey, Limit, MemoryLedger, Period, Request, Reservation, Reserved,
        Rules, SqliteLedger, audit,
    },
};

pub fn holds(bytes: &[u8]) {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let time = Arc::new(AtomicU64::new(1_000_000));
    let shown = Arc::clone(&time);
    let clock = Clock::from_fn(move || UNIX_EPOCH + Duration::from_secs(shown.load(Ordering::SeqCst)));
    let pure =
        |hundredths: u64| Amount::from(Budget::parse(&format!("{hundredths}e-2"), "0").expect("a budget"));
    let rules = if first & 1 == 0 { Rules::lifetime(pure(200)) } else { Rules::unbounded(Currency::Pure) };
    let rules = rules
        .limit(Limit::each_analyst(pure(60)).every(Period::seconds(100).expect("a period")))
        .limit(Limit::dataset("d1", pure(90)))
        .longest_pause(Duration::from_secs(400))
        .build()
        .expect("rules");
    let folder = std::env::temp_dir().join(format!("incog-fuzz-ops-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a temporary folder");
    let path = folder.join("a.db");
    let options = || SqliteLedger::options().key(LedgerKey::from_bytes([first; 32])).clock(clock.clone());
    let mut ledger = options().create(&path, rules.clone()).expect("a ledger");
    let mut twin = MemoryLedger::new(rules).clock(clock.clone());
    let mut open: Vec<(u64, u64)> = Vec::new();
    for step in rest.chunks_exact(2).take(60) {
        let (what, with) = (step[0], u64::from(step[1]));
        let outcomes = match what % 8 {
            0..=2 => {
                let request = Request::new(
                    format!("r{}", with % 24),
                    format!("a{}", with % 3),
                    "q",
                    "v",
                    pure(with),
                    vec![],
                )
                .and_then(|request| request.of_dataset(format!("d{}", what / 8 % 2)))
                .expect("a request");
                let (a, b) = (ledger.reserve(&request), twin.reserve(&request));
                if let (Ok(Reserved::New(a)), Ok(Reserved::New(b))) = (&a, &b) {
                    open.push((a.sequence(), b.sequence()));
                }
                (
                    a.map(|r| format!("{r:?}")).map_err(|e| e.to_string()),
                    b.map(|r| format!("{r:?}")).map_err(|e| e.to_string()),
                )
            }
            3 | 4 if !open.is_empty() => {
                let (a, b) = open[with as usize % open.len()];
                let (a, b) = (Reservation::new(a), Reservation::new(b));
                let done =
                    |outcome: incog::Result<()>| outcome.map(|()| String::new()).map_err(|e| e.to_string());
                if what % 8 == 3 {
                    (done(ledger.commit(a, &[step[1]])), done(twin.commit(b, &[step[1]])))
                } else {
                    (done(ledger.release(a)), done(twin.release(b)))
                }
            }
            5 => {
                drop(ledger);
                ledger = options().open(&path).expect("a closed ledger opens");
                continue;
            }
            6 => {
                let now = time.load(Ordering::SeqCst);
                let then = if what & 8 == 0 { now + 4 * with } else { now.saturating_sub(2 * with) };
                time.store(then, Ordering::SeqCst);
                continue;
            }
            _ => {
                assert_eq!(ledger.accept_clock().is_ok(), twin.accept_clock().is_ok());
                continue;
            }
        };
        assert_eq!(outcomes.0, outcomes.1);
        assert_eq!(ledger.balance().expect("a balance"), twin.balance().expect("a balance"));
    }
    let (a, b) = (audit(&ledger, None, &mut |_, _| {}), audit(&twin, None, &mut |_, _| {}));
    let (a, b) = (a.expect("a whole ledger"), b.expect("a whole twin"));
    assert_eq!((a.charges, a.spent, a.anchor.count()), (b.charges, b.spent, b.anchor.count()));
}
