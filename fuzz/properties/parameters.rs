//! Any numbers for any parameter: refused with one sentence, and noise of at least sensitivity over epsilon otherwise, in
//! exact fractions; a query that was built is answered, or refused with the same words, whatever the data are.

use arbitrary::Arbitrary;
use incog::{
    SecureRng,
    dp::{
        Bins, Budget, ContributionBounds, Delta, Epsilon, Neighbors, NoiseKind, PrivacyUnit, Query, Records,
        Rho, Session, Unreadable,
        ledger::MemoryLedger,
        local::{HadamardResponse, LocalHashing, RandomizedResponse, UnaryEncoding},
        mechanism::{AboveThreshold, LatticeNoise, NoisyTopK, Scores},
        noise::Scale,
        partition::{GaussianThreshold, LaplaceThreshold, TruncatedGeometric},
    },
};

#[derive(Arbitrary, Debug)]
pub struct Input {
    epsilon: f64,
    delta: f64,
    rho: f64,
    sensitivity: u64,
    distance: f64,
    small: u16,
    large: u32,
    threshold: i64,
    bounds: (u32, u32, Option<u32>),
    clamp: (f64, f64),
    value: f64,
    edges: Vec<f64>,
    shape: u8,
    at_least: Option<u64>,
    tables: [Vec<(u8, bool, f64)>; 2],
}

pub fn holds(input: Input) {
    let [epsilon, delta, rho] = [
        accepted(Epsilon::new(input.epsilon)).map(Epsilon::to_f64),
        accepted(Delta::new(input.delta)).map(Delta::to_f64),
        accepted(Rho::new(input.rho)).map(Rho::to_f64),
    ];
    for number in [epsilon, delta, rho].into_iter().flatten() {
        assert!(number.is_finite() && number >= 0.0);
    }
    // Where the input has no such number, the rest is tried with a fixed one.
    let epsilon = Epsilon::new(input.epsilon).unwrap_or_else(|_| Epsilon::new(1.0).expect("in range"));
    let delta = Delta::new(input.delta).unwrap_or_else(|_| Delta::new(1e-6).expect("in range"));
    let rho = Rho::new(input.rho).unwrap_or_else(|_| Rho::new(0.5).expect("in range"));

    if let Some(scale) = accepted(Scale::for_sensitivity(input.sensitivity, epsilon)) {
        // numerator / denominator >= sensitivity / (units 1e-12), and not by more than one part in 2^60. The units of an
        // epsilon are what its text says.
        let units = units(&epsilon.to_string());
        let scaled = product(scale.numerator(), units);
        let exact = product(input.sensitivity, 1_000_000_000_000);
        let exact = times(exact, scale.denominator());
        let (least, most) = (exact, plus_a_2_to_the_60th(exact));
        let scaled = [scaled[0], scaled[1], 0];
        assert!(at_most(least, scaled), "less noise than sensitivity over epsilon");
        assert!(at_most(scaled, most), "more noise than that by more than rounding");
    }
    let (small, large) = (usize::from(input.small), input.large);
    for noise in [
        accepted(LatticeNoise::laplace(small, input.distance, epsilon)),
        accepted(LatticeNoise::gaussian(small, input.distance, rho)),
    ] {
        let Some(noise) = noise else { continue };
        let step = noise.lattice().step();
        assert!(step.is_finite() && step > 0.0 && step <= input.distance);
        let mut values = vec![input.value; small];
        noise.release(&mut values, &mut rng()).expect("entropy, and as many values as declared");
        assert!(values.iter().all(|value| value.is_finite()), "noise makes a number of anything");
    }
    if let Some(scores) = accepted(Scores::new(small, input.sensitivity)) {
        accepted(NoisyTopK::new(scores, usize::from(input.shape), epsilon));
    }
    for made in [AboveThreshold::new, AboveThreshold::monotonic] {
        if let Some(made) = accepted(made(input.threshold, input.sensitivity, large, epsilon)) {
            let mut open = made.open(&mut rng()).expect("entropy");
            open.ask(input.threshold, &mut rng()).expect("the first question");
        }
    }
    for neighbors in [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne, Neighbors::ZeroOut] {
        accepted(LaplaceThreshold::new(neighbors, large, epsilon, delta));
        accepted(GaussianThreshold::new(neighbors, large, rho, delta));
        if let Some(keep) = accepted(TruncatedGeometric::new(neighbors, large, epsilon, delta)) {
            assert!(keep.keeps(keep.certain_from(), &mut rng()).expect("entropy"));
            assert!(!keep.keeps(0, &mut rng()).expect("entropy"), "a key of nobody");
        }
    }
    local(large, epsilon);
    query(&input, epsilon, delta);
}

