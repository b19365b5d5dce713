//! Bins of a histogram: public edges, and the kernel that counts.

use crate::{
    dp::aggregate::Unreadable,
    error::{Error, Result},
    num,
};

/// Public bins over a range of numbers.
///
/// Bin `i` holds the numbers from edge `i` on, up to edge `i + 1`; the last one holds its upper edge too. Numbers
/// outside of all bins count in the nearest one.
///
/// # Examples
/// ```
/// use incog::dp::Bins;
/// let decades = Bins::uniform(0.0, 100.0, 10)?;
/// assert_eq!((decades.count(), decades.label(3)), (10, "[30, 40)".to_owned()));
/// let ages = Bins::from_edges([0.0, 18.0, 65.0, 120.0])?;
/// assert_eq!(ages.label(2), "[65, 120]");
/// assert_eq!(
///     Bins::from_edges([0.0, 18.0, 18.0]).unwrap_err().to_string(),
///     "the edges of bins must be 2 to 65537 finite numbers in ascending order, at most 1e100 in size, got 3",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    edges: Vec<f64>,
    /// Bins per unit, if all are equally wide.
    per_unit: Option<f64>,
}

impl Bins {
    /// `count` bins of equal width from `lower` to `upper`.
    ///
    /// # Errors
    /// `Parameter` unless `1 ≤ count ≤ 65536` and the bounds are finite, ascending, at most 1e100 in size and not
    /// so near to each other that edges coincide.
    pub fn uniform(lower: f64, upper: f64, count: u32) -> Result<Self> {
        let width = (upper - lower) / f64::from(count.max(1));
        let inner = (1..count.clamp(1, MOST)).map(|i| lower + f64::from(i) * width);
        let edges: Vec<f64> = [lower].into_iter().chain(inner).chain([upper]).collect();
        if count == 0 || count > MOST {
            return Err(Error::bin_count(count, MOST));
        }
        let mut bins = Bins::from_edges(edges)?;
        bins.per_unit = Some(f64::from(count) / (upper - lower)).filter(|per_unit| per_unit.is_normal());
        Ok(bins)
    }

    /// Bins between these edges.
    ///
    /// # Errors
    /// `Parameter` unless they are 2 to 65537 finite numbers in ascending order, at most 1e100 in size.
    pub fn from_edges(edges: impl IntoIterator<Item = f64>) -> Result<Self> {
        let edges: Vec<f64> = edges.into_iter().collect();
        let ascending = edges.windows(2).all(|pair| pair[0] < pair[1]);
        let ordinary = edges.iter().all(|edge| edge.is_finite() && edge.abs() <= LARGEST);
        if !ascending || !ordinary || edges.len() < 2 || num::count(edges.len()) > u64::from(MOST) + 1 {
            return Err(Error::bin_edges(edges.len(), MOST));
        }
        Ok(Bins { edges, per_unit: None })
    }

