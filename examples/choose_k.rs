//! Which k should I ask for, and what does each one cost?
//!
//! `cargo run --example choose_k`
//!
//! From the command line: `incog frontier policy.toml`, which also draws the picture.

use incog::{
    kanon::{Anonymizer, Hierarchy, Search, frontier, model::KAnonymity},
    table::{Column, Table},
};

fn main() -> incog::Result<()> {
    // 1,000 people: age, postcode, sex, and a diagnosis that depends a little on the age.
    let rows = 0..1000_usize;
    let age = |i: usize| 18 + i * i % 71;
    let sick = |i: usize| {
        ["none", "asthma", "diabetes"][usize::from(age(i) > 60) + usize::from(i.is_multiple_of(9))]
    };
    let table = Table::new([
        ("age", Column::from_values(rows.clone().map(|i| age(i).to_string()))?),
        ("zip", Column::from_values(rows.clone().map(|i| format!("{:04}", 1000 + i * 37 % 450)))?),
        ("sex", Column::from_values(rows.clone().map(|i| ["f", "m"][i % 2]))?),
        ("diagnosis", Column::from_values(rows.map(sick))?),
    ])?;

    let points = frontier(&table, &[2, 3, 5, 10, 20, 50, 1200], |k| {
        Anonymizer::builder()
            .quasi_identifier("age", Hierarchy::intervals(&[5.0, 10.0, 20.0, 40.0], 0.0)?)
            .quasi_identifier("zip", Hierarchy::prefix(&[4, 3, 2, 1, 0])?)
            .quasi_identifier("sex", Hierarchy::flat())
            .sensitive("diagnosis")
            .model(KAnonymity::new(k)?)
            .max_suppressed(0.02)
            .search(Search::Local)
            .build()
    })?;

    println!("   k   loss   left out   one row picked   all rows picked   diagnosis guessed");
    for point in &points {
        match &point.figures {
            Some(f) => {
                let guess = f.inferred.values().next().map_or((0.0, 0.0), |i| (i.inferred, i.guessed));
                println!(
                    "{:>4}  {:.3}   {:>6.1} %   {:>12.1} %   {:>13.1} %   {:>4.0} % with, {:.0} % without the release",
                    point.k,
                    f.loss,
                    f.suppressed * 100.0,
                    f.prosecutor * 100.0,
                    f.marketer * 100.0,
                    guess.0 * 100.0,
                    guess.1 * 100.0
                );
            }
            None => println!("{:>4}  {}", point.k, point.refusal.as_deref().unwrap_or("refused")),
        }
    }
    println!(
        "k bounds the first two chances. The last one it does not: that takes l-diversity or t-closeness."
    );
    Ok(())
}
