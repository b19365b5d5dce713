//! What is in this table, who does it single out, and which policy would fit?
//!
//! `cargo run --example what_is_in_a_table --features pipeline`

use incog::{
    pii::Scanner,
    pipeline::{Policy, Profiler, policy::Form, propose},
    table::{
        Rows,
        csv::{Dialect, Reader},
    },
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows = (0..500).map(|i| {
        format!(
            "P{i:05},19{}-0{}-1{},{},{}\n",
            30 + i * 7 % 70,
            1 + i % 9,
            i % 10,
            10_000 + i % 40,
            ["flu", "gout"][i % 2]
        )
    });
    let text = format!("mrn,birth_date,zip,diagnosis\n{}", rows.collect::<String>());

    // Rows come from anywhere, some thousands at a time: the table is never held.
    let mut reader = Reader::new(text.as_bytes(), Dialect::default())?;
    let (mut profiler, mut rows) = (Profiler::new(Scanner::new()), Rows::default());
    while reader.next_rows(&mut rows)? {
        profiler.take(reader.names(), &rows);
    }
    let profile = profiler.finish(reader.names())?;
    for column in &profile.columns {
        println!(
            "{}: {} ({}); {}",
            column.name,
            column.kind.word(),
            column.confidence,
            column.why.join("; ")
        );
    }
    for set in &profile.sets {
        println!("{:.1} % of rows stand alone by {}", 100.0 * set.singled_out, set.columns.join(" and "));
    }

    // A proposal that parses: read each reason, and decide what is marked TODO.
    let policy = propose("patients.csv", Form::Csv(Dialect::default()), &profile);
    println!("\n{policy}");
    Policy::parse(&policy, ".".as_ref())?;
    Ok(())
}
