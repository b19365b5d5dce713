//! The rules, each a function that says how a kind of ledger breaks it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, UNIX_EPOCH},
};

use crate::{
    dp::{
        Amount, Budget, Currency,
        ledger::{
            Anchor, Audited, Clock, Ledger, Limit, MemoryLedger, Period, Reading, Request, Reservation,
            Reserved, Rules, audit,
        },
    },
    error::{Error, ErrorKind, Result},
};

use super::{Backend, exhaust};

pub(super) fn once(backend: &Backend<'_>) -> Result<()> {
    let opener = backend.ledger(&lifetime("1")?)?;
    let (mut a, mut b) = (opener.open()?, opener.open()?);
    let first = new(a.reserve(&request("first", "0.1")?)?)?;
    ensure(
        lost(&b.reserve(&request("first", "0.1")?)?),
        "a charge that is being drawn is drawn again elsewhere",
    )?;
    a.commit(first, b"42")?;
    let answer = b.reserve(&request("first", "0.1")?)?;
    match answer {
        Reserved::Answered(answer) => {
            ensure(backend.answers && answer == b"42", "another answer comes back")?
        }
        Reserved::AnswerLost => ensure(!backend.answers, "the answer is lost")?,
        Reserved::New(_) => return Err(broken("an answered request is charged again")),
    }
    ensure(spent(&*b)? == pure("0.1")?, "a repeat costs something")?;
    drop(a.reserve(&request("dropped", "0.1")?)?);
    drop((a, b));
    let mut c = opener.open()?;
    ensure(spent(&*c)? == pure("0.2")?, "a dropped reservation is not spent")?;
    ensure(lost(&c.reserve(&request("dropped", "0.1")?)?), "what was dropped is drawn again")?;
    let entries = c.entries()?;
    let ids: Vec<&str> = entries.iter().map(|entry| entry.request.id()).collect();
    ensure(ids == ["first", "dropped"], "the entries are not the charges, oldest first")?;
    ensure(
        entries[0].answered == backend.answers && !entries[1].answered,
        "an entry does not know its answer",
    )
}

pub(super) fn given_back(backend: &Backend<'_>) -> Result<()> {
    let opener = backend.ledger(&lifetime("1")?)?;
    let (mut a, b) = (opener.open()?, opener.open()?);
    let unused = new(a.reserve(&request("unused", "0.4")?)?)?;
    let stale = Reservation::new(unused.sequence());
    ensure(spent(&*b)? == pure("0.4")?, "a reservation is not charged at once")?;
    a.release(unused)?;
    ensure(spent(&*b)?.is_zero() && b.entries()?.is_empty(), "what was given back is still charged")?;
    refused(a.release(stale), ErrorKind::Refused, "a charge is given back twice")?;
    let again = new(a.reserve(&request("unused", "0.4")?)?)?;
    let stale = || Reservation::new(again.sequence());
    a.commit(stale(), b"1")?;
    refused(a.commit(stale(), b"2"), ErrorKind::Refused, "an answer is replaced")?;
    refused(a.release(stale()), ErrorKind::Refused, "an answered charge is given back")?;
    refused(a.commit(Reservation::new(1 << 40), b"3"), ErrorKind::Refused, "an answer needs no charge")?;
    ensure(spent(&*b)? == pure("0.4")?, "a refused call moved the budget")
}

