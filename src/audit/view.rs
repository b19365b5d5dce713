//! The sides from which a transcript is looked at, and the event that is found there.

use std::fmt;

use crate::{
    audit::{
        event::Event,
        transcript::{Part, Transcript},
    },
    num::count,
};

/// A side from which an outcome is looked at: each makes one number of it, by whose order events are formed.
///
/// Names a place and a property, never a value. Parts are counted from 0 here, and from 1 where they are printed.
///
/// # Examples
/// ```
/// use incog::audit::{Audit, Transcript, View};
/// // Whole numbers on one side, halves on the other: neither size nor order tells them apart.
/// let (mut wholes, mut halves) = ((0..2000).map(f64::from), (0..2000).map(|i| f64::from(i) + 0.5));
/// let bound = Audit::new().samples(2000).epsilon(
///     0.0,
///     || Ok(Transcript::from(wholes.next().unwrap_or_default())),
///     || Ok(Transcript::from(halves.next().unwrap_or_default())),
/// )?;
/// assert_eq!(bound.view(), View::Fraction(0));
/// assert_eq!(bound.view().to_string(), "what is behind the point of part 1");
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum View {
    /// The outcome in its own order.
    Outcome,
    /// All parts, equal or not.
    Whole,
    /// How many parts there are.
    Length,
    /// All labels, equal or not.
    Labels,
    /// The sum of all numbers.
    Sum,
    /// The largest number.
    Largest,
    /// One part: a number by its size, a label by what it is.
    Part(usize),
    /// What is behind the point of a number.
    Fraction(usize),
    /// The remainder of a whole number by 60: holes of every lattice of 2, 3, 4, 5 or 6 steps.
    Remainder(usize),
    /// The exponent of the lowest bit that is set in a number.
    Unit(usize),
    /// The lowest ten bits of the significand of a number.
    LowBits(usize),
    /// How far a number is above the number before it.
    Step(usize),
    /// What all parts say together, each by its best view.
    Together,
}

/// An event of transcripts.
#[allow(missing_debug_implementations, reason = "it holds outcomes, and nobody can name it")]
pub struct Seen {
    view: View,
    event: Event<u64>,
    /// For [`View::Together`]: views, their cells, and how much likelier each cell is on the right, as a logarithm.
    weights: Vec<(View, Event<u64>)>,
}

impl View {
    /// All views of transcripts with so many parts.
    fn all(parts: usize) -> Vec<View> {
        let of_parts = (0..parts.min(LOOKED_AT)).flat_map(View::of_part);
        // Of views that show as much the first one is taken: the simplest to name.
        of_parts.chain([View::Sum, View::Largest, View::Length, View::Labels, View::Whole]).collect()
    }

    fn of_part(i: usize) -> [View; 6] {
        [View::Part(i), View::Fraction(i), View::Remainder(i), View::Unit(i), View::LowBits(i), View::Step(i)]
    }

    /// What the view makes of a transcript.
    fn key(self, transcript: &Transcript) -> u64 {
        let parts = transcript.parts();
        let number = |i: usize| match parts.get(i) {
            Some(Part::Number(number)) => Some(*number),
            _ => None,
        };
        let numbers =
            || parts.iter().filter_map(|part| if let Part::Number(x) = part { Some(*x) } else { None });
        let labels = |part: &Part| if let Part::Label(label) = part { Some(*label) } else { None };
        match self {
            View::Outcome | View::Together => 0,
            View::Whole => digest(parts.iter().map(|part| match part {
                Part::Number(number) => number.to_bits(),
                Part::Label(label) => *label,
            })),
            View::Length => count(parts.len()),
            View::Labels => digest(parts.iter().filter_map(labels)),
            View::Sum => ordered(numbers().sum()),
            View::Largest => ordered(numbers().fold(f64::NEG_INFINITY, f64::max)),
            View::Part(i) => match parts.get(i) {
                Some(Part::Number(number)) => ordered(*number),
                Some(Part::Label(label)) => *label,
                None => ABSENT,
            },
            View::Fraction(i) => number(i).map_or(ABSENT, |x| ordered(x - x.floor())),
            View::Remainder(i) => number(i)
                .filter(|x| x.trunc().to_bits() == x.to_bits())
                .map_or(ABSENT, |x| ordered(x.rem_euclid(60.0))),
            View::Unit(i) => number(i).map_or(ABSENT, lowest_bit),
            View::LowBits(i) => number(i).map_or(ABSENT, |x| x.to_bits() & 0x3ff),
            View::Step(i) => match (i.checked_sub(1).and_then(number), number(i)) {
                (Some(before), Some(x)) => ordered(x - before),
                _ => ABSENT,
            },
        }
    }
}

