//! Tests of the accountant of privacy loss distributions: slow twins, and properties.
//!
//! Properties of lists of any events take minutes and run by command, also a million cases of each:
//! `PROPTEST_CASES=1000000 cargo test --release --test integration dp_pld -- --include-ignored`.

use std::collections::BTreeMap;

use incog::dp::{
    Delta, Epsilon, Event, EventList, Neighbors,
    accountant::{Accountant, Interval, Pld},
    event::{NoiseUnit, Sampling, StatedScale},
    noise::Scale,
};
use proptest::prelude::*;

fn list(neighbors: Neighbors, events: impl Into<Vec<Event>>) -> EventList {
    EventList::new(neighbors, events).unwrap()
}

fn epsilon(events: &EventList, delta: f64) -> Interval {
    Pld.compose(events).unwrap().epsilon(Delta::new(delta).unwrap()).unwrap()
}

fn delta(events: &EventList, epsilon: f64) -> Interval {
    Pld.compose(events).unwrap().delta(Epsilon::new(epsilon).unwrap()).unwrap()
}

fn poisson(event: Event, rate: f64) -> Event {
    event.sampled(Sampling::poisson(rate).unwrap()).unwrap()
}

fn discrete_laplace(scale: u64, sensitivity: u64) -> Event {
    Event::discrete_laplace(StatedScale::from(Scale::new(scale, 1).unwrap()), sensitivity)
}

// ---------------------------------------------------------------------------------- twins

/// What is seen under one table and under the other: masses of outputs, and of outputs that only one can have.
#[derive(Clone)]
struct Seen {
    both: Vec<(f64, f64)>,
    only_first: f64,
}

impl Seen {
    fn of(both: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Seen { both: both.into_iter().collect(), only_first: 0.0 }
    }

    /// Both, one after the other. Outputs of equal loss are one.
    fn then(&self, other: &Seen) -> Seen {
        let mut sums: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for (p, q) in &self.both {
            for (r, s) in &other.both {
                let (first, second) = (p * r, q * s);
                let sum = sums.entry(((first / second).ln() * 1e9).round() as i64).or_default();
                *sum = (sum.0 + first, sum.1 + second);
            }
        }
        let only_first = 1.0 - (1.0 - self.only_first) * (1.0 - other.only_first);
        Seen { both: sums.into_values().collect(), only_first }
    }

    fn repeated(&self, count: usize) -> Seen {
        (1..count).fold(self.clone(), |sum, _| sum.then(self))
    }

    fn reversed(&self) -> Seen {
        Seen { both: self.both.iter().map(|(p, q)| (*q, *p)).collect(), only_first: self.only_first }
    }

    fn delta(&self, epsilon: f64) -> f64 {
        let finite: f64 = self.both.iter().map(|(p, q)| (p - epsilon.exp() * q).max(0.0)).sum();
        finite + self.only_first
    }

    fn poisson(&self, rate: f64) -> Seen {
        Seen::of(self.both.iter().map(|(p, q)| ((1.0 - rate) * q + rate * p, *q)))
    }

    fn response(p_random: f64, categories: u64) -> Seen {
        let other = p_random / categories as f64;
        let own = 1.0 - p_random + other;
        let rest = (2..categories).map(|_| (other, other));
        Seen::of([(own, other), (other, own)].into_iter().chain(rest))
    }

    fn lattice(shift: i64, weight: impl Fn(i64) -> f64) -> Seen {
        let total: f64 = (-400..=400).map(&weight).sum();
        Seen::of(
            (-300..=300).map(|x| (weight(x) / total, weight(x - shift) / total)).filter(|m| m.0 * m.1 > 0.0),
        )
    }

    fn laplace(scale: f64, shift: i64) -> Seen {
        Seen::lattice(shift, |x| (-(x as f64).abs() / scale).exp())
    }

    fn gaussian(sigma: f64, shift: i64) -> Seen {
        Seen::lattice(shift, |x| (-0.5 * (x as f64 / sigma).powi(2)).exp())
    }

    fn approximate(epsilon: f64, delta: f64) -> Seen {
        let (large, small) = (epsilon.exp() / (1.0 + epsilon.exp()), 1.0 / (1.0 + epsilon.exp()));
        let both = [(large, small), (small, large)].map(|(p, q)| ((1.0 - delta) * p, (1.0 - delta) * q));
        Seen { both: both.to_vec(), only_first: delta }
    }
}

