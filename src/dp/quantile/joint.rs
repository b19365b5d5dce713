//! Many quantiles at once: the middle one, then the others on its two sides.

use std::fmt;

use crate::{
    dp::{
        Epsilon,
        price::Price,
        quantile::{Ranks, choose::Choice},
    },
    error::{Error, Result},
    num,
};

/// A probability in millionths, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::dp) struct Probability(u32);

/// Quantiles of one column, with everything that is public about them.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::dp) struct Joint {
    /// Ascending and different.
    sorted: Vec<Probability>,
    /// Where those that were asked for are among them.
    order: Vec<usize>,
    /// The last cell of the lattice; the first one is 0.
    last_cell: u64,
    /// The rows that one person can put in, move or take away.
    moved: u64,
    price: Price,
}

/// The price that all choices of one level share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dp) struct Priced {
    pub(in crate::dp) level: u32,
    pub(in crate::dp) epsilon: Epsilon,
}

impl Probability {
    pub(in crate::dp) fn new(value: f64) -> Result<Self> {
        let text = format!("{value:.6}");
        let whole = text
            .parse::<f64>()
            .ok()
            .filter(|&read| (0.0..=1.0).contains(&value) && read.total_cmp(&value).is_eq());
        let millionths = whole.and_then(|_| text.replace('.', "").parse().ok());
        millionths.map(Probability).ok_or_else(|| Error::quantile_range(value))
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / f64::from(ONE))
    }
}

impl Joint {
    /// Quantiles of rows in cells `0..=last_cell`, where neighboring tables differ in at most `moved` rows.
    pub(in crate::dp) fn new(
        probabilities: &[Probability],
        last_cell: i64,
        moved: u64,
        price: Price,
    ) -> Result<Self> {
        let mut sorted = probabilities.to_vec();
        sorted.sort_unstable();
        let order = probabilities.iter().map(|asked| sorted.partition_point(|known| known < asked)).collect();
        let joint = Joint { sorted, order, last_cell: u64::try_from(last_cell).unwrap_or(0), moved, price };
        price.split(joint.levels())?;
        Ok(joint)
    }

    /// For each quantile that was asked for, its place among all in ascending order.
    pub(in crate::dp) fn order(&self) -> &[usize] {
        &self.order
    }

    /// How many choices one row can be part of.
    pub(in crate::dp) fn levels(&self) -> u32 {
        (num::count(self.sorted.len()) + 1).next_power_of_two().trailing_zeros()
    }

    /// What each level costs, the first one first.
    pub(in crate::dp) fn prices(&self) -> Result<Vec<Epsilon>> {
        Ok(self.price.split(self.levels())?.into_iter().map(Price::choice).collect())
    }

    /// By how many rows the rank of each quantile is off, at most, with probability `confidence` for all together.
    ///
    /// A slot of distance 0 exists in every part, so a distance of more than `t` has a probability of at most the
    /// number of slots times `exp(-t)`; and the rank that is looked for between two cuts is off by at most as much as
    /// the worse of them is. Rows of one cell are cut in 1,024ths when there are many quantiles; that is not in it.
    pub(in crate::dp) fn rank_errors(&self, confidence: f64) -> Result<Vec<f64>> {
        let slots = num::to_f64((self.last_cell + 1) * self.slots());
        let choices = num::to_f64(num::count(self.sorted.len()));
        let tail = (slots * choices / (1.0 - confidence)).ln();
        let mut errors = vec![0.0f64; self.sorted.len()];
        for cut in self.cuts()? {
            let (share, whole) = (f64::from(cut.share), f64::from(cut.whole));
            let step = share.max(whole - share) / whole;
            let own = 2.0 * num::to_f64(self.moved) * step * tail / cut.price.to_f64();
            let of = |neighbor: Option<usize>| neighbor.map_or(0.0, |i| errors[i]);
            errors[cut.quantile] = own + of(cut.low).max(of(cut.high));
        }
        // Ranks are whole for one quantile; for many, a part of a row is not worth a digit.
        Ok(errors.into_iter().map(f64::ceil).collect())
    }