impl Seen {
    /// The view and the event for which `score` is largest; with all parts together among them. Which view is taken
    /// depends on these runs alone, as the event does.
    pub(super) fn choose(left: &[Transcript], right: &[Transcript], score: &dyn Fn(f64, f64) -> f64) -> Seen {
        let parts = left.iter().chain(right).map(Transcript::len).max().unwrap_or(0);
        let found = |view: View| {
            let keys = |side: &[Transcript]| side.iter().map(|t| view.key(t)).collect::<Vec<u64>>();
            let (left, right) = (keys(left), keys(right));
            let same = left.iter().chain(&right).all(|key| Some(key) == left.first());
            (!same).then(|| Event::choose(&left, &right, score))
        };
        let mut best: Option<(View, Event<u64>)> = None;
        let mut of_parts: Vec<(View, Event<u64>)> = Vec::new();
        for view in View::all(parts) {
            let Some(event) = found(view) else { continue };
            if let View::Part(i)
            | View::Fraction(i)
            | View::Remainder(i)
            | View::Unit(i)
            | View::LowBits(i)
            | View::Step(i) = view
            {
                match of_parts.last_mut() {
                    Some((last, before)) if last.part() == Some(i) => {
                        if event.score > before.score {
                            (*last, *before) = (view, event.clone());
                        }
                    }
                    _ => of_parts.push((view, event.clone())),
                }
            }
            if best.as_ref().is_none_or(|(_, before)| shows_more(&event, before)) {
                best = Some((view, event));
            }
        }
        if of_parts.len() > 1 {
            let weigh = |side: &[Transcript]| side.iter().map(|t| weight(&of_parts, t)).collect::<Vec<u64>>();
            let event = Event::choose(&weigh(left), &weigh(right), score);
            if best.as_ref().is_none_or(|(_, before)| shows_more(&event, before)) {
                return Seen { view: View::Together, event, weights: of_parts };
            }
        }
        let (view, event) = best.unwrap_or_else(|| (View::Whole, Event::choose(&[0], &[0], score)));
        Seen { view, event, weights: Vec::new() }
    }

    pub(super) fn contains(&self, transcript: &Transcript) -> bool {
        let key = if self.weights.is_empty() {
            self.view.key(transcript)
        } else {
            weight(&self.weights, transcript)
        };
        self.event.contains(&key)
    }

    pub(super) fn right(&self) -> bool {
        self.event.right
    }

    pub(super) fn view(&self) -> View {
        self.view
    }
}

