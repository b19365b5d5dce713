//! The k-anonymity search: Adult-like data of 30,162 rows and 9 quasi-identifiers, a lattice of 12,960 nodes.
//!
//! With `INCOG_SHARED` set, the Adult table itself; otherwise a table drawn here with as many distinct values.
//! The bound in the same run is one pass of the grouping kernel over the rows at the finest node, which any
//! search has to make at least once.

use std::{fs::File, hint::black_box, path::PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use incog::{
    kanon::{
        Anonymizer, Hierarchy,
        model::{KAnonymity, LDiversity},
    },
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
    let hierarchies = table
        .names()
        .iter()
        .map(|name| {
            let file = File::open(folder.join(format!("adult_hierarchy_{name}.csv"))).ok()?;
            Some((name.clone(), Hierarchy::from_lines(file, ';').ok()?))
        })
        .collect::<Option<_>>()?;
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

fn search(c: &mut Criterion) {
    let data = adult().unwrap_or_else(drawn);
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
