//! Tests of calibration, groups, shuffled reports and statements.

use incog::{
    ErrorKind,
    dp::{
        Currency, Delta, Epsilon, Event, EventList, Neighbors, RDP_ORDERS, Statement,
        accountant::{
            self, Accountant, AnalyticGaussian, Basic, Best, Group, Optimal, Pld, Rdp, Zcdp, shuffled,
        },
        calibrate::Target,
        event::{NoiseUnit, Sampling},
    },
};

pub(crate) fn list(events: impl Into<Vec<Event>>) -> EventList {
    EventList::new(Neighbors::AddOrRemoveOne, events).unwrap()
}

fn target(epsilon: f64, delta: f64) -> Target {
    Target::new(Epsilon::new(epsilon).unwrap(), Delta::new(delta).unwrap())
}

pub(crate) fn upper(accountant: &dyn Accountant, events: &EventList, delta: f64) -> f64 {
    accountant.compose(events).unwrap().epsilon(Delta::new(delta).unwrap()).unwrap().upper()
}

pub(crate) fn pure(epsilon: f64) -> Event {
    Event::pure(Epsilon::new(epsilon).unwrap())
}

// ---------------------------------------------------------------------------------- calibration

#[test]
fn noise_meets_its_target_and_a_little_less_does_not() {
    let step = |noise: f64, rate: f64, count: u64| {
        let step = Event::gaussian(noise)?;
        let step = if rate < 1.0 { step.sampled(Sampling::poisson(rate)?)? } else { step };
        EventList::new(Neighbors::AddOrRemoveOne, [step.times(count)?])
    };
    for (accountant, rate, count, epsilon, delta) in [
        (&Rdp as &dyn Accountant, 0.01, 2000, 3.0, 1e-5),
        (&Rdp, 0.5, 7, 0.2, 1e-9),
        (&AnalyticGaussian, 1.0, 1, 1.0, 1e-6),
        (&AnalyticGaussian, 1.0, 4000, 30.0, 1e-3),
        (&Zcdp, 1.0, 10, 0.01, 1e-12),
        (&Pld, 0.01, 500, 2.0, 1e-5),
    ] {
        let found = target(epsilon, delta).noise(accountant, |noise| step(noise, rate, count)).unwrap();
        let name = format!("{} {rate} {count} {epsilon} {delta}: {}", accountant.name(), found.value());
        assert!(found.epsilon().upper() <= epsilon, "{name}");
        assert!(upper(accountant, found.events(), delta) <= epsilon, "{name}");
        let less = step(found.value() * (1.0 - 1e-4), rate, count).unwrap();
        assert!(upper(accountant, &less, delta) > epsilon, "{name}");
    }
}

#[test]
fn counts_and_rates_meet_their_target_and_a_little_more_does_not() {
    let at = target(3.0, 1e-5);
    let step = |rate: f64, count: u64| {
        let step = Event::gaussian(1.0)?.sampled(Sampling::poisson(rate)?)?;
        EventList::new(Neighbors::AddOrRemoveOne, [step.times(count)?])
    };
    let count = at.count(&Rdp, |count| step(0.01, count)).unwrap();
    assert!(count.epsilon().upper() <= 3.0);
    assert!(upper(&Rdp, &step(0.01, count.value() + 1).unwrap(), 1e-5) > 3.0);
    let rate = at.rate(&Rdp, |rate| step(rate, 2000)).unwrap();
    assert!(rate.epsilon().upper() <= 3.0);
    assert!(upper(&Rdp, &step(rate.value() * 1.0001, 2000).unwrap(), 1e-5) > 3.0);
    // Pure costs are exact: 30 of 0.1 are 3, and no more.
    let queries = |count: u64| EventList::new(Neighbors::AddOrRemoveOne, [pure(0.1).times(count)?]);
    let found = target(3.0, 0.0).count(&Basic, queries).unwrap();
    assert!((29..=30).contains(&found.value()), "{}", found.value());
}

