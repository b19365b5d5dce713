//! How many patients are on each ward, without giving any of them away?
//!
//! `cargo run --example count_with_a_budget`

use incog::{
    dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger},
    table::{Column, Table},
};

fn main() -> incog::Result<()> {
    // 3,000 stays of 1,000 patients on three wards. The fourth ward is new and empty.
    let table = Table::new([
        ("patient", Column::from_values((0..3000).map(|i| format!("p{}", i % 1000)))?),
        ("ward", Column::from_values((0..3000).map(|i| ["A1", "A2", "B1"][i % 7 % 3]))?),
    ])?;

    // The budget is charged before anything is drawn. For one that survives the process: SqliteLedger.
    let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(3, 3)?)
        .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
        .data_version("2026-11-23")
        .build()?;

    // The wards are public: named here, not read from the data.
    let query =
        Query::count().by("ward", ["A1", "A2", "B1", "B2"]).epsilon(Epsilon::parse("0.6")?).build()?;
    println!("expected error, before spending: ± {} (95 %)", session.error(&query, 0.95)?);

    let release = session.release(&query, &table, "stays by ward")?;
    println!("{release}");
    println!("claim: {}", release.claim());
    println!("cost:  {}", release.cost());
    println!("left:  {}", session.balance()?.remaining);

    // The same request again is the same answer, free of charge. A new one no longer fits.
    assert_eq!(session.release(&query, &table, "stays by ward")?, release);
    match session.release(&query, &table, "stays by ward, once more") {
        Ok(_) => println!("answered"),
        Err(refusal) => println!("refused: {refusal}"),
    }
    Ok(())
}
