//! Tests of ledgers through their public API: the rules of all of them, and faults that the rules find.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

use std::sync::Mutex;

use incog::{
    ErrorKind,
    dp::{
        Amount, Budget,
        ledger::{
            Clock, Ledger, MemoryLedger, Request, Rules,
            conformance::{self, Backend, Opener},
        },
    },
};

pub(crate) fn pure(epsilon: &str) -> Amount {
    Budget::parse(epsilon, "0").unwrap().into()
}

pub(crate) fn request(id: &str, epsilon: &str) -> Request {
    Request::new(id, "ann", "q", "v", pure(epsilon), vec![]).unwrap()
}

fn memory<'b>() -> Backend<'b> {
    Backend::new(|rules: &Rules, clock: &Clock| {
        let ledger = Mutex::new(MemoryLedger::new(rules.clone()).clock(clock.clone()));
        Ok(Opener::new(move || Ok(Box::new(ledger.lock().unwrap().handle()))))
    })
}

#[test]
fn a_ledger_in_memory_keeps_every_rule() {
    conformance::check(&memory().operations(3000).threads(64)).unwrap();
}

/// A ledger that gives away what it should not: the suite has to find each of these.
struct Broken {
    inner: MemoryLedger,
    fault: &'static str,
}

mod broken {
    use incog::{
        Result,
        dp::{
            Currency,
            ledger::{
                Anchor, Audited, Balance, Chain, Entry, Ledger, Meter, Reading, Request, Reservation,
                Reserved, State, Stored, Terms,
            },
        },
    };

    use super::{Broken, pure};

    impl Ledger for Broken {
        fn currency(&self) -> Currency {
            self.inner.currency()
        }

        fn balance(&self) -> Result<Balance> {
            self.inner.balance()
        }

        fn reserve(&mut self, request: &Request) -> Result<Reserved> {
            if self.fault == "charges nothing" && request.cost().counted_in(Currency::Pure).is_ok() {
                let free = Request::new(
                    request.id(),
                    request.analyst(),
                    request.query(),
                    request.data_version(),
                    pure("0"),
                    vec![],
                )?;
                return self.inner.reserve(&free.of_dataset(request.dataset())?.per_unit(request.unit())?);
            }
            match (self.inner.reserve(request)?, self.fault) {
                (Reserved::AnswerLost, "draws twice") => Ok(Reserved::New(Reservation::new(1 << 50))),
                (reserved, _) => Ok(reserved),
            }
        }

        fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
            match self.fault {
                "stores another answer" => self.inner.commit(reservation, b"?"),
                "forgets answers" => Ok(()),
                _ => self.inner.commit(reservation, answer),
            }
        }

        fn release(&mut self, reservation: Reservation) -> Result<()> {
            match self.inner.release(reservation) {
                Err(_) if self.fault == "gives back twice" => Ok(()),
                released => released,
            }
        }

        fn entries(&self) -> Result<Vec<Entry>> {
            let mut entries = self.inner.entries()?;
            if self.fault == "hides an entry" {
                entries.pop();
            }
            Ok(entries)
        }
    }

    impl Audited for Broken {
        fn terms(&self) -> &Terms {
            self.inner.terms()
        }

        fn chain(&self) -> &Chain {
            self.inner.chain()
        }

        fn anchor(&self) -> Result<Anchor> {
            self.inner.anchor()
        }

        fn meters(&self) -> Result<Vec<Reading>> {
            self.inner.meters()
        }

        fn history(&self, visit: &mut dyn FnMut(Stored) -> Result<()>) -> Result<State> {
            let fault = self.fault;
            let mut state = self.inner.history(&mut |mut stored| {
                if fault == "changes a record" && stored.anchor.count() == 3 {
                    stored.record = stored.record.replace("0.1", "0.01");
                }
                visit(stored)
            })?;
            if fault == "changes a meter" {
                for reading in &mut state.meters {
                    *reading =
                        Reading::new(reading.limit, reading.subject.clone(), Meter::new(0, pure("0.001")));
                }
            }
            Ok(state)
        }

        fn accept_clock(&mut self) -> Result<()> {
            if self.fault == "ignores the operator" { Ok(()) } else { self.inner.accept_clock() }
        }
    }
}

#[test]
fn the_suite_finds_every_planted_fault() {
    for fault in [
        "charges nothing",
        "draws twice",
        "stores another answer",
        "forgets answers",
        "gives back twice",
        "hides an entry",
        "changes a record",
        "changes a meter",
        "ignores the operator",
    ] {
        let backend = Backend::new(|rules: &Rules, clock: &Clock| {
            let ledger = Mutex::new(MemoryLedger::new(rules.clone()).clock(clock.clone()));
            Ok(Opener::new(move || Ok(Box::new(Broken { inner: ledger.lock().unwrap().handle(), fault }))))
        });
        assert!(conformance::check(&backend).is_err(), "a ledger that {fault} passes");
    }
}

#[test]
fn a_budget_is_never_spent_by_what_is_refused() {
    let mut ledger = MemoryLedger::new(pure("1"));
    for bad in ["1.000000000001", "2", "1000000"] {
        assert_eq!(ledger.reserve(&request("a", bad)).unwrap_err().kind(), ErrorKind::BudgetExceeded);
    }
    ledger.reserve(&request("a", "1")).unwrap();
}