pub(super) fn exact(backend: &Backend<'_>) -> Result<()> {
    let budget = Amount::from(Budget::parse("0.3", "1e-6")?);
    let opener = backend.ledger(&Rules::from(budget))?;
    let mut ledger = opener.open()?;
    for i in 0..3 {
        charged(ledger.reserve(&request(&format!("{i}"), "0.1")?)?)?;
    }
    ensure(
        ledger.balance()?.remaining.canonical() == "approximate epsilon=0 delta=0.000001",
        "sums are not exact",
    )?;
    let too_much = ledger.reserve(&request("x", "0.000000000001")?);
    let error = refused(too_much, ErrorKind::BudgetExceeded, "a unit more than the budget is charged")?;
    let shortfall = error.shortfall().ok_or_else(|| broken("a refusal does not say what is missing"))?;
    ensure(
        shortfall.asked == "ε = 0.000000000001" && shortfall.left == "ε = 0, δ = 0.000001",
        "it says other amounts",
    )?;
    let delta = |text| Ok::<_, Error>(Amount::from(Budget::parse("0", text)?));
    let finer = ledger.reserve(&priced("y", delta("0.0000010000000001")?)?);
    refused(finer, ErrorKind::BudgetExceeded, "a delta beyond the budget is charged")?;
    charged(ledger.reserve(&priced("z", delta("1e-6")?)?)?)?;
    ensure(ledger.balance()?.remaining.is_zero(), "something is left of what was spent exactly")
}

pub(super) fn currencies(backend: &Backend<'_>) -> Result<()> {
    for (budget, cost, left) in [
        ("pure epsilon=1", "pure epsilon=0.25", "pure epsilon=0.75"),
        ("approximate epsilon=1 delta=0.001", "pure epsilon=0.25", "approximate epsilon=0.75 delta=0.001"),
        ("zcdp rho=0.5", "zcdp rho=0.125", "zcdp rho=0.375"),
        ("gdp mu_squared=2", "gdp mu_squared=0.5", "gdp mu_squared=1.5"),
        ("rdp 2=1 8=4", "rdp 2=0.25 3=0.5 8=0.25", "rdp 2=0.75 8=3.75"),
    ] {
        let budget = Amount::parse(budget)?;
        let mut ledger = backend.ledger(&Rules::from(budget))?.open()?;
        ensure(ledger.currency() == budget.currency(), "it is counted in another currency")?;
        charged(ledger.reserve(&priced("a", Amount::parse(cost)?)?)?)?;
        ensure(ledger.balance()?.remaining.canonical() == left, "another amount is left")?;
        for &other in Currency::ALL {
            let amount = Amount::parse(match other {
                Currency::Pure => "pure epsilon=0.01",
                Currency::Approximate => "approximate epsilon=0.01 delta=0.0001",
                Currency::Zcdp => "zcdp rho=0.01",
                Currency::Gdp => "gdp mu_squared=0.01",
                Currency::Rdp => "rdp 2=0.01 8=0.01",
            })?;
            if amount.counted_in(budget.currency()).is_err() {
                let foreign = ledger.reserve(&priced("b", amount)?);
                refused(foreign, ErrorKind::Refused, "an amount of another currency is charged")?;
            }
        }
        // At an order of the budget, a cost without a bound never fits.
        if budget.currency() == Currency::Rdp {
            let unknown = ledger.reserve(&priced("c", Amount::parse("rdp 2=0.1")?)?);
            refused(unknown, ErrorKind::BudgetExceeded, "a cost without a bound is charged")?;
        }
    }
    Ok(())
}

pub(super) fn bound(backend: &Backend<'_>) -> Result<()> {
    let rules = Rules::lifetime(pure("1")?).unit("patient").build()?;
    let mut ledger = backend.ledger(&rules)?.open()?;
    let cost = pure("0.1")?;
    let make = |analyst: &str, dataset: &str, unit: &str, query: &str, version: &str| {
        Request::new("id", analyst, query, version, cost, vec![])?.of_dataset(dataset)?.per_unit(unit)
    };
    let other = ledger.reserve(&make("ann", "claims", "visit", "q", "v")?);
    refused(other, ErrorKind::Refused, "a request in another privacy unit is charged")?;
    charged(ledger.reserve(&make("ann", "claims", "patient", "q", "v")?)?)?;
    ensure(
        lost(&ledger.reserve(&make("ann", "claims", "patient", "q", "v")?)?),
        "the same request is another one",
    )?;
    for changed in [
        make("bob", "claims", "patient", "q", "v")?,
        make("ann", "visits", "patient", "q", "v")?,
        make("ann", "claims", "visit", "q", "v")?,
        make("ann", "claims", "patient", "r", "v")?,
        make("ann", "claims", "patient", "q", "w")?,
    ] {
        refused(ledger.reserve(&changed), ErrorKind::Refused, "an id is used for another request")?;
    }
    ensure(spent(&*ledger)? == cost, "a refused request is charged")
}

