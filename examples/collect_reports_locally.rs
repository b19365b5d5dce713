//! How do I learn how frequent answers are, when nobody trusts me with theirs?
//!
//! `cargo run --example collect_reports_locally`

use incog::{
    SecureRng,
    dp::{
        Epsilon,
        local::{HadamardCollector, HadamardResponse},
    },
};

fn main() -> incog::Result<()> {
    let answers = ["never", "once", "monthly", "weekly", "daily"];
    let oracle = HadamardResponse::new(5, Epsilon::parse("1")?)?;

    // On each person's device: the answer stays there, the report is ε-differentially private by itself.
    let mut rng = SecureRng::from_os()?;
    let reports = (0..20_000u32).map(|person| {
        let answer = if person % 10 < 6 { 0 } else { person % 5 };
        oracle.report(answer, &mut rng)
    });

    // With you: estimates without bias, each with its standard deviation.
    let mut collector = HadamardCollector::new(oracle);
    for report in reports {
        collector.add(report?)?;
    }
    for (answer, estimate) in answers.iter().zip(collector.estimates()) {
        println!("{answer:8} {:6.0} of 20,000, give or take {:.0}", estimate.count, 2.0 * estimate.deviation);
    }
    Ok(())
}
