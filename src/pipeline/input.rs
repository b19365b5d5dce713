//! The input of a policy: read, digested, and held against the declared columns.

use std::{
    fs::File,
    io::{self, Read},
};

use sha2::{Digest, Sha256};

use super::{Progress, policy::Policy};
use crate::{
    error::{Error, Result},
    pipeline::policy::Undeclared,
    table::{
        Table,
        csv::{self, Dialect},
    },
};

/// The raw table, and what names it.
pub(super) struct Input {
    pub(super) table: Table,
    pub(super) dialect: Dialect,
    pub(super) sha256: String,
}

impl Input {
    pub(super) fn read(policy: &Policy, progress: Progress<'_>) -> Result<Self> {
        let path = &policy.input;
        let file = File::open(path).map_err(|e| Error::unreadable(path, e))?;
        let total = file.metadata().map_or(0, |m| m.len());
        let mut reader = Digesting { inner: file, hash: Sha256::new(), read: 0, total, progress };
        let (table, dialect) = csv::read_with_dialect(&mut reader, policy.dialect)
            .map_err(|e| e.context(format!("reading '{}'", path.display())))?;
        // The reader stops at the end of the file, so this is the digest of all of it.
        Ok(Input { table, dialect, sha256: crate::digest::hex(&reader.hash.finalize()) })
    }

    /// What the columns of the table and of the policy have against each other: every fault, not the first.
    pub(super) fn column_faults(&self, policy: &Policy) -> Vec<Error> {
        let undeclared = self.table.names().iter().filter(|n| !policy.columns.contains_key(*n));
        let mut faults = match policy.undeclared {
            Undeclared::Deny => undeclared.map(|n| Error::column_not_in_policy(n)).collect(),
            Undeclared::Drop => Vec::new(),
        };
        let missing = policy.columns.keys().filter(|n| self.table.get(n).is_none());
        faults.extend(missing.map(|n| Error::column_not_in_input(n)));
        faults
    }
}

struct Digesting<'a, R> {
    inner: R,
    hash: Sha256,
    read: u64,
    total: u64,
    progress: Progress<'a>,
}

impl<R: Read> Read for Digesting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hash.update(&buffer[..n]);
        self.read += crate::num::count(n);
        (self.progress)("reading", self.read, self.total);
        Ok(n)
    }
}