#[test]
fn the_formula_of_one_gaussian_release_agrees_with_the_search_and_is_never_below_the_exact_noise() {
    // The least σ with δ(ε) = δ, by bisection with mpmath at 60 digits.
    for (epsilon, delta, exact) in [
        (1.0, 1e-6, 4.224_678_889_326_835),
        (3.0, 1e-5, 1.390_593_456_674_536_8),
        (0.1, 1e-5, 30.749_566_131_977_45),
    ] {
        let noise = target(epsilon, delta).gaussian().unwrap();
        assert!(noise >= exact && noise <= exact * (1.0 + 1e-11), "{noise} {exact}");
        assert!(
            upper(&AnalyticGaussian, &list([Event::gaussian(noise).unwrap()]), delta)
                <= epsilon * (1.0 + 1e-12)
        );
        let found = target(epsilon, delta)
            .noise(&AnalyticGaussian, |noise| Ok(list([Event::gaussian(noise)?])))
            .unwrap();
        assert!(found.value() >= noise * (1.0 - 1e-12) && found.value() <= noise * (1.0 + 2e-5));
    }
    assert_eq!(target(1.0, 0.0).gaussian().unwrap_err().kind(), ErrorKind::Refused);
}

#[test]
fn targets_out_of_reach_are_refused_and_refusals_pass_through() {
    let gaussian = |noise: f64| Ok(list([pure(2.0), Event::gaussian(noise)?]));
    let error = target(1.0, 1e-5).noise(&Rdp, gaussian).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(
        error.to_string(),
        "no noise multiplier, up to the limit of 1e12, meets ε = 1 at δ = 0.00001; allow a larger ε or δ, or less of \
         the rest"
    );
    let laplace = |noise: f64| Ok(list([Event::laplace(noise)?]));
    let error = target(1.0, 1e-5).noise(&AnalyticGaussian, laplace).unwrap_err();
    assert!(error.to_string().starts_with("event 1 (laplace): the accountant 'gaussian'"), "{error}");
}

#[test]
fn amounts_in_every_currency_are_worth_their_target() {
    for (epsilon, delta) in [(1.0, 1e-6), (0.05, 1e-10), (8.0, 1e-3), (20.0, 1e-12)] {
        let at = target(epsilon, delta);
        for &currency in Currency::ALL {
            let Ok(amount) = at.amount(currency) else {
                assert_eq!((currency, epsilon), (Currency::Rdp, 0.05), "{epsilon} {delta}");
                continue;
            };
            let part = |name: &str| {
                let fields = amount.fields();
                fields.iter().find(|field| field.0 == name).map(|field| field.1.parse::<f64>().unwrap())
            };
            let spent = match currency {
                Currency::Zcdp => upper(&Zcdp, &list([Event::zcdp(part("rho").unwrap()).unwrap()]), delta),
                Currency::Gdp => {
                    let noise = part("mu_squared").unwrap().sqrt().recip();
                    upper(&AnalyticGaussian, &list([Event::gaussian(noise).unwrap()]), delta)
                }
                Currency::Rdp => {
                    // One order is limited; there the conversion of arXiv 2004.00010, proposition 12, is the target.
                    let limited: Vec<(f64, f64)> = amount
                        .fields()
                        .iter()
                        .filter_map(|(order, d)| Some((order.parse().ok()?, d.parse().ok()?)))
                        .collect();
                    let [(order, divergence)] = limited[..] else { panic!("{amount}") };
                    divergence + (1.0 - 1.0 / order).ln() - (order * delta).ln() / (order - 1.0)
                }
                _ => part("epsilon").unwrap(),
            };
            assert!(spent <= epsilon * (1.0 + 1e-9), "{currency}: {spent} {epsilon}");
            assert!(spent >= epsilon * (1.0 - 1e-6), "{currency}: {spent} {epsilon}");
        }
    }
}

