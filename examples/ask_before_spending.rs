//! What will an answer be worth, before anything is spent?
//!
//! `cargo run --example ask_before_spending`

use incog::dp::{
    Bins, Budget, Condition, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Session, Unreadable,
    ledger::MemoryLedger,
};

fn main() -> incog::Result<()> {
    // 20,000 visits of 5,000 patients; every hundredth charge is unreadable. Slices, as a database hands them out.
    let patients: Vec<u32> = (0..20_000).map(|i| i % 5000).collect();
    let charges: Vec<f64> =
        (0..20_000u32).map(|i| if i % 100 == 0 { f64::NAN } else { f64::from(i * 7919 % 3000) }).collect();
    let visits = Records::new().codes("patient", &patients, 5000)?.numbers("charge", &charges)?;

    let bounds = ContributionBounds::new(4, 1)?;
    let mut session = Session::builder(PrivacyUnit::person("patient")?, bounds)
        .ledger(MemoryLedger::new(Budget::parse("3", "0")?))
        .data_version("2026-11")
        .build()?;

    // Everybody knows that there are at least 10,000 visits a month.
    let mean = Query::mean("charge").clamp(0.0, 3000.0).unreadable(Unreadable::LeftOut).at_least(10_000);
    let epsilon = session.epsilon_for(&mean, 25.0, 0.95)?;
    println!("a mean within 25 costs ε = {epsilon}");
    println!("{}", session.release(&mean.epsilon(epsilon).build()?, visits.clone(), "mean")?);

    // Quartiles: the error is in ranks, so it can be told before the values are known.
    let quartiles = Query::quantiles("charge", [0.25, 0.5, 0.75]).clamp(0.0, 3000.0);
    let quartiles = quartiles.epsilon(Epsilon::parse("1")?).build()?;
    println!("quartiles will be off by at most {} of some 20,000 ranks", session.error(&quartiles, 0.95)?);
    println!("{}", session.release(&quartiles, visits.clone(), "quartiles")?);

    // Only some rows, in public bins.
    let small = Condition::within("charge", 0.0, 100.0)?;
    let bins = Query::histogram("charge", Bins::uniform(0.0, 100.0, 4)?).only(small);
    println!("{}", session.release(&bins.epsilon(Epsilon::parse("0.5")?).build()?, visits, "small charges")?);
    println!("left: {}", session.balance()?.remaining);
    Ok(())
}