    /// The cells of all quantiles, ascending by probability.
    ///
    /// # Guarantee
    /// For all rows, and for all others that differ in `moved` of them, the cells are within `epsilon` in max
    /// divergence, and those of each level are within the bounded range of its price. Proof in
    /// `docs/proofs/quantiles.md`.
    pub(in crate::dp) fn draw(
        &self,
        ranks: &Ranks,
        choose: &mut impl FnMut(Priced, &Choice<'_>) -> Result<u64>,
    ) -> Result<Vec<u64>> {
        let mut found = vec![0; self.sorted.len()];
        for cut in self.cuts()? {
            let from = cut.low.map_or(0, |i| found[i]);
            let to = cut.high.map_or((self.last_cell + 1) * self.slots(), |i| found[i]);
            found[cut.quantile] = if from == to {
                // Both neighbors are in one slot, and so is this one.
                from
            } else {
                choose(Priced { level: cut.level, epsilon: cut.price }, &self.choice(ranks, from, to, &cut))?
            };
        }
        Ok(found.into_iter().map(|slot| slot / self.slots()).collect())
    }

    /// Which quantile is looked for between which two, level by level.
    fn cuts(&self) -> Result<Vec<Cut>> {
        let mut cuts = Vec::with_capacity(self.sorted.len());
        let mut parts = vec![(None, None, 0, self.sorted.len())];
        for (level, price) in (0..).zip(self.prices()?) {
            let mut next = Vec::new();
            for (low, high, first, end) in parts.into_iter().filter(|(.., first, end)| first < end) {
                let quantile: usize = first + (end - first) / 2;
                let at = |neighbor: Option<usize>, edge| neighbor.map_or(edge, |i| self.sorted[i].0);
                let (start, stop) = (at(low, 0), at(high, ONE));
                let share = self.sorted[quantile].0 - start;
                cuts.push(Cut { level, quantile, low, high, share, whole: stop - start, price });
                next.push((low, Some(quantile), first, quantile));
                next.push((Some(quantile), high, quantile + 1, end));
            }
            parts = next;
        }
        Ok(cuts)
    }

    /// The price buys `exp(-distance * price / (2 moved s))`, where a row moves a distance by at most `s`: the larger
    /// of `share` and `whole - share`, times the slots per cell.
    fn choice<'r>(&self, ranks: &'r Ranks, from: u64, to: u64, cut: &Cut) -> Choice<'r> {
        let step = u128::from(cut.share.max(cut.whole - cut.share)) * u128::from(self.slots());
        let rate = (u128::from(cut.price.units()), 2 * u128::from(self.moved) * step * UNITS_PER_ONE);
        let divisor = common_divisor(rate.0, rate.1);
        Choice {
            ranks,
            slots: self.slots(),
            from,
            to,
            part: u64::from(cut.share),
            whole: u64::from(cut.whole),
            rate: (rate.0 / divisor, rate.1 / divisor),
        }
    }

    fn slots(&self) -> u64 {
        if self.sorted.len() == 1 { 1 } else { SLOTS }
    }
}

/// One choice: a quantile between two that are found already, or the ends.
struct Cut {
    level: u32,
    quantile: usize,
    low: Option<usize>,
    high: Option<usize>,
    /// The fraction `share / whole` of the weight between the two is below it.
    share: u32,
    whole: u32,
    price: Epsilon,
}

fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// Millionths in 1.
const ONE: u32 = 1_000_000;
/// ε is held in units of 1e-12.
const UNITS_PER_ONE: u128 = 1_000_000_000_000;
/// Rows of one cell are cut this fine. Each doubling adds `ln 2` to the tail of a choice.
const SLOTS: u64 = 1024;
