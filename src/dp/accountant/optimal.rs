//! Optimal composition of (ε, δ)-differential privacy (\[KOV15\] Kairouz, Oh, Viswanath, *The Composition Theorem for Differential
//! Privacy*, ICML 2015, theorem 3; for different ε as in Murtagh, Vadhan, TCC 2016, theorem 1.5).
//!
//! Among all mechanisms with these ε and δ the most revealing one fails with probability δ, and otherwise answers a
//! question by randomized response. So losses are sums of ±ε, a binomial number of each.

use crate::{
    dp::{
        Delta, Epsilon, EventList, Rounding,
        accountant::{
            Accountant, Interval, PrivacyProfile,
            simple::{Failure, Pair},
        },
        event::{Leaf, Mechanism},
    },
    error::{Error, Result},
    num::{Enclosure, count, exponential::exp, round::UNIT, to_f64},
};

/// Composes mechanisms of which only ε and δ are known, exactly: no accountant can say less.
///
/// Exactly so for events that state an ε or δ and nothing else. Of others, such as Laplace noise, it knows the ε only: what
/// it says of them is an upper bound, and its lower end is 0. Of many different ε it treats as many as have few million sums; [`Pld`](crate::dp::accountant::Pld) treats more.
///
/// # Examples
/// ```
/// use incog::dp::{Delta, Epsilon, Event, EventList, Neighbors, accountant::{Accountant, Basic, Optimal}};
/// let queries = Event::pure(Epsilon::parse("0.1")?).times(100)?;
/// let list = EventList::new(Neighbors::AddOrRemoveOne, [queries])?;
/// let delta = Delta::parse("1e-6")?;
/// let (optimal, basic) = (Optimal.compose(&list)?.epsilon(delta)?, Basic.compose(&list)?.epsilon(delta)?);
/// assert!(optimal.upper() < 4.99 && basic.upper() > 9.99);
/// assert!(optimal.width() < 1e-9);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "a theorem has no settings")]
pub struct Optimal;

impl Accountant for Optimal {
    fn name(&self) -> &'static str {
        "optimal"
    }

    fn compose(&self, events: &EventList) -> Result<Box<dyn PrivacyProfile>> {
        let (mut ways, mut exact) = (Vec::new(), true);
        for way in events.flat(Rounding::Up)? {
            let (mut losses, mut failure) = (Losses::nothing(), Failure::NONE);
            exact &= way.leaves().iter().all(states_no_more);
            for leaf in way.leaves() {
                let pair = Pair::of(leaf, events.neighbors()).ok_or_else(|| {
                    Error::accountant_refuses(
                        leaf,
                        "optimal",
                        "mechanisms with an ε of their own",
                        "'pld' or 'rdp'",
                    )
                })?;
                let times = leaf.event().count();
                failure = failure.and(pair.delta, pair.stated, times);
                let more = Losses::randomized_response(pair.epsilon, times);
                losses =
                    more.and_then(|more| losses.plus(&more)).ok_or_else(|| Error::too_many_losses(leaf))?;
            }
            losses.sort();
            ways.push((losses, failure));
        }
        Ok(Box::new(OptimalProfile { ways, exact }))
    }
}

/// Sums of losses with their masses, for each way to meet a record.
#[derive(Debug)]
struct OptimalProfile {
    ways: Vec<(Losses, Failure)>,
    /// Whether the mechanisms are the most revealing ones with their ε and δ.
    exact: bool,
}

impl PrivacyProfile for OptimalProfile {
    fn epsilon(&self, delta: Delta) -> Result<Interval> {
        let mut epsilon = Enclosure::ZERO;
        for (losses, failure) in &self.ways {
            let way = match failure.rest(delta) {
                // Not even certainly more than δ: the least is not known either.
                None if failure.probability().lower() <= Enclosure::from(delta).upper() => {
                    Enclosure::new(losses.epsilon(Enclosure::ZERO).lower(), f64::INFINITY)
                }
                None => Enclosure::exact(f64::INFINITY),
                Some(rest) => losses.epsilon(rest),
            };
            epsilon = epsilon.max(way);
        }
        Ok(self.interval(epsilon))
    }

    fn delta(&self, epsilon: Epsilon) -> Result<Interval> {
        let epsilon = Enclosure::from(epsilon);
        let deltas = self.ways.iter().map(|(losses, failure)| failure.with(losses.delta(epsilon)));
        let delta = deltas.fold(Enclosure::ZERO, Enclosure::max);
        Ok(self.interval(delta))
    }

    fn method(&self, _delta: Delta) -> String {
        let losses = self.ways.iter().map(|(losses, _)| losses.atoms.len()).max().unwrap_or(0);
        format!("optimal composition, {losses} sums of privacy losses")
    }
}

impl OptimalProfile {
    fn interval(&self, answer: Enclosure) -> Interval {
        Interval::ordered(if self.exact { answer.lower() } else { 0.0 }, answer.upper())
    }
}

