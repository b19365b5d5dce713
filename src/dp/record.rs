//! Recording what a query does to the data, to hold it against what it declares.
//!
//! A query reaches the data through two doors: noise is added to exact totals, and slots are chosen by exact distances.
//! A [`Trace`] holds what went through them. The trace of one table is [replayed](Session::replay) on a neighbor, with
//! the same sampling and with the *outputs* of the first run, so that later steps that depend on earlier answers are
//! compared under equal answers. Then [`compare`](Trace::compare) checks that both did the same steps with the same
//! noise, and that the exact inputs are no farther apart than the declared sensitivity. The method is that
//! of *Re:cord-play* (PETS 2026): it is exact, and it finds the faults of everything around a mechanism.
//!
//! Feature `audit`. A trace holds exact totals of the data: it is for tests, on made-up tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    dp::{
        Query, Records, Session,
        aggregate::to_f64,
        price::Noise,
        quantile::{Choice, Priced, Ranks},
        sensitivity::Sensitivity,
        session::{Columns, Draws, Part, Selection},
    },
    error::{Error, Result},
    rng::SecureRng,
};

/// Everything that a query did to a table, step by step.
///
/// # Examples
/// ```
/// # use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Session, ledger::MemoryLedger};
/// # let session = Session::builder(PrivacyUnit::person("p")?, ContributionBounds::new(1, 1)?)
/// #     .ledger(MemoryLedger::new(Budget::ZERO))
/// #     .data_version("")
/// #     .build()?;
/// let count = |epsilon| Query::count().epsilon(Epsilon::parse(epsilon)?).build();
/// let two = || Records::new().codes("p", &[0, 1], 2);
/// let trace = session.record(&count("1")?, two()?, 1)?;
/// // The same query on the same table moves nothing; less noise is another query.
/// assert_eq!(trace.compare(&session.replay(&count("1")?, two()?, 1, &trace)?)?[0].by, 0.0);
/// assert!(trace.compare(&session.record(&count("2")?, two()?, 1)?).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Trace {
    steps: Vec<Step>,
}

enum Step {
    Noise { noise: Noise, sensitivity: Sensitivity, input: Vec<i128>, output: Vec<i128> },
    Keys { selection: Selection, input: BTreeMap<String, u64>, output: Vec<String> },
    Choice { price: Priced, choice: Setting, ranks: Ranks, output: u64 },
}

/// What is public about a choice.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Setting {
    slots: u64,
    from: u64,
    to: u64,
    part: u64,
    whole: u64,
    rate: (u128, u128),
}

/// How far one step moved between two tables, beside what it declares.
///
/// # Examples
/// ```
/// # use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Session, ledger::MemoryLedger};
/// # let session = Session::builder(PrivacyUnit::person("p")?, ContributionBounds::new(1, 1)?)
/// #     .ledger(MemoryLedger::new(Budget::ZERO))
/// #     .data_version("")
/// #     .build()?;
/// let query = Query::count().epsilon(Epsilon::parse("1")?).build()?;
/// let trace = session.record(&query, Records::new().codes("p", &[0, 1, 1], 2)?, 1)?;
/// let neighbor = session.replay(&query, Records::new().codes("p", &[0], 2)?, 1, &trace)?;
/// // Two rows are gone, of which one was counted.
/// let moved = &trace.compare(&neighbor)?[0];
/// assert_eq!((moved.step.as_str(), moved.by, moved.declared), ("noise 1", 1.0, 1.0));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Moved {
    /// The step in words: `noise 1`, `choices of level 2`.
    pub step: String,
    /// By how much it moved: in lattice steps, or for choices the range of the logarithm of their likelihoods.
    pub by: f64,
    /// By how much it may move.
    pub declared: f64,
}