    /// How many bins there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.edges.len() - 1
    }

    /// The edges, ascending; one more than there are bins.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The interval of a bin, as text.
    ///
    /// # Panics
    /// If there is no such bin.
    #[must_use]
    pub fn label(&self, bin: usize) -> String {
        let close = if bin + 1 == self.count() { ']' } else { ')' };
        format!("[{}, {}{close}", self.edges[bin], self.edges[bin + 1])
    }

    /// The bin of a number; none if it is left out. Equally wide bins are found by a product: it may put
    /// a number that is less than 10^-10 of a width below an edge into the bin above.
    pub(in crate::dp) fn place(&self, value: f64, rule: Unreadable) -> Option<usize> {
        let value = match rule {
            _ if !value.is_nan() => value,
            Unreadable::LeftOut => return None,
            _ => self.stand_in(rule),
        };
        Some(match self.per_unit {
            Some(per_unit) => usize::try_from(self.product(value, per_unit) & MASK).unwrap_or(0),
            None => self.edges[1..self.count()].partition_point(|&edge| edge <= value),
        })
    }

    /// How many of `values` are in each bin, and how many are left out behind them.
    pub(in crate::dp) fn counts(&self, values: &[f64], rule: Unreadable) -> Vec<u64> {
        let mut totals = vec![0u64; self.count() + 1];
        match self.per_unit {
            Some(per_unit) if self.count() < SMALL => {
                for block in values.chunks(BLOCK) {
                    self.small(block, rule, per_unit, &mut totals);
                }
            }
            _ => {
                let out = self.count();
                values.iter().for_each(|&value| totals[self.place(value, rule).unwrap_or(out)] += 1);
            }
        }
        totals
    }

    /// The kernel for few bins: places by vector code, then counts in four rows, so that equal neighbors do not wait
    /// for each other.
    fn small(&self, block: &[f64], rule: Unreadable, per_unit: f64, totals: &mut [u64]) {
        let fill = match rule {
            Unreadable::LeftOut => MAGIC.to_bits() | num::count(self.count()),
            _ => self.product(self.stand_in(rule), per_unit),
        };
        let mut counts = [[0u32; SMALL]; 4];
        let mut places = [0u64; PLACES];
        for values in block.chunks(PLACES) {
            let places = &mut places[..values.len()];
            for (place, &value) in places.iter_mut().zip(values) {
                let found = self.product(value, per_unit);
                *place = if value.is_nan() { fill } else { found };
            }
            let mut fours = places.chunks_exact(4);
            for four in &mut fours {
                for (counts, &place) in counts.iter_mut().zip(four) {
                    counts[low_byte(place)] += 1;
                }
            }
            fours.remainder().iter().for_each(|&place| counts[0][low_byte(place)] += 1);
        }
        for (bin, total) in totals.iter_mut().enumerate() {
            *total += counts.iter().map(|counts| u64::from(counts[bin])).sum::<u64>();
        }
    }

    /// A word whose low bits are the bin of a clamped number. Rounds down by rounding half a bin less to the nearest.
    #[inline(always)]
    fn product(&self, value: f64, per_unit: f64) -> u64 {
        let (lower, last) = (self.edges[0], self.edges.len() - 2);
        let last = f64::from(u32::try_from(last).unwrap_or(0));
        let bins = (value - lower) * per_unit - (0.5 - NUDGE);
        let bins = if bins > 0.0 { bins } else { 0.0 };
        let bins = if bins < last { bins } else { last };
        (bins + MAGIC).to_bits()
    }

    fn stand_in(&self, rule: Unreadable) -> f64 {
        match rule {
            Unreadable::Value(value) => value,
            Unreadable::Upper => self.edges[self.count()],
            Unreadable::Lower | Unreadable::LeftOut => self.edges[0],
        }
    }
}

fn low_byte(place: u64) -> usize {
    usize::from(place.to_le_bytes()[0])
}

