//! How do I publish a total every day of a year, when the same people may come back?
//!
//! `cargo run --example totals_over_a_year`

use incog::{
    SecureRng,
    dp::{
        Amount, ContributionBounds, PrivacyUnit, Query, Rho, Session,
        counter::{MatrixCounter, TreeCounter},
        ledger::{Ledger as _, MemoryLedger, Request, Reserved},
    },
};

const DAYS: u64 = 365;

fn main() -> incog::Result<()> {
    let rho = Rho::parse("0.5")?;
    // What each of 365 sums with fresh noise may cost, if one person may be in all of them.
    let day = Rho::new(0.5 / 365.0)?;
    let fresh = Session::builder(PrivacyUnit::person("visitor")?, ContributionBounds::new(1, 1)?)
        .ledger(MemoryLedger::new(Amount::from(rho)))
        .data_version("a day")
        .build()?
        .error(&Query::count().rho(day).build()?, 0.95)?;
    println!(
        "people come back every day, a count a day:   each ± {fresh:.0}, their sum ± some {:.0}",
        fresh * 19.1
    );

    // First visits only: then a person is in one day of the year, and a counter shares its noise between all totals.
    let (tree, matrix) = (TreeCounter::gaussian(DAYS, 1, rho)?, MatrixCounter::new(DAYS, 1, rho)?);
    println!(
        "first visits, a tree of sums:                the last total ± {:.1}",
        1.96 * tree.deviation(DAYS)
    );
    println!(
        "first visits, correlated noise:              the last total ± {:.1}",
        1.96 * matrix.deviation(DAYS)
    );

    // Up to 12 first visits (one a month, say): 12 participations are a group of 12, whose ρ is 144 times as much.
    let twelfth = MatrixCounter::new(DAYS, 1, Rho::new(0.5 / 144.0)?)?;
    println!(
        "twelve visits of each, correlated noise:     the last total ± {:.0}",
        1.96 * twelfth.deviation(DAYS)
    );

    // The counter is charged whole, when it is opened. Then it runs for a year.
    let mut ledger = MemoryLedger::new(Amount::from(rho));
    let events = vec![matrix.event()?];
    let request = Request::new("visits", "ann", "running totals", "2026", Amount::from(rho), events)?;
    // A ledger on disk knows a request that was charged before: then its noise was drawn, and is not drawn again for nothing.
    let Reserved::New(reservation) = ledger.reserve(&request)? else { return Ok(()) };
    ledger.commit(reservation, b"opened")?;
    let (mut open, mut rng) = (matrix.open(), SecureRng::from_os()?);
    let mut truth = 0;
    for day in 1..=DAYS {
        let visitors = i64::try_from(20 + day * 7 % 13).unwrap_or(0);
        truth += visitors;
        let total = open.add(visitors, &mut rng)?;
        if day % 73 == 0 {
            println!("day {day}: {:.0} ± {:.1}   (exactly {truth})", total.value, 1.96 * total.deviation);
        }
    }
    println!("left: {}", ledger.balance()?.remaining);
    Ok(())
}
