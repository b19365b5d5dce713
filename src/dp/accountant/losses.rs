//! Sums of privacy losses, so many that they are not listed.
//!
//! A sum of losses is a loss of one half of the mechanisms and one of the other. Of one half, losses are listed with two sums
//! over those above each; then δ for an ε takes one look into that list for each loss of the other half, and 10^12 sums
//! cost a million steps.

use crate::num::{
    Enclosure, count,
    exponential::{exp, exp_m1, ln},
    round::UNIT,
    to_f64,
};

/// The sums of a loss of one list and one of another.
#[derive(Debug)]
pub(super) struct Sums {
    outer: Losses,
    inner: Losses,
    /// For each loss b of `inner` what lies above it, itself included: the sums of mass (1 - e^(b - loss)) and of mass
    /// e^(b - loss). No power in them is above 1, and no digits cancel.
    above: Vec<(f64, f64)>,
}

/// A distribution of finitely many privacy losses under P.
#[derive(Clone, Debug)]
pub(super) struct Losses {
    /// Loss and mass, from the largest loss down. Masses are relative to a common factor, which [`total`](Self::total) takes out.
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
    pub(super) fn randomized_response(epsilon: Enclosure, times: u64) -> Option<Self> {
        let loss = epsilon.middle();
        let odds = exp(loss);
        let at = |k: u64| (2.0 * to_f64(k) - to_f64(times)) * loss;
        let mode = most_likely(times, odds);
        let (mut atoms, mut dropped) = (Vec::new(), 0.0);
        for upwards in [true, false] {
            if !upwards {
                atoms.reverse();
                atoms.push((at(mode), 1.0));
            }
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
        if atoms > HALF_MAX {
            return None;
        }
        let total = |losses: &Losses| losses.total().upper();
        // The longer list in order, once for each of the shorter: a sort that merges what is in order already has little to do.
        let lists = [&self.atoms, &other.atoms];
        let [short, long] = if self.atoms.len() > other.atoms.len() { [lists[1], lists[0]] } else { lists };
        let sums = short.iter().flat_map(|a| long.iter().map(move |b| (a.0 + b.0, a.1 * b.1)));
        let mut sums: Vec<_> = sums.collect();
        sums.sort_by(|a, b| b.0.total_cmp(&a.0));
        let largest = self.largest + other.largest;
        Some(Losses {
            atoms: sums,
            mass_error: self.mass_error + other.mass_error + 2.0 * UNIT,
            loss_error: self.loss_error + other.loss_error + UNIT * largest.upper(),
            dropped: (self.dropped * total(other) + other.dropped * total(self)) * SLACK,
            largest,
        })
    }

    fn is_nothing(&self) -> bool {
        self.largest.upper() <= 0.0
    }

    /// All mass.
    fn total(&self) -> Enclosure {
        let sum = self.atoms.iter().rev().map(|atom| atom.1).sum();
        let error = self.mass_error + 8.0 * UNIT * to_f64(count(self.atoms.len()));
        Enclosure::around(sum, error) + Enclosure::new(0.0, self.dropped)
    }
}

impl Sums {
    pub(super) fn nothing() -> Self {
        Sums { outer: Losses::nothing(), inner: Losses::nothing(), above: Vec::new() }
    }

    /// With the losses of another mechanism; nothing if there would be too many.
    pub(super) fn plus(mut self, more: &Losses) -> Option<Self> {
        let half =
            if self.outer.atoms.len() <= self.inner.atoms.len() { &mut self.outer } else { &mut self.inner };
        *half = if half.is_nothing() { more.clone() } else { half.plus(more)? };
        Some(self)
    }

    /// The longer list inside, with what answers need.
    pub(super) fn ordered(mut self) -> Self {
        if self.outer.atoms.len() > self.inner.atoms.len() {
            std::mem::swap(&mut self.outer, &mut self.inner);
        }
        let (mut gone, mut kept, mut last) = (0.0, 0.0, f64::INFINITY);
        self.above = Vec::with_capacity(self.inner.atoms.len());
        for &(loss, mass) in &self.inner.atoms {
            if kept > 0.0 {
                gone -= kept * exp_m1(loss - last);
                kept *= exp(loss - last);
            }
            kept += mass;
            last = loss;
            self.above.push((gone, kept));
        }
        self
    }

    /// How many sums there are.
    pub(super) fn count(&self) -> u64 {
        count(self.outer.atoms.len()).saturating_mul(count(self.inner.atoms.len()))
    }

    fn largest(&self) -> Enclosure {
        self.outer.largest + self.inner.largest
    }

    fn total(&self) -> Enclosure {
        self.outer.total() * self.inner.total()
    }

