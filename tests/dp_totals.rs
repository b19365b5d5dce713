//! Totals that were made elsewhere have the answers of rows.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use incog::{
    ErrorKind, Result,
    dp::{
        Amount, Bins, Budget, ContributionBounds, Delta, Epsilon, NoiseKind, PrivacyUnit, Query,
        QueryBuilder, Rho, Session, Totals,
        ledger::MemoryLedger,
        noise::{NoiseBackend, Scale},
    },
    table::{Column, Table},
};
use proptest::prelude::*;

/// Adds nothing, and says so: what comes out is what noise would be added to.
pub(crate) struct Silence;

impl NoiseBackend for Silence {
    fn add_laplace(&mut self, _: Scale, _: &mut [i128]) -> Result<()> {
        Ok(())
    }

    fn add_gaussian(&mut self, _: Scale, _: &mut [i128]) -> Result<()> {
        Ok(())
    }

    fn is_insecure(&self) -> bool {
        true
    }
}

fn session() -> Session {
    Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(1, 1).unwrap())
        .ledger(MemoryLedger::new(Budget::parse("64", "0").unwrap()))
        .data_version("v1")
        .noise_backend(Silence)
        .build()
        .unwrap()
}

fn one() -> Epsilon {
    Epsilon::parse("1").unwrap()
}

/// What an engine does: each row is added to its group by itself.
fn totals(query: &Query, rows: &[(u8, f64)]) -> Totals {
    let summands = query.summands().unwrap();
    let mut totals = Totals::new();
    for (group, value) in rows {
        let key = query.group_column().map(|_| group.to_string());
        let steps: Vec<i128> = summands.iter().filter_map(|s| s.steps(*value)).collect();
        totals.add(key.as_deref(), 1, &steps);
    }
    totals
}

fn records(rows: &[(u8, f64)]) -> Table {
    Table::new([
        ("p", Column::from_values((0..rows.len()).map(|i| i.to_string())).unwrap()),
        ("g", Column::from_values(rows.iter().map(|r| r.0.to_string())).unwrap()),
        ("x", Column::from_values(rows.iter().map(|r| format!("{:?}", r.1))).unwrap()),
    ])
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn totals_have_the_answers_of_the_rows_that_they_are_made_of(
        rows in prop::collection::vec((0u8..4, -20.0..120.0f64), 0..60),
    ) {
        let table = records(&rows);
        let kinds: [fn() -> QueryBuilder; 4] = [
            Query::count,
            || Query::sum("x").clamp(-3.0, 100.0),
            || Query::mean("x").clamp(-3.0, 100.0),
            || Query::variance("x").clamp(-3.0, 100.0),
        ];
        for kind in kinds {
            for query in [kind(), kind().by("g", ["2", "0", "9"])] {
                let query = query.epsilon(one()).build().unwrap();
                let (mut by_rows, mut by_totals) = (session(), session());
                let by_rows = by_rows.release(&query, &table, "a").unwrap();
                let by_totals = by_totals.release_totals(&query, &totals(&query, &rows), "a").unwrap();
                prop_assert_eq!(by_rows.values(), by_totals.values());
                prop_assert_eq!(by_rows.cost(), by_totals.cost());
                prop_assert_eq!(by_rows.events(), by_totals.events());
            }
        }
    }
}

#[test]
fn a_repeated_id_has_one_answer_and_one_charge_and_rows_are_another_request() {
    let mut session = session();
    let query = Query::count().epsilon(one()).build().unwrap();
    let rows = [(0, 1.0), (1, 2.0)];
    let first = session.release_totals(&query, &totals(&query, &rows), "a").unwrap();
    let again = session.release_totals(&query, &Totals::new(), "a").unwrap();
    assert_eq!(first, again);
    assert_eq!(session.balance().unwrap().spent, Budget::parse("1", "0").unwrap());
    for words in ["by a query engine", "follows from rows of its own person alone"] {
        assert!(first.claim().assumptions.iter().any(|a| a.contains(words)), "{words}");
    }
    assert_eq!(session.release(&query, &records(&rows), "a").unwrap_err().kind(), ErrorKind::Refused);
}

#[test]
fn keys_are_selected_by_the_persons_that_were_counted() {
    let mut session =
        Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(1, 1).unwrap())
            .ledger(MemoryLedger::new(Budget::parse("9", "1e-3").unwrap()))
            .data_version("v1")
            .noise_backend(Silence)
            .build()
            .unwrap();
    let delta = Delta::parse("1e-6").unwrap();
    let query = Query::count().by_selected("g", one(), delta).epsilon(one()).build().unwrap();
    let mut totals = Totals::new();
    totals.add(Some("many"), 1000, &[1200]);
    totals.add(Some("few"), 1, &[5000]);
    let release = session.release_totals(&query, &totals, "a").unwrap();
    let keys: BTreeSet<_> = release.values().iter().filter_map(|v| v.key.clone()).collect();
    // `few` is kept with probability 1e-6, whatever its rows.
    assert_eq!(keys, BTreeSet::from(["many".to_owned()]));
    assert!((release.values()[0].value - 1200.0).abs() < 1e-9);
}

