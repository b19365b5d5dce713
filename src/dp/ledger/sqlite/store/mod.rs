//! The tables of a ledger file, and what holds them together.
//!
//! ```text
//!   record   sequence, text, hash                  the chain: nothing is ever changed or removed
//!   charge   sequence, id, at, progress, sealed    what a repeated request finds; each row with a digest
//!   meter    limit, subject, period, spent         what is spent
//!   ledger   one row: terms, end of the chain, latest time, sum of the digests of all meters, digest of it all
//! ```
//!
//! The last row is what makes opening fast and damage loud: it is written in the transaction of every spend, costs the
//! same for ten records and for ten million, and a meter or an end of the chain that was changed without it is refused
//! when the ledger is opened. Everything in between is read by an audit. The sum is taken modulo 2^256 of digests of
//! the rows, so one row can be replaced in it (Bellare, Micciancio, *A New Paradigm for Collision-Free Hashing*,
//! EUROCRYPT 1997, AdHash; with a key the digests are pseudorandom).

mod rows;

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

pub(super) use self::rows::{
    Earlier, answer_charge, find, history, insert_charge, meter, open_charge, readings, remove_charge,
};
use super::place::Place;
use crate::{
    dp::{
        Amount,
        ledger::{Anchor, Chain, Meter, Record, Terms, charge::Change},
    },
    error::{Error, Result},
    num,
};

/// The one row that is written with every spend.
pub(super) struct Head {
    anchor: Anchor,
    latest: Option<i64>,
    meters: [u8; 32],
}

impl Head {
    pub(super) fn read(connection: &Connection, chain: &Chain) -> Result<Self> {
        let (head, seal) = connection
            .prepare("SELECT count, hash, latest, meters, seal FROM ledger")
            .and_then(|mut statement| {
                statement.query_row([], |row| {
                    let anchor = Anchor::new(unsigned(row, 0)?, row.get(1)?);
                    Ok((
                        Head { anchor, latest: row.get(2)?, meters: row.get(3)? },
                        row.get::<_, [u8; 32]>(4)?,
                    ))
                })
            })
            .map_err(read)?;
        if head.seal(chain) != seal { Err(Error::damaged_meters()) } else { Ok(head) }
    }

    pub(super) fn write(&self, connection: &Connection, chain: &Chain) -> Result<()> {
        let count = signed(self.anchor.count())?;
        let seal = self.seal(chain);
        execute(
            connection,
            "UPDATE ledger SET count = ?1, hash = ?2, latest = ?3, meters = ?4, seal = ?5",
            params![count, self.anchor.hash(), self.latest, self.meters, seal],
        )
        .and_then(|rows| if rows == 1 { Ok(()) } else { Err(Error::damaged_meters()) })
    }

    pub(super) fn anchor(&self) -> Anchor {
        self.anchor
    }

    pub(super) fn latest(&self) -> Option<i64> {
        self.latest
    }

    /// Moves the latest time forward, never back.
    pub(super) fn move_to(&mut self, time: i64) {
        self.latest = self.latest.max(Some(time));
    }

    /// Adds a record at the end of the chain.
    pub(super) fn append(
        &mut self,
        connection: &Connection,
        chain: &Chain,
        record: &Record,
    ) -> Result<Anchor> {
        let text = record.text();
        self.anchor = chain.next(&self.anchor, &text);
        let insert = "INSERT INTO record (sequence, text, hash) VALUES (?1, ?2, ?3)";
        execute(connection, insert, params![signed(self.anchor.count())?, text, self.anchor.hash()])?;
        Ok(self.anchor)
    }

    /// Writes meters, and their digests into the sum.
    pub(super) fn change(
        &mut self,
        connection: &Connection,
        chain: &Chain,
        changes: &[Change],
    ) -> Result<()> {
        for change in changes {
            let limit = signed(num::count(change.limit))?;
            let meter = &change.after;
            execute(
                connection,
                "INSERT INTO meter (number, subject, period, spent) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (number, subject) DO UPDATE SET period = excluded.period, spent = excluded.spent",
                params![limit, change.subject, meter.period, meter.spent.canonical()],
            )?;
            if let Some(before) = &change.before {
                subtract(&mut self.meters, &digest_of_meter(chain, change.limit, &change.subject, before));
            }
            add(&mut self.meters, &digest_of_meter(chain, change.limit, &change.subject, meter));
        }
        Ok(())
    }

