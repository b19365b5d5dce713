//! One budget and eight processes: a test of the ledgers that processes share, here and in `crates/incog-postgres`.

use std::{
    env,
    process::{Command, Stdio},
    thread,
};

use incog::dp::{
    Amount,
    ledger::{Audited, audit, conformance},
};

/// What each of the processes runs: eight threads that spend what there is. Nothing, unless it is told where the ledger is.
pub(crate) fn spend_in_eight_threads<L: Audited>(open: impl Fn(&str) -> L + Sync) {
    let Ok(place) = env::var(PLACE) else { return };
    let process = std::process::id();
    let spend = |worker: u32| {
        let name = format!("{process}/{worker}");
        conformance::exhaust(&mut open(&place), &name, pure("0.0007")).unwrap().len()
    };
    let granted: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..8).map(|worker| scope.spawn(move || spend(worker))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    println!("GRANTED {granted}");
}

/// Eight processes spend the budget of a ledger at `place`, which was created for an ε of 1. Each runs `test` of this binary,
/// in which [`spend_in_eight_threads`] stands.
pub(crate) fn spend_in_eight_processes<L: Audited>(test: &str, place: &str, open: impl Fn(&str) -> L) {
    let children: Vec<_> = (0..8)
        .map(|_| {
            Command::new(env::current_exe().unwrap())
                .args(["--exact", test, "--nocapture"])
                .env(PLACE, place)
                .stdout(Stdio::piped())
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
    let ledger = open(place);
    // 1428 of 0.0007 are 0.9996: less than one amount is left.
    assert_eq!((granted, ledger.entries().unwrap().len()), (1428, 1428));
    assert_eq!(ledger.balance().unwrap().remaining, pure("0.0004"));
    audit(&ledger, None, &mut |_, _| {}).unwrap();
}

fn pure(epsilon: &str) -> Amount {
    Amount::parse(&format!("pure epsilon={epsilon}")).unwrap()
}

const PLACE: &str = "INCOG_TEST_LEDGER";
