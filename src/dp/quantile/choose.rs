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
    rng::{SecureRng, exp_coin, exp_of_coin, uniform},
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

/// Slots of one layer, one after another. The last layer is all from 64 on.
#[derive(Clone, Copy, Debug)]
struct Run {
    from: u64,
    slots: u64,
    layer: u32,
}

impl Run {
    /// With which it is proposed, in units of `2^-64`.
    fn weight(&self) -> u128 {
        u128::from(self.slots) << (LAYERS - self.layer)
    }
}

/// The slot at a place among the weights of all runs, one after another, and the layer it is proposed with.
fn proposed(runs: &[Run], mut place: u128) -> (u64, u32) {
    let mut last = (0, LAYERS);
    for run in runs {
        last = (run.from, run.layer);
        match place.checked_sub(run.weight()) {
            Some(rest) => place = rest,
            // Uniform below the weight of the run, so this is a uniform number of one of its slots.
            None => return (run.from + u64::try_from(place >> (LAYERS - run.layer)).unwrap_or(0), run.layer),
        }
    }
    last
}

impl Choice<'_> {
    /// A slot in `from..to`, which is not empty.
    ///
    /// # Guarantee
    /// For all slots, one is chosen with probability exactly proportional to `exp(-γ)`, given that the stream's words
    /// are uniform and independent.
    pub(in crate::dp) fn draw(&self, rng: &mut SecureRng) -> Result<u64> {
        let runs = self.runs();
        let total = runs.iter().map(|run| run.weight()).sum();
        loop {
            let (slot, layer) = proposed(&runs, uniform(rng, total)?);
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

    /// All slots in runs, layer by layer, and at last those of the layers from 64 on together. Distances fall up to the
    /// pivot and rise behind it, so each layer is at most one run on each side.
    fn runs(&self) -> Vec<Run> {
        let mut runs = Vec::new();
        let target = self.target();
        let pivot = self.pivot();
        let (mut below, mut above) = (pivot, pivot);
        for layer in 0..LAYERS {
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
                Some(rest) => self.reach(rest / u128::from(self.whole) + 1) - 1,
                None => self.from,
            };
            if start < below {
                runs.push(Run { from: start, slots: below - start, layer });
                below = start;
            }
        }
        runs.push(Run { from: self.from, slots: below - self.from, layer: LAYERS });
        runs.push(Run { from: above, slots: self.to - above, layer: LAYERS });
        runs
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
    exp_of_coin(rng, |rng| z_coin(first_on(rng)?, rng))
}

/// True with probability `1/9 - 1/n`, and never where that is below zero: `z` is the sum of these, each times `2^-n`.
fn z_coin(n: u128, rng: &mut SecureRng) -> Result<bool> {
    Ok(n > 8 && uniform(rng, 9 * n)? < n - 9)
}

/// Where the first one of even bits stands: at `n`, from 1 on, with probability `2^-n`.
fn first_on(rng: &mut SecureRng) -> Result<u128> {
    let mut off = 0;
    loop {
        let word = rng.next_u64()?;
        off += u128::from(word.trailing_zeros());
        if word != 0 {
            return Ok(off + 1);
        }
    }
}

/// Layers that are proposed by themselves: beyond, a layer has at most 2^-32 of the weight of the first one.
const LAYERS: u32 = 64;
/// `c`: the sum of `1 / (n 2^n)` up to `n = 8`, and `1 / (9 * 2^8)`.
const C: (u128, u128) = (447_187, 645_120);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num;

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
        let (mut state, mut far) = (1, 0);
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
                rate: (u128::from(random(&mut state, 5) + 1), u128::from(random(&mut state, 9) + 1)),
            };
            twin(&choice, &cells);
            assert_eq!(choice.distance(choice.pivot()), 0);
            let runs = choice.runs();
            let mut layers = vec![None; usize::try_from(choice.to - choice.from).unwrap()];
            // Each slot is proposed at as many places as its layer has weight, and at no others.
            let mut place = 0;
            for run in &runs {
                for slot in run.from..run.from + run.slots {
                    let layer = &mut layers[usize::try_from(slot - choice.from).unwrap()];
                    assert!(layer.is_none());
                    *layer = Some(u64::from(run.layer));
                    let weight = 1u128 << (64 - run.layer);
                    assert_eq!(proposed(&runs, place), (slot, run.layer));
                    assert_eq!(proposed(&runs, place + weight - 1), (slot, run.layer));
                    place += weight;
                    far += u32::from(run.layer == 64);
                }
            }
            assert_eq!(runs.iter().map(Run::weight).sum::<u128>(), place);
            for (slot, layer) in (choice.from..choice.to).zip(layers) {
                assert_eq!(layer, Some(choice.layer(choice.distance(slot)).0.min(64)), "{choice:?}");
            }
        }
        assert!(far > 100, "{far}");
    }

    /// A slot with γ = 3 is in layer 4; proposed with weight `2^-k` it is taken with probability `exp(-3) 2^k`: 100,000
    /// proposals each, 6 standard deviations, false alarm 2e-9.
    #[test]
    fn a_slot_is_taken_as_often_as_its_proposal_lacks() {
        let ranks = Ranks::of_cells((0..10).collect());
        let choice = Choice { ranks: &ranks, slots: 1, from: 0, to: 10, part: 0, whole: 1, rate: (1, 2) };
        let mut rng = SecureRng::from_os().unwrap();
        for proposed in 0..=4u32 {
            let wanted = (-3f64).exp() * f64::from(1 << proposed);
            let taken = (0..100_000).filter(|_| choice.accept(6, proposed, &mut rng).unwrap()).count();
            let deviation = (1e5 * wanted * (1.0 - wanted)).sqrt();
            assert!(
                (num::to_f64(num::count(taken)) - 1e5 * wanted).abs() < 6.0 * deviation,
                "{proposed}: {taken}"
            );
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
        // 1/9 - 1/n, at n = 9, 10, 18 and 1000; below, it is no probability.
        for (n, part) in
            [(1, 0.0), (8, 0.0), (9, 0.0), (10, 1.0 / 90.0), (18, 1.0 / 18.0), (1000, 991.0 / 9000.0)]
        {
            let seen = num::to_f64(num::count(share(&mut || z_coin(n, &mut rng).unwrap())));
            assert!((seen - part * 2e5).abs() <= 6.0 * (part * 2e5).sqrt(), "{n}: {seen}");
        }
        for n in 1..=6 {
            let seen = num::to_f64(num::count(share(&mut || first_on(&mut rng).unwrap() == n)));
            let expected = 2e5 / f64::from(1 << n);
            assert!((seen - expected).abs() < 6.0 * expected.sqrt(), "{n}: {seen}");
        }
        // z = 3.7e-5: of 2,000,000 flips 74 are false, standard deviation 8.6.
        let z = to_f64(C.0) / to_f64(C.1) - std::f64::consts::LN_2;
        let parts = (9..100).map(|n: i32| 0.5f64.powi(n) * (f64::from(n) - 9.0) / (9.0 * f64::from(n)));
        assert!((z - parts.sum::<f64>()).abs() < 1e-15, "{z}");
        let seen = (0..2_000_000).filter(|_| !z_exp_coin(&mut rng).unwrap()).count();
        assert!((num::to_f64(num::count(seen)) - z * 2e6).abs() < 6.0 * 8.7, "{seen}");
    }
}
