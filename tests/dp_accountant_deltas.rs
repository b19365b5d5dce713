//! What accountants answer, both ways, against values of a slow twin (`data/dp/deltas.toml`).

use incog::dp::{
    Currency, Delta, Epsilon, Event, EventList, Neighbors,
    accountant::{self, Accountant as _, Basic, Group, Interval, Optimal, PrivacyProfile},
};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    accountant: String,
    events: Vec<String>,
    #[serde(default)]
    replace_one: bool,
    below: f64,
    above: f64,
    delta: Vec<(String, String)>,
    epsilon: Vec<(String, String)>,
}

fn parsed(events: &[impl AsRef<str>]) -> Vec<Event> {
    events.iter().map(|event| event.as_ref().parse().unwrap()).collect()
}

fn list(events: &[&str]) -> EventList {
    EventList::new(Neighbors::AddOrRemoveOne, parsed(events)).unwrap()
}

fn profile(accountant: &str, events: &[&str]) -> Box<dyn PrivacyProfile> {
    accountant::named(accountant).unwrap().compose(&list(events)).unwrap()
}

fn delta(profile: &dyn PrivacyProfile, epsilon: &str) -> Interval {
    profile.delta(Epsilon::parse(epsilon).unwrap()).unwrap()
}

fn epsilon(profile: &dyn PrivacyProfile, delta: &str) -> Interval {
    profile.epsilon(Delta::parse(delta).unwrap()).unwrap()
}

/// Whether the accountant knows the truth for these events, and so a lower end that is close to it.
fn knows(accountant: &str, events: &[String]) -> bool {
    let stated = |event: &String| {
        (event.starts_with("pure") || event.starts_with("approximate")) && !event.contains("sampling")
    };
    accountant == "gaussian" || accountant == "optimal" && events.iter().all(stated)
}

/// An end that holds an exact value holds the binary number nearest to it as well.
#[test]
fn answers_hold_the_values_of_a_slow_twin_and_lie_close_to_them() {
    let cases: Cases = toml::from_str(include_str!("data/dp/deltas.toml")).unwrap();
    for case in cases.case {
        let Case { accountant, events, below, above, .. } = &case;
        let neighbors = if case.replace_one { Neighbors::ReplaceOne } else { Neighbors::AddOrRemoveOne };
        let list = EventList::new(neighbors, parsed(events)).unwrap();
        let profile = accountant::named(accountant).unwrap().compose(&list).unwrap();
        let deltas =
            case.delta.iter().map(|(asked, exact)| (asked, exact, delta(profile.as_ref(), asked), *above));
        let epsilons = case
            .epsilon
            .iter()
            .map(|(asked, exact)| (asked, exact, epsilon(profile.as_ref(), asked), above.min(1e-7)));
        for (asked, exact, got, above) in deltas.chain(epsilons) {
            let exact: f64 = exact.parse().unwrap();
            let name = format!("{accountant}, {events:?} at {asked}: {got:?} {exact}");
            assert!(got.upper() >= exact * (1.0 - below), "{name}: below");
            assert!(got.upper() <= exact * (1.0 + above), "{name}: far above");
            if knows(accountant, events) {
                assert!(got.lower() <= exact, "{name}: the lower end is above");
                assert!(got.lower() >= exact * (1.0 - above), "{name}: the lower end is far below");
            } else {
                assert_eq!(got.lower(), 0.0, "{name}");
            }
        }
    }
}

/// At the largest loss that can occur δ is 0, or the δ that was stated; just below it is not.
#[test]
fn deltas_end_at_the_largest_loss() {
    for (accountant, events, largest, nearly) in [
        ("basic", "pure epsilon=1 count=1", "1.00", "0.999999999999"),
        ("basic", "pure epsilon=0.5 count=4", "2.00", "1.999999999999"),
        ("optimal", "pure epsilon=1 count=1", "1.00", "0.999999999"),
        ("optimal", "pure epsilon=0.5 count=4", "2.00", "1.999999999"),
        ("rdp", "pure epsilon=1 count=1", "1.00", "0.999"),
        ("rdp", "laplace noise_multiplier=2 count=4", "2.00", "1.999"),
        ("rdp", "exponential epsilon=0.25 count=3", "0.75", "0.7499"),
        ("best", "pure epsilon=0.5 count=4", "2.00", "1.999999999"),
    ] {
        let profile = profile(accountant, &[events]);
        // The ends of the largest loss are a few units in the last place apart.
        let (at, before) =
            (delta(profile.as_ref(), &format!("{largest}0000000001")), delta(profile.as_ref(), nearly));
        assert!(at.upper() <= 1e-13, "{accountant} {events}: {at}");
        assert!(before.upper() > at.upper(), "{accountant} {events}: {before}");
        let none = epsilon(profile.as_ref(), "0").upper();
        let exact: f64 = largest.parse().unwrap();
        assert!((exact..exact * (1.0 + 1e-14)).contains(&none), "{accountant} {events}: {none}");
    }
}