#[test]
fn lists_of_discrete_mechanisms_cost_what_enumeration_says() {
    let response = || Event::randomized_response(0.4, 5).unwrap();
    let approximate =
        |e: &str, d: &str| Event::approximate(Epsilon::parse(e).unwrap(), Delta::parse(d).unwrap());
    let gaussian = |sigma, s| Event::discrete_gaussian(sigma, s).unwrap();
    let three = 3usize;
    let cases: Vec<(&str, Vec<Event>, Seen)> = vec![
        ("response", vec![response().times(6).unwrap()], Seen::response(0.4, 5).repeated(6)),
        ("laplace", vec![discrete_laplace(3, 2).times(5).unwrap()], Seen::laplace(3.0, 2).repeated(5)),
        ("gaussian", vec![gaussian(2.5, 3).times(3).unwrap()], Seen::gaussian(2.5, 3).repeated(three)),
        (
            "approximate",
            vec![approximate("0.3", "1e-4").times(7).unwrap()],
            Seen::approximate(0.3, 1e-4).repeated(7),
        ),
        (
            "mixed",
            vec![response(), discrete_laplace(2, 1).times(2).unwrap(), approximate("0.7", "1e-6")],
            Seen::response(0.4, 5)
                .then(&Seen::laplace(2.0, 1).repeated(2))
                .then(&Seen::approximate(0.7, 1e-6)),
        ),
        (
            "sampled",
            vec![poisson(discrete_laplace(1, 1), 0.2).times(4).unwrap()],
            Seen::laplace(1.0, 1).poisson(0.2).repeated(4),
        ),
        (
            "sampled gaussian",
            vec![poisson(gaussian(1.5, 1), 0.1).times(2).unwrap()],
            Seen::gaussian(1.5, 1).poisson(0.1).repeated(2),
        ),
    ];
    for (name, events, seen) in cases {
        let events = list(Neighbors::ZeroOut, events);
        for e in [0.05, 0.2, 0.5, 1.0, 2.0] {
            let exact = seen.delta(e).max(seen.reversed().delta(e));
            let got = delta(&events, e);
            // The twin merges losses that differ by 1e-9, and adds with rounding.
            let slack = 1e-8 * exact + 1e-14;
            assert!(
                got.lower() <= exact + slack && exact - slack <= got.upper(),
                "{name} {e}: {got} {exact:e}"
            );
            assert!(got.width() <= 1e-2 * exact + 1e-12, "{name} {e}: {got}");
        }
    }
}

/// Masses by the loss, in steps from `first`.
struct Losses {
    first: i64,
    masses: Vec<f64>,
}

impl Losses {
    fn of(losses: &[(i64, f64)]) -> Self {
        let first = losses.iter().map(|l| l.0).min().unwrap();
        let last = losses.iter().map(|l| l.0).max().unwrap();
        let mut masses = vec![0.0; (last - first + 1) as usize];
        losses.iter().for_each(|(loss, mass)| masses[(loss - first) as usize] += mass);
        Losses { first, masses }
    }

    fn then(&self, other: &Losses) -> Losses {
        let mut masses = vec![0.0; self.masses.len() + other.masses.len() - 1];
        for (i, p) in self.masses.iter().enumerate() {
            masses[i..].iter_mut().zip(&other.masses).for_each(|(sum, q)| *sum += p * q);
        }
        Losses { first: self.first + other.first, masses }
    }

    fn delta(&self, epsilon: f64) -> f64 {
        let gains = (self.first..).map(|loss| (1.0 - (epsilon - loss as f64 * STEP).exp()).max(0.0));
        self.masses.iter().zip(gains).map(|(mass, gain)| mass * gain).sum()
    }
}

/// The losses of `count` steps of sampled Gaussian noise, rounded down and rounded up to multiples of [`STEP`].
fn rounded(noise: f64, rate: f64, count: usize, added: bool) -> [Losses; 2] {
    let width = 1e-3 * noise;
    let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt() / noise * width;
    let once: Vec<(f64, f64)> = (-9_000..=10_000)
        .map(|i| {
            let x = (f64::from(i) + 0.5) * width;
            let (base, shifted) = (density(x / noise), density((x - 1.0) / noise));
            let mixture = (1.0 - rate) * base + rate * shifted;
            let (p, q) = if added { (base, mixture) } else { (mixture, base) };
            ((p / q).ln() / STEP, p)
        })
        .collect();
    [f64::floor, f64::ceil].map(|round| {
        let once =
            Losses::of(&once.iter().map(|(loss, mass)| (round(*loss) as i64, *mass)).collect::<Vec<_>>());
        (1..count).fold(Losses { first: once.first, masses: once.masses.clone() }, |sum, _| sum.then(&once))
    })
}

const STEP: f64 = 0.004;

