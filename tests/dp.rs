//! Tests of the room `dp` through its public API.
#![allow(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use std::sync::{Arc, Mutex};

use incog::{
    Error, ErrorKind, Result,
    dp::{
        Amount, Budget, ContributionBounds, Delta, Epsilon, Event, Neighbors, NoiseKind, PrivacyUnit, Query,
        Rho, Session, SessionBuilder,
        ledger::{Balance, Currency, Entry, Ledger, MemoryLedger, Request, Reservation, Reserved},
        noise::Scale,
    },
    table::{Column, ColumnBuilder, Table},
};
use proptest::prelude::*;

#[derive(serde::Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    make: String,
    text: String,
    error: Option<String>,
    #[allow(dead_code, reason = "for the reader of the file")]
    source: String,
}

#[test]
fn parameters_outside_of_their_range_are_refused_with_value_and_limit() {
    let cases: Cases = toml::from_str(include_str!("data/dp/parameters.toml")).unwrap();
    for case in cases.case {
        let made = match case.make.as_str() {
            "epsilon" => Epsilon::parse(&case.text).map(|e| e.to_string()),
            "delta" => Delta::parse(&case.text).map(|d| d.to_string()),
            "currency" => case.text.parse::<Currency>().map(|c| c.to_string()),
            "neighbors" => case.text.parse::<Neighbors>().map(|n| n.to_string()),
            other => panic!("{}: cannot make {other}", case.name),
        };
        match case.error {
            Some(error) => assert_eq!(made.unwrap_err().to_string(), error, "{}", case.name),
            None => assert_eq!(made.unwrap(), case.text, "{}", case.name),
        }
    }
    for value in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, 64.1, 1e300] {
        assert_eq!(Epsilon::new(value).unwrap_err().kind(), ErrorKind::Parameter, "{value}");
    }
    assert_eq!(Epsilon::new(1e-300).unwrap().to_string(), "0.000000000001");
    assert_eq!(Epsilon::new(1.0 / 3.0).unwrap().to_string(), "0.333333333334");
}

#[test]
fn queries_outside_of_their_range_are_refused_at_build() {
    let epsilon = Epsilon::parse("1").unwrap();
    let sum = |lower, upper| Query::sum("x").clamp(lower, upper).epsilon(epsilon).build();
    for (lower, upper) in [(1.0, 0.0), (0.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (0.0, 1e101)] {
        assert!(sum(lower, upper).unwrap_err().to_string().starts_with("the clamp bounds of 'x'"));
    }
    let count = Query::count().epsilon(epsilon);
    assert!(Query::count().build().is_err());
    assert!(count.clone().clamp(0.0, 1.0).build().is_err());
    assert!(count.clone().by("g", [""; 0]).build().is_err());
    assert!(count.clone().by("g", ["a", "b", "a"]).build().is_err());
    assert!(Query::mean("x").clamp(0.0, 1.0).epsilon(Epsilon::parse("1e-12").unwrap()).build().is_err());
    // A scale beyond the sampler's range is refused before anything is charged.
    let mut session = session(MemoryLedger::new(budget("1")), 1 << 20, 1).build().unwrap();
    let query = Query::sum("x").clamp(0.0, 1.0).epsilon(Epsilon::parse("1e-12").unwrap()).build().unwrap();
    let error = session.release(&query, &people(3), "a").unwrap_err();
    assert!(error.to_string().starts_with("a noise scale must be in"), "{error}");
    assert_eq!(session.balance().unwrap().spent, Budget::ZERO);
}

proptest! {
    #[test]
    fn every_share_of_a_split_budget_can_be_spent(
        epsilon in 1u64..10_000_000_000_000,
        delta in 0u64..1_000_000,
        shares in 1u32..200,
    ) {
        prop_assume!(epsilon >= u64::from(shares));
        let budget = Budget::parse(&format!("{epsilon}e-12"), &format!("{delta}e-24")).unwrap();
        let mut ledger = MemoryLedger::new(budget);
        for (i, share) in budget.split(shares).unwrap().into_iter().enumerate() {
            let reserved = ledger.reserve(&request(&i.to_string(), share)).unwrap();
            prop_assert!(matches!(reserved, Reserved::New(_)));
        }
        prop_assert_eq!(ledger.balance().unwrap().remaining, Budget::ZERO);
    }
}

#[test]
fn events_read_back_from_their_text() {
    let epsilon = Epsilon::parse("0.3").unwrap();
    let events = [
        Event::discrete_laplace(Scale::for_sensitivity(3, epsilon).unwrap(), 3),
        Event::pure(epsilon),
        Event::approximate(epsilon, Delta::parse("1e-9").unwrap()),
    ];
    for event in events {
        assert_eq!(event.to_string().parse::<Event>().unwrap(), event);
        #[cfg(feature = "serde")]
        assert_eq!(serde_json::from_str::<Event>(&serde_json::to_string(&event).unwrap()).unwrap(), event);
    }
    assert!("discrete_laplace scale=1/0 sensitivity=1 count=1".parse::<Event>().is_err());
}

// ---------------------------------------------------------------------------------- the session

fn budget(epsilon: &str) -> Budget {
    Budget::parse(epsilon, "0").unwrap()
}

fn request(id: &str, cost: Budget) -> Request {
    Request::new(id, "ann", "q", "v", cost, vec![]).unwrap()
}

fn session(ledger: impl Ledger + 'static, rows: u32, groups: u32) -> SessionBuilder {
    Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(rows, groups).unwrap())
        .ledger(ledger)
        .data_version("v1")
}

