//! Rows per second of whole queries on slices, contribution bounds and noise included, beside a plain loop over the same
//! numbers and `ndarray`'s own sum, in the same run. One thread; 10,000,000 rows.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use incog::dp::{
    Bins, Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, QueryBuilder, Records, Session,
    ledger::MemoryLedger,
};
use ndarray::ArrayView1;
use rand::{RngExt, SeedableRng, rngs::StdRng};

const ROWS: usize = 10_000_000;
const PEOPLE: usize = 1_000_000;
const GROUPS: usize = 100;

fn session(rows: u32, groups: u32) -> Session {
    let bounds = ContributionBounds::new(rows, groups).expect("in range");
    Session::builder(PrivacyUnit::person("person").expect("named"), bounds)
        .ledger(MemoryLedger::new(Budget::parse("1000000", "0").expect("in range")))
        .data_version("bench")
        .build()
        .expect("complete")
}

fn queries(criterion: &mut Criterion) {
    let mut rng = StdRng::seed_from_u64(1);
    let numbers: Vec<f64> = (0..ROWS).map(|_| rng.random_range(-10.0..110.0)).collect();
    let alone: Vec<u32> = (0..10_000_000).collect();
    let people: Vec<u32> = (0..ROWS).map(|_| rng.random_range(0..1_000_000)).collect();
    let groups: Vec<u32> = (0..ROWS).map(|_| rng.random_range(0..100)).collect();
    let keys: Vec<String> = (0..GROUPS).map(|key| key.to_string()).collect();

    let mut group = criterion.benchmark_group("queries");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(10);
    group.bench_function("plain loop: clamp and add", |bencher| {
        bencher.iter(|| black_box(&numbers).iter().map(|x| x.clamp(0.0, 100.0)).sum::<f64>());
    });
    group.bench_function("ndarray: sum, not clamped", |bencher| {
        bencher.iter(|| ArrayView1::from(black_box(&numbers)).sum());
    });

    let sum = || Query::sum("x").clamp(0.0, 100.0);
    let tenths = (1..10u32).map(|i| f64::from(i) / 10.0);
    let by = |query: QueryBuilder| query.by("group", keys.clone());
    // (name, query, one row per person?, rows per person, groups per person)
    let cases = [
        ("count", Query::count(), true, 1, 1),
        ("sum", sum(), true, 1, 1),
        ("mean", Query::mean("x").clamp(0.0, 100.0), true, 1, 1),
        ("variance", Query::variance("x").clamp(0.0, 100.0), true, 1, 1),
        (
            "histogram, 100 bins",
            Query::histogram("x", Bins::uniform(0.0, 100.0, 100).expect("ascending")),
            true,
            1,
            1,
        ),
        ("median", Query::quantiles("x", [0.5]).clamp(0.0, 100.0), true, 1, 1),
        ("9 quantiles", Query::quantiles("x", tenths).clamp(0.0, 100.0), true, 1, 1),
        ("sum, 3 of 10 rows per person", sum(), false, 3, 3),
        ("count by 100 groups, 3 of 10 rows per person", by(Query::count()), false, 3, 3),
        ("sum by 100 groups, 3 of 10 rows per person", by(sum()), false, 3, 3),
        ("sum by 100 groups, rows in 2 of 10 groups per person", by(sum()), false, 10, 2),
    ];
    for (name, query, one_each, rows, in_groups) in cases {
        let query = query.epsilon(Epsilon::parse("1").expect("in range")).build().expect("checked");
        let mut session = session(rows, in_groups);
        let (codes, count) = if one_each { (&alone, ROWS) } else { (&people, PEOPLE) };
        let records = Records::new()
            .codes("person", codes, count)
            .and_then(|records| records.codes("group", &groups, GROUPS))
            .and_then(|records| records.numbers("x", &numbers))
            .expect("equally long");
        let mut asked = 0u32;
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || {
                    asked += 1;
                    format!("{name} {asked}")
                },
                |id| session.release(&query, records.clone(), &id).expect("budget is left"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
