//! Local oracles: distributions of reports, estimates without bias, parameters, awkward input.

use incog::{
    ErrorKind, SecureRng,
    dp::{
        Epsilon,
        local::{
            HadamardCollector, HadamardResponse, HashedReport, HashingCollector, LocalHashing,
            RandomizedResponse, ResponseCollector, UnaryCollector, UnaryEncoding,
        },
    },
};

fn epsilon(text: &str) -> Epsilon {
    Epsilon::parse(text).unwrap()
}

#[test]
fn oracles_with_parameters_out_of_range_are_refused_at_construction() {
    for categories in [0, 1, (1 << 30) + 1, u32::MAX] {
        let errors = [
            RandomizedResponse::new(categories, epsilon("1")).unwrap_err(),
            UnaryEncoding::new(categories, epsilon("1")).unwrap_err(),
            LocalHashing::new(categories, epsilon("1")).unwrap_err(),
            HadamardResponse::new(categories, epsilon("1")).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert_eq!(error.to_string(), format!("categories must be in 2..=1073741824, got {categories}"));
        }
    }
    // exp(-64) is answered like any other.
    assert!(RandomizedResponse::new(2, epsilon("64")).is_ok());
    assert_eq!(
        RandomizedResponse::new(2, epsilon("64")).unwrap().event().unwrap_err().kind(),
        ErrorKind::Parameter
    );
}

#[test]
fn answers_beyond_the_categories_count_as_the_last_and_foreign_reports_are_refused() {
    let mut rng = SecureRng::from_os().unwrap();
    let e = epsilon("64");
    let response = RandomizedResponse::new(5, e).unwrap();
    assert_eq!(response.report(u32::MAX, &mut rng).unwrap(), 4);
    let mut answers = vec![u32::MAX, 0, 4, 5];
    response.report_all(&mut answers, &mut rng).unwrap();
    assert_eq!(answers, [4, 0, 4, 4]);
    assert!(
        response
            .report_bits(&mut [0], &mut rng)
            .unwrap_err()
            .to_string()
            .contains("2 categories, this one has 5")
    );
    for answer in [4, u32::MAX] {
        let hadamard = HadamardResponse::new(5, e).unwrap();
        assert_eq!((hadamard.report(answer, &mut rng).unwrap() & 5).count_ones() % 2, 0);
        let unary = UnaryEncoding::new(5, e).unwrap().report(answer, &mut rng).unwrap();
        assert!(unary[0] & !(1 << 4) == 0);
    }

    let data = |error: incog::Error| assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    let mut collector = ResponseCollector::new(response);
    data(collector.add(5).unwrap_err());
    let mut collector = UnaryCollector::new(UnaryEncoding::new(65, e).unwrap());
    data(collector.add(&[0]).unwrap_err());
    data(collector.add(&[0, 2]).unwrap_err());
    collector.add(&[u64::MAX, 1]).unwrap();
    let hashing = LocalHashing::new(65, epsilon("1")).unwrap();
    let mut collector = HashingCollector::new(hashing);
    for (factor, summand, value) in [(0, 0, 0), (u64::MAX, 0, 0), (1, u64::MAX, 0), (1, 0, hashing.values())]
    {
        data(collector.add(HashedReport { factor, summand, value }).unwrap_err());
    }
    let mut collector = HadamardCollector::new(HadamardResponse::new(65, e).unwrap());
    data(collector.add(128).unwrap_err());
    let other = HadamardCollector::new(HadamardResponse::new(66, e).unwrap());
    assert_eq!(collector.merge(&other).unwrap_err().kind(), ErrorKind::Parameter);
}

#[test]
fn events_say_what_a_report_costs() {
    let event = RandomizedResponse::new(4, epsilon("1")).unwrap().event().unwrap().to_string();
    assert!(
        event.starts_with("randomized_response p_random=0.6995") && event.ends_with("categories=4 count=1"),
        "{event}"
    );
    assert_eq!(UnaryEncoding::new(9, epsilon("1")).unwrap().event().to_string(), "pure epsilon=1 count=1");
    assert_eq!(HadamardResponse::new(9, epsilon("1")).unwrap().event().to_string(), "pure epsilon=1 count=1");
    let event = LocalHashing::new(1000, epsilon("2")).unwrap().event().unwrap().to_string();
    assert!(event.contains("categories=8"), "{event}");
}