/// `n` persons with one row each: `x` is 10, `g` alternates between a and b.
fn people(n: usize) -> Table {
    Table::new([
        ("p", Column::from_values((0..n).map(|i| i.to_string())).unwrap()),
        ("x", Column::from_values((0..n).map(|_| "10")).unwrap()),
        ("g", Column::from_values((0..n).map(|i| if i % 2 == 0 { "a" } else { "b" })).unwrap()),
    ])
    .unwrap()
}

fn epsilon(text: &str) -> Epsilon {
    Epsilon::parse(text).unwrap()
}

#[test]
fn answers_are_near_the_truth_and_say_how_near() {
    let mut session = session(MemoryLedger::new(budget("100")), 1, 1).build().unwrap();
    let table = people(1000);
    let by = |query: incog::dp::QueryBuilder| query.by("g", ["b", "none", "a"]);
    // (query, exact values). At ε = 8 an answer is off by 5 half-widths with probability below e^-14.
    let cases = [
        (Query::count(), vec![1000.0]),
        (by(Query::count()), vec![500.0, 0.0, 500.0]),
        (Query::sum("x").clamp(0.0, 20.0), vec![10_000.0]),
        (by(Query::sum("x").clamp(-5.0, 5.0)), vec![2500.0, 0.0, 2500.0]),
        (Query::mean("x").clamp(0.0, 20.0), vec![10.0]),
    ];
    for (i, (query, exact)) in cases.into_iter().enumerate() {
        let query = query.epsilon(epsilon("8")).build().unwrap();
        let release = session.release(&query, &table, &i.to_string()).unwrap();
        assert_eq!(release.values().len(), exact.len());
        for (value, exact) in release.values().iter().zip(&exact) {
            assert!((value.value - exact).abs() <= 5.0 * (value.error + 1.0), "{release}");
            if let Ok(error) = session.error(&query, 0.95) {
                assert_eq!(error.to_bits(), value.error.to_bits());
            }
        }
        assert_eq!(release.cost().to_string(), "ε = 8");
        assert!(!release.is_insecure());
        assert_eq!(
            release.claim().sentence(),
            "statistics alone: (8, 0)-differential privacy per p, add or remove one"
        );
    }
    assert_eq!(session.ledger().entries().unwrap().len(), 5);
    assert_eq!(session.balance().unwrap().spent, budget("40"));
}