/// Of all orders the one is limited at which the largest amount of Gaussian noise fits: where D_α/α is largest, by the
/// formula of the amount.
#[test]
fn an_amount_in_rdp_is_limited_at_the_order_that_gives_most() {
    for (epsilon, delta, best) in
        [(1.0, 1e-6, "24"), (8.0, 1e-3, "3"), (20.0, 1e-12, "4"), (0.3, 1e-6, "64"), (3.0, 1e-5, "8")]
    {
        let most =
            |order: &f64| (epsilon - (1.0 - 1.0 / order).ln() + (order * delta).ln() / (order - 1.0)) / order;
        let twin = RDP_ORDERS.iter().max_by(|a, b| most(a).total_cmp(&most(b))).unwrap();
        assert_eq!(twin.to_string(), best);
        let fields = target(epsilon, delta).amount(Currency::Rdp).unwrap().fields();
        let limited: Vec<_> =
            fields.iter().filter(|(_, value)| value.parse::<f64>().is_ok_and(f64::is_finite)).collect();
        assert_eq!(limited.len(), 1, "{fields:?}");
        assert_eq!(limited[0].0, best, "{fields:?}");
    }
}

#[test]
fn without_a_delta_no_amount_of_a_currency_that_needs_one_is_worth_a_target() {
    for currency in [Currency::Zcdp, Currency::Gdp, Currency::Rdp] {
        for epsilon in [0.1, 1.0, 64.0] {
            let error = target(epsilon, 0.0).amount(currency).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused, "{currency} {epsilon}");
            assert!(error.to_string().starts_with("no amount in currency"), "{error}");
            assert_eq!(target(epsilon, 0.0).gaussian().unwrap_err().kind(), ErrorKind::Refused);
        }
    }
}

/// At ε = 1e-12 and δ = 1e-14 the distance is 5.7e-13, so the noise is above the limit.
#[test]
fn a_gaussian_release_needs_no_more_noise_than_the_limit() {
    assert_eq!(target(1e-12, 1e-14).gaussian().unwrap_err().kind(), ErrorKind::Refused);
    assert!(target(1e-12, 1e-11).gaussian().unwrap() < 1e12);
}

// ---------------------------------------------------------------------------------- groups, parts, shuffles

#[test]
fn a_group_is_priced_at_its_distance_and_by_the_general_bound_otherwise() {
    let delta = Delta::new(1e-6).unwrap();
    let five = |events: &EventList, accountant: &dyn Accountant| {
        Group::new(accountant, 5).unwrap().compose(events).unwrap().epsilon(delta).unwrap().upper()
    };
    for (one, far) in [
        (Event::laplace(10.0).unwrap(), Event::laplace(2.0).unwrap()),
        (Event::tree(10.0, 7).unwrap(), Event::tree(2.0, 7).unwrap()),
        (pure(0.1), pure(0.5)),
        (Event::zcdp(0.01).unwrap(), Event::zcdp(0.25).unwrap()),
        (Event::discrete_gaussian(10.0, 1).unwrap(), Event::discrete_gaussian(10.0, 5).unwrap()),
        (
            Event::composition([Event::laplace(10.0).unwrap(), pure(0.1)]).unwrap(),
            Event::composition([Event::laplace(2.0).unwrap(), pure(0.5)]).unwrap(),
        ),
    ] {
        let (group, far) = (five(&list([one]), &Rdp), upper(&Rdp, &list([far]), 1e-6));
        assert!((group - far).abs() <= 1e-9 * far, "{group} {far}");
    }
    // By the general bound: at least the price at the distance, where both are known.
    let mixed = list([pure(0.1), Event::approximate(Epsilon::new(0.1).unwrap(), Delta::new(1e-8).unwrap())]);
    let group = five(&mixed, &Optimal);
    assert!((0.99..=1.0 + 1e-6).contains(&group), "{group}");
    let step = Event::gaussian(2.0).unwrap().sampled(Sampling::poisson(0.01).unwrap()).unwrap();
    let training = list([step.times(100).unwrap()]);
    let group = five(&training, &Rdp);
    let alone = upper(&Rdp, &training, 1e-6);
    assert!(group > alone && group < 40.0 * alone, "{group} {alone}");
    let profile = Group::new(&Rdp, 5).unwrap().compose(&training).unwrap();
    let back = profile.delta(Epsilon::new(group).unwrap()).unwrap();
    assert!(back.upper() <= 1.0001e-6, "{back}");
    let statement = Statement::of_group(&Rdp, 5, &training, &[delta], &[]).unwrap().to_string();
    assert!(statement.starts_with("Differential privacy of groups of up to 5 records;"), "{statement}");
}