/// A δ that was stated is met exactly, and no smaller one: not by 1e-24.
#[test]
fn stated_deltas_are_met_exactly_and_no_smaller_ones() {
    let events =
        ["approximate epsilon=0.5 delta=0.000001 count=3", "approximate epsilon=0.1 delta=0.25 count=1"];
    for accountant in ["basic", "optimal", "zcdp", "rdp"] {
        let profile = profile(accountant, &events);
        // 1 - (1 - 1e-6)^3 (1 - 0.25) = 0.25000224999775000075.
        let met = epsilon(profile.as_ref(), "0.250003").upper();
        assert!(met.is_finite() && met > 1.5, "{accountant}: {met}");
        let less = epsilon(profile.as_ref(), "0.25000224999775").upper();
        assert!(less.is_infinite(), "{accountant}: {less}");
        // For ρ alone there is no ε without a δ.
        if accountant == "zcdp" {
            continue;
        }
        let alone = accountant::named(accountant).unwrap().compose(&list(&events[1..])).unwrap();
        assert!(epsilon(alone.as_ref(), "0.25").upper().is_finite(), "{accountant}");
        let less = epsilon(alone.as_ref(), "0.249999999999999999999999").upper();
        assert!(less.is_infinite(), "{accountant}: {less}");
    }
}

/// What all accountants hold, `best` holds, and it names whose upper end it takes.
#[test]
fn the_best_answer_is_the_least_upper_end_and_the_greatest_lower_one() {
    for events in [
        vec!["gaussian noise_multiplier=2 count=3"],
        vec!["pure epsilon=0.1 count=100"],
        vec!["laplace noise_multiplier=4 count=2"],
        vec!["pure epsilon=1 count=1"],
        vec!["approximate epsilon=0.5 delta=0.000001 count=3", "pure epsilon=0.25 count=2"],
        vec!["gaussian noise_multiplier=5 count=2", "pure epsilon=0.25 count=2"],
    ] {
        let list = list(&events);
        let best = accountant::named("best").unwrap().compose(&list).unwrap();
        let others: Vec<_> = ["pld", "rdp", "zcdp", "optimal", "gaussian", "basic"]
            .into_iter()
            .filter_map(|name| Some((name, accountant::named(name).unwrap().compose(&list).ok()?)))
            .collect();
        let hull = |of: &dyn Fn(&dyn PrivacyProfile) -> Interval| {
            let all: Vec<Interval> = others.iter().map(|(_, profile)| of(profile.as_ref())).collect();
            let upper = all.iter().map(|one| one.upper()).fold(f64::INFINITY, f64::min);
            (all.iter().map(|one| one.lower()).fold(0.0, f64::max).min(upper), upper)
        };
        for at in ["0.01", "0.3", "1", "6"] {
            let got = delta(best.as_ref(), at);
            assert_eq!((got.lower(), got.upper()), hull(&|one| delta(one, at)), "{events:?} at ε {at}");
        }
        for at in ["0", "0.000001", "0.01", "0.3"] {
            let at_delta = Delta::parse(at).unwrap();
            let (got, method) = best.explained(at_delta).unwrap();
            assert_eq!((got.lower(), got.upper()), hull(&|one| epsilon(one, at)), "{events:?} at δ {at}");
            let first = others.iter().find(|(_, one)| epsilon(one.as_ref(), at).upper() == got.upper());
            let (name, profile) = first.unwrap();
            assert_eq!(method, format!("{name}: {}", profile.method(at_delta)), "{events:?} at δ {at}");
            assert_eq!(best.method(at_delta), method);
        }
    }
}