/// Whether the event says its ε and δ, on all rows, and nothing else.
fn states_no_more(leaf: &Leaf) -> bool {
    let stated = matches!(leaf.event().mechanism(), Mechanism::Pure { .. } | Mechanism::Approximate { .. });
    stated && leaf.event().sampling().is_none()
}

/// A distribution of finitely many privacy losses under P.
#[derive(Clone, Debug)]
struct Losses {
    /// Loss and mass. Masses are relative to a common factor, which [`total`](Self::total) takes out.
    atoms: Vec<(f64, f64)>,
    /// The relative error of each mass.
    mass_error: f64,
    /// The absolute error of each loss.
    loss_error: f64,
    /// The mass that is left out, wherever it lies.
    dropped: f64,
    /// The largest loss there is.
    largest: Enclosure,
}

impl Losses {
    fn nothing() -> Self {
        Losses {
            atoms: vec![(0.0, 1.0)],
            mass_error: 0.0,
            loss_error: 0.0,
            dropped: 0.0,
            largest: Enclosure::ZERO,
        }
    }

    /// `times` times randomized response: k of them gain ε and the others lose it. Masses follow from their neighbors by
    /// ratios, from the most likely number on, so that no factorial is needed; nothing if there would be too many.
    fn randomized_response(epsilon: Enclosure, times: u64) -> Option<Self> {
        let loss = epsilon.middle();
        let odds = exp(loss);
        let at = |k: u64| (2.0 * to_f64(k) - to_f64(times)) * loss;
        let mode = most_likely(times, odds);
        let (mut atoms, mut dropped) = (vec![(at(mode), 1.0)], 0.0);
        for upwards in [true, false] {
            let (mut k, mut mass) = (mode, 1.0);
            while k != if upwards { times } else { 0 } {
                let ratio = if upwards {
                    to_f64(times - k) / to_f64(k + 1) * odds
                } else {
                    to_f64(k) / (to_f64(times - k + 1) * odds)
                };
                if mass < SMALLEST && ratio < 0.999 {
                    // Ratios only fall: what is left is at most geometric.
                    dropped += mass * ratio / (1.0 - ratio) * SLACK;
                    break;
                }
                k = if upwards { k + 1 } else { k - 1 };
                mass *= ratio;
                atoms.push((at(k), mass));
                if count(atoms.len()) > ATOMS_MAX {
                    return None;
                }
            }
        }
        // Three roundings a step, and the odds are off by the errors of ε and of the exponential.
        let of_epsilon = 0.5 * (epsilon.upper() - epsilon.lower()) + 2.0 * UNIT * loss;
        Some(Losses {
            mass_error: to_f64(count(atoms.len())) * (10.0 * UNIT + 2.0 * of_epsilon),
            loss_error: to_f64(times) * 2.0 * of_epsilon,
            largest: epsilon * Enclosure::count(times),
            atoms,
            dropped,
        })
    }

    /// The distribution of the sum; nothing if it has too many losses.
    fn plus(&self, other: &Losses) -> Option<Self> {
        let atoms = count(self.atoms.len()).checked_mul(count(other.atoms.len()))?;
        if atoms > ATOMS_MAX {
            return None;
        }
        let total = |losses: &Losses| losses.total().upper();
        let sums = self.atoms.iter().flat_map(|a| other.atoms.iter().map(move |b| (a.0 + b.0, a.1 * b.1)));
        let largest = self.largest + other.largest;
        Some(Losses {
            atoms: sums.collect(),
            mass_error: self.mass_error + other.mass_error + 2.0 * UNIT,
            loss_error: self.loss_error + other.loss_error + UNIT * largest.upper(),
            dropped: (self.dropped * total(other) + other.dropped * total(self)) * SLACK,
            largest,
        })
    }

    fn sort(&mut self) {
        self.atoms.sort_by(|a, b| b.0.total_cmp(&a.0));
    }

    /// All mass.
    fn total(&self) -> Enclosure {
        self.sum(self.atoms.iter().rev().map(|atom| atom.1).sum()) + Enclosure::new(0.0, self.dropped)
    }

    /// A sum of masses as it was computed, each step with at most eight roundings.
    fn sum(&self, sum: f64) -> Enclosure {
        Enclosure::around(sum, self.mass_error + 8.0 * UNIT * to_f64(count(self.atoms.len())))
    }

    /// The sum over losses above ε of mass (1 - e^(ε - loss)).
    fn delta(&self, epsilon: Enclosure) -> Enclosure {
        let mut sum = Enclosure::ZERO;
        for &(loss, mass) in &self.atoms {
            let loss = Enclosure::new(loss - self.loss_error, loss + self.loss_error);
            if loss.upper() <= epsilon.lower() {
                break;
            }
            let share = -(epsilon - loss).exp_m1();
            let mass = Enclosure::around(mass, self.mass_error);
            sum = sum + share.max(Enclosure::ZERO) * mass;
        }
        let unknown = if self.largest.upper() > epsilon.lower() { self.dropped } else { 0.0 };
        ((sum + Enclosure::new(0.0, unknown)) / self.total()).max(Enclosure::ZERO).min(Enclosure::ONE)
    }

