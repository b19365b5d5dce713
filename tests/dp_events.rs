//! Tests of events: what their texts and files mean, and what is refused.

use incog::{
    ErrorKind,
    dp::{
        Delta, Epsilon, Event, EventList, Neighbors, Rounding,
        event::{Mechanism, NoiseUnit, Sampling},
        noise::Scale,
    },
};
use proptest::prelude::*;

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    event: Vec<Frozen>,
    refused: Vec<Refused>,
    list: Vec<Refused>,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Frozen {
    text: String,
    json: String,
    #[allow(dead_code, reason = "for the reader of the file")]
    source: String,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    name: String,
    json: String,
    error: String,
}

#[cfg(feature = "serde")]
fn cases() -> Cases {
    toml::from_str(include_str!("data/dp/events.toml")).unwrap()
}

#[cfg(feature = "serde")]
#[test]
fn texts_and_files_of_events_keep_their_meaning() {
    for case in cases().event {
        let event: Event = case.text.parse().unwrap_or_else(|e| panic!("{}: {e}", case.text));
        assert_eq!(event.to_string(), case.text);
        assert_eq!(serde_json::from_str::<Event>(&case.json).unwrap(), event, "{}", case.json);
        let written = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&written).unwrap(), event, "{written}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn files_that_say_no_event_are_refused_in_a_sentence() {
    for case in cases().refused {
        let error = serde_json::from_str::<Event>(&case.json).unwrap_err().to_string();
        assert!(error.starts_with(&case.error), "{}: {error}", case.name);
    }
    for case in cases().list {
        let error = serde_json::from_str::<EventList>(&case.json).unwrap_err().to_string();
        assert!(error.starts_with(&case.error), "{}: {error}", case.name);
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_list_reads_back_from_its_file() {
    let json = r#"{"neighbors":"replace_one","events":[{"mechanism":"gaussian","noise_multiplier":1.5,"unit":"record_norm","count":4},{"mechanism":"pure","epsilon":0.25}]}"#;
    let list: EventList = serde_json::from_str(json).unwrap();
    assert_eq!(list.neighbors(), Neighbors::ReplaceOne);
    assert_eq!(list.events()[0].count(), 4);
    assert_eq!(serde_json::from_str::<EventList>(&serde_json::to_string(&list).unwrap()).unwrap(), list);
    assert_eq!(
        serde_json::from_str::<EventList>(r#"{"events":[]}"#).unwrap().neighbors(),
        Neighbors::AddOrRemoveOne
    );
}

#[test]
fn texts_that_say_no_event_are_refused() {
    let texts = [
        "",
        "pure",
        "pure epsilon=0.1",
        "pure epsilon=0.1 count=0",
        "pure epsilon=0.1 epsilon=0.2 count=1",
        "pure epsilon=0.1 delta=0.1 count=1",
        "pure epsilon=-0.1 count=1",
        "pure epsilon=NaN count=1",
        "pure epsilon=0.1 count=1 count=1",
        "pure  epsilon=0.1 count=1",
        "discrete_laplace scale=1/0 sensitivity=1 count=1",
        "gaussian noise_multiplier=inf count=1",
        "gaussian noise_multiplier=1 unit=cm count=1",
        "gaussian noise_multiplier=1 sampling=poisson count=1",
        "gaussian noise_multiplier=1 sampling=poisson:2 count=1",
        "gaussian noise_multiplier=1 sampling=fixed_size:1:2 count=1",
        "composition events=[] count=1",
        "composition events=[pure epsilon=0.1 count=1 count=1",
        "composition events=pure epsilon=0.1 count=1] count=1",
        "composition events=]pure epsilon=0.1 count=1[ count=1",
    ];
    for text in texts {
        let error = text.parse::<Event>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the event cannot be read; it is damaged or from another version",
            "{text}"
        );
        assert_eq!(error.kind(), ErrorKind::Data);
    }
}

#[test]
fn events_are_nested_to_a_limit_and_no_deeper() {
    let mut event = Event::gaussian(1.0).unwrap();
    for _ in 0..7 {
        event = Event::composition([event]).unwrap();
    }
    assert_eq!(event.to_string().parse::<Event>().unwrap(), event);
    let error = Event::parallel([event]).unwrap_err();
    assert_eq!(error.to_string(), "events are nested at most 8 deep; write some of them side by side");
    assert!("composition events=[".repeat(100_000).parse::<Event>().is_err());
}

#[test]
fn counts_multiply_up_to_their_limit() {
    let event = Event::gaussian(1.0).unwrap().times(1_000_000).unwrap().times(1_000_000_000).unwrap();
    assert_eq!(event.count(), 1_000_000_000_000_000);
    assert!(event.clone().times(2).is_err());
    assert!(event.clone().times(u64::MAX).is_err());
    assert!(event.times(0).is_err());
}

#[test]
fn only_noise_relative_to_a_bound_has_a_unit() {
    let unit = NoiseUnit::RecordNorm;
    for event in [Event::gaussian(1.0), Event::laplace(1.0), Event::tree(1.0, 3)] {
        assert!(event.unwrap().relative_to(unit).is_ok());
    }
    let error = Event::pure(Epsilon::parse("1").unwrap()).relative_to(unit).unwrap_err();
    assert_eq!(error.to_string(), "pure has no noise multiplier, so no unit; leave it out");
}

#[test]
fn the_distance_of_neighbors_is_two_record_norms_under_replace_one_alone() {
    use Neighbors::{AddOrRemoveOne, ReplaceOne, ZeroOut};
    let (norm, sensitivity) = (Some(NoiseUnit::RecordNorm), Some(NoiseUnit::Sensitivity));
    let cases = [
        (norm, ReplaceOne, 2),
        (sensitivity, ReplaceOne, 1),
        (norm, AddOrRemoveOne, 1),
        (sensitivity, AddOrRemoveOne, 1),
        (None, AddOrRemoveOne, 1),
        (norm, ZeroOut, 1),
        (sensitivity, ZeroOut, 1),
        (None, ZeroOut, 1),
    ];
    for (unit, neighbors, distance) in cases {
        assert_eq!(NoiseUnit::distance(unit, neighbors), distance, "{unit:?} {neighbors}");
    }
}

/// Any event that the constructors make.
fn event() -> impl Strategy<Value = Event> {
    let sampling = prop_oneof![
        Just(Sampling::None),
        (1e-15f64..=1.0).prop_map(|rate| Sampling::poisson(rate).unwrap()),
        (1u64..1 << 40, 0u64..1 << 40).prop_map(|(n, b)| Sampling::fixed_size(n, 1 + b % n).unwrap()),
        (1u64..1 << 40, 0u64..1 << 40).prop_map(|(n, b)| Sampling::random_allocation(n, 1 + b % n).unwrap()),
        (1u64..1 << 40, 0u64..1 << 40).prop_map(|(n, b)| Sampling::shuffled(n, 1 + b % n).unwrap()),
    ];
    let epsilon = || (1u64..=64_000_000_000_000).prop_map(|u| Epsilon::parse(&format!("{u}e-12")).unwrap());
    let delta =
        (0u128..1_000_000_000_000_000_000_000_000).prop_map(|u| Delta::parse(&format!("{u}e-24")).unwrap());
    let unit = prop_oneof![Just(None), Just(Some(NoiseUnit::RecordNorm)), Just(Some(NoiseUnit::Sensitivity))];
    let in_unit = |event: Event, unit: Option<NoiseUnit>| match unit {
        Some(unit) => event.relative_to(unit).unwrap(),
        None => event,
    };
    let one = prop_oneof![
        (1e-9f64..1e12, unit.clone()).prop_map(move |(x, u)| in_unit(Event::gaussian(x).unwrap(), u)),
        (1e-9f64..1e3, unit.clone()).prop_map(move |(x, u)| in_unit(Event::laplace(x).unwrap(), u)),
        (1u64..1 << 60, 1u64..60_000_000_000_000, any::<u64>())
            .prop_map(|(n, d, s)| Event::discrete_laplace(Scale::new(n, d).unwrap(), s)),
        (1e-9f64..1e6, any::<u64>()).prop_map(|(x, s)| Event::discrete_gaussian(x, s).unwrap()),
        (1e-15f64..=1.0, 2u64..1 << 39).prop_map(|(p, k)| Event::randomized_response(p, k).unwrap()),
        epsilon().prop_map(Event::exponential),
        epsilon().prop_map(Event::pure),
        (epsilon(), delta).prop_map(|(e, d)| Event::approximate(e, d)),
        (1e-9f64..1e12).prop_map(|rho| Event::zcdp(rho).unwrap()),
        (1e-9f64..1e12, 1u64..1 << 49, unit)
            .prop_map(move |(x, n, u)| in_unit(Event::tree(x, n).unwrap(), u)),
    ];
    let one = (one, sampling, 1u64..1 << 20)
        .prop_map(|(event, sampling, count)| event.sampled(sampling).unwrap().times(count).unwrap());
    one.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|events| Event::composition(events).unwrap()),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|events| Event::parallel(events).unwrap()),
            (inner, 1f64..1e6, prop::option::of(1e-9f64..1e3))
                .prop_map(|(event, mean, shape)| Event::select_and_release(event, mean, shape).unwrap()),
        ]
    })
}

