//! Both implementations against each other. Chi-square of two samples at 5 standard deviations of its normal
//! approximation: false alarm 3e-7 for each of 14 pairs, 4e-6 in all. The same statistic at the same threshold finds
//! noise that is 10 % too small.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a test that fails may panic, and its numbers are small"
)]

use incog::{
    SecureRng,
    dp::{
        Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Rho, Session,
        ledger::MemoryLedger,
        local::RandomizedResponse,
        mechanism::{ExponentialMechanism, LatticeNoise, PermuteAndFlip, Scores},
        noise::{NoiseBackend, Scale},
    },
};
use incog_opendp::OpenDp;
use opendp::{
    domains::{AtomDomain, VectorDomain},
    measurements::{make_noisy_max, make_randomized_response_bool},
    measures::{MaxDivergence, ZeroConcentratedDivergence},
    metrics::LInfDistance,
};

const DRAWS: usize = 60_000;
const SCALES: [(u64, u64); 7] = [(1, 3), (1, 1), (10, 3), (10, 1), (100, 7), (1000, 1), (1 << 40, 1)];

fn draws(backend: &mut dyn NoiseBackend, gaussian: bool, scale: Scale) -> Vec<i128> {
    let mut draws = vec![0; DRAWS];
    if gaussian {
        backend.add_gaussian(scale, &mut draws).unwrap();
    } else {
        backend.add_laplace(scale, &mut draws).unwrap();
    }
    draws
}