pub(super) fn scopes(backend: &Backend<'_>) -> Result<()> {
    let rules = Rules::lifetime(pure("1")?)
        .limit(Limit::each_analyst(pure("0.5")?))
        .limit(Limit::analyst("bob smith", pure("0.2")?))
        .limit(Limit::each_dataset(pure("0.7")?))
        .limit(Limit::dataset("a=b:c%", pure("0.3")?))
        .build()?;
    let opener = backend.ledger(&rules)?;
    let mut ledger = opener.open()?;
    let mut ask = |id: &str, analyst: &str, dataset: &str, cost: &str| {
        ledger.reserve(&Request::new(id, analyst, "q", "v", pure(cost)?, vec![])?.of_dataset(dataset)?)
    };
    charged(ask("1", "ann", "x", "0.4")?)?;
    refused(ask("2", "ann", "y", "0.2"), ErrorKind::BudgetExceeded, "an analyst spends more than hers")?;
    refused(
        ask("2", "bob smith", "y", "0.3"),
        ErrorKind::BudgetExceeded,
        "a named analyst spends more than his",
    )?;
    charged(ask("2", "bob smith", "x", "0.2")?)?;
    refused(ask("3", "cid", "x", "0.2"), ErrorKind::BudgetExceeded, "a data set is spent beyond its own")?;
    refused(ask("3", "cid", "a=b:c%", "0.4"), ErrorKind::BudgetExceeded, "a named data set is")?;
    charged(ask("3", "cid", "a=b:c%", "0.3")?)?;
    let whole =
        refused(ask("4", "dee", "y", "0.2"), ErrorKind::BudgetExceeded, "the whole is spent beyond its own")?;
    ensure(whole.shortfall().is_some_and(|s| s.left == "ε = 0.1"), "it says what is left of another budget")?;
    let spent = |limit: usize, subject: &str| {
        let found = opener.open()?.meters()?.into_iter().find(|r| r.limit == limit && r.subject == subject);
        Ok::<_, Error>(found.map(|reading| reading.meter.spent.canonical()))
    };
    for (limit, subject, amount) in [
        (0, "", "0.9"),
        (1, "ann", "0.4"),
        (1, "cid", "0.3"),
        (2, "", "0.2"),
        (3, "x", "0.6"),
        (4, "", "0.3"),
    ] {
        ensure(
            spent(limit, subject)? == Some(format!("pure epsilon={amount}")),
            "a refusal left a trace, or a meter is off",
        )?;
    }
    ensure(spent(1, "dee")?.is_none(), "a refusal left a meter")
}

