//! A query over vectors, run again and again, or recorded: see [`Trial`](crate::dp::Trial) and
//! [`Trace`](crate::dp::Trace).

use std::fmt;

use ndarray::ArrayView2;

use crate::{
    dp::{
        ContributionBounds, Session, Trace, TrialOutcome,
        vector::{
            VectorQuery,
            query::{Part, draw, exact},
        },
    },
    error::{Error, Result},
    rng::SecureRng,
};

/// A query over vectors, to be run many times; for tests, as a [`Trial`](crate::dp::Trial).
///
/// # Examples
/// ```
/// # use incog::dp::{Amount, ContributionBounds, PrivacyUnit, Rho, Session, ledger::MemoryLedger, vector::VectorQuery};
/// use incog::{SecureRng, audit::Audit};
/// use ndarray::Array2;
/// # let session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
/// #     .ledger(MemoryLedger::new(Amount::parse("zcdp rho=1")?))
/// #     .data_version("")
/// #     .build()?;
/// let sum = VectorQuery::sum(1.0).rho(Rho::parse("0.5")?).build()?;
/// let vectors = Array2::from_elem((1, 1), 1.0);
/// let one = session.trial_vectors(&sum, &[0], vectors.view())?;
/// let nobody = session.trial_vectors(&sum, &[], vectors.slice(ndarray::s![..0, ..]))?;
/// let (mut a, mut b) = (SecureRng::from_os()?, SecureRng::from_os()?);
/// // 0.5-zCDP by Gaussian noise is 1-Gaussian differentially private.
/// let bound = Audit::new().samples(10_000).mu(|| Ok(one.run(&mut a)?.drawn), || Ok(nobody.run(&mut b)?.drawn))?;
/// assert!(bound.value() > 0.5 && !bound.refutes(1.0)); // fails once in 10^6 runs
/// # Ok::<(), incog::Error>(())
/// ```
pub struct VectorTrial<'a> {
    query: &'a VectorQuery,
    parts: Vec<Part>,
    bounds: ContributionBounds,
    persons: &'a [u32],
    vectors: ArrayView2<'a, f64>,
}

impl Session {
    /// What `query` does to `vectors`, to be run many times. Charges nothing.
    ///
    /// # Errors
    /// As [`release_vectors`](Session::release_vectors), without a ledger.
    pub fn trial_vectors<'a>(
        &self,
        query: &'a VectorQuery,
        persons: &'a [u32],
        vectors: ArrayView2<'a, f64>,
    ) -> Result<VectorTrial<'a>> {
        if persons.len() != vectors.nrows() {
            return Err(Error::vectors_and_persons(vectors.nrows(), persons.len()));
        }
        let parts = query.parts(self, vectors.ncols())?;
        Ok(VectorTrial { query, parts, bounds: self.bounds(), persons, vectors })
    }
}

impl Session {
    /// What `query` does to `vectors`, with rows sampled from `seed`. Nothing that is drawn decides about a later
    /// step, so the trace of a neighbor with the same seed can be [compared](Trace::compare) with it as it is.
    /// Charges nothing, releases nothing.
    ///
    /// # Errors
    /// As [`release_vectors`](Session::release_vectors), without a ledger.
    pub fn record_vectors(
        &self,
        query: &VectorQuery,
        persons: &[u32],
        vectors: ArrayView2<'_, f64>,
        seed: u64,
    ) -> Result<Trace> {
        let trial = self.trial_vectors(query, persons, vectors)?;
        let mut rng = SecureRng::insecure_seeded(seed);
        let totals = exact(&trial.parts, trial.bounds, persons, vectors, &mut rng)?;
        let steps =
            trial.parts.iter().zip(totals).map(|(part, totals)| (part.noise, part.sensitivity, totals));
        Ok(Trace::of_totals(steps))
    }
}

impl VectorTrial<'_> {
    /// Draws once.
    ///
    /// # Errors
    /// `Io` if the system has no entropy.
    pub fn run(&self, rng: &mut SecureRng) -> Result<TrialOutcome> {
        let noisy = draw(&self.parts, self.bounds, self.persons, self.vectors, rng, None)?;
        let values = self.query.finish(&self.parts, &noisy).into_iter().map(|(value, _)| value).collect();
        Ok(TrialOutcome { values, drawn: noisy.into_iter().flatten().collect() })
    }
}

impl fmt::Debug for VectorTrial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VectorTrial").field("query", &self.query).finish_non_exhaustive()
    }
}
