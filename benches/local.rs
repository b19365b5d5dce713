//! Recoding class by class: local recoding and Mondrian of an Adult-like table, microaggregation, a million rows.
//!
//! With `INCOG_SHARED` set, the Adult table itself; otherwise a table drawn here with as many distinct values. The
//! bound in the same run is the start of the local recoding (merging alone, `max_steps = 0`). A million rows are drawn
//! from the table as in the notes: age moved by up to three, every other cell drawn anew with chance 1/20.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use incog::{
    kanon::{Anonymizer, Microaggregation, Search, model::KAnonymity},
    table::{Column, Table},
};
use incog_benches::adult::{Data, adult_like};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// `rows` rows that resemble those of `data`.
fn resembling(data: &Data, rows: usize) -> Table {
    let mut rng = StdRng::seed_from_u64(20_240_607);
    let picked: Vec<usize> = (0..rows).map(|_| rng.random_range(0..data.table.rows())).collect();
    let columns = data.table.iter().map(|(name, column)| {
        let mut cell = |row: usize| match column.cell(row).and_then(|c| c.parse::<i64>().ok()) {
            Some(age) if name == "age" => (age + rng.random_range(-3i64..=3)).clamp(1, 100).to_string(),
            _ if rng.random_range(0..20) == 0 => {
                column.cell(rng.random_range(0..column.len())).unwrap_or_default().to_owned()
            }
            _ => column.cell(row).unwrap_or_default().to_owned(),
        };
        let cells: Vec<String> = picked.iter().map(|&row| cell(row)).collect();
        (name.to_owned(), Column::from_values(cells).expect("few values"))
    });
    Table::new(columns.collect::<Vec<_>>()).expect("equal lengths")
}

fn request(data: &Data, k: u64, search: Search, max_steps: Option<u64>) -> Anonymizer {
    let mut builder = Anonymizer::builder().model(KAnonymity::new(k).expect("at least 2")).search(search);
    for (name, hierarchy) in &data.hierarchies {
        builder = builder.quasi_identifier(name.clone(), hierarchy.clone());
    }
    if let Some(steps) = max_steps {
        builder = builder.max_steps(steps);
    }
    builder.build().expect("a good request")
}

fn local(c: &mut Criterion) {
    let data = adult_like();
    let mut group = c.benchmark_group(format!("local/{}", data.name));
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for k in [2, 5, 10, 50] {
        let start = request(&data, k, Search::Local, Some(0));
        group.bench_function(format!("bound: the start, k={k}"), |b| {
            b.iter(|| black_box(start.run(&data.table)));
        });
        let request = request(&data, k, Search::Local, None);
        group.bench_function(format!("k={k}"), |b| b.iter(|| black_box(request.run(&data.table))));
    }
    for (name, search) in [("strict", Search::Mondrian), ("relaxed", Search::MondrianRelaxed)] {
        let request = request(&data, 10, search, None);
        group.bench_function(format!("Mondrian, {name}, k=10"), |b| {
            b.iter(|| black_box(request.run(&data.table)));
        });
    }
    group.finish();
}

fn large(c: &mut Criterion) {
    let data = adult_like();
    let table = resembling(&data, 1_000_000);
    let mut group = c.benchmark_group(format!("local/{}, 1 M rows", data.name));
    group.sample_size(10).measurement_time(Duration::from_secs(1));
    for search in [Search::Local, Search::Mondrian] {
        let request = request(&data, 10, search, None);
        group.bench_function(format!("{}, k=10", search.word()), |b| {
            b.iter(|| black_box(request.run(&table)))
        });
    }
    group.finish();
}

fn microaggregation(c: &mut Criterion) {
    let mut rng = StdRng::seed_from_u64(3);
    let columns: Vec<Column> = (0..3)
        .map(|_| {
            let cells = (0..30_000).map(|_| (rng.random::<f64>().powi(3) * 1e5).round().to_string());
            Column::from_values(cells).expect("fewer than 2^32 values")
        })
        .collect();
    let named: Vec<(&str, &Column)> = ["a", "b", "c"].into_iter().zip(&columns).collect();
    c.bench_function("MDAV, 30,000 rows of 3 numbers, k=10", |b| {
        b.iter(|| black_box(Microaggregation::new(&named, 10, 0)));
    });
}

criterion_group!(benches, local, large, microaggregation);
criterion_main!(benches);
