//! A privacy statement: what a list of events guarantees, for which neighbors, found how, and what that assumes.

use std::fmt;

use crate::{
    dp::{
        Delta, Epsilon, EventList, Neighbors,
        accountant::{Accountant, Group, Interval},
        event::{Event, Mechanism, NoiseUnit, Sampling},
    },
    error::Result,
};

/// What a list of events guarantees, in a form to publish beside a model or a table of statistics.
///
/// It names the relation between neighbors, the mechanisms and the sampling, the accountant and how it found its answer
/// (order, grid or formula), both ends of the interval, and the assumptions that nobody can check from the outside. Its
/// [`Display`](fmt::Display) is the text; with the feature `serde` it serializes to JSON.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, Statement, accountant::Rdp, event::Sampling};
/// let step = Event::gaussian(1.1)?.sampled(Sampling::poisson(0.01)?)?;
/// let training = EventList::new(Neighbors::AddOrRemoveOne, [step.times(1000)?])?;
/// let statement = Statement::new(&Rdp, &training, &[Delta::parse("1e-5")?], &[])?;
/// assert!(statement.to_string().contains("Each record is in the sample of a step by itself"));
/// assert!(statement.epsilons()[0].interval.upper() < 2.1);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Statement {
    accountant: String,
    neighbors: Neighbors,
    group: u32,
    #[cfg_attr(feature = "serde", serde(rename = "epsilon"))]
    epsilons: Vec<EpsilonAt>,
    #[cfg_attr(feature = "serde", serde(rename = "delta"))]
    deltas: Vec<DeltaAt>,
    events: Vec<Event>,
    assumptions: Vec<String>,
}

/// The ε for a δ.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Event, EventList, Neighbors, Statement, accountant::Rdp};
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(4.0)?.times(10)?])?;
/// let deltas = [Delta::parse("1e-5")?, Delta::parse("1e-9")?];
/// let statement = Statement::new(&Rdp, &list, &deltas, &[])?;
/// for answer in statement.epsilons() {
///     println!("ε ≤ {:.3} at δ = {} ({})", answer.interval.upper(), answer.delta, answer.method);
/// }
/// let [first, second] = statement.epsilons() else { panic!("two were asked for") };
/// assert!(first.interval.upper() < second.interval.upper(), "a smaller δ has a larger ε");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EpsilonAt {
    /// The δ.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_number"))]
    pub delta: Delta,
    /// The smallest ε for it lies here.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub interval: Interval,
    /// How it was found.
    pub method: String,
}

/// The δ for an ε.
///
/// # Examples
/// ```
/// use incog::dp::{Epsilon, Event, EventList, Neighbors, Statement, accountant::Rdp};
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [Event::gaussian(4.0)?.times(10)?])?;
/// let statement = Statement::new(&Rdp, &list, &[], &[Epsilon::parse("2")?, Epsilon::parse("4")?])?;
/// let [at_two, at_four] = statement.deltas() else { panic!("two were asked for") };
/// assert_eq!(at_two.epsilon, Epsilon::parse("2")?);
/// // What is more likely than e^4 times is far rarer than what is more likely than e^2 times.
/// assert!(at_four.interval.upper() < 0.1 * at_two.interval.upper());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DeltaAt {
    /// The ε.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_number"))]
    pub epsilon: Epsilon,
    /// The smallest δ for it lies here.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub interval: Interval,
}

impl Statement {
    /// What `events` guarantee by `accountant`: an ε for each δ and a δ for each ε, in the order given.
    ///
    /// # Errors
    /// Those of the accountant.
    pub fn new(
        accountant: &dyn Accountant,
        events: &EventList,
        deltas: &[Delta],
        epsilons: &[Epsilon],
    ) -> Result<Self> {
        Statement::of_group(accountant, 1, events, deltas, epsilons)
    }

