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
    let zip = [
        "13053", "13068", "13068", "13053", "14853", "14853", "14850", "14850", "13053", "13053", "13068",
        "13068",
    ];
    let age = ["28", "29", "21", "23", "50", "55", "47", "49", "31", "37", "36", "35"];
    let condition = [
        "heart", "heart", "viral", "viral", "cancer", "heart", "viral", "viral", "cancer", "cancer",
        "cancer", "cancer",
    ];
    let table = Table::new([
        ("zip", Column::from_values(zip)?),
        ("age", Column::from_values(age)?),
        ("condition", Column::from_values(condition)?),
    ])?;

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
