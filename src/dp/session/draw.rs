//! Bounds, aggregates, adds noise and chooses; then turns what was drawn into values.

use crate::{
    dp::{
        Unreadable,
        aggregate::{self, Clamp, Grouped, Kept, Lattice, NO_GROUP, Numbers},
        quantile::{Choice, Joint, Priced},
        query::{Aggregate, Range},
        release::Answer,
        session::{
            Backend,
            columns::Columns,
            plan::{Measure, Part, Plan, Work, share_of},
            select::{Selection, persons_by_group},
        },
    },
    error::Result,
    num,
    rng::SecureRng,
};

/// Where randomness comes in, and what passes through: all that a query does to the data.
pub(in crate::dp) trait Draws {
    /// What rows of persons beyond the bounds are sampled with.
    fn sampling(&mut self) -> &mut SecureRng;

    /// Adds noise to exact totals.
    fn noise(&mut self, part: &Part, totals: &mut [i128]) -> Result<()>;

    /// Chooses a slot, for a share of this price.
    fn choose(&mut self, price: Priced, choice: &Choice<'_>) -> Result<u64>;

    /// Selects keys by the number of their persons.
    fn select(&mut self, selection: &Selection, keys: &[String], persons: &[u64]) -> Result<Vec<String>>;

    /// Whether the noise came from a seed.
    fn is_insecure(&self) -> bool;
}

impl Draws for SecureRng {
    fn sampling(&mut self) -> &mut SecureRng {
        self
    }

    fn noise(&mut self, part: &Part, totals: &mut [i128]) -> Result<()> {
        part.noise.add_to(self, totals)
    }

    fn choose(&mut self, _: Priced, choice: &Choice<'_>) -> Result<u64> {
        choice.draw(self)
    }

    fn select(&mut self, selection: &Selection, keys: &[String], persons: &[u64]) -> Result<Vec<String>> {
        selection.draw(keys, persons, self)
    }

    fn is_insecure(&self) -> bool {
        SecureRng::is_insecure(self)
    }
}

/// A stream for rows, keys and slots, and noise from elsewhere.
pub(super) struct Backed<'r> {
    pub(super) rng: &'r mut SecureRng,
    pub(super) noise: &'r mut Backend,
}

impl Draws for Backed<'_> {
    fn sampling(&mut self) -> &mut SecureRng {
        self.rng
    }

    fn noise(&mut self, part: &Part, totals: &mut [i128]) -> Result<()> {
        part.noise.add_to(self.noise, totals)
    }

    fn choose(&mut self, price: Priced, choice: &Choice<'_>) -> Result<u64> {
        self.rng.choose(price, choice)
    }

    fn select(&mut self, selection: &Selection, keys: &[String], persons: &[u64]) -> Result<Vec<String>> {
        self.rng.select(selection, keys, persons)
    }

    fn is_insecure(&self) -> bool {
        self.rng.is_insecure() || self.noise.is_insecure()
    }
}