// ---------------------------------------------------------------------------------- collectors

/// Reports, merged from two collectors, count as in one; a collector of another oracle is refused and adds nothing.
fn check_merge<C: Clone + PartialEq + std::fmt::Debug>(
    [first, second, both, other]: [C; 4],
    merge: impl Fn(&mut C, &C) -> incog::Result<()>,
) {
    let mut merged = first.clone();
    merge(&mut merged, &second).unwrap();
    assert_eq!(merged, both);
    let error = merge(&mut merged, &other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter);
    assert_eq!(merged, both);
}

#[test]
fn collectors_merge_to_the_one_that_saw_all_reports_and_refuse_another_oracle() {
    let (e, first, second) = (epsilon("1"), [0u32, 1, 1, 2, 4], [1u32, 1, 3]);
    let streams = [first.to_vec(), second.to_vec(), [&first[..], &second[..]].concat()];

    let response = |k: u32, reports: &[u32]| {
        let mut collector = ResponseCollector::new(RandomizedResponse::new(k, e).unwrap());
        reports.iter().for_each(|&report| collector.add(report).unwrap());
        collector
    };
    let [first, second, both] = streams.clone().map(|reports| response(5, &reports));
    check_merge([first, second, both, response(6, &[])], ResponseCollector::merge);

    let unary = |k: u32, reports: &[u32]| {
        let mut collector = UnaryCollector::new(UnaryEncoding::new(k, e).unwrap());
        reports.iter().for_each(|&report| collector.add(&[0b1001 ^ (1 << report)]).unwrap());
        collector
    };
    let [first, second, both] = streams.clone().map(|reports| unary(5, &reports));
    check_merge([first, second, both, unary(6, &[])], UnaryCollector::merge);

    let hashing = |k: u32, reports: &[u32]| {
        let mut collector = HashingCollector::new(LocalHashing::new(k, e).unwrap());
        for &report in reports {
            let (factor, summand) = ((1 << 60) + u64::from(report), 1 << 59);
            collector.add(HashedReport { factor, summand, value: report % 2 }).unwrap();
        }
        collector
    };
    let [first, second, both] = streams.clone().map(|reports| hashing(5, &reports));
    check_merge([first, second, both, hashing(6, &[])], HashingCollector::merge);

    let hadamard = |k: u32, reports: &[u32]| {
        let mut collector = HadamardCollector::new(HadamardResponse::new(k, e).unwrap());
        reports.iter().for_each(|&report| collector.add(report).unwrap());
        collector
    };
    let [first, second, both] = streams.map(|reports| hadamard(5, &reports));
    check_merge([first, second, both, hadamard(6, &[])], HadamardCollector::merge);
}

/// `P` of the hash functions.
const PRIME: u64 = (1 << 61) - 1;

/// The twin of the hash functions: `(a x + b) mod P` by division, times `g`, in parts of 2^61.
fn hash(factor: u64, summand: u64, values: u32, answer: u32) -> u32 {
    let residue = (u128::from(factor) * u128::from(answer) + u128::from(summand)) % u128::from(PRIME);
    u32::try_from((residue * u128::from(values)) >> 61).unwrap()
}

