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

#[cfg(test)]
mod tests {
    use super::*;

    fn joint(probabilities: &[f64], last_cell: i64, moved: u64, epsilon: &str) -> Joint {
        let probabilities: Vec<Probability> =
            probabilities.iter().map(|&p| Probability::new(p).unwrap()).collect();
        let price = Price::Epsilon(Epsilon::parse(epsilon).unwrap());
        Joint::new(&probabilities, last_cell, moved, price).unwrap()
    }

    #[test]
    fn a_probability_has_six_places_and_is_in_its_range() {
        for (value, millionths) in
            [(0.0, 0), (1.0, 1_000_000), (0.5, 500_000), (0.000_001, 1), (0.123_456, 123_456)]
        {
            assert_eq!(Probability::new(value).unwrap(), Probability(millionths));
        }
        for value in [-0.5, 1.5, 1.000_001, 2.0, 0.123_456_7, 0.000_000_1, f64::NAN, f64::INFINITY] {
            assert!(Probability::new(value).is_err(), "{value}");
        }
    }

    #[test]
    fn levels_are_those_of_a_balanced_tree() {
        for (quantiles, levels) in [(1i32, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4)] {
            let asked: Vec<f64> = (1..=quantiles).map(|i| f64::from(i) / 10.0).collect();
            assert_eq!(joint(&asked, 9, 1, "8").levels(), levels, "{quantiles}");
        }
    }

    /// Five quantiles: the middle one of all, then the middle ones of both sides, then what is left, with the shares between
    /// their neighbors and the rates `ε / (2 moved step)`, in lowest terms, all by hand.
    #[test]
    fn quantiles_are_cut_at_the_middle_and_priced_by_how_far_a_row_moves_them() {
        let joint = joint(&[0.9, 0.1, 0.5, 0.25, 0.7], 99, 3, "3");
        assert_eq!(joint.order(), [4, 0, 2, 1, 3]);
        let ranks = Ranks::default();
        let cuts = joint.cuts().unwrap();
        let found: Vec<_> = cuts
            .iter()
            .map(|cut| {
                assert_eq!(cut.price, Epsilon::parse("1").unwrap());
                let choice = joint.choice(&ranks, 5, 9, cut);
                assert_eq!((choice.slots, choice.from, choice.to), (1024, 5, 9));
                assert_eq!((choice.part, choice.whole), (cut.share.into(), cut.whole.into()));
                (cut.level, cut.quantile, cut.low, cut.high, cut.share, cut.whole, choice.rate)
            })
            .collect();
        assert_eq!(
            found,
            [
                (0, 2, None, None, 500_000, 1_000_000, (1, 6 * 500_000 * 1024)),
                (1, 1, None, Some(2), 250_000, 500_000, (1, 6 * 250_000 * 1024)),
                (1, 4, Some(2), None, 400_000, 500_000, (1, 6 * 400_000 * 1024)),
                (2, 0, None, Some(1), 100_000, 250_000, (1, 6 * 150_000 * 1024)),
                (2, 3, Some(2), Some(4), 200_000, 400_000, (1, 6 * 200_000 * 1024)),
            ]
        );
        // One quantile alone needs no parts of a cell: 0.7 / (2 * 0.75 * 10^6).
        let joint = self::joint(&[0.25], 99, 1, "0.7");
        let choice = joint.choice(&ranks, 0, 100, &joint.cuts().unwrap()[0]);
        assert_eq!((choice.slots, choice.rate), (1, (7, 15_000_000)));
    }

    /// Each is `2 moved step ln(slots quantiles / (1 - confidence)) / ε` and the larger error of its neighbors, by hand:
    /// ln(100 / 0.05) = 7.6009; ln(102,400 * 5 / 0.1) = 15.4488 and 2 * 3 of it 92.692.
    #[test]
    fn rank_errors_are_those_of_the_formula() {
        assert_eq!(joint(&[0.25], 99, 2, "1").rank_errors(0.95).unwrap(), [23.0]); // 4 * 0.75 * 7.6009 = 22.80
        // 1500 ln(100 / 0.05) = 11,401.35: a cell more or less would be 15 ranks.
        assert_eq!(joint(&[0.25], 99, 1000, "1").rank_errors(0.95).unwrap(), [11_402.0]);
        let errors = joint(&[0.1, 0.25, 0.5, 0.7, 0.9], 99, 3, "3").rank_errors(0.9).unwrap();
        // Steps 1/2; then 1/2 and 4/5; then 3/5 and 1/2: 46.35; 92.69, 120.50; 148.31, 166.85.
        assert_eq!(errors, [149.0, 93.0, 47.0, 167.0, 121.0]);
    }

    #[test]
    fn each_quantile_is_chosen_between_its_neighbors_and_not_at_all_where_they_are_one_slot() {
        let joint = joint(&[0.1, 0.25, 0.5, 0.7, 0.9], 99, 3, "3");
        let mut asked = Vec::new();
        let cells = joint.draw(&Ranks::default(), &mut |priced, choice| {
            asked.push((priced.level, choice.from, choice.to));
            Ok([5127, 2000, 5127, 1999][asked.len() - 1])
        });
        assert_eq!(cells.unwrap(), [1, 1, 5, 5, 5]);
        assert_eq!(asked, [(0, 0, 102_400), (1, 0, 5127), (1, 5127, 102_400), (2, 0, 2000)]);
    }
}
