//! Seconds from a target to the noise: the formula of one release, and searches by an accountant. One thread; nothing is kept
//! from one run to the next.

use criterion::{Criterion, criterion_group, criterion_main};
use incog::dp::{
    Delta, Epsilon, Event, EventList, Neighbors,
    accountant::{Accountant, Pld, Rdp},
    calibrate::Target,
    event::Sampling,
};

fn calibration(criterion: &mut Criterion) {
    let target = |epsilon: &str, delta: &str| {
        Target::new(Epsilon::parse(epsilon).expect("in range"), Delta::parse(delta).expect("in range"))
    };
    let one = target("1", "1e-6");
    criterion.bench_function("gaussian/epsilon 1, delta 1e-6", |bencher| {
        bencher.iter(|| one.gaussian().expect("in reach"));
    });
    let training = target("3", "1e-5");
    let events = |noise: f64| {
        let step = Event::gaussian(noise)?.sampled(Sampling::poisson(0.01)?)?;
        EventList::new(Neighbors::AddOrRemoveOne, [step.times(2000)?])
    };
    let accountants: [&dyn Accountant; 2] = [&Pld, &Rdp];
    for accountant in accountants {
        let noise = || training.noise(accountant, events).expect("in reach").value();
        eprintln!("{}: noise multiplier {}", accountant.name(), noise());
        let name = format!("{}/epsilon 3, delta 1e-5, q 0.01, 2,000 steps", accountant.name());
        criterion.bench_function(&name, |bencher| bencher.iter(noise));
    }
}

criterion_group!(benches, calibration);
criterion_main!(benches);