impl Plan<'_> {
    /// Bounds, aggregates, adds noise. Called once per charge.
    ///
    /// # Guarantee
    /// For all neighboring tables whose other persons have the same sample, the totals that are handed to
    /// [`Draws::noise`] are within the sensitivity of their part, and the choices that are handed to [`Draws::choose`]
    /// for one price are within its bounded range together, whatever was drawn before.
    pub(in crate::dp) fn draw(&self, columns: &Columns<'_>, draws: &mut impl Draws) -> Result<Answer> {
        let places = columns.places.as_deref();
        let grouped = self.query.groups.is_some();
        let mut kept =
            aggregate::bounded_rows(columns.persons, places, grouped, self.bounds, draws.sampling())?;
        let selected = match (&self.selection, places) {
            (Some(selection), Some(places)) => {
                let persons = persons_by_group(columns.persons.codes, places, &kept, columns.keys.len());
                let keys = draws.select(selection, &columns.keys, &persons)?;
                // From the places of all keys to those of the selected ones.
                let place =
                    |key: &String| keys.binary_search(key).ok().and_then(|place| u32::try_from(place).ok());
                let moved: Vec<u32> = columns.keys.iter().map(|key| place(key).unwrap_or(NO_GROUP)).collect();
                let of_row = |&place: &u32| moved.get(num::index(place)).copied().unwrap_or(NO_GROUP);
                let places = places.iter().map(of_row).collect::<Vec<u32>>();
                Some((keys, places))
            }
            _ => None,
        };
        let (places, groups) = match &selected {
            Some((keys, moved)) => {
                kept.retain(|row| moved[row] != NO_GROUP);
                (Some(moved.as_slice()), keys.len())
            }
            // All rows that are kept are in the one group.
            None if self.groups() == 1 => (None, 1),
            None => (places, self.groups()),
        };
        let rows = Grouped { kept: &kept, places, groups };
        let clamp = match self.query.measured().map(|of| &of.range) {
            None => None,
            Some(Range::Public(clamp)) => Some(*clamp),
            Some(Range::Found { rule, .. }) => self.find(columns, &kept, *rule, draws)?,
        };
        let values = match self.work(clamp)? {
            Work::Noisy(parts) => {
                let exact = |part: &Part| exact(&part.measure, rows, columns.numbers.as_ref());
                self.noisy(&parts, parts.iter().map(exact).collect(), clamp, draws)?
            }
            Work::Quantiles(joint, lattice) => self.quantiles(&joint, &lattice, rows, columns, draws)?,
        };
        let found = clamp.filter(|_| self.finder.is_some()).map(|clamp| (clamp.lower(), clamp.upper()));
        Ok(Answer {
            insecure: draws.is_insecure(),
            clamp: found,
            keys: selected.map(|(keys, _)| keys),
            values,
        })
    }

    /// Values and errors, from the exact totals of each part.
    pub(super) fn noisy(
        &self,
        parts: &[Part],
        exact: Vec<Vec<i128>>,
        clamp: Option<Clamp>,
        draws: &mut impl Draws,
    ) -> Result<Vec<(f64, f64)>> {
        let mut noisy = Vec::with_capacity(parts.len());
        for (part, mut totals) in parts.iter().zip(exact) {
            draws.noise(part, &mut totals)?;
            let step = part.step();
            noisy.push(totals.into_iter().map(|total| aggregate::to_f64(total) * step).collect::<Vec<f64>>());
        }
        // Once for all groups.
        let errors: Vec<f64> = parts.iter().map(|part| part.error(share_of(0.95, parts.len()))).collect();
        let error = |i: usize| errors.get(i).copied().unwrap_or(f64::INFINITY);
        Ok(match (&self.query.aggregate, clamp, noisy.as_slice()) {
            (Aggregate::Mean(_), Some(clamp), [sums, counts]) => {
                let each = sums.iter().zip(counts);
                each.map(|(&sum, &count)| mean(clamp, sum, count, error(0), error(1))).collect()
            }
            (Aggregate::Variance(_), Some(clamp), [squares, sums, counts]) => {
                let each = squares.iter().zip(sums).zip(counts);
                each.map(|((&square, &sum), &count)| {
                    variance(clamp, (square, sum, count), (error(0), error(1), error(2)))
                })
                .collect()
            }
            _ => noisy.iter().flatten().map(|&value| (value, error(0))).collect(),
        })
    }

    fn quantiles(
        &self,
        joint: &Joint,
        lattice: &Lattice,
        rows: Grouped<'_>,
        columns: &Columns<'_>,
        draws: &mut impl Draws,
    ) -> Result<Vec<(f64, f64)>> {
        let Some(numbers) = &columns.numbers else { return Ok(Vec::new()) };
        let errors = joint.rank_errors(0.95)?;
        let mut values = Vec::new();
        for ranks in rows.ranks(numbers, lattice) {
            let cells = joint.draw(&ranks, &mut |price, choice| draws.choose(price, choice))?;
            for &i in joint.order() {
                let value = lattice.offset() + num::to_f64(cells[i]) * lattice.step();
                values.push((value, errors[i]));
            }
        }
        Ok(values)
    }

    /// Clamp bounds from the noisy histogram of sizes: from the first bin to the last one that holds more than noise
    /// would put into any empty bin, with probability 99.9 %. If there is none, the fullest.
    fn find(
        &self,
        columns: &Columns<'_>,
        kept: &Kept,
        rule: Unreadable,
        draws: &mut impl Draws,
    ) -> Result<Option<Clamp>> {
        let Some(part) = &self.finder else { return Ok(None) };
        let Measure::Bins(bins, _) = &part.measure else { return Ok(None) };
        let rows = Grouped { kept, places: None, groups: 1 };
        let mut totals = exact(&part.measure, rows, columns.numbers.as_ref());
        draws.noise(part, &mut totals)?;
        let threshold = part.error(share_of(0.999, bins.count()));
        let full = |total: &i128| aggregate::to_f64(*total) > threshold;
        let fullest = (0..totals.len()).max_by_key(|&bin| totals[bin]).unwrap_or(0);
        let first = totals.iter().position(full).unwrap_or(fullest);
        let last = totals.iter().rposition(full).unwrap_or(fullest);
        let (lower, upper) = (bins.edges()[first], bins.edges()[last + 1]);
        let rule = match rule {
            Unreadable::Value(value) => Unreadable::Value(value.clamp(lower, upper)),
            rule => rule,
        };
        Clamp::new("", lower, upper, rule).map(Some)
    }
}

