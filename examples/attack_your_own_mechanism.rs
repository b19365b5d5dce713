//! Does my mechanism keep the ε that it claims? An attack for your own tests.
//!
//! `cargo run --release --example attack_your_own_mechanism --features audit`

use incog::{
    Result, SecureRng,
    audit::Audit,
    dp::{
        Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Session,
        ledger::MemoryLedger,
        noise::{DiscreteLaplace, Scale},
    },
};

fn main() -> Result<()> {
    let (mut a, mut b) = (SecureRng::from_os()?, SecureRng::from_os()?);
    // In a test: a million runs a side, as `Audit::new()` has, and `assert_dp!`.
    let audit = Audit::new().samples(200_000);

    // A query, on two tables that differ by one person. A trial charges nothing: for made-up tables only.
    let session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
        .ledger(MemoryLedger::new(Budget::ZERO))
        .data_version("made up")
        .build()?;
    let query = Query::sum("charge").clamp(0.0, 100.0).epsilon(Epsilon::parse("1")?).build()?;
    let (patients, charges) = ([0, 1, 2], [20.0, 35.0, 100.0]);
    let table = |rows: usize| {
        Records::new().codes("patient", &patients[..rows], 3)?.numbers("charge", &charges[..rows])
    };
    let (without, with) = (session.trial(&query, table(2)?)?, session.trial(&query, table(3)?)?);
    // Outcomes need an order: here the noisy sum in whole units.
    let seen = |values: &[f64]| values.iter().map(|value| value.floor().to_bits()).collect::<Vec<u64>>();
    let bound = audit.epsilon(
        0.0,
        || Ok(seen(&without.run(&mut a)?.values)),
        || Ok(seen(&with.run(&mut b)?.values)),
    )?;
    println!("the sum, which claims ε = 1: {bound}");

    // Your own: a count whose author took 1 for what a person can add, but everybody has up to two rows.
    let noise = DiscreteLaplace::new(Scale::for_sensitivity(1, Epsilon::parse("1")?)?);
    let bound = audit.epsilon(0.0, || Ok(40 + noise.sample(&mut a)?), || Ok(42 + noise.sample(&mut b)?))?;
    println!("a count of rows that claims ε = 1: {bound}");
    println!("refuted: {}", bound.refutes(1.0));
    Ok(())
}