/// What a privacy statement says about how an answer was found.
#[test]
fn methods_are_named_in_words() {
    let at = Delta::parse("0.000001").unwrap();
    for (accountant, events, words) in [
        ("basic", vec!["pure epsilon=0.1 count=2"], "sums of ε and δ"),
        (
            "gaussian",
            vec!["gaussian noise_multiplier=3 count=1", "gaussian noise_multiplier=1.5 count=2"],
            "exact formula of the Gaussian mechanism at a distance of 1.000000",
        ),
        ("optimal", vec!["pure epsilon=0.1 count=2"], "optimal composition, 3 sums of privacy losses"),
        (
            "optimal",
            vec!["pure epsilon=0.1 count=2", "pure epsilon=0.7 count=3"],
            "optimal composition, 12 sums of privacy losses",
        ),
        ("zcdp", vec!["zcdp rho=0.125 count=2"], "zero-concentrated differential privacy with ρ = 0.250000"),
        // Where α/2 + (ln(1/δ) - ln α)/(α - 1) + ln(1 - 1/α) is least: the lower ratio moves only further digits.
        (
            "rdp",
            vec!["gaussian noise_multiplier=1 count=1"],
            "Rényi divergence of order 5.9070, the best of all real orders",
        ),
    ] {
        assert_eq!(profile(accountant, &events).method(at), words);
    }
}

/// [Vad17] for k records that share nothing else: (kε, δ (e^(kε) - 1)/(e^ε - 1)).
#[test]
fn the_general_bound_of_a_group_is_its_formula() {
    // One record: (0.5, 0.001). Four: (2, 0.001 (e^2 - 1)/(e^0.5 - 1)), which is (2, 0.00984869..).
    let approximate = ["approximate epsilon=0.5 delta=0.001 count=1"];
    let powers = 2.0f64.exp_m1() / 0.5f64.exp_m1();
    for one in [&Basic as &dyn accountant::Accountant, &Optimal] {
        let group = Group::new(one, 4).unwrap();
        assert_eq!((group.size(), group.name()), (4, one.name()));
        let profile = group.compose(&list(&approximate)).unwrap();
        let at = delta(profile.as_ref(), "2");
        assert!((at.upper() / (1e-3 * powers) - 1.0).abs() < 1e-6, "{}: {at}", one.name());
        // Beyond, nothing is left but the δ of each, with fewer powers at a smaller ε.
        let beyond = delta(profile.as_ref(), "20").upper();
        assert!((at.upper() * 0.999..=at.upper() * 1.25).contains(&beyond), "{}: {beyond}", one.name());
        assert!(at.lower() <= 1e-3 && at.lower() <= at.upper(), "{at}");
        // By scanning: the least ε of one record whose δ, times the sum of powers, is at most 0.012.
        let meets = |e: f64| {
            let rest = (0.5f64.exp() - e.exp()) / (1.0 + 0.5f64.exp());
            (0.001 + 0.999 * rest) * (4.0 * e).exp_m1() / e.exp_m1() <= 0.012
        };
        let scanned = (1..50_000).map(|i| f64::from(i) * 1e-5).find(|&e| meets(e)).unwrap();
        let enough = epsilon(profile.as_ref(), "0.012");
        assert!((enough.upper() - 4.0 * scanned).abs() <= 4.2e-5, "{}: {enough} {scanned}", one.name());
        let little = epsilon(profile.as_ref(), "0.004");
        assert!(little.upper().is_infinite(), "{}: {little}", one.name());
        // It is certain by the same formula: what it says of ε, it says of δ.
        let back = delta(profile.as_ref(), &format!("{:.12}", enough.upper() + 1e-12));
        assert!(back.upper() <= 0.012, "{}: {back}", one.name());
        assert_eq!(
            profile.method(Delta::parse("0.012").unwrap()),
            format!(
                "{}; for groups of 4 by their general bound",
                one.compose(&list(&approximate)).unwrap().method(Delta::parse("0.012").unwrap())
            )
        );
    }
}

/// Without a δ of its own: k times the ε at δ = 0, and never less than what one record has.
#[test]
fn the_general_bound_of_a_group_is_at_most_the_multiple_of_epsilon() {
    let sampled = ["pure epsilon=1 sampling=poisson:0.25 count=3"];
    let one = profile("basic", &sampled);
    let group = Group::new(&Basic, 5).unwrap().compose(&list(&sampled)).unwrap();
    let each = 3.0 * (0.25 * 1.0f64.exp_m1()).ln_1p();
    let all = epsilon(group.as_ref(), "0").upper();
    assert!((5.0 * each..5.0 * each * (1.0 + 1e-13)).contains(&all), "{all} {each}");
    for at in ["0.000000001", "0.001", "0.2"] {
        let (less, alone) = (epsilon(group.as_ref(), at).upper(), epsilon(one.as_ref(), at).upper());
        assert!(less <= all && less > alone, "{at}: {less} {all} {alone}");
        // By scanning: the least ε of one record whose δ, times the sum of powers, is small enough.
        let target: f64 = at.parse().unwrap();
        let meets = |e: f64| {
            let rest = (each.exp() - e.exp()) / (1.0 + each.exp());
            rest.max(0.0) * (5.0 * e).exp_m1() / e.exp_m1() <= target
        };
        let scanned = (1..40_000).map(|i| f64::from(i) * 5e-5).find(|&e| meets(e)).unwrap();
        assert!((less / 5.0 - scanned).abs() <= 6e-5, "{at}: {less} {scanned}");
    }
}

