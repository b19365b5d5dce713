//! The paved path: check, charge, bound, aggregate, add noise, store, release.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod builder;
mod columns;
mod draw;
mod plan;
mod select;
mod totals;

pub use builder::SessionBuilder;

use std::fmt;

use crate::{
    claim::{Check, Claim, Statement},
    digest,
    dp::{
        Amount, ContributionBounds, Epsilon, Event, Neighbors, PrivacyUnit, Query, QueryBuilder, Records,
        Release, ReleasedValue, Rho,
        ledger::{Balance, Ledger, Request, Reserved, reserve},
        noise::NoiseBackend,
        query::Aggregate,
        release::{Answer, ErrorIn},
    },
    error::{Error, Result},
    rng::SecureRng,
    watch,
};
use draw::Backed;

pub(super) use columns::Columns;
#[cfg(feature = "audit")]
pub(super) use draw::Draws;
#[cfg(feature = "audit")]
pub(super) use plan::Part;
pub(super) use plan::Plan;
#[cfg(feature = "ndarray")]
pub(super) use plan::share_of;
#[cfg(feature = "audit")]
pub(super) use select::Selection;

/// Noise from elsewhere than the stream of a release.
pub(super) type Backend = dyn NoiseBackend + Send;

/// Answers queries about one state of one data set, from one ledger.
///
/// # Guarantee
/// For all neighboring tables, all queries and all histories, the releases of all sessions on one ledger
/// together are (ε, δ)-differentially private per person for the budget of the ledger, given that the
/// ledger keeps its guarantee and the privacy unit names each person by one value.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ContributionBounds, Epsilon, PrivacyUnit, Query, Session, ledger::MemoryLedger};
/// # use incog::table::{Column, Table};
/// # let table = Table::new([("patient", Column::from_values((0..500).map(|i| (i / 2).to_string()))?)])?;
/// let mut session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(2, 1)?)
///     .ledger(MemoryLedger::new(Budget::parse("1", "0")?))
///     .data_version("2026-11")
///     .build()?;
/// // Before anything is spent: which ε is enough for ± 10?
/// let query = Query::count();
/// let epsilon = session.epsilon_for(&query, 10.0, 0.95)?;
/// let query = query.epsilon(epsilon).build()?;
/// let release = session.release(&query, &table, "visits")?;
/// assert!(release.values()[0].error <= 10.0 && release.cost() == session.cost(&query)?);
/// // What is left is not enough for an answer of ε = 0.9.
/// let too_much = Query::count().epsilon(Epsilon::parse("0.9")?).build()?;
/// assert_eq!(session.release(&too_much, &table, "again").unwrap_err().kind(), incog::ErrorKind::BudgetExceeded);
/// # Ok::<(), incog::Error>(())
/// ```
pub struct Session {
    unit: PrivacyUnit,
    neighbors: Neighbors,
    bounds: ContributionBounds,
    ledger: Box<dyn Ledger>,
    data_version: String,
    analyst: String,
    dataset: String,
    backend: Option<Box<Backend>>,
    #[cfg(feature = "insecure-seeded")]
    insecure_seed: Option<u64>,
}

impl Session {
    /// A session that protects `unit` by counting at most `bounds` of each. Both are needed from the start:
    ///
    /// ```compile_fail,E0061
    /// use incog::dp::{PrivacyUnit, Session};
    /// let session = Session::builder(PrivacyUnit::person("patient")?);
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn builder(unit: PrivacyUnit, bounds: ContributionBounds) -> SessionBuilder {
        SessionBuilder::new(unit, bounds)
    }

    /// What there was, what is spent, what is left.
    ///
    /// # Errors
    /// As [`Ledger::balance`].
    pub fn balance(&self) -> Result<Balance> {
        let balance = self.ledger.balance()?;
        watch::balance(|| {
            (!balance.budget.is_unlimited()).then(|| balance.spent.share_of(balance.budget).min(1.0))
        });
        Ok(balance)
    }

    /// The ledger, to read its entries.
    #[must_use]
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// Whom its answers protect.
    #[must_use]
    pub fn unit(&self) -> &PrivacyUnit {
        &self.unit
    }

    /// How much of the data one person may influence.
    #[must_use]
    pub fn bounds(&self) -> ContributionBounds {
        self.bounds
    }

    /// How far from the exact value an answer to `query` will be: at most this, with probability
    /// `confidence`, for each value alone; for quantiles in ranks and for all of them together. From public parameters;
    /// spends nothing.
    ///
    /// # Errors
    /// `Parameter` unless `0.5 ≤ confidence ≤ 0.999999`, or if the noise scale would be out of range;
    /// `Unsupported` for a mean or a variance without [`at_least`](QueryBuilder::at_least) so many rows that their
    /// count is certainly positive, and for clamp bounds that are to be found.
    pub fn error(&self, query: &Query, confidence: f64) -> Result<f64> {
        if !(0.5..=0.999_999).contains(&confidence) {
            return Err(Error::confidence_range(confidence));
        }
        self.plan(query)?.error(confidence)?.ok_or_else(|| Error::error_unknown(&query.label()))
    }

