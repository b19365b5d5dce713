//! Tests of the accountants through their public interface.

use incog::dp::{
    Delta, Epsilon, Event, EventList, Neighbors,
    accountant::{Accountant, AnalyticGaussian, Basic, Interval, Optimal, Rdp, Zcdp},
    event::{NoiseUnit, Sampling},
};
use proptest::prelude::*;

fn list(events: impl Into<Vec<Event>>) -> EventList {
    EventList::new(Neighbors::AddOrRemoveOne, events).unwrap()
}

fn epsilon(accountant: &dyn Accountant, events: &EventList, delta: f64) -> Interval {
    accountant.compose(events).unwrap().epsilon(Delta::new(delta).unwrap()).unwrap()
}

fn delta(accountant: &dyn Accountant, events: &EventList, epsilon: f64) -> Interval {
    accountant.compose(events).unwrap().delta(Epsilon::new(epsilon).unwrap()).unwrap()
}

fn gaussian(noise_multiplier: f64, count: u64) -> Event {
    Event::gaussian(noise_multiplier).unwrap().times(count).unwrap()
}

// ---------------------------------------------------------------------------------- the analytic Gaussian

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct GaussianCases {
    case: Vec<GaussianCase>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct GaussianCase {
    noise_multiplier: f64,
    count: u64,
    delta: f64,
    epsilon: String,
}

#[test]
fn the_analytic_gaussian_holds_the_exact_value_to_twelve_digits() {
    let cases: GaussianCases = toml::from_str(include_str!("data/dp/gaussian.toml")).unwrap();
    for case in cases.case {
        let exact: f64 = case.epsilon.parse().unwrap();
        let events = list([gaussian(case.noise_multiplier, case.count)]);
        let got = epsilon(&AnalyticGaussian, &events, case.delta);
        let name = format!("noise {} count {} delta {}", case.noise_multiplier, case.count, case.delta);
        // The nearest binary number to the exact value may be half an ulp on either side of it.
        let slack = exact * f64::EPSILON;
        assert!(got.lower() <= exact + slack && exact - slack <= got.upper(), "{name}: {got} {exact}");
        assert!(
            got.upper() <= exact * (1.0 + 1e-12) && got.lower() >= exact * (1.0 - 1e-12),
            "{name}: {got} {exact}"
        );
    }
}

proptest! {
    #[test]
    fn delta_of_the_epsilon_of_a_gaussian_is_delta(noise in 0.05f64..1e4, log_delta in -30f64..-0.1) {
        let events = list([gaussian(noise, 1)]);
        let target = log_delta.exp();
        let at = epsilon(&AnalyticGaussian, &events, target);
        prop_assume!(at.lower() > 1e-6 && at.upper() < 60.0);
        let upper = delta(&AnalyticGaussian, &events, at.upper());
        let lower = delta(&AnalyticGaussian, &events, at.lower() * (1.0 - 1e-9) - 2e-12);
        prop_assert!(upper.lower() <= target * (1.0 + 1e-9));
        prop_assert!(lower.upper() >= target);
    }
}

// ---------------------------------------------------------------------------------- Rényi divergences

/// A case of the reference grid: what dp-accounting 0.6.0 says, with its version and settings in the file.
pub(crate) mod reference {
    use super::*;
    use serde_json::Value;

    pub(crate) struct Case {
        pub(crate) id: String,
        pub(crate) events: EventList,
        pub(crate) deltas: Vec<f64>,
        pub(crate) json: Value,
    }

    /// All cases with events, or none where the reference data is not there.
    pub(crate) fn cases() -> Vec<Case> {
        let Ok(shared) = std::env::var("INCOG_SHARED") else {
            eprintln!("skipped: INCOG_SHARED is not set");
            return Vec::new();
        };
        let text = std::fs::read_to_string(format!("{shared}/reference/dp_accounting.json")).unwrap();
        let grid: Value = serde_json::from_str(&text).unwrap();
        let cases = grid["cases"].as_array().unwrap().iter().filter(|case| case["events"].is_array());
        cases.map(case).collect()
    }

    fn case(json: &Value) -> Case {
        let family = json["family"].as_str().unwrap();
        let events = json["events"].as_array().unwrap();
        let neighbors = match (family, events[0]["neighboring"].as_str()) {
            ("wor_gaussian", _) | (_, Some("replace_one")) => Neighbors::ReplaceOne,
            ("tree", _) | (_, Some("replace_special")) => Neighbors::ZeroOut,
            _ => Neighbors::AddOrRemoveOne,
        };
        let events: Vec<Event> = events.iter().map(|e| event(e, neighbors)).collect();
        Case {
            id: json["id"].as_str().unwrap().to_owned(),
            events: EventList::new(neighbors, events).unwrap(),
            deltas: json["deltas"].as_array().unwrap().iter().map(|d| d.as_f64().unwrap()).collect(),
            json: json.clone(),
        }
    }

    fn event(e: &Value, neighbors: Neighbors) -> Event {
        let number = |name: &str| e[name].as_f64().unwrap();
        let whole = |name: &str| e[name].as_u64().unwrap();
        let poisson = || Sampling::poisson(number("q")).unwrap();
        let fixed = || Sampling::fixed_size(whole("n"), whole("batch")).unwrap();
        let epsilon = || Epsilon::new(number("eps")).unwrap();
        let mechanism = e["mech"].as_str().unwrap();
        let event = match mechanism {
            "gaussian" => Event::gaussian(number("noise_multiplier")),
            "laplace" => Event::laplace(number("noise_multiplier")),
            "poisson_gaussian" => Event::gaussian(number("noise_multiplier")).unwrap().sampled(poisson()),
            "poisson_laplace" => Event::laplace(number("noise_multiplier")).unwrap().sampled(poisson()),
            "wor_gaussian" => Event::gaussian(number("noise_multiplier")).unwrap().sampled(fixed()),
            "tree" => Event::tree(number("noise_multiplier"), whole("step_counts")),
            "zcdp" => Event::zcdp(number("rho")),
            "discrete_laplace" => {
                let scale = incog::dp::event::StatedScale::new(1.0 / number("a")).unwrap();
                Ok(Event::discrete_laplace(scale, whole("sensitivity")))
            }
            "discrete_gaussian" => Event::discrete_gaussian(number("sigma"), whole("sensitivity")),
            "randomized_response" => Event::randomized_response(number("p_random"), whole("k")),
            "approx_dp" => Ok(Event::approximate(epsilon(), Delta::new(number("delta")).unwrap())),
            other => panic!("{other}"),
        };
        let mut event = event.unwrap().times(e["count"].as_u64().unwrap_or(1)).unwrap();
        if neighbors == Neighbors::ReplaceOne && mechanism != "randomized_response" {
            // The reference divides by one record's norm, for batches of fixed size by the distance of neighbors.
            let unit =
                if mechanism == "wor_gaussian" { NoiseUnit::Sensitivity } else { NoiseUnit::RecordNorm };
            event = event.relative_to(unit).unwrap();
        }
        event
    }
}

#[test]
fn rdp_is_no_looser_than_the_reference_and_never_below_the_truth() {
    for case in reference::cases() {
        let profile = match Rdp.compose(&case.events) {
            Ok(profile) => profile,
            Err(error) => {
                assert!(case.json["rdp"].is_null(), "{}: {error}", case.id);
                continue;
            }
        };
        for (i, &delta) in case.deltas.iter().enumerate() {
            let got = profile.epsilon(Delta::new(delta).unwrap()).unwrap().upper();
            let name = format!("{} at delta {delta}: {got}", case.id);
            if let Some(reference) = case.json["rdp"]["eps"][i].as_f64() {
                assert!(got <= reference * (1.0 + 1e-9) + 1e-12, "{name} above {reference}");
            }
            if let Some(exact) = case.json["exact"]["eps"][i].as_f64() {
                assert!(got >= exact * (1.0 - 1e-12), "{name} below {exact}");
            } else if let Some(optimistic) = case.json["pld_optimistic"]["eps"][i].as_f64() {
                assert!(got >= optimistic - 1e-9, "{name} below {optimistic}");
            }
        }
    }
}

// ---------------------------------------------------------------------------------- sums and optimal composition

#[test]
fn optimal_composition_holds_the_exact_values_of_the_reference() {
    for case in reference::cases().into_iter().filter(|case| case.json["family"] == "approx_dp") {
        let profile = Optimal.compose(&case.events).unwrap();
        for (i, &delta) in case.deltas.iter().enumerate() {
            let got = profile.epsilon(Delta::new(delta).unwrap()).unwrap();
            let exact = case.json["exact"]["eps"][i].as_f64().unwrap_or(f64::INFINITY);
            let slack = 1e-13 * exact.min(1e9);
            let name = format!("{} at delta {delta}: {got} {exact}", case.id);
            assert!(got.lower() <= exact + slack && exact - slack <= got.upper(), "{name}");
            assert!(exact.is_infinite() || got.width() <= 1e-8 * (1.0 + exact), "{name}");
        }
    }
}

#[test]
fn basic_composition_is_the_sum_at_delta_zero_and_less_above() {
    let epsilon_of = |delta| epsilon(&Basic, &list([pure("0.25").times(4).unwrap()]), delta).upper();
    assert!((1.0..=1.0 + 1e-15).contains(&epsilon_of(0.0)));
    assert!(epsilon_of(1e-3) < 0.9987 && epsilon_of(0.5) < 1e-9);
    let approximate = Event::approximate(Epsilon::parse("0.5").unwrap(), Delta::parse("1e-6").unwrap());
    let events = list([approximate.times(3).unwrap()]);
    // What is stated in decimals holds for the same decimals, and for nothing less.
    assert!((1.5 - 1e-10..=1.5 + 1e-15).contains(&epsilon(&Basic, &events, 3e-6).upper()));
    assert_eq!(epsilon(&Basic, &events, 2.9e-6).upper(), f64::INFINITY);
    assert!((delta(&Basic, &events, 1.5).upper() - 3e-6).abs() < 1e-11);
}

fn pure(epsilon: &str) -> Event {
    Event::pure(Epsilon::parse(epsilon).unwrap())
}

#[test]
fn zcdp_is_no_looser_than_its_textbook_conversion_and_not_below_the_gaussian() {
    for rho in [1e-4, 0.01, 0.5, 3.0, 50.0] {
        for delta in [0.1f64, 1e-3, 1e-6, 1e-12] {
            let zcdp = epsilon(&Zcdp, &list([Event::zcdp(rho).unwrap()]), delta).upper();
            assert!(zcdp <= rho + 2.0 * (rho * (1.0 / delta).ln()).sqrt(), "{rho} {delta}: {zcdp}");
            let gaussian = epsilon(&AnalyticGaussian, &list([gaussian((0.5 / rho).sqrt(), 1)]), delta);
            assert!(zcdp >= gaussian.lower() * (1.0 - 1e-12), "{rho} {delta}: {zcdp} {gaussian}");
            assert!(zcdp <= 1.4 * gaussian.upper() + 0.05, "{rho} {delta}: {zcdp} {gaussian}");
        }
    }
}