/// What an event costs at k times the distance is what the event with less noise costs.
#[test]
fn events_at_a_distance_are_those_with_less_noise() {
    for (event, farther) in [
        ("gaussian noise_multiplier=8 count=3", "gaussian noise_multiplier=2 count=3"),
        ("laplace noise_multiplier=8 count=3", "laplace noise_multiplier=2 count=3"),
        (
            "discrete_laplace scale=7/2 sensitivity=3 count=1",
            "discrete_laplace scale=7/2 sensitivity=12 count=1",
        ),
        (
            "discrete_gaussian sigma=8 sensitivity=1 count=2",
            "discrete_gaussian sigma=8 sensitivity=4 count=2",
        ),
        ("pure epsilon=0.25 count=3", "pure epsilon=1 count=3"),
        ("exponential epsilon=0.25 count=3", "exponential epsilon=1 count=3"),
        ("tree noise_multiplier=8 steps=10 count=1", "tree noise_multiplier=2 steps=10 count=1"),
        ("zcdp rho=0.125 count=1", "zcdp rho=2.0000000000000004 count=1"),
    ] {
        let events = EventList::new(Neighbors::ZeroOut, parsed(&[event])).unwrap();
        let farther = EventList::new(Neighbors::ZeroOut, parsed(&[farther])).unwrap();
        let rdp = accountant::named("rdp").unwrap();
        let group = Group::new(rdp.as_ref(), 4).unwrap().compose(&events).unwrap();
        let expected = epsilon(rdp.compose(&farther).unwrap().as_ref(), "0.000001").upper();
        let got = epsilon(group.as_ref(), "0.000001").upper();
        // Rounded so that noise is never more than that: not by a digit.
        assert!(
            (expected * (1.0 - 1e-15)..=expected * (1.0 + 1e-12)).contains(&got),
            "{event}: {got} {expected}"
        );
    }
}

