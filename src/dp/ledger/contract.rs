//! What every ledger promises.

use crate::{
    dp::{
        Amount, Currency,
        ledger::{Anchor, Chain, Entry, Meter, Record, Request, Terms},
    },
    error::{Error, Result},
    watch::{self, Stopwatch},
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
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, MemoryLedger, Request, Reserved}};
/// let mut ledger: Box<dyn Ledger> = Box::new(MemoryLedger::new(Budget::parse("1", "0")?));
/// let request = Request::new("monday", "ann", "count", "v1", Budget::parse("0.5", "0")?, vec![])?;
/// let Reserved::New(reservation) = ledger.reserve(&request)? else { panic!("is new") };
/// // Now draw the noise; if it cannot be drawn, nothing was given away:
/// ledger.release(reservation)?;
/// assert_eq!(ledger.balance()?.spent.to_string(), "ε = 0");
/// # Ok::<(), incog::Error>(())
/// ```
pub trait Ledger: Send {
    /// What it is counted in. Chosen at creation, for ever.
    fn currency(&self) -> Currency;

    /// What there was for the ledger's lifetime, what is spent, what is left.
    ///
    /// # Errors
    /// `Io` or `Data` if it cannot be read.
    fn balance(&self) -> Result<Balance>;

    /// Charges `request`, durably, unless it was charged before.
    ///
    /// # Errors
    /// `BudgetExceeded` if a budget that applies has too little left; `Refused` if the id was used for another query,
    /// data version, data set, unit or analyst, if the cost is not in the ledger's currency, or if the clock went far
    /// ahead of a renewing budget; `Io` if the charge may not be durable.
    fn reserve(&mut self, request: &Request) -> Result<Reserved>;

    /// Says that the answer of a reserved request was drawn, and stores it, durably and encrypted, if the ledger has a
    /// key to do so; a repeat of the request then gets it again.
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

/// [`Ledger::reserve`], which those who watch hear of.
pub(crate) fn reserve(ledger: &mut dyn Ledger, request: &Request) -> Result<Reserved> {
    let since = Stopwatch::start();
    let reserved = ledger.reserve(request);
    let outcome = reserved.as_ref().map(|reserved| match reserved {
        Reserved::New(_) => "charged",
        Reserved::Answered(_) => "repeated",
        Reserved::AnswerLost => "answer_lost",
    });
    watch::reserved(since, outcome.map_err(Error::kind));
    reserved
}

/// A ledger whose whole history can be read and checked, by [`audit`](super::audit).
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Audited, Ledger, MemoryLedger, Request}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// let before = ledger.anchor()?;
/// ledger.reserve(&Request::new("monday", "ann", "count", "v1", Budget::parse("0.5", "0")?, vec![])?)?;
/// let mut charges = Vec::new();
/// let state = ledger.history(&mut |stored| {
///     charges.extend(stored.entry()?.map(|entry| entry.request.id().to_owned()));
///     Ok(())
/// })?;
/// assert_eq!(charges, ["monday"]);
/// assert!(state.anchor.count() > before.count() && state.anchor == ledger.anchor()?);
/// # Ok::<(), incog::Error>(())
/// ```
pub trait Audited: Ledger {
    /// What it was created with.
    fn terms(&self) -> &Terms;

    /// How its records are hashed.
    fn chain(&self) -> &Chain;

    /// The end of its chain: kept by the caller, it shows later that the ledger was not rolled back.
    ///
    /// # Errors
    /// As [`Ledger::balance`].
    fn anchor(&self) -> Result<Anchor>;

    /// What every limit has spent, for every subject that it counts by itself.
    ///
    /// # Errors
    /// As [`Ledger::balance`].
    fn meters(&self) -> Result<Vec<Reading>>;

    /// Shows all records to `visit`, oldest first, and returns the state behind the last of them: all as at one moment.
    ///
    /// # Errors
    /// As [`Ledger::balance`]; what `visit` fails with.
    fn history(&self, visit: &mut dyn FnMut(Stored) -> Result<()>) -> Result<State>;

    /// Believes the clock, also after a long pause: for an operator who has looked at it.
    ///
    /// # Errors
    /// As [`Ledger::reserve`].
    fn accept_clock(&mut self) -> Result<()>;
}

