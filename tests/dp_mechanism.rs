//! Choices among candidates, sparse vector: distributions against their formulas, parameters, awkward data. What they
//! give away is attacked in `dp_audit.rs`.

use incog::{
    ErrorKind, SecureRng,
    dp::{
        Epsilon, Rho,
        mechanism::{
            AboveThreshold, Answer, ExponentialMechanism, LatticeNoise, NoisyTopK, PermuteAndFlip, Scores,
        },
    },
};

fn epsilon(text: &str) -> Epsilon {
    Epsilon::parse(text).unwrap()
}

#[test]
fn mechanisms_with_parameters_out_of_range_are_refused_at_construction() {
    let one = epsilon("1");
    let cases = [
        (Scores::new(0, 1).err(), "a choice needs 1 to 2147483648 candidates, got 0"),
        (Scores::new((1 << 31) + 1, 1).err(), "got 2147483649"),
        (Scores::new(1, 0).err(), "the sensitivity of scores must be at least 1, got 0"),
        (NoisyTopK::new(Scores::new(3, 1).unwrap(), 0, one).err(), "must be of 1..=3 candidates, got 0"),
        (NoisyTopK::new(Scores::new(3, 1).unwrap(), 4, one).err(), "must be of 1..=3 candidates, got 4"),
        (
            NoisyTopK::new(Scores::new(3, 1).unwrap(), 3, epsilon("0.000000000002")).err(),
            "epsilon must be in 0 < ε ≤ 64",
        ),
        (LatticeNoise::laplace(0, 1.0, one).err(), "the dimension must be in 1..=4294967296, got 0"),
        (LatticeNoise::laplace(1, 0.0, one).err(), "a number in 1e-100 to 1e100, got 0e0"),
        (LatticeNoise::laplace(1, -1.0, one).err(), "a number in 1e-100 to 1e100, got -1e0"),
        (LatticeNoise::laplace(1, f64::NAN, one).err(), "a number in 1e-100 to 1e100, got NaN"),
        (LatticeNoise::laplace(1, f64::INFINITY, one).err(), "a number in 1e-100 to 1e100, got inf"),
        (
            LatticeNoise::gaussian(1, 1e101, Rho::parse("1").unwrap()).err(),
            "a number in 1e-100 to 1e100, got 1e101",
        ),
        (AboveThreshold::new(0, 0, 1, one).err(), "the sensitivity of a question must be at least 1, got 0"),
        (AboveThreshold::new(0, 1, 0, one).err(), "the answers 'above' must be in 1..=1048576, got 0"),
        (AboveThreshold::new(0, 1, (1 << 20) + 1, one).err(), "got 1048577"),
        (AboveThreshold::new(0, u64::MAX, 1, one).err(), "a noise scale must be in"),
        (AboveThreshold::new(0, 1 << 60, 1, one).err(), "a noise scale must be in"),
        (AboveThreshold::new(0, 1, 1, epsilon("0.000000000001")).err(), "epsilon is too small to be parted"),
    ];
    for (error, message) in cases {
        let error = error.unwrap_or_else(|| panic!("accepted: {message}"));
        assert_eq!(error.kind(), ErrorKind::Parameter, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    let scores = Scores::new(2, 1).unwrap();
    let mut rng = SecureRng::from_os().unwrap();
    for wrong in [vec![], vec![1], vec![1, 2, 3]] {
        let message = format!("the choice was declared for 2 candidates, got {} scores", wrong.len());
        let errors = [
            ExponentialMechanism::new(scores, one).select(&wrong, &mut rng).unwrap_err(),
            PermuteAndFlip::new(scores, one).select(&wrong, &mut rng).unwrap_err(),
            NoisyTopK::new(scores, 1, one).unwrap().select(&wrong, &mut rng).unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.to_string() == message));
    }
}

#[test]
fn no_scores_and_no_answers_lead_to_an_error() {
    let mut rng = SecureRng::from_os().unwrap();
    let ends = [i64::MIN, i64::MAX, 0, -1, 1, i64::MIN, i64::MAX];
    for sensitivity in [1, u64::MAX] {
        for text in ["0.000000000001", "1", "64"] {
            let scores = Scores::new(ends.len(), sensitivity).unwrap();
            for scores in [scores, scores.monotonic()] {
                for equal in [[i64::MIN; 7], [0; 7], [i64::MAX; 7], ends] {
                    let place =
                        ExponentialMechanism::new(scores, epsilon(text)).select(&equal, &mut rng).unwrap();
                    assert!(place < 7);
                    assert!(PermuteAndFlip::new(scores, epsilon(text)).select(&equal, &mut rng).unwrap() < 7);
                    if text != "0.000000000001" {
                        let mut all = NoisyTopK::new(scores, 7, epsilon(text))
                            .unwrap()
                            .select(&equal, &mut rng)
                            .unwrap();
                        all.sort_unstable();
                        assert_eq!(all, [0, 1, 2, 3, 4, 5, 6]);
                    }
                }
            }
        }
    }
    // At ε = 64 the best is found but once in 10^27 draws.
    let scores = Scores::new(ends.len(), 1).unwrap();
    let place = ExponentialMechanism::new(scores, epsilon("64")).select(&ends, &mut rng).unwrap();
    assert!(ends[place] == i64::MAX);
    for threshold in [i64::MIN, 0, i64::MAX] {
        let watch = AboveThreshold::new(threshold, 1 << 50, 3, epsilon("1")).unwrap();
        let mut open = watch.open(&mut rng).unwrap();
        for value in ends {
            open.ask(value, &mut rng).unwrap();
        }
    }
}

/// Outputs of two inputs a step apart are points of one lattice, for all inputs, also where they have more digits
/// than a double.
#[test]
fn every_output_is_a_lattice_point() {
    let mut rng = SecureRng::from_os().unwrap();
    let noises = [
        LatticeNoise::laplace(9, 0.1, epsilon("1")).unwrap(),
        LatticeNoise::laplace(9, 1e100, epsilon("0.000001")).unwrap(),
        LatticeNoise::laplace(9, 1e-100, epsilon("64")).unwrap(),
        LatticeNoise::gaussian(9, 3.0, Rho::parse("0.5").unwrap()).unwrap(),
        LatticeNoise::gaussian(9, 3.0, Rho::parse("0.000000000001").unwrap()).unwrap(),
    ];
    for noise in noises {
        let step = noise.lattice().step();
        for _ in 0..1000 {
            let mut values = [
                0.0,
                -0.0,
                0.1,
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::MAX,
                f64::MIN_POSITIVE,
                -1e99,
            ];
            noise.release(&mut values, &mut rng).unwrap();
            for value in values {
                assert!(value.is_finite() && (value / step).fract().abs() < 1e-300, "{value} {step}");
            }
        }
        assert!(noise.half_width(0.95).unwrap() > step && noise.half_width(0.2).is_err());
        assert_eq!(noise.release(&mut [1.0], &mut rng).unwrap_err().kind(), ErrorKind::Parameter);
    }
}

/// In parts of the scale, so many draws that 10 % less noise is seen: chi-square of 40 cells against the formula of
/// Laplace and of the normal distribution, from which a lattice of 2^40 steps differs by 2^-40. 5 deviations, false
/// alarm 3e-7 for each; the seed is 21.
#[cfg(feature = "insecure-seeded")]
#[test]
fn lattice_noise() {
    use crate::statistics::chi_square_deviations;
    type Case<'f> = (LatticeNoise, f64, &'f dyn Fn(f64) -> f64);

    let laplace = |x: f64| if x < 0.0 { 0.5 * x.exp() } else { 1.0 - 0.5 * (-x).exp() };
    // By Simpson's rule: far more exact than 200,000 draws can tell.
    let normal = |x: f64| {
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let step = x / 200.0;
        let sum: f64 = (0..200)
            .map(|i| {
                let at = f64::from(i) * step;
                density(at) + 4.0 * density(at + step / 2.0) + density(at + step)
            })
            .sum();
        0.5 + sum * step / 6.0
    };
    let cases: [Case<'_>; 3] = [
        (LatticeNoise::laplace(200_000, 0.7, epsilon("2")).unwrap(), 0.35, &laplace),
        (LatticeNoise::laplace(200_000, 1e-50, epsilon("0.001")).unwrap(), 1e-47, &laplace),
        (LatticeNoise::gaussian(200_000, 3.0, Rho::parse("0.125").unwrap()).unwrap(), 6.0, &normal),
    ];
    for (noise, scale, below) in cases {
        let center = 0.25 * scale;
        let mut values = vec![center; 200_000];
        noise.release(&mut values, &mut SecureRng::insecure_seeded(21)).unwrap();
        let deviations = |scale: f64| {
            let mut counts = vec![0u64; 40];
            for value in &values {
                let cell = ((value - center) / scale * 5.0 + 20.0).floor();
                counts[cell.clamp(0.0, 39.0) as usize] += 1;
            }
            let edge = |i: u32| match i {
                0 => 0.0,
                40 => 1.0,
                i => below((f64::from(i) - 20.0) / 5.0),
            };
            let cells: Vec<f64> = (0..40).map(|i| edge(i + 1) - edge(i)).collect();
            chi_square_deviations(&counts, &cells)
        };
        assert!(deviations(scale) < 5.0, "{scale}: {}", deviations(scale));
        assert!(deviations(0.9 * scale) > 5.0 && deviations(scale / 0.9) > 5.0);
    }
}

