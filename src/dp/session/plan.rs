//! A query with its noise, from public parameters alone.

use crate::{
    dp::{
        Amount, Bins, Budget, ContributionBounds, Currency, Event, Neighbors, Query, Unreadable,
        aggregate::{Clamp, Lattice},
        price::{self, Noise, Price},
        quantile::Joint,
        query::{Aggregate, Range},
        sensitivity::{self, Cells, Sensitivity},
        session::select::Selection,
    },
    error::Result,
};

/// What will be done for a query. Nothing here depends on the data.
pub(in crate::dp) struct Plan<'q> {
    pub(in crate::dp) query: &'q Query,
    pub(in crate::dp) bounds: ContributionBounds,
    neighbors: Neighbors,
    /// The noisy histogram that clamp bounds are found in, if they are.
    pub(in crate::dp) finder: Option<Part>,
    /// How keys are selected, if they are.
    pub(in crate::dp) selection: Option<Selection>,
}

/// What is computed once the clamp bounds are known.
pub(in crate::dp) enum Work {
    /// Noisy vectors, an entry per group (and bin).
    Noisy(Vec<Part>),
    /// Quantiles of each group.
    Quantiles(Joint, Lattice),
}

/// One noisy vector.
#[derive(Clone, Debug)]
pub(in crate::dp) struct Part {
    pub(in crate::dp) measure: Measure,
    pub(in crate::dp) sensitivity: Sensitivity,
    pub(in crate::dp) price: Price,
    pub(in crate::dp) noise: Noise,
}

/// What one row adds.
#[derive(Clone, Debug)]
pub(in crate::dp) enum Measure {
    /// 1.
    Rows,
    /// A point of a lattice.
    Sum(Lattice),
    /// 1 to the bin of its number.
    Bins(Bins, Unreadable),
}

impl<'q> Plan<'q> {
    /// The plan of `query`.
    ///
    /// # Errors
    /// `Parameter` if a noise scale would be out of range, for any clamp bounds that could be found.
    pub(in crate::dp) fn new(
        query: &'q Query,
        neighbors: Neighbors,
        bounds: ContributionBounds,
    ) -> Result<Self> {
        let selection = query.selected();
        let selection = selection.map(|(epsilon, delta)| Selection::new(neighbors, bounds, epsilon, delta));
        let mut plan = Plan { query, bounds, neighbors, finder: None, selection: selection.transpose()? };
        if let Some(Range::Found { price, .. }) = query.measured().map(|of| &of.range) {
            let bins = Bins::from_edges(magnitudes())?;
            plan.finder = Some(plan.part(Measure::Bins(bins, Unreadable::LeftOut), Cells::Binned, *price)?);
        }
        plan.work(plan.public_clamp()?)?;
        Ok(plan)
    }

    /// The clamp bounds of the query; where they are to be found, bounds with which each row moves a sum as far as
    /// any could.
    pub(super) fn public_clamp(&self) -> Result<Option<Clamp>> {
        match self.query.measured().map(|of| &of.range) {
            None => Ok(None),
            Some(Range::Public(clamp)) => Ok(Some(*clamp)),
            Some(Range::Found { .. }) => Clamp::new("", -1.0, 1.0, Unreadable::Lower).map(Some),
        }
    }