#[test]
fn sampled_gaussian_steps_cost_what_a_convolution_of_rounded_losses_says() {
    for (noise, rate, count) in [(1.0, 0.1, 3), (0.7, 0.02, 4), (2.0, 0.5, 3)] {
        let event = poisson(Event::gaussian(noise).unwrap(), rate).times(count as u64).unwrap();
        let events = list(Neighbors::AddOrRemoveOne, [event]);
        let ends = [false, true].map(|added| rounded(noise, rate, count, added));
        for e in [0.1, 0.4, 1.0] {
            let [low, high] = [0, 1].map(|end| ends[0][end].delta(e).max(ends[1][end].delta(e)));
            let got = delta(&events, e);
            // The twin's densities are taken at midpoints: off by 1e-7.
            let name = format!("{noise} {rate} {count} {e}: {got} in {low:e}..{high:e}");
            assert!(low * (1.0 - 1e-6) <= got.lower() && got.upper() <= high * (1.0 + 1e-6), "{name}");
            assert!(got.width() <= 1e-4 * got.upper() + 1e-14, "{name}");
        }
    }
}

#[test]
fn gaussian_noise_in_a_list_costs_what_it_costs_alone() {
    // Split into parts that no formula brings together: a Laplace event of almost no cost beside it.
    let alone = list(Neighbors::AddOrRemoveOne, [Event::gaussian(3.0).unwrap().times(5).unwrap()]);
    let beside = list(
        Neighbors::AddOrRemoveOne,
        [Event::gaussian(3.0).unwrap().times(5).unwrap(), Event::laplace(1e9).unwrap()],
    );
    for d in [1e-3, 1e-6, 1e-10] {
        let (alone, beside) = (epsilon(&alone, d), epsilon(&beside, d));
        assert!(
            beside.lower() <= alone.upper() + 1e-8 && alone.lower() <= beside.upper(),
            "{alone} {beside}"
        );
        assert!(beside.width() < 1e-4, "{beside}");
    }
}

#[test]
fn fixed_size_batches_cost_no_less_than_the_worst_neighbors_and_no_more_than_all_rows() {
    let gaussian = Event::gaussian(1.0).unwrap().relative_to(NoiseUnit::Sensitivity).unwrap();
    let batch = gaussian.clone().sampled(Sampling::fixed_size(100, 10).unwrap()).unwrap().times(50).unwrap();
    let one = list(Neighbors::ReplaceOne, [batch]);
    let whole = list(Neighbors::ReplaceOne, [gaussian.times(50).unwrap()]);
    let (one, whole) = (epsilon(&one, 1e-6), epsilon(&whole, 1e-6));
    assert!(one.lower() > 1.0 && one.upper() < 0.5 * whole.lower(), "{one} {whole}");
    assert!(one.upper() < 1.5 * one.lower(), "{one}");
}

#[test]
fn what_it_cannot_treat_is_refused_with_the_accountant_that_can() {
    let refused = |events: EventList| Pld.compose(&events).unwrap_err().to_string();
    assert_eq!(
        refused(list(Neighbors::AddOrRemoveOne, [discrete_laplace(1, 1), Event::zcdp(0.1).unwrap()])),
        "event 2 (zcdp): the accountant 'pld' treats mechanisms with a known dominating pair only; \
         use 'zcdp' or 'rdp'",
    );
}

#[test]
fn delta_zero_costs_the_largest_loss_and_noise_without_a_largest_costs_infinity() {
    let laplace = list(Neighbors::AddOrRemoveOne, [Event::laplace(4.0).unwrap().times(3).unwrap()]);
    let got = epsilon(&laplace, 0.0);
    assert!(got.lower() <= 0.75 && 0.75 <= got.upper() && got.width() < 1e-12, "{got}");
    for event in [Event::gaussian(4.0), Event::discrete_gaussian(4.0, 1)] {
        assert!(epsilon(&list(Neighbors::AddOrRemoveOne, [event.unwrap()]), 0.0).lower().is_infinite());
    }
}

// ---------------------------------------------------------------------------------- properties

