//! A durable ledger in one SQLite file, shared by the processes of a host.
//!
//! ```text
//!   budget.db        records, charges, meters, and one row that seals them      WAL, synchronous = FULL
//!   budget.db-mark   how many records there are, and the last hash              written after each commit
//!   budget.db-wal, budget.db-shm                                                SQLite's own
//! ```
//!
//! Every spend is one `BEGIN IMMEDIATE` transaction that checks and writes. It is durable before the mark is written,
//! and the mark before the spend is acknowledged. So a ledger that lost its end (a write-ahead log that was cut, left
//! behind by a copy, or damaged, which SQLite reads as an earlier state) has fewer records than its mark says, and is
//! refused; after a crash it has as many or more.
//!
//! - `place`: where a ledger may lie. `mark`: the second file. `turn`: who writes next. `store`: the tables. `create`: a new
//!   ledger.

// What comes in here is anybody's: no content may end in a panic.
#![deny(clippy::expect_used, clippy::panic, clippy::unreachable, clippy::unwrap_used)]

mod create;
mod mark;
mod place;
mod store;
mod turn;

use std::{cell::Cell, fmt, path::Path, sync::Arc};

use rusqlite::{Connection, TransactionBehavior};

use self::{mark::Mark, place::Place, store::Head};
use crate::{
    dp::{
        Amount, Currency,
        ledger::{
            Anchor, Audited, Balance, Chain, Clock, Entry, Ledger, LedgerKey, Reading, Record, Request,
            Reservation, Reserved, Rules, State, Stored, Terms, charge,
        },
    },
    error::{Error, Result},
};

/// A durable ledger: one handle, one connection. Open another for each thread or process.
///
/// # Guarantee
/// For all numbers of handles in any processes of one host, and for every moment at which one is killed: the
/// charges in the file add up to at most the budgets, and every charge that `reserve` returned is in it.
/// Holds on local disks that honor `fsync`; network file systems are refused where the system tells them apart (Linux).
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Ledger, SqliteLedger}};
/// let path = std::env::temp_dir().join(format!("incog-doc-{}.db", std::process::id()));
/// let ledger = SqliteLedger::create(&path, Budget::parse("1", "1e-6")?)?;
/// assert_eq!(ledger.balance()?.remaining.to_string(), "ε = 1, δ = 0.000001");
/// assert!(SqliteLedger::create(&path, Budget::parse("9", "0")?).is_err());
/// drop(ledger);
/// std::fs::remove_file(&path).unwrap();
/// assert!(SqliteLedger::open(&path).unwrap_err().to_string().contains("opening never creates one"));
/// # std::fs::remove_file(path.with_extension("db-mark")).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
pub struct SqliteLedger {
    connection: Connection,
    place: Place,
    mark: Mark,
    terms: Terms,
    chain: Chain,
    key: Option<Arc<LedgerKey>>,
    clock: Clock,
    poisoned: Cell<bool>,
}

/// How a [`SqliteLedger`] is created or opened, beyond its path.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Audited, LedgerKey, SqliteLedger, audit}};
/// let path = std::env::temp_dir().join(format!("incog-doc-keyed-{}.db", std::process::id()));
/// let key = || LedgerKey::from_bytes([7; 32]);
/// let ledger = SqliteLedger::options().key(key()).create(&path, Budget::parse("1", "0")?)?;
/// let anchor = ledger.anchor()?;
/// drop(ledger);
/// assert!(SqliteLedger::open(&path).unwrap_err().to_string().starts_with("the ledger was created with a key"));
/// let ledger = SqliteLedger::options().key(key()).open(&path)?;
/// assert!(audit(&ledger, Some(&anchor), &mut |_, _| {})?.keyed);
/// # drop(ledger);
/// # std::fs::remove_file(&path).unwrap();
/// # std::fs::remove_file(path.with_extension("db-mark")).unwrap();
/// # Ok::<(), incog::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct SqliteOptions {
    key: Option<Arc<LedgerKey>>,
    clock: Clock,
}