/// Candidates of several blocks, of 1,024 by the exponential mechanism and of 64 by permute-and-flip: all that are alike
/// are chosen (200 choices leave out a third of them once in 10^34 runs), and of unlike ones only the best.
#[test]
fn candidates_of_every_block_are_chosen_alike() {
    let mut rng = SecureRng::from_os().unwrap();
    let e = epsilon("64");
    let alike = vec![-7; 3072];
    let exponential = ExponentialMechanism::new(Scores::new(3072, 1).unwrap(), e);
    let flip = PermuteAndFlip::new(Scores::new(3072, 1).unwrap(), e);
    let mut chosen = [Vec::new(), Vec::new()];
    for _ in 0..200 {
        chosen[0].push(exponential.select(&alike, &mut rng).unwrap());
        chosen[1].push(flip.select(&alike, &mut rng).unwrap());
    }
    for mut places in chosen {
        assert!((0..3).all(|third| places.iter().any(|place| place / 1024 == third)), "{places:?}");
        places.sort_unstable();
        places.dedup();
        assert!(places.len() > 150 && places[0] < 1024, "{places:?}");
    }
    // Far better than all others, at the ends of blocks and beyond them.
    let best = [0, 63, 64, 200, 1023, 1024, 2047, 3071];
    let mut scores = vec![0; 3072];
    best.iter().for_each(|&place| scores[place] = 10);
    let mut seen = [[false; 8]; 2];
    for _ in 0..600 {
        let places =
            [exponential.select(&scores, &mut rng).unwrap(), flip.select(&scores, &mut rng).unwrap()];
        for (seen, place) in seen.iter_mut().zip(places) {
            // One of the others once in 10^136 choices.
            seen[best.iter().position(|&best| best == place).unwrap()] = true;
        }
    }
    assert_eq!(seen, [[true; 8]; 2]);
}

