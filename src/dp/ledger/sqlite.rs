//! A durable ledger in one SQLite file, shared by the processes of a host.
//!
//! WAL with `synchronous = FULL`: a commit has reached the disk when it returns. Every spend is one
//! `BEGIN IMMEDIATE` transaction that checks and writes. Amounts are exact decimal text.
//!
//! The file appears under its name only when it is complete and already in WAL mode (made beside, then
//! renamed over an exclusively created placeholder), so openers never race the switch.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use crate::{
    dp::{
        Amount, Currency, Event,
        ledger::{
            Balance, Entry, Ledger, Request, Reservation, Reserved,
            charge::{self, Earlier},
        },
    },
    error::{Error, Result},
};

/// A durable ledger: one handle, one connection. Open another for each thread or process.
///
/// # Guarantee
/// For all numbers of handles in any processes of one host, and for every moment at which one is killed: the
/// charges in the file add up to at most the budget, and every charge that `reserve` returned is in it.
/// Holds on local disks that honor `fsync`; not on network file systems.
///
/// # Examples
/// ```
/// use incog::dp::{Budget, ledger::{Currency, Ledger, SqliteLedger}};
/// let path = std::env::temp_dir().join(format!("incog-doc-{}.db", std::process::id()));
/// let ledger = SqliteLedger::create(&path, Budget::parse("1", "1e-6")?, Currency::Approximate)?;
/// assert_eq!(ledger.balance()?.remaining.to_string(), "ε = 1, δ = 0.000001");
/// assert!(SqliteLedger::create(&path, Budget::parse("9", "0")?, Currency::Pure).is_err());
/// drop(ledger);
/// std::fs::remove_file(&path).unwrap();
/// assert!(SqliteLedger::open(&path).unwrap_err().to_string().contains("opening never creates one"));
/// # Ok::<(), incog::Error>(())
/// ```
pub struct SqliteLedger {
    connection: Connection,
    budget: Amount,
    poisoned: bool,
}

impl SqliteLedger {
    /// A new ledger at `path`, readable and writable by its owner only.
    ///
    /// # Errors
    /// `Refused` if `path` exists or the budget is not in `currency`; `Io` if it cannot be written.
    pub fn create(path: impl AsRef<Path>, budget: impl Into<Amount>, currency: Currency) -> Result<Self> {
        let path = path.as_ref();
        let budget = budget.into().counted_in(currency)?;
        // Whoever creates the placeholder owns the name; an opener finds it empty and is refused.
        create_private(path).map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => Error::ledger_exists(path),
            _ => Error::io(format!("creating the ledger '{}'", path.display()), cause),
        })?;
        let beside = beside(path);
        let created = build(&beside, budget).and_then(|()| {
            let moved = fs::rename(&beside, path).and_then(|()| sync_folder(path));
            moved.map_err(|cause| Error::io(format!("creating the ledger '{}'", path.display()), cause))
        });
        if let Err(error) = created {
            // Leave no half: neither file holds anything yet.
            let _ = fs::remove_file(&beside);
            let _ = fs::remove_file(path);
            return Err(error);
        }
        SqliteLedger::open(path)
    }

    /// The ledger at `path`.
    ///
    /// # Errors
    /// `Refused` if there is none; `Data` if it is no ledger, has several names (hard links), or is not in
    /// WAL mode; `Io` if it cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let reading = |cause| Error::io(format!("opening the ledger '{}'", path.display()), cause);
        // The real path: through a link, SQLite's companion files would otherwise lie elsewhere.
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Err(Error::ledger_missing(path)),
            Err(cause) => return Err(reading(cause)),
        };
        let metadata = fs::metadata(&real).map_err(reading)?;
        if !metadata.is_file() || metadata.len() == 0 {
            return Err(Error::not_a_ledger(path, "it is empty, being created, or no file"));
        }
        if names(&metadata) != 1 {
            return Err(Error::not_a_ledger(path, "it has several names (hard links)"));
        }
        let failed = |cause: rusqlite::Error| match cause.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Error::not_a_ledger(path, "no SQLite file"),
            _ => Error::sqlite("opened", &cause),
        };
        let connection = connect(&real).map_err(failed)?;
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
        let marked = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
        if marked != (APPLICATION, VERSION) {
            return Err(Error::not_a_ledger(path, "another program or version wrote it"));
        }
        let journal: String =
            connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(failed)?;
        if journal != "wal" {
            return Err(Error::not_a_ledger(path, "it is not in WAL mode"));
        }
        let budget: String = connection
            .query_row("SELECT budget FROM ledger", [], |row| row.get(0))
            .map_err(|e| Error::sqlite("read", &e))?;
        Ok(SqliteLedger { budget: Amount::parse(&budget)?, connection, poisoned: false })
    }

    /// Runs `work` in one immediate transaction and commits it durably. A refusal rolls back; a failed
    /// commit, whose outcome is unknown, poisons the handle.
    fn durably<T>(&mut self, work: impl FnOnce(&Connection, Amount) -> Result<T>) -> Result<T> {
        if self.poisoned {
            return Err(Error::poisoned_ledger());
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| Error::sqlite("locked for writing", &e))?;
        match work(&transaction, self.budget) {
            Ok(done) => {
                if let Err(cause) = transaction.commit() {
                    self.poisoned = true;
                    return Err(Error::sqlite("written; this handle spends no more, open it again", &cause));
                }
                Ok(done)
            }
            Err(refusal) => {
                self.poisoned = transaction.rollback().is_err();
                Err(refusal)
            }
        }
    }
}