impl View {
    fn part(self) -> Option<usize> {
        match self {
            View::Part(i)
            | View::Fraction(i)
            | View::Remainder(i)
            | View::Unit(i)
            | View::LowBits(i)
            | View::Step(i) => Some(i),
            _ => None,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |f: &mut fmt::Formatter<'_>, what: &str, i: usize| write!(f, "{what} {}", i + 1);
        match *self {
            View::Outcome => f.write_str("outcomes"),
            View::Whole => f.write_str("whole transcripts"),
            View::Length => f.write_str("the number of parts"),
            View::Labels => f.write_str("the labels"),
            View::Sum => f.write_str("the sum"),
            View::Largest => f.write_str("the largest number"),
            View::Part(i) => of(f, "part", i),
            View::Fraction(i) => of(f, "what is behind the point of part", i),
            View::Remainder(i) => of(f, "the remainder by 60 of part", i),
            View::Unit(i) => of(f, "the lowest bit set in part", i),
            View::LowBits(i) => of(f, "the low bits of part", i),
            View::Step(i) => of(f, "the step to part", i),
            View::Together => f.write_str("all parts together"),
        }
    }
}

/// Whether it shows more than an event of a view that is simpler to name. Two views of the same thing show as much but for chance,
/// and chance is not to say which one is named.
fn shows_more(event: &Event<u64>, simpler: &Event<u64>) -> bool {
    event.score > simpler.score + CLEARLY * simpler.score.abs()
}

/// What all parts say together: the sum of how much likelier each is on the right, as if they were independent
/// (\[DP-Sniper\] and others train a classifier for it). Whatever it is, it only chooses the event.
fn weight(views: &[(View, Event<u64>)], transcript: &Transcript) -> u64 {
    ordered(views.iter().map(|(view, event)| event.weight(&view.key(transcript))).sum())
}

/// An order of all numbers, with what is no number at its ends: negative ones before, larger ones after.
fn ordered(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The exponent of the lowest bit set, from 1 on; zero has none, nor has what is not finite.
fn lowest_bit(number: f64) -> u64 {
    let bits = number.to_bits();
    let (exponent, significand) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    match (exponent, significand) {
        (0, 0) | (0x7ff, _) => ABSENT,
        (0, subnormal) => 1 + u64::from(subnormal.trailing_zeros()),
        (exponent, significand) => exponent + u64::from((significand | 1 << 52).trailing_zeros()),
    }
}

/// Words as one (FNV-1a, word by word).
fn digest(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        let mixed = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        mixed ^ (mixed >> 29)
    })
}

/// By which share more has to be shown.
const CLEARLY: f64 = 0.005;
/// So many parts are looked at one by one.
const LOOKED_AT: usize = 32;

/// The key of what is not there.
const ABSENT: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order_of_numbers() {
        let numbers = [f64::NEG_INFINITY, -2.5, -1e-310, -0.0, 0.0, 5e-324, 1.0, 1.5, f64::INFINITY];
        assert!(numbers.windows(2).all(|pair| ordered(pair[0]) < ordered(pair[1])));
    }

    #[test]
    fn the_lowest_bit_is_that_of_the_number() {
        // 2^e has its only bit at e; sums have that of the smaller.
        let power = |e: i32| 2f64.powi(e);
        for e in [-1000, -53, -1, 0, 1, 60] {
            let expected = u64::try_from(e + 1075).unwrap();
            assert_eq!(lowest_bit(power(e)), expected);
            assert_eq!(lowest_bit(-power(e) - power(e + 40)), expected);
        }
        assert_eq!(lowest_bit(5e-324), 1);
        assert_eq!(lowest_bit(f64::MIN_POSITIVE), 53);
        assert_eq!([lowest_bit(0.0), lowest_bit(f64::NAN)], [ABSENT; 2]);
    }

    #[test]
    fn every_view_sees_what_it_is_for() {
        let from = |parts: &str| Transcript::parse(parts);
        for (view, one, other) in [
            (View::Whole, "1 a", "1 b"),
            (View::Length, "1 2", "1"),
            (View::Labels, "1 a", "1 b"),
            (View::Sum, "1 2", "1 3"),
            (View::Largest, "1 2", "1 3"),
            (View::Part(1), "1 2", "1 3"),
            (View::Part(1), "1 2", "1 a"),
            (View::Part(1), "1 nan", "1 3"),
            (View::Fraction(0), "4.25", "4.5"),
            (View::Remainder(0), "-3", "4"),
            (View::Unit(0), "0.5", "0.25"),
            (View::LowBits(0), "0.1", "0.5"),
            (View::Step(1), "5 6", "5 7"),
        ] {
            assert_ne!(view.key(&from(one)), view.key(&from(other)), "{view}");
            assert_eq!(view.key(&from(one)), view.key(&from(one)), "{view}");
        }
        // And nothing else.
        assert_eq!(View::Fraction(0).key(&from("4.25")), View::Fraction(0).key(&from("-1.75")));
        assert_eq!(View::Step(1).key(&from("5 6")), View::Step(1).key(&from("7 8")));
        assert_eq!(View::Part(5).key(&from("5 6")), ABSENT);
        assert_eq!(View::Labels.key(&from("1 2")), View::Labels.key(&from("7")));
    }
}