#[test]
fn what_was_declared_is_what_is_read_back() {
    for sensitivity in [1, 2, 3, u64::MAX] {
        let scores = Scores::new(5, sensitivity).unwrap();
        assert_eq!(
            (scores.candidates(), scores.sensitivity(), scores.is_monotonic()),
            (5, sensitivity, false)
        );
        let scores = scores.monotonic();
        assert_eq!(
            (scores.candidates(), scores.sensitivity(), scores.is_monotonic()),
            (5, sensitivity, true)
        );
    }
    for sensitivity in [1, 2, 3, 1 << 40] {
        assert_eq!(AboveThreshold::new(7, sensitivity, 1, epsilon("1")).unwrap().sensitivity(), sensitivity);
    }
}

#[test]
fn a_sparse_vector_is_exhausted_after_its_positives_and_stays_so() {
    let mut rng = SecureRng::from_os().unwrap();
    let watch = AboveThreshold::monotonic(0, 1, 3, epsilon("1")).unwrap();
    assert_eq!(watch.event().to_string(), "pure epsilon=1 count=1");
    let mut open = watch.open(&mut rng).unwrap();
    // Far from the threshold: each wrong once in 10^400 runs.
    for left in (0..3).rev() {
        assert_eq!(open.ask(-5000, &mut rng).unwrap(), Answer::Below);
        assert_eq!(open.ask(5000, &mut rng).unwrap(), Answer::Above);
        assert_eq!(open.left(), left);
    }
    for value in [i64::MIN, 0, i64::MAX] {
        assert_eq!(open.ask(value, &mut rng).unwrap(), Answer::Exhausted);
    }
    assert!(!format!("{open:?}").contains("threshold:"));
}

