//! Bad input, one table: parameters are refused at construction with value and limit; data is answered, on the same
//! path. What mechanisms, counters and local oracles do with the ends of their numbers is in `dp_mechanism`,
//! `dp_counter`, `dp_local` and `dp_noise`.

use incog::{
    Error, ErrorKind, Result,
    dp::{
        Amount, Bins, Budget, Condition, ContributionBounds, Delta, Epsilon, PrivacyUnit, Query,
        QueryBuilder, Records, Rho, Session, Unreadable,
        counter::{MatrixCounter, TreeCounter},
        ledger::MemoryLedger,
        local::RandomizedResponse,
        mechanism::{AboveThreshold, Lattice, LatticeNoise, Scores},
        noise::Scale,
    },
};

/// (what was tried, what is said)
type Refused = (Result<()>, &'static [&'static str]);

fn outcome<T>(result: Result<T>) -> Result<()> {
    result.map(drop)
}

fn check(cases: impl IntoIterator<Item = Refused>) {
    for (result, words) in cases {
        let error: Error = result.expect_err(&format!("accepted, where an error says {words:?}"));
        assert_eq!(error.kind(), ErrorKind::Parameter, "{error}");
        let text = error.to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}: {words:?}");
    }
}

#[test]
fn prices_that_are_none_are_refused_with_value_and_limit() {
    let epsilon = |value: f64| outcome(Epsilon::new(value));
    let rho = |value: f64| outcome(Rho::new(value));
    let text = |text: &str| outcome(Epsilon::parse(text));
    check([
        (epsilon(0.0), &["0 < ε ≤ 64", "got 0"] as &[&str]),
        (epsilon(-0.0), &["0 < ε ≤ 64", "got -0"]),
        (epsilon(-1.0), &["0 < ε ≤ 64", "got -1"]),
        (epsilon(f64::NAN), &["0 < ε ≤ 64", "got NaN"]),
        (epsilon(f64::INFINITY), &["0 < ε ≤ 64", "got inf"]),
        (epsilon(f64::NEG_INFINITY), &["0 < ε ≤ 64", "got -inf"]),
        (epsilon(64.5), &["0 < ε ≤ 64", "got 64.5"]),
        (text("0"), &["0 < ε ≤ 64"]),
        (text("-1"), &["0 < ε ≤ 64"]),
        (text("nan"), &["0 < ε ≤ 64"]),
        (text(""), &["0 < ε ≤ 64"]),
        (rho(0.0), &["0 < ρ ≤ 64", "got 0"]),
        (rho(f64::NAN), &["0 < ρ ≤ 64", "got NaN"]),
        (rho(f64::INFINITY), &["0 < ρ ≤ 64", "got inf"]),
        (outcome(Delta::new(1.0)), &["delta", "< 1", "got 1"]),
        (outcome(Delta::new(1.5)), &["delta", "< 1", "got 1.5"]),
        (outcome(Delta::new(-0.1)), &["delta", "got -0.1"]),
        (outcome(Delta::new(f64::NAN)), &["delta", "got NaN"]),
        (outcome(Delta::parse("1")), &["delta", "< 1", "got 1"]),
        (outcome(Budget::parse("1", "1")), &["delta", "got 1"]),
        (outcome(Amount::parse("approximate epsilon=1 delta=1")), &["delta", "got 1"]),
    ]);
}