    fn seal(&self, chain: &Chain) -> [u8; 32] {
        let latest = self.latest.map_or([0; 9], |latest| {
            let mut bytes = [1; 9];
            bytes[1..].copy_from_slice(&latest.to_be_bytes());
            bytes
        });
        let count = self.anchor.count().to_be_bytes();
        chain.digest(&[b"head", chain.start().hash(), &count, self.anchor.hash(), &latest, &self.meters])
    }
}

/// Opens the file. SQLite never creates it.
pub(super) fn connect(place: &Place) -> Result<Connection> {
    let path = place.given();
    let failed = |cause: rusqlite::Error| match cause.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => Error::not_a_ledger(path, "no SQLite file"),
        _ => Error::sqlite("opened", &cause),
    };
    let connection = connection(place.database()).map_err(failed)?;
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
    // No trigger, view or index of somebody else: they would run in our transactions.
    let schema: String = connection
        .query_row(
            "SELECT coalesce(group_concat(sql, ';'), '') FROM sqlite_schema WHERE sql IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .map_err(failed)?;
    let tables: Vec<&str> = TABLES.iter().map(|table| table.trim()).collect();
    if schema != tables.join(";") {
        return Err(Error::not_a_ledger(path, "its tables are not those of a ledger"));
    }
    Ok(connection)
}

/// The terms of the ledger.
pub(super) fn terms(connection: &Connection) -> Result<Terms> {
    let text: String =
        connection.query_row("SELECT terms FROM ledger", [], |row| row.get(0)).map_err(read)?;
    Terms::parse(&text)
}

/// Refuses a ledger whose end, meters or mark do not fit each other.
pub(super) fn check(connection: &Connection, chain: &Chain, marked: &Anchor, path: &Path) -> Result<()> {
    let transaction = connection.unchecked_transaction().map_err(read)?;
    let head = Head::read(&transaction, chain)?;
    // The end of the chain is that of its last record, and the last record is its.
    let count = head.anchor.count();
    let hash = |sequence: u64| match sequence {
        0 => Ok(Some(chain.start())),
        _ => stored_anchor(&transaction, sequence),
    };
    let last: Option<i64> =
        transaction.query_row("SELECT max(sequence) FROM record", [], |row| row.get(0)).map_err(read)?;
    let end = match count {
        0 => Some(chain.start()),
        _ => {
            let before = hash(count - 1)?.ok_or_else(|| Error::lost_records(path, count))?;
            let text: Option<String> = transaction
                .query_row("SELECT text FROM record WHERE sequence = ?1", [signed(count)?], |row| row.get(0))
                .optional()
                .map_err(read)?;
            text.map(|text| chain.next(&before, &text))
        }
    };
    if end != Some(head.anchor) || hash(count)? != Some(head.anchor) || last.unwrap_or(0) != signed(count)? {
        return Err(Error::damaged_meters());
    }
    let mut sum = [0; 32];
    for reading in readings(&transaction)? {
        add(&mut sum, &digest_of_meter(chain, reading.limit, &reading.subject, &reading.meter));
    }
    if sum != head.meters {
        return Err(Error::damaged_meters());
    }
    // What was acknowledged is still there.
    if marked.count() > count {
        return Err(Error::lost_records(path, marked.count() - count));
    }
    if hash(marked.count())? != Some(*marked) {
        return Err(Error::other_mark());
    }
    Ok(())
}

/// Writes the tables of a new ledger to the empty file `path`, and closes it.
pub(super) fn build(path: &Path, terms: &Terms, chain: &Chain) -> Result<()> {
    let failed = |e: rusqlite::Error| Error::sqlite("created", &e);
    let connection = connection(path).map_err(failed)?;
    // The switch answers with the mode that holds now, also when it failed.
    let journal: String =
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed)?;
    if journal != "wal" {
        return Err(Error::ledger_not_whole());
    }
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    for table in TABLES {
        transaction.execute(table, []).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    transaction.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    let mut head = Head { anchor: chain.start(), latest: None, meters: [0; 32] };
    transaction
        .execute(
            "INSERT INTO ledger (one, terms, count, hash, meters, seal) VALUES (1, ?1, 0, ?2, ?3, ?4)",
            params![terms.text(), head.anchor.hash(), head.meters, head.seal(chain)],
        )
        .map_err(failed)?;
    let whole = Meter::new(0, Amount::zero(terms.rules().currency()));
    let change = Change { limit: 0, subject: String::new(), before: None, after: whole };
    head.change(&transaction, chain, &[change])?;
    head.write(&transaction, chain)?;
    transaction.commit().map_err(failed)?;
    // The last connection folds the write-ahead log into the file and removes it.
    connection.close().map_err(|(_, e)| failed(e))
}

