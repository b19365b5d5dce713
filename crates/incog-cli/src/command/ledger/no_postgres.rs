//! Builds without ledgers on PostgreSQL.

use incog::{
    Error, ErrorKind,
    dp::ledger::{Audited, LedgerKey, Rules},
};

use crate::failure::Failure;

pub(super) fn create(_: &str, _: &Rules, _: Option<LedgerKey>) -> Result<Box<dyn Audited>, Failure> {
    Err(not_built())
}

pub(super) fn open(_: &str, _: Option<LedgerKey>) -> Result<Box<dyn Audited>, Failure> {
    Err(not_built())
}

pub(super) fn migrate(_: &str) -> Result<(), Failure> {
    Err(not_built())
}

fn not_built() -> Failure {
    let sentence = "this build has no ledgers on PostgreSQL; build incog-cli with feature postgres";
    Failure::from(Error::new(ErrorKind::Unsupported, sentence))
}
