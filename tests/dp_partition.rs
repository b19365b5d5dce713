//! Selecting keys: what is kept, in which order, and what one person can do.

use incog::{
    ErrorKind, SecureRng,
    dp::{
        Delta, Epsilon, Event, Neighbors, Rho,
        partition::{AdaptiveRounds, GaussianThreshold, KeySets, LaplaceThreshold, TruncatedGeometric},
    },
};

const ONE: Neighbors = Neighbors::AddOrRemoveOne;

fn epsilon(text: &str) -> Epsilon {
    Epsilon::parse(text).unwrap()
}

fn delta(text: &str) -> Delta {
    Delta::parse(text).unwrap()
}

fn rho(text: &str) -> Rho {
    Rho::parse(text).unwrap()
}

/// The keys that each rule keeps, without counts.
fn all_rules(sets: &KeySets<u32>, keys: u32, rng: &mut SecureRng) -> Vec<(&'static str, Vec<u32>)> {
    let own = |kept: Vec<&u32>| kept.into_iter().copied().collect();
    let counted = |kept: Vec<(&u32, i64)>| kept.into_iter().map(|(key, _)| *key).collect();
    let (e, r, d) = (epsilon("1"), rho("0.5"), delta("1e-6"));
    vec![
        ("geometric", own(TruncatedGeometric::new(ONE, keys, e, d).unwrap().select(sets, rng).unwrap())),
        ("laplace", counted(LaplaceThreshold::new(ONE, keys, e, d).unwrap().select(sets, rng).unwrap())),
        ("gaussian", counted(GaussianThreshold::new(ONE, keys, r, d).unwrap().select(sets, rng).unwrap())),
        ("adaptive", own(AdaptiveRounds::new(ONE, keys, 2, r, d).unwrap().select(sets, rng).unwrap())),
    ]
}

