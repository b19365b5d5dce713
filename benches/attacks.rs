//! Attacks on a million rows: each kind for itself, on generalized classes and on the table as it is.
//!
//! Rows are drawn: age, place, work, hours and sex, and a wage that goes with them. The generalized table has classes with levels
//! of their own, as local recoding leaves them: ages by 5 to 40 years, places by 3 to 1 digits, so that the cells of a column
//! overlap. 5,000 attempts a side. What an attack does not need stands as *classes*: to read the cells and number the classes.
//!
//! The floor of linkability, where most of the time goes, is printed beside it: of 10,000 persons eleven intersections each, if
//! those were bits alone, at one word of 64 classes for each of five columns, at the speed of a plain loop of such words here.

use std::{hint::black_box, time::Instant};

use incog::{
    audit::table::{AttackKind, Attacker, ControlSplit, LinkSearch, Minimality},
    table::{Column, Table},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const ROWS: usize = 1_000_000;
const KNOWN: [&str; 5] = ["age", "place", "work", "hours", "sex"];

fn drawn() -> Table {
    let mut rng = StdRng::seed_from_u64(9);
    let mut columns: [Vec<String>; 6] = Default::default();
    for _ in 0..ROWS {
        let skewed = |rng: &mut StdRng, values: f64| (values * rng.random::<f64>().powi(2)).floor();
        let age = 17.0 + skewed(&mut rng, 74.0);
        let cells = [
            age.to_string(),
            (10_000.0 + skewed(&mut rng, 8_000.0)).to_string(),
            format!("work {}", skewed(&mut rng, 16.0)),
            (1.0 + skewed(&mut rng, 90.0)).to_string(),
            ["F", "M"][usize::from(rng.random_bool(0.5))].to_owned(),
            format!("class {}", (age / 10.0).floor() + skewed(&mut rng, 4.0)),
        ];
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
    }
    let names = KNOWN.into_iter().chain(["wage"]);
    let columns = names
        .zip(columns)
        .map(|(name, cells)| (name, Column::from_values(cells).expect("fewer than 2^32 values")));
    Table::new(columns).expect("equal lengths")
}

/// Of each of the rows, cells at levels that its place draws: so neighbors have the same, and columns have cells of several levels.
fn generalized(table: &Table) -> Table {
    let level = |row: usize| {
        let place: usize = cell(table, "place", row).parse().unwrap_or(0);
        place / 100 * 2_654_435_761 % 4
    };
    let columns = table.names().iter().map(|name| {
        let cells = (0..table.rows()).map(|row| {
            let text = cell(table, name, row);
            let number = || text.parse::<usize>().unwrap_or(0);
            match name.as_str() {
                "age" => interval(number(), 5 << level(row)),
                "hours" => interval(number(), 10 << level(row)),
                "place" => {
                    let kept = 3 - level(row).min(2);
                    format!("{:*<5}", &text[..kept])
                }
                "work" if level(row) > 1 => "*".to_owned(),
                "sex" if level(row) > 2 => "*".to_owned(),
                _ => text.to_owned(),
            }
        });
        (name.clone(), Column::from_values(cells).expect("fewer than 2^32 values"))
    });
    Table::new(columns).expect("equal lengths")
}

fn interval(value: usize, width: usize) -> String {
    let low = value / width * width;
    format!("[{low}, {})", low + width)
}

fn cell<'t>(table: &'t Table, name: &str, row: usize) -> &'t str {
    table.get(name).and_then(|column| column.cell(row)).unwrap_or_default()
}

/// The median of three runs, in seconds.
fn seconds(mut run: impl FnMut()) -> f64 {
    let mut times = [(); 3].map(|()| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    times.sort_by(f64::total_cmp);
    times[1]
}

fn main() {
    // `cargo test` runs benches too, to see that they compile.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let table = drawn();
    let split = ControlSplit::keyed(&[9; 32], 0.1, &table, None).expect("a share");
    let copy = table.select(split.members());
    let coarse = generalized(&copy);
    for (what, released) in [("generalized", &coarse), ("as it is", &copy)] {
        let attacker = |kinds: &[AttackKind]| {
            let attacker = Attacker::builder(released, &table, &split).known(KNOWN).sensitive(["wage"]);
            attacker.attacks(kinds.iter().copied())
        };
        let run = |attacker: Attacker<'_>| drop(black_box(attacker.run(&|_, _, _| {})));
        let all = [AttackKind::SinglingOut, AttackKind::Linkability, AttackKind::Inference];
        let report = attacker(&all).build().expect("columns are there").run(&|_, _, _| {});
        println!("{what}: {} rows, {} classes", report.rows, report.homogeneity[0].classes);
        let bare = seconds(|| run(attacker(&[]).build().expect("columns are there")));
        println!("  classes, homogeneity, near-unique values     {bare:>7.2} s");
        for (kind, name) in all.iter().zip(["singling out", "linkability", "inference"]) {
            let time = seconds(|| run(attacker(&[*kind]).build().expect("columns are there")));
            println!("  {name:<44} {:>7.2} s", time - bare);
        }
        let minimal = || attacker(&[]).minimality(Minimality::EachClass).build().expect("columns are there");
        println!("  {:<44} {:>7.2} s", "downcoding", seconds(|| run(minimal())) - bare);
        println!(
            "  all                                          {:>7.2} s",
            seconds(|| run(attacker(&all).build().expect("columns are there")))
        );
        let classes = usize::try_from(report.homogeneity[0].classes).expect("as many as rows");
        println!("  {:<44} {:>7.2} s", "floor of linkability, in bits alone", floor(classes));
    }
    let texts: Vec<String> = (0..100_000)
        .map(|row| {
            format!(
                "Seen at {} after work, aged {}, no complaints today.",
                cell(&copy, "place", row),
                cell(&copy, "age", row)
            )
        })
        .collect();
    let time = seconds(|| {
        let mut search = LinkSearch::new(&copy, ["text"]);
        texts.iter().for_each(|text| search.text_row([Some(text.as_str())]));
        drop(black_box(search.finish()));
    });
    println!("values of the table in 100,000 texts           {time:>7.2} s");
}

/// Eleven meetings of five columns for each of 10,000 persons.
fn floor(classes: usize) -> f64 {
    let words = classes.div_ceil(64);
    let bits: Vec<Vec<u64>> = (0..5).map(|i| vec![0x5555_5555_5555_5555 << i; words]).collect();
    let start = Instant::now();
    for person in 0..1_000u64 {
        for _ in 0..11 {
            let both =
                (0..words).map(|w| bits.iter().fold(!person, |all, column| all & column[w]).count_ones());
            black_box(both.sum::<u32>());
        }
    }
    10.0 * start.elapsed().as_secs_f64()
}
