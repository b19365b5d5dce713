//! Draws per second of exact discrete noise, in batch and one by one, beside the floating-point noise of
//! `rand_distr` (fast, and unsafe for privacy) in the same run. OpenDP stands in `noise_peers.rs`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use incog::{
    SecureRng,
    dp::noise::{DiscreteGaussian, DiscreteLaplace, Scale},
};
use rand::{SeedableRng, rngs::StdRng};
use rand_distr::{Distribution, Exp1, StandardNormal};

const BATCH: usize = 10_000;
const SCALES: [u32; 4] = [1, 10, 1000, 1_000_000];

fn laplace(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("laplace");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut rng = SecureRng::from_os().expect("the system has entropy");
    let mut draws = vec![0i64; BATCH];
    for scale in SCALES {
        let noise = DiscreteLaplace::new(Scale::new(scale.into(), 1).expect("in range"));
        group.bench_function(BenchmarkId::new("incog_exact", scale), |bencher| {
            bencher.iter(|| noise.sample_into(&mut rng, black_box(&mut draws)).expect("entropy"));
        });
    }
    let mut float_rng = StdRng::seed_from_u64(1);
    let mut draws = vec![0f64; BATCH];
    group.bench_function("rand_distr_float", |bencher| {
        bencher.iter(|| {
            for draw in black_box(&mut draws) {
                let (a, b): (f64, f64) = (Exp1.sample(&mut float_rng), Exp1.sample(&mut float_rng));
                *draw = 10.0 * (a - b);
            }
        });
    });
    group.finish();
}

fn gaussian(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gaussian");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut rng = SecureRng::from_os().expect("the system has entropy");
    let mut draws = vec![0i64; BATCH];
    for sigma in SCALES {
        let noise = DiscreteGaussian::new(Scale::new(sigma.into(), 1).expect("in range"));
        group.bench_function(BenchmarkId::new("incog_exact", sigma), |bencher| {
            bencher.iter(|| noise.sample_into(&mut rng, black_box(&mut draws)).expect("entropy"));
        });
    }
    let mut float_rng = StdRng::seed_from_u64(1);
    let mut draws = vec![0f64; BATCH];
    group.bench_function("rand_distr_float", |bencher| {
        bencher.iter(|| {
            for draw in black_box(&mut draws) {
                let standard: f64 = StandardNormal.sample(&mut float_rng);
                *draw = 10.0 * standard;
            }
        });
    });
    group.finish();
}

/// One draw a call: what a count without groups costs.
fn one_by_one(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one draw a call");
    let mut rng = SecureRng::from_os().expect("the system has entropy");
    for scale in SCALES {
        let scale = Scale::new(scale.into(), 1).expect("in range");
        let (laplace, gaussian) = (DiscreteLaplace::new(scale), DiscreteGaussian::new(scale));
        group.bench_function(BenchmarkId::new("laplace", scale), |bencher| {
            bencher.iter(|| laplace.sample(black_box(&mut rng)).expect("entropy"));
        });
        group.bench_function(BenchmarkId::new("gaussian", scale), |bencher| {
            bencher.iter(|| gaussian.sample(black_box(&mut rng)).expect("entropy"));
        });
    }
    group.finish();
}

criterion_group!(benches, laplace, gaussian, one_by_one);
criterion_main!(benches);