fn event() -> impl Strategy<Value = Event> {
    let noise = 0.4f64..20.0;
    let once = prop_oneof![
        noise.clone().prop_map(|noise| Event::gaussian(noise).unwrap()),
        noise.clone().prop_map(|noise| Event::laplace(noise).unwrap()),
        (1u64..20, 1u64..4).prop_map(|(scale, s)| discrete_laplace(scale, s)),
        (noise, 1u64..4).prop_map(|(sigma, s)| Event::discrete_gaussian(sigma, s).unwrap()),
        (0.05f64..0.99, 2u64..20).prop_map(|(p, k)| Event::randomized_response(p, k).unwrap()),
        (0.001f64..2.0).prop_map(|e| Event::pure(Epsilon::new(e).unwrap())),
        (0.001f64..2.0).prop_map(|e| Event::exponential(Epsilon::new(e).unwrap())),
        (0.001f64..1.0, 1e-9f64..1e-5)
            .prop_map(|(e, d)| Event::approximate(Epsilon::new(e).unwrap(), Delta::new(d).unwrap())),
    ];
    (once, prop_oneof![Just(None), (1e-3f64..0.5).prop_map(Some)], 1u64..60).prop_map(
        |(event, rate, count)| {
            let event = match rate {
                Some(rate) => poisson(event, rate),
                None => event,
            };
            event.times(count).unwrap()
        },
    )
}

fn cases() -> ProptestConfig {
    let wanted = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig { cases: wanted.unwrap_or(10), ..ProptestConfig::default() }
}

/// `cheap` is not certainly dearer than `dear`, and its upper end is not above, but for what an interval may take.
fn no_dearer(cheap: Interval, dear: Interval) -> Result<(), TestCaseError> {
    for interval in [cheap, dear] {
        prop_assert!(interval.lower() >= 0.0 && interval.lower() <= interval.upper(), "{interval}");
    }
    prop_assert!(cheap.lower() <= dear.upper(), "{cheap} {dear}");
    prop_assert!(cheap.upper() <= dear.upper() * (1.0 + 1e-3) + 1e-5, "{cheap} {dear}");
    Ok(())
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    #[ignore = "minutes; by command"]
    fn a_larger_delta_costs_no_more(
        events in prop::collection::vec(event(), 1..4), exponent in -12.0f64..-2.0, more in 1.0f64..1e3,
    ) {
        let events = list(Neighbors::ZeroOut, events);
        let small = 10f64.powf(exponent);
        no_dearer(epsilon(&events, (small * more).min(0.9)), epsilon(&events, small))?;
    }

    #[test]
    #[ignore = "minutes; by command"]
    fn a_larger_epsilon_leaves_no_larger_delta(
        events in prop::collection::vec(event(), 1..4), small in 0.01f64..4.0, more in 0.0f64..2.0,
    ) {
        let events = list(Neighbors::ZeroOut, events);
        let (less, full) = (delta(&events, small + more), delta(&events, small));
        no_dearer(less, full)?;
        prop_assert!(full.upper() <= 1.0);
    }

    #[test]
    fn more_noise_costs_no_more(noise in 0.4f64..10.0, more in 1.0f64..4.0, rate in 1e-3f64..1.0, count in 1u64..500) {
        for of in [Event::gaussian, Event::laplace] {
            let [dear, cheap] = [noise, noise * more].map(|noise| {
                let event = poisson(of(noise).unwrap(), rate).times(count).unwrap();
                epsilon(&list(Neighbors::AddOrRemoveOne, [event]), 1e-6)
            });
            no_dearer(cheap, dear)?;
        }
    }

    #[test]
    fn more_rows_in_the_sample_and_more_steps_cost_no_less(
        noise in 0.4f64..10.0, rate in 1e-3f64..1.0, fewer in 0.01f64..1.0, count in 1u64..500, more in 0u64..500,
    ) {
        let of = |rate, count| {
            let event = poisson(Event::gaussian(noise).unwrap(), rate).times(count).unwrap();
            epsilon(&list(Neighbors::AddOrRemoveOne, [event]), 1e-6)
        };
        let dear = of(rate, count + more);
        no_dearer(of(rate * fewer, count + more), dear)?;
        no_dearer(of(rate, count), dear)?;
    }

    #[test]
    #[ignore = "minutes; by command"]
    fn the_order_of_events_changes_nothing(events in prop::collection::vec(event(), 2..4), exponent in -12.0f64..-2.0) {
        let d = 10f64.powf(exponent);
        let backwards: Vec<Event> = events.iter().rev().cloned().collect();
        prop_assert_eq!(
            epsilon(&list(Neighbors::ZeroOut, events), d),
            epsilon(&list(Neighbors::ZeroOut, backwards), d)
        );
    }

    #[test]
    #[ignore = "minutes; by command"]
    fn copies_of_an_event_cost_what_its_count_costs(event in event(), copies in 2usize..6, exponent in -12.0f64..-2.0) {
        let d = 10f64.powf(exponent);
        let counted = event.clone().times(copies as u64).unwrap();
        prop_assert_eq!(
            epsilon(&list(Neighbors::ZeroOut, vec![event; copies]), d),
            epsilon(&list(Neighbors::ZeroOut, [counted]), d)
        );
    }
}