    /// What `query` costs in the currency of the ledger, with the price of clamp bounds that are to be found.
    ///
    /// # Errors
    /// `Refused` if it has no finite cost in that currency: a ρ has none in `pure`, `approximate` and `gdp`, keys
    /// that are to be selected have one in `approximate` alone; `Parameter` if a noise scale would be out of range.
    pub fn cost(&self, query: &Query) -> Result<Amount> {
        self.plan(query)?.cost(self.ledger.currency())
    }

    /// The least ε, in steps of 0.000001, at which the [`error`](Self::error) of `query` is at most `half_width` with
    /// probability `confidence`. An ε that the builder already has is not looked at.
    ///
    /// # Errors
    /// `Parameter` if no ε up to 64 reaches it, or if the query is malformed; otherwise as
    /// [`error`](Self::error).
    pub fn epsilon_for(&self, query: &QueryBuilder, half_width: f64, confidence: f64) -> Result<Epsilon> {
        let at = |millionths: u64| Epsilon::parse(&format!("{millionths}e-6"));
        at(self.least_millionths(half_width, confidence, |millionths| {
            query.clone().epsilon(at(millionths)?).build()
        })?)
    }

    /// The same in ρ: the least one at which the error of `query` is at most `half_width` with probability `confidence`.
    ///
    /// # Errors
    /// As [`epsilon_for`](Self::epsilon_for).
    ///
    /// # Examples
    /// ```
    /// use incog::dp::{Amount, ContributionBounds, PrivacyUnit, Query, Rho, Session, ledger::MemoryLedger};
    /// let session = Session::builder(PrivacyUnit::person("patient")?, ContributionBounds::new(1, 1)?)
    ///     .ledger(MemoryLedger::new(Amount::parse("zcdp rho=0.5")?))
    ///     .data_version("2026-11")
    ///     .build()?;
    /// let rho = session.rho_for(&Query::count(), 20.0, 0.95)?;
    /// assert!(session.error(&Query::count().rho(rho).build()?, 0.95)? <= 20.0);
    /// let less = Rho::new(rho.to_f64() - 1e-6)?;
    /// assert!(session.error(&Query::count().rho(less).build()?, 0.95)? > 20.0);
    /// # Ok::<(), incog::Error>(())
    /// ```
    pub fn rho_for(&self, query: &QueryBuilder, half_width: f64, confidence: f64) -> Result<Rho> {
        let at = |millionths: u64| Rho::parse(&format!("{millionths}e-6"));
        at(self.least_millionths(half_width, confidence, |millionths| {
            query.clone().rho(at(millionths)?).build()
        })?)
    }

    /// The least number of millionths of a price up to 64 at which the error is small enough.
    fn least_millionths(
        &self,
        half_width: f64,
        confidence: f64,
        query: impl Fn(u64) -> Result<Query>,
    ) -> Result<u64> {
        let reaches =
            |millionths: u64| Ok::<_, Error>(self.error(&query(millionths)?, confidence)? <= half_width);
        // The error falls with the price: halve the range that holds the least. A scale out of range is too much.
        let (mut too_little, mut enough) = (0, 64_000_000);
        if !reaches(enough)? {
            return Err(Error::unreachable_error(half_width));
        }
        while enough - too_little > 1 {
            let middle = too_little + (enough - too_little) / 2;
            if reaches(middle).unwrap_or(false) { enough = middle } else { too_little = middle }
        }
        Ok(enough)
    }