impl Ledger for SqliteLedger {
    fn currency(&self) -> Currency {
        self.budget.currency()
    }

    fn balance(&self) -> Result<Balance> {
        Balance::new(self.budget, spent(&self.connection)?)
    }

    fn reserve(&mut self, request: &Request) -> Result<Reserved> {
        self.durably(|connection, budget| {
            if let Some(earlier) = find(connection, request)? {
                return Ok(earlier);
            }
            let spent = charge::charge(Balance::new(budget, spent(connection)?)?, request)?;
            write_spent(connection, spent)?;
            let events: Vec<String> = request.events().iter().map(Event::to_string).collect();
            connection
                .prepare(
                    "INSERT INTO entry (id, analyst, query, data_version, cost, events) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        request.id(),
                        request.analyst(),
                        request.query(),
                        request.data_version(),
                        request.cost().canonical(),
                        events.join("\n"),
                    ])
                })
                .map_err(|e| Error::sqlite("written", &e))?;
            Ok(Reserved::New(Reservation::new(unsigned(connection.last_insert_rowid())?)))
        })
    }

    fn commit(&mut self, reservation: Reservation, answer: &[u8]) -> Result<()> {
        let sequence = signed(reservation.sequence())?;
        self.durably(|connection, _| {
            let changed = connection
                .prepare("UPDATE entry SET answer = ?1 WHERE sequence = ?2 AND answer IS NULL")
                .and_then(|mut statement| statement.execute(params![answer, sequence]))
                .map_err(|e| Error::sqlite("written", &e))?;
            if changed == 1 { Ok(()) } else { Err(Error::not_reserved()) }
        })
    }

    fn release(&mut self, reservation: Reservation) -> Result<()> {
        let sequence = signed(reservation.sequence())?;
        self.durably(|connection, _| {
            let cost: Option<String> = connection
                .prepare("DELETE FROM entry WHERE sequence = ?1 AND answer IS NULL RETURNING cost")
                .and_then(|mut s| s.query_row([sequence], |row| row.get(0)).optional())
                .map_err(|e| Error::sqlite("written", &e))?;
            let cost = Amount::parse(&cost.ok_or_else(Error::not_reserved)?)?;
            write_spent(connection, spent(connection)?.minus(cost)?)
        })
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        let read = |e: rusqlite::Error| Error::sqlite("read", &e);
        let mut statement = self
            .connection
            .prepare(
                "SELECT sequence, id, analyst, query, data_version, cost, events, answer IS NOT NULL \
                 FROM entry ORDER BY sequence",
            )
            .map_err(read)?;
        let mut rows = statement.query([]).map_err(read)?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next().map_err(read)? {
            let text = |i| row.get::<_, String>(i).map_err(read);
            let events = text(6)?.lines().map(str::parse).collect::<Result<Vec<Event>>>()?;
            let cost = Amount::parse(&text(5)?)?;
            let request = Request::new(text(1)?, text(2)?, text(3)?, text(4)?, cost, events)?;
            let answered = row.get(7).map_err(read)?;
            entries.push(Entry::new(unsigned(row.get(0).map_err(read)?)?, request, answered));
        }
        Ok(entries)
    }
}