#[test]
fn a_replaced_record_is_in_two_of_many_parts_for_every_accountant() {
    let parts = |unit| {
        let part = |noise: f64| Event::gaussian(noise).unwrap().relative_to(unit).unwrap();
        Event::parallel([part(2.0), part(2.0), part(3.0)]).unwrap()
    };
    let in_one = EventList::new(Neighbors::AddOrRemoveOne, [parts(NoiseUnit::Sensitivity)]).unwrap();
    let in_two = EventList::new(Neighbors::ReplaceOne, [parts(NoiseUnit::Sensitivity)]).unwrap();
    for name in ["pld", "rdp", "zcdp", "gaussian", "best"] {
        let accountant = accountant::named(name).unwrap();
        let twin = |count| {
            upper(&AnalyticGaussian, &list([Event::gaussian(2.0).unwrap().times(count).unwrap()]), 1e-6)
        };
        let (one, two) =
            (upper(accountant.as_ref(), &in_one, 1e-6), upper(accountant.as_ref(), &in_two, 1e-6));
        assert!(one >= twin(1) * (1.0 - 1e-12) && one <= 1.25 * twin(1), "{name}: {one}");
        assert!(two >= twin(2) * (1.0 - 1e-12) && two <= 1.25 * twin(2), "{name}: {two}");
    }
}

/// Binary randomized response of n people, shuffled, is the number of ones. Whatever the others hold, replacing one record
/// must keep the ε and δ that are claimed of it: summed up exactly.
#[test]
fn shuffled_randomized_response_keeps_what_is_claimed_of_it() {
    for (local, n, delta) in
        [(0.5f64, 2000u64, 1e-4f64), (1.0, 2000, 1e-6), (2.0, 1500, 1e-5), (3.0, 8000, 1e-6)]
    {
        let event = shuffled(Epsilon::new(local).unwrap(), n, Delta::new(delta).unwrap()).unwrap();
        let text = event.to_string();
        let claimed: f64 = text.split("epsilon=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(claimed < local, "{text}");
        let flip = 1.0 / (local.exp() + 1.0);
        for ones in [0, n / 2, n - 1] {
            let others = convolve(&binomial(ones, 1.0 - flip), &binomial(n - 1 - ones, flip));
            let (p, q) = (convolve(&others, &[1.0 - flip, flip]), convolve(&others, &[flip, 1.0 - flip]));
            let stick = |p: &[f64], q: &[f64]| {
                p.iter().zip(q).map(|(p, q)| (p - claimed.exp() * q).max(0.0)).sum::<f64>()
            };
            assert!(stick(&p, &q) <= delta && stick(&q, &p) <= delta, "{local} {n} {ones}");
        }
    }
    // Too few reports, or none at all to hide among.
    let few = shuffled(Epsilon::new(1.0).unwrap(), 10, Delta::new(1e-6).unwrap()).unwrap();
    assert_eq!(few.to_string(), "pure epsilon=1 count=1");
    assert!(shuffled(Epsilon::new(1.0).unwrap(), 0, Delta::new(1e-6).unwrap()).is_err());
}

fn binomial(n: u64, p: f64) -> Vec<f64> {
    // By ratios, from the mode on, then to a sum of 1.
    let size = usize::try_from(n).unwrap();
    let mut masses = vec![0.0; size + 1];
    let mode = ((n as f64 + 1.0) * p).floor().min(n as f64) as usize;
    masses[mode] = 1.0;
    for k in mode..size {
        masses[k + 1] = masses[k] * (n as f64 - k as f64) / (k as f64 + 1.0) * p / (1.0 - p);
    }
    for k in (0..mode).rev() {
        masses[k] = masses[k + 1] * (k as f64 + 1.0) / (n as f64 - k as f64) * (1.0 - p) / p;
    }
    let sum: f64 = masses.iter().sum();
    masses.iter().map(|mass| mass / sum).collect()
}

fn convolve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate().filter(|(_, x)| **x > 1e-18) {
        for (j, y) in b.iter().enumerate() {
            sum[i + j] += x * y;
        }
    }
    sum
}

