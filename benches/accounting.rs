//! Seconds from a list of events to ε: training runs, noise on all rows, lists of many different events. One thread; nothing
//! is kept from one run to the next.

use criterion::{Criterion, criterion_group, criterion_main};
use incog::dp::{
    Delta, Event, EventList, Neighbors,
    accountant::{Accountant, Pld, Rdp},
    event::Sampling,
};

fn steps(noise: f64, rate: f64, count: u64) -> Event {
    let step = Event::gaussian(noise).expect("in range");
    let sampling = Sampling::poisson(rate).expect("in range");
    step.sampled(sampling).and_then(|event| event.times(count)).expect("in range")
}

fn times(event: incog::Result<Event>, count: u64) -> Event {
    event.and_then(|event| event.times(count)).expect("in range")
}

fn accounting(criterion: &mut Criterion) {
    let spread = |count: u32| -> Vec<Event> {
        (0..count).map(|i| steps(0.8 + 1.2 * f64::from(i) / f64::from(count), 0.01, 20)).collect()
    };
    let lists: [(&str, Vec<Event>, &str); 9] = [
        (
            "sigma 1.1, q 256/60000, 14,063 steps, delta 1e-5",
            vec![steps(1.1, 256.0 / 60_000.0, 14_063)],
            "1e-5",
        ),
        ("sigma 1, q 0.01, 10,000 steps, delta 1e-5", vec![steps(1.0, 0.01, 10_000)], "1e-5"),
        ("sigma 2, q 0.02, 10,000 steps, delta 1e-6", vec![steps(2.0, 0.02, 10_000)], "1e-6"),
        ("sigma 0.8, q 0.001, 100,000 steps, delta 1e-8", vec![steps(0.8, 0.001, 100_000)], "1e-8"),
        ("gaussian, sigma 10, 100 times, delta 1e-5", vec![times(Event::gaussian(10.0), 100)], "1e-5"),
        ("laplace, b 20, 1,000 times, delta 1e-5", vec![times(Event::laplace(20.0), 1_000)], "1e-5"),
        (
            "10 laplace, 5 gaussian, 500 steps, delta 1e-5",
            vec![times(Event::laplace(10.0), 10), times(Event::gaussian(5.0), 5), steps(1.0, 0.01, 500)],
            "1e-5",
        ),
        ("50 different sigmas, 20 steps each, delta 1e-5", spread(50), "1e-5"),
        ("1,000 different sigmas, 20 steps each, delta 1e-5", spread(1_000), "1e-5"),
    ];
    let accountants: [&dyn Accountant; 2] = [&Pld, &Rdp];
    for accountant in accountants {
        let mut group = criterion.benchmark_group(accountant.name());
        group.sample_size(10);
        for (name, events, delta) in &lists {
            let list = EventList::new(Neighbors::AddOrRemoveOne, events.clone()).expect("meaningful");
            let delta = Delta::parse(delta).expect("in range");
            let answer =
                || accountant.compose(&list).and_then(|profile| profile.epsilon(delta)).expect("treated");
            eprintln!("{}: {name}: epsilon {}", accountant.name(), answer());
            group.bench_function(*name, |bencher| bencher.iter(answer));
        }
        group.finish();
    }
}

criterion_group!(benches, accounting);
criterion_main!(benches);
