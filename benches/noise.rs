//! Draws per second of exact discrete Laplace noise, in batch, beside the floating-point Laplace of
//! `rand_distr` (difference of two exponentials; fast, and unsafe for privacy) in the same run.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use incog::{
    SecureRng,
    dp::noise::{DiscreteLaplace, Scale},
};
use rand::{SeedableRng, rngs::StdRng};
use rand_distr::{Distribution, Exp1};

const BATCH: usize = 10_000;

fn laplace(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("laplace");
    group.throughput(Throughput::Elements(BATCH as u64));
    for scale in [1u32, 10, 1000] {
        let noise = DiscreteLaplace::new(Scale::new(scale.into(), 1).expect("in range"));
        let mut rng = SecureRng::from_os().expect("the system has entropy");
        let mut draws = vec![0i64; BATCH];
        group.bench_function(BenchmarkId::new("incog_exact", scale), |bencher| {
            bencher.iter(|| noise.sample_into(&mut rng, black_box(&mut draws)).expect("entropy"));
        });

        let mut float_rng = StdRng::seed_from_u64(1);
        let mut draws = vec![0f64; BATCH];
        group.bench_function(BenchmarkId::new("rand_distr_float", scale), |bencher| {
            bencher.iter(|| {
                for draw in black_box(&mut draws) {
                    let (a, b): (f64, f64) = (Exp1.sample(&mut float_rng), Exp1.sample(&mut float_rng));
                    *draw = f64::from(scale) * (a - b);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, laplace);
criterion_main!(benches);
