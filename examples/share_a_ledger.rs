//! Several workers of a service share one budget, on disk: how much may each analyst ask, and does the history hold?
//!
//! `cargo run --example share_a_ledger --features sqlite`

use std::thread;

use incog::{
    ErrorKind,
    dp::{
        Amount, Budget,
        ledger::{Ledger as _, LedgerKey, Limit, Request, Reserved, Rules, SqliteLedger, audit},
    },
};

fn main() -> incog::Result<()> {
    let path = std::env::temp_dir().join(format!("incog-example-{}.db", std::process::id()));
    // The key comes from where your secrets are; it makes the history unforgeable and keeps answers readable to you.
    let options = || SqliteLedger::options().key(LedgerKey::from_bytes([42; 32]));
    let rules = Rules::lifetime(Budget::parse("1", "0")?)
        .limit(Limit::each_analyst(Amount::parse("pure epsilon=0.4")?))
        .unit("patient, add_or_remove_one")
        .build()?;
    options().create(&path, rules)?;

    // A worker for each analyst: each asks for a tenth until it is refused.
    let ask = &|analyst: &'static str| {
        let mut ledger = options().open(&path)?;
        for i in 1.. {
            let cost = Budget::parse("0.1", "0")?;
            let request =
                Request::new(format!("{analyst}/{i}"), analyst, "count of stays", "2026-11", cost, vec![])?
                    .per_unit("patient, add_or_remove_one")?;
            match ledger.reserve(&request) {
                // Charged, durably. Now draw, and store the noisy answer.
                Ok(Reserved::New(reservation)) => ledger.commit(reservation, b"41.7")?,
                Ok(_) => {}
                Err(refusal) if refusal.kind() == ErrorKind::BudgetExceeded => {
                    println!("{analyst} was answered {} times; then: {refusal}", i - 1);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok::<(), incog::Error>(())
    };
    thread::scope(|scope| {
        let workers = ["ann", "bob", "cid"].map(|analyst| scope.spawn(move || ask(analyst)));
        workers.into_iter().flat_map(|worker| worker.join()).collect::<incog::Result<()>>()
    })?;
    let ledger = options().open(&path)?;
    let found = audit(&ledger, None, &mut |_, _| {})?;
    println!("{} charges, {} spent, {} left", found.charges, found.spent, ledger.balance()?.remaining);
    println!("keep this anchor elsewhere, and a ledger that is rolled back is noticed: {}", found.anchor);
    drop(ledger);
    for end in ["", "-mark"] {
        std::fs::remove_file(format!("{}{end}", path.display()))
            .map_err(|e| incog::Error::io("removing the example", e))?;
    }
    Ok(())
}