/// The exact totals of each group (and bin), in lattice steps. Never released.
fn exact(measure: &Measure, rows: Grouped<'_>, numbers: Option<&Numbers<'_>>) -> Vec<i128> {
    match (measure, numbers) {
        (Measure::Sum(lattice), Some(numbers)) => rows.sums(numbers, lattice),
        (Measure::Bins(bins, rule), Some(numbers)) => rows.bins(numbers, bins, *rule),
        _ => rows.counts(),
    }
}

/// The mean and its error. With sum `S + a` and count `n + c` for exact `S`, `n`, the quotient `m` is off by
/// `(a - m c) / n` exactly, and `n` is at least the noisy count minus the count's error.
fn mean(clamp: Clamp, sum: f64, count: f64, sum_error: f64, count_error: f64) -> (f64, f64) {
    let (quotient, error) = quotient(sum, count, sum_error, count_error);
    let value = (clamp.middle() + quotient).clamp(clamp.lower(), clamp.upper());
    (value, error.min(clamp.width()))
}

/// The variance and its error: with `d1`, `d2` the errors of the mean and of the mean of squares, at most
/// `d2 + d1 (2 |mean| + d1)`.
fn variance(
    clamp: Clamp,
    (square, sum, count): (f64, f64, f64),
    (square_error, sum_error, count_error): (f64, f64, f64),
) -> (f64, f64) {
    let largest = (clamp.width() / 2.0).powi(2);
    let (mean, mean_off) = quotient(sum, count, sum_error, count_error);
    let (mean_square, square_off) = quotient(square, count, square_error, count_error);
    let error = square_off + mean_off * (2.0 * mean.abs() + mean_off);
    ((mean_square - mean * mean).clamp(0.0, largest), error.min(largest))
}

