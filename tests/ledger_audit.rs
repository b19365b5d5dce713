//! What an audit says of a ledger, and of each single thing in it that was changed.

use incog::{
    ErrorKind, Result,
    dp::{
        Amount, Currency,
        ledger::{
            Anchor, Audited, Balance, Chain, Entry, Ledger, Limit, MemoryLedger, Meter, Progress, Reading,
            Request, Reservation, Reserved, Rules, State, Stored, StoredCharge, Terms, audit,
        },
    },
};

use crate::ledger::{pure, request};

/// A ledger whose store shows something else than it was told.
struct Altered {
    inner: MemoryLedger,
    stored: fn(&mut Stored),
    state: fn(&mut State),
}

impl Ledger for Altered {
    fn currency(&self) -> Currency {
        self.inner.currency()
    }

    fn balance(&self) -> Result<Balance> {
        self.inner.balance()
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        self.inner.reserve(request)
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        self.inner.commit(reservation, answer)
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        self.inner.release(reservation)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        self.inner.entries()
    }
}

impl Audited for Altered {
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
        let mut state = self.inner.history(&mut |mut stored| {
            (self.stored)(&mut stored);
            visit(stored)
        })?;
        (self.state)(&mut state);
        Ok(state)
    }

    fn accept_clock(&mut self) -> Result<()> {
        self.inner.accept_clock()
    }
}

/// Record 1 is charged, and answered by record 2; record 3 is charged and open; record 4 is charged, and given back by
/// record 5. Limits for the whole and for each analyst.
fn ledger() -> MemoryLedger {
    let rules = Rules::lifetime(pure("1")).limit(Limit::each_analyst(pure("1"))).build().unwrap();
    let mut ledger = MemoryLedger::new(rules);
    let reserve = |ledger: &mut MemoryLedger, id: &str| {
        let Reserved::New(reservation) = ledger.reserve(&request(id, "0.25")).unwrap() else {
            panic!("{id}")
        };
        reservation
    };
    let answered = reserve(&mut ledger, "answered");
    ledger.commit(answered, b"42").unwrap();
    drop(reserve(&mut ledger, "open"));
    let unused = reserve(&mut ledger, "unused");
    ledger.release(unused).unwrap();
    ledger
}

fn nothing<T>(_: &mut T) {}

#[test]
fn an_audit_says_what_stands_what_is_answered_and_how_far_it_is() {
    let ledger = ledger();
    let mut heard = Vec::new();
    let found = audit(&ledger, None, &mut |read, of| heard.push((read, of))).unwrap();
    assert_eq!((found.charges, found.answered, found.keyed), (2, 1, false));
    assert_eq!((found.spent, found.anchor), (pure("0.5"), ledger.anchor().unwrap()));
    assert_eq!(heard, [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
}

/// What the store says of each charge beside its record, changed without the record.
#[test]
fn a_charge_that_is_stored_otherwise_than_its_record_says_is_refused() {
    const ID: &str = "it is stored under another id or time";
    const DRAWN: &str = "it has an answer that was not drawn";
    const ANSWER: &str = "it answers a charge that is not there, or with another answer";
    fn charge(stored: &mut Stored, number: u64, change: impl FnOnce(&mut StoredCharge)) {
        if stored.anchor.count() == number {
            stored.charge.as_mut().map(change).unwrap();
        }
    }
    /// What is changed, the record that is refused for it, and why.
    type Case = (fn(&mut Stored), u64, &'static str);
    let cases: [Case; 8] = [
        (|stored| charge(stored, 1, |charge| charge.id = "free".to_owned()), 1, ID),
        (|stored| charge(stored, 1, |charge| charge.at += 1), 1, ID),
        (|stored| charge(stored, 3, |charge| charge.id = "free".to_owned()), 3, ID),
        (|stored| charge(stored, 3, |charge| charge.sealed = Some([7; 32])), 3, DRAWN),
        (|stored| charge(stored, 1, |charge| charge.sealed = Some([7; 32])), 2, ANSWER),
        (|stored| charge(stored, 1, |charge| charge.sealed = None), 2, ANSWER),
        (
            |stored| {
                charge(stored, 1, |charge| (charge.progress, charge.sealed) = (Progress::Reserved, None))
            },
            2,
            ANSWER,
        ),
        (
            |stored| {
                if stored.anchor.count() == 1 {
                    stored.charge = None
                }
            },
            2,
            ANSWER,
        ),
    ];
    for (i, (stored, record, what)) in cases.into_iter().enumerate() {
        let error = audit(&Altered { inner: ledger(), stored, state: nothing }, None, &mut |_, _| {});
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Verification, "{i}: {error}");
        assert_eq!(error.to_string(), format!("record {record} of the ledger was changed: {what}"), "{i}");
    }
}

/// Two limits have a meter each; a meter of nothing may be there or not.
#[test]
fn every_meter_is_what_the_records_add_up_to() {
    const SPENT: &str = "the ledger was changed: what it says is spent is not what its records add up to";
    fn spent(state: &mut State, limit: usize, amount: &str) {
        let amount: Amount = pure(amount);
        state.meters.iter_mut().filter(|reading| reading.limit == limit).for_each(|reading| {
            reading.meter = Meter::new(reading.meter.period, amount);
        });
    }
    let of = |state| audit(&Altered { inner: ledger(), stored: nothing, state }, None, &mut |_, _| {});
    let cases: [fn(&mut State); 6] = [
        |state| spent(state, 0, "0.25"),
        |state| spent(state, 1, "0.25"),
        |state| spent(state, 1, "0"),
        |state| state.meters.truncate(1),
        |state| drop(state.meters.remove(0)),
        |state| state.meters.push(Reading::new(1, "bob".to_owned(), Meter::new(0, pure("0.25")))),
    ];
    for (i, state) in cases.into_iter().enumerate() {
        assert_eq!(of(state).unwrap_err().to_string(), SPENT, "{i}");
    }
    of(|state| state.meters.push(Reading::new(1, "bob".to_owned(), Meter::new(0, pure("0"))))).unwrap();
}
