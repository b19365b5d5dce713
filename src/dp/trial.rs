//! A query over one table, run again and again: what an experiment on its privacy needs.
//!
//! A trial charges nothing, so whoever holds one can average the noise away. It is for tests, on made-up tables.
//!
//! Feature `audit`.

use std::fmt;

use crate::{
    dp::{
        Query, Records, Session,
        quantile::{Choice, Priced},
        session::{Columns, Draws, Part, Plan, Selection},
    },
    error::Result,
    rng::SecureRng,
};

/// A query and the columns of a table that it reads, to be run many times.
///
/// # Examples
/// ```
/// use incog::{SecureRng, audit::Audit};
/// use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Session, ledger::MemoryLedger};
/// let session = Session::builder(PrivacyUnit::person("p")?, ContributionBounds::new(1, 1)?)
///     .ledger(MemoryLedger::new(Budget::ZERO))
///     .data_version("")
///     .build()?;
/// let query = Query::count().epsilon(Epsilon::parse("1")?).build()?;
/// let (two, three) = ([0, 1], [0, 1, 2]);
/// let left = session.trial(&query, Records::new().codes("p", &two, 3)?)?;
/// let right = session.trial(&query, Records::new().codes("p", &three, 3)?)?;
/// let (mut a, mut b) = (SecureRng::from_os()?, SecureRng::from_os()?);
/// let audit = Audit::new().samples(20_000);
/// let bound = audit.epsilon(0.0, || Ok(left.run(&mut a)?.drawn[0]), || Ok(right.run(&mut b)?.drawn[0]))?;
/// assert!(!bound.refutes(1.0) && bound.refutes(0.7));
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Trial<'a> {
    plan: Plan<'a>,
    columns: Columns<'a>,
}

/// What one run of a [`Trial`] gives.
///
/// # Examples
/// ```
/// # use incog::{SecureRng, dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Records, Session}};
/// # use incog::dp::ledger::MemoryLedger;
/// # let session = Session::builder(PrivacyUnit::person("p")?, ContributionBounds::new(1, 1)?)
/// #     .ledger(MemoryLedger::new(Budget::ZERO))
/// #     .data_version("")
/// #     .build()?;
/// let query = Query::mean("x").clamp(0.0, 8.0).epsilon(Epsilon::parse("1")?).build()?;
/// let records = Records::new().codes("p", &[0, 1, 2], 3)?.numbers("x", &[1.0, 2.0, 3.0])?;
/// let outcome = session.trial(&query, records)?.run(&mut SecureRng::from_os()?)?;
/// // One mean, made of a noisy sum and a noisy count.
/// assert_eq!((outcome.values.len(), outcome.drawn.len()), (1, 2));
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TrialOutcome {
    /// The values of the release, in its order.
    pub values: Vec<f64>,
    /// Everything random that they were made of, in the order in which it was drawn: totals with noise in lattice
    /// steps, chosen slots, and the places of selected keys. The claim holds for these numbers already.
    pub drawn: Vec<i128>,
}

impl Session {
    /// What `query` does to `records`, to be run many times. Charges nothing.
    ///
    /// # Errors
    /// As [`release`](Session::release), without a ledger.
    pub fn trial<'a>(&self, query: &'a Query, records: impl Into<Records<'a>>) -> Result<Trial<'a>> {
        let columns = Columns::find(self.unit(), query, &records.into())?;
        Ok(Trial { plan: self.plan(query)?, columns })
    }
}

impl Trial<'_> {
    /// Draws once.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn run(&self, rng: &mut SecureRng) -> Result<TrialOutcome> {
        let mut witness = Witness { rng, drawn: Vec::new() };
        let answer = self.plan.draw(&self.columns, &mut witness)?;
        let values = answer.values.into_iter().map(|(value, _)| value).collect();
        Ok(TrialOutcome { values, drawn: witness.drawn })
    }
}

impl fmt::Debug for Trial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("query", &self.plan.query.label()).finish_non_exhaustive()
    }
}

/// Draws as a release does, and keeps what was drawn.
struct Witness<'r> {
    rng: &'r mut SecureRng,
    drawn: Vec<i128>,
}

impl Draws for Witness<'_> {
    fn sampling(&mut self) -> &mut SecureRng {
        self.rng
    }

    fn noise(&mut self, part: &Part, totals: &mut [i128]) -> Result<()> {
        self.rng.noise(part, totals)?;
        self.drawn.extend_from_slice(totals);
        Ok(())
    }

    fn choose(&mut self, price: Priced, choice: &Choice<'_>) -> Result<u64> {
        let slot = self.rng.choose(price, choice)?;
        self.drawn.push(slot.into());
        Ok(slot)
    }

    fn select(&mut self, selection: &Selection, keys: &[String], persons: &[u64]) -> Result<Vec<String>> {
        let selected = self.rng.select(selection, keys, persons)?;
        let places = keys.iter().zip(0i128..).filter(|(key, _)| selected.contains(key));
        self.drawn.extend(places.map(|(_, place)| place));
        Ok(selected)
    }

    fn is_insecure(&self) -> bool {
        self.rng.is_insecure()
    }
}
