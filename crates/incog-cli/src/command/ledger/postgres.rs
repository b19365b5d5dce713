//! Ledgers on PostgreSQL.

use incog::dp::ledger::{Audited, LedgerKey, Rules};
use incog_postgres::{PostgresLedger, PostgresOptions};

use crate::failure::Failure;

pub(super) fn create(url: &str, rules: &Rules, key: Option<LedgerKey>) -> Result<Box<dyn Audited>, Failure> {
    Ok(Box::new(options(key).create(url, rules.clone())?))
}

pub(super) fn open(url: &str, key: Option<LedgerKey>) -> Result<Box<dyn Audited>, Failure> {
    Ok(Box::new(options(key).open(url)?))
}

pub(super) fn migrate(url: &str) -> Result<(), Failure> {
    Ok(PostgresLedger::migrate(url)?)
}

fn options(key: Option<LedgerKey>) -> PostgresOptions {
    let options = PostgresLedger::options();
    if let Some(key) = key { options.key(key) } else { options }
}
