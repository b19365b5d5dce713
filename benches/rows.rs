//! Many rows and many columns: 100,000 to 10 million rows that resemble Adult's, and 16 and 24 quasi-identifiers.
//!
//! Not by criterion: each figure is one run of seconds, and the peak of memory is read beside it. Rows are codes of one byte in
//! memory, as a column store has them; they are drawn from the Adult table as in `local.rs` (`INCOG_SHARED`), or from a made
//! one. `INCOG_ROWS=100000000` for another number of rows at the end.

#![allow(clippy::cast_precision_loss, reason = "figures to print")]

use std::{fs, fs::File, path::PathBuf, time::Instant};

use incog::{
    kanon::{Anonymizer, AnonymizerBuilder, Hierarchy, Search, class::Codes, model::KAnonymity},
    table::{
        Column, Table,
        csv::{Dialect, read_path},
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

struct Data {
    domains: Table,
    hierarchies: Vec<(String, Hierarchy)>,
    rows: Vec<Vec<u8>>,
    /// The column whose codes are numbers in a row, one apart.
    numbers: usize,
}

/// The codes of the Adult table over all ages from 17 to 90.
fn adult() -> Option<Data> {
    let folder = PathBuf::from(std::env::var_os("INCOG_SHARED")?).join("data/adult");
    let (table, _) = read_path(&folder.join("adult.csv"), Dialect::new(';').ok()?).ok()?;
    let mut columns = Vec::new();
    let mut hierarchies = Vec::new();
    let mut rows = Vec::new();
    let mut numbers = 0;
    for (i, (name, column)) in table.iter().enumerate() {
        let file = File::open(folder.join(format!("adult_hierarchy_{name}.csv"))).ok()?;
        hierarchies.push((name.to_owned(), Hierarchy::from_lines(file, ';').ok()?));
        if name == "age" {
            numbers = i;
            columns.push((name.to_owned(), Column::from_values((17..=90).map(|a: u32| a.to_string())).ok()?));
            let code = |row| column.cell(row).and_then(|c| c.parse::<u8>().ok()).map(|age| age - 17);
            rows.push((0..table.rows()).map(code).collect::<Option<_>>()?);
        } else {
            columns.push((name.to_owned(), column.clone()));
            rows.push(column.codes().iter().map(|&c| u8::try_from(c).ok()).collect::<Option<_>>()?);
        }
    }
    Some(Data { domains: one_of_each(columns), hierarchies, rows, numbers })
}

/// As many values and levels as Adult's, values skewed by a power law.
fn drawn() -> Data {
    let mut rng = StdRng::seed_from_u64(1);
    let shape = [(74u8, 5), (2, 2), (5, 2), (7, 3), (16, 4), (41, 3), (8, 3), (14, 3), (2, 2)];
    let mut columns = Vec::new();
    let mut hierarchies = Vec::new();
    let mut rows = Vec::new();
    for (i, (values, levels)) in shape.into_iter().enumerate() {
        let name = format!("q{i}");
        let coarser = |v: u8| (1..levels - 1).map(|l| format!(";{}", v >> (2 * l))).collect::<String>();
        let lines: String = (0..values).map(|v| format!("{v}{};*\n", coarser(v))).collect();
        hierarchies.push((
            name.clone(),
            Hierarchy::from_lines(lines.as_bytes(), ';').expect("nests by construction"),
        ));
        columns.push((name, Column::from_values((0..values).map(|v| v.to_string())).expect("few values")));
        let powers = (0..30_162).map(|_| rng.random::<f64>().powi(2));
        rows.push(
            powers
                .map(|x| (0..values).rfind(|&v| f64::from(v) <= x * f64::from(values)).unwrap_or(0))
                .collect(),
        );
    }
    Data { domains: one_of_each(columns), hierarchies, rows, numbers: 0 }
}

/// A table with the dictionaries of `columns`, as long as the longest of them.
fn one_of_each(columns: Vec<(String, Column)>) -> Table {
    let longest = columns.iter().map(|(_, c)| c.dictionary_len()).max().unwrap_or(0);
    let padded = columns.into_iter().map(|(name, column)| {
        let values: Vec<&str> = column.dictionary().collect();
        let cells = (0..longest).map(|i| values[i.min(values.len() - 1)]);
        (name, Column::from_values(cells).expect("few values"))
    });
    Table::new(padded.collect::<Vec<_>>()).expect("equal lengths")
}

/// `rows` rows that resemble those of `data`: each a drawn one, a number moved by up to three, every other cell drawn anew
/// with chance 1/20.
fn resembling(data: &Data, rows: usize) -> Vec<Vec<u8>> {
    let mut rng = StdRng::seed_from_u64(20_240_607);
    let of = data.rows[0].len();
    let last = u8::try_from(
        data.domains.iter().nth(data.numbers).map_or(1, |(_, c)| c.dictionary_len()).min(255) - 1,
    )
    .expect("below 256");
    let mut columns = vec![Vec::with_capacity(rows); data.rows.len()];
    for _ in 0..rows {
        let picked = rng.random_range(0..of);
        for (i, column) in columns.iter_mut().enumerate() {
            let code = data.rows[i][picked];
            column.push(if i == data.numbers {
                (i16::from(code) + rng.random_range(-3i16..=3)).clamp(0, i16::from(last)).to_le_bytes()[0]
            } else if rng.random_range(0..20) == 0 {
                data.rows[i][rng.random_range(0..of)]
            } else {
                code
            });
        }
    }
    columns
}

/// The peak of this process in MiB, of which nothing else is known than what the system says.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok()).map_or(f64::NAN, |kb| kb / 1024.0)
}

fn request(data: &Data, share: f64) -> AnonymizerBuilder {
    let start = Anonymizer::builder().model(KAnonymity::new(10).expect("at least 2")).max_suppressed(share);
    data.hierarchies.iter().fold(start, |b, (name, h)| b.quasi_identifier(name.clone(), h.clone()))
}

fn many_rows(data: &Data, rows: usize) {
    let columns = resembling(data, rows);
    let codes: Vec<Codes<'_>> = columns.iter().map(|c| Codes::U8(c)).collect();
    let before = peak();
    let anonymizer = request(data, 0.0).build().expect("a good request");
    let start = Instant::now();
    let mut counter = anonymizer.counter(&data.domains).expect("the dictionaries fit");
    counter.add(&codes).expect("the columns fit");
    let tuples = counter.finish();
    let counted = start.elapsed().as_secs_f64();
    println!(
        "{rows} rows: {} distinct tuples in {counted:.3} s, {:.1} M rows/s",
        tuples.distinct(),
        rows as f64 / counted / 1e6
    );
    for share in [0.0, 0.02] {
        let anonymizer = request(data, share).build().expect("a good request");
        let start = Instant::now();
        let solution = anonymizer.search(&tuples).expect("feasible");
        let searched = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let kept = solution.keeps(&codes).iter().filter(|k| **k).count();
        let rewritten = start.elapsed().as_secs_f64();
        let report = solution.report();
        println!(
            "  k = 10, at most {share}: {searched:.3} s for {} nodes, loss {:.6}; which rows stay ({kept}): {rewritten:.3} s",
            report.nodes_checked, report.quality.loss
        );
    }
    let cells = columns.iter().map(Vec::len).sum::<usize>() as f64 / 1048576.0;
    println!("  peak {:.0} MiB, of it {cells:.0} MiB of cells, {before:.0} MiB before", peak());
}

/// `columns` quasi-identifiers: those of `data` again and again, in rows turned against each other, so that columns of one
/// turn belong together and turns have little to do with each other.
fn many_columns(data: &Data, columns: usize) {
    let rows = data.rows[0].len();
    let mut named = Vec::new();
    for i in 0..columns {
        let (of, turn) = (i % data.rows.len(), i / data.rows.len() * 7_919);
        let (name, domain) = data.domains.iter().nth(of).expect("there are so many");
        let values: Vec<&str> = domain.dictionary().collect();
        let cells = (0..rows).map(|r| values[usize::from(data.rows[of][(r + turn) % rows])]);
        let name = format!("{name}{i}");
        named.push((name, Column::from_values(cells).expect("few values")));
    }
    let table = Table::new(named).expect("equal lengths");
    for steps in [100, 1_000] {
        let mut builder = Anonymizer::builder()
            .model(KAnonymity::new(5).expect("at least 2"))
            .max_suppressed(0.05)
            .search(Search::BestEffort)
            .max_steps(steps);
        for (i, (name, _)) in table.iter().enumerate() {
            builder = builder.quasi_identifier(name, data.hierarchies[i % data.rows.len()].1.clone());
        }
        let start = Instant::now();
        let outcome = builder.build().expect("a good request").run(&table).expect("feasible");
        let report = outcome.report();
        println!(
            "{columns} columns, {steps} looks: {:.3} s, loss {:.4}, no less than {:.4}: a gap of {:.1} %; {:.1e} choices",
            start.elapsed().as_secs_f64(),
            report.quality.loss,
            report.lower_bound.unwrap_or(f64::NAN),
            100.0 * report.gap.unwrap_or(f64::NAN),
            report.lattice_nodes as f64
        );
    }
}

fn main() {
    // `cargo test` and clippy run or build benches without this word.
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    let data = adult().unwrap_or_else(drawn);
    for columns in [16, 24] {
        many_columns(&data, columns);
    }
    for rows in [100_000, 1_000_000, 10_000_000] {
        many_rows(&data, rows);
    }
    if let Some(rows) = std::env::var("INCOG_ROWS").ok().and_then(|r| r.parse().ok()) {
        many_rows(&data, rows);
    }
}
