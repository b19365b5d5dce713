//! Ways of a list of events: which of them cost most, how many there may be, and how their noise is rounded.

use incog::{
    ErrorKind,
    dp::{
        Delta, Epsilon, Event, EventList, Neighbors, Rounding,
        event::{Mechanism, NoiseUnit, Sampling},
    },
};

/// The single mechanisms of a list, way by way.
fn flat(neighbors: Neighbors, events: &[Event]) -> Vec<Vec<String>> {
    let ways = EventList::new(neighbors, events).unwrap().flat(Rounding::Up).unwrap();
    ways.iter().map(|way| way.leaves().iter().map(|leaf| leaf.event().to_string()).collect()).collect()
}

fn gaussian(noise_multiplier: f64) -> Event {
    Event::gaussian(noise_multiplier).unwrap()
}

fn laplace(noise_multiplier: f64) -> Event {
    Event::laplace(noise_multiplier).unwrap()
}

fn epsilon(epsilon: f64) -> Epsilon {
    Epsilon::new(epsilon).unwrap()
}

fn approximate(e: f64, delta: f64) -> Event {
    Event::approximate(epsilon(e), Delta::new(delta).unwrap())
}

fn parallel(parts: &[Event]) -> Event {
    Event::parallel(parts).unwrap()
}

/// Mechanisms none of which costs no less than another: ε rises and δ falls.
fn incomparable(count: u32) -> Vec<Event> {
    (1..=count).map(|i| approximate(0.5 * f64::from(i), 1e-9 * f64::from(1000 - i))).collect()
}

#[test]
fn of_two_ways_the_one_that_costs_no_less_is_left_and_both_where_none_does() {
    let poisson = |rate: f64| Sampling::poisson(rate).unwrap();
    let [zcdp_dear, zcdp_cheap] = [0.2, 0.1].map(|rho| Event::zcdp(rho).unwrap());
    let compared = [
        (gaussian(1.0), gaussian(2.0)),
        (laplace(1.0), laplace(2.0)),
        (Event::exponential(epsilon(2.0)), Event::exponential(epsilon(1.0))),
        (Event::pure(epsilon(2.0)), Event::pure(epsilon(1.0))),
        (approximate(2.0, 1e-6), approximate(1.0, 1e-6)),
        (approximate(1.0, 1e-5), approximate(1.0, 1e-6)),
        (approximate(2.0, 1e-5), approximate(1.0, 1e-6)),
        (zcdp_dear, zcdp_cheap.clone()),
        (gaussian(1.0).times(3).unwrap(), gaussian(2.0).times(2).unwrap()),
    ];
    for (dear, cheap) in compared {
        let wanted = flat(Neighbors::AddOrRemoveOne, std::slice::from_ref(&dear));
        for parts in [[&dear, &cheap], [&cheap, &dear], [&dear, &dear]] {
            let found = flat(Neighbors::AddOrRemoveOne, &[parallel(&parts.map(Event::clone))]);
            assert_eq!(found, wanted, "{dear} {cheap}");
        }
    }
    let incomparable = [
        (gaussian(1.0), laplace(1.0)),
        (Event::pure(epsilon(1.0)), zcdp_cheap),
        (Event::pure(epsilon(1.0)), Event::exponential(epsilon(1.0))),
        (approximate(2.0, 1e-6), approximate(1.0, 1e-5)),
        (gaussian(1.0).sampled(poisson(0.1)).unwrap(), gaussian(1.0).sampled(poisson(0.2)).unwrap()),
        (gaussian(1.0), gaussian(2.0).times(2).unwrap()),
    ];
    for (a, b) in incomparable {
        assert_eq!(flat(Neighbors::AddOrRemoveOne, &[parallel(&[a.clone(), b.clone()])]).len(), 2, "{a} {b}");
    }
}

#[test]
fn a_replaced_record_is_in_two_different_parts() {
    let noises = [1.0, 2.0].map(|noise| gaussian(noise).relative_to(NoiseUnit::Sensitivity).unwrap());
    let unit = |noise: u32| format!("gaussian noise_multiplier={noise} unit=sensitivity count=1");
    assert_eq!(flat(Neighbors::ReplaceOne, &[parallel(&noises)]), [[unit(1), unit(2)]]);
    let three = incomparable(3);
    assert_eq!(flat(Neighbors::ReplaceOne, &[parallel(&three)]).len(), 3);
    // Two kinds of parts, one after another, thirty times: a pair of each kind, and a mixed one.
    let many = [&three[..2]; 30].concat();
    assert_eq!(flat(Neighbors::ReplaceOne, &[parallel(&many)]).len(), 3);
}