    /// What is computed within these clamp bounds.
    pub(in crate::dp) fn work(&self, clamp: Option<Clamp>) -> Result<Work> {
        let price = self.query.price;
        let parts = |measures: Vec<Measure>| {
            let shares = price.split(u32::try_from(measures.len()).unwrap_or(1))?;
            let parts = measures.into_iter().zip(shares);
            let part = |(measure, share)| {
                let cells = self.cells(matches!(measure, Measure::Bins(..)));
                self.part(measure, cells, share)
            };
            parts.map(part).collect::<Result<_>>().map(Work::Noisy)
        };
        match (&self.query.aggregate, clamp) {
            (Aggregate::Sum(_), Some(clamp)) => parts(vec![Measure::Sum(Lattice::of(clamp))]),
            (Aggregate::Mean(_), Some(clamp)) => {
                parts(vec![Measure::Sum(Lattice::centered(clamp)), Measure::Rows])
            }
            (Aggregate::Variance(_), Some(clamp)) => parts(vec![
                Measure::Sum(Lattice::squares(clamp)),
                Measure::Sum(Lattice::centered(clamp)),
                Measure::Rows,
            ]),
            (Aggregate::Quantiles(_, probabilities), Some(clamp)) => {
                let lattice = Lattice::ranks(clamp);
                let moved = sensitivity::moved_rows(self.neighbors, self.bounds, self.cells(false));
                Ok(Work::Quantiles(Joint::new(probabilities, lattice.upper(), moved, price)?, lattice))
            }
            (Aggregate::Histogram { bins, rule, .. }, _) => parts(vec![Measure::Bins(bins.clone(), *rule)]),
            _ => parts(vec![Measure::Rows]),
        }
    }

    fn part(&self, measure: Measure, cells: Cells, price: Price) -> Result<Part> {
        let ends = match &measure {
            Measure::Rows | Measure::Bins(..) => (1, 1),
            Measure::Sum(lattice) => (lattice.lower(), lattice.upper()),
        };
        let sensitivity = Sensitivity::of_sums(self.neighbors, self.bounds, ends, cells);
        let noise = price.noise(sensitivity, self.query.noise)?;
        Ok(Part { measure, sensitivity, price, noise })
    }

    fn cells(&self, binned: bool) -> Cells {
        match (&self.query.groups, binned) {
            (Some(_), _) => Cells::Many,
            (None, true) => Cells::Binned,
            (None, false) => Cells::One,
        }
    }

    /// What is charged in `currency`.
    pub(in crate::dp) fn cost(&self, currency: Currency) -> Result<Amount> {
        let selection = self.query.selected().map(|(epsilon, delta)| {
            Amount::from(Budget::approximate(epsilon, delta)).counted_in(currency).ok()
        });
        let finder = self.finder.iter().map(|part| part.price.stated(currency));
        let prices = finder.chain([self.query.price.stated(currency)]).chain(selection);
        price::cost(currency, self.neighbors, prices, || self.events())
    }

    /// How many groups there are, where that is public.
    pub(in crate::dp) fn groups(&self) -> usize {
        self.query.keys().map_or(1, <[String]>::len)
    }

    /// What will be done to the data.
    pub(in crate::dp) fn events(&self) -> Result<Vec<Event>> {
        let mut events: Vec<Event> = self.selection.iter().map(Selection::event).collect();
        events.extend(self.finder.iter().map(Part::event).collect::<Result<Vec<Event>>>()?);
        match self.work(self.public_clamp()?)? {
            // The lattice of bounds that are not found yet is not known, nor is the scale in its steps.
            Work::Noisy(parts) if self.finder.is_some() => {
                for part in &parts {
                    events.push(match (part.noise, part.price) {
                        (Noise::Laplace(_), price) => Event::pure(price.pure()),
                        _ => part.event()?,
                    });
                }
            }
            Work::Noisy(parts) => {
                for part in &parts {
                    events.push(part.event()?);
                }
            }
            Work::Quantiles(joint, _) => events.extend(joint.prices()?.into_iter().map(Event::exponential)),
        }
        Ok(events)
    }

    /// The error of the query before it is asked: of the worst value, each alone, with probability `confidence`; for
    /// quantiles in ranks. None if it depends on a number of rows that is not given.
    pub(in crate::dp) fn error(&self, confidence: f64) -> Result<Option<f64>> {
        if self.finder.is_some() {
            return Ok(None);
        }
        let clamp = self.public_clamp()?;
        Ok(match self.work(clamp)? {
            Work::Quantiles(joint, _) => joint.rank_errors(confidence)?.into_iter().reduce(f64::max),
            Work::Noisy(parts) => match (parts.as_slice(), clamp) {
                ([part], _) => Some(part.error(confidence)),
                (parts, Some(clamp)) => {
                    self.query.at_least.and_then(|rows| spread(parts, clamp, confidence, rows))
                }
                _ => None,
            },
        })
    }
}