fn connection(path: &Path) -> rusqlite::Result<Connection> {
    // NO_MUTEX: a handle is used by one thread at a time, it is not `Sync`. Never CREATE, never URI.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

fn stored_anchor(connection: &Connection, sequence: u64) -> Result<Option<Anchor>> {
    connection
        .query_row("SELECT hash FROM record WHERE sequence = ?1", [signed(sequence)?], |row| row.get(0))
        .optional()
        .map(|hash| hash.map(|hash| Anchor::new(sequence, hash)))
        .map_err(read)
}

fn execute(connection: &Connection, sql: &str, parameters: impl rusqlite::Params) -> Result<usize> {
    let written = connection.prepare(sql).and_then(|mut statement| statement.execute(parameters));
    written.map_err(|e| Error::sqlite("written", &e))
}

fn digest_of_meter(chain: &Chain, limit: usize, subject: &str, meter: &Meter) -> [u8; 32] {
    let (limit, length) = (num::count(limit).to_be_bytes(), num::count(subject.len()).to_be_bytes());
    let period = meter.period.to_be_bytes();
    let spent = meter.spent.canonical();
    chain.digest(&[b"meter", &limit, &length, subject.as_bytes(), &period, spent.as_bytes()])
}

/// `sum + digest` modulo 2^256.
fn add(sum: &mut [u8; 32], digest: &[u8; 32]) {
    let mut carry: u8 = 0;
    for (byte, other) in sum.iter_mut().zip(digest).rev() {
        let total = u16::from(*byte) + u16::from(*other) + u16::from(carry);
        [carry, *byte] = total.to_be_bytes();
    }
}

/// `sum - digest` modulo 2^256.
fn subtract(sum: &mut [u8; 32], digest: &[u8; 32]) {
    // The complement, and one: 2^256 - digest.
    let mut negative = digest.map(|byte| !byte);
    let mut one = [0; 32];
    one[31] = 1;
    add(&mut negative, &one);
    add(sum, &negative);
}

fn read(cause: rusqlite::Error) -> Error {
    Error::sqlite("read", &cause)
}

fn signed(sequence: u64) -> Result<i64> {
    i64::try_from(sequence).map_err(|_| Error::not_reserved())
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// How long a spend waits for other writers.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// "inco" in ASCII: the file says what it is.
const APPLICATION: i64 = 0x696e_636f;
/// Of the layout below.
const VERSION: i64 = 2;
/// As SQLite keeps them, so that they can be compared.
const TABLES: [&str; 4] = [
    "CREATE TABLE ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    terms TEXT NOT NULL,
    count INTEGER NOT NULL,
    hash BLOB NOT NULL,
    latest INTEGER,
    meters BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT",
    "CREATE TABLE record (
    sequence INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT",
    "CREATE TABLE charge (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    progress INTEGER NOT NULL,
    sealed BLOB,
    digest BLOB NOT NULL
) STRICT",
    "CREATE TABLE meter (
    number INTEGER NOT NULL,
    subject TEXT NOT NULL,
    period INTEGER NOT NULL,
    spent TEXT NOT NULL,
    PRIMARY KEY (number, subject)
) STRICT, WITHOUT ROWID",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_digest_taken_out_of_a_sum_leaves_the_others(
            a in any::<[u8; 32]>(), b in any::<[u8; 32]>(), c in any::<[u8; 32]>()
        ) {
            let (mut all, mut two) = ([0; 32], [0; 32]);
            for digest in [&a, &b, &c] {
                add(&mut all, digest);
            }
            add(&mut two, &c);
            add(&mut two, &a);
            subtract(&mut all, &b);
            prop_assert_eq!(all, two);
        }
    }
}
