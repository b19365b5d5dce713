//! How do I k-anonymize a table in memory?
//!
//! `cargo run --example k_anonymize_a_table`

use incog::{
    kanon::{
        Anonymizer, Hierarchy,
        model::{KAnonymity, LDiversity},
    },
    table::{Column, Table},
};

fn main() -> incog::Result<()> {
    // The inpatient microdata of Machanavajjhala et al. 2007, figure 1.
    let rows = "13053 28 heart, 13068 29 heart, 13068 21 viral, 13053 23 viral, 14853 50 cancer, 14853 55 heart, \
                14850 47 viral, 14850 49 viral, 13053 31 cancer, 13053 37 cancer, 13068 36 cancer, 13068 35 cancer";
    let column = |i| Column::from_values(rows.split(", ").filter_map(|row| row.split(' ').nth(i)));
    let table = Table::new([("zip", column(0)?), ("age", column(1)?), ("condition", column(2)?)])?;

    let request = |l: Option<u64>| -> incog::Result<_> {
        let mut builder = Anonymizer::builder()
            .quasi_identifier("zip", Hierarchy::prefix(&[5, 4, 3, 0])?)
            .quasi_identifier("age", Hierarchy::intervals(&[10.0, 20.0, 40.0], 0.0)?)
            .sensitive("condition")
            .model(KAnonymity::new(4)?);
        if let Some(l) = l {
            builder = builder.model(LDiversity::distinct("condition", l)?);
        }
        builder.build()
    };
    for l in [None, Some(2), Some(4)] {
        let anonymizer = request(l)?;
        match anonymizer.run(&table) {
            Ok(outcome) => {
                let report = outcome.report();
                println!("{}", report.models.join(" and "));
                println!(
                    "  {} classes, the smallest of {} rows, loss {:.3}",
                    report.classes, report.min_class, report.quality.loss
                );
                let released = outcome.table()?;
                for row in [0, 4, 8] {
                    let cells: Vec<&str> =
                        released.iter().filter_map(|(_, column)| column.cell(row)).collect();
                    println!("  {}", cells.join(" | "));
                }
            }
            // "l = 4 is more than the 3 distinct values of column 'condition'; the cheapest change: ..."
            Err(refusal) => println!("refused: {refusal}"),
        }
    }
    Ok(())
}