#[test]
fn an_epsilon_chosen_from_an_error_is_the_least_that_reaches_it() {
    let session = session(MemoryLedger::new(budget("1")), 3, 3).build().unwrap();
    let count = Query::count().by("g", ["a", "b"]);
    let found = session.epsilon_for(&count, 40.0, 0.95).unwrap();
    let error = |e: Epsilon| session.error(&count.clone().epsilon(e).build().unwrap(), 0.95).unwrap();
    assert!(error(found) <= 40.0, "{found}");
    let less = Epsilon::new(found.to_f64() - 1e-6).unwrap();
    assert!(error(less) > 40.0, "{found}");
    // 3 rows per person: the tail 2 e^(-41 ε / 3) / (1 + e^(-ε / 3)) is 0.05 near ε = 0.222.
    assert!((found.to_f64() - 0.222).abs() < 0.005, "{found}");
    let sum = Query::sum("x").clamp(0.0, 1e6);
    assert!(session.epsilon_for(&sum, 1.0, 0.95).unwrap_err().to_string().contains("above 64"));
    assert!(session.epsilon_for(&Query::mean("x").clamp(0.0, 1.0), 1.0, 0.95).is_err());
}

#[test]
fn a_repeated_request_gets_the_stored_answer_and_another_under_its_id_is_refused() {
    let ledger = MemoryLedger::new(budget("1"));
    let table = people(100);
    let query = |e: &str| Query::count().epsilon(epsilon(e)).build().unwrap();
    let build = |rows, version: &str, analyst: &str| {
        session(ledger.handle(), rows, 1).data_version(version).analyst(analyst).build().unwrap()
    };
    let first = build(1, "v1", "ann").release(&query("0.01"), &table, "id").unwrap();
    for _ in 0..20 {
        assert_eq!(build(1, "v1", "ann").release(&query("0.01"), &table, "id").unwrap(), first);
    }
    let mut refusals = [
        (build(1, "v1", "ann"), query("0.02"), "query"),
        (build(2, "v1", "ann"), query("0.01"), "query"),
        (build(1, "v2", "ann"), query("0.01"), "data version"),
        (build(1, "v1", "bob"), query("0.01"), "analyst"),
    ];
    for (session, query, what) in &mut refusals {
        let error = session.release(query, &table, "id").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.to_string().contains(&format!("with another {what}")), "{error}");
    }
    assert_eq!(ledger.balance().unwrap().spent, budget("0.01"));
}

/// A ledger that records calls and fails on demand.
struct Faulty {
    inner: MemoryLedger,
    calls: Arc<Mutex<Vec<&'static str>>>,
    fail: &'static str,
}

impl Faulty {
    fn call(&self, name: &'static str) -> Result<()> {
        self.calls.lock().unwrap().push(name);
        if self.fail == name { Err(Error::new(ErrorKind::Io, "injected")) } else { Ok(()) }
    }
}

impl Ledger for Faulty {
    fn currency(&self) -> Currency {
        self.inner.currency()
    }

    fn balance(&self) -> Result<Balance> {
        self.inner.balance()
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        self.call("reserve")?;
        self.inner.reserve(request)
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        self.call("commit")?;
        self.inner.commit(reservation, answer)
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        self.call("release")?;
        self.inner.release(reservation)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        self.inner.entries()
    }
}

