//! Builds a session.

use std::fmt;

use crate::{
    dp::{
        ContributionBounds, Neighbors, PrivacyUnit, Session, ledger::Ledger, noise::NoiseBackend,
        session::Backend,
    },
    error::{Error, Result},
};

/// Builds a [`Session`].
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ContributionBounds, Neighbors, PrivacyUnit, Session, ledger::MemoryLedger};
/// let builder = || Ok::<_, incog::Error>(Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?));
/// let session = builder()?
///     .neighbors(Neighbors::ReplaceOne)
///     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
///     .data_version("2026-11")
///     .analyst("ann")
///     .build()?;
/// assert_eq!(session.unit().column(), "patient");
/// let error = builder()?.data_version("2026-11").build().unwrap_err();
/// assert!(error.to_string().contains("ledger"), "{error}");
/// # Ok::<(), incog::Error>(())
/// ```
#[must_use]
pub struct SessionBuilder {
    unit: PrivacyUnit,
    neighbors: Neighbors,
    bounds: ContributionBounds,
    ledger: Option<Box<dyn Ledger>>,
    data_version: Option<String>,
    analyst: String,
    dataset: String,
    backend: Option<Box<Backend>>,
    #[cfg(feature = "insecure-seeded")]
    insecure_seed: Option<u64>,
}

impl SessionBuilder {
    pub(super) fn new(unit: PrivacyUnit, bounds: ContributionBounds) -> Self {
        SessionBuilder {
            unit,
            neighbors: Neighbors::default(),
            bounds,
            ledger: None,
            data_version: None,
            analyst: String::new(),
            dataset: String::new(),
            backend: None,
            #[cfg(feature = "insecure-seeded")]
            insecure_seed: None,
        }
    }

    /// Which tables must not be told apart. Without it: adding or removing one person.
    pub fn neighbors(mut self, neighbors: Neighbors) -> Self {
        self.neighbors = neighbors;
        self
    }

    /// What is charged.
    pub fn ledger(mut self, ledger: impl Ledger + 'static) -> Self {
        self.ledger = Some(Box::new(ledger));
        self
    }

    /// A name or digest of the state of the data: a repeated request id is answered from the ledger only
    /// for the same one.
    pub fn data_version(mut self, version: impl Into<String>) -> Self {
        self.data_version = Some(version.into());
        self
    }

    /// Who asks. Part of what a request id binds.
    pub fn analyst(mut self, analyst: impl Into<String>) -> Self {
        self.analyst = analyst.into();
        self
    }

    /// Which data set this is, for a ledger with a budget for each. Part of what a request id binds.
    pub fn dataset(mut self, dataset: impl Into<String>) -> Self {
        self.dataset = dataset.into();
        self
    }

    /// Where the noise on counts and sums comes from. Without it: from this crate's samplers. Rows and keys are
    /// sampled and quantiles chosen by these in any case.
    pub fn noise_backend(mut self, backend: impl NoiseBackend + Send + 'static) -> Self {
        self.backend = Some(Box::new(backend));
        self
    }

    /// Draws noise from `seed`, for tests. Every release says that it protects nobody.
    #[cfg(feature = "insecure-seeded")]
    pub fn insecure_seed(mut self, seed: u64) -> Self {
        self.insecure_seed = Some(seed);
        self
    }

    /// The session.
    ///
    /// # Errors
    /// `Parameter` if ledger or data version are not set.
    pub fn build(self) -> Result<Session> {
        Ok(Session {
            unit: self.unit,
            neighbors: self.neighbors,
            bounds: self.bounds,
            ledger: self.ledger.ok_or_else(|| Error::incomplete_session("ledger"))?,
            data_version: self.data_version.ok_or_else(|| Error::incomplete_session("data version"))?,
            analyst: self.analyst,
            dataset: self.dataset,
            backend: self.backend,
            #[cfg(feature = "insecure-seeded")]
            insecure_seed: self.insecure_seed,
        })
    }
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder").field("unit", &self.unit).finish_non_exhaustive()
    }
}
