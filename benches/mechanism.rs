//! Choices per candidate, randomized responses per answer, local reports, counters per step, keys selected per pair.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use incog::{
    SecureRng,
    dp::{
        Delta, Epsilon, Neighbors, Rho,
        counter::{MatrixCounter, TreeCounter},
        local::{HadamardResponse, LocalHashing, RandomizedResponse, UnaryEncoding},
        mechanism::{AboveThreshold, ExponentialMechanism, LatticeNoise, NoisyTopK, PermuteAndFlip, Scores},
        partition::{AdaptiveRounds, GaussianThreshold, KeySets, TruncatedGeometric},
    },
};

fn epsilon(text: &str) -> Epsilon {
    Epsilon::parse(text).expect("in range")
}

fn rho(text: &str) -> Rho {
    Rho::parse(text).expect("in range")
}

fn rng() -> SecureRng {
    SecureRng::from_os().expect("the system has entropy")
}

fn choices(criterion: &mut Criterion) {
    let mut rng = rng();
    let mut group = criterion.benchmark_group("choice per candidate");
    for n in [100usize, 10_000] {
        let scores: Vec<i64> = (0..1000).cycle().step_by(7).take(n).collect();
        group.throughput(Throughput::Elements(n as u64));
        let declared = Scores::new(n, 1).expect("in range");
        for text in ["0.01", "1"] {
            let name = |what: &str| BenchmarkId::new(format!("{what}, epsilon {text}"), n);
            let choice = ExponentialMechanism::new(declared, epsilon(text));
            group.bench_function(name("exponential mechanism"), |bencher| {
                bencher.iter(|| choice.select(black_box(&scores), &mut rng).expect("entropy"));
            });
            let choice = PermuteAndFlip::new(declared, epsilon(text));
            group.bench_function(name("permute-and-flip"), |bencher| {
                bencher.iter(|| choice.select(black_box(&scores), &mut rng).expect("entropy"));
            });
        }
        let choice = NoisyTopK::new(declared, 10, epsilon("1")).expect("in range");
        group.bench_function(BenchmarkId::new("top 10", n), |bencher| {
            bencher.iter(|| choice.select(black_box(&scores), &mut rng).expect("entropy"));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("sparse vector");
    let watch = AboveThreshold::new(1 << 40, 1, 1, epsilon("1")).expect("in range");
    let mut open = watch.open(&mut rng).expect("entropy");
    group.bench_function("question", |bencher| {
        bencher.iter(|| open.ask(black_box(7), &mut rng).expect("entropy"));
    });
    group.finish();
}

fn real_numbers(criterion: &mut Criterion) {
    let mut rng = rng();
    let mut group = criterion.benchmark_group("f64 on a lattice");
    let mut values = vec![0.5; 10_000];
    group.throughput(Throughput::Elements(10_000));
    let laplace = LatticeNoise::laplace(10_000, 1.0, epsilon("1")).expect("in range");
    group.bench_function("laplace", |bencher| {
        bencher.iter(|| laplace.release(black_box(&mut values), &mut rng).expect("entropy"));
    });
    let gaussian = LatticeNoise::gaussian(10_000, 1.0, rho("0.5")).expect("in range");
    group.bench_function("gaussian", |bencher| {
        bencher.iter(|| gaussian.release(black_box(&mut values), &mut rng).expect("entropy"));
    });
    group.finish();
}

fn local(criterion: &mut Criterion) {
    let mut rng = rng();
    let mut group = criterion.benchmark_group("randomized response per answer");
    let mut column = vec![1u32; 10_000];
    group.throughput(Throughput::Elements(10_000));
    for k in [2u32, 10, 1000] {
        let oracle = RandomizedResponse::new(k, epsilon("1")).expect("in range");
        group.bench_function(BenchmarkId::new("categories", k), |bencher| {
            bencher.iter(|| oracle.report_all(black_box(&mut column), &mut rng).expect("entropy"));
        });
    }
    let oracle = RandomizedResponse::binary(epsilon("1")).expect("in range");
    let mut bits = vec![0u64; 157];
    group.throughput(Throughput::Elements(157 * 64));
    group.bench_function("bits", |bencher| {
        bencher.iter(|| oracle.report_bits(black_box(&mut bits), &mut rng).expect("entropy"));
    });
    group.finish();
    let mut group = criterion.benchmark_group("local report of 1,000 categories");
    let unary = UnaryEncoding::new(1000, epsilon("1")).expect("in range");
    group.bench_function("unary", |bencher| {
        bencher.iter(|| unary.report(black_box(7), &mut rng).expect("entropy"))
    });
    let hashing = LocalHashing::new(1000, epsilon("1")).expect("in range");
    group.bench_function("hashing", |bencher| {
        bencher.iter(|| hashing.report(black_box(7), &mut rng).expect("entropy"));
    });
    let hadamard = HadamardResponse::new(1000, epsilon("1")).expect("in range");
    group.bench_function("hadamard", |bencher| {
        bencher.iter(|| hadamard.report(black_box(7), &mut rng).expect("entropy"));
    });
    group.finish();
}

fn counters(criterion: &mut Criterion) {
    let mut rng = rng();
    let mut group = criterion.benchmark_group("counter per step");
    let tree = TreeCounter::gaussian(1 << 20, 1, rho("0.5")).expect("in range");
    let mut open = tree.open();
    group.bench_function("tree", |bencher| {
        bencher.iter(|| open.add(black_box(1), &mut rng).expect("entropy"))
    });
    let matrix = MatrixCounter::new(1 << 20, 1, rho("0.5")).expect("in range");
    let mut open = matrix.open();
    group.bench_function("matrix", |bencher| {
        bencher.iter(|| open.add(black_box(1), &mut rng).expect("entropy"))
    });
    group.finish();
}

fn keys(criterion: &mut Criterion) {
    let mut rng = rng();
    let pairs: Vec<(u32, u32)> = (0..100_000).map(|i| (i / 10, i * i % 5003)).collect();
    let delta = Delta::parse("1e-6").expect("in range");
    let mut group = criterion.benchmark_group("keys per pair");
    group.throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("bounding", |bencher| {
        bencher.iter(|| KeySets::bounded(pairs.iter().copied(), 10, &mut rng).expect("entropy"));
    });
    let sets = KeySets::bounded(pairs.iter().copied(), 10, &mut rng).expect("entropy");
    let rule = TruncatedGeometric::new(Neighbors::AddOrRemoveOne, 10, epsilon("1"), delta).expect("in range");
    group.bench_function("truncated geometric", |bencher| {
        bencher.iter(|| rule.select(&sets, &mut rng).expect("entropy").len())
    });
    let rule = GaussianThreshold::new(Neighbors::AddOrRemoveOne, 10, rho("0.5"), delta).expect("in range");
    group.bench_function("gaussian threshold", |bencher| {
        bencher.iter(|| rule.select(&sets, &mut rng).expect("entropy").len())
    });
    let rule = AdaptiveRounds::new(Neighbors::AddOrRemoveOne, 10, 2, rho("0.5"), delta).expect("in range");
    group.bench_function("two rounds", |bencher| {
        bencher.iter(|| rule.select(&sets, &mut rng).expect("entropy").len())
    });
    group.finish();
}

criterion_group!(benches, choices, real_numbers, local, counters, keys);
criterion_main!(benches);