impl Part {
    /// The unit of the vector's entries.
    pub(in crate::dp) fn step(&self) -> f64 {
        match &self.measure {
            Measure::Sum(lattice) => lattice.step(),
            Measure::Rows | Measure::Bins(..) => 1.0,
        }
    }

    /// How far an entry is from the exact one, at most, with probability `confidence`.
    pub(in crate::dp) fn error(&self, confidence: f64) -> f64 {
        self.noise.half_width(confidence) * self.step()
    }

    fn event(&self) -> Result<Event> {
        self.noise.event(self.sensitivity.l1, self.price)
    }
}

/// The error of a mean or a variance over at least `rows` rows.
///
/// With exact sums `S1`, `S2` of the distances from the middle and their squares, `n` rows and noise `a`, `b`, `c` on
/// them, the noisy mean is off by `(a - (S1/n) c) / (n + c)`, and the mean of squares by `(b - (S2/n) c) / (n + c)`. The
/// variance is the mean of squares less the square of the mean. Each noise is within its error with a part of the
/// probability, all of them together with `confidence`. None if the count may then be zero.
fn spread(parts: &[Part], clamp: Clamp, confidence: f64, rows: u64) -> Option<f64> {
    let share = share_of(confidence, parts.len());
    let half = clamp.width() / 2.0;
    let error = |part: &Part| part.error(share);
    let [squares @ .., sum, count] = parts else { return None };
    let least = crate::num::to_f64(rows) - error(count);
    if least < 1.0 {
        return None;
    }
    let mean = (error(sum) + half * error(count)) / least;
    Some(match squares {
        [squares] => {
            let square = (error(squares) + half * half * error(count)) / least;
            (square + mean * (2.0 * half + mean)).min(half * half)
        }
        _ => mean.min(clamp.width()),
    })
}

/// The confidence of each of `parts` errors that hold together with `confidence`.
pub(in crate::dp) fn share_of(confidence: f64, parts: usize) -> f64 {
    1.0 - (1.0 - confidence) / crate::num::to_f64(crate::num::count(parts))
}

/// Edges of the bins in which clamp bounds are found: powers of two from 2^-20 to 2^60, of both signs. What is nearer to
/// zero is in one bin around it, what is farther in the outer ones.
fn magnitudes() -> impl Iterator<Item = f64> {
    let powers = (-20..=60).map(|exponent| 2f64.powi(exponent));
    let negative = (-20..=60).rev().map(|exponent| -(2f64.powi(exponent)));
    negative.chain(powers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::Epsilon;

    #[test]
    fn a_sum_is_moved_by_the_end_of_its_bounds_that_is_farther_from_zero() {
        let bounds = ContributionBounds::new(3, 1).unwrap();
        for (lower, upper, farther) in
            [(-8.0, 2.0, 8.0), (-2.0, 8.0, 8.0), (3.0, 5.0, 5.0), (-5.0, -3.0, 5.0)]
        {
            let query = Query::sum("x").clamp(lower, upper).epsilon(Epsilon::parse("1").unwrap());
            let query = query.build().unwrap();
            let plan = Plan::new(&query, Neighbors::AddOrRemoveOne, bounds).unwrap();
            let clamp = plan.public_clamp().unwrap();
            let Work::Noisy(parts) = plan.work(clamp).unwrap() else { panic!("of another kind") };
            let moved: Vec<f64> =
                parts.iter().map(|part| crate::num::to_f64(part.sensitivity.l1) * part.step()).collect();
            assert!(
                moved.len() == 1 && (moved[0] / (3.0 * farther) - 1.0).abs() < 1e-6,
                "{lower} {upper}: {moved:?}"
            );
        }
    }
}