    /// The same for groups of up to `size` records that act together; see [`Group`].
    ///
    /// # Errors
    /// Those of the accountant, and of [`Group::new`].
    pub fn of_group(
        accountant: &dyn Accountant,
        size: u32,
        events: &EventList,
        deltas: &[Delta],
        epsilons: &[Epsilon],
    ) -> Result<Self> {
        let profile = Group::new(accountant, size)?.compose(events)?;
        let epsilon_at = |&delta: &Delta| {
            let (interval, method) = profile.explained(delta)?;
            Ok(EpsilonAt { delta, interval, method })
        };
        let delta_at = |&epsilon: &Epsilon| Ok(DeltaAt { epsilon, interval: profile.delta(epsilon)? });
        Ok(Statement {
            accountant: accountant.name().to_owned(),
            neighbors: events.neighbors(),
            group: size,
            epsilons: deltas.iter().map(epsilon_at).collect::<Result<_>>()?,
            deltas: epsilons.iter().map(delta_at).collect::<Result<_>>()?,
            events: events.events().to_vec(),
            assumptions: assumptions(events),
        })
    }

    /// The answers for the δ that were asked.
    #[must_use]
    pub fn epsilons(&self) -> &[EpsilonAt] {
        &self.epsilons
    }

    /// The answers for the ε that were asked.
    #[must_use]
    pub fn deltas(&self) -> &[DeltaAt] {
        &self.deltas
    }

    /// What must be true for the answers to hold, a sentence each.
    #[must_use]
    pub fn assumptions(&self) -> &[String] {
        &self.assumptions
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.group {
            1 => "a record".to_owned(),
            size => format!("groups of up to {size} records"),
        };
        writeln!(f, "Differential privacy of {whose}; neighbors: {}.", relation(self.neighbors))?;
        for answer in &self.epsilons {
            let (delta, interval) = (answer.delta, answer.interval);
            writeln!(f, "  δ = {delta}: {}", Bounds("ε", interval))?;
            writeln!(f, "    by {}: {}", self.accountant, answer.method)?;
        }
        for answer in &self.deltas {
            writeln!(f, "  ε = {}: {}", answer.epsilon, Bounds("δ", answer.interval))?;
            writeln!(f, "    by {}", self.accountant)?;
        }
        writeln!(f, "What was done:")?;
        for event in self.events.iter().take(LISTED) {
            writeln!(f, "  {}", described(event))?;
        }
        if self.events.len() > LISTED {
            writeln!(f, "  and {} more", self.events.len() - LISTED)?;
        }
        writeln!(f, "Assumed, and not checked by this statement:")?;
        for assumption in &self.assumptions {
            writeln!(f, "  - {assumption}")?;
        }
        Ok(())
    }
}

/// An interval in words: the upper end is the guarantee.
struct Bounds(&'static str, Interval);

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bounds(name, interval) = self;
        let (lower, upper) = (interval.lower(), interval.upper());
        if upper.is_infinite() {
            return write!(f, "no finite {name} is known");
        }
        write!(f, "{name} ≤ {}", Rounded(upper, Towards::Above))?;
        if lower > 0.0 {
            write!(f, ", and no less than {}", Rounded(lower, Towards::Below))?;
        }
        Ok(())
    }
}

/// Seven significant digits, rounded outwards.
struct Rounded(f64, Towards);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Towards {
    Above,
    Below,
}

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Rounded(number, towards) = self;
        let plain = (1e-4..1e7).contains(&number);
        let decimals = if number >= 1e3 {
            3
        } else if number >= 1.0 {
            6
        } else {
            10
        };
        let text = |x: f64| if plain { format!("{x:.decimals$}") } else { format!("{x:.6e}") };
        let read = |text: &str| text.parse::<f64>().unwrap_or(number);
        // A number that reads back on the wrong side is moved by half a unit of the last digit: it then rounds the other way.
        let nearest = text(number);
        let half = if plain {
            0.5 * 10f64.powi(-i32::try_from(decimals).unwrap_or(10))
        } else {
            0.5e-6 * 10f64.powf(number.log10().floor())
        };
        f.write_str(&match towards {
            Towards::Above if read(&nearest) < number => text(number + half),
            Towards::Below if read(&nearest) > number => text(number - half),
            _ => nearest,
        })
    }
}