// ---------------------------------------------------------------------------------- names, statements

/// Frozen: a name here keeps its meaning in all later versions.
#[test]
fn accountants_keep_their_names() {
    for name in ["pld", "rdp", "zcdp", "optimal", "gaussian", "basic", "best"] {
        assert_eq!(accountant::named(name).unwrap().name(), name);
    }
    assert_eq!(accountant::named("moments").unwrap_err().kind(), ErrorKind::Parameter);
}

#[test]
fn the_best_of_all_accountants_is_no_worse_than_any_of_them() {
    let approximate = Event::approximate(Epsilon::new(0.1).unwrap(), Delta::new(1e-9).unwrap());
    let lists = [
        list([pure(0.1).times(50).unwrap()]),
        list([Event::gaussian(3.0).unwrap(), pure(0.2)]),
        list([approximate.times(20).unwrap()]),
        list([Event::laplace(4.0).unwrap().times(30).unwrap()]),
    ];
    for events in &lists {
        let best = Best.compose(events).unwrap();
        let delta = Delta::new(1e-6).unwrap();
        let interval = best.epsilon(delta).unwrap();
        for accountant in [&Pld as &dyn Accountant, &Rdp, &Zcdp, &Optimal, &AnalyticGaussian, &Basic] {
            if let Ok(other) = accountant.compose(events) {
                let other = other.epsilon(delta).unwrap();
                assert!(
                    interval.upper() <= other.upper() && interval.lower() >= other.lower(),
                    "{}",
                    accountant.name()
                );
                assert!(other.lower() <= interval.upper(), "{}: {other} {interval}", accountant.name());
            }
        }
        assert!(!best.method(delta).is_empty());
    }
    // What no accountant treats is refused in the sentence of the one that treats most.
    let tree = Event::tree(5.0, 10).unwrap().sampled(Sampling::poisson(0.1).unwrap()).unwrap();
    assert!(Best.compose(&list([tree])).unwrap_err().to_string().starts_with("event 1 (tree)"));
}

