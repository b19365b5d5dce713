//! What every ledger promises.

use std::{fmt, str::FromStr};

use crate::{
    dp::{
        Budget,
        ledger::{Entry, Request},
    },
    error::{Error, Result},
};

/// A budget that is charged before anything is drawn.
///
/// # Guarantee
/// For all interleavings of calls through any number of handles, threads and processes, and for every moment
/// at which one of them stops: the costs of all requests that were ever `New` and not given back add up to
/// at most the budget, and none of them is lost.
///
/// An implementation checks the budget and writes the spend in one transaction that is durable when
/// [`reserve`](Self::reserve) returns. After a failed write of unknown outcome it refuses to go on.
pub trait Ledger: Send {
    /// What it is counted in. Chosen at creation, for ever.
    fn currency(&self) -> Currency;

    /// What there was, what is spent, what is left.
    ///
    /// # Errors
    /// `Io` or `Data` if it cannot be read.
    fn balance(&self) -> Result<Balance>;

    /// Charges `request`, durably, unless it was charged before.
    ///
    /// # Errors
    /// `BudgetExceeded` if too little is left; `Refused` if the id was used for another query, data version
    /// or analyst, or if the cost is not in the ledger's currency; `Io` if the charge may not be durable.
    fn reserve(&mut self, request: &Request) -> Result<Reserved>;

    /// Stores the answer of a reserved request, durably.
    ///
    /// # Errors
    /// `Refused` if the reservation is not open; `Io` if the answer may not be durable. The charge stays
    /// either way.
    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()>;

    /// Gives back a reservation for which nothing has been drawn.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    fn release(&mut self, reservation: Reservation) -> Result<()>;

    /// All charges, oldest first.
    ///
    /// # Errors
    /// `Io` or `Data` if they cannot be read.
    fn entries(&self) -> Result<Vec<Entry>>;
}

impl<L: Ledger + ?Sized> Ledger for Box<L> {
    fn currency(&self) -> Currency {
        (**self).currency()
    }

    fn balance(&self) -> Result<Balance> {
        (**self).balance()
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        (**self).reserve(request)
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        (**self).commit(reservation, answer)
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        (**self).release(reservation)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        (**self).entries()
    }
}

/// What a ledger is counted in.
///
/// # Examples
/// ```
/// use incog::dp::ledger::Currency;
/// assert_eq!("pure".parse::<Currency>()?, Currency::Pure);
/// assert_eq!(
///     "gdp".parse::<Currency>().unwrap_err().to_string(),
///     "currency 'gdp' is not supported by this version; use 'pure', 'approximate'",
/// );
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Currency {
    /// ε alone. A request with δ > 0 is refused.
    Pure,
    /// (ε, δ), both added up.
    Approximate,
}

impl Currency {
    /// The word for it in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Currency::Pure => "pure",
            Currency::Approximate => "approximate",
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        [Currency::Pure, Currency::Approximate]
            .into_iter()
            .find(|currency| currency.word() == word)
            .ok_or_else(|| Error::unknown_currency(word))
    }
}

/// The state of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Balance {
    /// What there was at creation.
    pub budget: Budget,
    /// The exact sum of all charges.
    pub spent: Budget,
    /// What is left.
    pub remaining: Budget,
}

impl Balance {
    /// The balance after spending `spent` of `budget`.
    #[must_use]
    pub fn new(budget: Budget, spent: Budget) -> Self {
        Balance { budget, spent, remaining: budget.minus(spent) }
    }
}

/// What became of a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum Reserved {
    /// It is charged now. Draw, then commit.
    New(Reservation),
    /// It was charged and answered before; this is the stored answer.
    Answered(Vec<u8>),
    /// It was charged before and has no stored answer: still being drawn elsewhere, or interrupted.
    AnswerLost,
}

/// A charge without an answer yet. Dropped, it counts as spent.
#[derive(Debug)]
#[must_use = "a dropped reservation is spent"]
pub struct Reservation {
    sequence: u64,
}

impl Reservation {
    /// For implementers of [`Ledger`]: the charge with this number in the ledger that makes it.
    pub fn new(sequence: u64) -> Self {
        Reservation { sequence }
    }

    /// The number of the charge.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}