#[test]
fn a_hashed_report_is_the_hash_of_the_answer_and_supports_the_categories_that_have_it() {
    let mut rng = SecureRng::from_os().unwrap();
    // At ε = 64 one of 10^23 reports out of 2^16 is random.
    let oracle = LocalHashing::new(1 << 30, epsilon("64")).unwrap();
    for answer in [0, 1, 2, 1000, (1 << 29) + 7, (1 << 30) - 1] {
        let HashedReport { factor, summand, value } = oracle.report(answer, &mut rng).unwrap();
        assert!((1..PRIME).contains(&factor) && summand < PRIME);
        assert_eq!(value, hash(factor, summand, oracle.values(), answer), "{factor} {summand} {answer}");
    }

    // Functions whose residues meet 0 and pass P; the estimate of a single report is above zero where it supports.
    let oracle = LocalHashing::new(6, epsilon("1")).unwrap();
    for (factor, summand) in
        [(1, PRIME - 1), (1, PRIME - 3), (PRIME - 1, 2), (PRIME - 1, 0), (PRIME / 2, 1), (1 << 60, PRIME - 1)]
    {
        for value in 0..oracle.values() {
            let mut collector = HashingCollector::new(oracle);
            collector.add(HashedReport { factor, summand, value }).unwrap();
            let supported: Vec<bool> = collector.estimates().iter().map(|found| found.count > 0.0).collect();
            let twin: Vec<bool> =
                (0..6).map(|answer| hash(factor, summand, oracle.values(), answer) == value).collect();
            assert_eq!(supported, twin, "{factor} {summand} {value}");
        }
    }
    // The ends of what a client sends, and one beyond them.
    let mut collector = HashingCollector::new(oracle);
    collector.add(HashedReport { factor: 1, summand: 0, value: 0 }).unwrap();
    collector
        .add(HashedReport { factor: PRIME - 1, summand: PRIME - 1, value: oracle.values() - 1 })
        .unwrap();
    for (factor, summand) in [(0, 0), (PRIME, 0), (1, PRIME)] {
        assert!(collector.add(HashedReport { factor, summand, value: 0 }).is_err(), "{factor} {summand}");
    }
}

#[test]
fn a_hash_has_about_e_to_the_epsilon_values_but_no_more_than_there_are_categories() {
    // (categories, ε, the least of round(e^ε) + 1, the categories and 2^16), by hand.
    for (categories, e, values) in [
        (1000, "1", 4),
        (1000, "2", 8),
        (1000, "0.1", 2),
        (5, "64", 5),
        (2, "3", 2),
        (1 << 20, "64", 1 << 16),
    ] {
        assert_eq!(LocalHashing::new(categories, epsilon(e)).unwrap().values(), values, "{categories} {e}");
    }
}

/// `K` is above the categories, also where they are a power of two: each has a row beside the first one.
#[test]
fn hadamard_response_has_a_row_for_every_category() {
    let mut rng = SecureRng::from_os().unwrap();
    for (categories, size) in [(2, 4), (3, 4), (4, 8), (7, 8), (8, 16), (9, 16)] {
        let oracle = HadamardResponse::new(categories, epsilon("64")).unwrap();
        let mut collector = HadamardCollector::new(oracle);
        assert!(collector.add(size).is_err(), "{categories}");
        for _ in 0..200 {
            // At ε = 64 no report is in the other half.
            let report = oracle.report(categories - 1, &mut rng).unwrap();
            assert!((report & categories).count_ones().is_multiple_of(2), "{categories}: {report}");
            collector.add(report).unwrap();
        }
        let estimates = collector.estimates();
        assert_eq!(estimates.len(), categories as usize);
        assert!((estimates.last().unwrap().count - 200.0).abs() < 1e-9, "{categories}");
    }
}

/// The event states no larger chance of a random answer than there is: that would cost less.
#[test]
fn an_event_of_randomized_response_rounds_its_chance_down() {
    // (categories, ε, the least double at or above k/(e^ε + k - 1)), by a program of its own (Python, 60 digits).
    for (categories, e, above) in [
        (2, "1", 0.5378828427399903),
        (4, "1", 0.6995108181084378),
        (3, "0.1", 0.9661303931891696),
        (10, "3", 0.3438134914410938),
        (1000, "2.5", 0.9889411713241765),
    ] {
        let event = RandomizedResponse::new(categories, epsilon(e)).unwrap().event().unwrap().to_string();
        let p = event.split(' ').find_map(|field| field.strip_prefix("p_random=")).unwrap();
        let p: f64 = p.parse().unwrap();
        assert!(p < above && p > above - 1e-15, "{event}");
    }
}

#[cfg(feature = "insecure-seeded")]
mod distributions {
    use incog::dp::local::Frequency;

    use super::*;
    use crate::statistics::chi_square_deviations;

    const DRAWS: usize = 400_000;