pub(super) fn periods(backend: &Backend<'_>) -> Result<()> {
    const DAY: u64 = 86_400;
    let (time, clock) = hand_clock(1002 * DAY + 7);
    let at = |days: u64| time.store(days * DAY + 7, Ordering::SeqCst);
    let rules = Rules::unbounded(Currency::Pure)
        .limit(Limit::whole(pure("1")?).every(Period::days(1)?))
        .limit(Limit::each_analyst(pure("0.6")?).every(Period::days(7)?))
        .longest_pause(Duration::from_secs(3 * DAY))
        .build()?;
    let opener = (backend.new)(&rules, &clock)?;
    let (mut a, mut b) = (opener.open()?, opener.open()?);
    let ask = |ledger: &mut Box<dyn Audited>, id: &str, analyst: &str, cost: &str| {
        ledger.reserve(&Request::new(id, analyst, "q", "v", pure(cost)?, vec![])?)
    };
    // Weeks are days 1001 to 1007, .., 1099 to 1105.
    charged(ask(&mut a, "1", "ann", "0.5")?)?;
    charged(ask(&mut b, "2", "bob", "0.5")?)?;
    refused(ask(&mut a, "3", "cid", "0.1"), ErrorKind::BudgetExceeded, "a day has more than its budget")?;
    at(1001);
    refused(ask(&mut a, "3", "cid", "0.1"), ErrorKind::BudgetExceeded, "a clock that went back refills")?;
    at(1003);
    let given_back = new(ask(&mut b, "3", "cid", "0.3")?)?;
    refused(ask(&mut a, "4", "ann", "0.2"), ErrorKind::BudgetExceeded, "a week renews with the day")?;
    at(1002);
    refused(
        ask(&mut a, "4", "dee", "0.8"),
        ErrorKind::BudgetExceeded,
        "a clock that went back opens the day before",
    )?;
    at(1005);
    charged(ask(&mut a, "4", "ann", "0.1")?)?;
    charged(ask(&mut a, "5", "dee", "0.6")?)?;
    b.release(given_back)?;
    refused(
        ask(&mut a, "6", "eve", "0.4"),
        ErrorKind::BudgetExceeded,
        "what another day gives back can be spent now",
    )?;
    charged(ask(&mut a, "6", "eve", "0.3")?)?;
    // A long pause needs somebody who looks at the clock.
    at(1100);
    refused(
        ask(&mut b, "7", "dee", "0.6"),
        ErrorKind::Refused,
        "a new period starts by itself after a long pause",
    )?;
    a.accept_clock()?;
    charged(ask(&mut b, "7", "dee", "0.6")?)?;
    at(1098);
    let opened_again = &mut opener.open()?;
    refused(
        ask(opened_again, "8", "dee", "0.1"),
        ErrorKind::BudgetExceeded,
        "opening again forgets the time",
    )?;
    ensure(a.balance()?.budget.is_unlimited(), "an unbounded ledger does not say so")?;
    audit(&**opened_again, None, &mut |_, _| {})?;
    // No pause is too long for whoever says so.
    let rules = Rules::unbounded(Currency::Pure)
        .limit(Limit::whole(pure("1")?).every(Period::days(1)?))
        .longest_pause(Duration::MAX)
        .build()?;
    let mut patient = (backend.new)(&rules, &clock)?.open()?;
    charged(ask(&mut patient, "1", "ann", "1")?)?;
    at(100_000);
    charged(ask(&mut patient, "2", "ann", "1")?)
        .map_err(|error| error.context("a pause of any length was allowed"))
}

pub(super) fn threads(backend: &Backend<'_>) -> Result<()> {
    let opener = backend.ledger(&lifetime("1")?)?;
    let granted: Vec<Result<Vec<String>>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..backend.threads)
            .map(|worker| {
                let opener = &opener;
                scope.spawn(move || exhaust(&mut *opener.open()?, &worker.to_string(), pure("0.007")?))
            })
            .collect();
        let dead = || broken("a thread died");
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(dead()))).collect()
    });
    let mut granted: Vec<String> = granted.into_iter().collect::<Result<Vec<_>>>()?.concat();
    let ledger = opener.open()?;
    let mut stored: Vec<String> =
        ledger.entries()?.iter().map(|entry| entry.request.id().to_owned()).collect();
    granted.sort_unstable();
    stored.sort_unstable();
    ensure(granted == stored, "what was acknowledged is not what is stored")?;
    ensure(
        granted.len() == 142 && spent(&*ledger)? == pure("0.994")?,
        "more or less than the budget was spent",
    )?;
    audit(&*ledger, None, &mut |_, _| {}).map(|_| ())
}