/// Every kind of sampling has its sentence among the assumptions.
#[test]
fn a_statement_says_what_it_assumes_for_everything_that_was_done() {
    let gaussian = || Event::gaussian(8.0).unwrap();
    let sampled = |sampling: Sampling| gaussian().sampled(sampling).unwrap();
    let cases: Vec<(Neighbors, Event, &str)> = vec![
        (Neighbors::AddOrRemoveOne, gaussian(), "clipping"),
        (
            Neighbors::AddOrRemoveOne,
            sampled(Sampling::poisson(0.1).unwrap()),
            "independently of other records",
        ),
        (
            Neighbors::ReplaceOne,
            sampled(Sampling::fixed_size(100, 10).unwrap()).relative_to(NoiseUnit::Sensitivity).unwrap(),
            "every subset of the stated size equally likely",
        ),
        (
            Neighbors::ZeroOut,
            sampled(Sampling::shuffled(100, 10).unwrap()),
            "No amplification by shuffling is claimed",
        ),
        (Neighbors::ZeroOut, Event::tree(8.0, 9).unwrap(), "one step of a tree"),
        (Neighbors::AddOrRemoveOne, pure(0.1), "Where only an ε, δ or ρ is stated"),
        (Neighbors::AddOrRemoveOne, Event::parallel([pure(0.1), pure(0.2)]).unwrap(), "The part of a record"),
    ];
    for (neighbors, event, sentence) in cases {
        let events = EventList::new(neighbors, [event]).unwrap();
        let statement = Statement::new(&Rdp, &events, &[Delta::new(1e-6).unwrap()], &[]).unwrap();
        let text = statement.to_string();
        assert!(text.contains(sentence), "{text}");
        assert!(text.contains("δ = 0.000001: ε ≤ "), "{text}");
        assert!(text.contains("was fixed before the first answer"), "{text}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_statement_in_json_has_the_ends_of_its_intervals_and_null_for_infinity() {
    let events = list([Event::gaussian(2.0).unwrap(), pure(0.5)]);
    let deltas = [Delta::new(1e-5).unwrap(), Delta::default()];
    let statement = Statement::new(&Rdp, &events, &deltas, &[Epsilon::new(2.0).unwrap()]).unwrap();
    let json: serde_json::Value = serde_json::to_value(&statement).unwrap();
    assert_eq!(json["accountant"], "rdp");
    assert_eq!(json["neighbors"], "add_or_remove_one");
    assert_eq!(json["group"], 1);
    assert_eq!(json["epsilon"][0]["delta"], 1e-5);
    assert!(json["epsilon"][0]["upper"].as_f64().unwrap() > json["epsilon"][0]["lower"].as_f64().unwrap());
    assert!(json["epsilon"][0]["method"].as_str().unwrap().contains("order"));
    assert!(json["epsilon"][1]["upper"].is_null());
    assert_eq!(json["delta"][0]["epsilon"], 2.0);
    assert_eq!(json["events"][1]["mechanism"], "pure");
    assert!(json["assumptions"].as_array().unwrap().len() >= 4);
    // The events read back: with the name of the accountant, that is all there is to store.
    let back: Vec<Event> = serde_json::from_value(json["events"].clone()).unwrap();
    assert_eq!(back, events.events());
}

// ---------------------------------------------------------------------------------- specs

#[cfg(feature = "serde")]
mod specs {
    use incog::dp::calibrate::{Sought, Spec};

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Cases {
        spec: Vec<Case>,
        refused: Vec<Refused>,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        json: String,
        sought: String,
        least: f64,
        most: f64,
        #[allow(dead_code, reason = "for the reader of the file")]
        source: String,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Refused {
        name: String,
        json: String,
        error: String,
    }

    fn cases() -> Cases {
        toml::from_str(include_str!("data/dp/calibrate.toml")).unwrap()
    }

    #[test]
    fn specs_keep_their_meaning() {
        for case in cases().spec {
            let spec: Spec = serde_json::from_str(&case.json).unwrap();
            let (sought, epsilon, _) = spec.solve().unwrap();
            assert_eq!(sought.name(), case.sought, "{}", case.name);
            let value = match sought {
                Sought::NoiseMultiplier(value) | Sought::SamplingRate(value) => value,
                Sought::Count(count) => count as f64,
                other => panic!("{other:?}"),
            };
            assert!(case.least <= value && value <= case.most, "{}: {value}", case.name);
            assert!(epsilon.upper() <= spec.target().epsilon().to_f64(), "{}", case.name);
        }
    }

    #[test]
    fn specs_that_say_nothing_are_refused_in_a_sentence() {
        for case in cases().refused {
            let error = serde_json::from_str::<Spec>(&case.json).unwrap_err().to_string();
            assert!(error.starts_with(&case.error), "{}: {error}", case.name);
        }
    }
}
