//! What does a guarantee for one person say about a family, or about a person with several accounts?
//!
//! `cargo run --example protect_a_household`
//!
//! The guarantee of a group is weaker than that of a person, and how much is not a matter of taste.

use incog::dp::{
    Delta, Epsilon, Event, EventList, Neighbors, Statement, accountant::Pld, calibrate::Target,
    event::Sampling,
};

fn main() -> incog::Result<()> {
    let (delta, neighbors) = (Delta::parse("1e-6")?, Neighbors::AddOrRemoveOne);
    // Twelve monthly counts with Gaussian noise.
    let year = |noise: f64| EventList::new(neighbors, [Event::gaussian(noise)?.times(12)?]);
    println!("twelve counts with a noise multiplier of 12:");
    let mut alone = 0.0;
    for size in [1, 2, 4, 8] {
        let statement = Statement::of_group(&Pld, size, &year(12.0)?, &[delta], &[])?;
        let epsilon = statement.epsilons()[0].interval.upper();
        println!("  {size} together: ε ≤ {epsilon:.2} at δ = {delta}");
        assert!(epsilon >= f64::from(size) * alone, "a group of {size} costs at least so much");
        if size == 1 {
            alone = epsilon;
        }
    }

    // The other way round: what a person must get so that four together get ε = 1.
    let for_one = Target::new(Epsilon::parse("1")?, delta).noise(&Pld, year)?;
    println!(
        "ε = 1 for one person: noise {:.1}; for four together: {:.1}",
        for_one.value(),
        4.0 * for_one.value()
    );
    let together = Statement::of_group(&Pld, 4, &year(4.0 * for_one.value())?, &[delta], &[])?;
    println!("  checked: ε ≤ {:.2}", together.epsilons()[0].interval.upper());

    // With samples there is no such formula: what holds then is a general bound, and it is dear.
    let step = Event::gaussian(1.1)?.sampled(Sampling::poisson(0.01)?)?.times(1000)?;
    let training = EventList::new(neighbors, [step])?;
    for size in [1, 3] {
        let statement = Statement::of_group(&Pld, size, &training, &[delta], &[])?;
        println!("training, {size} together: ε ≤ {:.2}", statement.epsilons()[0].interval.upper());
    }
    Ok(())
}
