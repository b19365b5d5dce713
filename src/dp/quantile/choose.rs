//! One choice among very many slots, exactly: the exponential mechanism in integers.
//!
//! A slot of distance `γ` is wanted with probability proportional to `exp(-γ)`, and there may be 2^31 slots, most of
//! them far away. They are proposed by layers. With a fraction `c` a little above `ln 2`, layer `k` holds the slots with
//! `k c <= γ < (k + 1) c`; a slot of it is proposed with weight `2^-k` and accepted with probability
//!
//! ```text
//!   exp(-γ) 2^k = exp(-(γ - k c)) exp(-(c - ln 2))^k
//! ```
//!
//! which is a product of coins: the first has a rational exponent (\[CKS20\] Canonne, Kamath, Steinke, *The Discrete
//! Gaussian for Differential Privacy*, arXiv 2004.00010, algorithm 1), and the second has `z = c - ln 2`, a series of
//! positive fractions: `ln 2` is the sum of `1 / (n 2^n)`, and `c` replaces `1/n` by `1/9` from `n = 9` on, so `z` is the
//! sum of `2^-n (1/9 - 1/n)` over `n > 8`. Layers from 64 on are proposed together, with weight `2^-64`, and accepted
//! with `exp(-γ) 2^64`, by further even coins. Weights are whole multiples of `2^-64`, so nothing is rounded. At least
//! one slot has `γ = 0`, and nearly half of the proposals are accepted.
//!
//! Running time depends on the data: on how many rows are near the quantile.

use crate::{
    dp::quantile::Ranks,
    error::Result,
    num,
    rng::{SecureRng, exp_coin, uniform},
};

/// The slots `from..to` of a lattice, the weight in them, and what is looked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::dp) struct Choice<'r> {
    pub(in crate::dp) ranks: &'r Ranks,
    /// Slots per cell.
    pub(in crate::dp) slots: u64,
    pub(in crate::dp) from: u64,
    pub(in crate::dp) to: u64,
    /// The fraction `part / whole` of the weight is to be below.
    pub(in crate::dp) part: u64,
    pub(in crate::dp) whole: u64,
    /// `γ` is the distance, times `rate.0 / rate.1`.
    pub(in crate::dp) rate: (u128, u128),
}

/// Slots of one layer, one after another.
#[derive(Clone, Copy, Debug)]
struct Run {
    from: u64,
    slots: u64,
    layer: u32,
}

