//! What every ledger promises.

use crate::{
    dp::{
        Amount, Currency,
        ledger::{Entry, Request},
    },
    error::Result,
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

/// The state of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Balance {
    /// What there was at creation.
    pub budget: Amount,
    /// The exact sum of all charges.
    pub spent: Amount,
    /// What is left.
    pub remaining: Amount,
}

impl Balance {
    /// The balance after spending `spent` of `budget`.
    ///
    /// # Errors
    /// `Refused` if the two are in different currencies.
    pub fn new(budget: Amount, spent: Amount) -> Result<Self> {
        let spent = spent.counted_in(budget.currency())?;
        Ok(Balance { budget, spent, remaining: budget.minus(spent)? })
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