#[test]
fn nothing_is_answered_when_the_ledger_fails_and_a_charge_stays_charged() {
    let query = Query::count().epsilon(epsilon("0.5")).build().unwrap();
    for (fail, calls, spent) in
        [("reserve", vec!["reserve"], Budget::ZERO), ("commit", vec!["reserve", "commit"], budget("0.5"))]
    {
        let (inner, seen) = (MemoryLedger::new(budget("1")), Arc::default());
        let faulty = Faulty { inner: inner.handle(), calls: Arc::clone(&seen), fail };
        let mut failing = session(faulty, 1, 1).build().unwrap();
        assert_eq!(failing.release(&query, &people(9), "a").unwrap_err().to_string(), "injected");
        assert_eq!(*seen.lock().unwrap(), calls);
        assert_eq!(inner.balance().unwrap().spent, spent);
        // After a lost answer, the id is never drawn again.
        let again = session(inner, 1, 1).build().unwrap().release(&query, &people(9), "a");
        match fail {
            "reserve" => assert!(again.is_ok()),
            _ => assert!(again.unwrap_err().to_string().starts_with("request 'a' is spent, answer lost")),
        }
    }
}

#[test]
fn an_unknown_column_is_refused_before_the_charge() {
    let mut session = session(MemoryLedger::new(budget("1")), 1, 1).build().unwrap();
    let query = Query::sum("salary").clamp(0.0, 1.0).epsilon(epsilon("0.5")).build().unwrap();
    assert_eq!(session.release(&query, &people(3), "a").unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(session.balance().unwrap().spent, Budget::ZERO);
}

#[test]
fn no_content_of_a_table_leads_to_an_error() {
    let cells = ["", "NaN", "inf", "-inf", "-0", "5e-324", "1e999", "twelve", "9223372036854775807"];
    let mut missing = ColumnBuilder::default();
    (0..cells.len()).for_each(|_| missing.push_missing().unwrap());
    let garbage = Column::from_values(cells).unwrap();
    let one = Column::from_values(cells.map(|_| "same")).unwrap();
    let missing = missing.finish();
    let empty = Column::from_values([""; 0]).unwrap();
    let tables = [
        (one.clone(), garbage.clone(), one.clone()),
        (missing.clone(), garbage.clone(), garbage.clone()),
        (garbage, missing.clone(), missing),
        (empty.clone(), empty.clone(), empty),
    ];
    let mut session = session(MemoryLedger::new(budget("1000")), 3, 2).build().unwrap();
    for (t, (p, x, g)) in tables.into_iter().enumerate() {
        let table = Table::new([("p", p), ("x", x), ("g", g)]).unwrap();
        let queries = [
            Query::count(),
            Query::count().by("g", ["same", "NaN"]),
            Query::sum("x").clamp(-1e18, 1e18),
            Query::mean("x").clamp(-1e-3, 1e-3).by("g", ["same", ""]),
        ];
        for (q, query) in queries.into_iter().enumerate() {
            let query = query.epsilon(epsilon("4")).build().unwrap();
            let release = session.release(&query, &table, &format!("{t}/{q}")).unwrap();
            assert!(release.values().iter().all(|v| v.value.is_finite() && v.error.is_finite()));
        }
    }
}

/// (price, currency of the ledger, what is charged); none where the price has no finite cost there.
#[test]
fn a_session_is_charged_in_the_currency_of_its_ledger() {
    let (one, half) = (epsilon("1"), Rho::parse("0.5").unwrap());
    let delta = Delta::parse("1e-6").unwrap();
    let count = || Query::count().epsilon(one);
    let gaussian = || Query::count().rho(half).noise(NoiseKind::Gaussian);
    let approximate = || Query::count().by("g", ["a", "b"]).approximate(one, delta);
    let selected = || Query::count().by_selected("g", one, delta).epsilon(one);
    // What was asked for, exactly, in the currency that it was asked in; else what the events cost: 0.4621 is tanh(1/2), and 1.23 is the μ of
    // ε = 1.
    let cases = [
        ("count", count(), "pure epsilon=5", Some("pure epsilon=1")),
        ("count", count(), "approximate epsilon=5 delta=1e-5", Some("approximate epsilon=1 delta=0")),
        ("count", count(), "zcdp rho=5", Some("zcdp rho=0.462117157")),
        ("count", count(), "gdp mu_squared=5", Some("gdp mu_squared=1.51")),
        ("count", count(), "rdp 2=5", Some("rdp")),
        ("gaussian", gaussian(), "pure epsilon=5", None),
        ("gaussian", gaussian(), "approximate epsilon=5 delta=1e-5", None),
        ("gaussian", gaussian(), "zcdp rho=5", Some("zcdp rho=0.5")),
        ("gaussian", gaussian(), "gdp mu_squared=5", None),
        ("gaussian", gaussian(), "rdp 2=5", Some("rdp")),
        ("approximate", approximate(), "pure epsilon=5", None),
        (
            "approximate",
            approximate(),
            "approximate epsilon=5 delta=1e-5",
            Some("approximate epsilon=1 delta=0.000001"),
        ),
        ("approximate", approximate(), "zcdp rho=5", Some("zcdp rho=0.0")),
        (
            "selected",
            selected(),
            "approximate epsilon=5 delta=1e-5",
            Some("approximate epsilon=2 delta=0.000001"),
        ),
        ("selected", selected(), "zcdp rho=5", None),
    ];
    for (i, (name, query, ledger, charged)) in cases.into_iter().enumerate() {
        let ledger = Amount::parse(ledger).unwrap();
        let mut session = session(MemoryLedger::new(ledger), 1, 1).build().unwrap();
        let query = query.build().unwrap();
        let (cost, released) = (session.cost(&query), session.release(&query, &people(30), &i.to_string()));
        let spent = session.balance().unwrap().spent;
        match charged {
            Some(charged) => {
                let found = cost.unwrap();
                assert_eq!(spent, found, "{name}");
                assert_eq!(released.unwrap().cost(), found);
                let text = found.canonical();
                assert!(text.starts_with(charged), "{name}: {text}, not {charged}");
            }
            None => {
                let (cost, released) = (cost.unwrap_err(), released.unwrap_err());
                assert_eq!(
                    (cost.kind(), released.kind()),
                    (ErrorKind::Refused, ErrorKind::Refused),
                    "{name}"
                );
                assert!(cost.to_string().contains("has no finite cost in currency"), "{cost}");
                assert!(spent.is_zero());
            }
        }
    }
}

#[test]
fn a_person_with_a_thousand_rows_moves_a_sum_as_little_as_anyone() {
    let persons = (0..2000).map(|i| if i < 1000 { "one".to_owned() } else { i.to_string() });
    let table = Table::new([
        ("p", Column::from_values(persons).unwrap()),
        ("x", Column::from_values((0..2000).map(|i| if i < 1000 { "100" } else { "0" })).unwrap()),
    ])
    .unwrap();
    let mut session = session(MemoryLedger::new(budget("64")), 3, 1).build().unwrap();
    let query = Query::sum("x").clamp(0.0, 100.0).epsilon(epsilon("32")).build().unwrap();
    let release = session.release(&query, &table, "a").unwrap();
    // 3 rows of 100; noise of scale 9.4: further than 300 off with probability e^-32.
    assert!((release.values()[0].value - 300.0).abs() < 300.0, "{release}");
}

// ---------------------------------------------------------------------------------- seeded noise

#[cfg(feature = "insecure-seeded")]
mod seeded {
    use super::*;

    #[test]
    fn a_seeded_release_says_that_it_protects_nobody_also_when_repeated() {
        let ledger = MemoryLedger::new(budget("1"));
        let query = Query::count().epsilon(epsilon("0.5")).build().unwrap();
        let mut seeded = session(ledger.handle(), 1, 1).insecure_seed(1).build().unwrap();
        let release = seeded.release(&query, &people(10), "a").unwrap();
        assert!(release.is_insecure() && release.to_string().starts_with("INSECURE"));
        assert!(release.claim().assumptions.iter().any(|a| a.contains("came from a seed")));
        let mut secure = session(ledger, 1, 1).build().unwrap();
        assert_eq!(secure.release(&query, &people(10), "a").unwrap(), release);
    }
}