    /// Over the sums above ε, that of mass (1 - e^(ε - sum)), and how fast it falls with ε: that of mass e^(ε - sum).
    fn over(&self, epsilon: f64) -> (f64, f64) {
        let (mut sum, mut slope) = (0.0, 0.0);
        // So many of the inner losses are above; from the least outer loss up they only become more.
        let mut above = 0;
        for &(loss, mass) in self.outer.atoms.iter().rev() {
            let place = epsilon - loss;
            above += leading(self.inner.atoms.get(above..).unwrap_or_default(), |atom| atom.0 > place);
            let Some(last) = above.checked_sub(1) else { continue };
            let (Some(&(least, _)), Some(&(gone, kept))) = (self.inner.atoms.get(last), self.above.get(last))
            else {
                continue;
            };
            sum += mass * (gone - kept * exp_m1(place - least));
            slope += mass * kept * exp(place - least);
        }
        (sum, slope)
    }

    /// δ for ε: the sum over losses above ε of mass (1 - e^(ε - loss)).
    pub(super) fn delta(&self, epsilon: Enclosure) -> Enclosure {
        let (outer, inner) = (&self.outer, &self.inner);
        let largest = self.largest().upper();
        // In units: an inner step multiplies by a power (4, and 1) and adds (2), an outer one adds; once there are a power less 1
        // (8), products and sums. Differences of losses have a relative rounding each.
        let steps = to_f64(count(outer.atoms.len())) + to_f64(count(inner.atoms.len())) + 3.0;
        let error = outer.mass_error + inner.mass_error + (8.0 * steps + 4.0 * largest) * UNIT;
        let shift = outer.loss_error + inner.loss_error + 8.0 * UNIT * (largest + epsilon.upper());
        let (least, most) = (self.over(epsilon.upper() + shift).0, self.over(epsilon.lower() - shift).0);
        let sum = Enclosure::around(least, error).hull(Enclosure::around(most, error));
        let dropped = if largest > epsilon.lower() {
            (outer.dropped * inner.total().upper() + inner.dropped * outer.total().upper()) * SLACK
        } else {
            0.0
        };
        ((sum + Enclosure::new(0.0, dropped)) / self.total()).max(Enclosure::ZERO).min(Enclosure::ONE)
    }

    /// The smallest ε for `delta`: estimated, then widened until both ends are certain.
    pub(super) fn epsilon(&self, delta: Enclosure) -> Enclosure {
        let largest = self.largest();
        if delta.upper() <= 0.0 {
            return largest;
        }
        if self.delta(Enclosure::ZERO).upper() <= delta.lower() {
            return Enclosure::ZERO;
        }
        let near = self.estimate(delta.middle() * self.total().middle());
        let ends = |outwards: f64, certain: &dyn Fn(Enclosure) -> bool, limit: f64| {
            let mut width = FIRST_WIDTH * (1.0 + near);
            loop {
                let place = near + outwards * width;
                if (limit - place) * outwards <= 0.0 {
                    return limit;
                }
                if certain(self.delta(Enclosure::exact(place))) {
                    return place;
                }
                width *= 2.0;
            }
        };
        let upper = ends(1.0, &|at| at.upper() <= delta.lower(), largest.upper());
        let lower = ends(-1.0, &|at| at.lower() > delta.upper(), 0.0);
        Enclosure::new(lower.min(upper), upper)
    }

    /// About where the sum is `wanted`: Newton's steps on its logarithm, which is nearly straight, within a bracket.
    fn estimate(&self, wanted: f64) -> f64 {
        let (mut low, mut high) = (0.0, self.largest().upper());
        let mut place = 0.0;
        for _ in 0..STEPS {
            let (sum, slope) = self.over(place);
            if sum > wanted {
                low = place
            } else {
                high = place
            }
            let newton = place + (ln(sum) - ln(wanted)) * sum / slope;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            let moved = (next - place).abs();
            place = next;
            if moved <= 0.5 * FIRST_WIDTH * (1.0 + place) || high <= low {
                break;
            }
        }
        place
    }
}

/// How many of the first atoms are as asked, where those come first: looking twice as far each time.
fn leading(atoms: &[(f64, f64)], asked: impl Fn(&(f64, f64)) -> bool) -> usize {
    let mut reach = 1;
    while atoms.get(reach).is_some_and(&asked) {
        reach *= 2;
    }
    atoms.get(..atoms.len().min(reach)).unwrap_or_default().partition_point(asked)
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
/// As many in one of two halves, of more than one mechanism.
const HALF_MAX: u64 = 1 << 20;
const SLACK: f64 = 1.0 + 1e-9;
/// The first guess of how far an end is from the estimate, relative.
const FIRST_WIDTH: f64 = 1e-14;
/// Of Newton and of halvings.
const STEPS: u32 = 100;

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
            let mut losses = Sums::nothing();
            for (epsilon, times) in groups {
                losses = losses
                    .plus(&Losses::randomized_response(Enclosure::exact(epsilon), times).unwrap())
                    .unwrap();
            }
            let losses = losses.ordered();
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