impl Session {
    /// What `query` does to `records`, with rows and noise drawn from `seed`. Charges nothing, releases nothing.
    ///
    /// # Errors
    /// As [`release`](Session::release), without a ledger.
    pub fn record<'r>(&self, query: &Query, records: impl Into<Records<'r>>, seed: u64) -> Result<Trace> {
        self.trace(query, &records.into(), Recorder::new(seed, None))
    }

    /// The same, where every step has the output that it had in `earlier`.
    ///
    /// # Errors
    /// As [`record`](Session::record), and `Verification` if there is another step than in `earlier`.
    pub fn replay<'r>(
        &self,
        query: &Query,
        records: impl Into<Records<'r>>,
        seed: u64,
        earlier: &Trace,
    ) -> Result<Trace> {
        self.trace(query, &records.into(), Recorder::new(seed, Some(earlier)))
    }

    fn trace(&self, query: &Query, records: &Records<'_>, mut recorder: Recorder<'_>) -> Result<Trace> {
        let columns = Columns::find(self.unit(), query, records)?;
        self.plan(query)?.draw(&columns, &mut recorder)?;
        Ok(Trace { steps: recorder.steps })
    }
}

impl Trace {
    /// Of noise added to these exact totals, for this sensitivity.
    #[cfg(feature = "ndarray")]
    pub(super) fn of_totals(steps: impl Iterator<Item = (Noise, Sensitivity, Vec<i128>)>) -> Self {
        let step =
            |(noise, sensitivity, input)| Step::Noise { noise, sensitivity, input, output: Vec::new() };
        Trace { steps: steps.map(step).collect() }
    }

    /// How far each step moved between this table and its neighbor.
    ///
    /// # Errors
    /// `Verification` if the two differ in steps, scales or anything else that is public, or if a step moved by more
    /// than it declares.
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Session, ledger::MemoryLedger};
    /// let session = Session::builder(PrivacyUnit::person("p")?, ContributionBounds::new(2, 1)?)
    ///     .ledger(MemoryLedger::new(Budget::ZERO))
    ///     .data_version("")
    ///     .build()?;
    /// let query = Query::sum("x").clamp(0.0, 8.0).epsilon(Epsilon::parse("1")?).build()?;
    /// // Person 1 has three rows, of which two count.
    /// let (persons, values) = ([0, 1, 1, 1], [5.0, 9.0, 9.0, 9.0]);
    /// let with = Records::new().codes("p", &persons, 2)?.numbers("x", &values)?;
    /// let without = Records::new().codes("p", &persons[..1], 2)?.numbers("x", &values[..1])?;
    /// let trace = session.record(&query, with, 1)?;
    /// let moved = trace.compare(&session.replay(&query, without, 1, &trace)?)?;
    /// assert_eq!((moved[0].by, moved[0].declared), (2f64.powi(41), 2f64.powi(41)));
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn compare(&self, neighbor: &Trace) -> Result<Vec<Moved>> {
        if self.steps.len() != neighbor.steps.len() {
            return Err(Error::other_steps("their number"));
        }
        let mut moved: Vec<Moved> = Vec::new();
        for (i, pair) in self.steps.iter().zip(&neighbor.steps).enumerate() {
            match pair {
                (
                    Step::Noise { noise, sensitivity, input, .. },
                    Step::Noise { noise: other_noise, sensitivity: other, input: other_input, .. },
                ) => {
                    if (noise, sensitivity, input.len()) != (other_noise, other, other_input.len()) {
                        return Err(Error::other_steps("a scale, a sensitivity or the length of a vector"));
                    }
                    let apart = || input.iter().zip(other_input).map(|(a, b)| a.abs_diff(*b));
                    let squares =
                        apart().fold(0u128, |sum, apart| sum.saturating_add(apart.saturating_mul(apart)));
                    if squares > sensitivity.l2_squared {
                        return Err(Error::moved_too_far("the sum of the squared differences of the totals"));
                    }
                    let whole = |value: u128| to_f64(i128::try_from(value).unwrap_or(i128::MAX));
                    moved.push(Moved {
                        step: format!("noise {}", i + 1),
                        by: whole(apart().sum()),
                        declared: whole(u128::from(sensitivity.l1)),
                    });
                }
                (
                    Step::Keys { selection, input, .. },
                    Step::Keys { selection: other, input: other_input, .. },
                ) => {
                    if selection != other {
                        return Err(Error::other_steps("what is public about the selection of keys"));
                    }
                    moved.push(Moved {
                        step: format!("keys {}", i + 1),
                        by: selection.moved(input, other_input)?,
                        declared: crate::num::to_f64(selection.moved),
                    });
                }
                (
                    Step::Choice { price, choice, ranks, .. },
                    Step::Choice { price: other_price, choice: other, ranks: other_ranks, .. },
                ) => {
                    if (price, choice) != (other_price, other) {
                        return Err(Error::other_steps("what is public about a choice"));
                    }
                    let by = choice.range(ranks, other_ranks);
                    let step = format!("choices of level {}", price.level + 1);
                    // The choices of one level share its price.
                    match moved.iter_mut().find(|moved| moved.step == step) {
                        Some(moved) => moved.by += by,
                        None => moved.push(Moved { step, by, declared: price.epsilon.to_f64() }),
                    }
                }
                _ => return Err(Error::other_steps("their kind")),
            }
        }
        // Ranges of likelihoods are sums of rounded fractions.
        match moved.iter().find(|moved| moved.by > moved.declared * (1.0 + 1e-9)) {
            Some(moved) => Err(Error::moved_too_far(&moved.step)),
            None => Ok(moved),
        }
    }
}