#[test]
fn bounds_reversed_or_overflowing_are_refused_with_value_and_limit() {
    let one = Epsilon::parse("1").unwrap();
    let rho = Rho::parse("0.5").unwrap();
    let sum = |lower, upper| outcome(Query::sum("x").clamp(lower, upper).epsilon(one).build());
    check([
        (sum(1.0, 0.0), &["clamp bounds of 'x'", "1", "0"] as &[&str]),
        (sum(0.0, 0.0), &["clamp bounds of 'x'"]),
        (sum(f64::NAN, 1.0), &["clamp bounds of 'x'", "NaN"]),
        (sum(0.0, f64::INFINITY), &["clamp bounds of 'x'", "inf"]),
        (sum(-f64::MAX, f64::MAX), &["clamp bounds of 'x'"]),
        (sum(0.0, 1e101), &["clamp bounds of 'x'", "1e100"]),
        (outcome(Bins::from_edges([1.0, 0.0])), &["2 to 65537", "ascending order"]),
        (outcome(Bins::from_edges([0.0, f64::NAN])), &["finite numbers"]),
        (outcome(Condition::within("x", 2.0, 1.0)), &["range of 'x'", "2 and 1"]),
        (outcome(Condition::within("x", f64::NAN, 1.0)), &["range of 'x'", "NaN"]),
        (outcome(ContributionBounds::new(0, 1)), &["got 0"]),
        (outcome(ContributionBounds::new(1, 0)), &["got 0"]),
        (outcome(ContributionBounds::new(u32::MAX, 1)), &["got 4294967295"]),
        (outcome(Scale::new(0, 1)), &["got 0/1"]),
        (outcome(Scale::new(1 << 62, 1)), &["2^61", "got 4611686018427387904/1"]),
        (outcome(Scores::new(0, 1)), &["got 0"]),
        (outcome(Scores::new(2, 0)), &["got 0"]),
        (outcome(AboveThreshold::new(0, u64::MAX, 2, one)), &["a noise scale must be in"]),
        (outcome(TreeCounter::laplace(0, 1, one)), &["got 0"]),
        (outcome(MatrixCounter::new(8, u64::MAX, rho)), &["got 18446744073709551615"]),
        (outcome(RandomizedResponse::new(0, one)), &["2..=1073741824", "got 0"]),
        (outcome(Lattice::new(i32::MAX)), &["got 2147483647"]),
        (outcome(LatticeNoise::laplace(1, f64::NAN, one)), &["1e-100 to 1e100", "got NaN"]),
        (outcome(LatticeNoise::laplace(1, -1.0, one)), &["1e-100 to 1e100", "got -1"]),
        (outcome(LatticeNoise::laplace(1, f64::INFINITY, one)), &["1e-100 to 1e100", "got inf"]),
        (outcome(LatticeNoise::gaussian(0, 1.0, rho)), &["got 0"]),
    ]);
}

#[cfg(feature = "ndarray")]
#[test]
fn clip_norms_noise_and_rates_out_of_range_are_refused_with_value_and_limit() {
    use incog::dp::vector::{PoissonSampler, PrivateSgd, VectorQuery};
    let norm = |norm| outcome(VectorQuery::sum(norm).rho(Rho::parse("1").unwrap()).build());
    let rate = |rate| outcome(PoissonSampler::new(10, rate));
    let noise = |noise| outcome(PrivateSgd::new(PoissonSampler::new(10, 0.5).unwrap(), 1.0, noise));
    check([
        (norm(0.0), &["1e-60 to 1e60", "got 0"] as &[&str]),
        (norm(-1.0), &["1e-60 to 1e60", "got -1"]),
        (norm(f64::NAN), &["1e-60 to 1e60", "got NaN"]),
        (norm(f64::INFINITY), &["1e-60 to 1e60", "got inf"]),
        (rate(0.0), &["rate", "0"]),
        (rate(1.5), &["rate", "1.5"]),
        (rate(f64::NAN), &["rate", "NaN"]),
        (noise(0.0), &["noise multiplier", "0"]),
        (noise(f64::NAN), &["noise multiplier", "NaN"]),
        (noise(f64::INFINITY), &["noise multiplier", "inf"]),
    ]);
}

