//! The rows of a ledger file: charges, meters and records, read and written one by one.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Head, execute, read, signed, unsigned};
use crate::{
    digest,
    dp::{
        Amount,
        ledger::{Anchor, Chain, Meter, Progress, Reading, Record, Request, State, Stored, StoredCharge},
    },
    error::{Error, Result},
    num,
};

/// A charge that stands.
pub(in crate::dp::ledger::sqlite) struct Earlier {
    pub(in crate::dp::ledger::sqlite) anchor: Anchor,
    pub(in crate::dp::ledger::sqlite) request: Request,
    pub(in crate::dp::ledger::sqlite) at: i64,
    pub(in crate::dp::ledger::sqlite) progress: Progress,
    pub(in crate::dp::ledger::sqlite) sealed: Option<Vec<u8>>,
}

/// What `limit` has spent for `subject`.
pub(in crate::dp::ledger::sqlite) fn meter(
    connection: &Connection,
    limit: usize,
    subject: &str,
) -> Result<Option<Meter>> {
    let found = connection
        .prepare("SELECT period, spent FROM meter WHERE number = ?1 AND subject = ?2")
        .and_then(|mut statement| {
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?));
            let number = i64::try_from(limit).unwrap_or(i64::MAX);
            statement.query_row(params![number, subject], row).optional()
        })
        .map_err(read)?;
    match found {
        Some((period, spent)) => Ok(Some(Meter::new(period, amount(&spent)?))),
        // That of the whole ledger is there from the start.
        None if limit == 0 => Err(Error::damaged_meters()),
        None => Ok(None),
    }
}

/// All meters.
pub(in crate::dp::ledger::sqlite) fn readings(connection: &Connection) -> Result<Vec<Reading>> {
    let mut statement = connection
        .prepare("SELECT number, subject, period, spent FROM meter ORDER BY number, subject")
        .map_err(read)?;
    let mut rows = statement.query([]).map_err(read)?;
    let mut readings = Vec::new();
    while let Some(row) = rows.next().map_err(read)? {
        let number =
            usize::try_from(row.get::<_, i64>(0).map_err(read)?).map_err(|_| Error::damaged_meters())?;
        let spent = amount(&row.get::<_, String>(3).map_err(read)?)?;
        let meter = Meter::new(row.get(2).map_err(read)?, spent);
        readings.push(Reading::new(number, row.get(1).map_err(read)?, meter));
    }
    Ok(readings)
}

/// The charge that stands under `id`.
pub(in crate::dp::ledger::sqlite) fn find(
    connection: &Connection,
    chain: &Chain,
    id: &str,
) -> Result<Option<Earlier>> {
    one_charge(connection, chain, "charge.id = ?1", id)
}

/// The charge with number `sequence`, if nothing was drawn for it.
pub(in crate::dp::ledger::sqlite) fn open_charge(
    connection: &Connection,
    chain: &Chain,
    sequence: u64,
) -> Result<Earlier> {
    match one_charge(connection, chain, "charge.sequence = ?1", signed(sequence)?)? {
        Some(earlier) if earlier.progress == Progress::Reserved => Ok(earlier),
        _ => Err(Error::not_reserved()),
    }
}

fn one_charge(
    connection: &Connection,
    chain: &Chain,
    condition: &str,
    parameter: impl rusqlite::ToSql,
) -> Result<Option<Earlier>> {
    let found = connection
        .prepare(&format!(
            "SELECT charge.sequence, charge.id, charge.at, charge.progress, charge.sealed, charge.digest, \
             record.text, record.hash FROM charge JOIN record USING (sequence) WHERE {condition}"
        ))
        .and_then(|mut statement| {
            let row = |row: &Row<'_>| {
                let charge = charge_row(row, chain)?;
                Ok((charge, row.get::<_, String>(6)?, row.get::<_, [u8; 32]>(7)?))
            };
            statement.query_row([parameter], row).optional()
        })
        .map_err(read)?;
    let Some((charge, text, hash)) = found else { return Ok(None) };
    let charge = charge.ok_or_else(Error::damaged_meters)?;
    match Record::parse(&text)? {
        Record::Charge { request, .. } if request.id() == charge.id => {
            let anchor = Anchor::new(charge.sequence, hash);
            let (at, progress, sealed) = (charge.at, charge.progress, charge.sealed);
            Ok(Some(Earlier { anchor, request: *request, at, progress, sealed }))
        }
        _ => Err(Error::damaged_meters()),
    }
}

/// A row of `charge`.
struct ChargeRow {
    sequence: u64,
    id: String,
    at: i64,
    progress: Progress,
    sealed: Option<Vec<u8>>,
}