/// A noisy sum by a noisy count, and how far it is off: any distance, where the count may be zero.
fn quotient(sum: f64, count: f64, sum_error: f64, count_error: f64) -> (f64, f64) {
    let quotient = sum / count.max(1.0);
    let least = count - count_error;
    let error = if least >= 1.0 { (sum_error + quotient.abs() * count_error) / least } else { f64::INFINITY };
    (quotient, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [f64; 6] = [1.0, 2.0, 2.0, 3.0, 9.0, 0.5];
    /// Of the sum, the count and the sum of squares.
    const ERRORS: [f64; 3] = [4.0, 3.0, 20.0];

    /// Mean and variance of the rows, ten times each, of their sums with this noise; and how far they may be off.
    fn noisy(noise: [f64; 3], errors: [f64; 3]) -> [(f64, f64); 2] {
        let clamp = Clamp::new("", 0.0, 10.0, Unreadable::Lower).unwrap();
        let from_middle = ROWS.map(|x| x - 5.0);
        let sum = 10.0 * from_middle.iter().sum::<f64>() + noise[0];
        let count = 60.0 + noise[1];
        let square = 10.0 * from_middle.iter().map(|x| x * x).sum::<f64>() + noise[2];
        [
            mean(clamp, sum, count, errors[0], errors[1]),
            variance(clamp, (square, sum, count), (errors[2], errors[0], errors[1])),
        ]
    }

    fn exact() -> [f64; 2] {
        let mean = ROWS.iter().sum::<f64>() / 6.0;
        [mean, ROWS.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 6.0]
    }

    #[test]
    fn without_noise_a_mean_and_a_variance_are_those_of_the_rows() {
        for ((found, error), exact) in noisy([0.0; 3], [0.0; 3]).into_iter().zip(exact()) {
            assert!((found - exact).abs() < 1e-12 && error == 0.0, "{found} {exact} {error}");
        }
    }

    /// The noise at the corners of what it can be, and in between; the bound is met to within a factor of three.
    #[test]
    fn a_mean_and_a_variance_are_as_near_to_those_of_the_rows_as_they_say() {
        let shares = [-1.0, -0.5, 0.0, 0.5, 1.0];
        let mut nearest = [0.0f64; 2];
        for (a, (c, b)) in shares
            .into_iter()
            .flat_map(|a| shares.into_iter().flat_map(move |c| shares.into_iter().map(move |b| (a, (c, b)))))
        {
            let found = noisy([a * ERRORS[0], c * ERRORS[1], b * ERRORS[2]], ERRORS);
            for (i, ((found, error), exact)) in found.into_iter().zip(exact()).enumerate() {
                assert!((found - exact).abs() <= error + 1e-12, "{a} {c} {b}: {found} {exact} {error}");
                nearest[i] = nearest[i].max((found - exact).abs() / error);
            }
        }
        assert!(nearest.iter().all(|&share| share > 1.0 / 3.0), "{nearest:?}");
    }

    /// By hand: a mean of 300 / 100 is off by `(4 + 3 * 3) / 97`, the mean of squares 1000 / 100 by `(20 + 10 * 3) / 97`.
    #[test]
    fn the_errors_of_a_mean_and_a_variance_are_those_of_the_formula() {
        let clamp = Clamp::new("", 0.0, 10.0, Unreadable::Lower).unwrap();
        let off = 13.0 / 97.0;
        assert_eq!(mean(clamp, 300.0, 100.0, 4.0, 3.0), (8.0, off));
        let (value, error) = variance(clamp, (1000.0, 300.0, 100.0), (20.0, 4.0, 3.0));
        let expected = 50.0 / 97.0 + off * (6.0 + off);
        assert!((value - 1.0).abs() < 1e-14 && (error - expected).abs() < 1e-14, "{value} {error}");
        // One row is certain: of a noisy count of 4, off by 3.
        assert_eq!(mean(clamp, 2.0, 4.0, 0.5, 3.0), (5.5, 2.0));
        let (_, of_none) = mean(clamp, 2.0, 4.0f64.next_down(), 0.5, 3.0);
        assert!((of_none - 10.0).abs() < 1e-12, "{of_none}");
    }

    #[test]
    fn where_the_count_may_be_zero_the_error_is_all_that_the_bounds_allow() {
        for errors in [[4.0, 59.5, 20.0], [4.0, 100.0, 20.0]] {
            let [(mean, of_mean), (variance, of_variance)] = noisy([0.0; 3], errors);
            assert_eq!((of_mean, of_variance), (10.0, 25.0), "{mean} {variance}");
        }
        // Far outside of the bounds by noise: the ends of what is possible.
        let [(least, _), (none, _)] = noisy([-1e6, 0.0, -1e6], ERRORS);
        let [(most, _), (largest, _)] = noisy([1e6, 0.0, 1e14], ERRORS);
        assert_eq!((least, most, none, largest), (0.0, 10.0, 0.0, 25.0));
    }
}