impl fmt::Debug for SqliteLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLedger").field("budget", &self.budget).finish_non_exhaustive()
    }
}

/// Writes a complete, closed ledger file at `path`, which does not exist.
fn build(path: &Path, budget: Amount) -> Result<()> {
    let writing = |cause| Error::io(format!("creating the ledger '{}'", path.display()), cause);
    create_private(path).map_err(writing)?;
    let failed = |e: rusqlite::Error| Error::sqlite("created", &e);
    let connection = connect(path).map_err(failed)?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)).map_err(failed)?;
    connection.execute_batch(SCHEMA).map_err(failed)?;
    connection
        .execute(
            "INSERT INTO ledger VALUES (1, ?1, ?2)",
            [budget.canonical(), Amount::zero(budget.currency()).canonical()],
        )
        .map_err(failed)?;
    // The last connection folds the write-ahead log into the file and removes it.
    connection.close().map_err(|(_, e)| failed(e))?;
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(writing)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // NO_MUTEX: a handle is used by one thread at a time, `&mut self` sees to it. Never CREATE, never URI.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

fn spent(connection: &Connection) -> Result<Amount> {
    let spent: String = connection
        .prepare("SELECT spent FROM ledger")
        .and_then(|mut s| s.query_row([], |row| row.get(0)))
        .map_err(|e| Error::sqlite("read", &e))?;
    Amount::parse(&spent)
}

fn write_spent(connection: &Connection, spent: Amount) -> Result<()> {
    connection
        .prepare("UPDATE ledger SET spent = ?1")
        .and_then(|mut statement| statement.execute([spent.canonical()]))
        .map(|_| ())
        .map_err(|e| Error::sqlite("written", &e))
}

/// What is stored under the id of `request`.
fn find(connection: &Connection, request: &Request) -> Result<Option<Reserved>> {
    let found = connection
        .prepare("SELECT analyst, query, data_version, answer FROM entry WHERE id = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([request.id()], |row| {
                    let texts: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
                    Ok((texts, row.get::<_, Option<Vec<u8>>>(3)?))
                })
                .optional()
        })
        .map_err(|e| Error::sqlite("read", &e))?;
    let Some(([analyst, query, data_version], answer)) = found else { return Ok(None) };
    let earlier = Earlier { analyst: &analyst, query: &query, data_version: &data_version };
    charge::check_same(request, &earlier)?;
    Ok(Some(answer.map_or(Reserved::AnswerLost, Reserved::Answered)))
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".new-{}", process::id()));
    path.with_file_name(name)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) {
        fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
fn names(metadata: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn names(_: &fs::Metadata) -> u64 {
    1
}

fn signed(sequence: u64) -> Result<i64> {
    i64::try_from(sequence).map_err(|_| Error::not_reserved())
}

fn unsigned(rowid: i64) -> Result<u64> {
    u64::try_from(rowid).map_err(|_| Error::not_reserved())
}

/// How long a spend waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);
/// "inco" in ASCII: the file says what it is.
const APPLICATION: i64 = 0x696e_636f;
/// Of the layout below.
const VERSION: i64 = 1;
/// One row of totals, changed in the transaction that writes an entry.
const SCHEMA: &str = "
BEGIN IMMEDIATE;
CREATE TABLE ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    budget TEXT NOT NULL,
    spent TEXT NOT NULL
) STRICT;
CREATE TABLE entry (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    analyst TEXT NOT NULL,
    query TEXT NOT NULL,
    data_version TEXT NOT NULL,
    cost TEXT NOT NULL,
    events TEXT NOT NULL,
    answer BLOB
) STRICT;
PRAGMA application_id = 0x696e636f;
PRAGMA user_version = 1;
COMMIT;
";
