//! The statements of a ledger, and how the rows that they give are read.

use std::{fmt, time::Duration};

use incog::{
    Result,
    dp::{
        Amount, Currency,
        ledger::{Anchor, Meter, Progress, Reading, Reservation},
    },
};
use tokio_postgres::{Row, row::RowIndex};

use crate::{connection::value, error};

pub(crate) fn readings(currency: Currency, rows: &[Row]) -> Result<Vec<Reading>> {
    let readings = rows
        .iter()
        .map(|row| {
            let number = usize::try_from(value::<i32>(row, 0)?).map_err(|_| error::unexpected())?;
            let meter = Meter::new(value(row, 2)?, amount(currency, row, 3)?);
            Ok(Reading::new(number, value(row, 1)?, meter))
        })
        .collect::<Result<Vec<_>>>()?;
    // That of the whole ledger is there from the start.
    if readings.iter().any(|reading| reading.limit == 0) { Ok(readings) } else { Err(error::unexpected()) }
}

pub(crate) fn anchor<I: RowIndex + fmt::Display>(row: &Row, count: I, hash: I) -> Result<Anchor> {
    let hash: Vec<u8> = value(row, hash)?;
    Ok(Anchor::new(unsigned(value(row, count)?)?, hash.try_into().map_err(|_| error::unexpected())?))
}

pub(crate) fn progress(number: i16) -> Result<Progress> {
    match number {
        0 => Ok(Progress::Reserved),
        1 => Ok(Progress::Drawn),
        _ => Err(error::unexpected()),
    }
}

/// The parts of an amount, as the server reads them.
pub(crate) fn texts(amount: Amount) -> Vec<String> {
    amount.units().iter().map(u128::to_string).collect()
}

pub(crate) fn amount(currency: Currency, row: &Row, column: impl RowIndex + fmt::Display) -> Result<Amount> {
    let parts: Vec<&str> = value(row, column)?;
    let units = parts.into_iter().map(str::parse).collect::<std::result::Result<Vec<u128>, _>>();
    units.ok().and_then(|units| Amount::from_units(currency, &units).ok()).ok_or_else(error::unexpected)
}

/// Clocks count in signed numbers, so the largest is as good as what is longer.
pub(crate) fn seconds(length: Duration) -> i64 {
    i64::try_from(length.as_secs()).unwrap_or(i64::MAX)
}

pub(crate) fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Reservation::not_open())
}

pub(crate) fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| error::unexpected())
}

pub(crate) const CREATE: &str = "with made as (insert into incog.ledger (name, terms, count, hash) values ($1, $2, 0, $3) \
    on conflict (name) do nothing returning ledger) \
    insert into incog.meter (ledger, number, subject, period, spent) \
    select ledger, 0, '', 0, $4::text[]::numeric[] from made";
pub(crate) const TERMS: &str = "select ledger, terms, count, hash from incog.ledger where name = $1";
pub(crate) const FIRST: &str =
    "select sequence, text, hash from incog.record where ledger = $1 and sequence = 1";
pub(crate) const HEAD: &str = "select count, hash, latest from incog.ledger where ledger = $1";
pub(crate) const WHOLE: &str = "select spent::text[] from incog.meter where ledger = $1 and number = 0";
pub(crate) const METERS: &str = "select number, subject, period, spent::text[] from incog.meter where ledger = $1 \
    order by number, subject collate \"C\"";
pub(crate) const BY_ID: &str = "select r.sequence, r.text, r.hash, c.at, c.progress, c.sealed from incog.charge c \
    join incog.record r using (ledger, sequence) where c.ledger = $1 and c.id = $2";
pub(crate) const BY_SEQUENCE: &str = "select r.sequence, r.text, r.hash, c.at, c.progress, c.sealed from incog.charge c \
    join incog.record r using (ledger, sequence) where c.ledger = $1 and c.sequence = $2";
pub(crate) const RECORDS: &str = "select r.sequence, r.text, r.hash, c.id, c.at, c.progress, sha256(c.sealed) \
    from incog.record r left join incog.charge c using (ledger, sequence) \
    where r.ledger = $1 and r.sequence > $2 order by r.sequence limit 5000";
pub(crate) const RESERVE: &str =
    "select * from incog.reserve($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
pub(crate) const ANSWER: &str = "select * from incog.answer($1, $2, $3, $4, $5, $6, $7)";
pub(crate) const RELEASE: &str = "select * from incog.release($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
pub(crate) const CLOCK: &str = "select * from incog.clock($1, $2, $3, $4, $5, $6)";