/// How many standard deviations chi-square of two samples of one size lies above its mean (Wilson and Hilferty 1931),
/// over cells that hold at least 50 of the pooled sample.
fn deviations(a: &[i128], b: &[i128]) -> f64 {
    let mut pooled: Vec<i128> = a.iter().chain(b).copied().collect();
    pooled.sort_unstable();
    let mut edges: Vec<i128> = pooled.iter().copied().step_by(pooled.len() / 60).collect();
    edges.dedup();
    let count = |draws: &[i128]| {
        let mut cells = vec![0u32; edges.len() + 1];
        draws.iter().for_each(|draw| cells[edges.partition_point(|edge| edge < draw)] += 1);
        cells
    };
    let (mut statistic, mut cells, mut left) = (0.0, 0.0, (0.0, 0.0));
    for (x, y) in count(a).into_iter().zip(count(b)) {
        left = (left.0 + f64::from(x), left.1 + f64::from(y));
        if left.0 + left.1 >= 50.0 {
            let (x, y): (f64, f64) = left;
            statistic += (x - y).powi(2) / (x + y);
            cells += 1.0;
            left = (0.0, 0.0);
        }
    }
    let freedom = cells - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    ((statistic / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

#[test]
fn both_backends_draw_from_one_distribution() {
    let mut own = SecureRng::from_os().unwrap();
    for gaussian in [false, true] {
        for (n, d) in SCALES {
            let scale = Scale::new(n, d).unwrap();
            let reference = draws(&mut OpenDp::new(), gaussian, scale);
            let found = deviations(&draws(&mut own, gaussian, scale), &reference);
            assert!(found < 5.0, "gaussian {gaussian}, {scale}: {found} deviations");
            let less = Scale::new(n * 9, d * 10).unwrap();
            let found = deviations(&draws(&mut own, gaussian, less), &reference);
            assert!(found > 5.0, "gaussian {gaussian}, {scale} with 10 % less noise: {found} deviations");
        }
    }
}

/// For scales that are binary fractions, so that both are given the same number: OpenDP's map is rounded outward, and
/// equal to ours, which is a fraction of whole numbers, within a part in 10^14.
#[test]
fn privacy_maps_agree() {
    for scale in [0.25f64, 1.0, 1.5, 10.0, 1000.0, 1024.75] {
        for moved in [1i64, 2, 7, 1000] {
            let exact = moved as f64 / scale;
            let theirs = OpenDp::laplace_epsilon(scale, moved).unwrap();
            assert!(theirs >= exact && theirs <= exact * (1.0 + 1e-14), "{scale} {moved}: {theirs} {exact}");
            // The scale that we choose for their ε is not below theirs, but by the 1e-12 that an ε is rounded up by.
            if let Ok(epsilon) = Epsilon::new(exact) {
                let ours = Scale::for_sensitivity(moved.unsigned_abs(), epsilon).unwrap();
                let ours = ours.numerator() as f64 / ours.denominator() as f64;
                assert!((ours / scale - 1.0).abs() < 2e-12 / exact.min(1.0), "{scale} {moved}: {ours}");
            }
            let rho = moved as f64 * moved as f64 / (2.0 * scale * scale);
            let theirs = OpenDp::gaussian_rho(scale, moved as f64).unwrap();
            assert!(
                theirs >= rho * (1.0 - 1e-15) && theirs <= rho * (1.0 + 1e-14),
                "{scale} {moved}: {theirs} {rho}"
            );
        }
    }
    assert!(OpenDp::laplace_epsilon(-1.0, 1).is_err() && OpenDp::gaussian_rho(f64::NAN, 1.0).is_err());
}

/// Choices and randomized responses: 20,000 of each tool, chi-square of two samples, 5 deviations; with a third more of ε it
/// is found out.
#[test]
fn choices_and_responses_are_drawn_from_one_distribution() {
    const CHOICES: usize = 20_000;
    let mut rng = SecureRng::from_os().unwrap();
    let (scores, theirs) = ([3i64, 0, 5, 4, -2, 5], vec![3i32, 0, 5, 4, -2, 5]);
    let space = || (VectorDomain::new(AtomDomain::<i32>::default()), LInfDistance::<i32>::default());
    // ε = 1 for scores that move by 1 in either direction is a scale of 2.
    let gumbel = make_noisy_max(space().0, space().1, ZeroConcentratedDivergence, 2.0, false).unwrap();
    let exponential = make_noisy_max(space().0, space().1, MaxDivergence, 2.0, false).unwrap();
    let response = make_randomized_response_bool(0.731_058_578_630_004_9, false).unwrap();
    let mut references: [Vec<i128>; 3] = [vec![], vec![], vec![]];
    for _ in 0..CHOICES {
        references[0].push(gumbel.invoke(&theirs).unwrap() as i128);
        references[1].push(exponential.invoke(&theirs).unwrap() as i128);
        references[2].push(i128::from(response.invoke(&true).unwrap()));
    }
    let declared = Scores::new(6, 1).unwrap();
    for (text, differ) in [("1", false), ("1.333", true)] {
        let epsilon = Epsilon::parse(text).unwrap();
        let (choice, flip) =
            (ExponentialMechanism::new(declared, epsilon), PermuteAndFlip::new(declared, epsilon));
        let oracle = RandomizedResponse::binary(epsilon).unwrap();
        let mut own: [Vec<i128>; 3] = [vec![], vec![], vec![]];
        for _ in 0..CHOICES {
            own[0].push(choice.select(&scores, &mut rng).unwrap() as i128);
            own[1].push(flip.select(&scores, &mut rng).unwrap() as i128);
            own[2].push(oracle.report(1, &mut rng).unwrap().into());
        }
        for (i, (own, reference)) in own.iter().zip(&references).enumerate() {
            let found = deviations(own, reference);
            assert_eq!(found > 5.0, differ, "tool {i}, epsilon {text}: {found} deviations");
        }
    }
}

/// Real numbers on the lattice, with either backend: the same distribution, and points of the same lattice.
#[test]
fn releases_on_a_lattice_agree() {
    let mut own = SecureRng::from_os().unwrap();
    let dimension = DRAWS;
    let noises = [
        LatticeNoise::laplace(dimension, 1.0, Epsilon::parse("1").unwrap()).unwrap(),
        LatticeNoise::gaussian(dimension, 1.0, Rho::parse("0.5").unwrap()).unwrap(),
    ];
    for noise in noises {
        let step = noise.lattice().step();
        let release = |backend: &mut dyn NoiseBackend| -> Vec<i128> {
            let mut values = vec![0.1; dimension];
            noise.release(&mut values, backend).unwrap();
            values
                .iter()
                .map(|value| {
                    assert!((value / step).fract().abs() < 1e-300);
                    (value / step) as i128
                })
                .collect()
        };
        let found = deviations(&release(&mut own), &release(&mut OpenDp::new()));
        assert!(found < 5.0, "{found} deviations");
    }
}

/// A session with OpenDP's noise is charged as any other, its events are the same, and its answers are spread alike:
/// 2,000 counts, 7 deviations of the mean of |noise|, whose own deviation is about its mean. False alarm below 1e-10.
#[test]
fn a_session_takes_its_noise_from_either() {
    let session = || {
        Session::builder(PrivacyUnit::person("p").unwrap(), ContributionBounds::new(1, 1).unwrap())
            .ledger(MemoryLedger::new(Budget::parse("10000", "0").unwrap()))
            .data_version("1")
    };
    let mut sessions = [session().build().unwrap(), session().noise_backend(OpenDp::new()).build().unwrap()];
    let persons: Vec<u32> = (0..100).collect();
    let query = Query::count().epsilon(Epsilon::parse("0.5").unwrap()).build().unwrap();
    let spreads = sessions.each_mut().map(|session| {
        let mut spread = 0.0;
        for i in 0..2000 {
            let records = Records::new().codes("p", &persons, 100).unwrap();
            let release = session.release(&query, records, &i.to_string()).unwrap();
            assert!(!release.is_insecure() && release.cost() == Budget::parse("0.5", "0").unwrap());
            spread += (release.values()[0].value - 100.0).abs() / 2000.0;
        }
        spread
    });
    // E|x| = 2p / (1 - p^2) for p = exp(-1/2).
    let mean = 2.0 * 0.606_531 / (1.0 - 0.367_879);
    for spread in spreads {
        assert!((spread - mean).abs() < 7.0 * mean / 2000f64.sqrt(), "{spreads:?}, not {mean}");
    }
}

#[test]
fn sums_saturate_at_the_ends_of_the_range() {
    let mut values = [i128::MIN, i128::MAX];
    OpenDp::new().add_laplace(Scale::new(1 << 61, 1).unwrap(), &mut values).unwrap();
    assert!(values[0] < 0 && values[1] > 0 && !OpenDp::new().is_insecure());
}