/// The first six columns; nothing if they are not those that were written.
fn charge_row(row: &Row<'_>, chain: &Chain) -> rusqlite::Result<Option<ChargeRow>> {
    let (sequence, id, at) = (unsigned(row, 0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?);
    let progress = match row.get::<_, i64>(3)? {
        0 => Progress::Reserved,
        1 => Progress::Drawn,
        _ => return Ok(None),
    };
    let sealed: Option<Vec<u8>> = row.get(4)?;
    let same =
        row.get::<_, [u8; 32]>(5)? == digest_of_charge(chain, sequence, &id, at, progress, sealed.as_deref());
    Ok(same.then_some(ChargeRow { sequence, id, at, progress, sealed }))
}

pub(in crate::dp::ledger::sqlite) fn insert_charge(
    connection: &Connection,
    chain: &Chain,
    sequence: u64,
    id: &str,
    at: i64,
) -> Result<()> {
    let digest = digest_of_charge(chain, sequence, id, at, Progress::Reserved, None);
    let insert = "INSERT INTO charge (sequence, id, at, progress, digest) VALUES (?1, ?2, ?3, 0, ?4)";
    execute(connection, insert, params![signed(sequence)?, id, at, digest]).map(|_| ())
}

pub(in crate::dp::ledger::sqlite) fn answer_charge(
    connection: &Connection,
    chain: &Chain,
    sequence: u64,
    charge: &Earlier,
    sealed: Option<&[u8]>,
) -> Result<()> {
    let digest = digest_of_charge(chain, sequence, charge.request.id(), charge.at, Progress::Drawn, sealed);
    let update = "UPDATE charge SET progress = 1, sealed = ?2, digest = ?3 WHERE sequence = ?1";
    execute(connection, update, params![signed(sequence)?, sealed, digest]).map(|_| ())
}

pub(in crate::dp::ledger::sqlite) fn remove_charge(connection: &Connection, sequence: u64) -> Result<()> {
    execute(connection, "DELETE FROM charge WHERE sequence = ?1", [signed(sequence)?]).map(|_| ())
}

/// All records and the state behind them, as at one moment.
pub(in crate::dp::ledger::sqlite) fn history(
    connection: &Connection,
    chain: &Chain,
    visit: &mut dyn FnMut(Stored) -> Result<()>,
) -> Result<State> {
    let transaction = connection.unchecked_transaction().map_err(read)?;
    let mut statement = transaction
        .prepare(
            "SELECT charge.sequence, charge.id, charge.at, charge.progress, charge.sealed, charge.digest, \
             record.sequence, record.text, record.hash FROM record LEFT JOIN charge USING (sequence) \
             ORDER BY record.sequence",
        )
        .map_err(read)?;
    let mut rows = statement.query([]).map_err(read)?;
    while let Some(row) = rows.next().map_err(read)? {
        let charge = match row.get::<_, Option<i64>>(0).map_err(read)? {
            None => None,
            Some(_) => {
                let charge = charge_row(row, chain).map_err(read)?.ok_or_else(Error::damaged_meters)?;
                let sealed = charge.sealed.as_deref().map(digest::sha256);
                Some(StoredCharge::new(charge.id, charge.at, charge.progress, sealed))
            }
        };
        let anchor = Anchor::new(unsigned(row, 6).map_err(read)?, row.get(8).map_err(read)?);
        visit(Stored::new(row.get(7).map_err(read)?, anchor, charge))?;
    }
    // A charge without a record would be found by its id.
    let (charges, joined): (i64, i64) = transaction
        .query_row(
            "SELECT (SELECT count(*) FROM charge), count(*) FROM charge JOIN record USING (sequence)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map_err(read)?;
    if charges != joined {
        return Err(Error::damaged_meters());
    }
    let head = Head::read(&transaction, chain)?;
    Ok(State::new(head.anchor, head.latest, readings(&transaction)?))
}

fn digest_of_charge(
    chain: &Chain,
    sequence: u64,
    id: &str,
    at: i64,
    progress: Progress,
    sealed: Option<&[u8]>,
) -> [u8; 32] {
    let (sequence, length, at) =
        (sequence.to_be_bytes(), num::count(id.len()).to_be_bytes(), at.to_be_bytes());
    let progress = [u8::from(progress == Progress::Drawn), u8::from(sealed.is_some())];
    let sealed = sealed.map(digest::sha256).unwrap_or_default();
    chain.digest(&[b"charge", &sequence, &length, id.as_bytes(), &at, &progress, &sealed])
}

fn amount(text: &str) -> Result<Amount> {
    Amount::parse(text).map_err(|_| Error::damaged_meters())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{
        super::super::{SqliteLedger, tests::folder},
        *,
    };
    use crate::{
        ErrorKind,
        dp::{
            Budget,
            ledger::{Ledger as _, LedgerKey, Reservation, Reserved, Terms},
        },
    };

    fn budget(epsilon: &str) -> Budget {
        Budget::parse(epsilon, "0").unwrap()
    }

    fn request(id: &str) -> Request {
        Request::new(id, "ann", "q", "v", budget("0.1"), Vec::new()).unwrap()
    }

    /// Charge 1 is answered, charge 3 is open.
    fn ledger(path: &Path) -> SqliteLedger {
        let options = SqliteLedger::options().key(LedgerKey::from_bytes([7; 32]));
        let mut ledger = options.create(path, budget("1")).unwrap();
        let Reserved::New(answered) = ledger.reserve(&request("answered")).unwrap() else { panic!() };
        ledger.commit(answered, b"42").unwrap();
        assert!(matches!(ledger.reserve(&request("open")).unwrap(), Reserved::New(_)));
        ledger
    }

    /// The bytes of a row, as older files have them: a change of their order makes every ledger unreadable.
    #[test]
    fn the_digest_of_a_charge_is_over_all_that_is_stored_of_it() {
        let chain = Chain::new(&Terms::new(budget("1"), None).unwrap(), None).unwrap();
        let sealed = digest::sha256(b"sealed");
        for (progress, stored, flags, hash) in [
            (Progress::Reserved, None, [0, 0], [0; 32]),
            (Progress::Drawn, None, [1, 0], [0; 32]),
            (Progress::Drawn, Some(&b"sealed"[..]), [1, 1], sealed),
        ] {
            let bytes = [
                &b"charge"[..],
                &[0, 0, 0, 0, 0, 0, 1, 2],
                &[0, 0, 0, 0, 0, 0, 0, 3],
                "id-".as_bytes(),
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
                &flags,
                &hash,
            ]
            .concat();
            assert_eq!(digest_of_charge(&chain, 258, "id-", -2, progress, stored), digest::sha256(&bytes));
        }
    }

    /// Before an audit reads it: whoever repeats a request or answers one meets the row.
    #[test]
    fn a_charge_that_was_changed_beside_its_record_is_refused_when_it_is_used() {
        let folder = folder("rows");
        for (i, (attack, id, number)) in [
            ("UPDATE charge SET progress = 0, sealed = NULL WHERE sequence = 1", "answered", 1),
            ("UPDATE charge SET sealed = NULL WHERE sequence = 1", "answered", 1),
            ("UPDATE charge SET progress = 1 WHERE sequence = 3", "open", 3),
            ("UPDATE charge SET at = at + 1 WHERE sequence = 3", "open", 3),
            ("UPDATE charge SET id = 'free' WHERE sequence = 3", "free", 3),
            ("UPDATE charge SET sequence = 2 WHERE sequence = 3", "open", 2),
        ]
        .into_iter()
        .enumerate()
        {
            let mut ledger = ledger(&folder.join(format!("{i}.db")));
            ledger.connection.execute(attack, []).unwrap();
            for error in [
                ledger.reserve(&request(id)).unwrap_err(),
                ledger.commit(Reservation::new(number), b"2").unwrap_err(),
                ledger.release(Reservation::new(number)).unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::Data, "{attack}: {error}");
            }
        }
        fs::remove_dir_all(folder).unwrap();
    }

    /// Without a key anybody can write the digest of a row; its record still says under which id it was charged.
    #[test]
    fn a_charge_under_another_id_than_its_record_is_refused_with_a_digest_of_its_own() {
        let folder = folder("id");
        let mut ledger = SqliteLedger::create(folder.join("a.db"), budget("1")).unwrap();
        assert!(matches!(ledger.reserve(&request("a")).unwrap(), Reserved::New(_)));
        let at = find(&ledger.connection, &ledger.chain, "a").unwrap().unwrap().at;
        remove_charge(&ledger.connection, 1).unwrap();
        insert_charge(&ledger.connection, &ledger.chain, 1, "free", at).unwrap();
        assert_eq!(ledger.reserve(&request("free")).unwrap_err().kind(), ErrorKind::Data);
        assert_eq!(ledger.commit(Reservation::new(1), b"1").unwrap_err().kind(), ErrorKind::Data);
        drop(ledger);
        fs::remove_dir_all(folder).unwrap();
    }

    /// A ledger that lost what it has spent has not spent nothing.
    #[test]
    fn a_meter_of_the_whole_that_is_missing_is_refused_and_one_of_a_subject_is_new() {
        let folder = folder("meter");
        let mut ledger = ledger(&folder.join("a.db"));
        assert_eq!(meter(&ledger.connection, 1, "ann").unwrap().map(|meter| meter.period), None);
        ledger.connection.execute("DELETE FROM meter", []).unwrap();
        assert_eq!(ledger.balance().unwrap_err().kind(), ErrorKind::Data);
        assert_eq!(ledger.reserve(&request("more")).unwrap_err().kind(), ErrorKind::Data);
        drop(ledger);
        fs::remove_dir_all(folder).unwrap();
    }
}