fn relation(neighbors: Neighbors) -> &'static str {
    match neighbors {
        Neighbors::AddOrRemoveOne => "one record is added or removed",
        Neighbors::ReplaceOne => "one record is replaced by any other, and the number of records is public",
        Neighbors::ZeroOut => "one record counts as nothing, and the number of records is public",
    }
}

/// An event in a line.
fn described(event: &Event) -> String {
    let what = match event.mechanism() {
        Mechanism::Gaussian { noise_multiplier, unit } => {
            format!("Gaussian noise of {noise_multiplier} times the {}", bound(*unit))
        }
        Mechanism::Laplace { noise_multiplier, unit } => {
            format!("Laplace noise of {noise_multiplier} times the {}", bound(*unit))
        }
        Mechanism::Composition(events) => format!("together [{}]", all_described(events)),
        Mechanism::Parallel(events) => {
            format!("each on its own part of the records [{}]", all_described(events))
        }
        Mechanism::SelectAndRelease { candidate, mean, .. } => {
            format!("the best of on average {mean} runs of [{}]", described(candidate))
        }
        _ => {
            let text = event.to_string();
            text.split(" sampling=")
                .next()
                .and_then(|t| t.split(" count=").next())
                .unwrap_or(&text)
                .to_owned()
        }
    };
    let sample = match event.sampling() {
        Sampling::None => String::new(),
        Sampling::Poisson(rate) => format!(" on a Poisson sample of rate {rate}"),
        Sampling::FixedSize { population, batch } => format!(" on {batch} of {population} records"),
        Sampling::RandomAllocation { steps, selected } => {
            format!(", each record in {selected} of {steps} steps at random")
        }
        Sampling::Shuffled { population, batch } => {
            format!(" on the batches of {batch} of {population} shuffled records")
        }
    };
    let times = if event.count() == 1 { "once".to_owned() } else { format!("{} times", event.count()) };
    format!("{what}{sample}, {times}")
}

/// Events inside of another one.
fn all_described(events: &[Event]) -> String {
    let mut texts: Vec<String> = events.iter().take(LISTED).map(described).collect();
    if events.len() > LISTED {
        texts.push(format!("and {} more", events.len() - LISTED));
    }
    texts.join("; ")
}

fn bound(unit: Option<NoiseUnit>) -> &'static str {
    match unit {
        Some(NoiseUnit::Sensitivity) => "distance between neighbors",
        _ => "bound on one record's contribution",
    }
}