proptest! {
    #[test]
    fn every_event_reads_back_from_its_text_and_its_file(event in event()) {
        prop_assert_eq!(&event.to_string().parse::<Event>().unwrap(), &event);
        prop_assert!(!event.to_string().contains(char::is_control));
        #[cfg(feature = "serde")]
        prop_assert_eq!(&serde_json::from_str::<Event>(&serde_json::to_string(&event).unwrap()).unwrap(), &event);
    }

    #[test]
    fn no_text_panics(text in "(gaussian|composition|pure)( (events|epsilon|count|sampling)=[\\[\\];a-z:=0-9. -]{0,12}){0,6}") {
        let _ = text.parse::<Event>();
    }
}

#[test]
fn a_mechanism_can_be_read_but_not_made_unchecked() {
    let event = Event::gaussian(1.5).unwrap();
    match event.mechanism() {
        Mechanism::Gaussian { noise_multiplier, unit, .. } => {
            assert_eq!(noise_multiplier.value(), 1.5);
            assert_eq!(*unit, None);
        }
        other => panic!("{other:?}"),
    }
}

// ---------------------------------------------------------------------------------- single mechanisms

/// The single mechanisms of a list, way by way.
fn flat(neighbors: Neighbors, events: Vec<Event>) -> Vec<Vec<String>> {
    let ways = EventList::new(neighbors, events).unwrap().flat(Rounding::Up).unwrap();
    ways.iter().map(|way| way.leaves().iter().map(|leaf| leaf.event().to_string()).collect()).collect()
}