impl Selection {
    /// How far the persons of all keys are apart. A key that only one of the tables has is of one person there, and
    /// that person has few keys.
    fn moved(&self, a: &BTreeMap<String, u64>, b: &BTreeMap<String, u64>) -> Result<f64> {
        for (own, other) in [(a, b), (b, a)] {
            let alone: Vec<u64> = own
                .iter()
                .filter(|(key, _)| !other.contains_key(*key))
                .map(|(_, &persons)| persons)
                .collect();
            if alone.iter().any(|&persons| persons > 1) || crate::num::count(alone.len()) > self.keys {
                return Err(Error::moved_too_far("the set of keys"));
            }
        }
        let of = |table: &BTreeMap<String, u64>, key: &String| table.get(key).copied().unwrap_or(0);
        let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        Ok(crate::num::to_f64(keys.into_iter().map(|key| of(a, key).abs_diff(of(b, key))).sum()))
    }
}

impl Setting {
    fn on<'r>(&self, ranks: &'r Ranks) -> Choice<'r> {
        let Setting { slots, from, to, part, whole, rate } = *self;
        Choice { ranks, slots, from, to, part, whole, rate }
    }

    /// The range of the differences of `γ`, over all slots: the width of the interval that the logarithm of the ratio
    /// of both likelihoods is in. Distances are linear between the slots looked at.
    fn range(&self, ranks: &Ranks, other: &Ranks) -> f64 {
        let (a, b) = (self.on(ranks), self.on(other));
        let cells =
            (0..ranks.len()).map(|i| ranks.cell(i).0).chain((0..other.len()).map(|i| other.cell(i).0));
        let ends = cells.flat_map(|cell| [u64::from(cell) * self.slots, (u64::from(cell) + 1) * self.slots]);
        let places = ends.chain([self.from, self.to, a.pivot(), b.pivot()]);
        let around = places.flat_map(|place| [place.saturating_sub(1), place, place + 1]);
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for slot in around.filter(|slot| (self.from..self.to).contains(slot)) {
            let signed = |distance: u128| i128::try_from(distance).unwrap_or(i128::MAX);
            let apart = to_f64(signed(a.distance(slot)) - signed(b.distance(slot)));
            (least, most) = (least.min(apart), most.max(apart));
        }
        let rate = |part: u128| to_f64(i128::try_from(part).unwrap_or(i128::MAX));
        (most - least) * rate(self.rate.0) / rate(self.rate.1)
    }
}

/// Draws from a seed, and writes down what passes.
struct Recorder<'t> {
    sampling: SecureRng,
    noise: SecureRng,
    steps: Vec<Step>,
    earlier: Option<&'t Trace>,
}

impl<'t> Recorder<'t> {
    fn new(seed: u64, earlier: Option<&'t Trace>) -> Self {
        let stream = |number: u64| SecureRng::insecure_seeded(seed.wrapping_mul(2).wrapping_add(number));
        Recorder { sampling: stream(0), noise: stream(1), steps: Vec::new(), earlier }
    }