fn queries() -> Vec<QueryBuilder> {
    let quarter = Epsilon::parse("0.25").unwrap();
    let sum = || Query::sum("x").clamp(-9.3e18, 9.3e18);
    vec![
        Query::count(),
        Query::count().by("g", ["0", "1"]),
        sum(),
        sum().by("g", ["1"]).unreadable(Unreadable::LeftOut),
        Query::sum("x").clamp(1.0, 2.0),
        Query::mean("x").clamp(-1e100, 1e100),
        Query::variance("x").clamp(0.0, 1e-90),
        Query::histogram("x", Bins::from_edges([-9.3e18, 0.0, 9.3e18]).unwrap()),
        Query::quantiles("x", [0.0, 0.5, 1.0]).clamp(-9.3e18, 9.3e18),
        Query::sum("x").find_clamp(quarter),
        Query::mean("x").find_clamp(quarter).unreadable(Unreadable::Value(1e300)),
    ]
}

/// What it is, persons, groups and numbers.
type Bad = (&'static str, Vec<u32>, Vec<u32>, Vec<f64>);

fn tables() -> Vec<Bad> {
    let (min, max) = (-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0);
    let each = |numbers: &[f64]| {
        let rows = numbers.len() as u32;
        ((0..rows).collect(), (0..rows).map(|row| row % 2).collect(), numbers.to_vec())
    };
    let named =
        |name, (persons, groups, numbers): (Vec<u32>, Vec<u32>, Vec<f64>)| (name, persons, groups, numbers);
    vec![
        named("ordinary", each(&[1.0, 2.0, 3.0, 4.0])),
        named("empty", each(&[])),
        named("NaN cells", each(&[f64::NAN, -f64::NAN, f64::NAN])),
        named("the ends of i64", each(&[min, max, min, max, max, max])),
        named("infinities", each(&[f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 5e-324, -0.0])),
        named("a person with a million rows", (vec![0; 1_000_000], vec![0; 1_000_000], vec![max; 1_000_000])),
    ]
}

fn session() -> Session {
    Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(3, 2).unwrap())
        .ledger(MemoryLedger::new(Budget::parse("1000", "0").unwrap()))
        .data_version("1")
        .build()
        .unwrap()
}

/// Every query is answered about every table: finite numbers, as many, at the same price, as the same events.
#[test]
fn bad_data_is_answered_like_any_other() {
    let tables = tables();
    for (q, query) in queries().into_iter().enumerate() {
        let query = query.epsilon(Epsilon::parse("1").unwrap()).build().unwrap();
        let mut public = None;
        for (name, persons, groups, numbers) in &tables {
            let records = Records::new().codes("p", persons, 10).unwrap();
            let records = records.codes("g", groups, 2).unwrap().numbers("x", numbers).unwrap();
            let release = session().release(&query, records.clone(), &format!("{q}")).unwrap();
            assert!(release.values().iter().all(|v| v.value.is_finite()), "{name}: {release}");
            let mut path = (release.cost(), release.events().to_vec(), release.values().len(), 0);
            #[cfg(feature = "audit")]
            {
                let mut rng = incog::SecureRng::from_os().unwrap();
                path.3 = session().trial(&query, records).unwrap().run(&mut rng).unwrap().drawn.len();
            }
            // Each quantile is one choice, but for parts that no row is in after an earlier choice.
            if query.label().starts_with("quantiles") {
                path.3 = 0;
            }
            assert_eq!(public.get_or_insert_with(|| path.clone()), &path, "{}: {name}", query.label());
        }
    }
}

/// Price and error are those of public parameters.
#[test]
fn prices_and_errors_are_known_before_any_table_is() {
    let session = session();
    for query in queries() {
        let query = query.epsilon(Epsilon::parse("1").unwrap()).build().unwrap();
        // The price is known, and the error where there is one, before any table is.
        assert_eq!(session.cost(&query).unwrap().currency(), session.balance().unwrap().spent.currency());
        match session.error(&query, 0.95) {
            Ok(error) => assert!(error.is_finite() && error > 0.0, "{}", query.label()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}"),
        }
    }
}