#[test]
fn rules_with_parameters_out_of_range_are_refused_at_construction() {
    let (e, r, d, none) = (epsilon("1"), rho("1"), delta("1e-6"), Delta::default());
    let cases = [
        (TruncatedGeometric::new(ONE, 0, e, d).err(), "keys per person must be in 1..=1048576, got 0"),
        (
            LaplaceThreshold::new(ONE, u32::MAX, e, d).err(),
            "keys per person must be in 1..=1048576, got 4294967295",
        ),
        (GaussianThreshold::new(ONE, 0, r, d).err(), "keys per person"),
        (AdaptiveRounds::new(ONE, 0, 2, r, d).err(), "keys per person"),
        (TruncatedGeometric::new(ONE, 1, e, none).err(), "need a delta above 0"),
        (LaplaceThreshold::new(ONE, 1, e, none).err(), "need a delta above 0"),
        (GaussianThreshold::new(ONE, 1, r, none).err(), "need a delta above 0"),
        (AdaptiveRounds::new(ONE, 1, 2, r, none).err(), "need a delta above 0"),
        (
            TruncatedGeometric::new(ONE, 1, e, delta("1e-24")).err(),
            "a delta of 0.000000000000000000000001 are too small",
        ),
        (
            TruncatedGeometric::new(ONE, 1, epsilon("0.000000000001"), delta("1e-7")).err(),
            "are too small to release keys",
        ),
        (
            TruncatedGeometric::new(ONE, 2, epsilon("0.000000000001"), d).err(),
            "are too small to release keys",
        ),
        (AdaptiveRounds::new(ONE, 1, 0, r, d).err(), "rounds must be in 1..=8, got 0"),
        (AdaptiveRounds::new(ONE, 1, 9, r, d).err(), "rounds must be in 1..=8, got 9"),
        (AdaptiveRounds::new(ONE, 1, 1, rho("0.0000001"), d).err(), "are too small to release keys"),
        (AdaptiveRounds::new(ONE, 1, 1, rho("0.000000999999"), d).err(), "are too small to release keys"),
    ];
    for (error, message) in cases {
        let error = error.unwrap_or_else(|| panic!("accepted: {message}"));
        assert_eq!(error.kind(), ErrorKind::Parameter, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    assert!(AdaptiveRounds::new(ONE, 1, 8, rho("0.000001"), d).is_ok());
    let mut rng = SecureRng::from_os().unwrap();
    assert!(KeySets::bounded([(0, 0)], 0, &mut rng).is_err());
    let sets = KeySets::bounded([(0, 0)], 3, &mut rng).unwrap();
    let error = TruncatedGeometric::new(ONE, 2, e, d).unwrap().select(&sets, &mut rng).unwrap_err();
    assert_eq!(error.to_string(), "the rule was declared for 2 keys per person, the sets hold up to 3");
}

#[test]
fn sets_that_are_bounded_less_strictly_than_declared_are_refused_by_every_rule() {
    let mut rng = SecureRng::from_os().unwrap();
    let (e, r, d) = (epsilon("1"), rho("1"), delta("1e-6"));
    let geometric = TruncatedGeometric::new(ONE, 2, e, d).unwrap();
    let laplace = LaplaceThreshold::new(ONE, 2, e, d).unwrap();
    let gaussian = GaussianThreshold::new(ONE, 2, r, d).unwrap();
    let rounds = AdaptiveRounds::new(ONE, 2, 2, r, d).unwrap();
    for keys in [1u32, 2, 3, 1 << 20] {
        let sets = KeySets::bounded([(0, 0)], keys, &mut rng).unwrap();
        let errors = [
            geometric.select(&sets, &mut rng).err(),
            laplace.select(&sets, &mut rng).err(),
            gaussian.select(&sets, &mut rng).err(),
            rounds.select(&sets, &mut rng).err(),
        ];
        for error in errors {
            let message = format!("the rule was declared for 2 keys per person, the sets hold up to {keys}");
            assert_eq!(error.map(|error| error.to_string()), (keys > 2).then_some(message));
        }
    }
}

/// With hardly any noise (another count than the true one once in 10^21 keys), the threshold is that of the definition:
/// one more than the least whole number that noise reaches with probability δ at most. A count at it passes.
#[test]
fn a_count_at_the_threshold_passes_and_one_below_does_not() {
    let mut rng = SecureRng::from_os().unwrap();
    let laplace = LaplaceThreshold::new(ONE, 1, epsilon("64"), delta("1e-6")).unwrap();
    let gaussian = GaussianThreshold::new(ONE, 1, rho("50"), delta("1e-6")).unwrap();
    assert_eq!((laplace.threshold(), gaussian.threshold()), (2, 3));
    // Key k is held by k persons.
    let pairs = (1..=5u32).flat_map(|key| (0..key).map(move |person| (10 * key + person, key)));
    let sets = KeySets::bounded(pairs, 1, &mut rng).unwrap();
    assert_eq!(laplace.select(&sets, &mut rng).unwrap(), [(&2, 2), (&3, 3), (&4, 4), (&5, 5)]);
    assert_eq!(gaussian.select(&sets, &mut rng).unwrap(), [(&3, 3), (&4, 4), (&5, 5)]);
}

/// 0.3 as a binary fraction is a little less than 0.3: what is charged must not be.
#[test]
fn what_a_selection_is_to_an_accountant_is_not_less_than_it_costs() {
    let (r, d) = (rho("0.3"), delta("1e-6"));
    let charged = Event::composition([
        Event::zcdp(0.3f64.next_up()).unwrap(),
        Event::approximate(epsilon("0.000000000001"), d),
    ])
    .unwrap();
    assert_eq!(GaussianThreshold::new(ONE, 3, r, d).unwrap().event().unwrap(), charged);
    assert_eq!(AdaptiveRounds::new(ONE, 3, 2, r, d).unwrap().event().unwrap(), charged);
    let pure = Event::approximate(epsilon("0.7"), d);
    assert_eq!(LaplaceThreshold::new(ONE, 3, epsilon("0.7"), d).unwrap().event(), pure);
    assert_eq!(TruncatedGeometric::new(ONE, 3, epsilon("0.7"), d).unwrap().event(), pure);
}

#[test]
fn keys_come_in_their_own_order_whatever_the_order_of_the_rows() {
    let mut rng = SecureRng::from_os().unwrap();
    let pairs: Vec<(u32, u32)> = (0..6000).map(|i| (i, i * 7919 % 6)).collect();
    let mut shuffled = pairs.clone();
    shuffled.sort_by_key(|(person, key)| (person.wrapping_mul(2_654_435_761), *key));
    for rows in [pairs.clone(), pairs.into_iter().rev().collect(), shuffled] {
        let sets = KeySets::bounded(rows, 1, &mut rng).unwrap();
        for (name, keys) in all_rules(&sets, 1, &mut rng) {
            assert_eq!(keys, [0, 1, 2, 3, 4, 5], "{name}");
        }
    }
}

#[test]
fn a_key_that_nobody_has_is_never_kept_and_an_empty_table_is_answered() {
    let mut rng = SecureRng::from_os().unwrap();
    let sets = KeySets::bounded(Vec::<(u32, u32)>::new(), 5, &mut rng).unwrap();
    for (name, keys) in all_rules(&sets, 5, &mut rng) {
        assert!(keys.is_empty(), "{name}");
    }
    let rule = TruncatedGeometric::new(ONE, 1, epsilon("64"), delta("0.999")).unwrap();
    assert!((0..1000).all(|_| !rule.keeps(0, &mut rng).unwrap()));
    assert!(rule.keeps(u64::MAX, &mut rng).unwrap() && rule.certain_from() == 2);
}

/// A thousand runs in which one person alone holds many keys: none is kept, but with probability 1e-3 at most for
/// each rule.
#[test]
fn keys_of_one_person_are_not_kept() {
    let mut rng = SecureRng::from_os().unwrap();
    for keys in [1u32, 7, 100] {
        let pairs = (0..keys).map(|key| (0, key));
        let sets = KeySets::bounded(pairs, keys, &mut rng).unwrap();
        for _ in 0..250 {
            for (name, kept) in all_rules(&sets, keys, &mut rng) {
                assert!(kept.is_empty(), "{name}");
            }
        }
    }
}

#[test]
fn a_person_with_a_thousand_keys_counts_with_as_many_as_allowed() {
    let mut rng = SecureRng::from_os().unwrap();
    // 2,000 persons with the same 1,000 keys, at most 5 of them each: a key has about 10 persons, one key has all of
    // them.
    let pairs = (0..2000)
        .flat_map(|person| (0..1000).map(move |key| (person, key)).chain([(person, 5000), (person, 5000)]));
    let sets = KeySets::bounded(pairs, 5, &mut rng).unwrap();
    let kept =
        GaussianThreshold::new(ONE, 5, rho("50"), delta("1e-6")).unwrap().select(&sets, &mut rng).unwrap();
    // 10,000 of the 2,002,000 chances went into 1,001 keys; with hardly any noise, counts are those of the sample.
    let total: i64 = kept.iter().map(|(_, count)| count).sum();
    assert!((9000..=10_100).contains(&total), "{total}");
}

#[cfg(feature = "insecure-seeded")]
mod distributions {
    use super::*;

    /// How often a key of n persons is kept, against the closed form of the paper while that is below a half: 6
    /// deviations of a binomial count of 200,000; the seed is 31.
    #[test]
    fn keys_are_kept_as_often_as_the_optimal_rule_allows() {
        let mut rng = SecureRng::insecure_seeded(31);
        let (e, d) = (0.5f64, 1e-3);
        let rule = TruncatedGeometric::new(ONE, 1, epsilon("0.5"), delta("0.001")).unwrap();
        for n in 1..=10u32 {
            let p = d * (f64::from(n) * e).exp_m1() / e.exp_m1();
            let kept = (0..200_000).filter(|_| rule.keeps(n.into(), &mut rng).unwrap()).count() as f64;
            let deviation = (200_000.0 * p * (1.0 - p)).sqrt();
            assert!((kept - 200_000.0 * p).abs() < 6.0 * deviation, "{n}: {kept} {}", 200_000.0 * p);
        }
    }

    /// Keys with a heavy tail: rounds find more of them than one round of the same price, and than a threshold on counts.
    #[test]
    fn rounds_find_more_keys_than_one_round() {
        let mut rng = SecureRng::insecure_seeded(32);
        let mut pairs = Vec::new();
        for person in 0..3000u32 {
            for _ in 0..20 {
                // Key k with a density proportional to 1/k, up to 20,000.
                let u = rng.next_u64().unwrap() as f64 / 2f64.powi(64);
                pairs.push((person, (20_000f64.powf(u)) as u32));
            }
        }
        let sets = KeySets::bounded(pairs, 20, &mut rng).unwrap();
        let (r, d) = (rho("0.5"), delta("1e-6"));
        let found = |rounds| {
            let mut rng = SecureRng::insecure_seeded(33);
            AdaptiveRounds::new(ONE, 20, rounds, r, d).unwrap().select(&sets, &mut rng).unwrap().len()
        };
        let (one, two) = (found(1), found(2));
        let counts = GaussianThreshold::new(ONE, 20, r, d).unwrap().select(&sets, &mut rng).unwrap().len();
        println!(
            "keys found: threshold on counts {counts}, one round {one}, two rounds {two}, three {}",
            found(3)
        );
        assert!(two * 100 > one * 115 && one >= counts, "{counts} {one} {two}");
    }

    /// Every key that is kept is one that somebody has.
    #[test]
    fn kept_keys_are_keys_of_the_table() {
        let mut rng = SecureRng::insecure_seeded(34);
        let keys: std::collections::BTreeSet<u32> = (0..50).map(|i| i * i).collect();
        let pairs: Vec<(u32, u32)> = (0..5000).map(|i| (i, (i % 50) * (i % 50))).collect();
        let sets = KeySets::bounded(pairs, 1, &mut rng).unwrap();
        for (name, kept) in all_rules(&sets, 1, &mut rng) {
            assert!(kept.iter().all(|key| keys.contains(key)) && !kept.is_empty(), "{name}");
        }
    }
}