/// A sentence for each kind of thing that the list relies on.
fn assumptions(events: &EventList) -> Vec<String> {
    let mut found = Found::default();
    for event in events.events() {
        found.look(event);
    }
    let sentence = |holds: bool, text: &str| holds.then(|| text.to_owned());
    [
        sentence(true, "A record is all that one person contributed; whoever contributed more than one is protected less."),
        sentence(found.noise, "The noise is drawn afresh from the stated distribution at the stated scale, exactly, and stays secret."),
        sentence(found.bound, "No record contributes more than the bound under the noise multiplier, whatever the record holds (clipping)."),
        sentence(found.stated, "Where only an ε, δ or ρ is stated, the mechanism keeps it."),
        sentence(found.poisson, "Each record is in the sample of a step by itself with the stated probability, independently of other records and steps; who was in a sample, and how many were, stays secret."),
        sentence(found.fixed, "Each step draws its batch afresh, every subset of the stated size equally likely; who was in a batch stays secret."),
        sentence(found.allocation, "Each record draws its steps at random by itself, once a round; who took part in which step stays secret."),
        sentence(found.shuffled, "A record is in at most one batch a pass. No amplification by shuffling is claimed."),
        sentence(found.tree, "A record takes part in one step of a tree, and which one does not depend on other records."),
        sentence(found.parallel, "The part of a record depends on that record alone, and not on others."),
        sentence(true, "The list of events was fixed before the first answer: none of it depends on data or on answers. All intermediate results may be published."),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What kinds of things a list relies on.
#[derive(Default)]
struct Found {
    noise: bool,
    bound: bool,
    stated: bool,
    poisson: bool,
    fixed: bool,
    allocation: bool,
    shuffled: bool,
    tree: bool,
    parallel: bool,
}

impl Found {
    fn look(&mut self, event: &Event) {
        match event.mechanism() {
            Mechanism::Gaussian { .. } | Mechanism::Laplace { .. } => (self.noise, self.bound) = (true, true),
            Mechanism::Tree { .. } => (self.noise, self.bound, self.tree) = (true, true, true),
            Mechanism::DiscreteLaplace { .. }
            | Mechanism::DiscreteGaussian { .. }
            | Mechanism::RandomizedResponse { .. } => self.noise = true,
            Mechanism::Parallel(_) => self.parallel = true,
            Mechanism::Composition(_) => {}
            Mechanism::Exponential { .. }
            | Mechanism::Pure { .. }
            | Mechanism::Approximate { .. }
            | Mechanism::Zcdp { .. }
            | Mechanism::SelectAndRelease { .. } => self.stated = true,
        }
        match event.sampling() {
            Sampling::None => {}
            Sampling::Poisson(_) => self.poisson = true,
            Sampling::FixedSize { .. } => self.fixed = true,
            Sampling::RandomAllocation { .. } => self.allocation = true,
            Sampling::Shuffled { .. } => self.shuffled = true,
        }
        for part in event.mechanism().parts() {
            self.look(part);
        }
    }
}

#[cfg(feature = "serde")]
fn as_number<T: ToString, S: serde::Serializer>(
    amount: &T,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    match amount.to_string().parse::<f64>() {
        Ok(number) => serializer.serialize_f64(number),
        Err(_) => serializer.serialize_str(&amount.to_string()),
    }
}

/// More events than this are counted, not listed.
const LISTED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_inside_of_others_are_described_to_their_end() {
        let sampled = Event::gaussian(2.0).unwrap().sampled(Sampling::poisson(0.25).unwrap()).unwrap();
        let inner = [sampled.times(3).unwrap(), Event::zcdp(0.5).unwrap().times(7).unwrap()];
        let event = Event::select_and_release(Event::composition(inner).unwrap(), 4.0, None).unwrap();
        let event = Event::parallel([event, Event::tree(5.0, 9).unwrap()]).unwrap().times(2).unwrap();
        assert_eq!(
            described(&event),
            "each on its own part of the records [the best of on average 4 runs of [together [Gaussian noise of 2 times the \
             bound on one record's contribution on a Poisson sample of rate 0.25, 3 times; zcdp rho=0.5, 7 times], once], \
             once; tree noise_multiplier=5 steps=9, once], 2 times",
        );
        let many = Event::composition(vec![Event::zcdp(0.5).unwrap(); LISTED + 5]).unwrap();
        assert!(described(&many).ends_with("once; and 5 more], once"));
        let all = Event::composition(vec![Event::zcdp(0.5).unwrap(); LISTED]).unwrap();
        assert!(described(&all).ends_with("zcdp rho=0.5, once], once"), "{}", described(&all));
    }

    #[test]
    fn printed_numbers_are_on_the_safe_side() {
        for x in [
            2.999_999_379_6,
            1.0 / 3.0,
            2.381_693_3,
            1e-9 / 3.0,
            5.0,
            12_345.678_912,
            7e8 / 3.0,
            0.000_123_456_789_123,
        ] {
            let above: f64 = Rounded(x, Towards::Above).to_string().parse().unwrap();
            let below: f64 = Rounded(x, Towards::Below).to_string().parse().unwrap();
            assert!(below <= x && x <= above && above - below <= 2e-6 * x, "{below} {x} {above}");
        }
    }
}
