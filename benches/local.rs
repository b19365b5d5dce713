//! Recoding class by class: local recoding and Mondrian of an Adult-like table, microaggregation, a million rows.
//!
//! With `INCOG_SHARED` set, the Adult table itself; otherwise a table drawn here with as many distinct values. The
//! bound in the same run is the start of the local recoding (merging alone, `max_steps = 0`). A million rows are drawn
//! from the table as in the notes: age moved by up to three, every other cell drawn anew with chance 1/20.

use std::{fs::File, hint::black_box, path::PathBuf, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use incog::{
    kanon::{Anonymizer, Hierarchy, Microaggregation, Search, model::KAnonymity},
    table::{
        Column, Table,
        csv::{Dialect, read_path},
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

struct Data {
    name: &'static str,
    table: Table,
    hierarchies: Vec<(String, Hierarchy)>,
}

fn adult() -> Option<Data> {
    let folder = PathBuf::from(std::env::var_os("INCOG_SHARED")?).join("data/adult");
    let (table, _) = read_path(&folder.join("adult.csv"), Dialect::new(';').ok()?).ok()?;
    let hierarchy = |name: &String| {
        let file = File::open(folder.join(format!("adult_hierarchy_{name}.csv"))).ok()?;
        Some((name.clone(), Hierarchy::from_lines(file, ';').ok()?))
    };
    let hierarchies = table.names().iter().map(hierarchy).collect::<Option<_>>()?;
    Some(Data { name: "adult", table, hierarchies })
}

/// Columns with as many values and levels as Adult's, values skewed by a power law.
fn drawn() -> Data {
    let mut rng = StdRng::seed_from_u64(1);
    let shape = [(2, 2), (74, 5), (5, 2), (7, 3), (16, 4), (41, 3), (8, 3), (14, 3), (2, 2)];
    let mut columns = Vec::new();
    let mut hierarchies = Vec::new();
    for (i, (values, levels)) in shape.into_iter().enumerate() {
        let name = format!("q{i}");
        let lines: String = (0..values)
            .map(|v: u32| {
                let coarser = (1..levels - 1).map(|l| format!(";{}", v >> (2 * l))).collect::<String>();
                format!("{v}{coarser};*\n")
            })
            .collect();
        let draw = |rng: &mut StdRng| (f64::from(values) * rng.random::<f64>().powi(2)).floor().to_string();
        let cells: Vec<String> = (0..30_162).map(|_| draw(&mut rng)).collect();
        columns.push((name.clone(), Column::from_values(cells).expect("few values")));
        hierarchies
            .push((name, Hierarchy::from_lines(lines.as_bytes(), ';').expect("nests by construction")));
    }
    Data { name: "drawn", table: Table::new(columns).expect("equal lengths"), hierarchies }
}

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
    let data = adult().unwrap_or_else(drawn);
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
    let data = adult().unwrap_or_else(drawn);
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