    fn earlier(&self) -> Result<Option<&'t Step>> {
        match self.earlier {
            Some(trace) => {
                trace.steps.get(self.steps.len()).map(Some).ok_or_else(|| Error::other_steps("their number"))
            }
            None => Ok(None),
        }
    }
}

impl Draws for Recorder<'_> {
    fn sampling(&mut self) -> &mut SecureRng {
        &mut self.sampling
    }

    fn noise(&mut self, part: &Part, totals: &mut [i128]) -> Result<()> {
        let input = totals.to_vec();
        match self.earlier()? {
            Some(Step::Noise { output, .. }) if output.len() == totals.len() => {
                totals.copy_from_slice(output)
            }
            Some(_) => return Err(Error::other_steps("their kind")),
            None => part.noise.add_to(&mut self.noise, totals)?,
        }
        self.steps.push(Step::Noise {
            noise: part.noise,
            sensitivity: part.sensitivity,
            input,
            output: totals.to_vec(),
        });
        Ok(())
    }

    fn choose(&mut self, price: Priced, choice: &Choice<'_>) -> Result<u64> {
        let output = match self.earlier()? {
            Some(Step::Choice { output, .. }) => *output,
            Some(_) => return Err(Error::other_steps("their kind")),
            None => choice.draw(&mut self.noise)?,
        };
        let &Choice { ranks, slots, from, to, part, whole, rate } = choice;
        let choice = Setting { slots, from, to, part, whole, rate };
        self.steps.push(Step::Choice { price, choice, ranks: ranks.clone(), output });
        Ok(output)
    }

    fn select(&mut self, selection: &Selection, keys: &[String], persons: &[u64]) -> Result<Vec<String>> {
        let output = match self.earlier()? {
            Some(Step::Keys { output, .. }) => output.clone(),
            Some(_) => return Err(Error::other_steps("their kind")),
            None => selection.draw(keys, persons, &mut self.noise)?,
        };
        let input = keys.iter().cloned().zip(persons.iter().copied()).filter(|(_, persons)| *persons > 0);
        let input = input.collect();
        self.steps.push(Step::Keys { selection: selection.clone(), input, output: output.clone() });
        Ok(output)
    }

    fn is_insecure(&self) -> bool {
        true
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("steps", &self.steps.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dp::{ContributionBounds, Delta, Epsilon, Neighbors};

    fn setting(slots: u64, from: u64, to: u64, (part, whole): (u64, u64), rate: (u128, u128)) -> Setting {
        Setting { slots, from, to, part, whole, rate }
    }

    /// The twin looks at every slot, on random rows: the range is that of all of them.
    #[test]
    fn the_range_of_distances_is_that_of_all_slots() {
        let mut state = 1u64;
        let mut below = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..2000 {
            let slots = [1, 4, 7][crate::num::index(u32::try_from(below(3)).unwrap())];
            let from = below(5 * slots);
            let to = from + 1 + below(9 * slots);
            let whole = below(9) + 1;
            let setting = setting(slots, from, to, (below(whole + 1), whole), (3, 4));
            let mut ranks = || {
                let rows = below(12);
                Ranks::of_cells((0..rows).map(|_| u32::try_from(below(12)).unwrap()).collect())
            };
            let (ranks, other) = (ranks(), ranks());
            let apart = |slot: u64| {
                let distance = |ranks| i128::try_from(setting.on(ranks).distance(slot)).unwrap();
                distance(&ranks) - distance(&other)
            };
            let (least, most) = ((from..to).map(apart).min().unwrap(), (from..to).map(apart).max().unwrap());
            let (found, twin) = (setting.range(&ranks, &other), to_f64(most - least) * 0.75);
            assert!((found - twin).abs() < 1e-9, "{slots} {from}..{to}: {found} {twin}");
        }
    }

    /// One row, or two, in the first of two cells, the middle is looked for: distances 0 and 1, or 0 and 2. So a choice
    /// moves by the rate.
    fn choices(cells: &[u32], rates: &[(u128, u128)]) -> Trace {
        let price = Priced { level: 0, epsilon: Epsilon::parse("1").unwrap() };
        let step = |&rate: &(u128, u128)| Step::Choice {
            price,
            choice: setting(1, 0, 2, (1, 2), rate),
            ranks: Ranks::of_cells(cells.to_vec()),
            output: 0,
        };
        Trace { steps: rates.iter().map(step).collect() }
    }

    #[test]
    fn choices_of_a_level_move_together_by_no_more_than_their_price() {
        let compare = |rates: &[(u128, u128)]| choices(&[0], rates).compare(&choices(&[0, 0], rates));
        for (rates, by) in [(&[(1, 1)][..], 1.0), (&[(1, 2), (1, 4)], 0.75), (&[(1, 4), (1, 4), (1, 2)], 1.0)]
        {
            let moved = compare(rates).unwrap();
            assert_eq!(moved, [Moved { step: "choices of level 1".to_owned(), by, declared: 1.0 }]);
        }
        for rates in [&[(11, 10)][..], &[(3, 5), (3, 5)], &[(3, 1)], &[(1, 2), (1, 2), (1, 1000)]] {
            assert!(compare(rates).is_err(), "{rates:?}");
        }
    }

    fn selection() -> Selection {
        let bounds = ContributionBounds::new(1, 1).unwrap();
        let (epsilon, delta) = (Epsilon::parse("1").unwrap(), Delta::parse("0.001").unwrap());
        Selection::new(Neighbors::AddOrRemoveOne, bounds, epsilon, delta).unwrap()
    }

    #[test]
    fn one_person_makes_one_key_come_or_go_and_moves_one_number() {
        let table = |keys: &[(&str, u64)]| -> BTreeMap<String, u64> {
            keys.iter().map(|&(key, persons)| (key.to_owned(), persons)).collect()
        };
        let selection = selection();
        type Keys = &'static [(&'static str, u64)];
        let cases: [(Keys, Keys, Option<f64>); 7] = [
            (&[("a", 3)], &[("a", 3)], Some(0.0)),
            (&[("a", 3)], &[("a", 4)], Some(1.0)),
            (&[("a", 3)], &[("a", 3), ("b", 1)], Some(1.0)),
            // What is more than declared is for the comparison to refuse; a key has not one person alone where two are.
            (&[("a", 3)], &[("a", 6)], Some(3.0)),
            (&[("a", 3)], &[("a", 3), ("b", 2)], None),
            (&[("a", 3)], &[("a", 3), ("b", 1), ("c", 1)], None),
            (&[], &[("b", 1), ("c", 2)], None),
        ];
        for (a, b, moved) in cases {
            assert_eq!(selection.moved(&table(a), &table(b)).ok(), moved, "{a:?} {b:?}");
            assert_eq!(selection.moved(&table(b), &table(a)).ok(), moved, "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_recorder_keeps_what_went_in_and_came_out_and_gives_the_same_out_again() {
        let mut first = Recorder::new(7, None);
        assert!(first.is_insecure());
        let ranks = Ranks::of_cells((0..100).collect());
        let price = Priced { level: 0, epsilon: Epsilon::parse("1").unwrap() };
        // A row off the middle is a distance of 2, so one slot of 20 or more off is chosen once in e^40 times.
        let choice = setting(1, 0, 100, (1, 2), (1, 1));
        let slot = first.choose(price, &choice.on(&ranks)).unwrap();
        assert!((30..70).contains(&slot), "{slot}");
        let keys = ["a", "b"].map(str::to_owned);
        let kept = first.select(&selection(), &keys, &[5000, 0]).unwrap();
        assert_eq!(kept, ["a"]);
        let trace = Trace { steps: first.steps };
        assert_eq!(trace.steps.len(), 2);
        assert!(matches!(&trace.steps[0], Step::Choice { output, .. } if *output == slot));
        // Keys without anybody are not looked at, so they are no input.
        assert!(matches!(&trace.steps[1], Step::Keys { input, .. } if input.keys().eq(["a"])));

        let mut second = Recorder::new(8, Some(&trace));
        let other = Ranks::of_cells((0..3).collect());
        assert_eq!(second.choose(price, &choice.on(&other)).unwrap(), slot);
        assert_eq!(second.select(&selection(), &keys, &[0, 0]).unwrap(), ["a"]);
        assert!(second.choose(price, &choice.on(&other)).is_err(), "the earlier trace is at its end");
    }
}