/// A record as it is stored.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Audited, Ledger, MemoryLedger, Record, Request}};
/// # let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// # ledger.reserve(&Request::new("monday", "ann", "count", "v1", Budget::parse("0.5", "0")?, vec![])?)?;
/// let mut end = ledger.chain().start();
/// ledger.history(&mut |stored| {
///     end = ledger.chain().next(&end, &stored.record);
///     assert_eq!(end, stored.anchor, "nobody changed a record");
///     assert!(matches!(Record::parse(&stored.record)?, Record::Charge { .. }));
///     Ok(())
/// })?;
/// assert_eq!(end, ledger.anchor()?);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// The text of the record.
    pub record: String,
    /// The end of the chain behind it, as stored.
    pub anchor: Anchor,
    /// If it is a charge that was not given back: what the ledger knows of it.
    pub charge: Option<StoredCharge>,
}

impl Stored {
    /// A record.
    #[must_use]
    pub fn new(record: String, anchor: Anchor, charge: Option<StoredCharge>) -> Self {
        Stored { record, anchor, charge }
    }

    /// The charge that it is, unless it is another record or was given back.
    ///
    /// # Errors
    /// `Data` if the record cannot be read.
    pub fn entry(&self) -> Result<Option<Entry>> {
        let Some(charge) = &self.charge else { return Ok(None) };
        let Record::Charge { time, request } = Record::parse(&self.record)? else { return Ok(None) };
        let answered = charge.sealed.is_some() && charge.progress == Progress::Drawn;
        Ok(Some(Entry::new(self.anchor.count(), time, *request, answered)))
    }
}

/// What a ledger looks up when a request is repeated.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Audited, Ledger, MemoryLedger, Progress, Request}};
/// # let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// # ledger.reserve(&Request::new("monday", "ann", "count", "v1", Budget::parse("0.5", "0")?, vec![])?)?;
/// // Charges that were never answered: of a program that stopped, or is at it.
/// let mut open = Vec::new();
/// ledger.history(&mut |stored| {
///     open.extend(stored.charge.filter(|charge| charge.progress == Progress::Reserved).map(|charge| charge.id));
///     Ok(())
/// })?;
/// assert_eq!(open, ["monday"]);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredCharge {
    /// The id of the request.
    pub id: String,
    /// The latest time of the ledger when it was charged.
    pub at: i64,
    /// How far it got.
    pub progress: Progress,
    /// SHA-256 of what is stored of its answer.
    pub sealed: Option<[u8; 32]>,
}

impl StoredCharge {
    /// A charge.
    #[must_use]
    pub fn new(id: String, at: i64, progress: Progress, sealed: Option<[u8; 32]>) -> Self {
        StoredCharge { id, at, progress, sealed }
    }
}

/// How far a charge got.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Audited, Ledger, MemoryLedger, Progress, Request, Reserved}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// let request = Request::new("monday", "ann", "count", "v1", Budget::parse("0.5", "0")?, vec![])?;
/// let Reserved::New(reservation) = ledger.reserve(&request)? else { panic!("is new") };
/// ledger.commit(reservation, b"42")?;
/// let mut seen = Vec::new();
/// ledger.history(&mut |stored| Ok(seen.extend(stored.charge.map(|charge| charge.progress))))?;
/// assert_eq!(seen, [Progress::Drawn]); // before the commit: `Progress::Reserved`
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Charged; perhaps being drawn.
    Reserved,
    /// Drawn, and answered.
    Drawn,
}

/// What one limit has spent for one subject.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Audited, Ledger, Limit, MemoryLedger, Request, Rules}};
/// let each = Limit::each_analyst(Budget::parse("0.5", "0")?);
/// let mut ledger = MemoryLedger::new(Rules::lifetime(Budget::parse("5", "0")?).limit(each).build()?);
/// for (id, analyst) in [("a", "ann"), ("b", "bob"), ("c", "ann")] {
///     ledger.reserve(&Request::new(id, analyst, "q", "v", Budget::parse("0.1", "0")?, vec![])?)?;
/// }
/// for reading in ledger.meters()?.iter().filter(|reading| reading.subject == "ann") {
///     let limit = &ledger.terms().rules().limits()[reading.limit];
///     assert_eq!(format!("{} of {limit}", reading.meter.spent), "ε = 0.2 of ε = 0.5 for each analyst");
/// }
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The number of the limit among [`Rules::limits`](super::Rules::limits).
    pub limit: usize,
    /// The data set or analyst, if the limit counts each by itself.
    pub subject: String,
    /// What is spent, and in which period.
    pub meter: Meter,
}