#[test]
fn intervals_have_an_order_and_a_width() {
    for (lower, upper, width) in [
        (0.0, 0.0, 0.0),
        (1.0, 1.0, 0.0),
        (0.0, 2.0, 2.0),
        (f64::INFINITY, f64::INFINITY, 0.0),
        (1.0, f64::INFINITY, f64::INFINITY),
    ] {
        let interval = Interval::new(lower, upper).unwrap();
        assert_eq!((interval.lower(), interval.upper(), interval.width()), (lower, upper, width));
    }
    for (lower, upper) in [(-1.0, 1.0), (1.0, 0.5), (-2.0, -1.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
        assert!(Interval::new(lower, upper).is_err(), "{lower} {upper}");
    }
}

/// (neighbors, events, currency, the exact numbers of the amount in their order)
type Priced<'a> = (Neighbors, &'a [&'a str], Currency, &'a [f64]);

/// Exact values in 20 digits of 40, from the formulas in the documentation of the mechanisms; of μ-GDP by a root of
/// ln(1 - Φ(μ/2)) + ln(1 + e^ε).
#[test]
fn prices_are_exact_values_rounded_up_to_their_decimals() {
    use Currency::{Approximate, Gdp, Pure, Zcdp};
    use Neighbors::{AddOrRemoveOne as Add, ReplaceOne as Replace};
    let sampled = "pure epsilon=1 sampling=poisson:0.125 count=2";
    let failing = "approximate epsilon=1 delta=0.001 sampling=poisson:0.125 count=2";
    let cases: &[Priced] = &[
        (Add, &["pure epsilon=0.1 count=10"], Pure, &[1.0]),
        (Add, &["laplace noise_multiplier=8 count=3"], Pure, &[0.375]),
        (Add, &["discrete_laplace scale=5/2 sensitivity=4 count=3"], Pure, &[4.8]),
        (Add, &["exponential epsilon=0.25 count=3", "pure epsilon=0.5 count=1"], Pure, &[1.25]),
        (Add, &[sampled], Pure, &[0.389_134_589_096_023_5]),
        (Add, &["exponential epsilon=1 sampling=poisson:0.125 count=2"], Pure, &[0.389_134_589_096_023_5]),
        (
            Replace,
            &["randomized_response p_random=0.25 categories=4 count=2"],
            Pure,
            &[5.129_898_714_923_073_5],
        ),
        (Add, &["approximate epsilon=0.3 delta=0.000000001 count=3"], Approximate, &[0.9, 3e-9]),
        (Add, &[failing], Approximate, &[0.389_134_589_096_023_5, 2.5e-4]),
        (Add, &[sampled], Approximate, &[0.389_134_589_096_023_5, 0.0]),
        (Add, &["gaussian noise_multiplier=2 count=3"], Zcdp, &[0.375]),
        (Add, &["laplace noise_multiplier=2 count=3"], Zcdp, &[0.319_591_979_137_900_3]),
        (Add, &["exponential epsilon=1 count=3"], Zcdp, &[0.375]),
        (Add, &["pure epsilon=1 count=3"], Zcdp, &[1.386_351_471_780_029_4]),
        (Add, &[sampled], Zcdp, &[0.037_737_456_698_233_716]),
        (Add, &["gaussian noise_multiplier=2 count=3"], Gdp, &[0.75]),
        (Add, &["pure epsilon=1 count=3"], Gdp, &[3.0 * 1.517_911_190_741_958_7]),
        (Add, &["pure epsilon=0.01 count=2"], Gdp, &[2.0 * 0.000_157_079_070_856_734_26]),
        (Add, &["pure epsilon=40 count=1"], Gdp, &[295.336_304_011_395_04]),
    ];
    for (neighbors, events, currency, exact) in cases {
        let list = EventList::new(*neighbors, parsed(events)).unwrap();
        let text = list.price(*currency).unwrap().canonical();
        let got: Vec<f64> =
            text.split(' ').skip(1).map(|part| part.split_once('=').unwrap().1.parse().unwrap()).collect();
        assert!(got.len() == exact.len() || exact.last() == Some(&0.0), "{events:?}: {text}");
        // ε, ρ and μ² have 12 decimals, δ has 24.
        for ((got, exact), decimal) in got.iter().zip(*exact).zip([2e-12, 2e-24]) {
            assert!(*got >= exact * (1.0 - 2.0 * f64::EPSILON), "{events:?}: {text} is below {exact}");
            assert!(*got <= exact * (1.0 + 1e-13) + decimal, "{events:?}: {text} is above {exact}");
        }
    }
    // Divergences of Gaussian noise: α Δ²/(2σ²) at each order.
    let text = list(&["gaussian noise_multiplier=2 count=3"]).price(Currency::Rdp).unwrap().canonical();
    let parts: Vec<(f64, f64)> = text
        .split(' ')
        .skip(1)
        .map(|part| part.split_once('=').unwrap())
        .map(|(order, divergence)| (order.parse().unwrap(), divergence.parse().unwrap()))
        .collect();
    assert!(parts.len() > 10, "{text}");
    for (order, divergence) in parts {
        assert!((0.375 * order..=0.375 * order + 2e-12 * order).contains(&divergence), "{order}: {text}");
    }
}

#[test]
fn events_without_a_price_are_refused_with_the_currencies_that_have_one() {
    let failing = "approximate epsilon=1 delta=0.001 count=2";
    let seldom = "approximate epsilon=1 delta=0.001 sampling=poisson:0.125 count=2";
    let noise = "gaussian noise_multiplier=2 count=3";
    let sampled = "gaussian noise_multiplier=2 sampling=poisson:0.125 count=3";
    for (event, currency, word, others) in [
        (failing, Currency::Pure, "pure", "'approximate'"),
        (seldom, Currency::Pure, "pure", "'approximate'"),
        (failing, Currency::Zcdp, "zcdp", "'approximate'"),
        (failing, Currency::Gdp, "gdp", "'approximate'"),
        (seldom, Currency::Gdp, "gdp", "'approximate'"),
        (failing, Currency::Rdp, "rdp", "'approximate'"),
        (seldom, Currency::Rdp, "rdp", "'approximate'"),
        (noise, Currency::Pure, "pure", "'zcdp', 'gdp', 'rdp'"),
        (noise, Currency::Approximate, "approximate", "'zcdp', 'gdp', 'rdp'"),
        (sampled, Currency::Zcdp, "zcdp", "'rdp'"),
        (sampled, Currency::Gdp, "gdp", "'zcdp', 'rdp'"),
        ("zcdp rho=0.5 count=1", Currency::Gdp, "gdp", "'zcdp', 'rdp'"),
    ] {
        let error = list(&[event]).price(currency).unwrap_err().to_string();
        let said = format!("has no finite cost in currency {word}; use a ledger in {others}");
        assert!(error.ends_with(&said), "{event}: {error}");
    }
}