#[test]
fn the_noise_of_a_sparse_vector_is_that_of_the_corrected_version() {
    // (ε, sensitivity, positives, sides of the noise): Δ/ε1 + and sides c Δ/ε2, with ε1 (1 + (sides c)^(2/3)) = ε.
    for (text, sensitivity, positives, sides) in
        [("1", 1, 1, 2u64), ("1", 1, 1, 1), ("0.1", 7, 10, 2), ("2", 3, 4, 1)]
    {
        let e = epsilon(text);
        let watch = if sides == 2 {
            AboveThreshold::new(0, sensitivity, positives, e).unwrap()
        } else {
            AboveThreshold::monotonic(0, sensitivity, positives, e).unwrap()
        };
        let (threshold, question) = watch.scales();
        let value = |scale: incog::dp::noise::Scale| scale.numerator() as f64 / scale.denominator() as f64;
        let first = sensitivity as f64 / value(threshold);
        let second = (sides * u64::from(positives) * sensitivity) as f64 / value(question);
        assert!(first + second <= e.to_f64() * (1.0 + 1e-15), "{first} + {second}");
        assert!(first + second >= e.to_f64() * (1.0 - 1e-9), "{first} + {second}");
        let turns = (sides * u64::from(positives)) as f64;
        assert!((second / first / turns.powf(2.0 / 3.0) - 1.0).abs() < 2e-3, "{second} / {first}");
    }
}

#[cfg(feature = "insecure-seeded")]
mod distributions {
    use super::*;
    use crate::statistics::chi_square_deviations;

    const DRAWS: usize = 200_000;
    const SCORES: [i64; 8] = [3, 0, 5, 5, 4, -2, -20, 5];

    /// The exponential mechanism's weights, relative to the best.
    fn weights(scores: &[i64], rate: f64) -> Vec<f64> {
        let best = *scores.iter().max().unwrap();
        scores.iter().map(|&score| (-(best - score) as f64 * rate).exp()).collect()
    }

    fn normalized(weights: &[f64]) -> Vec<f64> {
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    }

    fn count(cells: usize, mut draw: impl FnMut() -> usize) -> Vec<u64> {
        let mut counts = vec![0; cells];
        (0..DRAWS).for_each(|_| counts[draw()] += 1);
        counts
    }

    const CASES: [(&str, u64, bool, f64); 4] =
        [("1", 1, false, 0.5), ("1", 1, true, 1.0), ("0.3", 2, false, 0.075), ("7", 1, false, 3.5)];

    /// Chi-square against the formula: 5 deviations, false alarm 3e-7 for each; the seed is 11. Twins with 10 % less
    /// noise are caught.
    #[test]
    fn exponential_mechanism() {
        for (text, sensitivity, monotonic, rate) in CASES {
            let scores = Scores::new(8, sensitivity).unwrap();
            let scores = if monotonic { scores.monotonic() } else { scores };
            let choice = ExponentialMechanism::new(scores, epsilon(text));
            let mut rng = SecureRng::insecure_seeded(11);
            let counts = count(8, || choice.select(&SCORES, &mut rng).unwrap());
            let deviations = chi_square_deviations(&counts, &normalized(&weights(&SCORES, rate)));
            assert!(deviations < 5.0, "{text}: {deviations}");
            let less = chi_square_deviations(&counts, &normalized(&weights(&SCORES, rate * 0.9)));
            assert!(less > 5.0 || rate > 3.0, "{text}: {less}");
        }
        // Many candidates, in several blocks.
        let many: Vec<i64> = (0..5000).map(|i| i % 7 - i / 1000).collect();
        let choice = ExponentialMechanism::new(Scores::new(5000, 1).unwrap(), epsilon("0.5"));
        let mut rng = SecureRng::insecure_seeded(12);
        let counts = count(5000, || choice.select(&many, &mut rng).unwrap());
        let deviations = chi_square_deviations(&counts, &normalized(&weights(&many, 0.25)));
        assert!(deviations < 5.0, "{deviations}");
    }