/// The same operations, drawn, on this ledger and on one in memory.
pub(super) fn model(backend: &Backend<'_>) -> Result<()> {
    let (time, clock) = hand_clock(1_000_000);
    let rules = Rules::lifetime(Amount::parse("approximate epsilon=20 delta=0.0001")?)
        .limit(
            Limit::each_analyst(Amount::parse("approximate epsilon=3 delta=0.00005")?)
                .every(Period::seconds(1000)?),
        )
        .limit(Limit::dataset("d1", Amount::parse("approximate epsilon=4 delta=0.0001")?))
        .longest_pause(Duration::from_secs(2500))
        .build()?;
    let opener = (backend.new)(&rules, &clock)?;
    let mut twin = MemoryLedger::new(rules).clock(clock);
    let mut handles = [opener.open()?, opener.open()?];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut open: Vec<(u64, u64)> = Vec::new();
    for step in 0..backend.operations {
        let which = usize::from(draw(2) == 1);
        let outcomes = match draw(20) {
            0..=11 => {
                let cost = Budget::parse(&format!("{}e-2", draw(30)), &format!("{}e-8", draw(300)))?;
                let id = format!("r{}", draw(u64::from(backend.operations) / 2 + 1));
                let request = Request::new(id, format!("a{}", draw(3)), "q", "v", cost, vec![])?;
                let request = request.of_dataset(format!("d{}", draw(2)))?;
                let (a, b) = (handles[which].reserve(&request), twin.reserve(&request));
                if let (Ok(Reserved::New(a)), Ok(Reserved::New(b))) = (&a, &b) {
                    open.push((a.sequence(), b.sequence()));
                }
                (a.map(|r| word(&r, backend.answers)), b.map(|r| word(&r, backend.answers)))
            }
            choice @ 12..=16 if !open.is_empty() => {
                let i = usize::try_from(draw(crate::num::count(open.len()))).unwrap_or(0);
                // Some are used twice.
                let (a, b) = if draw(4) == 0 { open[i] } else { open.swap_remove(i) };
                let (a, b) = (Reservation::new(a), Reservation::new(b));
                if choice % 2 == 0 {
                    (handles[which].commit(a, b"x").map(|()| "done"), twin.commit(b, b"x").map(|()| "done"))
                } else {
                    (handles[which].release(a).map(|()| "done"), twin.release(b).map(|()| "done"))
                }
            }
            17 => {
                handles[which] = opener.open()?;
                (Ok("opened"), Ok("opened"))
            }
            18 => (handles[which].accept_clock().map(|()| "done"), twin.accept_clock().map(|()| "done")),
            _ => {
                // Mostly forward, sometimes back, now and then far.
                let now = time.load(Ordering::SeqCst);
                let then = if draw(4) == 0 { now - draw(3000).min(now) } else { now + draw(1500) };
                time.store(if draw(15) == 0 { then + 5000 } else { then }, Ordering::SeqCst);
                (Ok("time"), Ok("time"))
            }
        };
        let same = match &outcomes {
            (Ok(a), Ok(b)) => a == b,
            (Err(a), Err(b)) => a.kind() == b.kind() && a.to_string() == b.to_string(),
            _ => false,
        };
        ensure(same, &format!("operation {step} ends differently"))?;
        if step % 16 == 0 || step + 1 == backend.operations {
            ensure(
                handles[1 - which].balance()? == twin.balance()?,
                &format!("operation {step} leaves another balance"),
            )?;
            ensure(
                moved(handles[which].meters()?) == moved(twin.meters()?),
                &format!("operation {step} leaves other meters"),
            )?;
        }
    }
    let ids = |ledger: &dyn Audited| {
        let entries = ledger.entries()?;
        Ok::<_, Error>(entries.iter().map(|e| (e.request.clone(), e.time)).collect::<Vec<_>>())
    };
    ensure(ids(&*handles[0])? == ids(&twin)?, "the entries differ")?;
    let (a, b) = (audit(&*handles[0], None, &mut |_, _| {})?, audit(&twin, None, &mut |_, _| {})?);
    ensure(
        (a.charges, a.spent, a.anchor.count()) == (b.charges, b.spent, b.anchor.count()),
        "the histories differ",
    )
}