impl Reading {
    /// A reading.
    #[must_use]
    pub fn new(limit: usize, subject: String, meter: Meter) -> Self {
        Reading { limit, subject, meter }
    }
}

/// The state of a ledger behind its last record.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Audited, Clock, Ledger, MemoryLedger, Request}};
/// use std::time::{Duration, UNIX_EPOCH};
/// let clock = Clock::from_fn(|| UNIX_EPOCH + Duration::from_secs(1_700_000_000));
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?).clock(clock);
/// ledger.reserve(&Request::new("a", "ann", "q", "v", Budget::parse("0.5", "0")?, vec![])?)?;
/// let mut records = 0;
/// let state = ledger.history(&mut |_| Ok(records += 1))?;
/// assert_eq!((state.anchor.count(), state.latest), (records, Some(1_700_000_000)));
/// assert_eq!(state.meters, ledger.meters()?);
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct State {
    /// The end of the chain.
    pub anchor: Anchor,
    /// The latest time that it has seen.
    pub latest: Option<i64>,
    /// What is spent.
    pub meters: Vec<Reading>,
}

impl State {
    /// A state.
    #[must_use]
    pub fn new(anchor: Anchor, latest: Option<i64>, meters: Vec<Reading>) -> Self {
        State { anchor, latest, meters }
    }
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
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, MemoryLedger, Request}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// ledger.reserve(&Request::new("a", "ann", "q", "v", Budget::parse("0.25", "0")?, vec![])?)?;
/// let balance = ledger.balance()?;
/// assert_eq!(format!("{} of {} left", balance.remaining, balance.budget), "ε = 0.75 of ε = 1 left");
/// assert_eq!(balance.spent.plus(balance.remaining)?, balance.budget);
/// # Ok::<(), incog::Error>(())
/// ```
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
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, MemoryLedger, Request, Reserved}};
/// # let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// # let request = Request::new("monday", "ann", "count", "v1", Budget::parse("0.5", "0")?, vec![])?;
/// # let draw = || b"42".to_vec();
/// let mut answer = || -> incog::Result<Option<Vec<u8>>> {
///     Ok(match ledger.reserve(&request)? {
///         Reserved::New(reservation) => {
///             let answer = draw();
///             ledger.commit(reservation, &answer)?;
///             Some(answer)
///         }
///         Reserved::Answered(answer) => Some(answer),
///         // Reserved::AnswerLost, and what later versions add: drawing once more would give away twice as much.
///         _ => None,
///     })
/// };
/// assert_eq!((answer()?, answer()?), (Some(b"42".to_vec()), Some(b"42".to_vec())));
/// assert_eq!(ledger.balance()?.spent.to_string(), "ε = 0.5");
/// # Ok::<(), incog::Error>(())
/// ```
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
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, MemoryLedger, Request, Reserved}};
/// let mut ledger = MemoryLedger::new(Budget::parse("1", "0")?);
/// let request = Request::new("monday", "ann", "count", "v1", Budget::parse("0.5", "0")?, vec![])?;
/// let Reserved::New(reservation) = ledger.reserve(&request)? else { panic!("is new") };
/// assert_eq!(reservation.sequence(), ledger.entries()?[0].sequence);
/// drop(reservation); // as if the program had stopped here: nobody knows whether something was drawn
/// assert_eq!(ledger.balance()?.spent.to_string(), "ε = 0.5");
/// assert!(matches!(ledger.reserve(&request)?, Reserved::AnswerLost));
/// # Ok::<(), incog::Error>(())
/// ```
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

    /// For implementers of [`Ledger`]: the refusal of a reservation that was answered, given back, or never made.
    #[must_use]
    pub fn not_open() -> Error {
        Error::not_reserved()
    }

    /// The number of the charge.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}