impl SqliteOptions {
    /// The caller's key. A ledger created with it cannot be continued without; answers are stored under it.
    pub fn key(mut self, key: LedgerKey) -> Self {
        self.key = Some(Arc::new(key));
        self
    }

    /// Another clock than the system's, for renewing budgets.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// A new ledger at `path`, readable and writable by its owner only.
    ///
    /// # Errors
    /// As [`SqliteLedger::create`].
    pub fn create(self, path: impl AsRef<Path>, rules: impl Into<Rules>) -> Result<SqliteLedger> {
        let path = path.as_ref();
        let terms = Terms::new(rules, self.key.as_ref())?;
        create::create(path, &terms, &Chain::new(&terms, self.key.as_ref())?)?;
        self.open(path)
    }

    /// The ledger at `path`.
    ///
    /// # Errors
    /// As [`SqliteLedger::open`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteLedger> {
        let path = path.as_ref();
        let place = Place::find(path)?;
        let connection = store::connect(&place)?;
        // Before the records are read: what it says was durable then.
        let mark = Mark::open(&place)?;
        let marked = mark.read()?;
        let terms = store::terms(&connection)?;
        let chain = Chain::new(&terms, self.key.as_ref())?;
        mark.check_ledger(&terms)?;
        store::check(&connection, &chain, &marked, path)?;
        let (key, clock, poisoned) = (self.key, self.clock, Cell::new(false));
        Ok(SqliteLedger { connection, place, mark, terms, chain, key, clock, poisoned })
    }
}

impl SqliteLedger {
    /// A new ledger at `path`, readable and writable by its owner only.
    ///
    /// # Errors
    /// `Refused` if `path` exists; `Parameter` if the rules bound nothing; `Unsupported` on a network file system;
    /// `Io` if it cannot be written.
    pub fn create(path: impl AsRef<Path>, rules: impl Into<Rules>) -> Result<Self> {
        SqliteLedger::options().create(path, rules)
    }

    /// The ledger at `path`.
    ///
    /// # Errors
    /// `Refused` if there is none; `Data` if it is no ledger, has several names (hard links), was damaged, or lost
    /// records that it had; `Key` if it was created with a key; `Unsupported` on a network file system; `Io` if it
    /// cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        SqliteLedger::options().open(path)
    }

    /// With a key or another clock.
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    /// Runs `work` in one immediate transaction. If it changed the ledger, commits it durably and marks its end; a
    /// refusal rolls back. A failure of unknown outcome poisons the handle.
    fn durably<T>(&self, work: impl FnOnce(&Connection, &mut Head) -> Result<T>) -> Result<T> {
        if self.poisoned.get() {
            return Err(Error::poisoned_ledger());
        }
        let _lock = self.mark.lock(store::PATIENCE)?;
        self.place.check()?;
        let transaction =
            rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
                .map_err(|e| Error::sqlite("locked for writing", &e))?;
        let worked = Head::read(&transaction, &self.chain).and_then(|mut head| {
            let before = head.anchor();
            let done = work(&transaction, &mut head)?;
            if head.anchor() != before {
                head.write(&transaction, &self.chain)?;
            }
            Ok((done, head.anchor(), head.anchor() != before))
        });
        match worked {
            Ok((done, anchor, true)) => {
                // Until both are on the disk, nobody knows whether they will be.
                self.poisoned.set(true);
                transaction.commit().map_err(|e| Error::sqlite(WRITTEN, &e))?;
                self.mark.advance(&anchor)?;
                self.poisoned.set(false);
                Ok(done)
            }
            Ok((done, _, false)) => {
                self.poisoned.set(transaction.rollback().is_err());
                Ok(done)
            }
            Err(refusal) => {
                self.poisoned.set(transaction.rollback().is_err());
                Err(refusal)
            }
        }
    }

    /// What a request under an id that is there gets.
    fn repeated(&self, request: &Request, earlier: store::Earlier) -> Result<Reserved> {
        request.check_same(&earlier.request)?;
        match (earlier.sealed, &self.key) {
            (Some(sealed), Some(key)) => {
                Ok(Reserved::Answered(key.unseal(earlier.anchor.hash(), &sealed)?.to_vec()))
            }
            _ => Ok(Reserved::AnswerLost),
        }
    }
}