pub(super) fn history(backend: &Backend<'_>) -> Result<()> {
    let opener = backend.ledger(&lifetime("1")?)?;
    let mut ledger = opener.open()?;
    let mut anchors = vec![ledger.anchor()?];
    for i in 0..5 {
        let reservation = new(ledger.reserve(&request(&format!("{i}"), "0.1")?)?)?;
        match i {
            0 => ledger.release(reservation)?,
            1 | 2 => ledger.commit(reservation, b"answer")?,
            _ => drop(reservation),
        }
        anchors.push(opener.open()?.anchor()?);
    }
    let found = audit(&*ledger, None, &mut |_, _| {})?;
    ensure(Some(&found.anchor) == anchors.last(), "the audit ends elsewhere than the ledger")?;
    ensure((found.charges, found.spent) == (4, pure("0.4")?), "the audit adds up to something else")?;
    for anchor in &anchors {
        audit(&*ledger, Some(anchor), &mut |_, _| {})?;
        let other = Anchor::new(anchor.count(), [7; 32]);
        refused(
            audit(&*ledger, Some(&other), &mut |_, _| {}),
            ErrorKind::Verification,
            "any anchor is continued",
        )?;
    }
    let later = Anchor::new(found.anchor.count() + 1, *found.anchor.hash());
    let ahead = audit(&*ledger, Some(&later), &mut |_, _| {});
    refused(ahead, ErrorKind::Verification, "a ledger that was rolled back is not noticed").map(|_| ())
}

fn lifetime(epsilon: &str) -> Result<Rules> {
    Ok(Rules::from(pure(epsilon)?))
}

fn pure(epsilon: &str) -> Result<Amount> {
    Amount::from_fields(Currency::Pure, [("epsilon", epsilon)])
}

fn request(id: &str, epsilon: &str) -> Result<Request> {
    priced(id, pure(epsilon)?)
}

pub(super) fn priced(id: &str, cost: Amount) -> Result<Request> {
    Request::new(id, "ann", "q", "v", cost, vec![])
}

fn spent(ledger: &dyn Audited) -> Result<Amount> {
    Ok(ledger.balance()?.spent)
}

fn new(reserved: Reserved) -> Result<Reservation> {
    match reserved {
        Reserved::New(reservation) => Ok(reservation),
        _ => Err(broken("a request that was never asked is known")),
    }
}

/// Charged, and dropped: spent.
fn charged(reserved: Reserved) -> Result<()> {
    new(reserved).map(drop)
}

fn lost(reserved: &Reserved) -> bool {
    matches!(reserved, Reserved::AnswerLost)
}

fn word(reserved: &Reserved, answers: bool) -> &'static str {
    match reserved {
        Reserved::New(_) => "new",
        Reserved::Answered(_) if answers => "answered",
        _ => "lost",
    }
}

/// Meters that something was spent on: a ledger may have others.
fn moved(readings: Vec<Reading>) -> Vec<Reading> {
    let mut moved: Vec<Reading> = readings.into_iter().filter(|r| !r.meter.spent.is_zero()).collect();
    moved.sort_unstable_by(|a, b| (a.limit, &a.subject).cmp(&(b.limit, &b.subject)));
    moved
}

/// A clock that shows the seconds that are put into it.
fn hand_clock(seconds: u64) -> (Arc<AtomicU64>, Clock) {
    let time = Arc::new(AtomicU64::new(seconds));
    let shown = Arc::clone(&time);
    (time, Clock::from_fn(move || UNIX_EPOCH + Duration::from_secs(shown.load(Ordering::SeqCst))))
}

fn refused<T>(outcome: Result<T>, kind: ErrorKind, otherwise: &str) -> Result<Error> {
    match outcome {
        Err(error) if error.kind() == kind => Ok(error),
        Err(error) => Err(error.context(format!("instead of a refusal ({otherwise})"))),
        Ok(_) => Err(broken(otherwise)),
    }
}

fn ensure(holds: bool, otherwise: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(broken(otherwise)) }
}

pub(super) fn broken(what: &str) -> Error {
    Error::new(ErrorKind::Verification, what)
}
