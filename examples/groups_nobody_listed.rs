//! How do I count by a column whose values nobody may know beforehand, such as search words?
//!
//! `cargo run --example groups_nobody_listed`
//!
//! A key that one person alone has is personal data. So keys come out only if enough people have them, by a rule with
//! noise: the price is an ε of their own and a δ.

use incog::{
    dp::{
        Budget, ContributionBounds, Delta, Epsilon, Neighbors, PrivacyUnit, Query, Session,
        ledger::MemoryLedger, partition::TruncatedGeometric,
    },
    table::{Column, Table},
};

fn main() -> incog::Result<()> {
    // 4,000 searches of 1,000 people. Each also searched for a name that nobody else did.
    let person = |i: usize| format!("p{}", i / 4);
    let word = |i: usize| match i % 4 {
        0 => format!("my name is {}", person(i)),
        1 => "flu".to_owned(),
        2 => ["cough", "fever", "rash"][i / 4 % 3].to_owned(),
        _ => ["gout", "lupus"][usize::from(i.is_multiple_of(97))].to_owned(),
    };
    let table = Table::new([
        ("person", Column::from_values((0..4000).map(person))?),
        ("word", Column::from_values((0..4000).map(word))?),
    ])?;

    // At most two of a person's words count, and of each as many rows as the first bound leaves.
    let bounds = ContributionBounds::new(4, 2)?;
    let mut session = Session::builder(PrivacyUnit::person("person")?, bounds)
        .ledger(MemoryLedger::new(Budget::parse("2", "1e-9")?))
        .data_version("2026-11")
        .build()?;
    let (epsilon, delta) = (Epsilon::parse("1")?, Delta::parse("1e-9")?);
    let rule = TruncatedGeometric::new(Neighbors::AddOrRemoveOne, 2, epsilon, delta)?;
    println!("a word that {} people have comes out for certain", rule.certain_from());

    let query = Query::count().by_selected("word", epsilon, delta).epsilon(Epsilon::parse("1")?).build()?;
    let release = session.release(&query, &table, "words")?;
    println!("{release}");
    println!("cost: {}", release.cost());

    let keys: Vec<_> = release.values().iter().filter_map(|value| value.key.as_deref()).collect();
    assert!(keys.contains(&"flu"));
    assert!(
        !keys.iter().any(|key| key.contains("name")),
        "fails in one of a million runs: 1,000 names, each by δ = 1e-9 at most"
    );
    Ok(())
}