fn gaussian(noise_multiplier: f64) -> Event {
    Event::gaussian(noise_multiplier).unwrap()
}

fn pure(epsilon: &str) -> Event {
    Event::pure(Epsilon::parse(epsilon).unwrap())
}

#[test]
fn equal_mechanisms_become_one_in_an_order_of_their_own() {
    let list = vec![pure("0.2"), gaussian(2.0), pure("0.1").times(3).unwrap(), pure("0.2").times(4).unwrap()];
    let mut reversed = list.clone();
    reversed.reverse();
    let expected = [
        "gaussian noise_multiplier=2 unit=sensitivity count=1",
        "pure epsilon=0.1 count=3",
        "pure epsilon=0.2 count=5",
    ];
    assert_eq!(flat(Neighbors::AddOrRemoveOne, list), [expected]);
    assert_eq!(flat(Neighbors::AddOrRemoveOne, reversed), [expected]);
}

#[test]
fn a_record_norm_is_half_the_distance_under_replace_one() {
    let norm = gaussian(2.0).relative_to(NoiseUnit::RecordNorm).unwrap();
    assert_eq!(
        flat(Neighbors::ReplaceOne, vec![norm.clone()]),
        [["gaussian noise_multiplier=1 unit=sensitivity count=1"]]
    );
    assert_eq!(
        flat(Neighbors::ZeroOut, vec![norm]),
        [["gaussian noise_multiplier=2 unit=sensitivity count=1"]]
    );
}

#[test]
fn a_tree_is_as_many_nodes_as_the_steps_have_binary_digits() {
    for (steps, nodes) in [(1u64, 1), (2, 2), (3, 2), (4, 3), (500, 9), (511, 9), (512, 10)] {
        // ceil(log2(steps + 1)), by counting.
        assert_eq!((0u32..).find(|&d| 1u64 << d > steps).unwrap(), nodes);
        let tree = Event::tree(5.0, steps).unwrap();
        assert_eq!(
            flat(Neighbors::ZeroOut, vec![tree]),
            [[format!("gaussian noise_multiplier=5 unit=sensitivity count={nodes}")]]
        );
    }
}

