//! Attacks on the selection of keys, as those on mechanisms in `dp_audit`. The ε or μ of two rounds of selection is reached
//! too seldom for a tenth less noise to be caught; the test says what is, and why no less can be.

use incog::{
    Result, SecureRng,
    audit::{Audit, LowerBound},
    dp::{
        Delta, Neighbors, Rho,
        partition::{AdaptiveRounds, GaussianThreshold, KeySets, LaplaceThreshold, TruncatedGeometric},
    },
};

use crate::dp_audit::{audit, epsilon};

/// What a rule makes of the keys of persons.
type Rule = Box<dyn Fn(&KeySets<u32>, &mut SecureRng) -> Result<i64>>;

/// So many persons with the same keys, as many as one may have.
fn persons(count: u32, keys: u32) -> KeySets<u32> {
    let pairs = (0..count).flat_map(|person| (0..keys).map(move |key| (person, key)));
    KeySets::bounded(pairs, keys, &mut SecureRng::from_os().unwrap()).unwrap()
}

/// At this δ, or as μ.
fn of_sets(audit: Audit, rule: &Rule, sets: &[KeySets<u32>; 2], delta: Option<f64>) -> LowerBound {
    let mut rngs = [SecureRng::from_os().unwrap(), SecureRng::from_os().unwrap()];
    let [left, right] = &mut rngs;
    let (left, right) = (|| rule(&sets[0], left), || rule(&sets[1], right));
    match delta {
        Some(delta) => audit.epsilon(delta, left, right).unwrap(),
        None => audit.mu(left, right).unwrap(),
    }
}

const ONE: Neighbors = Neighbors::AddOrRemoveOne;

/// Whether a key is kept, for an ε and a δ.
fn geometric(keys: u32, e: f64, delta: f64) -> Rule {
    let rule = TruncatedGeometric::new(ONE, keys, epsilon(e), Delta::new(delta).unwrap()).unwrap();
    Box::new(move |sets, rng| Ok(i64::from(!rule.select(sets, rng)?.is_empty())))
}

/// The count of the first key, where it is kept.
fn laplace(keys: u32, e: f64, delta: f64) -> Rule {
    let rule = LaplaceThreshold::new(ONE, keys, epsilon(e), Delta::new(delta).unwrap()).unwrap();
    Box::new(move |sets, rng| Ok(rule.select(sets, rng)?.first().map_or(i64::MIN, |(_, count)| *count)))
}

/// The counts of all keys that are kept.
fn gaussian(keys: u32, mu: f64, delta: f64) -> Rule {
    let rho = Rho::new(0.5 * mu * mu).unwrap();
    let rule = GaussianThreshold::new(ONE, keys, rho, Delta::new(delta).unwrap()).unwrap();
    Box::new(move |sets, rng| Ok(rule.select(sets, rng)?.iter().map(|(_, count)| count).sum()))
}

/// How many keys are found.
fn adaptive(keys: u32, rounds: u32, mu: f64, delta: f64) -> Rule {
    let rho = Rho::new(0.5 * mu * mu).unwrap();
    let rule = AdaptiveRounds::new(ONE, keys, rounds, rho, Delta::new(delta).unwrap()).unwrap();
    Box::new(move |sets, rng| Ok(rule.select(sets, rng)?.len() as i64))
}

/// Keys that others have too, one person left out: no more than ε, or μ, though δ is there as well. Then less noise.
#[test]
fn selections_give_away_no_more_than_claimed() {
    let check = |name: &str, claim: f64, delta: Option<f64>, sets: [KeySets<u32>; 2], rules: [Rule; 2]| {
        let [right, wrong] = rules.map(|rule| of_sets(audit(), &rule, &sets, delta));
        println!("{name}: claim {claim}, {right}; with less noise {wrong}");
        assert!(!right.refutes(claim), "{name}: {right}");
        assert!(wrong.refutes(claim), "{name}: {wrong}");
    };
    let fewer = |count: u32, keys: u32| [persons(count, keys), persons(count - 1, keys)];
    for count in [1, 2, 3, 5] {
        for (name, rule) in
            [("truncated geometric", geometric(1, 1.0, 0.05)), ("Laplace", laplace(1, 1.0, 0.05))]
        {
            let bound = of_sets(audit(), &rule, &fewer(count, 1), Some(0.05));
            println!("{name}, {count} persons: claim 1, {bound}");
            assert!(!bound.refutes(1.0), "{name}, {count}: {bound}");
        }
    }
    // Where both inequalities of the rule bind.
    let delta = 0.05;
    let rules = [geometric(1, 1.0, delta), geometric(1, 1.0 / 0.9, delta)];
    check("truncated geometric", 1.0, Some(delta), fewer(3, 1), rules);
    // At the threshold, and with a δ that is nothing beside the chance to be kept.
    let delta = 1e-6;
    let rules = [laplace(1, 1.0, delta), laplace(1, 1.0 / 0.9, delta)];
    check("Laplace threshold", 1.0, Some(delta), fewer(15, 1), rules);
    // Sixteen keys, with a σ of 4 each, four σ above the threshold of 13: the sum of the counts moves by 16, with a
    // deviation of 16.
    let rules = [gaussian(16, 1.0, 0.05), gaussian(16, 1.0 / 0.9, 0.05)];
    check("Gaussian threshold", 1.0, None, fewer(29, 16), rules);
    // A weight of 3 or of 2, with a deviation of 1, at a threshold of 2.6.
    let rules = [adaptive(1, 1, 1.0, 0.05), adaptive(1, 1, 1.0 / 0.9, 0.05)];
    check("one round", 1.0, None, fewer(3, 1), rules);
    // Of two rounds the second has three quarters of ρ; what the first one adds does not show in whether a key is found
    // at all, so what is caught is a fifth less.
    let rules = [adaptive(1, 2, 1.0, 0.05), adaptive(1, 2, 1.0 / 0.8, 0.05)];
    check("two rounds", 1.0, None, fewer(3, 1), rules);
}

/// Keys that one person alone has: the other side has no key at all, so whatever is kept comes out of δ. A rule for
/// twice the δ is caught.
#[test]
fn keys_of_one_person_are_kept_no_more_often_than_delta() {
    let delta = 0.05;
    for keys in [1, 4] {
        let sets = [persons(1, keys), persons(0, keys)];
        let rules: [(&str, &dyn Fn(f64) -> Rule); 5] = [
            ("truncated geometric", &|delta| geometric(keys, 1.0, delta)),
            ("Laplace threshold", &|delta| laplace(keys, 1.0, delta)),
            ("Gaussian threshold", &|delta| gaussian(keys, 0.2, delta)),
            ("one round", &|delta| adaptive(keys, 1, 1.0, delta)),
            ("two rounds", &|delta| adaptive(keys, 2, 1.0, delta)),
        ];
        for (name, rule) in rules {
            let right = of_sets(audit(), &rule(delta), &sets, Some(delta));
            let wrong = of_sets(Audit::new().samples(50_000), &rule(2.0 * delta), &sets, Some(delta));
            println!("{name}, {keys} keys of one person: {right}; with twice the δ {wrong}");
            assert!(!right.refutes(0.0), "{name}, {keys}: {right}");
            assert!(wrong.refutes(0.0), "{name}, {keys}: {wrong}");
        }
    }
}