    /// Chi-square of the reports of every answer against the formula, one by one and in columns, and of bits: 5
    /// deviations, false alarm 3e-7 for each; the seed is 21.
    #[test]
    fn randomized_response() {
        let mut rng = SecureRng::insecure_seeded(21);
        for (text, k) in [("1", 2u32), ("0.1", 3), ("3", 10)] {
            let oracle = RandomizedResponse::new(k, epsilon(text)).unwrap();
            let e = epsilon(text).to_f64().exp();
            for answer in [0, k - 1] {
                let other = 1.0 / (e + f64::from(k) - 1.0);
                let exact: Vec<f64> = (0..k).map(|x| if x == answer { e * other } else { other }).collect();
                let mut singles = vec![0; k as usize];
                (0..DRAWS).for_each(|_| singles[oracle.report(answer, &mut rng).unwrap() as usize] += 1);
                let mut column = vec![answer; DRAWS - 17];
                oracle.report_all(&mut column, &mut rng).unwrap();
                let mut batch = vec![0; k as usize];
                column.iter().for_each(|&report| batch[report as usize] += 1);
                for counts in [singles, batch] {
                    let deviations = chi_square_deviations(&counts, &exact);
                    assert!(deviations < 5.0, "{text} {k}: {deviations}");
                }
                if k == 2 {
                    let mut bits = vec![if answer == 1 { u64::MAX } else { 0 }; DRAWS / 64];
                    oracle.report_bits(&mut bits, &mut rng).unwrap();
                    let ones = bits.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
                    let deviations = chi_square_deviations(&[DRAWS as u64 - ones, ones], &exact);
                    assert!(deviations < 5.0, "{text} bits: {deviations}");
                }
            }
        }
    }

    /// Neighboring reports of a column do not depend on each other: pairs against the product of their shares, 5
    /// deviations.
    #[test]
    fn reports_of_a_column_are_independent() {
        let mut rng = SecureRng::insecure_seeded(22);
        let oracle = RandomizedResponse::binary(epsilon("1")).unwrap();
        let mut bits = vec![0; DRAWS / 64];
        oracle.report_bits(&mut bits, &mut rng).unwrap();
        let q = 1.0 / (1f64.exp() + 1.0);
        let exact = [(1.0 - q) * (1.0 - q), 2.0 * q * (1.0 - q), q * q];
        for distance in 1..64 {
            let mut counts = [0; 3];
            for word in &bits {
                for i in 0..64 {
                    let pair = (word >> i & 1) + (word >> ((i + distance) % 64) & 1);
                    counts[pair as usize] += 1;
                }
            }
            // Each lane is in two pairs; their statistic spreads at most twice as wide.
            let deviations = chi_square_deviations(&counts.map(|count: u64| count / 2), &exact);
            assert!(deviations < 5.0, "{distance}: {deviations}");
        }
    }

    /// The categories held by 2,000 persons, over 400 collections: the mean of the estimates is within 6 standard
    /// deviations of the truth (false alarm 2e-9 for each), and their variance is that of the deviation that was stated,
    /// to what a chi-square of 400 leaves: 0.63 to 1.49 of it have 6 deviations on both sides (Wilson and Hilferty: the
    /// cube root of the ratio is normal with variance 2/(9 * 400); false alarm 2e-9 for each). So a deviation that is a
    /// quarter off is seen. The seed is 23.
    fn check(name: &str, mut collect: impl FnMut(&mut SecureRng) -> Vec<Frequency>) {
        let mut rng = SecureRng::insecure_seeded(23);
        let truth = [1_000.0, 600.0, 0.0, 400.0, 0.0];
        let runs: Vec<Vec<Frequency>> = (0..400).map(|_| collect(&mut rng)).collect();
        for (category, truth) in truth.into_iter().enumerate() {
            let deviation = runs.iter().map(|run| run[category].deviation).sum::<f64>() / 400.0;
            let mean = runs.iter().map(|run| run[category].count).sum::<f64>() / 400.0;
            assert!(
                (mean - truth).abs() < 6.0 * deviation / 400f64.sqrt(),
                "{name} {category}: {mean} {truth}"
            );
            let variance = runs.iter().map(|run| (run[category].count - truth).powi(2)).sum::<f64>() / 400.0;
            let ratio = variance / deviation.powi(2);
            println!("{name} {category}: variance {ratio:.3} of what is stated");
            assert!((0.63..1.49).contains(&ratio), "{name} {category}: {ratio}");
        }
    }