/// A list has at most 64 ways, and two lists of parts are combined up to 4,096, also where few of them are left.
#[test]
fn ways_are_counted_to_their_limit_and_no_further() {
    let ways = |neighbors, events: &[Event]| {
        let found = EventList::new(neighbors, events).unwrap().flat(Rounding::Up);
        found.map(|ways| ways.len()).map_err(|error| error.kind())
    };
    let pure = |count: u32| (1..=count).map(|i| Event::pure(epsilon(0.5 * f64::from(i)))).collect::<Vec<_>>();
    let refused = Err(ErrorKind::Unsupported);
    let add = Neighbors::AddOrRemoveOne;
    assert_eq!(ways(add, &[parallel(&incomparable(64))]), Ok(64));
    assert_eq!(ways(add, &[parallel(&incomparable(65))]), refused);
    // 64 of 4,096: each with the largest ε of the other parts.
    assert_eq!(ways(add, &[parallel(&incomparable(64)), parallel(&pure(64))]), Ok(64));
    assert_eq!(ways(add, &[parallel(&incomparable(64)), parallel(&pure(65))]), refused);
    assert_eq!(ways(add, &[parallel(&incomparable(12)), parallel(&pure(12))]), Ok(12));
    // Eleven different parts make 55 pairs, and those that stand there twice one more each.
    let doubled = |twice: usize| {
        let parts = incomparable(11).into_iter().enumerate();
        let parts: Vec<Event> = parts.flat_map(|(i, part)| vec![part; 1 + usize::from(i < twice)]).collect();
        [parallel(&parts)]
    };
    assert_eq!(ways(Neighbors::ReplaceOne, &doubled(9)), Ok(64));
    assert_eq!(ways(Neighbors::ReplaceOne, &doubled(10)), refused);
}

#[test]
fn laplace_noise_relative_to_a_record_norm_counts_half_where_a_record_is_replaced() {
    let norm = laplace(2.0).relative_to(NoiseUnit::RecordNorm).unwrap();
    for (neighbors, noise) in [(Neighbors::ReplaceOne, 1), (Neighbors::ZeroOut, 2)] {
        let wanted = format!("laplace noise_multiplier={noise} unit=sensitivity count=1");
        assert_eq!(flat(neighbors, std::slice::from_ref(&norm)), [[wanted]]);
    }
}

/// `1 / sqrt(1/1 + 12/4)` is a half; with two terms the rounding of the sum is 3 ulps, to the side that is asked for.
#[test]
fn noise_on_one_sample_is_rounded_by_its_number_of_terms() {
    let step = Event::composition([gaussian(1.0), gaussian(2.0).times(12).unwrap()]).unwrap();
    let list =
        EventList::new(Neighbors::AddOrRemoveOne, [step.sampled(Sampling::poisson(0.5).unwrap()).unwrap()]);
    let list = list.unwrap();
    for (rounding, slack) in [(Rounding::Up, -3.0 * f64::EPSILON), (Rounding::Down, 3.0 * f64::EPSILON)] {
        let ways = list.flat(rounding).unwrap();
        match ways[0].leaves()[0].event().mechanism() {
            Mechanism::Gaussian { noise_multiplier, .. } => {
                assert_eq!(noise_multiplier.value(), 0.5 * (1.0 + slack), "{rounding:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

// ---------------------------------------------------------------------------------- limits of an event

#[test]
fn a_selection_runs_at_least_once_on_average() {
    let select = |mean: f64| Event::select_and_release(gaussian(1.0), mean, None);
    assert!(select(1.0).is_ok());
    let error = select(0.999).unwrap_err();
    assert!(error.to_string().starts_with("mean must be a number in 1 to 1e12"), "{error}");
}

#[test]
fn an_event_has_up_to_a_million_parts() {
    let parts = |count: usize| Event::composition(vec![Event::pure(epsilon(0.1)); count]);
    assert!(parts(0).is_err());
    assert!(parts(1).is_ok());
    assert!(parts(1_000_000).is_ok());
    assert!(parts(1_000_001).is_err());
}

#[test]
fn the_deepest_part_counts() {
    let mut deep = gaussian(1.0);
    for _ in 0..7 {
        deep = Event::composition([deep]).unwrap();
    }
    for parts in [[gaussian(1.0), deep.clone()], [deep, gaussian(1.0)]] {
        let error = Event::composition(parts).unwrap_err();
        assert_eq!(error.to_string(), "events are nested at most 8 deep; write some of them side by side");
    }
}

#[test]
fn texts_that_are_too_deep_or_say_a_thing_twice_are_refused() {
    let nested =
        |open: &str, close: &str| open.repeat(20_000) + "pure epsilon=1 count=1" + &close.repeat(20_000);
    for text in [
        nested("composition events=[", "] count=1"),
        nested("select_and_release candidate=[", "] mean=2 count=1"),
        "gaussian noise_multiplier=1 sampling=poisson:0.1 sampling=poisson:0.2 count=1".to_owned(),
        "gaussian noise_multiplier=1 sampling=poisson:0.1 sampling=poisson:0.1 count=1".to_owned(),
    ] {
        let error = text.parse::<Event>().unwrap_err();
        assert_eq!(error.to_string(), "the event cannot be read; it is damaged or from another version");
    }
    assert_eq!("none".parse::<Sampling>().unwrap(), Sampling::None);
    assert_eq!(Sampling::None.to_string(), "none");
}

/// A file has numbers as numbers where these say the same, and no count of one.
#[cfg(feature = "serde")]
#[test]
fn events_are_written_as_short_as_they_read() {
    for (text, json) in [
        ("pure epsilon=0.5 count=1", r#"{"mechanism":"pure","epsilon":0.5}"#),
        ("pure epsilon=0.5 count=2", r#"{"mechanism":"pure","epsilon":0.5,"count":2}"#),
        (
            "discrete_laplace scale=10/3 sensitivity=3 count=1",
            r#"{"mechanism":"discrete_laplace","scale":"10/3","sensitivity":3}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&text.parse::<Event>().unwrap()).unwrap(), json);
    }
}