#[test]
fn a_shuffle_costs_one_unsampled_step_a_pass() {
    // 60000 / 256 = 234.4: a record is in at most one of 234 batches.
    for (count, passes) in [(1, 1), (234, 1), (235, 2), (2340, 10), (2341, 11)] {
        let step =
            gaussian(2.0).sampled(Sampling::shuffled(60_000, 256).unwrap()).unwrap().times(count).unwrap();
        assert_eq!(
            flat(Neighbors::ZeroOut, vec![step]),
            [[format!("gaussian noise_multiplier=2 unit=sensitivity count={passes}")]]
        );
    }
}

#[test]
fn one_record_is_in_one_part_and_replaced_in_two() {
    let parts = Event::parallel([pure("0.1"), pure("0.3"), pure("0.2"), pure("0.3")]).unwrap();
    assert_eq!(flat(Neighbors::AddOrRemoveOne, vec![parts.clone()]), [["pure epsilon=0.3 count=1"]]);
    assert_eq!(
        flat(Neighbors::ReplaceOne, vec![parts.clone().times(5).unwrap()]),
        [["pure epsilon=0.3 count=10"]]
    );
    // Different mechanisms: each part, beside what all rows are in.
    let mixed = Event::parallel([pure("0.1"), Event::zcdp(0.01).unwrap()]).unwrap();
    assert_eq!(
        flat(Neighbors::AddOrRemoveOne, vec![pure("1"), mixed]),
        [
            ["pure epsilon=0.1 count=1", "pure epsilon=1 count=1"],
            ["pure epsilon=1 count=1", "zcdp rho=0.01 count=1"]
        ]
    );
}

#[test]
fn gaussian_noise_on_one_sample_is_one_gaussian() {
    let poisson = Sampling::poisson(0.01).unwrap();
    let step = Event::composition([gaussian(3.0), gaussian(4.0)]).unwrap().sampled(poisson).unwrap();
    let list = EventList::new(Neighbors::AddOrRemoveOne, [step.clone().times(7).unwrap()]).unwrap();
    let [up, down] = [Rounding::Up, Rounding::Down].map(|rounding| {
        let ways = list.flat(rounding).unwrap();
        let event = ways[0].leaves()[0].event().clone();
        assert_eq!((event.count(), event.sampling()), (7, poisson));
        match event.mechanism() {
            Mechanism::Gaussian { noise_multiplier, .. } => noise_multiplier.value(),
            other => panic!("{other:?}"),
        }
    });
    // 1/sqrt(1/9 + 1/16) = 12/5.
    assert!(up < 2.4 && 2.4 < down && down - up < 1e-14, "{up} {down}");
    let mixed = Event::composition([gaussian(3.0), pure("0.1")]).unwrap().sampled(poisson).unwrap();
    let error = EventList::new(Neighbors::AddOrRemoveOne, [mixed]).unwrap().flat(Rounding::Up).unwrap_err();
    assert_eq!(
        error.to_string(),
        "event 1 (composition): mechanisms that share a sample are treated only if all are gaussian, and one is pure; \
         state each on a sample of its own, or its price as 'approximate'"
    );
}

#[test]
fn too_many_different_parts_are_refused() {
    let parts = (0..70).map(|i| {
        Event::composition([gaussian(1.0 + f64::from(i)), pure(&format!("0.{:02}", i + 1))]).unwrap()
    });
    let list =
        EventList::new(Neighbors::AddOrRemoveOne, [Event::parallel(parts.collect::<Vec<_>>()).unwrap()]);
    let error = list.unwrap().flat(Rounding::Up).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn sampling_a_tree_is_refused() {
    let tree = Event::tree(5.0, 10).unwrap().sampled(Sampling::poisson(0.1).unwrap()).unwrap();
    let error = EventList::new(Neighbors::ZeroOut, [tree]).unwrap().flat(Rounding::Up).unwrap_err();
    assert_eq!(
        error.to_string(),
        "event 1 (tree): no accountant knows how sampling amplifies a tree; state it without sampling"
    );
}
