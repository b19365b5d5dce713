//! What is charged, and what a ledger remembers of it.

use crate::{
    dp::{Amount, Event},
    error::{Error, Result},
};

/// A request for a charge.
///
/// The id binds analyst, query and data version: asked again with the same four it gets the stored answer,
/// with another it is refused.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, Event, Epsilon, ledger::Request};
/// let epsilon = Epsilon::parse("0.1")?;
/// let request = Request::new("daily/1", "ann", "spend", "v1", Budget::pure(epsilon), vec![Event::pure(epsilon)])?;
/// assert_eq!(request.id(), "daily/1");
/// assert!(Request::new("", "ann", "spend", "v1", Budget::ZERO, vec![]).is_err());
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    id: String,
    analyst: String,
    query: String,
    data_version: String,
    cost: Amount,
    events: Vec<Event>,
}

impl Request {
    /// A request. `query` is a digest or another public name of what is asked, never data.
    ///
    /// # Errors
    /// `Parameter` if a text is longer than 200 bytes or holds control characters, or if `id` is empty.
    pub fn new(
        id: impl Into<String>,
        analyst: impl Into<String>,
        query: impl Into<String>,
        data_version: impl Into<String>,
        cost: impl Into<Amount>,
        events: Vec<Event>,
    ) -> Result<Self> {
        let (id, analyst) = (id.into(), analyst.into());
        let (query, data_version) = (query.into(), data_version.into());
        for (what, text) in
            [("id", &id), ("analyst", &analyst), ("query", &query), ("data version", &data_version)]
        {
            let empty = what == "id" && text.is_empty();
            if empty || text.len() > LONGEST || text.chars().any(char::is_control) {
                return Err(Error::malformed_request(what, LONGEST));
            }
        }
        Ok(Request { id, analyst, query, data_version, cost: cost.into(), events })
    }

    /// The id, unique in a ledger.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who asks.
    #[must_use]
    pub fn analyst(&self) -> &str {
        &self.analyst
    }

    /// What is asked, as a digest.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Which state of the data is asked.
    #[must_use]
    pub fn data_version(&self) -> &str {
        &self.data_version
    }

    /// What it costs.
    #[must_use]
    pub fn cost(&self) -> Amount {
        self.cost
    }

    /// What will be done to the data.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }
}

/// A charge in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its number, ascending.
    pub sequence: u64,
    /// What was charged.
    pub request: Request,
    /// Whether an answer is stored.
    pub answered: bool,
}

impl Entry {
    /// The charge with this number.
    #[must_use]
    pub fn new(sequence: u64, request: Request, answered: bool) -> Self {
        Entry { sequence, request, answered }
    }
}

/// Long enough for any name and digest; a bound on what a ledger has to hold.
const LONGEST: usize = 200;
