//! Tokens per second on one core, for distinct short values: one by one, and a column at once, beside plain
//! HMAC-SHA-256 of the same bytes in the same run. The plain one is the `hmac` crate with its keyed state
//! cached, so it pays two compressions a value and nothing else.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use incog::{
    pseudonym::{Key, Tokenizer},
    table::Column,
};
use sha2::Sha256;

const VALUES: u32 = 1_000_000;

fn tokens(criterion: &mut Criterion) {
    let values: Vec<String> = (0..VALUES).map(|i| format!("{:010}", u64::from(i) * 7919)).collect();
    let column = Column::from_values(&values).expect("fewer than 2^32 values");
    let key = Key::from_bytes([7; 32]);
    let tokenizer = Tokenizer::new(&key, "benchmark", "MRN").expect("a valid kind");

    let mut group = criterion.benchmark_group("tokens");
    group.sample_size(20).measurement_time(Duration::from_secs(6));
    group.throughput(Throughput::Elements(u64::from(VALUES)));
    let plain = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("HMAC takes keys of any length");
    group.bench_function("plain_hmac", |bencher| {
        bencher.iter(|| {
            for value in &values {
                black_box(plain.clone().chain_update(value.as_bytes()).finalize().into_bytes());
            }
        });
    });
    group.bench_function("one_by_one", |bencher| {
        let mut token = String::new();
        bencher.iter(|| {
            for value in &values {
                token.clear();
                tokenizer.token_into(value, &mut token);
                black_box(&token);
            }
        });
    });
    group.bench_function("column", |bencher| {
        bencher.iter(|| black_box(tokenizer.column("mrn", &column).expect("no collision")));
    });
    group.finish();
}

criterion_group!(benches, tokens);
criterion_main!(benches);