    fn answers() -> Vec<u32> {
        [(0, 1_000), (1, 600), (3, 400)].into_iter().flat_map(|(answer, n)| vec![answer; n]).collect()
    }

    #[test]
    fn estimates_are_unbiased_and_as_precise_as_they_say() {
        let e = epsilon("1");
        let oracle = RandomizedResponse::new(5, e).unwrap();
        check("response", |rng| {
            let mut collector = ResponseCollector::new(oracle);
            let mut column = answers();
            oracle.report_all(&mut column, rng).unwrap();
            column.into_iter().for_each(|report| collector.add(report).unwrap());
            collector.estimates()
        });
        let oracle = UnaryEncoding::new(5, e).unwrap();
        check("unary", |rng| {
            let (mut collector, mut second) = (UnaryCollector::new(oracle), UnaryCollector::new(oracle));
            for (i, answer) in answers().into_iter().enumerate() {
                let side = if i % 2 == 0 { &mut collector } else { &mut second };
                side.add(&oracle.report(answer, rng).unwrap()).unwrap();
            }
            collector.merge(&second).unwrap();
            collector.estimates()
        });
        let oracle = LocalHashing::new(5, e).unwrap();
        check("hashing", |rng| {
            let mut collector = HashingCollector::new(oracle);
            answers()
                .into_iter()
                .for_each(|answer| collector.add(oracle.report(answer, rng).unwrap()).unwrap());
            collector.estimates()
        });
        let oracle = HadamardResponse::new(5, e).unwrap();
        check("hadamard", |rng| {
            let mut collector = HadamardCollector::new(oracle);
            answers()
                .into_iter()
                .for_each(|answer| collector.add(oracle.report(answer, rng).unwrap()).unwrap());
            collector.estimates()
        });
    }

    /// A report of unary encoding, bit by bit: 6 deviations of a binomial count, the seed is 24.
    #[test]
    fn unary_reports_have_the_stated_bits() {
        let mut rng = SecureRng::insecure_seeded(24);
        let oracle = UnaryEncoding::new(70, epsilon("1")).unwrap();
        let mut counts = [0u32; 128];
        for _ in 0..50_000 {
            let report = oracle.report(66, &mut rng).unwrap();
            (0..128).for_each(|i| counts[i] += u32::from(report[i / 64] >> (i % 64) & 1 == 1));
        }
        let q = 1.0 / (1f64.exp() + 1.0);
        for (i, &count) in counts.iter().enumerate() {
            let p = if i == 66 {
                0.5
            } else if i < 70 {
                q
            } else {
                0.0
            };
            let deviation = (50_000.0 * p * (1.0 - p)).sqrt();
            assert!((f64::from(count) - 50_000.0 * p).abs() <= 6.0 * deviation, "{i}: {count}");
        }
    }

    /// All reports of the Hadamard response, for every answer: the likelihood of each is one of two, in the ratio e^ε.
    #[test]
    fn hadamard_halves_have_the_stated_likelihoods() {
        let mut rng = SecureRng::insecure_seeded(25);
        let oracle = HadamardResponse::new(6, epsilon("1")).unwrap();
        let q = 1.0 / (1f64.exp() + 1.0);
        for answer in 0..6u32 {
            let mut counts = [0; 8];
            (0..100_000).for_each(|_| counts[oracle.report(answer, &mut rng).unwrap() as usize] += 1);
            let even = |y: u32| (y & (answer + 1)).count_ones().is_multiple_of(2);
            let exact: Vec<f64> = (0..8).map(|y| if even(y) { (1.0 - q) / 4.0 } else { q / 4.0 }).collect();
            let deviations = chi_square_deviations(&counts, &exact);
            assert!(deviations < 5.0, "{answer}: {deviations}");
        }
    }
}
