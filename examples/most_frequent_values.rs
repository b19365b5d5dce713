//! Which values are the most frequent, and how frequent, when the list of candidates is public?
//!
//! `cargo run --example most_frequent_values`

use incog::{
    SecureRng,
    dp::{
        Amount, Budget, ContributionBounds, Epsilon, EventList, Neighbors, PrivacyUnit, Query, Session,
        ledger::{Ledger as _, MemoryLedger, Request, Reserved},
        mechanism::{NoisyTopK, Scores},
    },
    table::{Column, Table},
};

const DRUGS: [&str; 8] =
    ["aspirin", "ibuprofen", "insulin", "metformin", "naproxen", "omeprazole", "statin", "warfarin"];

fn main() -> incog::Result<()> {
    // One prescription of each of 5,000 patients.
    let drug = |i: usize| DRUGS[(i * i * 7 + i * 13) % 61 % 8];
    let table = Table::new([
        ("patient", Column::from_values((0..5000).map(|i| format!("p{i}")))?),
        ("drug", Column::from_values((0..5000).map(drug))?),
    ])?;
    let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);

    // The names first. A patient adds one to one score, so the scores move in one direction, which halves the noise.
    let choice = NoisyTopK::new(Scores::new(DRUGS.len(), 1)?.monotonic(), 3, Epsilon::parse("0.4")?)?;
    let events = EventList::new(Neighbors::AddOrRemoveOne, [choice.event()?])?;
    let cost = events.price(ledger.currency())?;
    let request =
        Request::new("top 3", "ann", "three most frequent drugs", "2026-11", cost, vec![choice.event()?])?
            .per_unit(format!("patient, {}", Neighbors::AddOrRemoveOne))?;
    // Charged, durably where the ledger is; then, and only then, drawn.
    let Reserved::New(reservation) = ledger.reserve(&request)? else {
        println!("was asked before");
        return Ok(());
    };
    let scores = DRUGS.map(|name| i64::try_from((0..5000).filter(|&i| drug(i) == name).count()).unwrap_or(0));
    let top = choice.select(&scores, &mut SecureRng::from_os()?)?.into_iter().map(|i| DRUGS[i]);
    let top: Vec<&str> = top.collect();
    ledger.commit(reservation, top.join(",").as_bytes())?;
    println!("most frequent: {}, for {cost}", top.join(", "));

    // Then how many, for the three alone, from what is left.
    let left: Amount = ledger.balance()?.remaining;
    println!("left: {left}");
    let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
        .ledger(ledger)
        .data_version("2026-11")
        .build()?;
    let counts = Query::count().by("drug", top).epsilon(Epsilon::parse("0.6")?).build()?;
    println!("{}", session.release(&counts, &table, "how many")?);
    Ok(())
}