impl Choice<'_> {
    /// A slot in `from..to`, which is not empty.
    ///
    /// # Guarantee
    /// For all slots, one is chosen with probability exactly proportional to `exp(-γ)`, given that the stream's words
    /// are uniform and independent.
    pub(in crate::dp) fn draw(&self, rng: &mut SecureRng) -> Result<u64> {
        let (runs, below, above) = self.near();
        let mut weights = [0u128; LAYERS + 1];
        for run in &runs {
            weights[num::index(run.layer)] += u128::from(run.slots) << (LAYERS_BITS - run.layer);
        }
        // The slots below and above of all runs.
        weights[LAYERS] = u128::from(below - self.from) + u128::from(self.to - above);
        let total = weights.iter().sum();
        loop {
            let mut place = uniform(rng, total)?;
            let layer = weights.iter().position(|&weight| match place.checked_sub(weight) {
                Some(rest) => {
                    place = rest;
                    false
                }
                None => true,
            });
            let layer = u32::try_from(layer.unwrap_or(LAYERS)).unwrap_or(LAYERS_BITS);
            // `place` is uniform below the weight of the layer, so this is a uniform number of one of its slots.
            let mut slot = u64::try_from(place >> (LAYERS_BITS - layer)).unwrap_or(0);
            let slot = if layer == LAYERS_BITS {
                if slot < below - self.from { self.from + slot } else { above + slot - (below - self.from) }
            } else {
                let run = runs.iter().filter(|run| run.layer == layer).find(|run| {
                    match slot.checked_sub(run.slots) {
                        Some(rest) => {
                            slot = rest;
                            false
                        }
                        None => true,
                    }
                });
                run.map_or(self.from, |run| run.from + slot)
            };
            if self.accept(slot, layer, rng)? {
                return Ok(slot);
            }
        }
    }

    /// Whether a slot that was proposed with weight `2^-proposed` is taken.
    fn accept(&self, slot: u64, proposed: u32, rng: &mut SecureRng) -> Result<bool> {
        let (layer, rest) = self.layer(self.distance(slot));
        for _ in u64::from(proposed)..layer {
            if !even(rng)? {
                return Ok(false);
            }
        }
        if !exp_coin(rest, self.rate.1 * C.1, rng)? {
            return Ok(false);
        }
        for _ in 0..layer {
            if !z_exp_coin(rng)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The layer of a distance, and what is left of `γ` in units of `1 / (rate.1 * C.1)`.
    ///
    /// A distance whose product does not fit 128 bits is beyond layer 2^40, where an acceptance would take as many
    /// even coins in a row; it is put into the last layer there is.
    fn layer(&self, distance: u128) -> (u64, u128) {
        let width = self.rate.1 * C.0;
        let product = distance.checked_mul(self.rate.0).and_then(|product| product.checked_mul(C.1));
        match product {
            Some(product) => (u64::try_from(product / width).unwrap_or(u64::MAX), product % width),
            None => (u64::MAX, 0),
        }
    }

    /// All slots of layers below 64, in runs, and where they begin and end. Distances fall up to the pivot and rise
    /// behind it, so each layer is at most one run on each side.
    fn near(&self) -> (Vec<Run>, u64, u64) {
        let mut runs = Vec::new();
        let target = self.target();
        let pivot = self.pivot();
        let (mut below, mut above) = (pivot, pivot);
        for layer in 0..LAYERS_BITS {
            if (below, above) == (self.from, self.to) {
                break;
            }
            // The least distance of the next layer.
            let beyond = (u128::from(layer + 1) * self.rate.1 * C.0).div_ceil(self.rate.0 * C.1);
            let end = self.reach((target + beyond).div_ceil(u128::from(self.whole))).min(self.to);
            if end > above {
                runs.push(Run { from: above, slots: end - above, layer });
                above = end;
            }
            let start = match target.checked_sub(beyond) {
                Some(rest) => self.reach(rest / u128::from(self.whole) + 1).max(self.from + 1) - 1,
                None => self.from,
            };
            if start < below {
                runs.push(Run { from: start, slots: below - start, layer });
                below = start;
            }
        }
        (runs, below, above)
    }

    /// A slot of distance zero.
    pub(in crate::dp) fn pivot(&self) -> u64 {
        self.reach(self.target().div_ceil(u128::from(self.whole))).max(self.from + 1) - 1
    }

    /// The first slot, at or above `from`, that has at least `weight` below it, which is in rows times slots per cell.
    fn reach(&self, weight: u128) -> u64 {
        if weight == 0 {
            return self.from;
        }
        let (weight, slots) = (self.weight(self.from) + weight, u128::from(self.slots));
        let Ok(rows) = u64::try_from(weight.div_ceil(slots)) else { return u64::MAX };
        let i = self.ranks.first_upto(rows);
        if i == self.ranks.len() {
            return u64::MAX;
        }
        let (cell, before, rows) = self.ranks.cell(i);
        let inside = (weight - u128::from(before) * slots).div_ceil(u128::from(rows));
        u64::from(cell) * self.slots + u64::try_from(inside).unwrap_or(self.slots)
    }

    /// How far the rank that is looked for is from the ranks that a slot covers, in rows times slots per cell times
    /// `whole`.
    pub(in crate::dp) fn distance(&self, slot: u64) -> u128 {
        let (whole, target) = (u128::from(self.whole), self.target());
        let (from, to) = (whole * self.weight_below(slot), whole * self.weight_below(slot + 1));
        target.saturating_sub(to) + from.saturating_sub(target)
    }

    fn target(&self) -> u128 {
        u128::from(self.part) * self.weight_below(self.to)
    }

    /// The weight in the slots `self.from..slot`, in rows times slots per cell.
    fn weight_below(&self, slot: u64) -> u128 {
        self.weight(slot) - self.weight(self.from)
    }

    fn weight(&self, slot: u64) -> u128 {
        let (cell, inside) = (slot / self.slots, slot % self.slots);
        let i = self.ranks.first_at_or_above(cell);
        if i == self.ranks.len() {
            return u128::from(self.ranks.rows()) * u128::from(self.slots);
        }
        let (found, before, rows) = self.ranks.cell(i);
        let partly = if u64::from(found) == cell { u128::from(rows) * u128::from(inside) } else { 0 };
        u128::from(before) * u128::from(self.slots) + partly
    }
}

fn even(rng: &mut SecureRng) -> Result<bool> {
    Ok(rng.next_u64()? & 1 == 1)
}

/// True with probability `exp(-z)`.
fn z_exp_coin(rng: &mut SecureRng) -> Result<bool> {
    let mut flips = 1u128;
    while z_coin(rng)? && uniform(rng, flips)? == 0 {
        flips += 1;
    }
    Ok(flips % 2 == 1)
}

/// True with probability `z`: the sum of `2^-n (1/9 - 1/n)` over `n > 8`.
fn z_coin(rng: &mut SecureRng) -> Result<bool> {
    let mut n = 0u128;
    loop {
        let word = rng.next_u64()?;
        if word != 0 {
            n += u128::from(word.trailing_zeros() + 1);
            break;
        }
        n += 64;
    }
    // Where the first one of even bits stands is n with probability 2^-n.
    Ok(n > 8 && uniform(rng, 9 * n)? < n - 9)
}

/// Layers that are proposed by themselves: beyond, a layer has at most 2^-32 of the weight of the first one.
const LAYERS: usize = 64;
/// The same, as a number of bits.
const LAYERS_BITS: u32 = 64;
/// `c`: the sum of `1 / (n 2^n)` up to `n = 8`, and `1 / (9 * 2^8)`.
const C: (u128, u128) = (447_187, 645_120);

#[cfg(test)]
mod tests {
    use super::*;

    fn to_f64(value: u128) -> f64 {
        crate::dp::aggregate::to_f64(i128::try_from(value).unwrap())
    }

    /// The twin: the distance of each slot by counting spread rows one by one, its weight by the formula.
    fn twin(choice: &Choice<'_>, cells: &[u32]) -> Vec<f64> {
        let share = |cell: u32, slot: u64| {
            let start = u64::from(cell) * choice.slots;
            slot.saturating_sub(start).min(choice.slots) - choice.from.saturating_sub(start).min(choice.slots)
        };
        let below = |slot: u64| cells.iter().map(|&cell| u128::from(share(cell, slot))).sum::<u128>();
        let target = u128::from(choice.part) * below(choice.to);
        (choice.from..choice.to)
            .map(|slot| {
                let (low, high) =
                    (below(slot) * u128::from(choice.whole), below(slot + 1) * u128::from(choice.whole));
                let distance = target.saturating_sub(high) + low.saturating_sub(target);
                assert_eq!(choice.distance(slot), distance);
                (-to_f64(distance * choice.rate.0) / to_f64(choice.rate.1)).exp()
            })
            .collect()
    }

    fn random(state: &mut u64, bound: u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % bound
    }

    fn random_cells(state: &mut u64) -> Vec<u32> {
        let (rows, spread) = (random(state, 30), random(state, 12) + 1);
        (0..rows).map(|_| u32::try_from(random(state, spread) + 2).unwrap()).collect()
    }

    #[test]
    fn layers_hold_every_slot_once_and_by_its_distance() {
        let mut state = 1;
        for _ in 0..500 {
            let cells = random_cells(&mut state);
            let ranks = Ranks::of_cells(cells.clone());
            let slots = [1, 4][usize::try_from(random(&mut state, 2)).unwrap()];
            let from = random(&mut state, 8 * slots);
            let whole = random(&mut state, 9) + 1;
            let choice = Choice {
                ranks: &ranks,
                slots,
                from,
                to: from + 1 + random(&mut state, 9 * slots),
                part: random(&mut state, whole + 1),
                whole,
                rate: (1, u128::from(random(&mut state, 9) + 1)),
            };
            twin(&choice, &cells);
            let (runs, below, above) = choice.near();
            let mut layers = vec![None; usize::try_from(choice.to - choice.from).unwrap()];
            for run in &runs {
                for slot in run.from..run.from + run.slots {
                    let layer = &mut layers[usize::try_from(slot - choice.from).unwrap()];
                    assert!(layer.is_none());
                    *layer = Some(u64::from(run.layer));
                }
            }
            for (slot, layer) in (choice.from..choice.to).zip(layers) {
                let found = choice.layer(choice.distance(slot)).0;
                assert_eq!(layer, Some(found).filter(|&found| found < 64), "{choice:?}");
                assert_eq!(layer.is_some(), (below..above).contains(&slot));
            }
        }
    }

    /// Chi-square of 40,000 draws against the formula, on random data with ties and parts of cells. One-sided at 6
    /// standard deviations of a normal approximation (Wilson and Hilferty 1931): false alarm 1e-9 each, 1e-8 in all.
    #[test]
    fn quantiles() {
        let mut state = 7;
        let mut rng = SecureRng::from_os().unwrap();
        for _ in 0..12 {
            let cells = random_cells(&mut state);
            let ranks = Ranks::of_cells(cells.clone());
            let slots = [1, 4][usize::try_from(random(&mut state, 2)).unwrap()];
            let whole = random(&mut state, 9) + 1;
            let part = random(&mut state, whole + 1);
            let rate = (1, u128::from(whole * slots * (random(&mut state, 3) + 1)));
            let choice = Choice { ranks: &ranks, slots, from: slots, to: 15 * slots + 1, part, whole, rate };
            let weights = twin(&choice, &cells);
            let total: f64 = weights.iter().sum();
            let mut seen = vec![0u32; weights.len()];
            for _ in 0..40_000 {
                seen[usize::try_from(choice.draw(&mut rng).unwrap() - choice.from).unwrap()] += 1;
            }
            let (mut statistic, mut cells, mut rest) = (0.0, 0u32, (0.0, 0.0));
            let mut add = |seen: f64, expected: f64| {
                statistic += (seen - expected).powi(2) / expected;
                cells += 1;
            };
            for (seen, weight) in seen.into_iter().zip(weights) {
                let expected = weight / total * 40_000.0;
                if expected >= 8.0 {
                    add(f64::from(seen), expected);
                } else {
                    rest = (rest.0 + f64::from(seen), rest.1 + expected);
                }
            }
            if rest.1 >= 8.0 {
                add(rest.0, rest.1);
            }
            if cells > 1 {
                let freedom = f64::from(cells - 1);
                let spread = 2.0 / (9.0 * freedom);
                let deviations = ((statistic / freedom).cbrt() - (1.0 - spread)) / spread.sqrt();
                assert!(deviations < 6.0, "{choice:?}: {deviations}");
            }
        }
    }

    #[test]
    fn coins_fall_as_often_as_their_formula_says() {
        // 200,000 flips each: a standard deviation of at most 224; 6 of them: false alarm 2e-9.
        let mut rng = SecureRng::from_os().unwrap();
        let share = |flip: &mut dyn FnMut() -> bool| (0..200_000).filter(|_| flip()).count();
        for (numerator, denominator) in [(0u128, 1), (1, 3), (7, 10), (1, 1 << 100)] {
            let seen = share(&mut || exp_coin(numerator, denominator, &mut rng).unwrap());
            let expected = (-to_f64(numerator) / to_f64(denominator)).exp() * 2e5;
            assert!((num::to_f64(num::count(seen)) - expected).abs() < 1350.0, "{numerator}/{denominator}");
        }
        // z = 3.7e-5: 2,000,000 flips give 74, standard deviation 8.6.
        let z = to_f64(C.0) / to_f64(C.1) - std::f64::consts::LN_2;
        let seen = (0..2_000_000).filter(|_| z_coin(&mut rng).unwrap()).count();
        assert!((num::to_f64(num::count(seen)) - z * 2e6).abs() < 6.0 * 8.7, "{seen}");
    }
}