/// One answer per bin is held in memory and stored in the ledger.
const MOST: u32 = 1 << 16;
/// Differences of edges are then finite.
const LARGEST: f64 = 1e100;
/// 1.5 * 2^52: adding it to a number below 2^51 in size rounds to a whole number (IEEE 754).
const MAGIC: f64 = 6_755_399_441_055_744.0;
/// The low bits of [`MAGIC`] are zero.
const MASK: u64 = 0xffff_ffff;
/// Exact edges would be ties, which go to even: this moves them up, to the bin that they begin. Above the unit in the
/// last place of 65,536, which is 1.5e-11.
const NUDGE: f64 = 1e-10;
/// Bins, and one for what is left out, that a byte can tell apart.
const SMALL: usize = 256;
/// Places found ahead: they stay in the nearest cache.
const PLACES: usize = 256;
/// Numbers per 32-bit count.
const BLOCK: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges_belong_to_the_bin_that_they_begin() {
        for bins in
            [Bins::uniform(0.0, 100.0, 100).unwrap(), Bins::from_edges((0..=100).map(f64::from)).unwrap()]
        {
            for i in 0u32..100 {
                let place = |value| bins.place(value, Unreadable::Lower).unwrap();
                assert_eq!(place(f64::from(i)), num::index(i));
                assert_eq!(place(f64::from(i) + 0.999), num::index(i));
            }
            assert_eq!(bins.place(100.0, Unreadable::Lower), Some(99));
            assert_eq!(bins.place(f64::INFINITY, Unreadable::Lower), Some(99));
            assert_eq!(bins.place(-1e300, Unreadable::Lower), Some(0));
            assert_eq!(bins.place(f64::NAN, Unreadable::LeftOut), None);
            assert_eq!(bins.place(f64::NAN, Unreadable::Upper), Some(99));
            assert_eq!(bins.place(f64::NAN, Unreadable::Value(7.5)), Some(7));
        }
        let tenths = Bins::uniform(0.0, 1.0, 10).unwrap();
        for i in 0u32..10 {
            assert_eq!(tenths.place(f64::from(i) / 10.0, Unreadable::Lower), Some(num::index(i)));
        }
    }

    #[test]
    fn numbers_and_sizes_of_edges_are_refused_beyond_their_limits_and_taken_at_them() {
        let most = 65_536u32;
        for count in [0, most + 1, most + 2, u32::MAX] {
            let error = Bins::uniform(0.0, 1.0, count).unwrap_err().to_string();
            assert!(error.contains("65536") && error.contains(&count.to_string()), "{error}");
        }
        for count in [1, 2, most - 1, most] {
            assert_eq!(Bins::uniform(0.0, 1.0, count).unwrap().count(), num::index(count));
        }
        for edges in
            [1, 2, num::index(most), num::index(most) + 1, num::index(most) + 2, num::index(most) + 3]
        {
            let bins = Bins::from_edges((0u32..).map(f64::from).take(edges));
            assert_eq!(bins.is_ok(), (2..=num::index(most) + 1).contains(&edges), "{edges}");
        }
        let taken: [&[f64]; 3] = [&[-1e100, 1e100], &[-0.5, 0.0, 5e-324], &[1.0, 1.0 + f64::EPSILON]];
        for edges in taken {
            assert_eq!(Bins::from_edges(edges.iter().copied()).unwrap().edges(), edges);
        }
        let beyond = 1e100f64.next_up();
        let refused: [&[f64]; 11] = [
            &[],
            &[0.0],
            &[1.0, 0.0],
            &[0.0, 2.0, 1.0],
            &[0.0, 0.0, 1.0],
            &[0.0, 1.0, 1.0],
            &[0.0, beyond],
            &[-beyond, 0.0, 1.0],
            &[0.0, f64::INFINITY],
            &[f64::NEG_INFINITY, 0.0],
            &[f64::NAN, 0.0, 1.0],
        ];
        for edges in refused {
            assert!(Bins::from_edges(edges.iter().copied()).is_err(), "{edges:?}");
        }
    }

    #[test]
    fn only_the_last_label_has_its_upper_edge() {
        let bins = Bins::from_edges([-1.0, 0.5, 2.0, 1e6]).unwrap();
        let labels: Vec<String> = (0..bins.count()).map(|bin| bins.label(bin)).collect();
        assert_eq!(labels, ["[-1, 0.5)", "[0.5, 2)", "[2, 1000000]"]);
        assert_eq!(Bins::uniform(0.0, 1.0, 1).unwrap().label(0), "[0, 1]");
    }

    /// With one place for what is left out, 255 bins are what a byte tells apart.
    #[test]
    fn as_many_bins_as_a_byte_counts_and_one_more_or_less() {
        for count in [254u32, 255, 256, 257] {
            let bins = Bins::uniform(0.0, f64::from(count), count).unwrap();
            let values: Vec<f64> = (0..count).map(f64::from).chain([f64::NAN; 3]).collect();
            let mut each = vec![1; num::index(count)];
            each.push(3);
            assert_eq!(bins.counts(&values, Unreadable::LeftOut), each, "{count}");
        }
    }

    proptest! {
        #[test]
        fn the_kernel_counts_what_one_after_another_does(
            values in proptest::collection::vec(prop_oneof![proptest::num::f64::ANY, -3.0..9.0], 0..700),
            count in 1u32..400,
            rule in proptest::sample::select(vec![
                Unreadable::Lower, Unreadable::Upper, Unreadable::Value(0.5), Unreadable::LeftOut,
            ]),
        ) {
            let bins = Bins::uniform(-2.0, 8.0, count).unwrap();
            let mut twin = vec![0u64; bins.count() + 1];
            for &value in &values {
                twin[bins.place(value, rule).unwrap_or(bins.count())] += 1;
            }
            prop_assert_eq!(bins.counts(&values, rule), twin);
            let width = 10.0 / f64::from(count);
            for &value in values.iter().filter(|v| (-2.0..8.0).contains(*v)) {
                let place = bins.place(value, rule).unwrap();
                prop_assert!(bins.edges()[place] <= value + 1e-9 * width && value < bins.edges()[place + 1] + 1e-9 * width);
            }
        }
    }
}