/// Reports in the categories, whatever the answer.
fn local(categories: u32, epsilon: Epsilon) {
    if let Some(oracle) = accepted(RandomizedResponse::new(categories, epsilon)) {
        assert!(oracle.report(categories - 1, &mut rng()).expect("a category") < categories);
        accepted(oracle.report(categories, &mut rng()));
    }
    if let Some(oracle) = accepted(HadamardResponse::new(categories, epsilon)) {
        oracle.report(0, &mut rng()).expect("a category");
    }
    if let Some(oracle) = accepted(LocalHashing::new(categories, epsilon)) {
        oracle.report(0, &mut rng()).expect("a category");
    }
    // A bit for each category: the large ones are long.
    if let Some(oracle) = accepted(UnaryEncoding::new(categories.min(4096), epsilon)) {
        oracle.report(0, &mut rng()).expect("a category");
    }
}

fn query(input: &Input, epsilon: Epsilon, delta: Delta) {
    let (rows, groups, per_group) = input.bounds;
    let Some(mut bounds) = accepted(ContributionBounds::new(rows, groups)) else { return };
    if let Some(rows) = per_group {
        match accepted(bounds.per_group(rows)) {
            Some(bounded) => bounds = bounded,
            None => return,
        }
    }
    let (lower, upper) = input.clamp;
    let builder = match input.shape % 6 {
        0 => Query::count(),
        1 => Query::sum("x").clamp(lower, upper),
        2 => Query::mean("x").clamp(lower, upper),
        3 => Query::variance("x").clamp(lower, upper),
        4 => match accepted(Bins::from_edges(input.edges.iter().copied())) {
            Some(bins) => Query::histogram("x", bins),
            None => return,
        },
        _ => Query::quantiles("x", input.edges.iter().copied()).clamp(lower, upper),
    };
    let builder = match input.shape / 6 % 4 {
        0 => builder,
        1 => builder.by("g", ["0", "1"]),
        2 => builder.by_selected("g", epsilon, delta),
        _ => builder.unreadable(Unreadable::Value(input.value)),
    };
    let builder = match input.at_least {
        Some(rows) => builder.at_least(rows),
        None => builder,
    };
    let kind = if (input.shape / 24).is_multiple_of(2) { NoiseKind::Laplace } else { NoiseKind::Gaussian };
    let Some(query) = accepted(builder.noise(kind).epsilon(epsilon).build()) else { return };
    let session = || {
        let unit = PrivacyUnit::person("p").expect("a name");
        let limit = Budget::parse("64", "0.5").expect("a budget");
        let session = Session::builder(unit, bounds).ledger(MemoryLedger::new(limit)).data_version("v");
        session.build().expect("all is given")
    };
    let answers = input.tables.each_ref().map(|rows| {
        let persons: Vec<u32> = rows.iter().map(|row| u32::from(row.0)).collect();
        let groups: Vec<u32> = rows.iter().map(|row| u32::from(row.1)).collect();
        let numbers: Vec<f64> = rows.iter().map(|row| row.2).collect();
        let records = Records::new().codes("p", &persons, 256).expect("codes");
        let records = records.codes("g", &groups, 2).expect("codes").numbers("x", &numbers).expect("as long");
        session().release(&query, records, "q").map(drop).map_err(|error| error.to_string())
    });
    assert_eq!(answers[0], answers[1], "an error depends on the data");
}

fn rng() -> SecureRng {
    SecureRng::from_os().expect("entropy")
}

/// What was made; an error is one line.
fn accepted<T>(made: incog::Result<T>) -> Option<T> {
    made.map_err(|error| assert!(error.to_string().lines().count() == 1, "no sentence: {error}")).ok()
}

/// A decimal text in units of 1e-12.
fn units(text: &str) -> u64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<12}");
    whole.parse::<u64>().expect("digits") * 1_000_000_000_000 + part.parse::<u64>().expect("12 digits")
}

/// Numbers of 192 bits in words of 64 and 128: the low 64 bits, the next 64, and the rest.
fn product(a: u64, b: u64) -> [u64; 3] {
    let all = u128::from(a) * u128::from(b);
    [all as u64, (all >> 64) as u64, 0]
}

fn times(a: [u64; 3], b: u64) -> [u64; 3] {
    let low = u128::from(a[0]) * u128::from(b);
    let high = u128::from(a[1]) * u128::from(b) + (low >> 64);
    [low as u64, high as u64, (high >> 64) as u64]
}

fn plus_a_2_to_the_60th(a: [u64; 3]) -> [u64; 3] {
    // a / 2^60, rounded up by one.
    let part = ((u128::from(a[1]) << 4) | u128::from(a[0] >> 60)) + (u128::from(a[2]) << 68) + 1;
    let low = u128::from(a[0]) + (part & u128::from(u64::MAX));
    let high = u128::from(a[1]) + (part >> 64) + (low >> 64);
    [low as u64, high as u64, a[2] + (high >> 64) as u64]
}

fn at_most(a: [u64; 3], b: [u64; 3]) -> bool {
    a.iter().rev().le(b.iter().rev())
}
