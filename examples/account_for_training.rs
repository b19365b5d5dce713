//! What does a private training run guarantee, and how much noise would it need?

use incog::dp::{
    Delta, Epsilon, Event, EventList, Neighbors, Statement, accountant::Pld, calibrate::Target,
    event::Sampling,
};

fn main() -> incog::Result<()> {
    // 60,000 records, batches of 256 on average: each record is in a batch by itself with this probability.
    let rate = Sampling::poisson(256.0 / 60_000.0)?;
    let delta = Delta::parse("1e-5")?;
    let training = |noise: f64| {
        let step = Event::gaussian(noise)?.sampled(rate)?;
        EventList::new(Neighbors::AddOrRemoveOne, [step.times(3000)?])
    };

    // The statement to publish beside the model: both ends of ε, how they were found, and what is assumed.
    let statement = Statement::new(&Pld, &training(1.1)?, &[delta], &[])?;
    println!("{statement}");

    // A loader that shuffles and takes one batch after the other is something else, and costs more.
    let loader = Event::gaussian(1.1)?.sampled(Sampling::shuffled(60_000, 256)?)?.times(3000)?;
    let shuffled = EventList::new(Neighbors::ZeroOut, [loader])?;
    let shuffled = Statement::new(&Pld, &shuffled, &[delta], &[])?;
    println!("The same with a loader that shuffles: ε ≤ {:.2}", shuffled.epsilons()[0].interval.upper());

    // The least noise for ε = 1.
    let found = Target::new(Epsilon::parse("1")?, delta).noise(&Pld, training)?;
    println!("For ε = 1 the noise multiplier must be {:.4}.", found.value());
    Ok(())
}