    /// The smallest ε for `delta`.
    ///
    /// Between two losses δ is S - e^ε T, where S is the mass above and T the sum of mass times e^-loss. It is convex in
    /// e^ε, so that the line of each piece is below it everywhere: the answer is the largest of the answers of all pieces.
    fn epsilon(&self, delta: Enclosure) -> Enclosure {
        let wanted = delta * self.total();
        if wanted.upper() <= 0.0 {
            return self.largest;
        }
        if wanted.lower() <= self.dropped {
            return Enclosure::new(0.0, self.largest.upper());
        }
        let unknown = Enclosure::new(0.0, self.dropped);
        // T is kept relative to e^-loss of the last loss, so that no power exceeds the range of numbers.
        let (mut above, mut scaled, mut last) = (0.0, 0.0, self.atoms.first().map_or(0.0, |atom| atom.0));
        let mut answer = Enclosure::ZERO;
        let mut pieces_after = 0;
        for (i, &(loss, mass)) in self.atoms.iter().enumerate() {
            scaled = scaled * exp(loss - last) + mass;
            above += mass;
            last = loss;
            let next = self.atoms.get(i + 1).map_or(f64::NEG_INFINITY, |atom| atom.0);
            let at_next = above - scaled * exp(next - loss);
            // Pieces whose right end is clearly too low have smaller answers; those around the crossing all count.
            if at_next * (1.0 + 1e-6) < wanted.lower() && next > 0.0 {
                continue;
            }
            let rest = (self.sum(above) + unknown - wanted).max(Enclosure::exact(f64::MIN_POSITIVE));
            let place = Enclosure::new(loss - self.loss_error, loss + self.loss_error);
            answer = answer.max((rest / self.sum(scaled)).ln() + place);
            pieces_after += u32::from(at_next > wanted.upper() * (1.0 + 1e-6));
            if pieces_after > 1 || next <= 0.0 {
                break;
            }
        }
        answer
    }
}

/// The most likely number of gains: the first k with (n - k) e^ε ≤ k + 1.
fn most_likely(times: u64, odds: f64) -> u64 {
    let likely = (to_f64(times) * odds - 1.0) / (1.0 + odds);
    let (mut low, mut high) = (0, times);
    while low < high {
        let middle = low + (high - low) / 2;
        if to_f64(middle) < likely { low = middle + 1 } else { high = middle }
    }
    low
}

/// Masses below this share of the largest are left out, and counted as such.
const SMALLEST: f64 = 1e-40;
/// More sums take too long.
const ATOMS_MAX: u64 = 4_000_000;
const SLACK: f64 = 1.0 + 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    /// δ by going through all 2^n answers.
    fn twin(epsilons: &[f64], epsilon: f64) -> f64 {
        let mut delta = 0.0;
        for answers in 0u32..1 << epsilons.len() {
            let (mut loss, mut mass) = (0.0, 1.0);
            for (i, e) in epsilons.iter().enumerate() {
                let gain = answers >> i & 1 == 1;
                loss += if gain { *e } else { -e };
                mass *= if gain { e.exp() } else { 1.0 } / (1.0 + e.exp());
            }
            if loss > epsilon {
                delta += mass * (1.0 - (epsilon - loss).exp());
            }
        }
        delta
    }

    #[test]
    fn losses_are_those_of_all_answers() {
        for (groups, epsilons) in [
            (vec![(0.3, 5)], vec![0.3; 5]),
            (vec![(1.0, 1)], vec![1.0]),
            (vec![(0.2, 3), (0.5, 4)], [vec![0.2; 3], vec![0.5; 4]].concat()),
            (vec![(2.0, 2), (0.1, 2), (0.7, 1)], vec![2.0, 2.0, 0.1, 0.1, 0.7]),
        ] {
            let mut losses = Losses::nothing();
            for (epsilon, times) in groups {
                losses = losses
                    .plus(&Losses::randomized_response(Enclosure::exact(epsilon), times).unwrap())
                    .unwrap();
            }
            losses.sort();
            for epsilon in [0.01, 0.3, 0.9, 1.4, 2.2, 4.0] {
                let (got, exact) = (losses.delta(Enclosure::exact(epsilon)), twin(&epsilons, epsilon));
                assert!(
                    got.lower() <= exact * (1.0 + 1e-14) && exact * (1.0 - 1e-14) <= got.upper(),
                    "{got:?} {exact}"
                );
                assert!(got.upper() - got.lower() <= 1e-13, "{got:?}");
                if exact > 0.0 {
                    let back = losses.epsilon(Enclosure::exact(exact));
                    assert!(
                        (back.middle() - epsilon).abs() < 1e-9 && back.upper() - back.lower() < 1e-9,
                        "{back:?}"
                    );
                }
            }
        }
    }
}