/// Which noise was wanted, with which scale, for how many values.
type Wanted = (&'static str, Scale, usize);

/// Adds a thousand to each value, and keeps what was wanted.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Vec<Wanted>>>);

impl Watch {
    fn add(&self, kind: &'static str, scale: Scale, values: &mut [i128]) {
        self.0.lock().unwrap().push((kind, scale, values.len()));
        values.iter_mut().for_each(|value| *value += 1000);
    }
}

impl NoiseBackend for Watch {
    fn add_laplace(&mut self, scale: Scale, values: &mut [i128]) -> Result<()> {
        self.add("laplace", scale, values);
        Ok(())
    }

    fn add_gaussian(&mut self, sigma: Scale, values: &mut [i128]) -> Result<()> {
        self.add("gaussian", sigma, values);
        Ok(())
    }

    fn is_insecure(&self) -> bool {
        false
    }
}

/// Each vector gets its noise once, from where the session was told to take it, with the scale that its price buys; from
/// rows and from totals alike.
#[test]
fn all_noise_of_a_session_comes_from_its_backend_once_with_the_scale_that_was_paid_for() {
    let rows = [(0, 1.0), (1, 2.0), (0, 3.0)];
    let scale = |text: &str| text.parse::<Scale>().unwrap();
    let count = || Query::count().epsilon(Epsilon::parse("0.5").unwrap());
    let cases = [
        (count().build().unwrap(), vec![("laplace", scale("2/1"), 1)], vec![1003.0]),
        (
            count().by("g", ["0", "1", "9"]).build().unwrap(),
            vec![("laplace", scale("2/1"), 3)],
            vec![1002.0, 1001.0, 1000.0],
        ),
        (
            Query::count().rho(Rho::parse("0.5").unwrap()).noise(NoiseKind::Gaussian).build().unwrap(),
            vec![("gaussian", scale("1/1"), 1)],
            vec![1003.0],
        ),
    ];
    for (query, wanted, values) in cases {
        for from_totals in [false, true] {
            let watch = Watch::default();
            let builder =
                Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(1, 1).unwrap());
            let budget = if wanted[0].0 == "gaussian" { "zcdp rho=1" } else { "pure epsilon=1" };
            let mut session = builder
                .ledger(MemoryLedger::new(Amount::parse(budget).unwrap()))
                .data_version("v1")
                .noise_backend(watch.clone())
                .build()
                .unwrap();
            let release = if from_totals {
                session.release_totals(&query, &totals(&query, &rows), "a").unwrap()
            } else {
                session.release(&query, &records(&rows), "a").unwrap()
            };
            let found: Vec<f64> = release.values().iter().map(|value| value.value).collect();
            assert_eq!(found, values, "{release}");
            let noise = watch.0.lock().unwrap().clone();
            assert_eq!(noise.len(), wanted.len());
            for (found, wanted) in noise.into_iter().zip(&wanted) {
                assert_eq!((found.0, found.2), (wanted.0, wanted.2));
                // Never less than was paid for; a σ is rounded up by a part in 10^12.
                let product = |a: Scale, b: Scale| u128::from(a.numerator()) * u128::from(b.denominator());
                let (is, least) = (product(found.1, wanted.1), product(wanted.1, found.1));
                assert!(least <= is && is <= least + least / 100_000_000_000, "{}", found.1);
            }
            assert!(!release.is_insecure());
        }
    }
    // One that can be repeated is said to be that.
    let query = count().build().unwrap();
    assert!(session().release(&query, &records(&rows), "a").unwrap().is_insecure());
}

#[test]
fn what_needs_rows_is_refused_before_the_charge() {
    let mut session = session();
    for query in [
        Query::histogram("x", Bins::uniform(0.0, 1.0, 4).unwrap()),
        Query::quantiles("x", [0.5]).clamp(0.0, 1.0),
        Query::mean("x").find_clamp(one()),
    ] {
        let query = query.epsilon(one()).build().unwrap();
        let error = session.release_totals(&query, &Totals::new(), "a").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("needs rows, not totals"), "{error}");
    }
    assert_eq!(session.balance().unwrap().spent, Budget::ZERO);
}

#[test]
fn totals_of_another_shape_are_refused_before_the_charge() {
    let mut session = session();
    let means = || Query::mean("x").clamp(0.0, 9.0).epsilon(one());
    let (all, by_group) = (means().build().unwrap(), means().by("g", ["0"]).build().unwrap());
    type Part = (Option<&'static str>, &'static [i128]);
    let cases: [(&Query, &[Part]); 6] = [
        (&all, &[(Some("0"), &[1, 1])]),
        (&by_group, &[(None, &[1, 1])]),
        (&by_group, &[(Some("0"), &[1, 1]), (None, &[1, 1])]),
        (&all, &[(None, &[1])]),
        (&all, &[(None, &[1, 1, 1])]),
        (&all, &[(None, &[1, 1]), (None, &[1])]),
    ];
    for (query, parts) in cases {
        let mut totals = Totals::new();
        parts.iter().for_each(|(key, sums)| totals.add(*key, 1, sums));
        let error = session.release_totals(query, &totals, "a").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        assert!(error.to_string().contains("with 2 totals, one for each of its summands"), "{error}");
    }
    assert_eq!(session.balance().unwrap().spent, Budget::ZERO);
    session.release_totals(&all, &Totals::new(), "nothing").unwrap();
}