    /// As above, against the definition: all orders of the candidates, each flipping its coin in turn.
    #[test]
    fn permute_and_flip() {
        fn first_heads(order: &mut Vec<usize>, left: &[usize], heads: &[f64], chance: f64, sums: &mut [f64]) {
            for (i, &candidate) in left.iter().enumerate() {
                let here = chance / left.len() as f64;
                sums[candidate] += here * heads[candidate];
                let mut others = left.to_vec();
                others.remove(i);
                order.push(candidate);
                first_heads(order, &others, heads, here * (1.0 - heads[candidate]), sums);
                order.pop();
            }
        }
        for (text, sensitivity, monotonic, rate) in CASES {
            let scores = Scores::new(8, sensitivity).unwrap();
            let scores = if monotonic { scores.monotonic() } else { scores };
            let choice = PermuteAndFlip::new(scores, epsilon(text));
            let mut rng = SecureRng::insecure_seeded(13);
            let counts = count(8, || choice.select(&SCORES, &mut rng).unwrap());
            let exact = |rate: f64| {
                let mut sums = vec![0.0; 8];
                first_heads(
                    &mut Vec::new(),
                    &[0, 1, 2, 3, 4, 5, 6, 7],
                    &weights(&SCORES, rate),
                    1.0,
                    &mut sums,
                );
                sums
            };
            assert!((exact(rate).iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let deviations = chi_square_deviations(&counts, &exact(rate));
            assert!(deviations < 5.0, "{text}: {deviations}");
            let less = chi_square_deviations(&counts, &exact(rate * 0.9));
            assert!(less > 5.0 || rate > 3.0, "{text}: {less}");
        }
    }

    /// As above, over all ordered pairs: the first by the exponential mechanism, the second by it among the others.
    #[test]
    fn noisy_top_k() {
        let choice = NoisyTopK::new(Scores::new(8, 1).unwrap(), 2, epsilon("1")).unwrap();
        let mut rng = SecureRng::insecure_seeded(14);
        let counts = count(64, || {
            let chosen = choice.select(&SCORES, &mut rng).unwrap();
            8 * chosen[0] + chosen[1]
        });
        let weights = weights(&SCORES, 0.25);
        let total: f64 = weights.iter().sum();
        let mut exact = Vec::new();
        for (i, first) in weights.iter().enumerate() {
            for (j, second) in weights.iter().enumerate() {
                exact.push(if i == j { 0.0 } else { first / total * second / (total - first) });
            }
        }
        let deviations = chi_square_deviations(&counts, &exact);
        assert!(deviations < 5.0, "{deviations}");
        assert!((0..8).all(|i| counts[9 * i] == 0));
    }

    /// The chance that two questions are answered "above" each, against the sum over the noise of the threshold: 6
    /// deviations of a binomial count for each of 4 outcomes, false alarm 1e-8; the seed is 15.
    #[test]
    fn above_threshold() {
        let watch = AboveThreshold::new(10, 1, 2, epsilon("2")).unwrap();
        let (threshold, question) = watch.scales();
        let value = |scale: incog::dp::noise::Scale| scale.numerator() as f64 / scale.denominator() as f64;
        let mass = |scale: f64, x: i32| {
            let p = (-1.0 / scale).exp();
            (1.0 - p) / (1.0 + p) * p.powi(x.abs())
        };
        let mut exact = [0.0; 4];
        for t in -400..=400 {
            let above = |answer: i32| -> f64 {
                (-600..=600).filter(|x| answer + x >= 10 + t).map(|x| mass(value(question), x)).sum()
            };
            let (first, second) = (above(9), above(14));
            let weight = mass(value(threshold), t);
            for (outcome, p) in [
                (1.0 - first) * (1.0 - second),
                (1.0 - first) * second,
                first * (1.0 - second),
                first * second,
            ]
            .into_iter()
            .enumerate()
            {
                exact[outcome] += weight * p;
            }
        }
        let mut rng = SecureRng::insecure_seeded(15);
        let counts = count(4, || {
            let mut open = watch.open(&mut rng).unwrap();
            let first = open.ask(9, &mut rng).unwrap() == Answer::Above;
            2 * usize::from(first) + usize::from(open.ask(14, &mut rng).unwrap() == Answer::Above)
        });
        for (count, p) in counts.into_iter().zip(exact) {
            let deviation = (DRAWS as f64 * p * (1.0 - p)).sqrt();
            assert!(
                (count as f64 - DRAWS as f64 * p).abs() < 6.0 * deviation,
                "{count} {}",
                DRAWS as f64 * p
            );
        }
    }
}
