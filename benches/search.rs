//! The k-anonymity search: Adult-like data of 30,162 rows and 9 quasi-identifiers, a lattice of 12,960 nodes.
//!
//! With `INCOG_SHARED` set, the Adult table itself; otherwise a table drawn here with as many distinct values.
//! The bound in the same run is one pass of the grouping kernel over the rows at the finest node, which any
//! search has to make at least once.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use incog::kanon::{
    Anonymizer, Hierarchy,
    model::{KAnonymity, LDiversity},
};
use incog_benches::adult::adult_like;

fn search(c: &mut Criterion) {
    let data = adult_like();
    let mut group = c.benchmark_group(format!("search/{}", data.name));
    group.sample_size(10);
    let request = |k: u64, share: f64| {
        let mut builder =
            Anonymizer::builder().model(KAnonymity::new(k).expect("at least 2")).max_suppressed(share);
        for (name, hierarchy) in &data.hierarchies {
            builder = builder.quasi_identifier(name.clone(), hierarchy.clone());
        }
        builder.build().expect("a good request")
    };
    // One node: the table coarsened as little as possible, everything that breaks k left out.
    let bound = Anonymizer::builder()
        .quasi_identifier(data.hierarchies[0].0.clone(), Hierarchy::flat())
        .model(KAnonymity::new(2).expect("at least 2"))
        .max_suppressed(1.0);
    let bound = data.hierarchies[1..]
        .iter()
        .fold(bound, |b, (name, _)| {
            b.quasi_identifier(name.clone(), Hierarchy::prefix(&[64]).expect("one length"))
        })
        .build()
        .expect("a good request");
    group
        .bench_function("bound: two to a handful of nodes", |b| b.iter(|| black_box(bound.run(&data.table))));
    for (k, share) in [(10, 0.0), (10, 0.02), (5, 0.05), (10, 0.05)] {
        let request = request(k, share);
        group.bench_function(format!("k={k}, at most {share} suppressed"), |b| {
            b.iter(|| black_box(request.run(&data.table)));
        });
    }
    let (sensitive, quasi) =
        (&data.hierarchies[7].0, data.hierarchies.iter().enumerate().filter(|(i, _)| *i != 7));
    let mut builder = Anonymizer::builder()
        .sensitive(sensitive.clone())
        .model(KAnonymity::new(5).expect("at least 2"))
        .model(LDiversity::distinct(sensitive.clone(), 3).expect("at least 2"))
        .max_suppressed(0.05);
    for (_, (name, hierarchy)) in quasi {
        builder = builder.quasi_identifier(name.clone(), hierarchy.clone());
    }
    let request = builder.build().expect("a good request");
    group.bench_function("k=5, distinct l=3, at most 0.05 suppressed", |b| {
        b.iter(|| black_box(request.run(&data.table)));
    });
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
