//! Any list of events, also as text: refused with one sentence, or two ends that are numbers in order, which no other order of
//! the events and no accountant contradicts; and nothing done costs less than a part of it.

use arbitrary::Arbitrary;
use incog::dp::{
    Delta, Epsilon, Event, EventList, Neighbors,
    accountant::{self, Interval},
    event::{Sampling, StatedScale},
};

#[derive(Arbitrary, Debug)]
pub struct Input<'b> {
    pieces: Vec<Piece>,
    relation: u8,
    log_delta: u8,
    text: &'b str,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Piece {
    kind: u8,
    /// Any number, or a common one.
    noise: Noise,
    rate: Option<u16>,
    count: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Noise {
    Any(f64),
    Common(u16),
}

pub fn holds(input: Input<'_>) {
    if let Some(list) = accepted(serde_json::from_str::<EventList>(input.text).map_err(|e| e.to_string())) {
        let again = serde_json::to_string(&list).expect("a list is written");
        assert_eq!(serde_json::from_str::<EventList>(&again).map_err(|e| e.to_string()), Ok(list));
    }
    let relation = [Neighbors::AddOrRemoveOne, Neighbors::ReplaceOne, Neighbors::ZeroOut]
        [usize::from(input.relation) % 3];
    let events: Vec<Event> = input.pieces.iter().take(4).filter_map(|piece| piece.event()).collect();
    let turned: Vec<Event> = events.iter().rev().cloned().collect();
    let part: Vec<Event> = events.iter().skip(1).cloned().collect();
    let delta = Delta::new(10f64.powi(-i32::from(input.log_delta % 12) - 1)).expect("in range");
    let Some(list) = listed(relation, events) else { return };
    let mut all: Vec<(&str, Interval)> = Vec::new();
    for name in NAMES {
        let Some(found) = epsilon(name, &list, delta) else { continue };
        assert!(found.lower() >= 0.0 && found.lower() <= found.upper(), "{name}: ends out of order");
        // Inside of what is certain only: a sum in another order may be rounded outwards by another amount.
        if let Some(turned) = listed(relation, turned.clone()).and_then(|list| epsilon(name, &list, delta)) {
            assert!(meet(found, turned), "{name}: the order of events counts");
        }
        if let Some(less) = listed(relation, part.clone()).and_then(|list| epsilon(name, &list, delta)) {
            assert!(less.lower() <= found.upper(), "{name}: a part costs more than the whole");
        }
        all.push((name, found));
    }
    // Each holds the truth, so any two meet.
    for (i, (name, one)) in all.iter().enumerate() {
        for (other, two) in &all[i + 1..] {
            assert!(meet(*one, *two), "{name} {one:?} and {other} {two:?}");
        }
    }
}

fn listed(relation: Neighbors, events: Vec<Event>) -> Option<EventList> {
    accepted(EventList::new(relation, events).map_err(|e| e.to_string()))
}

fn epsilon(name: &str, list: &EventList, delta: Delta) -> Option<Interval> {
    let accountant = accountant::named(name).expect("a known name");
    accepted(accountant.compose(list).and_then(|profile| profile.epsilon(delta)).map_err(|e| e.to_string()))
}

fn meet(one: Interval, two: Interval) -> bool {
    one.lower() <= two.upper() && two.lower() <= one.upper()
}

impl Piece {
    fn event(self) -> Option<Event> {
        let noise = match self.noise {
            Noise::Any(noise) => noise,
            Noise::Common(noise) => f64::from(noise % 4000 + 40) / 100.0,
        };
        let epsilon = || Epsilon::new(1.0 / noise);
        let event = match self.kind % 11 {
            0 => Event::gaussian(noise),
            1 => Event::laplace(noise),
            2 => StatedScale::new(noise).map(|scale| Event::discrete_laplace(scale, 2)),
            3 => Event::discrete_gaussian(noise, 1),
            4 => Event::randomized_response(noise / (1.0 + noise), 4),
            5 => epsilon().map(Event::exponential),
            6 => epsilon().map(Event::pure),
            7 => epsilon().map(|epsilon| Event::approximate(epsilon, Delta::new(1e-14).expect("in range"))),
            8 => Event::zcdp(0.5 / (noise * noise)),
            9 => Event::tree(noise, 1 + u64::from(self.count)),
            _ => Event::gaussian(noise)
                .and_then(|event| event.times(7))
                .map(|e| vec![e])
                .and_then(Event::composition),
        };
        let mut event = accepted(event.map_err(|e| e.to_string()))?;
        if let Some(rate) = self.rate {
            let sampling = Sampling::poisson(f64::from(rate) / 65_536.0);
            event = accepted(sampling.and_then(|rate| event.sampled(rate)).map_err(|e| e.to_string()))?;
        }
        accepted(event.times(u64::from(self.count)).map_err(|e| e.to_string()))
    }
}

/// What was made; an error is one line.
fn accepted<T>(made: Result<T, String>) -> Option<T> {
    made.map_err(|words| assert!(words.lines().count() == 1, "no sentence: {words}")).ok()
}

const NAMES: [&str; 6] = ["basic", "zcdp", "rdp", "gaussian", "optimal", "pld"];