impl Ledger for SqliteLedger {
    fn currency(&self) -> Currency {
        self.terms.rules().currency()
    }

    fn balance(&self) -> Result<Balance> {
        let spent = store::meter(&self.connection, 0, "")?;
        let spent = spent.map_or(Amount::zero(self.currency()), |meter| meter.spent);
        Balance::new(self.terms.rules().limits()[0].amount(), spent)
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        let time = self.clock.seconds();
        let reserved = self.durably(|connection, head| {
            if let Some(earlier) = store::find(connection, &self.chain, request.id())? {
                return Ok(Err(earlier));
            }
            let meter = |limit, subject: &str| store::meter(connection, limit, subject);
            let charged = charge::charge(self.terms.rules(), head.latest(), time, request, meter)?;
            head.move_to(charged.at);
            head.change(connection, &self.chain, &charged.changes)?;
            let anchor = head.append(connection, &self.chain, &Record::charge(time, request))?;
            store::insert_charge(connection, &self.chain, anchor.count(), request.id(), charged.at)?;
            Ok(Ok(Reservation::new(anchor.count())))
        })?;
        match reserved {
            Ok(reservation) => Ok(Reserved::New(reservation)),
            Err(earlier) => self.repeated(request, earlier),
        }
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        let sequence = reservation.sequence();
        self.durably(|connection, head| {
            let charge = store::open_charge(connection, &self.chain, sequence)?;
            let sealed = match &self.key {
                Some(key) => Some(key.seal(charge.anchor.hash(), answer)?),
                None => None,
            };
            store::answer_charge(connection, &self.chain, sequence, &charge, sealed.as_deref())?;
            head.append(connection, &self.chain, &Record::answer(sequence, sealed.as_deref()))?;
            Ok(())
        })
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        let sequence = reservation.sequence();
        self.durably(|connection, head| {
            let charge = store::open_charge(connection, &self.chain, sequence)?;
            let meter = |limit, subject: &str| store::meter(connection, limit, subject);
            let changes = charge::give_back(self.terms.rules(), charge.at, &charge.request, meter)?;
            head.change(connection, &self.chain, &changes)?;
            store::remove_charge(connection, sequence)?;
            head.append(connection, &self.chain, &Record::release(sequence))?;
            Ok(())
        })
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        self.history(&mut |stored| {
            entries.extend(stored.entry()?);
            Ok(())
        })?;
        Ok(entries)
    }
}

impl Audited for SqliteLedger {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn anchor(&self) -> Result<Anchor> {
        Ok(Head::read(&self.connection, &self.chain)?.anchor())
    }

    fn meters(&self) -> Result<Vec<Reading>> {
        store::readings(&self.connection)
    }

    fn history(&self, visit: &mut dyn FnMut(Stored) -> Result<()>) -> Result<State> {
        store::history(&self.connection, &self.chain, visit)
    }

    fn accept_clock(&mut self) -> Result<()> {
        let time = self.clock.seconds();
        self.durably(|connection, head| {
            head.move_to(time);
            head.append(connection, &self.chain, &Record::clock(time))?;
            Ok(())
        })
    }
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLedger").field("rules", self.terms.rules()).finish_non_exhaustive()
    }
}

const WRITTEN: &str = "written; this handle spends no more, open it again";

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    /// An empty folder for the files of one test, which removes it.
    pub(super) fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("incog-unit-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}
