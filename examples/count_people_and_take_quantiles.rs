//! How many different people, and how long did half of them stay, without giving any of them away?
//!
//! `cargo run --example count_people_and_take_quantiles`

use incog::{
    dp::{Budget, Condition, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger},
    table::{Column, Table},
};

fn main() -> incog::Result<()> {
    // 20,000 stays of some 5,500 people, of whom some come again and again.
    let person = |i: usize| i * i % 16_001 % 9000;
    let people = (0..20_000).map(person).collect::<std::collections::BTreeSet<_>>().len();
    let table = Table::new([
        ("patient", Column::from_values((0..20_000).map(|i| format!("p{}", person(i))))?),
        ("days", Column::from_values((0..20_000).map(|i| (1 + i * 31 % 40 * (i * 17 % 3)).to_string()))?),
    ])?;
    let unit = || PrivacyUnit::person("patient");
    let ledger = MemoryLedger::new(Budget::parse("2", "0")?);

    // One row of each person: a count of rows is then a count of people.
    let mut once = Session::builder(unit()?, ContributionBounds::new(1, 1)?)
        .ledger(ledger.handle())
        .data_version("2026-11")
        .build()?;
    let half = Epsilon::parse("0.5")?;
    let distinct = once.release(&Query::count().epsilon(half).build()?, &table, "people")?;
    println!("different people: {distinct}");
    println!("  (exactly {people}; that is said here alone)");

    // Up to three of a person's stays count. The clamp bounds are public: they come from what a stay can be.
    let mut stays = Session::builder(unit()?, ContributionBounds::new(3, 1)?)
        .ledger(ledger.handle())
        .data_version("2026-11")
        .build()?;
    let median = Query::quantiles("days", [0.25, 0.5, 0.75, 0.95]).clamp(0.0, 100.0);
    let median = median.epsilon(Epsilon::parse("1")?).build()?;
    println!("ranks off by at most {:.0}, before spending", stays.error(&median, 0.95)?);
    println!("days: {}", stays.release(&median, &table, "days")?);
    let long = Query::count().only(Condition::within("days", 30.0, 100.0)?).epsilon(half).build()?;
    println!("stays of 30 days and more: {}", stays.release(&long, &table, "long stays")?);

    // Both sessions were charged to one budget.
    println!("left: {}", stays.balance()?.remaining);
    assert!(stays.balance()?.remaining.is_zero());
    Ok(())
}