    /// Answers `query` about `records`, such as a [`Table`](crate::table::Table), once.
    ///
    /// Asked again with the same id, query and data version, it returns the stored answer: no new noise and
    /// no new charge.
    ///
    /// # Guarantee
    /// For all requests, nothing is drawn before the charge is durable, and for one id at most one answer is
    /// ever drawn. For all contents of the cells, the outcome is an answer; errors come from public
    /// parameters, the ledger and the operating system.
    ///
    /// # Errors
    /// `Refused` if a column is not in the table, if the id was used for something else, or if it is spent
    /// and its answer lost; `BudgetExceeded` if too little is left; `Parameter` if the noise scale is out of
    /// range; `Io` if the system has no entropy or the ledger cannot be written. After a failure behind the
    /// charge, the charge stays.
    pub fn release<'r>(
        &mut self,
        query: &Query,
        records: impl Into<Records<'r>>,
        request_id: &str,
    ) -> Result<Release> {
        let plan = self.plan(query)?;
        let columns = Columns::find(&self.unit, query, &records.into())?;
        let cost = plan.cost(self.ledger.currency())?;
        let draw = |rng: &mut SecureRng, noise: Option<&mut Backend>| match noise {
            Some(noise) => plan.draw(&columns, &mut Backed { rng, noise }),
            None => plan.draw(&columns, rng),
        };
        let (request, answer) = self.charged(request_id, &query.canonical(), cost, plan.events()?, draw)?;
        let found = answer.keys.clone();
        let keys: Vec<Option<&String>> = match (query.keys(), &found) {
            (Some(keys), _) => keys.iter().map(Some).collect(),
            (None, Some(found)) => found.iter().map(Some).collect(),
            (None, None) => vec![None],
        };
        let error_in = match query.aggregate {
            Aggregate::Quantiles(..) => ErrorIn::Ranks,
            _ => ErrorIn::Value,
        };
        self.describe(&request, &query.label(), &keys, &query.parts(), error_in, answer)
    }

    /// Charges, then draws, then stores; or returns what is stored.
    pub(super) fn charged(
        &mut self,
        request_id: &str,
        query: &str,
        cost: Amount,
        events: Vec<Event>,
        draw: impl FnOnce(&mut SecureRng, Option<&mut Backend>) -> Result<Answer>,
    ) -> Result<(Request, Answer)> {
        let (analyst, digest) = (self.analyst.as_str(), self.digest(query));
        let request = Request::new(request_id, analyst, digest, self.data_version.as_str(), cost, events)?
            .of_dataset(self.dataset.as_str())?
            // In the words that a ledger may state: charges that protect different things are not added up.
            .per_unit(format!("{}, {}", self.unit.column(), self.neighbors))?;
        // Entropy before the charge: a system without it costs nothing.
        let mut rng = self.stream(request_id)?;
        let answer = match reserve(&mut *self.ledger, &request)? {
            Reserved::Answered(bytes) => Answer::decode(&bytes)?,
            Reserved::AnswerLost => return Err(Error::answer_lost(request_id)),
            Reserved::New(reservation) => {
                let answer = draw(&mut rng, self.backend.as_deref_mut())?;
                self.ledger.commit(reservation, &answer.encode())?;
                answer
            }
        };
        Ok((request, answer))
    }

    #[cfg(feature = "ndarray")]
    pub(super) fn neighbors(&self) -> Neighbors {
        self.neighbors
    }

    pub(super) fn plan<'q>(&self, query: &'q Query) -> Result<Plan<'q>> {
        Plan::new(query, self.neighbors, self.bounds)
    }

    /// What a request id binds: the query and everything about this session that shapes its answer.
    fn digest(&self, query: &str) -> String {
        let per_group =
            self.bounds.rows_per_group().map_or_else(|| "all".to_owned(), |rows| rows.to_string());
        let text = format!(
            "incog-query/2\n{}person {}\nneighbors {}\nrows {} groups {} per group {per_group}\n",
            query,
            self.unit.column(),
            self.neighbors,
            self.bounds.rows_per_person(),
            self.bounds.groups_per_person(),
        );
        digest::sha256_hex(text.as_bytes())
    }

    #[cfg(feature = "insecure-seeded")]
    fn stream(&self, request_id: &str) -> Result<SecureRng> {
        match self.insecure_seed {
            // Another stream for each request, the same one for a repeated test.
            Some(seed) => Ok(SecureRng::insecure_seeded(
                request_id.bytes().fold(seed, |seed, byte| seed.rotate_left(9) ^ u64::from(byte)),
            )),
            None => SecureRng::from_os(),
        }
    }

    #[cfg(not(feature = "insecure-seeded"))]
    #[allow(clippy::unused_self, reason = "one signature with and without seeds")]
    fn stream(&self, _request_id: &str) -> Result<SecureRng> {
        SecureRng::from_os()
    }

    /// The release: a value for each key and each part of it.
    pub(super) fn describe(
        &self,
        request: &Request,
        label: &str,
        keys: &[Option<&String>],
        parts: &[String],
        error_in: ErrorIn,
        answer: Answer,
    ) -> Result<Release> {
        let parts: Vec<Option<&String>> =
            if parts.is_empty() { vec![None] } else { parts.iter().map(Some).collect() };
        if keys.len() * parts.len() != answer.values.len() {
            return Err(Error::unreadable_answer());
        }
        let names = keys.iter().flat_map(|&key| parts.iter().map(move |&part| (key, part)));
        let values = names.zip(answer.values).map(|((key, part), (value, error))| ReleasedValue {
            key: key.cloned(),
            part: part.cloned(),
            value,
            error,
            error_in,
        });
        let cost = request.cost();
        let (neighbors, person) = (self.neighbors.word().to_owned(), self.unit.column().to_owned());
        let statement = match cost.budget() {
            Some(budget) => {
                let (epsilon, delta) = (budget.epsilon_text(), budget.delta_text());
                Statement::DifferentialPrivacy { epsilon, delta, neighbors, person }
            }
            None => Statement::PrivacyLoss { amount: cost.canonical(), neighbors, person },
        };
        let mut claim = Claim::new(label, Check::Attested, statement)
            .assuming(format!("all rows of one person have one value of '{}'", self.unit.column()))
            .assuming(self.bounds.sentence())
            .assuming("clamp bounds, conditions and group keys were chosen without looking at the data");
        if answer.insecure {
            claim = claim.assuming("the noise came from a seed: whoever knows it removes the noise");
        }
        Ok(Release {
            label: label.to_owned(),
            values: values.collect(),
            clamp: answer.clamp,
            cost,
            events: request.events().to_vec(),
            claim,
            insecure: answer.insecure,
        })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("unit", &self.unit).finish_non_exhaustive()
    }
}
